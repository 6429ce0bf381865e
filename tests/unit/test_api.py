from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pip_assay import match, net
from pip_assay.advisories import api
from pip_assay.advisories.answers import Looked
from pip_assay.model import PYPI, Dependency, Pin, Place
from tests.server import Asked, Reply, Script, Server, quick

QUICK = quick()._replace(retries=1)

JINJA = Pin(PYPI, "jinja2", "2.10")
SAFE = Pin(PYPI, "safe", "1.0")


def record(name: str, *, project: str = "Jinja2", fixed: str = "2.10.1", **more: Any) -> dict[str, object]:
    """An OSV record about one project."""
    events = [{"introduced": "0"}, {"fixed": fixed}]
    package = {"ecosystem": PYPI, "name": project}
    affected = [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    return {"id": name, "modified": "2024-01-01T00:00:00Z", "schema_version": "1.6.0", "affected": affected, **more}


def service(
    names: Mapping[str, Sequence[str]], records: Sequence[dict[str, Any]], batch: Script | None = None
) -> Server:
    """An OSV API that names records by project, and has them."""

    def answer(asked: Asked) -> Reply:
        named = [names.get(query["package"]["name"], ()) for query in asked.json()["queries"]]
        return Reply({"results": [{"vulns": [{"id": name} for name in each]} if each else {} for each in named]})

    pages: dict[str, Script] = {f"/v1/vulns/{each['id']}": Reply(each) for each in records}
    return Server({"/v1/querybatch": batch or answer, **pages})


def asked_about(pins: Sequence[Pin], server: Server, network: net.Network = QUICK) -> Looked:
    """What a running service is made to say of the pins."""
    return api.look_up(network, server.url + "/v1/query", pins)


def affecting(looked: Looked, pin: Pin) -> set[str]:
    """The records that our own matching applies to the pin."""
    hits, problems = match.hits([Dependency(pin, Place("here"))], looked.claims)
    assert problems == []
    return {hit.advisory for hit in hits}


def test_a_release_has_the_records_that_the_service_names_and_matching_confirms() -> None:
    """The service narrows, matching decides; a release without records is answered for; names are normalised."""
    with service({"jinja2": ["GHSA-1", "GHSA-2"]}, [record("GHSA-1"), record("GHSA-2", fixed="2.9")]) as server:
        looked = asked_about([JINJA, SAFE], server)
        assert server.asked[0].json() == {
            "queries": [
                {"package": {"ecosystem": "PyPI", "name": "jinja2"}, "version": "2.10"},
                {"package": {"ecosystem": "PyPI", "name": "safe"}, "version": "1.0"},
            ]
        }
    assert affecting(looked, JINJA) == {"GHSA-1"}
    assert affecting(looked, SAFE) == set()
    assert list(looked.advisories) == ["GHSA-1", "GHSA-2"]
    assert looked.unanswered == {}
    assert (looked.data.source, looked.data.where) == ("OSV", server.url + "/v1")


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "/v1/query", "/v1/querybatch", "/v1/query/"])
def test_any_address_of_the_service_will_do(ending: str) -> None:
    """The address that pip-audit takes, the root and the version's root lead to the same service."""
    with service({"jinja2": ["GHSA-1"]}, [record("GHSA-1")]) as server:
        looked = api.look_up(QUICK, server.url + ending, [JINJA])
        assert server.paths() == ["/v1/querybatch", "/v1/vulns/GHSA-1"]
    assert affecting(looked, JINJA) == {"GHSA-1"}


def test_credentials_of_the_service_are_not_in_the_answer() -> None:
    """Neither the data's place nor a reason shows the password of the address."""
    with service({}, [], Reply(status=500)) as server:
        looked = api.look_up(QUICK, server.url.replace("//", "//user:s3cr3t@") + "/v1/query", [JINJA])
    assert "s3cr3t" not in repr(looked)
    assert JINJA in looked.unanswered


def test_nothing_is_asked_about_nothing() -> None:
    """Without releases no request is made."""
    with service({}, []) as server:
        assert asked_about([], server).unanswered == {}
        assert server.asked == []


