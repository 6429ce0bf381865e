"""SARIF 2.1.0 as GitHub's code scanning takes it; sections of the standard are named where they decide something.

One run; a rule for each flaw, by the id that survives new records; a result for each flaw in each place. What could not
be looked at is a notification, and then the run was not successful.
"""

import re
from collections.abc import Mapping
from itertools import chain, starmap

from pip_assay import __version__
from pip_assay.model import OPEN, Audit, Notice, Place, Problem, Report
from pip_assay.reports import Style
from pip_assay.reports.entries import AUDITED_ANYWAY, reason
from pip_assay.reports.listing import (
    Item,
    cut,
    idle,
    items,
    notes,
    notice_text,
    notices,
    one_line,
    path_of,
    problems,
    remarks,
    told,
)
from pip_assay.reports.relative import relative
from pip_assay.reports.sarif_rules import TEXT, rules
from pip_assay.reports.summary import incomplete
from pip_assay.reports.text import count, neutral, percent_encoded
from pip_assay.values import Any

NAME = "sarif"
MANIFEST = True
AUTO = True

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

RESULTS = 25_000
"""Results that GitHub takes; it refuses a file with more."""

NOTIFICATIONS = 1_000

LEVELS = {"fails": "error", "warns": "warning"}
"""By status; any other is a "note"."""

Object = dict[str, Any]


def render(report: Report, style: Style) -> str:
    """Return one line of ASCII. Of the style only `descriptions` and `folders` change it."""
    report = relative(report, style.folders)
    found = items(report)
    said = [(audit, notice) for audit in report.audits for notice in notices(audit)]
    left = max(0, len(found) + len(said) - RESULTS)
    found, said = found[:RESULTS], said[: max(0, RESULTS - len(found))]
    names = dict.fromkeys((*(item.name for item in found), *(f"index-{notice.kind}" for _, notice in said)))
    numbers = {name: number for number, name in enumerate(names)}
    compared = any(item.verdict.change for item in found)
    results = chain(map(_result, found), starmap(_notice_result, said))
    tool = {"name": "pip-assay", "semanticVersion": __version__}
    driver = one_line(tool, "rules", rules(found, (notice for _, notice in said), style))
    run = one_line(_run(report, left), "results", (_placed(each, numbers, compared=compared) for each in results))
    # The tool stands first in the run, as in every other file of the kind.
    return f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{"tool": {{"driver": {driver}}}, {run[1:]}]}}\n'


def _run(report: Report, left: int) -> Object:
    invocation = {
        "executionSuccessful": not incomplete(report),
        "toolExecutionNotifications": _notifications(report, left),
    }
    return {
        "columnKind": "unicodeCodePoints",
        "properties": {"advisories": _advisories(report)},
        "invocations": [invocation],
    }


def _placed(result: Object, numbers: Mapping[str, int], *, compared: bool) -> Object:
    """Return the result with its rule's number; where a baseline was given, all tell whether they are new (3.27.24)."""
    result["ruleIndex"] = numbers[result["ruleId"]]
    if compared:
        result.setdefault("baselineState", "new")
    return result


def _advisories(report: Report) -> Object:
    data = report.data
    known = {"source": data.source, "date": data.date, "asOf": data.as_of, "digest": data.digest}
    return {key: text for key, text in zip(known, map(neutral, known.values()), strict=True) if text}


# --- results -----------------------------------------------------------------------------------


def _result(item: Item) -> Object:
    verdict = item.verdict
    said = [f"{item.release}: {item.about} ({', '.join(dict.fromkeys((item.name, item.measure)))}). {item.advice}"]
    said += [f"{note[0].upper()}{note[1:]}." for note in notes(item) if note]
    # 3.27.23: either all results of a run tell whether they are suppressed, or none.
    silenced = [] if verdict.status in OPEN else [_suppression(neutral(reason(verdict)), verdict.status)]
    return {
        "ruleId": item.name,
        "level": LEVELS.get(verdict.status, "note"),
        "message": {"text": _message(" ".join(said))},
        "locations": [_location(item.place)],
        "partialFingerprints": {"primaryLocationLineHash": item.fingerprint},
        "suppressions": silenced,
        **({"baselineState": "unchanged"} if verdict.change == "known" else {}),
        **({"properties": _inside(item)} if item.hosts else {}),
    }


def _inside(item: Item) -> Object:
    """Return what carries it, the nearest first, and how that is known; `tags` are the standard's (3.8.2)."""
    known_by = item.finding.dependency.known_by
    return {"inside": [*item.hosts], **({"knownBy": known_by} if known_by else {}), "tags": ["bundled"]}


def _suppression(why: str, status: str) -> Object:
    return {"kind": "external", "status": "accepted", "justification": cut(why, TEXT) or status.replace("_", " ")}


def _message(text: str) -> str:
    """Return the text without an embedded link (3.11.6), as a stranger could write one."""
    return cut(text.replace("](", "] ("), 4 * TEXT)


def _location(place: Place) -> Object:
    region = {"startLine": max(1, place.line), "startColumn": max(1, place.column)}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}


def _uri(file: str) -> str:
    """Return a file as a URI: relative as it is, absolute with its scheme (RFC 8089)."""
    drive = file[:2] if re.match(r"[A-Za-z]:/", file) else ""
    scheme = f"file:///{drive}" if drive else "file://" if file.startswith("/") else ""
    return scheme + "/".join(map(percent_encoded, file[len(drive) :].split("/")))


# --- what the index says -----------------------------------------------------------------------


def _notice_result(audit: Audit, notice: Notice) -> Object:
    from hashlib import sha256

    place = path_of(min(notice.places, default=Place("")), audit.inventory.target)
    identity = "\n".join((*notice.pin[:2], notice.kind, place.file)).encode("utf-8", "backslashreplace")
    return {
        "ruleId": f"index-{notice.kind}",
        "level": "error" if notice.fails or notice.kind == "quarantined" else "note",
        "message": {"text": _message(notice_text(notice))},
        "locations": [_location(place)],
        "partialFingerprints": {"primaryLocationLineHash": sha256(identity).hexdigest()},
        "suppressions": [],
    }


# --- what was not looked at --------------------------------------------------------------------


def _notifications(report: Report, left: int) -> list[Object]:
    listed = problems(report)
    more = [count(left, "result") + " left out, the least bad: more are not taken; -f json holds them all"] * bool(left)
    hidden = len(listed) - NOTIFICATIONS
    more += [f"{count(hidden, 'problem')} more; -f json holds them all"] * (hidden > 0)
    return [
        *({"level": "warning", "message": {"text": text}} for text in more),
        *(_notification(target, problem) for target, problem in listed[:NOTIFICATIONS]),
        *(
            {"level": "error" if strict else "warning", "message": {"text": cut(text, TEXT)}}
            for text, strict in idle(report)[:NOTIFICATIONS]
        ),
        *({"level": "note", "message": {"text": cut(text, TEXT)}} for text in remarks(report)[:NOTIFICATIONS]),
    ]


def _notification(target: str, problem: Problem) -> Object:
    place = {"locations": [_location(path_of(problem.place, target))]} if problem.place else {}
    return {
        "descriptor": {"id": problem.gap},
        "level": "warning" if problem.gap in AUDITED_ANYWAY else "error",
        "message": {"text": cut(told(target, problem), TEXT)},
        **place,
    }
