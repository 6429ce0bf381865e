"""Every version that stands in an event of real records is placed, but for those that are no versions."""

import json
import zipfile
from functools import cmp_to_key
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.version import InvalidVersion, Version

from pip_assay import flow, match, versions
from pip_assay.advisories import database, osv
from pip_assay.cli import main
from pip_assay.model import PYPI, Dependency, Inventory, Origin, Pin, Place
from pip_assay.records import Affected, Event, Range
from pip_assay.settings import Outside, Settings
from tests import orders
from tests.transcripts import NOW


def events(archive: Path) -> dict[tuple[str, str], set[str]]:
    """Return by ecosystem and name the versions in the events of all records; "0" is OSV's own word."""
    found: dict[tuple[str, str], set[str]] = {}
    with zipfile.ZipFile(archive) as opened:
        records = [json.loads(opened.read(name)) for name in opened.namelist()]
    for entry in [entry for record in records for entry in record.get("affected", ())]:
        package = entry["package"]["ecosystem"], entry["package"]["name"]
        ranges = [events for events in entry.get("ranges", ()) if events["type"] in match.ORDERED]
        texts = {text for events in ranges for event in events["events"] for text in event.values()}
        found.setdefault(package, set()).update(texts - {"0"})
    return found


def unplaced(found: dict[tuple[str, str], set[str]]) -> set[str]:
    return {text for (ecosystem, _), texts in found.items() for text in texts if versions.key(ecosystem, text) is None}


