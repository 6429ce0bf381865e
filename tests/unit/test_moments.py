"""Times in documents: what is one, and which of two comes first, as the standard library says."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import moments

offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(timezones=offsets)


@given(times)
def test_a_time_is_that_of_the_standard_library_in_utc(moment: datetime) -> None:
    """RFC 3339, 4.2: an offset is what was added to the time in UTC."""
    try:
        expected = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    except OverflowError:
        expected = ""
    assert moments.utc(moment.isoformat()) == expected


@given(times, times)
def test_the_order_of_texts_is_the_order_of_times(first: datetime, second: datetime) -> None:
    """Of two times the later has the greater text, whatever the offsets and the digits of the second."""
    left, right = moments.order(first.isoformat()), moments.order(second.isoformat())
    if left and right:
        assert (left < right) == (first < second)


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-11-22", "2026-11-22T06:15", "2026-11-22T06:15:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+00:60", "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-01-01T00:00:00Z and more", "\u0662026",
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    """A day alone, a day that is not in the calendar and any other text are no time."""
    assert moments.utc(text) == moments.order(text) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29t23:59:60z", "2024-02-29T23:59:59Z"),
        ("2026-01-01 00:30:00+01:00", "2025-12-31T23:30:00Z"),
        ("2024-03-01T00:30:00.500+01:00", "2024-02-29T23:30:00Z"),
        ("2023-02-28T23:30:00-01:00", "2023-03-01T00:30:00Z"),
        ("2023-12-31T23:30:00-01:00", "2024-01-01T00:30:00Z"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    """Leap years and seconds, lower case, a space for the T, and the ends of months and years."""
    assert moments.utc(text) == expected


@given(times)
def test_seconds_are_those_of_the_standard_library(moment: datetime) -> None:
    """From 1970 on and before, to the microsecond, as far as a float tells it."""
    if moments.order(moment.isoformat()):
        assert moments.seconds(moment.isoformat()) == pytest.approx(moment.timestamp(), abs=1e-4)


def test_of_a_day_alone_the_seconds_are_those_of_its_beginning() -> None:
    """Lists that are published daily say no more."""
    assert moments.seconds("2026-11-22") == datetime(2026, 11, 22, tzinfo=UTC).timestamp()
    assert moments.seconds("2026-02-29") is moments.seconds("yesterday") is moments.seconds("") is None


@given(st.datetimes(), st.datetimes())
def test_days_between_are_those_of_the_standard_library(first: datetime, last: datetime) -> None:
    """By their dates alone, whatever the time of day."""
    assert moments.days_between(first.isoformat(), last.isoformat()) == (last.date() - first.date()).days


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-02-29T00:00:00Z", "2026-13-01", "2026-00-01", "0000-01-01", "yesterday"]
)
def test_between_a_day_and_none_are_no_days(text: str) -> None:
    """What has no date is neither older nor newer."""
    assert moments.days_between(text, "2026-11-22") == moments.days_between("2026-11-22", text) == 0
