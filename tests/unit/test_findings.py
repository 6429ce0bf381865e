"""Findings: one flaw is one finding; the fix that is named is one."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import findings, match
from pip_assay.model import PYPI, PYTHON, Dependency, Finding, Inventory, Match, Pin, Place, Signals
from pip_assay.records import Advisory, Affected, Certainty, Claim, Event, Range, Rating

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


shares = st.none() | st.sampled_from([0.0, 0.00042, 0.5, 0.97])


@st.composite
def said_of_cves(draw: st.DrawFn) -> dict[str, Signals]:
    """What lists say of a few CVEs: KEV is held for all of them or for none."""
    is_held, said = draw(st.booleans()), {}
    for number in draw(st.sets(st.integers(1, 5))):
        exploited = draw(st.booleans()) if is_held else None
        since = draw(st.sampled_from(["", "2021-11-03", "2025-01-01"])) if exploited else ""
        epss = draw(shares)
        percentile = None if epss is None else draw(st.sampled_from([0.1, 0.9]))
        said[f"CVE-{number}"] = Signals(exploited, since, bool(exploited) and draw(st.booleans()), epss, percentile)
    return said


@given(said_of_cves(), st.lists(st.integers(1, 8), max_size=4))
def test_signals_are_the_worst_of_the_cves_that_are_known(said: dict[str, Signals], own: list[int]) -> None:
    """Brute force over the ids and aliases: one exploited CVE is enough, none is so only where the list is held."""
    (found,) = findings.with_signals(find(advisory("PYSEC-1", *(f"CVE-{number}" for number in own))), said)
    known = [said[name] for name in {f"CVE-{number}" for number in own} if name in said]
    got = found.signals
    assert (got.exploited is True) == any(each.exploited is True for each in known)
    assert (got.exploited is None) == all(each.exploited is None for each in known)
    assert got.ransomware == any(each.ransomware for each in known)
    days = [each.since for each in known if each.exploited and each.since]
    assert got.since == (min(days) if days else "")
    scored = [(each.epss, each.percentile) for each in known if each.epss is not None]
    if not scored:
        assert (got.epss, got.percentile) == (None, None)
    else:
        assert (got.epss, got.percentile) in scored
        assert got.epss == max(epss for epss, _ in scored)


def test_without_lists_findings_stay_as_they_are() -> None:
    """Nothing is copied where nothing is known."""
    found = find(advisory("CVE-2020-1000"))
    assert findings.with_signals(found, {}) is found
    assert findings.identifiers(find(advisory("A-1", "CVE-1"), advisory("B-1"))) == {"A-1", "CVE-1", "B-1"}


def spoken(identifier: str, *cves: str, aliases: tuple[str, ...] = ()) -> Advisory:
    return advisory(identifier, *aliases)._replace(upstream=cves)


def test_records_that_speak_of_one_cve_stay_findings_of_their_own() -> None:
    """An erratum settles many flaws: what it speaks of is no alias, so it merges nothing, and is no name of it."""
    found = find(spoken("ALSA-1", "CVE-1", "CVE-2"), spoken("ALSA-2", "CVE-2"), advisory("PYSEC-1", "CVE-2"))
    assert [(each.id, each.aliases, findings.upstream(each)) for each in found] == [
        ("ALSA-1", (), ("CVE-1", "CVE-2")),
        ("ALSA-2", (), ("CVE-2",)),
        ("PYSEC-1", ("CVE-2",), ()),
    ]


def test_what_a_record_speaks_of_counts_for_use_in_attacks() -> None:
    """Exploited if any of the CVEs is, and the highest score of them all."""
    said = {
        "CVE-1": Signals(False, epss=0.9, percentile=0.99),
        "CVE-2": Signals(True, "2023-09-13", epss=0.1, percentile=0.2),
    }
    found = find(spoken("ALSA-1", "CVE-1", "CVE-2"))
    assert findings.identifiers(found) == {"ALSA-1", "CVE-1", "CVE-2"}
    assert findings.with_signals(found, said)[0].signals == Signals(True, "2023-09-13", False, 0.9, 0.99)


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (spoken("ALPINE-CVE-2022-37434", "CVE-2022-37434"), "CVE-2022-37434"),
        (spoken("ALPINE-CVE-2022-37434", "CVE-2022-37434", aliases=("CVE-2021-1",)), "CVE-2021-1"),
        (spoken("ALSA-2023:5309", "CVE-2023-4863"), "ALSA-2023:5309"),
        (spoken("ALPINE-CVE-2022-37434"), "ALPINE-CVE-2022-37434"),
    ],
)
def test_a_record_named_after_its_cve_is_known_by_it(record: Advisory, name: str) -> None:
    """Two errata may speak of the same one CVE of a package, and are two findings, with a fingerprint each."""
    assert findings.canonical(find(record)[0]) == name


@pytest.mark.parametrize(
    ("published", "modified", "exploited"),
    [
        ("2022-01-20T23:59:59Z", "2026-01-01T00:00:00Z", False),
        ("2022-01-21T00:00:00Z", "", None),
        ("2022-01-20T23:00:00-05:00", "", None),
        ("", "2022-01-20T00:00:00Z", False),
        ("", "2022-01-21T00:00:00Z", None),
        ("", "", False),
    ],
)
def test_a_list_that_is_older_than_a_record_cannot_say_no(
    published: str, modified: str, exploited: bool | None
) -> None:
    """What was published after the day of the list is unknown; what the list names, or no list knows, stays."""
    kev = "2022-01-20T12:00:00Z"
    dated = advisory("A-1", "CVE-1")._replace(published=published, modified=modified)
    (found,) = findings.with_signals(find(dated), {"CVE-1": Signals(False, epss=0.5, percentile=0.6)}, kev)
    assert found.signals == Signals(exploited, epss=0.5, percentile=0.6)
    for other in (Signals(True), Signals(None)):
        assert findings.with_signals(find(dated), {"CVE-1": other}, kev)[0].signals == other
    assert findings.with_signals(find(dated), {"CVE-1": Signals(False)})[0].signals == Signals(False)


def test_the_newest_record_of_a_finding_counts() -> None:
    """A list of the time between two records of one flaw may have been made before its CVE was."""
    records = [
        advisory("A-1", "CVE-1")._replace(published="2020-01-01T00:00:00Z"),
        advisory("B-1", "CVE-1")._replace(published="2024-01-01T00:00:00Z"),
    ]
    (found,) = findings.with_signals(find(*records), {"CVE-1": Signals(False)}, "2022-01-20T00:00:00Z")
    assert found.signals.exploited is None


def test_a_record_that_does_not_match_may_join_two_that_do() -> None:
    """Aliases are transitive: what two records call by the two names of a third is one flaw."""
    first, second = Advisory("PYSEC-1", ("CVE-1",)), Advisory("OSV-2", ("CVE-2",))
    between = Advisory("GHSA-x", ("CVE-1", "CVE-2"))
    of = Dependency(Pin(PYPI, "project", "1.0"), Place("requirements.txt", 1))
    matches = [Match(of, first), Match(of, second)]
    assert len(findings.components(matches)) == 2
    (group,) = findings.components(matches, findings.leaders([between]))
    assert [each.advisory.id for each in group] == ["PYSEC-1", "OSV-2"]


# --- what distributions carry -------------------------------------------------------------------

PIP, CONDA = Pin(PYPI, "pip", "22.3"), Pin(PYPI, "conda", "4.1")


def of_carriers(*carriers: Pin | None, copies: int = 1) -> tuple[tuple[Finding, ...], findings.Claims]:
    """Return the findings of one flaw of one release, there by itself or inside of each of the carriers."""
    record = advisory("PYSEC-1", fixed=["2.0"])
    listed = [
        Dependency(Pin(PYPI, "project", "1.0"), Place(f"{each.name if each else 'own'}{copy}"), inside=each)
        for each in carriers
        for copy in range(copies)
    ]
    listed += [Dependency(each, Place("METADATA"), direct=True) for each in carriers if each]
    matches = [Match(each, record) for each in listed if each.pin.name == "project"]
    found = findings.findings(Inventory(".venv", "environment", tuple(listed)), matches, claims(record), {})
    return found, claims(record)


def test_a_flaw_is_a_finding_for_each_that_carries_it() -> None:
    """The copy inside pip has another way in and another way out than the release that the target installs."""
    found, _ = of_carriers(PIP, None, CONDA, copies=2)
    assert [each.dependency.inside for each in found] == [None, CONDA, PIP]
    assert [each.paths for each in found] == [(("project",),), (("conda", "project"),), (("pip", "project"),)]
    assert [[place.file for place in each.places] for each in found] == [
        ["own0", "own1"], ["conda0", "conda1"], ["pip0", "pip1"],
    ]  # fmt: skip
    assert {each.fixed_in for each in found} == {("2.0",)}


def test_the_order_of_a_target_s_carriers_changes_nothing() -> None:
    """Promise 6: the same bytes, whichever carrier was read first."""
    assert of_carriers(None, PIP, CONDA)[0] == of_carriers(CONDA, None, PIP)[0]


def test_what_is_inside_a_distribution_has_no_upgrade_of_its_own() -> None:
    """Nobody can put another release into a wheel: what fixes it is named, and no upgrade offered."""
    found, said = of_carriers(PIP, None)
    (upgrade,) = findings.upgrades(found, said)
    assert (upgrade.name, upgrade.new, upgrade.places) == ("project", "2.0", (Place("own0"),))
    assert findings.upgrades(of_carriers(PIP, CONDA)[0], said) == ()


def test_the_fingerprint_tells_carriers_apart_and_not_their_releases() -> None:
    """An alert on the copy inside pip is another one, and survives an upgrade of pip that settles nothing."""
    found, _ = of_carriers(PIP, CONDA, None)
    assert len({findings.fingerprint(each, "f") for each in found}) == 3
    (older,), (newer,) = of_carriers(PIP)[0], of_carriers(PIP._replace(version="23.0"))[0]
    assert findings.fingerprint(older, "f") == findings.fingerprint(newer, "f")


def of_interpreter(*fixes: str, version: str = "3.11.9") -> tuple[tuple[Finding, ...], findings.Claims]:
    """Return the findings of flaws of CPython, each introduced long ago and fixed in one release of each branch."""
    pin = Pin(PYTHON, "cpython", version)
    dependency = Dependency(pin, Place("pyvenv.cfg"))
    records = []
    for number, text in enumerate(fixes):
        ranges = [
            Range("ECOSYSTEM", (Event("introduced", f"{fix.rpartition('.')[0]}.0"), Event("fixed", fix)))
            for fix in text.split()
        ]
        own = Range("ECOSYSTEM", (Event("introduced", "3.11.0"), Event("limit", "3.12.0a1")))
        is_own = any(fix.startswith("3.11.") for fix in text.split())
        records.append(
            Advisory(
                f"PSF-{number}", affected=(Affected(PYTHON, "cpython", (), (*ranges, *([] if is_own else [own]))),)
            )
        )
    said = {(PYTHON, "cpython"): tuple(match.claim(each.id, each.affected) for each in records)}
    matches = [Match(dependency, each) for each in records]
    found = findings.findings(Inventory(".venv", "environment", (dependency,)), matches, said, {})
    return found, said


def test_an_interpreter_stays_on_its_branch_where_that_settles_something() -> None:
    """3.11.9 goes to 3.11.11, though 3.12.8 would settle one flaw more; where the branch has no fix, to the next."""
    found, said = of_interpreter("3.11.10 3.12.5", "3.11.11 3.12.6", "3.12.8")
    assert [each.fixed_in for each in found] == [("3.11.10", "3.12.5"), ("3.11.11", "3.12.6"), ("3.12.8",)]
    (upgrade,) = findings.upgrades(found, said)
    assert (upgrade.new, upgrade.settles) == ("3.11.11", ("PSF-0", "PSF-1"))
    (upgrade,) = findings.upgrades(*of_interpreter("3.12.8"))
    assert upgrade.new == "3.12.8"


@pytest.mark.parametrize(
    ("version", "fixed"),
    [("1.1.1k-15.el8_6", ("1:1.1.1k-16.el8_6",)), ("1:1.1.1k-15.el8_6", ("1:1.1.1k-16.el8_6",)), ("0:1.1.1k-15", ())],
)
def test_fixes_of_an_rpm_package_are_compared_as_the_package_says_its_epoch(
    version: str, fixed: tuple[str, ...]
) -> None:
    """Without one only version and release count: an older fix of epoch 1 is not above it."""
    pin = Pin("AlmaLinux:8", "openssl-libs", version)
    dependency = Dependency(pin, Place("sbom"))
    events = [("1:1.1.1g-1", "ALSA-1"), ("1:1.1.1k-16.el8_6", "ALSA-2")]
    records = {
        identifier: Advisory(
            identifier,
            affected=(Affected(*pin[:2], (), (Range("ECOSYSTEM", (Event("introduced", "0"), Event("fixed", fix))),)),),
        )
        for fix, identifier in events
    }
    said = {pin[:2]: tuple(match.claim(each.id, each.affected) for each in records.values())}
    hits, _ = match.hits([dependency], said)
    matches = [Match(dependency, records[hit.advisory]) for hit in hits]
    found = findings.findings(Inventory("w", "wheel", (dependency,)), matches, said, records)
    if fixed:
        assert [(each.id, each.fixed_in) for each in found] == [("ALSA-2", fixed)]
        assert [upgrade.new for upgrade in findings.upgrades(found, said)] == list(fixed)
    else:
        assert [each.id for each in found] == ["ALSA-1", "ALSA-2"]