def test_a_local_version_is_asked_for_by_its_public_part() -> None:
    """2.10+cu118 and 2.10 are one question; matching then decides about each. Elsewhere "+" is part of a version."""
    local, debian = JINJA._replace(version="2.10+cu118"), Pin("Debian:12", "jinja2", "2.10+dfsg-1")
    with service({"jinja2": ["GHSA-1"]}, [record("GHSA-1")]) as server:
        looked = asked_about([JINJA, local, debian], server)
        batches = [each.json()["queries"] for each in server.asked if each.body]
    asked = [[(query["package"]["ecosystem"], query["version"]) for query in queries] for queries in batches]
    assert sorted(asked) == [[("Debian:12", "2.10+dfsg-1")], [("PyPI", "2.10")]]
    assert affecting(looked, local) == {"GHSA-1"}
    assert list(looked.unanswered) == [debian]


def test_a_thousand_releases_are_one_batch_and_one_more_is_two() -> None:
    """OSV API: at most 1,000 queries in a batch; no release is lost at the seam."""
    pins = [Pin(PYPI, f"p{number:04}", "1") for number in range(1001)]
    names = {"p0999": ["A-1"], "p1000": ["A-2"]}
    records = [record("A-1", project="p0999"), record("A-2", project="p1000")]
    with service(names, records) as server:
        looked = asked_about(pins, server)
        sizes = [len(asked.json()["queries"]) for asked in server.asked if asked.method == "POST"]
    assert sorted(sizes) == [1, 1000]
    assert affecting(looked, pins[999]) == {"A-1"}
    assert affecting(looked, pins[1000]) == {"A-2"}
    assert looked.unanswered == {}


def test_one_batch_that_fails_leaves_the_others_answered() -> None:
    """Only the releases of a batch without an answer are unanswered."""
    pins = [Pin(PYPI, f"p{number:04}", "1") for number in range(1001)]

    def answer(asked: Asked) -> Reply:
        queries = asked.json()["queries"]
        return Reply(status=500) if len(queries) == 1 else Reply({"results": [{} for _ in queries]})

    with service({}, [], answer) as server:
        looked = asked_about(pins, server)
    assert looked.unanswered == {pins[1000]: f"{server.url[7:]} answered 500"}


def test_every_page_is_followed_for_the_query_that_has_one() -> None:
    """A page may come empty and still have another after it; only that query is repeated, with its token."""

    def answer(asked: Asked) -> Reply:
        pages = {
            "": {"next_page_token": "two"},
            "two": {"vulns": [{"id": "A-1"}, {"id": "A-1"}], "next_page_token": "three"},
            "three": {"vulns": [{"id": "A-2"}]},
        }
        return Reply(
            {
                "results": [
                    pages[query.get("page_token", "")] if query["package"]["name"] == "jinja2" else {}
                    for query in asked.json()["queries"]
                ]
            }
        )

    with service({}, [record("A-1"), record("A-2")], answer) as server:
        looked = asked_about([SAFE, JINJA], server)
        assert [len(asked.json()["queries"]) for asked in server.asked if asked.method == "POST"] == [2, 1, 1]
        assert server.paths().count("/v1/vulns/A-1") == 1
    assert affecting(looked, JINJA) == {"A-1", "A-2"}
    assert looked.unanswered == {}


def test_an_ecosystem_that_is_refused_spoils_no_other() -> None:
    """Each is asked in batches of its own; one whose every question is refused is uncovered, Python's never is."""
    crate, package = Pin("crates.io", "a", "1.0.0"), Pin("Alpine:v3.18", "b", "1.0-r0")

    def answer(asked: Asked) -> Reply:
        queries = asked.json()["queries"]
        is_refused = any(each["package"]["ecosystem"] == "crates.io" for each in queries)
        return Reply(status=400) if is_refused else Reply({"results": [{} for _ in queries]})

    with Server({"/v1/querybatch": answer}) as server:
        looked = asked_about([package, crate, JINJA], server)
    assert (looked.uncovered, set(looked.unanswered)) == (frozenset({"crates.io"}), {crate})
    with Server({"/v1/querybatch": Reply(status=400)}) as server:
        looked = asked_about([JINJA], server)
    assert (looked.uncovered, set(looked.unanswered)) == (frozenset(), {JINJA})

    def half(asked: Asked) -> Reply:
        queries = asked.json()["queries"]
        return Reply({"results": [{} for _ in queries]}) if len(queries) > 1 else Reply(status=400)

    with Server({"/v1/querybatch": half}) as server:
        many = [crate._replace(name=f"a{number}") for number in range(1001)]
        looked = asked_about(many, server)
    assert (looked.uncovered, len(looked.unanswered)) == (frozenset(), 1)


