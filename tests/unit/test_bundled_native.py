"""What the names of shared libraries tell: vectors from real wheels, whose libraries were asked for their versions."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.model import UNAUDITABLE, Dependency, Origin, Pin, Place
from pip_assay.sources.bundled import native
from pip_assay.sources.bundled.record import Parts
from tests.bundling import dependency, host

TABLE = Path(__file__).parents[1] / "records" / "native_libraries.csv"
VECTORS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def listed(*paths: str) -> list[tuple[str, str, str, str]]:
    """Return name, version, the file's own name and place of what the paths tell."""
    found = native.read(host(dict.fromkeys(paths, b"")), Parts(libraries=tuple(sorted(paths))))
    return [
        (one.pin.name, one.pin.version, one.spelling, one.place.file.removeprefix("shown/"))
        for one in (each.dependency for each in found)
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["path"] for vector in VECTORS])
def test_names_of_real_files(vector: dict[str, str]) -> None:
    """Each file's name tells its library, and its version only where that is no number of the interface."""
    expected = [(vector["library"], vector["version"])] if vector["library"] else []
    assert [each[:2] for each in listed(vector["path"])] == expected


def test_no_version_is_told_that_the_library_does_not_tell_itself() -> None:
    """The vectors hold what the function of each library says of its version, and no name ever says otherwise."""
    asked = [vector for vector in VECTORS if vector["version"] and vector["answers"]]
    assert len(asked) > 30
    assert all(vector["version"] == vector["answers"] for vector in asked)


def test_what_is_told_of_a_library() -> None:
    """It is inside of the host, cannot be audited, and its place is the file."""
    origin = Origin("private index", "https://index.example/simple")
    carrier = dependency(origin=origin)
    path = "thing.libs/libwebp-d4849e8c.so.7.1.9"
    found = native.read(host({path: b""}, carrier), Parts(libraries=(path,)))
    assert [each.problems for each in found] == [()]
    assert found[0].dependency == Dependency(
        Pin("generic", "libwebp", ""), Place(f"shown/{path}"), ("runtime",), (), False, origin, carrier.pin,
        skipped=UNAUDITABLE, spelling="libwebp.so.7.1.9", known_by="file name",
    )  # fmt: skip


def test_a_copy_of_a_copy_has_the_name_of_the_library() -> None:
    """Each of the tools adds a hash: where a wheel was built from what another one holds, there are two."""
    path = "thing.libs/libgfortran-040039e1-0352e75f.so.5.0.0"
    assert listed(path) == [("gcc", "", "libgfortran.so.5.0.0", path)]
    assert listed("x.libs/libodd-040039e1-0352e75f.so")[0][0] == "libodd"


def test_what_a_host_from_an_index_carries_is_bundled() -> None:
    """Its own origin says nothing of what was compiled into it."""
    path = "thing.libs/libz-0b24ba48.so.1.3"
    assert native.read(host({path: b""}), Parts(libraries=(path,)))[0].dependency.origin == Origin("bundled")


def test_several_files_of_one_library_are_one() -> None:
    """OpenSSL is libssl and libcrypto; the file that it is called after is its place."""
    assert listed(
        "a.libs/libcrypto-5409cd36.so.1.1.1k",
        "a.libs/libssl-81259c47.so.1.1.1k",
        "a.libs/libsharpyuv-aaa00b5c.so.0.1.0",
        "a.libs/libwebp-d4849e8c.so.7.1.9",
        "a.libs/libwebpdemux-c2ca7ca8.so.2.0.15",
    ) == [
        ("openssl", "1.1.1k", "libssl.so.1.1.1k", "a.libs/libssl-81259c47.so.1.1.1k"),
        ("libwebp", "", "libwebp.so.7.1.9", "a.libs/libwebp-d4849e8c.so.7.1.9"),
    ]


def test_the_file_that_tells_the_version_is_the_place() -> None:
    """Some files of a library have numbers of their own, as libgeos_c, and belong to it."""
    both = ("a.libs/libgeos_c-816043d1.so.1.17.2", "a.libs/libgeos-9061d950.so.3.11.2")
    assert listed(*both) == [("geos", "3.11.2", "libgeos.so.3.11.2", both[1])]
    assert listed("a/libbrotlidec.dylib", "a/libbrotlicommon.1.1.0.dylib") == [
        ("brotli", "1.1.0", "libbrotlicommon.1.1.0.dylib", "a/libbrotlicommon.1.1.0.dylib")
    ]


def test_two_copies_of_a_library_are_two() -> None:
    """One file name with other numbers is another copy, whether or not they tell the release."""
    paths = [f"a.libs/lib{name}-0123abcd.so.{number}" for name in ("crypto", "ssl") for number in ("1.1", "3")]
    assert listed(*paths) == [
        ("openssl", "", "libssl.so.1.1", paths[2]),
        ("openssl", "", "libssl.so.3", paths[3]),
    ]
    zlibs = ("a.libs/libz-0b24ba48.so.1.3", "a.libs/libz-4e3ca1c7.so.1.2.7")
    assert [each[:2] for each in listed(*zlibs)] == [("zlib", "1.2.7"), ("zlib", "1.3")]
    assert len(listed("a.libs/libz-0b24ba48.so.1.3", "b/.dylibs/libz-00000000.so.1.3")) == 1


def test_only_well_known_libraries_count_outside_of_the_folders_of_repairing_tools() -> None:
    """A distribution's own libraries are not called something that it carries."""
    assert listed("torch/lib/libtorch_cpu.so", "thing/libown.so.3", "thing/own.dll", "thing/libz.so.1.3") == [
        ("zlib", "1.3", "libz.so.1.3", "thing/libz.so.1.3")
    ]
    assert [each[0] for each in listed("thing.libs/libown-0123abcd.so.3")] == ["libown"]


def test_a_name_that_no_file_can_have_costs_no_time() -> None:
    """A list of files may hold anything; 600,000 characters made to be read again and again are passed over."""
    assert listed("thing.libs/" + ".so" * 200_000 + "!") == []


NAMES = st.text(st.sampled_from("abz019.-_/libssopngdy+é\n"), max_size=60)


@given(st.lists(st.one_of(NAMES, st.sampled_from([vector["path"] for vector in VECTORS])), max_size=12))
def test_no_name_is_too_odd(names: list[str]) -> None:
    """Whatever files are called, they are read, in any order the same, and nothing is listed twice."""
    found = listed(*names)
    assert found == listed(*reversed(names))
    assert len(set(found)) == len(found)
