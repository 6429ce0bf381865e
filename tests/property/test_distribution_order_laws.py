"""Laws of the orders of RPM, dpkg and apk. Oracles: tests/orders.py, which compares texts part by part."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import versions
from tests import orders

SMALL = st.sampled_from(["0", "1", "2", "9", "10", "00", "01", "010", "199", "200", "70000", "9" * 40, "0" * 120])
EPOCH = st.sampled_from(["", "", "0:", "1:", "02:", "300:"])


def texts(alphabet: str) -> st.SearchStrategy[str]:
    """Return texts over an alphabet, which is repeated so that they meet often."""
    return st.lists(st.one_of(st.sampled_from(alphabet), SMALL), min_size=1, max_size=8).map("".join)


def rows(alphabet: str, between: str) -> st.SearchStrategy[tuple[str, str]]:
    """Return two versions with an epoch, a row and perhaps a second row; they often begin alike."""
    row = texts(alphabet)
    last = st.one_of(st.just(""), row.map(lambda text: f"{between}{text}"))
    apart = st.tuples(EPOCH, row, last, EPOCH, row, last)
    return st.one_of(
        apart.map(lambda parts: ("".join(parts[:3]), "".join(parts[3:]))),
        st.tuples(row, apart).map(
            lambda both: (f"{both[0]}{both[1][1]}{both[1][2]}", f"{both[0]}{both[1][4]}{both[1][5]}")
        ),
        st.tuples(row, apart).map(lambda both: (f"{both[0]}{both[1][2]}", f"{both[0]}{both[1][4]}{both[1][5]}")),
    )


@st.composite
def apk_version(draw: st.DrawFn) -> str:
    """Return an apk version, parts of which are often missing."""
    suffix = st.sampled_from(["_alpha", "_beta", "_pre", "_rc", "_cvs", "_svn", "_git", "_hg", "_p"])
    parts = [
        draw(SMALL),
        *(f".{number}" for number in draw(st.lists(SMALL, max_size=3))),
        draw(st.sampled_from(["", "", "a", "b", "p2", "p02", "p10"])),
        *(f"{word}{number}" for word, number in draw(st.lists(st.tuples(suffix, st.just("") | SMALL), max_size=2))),
        draw(st.sampled_from(["", "", "~0", "~0a", "~ff", "~deadbeef"])),
        draw(st.just("") | SMALL.map(lambda number: f"-r{number}")),
    ]
    return "".join(parts[: draw(st.integers(1, len(parts)))])


def holds(ecosystem: str, compare: orders.Compare, one: str, other: str) -> None:
    """Assert that two keys compare as the versions do, and that no key begins with another; huge numbers have none."""
    first, second = versions.key(ecosystem, one), versions.key(ecosystem, other)
    if first is None or second is None:
        assert re.search("[1-9][0-9]{70}", one if first is None else other)
        return
    expected = compare(one, other)
    assert (first > second) - (first < second) == expected, (one, other)
    if expected < 0:
        assert first + versions.ABOVE_LOCALS < second
    assert min(first, second) > versions.START
    assert max(first, second) < versions.END


@given(rows("0129abzABZ._+~^", "-"))
def test_rpm_keys_compare_as_rpmvercmp(pair: tuple[str, str]) -> None:
    """RPM: epoch, then version, then release, each by numbers, words, "~" and "^"."""
    holds("AlmaLinux:8", orders.rpm, *pair)


@given(rows("0129abzABZ.+~", "-"))
def test_dpkg_keys_compare_as_dpkg(pair: tuple[str, str]) -> None:
    """deb-version(7): epoch, then upstream version, then revision, each by texts and numbers in turn."""
    holds("Debian:12", orders.dpkg, *pair)


@given(apk_version(), apk_version(), st.integers(0, 20))
def test_apk_keys_compare_as_apk(one: str, other: str, shared: int) -> None:
    """apk-package(5): number, letter, suffixes, hash and revision, in this order of weight."""
    holds("Alpine:v3.20", orders.apk, one, other)
    mixed = one[:shared] + other[shared:]
    if is_apk(mixed):
        holds("Alpine:v3.20", orders.apk, one, mixed)


def is_apk(text: str) -> bool:
    try:
        orders.apk_tokens(text)
    except ValueError:
        return False
    return True


@given(st.one_of(apk_version(), st.text(alphabet="0123.~_-rpabgit", max_size=10), st.text(max_size=4)))
def test_exactly_the_versions_of_apk_have_a_key(text: str) -> None:
    """apk-package(5): what its grammar does not allow is not placed."""
    assert (versions.key("Alpine", text) is not None) == is_apk(text)


@given(st.text(alphabet="01a:-~^._+ %é\n", max_size=8))
def test_what_rpm_and_dpkg_do_not_allow_is_not_placed(text: str) -> None:
    """An epoch is a number, rows are not empty and of the permitted signs, and RPM's have no hyphen."""
    epoch, colon, rest = text.partition(":")
    is_epoch = not colon or (epoch.isascii() and epoch.isdigit())
    rest = rest if colon else text
    version, *release = rest.split("-")
    signs = set("01a._+~^")
    is_rpm = is_epoch and len(release) < 2 and all(row and set(row) <= signs for row in (version, *release))
    assert (versions.key("AlmaLinux:8", text) is not None) == is_rpm
    upstream, *revision = rest.rsplit("-", 1)
    signs -= set("^_")
    is_dpkg = is_epoch and bool(upstream) and set(upstream) <= signs | set(":-")
    assert (versions.key("Debian", text) is not None) == (
        is_dpkg and all(row and set(row) <= signs for row in revision)
    )


@pytest.mark.parametrize("ecosystem", ["AlmaLinux:8", "Debian:12", "Alpine:v3.20"])
@given(text=st.text(max_size=12))
def test_no_text_breaks_an_order(ecosystem: str, text: str) -> None:
    """Whatever stands where a version should stand has a key or none."""
    found = versions.key(ecosystem, text)
    assert found is None or versions.START < found < versions.END
