"""uv.lock: what is held, what asks for it, and the lock that the real uv writes for a plan."""

import difflib
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import pyproject, uv_copy, uv_held, uv_lock
from pip_assay.fix.nouns import Newest, Plan, Relaxation
from pip_assay.fix.tools import Tools
from pip_assay.model import Place
from pip_assay.settings import Settings
from pip_assay.sources.documents import toml
from pip_assay.sources.locks import uv_lock as source
from tests.locking import LINKS, lock, outside, plan, project, read, releases, tools, write
from tests.resolving import uv_executable
from tests.wheel_folder import BUILD, sdist, wheel

PLAIN = """\
[project]
name = "demo"
version = "1"
requires-python = ">=3.9"
# what we need
dependencies = [
  "alpha<2",  # until the port is done
  'Delta[fast] ; python_version >= "3"',
]
"""


@pytest.fixture(name="links")
def _links(tmp_path: Path) -> Path:
    folder = tmp_path / "links"
    releases(
        folder, "alpha 1.0: beta>=1", "alpha 1.1: beta>=1", "alpha 1.2: beta>=1", "alpha 2.0: beta>=2",
        "beta 1.0: gamma ; sys_platform == 'win32'", "beta 1.5: gamma ; sys_platform == 'win32'", "beta 2.0",
        "gamma 1.0", "delta 1.1: epsilon", "epsilon 1.0", "epsilon 1.1",
    )  # fmt: skip
    wheel(folder, "delta", "1.0", ["beta ; extra == 'fast'"], extras=["fast"])
    return folder


@pytest.fixture(name="locked")
def _locked(tmp_path: Path, links: Path) -> str:  # noqa: ARG001 - the wheels are there
    return project(tmp_path / "project", PLAIN, locked=("alpha==1.0", "beta==1.0", "delta==1.0"))


def held(path: str) -> dict[str, str]:
    """Return what a lock holds, by the standard library's reader."""
    found = tomllib.loads(Path(path).read_text())["package"]
    return {str(each["name"]): str(each["version"]) for each in found if "registry" in each["source"]}


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


def test_only_the_planned_releases_move_though_newer_ones_are_there(locked: str) -> None:
    """uv.lock holds exactly the planned releases, uv finds nothing to change, and no other line differs."""
    before = Path(locked).read_text()
    (edit,) = uv_lock.edits(plan(locked, "alpha 1.0 1.1"), tools(Path(locked).parent))
    assert changed_lines(before, edit.after.decode()) == [
        '-version = "1.0"',
        '+version = "1.1"',
        '-    { path = "alpha-1.0-py3-none-any.whl" },',
        '+    { path = "alpha-1.1-py3-none-any.whl" },',
    ]
    write([edit])
    assert lock(Path(locked).parent, "--check").returncode == 0
    assert held(locked) == {"alpha": "1.1", "beta": "1.0", "gamma": "1.0", "delta": "1.0"}


def test_what_comes_in_and_what_goes_is_as_planned(locked: str) -> None:
    """A release that needs another one brings that in at the planned release, and what nothing needs goes."""
    moved = plan(locked, "delta 1.0 1.1", "epsilon - 1.0", "beta 1.0 2.0", "gamma 1.0 -")
    write(uv_lock.edits(moved, tools(Path(locked).parent)))
    assert lock(Path(locked).parent, "--check").returncode == 0
    assert held(locked) == {"alpha": "1.0", "beta": "2.0", "delta": "1.1", "epsilon": "1.0"}


def test_an_unplanned_move_is_refused(locked: str) -> None:
    """What uv would move beside the plan is named, and there is no edit."""
    with pytest.raises(Unreadable, match=r"also move what is not planned: epsilon \(none -> 1\.1\)"):
        uv_lock.edits(plan(locked, "delta 1.0 1.1"), tools(Path(locked).parent))


