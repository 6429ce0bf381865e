import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pip_assay.advisories import build, catch_up, changes, checks, database, download, sync
from pip_assay.advisories.changes import Changes, Plan
from pip_assay.advisories.sync import Updated
from pip_assay.cli import db
from pip_assay.errors import DatabaseError, NetworkError, Unreadable
from tests.mirror import Record, publish, served
from tests.mirror import changes as list_of
from tests.osv_export import archive, export, record
from tests.server import Reply, Server, quick

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
LATER = NOW + 86400
QUICK = quick()._replace(retries=0)
SOURCE = str(Path(__file__).resolve().parents[2] / "src")
JUNE_MOMENT = "2026-06-01T00:00:00.000000+00:00"
JUNE, JULY = "2026-06-01T00:00:00Z", "2026-07-01T00:00:00.123456789Z"
FIRST = tuple(record(f"X-{number}", f"project-{number}") for number in range(30))


@pytest.fixture
def path(tmp_path: Path) -> str:
    """The place of a database that is not there yet."""
    return str(tmp_path / "data" / "advisories.db")


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that has nothing yet."""
    with Server() as running:
        yield running


def update(path: str, origin: str, **named: Any) -> Updated:
    """Update as the command does, of Python's ecosystem if no other is named."""
    return sync.update(path, QUICK, {}, **{"now": NOW, "origin": origin, "ecosystems": ("PyPI",), **named})


def digest(path: str) -> str:
    """What the records of a database come to."""
    with database.open(path) as held:
        return held.data().digest


def fetched(path: str) -> str:
    """As of when the database's records of Python's ecosystem are whole."""
    with database.open(path) as held:
        return held.data(["PyPI"]).fetched


def ids(path: str) -> list[str]:
    """The ids that the database holds records of."""
    with database.open(path) as held:
        return [name for (name,) in held._connection.execute("SELECT id FROM advisory ORDER BY id")]


def made_anew(folder: Path, *records: Record) -> str:
    """The digest of a database into which the records are imported at once."""
    path = str(folder / "anew.db")
    build.build(path, [archive(folder / "anew.zip", *records)], now=NOW, replace=True)
    return digest(path)


def asked(server: Server, before: int) -> list[str]:
    """The files that were asked for since, in the order of their names."""
    return sorted(each.removeprefix("/PyPI/") for each in server.paths()[before:])


# --- what is fetched -------------------------------------------------------------------------------


def test_without_changes_one_small_request_is_all(path: str, server: Server, tmp_path: Path) -> None:
    """The list is as it was: no byte of the database changes, and it counts as whole as of now."""
    url = publish(server, tmp_path, *FIRST)
    update(path, url)
    before, count = Path(path).read_bytes(), len(server.asked)
    updated = update(path, url, now=LATER)
    assert asked(server, count) == ["modified_id.csv"]
    assert (updated.fetched[0].delivered, updated.held, updated.skipped) == (None, 30, ())
    assert Path(path).read_bytes() == before
    assert fetched(path) == "2027-01-16T08:00:00Z"


def test_few_changes_are_fetched_singly(path: str, server: Server, tmp_path: Path) -> None:
    """New, changed and gone records, and nothing else; the result is as if all had been fetched."""
    update(path, publish(server, tmp_path, *FIRST))
    second = (*FIRST[2:], record("X-1", "other", modified=JUNE), record("NEW-1", modified=JULY))
    count = len(server.asked)
    updated = update(path, publish(server, tmp_path, *second), now=LATER)
    assert asked(server, count) == ["NEW-1.json", "X-1.json", "modified_id.csv"]
    assert digest(path) == made_anew(tmp_path, *second)
    assert str(updated.fetched[0]) == f"PyPI: 2 records new or changed, 1 gone, at {server.url}/PyPI"
    assert (updated.held, updated.skipped, fetched(path)) == (30, (), "2027-01-16T08:00:00Z")
    with database.open(path) as held:
        assert held.claims([("PyPI", "project-0"), ("PyPI", "project-1")]) == {}
    count = len(server.asked)
    assert update(path, server.url).fetched[0].delivered is None
    assert asked(server, count) == ["modified_id.csv"]


