"""SPDX as a source: packages and relationships, of every version, and every way in which they can be wrong."""

import json
from pathlib import Path

import pytest

from pip_assay.model import INDEX, PYPI, UNCOVERED, Dependency, Inventory, Origin, Pin, Place
from pip_assay.sources.sbom import flaws, spdx

PROJECTS = Path(__file__).resolve().parents[1] / "projects"
DOCUMENT = "SPDXRef-DOCUMENT"

Relationship = tuple[str, str, str]


def package(name: str, version: str = "1.0", url: str | None = None, **more: object) -> dict[str, object]:
    """One package, of the Python index where `url` does not say another; an empty one is none."""
    locator = f"pkg:pypi/{name}@{version}" if url is None else url
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}
    made = {
        "SPDXID": f"SPDXRef-{name}",
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "externalRefs": [reference] if locator else [],
    }
    return made | more


def document(*packages: object, related: tuple[Relationship, ...] = (), **more: object) -> dict[str, object]:
    """A document of version 2.3; the ends of its relationships are names, and "" is the document."""
    relationships = [
        {
            "spdxElementId": f"SPDXRef-{element}" if element else DOCUMENT,
            "relationshipType": word,
            "relatedSpdxElement": f"SPDXRef-{other}" if other else DOCUMENT,
        }
        for element, word, other in related
    ]
    made = {"spdxVersion": "SPDX-2.3", "SPDXID": DOCUMENT, "packages": list(packages), "relationships": relationships}
    return made | more


def parse(values: object) -> Inventory:
    """What is read from a document with these values."""
    return spdx.parse(json.dumps(values, indent=1).encode(), "a.spdx.json")


def tags(*lines: str) -> Inventory:
    """What is read from a document with these lines."""
    return spdx.parse("\n".join(lines).encode(), "a.spdx")


def graph(*elements: object, version: str = "3.0.1", context: str = "3.0.1") -> Inventory:
    """What is read from a document of version 3 with these elements."""
    info = {"type": "CreationInfo", "@id": "_:info", "specVersion": version}
    values = {"@context": f"https://spdx.org/rdf/{context}/spdx-context.jsonld", "@graph": [info, *elements]}
    return spdx.parse(json.dumps(values, indent=1).encode(), "a.spdx3.json")


def element(name: str, version: str = "1.0", **more: object) -> dict[str, object]:
    """One package of version 3."""
    made = {
        "type": "software_Package",
        "spdxId": f"https://documents.example/{name}",
        "name": name,
        "software_packageVersion": version,
        "software_packageUrl": f"pkg:pypi/{name}@{version}",
    }
    return made | more


def relation(start: str, word: str, *ends: str, **more: object) -> dict[str, object]:
    """One relationship of version 3."""
    there = [f"https://documents.example/{end}" for end in ends]
    start = f"https://documents.example/{start}"
    return {"type": "Relationship", "from": start, "relationshipType": word, "to": there} | more


def pins(inventory: Inventory) -> list[str]:
    """What was found, in short."""
    return [str(each.pin) for each in inventory.dependencies]


def problems(inventory: Inventory) -> list[tuple[str, str, int]]:
    """What is wrong: gap, words and line."""
    return [(each.gap, each.what, each.place.line if each.place else -1) for each in inventory.problems]


def only(inventory: Inventory) -> Dependency:
    """The one dependency of an inventory without problems."""
    assert inventory.problems == ()
    (found,) = inventory.dependencies
    return found


RELATED: tuple[Relationship, ...] = (
    ("", "DESCRIBES", "me"),
    ("me", "DEPENDS_ON", "Alpha"),
    ("beta", "DEPENDENCY_OF", "Alpha"),
)


