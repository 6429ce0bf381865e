"""The report for people: grouped by package, worst first, what to do last. Words carry it; colour only helps."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pip_assay.model import OPEN, Audit, Data, LeftOut, Pin, Problem, Report
from pip_assay.reports import Section, Style
from pip_assay.reports.entries import bare, identity, in_order, problems_of, reason, subjects
from pip_assay.reports.grouped import INDENT, NARROWEST, NO_FIX, Group, change, group_lines, grouped
from pip_assay.reports.summary import Counts, Tally, problem_text
from pip_assay.reports.text import count, finished, neutral, paint, wrap

NAME = "terminal"
MANIFEST = True
AUTO = False

FOLD = 3
"""More problems than this that say the same of different things become one line."""

UPGRADES = 8
"""More upgrades than this are counted in the last line, not named: each stands in its heading."""


def render(report: Report, style: Style) -> str:
    """Return a section for each target, the problems of none, the numbers, and what to do next."""
    stream = Stream(style)
    sections = [stream.add(section(audit, report.data, style)) for audit in report.audits]
    return "".join((*sections, stream.end(report)))


def section(audit: Audit, data: Data, style: Style) -> Section:
    """Return what is written of one target, and its numbers and next steps, which is all that is kept of it."""
    tally, steps, found = Tally(), Next(), grouped(audit)
    tally.add(audit)
    steps.add(found)
    body = [*group_lines(found, audit, style), *_ignored(audit, style), *_unseen(audit, style)]
    text = finished((_opening(audit, tally.counts(), data), *(["", *body] if body else [])), style)
    return Section(text, tally, steps)


class Stream:
    """A report that is written target by target."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._tally = Tally()
        self._next = Next()
        self._open = False

    def add(self, section: Section) -> str:
        """Return the text of one more target."""
        before = "\n" if self._open else ""
        self._tally.join(section.tally)
        if isinstance(section.steps, Next):
            self._next.join(section.steps)
        self._open = section.text.count("\n") > 1
        return before + section.text

    def end(self, report: Report) -> str:
        """Return what stands after all sections; only what the report says of no single target is looked at."""
        style, lines = self._style, [""] * self._open
        if report.problems:
            between = [""] * (bool(self._tally.targets) and not self._open)
            lines += [*between, *_folded("PROBLEM", "1;33", in_order(report.problems), style, places=True), ""]
        if report.left_out:
            between = [""] * (bool(self._tally.targets) and not lines)
            lines += [*between, *_left_out(report.left_out, style), ""]
        total = self._tally.counts(report.problems)
        whole = bool(self._tally.targets) and not total.problems
        return finished(
            (*lines, _closing(total, self._tally.targets, style, whole=whole), *self._next.lines(style)), style
        )


def _opening(audit: Audit, number: Counts, data: Data) -> str:
    """Return which target was audited, why that one, how much of it, against which advisories."""
    inventory = audit.inventory
    noun = "distribution" if inventory.kind == "environment" else "package"
    detail = f" ({inventory.detail})" if inventory.detail else ""
    because = f", {inventory.because}" if inventory.because else ""
    if not inventory.dependencies and problems_of(audit):
        return neutral(f"Could not audit {inventory.target}{detail}{because}.")
    some = f"{number.audited} of " if number.audited < number.packages else ""
    return neutral(
        f"Audited {inventory.target}{detail}{because}: {some}{count(number.packages, noun)}. {_advisories(data)}"
    )


def _advisories(data: Data) -> str:
    if data.source == "none":
        return "No advisories were asked for."
    if not data.date:
        return f"Advisories from {data.source}."
    day, _, time = data.date.partition("T")
    zone = "UTC" if time.endswith(("Z", "+00:00")) else time[8:]
    return " ".join(filter(None, ("Advisories of", day, time[:5], zone))) + "."


def _ignored(audit: Audit, style: Style) -> Iterator[str]:
    silenced = [verdict for verdict in audit.verdicts if verdict.status not in OPEN]
    for verdict in sorted(silenced, key=lambda verdict: (verdict.finding.dependency.pin, verdict.finding.id)):
        finding = verdict.finding
        yield paint(f"{'IGNORED':<{INDENT}}", "2", style) + "  ".join(
            filter(None, (neutral(str(finding.dependency.pin)), neutral(finding.id), neutral(reason(verdict))))
        )


def _unseen(audit: Audit, style: Style) -> list[str]:
    """Return what was left out without a problem that says so, then the problems."""
    told = {dependency for _, about in subjects(audit) for dependency in about}
    quiet = [
        Problem("unreadable", each.skipped, each.place, subject=str(identity(each)))
        for each in audit.inventory.dependencies
        if each.skipped and each not in told
    ]
    places = audit.inventory.kind != "environment" or bool(style.verbose)
    return [
        *_folded("SKIPPED", "2", in_order(quiet), style, places=places),
        *_folded("PROBLEM", "1;33", problems_of(audit), style, places=places),
    ]


def _folded(word: str, colour: str, problems: Iterable[Problem], style: Style, *, places: bool) -> Iterator[str]:
    """Yield a line for each problem, or one for all that say the same of more than FOLD different things."""
    same: dict[tuple[str, str, str, bool], list[Problem]] = {}
    for problem in problems:
        same.setdefault((problem.gap, bare(problem), problem.hint, bool(problem.subject)), []).append(problem)
    mark = paint(f"{word:<{INDENT}}", colour, style)
    for members in same.values():
        if style.verbose or len(members) <= FOLD:
            yield from (mark + problem_text(each, place=places or not each.subject) for each in members)
        else:
            yield mark + _fold(members, style)


