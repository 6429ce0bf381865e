"""An export's list of changes, read: the time of the last change of each record (ECOSYSTEM/modified_id.csv).

Each line is `TIME,ID`, the newest first. Nothing is made of the order: every line is read, of two for one record the
later time counts.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pip_assay.advisories import rows

FILE = "modified_id.csv"
LIMIT = 32 * 1000**2
"""Bytes: some 800,000 records."""

AHEAD = timedelta(minutes=5)
"""A time may be so far ahead of our clock, or behind what the list said before, and mean nothing."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")


class Changes(NamedTuple):
    """What a list says.

    times   by id, the moment of the last change, empty where the line has no time that can be read.
    newest  the latest of them.
    wrong   numbers of the lines that name no record.
    """

    times: dict[str, str]
    newest: str
    wrong: tuple[int, ...]


class Plan(NamedTuple):
    """How to get from what is held to what a list says: ids to fetch, and ids that it does not name any more."""

    wanted: tuple[str, ...]
    gone: tuple[str, ...]


def read(content: bytes) -> Changes:
    """Return what a list says. An id that could lead elsewhere in an address or a folder makes its line a wrong one."""
    times: dict[str, str] = {}
    wrong: list[int] = []
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        time, _, name = line.strip().partition(",")
        if _NAME.fullmatch(name):
            times[name] = max(rows.moment(time), times.get(name, ""))
        elif line.strip():
            wrong.append(number)
    return Changes(times, max(times.values(), default=""), tuple(wrong))


def plan(changes: Changes, held: dict[str, str]) -> Plan:
    """Return what has to be done; `held` is what the list said of each record when it was fetched.

    A list with lines that cannot be read may well name what seems to be gone, so then nothing is.
    """
    wanted = tuple([name for name, time in changes.times.items() if held.get(name) != time])
    gone = () if changes.wrong else tuple(sorted(held.keys() - changes.times.keys()))
    return Plan(wanted, gone)


def mark(moment: str, now: float) -> str:
    """Return the moment, or now where it lies ahead of us: no wrong time may make what comes later look old."""
    return min(moment, (datetime.fromtimestamp(now, UTC) + AHEAD).isoformat(timespec="microseconds"))


def is_before(moment: str, mark: str) -> bool:
    """Return whether a list or archive whose newest change is of `moment` is of before `mark`."""
    if not moment or not mark:
        return False
    return datetime.fromisoformat(moment) + AHEAD < datetime.fromisoformat(mark)
