"""KEV and EPSS: fetched, read, held beside the records, joined on CVEs; a list that cannot be used changes nothing."""

import csv
import gzip
import hashlib
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.advisories import build, bundle, cves, data_wheel, database, integrity, local, signal_lists, signals
from pip_assay.advisories.signal_lists import Malformed
from pip_assay.advisories.signals import Refreshed
from pip_assay.errors import DatabaseError
from pip_assay.model import UNKNOWN, Data, Signals
from pip_assay.settings import Outside, Settings
from tests.mirror import publish
from tests.osv_export import archive, export, record
from tests.server import Asked, Reply, Server, quick
from tests.transcripts import Person, copy

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
QUICK = quick()._replace(retries=0)
SOURCE = str(Path(database.__file__).parents[2])

ENTRIES = (("CVE-2026-1001", "2026-03-01", "Known"), ("CVE-2026-1002", "2026-12-24", "Unknown"))
SCORES = (("CVE-2026-1001", "0.94321", "0.99990"), ("CVE-2026-1003", "0.00042", "0.10203"))


def kev(*entries: tuple[str, str, str], date: str = "2027-01-10T17:00:01.1234Z", **more: object) -> bytes:
    """CISA's list as JSON; `more` are fields of the document, added or put in their place."""
    listed = [
        {"cveID": name, "dateAdded": day, "knownRansomwareCampaignUse": used, "vendorProject": "A, B"}
        for name, day, used in entries or ENTRIES
    ]
    fields = {"title": "x", "dateReleased": date, "count": len(listed), "vulnerabilities": listed, **more}
    return json.dumps(fields).encode()


