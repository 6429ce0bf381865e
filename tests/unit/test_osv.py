import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import cpython, match, versions
from pip_assay.advisories import osv
from pip_assay.records import Advisory, Affected, Event, Range, Rating
from tests.osv_export import record

VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
WHOLE = {
    "schema_version": "1.7.5",
    "id": "GHSA-xxxx-yyyy-zzzz",
    "modified": "2026-02-01T00:00:00Z",
    "published": "2026-01-01T00:00:00.5Z",
    "withdrawn": "2026-03-01T00:00:00Z",
    "aliases": ["CVE-2026-1", "GHSA-xxxx-yyyy-zzzz", "PYSEC-2026-1", "CVE-2026-1"],
    "summary": "A flaw",
    "details": "More about it.",
    "severity": [{"type": "CVSS_V3", "score": VECTOR}],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Demo_Project", "purl": "pkg:pypi/demo-project"},
            "severity": [{"type": "CVSS_V2", "score": "AV:L/AC:M/Au:N/C:N/I:P/A:C"}],
            "ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}], "database_specific": {}},
                {"type": "GIT", "repo": "https://code.example/demo", "events": [{"introduced": "0"}, {"fixed": "abc"}]},
            ],
            "versions": ["1.0", "1.1"],
            "ecosystem_specific": {
                "affected_functions": ["demo.run", ""],
                "imports": [{"attribute": "Field", "modules": ["demo.models", "demo.db"]}, {"modules": ["demo.x"]}],
            },
            "database_specific": {"last_known_affected_version_range": "<= 1.1", "source": "https://db.example"},
        },
        {
            "package": {"ecosystem": "AlmaLinux:8", "name": "Demo_C"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "1-1.el8"}]}],
        },
    ],
    "references": [{"type": "WEB", "url": "https://a.example"}, {"url": "https://b.example"}],
    "credits": [{"name": "Somebody"}],
    "database_specific": {"severity": "MODERATE", "cwe_ids": ["CWE-79"]},
    "a_field_of_the_future": {"unknown": [1, 2, 3]},
}


def test_every_field_of_a_record_is_read() -> None:
    """A record with all fields, and one of a future schema, becomes the advisory that it publishes."""
    assert osv.advisory(WHOLE) == Advisory(
        id="GHSA-xxxx-yyyy-zzzz",
        aliases=("CVE-2026-1", "PYSEC-2026-1"),
        summary="A flaw",
        details="More about it.",
        ratings=(Rating("CVSS_V3", VECTOR, 9.8), Rating("CVSS_V2", "AV:L/AC:M/Au:N/C:N/I:P/A:C", 5.4)),
        word="moderate",
        references=(("WEB", "https://a.example"), ("WEB", "https://b.example")),
        affected=(
            Affected(
                "PyPI",
                "demo-project",
                ("1.0", "1.1"),
                (
                    Range("ECOSYSTEM", (Event("introduced", "0"), Event("fixed", "1.2"))),
                    Range("GIT", (Event("introduced", "0"), Event("fixed", "abc"))),
                ),
                "<= 1.1",
                ("demo.run", "demo.models.Field", "demo.db.Field", "demo.x"),
            ),
            Affected(
                "AlmaLinux:8",
                "Demo_C",
                ranges=(Range("ECOSYSTEM", (Event("introduced", "0"), Event("last_affected", "1-1.el8"))),),
            ),
        ),
        published="2026-01-01T00:00:00.5Z",
        modified="2026-02-01T00:00:00Z",
        withdrawn="2026-03-01T00:00:00Z",
    )


def test_only_the_id_is_needed() -> None:
    """All that is left out, and all that is null, is empty."""
    names = [*WHOLE, "related", "upstream"]
    assert osv.advisory({"id": "X-1"}) == Advisory("X-1")
    assert osv.advisory(dict.fromkeys(names) | {"id": "X-1"}) == Advisory("X-1")
    nothing = {"package": {"ecosystem": "PyPI", "name": "demo"}, "ranges": None, "versions": None, "severity": None}
    assert osv.advisory({"id": "X-1", "affected": [nothing]}).affected == (Affected("PyPI", "demo"),)


