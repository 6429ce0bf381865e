import json
import os
import resource
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pip_assay.advisories import build, database, records
from pip_assay.advisories.build import Built
from pip_assay.errors import DatabaseError
from pip_assay.model import Place, Problem
from tests.osv_export import archive, record

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
SOURCE = str(Path(__file__).resolve().parents[2] / "src")
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-06-01T00:00:00+01:00"


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A database with one record, in a folder of its own."""
    made = str(tmp_path / "data" / "advisories.db")
    build.build(made, [archive(tmp_path / "first.zip", record("OLD-1", "old"))], now=NOW)
    return made


def ids(path: str) -> list[str]:
    """The ids that the database holds records of, as raw SQL sees them."""
    with database.open(path) as held:
        return [name for (name,) in held._connection.execute("SELECT id FROM advisory ORDER BY id")]


def refused(path: str, *sources: str, **named: object) -> DatabaseError:
    """The error of an import that must fail and leave the old database, and nothing else, as it was."""
    before = Path(path).read_bytes()
    with pytest.raises(DatabaseError) as caught:
        build.build(path, sources, now=NOW, **named)  # type: ignore[arg-type]
    assert Path(path).read_bytes() == before
    assert left(path) == ["advisories.db", "advisories.db.lock"]
    return caught.value


def left(path: str) -> list[str]:
    """The files of the database's folder."""
    return sorted(os.listdir(os.path.dirname(path)))


# --- what is imported ------------------------------------------------------------------------------


def test_a_zip_a_folder_and_a_file_give_the_same(tmp_path: Path) -> None:
    """One record in a zip, in a folder below the folder, and in a file of its own is one record."""
    document = record("X-1", "demo", aliases=["CVE-1"])
    deep = tmp_path / "folder" / "deeper"
    deep.mkdir(parents=True)
    (deep / "X-1.json").write_text(json.dumps(document, indent=1))
    (deep / "readme.txt").write_text("not a record")
    found = []
    for name, source in {
        "zip": archive(tmp_path / "all.zip", document),
        "folder": str(tmp_path / "folder"),
        "file": str(deep / "X-1.json"),
    }.items():
        path = str(tmp_path / f"{name}.db")
        assert build.build(path, [source], now=NOW) == Built(1, 1, 1, ())
        with database.open(path) as held:
            found.append((held.data().digest, held.claims([("PyPI", "demo")]), held.advisories(["X-1"])))
    assert found[0] == found[1] == found[2]


def test_an_import_adds_to_what_is_there(path: str, tmp_path: Path) -> None:
    """Records of several sources come to those that the database has."""
    sources = [archive(tmp_path / "a.zip", record("A-1")), archive(tmp_path / "b.zip", record("B-1"), record("OLD-1"))]
    assert build.build(path, sources, now=NOW) == Built(3, 3, 3, ())
    assert ids(path) == ["A-1", "B-1", "OLD-1"]
    with database.open(path) as held:
        assert held.claims([("PyPI", "old")]) == {}
        assert [claim.advisory for claim in held.claims([("PyPI", "demo")])["PyPI", "demo"]] == ["A-1", "B-1", "OLD-1"]


def test_an_import_can_begin_anew(path: str, tmp_path: Path) -> None:
    """With `replace` nothing of the old database stays."""
    built = build.build(path, [archive(tmp_path / "a.zip", record("A-1"))], now=NOW, replace=True)
    assert built == Built(1, 1, 1, ())
    assert ids(path) == ["A-1"]
    with database.open(path) as held:
        assert [each.origin for each in held.ecosystems()] == [str(tmp_path / "a.zip")]


