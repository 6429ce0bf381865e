"""Reports that were saved as JSON: read again they are the same; whatever else is given is refused with its path."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay import policy
from pip_assay.model import (
    PYPI,
    Audit,
    Data,
    Dependency,
    Finding,
    Fix,
    Inventory,
    LeftOut,
    Notice,
    NoticeKind,
    Origin,
    Pin,
    Place,
    Problem,
    Report,
    Rule,
    RuleState,
    Signals,
    Status,
    Upgrade,
    Verdict,
)
from pip_assay.records import Advisory, Affected, Range
from pip_assay.reports import FORMATS, Style, load, saved
from pip_assay.reports import json as written
from pip_assay.reports.entries import in_order, problems_of
from pip_assay.reports.members import Malformed
from tests import bills, page_sample, samples
from tests.report_strategies import identifiers, names, nasty, replaced

FULL = Style(descriptions=True, aliases=True)

RULES = (
    Rule("pyproject.toml:4", "CVE-2026-1", "tests only", "2026-10-01", "ann", "over", "expired on 2026-10-01", True),
    Rule("--ignore-vuln X-1", "X-1", state="unused"),
    Rule("pyproject.toml:9", "PYSEC-2019-217", "sandboxed"),
)


def twins() -> Report:
    """Return a report with two targets of one name, rules, groups, and everything else that other samples lack."""
    first, second = page_sample.everything().audits
    twin = second._replace(inventory=second.inventory._replace(target="uv.lock", kind="conda", groups=("dev", "docs")))
    problem = Problem("stale", "the advisory data is 12 days old", hint="run pip-assay db update")
    return Report(
        (first._replace(rules=RULES[1:]), twin._replace(rules=RULES)),
        (problem,),
        samples.DATA._replace(as_of="2026-11-01", kev="2026-10-31"),
        (LeftOut("a", "ignored by git"), LeftOut("b", "virtual environment")),
    )


def mended() -> Report:
    """Return a report after --fix, which has settled something in each of two targets, and not everything."""
    audits = [
        each._replace(verdicts=each.verdicts[1:], settled=each.verdicts[:1]) for each in page_sample.everything().audits
    ]
    return Report(tuple(audits), fixes=(Fix("alpha", "1.2", "2.1"), Fix("old", "1.0"), Fix("beta", "0.9", why="no")))


ALL = {**bills.ALL, "everything": page_sample.everything, "twins": twins, "mended": mended}


def document(report: Report, style: Style = FULL) -> Any:
    """Return the report as it is in a file."""
    return json.loads(load("json").render(report, style))


# --- the same report, with what has no order of its own in the order of JSON ---------------------


def canonical(report: Report) -> Report:
    """Return what saved.report promises to give back of a report."""
    return report._replace(
        audits=tuple(map(_audit, report.audits)),
        problems=tuple(in_order(report.problems)),
        left_out=tuple(sorted(report.left_out)),
    )


def _audit(audit: Audit) -> Audit:
    listed = sorted(map(_listed, audit.inventory.dependencies), key=repr)
    return audit._replace(
        inventory=audit.inventory._replace(dependencies=tuple(listed), problems=()),
        verdicts=_verdicts(audit.verdicts),
        settled=_verdicts(audit.settled),
        problems=tuple(problems_of(audit)),
        notices=tuple(each._replace(places=tuple(sorted(each.places))) for each in sorted(audit.notices)),
        upgrades=tuple(
            each._replace(settles=tuple(sorted(each.settles)), places=tuple(sorted(each.places)))
            for each in sorted(audit.upgrades)
        ),
    )


def _verdicts(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    found = sorted(verdicts, key=lambda each: (each.finding.dependency.pin, each.finding.id))
    return tuple(map(_verdict, sorted(found, key=lambda each: not each.finding.malware)))


def _listed(dependency: Dependency) -> Dependency:
    return dependency._replace(groups=tuple(sorted(dependency.groups)))


def _verdict(verdict: Verdict) -> Verdict:
    finding = verdict.finding
    return verdict._replace(
        finding=finding._replace(
            aliases=tuple(sorted(finding.aliases)),
            dependency=_listed(finding.dependency),
            advisories=tuple(_advisory(each, finding.dependency.pin) for each in finding.advisories),
            places=tuple(sorted({finding.dependency.place, *finding.places})),
            disagreement=tuple(sorted(finding.disagreement)),
        )
    )


def _advisory(advisory: Advisory, pin: Pin) -> Advisory:
    own = [each for each in advisory.affected if (each.ecosystem, each.name) == (pin.ecosystem, pin.name)]
    events = tuple(event for each in own for span in each.ranges if span.kind != "GIT" for event in span.events)
    affected = (Affected(pin.ecosystem, pin.name, ranges=(Range("ECOSYSTEM", events),)),) if events else ()
    return advisory._replace(aliases=tuple(sorted(advisory.aliases)), affected=affected)


def by_repr(report: Report) -> Report:
    """Return the report with dependencies sorted as `canonical` sorts them; JSON's own order is its own affair."""
    audits = (
        each._replace(
            inventory=each.inventory._replace(dependencies=tuple(sorted(each.inventory.dependencies, key=repr)))
        )
        for each in report.audits
    )
    return report._replace(audits=tuple(audits))


