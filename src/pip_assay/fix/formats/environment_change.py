"""A plan carried out in an environment by uv: all of it, or what was there is put back.

uv asks the environment's interpreter where packages go, as any installer does. All that is new is had first, so that
what may take long has not changed anything yet, and the files of all that is replaced are kept under second names.
From then on a signal waits: uv finishes what it has begun, and what was there is put back, one project after the
other, so that one that cannot be does not stop the rest.
"""

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from pip_assay import files, versions
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import environment_held, environment_kept
from pip_assay.fix.nouns import Change, Plan
from pip_assay.fix.planning.lines import named
from pip_assay.fix.tools import SECONDS, Tools
from pip_assay.interrupts import held_back, still_wanted
from pip_assay.model import PYPI, Dependency
from pip_assay.sources.resolve import words
from pip_assay.sources.resolve.uv import given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pip_assay.fix.formats.environment_kept import Kept
    from pip_assay.sources.resolve.process import Ended

UNCHANGED = "nothing was changed"
DONE = "the planned releases are installed"
RESTORED = "what was there was put back"

_CLASH = "The package "
"""How the lines begin in which uv says what does not fit together."""

_REQUIRES = re.compile(r"The package `([^`]+)` requires `([^`]+)`")
_MISSING = "but it's not installed"


def new(plan: Plan) -> list[str]:
    """Return the pins of what a plan moves to."""
    return [f"{each.name}=={each.new}" for each in plan.changes if each.new]


def carry_out(plan: Plan, python: str, tools: Tools, say: "Callable[[str], None]") -> None:
    """Install what a plan moves to, for the interpreter of its environment; say what takes time.

    Raises:
        Unreadable: it fails; the hint tells what is there now.
        KeyboardInterrupt: it was stopped; a note tells what is there now.
    """
    name = plan.target.inventory.target
    fault, told = None, UNCHANGED
    try:
        with _folder(None) as scratch, _folder(name) as beside:
            changing = _Changing(plan, python, scratch, tools)
            before = changing.clashes()
            changing.fetch(beside)
            changing.keep(beside)
            still_wanted()
            with held_back() as came:
                fault = changing.change(before)
                told = changing.put_back(say) if fault or came else DONE
    except KeyboardInterrupt as stopped:
        stopped.add_note(f"{name}: {told}")
        raise
    except Unreadable as error:
        fault = error
    if isinstance(fault, Unreadable):
        raise Unreadable(fault.what, name, told)
    if fault:
        raise fault


