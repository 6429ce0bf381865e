"""The fields of a VEX document, which anybody may have written: one of the wrong type is a problem, read as absent."""

from pip_assay import moments
from pip_assay.model import Place, Problem
from pip_assay.values import Any
from pip_assay.vex.statement import JUSTIFICATIONS, STATES, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

HINT = "correct the statement, or ask its author to"
LONGEST = 80
"""Characters of a text of the document that a problem quotes."""

_WORDS: dict[type, str] = {str: "text", list: "a list", dict: "an object"}


class Fields:
    """The fields of one object; `title` is what its problems speak of."""

    def __init__(self, values: dict[str, Any], title: str, file: str, problems: dict[Problem, None]) -> None:
        self.values = values
        self.title = title
        self.file = file
        self._problems = problems

    def text(self, key: str) -> str:
        """Return a text, empty where it is absent."""
        return (self._field(key, str) or "").strip()

    def texts(self, key: str) -> list[str]:
        """Return a list of texts, empty where it is absent."""
        return [text.strip() for text in self._items(key, str)]

    def table(self, key: str) -> "Fields":
        """Return an object in this one, empty where it is absent."""
        return self.at(self._field(key, dict) or {})

    def tables(self, key: str) -> "list[Fields]":
        """Return a list of objects, empty where it is absent."""
        return [self.at(values) for values in self._items(key, dict)]

    def at(self, values: dict[str, Any], title: str = "") -> "Fields":
        """Return another object of the document."""
        return Fields(values, title or self.title, self.file, self._problems)

    def report(self, what: str, hint: str = HINT) -> None:
        """Note what is wrong with the object."""
        self._problems[Problem("unreadable", f"{self.title} {what}", Place(self.file), hint, self.file)] = None

    def moment(self, *keys: str) -> str:
        """Return the latest of the times under these keys, empty where there is none."""
        found = [text for key in keys if (text := self.text(key))]
        for text in found:
            if not moments.order(text):
                self.report(f"holds a time that cannot be read: {quoted(text)}", "write it as 2026-11-22T06:15:00Z")
        return max((text for text in found if moments.order(text)), key=moments.order, default="")

    def _field(self, key: str, kind: "type[_T]") -> "_T | None":
        value = self.values.get(key)
        if value is None or isinstance(value, kind):
            return value
        self.report(f'has a "{key}" that is not {_WORDS[kind]}')
        return None

    def _items(self, key: str, kind: "type[_T]") -> "list[_T]":
        items = self._field(key, list) or []
        kept = [item for item in items if isinstance(item, kind)]
        if len(kept) < len(items):
            self.report(f'has something in "{key}" that is not {_WORDS[kind]}')
        return kept


def quoted(text: str) -> str:
    """Return a text of the document as a problem quotes it."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def sound(statement: Statement, said: Fields) -> Statement | None:
    """Return the statement, or None where it must settle nothing; that is then a problem.

    CISA, Minimum Requirements for VEX: a flaw, a product, a status, and for not_affected why it is so.
    """
    kept = statement._replace(
        vulnerabilities=tuple(dict.fromkeys(filter(None, statement.vulnerabilities))),
        products=tuple(dict.fromkeys(each for each in statement.products if each.purl or each.parts)),
        justification=statement.justification if statement.justification in JUSTIFICATIONS else "",
        file=said.file,
    )
    if kept.status not in STATES:
        said.report(f"has a status that is not known: {quoted(kept.status)}" if kept.status else "has no status")
        return None
    if not kept.vulnerabilities:
        said.report("does not say which vulnerability it is about")
        return None
    if kept.status == "not_affected" and not (kept.justification or kept.impact):
        said.report("says not_affected and not why, so it settles nothing", "give it a justification")
        return None
    if not kept.products:
        if kept.status == "not_affected":
            said.report("names no product by a package URL, so it settles nothing", "name one: pkg:pypi/NAME@VERSION")
        return None
    return kept
