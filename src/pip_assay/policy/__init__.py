"""What to make of findings: which fail, which are silenced, and by which rule. Policy never drops anything.

nouns.py       what a policy is made of
ignores.py     decisions about single flaws, and the bounds within which they hold
thresholds.py  what fails: severity, exploitation, whether a fix is known
baseline.py    what this change introduces, and what was there before
"""

from collections.abc import Iterable, Sequence

from pip_assay.model import Audit, Data, Dependency, Finding, NoticeKind, Report, Rule, RuleState, Verdict
from pip_assay.policy.nouns import EVERYTHING, JUSTIFICATIONS, NO_POLICY, Group, Ignore, Policy, Threshold

__all__ = ["EVERYTHING", "JUSTIFICATIONS", "NO_POLICY", "Group", "Ignore", "Policy", "Threshold", "threshold"]

NO_DATA = Data("none")
_STATES: tuple[RuleState, ...] = ("used", "over", "unused")


def verdicts(
    found: Iterable[Finding], policy: Policy = NO_POLICY, target: str = "", today: str = "", data: Data = NO_DATA
) -> tuple[Verdict, ...]:
    """Return the verdict of each finding of a target. `today` is a day, "2026-11-22"; `data` say what is held."""
    return tuple(_verdict(finding, policy, target, today, data) for finding in found)


def threshold(conditions: Iterable[str]) -> Threshold:
    """Return the threshold that the conditions make.

    Raises:
        ValueError: a condition is none, in words for a person.
    """
    from pip_assay.policy import thresholds

    return thresholds.threshold(conditions)


def fails_on(kind: NoticeKind, policy: Policy) -> bool:
    """Return whether a notice of this kind fails a target: what is quarantined does, the rest where asked to."""
    if kind in {"archived", "deprecated"}:
        return policy.fail_on_archived
    return kind == "quarantined" or (kind == "yanked" and policy.fail_on_yanked)


def is_internal(name: str, patterns: Sequence[str]) -> bool:
    """Return whether a normalised name is one of those that the patterns call one's own."""
    from fnmatch import fnmatchcase

    return any(fnmatchcase(name, pattern.lower().replace("_", "-").replace(".", "-")) for pattern in patterns)


def uses(policy: Policy) -> tuple[str, ...]:
    """Return the lists of CVEs by which a policy decides: "kev", "epss"."""
    limits = [policy.fail_on, *(each.fail_on for each in (*policy.groups, policy.bundled) if each)]
    used = {"kev": any(each.exploited for each in limits), "epss": any(each.epss is not None for each in limits)}
    return tuple(name for name, is_used in used.items() if is_used)


def _verdict(finding: Finding, policy: Policy, target: str, today: str, data: Data) -> Verdict:
    if not policy.ignores:
        return _judged(finding, policy, data)
    from pip_assay.policy import ignores

    made = ignores.applied(finding, target, policy.ignores, today)
    if each := made.by:
        return Verdict(finding, "ignored", each.rule, each.reason, each.expires, each.owner, each.justification)
    judged = _judged(finding, policy, data)
    if made.lapsed:
        return judged._replace(rule=", ".join(each.rule for each in made.lapsed), reason="; ".join(made.over))
    return judged


def _judged(finding: Finding, policy: Policy, data: Data) -> Verdict:
    """Return the verdict of a finding that nothing silences."""
    informs = _informs(finding)
    if policy.fail_on == EVERYTHING and not (policy.groups or policy.bundled or informs):
        return Verdict(finding, "fails")
    from pip_assay.policy import thresholds

    limits = _limits(finding.dependency, policy)
    if informs and not any(limit.informational for limit, _ in limits):
        return Verdict(finding, "warns", "", f"no flaw is reported: {informs}")
    for limit, rule in limits:
        if thresholds.fails(finding, limit, unknown=policy.unknown_fails):
            reason = thresholds.doubt(finding, limit, data)
            return Verdict(finding, "fails", rule if _is_rule_needed(finding, limit) else "", reason)
    return Verdict(finding, "warns", limits[0][1])


