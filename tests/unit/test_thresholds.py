"""Thresholds: which findings fail; a condition that cannot be judged counts as met."""

import itertools

import pytest

from pip_assay import policy
from pip_assay.model import PYPI, UNKNOWN, Data, Dependency, Finding, Pin, Place, Severity, Signals
from pip_assay.policy import thresholds
from pip_assay.policy.nouns import EVERYTHING, Threshold
from pip_assay.policy.thresholds import threshold

ORDER: tuple[Severity, ...] = ("none", "low", "medium", "high", "critical")


def finding(
    severity: Severity = "high", signals: Signals = UNKNOWN, fixed: str = "", *, malware: bool = False
) -> Finding:
    dependency = Dependency(Pin(PYPI, "project", "1.0"), Place("requirements.txt", 1))
    return Finding(
        "PYSEC-1", (), dependency, (), severity, fixed_in=(fixed,) if fixed else (), malware=malware, signals=signals
    )


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ([], EVERYTHING),
        (["any"], Threshold(words="any")),
        (["high"], Threshold("high", words="high")),
        (["critical", "medium", "high"], Threshold("medium", words="critical, medium, high")),
        (["exploited", "fixable"], Threshold(exploited=True, fixable=True, words="exploited, fixable")),
        (["epss>=0.1"], Threshold(epss=0.1, words="epss>=0.1")),
        (["epss >= 10%", "epss>=0.5"], Threshold(epss=0.1, words="epss >= 10%, epss>=0.5")),
        (["never"], Threshold(never=True, words="never")),
    ],
)
def test_conditions_are_read(words: list[str], made: Threshold) -> None:
    """Of two severities, or two probabilities, the lower counts."""
    assert threshold(words) == made


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["hgih"], "'hgih' is not a condition; choose from: low, medium, high, critical, exploited, epss>=NUMBER"),
        (["epss>=1.5"], "is not a condition"),
        (["epss>0.1"], "is not a condition"),
        (["never", "high"], "'never' does not go with other conditions"),
        (["high", "any"], "'any' does not go with other conditions"),
    ],
)
def test_what_is_no_condition_is_refused(words: list[str], said: str) -> None:
    """A mistyped condition never means "nothing fails"."""
    with pytest.raises(ValueError, match="^" + said.replace("(", r"\(") if said[0] == "'" else said):
        threshold(words)


def test_a_severity_fails_at_it_and_above() -> None:
    """By brute force over all pairs of known severities."""
    for own, least in itertools.product(ORDER, ORDER[1:]):
        assert thresholds.fails(finding(own), threshold([least])) is (ORDER.index(own) >= ORDER.index(least))


@pytest.mark.parametrize("unknown", [True, False])
@pytest.mark.parametrize("words", ["critical", "exploited", "epss>=0.9"])
def test_what_is_unknown_counts_as_met_unless_told_otherwise(words: str, unknown: bool) -> None:
    """Unknown is never low."""
    assert thresholds.fails(finding("unknown"), threshold([words]), unknown=unknown) is unknown


def test_signals_are_conditions() -> None:
    """Known exploitation, and its probability; one condition that is met is enough."""
    quiet, loud = Signals(exploited=False, epss=0.01), Signals(exploited=True, epss=0.5)
    assert not thresholds.fails(finding(signals=quiet), threshold(["exploited"]))
    assert thresholds.fails(finding(signals=loud), threshold(["exploited"]))
    assert not thresholds.fails(finding(signals=quiet), threshold(["epss>=0.1"]))
    assert thresholds.fails(finding(signals=loud), threshold(["epss>=0.5"]))
    assert thresholds.fails(finding("high", quiet), threshold(["exploited", "high"]))
    assert not thresholds.fails(finding("low", quiet), threshold(["exploited", "high"]))


def test_fixable_narrows_the_other_conditions() -> None:
    """What nobody can settle does not fail; what can fails where the other conditions say so."""
    assert not thresholds.fails(finding("critical"), threshold(["fixable"]))
    assert thresholds.fails(finding("low", fixed="2.0"), threshold(["fixable"]))
    assert not thresholds.fails(finding("low", fixed="2.0"), threshold(["fixable", "high"]))


def test_malware_fails_whatever_the_threshold() -> None:
    """Malware is no matter of degree."""
    for words in (["never"], ["fixable"], ["critical"], ["exploited"]):
        assert thresholds.fails(
            finding("none", Signals(exploited=False), malware=True), threshold(words), unknown=False
        )


