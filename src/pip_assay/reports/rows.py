"""The tables that pip-audit prints, as cells: columns and markdown only differ in how they write one.

Kept from pip-audit 2.10: which tables, their headers, their order and every cell, also of what `--fix` has done or
has not. Different on purpose:
aliases are sorted (pip-audit's come in the order of a set, which changes from run to run); rows are sorted by name,
version and id, malware first; malware without a fix has what to do in the cell of fixes; there are two more columns
where KEV or EPSS were joined, and one against a baseline; a third table shows what was ignored, and why, where
anything was (pip-audit drops it); a fourth what the package index warns of, where it was asked. What distributions
carry is in tables of its own, under a title, with what carries it; where that is malware they come first.
"""

from collections.abc import Mapping, Sequence

from pip_assay.model import OPEN, PYPI, UNKNOWN, Finding, Fix, Pin, Report, Signals, Verdict
from pip_assay.reports import Style
from pip_assay.reports.bundled import TITLE
from pip_assay.reports.entries import Entry, as_found, description, normal, normal_version, reason
from pip_assay.reports.fixes import branch, fixes, on_other_branches
from pip_assay.reports.text import FOLD, advisory_address, neutral, percent, project_address
from pip_assay.values import NamedTuple

_UNKNOWN = "unknown"

REMOVE = "remove it; rotate secrets"


class Piece(NamedTuple):
    """A piece of a cell, made neutral, and the address that it links to."""

    text: str
    address: str = ""


Cell = tuple[Piece, ...]
"""Pieces that a comma and a space part."""


class Table(NamedTuple):
    """A header and its rows; `title` stands above the first of those that tell of what distributions carry."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


def tables(report: Report, style: Style, *, spelled: bool = False) -> list[Table]:
    """Return the tables that have rows: what is vulnerable, what was not audited, what was ignored.

    `spelled` names what was not audited as its source spells it.
    """
    every = as_found(report)
    listed, carried = [each for each in every if not each.inside], [each for each in every if each.inside]
    extra = _Extra(
        {(each.name, each.old): each for each in report.fixes},  # why it stays somewhere, before where it moved
        any(verdict.change for entry in every for verdict in entry.verdicts),
        _has_signals(report),
        style.aliases,
        style.descriptions,
    )
    own = [
        Table(
            ("Name", "Version", "ID", "Fix Versions", *extra.header()),
            tuple(_vulnerable(*each, style, extra) for each in _verdicts(listed, ignored=False)),
        ),
        Table(("Name", "Skip Reason"), tuple(_skipped(entry, spelled) for entry in listed if entry.skip)),
        Table(
            ("Name", "Version", "ID", "Ignored because"),
            tuple(_ignored(*each, style) for each in _verdicts(listed, ignored=True)),
        ),
        Table(("Name", "Version", "Status", "Reason"), _noticed(report, style)),
    ]
    apart = _titled([table for table in _carried(carried, style, extra) if table.rows])
    own = [table for table in own if table.rows]
    return [*apart, *own] if _is_malicious(carried) and not _is_malicious(listed) else [*own, *apart]


def _carried(carried: list[Entry], style: Style, extra: "_Extra") -> list[Table]:
    """Return the tables of what distributions carry; of what cannot be audited a row for what carries it."""
    return [
        Table(
            ("Name", "Version", "Inside", "ID", "Fix Versions", *extra.header()),
            tuple(_vulnerable(*each, style, extra) for each in _verdicts(carried, ignored=False)),
        ),
        Table(("Inside", "Not Audited", "Skip Reason"), tuple(_left(carried, style))),
        Table(
            ("Name", "Version", "Inside", "ID", "Ignored because"),
            tuple(_ignored(*each, style) for each in _verdicts(carried, ignored=True)),
        ),
    ]


def _titled(found: list[Table]) -> list[Table]:
    return [table if number else table._replace(title=f"{TITLE}:") for number, table in enumerate(found)]


def _is_malicious(listed: list[Entry]) -> bool:
    return any(each.finding.malware and each.status in OPEN for entry in listed for each in entry.verdicts)


class _Extra(NamedTuple):
    """The columns that the tables of what is vulnerable have beside pip-audit's usual ones."""

    fixes: Mapping[tuple[str, str], Fix]
    compared: bool
    joined: bool
    aliases: bool
    descriptions: bool

    def header(self) -> tuple[str, ...]:
        """Return what stands above them."""
        return (
            ("Applied Fix",) * bool(self.fixes)
            + ("Change",) * self.compared
            + ("Exploited", "EPSS") * self.joined
            + ("Aliases",) * self.aliases
            + ("Description",) * self.descriptions
        )


