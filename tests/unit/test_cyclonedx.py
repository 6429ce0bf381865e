"""CycloneDX as a source: what is in it, who asked for it, and every way in which it can be wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from pip_assay.model import INDEX, PYPI, UNCOVERED, Dependency, Inventory, Origin, Pin, Place
from pip_assay.sources.distributions import UNTOLD
from pip_assay.sources.sbom import cyclonedx, cyclonedx_xml, fields, flaws

PROJECTS = Path(__file__).resolve().parents[1] / "projects"


def component(name: str, version: str = "1.0", **more: object) -> dict[str, object]:
    """One Python component; `more` are its other fields, with None for one that it is not to have."""
    made = {"type": "library", "bom-ref": name, "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"}
    return {key: value for key, value in (made | more).items() if value is not None}


def document(*components: object, version: str = "1.6", **more: object) -> dict[str, object]:
    """A document with these components; `more` are its other fields."""
    return {"bomFormat": "CycloneDX", "specVersion": version, "components": list(components), **more}


def parse(values: object) -> Inventory:
    """What is read from a document with these values."""
    return cyclonedx.parse(json.dumps(values, indent=1).encode(), "bom.json")


def xml(*lines: str, version: str = "1.4") -> Inventory:
    """What is read from an XML document with these lines."""
    start = f'<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/{version}">\n'
    return cyclonedx.parse((start + "\n".join(lines) + "\n</bom>").encode(), "bom.xml")


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


def test_a_component_has_pin_place_hashes_marker_and_edges() -> None:
    """Everything that a document says of one component is kept, with the line and column of its name."""
    files = [
        {"type": "distribution", "url": "https://x", "hashes": [{"alg": "SHA-256", "content": "bb"}]},
        {"type": "website", "url": "https://x", "hashes": [{"alg": "SHA-1", "content": "cc"}]},
    ]
    first = component(
        "Alpha_One",
        hashes=[{"alg": "SHA-512", "content": "aa"}],
        externalReferences=files,
        properties=[{"name": "uv:package:marker", "value": "sys_platform == 'win32'"}],
    )
    subject = {"type": "application", "bom-ref": "me", "name": "me"}
    edges = [{"ref": "me", "dependsOn": ["Alpha_One"]}, {"ref": "Alpha_One", "dependsOn": ["beta", "beta"]}]
    found = parse(document(first, component("beta"), metadata={"component": subject}, dependencies=edges))
    assert found.problems == ()
    assert (found.target, found.kind, found.detail) == ("bom.json", "cyclonedx", "CycloneDX 1.6")
    assert found.dependencies == (
        Dependency(
            Pin(PYPI, "alpha-one", "1.0"),
            Place("bom.json", 8, 13),
            (),
            ("beta",),
            True,
            INDEX,
            None,
            ("sha512:aa", "sha256:bb"),
            "sys_platform == 'win32'",
            "",
            "Alpha_One",
        ),
        Dependency(Pin(PYPI, "beta", "1.0"), Place("bom.json", 49, 13), direct=False, spelling="beta"),
    )


def test_tools_and_the_subject_are_not_listed() -> None:
    """What made the document is not installed, and what it is about is not a dependency of itself."""
    tools = {"components": [component("maker")]}
    metadata = {"component": component("me"), "tools": tools}
    assert pins(parse(document(component("alpha"), component("me"), metadata=metadata))) == ["alpha 1.0"]
    old = [{"vendor": "v", "name": "maker", "version": "1"}]
    assert pins(parse(document(component("alpha"), version="1.4", metadata={"tools": old}))) == ["alpha 1.0"]


def test_members_of_a_workspace_are_the_subject() -> None:
    """The tool uv marks the project and the members of its workspace; what they ask for is asked for directly."""
    synthetic = {
        "bom-ref": "ws",
        "name": "ws",
        "properties": [{"name": "uv:package:is_synthetic_root", "value": "true"}],
    }
    member = component("member", purl=None, properties=[{"name": "uv:workspace:path", "value": "packages/member"}])
    edges = [{"ref": "ws", "dependsOn": ["member"]}, {"ref": "member", "dependsOn": ["alpha"]}]
    other = [{"name": "uv:package:is_project_root", "value": "false"}]
    alpha = component("alpha", properties=other)
    found = only(parse(document(member, alpha, metadata={"component": synthetic}, dependencies=edges)))
    assert (found.pin.name, found.direct) == ("alpha", True)


def test_what_the_subject_reaches_through_no_package_is_direct() -> None:
    """Some tools put the file that names a dependency between it and the subject."""
    file = {"type": "application", "bom-ref": "requirements.txt", "name": "requirements.txt"}
    edges = [
        {"ref": "me", "dependsOn": ["requirements.txt"]},
        {"ref": "requirements.txt", "dependsOn": ["alpha", "requirements.txt"]},
        {"ref": "alpha", "dependsOn": ["beta"]},
    ]
    subject = {"type": "container", "bom-ref": "me", "name": "me"}
    found = parse(
        document(file, component("alpha"), component("beta"), metadata={"component": subject}, dependencies=edges)
    )
    assert [(each.pin.name, each.direct) for each in found.dependencies] == [("alpha", True), ("beta", False)]


def test_without_edges_of_the_subject_nobody_knows_what_is_direct() -> None:
    """A document need not say what the subject asks for."""
    assert only(parse(document(component("alpha")))).direct is None


def test_edges_name_the_version_where_a_name_has_several() -> None:
    """Two ecosystems may share a name, and one ecosystem may have two versions of it."""
    other = component("beta", "2.0", **{"bom-ref": "beta-2"}, purl="pkg:npm/beta@2.0")
    edges = [{"ref": "alpha", "dependsOn": ["beta"]}, {"ref": "beta-2", "dependsOn": ["alpha"]}]
    found = parse(document(component("alpha"), component("beta"), other, dependencies=edges))
    assert [each.requires for each in found.dependencies] == [("beta==1.0",), (), ("alpha",)]


def test_the_same_release_twice_is_one() -> None:
    """A release that is found in two places of an image is one dependency, with what both say."""
    second = component("alpha", **{"bom-ref": "again"}, hashes=[{"alg": "MD5", "content": "aa"}])
    edges = [{"ref": "alpha", "dependsOn": ["beta"]}, {"ref": "again", "dependsOn": ["gamma"]}]
    found = parse(document(component("alpha"), second, component("beta"), component("gamma"), dependencies=edges))
    assert pins(found) == ["alpha 1.0", "beta 1.0", "gamma 1.0"]
    assert found.dependencies[0].requires == ("beta", "gamma")
    assert found.dependencies[0].hashes == ("md5:aa",)


def test_nested_components_are_inside_the_outer_one() -> None:
    """A component's own components are carried in its files, to any depth."""
    innermost = component("zlib", purl="pkg:generic/zlib@1.0")
    inner = component("openssl", purl="pkg:cargo/openssl@1.0", components=[innermost])
    found = parse(document(component("alpha", components=[inner]), component("beta")))
    assert [(each.pin.name, each.inside and each.inside.name) for each in found.dependencies] == [
        ("alpha", None),
        ("openssl", "alpha"),
        ("zlib", "openssl"),
        ("beta", None),
    ]
    assert [each.place.line for each in found.dependencies] == [8, 15, 22, 33]
    # zlib is inside of a crate, of which nobody says that an SBOM in its files lists it
    assert [each.known_by for each in found.dependencies] == ["", "sbom", "", ""]


