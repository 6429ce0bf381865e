"""From matches to findings: one flaw, one finding. Aliases merge, fixes are chosen, disagreements kept."""

from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType

from pip_assay import match, moments, severity, versions
from pip_assay.model import PYTHON, Dependency, Finding, Inventory, Match, Pin, Place, Signals, Upgrade
from pip_assay.paths import Paths
from pip_assay.records import Advisory, Claim

Claims = Mapping[tuple[str, str], Sequence[Claim]]
"""By (ecosystem, name): every live record's claim about that project, matching or not."""

MALWARE = match.MALWARE
Carried = tuple[Pin, Pin | None]
"""A release, and the distribution whose files carry it: it is another one beside it, with other places and ends."""

_PREFERRED = ("PYSEC-", "GHSA-")


def findings(
    inventory: Inventory, matches: Iterable[Match], claims: Claims, related: Mapping[str, Advisory]
) -> tuple[Finding, ...]:
    """Return the findings of one target, sorted by name, version, what carries it, and id.

    A flaw of a release that is there by itself and inside of others is one finding for each of them.
    `related` holds the records that share an id or alias with the matching ones, matching or not: they complete the
    aliases, and show where sources disagree.
    """
    by_carrier: dict[Carried, list[Match]] = {}
    for each in matches:
        by_carrier.setdefault((each.dependency.pin, each.dependency.inside), []).append(each)
    if not by_carrier:
        return ()
    places = _places(inventory.dependencies, by_carrier)
    named = _by_name(related.values())
    known = leaders(related.values())
    paths = Paths(inventory.dependencies)
    by_id = {key: {each.advisory: each for each in claims.get(key, ())} for key in {pin[:2] for pin, _ in by_carrier}}
    found = [
        _finding(group, by_id, named, places[carried])._replace(paths=paths.to(carried[0], inside=carried[1]))
        for carried, members in by_carrier.items()
        for group in components(members, known)
    ]
    return tuple(sorted(found, key=lambda finding: (*_carried(finding), finding.id)))


def identifiers(found: Iterable[Finding]) -> set[str]:
    """Return every id and alias of the findings, and the CVEs that their records speak of."""
    return {name for finding in found for name in (finding.id, *finding.aliases, *upstream(finding))}


def upstream(finding: Finding) -> tuple[str, ...]:
    """Return the CVEs that the records of a finding speak of, and that are none of its own names; sorted."""
    spoken = {cve for advisory in finding.advisories for cve in advisory.upstream}
    return tuple(sorted(spoken.difference((finding.id, *finding.aliases)))) if spoken else ()


def with_signals(found: tuple[Finding, ...], signals: Mapping[str, Signals], kev: str = "") -> tuple[Finding, ...]:
    """Return the findings with what is known of the use in attacks of their CVEs together; `signals` is by CVE.

    kev  the date of the list of known exploited vulnerabilities; empty where there is none, or its age is no matter.
    """
    if not signals:
        return found
    known = ([signals[name] for name in sorted(identifiers([each])) if name in signals] for each in found)
    return tuple(
        [
            each._replace(signals=as_known_to(kev, _together(said), each.advisories))
            for each, said in zip(found, known, strict=True)
        ]
    )


def as_known_to(kev: str, signals: Signals, advisories: Iterable[Advisory]) -> Signals:
    """Return what is known of a flaw's use in attacks: a list of a day before that of a record cannot say "no"."""
    if signals.exploited is not False or not kev:
        return signals
    newest = max((moments.order(each.published or each.modified) for each in advisories), default="")
    return signals._replace(exploited=None) if newest[:10] > moments.order(kev)[:10] else signals


def _together(said: Sequence[Signals]) -> Signals:
    """Return the worst of what is said of each CVE; what is unknown of one is not known of all."""
    listed = [each for each in said if each.exploited]
    scored = [(each.epss, each.percentile) for each in said if each.epss is not None and each.percentile is not None]
    unlisted = False if any(each.exploited is False for each in said) else None
    epss, percentile = max(scored, default=(None, None))
    return Signals(
        True if listed else unlisted,
        min((each.since for each in listed if each.since), default=""),
        any(each.ransomware for each in listed),
        epss,
        percentile,
    )


def components(matches: Sequence[Match], known: Mapping[str, str] = MappingProxyType({})) -> list[list[Match]]:
    """Return the matches of one release in groups that share an id or an alias, however long the chain.

    OSV schema 1.7, aliases: "symmetric and transitive". A record that matches twice counts once. `known` is what
    `leaders` says of records that may lie on the chain, whether or not they match.
    """
    leader = leaders((each.advisory for each in matches), known)
    groups: dict[str, dict[str, Match]] = {}
    for each in matches:
        groups.setdefault(_leader(each.advisory.id, leader), {}).setdefault(each.advisory.id, each)
    return [list(group.values()) for group in groups.values()]


