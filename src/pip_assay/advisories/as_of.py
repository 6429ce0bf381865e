"""The advisories as of a day or time: what was published later is left out, what was withdrawn later is live again.

A record is known in its present text alone: one that was revised since then reads as it does now. One without a date
of publication counts (in doubt, show).
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time

from pip_assay.advisories import answers, rows
from pip_assay.advisories.answers import Looked
from pip_assay.advisories.database import Database
from pip_assay.errors import UsageError
from pip_assay.model import UNKNOWN, Data, Pin, Signals
from pip_assay.records import Advisory, Claim
from pip_assay.values import NamedTuple

_LATER = "SELECT id FROM advisory WHERE published > ? AND id IN ({})"
_WITHDRAWN_SINCE = """SELECT id, ecosystem, name FROM advisory JOIN mention ON advisory = id
WHERE withdrawn > ?1 AND published <= ?1"""


class Moment(NamedTuple):
    """The last moment whose records count.

    text     as a report names it: "2026-01-31", or a time in UTC.
    last     as `rows.moment` spells it, so that text order is time order.
    seconds  since the epoch.
    """

    text: str
    last: str
    seconds: float


def moment(text: str, now: float) -> Moment:
    """Return the moment that a date names: a day up to its end in UTC, or a time, in UTC where it names no zone.

    `now` is in seconds since the epoch.

    Raises:
        UsageError: it is no date, or has not come yet.
    """
    try:
        name, begins, ends = _bounds(text)
    except (ValueError, OverflowError):
        raise UsageError(f"--as-of {text!r} is not a date", hint="write it as 2026-01-31, or add a time") from None
    if begins.timestamp() > now:
        raise UsageError(f"--as-of {name} has not come yet, in UTC", hint="name a day or time of the past")
    return Moment(name, ends.isoformat(timespec="microseconds"), min(ends.timestamp(), now))


def _bounds(text: str) -> tuple[str, datetime, datetime]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        exact = datetime.fromisoformat(rows.moment(text))
        return exact.isoformat().replace("+00:00", "Z"), exact, exact
    begins, ends = (datetime.combine(day, each, UTC) for each in (time.min, time.max))
    return day.isoformat(), begins, ends


class Past(Database):
    """A database as of a moment: the same look-ups, and closing it closes the one that it was made of."""

    def __init__(self, held: Database, until: Moment) -> None:
        super().__init__(held.path, held._connection)
        self._until = until

    def data(self, ecosystems: Iterable[str] = ()) -> Data:
        """Return which data this is, and as of when they are used.

        Not when they were fetched: an update that finds nothing new changes that, and a second run is to say the same.
        Nor of when EPSS is: its predictions are of their own day, and none is used.
        """
        return super().data(ecosystems)._replace(as_of=self._until.text, fetched="", epss="")

    def claims(self, pins: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[Claim, ...]]:
        """Return by (ecosystem, name) the claims of the records that were live then, by id."""
        projects = set(pins)
        held = super().claims(projects)
        later = self._later({claim.advisory for claims in held.values() for claim in claims})
        known = {project: [each for each in claims if each.advisory not in later] for project, claims in held.items()}
        for project, claims in self._withdrawn_since(projects).items():
            known.setdefault(project, []).extend(claims)
        return {project: tuple(sorted(claims)) for project, claims in known.items() if claims}

    def advisories(self, ids: Iterable[str]) -> dict[str, Advisory]:
        """Return by id the records that were published by then, as they stood."""
        return _as_they_stood(super().advisories(ids), self._until)

    def signals(self, names: Iterable[str]) -> dict[str, Signals]:
        """Return by name what the lists said of each CVE by then; one of an earlier day cannot say "no"."""
        found = super().signals(names)
        day = self._until.last[:10]
        reaches = bool(found) and super().data().kev[:10] >= day
        return {name: signals_as_of(each, day, reaches=reaches) for name, each in found.items()}

    def _later(self, ids: Collection[str]) -> set[str]:
        with self._reading:
            return {identifier for (identifier,) in self._among(_LATER, ids, self._until.last)}

    def _withdrawn_since(self, projects: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[Claim, ...]]:
        """Return the claims of the records that were withdrawn later: the database has them for no withdrawn record."""
        with self._reading:
            found = self._connection.execute(_WITHDRAWN_SINCE, [self._until.last]).fetchall()
        ids = {identifier for identifier, *project in found if tuple(project) in projects}
        return answers.claims(self.advisories(ids).values(), projects)


def signals_as_of(signals: Signals, day: str, *, reaches: bool) -> Signals:
    """Return what is known of a CVE's use in attacks as of a day: predictions are of their own day, so unknown.

    reaches  whether the list of known exploited vulnerabilities is of that day or a later one.
    """
    if signals.exploited and signals.since <= day:
        return signals._replace(epss=None, percentile=None)
    return UNKNOWN if signals.exploited is None or not reaches else UNKNOWN._replace(exploited=False)


def narrowed(looked: Looked, pins: Collection[Pin], until: Moment) -> Looked:
    """Return what a service said, as of a moment. What it does not name any more cannot be brought back."""
    past = _as_they_stood(looked.advisories, until)
    return answers.looked(past, pins, looked.unanswered, looked.data._replace(as_of=until.text))


def _as_they_stood(advisories: dict[str, Advisory], until: Moment) -> dict[str, Advisory]:
    """Return the records that were published by then; one that was withdrawn later was live."""
    return {
        name: each._replace(withdrawn="") if rows.moment(each.withdrawn) > until.last else each
        for name, each in advisories.items()
        if rows.moment(each.published) <= until.last
    }
