"""The dependencies of a pyproject.toml: each at the line and column of its name, and nothing left out in silence."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pip_assay.model import Place, Problem
from pip_assay.sources import pyproject
from pip_assay.sources.resolve import Root


def read(folder: Path, text: str | bytes) -> tuple[tuple[Root, ...], tuple[Problem, ...]]:
    """Read a file with that content."""
    path = folder / "pyproject.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return pyproject.roots(str(path))


def at(text: str, place: Place) -> str:
    """Return the rest of the line from the place on."""
    return text.split("\n")[place.line - 1][place.column - 1 :]


def test_each_dependency_at_its_place(tmp_path: Path) -> None:
    """Requirements keep their text, name, line and column, in whatever way TOML lets them be written."""
    text = '''# dependencies = ["comment"]
[build-system]
requires = ["hatchling"]
dependencies = ["not-this"]

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
    'zope.interface==5 # no comment',  "a", 'A_b',
\t"quoted ; os_name == \\"nt\\"",
    """three @ https://index.example/x]y.zip""",
  ]
classifiers = ["x"]
[dependency-groups]
dev = ["pytest"]
'''
    roots, problems = read(tmp_path, text)
    assert problems == ()
    assert [root.text for root in roots] == [
        "Flask[async]>=2 ; python_version > '3'", "zope.interface==5 # no comment", "a", "A_b",
        'quoted ; os_name == "nt"', "three @ https://index.example/x]y.zip",
    ]  # fmt: skip
    assert [root.name for root in roots] == ["flask", "zope-interface", "a", "a-b", "quoted", "three"]
    assert [(root.place.line, root.place.column) for root in roots] == [
        (16, 21), (18, 6), (18, 41), (18, 46), (19, 3), (20, 8),
    ]  # fmt: skip
    assert {root.group for root in roots} == {"runtime"}
    assert all(at(text, root.place).startswith(root.text[:1]) for root in roots)


@pytest.mark.parametrize(
    "text",
    [
        'project.name = "a"\nproject . dependencies = ["web"]\n',
        'project = { name = "a", dependencies = ["web"] }\n',
        'project = { keywords = ["x"], dependencies = ["web"] }\n',
        '[project]\n"dependencies" = ["web"]\n',
        '["project"]\ndependencies = ["web"]\n',
        '[project]\ndependencies = ["\\u0077eb"]\n',
        '\ufeff[project]\r\ndependencies = [\r\n"web",\r\n]\r\n',
        '[project]\ndependencies = ["""\nweb"""]\n',
    ],
)
def test_other_spellings(tmp_path: Path, text: str) -> None:
    """What is spelled in a rare way is found; its place is right, or the whole file."""
    roots, problems = read(tmp_path, text)
    assert ([root.name for root in roots], problems) == (["web"], ())
    place = roots[0].place
    assert not place.line or at(text, place).lstrip("\ufeff").startswith("web")


names = st.from_regex(r"[A-Za-z]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?", fullmatch=True)
tails = st.sampled_from(
    ["", ">=1", " == 2.0", "[x,y]<3", " ; os_name == 'nt'", ' ; os_name == "nt"', " @ https://index.example/#]"]
)
gaps = st.sampled_from(["", " ", "\n", "\n\t", ' # "web", ]\n', "\n# '''\n\n", " #\n"])
quotes = st.sampled_from(['"', "'", '"""', "'''"])


@given(st.lists(st.tuples(gaps, quotes, names, tails, gaps)), st.booleans())
def test_places_point_at_the_names(
    tmp_path_factory: pytest.TempPathFactory, items: list[tuple[str, str, str, str, str]], decoy: bool
) -> None:
    """The text at each place is the requirement's name as written, and each name is that which `packaging` reads."""
    written, values = [], []
    for before, quote, name, tail, after in items:
        value = name + tail
        quoted = json.dumps(value) if quote == '"' or quote[0] in value else f"{quote}{value}{quote}"
        written.append(f"{before}{quoted}{after}")
        values.append(value)
    text = ("[tool.x]\ndependencies = ['decoy']\n" if decoy else "") + "[project]\nname = 'x'\n"
    text += f"dependencies = [{','.join(written)}]\n[tool.y]\nz = 'web'\n"
    roots, problems = read(tmp_path_factory.mktemp("project"), text)
    assert problems == ()
    assert [root.text for root in roots] == values
    for root, value in zip(roots, values, strict=True):
        requirement = Requirement(value)
        assert root.name == canonicalize_name(requirement.name)
        assert at(text, root.place).startswith(requirement.name)


