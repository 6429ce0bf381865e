"""The tables that pip-audit prints, as cells: columns and markdown only differ in how they write one.

Kept from pip-audit 2.10: which tables, their headers, their order and every cell. Different on purpose:
aliases are sorted (pip-audit's come in the order of a set, which changes from run to run); rows are sorted by name,
version and id; a third table shows what was ignored, and why, where anything was (pip-audit drops it).
"""

from pip_assay.model import OPEN, PYPI, Report, Verdict
from pip_assay.reports import Style
from pip_assay.reports.entries import Entry, description, entries, normal, normal_version, reason
from pip_assay.reports.text import advisory_address, neutral, project_address
from pip_assay.values import NamedTuple


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
    extra = ("Aliases",) * style.aliases + ("Description",) * style.descriptions
    every = [
        Table(
            ("Name", "Version", "ID", "Fix Versions", *extra),
            tuple(_vulnerable(*each, style) for each in _verdicts(listed, ignored=False)),
        ),
        Table(("Name", "Skip Reason"), tuple(_skipped(entry, spelled) for entry in listed if entry.skip)),
        Table(
            ("Name", "Version", "ID", "Ignored because"),
            tuple(_ignored(*each, style) for each in _verdicts(listed, ignored=True)),
        ),
    ]
    return [table for table in every if table.rows]


def _verdicts(listed: list[Entry], *, ignored: bool) -> list[tuple[Entry, Verdict]]:
    return [(entry, each) for entry in listed for each in entry.verdicts if (each.status not in OPEN) is ignored]


def _release(entry: Entry, verdict: Verdict, style: Style) -> tuple[Cell, ...]:
    name = Piece(neutral(entry.pin.name), project_address(entry.pin.name, style))
    return (name,), (Piece(neutral(normal_version(entry.pin))),), (_identifier(verdict.finding.id),)


def _identifier(identifier: str) -> Piece:
    return Piece(neutral(identifier), advisory_address(identifier))


def _vulnerable(entry: Entry, verdict: Verdict, style: Style) -> tuple[Cell, ...]:
    finding = verdict.finding
    fixes = (normal(text) if entry.pin.ecosystem == PYPI else text for text in finding.fixed_in)
    cells = (*_release(entry, verdict, style), (Piece(neutral(",".join(fixes))),))
    if style.aliases:
        cells = (*cells, tuple(map(_identifier, sorted(finding.aliases))))
    if style.descriptions:
        cells = (*cells, (Piece(neutral(description(finding))),))
    return cells


def _skipped(entry: Entry, spelled: bool) -> tuple[Cell, ...]:
    spelling = entry.dependencies[0][1].spelling if spelled else ""
    return (Piece(neutral(spelling or entry.pin.name)),), (Piece(neutral(entry.skip)),)


def _ignored(entry: Entry, verdict: Verdict, style: Style) -> tuple[Cell, ...]:
    return (*_release(entry, verdict, style), (Piece(neutral(reason(verdict))),))
