"""The table of CPython's flaws; the few lines of `is_open`, over packaging's versions, are the oracle."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.version import Version

from pip_assay import cpython, match, versions
from pip_assay.advisories import osv
from pip_assay.cpython import flaws as shape
from pip_assay.model import PYPI, PYTHON, Pin
from pip_assay.records import Advisory, Affected, Event

PROJECT = (PYTHON, "cpython")
TABLE = cpython.table()
FLAWS = TABLE.flaws
PHASES = ("a1", "a4", "a7", "b1", "b3", "rc1", "rc2", "")


def releases() -> Iterator[str]:
    """Yield the releases of every branch: some that came before its first, and all patch releases."""
    for branch, told in TABLE.branches.items():
        yield from (f"{branch}.0{phase}" for phase in PHASES)
        yield from (f"{branch}.{patch}" for patch in range(1, told["last"] + 1))


def is_open(flaw: Mapping[str, Any], text: str) -> bool:
    """Return whether a release has the flaw: it is below its branch's fix, or on a branch below the fixed ones."""
    release = Version(text)
    branch = release.release[:2]
    fixes = {fix.release[:2]: fix for fix in map(Version, flaw["fixed"])}
    if "introduced" in flaw and release < Version(flaw["introduced"]):
        return False
    if branch in fixes:
        return release < fixes[branch]
    alike = [each for each in fixes if each[0] == branch[0]]
    return not fixes or branch < max(alike or fixes)


def pin(version: str) -> Pin:
    return Pin(PYTHON, "cpython", version)


def found(version: str) -> dict[str, Advisory]:
    """Return what the table says of a release."""
    key = versions.key(PYTHON, version)
    ids = [each.advisory for each in cpython.claims()[PROJECT] if match.certainty(each, key, version)]
    return cpython.advisories(ids)


def names_of(version: str) -> set[str]:
    return {name for each in found(version).values() for name in (each.id, *each.aliases)}


# --- what is claimed ------------------------------------------------------------------------------


def test_claims_agree_with_brute_force() -> None:
    """For every flaw and every release the claim, and the advisory as match compiles it, say what the oracle says."""
    claims = {each.advisory: each for each in cpython.claims()[PROJECT]}
    assert claims.keys() == FLAWS.keys()
    for identifier, flaw in FLAWS.items():
        (affected,) = cpython.advisories([identifier])[identifier].affected
        compiled = match.claim(identifier, [affected])
        for release in releases():
            expected = "affected" if is_open(flaw, release) else None
            key = versions.key(PYTHON, release)
            assert match.certainty(claims[identifier], key, release) == expected, (identifier, release)
            assert match.certainty(compiled, key, release) == expected, (identifier, release)


def test_claims_for_releases_say_the_same_of_them() -> None:
    """What is left out concerns neither of them; a release that nobody can place may be any, so all are there."""
    every = cpython.claims()[PROJECT]
    several = [("3.16.0",), ("2.7.18",), ("3.11.7", "3.13.0"), ("3.15.0a1",)]
    for given in several:
        some = cpython.claims(given)[PROJECT]
        assert set(some) < set(every)
        for release in given:
            key = versions.key(PYTHON, release)
            said = [[each.advisory for each in of if match.certainty(each, key, release)] for of in (every, some)]
            assert said[0] == said[1]
    for unknown in ("", "3", "unknown", "3." + "9" * 5000):
        assert cpython.claims((unknown, "3.16.0"))[PROJECT] == every


