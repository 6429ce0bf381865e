"""uv.lock, written by uv: in a copy of the project, of which the blocks that have changed are taken over.

Every release that a plan moves is named exactly (`-P name==version`): by a name alone uv would take the newest, and
move others with it.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import bounds, pyproject, tool_lock, uv_copy, uv_held, uv_indexes, uv_text
from pip_assay.fix.formats.spliced import decoded
from pip_assay.fix.formats.uv_held import LOCAL, Ask, Package
from pip_assay.fix.nouns import Edit, Plan, Root, Target
from pip_assay.fix.tools import Tools
from pip_assay.model import Inventory, Place, Problem
from pip_assay.settings import Outside, Settings
from pip_assay.sources.documents import toml
from pip_assay.sources.locks import uv_lock
from pip_assay.sources.resolve import uv_answer, words
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.manifest import Manifest
    from pip_assay.sources.resolve.process import Ended

KIND = "uv.lock"
_NONE: frozenset[str] = frozenset()
_Versions = Mapping[str, frozenset[str]]
AGAIN = "run `uv lock`, and try again"

_BUILDING = re.compile(r"(?:Failed to build:? |Building source distributions for )`?([A-Za-z0-9._-]+)")


class _Lock(NamedTuple):
    """A lock as it was read: its bytes, its packages, what asks for them, and for which Python it is."""

    content: bytes
    packages: tuple[Package, ...]
    starts: tuple[Ask, ...]
    python: str


def read(inventory: Inventory, settings: Settings, outside: Outside) -> Target:
    """Return what the lock holds, and what the project and the members of its workspace ask for.

    Raises:
        Unreadable: the lock cannot be read, or has no project beside it.
    """
    path = inventory.target
    lock = _read(path)
    paths = _manifests(path, lock)
    if not paths:
        raise Unreadable("has no project beside it, by which it could be locked again", path, "fix it where that is")
    indexes = uv_indexes.read(os.path.dirname(path), outside.environ)
    own = _declared(paths[0])
    held = tuple(uv_held.held(lock.packages, lock.starts, inventory.dependencies, indexes.elsewhere))
    return Target(
        inventory,
        KIND,
        held,
        tuple(dict.fromkeys(pyproject.told_apart(_roots(lock, paths, {each.name for each in held if each.plain})))),
        pyproject.limits(paths[0], own),
        own.overrides,
        python=settings.python_version or pyproject.lowest(lock.python),
        universal=not (settings.python_version or settings.platform),
        platform=settings.platform,
        indexes=indexes.searched,
        files=(path, *paths),
        below=pyproject.below_python(lock.python),
        uses_pip=False,
        exclude_newer=uv_indexes.newest(os.path.dirname(path)),
    )


def edits(plan: Plan, tools: Tools) -> tuple[Edit, ...]:
    """Return the lock as uv writes it with exactly the planned releases, and the manifests whose bounds are widened.

    Raises:
        Unreadable: uv cannot lock it, would move what is not planned, or is older than the one that wrote the lock.
    """
    if not (plan.changes or plan.relaxed):
        return ()
    path = plan.target.inventory.target
    lock = _read(path)
    old = decoded(lock.content, path)
    if tool_lock.packages(old) is None:
        raise Unreadable(uv_text.UNREAD, path, AGAIN)
    manifests = pyproject.widened(plan.relaxed)
    if any(each.path not in plan.target.files for each in manifests):
        outer = next(each.path for each in manifests if each.path not in plan.target.files)
        raise Unreadable("is not part of the project, so its bounds are not changed", outer, bounds.BY_HAND)
    edited = {os.path.abspath(each.path): each.after for each in manifests}
    with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
        copy = uv_copy.copied(path, lock.packages, lock.python, os.path.realpath(scratch), edited, described=True)
        ended = _locked(copy, path, lock, tools, [word for each in _asked(plan) for word in ("-P", each)])
        if ended.code:
            raise _refused(ended, plan)
        new = tool_lock.read(copy.folder, "uv", path)
    new = uv_text.without_versions(new, copy.versions)
    _check_moves(plan, old, new)
    after = _in_form(old, new, path, tools)
    return (*([Edit(path, lock.content, after.encode())] if after != old else []), *manifests)


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what `uv lock --check` says of the edited files."""
    path = plan.target.inventory.target
    copies = {each: os.path.join(folder, pyproject.below(each, plan.target.files)) for each in plan.target.files}
    edited = {os.path.abspath(each): files.read_bytes(placed) for each, placed in copies.items()}
    try:
        lock = _read(copies[path])
        with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
            copy = uv_copy.copied(path, lock.packages, lock.python, os.path.realpath(scratch), edited, described=False)
            ended = _locked(copy, path, lock, tools, ["--check", "--offline"])
            if ended.code and not tools.offline:
                ended = _locked(copy, path, lock, tools, ["--check"])
    except Unreadable as error:
        return (), (f"uv lock --check could not be tried: {error.what}",)
    faults = (f"uv lock --check fails: {_words(ended)}",) if ended.code else ()
    return ("uv lock --check",), faults


