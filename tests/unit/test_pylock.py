"""pylock.toml as a source: what is in it, what it is for, and every way in which it can be wrong."""

from pathlib import Path, PurePath

import packaging.pylock
import pytest

from pip_assay.model import INDEX, Dependency, Inventory, Origin, Pin, Place
from pip_assay.sources.locks import pylock

HEAD = 'lock-version = "1.0"\ncreated-by = "hand"\n'
FILES = 'sdist = { url = "https://files.example/a-1.0.tar.gz", hashes = { sha256 = "aa", md5 = "bb" } }\n'


def package(name: str, *lines: str, version: str = "1.0") -> str:
    """The text of one package."""
    return f'\n[[packages]]\nname = "{name}"\nversion = "{version}"\n' + "".join(f"{line}\n" for line in lines)


def unversioned(name: str, line: str) -> str:
    """The text of one package without a version."""
    return f'\n[[packages]]\nname = "{name}"\n{line}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the lock is written."""
    return tmp_path / "pylock.toml"


def read(path: Path, text: str | bytes) -> Inventory:
    """What is read from a lock with this content."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return pylock.read(str(path))


def gaps(inventory: Inventory) -> list[tuple[str, str, int]]:
    """What is wrong: gap, words and line."""
    return [(each.gap, each.what, each.place.line if each.place else -1) for each in inventory.problems]


def test_a_dependency_has_pin_place_origin_hashes_and_edges(path: Path) -> None:
    """Everything that a lock says about one dependency is kept, with the line and column of its name."""
    wheel = '[[packages.wheels]]\nname = "a-1.0-py3-none-any.whl"\nurl = "https://files.example/x"\n'
    text = HEAD + package(
        "a",
        "marker = \"sys_platform == 'win32'\"",
        'index = "https://me:secret@index.example/simple"',
        'dependencies = [{ name = "b" }]',
        FILES + wheel + '[packages.wheels.hashes]\nsha256 = "cc"',
    )
    found = read(path, text + package("b"))
    assert found.problems == ()
    assert (found.target, found.kind) == (str(path), "pylock")
    assert found.dependencies[0] == Dependency(
        Pin("PyPI", "a", "1.0"),
        Place(str(path), 5, 9),
        ("runtime",),
        ("b",),
        None,
        Origin("index", "https://index.example/simple"),
        hashes=("sha256:aa", "md5:bb", "sha256:cc"),
        marker="sys_platform == 'win32'",
        spelling="a",
    )
    assert [str(each.pin) for each in found.dependencies] == ["a 1.0", "b 1.0"]


@pytest.mark.parametrize(
    ("line", "origin"),
    [
        ("", INDEX),
        ('index = "https://index.example/simple"', Origin("index", "https://index.example/simple")),
        ('index = "file:///srv/wheels"', Origin("private index", "file:///srv/wheels")),
        ('index = "wheels"', Origin("private index", "wheels")),
        (
            'vcs = { type = "git", url = "https://me:secret@git.example/a", commit-id = "0123" }',
            Origin("vcs", "git+https://git.example/a@0123"),
        ),
        ('vcs = { type = "hg", path = "../a", commit-id = "0123" }', Origin("vcs", "hg+../a@0123")),
        ('directory = { path = "libs/a" }', Origin("path", "libs/a")),
        ('directory = { path = "libs/a", editable = true }', Origin("editable", "libs/a")),
        ('directory = { path = "libs/a", editable = false }', Origin("path", "libs/a")),
        (
            'archive = { url = "https://me:secret@files.example/a.zip", hashes = { sha256 = "aa" } }',
            Origin("url", "https://files.example/a.zip"),
        ),
        ('archive = { path = "dist/a.zip", hashes = { sha256 = "aa" } }', Origin("path", "dist/a.zip")),
    ],
)
def test_an_entry_says_where_it_came_from(path: Path, line: str, origin: Origin) -> None:
    """Each kind of source is one kind of origin, and no address keeps its credentials."""
    (found,) = read(path, HEAD + package("a", line)).dependencies
    assert found.origin == origin
    assert found.hashes == (("sha256:aa",) if "archive" in line else ())


@pytest.mark.parametrize(
    "line",
    [
        'vcs = { type = "git", url = "https://git.example/a", commit-id = "0123" }',
        'directory = { path = "libs/a", editable = true }',
        'archive = { path = "dist/a.zip", hashes = { sha256 = "aa" } }',
    ],
)
def test_an_entry_without_a_version_is_listed_and_said(path: Path, line: str) -> None:
    """PEP 751 lets source trees have no version: they are skipped with pip-audit's reason, and a problem says so."""
    found = read(path, HEAD + package("b") + unversioned("a", line))
    assert [(str(each.pin), each.skipped) for each in found.dependencies] == [
        ("b 1.0", ""),
        ("a", "no version specified"),
    ]
    assert gaps(found) == [("unpinned", "a cannot be audited: no version specified", 9)]