@pytest.mark.parametrize(
    ("name", "affected", "others"),
    [
        # https://docs.python.org/release/3.11.10/whatsnew/changelog.html (gh-121285), and that of 3.10.15, 3.8.20
        (
            "CVE-2024-6232",
            ["3.11.9", "3.10.14", "3.8.19", "3.7.17", "3.12.5", "2.7.18"],
            ["3.11.10", "3.8.20", "3.14.0"],
        ),
        # https://docs.python.org/release/3.12.13/whatsnew/changelog.html (gh-144125): 3.9 had ended
        ("CVE-2026-1299", ["3.12.12", "3.9.25", "3.13.11"], ["3.12.13", "3.10.20", "3.13.12"]),
        # https://docs.python.org/release/3.9.16/whatsnew/changelog.html (gh-97514): "the default in 3.8 and earlier"
        ("CVE-2022-42919", ["3.9.15", "3.10.8"], ["3.8.16", "3.9.16", "3.10.9", "3.11.0"]),
        # "Starting in Python 3.12.0"; https://osv.dev/vulnerability/PSF-2024-14
        ("CVE-2024-12254", ["3.12.0", "3.12.8", "3.13.1"], ["3.11.14", "3.12.9", "3.13.2", "3.14.0"]),
        # https://docs.python.org/release/3.13.15/whatsnew/changelog.html (gh-143921), not in that of 3.12.14
        ("CVE-2025-15366", ["3.13.14", "3.12.15", "3.14.6"], ["3.13.15", "3.14.7", "3.15.0"]),
        # the rgbimg module ended with Python 2.5
        ("CVE-2010-1450", ["2.5.6"], ["2.6.0", "2.7.18", "3.0.1", "3.11.9"]),
        ("CVE-2008-5031", ["2.5.0", "3.0.0a1"], ["2.6.0", "2.7.0", "3.0.0"]),
        ("CVE-2024-7592", ["3.13.0rc1"], ["3.13.0rc2", "3.13.0"]),
    ],
)
def test_known_releases(name: str, affected: list[str], others: list[str]) -> None:
    """What python.org says of a release is what is found."""
    assert [each for each in (*affected, *others) if name in names_of(each)] == affected


def test_an_advisory_is_complete() -> None:
    """An advisory has names, a date, words, sources with addresses, and the fixes."""
    advisory = cpython.advisories(["PSF-2024-11", "PSF-0000-0"])["PSF-2024-11"]
    assert advisory.aliases == ("CVE-2024-6232",)
    assert advisory.published == "2024-09-03T12:29:00.102Z"
    assert advisory.word == "medium"
    assert "tarfile" in advisory.summary
    assert ("WEB", "https://www.cve.org/CVERecord?id=CVE-2024-6232") in advisory.references
    assert ("WEB", "https://docs.python.org/release/3.11.10/whatsnew/changelog.html") in advisory.references
    assert match.fixes(advisory, *PROJECT)[-2:] == ("3.12.6", "3.13.0rc2")
    assert match.because(advisory, pin("3.11.9")) == ">= 3.11.0a0, < 3.11.10"


def test_an_unknown_flaw_is_left_out() -> None:
    """An id that the table does not have gives nothing."""
    assert cpython.advisories(["PSF-0000-0"]) == {}


def test_related_by_any_name() -> None:
    """A flaw is found by its alias, and not where it is known already."""
    assert cpython.related(["CVE-2024-6232", "CVE-1"]).keys() == {"PSF-2024-11"}
    assert cpython.related(["CVE-2024-6232"], {"PSF-2024-11"}) == {}


def test_a_flaw_without_a_fix_is_open_from_then_on() -> None:
    """What no release fixes has no end."""
    flaw = {"fixed": [], "introduced": "3.14.0a1"}
    assert list(shape.stretches(flaw)) == [("3.14.0a1", "")]
    affected = (Affected(*PROJECT, ranges=shape.ranges(flaw)),)
    assert decided(affected, "3.13.9", "3.14.0", "3.99.0") == {
        "3.13.9": None,
        "3.14.0": "affected",
        "3.99.0": "affected",
    }


