"""The online services, made from OSV records by OSV's evaluation with packaging's versions (bench/records.py)."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote

from bench import records
from bench.records import Record
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.ecosystems import Ecosystems
from tests.server import Asked, Reply, Server


class Osv(Server):
    """OSV's API: what affects a release, or names its project and cannot be judged."""

    def __init__(self, published: Sequence[Record]) -> None:
        super().__init__({f"/v1/vulns/{each['id']}": Reply(each) for each in published})
        self.published = published

    def reply(self, asked: Asked) -> Reply:
        """Return the ids for each query of a batch, or a record."""
        if asked.path != "/v1/querybatch":
            return super().reply(asked)
        self.asked.append(asked)
        queries = [(canonicalize_name(query["package"]["name"]), query["version"]) for query in asked.json()["queries"]]
        found = [[{"id": each["id"]} for each in self.published if named(each, *query)] for query in queries]
        return Reply({"results": [{"vulns": ids} if ids else {} for ids in found]})


class Index(Server):
    """A package index's JSON pages: what affects exactly one release, the withdrawn records too."""

    def __init__(self, published: Sequence[Record]) -> None:
        super().__init__()
        self.published = published

    def reply(self, asked: Asked) -> Reply:
        """Return the page of any release."""
        self.asked.append(asked)
        _, _, name, version, _ = map(unquote, asked.path.split("/"))
        affecting = [each for each in self.published if records.affects(each | {"withdrawn": ""}, name, version)]
        entries = [vulnerability(each, name) for each in affecting]
        return Reply({"info": {"name": name, "version": version}, "vulnerabilities": entries})


def ecosystems(published: Iterable[Record]) -> Ecosystems:
    """Return the service that holds these records, each by itself."""
    return Ecosystems([advisory(each) for each in published])


def named(record: Record, name: str, version: str) -> bool:
    """Return whether OSV's API names the record for a release."""
    return records.affects(record, name, version) or (not record.get("withdrawn") and is_undecided(record, name))


def is_undecided(record: Record, name: str) -> bool:
    """Return whether the record names the project, lists no releases of it, and has a range that cannot be read."""
    return any(
        not entry.get("versions") and not all(records.parse(text) for _, text in _events(entry))
        for entry in _entries(record, name)
    )


def fixes(record: Record, name: str) -> list[str]:
    """Return the releases of the project that the record names as fixed."""
    return [text for entry in _entries(record, name) for bound, text in _events(entry) if bound == "fixed"]


def vulnerability(record: Record, name: str) -> dict[str, object]:
    """Return the record as a package index publishes it."""
    kept = {field: record.get(field) for field in ("id", "aliases", "summary", "details", "withdrawn")}
    return {**kept, "source": "osv", "link": f"https://osv.dev/{record['id']}", "fixed_in": fixes(record, name)}


def advisory(record: Record) -> dict[str, object]:
    """Return the record as Ecosyste.ms publishes it: GitHub's from GitHub's API, any other from OSV's export."""
    github = record["id"].startswith("GHSA-")
    vectors = {each["type"]: each["score"] for each in record.get("severity") or ()}
    word = (record.get("database_specific") or {}).get("severity")
    packages = [
        {"ecosystem": "pypi", "package_name": entry["package"]["name"], "versions": _versions(entry, github=github)}
        for entry in record["affected"]
    ]
    return {
        "uuid": f"GSA_{record['id']}" if github else record["id"],
        "identifiers": [record["id"], *record.get("aliases", ())],
        "title": record.get("summary"), "description": record.get("details"), "withdrawn_at": record.get("withdrawn"),
        "published_at": record["published"], "updated_at": record["modified"], "references": [],
        "cvss_vector": vectors.get("CVSS_V4", vectors.get("CVSS_V3")), "severity": word if github else None,
        "packages": [each for each in packages if each["versions"]],
    }  # fmt: skip


def _versions(entry: Any, *, github: bool) -> list[dict[str, str | None]]:
    """Return ranges as the service writes them; where GitHub knows no fix, its range ends at the last known one."""
    last_known = (entry.get("database_specific") or {}).get("last_known_affected_version_range")
    if github and last_known:
        return [{"vulnerable_version_range": last_known, "first_patched_version": None}]
    found: list[dict[str, str | None]] = []
    low = ""
    for bound, text in sorted(_events(entry), key=_position):
        if bound == "introduced":
            low = text
        else:
            upper = f"{'<' if bound == 'fixed' else '<='} {text}"
            span = upper if low == "0" else f">= {low}, {upper}"
            found.append(
                {"vulnerable_version_range": span, "first_patched_version": text if bound == "fixed" else None}
            )
            low = ""
    if low:
        found.append({"vulnerable_version_range": f">= {low}", "first_patched_version": None})
    one_by_one = [f"= {text}" for text in entry.get("versions") or ()]
    return found + [{"vulnerable_version_range": text, "first_patched_version": None} for text in one_by_one]


def _position(event: tuple[str, str]) -> tuple[bool, Version]:
    bound, text = event
    return (bound, text) != ("introduced", "0"), records.parse(text) or Version("999999")


def _entries(record: Record, name: str) -> list[Any]:
    return [each for each in record["affected"] if canonicalize_name(each["package"]["name"]) == name]


def _events(entry: Any) -> list[tuple[str, str]]:
    ranges = (each for each in entry.get("ranges") or () if each["type"] != "GIT")
    return [pair for events in ranges for event in events["events"] for pair in event.items()]
