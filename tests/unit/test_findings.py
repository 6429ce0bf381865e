"""Findings: one flaw is one finding; the fix that is named is one."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from pip_assay import findings, match
from pip_assay.model import (
    PYPI,
    Advisory,
    Affected,
    Certainty,
    Claim,
    Dependency,
    Event,
    Finding,
    Inventory,
    Match,
    Pin,
    Place,
    Range,
    Rating,
)

HERE = Place("requirements.txt", 1)


def advisory(
    identifier: str, *aliases: str, fixed: Sequence[str] = (), start: str = "0", score: float | None = None
) -> Advisory:
    events = (Event("introduced", start), *(Event("fixed", text) for text in fixed))
    ratings = (Rating("CVSS_V3", "vector", score),) if score is not None else ()
    affected = (Affected(PYPI, "project", (), (Range("ECOSYSTEM", events),)),)
    return Advisory(identifier, aliases, ratings=ratings, affected=affected)


def claims(*records: Advisory) -> dict[tuple[str, str], tuple[Claim, ...]]:
    return {(PYPI, "project"): tuple(match.claim(each.id, each.affected) for each in records)}


def find(*records: Advisory, version: str = "1.0", related: Sequence[Advisory] = ()) -> tuple[Finding, ...]:
    dependency = Dependency(Pin(PYPI, "project", version), HERE)
    known = {each.id: each for each in (*records, *related)}
    matches = [Match(dependency, each) for each in records]
    inventory = Inventory("requirements.txt", "requirements", (dependency,))
    return findings.findings(inventory, matches, claims(*records, *related), known)


def test_aliases_merge_however_long_the_chain() -> None:
    """Aliases are symmetric and transitive: {a}, {a,h}, {b,h}, {b} are one flaw."""
    found = find(advisory("A-1"), advisory("A-2", "A-1", "H"), advisory("B-1", "H", "B-2"), advisory("B-2"))
    assert [(each.id, each.aliases) for each in found] == [("A-1", ("A-2", "B-1", "B-2", "H"))]


@given(st.lists(st.tuples(st.integers(0, 7), st.lists(st.integers(0, 9), max_size=3)), min_size=1, max_size=8))
def test_groups_are_the_connected_components(records: list[tuple[int, list[int]]]) -> None:
    """Brute force: records that share a name are merged until nothing changes."""
    given_records = [
        advisory(f"N-{own}", *(f"N-{alias}" for alias in aliases)) for own, aliases in dict(records).items()
    ]
    expected = [{each.id, *each.aliases} for each in given_records]
    merging = True
    while merging:
        merging = False
        for one in expected:
            for other in expected:
                if one is not other and one & other:
                    expected = [each for each in expected if each is not one and each is not other] + [one | other]
                    merging = True
                    break
            if merging:
                break
    found = [{each.id, *each.aliases} for each in find(*given_records)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))


def test_the_id_is_pysec_then_ghsa_then_others_then_cve() -> None:
    """Design, rules of matching: the id of a finding is deterministic, and every alias is listed."""
    every = ["CVE-2020-1", "GHSA-x", "OTHER-1", "PYSEC-2020-1"]
    records = [advisory(each, "CVE-2020-1") if each != "CVE-2020-1" else advisory(each) for each in every]
    for number, expected in enumerate(["PYSEC-2020-1", "GHSA-x", "OTHER-1", "CVE-2020-1"]):
        left = [each for each in records if each.id not in ["PYSEC-2020-1", "GHSA-x", "OTHER-1"][:number]]
        assert [each.id for each in find(*left)] == [expected]


def test_a_fix_is_one_that_every_record_of_the_group_accepts() -> None:
    """Where PYSEC says 2.0 and GHSA says 2.1, the fix is 2.1, and the disagreement is said."""
    (found,) = find(advisory("PYSEC-1", "GHSA-1", fixed=["2.0"]), advisory("GHSA-1", fixed=["2.1"]))
    assert found.fixed_in == ("2.1",)
    assert found.disagreement == ("fixed in 2.0 (PYSEC-1), 2.1 (GHSA-1)",)


def test_fixes_below_the_release_are_no_fixes() -> None:
    """A fix of an older branch is a downgrade, and not offered."""
    first = advisory("PYSEC-1", fixed=["0.9"])
    branch = Affected(PYPI, "project", (), (Range("ECOSYSTEM", (Event("introduced", "1"), Event("fixed", "1.5"))),))
    (found,) = find(first._replace(affected=(*first.affected, branch)))
    assert found.fixed_in == ("1.5",)


def test_a_record_that_contradicts_itself_is_told() -> None:
    """A record that lists as affected the release that it names as fixed has no fix, and the finding says why."""
    record = advisory("PYSEC-1", fixed=["2.0"])
    record = record._replace(affected=(record.affected[0]._replace(versions=("1.0", "2.0")),))
    (found,) = find(record)
    assert found.fixed_in == ()
    assert found.disagreement == ("PYSEC-1 names 2.0 as fixed, and as affected",)


def test_severity_is_the_highest_of_the_group_and_a_difference_is_said() -> None:
    """Design: the highest of the group's own vectors."""
    (found,) = find(advisory("PYSEC-1", "GHSA-1", score=5.0, fixed=["2"]), advisory("GHSA-1", score=9.8, fixed=["2"]))
    assert (found.severity, found.score) == ("critical", 9.8)
    assert found.disagreement == ("severity medium (PYSEC-1), critical (GHSA-1)",)


