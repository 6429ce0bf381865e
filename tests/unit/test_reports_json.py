"""JSON: its published schema, its bytes, and what it adds to pip-audit's."""

import importlib
import json
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from pip_assay.model import (
    Audit,
    Change,
    Evidence,
    Gap,
    Inventory,
    NoticeKind,
    OriginKind,
    Report,
    RuleState,
    Severity,
    Status,
)
from pip_assay.records import Certainty
from pip_assay.reports import Style, load
from pip_assay.reports.entries import normal
from tests import bills, page_sample, samples
from tests.report_strategies import VERSIONS, obeyed, ordinary, poisoned

VALIDATORS = importlib.import_module("jsonschema")
SCHEMA = json.loads((resources.files("pip_assay.reports") / "report-1.schema.json").read_text("utf-8"))
VALIDATOR = VALIDATORS.Draft202012Validator(SCHEMA)
FULL = Style(descriptions=True, aliases=True)
ALL = {**bills.ALL, "everything": page_sample.everything}


def rendered(report: Report, style: Style = FULL) -> Any:
    """Return the document as a program reads it."""
    return json.loads(load("json").render(report, style))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("style", [FULL, Style()])
def test_samples_are_valid(name: str, style: Style) -> None:
    """Every sample report is what the published schema describes."""
    VALIDATOR.validate(rendered(ALL[name](), style))


@settings(max_examples=60)
@given(ordinary() | poisoned())
def test_every_report_is_valid_ascii_on_one_line(report: Report) -> None:
    """Whatever the texts say: one line of ASCII that the schema describes and no build server obeys."""
    text = load("json").render(report, FULL)
    assert text.isascii()
    assert text.endswith("}\n")
    assert text.count("\n") == 1
    assert not obeyed(text)
    VALIDATOR.validate(json.loads(text))


@settings(max_examples=30)
@given(poisoned())
def test_texts_come_back_as_published(report: Report) -> None:
    """A program reads exactly the text that the source wrote, hostile or not."""
    document = rendered(report)
    findings = [verdict.finding for audit in report.audits for verdict in audit.verdicts]
    said = {each.details for finding in findings for each in finding.advisories}
    assert {each["details"] for record in document["findings"] for each in record["advisories"]} == said
    assert [target["target"] for target in document["targets"]] == [audit.inventory.target for audit in report.audits]


def test_the_schema_is_a_schema_and_describes_every_key() -> None:
    """The published schema is valid itself, is closed, and says of each key what it holds."""
    VALIDATORS.Draft202012Validator.check_schema(SCHEMA)

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for key, each in node.get("properties", {}).items():
                described = each if "description" in each else SCHEMA["$defs"][each["$ref"].rpartition("/")[2]]
                assert described["description"], f"{path}/{key} is not described"
            if "properties" in node:
                assert node["additionalProperties"] is False, f"{path} is open"
            for key, each in node.items():
                walk(each, f"{path}/{key}")

    walk(SCHEMA, "#")


def test_the_schemas_words_are_the_models() -> None:
    """A word that the model adds must be published."""
    published = {
        ("finding", "severity"): Severity, ("finding", "certainty"): Certainty, ("finding", "status"): Status,
        ("finding", "change"): Change, ("problem", "gap"): Gap, ("origin", "kind"): OriginKind,
        ("notice", "kind"): NoticeKind, ("rule", "state"): RuleState,
    }  # fmt: skip
    for (of, key), words in published.items():
        assert set(SCHEMA["$defs"][of]["properties"][key]["enum"]) == set(samples.words(words))
    assert set(SCHEMA["$defs"]["known_by"]["enum"]) == set(samples.words(Evidence))


@pytest.mark.parametrize(
    "broken",
    [
        {"status": "clean"},
        {"schema_version": "2.0"},
        {"extra": 1},
        {"fixes": [{}]},
        {"dependencies": [{"name": "foo"}]},
        {"findings": [{"id": "PYSEC-1"}]},
        {"problems": [{"what": "x"}]},
        {"tool": {"name": "another", "version": "1"}},
    ],
)
def test_the_schema_rejects_what_is_broken(broken: dict[str, Any]) -> None:
    """A document with one thing wrong is not valid."""
    document = rendered(samples.findings())
    assert VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid(document | broken)
    assert not VALIDATOR.is_valid({key: each for key, each in document.items() if key != "status"})


def test_what_was_not_audited_never_looks_clean() -> None:
    """A dependency that could not be looked up has a reason and no empty list of vulnerabilities."""
    document = rendered(samples.incomplete())
    assert document["status"] == "incomplete"
    for entry in document["dependencies"]:
        assert entry["audited"] is ("vulns" in entry)
        assert ("skip_reason" in entry) is not entry["audited"]
    assert rendered(samples.clean())["status"] == "complete"
    assert rendered(Report(()))["status"] == "incomplete"


def test_what_was_ignored_is_a_finding_and_no_vulnerability() -> None:
    """pip-audit's part leaves an ignored flaw out; ours keeps it with its rule."""
    document = rendered(samples.findings())
    (entry,) = (each for each in document["dependencies"] if each["name"] == "py")
    assert entry["vulns"] == []
    (ignored,) = (each for each in document["findings"] if each["status"] == "ignored")
    assert (ignored["id"], ignored["rule"]) == ("PYSEC-2022-42969", "--ignore-vuln PYSEC-2022-42969")
    assert (ignored["reason"], ignored["until"]) == ("not reachable: tests only", "2026-12-31")


def test_each_record_keeps_its_own_claims() -> None:
    """Where the records of a finding disagree, each one's severity and versions can be read."""
    (pillow,) = (each for each in rendered(samples.findings())["findings"] if each["id"] == "PYSEC-2023-175")
    first, second = pillow["advisories"]
    assert first["events"] == [{"introduced": "0"}, {"fixed": "10.0.1"}]
    assert first["ratings"][0]["score"] == 9.8
    assert (second["id"], second["severity"], second["events"]) == ("GHSA-j7hp-h8jx-5ppr", "high", [])
    assert pillow["disagreement"] == ["severity: critical (PYSEC-2023-175), high (GHSA-j7hp-h8jx-5ppr)"]


def test_the_version_is_normal_and_the_written_one_is_kept() -> None:
    """As pip-audit does, `version` is in normal form; `written_version` is the source's."""
    foo = samples.dependency("foo", "1.0RC1")
    report = Report((Audit(Inventory("x", "requirements", (foo,))),))
    (entry,) = rendered(report)["dependencies"]
    assert (entry["version"], entry["written_version"]) == ("1.0rc1", "1.0RC1")


parts = st.sampled_from(
    ["1", "0", "01", "10", ".", "!", "a", "rc", "b2", ".post", "-", ".dev", "+", "ubuntu", "v", "_", " ", "C", "\u0661"]
)


@given(st.sampled_from(VERSIONS) | st.lists(parts, max_size=6).map("".join))
def test_versions_are_normal_as_packaging_says(text: str) -> None:
    """PEP 440, Normalization: what is a version becomes packaging's text of it, anything else stays."""
    try:
        expected = str(Version(text))
    except InvalidVersion:
        expected = text
    assert normal(text) == expected
