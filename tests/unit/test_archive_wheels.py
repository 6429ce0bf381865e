"""Wheels, eggs and folders of them; importlib.metadata and packaging are the oracles."""

import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from pip_assay.model import INDEX, Dependency, Inventory, Origin, Pin, Place
from pip_assay.names import normalise
from pip_assay.sources import archive
from pip_assay.sources.archive import named
from pip_assay.sources.bundled import Reader
from tests.archives import SETUPTOOLS, installed, metadata, put, tarred, wheel_name, zipped

CARRIED = Reader()


def rows(inventory: Inventory) -> list[tuple[str, str]]:
    """Return names and versions."""
    return [(one.pin.name, one.pin.version) for one in inventory.dependencies]


def only(inventory: Inventory) -> Dependency:
    """Return the one dependency."""
    (one,) = inventory.dependencies
    return one


def said(inventory: Inventory) -> list[str]:
    """Return what the problems say."""
    return [problem.what for problem in inventory.problems]


def test_a_wheel_is_its_distribution_and_what_it_carries(tmp_path: Path) -> None:
    """The distribution comes from its METADATA; vendored ones are inside of it, and test data is not."""
    path = put(tmp_path, wheel_name("alpha", "1.0"), zipped(SETUPTOOLS))
    inventory = archive.read(path, carried=CARRIED)
    assert (inventory.target, inventory.kind, inventory.problems) == (path, "wheel", ())
    assert inventory.detail == "its 1 requirement is not part of it"
    alpha, delta, epsilon = inventory.dependencies
    assert alpha == Dependency(
        Pin("PyPI", "alpha", "1.0"), Place(f"{path}/alpha-1.0.dist-info/METADATA", 3), requires=("beta",), direct=True,
        spelling="alpha",
    )  # fmt: skip
    assert (delta.inside, delta.origin, delta.direct) == (alpha.pin, Origin("bundled"), False)
    assert epsilon.pin == Pin("PyPI", "epsilon-pkg", "3.1")
    assert (epsilon.inside, epsilon.known_by) == (alpha.pin, "metadata")
    assert epsilon.place == Place(f"{path}/alpha/_vendor/epsilon_pkg-3.1.dist-info/METADATA", 3)


def test_what_is_found_is_what_importlib_finds_in_the_unpacked_wheel(tmp_path: Path) -> None:
    """Name, version and line of each are those of importlib.metadata and of the file's text."""
    path = put(tmp_path, wheel_name("alpha", "1.0"), zipped(SETUPTOOLS))
    with zipfile.ZipFile(path) as whole:
        whole.extractall(tmp_path / "unpacked")
        found = [PathDistribution(folder) for folder in (tmp_path / "unpacked").rglob("*.dist-info")]
        inventory = archive.read(path, carried=CARRIED)
        assert rows(inventory) == sorted((canonicalize_name(one.metadata["Name"]), one.version) for one in found)
        for one in inventory.dependencies:
            text = whole.read(one.place.file.removeprefix(f"{path}/")).decode()
            assert text.splitlines()[one.place.line - 1] == f"Version: {one.pin.version}"


def test_the_reading_of_content_is_the_reading_of_the_file(tmp_path: Path) -> None:
    """Content that came from no file is read alike."""
    path = put(tmp_path, wheel_name("alpha", "1.0"), zipped(SETUPTOOLS))
    read = archive.read(path, carried=CARRIED)
    assert archive.parse(Path(path).read_bytes(), path, carried=CARRIED) == read == archive.read(path, carried=CARRIED)
    assert archive.read(path, target="the wheel").target == "the wheel"


@pytest.mark.parametrize(
    "name", ["alpha-1.0-py3-none-any.whl", "Alpha-1.0.0-1-py2.py3-none-any.whl", "any.whl", "alpha-1.0.post0-py3.whl"]
)
def test_a_name_that_agrees_or_tells_nothing_is_no_problem(tmp_path: Path, name: str) -> None:
    """Names compare normalised and versions by PEP 440; a file that was renamed otherwise tells nothing."""
    inventory = archive.read(put(tmp_path, name, zipped(installed("alpha", "1.0"))))
    assert (rows(inventory), said(inventory)) == ([("alpha", "1.0")], [])


@pytest.mark.parametrize("name", ["beta-1.0-py3-none-any.whl", "alpha-1.0.1-py3-none-any.whl"])
def test_a_name_that_disagrees_with_the_metadata_is_a_problem(tmp_path: Path, name: str) -> None:
    """What METADATA states is audited, and the contradiction is shown."""
    path = put(tmp_path, name, zipped(installed("alpha", "1.0")))
    inventory = archive.read(path)
    assert rows(inventory) == [("alpha", "1.0")]
    (problem,) = inventory.problems
    assert (problem.gap, problem.place, problem.subject) == ("unreadable", Place(path), "alpha")
    assert problem.what == "is named otherwise than its metadata state: alpha 1.0"