def leaders(records: Iterable[Advisory], known: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Return for each id and alias another name of the same flaw; following it ends at the same one for all of them."""
    leader = dict(known)
    for record in records:
        for alias in record.aliases:
            leader[_leader(alias, leader)] = _leader(record.id, leader)
    return leader


def _leader(name: str, leader: dict[str, str]) -> str:
    while leader.setdefault(name, name) != name:
        name = leader[name]
    return name


def preference(identifier: str) -> tuple[int, str]:
    """Return the sort key of ids: PYSEC first, then GHSA, then other databases, then CVE."""
    for rank, prefix in enumerate(_PREFERRED):
        if identifier.startswith(prefix):
            return rank, identifier
    return len(_PREFERRED) + identifier.startswith("CVE-"), identifier


def canonical(finding: Finding) -> str:
    """Return the id that tools elsewhere know a finding by, whoever adds records: its first CVE, else its own id.

    A distribution's record of one CVE is named after it: ALPINE-CVE-2022-37434.
    """
    after = next((cve for cve in upstream(finding) if finding.id.endswith(f"-{cve}")), finding.id)
    return min((name for name in (finding.id, *finding.aliases) if name.startswith("CVE-")), default=after)


def fingerprint(finding: Finding, file: str) -> str:
    """Return the SHA-256, in hex, that a finding keeps from run to run: of its project, its canonical id and the file.

    Of what is inside a distribution the name of that is in it, too. Neither line nor version is, so that it survives an
    edit and a bump that settles nothing.
    """
    from hashlib import sha256

    pin, inside = finding.dependency.pin, finding.dependency.inside
    text = "\n".join((pin.ecosystem, pin.name, canonical(finding), file, *((inside.name,) if inside else ())))
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()  # a file's name may be no Unicode


def upgrades(found: Sequence[Finding], claims: Claims) -> tuple[Upgrade, ...]:
    """Return for each release with findings the smallest release named as fixed that settles the most of them.

    There is none for malware but where its record lists the releases that it means, as after a takeover: of a project
    that is malicious over a range no release is to be trusted, not even one that is named as fixed. Nor is there one of
    what is inside a distribution, where nobody can put another release.
    """
    by_pin: dict[Pin, list[Finding]] = {}
    for finding in found:
        if not finding.dependency.inside:
            by_pin.setdefault(finding.dependency.pin, []).append(finding)
    chosen = [_upgrade(pin, members, claims) for pin, members in by_pin.items() if not _is_malicious(pin, members)]
    return tuple(sorted(upgrade for upgrade in chosen if upgrade))


def _finding(
    group: Sequence[Match],
    claims: Mapping[tuple[str, str], Mapping[str, Claim]],
    related: Mapping[str, Sequence[Advisory]],
    places: tuple[Place, ...],
) -> Finding:
    group = sorted(group, key=lambda each: preference(each.advisory.id))
    dependency = group[0].dependency
    own = claims[dependency.pin[:2]]
    advisories = tuple(each.advisory for each in group)
    others = _sharing(advisories, related)
    names = {name for record in (*advisories, *others) for name in (record.id, *record.aliases)}
    chosen = advisories[0].id
    band, score = severity.of(advisories)
    malware = any(name.startswith(MALWARE) for name in (advisory.id for advisory in advisories))
    return Finding(
        id=chosen,
        aliases=tuple(sorted(names - {chosen})),
        dependency=dependency,
        advisories=advisories,
        severity="critical" if malware else band,
        score=score,
        fixed_in=_fixed_in(dependency.pin, advisories, own),
        places=places,
        because=group[0].because,
        certainty="affected" if any(each.certainty == "affected" for each in group) else "possible",
        disagreement=(
            *_disagreement(dependency.pin, advisories, others),
            *_contradictions(dependency.pin, advisories, own),
        ),
        malware=malware,
    )


def _carried(finding: Finding) -> tuple[Pin, Pin]:
    """Return what sorts findings: the release, first where it is there by itself, and what carries it."""
    return finding.dependency.pin, finding.dependency.inside or Pin("", "", "")


def _places(dependencies: Iterable[Dependency], wanted: Container[Carried]) -> dict[Carried, tuple[Place, ...]]:
    """Return everywhere that the wanted releases are, by what carries them."""
    found: dict[Carried, dict[Place, None]] = {}
    for each in dependencies:
        if (each.pin, each.inside) in wanted:
            found.setdefault((each.pin, each.inside), {})[each.place] = None
    return {carried: tuple(sorted(places)) for carried, places in found.items()}


def _candidates(pin: Pin, advisories: Iterable[Advisory]) -> list[str]:
    """Return the releases above the pin that the records name as fixed, ascending."""
    scale = match.scale(pin)
    current = scale.key(pin.version)
    keyed: dict[bytes, str] = {}
    for advisory in advisories:
        for text in match.fixes(advisory, pin.ecosystem, pin.name):
            key = scale.key(text)
            if key is not None and (current is None or key > current):
                keyed.setdefault(key, text)
    return [keyed[key] for key in sorted(keyed)]


def _affecting(pin: Pin, version: str, claims: Sequence[Claim]) -> set[str]:
    """Return the ids of the records that affect, or may affect, another version of the project."""
    scale = match.scale(pin)
    key = scale.key(version)
    return {claimed.advisory for claimed in scale.claims(claims) if match.certainty(claimed, key, version)}


def _fixed_in(pin: Pin, advisories: Sequence[Advisory], claims: Mapping[str, Claim]) -> tuple[str, ...]:
    own = [claims[each.id] for each in advisories if each.id in claims]
    return tuple(text for text in _candidates(pin, advisories) if not _affecting(pin, text, own))


def _contradictions(pin: Pin, advisories: Sequence[Advisory], claims: Mapping[str, Claim]) -> tuple[str, ...]:
    """Return one sentence for each record that names as fixed a release that it calls affected itself."""
    said = []
    for advisory in advisories:
        claimed = [claims[advisory.id]] if advisory.id in claims else []
        named = _candidates(pin, [advisory])
        wrong = [text for text in named if _affecting(pin, text, claimed)]
        if wrong and len(wrong) == len(named):
            said.append(f"{advisory.id} names {', '.join(wrong)} as fixed, and as affected")
    return tuple(said)


def _upgrade(pin: Pin, found: Sequence[Finding], claims: Claims) -> Upgrade | None:
    candidates = _on_branch(pin, _candidates(pin, (each for finding in found for each in finding.advisories)))
    if not versions.is_prerelease(pin.ecosystem, pin.version):
        final = [text for text in candidates if not versions.is_prerelease(pin.ecosystem, text)]
        candidates = final or candidates
    best: tuple[tuple[int, int], str, tuple[str, ...]] | None = None
    for text in candidates:
        still = _affecting(pin, text, claims.get((pin.ecosystem, pin.name), ()))
        if any(name.startswith(MALWARE) for name in still):
            continue
        settled = tuple(finding.id for finding in found if not still & {advisory.id for advisory in finding.advisories})
        # More findings settled is better; then fewer flaws that the upgrade would bring in.
        merit = (len(settled), -len(still))
        if settled and (best is None or merit > best[0]):
            best = merit, text, settled
    return Upgrade(pin.name, pin.version, best[1], best[2], found[0].places) if best else None


def _on_branch(pin: Pin, candidates: list[str]) -> list[str]:
    """Return those of an interpreter's own branch where there are any: to go from 3.11 to 3.12 is no small upgrade."""
    if pin.ecosystem != PYTHON:
        return candidates
    branch = pin.version.split(".")[:2]
    return [text for text in candidates if text.split(".")[:2] == branch] or candidates


def _is_malicious(pin: Pin, found: Iterable[Finding]) -> bool:
    """Return whether a record calls the project malicious without listing which of its releases are."""
    records = [each for finding in found if finding.malware for each in finding.advisories]
    return any(not match.lists(each, pin.ecosystem, pin.name) for each in records if each.id.startswith(MALWARE))


def _by_name(records: Iterable[Advisory]) -> dict[str, list[Advisory]]:
    """Return the records by each of their names."""
    named: dict[str, list[Advisory]] = {}
    for record in records:
        for name in (record.id, *record.aliases):
            named.setdefault(name, []).append(record)
    return named


def _sharing(advisories: Iterable[Advisory], related: Mapping[str, Sequence[Advisory]]) -> list[Advisory]:
    """Return the related records that share a name with the group, through one another too, but for its own."""
    own = list(advisories)
    found = {advisory.id: advisory for advisory in own}
    waiting = list(own)
    while waiting:
        record = waiting.pop()
        for name in (record.id, *record.aliases):
            for other in related.get(name, ()):
                if other.id not in found:
                    found[other.id] = other
                    waiting.append(other)
    members = {advisory.id for advisory in own}
    return sorted((each for each in found.values() if each.id not in members), key=lambda each: preference(each.id))


def _disagreement(pin: Pin, advisories: Sequence[Advisory], others: Iterable[Advisory]) -> tuple[str, ...]:
    """Return one sentence for each thing on which the records of a group differ; `others` do not match."""
    said: list[str] = []
    fixes = {advisory.id: next(iter(_candidates(pin, [advisory])), "no release") for advisory in advisories}
    if len(set(fixes.values())) > 1:
        said.append("fixed in " + ", ".join(f"{text} ({name})" for name, text in fixes.items()))
    bands = {advisory.id: severity.of([advisory])[0] for advisory in advisories}
    known = {name: band for name, band in bands.items() if band != "unknown"}
    if len(set(known.values())) > 1:
        said.append("severity " + ", ".join(f"{band} ({name})" for name, band in known.items()))
    for record in others:
        if record.withdrawn:
            said.append(f"{record.id} was withdrawn")
        elif any((entry.ecosystem, entry.name) == (pin.ecosystem, pin.name) for entry in record.affected):
            said.append(f"{record.id} does not include {pin.version}")
    return tuple(said)
