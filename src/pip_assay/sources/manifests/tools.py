"""Tables of other tools in pyproject.toml: PDM, Hatch, Flit and pixi."""

import re

from pip_assay.model import UNCOVERED, Dependency, Origin, Pin
from pip_assay.names import normalise
from pip_assay.sources.manifests import keyed, references, requirement
from pip_assay.sources.manifests.references import Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from pip_assay.model import Place
    from pip_assay.sources.manifests.document import Document
    from pip_assay.sources.manifests.positions import Path

NAMELESS = "installs a folder or repository without saying its name"

_EDITABLE = re.compile(r"(?:-e|--editable)\s+(?P<address>\S+)")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")


def prepare(document: "Document") -> None:
    """Take note of the projects that [[tool.pdm.source]] wants from one index and no other (include_packages)."""
    for source in document.tables("tool", "pdm", "source"):
        own = _Own(document, document.text(*source, "name"), document.text(*source, "url"))
        for pattern in document.texts(*source, "include_packages"):
            document.declared.patterns.append((normalise(pattern), own))


class _Own:
    """An index that some projects are from, and no other: declares a requirement of one of them."""

    def __init__(self, document: "Document", name: str, url: str) -> None:
        self._document = document
        self._name = name or url
        self._indexes = references.Indexes({self._name: url})

    def __call__(self, parsed: "Requirement", place: "Place", group: str) -> None:
        marker = str(parsed.marker or "")
        wanted = Wanted(parsed.name, place, group, tuple(parsed.extras), str(parsed.specifier), marker)
        references.declare(self._document.declared, wanted, {"index": self._name}, self._indexes)


def pdm(document: "Document") -> None:
    """Declare [tool.pdm]: groups of development dependencies, overrides, and the indexes."""
    path: Path = ("tool", "pdm", "dev-dependencies")
    for group, items in document.table(*path).items():
        name = f"group:{normalise(group)}"
        document.declared.group(name)
        for number, item in enumerate(items if isinstance(items, list) else [items]):
            here = (*path, group, number)
            if isinstance(item, str) and (editable := _EDITABLE.match(item)):
                _editable(document, here, editable["address"], name)
            else:
                document.requirement(item, here, name)
    for name, value in document.table("tool", "pdm", "resolution", "overrides").items():
        _override(document, name, value)
    for source in document.tables("tool", "pdm", "source"):
        url = document.text(*source, "url")
        if url and not document.texts(*source, "include_packages"):
            document.declared.index(url, first=document.text(*source, "name") == "pypi")


def _editable(document: "Document", path: "Path", address: str, group: str) -> None:
    egg = _EGG.search(address)
    if egg is None:
        document.problem("unresolved", f"an item of [tool.pdm.dev-dependencies] {NAMELESS}", path, "audit it too")
        return
    wanted = Wanted(egg[1], document.line(path)._replace(line=0), group)
    key = "path" if address.startswith("file:") else "git"
    value = address.partition("#")[0].removeprefix("file:///").replace("${PROJECT_ROOT}/", "")
    references.declare(document.declared, wanted, {key: value, "editable": True})


def _override(document: "Document", name: str, value: object) -> None:
    address = isinstance(value, str) and "://" in value
    specifier = f" @ {value}" if address else keyed.specifier(value)
    text = f"{name}{specifier}"
    if specifier is not None and requirement.parse(text):
        document.declared.overrides.append(text)
    else:
        path = ("tool", "pdm", "resolution", "overrides", name)
        document.problem("unreadable", f"the override of {name!r} is not a requirement", path)


def hatch(document: "Document") -> None:
    """Declare [tool.hatch.envs]: a group for each environment."""
    for name in document.table("tool", "hatch", "envs"):
        for key in ("dependencies", "extra-dependencies"):
            path = ("tool", "hatch", "envs", name, key)
            if document.get(*path) is not None:
                document.requirements(path, f"group:{normalise(name)}")


def flit(document: "Document") -> None:
    """Declare [tool.flit.metadata], in which Flit kept what a project requires before [project]."""
    path = ("tool", "flit", "metadata")
    table = document.table(*path)
    if "requires" in table or "module" in table:
        document.requirements((*path, "requires"), "runtime")
    for extra in document.table(*path, "requires-extra"):
        document.requirements((*path, "requires-extra", extra), f"extra:{normalise(extra)}")
    if "dev-requires" in table:
        document.requirements((*path, "dev-requires"), "group:dev")
    document.declared.python = document.declared.python or document.text(*path, "requires-python")


def pixi(document: "Document", root: "Path" = ("tool", "pixi")) -> None:
    """Declare pixi's dependencies of the workspace, its features and platforms: of PyPI's, and conda's as listed."""
    _pixi_tables(document, root, "runtime")
    for feature in document.table(*root, "feature"):
        path = (*root, "feature", feature)
        document.declared.group(f"group:{normalise(feature)}")
        _pixi_tables(document, path, f"group:{normalise(feature)}")
    options = (*root, "pypi-options")
    if url := document.text(*options, "index-url"):
        document.declared.index(url, first=True)
    for url in document.texts(*options, "extra-index-urls"):
        document.declared.index(url, first=False)


def _pixi_tables(document: "Document", path: "Path", group: str) -> None:
    for place in (path, *((*path, "target", platform) for platform in document.table(*path, "target"))):
        if document.get(*place, "pypi-dependencies") is not None:
            keyed.declare(document, (*place, "pypi-dependencies"), group)
        for key, kind in (("dependencies", group), ("host-dependencies", "build"), ("build-dependencies", "build")):
            for name in document.table(*place, key):
                _conda(document, (*place, key, name), kind)


def _conda(document: "Document", path: "Path", group: str) -> None:
    """A package of conda has no certain version here, and no advisories anywhere."""
    name = str(path[-1])
    value = document.get(*path)
    if isinstance(value, dict):
        value = value.get("version", "*")
    if not isinstance(value, str):
        document.problem("unreadable", f"the version of {name!r} is not text", path)
    pin = Pin("conda", name.lower(), "")
    document.declared.listed(
        Dependency(pin, document.place(path, name), (group,), (), True, Origin(), skipped=UNCOVERED, spelling=name)
    )