def test_the_strictest_group_decides() -> None:
    """A package of a development group and of the runtime is judged as both."""
    dev = policy.Group("dev", threshold(["critical"]), "fail-on critical of dev (pyproject.toml:3)")
    rules = policy.Policy(threshold(["high"]), "--fail-on high", (dev,))

    def status(*groups: str) -> tuple[str, str]:
        made = finding("high")
        (verdict,) = policy.verdicts([made._replace(dependency=made.dependency._replace(groups=groups))], rules)
        return verdict.status, verdict.rule

    assert status() == ("fails", "--fail-on high")
    assert status("group:dev") == ("warns", "fail-on critical of dev (pyproject.toml:3)")
    assert status("group:dev", "runtime") == ("fails", "--fail-on high")
    assert status("extra:test") == ("fails", "--fail-on high")


def test_what_fails_only_because_it_is_unknown_says_so() -> None:
    """Who asks for known exploitation without a list of it learns why everything fails."""
    (verdict,) = policy.verdicts([finding("low")], policy.Policy(threshold(["high", "exploited", "epss>=0.1"]), "r"))
    said = "whether it is exploited and how likely it is to be exploited is not known: see db update --signals"
    assert (verdict.status, verdict.rule, verdict.reason) == ("fails", "r", said)
    (known,) = policy.verdicts([finding("high")], policy.Policy(threshold(["high", "exploited"]), "r"))
    assert (known.status, known.rule, known.reason) == ("fails", "r", "")
    (quiet,) = policy.verdicts(
        [finding("low", Signals(exploited=False))], policy.Policy(threshold(["high", "exploited"]), "r")
    )
    assert quiet.status == "warns"


def test_no_rule_is_named_where_everything_fails() -> None:
    """Any says no more than nothing does."""
    (verdict,) = policy.verdicts([finding("low")], policy.Policy(threshold(["any"]), "fail-on any"))
    assert (verdict.status, verdict.rule, verdict.reason) == ("fails", "", "")


BOTH = "whether it is exploited and how likely it is to be exploited is not known"
OF_AN_EARLIER_DAY = "whether it is exploited is not known: KEV is of an earlier day; see db update --signals"


@pytest.mark.parametrize(
    ("aliases", "data", "reason"),
    [
        (
            (),
            Data("x"),
            "whether it is exploited and how likely it is to be exploited is not known: see db update --signals",
        ),
        (
            ("CVE-2026-1",),
            Data("x", kev="2022-01-20T00:00:00Z"),
            f"{OF_AN_EARLIER_DAY}; how likely it is to be exploited is not known: see db update --signals",
        ),
        (
            ("CVE-2026-1",),
            Data("x", kev="2026-01-20T00:00:00Z", epss="2026-01-20T00:00:00Z"),
            f"{OF_AN_EARLIER_DAY}; how likely it is to be exploited is not known: EPSS does not score it",
        ),
        (
            ("OSV-1",),
            Data("x", kev="2026-01-20T00:00:00Z", epss="2026-01-20T00:00:00Z"),
            f"{BOTH}: it has no CVE",
        ),
        (
            ("CVE-2026-1",),
            Data("x", kev="2026-01-20T00:00:00Z", as_of="2026-01-21"),
            f"{OF_AN_EARLIER_DAY}; how likely it is to be exploited is not known: EPSS is of its own day alone",
        ),
    ],
)
def test_why_it_is_unknown_is_said_too(aliases: tuple[str, ...], data: Data, reason: str) -> None:
    """Who holds the lists is not sent to fetch them: the flaw has no CVE, or the list does not know it."""
    rules = policy.Policy(threshold(["exploited", "epss>=0.1"]), "r")
    (verdict,) = policy.verdicts([finding("low")._replace(id="GHSA-1", aliases=aliases)], rules, data=data)
    assert (verdict.status, verdict.reason) == ("fails", reason)


def test_a_policy_uses_the_lists_that_any_of_its_conditions_asks_for() -> None:
    """Those of its groups, too."""
    group = policy.Group("dev", threshold(["epss>=0.5"]), "r")
    assert policy.uses(policy.NO_POLICY) == ()
    assert policy.uses(policy.Policy(threshold(["high"]), groups=(group,))) == ("epss",)
    assert policy.uses(policy.Policy(threshold(["exploited"]), groups=(group,))) == ("kev", "epss")
