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
    Rule,
    Severity,
    Status,
    Verdict,
)
from pip_assay.policy import Group, Ignore, Policy
from pip_assay.records import Advisory

PROBLEM = Problem("empty", "holds nothing")


def finding(severity: Severity = "high", *, malware: bool = False) -> Finding:
    dependency = Dependency(Pin(PYPI, "project", "1.0"), Place("requirements.txt", 1))
    own = ("MAL-2026-1", "MAL-2026-2") if malware else ()
    records = tuple(Advisory(name) for name in ("PYSEC-1", *own))
    aliases = ("CVE-2020-1", "GHSA-aaaa", *own, "MAL-2026-3")
    return Finding("PYSEC-1", aliases, dependency, records, severity, malware=malware)


def report(*verdicts: Verdict, problem: bool = False, elsewhere: bool = False) -> Report:
    audit = Audit(Inventory("t", "k"), verdicts, problems=(PROBLEM,) if problem else ())
    return Report((audit,), (PROBLEM,) if elsewhere else ())


@pytest.mark.parametrize("rule", ["PYSEC-1", "CVE-2020-1", "ghsa-AAAA"])
def test_an_ignore_matches_any_alias_and_keeps_the_finding(rule: str) -> None:
    """Promise 5: an ignored finding stays, with the rule that silenced it."""
    (verdict,) = policy.verdicts([finding()], Policy(ignores=(Ignore(rule, rule=f"--ignore-vuln {rule}"),)))
    assert (verdict.status, verdict.rule) == ("ignored", f"--ignore-vuln {rule}")
    assert verdict.finding == finding()


def ignoring(*identifiers: str) -> Policy:
    return Policy(ignores=tuple(Ignore(each, rule=f"--ignore-vuln {each}") for each in identifiers))


@pytest.mark.parametrize("rule", ["MAL-2026-1", "mal-2026-2"])
def test_malware_is_ignored_by_its_own_id(rule: str) -> None:
    """A false report must be possible to accept, whatever else is ignored."""
    (verdict,) = policy.verdicts([finding(malware=True)], ignoring("PYSEC-1", rule))
    assert verdict == Verdict(finding(malware=True), "ignored", f"--ignore-vuln {rule}")


@pytest.mark.parametrize("rule", ["PYSEC-1", "CVE-2020-1", "ghsa-AAAA", "MAL-2026-3"])
def test_no_other_name_silences_malware(rule: str) -> None:
    """Who ignores a flaw by a GHSA or CVE did not say that no malware is meant; the verdict says which id would."""
    limit = ignoring(rule)._replace(fail_on=policy.threshold(["critical"]))
    (verdict,) = policy.verdicts([finding(malware=True)], limit)
    reason = "does not silence malware; if the report is wrong, name MAL-2026-1 or MAL-2026-2"
    assert verdict == Verdict(finding(malware=True), "fails", f"--ignore-vuln {rule}", reason)
    assert policy.exit_code(report(verdict)) == 4
    (without,) = policy.verdicts([finding(malware=True)], ignoring("PYSEC-9"))
    assert without == Verdict(finding(malware=True), "fails")


@pytest.mark.parametrize(
    ("severity", "threshold", "expected"),
    [
        ("low", [], "fails"), ("none", [], "fails"), ("high", ["high"], "fails"), ("critical", ["high"], "fails"),
        ("medium", ["high"], "warns"), ("none", ["low"], "warns"), ("unknown", ["critical"], "fails"),
    ],
)  # fmt: skip
def test_a_threshold_fails_at_its_severity_and_above_and_on_unknown(
    severity: Severity, threshold: list[str], expected: Status
) -> None:
    """Unknown severity never passes a threshold; the rule is named where it decided."""
    rules = Policy(policy.threshold(threshold), "--fail-on x")
    (verdict,) = policy.verdicts([finding(severity)], rules)
    assert verdict.status == expected
    assert verdict.rule == ("--fail-on x" if threshold and severity != "unknown" else "")