def _informs(finding: Finding) -> str:
    """Return what records say that call themselves informational, where no record of the finding reports a flaw.

    cargo-audit warns of these, and does not fail.
    """
    said = {each.informs for each in finding.advisories}
    return ", ".join(sorted(said)) if "" not in said and not finding.malware else ""


def _limits(dependency: Dependency, policy: Policy) -> list[tuple[Threshold, str]]:
    """Return the thresholds, of which one that is met is enough, and their rules: those of all of its groups.

    What is inside another release has one of its own, where there is such a one.
    """
    if dependency.inside and policy.bundled:
        return [policy.bundled[1:]]
    from pip_assay.policy import ignores

    by_group = {ignores.full(each.name): each[1:] for each in policy.groups}
    default = (policy.fail_on, policy.fail_on_rule)
    return [by_group.get(group, default) for group in dependency.groups] or [default]


def _is_rule_needed(finding: Finding, limit: Threshold) -> bool:
    return not finding.malware and finding.severity != "unknown" and limit.words not in {"", "any"}


def rules(found: Iterable[Finding], policy: Policy, target: str, today: str) -> tuple[Rule, ...]:
    """Return each ignore of a target's policy, and what came of it there."""
    every = tuple(found)
    return tuple(_rule(each, every, policy, target, today) for each in policy.ignores)


def _rule(ignore: Ignore, found: Iterable[Finding], policy: Policy, target: str, today: str) -> Rule:
    from pip_assay.policy import ignores

    spoken = [each for each in found if ignores.fits(ignore, each, target)]
    over = [why for each in spoken if (why := ignores.over(ignore, each, target, policy.ignores, today))]
    state: RuleState = "unused" if not spoken else "over" if len(over) == len(spoken) else "used"
    return Rule(
        ignore.rule,
        ignore.id,
        ignore.reason,
        ignore.expires,
        ignore.owner,
        state,
        over[0] if state == "over" else "",
        policy.strict_ignores,
    )


def merged(told: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return each rule once, with the best that came of it in any target: used, over, unused."""
    best: dict[tuple[str, str], Rule] = {}
    for each in told:
        known = best.setdefault((each.name, each.id), each)
        if _STATES.index(each.state) < _STATES.index(known.state):
            best[each.name, each.id] = each
    return tuple(best.values())


def idle(told: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules that silence nothing in any target: those that are over, and those that match nothing."""
    return tuple(each for each in merged(told) if each.state != "used")


def exit_code(report: Report) -> int:
    """Return the exit code that the report deserves: 4 malware, 1 findings, 3 incomplete, 0 clean."""
    from pip_assay.errors import FINDINGS, INCOMPLETE

    codes = [*map(code_of, report.audits)]
    if any(rule.strict for rule in idle(rule for audit in report.audits for rule in audit.rules)):
        codes.append(FINDINGS)
    return worst([*codes, *([INCOMPLETE] * incomplete(report))])


def code_of(audit: Audit) -> int:
    """Return the exit code that one target deserves, whatever becomes of its rules elsewhere."""
    from pip_assay.errors import CLEAN, FINDINGS, INCOMPLETE, MALWARE

    failing = [verdict for verdict in audit.verdicts if verdict.status == "fails"]
    if any(verdict.finding.malware for verdict in failing):
        return MALWARE
    if failing or any(notice.fails for notice in audit.notices):
        return FINDINGS
    return INCOMPLETE if audit.problems else CLEAN


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of a whole whose parts deserve these: malware beats findings, those beat incomplete."""
    from pip_assay.errors import CLEAN, FINDINGS, INCOMPLETE, MALWARE

    order = (CLEAN, INCOMPLETE, FINDINGS, MALWARE)
    return max(codes, key=order.index, default=INCOMPLETE)


def incomplete(report: Report) -> bool:
    """Return whether something was not looked at. No target at all is nothing looked at."""
    return bool(report.problems or not report.audits or any(audit.problems for audit in report.audits))
