"""A uv.lock that holds a project in several releases: forks that a fix tells apart by their markers, and others."""

from pathlib import Path

import pytest

from pip_assay.fix.formats import uv_held
from pip_assay.fix.nouns import Held, Wish
from pip_assay.fix.planning.plan import plan
from tests.fixing import Auditor, Lister, Solver, finding
from tests.locking import project, read, releases

PROJECT = """\
[project]
name = "demo"
version = "1"
requires-python = ">=3.9"
dependencies = [{asked}]
[project.optional-dependencies]
old = ["alpha<2"]
new = ["alpha>=2"]
"""
CONFLICTS = '\n[tool.uv]\nno-index = true\nfind-links = ["../links"]\nconflicts = [[{extra="old"},{extra="new"}]]\n'
FORKS = "\"alpha<2 ; sys_platform == 'win32'\", \"alpha>=2 ; sys_platform != 'win32'\""


def held(tmp_path: Path, text: str, **settings: str) -> list[Held]:
    """Return what the real uv locks of a project, of alpha and beta."""
    releases(tmp_path / "links", "alpha 1.0", "alpha 1.1", "alpha 2.0", "beta 1.0")
    return [each for each in read(project(tmp_path / "project", text, **settings)).held if each.name == "alpha"]


@pytest.mark.parametrize("asked", ["", "\"beta ; sys_platform == 'win32'\""])
def test_releases_for_conflicting_extras_have_a_reason_of_their_own(tmp_path: Path, asked: str) -> None:
    """They are of an index, and yet no solver can be asked for either: no environment knows which is meant."""
    found = held(tmp_path, PROJECT.format(asked=asked), settings=CONFLICTS)
    assert {(each.version, each.plain, each.stays) for each in found} == {
        ("1.1", False, uv_held.TOGETHER), ("2.0", False, uv_held.TOGETHER),
    }  # fmt: skip
    made = read(str(tmp_path / "project" / "uv.lock"))
    solver = Solver({}, made)
    done = plan(made, [finding("alpha", "1.1")], Wish(), Auditor({}), solver, Lister({}))
    assert [each.why for each in done.blocked] == [uv_held.TOGETHER]
    assert solver.calls == 0


def test_forks_for_several_platforms_may_be_moved(tmp_path: Path) -> None:
    """Where an environment decides which one is meant, each is a fork that a solver is asked for."""
    found = held(tmp_path, PROJECT.partition("[project.opt")[0].format(asked=FORKS))
    assert {(each.version, each.plain, each.stays) for each in found} == {("1.1", True, ""), ("2.0", True, "")}
    assert all(each.marker for each in found)


LOCK = """
version = 1
requires-python = ">=3.9"

[[package]]
name = "demo"
version = "1"
source = { virtual = "." }
[package.optional-dependencies]
old = [{ name = "alpha", version = "1.1" }]
new = [{ name = "alpha", version = "2.0" }]

[[package]]
name = "alpha"
version = "1.1"
source = { registry = "https://index.example/simple" }
resolution-markers = ["sys_platform == 'win32'", "sys_platform != 'win32'"]

[[package]]
name = "alpha"
version = "2.0"
source = { registry = "https://index.example/simple" }
resolution-markers = ["sys_platform != 'win32' and extra == 'extra-4-demo-new'"]
"""


def test_markers_that_name_a_conflict_tell_nothing_apart(tmp_path: Path) -> None:
    """Conflicting extras are named by uv in markers of its own, of which one side alone may do so."""
    (tmp_path / "uv.lock").write_text(LOCK)
    (tmp_path / "pyproject.toml").write_text(PROJECT.format(asked=""))
    found = [each for each in read(str(tmp_path / "uv.lock")).held if each.name == "alpha"]
    assert [(each.plain, each.stays) for each in found] == [(False, uv_held.TOGETHER)] * 2
