"""Times in documents (RFC 3339) as the same text wherever they were written, so that the order of texts is theirs.

The pure rooms know no clock, and `datetime` is one: it is not needed to add minutes to a date.
"""

import re

_MOMENT = r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))"
_FIRST_DAY = 719163  # 1970-01-01, counted from the year 1
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def utc(text: str) -> str:
    """Return an RFC 3339 time to the second in UTC, "2026-11-22T06:15:00Z"; empty where the text is none."""
    found = order(text)
    return f"{found[:19]}Z" if found else ""


def order(text: str) -> str:
    """Return a text by which times are sorted, with all the digits of the second; empty, before all, for no time."""
    found = re.fullmatch(_MOMENT, text.strip(), re.ASCII)
    if not found:
        return ""
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    sign, hours, minutes = found[8] or "+", int(found[9] or 0), int(found[10] or 0)
    # RFC 3339, 5.6: a leap second is written 60; nothing that reads our output need know them.
    if not (
        1 <= month <= 12 and 1 <= day <= _days(year, month) and max(hour, hours) < 24 and max(minute, minutes) < 60
    ):
        return ""
    if second > 60:
        return ""
    of_day = hour * 60 + minute - int(f"{sign}1") * (hours * 60 + minutes)
    year, month, day = _moved(year, month, day, of_day // 1440)
    if not 1 <= year <= 9999:
        return ""
    hour, minute = divmod(of_day % 1440, 60)
    fraction = (found[7] or "").rstrip("0")
    moment = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{min(second, 59):02}"
    return f"{moment}.{fraction}" if fraction else moment


def seconds(text: str) -> float | None:
    """Return the seconds from 1970 to an RFC 3339 time, or to the beginning of a day in UTC; None for another text."""
    found = order(text if len(text) > len("2026-11-22") else f"{text}T00:00:00Z")
    if not found:
        return None
    hour, minute, second = found[11:].split(":")
    return (_number(found) - _FIRST_DAY) * 86400.0 + int(hour) * 3600 + int(minute) * 60 + float(second)


def days_between(first: str, last: str) -> int:
    """Return how many days the day of one RFC 3339 text is before that of another; 0 where one of them has none."""
    one, two = (_number(text) for text in (first, last))
    return two - one if one and two else 0


def _number(text: str) -> int:
    """Return the number of a text's day, counted from the year 1; 0 where it has none."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)", text, re.ASCII)
    year, month, day = map(int, found.groups()) if found else (0, 0, 0)
    if not (year and 1 <= month <= 12 and 1 <= day <= _days(year, month)):
        return 0
    before = year - 1
    leap = before // 4 - before // 100 + before // 400
    return before * 365 + leap + sum(_days(year, each) for each in range(1, month)) + day


def _moved(year: int, month: int, day: int, days: int) -> tuple[int, int, int]:
    """Return the date one day later or earlier, or the same: an offset is below a day."""
    day += days
    if day < 1:
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        return year, month, _days(year, month)
    if day > _days(year, month):
        return (year + 1, 1, 1) if month == 12 else (year, month + 1, 1)
    return year, month, day


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _DAYS[month - 1]
