"""What the local database costs: to make, to keep up to date, to join with signals, and to look something up in."""

import contextlib
import gzip
import json
import re
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from bench import inputs, tools
from bench.inputs import Inputs
from bench.measure import Command
from bench.page import Group, Table
from bench.tools import Bench
from bench.turns import group

REAL, MANY = "db import, the real records", f"db import, {inputs.MANY:,} records"
LOADS = f"json.loads of {inputs.MANY:,} records"
UNCHANGED = "db update, nothing has changed"
SCORES = 240_000
UPDATES = 9
SIGNALS = f"db update --signals, {SCORES:,} scores"

LOAD = """import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        json.loads(archive.read(name))"""

COPY = """import os, shutil, sys
shutil.copyfile(sys.argv[1], sys.argv[2])
os.execv(sys.argv[3], sys.argv[3:])"""
"""Each run begins with the same database, at the price of an interpreter's start and of the copy."""


def imports(bench: Bench, made: Inputs, small: Path, large: Path) -> Group:
    """Return the making of both databases."""
    commands = (
        tools.python(bench, LOAD, str(made.many), name=LOADS),
        tools.import_records(bench, made.published, small, REAL),
        tools.import_records(bench, made.many, large, MANY),
    )
    found = group("Importing advisories", commands, 2)
    sizes = f"{megabytes(small):.1f} MB and {megabytes(large):.1f} MB"
    note = (
        f"The {inputs.MANY:,} records are the real ones, and copies of them under other ids and names. The databases "
        f"take {sizes}. The yardstick reads the same records from the same zip, and does nothing with them."
    )
    return found._replace(note=note)


def megabytes(file: Path) -> float:
    """Return the size of a file in MB."""
    return file.stat().st_size / 1e6


class Asked(NamedTuple):
    """A request that the export's server answered, and the status of the answer."""

    path: str
    status: int


@contextlib.contextmanager
def export(folder: Path) -> Iterator[tuple[str, list[Asked]]]:
    """Serve a bulk export as any static file server does: its address, and what was asked of it so far."""
    asked: list[Asked] = []

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_request(self, code: object = 0, size: object = 0) -> None:  # noqa: ARG002 - the name is its caller's
            asked.append(Asked(self.path, int(str(code))))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        server.daemon_threads, server.block_on_close = True, False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def updates(bench: Bench, made: Inputs) -> tuple[Group, Group]:
    """Return updates that find nothing new, and those that fetch signals; both with all that the export holds."""
    folder = made.published.parent.parent
    ecosystems = sorted(each.parent.name for each in folder.glob("*/all.zip"))
    database, lists = bench.scratch / "updated.db", bench.scratch / "signals"
    with export(folder) as (url, asked):
        first = _update(bench, url, ecosystems, database, name="db update, the first")
        unchanged = _update(bench, url, ecosystems, database, name=UNCHANGED)
        every = group("Updating advisories", (tools.bare(bench), unchanged), UPDATES, prepare=(first,))
        note = (
            f"The export of {', '.join(ecosystems)} is on a server on the loopback interface. An update asks "
            f"{_requests(asked)} and is told each time that nothing has changed."
        )
        signals = _signals(bench, unchanged, database, lists_in(lists))
    return every._replace(note=note), signals


def _requests(asked: Sequence[Asked]) -> str:
    """Return how often each update asked since the first one ended; what was answered with a content, it was not."""
    after = [each.status for each in asked[::-1]]
    quiet = after[: next(number for number, status in enumerate(after) if status != HTTPStatus.NOT_MODIFIED)]
    times = len(quiet) / (UPDATES + 1)
    return f"{times:g} {'time' if times == 1 else 'times'}"


def _update(bench: Bench, url: str, ecosystems: Sequence[str], database: Path, *, name: str) -> Command:
    chosen = [word for each in ecosystems for word in ("--ecosystem", each)]
    words = (bench.program("pip-assay"), "db", "update", "--db", str(database), "--from", url, *chosen)
    return Command(name, words, bench.environ(NO_PROXY="127.0.0.1"), bench.scratch)


def _signals(bench: Bench, update: Command, database: Path, lists: tuple[Path, Path]) -> Group:
    fresh = bench.scratch / "with-signals.db"
    kev, epss = lists
    copied = [word if word != str(database) else str(fresh) for word in update.words]
    more = ("--signals", "--kev-url", str(kev), "--epss-url", str(epss))
    commands = [
        tools.python(bench, COPY, str(database), str(fresh), *copied, *options, name=name)
        for name, options in ((UNCHANGED, ()), (SIGNALS, more))
    ]
    found = group("Fetching signals of use in attacks", commands, 3)
    note = (
        f"Each run begins with a copy of the database. The file grows from {megabytes(database):.1f} MB to "
        f"{megabytes(fresh):.1f} MB."
    )
    return found._replace(note=note)


def lists_in(folder: Path) -> tuple[Path, Path]:
    """Return a list of known exploited vulnerabilities and one of EPSS scores, as large as those of today, made."""
    folder.mkdir()
    names = [f"CVE-{2003 + number % 23}-{1000 + number // 23}" for number in range(SCORES)]
    kev, epss = folder / "kev.json", folder / "epss.csv.gz"
    entries = [
        {"cveID": each, "dateAdded": "2025-06-01", "knownRansomwareCampaignUse": "Unknown"} for each in names[::170]
    ]
    kev.write_text(json.dumps({"dateReleased": "2026-01-01T00:00:00Z", "vulnerabilities": entries}))
    lines = [f"{each},{number % 99991 / 1e5:.5f},{number / SCORES:.5f}" for number, each in enumerate(names)]
    head = "#model_version:v2025.03.14,score_date:2026-01-01T00:00:00+0000\ncve,epss,percentile\n"
    epss.write_bytes(gzip.compress((head + "\n".join(lines) + "\n").encode(), 6))
    return kev, epss


class LookUps(NamedTuple):
    """How long it took to look up single releases: seconds, one after the other."""

    records: int
    size: float
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The usual look-up, in milliseconds."""
        return statistics.median(self.seconds) * 1000

    @property
    def longest(self) -> float:
        """The longest, in milliseconds."""
        return max(self.seconds) * 1000


def look_ups(database: Path, project: Path) -> LookUps:
    """Return how long each package of a lock takes: the claims about it, and every record that makes one."""
    from pip_assay.advisories import database as local

    names = re.findall(r'^name = "([^"]+)"$', (project / "uv.lock").read_text(), re.MULTILINE)
    seconds = []
    with local.open(str(database)) as held:
        for name in names:
            begin = time.perf_counter()
            found = held.claims([("PyPI", name)])
            held.advisories(claim.advisory for claims in found.values() for claim in claims)
            seconds.append(time.perf_counter() - begin)
        return LookUps(held.data().records, megabytes(database), tuple(seconds))


def table_of_look_ups(found: Sequence[LookUps]) -> Table:
    """Return the table of single look-ups, one row for each database."""
    head = ("records", "database, MB", "look-ups", "median, ms", "longest, ms")
    rows = [
        (f"{each.records:,}", f"{each.size:.1f}", str(len(each.seconds)), f"{each.median:.2f}", f"{each.longest:.1f}")
        for each in found
    ]
    note = "One package at a time: the claims about it, and every record that makes one, read from the file."
    return Table("Looking up one package", head, rows, note)