def test_nothing_is_inside_itself() -> None:
    """A component that repeats itself in its own components is one release, and carried by none."""
    found = parse(document(component("alpha", components=[component("alpha", **{"bom-ref": "again"})])))
    assert only(found).inside is None


def test_components_of_the_subject_are_listed() -> None:
    """What is nested in the subject is a part of it, and audited."""
    subject = {"type": "application", "name": "me", "components": [component("alpha")]}
    found = only(parse(document(metadata={"component": subject})))
    assert (found.pin.name, found.inside, found.place.line) == ("alpha", None, 13)


@pytest.mark.parametrize(
    ("name", "value", "groups"),
    [
        ("cdx:poetry:group", "main", ("runtime",)),
        ("cdx:poetry:group", "docs", ("group:docs",)),
        ("cdx:poetry:package:group", "dev", ("group:dev",)),
        ("cdx:pipenv:category", "default", ("runtime",)),
        ("cdx:pipenv:category", "develop", ("group:dev",)),
        ("cdx:pyproject:group", "lint", ("group:lint",)),
        ("cdx:npm:package:development", "true", ("group:dev",)),
        ("cdx:npm:package:development", "false", ()),
        ("cdx:python:package:required-extra", "socks", ()),
    ],
)
def test_groups_are_told_by_properties(name: str, value: str, groups: tuple[str, ...]) -> None:
    """The properties that tools write for groups are read; an extra of the package itself is no group."""
    assert only(parse(document(component("alpha", properties=[{"name": name, "value": value}])))).groups == groups


