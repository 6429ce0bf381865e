"""CycloneDX 1.0 to 1.7, JSON and XML: the components of a bill of materials, and how they depend on each other."""

import re

from pip_assay.model import Inventory, Place, Problem
from pip_assay.sources.documents import bounded_json, json_places
from pip_assay.sources.sbom import bill, fields, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from pip_assay.sources.sbom.fields import Fields, Path

    _Find = Callable[[Mapping[Path, str]], Mapping[Path, Place]]

KIND = "cyclonedx"
NEWEST = (1, 7)
DEPTH = 50
"""Components in components: a place in a deeper one costs as much as all above it."""

_FILE_NAMES = ("bom.json", "bom.xml")
_ENDINGS = (".cdx.json", ".cdx.xml", ".cyclonedx.json", ".cyclonedx.xml")
_START = (
    rb"""\s*\{.*?(?:"bomFormat"\s*:\s*"CycloneDX"|"bom-ref"\s*:|"\$schema"\s*:\s*"[^"]*cyclonedx\.org/schema/bom)"""
    rb"""|\s*<.*?\bxmlns(?::\w+)?\s*=\s*["']https?://cyclonedx\.org/schema/bom/"""
)

_GROUPS = ("cdx:poetry:group", "cdx:poetry:package:group", "cdx:pipenv:category", "cdx:pyproject:group")
_GROUP_WORDS = {"main": "runtime", "default": "runtime", "develop": "group:dev"}
_DEVELOPMENT = ("cdx:npm:package:development", "cdx:composer:package:isDevRequirement")
_MARKERS = ("uv:package:marker", "cdx:pip:markers")
OWN = ("uv:package:is_project_root", "uv:package:is_synthetic_root", "uv:workspace:path")
SOURCE = "aquasecurity:trivy:SrcName"
"""What tools say of components: the CycloneDX property taxonomy, and what uv and Trivy add to it."""


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a document: bom.json, NAME.cdx.json, NAME.cyclonedx.xml."""
    return name.lower() in _FILE_NAMES or name.lower().endswith(_ENDINGS)


def is_one(start: bytes) -> bool:
    """Return whether content that starts so is such a document, in whatever encoding."""
    return re.match(_START, fields.plain(start), re.DOTALL) is not None


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the document lists but its subject. It never raises: what is wrong is a problem."""
    content = bounded_json.read_file(path)
    if isinstance(content, Problem):
        return Inventory(target or path, KIND, problems=(content,))
    return parse(content, path, target=target)


def parse(content: bytes, file: str, *, target: str = "") -> Inventory:
    """Return what `read` does, of content that came from anywhere; `file` is what the places name."""
    made = bill_of(content, file)
    if isinstance(made, Problem):
        return Inventory(target or file, KIND, problems=(made,))
    return listing.inventory(made, KIND, file, target)


def bill_of(content: bytes, file: str) -> bill.Bill | Problem:
    """Return what the document says, or why it cannot be read."""
    return _xml(content, file) if fields.plain(content[:64]).lstrip().startswith(b"<") else _json(content, file)


def _xml(content: bytes, file: str) -> bill.Bill | Problem:
    from pip_assay.sources.sbom import cyclonedx_xml

    document = cyclonedx_xml.read(content, file)
    if isinstance(document, Problem):
        return document
    return _bill(document.values, file, lambda _: document.places, document.problems)


def _json(content: bytes, file: str) -> bill.Bill | Problem:
    text = bounded_json.decode(content, file, bill.HINT)
    if isinstance(text, Problem):
        return text
    document = bounded_json.parse(text, file, bill.HINT)
    if isinstance(document, Problem):
        return document
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        return Problem("unreadable", "is not a CycloneDX document", Place(file), bill.HINT, file)
    return _bill(document, file, lambda wanted: json_places.find(text, file, wanted))


def _bill(document: "dict[str, Any]", file: str, find: "_Find", problems: tuple[Problem, ...] = ()) -> bill.Bill:
    found = dict.fromkeys(problems)
    whole = fields.Fields(document, file, Place(file), found)
    subject = whole.table("metadata").table("component")
    parts = dict(fields.first(_parts(whole, subject), file, found))
    places = find({(*path, "name"): part.title for path, part in parts.items()})
    for path, part in parts.items():
        part.place = places.get((*path, "name"), part.place)
    refs = {path: part.text("bom-ref") or "/".join(map(str, path)) for path, part in parts.items()}
    version = whole.text("specVersion")
    return bill.Bill(
        f"CycloneDX {version}".strip(),
        tuple(_component(part, refs[path], subject) for path, part in parts.items()),
        _edges(whole),
        {refs[path]: refs[path[:-2]] for path in parts if path[:-2] in refs},
        frozenset(each.text("bom-ref") for each in whole.tables("services")),
        (*fields.future(version, NEWEST, "CycloneDX", file), *found),
    )


def _parts(whole: "Fields", subject: "Fields") -> "Iterator[tuple[Path, Fields]]":
    """Yield the subject and each component, with its path, in the order of the document."""
    path: Path = ("metadata", "component")
    if subject.values:
        yield path, subject
    waiting = [whole.numbered("components"), subject.numbered("components", path)]
    while waiting:
        for path, part in waiting[-1]:
            part.title = part.text("name") or f"component {path[-1]}"
            yield path, part
            if len(waiting) < DEPTH:
                waiting.append(part.numbered("components", path))
                break
            part.refuse("components", "is nested too deeply to be read")
        else:
            waiting.pop()


def _edges(whole: "Fields") -> dict[str, list[str]]:
    edges: dict[str, list[str]] = {}
    for each in whole.tables("dependencies"):
        edges.setdefault(each.text("ref"), []).extend(each.texts("dependsOn"))
    return edges


def _component(part: "Fields", ref: str, subject: "Fields") -> bill.Component:
    properties = [(each.text("name"), each.text("value")) for each in part.tables("properties")]
    return bill.Component(
        ref,
        part.text("type"),
        part.title,
        part.text("version"),
        part.text("purl"),
        part.place,
        tuple(dict.fromkeys(_groups(properties))),
        tuple(dict.fromkeys(_hashes(part))),
        next((value for name, value in properties if name in _MARKERS), ""),
        part.values is subject.values
        or (ref == subject.text("bom-ref"))
        or any(name in OWN and value != "false" for name, value in properties),
        source=next((value for name, value in properties if name == SOURCE), ""),
    )


def _groups(properties: list[tuple[str, str]]) -> "Iterator[str]":
    for name, value in properties:
        if name in _GROUPS and value:
            yield _GROUP_WORDS.get(value, f"group:{value}")
        elif name in _DEVELOPMENT and value == "true":
            yield "group:dev"


def _hashes(part: "Fields") -> "Iterator[str]":
    """Yield the hashes of the component, and those of the files in which it is distributed."""
    yield from fields.hashes(part.objects("hashes"), "alg", "content")
    for reference in part.objects("externalReferences"):
        if reference.get("type") == "distribution":
            yield from fields.hashes(reference.get("hashes"), "alg", "content")
