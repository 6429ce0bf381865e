"""`pip-assay serve`: every route, every refusal, every limit, and a database that is replaced under it."""

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench import records

from pip_assay import __main__
from pip_assay.advisories import database as databases
from pip_assay.cli import main
from pip_assay.model import Pin
from pip_assay.serving import questions
from pip_assay.serving.answers import Answers
from pip_assay.serving.current import Current
from pip_assay.serving.metrics import Metrics
from pip_assay.serving.questions import Question
from pip_assay.serving.server import Impatient
from tests.serving import Serving, ask, database, process
from tests.transcripts import RECORDS

SOURCE = str(Path(__main__.__file__).parents[1])
TOKEN = "a-token-of-many-letters"
VERSIONS = ("", "0", "0.9", "1.0", "1.0rc1", "1.5", "2.0", "2.0+cu118", "2.1", "2.1.1", "3.0", "9!1", "odd", "*")


@pytest.fixture(scope="module")
def published() -> list[dict[str, Any]]:
    return [json.loads(file.read_bytes()) for file in sorted(RECORDS.glob("*.json"))]


@pytest.fixture
def held(tmp_path: Path) -> Path:
    return database(RECORDS, tmp_path / "advisories.db")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server that many tests ask, one after the other."""
    with Serving(database(RECORDS, tmp_path_factory.mktemp("served") / "advisories.db")) as server:
        yield server


def of(name: str, version: str = "", **more: object) -> dict[str, object]:
    """Return a query about a release on the Python index."""
    return {"package": {"name": name, "ecosystem": "PyPI"}, **({"version": version} if version else {}), **more}


def ids(answer: Any) -> list[str]:
    return [record["id"] for record in answer.get("vulns", ())]


def refused(answer: Any) -> tuple[int, int, str]:
    found = answer.json()
    assert set(found) == {"code", "message"}
    assert answer.headers["content-type"] == "application/json"
    return answer.status, found["code"], found["message"]


def names(published: list[dict[str, Any]]) -> list[str]:
    return sorted({*(name for record in published for name in records.projects(record)), "unheard-of"})


def expected(published: list[dict[str, Any]], name: str, version: str) -> set[str]:
    """Return by brute force over the raw records which must be named."""
    live = [record for record in published if not record.get("withdrawn")]
    if not version:
        return {record["id"] for record in live if name in records.projects(record)}
    return {record["id"] for record in live if records.affects(record, name, version)}


def undecided(published: list[dict[str, Any]], name: str, version: str) -> set[str]:
    """Return the live records of the project that nobody can apply: its version, or an event, is unreadable."""
    return {
        record["id"]
        for record in published
        if not record.get("withdrawn")
        and name in records.projects(record)
        and (records.parse(version) is None or not readable(record))
    }


def readable(record: dict[str, Any]) -> bool:
    events = [
        text
        for entry in record["affected"]
        for found in entry.get("ranges", ())
        for event in found["events"]
        for text in event.values()
    ]
    return bool(events) and all(records.parse(text) for text in events)


# --- answers ---------------------------------------------------------------------------------------


def test_a_query_is_answered_as_brute_force_over_the_records_does(
    serving: Serving, published: list[dict[str, Any]]
) -> None:
    """Every record that affects a release is named, and no other but those that nobody can decide; whole, by id."""
    whole = {record["id"]: record for record in published}
    for name in names(published):
        for version in VERSIONS:
            answer = serving.post("/v1/query", of(name, version)).json()
            found = ids(answer)
            must = expected(published, name, version)
            assert found == sorted(set(found))
            assert must <= set(found) <= must | undecided(published, name, version), (name, version)
            assert all(record == whole[record["id"]] for record in answer.get("vulns", ()))


def test_a_batch_answers_each_query_in_order_with_ids_and_dates(
    serving: Serving, published: list[dict[str, Any]]
) -> None:
    """The n-th result is that of the n-th query asked alone, without the rest of the records."""
    queries = [of(name, version) for name in names(published) for version in VERSIONS]
    results = serving.post("/v1/querybatch", {"queries": queries}).json()["results"]
    assert len(results) == len(queries)
    assert any(results)
    for query, result in zip(queries, results, strict=True):
        alone = serving.post("/v1/query", query).json()
        short = [{"id": each["id"], "modified": each["modified"]} for each in alone.get("vulns", ())]
        assert result == ({"vulns": short} if short else {})


def test_a_record_is_given_as_published_withdrawn_ones_too(serving: Serving, published: list[dict[str, Any]]) -> None:
    """GET /v1/vulns/ID is the record itself."""
    assert any(record.get("withdrawn") for record in published)
    for record in published:
        answer = serving.get(f"/v1/vulns/{record['id']}")
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json() == record


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ({"purl": "pkg:pypi/Alpha@1.0"}, ""),
        ({"purl": "pkg:pypi/alpha"}, "1.0"),
        ({"purl": "pkg:pypi/alpha?arch=any#sub"}, "1.0"),
        ({"name": "ALPHA", "ecosystem": "PyPI", "purl": ""}, "1.0"),
        ({"name": " alpha ", "ecosystem": "PyPI", "purl": None}, " 1.0 "),
    ],
)
def test_a_release_may_be_named_in_several_ways(serving: Serving, package: object, version: str) -> None:
    """A package URL with or without its version, and any spelling of the name, ask the same."""
    answer = serving.post("/v1/query", {"package": package, "version": version}).json()
    assert answer == serving.post("/v1/query", of("alpha", "1.0")).json()
    assert ids(answer)


def test_what_no_advisory_covers_has_none(serving: Serving) -> None:
    """A package URL of a type that OSV knows nothing of gets an empty answer, as there; so does an empty batch."""
    assert serving.post("/v1/query", {"package": {"purl": "pkg:generic/openssl@1.0"}}).json() == {}
    assert serving.post("/v1/querybatch", {}).json() == {"results": []}
    assert serving.post("/v1/querybatch", {"queries": []}).json() == {"results": []}


def test_health_says_which_data_answers(serving: Serving, held: Path) -> None:
    """The state, the number of records, the digest and the date of the database."""
    with databases.open(str(held)) as opened:
        data = opened.data()
    found = serving.get("/health").json()
    assert found == {"status": "ok", "records": data.records, "digest": data.digest, "date": data.date}


def test_metrics_count_requests_look_ups_and_time(held: Path) -> None:
    """Each request is counted by route and status, and each release that was asked about."""
    with Serving(held) as serving:
        serving.post("/v1/querybatch", {"queries": [of("alpha", "1.0")] * 7})
        serving.post("/v1/querybatch", b"nonsense")
        serving.get("/nowhere")
        answer = serving.get("/metrics")
    lines = answer.body.decode().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert values['pip_assay_requests_total{route="/v1/querybatch",status="200"}'] == "1"
    assert values['pip_assay_requests_total{route="/v1/querybatch",status="400"}'] == "1"
    assert values['pip_assay_requests_total{route="other",status="404"}'] == "1"
    assert values["pip_assay_look_ups_total"] == "7"
    assert values['pip_assay_request_seconds_count{route="/v1/querybatch"}'] == "2"
    assert values['pip_assay_request_seconds_bucket{route="/v1/querybatch",le="+Inf"}'] == "2"
    assert float(values['pip_assay_request_seconds_sum{route="/v1/querybatch"}']) > 0
    with databases.open(str(held)) as opened:
        assert values[f'pip_assay_database_info{{digest="{opened.data().digest}"}}'] == "1"
    assert float(values["pip_assay_database_newest_age_seconds"]) >= 0


def test_the_latency_histogram_adds_up(held: Path) -> None:
    """A bucket holds all requests that took at most so long, as Prometheus wants."""
    counted = Metrics()
    for seconds in (0.0005, 0.004, 0.004, 0.3, 60.0):
        counted.count("/v1/query", 200, seconds)
    current = Current(str(held))
    text = counted.text(current, 1_800_000_000.0)
    current.close()
    found = {bound: f'request_seconds_bucket{{route="/v1/query",le="{bound}"}}' for bound in ("0.001", "0.005", "0.5")}
    numbers = {bound: int(text.split(f"{name} ")[1].split("\n")[0]) for bound, name in found.items()}
    assert numbers == {"0.001": 1, "0.005": 3, "0.5": 4}
    assert 'request_seconds_sum{route="/v1/query"} 60.308500' in text


# --- pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "size"), [(1, 10_000), (2, 10_000), (1000, 1), (1000, 130), (1000, 10_000)])
def test_pages_together_are_the_whole_answer(held: Path, page: int, size: int) -> None:
    """Whatever a page holds, whoever follows the tokens, asking only what has one, sees every record once."""
    with databases.open(str(held)) as opened:
        asked = [Pin("PyPI", name, "") for name in ("alpha", "unheard-of", "beta", "alpha")]
        whole = [ids(each) for each in json.loads(Answers(opened).batch([Question(pin) for pin in asked]))["results"]]
        seen: list[list[str]] = [[] for _ in asked]
        full: list[str] = []
        answers = Answers(opened, page=page, size=size)
        waiting = {number: Question(pin) for number, pin in enumerate(asked)}
        for _ in range(100):
            results = json.loads(answers.batch(list(waiting.values())))["results"]
            following = {}
            for (number, question), result in zip(waiting.items(), results, strict=True):
                assert len(result.get("vulns", ())) <= page
                seen[number] += ids(result)
                if token := result.get("next_page_token"):
                    following[number] = questions.question({**of(str(question.pin.name)), "page_token": token})  # type: ignore[union-attr]
            waiting = following
            if not waiting:
                break
        assert seen == whole
        one = {"next_page_token": "after:"}
        while token := one.get("next_page_token"):
            one = json.loads(answers.query(Question(asked[0], token.removeprefix("after:"))))
            full += ids(one)
        assert full == whole[0]


def test_a_batch_ends_where_it_is_full(held: Path) -> None:
    """The queries that are left get a token and no record, so the size of an answer is bounded."""
    with databases.open(str(held)) as opened:
        body = Answers(opened, size=200).batch([Question(Pin("PyPI", "alpha", ""))] * 40)
    results = json.loads(body)["results"]
    assert len(results) == 40
    assert ids(results[0])
    assert not any(ids(result) for result in results[2:])
    assert all(result["next_page_token"] == "after:" for result in results[2:])


def test_a_token_survives_a_change_of_the_data(held: Path) -> None:
    """A page begins after the id where the one before ended, though that record may be gone."""
    with databases.open(str(held)) as opened:
        whole = ids(json.loads(Answers(opened).query(Question(Pin("PyPI", "alpha", "")))))
        rest = ids(json.loads(Answers(opened).query(Question(Pin("PyPI", "alpha", ""), whole[0] + "-gone"))))
        assert rest == whole[1:]
        assert rest


# --- refusals --------------------------------------------------------------------------------------

PURL = {"purl": "pkg:pypi/alpha@1.0"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "Invalid query."),
        ({"package": {}}, "Invalid query."),
        ({"package": {"name": "alpha"}, "version": "1.0"}, "Invalid query."),
        ({"package": {"ecosystem": "PyPI"}, "version": "1.0"}, "Invalid query."),
        ({"version": "1.0"}, "Invalid query."),
        ({"package": PURL, "version": "1.0"}, "version specified in params and PURL query"),
        ({"package": {**PURL, "name": "alpha"}}, "name specified in a PURL query"),
        ({"package": {**PURL, "ecosystem": "PyPI"}}, "ecosystem specified in a PURL query"),
        ({"package": {"purl": "pypi/alpha"}}, "Invalid PURL."),
        ({"package": {"purl": "pkg:deb/debian/curl"}}, "Invalid PURL: it is not told exactly which release"),
        ({"package": {"name": "alpha", "ecosystem": "pypi"}}, "Invalid ecosystem"),
        ({"package": {"name": "left-pad", "ecosystem": "npm"}}, "Invalid ecosystem"),
        ({"package": {"purl": "pkg:npm/left-pad@1.0"}}, "Invalid ecosystem"),
        ({"package": {"name": "curl", "ecosystem": "Debian"}}, "Invalid ecosystem: Debian needs a release"),
        ({"commit": "6879efc2c1596d11a6a6ad296f80063b558d5e0f"}, "Invalid query: this server holds no commits"),
        (of("alpha", page_token="CgkSB2"), "Invalid page token."),
        (of("alpha", page_token=7), "page_token is not a text"),
        ({"package": {"name": "alpha", "ecosystem": "PyPI"}, "version": 1.0}, "version is not a text"),
        ({"package": {"name": ["alpha"], "ecosystem": "PyPI"}}, "name is not a text"),
        (of("a" * 501), "name is not a text of at most 500"),
        ({"package": "alpha"}, "package is not a JSON object."),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(serving: Serving, query: object, message: str) -> None:
    """Alone or in a batch: never an empty answer to what was not looked at."""
    status, code, said = refused(serving.post("/v1/query", query))
    assert (status, code) == (400, 3)
    assert said.startswith(message)
    good = of("alpha", "1.0")
    assert refused(serving.post("/v1/querybatch", {"queries": [good, query, good]})) == (400, 3, said)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The request body is not JSON."),
        (b"\x00\xff nonsense", "The request body is not JSON."),
        (b'{"queries": [', "The request body is not JSON."),
        (b'{"queries": ' + b"[" * 200_000, "The request body is not JSON."),
        (b"[" * 3 + b"9" * 5000 + b"]" * 3, "The request body is not JSON."),
        (b"[]", "The request body is not a JSON object."),
        (b"null", "The request body is not a JSON object."),
        (b'{"queries": {}}', "queries is not a list."),
        (b'{"queries": [[]]}', "A query is not a JSON object."),
        (json.dumps({"queries": [of("alpha", "1.0")] * 1001}).encode(), "Too many queries."),
        (json.dumps({"queries": [of("alpha", "1.0")] * 10_001}).encode(), "Too many queries."),
    ],
)
def test_nonsense_is_refused(serving: Serving, body: bytes, message: str) -> None:
    """What is not a batch of at most 1,000 queries gets an error in OSV's form, and the server goes on."""
    assert refused(serving.post("/v1/querybatch", body)) == (400, 3, message)
    assert serving.get("/health").status == 200


