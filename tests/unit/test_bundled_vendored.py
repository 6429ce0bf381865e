"""Copies of Python projects in a distribution: as their metadata, its lists, and wheels among its files tell them."""

import importlib.metadata
import importlib.util
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pip_assay.model import PYPI, UNAUDITABLE, Dependency, Origin, OriginKind, Pin, Place
from pip_assay.sources.bundled import evidence, listed, record, vendored
from pip_assay.sources.bundled.nouns import Host
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.installed.tree import DISK, Memory
from tests.archives import Content, installed, metadata, wheel_name, zipped

CARRIER = Dependency(Pin(PYPI, "carrier", "5.0"), Place("site/carrier-5.0.dist-info/METADATA"), ("runtime",))
OWN = "carrier-5.0.dist-info"
LIST = "carrier/_vendor/vendor.txt"


def recorded(files: Mapping[str, Content]) -> dict[str, Content]:
    """Return the files with the RECORD that lists them all."""
    return {**files, f"{OWN}/RECORD": "".join(f"{path},,\n" for path in (*files, f"{OWN}/RECORD"))}


def host(files: Mapping[str, Content], dependency: Dependency = CARRIER) -> Host:
    """Return a distribution with these files, in memory."""
    contents = {f"/env/{path}": each.encode() if isinstance(each, str) else each for path, each in files.items()}
    return Host(dependency, "/env", "site", OWN, Memory(contents), tuple(files))


def read(files: Mapping[str, Content], dependency: Dependency = CARRIER) -> list[Found]:
    """Return what the distribution with these files has copied, as its files one after the other tell it."""
    one = host(files, dependency)
    return vendored.read(one, record.parts(one.paths, OWN))


def pins(found: list[Found]) -> list[str]:
    """Return the releases that were found."""
    return [str(each.dependency.pin) for each in found if each.dependency.inside]


def said(found: list[Found]) -> list[str]:
    """Return the problems, as people see them."""
    assert {problem.subject for each in found for problem in each.problems} <= {"carrier"}
    return [f"{problem.place}: {problem.what}" for each in found for problem in each.problems]


COPIES = {
    **installed("Typing-Extensions", "4.12.2", "Requires-Dist: other", below="carrier/_vendor/"),
    **installed("zope.interface", "1.0rc1", below="carrier/sub/_vendor/"),
    "carrier/_vendor/old_one-0.9-py2.7.egg-info/PKG-INFO": metadata("old-one", "0.9"),
    **installed("carrier", "5.0"),
}


def test_a_copy_with_metadata_is_what_those_state(tmp_path: Path) -> None:
    """Name and version are those that importlib.metadata reads from the same folders."""
    for path, content in COPIES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(str(content))
    one = Host(CARRIER, str(tmp_path), "site", OWN, DISK, tuple(COPIES))
    parts = record.parts(one.paths, OWN)
    folders = [(tmp_path / path).parent for path in parts.copies]
    stated = [importlib.metadata.PathDistribution(folder) for folder in folders]
    found = [each.dependency for each in vendored.read(one, parts)]
    assert len(stated) == 3
    assert [(each.spelling, each.pin.version) for each in found] == [(it.name, it.version) for it in stated]
    assert [each.pin.name for each in found] == [canonicalize_name(it.name) for it in stated]


def test_a_copy_is_a_part_of_its_carrier() -> None:
    """It is inside of it, in its groups, nobody asked for it, and what it requires is not looked for outside."""
    found = read(COPIES)
    assert found == [
        Found(
            Dependency(
                Pin(PYPI, name, version),
                Place(os.path.join("site", *file.split("/")), 3),
                ("runtime",),
                direct=False,
                origin=Origin("bundled"),
                inside=CARRIER.pin,
                spelling=spelling,
                known_by="metadata",
            )
        )
        for name, version, spelling, file in (
            ("typing-extensions", "4.12.2", "Typing-Extensions",
             "carrier/_vendor/Typing_Extensions-4.12.2.dist-info/METADATA"),
            ("old-one", "0.9", "old-one", "carrier/_vendor/old_one-0.9-py2.7.egg-info/PKG-INFO"),
            ("zope-interface", "1.0rc1", "zope.interface",
             "carrier/sub/_vendor/zope.interface-1.0rc1.dist-info/METADATA"),
        )
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["private index", "url", "vcs", "path", "editable"])
def test_what_is_in_a_distribution_from_elsewhere_is_from_there(kind: OriginKind) -> None:
    """A copy in a private distribution is as private; in one of the system it is bundled."""
    elsewhere = Origin(kind, "https://index.example/simple")
    (found,) = read({LIST: "six==1.16.0"}, CARRIER._replace(origin=elsewhere))
    assert found.dependency.origin == elsewhere
    (found,) = read({LIST: "six==1.16.0"}, CARRIER._replace(origin=Origin("distro", "python3-carrier")))
    assert found.dependency.origin == Origin("bundled")


