"""Findings as the terminal shows them: grouped by release, worst first, a heading and then a line for each.

What others carry has a section of its own, ordered by what carries it. Malware is never there: it stands first of all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from pip_assay.match import MALWARE
from pip_assay.model import CHANGES, OPEN, PYPI, Audit, Dependency, Finding, Pin, Signals, Upgrade, Verdict
from pip_assay.reports import Style
from pip_assay.reports.bundled import TITLE, Hosts, evidence, inside, raised, settles
from pip_assay.reports.entries import Key, details, summary, why_open
from pip_assay.reports.fixes import branch, fixes, on_other_branches, upgrades
from pip_assay.reports.summary import SEVERITIES
from pip_assay.reports.text import (
    advisory_address,
    link,
    neutral,
    pad,
    paint,
    paragraphs,
    percent,
    project_address,
    screen_width,
    shorten,
    wrap,
)
from pip_assay.values import NamedTuple

INDENT = 10
"""Columns that the severity takes, and that everything below a heading is moved in."""

NARROWEST = 24
"""Columns that a summary gets on the narrowest screen."""

WIDEST_NAME = 40
"""Columns up to which the names of a target stretch the column of reasons."""

LIKELY = 0.01
"""The probability of exploitation from which on it is told unasked."""

NO_FIX = ", no fix known"

COLOURS = {"malware": "1;31", "critical": "1;31", "high": "31", "medium": "33", "low": "36", "unknown": "35"}

ORIGINS = {
    "private index": "comes from a private index: may differ from the public release",
    "url": "comes from an address, not an index: may differ from the public release",
    "vcs": "comes from version control: may be a fork",
    "path": "comes from a local path: may differ from the public release",
    "editable": "is installed as editable: may differ from the public release",
    "distro": "is packaged by the operating system: may hold fixes that its version does not show",
}


class Group(NamedTuple):
    """One release with findings that are not ignored, worst first.

    upgrade   the release that settles some of them, if one can be installed; `settled` holds their ids.
    hosts     what carries it, the nearest first; the last is what to upgrade. Empty for what is there by itself.
    above     the upgrade of that last one whose release is known to be free of some of these findings.
    """

    pin: Pin
    verdicts: tuple[Verdict, ...]
    dependencies: tuple[Dependency, ...]
    upgrade: Upgrade | None
    settled: frozenset[str]
    hosts: tuple[Pin, ...] = ()
    above: Upgrade | None = None

    @property
    def worst(self) -> Finding:
        """The finding that gives the group its severity and its place."""
        return self.verdicts[0].finding

    @property
    def is_fixed(self) -> bool:
        """Whether a release is known that does not have one of the flaws, and that can be installed in its place."""
        return any(map(fixes, (verdict.finding for verdict in self.verdicts)))

    @property
    def is_apart(self) -> bool:
        """Whether it stands in the section of what others carry."""
        return bool(self.hosts) and not self.worst.malware


class Layout(NamedTuple):
    """The columns of one target's section."""

    heading: int
    id: int
    measure: int
    summary: int


def grouped(audit: Audit) -> list[Group]:
    """Return the releases of one target that have findings, worst first; what one direct dependency brings together.

    Those that others carry come last, but for malware.
    """
    found: dict[Key, list[Verdict]] = {}
    for verdict in audit.verdicts:
        if verdict.status in OPEN:
            found.setdefault(_key(verdict.finding.dependency), []).append(verdict)
    dependencies: dict[Key, list[Dependency]] = {key: [] for key in found}
    for dependency in audit.inventory.dependencies if found else ():
        if _key(dependency) in dependencies:
            dependencies[_key(dependency)].append(dependency)
    by_name: dict[tuple[str, str], list[Upgrade]] = {}
    for upgrade in upgrades(audit):
        by_name.setdefault((upgrade.name, upgrade.old), []).append(upgrade)
    hosts = Hosts(audit.inventory.dependencies if any(inside for _, inside in found) else ())
    groups = [
        _group(sorted(verdicts, key=_badness), dependencies[key], by_name, hosts) for key, verdicts in found.items()
    ]
    groups.sort(key=lambda group: (group.is_apart, *_badness(group.verdicts[0])[:-1], group.pin, group.hosts))
    first: dict[tuple[object, ...], int] = {}
    for number, group in enumerate(groups):
        first.setdefault(_asked(group), number)
    return sorted(groups, key=lambda group: first[_asked(group)])


