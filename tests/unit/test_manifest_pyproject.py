"""pyproject.toml: each dependency with its group and place, and nothing left out in silence."""

from pathlib import Path

import pytest

from pip_assay.model import UNCOVERED, Origin, Place
from pip_assay.sources import manifests
from pip_assay.sources.manifest import Manifest


def read(folder: Path, text: str | bytes, name: str = "pyproject.toml") -> Manifest:
    """Read a file with that content."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return manifests.read(str(path))


def by_group(found: Manifest) -> dict[str, list[str]]:
    """Return the texts of the roots by their group."""
    groups: dict[str, list[str]] = {}
    for root in found.roots:
        groups.setdefault(root.group, []).append(root.text)
    return groups


def at(text: str, place: Place) -> str:
    """Return the rest of the line from the place on."""
    return text.split("\n")[place.line - 1][place.column - 1 :]


def whats(found: Manifest) -> list[tuple[str, str, int]]:
    """Return the gap, the words and the line of each problem."""
    return [(each.gap, each.what, each.place.line if each.place else -1) for each in found.problems]


def test_each_dependency_at_its_place(tmp_path: Path) -> None:
    """Requirements keep their text, name, line and column, in whatever way TOML lets them be written."""
    text = '''# dependencies = ["comment"]
[build-system]
requires = ["hatchling"]

[tool.x]
note = """
[project]
dependencies = ["fake"]
"""

[ project ] # "dependencies"
name = "a"
description = "]"
optional-dependencies.dev = ["dev-only"]
  dependencies = [ "Flask[async]>=2 ; python_version > '3'", # "Flask"
    # "commented-out",
    'zope.interface==5',  "b", 'A_b',
\t"quoted ; os_name == \\"nt\\"",
    """three @ https://index.example/x]y.zip""",
  ]
