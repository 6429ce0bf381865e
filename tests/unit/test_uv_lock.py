"""uv.lock as a source: what is in it, and who asks for what."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pip_assay.model import NOT_ASKED, Dependency, Inventory, Origin, Pin, Place
from pip_assay.scope import Scope
from pip_assay.settings import Settings
from pip_assay.sources.locks import uv_canonical, uv_lock
from tests.uv_lock_text import HEAD, INDEX, ROOT, asks, by_name, gaps, grouped, optional, own, package, read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the lock is written."""
    return tmp_path / "uv.lock"


def test_a_dependency_has_pin_place_origin_hashes_and_edges(path: Path) -> None:
    """Everything that a lock says about one dependency is kept, with the line and column of its name."""
    files = (
        'sdist = { url = "https://files.example/d.tar.gz", hash = "sha256:aa", size = 10 }\n'
        'wheels = [\n    { url = "https://files.example/d.whl", hash = "sha256:bb", size = 11 },\n'
        '    { url = "https://files.example/unhashed.whl" },\n]'
    )
    text = HEAD + package("django", asks("sqlparse"), files, version="4.2") + own(asks("django")) + package("sqlparse")
    found = read(path, text)
    assert found.problems == ()
    assert found.dependencies[0] == Dependency(
        Pin("PyPI", "django", "4.2"),
        Place(str(path), 6, 9),
        ("runtime",),
        ("sqlparse",),
        True,
        Origin("index", INDEX),
        hashes=("sha256:aa", "sha256:bb"),
        spelling="django",
    )
    assert [(each.pin.name, each.direct) for each in found.dependencies] == [("django", True), ("sqlparse", False)]
    assert text.split("\n")[found.dependencies[1].place.line - 1] == 'name = "sqlparse"'


def test_the_target_is_the_path_unless_it_is_named(path: Path) -> None:
    """The inventory is called as its reader was told, and the places name the file."""
    found = read(path, HEAD + own(asks("a")) + package("a"))
    assert (found.target, found.kind) == (str(path), "uv.lock")
    assert uv_lock.read(str(path), target="the shop").target == "the shop"
    assert found.dependencies[0].place.file == str(path)


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        (f'registry = "{INDEX}"', Origin("index", INDEX)),
        ('registry = "https://user:secret@index.example/simple"', Origin("index", INDEX)),
        ('registry = "wheels"', Origin("private index", "wheels")),
        ('registry = "file:///srv/wheels"', Origin("private index", "file:///srv/wheels")),
        (
            'git = "https://me:secret@git.example/a?tag=v1#0123abcd"',
            Origin("vcs", "git+https://git.example/a?tag=v1#0123abcd"),
        ),
        ('git = "ssh://git@git.example/a#0123abcd"', Origin("vcs", "git+ssh://git.example/a#0123abcd")),
        ('url = "https://me:secret@files.example/a.whl"', Origin("url", "https://files.example/a.whl")),
        (
            'url = "https://files.example/a.tar.gz", subdirectory = "in"',
            Origin("url", "https://files.example/a.tar.gz"),
        ),
        ('path = "dist/a@1.whl"', Origin("path", "dist/a@1.whl")),
        ('directory = "../a"', Origin("path", "../a")),
        ('editable = "libs/a"', Origin("editable", "libs/a")),
    ],
)
def test_a_source_says_where_a_dependency_came_from(path: Path, source: str, origin: Origin) -> None:
    """Each kind of source is one kind of origin, and no address keeps its credentials."""
    found = read(path, HEAD + package("a", source=source) + own(asks("a")))
    assert found.problems == ()
    assert found.dependencies[0].origin == origin
    assert "secret" not in repr(found)


def test_groups_travel_along_the_edges(path: Path) -> None:
    """A dependency is in each group that reaches it, runtime first, and direct where the project asks for it."""
    root = own(asks("web"), optional("pdf", "draw"), grouped("dev", "test", "draw"))
    found = by_name(
        read(
            path,
            HEAD
            + package("both")
            + package("draw", asks("both"))
            + package("only-dev")
            + root
            + package("test", asks("only-dev", "both"))
            + package("web", asks("both")),
        )
    )
    assert {name: each.groups for name, each in found.items()} == {
        "both": ("runtime", "extra:pdf", "group:dev"),
        "draw": ("extra:pdf", "group:dev"),
        "only-dev": ("group:dev",),
        "test": ("group:dev",),
        "web": ("runtime",),
    }
    assert {name for name, each in found.items() if each.direct} == {"draw", "test", "web"}


