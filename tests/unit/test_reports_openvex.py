"""OpenVEX: every rule of its specification, deterministic, and read back as what was decided.

No package ships its schema, so its rules stand here. They were compared with openvex_json_schema.json of openvex/spec
(both states that call themselves 0.2.0: 309766a, 4961d8e), and every document that these tests and those of
`pip-assay vex` make was validated against both. Where they disagree, the rule here is what both take: exactly one of
justification and impact_statement, and URIs rather than IRIs.
"""

import importlib
import json
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packageurl import PackageURL

from pip_assay.model import PYPI, Audit, Dependency, Inventory, Pin, Place, Report, Verdict
from pip_assay.reports import Style, load
from tests import bills, samples
from tests.report_strategies import FORBIDDEN, letters, obeyed, poisoned, shuffled

DOCUMENT = {"@context", "@id", "author", "timestamp", "version", "tooling", "statements"}
STATEMENT = {
    "vulnerability", "products", "status", "status_notes", "justification", "impact_statement", "action_statement",
    "timestamp",
}  # fmt: skip
FORMATS = importlib.import_module("jsonschema").Draft202012Validator.FORMAT_CHECKER


def rendered(report: Report) -> Any:
    """Return the document as a program reads it; None where there is none."""
    text = load("openvex").render(report, Style())
    return json.loads(text) if text else None


def valid(document: Any) -> None:
    """Assert what OpenVEX 0.2.0 asks of a document: required fields, types, no other fields."""
    assert set(document) == DOCUMENT
    assert document["@context"] == "https://openvex.dev/ns/v0.2.0"
    assert _is("uri", document["@id"])
    assert all(isinstance(document[key], str) and document[key] for key in ("author", "tooling"))
    assert _is("date-time", document["timestamp"])
    assert document["version"] == 1
    statements = document["statements"]
    assert statements
    assert _differ(statements)
    for each in statements:
        _statement(each)


def _is(kind: str, text: Any) -> bool:
    """Return whether the text has a format of JSON Schema, which is not checked where its checker is missing."""
    assert kind in FORMATS.checkers
    return isinstance(text, str) and FORMATS.conforms(text, kind)


def _differ(listed: list[Any]) -> bool:
    return len({json.dumps(each, sort_keys=True) for each in listed}) == len(listed)


def _statement(each: Any) -> None:
    assert {"vulnerability", "products", "status"} <= set(each) <= STATEMENT
    texts = [value for key, value in each.items() if key not in {"vulnerability", "products"}]
    assert all(isinstance(text, str) and text for text in texts)
    assert _is("date-time", each.get("timestamp", "2026-01-01T00:00:00Z"))
    _vulnerability(each["vulnerability"])
    assert each["products"]
    assert _differ(each["products"])
    for product in each["products"]:
        _component(product, {"subcomponents"})
        parts = product.get("subcomponents", [])
        assert _differ(parts)
        for part in parts:
            _component(part, set())
    given = set(each) & {"justification", "impact_statement"}
    assert len(given) == (1 if each["status"] == "not_affected" else 0)
    assert ("action_statement" in each) is (each["status"] == "affected")
    assert each["status"] in {"not_affected", "affected", "fixed", "under_investigation"}
    assert each.get("justification", "component_not_present") in {
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    }


def _vulnerability(told: Mapping[str, Any]) -> None:
    assert {"@id", "name"} <= set(told) <= {"@id", "name", "description", "aliases"}
    assert _is("uri", told["@id"])
    aliases = told.get("aliases", ["x"])
    assert all(isinstance(text, str) and text for text in (told["name"], told.get("description", "x"), *aliases))
    assert _differ(aliases)


def _component(component: Mapping[str, Any], more: set[str]) -> None:
    assert {"@id"} <= set(component) <= {"@id", "identifiers", *more}
    assert component.get("identifiers", {"purl": component["@id"]}) == {"purl": component["@id"]}
    assert _is("uri", component["@id"])


@pytest.mark.parametrize("sample", bills.ALL)
def test_samples_are_valid(sample: str) -> None:
    """Every sample makes a document by the specification, or none where nothing was found."""
    report = bills.ALL[sample]()
    document = rendered(report)
    if any(audit.verdicts for audit in report.audits):
        valid(document)
    else:
        assert document is None


@settings(max_examples=60)
@given(bills.reports)
def test_every_report_is_valid_ascii(report: Report) -> None:
    """Whatever the texts and the graph are; and no build server obeys a line of it."""
    text = load("openvex").render(report, Style())
    assert text.isascii()
    assert not any(map(obeyed, text.splitlines()))
    if text:
        assert text.endswith("}\n")
        valid(json.loads(text))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timestamp", "2026-11-22"),
        ("status", "affected"),
        ("status", "harmless"),
        ("justification", "because"),
        ("impact_statement", "none"),
        ("products", [{"@id": "pkg:pypi/a|b"}]),
        ("products", [{"@id": "pkg:pypi/a"}] * 2),
        ("products", [{"identifiers": {"purl": "pkg:pypi/a"}}]),
        ("products", [{"@id": "pkg:pypi/a", "subcomponents": [{"@id": "pkg:pypi/b"}] * 2}]),
        ("vulnerability", {"name": "X-1", "@id": "X-1"}),
        ("vulnerability", {"name": "X-1", "@id": "urn:x", "aliases": ["X-2", "X-2"]}),
        ("more", "x"),
    ],
)
def test_the_rules_reject_what_is_broken(key: str, value: object) -> None:
    """The oracle can say no."""
    document = rendered(bills.whole())
    valid(document)
    (settled,) = (each for each in document["statements"] if each["vulnerability"]["name"] == "PYSEC-3")
    settled[key] = value
    with pytest.raises(AssertionError):
        valid(document)