@pytest.mark.parametrize("folder", [".", "./"])
def test_the_project_itself_is_left_out(path: Path, folder: str) -> None:
    """A lock of nothing but the project is clean."""
    assert read(path, HEAD + unversioned("shop", f'directory = {{ path = "{folder}" }}')) == Inventory(
        str(path), "pylock"
    )


@pytest.mark.parametrize(
    ("marker", "groups"),
    [
        ("", ("runtime",)),
        ("python_version < '3.12'", ("runtime",)),
        ("'dev' in dependency_groups", ("group:dev",)),
        ('"dev" in dependency_groups', ("group:dev",)),
        ("'pdf' in extras", ("extra:pdf",)),
        ("'test' in dependency_groups or 'dev' in dependency_groups", ("group:dev", "group:test")),
        ("'default' in dependency_groups or 'dev' in dependency_groups", ("runtime", "group:dev")),
        ("'default' in dependency_groups", ("runtime",)),
        ("os_name == 'nt' or 'pdf' in extras", ("runtime", "extra:pdf")),
        ("os_name == 'nt' and ('pdf' in extras or 'png' in extras)", ("extra:pdf", "extra:png")),
        ("(os_name == 'nt' or 'pdf' in extras) and 'dev' in dependency_groups", ("extra:pdf", "group:dev")),
        ("'pdf' not in extras", ("runtime",)),
        ("'default' not in dependency_groups and 'dev' in dependency_groups", ("group:dev",)),
        ("'default' in extras", ("extra:default",)),
        ("platform_version == ' or ' and 'pdf' in extras", ("extra:pdf",)),
        ("'linux' in sys_platform", ("runtime",)),
        ("not a marker at all ((", ("runtime",)),
        (")) 'pdf' in extras", ("extra:pdf",)),
    ],
)
def test_a_marker_says_for_which_extras_and_groups(path: Path, marker: str, groups: tuple[str, ...]) -> None:
    """An entry is for the extras and groups that its marker names, and runtime where none of them is needed."""
    text = HEAD + 'default-groups = ["default"]\n' + package("a", f'marker = """{marker}"""')
    (found,) = read(path, text).dependencies
    assert found.groups == groups
    assert found.marker == marker


