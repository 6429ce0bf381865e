"""JUnit XML, which every build server draws: a suite for each target, a case for each release that it contains.

What these carry has a suite of its own.

A case has one outcome: it fails (a finding, or what the index says, fails the policy), is an error (it could not be
looked at), is skipped (left out, or all that was found is ignored), or passes. What else there is to say is its output.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from pip_assay.model import OPEN, Audit, Dependency, Notice, Pin, Place, Problem, Report
from pip_assay.reports import Style, bundled
from pip_assay.reports.entries import Entry, Key, entries, how_bad, in_order, key_of, reason, subjects
from pip_assay.reports.listing import Item, cut, idle, items, links, names, notes, notice_text, notices, path_of
from pip_assay.reports.relative import relative
from pip_assay.reports.summary import problem_text
from pip_assay.reports.text import advisory_address, count, finished, neutral
from pip_assay.values import NamedTuple

NAME = "junit"
MANIFEST = True
AUTO = False

LONGEST = 500
"""Characters of a message; the text below it has everything."""


class Release(NamedTuple):
    """What is known of one release of a target."""

    entry: Entry
    items: Sequence[Item]
    problems: Sequence[Problem]
    notices: Sequence[Notice]


class Outcome(NamedTuple):
    """How a case went: "failure", "error" or "skipped", or empty where it passed, and why, first in short."""

    word: str = ""
    kind: str = ""
    message: str = ""
    lines: tuple[str, ...] = ()


class Case(NamedTuple):
    """One release, or one thing that could not be looked at; `output` is what there is to say beside its outcome."""

    suite: str
    name: str
    outcome: Outcome
    place: Place | None = None
    output: tuple[str, ...] = ()


def render(report: Report, style: Style) -> str:
    """Return the document in ASCII, whatever its texts hold; of the style only `folders` changes it."""
    report = relative(report, style.folders)
    suites = [suite for audit in report.audits for suite in _suites(audit)]
    if rest := _rest(report):
        suites.append(("pip-assay", rest))
    every = [case for _, cases in suites for case in cases]
    lines = ['<?xml version="1.0" encoding="utf-8"?>', _tag("testsuites", name="pip-assay", **_numbers(every))]
    for name, cases in suites:
        lines.append(_tag("testsuite", name=name, **_numbers(cases)))
        lines += [line for case in cases for line in _case_lines(case)]
        lines.append("</testsuite>")
    text = finished((*lines, "</testsuites>"), style._replace(unicode=True))
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


# --- cases -------------------------------------------------------------------------------------


def _suites(audit: Audit) -> Iterator[tuple[str, list[Case]]]:
    """Yield the suite of one target, and one of what its releases carry: by name, malware first.

    Last in the former are the problems that are about no release.
    """
    target, told = audit.inventory.target, subjects(audit)
    releases = _releases(audit, told)
    own, carried = ([each for each in releases if bool(each.entry.inside) is inside] for inside in (False, True))
    name = neutral(target)
    errors = [_error(problem, target) for problem, about in told if not about]
    yield name, [_case(each, name, target) for each in own] + errors
    if carried:
        name = f"{name}: bundled"
        yield name, [_case(each, name, target) for each in carried]


def _releases(audit: Audit, told: Iterable[tuple[Problem, Iterable[Dependency]]]) -> list[Release]:
    found: dict[Key, list[Item]] = {}
    for item in items(Report((audit,))):
        found.setdefault(key_of(item.finding.dependency), []).append(item)
    blocked: dict[Key, list[Problem]] = {}
    for problem, about in told:
        for key in dict.fromkeys(map(key_of, about)):
            blocked.setdefault(key, []).append(problem)
    listed = entries([audit])
    own = {each.pin for each in listed if not each.inside}
    said: dict[Pin, list[Notice]] = {}
    for notice in notices(audit):
        said.setdefault(notice.pin, []).append(notice)
    releases = (
        Release(
            each,
            found.get(each.key, ()),
            blocked.get(each.key, ()),
            () if each.inside and each.pin in own else said.get(each.pin, ()),
        )
        for each in listed
    )
    return sorted(releases, key=lambda release: not any(item.finding.malware for item in release.items))


def _case(release: Release, suite: str, target: str) -> Case:
    entry = release.entry
    place = min(dependency.place for _, dependency in entry.dependencies)
    name = neutral(bundled.release(*entry.key)) or "unnamed"
    return Case(suite, name, _outcome(release), path_of(place, target), tuple(_output(release)))


def _outcome(release: Release) -> Outcome:
    """Return what fails, else what kept it from being looked at, else why it was left out or nothing is to do."""
    failing = [item for item in release.items if item.verdict.status == "fails"]
    said = [notice_text(notice) for notice in release.notices if notice.fails]
    problems = [problem_text(problem) or problem.gap for problem in release.problems]
    if failing or said:
        lines = (*(line for item in failing for line in _lines(item)), *said, *problems)
        return Outcome("failure", how_bad(failing[0].finding) if failing else "index", _message(failing, said), lines)
    if problems:
        return Outcome("error", release.problems[0].gap, problems[0], tuple(problems))
    if release.entry.skip:
        return Outcome("skipped", message=neutral(release.entry.skip))
    if release.items and not any(item.verdict.status in OPEN for item in release.items):
        why = dict.fromkeys(f"{_status(item)}: {reason(item.verdict)}" for item in release.items)
        return Outcome("skipped", message=neutral("; ".join(why)))
    return Outcome()


def _message(failing: Sequence[Item], said: Sequence[str]) -> str:
    """Return what fails in short: "2 findings (CVE-2026-1, CVE-2026-2): Upgrade alpha to 2.1.; ..."."""
    if not failing:
        return "; ".join(said)
    listed = ", ".join(item.name for item in failing)
    advice = " ".join(dict.fromkeys(item.advice for item in failing))
    return "; ".join((f"{count(len(failing), 'finding')} ({listed}): {advice}", *said))


def _output(release: Release) -> Iterator[str]:
    """Yield what there is to say of a release that does not make its case fail."""
    for item in release.items:
        if item.verdict.status != "fails":
            why = neutral(reason(item.verdict))
            yield f"{_status(item)}: {why}" if why else _status(item)
            yield from _lines(item)
    yield from (notice_text(notice) for notice in release.notices if not notice.fails)


def _status(item: Item) -> str:
    return {"warns": "warns only", "not_affected": "not affected"}.get(item.verdict.status, item.verdict.status)


def _lines(item: Item) -> Iterator[str]:
    """Yield all about one finding: its ids, how bad it is, what it is, what to do, where to read on."""
    yield f"{', '.join(names(item))} ({item.measure}): {item.about}"
    yield f"  {item.advice}"
    yield from (f"  {note}" for note in notes(item))
    yield from (f"  {address}" for address in (advisory_address(item.name), *links(item)))


def _error(problem: Problem, target: str) -> Case:
    """Return the case of a problem that is about no release."""
    text = problem_text(problem) or problem.gap
    place = path_of(problem.place, target) if problem.place else None
    subject = neutral(problem.subject or str(problem.place or "")) or problem.gap
    return Case(neutral(target), subject, Outcome("error", problem.gap, text, (text,)), place)


def _rest(report: Report) -> list[Case]:
    """Return the cases of what belongs to no target; an audit of nothing is an error too."""
    cases = [_error(problem, "pip-assay") for problem in in_order(report.problems)]
    if not report.audits and not cases:
        cases = [Case("pip-assay", "pip-assay", Outcome("error", "empty", "nothing was audited"))]
    for text, strict in idle(report):
        outcome = Outcome("failure", "ignore", text, (text,)) if strict else Outcome()
        cases.append(Case("pip-assay", text, outcome, output=() if strict else (text,)))
    left = (Case("pip-assay", neutral(path), Outcome("skipped", message=neutral(why))) for path, why in report.left_out)
    return [*cases, *left]


# --- XML ---------------------------------------------------------------------------------------


def _numbers(cases: Iterable[Case]) -> dict[str, str]:
    words = [case.outcome.word for case in cases]
    numbers = {"tests": len(words), "failures": words.count("failure"), "errors": words.count("error")}
    return {key: str(number) for key, number in (numbers | {"skipped": words.count("skipped"), "time": 0}).items()}


def _case_lines(case: Case) -> Iterator[str]:
    where = {"file": case.place.file} if case.place else {}
    if case.place and case.place.line:
        where["line"] = str(case.place.line)
    yield _tag("testcase", classname=case.suite, name=case.name, **where, time="0")
    outcome = case.outcome
    if outcome.word:
        kind = {"type": outcome.kind} if outcome.kind else {}
        tag = _tag(outcome.word, message=cut(outcome.message, LONGEST), **kind)
        yield f"{tag}{_text(outcome.lines)}</{outcome.word}>"
    if case.output:
        yield f"<system-out>{_text(case.output)}</system-out>"
    yield "</testcase>"


def _tag(element: str, /, **attributes: str) -> str:
    return "".join((f"<{element}", *(f' {key}="{_escaped(text)}"' for key, text in attributes.items()), ">"))


def _text(lines: Iterable[str]) -> str:
    return _escaped("\n".join(lines))


def _escaped(text: str) -> str:
    """Return text for an element or an attribute, without what XML 1.0 cannot hold (2.2); the rest is neutral."""
    marked = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return re.sub("[\ufffe\uffff]", "", marked)
