"""The laws of bills of materials: nothing makes reading fail, places are true, every form of one says the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from hypothesis import given, settings
from hypothesis import strategies as st
from packageurl import PackageURL

from pip_assay.model import PYPI, Inventory
from pip_assay.names import normalise
from pip_assay.sources.sbom import cyclonedx, spdx

Parse = Callable[[bytes, str], Inventory]

PROJECTS = Path(__file__).resolve().parents[1] / "projects"
SAMPLES = [
    ("cyclonedx/bom.json", cyclonedx.parse),
    ("cyclonedx-xml/bom.xml", cyclonedx.parse),
    ("spdx/application.spdx.json", spdx.parse),
    ("spdx-tag-value/application.spdx", spdx.parse),
    ("spdx3/application.spdx3.json", spdx.parse),
]
samples = pytest.mark.parametrize(("file", "parse"), SAMPLES)
JSON = pytest.mark.parametrize(("file", "parse"), [each for each in SAMPLES if each[0].endswith("json")])


def holds(parse: Parse, content: bytes, encoding: str = "utf-8-sig") -> Inventory:
    """The law of every content: reading does not raise, twice is the same, names and places are as promised."""
    found = parse(content, "file")
    assert parse(content, "file") == found
    assert found.dependencies or found.problems
    lines = content.decode(encoding, "replace").split("\n")
    for each in found.dependencies:
        assert each.pin.ecosystem != PYPI or each.pin.name == normalise(each.pin.name)
        assert each.place.file == "file"
        if each.place.line:
            assert lines[each.place.line - 1][each.place.column - 1 :].startswith(each.spelling)
    skipped = {each.pin.name for each in found.dependencies if each.skipped and "no advisory data" not in each.skipped}
    assert skipped <= {each.subject for each in found.problems}
    return found


@given(st.binary(), st.sampled_from([b"", b"{", b"<", b"SPDXVersion:", b'{"bomFormat": "CycloneDX", "components": [']))
def test_any_bytes_are_read_or_a_problem(content: bytes, start: bytes) -> None:
    """Reading never raises, and nothing is ever clean that could not be read."""
    for parse in (cyclonedx.parse, spdx.parse):
        holds(parse, start + content)
    assert isinstance(cyclonedx.is_one(start + content), bool)
    assert isinstance(spdx.is_one(start + content), bool)


@samples
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.binary(max_size=6)), min_size=1, max_size=3))
def test_changed_documents_are_read_or_a_problem(
    file: str, parse: Parse, changes: list[tuple[float, int, bytes]]
) -> None:
    """Whatever is cut out of a document or put into it, anywhere."""
    content = (PROJECTS / file).read_bytes()
    for where, size, new in changes:
        at = int(where * len(content))
        content = content[:at] + new + content[at + size :]
        holds(parse, content)


@samples
def test_documents_that_are_cut_short_are_never_clean(file: str, parse: Parse) -> None:
    """A document that ends early anywhere is a problem, or says less."""
    content = (PROJECTS / file).read_bytes()
    whole = len(parse(content, "file").dependencies)
    for end in range(len(content.rstrip())):
        found = holds(parse, content[:end])
        assert found.problems or len(found.dependencies) < whole or file.endswith(".spdx")


keys = st.sampled_from(["name", "ref", "purl"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)


def slots(value: object) -> list[tuple[Any, Any]]:
    """Every object or list in a value, with each of its keys or indices."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else list(range(len(here))) if isinstance(here, list) else []
        for key in keys:
            found.append((here, key))
            waiting.append(here[key])  # type: ignore[index]
    return found


@JSON
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), json_values), min_size=1, max_size=4))
def test_any_value_may_stand_anywhere(file: str, parse: Parse, changes: list[tuple[float, object]]) -> None:
    """A document whose fields have any type is read as far as it goes."""
    document = json.loads((PROJECTS / file).read_bytes())
    for where, value in changes:
        there = slots(document)
        holder, key = there[int(where * len(there))]
        holder[key] = value
    holds(parse, json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "replace"))


@samples
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_encodings_change_nothing(file: str, parse: Parse, encoding: str) -> None:
    """A document says the same with the line ends of Windows, a byte order mark, or as UTF-16."""
    text = (PROJECTS / file).read_text(encoding="utf-8")
    if file.endswith(".xml"):
        text = text.replace('encoding="UTF-8"', 'encoding="UTF-16"' if encoding == "utf-16" else 'encoding="UTF-8"')
    expected = parse((PROJECTS / file).read_bytes(), "file")
    content = text.replace("\n", "\r\n").encode(encoding)
    found = holds(parse, content, encoding)
    assert found.dependencies == expected.dependencies
    assert [(each.gap, each.what) for each in found.problems] == [(each.gap, each.what) for each in expected.problems]


# --- one set of components in every form ---------------------------------------------------------

NAMES = ("alpha", "Beta_Two", "gamma.three", "delta", "epsilon", "zeta")
names = st.sampled_from(NAMES)


@st.composite
def bills(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, set[str]], set[str]]:
    """Names with versions, what each depends on, and what the subject asks for."""
    versions = draw(st.dictionaries(names, st.sampled_from(["1.0", "2.0+local", "1!3", "4.0rc1"]), min_size=1))
    chosen = st.sets(st.sampled_from(sorted(versions)))
    return versions, {name: draw(chosen) - {name} for name in versions}, draw(chosen)


