"""Bills of materials in a distribution's metadata: what of them it carries, in every format, and what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from pip_assay.model import PYPI, UNAUDITABLE, Origin, Pin, Place
from pip_assay.sources.bundled import sboms
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.sbom import cyclonedx, fields
from tests.bundling import SBOM, assert_same, bill, component, dependency, host

PROJECTS = Path(__file__).resolve().parents[1] / "projects"
SUBJECT = component("thing", "1.0", "pkg:pypi/thing@1.0", bom_ref="me")


def read(content: bytes) -> list[Found]:
    """Return what is made of a bill of materials in the distribution "thing 1.0"."""
    return sboms.read(host({SBOM: content}), SBOM)


def pins(content: bytes) -> list[Pin]:
    """Return what it lists; nothing about it may be wrong."""
    found = read(content)
    assert not [each.problems for each in found if each.problems]
    return [each.dependency.pin for each in found]


def wrong(content: bytes) -> list[str]:
    """Return what is wrong with it, each a problem of the host in the file."""
    problems = [problem for each in read(content) for problem in each.problems]
    assert all(each.subject == "thing" and each.hint == sboms.HINT for each in problems)
    assert all(each.gap == "unreadable" and each.place and each.place.file == f"shown/{SBOM}" for each in problems)
    return [each.what for each in problems]


@pytest.mark.parametrize(
    ("purl", "pin"),
    [
        ("pkg:cargo/rsa@0.9.10", Pin("crates.io", "rsa", "0.9.10")),
        ("pkg:cargo/zstd-sys@2.1.0%2Bzstd.1.5.7", Pin("crates.io", "zstd-sys", "2.1.0+zstd.1.5.7")),
        ("pkg:cargo/zstd-sys@2.1.0+zstd.1.5.7", Pin("crates.io", "zstd-sys", "2.1.0+zstd.1.5.7")),
        ("pkg:cargo/a@1?vcs_url=git%2Bhttps://forge.example/a%40abc", Pin("crates.io", "a", "1")),
        ("pkg:pypi/Copy.Of@2", Pin(PYPI, "copy-of", "2")),
        ("pkg:rpm/almalinux/openssl-libs@1.1.1k-15.el8_6", Pin("AlmaLinux:8", "openssl-libs", "1.1.1k-15.el8_6")),
        ("pkg:rpm/almalinux/a@1-2.el9?epoch=1", Pin("AlmaLinux:9", "a", "1:1-2.el9")),
        ("pkg:apk/alpine/zlib@1.3-r0?distro=alpine-3.19.1", Pin("Alpine:v3.19", "zlib", "1.3-r0")),
        ("pkg:deb/debian/libssl3@3.0.1-1?distro=debian-12", Pin("Debian:12", "libssl3", "3.0.1-1")),
    ],
)
def test_releases_are_in_the_words_of_advisories(purl: str, pin: Pin) -> None:
    """Ecosystem, name and version are those that advisories use; an epoch is there where the package URL has it."""
    (found,) = read(bill(component("name", "0", purl, hashes=[{"alg": "SHA-256", "content": "ab"}])))
    assert found == Found(
        dependency()._replace(
            pin=pin, place=Place(f"shown/{SBOM}"), direct=False, origin=Origin("bundled"), inside=dependency().pin,
            hashes=("sha256:ab",), spelling="name", known_by="sbom",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("purl", "version", "pin"),
    [
        ("", "2.14.3", Pin("generic", "FreeType", "2.14.3")),
        ("pkg:generic/openssl@4.0.3?download_url=https://a.example/x", "", Pin("generic", "openssl", "4.0.3")),
        ("pkg:github/Python/Compat@1", "", Pin("github", "python/compat", "1")),
        ("pkg:rpm/centos/keyutils-libs@1.5.8-3.el7", "", Pin("rpm", "keyutils-libs", "1.5.8-3.el7")),
        ("pkg:deb/debian/zlib@1", "", Pin("deb", "zlib", "1")),
        ("pkg:cargo/rsa", "", Pin("crates.io", "rsa", "")),
        ("pkg:pypi/pybind11", ">=2", Pin(PYPI, "pybind11", "")),
    ],
)
def test_what_no_advisory_names_exactly_is_listed_and_no_problem(purl: str, version: str, pin: Pin) -> None:
    """Generic and unnamed libraries, systems without a release, releases without a version: never guessed."""
    (found,) = read(bill(component("FreeType", version, purl)))
    assert found.dependency.pin == pin
    assert found.dependency.skipped == UNAUDITABLE
    assert not found.problems


def test_the_host_and_what_was_built_with_it_are_not_listed() -> None:
    """Its own name whatever the version, its extension modules, crates beside it, the tools: none is carried."""
    content = bill(
        component("Thing", "9"),
        component("thing", "1.0", "pkg:pypi/Thing@0.9?file_name=x.whl"),
        component("thing._c", "1.0", "pkg:pypi/thing@1.0#c-ext/thing._c"),
        component("thing-rust", "1.0", "pkg:cargo/thing-rust@1.0?download_url=file://."),
        component("thing-sys", "1.0", "pkg:cargo/thing-sys@1.0", bom_ref="path+file:///build/sys#1.0"),
        component("again", "1.0", "pkg:cargo/again@1.0?a=b", bom_ref="path+file:///build/again#1.0"),
        component("thing-root", "1", properties=[{"name": "uv:package:is_project_root", "value": "true"}]),
        component("subject", "3", "pkg:cargo/subject@3", bom_ref="me"),
        component("a file", type="file"),
        component("rsa", "0.9", "pkg:cargo/rsa@0.9"),
        metadata={
            "component": SUBJECT | {"components": [component("inner", "1", "pkg:cargo/inner@1")]},
            "tools": {"components": [component("auditwheel", "6", "pkg:pypi/auditwheel@6")]},
        },
    )
    assert pins(content) == [Pin("crates.io", "inner", "1"), Pin("crates.io", "rsa", "0.9")]


def test_a_crate_of_the_same_name_is_another_project() -> None:
    """Only on the Python index does the name of the host mean the host."""
    assert pins(bill(component("thing", "1", "pkg:cargo/thing@1"))) == [Pin("crates.io", "thing", "1")]


def test_components_in_components_are_listed_each_release_once() -> None:
    """In the order of the document, at any depth that is real."""
    deep: dict[str, Any] = component("c", "1", "pkg:cargo/c@1", components=[component("a", "1", "pkg:cargo/a@1")])
    content = bill(component("a", "1", "pkg:cargo/a@1"), component("b", components=[deep]), component("b"))
    assert [str(each) for each in pins(content)] == ["a 1", "b", "c 1"]


def test_a_lying_subject_changes_nothing() -> None:
    """A document that says it is about another project is still about what is in this one."""
    content = bill(component("rsa", "1", "pkg:cargo/rsa@1"), metadata={"component": component("numpy", "2")})
    assert pins(content) == [Pin("crates.io", "rsa", "1")]


@pytest.mark.parametrize("kind", ["index", "distro", "vcs", "private index", "path"])
def test_what_is_carried_comes_from_where_the_host_is_from(kind: Any) -> None:
    """From an index: "bundled". Else as the host, so that names of what is one's own stay home."""
    of = dependency(origin=Origin(kind, "somewhere"))
    (found,) = sboms.read(host({SBOM: bill(component("a", "1", "pkg:cargo/a@1"))}, of), SBOM)
    expected = Origin("bundled") if kind in {"index", "distro"} else Origin(kind, "somewhere")
    assert found.dependency.origin == expected


