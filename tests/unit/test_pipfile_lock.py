"""Pipfile.lock as a source: what is in it, what it is for, and every way in which it can be wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from pip_assay.model import INDEX, Dependency, Inventory, Origin, Pin, Place
from pip_assay.sources.locks import pipfile_lock

SOURCES = [
    {"name": "main", "url": "https://me:secret@packages.example/simple", "verify_ssl": True},
    {"name": "corp", "url": "https://${USER}:${TOKEN}@corp.example/simple", "verify_ssl": True},
]


def lock(sources: Any = SOURCES, **categories: Any) -> str:
    """The text of a lock as pipenv writes it."""
    meta = {"hash": {"sha256": "00"}, "pipfile-spec": 6, "requires": {}, "sources": sources}
    return json.dumps({"_meta": meta, **categories}, indent=4) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the lock is written."""
    return tmp_path / "Pipfile.lock"


def read(path: Path, text: str | bytes) -> Inventory:
    """What is read from a lock with this content."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return pipfile_lock.read(str(path))


def gaps(inventory: Inventory) -> list[tuple[str, str, int]]:
    """What is wrong: gap, words and line."""
    return [(each.gap, each.what, each.place.line if each.place else -1) for each in inventory.problems]


def test_a_dependency_has_pin_place_group_origin_hashes_and_marker(path: Path) -> None:
    """Everything that a lock says about one package is kept, with the line and column of its name."""
    entry = {
        "extras": ["x"],
        "hashes": ["sha256:aa", "sha256:bb"],
        "index": "corp",
        "markers": "python_version >= '3.8'",
        "version": "==1.2",
    }
    found = read(path, lock(default={"Alpha_X": entry}, develop={"beta": {"version": "==2.0"}}))
    assert found.problems == ()
    assert (found.target, found.kind) == (str(path), "Pipfile.lock")
    assert found.dependencies[0] == Dependency(
        Pin("PyPI", "alpha-x", "1.2"),
        Place(str(path), 22, 10),
        ("runtime",),
        origin=Origin("index", "https://corp.example/simple"),
        hashes=("sha256:aa", "sha256:bb"),
        marker="python_version >= '3.8'",
        spelling="Alpha_X",
    )
    assert path.read_text().split("\n")[21][9:].startswith("Alpha_X")
    assert found.dependencies[1].groups == ("group:dev",)
    assert found.groups == ("runtime", "group:dev")


@pytest.mark.parametrize(
    ("entry", "origin", "version"),
    [
        ({"version": "==1"}, Origin("index", "https://packages.example/simple"), "1"),
        ({"version": "===1"}, Origin("index", "https://packages.example/simple"), "1"),
        ({"version": "==1", "index": "corp"}, Origin("index", "https://corp.example/simple"), "1"),
        ({"version": "==1", "index": "https://me:x@other.example/s"}, Origin("index", "https://other.example/s"), "1"),
        (
            {"git": "https://tok@git.example/a.git", "ref": "0123"},
            Origin("vcs", "git+https://git.example/a.git@0123"),
            "",
        ),
        ({"hg": "../a", "editable": True}, Origin("vcs", "hg+../a"), ""),
        ({"path": ".", "editable": True}, Origin("editable", "."), ""),
        ({"path": "./a"}, Origin("path", "./a"), ""),
        ({"file": "a-1.5-py3-none-any.whl", "index": "main"}, Origin("path", "a-1.5-py3-none-any.whl"), "1.5"),
        (
            {"file": "https://me:x@files.example/a-1.5.tar.gz?token=y"},
            Origin("url", "https://files.example/a-1.5.tar.gz"),
            "1.5",
        ),
    ],
)
def test_the_origin_is_told_without_credentials(path: Path, entry: Any, origin: Origin, version: str) -> None:
    """Index, version control, file, URL and path are told apart; the first source is that of what names none."""
    (found,) = read(path, lock(default={"a": entry})).dependencies
    assert (found.origin, found.pin.version) == (origin, version)
    assert found.skipped == ("" if version else "no version specified")


def test_without_sources_the_index_is_unknown(path: Path) -> None:
    """A lock that names no source says nothing of an index."""
    (found,) = read(path, lock([], default={"a": {"version": "==1"}})).dependencies
    assert found.origin == INDEX


def test_an_index_that_is_not_among_the_sources_is_private(path: Path) -> None:
    """A name that leads nowhere is never taken for the public index, and is told."""
    found = read(path, lock(default={"a": {"version": "==1", "index": "lost"}}))
    assert found.dependencies[0].origin == Origin("private index", "lost")
    assert gaps(found) == [("unreadable", "a comes from an index that is not among the sources", 22)]


def test_one_release_in_several_categories_is_one_dependency(path: Path) -> None:
    """It stands where it is first, is runtime before all, and has every group; another version or marker is another."""
    one, two = {"version": "==1"}, {"version": "==2"}
    marked = {"version": "==1", "markers": "os_name == 'nt'"}
    found = read(
        path, lock(docs={"a": one, "b": one}, develop={"a": one, "c": one}, default={"a": one, "b": two, "c": marked})
    )
    assert found.problems == ()
    assert [(str(each.pin), each.marker, each.groups) for each in found.dependencies] == [
        ("a 1", "", ("runtime", "group:dev", "group:docs")),
        ("b 1", "", ("group:docs",)),
        ("c 1", "", ("group:dev",)),
        ("b 2", "", ("runtime",)),
        ("c 1", "os_name == 'nt'", ("runtime",)),
    ]
    assert found.dependencies[0].place.line == 22


def test_the_pipfile_beside_it_says_what_is_asked_for(path: Path) -> None:
    """Each category has its section; a name in another section does not count, and nothing is direct by itself."""
    (path.parent / "Pipfile").write_text(
        '[[source]]\nname = "main"\n[packages]\nAlpha-X = "*"\n[dev-packages]\nb = {}\n[docs]\nc = "*"\n'
        '[scripts]\nd = "x"\n'
    )
    one = {"version": "==1"}
    found = read(path, lock(default={"alpha_x": one, "b": one, "d": one}, docs={"c": one}))
    assert [(each.pin.name, each.direct) for each in found.dependencies] == [
        ("alpha-x", True), ("b", False), ("d", False), ("c", True),
    ]  # fmt: skip


@pytest.mark.parametrize("pipfile", [None, "[packages\n", b"\xff"])
def test_without_a_readable_pipfile_nobody_knows(path: Path, pipfile: str | bytes | None) -> None:
    """No Pipfile, or a broken one, leaves open what is direct, and the lock is read all the same."""
    if pipfile is not None:
        (path.parent / "Pipfile").write_bytes(pipfile if isinstance(pipfile, bytes) else pipfile.encode())
    (found,) = read(path, lock(default={"a": {"version": "==1"}})).dependencies
    assert found.direct is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ("empty", "is empty", 0)),
        ("[]", ("unreadable", "is not a lock of pipenv", 0)),
        ('{"a": {}}', ("unreadable", "is not a lock of pipenv", 0)),
        ("{\n", ("unreadable", "is not valid JSON (it ends too early)", 2)),
        (lock(), ("empty", "holds no package", 0)),
        (lock(default={}), ("empty", "holds no package", 0)),
    ],
)
def test_a_lock_without_packages_is_a_problem(path: Path, text: str, problem: tuple[str, str, int]) -> None:
    """Nothing that holds nothing is ever silent."""
    found = read(path, text)
    assert found.dependencies == ()
    assert gaps(found) == [problem]


def test_a_missing_lock_is_a_problem(path: Path) -> None:
    """A lock that is not there is told as missing."""
    assert [each.gap for each in pipfile_lock.read(str(path)).problems] == ["missing"]


@pytest.mark.parametrize(
    ("specification", "what"),
    [
        (7, "has pipfile-spec 7; what is not as in pipfile-spec 6 was not read"),
        (None, "has no pipfile-spec, so what was written in another form was not read"),
        ("6", "has no pipfile-spec, so what was written in another form was not read"),
    ],
)
def test_another_specification_is_read_with_a_warning(path: Path, specification: Any, what: str) -> None:
    """What this reader knows is read of a lock of another specification, and that there may be more is told."""
    text = json.dumps({"_meta": {"pipfile-spec": specification}, "default": {"a": {"version": "==1"}}})
    found = read(path, text)
    assert [str(each.pin) for each in found.dependencies] == ["a 1"]
    assert gaps(found) == [("unreadable", what, 0)]


@pytest.mark.parametrize(
    ("entry", "skipped"),
    [
        ({"version": "*"}, '"*" is no certain version'),
        ({"version": ">=1"}, '">=1" is no certain version'),
        ({"version": "==1.*"}, '"==1.*" is no certain version'),
        ({"version": "==1,<2"}, '"==1,<2" is no certain version'),
        ({}, "no version specified"),
    ],
)
def test_what_has_no_certain_version_is_listed_and_told(path: Path, entry: Any, skipped: str) -> None:
    """Pipenv writes "*" for what does not apply where it locks: that is no version."""
    found = read(path, lock(default={"a": entry}))
    assert [(each.pin.version, each.skipped) for each in found.dependencies] == [("", skipped)]
    assert gaps(found) == [("unpinned", f"a cannot be audited: {skipped}", 22)]
    assert found.problems[0].hint == "pin it in the Pipfile, and lock again"


def test_wrong_types_are_problems_and_the_rest_is_read(path: Path) -> None:
    """Each field of a wrong type is told with its line, and read as if it were absent."""
    entry = {"version": 1, "hashes": ["x", 2], "markers": [], "index": {}, "editable": 3}
    found = read(path, lock("none", default={"a": entry, "b": [], "c": {"version": "==1"}}, develop=[1]))
    assert [(each.pin.name, each.pin.version) for each in found.dependencies] == [("a", ""), ("b", ""), ("c", "1")]
    assert {(each.gap, each.subject) for each in found.problems} == {
        ("unreadable", str(path)), ("unreadable", "a"), ("unpinned", "a"), ("unreadable", "b"), ("unpinned", "b"),
    }  # fmt: skip
    assert sum(each.subject == "a" for each in found.problems) == 5
    assert [line for gap, what, line in gaps(found) if "hashes" in what] == [11]


def test_an_invalid_name_is_listed_and_told(path: Path) -> None:
    """What no project can be called is not audited."""
    found = read(path, lock(default={"": {"version": "==1"}, "../x": {"version": "==1"}}))
    assert [each.skipped for each in found.dependencies] == ["its name is not a valid project name"] * 2
    assert [each.gap for each in found.problems] == ["unreadable"] * 2


def test_duplicates_are_told(path: Path) -> None:
    """A key twice is told with the line of the second; so are two spellings of one name in one category."""
    text = '{"_meta": {"pipfile-spec": 6},\n"default": {"a": {"version": "==1"},\n"a": {"version": "==2"},\n'
    found = read(path, text + '"B-b": {"version": "==1"}, "b_b": {"version": "==1"}}}')
    assert [str(each.pin) for each in found.dependencies] == ["a 2", "b-b 1"]
    assert gaps(found) == [
        ("duplicate", 'lists b-b 1 twice in "default"', 4),
        ("duplicate", 'has the key "a" twice in one place, of which only the last was read', 3),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_line_ends_and_encodings_change_nothing(path: Path, encoding: str) -> None:
    """Windows line ends and byte order marks leave every pin and place where it is."""
    text = lock(default={"alpha": {"version": "==1"}}, develop={"beta": {"version": "==2"}})
    expected = read(path, text)
    assert read(path, text.replace("\n", "\r\n").encode(encoding)) == expected


def test_content_without_a_file_is_read() -> None:
    """From standard input the same is read, and known by how it begins."""
    text = lock(default={"alpha": {"version": "==1"}}).encode()
    assert pipfile_lock.is_one(text[:200])
    assert not pipfile_lock.is_one(b'{"dependencies": {}}')
    assert pipfile_lock.parse(text, "-", target="standard input")._replace(target="") == Inventory(
        "",
        "Pipfile.lock",
        (
            Dependency(
                Pin("PyPI", "alpha", "1"),
                Place("-", 22, 10),
                ("runtime",),
                origin=Origin("index", "https://packages.example/simple"),
                spelling="alpha",
            ),
        ),
        groups=("runtime",),
    )


def test_its_name_is_its_name() -> None:
    """Only a file of the one name is such a lock."""
    assert pipfile_lock.recognises("Pipfile.lock")
    assert not any(map(pipfile_lock.recognises, ("Pipfile", "pipfile.lock", "xPipfile.lock")))
