"""What `show` says of a flaw: the picture that its records make, as text and as JSON."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from bench import records
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from pip_assay import merged
from pip_assay.advisories import osv
from pip_assay.cli import show
from pip_assay.merged import Picture
from pip_assay.model import Data, Signals
from pip_assay.records import Advisory
from pip_assay.reports import advisory
from tests.awkward import COMMITS, RECORDS, V2, V3, V4, Record, entry, record, vector
from tests.transcripts import Person, copy


def picture(*published: Record, signals: dict[str, Signals] | None = None) -> Picture:
    return merged.picture([osv.advisory(each) for each in published], signals)


def said(*published: Record, verbose: bool = False, signals: dict[str, Signals] | None = None) -> str:
    return "\n".join(advisory.lines(picture(*published, signals=signals), verbose=verbose))


def extents(*events: str, ecosystem: str = "PyPI", **more: Any) -> list[tuple[str, str]]:
    made = entry("project", *events, **more)
    made["package"] = {"ecosystem": ecosystem, "name": "project"}
    (subject,) = picture(record("A-1", made)).subjects
    return [tuple(each) for each in subject.statements[0].extents]  # type: ignore[misc]


PYSEC = record(
    "PYSEC-1", entry("Project", "introduced 0", "fixed 2.0"), aliases=["CVE-1"], severity=vector("CVSS_V3", V3)
)
GHSA = record(
    "GHSA-1", entry("project", "introduced 1.0", "fixed 2.1"), aliases=["CVE-1"], severity=vector("CVSS_V4", V4),
    database_specific={"severity": "HIGH"}, details="What GitHub says.",
)  # fmt: skip


def test_the_picture_has_the_preferred_id_and_all_other_names() -> None:
    """PYSEC, GHSA, others, CVE; live records before withdrawn ones; names are sorted, each once."""
    gone = record(
        "PYSEC-0", entry("project", "introduced 0"), aliases=["CVE-1", "CVE-0"], withdrawn="2026-01-01T00:00:00Z"
    )
    found = picture(gone, GHSA, PYSEC)
    assert (found.id, found.aliases) == ("PYSEC-1", ("CVE-0", "CVE-1", "GHSA-1", "PYSEC-0"))
    assert [each.id for each in found.records] == ["PYSEC-1", "GHSA-1", "PYSEC-0"]
    assert (found.severity, found.score, found.malware, found.withdrawn) == ("critical", 9.3, False, False)


def test_a_flaw_that_every_source_withdrew_is_none() -> None:
    """Its records are shown, and that audits pass over them; its severity is what it was."""
    gone = PYSEC | {"withdrawn": "2026-01-01T00:00:00Z"}
    found = picture(gone)
    assert (found.withdrawn, found.severity, found.disagreement) == (True, "medium", ())
    assert "WITHDRAWN  by every source that published it; audits pass over it" in said(gone)
    assert re.search(r"PYSEC-1 .* 2026-01-01$", said(gone), re.MULTILINE)


def test_malware_is_marked_and_what_to_do_is_said() -> None:
    """A live MAL- record makes it malware, whatever id is preferred; a withdrawn one does not."""
    bad = record("MAL-1", entry("project", versions=("1.0",)), aliases=["GHSA-1"])
    assert (picture(GHSA, bad).malware, picture(GHSA, bad).severity) == (True, "critical")
    assert "MALWARE    remove it, and rotate every secret" in said(GHSA, bad)
    assert not picture(GHSA, bad | {"withdrawn": "2026-01-01T00:00:00Z"}).malware
    assert "MALWARE" not in said(GHSA)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (("introduced 0", "fixed 2.0"), [("< 2.0", "2.0")]),
        (("fixed 2.0", "introduced 1.5", "fixed 1.2", "introduced 0"), [("< 1.2", "1.2"), (">= 1.5, < 2.0", "2.0")]),
        (("introduced 1.0", "last_affected 1.4"), [(">= 1.0, <= 1.4", "")]),
        (("introduced 1.0", "last_affected 1.0"), [(">= 1.0, <= 1.0", "")]),
        (("introduced 1.0", "fixed 1.0"), [("introduced 1.0, fixed 1.0", "1.0")]),
        (("introduced 0", "limit 3"), [("< 3", "")]),
        (("introduced 1.0",), [(">= 1.0", "")]),
        (("introduced 0",), [("every release", "")]),
        (("introduced 0", "fixed 1.0", "fixed 2.0"), [("introduced 0, fixed 1.0, fixed 2.0", "1.0, 2.0")]),
        (("introduced 0", "introduced 1.0"), [("introduced 0, introduced 1.0", "")]),
        (("fixed 1.0",), [("fixed 1.0", "1.0")]),
        (("introduced 0", "fixed 2019-09-12"), [("< 2019-09-12", "2019-09-12")]),
        (("introduced 0", "novelty 1"), [("introduced 0, what cannot be read", "")]),
        ((), []),
    ],
)
def test_ranges_are_intervals_where_their_events_make_pairs(
    events: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    """Else they are shown as written: nothing is made up, and nothing left out."""
    assert extents(*events) == expected


def test_a_range_of_an_ecosystem_without_order_is_shown_as_written() -> None:
    """Its events are not sorted, and their pairs are still intervals."""
    assert extents("introduced 1", "fixed 2", "introduced 5", ecosystem="Elsewhere") == [
        (">= 1, < 2", "2"),
        (">= 5", ""),
    ]


def test_the_last_known_release_is_shown_and_commits_are_not() -> None:
    """GHSA's soft bound is a line of its own; ranges of commits say nothing about releases."""
    soft = {"last_known_affected_version_range": "<= 1.2"}
    assert extents("introduced 0", database_specific=soft) == [("every release", ""), ("last known: <= 1.2", "")]
    assert extents(ranges=COMMITS) == []


