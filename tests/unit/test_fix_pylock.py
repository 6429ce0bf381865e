"""pylock.toml: only the tables of what moves change, and nothing is fetched or built for it."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.pylock import Pylock

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import pylock
from pip_assay.fix.nouns import Change, Plan, Relaxation, Target
from pip_assay.settings import Settings
from pip_assay.sources.locks import pylock as source
from tests.locking import outside, releases, tools, write
from tests.resolving import uv_executable
from tests.server import Reply, Server
from tests.wheel_folder import metadata, sdist, wheel

ASKED = "alpha<2\nbeta\n"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    links = tmp_path / "links"
    releases(
        links, "alpha 1.0: beta", "alpha 1.1: beta, gamma ; sys_platform == 'win32'", "alpha 1.2: beta", "alpha 2.0",
        "beta 1.0", "beta 1.1", "beta 2.0", "delta 1.0", "gamma 1.0", "gamma 1.1", "zeta 1.0",
    )  # fmt: skip
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.in").write_text(ASKED)
    monkeypatch.setenv("UV_FIND_LINKS", str(links))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.chdir(folder)
    return folder


def compiled(folder: Path, *pins: str, universal: bool = False) -> str:
    """Let the real uv write a lock with these releases, and return its path."""
    (folder / "pins.txt").write_text("".join(f"{each}\n" for each in pins))
    command = [uv_executable(), "pip", "compile", "-q", "requirements.in", "-c", "pins.txt", "-o", "pylock.toml"]
    command += ["--python", sys.executable, *(["--universal"] if universal else [])]
    subprocess.run(command, cwd=folder, check=True)
    (folder / "pins.txt").unlink()
    return "pylock.toml"


def read(path: str) -> Target:
    settings = Settings()
    found = pylock.read(source.read(path), settings, outside())
    links = os.environ.get("UV_FIND_LINKS", "")
    return found._replace(indexes=found.indexes._replace(find_links=(links,), none=True))


def plan(path: str, *moves: str, relaxed: Iterable[Relaxation] = ()) -> Plan:
    words = (each.split() for each in moves)
    changes = (Change(name, "" if old == "-" else old, "" if new == "-" else new) for name, old, new in words)
    return Plan(read(path), tuple(changes), relaxed=tuple(relaxed))


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def tables(text: str) -> list[str]:
    return text.split("[[packages]]")


def test_only_the_table_of_what_moves_changes(folder: Path) -> None:
    """The head, its comments and all other tables are the same to the byte; the new table has its files and hashes."""
    path = compiled(folder, "alpha==1.0", "beta==1.0")
    before = Path(path).read_text()
    (edit,) = pylock.edits(plan(path, "beta 1.0 1.1"), tools(folder))
    old, new = tables(before), tables(edit.after.decode())
    assert (old[0], old[1]) == (new[0], new[1])
    assert [(each["name"], each["version"]) for each in tomllib.loads(edit.after.decode())["packages"]] == [
        ("alpha", "1.0"), ("beta", "1.1"),
    ]  # fmt: skip
    lock = Pylock.from_dict(tomllib.loads(edit.after.decode()))
    (file,) = lock.packages[1].wheels or ()
    assert Path(file.path or file.url or "").name == "beta-1.1-py3-none-any.whl"


def test_what_comes_in_stands_in_its_order_and_what_goes_is_gone(folder: Path) -> None:
    """New tables are put where their name belongs, a dropped one leaves no trace, and the file is valid."""
    path = compiled(folder, "alpha==1.0", "beta==1.0")
    moved = plan(path, "alpha 1.0 1.1", "gamma - 1.0", "zeta - 1.0", "beta 1.0 -")
    (edit,) = pylock.edits(moved, tools(folder))
    text = edit.after.decode()
    assert [each["name"] for each in tomllib.loads(text)["packages"]] == ["alpha", "gamma", "zeta"]
    assert "\n\n\n" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    write([edit])
    again = plan(path, "alpha 1.1 1.1")
    assert pylock.edits(again, tools(folder)) == ()


def test_markers_follow_the_whole_of_a_universal_lock(folder: Path) -> None:
    """What a moved release needs on one platform alone comes in with that marker; what stays keeps its table."""
    (folder / "requirements.in").write_text(ASKED + "zeta ; python_version < '4' and sys_platform != 'win32'\n")
    path = compiled(folder, "alpha==1.0", "beta==1.0", universal=True)
    before = Path(path).read_text()
    target = read(path)
    assert target.universal
    assert {each.name: bool(each.marker) for each in target.held} == {"alpha": False, "beta": False, "zeta": True}
    (edit,) = pylock.edits(plan(path, "alpha 1.0 1.1", "gamma - 1.0"), tools(folder))
    found = {each["name"]: each.get("marker") for each in tomllib.loads(edit.after.decode())["packages"]}
    assert found["gamma"] == "sys_platform == 'win32'"
    assert tables(before)[3].strip() == tables(edit.after.decode())[4].strip()


def test_a_widened_bound_is_written_where_it_was_compiled_from(folder: Path) -> None:
    """The .in file and the lock change together."""
    path = compiled(folder, "alpha==1.0", "beta==1.0")
    root = next(each for each in read(path).roots if each.name == "alpha")
    assert (root.text, str(root.place)) == ("alpha<2", "requirements.in:1")
    moved = plan(path, "alpha 1.0 2.0", relaxed=[Relaxation(root.place, root.text, "alpha>=2.0")])
    write(pylock.edits(moved, tools(folder)))
    assert (folder / "requirements.in").read_text() == ASKED.replace("alpha<2", "alpha>=2.0")
    assert {each.name: each.version for each in read(path).held} == {"alpha": "2.0", "beta": "1.0"}


def test_nothing_is_built_for_a_source_distribution(folder: Path, tmp_path: Path) -> None:
    """A release of which there is only a source distribution is written down without a look into it."""
    marks = tmp_path / "built"
    path = compiled(folder, "alpha==1.0", "beta==1.0")
    sdist(tmp_path / "links", "delta", "1.0", marks)
    (edit,) = pylock.edits(plan(path, "delta - 1.0"), tools(folder))
    assert "delta-1.0.tar.gz" in edit.after.decode()
    assert not marks.exists()


def test_tables_in_another_form_and_line_endings_stay(folder: Path) -> None:
    """A lock of pip's, with a table for each wheel and the line endings of Windows, keeps both."""
    table = (
        '[[packages]]\nname = "{0}"\nversion = "1.0"\n\n[[packages.wheels]]\nname = "{0}-1.0-py3-none-any.whl"\n'
        'path = "{0}-1.0-py3-none-any.whl"\n\n[packages.wheels.hashes]\nsha256 = "1234"\n\n'
    )
    text = 'lock-version = "1.0"\ncreated-by = "pip"\n\n' + table.format("alpha") + table.format("beta")
    text += "[tool.other]\nkept = true\n"
    Path("pylock.toml").write_bytes(text.replace("\n", "\r\n").encode())
    (edit,) = pylock.edits(plan("pylock.toml", "beta 1.0 1.1"), tools(folder))
    after = edit.after.decode()
    assert after.count("\r\n") == after.count("\n")
    assert tables(after)[:2] == tables(text.replace("\n", "\r\n"))[:2]
    assert after.endswith("[tool.other]\r\nkept = true\r\n")
    assert [each["version"] for each in tomllib.loads(after)["packages"]] == ["1.0", "1.1"]


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ('lock-version = "1.0"\ncreated-by = "pdm"\n', "written by pdm"),
        (
            '#    uv export --format pylock.toml\nlock-version = "1.0"\ncreated-by = "uv"\n',
            "exported from another lock",
        ),
        ("lock-version = \n", "not valid TOML"),
    ],
)
def test_what_another_tool_keeps_is_left_to_it(folder: Path, head: str, why: str) -> None:  # noqa: ARG001
    """A lock with more in it than the standard says, or made of another lock, is refused with one sentence."""
    Path("pylock.toml").write_text(head + "packages = []\n")
    with pytest.raises(Unreadable, match=why):
        read("pylock.toml")


