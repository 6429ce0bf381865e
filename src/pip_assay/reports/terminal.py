"""The report for people: grouped by package, worst first, what to do last. Words carry it; colour only helps."""

import os
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence

from pip_assay import moments
from pip_assay.model import OPEN, Audit, Data, Finding, LeftOut, Notice, Pin, Problem, Report, Verdict
from pip_assay.reports import Section, Style
from pip_assay.reports.bundled import is_unauditable, release
from pip_assay.reports.entries import bare, identity, in_order, problems_of, reason, subjects
from pip_assay.reports.fixes import branch
from pip_assay.reports.grouped import INDENT, NARROWEST, NO_FIX, Group, change, group_lines, grouped, is_behind
from pip_assay.reports.summary import Counts, Share, Tally, changes_of, looked_at, problem_text, silent, warnings
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
    number = tally.counts()
    lines = group_lines(found, audit, style)
    rest = [
        *_undated(audit, data, style),
        *_ignored(audit, style),
        *_noticed(audit, style),
        *_unseen(audit, number, style),
    ]
    body = _after(lines, rest, apart=any(group.is_apart for group in found))
    text = finished((_opening(audit, number, data, style), *(["", *body] if body else [])), style)
    return Section(text, tally, steps)


def _in_short(found: Sequence[Group], audit: Audit, style: Style) -> list[str]:
    """Return the name of the target and what fails or is a problem there; nothing where nothing does."""
    if style.quiet > 1:
        return []
    failing = audit._replace(notices=tuple(each for each in audit.notices if each.fails))
    rest = [*_noticed(failing, style), *_problems(audit, style)]
    body = _after(group_lines(found, audit, style), rest, apart=any(group.is_apart for group in found))
    return [neutral(f"{audit.inventory.target}:"), *body] if body else []


def _after(lines: list[str], rest: list[str], *, apart: bool) -> list[str]:
    """Return the findings and the rest, which is no part of the section that the findings may end with."""
    return [*lines, *[""] * bool(apart and rest), *rest]


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
    held = _held(number.own, noun) + (f", {_held(number.bundled, 'bundled component')}" * bool(number.bundled.listed))
    return neutral(f"Audited {inventory.target}{detail}{because}: {held}. {_advisories(data, style)}")


def _held(share: Share, noun: str) -> str:
    some = f"{share.audited} of " if share.audited < share.listed else ""
    return some + count(share.listed, noun)


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
    for each in sorted(findings, key=_by_name):
        if not any(advisory.published for advisory in each.advisories):
            held = release(each.dependency.pin, each.dependency.inside)
            yield mark + neutral(f"{held}: {each.id} has no date of publication, so it counts")


def _ignored(audit: Audit, style: Style) -> Iterator[str]:
    silenced = [verdict for verdict in audit.verdicts if verdict.status not in OPEN]
    indent = max([INDENT, *(len(_mark(verdict)) + 2 for verdict in silenced)])
    for verdict in sorted(silenced, key=lambda verdict: _by_name(verdict.finding)):
        finding = verdict.finding
        held = release(finding.dependency.pin, finding.dependency.inside)
        yield paint(f"{_mark(verdict):<{indent}}", "2", style) + "  ".join(
            filter(None, (neutral(held), neutral(finding.id), neutral(reason(verdict))))
        )


def _by_name(finding: Finding) -> tuple[object, ...]:
    return finding.dependency.pin, finding.id, finding.dependency.inside or ()


def _mark(verdict: Verdict) -> str:
    return verdict.status.replace("_", " ").upper()


def _noticed(audit: Audit, style: Style) -> Iterable[str]:
    if not audit.notices:
        return ()
    from pip_assay.reports import noticed

    return noticed.lines(audit, style)


def _unseen(audit: Audit, number: Counts, style: Style) -> list[str]:
    """Return what was left out without a problem that says so, then the problems."""
    told = {dependency for _, about in subjects(audit) for dependency in about}
    quiet = [
        Problem("unreadable", each.skipped, each.place, subject=release(identity(each), each.inside))
        for each in audit.inventory.dependencies
        if each.skipped and each not in told and (style.verbose or not is_unauditable(each))
    ]
    return [
        *_folded("SKIPPED", "2", in_order(quiet), style, places=_has_places(audit, style)),
        *_unauditable(number.unauditable, style),
        *_problems(audit, style),
    ]


def _unauditable(number: int, style: Style) -> Iterator[str]:
    """Yield how much of what others carry no advisory can be matched with: with -v each of it is named instead."""
    if number and not style.verbose:
        mark, them = paint(f"{'SKIPPED':<{INDENT}}", "2", style), "it" if number == 1 else "them"
        yield f"{mark}{count(number, 'bundled component')} cannot be audited: pip-assay contents lists {them}"


def _problems(audit: Audit, style: Style) -> list[str]:
    own = frozenset[str]()
    if not _has_places(audit, style):
        files = [each.place.file for each in audit.inventory.dependencies if not each.inside]
        own = frozenset((*files, *map(os.path.dirname, files)))
    return [*_folded("PROBLEM", "1;33", problems_of(audit), style, places=True, own=own)]


def _has_places(audit: Audit, style: Style) -> bool:
    """Return whether a line says where something is written: of an environment, the first line of all does."""
    return audit.inventory.kind != "environment" or bool(style.verbose)