def test_listed_releases_are_in_order_and_what_is_no_version_comes_last() -> None:
    """Each once, from all entries of the project."""
    made = record("A-1", entry("p", versions=("1.10", "dev", "1.9")), entry("P", versions=("1.9", "1.9rc1")))
    assert picture(made).subjects[0].statements[0].listed == ("1.9rc1", "1.9", "1.10", "dev")


def test_projects_of_which_the_same_is_said_stand_together() -> None:
    """An advisory of a distribution names hundreds; one table says it for all that are alike."""
    twins = [entry(name, "introduced 0", "fixed 2") for name in ("one", "two", "three")]
    made = record("A-1", *twins, entry("other", "introduced 0", "fixed 3"))
    found = picture(made).subjects
    assert [[name for _, name in each.projects] for each in found] == [["one", "three", "two"], ["other"]]
    assert "  one, three, two (PyPI)" in said(made)


def test_disagreement_on_fixes_severity_and_withdrawal_is_told() -> None:
    """Records that agree are named together; a severity that is unknown disagrees with none."""
    same = record("OSV-1", entry("project", "introduced 0", "fixed 2.0"), aliases=["CVE-1"])
    none = record("OSV-2", entry("project", "introduced 0", "last_affected 1.9"), aliases=["CVE-1"])
    gone = record("OSV-3", entry("project", "introduced 0"), aliases=["CVE-1"], withdrawn="2026-01-02T03:04:05Z")
    found = picture(PYSEC, GHSA, same, none, gone)
    assert found.subjects[0].disagreement[0] == "fixed in 2.0 (PYSEC-1, OSV-1); 2.1 (GHSA-1); no release (OSV-2)"
    assert found.disagreement == (
        "severity medium 5.3 (PYSEC-1); critical 9.3 (GHSA-1)",
        "OSV-3 was withdrawn on 2026-01-02, the others stand",
    )
    assert picture(PYSEC, same).disagreement == ()
    assert picture(PYSEC, same).subjects[0].disagreement == ()


def test_disagreement_on_releases_is_told_as_far_as_releases_are_known() -> None:
    """Releases that follow one another are one run, however long; how each record judges them is said."""
    listed = record("OSV-1", entry("project", versions=("1.0", "1.1", "1.2", "1.3", "2.0")), aliases=["CVE-1"])
    (subject,) = picture(PYSEC, GHSA, listed).subjects
    assert subject.disagreement[1:] == ("2.0: affected by GHSA-1, OSV-1; not affected by PYSEC-1",)
    low = record("OSV-2", entry("project", "introduced 0", "fixed 1.3"), aliases=["CVE-1"])
    (subject,) = picture(listed, low).subjects
    assert subject.disagreement[1:] == ("1.3, 2.0: affected by OSV-1; not affected by OSV-2",)
    (subject,) = picture(record("OSV-3", entry("project", "introduced 2.0")), listed).subjects
    assert subject.disagreement == (
        "1.0 to 1.3 (4 known releases): affected by OSV-1; not affected by OSV-3",
    )  # fmt: skip