def test_an_entry_without_package_is_left_out() -> None:
    """What speaks of a repository only (OSV schema, affected[]: no package) names no project."""
    git = {"ranges": [{"type": "GIT", "repo": "https://code.example/x", "events": [{"introduced": "0"}]}]}
    assert osv.advisory(record("X-1", affected=[git])).affected == ()


@pytest.mark.parametrize("ecosystem", ["PyPI", "pypi", "PYPI"])
def test_names_of_python_projects_are_normalised_however_the_ecosystem_is_spelled(ecosystem: str) -> None:
    """A record that misspells PyPI still finds its project."""
    (entry,) = osv.advisory(record("X-1", "Foo._Bar", ecosystem=ecosystem)).affected
    assert (entry.ecosystem, entry.name) == ("PyPI", "foo-bar")


@pytest.mark.parametrize(
    ("field", "junk"),
    [
        ("aliases", [1, None, "", "two words", "line\nbreak", "X-1", {}]),
        ("aliases", "CVE-2026-1"),
        ("summary", 5),
        ("details", ["text"]),
        ("severity", [None, "high", {}, {"type": "CVSS_V3"}, {"type": 3, "score": 9.8}]),
        ("severity", "high"),
        ("references", [None, "https://a.example", {}, {"type": "WEB", "url": 5}]),
        ("references", {"type": "WEB"}),
        ("credits", 5),
        ("database_specific", "x"),
        ("database_specific", {"severity": 7}),
        ("published", 20260101),
        ("withdrawn", True),
        ("withdrawn", "yes"),
        ("withdrawn", ""),
    ],
)
def test_harmless_junk_is_dropped(field: str, junk: object) -> None:
    """A wrongly typed extra costs that extra only; a withdrawal that is no date withdraws nothing."""
    assert osv.advisory(record("X-1") | {field: junk}) == osv.advisory(record("X-1"))


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (None, "not a JSON object"),
        ([], "not a JSON object"),
        ("X-1", "not a JSON object"),
        ({}, "no id"),
        ({"id": None}, "no id"),
        ({"id": ""}, "no id"),
        ({"id": 5}, "no id"),
        ({"id": "two words"}, "one plain word"),
        ({"id": "line\nbreak"}, "one plain word"),
        ({"id": "é"}, "one plain word"),
        ({"id": "x" * 201}, "one plain word"),
        (record("X-1", schema_version="2.0.0"), "schema version 2.0.0"),
        (record("X-1", schema_version=2), "schema version 2"),
        (record("X-1", schema_version=["1.0"]), "schema version"),
        (record("X-1", affected={"package": {}}), "does not say what it affects"),
        (record("X-1", affected="demo"), "does not say what it affects"),
        (record("X-1", affected=[None]), "does not say what it affects"),
        (record("X-1", affected=[{"package": {}}]), "does not say what it affects"),
        (record("X-1", affected=[{"package": "demo"}]), "does not say what it affects"),
        (record("X-1", affected=[{"package": False}]), "does not say what it affects"),
        (record("X-1", affected=[{"package": {"name": "demo"}}]), "does not say what it affects"),
        (record("X-1", affected=[{"package": {"name": 5, "ecosystem": "PyPI"}}]), "does not say what it affects"),
        (record("X-1", affected=[{"package": {"name": " ", "ecosystem": "PyPI"}}]), "does not say what it affects"),
    ],
)
def test_a_record_that_cannot_be_used_says_why(document: object, why: str) -> None:
    """Without an id, of another schema, or silent about its projects: malformed, with the reason."""
    with pytest.raises(osv.Malformed, match=why):
        osv.advisory(document)


