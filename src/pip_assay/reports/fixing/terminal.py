"""A fix for people: a section for each target with what changes, what stays and why, and the difference."""

from collections.abc import Iterator, Sequence

from pip_assay.reports import Style
from pip_assay.reports.fixing import Fixing, edits, patch, unasked
from pip_assay.reports.fixing import wording as words
from pip_assay.reports.fixing.wording import harmless
from pip_assay.reports.grouped import COLOURS, INDENT
from pip_assay.reports.text import count, finished, fitted, pad, paint, screen_width, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.fix.nouns import Change, Outcome, Plan

NAME = "terminal"
AUTO = False

WIDEST = 40
"""Columns that names and versions are lined up in; a longer one pushes what follows it."""

MOST = 8
"""More flaws of one release that stays than this are counted, unless all are to be named."""

NARROWEST = 28
"""Columns that reasons get beside the other columns; where there are fewer, they stand below."""

_LEVELS = {"MAJOR": "1;33", "new": "36", "removed": "2"}
_MARKS = {"+": "32", "-": "31", "@": "36"}


def render(fixing: Fixing, style: Style) -> str:
    """Return a section for each target, the difference of all files, the numbers, and what to do next."""
    lines: list[str] = []
    if style.quiet < 2:
        for outcome, asked in zip(fixing.outcomes, fixing.asked, strict=True):
            if words.concerns(outcome, len(asked)) or len(fixing.outcomes) == 1 or style.verbose:
                lines += [*_section(fixing, outcome, len(asked), style), ""]
    is_written = any(each.written for each in fixing.outcomes)
    if style.verbose or not (is_written or style.quiet):
        lines += _difference(fixing, style)
    closing = harmless(words.closing(fixing))
    if lines and closing.rstrip(".").lower() == words.NOTHING_TO_SETTLE:
        lines.pop()  # each section has said so
    else:
        lines.append(closing)
    if other := unasked(fixing):
        lines.append(f"{count(other, 'finding')} not asked for (--only, --min-severity).")
    if is_written and not style.quiet:
        lines += wrap(harmless(f"Written: {', '.join(words.written(fixing))}."), style.width)
    if fixing.again and edits(fixing) and not style.quiet:
        lines.append(f"Next: {harmless(fixing.again)}")
    return finished(lines, style)


def _section(fixing: Fixing, outcome: "Outcome", asked: int, style: Style) -> Iterator[str]:
    yield from wrap(harmless(words.heading(fixing, outcome, asked)), style.width)
    if outcome.plan.changes:
        yield ""
        yield from _table(outcome.plan.changes, style)
    if outcome.plan.relaxed:
        yield ""
        for each in words.widenings(outcome.plan):
            yield from wrap(harmless(f"Widened: {each}."), style.width)
    if outcome.plan.blocked:
        yield from ("", paint("Remaining:", "1", style))
        for stuck in words.stuck(outcome.plan):
            yield from _stuck(outcome.plan, stuck, style)
    said = [(harmless(each), "1;33") for each in words.faults(outcome)]
    said += [(harmless(f"{each[:1].upper()}{each[1:]}."), "") for each in outcome.plan.notes]
    said += [(harmless(each), "2") for each in words.proof(outcome)]
    if said:
        yield ""
    for text, colour in said:
        yield from (paint(line, colour, style) for line in wrap(text, style.width))


def _table(changes: "Sequence[Change]", style: Style) -> Iterator[str]:
    """Yield a line for each change; its reason goes on below itself, or stands below where the screen is narrow."""
    rows = [words.HEADER[:-1], *((each.name, each.old or "-", each.new or "-", words.level(each)) for each in changes)]
    shown = [tuple(map(harmless, row)) for row in rows]
    wide = [min(WIDEST, max(map(screen_width, column))) for column in zip(*shown, strict=True)]
    lead = sum(wide) + 2 * len(wide)
    room = style.width - lead
    yield paint(_cells(shown[0], wide) + words.HEADER[-1], "2", style)
    for change, row in zip(changes, shown[1:], strict=True):
        cells = _cells(row, wide)
        start = cells[: len(cells) - wide[-1] - 2]
        head = start + paint(row[-1], _LEVELS.get(row[-1], ""), style) + cells[len(start) + len(row[-1]) :]
        if room >= NARROWEST:
            first, *rest = [*wrap(_why(change, room, style), room)]
            yield head + first
            yield from (" " * lead + line for line in rest)
        else:
            yield head.rstrip()
            yield from ("  " + line for line in wrap(_why(change, style.width - 2, style), style.width - 2))


def _cells(row: Sequence[str], wide: Sequence[int]) -> str:
    return "".join(f"{text}{pad(text, width)}  " for text, width in zip(row, wide, strict=True))


def _why(change: "Change", room: int, style: Style) -> str:
    ids = [*map(harmless, change.settles)]
    settles = ", ".join(ids) if style.verbose or len(ids) <= 3 else fitted("", ids, room - len("settles "))
    return harmless(words.why(change, settles))


def _stuck(plan: "Plan", stuck: words.Stuck, style: Style) -> Iterator[str]:
    for each in stuck.members:
        word = words.worst(each)
        ids = [harmless(finding.id) for finding in each.findings]
        named = harmless(words.release(plan, each))
        told = ", ".join(ids) if style.verbose else words.names(ids, MOST)
        first, *rest = [*wrap(f"{named}  {told}", max(NARROWEST, style.width - INDENT))] or [named]
        yield paint(f"{word.upper():<{INDENT}}", COLOURS.get(word, ""), style) + first.replace(named, f"{named} ", 1)
        yield from (" " * (INDENT + 2) + line for line in rest)
    for text in (stuck.why, *stuck.helps):
        for line in wrap(harmless(text), max(NARROWEST, style.width - INDENT)):
            yield " " * INDENT + line


def _difference(fixing: Fixing, style: Style) -> list[str]:
    """Return the difference of all files as a person reads it; a patch is exact, this is harmless."""
    text = patch.content(fixing).decode("utf-8", "backslashreplace")
    if not text:
        return []
    lines = [line for line in text.split("\n")[:-1] if not line.startswith(("diff --git ", "new file mode "))]
    return [*(_painted(harmless(line), style) for line in lines), ""]


def _painted(line: str, style: Style) -> str:
    colour = "1" if line.startswith(("--- ", "+++ ")) else _MARKS.get(line[:1], "")
    return paint(line, colour, style)
