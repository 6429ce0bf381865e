"""The answers of one state of the database. match.py decides, over the same claims as in an audit.

Named are all records that affect a release, may affect it, or cannot be decided: who asks sees their ranges, and a
record that is not named is taken for harmless. Ids come in order, so a page begins after the last id of the one before.
"""

import json
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence

from pip_assay import match
from pip_assay.advisories.database import Database
from pip_assay.model import Pin
from pip_assay.records import Claim
from pip_assay.serving.questions import Question, Refused, token
from pip_assay.values import NamedTuple

PAGE = 1000
"""Ids in the answer to one query of a batch, as OSV's own server has it."""

SIZE = 10_000_000
"""Bytes of an answer after which its page ends (OSV's own server: 10 MB)."""

_REMEMBERED = 64_000_000


class _Found(NamedTuple):
    """The ids of the records that speak of a release, in order, and the whole answer of a batch to it."""

    ids: tuple[str, ...]
    answer: bytes


_NOTHING = _Found((), b"{}")


class Answers:
    """What one open database answers. Not for several threads."""

    def __init__(self, database: Database, *, page: int = PAGE, size: int = SIZE) -> None:
        self.database = database
        self.data = database.data()
        self._page = page
        self._size = size
        self._known: dict[Pin, _Found] = {}
        self._remembered = 0
        self._covered: dict[str, bool] = {}
        self._short: dict[str, bytes] = {}

    def query(self, question: Question) -> bytes:
        """Return the answer to /v1/query: whole records, as published.

        Raises:
            Refused: the database holds nothing of the ecosystem.
        """
        self._learn([question])
        ids = self._found(question).ids
        parts: list[bytes] = []
        start = position = bisect_right(ids, question.after)
        room = self._size
        while position < len(ids) and room > 0:
            parts.append(self.database.record(ids[position]) or b"{}")
            room -= len(parts[-1])
            position += 1
        return _answer(parts, ids[position - 1] if start < position < len(ids) else "")

    def batch(self, questions: Sequence[Question]) -> bytes:
        """Return the answer to /v1/querybatch: for each question, in order, ids and dates.

        Once the answer is full, the questions that are left get the token of their next page and nothing else.

        Raises:
            Refused: the database holds nothing of an ecosystem.
        """
        self._learn(questions)
        room = self._size
        parts: list[bytes] = []
        for question in questions:
            found = self._found(question)
            if question.after or len(found.ids) > self._page or (len(found.answer) > room and found.ids):
                part = self._part(found.ids, question.after, room if parts else max(room, 1))
            else:
                part = found.answer
            room -= len(part)
            parts.append(part)
        return b'{"results":[%b]}' % b",".join(parts)

    def record(self, identifier: str) -> bytes:
        """Return a record as published.

        Raises:
            Refused: there is none with this id; the ids of those that have it as an alias are named.
        """
        if record := self.database.record(identifier):
            return record
        known = " ".join(advisory.id for advisory in self.database.find(identifier))
        more = f", but the following aliases were: {known}" if known else "."
        raise Refused(f"Bug not found{more}", 404, 5)

    def _found(self, question: Question) -> _Found:
        return self._known[question.pin] if question.pin else _NOTHING

    def _part(self, ids: Sequence[str], after: str, room: int) -> bytes:
        """Return one page of ids: as many as there is room for."""
        start = end = bisect_right(ids, after)
        while end < len(ids) and end - start < self._page and room > 0:
            room -= len(self._short[ids[end]])
            end += 1
        last = ids[end - 1] if end > start else after
        return _answer([self._short[each] for each in ids[start:end]], last, more=end < len(ids))

    def _learn(self, questions: Iterable[Question]) -> None:
        """Find the answers that are not known yet, with one look-up of claims and one of dates for all of them."""
        if self._remembered > _REMEMBERED:
            self._known.clear()
            self._remembered = 0
        unknown = {each.pin for each in questions if each.pin and each.pin not in self._known}
        if not unknown:
            return
        for ecosystem in {pin.ecosystem for pin in unknown}:
            self._check(ecosystem)
        claims = self.database.claims({(pin.ecosystem, pin.name) for pin in unknown})
        ids = {pin: _matching(pin, claims.get((pin.ecosystem, pin.name), ())) for pin in unknown}
        self._learn_dates({each for named in ids.values() for each in named if each not in self._short})
        for pin, named in ids.items():
            answer = _answer([self._short[each] for each in named], "")
            self._known[pin] = _Found(named, answer)
            # The texts of the pin, the ids' tuple, and what a dictionary needs for them.
            self._remembered += len(answer) + 8 * len(named) + 4 * (len(pin.name) + len(pin.version)) + 400

    def _learn_dates(self, ids: Collection[str]) -> None:
        for each, advisory in self.database.advisories(ids).items():
            dated = {"id": each, "modified": advisory.modified} if advisory.modified else {"id": each}
            self._short[each] = json.dumps(dated, separators=(",", ":")).encode()

    def _check(self, ecosystem: str) -> None:
        # What is not held cannot be called harmless. Only what is held is remembered: others may make up any number.
        if not (self._covered.get(ecosystem) or self.database.covers(ecosystem)):
            raise Refused("Invalid ecosystem: this server holds no advisories for it.")
        if len(self._covered) < PAGE:
            self._covered[ecosystem] = True


def _matching(pin: Pin, claims: Sequence[Claim]) -> tuple[str, ...]:
    if not pin.version:
        return tuple(sorted(claim.advisory for claim in claims))
    compared = match.scale(pin)
    key = compared.key(pin.version)
    matching = (each for each in compared.claims(claims) if match.certainty(each, key, pin.version))
    return tuple(sorted(claim.advisory for claim in matching))


def _answer(records: Sequence[bytes], last: str, *, more: bool | None = None) -> bytes:
    """Return a list of vulnerabilities as JSON, and the token of the page after `last` where there is one."""
    fields = []
    if records:
        fields.append(b'"vulns":[%b]' % b",".join(records))
    if more or (more is None and last):
        fields.append(b'"next_page_token":%b' % json.dumps(token(last)).encode())
    return b"{%b}" % b",".join(fields)
