"""Several reports of one run: each where it belongs, none lost for another, and no file that was audited."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.transcripts import Person, copy

AUDIT = ("-r", "requirements.txt", "--no-deps")
SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    made = Person(copy("malware", tmp_path), monkeypatch, capfd)
    made.types("db", "import", "records")
    return made


def test_each_format_goes_to_its_file(person: Person) -> None:
    """One of them to stdout; the exit code is the audit's."""
    said = person.types(*AUDIT, "-f", "sarif=a.sarif", "-f", "columns", "-f", "json=./b.json")
    assert said.code == 4
    assert said.stdout.startswith("Name ")
    assert json.loads(Path("a.sarif").read_text())["version"] == "2.1.0"
    assert json.loads(Path("b.json").read_text())["findings"]


@pytest.mark.parametrize(
    ("formats", "said"),
    [
        (["json", "sarif"], "two formats of the report go to stdout"),
        (["json=-", "sarif"], "two formats of the report go to stdout"),
        (["json=/dev/stdout", "sarif"], "two formats of the report go to stdout"),
        (["json=a", "sarif=./a"], "two formats of the report go to a"),
        (["json=a", "sarif=link"], "two formats of the report go to a"),
        (["json=requirements.txt"], "requirements.txt: is what is audited, and would be overwritten"),
        (["pdf"], "'pdf' is not a report format"),
    ],
)
def test_what_would_be_lost_is_refused_before_anything_is_done(person: Person, formats: list[str], said: str) -> None:
    """Two into one place, or one over what is audited."""
    os.symlink("a", "link")
    kept = Path("requirements.txt").read_bytes()
    shown = person.types(*AUDIT, *(part for each in formats for part in ("-f", each)))
    assert (shown.code, shown.stdout) == (2, "")
    assert said in shown.stderr
    assert Path("requirements.txt").read_bytes() == kept


def test_a_file_that_the_report_speaks_of_is_not_overwritten(person: Person) -> None:
    """Not that of an include either, which nobody named."""
    Path("more.txt").write_text("alpha==1.2\n")
    Path("requirements.txt").write_text("-r more.txt\n")
    shown = person.types(*AUDIT, "-f", "terminal", "-f", "json=more.txt")
    assert shown.code == 1
    assert "more.txt: is what was audited, and was not overwritten" in shown.stderr
    assert Path("more.txt").read_text() == "alpha==1.2\n"


def test_an_output_that_fails_loses_neither_the_others_nor_the_verdict(person: Person) -> None:
    """Malware stays exit code 4, and what was not written is told."""
    shown = person.types(*AUDIT, "-f", "sarif=missing/a", "-f", "json=b.json")
    assert shown.code == 4
    assert "missing/a: cannot be written (no such file or directory)" in shown.stderr
    assert json.loads(Path("b.json").read_text())["findings"]
    Path("requirements.txt").write_text("clean==1.0\n")
    assert person.types(*AUDIT, "-f", "sarif=missing/a", "-f", "json=b.json").code == 3


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
@pytest.mark.usefixtures("person")
def test_a_full_or_closed_stdout_loses_no_file() -> None:
    """Files are written first, whatever the order of the options."""
    program = [sys.executable, "-m", "pip_assay", *AUDIT, "-f", "json", "-f", "sarif=a.sarif"]
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with open("/dev/full", "w") as full:
        done = subprocess.run(program, env=environ, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, "standard output: cannot be written" in done.stderr) == (4, True)
    assert json.loads(Path("a.sarif").read_text())["version"] == "2.1.0"
    Path("a.sarif").unlink()
    closed = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *program], env=environ, capture_output=True, check=False
    )
    assert closed.returncode == 4
    assert json.loads(Path("a.sarif").read_text())["version"] == "2.1.0"


def test_a_report_that_is_written_anew_keeps_its_permissions(person: Person) -> None:
    """What only its owner may read stays so."""
    Path("b.json").touch()
    Path("b.json").chmod(0o600)
    person.types(*AUDIT, "-f", "json=b.json")
    assert Path("b.json").stat().st_mode & 0o777 == 0o600
