"""The numbers of a report, the line that sums it up as pip-audit words it, and its problems as lines."""

from collections.abc import Iterable, Mapping

from pip_assay.model import (
    CHANGES,
    OPEN,
    PYTHON,
    UNAUDITABLE,
    Audit,
    Change,
    NoticeKind,
    Pin,
    Problem,
    Report,
    Status,
    Verdict,
)
from pip_assay.reports.entries import (
    AUDITED_ANYWAY,
    STATUSES,
    Key,
    how_bad,
    in_order,
    key_of,
    normal_version,
    not_audited,
    problems_of,
    subjects,
    worst,
)
from pip_assay.reports.text import count, harmless_lines, neutral
from pip_assay.values import NamedTuple

SEVERITIES = ("critical", "high", "medium", "low", "none", "unknown")
"""Worst first."""

NOTICES: tuple[NoticeKind, ...] = ("quarantined", "yanked", "archived", "deprecated", "unlisted", "unknown")
"""Worst first."""

_MARKS = dict.fromkeys(map(ord, ":;,\"'()"), " ")


class Share(NamedTuple):
    """How many releases of a kind are listed, and how many of those were audited."""

    listed: int = 0
    audited: int = 0


class Counts(NamedTuple):
    """The numbers of a report or of one target. A release that two targets hold counts once.

    packages      releases listed; `audited` of them were, in one target at least.
    findings      flaws that are to be settled, in `vulnerable` releases; `inside` of them in what others carry.
    severities    how many findings are malware and of each severity, worst first, zeros left out.
    notices       each kind of them, worst first, how many, and whether they fail.
    changes       against a baseline, how many findings are introduced, newly published and known; zeros left out.
    not_affected  flaws that do no harm, as VEX says; `ignored` are those that a rule ignores.
    bundled       of `packages` and `audited`, what others carry: once for each that carries it; `unauditable` of it
                  no advisory could be matched with.
    interpreters  of `packages` and `audited`, the interpreters.
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
    inside: int = 0
    bundled: Share = Share()
    unauditable: int = 0
    interpreters: Share = Share()

    @property
    def own(self) -> Share:
        """What the targets hold by itself, but for interpreters."""
        beside = (self.bundled, self.interpreters)
        return Share(
            self.packages - sum(each.listed for each in beside), self.audited - sum(each.audited for each in beside)
        )


class Tally:
    """The numbers of audits that come one after the other; it keeps no more of them than it has to."""

    def __init__(self) -> None:
        self._packages: set[Key] = set()
        self._audited: set[Key] = set()
        self._inside: set[Key] = set()
        """Those of both that something else carries: they are the most, and are gone through once."""
        self._unauditable: set[Key] = set()
        self._flaws: dict[tuple[Key, str], tuple[Status, str]] = {}
        self._changes: dict[tuple[Key, str], Change] = {}
        self._notices: dict[tuple[Pin, NoticeKind], bool] = {}
        self._problems = 0
        self.targets = 0

    def add(self, audit: Audit) -> None:
        """Count one more audit."""
        flaws = worst(audit.verdicts)
        listed = {*map(key_of, audit.inventory.dependencies), *flaws}
        unseen: dict[Key, set[str]] = {}
        for dependency, why in not_audited(audit).items():
            unseen.setdefault(key_of(dependency), set()).update(why)
        self._packages |= listed
        self._audited |= listed - unseen.keys()
        self._inside |= {key for key in listed if key[1] is not None}
        self._unauditable |= {key for key, why in unseen.items() if key[1] and why == {UNAUDITABLE}}
        for key, verdicts in flaws.items():
            for verdict in verdicts.values():
                flaw = key, verdict.finding.id
                self._flaw(flaw, (verdict.status, how_bad(verdict.finding)))
                self._change(flaw, verdict.change)
        self._notices |= {(each.pin, each.kind): each.fails for each in audit.notices}
        self._problems += len(problems_of(audit))
        self.targets += 1

    def _flaw(self, flaw: tuple[Key, str], said: tuple[Status, str]) -> None:
        """Count a flaw with the worst that any target's policy says of it."""
        known = self._flaws.setdefault(flaw, said)
        if STATUSES.index(said[0]) < STATUSES.index(known[0]):
            self._flaws[flaw] = said

    def _change(self, flaw: tuple[Key, str], change: Change) -> None:
        """Count a flaw as introduced if it is in any target; without a baseline, as nothing."""
        known = self._changes.get(flaw, change)
        if change:
            self._changes[flaw] = min(known, change, key=CHANGES.index)

    def join(self, other: "Tally") -> None:
        """Count what another tally has counted."""
        self._packages |= other._packages
        self._audited |= other._audited
        self._inside |= other._inside
        self._unauditable |= other._unauditable
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
        alone, seen = self._packages - self._inside, self._audited - self._inside
        return Counts(
            packages=len(self._packages),
            audited=len(self._audited),
            findings=len(open_flaws),
            vulnerable=len({key for key, _ in open_flaws}),
            warns=sum(status == "warns" for status, _ in open_flaws.values()),
            ignored=statuses.count("ignored"),
            problems=len(set(problems)) + self._problems,
            severities=tuple((word, words.count(word)) for word in ("malware", *SEVERITIES) if word in words),
            notices=_noticed(self._notices) if self._notices else (),
            changes=tuple((each, changes.count(each)) for each in CHANGES if each in changes),
            not_affected=statuses.count("not_affected"),
            inside=sum(key[1] is not None for key, _ in open_flaws),
            bundled=Share(len(self._packages) - len(alone), len(self._audited) - len(seen)),
            unauditable=len(self._unauditable - self._audited),
            interpreters=Share(*(sum(pin.ecosystem == PYTHON for pin, _ in keys) for keys in (alone, seen))),
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


def summary_line(report: Report, *, fixing: bool = False) -> str:
    """Return the line for stderr, in pip-audit's words; of a fix, what was found before it, and what it has settled.

    Where it finds nothing and has not seen everything, pip-audit's sentence goes on to say so; and what it is as of.
    `fixing` says that a fix was asked for, also where nothing came of it.
    """
    total, whole = counts(report.audits, report.problems), not incomplete(report)
    is_fix = fixing or report.fixes
    line = _with_settled(report, total, whole=whole) if is_fix else line_of(total, whole=whole)
    until = report.data.as_of
    return f"{line}; counted are records published by {until}, as they read now" if until else line


def _with_settled(report: Report, total: Counts, *, whole: bool) -> str:
    """Return the line of a fix: in numbers of what was there before."""
    old = {(each.name, each.new): each.old for each in report.fixes if each.new}

    def flaws(verdicts: Iterable[Verdict]) -> set[tuple[str, ...]]:
        found = (each.finding for each in verdicts if each.status in OPEN)
        pins = ((each.id, each.dependency.pin, each.dependency.inside) for each in found)
        named = ((flaw, pin.name, normal_version(pin), inside) for flaw, pin, inside in pins)
        return {(flaw, name, old.get((name, version), version), str(inside)) for flaw, name, version, inside in named}

    left = flaws(verdict for audit in report.audits for verdict in audit.verdicts)
    gone = flaws(verdict for audit in report.audits for verdict in audit.settled) - left
    before, mended = len({each[1:] for each in left | gone}), len({each[1:] for each in gone})
    did = f" and fixed {count(len(gone), 'vulnerability')} in {count(mended, 'package')}"
    line = line_of(total._replace(findings=len(left | gone), vulnerable=before), whole=whole, mended=did)
    unseen = gone and not (left or whole)
    return f"{line}; the audit is incomplete: {count(total.problems, 'problem')}" if unseen else line


def line_of(total: Counts, *, whole: bool, mended: str = "") -> str:
    """Return the same line for numbers; `whole` says whether everything was seen. What the index said goes on it.

    `mended` is what of the findings is settled by now.
    """
    said = "".join(f"; {each}" for each in (warnings(total), _unknown(total)) if each)
    if total.findings:
        ignored = f", ignored {total.ignored}" if total.ignored else ""
        harmless = f", not affected {total.not_affected}" if total.not_affected else ""
        found = count(total.findings, "known vulnerability")
        changes = f" ({changes_of(total)})" if total.changes else ""
        return f"Found {found}{changes}{ignored}{harmless} in {count(total.vulnerable, 'package')}{mended}{said}"
    silenced = silent(total)
    line = "No known vulnerabilities found" + (f", {silenced}" if silenced else "") + said
    if total.packages and not (total.audited or silenced):
        is_listed = "is listed, and not audited" if total.packages == 1 else "are listed, and not audited"
        line = f"Nothing was audited: {count(total.packages, 'package')} {is_listed}{said}"
    return line if whole else f"{line}; the audit is incomplete: {count(total.problems, 'problem')}"


def looked_at(total: Counts, noun: str = "package") -> str:
    """Return how much was looked at: "148 packages, 14 of 31 bundled components and the interpreter"."""
    told = [_of(total.own, noun)] if total.own.listed or not total.packages else []
    told += [_of(total.bundled, "bundled component")] if total.bundled.listed else []
    told += [_of(total.interpreters, "interpreter")] if total.interpreters.listed else []
    told = ["the interpreter" if each == "1 interpreter" else each for each in told]
    return " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))


def _of(share: Share, noun: str) -> str:
    some = f"{share.audited} of " if share.audited < share.listed else ""
    return some + count(share.listed, noun)


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
