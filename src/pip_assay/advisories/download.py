"""A large file from a server, fetched piece by piece: what came before a connection broke need not come again.

The pieces gather in a file beside the database. Its name is made of the address, of the server's own mark of this state
(a strong ETag, RFC 9110, 8.8.3) and of the length, so what was kept can only ever be completed by the same file. A
server that does not answer in pieces sends the whole.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from pip_assay import files, net
from pip_assay.advisories.draft import Progress
from pip_assay.errors import NetworkError
from pip_assay.net import Answer, Network

PIECE = 4 * 1024 * 1024

_RANGE = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})", re.ASCII)


class Source(NamedTuple):
    """What is fetched; `path` is what the names of gathered pieces begin with, `limit` its greatest length in bytes."""

    network: Network
    url: str
    path: str
    limit: int


@contextmanager
def opened(source: Source, headers: Mapping[str, str], progress: Progress) -> Iterator[tuple[Answer, IO[bytes]]]:
    """Yield a server's answer, and an open file with all of what is at the address; nothing in it if that is a 304.

    What has come when the network fails is kept for the next time; at the end of the block it is thrown away.

    Raises:
        NotFound, NetworkError: as net.stream.
        DatabaseError: the disk is full.
    """
    with TemporaryFile(dir=os.path.dirname(source.path)) as room:
        answer = _stream(source, room, {**headers, "Range": f"bytes=0-{PIECE - 1}"}, progress)
        if answer.status == 206 and not _mark(answer):
            room.seek(0)
            answer = _stream(source, room, headers, progress)
        room.seek(0)
        if answer.status != 206:
            yield answer, room
            return
        name = sha256(f"{source.url} {_mark(answer)}".encode()).hexdigest()[:16]
        part = f"{source.path}.{name}.part"
        _clear(source.path, part)
        with open(part, "ab") as gathered:
            if not gathered.tell():
                gathered.write(room.read())
            _gather(source, answer, gathered, progress)
    try:
        with open(part, "rb") as whole:
            yield answer, whole
    finally:
        _clear(source.path)


def _stream(source: Source, room: IO[bytes], headers: Mapping[str, str], progress: Progress) -> Answer:
    return net.stream(source.network, source.url, room, limit=source.limit, progress=progress, headers=headers)


def _gather(source: Source, first: Answer, gathered: IO[bytes], progress: Progress) -> None:
    """Append the pieces that are missing."""
    total = _extent(first)[2]
    if total > source.limit:
        raise NetworkError(f"offers more than {files.size(source.limit)}", net.host(source.url), "it was not read")
    while (here := gathered.tell()) < total:
        wanted = {"Range": f"bytes={here}-{min(here + PIECE, total) - 1}", "If-Range": first.headers["etag"]}
        # net.get would allow the server to pack the piece.
        room = BytesIO()
        piece = net.stream(source.network, source.url, room, headers=wanted, limit=PIECE)
        content = room.getvalue()
        if not content or piece.status != 206 or _extent(piece) != (here, here + len(content) - 1, total):
            what = "changed while it was being fetched, or does not send the piece that it was asked for"
            raise NetworkError(what, net.host(source.url), "try again")
        gathered.write(content)
        gathered.flush()
        progress(gathered.tell(), total)


def _mark(answer: Answer) -> str:
    """Return what names this state of a file; empty where pieces of it cannot safely be put together."""
    etag, (start, _, total) = answer.headers.get("etag", ""), _extent(answer)
    return f"{etag} {total}" if etag.startswith('"') and start == 0 else ""


def _extent(answer: Answer) -> tuple[int, int, int]:
    """Return the first and the last byte of a piece, and the length of the whole (RFC 9110, 14.4); -1 if unknown."""
    found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    return (int(found[1]), int(found[2]), int(found[3])) if found else (-1, -1, -1)


def _clear(path: str, keep: str = "") -> None:
    """Remove what was gathered of other files."""
    folder, name = os.path.split(path)
    for each in os.listdir(folder):
        file = os.path.join(folder, each)
        if each.startswith(f"{name}.") and each.endswith(".part") and file != keep:
            os.unlink(file)
