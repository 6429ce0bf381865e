import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pip_assay.advisories import build, database, sync
from pip_assay.advisories import export as bulk
from pip_assay.advisories.catch_up import Fetched
from pip_assay.advisories.delivery import Delivered
from pip_assay.advisories.sync import Updated
from pip_assay.errors import DatabaseError, NetworkError, Unreadable, UsageError
from pip_assay.model import Place, Problem
from tests.osv_export import archive, export, record
from tests.server import Asked, Reply, Script, Server, quick

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
LATER = NOW + 86400
OFFLINE = quick(offline=True)
QUICK = quick()._replace(retries=0)


@pytest.fixture
def path(tmp_path: Path) -> str:
    """The place of a database that is not there yet."""
    return str(tmp_path / "data" / "advisories.db")


def update(path: str, origin: str = "", **named: Any) -> Updated:
    """Update as the command does."""
    return sync.update(path, QUICK, {}, **{"now": NOW, "origin": origin, **named})


def ids(path: str) -> list[str]:
    """The ids that the database holds records of."""
    with database.open(path) as held:
        return [name for (name,) in held._connection.execute("SELECT id FROM advisory ORDER BY id")]


def zipped(folder: Path, *records: dict[str, object], **members: bytes) -> bytes:
    """The bytes of an archive."""
    return Path(archive(folder / "made.zip", *records, **members)).read_bytes()


def left(path: str) -> list[str]:
    """The files of the database's folder."""
    return sorted(os.listdir(os.path.dirname(path)))


# --- what an update does ---------------------------------------------------------------------------


def test_an_update_fetches_the_export(path: str, tmp_path: Path) -> None:
    """The records of the archive are held, with where and when they were fetched."""
    content = zipped(tmp_path, record("A-1"), record("A-2", modified="2026-05-05T00:00:00Z"))
    told: list[tuple[int, int]] = []
    with Server({"/PyPI/all.zip": Reply(content)}) as server:
        updated = update(path, f"{server.url}/", progress=lambda done, total: told.append((done, total)))
        place = f"{server.url}/PyPI"
    delivered = Delivered(2, 2, "2026-05-05T00:00:00Z", ())
    assert updated == Updated((Fetched("PyPI", place, delivered),), 2, ())
    assert list(updated.lines()) == [
        f"PyPI: 2 records from {place}, 2 of them new or changed",
        "the database holds 2 records",
    ]
    assert (len(content), len(content)) in told
    assert told[-1] == (2, 2)
    with database.open(path) as held:
        assert held.ecosystems() == (("PyPI", 2, "2026-05-05T00:00:00Z", "2027-01-15T08:00:00Z", place, 0),)
        assert held.data().fetched == "2027-01-15T08:00:00Z"
    assert left(path) == ["advisories.db", "advisories.db.lock"]


def test_an_update_brings_exactly_what_the_export_has(path: str, tmp_path: Path) -> None:
    """Records that are gone there go, changed ones change, even backwards; nothing else does."""
    update(
        path,
        export(tmp_path / "a", record("GONE-1", "gone"), record("X-1", summary="new", modified="2026-09-09T00:00:00Z")),
    )
    second = export(tmp_path / "b", record("X-1", summary="old", modified="2026-01-01T00:00:00Z"), record("X-2"))
    updated = update(path, second)
    assert (updated.held, updated.fetched[0].delivered) == (2, Delivered(2, 2, "2026-01-01T00:00:00Z", ()))
    assert ids(path) == ["X-1", "X-2"]
    with database.open(path) as held:
        assert held.claims([("PyPI", "gone")]) == {}
        assert held.find("GONE-1") == ()
        assert held.advisories(["X-1"])["X-1"].summary == "old"


def test_what_was_imported_by_hand_stays(path: str, tmp_path: Path) -> None:
    """An organisation's own advisories are no export's to remove; of one id, the export's record counts."""
    own = archive(tmp_path / "own.zip", record("ACME-1", "secret"), record("X-1", summary="ours"))
    build.build(path, [own], now=NOW)
    update(path, export(tmp_path / "a", record("X-1", summary="theirs")))
    assert ids(path) == ["ACME-1", "X-1"]
    update(path, export(tmp_path / "b", record("X-2")))
    assert ids(path) == ["ACME-1", "X-1", "X-2"]
    with database.open(path) as held:
        assert held.advisories(["X-1"])["X-1"].summary == "theirs"
        assert [each.origin for each in held.ecosystems()] == [str(tmp_path / "b" / "PyPI")]


