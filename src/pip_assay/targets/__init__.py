"""What was found in each target, and which target is meant when nobody names one.

kinds.py    which kind a file is of, and which source reads it
bundled.py  whether what distributions carry is read, and by what
folder.py   what of a project folder is read
tree.py     every target of a whole tree
"""

import os

from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Gap, Inventory, LeftOut, Place, Problem
from pip_assay.settings import Outside, Settings
from pip_assay.targets import bundled, folder, kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.installed.distribution import Carried
    from pip_assay.sources.installed.locate import Environment
    from pip_assay.targets import tree

_KNOWN = (
    "a lock (uv.lock, poetry.lock, pdm.lock, Pipfile.lock, pylock.toml, pixi.lock, conda-lock.yml), a requirements"
    " file, a manifest, a script, an SBOM, a wheel or other archive, an environment or a project folder"
)

_NAMED = 5


def read(settings: Settings, outside: Outside) -> list[Inventory]:
    """Return what was found in every target that the settings name, in the order in which they were named."""
    found = _read(settings, outside)
    if settings.narrows():
        from pip_assay import scope

        return scope.narrowed(found, settings)
    return found


def _read(settings: Settings, outside: Outside) -> list[Inventory]:
    found: list[Inventory] = []
    if settings.paths:
        from pip_assay.sources.installed import environment

        carried = bundled.reader(settings, outside)
        one_of = environment.read_paths(settings.paths, skip_editable=settings.skip_editable, carried=carried)
        found.append(_with_interpreters(one_of, settings, carried))
    if settings.python:
        found += _environment(settings.python, settings, outside)
    if settings.requirements:
        from pip_assay import install

        found.append(install.requirements(settings.requirements, settings, outside))
    for root in settings.roots:
        from pip_assay.sources import image

        found += image.read_root(root, carried=bundled.reader(settings, outside))
    if settings.tools:
        from pip_assay.sources.installed import tools

        found += tools.read_tools(outside.environ, carried=bundled.reader(settings, outside))
    for target in settings.targets:
        found += one(target, settings, outside)
    return found if settings.names_something() else _default(settings, outside)


def failed(target: str, kind: str, gap: Gap, what: str, hint: str) -> Inventory:
    """Return the inventory of a target that could not be read at all: one problem."""
    return Inventory(target, kind, problems=(Problem(gap, what, Place(target), hint, target),))


def _default(settings: Settings, outside: Outside) -> list[Inventory]:
    from pip_assay.sources.installed import locate

    chosen = locate.default(outside.environ, outside.folder)
    return [*_with_conda(chosen.folder, _installed(chosen, settings, outside))]


def _environment(path: str, settings: Settings, outside: Outside) -> list[Inventory]:
    from pip_assay.sources.installed import locate

    try:
        chosen = locate.at(path)
    except Unreadable as error:
        gap: Gap = "unreadable" if os.path.exists(path) else "missing"
        return [failed(path, "environment", gap, error.what, error.hint)]
    return [*_with_conda(path, _installed(chosen, settings, outside))]


def _installed(chosen: "Environment", settings: Settings, outside: Outside) -> Inventory:
    from pip_assay.sources.installed import environment

    carried = bundled.reader(settings, outside)
    return environment.read(chosen, local=settings.local, skip_editable=settings.skip_editable, carried=carried)


def _with_interpreters(found: Inventory, settings: Settings, carried: "Carried | None") -> Inventory:
    """Return what folders hold with the interpreters that they belong to, where their places tell."""
    if not carried:
        return found
    from pip_assay.sources import interpreter
    from pip_assay.sources.installed import environment

    listed: set[Dependency] = set()
    for path in settings.paths:
        python = interpreter.of_site_folder(path)
        if python and python not in listed:
            listed.add(python)
            library = os.path.dirname(os.path.abspath(path))
            above = os.path.dirname(library)
            prefix = above if os.path.basename(library) == "Lib" else os.path.dirname(above)
            found = environment.with_interpreter(found, python, carried.of_interpreter(prefix, python))
    return found