@pytest.mark.parametrize("version", [None, "", "1", "1.0.0", "1.99", 1, 1.7])
def test_every_version_1_of_the_schema_is_read(version: object) -> None:
    """OSV schema, schema_version: absent is 1.0.0; a later 1.x only adds."""
    assert osv.advisory(record("X-1", schema_version=version)).id == "X-1"


# --- what cannot be read never makes a release safe ------------------------------------------------

BOUNDS = {"introduced", "fixed", "last_affected", "limit"}
READABLE = {"type": "ECOSYSTEM", "events": [{"introduced": "9"}]}
UNUSABLE: list[tuple[str, object]] = [
    ("ranges", 5),
    ("ranges", "0 - 2.0"),
    ("ranges", {}),
    ("ranges", [None]),
    ("ranges", ["0 - 2.0"]),
    ("ranges", [{}]),
    ("ranges", [{"type": "ECOSYSTEM"}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": None}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": []}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": "0"}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": [None]}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": [{}]}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": [{"until": "2.0"}]}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": [{"introduced": 0}]}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": [{"introduced": "9"}, {"fixed": 1.0}]}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": [{"introduced": "9"}, {"introduced": ["0"]}]}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": [{"introduced": "9"}, {}]}]),
    ("ranges", [{"type": "ECOSYSTEM", "events": [{"introduced": "9"}, {"until": "2.0"}]}]),
    ("ranges", [READABLE, {"type": "ECOSYSTEM", "events": []}]),
    ("ranges", [READABLE, {"type": "CALENDAR", "events": [{"introduced": "9"}]}]),
    ("ranges", [READABLE, "0 - 2.0"]),
    ("ranges", [{"type": "CALENDAR", "events": [{"introduced": "9"}]}]),
    ("ranges", [{"type": None, "events": [{"introduced": "9"}]}]),
    ("ranges", [{"events": [{"introduced": "9"}]}]),
    ("versions", 5),
    ("versions", "1.0"),
    ("versions", {"1.0": True}),
    ("versions", [1.0]),
    ("versions", ["9.0", None]),
    ("versions", ["9.0", ["1.0"]]),
    ("versions", ["9.0", ""]),
]


def verdict(document: object, version: str) -> str | None:
    """What match.py says of a release of `demo`."""
    advisory = osv.advisory(document)
    claimed = match.claim(advisory.id, [each for each in advisory.affected if each.name == "demo"])
    return match.certainty(claimed, versions.key("PyPI", version), version)


@pytest.mark.parametrize(("field", "junk"), UNUSABLE)
def test_unreadable_claims_leave_a_release_undecided(field: str, junk: object) -> None:
    """An entry whose ranges, events or list are malformed does not vanish, and calls nothing safe."""
    document = record("X-1", affected=[{"package": {"ecosystem": "PyPI", "name": "demo"}, field: junk}])
    events = [event for entry in osv.advisory(document).affected for each in entry.ranges for event in each.events]
    assert {event.bound for event in events} - BOUNDS
    assert verdict(document, "1.0") == "undecided"


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside another."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


RANGED = record("X-1", "demo", fixed="2.0")["affected"]
LISTED = [{"package": {"ecosystem": "PyPI", "name": "demo"}, "versions": ["0.9", "1.0"]}]
JUNK = st.sampled_from([True, 0, 5, -1.5, {}, {"x": "y"}, [5], [None], [[]]])


@given(st.sampled_from([RANGED, LISTED]), st.data())
def test_no_damage_to_a_record_makes_an_affected_release_safe(affected: object, data: st.DataObject) -> None:
    """Put junk of a wrong type anywhere into an entry: it is malformed, or the release stays affected or undecided."""
    document = copy.deepcopy(record("X-1", affected=affected))
    path = data.draw(st.sampled_from([path for path in places(affected) if len(path) > 1]))
    inside: Any = document["affected"]
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = data.draw(JUNK)
    try:
        assert verdict(document, "1.0") is not None
    except osv.Malformed:
        assert "package" in path


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1.0", "PyPI", "0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "affected", "package", "ecosystem", "name", "ranges", "type", "events", "versions"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON)
def test_no_document_raises_anything_but_malformed(whole: object, inner: object) -> None:
    """Whatever JSON stands where a record should be, it is an advisory or malformed."""
    for document in (whole, {"id": "X-1", "affected": inner}, {"id": "X-1", "severity": inner, "aliases": whole}):
        try:
            advisory = osv.advisory(document)
        except osv.Malformed:
            continue
        assert advisory.id