@pytest.mark.parametrize(
    "file",
    [
        "alpha-1.0-py3-none-any.whl", "Alpha_Pkg.x-1.0+cu118-3-py3-none-any.whl", "alpha-1!2.0rc1-cp311-abi3-win32.whl",
        "alpha-1.0.whl", "alpha.whl", "alpha-1.0-py3-none-any-x-y.whl", "-1.0-py3-none-any.whl",
    ],
)  # fmt: skip
def test_wheel_names_are_read_as_packaging_reads_them(file: str) -> None:
    """Where packaging finds name and version, so do we; where it finds none, nothing is compared."""
    try:
        name, version, _, _ = parse_wheel_filename(file)
    except ValueError:
        assert named.of_built(file) == []
    else:
        assert named.agrees(named.of_built(file), Pin("PyPI", name, str(version)))


@pytest.mark.parametrize("file", ["alpha-1.0.tar.gz", "Alpha_Pkg-2.0rc1.zip", "alpha-2-beta-1.0.tar.gz"])
def test_sdist_names_are_read_as_packaging_reads_them(file: str) -> None:
    """One of the ways to read the name is that of packaging."""
    name, version = parse_sdist_filename(file)
    assert named.agrees(named.of_sdist(file), Pin("PyPI", name, str(version)))


def test_several_metadata_folders_are_all_listed(tmp_path: Path) -> None:
    """The one that the file is named by is the wheel's; the others are carried, and it is said."""
    files = installed("aaa", "9") | installed("alpha", "1.0")
    inventory = archive.read(put(tmp_path, wheel_name("alpha", "1.0"), zipped(files)))
    alpha, aaa = inventory.dependencies
    assert (alpha.direct, alpha.inside, aaa.inside, aaa.known_by) == (True, None, alpha.pin, "metadata")
    assert said(inventory) == ["holds 2 metadata folders, where a wheel holds one"]


def test_a_wheel_without_metadata_is_listed_by_its_name(tmp_path: Path) -> None:
    """Nothing is dropped: the file's name tells, and the problem says so."""
    path = put(tmp_path, wheel_name("alpha", "1.0"), zipped({"alpha/__init__.py": ""}))
    inventory = archive.read(path)
    assert only(inventory) == Dependency(
        Pin("PyPI", "alpha", "1.0"), Place(path), direct=True, spelling="alpha"
    )  # fmt: skip
    assert said(inventory) == ["holds no metadata, so what its name tells was taken"]
    assert said(archive.read(put(tmp_path, "x.whl", zipped({"x.py": ""})))) == ["holds no metadata"]


def test_metadata_that_states_nothing_is_a_problem(tmp_path: Path) -> None:
    """The folder's name tells what METADATA does not, with a hint for somebody who has only the file."""
    path = put(tmp_path, wheel_name("alpha", "1.0"), zipped({"alpha-1.0.dist-info/METADATA": "Summary: x\n"}))
    inventory = archive.read(path)
    assert rows(inventory) == [("alpha", "1.0")]
    assert [problem.hint for problem in inventory.problems] == ["get or build it again"]


def test_a_wheel_that_says_that_it_comes_from_elsewhere_is_not_believed(tmp_path: Path) -> None:
    """Records that only an installer writes change nothing about a wheel."""
    folder = "alpha-1.0.dist-info/"
    records = {f"{folder}direct_url.json": '{"url": "file:///x", "dir_info": {}}', f"{folder}INSTALLER": "debian"}
    inventory = archive.read(put(tmp_path, wheel_name("alpha", "1.0"), zipped(installed("alpha", "1.0") | records)))
    assert only(inventory).origin == INDEX


def test_wheels_in_a_wheel_are_carried_by_it(tmp_path: Path) -> None:
    """As virtualenv carries pip: the wheel in it, and what is in that."""
    files = installed("beta", "2.0") | {f"beta/embed/{wheel_name('alpha', '1.0')}": zipped(SETUPTOOLS)}
    inventory = archive.read(put(tmp_path, wheel_name("beta", "2.0"), zipped(files)), carried=CARRIED)
    assert rows(inventory) == [("beta", "2.0"), ("alpha", "1.0"), ("delta", "0.5"), ("epsilon-pkg", "3.1")]
    inside = {one.pin.name: one.inside and one.inside.name for one in inventory.dependencies}
    assert inside == {"alpha": "beta", "beta": None, "delta": "alpha", "epsilon-pkg": "alpha"}
    assert inventory.problems == ()


