"""A server on the loopback interface that answers from a script, well or badly, and remembers what it was asked."""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from pip_assay import net


class Asked(NamedTuple):
    """A request that came in; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Reply(NamedTuple):
    """One answer.

    body     bytes or text as they are; anything else as JSON.
    headers  added to Content-Length, or put in its place; one that is empty is left out.
    delay    seconds before the first byte.
    drip     seconds before each byte of the body.
    cut      how many bytes of the body are sent before the connection is closed; all where it is None.
    """

    body: object = b""
    status: int = 200
    headers: Mapping[str, str] = {}
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None

    def content(self) -> bytes:
        """Return the body as bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


Script = Reply | Sequence[Reply] | Callable[[Asked], Reply]
"""One answer for always, answers in turn (the last one for always), or a function."""


class Server:
    """A running server: `with Server({"/path": Reply(...)}) as server`. What is not in the script is answered 404.

    url    its address, without a slash at the end.
    asked  the requests so far.
    """

    def __init__(self, script: Mapping[str, Script] | None = None) -> None:
        self.script: dict[str, Script] = dict(script or {})
        self.asked: list[Asked] = []
        self.stopping = threading.Event()
        self._turns: dict[str, int] = {}
        self._lock = threading.Lock()
        self._server = _Threads(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wrap(self, context: Any) -> None:
        """Speak TLS from now on, as the context says."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")

    def paths(self) -> list[str]:
        """Return the paths asked for so far, in order."""
        return [asked.path for asked in self.asked]

    def reply(self, asked: Asked) -> Reply:
        """Return the scripted answer to a request."""
        with self._lock:
            self.asked.append(asked)
            script = self.script.get(asked.path, Reply("no such page", 404))
            turn = self._turns.get(asked.path, 0)
            self._turns[asked.path] = turn + 1
        if isinstance(script, Reply):
            return script
        return script(asked) if callable(script) else script[min(turn, len(script) - 1)]


class _Threads(ThreadingHTTPServer):
    """Closes the connections that clients keep open, so that stopping does not wait for them."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        self.connections: set[Any] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        for connection in list(self.connections):
            self.shutdown_request(connection)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients hang up on purpose here."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.reply(Asked(self.command, self.path, headers, self.rfile.read(length)))
            server.stopping.wait(reply.delay)
            self.send_response(reply.status)
            content = reply.content()
            for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.send(content[: reply.cut], reply.drip)
            self.close_connection = self.close_connection or reply.cut is not None

        do_GET = do_POST = do_CONNECT = answer  # noqa: N815 - the names are the library's

        def send(self, content: bytes, drip: float) -> None:
            if not drip:
                self.wfile.write(content)
            for byte in content if drip else b"":
                server.stopping.wait(drip)
                self.wfile.write(bytes((byte,)))

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    return Handler


def quick(environ: Mapping[str, str] | None = None, **named: Any) -> net.Network:
    """Return settings that wait for nobody, in an environment where pip is not configured unless it says so."""
    environ = {"PIP_CONFIG_FILE": os.devnull, **(environ or {})}
    return net.network(environ, **{"timeout": 5, **named})._replace(backoff=0)


def moved(to: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers={"Location": to})


@contextlib.contextmanager
def raw_server(content: bytes, drip: float = 0.0) -> Iterator[str]:
    """Run a server that sends these bytes to whoever connects, and hangs up; its address."""
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def serve(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                for part in [content[n : n + 1] for n in range(len(content))] if drip else [content]:
                    connection.sendall(part)
                    if drip and stopping.wait(drip):
                        break

        def listen() -> None:
            while not stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    threads.append(threading.Thread(target=serve, args=(listening.accept()[0],)))
                    threads[-1].start()

        threads: list[threading.Thread] = []
        listener = threading.Thread(target=listen)
        listener.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            stopping.set()
            listener.join()
            for thread in threads:
                thread.join()