def epss(*rows: tuple[str, ...], date: str = "2027-01-14T00:00:00Z", header: str = "cve,epss,percentile") -> bytes:
    """FIRST's scores as CSV."""
    lines = [f"#model_version:v2025.03.14,score_date:{date}", header, *map(",".join, rows or SCORES)]
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A database with two records, and no lists."""
    made = str(tmp_path / "data" / "advisories.db")
    records = record("A-1", "alpha", aliases=["cve-2026-1001"]), record("A-2", "beta", aliases=["CVE-2026-1003"])
    build.build(made, [archive(tmp_path / "records.zip", *records)], now=NOW)
    return made


def served(content: bytes, etag: str = '"1"') -> Callable[[Asked], Reply]:
    """A file as a web server has it: asked for again with its mark, it is not sent again."""

    def answer(asked: Asked) -> Reply:
        same = asked.headers.get("if-none-match") == etag
        return Reply(b"", 304) if same else Reply(content, headers={"ETag": etag, "Last-Modified": "yesterday"})

    return answer


def origins(server: Server) -> dict[str, str]:
    """Where a server has the lists."""
    return {"kev": f"{server.url}/kev", "epss": f"{server.url}/epss"}


def serving(first: object = None, second: object = None) -> Server:
    """A server with both lists: content, or a whole answer."""
    both = {"/kev": kev() if first is None else first, "/epss": gzip.compress(epss()) if second is None else second}
    return Server({name: served(it) if isinstance(it, bytes) else it for name, it in both.items()})  # type: ignore[misc]


def update(path: str, server: Server, **named: Any) -> Refreshed:
    """Update the lists as the command does."""
    return signals.update(path, QUICK, {}, **{"now": NOW, "origins": origins(server), **named})


def held(path: str) -> tuple[dict[str, Signals], str]:
    """What is said of the CVEs of these tests, and the digest of it all."""
    with database.open(path) as opened:
        return opened.signals([f"CVE-2026-{number}" for number in range(1001, 1005)]), opened.data().digest


def rows(path: str) -> list[list[object]]:
    """The tables of the lists, as plain SQL sees them; a WAL or a lock is none of our business."""
    with closing(sqlite3.connect(path)) as connection:
        tables = ("signal", "exploited", "prediction")
        return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]


# --- fetching --------------------------------------------------------------------------------------


def test_both_lists_are_fetched_and_joined_on_cves(path: str) -> None:
    """Of each CVE: whether KEV names it and since when, and its EPSS score; what a list does not say is unknown."""
    with serving() as server:
        done = update(path, server)
        place = server.url
    assert done == Refreshed(
        (f"KEV: 2 CVEs, of 2027-01-10, from {place}/kev", f"EPSS: 2 CVEs, of 2027-01-14, from {place}/epss"), ()
    )
    assert held(path)[0] == {
        "CVE-2026-1001": Signals(True, "2026-03-01", True, 0.94321, 0.9999),
        "CVE-2026-1002": Signals(True, "2026-12-24", False, None, None),
        "CVE-2026-1003": Signals(False, "", False, 0.00042, 0.10203),
        "CVE-2026-1004": Signals(False, "", False, None, None),
    }
    with database.open(path) as opened:
        assert opened.data()._replace(where="", digest="")[-2:] == ("2027-01-10T17:00:01Z", "2027-01-14T00:00:00Z")
        assert [each[:4] for each in opened.lists().values()] == [
            ("epss", f"{place}/epss", "2027-01-14T00:00:00Z", "2027-01-15T08:00:00Z"),
            ("kev", f"{place}/kev", "2027-01-10T17:00:01Z", "2027-01-15T08:00:00Z"),
        ]
        assert {name: each.cves for name, each in opened.lists().items()} == {"epss": 2, "kev": 2}
    integrity.check(path, thoroughly=True)


def test_without_lists_everything_is_unknown(path: str) -> None:
    """A database without them says nothing, and its data name none."""
    with database.open(path) as opened:
        assert opened.signals(["CVE-2026-1001"]) == {}
        assert (opened.data().kev, opened.data().epss, opened.lists()) == ("", "", {})


def test_one_list_alone_leaves_the_other_unknown(path: str) -> None:
    """Where KEV is not held nothing is called unexploited; where EPSS is not, nothing improbable."""
    with serving(second=Reply(status=500)) as server:
        assert len(update(path, server).problems) == 1
    assert held(path)[0]["CVE-2026-1003"] == Signals(False)
    other = f"{path}.2"
    build.build(other, [os.path.join(os.path.dirname(os.path.dirname(path)), "records.zip")], now=NOW)
    with serving(first=Reply(status=500)) as server:
        assert len(update(other, server).problems) == 1
    assert held(other)[0]["CVE-2026-1001"] == Signals(None, "", False, 0.94321, 0.9999)
    assert held(other)[0]["CVE-2026-1002"] == UNKNOWN


def test_what_has_not_changed_costs_one_small_request_a_list(path: str) -> None:
    """The mark of the last answer is sent back, and the file is not touched."""
    with serving() as server:
        update(path, server)
        before, asked = Path(path).read_bytes(), len(server.asked)
        done = update(path, server, now=NOW + 86400)
        assert [each.headers["if-none-match"] for each in server.asked[asked:]] == ['"1"', '"1"']
        assert [each.headers["if-modified-since"] for each in server.asked[asked:]] == ["yesterday"] * 2
        assert done.lines == tuple(f"{it}: nothing has changed at {server.url}/{it.lower()}" for it in ("KEV", "EPSS"))
    assert done.problems == ()
    assert Path(path).read_bytes() == before


def test_a_server_without_marks_changes_nothing_either(path: str) -> None:
    """The same list, sent again, is the same list."""
    with serving(Reply(kev()), Reply(epss())) as server:
        update(path, server)
        before = Path(path).read_bytes()
        assert "nothing has changed" in update(path, server).lines[0]
    assert Path(path).read_bytes() == before


def test_a_mark_is_never_sent_to_another_server(path: str) -> None:
    """What one address calls its state means nothing at another."""
    with serving() as server:
        update(path, server)
    with serving(kev(*ENTRIES, ("CVE-2026-1004", "2027-01-01", "Known"))) as server:
        done = update(path, server)
        assert not [each for each in server.asked if "if-none-match" in each.headers]
        assert done.lines[0] == f"KEV: 3 CVEs, of 2027-01-10, from {server.url}/kev"
    assert held(path)[0]["CVE-2026-1004"].exploited


def test_a_changed_list_takes_the_place_of_the_held_one_as_a_whole(path: str) -> None:
    """What the new one does not name any more is gone; the other list stays."""
    with serving() as server:
        update(path, server)
        later = (("CVE-2026-1004", "2027-01-12", "Known"), ("CVE-2026-1002", "2026-12-24", "Unknown"))
        server.script["/kev"] = served(kev(*later, date="2027-01-13T00:00:00Z"), '"2"')
        assert update(path, server).problems == ()
    now = held(path)[0]
    assert [each.exploited for each in now.values()] == [False, True, False, True]
    assert now["CVE-2026-1001"].epss == 0.94321
    integrity.check(path)


@pytest.mark.parametrize(
    "pack", [lambda it: it, gzip.compress, lambda it: gzip.compress(it[:50]) + gzip.compress(it[50:])]
)
def test_files_on_the_disk_do_as_well(path: str, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """For closed networks: each may be a path, packed or not, named by an option or by the variable."""
    (tmp_path / "kev").write_bytes(pack(kev()))
    (tmp_path / "epss").write_bytes(pack(epss()))
    environ = {"PIP_ASSAY_KEV_URL": "https://nobody.example", "PIP_ASSAY_EPSS_URL": str(tmp_path / "epss")}
    offline = QUICK._replace(offline=True)
    done = signals.update(path, offline, environ, now=NOW, origins={"kev": str(tmp_path / "kev"), "epss": ""})
    assert done.problems == ()
    assert held(path)[0]["CVE-2026-1001"] == Signals(True, "2026-03-01", True, 0.94321, 0.9999)
    again = signals.update(path, offline, environ, now=NOW, origins={"kev": str(tmp_path / "kev")})
    assert again.lines == (
        f"KEV: nothing has changed at {tmp_path / 'kev'}",
        f"EPSS: nothing has changed at {tmp_path / 'epss'}",
    )


def test_an_address_that_says_gzip_itself_is_read(path: str) -> None:
    """Some servers send a .gz as a packed CSV: then it comes unpacked."""
    packed = Reply(gzip.compress(epss()), headers={"Content-Encoding": "gzip"})
    with serving(second=packed) as server:
        assert update(path, server).problems == ()
    assert held(path)[0]["CVE-2026-1001"].epss == 0.94321


def test_credentials_are_neither_told_nor_kept(path: str) -> None:
    """Of an address with a password, the rest is remembered."""
    with serving() as server:
        secret = {name: it.replace("http://", "http://me:s3cret@") for name, it in origins(server).items()}
        first = update(path, server, origins=secret)
        assert "nothing has changed" in update(path, server, origins=secret).lines[1]
        server.script["/kev"] = Reply("no", 500)
        second = update(path, server, origins=secret)
    assert "s3cret" not in repr((first, second))
    assert len(second.problems) == 1
    assert b"s3cret" not in Path(path).read_bytes()


def test_without_a_database_there_is_nowhere_to_put_them(tmp_path: Path) -> None:
    """It is told before anything is asked."""
    with serving() as server:
        with pytest.raises(DatabaseError, match="there is no advisory database"):
            update(str(tmp_path / "none.db"), server)
        assert server.asked == []


# --- lists that cannot be used ---------------------------------------------------------------------

BAD_KEV = {
    "nothing": (b"", "it has no cveID"),
    "a page": (b" <!doctype html><p>log in", "is a page of HTML"),
    "half": (kev()[:-20], "or only a part of one"),
    "half a gzip file": (gzip.compress(kev())[:-12], "is damaged, or only a part"),
    "a broken gzip file": (b"\x1f\x8b" + b"\x00" * 30, "is damaged, or only a part"),
    "no JSON": (b"{,}", "is no list of known exploited vulnerabilities"),
    "another document": (b'{"vulnerabilities": {}}', "is no list of known exploited vulnerabilities"),
    "nested": (b'{"vulnerabilities": ' + b"[" * 100_000, "is no list of known exploited vulnerabilities"),
    "bytes": (b"\xff\xfe{", "is not text in UTF-8"),
    "no entries": (kev(count=0, vulnerabilities=[]), "names no CVE"),
    "entries less": (kev(count=7), "has 2 entries, and says that it has another number"),
    "a count of words": (kev(count="x" * 5000), "has 2 entries, and says that it has another number"),
    "strange entries": (kev(count=1, vulnerabilities=[5]), "has an entry that is no JSON object"),
    "no CVE": (kev(("EVIL-1", "2026-01-01", "")), "names something else than a CVE (entry 1)"),
    "a number": (kev(count=1, vulnerabilities=[{"cveID": 5}]), "names something else than a CVE (entry 1)"),
    "a long CVE": (kev(("CVE-2026-12345678", "2026-01-01", "")), "names something else than a CVE (entry 1)"),
    "no day": (kev(("CVE-2026-1001", "", "")), "names no CVE with the day"),
    "tomorrow": (kev(date="2027-01-20T00:00:00Z"), "is of 2027-01-20, which is no day before today"),
    "the other list": (epss(), "it has no cveID"),
    "no CSV": (b'cveID,dateAdded\n"CVE-2026-1001,2026', "is no CSV, or only a part of one (after line 1)"),
    "a hole": (b"cveID,dateAdded\nCVE-2026-1001,2026-01-01\n,2026-01-01\n", "something else than a CVE (entry 2)"),
}
BAD_EPSS = {
    "nothing": (b"", "holds no scores"),
    "a page": (b"<html>", "is a page of HTML"),
    "half a gzip file": (gzip.compress(epss())[:-5], "is damaged, or only a part"),
    "no header": (epss(header="CVE-2026-1,0.1,0.2"), "it has no columns cve, epss, percentile"),
    "no scores": (epss(("", "", ""))[:-3], "holds no scores"),
    "comments": (b"#model_version:x,score_date:2027-01-01\n" * 3, "holds no scores"),
    "no date": (b"cve,epss,percentile\nCVE-2026-1001,0.1,0.1\n", "does not say of what day"),
    "no such day": (epss(date="2027-02-31"), "does not say of what day"),
    "tomorrow": (epss(date="2027-01-17T00:00:00Z"), "is of 2027-01-17, which is no day before today"),
    "the other list": (kev(), "is no list of EPSS scores"),
    "nonsense": (
        epss(*SCORES, ("CVE-2026-1004", "nan", "0.1")),
        "cannot be read in 1 of its lines, the first of them line 5",
    ),
}


@pytest.mark.parametrize(("content", "words"), BAD_KEV.values(), ids=BAD_KEV)
def test_a_bad_kev_leaves_the_one_that_is_held(path: str, content: bytes, words: str) -> None:
    """It is a problem that says what is wrong, where, and what to do; EPSS is updated all the same."""
    _changes_only_the_other(path, "kev", content, words)


@pytest.mark.parametrize(("content", "words"), BAD_EPSS.values(), ids=BAD_EPSS)
def test_bad_scores_leave_those_that_are_held(path: str, content: bytes, words: str) -> None:
    """It is a problem that says what is wrong, where, and what to do; KEV is updated all the same."""
    _changes_only_the_other(path, "epss", content, words)


def _changes_only_the_other(path: str, bad: str, content: bytes, words: str) -> None:
    other = "epss" if bad == "kev" else "kev"
    newer = {"kev": kev(date="2027-01-12T00:00:00Z"), "epss": epss(date="2027-01-15T00:00:00Z")}
    with serving() as server:
        update(path, server)
        before = {row[0]: row for row in rows(path)[0]}  # type: ignore[index]
        server.script.update({f"/{bad}": served(content, '"bad"'), f"/{other}": served(newer[other], '"new"')})
        done = update(path, server)
        (problem,) = done.problems
        assert problem.gap == "stale"
        assert words in problem.what
        assert str(problem.place) == f"{server.url}/{bad}"
        assert problem.hint == f"update again later, or from elsewhere: --{bad}-url"
    after = {row[0]: row for row in rows(path)[0]}  # type: ignore[index]
    assert after[bad] == before[bad]
    assert after[other] != before[other]
    assert held(path)[0]["CVE-2026-1001"] == Signals(True, "2026-03-01", True, 0.94321, 0.9999)
    integrity.check(path)


@pytest.mark.parametrize("name", ["kev", "epss"])
@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500),
        Reply(status=404),
        Reply(b"x" * 1000, cut=100),
        Reply(b"x" * 70_000_000),
        Reply(gzip.compress(b" " * 70_000_000)),
        Reply(gzip.compress(b" " * 70_000_000), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["broken", "gone", "cut", "too large", "bomb", "bomb as content encoding"],
)
def test_a_bad_answer_leaves_the_list_that_is_held(path: str, name: str, reply: Reply) -> None:
    """A cut, a gzip bomb, more bytes than the limit: nothing is changed, and the reason is told."""
    with serving() as server:
        update(path, server)
        before = Path(path).read_bytes()
        server.script[f"/{name}"] = reply
        (problem,) = update(path, server).problems
    assert problem.place is not None
    assert problem.place.file.startswith("127.0.0.1" if problem.place.file[0] == "1" else server.url)
    assert Path(path).read_bytes() == before


@pytest.mark.parametrize("name", ["kev", "epss"])
def test_a_bomb_is_not_unpacked(path: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A good list, and then blank lines without end in a few kilobytes: it is refused before they fill the memory."""
    monkeypatch.setattr(signals, "KINDS", tuple(kind._replace(limit=1_000_000) for kind in signals.KINDS))
    good = {"kev": kev(), "epss": epss()}[name]
    with serving() as server:
        server.script[f"/{name}"] = served(gzip.compress(good + b"\n" * 50_000_000))
        tracemalloc.start()
        (problem,) = update(path, server).problems
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert problem.what.endswith("unpacks to more than 1.0 MB")
    assert peak < 20_000_000


