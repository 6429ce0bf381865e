"""A bulk export in OSV's layout, at an address or in a folder: its list of changes, its archive, its single records.

ECOSYSTEM/all.zip has all records, ECOSYSTEM/ID.json one, and ECOSYSTEM/modified_id.csv says when each changed last.
A copy may lack the list, or the single records.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import IO, NamedTuple

from pip_assay import files, net, versions
from pip_assay.advisories import changes, download, records
from pip_assay.advisories.changes import Changes
from pip_assay.advisories.delivery import Delivery
from pip_assay.advisories.draft import Progress
from pip_assay.advisories.records import Member
from pip_assay.errors import DatabaseError, NetworkError, NotFound, Unreadable
from pip_assay.net import Network

ARCHIVE = "all.zip"
ZIP_LIMIT = 2 * 1000**3


class State(NamedTuple):
    """What an export says of itself; `changes` is None where it has no list of them.

    delivery  where it is, and the mark of this state of it.
    """

    delivery: Delivery
    changes: Changes | None


class Export:
    """A bulk export."""

    def __init__(self, root: str, network: Network) -> None:
        self.is_remote = root.lower().startswith(("http://", "https://"))
        self._root = root.rstrip("/") if self.is_remote else os.path.abspath(os.path.expanduser(root))
        self._network = network

    def place(self, ecosystem: str, name: str = "") -> str:
        """Return where an ecosystem's records are, or one file of them, without credentials."""
        file = self._file(ecosystem, name)
        return net.without_credentials(file) if self.is_remote else file

    def state(self, ecosystem: str, last: Delivery | None) -> State | None:
        """Return what the export says now; None if it says that nothing has changed since the last delivery.

        Raises:
            NetworkError: it does not answer.
            DatabaseError: the folder has no such ecosystem, or its list cannot be read.
        """
        if last and last.origin != self.place(ecosystem):
            last = None
        return self._asked(ecosystem, last) if self.is_remote else self._looked(ecosystem, last)

    @contextmanager
    def archive(self, delivery: Delivery, path: str, progress: Progress) -> Iterator[tuple[Delivery, IO[bytes]] | None]:
        """Yield the delivery with its mark, and the archive, open; None if it is as the given mark says.

        path  the database's, beside which the archive is written.

        Raises what `state` raises.
        """
        url, place = self._file(delivery.bulk, ARCHIVE), self.place(delivery.bulk, ARCHIVE)
        source = download.Source(self._network, url, path, ZIP_LIMIT)
        with ExitStack() as stack:
            try:
                answer, room = stack.enter_context(download.opened(source, _conditions(delivery, ARCHIVE), progress))
            except NotFound:
                raise self._absent(delivery.bulk) from None
            except NetworkError:
                raise
            except Unreadable as error:
                raise DatabaseError(error.what, "the disk of the advisory database", error.hint) from None
            if room.read(64).lstrip()[:1] == b"<":
                what = "answered with a page of HTML where a zip archive was expected"
                raise NetworkError(what, place, "check the address and the proxy settings")
            yield None if answer.status == 304 else (_marked(delivery, ARCHIVE, answer), room)

    def members(self, ecosystem: str) -> str:
        """Return what holds all records of an ecosystem in a folder: its archive, or the folder itself."""
        archive = self._file(ecosystem, ARCHIVE)
        return archive if os.path.isfile(archive) else self._file(ecosystem)

    def records(self, ecosystem: str, names: Sequence[str], progress: Progress) -> list[Member]:
        """Return single records; what could not be had is the content of its member."""
        total = len(names)
        found: Sequence[bytes | Unreadable]
        if self.is_remote:
            found = net.gather(self._network, [partial(self._record, ecosystem, name) for name in names])
        else:
            found = [_from_disk(self._file(ecosystem, f"{name}.json")) for name in names]
        progress(total, total)
        return [
            Member(self.place(ecosystem, f"{name}.json"), content, number, total, name)
            for number, (name, content) in enumerate(zip(names, found, strict=True), 1)
        ]

    def _record(self, ecosystem: str, name: str) -> bytes:
        return net.get(self._network, self._file(ecosystem, f"{name}.json"), limit=records.MEMBER_LIMIT).body

    def _asked(self, ecosystem: str, last: Delivery | None) -> State | None:
        place = Delivery(ecosystem, self.place(ecosystem))
        url = self._file(ecosystem, changes.FILE)
        asked = _conditions(last, changes.FILE) if last else {}
        try:
            answer = net.get(self._network, url, headers=asked, limit=changes.LIMIT)
        except NotFound:
            return State(last or place, None)
        if answer.status == 304:
            return None
        return State(_marked(place, changes.FILE, answer), changes.read(answer.body))

    def _looked(self, ecosystem: str, last: Delivery | None) -> State | None:
        """Look into a folder: size and time of the list and of the archive are the mark of its state."""
        listed, archive = (self._file(ecosystem, name) for name in (changes.FILE, ARCHIVE))
        there = [file for file in (listed, archive) if os.path.isfile(file)]
        mark = " ".join([f"{os.path.basename(file)} {_size_and_time(file)}" for file in there])
        if not there and not _has_records(self._file(ecosystem)):
            raise self._absent(ecosystem)
        if mark and last and last.etag == mark:
            return None
        delivery = Delivery(ecosystem, self.place(ecosystem), mark)
        try:
            said = changes.read(files.read_bytes(listed, changes.LIMIT)) if listed in there else None
        except Unreadable as error:
            raise DatabaseError(error.what, error.where, error.hint) from None
        return State(delivery, said)

    def _file(self, ecosystem: str, name: str = "") -> str:
        if not self.is_remote:
            return os.path.join(self._root, ecosystem, name) if name else os.path.join(self._root, ecosystem)
        from urllib.parse import quote

        folder = f"{self._root}/{quote(ecosystem, safe='')}"
        return f"{folder}/{name}" if name else folder

    def _absent(self, ecosystem: str) -> "Absent":
        hint = _hint(ecosystem) or "name the address or the folder of an export: --from"
        return Absent(f"there is no bulk export of the {ecosystem} advisories", self.place(ecosystem, ARCHIVE), hint)


def _hint(ecosystem: str) -> str:
    """Return what to write in place of a name that OSV spells otherwise; empty where it is not that."""
    known = {name.lower(): name for name in versions.ECOSYSTEMS}
    name = known.get(ecosystem.partition(":")[0].strip().lower())
    return f"name it as the export does: {name}" if name and name != ecosystem else ""


class Absent(DatabaseError):
    """An export that has nothing of an ecosystem."""


def _conditions(last: Delivery, file: str) -> dict[str, str]:
    """Return the headers that ask whether a file has changed since it was fetched last."""
    asked = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified} if last.file == file else {}
    return {name: value for name, value in asked.items() if value}


def _marked(delivery: Delivery, file: str, answer: net.Answer) -> Delivery:
    etag, date = (answer.headers.get(name, "") for name in ("etag", "last-modified"))
    return delivery._replace(file=file, etag=etag, last_modified=date)


def _size_and_time(file: str) -> str:
    state = os.stat(file)
    return f"{state.st_size} {state.st_mtime_ns}"


def _has_records(folder: str) -> bool:
    try:
        return any(name.endswith(".json") for name in os.listdir(folder))
    except OSError:
        return False


def _from_disk(file: str) -> bytes | Unreadable:
    if not os.path.isfile(file):
        return NotFound("does not exist", file)
    try:
        return files.read_bytes(file, records.MEMBER_LIMIT)
    except Unreadable as error:
        return error
