"""Everything beside the findings: what was ignored, what the index says, what was not looked at, what was listed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pip_assay.model import OPEN, Audit, Dependency, LeftOut, NoticeKind, Pin, Place, Problem, Report, Rule
from pip_assay.reports.bundled import release
from pip_assay.reports.entries import Entry, bare, entries, how_bad, in_order, key_of, problems_of, subjects
from pip_assay.reports.page.content import Silenced, idle, silenced
from pip_assay.reports.page.markup import (
    NOTHING,
    Markup,
    badge,
    between,
    bulleted,
    commas,
    element,
    folded,
    identifier,
    join,
    many,
    more_than,
    pairs,
    safe,
    section,
    table,
)
from pip_assay.reports.summary import NOTICES

FOLD = 3
"""More problems than this that say the same of different things become one."""

ITEMS = 2_000
"""More lines of one section than this are counted and not shown."""

ROWS = 10_000
"""More packages than this are counted and not shown."""

MEANING = {
    "quarantined": "held back by the index as dangerous",
    "yanked": "withdrawn by its owners",
    "archived": "no more releases are to be expected",
    "deprecated": "its owners advise against it",
    "unlisted": "the index does not have it",
    "unknown": "the index publishes no project status",
}


def ignored(report: Report) -> Markup:
    """Return what rules silence, with the rule, its reason, its end and its owner; nothing where none does."""
    found = silenced(report)
    return _section(
        "ignored", "Ignored or not affected", [_silenced(each) for each in found[:ITEMS]], len(found), "finding"
    )


def idle_rules(report: Report) -> Markup:
    """Return the ignores that silence nothing, and what to do about each; nothing where each has its use."""
    found = idle(report)
    return _section(
        "rules", "Ignores that silence nothing", [_idle(rule) for rule in found[:ITEMS]], len(found), "rule"
    )


def notices(report: Report) -> Markup:
    """Return what the package index says of releases and projects, worst first; nothing where it says nothing."""
    same: dict[tuple[int, str, bool], dict[Pin, list[Place]]] = {}
    for audit in report.audits:
        for each in audit.notices:
            by_pin = same.setdefault((NOTICES.index(each.kind), each.reason, each.fails), {})
            by_pin.setdefault(each.pin, []).extend(each.places)
    items = [_notice(NOTICES[kind], why, fails, about) for (kind, why, fails), about in sorted(same.items())[:ITEMS]]
    return _section("notices", "What the package index says", items, len(same), "notice")


def problems(report: Report) -> Markup:
    """Return what could not be looked at, and what to do about it; nothing where there is no problem."""
    listed = [("", problem) for problem in in_order(report.problems)]
    listed += [(audit.inventory.target, problem) for audit in report.audits for problem in problems_of(audit)]
    together = _alike(listed)
    several = len(report.audits) > 1
    items = [_problem(alike, several=several) for alike in together[:ITEMS]]
    return _section("problems", "Problems: what could not be looked at", items, len(together), "problem")


def left(report: Report) -> Markup:
    """Return what was listed and not audited, and is no problem: by reason."""
    by_reason: dict[tuple[str, str], dict[Markup, None]] = {}
    for audit in report.audits:
        for dependency in _quiet(audit):
            named = _placed(release(*key_of(dependency)), [dependency.place])
            noun = "bundled component" if dependency.inside else "package"
            by_reason.setdefault((dependency.skipped, noun), {})[named] = None
    items = [
        join(element("strong", many(len(names), noun)), ": ", why, _names([*names]))
        for (why, noun), names in sorted(by_reason.items())[:ITEMS]
    ]
    return _section("left", "Listed and not audited", items, len(by_reason), "reason")


def left_out(found: Sequence[LeftOut]) -> Markup:
    """Return the folders and files that a search for targets did not look into, and why."""
    items = [join(element("code", each.path), ": ", each.why) for each in sorted(found)[:ITEMS]]
    return _section("folders", "Not looked into", items, len(found), "place", fold=True)


def everything(report: Report) -> Markup:
    """Return every package that the targets hold, and all that these carry, in tables that wait until asked for."""
    listed = entries(report.audits)
    if not listed:
        return NOTHING
    own, carried = ([each for each in listed if bool(each.inside) is inside] for inside in (False, True))
    tables = [_all("All packages", "package", own)] if own else []
    tables += [_all("All that they carry", "bundled component", carried)] if carried else []
    return section("packages", "All packages", *tables)


def _all(label: str, noun: str, listed: Sequence[Entry]) -> Markup:
    apart = ("Inside",) * bool(listed[0].inside)
    made = table(label, ("Package", "Version", *apart, "Result", "Groups", "Targets"), [*map(_row, listed[:ROWS])])
    return folded(f"Show {many(len(listed), noun)}", made, more_than(len(listed) - ROWS, noun))


def _section(name: str, title: str, items: Sequence[Markup], number: int, noun: str, *, fold: bool = False) -> Markup:
    if not items:
        return NOTHING
    body = join(bulleted(items, class_="items"), more_than(number - len(items), noun))
    return section(name, title, folded(f"Show {many(number, noun)}", body) if fold else body)


def _silenced(each: Silenced) -> Markup:
    verdict, finding = each.verdict, each.verdict.finding
    word = how_bad(finding)
    status = "not affected" if verdict.status == "not_affected" else verdict.status
    title = element("h3", release(finding.dependency.pin, finding.dependency.inside))
    return join(
        element("div", badge(word, word), title, identifier(finding.id), badge(status, "quiet"), class_="title"),
        pairs(
            ("Reason", verdict.reason),
            ("Justification", verdict.justification.replace("_", " ")),
            ("Rule", verdict.rule),
            ("Until", verdict.until),
            ("Owner", verdict.owner),
            ("Also known as", commas([identifier(alias) for alias in sorted(finding.aliases)])),
            ("In", commas(each.targets)),
        ),
    )


def _idle(rule: Rule) -> Markup:
    step = "settle the finding, or decide anew" if rule.state == "over" else "remove it"
    name = element("h3", rule.name if rule.name.endswith(rule.id) else f"{rule.name}: {rule.id}")
    fails = [badge("fails", "high")] if rule.strict else []
    told = pairs(("Reason", rule.reason), ("Until", rule.until), ("Owner", rule.owner), ("What to do", step))
    return join(element("div", name, *fails, class_="title"), element("p", rule.why or "matches no finding"), told)


def _notice(kind: NoticeKind, why: str, fails: bool, about: Mapping[Pin, Sequence[Place]]) -> Markup:
    """Return one line for all releases of which the index says the same."""
    named = [_placed(str(pin), sorted(set(about[pin]))) for pin in sorted(about)]
    looks = [badge(kind, "quiet"), *([badge("fails", "high")] if fails else [])]
    said = join(element("strong", many(len(named), "package")), ": ", MEANING[kind], f": {why}" if why else "")
    return join(element("div", *looks, element("p", said), class_="title"), _names(named))


def _placed(name: str, places: Sequence[Place]) -> Markup:
    """Return a name and where it is written."""
    return join(name, ", ", commas([element("code", str(place)) for place in places])) if places else safe(name)


Told = tuple[str, Problem]


def _alike(listed: Iterable[Told]) -> list[list[Told]]:
    """Return the problems, those together that say the same of more than FOLD different things."""
    same: dict[tuple[str, str, str, bool], list[Told]] = {}
    for told in listed:
        problem = told[1]
        same.setdefault((problem.gap, bare(problem), problem.hint, bool(problem.subject)), []).append(told)
    return [part for each in same.values() for part in ([each] if len(each) > FOLD else [[told] for told in each])]


def _problem(alike: Sequence[Told], *, several: bool) -> Markup:
    first = alike[0][1]
    hint = element("p", "What to do: ", first.hint) if first.hint else NOTHING
    if len(alike) == 1:
        subject = join(element("strong", first.subject), ": ") if first.subject else NOTHING
        written = _written_of(*alike[0], several=several)
        return join(subject, bare(first), element("p", written, class_="muted") if written else NOTHING, hint)
    listed = [
        between(list(filter(None, (problem.subject, _written_of(target, problem, several=several)))), ", ")
        for target, problem in alike
    ]
    number = element("strong", many(len(alike), "package" if first.subject else "place"))
    return join(number, ": ", bare(first), _names(listed), hint)


def _written_of(target: str, problem: Problem, *, several: bool) -> Markup:
    """Return where a problem is, and in which target, where that says more."""
    place = str(problem.place) if problem.place else ""
    named = several and target and (not problem.place or problem.place.file != target)
    written = element("code", place) if place and place != problem.subject else NOTHING
    return join(written, " in " if written and named else "", target if named else "")


def _names(names: Sequence[str]) -> Markup:
    """Return what a line speaks of: a few at once, more when asked for."""
    listed = bulleted([join(name) for name in names[:ITEMS]])
    if len(names) <= FOLD:
        return listed
    return folded(f"Name all {len(names):,}", listed, more_than(len(names) - ITEMS, "name"))


def _quiet(audit: Audit) -> list[Dependency]:
    """Return what was skipped without a problem that says so."""
    skipped = [each for each in audit.inventory.dependencies if each.skipped]
    told = {dependency for _, about in subjects(audit) for dependency in about} if skipped else set()
    return sorted((each for each in skipped if each not in told), key=lambda each: (each.pin, each.place, repr(each)))


def _row(entry: Entry) -> tuple[str, ...]:
    findings = sum(verdict.status in OPEN for verdict in entry.verdicts)
    silent = Counter(verdict.status.replace("_", " ") for verdict in entry.verdicts if verdict.status not in OPEN)
    said = [
        many(findings, "finding") if findings else "",
        *(f"{number:,} {status}" for status, number in sorted(silent.items())),
        f"not audited: {entry.skip}" if entry.skip else "",
    ]
    groups = {group.replace(":", " ") for _, dependency in entry.dependencies for group in dependency.groups}
    targets = {target for target, _ in entry.dependencies}
    result = "; ".join(filter(None, said)) or "nothing known"
    apart = (str(entry.inside),) if entry.inside else ()
    return entry.pin.name, entry.pin.version, *apart, result, commas(sorted(groups)), commas(sorted(targets))
