"""A fix as the description of a pull request: a title, what changes and why, what stays and why, how it was proved."""

import re
from collections.abc import Iterable, Iterator

from pip_assay.reports import Style
from pip_assay.reports.fixing import Fixing
from pip_assay.reports.fixing import wording as words
from pip_assay.reports.text import advisory_address, count, finished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.fix.nouns import Change, Outcome, Plan

NAME = "markdown"
AUTO = False


def render(fixing: Fixing, style: Style) -> str:
    """Return the text; a title alone where nothing was asked to be settled."""
    lines = [f"## {_title(fixing)}"]
    for outcome, asked in zip(fixing.outcomes, fixing.asked, strict=True):
        if words.concerns(outcome, len(asked)):
            lines += ["", f"{_free(words.heading(fixing, outcome, len(asked)))}", *_section(outcome, style)]
    return finished(lines, style)


def _title(fixing: Fixing) -> str:
    asked = sum(map(len, fixing.asked))
    if not asked:
        return "No known vulnerability to settle"
    left = len(fixing.left())
    some = f"{asked - left} of {asked} known vulnerabilities" if left else count(asked, "known vulnerability")
    return f"Settle {some}"


def _section(outcome: "Outcome", style: Style) -> Iterator[str]:
    plan = outcome.plan
    if plan.changes:
        yield from ("", _row(words.HEADER), _row("---" for _ in words.HEADER))
        yield from (_row(_cells(each, style)) for each in plan.changes)
    if plan.relaxed:
        yield ""
        yield from (f"- Widened: {_free(each)}" for each in words.widenings(plan))
    if plan.blocked:
        yield from ("", "**Remaining**", "")
        yield from (_stuck(plan, each) for each in words.stuck(plan))
    said = [*words.faults(outcome), *(f"{each[:1].upper()}{each[1:]}." for each in plan.notes), *words.proof(outcome)]
    if said:
        yield from ("", *map(_free, said))


def _cells(change: "Change", style: Style) -> Iterator[str]:
    yield from map(_free, (change.name, change.old or "-", change.new or "-"))
    level = words.level(change)
    yield f"**{level.lower()}**" if level.isupper() else level
    ids = [_advisory(each) for each in change.settles]
    shown = ids if style.verbose else [words.names(ids)] * bool(ids)
    mark = "\0"
    yield _free(words.why(change, mark * bool(ids))).replace(mark, ", ".join(shown))


def _stuck(plan: "Plan", stuck: words.Stuck) -> str:
    members = "; ".join(
        f"{_free(words.release(plan, each))} ({words.worst(each)}): "
        + words.names([_advisory(finding.id) for finding in each.findings])
        for each in stuck.members
    )
    return f"- {members}. {'; '.join(map(_free, (stuck.why, *stuck.helps)))}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _advisory(identifier: str) -> str:
    return f"[{_free(identifier)}]({advisory_address(identifier)})"


def _free(text: str) -> str:
    r"""Return a text in which no mark has a meaning (CommonMark 0.31, 2.4), and no name is called ("@somebody")."""
    text = "\0".join(map(words.harmless, text.split("\0")))
    return re.sub(r"([\\`*_{}\[\]<>|#~&])", r"\\\1", text).replace("@", "@<!-- -->")
