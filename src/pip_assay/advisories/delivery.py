"""Deliveries: where records come from, and which of them are new.

A delivery is one bulk export of an ecosystem, or one file or folder imported by hand. A bulk export delivers all there
is, or what has changed since, so what it has not any more goes; an import by hand only adds. A record stays for as
long as one delivery has it.
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
    file           the file of a server's export that these two are about; of an import by hand, the one that shows it
                   to be a whole export.
    mark           moment of the newest change that it knew of.
    """

    bulk: str
    origin: str
    etag: str = ""
    last_modified: str = ""
    file: str = ""
    mark: str = ""


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

    seen     moments of the records that it has, by id.
    kept     ids of those that cannot be read, of which an older record is held.
    changed  number of records that are new or differ from the one that was held.
    newest   moment of the record that changed last.
    """

    def __init__(self, delivery: Delivery, held: dict[str, tuple[str, bytes]]) -> None:
        self.seen: dict[str, str] = {}
        self.kept: set[str] = set()
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
        if member.name not in ("", identifier):
            self._skip(member, f"holds the record {identifier}")
            return None
        wanted = self._is_wanted(record)
        if identifier in self.seen:
            self._problem(member, f"has the id {identifier}, as another file; of the two the newer counts")
        self.seen[identifier] = max(record.modified, self.seen.get(identifier, ""))
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
            self.kept.add(identifier)
            self._problem(member, f"{why}; the record that was held before is kept")
        else:
            self._problem(member, f"{why}, so it was skipped")

    def _problem(self, member: Member, what: str) -> None:
        self.skipped.append(Problem("unreadable", what, Place(member.place)))
