"""What sarif, gitlab, junit and github share, and the laws that hold for each of them."""

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pip_assay
from pip_assay.model import (
    INTERNAL,
    NOT_ASKED,
    Audit,
    Finding,
    Inventory,
    LeftOut,
    Notice,
    Pin,
    Place,
    Problem,
    Report,
    Signals,
    Upgrade,
    Verdict,
)
from pip_assay.records import Advisory
from pip_assay.reports import Style, listing, load, relative
from tests import samples
from tests.report_strategies import FORBIDDEN, obeyed, ordinary, poisoned, shuffled

FORMATS = ("sarif", "gitlab", "junit", "github")
FULL = Style(descriptions=True, aliases=True)
FOO = samples.dependency("foo", "1.0", line=3)


def report_of(*verdicts: Verdict, upgrades: tuple[Upgrade, ...] = (), target: str = "requirements.txt") -> Report:
    """Return the report of one target with these verdicts."""
    listed = tuple(dict.fromkeys(each.finding.dependency for each in verdicts))
    return Report((Audit(Inventory(target, "requirements", listed), verdicts, upgrades),))


def item_of(found: Finding, *upgrades: Upgrade, status: str = "fails") -> listing.Item:
    """Return the one item of a finding."""
    (item,) = listing.items(report_of(Verdict(found, status), upgrades=upgrades))  # type: ignore[arg-type]
    return item


# --- laws of every format ----------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40)
@given(
    report=ordinary() | st.sampled_from(list(samples.SAMPLES)).map(lambda name: samples.SAMPLES[name]()),
    seed=st.integers(0, 99),
)
def test_the_same_report_gives_the_same_bytes(name: str, report: Report, seed: int) -> None:
    """Whatever order its parts come in."""
    module = load(name)
    assert module.render(report, FULL) == module.render(shuffled(report, Random(seed)), FULL)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40)
@given(report=poisoned())
def test_hostile_text_steers_nothing(name: str, report: Report) -> None:
    """No character that a terminal obeys, and no line that a build server obeys but the format's own commands."""
    text = load(name).render(report, FULL)
    assert not FORBIDDEN & set(text)
    lines = text.splitlines()
    assert "\n".join((*lines, "")) == text
    for line in lines:
        own = name == "github" and line.startswith(("::error ", "::warning ", "::notice "))
        assert not obeyed(line.removeprefix("::") if own else line)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_loads_no_other(name: str) -> None:
    """Who asks for one format pays for one."""
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from pip_assay.model import Report; from pip_assay.reports import FORMATS, Style, load\n"
        f"assert load({name!r}).render(Report(()), Style(in_file=True))\n"
        "print(*(each for each in FORMATS if f'pip_assay.reports.{each}' in sys.modules))"
    )
    source = str(Path(pip_assay.__file__).parents[1])
    command = [sys.executable, "-I", "-S", "-c", program, source]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == [name]