def test_a_release_that_no_index_has_is_refused(folder: Path) -> None:
    """Without the files of a release there is nothing to write."""
    path = compiled(folder, "alpha==1.0", "beta==1.0")
    with pytest.raises(Unreadable, match="uv cannot tell the files of new releases"):
        pylock.edits(plan(path, "beta 1.0 9.9"), tools(folder))


def test_the_edited_lock_is_checked(folder: Path, tmp_path: Path) -> None:
    """It is read as the standard says, and a dry run of an install tells what cannot be had."""
    wheel(tmp_path / "links", "beta", "1.0")
    path = compiled(folder, "alpha==1.0", "beta==1.0")
    checks, faults = pylock.check(plan(path), str(folder), tools(folder))
    assert checks[0] == "pylock.toml as PEP 751 has it"
    assert len(checks) == 2
    assert not [each for each in faults if "valid" in each]
    Path(path).write_text(Path(path).read_text().replace('name = "beta"\n', 'name = "beta"\nmarker = 3\n'))
    (check,), (fault,) = pylock.check(plan(path), str(folder), tools(folder))
    assert "not valid" in fault
    assert check == checks[0]


def test_what_has_no_wheel_stays_and_nothing_is_built_to_check_it(folder: Path, tmp_path: Path) -> None:
    """A lock that holds a source distribution is edited, its markers told, and a dry run of it is made."""
    marks = tmp_path / "built"
    (folder / "requirements.in").write_text(ASKED + "delta\n")
    path = compiled(folder, "alpha==1.0", "beta==1.0", "delta==1.0", universal=True)
    sdist(tmp_path / "links", "delta", "1.0", marks)
    hashed = digest(tmp_path / "links" / "delta-1.0.tar.gz")
    (tmp_path / "links" / "delta-1.0-py3-none-any.whl").unlink()
    text = Path(path).read_text()
    wheels = re.search(r'(?s)name = "delta".*?(wheels = .*?\n)(?=\n|$)', text)
    assert wheels
    file = (tmp_path / "links" / "delta-1.0.tar.gz").as_uri()
    text = text.replace(wheels[1], f'sdist = {{ url = "{file}", hashes = {{ sha256 = "{hashed}" }} }}\n')
    Path(path).write_text(text)
    (edit,) = pylock.edits(plan(path, "alpha 1.0 1.1", "gamma - 1.0"), tools(folder))
    found = {each["name"]: each.get("marker") for each in tomllib.loads(edit.after.decode())["packages"]}
    assert found == {"alpha": None, "beta": None, "delta": None, "gamma": "sys_platform == 'win32'"}
    write([edit])
    (_, check), faults = pylock.check(plan(path), str(folder), tools(folder))
    assert "--no-build" not in "".join(faults)
    assert check == "an install with hashes (dry run by uv)"
    assert not marks.exists()