def test_a_package_has_pin_place_hashes_and_edges() -> None:
    """Everything that a document says of one package is kept, with the line and column of its name."""
    checksums = [{"algorithm": "SHA256", "checksumValue": "aa"}, {"algorithm": "MD5", "checksumValue": "bb"}]
    me = package("me", url="", primaryPackagePurpose="APPLICATION")
    found = parse(document(me, package("Alpha", checksums=checksums), package("beta"), related=RELATED))
    assert found.problems == ()
    assert (found.target, found.kind, found.detail) == ("a.spdx.json", "spdx", "SPDX 2.3")
    assert found.dependencies == (
        Dependency(
            Pin(PYPI, "alpha", "1.0"),
            Place("a.spdx.json", 15, 13),
            (),
            ("beta",),
            True,
            INDEX,
            None,
            ("sha256:aa", "md5:bb"),
            spelling="Alpha",
        ),
        Dependency(Pin(PYPI, "beta", "1.0"), Place("a.spdx.json", 38, 13), direct=False, spelling="beta"),
    )


@pytest.mark.parametrize(
    ("related", "groups", "direct"),
    [
        ((("me", "DEPENDS_ON", "alpha"),), (), True),
        ((("alpha", "DEPENDENCY_OF", "me"),), (), True),
        ((("me", "STATIC_LINK", "alpha"),), (), True),
        ((("alpha", "RUNTIME_DEPENDENCY_OF", "me"),), ("runtime",), True),
        ((("alpha", "DEV_DEPENDENCY_OF", "me"),), ("group:dev",), True),
        ((("alpha", "TEST_TOOL_OF", "me"),), ("group:test",), True),
        ((("alpha", "BUILD_TOOL_OF", "me"), ("alpha", "DEV_TOOL_OF", "me")), ("build", "group:dev"), True),
        ((("alpha", "DEV_DEPENDENCY_OF", "me"), ("beta", "DEPENDS_ON", "alpha")), ("runtime", "group:dev"), True),
        ((("alpha", "OPTIONAL_DEPENDENCY_OF", "me"),), (), True),
        ((("alpha", "GENERATED_FROM", "me"),), (), None),
        ((("me", "DEPENDS_ON", "NOASSERTION"),), (), None),
    ],
)
def test_relationships_tell_groups(
    related: tuple[Relationship, ...], groups: tuple[str, ...], direct: bool | None
) -> None:
    """Some relationships say what a package is for; one that is needed in another way too is needed at run time."""
    found = parse(
        document(package("me"), package("alpha"), package("beta"), related=(("", "DESCRIBES", "me"), *related))
    )
    alpha = found.dependencies[0]
    if related[0][2] != "NOASSERTION":
        assert found.problems == ()
    assert (alpha.pin.name, alpha.groups, alpha.direct) == ("alpha", groups, direct)