# --- bytes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not JSON"),
        (b'{"id": "X-1",\n "x": }', r"is not JSON \(line 2\)"),
        (b'{"id": "\xff"}', "is not JSON in UTF-8"),
        (b'{"id": "\xed\xa0\x80"}', "is not JSON in UTF-8"),
        ('{"id": "X-1"}'.encode("utf-16"), "is not JSON in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"x":' * 100_000, "nested too deeply"),
        (b'{"x": ' + b"1" * 5000 + b"}", "is not JSON"),
    ],
)
def test_bytes_that_are_no_json_say_why(content: bytes, why: str) -> None:
    """Broken, cut, wrongly encoded and bottomless JSON is malformed, with the line where there is one."""
    with pytest.raises(osv.Malformed, match=why):
        osv.load(content)


def test_a_byte_order_mark_is_no_fault() -> None:
    """RFC 8259, 8.1: "implementations ... MAY ignore the presence of a byte order mark"."""
    assert osv.load(b'\xef\xbb\xbf{"id": "X-1"}') == {"id": "X-1"}


@given(st.text(alphabet=st.sampled_from([*"\\ud83d\\ude00 aé", "\ud83d", "\ude00", "😀", "\\", '"']), max_size=12))
def test_every_loaded_text_can_be_stored(text: str) -> None:
    """Half a surrogate pair becomes "?"; every other text comes through as it is."""
    loaded = osv.load(json.dumps({"x": text}).encode())
    assert isinstance(loaded, dict)
    joined = json.loads(json.dumps(text))
    assert loaded["x"] == joined.encode("utf-8", "replace").decode("utf-8")


@pytest.mark.shared
def test_every_real_record_is_read(shared_data: Path) -> None:
    """Each published record of four databases is read, and names the projects that its JSON names."""
    read = 0
    for archive in sorted(shared_data.glob("*/all.zip")):
        with ZipFile(archive) as members:
            for name in members.namelist():
                raw = json.loads(members.read(name))
                advisory = osv.advisory(osv.load(members.read(name)))
                named = {entry["package"]["ecosystem"] for entry in raw["affected"] if "package" in entry}
                if archive.parent.name == "Python" and raw["id"] not in cpython.table().left_out:
                    named = {"Python"}  # these name CPython's repository alone
                assert (advisory.id, advisory.modified) == (raw["id"], raw["modified"])
                assert {entry.ecosystem for entry in advisory.affected} == named
                assert [list(entry.versions) for entry in advisory.affected if entry.ecosystem != "Python"] == [
                    entry.get("versions", []) for entry in raw["affected"] if "package" in entry
                ]
                assert bool(advisory.withdrawn) == ("withdrawn" in raw)
                assert all(rating.score is not None for rating in advisory.ratings)
                read += 1
    assert read > 9000