SPDX = {
    "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "x", "dataLicense": "CC0-1.0",
    "documentDescribes": ["SPDXRef-me"],
    "packages": [
        {"SPDXID": "SPDXRef-me", "name": "thing", "versionInfo": "1.0", "downloadLocation": "NONE"},
        {
            "SPDXID": "SPDXRef-rsa", "name": "rsa", "versionInfo": "0.9", "downloadLocation": "NOASSERTION",
            "externalRefs": [
                {
                    "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                    "referenceLocator": "pkg:cargo/rsa@0.9",
                }
            ],
        },
    ],
}  # fmt: skip
SPDX_3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "SpdxDocument", "spdxId": "d", "rootElement": ["me"]},
        {"type": "software_Package", "spdxId": "me", "name": "thing", "software_packageVersion": "1.0"},
        {"type": "software_Package", "spdxId": "rsa", "name": "rsa", "software_packageUrl": "pkg:cargo/rsa@0.9"},
    ],
}
SPDX_TAGS = b"""SPDXVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
PackageName: rsa
SPDXID: SPDXRef-rsa
PackageVersion: 0.9
ExternalRef: PACKAGE-MANAGER purl pkg:cargo/rsa@0.9
"""
XML = b"""<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.1"><components>
<component type="library"><name>rsa</name><version>0.9</version><purl>pkg:cargo/rsa@0.9</purl></component>
</components></bom>"""
JSON = bill(component("rsa", "0.9", "pkg:cargo/rsa@0.9"))


