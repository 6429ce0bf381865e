"""What would an install bring in? Asked of uv, else of pip, without ever running what is audited.

    lines.py           the roots that need no build, as requirements that were read and written out again
    programs.py        which program is asked: none that lies in what is audited
    surroundings.py    what of the user's environment the program sees
    cache.py           answered in the last day? then no process is started
    uv.py, pip.py      how each program is asked, for wheels only, and what its answer says
    process.py         the one place that starts a process
    graph.py           the answer as dependencies, each at the line that brings it in

A hostile target can write anything into its lines, and a hostile index or wheel into its metadata. So nothing but
requirements and wheels is handed over, the programs see no configuration of the target and no variable that they do
not need, and neither can build.
"""

from collections.abc import Callable, Mapping

from pip_assay.errors import AssayError, Unreadable
from pip_assay.model import Place, Problem
from pip_assay.sources.resolve.nouns import Answer, Index, Question, Resolved, Resolver, Root, Task

__all__ = ["Index", "Question", "Resolved", "Root", "resolve"]


def resolve(
    question: Question,
    *,
    environ: Mapping[str, str],
    cache: str,
    now: float,
    offline: bool = False,
    timeout: float = 120.0,
    say: Callable[[str], None] | None = None,
) -> Resolved:
    """Return what installing the roots would bring in. A fault of any kind is a problem in what is returned.

    `cache` is the folder of earlier answers, `now` is in seconds since the epoch, `timeout` in seconds for everything
    together. `say` is told before a program is started; offline none is.
    """
    from pip_assay.sources.resolve import cache as answers
    from pip_assay.sources.resolve import graph, lines, programs, surroundings

    if not question.roots:
        return Resolved((), (), "")
    problems: list[Problem] = []
    try:
        resolver = programs.find(environ, question.folder)
        indexes, seen = resolver.settings(question.indexes, environ) if resolver else (question.indexes, {})
        handed = lines.hand_over(question, problems, addresses=not surroundings.hold_proxy_login(seen))
        constraints = lines.constraints(question, problems)
        if not handed:
            return Resolved((), tuple(problems), "")
        if resolver is None:
            raise OFFLINE if offline else NONE
        task = Task(handed, constraints, indexes, seen)
        key = answers.key(task, resolver.identity())
        answer = answers.load(cache, key, now)
        if answer is None:
            if offline:
                raise OFFLINE
            if say:
                say(f"asking {resolver.name} what an install would bring in")
            answer = _ask(resolver, task, timeout)
            answers.store(cache, key, answer, now)
        return Resolved(graph.attach(handed, answer, problems), tuple(problems), answer.resolver)
    except AssayError as error:
        place = Place(question.roots[0].place.file)
        what = f"{error.where}: {error.what}" if error.where else error.what
        problems.append(Problem("unresolved", what, place, error.hint, place.file))
        return Resolved((), tuple(problems), "")


OFFLINE = Unreadable("what an install would bring in is not known (--offline)", hint="give a lock, or drop --offline")
NONE = Unreadable(
    "what an install would bring in is not known: neither uv nor pip was found",
    hint="pip install 'pip-assay[resolve]', or give a lock",
)


def _ask(resolver: Resolver, task: Task, timeout: float) -> Answer:
    import tempfile
    import time

    try:
        with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
            return resolver.ask(task, scratch, time.monotonic() + timeout)
    except OSError as error:
        from pip_assay import files

        raise Unreadable(
            f"no scratch folder can be used ({files.reason(error)})", hint="make room on the disk"
        ) from None