@pytest.mark.parametrize(
    ("number", "archived"), [(catch_up.ALWAYS, False), (catch_up.ALWAYS + 1, True)], ids=["few", "many"]
)
def test_many_changes_are_fetched_as_the_archive(
    path: str, server: Server, tmp_path: Path, number: int, archived: bool
) -> None:
    """When that is cheaper."""
    update(path, publish(server, tmp_path, *FIRST))
    second = (*FIRST[number:], *(each | {"modified": JUNE} for each in FIRST[:number]))
    count = len(server.asked)
    update(path, publish(server, tmp_path, *second))
    assert ("all.zip" in asked(server, count)) == archived
    assert digest(path) == made_anew(tmp_path, *second)


def test_when_much_seems_gone_the_archive_has_a_say(path: str, server: Server, tmp_path: Path) -> None:
    """A list that was cut short takes nothing away that the archive still has."""
    update(path, publish(server, tmp_path, *FIRST))
    update(path, publish(server, tmp_path, *FIRST, listed=list_of(FIRST[:10])))
    assert ids(path) == sorted(str(each["id"]) for each in FIRST)


def test_a_record_that_came_by_hand_too_stays(path: str, server: Server, tmp_path: Path) -> None:
    """What the export has no more goes from the export only."""
    update(path, publish(server, tmp_path, *FIRST))
    build.build(path, [archive(tmp_path / "own.zip", FIRST[0])], now=NOW)
    update(path, publish(server, tmp_path, *FIRST[2:]))
    assert "X-0" in ids(path)
    assert "X-1" not in ids(path)


def test_what_the_archive_lacks_is_fetched_singly(path: str, server: Server, tmp_path: Path) -> None:
    """Archive and list are not written at the same moment; the later one counts."""
    new = (*FIRST[1:], record("X-0", "changed", modified=JUNE), record("NEW-1"))
    updated = update(path, publish(server, tmp_path, *new, archived=FIRST))
    assert digest(path) == made_anew(tmp_path, *new)
    assert (updated.held, updated.skipped) == (31, ())