def test_an_edge_is_a_table_that_tells_which_entry_it_means(path: Path) -> None:
    """PEP 751: keys are compared, as many as are needed to tell entries of one name apart."""
    edges = ", ".join(
        f"{{ {edge} }}"
        for edge in (
            'name = "one"',
            'name = "two", version = "1.0"',
            'name = "three", marker = "os_name == \'nt\'"',
            'name = "three", index = "elsewhere"',
            'name = "gone"',
        )
    )
    text = (
        HEAD
        + package("a", f"dependencies = [{edges}]")
        + package("one")
        + package("two")
        + package("two", version="2.0")
        + package("three", "marker = \"os_name == 'nt'\"")
        + package("three", "marker = \"os_name != 'nt'\"", version="2.0")
    )
    found = read(path, text)
    assert found.dependencies[0].requires == ("one", "two==1.0", "three==1.0", "three", "gone")
    assert found.problems == ()


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ('created-by = "hand"\npackages = []\n', "has no lock-version", pylock.HINT),
        ("lock-version = 1.0\npackages = []\n", "has a lock-version that is not text", pylock.HINT),
        (HEAD.replace("1.0", "666") + "packages = []\n", "has lock-version 666, which this pip-assay cannot read",
         "update pip-assay"),
        (HEAD.replace("1.0", "2.0") + "packages = []\n", "has lock-version 2.0, which this pip-assay cannot read",
         "update pip-assay"),
        (HEAD.replace("1.0", "") + "packages = []\n", "has lock-version , which this pip-assay cannot read",
         "update pip-assay"),
        (HEAD, "has no packages", pylock.HINT),
    ],
)  # fmt: skip
def test_what_pip_audit_refuses_is_refused(path: Path, text: str, what: str, hint: str) -> None:
    """Without a known lock-version or without packages nothing is read, and the hint says what to do."""
    found = read(path, text + package("a").replace("packages", "others"))
    assert found.dependencies == ()
    assert [(each.gap, each.what, each.hint) for each in found.problems] == [("unreadable", what, hint)]


@pytest.mark.parametrize(
    ("version", "new"), [("1", False), ("1.0", False), ("1.0.0", False), ("1.7", True), ("1.10", True)]
)
def test_a_newer_minor_version_is_read_and_said(path: Path, version: str, new: bool) -> None:
    """PEP 751: a tool should warn of a minor version that it does not know."""
    found = read(path, HEAD.replace("1.0", version) + package("a"))
    assert [str(each.pin) for each in found.dependencies] == ["a 1.0"]
    what = f"was written for lock-version {version}; what is new in it was not read"
    assert gaps(found) == ([("unreadable", what, 0)] if new else [])


def test_an_entry_without_a_name_is_said_and_the_rest_is_read(path: Path) -> None:
    """Where pip-audit gives up, one problem names the line."""
    found = read(path, HEAD + '\n[[packages]]\nversion = "1.0"\n' + package("b") + package("c").replace('"c"', "3"))
    assert [str(each.pin) for each in found.dependencies] == ["b 1.0"]
    assert gaps(found) == [
        ("unreadable", "package 1 has no name", 4),
        ("unreadable", "package 3 has no name", 11),
    ]


def test_a_lock_without_packages_is_empty(path: Path) -> None:
    """Nothing to audit is a problem."""
    assert gaps(read(path, HEAD + "packages = []\n")) == [("empty", "holds no package", 0)]


def test_an_entry_that_comes_twice_is_said(path: Path) -> None:
    """Only one of two entries of one release may ever apply, and nothing tells these apart."""
    assert gaps(read(path, HEAD + package("a") + package("a"))) == [("duplicate", "lists a 1.0 twice", 9)]
    assert read(path, HEAD + package("a", 'marker = "x"') + package("a", 'marker = "y"')).problems == ()


