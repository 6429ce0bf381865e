"""What pip says of an environment: inspect, list and report, in every form in which people have it."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from pip_assay.model import INDEX, Dependency, Inventory, Origin, Pin, Place
from pip_assay.names import normalise
from pip_assay.sources import pip_listing

TABLE = """Package         Version Editable project location Installer
--------------- ------- ------------------------- ---------
Alpha_X         1.2                               pip
beta            2.0rc1  /srv/my projects/beta     pip
gamma-distro    3                                 debian
"""


def document(**fields: Any) -> bytes:
    """A document of pip."""
    return json.dumps({"version": "1", "pip_version": "26.3", **fields}, indent=2).encode()


def installed(name: str, version: str = "1", *requires: str, **fields: Any) -> dict[str, Any]:
    """An entry of `pip inspect`, or with other fields of a report."""
    return {
        "metadata": {"metadata_version": "2.1", "name": name, "version": version, "requires_dist": requires},
        **fields,
    }


def read(content: str | bytes) -> Inventory:
    """What is read from a file "f" with this content."""
    return pip_listing.parse(content if isinstance(content, bytes) else content.encode(), "f")


def gaps(inventory: Inventory) -> list[tuple[str, str, int]]:
    """What is wrong: gap, words and line."""
    return [(each.gap, each.what, each.place.line if each.place else -1) for each in inventory.problems]


def test_inspect_tells_pin_place_edges_and_who_asked() -> None:
    """Each distribution has the line of its name, what it depends on without extras, and whether it was requested."""
    environment = {"python_full_version": "3.11.9", "platform_python_implementation": "CPython"}
    entries = [
        installed(
            "Alpha",
            "1.2",
            "Beta_X>=1",
            "gamma; python_version < '3'",
            "d ; extra == 'x'",
            installer="pip",
            requested=True,
        ),
        installed("beta-x", "2.0", installer="pip", requested=False),
        installed("gamma", "3.0", installer="uv", requested=True),
        installed("delta", "4.0", requested=False),
    ]
    content = document(installed=entries, environment=environment)
    found = read(content)
    assert (found.kind, found.detail, found.problems) == ("pip listing", "CPython 3.11.9", ())
    assert found.dependencies[0] == Dependency(
        Pin("PyPI", "alpha", "1.2"), Place("f", 8, 18), requires=("beta-x", "gamma"), direct=True, spelling="Alpha"
    )
    assert content.decode().split("\n")[7][17:].startswith("Alpha")
    assert [each.direct for each in found.dependencies] == [True, False, None, None]
    assert pip_listing.is_one(content[:200])


@pytest.mark.parametrize(
    ("fields", "origin"),
    [
        ({"installer": "pip"}, INDEX),
        ({"installer": "conda"}, INDEX),
        ({"installer": "debian"}, Origin("distro")),
        ({"metadata_location": "/usr/lib/python3/dist-packages/alpha-1.dist-info"}, Origin("distro")),
        ({"metadata_location": "/usr/lib/python3/dist-packages/alpha-1.dist-info", "installer": "pip"}, INDEX),
        ({"metadata_location": "/usr/local/lib/python3.11/dist-packages/alpha-1.dist-info"}, INDEX),
        (
            {"direct_url": {"url": "https://u:p@git.example/a", "vcs_info": {"vcs": "git", "commit_id": "01"}}},
            Origin("vcs", "git+https://git.example/a@01"),
        ),
        ({"direct_url": {"url": "file:///srv/a", "dir_info": {"editable": True}}}, Origin("editable", "file:///srv/a")),
        ({"direct_url": {"url": "file:///srv/a", "dir_info": {}}}, Origin("path", "file:///srv/a")),
    ],
)
def test_inspect_tells_the_origin(fields: dict[str, Any], origin: Origin) -> None:
    """A direct URL, an installer that is a system's, and a folder of the system's own packages decide."""
    (found,) = read(document(installed=[installed("alpha", **fields)])).dependencies
    assert found.origin == origin


def test_a_report_tells_what_would_be_installed() -> None:
    """Hashes, what was asked for by name, and the edges of the extras that were requested are kept."""
    archive = {"url": "https://files.example/a.whl", "archive_info": {"hash": "sha256=aa", "hashes": {"sha256": "aa"}}}
    direct = {"url": "https://me:x@host.example/b.zip?token=y", "archive_info": {}}
    asked = {"requested": True, "requested_extras": ["Socks"]}
    entries = [
        installed(
            "alpha", "1", "b", "c; extra == 'socks'", "d; extra == 'e'", download_info=archive, is_direct=False, **asked
        ),
        installed("b", "2", download_info=direct, is_direct=True, requested=False),
    ]
    found = read(document(install=entries, environment={}))
    assert found.problems == ()
    assert found.dependencies == (
        Dependency(
            Pin("PyPI", "alpha", "1"),
            Place("f", 8, 18),
            requires=("b", "c"),
            direct=True,
            hashes=("sha256:aa",),
            spelling="alpha",
        ),
        Dependency(
            Pin("PyPI", "b", "2"),
            Place("f", 34, 18),
            direct=False,
            origin=Origin("url", "https://host.example/b.zip"),
            spelling="b",
        ),
    )


def test_a_list_in_json_has_names_versions_and_editable_projects() -> None:
    """On its one line every name has its own column; nothing says what depends on what."""
    found = read(
        '[{"name": "Alpha.X", "version": "1.2"}, {"name": "b", "version": "2", "editable_project_location": "/srv/b"}]'
    )
    assert found.problems == ()
    assert found.dependencies == (
        Dependency(Pin("PyPI", "alpha-x", "1.2"), Place("f", 1, 12), spelling="Alpha.X"),
        Dependency(Pin("PyPI", "b", "2"), Place("f", 1, 51), origin=Origin("editable", "/srv/b"), spelling="b"),
    )


def test_a_table_is_read_line_by_line() -> None:
    """Each row has its line; the columns tell an editable project and a package of the system."""
    found = read("$ pip list\n" + TABLE + "\n[notice] A new release of pip is available\n")
    assert found.problems == ()
    assert [(str(each.pin), each.place.line, each.place.column, each.origin) for each in found.dependencies] == [
        ("alpha-x 1.2", 4, 1, INDEX),
        ("beta 2.0rc1", 5, 1, Origin("editable", "/srv/my projects/beta")),
        ("gamma-distro 3", 6, 1, Origin("distro")),
    ]


def test_what_is_no_row_of_a_table_is_told() -> None:
    """A line that is no name and version is a problem with its line, and a second table goes on after it."""
    two = "Package Version\n------- -------\n  alpha 1.0\nSuccessfully installed beta\nbeta 1 more\n gamma x\n"
    found = read(two + two.replace("alpha", "delta").split("Success")[0])
    assert [(str(each.pin), each.place.line, each.place.column) for each in found.dependencies] == [
        ("alpha 1.0", 3, 3), ("delta 1.0", 9, 3),
    ]  # fmt: skip
    assert [(gap, line) for gap, _, line in gaps(found)] == [("unreadable", 4), ("unreadable", 5), ("unreadable", 6)]


@pytest.mark.parametrize(
    "content", [TABLE, '[{"name": "alpha", "version": "1"}]', document(installed=[installed("a")])]
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_powershell_writes_is_read(content: str | bytes, encoding: str) -> None:
    """UTF-16 or a byte order mark, and Windows line ends, change no pin and no place."""
    text = content.decode() if isinstance(content, bytes) else content
    written = text.replace("\n", "\r\n").encode(encoding)
    assert pip_listing.is_one(written[:300])
    assert read(written) == read(text)


def test_what_lists_only_the_outdated_says_so() -> None:
    """`pip list --outdated` is not the environment, and the first line of a report tells."""
    outdated = "Package Version Latest Type\n------- ------- ------ -----\nalpha   1.0     2.0    wheel\n"
    assert read(outdated).detail == "only what has a newer release"
    assert str(read(outdated).dependencies[0].pin) == "alpha 1.0"
    entry = {"name": "alpha", "version": "1.0", "latest_version": "2.0", "latest_filetype": "wheel"}
    assert read(json.dumps([entry])).detail == "only what has a newer release"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", ("empty", "is empty", 0)),
        ("alpha==1.0\n", ("unreadable", "is no listing of pip", 0)),
        (b"\xff\xfe\xff", ("unreadable", "is no listing of pip", 0)),
        ("{}", ("unreadable", "is no listing of pip", 0)),
        ('{"installed": {}, "install": 1}', ("unreadable", "is no listing of pip", 0)),
        ('{"installed": [', ("unreadable", "is not valid JSON (it ends too early)", 1)),
        ("[]", ("empty", "holds no package", 0)),
        (document(installed=[]), ("empty", "holds no package", 0)),
        ("Package Version\n------- -------\n", ("empty", "holds no package", 0)),
    ],
)
def test_what_holds_nothing_is_a_problem(content: str | bytes, problem: tuple[str, str, int]) -> None:
    """Nothing that holds nothing is ever silent."""
    assert gaps(read(content)) == [problem]


def test_wrong_types_are_problems_and_the_rest_is_read() -> None:
    """Each entry and field of a wrong type is told, and read as if it were absent."""
    entries = [
        3,
        {},
        {"metadata": []},
        {"metadata": {"name": 1}},
        {"metadata": {"name": "a", "version": 2, "requires_dist": "b"}, "installer": [], "direct_url": 5},
        {"metadata": {"name": "b", "version": "1", "requires_dist": [1, "c"]}, "direct_url": {"url": 1}},
        {"metadata": {"name": "..", "version": "1"}},
    ]
    found = read(document(installed=entries, environment=[]))
    assert [(each.pin.name, each.pin.version, each.requires, each.origin.kind) for each in found.dependencies] == [
        ("a", "", (), "url"), ("b", "1", ("c",), "url"), ("-", "1", (), "index"),
    ]  # fmt: skip
    assert [gap for gap, _, _ in gaps(found)].count("unpinned") == 1
    assert {what for _, what, _ in gaps(found)} >= {f"entry {number} has no name" for number in (1, 2, 3, 4)}
    assert len(found.problems) == len(set(found.problems)) == 4 + 4 + 2 + 1 + 2


def test_an_unknown_version_is_read_with_a_warning() -> None:
    """What this reader knows is read of a later version, and that there may be more is told."""
    found = read(json.dumps({"version": "2", "installed": [installed("a")]}))
    assert [str(each.pin) for each in found.dependencies] == ["a 1"]
    assert [gap for gap, _, _ in gaps(found)] == ["unreadable"]


def test_duplicates_are_told() -> None:
    """One distribution twice, and one key twice, are both problems."""
    assert [gap for gap, _, _ in gaps(read(document(installed=[installed("a"), installed("A")])))] == ["duplicate"]
    assert gaps(read('[{"name": "a", "version": "1",\n"version": "2"}]')) == [
        ("duplicate", 'has the key "version" twice in one place, of which only the last was read', 2)
    ]


@pytest.mark.parametrize(
    "start",
    [
        b'[{"base_url": "x", "build_number": 0, "channel": "main", "name": "a", "version": "1"}]',
        b'{"bomFormat": "CycloneDX"}',
        b'{"cells": []}',
        b"alpha==1.0\n",
        b"Package: alpha\nVersion: 1\n",
        b"",
    ],
)
def test_other_formats_are_not_taken_for_a_listing(start: bytes) -> None:
    """What conda lists, bills of materials, notebooks and requirements are none."""
    assert not pip_listing.is_one(start)
    assert not pip_listing.recognises("requirements.txt")


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    """A file that is not there is told as missing; one that is there is read."""
    path = tmp_path / "list.txt"
    assert [each.gap for each in pip_listing.read(str(path)).problems] == ["missing"]
    path.write_text(TABLE)
    assert len(pip_listing.read(str(path), target="t").dependencies) == 3


@pytest.mark.parametrize("arguments", [["inspect"], ["list", "--format", "json"], ["list"], ["list", "-v"]])
def test_what_pip_says_of_this_environment_is_what_is_installed(arguments: list[str]) -> None:
    """The pins are those that importlib.metadata finds, and every place spells its name."""
    pytest.importorskip("pip")
    command = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", *arguments]
    content = subprocess.run(command, capture_output=True, check=True).stdout
    assert pip_listing.is_one(content[:4096])
    found = read(content)
    expected = {(normalise(each.name), each.version) for each in importlib.metadata.distributions()}
    assert {(each.pin.name, each.pin.version) for each in found.dependencies} == expected
    lines = content.decode().splitlines()
    for each in found.dependencies:
        assert lines[each.place.line - 1][each.place.column - 1 :].startswith(each.spelling)
    if arguments == ["inspect"]:
        requires = {
            normalise(each.name): {
                normalise(Requirement(text).name) for text in each.requires or () if "extra" not in text
            }
            for each in importlib.metadata.distributions()
        }
        assert {each.pin.name: set(each.requires) for each in found.dependencies} == requires
