"""What fails: severity, known exploitation, its probability, and whether a fix is known. A threshold hides nothing."""

import re
from collections.abc import Iterable

from pip_assay import severity
from pip_assay.findings import identifiers
from pip_assay.model import Data, Finding, Severity
from pip_assay.policy.nouns import EVERYTHING, Threshold

_TOO_OLD = "KEV is of an earlier day; see db update --signals"
_NOT_SCORED = "EPSS does not score it"
_OTHER_DAY = "EPSS is of its own day alone"

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
CONDITIONS = (*SEVERITIES, "exploited", "epss>=NUMBER", "fixable", "informational", "any", "never")


def threshold(conditions: Iterable[str]) -> Threshold:
    """Return the threshold that the conditions make; of two severities or probabilities the lower counts.

    Raises:
        ValueError: a condition is none, or "any" or "never" stands beside another; in words for a person.
    """
    made, written = EVERYTHING, [part.strip() for text in conditions for part in text.split(",") if part.strip()]
    for text in written:
        made = _with(made, text)
    alone = {"any", "never"}.intersection(written)
    if alone and len({*written} - {"informational"}) > 1:
        raise ValueError(f"{min(alone)!r} does not go with other conditions")
    return made._replace(words=", ".join(written))


def _with(made: Threshold, text: str) -> Threshold:
    if text in SEVERITIES:
        known = [band for band in SEVERITIES if band in {text, made.severity}]
        return made._replace(severity=known[0])
    if text == "exploited":
        return made._replace(exploited=True)
    if text == "fixable":
        return made._replace(fixable=True)
    if text == "informational":
        return made._replace(informational=True)
    if text == "never":
        return made._replace(never=True)
    if text == "any":
        return made
    found = re.fullmatch(r"epss\s*>=\s*([0-9]+(?:\.[0-9]+)?)\s*(%?)", text)
    least = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= least <= 1:
        raise ValueError(f"{text!r} is not a condition; choose from: {', '.join(CONDITIONS)}")
    return made._replace(epss=least if made.epss is None else min(made.epss, least))


def fails(finding: Finding, limit: Threshold, *, unknown: bool = True) -> bool:
    """Return whether a finding meets the threshold. Malware always does; `unknown`: so does what is not known."""
    if finding.malware:
        return True
    if limit.never or (limit.fixable and not finding.fixed_in):
        return False
    met = _conditions(finding, limit, unknown=unknown)
    return any(met) if met else True


def doubt(finding: Finding, limit: Threshold, data: Data) -> str:
    """Return what is not known of a finding that fails for nothing else, and why.

    Empty where something known is met.
    """
    if finding.malware or limit == EVERYTHING or any(_conditions(finding, limit, unknown=False)):
        return ""
    signals, why = finding.signals, _OTHER_DAY if data.as_of else _NOT_SCORED
    asked = (
        ("whether it is exploited", limit.exploited and signals.exploited is None, data.kev, _TOO_OLD),
        (
            "how likely it is to be exploited",
            limit.epss is not None and signals.epss is None,
            data.epss or data.as_of,
            why,
        ),
    )
    is_named = any(name.startswith("CVE-") for name in identifiers([finding]))
    open_ones: dict[str, list[str]] = {}
    for what, is_open, date, held in asked:
        if is_open:
            reason = (held if is_named else "it has no CVE") if date else "see db update --signals"
            open_ones.setdefault(reason, []).append(what)
    return "; ".join(f"{' and '.join(whats)} is not known: {reason}" for reason, whats in open_ones.items())


def _conditions(finding: Finding, limit: Threshold, *, unknown: bool) -> list[bool]:
    return [*_severe(finding, limit, unknown), *_attacked(finding, limit, unknown)]


def _severe(finding: Finding, limit: Threshold, unknown: bool) -> Iterable[bool]:
    if limit.severity:
        is_known = finding.severity != "unknown"
        yield severity.RANK[finding.severity] >= severity.RANK[limit.severity] if is_known else unknown


def _attacked(finding: Finding, limit: Threshold, unknown: bool) -> Iterable[bool]:
    signals = finding.signals
    if limit.exploited:
        yield unknown if signals.exploited is None else signals.exploited
    if limit.epss is not None:
        yield unknown if signals.epss is None else signals.epss >= limit.epss
