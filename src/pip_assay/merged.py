"""One flaw as all its records tell it: what each source claims of each project, and where they disagree."""

from collections.abc import Iterable, Mapping, Sequence

from pip_assay import findings, match, severity, versions
from pip_assay.model import Severity, Signals
from pip_assay.records import Advisory, Affected, Certainty, Event, Range
from pip_assay.values import NamedTuple

_SIGNS = {"fixed": "<", "limit": "<", "last_affected": "<="}
_RANKS = {"fixed": 0, "limit": 0, "introduced": 1}  # on a tie an end comes first, but for the last that is affected
_VERBS: tuple[tuple[Certainty | None, str], ...] = (
    ("affected", "affected by"),
    ("possible", "possibly affected by"),
    ("undecided", "undecided by"),
    (None, "not affected by"),
)

Project = tuple[str, str]
"""Ecosystem and normalised name."""

_Said = Sequence[tuple[Advisory, Sequence[Affected]]]
"""Records, and the entries of each for one project."""


class Extent(NamedTuple):
    """Releases that a record calls affected, ">= 1.0, < 1.5", and the one that it names as fixed; empty for none."""

    affected: str
    fixed: str = ""


class Statement(NamedTuple):
    """What one record says of a project. `listed` holds the releases that it names one by one, in order."""

    record: Advisory
    extents: tuple[Extent, ...]
    listed: tuple[str, ...] = ()


class Subject(NamedTuple):
    """Projects of which every record says the same, and on which of that the records disagree, in sentences."""

    projects: tuple[Project, ...]
    statements: tuple[Statement, ...]
    disagreement: tuple[str, ...] = ()


class Picture(NamedTuple):
    """A flaw, however many records tell of it.

    id         the preferred id of its live records; `aliases` are all other names, sorted.
    records    best first, the withdrawn ones last.
    malware    whether a live record says that releases are malicious.
    signals    what lists say of the use of each of its CVEs in attacks, by CVE.
    withdrawn  whether all of its records are.
    upstream   the CVEs that its records speak of, and that are none of its names.
    """

    id: str
    aliases: tuple[str, ...]
    records: tuple[Advisory, ...]
    malware: bool
    withdrawn: bool
    severity: Severity
    score: float | None
    subjects: tuple[Subject, ...]
    disagreement: tuple[str, ...]
    signals: tuple[tuple[str, Signals], ...] = ()
    upstream: tuple[str, ...] = ()


def names(records: Iterable[Advisory]) -> set[str]:
    """Return every id and alias of the records."""
    return {name for record in records for name in (record.id, *record.aliases)}


def upstream(records: Iterable[Advisory]) -> set[str]:
    """Return the CVEs that the records speak of without having them as an id or alias."""
    every = tuple(records)
    return {cve for record in every for cve in record.upstream} - names(every)


def picture(records: Iterable[Advisory], signals: Mapping[str, Signals] | None = None) -> Picture:
    """Return the picture that the records make, which share ids and aliases; there is at least one."""
    ordered = tuple(sorted(records, key=lambda each: (bool(each.withdrawn), findings.preference(each.id))))
    live = tuple(each for each in ordered if not each.withdrawn)
    malware = any(each.id.startswith(findings.MALWARE) for each in live)
    band, score = severity.of(live or ordered)
    return Picture(
        id=ordered[0].id,
        aliases=tuple(sorted(names(ordered) - {ordered[0].id})),
        records=ordered,
        malware=malware,
        withdrawn=not live,
        severity="critical" if malware else band,
        score=score,
        subjects=_subjects(ordered),
        disagreement=(*_on_severity(live), *_on_withdrawal(ordered)),
        signals=tuple(sorted((signals or {}).items())),
        upstream=tuple(sorted(upstream(ordered))),
    )


def _subjects(records: Sequence[Advisory]) -> tuple[Subject, ...]:
    """Return what is said of each project; projects of which the same is said stand together."""
    told: dict[Project, list[tuple[Advisory, list[Affected]]]] = {}
    for record in records:
        entries: dict[Project, list[Affected]] = {}
        for entry in record.affected:
            entries.setdefault((entry.ecosystem, entry.name), []).append(entry)
        for project, found in entries.items():
            told.setdefault(project, []).append((record, found))
    alike: dict[object, list[Project]] = {}
    for project, said in sorted(told.items()):
        what = tuple((record.id, tuple(entry._replace(name="") for entry in found)) for record, found in said)
        alike.setdefault(what, []).append(project)
    return tuple(_subject(projects, told[projects[0]]) for projects in alike.values())


def _subject(projects: Sequence[Project], said: _Said) -> Subject:
    live = [(record, entries) for record, entries in said if not record.withdrawn]
    disagreement = (*_on_fixes(live), *_on_releases(projects[0][0], live))
    return Subject(tuple(projects), tuple(_statement(*each) for each in said), disagreement)


def _statement(record: Advisory, entries: Sequence[Affected]) -> Statement:
    extents = [extent for entry in entries for extent in _extents(entry)]
    listed = {text: versions.key(entry.ecosystem, text) for entry in entries for text in entry.versions}
    ordered = sorted(listed, key=lambda text: (listed[text] is None, listed[text] or b""))
    return Statement(record, tuple(dict.fromkeys(extents)), tuple(ordered))