def _asked(group: Group) -> tuple[object, ...]:
    """Return what has to be changed for a release: a direct dependency, or what carries it.

    Malware, and what is new, stays before all.
    """
    path = next(iter(group.worst.paths), ())
    name = group.pin.name if _is_direct(group) or len(path) < 2 else path[0]
    return (group.is_apart, *_badness(group.verdicts[0])[:2], group.hosts[-1] if group.hosts else name)


def _is_direct(group: Group) -> bool:
    return any(dependency.direct for dependency in group.dependencies)


def group_lines(groups: Sequence[Group], audit: Audit, style: Style) -> list[str]:
    """Return the lines of the groups, those of what others carry under a heading of their own."""
    own = [group for group in groups if not group.is_apart]
    layout = _layout(own, style)
    lines = [line for group in own for line in _lines(group, audit.inventory.kind, layout, style)]
    carried = groups[len(own) :]
    if not carried:
        return lines
    return [*lines, *[""] * bool(lines), *_carried(carried, audit.inventory.kind, style)]


def _carried(groups: Sequence[Group], kind: str, style: Style) -> Iterator[str]:
    """Yield the section of what others carry: for each of these, what it carries, and then what to do."""
    yield from wrap(f"{TITLE}:", max(NARROWEST, style.width))
    layout = _layout(groups, style)
    for host, members in groupby(groups, key=lambda group: group.hosts[-1]):
        held = list(members)
        for group in held:
            yield from _lines(group, kind, layout, style)
        if above := next((group.above for group in held if group.above), None):
            ids = [verdict.finding.id for group in held for verdict in group.verdicts]
            yield from _indented(f"upgrade {host.name} to {above.new}, which {settles(above, ids)}", INDENT, style)
        elif fixed := sum(group.is_fixed for group in held):
            ones = "a fixed one" if fixed == 1 else "fixed ones"
            yield from _indented(f"upgrade {host.name} to a release that carries {ones}", INDENT, style)


def change(group: Group) -> str:
    """Return what to do about a release, as its heading says it after the version."""
    if group.worst.malware:
        it = neutral(str(group.hosts[-1])) if group.hosts else "it"
        step = f"replace it with {neutral(group.upgrade.new)}" if group.upgrade else f"remove {it}"
        return f", {step}; rotate secrets"
    if group.upgrade:
        return f" -> {neutral(group.upgrade.new)}"
    if group.is_fixed or group.above:
        return ""
    return f", no release of {neutral(branch(group.pin))} fixes it" if is_behind(group) else NO_FIX


def is_behind(group: Group) -> bool:
    """Return whether flaws of an interpreter are fixed, and on other branches alone."""
    return not group.is_fixed and any(on_other_branches(verdict.finding) for verdict in group.verdicts)


def _badness(verdict: Verdict) -> tuple[bool, int, bool, int, float, float, str]:
    changed = CHANGES.index(verdict.change) if verdict.change else 0
    finding, signals = verdict.finding, verdict.finding.signals
    score, epss = (-1.0 if each is None else each for each in (finding.score, signals.epss))
    severity = SEVERITIES.index(finding.severity)
    return not finding.malware, changed, not signals.exploited, severity, -score, -epss, finding.id


def _key(dependency: Dependency) -> Key:
    return dependency.pin, dependency.inside


def _group(
    verdicts: Sequence[Verdict],
    dependencies: Sequence[Dependency],
    by_name: Mapping[tuple[str, str], Sequence[Upgrade]],
    hosts: Hosts,
) -> Group:
    own = verdicts[0].finding.dependency
    ids = {verdict.finding.id for verdict in verdicts}
    carriers = hosts.of(own)
    listed = tuple(dependencies) or (own,)
    top = carriers[-1] if carriers else own.pin
    offered = by_name.get((top.name, top.version), ())
    if carriers:
        return Group(own.pin, tuple(verdicts), listed, None, frozenset(), carriers, raised(offered, ids))
    upgrade = max(offered, key=lambda each: (len(ids & {*each.settles}), each), default=None)
    settled = frozenset(ids.intersection(upgrade.settles if upgrade else ()))
    worst = verdicts[0].finding
    if worst.malware and worst.id not in settled:  # nothing else about a malicious release is worth settling
        settled = frozenset()
    return Group(own.pin, tuple(verdicts), listed, upgrade if settled else None, settled)


