"""`pip-assay contents`: the tree of what targets are made of, its sizes, its formats."""

import csv
import hashlib
import importlib
import json
import os
import re
import tarfile
import time
import zipfile
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import pieces, settings, targets
from pip_assay.cli import main
from pip_assay.model import PYPI, PYTHON, UNAUDITABLE, Dependency, Inventory, Origin, Pin, Place, Problem
from pip_assay.pieces import Contents, Extent, Piece
from pip_assay.reports import Style
from pip_assay.reports import contents as written
from pip_assay.sources import sizes
from pip_assay.sources.bundled import evidence, remembered
from pip_assay.sources.bundled.nouns import Host
from pip_assay.sources.bundled.record import Parts
from pip_assay.sources.bundled.strings import Left
from pip_assay.sources.installed.distribution import Found
from tests.archives import installed, wheel_name, zipped
from tests.bundling import SBOM, bill, component, host, put

VALIDATOR = importlib.import_module("jsonschema").Draft202012Validator(
    json.loads((resources.files("pip_assay.reports") / "contents-1.schema.json").read_text("utf-8"))
)
RSA = bill(component("rsa", "0.9.10", "pkg:cargo/rsa@0.9.10"))
ZLIB = b"\0 inflate 1.2.11 Copyright 1995-2017 Mark Adler \0"


def piece(name: str, version: str = "1", *parts: Piece, ecosystem: str = PYPI, **more: Any) -> Piece:
    """Return a release with what it carries."""
    extent = more.pop("extent", None)
    pin = Pin(ecosystem, name, version)
    carried = tuple(each._replace(dependency=each.dependency._replace(inside=pin)) for each in parts)
    return Piece(Dependency(pin, **{"place": Place(f"site/{name}"), **more}), extent, carried)


def one(name: str, file: str, inside: str = "") -> Dependency:
    """Return a dependency of release 1."""
    return Dependency(Pin(PYPI, name, "1"), Place(file), inside=Pin(PYPI, inside, "1") if inside else None)


def shape(found: Iterable[Piece]) -> Any:
    """Return a tree as names."""
    return {each.dependency.place.file: shape(each.parts) for each in found}