def test_a_plan_that_does_not_fit_is_refused_with_the_line_to_try(locked: str) -> None:
    """A bound of the project rules a release out: uv's own words, and how to ask it oneself."""
    with pytest.raises(Unreadable, match=r"alpha<2.* uv lock -P alpha==2\.0 -P beta==2\.0"):
        uv_lock.edits(plan(locked, "alpha 1.0 2.0", "beta 1.0 2.0"), tools(Path(locked).parent))


def test_a_widened_bound_and_the_lock_change_together(locked: str) -> None:
    """The bound of one requirement changes in pyproject.toml, with comments, order and quotes kept, and uv agrees."""
    manifest = Path(locked).with_name("pyproject.toml")
    before = manifest.read_text()
    target = read(locked)
    root = next(each for each in target.roots if each.name == "alpha")
    widening = Relaxation(root.place, root.text, "alpha>=2.0")
    moved = plan(locked, "alpha 1.0 2.0", "beta 1.0 2.0", "gamma 1.0 -", relaxed=[widening])
    write(uv_lock.edits(moved, tools(manifest.parent)))
    assert manifest.read_text() == before.replace('"alpha<2"', '"alpha>=2.0"')
    assert held(locked) == {"alpha": "2.0", "beta": "2.0", "delta": "1.0"}
    assert lock(manifest.parent, "--check").returncode == 0


def test_an_empty_plan_changes_nothing_and_asks_nobody(locked: str) -> None:
    """Without changes there are no edits, and no uv is needed."""
    nobody = tools(Path(locked).parent)
    nobody.search = ""
    assert uv_lock.edits(plan(locked), nobody) == ()


def test_a_fixed_lock_is_a_fixpoint(locked: str) -> None:
    """The same plan once more leaves the file as it is."""
    folder = Path(locked).parent
    write(uv_lock.edits(plan(locked, "alpha 1.0 1.1"), tools(folder)))
    again = Plan(read(locked), plan(locked, "alpha 1.1 1.1").changes)
    assert uv_lock.edits(again, tools(folder)) == ()


@pytest.mark.parametrize("revision", ["", "revision = 1\n"])
def test_a_lock_of_an_older_uv_keeps_its_form(locked: str, revision: str) -> None:
    """A lock without a revision, or of an older one, stays one, but for the release that moves."""
    path = Path(locked)
    lines = path.read_text().split("\n")
    lines[1:2] = revision.splitlines()
    path.write_text("\n".join(lines))
    before = path.read_text()
    (edit,) = uv_lock.edits(plan(locked, "alpha 1.0 1.1"), tools(path.parent))
    assert len(changed_lines(before, edit.after.decode())) == 4
    write([edit])
    assert lock(path.parent, "--check").returncode == 0


def test_a_lock_of_a_newer_uv_is_refused_unless_it_may_be_reformatted(locked: str) -> None:
    """What a newer uv has written would be lost; with --reformat it is written as this uv does."""
    path = Path(locked)
    before = path.read_text()
    path.write_text(before.replace(before.split("\n")[1], "revision = 99"))
    with pytest.raises(Unreadable, match=r"newer uv \(revision 99; this one writes \d+\).*--reformat"):
        uv_lock.edits(plan(locked, "alpha 1.0 1.1"), tools(path.parent))
    (edit,) = uv_lock.edits(plan(locked, "alpha 1.0 1.1"), tools(path.parent, reformat=True))
    assert edit.after.decode().split("\n")[1] == before.split("\n")[1]


def test_line_endings_stay(locked: str) -> None:
    """A lock with the line endings of Windows keeps them."""
    path = Path(locked)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (edit,) = uv_lock.edits(plan(locked, "alpha 1.0 1.1"), tools(path.parent))
    assert edit.after.count(b"\r\n") == edit.after.count(b"\n") == edit.before.count(b"\n")  # type: ignore[union-attr]


def test_a_lock_that_uv_did_not_write_is_refused(locked: str) -> None:
    """A block in another form cannot be told apart by its lines: it is refused, not guessed at; so is a mark before."""
    path = Path(locked)
    text = path.read_text()
    for other in (text.replace("[[package]]", "[[ package ]]", 1), f"\ufeff{text}"):
        path.write_text(other)
        with pytest.raises(Unreadable, match="is not written as uv writes it"):
            uv_lock.edits(plan(locked, "alpha 1.0 1.1"), tools(path.parent))