def test_a_record_that_cannot_be_read_any_more_stays_as_it_was(path: str, tmp_path: Path) -> None:
    """A broken file in the archive takes nothing away from what was known, and is a problem."""
    update(path, export(tmp_path / "a", record("X-1"), record("X-2")))
    folder = tmp_path / "b"
    source = archive(folder / "PyPI" / "all.zip", record("X-1"), **{"X-2": b"{", "X-3": b"{"})
    updated = update(path, str(folder))
    assert ids(path) == ["X-1", "X-2"]
    assert updated.skipped == (
        Problem(
            "unreadable", "is not JSON (line 1); the record that was held before is kept", Place(f"{source}/X-2.json")
        ),
        Problem("unreadable", "is not JSON (line 1), so it was skipped", Place(f"{source}/X-3.json")),
    )
    with database.open(path) as held:
        assert [each.skipped for each in held.ecosystems()] == [2]


def test_of_one_id_twice_in_an_export_the_newer_counts(path: str, tmp_path: Path) -> None:
    """Whichever file comes first, and whatever was held before."""
    young, old = record("X-1", summary="young", modified="2026-06-01T00:00:00Z"), record("X-1", summary="old")
    update(path, export(tmp_path / "before", record("X-1", summary="before", modified="2026-09-01T00:00:00Z")))
    for name, pair in {"a": (young, old), "b": (old, young)}.items():
        files = {f"X-{number}": json.dumps(each).encode() for number, each in enumerate(pair)}
        archive(tmp_path / name / "PyPI" / "all.zip", **files)
        assert len(update(path, str(tmp_path / name)).skipped) == 1
        with database.open(path) as held:
            assert held.advisories(["X-1"])["X-1"].summary == "young"


def test_ecosystems_are_updated_apart(path: str, tmp_path: Path) -> None:
    """An update of one leaves the others; a record that two of them bring goes when both have dropped it."""

    def entry(ecosystem: str) -> dict[str, object]:
        return {"package": {"ecosystem": ecosystem, "name": "both"}, "versions": ["1.0"]}

    both = record("BOTH-1", affected=[entry("PyPI"), entry("crates.io")])
    root = export(tmp_path / "a", record("P-1"), both)
    export(tmp_path / "a", record("C-1", ecosystem="crates.io"), both, ecosystem="crates.io")
    updated = update(path, root, ecosystems=("PyPI", "crates.io"))
    assert [each.ecosystem for each in updated.fetched] == ["PyPI", "crates.io"]
    assert ids(path) == ["BOTH-1", "C-1", "P-1"]
    update(path, export(tmp_path / "b", record("P-2")))
    assert ids(path) == ["BOTH-1", "C-1", "P-2"]
    update(
        path,
        export(tmp_path / "b", record("C-2", ecosystem="crates.io"), ecosystem="crates.io"),
        ecosystems=("crates.io",),
    )
    assert ids(path) == ["C-2", "P-2"]


def test_an_ecosystem_is_not_covered_by_what_another_export_happens_to_bring(path: str, tmp_path: Path) -> None:
    """A record of npm's export that also names a Python project does not mean that Python's advisories are here."""
    package = {"package": {"ecosystem": "PyPI", "name": "both"}, "versions": ["1.0"]}
    root = export(tmp_path / "a", record("N-1", ecosystem="npm"), record("N-2", affected=[package]), ecosystem="npm")
    update(path, root, ecosystems=("npm",))
    with database.open(path) as held:
        assert [each.name for each in held.ecosystems()] == ["npm"]
        assert not held.covers("PyPI")
        assert list(held.claims([("PyPI", "both")])) == [("PyPI", "both")]


def test_an_export_without_packages_is_held(path: str, tmp_path: Path) -> None:
    """Records that name a repository only are fetched and can be shown."""
    git = {"ranges": [{"type": "GIT", "repo": "https://code.example/x", "events": [{"introduced": "0"}]}]}
    update(path, export(tmp_path / "a", record("PSF-1", affected=[git]), ecosystem="Python"), ecosystems=("Python",))
    with database.open(path) as held:
        assert [(each.name, each.records) for each in held.ecosystems()] == [("Python", 1)]
        assert [each.id for each in held.find("psf-1")] == ["PSF-1"]


# --- what has not changed --------------------------------------------------------------------------


