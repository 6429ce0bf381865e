"""What is installed in an environment: every distribution in its site-packages folders, in import order."""

import os
from collections.abc import Iterable, Iterator, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Gap, Inventory, Place, Problem
from pip_assay.sources.installed.distribution import LEFT_EMPTY, READERS, Folder, Found
from pip_assay.sources.installed.locate import Environment, as_named
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.installed.distribution import Carried, Owner
    from pip_assay.sources.installed.tree import Tree

# pip renames what it is about to remove: "~umpy-1.0.dist-info", its older releases "-umpy-1.0.dist-info".
_LEFTOVERS = ("~", "-")
_EDITABLE = "distribution marked as editable"  # pip-audit's words


def read(
    environment: Environment, *, local: bool = False, skip_editable: bool = False, carried: "Carried | None" = None
) -> Inventory:
    """Return what is installed in an environment; with `local`, only what is in the environment itself.

    `carried` reads what distributions carry; without it, that and the interpreter are left out.
    """
    paths = environment.local if local else environment.paths
    found = read_paths(paths, target=environment.folder, skip_editable=skip_editable, carried=carried)
    if carried and environment.interpreter:
        inside = carried.of_interpreter(environment.folder, environment.interpreter)
        found = with_interpreter(found, environment.interpreter, inside)
    problems = environment.problems + found.problems
    return found._replace(problems=problems, detail=environment.detail, because=environment.because)


def with_interpreter(found: Inventory, interpreter: Dependency, inside: Sequence[Found] = ()) -> Inventory:
    """Return the inventory with the interpreter among what is installed, before all that is carried.

    inside  what the interpreter carries.
    """
    own = [each for each in found.dependencies if not each.inside]
    own.append(interpreter)
    own.sort(key=lambda each: (each.pin.name, each.pin.version, each.place))
    listed = (*found.dependencies, *(one.dependency for one in inside))
    return found._replace(
        dependencies=(*own, *(each for each in listed if each.inside)),
        problems=(*found.problems, *(problem for one in inside for problem in one.problems)),
    )


def read_paths(
    paths: Sequence[str],
    *,
    target: str = "",
    skip_editable: bool = False,
    tree: "Tree" = DISK,
    owner: "Owner | None" = None,
    carried: "Carried | None" = None,
) -> Inventory:
    """Return what is installed in these site-packages folders of a tree, as Python sees them one after the other.

    A project in an earlier folder hides the same project in a later one; two in one folder are both listed.
    With `skip_editable`, editable ones are listed and not audited. `owner` knows the system's packages (see Folder).
    `carried` reads what the distributions of a folder carry, from its path, how it is shown, the tree, and those that
    are listed of it, each after the name of its metadata; what these carry is listed after all of them.
    """
    target = target or ", ".join(as_named(path) for path in paths)
    every: list[Found] = []
    inside: list[Found] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found = list(_installed(path, tree, owner))
        except Unreadable as error:
            gap: Gap = "unreadable" if tree.has(path) else "missing"
            problems.append(Problem(gap, error.what, Place(error.where), error.hint, target))
            continue
        seen = {one.dependency.pin.name for one in every if one.dependency.skipped != LEFT_EMPTY}
        visible = [(entry, one) for entry, one in found if one.dependency.pin.name not in seen]
        every += [one for _, one in visible]
        problems += _duplicates(one for _, one in visible)
        if carried:
            inside += carried(path, as_named(path), tree, visible)
    if skip_editable:
        every, inside = list(map(_without_editable, every)), list(map(_without_editable, inside))
    problems += [problem for one in (*every, *inside) for problem in one.problems]
    if not every and not problems:
        hint = "name another environment with --python, or a folder of installed packages with --path"
        problems.append(Problem("empty", "nothing is installed here", None, hint, target))
    listed = sorted((one.dependency for one in every), key=lambda one: (one.pin.name, one.pin.version, one.place))
    listed += [one.dependency for one in inside if one.dependency.inside]
    return Inventory(target, "environment", tuple(listed), tuple(problems))


def _without_editable(found: Found) -> Found:
    """Return the same, marked where it is editable; what it carries is as it is."""
    if found.dependency.origin.kind != "editable":
        return found
    return Found(found.dependency._replace(skipped=_EDITABLE))


def _duplicates(found: Iterable[Found]) -> Iterator[Problem]:
    """Yield a problem for each project that is there in two versions; Debian has two records of one version."""
    first: dict[str, Dependency] = {}
    for later in (one.dependency for one in found if one.dependency.skipped != LEFT_EMPTY):
        one = first.setdefault(later.pin.name, later)
        if one.pin.version != later.pin.version:
            what = f"{later.spelling} is installed twice in one folder, as {one.pin.version} and {later.pin.version}"
            hint = "uninstall it until it is gone, then install it once"
            yield Problem("duplicate", what, later.place, hint, later.pin.name)


def _installed(path: str, tree: "Tree", owner: "Owner | None") -> Iterator[tuple[str, Found]]:
    """Yield what is installed in one site-packages folder, each after the file name that tells it, in their order.

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
            yield entry, reader(folder, entry, stem.strip() or entry)


def _is_distro(path: str) -> bool:
    """Return whether the system's own packages fill this folder: Debian's, not the one below /usr/local."""
    whole = os.path.abspath(path)
    return whole.endswith("/dist-packages") and "/usr/lib/" in whole
