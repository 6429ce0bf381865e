"""The numbers of a report, the line that sums it up as pip-audit words it, and its problems as lines."""

from collections.abc import Iterable, Mapping

from pip_assay.model import CHANGES, OPEN, Audit, Change, NoticeKind, Pin, Problem, Report, Status
from pip_assay.reports.entries import AUDITED_ANYWAY, STATUSES, entries, in_order, problems_of, subjects
from pip_assay.reports.text import count, harmless_lines, neutral
from pip_assay.values import NamedTuple

SEVERITIES = ("critical", "high", "medium", "low", "none", "unknown")
"""Worst first."""

NOTICES: tuple[NoticeKind, ...] = ("quarantined", "yanked", "archived", "deprecated", "unlisted", "unknown")
"""Worst first."""

_MARKS = dict.fromkeys(map(ord, ":;,\"'()"), " ")


class Counts(NamedTuple):
    """The numbers of a report or of one target. A release that two targets hold counts once.

    packages      releases listed; `audited` of them were, in one target at least.
    findings      flaws that are to be settled, in `vulnerable` releases.
    severities    how many findings are malware and of each severity, worst first, zeros left out.
    notices       each kind of them, worst first, how many, and whether they fail.
    changes       against a baseline, how many findings are introduced, newly published and known; zeros left out.
    not_affected  flaws that do no harm, as VEX says; `ignored` are those that a rule ignores.
    """

    packages: int
    audited: int
    findings: int
    vulnerable: int
    warns: int
    ignored: int
    problems: int
    severities: tuple[tuple[str, int], ...]
    notices: tuple[tuple[NoticeKind, int, bool], ...]
    changes: tuple[tuple[Change, int], ...] = ()
    not_affected: int = 0


class Tally:
    """The numbers of audits that come one after the other; it keeps no more of them than it has to."""

    def __init__(self) -> None:
        self._packages: set[Pin] = set()
        self._audited: set[Pin] = set()
        self._flaws: dict[tuple[Pin, str], tuple[Status, str]] = {}
        self._changes: dict[tuple[Pin, str], Change] = {}
        self._notices: dict[tuple[Pin, NoticeKind], bool] = {}
        self._problems = 0
        self.targets = 0

    def add(self, audit: Audit) -> None:
        """Count one more audit."""
        for entry in entries([audit]):
            self._packages.add(entry.pin)
            if not entry.skip:
                self._audited.add(entry.pin)
            for verdict in entry.verdicts:
                finding = verdict.finding
                word = "malware" if finding.malware else finding.severity
                self._flaw((entry.pin, finding.id), (verdict.status, word))
                self._change((entry.pin, finding.id), verdict.change)
        self._notices |= {(each.pin, each.kind): each.fails for each in audit.notices}
        self._problems += len(problems_of(audit))
        self.targets += 1

    def _flaw(self, flaw: tuple[Pin, str], said: tuple[Status, str]) -> None:
        """Count a flaw with the worst that any target's policy says of it."""
        known = self._flaws.setdefault(flaw, said)
        if STATUSES.index(said[0]) < STATUSES.index(known[0]):
            self._flaws[flaw] = said

    def _change(self, flaw: tuple[Pin, str], change: Change) -> None:
        """Count a flaw as introduced if it is in any target; without a baseline, as nothing."""
        known = self._changes.get(flaw, change)
        if change:
            self._changes[flaw] = min(known, change, key=CHANGES.index)

    def join(self, other: "Tally") -> None:
        """Count what another tally has counted."""
        self._packages |= other._packages
        self._audited |= other._audited
        for flaw, said in other._flaws.items():
            self._flaw(flaw, said)
        for flaw, change in other._changes.items():
            self._change(flaw, change)
        self._notices |= other._notices
        self._problems += other._problems
        self.targets += other.targets

    def counts(self, problems: Iterable[Problem] = ()) -> Counts:
        """Return the numbers so far; `problems` are those of no single target."""
        open_flaws = {flaw: said for flaw, said in self._flaws.items() if said[0] in OPEN}
        statuses = [status for status, _ in self._flaws.values()]
        words = [word for _, word in open_flaws.values()]
        changes = [change for flaw, change in self._changes.items() if flaw in open_flaws]
        return Counts(
            packages=len(self._packages),
            audited=len(self._audited),
            findings=len(open_flaws),
            vulnerable=len({pin for pin, _ in open_flaws}),
            warns=sum(status == "warns" for status, _ in open_flaws.values()),
            ignored=statuses.count("ignored"),
            problems=len(set(problems)) + self._problems,
            severities=tuple((word, words.count(word)) for word in ("malware", *SEVERITIES) if word in words),
            notices=_noticed(self._notices) if self._notices else (),
            changes=tuple((each, changes.count(each)) for each in CHANGES if each in changes),
            not_affected=statuses.count("not_affected"),
        )


