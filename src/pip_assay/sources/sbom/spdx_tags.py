"""SPDX as lines of "Tag: value", read into the shape that it has as JSON."""

from pip_assay.model import Place, Problem
from pip_assay.sources.sbom.bill import HINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pip_assay.sources.sbom.fields import Path

_SECTIONS = {"PackageName": "packages", "FileName": "files", "SnippetSPDXID": "snippets"}
_TEXTS = {
    "PackageName": "name",
    "SPDXID": "SPDXID",
    "SnippetSPDXID": "SPDXID",
    "PackageVersion": "versionInfo",
    "PackageDownloadLocation": "downloadLocation",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
    "SPDXVersion": "spdxVersion",
}
_PARTS: dict[str, tuple[str, str | None, tuple[str, ...]]] = {
    "PackageChecksum": ("checksums", ":", ("algorithm", "checksumValue")),
    "ExternalRef": ("externalRefs", None, ("referenceCategory", "referenceType", "referenceLocator")),
    "Relationship": ("relationships", None, ("spdxElementId", "relationshipType", "relatedSpdxElement")),
}
"""Tags whose value has several parts: the list that they go into, what stands between the parts, and their keys."""


def read(text: str, file: str) -> "tuple[dict[str, Any], dict[Path, Place], list[Problem]]":
    """Return the values as JSON would have them, where each package writes its name, and what cannot be read."""
    whole: dict[str, Any] = {}
    places: dict[Path, Place] = {}
    odd: list[Place] = []
    section = whole
    open_text = 0
    for number, line in enumerate(text.split("\n"), 1):
        if open_text:
            open_text = 0 if "</text>" in line else open_text
            continue
        tag, colon, value = line.partition(":")
        tag, value = tag.strip(), value.strip()
        if not colon or not tag.isalnum():
            odd += [] if not line.strip() or tag.startswith("#") else [Place(file, number)]
            continue
        if "<text>" in value:
            open_text = 0 if "</text>" in value else number
            value = value.replace("<text>", "").replace("</text>", "").strip()
        if tag in _SECTIONS:
            section = {}
            whole.setdefault(_SECTIONS[tag], []).append(section)
        if tag == "PackageName" and value and (at := line.find(value, line.index(":"))) > 0:
            places["packages", len(whole["packages"]) - 1, "name"] = Place(file, number, at + 1)
        _put(whole if tag == "Relationship" else section, tag, value)
    return whole, places, _problems(odd, open_text, file)


def _put(section: "dict[str, Any]", tag: str, value: str) -> None:
    if tag in _TEXTS:
        section[_TEXTS[tag]] = value
    elif tag in _PARTS:
        key, separator, names = _PARTS[tag]
        parts = (each.strip() for each in value.split(separator, len(names) - 1))
        section.setdefault(key, []).append(dict(zip(names, parts, strict=False)))


def _problems(odd: list[Place], open_text: int, file: str) -> list[Problem]:
    found = []
    if odd:
        others = f", as on {len(odd) - 1} more lines" if odd[1:] else ""
        found.append(Problem("unreadable", f'holds what is no "Tag: value"{others}', odd[0], HINT, file))
    if open_text:
        found.append(Problem("unreadable", "holds a text that is not closed", Place(file, open_text), HINT, file))
    return found
