"""From the records that are held to those that a bulk export has now.

What its list of changes names as changed is fetched record by record where that is few, else as one archive; what it
does not name any more goes. A list that cannot be read, or none, leaves the archive.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from pip_assay.advisories import changes, draft, records
from pip_assay.advisories.changes import Changes, Plan
from pip_assay.advisories.delivery import Delivered, Delivery
from pip_assay.advisories.draft import Draft, Progress
from pip_assay.advisories.export import ARCHIVE, Export, State
from pip_assay.advisories.records import Member
from pip_assay.errors import DatabaseError, NetworkError, NotFound, Unreadable
from pip_assay.model import Gap, Place, Problem

FEW = 500
"""Single records are fetched up to so many, and up to a tenth of all; a request costs more than a record in a zip."""

ALWAYS = 20
"""So few are fetched singly however small the whole is."""

Answer = State | Unreadable | None
"""What an export said of itself; None: that nothing has changed."""


class Fetched(NamedTuple):
    """What an update did for one ecosystem; `delivered` is None where nothing has changed since the last update.

    gone  number of records that the export has no more; None where all of it was fetched.
    """

    ecosystem: str
    origin: str
    delivered: Delivered | None
    gone: int | None = None

    def __str__(self) -> str:
        if not self.delivered:
            return f"{self.ecosystem}: nothing has changed at {self.origin}"
        read, changed = self.delivered.read, self.delivered.changed
        if self.gone is None:
            return f"{self.ecosystem}: {read} records from {self.origin}, {changed} of them new or changed"
        return f"{self.ecosystem}: {changed} records new or changed, {self.gone} gone, at {self.origin}"


class Work:
    """Brings ecosystems into a draft, one after the other; one that fails does not stop the others."""

    def __init__(
        self, path: str, export: Export, new: Draft, now: float, accept_older: bool, progress: Progress
    ) -> None:
        self.fetched: list[Fetched] = []
        self.problems: list[Problem] = []
        self.failed: dict[str, Unreadable] = {}
        self._path = os.path.realpath(path)
        self._export = export
        self._new = new
        self._now = now
        self._accept_older = accept_older
        self._progress = progress

    def bring(self, ecosystem: str, answer: Answer) -> None:
        """Bring an ecosystem to the state that its export told of."""
        try:
            if isinstance(answer, Unreadable):
                raise answer
            done = self._changed(ecosystem, answer) if answer else None
        except (DatabaseError, NetworkError) as error:
            self.failed[ecosystem] = error
            what = f"the advisories for {ecosystem} could not be updated: {error.what}"
            self.problems.append(Problem("stale", what, Place(error.where), error.hint))
            return
        if not done:
            self._new.confirm(ecosystem, draft.time(self._now))
        self.fetched.append(done or Fetched(ecosystem, self._export.place(ecosystem), None))

    def _changed(self, ecosystem: str, state: State) -> Fetched | None:
        delivery, listed = state
        last = self._new.deliveries().get(ecosystem)
        if not last or last.origin != delivery.origin:
            last = None
        if listed:
            self._check_list(ecosystem, listed)
        if not listed or not listed.times:
            return self._whole(delivery._replace(mark=""), last)
        self._check_age(delivery, listed.newest, last)
        delivery = delivery._replace(mark=changes.mark(listed.newest, self._now))
        return self._by_list(delivery, listed, last)

    def _by_list(self, delivery: Delivery, listed: Changes, last: Delivery | None) -> Fetched | None:
        """Fetch what the list names, singly where that is few."""
        ecosystem = delivery.bulk
        absent: list[Member] = []
        held = self._new.listed(ecosystem)
        plan = changes.plan(listed, held)
        if last and _is_little(plan, len(held)):
            members = self._export.records(ecosystem, plan.wanted, self._progress)
            absent = [member for member in members if isinstance(member.content, NotFound)]
            # An export may be without single records.
            if not absent or (self._export.is_remote and len(absent) < len(members)):
                return self._amend(delivery, listed, members, plan.gone)
        done = self._whole(delivery, None)
        self._rest(delivery, listed, {member.name: member for member in absent})
        return done

    def _rest(self, delivery: Delivery, listed: Changes, absent: dict[str, Member]) -> None:
        """Fetch singly what the list names and the archive lacks: they are not written at the same moment."""
        rest = changes.plan(listed, self._new.listed(delivery.bulk)).wanted
        waiting = [name for name in rest if name not in absent]
        if len(waiting) > FEW:
            what = f"its archive lacks {len(rest)} changes that its list of changes names: newer records are missing"
            self._tell("stale", what, delivery.bulk)
            self._new.amend(_unmarked(delivery), (), {}, (), 0)
        elif rest:
            members = self._export.records(delivery.bulk, waiting, self._progress)
            self._amend(delivery, listed, members + [absent[name] for name in rest if name in absent], ())

    def _whole(self, delivery: Delivery, last: Delivery | None) -> Fetched | None:
        """Fetch all records; None where the archive is as it was at the last delivery."""
        ecosystem = delivery.bulk
        if not self._export.is_remote:
            source = self._export.members(ecosystem)
            return self._deliver(delivery, lambda: records.members(source), last)
        with self._export.archive(delivery, self._path, self._progress) as found:
            if not found:
                return None
            marked, room = found
            place = self._export.place(ecosystem, ARCHIVE)
            chosen = delivery if delivery.mark else marked
            return self._deliver(chosen, lambda: records.members_of_zip(room, place), last)

    def _deliver(self, delivery: Delivery, members: Callable[[], Iterator[Member]], last: Delivery | None) -> Fetched:
        if last and last.mark and not self._accept_older:
            self._check_age(delivery, draft.newest(members()), last)
        delivered = self._new.deliver(delivery, members(), self._now, self._progress)
        self.problems += delivered.skipped
        return Fetched(delivery.bulk, delivery.origin, delivered)

    def _amend(self, delivery: Delivery, listed: Changes, members: Sequence[Member], gone: Sequence[str]) -> Fetched:
        absent = [member.name for member in members if isinstance(member.content, NotFound)]
        if absent:
            delivery = _unmarked(delivery)
            self._tell("missing", f"its list of changes names {_some(absent)}, which it does not have", delivery.bulk)
        faults = {
            member.name: str(member.content)
            for member in members
            if isinstance(member.content, NetworkError) and not isinstance(member.content, NotFound)
        }
        if faults:
            # The records are not known to be whole as of now.
            delivery = _unmarked(delivery)
            what = f"{_some(list(faults))} could not be fetched ({next(iter(faults.values()))})"
            self._tell("stale", what, delivery.bulk)
        come = [member for member in members if not isinstance(member.content, NetworkError)]
        now = 0 if faults else self._now
        delivered = self._new.amend(delivery, come, listed.times, gone, now)
        self.problems += delivered.skipped
        return Fetched(delivery.bulk, delivery.origin, delivered, len(gone))

    def _check_list(self, ecosystem: str, listed: Changes) -> None:
        if listed.wrong or not listed.times:
            where = f"line {listed.wrong[0]}" if listed.wrong else "it is empty"
            what = f"its list of changes cannot be read throughout ({where}), so it takes no record away"
            self._tell("unreadable", what, ecosystem)

    def _check_age(self, delivery: Delivery, newest: str, last: Delivery | None) -> None:
        if self._accept_older or not last or not changes.is_before(newest, last.mark):
            return
        what = f"is older than it was: its newest change is of {newest[:19]}, and it had one of {last.mark[:19]}"
        raise DatabaseError(what, delivery.origin, "find out why, or take it as it is: --accept-older")

    def _tell(self, gap: Gap, what: str, ecosystem: str) -> None:
        place = Place(self._export.place(ecosystem))
        self.problems.append(Problem(gap, what, place, "update again later, or from elsewhere: --from"))


def _unmarked(delivery: Delivery) -> Delivery:
    """Return the delivery of a state that was not taken in throughout, so the next update looks at it again."""
    return delivery._replace(etag="", last_modified="")


def _is_little(plan: Plan, held: int) -> bool:
    """Return whether single requests are cheaper than the archive; where much seems gone, the archive has a say."""
    return len(plan.wanted) <= min(FEW, max(ALWAYS, held // 10)) and len(plan.gone) <= held // 10


def _some(names: Sequence[str]) -> str:
    """Return a number of records, and the names of the first."""
    more = ", ..." if len(names) > 3 else ""
    return f"{len(names)} {'record' if len(names) == 1 else 'records'} ({', '.join(names[:3])}{more})"
