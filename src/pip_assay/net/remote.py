"""A file on a server, read in pieces (RFC 9110, 14), so that a person need not wait for the whole of it.

Parts of a file have no hash that anybody has published: what is read here is to be told, and never to be installed.
"""

import os
import re
from time import monotonic

from pip_assay import files, net
from pip_assay.errors import NetworkError
from pip_assay.net import PATIENCE, Answer, Network
from pip_assay.net.bodies import TooLarge

REQUESTS = 30
MOST = 20_000_000
"""Requests for one file, and bytes of it that are fetched in pieces."""

WHOLE = 30_000_000
"""Bytes of a file that is fetched at once, where a server sends whole files only."""

SMALL = 1_000_000
"""A file of so many bytes costs less at once than in pieces."""

END, AHEAD = 128 * 1024, 64 * 1024
"""Bytes that are fetched first, of its end, and at least each time after that."""

_EXTENT = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")


class Remote:
    """A file that can be sought in and read; each method raises NetworkError where the network fails, ever after.

    Raises:
        NetworkError: see `pip_assay.net.opened`.
    """

    def __init__(self, network: Network, url: str) -> None:
        self._network, self._url = network, url
        self._end = monotonic() + network.timeout * PATIENCE
        self._left, self._requests = MOST, REQUESTS
        self._position = 0
        self._pieces: dict[int, bytes] = {}
        self.error: NetworkError | None = None
        self.size = self._begin()

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position from which is read next."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position, from the start, from here or from the end, and return it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("a position before the start")
        self._position = start + offset
        return self._position

    def read(self, count: int = -1) -> bytes:
        """Return so many bytes from the position on, fewer only at the end; all that are left for a number below 0."""
        if self.error:
            raise self.error
        start = self._position
        end = self.size if count < 0 else min(self.size, start + count)
        found = []
        try:
            while self._position < end:
                found.append(self._piece(self._position, end))
                self._position += len(found[-1])
        except NetworkError as error:
            self.error = error
            raise
        return b"".join(found)

    def _piece(self, start: int, end: int) -> bytes:
        """Return what is there from `start` on, up to `end` at most, one byte at least."""
        for at, piece in self._pieces.items():
            if at <= start < at + len(piece):
                return piece[start - at : end - at]
        after = min((at for at in self._pieces if at > start), default=self.size)
        if self.size <= SMALL:
            self._fetch(max((at + len(each) for at, each in self._pieces.items() if at < start), default=0), after)
        else:
            self._fetch(start, min(max(end, start + AHEAD), after))
        return self._piece(start, end)

    def _begin(self) -> int:
        """Fetch the end of the file, and return the file's size."""
        answer = self._asked(f"bytes=-{END}", END)
        if answer.status == 200:
            return self._taken(0, answer.body, len(answer.body))
        start, last, size = _extent(answer)
        if size < 0 or last != size - 1 or len(answer.body) != min(size, END):
            raise self._failed("answered with another part of the file than was asked for")
        return self._taken(start, answer.body, size)

    def _fetch(self, start: int, end: int) -> None:
        answer = self._asked(f"bytes={start}-{end - 1}", end - start)
        if answer.status == 200 and len(answer.body) == self.size:
            self._pieces.clear()
            start = 0
        elif _extent(answer) != (start, end - 1, self.size) or len(answer.body) != end - start:
            raise self._failed("answered with another part of the file than was asked for")
        self._taken(start, answer.body, self.size)

    def _taken(self, start: int, content: bytes, size: int) -> int:
        self._pieces[start] = content
        return size

    def _asked(self, extent: str, count: int) -> Answer:
        """Return what the server answers: the part, or, in place of any part, the whole file."""
        self._requests -= 1
        self._left -= count
        if self._requests < 0 or self._left < 0:
            raise self._failed(f"would have to send more than {files.size(MOST)}, or {REQUESTS} parts, of the file")
        if monotonic() > self._end:
            raise self._failed(f"did not send the parts of the file within {self._network.timeout * PATIENCE:g} s")
        try:
            return net.get(self._network, self._url, headers={"Range": extent}, limit=WHOLE)
        except TooLarge:
            raise self._failed(
                f"does not serve parts of files, and this one is larger than {files.size(WHOLE)}"
            ) from None

    def _failed(self, what: str) -> NetworkError:
        return NetworkError(what, net.host(self._url), "look into the release by hand")


def _extent(answer: Answer) -> tuple[int, int, int]:
    """Return the first and the last byte of a piece, and the size of the whole; -1 where that is not said."""
    found = _EXTENT.fullmatch(answer.headers.get("content-range", "")) if answer.status == 206 else None
    return (int(found[1]), int(found[2]), int(found[3])) if found else (-1, -1, -1)
