"""OSV records of awkward shapes, each wrong or rare in one way that is named beside it."""

from typing import Any

from pip_assay.model import PYPI

Record = dict[str, Any]


def record(name: str, *affected: dict[str, object], **more: object) -> Record:
    """Return an OSV record."""
    dates = {"modified": "2026-11-20T08:00:00Z", "published": "2026-01-02T03:04:05Z"}
    return {
        "schema_version": "1.7.0",
        "id": name,
        **dates,
        "summary": f"Flaw {name}",
        "affected": list(affected),
        **more,
    }


def entry(project: str, *events: str, versions: tuple[str, ...] = (), **more: object) -> dict[str, object]:
    """Return what a record says of a project; an event is "introduced 1.0"."""
    said: dict[str, object] = {"package": {"ecosystem": PYPI, "name": project}, **more}
    if events:
        pairs = [event.split(" ", 1) for event in events]
        said["ranges"] = [{"type": "ECOSYSTEM", "events": [{bound: version} for bound, version in pairs]}]
    return said | ({"versions": list(versions)} if versions else {})


def vector(kind: str, text: str) -> list[dict[str, str]]:
    """Return the severity of a record with one vector."""
    return [{"type": kind, "score": text}]


COMMITS = [{"type": "GIT", "repo": "https://forge.example/x", "events": [{"introduced": "0"}]}]
V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"
V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"

RECORDS = [
    # Events that are not in order, and two ranges in one.
    record("PYSEC-2026-101", entry("unsorted", "fixed 2.0", "introduced 1.5", "fixed 1.2", "introduced 0")),
    # The end is the last release that is affected.
    record("PYSEC-2026-102", entry("last", "introduced 1.0", "last_affected 1.4"), severity=vector("CVSS_V3", V3)),
    # Releases one by one, no range; one of them is no version.
    record("PYSEC-2026-103", entry("listed", versions=("1.0", "1.1", "2004d"))),
    # Beside the record of a flaw, one that was withdrawn and took in everything.
    record("PYSEC-2026-104", entry("taken-back", "introduced 0", "fixed 1.2"), aliases=["CVE-2026-104"]),
    record("PYSEC-2026-105", entry("taken-back", "introduced 0"), withdrawn="2026-03-01T00:00:00Z"),
    # Aliases that make one flaw only together, through a record that affects less, and one about something else.
    record("PYSEC-2026-106", entry("chain", "introduced 0", "fixed 2.0"), aliases=["CVE-2026-106"]),
    record("GHSA-chai", entry("chain", "introduced 0", "fixed 1.5"), aliases=["CVE-2026-106", "CVE-2026-107"]),
    record("OSV-2026-107", entry("chain", "introduced 0", "fixed 1.8"), aliases=["CVE-2026-107"]),
    record("GHSA-else-else-else", entry("elsewhere", "introduced 0"), aliases=["CVE-2026-107"]),
    # Several entries of one project, and a range of commits that no version order can judge.
    record(
        "PYSEC-2026-108",
        entry("several", "introduced 1.0", "fixed 1.2"),
        entry("several", "introduced 2.0", "fixed 2.2"),
        entry("Several", versions=("0.5",), ranges=COMMITS),
    ),
    # Pre-releases as bounds, development releases, epochs.
    record("PYSEC-2026-109", entry("early", "introduced 2.0a1", "fixed 2.0rc2")),
    record("PYSEC-2026-110", entry("epoch", "introduced 1!0", "fixed 1!2.0.dev3")),
    # Local versions: as the fix, and as the only release that is listed.
    record("PYSEC-2026-111", entry("local", "introduced 0", "fixed 2.0+security1")),
    record("PYSEC-2026-112", entry("build", versions=("1.0+cu118",))),
    # Two projects, under names that are spelled as people do.
    record(
        "GHSA-both-both-both",
        entry("First_Half", "introduced 0", "fixed 3"),
        entry("Second.Half", "introduced 0", "last_affected 1.0"),
        aliases=["CVE-2026-113"],
        database_specific={"severity": "CRITICAL"},
    ),
    # An end that cannot be read, beside a list and without one.
    record("PYSEC-2026-114", entry("broken", "introduced 0", "fixed 2019-09-12", versions=("1.0", "1.1"))),
    record("PYSEC-2026-115", entry("undecided", "introduced 1.0", "fixed 0.1-bulbasaur")),
    # Severity by old vectors, by several, and by a database's word.
    record("PYSEC-2026-116", entry("old-vector", "introduced 0", "fixed 9"), severity=vector("CVSS_V2", V2)),
    record(
        "GHSA-newv-newv-newv",
        entry("new-vector", "introduced 0", "fixed 9"),
        severity=vector("CVSS_V3", V3) + vector("CVSS_V4", V4),
    ),
    record("PYSEC-2026-117", entry("word", "introduced 0", "fixed 9"), database_specific={"severity": "LOW"}),
    # Malware: certain releases, and a range that is left over.
    record("MAL-2026-118", entry("trap", "introduced 0", versions=("1.0", "1.1"))),
]  # fmt: skip