def _folded(
    word: str,
    colour: str,
    problems: Iterable[Problem],
    style: Style,
    *,
    places: bool,
    own: Container[str] = (),
) -> Iterator[str]:
    """Yield a line for each problem, or one for all that say the same of more than FOLD different things.

    `own` are the files and folders that the subject's name tells already: those places are left out.
    """
    same: dict[tuple[str, str, str, bool], list[Problem]] = {}
    for problem in problems:
        same.setdefault((problem.gap, bare(problem), problem.hint, bool(problem.subject)), []).append(problem)
    mark = paint(f"{word:<{INDENT}}", colour, style)
    for members in same.values():
        if style.verbose or len(members) <= FOLD:
            for each in members:
                is_plain = each.place is not None and each.place.file in own
                yield mark + problem_text(each, place=not each.subject or (places and not is_plain))
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
        _audited(total) if total.findings else "",
    ]
    fails = total.findings or any(failing for _, _, failing in total.notices)
    calm = whole and not warnings(total)
    colour = "1;31" if fails else "1;32" if calm else "1;33"
    return paint("; ".join(filter(None, parts)) + ".", colour, style)


def _found(total: Counts, of: str) -> str:
    severities = ", ".join(f"{number} {word}" for word, number in total.severities)
    bundled = f", {total.inside} of them bundled," if total.inside else ""
    return f"{count(total.findings, 'finding')}{bundled} in {count(total.vulnerable, 'package')}{of} ({severities})"


def _audited(total: Counts) -> str:
    if total.bundled.listed or total.interpreters.listed:
        return f"{looked_at(total)} audited"
    return f"{total.audited} of {total.packages} audited"


def _nothing_found(total: Counts, of: str, *, whole: bool) -> str:
    if not total.audited:
        return f"Nothing was audited{of}"
    if total.audited < total.packages:
        return f"No known vulnerabilities in the {looked_at(total)}{of} that could be audited"
    return f"No known vulnerabilities in {looked_at(total)}{of}" + ("" if whole else " that could be audited")


class Next:
    """What to do next: upgrades worst first, after what is malware, before what has no fix."""

    def __init__(self) -> None:
        self._flaws: dict[str, dict[tuple[Pin, str], bool]] = {}
        self._replace: dict[str, None] = {}
        self._remove: dict[str, None] = {}
        self._unsafe: dict[str, None] = {}
        self._stuck: dict[str, None] = {}
        self._behind: dict[str, None] = {}
        self._hosts: dict[str, str] = {}

    def add(self, groups: Sequence[Group], notices: Sequence[Notice]) -> None:
        """Note what to do about the releases of one more target; a flaw of two targets counts once."""
        for group in groups:
            if group.worst.malware and group.upgrade:
                self._replace[f"{group.pin} with {group.upgrade.new}"] = None
            elif group.worst.malware:
                carried = f", which carries {group.pin}" if group.hosts else ""
                self._remove[f"{group.hosts[-1] if group.hosts else group.pin}{carried}"] = None
            elif group.upgrade:
                settled = self._flaws.setdefault(f"{group.pin.name} to {group.upgrade.new}", {})
                for verdict in group.verdicts:
                    settled[group.pin, verdict.finding.id] = verdict.finding.id in group.settled
            elif group.hosts and (group.is_fixed or group.above):
                self._host(str(group.hosts[-1]), group.above.new if group.above else "")
            elif is_behind(group):
                self._behind[f"{group.pin.name} {branch(group.pin)}"] = None
            elif change(group) == NO_FIX:
                self._stuck[release(group.pin, next(iter(group.hosts), None))] = None
        self._unsafe |= {str(each.pin): None for each in sorted(notices) if each.kind == "quarantined"}

    def join(self, other: "Next") -> None:
        """Note what another has noted."""
        for what, settled in other._flaws.items():
            self._flaws.setdefault(what, {}).update(settled)
        self._replace |= other._replace
        self._remove |= other._remove
        self._unsafe |= other._unsafe
        self._stuck |= other._stuck
        self._behind |= other._behind
        for host, new in other._hosts.items():
            self._host(host, new)

    def _host(self, host: str, new: str) -> None:
        """Note that something that carries others is to be upgraded, and to which release, where one is known."""
        self._hosts[host] = new or self._hosts.get(host, "")

    def lines(self, style: Style) -> Iterator[str]:
        """Yield the lines, wrapped."""
        upgrades = {what: (sum(settled.values()), len(settled)) for what, settled in self._flaws.items()}
        named = [
            f"{what} (settles {settled}{f' of {every}' if settled < every else ''})"
            for what, (settled, every) in upgrades.items()
        ]
        settled = sum(settled for settled, _ in upgrades.values())
        remove, replace, stuck, unsafe = [*self._remove], [*self._replace], [*self._stuck], [*self._unsafe]
        hosts = [f"{host} to {new}" if new else host for host, new in self._hosts.items()]
        behind = [*self._behind]
        steps = [
            _listed("remove ", remove, f"remove the {len(remove)} malicious packages", style),
            _listed("replace ", replace, f"replace the {len(replace)} malicious packages as named above", style),
            _listed("replace quarantined ", unsafe, f"replace the {len(unsafe)} quarantined packages", style),
            _secrets(len(remove) + len(replace)),
            _listed("upgrade ", named, f"make the {len(named)} upgrades named above (they settle {settled})", style),
            _listed(
                "for what is bundled, upgrade ",
                hosts,
                f"for what is bundled, upgrade the {len(hosts)} that carry it",
                style,
            ),
            _listed("no release yet fixes ", behind, f"no release yet fixes {len(behind)} branches", style),
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