def test_forks_move_apart(tmp_path: Path, links: Path) -> None:  # noqa: ARG001
    """Of a project with two releases by marker one moves, the other is held with its own marker."""
    text = PLAIN.replace(
        '"alpha<2",', "\"alpha<1.1 ; python_version < '3.11'\", \"alpha>1 ; python_version >= '3.11'\","
    )
    path = project(tmp_path / "project", text, locked=["alpha==1.1 ; python_version >= '3.11'", "beta==1.0"])
    forks = {each.version: each for each in read(path).held if each.name == "alpha"}
    assert {version: each.marker for version, each in forks.items()} == {
        "1.0": "python_full_version < '3.11'",
        "1.1": "python_full_version >= '3.11'",
    }
    assert all(each.plain for each in forks.values())
    write(uv_lock.edits(plan(path, f"alpha 1.1 1.2 ; {forks['1.1'].marker}"), tools(tmp_path)))
    found = {(each.name, each.version): each.marker for each in read(path).held if each.name == "alpha"}
    assert found == {("alpha", "1.0"): forks["1.0"].marker, ("alpha", "1.2"): forks["1.1"].marker}
    assert lock(Path(path).parent, "--check").returncode == 0


def test_what_is_held_and_what_asks_for_it(locked: str) -> None:
    """Releases with places, markers and extras; requirements with file and line, groups and limits."""
    manifest = Path(locked).with_name("pyproject.toml")
    more = "constraint-dependencies = ['beta<3']\noverride-dependencies = ['epsilon>=1']\n"
    more += "[project.optional-dependencies]\nweb = ['epsilon']\n[dependency-groups]\ntest = ['beta>=1']\n"
    manifest.write_text(manifest.read_text() + more)
    lock(manifest.parent)
    target = read(locked)
    found = {each.name: each for each in target.held}
    lines = Path(locked).read_text().split("\n")
    assert {name: lines[each.place.line - 1] for name, each in found.items()} == {
        name: f'name = "{name}"' for name in ("alpha", "beta", "delta", "epsilon", "gamma")
    }
    assert found["gamma"].marker == "sys_platform == 'win32'"
    assert {name for name, each in found.items() if each.marker} == {"gamma"}
    assert found["delta"].extras == ("fast",)
    written = manifest.read_text().split("\n")
    assert {(each.name, each.group, written[each.place.line - 1].strip()) for each in target.roots} == {
        ("alpha", "runtime", '"alpha<2",  # until the port is done'),
        ("delta", "runtime", "'Delta[fast] ; python_version >= \"3\"',"),
        ("epsilon", "extra:web", "web = ['epsilon']"),
        ("beta", "group:test", "test = ['beta>=1']"),
    }
    assert ([each.text for each in target.limits], target.overrides) == (["beta<3"], ("epsilon>=1",))
    (line,) = (manifest.read_text().splitlines()[each.place.line - 1] for each in target.limits)
    assert line == "constraint-dependencies = ['beta<3']"
    assert (target.python, target.universal) == ("3.9", True)
    assert target.files == (locked, str(manifest))
    assert target.indexes.none
    assert [os.path.normpath(each) for each in target.indexes.find_links] == [str(manifest.parents[1] / "links")]


