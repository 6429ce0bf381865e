"""How many releases `pip-assay serve` looks up in a second, in batches of 100, for 1, 8 and 64 clients.

`python -m bench.serving DATABASE` prints it. The server is a process of its own, on one core; the clients are this one.
"""

import asyncio
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.page import Table, cells
from pip_assay.advisories import database

BATCH = 100
CLIENTS = (1, 8, 64)
SECONDS = 3.0
VERSIONS = ("0.9", "1.0", "2.31.0", "4.2.1")


class Served(NamedTuple):
    """What a number of clients got.

    look_ups    per second of wall time.
    per_core    look-ups per second of the server's processor time: what one core does when nobody disturbs it.
    median, late  seconds from a request to its answer; `late` is the 99th percentile.
    """

    clients: int
    requests: int
    look_ups: float
    per_core: float
    median: float
    late: float

    @property
    def batches(self) -> float:
        """How many batches one core answers in a second."""
        return self.per_core / BATCH

    def cells(self) -> tuple[str, ...]:
        """Return one row of the table."""
        return (
            str(self.clients),
            f"{self.look_ups:,.0f}",
            f"{self.per_core:,.0f}",
            f"{self.batches:,.0f}",
            f"{self.median * 1000:.1f}",
            f"{self.late * 1000:.1f}",
        )


HEAD = ("clients", "look-ups a second", "a second and core", "batches a second and core", "median, ms", "99th %, ms")
NOTE = (
    f"`pip-assay serve` answers batches of {BATCH} queries about projects with advisories and as many without, from a "
    "database of the size of the whole public export. Each client asks again as soon as it is answered. Figures for a "
    "core are those for a second of the server's processor time; the clients use the other core."
)


def table(found: Sequence[Served]) -> Table:
    """Return the table, a row for each number of clients."""
    return Table(f"Serving the OSV API, {BATCH} queries to a batch", HEAD, [each.cells() for each in found], NOTE)


def measured(held: Path, clients: Sequence[int] = CLIENTS, seconds: float = SECONDS) -> list[Served]:
    """Return what a server with this database does for each number of clients."""
    sys.stderr.write(f"Serving: {', '.join(map(str, clients))} clients\n")
    bodies = _bodies(held)
    with _process(held) as (identifier, port):
        asyncio.run(_ask(port, 1, 0.5, bodies))
        found = []
        for number in clients:
            before = _processor(identifier)
            begin = time.perf_counter()
            latencies = asyncio.run(_ask(port, number, seconds, bodies))
            wall = time.perf_counter() - begin
            used = _processor(identifier) - before
            done = len(latencies)
            found.append(
                Served(
                    number,
                    done,
                    done * BATCH / wall,
                    done * BATCH / max(used, 1e-9),
                    statistics.median(latencies),
                    sorted(latencies)[int(done * 0.99)],
                )
            )
    return found


def _bodies(held: Path) -> list[bytes]:
    """Return requests about projects with advisories and as many without, each release once."""
    from sqlite3 import connect

    with database.open(str(held)), contextlib.closing(connect(f"file:{held}?mode=ro", uri=True)) as raw:
        named = [
            name for (name,) in raw.execute("SELECT DISTINCT name FROM span WHERE ecosystem = 'PyPI' ORDER BY name")
        ]
    asked = [(name, version) for version in VERSIONS for known in named for name in (known, f"{known}-unknown")]
    batches = [asked[at : at + BATCH] for at in range(0, len(asked) - BATCH, BATCH)]
    return [json.dumps({"queries": [_query(*each) for each in batch]}).encode() for batch in batches]


def _query(name: str, version: str) -> dict[str, object]:
    return {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}


async def _ask(port: int, clients: int, seconds: float, bodies: list[bytes]) -> list[float]:
    end = time.perf_counter() + seconds
    latencies: list[float] = []
    await asyncio.gather(
        *[_client(port, end, bodies[number:] + bodies[:number], latencies) for number in range(clients)]
    )
    return latencies


async def _client(port: int, end: float, bodies: list[bytes], latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    turn = 0
    while time.perf_counter() < end:
        body = bodies[turn % len(bodies)]
        turn += 1
        begin = time.perf_counter()
        head = b"POST /v1/querybatch HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        writer.write(head + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert answer.startswith(b"http/1.1 200"), answer
        await reader.readexactly(int(answer.split(b"content-length:")[1].split(b"\r\n")[0]))
        latencies.append(time.perf_counter() - begin)
    writer.close()
    await writer.wait_closed()


@contextlib.contextmanager
def _process(held: Path) -> Iterator[tuple[int, int]]:
    words = [sys.executable, "-m", "pip_assay", "serve", "--port", "0", "--db", str(held)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr
        try:
            found = re.search(r":([0-9]+)$", started.stderr.readline().strip())
            assert found, "the server did not start"
            yield started.pid, int(found[1])
        finally:
            started.terminate()


def _processor(process: int) -> float:
    """Return the seconds of processor time that a process has used (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    sys.stdout.write("\n".join(cells(table(measured(Path(sys.argv[1]))))) + "\n")


if __name__ == "__main__":
    main()