# --- reports of any shape --------------------------------------------------------------------


pins = st.builds(Pin, st.sampled_from([PYPI, "crates.io"]), names.map(str.lower), st.sampled_from(["1.0", "1.0RC1"]))
shares = st.none() | st.floats(0, 1)
kinds: Any = st.sampled_from(samples.words(NoticeKind))
states: Any = st.sampled_from(samples.words(RuleState))


@st.composite
def noted(draw: st.DrawFn) -> Report:
    """Return a report of any shape, with notices, rules, signals, groups and folders that were left out."""
    made = draw(bills.reports)
    audits = [
        each._replace(
            verdicts=tuple(
                verdict._replace(
                    finding=verdict.finding._replace(
                        signals=Signals(
                            draw(st.none() | st.booleans()),
                            draw(nasty),
                            draw(st.booleans()),
                            draw(shares),
                            draw(shares),
                        ),
                        score=draw(st.none() | st.floats(0, 10)),
                    ),
                    change=draw(st.sampled_from(["", "introduced", "newly published", "known"])),
                )
                for verdict in each.verdicts
            ),
            inventory=each.inventory._replace(groups=tuple(draw(st.lists(nasty, max_size=2)))),
            notices=tuple(
                draw(st.lists(st.builds(Notice, pins, kinds, nasty, st.just(()), st.booleans()), max_size=3))
            ),
            rules=tuple(
                draw(
                    st.lists(
                        st.builds(Rule, nasty, identifiers, nasty, nasty, nasty, states, nasty, st.booleans()),
                        max_size=3,
                    )
                )
            ),
            upgrades=tuple(
                draw(st.lists(st.builds(Upgrade, names, nasty, nasty, st.just(("X-1",)), st.just(())), max_size=2))
            ),
        )
        for each in made.audits
    ]
    left_out = tuple(draw(st.lists(st.builds(LeftOut, nasty, nasty), max_size=2, unique=True)))
    return made._replace(audits=tuple(audits), left_out=tuple(sorted(left_out)))


def is_sound(report: Report) -> bool:
    """Return whether no target has one flaw twice, once as malware and once not, which no audit makes."""
    for audit in report.audits:
        flaws = [(each.finding.dependency.pin, each.finding.id) for each in audit.verdicts]
        if len(set(flaws)) < len(flaws):
            return False
    return True


reports = noted().filter(is_sound)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("style", [FULL, Style()])
def test_samples_come_back(name: str, style: Style) -> None:
    """A report that was saved, in any style, is that report again."""
    report = ALL[name]()
    assert by_repr(saved.report(written.document(report, style))) == canonical(report)
    assert document(report, style) == written.document(report, style)