def _layout(groups: Sequence[Group], style: Style) -> Layout:
    rows = [(group, verdict) for group in groups for verdict in group.verdicts]
    identifier = _widest(neutral(verdict.finding.id) for _, verdict in rows)
    measure = _widest(_measure(verdict.finding) for _, verdict in rows)
    notes = _widest(_notes(group, verdict, style) for group, verdict in rows)
    room = style.width - INDENT - identifier - measure - notes - 3 * 2
    return Layout(
        min(WIDEST_NAME, _widest(_plain(group) for group in groups)),
        identifier,
        measure,
        max(NARROWEST, min(room, _widest(_summary(verdict.finding) for _, verdict in rows))),
    )


def _widest(texts: Iterable[str]) -> int:
    return max(map(screen_width, texts), default=0)


def _lines(group: Group, kind: str, layout: Layout, style: Style) -> Iterator[str]:
    word = "malware" if group.worst.malware else _severity(group)
    why = _why(group, style, places=kind != "environment" or bool(style.verbose))
    plain = _plain(group)
    heading = paint(f"{word.upper():<{INDENT}}", COLOURS.get(word, ""), style) + _heading(group, style)
    gap = pad(plain, layout.heading) + "  "
    if INDENT + screen_width(plain + gap + why) <= style.width:
        yield (heading + gap + why).rstrip()
    else:
        yield heading
        yield from _indented(why, INDENT, style)
    for note in _group_notes(group, style):
        yield from _indented(note, INDENT, style)
    for verdict in group.verdicts:
        yield _finding_line(group, verdict, layout, style)
        if verdict.finding.newest and len(_newest(group)) > 1:
            yield from _indented(verdict.finding.newest, INDENT + 2, style)
        for note in _finding_notes(verdict, style):
            yield from _indented(note, INDENT + 2, style)


def _severity(group: Group) -> str:
    """Return the worst severity of its findings, which need not be that of the one that is known to be exploited."""
    return min((verdict.finding.severity for verdict in group.verdicts), key=SEVERITIES.index)


def _plain(group: Group) -> str:
    return neutral(str(group.pin)) + change(group)


def _heading(group: Group, style: Style) -> str:
    address = project_address(group.pin.name, style) if group.pin.ecosystem == PYPI else ""
    name = link(paint(neutral(group.pin.name), "1", style), address, style)
    colour = "32" if group.upgrade else "1"
    return name + neutral(f" {group.pin.version}" if group.pin.version else "") + paint(change(group), colour, style)


def _why(group: Group, style: Style, *, places: bool) -> str:
    """Return the groups, who asks for it, and where: "runtime, via streamlit (pyproject.toml:14)".

    Of what others carry, what carries it, and how that is known: "inside pillow 11.0.0 (its SBOM, pillow.cdx.json)".
    """
    if group.hosts:
        known = dict.fromkeys(filter(None, (evidence(each, whole=bool(style.verbose)) for each in group.dependencies)))
        path = next(iter(group.worst.paths), ("",))
        via = f", via {path[0]}" if path[0] not in {"", group.pin.name, *(host.name for host in group.hosts)} else ""
        return neutral(inside(group.hosts) + (f" ({_some([*known], style)})" if known else "") + via)
    words = {word for dependency in group.dependencies for word in dependency.groups}
    if "runtime" in words and not style.verbose:
        words = {"runtime"}  # whatever else needs it: it is there when the software runs
    parts = sorted((word.replace(":", " ") for word in words), key=lambda word: (word != "runtime", word))
    path = next(iter(group.worst.paths), ())
    if _is_direct(group):
        parts.append("direct")
    elif len(path) > 1:
        parts.append(f"via {path[0]}")
    text = ", ".join(parts)
    if places:
        text += f" ({_places(group, style)})"
    return neutral(text.strip())


def _places(group: Group, style: Style) -> str:
    listed = sorted({*group.worst.places, *(each.place for each in group.dependencies)})
    return _some([str(place) for place in listed], style)


