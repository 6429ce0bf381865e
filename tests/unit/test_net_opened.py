"""A file on a server, read in parts: as if it were here, within bounds, and never believed when it lies."""

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay import net
from pip_assay.errors import NetworkError, NotFound
from pip_assay.net import remote
from tests.far_files import in_parts, span
from tests.server import Asked, Reply, Server, moved, quick

QUICK = quick()._replace(retries=0)
CONTENT = bytes(number * number % 251 for number in range(5000))


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a size that makes small files need many."""
    monkeypatch.setattr(remote, "END", 300)
    monkeypatch.setattr(remote, "AHEAD", 100)
    monkeypatch.setattr(remote, "SMALL", 0)


STEPS = st.tuples(st.sampled_from(["seek", "from here", "from the end", "read"]), st.integers(-200, 5200))


@settings(max_examples=60)
@given(st.integers(1, 5000), st.lists(STEPS, max_size=12), st.booleans(), st.booleans())
def test_it_reads_as_a_file_that_is_here(size: int, steps: list[tuple[str, int]], parts: bool, small: bool) -> None:
    """Whatever is sought and read, and however the server sends it: the standard library's file is the oracle."""
    content = CONTENT[:size]
    here = io.BytesIO(content)
    with (
        pytest.MonkeyPatch.context() as patch,
        Server({"/f": in_parts(content) if parts else Reply(content)}) as server,
    ):
        patch.setattr(remote, "SMALL", 5000 if small else 0)
        there = net.opened(QUICK, f"{server.url}/f")
        assert (there.size, there.seekable()) == (size, True)
        for what, number in steps:
            if what == "read":
                assert there.read(number) == here.read(number)
            else:
                whence = {"seek": os.SEEK_SET, "from here": os.SEEK_CUR, "from the end": os.SEEK_END}[what]
                start = {os.SEEK_SET: 0, os.SEEK_CUR: here.tell(), os.SEEK_END: size}[whence]
                if start + number < 0:
                    with pytest.raises(ValueError, match="before the start"):
                        there.seek(number, whence)
                else:
                    assert there.seek(number, whence) == here.seek(number, whence)
            assert there.tell() == here.tell()
        if not parts:
            assert len(server.asked) == 1


def test_nothing_is_fetched_twice_nor_packed() -> None:
    """What came stays at hand; a part of something packed could not be unpacked."""
    with Server({"/f": in_parts(CONTENT)}) as server:
        there = net.opened(QUICK, f"{server.url}/f")
        for position in (4990, 4700, 100, 150, 50, 50, 0):
            there.seek(position)
            assert there.read(20) == CONTENT[position : position + 20]
        spans = [span(each, len(CONTENT)) for each in server.asked]
        assert {each.headers["accept-encoding"] for each in server.asked} == {"identity"}
    assert spans == [(4700, 5000), (100, 200), (50, 100), (0, 50)]


def test_a_small_file_is_fetched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests cost less than twenty."""
    monkeypatch.setattr(remote, "SMALL", 5000)
    with Server({"/f": in_parts(CONTENT)}) as server:
        there = net.opened(QUICK, f"{server.url}/f")
        for position in range(4900, -1, -70):
            there.seek(position)
            assert there.read(10) == CONTENT[position : position + 10]
        assert len(server.asked) == 2


def test_a_server_without_parts_sends_small_files_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for hundreds of megabytes; the error says why nothing is known."""
    monkeypatch.setattr(remote, "WHOLE", 4999)
    for headers in ({}, {"Content-Length": "", "Connection": "close"}):
        with Server({"/f": Reply(CONTENT, headers=headers)}) as server, pytest.raises(NetworkError) as caught:
            net.opened(QUICK, f"{server.url}/f")
        assert caught.value.what == "does not serve parts of files, and this one is larger than 5.0 kB"


def lies(extent: str, content: bytes = CONTENT[4700:], status: int = 206) -> Reply:
    return Reply(content, status, {"Content-Range": extent})


@pytest.mark.parametrize(
    "reply",
    [
        lies("bytes 4700-4999/*"),
        lies("bytes 4700-4998/5000"),
        lies("bytes 4700-4999/9000"),
        lies("bytes 4700-4999/99999999999999999999"),
        lies("bytes 0-299/300", CONTENT[:299]),
        lies("bytes 4000-4999/5000", CONTENT[4000:]),
        lies("bytes 4999-4700/5000"),
        lies("items 4700-4999/5000"),
        lies(""),
        lies("bytes 4700-4999/5000", CONTENT),
        lies("bytes 4700-4999/5000", b""),
        Reply(CONTENT[4700:], 206),
        Reply(CONTENT[4700:], 206, {"Content-Range": "bytes 4700-4999/5000"}, cut=10),
        Reply(CONTENT[4700:], 206, {"Content-Range": "bytes 4700-4999/5000", "Content-Encoding": "gzip"}),
        Reply(CONTENT, cut=100),
        Reply(status=416),
        Reply(status=500),
        Reply(status=304),
    ],
)
def test_a_first_part_that_is_not_the_end_is_refused(reply: Reply) -> None:
    """A part of something else, of another size, or broken off is no part of the file."""
    with Server({"/f": reply}) as server, pytest.raises(NetworkError):
        net.opened(QUICK, f"{server.url}/f")


