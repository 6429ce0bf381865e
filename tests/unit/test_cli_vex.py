"""--vex and `pip-assay vex`: what others found out about flaws is taken in, and what we decided is told to others."""

import json
from pathlib import Path

import pytest

from tests.transcripts import Person, copy

LOCK = ("uv.lock", "--no-config")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    made = Person(copy("policy", tmp_path), monkeypatch, capfd)
    made.types("db", "import", "records")
    return made


def statement(identifier: str, status: str, **more: str) -> dict[str, object]:
    products = [{"@id": "pkg:pypi/alpha"}]
    return {"vulnerability": {"name": identifier}, "products": products, "status": status, **more}


def document(*statements: dict[str, object]) -> str:
    return json.dumps({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:x", "author": "ann", "version": 1,
        "timestamp": "2026-11-01T00:00:00Z", "statements": statements,
    })  # fmt: skip


def test_a_statement_silences_a_flaw_with_its_reason(person: Person) -> None:
    """Through any alias; the finding stays in the report, and does not fail."""
    why = "vulnerable_code_not_in_execute_path"
    Path("team.json").write_text(document(statement("CVE-2026-2", "not_affected", justification=why)))
    said = person.types(*LOCK, "--vex", "team.json", "-f", "json")
    (found,) = [each for each in json.loads(said.stdout)["findings"] if each["id"] == "PYSEC-2026-2"]
    assert (found["status"], found["justification"], found["owner"]) == ("not_affected", why, "ann")
    assert said.code == 1


def test_a_settings_file_may_name_statements(person: Person) -> None:
    """Beside it, wherever the audit is run from."""
    why = "component_not_present"
    Path("service/team.json").write_text(document(statement("CVE-2026-2", "not_affected", justification=why)))
    Path("service/pip-assay.toml").write_text('vex = "team.json"\n')
    said = person.types("service/requirements.txt", "--no-deps", "-f", "json")
    statuses = {each["id"]: each["status"] for each in json.loads(said.stdout)["findings"]}
    assert statuses == {"PYSEC-2026-1": "fails", "PYSEC-2026-2": "not_affected"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (document(statement("CVE-2026-2", "not_affected")), "says not_affected and not why"),
        ("{}", "is no VEX document"),
        ("{", "is not"),
    ],
)
def test_what_cannot_be_believed_settles_nothing_and_is_told(person: Person, content: str, said: str) -> None:
    """An unjustified statement, another kind of file, a broken one: the flaw fails as before; a problem says why."""
    Path("team.json").write_text(content)
    report = json.loads(person.types(*LOCK, "--vex", "team.json", "-f", "json").stdout)
    assert {each["status"] for each in report["findings"]} == {"fails"}
    assert [said in each["what"] for each in report["problems"]] == [True]
    assert report["status"] == "incomplete"


def test_what_is_written_is_taken_in_again(person: Person) -> None:
    """A document that pip-assay writes, edited by a team, decides the next audit."""
    written = person.types("vex", *LOCK, "--author", "the team")
    assert written.code == 0
    made = json.loads(written.stdout)
    assert made["author"] == "the team"
    for each in made["statements"]:
        each.update(status="not_affected", justification="component_not_present")
        each.pop("action_statement", None)
    Path("team.json").write_text(json.dumps(made))
    said = person.types(*LOCK, "--vex", "team.json")
    assert said.code == 0
    assert said.stdout.count("component not present") == 3


def test_vex_is_written_in_vex_formats_alone(person: Person) -> None:
    """What a settings file says of formats does not count here."""
    Path("pip-assay.toml").write_text('format = "json"\n')
    assert json.loads(person.types("vex", "uv.lock").stdout)["@context"].startswith("https://openvex.dev")
    assert "vulnerabilities" in json.loads(person.types("vex", "uv.lock", "-f", "cyclonedx-json").stdout)
    said = person.types("vex", "uv.lock", "-f", "json")
    assert (said.code, "'json' is no VEX format" in said.stderr) == (2, True)