def _noticed(fails: Mapping[tuple[Pin, NoticeKind], bool]) -> tuple[tuple[NoticeKind, int, bool], ...]:
    found = [(kind, [failing for (_, each), failing in fails.items() if each == kind]) for kind in NOTICES]
    return tuple((kind, len(failing), any(failing)) for kind, failing in found if failing)


def counts(audits: Iterable[Audit], problems: Iterable[Problem] = ()) -> Counts:
    """Return the numbers of these audits; `problems` are those of no single target."""
    tally = Tally()
    for audit in audits:
        tally.add(audit)
    return tally.counts(problems)


def incomplete(report: Report) -> bool:
    """Return whether something was not looked at: then nobody may call the result clean."""
    return bool(not report.audits or report.problems or any(map(problems_of, report.audits)))


def summary_line(report: Report) -> str:
    """Return the line for stderr, in pip-audit's words.

    Where it finds nothing and has not seen everything, pip-audit's sentence goes on to say so; and what it is as of.
    """
    line = line_of(counts(report.audits, report.problems), whole=not incomplete(report))
    until = report.data.as_of
    return f"{line}; counted are records published by {until}, as they read now" if until else line


def line_of(total: Counts, *, whole: bool) -> str:
    """Return the same line for numbers; `whole` says whether everything was seen. What the index said goes on it."""
    said = "".join(f"; {each}" for each in (warnings(total), _unknown(total)) if each)
    if total.findings:
        ignored = f", ignored {total.ignored}" if total.ignored else ""
        harmless = f", not affected {total.not_affected}" if total.not_affected else ""
        found = count(total.findings, "known vulnerability")
        changes = f" ({changes_of(total)})" if total.changes else ""
        return f"Found {found}{changes}{ignored}{harmless} in {count(total.vulnerable, 'package')}{said}"
    silenced = silent(total)
    line = "No known vulnerabilities found" + (f", {silenced}" if silenced else "") + said
    if total.packages and not (total.audited or silenced):
        is_listed = "is listed, and not audited" if total.packages == 1 else "are listed, and not audited"
        line = f"Nothing was audited: {count(total.packages, 'package')} {is_listed}{said}"
    return line if whole else f"{line}; the audit is incomplete: {count(total.problems, 'problem')}"


def silent(total: Counts) -> str:
    """Return how many flaws are silenced, and by what: "1 ignored, 2 not affected"; empty for none."""
    numbers = ((total.ignored, "ignored"), (total.not_affected, "not affected"))
    return ", ".join(f"{number} {word}" for number, word in numbers if number)


def changes_of(total: Counts) -> str:
    """Return what has changed against a baseline: "2 introduced, 5 known"; empty without one."""
    return ", ".join(f"{number} {change}" for change, number in total.changes)


def warnings(total: Counts) -> str:
    """Return what the package index warns of: "1 quarantined (fails), 2 yanked"; empty where that is nothing."""
    return ", ".join(
        f"{number} {kind}" + (f" (fail{'s' * (number == 1)})" if fails else "")
        for kind, number, fails in total.notices
        if kind != "unknown"
    )


def _unknown(total: Counts) -> str:
    number = next((number for kind, number, _ in total.notices if kind == "unknown"), 0)
    return f"status of {count(number, 'package')} unknown" if number else ""


def problem_lines(report: Report) -> list[str]:
    """Return a line for each problem that the tables of columns and markdown cannot show, for stderr."""
    lines = [problem_text(problem) for problem in in_order(report.problems)]
    for audit in report.audits:
        lines += [
            problem_text(problem) for problem, about in subjects(audit) if not about or problem.gap in AUDITED_ANYWAY
        ]
    return [harmless_lines(line) for line in dict.fromkeys(lines)]


def problem_text(problem: Problem, *, place: bool = True) -> str:
    """Return a problem on one line: where, about what, what is wrong, what to do."""
    where = f"{problem.place}: " if place and problem.place else ""
    file = problem.place.file if problem.place else ""
    said = problem.what.translate(_MARKS).split()
    named = (bool(where) and problem.subject == file) or all(word in said for word in problem.subject.split())
    about = "" if named else f"{problem.subject}: "
    hint = f"; {problem.hint}" if problem.hint else ""
    return neutral(f"{where}{about}{problem.what}{hint}")
