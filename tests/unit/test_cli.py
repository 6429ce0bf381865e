"""The command line around an audit: where words go, how it ends, what a person on a terminal sees."""

import io
import json
import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pip_assay import flow
from pip_assay.cli import main, output
from tests.transcripts import RECORDS, Person, copy

AUDIT = ("-r", "requirements.txt", "--no-deps")
SOURCE = str(Path(__file__).resolve().parents[2] / "src")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    one = Person(copy("vulnerable", tmp_path), monkeypatch, capfd)
    one.types("db", "import", "records")
    return one


def test_a_report_goes_to_a_file(person: Person) -> None:
    """-o FILE holds what stdout would have held; stdout holds nothing."""
    shown = person.types(*AUDIT)
    said = person.types(*AUDIT, "-o", "report.txt")
    assert (said.stdout, said.code) == ("", 1)
    assert Path("report.txt").read_text(encoding="utf-8") == shown.stdout


def test_a_report_that_cannot_be_written_is_not_lost(person: Person) -> None:
    """A missing folder is named, with exit 3, and the report goes to stdout."""
    said = person.types(*AUDIT, "-o", "missing/report.txt")
    assert said.code == 3
    assert "missing/report.txt: cannot be written" in said.stderr
    assert "PYSEC-2026-1" in said.stdout


def test_nothing_to_tell_leaves_an_old_file_alone(person: Person) -> None:
    """As pip-audit: the tables are not written when there is neither a finding nor a skip; JSON always is."""
    Path("clean.txt").write_text("clean==1.0\n", encoding="utf-8")
    Path("old").write_text("old", encoding="utf-8")
    person.types("-r", "clean.txt", "--no-deps", "-f", "columns", "-o", "old")
    assert Path("old").read_text(encoding="utf-8") == "old"
    person.types("-r", "clean.txt", "--no-deps", "-f", "json", "-o", "old")
    assert json.loads(Path("old").read_text(encoding="utf-8"))["status"] == "complete"


def test_a_report_goes_to_a_device(person: Person) -> None:
    """A pipe or device is written into, never replaced by a file."""
    assert person.types(*AUDIT, "-o", os.devnull).code == 1
    assert not Path(os.devnull).is_file()


