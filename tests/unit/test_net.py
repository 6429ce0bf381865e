import gzip
import io
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

import pytest

from pip_assay import __version__, net
from pip_assay.errors import NetworkError, NotFound, Unreadable
from pip_assay.net import client
from tests.server import Reply, Server, moved, quick, raw_server

QUICK = quick()
SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been slept between attempts; nothing sleeps."""
    slept: list[float] = []
    monkeypatch.setattr(client, "sleep", slept.append)
    return slept


def failure(work: Callable[[], object]) -> NetworkError:
    """The error with which the work ends."""
    with pytest.raises(NetworkError) as caught:
        work()
    return caught.value


# --- off ---------------------------------------------------------------------------------------


def test_offline_opens_no_socket_and_resolves_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the network off every kind of request fails before a socket or a look-up of a name."""

    def touched(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "socket", touched)
    monkeypatch.setattr(socket, "getaddrinfo", touched)
    off = QUICK._replace(offline=True)
    url = "https://user:secret@index.example/simple"
    calls: list[Callable[[], object]] = [
        lambda: net.get(off, url),
        lambda: net.get_json(off, url),
        lambda: net.post_json(off, url, {}),
        lambda: net.stream(off, url, io.BytesIO(), limit=10),
    ]
    for call in calls:
        error = failure(call)
        assert "the network is off (--offline)" in error.what
        assert error.where == "index.example"
    assert all(isinstance(result, NetworkError) for result in net.gather(off, calls))


def test_the_module_imports_nothing_heavy() -> None:
    """Importing the door and making settings loads no part of the network's libraries."""
    code = (
        f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n"
        "from pip_assay import net; net.network({}); net.without_credentials('https://a:b@c')\n"
        "print([m for m in ('urllib', 'urllib3', 'ssl', 'socket', 'threading', 'truststore', 'netrc', 'configparser',"
        " 'packageurl') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


# --- answers -----------------------------------------------------------------------------------


def test_an_answer_comes_with_its_headers_and_says_who_asked() -> None:
    """The body is unpacked, header names are in lower case, and the server learns which program asks."""
    packed = Reply(gzip.compress(b"hello"), headers={"Content-Encoding": "gzip", "ETag": '"1"'})
    with Server({"/a": packed}) as server:
        answer = net.get(QUICK, server.url + "/a")
        asked = server.asked[0]
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"hello", '"1"')
    assert asked.headers["user-agent"] == f"pip-assay/{__version__}"


def test_an_unchanged_page_is_answered_304_only_if_that_was_asked() -> None:
    """A conditional request may be answered 304; any other must not be."""
    with Server({"/a": Reply(status=304)}) as server:
        answer = net.get(QUICK, server.url + "/a", headers={"If-None-Match": '"1"'})
        error = failure(lambda: net.get(QUICK, server.url + "/a"))
        assert server.asked[0].headers["if-none-match"] == '"1"'
    assert (answer.status, answer.body) == (304, b"")
    assert error.what == "answered 304"


def test_a_document_is_posted_and_the_answer_read() -> None:
    """What a service answers to a document comes back as JSON; text that cannot be encoded is mended."""
    with Server({"/q": lambda asked: Reply(asked.json())}) as server:
        assert net.post_json(QUICK, server.url + "/q", {"a": ["ü", 1, None]}) == {"a": ["ü", 1, None]}
        assert net.post_json(QUICK, server.url + "/q", {"a": "\ud800"}) == {"a": "?"}
        assert server.asked[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<!DOCTYPE html><p>Sign in", "a page of HTML where JSON"),
        ("{", "something that cannot be read where JSON"),
        (b"\xff\xfe\xfd", "something that cannot be read where JSON"),
        ("", "something that cannot be read where JSON"),
        ("[" * 100_000, "something that cannot be read where JSON"),
        ("9" * 10_000, "something that cannot be read where JSON"),
    ],
)
def test_what_is_not_json_is_said_to_be_what_it_is(body: object, words: str) -> None:
    """A page of HTML and a broken document are told apart, once, without a second try."""
    with Server({"/a": Reply(body)}) as server:
        error = failure(lambda: net.get_json(QUICK, server.url + "/a"))
        assert len(server.asked) == 1
    assert words in error.what


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_told_apart(status: int) -> None:
    """A page that a server does not have is an error of its own kind, and is asked for once."""
    with Server({"/a": Reply(status=status)}) as server:
        assert isinstance(failure(lambda: net.get(QUICK, server.url + "/a")), NotFound)
        assert len(server.asked) == 1


