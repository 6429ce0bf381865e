"""An OSV service on the loopback interface: /v1/query, /v1/querybatch and /v1/vulns/ID from records on disk.

Beside it an empty package index, /simple/NAME/, for a tool that asks one about the status of each project.
`python -m bench.server RECORDS [SECONDS]` prints its address, and serves until its standard input is closed; every
answer waits for as many seconds as were named.
"""

import contextlib
import functools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

from packaging.utils import canonicalize_name

from bench import records
from bench.records import Record

INDEX_PAGE = "application/vnd.pypi.simple.v1+json"
NOT_FOUND = {"code": 5, "message": "not found"}


class Habits(NamedTuple):
    """How the service behaves where services differ, or fail.

    page       records on one page; 0 puts all on one.
    withdrawn  whether it names withdrawn records, as a mirror of the files would.
    literal    whether it compares local versions as they are sent, as the schema's pseudo-code does.
    silent     whether its answer to a batch has no results at all.
    lost       whether it has no record to give of those that it names in a batch.
    delay      seconds before each answer, as over a distance.
    """

    page: int = 0
    withdrawn: bool = False
    literal: bool = False
    silent: bool = False
    lost: bool = False
    delay: float = 0.0


class Service:
    """The answers, without the connections. `asked` has the name of every project that was asked about."""

    def __init__(self, found: Iterable[Record], habits: Habits | None = None) -> None:
        self.habits = habits or Habits()
        self.by_id = {str(record["id"]): record for record in found}
        self.asked: set[str] = set()
        self._by_project: dict[str, list[Record]] = {}
        for record in self.by_id.values():
            for name in records.projects(record):
                self._by_project.setdefault(name, []).append(record)
        self._matching = functools.cache(self._match)

    def query(self, asked: Mapping[str, Any]) -> Record:
        """Return the answer to /v1/query: whole records."""
        ids, following = self._page(asked)
        return _answer([self.by_id[each] for each in ids], following)

    def batch(self, asked: Mapping[str, Any]) -> Record:
        """Return the answer to /v1/querybatch: ids and dates."""
        if self.habits.silent:
            return {"results": []}
        results = []
        for query in asked["queries"]:
            ids, following = self._page(query)
            short = [{"id": each, "modified": self.by_id[each].get("modified", "")} for each in ids]
            results.append(_answer(short, following))
        return {"results": results}

    def record(self, identifier: str) -> Record | None:
        """Return the answer to /v1/vulns/ID; None where there is none."""
        return None if self.habits.lost else self.by_id.get(identifier)

    def _page(self, asked: Mapping[str, Any]) -> tuple[list[str], str]:
        package = asked["package"]
        self.asked.add(package["name"])
        ids = (
            self._matching(canonicalize_name(package["name"]), asked.get("version", ""))
            if package.get("ecosystem") == "PyPI"
            else []
        )
        start = int(asked.get("page_token") or 0)
        end = start + (self.habits.page or len(ids))
        return ids[start:end], str(end) if end < len(ids) else ""

    def _match(self, name: str, version: str) -> list[str]:
        return [str(record["id"]) for record in self._by_project.get(name, ()) if self._names(record, name, version)]

    def _names(self, record: Record, name: str, version: str) -> bool:
        live = {**record, "withdrawn": None} if self.habits.withdrawn else record
        return records.affects(live, name, version, literal=self.habits.literal)


def _answer(found: list[Record], following: str) -> Record:
    answer: Record = {"vulns": found} if found else {}
    return {**answer, "next_page_token": following} if following else answer


@contextlib.contextmanager
def process(source: Path, delay: float = 0.0) -> Iterator[str]:
    """Run a server in a process of its own, so that it shares no memory with what is measured; its address."""
    words = [sys.executable, "-m", "bench.server", str(source), str(delay)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdin
        assert started.stdout
        try:
            yield started.stdout.readline().strip()
        finally:
            started.stdin.close()


class Server:
    """A running service: `with Server(Service(...)) as server`. `url` has no slash at its end."""

    def __init__(self, service: Service) -> None:
        self._server = _Threads(("127.0.0.1", 0), _handler(service))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection open does not keep the server
    request_queue_size = 128


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # header and body leave together: two small packets would wait for each other
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            folder, _, name = self.path.rstrip("/").rpartition("/")
            if folder == "/simple":
                self._send({"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": []}, INDEX_PAGE)
            else:
                self._send(service.record(name) if folder == "/v1/vulns" else None)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = {"/v1/query": service.query, "/v1/querybatch": service.batch}.get(self.path)
            self._send(answer(asked) if answer else None)

        def _send(self, answer: Record | None, kind: str = "application/json") -> None:
            time.sleep(service.habits.delay)
            content = json.dumps(NOT_FOUND if answer is None else answer).encode()
            self.send_response(404 if answer is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if kind == INDEX_PAGE:
                self.send_header("Cache-Control", "max-age=600, public")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def main(source: str, delay: str = "0") -> None:
    """Serve the records, until standard input is closed."""
    with Server(Service(records.read(Path(source)), Habits(delay=float(delay)))) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