def answering(content: bytes, headers: dict[str, str]) -> Callable[[Asked], Reply]:
    """A server's answer that honours conditional requests."""

    def answer(asked: Asked) -> Reply:
        known = asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")
        if known == (headers.get("ETag"), headers.get("Last-Modified")) and any(known):
            return Reply(status=304)
        return Reply(content, headers=headers)

    return answer


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": '"one"', "Last-Modified": "Fri, 15 Jan 2027 08:00:00 GMT"},
        {"ETag": 'W/"one"'},
        {"Last-Modified": "Fri, 15 Jan 2027 08:00:00 GMT"},
    ],
)
def test_an_archive_that_has_not_changed_is_not_fetched_again(
    path: str, tmp_path: Path, headers: dict[str, str]
) -> None:
    """Without a list of changes the archive itself is asked for; if it is as it was, only the time is new."""
    with Server({"/PyPI/all.zip": answering(zipped(tmp_path, record("X-1")), headers)}) as server:
        update(path, server.url)
        with database.open(path) as held:
            before = held.data()
        asked = len(server.asked)
        updated = update(path, server.url, now=LATER)
        lists = [f"/{each}/modified_id.csv" for each in sync.ECOSYSTEMS]
        assert server.paths()[asked:] == [*lists, "/PyPI/all.zip"]
    assert updated.fetched[0].delivered is None
    assert next(updated.lines()) == f"PyPI: nothing has changed at {server.url}/PyPI"
    with database.open(path) as held:
        assert held.data() == before._replace(fetched="2027-01-16T08:00:00Z")
        assert held.ecosystems()[0].fetched == "2027-01-16T08:00:00Z"


def test_what_one_mirror_said_is_not_told_to_another(path: str, tmp_path: Path) -> None:
    """The mark of a state is only worth something at the address that gave it."""
    script: dict[str, Script] = {"/PyPI/all.zip": answering(zipped(tmp_path, record("X-1")), {"ETag": '"one"'})}
    with Server(script) as first, Server(script) as second:
        update(path, first.url)
        update(path, second.url)
        assert "if-none-match" not in second.asked[0].headers
        update(path, first.url)
        assert "if-none-match" not in first.asked[-1].headers


def test_a_folder_that_has_not_changed_is_not_read_again(path: str, tmp_path: Path) -> None:
    """Size and time of the archive tell; a new archive is read."""
    root = export(tmp_path / "a", record("X-1"))
    update(path, root)
    assert update(path, root, now=LATER).fetched[0].delivered is None
    with database.open(path) as held:
        assert held.data().fetched == "2027-01-16T08:00:00Z"
    export(tmp_path / "a", record("X-1"), record("X-2"))
    assert update(path, root).held == 2


# --- where it is fetched from ----------------------------------------------------------------------


def test_the_origin_is_the_argument_then_the_environment(path: str, tmp_path: Path) -> None:
    """--from goes before PIP_ASSAY_OSV_BULK, and OSV's own export is the default."""
    first, second = export(tmp_path / "a", record("A-1")), export(tmp_path / "b", record("B-1"))
    sync.update(path, OFFLINE, {"PIP_ASSAY_OSV_BULK": first}, now=NOW)
    assert ids(path) == ["A-1"]
    sync.update(path, OFFLINE, {"PIP_ASSAY_OSV_BULK": first}, now=NOW, origin=second)
    assert ids(path) == ["B-1"]
    assert sync.BULK.startswith("https://osv-vulnerabilities")
    with pytest.raises(NetworkError, match=r"osv-vulnerabilities.*the network is off"):
        sync.update(path, OFFLINE, {}, now=NOW)


def test_credentials_are_used_and_not_kept(path: str, tmp_path: Path) -> None:
    """A user name and password in the address reach the server, and neither the database nor a message."""
    headers = {"ETag": '"one"'}
    with Server({"/PyPI/all.zip": answering(zipped(tmp_path, record("X-1")), headers)}) as server:
        address = server.url.replace("http://", "http://somebody:s3cret@")
        update(path, address)
        updated = update(path, address)
        assert server.asked[0].headers["authorization"].startswith("Basic ")
        assert server.asked[-1].headers["if-none-match"] == '"one"'
    assert b"s3cret" not in Path(path).read_bytes()
    assert "s3cret" not in "".join(updated.lines())