def test_no_assertion_is_no_edge() -> None:
    """NONE and NOASSERTION are no packages."""
    values = document(package("me"), package("alpha"), documentDescribes=["SPDXRef-me", "NOASSERTION"])
    values["relationships"] = [
        {"spdxElementId": "SPDXRef-me", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": each}
        for each in ("NONE", "NOASSERTION")
    ]
    assert only(parse(values)).direct is None


def test_what_a_package_contains_is_inside_it() -> None:
    """Both directions of the relationship mean the same; what the subject contains is inside nothing."""
    related = (
        ("", "DESCRIBES", "me"),
        ("me", "CONTAINS", "alpha"),
        ("alpha", "CONTAINS", "beta"),
        ("gamma", "CONTAINED_BY", "alpha"),
    )
    found = parse(document(*map(package, ("me", "alpha", "beta", "gamma")), related=related))
    assert [(each.pin.name, each.inside and each.inside.name) for each in found.dependencies] == [
        ("alpha", None),
        ("beta", "alpha"),
        ("gamma", "alpha"),
    ]


def test_who_is_the_subject() -> None:
    """The only package that is described is; of several, those that stand for what is below them, and no release."""
    described = parse(document(package("me"), package("alpha"), documentDescribes=["SPDXRef-me"]))
    assert pins(described) == ["alpha 1.0"]
    backwards = parse(document(package("me"), package("alpha"), related=(("me", "DESCRIBED_BY", ""),)))
    assert pins(backwards) == ["alpha 1.0"]
    several = (("", "DESCRIBES", "me"), ("", "DESCRIBES", "alpha"), ("me", "DEPENDS_ON", "beta"))
    found = parse(document(package("me", url=""), package("alpha"), package("beta"), related=several))
    assert [(each.pin.name, each.direct) for each in found.dependencies] == [("alpha", True), ("beta", True)]
    released = parse(document(package("me"), package("alpha"), package("beta"), related=several))
    assert [(each.pin.name, each.direct) for each in released.dependencies] == [
        ("me", True),
        ("alpha", True),
        ("beta", False),
    ]
    alone = only(parse(document(package("alpha"), related=(("", "DESCRIBES", "alpha"),))))
    assert (alone.pin.name, alone.direct) == ("alpha", True)
    bare = parse(document(package("a", url=""), package("b", url=""), documentDescribes=["SPDXRef-a", "SPDXRef-b"]))
    assert [each.skipped for each in bare.dependencies] == [flaws.UNNAMED] * 2


def test_every_package_url_of_a_package_counts() -> None:
    """A package may be published in two places; a reference of version 2.2, and one by address, is a package URL."""
    references = [
        {"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "pkg:pypi/alpha@1.0"},
        {"referenceCategory": "PERSISTENT-ID", "referenceType": "http://spdx.org/rdf/references/purl",
         "referenceLocator": "pkg:cargo/alpha@1.0"},
        {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:alpha"},
    ]  # fmt: skip
    found = parse(document(package("alpha", externalRefs=references), spdxVersion="SPDX-2.2"))
    assert [each.pin for each in found.dependencies] == [Pin(PYPI, "alpha", "1.0"), Pin("crates.io", "alpha", "1.0")]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("location", "origin"),
    [
        ("git+https://me:secret@code.example/alpha@0123", Origin("vcs", "git+https://code.example/alpha@0123")),
        ("file:///somewhere/alpha", Origin("path", "file:///somewhere/alpha")),
        ("https://files.example/alpha-1.0.tar.gz", INDEX),
        ("NOASSERTION", INDEX),
    ],
)
def test_the_download_location_tells_a_checkout(location: str, origin: Origin) -> None:
    """An address of a file may be the index's; a checkout and a folder are not."""
    assert only(parse(document(package("alpha", downloadLocation=location)))).origin == origin


def test_what_is_not_asserted_is_absent() -> None:
    """A version that nobody asserts is none; what is no package is not listed without a package URL."""
    found = parse(
        document(
            package("alpha", "NOASSERTION", url="pkg:pypi/alpha"),
            package("system", url="", primaryPackagePurpose="OPERATING-SYSTEM"),
            package("zlib", url="pkg:generic/zlib@1"),
            package("loose", url="", primaryPackagePurpose="LIBRARY"),
        )
    )
    assert [(each.pin.name, each.skipped) for each in found.dependencies] == [
        ("alpha", flaws.UNPINNED),
        ("zlib", UNCOVERED),
        ("loose", flaws.UNNAMED),
    ]
    assert [each.gap for each in found.problems] == ["unpinned", "unreadable"]


def test_edges_to_what_is_not_there_are_a_problem() -> None:
    """A file is there; what is in no list is not."""
    related = (("alpha", "DEPENDS_ON", "file"), ("alpha", "DEPENDS_ON", "gone"))
    found = parse(document(package("alpha"), related=related, files=[{"SPDXID": "SPDXRef-file", "fileName": "f"}]))
    what = "names SPDXRef-gone as a dependency, and does not hold it, so it may be cut short"
    assert problems(found) == [("missing", what, 0)]


@pytest.mark.parametrize(
    ("values", "gap", "what"),
    [
        (document(), "empty", "holds no package"),
        ({"bomFormat": "CycloneDX"}, "unreadable", "is not an SPDX document"),
        ([], "unreadable", "is not an SPDX document"),
    ],
)
def test_nothing_to_audit_is_a_problem(values: object, gap: str, what: str) -> None:
    """A document without packages, or one of another kind, is never clean."""
    assert problems(parse(values)) == [(gap, what, 0)]


@pytest.mark.parametrize(
    ("version", "what"),
    [
        ("SPDX-2.4", "was written for SPDX 2.4; what is new in it was not read"),
        ("SPDX-4.0", "was written for SPDX 4.0; what is new in it was not read"),
        ("two", "does not say which version of SPDX it has"),
    ],
)
def test_a_future_version_is_read_with_a_problem(version: str, what: str) -> None:
    """What is known of it is read."""
    found = parse(document(package("alpha"), spdxVersion=version))
    assert (pins(found), problems(found)) == (["alpha 1.0"], [("unreadable", what, 0)])


def test_wrong_types_are_problems_and_the_rest_is_read() -> None:
    """Each field of a wrong type that matters is told."""
    values = document(None, package("alpha", primaryPackagePurpose=3, externalRefs=[3]), package("beta"), files={})
    values["relationships"] = [3, {"spdxElementId": [], "relationshipType": "DEPENDS_ON", "relatedSpdxElement": {}}]
    found = parse(values)
    assert pins(found) == ["alpha 1.0", "beta 1.0"]
    assert {each.what for each in found.problems} == {
        '"packages" of a.spdx.json holds something that is not an object',
        '"relationships" of a.spdx.json holds something that is not an object',
        '"spdxElementId" of a.spdx.json is not text',
        '"relatedSpdxElement" of a.spdx.json is not text',
        '"files" of a.spdx.json is not a list',
        '"primaryPackagePurpose" of alpha is not text',
        '"externalRefs" of alpha holds something that is not an object',
        "alpha has no package URL, so it cannot be told which project it is",
    }


# --- tags --------------------------------------------------------------------------------------


def test_tags_are_read_as_json_is() -> None:
    """Sections are packages and files; texts of several lines are passed over."""
    found = tags(
        "SPDXVersion: SPDX-2.2",
        "# a comment",
        "SPDXID: SPDXRef-DOCUMENT",
        "DocumentComment: <text>PackageName: no",
        "PackageName: neither</text>",
        "",
        "PackageName: me",
        "SPDXID: SPDXRef-me",
        "PackageName:  Alpha ",
        "SPDXID: SPDXRef-Alpha",
        "PackageVersion: 1.0",
        "PackageDownloadLocation: git+https://code.example/alpha",
        "PackageComment: <text>one line</text>",
        "PackageChecksum: SHA256: aa",
        "ExternalRef: PACKAGE-MANAGER purl pkg:pypi/alpha@1.0",
        "FileName: ./a.py",
        "SPDXID: SPDXRef-file",
        "FileChecksum: SHA1: bb",
        "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-me",
        "Relationship: SPDXRef-me DEPENDS_ON SPDXRef-Alpha",
        "RelationshipComment: so it is",
        "Relationship: SPDXRef-Alpha DEPENDS_ON SPDXRef-file",
    )
    assert only(found) == Dependency(
        Pin(PYPI, "alpha", "1.0"),
        Place("a.spdx", 9, 15),
        direct=True,
        origin=Origin("vcs", "git+https://code.example/alpha"),
        hashes=("sha256:aa",),
        spelling="Alpha",
    )
    assert found.detail == "SPDX 2.2"


def test_lines_that_are_no_tags_are_a_problem() -> None:
    """What cannot be understood is told once, with the first line of it, and so is a text without an end."""
    found = tags(
        "SPDXVersion: SPDX-2.3", "?", "PackageName: alpha", "ExternalRef: PACKAGE-MANAGER purl pkg:pypi/alpha@1", "!",
        "PackageComment: <text>", "PackageName: beta",
    )  # fmt: skip
    assert pins(found) == ["alpha 1"]
    assert problems(found) == [
        ("unreadable", 'holds what is no "Tag: value", as on 1 more lines', 2),
        ("unreadable", "holds a text that is not closed", 6),
    ]


def test_tags_that_lack_parts_are_read_as_far_as_they_go() -> None:
    """A reference without an address is none."""
    found = tags("SPDXVersion: SPDX-2.3", "PackageName: alpha", "ExternalRef: purl", "PackageChecksum: aa", "SPDXID:")
    assert [each.skipped for each in found.dependencies] == [flaws.UNNAMED]


def test_a_name_that_tags_spell_in_another_way_has_no_line() -> None:
    """A place with a line always points at the name."""
    found = tags("SPDXVersion: SPDX-2.3", "PackageName: al<text>pha</text>", "PackageName:", "PackageName: Name")
    assert [(each.spelling, each.place) for each in found.dependencies] == [
        ("alpha", Place("a.spdx")),
        ("package 2", Place("a.spdx")),
        ("Name", Place("a.spdx", 4, 14)),
    ]


# --- version 3 ---------------------------------------------------------------------------------


def test_a_graph_is_read_as_version_2_is() -> None:
    """Packages, their relationships and scopes, and what the document is about, are put into the older words."""
    purl = {"type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": "pkg:pypi/beta@2.0"}
    beta = element("beta", "2.0", software_packageUrl=None, externalIdentifier=[purl, purl])
    alpha = element("Alpha", verifiedUsing=["_:hash", {"type": "Hash", "algorithm": "sha256", "hashValue": "aa"}])
    found = graph(
        {"type": "SpdxDocument", "spdxId": "https://documents.example/doc", "rootElement": ["https://documents.example/sbom"]},
        {"type": "software_Sbom", "spdxId": "https://documents.example/sbom", "rootElement": ["https://documents.example/me"]},
        element("me"),
        alpha,
        beta,
        element("gamma"),
        relation("me", "dependsOn", "Alpha"),
        relation("Alpha", "dependsOn", "beta", type="LifecycleScopedRelationship", scope="runtime"),
        relation("me", "usesTool", "gamma", type="LifecycleScopedRelationship", scope="build"),
        relation("Alpha", "contains", "gamma"),
    )  # fmt: skip
    assert found.problems == ()
    assert found.detail == "SPDX 3.0.1"
    assert [(each.pin.name, each.groups, each.requires, each.direct) for each in found.dependencies] == [
        ("alpha", (), ("beta",), True),
        ("beta", ("runtime",), (), False),
        ("gamma", ("build",), (), True),
    ]
    assert found.dependencies[0].hashes == ("sha256:aa",)
    assert found.dependencies[2].inside == Pin(PYPI, "alpha", "1.0")
    assert found.dependencies[0].place.line == 33


def test_a_document_that_is_one_element_and_refers_by_objects_is_read() -> None:
    """JSON-LD need not have a graph, nor lists; models without a package URL are no packages."""
    values = element("alpha") | {"@context": "https://spdx.org/rdf/3.0.0/spdx-context.jsonld"}
    found = spdx.parse(json.dumps(values).encode(), "a.json")
    assert (only(found).pin.name, found.detail) == ("alpha", "SPDX 3.0.0")
    there = relation("alpha", "dependsOn") | {"to": {"spdxId": "https://documents.example/beta"}}
    related = graph(
        element("alpha"), element("beta"), element("m", type="ai_AIPackage", software_packageUrl=None), there
    )
    assert [(each.pin.name, each.requires) for each in related.dependencies] == [("alpha", ("beta",)), ("beta", ())]


@pytest.mark.parametrize("version", ["3.1", "3.5.2", "4.0"])
def test_a_later_graph_is_read_with_a_problem(version: str) -> None:
    """What is known of it is read."""
    found = graph(element("alpha"), version=version)
    what = f"was written for SPDX {version}; what is new in it was not read"
    assert (pins(found), problems(found)) == (["alpha 1.0"], [("unreadable", what, 0)])


def test_wrong_types_in_a_graph_are_problems() -> None:
    """Whatever stands where, the rest is read."""
    found = graph(
        3,
        element("alpha", verifiedUsing=3, externalIdentifier=["_:x"]) | {"name": []},
        {"type": "SpdxDocument", "rootElement": 3},
        {"type": [], "spdxId": []},
        relation("alpha", "dependsOn") | {"from": 3, "to": [3, None]},
        {"type": "CreationInfo", "specVersion": 3},
    )
    assert pins(found) == ["alpha 1.0"]
    assert {each.what for each in found.problems} >= {
        '"@graph" of a.spdx3.json holds something that is not an object',
        '"type" of a.spdx3.json is not text',
        '"name" of a.spdx3.json is not text',
    }


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "yes"),
    [
        ("alpha.spdx", True), ("alpha.spdx.json", True), ("ALPHA.SPDX.JSON", True), ("alpha.spdx3.json", True),
        ("alpha.spdx.jsonld", True), ("alpha.json", False), ("spdx.json", False), ("bom.json", False),
    ],
)  # fmt: skip
def test_names_of_files(name: str, yes: bool) -> None:
    """The names that the specification recommends are recognised."""
    assert spdx.recognises(name) is yes