@pytest.mark.parametrize(
    ("ecosystems", "fields", "cves"),
    [
        (
            ["AlmaLinux:8"],
            {"related": ["CVE-2023-4863", "cve-2023-1", "CVE-2023-1", "RHSA-1"]},
            ["CVE-2023-4863", "CVE-2023-1"],
        ),
        (["Alpine:v3.18"], {"upstream": ["CVE-2022-37434"]}, ["CVE-2022-37434"]),
        (["Debian:12", "Ubuntu:22.04:LTS"], {"upstream": ["CVE-2"], "related": ["CVE-1"]}, ["CVE-2", "CVE-1"]),
        (["PyPI"], {"related": ["CVE-2023-4863"]}, []),
        (["PyPI"], {"upstream": ["CVE-2023-4863", "GHSA-a"]}, ["CVE-2023-4863"]),
        (["AlmaLinux:8", "PyPI"], {"related": ["CVE-2023-4863"]}, []),
        (["crates.io"], {"related": ["CVE-2023-4863"]}, []),
        ([], {"related": ["CVE-2023-4863"]}, []),
        (["AlmaLinux:8"], {"related": ["CVE-1", "CVE-2"], "aliases": ["CVE-1"]}, ["CVE-2"]),
        (["AlmaLinux:8"], {"related": "CVE-1", "upstream": [7, None, "CVE- 1", "CVE-1\n"]}, []),
    ],
)
def test_the_cves_that_a_record_speaks_of(ecosystems: list[str], fields: dict[str, Any], cves: list[str]) -> None:
    """OSV's `upstream`, and of an erratum of distributions alone `related`; never what is an alias already."""
    entries = [{"package": {"ecosystem": each, "name": "x"}, "versions": ["1"]} for each in ecosystems]
    found = osv.advisory(record("X-1", affected=entries, **fields))
    assert found.upstream == tuple(cves)


@pytest.mark.parametrize(
    ("summary", "ecosystem", "word"),
    [
        ("Important: openssl security update", "AlmaLinux:8", "important"),
        ("Low: zlib update", "Rocky Linux:9", "low"),
        ("Update: something", "AlmaLinux:8", ""),
        ("Important: not an erratum", "PyPI", ""),
    ],
)
def test_the_severity_of_an_erratum_is_in_its_title(summary: str, ecosystem: str, word: str) -> None:
    """The records of RPM distributions have no severity but the first word of their titles."""
    affected = [{"package": {"ecosystem": ecosystem, "name": "alpha"}}]
    assert osv.advisory({"id": "ALSA-1", "summary": summary, "affected": affected}).word == word


@pytest.mark.parametrize(
    ("identifier", "details", "word"),
    [
        ("PSF-2024-7", "There is a MEDIUM severity vulnerability affecting CPython.", "medium"),
        ("PSF-2024-8", "There is a\nHIGH severity issue", "high"),
        ("PSF-2024-9", "There is a DIRE severity vulnerability affecting CPython.", ""),
        ("PSF-2024-9", "There is a LOW", ""),
        ("PSF-2024-9", "", ""),
        ("PYSEC-2024-7", "There is a MEDIUM severity vulnerability affecting something.", ""),
    ],
)
def test_the_severity_of_a_flaw_of_python_is_in_its_first_sentence(identifier: str, details: str, word: str) -> None:
    """The PSF's records have no vector; since 2024 their texts begin with the severity."""
    affected = [{"package": {"ecosystem": "PyPI", "name": "alpha"}}]
    assert osv.advisory({"id": identifier, "details": details, "affected": affected}).word == word


@pytest.mark.parametrize(
    ("identifier", "said", "informs"),
    [
        ("RUSTSEC-2026-1", ["unmaintained"], "unmaintained"),
        ("RUSTSEC-2026-1", ["unsound", "notice"], "notice"),
        ("RUSTSEC-2026-1", ["unsound", None], ""),
        ("RUSTSEC-2026-1", ["novel"], ""),
        ("RUSTSEC-2026-1", [], ""),
        ("GHSA-1", ["unsound"], ""),
    ],
)
def test_what_an_informational_record_of_rustsec_says(identifier: str, said: list[str | None], informs: str) -> None:
    """Only where no entry of it reports a flaw, and in the three words that RustSec has."""
    entries = [
        {"package": {"ecosystem": "crates.io", "name": f"n{at}"}, "database_specific": {"informational": word}}
        for at, word in enumerate(said)
    ]
    assert osv.advisory({"id": identifier, "affected": entries}).informs == informs