def test_an_extra_that_an_edge_asks_for_is_followed(path: Path) -> None:
    """What a dependency's extra brings in belongs to the group that asked for the extra, and to no other."""
    celery = package("celery", asks("kombu"), optional("redis", "redis"))
    found = by_name(
        read(
            path,
            HEAD
            + celery
            + package("kombu")
            + package("redis")
            + own(asks("celery"), "\n[package.dev-dependencies]", asks("celery", key="dev", extra="redis")),
        )
    )
    assert found["celery"].groups == ("runtime", "group:dev")
    assert found["kombu"].groups == ("runtime", "group:dev")
    assert found["redis"].groups == ("group:dev",)
    assert found["celery"].requires == ("kombu", "redis")


def test_cycles_come_to_an_end(path: Path) -> None:
    """Dependencies that require each other are read once each."""
    found = read(path, HEAD + package("a", asks("b")) + package("b", asks("a")) + own(asks("a")))
    assert [each.groups for each in found.dependencies] == [("runtime",), ("runtime",)]


def test_the_members_of_a_workspace_are_the_project(path: Path) -> None:
    """Members are left out, even without a version, and what each of them asks for is direct."""
    head = HEAD + '\n[manifest]\nmembers = [\n    "lib_a",\n    "shop",\n]\n'
    member = (
        f'\n[[package]]\nname = "lib-a"\nsource = {{ editable = "libs/a" }}\n{asks("deep")}\n{optional("x", "ex")}\n'
    )
    found = read(path, head + package("deep") + package("ex") + member + own(asks("lib-a")))
    assert found.problems == ()
    assert [(each.pin.name, each.groups, each.direct) for each in found.dependencies] == [
        ("deep", ("runtime",), True),
        ("ex", ("extra:x",), True),
    ]


def test_what_came_from_an_index_is_never_the_project(path: Path) -> None:
    """A lock cannot hide a release from the audit by calling it a member."""
    found = read(path, HEAD + '\n[manifest]\nmembers = ["django", "shop"]\n' + package("django") + own(asks("django")))
    assert [str(each.pin) for each in found.dependencies] == ["django 1.0"]


def test_a_virtual_source_tree_is_not_installed_but_what_it_asks_for_is(path: Path) -> None:
    """Its dependencies are direct, in the group that reaches it."""
    found = read(
        path,
        HEAD + package("deep") + own(grouped("dev", "tree")) + package("tree", asks("deep"), source='virtual = "tree"'),
    )
    assert found.problems == ()
    assert [(each.pin.name, each.groups, each.direct) for each in found.dependencies] == [
        ("deep", ("group:dev",), True)
    ]


def test_a_local_tree_that_is_no_member_is_a_dependency(path: Path) -> None:
    """Only the project and its members are left out."""
    found = read(path, HEAD + package("tool", source='editable = "../tool"') + own(asks("tool")))
    assert [(str(each.pin), each.origin.kind) for each in found.dependencies] == [("tool 1.0", "editable")]


def test_a_script_asks_by_its_manifest(path: Path) -> None:
    """The lock of a script has no project: its requirements are the direct ones, with their extras."""
    head = HEAD + '\n[manifest]\nrequirements = [\n    { name = "httpx", extras = ["http2"], specifier = ">0.2" },\n]\n'
    text = head + package("h2") + package("httpx", asks("idna"), optional("http2", "h2")) + package("idna")
    found = read(path, text)
    assert found.problems == ()
    assert [(each.pin.name, each.groups, each.direct) for each in found.dependencies] == [
        ("h2", ("runtime",), False),
        ("httpx", ("runtime",), True),
        ("idna", ("runtime",), False),
    ]


