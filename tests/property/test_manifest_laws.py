"""The laws of the manifests' readers: never raising, true places, and what each tool means."""

import configparser
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.dependency_groups import CyclicDependencyGroup, DependencyGroupResolver
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from poetry.core.constraints.version import Version as PoetryVersion
from poetry.core.constraints.version import parse_constraint
from poetry.core.factory import Factory

from pip_assay.names import normalise
from pip_assay.sources import manifests
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.manifests import constraint, ini, script
from pip_assay.sources.manifests.positions import Path as Way
from pip_assay.sources.manifests.positions import Positions

SAMPLES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling>=1", "beta"]
[project]
name = "own"
requires-python = ">=3.9"
dependencies = ["Alpha.One[x]>=1 ; python_version > '3'", 'beta', "gamma @ git+https://index.example/g.git"]
[project.optional-dependencies]
fast = ["delta==1"]
all = ["own[fast]", "epsilon"]
[dependency-groups]
test = ["zeta", {include-group = "lint"}]
lint = ["eta~=1.0"]
[tool.uv]
dev-dependencies = ["theta"]
constraint-dependencies = ["alpha-one<2"]
[tool.uv.sources]
epsilon = { path = "../epsilon", editable = true }
beta = [{ index = "own", marker = "sys_platform == 'linux'" }]
[[tool.uv.index]]
name = "own"
url = "https://packages.example/simple"
[tool.hatch.envs.docs]
dependencies = ["iota"]
[tool.pdm.dev-dependencies]
more = ["kappa", "-e file:///${PROJECT_ROOT}/sub#egg=sub"]
[tool.pdm.resolution.overrides]
lambda = "1.0"
[tool.pixi.dependencies]
python = "3.12.*"
[tool.pixi.feature.gpu.pypi-dependencies]
mu = { version = ">=1", extras = ["y"] }
""",
    "poetry/pyproject.toml": """\
[tool.poetry]
name = "own"
[tool.poetry.dependencies]
python = "^3.9"
Alpha = "^1.2"
beta = [{version = "~1", python = "<3.10"}, {version = ">=2,<3 || ^5", platform = "win32"}]
gamma = {git = "https://index.example/g.git", tag = "v1"}
delta = {version = "*", optional = true, extras = ["a"], markers = "os_name == 'nt'"}
[tool.poetry.dependencies.epsilon]
path = "../epsilon"
develop = true
[tool.poetry.extras]
fast = ["delta"]
[tool.poetry.group.dev.dependencies]
zeta = {version = "1.0", source = "own"}
[[tool.poetry.source]]
name = "own"
url = "https://packages.example/simple"
priority = "explicit"
""",
    "setup.cfg": """\
[metadata]
name = own
[options]
python_requires = >=3.9
install_requires =
    Alpha>=1 # why
    # a comment
    beta[x] ; python_version > "3"
setup_requires = gamma; delta
[options.extras_require]
fast = epsilon
all =
    %(fast)s
    zeta
Test = eta
""",
    "setup.py": """\
from setuptools import setup
install = ["Alpha>=1", 'beta[x]']
install.append("gamma")
extras = dict(fast=["delta"], test=["epsilon"] + install)
extras["all"] = sum(extras.values(), [])
if install:
    extras["fast"] += ["zeta"]
setup(name="own", install_requires=install + open("requirements.txt").read().splitlines(), extras_require=extras)
""",
    "run.py": """\
#!/usr/bin/env python
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "Alpha>=1",
#
#   "beta", # two
# ]
# ///
import alpha
""",
    "Pipfile": """\
[[source]]
name = "first"
url = "https://packages.example/simple"
[packages]
Alpha = "*"
beta = {version = ">=1", extras = ["x"], sys_platform = "== 'win32'"}
gamma = {git = "https://index.example/g.git", ref = "abc", editable = true}
[dev-packages]
delta = "==1.0"
[docs]
epsilon = {path = "."}
[requires]
python_version = "3.12"
""",
}


def read(folder: Path, name: str, content: bytes) -> Manifest:
    """Read a manifest of that name and content."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return manifests.read(str(path))


