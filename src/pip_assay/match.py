"""Is this release affected? OSV's algorithm over the order of versions; nothing else decides.

A record's events and lists are compiled once, at import, into spans of keys (`claim`); an audit compares bytes
(`certainty`). Rules: OSV schema 1.7, "Evaluation"; for what the schema leaves open, docs/matching.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from pip_assay import versions
from pip_assay.model import Dependency, Pin, Problem
from pip_assay.records import Advisory, Affected, Certainty, Claim, Range, Span
from pip_assay.values import NamedTuple

ORDERED = ("ECOSYSTEM", "SEMVER")
"""The kinds of range that a version order can judge; "GIT" needs a repository, "FIXED" only names fixed releases."""

MALWARE = "MAL-"
"""What the ids of records of malware begin with (ossf/malicious-packages)."""

EVERYTHING = (versions.START, versions.END)

_FEW = 8  # ranges that listed versions are looked for in, as a hostile record may have thousands of both
_KEPT = 1 << 15  # versions of an ecosystem

_Interval = tuple[bytes, bytes]


class Hit(NamedTuple):
    """A dependency and the id of a record that affects it, or may."""

    dependency: Dependency
    advisory: str
    certainty: Certainty


class Scale(NamedTuple):
    """How releases of a project are compared with one of them, which may not say its epoch.

    epochs  whether they count. Of an RPM package that says none, versions and releases alone are compared: auditwheel
            leaves epochs out, and as one of epoch 0 it would be older than every fix of epoch 1.
    """

    ecosystem: str
    epochs: bool

    def key(self, version: str) -> bytes | None:
        """Return the key of a release of the project; None where its order cannot place it."""
        key = versions.key(self.ecosystem, version)
        return key if self.epochs or key is None else versions.without_epoch(key)

    def claims(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """Return claims about the project, with the bounds that those keys are compared with."""
        if self.epochs:
            return claims
        return [each._replace(spans=tuple([self._span(*span) for span in each.spans])) for each in claims]

    def within(self, interval: _Interval, key: bytes) -> bool:
        """Return whether an interval holds one of those keys, or may."""
        start, end, _ = self._span(*interval)
        return start <= key < end

    def note(self, interval: _Interval) -> str:
        """Return what is to be said of a comparison with an interval: that an epoch did not count."""
        is_left_out = not self.epochs and any(map(versions.has_epoch, interval))
        return "; compared without the epoch, which is not stated" if is_left_out else ""

    def _span(self, start: bytes, end: bytes, certainty: Certainty = "affected") -> Span:
        """Return a span as it is compared. From a high version of one epoch to a low one of the next, all may be in."""
        if self.epochs:
            return Span(start, end, certainty)
        low, high = versions.without_epoch(start), versions.without_epoch(end)
        if low < high:
            return Span(low, high, certainty)
        return Span(*EVERYTHING, "possible" if certainty == "affected" else certainty)


def scale(pin: Pin) -> Scale:
    """Return how releases of the pin's project are compared with the pin."""
    return Scale(pin.ecosystem, not versions.lacks_epoch(pin.ecosystem, pin.version))


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
        certain += _outside(certain, listed)
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
    """Return what affects the dependencies, or may, and a problem for each that cannot be judged.

    A version that nobody can place is no problem of what is inside a distribution where no record names the project.
    """
    found: list[Hit] = []
    doubts: list[tuple[Dependency, Problem]] = []
    judged: dict[Pin, tuple[bool, list[tuple[str, Certainty]]]] = {}
    for dependency in dependencies:
        pin = dependency.pin
        said = claims.get((pin.ecosystem, pin.name), ())
        if not said and dependency.inside:
            continue
        if pin not in judged:  # many wheels carry the same crate
            judged[pin] = _judged(pin, said)
        is_placed, verdicts = judged[pin]
        if not is_placed:
            doubts.append((dependency, _unplaced(dependency)))
        for advisory, verdict in verdicts:
            if verdict != "undecided":
                found.append(Hit(dependency, advisory, verdict))
            elif is_placed:
                doubts.append((dependency, _undecided(dependency, advisory)))
    return found, doubts


def _judged(pin: Pin, said: Sequence[Claim]) -> tuple[bool, list[tuple[str, Certainty]]]:
    """Return whether the order can place a release, and how surely each record affects it that does, or may."""
    compared = scale(pin)
    key = compared.key(pin.version)
    every = ((each.advisory, certainty(each, key, pin.version)) for each in compared.claims(said))
    return key is not None, [(advisory, verdict) for advisory, verdict in every if verdict]


def because(advisory: Advisory, pin: Pin) -> str:
    """Return how the record includes the release, as a person would say it: ">= 1.0, < 2.1" or "listed"."""
    compared = scale(pin)
    key = compared.key(pin.version)
    if key is None:
        return "listed"
    entries = [entry for entry in advisory.affected if (entry.ecosystem, entry.name) == (pin.ecosystem, pin.name)]
    lists_all = _lists_all(advisory.id, entries)
    doubt = ""
    for entry in entries:
        if any(compared.within(above, key) for above in _at_last_known(entry, [EVERYTHING])[1]):
            return f"above the last known affected release ({entry.last_known})"
        for interval, words in _including(entry, key, compared):
            if not (lists_all and _is_open(interval)):
                return words
            doubt = f"not among the releases that {advisory.id} lists, but in its range ({words})"
    listed = (each for entry in entries for each in _listed(entry)[0] if compared.within(each, key))
    found = next(listed, None)
    return doubt if doubt and not found else f"listed{compared.note(found) if found else ''}"


def _including(entry: Affected, key: bytes, compared: Scale) -> Iterator[tuple[_Interval, str]]:
    """Yield the intervals of the entry's ranges that hold the key, and their words."""
    for events in entry.ranges:
        for interval in _intervals(entry.ecosystem, events)[0] if events.kind in ORDERED else ():
            if compared.within(interval, key):
                yield interval, _words(entry.ecosystem, events, *interval) + compared.note(interval)


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
    found = list(map(_releases(entry.ecosystem).__getitem__, entry.versions))
    placed = list(filter(None, found))
    if len(placed) == len(found):
        return placed, []
    return placed, [text for text, interval in zip(entry.versions, found, strict=True) if not interval]


class _Releases(dict[str, _Interval | None]):
    """An ecosystem's listed versions as intervals; they are kept, because records list the same ones over and over."""

    def __init__(self, ecosystem: str) -> None:
        self._ecosystem = ecosystem

    def __missing__(self, text: str) -> _Interval | None:
        if len(self) == _KEPT:
            self.clear()
        key = versions.key(self._ecosystem, text)
        end = b"\x00" if versions.has_local(self._ecosystem, text) else versions.ABOVE_LOCALS
        self[text] = found = None if key is None else (key, key + end)
        return found


_releases = lru_cache(maxsize=16)(_Releases)


def _outside(ranges: list[_Interval], listed: list[_Interval]) -> list[_Interval]:
    """Return the listed versions that the first few ranges do not include: most records list what their ranges say."""
    for low, high in ranges[:_FEW]:
        listed = [interval for interval in listed if interval[0] < low or interval[1] > high]
    return listed


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
    """Return the intervals between introductions and ends; both at one point change nothing (docs/matching.md)."""
    found: list[_Interval] = []
    start: bytes | None = None
    every = set(points)
    for point, begins in sorted(every):
        if (point, not begins) in every:
            continue
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
    if not entry.last_known:
        return intervals, []
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
