"""Deliveries: where records come from, and which of them are new.

A delivery is one bulk export of an ecosystem, or one file or folder imported by hand. A bulk export delivers all there
is, so what it delivered before and does not any more goes; an import by hand only adds. A record stays for as long as
one delivery has it.
"""

import os
from typing import NamedTuple

from pip_assay.advisories import rows
from pip_assay.advisories.osv import Malformed
from pip_assay.advisories.records import Member
from pip_assay.advisories.rows import Record
from pip_assay.model import Place, Problem


class Delivery(NamedTuple):
    """Where records come from.

    bulk           the ecosystem whose bulk export it is; empty for an import by hand.
    origin         address or path, without credentials.
    etag           what the server, or the folder, calls this state of it; empty where it does not say.
    last_modified  the server's own date for it, as it wrote it.
    """

    bulk: str
    origin: str
    etag: str = ""
    last_modified: str = ""


class Delivered(NamedTuple):
    """What a delivery did: records read, those of them that are new or changed, files that could not be read.

    newest  RFC 3339 time of the record that changed last.
    """

    read: int
    changed: int
    newest: str
    skipped: tuple[Problem, ...]


class Taken:
    """What a delivery has brought so far.

    seen     ids of the records that it has.
    changed  number of records that are new or differ from the one that was held.
    newest   moment of the record that changed last.
    """

    def __init__(self, delivery: Delivery, held: dict[str, tuple[str, bytes]]) -> None:
        self.seen: set[str] = set()
        self.changed = 0
        self.newest = ""
        self.skipped: list[Problem] = []
        self._whole = bool(delivery.bulk)
        self._held = held

    def take(self, member: Member) -> Record | None:
        """Return the record in a file if it has to be written: it is new, or differs from the one that is held."""
        try:
            record = rows.read(member.content)
        except Malformed as fault:
            self._skip(member, str(fault))
            return None
        identifier = record.advisory.id
        wanted = self._is_wanted(record)
        if identifier in self.seen:
            self._problem(member, f"has the id {identifier}, as another file; of the two the newer counts")
        self.seen.add(identifier)
        self.newest = max(self.newest, record.modified)
        if wanted:
            self.changed += 1
            self._held[identifier] = (record.modified, record.digest)
        return record if wanted else None

    def _is_wanted(self, record: Record) -> bool:
        identifier = record.advisory.id
        if identifier not in self._held:
            return True
        modified, digest = self._held[identifier]
        if record.digest == digest:
            return False
        # A bulk export is right about its ecosystem, newer or not; of two records in it, or by hand, the newer is.
        return record.modified >= modified or (self._whole and identifier not in self.seen)

    def _skip(self, member: Member, why: str) -> None:
        # A file that cannot be read says nothing, so what was known of its record before goes on being known.
        identifier = os.path.basename(member.place).removesuffix(".json")
        if self._whole and identifier in self._held:
            self.seen.add(identifier)
            self._problem(member, f"{why}; the record that was held before is kept")
        else:
            self._problem(member, f"{why}, so it was skipped")

    def _problem(self, member: Member, what: str) -> None:
        self.skipped.append(Problem("unreadable", what, Place(member.place)))