def flawed(*listed: Dependency) -> Any:
    """Return the products of the one statement about a flaw that the first release has."""
    found = Verdict(samples.finding(listed[0], "X-1"), "fails")
    document = rendered(Report((Audit(Inventory("x.lock", "uv.lock", listed), (found,)),)))
    valid(document)
    (statement,) = document["statements"]
    return statement["products"]


def test_what_has_no_package_url_has_a_name_that_is_a_uri() -> None:
    """And no identifier: a name of ours is no package URL."""
    host = Dependency(Pin(PYPI, "web", "1.0"), Place("x.lock"))
    inside = Dependency(Pin("generic", "libx", "1"), Place("x.lock"), skipped="no version is known", inside=host.pin)
    whole = {"@id": "pkg:pypi/web@1.0", "identifiers": {"purl": "pkg:pypi/web@1.0"}}
    part = {"@id": "pkg:generic/libx@1%7Cpkg:pypi/web@1.0"}
    assert flawed(inside, host) == [whole | {"subcomponents": [part]}]


def test_products_that_cannot_be_told_apart_are_one() -> None:
    """Names of strangers that differ in what no package URL keeps."""
    first, second = (
        Dependency(Pin("npm", "a", "1"), Place("x.lock"), inside=Pin(PYPI, name, "1.0")) for name in ("x?", "x\ud800")
    )
    assert [each["@id"] for each in flawed(first, second)] == ["pkg:pypi/x%3F@1.0"]


@settings(max_examples=30)
@given(bills.reports, st.randoms(use_true_random=False))
def test_the_same_report_is_the_same_bytes(report: Report, random: Random) -> None:
    """No order of the input, no clock and no chance changes a byte."""
    assert load("openvex").render(report, Style()) == load("openvex").render(shuffled(report, random), Style())


def test_each_status_is_what_was_decided() -> None:
    """Only what was justified is not affected; what was ignored, or is but possible, is under investigation."""
    found = [
        (each["vulnerability"]["name"], each["products"][0]["@id"], each["status"], _why(each))
        for each in rendered(bills.whole())["statements"]
    ]
    no_fix = "No fix known: remove it, replace it, or keep what reaches the flaw out of use."
    assert sorted(found) == [
        ("CVE-2026-1", "pkg:conda/openssl@3.1.0", "under_investigation", "it may be"),
        ("MAL-1", "pkg:pypi/web@1.0", "affected", 'a rule: component not present, "a test", until 2027-01-01'),
        ("PYSEC-1", "pkg:pypi/web@1.0", "affected", no_fix),
        ("PYSEC-2", "pkg:pypi/core@1.0", "not_affected", "vulnerable_code_not_in_execute_path"),
        ("PYSEC-2", "pkg:pypi/core@2.0", "not_affected", "the parser is compiled out"),
        ("PYSEC-3", "pkg:pypi/core@2.0", "not_affected", "component_not_present"),
        ("PYSEC-4", "pkg:pypi/core@2.0", "under_investigation", 'a rule: "tests only", until 2027-01-01'),
        ("PYSEC-5", "pkg:rpm/almalinux/sh@5.1-2?distro=almalinux-9&epoch=1", "affected", '"VEX x.json says fixed"'),
        ("RUSTSEC-1", "pkg:pypi/web@1.0", "not_affected", "inline_mitigations_already_exist"),
    ]  # fmt: skip


def _why(statement: Any) -> str:
    keys = ("justification", "impact_statement", "status_notes", "action_statement")
    return next(str(statement[key]) for key in keys if key in statement)


def test_what_is_inside_of_another_is_a_part_of_it() -> None:
    """The product is the wheel, the component in it is what has the flaw."""
    (found,) = (each for each in rendered(bills.whole())["statements"] if each["vulnerability"]["name"] == "RUSTSEC-1")
    (product,) = found["products"]
    (part,) = product["subcomponents"]
    assert (product["@id"], part["@id"]) == ("pkg:pypi/web@1.0", "pkg:cargo/crate@0.3.1")
    assert PackageURL.from_string(part["@id"]).type == "cargo"


def test_malware_is_first_and_never_settled() -> None:
    """Even an ignored one is affected, and what to do is said."""
    first = rendered(samples.several())["statements"][0]
    assert first["vulnerability"]["name"] == "MAL-2025-191"
    assert first["action_statement"] == "Remove requestz 1.0.0, and rotate secrets: the release itself is malicious."


def test_an_incomplete_audit_says_so() -> None:
    """The format has no place for it but the words about the tool."""
    assert rendered(samples.findings())["tooling"].endswith("; the audit is incomplete: 1 problem")
    assert "incomplete" not in rendered(samples.several())["tooling"]


@settings(max_examples=30)
@given(poisoned())
def test_no_text_of_a_stranger_steers_who_reads_it(report: Report) -> None:
    """No text in the document holds a character that a terminal obeys or that cannot be seen."""
    assert not FORBIDDEN & letters(rendered(report))