def test_an_archive_far_behind_its_list_is_told(
    path: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too much to be fetched singly is not fetched, and that is a problem."""
    monkeypatch.setattr(catch_up, "FEW", 3)
    updated = update(path, publish(server, tmp_path, *FIRST, archived=FIRST[4:]))
    assert [problem.gap for problem in updated.skipped] == ["stale"]
    assert updated.skipped[0].what.startswith("its archive lacks 4 changes")
    assert update(path, server.url).skipped == updated.skipped


def test_a_copy_without_single_records_gives_its_archive(path: str, server: Server, tmp_path: Path) -> None:
    """A mirror may hold the list and the archive only."""
    update(path, publish(server, tmp_path, *FIRST, singles=False))
    new = (*FIRST, record("NEW-1", modified=JUNE))
    assert update(path, publish(server, tmp_path, *new, singles=False)).skipped == ()
    assert digest(path) == made_anew(tmp_path, *new)
    updated = update(path, publish(server, tmp_path, *new, record("NEW-2"), archived=new, singles=False))
    assert [(each.gap, each.what) for each in updated.skipped] == [
        ("missing", "its list of changes names 1 record (NEW-2), which it does not have")
    ]


def test_another_origin_is_fetched_whole(path: str, tmp_path: Path) -> None:
    """Two mirrors may have different records of one time, so nothing is made of the first one's list."""
    with Server() as one, Server() as other:
        update(path, publish(one, tmp_path, *FIRST))
        changed = (*FIRST[1:], FIRST[0] | {"summary": "edited"})
        update(path, publish(other, tmp_path, *changed))
        assert "/PyPI/all.zip" in other.paths()
    assert digest(path) == made_anew(tmp_path, *changed)


# --- which ecosystems ------------------------------------------------------------------------------


def test_by_default_what_wheels_carry_and_what_is_held_is_updated(path: str, server: Server, tmp_path: Path) -> None:
    """Python's, what wheels carry where the export has it, and those that were named before."""
    url = publish(server, tmp_path, *FIRST)
    assert [each.ecosystem for each in update(path, url, ecosystems=()).fetched] == ["PyPI"]
    publish(server, tmp_path, record("R-1", ecosystem="crates.io"), ecosystem="crates.io")
    publish(server, tmp_path, record("N-1", ecosystem="npm"), ecosystem="npm")
    assert [each.ecosystem for each in update(path, url, ecosystems=()).fetched] == ["PyPI", "crates.io"]
    update(path, url, ecosystems=("npm",))
    assert [each.ecosystem for each in update(path, url, ecosystems=()).fetched] == ["PyPI", "crates.io", "npm"]
    root = export(tmp_path / "a", record("P-1"))
    other = f"{path}.2"
    assert [each.ecosystem for each in update(other, root, ecosystems=()).fetched] == ["PyPI"]
    export(tmp_path / "a", record("R-1", ecosystem="crates.io"), ecosystem="crates.io")
    assert [each.ecosystem for each in update(other, root, ecosystems=()).fetched] == ["PyPI", "crates.io"]
    export(tmp_path / "a", record("A-1", ecosystem="AlmaLinux:8", fixed="1:2.0-1.el8"), ecosystem="AlmaLinux")
    export(tmp_path / "a", record("L-1", ecosystem="Alpine:v3.20", fixed="2.0-r1"), ecosystem="Alpine")
    export(tmp_path / "a", record("D-1", ecosystem="Debian:12", fixed="2.0-1"), ecosystem="Debian")
    fetched = update(other, root, ecosystems=()).fetched
    assert [each.ecosystem for each in fetched] == ["PyPI", "crates.io", "AlmaLinux", "Alpine"]
    with database.open(other) as held:
        claims = held.claims([("AlmaLinux:8", "demo"), ("Alpine:v3.20", "demo")])
        assert {each.certainty for found in claims.values() for claim in found for each in claim.spans} == {"affected"}


def test_what_was_whole_stays_so_when_another_ecosystem_changes(path: str, server: Server, tmp_path: Path) -> None:
    """That nothing had changed is remembered when the database is written the next time."""
    url = publish(server, tmp_path, *FIRST)
    publish(server, tmp_path, record("N-1", ecosystem="npm"), ecosystem="npm")
    update(path, url, ecosystems=("PyPI", "npm"))
    update(path, url, now=LATER)
    publish(server, tmp_path, record("N-2", ecosystem="npm", modified=JUNE), ecosystem="npm")
    update(path, url, now=LATER + 86400, ecosystems=("npm",))
    with database.open(path) as held:
        assert [each.fetched for each in held.ecosystems()] == ["2027-01-16T08:00:00Z", "2027-01-17T08:00:00Z"]


# --- the list of changes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", Changes({}, "", ())),
        (b"2026-06-01T00:00:00Z,A-1\n", Changes({"A-1": JUNE_MOMENT}, JUNE_MOMENT, ())),
        (b"1-01-01T00:00:00Z,A-1\r\n\r\n", Changes({"A-1": ""}, "", ())),
        (b"\xff\xfe\n<html>,\nA-1\n", Changes({}, "", (1, 2, 3))),
        (b"2026-06-01,../../x\n2026-06-01,..\n2026-06-01,a/b\n", Changes({}, "", (1, 2, 3))),
        (b"2026-06-01,a%2Fb\n2026-06-01,a?b\n2026-06-01,a\\b\n", Changes({}, "", (1, 2, 3))),
        (b"x," + b"a" * 201, Changes({}, "", (1,))),
    ],
)  # fmt: skip
def test_a_list_is_read_line_by_line(content: bytes, expected: Changes) -> None:
    """What could lead elsewhere in an address or a folder is no id; a time that is none is no time."""
    assert changes.read(content) == expected


def test_of_a_record_listed_twice_in_any_order_the_later_time_counts() -> None:
    """The order of the lines means nothing."""
    lines = [b"2026-06-01T00:00:00Z,A-1", b"2026-07-01T00:00:00Z,A-1", b"2026-06-15T00:00:00Z,A-2"]
    found = [changes.read(b"\n".join(order)) for order in (lines, lines[::-1])]
    assert found[0] == found[1]
    assert found[0].newest == found[0].times["A-1"] == "2026-07-01T00:00:00.000000+00:00"


def test_a_list_with_lines_that_cannot_be_read_takes_nothing_away() -> None:
    """One of them may name what seems to be gone."""
    held = {"A-1": "1", "A-2": "2", "A-3": "3"}
    assert changes.plan(Changes({"A-1": "1", "A-2": "5", "A-4": ""}, "", ()), held) == Plan(("A-2", "A-4"), ("A-3",))
    assert changes.plan(Changes({"A-1": "1"}, "", (2,)), held) == Plan((), ())


