"""Pipfile.lock: what is held, what asks for it, and the lock with what a plan moves."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import pipfile_lock
from pip_assay.fix.nouns import Edit, Plan, Relaxation, Root, Target
from pip_assay.model import Place
from pip_assay.settings import Settings
from pip_assay.sources.locks import pipfile_lock as source
from tests.fix_scene import Scene, scene
from tests.owning import PIPENV, Program, outside, plan

RELEASES = {
    "alpha 1.0": ["beta"], "alpha 1.1": ["beta"], "beta 1.0": [], "gamma 1.0": [], "delta 1.0": [], "new 3": ["other"],
    "other 1": [], "aaa 1": [],
}  # fmt: skip

PIPFILE = """\
[[source]]
url = "https://index.example/simple"
name = "main"
verify_ssl = true

[[source]]
url = "https://apart.example/simple"
name = "apart"

[packages]
Alpha = {version = "<2", extras = ["fast"]}  # until the port is done
delta = {version = "*", index = "apart"}

[dev-packages]
gamma = "*"

[requires]
python_version = "3.9"
"""


def entry(version: str, **more: Any) -> dict[str, Any]:
    return {"hashes": ["sha256:00"], "version": f"=={version}", **more}


def document() -> dict[str, Any]:
    """Return a lock of PIPFILE."""
    sources = [
        {"name": "main", "url": "https://index.example/simple", "verify_ssl": True},
        {"name": "apart", "url": "https://apart.example/simple"},
    ]
    requires = {"python_version": "3.9"}
    digest = {
        "_meta": {"requires": requires, "sources": sources},
        "default": {
            "Alpha": {"extras": ["fast"], "version": "<2"}, "delta": {"index": "apart", "version": "*"},
        },
        "develop": {"gamma": "*"},
    }  # fmt: skip
    # As Pipenv's library `plette` has it, written out by hand.
    content = json.dumps(digest, sort_keys=True, separators=(",", ":")).encode()
    return {
        "_meta": {
            "hash": {"sha256": hashlib.sha256(content).hexdigest()},
            "pipfile-spec": 6, "requires": requires, "sources": sources,
        },
        "default": {
            "alpha": entry("1.0", extras=["fast"], index="main", markers="python_version >= '3.6'"),
            "beta": entry("1.0"),
            "delta": entry("1.0", index="apart"),
        },
        "develop": {"beta": entry("1.0"), "gamma": entry("1.0", index="main")},
    }  # fmt: skip


def written(lock: dict[str, Any]) -> str:
    """Return a lock in Pipenv's form."""
    return json.dumps(lock, indent=4, separators=(",", ": "), sort_keys=True) + "\n"


@pytest.fixture(name="here")
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with scene(tmp_path, RELEASES, {"alpha": "1.1"}) as made:
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        made.put("Pipfile", PIPFILE)
        made.put("Pipfile.lock", written(document()))
        yield made


@pytest.fixture(name="folder")
def _folder(here: Scene) -> Path:
    return here.folder


@pytest.fixture(name="pipenv")
def _pipenv(tmp_path: Path) -> Program:
    return Program(tmp_path / "programs", "pipenv", PIPENV)


def read(folder: Path) -> Target:
    return pipfile_lock.read(source.read(str(folder / "Pipfile.lock")), Settings(), outside())


def of(here: Scene, *moves: str) -> Plan:
    """Return a plan whose releases come from the index of the scene."""
    target = read(here.folder)
    return plan(target._replace(indexes=target.indexes._replace(url=here.settings.index_url)), *moves)


def put(folder: Path, *edits: Edit) -> None:
    for each in edits:
        (folder / os.path.basename(each.path)).write_bytes(each.after)


def test_what_is_held_and_what_asks_for_it(folder: Path) -> None:
    """Releases of the first index may move; what another index has stays; roots are those of every category."""
    found = read(folder)
    assert {each.name: (each.version, each.extras, each.marker, each.plain) for each in found.held} == {
        "alpha": ("1.0", ("fast",), "python_version >= '3.6'", True),
        "beta": ("1.0", (), "", True),
        "delta": ("1.0", (), "", False),
        "gamma": ("1.0", (), "", True),
    }
    pipfile = str(folder / "Pipfile")
    assert Root("alpha", "Alpha[fast]<2", Place(pipfile, 11, 1)) in found.roots
    assert Root("gamma", "gamma", Place(pipfile, 15, 1), "group:dev") in found.roots
    assert (found.python, found.universal) == ("3.9", False)
    assert found.indexes.url == "https://index.example/simple"
    assert found.files == (str(folder / "Pipfile.lock"), pipfile)


