"""Is this release affected? OSV's algorithm over the order of versions; nothing else decides.

A record's events and lists are compiled once, at import, into spans of keys (`claim`); an audit compares bytes
(`certainty`). Rules: OSV schema 1.7, "Evaluation"; for what the schema leaves open, docs/matching.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from pip_assay import versions
from pip_assay.model import Advisory, Affected, Certainty, Claim, Dependency, Pin, Problem, Range, Span
from pip_assay.values import NamedTuple

ORDERED = ("ECOSYSTEM", "SEMVER")
"""The kinds of range that a version order can judge; "GIT" needs a repository, "FIXED" only names fixed releases."""

MALWARE = "MAL-"
"""What the ids of records of malware begin with (ossf/malicious-packages)."""

EVERYTHING = (versions.START, versions.END)

_Interval = tuple[bytes, bytes]


class Hit(NamedTuple):
    """A dependency and the id of a record that affects it, or may."""

    dependency: Dependency
    advisory: str
    certainty: Certainty


def claim(record_id: str, affected: Sequence[Affected]) -> Claim:
    """Return what a live record claims about one project, from all of its entries for that project.

    All of `affected` must be of one ecosystem and name. What cannot be read never makes a release safe: it becomes
    an "undecided" span, unless the entry lists its versions, which then decide.
    """
    found: dict[Certainty, list[_Interval]] = {"affected": [], "possible": [], "undecided": []}
    texts: set[str] = set()
    lists_all = _lists_all(record_id, affected)
    for entry in affected:
        listed, unplaced = _listed(entry)
        texts.update(unplaced)
        certain, unsure = _ranges(entry)
        if lists_all:
            found["possible"] += filter(_is_open, certain)
            certain = [interval for interval in certain if not _is_open(interval)]
        certain += listed
        if not entry.versions:
            found["undecided"] += unsure
        below, above = _at_last_known(entry, _union(certain))
        found["affected"] += below
        found["possible"] += above
    spans = [Span(start, end, certainty) for certainty, intervals in found.items() for start, end in _union(intervals)]
    return Claim(record_id, tuple(sorted(spans)), tuple(sorted(texts)))


def certainty(claimed: Claim, key: bytes | None, text: str) -> Certainty | None:
    """Return how surely the release is affected, or None when it is not. `key` is None for an unreadable version."""
    if text in claimed.texts:
        return "affected"
    if key is None:
        return "undecided" if claimed.spans else None
    strongest: Certainty | None = None
    for span in claimed.spans:
        if span.start <= key < span.end:
            if span.certainty == "affected":
                return "affected"
            strongest = "possible" if "possible" in (span.certainty, strongest) else "undecided"
    return strongest


def hits(
    dependencies: Iterable[Dependency], claims: Mapping[tuple[str, str], Sequence[Claim]]
) -> tuple[list[Hit], list[tuple[Dependency, Problem]]]:
    """Return what affects the dependencies, or may, and a problem for each that cannot be judged."""
    found: list[Hit] = []
    doubts: list[tuple[Dependency, Problem]] = []
    for dependency in dependencies:
        pin = dependency.pin
        key = versions.key(pin.ecosystem, pin.version)
        if key is None:
            doubts.append((dependency, _unplaced(dependency)))
        for claimed in claims.get((pin.ecosystem, pin.name), ()):
            verdict = certainty(claimed, key, pin.version)
            if verdict == "undecided" and key is not None:
                doubts.append((dependency, _undecided(dependency, claimed.advisory)))
            elif verdict and verdict != "undecided":
                found.append(Hit(dependency, claimed.advisory, verdict))
    return found, doubts


def because(advisory: Advisory, pin: Pin) -> str:
    """Return how the record includes the release, as a person would say it: ">= 1.0, < 2.1" or "listed"."""
    key = versions.key(pin.ecosystem, pin.version)
    if key is None:
        return "listed"
    entries = [entry for entry in advisory.affected if (entry.ecosystem, entry.name) == (pin.ecosystem, pin.name)]
    lists_all = _lists_all(advisory.id, entries)
    doubt = ""
    for entry in entries:
        if _at_last_known(entry, [(key, key + b"\x00")])[1]:
            return f"above the last known affected release ({entry.last_known})"
        for interval, words in _including(entry, key):
            if not (lists_all and _is_open(interval)):
                return words
            doubt = f"not among the releases that {advisory.id} lists, but in its range ({words})"
    is_listed = any(start <= key < end for entry in entries for start, end in _listed(entry)[0])
    return doubt if doubt and not is_listed else "listed"


def _including(entry: Affected, key: bytes) -> Iterator[tuple[_Interval, str]]:
    """Yield the intervals of the entry's ranges that hold the key, and their words."""
    for events in entry.ranges:
        for start, end in _intervals(entry.ecosystem, events)[0] if events.kind in ORDERED else ():
            if start <= key < end:
                yield (start, end), _words(entry.ecosystem, events, start, end)


