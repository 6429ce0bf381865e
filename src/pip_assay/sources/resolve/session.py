"""One question after the other to one resolver, whose answers of the last day are used again."""

from collections.abc import Callable, Mapping

from pip_assay.errors import AssayError, Unreadable
from pip_assay.interrupts import cleaned_up_after
from pip_assay.model import Place, Problem
from pip_assay.sources.resolve import cache as answers
from pip_assay.sources.resolve import graph, programs
from pip_assay.sources.resolve.nouns import CORRECT, INSTALL_UV, Answer, Handed, Index, Question, Resolved, Unfit, hint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.resolve.nouns import Resolver, Task

OFFLINE = Unreadable("what an install would bring in is not known (--offline)", hint="give a lock, or drop --offline")
NONE = Unreadable("what an install would bring in is not known: neither uv nor pip was found", hint=INSTALL_UV)

UNDATED = "releases in a folder or on a page of links have no date, so they count whatever the asked date is"
NO_DATE = "resolve without a date, or from an index alone"


class Session:
    """Everything that all questions of one audit have in common; `resolve` says what."""

    def __init__(
        self,
        environ: Mapping[str, str],
        cache: str,
        now: float,
        deadline: float,
        *,
        offline: bool,
        say: Callable[[str], None],
    ) -> None:
        self._environ = environ
        self._cache = cache
        self._now = now
        self._deadline = deadline
        self._offline = offline
        self._say = say
        self._said = False

    def answer(self, question: Question) -> tuple[Resolved, bool]:
        """Return what the roots would bring in, and whether that is nothing because no set of releases fits."""
        problems: list[Problem] = []
        file = question.roots[0].place.file
        try:
            resolver = programs.find(self._environ, question.folder)
            indexes, seen = resolver.settings(question.indexes, self._environ) if resolver else (question.indexes, {})
            key = answers.key(question, indexes, seen, resolver.identity() if resolver else "")
            kept = answers.load(self._cache, key, self._now, len(question.roots)) if resolver else None
            handed, answer = kept or (self._handed(question, seen), None)
            problems += _refused(question, handed)
            if question.exclude_newer and _undated(indexes):
                problems.append(Problem("unresolved", UNDATED, Place(file), NO_DATE, file))
            if not handed.lines:
                return Resolved((), tuple(problems), ""), False
            if answer is None:
                answer = self._asked(resolver, question, handed, indexes, seen)
                if not answer.unfit or len({root.group for root in question.roots}) > 1:
                    answers.store(self._cache, key, handed, answer, self._now)
            if answer.unfit:
                raise Unfit(answer.unfit, hint=CORRECT)
            found = graph.attach(question.roots, handed.lines, answer, problems)
            return Resolved(found, tuple(problems), answer.resolver), False
        except AssayError as error:
            what = f"{error.where}: {error.what}" if error.where else error.what
            problems.append(Problem("unresolved", what, Place(file), error.hint, file))
            return Resolved((), tuple(problems), ""), isinstance(error, Unfit)

    def _handed(self, question: Question, seen: Mapping[str, str]) -> Handed:
        from pip_assay.sources.resolve import lines, surroundings, wanted

        addresses = not surroundings.hold_proxy_login(seen)
        return lines.hand_over(question, wanted.of(question), addresses=addresses)

    def _asked(
        self, resolver: "Resolver | None", question: Question, handed: Handed, indexes: Index, seen: Mapping[str, str]
    ) -> Answer:
        """Return what the program answers.

        Raises:
            Unreadable: there is none, it may not be asked, or it fails.
        """
        from pip_assay.sources.resolve import wanted
        from pip_assay.sources.resolve.nouns import Task

        if self._offline:
            raise OFFLINE
        if resolver is None:
            raise NONE
        if not self._said:
            builds = ", which may build packages and so run their code" if question.allow_build else ""
            self._say(f"asking {resolver.name} what an install would bring in{builds}")
            self._said = True
        return _ask(resolver, Task(handed, indexes, seen, wanted.of(question)), self._deadline)


def _undated(indexes: Index) -> bool:
    """Return whether some releases are looked for where nothing says when they were uploaded."""
    return bool(indexes.find_links) or any(each.startswith("file:") for each in (indexes.url, *indexes.extra))


def _refused(question: Question, handed: Handed) -> list[Problem]:
    """Return a problem for each root, constraint and override that is not handed over."""
    problems = []
    for number, what in handed.refused:
        root = question.roots[max(number, 0)]
        place, subject = (root.place, root.name) if number >= 0 else (Place(root.place.file), "")
        problems.append(Problem("unresolved", what, place, hint(what), subject))
    return problems


def _ask(resolver: "Resolver", task: "Task", deadline: float) -> Answer:
    import tempfile

    try:
        with (
            cleaned_up_after(),
            tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch,
        ):
            return resolver.ask(task, scratch, deadline)
    except OSError as error:
        from pip_assay import files

        raise Unreadable(
            f"no scratch folder can be used ({files.reason(error)})", hint="make room on the disk"
        ) from None
