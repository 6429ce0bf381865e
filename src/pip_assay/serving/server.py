"""The server under the API: a socket, uvicorn on it, and the end of clients that send or read too slowly."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.serving.application import BODY_LIMIT, Application

CONNECTIONS = 2000
"""Open connections above which a request is answered 503."""

HEADER_LIMIT = 64 * 1024
HEADER_SECONDS = 30.0
"""From a connection's begin, or the last answer, to the end of the next request's header."""

EXCHANGE_SECONDS = 120.0
"""From there until the answer has been taken."""

KEEP_ALIVE = 15
GRACE = 5
"""Seconds that requests under way may take when the server is told to end."""


class Impatient(HttpToolsProtocol):
    """A connection of uvicorn's that is cut when the client takes too long, or sends too much: uvicorn has no limit."""

    header_seconds = HEADER_SECONDS
    exchange_seconds = EXCHANGE_SECONDS
    _end: asyncio.TimerHandle | None = None
    _received = 0
    _most = HEADER_LIMIT

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin to wait for a header."""
        super().connection_made(transport)
        self._wait(self.header_seconds, HEADER_LIMIT)

    def data_received(self, data: bytes) -> None:
        """Take what the client sent, unless it is too much."""
        self._received += len(data)
        super().data_received(data)
        if self._received > self._most:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """Begin to wait for the body, and for the client to take the answer."""
        # A body may come in chunks of a byte each, with five bytes around it; whoever does that is cut earlier.
        self._wait(self.exchange_seconds, 2 * BODY_LIMIT)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for the next header, or for the answer to a request that is here already."""
        self._wait(self.exchange_seconds if self.pipeline else self.header_seconds, HEADER_LIMIT)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        if self._end:
            self._end.cancel()
        super().connection_lost(exc)

    def _wait(self, seconds: float, most: int) -> None:
        if self._end:
            self._end.cancel()
        self._end = self.loop.call_later(seconds, self.transport.abort)
        self._received, self._most = 0, most


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 is any free one.

    Raises:
        Unreadable: the address is not of this machine, or is taken.
    """
    try:
        ((family, _, _, _, address), *_) = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listening = socket.create_server(address[:2], family=family, backlog=CONNECTIONS)
        # Every connection inherits it. asyncio sets it only where the socket names its protocol, which this one does
        # not; without it the second packet of an answer waits 40 ms for the client's word on the first.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except (OSError, OverflowError, UnicodeError) as error:
        # Python adds the address to the words of the operating system, which stands before them here.
        number = getattr(error, "errno", 0) or 0
        why = os.strerror(number).lower() if number > 0 else files.reason(error)
        raise Unreadable(f"cannot be listened on ({why})", f"{host}:{port}", "choose --host and --port") from None


def run(application: Application, listening: socket.socket) -> None:
    """Serve until a signal says to end, and let the requests under way be answered before."""
    with _quietly(), listening:
        server(application).run([listening])


def server(application: Application, protocol: type[Impatient] = Impatient) -> uvicorn.Server:
    """Return the server, set up; it ends when its `should_exit` is set."""
    return uvicorn.Server(
        uvicorn.Config(
            application.asgi,
            http=protocol,
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            log_level="critical",
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
            backlog=CONNECTIONS,
        )
    )


@contextmanager
def _quietly() -> Iterator[None]:
    """Make a signal that ended the server no error: uvicorn raises it again for whoever waits for it before."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