@pytest.mark.parametrize(
    "content",
    [
        JSON, b"\xef\xbb\xbf" + JSON, JSON.decode().encode("utf-16"), XML, json.dumps(SPDX).encode(),
        json.dumps(SPDX_3).encode(), SPDX_TAGS,
    ],
)  # fmt: skip
def test_every_format_says_the_same(content: bytes) -> None:
    """CycloneDX as JSON and XML, SPDX 2 as JSON and tags, SPDX 3: by content, whatever the file is called."""
    assert pins(content) == [Pin("crates.io", "rsa", "0.9")]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"Some notes.", "is neither CycloneDX nor SPDX"),
        (b"{}", "is neither CycloneDX nor SPDX"),
        (b'{"artifacts": [], "schema": {"version": "16"}}', "is neither CycloneDX nor SPDX"),
        (JSON[:-20], "is not valid JSON"),
        (b"\x93NUMPY", "is neither CycloneDX nor SPDX"),
        (XML[:-20], "is not valid XML"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + XML[21:], "document type"),
        (b'{"bomFormat": "CycloneDX", "components": ' + b"[" * 100_000, "is nested too deeply"),
        (bill(specVersion="2.0"), "was written for CycloneDX 2.0"),
        (bill(component("a", "1", "cargo:a@1")), "the package URL of a cannot be read"),
        (bill("x"), "holds something that is not an object"),  # type: ignore[arg-type]
        (bill(component("a", "1", hashes="x")), '"hashes" of a is not a list'),
        (bill(component("a", "1", externalReferences="x")), '"externalReferences" of a is not a list'),
        (bill(component("a", "1", properties="x")), '"properties" of a is not a list'),
        (bill({"name": 5}), '"name" of'),
        (bill(metadata=5), '"metadata" of'),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem_of_the_host(content: bytes, what: str) -> None:
    """A broken, foreign, hostile or newer document, and a package URL that is none."""
    said = wrong(content)
    assert said
    assert what in said[0]


def test_the_rest_of_what_is_odd_is_read() -> None:
    """One component that is wrong hides no other."""
    found = read(bill(component("a", "1", "cargo:a@1"), component("b", "1", "pkg:cargo/b@1"), {"name": []}))
    assert [str(each.dependency.pin) for each in found] == ["thing 1.0", "a 1", "b 1", "component 2"]
    assert found[0].dependency == dependency()


def test_what_is_nested_without_end_is_read_as_far_as_it_is_real() -> None:
    """Components in components in components: the depth at which nobody reads on is told."""
    inner: dict[str, Any] = component("a", "0")
    for number in range(1, 60):
        inner = component("a", str(number), components=[inner])
    found = read(bill(inner))
    assert len(found) == 1 + cyclonedx.DEPTH
    assert "nested too deeply" in found[0].problems[0].what


def test_a_file_that_is_too_large_or_gone_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not read, and that is told."""
    monkeypatch.setattr(sboms, "LIMIT", 10)
    assert "is larger than 10 bytes, so it is not known what it lists inside thing 1.0" in wrong(JSON)
    (found,) = sboms.read(host({}), SBOM)
    assert "does not exist" in found.problems[0].what


def test_hashes_are_kept_as_they_are_written() -> None:
    """Of every algorithm, each once, with those of the files in which a component is distributed."""
    hashes = [{"alg": "SHA-512", "content": "cd"}, {"alg": "SHA-256", "content": "ab"}, {"alg": 5}]
    references = [
        {"type": "vcs", "hashes": [{"alg": "MD5", "content": "no"}]},
        {"type": "distribution", "hashes": hashes},
    ]
    said = component("a", "1", "pkg:cargo/a@1", hashes=hashes, externalReferences=references)
    (found,) = read(bill(said))
    assert found.dependency.hashes == ("sha512:cd", "sha256:ab")


def test_what_is_larger_than_the_quick_reader_takes_is_read_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """That one says it where it takes no more either."""
    content = bill(*(component("a", str(number), f"pkg:cargo/a@{number}") for number in range(5)))
    expected = read(content)
    monkeypatch.setattr(sboms, "MOST", 3)
    assert read(content) == expected
    monkeypatch.setattr(fields, "MOST", 3)
    assert "holds more than 3 components" in wrong(content)[0]


def test_a_source_package_is_what_the_advisories_of_its_system_name() -> None:
    """Trivy says in a property which source a package was built from."""
    properties = [{"name": "other", "value": "x"}, {"name": "aquasecurity:trivy:SrcName", "value": "openssl"}]
    url = "pkg:deb/debian/libssl3@3.0.1-1?distro=debian-12"
    assert pins(bill(component("libssl3", "3", url, properties=properties))) == [Pin("Debian:12", "openssl", "3.0.1-1")]


def test_files_that_auditwheel_has_copied_are_known_by_their_refs() -> None:
    """It notes the SHA-256 of the path that a library had; other refs tell nothing of files."""
    refs = [f"pkg:rpm/almalinux/a@1#{'a' * 64}", "pkg:rpm/almalinux/b@1", f"urn:b#{'b' * 64}"]
    said = sboms.components(host({SBOM: bill(*(component("a", "1", bom_ref=ref) for ref in refs))}), SBOM)
    assert sboms.system_files(said) == {"a" * 64}


def test_the_quick_reader_says_what_the_whole_one_says() -> None:
    """Of a document with all that is real in it, both make the same components; real documents are in the laws."""
    content = (PROJECTS / "cyclonedx/bom.json").read_bytes()
    assert_same(content)
    assert isinstance(sboms.parse(content, "file"), sboms.Read)
