"""`db update --signals`: CISA's list of known exploited vulnerabilities (KEV) and FIRST's EPSS scores.

Each is asked for only if it has changed, and takes the place of the one that is held as a whole. One that cannot be
had or read, is older, or has shrunk, leaves the one that is held.
"""

import io
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from gzip import GzipFile
from typing import NamedTuple

from pip_assay import files, net
from pip_assay.advisories import cves, database, draft, signal_lists
from pip_assay.advisories.cves import SignalList
from pip_assay.advisories.signal_lists import Malformed, Read, Said
from pip_assay.errors import DatabaseError, Unreadable
from pip_assay.model import Place, Problem
from pip_assay.net import Network


class Kind(NamedTuple):
    """One of the lists: its name, what people call it, where it is published, the most bytes that it may have."""

    name: str
    title: str
    url: str
    limit: int
    read: Read

    @property
    def option(self) -> str:
        """The option that names another address, or a file."""
        return f"--{self.name}-url"

    @property
    def variable(self) -> str:
        """The variable that does."""
        return f"PIP_ASSAY_{self.name.upper()}_URL"


KINDS = (
    Kind(
        "kev", "the list of known exploited vulnerabilities",
        "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        32 * 1000**2, signal_lists.kev,
    ),
    Kind(
        "epss", "the list of EPSS scores", "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
        64 * 1000**2, signal_lists.epss,
    ),
)  # fmt: skip


class Refreshed(NamedTuple):
    """What was done, in lines for a person; a list that could not be updated, or not read throughout, is a problem."""

    lines: tuple[str, ...]
    problems: tuple[Problem, ...]


class Origin(NamedTuple):
    """Where a list is fetched from: an address, or the absolute path of a file."""

    where: str
    is_remote: bool

    @property
    def place(self) -> str:
        """What a person is told, and what is remembered: without credentials."""
        return net.without_credentials(self.where) if self.is_remote else self.where


class _Came(NamedTuple):
    content: bytes
    etag: str
    last_modified: str = ""


class _Fresh(NamedTuple):
    kind: Kind
    made: SignalList
    said: Said


def update(
    path: str,
    network: Network,
    environ: Mapping[str, str],
    *,
    now: float,
    origins: Mapping[str, str] | None = None,
    accept_older: bool = False,
    held_alone: bool = False,
) -> Refreshed:
    """Bring the lists in the database to the state that is published.

    now           seconds since the epoch.
    origins       by a list's name another address, or a file; where it is empty the list's variable says, or its url.
    accept_older  take also a list that is older than the one that is held, or has shrunk.
    held_alone    fetch only what is held already, from where it came unless the list's variable says otherwise.

    Raises:
        DatabaseError: there is no database, or it cannot be written. What was there before is then still there.
    """
    with database.open(path) as held:
        known = held.lists()
    fresh: list[_Fresh] = []
    lines: list[str] = []
    problems: list[Problem] = []
    for kind in KINDS:
        last = known.get(kind.name)
        if held_alone and not last:
            continue
        usual = last.origin if held_alone and last else kind.url
        origin = _origin((origins or {}).get(kind.name) or environ.get(kind.variable) or usual)
        try:
            found = _changed(kind, origin, last, network, now, accept_older)
        except Unreadable as error:
            what = f"{kind.title} could not be updated: {error.what}"
            problems.append(Problem("stale", what, Place(error.where), error.hint))
            continue
        fresh += [found] if found else []
        lines.append(_line(kind, origin, found))
    _put(path, fresh, known)
    return Refreshed(tuple(lines), (*problems, *_holes(fresh)))


def _origin(text: str) -> Origin:
    is_remote = text.lower().startswith(("http://", "https://"))
    return Origin(text if is_remote else os.path.abspath(os.path.expanduser(text)), is_remote)


def _changed(
    kind: Kind, origin: Origin, known: SignalList | None, network: Network, now: float, accept_older: bool
) -> _Fresh | None:
    """Return the list that is published now; None where it is the one that is held."""
    last = known if known and known.origin == origin.place else None
    came = _fetched(kind, origin, last, network) if origin.is_remote else _from_disk(kind, origin, last)
    if not came:
        return None
    try:
        said = kind.read(_unpacked(came.content, kind.limit))
        made = SignalList(
            kind.name, origin.place, said.date, draft.time(now), came.etag, came.last_modified,
            signal_lists.sum_of(said.rows), len(said.rows),
        )  # fmt: skip
        if last and (made.date, made.sum) == (last.date, last.sum):
            return None
        if database.age(said.date, now) is None:
            raise Malformed(f"is of {said.date[:10]}, which is no day before today: is the clock right?")
    except Malformed as fault:
        hint = f"update again later, or from elsewhere: {kind.option}"
        raise DatabaseError(str(fault), origin.place, hint) from None
    if known and not accept_older:
        _check_age(made, known)
    return _Fresh(kind, made, said)


def _check_age(made: SignalList, known: SignalList) -> None:
    hint = "find out why, or take it as it is: --accept-older"
    if made.date < known.date:
        raise DatabaseError(f"is of {made.date[:10]}, and the one that is held of {known.date[:10]}", made.origin, hint)
    if made.cves * 10 < known.cves * 9:
        what = f"names {cves.count_of(made.cves)}, and the one that is held {known.cves}"
        raise DatabaseError(what, made.origin, hint)


def _fetched(kind: Kind, origin: Origin, last: SignalList | None, network: Network) -> _Came | None:
    asked = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified} if last else {}
    headers = {name: value for name, value in asked.items() if value}
    answer = net.get(network, origin.where, headers=headers, limit=kind.limit)
    if answer.status == 304:
        return None
    return _Came(answer.body, answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))


def _from_disk(kind: Kind, origin: Origin, last: SignalList | None) -> _Came | None:
    """Look at a file: its size and time are the mark of its state."""
    content = files.read_bytes(origin.where, kind.limit)
    mark = f"{len(content)} {os.stat(origin.where).st_mtime_ns}"
    return None if last and last.etag == mark else _Came(content, mark)


def _unpacked(content: bytes, limit: int) -> bytes:
    """Return what a file holds, whether it comes as gzip (RFC 1952, 2.3.1: its first two bytes) or as it is."""
    if content.lstrip()[:1] == b"<":
        raise Malformed("is a page of HTML")
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = packed.read(limit + 1)
    except (OSError, EOFError, zlib.error):
        raise Malformed("is damaged, or only a part of what it should be") from None
    if len(plain) > limit:
        raise Malformed(f"unpacks to more than {files.size(limit)}")
    return plain


def _put(path: str, fresh: Sequence[_Fresh], known: Mapping[str, SignalList]) -> None:
    if not fresh:
        return
    with draft.begin(path) as new:
        held = new.lists()
        for kind, made, said in fresh:
            if held.get(kind.name) == known.get(kind.name):  # another update may have been faster
                new.put(made, said.rows)
        new.finish()


def _line(kind: Kind, origin: Origin, found: _Fresh | None) -> str:
    name = kind.name.upper()
    if not found:
        return f"{name}: nothing has changed at {origin.place}"
    return f"{name}: {cves.count_of(found.made.cves)}, of {found.made.date[:10]}, from {origin.place}"


def _holes(fresh: Sequence[_Fresh]) -> Iterator[Problem]:
    for kind, made, said in fresh:
        if said.wrong:
            what = f"{said.wrong} of its lines cannot be read, so the CVEs in them stay unknown"
            hint = f"update again later, or from elsewhere: {kind.option}"
            yield Problem("unreadable", what, Place(made.origin, said.line), hint)