def test_a_zipped_egg_is_read_by_its_egg_info(tmp_path: Path) -> None:
    """EGG-INFO holds PKG-INFO and requires.txt, whose sections of extras do not count."""
    files = {"EGG-INFO/PKG-INFO": metadata("al-pha", "1.0.post1"), "EGG-INFO/requires.txt": "beta>2\n[x]\ngamma\n"}
    path = put(tmp_path, "al_pha-1.0.post1-py3.9.egg", zipped(files))
    inventory = archive.read(path)
    one = only(inventory)
    assert (inventory.kind, inventory.problems, inventory.detail) == ("egg", (), "its 1 requirement is not part of it")
    assert (one.pin.name, one.requires, one.place) == ("al-pha", ("beta",), Place(f"{path}/EGG-INFO/PKG-INFO", 3))


# --- folders of wheels and sdists -------------------------------------------------------------------


def test_a_wheelhouse_lists_every_file(tmp_path: Path) -> None:
    """Several versions of one project are all there and no problem; what else is there is counted."""
    put(tmp_path, wheel_name("alpha", "1.0"), zipped(SETUPTOOLS))
    put(tmp_path, wheel_name("alpha", "2.0"), zipped(installed("alpha", "2.0")))
    put(tmp_path, "beta-1.0.tar.gz", tarred({"beta-1.0/PKG-INFO": metadata("beta", "1.0")}))
    put(tmp_path, "index.html", b"")
    inventory = archive.read_folder(str(tmp_path), carried=CARRIED)
    assert (inventory.kind, inventory.problems) == ("wheelhouse", ())
    assert inventory.detail == "2 wheels, 1 sdist, 1 other file not read"
    own = [one for one in inventory.dependencies if not one.inside]
    assert [(str(one.pin), one.place.file.removeprefix(f"{tmp_path}/"), one.place.line) for one in own] == [
        ("alpha 1.0", "alpha-1.0-py3-none-any.whl", 0),
        ("alpha 2.0", "alpha-2.0-py3-none-any.whl", 0),
        ("beta 1.0", "beta-1.0.tar.gz", 0),
    ]
    assert {one.direct for one in own} == {None}
    assert [one.pin.name for one in inventory.dependencies if one.inside] == ["delta", "epsilon-pkg"]


def test_a_broken_file_of_a_wheelhouse_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    """The broken wheel is listed by its name."""
    broken = put(tmp_path, wheel_name("alpha", "1.0"), zipped(SETUPTOOLS)[:-30])
    put(tmp_path, wheel_name("beta", "2.0"), zipped(installed("beta", "2.0")))
    inventory = archive.read_folder(str(tmp_path))
    assert rows(inventory) == [("alpha", "1.0"), ("beta", "2.0")]
    (problem,) = inventory.problems
    assert problem.place == Place(broken)
    assert problem.what.startswith("is not a zip that can be read (")


def test_an_empty_or_absent_wheelhouse_is_a_problem(tmp_path: Path) -> None:
    """Neither is taken for clean."""
    (problem,) = archive.read_folder(str(tmp_path)).problems
    assert (problem.gap, problem.what) == ("empty", "holds no wheel or sdist")
    (problem,) = archive.read_folder(str(tmp_path / "absent")).problems
    assert problem.gap == "missing"


def test_what_is_recognised() -> None:
    """By the name of a file, by the names in a folder, or by how content begins."""
    names = ["a-1-py3-none-any.whl", "a.pex", "A.PYZ", "a.shiv", "a-1.zip", "a-1.tar.gz", "a-1.tar.zst", "a.egg"]
    assert all(map(archive.recognises, names))
    assert not any(map(archive.recognises, ["a.txt", "whl", "a.gz", "uv.lock"]))
    assert archive.is_wheelhouse(["x.txt", "a-1-py3-none-any.whl"])
    assert not archive.is_wheelhouse(["x.txt", "a.tar.gz"])
    assert archive.is_one(b"PK\x03\x04")
    assert archive.is_one(b"#!/usr/bin/env python3\nPK\x03\x04")
    assert not archive.is_one(b"#!/bin/sh\n")


def test_names_are_normalised(tmp_path: Path) -> None:
    """The pin's name is normalised, its spelling is not."""
    one = only(archive.read(put(tmp_path, "Al.Pha-1.0-py3-none-any.whl", zipped(installed("Al.Pha", "1.0")))))
    assert (one.pin.name, one.spelling) == (normalise("Al.Pha"), "Al.Pha")
