"""The report for people: grouped by package, worst first, what to do last. Words carry it; colour only helps."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pip_assay import moments
from pip_assay.model import OPEN, Audit, Data, LeftOut, Notice, Pin, Problem, Report, Verdict
from pip_assay.reports import Section, Style
from pip_assay.reports.entries import bare, identity, in_order, problems_of, reason, subjects
from pip_assay.reports.grouped import INDENT, NARROWEST, NO_FIX, Group, change, group_lines, grouped
from pip_assay.reports.summary import Counts, Tally, changes_of, problem_text, silent, warnings
from pip_assay.reports.text import FOLD, count, finished, fitted, neutral, paint, wrap

NAME = "terminal"
MANIFEST = True
AUTO = False

UPGRADES = 8
"""More upgrades than this are counted in the last line, not named: each stands in its heading."""

MUCH_OLDER = 7
"""Days by which a list of CVEs is older than the advisories where its date is told."""

DIGEST = 12
"""Hex digits that tell one state of the advisories from another."""


def render(report: Report, style: Style) -> str:
    """Return a section for each target, the problems of none, the numbers, and what to do next."""
    stream = Stream(style)
    sections = [stream.add(section(audit, report.data, style)) for audit in report.audits]
    return "".join((*sections, stream.end(report)))


def section(audit: Audit, data: Data, style: Style) -> Section:
    """Return what is written of one target, and its numbers and next steps, which is all that is kept of it."""
    tally, steps, found = Tally(), Next(), grouped(audit)
    tally.add(audit)
    steps.add(found, audit.notices)
    if style.quiet:
        return Section(finished(_in_short(found, audit, style), style), tally, steps)
    body = [
        *group_lines(found, audit, style),
        *_undated(audit, data, style),
        *_ignored(audit, style),
        *_noticed(audit, style),
        *_unseen(audit, style),
    ]
    text = finished((_opening(audit, tally.counts(), data, style), *(["", *body] if body else [])), style)
    return Section(text, tally, steps)


def _in_short(found: Sequence[Group], audit: Audit, style: Style) -> list[str]:
    """Return the name of the target and what fails or is a problem there; nothing where nothing does."""
    if style.quiet > 1:
        return []
    failing = audit._replace(notices=tuple(each for each in audit.notices if each.fails))
    body = [*group_lines(found, audit, style), *_noticed(failing, style), *_problems(audit, style)]
    return [neutral(f"{audit.inventory.target}:"), *body] if body else []


class Stream:
    """A report that is written target by target."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._tally = Tally()
        self._next = Next()
        self._open = False

    def add(self, section: Section) -> str:
        """Return the text of one more target."""
        self._tally.join(section.tally)
        if isinstance(section.steps, Next):
            self._next.join(section.steps)
        if not section.text:
            return ""
        before = "\n" if self._open else ""
        self._open = section.text.count("\n") > 1
        return before + section.text

    def end(self, report: Report) -> str:
        """Return what stands after all sections; only what the report says of no single target is looked at."""
        style, lines = self._style, [""] * self._open
        if report.problems and style.quiet < 2:
            between = [""] * (bool(self._tally.targets) and not self._open)
            lines += [*between, *_folded("PROBLEM", "1;33", in_order(report.problems), style, places=True), ""]
        if report.left_out and not style.quiet:
            between = [""] * (bool(self._tally.targets) and not lines)
            lines += [*between, *_left_out(report.left_out, style), ""]
        total = self._tally.counts(report.problems)
        whole = bool(self._tally.targets) and not total.problems
        steps = () if style.quiet else self._next.lines(style)
        return finished((*lines, _closing(total, self._tally.targets, style, whole=whole), *steps), style)


