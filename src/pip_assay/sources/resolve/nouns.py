"""What is asked of a resolver, and what it answers."""

from collections.abc import Mapping

from pip_assay.errors import Unreadable
from pip_assay.model import INDEX, Dependency, Origin, Place, Problem
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object  # importing typing costs 4 ms, and only a type checker asks

HINT = "give a lock, or audit the environment it is installed in"
NO_BUILD = "pip-assay never builds"
ALLOW = f"{HINT}, or let it be built with --allow-build, which runs its code"
CORRECT = "correct it, or give a lock"
INSTALL_UV = "pip install 'pip-assay[resolve]', or give a lock"


def hint(what: str) -> str:
    """Return what to do about something that is not known."""
    return ALLOW if NO_BUILD in what else HINT


class Unfit(Unreadable):
    """No set of releases fits."""


class Root(NamedTuple):
    """One requirement that the target asks for.

    text   as a resolver may read it, its hashes included. It may hold credentials: never print it.
    place  where it is written; what it brings in keeps this place.
    name   normalised; empty where it is not known.
    """

    text: str
    place: Place
    name: str = ""
    group: str = "runtime"

    def __repr__(self) -> str:
        return f"<Root {self.name} at {self.place}>"


class Index(NamedTuple):
    """Which indexes to ask, as named for this one audit; relative paths are relative to the current folder.

    An empty `url` leaves the choice to the user's own settings; `extra` and `find_links` are added to those of the
    user's own settings, as in pip. Its text form shows nothing, since addresses may hold credentials.
    """

    url: str = ""
    extra: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    none: bool = False
    trusted_hosts: tuple[str, ...] = ()
    pre: bool = False

    def __repr__(self) -> str:
        return "Index(...)"


class Question(NamedTuple):
    """What would installing these roots bring in? Relative paths in their lines are relative to `folder`.

    overrides      requirements that replace every other one of the same project.
    python         the version to resolve for, "3.12"; empty for that of the running interpreter.
    platform       the platform to resolve for, in uv's words: "linux", "x86_64-unknown-linux-gnu"; empty for this one.
    exclude_newer  a date or RFC 3339 time; releases uploaded after it are left out; empty for none.
    allow_build    whether what has no wheel may be built, which runs its code.
    """

    roots: tuple[Root, ...]
    constraints: tuple[str, ...] = ()
    indexes: Index = Index()
    folder: str = "."
    overrides: tuple[str, ...] = ()
    python: str = ""
    platform: str = ""
    exclude_newer: str = ""
    allow_build: bool = False

    def __repr__(self) -> str:
        return f"<Question about {len(self.roots)} roots>"


class Resolved(NamedTuple):
    """What an install would bring in, sorted by name and version, and what of it is not known.

    A root that could not be resolved has a problem here and no dependency: the caller lists it as it is written. One
    whose marker is false for the asked interpreter and platform has neither. What a root brings in and could not be
    resolved is listed without a version, and `skipped` says why. Where groups contradict each other a project may be
    there in several versions; what requires it then says which one, "name==version".

    resolver  "uv 0.13.9", "pip 26.3"; empty where none answered.
    """

    dependencies: tuple[Dependency, ...]
    problems: tuple[Problem, ...]
    resolver: str


class Line(NamedTuple):
    """A root as it is handed over: a requirement that was read and written out again, on one line, without options.

    text     empty where the line was handed over earlier, and the answer kept. It may hold credentials.
    name     normalised; empty where only the answer can tell.
    number   of the root, from 0.
    active   whether its marker is true for the asked interpreter and platform.
    address  where the release is, without credentials; empty where an index is to be asked.
    """

    text: str
    name: str
    spelling: str
    number: int = 0
    active: bool = True
    address: str = ""

    def __repr__(self) -> str:
        return f"<Line {self.name} of root {self.number}>"


class Refused(NamedTuple):
    """Why a root is not handed over, by its number; of a constraint or override the number is -1."""

    number: int
    what: str


class Handed(NamedTuple):
    """What a resolver is handed, and what of the question it is not.

    files  the files of this machine that it may read, each with what changes when the file does.
    """

    lines: tuple[Line, ...]
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    files: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<Handed {len(self.lines)} lines>"


class Package(NamedTuple):
    """One release in a resolver's answer.

    name      normalised, as are the names in `requires`.
    asked     whether a line asks for it, not only another package.
    missing   why it could not be resolved, and so has no version; empty when it could.
    """

    name: str
    version: str
    requires: tuple[str, ...] = ()
    asked: bool = False
    origin: Origin = INDEX
    missing: str = ""


class Answer(NamedTuple):
    """What a resolver answered. `lasting` says whether the same may be answered for a day.

    unfit  why no set of releases fits; empty where one does.
    """

    resolver: str
    packages: tuple[Package, ...]
    lasting: bool = True
    unfit: str = ""


class Wanted(NamedTuple):
    """What a resolver is to resolve for; what is empty is that of the running interpreter.

    python       "3.12", "3.12.1".
    platform     one of uv's triples.
    environment  the marker environment that these two make.
    before       an RFC 3339 time before which releases were uploaded.
    build        whether what has no wheel may be built.
    """

    python: str = ""
    platform: str = ""
    environment: Mapping[str, str] = {}
    before: str = ""
    build: bool = False


class Task(NamedTuple):
    """What a resolver is given: requirements, the indexes to ask, and all the environment variables that it sees."""

    handed: Handed
    indexes: Index
    environ: Mapping[str, str]
    wanted: Wanted = Wanted()

    def __repr__(self) -> str:
        return f"<Task of {len(self.handed.lines)} lines>"


class Resolver(Protocol):
    """A program that can be asked."""

    name: str

    def identity(self) -> str:
        """Return what changes when the program does. No process is started for it."""

    def settings(self, index: Index, environ: Mapping[str, str]) -> tuple[Index, dict[str, str]]:
        """Return which indexes to ask, with those of the user's own settings, and the variables that it sees.

        Raises:
            UsageError: a configuration file of the user's is broken.
        """

    def ask(self, task: Task, scratch: str, deadline: float) -> Answer:
        """Return the answer, had by `deadline` (seconds of the monotonic clock), with files in `scratch` alone.

        Raises:
            Unreadable: there is no answer.
        """
