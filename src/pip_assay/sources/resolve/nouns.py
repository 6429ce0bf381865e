"""What is asked of a resolver, and what it answers."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from pip_assay.model import INDEX, Dependency, Origin, Place, Problem

HINT = "give a lock, or audit the environment it is installed in"


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
    """What an install would bring in, sorted by name, and what of it is not known.

    A root that could not be resolved has a problem here and no dependency: the caller lists it as it is written. One
    whose marker is false for the running interpreter has neither. What a root brings in and could not be resolved is
    listed without a version, and `skipped` says why.

    resolver  "uv 0.13.9", "pip 26.3"; empty where none answered.
    """

    dependencies: tuple[Dependency, ...]
    problems: tuple[Problem, ...]
    resolver: str


class Line(NamedTuple):
    """A root as it is handed over: a requirement that was read and written out again, on one line, without options.

    active  whether its marker is true for the running interpreter.
    """

    text: str
    name: str
    spelling: str
    root: Root
    active: bool = True


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
    """What a resolver answered. `lasting` says whether the same may be answered for a day."""

    resolver: str
    packages: tuple[Package, ...]
    lasting: bool = True


class Task(NamedTuple):
    """What a resolver is given: requirements, the indexes to ask, and all the environment variables that it sees."""

    lines: tuple[Line, ...]
    constraints: tuple[str, ...]
    indexes: Index
    environ: Mapping[str, str]

    def __repr__(self) -> str:
        return f"<Task of {len(self.lines)} lines>"


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