def tree(*dependencies: Dependency) -> Any:
    return shape(pieces.tree(dependencies, [None] * len(dependencies)))


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A virtual environment in the current folder, and its site-packages."""
    monkeypatch.chdir(tmp_path)
    python = tmp_path / "python"
    site = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(
        f"home = {python / 'bin'}\nversion = 3.11.9\ninclude-system-site-packages = false\n"
    )
    folder = python / "lib" / "python3.11" / "ensurepip" / "_bundled"
    folder.mkdir(parents=True)
    (python / "bin").mkdir()
    (python / "bin" / "python3.11").write_bytes(b"\x7fELF" + ZLIB)
    wheel = zipped({**installed("pip", "24.0"), "pip/_vendor/vendor.txt": "urllib3==1.26.17\n"})
    (folder / wheel_name("pip", "24.0")).write_bytes(wheel)
    put(site, "thing", "1.0", {
        "thing-1.0.dist-info/sboms/a.cdx.json": RSA, "thing/__init__.py": b"x" * 1000, "thing/_c.so": ZLIB,
    })  # fmt: skip
    put(site, "plain", "2")
    later = time.time() + 60  # what has only just changed is not remembered
    monkeypatch.setattr(time, "time", lambda: later)
    return site


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Return the exit code, stdout and stderr of `pip-assay contents`."""
    code = main(["contents", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


# --- the tree ---


def test_a_tree_has_everything_below_what_carries_it() -> None:
    """However the dependencies are ordered; the interpreter comes first, all else by name and version."""
    listed = [
        one("c", "c", "b"), one("b", "b", "a"), one("a", "a"), one("z", "z"), one("B", "B"),
        Dependency(Pin(PYTHON, "zpython", "3"), Place("zpython")),
    ]  # fmt: skip
    assert tree(*listed) == tree(*listed[::-1]) == {"zpython": {}, "a": {"b": {"c": {}}}, "B": {}, "z": {}}
    assert list(tree(*listed)) == ["zpython", "a", "B", "z"]


def test_what_is_inside_of_nothing_that_is_listed_stands_by_itself() -> None:
    """So does what is inside of itself, in a circle, or too deep: nothing is lost."""
    assert tree(one("a", "a", "gone")) == {"a": {}}
    assert tree(one("a", "a", "a")) == {"a": {}}
    assert tree(one("a", "a", "b"), one("b", "b", "a"), one("c", "c", "b")) == {"a": {}, "b": {}, "c": {}}
    deep = [one(f"{number:04}", f"{number:04}", f"{number - 1:04}" if number else "") for number in range(1000)]
    found = pieces.tree(deep, [None] * 1000)
    assert pieces.count(found) == 1000
    assert len(pieces.flat(found)) == 1000


def test_what_an_installed_copy_carries_is_told_from_what_the_same_release_in_a_wheel_does() -> None:
    """The folder of a file says whether it is in the wheel; else the copy counts that was listed last before it."""
    wheel = "ensurepip/pip-1-py3-none-any.whl"
    embedded = "virtualenv/pip-1-py3-none-any.whl"
    listed = [
        one("pip", "pip-1.dist-info/METADATA"), one("python", "python"), one("virtualenv", "virtualenv"),
        one("aaa", "aaa"), one("pip", "aaa/sboms/a.json", "aaa"),
        one("pip", wheel, "python"), one("rich", f"{wheel}/pip/_vendor/vendor.txt", "pip"),
        one("rich", "pip/_vendor/vendor.txt", "pip"),
        one("pip", "virtualenv/sboms/a.json", "virtualenv"), one("rich", f"{embedded}/pip/_vendor/vendor.txt", "pip"),
    ]  # fmt: skip
    assert tree(*listed) == {
        "aaa": {"aaa/sboms/a.json": {}},
        "pip-1.dist-info/METADATA": {"pip/_vendor/vendor.txt": {}},
        "python": {wheel: {f"{wheel}/pip/_vendor/vendor.txt": {}}},
        "virtualenv": {"virtualenv/sboms/a.json": {f"{embedded}/pip/_vendor/vendor.txt": {}}},
    }


def test_in_a_folder_of_wheels_each_wheel_carries_its_own() -> None:
    """Two wheels of one release for two systems."""
    wheels = ("w/a-1-one.whl", "w/a-1-two.whl")
    listed = [*(one("a", each) for each in wheels), *(one("b", f"{each}/x.json", "a") for each in wheels)]
    assert tree(*listed) == {each: {f"{each}/x.json": {}} for each in wheels}


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["", *"abcd"]), st.sampled_from(["x.whl/y", "z"]))))
def test_nothing_is_lost_or_told_twice(listed: list[tuple[str, str, str]]) -> None:
    """Whatever is inside of whatever."""
    every = [one(name, f"{file}/{number}", inside) for number, (name, inside, file) in enumerate(listed)]
    found = pieces.tree(every, [None] * len(every))
    assert sorted(each.place.file for each in pieces.flat(found)) == sorted(each.place.file for each in every)
    assert pieces.count(found) == len(every)
    assert all(not each.inside or each.inside.name for each in pieces.flat(found))


def test_filters_keep_what_is_named_and_what_carries_something() -> None:
    """By normalised names, and both together."""
    every = (piece("a"), piece("b", "1", piece("c")), piece("c"))
    assert pieces.chosen(every) == every
    assert pieces.chosen(every, {"c", "nothing"}) == every[2:]
    assert pieces.chosen(every, carrying=True) == every[1:2]
    assert pieces.chosen(every, {"a"}, carrying=True) == ()


# --- sizes ---


