"""Laws of the order of versions. Oracles: packaging for PEP 440; the sentences of SemVer 2.0.0 for SemVer."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from pip_assay import versions
from pip_assay.model import PYPI

NUMBER = st.one_of(st.integers(0, 12), st.integers(190, 300), st.integers(0, 10**24)).map(str)
PHASE = st.sampled_from(["", "a1", ".alpha-2", "b", "-BETA.3", "rc4", "c5", "_pre6", "preview", "a0"])
POST = st.sampled_from(["", ".post", ".post1", "-2", "-r3", ".rev200", "_post_4", ".post0"])
DEV = st.sampled_from(["", ".dev", ".dev1", "-dev-250", "dev0"])
LOCAL = st.sampled_from(["", "+1", "+cu118", "+cu118.1", "+a.b_c-2", "+10", "+deb12u1", "+001", "+z"])


@st.composite
def pep440(draw: st.DrawFn) -> str:
    epoch = draw(st.sampled_from(["", "", "", "0!", "1!", "300!"]))
    release = ".".join(draw(st.lists(NUMBER, min_size=1, max_size=5)))
    release += draw(st.sampled_from(["", "", ".0", ".0.0"]))
    prefix = draw(st.sampled_from(["", "", "v", "V", " "]))
    return f"{prefix}{epoch}{release}{draw(PHASE)}{draw(POST)}{draw(DEV)}{draw(LOCAL)}"


def key(text: str) -> bytes:
    found = versions.key(PYPI, text)
    assert found is not None, text
    return found


@given(pep440(), pep440())
def test_comparing_keys_is_comparing_versions(one: str, other: str) -> None:
    """PEP 440, "Summary of permitted suffixes and relative ordering": the order of keys is the order of versions."""
    assert (key(one) < key(other)) == (Version(one) < Version(other))
    assert (key(one) == key(other)) == (Version(one) == Version(other))


@given(st.one_of(pep440(), st.text(alphabet="0123456789.!+-_abcdeprvost ", max_size=14), st.text(max_size=6)))
def test_exactly_the_versions_of_pep_440_have_a_key(text: str) -> None:
    """What packaging refuses has no key, and what it accepts has one."""
    try:
        Version(text)
    except (InvalidVersion, ValueError):
        assert versions.key(PYPI, text) is None
    else:
        assert versions.key(PYPI, text) is not None


@given(pep440(), pep440())
def test_local_versions_lie_between_their_public_version_and_the_next(one: str, other: str) -> None:
    """PEP 440: a local version is above its public version and below every later release."""
    public = versions.public_key(PYPI, one)
    assert public is not None
    assert public == key(Version(one).public)
    assert public <= key(one) < public + versions.ABOVE_LOCALS
    if Version(other).public != Version(one).public and Version(other) > Version(Version(one).public):
        assert key(other) > public + versions.ABOVE_LOCALS


@given(pep440())
def test_every_version_lies_between_the_ends(text: str) -> None:
    """OSV: `introduced: "0"` is before everything, also before 0.dev0."""
    assert versions.START < key("0.dev0") <= max(key(text), key("0.dev0")) < versions.END


def test_a_number_beyond_every_real_one_has_no_key() -> None:
    """A version of thousands of digits is hostile: it is unreadable, not slow."""
    assert versions.key(PYPI, "1." + "9" * 5000) is None
    assert versions.key(PYPI, "1.0.post" + "9" * 90) is None
    assert versions.key("crates.io", "1.0." + "9" * 90) is None
    assert versions.key(PYPI, "0" * 500 + "1") == key("1")


# SemVer 2.0.0, item 11.2 and 11.4: the specification's own examples, in order.
SEMVER_IN_ORDER = [
    "0.0.0-0", "0.0.0", "0.0.1", "0.1.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
    "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1-0", "1.0.1", "1.9.0", "1.10.0", "1.11.0",
    "2.0.0", "2.1.0", "2.1.1", "200.0.0", "201.0.0", "70000.0.0",
]  # fmt: skip


def test_semver_precedence_is_the_specifications() -> None:
    """SemVer 2.0.0, item 11: all pairs of the examples, in order."""
    keys = [versions.key("crates.io", text) for text in SEMVER_IN_ORDER]
    for (low, one), (high, other) in itertools.combinations(zip(keys, SEMVER_IN_ORDER, strict=True), 2):
        assert low is not None
        assert high is not None
        assert low < high, (one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("1.0.0+a", "1.0.0+b"), ("1", "1.0.0"), ("1.2", "1.2.0"), ("v1.0.0", "1.0.0")]
)
def test_what_has_no_weight_in_semver(one: str, other: str) -> None:
    """SemVer 2.0.0, item 10: build metadata is ignored; OSV pads a short version with zeros."""
    assert versions.key("crates.io", one) == versions.key("crates.io", other)


IDENTIFIER = st.from_regex(
    re.compile(r"(0|[1-9][0-9]{0,3}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]{0,3})", re.ASCII), fullmatch=True
)
PRERELEASE = st.lists(IDENTIFIER, max_size=3)


def _precedence(numbers: tuple[int, ...], prerelease: list[str]) -> tuple[object, ...]:
    """SemVer 2.0.0, item 11, said as a tuple: numeric identifiers below alphanumeric, fewer below more."""
    fields = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in prerelease]
    return numbers, not prerelease, fields


@given(*(2 * [st.tuples(*(3 * [st.integers(0, 300)]))]), PRERELEASE, PRERELEASE)
def test_semver_order_is_items_9_to_11(
    one: tuple[int, ...], other: tuple[int, ...], first: list[str], second: list[str]
) -> None:
    """SemVer 2.0.0, item 11: precedence by numbers, then by pre-release identifiers from left to right."""
    texts = [".".join(map(str, n)) + ("-" + ".".join(p) if p else "") for n, p in ((one, first), (other, second))]
    low, high = (versions.key("crates.io", text) for text in texts)
    assert low is not None
    assert high is not None
    assert (low < high) == (_precedence(one, first) < _precedence(other, second))


def test_what_semver_does_not_allow_has_no_key() -> None:
    """SemVer 2.0.0, item 2: three numbers without leading zeros."""
    assert [versions.key("crates.io", text) for text in ("1.0.0.0", "01.0.0", "one", "")] == [None] * 4


@given(pep440())
def test_prereleases_are_those_of_packaging(text: str) -> None:
    """PEP 440: alphas, betas, candidates and development releases are pre-releases."""
    assert versions.is_prerelease(PYPI, text) == Version(text).is_prerelease


def test_semver_prereleases_have_a_hyphen() -> None:
    """SemVer 2.0.0, item 9."""
    assert versions.is_prerelease("crates.io", "1.0.0-rc.1")
    assert not versions.is_prerelease("crates.io", "1.0.0")
