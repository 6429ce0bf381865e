"""One record as rows: claims that records share, and moments."""

from collections.abc import Iterator

import pytest

from pip_assay import match
from pip_assay.advisories import rows
from pip_assay.advisories.rows import Record
from pip_assay.model import PYPI
from pip_assay.records import Advisory, Affected, Event, Range

OPEN = (Range("ECOSYSTEM", (Event("introduced", "0"),)),)
CLOSED = (Range("ECOSYSTEM", (Event("introduced", "1"), Event("fixed", "2"))),)
SAID = [
    Affected(PYPI, "one", ("1.0", "3.0"), OPEN),
    Affected(PYPI, "two", ("1.0", "3.0"), OPEN, symbols=("module.name",)),
    Affected("crates.io", "one", ("1.0", "3.0"), OPEN),
    Affected(PYPI, "three", ("1.0", "junk"), CLOSED),
    Affected(PYPI, "four", (), CLOSED),
    Affected(PYPI, "five", (), OPEN),
    Affected(PYPI, "six", (), OPEN, "<= 1.5"),
]


def read(*advisories: Advisory) -> Iterator[Record]:
    """Records that say this."""
    return (Record(each, "", b"", b"") for each in advisories)


def test_every_project_has_the_claim_that_its_own_entries_make() -> None:
    """Whatever other projects and records say alike: malware's list decides, and ecosystems have their own orders."""
    advisories = [Advisory(name, affected=tuple(SAID)) for name in ("A-1", "MAL-1", "A-2", "MAL-2")]
    expected = [
        (entry.ecosystem, entry.name, match.claim(advisory.id, [entry])) for advisory in advisories for entry in SAID
    ]
    assert list(rows.claims(read(*advisories))) == expected
    assert len({claim.spans for *_, claim in expected}) == 5


def test_all_entries_for_a_project_make_its_claim() -> None:
    """Two entries are one claim, which is not that of either."""
    first, second = Affected(PYPI, "one", ("5.0",)), Affected(PYPI, "one", (), CLOSED)
    ((_, _, claim),) = rows.claims(read(Advisory("A-1", affected=(first, second))))
    assert claim == match.claim("A-1", [first, second])
    assert claim not in (match.claim("A-1", [first]), match.claim("A-1", [second]))


def test_a_withdrawn_record_claims_nothing() -> None:
    """The record after it still does."""
    gone = Advisory("A-1", affected=tuple(SAID), withdrawn="2026-01-01T00:00:00Z")
    claims = list(rows.claims(read(gone, Advisory("A-2", affected=(SAID[0],)))))
    assert [(name, claim.advisory) for _, name, claim in claims] == [("one", "A-2")]


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07.000000+00:00"),
        ("2026-03-04T05:06:07.5Z", "2026-03-04T05:06:07.500000+00:00"),
        ("2026-03-04T05:06:07.123456789Z", "2026-03-04T05:06:07.123456+00:00"),
        ("2026-03-04T05:06:07+00:00", "2026-03-04T05:06:07.000000+00:00"),
        ("2026-03-04T01:06:07+02:00", "2026-03-03T23:06:07.000000+00:00"),
        ("2026-03-04T05:06:07", "2026-03-04T05:06:07.000000+00:00"),
        ("2026-03-04", "2026-03-04T00:00:00.000000+00:00"),
        ("2026-W10-3T05:06:07Z", "2026-03-04T05:06:07.000000+00:00"),
        ("0001-01-01T00:00:00+01:00", ""),
        ("2026-02-30T05:06:07Z", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_a_moment_is_in_utc_with_microseconds(date: str, moment: str) -> None:
    """Whatever zone and precision a date is in, its text sorts as time does; what is no date is no moment."""
    assert rows.moment(date) == moment
