"""What a report says depends on where it goes, and does not on how a target was named."""

import os
from pathlib import Path

import pytest

from tests.transcripts import Person, copy

FORMATS = ("github", "gitlab", "sarif", "junit")
OFFLINE = ("--offline", "--no-config")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    """Somebody with a project in a folder, and a database."""
    made = Person(copy("policy", tmp_path), monkeypatch, capfd)
    made.types("db", "import", "records")
    return made


@pytest.mark.parametrize("name", FORMATS)
def test_an_absolute_target_is_the_same_target(person: Person, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Build servers annotate files of the checkout alone, and know a finding again by its fingerprint."""
    said = person.types("uv.lock", *OFFLINE, "-f", name).stdout
    assert "uv.lock" in said
    assert person.types(str(person.folder / "uv.lock"), *OFFLINE, "-f", name).stdout == said
    assert person.types("./uv.lock", *OFFLINE, "-f", name).stdout == said
    link = person.folder.parent / "link"
    link.symlink_to(person.folder)
    monkeypatch.setenv("PWD", str(link))
    assert person.types(str(link / "uv.lock"), *OFFLINE, "-f", name).stdout == said
    monkeypatch.setenv("PWD", "/")  # of another folder it says nothing
    assert person.types(str(person.folder / "uv.lock"), *OFFLINE, "-f", name).stdout == said


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_is_converted_where_the_folder_is_gone(person: Person, name: str) -> None:
    """Nothing is below a folder that is not there."""
    saved = person.folder.parent / "report.json"
    person.types("uv.lock", *OFFLINE, "-f", f"json={saved}")
    whole = person.types("convert", str(saved), "-f", name).stdout
    gone = person.folder.parent / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    assert person.types("convert", str(saved), "-f", name).stdout == whole


def test_a_summary_of_a_job_is_never_empty(person: Person) -> None:
    """`-f markdown=FILE`: clean, incomplete and with findings; on stdout and with -o it stays pip-audit's."""
    Path("clean.txt").write_text("clean==1.0\n")
    Path("open.txt").write_text("clean\n")
    options = ("--no-deps", *OFFLINE)
    summary = Path("summary.md")
    person.types("-r", "clean.txt", *options, "-f", f"markdown={summary}")
    assert summary.read_text() == "**No known vulnerabilities found**\n"
    person.types("missing.txt", *options, "-f", "terminal", "-f", f"markdown={summary}")
    sentence, blank, heading, _, problem = summary.read_text().splitlines()
    assert (sentence, blank) == ("**No known vulnerabilities found; the audit is incomplete: 1 problem**", "")
    assert (heading, problem.startswith("- missing.txt: ")) == ("Problems:", True)
    person.types("-r", "open.txt", *options, "-f", f"columns={summary}")
    assert "Nothing was audited: 1 package is listed, and not audited" in summary.read_text()
    tables = person.types("uv.lock", *OFFLINE, "-f", "markdown").stdout
    person.types("uv.lock", *OFFLINE, "-f", "markdown", "-o", "tables.md")
    assert Path("tables.md").read_text() == tables
    person.types("uv.lock", *OFFLINE, "-f", f"markdown={summary}")
    assert summary.read_text() == f"**Found 3 known vulnerabilities in 2 packages**\n{tables}"
    assert person.types("-r", "clean.txt", *options, "-f", "markdown=-").stdout == ""


def test_annotations_are_told_once_and_summed_up_once(person: Person) -> None:
    """What GitHub's runner reads goes to stdout, the sentence for a person to stderr; a file of its own has both."""
    sentence = "Found 3 known vulnerabilities in 2 packages\n"
    said = person.types("uv.lock", *OFFLINE, "-f", "github")
    assert all(line.startswith("::") for line in said.stdout.splitlines())
    assert (said.stdout + said.stderr).count(sentence) == said.stderr.count(sentence) == 1
    assert person.types("uv.lock", *OFFLINE, "-f", "github=annotations.txt").stdout == ""
    assert Path("annotations.txt").read_text() == said.stdout + sentence
