"""Matching: what the laws do not say by themselves, case by case."""

import pytest

from pip_assay import match, versions
from pip_assay.model import PYPI, Dependency, Pin, Place
from pip_assay.records import Advisory, Affected, Claim, Event, Range, Span

ALWAYS = (Range("ECOSYSTEM", (Event("introduced", "0"),)),)


def entry(*, last_known: str = "", listed: tuple[str, ...] = (), ranges: tuple[Range, ...] = ALWAYS) -> Affected:
    return Affected(PYPI, "project", listed, ranges, last_known)


def judge(affected: Affected, text: str) -> str | None:
    return match.certainty(match.claim("X-1", [affected]), versions.key(PYPI, text), text)


def dependency(version: str) -> Dependency:
    return Dependency(Pin(PYPI, "project", version), Place("requirements.txt", 3))


@pytest.mark.parametrize(
    ("bound", "text", "expected"),
    [
        ("<= 1.2", "1.2", "affected"),
        ("<= 1.2", "1.2+cu118", "affected"),
        ("<= 1.2", "1.2.1", "possible"),
        ("< 1.2", "1.1.9", "affected"),
        ("< 1.2", "1.2", "possible"),
        ("= 1.2", "9", "affected"),
        ("<= junk", "9", "affected"),
        ("", "9", "affected"),
    ],
)
def test_a_last_known_range_bounds_what_is_known(bound: str, text: str, expected: str) -> None:
    """GHSA's last known affected range is a soft bound: above it a release is possibly affected."""
    assert judge(entry(last_known=bound), text) == expected
    assert judge(entry(last_known=bound, listed=("0.9", "9", "1.2", "1.2.1")), text) == expected


def test_a_fix_outweighs_a_last_known_range() -> None:
    """A record that names its fix needs no soft bound."""
    fixed = (Range("ECOSYSTEM", (Event("introduced", "0"), Event("fixed", "2"))),)
    assert judge(entry(last_known="<= 1.2", ranges=fixed), "1.5") == "affected"
    assert judge(entry(last_known="<= 1.2", ranges=fixed), "2") is None


def test_a_record_without_a_usable_range_or_list_is_undecided() -> None:
    """A record that names the project and no release cannot call any release safe."""
    assert judge(entry(ranges=()), "1.0") == "undecided"
    assert judge(entry(ranges=(Range("GIT", (Event("introduced", "0"),)),)), "1.0") == "undecided"
    assert judge(entry(ranges=(Range("GIT", (Event("introduced", "0"),)),), listed=("2",)), "1.0") is None


def test_several_entries_of_one_record_all_count() -> None:
    """OSV: a record may hold several entries for one project."""
    low = entry(ranges=(Range("ECOSYSTEM", (Event("introduced", "1"), Event("fixed", "2"))),))
    high = entry(ranges=(Range("ECOSYSTEM", (Event("introduced", "3"), Event("fixed", "4"))),))
    claimed = match.claim("X-1", [low, high])
    affected = {text for text in ("0", "1", "2", "3", "4") if match.certainty(claimed, versions.key(PYPI, text), text)}
    assert affected == {"1", "3"}


def test_the_surest_span_wins() -> None:
    """Where one entry is sure and another is not, the release is affected."""
    spans = (
        Span(b"\x10", b"\x30", "undecided"),
        Span(b"\x11", b"\x20", "possible"),
        Span(b"\x12", b"\x13", "affected"),
    )
    claimed = Claim("X-1", spans)
    assert match.certainty(claimed, b"\x12", "") == "affected"
    assert match.certainty(claimed, b"\x15", "") == "possible"
    assert match.certainty(claimed, b"\x25", "") == "undecided"
    assert match.certainty(Claim("X-1", tuple(reversed(spans))), b"\x15", "") == "possible"
    assert match.certainty(claimed, b"\x40", "") is None


def test_an_unreadable_version_matches_by_name_and_is_a_problem() -> None:
    """PEP 440 cannot place 2004d: it matches where it is listed, and every other record leaves a doubt."""
    claims = {(PYPI, "project"): (match.claim("X-1", [entry(listed=("2004d",), ranges=())]),)}
    hits, doubts = match.hits([dependency("2004d")], claims)
    assert [hit.advisory for hit in hits] == ["X-1"]
    assert [problem.gap for _, problem in doubts] == ["version"]
    hits, doubts = match.hits([dependency("2005x")], {(PYPI, "project"): (match.claim("X-1", [entry()]),)})
    assert hits == []
    assert [(problem.gap, problem.place) for _, problem in doubts] == [("version", Place("requirements.txt", 3))]