@pytest.mark.parametrize(("status", "words"), [(401, "let us in"), (403, "let us in"), (418, "418"), (204, "204")])
def test_any_other_status_is_an_error_at_once(status: int, words: str) -> None:
    """Only 200 is an answer; what a second try cannot change is not tried again."""
    with Server({"/a": Reply(status=status)}) as server:
        error = failure(lambda: net.get(QUICK, server.url + "/a"))
        assert len(server.asked) == 1
    assert words in error.what
    assert not isinstance(error, NotFound)


# --- what may pass -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_out_of_order_is_asked_again_and_then_given_up(status: int, naps: list[float]) -> None:
    """A failure that may pass is tried `retries` times more, then named with the host and what to do."""
    with Server({"/a": Reply(status=status)}) as server:
        error = failure(lambda: net.get(QUICK, server.url + "/a"))
        assert len(server.asked) == 4
    assert error.what == f"answered {status}"
    assert error.where == server.url.removeprefix("http://")
    assert "--offline" in error.hint
    assert naps == [0, 0, 0]


def test_a_failure_that_passes_is_not_seen() -> None:
    """Once a retry succeeds its answer counts."""
    with Server({"/a": [Reply(status=500), Reply("half", cut=1), Reply({"ok": True})]}) as server:
        assert net.get_json(QUICK, server.url + "/a") == {"ok": True}


def test_pauses_grow_and_vary(naps: list[float]) -> None:
    """Without word from the server the pauses double, with a random part, from the second retry on."""
    with Server({"/a": Reply(status=500)}) as server:
        failure(lambda: net.get(QUICK._replace(backoff=1), server.url + "/a"))
    assert naps[0] == 0
    assert 2 <= naps[1] <= 2.5
    assert 4 <= naps[2] <= 4.5


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("7", 7, 7), ("60", 60, 60), ("-3", 0, 0), ("soon", 0, 0), ("", 0, 0)],
)
def test_retry_after_is_respected_up_to_a_minute(header: str, low: float, high: float, naps: list[float]) -> None:
    """The server's own pause is kept, and nonsense is no pause."""
    with Server({"/a": [Reply(status=429, headers={"Retry-After": header}), Reply("fine")]}) as server:
        assert net.get(QUICK, server.url + "/a").body == b"fine"
    assert low <= naps[0] <= high


@pytest.mark.parametrize("header", ["61", "100000", "9" * 300])
def test_nobody_waits_longer_than_a_minute_in_silence(header: str, naps: list[float]) -> None:
    """A server that asks for more is not asked again, and the error says what it asks for."""
    with Server({"/a": [Reply(status=429, headers={"Retry-After": header}), Reply("fine")]}) as server:
        error = failure(lambda: net.get(QUICK, server.url + "/a"))
        assert len(server.asked) == 1
    assert (error.what, naps) == ("answered 429 and asks to wait for more than a minute", [])


@pytest.mark.parametrize(
    ("there", "words"),
    [(None, "refused the connection"), (Reply("half", cut=1), "broke off"), (Reply("large" * 9), "more than 9 bytes")],
)
def test_the_host_that_failed_is_blamed(there: Reply | None, words: str) -> None:
    """After a redirect to another host it is that one, whether it cannot be reached or breaks off."""
    with Server({"/b": there} if there else {}) as second, Server() as first:
        port = second.url.rpartition(":")[2] if there else "9"
        first.script["/a"] = Reply(status=302, headers={"Location": f"http://localhost:{port}/b"})
        error = failure(lambda: net.get(QUICK._replace(retries=0), first.url + "/a", limit=9))
    assert error.where == f"localhost:{port}"
    assert words in error.what


def test_retry_after_may_be_a_date(naps: list[float]) -> None:
    """RFC 9110, 10.2.3: "The Retry-After field value can be either an HTTP-date or a number of seconds"."""
    later = formatdate(time() + 30, usegmt=True)
    with Server({"/a": [Reply(status=503, headers={"Retry-After": later}), Reply("fine")]}) as server:
        assert net.get(QUICK, server.url + "/a").body == b"fine"
    assert 20 <= naps[0] <= 31


def test_half_an_answer_is_an_error(naps: list[float]) -> None:
    """Fewer bytes than announced is no answer, however often it is asked."""
    with Server({"/a": Reply('{"vulns": []}', cut=6)}) as server:
        error = failure(lambda: net.get_json(QUICK, server.url + "/a"))
        assert len(server.asked) == 4
    assert "broke off in the middle of its answer" in error.what
    assert len(naps) == 3


