"""`db update`: an ecosystem's records, exactly as OSV's public bulk export, or a copy of it, publishes them now.

The layout of the export is ECOSYSTEM/all.zip, a record a file, and ECOSYSTEM/modified_id.csv, which lists changes with
the newest first. What has not changed since the last time is not fetched again.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from pip_assay import files, net
from pip_assay.advisories import draft, records, rows
from pip_assay.advisories.delivery import Delivered, Delivery
from pip_assay.advisories.draft import Progress
from pip_assay.errors import DatabaseError, NetworkError, NotFound, Unreadable
from pip_assay.model import PYPI, Place, Problem
from pip_assay.net import Network

BULK = "https://osv-vulnerabilities.storage.googleapis.com"
ZIP_LIMIT = 2 * 1000**3
LAG = 1
"""Days that an archive may be behind the list of changes beside it; they are not written at the same moment."""


_Found = tuple[Delivery, IO[bytes] | str]  # an archive: open, or by its path


class Fetched(NamedTuple):
    """What an update did for one ecosystem; `delivered` is None where nothing has changed since the last update."""

    ecosystem: str
    origin: str
    delivered: Delivered | None

    def __str__(self) -> str:
        if not self.delivered:
            return f"{self.ecosystem}: nothing has changed at {self.origin}"
        read, changed = self.delivered.read, self.delivered.changed
        return f"{self.ecosystem}: {read} records from {self.origin}, {changed} of them new or changed"


class Updated(NamedTuple):
    """What an update did; `held` is the number of records in the database now."""

    fetched: tuple[Fetched, ...]
    held: int
    skipped: tuple[Problem, ...]

    def lines(self) -> Iterator[str]:
        """Yield what a person is told."""
        yield from map(str, self.fetched)
        yield f"the database holds {self.held} records"


def update(
    path: str,
    network: Network,
    environ: Mapping[str, str],
    *,
    now: float,
    origin: str = "",
    ecosystems: Sequence[str] = (PYPI,),
    progress: Progress = draft.nobody,
) -> Updated:
    """Bring the database's records of the ecosystems to the state of a bulk export: records that it has not go.

    now       seconds since the epoch.
    origin    address or folder of the export; empty for PIP_ASSAY_OSV_BULK, or else OSV's own.
    progress  called with the bytes or files done and those in all, 0 where that is unknown.

    Raises:
        NetworkError: the export cannot be fetched.
        DatabaseError: it cannot be read, or the database cannot be written. What was there before is then still there.
    """
    export = _Export(origin or environ.get("PIP_ASSAY_OSV_BULK", "") or BULK, network)
    fetched: list[Fetched] = []
    problems: list[Problem] = []
    with draft.begin(path) as new:
        if new.outdated:
            what = "the database was of an older pip-assay and was made anew, without what was imported by hand"
            problems.append(Problem("missing", what, None, "import that again: pip-assay db import PATH", path))
        for ecosystem in ecosystems:
            delivered: Delivered | None = None
            with TemporaryFile(dir=os.path.dirname(os.path.realpath(path))) as room:
                if found := export.look(ecosystem, new.last(ecosystem), room, progress):
                    delivery, archive = found
                    members = records.members_of_zip(archive, delivery.origin)
                    delivered = new.deliver(delivery, members, now, progress)
                    problems += (*delivered.skipped, *export.behind(ecosystem, delivered.newest))
                else:
                    new.confirm(ecosystem, now)
            fetched.append(Fetched(ecosystem, export.place(ecosystem), delivered))
        held = new.finish()
    return Updated(tuple(fetched), held, tuple(problems))


class _Export:
    """A bulk export at an address or in a folder."""

    def __init__(self, root: str, network: Network) -> None:
        self._is_remote = root.lower().startswith(("http://", "https://"))
        self._root = root.rstrip("/") if self._is_remote else os.path.abspath(os.path.expanduser(root))
        self._network = network

    def place(self, ecosystem: str) -> str:
        """Return where an ecosystem's archive is, without credentials."""
        file = self._file(ecosystem, "all.zip")
        return net.without_credentials(file) if self._is_remote else file

    def look(self, ecosystem: str, last: Delivery | None, room: IO[bytes], progress: Progress) -> _Found | None:
        """Return an ecosystem's archive and where it is from; None if it is as it was last time.

        An archive that has to be downloaded is written to `room`.
        """
        if last and last.origin != self.place(ecosystem):
            last = None
        return self._download(ecosystem, last, room, progress) if self._is_remote else self._open(ecosystem, last)

    def behind(self, ecosystem: str, newest: str) -> list[Problem]:
        """Return a problem where the list of changes goes on for more than a day after the archive's newest record."""
        from datetime import datetime

        listed = rows.moment(self._changes(ecosystem).partition(b",")[0].decode("ascii", "replace"))
        if not listed or not newest or (datetime.fromisoformat(listed) - datetime.fromisoformat(newest)).days < LAG:
            return []
        what = f"its archive ends on {newest[:10]}, but its list of changes on {listed[:10]}: newer records are missing"
        return [Problem("stale", what, Place(self.place(ecosystem)), "update again later, or from elsewhere: --from")]

    def _file(self, ecosystem: str, name: str) -> str:
        if not self._is_remote:
            return os.path.join(self._root, ecosystem, name)
        from urllib.parse import quote

        return f"{self._root}/{quote(ecosystem, safe='')}/{name}"

    def _download(self, ecosystem: str, last: Delivery | None, room: IO[bytes], progress: Progress) -> _Found | None:
        asked = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified} if last else {}
        headers = {name: value for name, value in asked.items() if value}
        url, place = self._file(ecosystem, "all.zip"), self.place(ecosystem)
        try:
            answer = net.stream(self._network, url, room, limit=ZIP_LIMIT, progress=progress, headers=headers)
        except NotFound:
            raise _absent(ecosystem, place) from None
        except NetworkError:
            raise
        except Unreadable as error:
            raise DatabaseError(error.what, "the disk of the advisory database", error.hint) from None
        if answer.status == 304:
            return None
        room.seek(0)
        if room.read(64).lstrip()[:1] == b"<":
            what = "answered with a page of HTML where a zip archive was expected"
            raise NetworkError(what, place, "check the address and the proxy settings")
        etag, date = (answer.headers.get(name, "") for name in ("etag", "last-modified"))
        return Delivery(ecosystem, place, etag, date), room

    def _open(self, ecosystem: str, last: Delivery | None) -> _Found | None:
        place = self.place(ecosystem)
        if not os.path.isfile(place):
            raise _absent(ecosystem, place)
        state = os.stat(place)
        mark = f"{state.st_size} {state.st_mtime_ns}"
        return None if last and last.etag == mark else (Delivery(ecosystem, place, mark), place)

    def _changes(self, ecosystem: str) -> bytes:
        """Return the list of changes; nothing where there is none, because a copy may hold the archive only."""
        file = self._file(ecosystem, "modified_id.csv")
        try:
            return net.get(self._network, file).body if self._is_remote else files.read_bytes(file)
        except Unreadable:
            return b""


def _absent(ecosystem: str, place: str) -> DatabaseError:
    hint = "name the address or the folder of an export: --from"
    return DatabaseError(f"there is no bulk export of the {ecosystem} advisories", place, hint)
