"""Every version that stands in an event of real records is placed, but for those that are no versions."""

import json
import zipfile
from functools import cmp_to_key
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.version import InvalidVersion, Version

from pip_assay import match, versions
from pip_assay.advisories import database, osv
from pip_assay.cli import main
from pip_assay.model import PYPI, Dependency, Pin, Place
from tests import orders


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


def affecting(path: Path, version: str) -> set[str]:
    """Return the records that affect a release of AlmaLinux 8's openssl-libs."""
    pin = Pin("AlmaLinux:8", "openssl-libs", version)
    with database.open(str(path)) as opened:
        hits, doubts = match.hits([Dependency(pin, Place("wheel"))], opened.claims([(pin.ecosystem, pin.name)]))
    assert doubts == []
    return {hit.advisory for hit in hits}