def _opening(audit: Audit, number: Counts, data: Data, style: Style) -> str:
    """Return which target was audited, why that one, how much of it, against which advisories."""
    inventory = audit.inventory
    noun = "distribution" if inventory.kind == "environment" else "package"
    detail = f" ({inventory.detail})" if inventory.detail else ""
    because = f", {inventory.because}" if inventory.because else ""
    if not inventory.dependencies and problems_of(audit):
        return neutral(f"Could not audit {inventory.target}{detail}{because}.")
    some = f"{number.audited} of " if number.audited < number.packages else ""
    return neutral(
        f"Audited {inventory.target}{detail}{because}: {some}{count(number.packages, noun)}. {_advisories(data, style)}"
    )


def _advisories(data: Data, style: Style) -> str:
    """Return which advisories answered, and where it matters for a second run, which state of them."""
    if data.source == "none":
        return "No advisories were asked for."
    said = f"Advisories {_of(data)}"
    if data.digest and (data.as_of or style.verbose):
        said += f", database {data.digest[:DIGEST]}"
    if data.as_of:
        said += f": records published by {data.as_of}, as they read now"
    old = [f"{name} of {date[:10]}" for name, date in (("KEV", data.kev), ("EPSS", data.epss)) if _is_old(date, data)]
    return f"{'; '.join((said, *old))}."


def _is_old(date: str, data: Data) -> bool:
    """Return whether a list of CVEs, or none, is much older than the advisories."""
    return bool(date and data.date) and moments.days_between(date, data.date) > MUCH_OLDER


def _of(data: Data) -> str:
    if not data.date:
        return f"from {data.source}"
    day, _, time = data.date.partition("T")
    zone = "UTC" if time.endswith(("Z", "+00:00")) else time[8:]
    return " ".join(filter(None, ("of", day, time[:5], zone)))


def _undated(audit: Audit, data: Data, style: Style) -> Iterator[str]:
    """Yield the findings as of a day that count only because their records do not say when they were published."""
    mark = paint(f"{'UNDATED':<{INDENT}}", "1;33", style)
    findings = [verdict.finding for verdict in audit.verdicts if data.as_of and verdict.status in OPEN]
    for each in sorted(findings, key=lambda finding: (finding.dependency.pin, finding.id)):
        if not any(advisory.published for advisory in each.advisories):
            yield mark + neutral(f"{each.dependency.pin}: {each.id} has no date of publication, so it counts")


def _ignored(audit: Audit, style: Style) -> Iterator[str]:
    silenced = [verdict for verdict in audit.verdicts if verdict.status not in OPEN]
    indent = max([INDENT, *(len(_mark(verdict)) + 2 for verdict in silenced)])
    for verdict in sorted(silenced, key=lambda verdict: (verdict.finding.dependency.pin, verdict.finding.id)):
        finding = verdict.finding
        yield paint(f"{_mark(verdict):<{indent}}", "2", style) + "  ".join(
            filter(None, (neutral(str(finding.dependency.pin)), neutral(finding.id), neutral(reason(verdict))))
        )


def _mark(verdict: Verdict) -> str:
    return verdict.status.replace("_", " ").upper()


def _noticed(audit: Audit, style: Style) -> Iterable[str]:
    if not audit.notices:
        return ()
    from pip_assay.reports import noticed

    return noticed.lines(audit, style)


def _unseen(audit: Audit, style: Style) -> list[str]:
    """Return what was left out without a problem that says so, then the problems."""
    told = {dependency for _, about in subjects(audit) for dependency in about}
    quiet = [
        Problem("unreadable", each.skipped, each.place, subject=str(identity(each)))
        for each in audit.inventory.dependencies
        if each.skipped and each not in told
    ]
    return [
        *_folded("SKIPPED", "2", in_order(quiet), style, places=_has_places(audit, style)),
        *_problems(audit, style),
    ]


def _problems(audit: Audit, style: Style) -> list[str]:
    return [*_folded("PROBLEM", "1;33", problems_of(audit), style, places=_has_places(audit, style))]