WORKSPACE = """\
[project]
name = "whole"
version = "1"
requires-python = ">=3.9"
dependencies = ["one", "side", "far"]

[tool.uv.workspace]
members = ["packages/*"]

[tool.uv.sources]
one = { workspace = true }
side = { path = "../side" }
far = { git = "GIT" }
"""


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_workspace_with_sources_of_every_kind(tmp_path: Path, links: Path) -> None:  # noqa: ARG001
    """Two members, a folder beside and a repository: all of them ask for something, and none of them is moved."""
    folder = tmp_path / "whole"
    member = '[project]\nname = "{}"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = [{}]\n'
    for where, name, asks in (
        (folder / "packages" / "one", "one", '"alpha<2"'), (folder / "packages" / "two", "two", '"delta==1.0"'),
        (tmp_path / "side", "side", '"beta<2"'), (tmp_path / "far", "far", '"epsilon"'),
    ):  # fmt: skip
        where.mkdir(parents=True)
        (where / "pyproject.toml").write_text(member.format(name, asks) + (BUILD if name == "far" else ""))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], cwd=tmp_path / "far", check=True, capture_output=True)
    text = WORKSPACE.replace("GIT", (tmp_path / "far").as_uri())
    path = project(folder, text, locked=("alpha==1.0", "beta==1.0", "epsilon==1.0"))
    target = read(path)
    assert {each.name for each in target.held if each.plain} == {"alpha", "beta", "gamma", "delta", "epsilon"}
    assert {each.name for each in target.held if not each.plain} == {"side", "far"}
    asked = {each.name: each.place.file for each in target.roots if each.name in {"alpha", "beta", "delta", "epsilon"}}
    packages = folder / "packages"
    assert asked == {
        "alpha": str(packages / "one" / "pyproject.toml"), "delta": str(packages / "two" / "pyproject.toml"),
        "beta": path, "epsilon": path,
    }  # fmt: skip
    assert set(target.files) == {
        path, str(folder / "pyproject.toml"), *(str(packages / each / "pyproject.toml") for each in ("one", "two")),
    }  # fmt: skip
    around = outside()
    around = around._replace(environ={**around.environ, "PATH": f"{around.environ['PATH']}:{os.defpath}"})
    hand = tools(folder)
    hand.search = around.environ["PATH"]
    root = next(each for each in target.roots if each.name == "alpha")
    moved = plan(
        path,
        "alpha 1.0 2.0",
        "epsilon 1.0 1.1",
        "beta 1.0 1.5",
        relaxed=[Relaxation(root.place, root.text, "alpha>=2.0")],
    )
    with pytest.raises(Unreadable, match=r"beta>=2"):
        uv_lock.edits(moved, hand)
    moved = plan(
        path,
        "alpha 1.0 1.1",
        "epsilon 1.0 1.1",
        "beta 1.0 1.5",
        relaxed=[Relaxation(root.place, root.text, "alpha>=1.1")],
    )
    write(uv_lock.edits(moved, hand))
    assert '"alpha>=1.1"' in (packages / "one" / "pyproject.toml").read_text()
    assert held(path) == {"alpha": "1.1", "beta": "1.5", "gamma": "1.0", "delta": "1.0", "epsilon": "1.1"}
    assert lock(folder, "--check").returncode == 0


@pytest.mark.parametrize("head", ["dynamic version", "dynamic dependencies", "poetry"])
def test_nothing_is_ever_built(tmp_path: Path, links: Path, head: str) -> None:
    """Neither the project, however its metadata come about, nor a source distribution is built to lock it."""
    marks = tmp_path / "built"
    sdist(links, "source", "1.0", marks, ["Metadata-Version: 2.2"])
    folder = tmp_path / "project"
    text = PLAIN.replace("\n]\n", '\n  "source",\n]\n') + BUILD
    path = project(folder, text, locked=("alpha==1.0", "beta==1.0", "delta==1.0"))
    sdist(links, "source", "1.0", marks)
    if head == "dynamic version":
        text = text.replace('version = "1"', 'dynamic = ["version"]')
        Path(path).write_text(Path(path).read_text().replace('name = "demo"\nversion = "1"\n', 'name = "demo"\n'))
    if head == "dynamic dependencies":
        start, end = text.index("# what"), text.index("[build-system]")
        text = text[:start] + 'dynamic = ["dependencies"]\n' + text[end:]
    if head == "poetry":
        text = '[tool.poetry]\nname = "demo"\nversion = "1"\n[tool.poetry.dependencies]\nalpha = "<2"\n' + BUILD
    hostile = '\n[tool.uv]\nno-binary-package = ["source", "alpha"]\nno-index = true\nfind-links = ["../links"]\n'
    (folder / "pyproject.toml").write_text(text + hostile)
    (folder / "backend.py").write_text(f"open({str(marks)!r}, 'w').close()\n")
    moved = plan(path, "alpha 1.0 1.1")
    (edit,) = uv_lock.edits(moved, tools(folder))
    assert not marks.exists()
    assert len(changed_lines(Path(path).read_text(), edit.after.decode())) == 4
    write([edit])
    assert uv_lock.check(plan(path), str(folder), tools(folder)) == (("uv lock --check",), ())
    assert not marks.exists()


