"""Ignores: within which bounds they hold, what becomes of those that do not, and that nothing is dropped."""

from typing import Any

import pytest

from pip_assay import policy
from pip_assay.model import PYPI, Dependency, Finding, Pin, Place
from pip_assay.policy import Ignore, Policy, ignores
from pip_assay.records import Advisory

TODAY = "2026-11-22"


def finding(version: str = "1.0", groups: tuple[str, ...] = (), fixed: str = "", file: str = "uv.lock") -> Finding:
    dependency = Dependency(Pin(PYPI, "a-project", version), Place(file, 3), groups)
    fixes = (fixed,) if fixed else ()
    return Finding("PYSEC-1", ("CVE-2026-1", "GHSA-aaaa"), dependency, (), fixed_in=fixes, places=(dependency.place,))


def by(ignore: Ignore, of: Finding | None = None, target: str = "uv.lock") -> bool:
    """Return whether the ignore silences the finding."""
    return ignores.applied(of or finding(), target, [ignore], TODAY).by == ignore


@pytest.mark.parametrize(
    ("fields", "of", "silenced"),
    [
        ({"id": "cve-2026-1"}, finding(), True),
        ({"id": "CVE-2026-2"}, finding(), False),
        ({"package": "A_Project"}, finding(), True),
        ({"package": "other"}, finding(), False),
        ({"versions": "<2"}, finding("1.9"), True),
        ({"versions": "<2"}, finding("2.0"), False),
        ({"versions": "<2"}, finding("2.0rc1"), False),
        ({"versions": ">=1"}, finding("1.5rc1"), True),
        ({"versions": "===odd"}, finding("odd"), True),
        ({"versions": "<2"}, finding("odd"), False),
        ({"groups": ("dev",)}, finding(groups=("group:dev",)), True),
        ({"groups": ("dev",)}, finding(groups=("group:dev", "runtime")), False),
        ({"groups": ("dev", "runtime")}, finding(groups=("group:dev", "runtime")), True),
        ({"groups": ("extra:test",)}, finding(groups=("extra:test",)), True),
        ({"groups": ("dev",)}, finding(), False),
        ({"path": "services/*/uv.lock"}, finding(file="services/one/uv.lock"), True),
        ({"path": "./services/one/uv.lock"}, finding(file="./services/one/uv.lock"), True),
        ({"path": "services/*/uv.lock"}, finding(file="tools/uv.lock"), False),
        ({"expires": TODAY}, finding(), True),
        ({"expires": "2026-11-21"}, finding(), False),
        ({"until_fixed": True}, finding(), True),
        ({"until_fixed": True}, finding(fixed="1.1"), False),
    ],
)
def test_an_ignore_holds_within_its_bounds(fields: dict[str, Any], of: Finding, silenced: bool) -> None:
    """Every field that is set must fit; whoever is needed at run time is not only a development tool."""
    target = of.dependency.place.file
    assert by(Ignore(**{"id": "PYSEC-1", "reason": "x", **fields}), of, target) is silenced


@pytest.mark.parametrize(
    ("fields", "silenced"),
    [
        ({"package": "rsa_core"}, True),
        ({"package": "uv"}, True),
        ({"package": "UV"}, True),
        ({"package": "other"}, False),
        ({"package": "rsa_core", "versions": "<1"}, True),
        ({"package": "rsa_core", "versions": ">=1"}, False),
        ({"package": "uv", "versions": ">=1"}, True),
        ({"package": "uv", "versions": "<1"}, False),
        ({"versions": "<1"}, True),
        ({"versions": ">=1"}, False),
    ],
)
def test_an_ignore_may_name_what_is_inside_or_what_carries_it(fields: dict[str, Any], silenced: bool) -> None:
    """Versions are those of the package that is named; without one, those of what is flawed."""
    inside = Dependency(Pin("crates.io", "rsa_core", "0.9"), Place("uv.lock"), inside=Pin(PYPI, "uv", "1.2"))
    of = Finding("RUSTSEC-1", (), inside, ())
    assert by(Ignore(**{"id": "RUSTSEC-1", "reason": "x", **fields}), of) is silenced


def test_an_ignore_of_a_package_does_not_silence_its_copies_elsewhere() -> None:
    """Who accepts a flaw of pip's own copy has not looked at the release that the target installs, nor the reverse."""
    own = finding()
    copy = own._replace(dependency=own.dependency._replace(inside=Pin(PYPI, "pip", "22.3")))
    only_pip = Ignore("PYSEC-1", reason="x", package="pip")
    assert (by(only_pip, own), by(only_pip, copy)) == (False, True)


def test_a_lapsed_ignore_fails_again_and_says_why() -> None:
    """Expired, or a fix is known: the finding fails, and the rule is named."""
    rules = Policy(
        ignores=(
            Ignore("PYSEC-1", reason="later", expires="2026-10-01", rule="pyproject.toml:4"),
            Ignore("CVE-2026-1", reason="none yet", until_fixed=True, rule="pyproject.toml:9"),
        )
    )
    (verdict,) = policy.verdicts([finding(fixed="1.1")], rules, "uv.lock", TODAY)
    assert verdict.status == "fails"
    assert verdict.rule == "pyproject.toml:4, pyproject.toml:9"
    assert verdict.reason == "expired on 2026-10-01; was until fixed, and 1.1 is"


