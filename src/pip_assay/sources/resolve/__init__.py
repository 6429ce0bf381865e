"""What would an install bring in? Asked of uv, else of pip, without ever running what is audited.

    programs.py        which program is asked: none that lies in what is audited
    surroundings.py    what of the user's environment the program sees
    cache.py           answered in the last day? then nothing is read and no process is started
    wanted.py          for which Python, platform and moment it is asked
    lines.py           the roots that need no build, as requirements that were read and written out again
    uv.py, pip.py      how each program is asked, for wheels only, and what its answer says
    sdists.py          what has no wheel, and says itself what it depends on
    process.py         the one place that starts a process
    graph.py           the answer as dependencies, each at the line that brings it in
    groups.py          groups that contradict each other, asked one by one

A hostile target can write anything into its lines, and a hostile index or wheel into its metadata. So nothing but
requirements and wheels is handed over, the programs see no configuration of the target and no variable that they do
not need, and neither can build. Only who allows builds (Question.allow_build) has code of packages run.
"""

from collections.abc import Callable, Mapping

from pip_assay.sources.resolve.nouns import Index, Question, Resolved, Root

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

    The roots of all groups are resolved together, and one by one with the runtime's where they contradict each other;
    those of the group "build" always by themselves, because they are installed apart.

    `cache` is the folder of earlier answers, `now` is in seconds since the epoch, `timeout` in seconds for everything
    together. `say` is told before a program is started; offline none is.
    """
    import time

    from pip_assay.sources.resolve import groups
    from pip_assay.sources.resolve.session import Session

    deadline = time.monotonic() + timeout
    session = Session(environ, cache, now, deadline, offline=offline, say=say or (lambda _: None))
    return groups.united(question, session.answer)