def test_a_workspace_without_a_project_asks_by_its_groups(path: Path) -> None:
    """The groups of a pyproject.toml without a project stand in the manifest."""
    head = HEAD + '\n[manifest.dependency-groups]\nlint = [{ name = "ruff" }]\nnone = []\n'
    found = read(path, head + package("ruff"))
    assert found.problems == ()
    assert [(each.groups, each.direct) for each in found.dependencies] == [(("group:lint",), True)]


def test_all_forks_are_listed(path: Path) -> None:
    """Every entry of one name is a dependency, and an edge with a version reaches that one alone."""
    edge = f'source = {{ registry = "{INDEX}" }}, marker = "sys_platform == \'win32\'"'
    root = own(f'dependencies = [\n    {{ name = "numpy", version = "1.26", {edge} }},\n    {{ name = "web" }},\n]')
    other = package("web", f'dependencies = [\n    {{ name = "numpy", version = "2.0", {edge} }},\n]')
    markers = "resolution-markers = [\n    \"python_full_version < '3.11'\",\n]"
    text = HEAD + package("numpy", markers, version="1.26") + package("numpy", version="2.0") + root + other
    found = read(path, text)
    assert found.problems == ()
    assert [(str(each.pin), each.direct, each.requires) for each in found.dependencies] == [
        ("numpy 1.26", True, ()),
        ("numpy 2.0", False, ()),
        ("web 1.0", True, ("numpy==2.0",)),
    ]
    assert uv_canonical.read(text, str(path))


@pytest.mark.parametrize("head", ["version = 1\n", *(f"version = 1\nrevision = {number}\n" for number in (1, 5, 42))])
def test_every_revision_is_read(path: Path, head: str) -> None:
    """A revision only adds, so one that is not known yet is read too, with fields that nobody knows yet."""
    text = head + 'requires-python = ">=3.11"\n' + own(asks("a")) + package("a")
    assert [str(each.pin) for each in read(path, text).dependencies] == ["a 1.0"]
    tomorrow = text + 'attested = { by = "somebody", on = 2030-01-01 }\n'
    assert [str(each.pin) for each in read(path, tomorrow).dependencies] == ["a 1.0"]


@pytest.mark.parametrize(
    ("head", "what", "hint"),
    [
        ("version = 2\n", "has lock version 2, which this pip-assay cannot read", "update pip-assay"),
        ("version = 0\n", "has lock version 0, which this pip-assay cannot read", "update pip-assay"),
        ("", "has no lock version, so it is not a lock of uv", "run `uv lock` to write it anew"),
        ('version = "1"\n', "has no lock version, so it is not a lock of uv", "run `uv lock` to write it anew"),
        ("version = true\n", "has no lock version, so it is not a lock of uv", "run `uv lock` to write it anew"),
    ],
)
def test_another_lock_version_is_not_read(path: Path, head: str, what: str, hint: str) -> None:
    """What another version means is not known, so nothing of it is read, and the hint says what to do."""
    found = read(path, head + own(asks("a")) + package("a"))
    assert found.dependencies == ()
    assert [(each.gap, each.what, each.hint) for each in found.problems] == [("unreadable", what, hint)]


def test_a_dependency_without_a_version_is_listed_and_said(path: Path) -> None:
    """It is skipped with the reason, and a problem names its line; the rest is read."""
    tree = '\n[[package]]\nname = "tree"\nsource = { directory = "tree" }\n'
    found = read(path, HEAD + package("a") + own(asks("a", "tree")) + tree)
    assert [(str(each.pin), each.skipped) for each in found.dependencies] == [
        ("a 1.0", ""),
        ("tree", "no version in the lock"),
    ]
    assert gaps(found) == [("unpinned", "tree cannot be audited: no version in the lock", 20)]


def test_a_lock_without_packages_is_empty(path: Path) -> None:
    """Nothing to audit is a problem; a project that asks for nothing is clean."""
    assert gaps(read(path, HEAD)) == [("empty", "holds no package", 0)]
    assert read(path, HEAD + ROOT) == Inventory(str(path), "uv.lock")