def test_a_project_in_two_releases_is_not_moved(folder: Path) -> None:
    """Where two categories hold two releases of a project, neither is moved."""
    lock = document()
    lock["develop"]["beta"] = entry("1.5")
    (folder / "Pipfile.lock").write_text(written(lock))
    assert {each.version: each.plain for each in read(folder).held if each.name == "beta"} == {
        "1.0": False,
        "1.5": False,
    }


def test_only_what_is_planned_differs(here: Scene, pipenv: Program) -> None:
    """A release moves in all categories, with its hashes; what comes in is written where something needs it."""
    moves = ("alpha 1.0 1.1", "beta 1.0 -", "new - 3 < alpha", "other - 1 ; os_name == 'nt' < new")
    (edit,) = pipfile_lock.edits(of(here, *moves), pipenv.tools(here.folder))
    wanted = document()
    wanted["default"]["alpha"] |= {"version": "==1.1", "hashes": [here.hashes("alpha 1.1")]}
    del wanted["default"]["beta"], wanted["develop"]["beta"]
    wanted["default"]["new"] = {"version": "==3", "hashes": [here.hashes("new 3")]}
    wanted["default"]["other"] = {"version": "==1", "hashes": [here.hashes("other 1")], "markers": "os_name == 'nt'"}
    assert edit.after.decode() == written(wanted)
    assert edit.before == written(document()).encode()
    assert pipenv.asked() == []


def test_what_comes_in_is_written_before_or_after_what_needs_it(here: Scene, pipenv: Program) -> None:
    """A release that another new one needs comes in whatever the order of their names is."""
    moves = ("aaa - 1 < other", "alpha 1.0 1.1", "other - 1 < alpha")
    (edit,) = pipfile_lock.edits(of(here, *moves), pipenv.tools(here.folder))
    assert json.loads(edit.after)["default"].keys() == {"aaa", "alpha", "beta", "delta", "other"}
    assert json.loads(edit.after)["develop"].keys() == {"beta", "gamma"}


def test_a_lock_without_hashes_gets_none(folder: Path, pipenv: Program) -> None:
    """Where the lock has no hashes nobody is asked for any."""
    lock = document()
    for category in ("default", "develop"):
        for each in lock[category].values():
            del each["hashes"]
    (folder / "Pipfile.lock").write_text(written(lock))
    (edit,) = pipfile_lock.edits(plan(read(folder), "alpha 1.0 1.1", "new - 3 < alpha"), pipenv.tools(folder))
    lock["default"]["alpha"]["version"] = "==1.1"
    lock["default"]["new"] = {"version": "==3"}
    assert json.loads(edit.after) == lock


def test_an_empty_plan_is_the_identity_and_a_fixed_lock_a_fixpoint(here: Scene, pipenv: Program) -> None:
    """Without changes nothing is edited; the same plan on its own result changes nothing more."""
    assert pipfile_lock.edits(plan(read(here.folder)), pipenv.tools(here.folder)) == ()
    moves = of(here, "alpha 1.0 1.1")
    put(here.folder, *pipfile_lock.edits(moves, pipenv.tools(here.folder)))
    assert pipfile_lock.edits(moves, pipenv.tools(here.folder)) == ()


def test_line_endings_stay(here: Scene, pipenv: Program) -> None:
    """A lock whose lines end as on Windows keeps that."""
    (here.folder / "Pipfile.lock").write_bytes(written(document()).replace("\n", "\r\n").encode())
    (edit,) = pipfile_lock.edits(of(here, "alpha 1.0 1.1"), pipenv.tools(here.folder))
    assert edit.after.count(b"\n") == edit.after.count(b"\r\n") > 40


@pytest.mark.parametrize(
    "content", ["{}\n\n", "[]\n", '{\n    "default": []\n}\n', "{", '{"default": {"a": 1}}\n', "[" * 9999]
)
def test_a_lock_that_pipenv_did_not_write_is_refused(folder: Path, content: str) -> None:
    """What is not in the one form of Pipenv could not be changed and all else kept, so it is not changed."""
    (folder / "Pipfile.lock").write_text(content)
    with pytest.raises(Unreadable, match="is not written as pipenv writes it"):
        read(folder)


def test_a_lock_without_a_pipfile_is_refused(folder: Path) -> None:
    """Without a Pipfile it is not known what is asked for."""
    (folder / "Pipfile").unlink()
    with pytest.raises(Unreadable, match="has no Pipfile beside it"):
        read(folder)