@pytest.mark.parametrize(
    ("held", "new", "kept"),
    [(EARLY, LATE, "new"), (LATE, EARLY, "old"), (EARLY, EARLY, "new"), ("", EARLY, "new"), (EARLY, "", "old")],
)
def test_of_one_id_the_newer_record_counts(tmp_path: Path, held: str, new: str, kept: str) -> None:
    """Whichever comes first; of two of one moment, the later import; one without a date is older than any."""
    path = str(tmp_path / "advisories.db")
    old = record("X-1", "old-project", aliases=["CVE-OLD"], modified=held)
    young = record("X-1", "new-project", aliases=["CVE-NEW"], modified=new)
    build.build(path, [archive(tmp_path / "a.zip", old)], now=NOW)
    built = build.build(path, [archive(tmp_path / "b.zip", young)], now=NOW)
    assert built == Built(1, kept == "new", 1, ())
    with database.open(path) as opened:
        (advisory,) = opened.advisories(["X-1"]).values()
        assert list(opened.claims([("PyPI", "old-project"), ("PyPI", "new-project")])) == [("PyPI", f"{kept}-project")]
        assert [len(opened.find(alias)) for alias in ("CVE-OLD", "CVE-NEW")] == [kept == "old", kept == "new"]
    assert advisory.aliases == (f"CVE-{kept.upper()}",)


def test_fractions_and_zones_of_times_are_compared_as_times(tmp_path: Path) -> None:
    """00:00:00.5Z is later than 00:00:00Z, and 01:00+02:00 is earlier: text order says otherwise."""
    path = str(tmp_path / "advisories.db")
    order = ["2026-01-01T01:00:00+02:00", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789Z"]
    for number, modified in enumerate(order):
        source = archive(tmp_path / f"{number}.zip", record("X-1", summary=modified, modified=modified))
        assert build.build(path, [source], now=NOW).changed == 1
        assert build.build(path, [archive(tmp_path / "0.zip", record("X-1", modified=order[0]))], now=NOW).changed in {
            0,
            number == 0,
        }
    with database.open(path) as held:
        assert held.advisories(["X-1"])["X-1"].summary == order[-1]


def test_a_record_that_is_withdrawn_later_claims_no_more(path: str, tmp_path: Path) -> None:
    """The newer, withdrawn record takes the place of the live one."""
    withdrawn = record("OLD-1", "old", modified=LATE, withdrawn=LATE)
    build.build(path, [archive(tmp_path / "a.zip", withdrawn)], now=NOW)
    with database.open(path) as held:
        assert held.claims([("PyPI", "old")]) == {}
        assert held.advisories(["OLD-1"])["OLD-1"].withdrawn == LATE


def test_importing_the_same_again_changes_nothing(path: str, tmp_path: Path) -> None:
    """A second import of a zip finds nothing new, and the data are the same."""
    source = archive(tmp_path / "a.zip", record("A-1"), record("A-2"))
    build.build(path, [source], now=NOW)
    with database.open(path) as held:
        before = held.data(), held.ecosystems()
    assert build.build(path, [source], now=NOW + 1e6) == Built(2, 0, 3, ())
    with database.open(path) as held:
        assert (held.data(), held.ecosystems()) == before


def test_a_record_may_name_many_projects_of_many_ecosystems(tmp_path: Path) -> None:
    """Each project gets the claim of its own entries, several entries of one project one claim."""

    def entry(ecosystem: str, name: str, fixed: str) -> dict[str, object]:
        events = [{"introduced": "0"}, {"fixed": fixed}]
        return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": "SEMVER", "events": events}]}

    entries = [
        entry("PyPI", "A", "1"),
        entry("npm", "a", "2.0.0"),
        entry("PyPI", "a", "3"),
        entry("crates.io", "A", "4"),
    ]
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "a.zip", record("X-1", affected=entries))], now=NOW)
    with database.open(path) as held:
        found = held.claims([("PyPI", "a"), ("npm", "a"), ("crates.io", "A"), ("crates.io", "a")])
    assert sorted(found) == [("PyPI", "a"), ("crates.io", "A"), ("npm", "a")]
    assert all(len(claims) == 1 for claims in found.values())


