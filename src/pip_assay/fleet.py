"""Many targets: every one in a tree, audited on all cores, one report after the other in the order of the tree.

Each worker opens the database for itself. Only a few folders are on their way at a time, so that the memory of a run
does not grow with the tree; what a report keeps of them is the report's own affair.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import flow, scope, targets
from pip_assay.errors import Unreadable
from pip_assay.model import Inventory, LeftOut, Problem, Report
from pip_assay.settings import Outside, Settings
from pip_assay.targets import tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

BATCH = 8
"""Folders that one worker reads before it looks everything up at once."""

FEW = 4
"""So many batches are not worth starting workers for."""

AHEAD = 4
"""Batches on their way for each worker."""


class Fleet:
    """The audits of every target below some folders; iterate over it once.

    After that `rest` is what the whole report says of no single target: the data, what could not be listed, what was
    not looked into.
    """

    def __init__(self, settings: Settings, outside: Outside, workers: int = 0) -> None:
        self._settings = settings
        self._outside = outside
        self._workers = workers or _cores()
        self.rest = Report(())

    def __iter__(self) -> Iterator[Report]:
        """Yield a report for each batch of folders, in the order of the tree."""
        outside = self._outside
        self.rest = flow.judge([], self._settings, outside)
        settings = self._for_workers()
        if files := tuple(each for each in settings.targets if not os.path.isdir(each)):
            yield flow.audit(settings._replace(targets=files), outside)
        outside.say("looking for targets")
        batches = list(_batches(self._folders()))
        total = sum(map(len, batches))
        outside.say(f"auditing {total} folders")
        done = 0
        for batch, report in zip(batches, self._reports(batches, settings), strict=True):
            done += len(batch)
            outside.progress(done, total)
            self._note(report)
            yield report
        self.rest = self.rest._replace(left_out=tuple(sorted(self.rest.left_out)))

    def _for_workers(self) -> Settings:
        """Return the settings of one batch: the data were made sure of once, and so is what is wrong with them."""
        settings = self._settings._replace(recursive=False)
        if settings.service != "local":
            return settings
        return settings._replace(max_database_age=float("inf"), offline=settings.offline or not self.rest.data.records)

    def _note(self, report: Report) -> None:
        new = tuple(each for each in report.problems if each not in self.rest.problems)
        self.rest = self.rest._replace(problems=self.rest.problems + new, left_out=self.rest.left_out + report.left_out)

    def _folders(self) -> Iterator[tree.Folder]:
        left_out: list[LeftOut] = []
        problems: list[Problem] = []
        for top in self._settings.targets:
            for found in tree.search(top) if os.path.isdir(top) else ():
                if isinstance(found, LeftOut):
                    left_out.append(found)
                elif isinstance(found, Problem):
                    problems.append(found)
                else:
                    yield found
        self.rest = self.rest._replace(left_out=tuple(left_out), problems=(*self.rest.problems, *problems))

    def _reports(self, batches: Sequence[Sequence[tree.Folder]], settings: Settings) -> Iterator[Report]:
        outside = self._outside
        if len(batches) <= FEW or self._workers == 1:
            yield from (audit(batch, settings, dict(outside.environ), outside.folder, outside.now) for batch in batches)
            return
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        executor = ProcessPoolExecutor(self._workers)
        try:
            yield from _in_order(executor, batches, settings, outside)
        except BrokenProcessPool:
            hint = "name fewer folders at once, and see whether the machine ran out of memory"
            raise Unreadable("a worker was ended from outside, so the rest was not audited", hint=hint) from None
        finally:
            executor.shutdown(cancel_futures=True)  # waited for, else workers outlive the command


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_order(
    executor: "Executor", batches: Iterable[Sequence[tree.Folder]], settings: Settings, outside: Outside
) -> Iterator[Report]:
    from collections import deque

    waiting: deque[Future[Report]] = deque()
    ahead = AHEAD * (getattr(executor, "_max_workers", None) or 1)
    for batch in batches:
        waiting.append(executor.submit(audit, batch, settings, dict(outside.environ), outside.folder, outside.now))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _batches(folders: Iterable[tree.Folder]) -> Iterator[list[tree.Folder]]:
    batch: list[tree.Folder] = []
    for folder in folders:
        batch.append(folder)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def audit(
    folders: Sequence[tree.Folder], settings: Settings, environ: Mapping[str, str], here: str, now: float
) -> Report:
    """Return the report on every target in these folders; a folder that turns out to hold none adds nothing."""
    outside = Outside(environ, here, now)
    found: list[Inventory] = []
    left_out: list[LeftOut] = []
    for folder in folders:
        inventories, nothing = targets.in_tree(folder, settings, outside)
        found += inventories
        left_out += nothing
    if settings.narrows():
        found = [scope.Scope(settings).narrowed(each) for each in found]
    return flow.judge(found, settings, outside)._replace(left_out=tuple(left_out))