def test_what_is_possible_and_what_cannot_be_decided_is_told_apart() -> None:
    """A record that is in doubt does not agree with one that is sure."""
    soft = entry("project", "introduced 0", database_specific={"last_known_affected_version_range": "<= 1.0"})
    doubt = record("GHSA-1", soft, aliases=["CVE-1"])
    broken = record("OSV-1", entry("project", "introduced 0", "fixed dev"), aliases=["CVE-1"])
    sure = record("PYSEC-1", entry("project", versions=("1.5",)), aliases=["CVE-1"])
    (subject,) = picture(doubt, broken, sure).subjects
    assert "1.5: affected by PYSEC-1; possibly affected by GHSA-1; undecided by OSV-1" in subject.disagreement


VERSIONS = ["1.0a1", "1.0", "1.0.post1", "1.1", "1.2", "1.3rc1", "1.3", "2.0", "2.1", "10.0"]
ENTRY = st.builds(
    lambda low, high, end, listed: entry("project", f"introduced {low}", f"{end} {high}", versions=tuple(listed)),
    st.sampled_from(["0", *VERSIONS]), st.sampled_from(VERSIONS), st.sampled_from(["fixed", "last_affected"]),
    st.lists(st.sampled_from(VERSIONS), max_size=4),
)  # fmt: skip


@given(st.lists(st.lists(ENTRY, min_size=1, max_size=2), min_size=1, max_size=3))
def test_a_release_is_told_of_exactly_where_osv_evaluation_differs(told: list[list[dict[str, object]]]) -> None:
    """The oracle is the schema's pseudo-code with packaging's versions; only what a record names is known."""
    published = [record(f"A-{number}", *entries) for number, entries in enumerate(told)]
    (subject,) = picture(*published).subjects
    sentences = [each for each in subject.disagreement if not each.startswith("fixed in")]
    known = sorted(_known(published), key=Version)
    for text in known:
        affecting = [each["id"] for each in published if records.affects(each, "project", text)]
        others = [each["id"] for each in published if each["id"] not in affecting]
        expected = [f"affected by {', '.join(affecting)}; not affected by {', '.join(others)}"] * bool(
            affecting and others
        )
        assert [each.partition(": ")[2] for each in sentences if text in _releases(each, known)] == expected


def _known(published: Sequence[Record]) -> set[str]:
    entries = [each for made in published for each in made["affected"]]
    events = [event for each in entries for events in each["ranges"] for event in events["events"]]
    listed = {text for each in entries for text in each.get("versions", ())}
    return listed | {text for event in events for text in event.values()} - {"0"}


def _releases(sentence: str, known: list[str]) -> list[str]:
    found: list[str] = []
    for part in sentence.partition(": ")[0].split(", "):
        first, _, rest = part.partition(" to ")
        run = known[known.index(first) : known.index(rest.split()[0]) + 1] if rest else [first]
        assert not rest or rest.endswith(f"({len(run)} known releases)")
        found += run
    return found


def test_the_text_shows_claims_side_by_side() -> None:
    """One table for a project: who, what, fixed where, how bad, when; below it, the disagreement."""
    assert said(PYSEC, GHSA).splitlines() == [
        "PYSEC-1  Flaw PYSEC-1",
        "  aliases    CVE-1, GHSA-1",
        "  severity   critical 9.3",
        f"             5.3  {V3}  (PYSEC-1)",
        f"             9.3  {V4}  (GHSA-1)",
        '             "high"  (GHSA-1)',
        "",
        "  project (PyPI)",
        "    source   affected       fixed in  severity      published   modified",
        "    PYSEC-1  < 2.0          2.0       medium 5.3    2026-01-02  2026-11-20",
        "    GHSA-1   >= 1.0, < 2.1  2.1       critical 9.3  2026-01-02  2026-11-20",
        "    disagree   fixed in 2.0 (PYSEC-1); 2.1 (GHSA-1)",
        "    disagree   2.0: affected by GHSA-1; not affected by PYSEC-1",
        "",
        "  disagree   severity medium 5.3 (PYSEC-1); critical 9.3 (GHSA-1)",
        "",
        "  GHSA-1  Flaw GHSA-1",
        "    What GitHub says.",
    ]