def test_an_old_archive_is_no_fresher_for_being_imported_now(tmp_path: Path) -> None:
    """What was imported by hand is as fresh as its newest record, and a single new record freshens nothing else."""
    path = str(tmp_path / "advisories.db")
    old = [record(f"OLD-{number}", modified="2024-01-01T00:00:00Z") for number in range(3)]
    build.build(path, [archive(tmp_path / "all.zip", *old)], now=NOW)
    build.build(path, [archive(tmp_path / "one.zip", record("NEW-1", modified="2027-01-01T00:00:00Z"))], now=NOW)
    with database.open(path) as held:
        assert held.data().fetched == "2024-01-01T00:00:00Z"
        assert held.data().date == "2024-01-01T00:00:00Z"


def test_a_record_of_the_future_does_not_make_the_data_fresh_for_ever(tmp_path: Path) -> None:
    """Data are never fresher than the moment of their import."""
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "all.zip", record("X-1", modified="2099-01-01T00:00:00Z"))], now=NOW)
    with database.open(path) as held:
        assert held.data().fetched == "2027-01-15T08:00:00Z"


# --- single files that cannot be read --------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"{", "is not JSON (line 1), so it was skipped"),
        (b"", "is not JSON (line 1), so it was skipped"),
        (b"\xff\xfe", "is not JSON in UTF-8, so it was skipped"),
        (b"[" * 200_000, "is nested too deeply to be read, so it was skipped"),
        (b"[]", "is not an advisory: not a JSON object, so it was skipped"),
        (b"{}", "is not an advisory: it has no id, so it was skipped"),
        (b'{"id": "X-2", "schema_version": "2.0"}', "follows schema version 2.0, and only 1.x is understood"),
        (b'{"id": "X-2", "affected": 5}', "does not say what it affects"),
    ],
)
def test_one_broken_record_is_one_problem(path: str, tmp_path: Path, content: bytes, what: str) -> None:
    """It is named with the reason, and the others are read."""
    source = archive(tmp_path / "a.zip", record("X-1"), broken=content)
    built = build.build(path, [source], now=NOW)
    assert (built.read, built.held) == (1, 2)
    (problem,) = built.skipped
    assert (problem.gap, problem.place) == ("unreadable", Place(f"{source}/broken.json"))
    assert problem.what.startswith(what)
    with database.open(path) as held:
        assert [each.skipped for each in held.ecosystems()] == [1]


def test_deep_nesting_anywhere_is_a_problem(path: str, tmp_path: Path) -> None:
    """However deep a record nests, it is read or skipped."""
    depths = {
        f"X-{depth}": b'{"id": "X-%d", "x": %s%s}' % (depth, b"[" * depth, b"]" * depth) for depth in (10, 800, 3000)
    }
    built = build.build(path, [archive(tmp_path / "a.zip", **depths)], now=NOW)
    assert "X-10" in ids(path)
    assert built.read + len(built.skipped) == 3


def test_a_member_that_leaves_the_archive_is_not_read(path: str, tmp_path: Path) -> None:
    """A name with ".." or an absolute one is a problem; nothing is written anywhere."""
    source = tmp_path / "a.zip"
    with zipfile.ZipFile(source, "w") as made:
        made.writestr("X-1.json", json.dumps(record("X-1")))
        for name in ("../../evil.json", "/evil.json", "C:\\evil.json"):
            made.writestr(name, json.dumps(record("EVIL-1")))
    built = build.build(path, [str(source)], now=NOW)
    assert ids(path) == ["OLD-1", "X-1"]
    assert [problem.what for problem in built.skipped] == [
        "names a path outside of the archive, so it was skipped",
    ] * 3


