"""Laws of comparing RPM packages that do not say their epoch. The oracle compares texts, with every epoch set to 0."""

from hypothesis import given
from hypothesis import strategies as st

from pip_assay import findings, match, versions
from pip_assay.model import Dependency, Inventory, Match, Pin, Place
from pip_assay.records import Advisory, Affected, Certainty, Event, Range
from tests import orders
from tests.conformance.test_version_vectors import vectors

ALMA = "AlmaLinux:8"
TEXTS = sorted({text.rpartition(":")[2] for one, _, other in vectors("rpm") for text in (one, other)} - {"0"})
RELEASE = st.sampled_from(TEXTS)
EPOCH = st.sampled_from(["", "0:", "1:", "02:", "199:", "200:", "70000:"])
BOUND = st.builds("{}{}".format, EPOCH, RELEASE)


def bare(text: str) -> str:
    """Return a version without its epoch: of epoch 0, to rpm."""
    return text.rpartition(":")[2]


def entry(*events: tuple[str, str], listed: tuple[str, ...] = ()) -> Affected:
    ranges = (Range("ECOSYSTEM", tuple(Event(*event) for event in events)),) if events else ()
    return Affected(ALMA, "openssl-libs", listed, ranges)


def judged(affected: Affected, version: str) -> Certainty | None:
    """Return what an audit says of a release of the project, as a finding would be made of it."""
    pin = Pin(ALMA, "openssl-libs", version)
    claims = {(pin.ecosystem, pin.name): [match.claim("X-1", [affected])]}
    hits, doubts = match.hits([Dependency(pin, Place("wheel"))], claims)
    assert doubts == []
    return hits[0].certainty if hits else None


@given(RELEASE, BOUND)
def test_a_release_is_below_a_fix_as_rpm_says_without_epochs(version: str, fixed: str) -> None:
    """Law: of the epoch of the bound nothing is left, of whatever size it is."""
    expected = "affected" if orders.rpm(version, bare(fixed)) < 0 else None
    assert judged(entry(("introduced", "0"), ("fixed", fixed)), version) == expected
    last = "affected" if orders.rpm(version, bare(fixed)) <= 0 else None
    assert judged(entry(("introduced", "0"), ("last_affected", fixed)), version) == last
    assert judged(entry(listed=(fixed,)), version) == ("affected" if orders.rpm(version, bare(fixed)) == 0 else None)


@given(RELEASE, BOUND, BOUND)
def test_between_two_bounds_and_where_they_stand_inside_out(version: str, low: str, high: str) -> None:
    """Law: from 2.0 of epoch 0 to 1.0 of epoch 1 nobody can tell, so any release may be in; else rpm's own order."""
    affected = entry(("introduced", low), ("fixed", high))
    if orders.rpm(low, high) == 0:
        assert judged(affected, version) is None
    elif orders.rpm(low, high) > 0:
        # An end at or before the introduction ends nothing (OSV schema, "Evaluation").
        expected = orders.rpm(version, bare(low)) >= 0
        assert judged(affected, version) == ("affected" if expected else None)
    elif orders.rpm(bare(low), bare(high)) >= 0:
        assert judged(affected, version) == "possible"
    else:
        expected = orders.rpm(bare(low), version) <= 0 and orders.rpm(version, bare(high)) < 0
        assert judged(affected, version) == ("affected" if expected else None)


@given(RELEASE, RELEASE, RELEASE)
def test_where_no_advisory_has_an_epoch_nothing_changes(version: str, low: str, high: str) -> None:
    """Law: then a release without one is as good as one of epoch 0."""
    affected = entry(("introduced", low), ("fixed", high), listed=(high,))
    assert judged(affected, version) == judged(affected, f"0:{version}")


@given(BOUND.filter(lambda text: ":" in text), BOUND, BOUND)
def test_a_release_that_says_its_epoch_is_compared_with_it(version: str, low: str, high: str) -> None:
    """Law: then rpm's own order is the oracle, epochs and all."""
    size = orders.rpm(low, high)  # a range that ends where it begins is empty, one that ends before it goes on
    expected = size != 0 and orders.rpm(low, version) <= 0 and (size > 0 or orders.rpm(version, high) < 0)
    assert judged(entry(("introduced", low), ("fixed", high)), version) == ("affected" if expected else None)


@given(RELEASE, st.lists(BOUND, min_size=1, max_size=4))
def test_fixes_are_above_the_release_in_the_same_order(version: str, fixes: list[str]) -> None:
    """Law: what is named as fixed is one above the release, epochs left out, that no record affects."""
    pin = Pin(ALMA, "openssl-libs", version)
    records = [
        Advisory(f"X-{number}", ("CVE-1",), affected=(entry(("introduced", "0"), ("fixed", text)),))
        for number, text in enumerate(fixes)
    ]
    dependency = Dependency(pin, Place("wheel"))
    claims = {(pin.ecosystem, pin.name): [match.claim(each.id, each.affected) for each in records]}
    hits, _ = match.hits([dependency], claims)
    by_id = {each.id: each for each in records}
    matches = [Match(dependency, by_id[hit.advisory], hit.certainty) for hit in hits]
    found = findings.findings(Inventory("t", "k", (dependency,)), matches, claims, by_id)
    above = [text for text in fixes if orders.rpm(version, bare(text)) < 0]
    assert bool(found) == bool(above)
    if found:
        assert all(orders.rpm(version, bare(text)) < 0 for text in found[0].fixed_in)
        assert all(orders.rpm(bare(text), bare(found[0].fixed_in[0])) <= 0 for text in above)
        (upgrade,) = findings.upgrades(found, claims)
        assert upgrade.new == found[0].fixed_in[0]


@given(BOUND)
def test_a_key_without_its_epoch_is_that_of_the_rest(text: str) -> None:
    """Law: what is cut off a key is the epoch, and all of it."""
    key, rest = versions.key(ALMA, text), versions.key(ALMA, bare(text))
    assert key is not None
    assert rest is not None
    assert versions.without_epoch(key) == versions.without_epoch(rest) == rest[1:]
    assert versions.has_epoch(key) == bool(int(text.rpartition(":")[0] or "0"))
    assert versions.lacks_epoch(ALMA, text) == (":" not in text)