def test_a_lock_that_does_not_fit_its_project_is_a_fault(locked: str) -> None:
    """`uv lock --check` is asked of the edited files, in a copy, and its words are told."""
    folder = Path(locked).parent
    assert uv_lock.check(plan(locked), str(folder), tools(folder)) == (("uv lock --check",), ())
    manifest = folder / "pyproject.toml"
    manifest.write_text(manifest.read_text().replace('"alpha<2"', '"alpha>=2"'))
    before = Path(locked).read_bytes()
    checks, faults = uv_lock.check(plan(locked), str(folder), tools(folder))
    assert checks == ("uv lock --check",)
    assert len(faults) == 1
    assert "needs to be updated" in faults[0]
    assert Path(locked).read_bytes() == before


def test_a_script_and_its_lock(tmp_path: Path, links: Path) -> None:  # noqa: ARG001
    """The lock beside a script (PEP 723) is changed as that of a project is."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    block = 'requires-python = ">=3.9"\ndependencies = ["alpha<1.1"]\n' + LINKS_OF_SCRIPT
    script = folder / "tool.py"
    script.write_text("# /// script\n" + "".join(f"# {each}\n" for each in block.splitlines()) + "# ///\n")
    lock(folder, "--script", "tool.py", "-P", "beta==1.0")
    path = str(folder / "tool.py.lock")
    target = read(path)
    assert [(each.text, each.place.line) for each in target.roots] == [("alpha<1.1", 3)]
    assert target.files == (path, str(script))
    write(uv_lock.edits(plan(path, "beta 1.0 1.5"), tools(folder)))
    assert held(path) == {"alpha": "1.0", "beta": "1.5", "gamma": "1.0"}
    assert lock(folder, "--script", "tool.py", "--check").returncode == 0


LINKS_OF_SCRIPT = '[tool.uv]\nno-index = true\nfind-links = ["../links"]\n'


def test_what_comes_from_an_index_of_its_own_is_not_moved(tmp_path: Path) -> None:
    """The release of an index that only named projects come from is held, and no solver is asked for it."""
    folder = tmp_path / "project"
    folder.mkdir()
    package = '[[package]]\nname = "{}"\nversion = "1.0"\nsource = {{ registry = "https://{}.example/simple" }}\n'
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "demo"\nversion = "1"\nrequires-python = "~=3.9"\ndependencies = ["alpha", "beta"]\n'
        '[[tool.uv.index]]\nname = "own"\nurl = "https://own.example/simple"\nexplicit = true\n'
        '[[tool.uv.index]]\nname = "main"\nurl = "https://me:secret@main.example/simple"\ndefault = true\n'
        '[[tool.uv.index]]\nname = "more"\nurl = "https://more.example/simple"\n'
        "[tool.uv.sources]\nbeta = { index = 'own' }\n"
    )
    path = folder / "uv.lock"
    path.write_text(
        'version = 1\nrevision = 3\nrequires-python = ">=3.9, <4"\n\n' + package.format("alpha", "main") + "\n"
        + package.format("beta", "own") + '\n[[package]]\nname = "demo"\nversion = "1"\nsource = { virtual = "." }\n'
        'dependencies = [\n    { name = "alpha" },\n    { name = "beta" },\n]\n'
    )  # fmt: skip
    around = outside()._replace(environ={"UV_INDEX_MORE_USERNAME": "you", "UV_INDEX_MORE_PASSWORD": "hidden"})
    target = uv_lock.read(source.read(str(path)), Settings(), around)
    assert {each.name: each.plain for each in target.held} == {"alpha": True, "beta": False}
    assert target.indexes.url == "https://me:secret@main.example/simple"
    assert target.indexes.extra == ("https://you:hidden@more.example/simple",)
    assert "secret" not in repr(target)
    assert target.python == "3.9"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("version = 2\n", "lock version 2"),
        ("version = [\n", "not valid TOML"),
        ("version = 1\n", "no project beside it"),
    ],
)
def test_what_cannot_be_fixed_says_why(tmp_path: Path, content: str, why: str) -> None:
    """A lock of another version, a broken one, and one without its project are refused, each with one sentence."""
    path = tmp_path / "uv.lock"
    path.write_text(content)
    with pytest.raises(Unreadable, match=why):
        read(str(path))


def test_a_project_for_another_python_says_so(locked: str) -> None:
    """Where no interpreter fits the project, uv cannot lock it, and says what it lacks."""
    for path in (Path(locked), Path(locked).with_name("pyproject.toml")):
        path.write_text(path.read_text().replace('">=3.9"', '">=3.99"'))
    with pytest.raises(Unreadable, match="needs a Python that it is for"):
        uv_lock.edits(plan(locked, "alpha 1.0 1.1"), tools(Path(locked).parent))


def test_files_that_an_index_has_by_now_change_nothing(locked: str, links: Path, tmp_path: Path) -> None:
    """A release that stays keeps its block, though the index lists another file of it since the lock was written."""
    sdist(links, "beta", "1.0", tmp_path / "built", ["Metadata-Version: 2.2"])
    (edit,) = uv_lock.edits(plan(locked, "alpha 1.0 1.1"), tools(Path(locked).parent))
    assert len(changed_lines(Path(locked).read_text(), edit.after.decode())) == 4
    assert "beta-1.0.tar.gz" not in edit.after.decode()


def test_the_pythons_and_the_newest_day_of_a_project(tmp_path: Path, links: Path) -> None:  # noqa: ARG001
    """The Pythons of a lock have an end, its manifest may leave out newer releases, and pip's indexes are not asked."""
    text = PLAIN.replace(">=3.9", ">=3.9,<3.12")
    path = project(tmp_path / "project", text, locked=("alpha==1.0", "beta==1.0", "delta==1.0"))
    target = read(path)
    assert (target.python, target.below, target.uses_pip, target.exclude_newer) == ("3.9", "3.12", False, None)
    manifest = Path(path).with_name("pyproject.toml")
    manifest.write_text(manifest.read_text().replace("[tool.uv]\n", "[tool.uv]\nexclude-newer = '2021-06-01'\n"))
    assert read(path).exclude_newer == Newest("2021-06-01", Place(str(manifest)))