def _some(listed: Sequence[str], style: Style) -> str:
    if style.verbose or len(listed) <= 2:
        return ", ".join(listed)
    return f"{listed[0]} and {len(listed) - 1} more"


def _group_notes(group: Group, style: Style) -> Iterator[str]:
    for kind in sorted({dependency.origin.kind for dependency in group.dependencies}):
        if note := ORIGINS.get(kind):
            yield note
    yield from _newest(group) if len(_newest(group)) == 1 else ()
    if style.verbose:
        yield from (f"brought in by {' > '.join(path)}" for path in group.worst.paths if len(path) > 1)
        markers = sorted({each.marker for each in group.dependencies if each.marker})
        yield from (f"applies where {marker}" for marker in markers)


def _newest(group: Group) -> list[str]:
    """Return what is known of the newest release of what carries it; several sentences where flaws differ in that."""
    return list(dict.fromkeys(verdict.finding.newest for verdict in group.verdicts if verdict.finding.newest))


def _finding_line(group: Group, verdict: Verdict, layout: Layout, style: Style) -> str:
    finding = verdict.finding
    identifier, measure = neutral(finding.id), _measure(finding)
    short, notes = shorten(_summary(finding), layout.summary, style), _notes(group, verdict, style)
    return (
        f"{' ' * INDENT}{link(identifier, advisory_address(finding.id), style)}{pad(identifier, layout.id)}  "
        f"{measure:>{layout.measure}}  {short}{pad(short, layout.summary)}  {notes}"
    ).rstrip()


def _measure(finding: Finding) -> str:
    return finding.severity if finding.score is None else f"{finding.score:.1f}"


def _summary(finding: Finding) -> str:
    """Return the summary, else the first line of the details that is no heading."""
    if text := neutral(summary(finding)).strip():
        return text
    lines = [line for line in paragraphs(details(finding)) if line]
    return next((line for line in lines if not line.startswith("#")), next(iter(lines), "no description"))


def _notes(group: Group, verdict: Verdict, style: Style) -> str:
    """Return what stands last on a finding's line: its CVE, its use in attacks, what is left open, that it warns.

    Of malware, its own id, by which alone it can be ignored. Against a baseline, what has changed.
    """
    finding = verdict.finding
    prefix = MALWARE if finding.malware else "CVE-"
    notes = [] if style.aliases else [name for name in sorted(finding.aliases) if name.startswith(prefix)][:1]
    notes += _signals(finding.signals, style)
    if finding.id not in group.settled and (group.is_fixed or group.settled or finding.fixed_in):
        notes.append(_fixed(finding))
    if verdict.status == "warns":
        notes.append("warns only")
    notes += [verdict.change] if verdict.change else []
    return neutral(", ".join(notes))


def _fixed(finding: Finding) -> str:
    if other := on_other_branches(finding):
        return f"fixed in {other[0]}, not on {branch(finding.dependency.pin)}"
    return f"fixed in {fixes(finding)[0]}" if fixes(finding) else "no fix known"


def _signals(signals: Signals, style: Style) -> Iterator[str]:
    if signals.exploited:
        yield "known exploited"
    if signals.ransomware:
        yield "used in ransomware"
    if signals.epss is not None and signals.epss >= LIKELY:
        yield f"EPSS {signals.epss:.0%}"
    elif signals.epss is not None and style.verbose:
        yield f"EPSS {percent(signals.epss)}"


def _finding_notes(verdict: Verdict, style: Style) -> Iterator[str]:
    finding = verdict.finding
    if verdict.reason:
        yield why_open(verdict)
    if finding.certainty != "affected":
        yield f"possibly affected: {finding.because}" if finding.because else "possibly affected"
    elif style.verbose and finding.because:
        yield f"because {finding.because}"
    yield from (f"sources disagree: {sentence}" for sentence in sorted(finding.disagreement))
    if style.aliases and finding.aliases:
        yield f"also known as {', '.join(sorted(finding.aliases))}"
    if style.descriptions:
        yield from paragraphs(details(finding))


def _indented(text: str, indent: int, style: Style) -> Iterator[str]:
    lines = list(wrap(neutral(text), max(NARROWEST, style.width - indent)))
    yield from (f"{' ' * indent}{line}" for line in lines)