def holds(folder: Path, name: str, content: bytes) -> Manifest:
    """Check what is true of whatever is read, and return it."""
    found = read(folder, name, content)
    assert found == manifests.read(str(folder / name))
    lines = re.split("\r\n|\r|\n", content.decode("utf-8-sig", errors="replace"))
    written = [(each.place, each.name) for each in found.roots]
    written += [(each.place, each.pin.name) for each in found.listed]
    for place, spelled in written:
        assert spelled == normalise(spelled)
        if place.line and place.file.endswith(name):
            rest = lines[place.line - 1][place.column - 1 :]
            assert normalise(rest[:200]).startswith(spelled)
    assert {each.group for each in found.roots} | {group for each in found.listed for group in each.groups} <= set(
        found.groups
    )
    assert all(each.what and each.hint and each.place for each in found.problems)
    return found


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("change", ["", "crlf", "mark"])
def test_each_sample(tmp_path: Path, name: str, change: str) -> None:
    """Every sample is read whole: its places are true, however its lines end, with a byte order mark or without."""
    text = SAMPLES[name].replace("\n", "\r\n") if change == "crlf" else SAMPLES[name]
    (tmp_path / "requirements.txt").write_text("theta\n")
    found = holds(tmp_path, name, (b"\xef\xbb\xbf" if change == "mark" else b"") + text.encode())
    assert {"alpha", "alpha-one"} & {each.name for each in found.roots}
    assert all(each.place.line for each in found.roots)
    assert [each for each in found.problems if each.gap not in ("unresolved", "private")] == []


@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(
        ["", "\x00", "[", "]", '"', "'", "{", "}", "=", "\n", "#", "0", "1.5", "[]", "{}", "true", ",", "\\", "é", "(",
         "file:", "%(all)s", "# ///\n", "**", "-e "])), max_size=6), st.floats(0.2, 1.5),
)  # fmt: skip
def test_nothing_is_raised_on_a_changed_file(
    tmp_path_factory: pytest.TempPathFactory, name: str, changes: list[tuple[float, int, str]], cut: float
) -> None:
    """Whatever is done to a file, reading it gives what is left of it, at places that are true."""
    text = SAMPLES[name]
    for where, removed, added in changes:
        at = int(where * len(text))
        text = text[:at] + added + text[at + removed :]
    holds(tmp_path_factory.mktemp("m"), name, text[: int(cut * len(text))].encode())


@given(st.sampled_from(["pyproject.toml", "setup.cfg", "setup.py", "run.py", "Pipfile"]), st.binary(max_size=200))
def test_nothing_is_raised_on_any_bytes(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes) -> None:
    """Any bytes give a manifest, and a problem where nothing is in it."""
    found = read(tmp_path_factory.mktemp("m"), name, content)
    assert found.groups or found.problems


values = st.recursive(
    st.sampled_from([0, 1.5, True, "", "alpha", "beta>=1", ">=1", "^1", "x y", "../p"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["version", "git", "path", "url", "extras", "markers", "python", "optional", "include-group",
                         "index", "file", "name", "workspace", "alpha", "platform"]), inner, max_size=4), max_leaves=8,
)  # fmt: skip
TABLES = (
    "project", "project.dependencies", "project.optional-dependencies", "project.dynamic", "project.name",
    "dependency-groups", "build-system", "build-system.requires", "tool", "tool.poetry", "tool.poetry.dependencies",
    "tool.poetry.extras", "tool.poetry.group", "tool.poetry.group.a.dependencies", "tool.poetry.source", "tool.uv",
    "tool.uv.sources", "tool.uv.index", "tool.uv.dev-dependencies", "tool.uv.constraint-dependencies", "tool.pdm",
    "tool.pdm.dev-dependencies", "tool.pdm.resolution.overrides", "tool.hatch.envs", "tool.hatch.envs.a.dependencies",
    "tool.pixi.dependencies", "tool.pixi.pypi-dependencies", "tool.pixi.feature", "tool.pixi.target",
    "tool.setuptools.dynamic", "tool.setuptools.dynamic.dependencies", "tool.flit.metadata", "packages", "source",
    "requires", "dependencies",
)  # fmt: skip


def toml(value: object) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


@given(
    st.dictionaries(st.sampled_from(TABLES), values, max_size=4), st.sampled_from(["pyproject.toml", "Pipfile", "s.py"])
)
def test_no_type_is_trusted(
    tmp_path_factory: pytest.TempPathFactory, tables: dict[str, object], name: str
) -> None:  # fmt: skip
    """A value of any type may stand anywhere: what is of the wrong one is a problem."""
    text = "".join(f"{key} = {toml(value)}\n" for key, value in tables.items())
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    if name == "s.py":
        text = "# /// script\n" + "".join(f"# {line}\n" for line in text.splitlines()) + "# ///\n"
    holds(tmp_path_factory.mktemp("m"), name, text.encode())