def test_a_member_that_is_too_large_is_not_read(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than the limit is a problem, not a full memory."""
    monkeypatch.setattr(records, "MEMBER_LIMIT", 10_000)
    source = archive(tmp_path / "a.zip", record("X-1"), bomb=b'{"id": "X-2", "x": "' + b" " * 20_000 + b'"}')
    built = build.build(path, [source], now=NOW)
    assert ids(path) == ["OLD-1", "X-1"]
    assert [problem.what for problem in built.skipped] == ["is larger than 10.0 kB, so it was skipped"]


def test_an_archive_that_unpacks_to_too_much_is_refused(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is unpacked."""
    monkeypatch.setattr(records, "TOTAL_LIMIT", 100_000)
    bombs = {f"b{number}": b"0" * 30_000 for number in range(4)}
    source = archive(tmp_path / "a.zip", record("X-1"), **bombs)
    assert str(refused(path, source)) == f"{source}: unpacks to more than 100.0 kB; it was not imported"


def test_a_member_whose_size_is_a_lie_is_not_unpacked_beyond_it(path: str, tmp_path: Path) -> None:
    """A header that promises 10 bytes for a million gives no million: the member is a problem."""
    source = Path(archive(tmp_path / "a.zip", record("X-1"), bomb=b'"' + b"0" * 1_000_000 + b'"'))
    content = bytearray(source.read_bytes())
    entry = content.rindex(b"PK\x01\x02")  # the bomb is the last of the central directory
    content[entry + 24 : entry + 28] = struct.pack("<I", 10)
    source.write_bytes(content)
    built = build.build(path, [str(source)], now=NOW)
    assert ids(path) == ["OLD-1", "X-1"]
    assert [problem.what.partition(" (")[0] for problem in built.skipped] == ["cannot be unpacked"]


def test_an_encrypted_member_is_not_read(path: str, tmp_path: Path) -> None:
    """What needs a password is a problem."""
    source = Path(archive(tmp_path / "a.zip", record("X-1"), secret=json.dumps(record("X-2")).encode()))
    content = bytearray(source.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rindex(signature) + offset] |= 1
    source.write_bytes(content)
    built = build.build(path, [str(source)], now=NOW)
    assert ids(path) == ["OLD-1", "X-1"]
    assert [problem.what.partition(" (")[0] for problem in built.skipped] == ["cannot be unpacked"]


def test_one_id_twice_in_an_archive_is_a_problem_and_the_newer_counts(path: str, tmp_path: Path) -> None:
    """Whichever file comes first."""
    young, old = record("X-1", "young", modified=LATE), record("X-1", "old-one", modified=EARLY)
    for number, (first, second) in enumerate(((young, old), (old, young))):
        source = archive(
            tmp_path / f"{number}.zip", record("X-2"), a=json.dumps(first).encode(), b=json.dumps(second).encode()
        )
        built = build.build(path, [source], now=NOW, replace=True)
        assert built.skipped == (
            Problem(
                "unreadable", "has the id X-1, as another file; of the two the newer counts", Place(f"{source}/b.json")
            ),
        )
        with database.open(path) as held:
            assert list(held.claims([("PyPI", "young"), ("PyPI", "old-one")])) == [("PyPI", "young")]


@pytest.mark.parametrize("name", ["é", "X\x00", "x\x1b[31m", "-", "'; DROP TABLE advisory; --"])
def test_names_and_ids_are_only_ever_parameters(path: str, tmp_path: Path, name: str) -> None:
    """Odd names of projects and aliases are stored as they are."""
    source = archive(tmp_path / "a.zip", record("X-1", name, ecosystem="npm", aliases=["cve-1", "CVE-1"]))
    build.build(path, [source], now=NOW)
    with database.open(path) as held:
        assert list(held.claims([("npm", name)])) == [("npm", name)]


def test_a_folder_with_things_that_are_no_files(path: str, tmp_path: Path) -> None:
    """A pipe, a broken link and a folder named like a record are problems or passed over; nothing waits."""
    folder = tmp_path / "folder"
    (folder / "folder.json").mkdir(parents=True)
    os.mkfifo(folder / "pipe.json")
    (folder / "broken.json").symlink_to("nowhere")
    (folder / "X-1.json").write_text(json.dumps(record("X-1")))
    built = build.build(path, [str(folder)], now=NOW)
    assert ids(path) == ["OLD-1", "X-1"]
    assert [problem.what for problem in built.skipped] == ["is not a file, so it was skipped"] * 2


# --- sources that cannot be used at all ------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda _: None, "does not exist"),
        (lambda it: it.write_bytes(b""), "is not a zip archive, or only a part of one"),
        (lambda it: it.write_bytes(b"<html>"), "is not a zip archive, or only a part of one"),
        (lambda it: it.write_bytes(cut(it, 0.5)), "is not a zip archive, or only a part of one"),
        (lambda it: it.write_bytes(cut(it, 0.99)), "is not a zip archive, or only a part of one"),
        (archive, "holds no advisory that can be read"),
        (lambda it: archive(it, broken=b"{"), "holds no advisory that can be read ("),
        (lambda it: it.mkdir(), "holds no advisory that can be read"),
    ],
)
def test_a_source_that_cannot_be_used_leaves_the_old_database(
    path: str, tmp_path: Path, make: Callable[[Path], object], what: str
) -> None:
    """Missing, no zip, cut short, empty, or nothing in it that can be read: one sentence, and all is as it was."""
    source = tmp_path / "source.zip"
    make(source)
    error = refused(path, archive(tmp_path / "good.zip", record("X-1")), str(source))
    assert error.what.startswith(what)
    assert error.where == str(source)
    assert error.hint