def test_a_release_for_some_pythons_comes_in_for_those(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two releases of one project, each for other Pythons, both are written, each with its marker and its files."""
    minor = sys.version_info[1]
    here, later = f"python_full_version < '3.{minor + 1}'", f"python_full_version >= '3.{minor + 1}'"
    links = tmp_path / "links"
    wheel(links, "alpha", "1.5", [f"gamma==1.0 ; {here}", f"gamma==1.9 ; {later}"])
    (folder / "requirements.in").write_text(f"{ASKED}zeta ; sys_platform != 'win32'\n")
    path = compiled(folder, "alpha==1.0", "beta==1.0", universal=True)
    new = wheel(tmp_path / "new", "gamma", "1.9", python=f">=3.{minor + 1}")
    about = f'data-core-metadata="true" data-requires-python="&gt;=3.{minor + 1}"'
    page = Reply(
        f'<a href="{new.name}#sha256={digest(new)}" {about}>{new.name}</a>', headers={"Content-Type": "text/html"}
    )
    script = {"/new/": page, f"/new/{new.name}.metadata": Reply(metadata(new))}
    moves = plan(path, "alpha 1.0 1.5")
    coming = (Change("gamma", "", "1.0", marker=here), Change("gamma", "", "1.9", marker=later))
    monkeypatch.delenv("UV_OFFLINE")
    with Server(script) as server:
        monkeypatch.setenv("UV_FIND_LINKS", f"{server.url}/new/")
        (edit,) = pylock.edits(moves._replace(changes=(*moves.changes, *coming)), tools(folder))
    found = {(each["name"], each["version"]): each for each in tomllib.loads(edit.after.decode())["packages"]}
    assert found["gamma", "1.0"]["marker"] == here
    assert found["gamma", "1.9"]["marker"] == later
    assert found["gamma", "1.9"]["wheels"]