@settings(max_examples=100)
@given(reports)
def test_every_report_comes_back(report: Report) -> None:
    """Whatever a report holds comes back, and so does the exit code that it deserves."""
    again = saved.report(document(report))
    assert by_repr(again) == canonical(report)
    assert policy.exit_code(again) == policy.exit_code(canonical(report))


STYLES = (Style(), Style(descriptions=True, aliases=True, verbose=1, unicode=False, width=60))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("sample", ALL)
def test_every_format_of_a_sample_is_the_same(name: str, sample: str) -> None:
    """A format made of a saved report is to the byte the format made of the report."""
    report = ALL[sample]()
    again = saved.report(document(report, Style()))
    for style in STYLES:
        assert load(name).render(again, style) == load(name).render(report, style)


@settings(max_examples=40)
@given(reports, st.sampled_from(FORMATS), st.sampled_from(STYLES))
def test_every_format_of_any_report_is_the_same(report: Report, name: str, style: Style) -> None:
    """So is that of a report of any shape."""
    again = saved.report(document(report))
    assert load(name).render(again, style) == load(name).render(report, style)


# --- documents before 1.2 ----------------------------------------------------------------------

ADDED = {
    "": ("notices", "rules"),
    "data": ("as_of", "kev", "epss"),
    "targets": ("groups", "rules", "dependencies"),
    "findings": ("target_number", "owner", "justification", "change", "signals", "dependency"),
    "upgrades": ("target_number",),
    "problems": ("target_number",),
}
"""The keys that version 1.2 added."""


def older(report: Report) -> Any:
    """Return the document as version 1.1 wrote it."""
    told = document(report)
    for key, added in ADDED.items():
        for each in [told] if not key else [told[key]] if key == "data" else told[key]:
            for name in added:
                del each[name]
    return told | {"schema_version": "1.1"}


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_an_older_document_gives_what_it_holds(name: str) -> None:
    """Every target, finding, problem and release of a document of version 1.0 or 1.1 is there."""
    report = samples.SAMPLES[name]()
    told = older(report)
    first = {key: each for key, each in told.items() if key != "left_out"} | {"schema_version": "1.0"}
    again = saved.report(told)
    assert saved.report(first) == again._replace(left_out=())
    assert policy.exit_code(again) == policy.exit_code(canonical(report))
    for old, new in zip(canonical(report).audits, again.audits, strict=True):
        assert new.inventory.target == old.inventory.target
        assert new.problems == old.problems
        assert new.upgrades == old.upgrades
        assert [each.finding.id for each in new.verdicts] == [each.finding.id for each in old.verdicts]
        pins = {each.pin for each in old.inventory.dependencies if each.pin.version}
        assert pins <= {each.pin for each in new.inventory.dependencies}
    old, new = document(report), document(again)
    for key in ("status", "upgrades", "problems"):
        assert new[key] == old[key]
    shown = [
        (each["name"], each.get("version"), each.get("vulns"), "skip_reason" in each) for each in old["dependencies"]
    ]
    assert [
        (each["name"], each.get("version"), each.get("vulns"), "skip_reason" in each) for each in new["dependencies"]
    ] == shown


def test_an_older_release_stands_at_its_own_target() -> None:
    """Of the places of a release that two targets hold, each target gets its own."""
    foo = samples.dependency("foo", "1.0", "a.txt", 3)
    twin = foo._replace(place=Place("b.txt", 5))
    audits = [Audit(Inventory(each.place.file, "requirements", (each,))) for each in (foo, twin)]
    again = saved.report(older(Report(tuple(audits))))
    assert [audit.inventory.dependencies[0].place for audit in again.audits] == [foo.place, twin.place]


def test_a_later_document_may_hold_more() -> None:
    """Keys that a later version of the schema adds are passed over."""
    told = document(twins())
    for each in [*walked(told)]:
        each["added"] = {"of": ["1.9"]}
    assert saved.report(told | {"schema_version": "1.9"}) == saved.report(document(twins()))


