"""What uv is told of wheels that do not fit, of indexes that keep nothing, and how its refusals are worded."""

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from pip_assay import net
from pip_assay.fix.nouns import Held, Root, Target, Wish
from pip_assay.fix.planning import solver as module
from pip_assay.fix.planning.questions import Question
from pip_assay.fix.planning.solver import UvSolver
from pip_assay.model import Place
from pip_assay.sources.resolve import Index
from pip_assay.sources.resolve.uv import Uv
from tests.fix_scene import scene
from tests.fixing import target
from tests.resolving import uv_executable
from tests.wheel_folder import wheel


def forked(*releases: str) -> Target:
    """Return a target for every Python from 3.8 that holds web 1.0, and these releases, each under a marker."""
    made = target({"web": "1.0"}, universal=True, python="3.8")
    held = []
    for each in releases:
        release, marker = each.split(" ; ")
        name, version = release.split()
        held.append(Held(name, version, name, Place("r.txt", 9), marker=marker))
    return made._replace(held=(*made.held, *held))


def asked(tmp_path: Path, about: Target) -> UvSolver:
    """Return a solver that looks in a folder of wheels."""
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    environ = {"HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "cache")}
    about = about._replace(indexes=Index(find_links=(str(tmp_path / "links"),), none=True))
    uv = Uv(uv_executable(), os.defpath)
    return UvSolver(uv, about, Wish(), environ, net.network(environ), str(scratch), time.monotonic() + 60, 1.8e9)


OLD, NEW = "python_full_version < '3.9'", "python_full_version >= '3.9'"


def test_forks_without_a_wheel_for_their_pythons_are_described(tmp_path: Path) -> None:
    """What is held in forks stays as it is where an index has wheels of it for other Pythons alone."""
    links = tmp_path / "links"
    for version in ("1.0", "2.0"):
        path = wheel(links, "num", version)
        path.rename(links / f"num-{version}-cp311-cp311-manylinux_2_17_x86_64.whl")
        wheel(links, "web", version, ["num"])
    solver = asked(tmp_path, forked(f"num 1.0 ; {OLD}", f"num 2.0 ; {NEW}"))
    assert solver.present().fits()
    solution = solver.ask(Question(excluded={"web": frozenset({"1.0"})}))
    assert [(each.name, each.version, each.marker) for each in solution.releases] == [
        ("num", "1.0", OLD),
        ("num", "2.0", NEW),
        ("web", "2.0", ""),
    ]


def test_a_refusal_in_a_fork_is_told_in_plain_words(tmp_path: Path) -> None:
    """Where it does not fit is said first, and the fork is not repeated with each name."""
    links = tmp_path / "links"
    for version in ("1.0", "2.0"):
        wheel(links, "num", version)
        wheel(links, "web", version, ["num<3"])
    limit = Root("num", f"num>5 ; {NEW}", Place("c.txt", 1))
    about = forked(f"num 1.0 ; {OLD}", f"num 2.0 ; {NEW}")._replace(limits=(limit,))
    said = asked(tmp_path, about).ask(Question())
    assert said.unfit.startswith(f"where {NEW}: Because ")
    assert "{" not in said.unfit


def test_an_index_is_asked_for_a_page_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that allows no keeping, however many questions a plan and its proof take."""
    with scene(tmp_path) as here:
        monkeypatch.chdir(here.folder)
        here.put("r.txt", "app==1.0\ncore==1.0\nweb==1.0\n")
        [outcome] = here.fix("r.txt", writing=True, no_deps=True).outcomes
        assert outcome.written
        assert outcome.plan.calls > 2
        by_uv = [each for each in here.server.asked if each.headers.get("user-agent", "").startswith("uv/")]
        pages = Counter(each.path for each in by_uv if each.path.startswith("/simple/"))
        assert set(pages) >= {"/simple/web/", "/simple/core/", "/simple/plug/"}
        assert set(pages.values()) == {1}


def test_an_index_keeps_what_it_says_for_a_short_while_alone() -> None:
    """The settings name each index of the network; a folder, or no index at all, needs none."""
    import tomllib

    indexes = Index("https://a.example/simple", ('https://b.example/"x\\', "file:///c"))
    said = tomllib.loads("\n".join(module._kept(indexes)))["index"]
    assert [(each["url"], each.get("default", False)) for each in said] == [
        (indexes.url, True), (indexes.extra[0], False),
    ]  # fmt: skip
    assert {value for each in said for value in each["cache-control"].values()} == {f"max-age={module.FRESH}"}
    assert list(module._kept(indexes._replace(none=True))) == []