def test_a_record_of_the_group_that_does_not_match_is_a_disagreement() -> None:
    """A withdrawn member does not withdraw its group, and one that leaves the release out is named."""
    gone = advisory("GHSA-1")._replace(withdrawn="2024-01-01T00:00:00Z")
    narrow = advisory("OTHER-1", "FAR-1", start="5")
    elsewhere = advisory("FAR-1")._replace(affected=(Affected(PYPI, "another"),))
    stranger = advisory("NO-1", start="5")
    (found,) = find(advisory("PYSEC-1", "GHSA-1", "OTHER-1"), related=[gone, narrow, elsewhere, stranger])
    assert found.disagreement == ("GHSA-1 was withdrawn", "OTHER-1 does not include 1.0")
    assert found.aliases == ("FAR-1", "GHSA-1", "OTHER-1")


def test_malware_is_critical_and_marked() -> None:
    """MAL- records are a class of their own."""
    (found,) = find(advisory("MAL-2024-1", score=1.0))
    assert found.malware
    assert found.severity == "critical"


def test_one_place_each_and_certainty_of_the_surest() -> None:
    """A release written twice is one finding with both places; a sure record outweighs a possible one."""
    pin = Pin(PYPI, "project", "1.0")
    both = (Dependency(pin, Place("b.txt", 2)), Dependency(pin, Place("a.txt", 1)))
    records = [advisory("PYSEC-1", "GHSA-1"), advisory("GHSA-1")]
    sureness: tuple[Certainty, ...] = ("possible", "affected")
    matches = [Match(each, *known) for each in both for known in zip(records, sureness, strict=True)]
    (found,) = findings.findings(Inventory("t", "k", both), matches, claims(*records), {})
    assert found.places == (Place("a.txt", 1), Place("b.txt", 2))
    assert found.certainty == "affected"
    assert len(found.advisories) == 2


def test_an_upgrade_settles_every_finding_with_the_smallest_release() -> None:
    """The upgrade is the smallest release named as fixed that none of the project's records affects."""
    records = [
        advisory("A-1", fixed=["2.0"]),
        advisory("A-2", fixed=["2.1", "3.0"]),
        advisory("A-3", start="2.1", fixed=["2.2"]),
    ]
    found = find(*records[:2])
    (upgrade,) = findings.upgrades(found, claims(*records))
    assert (upgrade.new, upgrade.settles) == ("3.0", ("A-1", "A-2"))


def test_an_upgrade_settles_what_can_be_settled() -> None:
    """Where one flaw has no fix, the upgrade settles the others; where none has one, there is no upgrade."""
    found = find(advisory("A-1", fixed=["2.0"]), advisory("A-2"))
    (upgrade,) = findings.upgrades(found, claims(advisory("A-1", fixed=["2.0"]), advisory("A-2")))
    assert (upgrade.new, upgrade.settles) == ("2.0", ("A-1",))
    assert findings.upgrades(find(advisory("A-2")), claims(advisory("A-2"))) == ()


def test_a_final_release_is_preferred_to_a_prerelease() -> None:
    """Nobody on a final release is sent to a release candidate when a final one settles it as well."""
    record = advisory("A-1", fixed=["2.0rc1", "2.0"])
    assert findings.upgrades(find(record), claims(record))[0].new == "2.0"
    candidate = advisory("A-1", fixed=["2.0rc1"])
    assert findings.upgrades(find(candidate), claims(candidate))[0].new == "2.0rc1"
    assert findings.upgrades(find(record, version="1.0rc1"), claims(record))[0].new == "2.0rc1"
