"""pyproject.toml: what [project], [dependency-groups], [build-system] and the tables of tools declare.

[project] is PEP 621's, [dependency-groups] PEP 735's, [build-system] PEP 518's.
"""

import os

from pip_assay.names import normalise
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.manifests import document, included, poetry, tools, uv
from pip_assay.sources.manifests.declared import ELSEWHERE, Declared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.manifests.document import Document
    from pip_assay.sources.manifests.positions import Path

KIND = "pyproject"
COMPUTED = "are computed at build time, and pip-assay never builds"


def recognises(name: str) -> bool:
    """Return whether a file of this name is a pyproject.toml."""
    return name == "pyproject.toml"


def read(path: str) -> Manifest:
    """Return what the file declares. It never raises: what is wrong is a problem."""
    declared = Declared(path)
    if found := document.read(path, declared):
        _read(found)
        if declared.is_empty():
            what = "has no [project] table, so it names no dependencies"
            declared.problem("empty", what, hint="name a file that does")
    return declared.manifest()


def _read(found: "Document") -> None:
    """Where something is fetched from comes first, because it changes how the requirements are read."""
    found.declared.project = normalise(found.text("project", "name") or found.text("tool", "poetry", "name"))
    poetry.enrich(found)
    uv.prepare(found)
    tools.prepare(found)
    _project(found)
    poetry.read(found)
    tools.flit(found)
    _groups(found)
    for tool in (uv.read, tools.pdm, tools.hatch, tools.pixi):
        tool(found)
    if found.get("build-system", "requires") is not None:
        found.requirements(("build-system", "requires"), "build")


def _project(found: "Document") -> None:
    if "project" not in found.values:
        return
    found.declared.group("runtime")
    found.declared.python = found.text("project", "requires-python")
    found.requirements(("project", "dependencies"), "runtime")
    _extras(found)
    dynamic = found.texts("project", "dynamic")
    if "dependencies" in dynamic and not (poetry.is_read(found) or _from_files(found)):
        _computed(found, "dependencies")
    if "optional-dependencies" in dynamic and not (
        found.get("tool", "poetry", "extras") or _extras_from_files(found)
    ):  # fmt: skip
        _computed(found, "optional-dependencies")


def _extras(found: "Document") -> None:
    path: Path = ("project", "optional-dependencies")
    seen: dict[str, str] = {}
    for extra in found.table(*path):
        name = normalise(extra)
        if name in seen:
            found.problem("unreadable", f'the extra "{extra}" is there twice, as "{seen[name]}" too', (*path, extra))
        seen[name] = extra
        found.requirements((*path, extra), f"extra:{name}")


def _computed(found: "Document", what: str) -> None:
    folder = os.path.dirname(found.declared.file)
    beside = [name for name in ("setup.cfg", "setup.py") if os.path.isfile(os.path.join(folder, name))]
    hint = f"{ELSEWHERE}, or {' and '.join(beside)} beside it" if beside else ELSEWHERE
    path = ("project", "dynamic")
    found.problem("unresolved", f"its {what} {COMPUTED}", path, hint)


def _from_files(found: "Document") -> bool:
    """Read the requirements files that the build takes the dependencies from; return whether there are any."""
    named = _named(found, ("tool", "setuptools", "dynamic", "dependencies", "file"))
    named += _named(found, ("tool", "hatch", "metadata", "hooks", "requirements_txt", "files"))
    for name, path in named:
        included.read(found.declared, name, "runtime", found.line(path))
    return bool(named)


def _extras_from_files(found: "Document") -> bool:
    setuptools: Path = ("tool", "setuptools", "dynamic", "optional-dependencies")
    hatch: Path = ("tool", "hatch", "metadata", "hooks", "requirements_txt", "optional-dependencies")
    named = [(extra, (*setuptools, extra, "file")) for extra in found.table(*setuptools)]
    named += [(extra, (*hatch, extra)) for extra in found.table(*hatch)]
    for extra, path in named:
        for name, at in _named(found, path):
            included.read(found.declared, name, f"extra:{normalise(extra)}", found.line(at))
    return bool(named)


def _named(found: "Document", path: "Path") -> "list[tuple[str, Path]]":
    """Return the names of files at a path, where one or a list of them may stand."""
    if isinstance(value := found.get(*path), str):
        return [(value, path)]
    return [(name, (*path, number)) for number, name in enumerate(found.texts(*path))]


def _groups(found: "Document") -> None:
    """Declare the dependency groups of PEP 735, whose items are requirements and names of other groups."""
    seen: dict[str, str] = {}
    for group, items in found.table("dependency-groups").items():
        path: Path = ("dependency-groups", group)
        name = normalise(group)
        if name in seen:
            found.problem("unreadable", f'the group "{group}" is there twice, as "{seen[name]}" too', path)
        seen[name] = group
        found.declared.group(f"group:{name}")
        if not isinstance(items, list):
            found.problem("unreadable", f'the group "{group}" is not a list', path)
            continue
        for number, item in enumerate(items):
            _item(found, item, (*path, number), f"group:{name}")


def _item(found: "Document", item: object, path: "Path", group: str) -> None:
    if not isinstance(item, dict):
        found.requirement(item, path, group)
    elif item.keys() == {"include-group"} and isinstance(other := item["include-group"], str):
        found.declared.include(group, f"group:{normalise(other)}", found.line(path))
    else:
        what = f'the group "{path[1]}" holds a table that is not just the name of a group to include'
        found.problem("unreadable", what, path)
