"""An installed environment: every release in it is solved together, and uv installs the ones that change.

To plan, nothing of the environment is started. To write, uv asks its interpreter where packages go, as any installer
does; where it fails, or finds that the set does not fit together, the releases that were there are installed again.
"""

import os
import re
import sys
import time
from collections.abc import Iterable, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import trial
from pip_assay.fix.nouns import Held, Plan, Target
from pip_assay.fix.tools import SECONDS, Tools
from pip_assay.model import INTERNAL, PYPI, Dependency, Inventory
from pip_assay.settings import Outside, Settings
from pip_assay.sources.resolve import Index, words
from pip_assay.sources.resolve.uv import given, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.fix.nouns import Edit
    from pip_assay.sources.resolve.process import Ended

KIND = "environment"
OWN = "pip-assay itself runs in this environment, and uses what changes in it"

_CLASH = "The package "
"""How the lines begin in which uv says what does not fit together."""


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
    has_conda = os.path.isdir(os.path.join(prefix, "conda-meta"))
    held = (_held(each, has_conda=has_conda) for each in inventory.dependencies if _is_installed(each))
    return Target(
        inventory,
        KIND,
        tuple(held),
        python=settings.python_version or _version(inventory),
        indexes=Index(settings.index_url, settings.extra_index_urls),
        notes=(OWN,) if os.path.realpath(prefix) == os.path.realpath(sys.prefix) else (),
    )


def edits(plan: Plan, tools: Tools) -> "tuple[Edit, ...]":  # noqa: ARG001 - of every format
    """Return no edits: `apply` carries a plan out."""
    return ()


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ARG001
    """Return what a dry run of an install of all that is to change says. Nothing of the environment is started."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
        write(scratch, "wanted.txt", _new(plan))
        return trial.install([os.path.join(scratch, "wanted.txt")], plan.target, tools, scratch, needs=False)


def apply(plan: Plan, tools: Tools) -> None:
    """Install the releases that the plan moves to, and have uv check that all that is there fits together.

    Raises:
        Unreadable: it fails; then what was there is installed again, as far as that can be done.
    """
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
        clashes = _clashes(plan, scratch, tools)
        try:
            _install(plan, _new(plan), scratch, tools)
            if new := _clashes(plan, scratch, tools) - clashes:
                raise Unreadable(f"what was installed does not fit together: {'; '.join(sorted(new))}")
        except BaseException as error:
            told = _put_back(plan, scratch, tools)
            if isinstance(error, Unreadable):
                raise Unreadable(error.what, plan.target.inventory.target, told) from None
            raise


def _install(plan: Plan, pins: Iterable[str], scratch: str, tools: Tools) -> None:
    uv, indexes, seen = tools.uv(plan.target.indexes)
    write(scratch, "wanted.txt", pins)
    command = [
        uv, "pip", "install", "--python", _interpreter(plan.target.inventory), "--quiet", "--color", "never",
        "--no-config", "--no-deps", "--only-binary", ":all:", "--no-python-downloads",
        *(["--offline"] if tools.offline else []), *(f"--allow-insecure-host={host}" for host in indexes.trusted_hosts),
        "-r", "-", "-r", "wanted.txt",
    ]  # fmt: skip
    ended = tools.run(command, scratch, given(indexes), seen)
    if ended.code:
        raise Unreadable(f"uv could not install the new releases: {words.one_line(words.unframed(ended.err))}")


def _clashes(plan: Plan, scratch: str, tools: Tools) -> set[str]:
    """Return what does not fit together in the environment, in uv's words.

    Raises:
        Unreadable: uv cannot say.
    """
    ended = _uv("check", [], plan, scratch, tools)
    found = {each for line in ended.err.splitlines() if (each := words.one_line(line)).startswith(_CLASH)}
    if ended.code and not found:
        raise Unreadable(f"uv could not check what is installed: {words.one_line(words.unframed(ended.err))}")
    return found


def _uv(action: str, names: Sequence[str], plan: Plan, scratch: str, tools: Tools) -> "Ended":
    uv, _, seen = tools.uv(plan.target.indexes)
    command = [uv, "pip", action, "--python", _interpreter(plan.target.inventory), "--color", "never", "--no-config"]
    return tools.run([*command, *names], scratch, "", seen)


def _put_back(plan: Plan, scratch: str, tools: Tools) -> str:
    """Install again what was there, where anything of it has changed; return what a person should know of it."""
    lost = _changed(plan)
    if not lost:
        return "nothing was changed"
    tools.deadline = max(tools.deadline, time.monotonic() + SECONDS)
    try:
        if came := [name for name, old in lost.items() if not old]:
            _uv("uninstall", came, plan, scratch, tools)
        _install(plan, [f"{name}=={old}" for name, old in lost.items() if old], scratch, tools)
    except Unreadable:
        pass  # what is there tells how far it came
    if left := _changed(plan):
        wanted = (f"{name}=={old}" if old else f"no {name}" for name, old in left.items())
        return f"not all that was there could be put back, which you do with: {', '.join(wanted)}"
    return "what was there was installed again"


def _changed(plan: Plan) -> dict[str, str]:
    """Return what of the plan's projects is not as it was, each with its old release, empty for none."""
    from pip_assay.sources.installed import environment, locate

    try:
        there = environment.read(locate.at(plan.target.inventory.target)).dependencies
    except Unreadable:
        there = ()
    now = {each.pin.name: each.pin.version for each in there if each.pin.ecosystem == PYPI}
    return {each.name: each.old for each in plan.changes if now.get(each.name, "") != each.old}


def _new(plan: Plan) -> list[str]:
    return [f"{each.name}=={each.new}" for each in plan.changes if each.new]


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


def _is_installed(dependency: Dependency) -> bool:
    return dependency.pin.ecosystem == PYPI and bool(dependency.pin.version) and not dependency.inside


def _held(dependency: Dependency, *, has_conda: bool) -> Held:
    """Return a distribution; what conda or the system has installed, or comes from an address, is left as it is."""
    pin = dependency.pin
    is_plain = dependency.origin.kind in {"index", "private index"} and dependency.skipped != INTERNAL
    is_plain = is_plain and not (has_conda and _installer(dependency) == "conda")
    return Held(pin.name, pin.version, dependency.spelling or pin.name, dependency.place, plain=is_plain)


def _installer(dependency: Dependency) -> str:
    try:
        said = files.read_start(os.path.join(os.path.dirname(dependency.place.file), "INSTALLER"))
    except Unreadable:
        return ""
    return said.decode("utf-8", "replace").strip().lower()


def _is_managed(prefix: str) -> bool:
    """Return whether the installation asks that nothing be installed into it (PEP 668); a virtual one never does."""
    if os.path.exists(os.path.join(prefix, "pyvenv.cfg")):
        return False
    for library in (os.path.join(prefix, name) for name in ("lib", "lib64", "Lib")):
        names = ["", *os.listdir(library)] if os.path.isdir(library) else []
        if any(os.path.exists(os.path.join(library, name, "EXTERNALLY-MANAGED")) for name in names):
            return True
    return False
