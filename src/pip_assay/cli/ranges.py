"""`pip-assay --ranges [TARGET ...]`: what the ranges that a project declares allow, as a table or JSON."""

import json
from argparse import Namespace
from collections.abc import Iterable, Iterator

from pip_assay import ranges
from pip_assay.cli import output
from pip_assay.errors import CLEAN, FINDINGS, INCOMPLETE, UsageError
from pip_assay.model import INTERNAL
from pip_assay.ranges import Allowed, Answer
from pip_assay.reports.summary import problem_text
from pip_assay.reports.text import columns, count, neutral
from pip_assay.settings import Outside, Settings

FORMATS = ("terminal", "json")
SCHEMA_VERSION = "1.0"
_SHOWN = 3


def run(found: Namespace, settings: Settings, outside: Outside) -> int:
    """Return the exit code, having printed what every declared range allows.

    1 where a range allows a release with a flaw that fails, else 3 where something is not known, else 0.
    """
    if len(found.format) != 1 or found.format[0] not in FORMATS:
        raise UsageError(f"--ranges has no format {', '.join(found.format)!r}", hint="choose one of: terminal, json")
    answer = ranges.answer(settings, outside)
    text = _json(answer) if found.format == ["json"] else "".join(f"{line}\n" for line in _table(answer, found.verbose))
    output.put(text, found)
    if any(each.failing for each in answer.allowed):
        return FINDINGS
    return INCOMPLETE if answer.problems else CLEAN


def _table(answer: Answer, verbose: int) -> Iterator[str]:
    if answer.allowed:
        rows = [("range", "vulnerable", "newest", "lowest safe floor", "where"), *map(_row, answer.allowed)]
        widths = columns([tuple(map(neutral, row)) for row in rows])
        for row in rows:
            cells = (f"{neutral(cell):<{width}}" for cell, width in zip(row, widths, strict=True))
            yield "  ".join(cells).rstrip()
        yield ""
    for own in answer.internal:
        yield neutral(f"INTERNAL  {own.name}{own.specifier} {INTERNAL}: not looked up ({own.place})")
    if verbose:
        for each in answer.allowed:
            yield from _releases(each)
    yield from (f"PROBLEM   {problem_text(problem)}" for problem in answer.problems)
    unsafe = [each for each in answer.allowed if each.affected]
    stuck = [each for each in unsafe if not each.floor]
    allow = "allows" if 1 in (len(unsafe), len(answer.allowed)) else "allow"
    problems = f"; {count(len(answer.problems), 'problem')}" if answer.problems else ""
    yield f"{len(unsafe)} of {count(len(answer.allowed), 'range')} {allow} vulnerable releases{problems}."
    if raised := [f"{each.declared.name}>={each.floor}" for each in unsafe if each.floor]:
        yield f"Next: raise the floors: {', '.join(dict.fromkeys(raised))}."
    if stuck:
        names = ", ".join(dict.fromkeys(_said(each) for each in stuck))
        yield f"No floor makes these safe, for the newest release inside them is vulnerable: {names}."


def _row(each: Allowed) -> tuple[str, ...]:
    vulnerable = f"{len(each.affected)} of {len(each.releases)}" if each.releases else "-"
    newest = f"{each.newest} is {'safe' if each.newest_is_safe() else 'vulnerable'}" if each.newest else "-"
    raised = (f">={each.floor}" if each.floor else "none") if each.affected else "as it is"
    place = each.declared.place
    return _said(each), vulnerable, newest, raised, f"{place} ({each.declared.group})"


def _said(each: Allowed) -> str:
    return f"{each.declared.name}{each.declared.specifier}"


def _releases(each: Allowed) -> Iterable[str]:
    for affected in each.affected:
        more = f" and {len(affected.ids) - _SHOWN} more" if len(affected.ids) > _SHOWN else ""
        yield neutral(f"{_said(each)}: {affected.version} has {', '.join(affected.ids[:_SHOWN])}{more}")


def _json(answer: Answer) -> str:
    data = answer.report.data._asdict()
    document = {
        "schema_version": SCHEMA_VERSION,
        "data": data,
        "ranges": [
            {
                "name": each.declared.name,
                "range": each.declared.specifier,
                "group": each.declared.group,
                "place": each.declared.place._asdict(),
                "releases": len(each.releases),
                "affected": [{"version": one.version, "ids": list(one.ids)} for one in each.affected],
                "newest": each.newest,
                "newest_is_safe": each.newest_is_safe(),
                "floor": each.floor,
            }
            for each in answer.allowed
        ],
        "internal": [
            {"name": own.name, "range": own.specifier, "group": own.group, "place": own.place._asdict()}
            for own in answer.internal
        ],
        "problems": [
            {
                "gap": problem.gap,
                "subject": problem.subject,
                "what": problem.what,
                "place": problem.place._asdict() if problem.place else None,
                "hint": problem.hint,
            }
            for problem in answer.problems
        ],
    }
    return json.dumps(document) + "\n"
