"""The laws of what distributions carry: nothing makes reading fail, and nothing that is quick says anything else."""

import csv
import io
import json
import ntpath
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from hypothesis import given, settings
from hypothesis import strategies as st
from packageurl import PackageURL

from pip_assay.model import Problem
from pip_assay.names import normalise
from pip_assay.sources import bundled
from pip_assay.sources.bundled import record, remembered, sboms
from pip_assay.sources.installed.environment import read_paths
from pip_assay.sources.purl import ECOSYSTEMS
from pip_assay.sources.sbom import cyclonedx
from tests.bundling import METADATA, SBOM, assert_same, bill, component, dependency, host, put

PROJECTS = Path(__file__).resolve().parents[1] / "projects"
REAL = [
    "cyclonedx/bom.json", "cyclonedx-xml/bom.xml", "spdx/application.spdx.json", "spdx-tag-value/application.spdx",
    "spdx3/application.spdx3.json",
]  # fmt: skip

NAMES = st.text("abcXY-_.,\" '\\", min_size=1, max_size=8)
FOLDERS = st.sampled_from(
    ["thing", "_vendor", "tests", "..", ".", "", METADATA, "sboms", "thing.libs", "C:", "copy.dist-info"]
)
ENDS = st.sampled_from(
    ["a.so", "a.so.1.2", "b.pyd", "METADATA", "vendor.txt", "x.cdx.json", "c.whl", "d.py", "e.txt", "PKG-INFO"]
)
PATHS = st.builds(lambda folders, end: "/".join([*folders, end]), st.lists(FOLDERS | NAMES, max_size=5), ENDS | NAMES)


def rows(paths: list[str], end: str) -> bytes:
    """Return a RECORD as installers write it, with the standard library."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=end).writerows([path, "sha256=a_b-c", 12] for path in paths)
    return written.getvalue().encode()


@given(st.lists(PATHS, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_record_is_read_as_the_standard_library_reads_it(paths: list[str], end: str) -> None:
    """Of all rows, the paths that matter are the same as those found by looking at each."""
    content = rows(paths, end)
    found, astray = record.paths(content)
    listed = [row[0].replace("\\", "/") for row in csv.reader(io.StringIO(content.decode(), newline="")) if row]
    inner = ["/".join(part for part in path.split("/") if part not in {"", "."}) for path in listed if not out(path)]
    assert record.parts(found, METADATA) == record.parts(inner, METADATA)
    assert astray <= sum(map(out, listed))


def out(path: str) -> bool:
    """Return whether a path leads out of its folder, on this system or on Windows: those systems' own words for it."""
    on_windows = [ntpath.splitdrive(part)[0] for part in path.split("/")]
    return path.startswith("/") or ".." in path.split("/") or any(on_windows)


@given(
    st.binary()
    | st.lists(st.sampled_from([b".so", b'"', b",", b"\n", b"\r", b"../", b"\\", b"\xff", b"\0"])).map(b"".join)
)
def test_any_record_is_read(content: bytes) -> None:
    """No bytes make it fail, and no path leaves the folder."""
    found, astray = record.paths(content)
    assert astray >= 0
    assert not any(map(out, found))
    assert set().union(*record.parts(found, METADATA)) <= set(found)


def holds(content: bytes) -> None:
    """The law of every bill of materials: it is read, or a problem of the host, and twice the same."""
    of = host({SBOM: content})
    found = sboms.read(of, SBOM)
    assert found == sboms.read(of, SBOM)
    for each in found:
        if each.dependency.inside:
            assert each.dependency.inside == dependency().pin
            assert (each.dependency.known_by, each.dependency.direct, each.problems) == ("sbom", False, ())
        else:
            assert each.dependency == dependency()
            assert all(problem.subject == "thing" for problem in each.problems)
            assert each.problems
    pins = [each.dependency.pin for each in found]
    assert len(set(pins)) == len(pins)
    assert_same(content)


@given(st.binary(), st.sampled_from([b"", b"{", b"<", b"SPDXVersion:", b'{"bomFormat": "CycloneDX", "components": [']))
def test_any_bytes_are_read_or_a_problem(content: bytes, start: bytes) -> None:
    """Reading never raises."""
    holds(start + content)


@pytest.mark.parametrize("file", REAL)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.binary(max_size=6)), min_size=1, max_size=3))
def test_changed_documents_are_read_or_a_problem(file: str, changes: list[tuple[float, int, bytes]]) -> None:
    """Whatever is cut out of a document or put into it, anywhere."""
    content = (PROJECTS / file).read_bytes()
    for where, size, new in changes:
        at = int(where * len(content))
        content = content[:at] + new + content[at + size :]
        holds(content)


