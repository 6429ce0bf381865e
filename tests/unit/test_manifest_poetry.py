"""Poetry's own tables: its language of versions, its extras and groups, and where it fetches from."""

from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from pip_assay.model import Origin
from pip_assay.sources import manifests
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.manifests import constraint


def read(folder: Path, text: str) -> Manifest:
    """Read a pyproject.toml with that text."""
    path = folder / "pyproject.toml"
    path.write_text(text)
    return manifests.read(str(path))


def by_group(found: Manifest) -> dict[str, list[str]]:
    """Return the texts of the roots by their group."""
    groups: dict[str, list[str]] = {}
    for root in found.roots:
        groups.setdefault(root.group, []).append(root.text)
    return groups


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("^1.2.3", ">=1.2.3,<2.0.0"), ("^0.2.3", ">=0.2.3,<0.3.0"), ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"), ("^0", ">=0,<1"), ("~1.2.3", ">=1.2.3,<1.3.0"), ("~1", ">=1,<2"),
        ("1.2.*", "==1.2.*"), ("*", ""),
        ("1.2", "==1.2"), (">= 1.2, < 1.5", ">=1.2,<1.5"), (">=1 <2", ">=1,<2"), ("^1 || ^2", ">=1,<3"),
        ("^1 | ^3", ">=1,<4,!=2.*"),
        ("~=1.4.5", "~=1.4.5"), ("!=1.3", "!=1.3"), ("<1.5 || *", ""),
    ],
)  # fmt: skip
def test_versions(text: str, specifier: str) -> None:
    """The examples of Poetry's documentation, in the words of PEP 440."""
    found = constraint.parse(text)
    assert found is not None
    assert constraint.specifier(found) == (constraint.specifier(found)[0], True)
    assert SpecifierSet(constraint.specifier(found)[0]) == SpecifierSet(specifier)


@pytest.mark.parametrize("text", ["", "latest", "^", "^1.*", "1..2", ">=1,,<2 x", "^" + "9" * 5000, "a" * 10_000])
def test_versions_that_cannot_be_read(text: str) -> None:
    """What is no version of Poetry's is none."""
    assert constraint.parse(text) is None


def test_a_gap_that_no_specifier_can_say() -> None:
    """Where two ranges have too much between them, the one with the newest releases is kept, and it is said."""
    found = constraint.parse("^1.5 || ^3.1")
    assert found is not None
    assert constraint.specifier(found) == (">=3.1,<4.0", False)


EVERYTHING = """[tool.poetry]
name = "Own"
[tool.poetry.dependencies]
python = "^3.9"
Alpha = "^1.2"
beta = [{version = "~1", python = "<3.10"}, {version = "^2", platform = "win32 || !=linux"}]
gamma = {git = "git@index.example:a/g.git", branch = "main", extras = ["b", "a"]}
delta = {version = "*", optional = true, markers = "os_name == 'nt' or os_name == 'posix'", python = ">3.8"}
eta = {version = "1", optional = true}
theta = {url = "https://index.example/theta-1.zip", optional = true}
iota = {path = "../iota", develop = true}
kappa = {file = "wheels/kappa-1-py3-none-any.whl"}
lambda = {version = "==2.0", source = "own"}
mu = {version = ">=2", source = "Own"}
nu = {version = "*", source = "PyPI"}
xi = "newest"
omicron = 5
[tool.poetry.dependencies.pi]
version = "^1.5 || ~7.1"
[tool.poetry.extras]
Fast_er = ["delta", "theta"]
all = ["delta", "alpha"]
[tool.poetry.dev-dependencies]
pytest = "*"
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
sphinx = "^7"
[tool.poetry.group.all-dev]
include-groups = ["docs", "dev", "none"]
[[tool.poetry.source]]
name = "own"
url = "https://user:secret@packages.example/simple"
priority = "explicit"
[[tool.poetry.source]]
name = "more"
url = "https://more.example/simple"
priority = "supplemental"
"""


