"""SPDX 3.0 as JSON-LD: a graph of elements, put into the words of SPDX 2."""

import re

from pip_assay.sources.sbom.fields import Fields
from pip_assay.sources.sbom.spdx import DOCUMENT, Document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pip_assay.sources.sbom.fields import Path

_CONTEXT = r"spdx\.org/rdf/([0-9]+\.[0-9]+(?:\.[0-9]+)?)"
_DOCUMENTS = frozenset(("SpdxDocument", "Bom", "software_Sbom", "Bundle"))
_PACKAGES = {"software_Package": "", "ai_AIPackage": "model", "dataset_DatasetPackage": "data"}
_WORDS = {
    "contains": "CONTAINS",
    "dependsOn": "DEPENDS_ON",
    "describes": "DESCRIBES",
    "hasDynamicLink": "DYNAMIC_LINK",
    "hasOptionalDependency": "DEPENDS_ON",
    "hasPrerequisite": "HAS_PREREQUISITE",
    "hasProvidedDependency": "DEPENDS_ON",
    "hasStaticLink": "STATIC_LINK",
    "usesTool": "DEPENDS_ON",
}
_SCOPES = {
    "build": "BUILD_DEPENDENCY_OF",
    "development": "DEV_DEPENDENCY_OF",
    "runtime": "RUNTIME_DEPENDENCY_OF",
    "test": "TEST_DEPENDENCY_OF",
}
"""In SPDX 2 the scope of a dependency is in the word for it, which reads the other way round."""


def document(whole: Fields) -> Document:
    """Return what a document of version 3 says."""
    elements = list(whole.numbered("@graph")) or [((), whole)]
    packages: dict[Path, Fields] = {}
    relationships: list[tuple[str, str, str]] = []
    described: set[str] = set()
    others = set()
    for path, each in elements:
        kind = _kind(each)
        if kind in _PACKAGES:
            each.title = each.text("name") or f"package {len(packages) + 1}"
            packages[path] = _package(each, _PACKAGES[kind])
            continue
        others.add(_ref(each.values))
        if kind in _DOCUMENTS:
            described.update(_refs(each.values.get("rootElement")))
        elif kind in {"Relationship", "LifecycleScopedRelationship"}:
            relationships += _relationships(each)
    described |= {related for _, word, related in relationships if word == "DESCRIBES"}
    return Document(_version(whole, elements), DOCUMENT, packages, relationships, described, others)


def _kind(element: Fields) -> str:
    return element.text("type" if "type" in element.values else "@type")


def _ref(value: object) -> str:
    """Return the identity of an element, or of what stands for it."""
    if isinstance(value, dict):
        value = value.get("spdxId", value.get("@id"))
    return value if isinstance(value, str) else ""


def _refs(value: object) -> "Iterator[str]":
    """Yield what a property refers to: one thing, or a list."""
    for each in value if isinstance(value, list) else [value]:
        if ref := _ref(each):
            yield ref


def _relationships(element: Fields) -> "Iterator[tuple[str, str, str]]":
    word, scope = _WORDS.get(element.text("relationshipType"), ""), element.text("scope")
    holder = _ref(element.values.get("from"))
    for needed in _refs(element.values.get("to")) if word else ():
        if scope in _SCOPES and word not in {"CONTAINS", "DESCRIBES"}:
            yield needed, _SCOPES[scope], holder
        else:
            yield holder, word, needed


def _package(element: Fields, purpose: str) -> Fields:
    """Return the package with the keys of SPDX 2; `purpose` is that of a package that does not say it."""
    identifiers = element.tables("externalIdentifier")
    urls = [each.text("identifier") for each in identifiers if each.text("externalIdentifierType") == "packageUrl"]
    values: dict[str, Any] = {
        "SPDXID": _ref(element.values),
        "name": element.text("name"),
        "versionInfo": element.text("software_packageVersion"),
        "primaryPackagePurpose": element.text("software_primaryPurpose") or purpose,
        "downloadLocation": element.text("software_downloadLocation"),
        "externalRefs": [
            {"referenceType": "purl", "referenceLocator": url}
            for url in [element.text("software_packageUrl"), *urls]
            if url
        ],
        "checksums": list(_checksums(element.values.get("verifiedUsing"))),
    }
    return element.replaced(values)


def _checksums(hashes: object) -> "Iterator[dict[str, object]]":
    for each in hashes if isinstance(hashes, list) else ():
        if isinstance(each, dict):
            yield {"algorithm": each.get("algorithm"), "checksumValue": each.get("hashValue")}


def _version(whole: Fields, elements: "list[tuple[Path, Fields]]") -> str:
    """Return the version that the creation info of the elements has, or else the context."""
    for _, each in elements:
        info = each.values if _kind(each) == "CreationInfo" else each.values.get("creationInfo")
        version = info.get("specVersion") if isinstance(info, dict) else None
        if isinstance(version, str):
            return version
    context = whole.values.get("@context")
    found = re.search(_CONTEXT, " ".join(_refs(context)))
    return found[1] if found else ""