@pytest.mark.parametrize("body", [b"5\r\nhel", b"5\r\nhello\r\n", b"zz\r\n", b""])
def test_half_an_answer_in_chunks_is_an_error(body: bytes) -> None:
    """An answer in chunks that ends without the last chunk is cut short too."""
    chunked = Reply(body, headers={"Transfer-Encoding": "chunked", "Content-Length": ""}, cut=100)
    with Server({"/a": chunked}) as server:
        error = failure(lambda: net.get(QUICK._replace(retries=0), server.url + "/a"))
    assert "broke off in the middle of its answer" in error.what


def test_a_server_that_hangs_is_left_after_the_time_limit() -> None:
    """Silence ends a request after the time limit, in words with the seconds."""
    with Server({"/a": Reply("late", delay=30)}) as server:
        error = failure(lambda: net.get(QUICK._replace(timeout=0.1, retries=0), server.url + "/a"))
    assert error.what == "sent nothing for 0.1 s"


def test_a_body_that_drips_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that always sends a little more in time is left all the same, and not asked again."""
    monkeypatch.setattr(client, "PATIENCE", 2)
    with Server({"/a": Reply("x" * 1000, drip=0.05)}) as server:
        error = failure(lambda: net.get(QUICK._replace(timeout=0.2), server.url + "/a"))
        assert len(server.asked) == 1
    assert error.what == "did not finish its answer within 0.4 s"


def test_headers_that_drip_end_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers letter by letter, which no time limit of a socket notices, do not hold a request or a download."""
    monkeypatch.setattr(client, "PATIENCE", 2)
    with raw_server(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, drip=0.05) as url:
        slow = QUICK._replace(timeout=0.2, retries=0)
        assert "did not finish" in failure(lambda: net.get(slow, url)).what
        assert "did not finish" in failure(lambda: net.stream(slow, url, io.BytesIO(), limit=10)).what


@pytest.mark.parametrize(
    ("sent", "words"),
    [(b"", "closed the connection too soon"), (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "does not answer in HTTP")],
)
def test_what_is_no_web_server_is_told_so(sent: bytes, words: str) -> None:
    """A connection that is closed, or speaks something else, is named as such."""
    with raw_server(sent) as url:
        assert words in failure(lambda: net.get(QUICK._replace(retries=0), url)).what


def test_a_refused_connection_is_named() -> None:
    """A port on which nobody listens refuses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = failure(lambda: net.get(QUICK, f"http://127.0.0.1:{port}/"))
    assert error.what == "refused the connection"
    assert "proxy settings" in error.hint


def test_a_name_without_an_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host name that cannot be resolved is told apart from a server that is down."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failure(lambda: net.get(QUICK, "https://index.invalid/simple"))
    assert str(error).startswith("index.invalid: was not found: this name has no address; check the connection")


def test_a_host_that_takes_no_connection_is_left_after_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is not made in time is told apart from a refused one and from silence."""

    def late(*_: object, **__: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", late)
    error = failure(lambda: net.get(QUICK, "http://index.example/"))
    assert error.what == "did not answer within 5 s"


def test_an_answer_that_cannot_be_unpacked_is_an_error_at_once() -> None:
    """What is said to be packed and is not is no answer."""
    with Server({"/a": Reply("plain", headers={"Content-Encoding": "gzip"})}) as server:
        error = failure(lambda: net.get(QUICK, server.url + "/a"))
        assert len(server.asked) == 1
    assert error.what == "sent an answer that cannot be unpacked"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "index.example/simple",
        "ftp://index.example/",
        "https://",
        "https://[::1",
        "https://u:se/cret@h/",
        "file:///etc",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    """An address that is none is refused before anything is opened, without its password."""
    error = failure(lambda: net.get(QUICK, url))
    assert error.what == "is not a web address"
    assert "cret" not in str(error)


# --- size --------------------------------------------------------------------------------------


def test_an_announced_size_over_the_limit_is_not_read(naps: list[float]) -> None:
    """An answer that says it is too large is refused at once."""
    with Server({"/a": Reply("x", headers={"Content-Length": "100000"})}) as server:
        error = failure(lambda: net.get(QUICK, server.url + "/a", limit=1000))
        assert len(server.asked) == 1
    assert error.what == "answered with more than 1.0 kB"
    assert naps == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(gzip.compress(b"\0" * 30_000_000), headers={"Content-Encoding": "gzip"}),
        Reply(b"x" * 200_000, headers={"Content-Length": ""}, cut=200_000),
    ],
    ids=["bomb", "of unknown length"],
)
def test_an_answer_never_grows_over_the_limit(reply: Reply) -> None:
    """What is packed or of unknown length is counted while it is read."""
    with Server({"/a": reply}) as server:
        error = failure(lambda: net.get(QUICK, server.url + "/a", limit=100_000))
        assert len(server.asked) == 1
    assert "more than 100.0 kB" in error.what


