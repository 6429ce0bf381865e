"""OSV records made by hand, and the files in which they are published."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

DATE = "2026-01-01T00:00:00Z"


def record(
    name: str, project: str = "demo", *, fixed: str = "2.0", ecosystem: str = "PyPI", **fields: object
) -> dict[str, object]:
    """Return a record about every release of a project below `fixed`; `fields` are added, or put in their place."""
    events = [{"introduced": "0"}, {"fixed": fixed}]
    package = {"ecosystem": ecosystem, "name": project}
    affected = [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    return {"id": name, "modified": DATE, "affected": affected, **fields}


def archive(path: Path, *records: Mapping[str, object], **members: bytes) -> str:
    """Write a zip with a file for each record, and other members as they are ("broken" is broken.json)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for each in records:
            made.writestr(f"{each['id']}.json", json.dumps(each))
        for name, content in members.items():
            made.writestr(f"{name}.json", content)
    return str(path)


def export(folder: Path, *records: Mapping[str, object], ecosystem: str = "PyPI", changes: str = "") -> str:
    """Write a bulk export of one ecosystem into the folder; `changes` is its list of changes, left out if empty."""
    archive(folder / ecosystem / "all.zip", *records)
    if changes:
        (folder / ecosystem / "modified_id.csv").write_text(changes)
    return str(folder)
