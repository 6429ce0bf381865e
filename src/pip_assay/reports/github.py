"""Annotations of a GitHub workflow: one for each release with findings, those that fail first, then the rest in short.

What a distribution carries is one annotation together, after what is there by itself: it is settled together.

GitHub shows ten of each kind of one step, so the tenth speaks for all that would not be seen. A stranger's text is
made neutral before it stands in a command, and escaped as GitHub's own toolkit does, so that it cannot end one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from pip_assay.model import Place, Report
from pip_assay.reports import Style
from pip_assay.reports.listing import (
    Item,
    cut,
    idle,
    items,
    names,
    notes,
    notice_text,
    notices,
    path_of,
    problems,
    remarks,
)
from pip_assay.reports.relative import relative
from pip_assay.reports.summary import problem_text, summary_line
from pip_assay.reports.text import count, finished, harmless_lines, neutral
from pip_assay.values import NamedTuple

NAME = "github"
MANIFEST = False
AUTO = False

SHOWN = 10
"""Annotations of each kind that GitHub shows of one step."""

LONGEST = 4_000
"""Characters of a message."""

OWN_TITLES = ("problem", "ignore", "package index")
"""Titles that do not tell what an annotation is about."""

FINDINGS = 20
"""Findings of one release that are named."""


class Annotation(NamedTuple):
    """What is said about a place; a title is one line, a message may be more."""

    title: str
    message: str
    place: Place | None = None


def render(report: Report, style: Style) -> str:
    """Return a command for each annotation; empty when there is nothing to tell.

    In a file of its own the sentence that sums it up stands last.
    """
    report = relative(report, style.folders)
    failing, warning = _releases(report)
    rules = idle(report)
    failing += [Annotation("ignore", text) for text, strict in rules if strict]
    warning += _problems(report) + [Annotation("ignore", text) for text, strict in rules if not strict]
    quiet = [Annotation("pip-assay", "\n".join(lines))] if (lines := _quiet(report)) else []
    kinds = (("error", failing), ("warning", warning), ("notice", quiet))
    commands = "".join(f"{command}\n" for kind, said in kinds for command in _commands(kind, said))
    shown = commands if style.unicode else commands.encode("ascii", "backslashreplace").decode("ascii")
    return shown + finished([neutral(summary_line(report))] if style.in_file else [], style)


def _releases(report: Report) -> tuple[list[Annotation], list[Annotation]]:
    """Return what fails and what only warns: a release in a place, or all that one carries; the worst is first."""
    groups: dict[tuple[str, object], list[Item]] = {}
    for item in items(report):
        if item.verdict.status in ("fails", "warns"):
            key = (item.hosts[-1], item.target) if _is_apart(item) else (item.release, item.place)
            groups.setdefault(key, []).append(item)
    fails = [any(item.verdict.status == "fails" for item in members) for members in groups.values()]
    said = [*zip(fails, map(_release, groups.values()), strict=True)]
    index = [
        Annotation("package index", notice_text(notice), path_of(min(notice.places), "") if notice.places else None)
        for audit in report.audits
        for notice in notices(audit)
        if notice.fails
    ]
    return [each for failing, each in said if failing] + index, [each for failing, each in said if not failing]


def _is_apart(item: Item) -> bool:
    """Return whether it is told with all else that the same distribution carries."""
    return bool(item.hosts) and not item.finding.malware


def _release(members: Sequence[Item]) -> Annotation:
    """Return the annotation of one release, or of what one carries: what to do, then each finding."""
    worst = members[0]
    apart = _is_apart(worst)
    lines = [*dict.fromkeys(item.advice for item in members)]
    for item in members[:FINDINGS]:
        only = ", warns only" if item.verdict.status == "warns" else ""
        held = f"{item.release}: " if apart else ""
        lines.append(f"{held}{', '.join(names(item)[:3])} ({item.measure}{only}): {item.about}")
        lines += [f"  {note}" for note in notes(item)]
    lines += [f"and {count(len(members) - FINDINGS, 'finding')} more"] * (len(members) > FINDINGS)
    title = f"bundled inside {worst.hosts[-1]}" if apart else worst.release
    title += f": {count(len(members), 'finding')}, {worst.measure}"
    return Annotation(title, "\n".join(lines), worst.place)


def _problems(report: Report) -> list[Annotation]:
    return [
        Annotation(
            "problem",
            problem_text(problem, place=False) or problem.gap,
            path_of(problem.place, target) if problem.place else None,
        )
        for target, problem in problems(report)
    ]


def _quiet(report: Report) -> list[str]:
    """Return the numbers of what is neither an error nor a warning, and what the index says beside."""
    statuses = Counter(item.verdict.status.replace("_", " ") for item in items(report))
    counted = (f"{count(statuses[word], 'finding')} {word}" for word in ("known", "ignored", "not affected"))
    numbers = [line for line in counted if not line.startswith("0 ")]
    said = [notice_text(each) for audit in report.audits for each in notices(audit) if not each.fails]
    return [*numbers, *said, *remarks(report)]


def _commands(kind: str, said: Sequence[Annotation]) -> Iterator[str]:
    """Yield as many commands as are shown; the last one names the rest."""
    own = SHOWN if len(said) <= SHOWN else SHOWN - 1
    yield from (_command(kind, each) for each in said[:own])
    if rest := said[own:]:
        named = (each.message if each.title in OWN_TITLES else each.title for each in rest)
        yield _command(kind, Annotation(f"{len(rest)} more", "\n".join(named)))


def _command(kind: str, said: Annotation) -> str:
    file, line, column = said.place or ("", 0, 0)
    properties = {"file": file, "line": str(line or ""), "col": str(column or ""), "title": said.title}
    told = ",".join(f"{key}={_property(cut(text, LONGEST))}" for key, text in properties.items() if text)
    return f"::{kind} {told}::{_data(cut(said.message, LONGEST))}"


def _data(text: str) -> str:
    """Return text as the data of a command; another build server's command in it is broken."""
    return harmless_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