def fixes(advisory: Advisory, ecosystem: str, name: str) -> tuple[str, ...]:
    """Return the releases that the record names as fixed for the project, in the record's order, each once."""
    named = [
        event.version
        for entry in advisory.affected
        if (entry.ecosystem, entry.name) == (ecosystem, name)
        for events in entry.ranges
        if events.kind != "GIT"
        for event in events.events
        if event.bound == "fixed"
    ]
    return tuple(dict.fromkeys(named))


def lists(advisory: Advisory, ecosystem: str, name: str) -> bool:
    """Return whether the record lists releases of the project one by one."""
    return any(entry.versions for entry in advisory.affected if (entry.ecosystem, entry.name) == (ecosystem, name))


def _lists_all(record_id: str, affected: Iterable[Affected]) -> bool:
    """Return whether the record means the releases that it lists: one of malware does, if it lists any.

    A range without end beside that list is mostly left over from a report that knew of no releases yet; where an
    account was taken over it takes in every good one. What it adds to the list is possibly affected.
    """
    return record_id.startswith(MALWARE) and any(entry.versions for entry in affected)


def _is_open(interval: _Interval) -> bool:
    return interval[1] == versions.END


def _listed(entry: Affected) -> tuple[list[_Interval], list[str]]:
    """Return the listed versions as intervals, each with its local versions, and those that no order can place."""
    found = [_release(entry.ecosystem, text) for text in entry.versions]
    placed = [interval for interval in found if interval]
    if len(placed) == len(found):
        return placed, []
    return placed, [text for text, interval in zip(entry.versions, found, strict=True) if not interval]


@lru_cache(maxsize=1 << 16)
def _release(ecosystem: str, text: str) -> _Interval | None:
    """Return a listed version as an interval; it is kept, because records list the same versions over and over."""
    key = versions.key(ecosystem, text)
    if key is None:
        return None
    return key, key + (b"\x00" if versions.has_local(ecosystem, text) else versions.ABOVE_LOCALS)


def _ranges(entry: Affected) -> tuple[list[_Interval], list[_Interval]]:
    """Return the intervals of the ranges that can be read, and those that might hold where one cannot."""
    certain: list[_Interval] = []
    unsure: list[_Interval] = []
    ordered = [events for events in entry.ranges if events.kind in ORDERED]
    if not ordered:
        return [], [EVERYTHING]
    for events in ordered:
        intervals, readable = _intervals(entry.ecosystem, events)
        (certain if readable else unsure).extend(intervals)
    return certain, unsure


def _intervals(ecosystem: str, events: Range) -> tuple[list[_Interval], bool]:
    """Return the intervals of one range, and whether all of its events could be read.

    Where one could not, the intervals hold every release that could be affected: an unreadable introduction may be
    anywhere, and an unreadable end never comes.
    """
    points: list[tuple[bytes, bool]] = []
    limits: list[bytes] = []
    readable = any(event.bound == "introduced" for event in events.events)
    if not readable:
        points.append((versions.START, True))
    for bound, text in events.events:
        point = _point(ecosystem, bound, text)
        if point is None:
            readable = False
            if bound not in ("fixed", "last_affected", "limit"):
                return [EVERYTHING], False
        elif bound == "limit":
            limits.append(point)
        else:
            points.append((point, bound == "introduced"))
    return _below(_walk(points), limits if readable else []), readable