def many(number: int) -> Report:
    """Return a report with so many findings, each with 4,000 characters of description, ten in each release."""
    verdicts = []
    for index in range(number):
        of = samples.dependency(f"package-{index // 10}", "1.0", line=index // 10 + 1)
        record = Advisory(f"PYSEC-2026-{index}", (f"CVE-2026-{index}",), f"Flaw {index}", f"Text {index}. " * 300)
        aliases = (f"CVE-2026-{index}", f"GHSA-{index}")
        verdicts.append(Verdict(Finding(record.id, aliases, of, (record,), "high", 7.5, ("1.1",)), "fails"))
    return report_of(*verdicts)


@pytest.mark.parametrize("name", FORMATS)
def test_memory_grows_with_the_findings_and_no_more(name: str) -> None:
    """5,000 findings take less than a tenth of the 500 MB that 50,000 may take."""
    report = many(5_000)
    tracemalloc.start()
    try:
        assert load(name).render(report, FULL)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000


@pytest.mark.parametrize("name", FORMATS)
def test_a_long_description_is_cut(name: str) -> None:
    """A record with a megabyte of text makes no report of a megabyte."""
    long = Advisory("PYSEC-1", summary="word " * 200_000, details="word " * 200_000)
    found = Finding("PYSEC-1", (), FOO, (long,))
    assert len(load(name).render(report_of(Verdict(found, "fails")), FULL)) < 30_000


@pytest.mark.parametrize("name", FORMATS)
def test_malware_comes_first(name: str) -> None:
    """However bad the others are, and wherever its target stands."""
    text = load(name).render(samples.several(), FULL)
    others = ("CVE-2019-10906", "CVE-2022-40674") if name != "junit" else ("CVE-2022-40674",)
    assert all(text.index("MAL-2025-191") < text.index(other) for other in others)


# --- items -------------------------------------------------------------------------------------


def test_findings_to_be_settled_come_first_worst_first() -> None:
    """Silenced ones are last; unknown severity is not the least."""
    bands = (("a", "low", None), ("b", "unknown", None), ("c", "none", 0.0), ("d", "high", 7.1), ("e", "high", 8.8))
    made = [samples.finding(FOO, name, severity=band, score=score) for name, band, score in bands]
    silenced = Verdict(samples.finding(FOO, "z", severity="critical"), "ignored")
    malware = samples.finding(FOO, "MAL-1", severity="critical", malware=True)
    found = listing.items(report_of(silenced, *samples.fails(*made, malware)))
    assert [item.name for item in found] == ["MAL-1", "e", "d", "a", "b", "c", "z"]


def test_one_finding_of_two_targets_is_listed_once() -> None:
    """Two requirements files that include a third do not double its findings; another status does."""
    verdict = Verdict(samples.finding(FOO, "PYSEC-1"), "fails")
    twice = Report((*report_of(verdict).audits, *report_of(verdict, target="other").audits))
    assert len(listing.items(twice)) == 1
    warned = Report((*report_of(verdict).audits, *report_of(verdict._replace(status="warns")).audits))
    assert len(listing.items(warned)) == 2


def test_two_releases_in_one_file_have_two_fingerprints() -> None:
    """The second is numbered, so that no tool takes both for one."""
    newer = samples.dependency("foo", "2.0", line=9)
    found = listing.items(report_of(*samples.fails(samples.finding(newer, "X-1"), samples.finding(FOO, "X-1"))))
    first, second = (item.fingerprint for item in found)
    assert [item.finding.dependency.pin.version for item in found] == ["1.0", "2.0"]
    assert second == f"{first}:2"


def test_advice_names_the_upgrade_that_settles_most() -> None:
    """Else the first fix, else what is left to do."""
    found = samples.finding(FOO, "X-1", fixed_in=("1.1", "2.0"))
    assert item_of(found, Upgrade("foo", "1.0", "1.2", ("X-1",))).advice == "Upgrade foo to 1.2."
    assert item_of(found, Upgrade("foo", "1.0", "1.2", ("X-2",))).advice == "Upgrade foo to 1.1."
    assert item_of(found._replace(fixed_in=())).advice == "No fix known."
    inside = found._replace(dependency=FOO._replace(inside=Pin("PyPI", "carrier", "3.0")))
    assert item_of(inside).advice == "Upgrade carrier to a release that carries foo 1.1 or later."
    assert item_of(inside).release == "foo 1.0 inside carrier 3.0"
    malware = found._replace(malware=True)
    replaced = item_of(malware, Upgrade("foo", "1.0", "1.1", ("X-1",)))
    assert replaced.advice == "Replace foo 1.0 with 1.1, and rotate secrets: the release itself is malicious."
    removed = item_of(malware)
    assert removed.advice == "Remove foo 1.0, and rotate secrets: the release itself is malicious."


def test_a_flaw_without_a_summary_is_told_by_its_details() -> None:
    """A heading's marks are left out; without either it says so."""
    record = Advisory("X-1", details="\n# Impact\nText")
    assert item_of(samples.finding(FOO, "X-1")._replace(advisories=(record,))).about == "Impact"
    assert item_of(samples.finding(FOO, "X-1")).about == "no description"


def test_notes_say_what_to_know() -> None:
    """Exploitation, doubt, disagreement, paths, other places, and a rule that did not silence malware."""
    found = samples.finding(
        FOO, "X-1", certainty="possible", because="above 0.9", disagreement=("b", "a"),
        paths=(("bar", "foo"), ("baz", "foo")), places=(FOO.place, Place("b.txt", 2)),
        signals=Signals(True, "2026-11-20", ransomware=True, epss=0.1234),
    )  # fmt: skip
    assert listing.notes(item_of(found)) == [
        "known to be exploited since 2026-11-20, in ransomware campaigns too",
        "probability of exploitation within 30 days: 12.3%",
        "possibly affected: above 0.9",
        "sources disagree: a",
        "sources disagree: b",
        "brought in by bar > foo",
        "also written at b.txt:2",
    ]
    plain = samples.finding(FOO, "X-1", signals=Signals(True), certainty="possible", paths=(("foo",),))
    assert listing.notes(item_of(plain)) == ["known to be exploited", "possibly affected"]
    (item,) = listing.items(
        report_of(Verdict(plain._replace(signals=Signals()), "fails", "a.toml:4", "expired on 2026-10-01"))
    )
    assert listing.notes(item)[0] == "ignore of a.toml:4 expired on 2026-10-01"


def test_only_addresses_that_a_browser_opens_are_links() -> None:
    """No script, no white space, no bracket that ends a link."""
    addresses = ("https://a.example/x?y=1#z", "javascript:alert(1)", "https://a.example/ b", "https://a.example/<b>")
    record = Advisory("X-1", references=tuple(("WEB", each) for each in (*addresses, addresses[0])))
    assert listing.links(item_of(samples.finding(FOO, "X-1")._replace(advisories=(record,)))) == [addresses[0]]


def test_a_place_has_a_file_with_forward_slashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows too; a finding without any place is in its target."""
    assert listing.path_of(Place("./a/b.txt", 3), "t") == Place("a/b.txt", 3)
    assert listing.path_of(Place("a\\b.txt"), "t") == Place("a\\b.txt")
    assert listing.path_of(Place(""), "target") == Place("target")
    assert listing.path_of(Place(""), "") == Place("unknown")
    monkeypatch.setattr(os, "sep", "\\")
    assert listing.path_of(Place("a\\b.txt"), "t") == Place("a/b.txt")


def test_up_to_ten_of_what_was_left_out_quietly_are_named() -> None:
    """Each release once, however many targets hold it; of more, how many they are."""
    skipped = tuple(samples.dependency(f"own-{number:02}", "1.0", skipped=INTERNAL) for number in range(12))
    audits = tuple(Audit(Inventory(name, "requirements", skipped)) for name in "ab")
    named = ", ".join(f"own-{number:02} 1.0" for number in range(10))
    assert listing.remarks(Report(audits)) == [f"12 packages not audited ({named} and 2 more): {INTERNAL}"]
    for name in ("sarif", "gitlab", "github"):
        text = load(name).render(Report(audits), FULL).replace("%2C", ",")
        assert f"({named} and 2 more): {INTERNAL}" in text


def absolute(report: Report, folder: str) -> Report:
    """Return the report as it is where every file was named with its folder: every place and target, and no more."""

    def walk(value: Any) -> Any:
        if isinstance(value, Place):
            return value._replace(file=f"{folder}/{value.file}")
        if isinstance(value, tuple):
            made = [walk(each) for each in value]
            return type(value)(*made) if hasattr(value, "_fields") else tuple(made)
        return value

    def named(audit: Audit) -> Audit:
        return audit._replace(inventory=audit.inventory._replace(target=f"{folder}/{audit.inventory.target}"))

    made = walk(report)
    return made._replace(audits=tuple(map(named, made.audits)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("sample", ["findings", "several", "incomplete", "nothing"])
def test_an_absolute_target_is_told_as_seen_from_the_current_folder(name: str, sample: str) -> None:
    """The same annotations, places and fingerprints however the target was named; what is elsewhere stays as it is."""
    report = samples.SAMPLES[sample]()
    here = absolute(report, "/here/project")
    folders: tuple[str, ...]
    for folders in (("/here/project",), ("/real", "/here/project"), ("/here/project/",)):
        assert load(name).render(here, FULL._replace(folders=folders)) == load(name).render(report, FULL)
    for folders in ((), ("/here/pro",), ("/else",)):
        assert load(name).render(here, FULL._replace(folders=folders)) == load(name).render(here, FULL)
    assert "/here/project/" in load(name).render(here, FULL)


def test_the_current_folder_itself_is_a_dot() -> None:
    """A target may be the folder; on Windows its name has backslashes."""
    (audit,) = samples.clean().audits
    report = Report((audit._replace(inventory=audit.inventory._replace(target="/here/")),))
    assert relative.relative(report, ["/here"]).audits[0].inventory.target == "."


def test_what_was_left_out_quietly_is_counted() -> None:
    """Dependencies, folders, and the packages of which the index tells nothing."""
    skipped = [samples.dependency(name, "1.0", skipped=NOT_ASKED) for name in ("a", "b")]
    told = samples.dependency("c", "", skipped="has no certain version")
    problem = Problem("unpinned", "has no certain version", subject="c")
    inventory = Inventory("x", "requirements", (*skipped, told), (problem,))
    audit = Audit(inventory, notices=(Notice(FOO.pin, "unknown"), Notice(FOO.pin, "yanked", "broken")))
    report = Report((audit,), left_out=(LeftOut("a", "a virtual environment"), LeftOut("b", "a virtual environment")))
    assert listing.remarks(report) == [
        f"2 packages not audited (a 1.0, b 1.0): {NOT_ASKED}",
        "not looked into: 2 x a virtual environment",
        "the index publishes no status of 1 package",
    ]
    assert listing.notices(audit) == [Notice(FOO.pin, "yanked", "broken")]


def test_notices_are_one_line_those_that_fail_first() -> None:
    """The index's own reason is kept."""
    listed = (
        Notice(FOO.pin, "unlisted"),
        Notice(FOO.pin, "quarantined", "a\nb"),
        Notice(FOO.pin, "yanked", fails=True),
    )
    texts = [listing.notice_text(each) for each in listing.notices(Audit(Inventory("x", "y"), notices=listed))]
    assert texts == ["foo 1.0: yanked", "foo 1.0: quarantined: a b", "foo 1.0: not listed by the index"]


def test_json_on_one_line_is_what_it_was() -> None:
    """A build server's command in it is spelled so that only a reader of JSON sees it."""
    hostile = {"a": "##[error]é##vso[x]"}
    text = listing.one_line(hostile, "b", iter([hostile, hostile]))
    assert text.isascii()
    assert not obeyed(text)
    assert json.loads(text) == {**hostile, "b": [hostile, hostile]}
    assert json.loads(listing.one_line(hostile, "b", [])) == {**hostile, "b": []}