PURLS = st.sampled_from(
    ["", "pkg:cargo/rsa@0.9.10", "pkg:cargo/a@1?download_url=file://.", "pkg:rpm/almalinux/b@1-2.el8", "pkg:generic/c",
     "pkg:pypi/Thing@9#x", "pkg:pypi/thing", "cargo:x", "pkg:github/A/B@1", "pkg:cargo/%2e@1"]
)  # fmt: skip
TEXTS = st.sampled_from(["", "thing", "rsa", " rsa ", "9", "path+file:///x#1", "file", "SHA-256", "distribution"])
ODD: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(0, 3) | TEXTS | st.just([]) | st.just({}) | st.just([0])
)
HASHES = st.lists(st.fixed_dictionaries({}, optional={"alg": TEXTS | ODD, "content": TEXTS | ODD}), max_size=2) | ODD
COMPONENTS: st.SearchStrategy[Any] = st.deferred(
    lambda: st.fixed_dictionaries(
        {},
        optional={
            "name": TEXTS | ODD, "version": TEXTS | ODD, "purl": PURLS | ODD, "type": TEXTS | ODD,
            "bom-ref": TEXTS | ODD, "hashes": HASHES,
            "externalReferences": st.lists(
                st.fixed_dictionaries({}, optional={"type": TEXTS | ODD, "hashes": HASHES}), max_size=2
            ) | ODD,
            "properties": st.lists(
                st.fixed_dictionaries({}, optional={
                    "name": st.sampled_from(["uv:workspace:path", "aquasecurity:trivy:SrcName"]) | ODD,
                    "value": st.sampled_from(["false", "src", ""]) | ODD,
                }), max_size=2,
            ) | ODD,
            "components": st.lists(COMPONENTS | ODD, max_size=2) | ODD,
        },
    )
)  # fmt: skip
DOCUMENTS = st.fixed_dictionaries(
    {"bomFormat": st.just("CycloneDX")},
    optional={
        "specVersion": st.sampled_from(["1.2", "1.4", "1.7", "1.8", "2.0", "1.2.3", "x"]) | ODD,
        "metadata": st.fixed_dictionaries({}, optional={"component": COMPONENTS | ODD, "tools": COMPONENTS}) | ODD,
        "components": st.lists(COMPONENTS | ODD, max_size=4) | ODD,
    },
)


@settings(max_examples=400)
@given(DOCUMENTS)
def test_the_quick_reader_says_what_the_whole_one_says(document: dict[str, Any]) -> None:
    """Of any document, right or wrong: the same components, and a problem where the other has one."""
    content = json.dumps(document).encode()
    holds(content)
    quick, whole = sboms.parse(content, "f"), cyclonedx.bill_of(content, "f")
    assert isinstance(quick, sboms.Read) == (not isinstance(whole, Problem))
    if isinstance(quick, sboms.Read) and not isinstance(whole, Problem):
        concerning = [
            each for each in whole.problems if '"dependencies"' not in each.what and '"services"' not in each.what
        ]
        assert list(quick.problems) == concerning


VERSIONS = st.sampled_from(["1", "1.0+a", "0.1.0-rc.1", "1 2", "ü", "1/2"])
KINDS = st.sampled_from(
    sorted(ECOSYSTEMS.keys() - {"pypi", "maven", "golang", "npm", "composer", "swift", "githubactions"})
)


@given(
    st.lists(
        st.tuples(KINDS, st.text("abcXY-_.+ü", min_size=1, max_size=6).filter(lambda text: text.strip(".")), VERSIONS)
    )
)
def test_releases_are_what_packageurl_python_says(releases: list[tuple[str, str, str]]) -> None:
    """Name and version as that library writes and reads them, whatever characters they have."""
    urls = [PackageURL(kind, None, name, version) for kind, name, version in releases]
    found = sboms.read(host({SBOM: bill(*(component("x", "", url.to_string()) for url in urls))}), SBOM)
    read = [PackageURL.from_string(url.to_string()) for url in urls]
    expected = dict.fromkeys((ECOSYSTEMS[url.type], url.name, url.version) for url in read)
    assert [tuple(each.dependency.pin) for each in found] == list(expected)


@given(
    st.lists(
        st.tuples(st.text("abcxyz-", min_size=1, max_size=5), st.text("0123.", min_size=1, max_size=4)), max_size=5
    )
)
def test_what_cyclonedx_python_lib_writes_is_read(releases: list[tuple[str, str]]) -> None:
    """JSON and XML of its every version, with components in components: what it lists but the subject."""
    parts = [
        Component(
            name=name, version=version, purl=PackageURL("cargo", None, name, version), bom_ref=f"{number}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content="ab")],
        )
        for number, (name, version) in enumerate(releases)
    ]  # fmt: skip
    bom = Bom()
    bom.metadata.component = Component(name="thing", version="1.0", type=ComponentType.LIBRARY, components=parts[:1])
    bom.components.update(parts[1:])
    bom.register_dependency(bom.metadata.component, bom.components)
    expected = {(each.name, each.version) for each in (*bom.components, *bom.metadata.component.components)}
    for version in (SchemaVersion.V1_2, SchemaVersion.V1_4, SchemaVersion.V1_6):
        for form in (OutputFormat.JSON, OutputFormat.XML):
            content = make_outputter(bom, form, version).output_as_string().encode()
            found = sboms.read(host({SBOM: content}), SBOM)
            assert {(each.dependency.pin.name, each.dependency.pin.version) for each in found} == expected
            assert all(each.dependency.hashes == ("sha256:ab",) for each in found)


@settings(max_examples=60)
@given(st.lists(DOCUMENTS, max_size=3))
def test_what_is_remembered_is_what_was_read(documents: list[dict[str, Any]]) -> None:
    """Whatever was read, problems too: a warm audit says the same as a cold one."""
    with tempfile.TemporaryDirectory() as folder:
        site, cache = Path(folder) / "site", str(Path(folder) / "cache")
        sbom_files = {
            f"{METADATA}/sboms/{number}.json": json.dumps(each).encode() for number, each in enumerate(documents)
        }
        put(site, "thing", "1.0", sbom_files)
        reader = bundled.Reader(cache, time.time() + 60)
        cold = read_paths([str(site)], carried=reader)
        assert remembered.load(cache, str(site)).keys() == {METADATA}
        assert read_paths([str(site)], carried=reader) == cold == read_paths([str(site)], carried=bundled.Reader())
        names = {each.pin.name for each in cold.dependencies if each.pin.ecosystem == "PyPI" and each.inside}
        assert all(name == normalise(name) != "thing" for name in names)