def test_a_copy_without_a_version_is_told() -> None:
    """It is listed; that nobody knows its version is a problem of its carrier."""
    found = read({"carrier/_vendor/odd.dist-info/METADATA": "Name: odd\n"})
    assert [(str(each.dependency.pin), each.dependency.skipped) for each in found] == [("odd", UNAUDITABLE)]
    place = os.path.join("site", "carrier", "_vendor", "odd.dist-info", "METADATA")
    assert said(found) == [f"{place}: has no version, so it was not audited"]


def test_what_only_record_still_knows_is_no_copy() -> None:
    """Distributions of Linux take copies out and leave RECORD as it was."""
    one = host({})._replace(paths=("carrier/_vendor/six-1.16.0.dist-info/METADATA", "carrier/_vendor/x.egg/PKG-INFO"))
    assert vendored.read(one, record.Parts(copies=one.paths)) == []


# --- lists ------------------------------------------------------------------------------------


NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,10}[A-Za-z0-9])?", fullmatch=True)
VERSIONS = st.from_regex(
    r"([1-9]!)?(0|[1-9][0-9]{0,3})(\.(0|[1-9][0-9]{0,2})){0,3}((a|b|rc)[0-9])?(\.post[1-9])?", fullmatch=True
)
EXTRAS = st.sampled_from(["", "[socks]", "[a, b]"])
SPACES = st.sampled_from(["", " ", "    ", "\t"])
COMMENTS = st.sampled_from(["", "  # why == it is here", " #", "\t# via six==1.0"])
MARKERS = st.sampled_from(["", ' ; python_version < "3"', '; sys_platform == "win32" and extra == "x"'])
HASHES = st.sampled_from(
    ["", f" --hash=sha256:{'a' * 64}", f" \\\n    --hash=sha256:{'b' * 64} --hash=sha256:{'c' * 64}"]
)
ENTRIES = st.tuples(SPACES, NAMES, EXTRAS, SPACES, VERSIONS, MARKERS, HASHES, COMMENTS)


@given(st.lists(ENTRIES, max_size=8))
def test_a_list_is_read_as_packaging_reads_its_lines(entries: list[tuple[str, ...]]) -> None:
    """Every "name==version" is found, however it is indented, commented, marked and hashed, at its own line."""
    lines, expected = [], []
    number = 1
    for indent, name, extras, space, version, marker, hashes, comment in entries:
        text = f"{name}{extras}{space}=={space}{version}{marker}"
        lines.append(f"{indent}{text}{hashes}{comment}")
        oracle = Requirement(text)
        expected.append((oracle.name, str(oracle.specifier).removeprefix("=="), number))
        number += lines[-1].count("\n") + 1
    found = [each.dependency for each in read({LIST: "\n".join(lines)}, CARRIER._replace(pin=Pin(PYPI, "-", "1")))]
    assert [(each.spelling, each.pin.version, each.place.line) for each in found] == expected
    assert {each.known_by for each in found} <= {"list"}
    assert not any(each.skipped for each in found)


