"""The tables that pip-audit prints, as cells: columns and markdown only differ in how they write one.

Kept from pip-audit 2.10: which tables, their headers, their order and every cell. Different on purpose:
aliases are sorted (pip-audit's come in the order of a set, which changes from run to run); rows are sorted by name,
version and id, malware first; malware without a fix has what to do in the cell of fixes; there are two more columns
where KEV or EPSS were joined, and one against a baseline; a third table shows what was ignored, and why, where
anything was (pip-audit drops it); a fourth what the package index warns of, where it was asked.
"""

from pip_assay.model import OPEN, PYPI, UNKNOWN, Report, Signals, Verdict
from pip_assay.reports import Style
from pip_assay.reports.entries import Entry, description, entries, normal, normal_version, reason
from pip_assay.reports.text import advisory_address, neutral, percent, project_address
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
    """A header and its rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables(report: Report, style: Style, *, spelled: bool = False) -> list[Table]:
    """Return the tables that have rows: what is vulnerable, what was not audited, what was ignored.

    `spelled` names what was not audited as its source spells it.
    """
    listed = entries(report.audits)
    joined = _has_signals(report)
    compared = any(verdict.change for entry in listed for verdict in entry.verdicts)
    extra = (
        ("Change",) * compared
        + ("Exploited", "EPSS") * joined
        + ("Aliases",) * style.aliases
        + ("Description",) * style.descriptions
    )
    every = [
        Table(
            ("Name", "Version", "ID", "Fix Versions", *extra),
            tuple(_vulnerable(*each, style, joined, compared) for each in _verdicts(listed, ignored=False)),
        ),
        Table(("Name", "Skip Reason"), tuple(_skipped(entry, spelled) for entry in listed if entry.skip)),
        Table(
            ("Name", "Version", "ID", "Ignored because"),
            tuple(_ignored(*each, style) for each in _verdicts(listed, ignored=True)),
        ),
        Table(("Name", "Version", "Status", "Reason"), _noticed(report, style)),
    ]
    return [table for table in every if table.rows]


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
    name = Piece(neutral(entry.pin.name), project_address(entry.pin.name, style))
    return (name,), (Piece(neutral(normal_version(entry.pin))),), (_identifier(verdict.finding.id),)


def _identifier(identifier: str) -> Piece:
    return Piece(neutral(identifier), advisory_address(identifier))


def _vulnerable(entry: Entry, verdict: Verdict, style: Style, joined: bool, compared: bool) -> tuple[Cell, ...]:
    finding = verdict.finding
    fixes = (normal(text) if entry.pin.ecosystem == PYPI else text for text in finding.fixed_in)
    fixed = ",".join(fixes) or (REMOVE if finding.malware else "")
    cells = (*_release(entry, verdict, style), (Piece(neutral(fixed)),))
    if compared:
        cells = (*cells, (Piece(verdict.change),))
    if joined:
        cells = (*cells, *_signals(finding.signals))
    if style.aliases:
        cells = (*cells, tuple(map(_identifier, sorted(finding.aliases))))
    if style.descriptions:
        cells = (*cells, (Piece(neutral(description(finding))),))
    return cells


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


def _ignored(entry: Entry, verdict: Verdict, style: Style) -> tuple[Cell, ...]:
    state = "not affected" if verdict.status == "not_affected" else ""
    return (*_release(entry, verdict, style), (Piece(neutral(": ".join(filter(None, (state, reason(verdict)))))),))