def _fold(members: Sequence[Problem], style: Style) -> str:
    """Return many problems that say the same as one line; as many names as fit, and how many more there are."""
    labels = list(dict.fromkeys(each.subject or str(each.place) for each in members))
    noun = "package" if members[0].subject else "place"
    line = f"{count(len(labels), noun)}: {bare(members[0])}: {', '.join(labels[:FOLD])}"
    shown, room = FOLD, style.width - INDENT - len(" and 99 more")
    while shown < len(labels) and len(f"{line}, {labels[shown]}") <= room:
        line += f", {labels[shown]}"
        shown += 1
    more = f" and {len(labels) - shown} more" if shown < len(labels) else ""
    hint = f"; {members[0].hint}" if members[0].hint else ""
    return neutral(f"{line}{more}{hint}")


def _left_out(left_out: Sequence[LeftOut], style: Style) -> list[str]:
    """Return what a search did not look into: by reason, or each of it for those who want to know all."""
    if style.verbose:
        lines = [f"Not looked into: {each.path} ({each.why})" for each in left_out]
    else:
        reasons = Counter(each.why for each in left_out)
        told = ", ".join(f"{number} x {why}" for why, number in sorted(reasons.items()))
        lines = [f"Not looked into: {told}; -v names each."]
    return [*map(neutral, lines)]


def _closing(total: Counts, targets: int, style: Style, *, whole: bool) -> str:
    """Return the numbers; the word "no" is used only for what was looked at."""
    of = f" of {count(targets, 'target')}" if targets > 1 else ""
    parts = [
        _found(total, of) if total.findings else _nothing_found(total, of, whole=whole),
        f"{total.warns} only warn" if total.warns > 1 else "1 only warns" if total.warns else "",
        f"{total.ignored} ignored" if total.ignored else "",
        count(total.problems, "problem") if total.problems else "",
        f"{total.audited} of {total.packages} audited" if total.findings else "",
    ]
    colour = "1;32" if whole and not total.findings else "1;31" if total.findings else "1;33"
    return paint("; ".join(filter(None, parts)) + ".", colour, style)


def _found(total: Counts, of: str) -> str:
    severities = ", ".join(f"{number} {word}" for word, number in total.severities)
    return f"{count(total.findings, 'finding')} in {count(total.vulnerable, 'package')}{of} ({severities})"


def _nothing_found(total: Counts, of: str, *, whole: bool) -> str:
    if not total.audited:
        return f"Nothing was audited{of}"
    number = count(total.packages, "package")
    if total.audited < total.packages:
        return f"No known vulnerabilities in the {total.audited} of {number}{of} that could be audited"
    return f"No known vulnerabilities in {number}{of}" + ("" if whole else " that could be audited")


class Next:
    """What to do next: upgrades worst first, after what to remove, before what has no fix."""

    def __init__(self) -> None:
        self._flaws: dict[str, dict[tuple[Pin, str], bool]] = {}
        self._remove: dict[str, None] = {}
        self._stuck: dict[str, None] = {}

    def add(self, groups: Sequence[Group]) -> None:
        """Note what to do about the releases of one more target; a flaw of two targets counts once."""
        for group in groups:
            if group.upgrade:
                settled = self._flaws.setdefault(f"{group.pin.name} to {group.upgrade.new}", {})
                for verdict in group.verdicts:
                    settled[group.pin, verdict.finding.id] = verdict.finding.id in group.settled
            elif group.worst.malware:
                self._remove[str(group.pin)] = None
            if change(group) == NO_FIX and not group.upgrade:
                self._stuck[str(group.pin)] = None

    def join(self, other: "Next") -> None:
        """Note what another has noted."""
        for what, settled in other._flaws.items():
            self._flaws.setdefault(what, {}).update(settled)
        self._remove |= other._remove
        self._stuck |= other._stuck

    def lines(self, style: Style) -> Iterator[str]:
        """Yield the lines, wrapped."""
        upgrades = {what: (sum(settled.values()), len(settled)) for what, settled in self._flaws.items()}
        named = [
            f"{what} (settles {settled}{f' of {every}' if settled < every else ''})"
            for what, (settled, every) in upgrades.items()
        ]
        settled = sum(settled for settled, _ in upgrades.values())
        remove, stuck = [*self._remove], [*self._stuck]
        steps = [
            _listed("remove ", remove, f"remove the {len(remove)} malicious packages", style),
            _listed("upgrade ", named, f"make the {len(named)} upgrades named above (they settle {settled})", style),
            _listed("no fix is known for ", stuck, f"no fix is known for {len(stuck)} packages", style),
        ]
        if text := "; ".join(filter(None, steps)):
            first, *rest = wrap(f"{text}.", max(NARROWEST, style.width - len("Next: ")))
            yield f"Next: {first}"
            yield from (f"      {line}" for line in rest)


def _listed(verb: str, things: Sequence[str], many: str, style: Style) -> str:
    if len(things) > UPGRADES and not style.verbose:
        return many
    return neutral(verb + ", ".join(things)) if things else ""
