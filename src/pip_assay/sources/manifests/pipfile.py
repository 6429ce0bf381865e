"""Pipfile: the packages that Pipenv is asked for, by category."""

from pip_assay.names import normalise
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.manifests import document, keyed
from pip_assay.sources.manifests.declared import Declared
from pip_assay.sources.manifests.references import Indexes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.manifests.document import Document

KIND = "Pipfile"
NO_CATEGORIES = ("source", "requires", "scripts", "pipenv", "pipfile")
"""Every other table is a category of packages, with a name of the user's choice."""


def recognises(name: str) -> bool:
    """Return whether a file of this name is a Pipfile."""
    return name == "Pipfile"


def read(path: str) -> Manifest:
    """Return what the file declares. It never raises: what is wrong is a problem."""
    declared = Declared(path)
    if found := document.read(path, declared):
        _read(found)
        if declared.is_empty():
            declared.problem("empty", "has no [packages], so it names no dependencies", hint="name a file that does")
    return declared.manifest()


def _read(found: "Document") -> None:
    indexes = _indexes(found)
    for category in found.values:
        if category not in NO_CATEGORIES:
            keyed.declare(found, (category,), _group(category), indexes)
    version = found.text("requires", "python_full_version")
    found.declared.python = f"=={version}" if version else ""
    if not version and (version := found.text("requires", "python_version")):
        found.declared.python = version if not version[:1].isdigit() else f"=={version}.*"


def _group(category: str) -> str:
    if category == "packages":
        return "runtime"
    return "group:dev" if category == "dev-packages" else f"group:{normalise(category)}"


def _indexes(found: "Document") -> Indexes:
    """Return the sources by name; the first one is what everything is from that names none."""
    urls = {}
    for number, path in enumerate(found.tables("source")):
        name, url = found.text(*path, "name"), found.text(*path, "url")
        urls[name] = url
        if url:
            found.declared.index(url, first=number == 0)
    return Indexes(urls, list(urls)[:1])
