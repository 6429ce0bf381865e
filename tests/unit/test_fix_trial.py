"""A dry run of an install by the real uv: what cannot be installed is told, and nothing is installed or built."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pip_assay.fix.formats import trial as module
from pip_assay.fix.nouns import Target
from pip_assay.fix.tools import Tools
from pip_assay.model import Inventory
from pip_assay.sources.resolve import Index, programs
from tests.fix_scene import Scene, scene
from tests.wheel_folder import sdist

DONE = ("an install (dry run by uv)",)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Scene]:
    """Return a scene."""
    with scene(tmp_path) as made:
        yield made


def tried(here: Scene, text: str, *, needs: bool = True, hashed: bool = False, **about: object) -> tuple[str, str]:
    """Return what was tried of a requirements file, and what was wrong."""
    path = here.put("asked-for.txt", text)
    indexes = Index(here.settings.index_url, find_links=(str(here.folder.parent / "links"),))
    target = Target(Inventory("r.txt", "requirements"), "requirements", (), indexes=indexes)._replace(**about)  # type: ignore[arg-type]
    checks, faults = module.install([path], target, here.tools(), str(here.folder), needs=needs, hashed=hashed)
    return "; ".join(checks), "; ".join(faults)


def test_what_fits_can_be_installed(here: Scene) -> None:
    """What is needed comes along; nothing is installed anywhere."""
    before = sorted(os.listdir(here.folder))
    assert tried(here, "web==2.0\n") == ("an install (dry run by uv)", "")
    assert set(os.listdir(here.folder)) - set(before) <= {
        "asked-for.txt", "left-out.txt", "nowhere", "standard-output", "standard-error",
    }  # fmt: skip
    assert not list(here.folder.rglob("*.dist-info"))


def test_what_does_not_fit_is_told_in_uvs_words(here: Scene) -> None:
    """A contradiction and a release that is not there are faults; without what they need the first is none."""
    for text, word in (("web==2.0\ncore==1.0\n", "core>=2"), ("web==9\n", "web==9"), ("gone==1.0\n", "gone")):
        what, fault = tried(here, text)
        assert what == "an install (dry run by uv)"
        assert fault.startswith("an install (dry run by uv) fails: ")
        assert word in fault
        assert here.settings.cache not in fault
    assert tried(here, "web==2.0\ncore==1.0\n", needs=False) == ("an install (dry run by uv)", "")


def test_what_has_no_wheel_is_left_out_and_told(here: Scene, tmp_path: Path) -> None:
    """It would have to be built, which runs its code."""
    sdist(tmp_path / "links", "old", "1.0", tmp_path / "built")
    told = "an install (dry run by uv), without old, of which no wheel is known"
    assert tried(here, "old==1.0\nplug==0.1\n") == (told, "")
    assert not (tmp_path / "built").exists()


def test_hashes_are_wanted_of_everything(here: Scene) -> None:
    """With hashes, what is needed and has none is a fault."""
    text = f"web==2.0 --hash={here.hashes('web 2.0')}\n"
    what, fault = tried(here, text, hashed=True)
    assert what == "an install with hashes (dry run by uv)"
    assert fault.startswith("an install with hashes (dry run by uv) fails: ")


def test_it_is_tried_for_the_python_of_the_target(here: Scene) -> None:
    """Markers are those of the Python and platform that the target is for."""
    text = "gone==1.0 ; python_version < '3.9'\nnever==1.0 ; sys_platform == 'win32'\nplug==0.1\n"
    assert tried(here, text, platform="linux") == (DONE[0], "")
    assert "never" in tried(here, text, platform="windows")[1]
    assert "gone" in tried(here, text, python="3.8", platform="linux")[1]


def test_without_uv_or_network_it_could_not_be_tried(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is a fault: what is not tried is not proved."""
    here.environ["PATH"] = ""
    monkeypatch.setattr(programs, "installed_uv", str)
    assert tried(here, "web==2.0\n") == ("", "an install (dry run by uv) could not be tried: uv is not on this machine")


def test_a_cache_that_has_all_saves_asking(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was just solved is tried without the network; what is missing there is asked for."""
    asked: list[bool] = []
    real = Tools.run

    def remembered(self: Tools, command: list[str], *arguments: object) -> object:
        asked.append("--offline" in command)
        return real(self, command, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Tools, "run", remembered)
    assert tried(here, "web==2.0\n", indexes=Index(here.settings.index_url)) == (DONE[0], "")
    assert tried(here, "web==2.0\n", indexes=Index(here.settings.index_url)) == (DONE[0], "")
    assert asked == [True, False, True]


def test_too_much_without_a_wheel(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every round names another project, the trial ends."""
    monkeypatch.setattr(module, "ROUNDS", 0)
    assert tried(here, "web==2.0\n") == (
        "",
        "an install (dry run by uv) could not be tried: too much of it has no wheel",
    )