def test_an_excluded_component_is_audited() -> None:
    """Whatever the scope says, it is listed and audited."""
    assert only(parse(document(component("alpha", scope="excluded")))).skipped == ""


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("pkg:pypi/alpha@1?repository_url=https://me:secret@packages.example/simple", Origin("index", "https://packages.example/simple")),
        ("pkg:pypi/alpha@1?vcs_url=git%2Bhttps://me:secret%40code.example/alpha%400123", Origin("vcs", "git+https://code.example/alpha@0123")),
        ("pkg:pypi/alpha@1?vcs_url=https://code.example/alpha%230123", Origin("vcs", "git+https://code.example/alpha#0123")),
        ("pkg:pypi/alpha@1?download_url=https://files.example/alpha-1.zip", Origin("url", "https://files.example/alpha-1.zip")),
        ("pkg:rpm/almalinux/alpha@1-2.el8?distro=almalinux-8.9", Origin("distro", "almalinux-8.9")),
        ("pkg:apk/wolfi/alpha@1", Origin("distro", "wolfi")),
    ],
)  # fmt: skip
def test_qualifiers_tell_the_origin(url: str, origin: Origin) -> None:
    """Where a component is from is in the qualifiers of its package URL, and never with credentials."""
    assert only(parse(document(component("alpha", "1", purl=url)))).origin == origin


def test_other_ecosystems_are_kept() -> None:
    """What advisories cover is audited; the rest is listed, and is no problem."""
    found = parse(
        document(
            component("serde", purl="pkg:cargo/serde@1.0"),
            component("numpy", purl="pkg:conda/numpy@1.0"),
            component("libalpha", purl="pkg:deb/debian/libalpha@1.0?distro=debian-12"),
        )
    )
    assert found.problems == ()
    assert [(each.pin.ecosystem, each.skipped) for each in found.dependencies] == [
        ("crates.io", ""),
        ("conda", UNCOVERED),
        ("Debian:12", ""),
    ]


def test_a_source_package_is_what_distributions_advise_on() -> None:
    """Trivy writes the name of the source package as a property."""
    source = [{"name": "aquasecurity:trivy:SrcName", "value": "openssl"}]
    url = "pkg:deb/debian/libssl3@1.0?distro=debian-12"
    found = only(parse(document(component("libssl3", purl=url, properties=source))))
    assert (found.pin, found.spelling) == (Pin("Debian:12", "openssl", "1.0"), "libssl3")


def test_untold_distributions_are_one_problem() -> None:
    """Hundreds of packages of a system whose release is not told are said to be so once."""
    found = parse(document(*(component(name, purl=f"pkg:rpm/redhat/{name}@1") for name in ("a", "b", "c"))))
    assert [each.skipped for each in found.dependencies] == [UNTOLD] * 3
    assert problems(found) == [("unreadable", f"a and 2 more cannot be audited: {UNTOLD}", 8)]


@pytest.mark.parametrize(
    ("more", "gap", "skipped"),
    [
        ({"purl": None}, "unreadable", flaws.UNNAMED),
        ({"purl": None, "type": None}, "unreadable", flaws.UNNAMED),
        ({"purl": "alpha@1"}, "unreadable", flaws.UNREAD),
        ({"purl": "pkg:pypi/-alpha-@1.0"}, "unreadable", "its name is not a valid project name"),
        ({"purl": "pkg:pypi/alpha", "version": None}, "unpinned", flaws.UNPINNED),
        ({"purl": "pkg:pypi/alpha", "version": None, "versionRange": "vers:pypi/>=1"}, "unpinned", flaws.UNPINNED),
        ({"purl": "pkg:pypi/alpha", "version": ">= 1.0"}, "unpinned", flaws.UNPINNED),
        ({"purl": "pkg:cargo/alpha", "version": None}, "unpinned", flaws.UNPINNED),
    ],
)
def test_what_cannot_be_audited_is_listed_with_a_problem(more: dict[str, Any], gap: str, skipped: str) -> None:
    """A component that no advisory can be applied to is listed, with the reason, at its line."""
    found = parse(document(component("alpha", **more), component("beta")))
    assert [each.skipped for each in found.dependencies] == [skipped, ""]
    ((problem, what, line),) = problems(found)
    words = "alpha has" if skipped == flaws.UNNAMED else "alpha cannot be audited:"
    assert (problem, what) == (gap, f"{words} {skipped}")
    assert line == found.dependencies[0].place.line > 0