def _has_places(audit: Audit, style: Style) -> bool:
    """Return whether a line says where something is written: of an environment, the first line of all does."""
    return audit.inventory.kind != "environment" or bool(style.verbose)


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
    line = fitted(f"{count(len(labels), noun)}: {bare(members[0])}: ", labels, style.width - INDENT)
    hint = f"; {members[0].hint}" if members[0].hint else ""
    return neutral(f"{line}{hint}")


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
        changes_of(total),
        f"{total.warns} only warn" if total.warns > 1 else "1 only warns" if total.warns else "",
        silent(total),
        warnings(total),
        count(total.problems, "problem") if total.problems else "",
        f"{total.audited} of {total.packages} audited" if total.findings else "",
    ]
    fails = total.findings or any(failing for _, _, failing in total.notices)
    calm = whole and not warnings(total)
    colour = "1;31" if fails else "1;32" if calm else "1;33"
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
    """What to do next: upgrades worst first, after what is malware, before what has no fix."""

    def __init__(self) -> None:
        self._flaws: dict[str, dict[tuple[Pin, str], bool]] = {}
        self._replace: dict[str, None] = {}
        self._remove: dict[str, None] = {}
        self._unsafe: dict[str, None] = {}
        self._stuck: dict[str, None] = {}

    def add(self, groups: Sequence[Group], notices: Sequence[Notice]) -> None:
        """Note what to do about the releases of one more target; a flaw of two targets counts once."""
        for group in groups:
            if group.worst.malware and group.upgrade:
                self._replace[f"{group.pin} with {group.upgrade.new}"] = None
            elif group.worst.malware:
                self._remove[str(group.pin)] = None
            elif group.upgrade:
                settled = self._flaws.setdefault(f"{group.pin.name} to {group.upgrade.new}", {})
                for verdict in group.verdicts:
                    settled[group.pin, verdict.finding.id] = verdict.finding.id in group.settled
            elif change(group) == NO_FIX:
                self._stuck[str(group.pin)] = None
        self._unsafe |= {str(each.pin): None for each in sorted(notices) if each.kind == "quarantined"}

    def join(self, other: "Next") -> None:
        """Note what another has noted."""
        for what, settled in other._flaws.items():
            self._flaws.setdefault(what, {}).update(settled)
        self._replace |= other._replace
        self._remove |= other._remove
        self._unsafe |= other._unsafe
        self._stuck |= other._stuck

    def lines(self, style: Style) -> Iterator[str]:
        """Yield the lines, wrapped."""
        upgrades = {what: (sum(settled.values()), len(settled)) for what, settled in self._flaws.items()}
        named = [
            f"{what} (settles {settled}{f' of {every}' if settled < every else ''})"
            for what, (settled, every) in upgrades.items()
        ]
        settled = sum(settled for settled, _ in upgrades.values())
        remove, replace, stuck, unsafe = [*self._remove], [*self._replace], [*self._stuck], [*self._unsafe]
        steps = [
            _listed("remove ", remove, f"remove the {len(remove)} malicious packages", style),
            _listed("replace ", replace, f"replace the {len(replace)} malicious packages as named above", style),
            _listed("replace quarantined ", unsafe, f"replace the {len(unsafe)} quarantined packages", style),
            _secrets(len(remove) + len(replace)),
            _listed("upgrade ", named, f"make the {len(named)} upgrades named above (they settle {settled})", style),
            _listed("no fix is known for ", stuck, f"no fix is known for {len(stuck)} packages", style),
        ]
        if text := "; ".join(filter(None, steps)):
            first, *rest = wrap(f"{text}.", max(NARROWEST, style.width - len("Next: ")))
            yield f"Next: {first}"
            yield from (f"      {line}" for line in rest)


def _secrets(number: int) -> str:
    had = "it" if number == 1 else "one"
    return f"treat every machine that had {had} as compromised: rotate its secrets" if number else ""


def _listed(verb: str, things: Sequence[str], many: str, style: Style) -> str:
    if len(things) > UPGRADES and not style.verbose:
        return many
    return neutral(verb + ", ".join(things)) if things else ""
