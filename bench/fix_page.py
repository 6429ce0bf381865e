"""docs/fix-formats.md, written from what fixes of each set in each format made. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from bench import past
from bench.fixing import SETS
from bench.page import Table, cells
from bench.records import Record

HEAD = """\
# Fixes in every format

Written by `python -m bench.fix_formats` on {today}, with {versions}.

Four real projects, each locked as of a day gone by, in every format that [`pip-assay fix`](fix.md) can change. The tool
that owns a format has made the lock and has kept out by its own means what is newer than that day. Then
`pip-assay fix --write` has fixed it, with {records} records of {date}, and tools that are not pip-assay have told
whether the result holds. {summary}

- *findings*: before the fix; *settled*: by it; *left*: after it, each with its reason in the report, see below.
- *changed*: releases that moved, came in or went; *lower*: those among them that are lower than before.
- *beside the plan*: what else differs, to the byte: other releases, and what a file says of them or of anything else.
  Only the markers do not count that change in a lock with what needs a release.
- *holds*: whether all checks of the format pass, which are listed below.
- *again*: whether a second fix finds nothing to change.
- *seconds*: of the fix, with its proof, from start to exit; an index that has not been asked before makes it slower.

"""
CHECKS = """
## What was checked

What is there before a fix and after it was also counted without pip-assay: from the releases in the files and the
records themselves. Whether it holds, these tell; {python} is an environment of Python 3.9, for Pipenv of 3.10, with a
pip of before 24.1, which still takes the metadata of that time:

"""
LIMITS = """
## Limits

- The sets are for Linux and Python 3.9 to 3.10, the locks of uv, Poetry and PDM for every platform.
- pyproject.toml without a lock has exact pins of all roots but those that have a bound, and is fixed with `--relax`.
  The releases that its pins bring in are today's.
- A plan may name several releases of a project, each for other Pythons, where Poetry and PDM then lock one for all.
- Environments are fixed with `--no-bundled`: what wheels carry is no part of a fix, and its owner must change it.
- PDM and Pipenv refuse releases with metadata of a form that was common then (`pytz (>dev)`): where no release of a
  project was left to them, a later day was taken.
"""
_PLACE = re.compile(r" \([^()\s]+:\d+\)")
COLUMNS = (
    "format", "as of", "findings", "settled", "left", "changed", "lower", "beside the plan", "holds", "again",
    "seconds",
)  # fmt: skip


class Fixed(NamedTuple):
    """What a fix made of one set in one format.

    unexplained  findings that stay, and the report has no reason for.
    beside       what else than planned has changed; `faults` is what the checks, or pip-assay, have against the result.
    again        whether a second fix finds nothing to change.
    """

    settled: int
    left: int
    unexplained: int
    changed: int
    lower: int
    beside: tuple[str, ...]
    faults: tuple[str, ...]
    again: bool
    seconds: float
    reasons: tuple[str, ...]


Results = dict[tuple[str, str], Fixed | str]
"""By set and format; a sentence where it could not be tried."""


def page(found: Results, checks: Mapping[str, Sequence[str]], versions: str, known: Sequence[Record]) -> str:
    """Return the page: a table for each set, what does not hold, why findings stay, and what was checked."""
    tried = {key: each for key, each in found.items() if isinstance(each, Fixed)}
    good = sum(_is_good(each) for each in tried.values())
    head = HEAD.format(
        today=date.today(),
        versions=versions,
        records=f"{len(known):,}",
        date=max(str(each["modified"]) for each in known)[:10],
        summary=f"Of {len(found)} fixes {good} hold, with no lower release and nothing beside the plan.",
    )
    lines = []
    for name in dict.fromkeys(name for name, _ in found):
        rows = [_row(name, form, each) for (one, form), each in found.items() if one == name]
        lines += [f"## {SETS[name]}", "", *cells(Table("", COLUMNS, rows)), ""]
    if wrong := [line for key, each in found.items() for line in _wrong(key, each)]:
        lines += ["## What does not hold", "", *wrong, ""]
    lines += ["## Why findings stay", "", *_reasons(tried)]
    asked = [f"- {form}: {', '.join(f'`{check}`' for check in each)}" for form, each in checks.items()]
    return head + "\n".join((*lines, CHECKS + asked[0], *asked[1:], LIMITS))


def _is_good(each: Fixed) -> bool:
    return not (each.unexplained or each.lower or each.beside or each.faults) and each.again


def _row(name: str, form: str, each: Fixed | str) -> tuple[str, ...]:
    if isinstance(each, str):
        return form, past.day_of(name, form), *["-"] * (len(COLUMNS) - 2)
    numbers = (each.settled + each.left, each.settled, each.left, each.changed, each.lower, len(each.beside))
    return (
        form, past.day_of(name, form), *map(str, numbers),
        "no" if each.faults else "yes", "yes" if each.again else "no", f"{each.seconds:.1f}",
    )  # fmt: skip


def _wrong(key: tuple[str, str], each: Fixed | str) -> Iterator[str]:
    where = f"- {SETS[key[0]]}, {key[1]}"
    if isinstance(each, str):
        yield f"{where}: not tried, {each}"
        return
    yield from (f"{where}: {fault}" for fault in each.faults)
    yield from (f"{where}: beside the plan, {other}" for other in each.beside)
    if each.unexplained and not each.faults:
        yield f"{where}: {each.unexplained} findings stay without a reason"
    if not each.again:
        yield f"{where}: a second fix would change more, or fails"


def _reasons(tried: Mapping[tuple[str, str], Fixed]) -> Iterator[str]:
    """Yield each reason once, with the formats that it is of; files and lines differ from one to the next."""
    of: dict[tuple[str, str], list[str]] = {}
    for (name, form), each in tried.items():
        for reason in each.reasons if each.settled or not each.faults else ():
            of.setdefault((name, _PLACE.sub("", reason)), []).append(form)
    yield from (f"- {SETS[name]}: {reason} ({', '.join(forms)})" for (name, reason), forms in of.items())