@given(st.dictionaries(st.sampled_from("abcd"), values, max_size=4), st.sampled_from(["\n", "\r\n", " # c\n", "\n\n"]))
def test_positions_are_those_of_the_parser(document: dict[str, object], end: str) -> None:
    """Every value that TOML's own parser finds has a position, at which its text begins."""
    text = "".join(f"{key} = {toml(value)}{end}" for key, value in document.items())
    text += "[[t]]\nx.'y z' = 1\n[t.u]\nv = [ # [\n 'w'\n]\n[[t]]\n\"q\\u0041\" = '''a'''\n"
    found = Positions(text)
    document = tomllib.loads(text)
    paths: list[tuple[Way, object]] = [((key,), value) for key, value in document.items()]
    for path, value in paths:
        if isinstance(value, str):
            assert text[found.values[path] :].lstrip("'\"").startswith(value)
        else:
            assert path in found.values or path in found.keys or isinstance(path[-1], int)
        nested = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        paths += [((*path, key), each) for key, each in nested]
    assert {("t", 0, "x", "y z"), ("t", 0, "u", "v", 0), ("t", 1, "qA")} <= found.values.keys()


# --- Poetry -----------------------------------------------------------------------------------

releases = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
suffixes = st.sampled_from(["", "", "", "b1", "rc2", ".post1", ".dev3"])
clauses = st.one_of(
    st.builds(lambda o, r, s: f"{o}{r}{s}", st.sampled_from(["^", "~", "^ ", ">=", "<", "==", "=", "!=", "<=", ">",
              ""]), releases, suffixes),
    st.builds("{}{}.*".format, st.sampled_from(["", "==", "!="]), st.from_regex(r"[0-9](\.[0-9])?", fullmatch=True)),
    st.builds("~={}".format, st.from_regex(r"[0-9]\.[0-9](\.[0-9])?", fullmatch=True)),
    st.just("*"),
)  # fmt: skip
grid = [f"{a}.{b}.{c}" for a in (0, 1, 2, 3, 5, 9, 12) for b in (0, 1, 4, 12) for c in (0, 1)]


@given(clauses)
def test_one_range_of_poetrys_is_what_poetry_makes_of_it(text: str) -> None:
    """Poetry documents caret, tilde and wildcard requirements; poetry-core writes the same specifiers."""
    found = constraint.parse(text)
    assert found is not None
    ours, whole = constraint.specifier(found)
    expected = Factory.create_dependency("a", text).to_pep_508()
    assert whole
    theirs = SpecifierSet(expected.removeprefix("a").strip(" ()"))
    pre = [f"{each}{end}" for each in ("1.0", "1.2.0", "2.0", "3.1") for end in ("b1", ".post1", ".dev3")]
    for version in (*grid, *pre):
        assert SpecifierSet(ours).contains(version, prereleases=True) == theirs.contains(version, prereleases=True), (
            version
        )


@given(
    st.lists(st.lists(clauses, min_size=1, max_size=2), min_size=1, max_size=3), st.sampled_from([" || ", "|", "||"])
)
def test_alternatives_are_no_wider_than_poetrys(alternatives: list[list[str]], separator: str) -> None:
    """What is said to be the same range is; what cannot be said in one range is a part of it."""
    text = separator.join(",".join(each) for each in alternatives)
    found = constraint.parse(text)
    assert found is not None
    ours, whole = constraint.specifier(found)
    theirs, mine = parse_constraint(text), SpecifierSet(ours)
    for version in grid:
        allowed = theirs.allows(PoetryVersion.parse(version))
        if whole:
            assert (version in mine) == allowed, version
        else:
            assert allowed or version not in mine, version


pythons = [f"{a}.{b}.{c}" for a, b in ((2, 7), (3, 5), (3, 8), (3, 9), (3, 10), (3, 13), (4, 0)) for c in (0, 1, 7)]
python_clauses = st.builds(
    "{}{}".format, st.sampled_from(["^", "~", ">=", "<", "!=", "", ">", "<="]),
    st.sampled_from(["2.7", "3", "3.8", "3.9", "3.10", "3.9.1", "3.8.0", "4.0"]),
) | st.sampled_from(["3.9.*", "*", "!=3.8.*", "~=3.8"])  # fmt: skip