# --- what no release fixes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "name", "words"),
    [
        ("3.11.9", "PSF-2024-11", ""),
        ("3.12.15", "CVE-2025-15366", "no release fixes it on your branch, 3.12, yet"),
        ("3.9.25", "PSF-2026-8", "no release fixes it: Python 3.9 reached its end of life in 2025-10"),
        ("3.10.22", "CVE-2025-15366", "no release fixes it: Python 3.10 reached its end of life in 2026-10"),
        ("2.5.0", "PSF-2024-11", "no release fixes it on your branch, 2.5, yet"),
        ("main", "PSF-2024-11", ""),
    ],
)
def test_note(version: str, name: str, words: str) -> None:
    """Where no release of the branch has the fix, that is said, and whether one may still come."""
    assert cpython.note(pin(version), cpython.advisories([name])[name]) == words


def test_note_of_a_record_of_the_database() -> None:
    """A record without ranges of its own is known by its aliases; one that nobody knows says nothing."""
    assert "3.12, yet" in cpython.note(pin("3.12.1"), Advisory("X-1", ("CVE-2025-15366",)))
    assert cpython.note(pin("3.12.1"), Advisory("X-1")) == ""
    assert cpython.note(Pin(PYPI, "cpython", "3.12.1"), Advisory("CVE-2025-15366")) == ""


# --- the table itself -----------------------------------------------------------------------------


def test_releases_of_the_table_are_real() -> None:
    """Every release is one that a source names, in ascending order, one of a branch, and none comes before the flaw."""
    for identifier, flaw in FLAWS.items():
        fixed = flaw["fixed"]
        order = [Version(each) for each in fixed]
        assert order == sorted(order), identifier
        assert len({each.release[:2] for each in order}) == len(order), identifier
        for release in (*fixed, *([flaw["introduced"]] if "introduced" in flaw else [])):
            assert re.fullmatch(r"\d\.\d+\.\d+((a|b|rc)\d+)?", release), identifier
            assert Version(release).release[2] <= TABLE.branches[shape.branch_of(release)]["last"], identifier
            assert not Version(release).is_prerelease or Version(release).release[2] in {0, 5}, identifier
        assert not order or Version(flaw.get("introduced", "0")) < order[0], identifier


def test_lines_of_the_table_are_whole() -> None:
    """Every flaw has a summary of one short line, a date that the table covers, and sources; names are not shared."""
    for identifier, flaw in FLAWS.items():
        assert 20 < len(flaw["summary"]) <= 120, identifier
        assert not flaw["summary"].endswith("."), identifier
        assert flaw["published"][:10] <= cpython.as_of(), identifier
        assert flaw["sources"], identifier
        assert flaw.get("severity", "low") in {"low", "medium", "high", "critical"}, identifier
        assert flaw.keys() <= {
            "id", "aliases", "published", "summary", "severity", "introduced", "fixed", "sources"
        }, identifier  # fmt: skip
    assert FLAWS.keys().isdisjoint(TABLE.left_out)
    branches = list(TABLE.branches)
    assert branches == sorted(branches, key=Version)
    assert all(re.fullmatch(r"\d{4}-\d\d(-\d\d)?", told["end"]) for told in TABLE.branches.values())


def published(shared_data: Path) -> list[dict[str, Any]]:
    with ZipFile(shared_data / "Python/all.zip") as archive:
        return [json.loads(archive.read(name)) for name in archive.namelist()]


@pytest.mark.shared
def test_agrees_with_the_published_records(shared_data: Path) -> None:
    """The table has every record, or says why not, under the same names and date."""
    for record in published(shared_data):
        if record["id"] in TABLE.left_out:
            continue
        flaw = FLAWS[record["id"]]
        assert flaw["aliases"] == record.get("aliases", []), record["id"]
        assert flaw["published"] == record["published"], record["id"]


@pytest.mark.shared
def test_no_published_record_is_undecided(shared_data: Path) -> None:
    """Every record that is imported says surely which releases it affects."""
    for record in published(shared_data):
        for affected in osv.advisory(record).affected:
            claim = match.claim(record["id"], [affected])
            assert {span.certainty for span in claim.spans} == {"affected"}, record["id"]


# --- records of the repository alone --------------------------------------------------------------

FROM_THE_START = [Event("introduced", "0"), Event("fixed", "abc")]


