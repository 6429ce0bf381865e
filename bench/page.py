"""docs/benchmarks.md, written from figures. Pure."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bench.measure import Run, ratio

HOW = """\
Whole processes, from start to exit, as a person or a build waits for them. Written by `make bench`.

Commands of one table take turns, after a round to warm up, so that a busy moment of the machine hits all of them.
Ratios are taken within each round; the tables give their median. Processor time is user and system together. Peak
memory is the largest of the runs.

Every tool gets the same advisories: pip-assay from its local database, imported beforehand; the others from a server
on the loopback interface, which answers at once. Where a row does not say `cache empty`, the tool has what the runs
before left it. pip-audit reads no uv.lock: it gets the same pins as requirements, with `--no-deps --disable-pip`, and
keeps no answers. `uv audit` also asks the package index about the status of each project: the server answers that too.
"""


class Group(NamedTuple):
    """Commands that took turns, the first of them the yardstick of the others; what they did, and a note for people."""

    title: str
    runs: Mapping[str, Sequence[Run]]
    note: str = ""

    def times(self, one: str, other: str) -> float:
        """Return how many times the wall time of the other a command takes."""
        return ratio([each.wall for each in self.runs[one]], [each.wall for each in self.runs[other]])

    def processor_times(self, one: str, other: str) -> float:
        """Return how many times the processor time of the other a command takes."""
        return ratio([each.processor for each in self.runs[one]], [each.processor for each in self.runs[other]])


class Table(NamedTuple):
    """Figures that are not those of whole processes, as text; the first column is a name."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


class Target(NamedTuple):
    """What was asked for ("at most" or "at least" a limit), and what came out.

    unit       as written after the number.
    processor  the same ratio in processor time, which a busy machine disturbs less; 0 where it says nothing.
    remark     for people, where the target is missed.
    """

    what: str
    limit: float
    measured: float
    unit: str = " times"
    least: bool = False
    processor: float = 0.0
    remark: str = ""

    def met(self) -> bool:
        """Return whether the target is met."""
        return self.measured >= self.limit if self.least else self.measured <= self.limit


def render(targets: Iterable[Target], groups: Iterable[Group | Table], facts: Mapping[str, str]) -> str:
    """Return the page. `facts` are about the machine and the tools."""
    lines = [
        "# Benchmarks",
        "",
        HOW,
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
        "## Targets",
        "",
        *_targets(targets),
    ]
    for group in groups:
        lines += ["", f"## {group.title}", "", *(cells(group) if isinstance(group, Table) else _figures(group))]
        lines += ["", group.note] if group.note else []
    return "\n".join(lines) + "\n"


def _targets(targets: Iterable[Target]) -> Iterator[str]:
    yield "| target | asked for | measured | |"
    yield "|---|---:|---:|---|"
    for target in targets:
        bound = "at least" if target.least else "at most"
        limit, measured = f"{target.limit:g}{target.unit}", f"{_short(target.measured)}{target.unit}"
        processor = f" ({target.processor:.3g} in processor time)" if target.processor else ""
        yield f"| {target.what} | {bound} {limit} | {measured}{processor} | {_judgement(target)} |"


def _judgement(target: Target) -> str:
    if target.met():
        return "met"
    missed = target.limit / target.measured if target.least else target.measured / target.limit
    by = f"{(missed - 1) * 100:.0f} %" if missed < 2 else f"a factor of {missed:.2g}"
    return f"missed by {by}" + (f": {target.remark}" if target.remark else "")


def _figures(group: Group) -> Iterator[str]:
    yardstick = next(iter(group.runs))
    yield f"| command | wall, ms: median (least to most) | processor, ms | to {yardstick} | peak, MB | runs |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, runs in group.runs.items():
        walls = [each.wall * 1000 for each in runs]
        span = f"{_number(statistics.median(walls))} ({_number(min(walls))} to {_number(max(walls))})"
        processor = statistics.median(each.processor for each in runs) * 1000
        times = group.times(name, yardstick)
        peak = max(each.peak for each in runs) / 1e6
        yield f"| {name} | {span} | {_number(processor)} | {times:.2f} | {peak:.0f} | {len(runs)} |"


def cells(table: Table) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| {' | '.join(table.head)} |"
    yield f"|---|{'---:|' * (len(table.head) - 1)}"
    for row in table.rows:
        yield f"| {' | '.join(row)} |"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