def _with_conda(prefix: str, found: Inventory) -> tuple[Inventory, ...]:
    """Return the environment, with what conda alone has installed in it where it is one of conda's."""
    if not os.path.isdir(os.path.join(prefix, "conda-meta")):
        return (found,)
    from pip_assay.sources.conda import conda_meta

    listed = conda_meta.read_meta(prefix)
    dependencies = sorted((*found.dependencies, *listed.dependencies), key=lambda each: (each.pin.name, each.pin))
    return (found._replace(dependencies=tuple(dependencies), problems=found.problems + listed.problems),)


def one(target: str, settings: Settings, outside: Outside) -> list[Inventory]:
    """Return what was found in one named target: a file, a folder, an interpreter, or standard input."""
    if os.path.isdir(target):
        return _folder(target, settings, outside)
    name = os.path.basename(target)
    kind = kinds.of_name(name)
    if kind == "standard input" or _is_pipe(target):
        return _stream(target, settings, outside)
    if not kind and name.lower().startswith(("python", "pypy")):
        return _environment(target, settings, outside)
    if not os.path.exists(target):
        if kind in {"", "json", "xml", "tar"}:
            hint = f"to audit a release: pip-assay check {target}" if "==" in target else "check the path"
            return [failed(target, "target", "missing", "does not exist", hint)]
        return kinds.read(kind, target, settings, outside)
    if kind == "tar":
        return _tar(target, settings, outside)
    if kind in {"", "json", "xml", "requirements", "cyclonedx", "spdx"}:
        kind = folder.of_content(target) or (kind if kind not in {"json", "xml"} else "")
    if not kind:
        what = "is not a kind of file that pip-assay knows by its name or content"
        return [failed(target, "target", "unreadable", what, f"name {_KNOWN}; or read it as requirements with -r")]
    return kinds.read(kind, target, settings, outside)


def _tar(path: str, settings: Settings, outside: Outside) -> list[Inventory]:
    """Return what a tar holds: a container image, or the sources of a release."""
    from pip_assay.sources import image

    if image.is_image(path):
        return _image(path, settings, outside)
    return kinds.read("archive", path, settings, outside)


def _image(path: str, settings: Settings, outside: Outside) -> list[Inventory]:
    from pip_assay.sources import image

    # Of an image's files those alone are kept that tell something, and compiled ones do not.
    return image.read_image(path, carried=bundled.reader(settings, outside, strings=False))


def _is_pipe(path: str) -> bool:
    """Return whether this is a pipe, such as `<(...)` gives: what comes from it can be read once."""
    import stat

    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _stream(target: str, settings: Settings, outside: Outside) -> list[Inventory]:
    """Return what comes on standard input or from a pipe: an SBOM, what pip prints, or requirements."""
    import io

    from pip_assay import files, install

    shown = "standard input" if target == "-" else target
    try:
        content = _content(target)
    except Unreadable as error:
        return [failed(shown, "target", "unreadable", error.what, "name a file")]
    kind = kinds.of_content(content[: files.START_LIMIT])
    if kind in kinds.STREAMED:
        return [kinds.parse(kind, content, shown, settings, outside)]
    if kind:
        return [failed(shown, "target", "unreadable", f"is a {kind}, which is read from a file", "name the file")]
    found = install.requirements(("-",), settings, outside, io.BytesIO(content))
    return [found if target == "-" else found._replace(target=shown)]


def _content(target: str) -> bytes:
    """Return all that comes.

    Raises:
        Unreadable: it is too large, or cannot be read.
    """
    import sys

    from pip_assay import files

    if target != "-":
        return files.read_bytes(target, pipe=True)
    if sys.stdin is None:
        raise Unreadable("is closed")
    content = sys.stdin.buffer.read(files.LIMIT + 1)
    if len(content) > files.LIMIT:
        raise Unreadable(f"is larger than {files.size(files.LIMIT)}")
    return content