@pytest.mark.parametrize("name", ["Alpha", "alpha"])
def test_a_widened_bound_changes_the_pipfile_and_what_the_lock_says_of_it(
    folder: Path, pipenv: Program, name: str
) -> None:
    """With a widened bound the lock names the digest of the new Pipfile, of names as its Pipenv takes them."""
    lock = document()
    old, new = (_digest(text, name) for text in (PIPFILE, PIPFILE.replace('"<2"', '">=2.1"')))
    lock["_meta"]["hash"]["sha256"] = old
    (folder / "Pipfile.lock").write_text(written(lock))
    relaxed = Relaxation(Place(str(folder / "Pipfile"), 11, 1), "Alpha[fast]<2", "Alpha[fast]>=2.1")
    made = pipfile_lock.edits(plan(read(folder))._replace(relaxed=(relaxed,)), pipenv.tools(folder))
    assert {os.path.basename(each.path): each.after.decode() for each in made} == {
        "Pipfile": PIPFILE.replace('"<2"', '">=2.1"'),
        "Pipfile.lock": written(lock).replace(old, new),
    }


def _digest(text: str, name: str) -> str:
    """Return the digest of a Pipfile like PIPFILE: written out by hand but for what differs."""
    version = ">=2.1" if ">=2.1" in text else "<2"
    alpha = f'"{name}":{{"extras":["fast"],"version":"{version}"}}'
    sources = (
        '{"name":"main","url":"https://index.example/simple","verify_ssl":true},'
        '{"name":"apart","url":"https://apart.example/simple"}'
    )
    content = (
        f'{{"_meta":{{"requires":{{"python_version":"3.9"}},"sources":[{sources}]}},'
        f'"default":{{{alpha},"delta":{{"index":"apart","version":"*"}}}},"develop":{{"gamma":"*"}}}}'
    )
    return hashlib.sha256(content.encode()).hexdigest()


def test_a_pipfile_that_the_lock_was_not_made_from_is_not_widened(folder: Path, pipenv: Program) -> None:
    """Where the lock was not made from the Pipfile as it is, its bounds are not changed."""
    (folder / "Pipfile").write_text(PIPFILE + '\n[docs]\nsphinx = "*"\n')
    relaxed = Relaxation(Place(str(folder / "Pipfile"), 11, 1), "Alpha[fast]<2", "Alpha[fast]>=2.1")
    with pytest.raises(Unreadable, match="is not what the lock was made from"):
        pipfile_lock.edits(plan(read(folder))._replace(relaxed=(relaxed,)), pipenv.tools(folder))


def test_what_is_checked(here: Scene, pipenv: Program, tmp_path: Path) -> None:
    """A dry run of an install with the hashes is tried, and Pipenv is asked where it is there."""
    lock = document()
    for category in ("default", "develop"):
        for name, each in lock[category].items():
            each["hashes"] = [here.hashes(f"{name} 1.0")]
    lock["default"]["alpha"].pop("extras")
    (here.folder / "Pipfile.lock").write_text(written(lock))
    wanted = of(here)
    install = "an install with hashes (dry run by uv)"
    assert pipfile_lock.check(wanted, str(here.folder), pipenv.tools(here.folder)) == ((install, "pipenv verify"), ())
    assert pipenv.asked()[0]["args"] == ["verify"]
    nobody = Program(tmp_path / "none", "something", "")
    assert pipfile_lock.check(wanted, str(here.folder), nobody.tools(here.folder)) == ((install,), ())
    pipenv.tell(check=1, says="Pipfile.lock is out-of-date.")
    _, faults = pipfile_lock.check(wanted, str(here.folder), pipenv.tools(here.folder))
    assert faults == ("pipenv verify fails: Pipfile.lock is out-of-date.",)
    lock["default"]["alpha"]["version"] = "==9.0"
    (here.folder / "Pipfile.lock").write_text(written(lock))
    _, (fault,) = pipfile_lock.check(wanted, str(here.folder), nobody.tools(here.folder))
    assert fault.startswith(f"{install} fails")


def test_what_is_of_no_index_is_left_out_of_the_trial(here: Scene, pipenv: Program) -> None:
    """A lock with a repository in it is tried without that, and without what needs it."""
    lock = document()
    lock["default"]["here"] = {"git": "https://git.example/here.git", "ref": "00"}
    (here.folder / "Pipfile.lock").write_text(written(lock))
    checks, faults = pipfile_lock.check(of(here), str(here.folder), pipenv.tools(here.folder))
    assert checks[0] == "an install (dry run by uv)"
    assert len(faults) == 1
    assert "hash" in faults[0].lower()