@pytest.mark.parametrize(
    ("requires", "below"),
    [
        (">=3.8, <3.10", "3.10"), ("<3.12,>=3.9,<3.13", "3.12"), (">=3.8,<3.11.0", "3.11"), (">=3.8", ""),
        (">=3.8,<4", ""), (">=3.8,<=3.10", ""), (">=3.8,<3.10.4", ""), ("<4.0", ""),
    ],
)  # fmt: skip
def test_the_end_of_the_pythons(requires: str, below: str) -> None:
    """Only a whole minor version is an end: no Python from it on is allowed, and any that is below may be."""
    assert pyproject.below_python(requires) == below
    if below:
        assert not SpecifierSet(requires).contains(below)
        assert SpecifierSet(requires).contains(f"3.{int(below[2:]) - 1}.99")


def test_settings_in_a_file_of_their_own(tmp_path: Path, links: Path) -> None:
    """A uv.toml beside the project counts in place of [tool.uv]; nothing that it says starts a build."""
    marks = tmp_path / "built"
    sdist(links, "source", "1.0", marks, ["Metadata-Version: 2.2"])
    folder = tmp_path / "project"
    folder.mkdir()
    own = 'no-index = true\nfind-links = ["../links"]\n'
    (folder / "uv.toml").write_text(own)
    text = PLAIN.replace("\n]\n", '\n  "source",\n]\n')
    path = project(folder, text, settings="", locked=("alpha==1.0", "beta==1.0", "delta==1.0"))
    (folder / "uv.toml").write_text(own + 'no-binary-package = ["source", "alpha"]\n')
    sdist(links, "source", "1.0", marks)
    assert read(path).indexes.none
    (edit,) = uv_lock.edits(plan(path, "alpha 1.0 1.1"), tools(folder))
    assert len(changed_lines(Path(path).read_text(), edit.after.decode())) == 4
    assert not marks.exists()