def says(found: Inventory, versions: dict[str, str], edges: dict[str, set[str]], asked: set[str], graph: bool) -> None:
    """The law of one set: every form of it is read as the set that it was made of."""
    assert found.problems == ()
    assert {each.spelling: each.pin for each in found.dependencies} == {
        name: (PYPI, normalise(name), version) for name, version in versions.items()
    }
    if graph:
        for each in found.dependencies:
            assert set(each.requires) == {normalise(name) for name in edges[each.spelling]}
            assert each.direct is (each.spelling in asked if asked else None)


@pytest.mark.filterwarnings("ignore:The Component this BOM is describing")
@settings(max_examples=25)
@given(bills())
def test_cyclonedx_says_the_same_in_every_form(
    made: tuple[dict[str, str], dict[str, set[str]], set[str]],
) -> None:
    """What the library of CycloneDX writes is read as it was meant: in JSON and XML, of every version."""
    versions, edges, asked = made
    bom = Bom()
    bom.metadata.component = subject = Component(name="me", type=ComponentType.APPLICATION, bom_ref=BomRef("me"))
    parts = {
        name: Component(
            name=name, version=version, type=ComponentType.LIBRARY, bom_ref=BomRef(f"ref-{name}"),
            purl=PackageURL("pypi", None, name, version),
        )
        for name, version in versions.items()
    }  # fmt: skip
    bom.components.update(parts.values())
    for name, part in parts.items():
        bom.register_dependency(part, [parts[each] for each in edges[name]])
    bom.register_dependency(subject, [parts[each] for each in asked])
    for version in SchemaVersion:
        for form in OutputFormat:
            if form is OutputFormat.JSON and version in {SchemaVersion.V1_0, SchemaVersion.V1_1}:
                continue
            text = make_outputter(bom, form, version).output_as_string(indent=1)
            found = holds(cyclonedx.parse, text.encode())
            assert found.detail == f"CycloneDX {version.to_version()}"
            graph = version not in {SchemaVersion.V1_0, SchemaVersion.V1_1}
            says(found, versions, edges, asked, graph)


def second(versions: dict[str, str], edges: dict[str, set[str]], asked: set[str]) -> dict[str, Any]:
    """The set as SPDX 2.3 has it in JSON."""
    related = [("me", "DEPENDS_ON", each) for each in sorted(asked)]
    related += [(each, "DEPENDENCY_OF", name) for name in versions for each in sorted(edges[name])]
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "documentDescribes": ["me"],
        "packages": [{"SPDXID": "me", "name": "me"}]
        + [
            {
                "SPDXID": name,
                "name": name,
                "versionInfo": version,
                "externalRefs": [
                    {
                        "referenceCategory": "PACKAGE-MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": PackageURL("pypi", None, name, version).to_string(),
                    }
                ],
            }
            for name, version in versions.items()
        ],
        "relationships": [
            {"spdxElementId": element, "relationshipType": word, "relatedSpdxElement": other}
            for element, word, other in related
        ],
    }


def tags(document: dict[str, Any]) -> str:
    """A document of SPDX 2 as tags."""
    lines = ["SPDXVersion: SPDX-2.3", "SPDXID: SPDXRef-DOCUMENT"]
    for package in document["packages"]:
        lines += ["", f"PackageName: {package['name']}", f"SPDXID: {package['SPDXID']}"]
        lines += [f"PackageVersion: {package['versionInfo']}"] if "versionInfo" in package else []
        lines += [f"ExternalRef: {' '.join(reference.values())}" for reference in package.get("externalRefs", [])]
    lines += [f"Relationship: SPDXRef-DOCUMENT DESCRIBES {ref}" for ref in document["documentDescribes"]]
    return "\n".join([*lines, *(f"Relationship: {' '.join(each.values())}" for each in document["relationships"])])


def third(versions: dict[str, str], edges: dict[str, set[str]], asked: set[str]) -> dict[str, Any]:
    """The set as SPDX 3.0 has it."""
    packages = [
        {
            "type": "software_Package",
            "spdxId": name,
            "name": name,
            "software_packageVersion": version,
            "software_packageUrl": PackageURL("pypi", None, name, version).to_string(),
        }
        for name, version in versions.items()
    ]
    related = [("me", asked), *edges.items()]
    return {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {"type": "SpdxDocument", "spdxId": "document", "rootElement": ["me"]},
            {"type": "software_Package", "spdxId": "me", "name": "me"},
            *packages,
            *(
                {"type": "Relationship", "from": name, "relationshipType": "dependsOn", "to": sorted(needed)}
                for name, needed in related
            ),
        ],
    }


@given(bills())
def test_spdx_says_the_same_in_every_form(made: tuple[dict[str, str], dict[str, set[str]], set[str]]) -> None:
    """One set of packages is read as it was meant, in JSON and in tags, and as a graph."""
    document = second(*made)
    for text in (json.dumps(document, indent=1), tags(document), json.dumps(third(*made), indent=1)):
        says(holds(spdx.parse, text.encode()), *made, graph=True)
