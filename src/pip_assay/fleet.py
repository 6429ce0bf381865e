"""Many targets: every one in a tree, audited on all cores, one report after the other in the order of the tree.

Each worker opens the database for itself. Only a few folders are on their way at a time, so that the memory of a run
does not grow with the tree; what a report keeps of them is the report's own affair.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import flow, policy, reports, scope, targets
from pip_assay.configuration.policies import with_own
from pip_assay.errors import Unreadable
from pip_assay.model import Inventory, LeftOut, Problem, Report, Rule
from pip_assay.reports import Section, Style
from pip_assay.settings import Outside, Settings
from pip_assay.targets import tree
from pip_assay.values import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from multiprocessing.context import BaseContext

    from pip_assay.policy.baseline import Baseline

BATCH = 8
"""Folders that one worker reads before it looks everything up at once."""

FEW = 4
"""So many batches are not worth starting workers for."""

AHEAD = 4
"""Batches on their way for each worker."""


class Part(NamedTuple):
    """What came of one batch of folders.

    report    its audits, or none where they were written; and what it says of no single target.
    sections  what was written of each target, if it was.
    codes     the exit code that each target deserves.
    rules     the ignores of their policies, and what came of each.
    """

    report: Report
    sections: tuple[Section, ...]
    codes: tuple[int, ...]
    rules: tuple[Rule, ...]


class Written(NamedTuple):
    """How targets are written where they are audited: in a format, in a style."""

    format: str
    style: Style


class Fleet:
    """The audits of every target below some folders; iterate over it once.

    With `written`, workers write their targets, and only that comes back. After the iteration `rest` is what the
    whole report says of no single target: the data, what could not be listed, what was not looked into.
    """

    def __init__(
        self, settings: Settings, outside: Outside, written: Written | None = None, workers: int = 0,
        before: "Baseline | None" = None,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._outside = outside
        self.written = written
        self._before = before
        self._workers = workers or _cores()
        self.rest = Report(())

    def __iter__(self) -> Iterator[Part]:
        """Yield what came of each batch of folders, in the order of the tree."""
        outside = self._outside
        self.rest = flow.judge([], self._settings, outside)
        settings = self._for_workers()
        if files := tuple(each for each in settings.targets if not os.path.isdir(each)):
            part = _part(flow.audit(settings._replace(targets=files), outside, self._before), self.written)
            self._note(part.report)
            yield part
        outside.say("looking for targets")
        batches = list(_batches(self._folders()))
        total = sum(map(len, batches))
        outside.say(f"auditing {total} folder{'s' * (total != 1)}")
        done = 0
        for batch, part in zip(batches, self._parts(batches, settings), strict=True):
            done += len(batch)
            outside.progress(done, total)
            self._note(part.report)
            yield part
        self.rest = self.rest._replace(left_out=tuple(sorted(self.rest.left_out)))

    def _for_workers(self) -> Settings:
        """Return the settings of one batch: the data were made sure of once, and so is what is wrong with them."""
        settings = self._settings._replace(recursive=False)
        if settings.service != "local":
            return settings
        return settings._replace(
            max_database_age=float("inf"),
            max_list_age=settings.max_database_age,
            offline=settings.offline or not self.rest.data.records,
        )

    def _note(self, report: Report) -> None:
        rest = self.rest
        new = tuple(each for each in report.problems if each not in rest.problems)
        self.rest = rest._replace(problems=rest.problems + new, left_out=rest.left_out + report.left_out)
        if report.heard:
            from pip_assay import vex

            self.rest = self.rest._replace(heard=vex.together((*rest.heard, *report.heard)))

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

    def _parts(self, batches: Sequence[Sequence[tree.Folder]], settings: Settings) -> Iterator[Part]:
        outside = self._outside
        given = (settings, dict(outside.environ), outside.folder, outside.now, self.written)
        tasks = ((batch, _near(self._before, batch), *given) for batch in batches)
        if len(batches) <= FEW or self._workers == 1:
            yield from (audit(*task) for task in tasks)
            return
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        executor = ProcessPoolExecutor(self._workers, _context(), _deaf)
        try:
            yield from _in_order(executor, tasks, self._workers * AHEAD)
        except BrokenProcessPool:
            hint = "name fewer folders at once, and see whether the machine ran out of memory"
            raise Unreadable("a worker was ended from outside, so the rest was not audited", hint=hint) from None
        except BaseException:
            _end_workers()
            raise
        finally:
            executor.shutdown(cancel_futures=True)  # waited for, else workers outlive the command


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _context() -> "BaseContext":
    """Return how workers are started: on Linux as copies of this process, elsewhere by an interpreter of their own.

    Such an interpreter would look for modules in the current folder first, which may be the audited one.
    """
    import multiprocessing
    import sys

    if sys.platform == "linux":
        return multiprocessing.get_context("fork")
    os.environ["PYTHONSAFEPATH"] = "1"
    return multiprocessing.get_context("spawn")


def _deaf() -> None:
    """Leave Ctrl-C to the process that started this one."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_workers() -> None:
    import multiprocessing

    for worker in multiprocessing.active_children():
        worker.terminate()


def _near(before: "Baseline | None", folders: Iterable[tree.Folder]) -> "Baseline | None":
    """Return what of a baseline some folders need, as each worker is given it."""
    if not before:
        return None
    from pip_assay.policy import baseline

    return baseline.near(before, (folder.path for folder in folders))


def _in_order(executor: "Executor", tasks: Iterable[tuple[Any, ...]], ahead: int) -> Iterator[Part]:
    from collections import deque

    waiting: deque[Future[Part]] = deque()
    for task in tasks:
        waiting.append(executor.submit(audit, *task))
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
    folders: Sequence[tree.Folder], before: "Baseline | None", settings: Settings, environ: Mapping[str, str],
    here: str, now: float, written: Written | None = None,
) -> Part:  # fmt: skip
    """Return what came of these folders; one that turns out to hold no target adds nothing."""
    outside = with_own(settings, Outside(environ, here, now))
    found: list[Inventory] = []
    left_out: list[LeftOut] = []
    for folder in folders:
        inventories, nothing = targets.in_tree(folder, settings, outside)
        found += inventories
        left_out += nothing
    if settings.narrows():
        found = [scope.Scope(settings).narrowed(each) for each in found]
    return _part(flow.judge(found, settings, outside, before)._replace(left_out=tuple(left_out)), written)


def _part(report: Report, written: Written | None) -> Part:
    codes = tuple(map(policy.code_of, report.audits))
    rules = policy.merged(rule for audit in report.audits for rule in audit.rules)
    if not written:
        return Part(report, (), codes, rules)
    sections = tuple(reports.section(written.format, each, report.data, written.style) for each in report.audits)
    return Part(report._replace(audits=()), sections, codes, rules)