def test_the_name_of_an_ecosystem_is_quoted(path: str, tmp_path: Path) -> None:
    """A space is no part of an address."""
    with Server(
        {"/GitHub%20Actions/all.zip": Reply(zipped(tmp_path, record("X-1", ecosystem="GitHub Actions")))}
    ) as server:
        update(path, server.url, ecosystems=("GitHub Actions",))
        assert server.paths()[-1] == "/GitHub%20Actions/all.zip"


# --- what goes wrong -------------------------------------------------------------------------------

FAULTS: list[tuple[Reply, type[Exception], str]] = [
    (Reply("no", 404), DatabaseError, "there is no bulk export of the PyPI advisories"),
    (Reply("no", 500), NetworkError, "answered 500"),
    (Reply("no", 403), NetworkError, "answered 403"),
    (Reply("slow down", 429), NetworkError, "answered 429"),
    (Reply("<!doctype html><p>log in"), NetworkError, "answered with a page of HTML"),
    (Reply("\n <html>"), NetworkError, "answered with a page of HTML"),
    (Reply("sorry"), DatabaseError, "is not a zip archive"),
    (Reply(b""), DatabaseError, "is not a zip archive"),
]


@pytest.mark.parametrize(("reply", "kind", "what"), FAULTS)
def test_a_failed_update_leaves_the_old_database(
    path: str, tmp_path: Path, reply: Reply, kind: type[Unreadable], what: str
) -> None:
    """Whatever the server answers, one sentence says so, and the old database stays."""
    update(path, export(tmp_path / "a", record("X-1")))
    before = Path(path).read_bytes()
    with Server({"/PyPI/all.zip": reply}) as server, pytest.raises(kind) as caught:
        update(path, server.url)
    assert isinstance(caught.value, Unreadable)
    assert caught.value.what.startswith(what)
    assert caught.value.where
    assert caught.value.hint
    assert Path(path).read_bytes() == before
    assert left(path) == ["advisories.db", "advisories.db.lock"]


@pytest.mark.parametrize("cut", [0, 100, -1])
def test_a_download_that_breaks_off_leaves_the_old_database(path: str, tmp_path: Path, cut: int) -> None:
    """Half an archive is none, whether the server said how long it is or not."""
    update(path, export(tmp_path / "a", record("X-1")))
    before = Path(path).read_bytes()
    content = zipped(tmp_path, *(record(f"X-{number}") for number in range(50)))
    for headers in ({}, {"Content-Length": "", "Connection": "close"}):
        reply = Reply(content, cut=cut % len(content), headers=headers)
        with Server({"/PyPI/all.zip": reply}) as server, pytest.raises((NetworkError, DatabaseError)):
            update(path, server.url)
    assert Path(path).read_bytes() == before
    assert left(path) == ["advisories.db", "advisories.db.lock"]