@pytest.mark.parametrize("name", ["-a", "a b", "../a", "naïve"])
def test_a_name_that_is_none_is_said(path: Path, name: str) -> None:
    """No name can take a release out of the audit in silence."""
    found = read(path, HEAD + package(name))
    assert [each.skipped for each in found.dependencies] == ["its name is not a valid project name"]
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("vcs = 1", '"vcs" of a is not a table'),
        ("vcs = { type = 1 }", '"type" of a is not text'),
        ("vcs = { url = [] }", '"url" of a is not text'),
        ('vcs = "x"\ndirectory = 1', '"vcs" of a is not a table'),
        ("directory = []", '"directory" of a is not a table'),
        ("directory = { path = [] }", '"path" of a is not text'),
        ("archive = { hashes = 3 }", '"hashes" of a is not a table'),
        ("archive = { hashes = { sha256 = 3 } }", '"sha256" of a is not text'),
        ("index = false", '"index" of a is not text'),
        ("sdist = 1.5", '"sdist" of a is not a table'),
        ("wheels = {}", '"wheels" of a is not a list'),
        ("wheels = [1, 2, 3]", '"wheels" of a holds something that is not a table'),
        ("marker = 1979-05-27", '"marker" of a is not text'),
        ("dependencies = 1", '"dependencies" of a is not a list'),
        ('dependencies = ["b"]', '"dependencies" of a holds something that is not a table'),
        ("dependencies = [{}, {}]", "a depends on something without a name"),
        ("dependencies = [{ name = 1 }]", '"name" of a is not text'),
    ],
)
def test_a_field_of_the_wrong_type_is_a_problem_and_the_rest_is_read(path: Path, line: str, what: str) -> None:
    """One sentence says which field of what is wrong and in which line, once; nothing else is lost."""
    found = read(path, HEAD + package("a", line) + package("b"))
    assert [str(each.pin) for each in found.dependencies] == ["a 1.0", "b 1.0"]
    assert [each for each in gaps(found) if each[1] == what] == [("unreadable", what, 5)]


@pytest.mark.parametrize("value", ["1", "true", '"1.0"', "[1]", '["a"]'])
def test_packages_of_the_wrong_type_are_a_problem(path: Path, value: str) -> None:
    """A lock whose packages are none is not clean."""
    found = read(path, HEAD + f"packages = {value}\n")
    assert found.dependencies == ()
    assert [each.gap for each in found.problems] == ["unreadable"]


def test_a_version_of_the_wrong_type_is_unpinned(path: Path) -> None:
    """A number is no version, and is not taken for one."""
    found = read(path, HEAD + package("a").replace('"1.0"\n', "1.0\n"))
    assert gaps(found) == [
        ("unreadable", '"version" of a is not text', 5),
        ("unpinned", "a cannot be audited: no version specified", 5),
    ]


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        (HEAD + package("a")[:-4], "is not valid TOML", 6),
        (HEAD + "\0", "is not valid TOML", 3),
        (b"PK\x03\x04\xff", "is not UTF-8 text, as TOML must be", 1),
        (HEAD + "a = " + "[" * 50_000, "is nested too deeply", 0),
    ],
)
def test_a_broken_file_is_one_problem_with_its_line(path: Path, content: str | bytes, what: str, line: int) -> None:
    """Nothing of a broken file is taken for granted."""
    found = read(path, content)
    assert found.dependencies == ()
    (problem,) = found.problems
    assert (problem.gap, problem.place and problem.place.line) == ("unreadable", line)
    assert problem.what.startswith(what)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A missing file and a folder are problems of their own."""
    (missing,) = pylock.read(str(tmp_path / "pylock.toml")).problems
    assert (missing.gap, missing.what) == ("missing", "does not exist")
    (folder,) = pylock.read(str(tmp_path), target="here").problems
    assert (folder.gap, folder.what) == ("unreadable", "is a folder, not a file")


@pytest.mark.parametrize(
    "name",
    [
        "pylock.toml",
        "pylock.dev.toml",
        "pylock.a.b.toml",
        "pylock..toml",
        "pylock.toml.bak",
        "my-pylock.toml",
        "PYLOCK.TOML",
    ],
)
def test_a_lock_is_recognised_by_the_name_that_pep_751_gives(name: str) -> None:
    """The reference implementation agrees on each name; a file of another name may still be named by the user."""
    assert pylock.recognises(name) is packaging.pylock.is_valid_pylock_path(PurePath(name))  # type: ignore[arg-type]


def test_a_lock_of_another_name_is_read_when_it_is_named(tmp_path: Path) -> None:
    """The name decides only what a folder is searched for."""
    other = tmp_path / "frozen.lock"
    other.write_text(HEAD + package("a"))
    assert len(pylock.read(str(other), target="frozen").dependencies) == 1
