"""GitLab's dependency scanning report: every rule of schema 15.2.1 that concerns it, and what stands where.

No package ships that schema, so its rules stand here. All that concern what we write were compared with GitLab's own
file (gitlabhq/gitlabhq at 9d2ebf5, lib/gitlab/ci/parsers/security/validators/schemas/15.2.1/), and every document
that these tests make was validated against it. Where these differ they are stricter: no other keys, no empty texts.
"""

import importlib
import json
import re
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from cvss import CVSS2, CVSS3
from hypothesis import given, settings

from pip_assay.model import Audit, Data, Finding, Inventory, Notice, Report, Rule, Verdict
from pip_assay.records import Advisory, Rating
from pip_assay.reports import Style, gitlab
from tests import samples
from tests.report_strategies import FORBIDDEN, ordinary, poisoned

FULL = Style(descriptions=True, aliases=True)
FOO = samples.dependency("foo", "1.0", line=3)
TEXT = {"type": "string", "minLength": 1}
ADDRESS = {"type": "string", "pattern": r"^(https?|ftp)://.+"}
TIME = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"}


def thing(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """Return the schema of an object with these keys and no other."""
    return {
        "type": "object",
        "required": [*required],
        "properties": required | optional,
        "additionalProperties": False,
    }


def listed(of: Any, **limits: int) -> dict[str, Any]:
    """Return the schema of an array."""
    return {"type": "array", "items": of} | limits


TOOL = thing({"id": TEXT, "name": TEXT, "version": TEXT, "vendor": thing({"name": TEXT})})
SCAN = thing(
    {
        "analyzer": TOOL, "scanner": TOOL, "start_time": TIME, "end_time": TIME,
        "status": {"enum": ["success", "failure"]}, "type": {"const": "dependency_scanning"},
    },
    messages=listed(thing({"level": {"enum": ["info", "warn", "fatal"]}, "value": TEXT})),
)  # fmt: skip
VECTOR = {
    16: ("", {
        "AV": "N A L", "AC": "L M H", "Au": "M S N", "C I A": "N P C", "E": "U POC F H ND", "RL": "OF TF W U ND",
        "RC": "UC UR C ND", "CDP": "N L LM MH H ND", "TD": "N L M H ND", "CR IR AR": "L M H ND",
    }),
    32: ("CVSS:3[.][01]/", {
        "AV": "N A L P", "AC": "L H", "PR": "N L H", "UI": "N R", "S": "U C", "C I A": "N L H", "E": "X U P F H",
        "RL": "X O T W U", "RC": "X U R C", "CR IR AR": "X L M H", "MAV": "X N A L P", "MAC": "X L H",
        "MPR": "X N L H", "MUI": "X N R", "MS": "X U C", "MC MI MA": "X N L H",
    }),
}  # fmt: skip
"""By the length of the shortest vector what it begins with, and the values of its metrics: of CVSS 2, and of 3."""


def vectors(shortest: int) -> dict[str, Any]:
    """Return the schema of the vectors of one CVSS: metrics in any order, and nothing asks that all are there."""
    start, metrics = VECTOR[shortest]
    one = "|".join(f"(?:{'|'.join(names.split())}):(?:{'|'.join(of.split())})" for names, of in metrics.items())
    pattern = f"^{start}(?:{one})(?:/(?:{one}))*$"
    return {"type": "string", "minLength": shortest, "maxLength": 128, "pattern": pattern}


DEPENDENCY = thing(
    {"package": thing({"name": {"type": "string"}}), "version": {"type": "string"}}, direct={"type": "boolean"}
)
VULNERABILITY = thing(
    {
        "id": TEXT,
        "identifiers": listed(thing({"type": TEXT, "name": TEXT, "value": TEXT}, url=ADDRESS), minItems=1, maxItems=20),
        "location": thing({"file": TEXT, "dependency": DEPENDENCY}),
    },
    name={"type": "string", "maxLength": 255},
    description={"type": "string", "maxLength": 1_048_576},
    severity={"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
    solution={"type": "string", "maxLength": 7000},
    cvss_vectors=listed(
        thing({"vendor": TEXT, "vector": {"oneOf": [vectors(16), vectors(32)]}}),
        minItems=1,
        maxItems=10,
    ),
    links=listed(thing({"url": ADDRESS}, name={"type": "string"})),
    details={"type": "object", "additionalProperties": thing({"name": TEXT, "type": {"const": "text"}, "value": TEXT})},
    flags=listed(thing({"type": {"const": "flagged-as-likely-false-positive"}, "origin": TEXT, "description": TEXT})),
)
VALIDATOR = importlib.import_module("jsonschema").Draft202012Validator(
    thing(
        {"version": {"const": "15.2.1"}, "scan": SCAN, "vulnerabilities": listed(VULNERABILITY)},
        schema={"type": "string", "pattern": "^https?://.+"},
    )
)


def heed(document: Any) -> None:
    """Check the document by the rules, and what they leave to the reader."""
    VALIDATOR.validate(document)
    datetime.fromisoformat(document["scan"]["start_time"])
    found = document["vulnerabilities"]
    assert len({UUID(each["id"]) for each in found}) == len(found)
    for each in found:
        for rated in each.get("cvss_vectors", ()):
            vector = rated["vector"]
            assert CVSS3(vector) if vector.startswith("CVSS:3.") else CVSS2(vector)
    assert not FORBIDDEN & set(json.dumps(document, ensure_ascii=False))


def rendered(report: Report, style: Style = FULL) -> Any:
    """Return the document as a program reads it."""
    return json.loads(gitlab.render(report, style))


def one(verdict: Verdict) -> Any:
    """Return the one vulnerability of a verdict."""
    inventory = Inventory("x", "requirements", (verdict.finding.dependency,))
    (found,) = rendered(Report((Audit(inventory, (verdict,)),)))["vulnerabilities"]
    return found


def fails(**more: object) -> Verdict:
    """Return the verdict of a finding of foo that fails."""
    return Verdict(samples.finding(FOO, "PYSEC-1", "A flaw", **more), "fails")


@pytest.mark.parametrize("name", samples.SAMPLES)
@pytest.mark.parametrize("style", [FULL, Style()])
def test_samples_are_valid(name: str, style: Style) -> None:
    """Every sample heeds the rules, the one without a target too."""
    heed(rendered(samples.SAMPLES[name](), style))


def test_an_empty_report_is_a_failure() -> None:
    """Nothing audited is no success; nothing found is."""
    heed(rendered(Report(())))
    assert rendered(Report(()))["scan"]["status"] == "failure"
    clean = rendered(samples.clean())
    assert (clean["scan"]["status"], clean["scan"]["messages"], clean["vulnerabilities"]) == ("success", [], [])


@settings(max_examples=60)
@given(ordinary() | poisoned())
def test_every_report_is_valid(report: Report) -> None:
    """Whatever its texts say: one line of ASCII that heeds the rules."""
    text = gitlab.render(report, FULL)
    assert text.isascii()
    assert text.count("\n") == 1
    heed(json.loads(text))


def test_the_rules_reject_what_is_broken() -> None:
    """The oracle can say no."""
    document = rendered(samples.findings())
    for key, value in (
        ("severity", "Awful"),
        ("identifiers", []),
        ("id", ""),
        ("location", {"file": "x"}),
        ("more", 1),
        ("cvss_vectors", []),
        ("cvss_vectors", [{"vendor": "X", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:Z"}]),
        ("cvss_vectors", [{"vendor": "X", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/"}]),
        ("cvss_vectors", [{"vendor": "X", "vector": "(AV:L/AC:M/Au:N/C:N/I:P/A:C)"}]),
        ("cvss_vectors", [{"vendor": "", "vector": "AV:L/AC:M/Au:N/C:N/I:P/A:C"}]),
    ):
        broken = json.loads(json.dumps(document))
        broken["vulnerabilities"][0][key] = value
        assert not VALIDATOR.is_valid(broken)
    document["scan"]["start_time"] += "Z"
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize(
    ("severity", "shown"),
    [
        ("critical", "Critical"),
        ("high", "High"),
        ("medium", "Medium"),
        ("low", "Low"),
        ("none", "Info"),
        ("unknown", "Unknown"),
    ],
)
def test_severities_are_gitlabs(severity: str, shown: str) -> None:
    """Unknown stays unknown; malware is critical whatever its record says."""
    assert one(fails(severity=severity))["severity"] == shown
    assert one(fails(severity=severity, malware=True))["severity"] == "Critical"


def test_the_first_identifier_is_the_cve() -> None:
    """GitLab tells vulnerabilities apart by it; each id has the kind that GitLab knows."""
    found = one(fails(aliases=("GHSA-1", "CVE-2026-1", "odd id")))
    kinds = [(each["type"], each["name"]) for each in found["identifiers"]]
    assert kinds == [("cve", "CVE-2026-1"), ("pysec", "PYSEC-1"), ("ghsa", "GHSA-1"), ("pip_assay", "odd id")]
    assert found["identifiers"][0]["url"] == "https://osv.dev/vulnerability/CVE-2026-1"
    many = tuple(f"GHSA-{number}" for number in range(50))
    assert len(one(fails(aliases=many))["identifiers"]) == 20


def test_the_id_stays_from_run_to_run() -> None:
    """Another line or version is the same vulnerability; two in one file are two."""
    first, moved = (
        one(fails()),
        one(Verdict(samples.finding(FOO._replace(place=FOO.place._replace(line=9)), "PYSEC-1"), "fails")),
    )
    assert first["id"] == moved["id"]
    assert UUID(first["id"]).version == 5


def test_only_vectors_that_gitlab_reads_are_given() -> None:
    """CVSS 3 before 2, none of 4, none without a score, each once."""
    three, two = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV:L/AC:M/Au:N/C:N/I:P/A:C"
    ratings = (
        Rating("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
        Rating("CVSS_V2", two, 5.4),
        Rating("CVSS_V3", three, 9.8),
        Rating("CVSS_V3", three, 9.8),
        Rating("CVSS_V3", "CVSS:3.1/AV:N", None),
        Rating("CVSS_V3", f"{three}\n", 9.8),
        Rating("CVSS_V3", f"{three}/", 9.8),
        Rating("CVSS_V2", f"({two})", 5.4),
        Rating("CVSS_V3", "CVSS:3.1/AV:N/AC:L", 1.0),
        Rating("CVSS_V2", "AV:L/AC:M", 1.0),
    )
    record = Advisory("GHSA-1", ratings=ratings)
    found = one(Verdict(Finding("GHSA-1", (), FOO, (record,)), "fails"))
    assert found["cvss_vectors"] == [{"vendor": "GHSA", "vector": three}, {"vendor": "GHSA", "vector": two}]
    assert "cvss_vectors" not in one(fails())


def test_what_was_ignored_stays_and_is_flagged() -> None:
    """With who said so and why: GitLab has no other word for it."""
    found = one(
        fails()._replace(status="ignored", rule="--ignore-vuln PYSEC-1", reason="tests only", until="2027-01-01")
    )
    assert found["flags"] == [
        {
            "type": "flagged-as-likely-false-positive",
            "origin": "pip-assay",
            "description": 'ignored: --ignore-vuln PYSEC-1: "tests only", until 2027-01-01',
        }
    ]
    assert found["details"]["status"]["value"] == "ignored"
    assert "flags" not in one(fails())


def test_a_vulnerability_says_what_where_and_what_to_do() -> None:
    """Its description is Markdown that makes no link and no HTML; details tell the verdict, the line and the notes."""
    record = Advisory(
        "PYSEC-1", details="A [link](https://evil.example) <img src=x>", references=(("WEB", "https://a.example/1"),)
    )
    made = Finding("PYSEC-1", (), FOO._replace(direct=True), (record,), fixed_in=("1.1",), disagreement=("fixes",))
    found = one(Verdict(made, "fails", change="introduced"))
    assert found["description"] == "A \\[link\\](https://evil.example) \\<img src=x>"
    assert found["solution"] == "Upgrade foo to 1.1."
    assert found["links"] == [{"url": "https://a.example/1"}]
    assert found["location"] == {
        "file": "requirements.txt",
        "dependency": {"package": {"name": "foo"}, "version": "1.0", "direct": True},
    }
    assert {key: each["value"] for key, each in found["details"].items()} == {
        "status": "fails (introduced)",
        "notes": "sources disagree: fixes",
        "line": "requirements.txt:3",
    }


def test_descriptions_can_be_left_out() -> None:
    """With --desc off the flaw is told in one line."""
    record = Advisory("X-1", summary="A flaw", details="At length")
    report = Report((Audit(Inventory("x", "y"), samples.fails(Finding("X-1", (), FOO, (record,)))),))
    assert rendered(report, Style())["vulnerabilities"][0]["description"] == "A flaw"
    assert rendered(report, FULL)["vulnerabilities"][0]["description"] == "At length"


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        ("2026-11-22T06:15:00Z", "2026-11-22T06:15:00"),
        ("2026-11-22T06:15:00.25+02:00", "2026-11-22T04:15:00"),
        ("2026-11-22", "2026-11-22T00:00:00"),
        ("yesterday", "1970-01-01T00:00:00"),
        ("0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00"),
        ("", "1970-01-01T00:00:00"),
    ],
)
def test_times_are_those_of_the_advisories(date: str, shown: str) -> None:
    """A report has no clock: the same input gives the same bytes tomorrow."""
    scan = rendered(Report((), data=Data("OSV", date=date)))["scan"]
    assert (scan["start_time"], scan["end_time"]) == (shown, shown)
    assert re.fullmatch(TIME["pattern"], shown)


def test_messages_tell_what_was_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems warn; what the index says and what was left out quietly informs."""
    monkeypatch.setattr(gitlab, "MESSAGES", 2)
    (audit,) = samples.incomplete().audits
    audit = audit._replace(notices=(Notice(FOO.pin, "yanked", "broken"),), rules=(Rule("a", "X-1", state="unused"),))
    messages = rendered(samples.incomplete()._replace(audits=(audit,)))["scan"]["messages"]
    assert [(each["level"], each["value"]) for each in messages] == [
        ("warn", "the advisory data is 12 days old; run pip-assay db update"),
        ("warn", "requirements.txt:1: flask: has no certain version; pin it with =="),
        ("warn", "10 more problems; -f json holds them all"),
        ("info", "foo 1.0: yanked: broken"),
        ("info", "1 package not audited (own-tool 0.1): requirement marked as editable"),
    ]