def test_a_thousand_queries_are_answered(serving: Serving) -> None:
    """The largest batch is one."""
    results = serving.post("/v1/querybatch", {"queries": [of("alpha", "1.0")] * 1000}).json()["results"]
    assert len(results) == 1000
    assert all(result == results[0] for result in results)
    assert ids(results[0])


def test_text_that_is_no_text_matches_nothing(serving: Serving) -> None:
    """Half a surrogate pair and a zero byte are names that nobody has."""
    for name in ("\\ud800", "\\u0000", "alpha\\u0000", "' OR 1=1 --"):
        body = b'{"package": {"ecosystem": "PyPI", "name": "%b"}, "version": "1.0"}' % name.encode()
        assert (serving.post("/v1/query", body).status, serving.post("/v1/query", body).json()) == (200, {})


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("NONE-2026-1", "Bug not found."),
        ("CVE-2026-1", "Bug not found, but the following aliases were: GHSA-aaaa-aaaa-aaaa PYSEC-2026-1"),
        ("pysec-2026-1", "Bug not found, but the following aliases were: PYSEC-2026-1"),
        ("%00", "Bug not found."),
        ("%ff%fe", "Bug not found."),
        ("..%5c..%5cadvisories.db", "Bug not found."),
        ("'%20OR%201=1%20--", "Bug not found."),
    ],
)
def test_a_record_that_is_not_held_is_not_found(serving: Serving, identifier: str, message: str) -> None:
    """The words and the code are OSV's; an alias names the records that have it."""
    assert refused(serving.get(f"/v1/vulns/{identifier}")) == (404, 5, message)


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/vulns/", "/v1/vulns/../../advisories.db", "/v1/vulns/a%2fb", "/etc/passwd"]
)
def test_there_is_no_other_page(serving: Serving, path: str) -> None:
    """No path of a request names a file."""
    assert refused(serving.get(path)) == (404, 5, "There is no such page.")


