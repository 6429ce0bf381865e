"""Policy: what fails, what is ignored, and the exit code; nothing is ever dropped."""

import pytest

from pip_assay import policy
from pip_assay.model import (
    PYPI,
    Audit,
    Dependency,
    Finding,
    Inventory,
    Pin,
    Place,
    Problem,
    Report,
    Severity,
    Status,
    Verdict,
)

PROBLEM = Problem("empty", "holds nothing")


def finding(severity: Severity = "high", *, malware: bool = False) -> Finding:
    dependency = Dependency(Pin(PYPI, "project", "1.0"), Place("requirements.txt", 1))
    return Finding("PYSEC-1", ("CVE-2020-1", "GHSA-aaaa"), dependency, (), severity, malware=malware)


def report(*verdicts: Verdict, problem: bool = False, elsewhere: bool = False) -> Report:
    audit = Audit(Inventory("t", "k"), verdicts, problems=(PROBLEM,) if problem else ())
    return Report((audit,), (PROBLEM,) if elsewhere else ())


@pytest.mark.parametrize("rule", ["PYSEC-1", "CVE-2020-1", "ghsa-AAAA"])
def test_an_ignore_matches_any_alias_and_keeps_the_finding(rule: str) -> None:
    """Promise 5: an ignored finding stays, with the rule that silenced it."""
    (verdict,) = policy.verdicts([finding(malware=True)], ignored=[rule])
    assert (verdict.status, verdict.rule) == ("ignored", f"--ignore-vuln {rule}")
    assert verdict.finding == finding(malware=True)


def test_unused_ignores_are_named() -> None:
    """An ignore that matches nothing is told, once."""
    assert policy.unused([finding()], ["cve-2020-1", "CVE-1", "CVE-1"]) == ("CVE-1",)


@pytest.mark.parametrize(
    ("severity", "threshold", "expected"),
    [
        ("low", None, "fails"), ("none", None, "fails"), ("high", "high", "fails"), ("critical", "high", "fails"),
        ("medium", "high", "warns"), ("none", "low", "warns"), ("unknown", "critical", "fails"),
    ],
)  # fmt: skip
def test_a_threshold_fails_at_its_severity_and_above_and_on_unknown(
    severity: Severity, threshold: Severity | None, expected: Status
) -> None:
    """Unknown severity never passes a threshold."""
    (verdict,) = policy.verdicts([finding(severity)], fail_on=threshold)
    assert verdict.status == expected


def test_malware_passes_no_threshold() -> None:
    """Malware always fails."""
    (verdict,) = policy.verdicts([finding("low", malware=True)], fail_on="critical")
    assert verdict.status == "fails"


def test_exit_codes_are_those_of_the_design() -> None:
    """Design, section 6: 0 clean, 1 findings, 3 incomplete and nothing worse, 4 malware."""
    fails, warns = Verdict(finding(), "fails"), Verdict(finding(), "warns")
    malware = Verdict(finding(malware=True), "fails")
    assert policy.exit_code(report()) == 0
    assert policy.exit_code(report(warns, Verdict(finding(malware=True), "ignored"))) == 0
    assert policy.exit_code(report(fails, problem=True)) == 1
    assert policy.exit_code(report(warns, problem=True)) == 3
    assert policy.exit_code(report(elsewhere=True)) == 3
    assert policy.exit_code(report(fails, malware, problem=True)) == 4
    assert policy.exit_code(Report(())) == 3