def test_a_list_with_a_hole_is_a_problem_and_the_rest_is_done(path: str, server: Server, tmp_path: Path) -> None:
    """The changes that can be read are fetched; no line makes us ask for anything but a record."""
    update(path, publish(server, tmp_path, *FIRST))
    second = (*FIRST[1:], record("NEW-1", modified=JUNE))
    listed = f"{JUNE},../../../etc/passwd\n\n{list_of(second)}"
    count = len(server.asked)
    updated = update(path, publish(server, tmp_path, *second, listed=listed))
    assert asked(server, count) == ["NEW-1.json", "modified_id.csv"]
    assert [(each.gap, each.what) for each in updated.skipped] == [
        ("unreadable", "its list of changes cannot be read throughout (line 1), so it takes no record away")
    ]
    assert {"X-0", "NEW-1"} < set(ids(path))


@pytest.mark.parametrize("listed", ["<!doctype html>\n<p>log in", "\n"])
def test_a_list_that_is_none_is_a_problem_and_the_archive_counts(
    path: str, server: Server, tmp_path: Path, listed: str
) -> None:
    """Each time, because its mark says nothing about the records."""
    url = publish(server, tmp_path, *FIRST, listed=listed)
    for _ in range(2):
        assert [problem.gap for problem in update(path, url).skipped] == ["unreadable"]
        assert digest(path) == made_anew(tmp_path, *FIRST)