def test_a_method_that_a_page_has_not_is_refused(serving: Serving) -> None:
    """405, and which are allowed."""
    answer = serving.get("/v1/query")
    assert refused(answer) == (405, 12, "The method is not allowed here.")
    assert answer.headers["allow"] == "POST"
    assert serving.post("/health", {}).status == 405


def test_a_database_that_turns_out_damaged_is_an_error(held: Path, tmp_path: Path) -> None:
    """Nothing is answered from it; who runs the server is told where it is."""
    broken = tmp_path / "broken.db"
    content = bytearray(held.read_bytes())
    at = content.find(b"PYSEC-2026-1")
    shutil.copyfile(held, broken)
    with Serving(broken) as serving:
        assert at > 0
        for start in range(4096 * 2, len(content), 4096):
            content[start : start + 4096] = b"\xff" * len(content[start : start + 4096])
        with broken.open("r+b") as file:
            file.write(content)
        answer = serving.post("/v1/query", of("alpha", "1.0"))
        assert refused(answer)[:2] == (500, 13)
        assert "damaged" in serving.said[0]


# --- who may ask -----------------------------------------------------------------------------------


def test_a_token_is_asked_for(held: Path) -> None:
    """Without the token, or with another, only /health answers; with it, as bearer or password, everything."""
    basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
    with Serving(held, token=TOKEN) as serving:
        for wrong in (
            "",
            "Bearer",
            f"Bearer {TOKEN}x",
            f"Bearer {TOKEN[:-1]}",
            "Basic !",
            f"Basic {TOKEN}",
            "Bearer \xe9",
        ):
            answer = serving.post("/v1/query", of("alpha", "1.0"), Authorization=wrong)
            assert refused(answer) == (401, 16, "The token is missing or wrong.")
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert serving.get("/metrics", Authorization=wrong).status == 401
            assert serving.get("/v1/vulns/PYSEC-2026-1", Authorization=wrong).status == 401
        for right in (f"Bearer {TOKEN}", f"bearer  {TOKEN}", f"Basic {basic}"):
            assert ids(serving.post("/v1/query", of("alpha", "1.0"), Authorization=right).json())
        assert serving.get("/health").status == 200


