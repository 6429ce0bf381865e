"""`pip-assay convert`: what comes out, what it refuses, how it ends."""

import io
import json
import sys
from pathlib import Path

import pytest

from pip_assay import __version__
from pip_assay.cli import convert
from pip_assay.reports import FORMATS, saved
from tests.transcripts import Person, copy

AUDIT = ("-r", "requirements.txt", "--no-deps", "--ignore-vuln", "CVE-2026-2")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    one = Person(copy("vulnerable", tmp_path), monkeypatch, capfd)
    one.types("db", "import", "records")
    one.types(*AUDIT, "-f", "json=report.json")
    return one


@pytest.mark.parametrize("name", FORMATS)
def test_a_saved_report_becomes_what_the_audit_would_have_written(name: str, person: Person) -> None:
    """Every format, with its words on stderr, as if the audit had been asked for it; but the exit code is 0."""
    asked, made = person.types(*AUDIT, "-f", name), person.types("convert", "report.json", "-f", name)
    assert (made.stdout, made.stderr) == (asked.stdout, asked.stderr)
    assert (asked.code, made.code) == (1, 0)


def test_several_formats_are_written_at_once(person: Person) -> None:
    """-f repeats, each with a file; the terminal's report is what is shown unasked."""
    asked = person.types(*AUDIT, "--desc")
    made = person.types(
        "convert", "report.json", "--desc", "-f", "terminal", "-f", "html=a.html", "-f", "sarif=a.sarif"
    )
    assert made.stdout == asked.stdout == person.types("convert", "report.json", "--desc").stdout
    assert "<!DOCTYPE html>" in Path("a.html").read_text(encoding="utf-8")
    assert json.loads(Path("a.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_several_files_become_one_report(person: Person) -> None:
    """In the order in which they are named, and JSON Lines in the order of their lines."""
    person.types("check", "beta==0.9", "-f", "json=other.json")
    person.types("convert", "other.json", "report.json", "-f", "jsonl=both.jsonl")
    assert Path("both.jsonl").read_text(encoding="utf-8").count("\n") == 2
    told = [json.loads(person.types("convert", *names, "-f", "json").stdout) for names in (
        ("other.json", "report.json"), ("both.jsonl",),
    )]  # fmt: skip
    assert told[0] == told[1]
    assert [each["target"] for each in told[0]["targets"]] == ["command line", "requirements.txt"]
    assert [each["target_number"] for each in told[0]["findings"]] == [0, 1, 1, 1]


def test_a_tree_that_was_saved_line_by_line_becomes_one_report(person: Person) -> None:
    """With the line that is of no target, too."""
    Path("inner", ".venv").mkdir(parents=True)
    Path("inner", ".venv", "pyvenv.cfg").write_text("version = 3.11.9\n", encoding="utf-8")
    Path("inner", "requirements.txt").write_text("alpha==1.2\n", encoding="utf-8")
    asked = person.types("--recursive", ".", "--no-deps")
    person.types("--recursive", ".", "--no-deps", "-f", "jsonl", "-o", "tree.jsonl")
    made = person.types("convert", "tree.jsonl")
    assert made.stdout == asked.stdout
    assert "Not looked into" in made.stdout


def test_standard_input_is_read(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """`- ` is what a pipe brings, indented or not, in any encoding that JSON may have."""
    shown = person.types("convert", "report.json").stdout
    text = json.dumps(json.loads(Path("report.json").read_text(encoding="utf-8")), indent=2, ensure_ascii=False)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32-le"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode(encoding))))
        assert person.types("convert", "-").stdout == shown


def test_what_is_no_report_is_told_in_one_sentence(person: Person) -> None:
    """Exit 3, the file, what is wrong with it and what to do; nothing is written."""
    told = json.loads(Path("report.json").read_text(encoding="utf-8"))
    line = json.dumps(told)
    broken = json.dumps(told | {"findings": [told["findings"][0] | {"severity": "dire"}]})
    audit = {"dependencies": told["dependencies"], "fixes": []}
    hint = "name one that pip-assay wrote with -f json or -f jsonl"
    again = "save the report again with -f json"
    newer = "and this pip-assay reads 1.x; update pip-assay"
    words = "critical, high, medium, low, none, unknown"
    for content, said in (
        ("", f"x.json: is empty; {again}"),
        ("\xff", f"x.json: is not text in UTF-8, as JSON must be; {again}"),
        ('{"a": ', f"x.json:1: is not valid JSON (it ends too early); {again}"),
        ("[" * 100_000, f"x.json: is nested too deeply; {again}"),
        (json.dumps(audit), f"x.json: is a report of pip-audit, not of pip-assay; {hint}"),
        ("[]", f"x.json: is no report of pip-assay; {hint}"),
        (json.dumps(told | {"schema_version": "2.0"}), f"x.json: schema_version is 2.0, {newer}"),
        (f"{line}\n\n{broken}\n", f"x.json:3: findings[0].severity is none of: {words}; {again}"),
        (f"{line}\n{{]\n", f"x.json:2:1: is not valid JSON (a key in double quotes is missing); {again}"),
    ):  # fmt: skip
        Path("x.json").write_bytes(content.encode("latin-1"))
        said_now = person.types("convert", "report.json", "x.json", "-f", "html=out.html")
        assert (said_now.stderr, said_now.stdout, said_now.code) == (f"pip-assay: {said}\n", "", 3)
        assert not Path("out.html").exists()


def test_a_file_that_cannot_be_read_is_told(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, a folder, or larger than a file may be."""
    assert "gone.json: does not exist" in person.types("convert", "gone.json").stderr
    assert person.types("convert", ".").code == 3
    monkeypatch.setattr(convert, "LIMIT", Path("report.json").stat().st_size)
    assert person.types("convert", "report.json", "report.json").code == 0
    Path("larger.json").write_bytes(Path("report.json").read_bytes() + b" ")
    said = person.types("convert", "larger.json")
    assert (said.code, "larger.json: is larger than" in said.stderr) == (3, True)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path("report.json").read_bytes() * 2)))
    said = person.types("convert", "-")
    assert (said.code, "standard input: is larger than" in said.stderr) == (3, True)
    monkeypatch.setattr(sys, "stdin", None)
    assert person.types("convert", "-").stderr.startswith("pip-assay: standard input: is empty")


def test_reports_of_different_days_are_not_mixed(person: Person) -> None:
    """What was known on one day is not told as what was known on another."""
    person.types(*AUDIT, "--as-of", "2026-11-19", "-f", "json=early.json")
    said = person.types("convert", "report.json", "early.json")
    assert (said.stderr, said.code) == (
        "pip-assay: the reports are as of different days; convert those of one day together\n", 3,
    )  # fmt: skip


def test_wrong_usage_is_told(person: Person) -> None:
    """No file, a format that does not exist, an option of the audit: exit 2."""
    for arguments in ((), ("report.json", "-f", "pdf"), ("report.json", "--offline"), ("report.json", "--desc", "x")):
        assert person.types("convert", *arguments).code == 2


def test_what_cannot_be_written_is_not_lost(person: Person) -> None:
    """As with an audit: exit 3, and the report goes to stdout."""
    said = person.types("convert", "report.json", "-o", "gone/out.txt")
    assert (said.code, "PYSEC-2026-1" in said.stdout, "gone/out.txt" in said.stderr) == (3, True, True)


def test_a_report_names_who_wrote_it_last(person: Person) -> None:
    """The version in a document that was converted is that of the one who converted it."""
    told = json.loads(Path("report.json").read_text(encoding="utf-8"))
    Path("old.json").write_text(
        json.dumps(told | {"tool": {"name": "pip-assay", "version": "0.0.1"}}), encoding="utf-8"
    )
    person.types("convert", "old.json", "-f", "json=new.json")
    made = json.loads(Path("new.json").read_text(encoding="utf-8"))
    assert made["tool"]["version"] == __version__
    assert saved.report(made) == saved.report(told)