@contextmanager
def _folder(place: str | None) -> Iterator[str]:
    """Give a folder for a while, in a place or where such folders are.

    Raises:
        Unreadable: there can be none.
    """
    import tempfile

    place = place and os.path.abspath(place)
    try:
        made = tempfile.TemporaryDirectory(
            prefix=f"{'.' * bool(place)}pip-assay-", dir=place, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise Unreadable(f"no folder can be made in it ({files.reason(error)})") from None
    with made as path:
        yield path


class _Changing:
    """What one change of an environment shares."""

    def __init__(self, plan: Plan, python: str, scratch: str, tools: Tools) -> None:
        self._plan = plan
        self._python = python
        self._scratch = scratch
        self._tools = tools
        self._prefix = plan.target.inventory.target
        self._kept: dict[str, tuple[Kept, ...]] = {}

    def fetch(self, folder: str) -> None:
        """Have uv fetch all that is new, which takes what time it takes, and can be stopped: it goes into a folder.

        Raises:
            Unreadable: it cannot be had.
        """
        self._install(new(self._plan), "--target", os.path.join(folder, "new"))

    def keep(self, folder: str) -> None:
        """Keep the files of all that is to be replaced in a folder."""
        moving = {each.name for each in self._plan.changes if each.old}
        for each in (each for each in self._plan.target.held if each.name in moving):
            self._kept[each.name] = environment_kept.keep(
                each.place.file, self._prefix, os.path.join(folder, each.name)
            )

    def change(self, before: Mapping[str, str]) -> BaseException | None:
        """Return why the new releases are not there, or do not fit; None where all is well. `before` are clashes."""
        try:
            self._install(new(self._plan))
            if found := [said for clash, said in self.clashes().items() if clash not in before]:
                return Unreadable(f"what was installed does not fit together: {'; '.join(sorted(found))}")
        except BaseException as error:  # noqa: BLE001 - whatever it is, what was there is put back first
            return error
        return None

    def clashes(self) -> dict[str, str]:
        """Return what does not fit together, in uv's words: by who requires what, whichever release that is.

        Raises:
            Unreadable: uv cannot say.
        """
        ended = self._uv("check")
        said = [each for line in ended.err.splitlines() if (each := words.one_line(line)).startswith(_CLASH)]
        if ended.code and not said:
            raise Unreadable(f"uv could not check what is installed: {words.one_line(words.unframed(ended.err))}")
        beside = {each.name for each in self._plan.target.held if not environment_held.is_own(each.place, self._prefix)}
        found = {}
        for each in said:
            clash = _REQUIRES.match(each)
            # uv does not look at what an environment sees of others.
            if not (clash and _MISSING in each and named(clash[2]) in beside):
                found[f"{clash[1]} {named(clash[2])}" if clash else each] = each
        return found

    def put_back(self, say: "Callable[[str], None]") -> str:
        """Put back what was there, where anything of it has changed; return what a person should know of it."""
        lost = self._changed()
        if not lost:
            return UNCHANGED
        say(f"putting back what was in {self._prefix}")
        for each in sorted(lost, key=lambda each: not each.old):
            self._tools.deadline = max(self._tools.deadline, time.monotonic() + SECONDS)
            with suppress(Unreadable):  # what is there tells how far it came
                self._put_back(each)
        if left := self._changed():
            return f"not all that was there could be put back, which you do with: {'; '.join(map(_by_hand, left))}"
        return RESTORED

    def _put_back(self, change: Change) -> None:
        """Put back the files that were kept; of what has none, as an egg-info, install the old release again."""
        kept = self._kept.get(change.name, ())
        if not change.old or kept:
            with suppress(Unreadable):
                self._uv("uninstall", change.name)
        if not change.old:
            return
        for each in self._there(change.name):
            if each.pin.version != change.old and environment_held.not_recorded(each.place.file):
                shutil.rmtree(os.path.dirname(each.place.file), ignore_errors=True)  # uv has begun it, and leaves it
        environment_kept.put_back(kept)
        if not self._is_as_before(change):
            self._install([f"{change.name}=={change.old}"], "--reinstall")

    def _changed(self) -> list[Change]:
        """Return the changes of which not everything is as it was."""
        return [each for each in self._plan.changes if not self._is_as_before(each)]

    def _is_as_before(self, change: Change) -> bool:
        found = self._there(change.name)
        if not change.old:
            return not found
        key = versions.key(PYPI, change.old)
        return len(found) == 1 and all(
            versions.key(PYPI, each.pin.version) == key and not environment_held.not_recorded(each.place.file)
            for each in found
        )

    def _there(self, name: str) -> list[Dependency]:
        """Return the distributions of a project, with those that are only half there."""
        from pip_assay.sources.installed import environment, locate

        try:
            found = environment.read(locate.at(self._prefix)).dependencies
        except Unreadable:
            return []
        return [each for each in found if (each.pin.ecosystem, each.pin.name) == (PYPI, name)]

    def _install(self, pins: Iterable[str], *options: str) -> None:
        """Have uv install releases.

        Raises:
            Unreadable: it cannot.
        """
        uv, indexes, seen = self._tools.uv(self._plan.target.indexes)
        command = [
            uv, "pip", "install", "--python", self._python, "--quiet", "--color", "never", "--no-config", "--no-deps",
            "--only-binary", ":all:", "--no-python-downloads", *options,
            *(f"--allow-insecure-host={host}" for host in indexes.trusted_hosts), *pins, "-r", "-",
        ]  # fmt: skip
        ended = self._tools.ask_uv(command, self._scratch, given(indexes), seen)
        if ended.code:
            raise Unreadable(f"uv could not install the new releases: {words.one_line(words.unframed(ended.err))}")

    def _uv(self, action: str, *names: str) -> "Ended":
        uv, _, seen = self._tools.uv(self._plan.target.indexes)
        command = [uv, "pip", action, "--python", self._python, "--color", "never", "--no-config", *names]
        return self._tools.run(command, self._scratch, "", seen)


def _by_hand(change: Change) -> str:
    if change.old:
        return f"uv pip install --reinstall --no-deps {change.name}=={change.old}"
    return f"uv pip uninstall {change.name}"