def test_a_later_ignore_that_holds_silences() -> None:
    """One that has lapsed does not stand in the way of one that holds; its reason, owner and end are told."""
    kept = Ignore("PYSEC-1", reason="not reachable", expires="2026-12-31", owner="ann", rule="pyproject.toml:9")
    rules = Policy(ignores=(Ignore("PYSEC-1", reason="x", expires="2020-01-01", rule="pyproject.toml:4"), kept))
    (verdict,) = policy.verdicts([finding()], rules, "uv.lock", TODAY)
    said = (verdict.status, verdict.rule, verdict.reason, verdict.until, verdict.owner)
    assert said == ("ignored", "pyproject.toml:9", "not reachable", "2026-12-31", "ann")
    assert verdict.finding == finding()


def test_malware_is_silenced_by_its_own_id_alone() -> None:
    """An alias that was ignored as a flaw lets no malware through; a false record can be accepted."""
    made = finding()._replace(
        id="GHSA-aaaa", aliases=("CVE-2026-1", "MAL-2026-1"), advisories=(Advisory("MAL-2026-1"),), malware=True
    )
    assert not by(Ignore("GHSA-aaaa", reason="x"), made)
    assert not by(Ignore("CVE-2026-1", reason="x"), made)
    assert by(Ignore("mal-2026-1", reason="a false report"), made)


def test_rules_tell_what_came_of_them() -> None:
    """Used, over, or unused: what matches nothing any more can be removed."""
    rules = Policy(
        ignores=(
            Ignore("PYSEC-1", reason="x", rule="a"),
            Ignore("CVE-2026-9", reason="x", rule="b"),
            Ignore("GHSA-aaaa", reason="x", expires="2020-01-01", rule="c"),
        ),
        strict_ignores=True,
    )
    told = policy.rules([finding()], rules, "uv.lock", TODAY)
    assert [(each.name, each.state, each.strict) for each in told] == [
        ("a", "used", True), ("b", "unused", True), ("c", "over", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "patterns", "expected"),
    [
        ("acme-web", ("acme-*",), True),
        ("acme-web", ("Acme_Web",), True),
        ("acme", ("acme-*",), False),
        ("x", (), False),
    ],
)
def test_names_of_ones_own_are_known_by_patterns(name: str, patterns: tuple[str, ...], expected: bool) -> None:
    """Patterns are written as people spell names."""
    assert policy.is_internal(name, patterns) is expected


def erratum(*cves: str, version: str = "1.0") -> Finding:
    """A finding of one erratum that speaks of these CVEs."""
    return finding(version)._replace(id="ALSA-1", aliases=(), advisories=(Advisory("ALSA-1", upstream=cves),))


@pytest.mark.parametrize(
    ("named", "status", "reason"),
    [
        (["ALSA-1"], "ignored", "x"),
        (["cve-2026-1", "CVE-2026-2"], "ignored", "x"),
        (["CVE-2026-1"], "fails", "does not silence CVE-2026-2, of which ALSA-1 speaks, too"),
        (["CVE-2026-3"], "fails", ""),
    ],
)
def test_an_erratum_is_ignored_by_its_id_or_by_all_its_cves(named: list[str], status: str, reason: str) -> None:
    """One erratum settles many flaws, and who accepts one of them has not looked at the others."""
    rules = Policy(ignores=tuple(Ignore(each, reason="x", rule=each) for each in named))
    (verdict,) = policy.verdicts([erratum("CVE-2026-1", "CVE-2026-2")], rules, "uv.lock", TODAY)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_an_ignore_that_does_not_hold_is_none_of_all() -> None:
    """Of two CVEs, one is ignored until yesterday, or in other releases: the erratum is not silenced."""
    for bounded in (Ignore("CVE-2026-2", expires="2026-11-21"), Ignore("CVE-2026-2", versions="<1")):
        rules = [Ignore("CVE-2026-1"), bounded]
        assert ignores.applied(erratum("CVE-2026-1", "CVE-2026-2"), "uv.lock", rules, TODAY).by is None
    assert by(Ignore("CVE-2026-1"), erratum("CVE-2026-1"))


def test_an_ignore_of_a_part_of_an_erratum_is_told_to_be_without_effect() -> None:
    """It is used where it silences something, else over, with what is missing."""
    rules = Policy(ignores=(Ignore("CVE-2026-1", reason="x", rule="r"),))
    part = erratum("CVE-2026-1", "CVE-2026-2")
    (alone,) = policy.rules([part], rules, "uv.lock", TODAY)
    (together,) = policy.rules([part, finding()], rules, "uv.lock", TODAY)
    assert (alone.state, alone.why) == ("over", "does not silence CVE-2026-2, of which ALSA-1 speaks, too")
    assert (together.state, together.why) == ("used", "")
