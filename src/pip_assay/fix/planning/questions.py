"""What a solver is asked, and what it answers; and the two others that a plan asks."""

from collections.abc import Mapping, Sequence

from pip_assay import releases
from pip_assay.fix.nouns import Root
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object  # only a type checker asks

NOTHING: frozenset[str] = frozenset()


class Pinned(NamedTuple):
    """A release that a solver must choose. `marker` is that of the held release whose place it takes."""

    name: str
    marker: str
    version: str


class Release(NamedTuple):
    """A release that a solver has chosen. `needed_by` names the projects that require it, sorted."""

    name: str
    version: str
    marker: str = ""
    needed_by: tuple[str, ...] = ()


class Question(NamedTuple):
    """What is asked about a target; nothing of what it holds may be lowered but by `pinned`.

    prefer    releases that are chosen where nothing speaks against them; empty for those that are held.
    excluded  releases that must not be chosen, by project.
    least     the lowest release that may be chosen, by project.
    most      the highest, by project; and then no pre-release but those that it names.
    pinned    releases that must be chosen.
    gone      projects that must not be there.
    relaxed   requirements of the project of which any release will do.
    fresh     projects whose youngest releases will do, whatever the cooldown.
    any_age   whether releases count that are newer than the project takes.
    any_step  whether the largest step that a person allows is forgotten.
    uncooled  whether the cooldown is.
    loose     whether of several forks of a project those may move, too, that need not.
    nearest   whether the answer must be of the nearest releases there are; else any that fits will do.
    """

    prefer: tuple[Release, ...] = ()
    excluded: Mapping[str, frozenset[str]] = {}
    least: Mapping[str, str] = {}
    most: Mapping[str, str] = {}
    pinned: frozenset[Pinned] = frozenset()
    gone: frozenset[str] = NOTHING
    relaxed: frozenset[Root] = frozenset()
    fresh: frozenset[str] = NOTHING
    any_step: bool = False
    any_age: bool = False
    uncooled: bool = False
    loose: bool = False
    nearest: bool = True


class Solution(NamedTuple):
    """Releases that fit together, sorted; or, in a solver's words, why none do.

    sure  whether that counts: an answer that was not looked for, or not for long enough, does not.
    """

    releases: tuple[Release, ...] = ()
    unfit: str = ""
    sure: bool = True

    def fits(self) -> bool:
        """Return whether there is a solution."""
        return not self.unfit


class Solver(Protocol):
    """Who is asked; `calls` counts how often, `most` is how often it may be, `notes` what it had to assume."""

    calls: int
    most: int
    notes: list[str]

    def present(self) -> Solution:
        """Return what is held as a solution, with what requires what; unfit where it does not fit together.

        Raises:
            Unreadable: the solver fails.
        """

    def ask(self, question: Question) -> Solution:
        """Return the answer.

        Raises:
            Unreadable: the solver fails.
        """


class Auditor(Protocol):
    """Who knows which flaws a release has."""

    def affected(self, name: str, version: str) -> frozenset[str]:
        """Return the ids of the records of open flaws that affect the release, or may."""

    def known(self, name: str, version: str) -> frozenset[str]:
        """Return the same as far as it is known without asking anybody."""


class Releases(Protocol):
    """Who knows which releases there are."""

    def __call__(self, names: Sequence[str]) -> Mapping[str, Sequence[releases.Release]]:
        """Return the releases of each project, ascending; of one that nobody can tell about nothing."""
