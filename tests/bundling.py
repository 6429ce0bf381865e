"""Distributions with bills of materials and other files in them, for the tests of what is bundled."""

import json
from pathlib import Path
from typing import Any

from pip_assay.model import PYPI, Dependency, Origin, Pin, Place, Problem
from pip_assay.sources.bundled import sboms
from pip_assay.sources.bundled.nouns import Host
from pip_assay.sources.installed.tree import Memory
from pip_assay.sources.sbom import cyclonedx

METADATA = "thing-1.0.dist-info"
SBOM = f"{METADATA}/sboms/a.cdx.json"


def dependency(name: str = "thing", version: str = "1.0", origin: Origin | None = None) -> Dependency:
    """Return a distribution that is installed."""
    return Dependency(Pin(PYPI, name, version), Place("site/x", 2), groups=("runtime",), origin=origin or Origin())


def host(files: dict[str, bytes], of: Dependency | None = None) -> Host:
    """Return a distribution of these files, in memory."""
    return Host(
        of or dependency(), "site", "shown", METADATA, Memory({f"site/{k}": v for k, v in files.items()}), tuple(files)
    )


def bill(*components: dict[str, Any], **more: Any) -> bytes:
    """Return a CycloneDX document."""
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components, **more}).encode()


def component(name: str, version: str = "", purl: str = "", **more: Any) -> dict[str, Any]:
    """Return a component of one."""
    said = {"type": "library", "name": name, "version": version, "purl": purl}
    return {key: value for key, value in said.items() if value} | {
        key.replace("_", "-"): value for key, value in more.items()
    }


def put(site: Path, name: str, version: str, files: dict[str, bytes] | None = None, **metadata: str) -> Path:
    """Install a distribution into a folder, with RECORD; return its metadata folder."""
    folder = site / f"{name}-{version}.dist-info"
    listed = dict(files or {})
    listed[f"{folder.name}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n".encode()
    for key, text in metadata.items():
        listed[f"{folder.name}/{key}"] = text.encode()
    for path, content in listed.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)
    rows = [f"{path},sha256=x,{len(content)}" for path, content in listed.items()]
    (folder / "RECORD").write_text("\n".join([*rows, f"{folder.name}/RECORD,,", ""]))
    return folder


def assert_same(content: bytes) -> None:
    """The quick reader of a CycloneDX document and the one of whole documents make the same components of it."""
    quick, whole = sboms.parse(content, "file"), cyclonedx.bill_of(content, "file")
    if isinstance(whole, Problem):  # or a document of another kind
        return
    assert isinstance(quick, sboms.Read)
    others = [each for each in whole.components if not each.own]
    # The one of whole documents puts a path in the place of a reference that is missing.
    plain = [
        each._replace(place=Place("file"), groups=(), marker="", ref=each.ref if ours.ref else "")
        for ours, each in zip(quick.components, others, strict=True)
    ]
    assert [each._replace(place=Place("file"), groups=(), marker="") for each in quick.components] == plain