def cut(path: Path, part: float) -> bytes:
    """The first part of an archive of many records."""
    content = Path(archive(path, *(record(f"X-{number}") for number in range(50)))).read_bytes()
    return content[: int(part * len(content))]


def test_a_json_file_that_holds_no_record_is_refused(path: str, tmp_path: Path) -> None:
    """The reason is in the sentence."""
    (tmp_path / "x.json").write_text("[1, 2]")
    assert "is not an advisory: not a JSON object" in refused(path, str(tmp_path / "x.json")).what


@pytest.mark.parametrize("damage", range(0, 400, 7))
def test_no_damage_to_an_archive_raises(path: str, tmp_path: Path, damage: int) -> None:
    """Overwrite any part of a zip: its records are read, skipped, or the archive is refused."""
    source = Path(archive(tmp_path / "a.zip", record("X-1"), record("X-2")))
    content = bytearray(source.read_bytes())
    content[damage : damage + 7] = b"\xff" * 7
    source.write_bytes(content)
    try:
        built = build.build(path, [str(source)], now=NOW)
    except DatabaseError:
        assert ids(path) == ["OLD-1"]
    else:
        assert len(ids(path)) == 1 + built.changed


# --- the place of the database ---------------------------------------------------------------------


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    """The first database of a user has no folder yet."""
    path = tmp_path / "no" / "such" / "folder" / "advisories.db"
    build.build(str(path), [archive(tmp_path / "a.zip", record("X-1"))], now=NOW)
    assert ids(str(path)) == ["X-1"]


