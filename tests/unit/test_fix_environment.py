"""Environments, planned without starting anything of them, and changed by the real uv, or put back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pip_assay import flow
from pip_assay.errors import Unreadable
from pip_assay.fix import steps
from pip_assay.fix.formats import environment as module
from pip_assay.fix.nouns import Plan, Wish
from pip_assay.model import INTERNAL
from tests.environment_scene import environment_scene, installed, target
from tests.fix_scene import Scene, plan
from tests.resolving import uv_executable


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a scene with a virtual environment "env" that holds app, web and core 1.0."""
    with environment_scene(tmp_path, "app==1.0", "web==1.0", "core==1.0") as made:
        monkeypatch.chdir(made.folder)
        yield made


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the paths are those of POSIX")


BEFORE = {"app": "1.0", "web": "1.0", "core": "1.0"}
AFTER = {"app": "1.0", "web": "2.0", "core": "2.0", "plug": "0.2"}
MOVES = ("core 1.0 2.0", "plug - 0.2 web", "web 1.0 2.0")


def starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list in which the arguments of every program are written that is started from now on."""
    seen: list[str] = []
    real = subprocess.Popen

    def remembered(command: list[str], *arguments: object, **about: object) -> object:
        seen.extend(command)
        return real(command, *arguments, **about)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", remembered)
    return seen


def test_a_dry_run_starts_nothing_of_the_environment(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """To plan and to prove, uv is never told of the environment's interpreter, whatever that would do."""
    python = here.folder / "env" / "bin" / "python"
    python.unlink()
    python.write_text(f"#!/bin/sh\ntouch {here.folder}/was-started\n")
    python.chmod(0o755)
    seen = starts(monkeypatch)
    done = steps.fix(here.settings, here.outside, Wish(), writing=False)
    [outcome] = done.outcomes
    assert outcome.faults == ()
    assert {each.name: each.new for each in outcome.plan.changes} == {"core": "2.0", "plug": "0.2", "web": "2.0"}
    assert outcome.proof is not None
    assert outcome.proof.checks == ("an install (dry run by uv)",)
    assert seen
    assert not [each for each in seen if str(here.folder) in each]
    assert not (here.folder / "was-started").exists()
    assert "trying the plan for env, and auditing what would be there" in here.said


def test_all_that_changes_is_installed_together(here: Scene) -> None:
    """What is written is the whole planned set, and a second fix finds nothing more to do."""
    assert installed(here) == BEFORE
    done = steps.fix(here.settings, here.outside, Wish(), writing=True)
    assert [(each.faults, each.written) for each in done.outcomes] == [((), True)]
    assert installed(here) == AFTER
    again = steps.fix(here.settings, here.outside, Wish(), writing=True)
    assert [(each.plan.changes, each.written) for each in again.outcomes] == [((), False)]


def test_an_interpreter_that_does_not_run_is_told(here: Scene) -> None:
    """Where uv cannot ask the environment's Python, nothing is installed, and uv's words say why."""
    made = plan(target(here), *MOVES)
    (here.folder / "env" / "bin" / "python").unlink()
    for each in (here.folder / "env" / "bin").glob("python*"):
        each.unlink()
    (here.folder / "env" / "bin" / "python").write_text("#!/bin/sh\nexit 3\n")
    (here.folder / "env" / "bin" / "python").chmod(0o755)
    with pytest.raises(Unreadable, match="uv could not check what is installed: error: "):
        module.apply(made, here.tools(), here.said.append)


def test_an_index_that_lacks_a_wheel_changes_nothing(here: Scene) -> None:
    """Where uv cannot have what it is to install, the environment is as it was, and that is said."""
    made = plan(target(here), "core 1.0 2.0", "web 1.0 9.9")
    with pytest.raises(Unreadable) as caught:
        module.apply(made, here.tools(), here.said.append)
    assert caught.value.what.startswith("uv could not install the new releases: ")
    assert (caught.value.where, caught.value.hint) == ("env", "nothing was changed")
    assert installed(here) == BEFORE


def test_a_set_that_does_not_fit_is_put_back(here: Scene) -> None:
    """What uv's check finds afterwards, and had not before, has what was there installed again."""
    made = plan(target(here), "web 1.0 2.0", "plug - 0.2 web")
    with pytest.raises(Unreadable) as caught:
        module.apply(made, here.tools(), here.said.append)
    assert caught.value.what.startswith("what was installed does not fit together: The package ")
    assert caught.value.hint == "what was there was put back"
    assert installed(here) == BEFORE