@pytest.mark.parametrize(
    ("start", "yes"),
    [
        (b'{"spdxVersion": "SPDX-2.3"', True),
        (b'\xef\xbb\xbf\n{\n "SPDXID" : "SPDXRef-DOCUMENT"', True),
        (b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"', True),
        ('{"spdxVersion": 1}'.encode("utf-16"), True),
        (b"SPDXVersion: SPDX-2.3\n", True),
        (b"# made by hand\n\n  SPDXVersion: SPDX-2.3", True),
        (b"# SPDX-License-Identifier: MIT\nalpha==1.0", False),
        (b'{"bomFormat": "CycloneDX"', False),
        (b"PackageName: SPDXVersion:", False),
        (b"", False),
    ],
)
def test_content_tells_the_format(start: bytes, yes: bool) -> None:
    """A document on standard input, or under any name, is known by how it starts."""
    assert spdx.is_one(start) is yes


@pytest.mark.parametrize(
    ("content", "gap"),
    [(b"", "empty"), (b"{", "unreadable"), (b"\xff\xff", "unreadable"), (b"[" * 100_000, "unreadable")],
)  # fmt: skip
def test_what_is_no_document_is_one_problem(content: bytes, gap: str) -> None:
    """Nothing is ever clean that could not be read."""
    found = spdx.parse(content, "a.spdx.json")
    assert (found.dependencies, [each.gap for each in found.problems]) == ((), [gap])


def test_a_file_is_read_and_a_missing_one_is_a_problem(tmp_path: Path) -> None:
    """Reading a file is reading its content; the target may have another name."""
    path = tmp_path / "a.spdx.json"
    assert problems(spdx.read(str(path))) == [("missing", "does not exist", 0)]
    path.write_text(json.dumps(document(package("alpha"))))
    found = spdx.read(str(path), target="image")
    assert (found.target, pins(found), found.dependencies[0].place.file) == ("image", ["alpha 1.0"], str(path))


@pytest.mark.parametrize(
    ("file", "found", "gap"),
    [
        ("spdx/application.spdx.json", ["alpha 1.2", "beta"], "unpinned"),
        ("spdx-tag-value/application.spdx", ["alpha 1.2", "beta 0.9"], "unreadable"),
        ("spdx3/application.spdx3.json", ["alpha 1.2"], "unreadable"),
    ],
)
def test_the_projects_are_read(file: str, found: list[str], gap: str) -> None:
    """Each sample project is wrong in one way."""
    inventory = spdx.read(str(PROJECTS / file))
    assert (pins(inventory), [each.gap for each in inventory.problems]) == (found, [gap])