def _extents(entry: Affected) -> list[Extent]:
    found = [
        extent for each in entry.ranges if each.kind in match.ORDERED for extent in _of_range(entry.ecosystem, each)
    ]
    if entry.last_known:
        found.append(Extent(f"last known: {entry.last_known}"))
    return found


def _of_range(ecosystem: str, events: Range) -> list[Extent]:
    """Return a range as intervals where its events make pairs in their order of versions; else its events."""
    ordered = _in_order(ecosystem, events.events)
    found: list[Extent] = []
    low: Event | None = None
    for event in ordered or events.events:
        if event.bound == "introduced" and low is None:
            low = event
        elif event.bound in _SIGNS and low is not None:
            found.append(_extent(low, event))
            low = None
        else:
            return [_as_written(events)]
    return found if low is None else [*found, _extent(low, None)]


def _in_order(ecosystem: str, events: Sequence[Event]) -> list[Event]:
    """Return the events by version; none where one of them cannot be placed."""
    placed: list[tuple[bytes, int, Event]] = []
    for event in events:
        key = b"" if event == ("introduced", "0") else versions.key(ecosystem, event.version)
        if key is None:
            return []
        placed.append((key, _RANKS.get(event.bound, 2), event))
    return [event for _, _, event in sorted(placed)]


def _extent(low: Event, high: Event | None) -> Extent:
    bounds = [f">= {low.version}"] if low.version != "0" else []
    bounds += [f"{_SIGNS[high.bound]} {high.version}"] if high and high.version != "*" else []
    return Extent(", ".join(bounds) or "every release", high.version if high and high.bound == "fixed" else "")


def _as_written(events: Range) -> Extent:
    words = [f"{bound} {version}" if version else "what cannot be read" for bound, version in events.events]
    return Extent(", ".join(words), ", ".join(event.version for event in events.events if event.bound == "fixed"))


def _on_fixes(said: _Said) -> list[str]:
    told: dict[str, list[str]] = {}
    for record, entries in said:
        fixes = dict.fromkeys(each.fixed for each in _statement(record, entries).extents if each.fixed)
        told.setdefault(", ".join(fixes) or "no release", []).append(record.id)
    return [f"fixed in {_told(told)}"] if len(told) > 1 else []


def _told(said: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{text} ({', '.join(ids)})" for text, ids in said.items())


def _on_releases(ecosystem: str, said: _Said) -> list[str]:
    """Return one sentence for each way in which the records judge releases that any of them names differently."""
    claims = [match.claim(record.id, entries) for record, entries in said]
    keyed: dict[bytes, str] = {}
    for text in _named_releases(entry for _, entries in said for entry in entries):
        key = versions.key(ecosystem, text)
        if key is not None:
            keyed.setdefault(key, text)
    runs: list[tuple[tuple[Certainty | None, ...], list[str]]] = []
    for key in sorted(keyed):
        verdict = tuple(match.certainty(claim, key, keyed[key]) for claim in claims)
        if not runs or runs[-1][0] != verdict:
            runs.append((verdict, []))
        runs[-1][1].append(keyed[key])
    told: dict[tuple[Certainty | None, ...], list[str]] = {}
    for verdict, run in runs:
        if len(set(verdict)) > 1:
            told.setdefault(verdict, []).append(_run(run))
    ids = [record.id for record, _ in said]
    return [f"{', '.join(found)}: {_verdict(verdict, ids)}" for verdict, found in told.items()]


def _named_releases(entries: Iterable[Affected]) -> Iterable[str]:
    for entry in entries:
        yield from entry.versions
        for events in entry.ranges:
            if events.kind in match.ORDERED:
                yield from (event.version for event in events.events if event != ("introduced", "0"))


def _run(texts: Sequence[str]) -> str:
    """Return releases that follow one another among those that are known."""
    if len(texts) < 3:
        return ", ".join(texts)
    return f"{texts[0]} to {texts[-1]} ({len(texts)} known releases)"


def _verdict(verdict: Sequence[Certainty | None], ids: Sequence[str]) -> str:
    said = []
    for certainty, verb in _VERBS:
        named = [name for each, name in zip(verdict, ids, strict=True) if each == certainty]
        said += [f"{verb} {', '.join(named)}"] if named else []
    return "; ".join(said)


def rated(record: Advisory) -> str:
    """Return the severity that one record gives: "high 7.5", "high", "unknown"."""
    band, score = severity.of([record])
    return band if score is None else f"{band} {score}"


def _on_severity(live: Sequence[Advisory]) -> list[str]:
    told: dict[str, list[str]] = {}
    for record in live:
        told.setdefault(rated(record), []).append(record.id)
    told.pop("unknown", None)
    return [f"severity {_told(told)}"] if len({text.partition(" ")[0] for text in told}) > 1 else []


def _on_withdrawal(records: Sequence[Advisory]) -> list[str]:
    withdrawn = [each for each in records if each.withdrawn]
    if len(withdrawn) == len(records):
        return []
    return [f"{each.id} was withdrawn on {each.withdrawn[:10]}, the others stand" for each in withdrawn]
