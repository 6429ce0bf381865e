"""An installed environment: every release in it is solved together, and uv installs the ones that change.

To plan, nothing of the environment is started. What it holds requires what its metadata say, also where that is of no
index, or cannot be replaced. `environment_change` carries a plan out.
"""

import os
import re
import sys

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import environment_change, environment_held, trial
from pip_assay.fix.nouns import Plan, Target
from pip_assay.fix.planning import stubs
from pip_assay.fix.tools import Tools
from pip_assay.model import Inventory
from pip_assay.settings import Outside, Settings
from pip_assay.sources.resolve import Index
from pip_assay.sources.resolve.uv import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pip_assay.fix.nouns import Edit

KIND = "environment"
OWN = "pip-assay itself runs in this environment, and uses what changes in it"


def read(inventory: Inventory, settings: Settings, outside: Outside) -> Target:  # noqa: ARG001 - of every format
    """Return what is installed. What was asked for is not known, so that nothing of it ever goes.

    Raises:
        Unreadable: it is no environment that anything can be installed into, or the system manages it.
    """
    prefix = inventory.target
    if not _interpreter(inventory):
        hint = "name the environment or its interpreter with --python"
        raise Unreadable("cannot be fixed, because it has no interpreter to install for", prefix, hint)
    if _is_managed(prefix):
        hint = "upgrade it with the system's own package manager, or fix a virtual environment"
        raise Unreadable("cannot be fixed, because the system manages it (EXTERNALLY-MANAGED)", prefix, hint)
    python = settings.python_version or _version(inventory)
    return Target(
        inventory,
        KIND,
        environment_held.held(inventory, python),
        python=python,
        indexes=Index(settings.index_url, settings.extra_index_urls),
        notes=(OWN,) if os.path.realpath(prefix) == os.path.realpath(sys.prefix) else (),
    )


def edits(plan: Plan, tools: Tools) -> "tuple[Edit, ...]":  # noqa: ARG001 - of every format
    """Return no edits: `apply` carries a plan out."""
    return ()


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ARG001
    """Return what a dry run of an install says of all that will be there. Nothing of the environment is started.

    What stays takes part with the metadata that it has, whether an index knows it or not.
    """
    import tempfile

    moving = {each.name for each in plan.changes}
    staying = {each.name for each in plan.target.held} - moving
    with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
        there = stubs.addresses(plan.target.held, staying, os.path.join(scratch, "there"))
        pins = (f"{name} @ {address}" for name, address in there.items())
        write(scratch, "wanted.txt", (*environment_change.new(plan), *pins))
        paths, unknown = [os.path.join(scratch, "wanted.txt")], staying - there.keys()
        return trial.install(paths, plan.target, tools, scratch, without=unknown)


def apply(plan: Plan, tools: Tools, say: "Callable[[str], None]") -> None:
    """Install the releases that the plan moves to, and have uv check that all that is there fits together.

    Raises:
        Unreadable: it fails; then what was there is installed again, as far as that can be done.
        KeyboardInterrupt: it was stopped; its notes tell what is there now.
    """
    environment_change.carry_out(plan, _interpreter(plan.target.inventory), tools, say)


def _version(inventory: Inventory) -> str:
    """Return the version of the environment's Python; empty where nothing tells it."""
    found = re.search(r"\d+\.\d+(?:\.\d+)?", inventory.detail)
    return found[0] if found else ""


def _interpreter(inventory: Inventory) -> str:
    """Return the path of the environment's interpreter; empty where it has none. Nothing is started to find it."""
    release = ".".join(_version(inventory).split(".")[:2])
    places = ("Scripts/python.exe", "python.exe") if os.name == "nt" else (f"bin/python{release}", "bin/python")
    found = (os.path.abspath(os.path.join(inventory.target, *each.split("/"))) for each in places)
    return next((each for each in found if os.path.isfile(each)), "")


def _is_managed(prefix: str) -> bool:
    """Return whether the installation asks that nothing be installed into it (PEP 668); a virtual one never does."""
    if os.path.exists(os.path.join(prefix, "pyvenv.cfg")):
        return False
    for library in (os.path.join(prefix, name) for name in ("lib", "lib64", "Lib")):
        names = ["", *os.listdir(library)] if os.path.isdir(library) else []
        if any(os.path.exists(os.path.join(library, name, "EXTERNALLY-MANAGED")) for name in names):
            return True
    return False