@pytest.mark.parametrize("name", ["file/advisories.db", "folder", "pipe", "/proc/advisories.db"])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    """Below a file, where a folder or a pipe is, on a file system that takes no files: one sentence."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DatabaseError) as caught:
        build.build(str(tmp_path / name), [archive(tmp_path / "a.zip", record("X-1"))], now=NOW)
    assert caught.value.what.startswith(("cannot be written", "is not a file"))
    assert caught.value.hint
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_to_a_database_stays_a_link(path: str, tmp_path: Path) -> None:
    """The file that the link names is replaced."""
    link = tmp_path / "link.db"
    link.symlink_to(path)
    build.build(str(link), [archive(tmp_path / "a.zip", record("X-1"))], now=NOW)
    assert link.is_symlink()
    assert ids(path) == ["OLD-1", "X-1"]


def test_the_umask_decides_who_may_read(tmp_path: Path) -> None:
    """The database is a file like any other, whatever temporary files are."""
    old = os.umask(0o027)
    try:
        path = tmp_path / "advisories.db"
        build.build(str(path), [archive(tmp_path / "a.zip", record("X-1"))], now=NOW)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("replace", [False, True])
def test_other_files_and_newer_databases_are_never_overwritten(path: str, tmp_path: Path, replace: bool) -> None:
    """What is no database of ours, or one that a newer pip-assay wrote, stays."""
    source = archive(tmp_path / "a.zip", record("X-1"))
    content = bytearray(Path(path).read_bytes())
    content[60:64] = struct.pack(">I", database.SCHEMA + 1)
    Path(path).write_bytes(content)
    assert "newer pip-assay" in refused(path, source, replace=replace).what
    Path(path).write_text("my notes\n" * 100)
    assert "is not an advisory database" in refused(path, source, replace=replace).what


def test_a_damaged_database_is_not_built_upon(path: str, tmp_path: Path) -> None:
    """Nobody knows what is missing from it, so nothing is added that would make it look whole."""
    Path(path).write_bytes(Path(path).read_bytes()[:-100])
    assert "damaged" in refused(path, archive(tmp_path / "a.zip", record("X-1"))).what


def test_a_page_that_is_damaged_ends_the_import(path: str, tmp_path: Path) -> None:
    """Damage that only shows while records are written is told as such."""
    content = bytearray(Path(path).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    Path(path).write_bytes(content)
    assert "damaged" in refused(path, archive(tmp_path / "a.zip", record("X-1"))).what


# --- interruptions ---------------------------------------------------------------------------------


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    """Files done and files in all, never back, and the last call says that all is done."""
    told: list[tuple[int, int]] = []
    many = [record(f"X-{number}") for number in range(1001)]
    source = archive(tmp_path / "a.zip", *many)
    build.build(str(tmp_path / "a.db"), [source], now=NOW, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] == (1001, 1001)


def test_ctrl_c_leaves_the_old_database(path: str, tmp_path: Path) -> None:
    """Interrupted in the middle, nothing has happened, and nothing lies about."""
    before = Path(path).read_bytes()

    def interrupt(*_: int) -> None:
        raise KeyboardInterrupt

    source = archive(tmp_path / "a.zip", *(record(f"X-{number}") for number in range(500)))
    with pytest.raises(KeyboardInterrupt):
        build.build(path, [source], now=NOW, progress=interrupt)
    assert Path(path).read_bytes() == before
    assert left(path) == ["advisories.db", "advisories.db.lock"]


IMPORT = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pip_assay.advisories import build
from pip_assay.errors import DatabaseError

def progress(done, total):
    print("importing", flush=True)
    if sys.argv[4] == "hang":
        time.sleep(60)

try:
    print(build.build(sys.argv[2], [sys.argv[3]], now=0.0, progress=progress).held, flush=True)
except DatabaseError as error:
    print(error, flush=True)
"""


def importing(path: str, source: str, mode: str = "") -> "subprocess.Popen[str]":
    """Another process that imports; with "hang", it stops in the middle."""
    command = [sys.executable, "-I", "-c", IMPORT, SOURCE, path, source, mode]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_killed_import_leaves_the_old_database_and_no_lock(path: str, tmp_path: Path) -> None:
    """After SIGKILL in the middle the old database is whole, and the next import works and clears up."""
    before = Path(path).read_bytes()
    source = archive(tmp_path / "a.zip", *(record(f"X-{number}") for number in range(500)))
    with importing(path, source, "hang") as other:
        assert other.stdout
        assert other.stdout.readline() == "importing\n"
        other.send_signal(signal.SIGKILL)
    assert Path(path).read_bytes() == before
    assert "advisories.db.new" in left(path)
    build.build(path, [source], now=NOW, patience=0)
    assert len(ids(path)) == 501
    assert left(path) == ["advisories.db", "advisories.db.lock"]


def test_an_import_waits_for_another_but_not_for_ever(path: str, tmp_path: Path) -> None:
    """While one process writes, a second says so after its patience, and readers read."""
    source = archive(tmp_path / "a.zip", record("X-1"))
    with importing(path, source, "hang") as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(DatabaseError) as caught:
            build.build(path, [source], now=NOW, patience=0.2)
        assert ids(path) == ["OLD-1"]
        other.kill()
    assert str(caught.value) == f"{path}: is being written by another process; try again when that has ended"


