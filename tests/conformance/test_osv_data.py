"""Real advisory data, whole: what an audit finds is what OSV's algorithm finds on the raw records, no more, no less.

The oracle is bench/records.py: the schema's pseudo-code with packaging's versions, and none of our code.
"""

import json
import random
from pathlib import Path

import pytest
from bench import records
from bench.records import Record
from packaging.utils import canonicalize_name

from pip_assay.cli import main

PAIRS = 2000
NEAR = (".dev0", "rc1", ".post1", "+local.1", ".0.1")

Release = tuple[str, str]


def releases(published: list[Record]) -> list[Release]:
    """Return releases to try: listed versions, what stands in events, and what lies close to that; each once."""
    found: dict[tuple[str, object], Release] = {}
    for record in published:
        for entry in record.get("affected") or ():
            name = canonicalize_name(entry["package"]["name"])
            events = [at for events in entry.get("ranges") or () if events["type"] != "GIT" for at in _events(events)]
            near = [f"{text}{suffix}" for text in events for suffix in NEAR]
            for text in (*(entry.get("versions") or ()), *events, *near):
                if version := records.parse(text):
                    found.setdefault((name, version), (name, text))
    return sorted(found.values())


def _events(events: Record) -> list[str]:
    return [text for event in events["events"] for text in event.values()]


def judgement(live: list[Record], name: str, text: str) -> tuple[set[str], bool]:
    """Return the ids of the records that affect the release, and whether one names the project and cannot be judged."""
    affecting = {str(record["id"]) for record in live if records.affects(record, name, text)}
    return affecting, any(str(record["id"]) not in affecting and _says_nothing(record, name) for record in live)


def _says_nothing(record: Record, name: str) -> bool:
    """Return whether an entry of the record for the project lists no versions, and has no range that can be read."""
    return any(
        not entry.get("versions") and not any(map(_is_readable, entry.get("ranges") or ()))
        for entry in record["affected"]
        if canonicalize_name(entry["package"]["name"]) == name
    )


def _is_readable(events: Record) -> bool:
    return events["type"] != "GIT" and all(records.parse(text) for text in _events(events))


@pytest.mark.shared
def test_an_audit_of_real_data_is_osv_evaluation(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For each of 2,000 releases, the records that an audit reports are those that OSV's algorithm applies to it."""
    source = shared_data / "PyPI" / "all.zip"
    published = records.read(source)
    chosen = random.Random(0).sample(releases(published), PAIRS)
    by_name: dict[str, list[Record]] = {}
    for record in published:
        for name in records.projects(record) if not record.get("withdrawn") else ():
            by_name.setdefault(name, []).append(record)
    expected = {(name, text): judgement(by_name.get(name, []), name, text) for name, text in chosen}
    database, listed = tmp_path / "advisories.db", tmp_path / "requirements.txt"
    listed.write_text("".join(f"{name}=={text}\n" for name, text in chosen), encoding="utf-8")
    assert main(["db", "import", "--db", str(database), str(source)]) == 0
    capsys.readouterr()

    audited = ["-r", str(listed), "--no-deps", "-f", "json", "--db", str(database), "--max-db-age", "100000"]
    assert main(audited) == 1
    report = json.loads(capsys.readouterr().out)

    found: dict[Release, set[str]] = {release: set() for release in chosen}
    for finding in report["findings"]:
        package = finding["package"]
        found[package["name"], package["version"]] |= {advisory["id"] for advisory in finding["advisories"]}
    assert found == {release: affecting for release, (affecting, _) in expected.items()}
    undecided = {(each["subject"], each["place"]["line"]) for each in report["problems"] if each["gap"] == "undecided"}
    assert undecided == {(chosen[line][0], line + 1) for line in range(PAIRS) if expected[chosen[line]][1]}
    assert {each["gap"] for each in report["problems"]} == {"duplicate", "undecided"}
    assert sum(map(bool, found.values())) > PAIRS / 4
    assert not all(found.values())