@pytest.mark.parametrize("name", ["kev", "epss"])
def test_a_file_that_cannot_be_read_is_told(path: str, tmp_path: Path, name: str) -> None:
    """Missing, or a folder."""
    with serving() as server:
        for place in (tmp_path / "missing", tmp_path):
            (problem,) = update(path, server, origins={**origins(server), name: str(place)}).problems
            assert str(problem.place) == str(place)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("kev", kev(date="2027-01-09T00:00:00Z"), "is of 2027-01-09, and the one that is held of 2027-01-10"),
        ("epss", epss(date="2026-01-14T00:00:00+0000"), "is of 2026-01-14, and the one that is held of 2027-01-14"),
        ("kev", kev(ENTRIES[0], date="2027-01-12T00:00:00Z"), "names 1 CVE, and the one that is held 2"),
        ("epss", epss(SCORES[0], date="2027-01-15T00:00:00Z"), "names 1 CVE, and the one that is held 2"),
    ],
)
def test_an_older_or_shrunken_list_needs_a_word(path: str, name: str, content: bytes, words: str) -> None:
    """A mirror that stands still, or a part of a list, takes nothing away unless that is wanted, wherever it is."""
    with serving() as server:
        update(path, server)
        before = Path(path).read_bytes()
        server.script["/mirror"] = server.script[f"/{name}"] = served(content, '"2"')
        for place in (name, "mirror"):
            (problem,) = update(path, server, origins={**origins(server), name: f"{server.url}/{place}"}).problems
            assert words in problem.what
            assert problem.hint == "find out why, or take it as it is: --accept-older"
            assert Path(path).read_bytes() == before
        assert update(path, server, accept_older=True).problems == ()
    assert Path(path).read_bytes() != before