def test_what_clashed_before_is_no_reason(here: Scene) -> None:
    """An environment that was inconsistent anyway is fixed all the same."""
    made = plan(target(here), "web 1.0 2.0", "plug - 0.2 web")
    links = str(here.folder.parent / "links")
    command = [uv_executable(), "pip", "install", "--python", "env/bin/python", "--no-index", "--find-links", links]
    subprocess.run([*command, "--no-deps", "--quiet", "web==2.0"], check=True, env=here.environ)
    module.apply(plan(target(here), "web 2.0 2.1"), here.tools(), here.said.append)
    assert installed(here) == {"app": "1.0", "web": "2.1", "core": "1.0"}
    assert made.changes


def test_a_failing_environment_is_told_in_its_outcome(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outcome of the environment has the fault; files that were fixed beside it stay fixed."""
    here.put("r.txt", "core==1.0\nweb==1.0\n")

    def fail(*_: object) -> None:
        raise Unreadable("it failed", "env", "nothing was changed")

    monkeypatch.setattr(module, "apply", fail)
    settings = here.settings._replace(requirements=("r.txt",))
    done = steps.fix(settings, here.outside, Wish(), writing=True)
    assert [(each.faults, each.written) for each in done.outcomes] == [
        (("env: it failed; nothing was changed",), False), ((), True),
    ]  # fmt: skip
    assert here.text("r.txt") == "core==2.0\nplug==0.2\nweb==2.0\n"


def test_files_that_cannot_be_written_leave_environments_alone(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed where the files of the same fix could not change."""
    here.put("r.txt", "core==1.0\nweb==1.0\n")
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, how: path != "r.txt" and real(path, how))
    settings = here.settings._replace(requirements=("r.txt",))
    done = steps.fix(settings, here.outside, Wish(), writing=True)
    told = "r.txt: may not be written; make it writable; nothing was changed"
    assert [(each.faults, each.written) for each in done.outcomes] == [((told,), False)] * 2
    assert installed(here) == BEFORE


@pytest.mark.parametrize("library", ["lib/python3.11", "lib64/python3.11", "Lib"])
def test_what_the_system_manages_is_refused(library: str, here: Scene) -> None:
    """An installation with EXTERNALLY-MANAGED is left alone; a virtual environment on it is not managed (PEP 668)."""
    (here.folder / "env" / library).mkdir(parents=True, exist_ok=True)
    (here.folder / "env" / library / "EXTERNALLY-MANAGED").touch()
    found = flow.read(here.settings, here.outside)[0]
    assert module.read(found, here.settings, here.outside).held
    (here.folder / "env" / "pyvenv.cfg").unlink()
    with pytest.raises(
        Unreadable, match=r"^env: cannot be fixed, because the system manages it \(EXTERNALLY-MANAGED\)"
    ):
        module.read(found, here.settings, here.outside)


def test_a_folder_without_an_interpreter_is_refused(here: Scene) -> None:
    """Site-packages alone do not say what to install for."""
    folder = str(next((here.folder / "env").glob("lib/python*/site-packages")))
    settings = here.settings._replace(python="", paths=(folder,))
    [outcome] = steps.fix(settings, here.outside, Wish(), writing=True).outcomes
    assert len(outcome.faults) == 1
    assert outcome.faults[0].endswith(
        "cannot be fixed, because it has no interpreter to install for; name the environment or its interpreter with"
        " --python"
    )


def test_the_environment_of_pip_assay_itself_is_noted(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may upgrade what it runs on, which a person should know."""
    assert target(here).notes == ()
    monkeypatch.setattr(sys, "prefix", str(here.folder / "env"))
    assert target(here).notes == (module.OWN,)


def test_what_others_have_installed_is_not_moved(here: Scene) -> None:
    """Conda's packages, the system's, those of an address, and one's own stay; pip's in a conda environment do not."""
    site = next((here.folder / "env").glob("lib/python*/site-packages"))
    (site / "web-1.0.dist-info" / "INSTALLER").write_text("conda\n")
    assert all(each.plain for each in target(here).held)
    (here.folder / "env" / "conda-meta").mkdir()
    found = flow.read(here.settings, here.outside)[0]
    own = [each._replace(skipped=INTERNAL) if each.pin.name == "app" else each for each in found.dependencies]
    about = module.read(found._replace(dependencies=tuple(own)), here.settings, here.outside)
    assert {each.name: each.plain for each in about.held} == {"app": False, "core": True, "web": False}


def test_the_python_of_the_environment_is_planned_for(here: Scene) -> None:
    """Also where the interpreter is not listed; a person's own word counts more."""
    release = ".".join(map(str, sys.version_info[:2]))
    assert target(here).python.startswith(release)
    assert target(here)._replace(inventory=target(here).inventory).universal is False
    here.settings = here.settings._replace(python_version="3.12")
    assert target(here).python == "3.12"
    assert module.edits(Plan(target(here)), here.tools()) == ()
