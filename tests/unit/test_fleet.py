"""Many targets: the audits of a tree are those of its folders, whoever makes them and however they are written."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

import pip_assay
from pip_assay import fleet, policy, reports
from pip_assay.fleet import Fleet
from pip_assay.model import Report
from pip_assay.settings import Outside, Settings
from tests.server import Server
from tests.transcripts import NOW, PROJECTS, RECORDS, Person, copy

SOURCE = Path(pip_assay.__file__).parents[1]
SOURCE = Path(pip_assay.__file__).parents[1]
NAMES = ("two-locks", "pylock", "hashed", "clean", "compiled", "broken-lock", "nothing", "private-index")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    """Somebody with a tree of sixty folders and a database."""
    found = Person(copy("nothing", tmp_path), monkeypatch, capfd)
    found.types("db", "import", str(RECORDS), "--db", str(tmp_path / "advisories.db"))
    for number in range(60):
        name = NAMES[number % len(NAMES)]
        shutil.copytree(PROJECTS / name, tmp_path / "tree" / f"{number:02}" / name)
    os.chdir(tmp_path)
    return found


def outside(folder: Path) -> Outside:
    return Outside({"PIP_ASSAY_DB": str(folder / "advisories.db")}, str(folder), NOW)


SETTINGS = Settings(targets=("tree",), recursive=True, offline=True, no_deps=True)


def whole(found: Fleet) -> Report:
    audits = tuple(audit for part in found for audit in part.report.audits)
    return found.rest._replace(audits=audits)


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("ahead", [1, fleet.AHEAD])
def test_workers_change_nothing(ahead: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process or three: the same report, to the byte, in the order of the tree."""
    monkeypatch.setattr(fleet, "AHEAD", ahead)
    alone = whole(Fleet(SETTINGS, outside(tmp_path), workers=1))
    together = whole(Fleet(SETTINGS, outside(tmp_path), workers=3))
    assert alone == together
    assert len(alone.audits) > 60
    folders = [os.path.dirname(audit.inventory.target) for audit in alone.audits]
    assert folders == sorted(folders)


@pytest.mark.usefixtures("person")
def test_each_target_is_audited_as_if_it_were_alone(tmp_path: Path) -> None:
    """What is found in a folder of a tree is what is found in the folder."""
    found = whole(Fleet(SETTINGS, outside(tmp_path)))
    for number, name in enumerate(NAMES):
        folder = f"tree/{number:02}/{name}"
        alone = whole(Fleet(SETTINGS._replace(targets=(folder,)), outside(tmp_path)))
        assert alone.audits == tuple(each for each in found.audits if each.inventory.target.startswith(f"{folder}/"))


@pytest.mark.parametrize("name", reports.STREAMED)
@pytest.mark.usefixtures("person")
def test_a_streamed_report_is_the_report(name: str, tmp_path: Path) -> None:
    """Written target by target or as a whole: the same bytes."""
    style = reports.Style()
    stream = reports.stream(name, style)
    assert stream
    found = Fleet(SETTINGS, outside(tmp_path), fleet.Written(name, style), workers=2)
    parts = [stream.add(section) for part in found for section in part.sections]
    streamed = "".join((*parts, stream.end(found.rest)))
    assert streamed == reports.load(name).render(whole(Fleet(SETTINGS, outside(tmp_path))), style)


def test_the_command_line_says_the_same_in_every_format(person: Person, tmp_path: Path) -> None:
    """The exit code, and the findings of json and jsonl, are the same."""
    options = ("-R", "tree", "--offline", "--no-deps", "--db", "advisories.db")
    said = person.types(*options, "-f", "json")
    document = json.loads(said.stdout)
    lines = [json.loads(line) for line in person.types(*options, "-f", "jsonl").stdout.splitlines()]
    # Each line is a report of its own, with one target.
    alone = [finding | {"target_number": 0} for finding in document["findings"]]
    assert alone == [finding for line in lines for finding in line["findings"]]
    assert [each["target"] for each in document["targets"]] == [
        target["target"] for line in lines for target in line["targets"]
    ]
    assert {said.code, person.types(*options).code, person.types(*options, "-f", "jsonl").code} == {1}
    person.types(*options, "-f", "jsonl", "-o", "out.jsonl")
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()] == lines


def test_what_is_not_there_is_a_problem(person: Person, tmp_path: Path) -> None:
    """A folder with a slip in its name, and a tree without a target, are not clean."""
    assert person.types("-R", "tere", "--offline", "--db", "advisories.db").code == 3
    (tmp_path / "bare").mkdir()
    said = person.types("-R", "bare", "--offline", "--db", "advisories.db")
    assert (said.code, "Nothing was audited" in said.stdout) == (3, True)