def test_the_details_of_the_first_record_are_shown_and_of_the_others_when_asked() -> None:
    """What is left out is said; summaries always stand."""
    first, second = PYSEC | {"details": "First.\n\nMore."}, GHSA
    short, long = said(first, second), said(first, second, verbose=True)
    assert "    First.\n\n    More." in short
    assert "What GitHub says." not in short
    assert "  GHSA-1  Flaw GHSA-1\n" in short
    assert "  1 text more with -v: GHSA-1" in short
    assert "    What GitHub says." in long
    assert "more with -v" not in long


def test_a_summary_is_said_once() -> None:
    """The title is the first summary; a record without any words is not named again."""
    silent = PYSEC | {"summary": ""}
    assert said(silent, GHSA | {"details": ""}).splitlines()[0] == "PYSEC-1  Flaw GHSA-1"
    assert said(silent, GHSA | {"details": ""}).count("Flaw GHSA-1") == 1


def test_references_are_merged_and_each_stands_once() -> None:
    """With the kind that says most."""
    link = "https://advisories.example/1"
    one = PYSEC | {"references": [{"type": "WEB", "url": link}, {"type": "FIX", "url": "https://forge.example/fix"}]}
    two = GHSA | {"references": [{"type": "ADVISORY", "url": link}, {"type": "ARTICLE", "url": link}]}
    assert said(one, two).splitlines()[-2:] == [
        "  see        https://advisories.example/1 (advisory)", "             https://forge.example/fix (fix)",
    ]  # fmt: skip


def test_signals_are_told_for_each_cve() -> None:
    """What is unknown is called so."""
    known = {
        "CVE-2": Signals(True, "2023-09-13", True, 0.943, 0.99), "CVE-1": Signals(False, epss=0.00004, percentile=0.1),
        "CVE-3": Signals(),
    }  # fmt: skip
    told = said(PYSEC, signals=known)
    assert "  attacks    CVE-1: not known to be exploited, EPSS <0.1%\n" in told
    assert "             CVE-2: known exploited since 2023-09-13, used in ransomware, EPSS 94.3%\n" in told
    assert "             CVE-3: exploitation unknown\n" in told
    assert "attacks" not in said(PYSEC)


def test_a_record_that_names_no_project_says_so() -> None:
    """CPython's advisories name commits alone."""
    assert "No project of an ecosystem is named, so no audit finds it." in said(record("PSF-1"))
    assert "no release is named" in said(record("A-1", entry("project", ranges=[])))


def test_a_record_of_very_many_ranges_is_shown_in_part() -> None:
    """The terminal gets the first ones and how many there are; JSON has all."""
    many = [f"{bound} {number}.{half}" for number in range(50) for half, bound in ((0, "introduced"), (5, "fixed"))]
    made = record("A-1", entry("project", *many, versions=tuple(f"{number}.1" for number in range(9))))
    told = said(made)
    assert ">= 11.0, < 11.5" in told
    assert ">= 12.0" not in told
    assert "and 38 lines more; see -f json" in told
    assert "9 listed: 0.1 ... 8.1" in told
    assert "listed: 0.1, 1.1" in said(record("A-1", entry("project", versions=("0.1", "1.1"))))
    assert len(_shown(made)["projects"][0]["claims"][0]["ranges"]) == 50


def _shown(*published: Record) -> dict[str, list[dict[str, list[dict[str, list[object]]]]]]:
    raw = {each["id"]: json.dumps(each).encode() for each in published}
    text = advisory.document([picture(*published)], raw, [], Data("local database"))
    found: dict[str, list[dict[str, list[dict[str, list[object]]]]]] = json.loads(text)["advisories"][0]
    return found


def test_json_has_the_picture_and_each_record_as_published() -> None:
    """Programs get the claims of each source, and nothing of the records is lost."""
    raw = {each["id"]: json.dumps(each).encode() for each in (PYSEC, GHSA)}
    known = {"CVE-1": Signals(True, "2023-09-13")}
    document = json.loads(
        advisory.document([picture(PYSEC, GHSA, signals=known)], raw, ["CVE-9"], Data("local database"))
    )
    (found,) = document["advisories"]
    assert found["records"] == [PYSEC, GHSA]
    assert (found["id"], found["aliases"], found["severity"]) == ("PYSEC-1", ["CVE-1", "GHSA-1"], "critical")
    (project,) = found["projects"]
    assert (project["ecosystem"], project["name"], len(project["disagreement"])) == ("PyPI", "project", 2)
    assert project["claims"][1] == {
        "id": "GHSA-1", "ranges": [{"affected": ">= 1.0, < 2.1", "fixed": "2.1"}], "listed": [], "severity": "critical",
        "published": "2026-01-02T03:04:05Z", "modified": "2026-11-20T08:00:00Z", "withdrawn": "",
    }  # fmt: skip
    assert found["signals"]["CVE-1"]["exploited"] is True
    assert document["not_found"] == ["CVE-9"]
    assert document["schema_version"] == advisory.SCHEMA