def test_imports_at_once_are_all_there_in_the_end(path: str, tmp_path: Path) -> None:
    """Processes that import at the same time take turns, and none undoes another's work."""
    others = [importing(path, archive(tmp_path / f"{name}.zip", record(f"X-{name}"))) for name in "abcd"]
    said = sorted(other.communicate()[0].split()[-1] for other in others)
    assert said == ["2", "3", "4", "5"]
    assert ids(path) == ["OLD-1", "X-a", "X-b", "X-c", "X-d"]


def test_an_open_database_goes_on_reading_what_it_opened(path: str, tmp_path: Path) -> None:
    """A database that is replaced meanwhile does not change under its reader."""
    with database.open(path) as held:
        before = held.data()
        build.build(path, [archive(tmp_path / "a.zip", record("X-1", "old"))], now=NOW)
        assert held.data() == before
        assert len(held.claims([("PyPI", "old")])["PyPI", "old"]) == 1
    assert ids(path) == ["OLD-1", "X-1"]


def test_a_full_disk_is_told_and_leaves_the_old_database(path: str, tmp_path: Path) -> None:
    """When no file may grow any further, one sentence says that it cannot be written."""
    before = Path(path).read_bytes()
    many = [record(f"X-{number}", f"project-{number}", details=os.urandom(500).hex()) for number in range(2000)]
    source = archive(tmp_path / "a.zip", *many)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    command = [sys.executable, "-I", "-c", IMPORT, SOURCE, path, source, ""]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, preexec_fn=limit)
    said = done.stdout.splitlines()[-1]
    assert said.startswith(f"{path}: cannot be written (")
    assert said.endswith("make room there, or name another file: --db")
    assert Path(path).read_bytes() == before
    assert left(path) == ["advisories.db", "advisories.db.lock"]


def test_a_hint_fits_what_is_wrong_with_the_place(tmp_path: Path) -> None:
    """Room is asked for where there is none, not where a part of the path is a file or nobody may write."""
    source = archive(tmp_path / "a.zip", record("X-1"))
    (tmp_path / "file").write_text("")
    (tmp_path / "blocked.db.new" / "in-the-way").mkdir(parents=True)
    said = {}
    for place in ("file/x.db", "file/deeper/x.db", "blocked.db", "file/../blocked.db.new"):
        with pytest.raises(DatabaseError) as caught:
            build.build(str(tmp_path / place), [source], now=NOW)
        said[place] = f"{caught.value.what}; {caught.value.hint}"
    in_a_file = "cannot be written (a part of its path is a file); name another file: --db"
    assert said["file/x.db"] == said["file/deeper/x.db"] == in_a_file
    assert said["blocked.db"].endswith("); check the path and its permissions, or name another file: --db")
    assert said["file/../blocked.db.new"] == "is not a file; name another file: --db"


def test_the_new_file_is_flushed_before_it_takes_the_place(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of the machine finds the old or the new database, because the new one is on the disk first."""
    done: list[str] = []
    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, noting(getattr(os, name), done))
    build.build(path, [archive(tmp_path / "a.zip", record("X-1"))], now=NOW)
    assert done == ["fsync", "replace", "fsync"]


def noting(function: Callable[..., object], done: list[str]) -> Callable[..., object]:
    """The function, which also notes that it was called."""

    def noted(*arguments: object) -> object:
        done.append(function.__name__)
        return function(*arguments)

    return noted


# --- real data -------------------------------------------------------------------------------------


@pytest.mark.shared
def test_real_archives_are_read_without_a_problem(shared_data: Path, tmp_path: Path) -> None:
    """Four databases in one: as many records as the archives have files."""
    archives = sorted(map(str, shared_data.glob("*/all.zip")))
    counts = [len(zipfile.ZipFile(each).namelist()) for each in archives]
    built = build.build(str(tmp_path / "advisories.db"), archives, now=NOW)
    assert built == Built(sum(counts), sum(counts), sum(counts), ())
