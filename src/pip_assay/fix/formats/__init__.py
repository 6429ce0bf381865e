"""One module a kind of file that a fix can change; `FORMATS` is the visible table of them.

requirements.py   requirements files: flat, layered with -r and -c, hashed; a compiled one and its .in file
asked.py          what these files, those that they were compiled from, and constraints ask for
added.py          into which of several of them a pin is written that comes in
tried.py          they are tried as they are to be: each that is edited, with its sources
spliced.py        a requirements file with some of its pins changed, and every other byte as it was
uv_lock.py        uv.lock, written by uv
pylock.py         pylock.toml, written by uv
pylock_markers.py the markers of all that it holds, as uv resolves exactly that
poetry_lock.py    poetry.lock, written by Poetry
pdm_lock.py       pdm.lock, written by PDM
relocked.py       what these two have in common: a copy of the project, in which the tool locks it
tool_lock.py      a lock that a tool has just written, read in one place, and how the tool ended
lock_text.py      a lock as its tool has written it anew, with every part that says the same as it was
pipfile_lock.py   Pipfile.lock, spliced, and checked by Pipenv
pyproject.py      bounds in pyproject.toml, for a project without a lock, or with --relax
environment.py    an installed environment
environment_held.py    what it holds, what that requires of each other, and what of it cannot be replaced
environment_change.py  a plan carried out in it by uv, or else what was there put back
environment_kept.py    the files of what is replaced, under second names until all is well
"""

from pip_assay.errors import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Protocol

    from pip_assay.fix.nouns import Edit, Plan, Target
    from pip_assay.fix.tools import Tools
    from pip_assay.model import Inventory
    from pip_assay.settings import Outside, Settings

    class Format(Protocol):
        """What the module of a kind holds."""

        def read(self, inventory: Inventory, settings: Settings, outside: Outside) -> Target:
            """Return what the target holds and asks for.

            Raises:
                Unreadable: nothing of it can be changed, and why.
            """

        def edits(self, plan: Plan, tools: Tools) -> tuple[Edit, ...]:
            """Return the files of a plan's target as they are to be; those that stay as they are, are left out.

            Raises:
                Unreadable: the plan cannot be written there, and why.
            """

        def check(self, plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
            """Return what was checked by the tool that owns the files, and what is wrong.

            folder  holds the edited files under the names that they have, below the paths that they have.
            """


FORMATS = {
    "requirements": "requirements",
    "uv.lock": "uv_lock",
    "pylock": "pylock",
    "poetry.lock": "poetry_lock",
    "pdm.lock": "pdm_lock",
    "Pipfile.lock": "pipfile_lock",
    "pyproject": "pyproject",
    "environment": "environment",
}
"""By the kind of an inventory."""

NOT_FIXED = {
    "cyclonedx": "a CycloneDX document",
    "spdx": "an SPDX document",
    "hints": "a project without requirements of its own",
    "pip listing": "what pip has listed",
    "conda": "a conda environment",
    "conda-lock": "a lock of conda-lock",
    "pixi.lock": "a lock of Pixi",
    "environment.yml": "what conda makes an environment of",
    "image": "the image of a container",
    "Pipfile": "a Pipfile without a lock",
    "script": "a script without a lock",
    "setup.py": "a setup.py",
    "setup.cfg": "a setup.cfg",
    "wheelhouse": "a folder of distributions",
    "pex": "a built application",
    "sdist": "a source distribution",
    "archive": "an archive",
}
"""What is audited and not fixed, as people know it."""


def of(kind: str, target: str) -> "ModuleType":
    """Return the module of a kind of target.

    Raises:
        Unreadable: no fix can change it.
    """
    if kind not in FORMATS:
        hint = "change what it was made from, and make it again"
        raise Unreadable(f"cannot be fixed, because it is {NOT_FIXED.get(kind, f'of the kind {kind}')}", target, hint)
    import importlib

    return importlib.import_module(f"pip_assay.fix.formats.{FORMATS[kind]}")