HOSTILE = "\x1b[31mred\x1b[0m ##vso[task.setvariable]x ::error::no \u202eesrever\x9b2J\r\n::add-mask::y"


def test_hostile_text_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Promise 7: no escape, no control, no bidi character, no command to a build server, in text or JSON."""
    from pip_assay.cli import output

    events = (f"introduced {HOSTILE}", f"fixed {HOSTILE}")
    made = record(
        "A-1", entry(f"project {HOSTILE}", *events, versions=(HOSTILE,)),
        summary=HOSTILE, details=f"a\n{HOSTILE}\n::b::",
        references=[{"type": HOSTILE, "url": HOSTILE}], database_specific={"severity": HOSTILE}, published=HOSTILE,
        severity=vector(HOSTILE, HOSTILE), withdrawn=f"2026-{HOSTILE}",
    )  # fmt: skip
    other = record("A-2", entry(f"project {HOSTILE}", "introduced 0", "fixed 1"))
    output.lines(advisory.lines(picture(made, other), verbose=True))
    told = capsys.readouterr().out
    for text in (told, advisory.document([picture(made)], {"A-1": json.dumps(made).encode()}, [], Data("x", HOSTILE))):
        assert all(each.isprintable() for each in text.splitlines())
        assert not re.search(r"^\s*::|##\w*\[", text, re.MULTILINE)


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    made = Person(copy("vulnerable", tmp_path), monkeypatch, capfd)
    folder = tmp_path / "more"
    folder.mkdir()
    for each in RECORDS:
        (folder / f"{each['id']}.json").write_text(json.dumps(each), encoding="utf-8")
    assert made.types("db", "import", "records", str(folder)).code == 0
    return made


def test_records_are_found_through_any_name_and_any_chain(person: Person) -> None:
    """Any id or alias, in any letter case, leads to the whole picture, which is the same."""
    chain = ("CVE-2026-106", "cve-2026-107", "OSV-2026-107", "ghsa-chai", "PYSEC-2026-106", "GHSA-else-else-else")
    texts = {person.types("show", each).stdout for each in chain}
    assert len(texts) == 1
    (text,) = texts
    assert text.startswith("PYSEC-2026-106  ")
    assert all(each.upper() in text.upper() for each in chain)
    assert "elsewhere (PyPI)" in text


def test_several_ids_are_shown_each_once(person: Person) -> None:
    """Two names of one flaw are one picture; pictures are parted by a line."""
    both = person.types("show", "CVE-2026-1", "PYSEC-2026-5", "GHSA-aaaa-aaaa-aaaa")
    alone = [person.types("show", each).stdout for each in ("CVE-2026-1", "PYSEC-2026-5")]
    assert (both.code, both.stdout) == (0, "\n".join(alone))


def test_an_id_that_no_record_has_is_told(person: Person) -> None:
    """Exit 1, and what was found is shown all the same."""
    one = person.types("show", "CVE-1")
    assert (one.code, one.stdout) == (1, "")
    assert "no record of 2026-11-20 has the id or alias CVE-1" in one.stderr
    two = person.types("show", "CVE-1", "CVE-2026-1", "cve-2", "-f", "json")
    assert two.code == 1
    assert [each["id"] for each in json.loads(two.stdout)["advisories"]] == ["PYSEC-2026-1"]
    assert json.loads(two.stdout)["not_found"] == ["CVE-1", "cve-2"]


def test_json_holds_the_records_as_they_were_imported(person: Person) -> None:
    """The bytes that came in, as values."""
    found = json.loads(person.types("show", "CVE-2026-1", "-f", "json").stdout)["advisories"][0]
    for each in found["records"]:
        assert each == json.loads((person.folder / "records" / f"{each['id']}.json").read_text(encoding="utf-8"))
    assert len(found["records"]) == 2


@pytest.mark.parametrize("arguments", [(), ("CVE-1", "-f", "html"), ("CVE-1", "-s", "osv"), ("CVE-1", "--no-such")])
def test_wrong_usage_is_told(arguments: tuple[str, ...], person: Person) -> None:
    """Exit 2, and one sentence."""
    told = person.types("show", *arguments)
    assert (told.code, told.stdout) == (2, "")
    assert told.stderr.count("\n") == 1


def test_no_database_is_no_answer(person: Person) -> None:
    """Exit 3, not 1: nobody looked."""
    assert person.types("show", "CVE-2026-1", "--db", "none.db", "--offline").code == 3


def test_the_severity_of_one_record_is_its_own() -> None:
    """Band and score, the band of its word, or unknown."""
    rated = [merged.rated(Advisory("A", word=word)) for word in ("", "moderate")]
    assert rated == ["unknown", "medium"]
    assert merged.rated(osv.advisory(record("A", severity=vector("CVSS_V2", V2)))) == "high 7.5"


@pytest.fixture
def errata(person: Person) -> Person:
    """A database with two errata of a distribution, which speak of a CVE of ours and of others."""
    package = {"ecosystem": "AlmaLinux:8", "name": "libwebp"}
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0.0-8.el8"}]}]
    for number, cves in ((1, ["CVE-2026-1", "CVE-2026-900"]), (2, ["CVE-2026-900"])):
        made = {
            "id": f"ALSA-2026:{number}", "modified": "2026-11-01T00:00:00Z", "published": "2026-10-01T00:00:00Z",
            "summary": f"Important: libwebp {number}", "related": cves,
            "affected": [{"package": package, "ranges": ranges}],
        }  # fmt: skip
        (person.folder / f"ALSA-{number}.json").write_text(json.dumps(made))
    assert person.types("db", "import", "ALSA-1.json", "ALSA-2.json").code == 0
    return person


def test_records_that_speak_of_a_cve_stand_in_a_section_of_their_own(errata: Person) -> None:
    """They are no part of the picture of the flaw; where there is no other record, they are what is known of it."""
    alone = errata.types("show", "cve-2026-900")
    assert alone.code == 0
    assert alone.stdout.splitlines() == [
        "Records that speak of CVE-2026-900:",
        "  ALSA-2026:1  AlmaLinux:8  2026-10-01  Important: libwebp 1",
        "  ALSA-2026:2  AlmaLinux:8  2026-10-01  Important: libwebp 2",
    ]
    for name in ("CVE-2026-1", "PYSEC-2026-1"):
        picture, _, section = errata.types("show", name).stdout.partition("\nRecords that speak of CVE-2026-1:\n")
        assert "ALSA" not in picture
        assert section == "  ALSA-2026:1  AlmaLinux:8  2026-10-01  Important: libwebp 1\n"


def test_an_erratum_names_what_it_speaks_of(errata: Person) -> None:
    """Not as its aliases."""
    text = errata.types("show", "ALSA-2026:1").stdout
    assert "  speaks of  CVE-2026-1, CVE-2026-900\n" in text
    assert "aliases" not in text
    assert "Records that speak" not in text


def test_json_has_the_records_that_speak_of_a_cve(errata: Person) -> None:
    """By CVE, as they were published."""
    found = json.loads(errata.types("show", "CVE-2026-900", "CVE-2026-1", "-f", "json").stdout)
    assert {cve: [each["id"] for each in records] for cve, records in found["speaking"].items()} == {
        "CVE-2026-900": ["ALSA-2026:1", "ALSA-2026:2"], "CVE-2026-1": ["ALSA-2026:1"],
    }  # fmt: skip
    assert found["speaking"]["CVE-2026-1"][0]["related"] == ["CVE-2026-1", "CVE-2026-900"]
    assert ([each["id"] for each in found["advisories"]], found["not_found"]) == (["PYSEC-2026-1"], [])
    (own,) = json.loads(errata.types("show", "ALSA-2026:2", "-f", "json").stdout)["advisories"]
    assert (own["aliases"], own["upstream"]) == ([], ["CVE-2026-900"])


def test_a_service_that_a_variable_names_is_not_asked(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """`show` reads the database, whoever answers audits."""
    monkeypatch.setenv("PIP_AUDIT_VULNERABILITY_SERVICE", "osv")
    assert person.types("show", "CVE-2026-1").code == 0
    assert "--osv-url" not in show.parsers()["show"].format_help()