# --- what a list says ------------------------------------------------------------------------------


def test_kev_as_csv_says_what_its_json_says() -> None:
    """The columns have the names of the fields; a quoted line break is none, and the newest entry dates the list."""
    room = io.StringIO(newline="")
    writer = csv.writer(room)
    writer.writerow(["cveID", "vendorProject", "dateAdded", "shortDescription", "knownRansomwareCampaignUse"])
    for name, day, used in ENTRIES:
        writer.writerow([name, 'A, "B"', day, "one\ntwo, CVE-2020-1234", used])
    from_csv, from_json = signal_lists.kev(b"\xef\xbb\xbf" + room.getvalue().encode()), signal_lists.kev(kev())
    assert from_csv.rows == from_json.rows == ((20260001001, "2026-03-01", 1), (20260001002, "2026-12-24", 0))
    assert (from_csv.date, from_json.date) == ("2026-12-24T00:00:00Z", "2027-01-10T17:00:01Z")


def test_a_cve_that_kev_names_twice_counts_once() -> None:
    """In any letter case: the first day on which it was added, and ransomware if one entry knows of it."""
    twice = kev(
        ("cve-2026-1001", "2026-05-05", "known"), ("CVE-2026-1001", "2026-04-04", "Unknown"), ("CVE-2026-1001", "", "")
    )
    assert signal_lists.kev(twice).rows == ((cves.number("CVE-2026-1001"), "2026-04-04", 1),)


def test_fields_of_kev_that_are_none_make_no_exploit_unknown() -> None:
    """Without a day or a word on ransomware it is exploited all the same."""
    listed = [{"cveID": "CVE-2026-1001", "dateAdded": 5, "knownRansomwareCampaignUse": ["Known"]}]
    more = {"cveID": "CVE-2026-1002", "dateAdded": "2026-01-02"}
    made = signal_lists.kev(kev(count=2, vulnerabilities=[*listed, more], dateReleased=None))
    assert [row[1:] for row in made.rows] == [("", 0), ("2026-01-02", 0)]
    assert made.date == "2026-01-02T00:00:00Z"


HOLES = (
    "CVE-2026-2001", "CVE-2026-2001,0.1", ",0.1,0.1", "CVE-2026-2001,,", "CVE-2026-2001,nan,0.1",
    "CVE-2026-2001,0.1,NaN", "CVE-2026-2001,-0.1,0.1", "CVE-2026-2001,2.0,0.1", "CVE-2026-2001,0.1,1.00001",
    "CVE-2026-2001,inf,0.1", "CVE-2026-2001,0x1,0.1", "CVE-2026-2001,0.1,0.1" + "0" * 300, "EVIL,0.1,0.1",
    "CVE-2026-12345678,0.1,0.1", "\x00", "\xff\xfe", "CVE-2026-\u0661\u0661\u0661\u0661,0.1,0.1",
    "CVE-2026-2001;0.1;0.1",
)  # fmt: skip


@pytest.mark.parametrize("hole", HOLES)
def test_a_hole_in_the_scores_leaves_its_cve_unknown(hole: str) -> None:
    """No score is made of nan, a negative number or 2.0; the others are read, and the line is named."""
    good = [(f"CVE-2026-{number}", "0.5", "0.6") for number in range(1001, 1021)]
    content = epss(*good[:10], (hole,), ("",), *good[10:])
    said = signal_lists.epss(content.replace(b"\n", b"\r\n"))
    assert said == signal_lists.Said(
        "2027-01-14T00:00:00Z", tuple((20260000000 + number, 50_000, 60_000) for number in range(1001, 1021)), 1, 13
    )


def test_scores_with_holes_are_taken_and_told(path: str) -> None:
    """The list takes the place of the old one, and a problem names the first line that cannot be read."""
    good = [(f"CVE-2026-{number}", "0.5", "0.6") for number in range(1001, 1022)]
    with serving(second=epss(("CVE-2026-1001", "nan", "nan"), *good[1:], ("x",))) as server:
        (problem,) = update(path, server).problems
        assert str(problem.place) == f"{server.url}/epss:3"
    assert (problem.gap, problem.what) == (
        "unreadable",
        "2 of its lines cannot be read, so the CVEs in them stay unknown",
    )
    assert held(path)[0]["CVE-2026-1001"].epss is None
    assert held(path)[0]["CVE-2026-1002"].epss == 0.5


def test_of_two_scores_the_higher_counts() -> None:
    """In any order and any letter case; equal lines are no contradiction."""
    lines = [("CVE-2026-1001", "0.2", "0.9"), ("cve-2026-1001", "0.3", "0.1"), ("CVE-2026-1001", "0.3", "0.1")]
    for order in (lines, lines[::-1]):
        assert signal_lists.epss(epss(*order)).rows == ((cves.number("CVE-2026-1001"), 30_000, 10_000),)


def test_columns_are_found_by_their_names() -> None:
    """A column more, or another order, moves no number into a wrong place."""
    said = signal_lists.epss(epss(("x", "0.25", "CVE-2026-1001", "0.5"), header="new,Percentile,CVE,epss"))
    assert said.rows == ((cves.number("CVE-2026-1001"), 50_000, 25_000),)