def test_the_list_of_this_pip_is_what_pip_itself_carries() -> None:
    """`pip debug --verbose` asks each of its copies for the version that it is of."""
    spec = importlib.util.find_spec("pip")
    if spec is None or spec.origin is None:
        pytest.skip("pip is not installed here")
    folder = Path(spec.origin).parent
    asked = [sys.executable, "-m", "pip", "debug", "--verbose"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    lines = [
        line.split() for line in told.partition("vendored library versions:\n")[2].splitlines() if line[:2] == "  "
    ]
    carried = {
        canonicalize_name(name): version
        for name, _, version in (line[0].partition("==") for line in lines if "==" in line[0])
    }
    pip = Dependency(Pin(PYPI, "pip", importlib.metadata.version("pip")), Place("METADATA"))
    metadata_folder = f"pip-{pip.pin.version}.dist-info"
    one = Host(pip, str(folder.parent), "site", metadata_folder, DISK, ("pip/_vendor/vendor.txt",))
    found = {
        each.dependency.pin.name: each.dependency
        for each in vendored.read(one, record.parts(one.paths, metadata_folder))
    }
    assert len(carried) > 10
    assert {name: each.pin.version for name, each in found.items()} == carried
    # Of setuptools it has no more than pkg_resources.
    assert [name for name, each in found.items() if each.skipped] == (
        ["setuptools"] if (folder / "_vendor" / "pkg_resources").exists() else []
    )


def test_a_copy_of_no_certain_release_is_listed() -> None:
    """What is known by name alone cannot be audited, and that is no problem by itself."""
    lines = [
        "six==1.16.0", "loose>=1.0", "-e git+https://user:secret@host.example/a/editable.git@1f2e#egg=editable",
        "named @ git+https://host.example/a/named.git", "wild==1.*", "--no-binary :all:", "-i https://index.example/simple",
        "https://host.example/files/wheeled-2.0-py3-none-any.whl", "-e git://host.example/a.git#egg=plain",
    ]  # fmt: skip
    found = read({LIST: "\n".join(lines)})
    assert said(found) == []
    assert [(str(each.dependency.pin), each.dependency.skipped, each.dependency.place.line) for each in found] == [
        ("six 1.16.0", "", 1), ("loose", UNAUDITABLE, 2), ("editable", UNAUDITABLE, 3), ("named", UNAUDITABLE, 4),
        ("wild", UNAUDITABLE, 5), ("wheeled 2.0", "", 8),
        ("plain", UNAUDITABLE, 9),
    ]  # fmt: skip


def test_a_line_that_cannot_be_read_is_a_problem_and_the_rest_is_read() -> None:
    """The problem is the carrier's, at the line, and shows no credentials."""
    lines = [
        "six = 1.16.0", "../folder", "git+https://user:secret@host.example/a/b.git", "-r more.txt", "--bogus",
        "x" * 5000, "idna==3.4",
    ]  # fmt: skip
    found = read({LIST: "\n".join(lines)})
    place = os.path.join("site", *LIST.split("/"))
    assert pins(found) == ["idna 3.4"]
    cannot = "names a copy in a way that cannot be read"
    assert said(found)[:5] == [
        f'{place}:1: {cannot}: "six = 1.16.0"',
        f'{place}:2: {cannot}: "../folder"',
        f'{place}:3: {cannot}: "git+https://host.example/a/b.git"',
        f"{place}:4: names another list, which was not read",
        f"{place}:5: has an option that pip does not know: --bogus",
    ]
    assert [each.startswith(f"{place}:6: {cannot}") for each in said(found)[5:]] == [True]
    assert all(each.dependency == CARRIER for each in found if each.problems)


def test_a_list_that_cannot_be_read_is_a_problem() -> None:
    """Missing, no text, or endless: what it lists is not known, and that is said."""
    one = host({OWN + "/METADATA": ""})._replace(paths=(LIST,))
    assert [each.partition(": ")[2] for each in said(vendored.read(one, record.parts(one.paths, OWN)))] == [
        "does not exist, so what it lists is not known"
    ]
    assert [each.partition(": ")[2] for each in said(read({LIST: b"six\0==1"}))] == [
        "is not a text file, so what it lists is not known"
    ]
    found = read({LIST: "six==1.16.0\n" * (listed.MOST + 1)})
    assert len(pins(found)) == listed.MOST
    assert [each.partition(": ")[2] for each in said(found)] == ["is too long; the rest of it was not read"]


def test_more_files_than_any_real_distribution_has_are_a_problem() -> None:
    """The first hundred of a kind are read."""
    found = read({f"carrier/{number:03}/_vendor/vendor.txt": f"p{number}==1" for number in range(vendored.MOST + 5)})
    place = os.path.join("site", "carrier", f"{vendored.MOST}", "_vendor", "vendor.txt")
    assert pins(found) == [f"p{number} 1" for number in range(vendored.MOST)]
    assert said(found) == [
        f"{place}: comes after {vendored.MOST} files of its kind in carrier 5.0; neither it nor the rest was read"
    ]


BILL = """{"bomFormat": "CycloneDX", "specVersion": "1.4", "version": 1,
 "metadata": {"component": {"bom-ref": "bom-ref:carrier", "name": "carrier", "type": "library"}},
 "components": [{"bom-ref": "bom-ref:carrier", "name": "carrier", "type": "library"},
  {"bom-ref": "a", "name": "Cache_Control", "version": "0.14.4", "type": "library",
   "purl": "pkg:pypi/Cache_Control@0.14.4"},
  {"bom-ref": "b", "name": "idna", "version": "3.7", "type": "library", "purl": "pkg:pypi/idna@3.7"}]}"""


def test_a_bill_of_materials_beside_the_copies_is_a_list() -> None:
    """Its names are normalised, and the carrier, which it lists too, is no copy of itself."""
    found = read({"carrier/_vendor/bom.cdx.json": BILL})
    assert [(str(each.dependency.pin), each.dependency.known_by, each.problems) for each in found] == [
        ("cache-control 0.14.4", "list", ()), ("idna 3.7", "list", ()),
    ]  # fmt: skip
    assert {each.dependency.inside for each in found} == {CARRIER.pin}


def test_a_broken_bill_of_materials_is_a_problem_of_its_carrier() -> None:
    """The other list is read."""
    found = read({"carrier/_vendor/bom.cdx.json": BILL[:300], LIST: "idna==3.7"})
    assert pins(found) == ["idna 3.7"]
    assert len(said(found)) == 1


def test_two_lists_of_the_same_copies_list_each_once() -> None:
    """At the line that vendor.txt has for it; what they disagree about is there as both have it."""
    one = host({"carrier/_vendor/bom.cdx.json": BILL, LIST: "idna==3.6\nCacheControl==1\ncache-control==0.14.4\n"})
    found = {str(each.dependency.pin): each.dependency.place for each in evidence.of_host(one)}
    assert {pin: (os.path.basename(place.file), place.line) for pin, place in found.items()} == {
        "idna 3.6": ("vendor.txt", 1), "cachecontrol 1": ("vendor.txt", 2), "cache-control 0.14.4": ("vendor.txt", 3),
        "idna 3.7": ("bom.cdx.json", 0),
    }  # fmt: skip


def test_a_project_is_no_copy_of_itself() -> None:
    """Whatever of its files names it."""
    own = installed("carrier", "4.0", below="carrier/_vendor/")
    assert pins(read({**own, LIST: "Carrier==5.0\nsix==1.16.0\n"})) == ["six 1.16.0"]


PART = {
    LIST: "setuptools==70.3.0\nsix==1.16.0\n",
    "carrier/_vendor/pkg_resources/__init__.py": "",
    "carrier/_vendor/six.py": "",
}


def test_of_setuptools_the_part_that_its_advisories_are_about_must_be_there() -> None:
    """Like pip, which lists setuptools and holds its pkg_resources alone: listed, and never a finding."""
    both = "carrier/_vendor/setuptools/__init__.py"
    for files, skipped in (
        (recorded(PART), [UNAUDITABLE, ""]),
        (recorded({**PART, both: ""}), ["", ""]),
        (PART, ["", ""]),  # without RECORD nobody knows
        ({**recorded(PART), f"{OWN}/RECORD": "x,,\n" * 400_000}, ["", ""]),
    ):
        found = read(files)
        assert pins(found) == ["setuptools 70.3.0", "six 1.16.0"]
        assert [each.dependency.skipped for each in found] == skipped


def test_a_list_beside_which_nothing_is_lists_nothing() -> None:
    """Distributions of Linux take the copies out, and leave the list and a module that says so."""
    alone = {LIST: "six==1.16.0\n", "carrier/_vendor/__init__.py": "", "carrier/_vendor/README.rst": ""}
    assert read(recorded(alone)) == []
    assert pins(read(recorded({**alone, "carrier/_vendor/six.py": ""}))) == ["six 1.16.0"]
    # Written by another hand than that of the standard, RECORD does not tell.
    other = {**alone, f"{OWN}/RECORD": "carrier\\_vendor\\vendor.txt,,\ncarrier/_vendor/__init__.py,,\n"}
    assert pins(read(other)) == ["six 1.16.0"]


# --- wheels -----------------------------------------------------------------------------------


SEED = f"carrier/embed/{wheel_name('seed', '3.0')}"


def seed(*, inner: Mapping[str, Content] | None = None) -> bytes:
    """Return a wheel that carries a list, a copy with metadata, and a wheel."""
    return zipped({
        **installed("seed", "3.0", "Requires-Dist: other"),
        **installed("copied", "1.1", below="seed/_vendor/"),
        "seed/_vendor/vendor.txt": "urllib3==1.26.0\n",
        f"seed/{wheel_name('deep', '1.0')}": zipped(installed("deep", "1.0")),
        **(inner or {}),
    })  # fmt: skip


def test_a_wheel_among_the_files_is_carried_and_carries_itself() -> None:
    """By the name of its file, and what is inside of it is inside of that; wheels in it are not opened."""
    found = [each.dependency for each in read({SEED: seed()})]
    place = os.path.join("site", *SEED.split("/"))
    assert [(str(each.pin), each.inside, each.known_by, each.place) for each in found] == [
        ("seed 3.0", CARRIER.pin, "metadata", Place(place)),
        ("copied 1.1", Pin(PYPI, "seed", "3.0"), "metadata",
         Place(os.path.join(place, "seed", "_vendor", "copied-1.1.dist-info", "METADATA"), 3)),
        ("urllib3 1.26.0", Pin(PYPI, "seed", "3.0"), "list",
         Place(os.path.join(place, "seed", "_vendor", "vendor.txt"), 1, 1)),
    ]  # fmt: skip
    assert {each.origin for each in found} == {Origin("bundled")}
    assert {each.groups for each in found} == {("runtime",)}
    assert {each.direct for each in found} == {False}


@pytest.mark.parametrize("content", [b"", b"PK", seed()[:-30], b"\0" * 5000])
def test_a_damaged_wheel_is_known_by_its_name(content: bytes) -> None:
    """That nobody knows what it carries is a problem, and the rest is read."""
    found = read({SEED: content, LIST: "six==1.16.0"})
    assert pins(found) == ["six 1.16.0", "seed 3.0"]
    assert len(said(found)) == 1
    assert "so it is not known what it carries itself" in said(found)[0]


def test_a_wheel_whose_content_is_damaged_is_read_as_far_as_it_goes() -> None:
    """A list in it that cannot be unpacked is a problem of the carrier, for its wheel cannot be mended alone."""
    content = bytearray(seed())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        start = archive.getinfo("seed/_vendor/vendor.txt").header_offset + 30 + len("seed/_vendor/vendor.txt")
    content[start : start + 8] = b"\xff" * 8
    found = read({SEED: bytes(content)})
    assert pins(found) == ["seed 3.0", "copied 1.1"]
    assert [each.partition(" (")[0].rpartition(": ")[2] for each in said(found)] == [
        "holds 1 wheel in its turn, of which nothing was read", "cannot be unpacked",
    ]  # fmt: skip


def test_a_file_that_is_named_otherwise_than_a_wheel_is_a_problem() -> None:
    """It is nobody knows what."""
    found = read({"carrier/data/odd.whl": seed()})
    assert pins(found) == []
    place = os.path.join("site", "carrier", "data", "odd.whl")
    assert said(found) == [f"{place}: is not named as a wheel is, so it was not read"]


def test_a_wheel_that_was_not_read_is_known_by_its_name() -> None:
    """As those in an image of which only the names are kept."""
    one = Host(CARRIER, "/env", "site", OWN, Memory({}, [f"/env/{SEED}"]), (SEED,))
    found = vendored.read(one, record.parts(one.paths, OWN))
    assert pins(found) == ["seed 3.0"]
    assert said(found)[0].endswith("was not read, so it is not known what it carries itself")


@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
def test_no_content_of_any_file_raises(content: bytes) -> None:
    """Whatever the bytes of a copy's metadata, of a list, of a bill of materials, of RECORD and of a wheel are."""
    read({
        "carrier/_vendor/x-1.dist-info/METADATA": content, "carrier/_vendor/y.egg-info/PKG-INFO": content,
        LIST: content, "carrier/_vendor/bom.cdx.json": content, f"{OWN}/RECORD": content, SEED: content,
        f"carrier/{SEED}": zipped({"seed/_vendor/vendor.txt": content, "seed-3.0.dist-info/RECORD": content}),
    })  # fmt: skip
