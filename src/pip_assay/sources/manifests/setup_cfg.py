"""setup.cfg: what setuptools is told of dependencies in [options] and [options.extras_require]."""

import re

from pip_assay.model import Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.documents import toml
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.manifests import included, ini, requirement
from pip_assay.sources.manifests.declared import CORRECT, Declared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "setup.cfg"
LISTS = {"install_requires": "runtime", "setup_requires": "build", "tests_require": "group:test"}
SECTIONS = ("metadata", "options", "options.extras_require")
NONE = "has no [options], so it names no dependencies"


def recognises(name: str) -> bool:
    """Return whether a file of this name is a setup.cfg."""
    return name == "setup.cfg"


def read(path: str) -> Manifest:
    """Return what the file declares. It never raises: what is wrong is a problem."""
    declared = Declared(path)
    text = toml.read_text(path, CORRECT)
    if isinstance(text, Problem):
        declared.keep(text)
        return declared.manifest()
    sections, wrong = ini.parse(text)
    sections = {name: ini.filled_in(section) for name, section in sections.items() if name in SECTIONS}
    for line in wrong[:100]:
        declared.problem("unreadable", "is neither a section nor an option", Place(path, line))
    options = {_known(key): value for key, value in sections.get("options", {}).items()}
    declared.project = normalise(_whole(sections.get("metadata", {}).get("name", [])))
    declared.python = _whole(options.get("python_requires", []))
    if "options" in sections:
        declared.group("runtime")
    for key, group in LISTS.items():
        if key in options:
            _list(declared, options[key], group)
    for key, value in sections.get("options.extras_require", {}).items():
        _list(declared, value, f"extra:{normalise(key)}")
    if declared.is_empty():
        declared.problem("empty", NONE, hint="name a file that does")
    return declared.manifest()


def _known(option: str) -> str:
    """Setuptools takes "install-requires" and "Install_Requires" for "install_requires"."""
    return option.replace("-", "_").lower()


def _whole(value: ini.Value) -> str:
    return " ".join(part.text for part in value)


def _list(declared: Declared, value: ini.Value, group: str) -> None:
    declared.group(group)
    if value and value[0].text.startswith("file:"):
        for name in _whole(value).removeprefix("file:").split(","):
            included.read(declared, name.strip(), group, Place(declared.file, value[0].line))
        return
    for item in _items(value):
        place = Place(declared.file, item.line, item.column)
        text = requirement.without_comment(item.text)
        if requirement.name_of(text):
            declared.requirement(text, place, group)
        elif text:
            declared.problem("unreadable", "is not a requirement that begins with a name", place)


def _items(value: ini.Value) -> "Iterator[ini.Part]":
    """A value of one line is split at each ";" as setuptools does, one of several lines is not."""
    if len(value) != 1 or not value[0].first:
        yield from value
        return
    for found in re.finditer("[^;]+", value[0].text):
        if text := found[0].strip():
            indent = len(found[0]) - len(found[0].lstrip())
            yield ini.Part(text, value[0].line, value[0].column + found.start() + indent)