def test_sizes_are_those_of_the_files(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All that RECORDs list of a folder is all that is in it, by another way to count."""
    files = [path for path in environment.rglob("*") if path.is_file()]
    _, text, _ = run(capsys, "-f", "json", "--no-strings", "--path", str(environment))
    (target,) = json.loads(text)["targets"]
    assert target["size"] == {"bytes": sum(map(os.path.getsize, files)), "files": len(files), "missing": 0}
    own = [each["size"] for each in target["contents"] if each["kind"] != "interpreter"]
    assert sum(each["bytes"] for each in own) == target["size"]["bytes"]


def test_sizes_of_this_environment_agree_with_importlib_metadata() -> None:
    """For each distribution: the sum over the files that the standard library finds of it."""
    from importlib import metadata

    for found in metadata.distributions():
        folder = getattr(found, "_path", Path())
        if folder.suffix != ".dist-info" or not (folder / "RECORD").exists():
            continue
        dependency = Dependency(Pin(PYPI, found.name, found.version), Place(str(folder / "METADATA")))
        (extent,) = sizes.measure(Inventory("x", "environment", (dependency,)), os.getcwd()).extents
        files = {os.path.normpath(str(each.locate())) for each in found.files or ()}
        there = [each for each in files if os.path.isfile(each)]
        assert extent == (sum(map(os.path.getsize, there)), len(there), len(files) - len(there))


def measured(site: Path, name: str = "thing", **more: Any) -> Extent | None:
    """Return the room of the distribution `thing 1.0` in a folder."""
    place = Place(str(site / f"{name}-1.0.dist-info" / "METADATA"))
    inventory = Inventory("x", "environment", (Dependency(Pin(PYPI, name, "1.0"), place),))
    return sizes.measure(inventory, "", **more).extents[0]


def test_files_that_are_listed_and_not_there_are_counted(tmp_path: Path) -> None:
    """A file that is gone, a folder, a broken link, and what leads out of the environment, which is not looked for."""
    folder = put(tmp_path, "thing", "1.0", {"thing/a.py": b"12345", "thing/b.py": b"123"})
    before = measured(tmp_path)
    assert before is not None
    (tmp_path / "thing" / "b.py").unlink()
    (tmp_path / "link").symlink_to("nowhere")
    astray = ("thing", "link", "/etc/passwd", "../../../../../etc/passwd", "a/../../etc/passwd", "C:/x", "\0")
    with (folder / "RECORD").open("a") as record:
        csv.writer(record).writerows([each, "", ""] for each in astray)
    grown = os.path.getsize(folder / "RECORD")
    after = measured(tmp_path)
    assert after is not None
    assert after.missing == 1 + len(astray)
    assert after.files == before.files - 1
    with (folder / "RECORD").open("a") as record:
        csv.writer(record).writerow(["thing/a.py", "", ""])
    again = measured(tmp_path)
    assert again == after._replace(size=after.size + os.path.getsize(folder / "RECORD") - grown)


@pytest.mark.parametrize("content", [b'"' + b"x" * 200_000, b"\xff\xfe", b"", b"\n\n,,\n", b'a"b,c\r\rd'])
def test_no_record_raises(tmp_path: Path, content: bytes) -> None:
    """Whatever is in it."""
    (put(tmp_path, "thing", "1.0") / "RECORD").write_bytes(content)
    assert measured(tmp_path) is None or measured(tmp_path).size == 0  # type: ignore[union-attr]


def test_a_copy_in_the_files_has_a_size_of_its_own_and_counts_once(tmp_path: Path) -> None:
    """It is a part of its host's size; that it holds less than its own RECORD lists is its own affair."""
    put(tmp_path / "host" / "_vendor", "copy", "2", {"copy.py": b"12345"})
    (tmp_path / "host" / "_vendor" / "copy.py").unlink()
    inner = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    put(tmp_path, "host", "1", inner)
    pin = Pin(PYPI, "host", "1")
    host = Dependency(pin, Place("host-1.dist-info/METADATA"))
    copy = Dependency(Pin(PYPI, "copy", "2"), Place("host/_vendor/copy-2.dist-info/METADATA"), inside=pin)
    crate = copy._replace(place=Place("host/_vendor/copy-2.dist-info/RECORD"), known_by="sbom")
    found = sizes.measure(Inventory("x", "environment", (host, copy, crate)), str(tmp_path))
    whole = [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()]
    assert found.total == found.extents[0] == Extent(sum(whole), len(whole))
    assert found.extents[1:] == (Extent(sum(map(len, inner.values())), len(inner), 1), None)
    alone = sizes.measure(Inventory("x", "environment", (copy,)), str(tmp_path))
    assert (alone.total, alone.extents) == (None, found.extents[1:2])


def test_a_library_that_is_a_file_has_the_size_of_that_file(tmp_path: Path) -> None:
    """Where its name tells of it; a text in a file does not say how much of it the library is."""
    (tmp_path / "libz.so.1").write_bytes(b"x" * 77)
    library = Dependency(Pin("generic", "zlib", "1"), Place("libz.so.1"), inside=Pin(PYPI, "a", "1"))
    listed = tuple(library._replace(known_by=each) for each in ("file name", "string", "sbom"))
    found = sizes.measure(Inventory("x", "environment", listed), str(tmp_path))
    assert found.extents == (Extent(77, 1), None, None)


def test_an_archive_that_cannot_be_read_has_no_size(tmp_path: Path) -> None:
    """Nor has what an image holds, for its layers do not tell."""
    (tmp_path / "a-1-py3-none-any.whl").write_bytes(b"PK")
    one = Dependency(Pin(PYPI, "a", "1"), Place("a-1-py3-none-any.whl/a-1.dist-info/METADATA"))
    for kind in ("wheel", "environment"):
        found = sizes.measure(
            Inventory("x", kind, (one, one._replace(place=Place("a-1-py3-none-any.whl")))), str(tmp_path)
        )
        assert found == ((None, None), None)


def test_what_no_record_lists_has_no_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is guessed, of packages of a system, and where RECORD lists too many files."""
    folder = put(tmp_path, "thing", "1.0")
    assert measured(tmp_path)
    monkeypatch.setattr(sizes, "MOST", 1)
    assert measured(tmp_path) is None
    (folder / "RECORD").unlink()
    assert measured(tmp_path) is None


def test_links_of_an_unpacked_file_system_lead_nowhere_outside(tmp_path: Path) -> None:
    """A file of the machine is never measured through one; a link that stays inside is followed."""
    site = tmp_path / "root" / "site"
    folder = put(site, "thing", "1.0", {"thing/a.py": b"12345"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"x" * 5000)
    (site / "out").symlink_to(tmp_path / "outside" / "secret")
    (site / "folder").symlink_to(tmp_path / "outside")
    (site / "in").symlink_to("thing/a.py")
    before = measured(site, roots=[str(tmp_path / "root")])
    rows = "out,,\nfolder/secret,,\nin,,\n"
    with (folder / "RECORD").open("a") as record:
        record.write(rows)
    found = measured(site, roots=[str(tmp_path / "root")])
    assert before is not None
    assert found == (before.size + len(rows) + 5, before.files + 1, 2)
    (folder / "RECORD").unlink()
    (folder / "RECORD").symlink_to(tmp_path / "outside" / "secret")
    assert measured(site, roots=[str(tmp_path / "root")]) is None


def test_archives_are_measured_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """A wheel with RECORD and one without it, an sdist, and a folder of all of them."""
    monkeypatch.chdir(tmp_path)
    os.mkdir("all")
    files: dict[str, str | bytes] = {**installed("a", "1"), "a/b.py": "x" * 5000}
    for name in (wheel_name("a", "1"), wheel_name("b", "1")):
        members = {path.replace("a-1", f"{name[0]}-1"): content for path, content in files.items()}
        members[f"{name[0]}-1.dist-info/METADATA"] = f"Metadata-Version: 2.1\nName: {name[0]}\nVersion: 1\n\n"
        if name[0] == "a":
            members["a-1.dist-info/RECORD"] = "".join(f"{path},,\n" for path in (*members, "a-1.dist-info/RECORD"))
        Path("all", name).write_bytes(zipped(members))
    with tarfile.open("all/c-1.tar.gz", "w:gz") as archive:
        for path, content in (("c-1/PKG-INFO", "Metadata-Version: 2.1\nName: c\nVersion: 1\n"), ("c-1/c.py", "x" * 77)):
            Path("file").write_text(content)
            archive.add("file", path)
    every = {}
    for name in sorted(os.listdir("all")):
        if name.endswith(".whl"):
            with zipfile.ZipFile(f"all/{name}") as wheel:
                every[name] = [info.file_size for info in wheel.infolist()]
        else:
            with tarfile.open(f"all/{name}") as sdist:
                every[name] = [member.size for member in sdist]
        code, text, _ = run(capsys, "-f", "json", f"all/{name}")
        (target,) = json.loads(text)["targets"]
        wanted = {"bytes": sum(every[name]), "files": len(every[name]), "missing": 0}
        assert (code, target["size"], target["contents"][0]["size"]) == (0, wanted, wanted)
    _, text, _ = run(capsys, "-f", "json", "all")
    (target,) = json.loads(text)["targets"]
    total = {"bytes": sum(map(sum, every.values())), "files": sum(map(len, every.values())), "missing": 0}
    assert target["size"] == total


# --- the command ---


def test_everything_is_told_with_what_carries_it(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The interpreter with ensurepip's wheels and its own libraries, distributions with crates and libraries."""
    code, text, talk = run(capsys)
    assert (code, talk) == (0, "")
    lines = [re.sub(r"  +", "  ", line.strip()) for line in text.splitlines()]
    room = measured(environment)
    assert room is not None
    assert lines[0].startswith("Contents of .venv (CPython 3.11.9), the virtual environment in this folder: ")
    assert " 2 distributions, 5 bundled components, " in lines[0]
    assert lines[2:] == [
        "cpython 3.11.9  interpreter",
        "zlib 1.2.11  library, not auditable  string python3.11",
        f"pip 24.0  Python project  metadata pip-24.0-py3-none-any.whl  {size_of_wheel()}",
        "urllib3 1.26.17  Python project  list vendor.txt",
        lines[6],
        lines[7],
        "rsa 0.9.10  crate  sbom a.cdx.json",
        "zlib 1.2.11  library, not auditable  string _c.so",
    ]
    assert re.fullmatch(r"plain 2  \d+ bytes in 2 files", lines[6])
    assert re.fullmatch(rf"thing 1\.0  1\.\d kB in {room.files} files", lines[7])


def size_of_wheel() -> str:
    (wheel,) = Path("python/lib/python3.11/ensurepip/_bundled").iterdir()
    return f"{wheel.stat().st_size} bytes" if wheel.stat().st_size < 1000 else f"{wheel.stat().st_size / 1000:.1f} kB"


def test_compiled_files_are_not_searched_where_nobody_wants_it(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then nothing is known by texts; an audit never does it."""
    assert environment.is_dir()
    assert "zlib" in run(capsys)[1]
    assert "zlib" not in run(capsys, "--no-strings")[1]
    main(["audit", "-f", "json", "--offline"])
    assert "zlib" not in capsys.readouterr().out


def test_compiled_files_that_an_sbom_names_are_searched_too() -> None:
    """What is in one may be more than it says."""
    path = "thing.libs/libssl-81259c47.so.1.1.1k"
    named = hashlib.sha256(b"/usr/lib64/libssl.so.1.1.1k").hexdigest()
    made = component("openssl-libs", "1", "pkg:rpm/almalinux/openssl-libs@1-1.el8", bom_ref=f"pkg:rpm/x@1#{named}")
    searched: list[tuple[str, ...]] = []

    def search(_: Host, parts: Parts) -> list[Found]:
        searched.append(parts.libraries)
        return []

    found = evidence.of_host(host({SBOM: bill(made), path: b""}), search)
    assert searched == [(path,)]
    assert [each.dependency.pin.name for each in found] == ["openssl-libs"]


def test_what_was_searched_is_remembered_apart_until_a_file_changes(
    environment: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run opens no compiled file; a library that changes is searched again, and so is the interpreter."""
    from pip_assay.sources.bundled import strings

    first = run(capsys)
    folder = Path(os.environ["PIP_ASSAY_CACHE"], remembered.FOLDER)
    assert [each.name for each in folder.iterdir()] == [remembered.SEARCHED]
    searched: list[str] = []
    of_file = strings._of_file

    def noting(host: Host, path: str, left: Left) -> list[tuple[str, str, str]]:
        searched.append(path)
        return of_file(host, path, left)

    monkeypatch.setattr(strings, "_of_file", noting)
    assert run(capsys) == first
    assert not searched
    (environment / "thing" / "_c.so").write_bytes(ZLIB.replace(b"1.2.11", b"1.2.13"))
    assert "zlib 1.2.13" in run(capsys)[1]
    assert searched == ["thing/_c.so"]
    Path("python/bin/python3.11").write_bytes(b"")
    assert "string python3.11" not in run(capsys)[1]
    assert searched.count("bin/python3.11") == 1


def test_a_search_that_met_its_bounds_is_a_problem_and_not_remembered(
    environment: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bounds are for all of a run, so that the same file may be searched the next time."""
    monkeypatch.setattr(Left.__init__, "__defaults__", (4_000_000_000, 0))
    code, _, talk = run(capsys, "--path", str(environment))
    assert code == 3
    assert "1 of its compiled files was not searched" in talk
    monkeypatch.setattr(Left.__init__, "__defaults__", (4_000_000_000, 1000))
    code, text, _ = run(capsys, "--path", str(environment))
    assert code == 0
    assert "zlib" in text


def test_the_wheels_of_ensurepip_are_a_part_of_an_audit(environment: Path) -> None:
    """Of a virtual environment, and of the installation that it builds on; a wheel that is added is noticed."""
    assert environment.is_dir()

    def carried(python: str = "", *paths: str, no_bundled: bool = False) -> list[str]:
        wanted = settings.Settings(python=python, paths=paths, no_bundled=no_bundled)
        (found,) = targets.read(wanted, settings.Outside({}, os.getcwd(), time.time()))
        return sorted(str(each.pin) for each in found.dependencies if each.inside)

    assert carried() == carried() == ["pip 24.0", "rsa 0.9.10", "urllib3 1.26.17"]
    Path("python/lib/python3.11/site-packages").mkdir()
    assert carried("python") == carried("python") == ["pip 24.0", "urllib3 1.26.17"]
    assert carried("", str(environment)) == carried()
    assert carried("", str(environment), str(environment)) == carried()
    folder = Path("python/lib/python3.11/ensurepip/_bundled")
    (folder / wheel_name("setuptools", "65.5.0")).write_bytes(zipped(installed("setuptools", "65.5.0")))
    assert "setuptools 65.5.0" in carried()
    assert carried(no_bundled=True) == []


def test_nothing_is_told_while_it_works_where_there_is_no_terminal(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stderr is for what is wrong."""
    assert environment.is_dir()
    assert run(capsys)[2] == ""


def test_json_is_what_its_schema_describes(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line of ASCII; the numbers are of everything, whatever is shown."""
    assert environment.is_dir()
    code, text, _ = run(capsys, "-f", "json")
    document = json.loads(text)
    VALIDATOR.validate(document)
    assert (code, text.isascii(), text.count("\n"), document["status"]) == (0, True, 1, "complete")
    (target,) = document["targets"]
    assert [each["name"] for each in target["contents"]] == ["cpython", "plain", "thing"]
    assert (target["distributions"], target["bundled"]) == (2, 5)
    (rsa, _) = target["contents"][2]["carries"]
    assert (rsa["purl"], rsa["known_by"], rsa["kind"], rsa["size"]) == ("pkg:cargo/rsa@0.9.10", "sbom", "crate", None)
    _, text, _ = run(capsys, "-f", "json", "--package", "Plain")
    (few,) = json.loads(text)["targets"]
    VALIDATOR.validate(json.loads(text))
    assert [each["name"] for each in few["contents"]] == ["plain"]
    assert few | {"contents": target["contents"]} == target


@pytest.mark.parametrize(("name", "kind"), [("cyclonedx-json", OutputFormat.JSON), ("cyclonedx-xml", OutputFormat.XML)])
@pytest.mark.parametrize(("version", "schema"), [("1.6", SchemaVersion.V1_6), ("1.7", SchemaVersion.V1_7)])
def test_cyclonedx_is_valid(
    environment: Path, capsys: pytest.CaptureFixture[str], name: str, kind: OutputFormat, version: str, schema: Any
) -> None:
    """By its own schema; what is carried is nested in what carries it, and no flaw is told."""
    assert environment.is_dir()
    code, text, _ = run(capsys, "-f", name, "--spec-version", version)
    assert code == 0
    assert make_schemabased_validator(kind, schema).validate_str(text) is None
    if name == "cyclonedx-json":
        document = json.loads(text)
        nested = {
            each["name"]: [inner["name"] for inner in each.get("components", ())] for each in document["components"]
        }
        assert nested == {"cpython": ["pip", "zlib"], "plain": [], "thing": ["rsa", "zlib"]}
        assert document["vulnerabilities"] == []


def test_cyclonedx_holds_what_is_shown_alone(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the other formats do."""
    assert environment.is_dir()
    _, text, _ = run(capsys, "-f", "cyclonedx-json", "--package", "thing")
    assert [each["name"] for each in json.loads(text)["components"]] == ["thing"]


def test_a_lock_is_flat_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names releases, and holds nothing."""
    lock = tmp_path / "pylock.toml"
    lock.write_text('lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "idna"\nversion = "3.7"\n')
    code, text, talk = run(capsys, str(lock))
    assert (code, talk) == (0, "")
    assert text.splitlines() == [
        f"Contents of {lock}: 1 package.",
        "It lists releases and holds none of their files, so what they carry is not known.",
        "",
        "idna 3.7",
    ]


def test_an_sbom_tells_what_it_nests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As far as it says; the bill that was written is read back as the same tree."""
    put(tmp_path / "site", "thing", "1.0", {"thing-1.0.dist-info/sboms/a.cdx.json": RSA})
    _, text, _ = run(capsys, "-f", "cyclonedx-json", "--path", str(tmp_path / "site"))
    saved = tmp_path / "bom.cdx.json"
    saved.write_text(text)
    code, text, _ = run(capsys, "-f", "json", str(saved))
    (target,) = json.loads(text)["targets"]
    assert code == 0
    assert [(each["name"], [inner["name"] for inner in each["carries"]]) for each in target["contents"]] == [
        ("thing", ["rsa"])
    ]
    assert "holds none of their files: what they carry is known as far as it says." in run(capsys, str(saved))[1]


def test_requirements_are_listed_as_they_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No index is asked; that one has no version is no problem here, and is said."""
    file = tmp_path / "requirements.txt"
    file.write_text("idna\nrequests==2.31.0\n")
    code, text, talk = run(capsys, str(file))
    assert (code, talk) == (0, "")
    assert text.splitlines()[3:] == ["idna             has no pinned version", "requests 2.31.0"]


def test_what_cannot_be_read_is_told_and_the_rest_is_listed(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target that is not there; a broken SBOM. The exit code is 3, and JSON has the problems."""
    code, text, talk = run(capsys, "missing", ".venv")
    assert (code, talk) == (3, "pip-assay: missing: does not exist; check the path\n")
    assert text.splitlines()[0] == "Could not read missing."
    assert "rsa 0.9.10" in text
    (environment / "thing-1.0.dist-info" / "sboms" / "a.cdx.json").write_bytes(b"{")
    code, text, talk = run(capsys, "-f", "json")
    document = json.loads(text)
    VALIDATOR.validate(document)
    (problem,) = document["targets"][0]["problems"]
    assert (code, document["status"], problem["subject"]) == (3, "incomplete", "thing")
    assert problem["what"] in talk


def test_names_that_are_not_there_are_told(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr; of what is shown only the numbers are left."""
    assert environment.is_dir()
    code, text, talk = run(capsys, "--package", "Nothing_Here")
    assert (code, talk) == (0, "pip-assay: nothing-here is not in .venv\n")
    assert text.splitlines()[1:] == ["Shown: 0 of 3."]
    assert [line.split()[0] for line in run(capsys, "--carrying")[1].splitlines() if line[:1].islower()] == [
        "cpython", "thing"
    ]  # fmt: skip


def test_output_goes_into_a_file(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole, with nothing on stdout."""
    assert environment.is_dir()
    _, text, _ = run(capsys)
    assert run(capsys, "-o", "out.txt") == (0, "", "")
    assert Path("out.txt").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("words", [["-f", "sarif"], ["--no-bundled"], ["--package"], ["--spec-version", "1.5"]])
def test_wrong_words_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With 2; to leave out what this is about is not offered."""
    assert run(capsys, *words)[0] == 2


# --- the text ---


def told(*shown: Piece, kind: str = "environment", verbose: int = 0, total: Extent | None = None) -> list[str]:
    """Return the lines about some pieces."""
    inventory = Inventory("x", kind, tuple(pieces.flat(shown)))
    return written.text([Contents(inventory, shown, total)], [shown], Style(verbose=verbose)).splitlines()


def test_each_kind_has_a_word() -> None:
    """What is no ecosystem of its own is a library."""
    kinds = ["crates.io", PYPI, PYTHON, "generic", "github", "Go", "npm", "AlmaLinux:8", "Debian:12", "rpm"]
    assert [written.kind_of(Pin(each, "x", "1")) for each in kinds] == [
        "crate", "Python project", "interpreter", "library", "GitHub project", "Go module", "npm package",
        "AlmaLinux 8 package", "Debian 12 package", "rpm package",
    ]  # fmt: skip


def test_long_lists_are_folded_kind_by_kind() -> None:
    """The first ten of each, and how many more; all of them with -v; thirty are no long list."""
    crates = [piece(f"c{number:03}", ecosystem="crates.io", known_by="sbom") for number in range(400)]
    copies = [piece(f"p{number:03}", known_by="list") for number in range(written.MANY)]
    lines = told(piece("uv", "1", *crates, *copies))
    assert len(lines) == 3 + written.FOLD + 1 + written.MANY
    assert lines[13] == "  and 390 more crates (-v)"
    assert lines[3].split() == ["c000", "1", "crate", "sbom", "c000"]
    assert len(told(piece("uv", "1", *crates, *copies), verbose=1)) == 3 + 430
    assert written._plural("library") == "libraries"


def test_what_is_not_from_an_index_says_where_it_is_from() -> None:
    """And so does what has no version, what is missing, and what is there with nothing that lists its files."""
    lines = told(
        piece("a", origin=Origin("editable", "file:///a"), extent=Extent(1_234_567, 12_345, 2)),
        piece("b", origin=Origin("vcs", "git+https://example.org/b@1"), extent=Extent(1, 1)),
        piece("c", "", origin=Origin("distro", "python3-c"), skipped="no version in its metadata"),
        piece("d", "1", piece("e", ecosystem="generic", skipped=UNAUDITABLE, known_by="file name"),),
        total=Extent(1_234_568, 12_346, 2),
    )  # fmt: skip
    assert lines == [
        "Contents of x: 4 distributions, 1 bundled component, 1.2 MB in 12,346 files (2 more missing).",
        "",
        "a 1  1.2 MB in 12,345 files (2 more missing), editable from file:///a",
        "b 1  1 bytes in 1 file, from git+https://example.org/b@1",
        "c    size not known, of the operating system python3-c, no version in its metadata",
        "d 1  size not known",
        "  e 1  library, not auditable  file name e",
    ]


HOSTILE = "x\x1b[31m\u202e\nContents of y\r::error::z"


def test_hostile_names_and_files_obey_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """In the text each stays on its line, without what a terminal obeys; in JSON they are as they are."""
    shown = (
        piece(
            HOSTILE,
            HOSTILE,
            piece(HOSTILE, HOSTILE, ecosystem=HOSTILE, place=Place(HOSTILE), known_by="sbom"),
            skipped=HOSTILE,
            origin=Origin("url", HOSTILE),
            inside=Pin(HOSTILE, HOSTILE, HOSTILE),
        ),
    )
    inventory = Inventory(HOSTILE, "environment", tuple(pieces.flat(shown)), (Problem("unreadable", HOSTILE),), HOSTILE)
    found = [Contents(inventory, shown)]
    text = written.text(found, [shown], Style())
    assert len(text.splitlines()) == 4
    assert all(character.isprintable() or character == "\n" for character in text)
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    document = json.loads(written.document(found, [shown]))
    assert document["targets"][0]["contents"][0]["name"] == HOSTILE
    assert capsys.readouterr().err == ""