def test_a_lock_that_was_cut_between_packages_is_no_whole_lock(path: Path) -> None:
    """What an entry asks for and the lock does not hold is a problem, and so is a lock without a project."""
    whole = HEAD + package("a", asks("b")) + package("b") + own(asks("a"), grouped("dev", "c")) + package("c")
    assert read(path, whole).problems == ()
    assert gaps(read(path, whole.replace(package("c"), ""))) == [
        ("missing", "shop asks for c, which the lock does not hold", 19)
    ]
    assert gaps(read(path, HEAD + package("a", asks("b")))) == [
        ("unreadable", "names neither a project nor what a script asks for, so it may be cut short", 0),
        ("missing", "a asks for b, which the lock does not hold", 6),
    ]
    found = read(path, HEAD + package("a"))
    assert [(each.groups, each.direct) for each in found.dependencies] == [((), None)]


def test_an_edge_to_a_version_that_is_not_there_is_missing(path: Path) -> None:
    """Another version of what is asked for is not what is asked for."""
    found = read(path, HEAD + package("a") + own('dependencies = [\n    { name = "a", version = "2.0" },\n]'))
    assert gaps(found) == [("missing", "shop asks for a 2.0, which the lock does not hold", 11)]


def test_an_entry_that_comes_twice_is_said(path: Path) -> None:
    """A lock that uv wrote never holds one release of one source twice."""
    found = read(path, HEAD + package("a") + package("a") + own(asks("a")))
    assert gaps(found) == [("duplicate", "lists a 1.0 twice", 11)]


@pytest.mark.parametrize("name", ["", " ", "-a", "a b", "../a", "naïve", "a\\u001b[31m"])
def test_a_name_that_is_none_is_said(path: Path, name: str) -> None:
    """No name can take a release out of the audit in silence."""
    found = read(path, HEAD + package(name) + own())
    assert len(found.problems) == 1
    assert all(each.skipped == "its name is not a valid project name" for each in found.dependencies)


def test_names_are_compared_normalised_and_spelled_as_written(path: Path) -> None:
    """A lock that somebody edited may spell names in another way."""
    found = read(path, HEAD + package("Ruamel_yaml.Clib") + own(asks("ruamel.yaml.clib")))
    assert found.problems == ()
    assert [(each.pin.name, each.spelling, each.direct) for each in found.dependencies] == [
        ("ruamel-yaml-clib", "Ruamel_yaml.Clib", True)
    ]


def test_more_groups_than_are_told_apart_still_reach_everything(path: Path) -> None:
    """With hundreds of groups, runtime stays what it is and no dependency is without its own group."""
    names = [f"e{number}" for number in range(400)]
    extras = "\n[package.optional-dependencies]\n" + "\n".join(asks(name, key=name) for name in names)
    found = by_name(read(path, HEAD + own(asks("web"), extras) + package("web") + "".join(map(package, names))))
    assert found["web"].groups == ("runtime",)
    assert all(f"extra:{name}" in found[name].groups for name in names)
    assert found["e7"].groups == ("extra:e7",)


@pytest.mark.parametrize(
    ("name", "known"),
    [("uv.lock", True), ("tool.py.lock", True), ("poetry.lock", False), ("my-uv.lock", False), ("uv.lock.bak", False)],
)
def test_a_lock_is_recognised_by_its_name(name: str, known: bool) -> None:
    """uv.lock, and the lock that uv writes beside a script."""
    assert uv_lock.recognises(name) is known


def uv_command() -> str:
    """Where uv is; tests that ask for it are skipped where it is not."""
    if found := shutil.which("uv"):
        return found
    if importlib.util.find_spec("uv") is None:
        pytest.skip("uv is not here")
    import uv

    return str(uv.find_uv_bin())