def test_an_undecided_record_is_a_problem_that_names_it() -> None:
    """What cannot be decided is never clean: the problem names the record and the release."""
    claims = {(PYPI, "project"): (match.claim("X-1", [entry(ranges=())]),)}
    hits, doubts = match.hits([dependency("1.0")], claims)
    assert hits == []
    assert [(problem.gap, problem.subject) for _, problem in doubts] == [("undecided", "project")]
    assert "X-1" in doubts[0][1].what
    assert "1.0" in doubts[0][1].what


@pytest.mark.parametrize(
    ("events", "version", "expected"),
    [
        ((Event("introduced", "0"),), "1", "every release"),
        ((Event("introduced", "0"), Event("fixed", "2")), "1", "< 2"),
        ((Event("introduced", "1"), Event("last_affected", "2")), "2", ">= 1, <= 2"),
        ((Event("introduced", "1"), Event("limit", "2")), "1.5", ">= 1, < 2"),
        ((Event("introduced", "5"),), "1", "listed"),
    ],
)
def test_because_says_how_the_record_includes_a_release(events: tuple[Event, ...], version: str, expected: str) -> None:
    """The range that holds the release is said as a person would write it."""
    other = Affected(PYPI, "another", ("1",), ALWAYS)
    record = Advisory("X-1", affected=(other, entry(ranges=(Range("ECOSYSTEM", events),), listed=("1",))))
    assert match.because(record, Pin(PYPI, "project", version)) == expected


def test_fixes_are_gathered_from_every_entry_once() -> None:
    """Fixed releases come from all ranges of the project, git commits excepted."""
    fixed = (Range("ECOSYSTEM", (Event("introduced", "0"), Event("fixed", "2"), Event("fixed", "3"))),)
    git = (Range("GIT", (Event("fixed", "abc"),)), Range("FIXED", (Event("fixed", "2"), Event("fixed", "5"))))
    record = Advisory("X-1", affected=(entry(ranges=fixed), entry(ranges=git), Affected("npm", "project", (), fixed)))
    assert match.fixes(record, PYPI, "project") == ("2", "3", "5")


def test_a_limit_of_star_is_no_limit() -> None:
    """OSV: the limit "*" represents infinity."""
    events = (Event("introduced", "0"), Event("limit", "*"))
    assert judge(entry(ranges=(Range("ECOSYSTEM", events),)), "99") == "affected"


def test_a_range_without_a_beginning_is_undecided_up_to_its_end() -> None:
    """OSV requires an introduced event; a record that forgot it does not call its releases safe."""
    forgetful = entry(ranges=(Range("ECOSYSTEM", (Event("fixed", "2"),)),))
    assert judge(forgetful, "1") == "undecided"
    assert judge(forgetful, "2") is None


def test_because_names_the_range_among_several_and_the_soft_bound() -> None:
    """Of several ranges the one that holds the release is said; above a soft bound, that it is above."""
    git = Range("GIT", (Event("introduced", "0"),))
    high = Range("ECOSYSTEM", (Event("introduced", "3"), Event("fixed", "4")))
    record = Advisory("X-1", affected=(entry(ranges=(git, high, *ALWAYS)),))
    assert match.because(record, Pin(PYPI, "project", "1")) == "every release"
    soft = Advisory("X-1", affected=(entry(last_known="<= 1.2"),))
    above = "above the last known affected release (<= 1.2)"
    assert match.because(soft, Pin(PYPI, "project", "2")) == above
    assert match.because(soft, Pin(PYPI, "project", "1")) == "every release"
    assert match.because(soft, Pin(PYPI, "project", "not a version")) == "listed"


def openssl(*events: tuple[str, str], listed: tuple[str, ...] = (), last_known: str = "") -> Advisory:
    ranges = (Range("ECOSYSTEM", tuple(Event(*event) for event in events)),) if events else ()
    return Advisory("X-1", affected=(Affected("AlmaLinux:8", "openssl-libs", listed, ranges, last_known),))