@pytest.mark.parametrize(
    "make", [lambda _: None, lambda it: it.mkdir(), lambda it: (it / "PyPI" / "all.zip").mkdir(parents=True)]
)
def test_a_folder_without_an_export_is_told(path: str, tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Missing, empty, or of another layout."""
    make(tmp_path / "root")
    with pytest.raises(DatabaseError) as caught:
        update(path, str(tmp_path / "root"))
    assert caught.value.what == "there is no bulk export of the PyPI advisories"
    assert caught.value.where == str(tmp_path / "root" / "PyPI" / "all.zip")
    assert not Path(path).exists()


def test_when_one_ecosystem_fails_the_others_are_updated(path: str, tmp_path: Path) -> None:
    """What failed is a problem, and what was held of it stays."""
    update(path, export(tmp_path / "a", record("N-1", ecosystem="npm"), ecosystem="npm"), ecosystems=("npm",))
    updated = update(path, export(tmp_path / "b", record("X-2")), ecosystems=("npm", "PyPI"))
    assert ids(path) == ["N-1", "X-2"]
    assert [each.ecosystem for each in updated.fetched] == ["PyPI"]
    assert list(updated.failed) == ["npm"]
    (problem,) = updated.skipped
    assert problem.what.startswith("the advisories for npm could not be updated: there is no bulk export")


def test_when_all_ecosystems_fail_nothing_is_changed(path: str, tmp_path: Path) -> None:
    """The first reason is told, whether it shows at the first question or later."""
    update(path, export(tmp_path / "a", record("X-1")))
    before = Path(path).read_bytes()
    with pytest.raises(DatabaseError, match="there is no bulk export of the npm advisories"):
        update(path, str(tmp_path / "b"), ecosystems=("npm", "PyPI"))
    with Server() as server, pytest.raises(DatabaseError, match="there is no bulk export of the npm advisories"):
        update(path, server.url, ecosystems=("npm", "PyPI"))
    assert Path(path).read_bytes() == before
    assert left(path) == ["advisories.db", "advisories.db.lock"]


def test_ctrl_c_in_a_download_leaves_the_old_database(path: str, tmp_path: Path) -> None:
    """Nothing has happened, and nothing lies about."""
    update(path, export(tmp_path / "a", record("X-1")))
    before = Path(path).read_bytes()

    def interrupt(*_: int) -> None:
        raise KeyboardInterrupt

    with Server({"/PyPI/all.zip": Reply(zipped(tmp_path, record("X-2")))}) as server, pytest.raises(KeyboardInterrupt):
        update(path, server.url, progress=interrupt)
    assert Path(path).read_bytes() == before
    assert left(path) == ["advisories.db", "advisories.db.lock"]


def test_a_download_larger_than_the_limit_is_refused(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive without end does not fill the disk."""
    monkeypatch.setattr(bulk, "ZIP_LIMIT", 1000)
    with (
        Server({"/PyPI/all.zip": Reply(b"PK" + b"0" * 2000)}) as server,
        pytest.raises(NetworkError, match="more than"),
    ):
        update(path, server.url)


@pytest.mark.parametrize("name", ["", "../PyPI", "a/b", "a\\b", "..", "/etc"])
def test_a_name_that_could_be_a_path_is_refused(name: str, path: str, tmp_path: Path) -> None:
    """A name becomes a part of an address or of a path, and leads nowhere else."""
    with pytest.raises(UsageError, match="is not the name of an ecosystem"):
        update(path, export(tmp_path / "a" / "b", record("X-1")), ecosystems=(name,))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pypi", "name it as the export does: PyPI"),
        ("AlmaLinux:8", "name it as the export does: AlmaLinux"),
        ("almalinux:9", "name it as the export does: AlmaLinux"),
        ("Crates.io", "name it as the export does: crates.io"),
        ("npm", "name the address or the folder of an export: --from"),
        ("Rocky Linux:8", "name it as the export does: Rocky Linux"),
        ("Elsewhere", "name the address or the folder of an export: --from"),
    ],
)
def test_a_name_in_another_spelling_gets_the_right_one(name: str, hint: str, path: str, tmp_path: Path) -> None:
    """OSV's own names are offered where the export has none of the name that was given, on the disk and from afar."""
    with Server() as server:
        for origin in (export(tmp_path / "a", record("X-1")), server.url):
            with pytest.raises(Unreadable) as raised:
                update(path, origin, ecosystems=(name,))
            assert raised.value.hint == hint


def test_a_database_of_an_older_schema_loses_nothing(path: str, tmp_path: Path) -> None:
    """What was imported by hand stays, whoever wrote it down."""
    build.build(path, [archive(tmp_path / "own.zip", record("ACME-1"))], now=NOW)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {database.SCHEMA - 1}")
    updated = update(path, export(tmp_path / "a", record("X-1")))
    assert ids(path) == ["ACME-1", "X-1"]
    assert updated.skipped == ()


def test_a_newer_database_is_left_alone(path: str, tmp_path: Path) -> None:
    """An older pip-assay does not throw away what a newer one wrote."""
    root = export(tmp_path / "a", record("X-1"))
    update(path, root)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {database.SCHEMA + 1}")
    before = Path(path).read_bytes()
    with pytest.raises(DatabaseError, match="newer pip-assay"):
        update(path, root)
    assert Path(path).read_bytes() == before


# --- real data -------------------------------------------------------------------------------------


@pytest.fixture
def served(shared_data: Path) -> Iterator[str]:
    """The real export behind Python's own file server."""
    handler = partial(_Quiet, directory=str(shared_data))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.mark.shared
def test_the_real_export_is_fetched_once(path: str, served: str, shared_data: Path) -> None:
    """From a static file server and from the folder: the same data; the second time, nothing."""
    ecosystems = ("PyPI", "crates.io", "Python")
    updated = update(path, served, ecosystems=ecosystems)
    assert (updated.held, updated.skipped) == (2661 + 1206 + 132, ())
    again = update(path, served, ecosystems=ecosystems)
    assert [each.delivered for each in again.fetched] == [None] * 3
    other = f"{path}.2"
    update(other, str(shared_data), ecosystems=ecosystems)
    with database.open(path) as first, database.open(other) as second:
        assert first.data().digest == second.data().digest