@pytest.mark.parametrize(
    "reply",
    [
        lies("bytes 100-199/5001", CONTENT[100:200]),
        lies("bytes 101-200/5000", CONTENT[100:200]),
        lies("bytes 100-199/5000", CONTENT[100:199]),
        lies("bytes 100-199/5000", CONTENT[100:201]),
        Reply(CONTENT + b"x"),
        Reply(status=404),
        Reply(status=429, headers={"Retry-After": "3600"}),
    ],
)
def test_a_later_part_that_is_another_one_is_refused_for_good(reply: Reply) -> None:
    """The file has changed, or the server lies: then nothing more is read of it, and nothing more is asked."""
    with Server({"/f": [in_parts(CONTENT)(Asked("GET", "/f", {"range": "bytes=-300"}, b"")), reply]}) as server:
        there = net.opened(QUICK, f"{server.url}/f")
        for _ in range(2):
            there.seek(100)
            with pytest.raises(NetworkError) as caught:
                there.read(10)
            assert there.error is caught.value
        there.seek(4900)
        with pytest.raises(NetworkError):
            there.read(1)
        assert len(server.asked) == 2


def test_a_later_answer_may_be_the_whole() -> None:
    """Of several servers behind one address, one may not know of parts."""
    with Server({"/f": [lies("bytes 4700-4999/5000"), Reply(CONTENT)]}) as server:
        there = net.opened(QUICK, f"{server.url}/f")
        assert there.read() == CONTENT
        assert len(server.asked) == 2


def test_a_file_asks_for_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many requests, and so many bytes; what would be too much is not asked for."""
    monkeypatch.setattr(remote, "REQUESTS", 4)
    with Server({"/f": in_parts(CONTENT)}) as server:
        there = net.opened(QUICK, f"{server.url}/f")
        for position in (0, 500, 1000):
            there.seek(position)
            assert there.read(1)
        there.seek(1500)
        with pytest.raises(NetworkError, match="or 4 parts, of the file"):
            there.read(1)
        assert len(server.asked) == 4
    monkeypatch.setattr(remote, "MOST", 1000)
    with Server({"/f": in_parts(CONTENT)}) as server:
        there = net.opened(QUICK, f"{server.url}/f")
        assert len(there.read(700)) == 700
        with pytest.raises(NetworkError, match=r"more than 1\.0 kB"):
            there.read(1)
        assert len(server.asked) == 2


def test_a_slow_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one that says nothing, nor one that sends byte by byte, nor many answers that are slow together."""
    soon = QUICK._replace(timeout=0.1)
    for reply in (Reply(CONTENT, delay=5), Reply(CONTENT, drip=0.05)):
        with Server({"/f": reply}) as server, pytest.raises(NetworkError):
            net.opened(soon, f"{server.url}/f")
    clock = [0.0]
    monkeypatch.setattr(remote, "monotonic", lambda: clock[0])
    with Server({"/f": in_parts(CONTENT)}) as server:
        there = net.opened(QUICK, f"{server.url}/f")
        clock[0] = QUICK.timeout * net.PATIENCE + 1
        with pytest.raises(NetworkError, match="did not send the parts of the file within 20 s"):
            there.read(1)
        assert len(server.asked) == 1


def test_parts_come_from_where_the_server_sends_us() -> None:
    """A redirect to another host is followed each time, and no password goes there."""
    with Server({"/f": in_parts(CONTENT)}) as other, Server({"/f": moved(f"{other.url}/f")}) as server:
        there = net.opened(QUICK, f"{server.url}/f".replace("//", "//somebody:secret@"))
        assert there.read(500) == CONTENT[:500]
        assert all("authorization" in each.headers for each in server.asked)
        assert [("range" in each.headers, "authorization" in each.headers) for each in other.asked] == [
            (True, False)
        ] * 2


def test_what_is_not_there_is_not_there() -> None:
    """And with the network off, nobody is asked."""
    with Server() as server:
        with pytest.raises(NotFound):
            net.opened(QUICK, f"{server.url}/f")
        with pytest.raises(NetworkError, match="the network is off"):
            net.opened(QUICK._replace(offline=True), f"{server.url}/f")
        assert len(server.asked) == 1


def test_an_answer_tells_where_it_came_from() -> None:
    """At the end of the redirects, and without the password."""
    with Server({"/a": Reply(b"x")}) as other, Server({"/a": moved(f"{other.url}/a#part")}) as server:
        assert net.get(QUICK, f"{server.url}/a").url == f"{other.url}/a"
        assert net.get(QUICK, f"{other.url}/a".replace("//", "//somebody:secret@")).url == f"{other.url}/a"
