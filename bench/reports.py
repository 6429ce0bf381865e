"""What each report format costs: of 100 findings its time, of 50,000 its time, its memory, and how much is left out."""

import re
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import measure, rendering
from bench.measure import Command
from bench.page import Table, Target
from bench.tools import Bench

RENDERING = Path(rendering.__file__)
FEW, MANY = 100, 50_000
ROUNDS = 5


class Rendered(NamedTuple):
    """A report of one format.

    seconds    of processor time to its text, imports included.
    peak       bytes of memory of the whole process, report and writing included.
    size       bytes of the text.
    findings   number of findings that the text names.
    stories    number of long texts that it holds to their end.
    """

    seconds: float
    peak: int
    size: int
    findings: int
    stories: int


def formats() -> tuple[str, ...]:
    """Return the name of every format."""
    from pip_assay.reports import FORMATS

    return FORMATS


def measured(bench: Bench, findings: int, rounds: int = 1) -> dict[str, Rendered]:
    """Return what a report of so many findings costs in each format, in a process of its own."""
    sys.stderr.write(f"Reports of {findings:,} findings: {', '.join(formats())}\n")
    return {name: _rendered(bench, name, findings, rounds) for name in formats()}


def _rendered(bench: Bench, name: str, findings: int, rounds: int) -> Rendered:
    path = bench.scratch / f"report.{name}"
    words = (bench.program("python"), "-I", str(RENDERING), name, str(findings), str(path))
    command = Command(f"a report in {name}", words, bench.environ(), bench.scratch)
    seconds: list[float] = []
    peaks: list[int] = []
    for _ in range(rounds):
        peaks.append(measure.run(command).peak)
        seconds.append(float(path.with_name(f"{path.name}.seconds").read_text(encoding="ascii")))
    text = path.read_text(encoding="utf-8")
    path.unlink()
    return Rendered(statistics.median(seconds), max(peaks), len(text.encode()), *shown(text))


def shown(text: str) -> tuple[int, int]:
    """Return the number of findings that a text names, by any id, and of long texts that it holds to their end."""
    numbers = set(re.findall(r"(?:PYSEC|CVE)-2026-(\d{6})\b", text))
    return len(numbers), len(set(re.findall(rf"{rendering.END}(\d{{6}})\b", text)))


def table_of_few(found: dict[str, Rendered]) -> Table:
    """Return the table of the time that a usual report takes."""
    rows = [(name, f"{each.seconds * 1000:.0f}", f"{each.size:,}") for name, each in found.items()]
    note = (
        "A report in memory, in a process that has imported nothing else, becomes text; processor time, with the "
        f"import of the format, median of {ROUNDS} runs. Descriptions and aliases are shown where the format does so "
        "unasked."
    )
    return Table(f"Reports of {FEW} findings", ("format", "processor, ms", "bytes"), rows, note)


def table_of_many(found: dict[str, Rendered]) -> Table:
    """Return the table of what a huge report takes."""
    rows = [
        (
            name,
            f"{each.seconds:.1f}",
            f"{each.peak / 1e6:.0f}",
            f"{each.size / 1e6:.1f}",
            "all" if each.findings == MANY else f"{each.findings:,}",
            "all" if each.stories == MANY else f"{each.stories:,}",
        )
        for name, each in found.items()
    ]
    head = ("format", "processor, s", "peak, MB", "size, MB", "findings named", "whole descriptions")
    note = (
        "Each finding is in a package of its own, with a description of half a kilobyte; one run. The peak is that of "
        "the process: interpreter, report, text and the writing of the file. Formats whose readers take no more show "
        "the worst findings and say how many are left out; no description is whole where a format shows summaries, or "
        "shortens descriptions so that they fit."
    )
    return Table(f"Reports of {MANY:,} findings in {MANY:,} packages", head, rows, note)


def targets(few: dict[str, Rendered], many: dict[str, Rendered]) -> Sequence[Target]:
    """Return what was asked of the slowest and of the largest format."""
    slowest = max(few, key=lambda name: few[name].seconds)
    largest = max(many, key=lambda name: many[name].peak)
    over = ", ".join(f"{name} {each.peak / 1e6:.0f} MB" for name, each in many.items() if each.peak > 500e6)
    return (
        Target(
            f"A report of {FEW} findings, the slowest of any format ({slowest})",
            150,
            few[slowest].seconds * 1000,
            " ms",
        ),
        Target(
            f"Peak memory of a report of {MANY:,} findings, the most of any format ({largest})",
            500,
            many[largest].peak / 1e6,
            " MB",
            remark=over,
        ),
    )
