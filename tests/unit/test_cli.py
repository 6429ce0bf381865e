"""The command line around an audit: where words go, how it ends, what a person on a terminal sees."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pip_assay import flow
from pip_assay.cli import main, output
from pip_assay.cli.talk import Talk
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
    """A missing folder is named, and the report goes to stdout; findings are worse than an output that is not there."""
    said = person.types(*AUDIT, "-o", "missing/report.txt")
    assert said.code == 1
    Path("clean.txt").write_text("clean==1.0\n", encoding="utf-8")
    assert person.types("-r", "clean.txt", "--no-deps", "-f", "json", "-o", "missing/report.txt").code == 3
    assert "missing/report.txt: cannot be written" in said.stderr
    assert "PYSEC-2026-1" in said.stdout


def test_nothing_to_tell_leaves_no_old_report(person: Person) -> None:
    """Without a finding or a skip no table is written, as by pip-audit, and none of an earlier run is left; JSON is."""
    Path("clean.txt").write_text("clean==1.0\n", encoding="utf-8")
    Path("old").write_text("old", encoding="utf-8")
    for name in ("old", "new"):
        person.types("-r", "clean.txt", "--no-deps", "-f", "columns", "-o", name)
    assert Path("old").read_text(encoding="utf-8") == ""
    assert not Path("new").exists()
    person.types("-r", "clean.txt", "--no-deps", "-f", "json", "-o", "old")
    assert json.loads(Path("old").read_text(encoding="utf-8"))["status"] == "complete"


def test_a_report_goes_to_a_device(person: Person) -> None:
    """A pipe or device is written into, never replaced by a file."""
    assert person.types(*AUDIT, "-o", os.devnull).code == 1
    assert not Path(os.devnull).is_file()


def test_ctrl_c_ends_in_one_sentence(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C gives exit 130 and no traceback, and claims nothing of the steps that were done."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "audit", interrupted)
    said = person.types(*AUDIT)
    assert (said.stderr, said.code) == ("pip-assay: stopped\n", 130)


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
    found = argparse.Namespace(format="terminal", desc="auto", aliases="on", verbose=0, quiet=0, spec_version="")
    style = output.style(found, reports.load("terminal"), Terminal(), environ)
    assert (style.color, style.width, style.descriptions, style.aliases) == (expected, 90, False, True)
    to_file = output.style(found, reports.load("terminal"), None, {"FORCE_COLOR": "1"})
    assert (to_file.color, to_file.links, to_file.width) == (True, False, 100)


def test_progress_is_shown_on_a_terminal_and_told_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a bar, elsewhere plain lines, and with --progress-spinner off nothing."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", terminal)
    with Talk() as talk:
        talk.say("fetching \x1b[31mthings")
        talk.progress(1, 2)
        talk.say("reading them")
        talk.progress(3)
    assert "fetching things" in terminal.getvalue()
    plain = io.StringIO()
    monkeypatch.setattr(sys, "stderr", plain)
    with Talk() as talk:
        talk.say("fetching things")
        talk.progress(1, 2)
    assert plain.getvalue() == "pip-assay: fetching things\n"
    with Talk(wanted=False) as talk:
        talk.say("fetching things")
    assert plain.getvalue() == "pip-assay: fetching things\n"


def shown(
    monkeypatch: pytest.MonkeyPatch, encoding: str, *steps: tuple[int, int], terminal_type: str = "xterm-256color"
) -> str:
    """Return what a terminal of that encoding is sent while something comes so far."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", terminal_type)
    monkeypatch.setattr(terminal, "encoding", encoding, raising=False)
    monkeypatch.setattr(sys, "stderr", terminal)
    with Talk() as talk:
        talk.say("asking about releases")
        for step in steps:
            talk.progress(*step)
    return terminal.getvalue()


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ((57, 148), "57 of 148"),
        ((8, 0), " 8"),
        ((2_400_000, 31_000_000), "2.4 MB of 31.0 MB"),
        ((1_500_000, 0), "1.5 MB"),
    ],
)
def test_progress_counts(step: tuple[int, int], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many of how many are done, or how many bytes are here."""
    assert said in shown(monkeypatch, "utf-8", step)


def test_progress_needs_no_character_that_a_terminal_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the encoding holds ASCII alone, so does the bar, half done and done."""
    assert shown(monkeypatch, "ascii", (1, 2), (2, 2)).isascii()
    assert not shown(monkeypatch, "utf-8", (1, 2)).isascii()


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """What can move no cursor shows no bar."""
    assert shown(monkeypatch, "utf-8", (1, 2), terminal_type="dumb") == "pip-assay: asking about releases\n"


def test_progress_has_no_colour_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is for the bar, too."""
    assert re.search(r"\x1b\[[0-9;]*3[0-9;]*m", shown(monkeypatch, "utf-8", (1, 2)))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9;]*m", shown(monkeypatch, "utf-8", (1, 2)))


@pytest.mark.parametrize(
    ("environ", "is_terminal", "columns", "expected"),
    [
        ({}, True, 90, 90),
        ({}, True, 0, 80),
        ({}, True, None, 80),
        ({}, False, 90, 100),
        ({"COLUMNS": "60"}, True, 90, 60),
        ({"COLUMNS": "60"}, False, 90, 60),
        ({"COLUMNS": "0"}, True, 90, 90),
        ({"COLUMNS": "wide"}, False, 90, 100),
        ({"COLUMNS": "-5"}, True, 90, 90),
        ({"COLUMNS": "\u0661\u0662\u0663"}, True, 90, 90),
        ({"COLUMNS": "9" * 5000}, True, 90, 999_999),
    ],
)
def test_the_width_is_that_of_the_screen(
    environ: dict[str, str], is_terminal: bool, columns: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """COLUMNS counts, then the terminal's own word; a file is always as wide."""
    import argparse

    from pip_assay import reports

    def size(_: int) -> os.terminal_size:
        if columns is None:
            raise OSError
        return os.terminal_size((columns, 20))

    monkeypatch.setattr(os, "get_terminal_size", size)
    stream = Terminal() if is_terminal else io.StringIO()
    found = argparse.Namespace(desc="auto", aliases="auto", verbose=0, quiet=1, spec_version="")
    chosen = reports.load("terminal")
    assert output.style(found, chosen, stream, environ).width == expected
    assert output.style(found, chosen, None, environ).width == 100
    assert output.style(found, chosen, stream, environ).quiet == 1


def test_quiet_says_less(person: Person) -> None:
    """-q: findings and the closing line; -qq: the closing line; a format for machines and the exit code as before."""
    loud, quiet, quieter = (person.types(*AUDIT, *more) for more in ((), ("-q",), ("-qq",)))
    assert loud.code == quiet.code == quieter.code == 1
    assert quiet.stdout.splitlines()[0] == "requirements.txt:"
    assert "Next:" in loud.stdout
    assert "Next:" not in quiet.stdout
    assert quieter.stdout.count("\n") == 1
    assert quieter.stdout in loud.stdout
    assert person.types(*AUDIT, "-qq", "-f", "json") == person.types(*AUDIT, "-f", "json")


def test_quiet_of_a_tree_names_what_is_wrong_alone(person: Person) -> None:
    """Of the targets that have nothing to tell, nothing is told; there is no talk of what takes time."""
    for name, line in (("good", "clean==1.0\n"), ("bad", "alpha==1.2\n")):
        Path(name).mkdir()
        Path(name, "requirements.txt").write_text(line, encoding="utf-8")
    said = person.types("--recursive", "good", "bad", "--no-deps", "-q")
    assert (said.stderr, said.code) == ("", 1)
    assert re.findall(r"^\S+:$", said.stdout, re.MULTILINE) == ["bad/requirements.txt:"]
    assert "good" not in said.stdout
    assert said.stdout.splitlines()[-1].endswith("2 of 2 audited.")


def test_a_variable_with_a_wrong_value_is_wrong_usage(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable is checked as an option is, although argparse trusts defaults."""
    monkeypatch.setenv("PIP_AUDIT_FORMAT", "pdf")
    said = person.types(*AUDIT)
    assert (said.code, said.stdout) == (2, "")
    assert "'pdf' is not a report format" in said.stderr


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