def _read(path: str) -> _Lock:
    content = files.read_bytes(path)
    text = decoded(content, path)
    document = toml.parse(text.removeprefix("\ufeff"), path, AGAIN)
    if isinstance(document, Problem):
        raise Unreadable(document.what, str(document.place or path), AGAIN)
    if document.get("version") != uv_lock.VERSION:
        raise Unreadable(f"has lock version {document.get('version')}, which cannot be changed", path, AGAIN)
    whole = toml.Table(document, path, Place(path), {})
    manifest = whole.table("manifest")
    groups = manifest.table("dependency-groups")
    listed = [*manifest.tables("requirements"), *(each for name in groups for each in groups.tables(name))]
    starts = tuple(uv_held.ask(each)._replace(version="") for each in listed)
    tables = toml.named(whole, "package", text)
    return _Lock(content, tuple(uv_held.packages(tables)), starts, whole.text("requires-python"))


def _manifests(path: str, lock: _Lock) -> tuple[str, ...]:
    """Return the files of the project that ask for something: that of the whole first, then those of its members."""
    if path.endswith(".py.lock"):
        script = path.removesuffix(".lock")
        return (script,) if os.path.isfile(script) else ()
    folder = os.path.dirname(path)
    inside = [each.location for each in lock.packages if each.kind in LOCAL and not _is_outside(each.location)]
    named = [os.path.normpath(os.path.join(folder, each, "pyproject.toml")) for each in (".", *inside)]
    found = tuple(dict.fromkeys(each for each in named if os.path.isfile(each)))
    return found if found[:1] == (named[0],) else ()


def _is_outside(location: str) -> bool:
    return os.path.isabs(location) or os.path.normpath(location).split(os.sep)[0] == os.pardir


def _declared(path: str) -> "Manifest":
    from pip_assay.sources import manifests

    return manifests.read(path)


def _roots(lock: _Lock, paths: Iterable[str], movable: set[str]) -> Iterator[Root]:
    """Yield what the manifests ask for, then what the lock says that other packages of no index do."""
    told = set()
    for manifest in paths:
        found = _declared(manifest)
        for root in pyproject.asked(found):
            told.add(root.name)
            yield Root(root.name, root.text, root.place, root.group)
        for each in found.listed:
            # From an index that only named projects come from: uv.lock says which, and a solver may know of it.
            if each.pin.name in movable and each.pin.name not in told:
                yield Root(each.pin.name, each.pin.name, each.place, "".join(each.groups[:1]) or "runtime")
    for package in lock.packages:
        if package.kind != "registry":
            yield from (each for each in _of_package(package) if each.name in movable - told)


def _of_package(package: Package) -> Iterator[Root]:
    """Yield what a package of no index asks for: as its metadata say where the lock has them."""
    required = package.metadata.tables("requires-dist")
    for each in required:
        marker = each.text("marker")
        text = uv_copy.required(each) if "extra" not in marker else uv_copy.required(each).partition(" ; ")[0]
        yield Root(uv_held.ask(each).name, text, package.table.place)
    if not required:
        for ask in package.asks:
            yield Root(ask.name, uv_copy.text(ask), package.table.place)


def _asked(plan: Plan) -> Iterator[str]:
    """Yield the releases that uv is asked for: where there are several of a project each with its marker."""
    changes: dict[str, list[tuple[str, str]]] = {}
    for change in plan.changes:
        if change.new:
            changes.setdefault(change.name, []).append((change.new, change.marker))
    moved = {(each.name, each.old) for each in plan.changes}
    for name, new in sorted(changes.items()):
        kept = [each for each in plan.target.held if each.name == name and (name, each.version) not in moved]
        every = [*new, *((each.version, each.marker) for each in kept)]
        for version, marker in dict.fromkeys(every):
            yield f"{name}=={version}" + (f" ; {marker}" if marker and len(every) > 1 else "")