@pytest.mark.parametrize("read", [signal_lists.kev, signal_lists.epss])
def test_a_list_that_names_too_much_is_refused(read: signal_lists.Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it fills the memory."""
    monkeypatch.setattr(signal_lists, "MOST", 1)
    with pytest.raises(Malformed, match="names more than 1 CVEs"):
        read(kev() if read == signal_lists.kev else epss())


scores = st.integers(0, 100_000).map(lambda units: f"{units // 100_000}.{units % 100_000:05}")
ids = st.builds("CVE-{}-{:04}".format, st.integers(1999, 2027), st.integers(1, 9_999_999))


@given(st.dictionaries(ids, st.tuples(scores, scores), min_size=1, max_size=30))
def test_scores_are_those_that_csv_and_float_read(listed: dict[str, tuple[str, str]]) -> None:
    """Python's own csv and float read the same file; a score is the float of its text, to the last bit."""
    content = epss(*((name, *both) for name, both in listed.items()))
    expected = {row["cve"]: row for row in csv.DictReader(content.decode().splitlines()[1:])}
    found = {row[0]: row[1:] for row in signal_lists.epss(content).rows}
    assert len(found) == len(expected)
    for name, row in expected.items():
        one, two = found[cves.number(name) or 0]
        assert (one / cves.UNITS, two / cves.UNITS) == (float(row["epss"]), float(row["percentile"]))  # type: ignore[operator]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_list_or_malformed(content: bytes) -> None:
    """Whatever a server sends: no other error."""
    for read, start in ((signal_lists.kev, b"cveID\n"), (signal_lists.kev, b"{"), (signal_lists.epss, epss()[:90])):
        for each in (content, start + content):
            with suppress(Malformed):
                assert read(each).rows


@given(ids, ids)
def test_numbers_tell_cves_apart(one: str, other: str) -> None:
    """Two CVEs have one number only if year and number are the same; their order is that of year, then number."""
    parts = [tuple(map(int, re.findall("[0-9]+", each))) for each in (one, other)]
    numbers = [cves.number(one) or 0, cves.number(other.lower()) or 0]
    assert (numbers[0] < numbers[1], numbers[0] == numbers[1]) == (parts[0] < parts[1], parts[0] == parts[1])


@pytest.mark.parametrize(
    "name", ["", "CVE-2026-1", "CVE-26-1234", "GHSA-1234", "CVE-2026-12345678", " CVE-2026-1234", "CVE-2026-1234\n"]
)
def test_what_is_no_cve_has_no_number(name: str) -> None:
    """Nor is looked up."""
    assert cves.number(name) is None


# --- held with the records -------------------------------------------------------------------------


def test_the_digest_covers_the_lists(path: str) -> None:
    """Same digest, same answers: a list, its date, and one number in it change it; where it came from does not."""
    seen = [held(path)[1]]
    with serving() as server:
        update(path, server)
        seen.append(held(path)[1])
        server.script["/copy"] = served(kev())
        moved = update(path, server, origins={**origins(server), "kev": f"{server.url}/copy"}, now=NOW + 100)
        assert moved.lines[0] == f"KEV: 2 CVEs, of 2027-01-10, from {server.url}/copy"
        assert held(path)[1] == seen[-1]
        server.script["/kev"] = served(kev(date="2027-01-11T00:00:00Z"), '"2"')
        update(path, server)
        seen.append(held(path)[1])
        server.script["/epss"] = served(epss(SCORES[0], ("CVE-2026-1003", "0.00043", "0.10203")), '"2"')
        update(path, server)
        seen.append(held(path)[1])
    assert len({*seen}) == len(seen) == 4
    integrity.check(path, thoroughly=True)


def test_records_and_lists_come_in_any_order(path: str, tmp_path: Path) -> None:
    """An update of the records keeps the lists as they are; the digest knows no history."""
    with serving() as server:
        update(path, server)
        build.build(path, [archive(tmp_path / "more.zip", record("B-1"))], now=NOW)
        before = held(path)
        assert before[0]["CVE-2026-1001"].exploited
        other = str(tmp_path / "other.db")
        build.build(other, [str(tmp_path / "more.zip"), str(tmp_path / "records.zip")], now=NOW)
        update(other, server)
    assert held(other) == before
    build.build(path, [str(tmp_path / "more.zip")], now=NOW, replace=True)
    with database.open(path) as opened:
        assert (opened.lists(), opened.data().kev) == ({}, "")
    integrity.check(path, thoroughly=True)


def test_a_database_without_lists_has_the_digest_of_its_records_alone(path: str) -> None:
    """A list that was never fetched changes nothing: id, time and SHA-256 of each record, by id."""
    with closing(sqlite3.connect(path)) as connection:
        listed = connection.execute("SELECT id, modified, digest FROM advisory ORDER BY id").fetchall()
        total = hashlib.sha256(b"".join(f"{name} {time} ".encode() + digest + b"\n" for name, time, digest in listed))
        assert connection.execute("SELECT digest FROM state").fetchall() == [(total.hexdigest(),)]


LIES = {
    "less": "DELETE FROM exploited WHERE cve = (SELECT max(cve) FROM exploited)",
    "more": "INSERT INTO exploited VALUES (20260009999, '2026-01-01', 0)",
    "another day": "UPDATE exploited SET added = '2020-01-01'",
    "no ransomware": "UPDATE exploited SET ransomware = 0",
    "improbable": "UPDATE prediction SET probability = 0",
    "no scores": "DELETE FROM prediction",
    "no list": "DELETE FROM signal WHERE name = 'kev'",
    "another date": "UPDATE signal SET date = '2027-01-11T00:00:00Z' WHERE name = 'kev'",
    "another list": "INSERT INTO signal VALUES ('xyz', '', '', '', '', '', x'00')",
    "another sum": "UPDATE signal SET sum = x'00'",
    "text": "UPDATE signal SET sum = 'x'",
    "bytes": "UPDATE signal SET date = x'ff'",
}


@pytest.mark.parametrize("sql", LIES.values(), ids=LIES)
@pytest.mark.parametrize("thoroughly", [False, True])
def test_a_changed_list_is_found(path: str, sql: str, thoroughly: bool) -> None:
    """No row of a list, nor its date, is changed unseen."""
    with serving() as server:
        update(path, server)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)
    words = "it holds a list of CVEs that pip-assay does not know" if "xyz" in sql else ""
    with pytest.raises(DatabaseError, match=f"the advisory database is damaged: {words}"):
        integrity.check(path, thoroughly=thoroughly)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE prediction SET probability = 200000 WHERE cve = 1",
        "UPDATE prediction SET percentile = 'x' WHERE cve = 1",
        "UPDATE prediction SET probability = 0.5 WHERE cve = 1",
        "UPDATE prediction SET probability = -1 WHERE cve = 1",
        "UPDATE exploited SET added = 'soon' WHERE cve = 1",
        "UPDATE exploited SET ransomware = 2 WHERE cve = 1",
    ],
)
def test_values_that_no_list_has_are_found_whatever_their_sum(path: str, sql: str) -> None:
    """A stranger can compute a SHA-256 too; so each value is looked at."""
    with serving() as server:
        update(path, server)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO exploited VALUES (1, '2026-01-01', 0)")
        connection.execute("INSERT INTO prediction VALUES (1, 5, 5)")
        connection.execute(sql)
        tables = {"kev": "exploited", "epss": "prediction"}
        total = {
            name: signal_lists.sum_of(connection.execute(f"SELECT * FROM {table} ORDER BY cve"))
            for name, table in tables.items()
        }
        connection.executemany("UPDATE signal SET sum = ?2 WHERE name = ?1", total.items())
    with pytest.raises(DatabaseError, match=r"its list '(kev|epss)' is not what"):
        integrity.check(path)


