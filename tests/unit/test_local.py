import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pip_assay import flow
from pip_assay.advisories import build, database, draft, local, sync
from pip_assay.model import Dependency, Inventory, Pin, Place
from pip_assay.net import Network
from pip_assay.settings import Outside, Settings
from tests.mirror import publish
from tests.osv_export import archive, export, record
from tests.server import Reply, Server

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
DAY = 86400


def outside(folder: Path, origin: str = "", now: float = NOW) -> Outside:
    """A user's surroundings: the place of the database, and of the export."""
    environ = {
        "PIP_ASSAY_DB": str(folder / "advisories.db"),
        "PIP_ASSAY_OSV_BULK": origin,
        "PIP_CONFIG_FILE": "/dev/null",
    }
    return Outside(environ, str(folder), now)


def test_when_only_other_ecosystems_can_be_fetched_the_reason_is_told(tmp_path: Path) -> None:
    """A database of Rust's advisories alone is none for Python: the first time, and when that is old."""
    with Server() as server:
        url = publish(server, tmp_path, record("R-1", ecosystem="crates.io"), ecosystem="crates.io")
        server.script["/PyPI/modified_id.csv"] = Reply("no", 403)
        first = local.hold(Settings(), outside(tmp_path, url))
        again = local.hold(Settings(), outside(tmp_path, url))
        publish(server, tmp_path, record("X-1", modified="2027-01-15T00:00:00Z"))
        good = local.hold(Settings(), outside(tmp_path, url))
    assert "and it could not be fetched" in str(first.problems[0])
    assert "answered 403" in str(first.problems[0])
    assert "of no known day, and could not be refreshed" in str(again.problems[0])
    assert good.problems == ()


def test_data_that_have_not_changed_are_fresh(tmp_path: Path) -> None:
    """A refresh that finds nothing new is one small request for each ecosystem, and the next audit makes none."""
    with Server() as server:
        url = publish(server, tmp_path, record("X-1", modified="2027-01-15T00:00:00Z"))
        local.hold(Settings(max_database_age=30), outside(tmp_path, url))
        before = len(server.asked)
        for _ in range(2):
            assert local.hold(Settings(max_database_age=30), outside(tmp_path, url, NOW + 31 * DAY)).database
        assert server.paths()[before:] == [f"/{each}/modified_id.csv" for each in sync.ECOSYSTEMS]


def test_data_of_the_future_are_a_problem_in_words(tmp_path: Path) -> None:
    """With a clock that is a year behind nobody knows how old the data are, and offline nothing can be asked."""
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "all.zip", record("X-1"))], now=NOW)
    held = local.hold(Settings(offline=True), outside(tmp_path, now=NOW - 400 * DAY))
    (problem,) = held.problems
    assert problem.what == "the advisory data are of 2026-01-01, which is no day before today: is the clock right?"
    assert database.exists(path)


