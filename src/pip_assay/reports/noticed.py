"""What the package index says beside flaws, as the reports show it: quarantined, yanked, archived and so on."""

from collections.abc import Iterable, Iterator, Sequence

from pip_assay.model import Audit, Notice, NoticeKind
from pip_assay.reports import Style
from pip_assay.reports.grouped import INDENT
from pip_assay.reports.summary import NOTICES
from pip_assay.reports.text import FOLD, count, fitted, neutral, paint

NOTHING = "the index publishes no project status"


def in_order(audits: Iterable[Audit]) -> list[Notice]:
    """Return the notices of all the audits, each once: worst first, then by release."""
    found = {(NOTICES.index(each.kind), each.pin, each.reason): each for audit in audits for each in audit.notices}
    return [found[key] for key in sorted(found)]


def lines(audit: Audit, style: Style) -> Iterator[str]:
    """Yield the lines of a terminal's report: one for each, or one for all of which the same is said."""
    found = in_order([audit])
    indent = max([INDENT, *(len(_word(each)) + 2 for each in found)])
    places = audit.inventory.kind != "environment" or bool(style.verbose)
    same: dict[tuple[NoticeKind, str], list[Notice]] = {}
    for each in found:
        same.setdefault((each.kind, each.reason), []).append(each)
    for members in same.values():
        first = members[0]
        colour = "1;31" if first.fails else "2" if first.kind == "unknown" else "33"
        mark = paint(f"{_word(first):<{indent}}", colour, style)
        if not (style.verbose or first.fails) and (first.kind == "unknown" or len(members) > FOLD):
            yield mark + neutral(_fold(members, style.width - indent))
        else:
            yield from (mark + neutral(_one(each, style, places=places)) for each in members)


def reason(notice: Notice) -> str:
    """Return why; of an unknown status, that there is none."""
    return notice.reason or (NOTHING if notice.kind == "unknown" else "")


def _word(notice: Notice) -> str:
    # "UNKNOWN" alone stands before findings whose severity is unknown.
    return "STATUS" if notice.kind == "unknown" else notice.kind.upper()


def _one(notice: Notice, style: Style, *, places: bool) -> str:
    kind = "unknown:" if notice.kind == "unknown" else ""
    where = f"({_places(notice, style)})" if places and notice.places else ""
    said = " ".join(filter(None, (kind, reason(notice), where)))
    return "  ".join(filter(None, (str(notice.pin), said)))


def _places(notice: Notice, style: Style) -> str:
    listed = [str(place) for place in sorted(notice.places)]
    if style.verbose or len(listed) <= 2:
        return ", ".join(listed)
    return f"{listed[0]} and {len(listed) - 1} more"


def _fold(members: Sequence[Notice], room: int) -> str:
    kind = "unknown for " if members[0].kind == "unknown" else ""
    said = f": {reason(members[0])}" if reason(members[0]) else ""
    return fitted(f"{kind}{count(len(members), 'package')}{said}: ", [str(each.pin) for each in members], room)