@pytest.mark.parametrize(
    "sql", ["UPDATE prediction SET percentile = 'x'", "UPDATE exploited SET added = x'ff'", "DROP TABLE exploited"]
)
def test_a_list_with_nonsense_in_it_is_damage(path: str, sql: str) -> None:
    """Not a traceback, and not a clean answer."""
    with serving() as server:
        update(path, server)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)
    with database.open(path) as opened, pytest.raises(DatabaseError, match="damaged"):
        opened.signals(["CVE-2026-1001"])


def test_lists_travel_with_the_database(path: str, tmp_path: Path) -> None:
    """Exported and imported, or in a data wheel, they say what they said at home."""
    with serving() as server:
        update(path, server)
    before, file, other = held(path), str(tmp_path / "carried.zip"), str(tmp_path / "closed.db")
    bundle.write(path, file)
    bundle.verify(file)
    bundle.take(file, other)
    assert held(other) == before
    assert rows(other) == rows(path)
    wheel = data_wheel.build(path, str(tmp_path))
    subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, str(tmp_path / "site")], check=True)
    assert held(str(tmp_path / "site" / "pip_assay_db" / "advisories.db")) == before


# --- cuts and kills --------------------------------------------------------------------------------

UPDATE = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pip_assay.advisories import signals
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
origins = {"kev": f"{url}/kev", "epss": f"{url}/epss"}
assert not signals.update(path, network, {}, now=1.8e9, origins=origins).problems
"""


def test_an_update_killed_at_any_step_leaves_a_whole_database(path: str) -> None:
    """It is the old one or the new one, and the next update works."""
    with serving() as server:
        update(path, server)
        old, original = held(path), Path(path).read_bytes()
        server.script["/kev"] = served(kev(*ENTRIES, ("CVE-2026-1004", "2027-01-11", "Known")), '"2"')
        server.script["/epss"] = served(epss(*SCORES, ("CVE-2026-1004", "0.5", "0.5")), '"2"')
        update(path, server)
        new, seen = held(path), []
        for last in range(1, 60):
            Path(path).write_bytes(original)
            command = [sys.executable, "-I", "-c", UPDATE, SOURCE, path, server.url, str(last)]
            code = subprocess.run(command, check=False).returncode
            integrity.check(path, thoroughly=True)
            seen.append(held(path))
            if code == 0:
                break
            assert code == -signal.SIGKILL
        update(path, server)
    assert seen[-1] == new
    assert all(each in (old, new) for each in seen)
    assert len(seen) > 5
    assert held(path) == new
    assert sorted(os.listdir(Path(path).parent)) == ["advisories.db", "advisories.db.lock"]


def test_a_slower_update_does_not_undo_a_faster_one(path: str) -> None:
    """One that was overtaken between its question and its turn leaves what the other brought."""
    with serving() as server:
        update(path, server)
        server.script["/kev"] = served(kev(date="2027-01-12T00:00:00Z"), '"2"')
        newest = epss(*SCORES, date="2027-01-15T00:00:00Z")
        turn = iter((True,))

        def overtaken(asked: Asked) -> Reply:
            if next(turn, False):
                server.script["/kev"] = served(kev(date="2027-01-14T00:00:00Z"), '"3"')
                update(path, server)
            return served(newest, '"2"')(asked)

        server.script["/epss"] = overtaken
        assert update(path, server).problems == ()
    with database.open(path) as opened:
        assert (opened.data().kev, opened.data().epss) == ("2027-01-14T00:00:00Z", "2027-01-15T00:00:00Z")


# --- the command -----------------------------------------------------------------------------------


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    """Somebody with a project of two releases, a copy of the advisories, and both lists on a disk."""
    someone = Person(copy("vulnerable", tmp_path), monkeypatch, capfd)
    records = [
        record(
            f"PYSEC-2026-{number}", project, fixed="9", aliases=[f"CVE-2026-{number}"], modified="2026-11-20T08:00:00Z"
        )
        for number, project in ((1001, "alpha"), (1003, "alpha"), (1002, "beta"))
    ]
    records[2]["severity"] = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"}]
    export(someone.folder / "export", *records)
    (someone.folder / "requirements.txt").write_text("alpha==1.0\nbeta==1.0\n")
    for name, content in (("kev", kev(date="2026-11-20T00:00:00Z")), ("epss", epss(date="2026-11-21T00:00:00Z"))):
        (someone.folder / name).write_bytes(content)
        monkeypatch.setenv(f"PIP_ASSAY_{name.upper()}_URL", str(someone.folder / name))
    return someone


AUDIT = ("-r", "requirements.txt", "--no-deps", "--offline")
UPDATED = ("db", "update", "--from", "export")


def test_the_command_fetches_them_when_asked_and_keeps_them(person: Person) -> None:
    """`db update --signals` brings records and lists; without the option the lists stay as they are."""
    said = person.types(*UPDATED)
    assert said.code == 0
    assert "KEV       not held; fetch it: pip-assay db update --signals\n" in person.types("db", "info").stdout
    said = person.types(*UPDATED, "--signals")
    assert said.code == 0
    assert "KEV: 2 CVEs, of 2026-11-20, from FOLDER/kev\n" in said.stderr
    assert "EPSS: 2 CVEs, of 2026-11-21, from FOLDER/epss\n" in said.stderr
    archive(person.folder / "export" / "PyPI" / "all.zip", record("PYSEC-2026-7", modified="2026-11-21T08:00:00Z"))
    (person.folder / "kev").write_bytes(b"{}")
    assert person.types(*UPDATED).code == 0
    told = person.types("db", "info").stdout
    assert re.search(r"^records   1\n", told, re.MULTILINE)
    assert (
        "KEV       2 CVEs, of 2026-11-20 (2 days ago), fetched 2026-11-22T08:00:00Z from FOLDER/kev\n"
        "EPSS      2 CVEs, of 2026-11-21 (1 day ago), fetched 2026-11-22T08:00:00Z from FOLDER/epss\n"
    ) in told
    assert person.types("db", "verify").code == 0


def test_a_list_that_fails_makes_the_update_incomplete_and_no_more(person: Person) -> None:
    """Exit code 3 with the reason; the advisories and the other list are updated."""
    (person.folder / "kev").write_bytes(b"<html>")
    said = person.types(*UPDATED, "--signals")
    assert said.code == 3
    assert (
        "FOLDER/kev: the list of known exploited vulnerabilities could not be updated: is a page of HTML" in said.stderr
    )
    assert "EPSS: 2 CVEs" in said.stderr
    found = json.loads(person.types(*AUDIT, "-f", "json").stdout)
    assert (found["data"]["kev"], found["data"]["epss"]) == ("", "2026-11-21T00:00:00Z")
    assert {each["signals"]["exploited"] for each in found["findings"]} == {None}


def test_lists_are_updated_though_the_advisories_cannot_be(person: Person) -> None:
    """Neither waits for the other; without a database there is nothing to put them into."""
    assert person.types("db", "update", "--from", "nowhere", "--signals").code == 3
    assert not Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db").exists()
    person.types(*UPDATED)
    said = person.types("db", "update", "--from", "nowhere", "--signals")
    assert said.code == 3
    assert "there is no bulk export of the PyPI advisories" in said.stderr
    assert "KEV: 2 CVEs" in said.stderr
    assert "KEV       2 CVEs" in person.types("db", "info").stdout


def test_an_address_without_the_option_is_told(person: Person) -> None:
    """Nothing is fetched that was not asked for, and no option is taken in silence."""
    said = person.types(*UPDATED, "--kev-url", "kev")
    assert (said.code, said.stdout) == (2, "")
    assert "add --signals" in said.stderr
    assert person.types(*UPDATED, "--signals", "--epss-url", "nowhere").code == 3


def test_an_audit_shows_them_worst_first(person: Person) -> None:
    """What is known to be exploited comes before what only is severe; JSON, tables and terminal agree."""
    person.types(*UPDATED)
    plain = person.types(*AUDIT, "-f", "columns").stdout
    assert plain.splitlines()[0].split() == ["Name", "Version", "ID", "Fix", "Versions"]
    person.types(*UPDATED, "--signals")
    said = person.types(*AUDIT)
    assert said.code == 1
    places = [said.stdout.index(f"PYSEC-2026-{number}") for number in (1002, 1001, 1003)]
    assert places == sorted(places)
    assert re.search(
        r"PYSEC-2026-1001 .*CVE-2026-1001, known exploited, used in ransomware, EPSS 94%$", said.stdout, re.MULTILINE
    )
    assert re.search(r"PYSEC-2026-1003 .*CVE-2026-1003$", said.stdout, re.MULTILINE)
    assert re.search(r"CVE-2026-1003, EPSS <0.1%$", person.types(*AUDIT, "-v").stdout, re.MULTILINE)
    assert [line.split()[2:] for line in person.types(*AUDIT, "-f", "columns").stdout.splitlines()[2:]] == [
        ["PYSEC-2026-1001", "9", "yes", "94.3%"],
        ["PYSEC-2026-1003", "9", "no", "<0.1%"],
        ["PYSEC-2026-1002", "9", "yes", "unknown"],
    ]
    found = json.loads(person.types(*AUDIT, "-f", "json").stdout)
    assert (found["data"]["kev"], found["data"]["epss"]) == ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")
    signals_of = {each["id"]: each["signals"] for each in found["findings"]}
    assert signals_of["PYSEC-2026-1001"] == {
        "exploited": True, "since": "2026-03-01", "ransomware": True, "epss": 0.94321, "percentile": 0.9999,
    }  # fmt: skip
    assert signals_of["PYSEC-2026-1002"]["epss"] is None


def test_an_audit_without_findings_reads_no_list(person: Person) -> None:
    """The lists cost nothing where there is nothing to join them on."""
    person.types(*UPDATED, "--signals")
    path = Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE exploited")
    (person.folder / "requirements.txt").write_text("clean==1.0\n")
    assert person.types(*AUDIT).code == 0
    (person.folder / "requirements.txt").write_text("alpha==1.0\n")
    assert person.types(*AUDIT).code == 3


# --- lists that are too old ------------------------------------------------------------------------


def test_a_day_on_which_nothing_can_have_been_added_is_none() -> None:
    """The CVE is on the list all the same; a day after that of the list itself is a mistake."""
    listed = kev(("CVE-2026-1001", "2099-01-01", "Known"), ("CVE-2026-1002", "2027-01-10", ""))
    assert signal_lists.kev(listed).rows == ((20260001001, "", 1), (20260001002, "2027-01-10", 0))


@pytest.mark.parametrize("share", ["\uff11", "0.5_0", "\u0661", "nan", "inf", "", "1.1"])
def test_a_score_is_written_in_plain_digits(share: str) -> None:
    """Python reads other digits, and underscores, as numbers; FIRST writes neither."""
    rows = [*((f"CVE-2026-{number}", "0.1", "0.2") for number in range(2000, 2020)), ("CVE-2026-1001", share, "0.5")]
    said = signal_lists.epss(epss(*rows))
    assert (len(said.rows), said.wrong, said.line) == (20, 1, 23)


@pytest.fixture
def old(person: Person) -> Person:
    """A database with lists of long ago, and of a flaw that neither names."""
    scores = [(f"CVE-2026-{number}", "0.1", "0.2") for number in (1001, 1002, 1003)]
    (person.folder / "kev").write_bytes(kev(("CVE-2020-1000", "2022-01-10", ""), date="2022-01-20T00:00:00Z"))
    (person.folder / "epss").write_bytes(epss(*scores, date="2022-01-20T00:00:00Z"))
    assert person.types(*UPDATED, "--signals").code == 0
    (person.folder / "requirements.txt").write_text("alpha==1.0\n")
    return person


def test_an_old_list_decides_nothing_in_silence(old: Person) -> None:
    """What it does not name is unknown, which fails; a rule that uses it has a problem, any other names its date."""
    said = old.types(*AUDIT, "--fail-on", "exploited")
    assert said.code == 1
    assert "is of 2022-01-20, 1767 days ago; run: pip-assay db update --signals" in said.stdout
    assert "EPSS scores" not in said.stdout
    assert "whether it is exploited is not known: KEV is of an earlier day; see db update --signals" in said.stdout
    said = old.types(*AUDIT, "--fail-on", "epss>=0.5")
    assert said.code == 3
    assert "the EPSS scores are of 2022-01-20, 1767 days ago" in said.stdout
    assert old.types(*AUDIT, "--fail-on", "epss>=0.5", "--max-db-age", "1800").code == 0
    plain = old.types(*AUDIT)
    assert (plain.code, "PROBLEM" in plain.stdout) == (1, False)
    assert "; KEV of 2022-01-20; EPSS of 2022-01-20.\n" in plain.stdout
    (old.folder / "requirements.txt").write_text("clean==1.0\n")
    assert old.types(*AUDIT, "--fail-on", "exploited").code == 0


def test_of_many_targets_the_old_list_is_one_problem(old: Person) -> None:
    """Workers are told that the data were made sure of; the age of the lists is looked at all the same."""
    for number in range(3):
        (old.folder / f"p{number}").mkdir()
        (old.folder / f"p{number}" / "requirements.txt").write_text("alpha==1.0\n")
    said = old.types("-R", ".", "--offline", "--no-deps", "--fail-on", "epss>=0.5")
    assert said.stdout.count("the EPSS scores are of 2022-01-20") == 1


@pytest.mark.parametrize(
    ("name", "date", "is_old"),
    [
        ("kev", "2026-12-20T08:00:00Z", False),
        ("kev", "2026-12-17T07:59:00Z", True),
        ("epss", "2027-01-06T08:00:00Z", False),
        ("epss", "2027-01-06T07:59:00Z", True),
        ("kev", "2027-02-01T00:00:00Z", True),
        ("kev", "", False),
    ],
)
def test_how_old_a_list_may_be(name: str, date: str, is_old: bool) -> None:
    """As old as the data, and the days that may pass before there is a newer one; of tomorrow is of no known day."""
    data = Data("local database", kev=date if name == "kev" else "", epss=date if name == "epss" else "")
    assert bool(local.old_lists(("kev", "epss"), data, Settings(), Outside({}, "", NOW))) is is_old
    assert local.old_lists((), data, Settings(), Outside({}, "", NOW)) == ()


def test_as_of_a_day_a_list_is_as_old_as_it_falls_short_of_it() -> None:
    """A list of 2022 is of the future for an audit as of 2021."""
    data = Data("local database", kev="2022-01-20T00:00:00Z", as_of="x")
    for day, words in (("2021-06-01", ""), ("2022-02-01", ""), ("2026-01-01", "CVEs that were listed by 2026-01-01")):
        told = local.old_lists(["kev"], data, Settings(as_of=day), Outside({}, "", NOW))
        assert (words in str(told)) if words else told == ()


def test_when_the_data_are_refreshed_so_are_the_lists_that_are_held(tmp_path: Path) -> None:
    """From where they came; one that is not held is not asked for, and one that fails leaves what is held."""
    said: list[str] = []
    with serving() as server:
        url = publish(server, tmp_path, record("X-1", modified="2027-01-15T00:00:00Z"))
        outside = Outside(
            {"PIP_ASSAY_DB": str(tmp_path / "a.db"), "PIP_ASSAY_OSV_BULK": url, "PIP_CONFIG_FILE": os.devnull},
            str(tmp_path), NOW, said.append,
        )  # fmt: skip
        local.hold(Settings(), outside)
        path = str(tmp_path / "a.db")
        signals.update(path, QUICK, {}, now=NOW, origins={"kev": f"{server.url}/kev", "epss": f"{tmp_path}/none"})
        server.script["/kev"] = served(kev(date="2027-02-20T00:00:00Z"), '"2"')
        later = outside._replace(now=NOW + 40 * 86400)
        before = len(server.asked)
        local.hold(Settings(max_database_age=30), later)
        assert "/kev" in server.paths()[before:]
        with database.open(path) as opened:
            assert {name: each.date for name, each in opened.lists().items()} == {"kev": "2027-02-20T00:00:00Z"}
        server.script["/kev"] = Reply("no", 404)
        assert local.hold(Settings(max_database_age=30), later._replace(now=NOW + 80 * 86400)).database
        assert any("the list of known exploited vulnerabilities could not be updated" in each for each in said)
        with database.open(path) as opened:
            assert opened.data().kev == "2027-02-20T00:00:00Z"


# --- errata of distributions -----------------------------------------------------------------------


@pytest.fixture
def image(person: Person) -> Person:
    """A bill of a system library, whose erratum speaks of two CVEs, one of which is known to be exploited."""
    cves = ["CVE-2026-1001", "CVE-2026-1009"]
    erratum = record("ALSA-1", "libwebp", ecosystem="AlmaLinux:8", fixed="1.0.0-8.el8", related=cves)
    export(person.folder / "export", erratum, ecosystem="AlmaLinux")
    assert person.types(*UPDATED, "--signals").code == 0
    return person


def bill(person: Person, purl: str) -> str:
    """Write a CycloneDX bill of one component. Return its name."""
    component = {"type": "library", "name": "libwebp", "version": "1.0.0-7.el8", "purl": purl}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [component]}
    (person.folder / "bom.json").write_text(json.dumps(document))
    return "bom.json"


LIBWEBP = "pkg:rpm/almalinux/libwebp@1.0.0-7.el8?distro=almalinux-"


def test_what_an_erratum_speaks_of_is_joined_with_the_lists(image: Person) -> None:
    """Its CVEs are no aliases of it; they say whether it is exploited, and are accepted all or not at all."""
    target = (bill(image, f"{LIBWEBP}8"), "--offline")
    said = image.types(*target, "--fail-on", "exploited")
    assert said.code == 1
    assert re.search(r"ALSA-1 .*known exploited, used in ransomware, EPSS 94%", said.stdout)
    one = image.types(*target, "--ignore-vuln", "CVE-2026-1009")
    assert one.code == 1
    assert "does not silence CVE-2026-1001, of which ALSA-1 speaks, too" in one.stdout
    assert image.types(*target, "--ignore-vuln", "CVE-2026-1009", "--ignore-vuln", "CVE-2026-1001").code == 0
    found = json.loads(image.types(*target, "-f", "json").stdout)["findings"][0]
    assert (found["aliases"], found["signals"]["exploited"]) == ([], True)
    assert found["advisories"][0]["upstream"] == ["CVE-2026-1001", "CVE-2026-1009"]


def test_a_release_of_a_distribution_that_no_record_names_is_not_clean(image: Person) -> None:
    """AlmaLinux 11 is no release of which there are data, whatever is held of others."""
    said = image.types(bill(image, f"{LIBWEBP}11"), "--offline")
    assert said.code == 3
    assert "holds nothing that advisory data cover, but packages of AlmaLinux:11" in said.stdout