def test_what_is_no_package_is_not_listed_without_a_package_url() -> None:
    """Containers, systems, files and the like are no releases of projects; with a package URL they are."""
    kinds = ("application", "container", "operating-system", "file", "data", "firmware", "device", "platform")
    bare = [component(f"c-{kind}", type=kind, purl=None) for kind in kinds]
    assert pins(parse(document(*bare, component("alpha", type="application")))) == ["alpha 1.0"]


def test_the_version_may_stand_beside_the_package_url() -> None:
    """A package URL without a version means the component's."""
    assert only(parse(document(component("alpha", "1.5", purl="pkg:pypi/alpha")))).pin.version == "1.5"


def test_two_versions_are_a_problem() -> None:
    """The package URL is believed, and nobody is left to think that the other was audited."""
    found = parse(document(component("alpha", "2.0", purl="pkg:pypi/alpha@1.0")))
    assert pins(found) == ["alpha 1.0"]
    what = "alpha has version 2.0, and 1.0 in its package URL, which was taken"
    assert problems(found) == [("unreadable", what, 8)]


def test_edges_to_what_is_not_there_are_a_problem() -> None:
    """A document that was cut short is not taken for whole; what its services are is known."""
    edges = [{"ref": "alpha", "dependsOn": ["lost?token=secret", "gone", "service"]}]
    found = parse(document(component("alpha"), dependencies=edges, services=[{"bom-ref": "service", "name": "s"}]))
    what = "names lost and 1 more as a dependency, and does not hold it, so it may be cut short"
    assert problems(found) == [("missing", what, 0)]


@pytest.mark.parametrize(
    ("values", "gap", "what"),
    [
        (document(), "empty", "holds no package"),
        ({"bomFormat": "CycloneDX", "specVersion": "1.5"}, "empty", "holds no package"),
        ([], "unreadable", "is not a CycloneDX document"),
        ({"bomFormat": "other", "specVersion": "1.5"}, "unreadable", "is not a CycloneDX document"),
    ],
)
def test_nothing_to_audit_is_a_problem(values: object, gap: str, what: str) -> None:
    """A document without packages, or one of another kind, is never clean."""
    found = parse(values)
    assert found.dependencies == ()
    assert problems(found) == [(gap, what, 0)]


@pytest.mark.parametrize(
    ("version", "what"),
    [
        ("1.8", "was written for CycloneDX 1.8; what is new in it was not read"),
        ("2.0", "was written for CycloneDX 2.0; what is new in it was not read"),
        ("", "does not say which version of CycloneDX it has"),
    ],
)
def test_a_future_version_is_read_with_a_problem(version: str, what: str) -> None:
    """What is known of it is read."""
    found = parse(document(component("alpha"), version=version))
    assert (pins(found), [each.what for each in found.problems]) == (["alpha 1.0"], [what])


def test_wrong_types_are_problems_and_the_rest_is_read() -> None:
    """Each field of a wrong type is told, with the line of its component."""
    found = parse(
        document(
            7,
            component("alpha") | {"version": 3},
            component("beta", hashes="aa", properties=[None], type=[]),
            dependencies=[{"ref": "beta", "dependsOn": [None, "alpha"]}, "x"],
            metadata=[],
        )
    )
    assert pins(found) == ["alpha 1.0", "beta 1.0"]
    assert found.dependencies[1].requires == ("alpha",)
    assert {each.what for each in found.problems} == {
        '"metadata" of bom.json is not an object',
        '"components" of bom.json holds something that is not an object',
        '"version" of alpha is not text',
        '"hashes" of beta is not a list',
        '"properties" of beta holds something that is not an object',
        '"type" of beta is not text',
        '"dependencies" of bom.json holds something that is not an object',
        '"dependsOn" of bom.json holds something that is not text',
    }


@pytest.mark.parametrize(
    ("content", "gap"),
    [(b"", "empty"), (b"{", "unreadable"), (b"\xff\xff", "unreadable"), (b"[" * 100_000, "unreadable")],
)
def test_what_is_no_document_is_one_problem(content: bytes, gap: str) -> None:
    """Nothing is ever clean that could not be read."""
    found = cyclonedx.parse(content, "bom.json")
    assert (found.dependencies, [each.gap for each in found.problems]) == ((), [gap])


# --- XML ---------------------------------------------------------------------------------------