BUNDLED = Group("bundled", policy.threshold(["critical"]), "fail-on critical of bundled (pyproject.toml:12)")


def carried(severity: Severity, *, malware: bool = False, groups: tuple[str, ...] = ()) -> Finding:
    made = finding(severity, malware=malware)
    return made._replace(dependency=made.dependency._replace(inside=Pin(PYPI, "host", "1"), groups=groups))


@pytest.mark.parametrize("base", [Policy(), Policy(policy.threshold(["low"]), "--fail-on low")])
def test_what_is_inside_a_distribution_has_a_threshold_of_its_own(base: Policy) -> None:
    """It holds for that alone, and whatever its groups; unknown meets it, and malware always does."""
    dev = Group("dev", policy.threshold(["never"]), "dev")
    rules = base._replace(bundled=BUNDLED, groups=(dev,))
    found = [
        carried("high"), carried("critical"), carried("unknown"), carried("low", malware=True),
        carried("critical", groups=("group:dev",)), finding("medium"),
    ]  # fmt: skip
    said = [each.status for each in policy.verdicts(found, rules)]
    assert said == ["warns", "fails", "fails", "fails", "fails", "fails"]
    assert policy.verdicts(found, rules)[0].rule == BUNDLED.rule
    without = [each.status for each in policy.verdicts(found, rules._replace(bundled=None, groups=()))]
    assert without == ["fails"] * 6


def test_a_threshold_of_what_is_inside_uses_its_lists() -> None:
    """A list of CVEs by which only that decides is looked at for its age, too."""
    rules = Policy(bundled=BUNDLED._replace(fail_on=policy.threshold(["exploited", "epss>=0.5"])))
    assert policy.uses(rules) == ("kev", "epss")
    assert policy.uses(Policy()) == ()


def test_malware_passes_no_threshold() -> None:
    """Malware always fails."""
    (verdict,) = policy.verdicts([finding("low", malware=True)], Policy(policy.threshold(["critical"])))
    assert verdict.status == "fails"


def test_of_a_rule_the_best_that_came_of_it_anywhere_counts() -> None:
    """A rule of a monorepo that one target uses is not idle for the others; strict rules that are idle fail."""
    used, over = Rule("a", "X", state="used"), Rule("a", "X", state="over", why="expired on 2026-01-01")
    unused = Rule("a", "X", state="unused", strict=True)
    assert policy.merged([unused, over, used, unused]) == (used,)
    assert policy.idle([unused, over]) == (over,)
    assert policy.idle([used, unused]) == ()
    audit = Audit(Inventory("t", "k"), rules=(unused,))
    assert policy.code_of(audit) == 0
    assert policy.exit_code(Report((audit,))) == 1
    assert policy.exit_code(Report((audit, Audit(Inventory("u", "k"), rules=(used,))))) == 0


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


INFORMS = Advisory("RUSTSEC-2026-1", informs="unmaintained")


@pytest.mark.parametrize("informs", ["unmaintained", "unsound"])
def test_a_record_that_calls_itself_no_flaw_warns(informs: str) -> None:
    """cargo-audit warns of informational advisories and exits with 0; whoever wants them to fail says so."""
    one = finding()._replace(advisories=(INFORMS._replace(informs=informs),))
    for base in (Policy(), Policy(fail_on=policy.threshold(["low"]))):
        (verdict,) = policy.verdicts([one], base)
        assert (verdict.status, verdict.reason) == ("warns", f"no flaw is reported: {informs}")
    (verdict,) = policy.verdicts([one], Policy(fail_on=policy.threshold(["any,informational"])))
    assert verdict.status == "fails"


def test_a_flaw_with_an_informational_record_among_others_fails() -> None:
    """One record that reports a flaw is enough, and so is malware."""
    both = finding()._replace(advisories=(INFORMS, Advisory("GHSA-1")))
    malware = finding(malware=True)._replace(advisories=(INFORMS,))
    assert [each.status for each in policy.verdicts([both, malware])] == ["fails", "fails"]