def test_the_copy_holds_no_code_and_no_backend(locked: str, tmp_path: Path) -> None:
    """What uv is started in holds the lock and the manifest alone, and that names a backend which is not there."""
    folder = Path(locked).parent
    manifest = folder / "pyproject.toml"
    manifest.write_text(manifest.read_text() + BUILD)
    (folder / "backend.py").write_text("")
    packages = uv_held.packages(
        toml.Table(tomllib.loads(Path(locked).read_text()), "", Place(""), {}).tables("package")
    )
    copy = uv_copy.copied(locked, packages, ">=3.9", str(tmp_path / "scratch"), {}, described=True)
    assert sorted(os.listdir(copy.folder)) == ["pyproject.toml", "uv.lock"]
    assert tomllib.loads((Path(copy.folder) / "pyproject.toml").read_text())["build-system"] == uv_copy.NO_BACKEND


def test_extras_that_only_a_build_tells_come_from_the_lock(tmp_path: Path, links: Path) -> None:  # noqa: ARG001
    """A project whose extras are computed is locked by what the lock says of them."""
    folder = tmp_path / "project"
    text = PLAIN + "[project.optional-dependencies]\nweb = [\"epsilon<2 ; sys_platform == 'linux'\"]\n" + BUILD
    path = project(folder, text, locked=("alpha==1.0", "beta==1.0", "delta==1.0", "epsilon==1.0"))
    dynamic = PLAIN.replace('version = "1"', 'version = "1"\ndynamic = ["optional-dependencies"]') + BUILD + LINKS
    (folder / "pyproject.toml").write_text(dynamic)
    (edit,) = uv_lock.edits(plan(path, "epsilon 1.0 1.1"), tools(folder))
    assert len(changed_lines(Path(path).read_text(), edit.after.decode())) == 4


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("open(lock, 'w').write('[[package')", "uv wrote a lock that cannot be read"),
        ("open(lock, 'w').write('[[package]]\\nname = 3\\n')", "uv wrote a lock that cannot be read"),
        ("open(lock, 'wb').write(b'# \\xff')", "uv wrote a lock that cannot be read"),
        ("os.remove(lock)", "uv wrote no new lock"),
        ("open(lock, 'w').write(old)", "uv wrote no new lock"),
    ],
)
def test_a_broken_lock_is_uvs_fault(locked: str, tmp_path: Path, does: str, why: str) -> None:
    """What it has made and cannot be read is told as its doing, of the lock itself and not of any copy."""
    program = tmp_path / "programs" / "uv"
    program.parent.mkdir()
    run = f"old = open(lock).read()\nsubprocess.run([{uv_executable()!r}, *sys.argv[1:]], check=True)\n{does}\n"
    program.write_text(f"#!{sys.executable}\nimport os, subprocess, sys\nlock = 'uv.lock'\n{run}")
    program.chmod(0o755)
    found = Tools({**os.environ, "PATH": str(program.parent)}, os.path.dirname(locked), time.monotonic() + 60)
    with pytest.raises(Unreadable, match=why) as error:
        uv_lock.edits(plan(locked, "alpha 1.0 1.1"), found)
    assert error.value.where == locked