# --- limits ----------------------------------------------------------------------------------------


class Hasty(Impatient):
    """A connection that waits for nobody."""

    header_seconds = 0.3
    exchange_seconds = 0.3


def talk(port: int, *parts: bytes) -> bytes:
    """Return everything that the server says to these bytes, until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with contextlib.suppress(OSError):
            for part in parts:
                connection.sendall(part)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while more := connection.recv(65536):
                answer += more
    return answer


HEAD = b"POST /v1/querybatch HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


def test_a_body_in_chunks_is_read_whole(serving: Serving) -> None:
    """Chunks of any size make the same request."""
    body = json.dumps({"queries": [of("alpha", "1.0")]}).encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
    answer = talk(serving.port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunks, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"PYSEC-2026-1" in answer


@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"])
def test_a_truncated_body_is_not_answered(serving: Serving, framing: bytes) -> None:
    """A client that hangs up in the middle gets nothing, and disturbs nobody."""
    with socket.create_connection(("127.0.0.1", serving.port), timeout=30) as connection:
        connection.sendall(HEAD + framing)
        connection.shutdown(socket.SHUT_WR)
        assert b"200 OK" not in connection.recv(65536)
    assert serving.get("/health").status == 200


@pytest.mark.parametrize("framing", ["Content-Length: 5000", "Transfer-Encoding: chunked"])
def test_a_body_that_is_too_large_is_refused(held: Path, framing: str) -> None:
    """413, announced or not, without reading on."""
    body = b"1388\r\n" + b"x" * 5000 + b"\r\n" if "chunked" in framing else b"x" * 5000
    with Serving(held, body_limit=1000) as serving:
        answer = talk(serving.port, HEAD + framing.encode() + b"\r\n\r\n", body)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"larger than 1000 bytes" in answer
        assert serving.post("/v1/querybatch", {"queries": [of("alpha", "1.0")]}).status == 200


def test_a_body_that_does_not_come_is_not_waited_for(held: Path) -> None:
    """408, and the connection is closed."""
    with Serving(held, body_seconds=0.2) as serving:
        answer = talk(serving.port, HEAD + b"Content-Length: 100\r\n\r\n{")
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"code": 4' in answer


@pytest.mark.parametrize(
    "start",
    [b"", b"\r\n", b"POST /v1/query HTTP/1.1\r\nHost: loc", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n"],
)
def test_a_slow_client_is_cut(held: Path, start: bytes) -> None:
    """Whoever connects and does not send a whole header in time is hung up on, after an answer too."""
    with Serving(held, protocol=Hasty) as serving:
        assert talk(serving.port, start).count(b"HTTP/1.1") == start.count(b"GET")


def test_a_client_that_never_takes_its_answer_is_cut(tmp_path: Path) -> None:
    """An answer that nobody reads is not kept."""
    folder = tmp_path / "records"
    folder.mkdir()
    large = {"id": "PYSEC-2026-1", "modified": "2026-01-01T00:00:00Z", "details": os.urandom(4_000_000).hex()}
    (folder / "one.json").write_text(json.dumps({**large, "affected": []}))
    with Serving(database(folder, tmp_path / "large.db"), protocol=Hasty) as serving:
        with socket.create_connection(("127.0.0.1", serving.port), timeout=30) as connection:
            connection.sendall(b"GET /v1/vulns/PYSEC-2026-1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            threading.Event().wait(1)
            received = 0
            with contextlib.suppress(ConnectionError):
                while more := connection.recv(1 << 20):
                    received += len(more)
        assert received < 8_000_000
        assert len(serving.get("/health").body) > 10


def test_a_header_that_is_too_large_is_cut(serving: Serving) -> None:
    """A megabyte of header is not kept."""
    line = b"X-Long: " + b"x" * 8000 + b"\r\n"
    assert b"200 OK" not in talk(serving.port, b"GET /health HTTP/1.1\r\n", *[line] * 200, b"\r\n")
    assert serving.get("/health").status == 200


@pytest.mark.parametrize("nonsense", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
def test_what_is_not_http_is_refused(serving: Serving, nonsense: bytes) -> None:
    """TLS, HTTP/2 and noise on the port end with the connection."""
    assert b"200 OK" not in talk(serving.port, nonsense)
    assert serving.get("/health").status == 200


def test_five_hundred_connections_are_served(held: Path, server_environ: dict[str, str]) -> None:
    """All are open at once, and each is answered."""
    body = json.dumps({"queries": [of("alpha", "1.0")]}).encode()
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with process(held, environ=server_environ) as (_, port), contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(500)
        ]
        for connection in connections:
            connection.sendall(request[:-1])
        for connection in connections:
            connection.sendall(request[-1:])
        answers = [b"".join(iter(lambda each=each: each.recv(65536), b"")) for each in connections]  # type: ignore[misc]
    assert all(answer.startswith(b"HTTP/1.1 200 ") and b"PYSEC-2026-1" in answer for answer in answers)


# --- another database in its place -----------------------------------------------------------------


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """A database with one record more."""
    folder = shutil.copytree(RECORDS, tmp_path / "more")
    record = {
        "id": "PYSEC-2026-999", "modified": "2026-11-21T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "alpha"}, "versions": ["1.0"]}],
    }  # fmt: skip
    (folder / "more.json").write_text(json.dumps(record))
    return database(folder, tmp_path / "more.db")


def test_no_request_fails_while_the_database_is_replaced(held: Path, more: Path, tmp_path: Path) -> None:
    """Each answer is whole, of the old state or of the new, and the new one answers in the end."""
    states = [held.read_bytes(), more.read_bytes()]
    found: list[tuple[int, tuple[str, ...]]] = []
    stop = threading.Event()

    def hammer(serving: Serving) -> None:
        while not stop.is_set():
            answer = serving.post("/v1/query", of("alpha", "1.0"))
            found.append((answer.status, tuple(ids(answer.json()))))

    with Serving(held) as serving:
        old = tuple(ids(serving.post("/v1/query", of("alpha", "1.0")).json()))
        clients = [threading.Thread(target=hammer, args=(serving,)) for _ in range(4)]
        for client in clients:
            client.start()
        for turn in range(1, 42):
            new = tmp_path / "advisories.db.new"
            new.write_bytes(states[turn % 2])
            new.replace(held)
            seen = len(found)
            while len(found) < seen + 4:
                stop.wait(0.001)
        stop.set()
        for client in clients:
            client.join()
        last = tuple(ids(serving.post("/v1/query", of("alpha", "1.0")).json()))
        reloads = [line for line in serving.get("/metrics").body.decode().splitlines() if "reloads_total " in line][-1]
    assert last == (*old, "PYSEC-2026-999")
    assert set(found) == {(200, old), (200, last)}
    assert int(reloads.split()[1]) >= 20


def test_a_state_that_cannot_be_used_is_not_taken(held: Path, more: Path) -> None:
    """The old one goes on answering, /health fails and says why, stderr too, once; a good one that follows is used."""
    with Serving(held) as serving:
        before = serving.post("/v1/query", of("alpha", "1.0")).json()
        broken = held.with_suffix(".new")
        broken.write_bytes(b"no database")
        broken.replace(held)
        assert serving.post("/v1/query", of("alpha", "1.0")).json() == before
        health = serving.get("/health")
        assert health.status == 503
        told = health.json()
        assert (told["status"], told["problem"]) == ("old data", "is not an advisory database of pip-assay")
        broken.write_bytes(b"no database either")
        broken.replace(held)
        assert serving.get("/health").status == 503
        held.unlink()
        assert serving.post("/v1/query", of("alpha", "1.0")).json() == before
        assert serving.get("/health").json()["problem"] == "there is no advisory database"
        more.replace(held)
        assert "PYSEC-2026-999" in ids(serving.post("/v1/query", of("alpha", "1.0")).json())
        health = serving.get("/health")
        assert (health.status, health.json()["status"]) == (200, "ok")
        assert "problem" not in health.json()
        assert serving.said == [
            f"{held}: is not an advisory database of pip-assay; the state before it goes on answering",
            f"{held}: there is no advisory database; the state before it goes on answering",
            f"{held}: is in use again",
        ]


def test_the_file_is_looked_at_once_a_second(held: Path, more: Path) -> None:
    """Not at every request."""
    now = [0.0]
    current = Current(str(held), clock=lambda: now[0])
    first = current.answers()
    more.replace(held)
    now[0] = 0.9
    assert current.answers() is first
    now[0] = 1.0
    assert current.answers() is not first
    assert current.reloads == 1
    current.close()


# --- the command -----------------------------------------------------------------------------------


@pytest.fixture
def server_environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": SOURCE}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(held: Path, server_environ: dict[str, str], number: signal.Signals) -> None:
    """Exit code 0, and nothing on stderr but where it served."""
    with process(held, environ=server_environ) as (started, port):
        assert ask(port, "GET", "/health").status == 200
        with socket.create_connection(("127.0.0.1", port)):  # an idle connection does not keep it
            started.send_signal(number)
            assert started.wait(30) == 0
        assert started.stderr
        assert started.stderr.read() == ""


def test_the_token_comes_from_a_file_or_the_environment(
    held: Path, server_environ: dict[str, str], tmp_path: Path
) -> None:
    """Whichever of the two has it, it is asked for."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    for options, environ in (
        (("--token-file", str(file)), server_environ),
        ((), {**server_environ, "PIP_ASSAY_SERVE_TOKEN": TOKEN}),
    ):
        with process(held, *options, environ=environ) as (_, port):
            assert ask(port, "GET", "/metrics").status == 401
            assert ask(port, "GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status == 200


@pytest.mark.parametrize(
    "content", ["", "short", "two words that are long", "un-printable-\x07-token", "t\xf6ken-of-many-letters"]
)
def test_a_token_that_is_none_is_a_usage_error(
    held: Path, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty file does not open the server to everybody."""
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    assert main(["serve", "--db", str(held), "--token-file", str(file)]) == 2
    assert "holds no token that can be used" in capsys.readouterr().err


def test_what_cannot_be_served_ends_with_a_sentence(
    held: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No database, a port that is taken, an address of another machine, a token file that is not there: exit code 3."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for options, said in (
            (("--db", str(tmp_path / "none.db")), "there is no advisory database"),
            (
                ("--db", str(held), "--port", str(taken.getsockname()[1])),
                "cannot be listened on (address already in use)",
            ),
            (("--db", str(held), "--host", "192.0.2.1"), "cannot be listened on"),
            (("--db", str(held), "--token-file", str(tmp_path / "none")), "does not exist"),
        ):
            assert main(["serve", *options]) == 3
            assert said in capsys.readouterr().err


@pytest.mark.parametrize("port", ["65536", "99999999999", "-1", "http", ""])
def test_a_port_that_is_none_is_a_usage_error(held: Path, port: str) -> None:
    """The operating system would take 65616 for 80."""
    assert main(["serve", "--db", str(held), "--port", port]) == 2


def test_without_the_extra_it_says_what_to_install(
    held: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback: the command that installs it."""
    import sys

    for name in [name for name in sys.modules if name.startswith("pip_assay.serving")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    monkeypatch.setattr("pip_assay.serving", None, raising=False)
    assert main(["serve", "--db", str(held)]) == 2
    said = capsys.readouterr().err
    assert "pip install 'pip-assay[serve]'" in said
    assert "starlette" in said


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
@pytest.mark.parametrize("token", ["", TOKEN])
def test_a_server_for_everybody_is_warned_about(
    held: Path, host: str, warned: bool, token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where other machines reach it and no token is asked for, stderr says so."""
    from pip_assay.serving import server

    monkeypatch.setattr(server, "run", lambda _, listening: listening.close())
    if token:
        monkeypatch.setenv("PIP_ASSAY_SERVE_TOKEN", token)
    assert main(["serve", "--host", host, "--port", "0", "--db", str(held)]) == 0
    assert ("can be reached by other machines" in capsys.readouterr().err) == (warned and not token)


# --- real data -------------------------------------------------------------------------------------


@pytest.mark.shared
def test_real_records_are_answered_as_brute_force_does(shared_data: Path, tmp_path: Path) -> None:
    """For the releases that the records of some hundred projects speak of."""
    source = shared_data / "PyPI" / "all.zip"
    published = records.read(source)
    by_project: dict[str, list[dict[str, Any]]] = {}
    for record in published:
        for name in records.projects(record):
            by_project.setdefault(name, []).append(record)
    with databases.open(str(database(source, tmp_path / "real.db"))) as opened:
        answers = Answers(opened)
        for name in sorted(by_project)[::7]:
            some = by_project[name]
            versions = {
                version for record in some for entry in record["affected"] for version in entry.get("versions", ())
            }
            for version in ["", *sorted(versions)[::9], "0", "99999"]:
                found = set(ids(json.loads(answers.query(Question(Pin("PyPI", name, version))))))
                must = expected(some, name, version)
                assert must <= found <= must | undecided(some, name, version), (name, version)


def test_no_packet_waits_for_the_word_on_another() -> None:
    """What is accepted on our socket sends at once (TCP_NODELAY): an answer of two packets took 40 ms more."""
    from pip_assay.serving import server

    with server.listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()) as client:
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        client.close()