def _noticed(report: Report, style: Style) -> tuple[tuple[Cell, ...], ...]:
    """Return what the package index warns of, worst first; of how many it says nothing, stderr tells."""
    if not any(audit.notices for audit in report.audits):
        return ()
    from pip_assay.reports import noticed

    return tuple(
        (
            (Piece(neutral(each.pin.name), project_address(each.pin.name, style)),),
            (Piece(neutral(normal_version(each.pin))),),
            (Piece(each.kind),),
            (Piece(neutral(each.reason)),),
        )
        for each in noticed.in_order(report.audits)
        if each.kind != "unknown"
    )


def _verdicts(listed: list[Entry], *, ignored: bool) -> list[tuple[Entry, Verdict]]:
    found = [(entry, each) for entry in listed for each in entry.verdicts if (each.status not in OPEN) is ignored]
    return sorted(found, key=lambda pair: not pair[1].finding.malware)


def _release(entry: Entry, verdict: Verdict, style: Style) -> tuple[Cell, ...]:
    address = project_address(entry.pin.name, style) if entry.pin.ecosystem == PYPI else ""
    name = Piece(neutral(entry.pin.name), address)
    carrier = ((Piece(neutral(str(entry.inside))),),) if entry.inside else ()
    return (name,), (Piece(neutral(normal_version(entry.pin))),), *carrier, (_identifier(verdict.finding.id),)


def _identifier(identifier: str) -> Piece:
    return Piece(neutral(identifier), advisory_address(identifier))


def _fixed(finding: Finding) -> str:
    """Return the releases that fix it; of an interpreter those of its branch, or that there is none, and where one is.

    pip-audit writes nothing where none is known.
    """
    pin = finding.dependency.pin
    if other := on_other_branches(finding):
        return f"none on {branch(pin)} ({','.join(other)})"
    return ",".join(normal(text) if pin.ecosystem == PYPI else text for text in fixes(finding))


def _vulnerable(entry: Entry, verdict: Verdict, style: Style, extra: _Extra) -> tuple[Cell, ...]:
    finding = verdict.finding
    fixed = _fixed(finding) or (REMOVE if finding.malware else "")
    cells = (*_release(entry, verdict, style), (Piece(neutral(fixed)),))
    if extra.fixes:
        cells = (*cells, (Piece(neutral(_applied(entry, extra))),))
    if extra.compared:
        cells = (*cells, (Piece(verdict.change),))
    if extra.joined:
        cells = (*cells, *_signals(finding.signals))
    if extra.aliases:
        cells = (*cells, tuple(map(_identifier, sorted(finding.aliases))))
    if extra.descriptions:
        cells = (*cells, (Piece(neutral(description(finding))),))
    return cells


def _applied(entry: Entry, extra: _Extra) -> str:
    """Return what `--fix` has done of it, in pip-audit's words; empty where it has not looked at it."""
    fix = extra.fixes.get((entry.pin.name, normal_version(entry.pin)))
    if fix is None:
        return ""
    if fix.why:
        return f"Failed to fix {fix.name} ({fix.old}): {fix.why}"
    if not fix.new:
        return f"Successfully removed {fix.name} ({fix.old})"
    return f"Successfully upgraded {fix.name} ({fix.old} => {fix.new})"


def _signals(signals: Signals) -> tuple[Cell, Cell]:
    """Return whether it is known to be exploited, and how probably it will be: what is unknown is never left blank."""
    exploited = {True: "yes", False: "no", None: _UNKNOWN}[signals.exploited]
    return (Piece(exploited),), (Piece(_UNKNOWN if signals.epss is None else percent(signals.epss)),)


def _has_signals(report: Report) -> bool:
    known = (verdict.finding.signals != UNKNOWN for audit in report.audits for verdict in audit.verdicts)
    return bool(report.data.kev or report.data.epss) or any(known)


def _skipped(entry: Entry, spelled: bool) -> tuple[Cell, ...]:
    spelling = entry.dependencies[0][1].spelling if spelled else ""
    return (Piece(neutral(spelling or entry.pin.name)),), (Piece(neutral(entry.skip)),)


def _left(carried: list[Entry], style: Style) -> list[tuple[Cell, ...]]:
    found: dict[tuple[Pin | None, str], list[str]] = {}
    for entry in carried:
        if entry.skip:
            found.setdefault((entry.inside, entry.skip), []).append(str(entry.pin))
    return [
        ((Piece(neutral(str(host))),), (Piece(neutral(_some(names, style))),), (Piece(neutral(why)),))
        for (host, why), names in sorted(found.items())
    ]


def _some(names: Sequence[str], style: Style) -> str:
    if style.verbose or len(names) <= FOLD + 1:
        return ", ".join(names)
    return f"{', '.join(names[:FOLD])} and {len(names) - FOLD} more"


def _ignored(entry: Entry, verdict: Verdict, style: Style) -> tuple[Cell, ...]:
    state = "not affected" if verdict.status == "not_affected" else ""
    return (*_release(entry, verdict, style), (Piece(neutral(": ".join(filter(None, (state, reason(verdict)))))),))
