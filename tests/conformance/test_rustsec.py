"""RustSec's records judged as cargo-audit does: by Cargo's own order, through a library that is not ours."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from pip_assay import match, versions
from pip_assay.advisories import osv

semver = pytest.importorskip("semver")
pytestmark = pytest.mark.shared


def parsed(text: str) -> Any:
    """Return a version that compares as Semantic Versioning has it; "0" of OSV is below every one."""
    return semver.Version.parse("0.0.0-0" if text == "0" else text)


def is_affected(ranges: list[dict[str, Any]], version: Any) -> bool:
    """Return whether any range holds the version: RustSec writes each as an introduction and the fix that follows."""
    for each in ranges:
        events = [pair for event in each["events"] for pair in event.items()]
        bounds = [parsed(text) for _, text in events]
        assert [bound for bound, _ in events] == ["introduced", "fixed"] * (len(events) // 2) + ["introduced"] * (
            len(events) % 2
        )
        for at in range(0, len(bounds), 2):
            if bounds[at] <= version and (at + 1 == len(bounds) or version < bounds[at + 1]):
                return True
    return False


def near(text: str) -> Iterator[str]:
    """Yield versions at a bound, just below and above it, and its pre-releases."""
    bound = parsed(text)
    yield str(bound)
    yield str(bound.bump_patch())
    yield str(bound.bump_minor())
    yield f"{bound.major}.{bound.minor}.{bound.patch}-alpha.1"
    if bound.patch:
        yield f"{bound.major}.{bound.minor}.{bound.patch - 1}"
    if bound.minor:
        yield f"{bound.major}.{bound.minor - 1}.99"


def test_every_crate_is_judged_as_cargo_audit_does(shared_data: Path) -> None:
    """Around every bound of every RustSec record our verdict is that of Semantic Versioning's order."""
    compared = 0
    with ZipFile(shared_data / "crates.io" / "all.zip") as archive:
        documents = [json.loads(archive.read(name)) for name in archive.namelist() if name.startswith("RUSTSEC-")]
    for document in documents:
        entries = osv.advisory(document).affected
        for entry, raw in zip(entries, document["affected"], strict=True):
            claimed = match.claim(document["id"], [entry])
            bounds = {text for each in raw["ranges"] for event in each["events"] for text in event.values()}
            for text in {version for bound in bounds for version in near(bound)}:
                key = versions.key("crates.io", text)
                verdict = match.certainty(claimed, key, text)
                assert (verdict == "affected") == is_affected(raw["ranges"], parsed(text)), (document["id"], text)
                compared += 1
    assert compared > 5_000
