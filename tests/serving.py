"""`pip-assay serve` on the loopback interface: inside the test's process, or as a person starts it."""

import contextlib
import http.client
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from pip_assay.cli import main
from pip_assay.serving import server
from pip_assay.serving.application import BODY_LIMIT, BODY_SECONDS, Application
from pip_assay.serving.current import Current
from pip_assay.serving.server import Impatient


class Answered(NamedTuple):
    """A response; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


def database(records: Path, file: Path) -> Path:
    """Return the database made of the records, put in its place whole."""
    assert main(["db", "import", "--replace", "--db", str(file), str(records)]) == 0
    return file


class Serving:
    """A server in a thread: `with Serving(database) as serving`. `said` has what it complained about."""

    def __init__(
        self,
        path: Path,
        *,
        token: str = "",
        protocol: type[Impatient] = Impatient,
        body_limit: int = BODY_LIMIT,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.said: list[str] = []
        self._listening = server.listen("127.0.0.1", 0)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._limits = {"body_limit": body_limit, "body_seconds": body_seconds}
        self._path, self._token, self._protocol = path, token, protocol
        self._thread = threading.Thread(target=self._run)
        self._made = threading.Event()

    def _run(self) -> None:
        current = Current(str(self._path), pause=0.0, say=self.said.append)
        application = Application(current, token=self._token, say=self.said.append, **self._limits)  # type: ignore[arg-type]
        self._server = server.server(application, self._protocol)
        self._made.set()
        try:
            self._server.run([self._listening])
        finally:
            current.close()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._made.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()

    def get(self, path: str, **headers: str) -> Answered:
        """Return the answer to a GET."""
        return ask(self.port, "GET", path, None, headers)

    def post(self, path: str, body: object, **headers: str) -> Answered:
        """Return the answer to a POST of bytes as they are, of anything else as JSON."""
        return ask(self.port, "POST", path, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)


def ask(port: int, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}) -> Answered:
    """Return the answer to one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return Answered(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
    finally:
        connection.close()


@contextlib.contextmanager
def process(path: Path, *options: str, environ: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `pip-assay serve` in a process of its own: the process, and its port."""
    words = [sys.executable, "-m", "pip_assay", "serve", "--port", "0", "--db", str(path), *options]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=dict(environ)) as started:
        assert started.stderr
        try:
            line = started.stderr.readline()
            while "serving" not in line:
                assert line, "the server ended before it served"
                line = started.stderr.readline()
            found = re.search(r":([0-9]+)$", line.strip())
            assert found
            yield started, int(found[1])
        finally:
            started.terminate()