@pytest.mark.parametrize(
    ("record", "version", "expected"),
    [
        (openssl(("introduced", "0"), ("fixed", "1:2.0-1")), "1.0-1", "< 1:2.0-1; compared without the epoch"),
        (openssl(("introduced", "1:0.5-1"), ("fixed", "1:2.0-1")), "1.0-1", ">= 1:0.5-1, < 1:2.0-1; compared without"),
        (openssl(("introduced", "0"), ("last_affected", "1:2.0-1")), "2.0-1", "<= 1:2.0-1; compared without the epoch"),
        (openssl(("introduced", "2.0-1"), ("fixed", "1:1.0-1")), "9-1", ">= 2.0-1, < 1:1.0-1; compared without the"),
        (openssl(listed=("1:1.0-1",)), "1.0-1", "listed; compared without the epoch"),
        (openssl(("introduced", "0"), last_known="<= 1:0.5-1"), "1.0-1", "above the last known affected release"),
        (openssl(("introduced", "0"), ("fixed", "2.0-1")), "1.0-1", "< 2.0-1"),
        (openssl(("introduced", "0"), ("fixed", "0:2.0-1")), "1.0-1", "< 0:2.0-1"),
        (openssl(("introduced", "0"), ("fixed", "1:2.0-1")), "1:1.0-1", "< 1:2.0-1"),
        (openssl(("introduced", "0")), "1.0-1", "every release"),
    ],
)
def test_because_says_where_an_epoch_did_not_count(record: Advisory, version: str, expected: str) -> None:
    """Auditwheel leaves epochs out: that is said where the bound has one that is not 0, and nowhere else."""
    said = match.because(record, Pin("AlmaLinux:8", "openssl-libs", version))
    assert said.startswith(expected)
    assert ("compared without the epoch, which is not stated" in said) == ("compared" in expected)


def test_what_cannot_be_decided_stays_so_where_epochs_do_not_count() -> None:
    """A range whose end cannot be read is undecided, also where its bounds are of two epochs."""
    claimed = Claim("X-1", (Span(b"\x10\x12\x02\x00", b"\x11\x11\x02\x00", "undecided"),))
    pin = Pin("AlmaLinux:8", "openssl-libs", "1-1")
    hits, ((_, problem),) = match.hits([Dependency(pin, Place("w"))], {(pin.ecosystem, pin.name): [claimed]})
    assert (hits, problem.gap) == ([], "undecided")


def test_an_unreadable_version_inside_a_distribution_is_a_problem_where_a_record_names_it() -> None:
    """What no record speaks of cannot be affected; of the thousands of crates in wheels nobody hears for nothing."""
    inside = dependency("not a version")._replace(inside=Pin(PYPI, "host", "1"))
    assert match.hits([inside], {}) == ([], [])
    claims = {(PYPI, "project"): (match.claim("X-1", [entry()]),)}
    assert [problem.gap for _, problem in match.hits([inside], claims)[1]] == ["version"]
    assert [problem.gap for _, problem in match.hits([dependency("not a version")], {})[1]] == ["version"]


def test_listed_versions_that_many_ranges_include_add_nothing() -> None:
    """A claim is as small as its ranges, however many they are; a version between two of them stays."""
    bounds = [(Event("introduced", f"{number}.0"), Event("fixed", f"{number}.5")) for number in range(1, 21)]
    ranges = tuple(Range("ECOSYSTEM", events) for events in bounds)
    alone = match.claim("X-1", [entry(ranges=ranges)])
    assert len(alone.spans) == len(ranges)
    included = tuple(f"{number}.{minor}" for number in range(1, 21) for minor in (0, 4))
    assert match.claim("X-1", [entry(ranges=ranges, listed=included)]) == alone
    assert judge(entry(ranges=ranges, listed=(*included, "2.7", "20.7")), "2.7") == "affected"
    assert judge(entry(ranges=ranges, listed=(*included, "2.7", "20.7")), "20.7") == "affected"


def test_listed_versions_are_read_anew_when_too_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of an import is bounded, and the claims do not depend on it."""
    listed = ("1.0", "junk", "2.0+local", "3.0", "1.0", "junk")
    expected = match.claim("X-1", [entry(ranges=(), listed=listed)])
    assert (len(expected.spans), expected.texts) == (3, ("junk",))
    monkeypatch.setattr(match, "_KEPT", 2)
    match._releases.cache_clear()
    assert match.claim("X-1", [entry(ranges=(), listed=listed)]) == expected
    assert len(match._releases(PYPI)) <= 2
    match._releases.cache_clear()