def _point(ecosystem: str, bound: str, text: str) -> bytes | None:
    """Return the key at which an event takes effect."""
    if bound == "introduced" and text == "0":
        return versions.START
    if bound == "limit" and text == "*":
        return versions.END
    if bound == "last_affected":
        key = versions.public_key(ecosystem, text)
        return None if key is None else key + versions.ABOVE_LOCALS
    return versions.key(ecosystem, text) if bound in ("introduced", "fixed", "limit") else None


def _walk(points: list[tuple[bytes, bool]]) -> list[_Interval]:
    """Return the intervals between introductions and ends. On a tie an end comes first, then an introduction."""
    found: list[_Interval] = []
    start: bytes | None = None
    for point, begins in sorted(points):
        if begins and start is None:
            start = point
        elif not begins and start is not None:
            found.append((start, point))
            start = None
    if start is not None:
        found.append((start, versions.END))
    return found


def _below(intervals: list[_Interval], limits: list[bytes]) -> list[_Interval]:
    """Return the intervals below the highest limit; without limits, all of them."""
    if not limits:
        return intervals
    top = max(limits)
    return [(start, min(end, top)) for start, end in intervals if start < top]


def _at_last_known(entry: Affected, intervals: list[_Interval]) -> tuple[list[_Interval], list[_Interval]]:
    """Return what lies below and above the last known affected release.

    GHSA's `last_known_affected_version_range` ("<= 1.2", "< 2") bounds what is known where no release is patched;
    releases above it are only possibly affected. An entry that names a fix needs no such bound.
    """
    sign, _, text = entry.last_known.strip().partition(" ")
    bound = _point(entry.ecosystem, "last_affected" if sign == "<=" else "fixed", text.strip())
    if sign not in ("<", "<=") or bound is None or _ends(entry):
        return intervals, []
    below = [(start, min(end, bound)) for start, end in intervals if start < bound]
    above = [(max(start, bound), end) for start, end in intervals if end > bound]
    return below, above


def _ends(entry: Affected) -> bool:
    return any(
        event.bound in ("fixed", "last_affected")
        for events in entry.ranges
        if events.kind in ORDERED
        for event in events.events
    )


def _union(intervals: Iterable[_Interval]) -> list[_Interval]:
    """Return the same releases as sorted, disjoint intervals."""
    merged: list[_Interval] = []
    top = versions.START
    for interval in sorted(intervals):
        start, end = interval
        if not merged or start > top:
            merged.append(interval)
            top = end
        elif end > top:
            merged[-1] = (merged[-1][0], end)
            top = end
    return merged


def _words(ecosystem: str, events: Range, start: bytes, end: bytes) -> str:
    signs = {"introduced": ">=", "fixed": "<", "limit": "<", "last_affected": "<="}
    edges = {
        _point(ecosystem, bound, text): f"{signs[bound]} {text}" for bound, text in events.events if bound in signs
    }
    low, high = "" if start == versions.START else edges.get(start, ""), edges.get(end, "")
    return ", ".join(filter(None, (low, high))) or "every release"


def _unplaced(dependency: Dependency) -> Problem:
    pin = dependency.pin
    return Problem(
        "version",
        f"version {pin.version} of {pin.name} cannot be placed in the order of {pin.ecosystem} versions,"
        " so only advisories that list it by name were compared",
        dependency.place,
        "correct the version, or check the project by hand",
        pin.name,
    )


def _undecided(dependency: Dependency, advisory: str) -> Problem:
    return Problem(
        "undecided",
        f"{advisory} names {dependency.pin.name}, and its versions cannot be read,"
        f" so whether {dependency.pin.version} is affected is unknown",
        dependency.place,
        f"read it: pip-assay show {advisory}",
        dependency.pin.name,
    )