@given(st.lists(python_clauses, min_size=1, max_size=2), st.sampled_from([",", " || "]))
def test_the_python_key_is_a_marker(parts: list[str], separator: str) -> None:
    """The marker is true for those interpreters for which poetry-core's is."""
    text = separator.join(parts)
    found = constraint.parse(text)
    assert found is not None
    ours = constraint.python_marker(found)
    exact = [each for each in parts if each[0].isdigit() and "*" not in each]
    if parse_constraint(text).is_empty() or (exact and separator == "," and len(parts) > 1):
        return  # what contradicts or repeats itself
    expected = Factory.create_dependency("a", {"version": "1", "python": text}).marker
    for python in pythons:
        environment = {"python_version": python.rpartition(".")[0], "python_full_version": python}
        assert (not ours or Marker(ours).evaluate(environment)) == expected.validate(environment), python


# --- PEP 735, PEP 723, configparser -------------------------------------------------------------

groups = st.dictionaries(
    st.sampled_from(["a", "B", "c-d", "e"]),
    st.lists(st.sampled_from(["alpha", "beta>=1", "gamma[x]"]) | st.sampled_from(["a", "b", "C_D", "e"]).map(
        lambda name: {"include-group": name}), max_size=3), min_size=1,
)  # fmt: skip


@given(groups)
def test_groups_include_each_other_as_packaging_resolves_them(
    tmp_path_factory: pytest.TempPathFactory, table: dict[str, list[str | dict[str, str]]]
) -> None:
    """PEP 735: includes are expanded in place; a cycle, or a name that is not there, is an error."""
    found = read(tmp_path_factory.mktemp("m"), "pyproject.toml", f"dependency-groups = {toml(table)}\n".encode())
    for name in table:
        ours = {each.text for each in found.roots if each.group == f"group:{canonicalize_name(name)}"}
        try:
            theirs = {str(each) for each in DependencyGroupResolver(table).resolve(name)}
        except (CyclicDependencyGroup, LookupError, ExceptionGroup):
            assert found.problems
        else:
            assert ours == theirs


comments = st.lists(
    st.sampled_from(["# /// script", "# /// other", "# ///", "#", "# x = 1", "#x", "x = 1", "", "# /// a b"]),
    max_size=12,
)  # fmt: skip


@given(comments)
def test_blocks_are_those_of_the_pattern(lines: list[str]) -> None:
    """PEP 723 gives a regular expression; what it matches is what is found."""
    pattern = r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$"
    text = "\n".join(lines)
    expected = [(each["type"], each["content"]) for each in re.finditer(pattern, text)]
    found = [(kind, "".join(f"{line}\n" for line in lines[first:last])) for kind, first, last in script.blocks(lines)]
    assert found == expected


ini_lines = st.lists(
    st.sampled_from(["[a]", "[b]", "x = 1", "y: 2", "  z = 3", "    more ; kept", "# no", "  ; no", "", "w =",
                     "%% = 4 # c", "v = %(x)s", "  %(y)s", "u = a %(x)s b", "\ttab"]), max_size=12,
)  # fmt: skip


@given(ini_lines)
def test_setup_cfg_is_read_as_configparser_does(lines: list[str]) -> None:
    """Sections, options and values are those of the standard library's parser."""
    parser = configparser.ConfigParser(strict=False, default_section="none")
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    ours, wrong = ini.parse("\n".join(lines))
    try:
        parser.read_string("\n".join(lines))
    except configparser.Error:
        assert wrong
        return
    assert not wrong
    for section in parser.sections():
        filled = ini.filled_in(ours[section])
        assert filled.keys() == set(parser.options(section))
        for option in filled:
            try:
                expected = parser.get(section, option)
            except configparser.InterpolationError:
                continue
            assert [part.text for part in filled[option]] == [line for line in expected.split("\n") if line]


def test_the_samples_are_requirements(tmp_path: Path) -> None:
    """Every root of every sample is a requirement that `packaging` can read, of the name it is said to have."""
    for name, text in SAMPLES.items():
        for root in read(tmp_path / name, Path(name).name, text.encode()).roots:
            assert canonicalize_name(Requirement(root.text).name) == root.name
