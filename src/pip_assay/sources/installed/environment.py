"""What is installed in an environment: every distribution in its site-packages folders, in import order."""

import os
from collections.abc import Iterator, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Gap, Inventory, Place, Problem
from pip_assay.sources.installed.distribution import LEFT_EMPTY, READERS, Folder, Found
from pip_assay.sources.installed.locate import Environment, as_named
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.installed.distribution import Owner
    from pip_assay.sources.installed.tree import Tree

# pip renames what it is about to remove: "~umpy-1.0.dist-info", its older releases "-umpy-1.0.dist-info".
_LEFTOVERS = ("~", "-")
_EDITABLE = "distribution marked as editable"  # pip-audit's words


def read(environment: Environment, *, local: bool = False, skip_editable: bool = False) -> Inventory:
    """Return what is installed in an environment; with `local`, only what is in the environment itself."""
    paths = environment.local if local else environment.paths
    found = read_paths(paths, target=environment.folder, skip_editable=skip_editable)
    problems = environment.problems + found.problems
    return found._replace(problems=problems, detail=environment.detail, because=environment.because)


def read_paths(
    paths: Sequence[str],
    *,
    target: str = "",
    skip_editable: bool = False,
    tree: "Tree" = DISK,
    owner: "Owner | None" = None,
) -> Inventory:
    """Return what is installed in these site-packages folders of a tree, as Python sees them one after the other.

    A project in an earlier folder hides the same project in a later one; two in one folder are both listed.
    With `skip_editable`, editable ones are listed and not audited. `owner` knows the system's packages (see Folder).
    """
    target = target or ", ".join(as_named(path) for path in paths)
    every: list[Found] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found = list(_installed(path, tree, owner))
        except Unreadable as error:
            gap: Gap = "unreadable" if tree.has(path) else "missing"
            problems.append(Problem(gap, error.what, Place(error.where), error.hint, target))
            continue
        seen = {one.dependency.pin.name for one in every if one.dependency.skipped != LEFT_EMPTY}
        visible = [one for one in found if one.dependency.pin.name not in seen]
        problems += _duplicates(visible)
        every += visible
    if skip_editable:
        every = [_marked(one) if one.dependency.origin.kind == "editable" else one for one in every]
    problems += [problem for one in every for problem in one.problems]
    if not every and not problems:
        hint = "name another environment with --python, or a folder of installed packages with --path"
        problems.append(Problem("empty", "nothing is installed here", None, hint, target))
    listed = sorted((one.dependency for one in every), key=lambda one: (one.pin.name, one.pin.version, one.place))
    return Inventory(target, "environment", tuple(listed), tuple(problems))


def _marked(found: Found) -> Found:
    return Found(found.dependency._replace(skipped=_EDITABLE))


def _duplicates(found: list[Found]) -> Iterator[Problem]:
    """Yield a problem for each project that is there in two versions; Debian has two records of one version."""
    first: dict[str, Dependency] = {}
    for later in (one.dependency for one in found if one.dependency.skipped != LEFT_EMPTY):
        one = first.setdefault(later.pin.name, later)
        if one.pin.version != later.pin.version:
            what = f"{later.spelling} is installed twice in one folder, as {one.pin.version} and {later.pin.version}"
            hint = "uninstall it until it is gone, then install it once"
            yield Problem("duplicate", what, later.place, hint, later.pin.name)


def _installed(path: str, tree: "Tree", owner: "Owner | None") -> Iterator[Found]:
    """Yield what is installed in one site-packages folder, in the order of the file names.

    Raises:
        Unreadable: it is missing, is not a folder, or may not be read.
    """
    shown = as_named(path)
    try:
        entries = sorted(tree.names(path))
    except FileNotFoundError:
        raise Unreadable("does not exist", shown, "check the path") from None
    except NotADirectoryError:
        raise Unreadable("is not a folder", shown, "name the folder that holds the installed packages") from None
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read ({files.reason(error)})", shown, "check its permissions") from None
    folder = Folder(path, shown, _is_distro(path), tree, owner)
    for entry in entries:
        stem, dot, kind = entry.rpartition(".")
        reader = READERS.get(kind.lower()) if dot else None
        if reader and not entry.startswith(_LEFTOVERS):
            yield reader(folder, entry, stem.strip() or entry)


def _is_distro(path: str) -> bool:
    """Return whether the system's own packages fill this folder: Debian's, not the one below /usr/local."""
    whole = os.path.abspath(path)
    return whole.endswith("/dist-packages") and "/usr/lib/" in whole
