"""How bad is it: CVSS vectors to scores, scores and words to bands, and the band of a group of records."""

from collections.abc import Iterable
from functools import lru_cache

from pip_assay.model import Severity
from pip_assay.records import Advisory, Rating

ORDER: tuple[Severity, ...] = ("critical", "high", "medium", "low", "unknown", "none")
"""Worst first. An unknown severity may be any, so it is not shown as harmless."""

RANK: dict[Severity, int] = {band: rank for rank, band in enumerate(reversed(ORDER))}
"""Higher is worse."""

_KINDS = ("CVSS_V4", "CVSS_V3", "CVSS_V2")  # the best standard first
_WORDS: dict[str, Severity] = {
    "critical": "critical",
    "high": "high",
    "important": "high",
    "moderate": "medium",
    "medium": "medium",
    "low": "low",
    "minor": "low",
    "negligible": "low",
    "none": "none",
}
# CVSS 4.0 specification, section 2: the metrics of the base score.
_BASE_METRICS = frozenset(("AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"))


@lru_cache(maxsize=8192)
def rate(kind: str, vector: str) -> Rating:
    """Return the rating of a vector; its score is None where the vector or its kind cannot be read.

    `kind` is OSV's severity type: "CVSS_V2", "CVSS_V3" (3.0 and 3.1) or "CVSS_V4".
    """
    from cvss.exceptions import CVSSError

    try:
        return Rating(kind, vector, _base_score(kind, vector.strip()))
    except CVSSError:
        return Rating(kind, vector, None)


def _base_score(kind: str, vector: str) -> float | None:
    from cvss import CVSS2, CVSS3, CVSS4

    if kind == "CVSS_V4":
        CVSS4(vector)
        # Its library lets threat and environmental metrics lower the score; the base score knows neither.
        prefix, *metrics = vector.split("/")
        base = [metric for metric in metrics if metric.partition(":")[0] in _BASE_METRICS]
        return float(CVSS4("/".join((prefix, *base))).base_score)
    if kind == "CVSS_V3":
        return float(CVSS3(vector).base_score)
    if kind == "CVSS_V2":
        return float(CVSS2(vector).base_score)
    return None


def band(score: float) -> Severity:
    """Return the band of a score (CVSS 3.1, section 5, and 4.0, section 6: qualitative severity rating scale)."""
    if score >= 9.0:
        return "critical"
    if score >= 7.0:
        return "high"
    if score >= 4.0:
        return "medium"
    return "low" if score >= 0.1 else "none"


def word(text: str) -> Severity:
    """Return the band that a database's own word means: "MODERATE" is medium; "unknown" for any other word."""
    return _WORDS.get(text.strip().lower(), "unknown")


def of(advisories: Iterable[Advisory]) -> tuple[Severity, float | None]:
    """Return the band and score of a group: the highest score of its records, else their worst word, else unknown.

    Each record counts with its best standard: CVSS 4 if it can be read, else 3, else 2.
    """
    members = tuple(advisories)
    scores = [score for score in map(_score, members) if score is not None]
    if scores:
        return band(max(scores)), max(scores)
    words = [word(advisory.word) for advisory in members if advisory.word]
    return max(words, key=RANK.__getitem__, default="unknown"), None


def _score(advisory: Advisory) -> float | None:
    for kind in _KINDS:
        scores = [rating.score for rating in advisory.ratings if rating.kind == kind and rating.score is not None]
        if scores:
            return max(scores)
    return None