def is_pep440(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


@pytest.mark.shared
@pytest.mark.parametrize("ecosystem", ["AlmaLinux", "crates.io"])
def test_every_version_in_an_event_is_placed(shared_data: Path, ecosystem: str) -> None:
    """AlmaLinux's and RustSec's records have no event that the order of their ecosystem cannot place."""
    found = events(shared_data / ecosystem / "all.zip")
    assert sum(map(len, found.values())) > 1000
    assert unplaced(found) == set()


@pytest.mark.shared
def test_only_what_pep_440_refuses_is_unplaced(shared_data: Path) -> None:
    """Of the versions in PyPI's events exactly those have no key that packaging does not read."""
    found = events(shared_data / PYPI / "all.zip")
    every = set().union(*found.values())
    assert unplaced(found) == {text for text in every if not is_pep440(text)}
    assert len(unplaced(found)) < len(every) / 100


@pytest.mark.shared
def test_the_fixes_of_a_package_are_ordered_as_rpm_orders_them(shared_data: Path) -> None:
    """For each of AlmaLinux's packages the keys of all versions that fix something ascend as RPM compares the texts."""
    for (ecosystem, name), texts in events(shared_data / "AlmaLinux" / "all.zip").items():
        for low, high in pairwise(sorted(texts, key=cmp_to_key(orders.rpm))):
            one, other = versions.key(ecosystem, low) or b"", versions.key(ecosystem, high) or b""
            assert (one > other) - (one < other) == orders.rpm(low, high), (name, low, high)


@pytest.mark.shared
def test_no_claim_of_a_distribution_is_undecided(shared_data: Path) -> None:
    """What AlmaLinux says is fixed somewhere compiles into spans that say affected, and nothing else."""
    with zipfile.ZipFile(shared_data / "AlmaLinux" / "all.zip") as opened:
        for name in opened.namelist():
            advisory = osv.advisory(json.loads(opened.read(name)))
            for entry in advisory.affected:
                claim = match.claim(advisory.id, [entry])
                assert {span.certainty for span in claim.spans} == {"affected"}, (name, entry.name)
                assert not claim.texts


@pytest.mark.shared
def test_an_old_openssl_of_a_wheel_is_affected_and_the_fixed_one_is_not(shared_data: Path, tmp_path: Path) -> None:
    """What auditwheel copies into real wheels, 1.1.1k-15.el8_6, is older than the fix in ALSA-2026:38503."""
    path = tmp_path / "advisories.db"
    assert main(["db", "update", "--from", str(shared_data), "--ecosystem", "AlmaLinux", "--db", str(path)]) == 0
    assert "ALSA-2026:38503" in affecting(path, "1:1.1.1k-15.el8_6")
    assert affecting(path, "1:1.1.1k-17.el8_6") == set()
    assert affecting(path, "1:1.1.1k-17.el8_10") == set()


@pytest.mark.shared
def test_what_real_wheels_carry_is_found_without_an_epoch(shared_data: Path, tmp_path: Path) -> None:
    """Of the openssl-libs that auditwheel names without its epoch, and of a crate, the open flaws alone are found."""
    path = tmp_path / "advisories.db"
    update = ["db", "update", "--from", str(shared_data), "--db", str(path)]
    assert main([*update, "--ecosystem", "PyPI", "--ecosystem", "AlmaLinux", "--ecosystem", "crates.io"]) == 0
    opencv, uv = Pin(PYPI, "opencv-python-headless", "5.0.0.93"), Pin(PYPI, "uv", "0.13.9")
    listed = [
        Dependency(Pin(ecosystem, name, version), Place("sbom"), origin=Origin("bundled"), inside=host)
        for ecosystem, name, version, host in (
            ("AlmaLinux:8", "openssl-libs", "1.1.1k-15.el8_6", opencv),
            ("AlmaLinux:8", "openssl-libs", "1.1.1k-17.el8_6", opencv),
            ("crates.io", "rsa", "0.9.10", uv),
        )
    ]
    settings = Settings(database=str(path), offline=True, max_database_age=1e6, no_config=True)
    report = flow.judge([Inventory(".venv", "environment", tuple(listed))], settings, Outside({}, str(tmp_path), NOW))
    found = {(each.finding.dependency.pin.version, each.finding.id): each.finding for each in report.audits[0].verdicts}
    openssl = found.pop(("1.1.1k-15.el8_6", "ALSA-2026:38503"))
    assert openssl.fixed_in == ("1:1.1.1k-17.el8_6",)
    assert openssl.because == "< 1:1.1.1k-17.el8_6; compared without the epoch, which is not stated"
    assert found.pop(("0.9.10", "RUSTSEC-2023-0071")).fixed_in == ()
    assert {version for version, _ in found} <= {"1.1.1k-15.el8_6"}
    assert all(each.fixed_in[0] == "1:1.1.1k-16.el8_6" for each in found.values())
    assert report.audits[0].upgrades == ()


@pytest.mark.shared
def test_packages_without_their_epoch_are_below_the_fixes_that_rpm_puts_above_them(shared_data: Path) -> None:
    """Of each of AlmaLinux's packages with an epoch, each fixed release against each fix, as rpm compares the rest."""
    judged = 0
    for (ecosystem, name), texts in sorted(events(shared_data / "AlmaLinux" / "all.zip").items()):
        some = sorted(texts)[:6] if any(":" in text and not text.startswith("0:") for text in texts) else []
        for fixed in some:
            ranges = (Range("ECOSYSTEM", (Event("introduced", "0"), Event("fixed", fixed))),)
            claims = {(ecosystem, name): [match.claim("X-1", [Affected(ecosystem, name, (), ranges)])]}
            for text in some:
                bare = text.rpartition(":")[2]
                hits, _ = match.hits([Dependency(Pin(ecosystem, name, bare), Place("wheel"))], claims)
                assert bool(hits) == (orders.rpm(bare, fixed.rpartition(":")[2]) < 0), (name, bare, fixed)
                judged += 1
    assert judged > 1000


def affecting(path: Path, version: str) -> set[str]:
    """Return the records that affect a release of AlmaLinux 8's openssl-libs."""
    pin = Pin("AlmaLinux:8", "openssl-libs", version)
    with database.open(str(path)) as opened:
        hits, doubts = match.hits([Dependency(pin, Place("wheel"))], opened.claims([(pin.ecosystem, pin.name)]))
    assert doubts == []
    return {hit.advisory for hit in hits}