def test_a_list_without_end_is_refused(
    path: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not fill the memory, from a server or a folder."""
    monkeypatch.setattr(changes, "LIMIT", 100)
    url = publish(server, tmp_path, *FIRST)
    with pytest.raises(NetworkError, match="more than 100 bytes"):
        update(path, url)
    with pytest.raises(DatabaseError, match="larger than 100 bytes"):
        update(path, export(tmp_path / "a", *FIRST, changes=list_of(FIRST)))


# --- single records that do not come ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "gap", "what"),
    [
        (Reply("no", 404), "missing", "its list of changes names 1 record (X-0), which it does not have"),
        (Reply("no", 503), "stale", "1 record (X-0) could not be fetched ("),
        (Reply("{"), "unreadable", "is not JSON (line 1); the record that was held before is kept"),
        (Reply(record("X-9")), "unreadable", "holds the record X-9; the record that was held before is kept"),
    ],
)
def test_a_record_that_does_not_come_is_a_problem_and_comes_later(
    path: str, server: Server, tmp_path: Path, reply: Reply, gap: str, what: str
) -> None:
    """The one that is held is kept, the others come; it is asked for again until it comes."""
    update(path, publish(server, tmp_path, *FIRST))
    second = (record("X-0", "changed", modified=JUNE), record("X-1", "changed", modified=JUNE), *FIRST[2:])
    url = publish(server, tmp_path, *second)
    good, server.script["/PyPI/X-0.json"] = server.script["/PyPI/X-0.json"], reply
    updated = update(path, url, now=LATER)
    (problem,) = updated.skipped
    assert (problem.gap, problem.what[: len(what)]) == (gap, what)
    with database.open(path) as held:
        claims = held.claims([("PyPI", "project-0"), ("PyPI", "project-1"), ("PyPI", "changed")])
        assert sorted(project for _, project in claims) == ["changed", "project-0"]
        assert {each.modified for each in held.advisories(["X-0"]).values()} == {"2026-01-01T00:00:00Z"}
    assert fetched(path) == ("2027-01-15T08:00:00Z" if gap == "stale" else "2027-01-16T08:00:00Z")
    assert update(path, url, now=LATER).skipped == ((problem,) if gap == "stale" else ())
    server.script["/PyPI/X-0.json"] = good
    third = second if gap == "stale" else (*second, record("NEW-1", modified=JULY))
    assert update(path, publish(server, tmp_path, *third)).skipped == ()
    assert digest(path) == made_anew(tmp_path, *third)


def test_a_record_that_says_another_time_than_the_list_is_fetched_once(
    path: str, server: Server, tmp_path: Path
) -> None:
    """A list with times of its own does not mean that everything is fetched for ever."""
    update(path, publish(server, tmp_path, *FIRST))
    listed = list_of(FIRST).replace("2026-01-01T00:00:00Z,X-7\n", f"{JUNE},X-7\n")
    for number, expected in enumerate((["X-7.json", "modified_id.csv"], ["modified_id.csv"])):
        count = len(server.asked)
        update(path, publish(server, tmp_path, *FIRST, listed=listed + "\n" * number))
        assert asked(server, count) == expected


# --- an export that goes back, clocks that do ------------------------------------------------------


@pytest.mark.parametrize("listed", [None, ""], ids=["list", "archive"])
def test_an_older_state_is_refused_unless_told(path: str, server: Server, tmp_path: Path, listed: str | None) -> None:
    """A mirror that goes back in time would take new advisories away."""
    new = (*FIRST, record("NEW-1", modified=JUNE))
    update(path, publish(server, tmp_path, *new, listed=listed))
    before = Path(path).read_bytes()
    url = publish(server, tmp_path, *FIRST, listed=listed)
    with pytest.raises(DatabaseError) as caught:
        update(path, url)
    said = "is older than it was: its newest change is of 2026-01-01T00:00:00, and it had one of 2026-06-01T00:00:00"
    assert (caught.value.what, caught.value.where) == (said, f"{url}/PyPI")
    assert "--accept-older" in caught.value.hint
    assert Path(path).read_bytes() == before
    update(path, url, accept_older=True)
    assert "NEW-1" not in ids(path)
    update(path, publish(server, tmp_path, *FIRST[1:], listed=listed))
    assert "X-0" not in ids(path)


def test_a_few_minutes_back_are_nothing(path: str, server: Server, tmp_path: Path) -> None:
    """The servers of one export need not agree to the second."""
    update(path, publish(server, tmp_path, *FIRST, record("NEW-1", modified="2026-01-01T00:04:59Z")))
    update(path, publish(server, tmp_path, *FIRST))
    assert "NEW-1" not in ids(path)


def test_a_time_to_come_makes_no_later_state_look_old(path: str, server: Server, tmp_path: Path) -> None:
    """A wrong date in the list, once corrected, is over."""
    update(path, publish(server, tmp_path, *FIRST, record("NEW-1", modified="2099-01-01T00:00:00Z")))
    soon = datetime.fromtimestamp(NOW, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert update(path, publish(server, tmp_path, *FIRST, record("NEW-1", modified=soon))).skipped == ()


def test_a_clock_that_jumps_back_does_not_make_data_stale(path: str, server: Server, tmp_path: Path) -> None:
    """What was checked last is as of now, whatever the clock said before; new states are still taken."""
    url = publish(server, tmp_path, *FIRST)
    update(path, url, now=LATER + 30 * 86400)
    update(path, url, now=NOW)
    assert fetched(path) == "2027-01-15T08:00:00Z"
    update(path, url, now=LATER)
    publish(server, tmp_path, *FIRST, record("NEW-1", modified=JUNE))
    update(path, url, now=NOW)
    assert fetched(path) == "2027-01-15T08:00:00Z"


# --- the note that nothing has changed -------------------------------------------------------------


@pytest.mark.parametrize(
    "content", ["", "[]", "{", "[" * 100_000, '{"digest": "other", "checked": {"PyPI": "2099-01-01T00:00:00Z"}}',
                '{"digest": "DIGEST", "checked": 5}', '{"digest": "DIGEST", "checked": {"PyPI": 5}}']
)  # fmt: skip
def test_a_note_for_other_records_or_none_says_nothing(path: str, tmp_path: Path, content: str) -> None:
    """Whatever lies there."""
    update(path, export(tmp_path / "a", *FIRST))
    Path(f"{path}.checked").write_text(content.replace("DIGEST", digest(path)))
    assert fetched(path) == "2027-01-15T08:00:00Z"


def test_a_note_that_cannot_be_written_is_no_fault(path: str, tmp_path: Path) -> None:
    """Nothing has changed, and that is all there is to say: the next update asks again."""
    root = export(tmp_path / "a", *FIRST)
    update(path, root)
    Path(f"{path}.checked").mkdir()
    updated = update(path, root)
    assert (updated.skipped, [each.delivered for each in updated.fetched]) == ((), [None])
    assert checks.times(path, digest(path)) == {}


# --- copies in a folder ----------------------------------------------------------------------------


def test_a_folder_of_single_records_is_an_export(path: str, tmp_path: Path) -> None:
    """With a list, what changed is read; without, all of it."""
    folder = tmp_path / "a" / "PyPI"
    folder.mkdir(parents=True)

    def put(*records: Record, listed: bool) -> None:
        for file in folder.iterdir():
            file.unlink()
        for each in records:
            (folder / f"{each['id']}.json").write_text(json.dumps(each))
        if listed:
            (folder / "modified_id.csv").write_text(list_of(records))

    for number, listed in enumerate((True, True, False, False, True)):
        records = (*FIRST[number:], record("X-29", f"changed-{number}", modified=f"2026-06-0{number + 1}T00:00:00Z"))
        records = (*(each for each in records[:-1] if each["id"] != "X-29"), records[-1])
        put(*records, listed=listed)
        assert update(path, str(tmp_path / "a")).skipped == ()
        assert digest(path) == made_anew(tmp_path, *records)


def test_a_folder_with_list_and_archive_is_read_when_either_changes(path: str, tmp_path: Path) -> None:
    """The list alone, the archive alone, or neither."""
    root = export(tmp_path / "a", *FIRST, changes=list_of(FIRST))
    update(path, root)
    assert update(path, root).fetched[0].delivered is None
    new = (*FIRST, record("NEW-1", modified=JUNE))
    (tmp_path / "a" / "PyPI" / "modified_id.csv").write_text(list_of(new))
    assert [each.gap for each in update(path, root).skipped] == ["missing"]
    archive(tmp_path / "a" / "PyPI" / "all.zip", *new)
    assert update(path, root).skipped == ()
    assert digest(path) == made_anew(tmp_path, *new)


# --- cuts, kills, and two at once ------------------------------------------------------------------

MANY = tuple(record(f"X-{number}", details=os.urandom(200).hex()) for number in range(60))


def ranges(server: Server, before: int = 0) -> list[str]:
    """The ranges of the archive that were asked for since."""
    return [each.headers.get("range", "") for each in server.asked[before:] if each.path.endswith("all.zip")]


def broken_off(path: str, server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The archive of a server whose connection breaks at its third piece of 1,000 bytes, after an update from it."""
    monkeypatch.setattr(download, "PIECE", 1000)
    publish(server, folder, *MANY)
    content = (folder / "published.zip").read_bytes()
    whole = served(content)
    assert callable(whole)
    server.script["/PyPI/all.zip"] = lambda it: (
        whole(it)._replace(cut=10) if "2000-" in it.headers["range"] else whole(it)
    )
    with pytest.raises(NetworkError):
        update(path, server.url)
    server.script["/PyPI/all.zip"] = whole
    return content


def test_a_download_goes_on_where_it_broke_off(
    path: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pieces that came are not asked for again, but for the first, which says whether they are still good."""
    content = broken_off(path, server, tmp_path, monkeypatch)
    count = len(server.asked)
    assert update(path, server.url).held == 60
    pieces = [f"bytes={at}-{min(at + 1000, len(content)) - 1}" for at in range(2000, len(content), 1000)]
    assert ranges(server, count) == ["bytes=0-999", *pieces]
    assert digest(path) == made_anew(tmp_path, *MANY)
    assert sorted(os.listdir(Path(path).parent)) == ["advisories.db", "advisories.db.lock"]


def test_pieces_of_an_older_archive_are_thrown_away(
    path: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept is never completed by another file."""
    broken_off(path, server, tmp_path, monkeypatch)
    publish(server, tmp_path, *MANY, record("NEW-1"))
    count = len(server.asked)
    assert update(path, server.url).held == 61
    assert ranges(server, count)[1].startswith("bytes=1000-")
    assert sorted(os.listdir(Path(path).parent)) == ["advisories.db", "advisories.db.lock"]


def test_pieces_that_were_damaged_do_no_harm(
    path: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records that cannot be unpacked are fetched singly; an archive that is none is thrown away."""
    broken_off(path, server, tmp_path, monkeypatch)
    (part,) = Path(path).parent.glob("*.part")
    part.write_bytes(b"\0" * part.stat().st_size)
    assert {problem.gap for problem in update(path, server.url).skipped} == {"unreadable"}
    assert digest(path) == made_anew(tmp_path, *MANY)
    server.script["/PyPI/all.zip"] = served(b"PK" + b"x" * 5000)
    server.script.pop("/PyPI/modified_id.csv")
    with pytest.raises(DatabaseError, match="not a zip"):
        update(path, server.url)
    assert not list(Path(path).parent.glob("*.part"))


@pytest.mark.parametrize(
    "second",
    [
        Reply(b"x" * 1000, 206, {"Content-Range": "bytes 0-999/5000", "ETag": '"a"'}),
        Reply(b"x" * 1000, 206, {"Content-Range": "bytes 1000-1999/4999", "ETag": '"a"'}),
        Reply(b"x" * 999, 206, {"Content-Range": "bytes 1000-1999/5000", "ETag": '"a"'}),
        Reply(b"x" * 1000, 206, {"ETag": '"a"'}),
        Reply(b"", 206, {"Content-Range": "bytes 1000-1999/5000", "ETag": '"a"'}),
        Reply(b"x" * 1000),
        Reply(b"x" * 2000),
        Reply(b"", 416),
    ],
)
def test_a_piece_that_was_not_asked_for_is_not_used(
    path: str, server: Server, monkeypatch: pytest.MonkeyPatch, second: Reply
) -> None:
    """Another place, another length, the whole, nothing: the update ends with a sentence."""
    monkeypatch.setattr(download, "PIECE", 1000)
    first = Reply(b"x" * 1000, 206, {"Content-Range": "bytes 0-999/5000", "ETag": '"a"'})
    server.script["/PyPI/all.zip"] = [first, second]
    with pytest.raises(NetworkError) as caught:
        update(path, server.url)
    assert caught.value.what
    assert not Path(path).exists()


def test_an_archive_that_changes_between_two_pieces_is_not_mixed(
    path: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it is as long as before, the server is asked for a piece of the same state only."""
    monkeypatch.setattr(download, "PIECE", 1000)
    publish(server, tmp_path, *MANY)
    content = (tmp_path / "published.zip").read_bytes()
    one, other = served(content), served(content, '"other"')
    assert callable(one)
    assert callable(other)
    server.script["/PyPI/all.zip"] = lambda it: (one if "=0-" in it.headers["range"] else other)(it)
    with pytest.raises(NetworkError):
        update(path, server.url)
    server.script["/PyPI/all.zip"] = other
    assert update(path, server.url).held == 60


@pytest.mark.parametrize("etag", ["", 'W/"a"'])
def test_without_a_strong_mark_the_whole_is_fetched(
    path: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, etag: str
) -> None:
    """Pieces of which nobody says that they are of one file are not put together."""
    monkeypatch.setattr(download, "PIECE", 1000)
    publish(server, tmp_path, *MANY)
    whole = served((tmp_path / "published.zip").read_bytes())
    assert callable(whole)
    server.script["/PyPI/all.zip"] = lambda it: (reply := whole(it))._replace(headers={**reply.headers, "ETag": etag})
    assert update(path, server.url).held == 60
    assert ranges(server) == ["bytes=0-999", ""]


def test_an_archive_that_announces_too_much_is_refused(path: str, server: Server) -> None:
    """Before it fills the disk piece by piece."""
    headers = {"Content-Range": f"bytes 0-1/{10**13}", "ETag": '"a"'}
    server.script["/PyPI/all.zip"] = Reply(b"PK", 206, headers)
    with pytest.raises(NetworkError, match="offers more than 2"):
        update(path, server.url)
    assert len(server.asked) == 2


UPDATE = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pip_assay.advisories import sync
from pip_assay import net
network = net.network({"PIP_CONFIG_FILE": os.devnull}, timeout=5)
import pip_assay.net.client
path, url, last = sys.argv[2], sys.argv[3], int(sys.argv[4])
steps = 0

def step(event, arguments):
    global steps
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event in ("os.rename", "os.remove", "sqlite3.connect", "socket.connect", "shutil.copyfile"):
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(step)
print(sync.update(path, network, {}, now=1.8e9, origin=url, ecosystems=("PyPI",)).held)
"""


def updating(path: str, url: str, last: int = 0) -> "subprocess.Popen[str]":
    """Another process that updates, and is killed before its last step, if any: something it does to the disk."""
    command = [sys.executable, "-I", "-c", UPDATE, SOURCE, path, url, str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_an_update_killed_at_any_step_leaves_a_whole_database(path: str, server: Server, tmp_path: Path) -> None:
    """It is the old one or the new one, readable, and the next update works and clears up."""
    update(path, publish(server, tmp_path, *FIRST))
    old, original = digest(path), Path(path).read_bytes()
    second = (*FIRST[1:], record("X-1", "changed", modified=JUNE))
    second = (*(each for each in second if each is not FIRST[1]),)
    url = publish(server, tmp_path, *second)
    new = made_anew(tmp_path, *second)
    seen = []
    for last in range(1, 100):
        Path(path).write_bytes(original)
        with updating(path, url, last) as other:
            other.wait()
        seen.append(digest(path))
        assert seen[-1] in (old, new)
        if other.returncode == 0:
            break
        assert other.returncode == -signal.SIGKILL
        if last % 4 == 0:
            update(path, url)
            assert digest(path) == new
    assert len(seen) > 5
    assert (seen[0], seen[-1]) == (old, new)
    assert sorted(os.listdir(Path(path).parent)) == ["advisories.db", "advisories.db.lock"]


def test_updates_at_once_are_safe(path: str, server: Server, tmp_path: Path) -> None:
    """Each ends well, with the newest state, whichever of them asked first."""
    update(path, publish(server, tmp_path, *FIRST))
    new = (*FIRST, record("NEW-1", modified=JUNE))
    url = publish(server, tmp_path, *new)
    others = [updating(path, url) for _ in range(4)]
    assert [other.communicate()[0].split() for other in others] == [["31"]] * 4
    assert digest(path) == made_anew(tmp_path, *new)


def test_a_slower_update_does_not_undo_a_faster_one(path: str, server: Server, tmp_path: Path) -> None:
    """One that was overtaken between its question and its turn asks again."""
    update(path, publish(server, tmp_path, *FIRST))
    middle, newest = (*FIRST, record("NEW-1", modified=JUNE)), (*FIRST, record("NEW-2", modified=JULY))
    url = publish(server, tmp_path, *middle)
    answer = server.script["/PyPI/modified_id.csv"]
    assert callable(answer)
    turn = threading.Lock()

    def overtaken(it: Any) -> Reply:
        if turn.acquire(blocking=False):
            publish(server, tmp_path, *newest)
            update(path, url)
        return answer(it)

    server.script["/PyPI/modified_id.csv"] = overtaken
    updated = update(path, url)
    assert updated.skipped == ()
    assert digest(path) == made_anew(tmp_path, *newest)


def test_an_error_names_no_credentials(path: str, server: Server, tmp_path: Path) -> None:
    """Neither a refusal nor a problem repeats the address as it was given."""
    new = (*FIRST, record("NEW-1", modified=JUNE))
    address = publish(server, tmp_path, *new).replace("http://", "http://somebody:s3cret@")
    update(path, address)
    publish(server, tmp_path, *new, record("NEW-2"), record("NEW-3"))
    server.script["/PyPI/NEW-2.json"] = Reply("no", 500)
    server.script["/PyPI/NEW-3.json"] = Reply("{")
    updated = update(path, address)
    assert len(updated.skipped) == 2
    publish(server, tmp_path, *FIRST)
    with pytest.raises(Unreadable) as caught:
        update(path, address)
    assert "s3cret" not in "".join(map(str, (*updated.skipped, *updated.lines(), caught.value)))
    assert b"s3cret" not in Path(path).read_bytes()


# --- the command -----------------------------------------------------------------------------------


def test_the_command_takes_ecosystems_and_older_states(
    path: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3 where one of them could not be updated, or all; the reason is a sentence with what to do."""
    new = (*FIRST, record("NEW-1", modified=JUNE))
    root = export(tmp_path / "a", *new, changes=list_of(new))
    command = ["update", "--from", root, "--db", path]
    assert db.run(command) == 0
    assert db.run([*command, "--ecosystem", "PyPI", "--ecosystem", "npm"]) == 3
    assert "the advisories for npm could not be updated: there is no bulk export" in capfd.readouterr().err
    export(tmp_path / "a", *FIRST, changes=list_of(FIRST))
    with pytest.raises(DatabaseError, match="is older than it was"):
        db.run(command)
    assert db.run([*command, "--accept-older"]) == 0
    assert "NEW-1" not in ids(path)