def test_xml_is_read_as_json_is() -> None:
    """The same document in both forms gives the same dependencies, but for their places."""
    found = xml(
        "<metadata><tools><component><name>maker</name></component></tools>",
        '  <component type="application" bom-ref="me"><name>me</name></component></metadata>',
        "<components>",
        '  <component type="library" bom-ref="a">',
        "    <name> Alpha </name><version>1.0</version>",
        '    <hashes><hash alg="SHA-256">aa</hash></hashes>',
        "    <licenses><license><name>none</name></license></licenses>",
        "    <purl>pkg:pypi/alpha@1.0?x=a&amp;y=b</purl>",
        '    <pedigree><ancestors><component type="library"><name>old</name></component></ancestors></pedigree>',
        '    <externalReferences><reference type="distribution"><url>u</url>',
        '      <hashes><hash alg="MD5">bb</hash></hashes></reference></externalReferences>',
        '    <properties><property name="cdx:poetry:group">dev</property></properties>',
        '    <components><component type="library" bom-ref="z"><name>z</name><version>1</version>',
        "      <purl>pkg:generic/z@1</purl></component></components>",
        "  </component>",
        '  <component type="file"><name>readme</name></component>',
        "</components>",
        '<dependencies><dependency ref="me"><dependency ref="a"/></dependency><dependency ref="a">',
        '<dependency ref="z"/></dependency></dependencies>',
    )
    assert found.problems == ()
    assert found.detail == "CycloneDX 1.4"
    assert found.dependencies == (
        Dependency(
            Pin(PYPI, "alpha", "1.0"),
            Place("bom.xml", 7, 12),
            ("group:dev",),
            ("z",),
            True,
            hashes=("sha256:aa", "md5:bb"),
            spelling="Alpha",
        ),
        Dependency(
            Pin("generic", "z", "1"),
            Place("bom.xml", 15, 61),
            direct=False,
            inside=Pin(PYPI, "alpha", "1.0"),
            skipped=UNCOVERED,
            spelling="z",
            known_by="sbom",
        ),
    )


def test_the_graph_extension_of_version_1_1_is_read() -> None:
    """Before 1.2 edges were written in a namespace of their own; elements of other namespaces are left out."""
    found = xml(
        '<components><component bom-ref="a"><name>a</name><purl>pkg:pypi/a@1</purl></component>',
        '<x:component xmlns:x="https://other.example"><name>no</name></x:component>',
        '<component bom-ref="b"><name>b</name><purl>pkg:pypi/b@1</purl></component></components>',
        '<dg:dependencies xmlns:dg="http://cyclonedx.org/schema/ext/dependency-graph/1.0">',
        '<dg:dependency ref="a"><dg:dependency ref="b"/></dg:dependency></dg:dependencies>',
        version="1.1",
    )
    assert [(each.pin.name, each.requires) for each in found.dependencies] == [("a", ("b",)), ("b", ())]


def test_a_document_type_is_refused() -> None:
    """Entities, which make a small document endless or read other files, need one; nothing else does."""
    content = b'<!DOCTYPE bom [<!ENTITY a "alpha">]>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>'
    found = cyclonedx.parse(content, "bom.xml")
    assert problems(found) == [("unreadable", "holds a document type, which no CycloneDX document needs", 1)]


def test_xml_is_read_up_to_its_first_error() -> None:
    """A document that was cut short gives what it holds, and the line where it ends."""
    found = cyclonedx.read(str(PROJECTS / "cyclonedx-xml" / "bom.xml"))
    assert pins(found) == ["alpha 1.2", "beta 0.9"]
    assert [(each.gap, each.place.line if each.place else -1) for each in found.problems] == [
        ("unreadable", 12),
        ("unreadable", 10),
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<bom/>", "is not a CycloneDX document"),
        (b'<bom xmlns="https://other.example/"/>', "is not a CycloneDX document"),
        (b"<", "is not valid XML (unclosed token)"),
        (b'<?xml version="1.0" encoding="nonsense"?><bom/>', "is in an encoding that is not known"),
    ],
)
def test_other_xml_is_one_problem(content: bytes, what: str) -> None:
    """What is no such document is not read."""
    found = cyclonedx.parse(content, "bom.xml")
    assert (found.dependencies, [each.what for each in found.problems]) == ((), [what])


def test_a_name_that_xml_spells_in_another_way_has_no_line() -> None:
    """A place with a line always points at the name."""
    found = xml(
        "<components><component><name>al&#112;ha</name><purl>pkg:pypi/alpha@1</purl></component></components>",
    )
    assert only(found).place == Place("bom.xml")