# --- what is no report -------------------------------------------------------------------------


def walked(value: Any) -> Iterator[dict[str, Any]]:
    """Yield each object in a document but the events, whose keys are words."""
    if isinstance(value, dict):
        yield value
    for key, each in (
        [*value.items()] if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        if key != "events":
            yield from walked(each)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (None, "is no report of pip-assay"),
        ([], "is no report of pip-assay"),
        ({}, "is no report of pip-assay"),
        ({"dependencies": [], "fixes": []}, "is a report of pip-audit, not of pip-assay"),
        ({"schema_version": "1.2", "tool": {"name": "pip-assay"}}, "is no report of pip-assay"),
        (("tool", "name"), "is no report of pip-assay"),
        (("schema_version",), "schema_version is not a version such as 1.2"),
        (("status",), "status is not text"),
        (("data", "records"), "data.records is not a whole number from 0"),
        (("targets", 0, "target"), "targets[0].target is not text"),
        (("targets", 0, "dependencies", 1, "hashes"), "targets[0].dependencies[1].hashes is not a list"),
        (("findings", 3, "package", "name"), "findings[3].package.name is not text"),
        (("findings", 3, "package"), "findings[3].package is not an object"),
        (("findings", 0, "status"), "findings[0].status is none of: fails, warns, known, ignored, not_affected"),
        (("findings", 1, "malware"), "findings[1].malware is neither true nor false"),
        (("findings", 1, "score"), "findings[1].score is not a number from 0 to 10"),
        (("findings", 1, "signals", "epss"), "findings[1].signals.epss is not a number from 0 to 1"),
        (("findings", 0, "paths", 0, 0), "findings[0].paths[0][0] is not text"),
        (("findings", 1, "target_number"), "findings[1].target_number is not a whole number from 0"),
        (("findings", 1, "dependency"), "findings[1].dependency is not a whole number from 0"),
        (("problems", 0, "place"), "problems[0].place is not an object"),
        (("left_out", 0, "why"), "left_out[0].why is not text"),
        (
            ("notices", 0, "kind"),
            "notices[0].kind is none of: quarantined, archived, deprecated, yanked, unlisted, unknown",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_path(broken: Any, said: str) -> None:
    """Of a wrong value in the document the path, and what it is not."""
    told = broken
    if isinstance(broken, tuple):
        told = at = document(twins())
        for step in broken[:-1]:
            at = at[step]
        at[broken[-1]] = float("nan")
    with pytest.raises(Malformed) as wrong:
        saved.report(told)
    assert str(wrong.value) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema_version": "2.0"}, "schema_version is 2.0, and this pip-assay reads 1.x"),
        ({"schema_version": "1"}, "schema_version is not a version such as 1.2"),
        ({"targets": [], "status": "incomplete", "problems": []}, "findings[0].target_number is of no target"),
        ({"data": 1}, "data is not an object"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], said: str) -> None:
    """A newer schema, and what speaks of a target that is not there."""
    with pytest.raises(Malformed) as wrong:
        saved.report(document(page_sample.everything()) | change)
    assert str(wrong.value) == said


def test_true_is_no_number() -> None:
    """Though Python takes it for one."""
    for key, at in (("records", "data"), ("score", "findings")):
        told = document(samples.findings())
        (told["data"] if at == "data" else told["findings"][0])[key] = True
        with pytest.raises(Malformed, match=f"{key} is not a"):
            saved.report(told)


def test_nothing_that_a_document_tells_is_lost() -> None:
    """A finding of no target, of a release that is not there or is another; an event with two bounds."""
    for key, value, said in (
        ("dependency", 99, "findings[0].dependency is not the release of its package"),
        ("dependency", 0, "findings[0].dependency is not the release of its package"),
        ("target_number", 99, "findings[0].target_number is of no target"),
    ):
        told = document(page_sample.everything())
        told["findings"][0][key] = value
        with pytest.raises(Malformed) as wrong:
            saved.report(told)
        assert str(wrong.value) == said
    told = document(samples.findings())
    told["findings"][2]["advisories"][0]["events"][0]["fixed"] = "1"
    with pytest.raises(Malformed, match=r"findings\[2\].advisories\[0\].events\[0\] is not an object with one member"):
        saved.report(told)
    told = older(samples.findings())
    told["problems"][0]["target"] = "elsewhere"
    with pytest.raises(Malformed, match=r"problems\[0\].target is of no target"):
        saved.report(told)
    del told["dependencies"][0]["targets"]
    told["problems"] = []
    with pytest.raises(Malformed, match=r"dependencies\[0\].targets is missing"):
        saved.report(told)


def test_what_is_incomplete_stays_so() -> None:
    """A document that was incomplete never becomes complete by losing its problems."""
    told = document(samples.incomplete())
    with pytest.raises(Malformed, match="status is incomplete, and no problem says why"):
        saved.report(told | {"problems": []})


junk: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | nasty | st.sampled_from(samples.words(Status)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(nasty, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150)
@given(st.data())
def test_a_hostile_document_is_refused_in_one_sentence(data: st.DataObject) -> None:
    """Whatever stands in place of whatever: a report, which every format can show, or one sentence; never an error."""
    told = data.draw(st.sampled_from([document(twins()), older(samples.several()), document(bills.whole())]))
    for _ in range(data.draw(st.integers(1, 3))):
        holders = [each for each in walked(told) if each]
        at = data.draw(st.sampled_from(holders))
        key = data.draw(st.sampled_from(sorted(at)))
        if data.draw(st.booleans()):
            at[key] = data.draw(junk)
        else:
            del at[key]
    try:
        made = saved.report(told)
    except Malformed as error:
        made = Report((), (Problem("unreadable", str(error)),))
    for name in FORMATS:
        assert isinstance(load(name).render(made, FULL), str)


@given(junk)
def test_any_other_json_is_refused(value: Any) -> None:
    """What is no report at all is refused as such."""
    with pytest.raises(Malformed):
        saved.report(value)


# --- many as one -------------------------------------------------------------------------------


def test_one_report_merged_is_that_report() -> None:
    """Nothing is added to what is alone, or comes twice with the same data."""
    report = twins()
    assert saved.merged([report]) == report
    twice = saved.merged([report, report])
    assert twice.audits == report.audits * 2
    assert twice._replace(audits=()) == report._replace(audits=())


def test_data_that_differ_are_told_as_the_oldest() -> None:
    """Of two states of the data the older dates, the names of both, and nothing that is true of one alone."""
    mine, other = (
        Report((), data=samples.DATA),
        Report((), data=Data("OSV", "https://osv.example", "2026-11-22T08:00:00+02:00")),
    )
    found = saved.merged([mine, other]).data
    assert found == Data("local database, OSV", "advisories.db, https://osv.example", "2026-11-22T08:00:00+02:00")


def test_reports_as_of_different_days_are_not_merged() -> None:
    """What was known on one day says nothing of what was on another."""
    early = Report((), data=samples.DATA._replace(as_of="2026-11-01"))
    with pytest.raises(Malformed, match="are as of different days"):
        saved.merged([early, Report((), data=samples.DATA)])


def test_every_field_of_the_model_is_in_the_document() -> None:
    """A field that the model gains must be written and read: hostile text in each comes back."""
    seen: list[str] = []

    def marked(text: str) -> str:
        seen.append(text)
        return f"{text}\u2028{len(seen)}"

    report = replaced(twins(), marked)
    assert by_repr(saved.report(document(report))) == canonical(report)
    assert Finding._fields[0] == "id"
    assert Origin._fields == ("kind", "location")
    assert written.SCHEMA_VERSION == "1.3"