def own(folder: Path, *, modified: str, ecosystem: str = "PyPI") -> str:
    """A file with one record of one's own, as `db import` takes it."""
    file = folder / "ACME-1.json"
    file.write_text(json.dumps(record("ACME-1", "acme", modified=modified, ecosystem=ecosystem)), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("form", ["file", "folder", "zip"])
def test_a_few_records_of_ones_own_do_not_stop_the_first_fetch(tmp_path: Path, form: str) -> None:
    """What is imported by hand covers nothing by itself, in whatever form: the export is fetched, and both answer."""
    file = own(tmp_path, modified="2027-01-15T00:00:00Z")
    document = json.loads(Path(file).read_text(encoding="utf-8"))
    source = {"file": file, "folder": str(tmp_path), "zip": archive(tmp_path / "own.zip", document)}[form]
    path = str(tmp_path / "advisories.db")
    build.build(path, [source], now=NOW)
    alone = local.hold(Settings(offline=True), outside(tmp_path))
    assert [each.what for each in alone.problems] == ["the advisory data are of no known day"]
    assert alone.database
    with alone.database as held:
        assert not held.covers("PyPI")
        assert [(each.name, each.records, each.fetched) for each in held.ecosystems()] == [("PyPI", 1, "")]
    root = export(tmp_path / "export", record("X-1", modified="2027-01-15T00:00:00Z"))
    fetched = local.hold(Settings(), outside(tmp_path, root))
    assert fetched.problems == ()
    assert fetched.database
    with fetched.database as held:
        assert held.covers("PyPI")
        assert len(held.claims([("PyPI", "acme"), ("PyPI", "demo")])) == 2


def test_what_has_the_form_of_a_whole_export_is_taken_for_one(tmp_path: Path) -> None:
    """A file all.zip, a folder with the list of changes, or very many records, by hand."""
    document = record("X-1", modified="2027-01-15T00:00:00Z")
    many = [{**document, "id": f"X-{number}"} for number in range(draft.WHOLE)]
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "X-1.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "modified_id.csv").write_text("2027-01-15T00:00:00Z,X-1\n", encoding="utf-8")
    sources = {
        archive(tmp_path / "all.zip", document): True,
        str(folder): True,
        archive(tmp_path / "many.zip", *many): True,
        archive(tmp_path / "fewer.zip", *many[1:]): False,
    }
    for source, is_whole in sources.items():
        build.build(str(tmp_path / "advisories.db"), [source], now=NOW, replace=True)
        held = local.hold(Settings(offline=True), outside(tmp_path))
        assert (held.problems == ()) is is_whole
        assert held.database
        held.database.close()


def test_a_record_of_today_makes_old_data_no_newer(tmp_path: Path) -> None:
    """A mirror that ends two years ago is as old as that, also with a new record beside it, or in it."""
    path = str(tmp_path / "advisories.db")
    root = export(tmp_path / "export", record("X-1", modified="2024-10-10T00:00:00Z"), record("X-2"))
    sync.update(path, Network(), {}, now=NOW, origin=root, accept_older=True)
    for name in ("ACME-1", "X-1"):
        new = record(name, modified="2027-01-15T00:00:00Z")
        (tmp_path / "new.json").write_text(json.dumps(new), encoding="utf-8")
        build.build(path, [str(tmp_path / "new.json")], now=NOW)
        held = local.hold(Settings(offline=True), outside(tmp_path))
        assert held.database
        with held.database as opened:
            assert opened.advisories([name])[name].modified == "2027-01-15T00:00:00Z"
            assert opened.data(["PyPI"]).date == "2026-01-01T00:00:00Z"
        assert [each.what[:40] for each in held.problems] == ["the advisory data are of 2026-01-01, 379"]


def test_a_damaged_database_is_no_reason_to_send_names_out(tmp_path: Path) -> None:
    """Cut off, or broken in the middle: a report with the problem, offline or not, and no service is asked."""
    path = tmp_path / "advisories.db"
    build.build(str(path), [archive(tmp_path / "all.zip", record("X-1", modified="2027-01-14T00:00:00Z"))], now=NOW)
    whole = path.read_bytes()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE advisory SET record = x'00'")
    listed = Inventory("t", "k", (Dependency(Pin("PyPI", "demo", "1.0"), Place("t", 1)),))
    for content in (path.read_bytes(), whole[: len(whole) // 2]):
        path.write_bytes(content)
        said: list[str] = []
        report = flow.judge([listed], Settings(), outside(tmp_path, "/nowhere")._replace(say=said.append))
        assert [each.what for each in report.problems] == ["the advisory database is damaged"]
        assert [each.skipped for each in report.audits[0].inventory.dependencies] == [
            "demo 1.0: there is no advisory data"
        ]
        assert report.data.source == "none"
        assert said == []


def test_a_few_records_of_another_ecosystem_find_what_they_name(tmp_path: Path) -> None:
    """The rest of that ecosystem is a problem, and never clean."""
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "all.zip", record("X-1", modified="2027-01-14T00:00:00Z"))], now=NOW)
    build.build(path, [own(tmp_path, modified="2027-01-14T00:00:00Z", ecosystem="AlmaLinux:8")], now=NOW)
    pins = Pin("AlmaLinux:8", "acme", "1.0"), Pin("AlmaLinux:8", "zlib", "1.0"), Pin("PyPI", "demo", "3.0")
    listed = Inventory("t", "k", tuple([Dependency(pin, Place("t", 1)) for pin in pins]))
    report = flow.judge([listed], Settings(offline=True), outside(tmp_path))
    (audit,) = report.audits
    assert [each.finding.id for each in audit.verdicts] == ["ACME-1"]
    why = "the local database holds only some advisories for AlmaLinux:8"
    assert {each.what for each in audit.problems} == {f"acme 1.0: {why}", f"zlib 1.0: {why}"}
    assert [bool(each.skipped) for each in audit.inventory.dependencies] == [False, True, False]
    assert report.data.date == "2027-01-14T00:00:00Z"
