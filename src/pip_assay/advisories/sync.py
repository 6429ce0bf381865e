"""`db update`: an ecosystem's records, exactly as OSV's public bulk export, or a copy of it, publishes them now.

First one small question: has the list of changes changed? If not, that is all; if so, see catch_up.py.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from pip_assay.advisories import checks, database, draft
from pip_assay.advisories.catch_up import Answer, Fetched, Work
from pip_assay.advisories.delivery import Delivery
from pip_assay.advisories.draft import Progress
from pip_assay.advisories.export import Absent, Export, State
from pip_assay.errors import DatabaseError, Unreadable, UsageError
from pip_assay.model import PYPI, Problem
from pip_assay.net import Network

BULK = "https://osv-vulnerabilities.storage.googleapis.com"
ECOSYSTEMS = (PYPI, "crates.io", "AlmaLinux", "Alpine")
"""Updated unless others are named: the packages, and what wheels carry: Rust's crates, and the libraries that
auditwheel copies in from the images that manylinux and musllinux wheels are built in."""


class Updated(NamedTuple):
    """What an update did; `held` is the number of records in the database now.

    failed  by ecosystem, why it could not be updated; each is among the problems in `skipped` too.
    """

    fetched: tuple[Fetched, ...]
    held: int
    skipped: tuple[Problem, ...]
    failed: Mapping[str, Unreadable] = {}

    def lines(self) -> Iterator[str]:
        """Yield what a person is told."""
        yield from map(str, self.fetched)
        yield f"the database holds {self.held} records"


def update(
    path: str,
    network: Network,
    environ: Mapping[str, str],
    *,
    now: float,
    origin: str = "",
    ecosystems: Sequence[str] = (),
    accept_older: bool = False,
    progress: Progress = draft.nobody,
) -> Updated:
    """Bring the database's records of the ecosystems to the state of a bulk export: records that it has not go.

    now           seconds since the epoch.
    origin        address or folder of the export; empty for PIP_ASSAY_OSV_BULK, or else OSV's own.
    ecosystems    in OSV's words; empty for ECOSYSTEMS, where the export has them, and those updated before.
    accept_older  take also a state of the export that is older than the one that it showed before.
    progress      called with the bytes or files done and those in all, 0 where that is unknown.

    Raises:
        UsageError: a name is none of an ecosystem.
        NetworkError: no ecosystem's export can be fetched.
        DatabaseError: none can be read, or the database cannot be written. What was there before is then still there.
    """
    for each in ecosystems:
        if not re.fullmatch(r"\w[\w .:()+-]*", each):  # it becomes a part of an address or a path
            what = f"{each!r} is not the name of an ecosystem"
            raise UsageError(what, "--ecosystem", f"name one as OSV does: {PYPI}")
    export = Export(origin or environ.get("PIP_ASSAY_OSV_BULK", "") or BULK, network)
    known = _known(path)
    asked = {each: _ask(export, each, known.get(each)) for each in ecosystems or dict.fromkeys((*ECOSYSTEMS, *known))}
    if not ecosystems and len(asked) > 1:
        # Nobody named these; a copy for Python alone is a whole one.
        asked = {each: it for each, it in asked.items() if each in (PYPI, *known) or _has_it(export, it)}
    if not any(asked.values()):
        return _unchanged(path, export, asked, now)
    _raise_if_all_failed(asked)
    with draft.begin(path) as new:
        work = Work(path, export, new, now, accept_older, progress)
        before = new.deliveries()
        for ecosystem, answer in asked.items():
            # Another update may have been faster.
            is_old = before.get(ecosystem) != known.get(ecosystem)
            work.bring(ecosystem, _ask(export, ecosystem, before.get(ecosystem)) if is_old else answer)
        _raise_if_all_failed({**asked, **work.failed})
        held = new.finish()
    return Updated(tuple(work.fetched), held, tuple(work.problems), work.failed)


def _known(path: str) -> dict[str, Delivery]:
    """Return what the database knows of exports, by ecosystem; nothing where there is none that can be read."""
    try:
        with database.open(path) as held:
            return {row[0]: Delivery(*row) for row in held.deliveries()}
    except DatabaseError:
        return {}


def _ask(export: Export, ecosystem: str, last: Delivery | None) -> Answer:
    try:
        return export.state(ecosystem, last)
    except Unreadable as error:
        return error


def _has_it(export: Export, answer: Answer) -> bool:
    """Return whether an export has an ecosystem; of a server that takes a list of changes, which is small."""
    if isinstance(answer, State):
        return answer.changes is not None or not export.is_remote
    return not isinstance(answer, Absent)


def _raise_if_all_failed(answers: Mapping[str, object]) -> None:
    failed = [each for each in answers.values() if isinstance(each, Unreadable)]
    if len(failed) == len(answers):
        raise failed[0]


def _unchanged(path: str, export: Export, ecosystems: Mapping[str, object], now: float) -> Updated:
    with database.open(path) as held:
        data = held.data()
    # Where it may not be written down, the next update asks again.
    with suppress(Unreadable):
        checks.note(path, data.digest, ecosystems, draft.time(now))
    return Updated(tuple([Fetched(each, export.place(each), None) for each in ecosystems]), data.records, ())
