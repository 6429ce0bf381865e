"""SARIF's rules: one for each flaw, by the id that survives new records, and one for each thing the index says."""

from collections.abc import Iterable, Iterator, Sequence

from pip_assay.model import Notice
from pip_assay.reports import Style
from pip_assay.reports.listing import Item, cut, links, names, notes, story, unlinked
from pip_assay.reports.text import advisory_address, neutral
from pip_assay.values import Any

TEXT = 1024
"""Characters that GitHub takes of a description."""

STORY = 4_000_000
"""Characters that all rules together may use for what their records say at length: GitHub takes 10 MB, packed."""

SCORES = {"critical": 9.0, "high": 7.0, "medium": 4.0, "low": 0.1, "none": 0.0}
"""The lowest score of each band, for a flaw of which only the band is known. Unknown has none: GitHub then shows the
level, "error" for what fails, and nobody takes it for low."""

NOTICES = {
    "quarantined": "The package index has quarantined the project",
    "archived": "The project is archived: nobody maintains it",
    "deprecated": "The project is deprecated",
    "yanked": "The release was yanked from the package index",
    "unlisted": "The package index does not have the release, or the project",
}

Object = dict[str, Any]


def rules(found: Iterable[Item], said: Iterable[Notice], style: Style) -> Iterator[Object]:
    """Yield the rules of the findings, in their order, then those of the notices."""
    by_name: dict[str, list[Item]] = {}
    for item in found:
        by_name.setdefault(item.name, []).append(item)
    room = min(4 * TEXT, STORY // max(1, len(by_name))) if style.descriptions else 0
    yield from (_rule(name, members, room) for name, members in by_name.items())
    for kind in dict.fromkeys(notice.kind for notice in said):
        if f"index-{kind}" not in by_name:
            yield _notice_rule(kind)


def _rule(name: str, members: Sequence[Item], room: int) -> Object:
    """Return the rule of one flaw; its worst finding speaks for it, and it needs `members` in that order."""
    worst = members[0]
    packages = list(dict.fromkeys(map(_package, members)))
    more = f" and {len(packages) - 3} more" if len(packages) > 3 else ""
    title = f"{', '.join(packages[:3])}{more}: {worst.about}"
    lines = _help(members)
    text = story(worst.finding, room) if room > 3 else ""
    # What a stranger wrote stands last: a code block that it does not close swallows nothing of ours.
    parts = ["\n".join(f"- {unlinked(line)}" for line in lines), _addresses(worst), unlinked(text)]
    return {
        "id": name,
        "shortDescription": {"text": cut(title, TEXT)},
        "fullDescription": {"text": cut(text or title, TEXT)},
        "help": {"text": "\n".join(lines), "markdown": "\n\n".join(filter(None, parts))},
        "helpUri": advisory_address(name),
        "properties": {
            "precision": "very-high" if worst.finding.certainty == "affected" else "medium",
            "tags": _tags(members),
            **_security_severity(members),
        },
    }


def _package(item: Item) -> str:
    """Return the name of a package; of one that another carries, with that."""
    dependency = item.finding.dependency
    host = f" inside {dependency.inside.name}" if dependency.inside else ""
    return neutral(f"{dependency.pin.name}{host}")


def _help(members: Sequence[Item]) -> list[str]:
    """Return what to do, and what to know before, as lines without any mark-up."""
    steps = list(dict.fromkeys(f"{item.release}: {item.advice}" for item in members))
    more = [f"and {len(steps) - 20} more packages"] if len(steps) > 20 else []
    known = [f"severity {members[0].measure}", f"known as {', '.join(names(members[0])[:20])}"]
    return [cut(line, TEXT) for line in (*steps[:20], *more, *known, *notes(members[0])[:20])]


def _addresses(item: Item) -> str:
    own = [f"[{unlinked(name)}]({advisory_address(name)})" for name in names(item)[:20]]
    return "\n".join(f"- {each}" for each in (*own, *(f"<{address}>" for address in links(item))))


def _tags(members: Iterable[Item]) -> list[str]:
    """Return what the rule can be filtered by; what is bundled wherever it was found is tagged so."""
    listed = list(members)
    malware = any(item.finding.malware for item in listed)
    exploited = any(item.finding.signals.exploited for item in listed)
    bundled = all(item.hosts for item in listed)
    return ["security", *["malware"] * malware, *["known-exploited"] * exploited, *["bundled"] * bundled]


def _security_severity(members: Iterable[Item]) -> Object:
    """Return the highest score that is known; malware has the highest there is."""
    scores = [
        10.0 if item.finding.malware else item.finding.score or SCORES.get(item.finding.severity) for item in members
    ]
    known = [score for score in scores if score is not None]
    return {"security-severity": f"{max(known):.1f}"} if known else {}


def _notice_rule(kind: str) -> Object:
    text = {"text": NOTICES[kind]}
    return {
        "id": f"index-{kind}",
        "shortDescription": text,
        "fullDescription": text,
        "help": {**text, "markdown": NOTICES[kind]},
        "properties": {"precision": "very-high", "tags": ["security"] if kind == "quarantined" else []},
    }