classifiers = ["x"]
'''
    found = read(tmp_path, text)
    assert found.problems == ()
    roots = [root for root in found.roots if root.group == "runtime"]
    assert [root.text for root in roots] == [
        "Flask[async]>=2 ; python_version > '3'", "zope.interface==5", "b", "A_b", 'quoted ; os_name == "nt"',
        "three @ https://index.example/x]y.zip",
    ]  # fmt: skip
    assert [root.name for root in roots] == ["flask", "zope-interface", "b", "a-b", "quoted", "three"]
    assert [(root.place.line, root.place.column) for root in roots] == [
        (15, 21), (17, 6), (17, 28), (17, 33), (18, 3), (19, 8),
    ]  # fmt: skip
    assert all(at(text, root.place).startswith(root.text[:1]) for root in found.roots)
    assert found.groups == ("runtime", "extra:dev", "build")


@pytest.mark.parametrize(
    "text",
    [
        'project.name = "a"\nproject . dependencies = ["web"]\n',
        'project = { name = "a", dependencies = ["web"] }\n',
        'project = { keywords = ["x"], dependencies = ["web"] }\n',
        '[project]\n"dependencies" = ["web"]\n',
        '["project"]\ndependencies = ["web"]\n',
        '\ufeff[project]\r\ndependencies = [\r\n"web",\r\n]\r\n',
        '[project]\ndependencies = ["""\nweb"""]\n',
    ],
)
def test_other_spellings(tmp_path: Path, text: str) -> None:
    """What is spelled in a rare way is found, and its place is right."""
    found = read(tmp_path, text)
    assert ([root.name for root in found.roots], found.problems) == (["web"], ())
    assert at(text, found.roots[0].place).startswith("web")


def test_an_escape_has_the_place_of_the_file(tmp_path: Path) -> None:
    """A name that the text spells with an escape has no line."""
    found = read(tmp_path, '[project]\ndependencies = ["\\u0077eb"]\n')
    assert [(root.name, root.place.line) for root in found.roots] == [("web", 0)]


@pytest.mark.parametrize(
    ("text", "gap", "what", "line"),
    [
        ("", "empty", "has no [project] table", 0),
        ("[tool.x]\n", "empty", "has no [project] table", 0),
        ("[project]\nname='a'\ndynamic = ['version', 'dependencies']\n", "unresolved", "computed at build time", 3),
        ("[project]\ndynamic = ['optional-dependencies']\n", "unresolved", "its optional-dependencies are", 2),
        ("[project]\nname = 1\n", "unreadable", '"name" of [project] is not text', 2),
        ("[project]\ndependencies = 'flask'\n", "unreadable", "is not a list", 2),
        ("[project]\ndependencies = {flask = '1'}\n", "unreadable", "is not a list", 2),
        ("[project]\ndependencies = [1]\n", "unreadable", "not a requirement", 2),
        ("[project]\ndependencies = [\n '>=1'\n]\n", "unreadable", "not a requirement", 3),
        ("[project]\ndependencies = [\n 'a >== 1'\n]\n", "unreadable", "a is not a requirement that can be read", 3),
        ("[project]\noptional-dependencies = ['a']\n", "unreadable", "is not a table", 2),
        ("[project.optional-dependencies]\nx.y = []\nX-y = []\nx_Y=[]\n", "unreadable", "is not a list", 2),
        ("[project]\ndependencies = [\n", "unreadable", "not valid TOML", 3),
        ("[build-system]\nrequires = 1\n", "unreadable", '"requires" of [build-system] is not a list', 2),
        ("[project\n", "unreadable", "not valid TOML", 1),
        (b"\xff\xfe", "unreadable", "not UTF-8", 1),
        ("a = " + "[" * 10_000, "unreadable", "nested too deeply", 0),
    ],
)
def test_what_is_not_known_is_a_problem(tmp_path: Path, text: str | bytes, gap: str, what: str, line: int) -> None:
    """What declares nothing, is computed or cannot be read is a problem, with its line."""
    found = read(tmp_path, text)
    assert found.roots == ()
    assert found.problems[0].gap == gap
    assert what in found.problems[0].what
    assert found.problems[0].hint
    assert found.problems[0].place is not None
    assert found.problems[0].place == Place(str(tmp_path / "pyproject.toml"), line, found.problems[0].place.column)


def test_what_is_not_a_table_is_one_problem(tmp_path: Path) -> None:
    """A [project] that is no table is reported, and what else is there is read."""
    found = read(tmp_path, "project = 1\n[build-system]\nrequires = ['a']\n")
    assert by_group(found) == {"build": ["a"]}
    assert [what for _, what, _ in whats(found)] == ['"project" is not a table']


def test_what_can_be_read_is(tmp_path: Path) -> None:
    """One entry that cannot be read, or dependencies that are computed on top, do not hide the others."""
    found = read(tmp_path, "[project]\ndynamic = ['dependencies']\ndependencies = ['a', 1, 'b>1', '', 'c=1']\n")
    assert [root.name for root in found.roots] == ["a", "b"]
    assert [(each.pin.name, each.skipped) for each in found.listed] == [("c", "is not a requirement that can be read")]
    assert sorted(gap for gap, _, _ in whats(found)) == ["unreadable", "unreadable", "unresolved"]


def test_a_project_without_dependencies(tmp_path: Path) -> None:
    """A [project] that declares none, or an empty list, has none: that is no problem."""
    for text in ("[project]\nname = 'a'\n", "[project]\ndependencies = []\n", "[project]\ndynamic = ['version']\n"):
        assert read(tmp_path, text) == Manifest(groups=("runtime",))


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a problem."""
    found = manifests.read(str(tmp_path / "pyproject.toml"))
    assert next(each.gap for each in found.problems) == "missing"


def test_a_project_that_asks_for_its_own_extras(tmp_path: Path) -> None:
    """An extra, or a group, that names the project itself with extras has what these ask for; cycles end."""
    found = read(
        tmp_path,
        "[project]\nname='My.Own'\ndependencies=['a']\n[project.optional-dependencies]\n"
        "x=['b']\ny=['c', 'my-own[z]']\nz=['my_own[X,y]']\n[dependency-groups]\ndev=['my-own[x]', 'd', 'my-own']\n",
    )
    assert {group: sorted(texts) for group, texts in by_group(found).items()} == {
        "runtime": ["a"], "extra:x": ["b"], "extra:y": ["b", "c"], "extra:z": ["b", "c"], "group:dev": ["a", "b", "d"],
    }  # fmt: skip
    assert found.problems == ()


def test_an_extra_that_is_not_there(tmp_path: Path) -> None:
    """An extra of its own that a project does not have is a problem."""
    found = read(tmp_path, "[project]\nname='own'\n[project.optional-dependencies]\nx=['own[y]']\n")
    assert whats(found) == [("unreadable", 'the extra "x" includes the extra "y", which is not there', 4)]


def test_dependency_groups(tmp_path: Path) -> None:
    """PEP 735: groups include each other by normalised names, and each has what it includes."""
    found = read(
        tmp_path,
        "[dependency-groups]\nTest = ['a', {include-group = 'typing_Stubs'}]\ntyping-stubs = ['b>=1']\nempty = []\n",
    )
    assert by_group(found) == {"group:test": ["a", "b>=1"], "group:typing-stubs": ["b>=1"]}
    assert [(root.place.line, root.place.column) for root in found.roots] == [(2, 10), (3, 18), (3, 18)]
    assert found.groups == ("group:test", "group:typing-stubs", "group:empty")


@pytest.mark.parametrize(
    ("groups", "what"),
    [
        ("a = [{include-group = 'b'}]\nb = [{include-group = 'a'}]\n", 'the group "a" includes itself'),
        ("a = [{include-group = 'a'}]\n", 'the group "a" includes itself'),
        ("a = [{include-group = 'b'}]\n", 'includes the group "b", which is not there'),
        ("a = [{include = 'b'}]\n", "a table that is not just the name of a group"),
        ("a = [{include-group = 'b', x = 1}]\nb=[]\n", "a table that is not just the name of a group"),
        ("a-b = ['x']\nA_B = ['y']\n", 'the group "A_B" is there twice, as "a-b" too'),
        ("a = 'x'\n", 'the group "a" is not a list'),
    ],
)
def test_dependency_groups_that_are_wrong(tmp_path: Path, groups: str, what: str) -> None:
    """PEP 735 calls cycles, unknown names and tables, and names that are the same errors; each has its line."""
    found = read(tmp_path, f"[dependency-groups]\nok = ['fine']\n{groups}")
    assert what in found.problems[0].what
    assert found.problems[0].place is not None
    assert found.problems[0].place.line >= 3
    assert "fine" in by_group(found)["group:ok"]


def test_uv(tmp_path: Path) -> None:
    """[tool.uv]: development dependencies are of group dev, limits are kept, sources say where a project is from."""
    text = """[project]
dependencies = ["a>=1 ; os_name == 'nt'", "b[x]", "c==1", "d", "e", "f"]
[tool.uv]
dev-dependencies = ["g"]
constraint-dependencies = ["a<2"]
override-dependencies = ["b==3", "not one!"]
[tool.uv.sources]
A = { git = "https://user:secret@index.example/a", rev = "abc", subdirectory = "s" }
b = { path = "../b", editable = true }
c = [{ index = "own", marker = "sys_platform == 'linux'" }]
d = { workspace = true }
e = { url = "https://index.example/e-1-py3-none-any.whl" }
g = { index = "first", group = "dev" }
[[tool.uv.index]]
name = "own"
url = "https://u:p@packages.example/simple"
explicit = true
[[tool.uv.index]]
name = "first"
url = "https://first.example/simple"
default = true
[[tool.uv.index]]
url = "https://second.example/simple"
"""
    found = read(tmp_path, text)
    assert by_group(found) == {
        "runtime": [
            'a @ git+https://user:secret@index.example/a@abc#subdirectory=s ; os_name == "nt"',
            "c==1 ; sys_platform != 'linux'",
            "e @ https://index.example/e-1-py3-none-any.whl",
            "f",
        ],
        "group:dev": ["g"],
    }
    assert [(each.pin.name, each.pin.version, each.origin, bool(each.skipped)) for each in found.listed] == [
        ("b", "", Origin("editable", "../b"), True),
        ("c", "1", Origin("index", "https://packages.example/simple"), False),
        ("d", "", Origin("editable", ""), True),
    ]
    assert found.listed[1].marker == "sys_platform == 'linux'"
    assert (found.constraints, found.overrides) == (("a<2",), ("b==3",))
    assert (found.index_url, found.extra_index_urls) == (
        "https://first.example/simple", ("https://second.example/simple",),
    )  # fmt: skip
    assert sorted(gap for gap, _, _ in whats(found)) == ["unreadable", "unresolved", "unresolved", "unresolved"]
    assert "secret" not in repr(found.listed) + repr(found.problems)


def test_a_marker_that_cannot_be_turned_round(tmp_path: Path) -> None:
    """Where a source is for some markers only, what the index is asked for elsewhere is said to be unknown."""
    found = read(
        tmp_path,
        "[project]\ndependencies=['a']\n[tool.uv.sources]\n"
        "a={path='x', marker=\"os_name == 'nt' or sys_platform == 'linux'\"}\n",
    )
    assert found.roots == ()
    assert any("what else it comes from an index for is not resolved" in what for _, what, _ in whats(found))


def test_pdm_hatch_and_flit(tmp_path: Path) -> None:
    """The tables of PDM, Hatch and Flit are groups, extras and overrides."""
    found = read(
        tmp_path,
        """[tool.pdm.dev-dependencies]
test = ["a", "-e file:///${PROJECT_ROOT}/sub#egg=sub", "-e ./nameless"]
[tool.pdm.resolution.overrides]
b = "1.0"
c = ">=2"
d = "https://index.example/d.whl"
e = "latest"
[tool.hatch.envs.Docs]
dependencies = ["f"]
extra-dependencies = ["g"]
[tool.flit.metadata]
module = "x"
requires = ["h"]
requires-python = ">=3.9"
dev-requires = ["i"]
[tool.flit.metadata.requires-extra]
fast = ["j"]
""",
    )
    assert by_group(found) == {
        "group:test": ["a"], "group:docs": ["f", "g"], "runtime": ["h"], "group:dev": ["i"], "extra:fast": ["j"],
    }  # fmt: skip
    assert found.overrides == ("b==1.0", "c>=2", "d @ https://index.example/d.whl")
    assert [(each.pin.name, each.origin.kind) for each in found.listed] == [("sub", "editable")]
    assert found.python == ">=3.9"
    assert len(found.problems) == 3


def test_pixi(tmp_path: Path) -> None:
    """Pixi's packages of PyPI are roots; those of conda are listed, as what no advisory could speak of."""
    found = read(
        tmp_path,
        """[tool.pixi.dependencies]
Python = "3.12.*"
[tool.pixi.pypi-dependencies]
a = ">=1"
b = { version = "==2", extras = ["x"] }
[tool.pixi.feature.gpu.target.linux-64.pypi-dependencies]
c = { git = "https://index.example/c" }
[tool.pixi.host-dependencies]
cmake = { version = "*" }
""",
    )
    assert by_group(found) == {"runtime": ["a>=1", "b[x]==2"], "group:gpu": ["c @ git+https://index.example/c"]}
    assert [(each.pin.ecosystem, each.pin.name, each.groups, each.skipped) for each in found.listed] == [
        ("conda", "python", ("runtime",), UNCOVERED), ("conda", "cmake", ("build",), UNCOVERED),
    ]  # fmt: skip
    assert found.problems == ()


def test_dynamic_dependencies_in_files(tmp_path: Path) -> None:
    """Setuptools may take the dependencies from requirements files: each is at its line of its file."""
    (tmp_path / "in.txt").write_text("# c\na>=1\n-c limits.txt\n")
    (tmp_path / "limits.txt").write_text("a<3\n")
    (tmp_path / "fast.txt").write_text("b\n-e ./local\n")
    found = read(
        tmp_path,
        """[project]
dynamic = ["dependencies", "optional-dependencies"]
[tool.setuptools.dynamic]
dependencies = { file = ["in.txt", "absent.txt", "../outside.txt"] }
optional-dependencies.Fast = { file = "fast.txt" }
""",
    )
    assert by_group(found) == {"runtime": ["a>=1"], "extra:fast": ["b", "-e ./local"]}
    assert found.roots[0].place == Place(str(tmp_path / "in.txt"), 2, 1)
    assert found.constraints == ("a<3",)
    assert [gap for gap, _, _ in whats(found)] == ["missing", "unreadable"]


def test_too_much(tmp_path: Path) -> None:
    """What declares more than anybody would is read up to a limit, and says so."""
    chain = "".join(f"g{n} = [{{include-group = 'g{n + 1}'}}]\n" for n in range(400))
    found = read(tmp_path, f"[project]\ndependencies = {['a'] * 3 + [f'p{n}' for n in range(10_100)]}\n"
                           f"[dependency-groups]\n{chain}")  # fmt: skip
    assert len(found.roots) < 10_001
    assert {what for _, what, _ in whats(found) if "more than" in what} == {
        "asks for more than 10000 requirements: the rest was left out",
        "declares more than 300 groups: the rest was not read",
    }


def test_what_pdm_wants_from_one_index_is_asked_for_nowhere_else(tmp_path: Path) -> None:
    """[[tool.pdm.source]] include_packages: the name is private, and no resolver is given it."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\ndependencies = ["public>=1", "Acme_Secret>=1", "acme-pinned==2.0"]\n'
        '[[tool.pdm.source]]\nname = "own"\nurl = "https://packages.example/simple"\ninclude_packages = ["acme-*"]\n',
        encoding="utf-8",
    )
    found = manifests.read(str(tmp_path / "pyproject.toml"))
    assert [root.name for root in found.roots] == ["public"]
    assert {(each.pin.name, each.pin.version, each.origin.location) for each in found.listed} == {
        ("acme-secret", "", "https://packages.example/simple"), ("acme-pinned", "2.0", "https://packages.example/simple"),
    }  # fmt: skip
    assert found.extra_index_urls == ()
    assert [problem.subject for problem in found.problems] == ["acme-secret", "acme-pinned"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A requirements file that a manifest names may be a link: what lies elsewhere is not the project's."""
    (tmp_path / "secret").write_text("ghp_token\n", encoding="utf-8")
    project = tmp_path / "project"
    project.mkdir()
    (project / "r.txt").symlink_to("../secret")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\ndynamic = ["dependencies"]\n'
        '[tool.setuptools.dynamic]\ndependencies = { file = ["r.txt"] }\n',
        encoding="utf-8",
    )
    found = manifests.read(str(project / "pyproject.toml"))
    assert found.roots == ()
    assert ["outside of its own folder" in problem.what for problem in found.problems] == [True]
