"""Requirements files as they include each other, read line by line."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from pip_assay.errors import AssayError
from pip_assay.model import Gap, Place, Problem
from pip_assay.sources.requirements import addresses, annotations, included, lines, options
from pip_assay.sources.requirements.asked import asked_for, no_requirement, requirement_of
from pip_assay.sources.requirements.included import Fetch, File
from pip_assay.sources.requirements.line import Requirement
from pip_assay.sources.requirements.lines import Line
from pip_assay.sources.requirements.options import Given, Options
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

MOST_WRONG = 100
MOST = 50_000
"""A file with more lines, or more wrong lines, than that is no requirements file: the rest of it is not read."""
DEEPEST = 50
MOST_FILES = 1000
"""How deep files may include each other, and how many of them are read."""


class Requirements(NamedTuple):
    """All that was read, in the order of the lines.

    files     every file read, as a person would name it; URLs without credentials.
    compiled  whether pip-compile or uv wrote every requirement here, and left nothing out.
    locks     the pylock.toml files that were named with -r, which their own reader reads, and where they are named.
    """

    files: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    options: Options = Options()
    problems: tuple[Problem, ...] = ()
    compiled: bool = False
    locks: tuple[tuple[str, Place], ...] = ()

    def complete(self, no_deps: bool = False, require_hashes: bool = False) -> bool:
        """Return whether what is listed is all that an install would bring in.

        It is when nobody wants dependencies; when pip would refuse whatever has no hash; and when every requirement
        is one certain thing and either all have hashes or the tool that wrote the file left nothing out.
        """
        if no_deps or require_hashes or self.options.require_hashes:
            return True
        certain = all(each.version or each.origin.kind != "index" for each in self.requirements)
        return certain and (self.compiled or all(map(has_hash, self.requirements)))


def has_hash(requirement: Requirement) -> bool:
    """Return whether the requirement says what the hash of its file must be."""
    return bool(requirement.hashes) or addresses.has_hash(requirement.text)


def read(
    paths: Sequence[str],
    environ: Mapping[str, str],
    fetch: Fetch | None = None,
    standard_input: "IO[bytes] | None" = None,
    may_know: Callable[[str], bool] | None = None,
) -> Requirements:
    """Return what the files, and the files they include, ask for. Never raises: what cannot be read is a problem.

    `fetch` reads an http(s) URL and may raise AssayError; without it, such a file is a problem. The path "-" is
    `standard_input`. `may_know` says whether a host may be told what a ${VARIABLE} holds; without it, every host may.
    """
    reader = _Reader(environ, fetch, standard_input, may_know)
    for path in paths:
        reader.read(File(path, addresses.public(path)))
    return reader.result()


class _Reader:
    """Reads one file after the other and gathers what they say."""

    def __init__(
        self, environ: Mapping[str, str], fetch: Fetch | None, standard_input: "IO[bytes] | None",
        may_know: Callable[[str], bool] | None,
    ) -> None:  # fmt: skip
        self._environ = environ
        self._may_know = may_know or (lambda _: True)
        self._fetch = fetch
        self._standard_input = standard_input
        self._seen: set[tuple[str, bool]] = set()
        self._files: list[str] = []
        self._requirements: list[Requirement] = []
        self._constraints: list[Requirement] = []
        self._options = Options()
        self._problems: list[Problem] = []
        self._locks: list[tuple[str, Place]] = []
        self._whole = True

    def result(self) -> Requirements:
        found = self._requirements
        compiled = bool(found) and self._whole and all(each.compiled for each in found)
        return Requirements(
            tuple(dict.fromkeys(self._files)), tuple(found), tuple(self._constraints), self._options,
            tuple(self._problems), compiled, tuple(self._locks),
        )  # fmt: skip

    def read(self, file: File) -> None:
        """Read a file and those it includes, unless it was read before: again, it would say nothing new."""
        if file.is_lock:
            self._locks.append((file.address, file.at or Place(file.shown)))
            return
        if (file.key, file.is_constraint) in self._seen:
            return
        self._seen.add((file.key, file.is_constraint))
        try:
            text = lines.decode(included.content(file, self._fetch, self._standard_input))
        except AssayError as error:
            gap: Gap = "missing" if included.is_missing(file) else "unreadable"
            self._problems.append(file.problem(gap, error.what, error.hint))
            return
        if text is None:
            self._problems.append(file.problem("unreadable", "is not a text file", "name a requirements file"))
            return
        self._files.append(file.shown)
        before = self._count()
        self._read_lines(file, text.splitlines())
        if not file.at and self._count() == before:
            self._problems.append(file.problem("empty", "holds no requirements", "name another file"))

    def _count(self) -> int:
        return len(self._requirements) + len(self._locks) + len(self._problems)

    def _read_lines(self, file: File, physical: Sequence[str]) -> None:
        logical = list(islice(lines.logical_lines(physical), MOST + 1))
        compiled = annotations.is_compiled(physical)
        askers = annotations.askers(physical, (line.number for line in logical)) if compiled else {}
        self._whole = self._whole and (not compiled or annotations.is_whole(physical))
        wrong = 0
        for count, line in enumerate(logical):
            if wrong == MOST_WRONG or count == MOST:
                what = f"has too many lines{' that cannot be read' if count < MOST else ''}: the rest was not read"
                place = Place(file.shown, line.number)
                self._problems.append(Problem("unreadable", what, place, "name a requirements file"))
                return
            problem = self._line(file, line, physical[line.number - 1], askers.get(line.number, ()), compiled)
            if problem:
                self._problems.append(problem)
                wrong += 1

    def _line(self, file: File, line: Line, physical: str, via: tuple[str, ...], compiled: bool) -> Problem | None:
        """Take in one logical line; return what is wrong with it."""
        filled = lines.fill_in(line.text, self._environ)
        if stranger := self._stranger(file, line.text, filled):
            filled = line.text
            what = f"puts a variable into an address of {stranger}, which is none of your indexes: it was not filled in"
            hint = "name the index with --index-url or --extra-index-url"
            self._problems.append(Problem("unreadable", what, Place(file.shown, line.number, line.column), hint))
        asked = asked_for(filled)
        written = asked if filled is line.text else asked_for(line.text)
        place = Place(file.shown, line.number, line.column)
        problem = None
        if asked.text:
            requirement = requirement_of(asked, written.text, place, physical, via=via, compiled=compiled)
            if requirement is None:
                return no_requirement(written.text, place)
            (self._constraints if file.is_constraint else self._requirements).append(requirement)
        elif child := _included(file, place, asked.given, written.given):
            problem = self._include(child, file, place)
        else:
            self._options = options.after(self._options, asked.given, file.folder)
            if written.given.words and not asked.given.wrong:
                problem = _wrong(f'pip ignores "{" ".join(written.given.words)}"', place)
        if asked.given.wrong:
            return _wrong(written.given.wrong or "has an option that cannot be read", place)
        return problem

    def _stranger(self, file: File, text: str, filled: str) -> str:
        """Return a host that a filled-in address would tell a secret of this machine, and may not; else nothing.

        What a file from a server includes is looked for on that server, so there every line is an address.
        """
        if filled is text:
            return ""
        hosts = [*addresses.hosts(filled), *addresses.hosts(file.address)]
        return next((host for host in hosts if not self._may_know(host)), "")

    def _include(self, child: File, file: File, place: Place) -> Problem | None:
        if child.key == file.key:
            return Problem("unreadable", "includes itself", place, "remove the line")
        if any(child.key == parent.key for parent in child.parents):
            what = f"includes {child.shown}, which already includes {file.shown}"
            return Problem("unreadable", what, place, "remove the line")
        if len(child.parents) > DEEPEST or len(self._seen) >= MOST_FILES:
            return child.problem("unreadable", "is one of too many included files: it was not read", "name fewer")
        self.read(child)
        return None


def _included(file: File, place: Place, given: Given, written: Given) -> File | None:
    """Return the file that a line of options includes: the first -r, else the first -c; pip reads no more of it."""
    for option in ("--requirement", "--constraint"):
        if values := given.values(option):
            as_written = (written.values(option) or values)[0]
            return file.include(values[0], as_written, place, is_constraint=option == "--constraint")
    return None


def _wrong(what: str, place: Place) -> Problem:
    return Problem("unreadable", addresses.public(what), place, "correct the line")