def test_what_is_written_stands_beside_older_statements(person: Person) -> None:
    """Each statement keeps its own time, which the data, older than all of them, do not have a say in."""
    old = document(statement("CVE-2026-2", "affected")).replace("2026-11-01", "2026-11-21")
    why = "vulnerable_code_not_in_execute_path"
    new = document(statement("CVE-2026-2", "not_affected", justification=why)).replace("11-01T00", "11-21T12")
    Path("old.json").write_text(old)
    Path("new.json").write_text(new)
    for name in ("openvex", "cyclonedx-json"):
        options = ("-f", name, "-o", "merged.json", "--vex", "old.json", "--vex", "new.json")
        assert person.types("vex", *LOCK, *options).code == 0
        merged = person.types(*LOCK, "--vex", "old.json", "--vex", "merged.json", "-f", "json")
        (found,) = [each for each in json.loads(merged.stdout)["findings"] if each["id"] == "PYSEC-2026-2"]
        assert (found["status"], found["stated"]) == ("not_affected", "2026-11-21T12:00:00Z")


def test_a_decision_is_of_the_day_on_which_it_is_written(person: Person) -> None:
    """An ignore has no date: what it says today stands beside what was said yesterday; other reports have no clock."""
    Path("old.json").write_text(document(statement("CVE-2026-2", "affected")).replace("11-01", "11-21"))
    rule = '[[ignore]]\nid = "CVE-2026-2"\nreason = "no"\njustification = "component_not_present"\n'
    Path("pip-assay.toml").write_text(rule)
    written = person.types("vex", "uv.lock").stdout
    assert json.loads(written)["timestamp"] == "2026-11-22T00:00:00Z"
    assert json.loads(person.types("uv.lock", "-f", "openvex").stdout)["timestamp"] == "2026-11-20T08:00:00Z"
    Path("ours.json").write_text(written)
    said = person.types(*LOCK, "--vex", "old.json", "--vex", "ours.json", "-f", "json")
    statuses = {each["id"]: each["status"] for each in json.loads(said.stdout)["findings"]}
    assert statuses["PYSEC-2026-2"] == "not_affected"


@pytest.mark.parametrize("name", ["terminal", "json"])
def test_statements_that_match_nothing_are_told(person: Person, name: str) -> None:
    """One line for each file, whatever the format; it is no problem, and what another target holds has its use."""
    why = "component_not_present"
    lost = [statement(f"CVE-2025-{number}", "not_affected", justification=why) for number in (1, 2)]
    used = statement("CVE-2026-2", "not_affected", justification=why)
    Path("team.json").write_text(document(*lost, used))
    Path("used.json").write_text(document(used))
    line = "team.json: 2 statements match nothing: CVE-2025-1, CVE-2025-2; check the ids and package URLs"
    options = ("--vex", "team.json", "--vex", "used.json", "--no-deps", "-f", name)
    recursive = (("-R", ".", "--no-config"), ("-R", *LOCK), ("-R", "service", *LOCK))
    for targets in (LOCK, *recursive, ("service/requirements.txt", *LOCK)):
        said = person.types(*targets, *options)
        assert [text for text in said.stderr.splitlines() if "nothing" in text] == [f"pip-assay: {line}"]


def test_one_statement_that_matches_nothing(person: Person) -> None:
    """One that is spelled wrongly is told by its id."""
    text = statement("CVE-2026-22", "not_affected", justification="component_not_present")
    Path("team.json").write_text(document(text))
    said = person.types(*LOCK, "--vex", "team.json")
    assert "team.json: 1 statement matches nothing: CVE-2026-22; check the ids and package URLs" in said.stderr


def test_findings_do_not_hide_that_the_document_is_not_whole(person: Person) -> None:
    """To tell of findings is what it is for; that something was not looked at, or not written, is exit code 3."""
    assert person.types("vex", *LOCK).code == 0
    assert person.types("vex", "-R", ".", "--no-deps", "--no-config").code == 0
    Path("service/requirements-dev.txt").write_text("alpha\n")
    assert person.types("vex", "-R", ".", "--no-deps", "--no-config").code == 3
    assert person.types("vex", "missing.txt", *LOCK).code == 3
    Path("plain").touch()
    said = person.types("vex", *LOCK, "-o", "plain/vex.json")
    assert (said.code, "plain/vex.json: cannot be written" in said.stderr) == (3, True)