@pytest.mark.parametrize(
    ("text", "gap", "what", "line"),
    [
        ("", "empty", "has no [project] table", 0),
        ("[tool.x]\n", "empty", "has no [project] table", 0),
        ("[tool.poetry]\nname = 'a'\n[tool.poetry.dependencies]\npython = '^3.8'\n", "empty", "no [project] table", 0),
        ("[project]\nname='a'\ndynamic = ['version', 'dependencies']\n", "unresolved", "computed at build time", 0),
        ("[tool.poetry.dependencies]\npython = '^3.8'\nflask = '^2'\n", "unresolved", "[tool.poetry.dependencies]", 0),
        ("[project]\nname='a'\n[tool.pdm.dependencies]\nflask = '*'\n", "unresolved", "[tool.pdm.dependencies]", 0),
        ("[tool.flit.metadata]\nrequires = ['flask']\n", "unresolved", "[tool.flit.metadata.requires]", 0),
        ("[project]\ndynamic = ['dependencies']\n[tool.poetry.dependencies]\nflask = '*'\n", "unresolved", "poetry", 0),
        ("project = 1\n", "unreadable", "[project] is not a table", 1),
        ("\n[[project]]\n", "unreadable", "[project] is not a table", 0),
        ("[project]\nname = 1\ndependencies = 'flask'\n", "unreadable", "is not a list", 3),
        ("[project]\ndependencies = {flask = '1'}\n", "unreadable", "is not a list", 2),
        ("[project]\ndependencies = [1]\n", "unreadable", "not a requirement", 2),
        ("[project]\ndependencies = [\n '>=1'\n]\n", "unreadable", "not a requirement", 2),
        ("[project]\ndependencies = [\n", "unreadable", "not valid TOML", 3),
        ("[project\n", "unreadable", "not valid TOML", 1),
        (b"\xff\xfe", "unreadable", "not UTF-8", 1),
        ("a = " + "[" * 10_000, "unreadable", "nested too deeply", 0),
    ],
)
def test_what_is_not_known_is_a_problem(tmp_path: Path, text: str | bytes, gap: str, what: str, line: int) -> None:
    """What names no dependencies, computes them, keeps them elsewhere or cannot be read is one problem each."""
    roots, problems = read(tmp_path, text)
    assert (roots, [problem.gap for problem in problems]) == ((), [gap])
    assert what in problems[0].what
    assert problems[0].hint
    assert problems[0].place is not None
    assert (problems[0].place.file, problems[0].place.line) == (str(tmp_path / "pyproject.toml"), line)


def test_what_can_be_read_is(tmp_path: Path) -> None:
    """One entry that cannot be read, or dependencies that are computed on top, do not hide the others."""
    roots, problems = read(tmp_path, "[project]\ndynamic = ['dependencies']\ndependencies = ['a', 1, 'b>1', '']\n")
    assert [root.name for root in roots] == ["a", "b"]
    assert [problem.gap for problem in problems] == ["unresolved", "unreadable", "unreadable"]


def test_a_project_without_dependencies(tmp_path: Path) -> None:
    """A [project] that declares none, or an empty list, has none: that is no problem."""
    for text in ("[project]\nname = 'a'\n", "[project]\ndependencies = []\n", "[project]\ndynamic = ['version']\n"):
        assert read(tmp_path, text) == ((), ())


def test_poetrys_table_does_not_count_beside_projects(tmp_path: Path) -> None:
    """Where [project] declares dependencies, those of Poetry's table only add to them how they are fetched."""
    text = "[project]\ndependencies = ['flask']\n[tool.poetry.dependencies]\nflask = {source = 'x'}\n"
    roots, problems = read(tmp_path, text)
    assert ([root.name for root in roots], problems) == (["flask"], ())


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a problem."""
    roots, problems = pyproject.roots(str(tmp_path / "pyproject.toml"))
    assert (roots, [problem.gap for problem in problems]) == ((), ["missing"])


@given(
    st.one_of(
        st.binary(), st.text().map(str.encode), st.text(alphabet="[]project.dependencies='\"\n #{},1").map(str.encode)
    )
)
def test_reading_never_fails(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Any bytes give roots and problems; nothing is raised."""
    roots, problems = read(tmp_path_factory.mktemp("project"), content)
    assert all(root.name for root in roots)
    assert all(problem.what for problem in problems)