def test_xml_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither size nor number of elements is without end."""
    components = "".join("<component/>" for _ in range(20))
    monkeypatch.setattr(cyclonedx_xml, "ELEMENTS", 10)
    assert [each.what for each in xml(f"<components>{components}</components>").problems] == [
        "holds more than 10 elements"
    ]
    monkeypatch.setattr(cyclonedx_xml, "LIMIT", 100)
    assert [each.what for each in xml(f"<components>{components}</components>").problems] == [
        "is larger than 100 bytes"
    ]


def test_components_are_nested_only_so_deep() -> None:
    """What is nested any deeper is a problem; in XML nothing of such a document is read."""
    inner = component("c-60")
    for number in reversed(range(60)):
        inner = component(f"c-{number}", components=[inner])
    found = parse(document(inner))
    assert len(found.dependencies) == cyclonedx.DEPTH
    assert [each.what for each in found.problems] == ['"components" of c-49 is nested too deeply to be read']
    refused = xml("<components><component><name>a</name>" * 150)
    assert (refused.dependencies, [each.what for each in refused.problems]) == ((), ["is nested too deeply"])


def test_components_are_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number of components that fits into no memory is a problem, and the first of them are read."""
    monkeypatch.setattr(fields, "MOST", 2)
    found = parse(document(*map(component, ("a", "b", "c"))))
    assert pins(found) == ["a 1.0", "b 1.0"]
    assert problems(found) == [("unreadable", "holds more than 2 components; the rest was not read", 0)]


def test_of_two_components_with_one_ref_the_first_is_meant() -> None:
    """A ref must be unique; where it is not, edges are read once."""
    edges = [{"ref": "alpha", "dependsOn": ["beta"]}, {"ref": "beta", "dependsOn": ["alpha"]}]
    second = component("gamma", **{"bom-ref": "alpha"})
    found = parse(document(component("alpha"), component("beta"), second, dependencies=edges))
    assert [each.requires for each in found.dependencies] == [("beta",), ("alpha",), ()]


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "yes"),
    [
        ("bom.json", True), ("bom.xml", True), ("BOM.JSON", True), ("alpha.cdx.json", True), ("alpha.cdx.xml", True),
        ("alpha-1.0.cyclonedx.json", True), ("alpha.json", False), ("abom.json", False), ("alpha.spdx.json", False),
    ],
)  # fmt: skip
def test_names_of_files(name: str, yes: bool) -> None:
    """The names that the specification recommends are recognised."""
    assert cyclonedx.recognises(name) is yes


@pytest.mark.parametrize(
    ("start", "yes"),
    [
        (b'{"bomFormat": "CycloneDX"', True),
        (b'\xef\xbb\xbf {\n "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",', True),
        (b'{"components": [{"bom-ref" : "a"', True),
        ('{"bomFormat":"CycloneDX"}'.encode("utf-16"), True),
        (b'<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.4"', True),
        (b"<c:bom a='b' xmlns:c='http://cyclonedx.org/schema/bom/1.4'", True),
        (b'{"$id": "http://cyclonedx.org/schema/bom-1.6.schema.json"', False),
        (b'{"spdxVersion": "SPDX-2.3"', False),
        (b'["bomFormat"]', False),
        (b"<html>", False),
        (b"alpha==1.0", False),
        (b"", False),
    ],
)
def test_content_tells_the_format(start: bytes, yes: bool) -> None:
    """A document on standard input, or under any name, is known by how it starts."""
    assert cyclonedx.is_one(start) is yes


def test_a_file_is_read_and_a_missing_one_is_a_problem(tmp_path: Path) -> None:
    """Reading a file is reading its content; the target may have another name."""
    path = tmp_path / "bom.json"
    assert problems(cyclonedx.read(str(path))) == [("missing", "does not exist", 0)]
    path.write_text(json.dumps(document(component("alpha"))))
    found = cyclonedx.read(str(path), target="image")
    assert (found.target, pins(found), found.dependencies[0].place.file) == ("image", ["alpha 1.0"], str(path))


def test_the_project_is_read() -> None:
    """The sample project has a component that cannot be named, one that is not covered, and a graph."""
    found = cyclonedx.read(str(PROJECTS / "cyclonedx" / "bom.json"))
    assert [(each.pin.name, each.direct, each.skipped) for each in found.dependencies] == [
        ("alpha", False, ""),
        ("delta", True, ""),
        ("loose", True, flaws.UNNAMED),
        ("zlib", False, UNCOVERED),
    ]
    assert [each.gap for each in found.problems] == ["unreadable"]
