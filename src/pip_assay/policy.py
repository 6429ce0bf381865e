"""What to make of findings: which fail, which are ignored, and by which rule. Policy never drops anything."""

from collections.abc import Iterable, Sequence

from pip_assay import severity
from pip_assay.model import Finding, Report, Severity, Verdict


def verdicts(
    found: Iterable[Finding], *, ignored: Sequence[str] = (), fail_on: Severity | None = None
) -> tuple[Verdict, ...]:
    """Return the verdict of each finding.

    ignored   ids or aliases, in any letter case.
    fail_on   the least severity that fails; None: every finding fails. Unknown severity and malware always fail.
    """
    rules = {identifier.casefold(): identifier for identifier in ignored}
    return tuple(_verdict(finding, rules, fail_on) for finding in found)


def unused(found: Iterable[Finding], ignored: Iterable[str]) -> tuple[str, ...]:
    """Return the ignore rules that match no finding, as they were given."""
    seen = {name.casefold() for finding in found for name in (finding.id, *finding.aliases)}
    return tuple(identifier for identifier in dict.fromkeys(ignored) if identifier.casefold() not in seen)


def _verdict(finding: Finding, rules: dict[str, str], fail_on: Severity | None) -> Verdict:
    for name in (finding.id, *finding.aliases):
        if rule := rules.get(name.casefold()):
            return Verdict(finding, "ignored", f"--ignore-vuln {rule}")
    if finding.malware or fail_on is None or finding.severity == "unknown":
        return Verdict(finding, "fails")
    if severity.RANK[finding.severity] >= severity.RANK[fail_on]:
        return Verdict(finding, "fails", f"--fail-on {fail_on}")
    return Verdict(finding, "warns", f"--fail-on {fail_on}")


def exit_code(report: Report) -> int:
    """Return the exit code that the report deserves: 4 malware, 1 findings, 3 incomplete, 0 clean."""
    from pip_assay.errors import CLEAN, FINDINGS, INCOMPLETE, MALWARE

    failing = [verdict for audit in report.audits for verdict in audit.verdicts if verdict.status == "fails"]
    if any(verdict.finding.malware for verdict in failing):
        return MALWARE
    if failing or any(notice.fails for audit in report.audits for notice in audit.notices):
        return FINDINGS
    if incomplete(report):
        return INCOMPLETE
    return CLEAN


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of a whole whose parts deserve these: malware beats findings, those beat incomplete."""
    from pip_assay.errors import CLEAN, FINDINGS, INCOMPLETE, MALWARE

    order = (CLEAN, INCOMPLETE, FINDINGS, MALWARE)
    return max(codes, key=order.index, default=INCOMPLETE)


def incomplete(report: Report) -> bool:
    """Return whether something was not looked at. No target at all is nothing looked at."""
    return bool(report.problems or not report.audits or any(audit.problems for audit in report.audits))