def _locked(copy: uv_copy.Copy, path: str, lock: _Lock, tools: Tools, options: Sequence[str]) -> "Ended":
    command = [
        tools.find("uv"), "lock", "--color", "never", "--no-progress", "--no-python-downloads",
        *([] if tools.allow_build else ["--no-build"]),
        *(word for name in copy.unbuilt for word in ("--no-binary-package", name)),
        *(["--offline"] if tools.offline and "--offline" not in options else []),
        *(["--python", sys.executable] if _fits(lock.python) else []),
        *(["--script", os.path.basename(path).removesuffix(".lock")] if path.endswith(".py.lock") else []),
        *options,
    ]  # fmt: skip
    return tool_lock.run(tools, command, copy.folder, uv_indexes.variables_with_indexes(tools))


def _fits(requires: str) -> bool:
    """Return whether the running Python is one that the project is for."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(requires).contains(".".join(map(str, sys.version_info[:3])), prereleases=True)
    except InvalidSpecifier:
        return False


def _refused(ended: "Ended", plan: Plan) -> Unreadable:
    path = plan.target.inventory.target
    said = words.unframed(ended.err)
    by_hand = (
        f"lock it by hand: uv lock {' '.join(f'-P {each!r}' if ' ' in each else f'-P {each}' for each in _asked(plan))}"
    )
    if "No interpreter found" in said:
        return Unreadable("uv needs a Python that it is for, to lock it, and found none", path, "install one")
    if "exclude-newer" in said and "filtered by" in said:
        what = "uv leaves out releases that the plan needs, because the project's exclude-newer does"
        return Unreadable(what, path, "move that date, and try again")
    if building := _BUILDING.search(said):
        what = f"uv would have to build {building[1]} to lock it, which runs its code"
        return Unreadable(what, path, by_hand)
    error = uv_answer.refusal(ended.err)
    return Unreadable(f"uv cannot lock what is planned: {error.what}", path, by_hand)


def _words(ended: "Ended") -> str:
    text = words.unframed(ended.err).partition(" hint: ")[0]
    return words.one_line(text.rpartition("error: ")[2] or ended.out)


def _check_moves(plan: Plan, old: str, new: str) -> None:
    """Refuse a lock in which other releases have moved than the planned ones.

    Raises:
        Unreadable: there are such.
    """
    path = plan.target.inventory.target
    before, after = tool_lock.versions(old), tool_lock.versions(new)
    strays = [name for name in sorted({*before, *after}) if _is_astray(name, plan, before, after)]
    if strays and before == after:
        raise tool_lock.none_of("uv", path)
    if strays:
        shown = ", ".join(f"{name} ({_shown(before.get(name))} -> {_shown(after.get(name))})" for name in strays[:5])
        more = f" and {len(strays) - 5} more" if len(strays) > 5 else ""
        raise Unreadable(f"uv would also move what is not planned: {shown}{more}", path, AGAIN)


def _is_astray(name: str, plan: Plan, before: _Versions, after: _Versions) -> bool:
    """Return whether releases of a project came or went otherwise than planned.

    A release that was to come in under a marker which is never true for the project does not come in.
    """
    changes = [each for each in plan.changes if each.name == name]
    kept = before.get(name, _NONE) - {each.old for each in changes}
    wanted = kept | {each.new for each in changes if each.new}
    found = after.get(name, _NONE)
    return not kept <= found <= wanted or bool(name in before and wanted and not found)


def _shown(versions: Iterable[str] | None) -> str:
    return " and ".join(sorted(versions)) if versions else "none"


def _in_form(old: str, new: str, path: str, tools: Tools) -> str:
    """Return the lock in the form of the old one: of uv's text only what has changed in meaning."""
    if tools.reformat:
        return new
    (_, was), (_, is_now) = uv_text.revision(old), uv_text.revision(new)
    if was > is_now:
        what = f"was written by a newer uv (revision {was}; this one writes {is_now}), and would lose what that added"
        raise Unreadable(what, path, "update uv, or allow it with --reformat")
    return uv_text.merged(old, new, path)