def test_ctrl_c_ends_in_one_sentence(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C gives exit 130 and no traceback."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "audit", interrupted)
    said = person.types(*AUDIT)
    assert (said.stderr, said.code) == ("pip-assay: stopped; nothing was changed\n", 130)


def run(*arguments: str, folder: Path, **options: str) -> subprocess.CompletedProcess[bytes]:
    """Return what the program does as a process of its own."""
    environ = {**os.environ, "PYTHONPATH": SOURCE, "PIP_ASSAY_MAX_DB_AGE": "99999", **options}
    command = [sys.executable, "-m", "pip_assay", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)


def test_the_program_ends_with_the_exit_code_and_all_its_words(person: Person) -> None:
    """The process leaves without taking the interpreter apart, and loses no word."""
    done = run(*AUDIT, folder=person.folder)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[-1].startswith("Next: ")
    assert run("--version", folder=person.folder).returncode == 0
    assert run("--nonsense", folder=person.folder).returncode == 2


def test_a_reader_that_has_gone_is_no_error(person: Person) -> None:
    """`pip-assay | head -1`: no traceback, whatever is left unread."""
    environ = {**os.environ, "PYTHONPATH": SOURCE, "PIP_ASSAY_MAX_DB_AGE": "99999"}
    command = [sys.executable, "-m", "pip_assay", *AUDIT, "-f", "json"]
    with subprocess.Popen(
        command, cwd=person.folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert process.returncode in (1, 141)


def test_an_encoding_that_cannot_show_a_character_ends_nothing(person: Person) -> None:
    """A terminal that knows ASCII alone gets escapes, not an error."""
    Path("requirements.txt").write_text("alpha==1.2 # ünïcode\n", encoding="utf-8")
    done = run(*AUDIT, folder=person.folder, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert done.stdout.isascii()


class Terminal(io.StringIO):
    """A stream that is a terminal of 90 columns."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("environ", "expected"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)],
)
def test_colours_are_for_terminals_that_want_them(
    environ: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """no-color.org and force-color.org: NO_COLOR wins, a dumb terminal gets none."""
    import argparse

    from pip_assay import reports

    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((90, 20)))
    found = argparse.Namespace(format="terminal", desc="auto", aliases="on", verbose=0)
    style = output.style(found, reports.load("terminal"), Terminal(), environ)
    assert (style.color, style.width, style.descriptions, style.aliases) == (expected, 90, False, True)
    to_file = output.style(found, reports.load("terminal"), None, {"FORCE_COLOR": "1"})
    assert (to_file.color, to_file.links, to_file.width) == (True, False, 100)


def test_progress_is_shown_on_a_terminal_and_told_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a bar, elsewhere plain lines, and with --progress-spinner off nothing."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with output.Talk() as talk:
        talk.say("fetching \x1b[31mthings")
        talk.progress(1, 2)
        talk.say("reading them")
        talk.progress(3)
    assert "fetching things" in terminal.getvalue()
    plain = io.StringIO()
    monkeypatch.setattr(sys, "stderr", plain)
    with output.Talk() as talk:
        talk.say("fetching things")
        talk.progress(1, 2)
    assert plain.getvalue() == "pip-assay: fetching things\n"
    with output.Talk(wanted=False) as talk:
        talk.say("fetching things")
    assert plain.getvalue() == "pip-assay: fetching things\n"


def test_a_variable_with_a_wrong_value_is_wrong_usage(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable is checked as an option is, although argparse trusts defaults."""
    monkeypatch.setenv("PIP_AUDIT_FORMAT", "sarif")
    said = person.types(*AUDIT)
    assert (said.code, said.stdout) == (2, "")
    assert "'sarif' is not a report format" in said.stderr


def test_the_variables_of_pip_audit_are_understood(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """PIP_AUDIT_FORMAT, PIP_AUDIT_DESC, PIP_AUDIT_OUTPUT and PIPAPI_PYTHON_LOCATION mean what they mean there."""
    monkeypatch.setenv("PIP_AUDIT_FORMAT", "columns")
    monkeypatch.setenv("PIP_AUDIT_DESC", "on")
    assert "Description" in person.types(*AUDIT).stdout
    monkeypatch.setenv("PIP_AUDIT_OUTPUT", "table.txt")
    assert person.types(*AUDIT).stdout == ""
    assert Path("table.txt").is_file()
    monkeypatch.setenv("PIPAPI_PYTHON_LOCATION", "missing-python")
    monkeypatch.setenv("PIP_AUDIT_FORMAT", "terminal")
    monkeypatch.delenv("PIP_AUDIT_OUTPUT")
    monkeypatch.setenv("PIP_AUDIT_LOGLEVEL", "debug")
    assert "because < 2.0" in person.types(*AUDIT).stdout
    assert "missing-python" in person.types().stdout
    assert "missing-python" not in person.types(*AUDIT).stdout


def test_show_without_a_database_says_so(person: Person) -> None:
    """`show` reads the local database only, and needs one."""
    Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db").unlink()
    assert person.types("show", "CVE-2026-1", "--offline").code == 3
    assert person.types("show", "CVE-2026-1", "-s", "pypi").code == 2
    assert person.types("db", "info").code == 3


def test_records_that_cannot_be_read_are_told(person: Person) -> None:
    """An import with one broken record takes the others, names the broken one, and ends with 3."""
    Path("records", "broken.json").write_text("{", encoding="utf-8")
    said = person.types("db", "import", "records")
    assert said.code == 3
    assert "broken.json" in said.stderr
    assert main(["check", "alpha==1.2", "--offline", "-o", os.devnull]) == 1
    assert RECORDS.is_dir()


@pytest.mark.usefixtures("person")
def test_what_cannot_be_written_is_told() -> None:
    """A full disk, a folder in place of a file, a closed output: one sentence and exit 3, whatever was found."""
    Path("requirements.txt").write_text("clean==1.0\n", encoding="utf-8")
    code = [sys.executable, "-c", "from pip_assay.cli import run; run()", "-r", "requirements.txt", "--no-deps"]
    environ = {**os.environ, "PYTHONPATH": str(Path(output.__file__).parents[2])}
    for more in ("> /dev/full", ">&-", "-o /dev/full > /dev/null", "-o . > /dev/null"):
        command = f"{shlex.join(code)} --max-db-age 99999 {more}"
        done = subprocess.run(["/bin/sh", "-c", command], env=environ, capture_output=True, text=True, check=False)
        assert (more, done.returncode, "Traceback" in done.stderr) == (more, 3, False)
        assert "pip-assay: " in done.stderr


def test_a_folder_that_is_gone_is_told(person: Person) -> None:
    """Started in a folder that was removed, it says so."""
    gone = person.folder / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    said = person.types("x")
    assert (said.code, "Traceback" in said.stderr) == (3, False)
    os.chdir(person.folder)


def test_a_variable_that_makes_no_sense_is_wrong_usage(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """PIP_ASSAY_MAX_DB_AGE=abc is refused as --max-db-age abc is."""
    monkeypatch.setenv("PIP_ASSAY_MAX_DB_AGE", "abc")
    said = person.types("check", "clean==1.0")
    assert (said.code, "abc" in said.stderr) == (2, True)


def test_a_dry_run_tells_what_is_wrong(person: Person) -> None:
    """What could not be read is told before anything is looked up."""
    said = person.types("nowhere", "--dry-run")
    assert (said.code, "does not exist" in said.stderr) == (3, True)


def test_a_pipe_is_read_as_standard_input_is(person: Person) -> None:
    """`pip-assay <(pip freeze)` needs no other word; a lock that comes so is named."""
    for text, expected in (
        ("alpha==1.2\n", 1),
        ("# This file is automatically @generated by Poetry\n[[package]]\n", 3),
    ):
        os.mkfifo("pipe")
        writer = threading.Thread(target=Path("pipe").write_text, args=(text,))
        writer.start()
        said = person.types("pipe", "--no-deps")
        writer.join()
        os.unlink("pipe")
        assert (text, said.code) == (text, expected)