def test_pages_without_end_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that always has another page is left, and the release is unanswered."""
    monkeypatch.setattr(api, "PAGES", 3)
    endless = Reply({"results": [{"vulns": [{"id": "A-1"}], "next_page_token": "more"}]})
    with service({}, [record("A-1")], endless) as server:
        looked = asked_about([JINJA], server)
        assert server.paths().count("/v1/querybatch") == 3
    assert "no end of pages" in looked.unanswered[JINJA]
    assert affecting(looked, JINJA) == {"A-1"}


def test_a_page_that_fails_leaves_its_release_unanswered() -> None:
    """What the first page named is kept, and the release is not clean."""
    first = Reply({"results": [{"vulns": [{"id": "A-1"}], "next_page_token": "more"}, {}]})
    with service({}, [record("A-1")], [first, Reply("<html>")]) as server:
        looked = asked_about([JINJA, SAFE], server)
    assert affecting(looked, JINJA) == {"A-1"}
    assert list(looked.unanswered) == [JINJA]
    assert "HTML" in looked.unanswered[JINJA]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"results": []}, "answered 0 of 2 questions"),
        ({"results": [{}]}, "answered 1 of 2 questions"),
        ({"results": [{}, {}, {}]}, "answered 3 of 2 questions"),
        ({}, "did not answer with a list of results"),
        ([], "did not answer with a list of results"),
        (None, "did not answer with a list of results"),
        ({"results": {"0": {}, "1": {}}}, "did not answer with a list of results"),
        ({"code": 3, "message": "Too many queries"}, "did not answer with a list of results"),
    ],
)
def test_a_short_or_odd_answer_answers_for_nobody(answer: object, words: str) -> None:
    """Unless there is one result for each query, none of the releases is answered for."""
    with service({}, [], Reply(answer)) as server:
        looked = asked_about([JINJA, SAFE], server)
    assert list(looked.unanswered) == [JINJA, SAFE]
    assert all(words in reason for reason in looked.unanswered.values())


@pytest.mark.parametrize(
    "result",
    [
        None, 1, "x", [], {"vulns": {}}, {"vulns": False}, {"vulns": ""}, {"vulns": "GHSA-1"}, {"vulns": [None]},
        {"vulns": [{}]}, {"vulns": ["GHSA-1"]}, {"vulns": [{"id": 1}]}, {"vulns": [{"id": ""}]},
        {"vulns": [], "next_page_token": 0}, {"vulns": [{"id": "A-1"}, {"id": None}]},
    ],
)  # fmt: skip
def test_a_result_of_the_wrong_shape_leaves_only_its_release_unanswered(result: object) -> None:
    """One unreadable result is one release without an answer; the others are answered."""
    with service({}, [], Reply({"results": [result, {}]})) as server:
        looked = asked_about([JINJA, SAFE], server)
    assert list(looked.unanswered) == [JINJA]
    assert "cannot be read" in looked.unanswered[JINJA]


@pytest.mark.parametrize(
    "empty", [{}, {"vulns": None}, {"vulns": []}, {"next_page_token": ""}, {"next_page_token": None}]
)
def test_a_release_without_records_is_answered_for(empty: object) -> None:
    """Every way in which the service says "none" is an answer."""
    with service({}, [], Reply({"results": [empty]})) as server:
        assert asked_about([SAFE], server).unanswered == {}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=500), "answered 500"),
        (Reply(status=404), "answered 404"),
        (Reply("<html>"), "HTML"),
        (Reply({"id": "A-1"}, cut=5), "broke off"),
        (Reply({}), "no id"),
        (Reply([]), "not an advisory"),
        (Reply(None), "not an advisory"),
        (Reply(record("A-2")), "another record, A-2"),
        (Reply(record("A-1", schema_version="2.0.0")), "schema version 2.0.0"),
        (Reply({**record("A-1"), "affected": "all"}), "affected"),
        (Reply({**record("A-1"), "affected": None}), "does not say which of its releases"),
        (Reply(record("A-1", project="other")), "does not say which of its releases"),
    ],
)
def test_a_record_that_cannot_be_used_leaves_its_releases_unanswered(reply: Reply, words: str) -> None:
    """A release whose record is not read is never clean; the releases of other records are answered."""
    other = Pin(PYPI, "other-one", "1")
    with service(
        {"jinja2": ["A-1", "B-1"], "other-one": ["C-1"]}, [record("B-1"), record("C-1", project="other-one")]
    ) as server:
        server.script["/v1/vulns/A-1"] = reply
        looked = asked_about([JINJA, other, SAFE], server)
    assert list(looked.unanswered) == [JINJA]
    assert "A-1" in looked.unanswered[JINJA]
    assert words in looked.unanswered[JINJA]
    assert affecting(looked, JINJA) == {"B-1"}
    assert affecting(looked, other) == {"C-1"}


def test_a_withdrawn_record_claims_nothing_and_is_kept() -> None:
    """OSV schema 1.7, withdrawn: the record is "considered to have been withdrawn"; its release is answered for."""
    with service({"jinja2": ["A-1"]}, [record("A-1", withdrawn="2024-02-01T00:00:00Z")]) as server:
        looked = asked_about([JINJA], server)
    assert looked.claims == {}
    assert looked.advisories["A-1"].withdrawn
    assert looked.unanswered == {}


def test_all_entries_of_a_record_for_one_project_count() -> None:
    """Several affected entries for a project make one claim; entries for projects nobody asked about make none."""
    document: Any = record("A-1", fixed="1.0")
    document["affected"] += record("x", project="jinja2", fixed="2.11")["affected"]
    document["affected"] += record("x", project="elsewhere")["affected"]
    with service({"jinja2": ["A-1"]}, [document]) as server:
        looked = asked_about([JINJA], server)
    assert list(looked.claims) == [(PYPI, "jinja2")]
    assert len(looked.claims[PYPI, "jinja2"]) == 1
    assert affecting(looked, JINJA) == {"A-1"}


def test_an_id_is_only_ever_one_part_of_an_address() -> None:
    """A hostile id cannot lead the request for its record elsewhere."""
    named = Reply({"results": [{"vulns": [{"id": "../../admin?x=1#y"}, {"id": "\ud800"}, {"id": "a b\r\nX: y"}]}]})
    with service({}, [], named) as server:
        looked = asked_about([JINJA], server)
        paths = [asked.path for asked in server.asked if asked.method == "GET"]
        assert all("x" not in asked.headers for asked in server.asked)
    assert len(paths) == 3
    assert all(path.startswith("/v1/vulns/") and path.count("/") == 3 and "?" not in path for path in paths)
    assert list(looked.unanswered) == [JINJA]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=429, headers={"Retry-After": "0"}), "answered 429"),
        (Reply("<!doctype html>"), "HTML"),
        (Reply('{"results": [{}]}', cut=9), "broke off"),
        (Reply({"results": [{}]}, delay=30), "sent nothing for 0.2 s"),
        (Reply("x", headers={"Content-Length": "99999999999"}), "more than"),
        (Reply(status=308, headers={"Location": "/v1/querybatch"}), "from address to address"),
    ],
)
def test_a_service_that_fails_answers_for_nobody(reply: Reply, words: str) -> None:
    """Whatever goes wrong with the first request, every release is unanswered with the same plain reason."""
    with service({}, [], reply) as server:
        looked = asked_about([JINJA, SAFE], server, QUICK._replace(timeout=0.2))
    assert list(looked.unanswered) == [JINJA, SAFE]
    assert all(words in reason for reason in looked.unanswered.values())
    assert looked.claims == {}


def test_offline_answers_for_nobody() -> None:
    """With the network off no release is answered for, and the reason says so."""
    looked = api.look_up(QUICK._replace(offline=True), "", [JINJA])
    assert looked.unanswered == {JINJA: "api.osv.dev is not asked: the network is off (--offline)"}


def test_the_same_answers_in_any_order_are_the_same_bytes() -> None:
    """The order in which a service names records, and pins are asked, does not show in advisories and claims."""
    records = [record(f"A-{number}") for number in range(5)]
    names = [each["id"] for each in records]
    results = []
    for order in (names, names[::-1]):
        with service({"jinja2": [str(name) for name in order]}, records) as server:
            looked = asked_about([JINJA], server)
        results.append(repr((looked.advisories, looked.claims)))
    assert results[0] == results[1]