@pytest.mark.usefixtures("person")
def test_the_data_are_made_sure_of_once(tmp_path: Path) -> None:
    """That there is no database is one problem of the whole, however many workers miss it."""
    missing = outside(tmp_path)._replace(environ={"PIP_ASSAY_DB": str(tmp_path / "none.db")})
    found = whole(Fleet(SETTINGS, missing))
    assert [problem.gap for problem in found.problems] == ["missing"]


@pytest.mark.usefixtures("person")
def test_old_data_are_refreshed_once(tmp_path: Path) -> None:
    """A mirror that does not answer is asked by the command, not by each worker again."""
    with Server() as server:
        old = outside(tmp_path)._replace(now=NOW + 30 * 24 * 60 * 60)
        environ = {**old.environ, "PIP_ASSAY_OSV_BULK": server.url}
        found = whole(Fleet(SETTINGS._replace(offline=False), old._replace(environ=environ), workers=2))
        assert [problem.gap for problem in found.problems] == ["stale"]
        assert len({each.path for each in server.asked}) == len(server.asked)


def test_a_worker_that_is_killed_is_told(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system ends a worker for its memory, nobody takes what was printed for the whole."""
    monkeypatch.setattr(fleet, "audit", _dies)
    said = person.types("-R", "tree", "--offline", "--db", "advisories.db")
    assert (said.code, "a worker was ended from outside" in said.stderr) == (3, True)


def _dies(*_: object) -> Report:
    os._exit(1)


@pytest.mark.parametrize(("codes", "expected"), [([], 3), ([0, 0], 0), ([0, 3], 3), ([3, 1, 0], 1), ([1, 4, 3], 4)])
def test_the_worst_of_the_parts_counts(codes: list[int], expected: int) -> None:
    """Malware, then findings, then what could not be looked at."""
    assert policy.worst(codes) == expected


@pytest.mark.usefixtures("person")
def test_no_worker_outlives_the_command(tmp_path: Path) -> None:
    """Whoever reads the command's output sees its end: nobody else holds it open."""
    command = [sys.executable, "-c", "from pip_assay.cli import run; run()", "-R", "tree", "--offline", "--no-deps"]
    environ = {**os.environ, "PIP_ASSAY_DB": str(tmp_path / "advisories.db"), "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, "findings in" in done.stdout) == (1, True)


@pytest.mark.usefixtures("person")
def test_nothing_of_the_tree_is_imported(tmp_path: Path) -> None:
    """Promise 2: a worker that is an interpreter of its own does not look for modules in the audited folder."""
    for name in ("multiprocessing", "json", "argparse", "concurrent", "pip_assay"):
        code = f"open({str(tmp_path / 'ran')!r}, 'a').close()\n"
        (tmp_path / "tree" / f"{name}.py").write_text(code, encoding="utf-8")
    program = "import sys; sys.platform = 'elsewhere'; from pip_assay.cli import run; run()"
    command = [sys.executable, "-P", "-c", program, "-R", ".", "--offline", "--no-deps"]
    environ = {**os.environ, "PIP_ASSAY_DB": str(tmp_path / "advisories.db"), "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        command, env=environ, cwd=tmp_path / "tree", capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, "findings in" in done.stdout, (tmp_path / "ran").exists()) == (1, True, False)


def terminal_of(command: list[str], folder: Path, stdout: "IO[bytes] | None") -> bytes:
    """Return what a terminal gets while the command runs; stdout None is the same terminal."""
    master, slave = os.openpty()
    environ = {**os.environ, "PIP_ASSAY_DB": str(folder / "advisories.db"), "PYTHONPATH": str(SOURCE), "TERM": "xterm"}
    process = subprocess.Popen(
        command,
        env=environ,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stderr=slave,
        stdout=slave if stdout is None else stdout,
    )
    os.close(slave)
    seen = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
        while piece := os.read(master, 65536):
            seen += piece
    os.close(master)
    assert process.wait(timeout=60) == 1
    return seen


@pytest.mark.usefixtures("person")
def test_progress_and_the_report_keep_out_of_each_others_way(tmp_path: Path) -> None:
    """The bar is on stderr and the report on stdout, whether that is a file or the same terminal."""
    command = [sys.executable, "-c", "from pip_assay.cli import run; run()", "-R", "tree", "--offline", "--no-deps"]
    with (tmp_path / "out.txt").open("wb") as file:
        seen = terminal_of(command, tmp_path, file)
    written = (tmp_path / "out.txt").read_bytes()
    assert (b"auditing" in seen, b"Audited" in seen, b"\x1b" in written) == (True, False, False)
    assert written.count(b"Audited ") > 50
    both = terminal_of(command, tmp_path, None)
    assert both.count(b"Audited ") == written.count(b"Audited ")
    assert both.rstrip().endswith(written.split()[-1])