def test_everything(tmp_path: Path) -> None:
    """Each kind of dependency that Poetry knows, in its group."""
    found = read(tmp_path, EVERYTHING)
    kappa = tmp_path / "wheels/kappa-1-py3-none-any.whl"
    assert by_group(found) == {
        "runtime": [
            "Alpha>=1.2,<2.0",
            'beta>=1,<2 ; python_version < "3.10"',
            'beta>=2,<3 ; sys_platform == "win32" or sys_platform != "linux"',
            "gamma[a,b] @ git+ssh://git@index.example/a/g.git@main",
            f"kappa @ {kappa}",
            "nu",
            "pi>=7.1,<7.2",
        ],
        "extra:fast-er": [
            "delta ; (os_name == 'nt' or os_name == 'posix') and python_full_version > \"3.8.0\"",
            "theta @ https://index.example/theta-1.zip",
        ],
        "extra:all": ["delta ; (os_name == 'nt' or os_name == 'posix') and python_full_version > \"3.8.0\""],
        "group:dev": ["pytest"],
        "group:docs": ["sphinx>=7,<8"],
        "group:all-dev": ["sphinx>=7,<8", "pytest"],
    }
    own = Origin("index", "https://packages.example/simple")
    assert [(each.pin.name, each.pin.version, each.origin) for each in found.listed] == [
        ("iota", "", Origin("editable", "../iota")), ("lambda", "2.0", own), ("mu", "", own), ("xi", "", Origin()),
    ]  # fmt: skip
    assert sorted((each.place.line if each.place else 0, each.what[:30]) for each in found.problems) == [
        (9, "eta is optional and no extra n"),
        (11, "iota is a local project, and w"),
        (13, "lambda comes from an index of "),
        (14, "mu comes from an index of its "),
        (16, "xi is not a requirement that c"),
        (17, '"omicron" of [tool.poetry.depe'),
        (18, "pi allows several ranges of ve"),
        (30, 'the group "all-dev" includes t'),
    ]
    assert (found.python, found.index_url, found.extra_index_urls) == (
        ">=3.9,<4.0", "", ("https://more.example/simple",),
    )  # fmt: skip
    assert [(root.place.line, root.place.column) for root in found.roots][:3] == [(5, 1), (6, 1), (6, 1)]
    assert "secret" not in repr(found.listed) + repr(found.problems)


def test_a_primary_source_takes_the_place_of_the_public_index(tmp_path: Path) -> None:
    """Poetry's documentation: with a primary source, the public index is asked only if it is named too."""
    source = "[tool.poetry.dependencies]\na={version='*', source='own'}\n[[tool.poetry.source]]\nname='own'\n"
    source += "url='https://packages.example/simple'\n"
    found = read(tmp_path, source)
    assert ([root.text for root in found.roots], found.index_url) == (["a"], "https://packages.example/simple")
    found = read(tmp_path, source + "[[tool.poetry.source]]\nname='PyPI'\n")
    assert [each.origin.location for each in found.listed] == ["https://packages.example/simple"]
    assert (found.roots, found.index_url, found.extra_index_urls) == ((), "", ("https://packages.example/simple",))


def test_beside_a_project(tmp_path: Path) -> None:
    """Where [project] declares dependencies, Poetry's table only says where these are fetched from."""
    text = """[project]
dependencies = ["Alpha[x]>=1 ; os_name == 'nt'", "beta", "gamma"]
[tool.poetry.dependencies]
python = "^3.9"
alpha = {git = "https://index.example/a"}
beta = {allow-prereleases = true}
delta = "*"
[tool.poetry.group.dev.dependencies]
epsilon = "*"
[dependency-groups]
dev = ["zeta"]
"""
    found = read(tmp_path, text)
    assert by_group(found) == {
        "runtime": ['Alpha[x] @ git+https://index.example/a ; os_name == "nt"', "beta", "gamma"],
        "group:dev": ["epsilon", "zeta"],
    }
    assert (found.roots[0].place.line, found.python) == (2, "")


def test_dynamic_dependencies(tmp_path: Path) -> None:
    """A [project] whose dependencies are dynamic has those of Poetry's table."""
    found = read(
        tmp_path,
        "[project]\nname='a'\ndynamic=['dependencies']\nrequires-python='>=3.8'\n"
        "[tool.poetry.dependencies]\npython='^3.9'\nb='^1'\n",
    )
    assert (by_group(found), found.problems, found.python) == ({"runtime": ["b>=1,<2"]}, (), ">=3.8")
