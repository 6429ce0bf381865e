"""Laws of matching. The oracle walks OSV's own pseudo-code over the raw record with packaging's versions."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from pip_assay import match, versions
from pip_assay.model import PYPI
from pip_assay.records import Affected, Certainty, Event, Range

NAMES = ["0.1", "1.0a1", "1.0rc1", "1.0", "1.0+local", "1.0.post1", "1.1.dev1", "1.1", "1.2", "2.0", "2.0.1", "1!0.1"]
JUNK = ["2019-09-12", "0.1-bulbasaur", "dev", ""]
VERSION = st.sampled_from(NAMES)
BOUND = st.sampled_from(["introduced", "fixed", "last_affected"])
EVENT = st.one_of(
    st.just(Event("introduced", "0")), st.builds(Event, BOUND, VERSION), st.builds(Event, st.just("limit"), VERSION)
)
RANGE = st.builds(
    Range,
    st.sampled_from(["ECOSYSTEM", "SEMVER", "GIT"]),
    st.lists(EVENT, min_size=1, max_size=5).map(lambda events: (Event("introduced", "0.5"), *events)),
)
ENTRY = st.builds(
    Affected,
    st.just(PYPI),
    st.just("project"),
    st.lists(st.one_of(VERSION, st.sampled_from(JUNK)), max_size=4).map(tuple),
    st.lists(RANGE, min_size=1, max_size=2).map(tuple),
)


def _read(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def evaluate(entries: list[Affected], text: str) -> bool:
    """Return whether OSV's algorithm calls the version affected (schema 1.7, "Evaluation"), event by event."""
    return any(_listed(entry, text) or any(_in_range(events, text) for events in entry.ranges) for entry in entries)


def _listed(entry: Affected, text: str) -> bool:
    version = _read(text)
    if version is None:
        return text in entry.versions
    listed = [_read(each) for each in entry.versions]
    return version in listed or Version(version.public) in listed


def _in_range(events: Range, text: str) -> bool:
    version = _read(text)
    if events.kind == "GIT" or version is None:
        return False
    public = Version(version.public)
    limits = [Version(each.version) for each in events.events if each.bound == "limit"]
    if limits and not any(version < limit for limit in limits):
        return False
    affected = False
    ends = {Version(at) for bound, at in events.events if bound == "fixed"}
    ties = {Version(at) for bound, at in events.events if bound == "introduced" and at != "0"} & ends
    for bound, at in sorted(events.events, key=_position):
        if bound in ("introduced", "fixed") and at != "0" and Version(at) in ties:
            continue  # two ranges touch, and nothing changes; or one of them is empty
        if bound == "introduced" and (at == "0" or Version(at) <= version):
            affected = True
        if bound == "fixed" and Version(at) <= version:
            affected = False
        if bound == "last_affected" and Version(Version(at).public) < public:
            affected = False
    return affected


def _position(event: Event) -> tuple[bool, Any, int]:
    """On a tie a last affected release closes what an introduction begins. "0" is before everything."""
    rank = {"fixed": 0, "introduced": 1, "last_affected": 2, "limit": 3}[event.bound]
    if event == ("introduced", "0"):
        return False, Version("0.dev0"), rank
    at = Version(event.version)
    return True, Version(at.public) if event.bound == "last_affected" else at, rank


def certainty(entries: list[Affected], text: str) -> Certainty | None:
    return match.certainty(match.claim("X-1", entries), versions.key(PYPI, text), text)


@given(
    st.lists(ENTRY, min_size=1, max_size=3), st.one_of(VERSION, st.sampled_from(["0", "0.5", "3", "1.0+z", "1.2+b"]))
)
def test_a_claim_is_osv_evaluation(entries: list[Affected], text: str) -> None:
    """OSV: affected if listed, or if the events of any range, sorted by version, leave it affected."""
    assert (certainty(entries, text) == "affected") == evaluate(entries, text)


@given(st.lists(ENTRY, min_size=1, max_size=3))
def test_spans_are_sorted_disjoint_and_not_empty(entries: list[Affected]) -> None:
    """The intervals that an audit compares are sorted and never overlap or touch."""
    spans = match.claim("X-1", entries).spans
    assert list(spans) == sorted(spans)
    for one in spans:
        assert one.start < one.end
        for other in spans:
            if one.certainty == other.certainty and one.start < other.start:
                assert one.end < other.start


@given(st.lists(ENTRY, min_size=1, max_size=3), st.randoms(use_true_random=False), VERSION)
def test_the_order_of_events_entries_and_lists_does_not_matter(entries: list[Affected], chance: Any, text: str) -> None:
    """OSV: events are an unordered set; so are entries and lists."""
    shuffled = []
    for entry in entries:
        ranges = [Range(each.kind, tuple(chance.sample(each.events, len(each.events)))) for each in entry.ranges]
        chance.shuffle(ranges)
        shuffled.append(
            entry._replace(ranges=tuple(ranges), versions=tuple(chance.sample(entry.versions, len(entry.versions))))
        )
    chance.shuffle(shuffled)
    assert certainty(shuffled, text) == certainty(entries, text)


@given(
    RANGE,
    st.sampled_from(JUNK),
    st.sampled_from(["introduced", "fixed", "last_affected", "limit", "novelty"]),
    VERSION,
    st.integers(0, 5),
)
def test_an_event_that_cannot_be_read_makes_nothing_safe(
    readable: Range, junk: str, bound: str, text: str, position: int
) -> None:
    """Whatever value stood for the unreadable event, a release that it would make affected is not called safe."""
    readable = readable._replace(kind="ECOSYSTEM")
    broken = list(readable.events)
    broken.insert(position, Event(bound, junk))
    entry = Affected(PYPI, "project", (), (Range("ECOSYSTEM", tuple(broken)),))
    guesses = [] if bound == "novelty" else [Event(bound, at) for at in NAMES]
    could_be = [
        evaluate([entry._replace(ranges=(Range("ECOSYSTEM", (*readable.events, guess)),))], text) for guess in guesses
    ]
    if any(could_be) or evaluate([entry._replace(ranges=(readable,))], text):
        assert certainty([entry], text) == "undecided"
    assert certainty([entry], text) != "affected"


@given(
    st.lists(st.one_of(VERSION, st.sampled_from(JUNK)), min_size=1, max_size=5).map(tuple),
    st.one_of(VERSION, st.sampled_from(JUNK)),
)
def test_a_list_decides_where_a_range_cannot_be_read(listed: tuple[str, ...], text: str) -> None:
    """An unreadable event degrades to the enumerated list, where there is one."""
    entry = Affected(PYPI, "project", listed, (Range("ECOSYSTEM", (Event("introduced", "0"), Event("fixed", "junk"))),))
    if _read(text) is None and text not in listed:
        assert certainty([entry], text) in (None, "undecided")
    else:
        assert (certainty([entry], text) == "affected") == _listed(entry, text)