def _folder(path: str, settings: Settings, outside: Outside) -> list[Inventory]:
    if os.path.isfile(os.path.join(path, "pyvenv.cfg")):
        return _environment(path, settings, outside)
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        what = f"cannot be listed ({(error.strerror or str(error)).lower()})"
        return [failed(path, "project", "unreadable", what, "check its permissions")]
    if "oci-layout" in names:
        return _image(path, settings, outside)
    if "PEX-INFO" in names:
        return kinds.read("archive", path, settings, outside)
    return _project(path, names, settings, outside) or _other_folder(path, names, settings, outside)


def _project(path: str, names: list[str], settings: Settings, outside: Outside) -> list[Inventory]:
    """Return the inventories of the project in a folder; none when the folder holds no project."""
    from pip_assay.targets import project

    found = project.read(path, names, settings, outside)
    if settings.locked and not found.inventories:
        return [failed(path, "pylock", "empty", "holds no pylock.toml", "drop --locked, or make one")]
    if found.passed and not (found.inventories or found.nothing):
        what = f"holds nothing to audit but hints at what is installed: {', '.join(found.passed[:_NAMED])}"
        return [failed(path, "project", "empty", what, "add --hints to list that")]
    because = _because(path, found.passed)
    if found.nothing and found.inventories:
        named = [os.path.basename(each.target) for each in found.nothing]
        because += f" ({' and '.join(named)} {'declares' if len(named) == 1 else 'declare'} nothing)"
    return [each._replace(because=because) for each in found.inventories or found.nothing]


def in_tree(found: "tree.Folder", settings: Settings, outside: Outside) -> tuple[list[Inventory], list[LeftOut]]:
    """Return the inventories of one folder of a tree, and what in it was left out."""
    from pip_assay.targets import project

    try:
        names = sorted(os.listdir(found.path))
    except OSError:
        names = ["oci-layout"]  # it is gone since it was found: to be told as any other
    if "oci-layout" in names or "PEX-INFO" in names:
        return one(found.path, settings, outside), []
    there = project.read(found.path, names, settings, outside, found.locked, in_tree=True)
    if not there.inventories and not there.nothing and folder.is_wheelhouse(names):
        return one(found.path, settings, outside), []
    left_out = [LeftOut(each.target, "declares no dependency") for each in there.nothing]
    if not there.inventories:
        passed = [os.path.normpath(os.path.join(found.path, name)) for name in there.passed if name not in found.locked]
        return [], [*left_out, *(LeftOut(path, "hints, without --hints") for path in passed)]
    beside = _beside(there.passed) if there.passed else ""
    return [each._replace(because=beside) for each in there.inventories], left_out


def _because(path: str, passed: tuple[str, ...]) -> str:
    """Return why a file of a folder was chosen, and what was therefore not read."""
    where = "this folder" if path in (".", "./") else path
    beside = f" ({_beside(passed)})" if passed else ""
    return f"of {where}{beside}"


def _beside(passed: tuple[str, ...]) -> str:
    """Return what lies beside a target and was not read, the first few of many by name."""
    named = passed if len(passed) <= _NAMED else (*passed[:_NAMED], f"{len(passed) - _NAMED} more")
    return f"{' and '.join(named)} beside it not read"


def _other_folder(path: str, names: list[str], settings: Settings, outside: Outside) -> list[Inventory]:
    if folder.is_wheelhouse(names):
        from pip_assay.sources import archive

        return [archive.read_folder(path, carried=bundled.reader(settings, outside))]
    found = _environment(path, settings, outside)
    if any(each.dependencies for each in found):
        return found
    return [
        failed(
            path, "project", "empty",
            "holds nothing to audit: no lock, requirements file, manifest, SBOM, archive or environment",
            "name another folder, a file, or an environment; or look into its folders with --recursive",
        )
    ]  # fmt: skip
