"""Where a project is fetched from in place of the public index: git, an address, a path, an index by its name."""

import os
import re

from pip_assay.model import PYPI, Origin, Pin, Place
from pip_assay.names import normalise
from pip_assay.sources.locks.locked import index_origin
from pip_assay.sources.manifests import requirement
from pip_assay.sources.manifests.declared import ELSEWHERE, Declared, public
from pip_assay.sources.resolve.nouns import Root
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEYS = ("git", "hg", "url", "file", "path", "workspace", "index", "source")
"""The keys by which the tables of uv, Poetry, Pipenv and pixi say it; the first one of a table counts."""

LOCAL = "is a local project, and what that brings in is not known from here"
ANOTHER = "comes from an index of its own, and what it brings in is not asked there"
UNKNOWN = "comes from an index that the file does not name"

_SHORT = re.compile(r"(?:ssh://)?([\w.-]+@[\w.-]+):(?![0-9]+/)(?!//)(.+)")
"""An address as git alone has it: USER@HOST:PATH."""


class Wanted(NamedTuple):
    """One requirement of one group, in parts."""

    spelling: str
    place: Place
    group: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    marker: str = ""

    def text(self, address: str = "") -> str:
        """Return it as PEP 508 has it, from the address where one is given."""
        return requirement.write(self.spelling, self.extras, self.specifier, address, self.marker)


class Indexes:
    """The indexes that a file names, each with its address; `default` is the name of that which everything is from."""

    def __init__(self, urls: "Mapping[str, str]", defaults: "Iterable[str]" = ()) -> None:
        self._urls = {name.lower(): url for name, url in urls.items()}
        self._defaults = {name.lower() for name in defaults}

    def is_default(self, name: str) -> bool:
        """Return whether what is from that index is from where everything else is."""
        return name.lower() in self._defaults

    def origin(self, name: str) -> Origin:
        """Return the origin of what is from that index."""
        url = self._urls.get(name.lower(), "")
        return index_origin(url) if url else Origin("private index", public(name))


NONE = Indexes({})


def declare(declared: Declared, wanted: Wanted, table: "Mapping[str, object]", indexes: Indexes = NONE) -> None:
    """Declare a requirement, from where the table says."""
    key = next((key for key in KEYS if table.get(key)), "")
    value = table.get(key)
    if not key:
        declared.plain(wanted.text(), wanted.place, wanted.group)
    elif key == "workspace":
        _local(declared, wanted, "", editable=True)
    elif not isinstance(value, str):
        _unusable(declared, wanted, f'has a "{key}" that is not text', Origin("private index"))
    elif key in ("index", "source"):
        _index(declared, wanted, value, indexes)
    elif key in ("git", "hg"):
        _address(declared, wanted, _repository(key, value, table))
    elif "://" in value:
        _address(declared, wanted, value + _subdirectory(table))
    else:
        _path(declared, wanted, value, editable=table.get("editable") is True or table.get("develop") is True)


def _index(declared: Declared, wanted: Wanted, name: str, indexes: Indexes) -> None:
    if indexes.is_default(name):
        declared.plain(wanted.text(), wanted.place, wanted.group)
        return
    origin = indexes.origin(name)
    parsed = requirement.parse(wanted.text())
    version = requirement.pinned(parsed) if parsed else ""
    _unusable(declared, wanted, ANOTHER if origin.kind == "index" else UNKNOWN, origin, version)


def _path(declared: Declared, wanted: Wanted, path: str, *, editable: bool) -> None:
    if not path.lower().endswith(".whl"):
        _local(declared, wanted, path, editable=editable)
        return
    _address(declared, wanted, os.path.join(os.path.dirname(declared.file), path))


def _address(declared: Declared, wanted: Wanted, address: str) -> None:
    """A text with an address that PEP 508 cannot hold is listed."""
    text = wanted.text(address)
    if any(map(str.isspace, address)) or requirement.parse(text) is None:
        _unusable(declared, wanted, "has an address that cannot be read", Origin("url", public(address)))
    else:
        declared.root(Root(text, wanted.place, normalise(wanted.spelling), wanted.group))


def _local(declared: Declared, wanted: Wanted, path: str, *, editable: bool) -> None:
    origin = Origin("editable" if editable else "path", public(path))
    _unusable(declared, wanted, LOCAL, origin, hint="audit its folder too")


def _unusable(
    declared: Declared, wanted: Wanted, why: str, origin: Origin, version: str = "", hint: str = ELSEWHERE
) -> None:  # fmt: skip
    pin = Pin(PYPI, normalise(wanted.spelling), version)
    declared.unusable(
        pin, wanted.place, wanted.group, why, gap="unresolved", hint=hint, origin=origin, spelling=wanted.spelling,
        marker=wanted.marker,
    )  # fmt: skip


def _repository(kind: str, address: str, table: "Mapping[str, object]") -> str:
    address = address.removeprefix(f"{kind}+")
    if short := _SHORT.fullmatch(address):
        address = f"ssh://{short[1]}/{short[2]}"
    elif "://" not in address:
        address = f"file://{address}"
    revision = next((value for key in ("rev", "tag", "branch", "ref") if isinstance(value := table.get(key), str)), "")
    return f"{kind}+{address}{f'@{revision}' if revision else ''}{_subdirectory(table)}"


def _subdirectory(table: "Mapping[str, object]") -> str:
    folder = table.get("subdirectory")
    return f"#subdirectory={folder}" if isinstance(folder, str) and folder else ""