def decided(affected: tuple[Affected, ...], *wanted: str) -> dict[str, str | None]:
    claim = match.claim("X-1", affected)
    return {each: match.certainty(claim, versions.key(PYTHON, each), each) for each in wanted}


def test_a_known_record_has_the_ranges_of_the_table() -> None:
    """A record of the table's flaw, by alias, affects what the table says and what the record lists."""
    affected = cpython.affected(["X-1", "CVE-2024-6232"], ["v3.14.0a1"], FROM_THE_START)
    assert decided(affected, "3.11.9", "3.11.10", "3.14.0a1") == {
        "3.11.9": "affected",
        "3.11.10": None,
        "3.14.0a1": "affected",
    }


def test_listed_tags_decide_for_an_unknown_record() -> None:
    """Tags are releases; a branch without any fix is listed by nobody, and affected; branches above are not."""
    tags = ["v3.13.0", "v3.13.1", "v3.11.0a3", "v3.11.5", "v3.14.0c1", "3.2", "legacy-trunk", "v3"]
    affected = cpython.affected(["X-1"], tags, FROM_THE_START)
    asked = ("3.13.1", "3.13.2", "3.11.5", "3.11.6", "3.12.4", "3.9.1", "3.14.0rc1", "3.14.0", "3.15.0")
    assert decided(affected, *asked) == {
        "3.13.1": "affected",
        "3.13.2": None,
        "3.11.5": "affected",
        "3.11.6": None,
        "3.12.4": "affected",
        "3.9.1": "affected",
        "3.14.0rc1": "affected",
        "3.14.0": None,
        "3.15.0": None,
    }  # fmt: skip


def test_a_flaw_with_a_beginning_affects_what_is_listed() -> None:
    """Where a commit brought the flaw in, branches that list nothing may come before it."""
    affected = cpython.affected(["X-1"], ["v3.13.0"], [Event("introduced", "abc")])
    assert decided(affected, "3.13.0", "3.12.4") == {"3.13.0": "affected", "3.12.4": None}


def test_commits_alone_decide_nothing() -> None:
    """A record that lists no release, and that the table does not have, is undecided for every release."""
    affected = cpython.affected(["X-1"], [], FROM_THE_START)
    assert decided(affected, "3.13.0") == {"3.13.0": "undecided"}


def test_what_the_table_leaves_out_affects_nothing() -> None:
    """A record that the table leaves out, with its reason, names no release."""
    assert cpython.affected(["PSF-2023-4"], ["v3.11.4"], FROM_THE_START) == ()


def of_repository(address: str | None) -> dict[str, Any]:
    """Return a record that names a repository and no package."""
    events = [{"introduced": "0"}]
    ranges = [{"type": "GIT", "repo": address, "events": events}]
    return {"id": "X-1", "affected": [{"versions": ["v3.11.2"], "ranges": ranges}]}


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/python/cpython",
        "http://GitHub.com/python/cpython.git",
        "git://github.com/python/cpython/",
        "github.com/python/cpython",
    ],
)
def test_records_of_the_repository_are_read(address: str) -> None:
    """An entry without a package whose range is of CPython's repository is about CPython."""
    (affected,) = osv.advisory(of_repository(address)).affected
    assert (affected.ecosystem, affected.name, affected.versions) == (PYTHON, "cpython", ("3.11.2",))


@pytest.mark.parametrize(
    "address", ["https://github.com/python/cpython-mirror", "https://x/github.com/python/cpython", "", None]
)
def test_records_of_other_repositories_are_not(address: str | None) -> None:
    """An entry without a package of another repository names no project, as before."""
    assert osv.advisory(of_repository(address)).affected == ()
    assert osv.advisory({"id": "X-1", "affected": [{"ranges": None}]}).affected == ()


@pytest.mark.parametrize("text", ["", "main", "3", "v3.1", "3.x.1"])
def test_what_is_no_version_is_of_no_branch(text: str) -> None:
    """A branch is two numbers."""
    assert shape.branch_of(text) == ""