def wheel(folder: Path, name: str, version: str, *requires: str, extras: tuple[str, ...] = ()) -> None:
    """Write a wheel that holds nothing but metadata."""
    lines = [f"Name: {name}", f"Version: {version}", *(f"Provides-Extra: {extra}" for extra in extras)]
    metadata = "\n".join(["Metadata-Version: 2.1", *lines, *(f"Requires-Dist: {each}" for each in requires), ""])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        info = f"{name}-{version}.dist-info"
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def test_uv_itself_agrees(tmp_path: Path) -> None:
    """What uv locks and then exports, for runtime, each extra, each group and all, is what is read from its lock."""
    command = uv_command()
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel(wheels, "alpha", "1.0", "beta", "gamma[fast]", "delta; extra == 'never'", extras=("never",))
    wheel(wheels, "beta", "1.0", "colour<2; python_version < '3.12'", "colour>=2; python_version >= '3.12'")
    wheel(wheels, "gamma", "1.0", "epsilon; extra == 'fast'", "zeta; extra == 'slow'", extras=("fast", "slow"))
    for name in ("delta", "epsilon", "zeta", "eta"):
        wheel(wheels, name, "1.0")
    wheel(wheels, "colour", "1.5")
    wheel(wheels, "colour", "2.5")
    tmp_path.joinpath("pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["alpha"]\n'
        '[project.optional-dependencies]\npdf = ["gamma[slow]"]\n'
        '[dependency-groups]\ndev = ["eta", "beta"]\n'
        '[[tool.uv.index]]\nname = "local"\nurl = "wheels"\nformat = "flat"\ndefault = true\n'
    )

    def run(*arguments: str) -> str:
        environ = {**os.environ, "UV_CACHE_DIR": str(tmp_path / "cache"), "UV_PYTHON": sys.executable}
        command_line = [command, *arguments, "--offline", "--no-config"]
        if arguments[0] == "lock":
            command_line.pop()
        done = subprocess.run(command_line, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def exported(*arguments: str) -> set[str]:
        text = run("export", "--frozen", "--no-hashes", "--no-header", "--no-annotate", *arguments)
        return {line.split(" ;")[0].strip() for line in text.splitlines() if "==" in line}

    run("lock")
    found = uv_lock.read(str(tmp_path / "uv.lock"))
    assert found.problems == ()

    def held(*groups: str) -> set[str]:
        chosen = (each for each in found.dependencies if not groups or {*groups} & {*each.groups})
        return {f"{each.spelling}=={each.pin.version}" for each in chosen}

    assert held() == exported("--all-extras", "--all-groups")
    assert held("runtime") == exported("--no-default-groups")
    assert held("runtime", "extra:pdf") == exported("--no-default-groups", "--extra", "pdf")
    assert held("group:dev") == exported("--only-group", "dev")
    assert len(held()) == 8


NARROWED = """\
version = 1
requires-python = ">=3.9"

[[package]]
name = "application"
version = "1.0"
source = { virtual = "." }
dependencies = [
    { name = "always" },
    { name = "old", marker = "python_full_version < '3.10'" },
    { name = "windows", marker = "sys_platform == 'win32'" },
]

[package.dev-dependencies]
dev = [
    { name = "windows" },
]

[[package]]
name = "always"
version = "1.0"
source = { registry = "https://index.example/simple" }

[[package]]
name = "below-old"
version = "1.0"
source = { registry = "https://index.example/simple" }

[[package]]
name = "old"
version = "1.0"
source = { registry = "https://index.example/simple" }
dependencies = [
    { name = "below-old" },
]

[[package]]
name = "windows"
version = "1.0"
source = { registry = "https://index.example/simple" }
"""


@pytest.mark.parametrize(
    ("python", "platform", "left_out", "windows"),
    [
        ("", "", set(), ("runtime", "group:dev")),
        ("3.9", "windows", set(), ("runtime", "group:dev")),
        ("3.12", "", {"old", "below-old"}, ("runtime", "group:dev")),
        ("", "linux", set(), ("group:dev",)),
        ("3.12", "linux", {"old", "below-old"}, ("group:dev",)),
    ],
)
def test_what_only_other_markers_reach_is_left_out(
    python: str, platform: str, left_out: set[str], windows: tuple[str, ...], tmp_path: Path
) -> None:
    """Markers stand on edges: what no edge that applies reaches is marked, the groups are those that still do."""
    (tmp_path / "uv.lock").write_text(NARROWED, encoding="utf-8")
    applies = Scope(Settings(python_version=python, platform=platform)).applies
    found = uv_lock.read(str(tmp_path / "uv.lock"), applies=applies)
    assert {each.pin.name for each in found.dependencies if each.skipped == NOT_ASKED} == left_out
    assert {each.pin.name: each.groups for each in found.dependencies}["windows"] == windows