# --- downloads ---------------------------------------------------------------------------------


def test_a_download_is_written_whole_with_progress() -> None:
    """The file gets the bytes after what it holds, and progress ends at the announced size."""
    content = os.urandom(300_000)
    seen: list[tuple[int, int]] = []
    file = io.BytesIO(b"kept")
    file.seek(0, io.SEEK_END)
    with Server({"/a": Reply(content, headers={"Last-Modified": "today"})}) as server:
        answer = net.stream(
            QUICK, server.url + "/a", file, limit=10**6, progress=lambda done, of: seen.append((done, of))
        )
        assert server.asked[0].headers["accept-encoding"] == "identity"
    assert file.getvalue() == b"kept" + content
    assert (answer.status, answer.body, answer.headers["last-modified"]) == (200, b"", "today")
    assert seen == sorted(seen)
    assert seen[-1] == (300_000, 300_000)


def test_a_download_cut_short_starts_again_at_its_place() -> None:
    """A retry of a download leaves no byte of the attempt that failed."""
    content = os.urandom(100_000)
    file = io.BytesIO()
    with Server({"/a": [Reply(os.urandom(200_000), cut=150_000), Reply(content)]}) as server:
        net.stream(QUICK, server.url + "/a", file, limit=10**6)
    assert file.getvalue() == content


def test_a_download_that_is_always_short_is_an_error() -> None:
    """A short body is never taken for a whole one."""
    with Server({"/a": Reply(b"x" * 1000, cut=999)}) as server:
        error = failure(lambda: net.stream(QUICK, server.url + "/a", io.BytesIO(), limit=10**6))
    assert "broke off" in error.what


def test_a_download_has_a_limit() -> None:
    """A download larger than allowed ends."""
    with Server({"/a": Reply(b"x" * 200_000)}) as server:
        error = failure(lambda: net.stream(QUICK, server.url + "/a", io.BytesIO(), limit=100_000))
    assert "more than 100.0 kB" in error.what


def test_a_full_disk_is_not_the_servers_fault() -> None:
    """A file that cannot be written ends the download without a retry."""

    class Full(io.BytesIO):
        name = "database"

        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    with Server({"/a": Reply(b"x" * 1000)}) as server:
        with pytest.raises(Unreadable) as caught:
            net.stream(QUICK, server.url + "/a", Full(), limit=10**6)
        assert len(server.asked) == 1
    assert str(caught.value).startswith("database: cannot be written (no space left on device)")
    assert not isinstance(caught.value, NetworkError)


def test_a_stalled_download_ends() -> None:
    """A download from which nothing comes any more ends after the time limit."""
    with Server({"/a": Reply(b"xx", drip=30)}) as server:
        error = failure(
            lambda: net.stream(QUICK._replace(timeout=0.1, retries=0), server.url + "/a", io.BytesIO(), limit=10)
        )
    assert error.what == "sent nothing for 0.1 s"


# --- redirects ---------------------------------------------------------------------------------


def test_redirects_are_followed_by_a_get() -> None:
    """A page that moved is found, through relative and absolute addresses."""
    with Server() as server:
        server.script |= {
            "/a": moved("b", 301), "/b": moved("/c/", 303), "/c/": moved(server.url + "/d#x", 308), "/d": Reply("here"),
        }  # fmt: skip
        assert net.get(QUICK, server.url + "/a").body == b"here"


def test_a_redirect_loop_ends() -> None:
    """Redirects without end are one error, not tried again."""
    with Server({"/a": moved("/b"), "/b": moved("/a")}) as server:
        error = failure(lambda: net.get(QUICK, server.url + "/a"))
        assert len(server.asked) == 6
    assert "from address to address" in error.what


def test_a_post_is_repeated_only_where_that_is_asked() -> None:
    """RFC 9110, 15.4: only 307 and 308 keep the method; any other redirect of a POST is an error."""
    with Server({"/a": moved("/b", 307), "/b": lambda asked: Reply(asked.json()), "/c": moved("/b", 302)}) as server:
        assert net.post_json(QUICK, server.url + "/a", [1]) == [1]
        assert failure(lambda: net.post_json(QUICK, server.url + "/c", [1])).what == "answered 302"
        assert server.paths() == ["/a", "/b", "/c"]


@pytest.mark.parametrize("to", ["ftp://elsewhere.example/", "https://[", "javascript:1"])
def test_a_redirect_to_nowhere_is_an_error(to: str) -> None:
    """A redirect to something that is no web address is refused."""
    with Server({"/a": moved(to)}) as server:
        assert failure(lambda: net.get(QUICK, server.url + "/a")).what == "is not a web address"
