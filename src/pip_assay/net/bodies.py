"""The bodies of answers: bounded, counted, written, read as JSON."""

import json
from collections.abc import Callable, Iterator
from typing import IO

from urllib3 import BaseHTTPResponse

from pip_assay import files
from pip_assay.errors import NetworkError, Unreadable

Take = Callable[[BaseHTTPResponse, str], bytes]
"""Takes in the body of a response from a host and returns what of it is kept in memory."""

CHUNK = 64 * 1024


class TooLarge(NetworkError):
    """The server answered with more than may be read."""


def reader(limit: int) -> Take:
    """Return what reads a body of at most `limit` bytes, unpacked."""

    def take(response: BaseHTTPResponse, host: str) -> bytes:
        return b"".join(_parts(response, host, limit))

    return take


def writer(file: IO[bytes], limit: int, progress: Callable[[int, int], None] | None) -> Take:
    """Return what writes a body of at most `limit` bytes to the file, each time from where the file stands now."""
    start = file.tell()

    def take(response: BaseHTTPResponse, host: str) -> bytes:
        expected = announced(response)
        file.seek(start)
        file.truncate()
        written = 0
        for part in _parts(response, host, limit):
            _write(file, part)
            written += len(part)
            if progress:
                progress(written, max(expected, written) if expected else 0)
        return b""

    return take


def document(body: bytes, host: str) -> object:
    """Return the JSON document that a body holds, every text of which can be encoded.

    Raises:
        NetworkError: it holds none.
    """
    try:
        value: object = json.loads(body)
        if b"\\ud" in body.lower():
            # An escape may be half of a surrogate pair, which no encoding can write; it becomes "?".
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return value
    except (ValueError, RecursionError):
        what = "a page of HTML" if body.lstrip()[:1] == b"<" else "something that cannot be read"
    raise NetworkError(
        f"answered with {what} where JSON was expected", host, "check the address and the proxy settings"
    )


def announced(response: BaseHTTPResponse) -> int:
    """Return the number of bytes that the headers announce, 0 where they do not."""
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _parts(response: BaseHTTPResponse, host: str, limit: int) -> Iterator[bytes]:
    """Yield the body in parts. That all of what was announced came is checked by urllib3 at the end."""
    too_large = TooLarge(f"answered with more than {files.size(limit)}", host, "it was not read")
    if announced(response) > limit:
        raise too_large
    came = 0
    for part in response.stream(CHUNK):
        came += len(part)
        if came > limit:
            raise too_large
        yield part


def _write(file: IO[bytes], part: bytes) -> None:
    try:
        file.write(part)
    except OSError as error:
        raise Unreadable(
            f"cannot be written ({files.reason(error)})", str(getattr(file, "name", "")), "make room on the disk"
        ) from None
