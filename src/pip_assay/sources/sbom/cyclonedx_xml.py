"""CycloneDX as XML, read into the shape that it has as JSON: bounded, and without any document type or entity."""

import json

from pip_assay import files
from pip_assay.model import Place, Problem
from pip_assay.sources.sbom.bill import HINT
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pip_assay.sources.sbom.fields import Path

    _Holder = Any  # an object or a list of objects, as JSON would have it

LIMIT = files.LIMIT
ELEMENTS = 1_000_000
DEPTH = 200
"""Elements that are kept, and elements in elements: more cost gigabytes."""

_NAMESPACE = "://cyclonedx.org/schema/bom/"
_GRAPH = "://cyclonedx.org/schema/ext/dependency-graph/"
"""The extension by which a document of version 1.1 has edges."""

_KEPT = {
    "": {"bom"},
    "bom": {"metadata", "components", "dependencies", "services"},
    "metadata": {"component"},
    "components": {"component"},
    "component": {"name", "version", "purl", "hashes", "properties", "externalReferences", "components"},
    "hashes": {"hash"},
    "properties": {"property"},
    "externalReferences": {"reference"},
    "reference": {"hashes"},
    "dependencies": {"dependency"},
    "dependency": {"dependency"},
    "services": {"service"},
}
"""The elements that are read, by the element that they are in; whatever else there is is left out, with all in it."""

_LISTS = frozenset(("components", "hashes", "properties", "externalReferences", "dependencies", "services"))
_TEXTS = {"name": "name", "version": "version", "purl": "purl", "hash": "content", "property": "value"}
"""Elements whose text is a value, and the key that it has in JSON."""


class Document(NamedTuple):
    """What a document says: its values as JSON would have them, and where it writes the names of its components."""

    values: "dict[str, Any]"
    places: "dict[Path, Place]"
    problems: tuple[Problem, ...]


class _Refused(Exception):
    """The document is not to be read any further; the message says why."""


def read(content: bytes, file: str) -> Document | Problem:
    """Return what the document says, up to the first error in it, or why nothing of it is read."""
    from pyexpat import ExpatError, ParserCreate

    if len(content) > LIMIT:
        return Problem("unreadable", f"is larger than {files.size(LIMIT)}", Place(file), "it was not read", file)
    parser = ParserCreate(namespace_separator=" ")
    builder = _Builder(file, lambda: (parser.CurrentLineNumber, parser.CurrentColumnNumber))
    parser.StartDoctypeDeclHandler = builder.refuse_document_type
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(content, True)
    except _Refused as refusal:
        place = Place(file, parser.CurrentLineNumber)
        return Problem("unreadable", str(refusal), place, "it was not read", file)
    except ExpatError as error:
        place = Place(file, error.lineno, error.offset + 1)
        what = f"is not valid XML ({str(error).partition(':')[0]})"
        builder.problems.append(Problem("unreadable", what, place, HINT, file))
    except (ValueError, LookupError):
        builder.problems.append(Problem("unreadable", "is in an encoding that is not known", Place(file), HINT, file))
    if not builder.values:
        return builder.problems[0]
    return Document(builder.values, builder.places(content), tuple(builder.problems))


class _Builder:
    """Makes the values while the parser reads; what is not kept it only counts its way through."""

    def __init__(self, file: str, position: "Callable[[], tuple[int, int]]") -> None:
        self.values: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self._file = file
        self._position = position
        self._open: list[tuple[str, _Holder, Path]] = [
            ("", None, ())
        ]  # element, the value that it fills, where that is
        self._skipped = self._kept = 0
        self._text: list[str] = []
        self._start = 0, 0
        self._names: dict[Path, tuple[int, int, str]] = {}

    def refuse_document_type(self, *_: object) -> None:
        """Stop: entities can make a small document endless, and CycloneDX has no document type."""
        raise _Refused("holds a document type, which no CycloneDX document needs")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        namespace, _, element = tag.rpartition(" ")
        parent, holder, path = self._open[-1]
        known = _NAMESPACE in namespace or _GRAPH in namespace
        if not parent and not (known and element == "bom"):
            raise _Refused("is not a CycloneDX document")
        if self._skipped or not known or element not in _KEPT.get(parent, ()):
            self._skipped += 1
            return
        self._kept += 1
        if self._kept > ELEMENTS or len(self._open) > DEPTH:
            raise _Refused(
                "is nested too deeply" if len(self._open) > DEPTH else f"holds more than {ELEMENTS} elements"
            )
        if not parent:
            self.values["specVersion"] = namespace.rpartition("/")[2]
            self._open.append((element, self.values, ()))
        else:
            self._open.append((element, *_value(element, holder, path, attributes)))
        self._text = []

    def characters(self, text: str) -> None:
        """Keep a piece of the text of an element, and where the last that is not blank starts: a name is but one."""
        if self._skipped or self._open[-1][0] not in _TEXTS:
            return
        if not text.isspace():
            line, column = self._position()
            self._start = line, column + len(text) - len(text.lstrip())
        if self._text or not text.isspace():
            self._text.append(text)

    def end(self, _: str) -> None:
        """Close an element."""
        if self._skipped:
            self._skipped -= 1
            return
        element, value, path = self._open.pop()
        if element in _TEXTS:
            value[_TEXTS[element]] = text = "".join(self._text).strip()
            if element == "name" and text:
                self._names[*path, "name"] = *self._start, text

    def places(self, content: bytes) -> "dict[Path, Place]":
        """Return the place of each name that the document spells as it is, without references to characters."""
        lines = content.decode(json.detect_encoding(content), "replace").split("\n")
        return {
            path: Place(self._file, line, column + 1)
            for path, (line, column, name) in self._names.items()
            if line <= len(lines) and lines[line - 1].startswith(name, column)
        }


def _value(element: str, holder: "_Holder", path: "Path", attributes: dict[str, str]) -> "tuple[_Holder, Path]":
    """Return the value that an element fills, put into that of the element that it is in, and where it is."""
    if isinstance(holder, list):
        made = {"dependsOn": [], **attributes} if element == "dependency" else dict(attributes)
        holder.append(made)
        return made, (*path, len(holder) - 1)
    if element in _LISTS:
        return holder.setdefault(element, []), (*path, element)
    if element == "dependency":
        holder["dependsOn"].append(attributes.get("ref", ""))
        return {"dependsOn": []}, path
    if element in _TEXTS:
        return holder, path
    return holder.setdefault(element, dict(attributes)), (*path, element)
