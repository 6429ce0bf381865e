from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pip_assay import match, net
from pip_assay.advisories import pypi
from pip_assay.advisories.answers import Looked
from pip_assay.model import PYPI, Dependency, Pin, Place
from tests.server import Reply, Script, Server, quick

QUICK = quick()._replace(retries=1)

JINJA = Pin(PYPI, "jinja2", "2.10")
SAFE = Pin(PYPI, "safe", "1.0")


def entry(name: str = "PYSEC-1", **more: Any) -> dict[str, object]:
    """One vulnerability as PyPI publishes it."""
    return {
        "id": name, "source": "osv", "link": f"https://osv.dev/vulnerability/{name}", "aliases": ["CVE-2019-10906"],
        "details": "Sandbox escape", "summary": "Escape", "fixed_in": ["2.10.1"], "withdrawn": None, **more,
    }  # fmt: skip


def page(version: str, *entries: object) -> Reply:
    """The JSON page of a release, or of a project whose newest release it is."""
    return Reply({"info": {"version": version}, "vulnerabilities": list(entries)})


def index(pages: Mapping[str, Script]) -> Server:
    """An index with these JSON pages, by "name/version" or "name"."""
    return Server({f"/pypi/{name}/json": reply for name, reply in pages.items()})


def asked_about(pins: Sequence[Pin], server: Server, network: net.Network = QUICK) -> Looked:
    """What a running index is made to say of the pins."""
    return pypi.look_up(network._replace(index_url=server.url + "/simple/"), pins)


def affecting(looked: Looked, pin: Pin) -> set[str]:
    """The records that our own matching applies to the pin."""
    hits, problems = match.hits([Dependency(pin, Place("here"))], looked.claims)
    assert problems == []
    return {hit.advisory for hit in hits}


def test_a_release_has_the_vulnerabilities_of_its_page() -> None:
    """Each entry affects exactly that release, and keeps its fields and the releases that fix it."""
    with index({"jinja2/2.10": page("2.10", entry()), "safe/1.0": page("1.0")}) as server:
        looked = asked_about([JINJA, SAFE], server)
    assert looked.unanswered == {}
    assert affecting(looked, JINJA) == {"PYSEC-1"}
    assert affecting(looked, SAFE) == set()
    assert affecting(looked, JINJA._replace(version="2.9")) == set()
    assert affecting(looked, JINJA._replace(version="2.10.post1")) == set()
    advisory = looked.advisories["PYSEC-1"]
    assert advisory.aliases == ("CVE-2019-10906",)
    assert (advisory.summary, advisory.details) == ("Escape", "Sandbox escape")
    assert advisory.references == (("ADVISORY", "https://osv.dev/vulnerability/PYSEC-1"),)
    assert match.fixes(advisory, PYPI, "jinja2") == ("2.10.1",)
    assert match.because(advisory, JINJA) == "listed"
    assert (looked.data.source, looked.data.where) == ("PyPI", server.url)


def test_one_record_of_two_releases_is_one_advisory_that_lists_both() -> None:
    """A record that several pages name affects their releases, in one claim for each project."""
    old, other = JINJA._replace(version="2.9"), Pin(PYPI, "other", "3")
    pages = {"jinja2/2.10": page("2.10", entry()), "jinja2/2.9": page("2.9", entry(fixed_in=["2.9.9"])),
             "other/3": page("3", entry())}  # fmt: skip
    with index(pages) as server:
        looked = asked_about([JINJA, old, other], server)
    assert list(looked.advisories) == ["PYSEC-1"]
    assert len(looked.claims[PYPI, "jinja2"]) == len(looked.claims[PYPI, "other"]) == 1
    assert [affecting(looked, pin) for pin in (JINJA, old, other)] == [{"PYSEC-1"}] * 3
    assert set(match.fixes(looked.advisories["PYSEC-1"], PYPI, "jinja2")) == {"2.10.1", "2.9.9"}


def test_a_local_version_is_asked_for_by_its_public_part() -> None:
    """An index knows 2.10, not 2.10+cu118; the answer is for both, asked once."""
    local = JINJA._replace(version="2.10+cu118")
    with index({"jinja2/2.10": page("2.10", entry())}) as server:
        looked = asked_about([local, JINJA], server)
        assert server.paths() == ["/pypi/jinja2/2.10/json"]
    assert affecting(looked, local) == {"PYSEC-1"}
    assert looked.unanswered == {}


def test_names_and_versions_are_parts_of_an_address_and_nothing_else() -> None:
    """A hostile name or version cannot lead the request elsewhere."""
    with index({}) as server:
        asked_about([Pin(PYPI, "../a?b", "1/../..#x"), Pin(PYPI, "a", "1!2.0")], server)
        assert sorted(server.paths()) == [
            "/pypi/..%2Fa%3Fb/1%2F..%2F..%23x/json", "/pypi/..%2Fa%3Fb/json", "/pypi/a/1%212.0/json", "/pypi/a/json",
        ]  # fmt: skip


@pytest.mark.parametrize("described", ["2.10", "2.10.0", "v2.10", "2.010"])
def test_the_projects_page_answers_for_the_release_it_describes(described: str) -> None:
    """Where an index has no page of a release, the project's page counts if it describes an equal version."""
    with index({"jinja2": page(described, entry())}) as server:
        looked = asked_about([JINJA], server)
        assert server.paths() == ["/pypi/jinja2/2.10/json", "/pypi/jinja2/json"]
    assert affecting(looked, JINJA) == {"PYSEC-1"}
    assert looked.unanswered == {}


@pytest.mark.parametrize("version", ["2.10", "not a version"])
def test_the_projects_page_answers_for_no_other_release(version: str) -> None:
    """A page about 3.1 says nothing of another release, which is then unanswered and not clean."""
    pin = JINJA._replace(version=version)
    with index({"jinja2": page("3.1", entry())}) as server:
        looked = asked_about([pin], server)
    assert looked.unanswered == {pin: f"{server.url[7:]} does not answer for release {version}, only for 3.1"}
    assert looked.claims == {}


def test_a_mirror_that_ignores_the_version_is_seen_through() -> None:
    """A page asked for by version that describes another release is no answer either."""
    with index({"jinja2/2.10": page("3.1")}) as server:
        assert "only for 3.1" in asked_about([JINJA], server).unanswered[JINJA]


def test_a_project_that_the_index_does_not_have_is_unanswered() -> None:
    """A 404 for release and project is a reason, never a clean answer; it is not asked for again."""
    with index({}) as server:
        looked = asked_about([JINJA], server)
        assert len(server.asked) == 2
    assert looked.unanswered == {JINJA: f"{server.url[7:]} has no JSON page about this project"}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"info": {"version": "2.10"}}, "does not publish vulnerabilities"),
        ({"info": {"version": "2.10"}, "vulnerabilities": None}, "vulnerabilities that cannot be read"),
        ({"info": {"version": "2.10"}, "vulnerabilities": {}}, "vulnerabilities that cannot be read"),
        ({"info": {"version": 2}, "vulnerabilities": []}, "does not say which release"),
        ({"info": [], "vulnerabilities": []}, "does not say which release"),
        ({"vulnerabilities": []}, "does not say which release"),
        ({}, "does not say which release"),
        ([], "other than a project's JSON page"),
        (None, "other than a project's JSON page"),
        ("2.10", "other than a project's JSON page"),
    ],
)
def test_a_page_of_the_wrong_shape_is_no_answer(document: object, words: str) -> None:
    """A page without vulnerabilities, or of another shape, leaves its release unanswered; the others are answered."""
    with index({"jinja2": Reply(document), "safe/1.0": page("1.0")}) as server:
        looked = asked_about([JINJA, SAFE], server)
    assert list(looked.unanswered) == [JINJA]
    assert words in looked.unanswered[JINJA]


@pytest.mark.parametrize(
    "bad", [None, 1, "PYSEC-2", [], {}, {"id": None}, {"id": ""}, {"id": "two words"}, {"id": ["x"]}]
)
def test_an_entry_that_cannot_be_read_leaves_its_release_unanswered(bad: object) -> None:
    """The entries beside a malformed one are kept, and the release is not answered for in full."""
    with index({"jinja2/2.10": page("2.10", bad, entry()), "safe/1.0": page("1.0")}) as server:
        looked = asked_about([JINJA, SAFE], server)
    assert affecting(looked, JINJA) == {"PYSEC-1"}
    assert list(looked.unanswered) == [JINJA]


@pytest.mark.parametrize(
    "odd",
    [
        {"aliases": None}, {"aliases": "CVE-1"}, {"details": 1}, {"summary": []}, {"link": None}, {"link": 3},
        {"fixed_in": None}, {"fixed_in": "2"}, {"fixed_in": [None, {}]}, {"fixed_in": ["no version"]}, {"withdrawn": 0},
        {"withdrawn": "soon"}, {"withdrawn": ""},
    ],
)  # fmt: skip
def test_odd_details_never_hide_a_vulnerability(odd: dict[str, Any]) -> None:
    """An entry whose extras are of the wrong type, or whose withdrawal is no date, is found all the same."""
    with index({"jinja2/2.10": page("2.10", entry(**odd))}) as server:
        looked = asked_about([JINJA], server)
    assert affecting(looked, JINJA) == {"PYSEC-1"}
    assert looked.unanswered == {}


def test_a_withdrawn_entry_claims_nothing_and_is_kept() -> None:
    """A withdrawn vulnerability is no finding, and its release is answered for."""
    with index({"jinja2/2.10": page("2.10", entry(withdrawn="2024-01-01T00:00:00Z"))}) as server:
        looked = asked_about([JINJA], server)
    assert looked.claims == {}
    assert looked.advisories["PYSEC-1"].withdrawn
    assert looked.unanswered == {}


def test_another_ecosystem_is_unanswered() -> None:
    """A package index is not asked about crates."""
    crate = Pin("crates.io", "serde", "1.0.0")
    with index({}) as server:
        assert asked_about([crate], server).unanswered == {crate: "a Python package index does not speak of crates.io"}
        assert server.asked == []


def test_the_first_index_that_answers_counts() -> None:
    """What the main index does not answer for is asked of the extra ones, and of no other index."""
    with index({"jinja2": page("3.1")}) as main, index({"jinja2/2.10": page("2.10", entry())}) as extra:
        network = QUICK._replace(extra_index_urls=("file:///srv/wheels", extra.url + "/simple"))
        looked = asked_about([JINJA, SAFE], main, network)
    assert affecting(looked, JINJA) == {"PYSEC-1"}
    assert looked.unanswered == {SAFE: f"{main.url[7:]} has no JSON page about this project"}
    assert looked.data.where == f"{main.url}, {extra.url}"


def test_the_public_index_is_asked_where_nothing_else_is_named() -> None:
    """Without settings the JSON pages are those of the public index."""
    assert pypi.site(net.public_index()) == net.public_site()
    looked = pypi.look_up(QUICK._replace(offline=True), [JINJA])
    assert looked.data.where == net.public_site()
    assert "the network is off (--offline)" in looked.unanswered[JINJA]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://index.example/simple", "https://index.example"),
        ("https://index.example/simple/", "https://index.example"),
        ("https://u:p@index.example/api/pypi/team/simple", "https://u:p@index.example/api/pypi/team"),
        ("https://index.example/", "https://index.example"),
        ("https://index.example/not-simple", "https://index.example/not-simple"),
    ],
)
def test_the_json_pages_are_beside_the_simple_ones(address: str, expected: str) -> None:
    """An index's address loses its "simple" part, as mirrors lay their pages out, and keeps its credentials."""
    assert pypi.site(address) == expected


def test_credentials_of_the_index_are_not_in_the_answer() -> None:
    """Neither the data's place nor a reason shows the password of the index; the server gets it."""
    with index({}) as server:
        address = server.url.replace("//", "//user:s3cr3t@") + "/simple"
        looked = pypi.look_up(QUICK._replace(index_url=address), [JINJA])
        assert all(asked.headers["authorization"] == "Basic dXNlcjpzM2NyM3Q=" for asked in server.asked)
    assert "s3cr3t" not in repr(looked)
    assert JINJA in looked.unanswered


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=500), "answered 500"),
        (Reply(status=429, headers={"Retry-After": "0"}), "answered 429"),
        (Reply(status=403), "answered 403"),
        (Reply("<!doctype html>"), "HTML"),
        (Reply('{"vulnerabilities": []}', cut=9), "broke off"),
        (Reply({"vulnerabilities": []}, delay=30), "sent nothing for 0.2 s"),
        (Reply("x", headers={"Content-Length": "99999999999"}), "more than"),
        (Reply(status=302, headers={"Location": "json"}), "from address to address"),
    ],
)
def test_a_page_that_fails_leaves_its_release_unanswered(reply: Reply, words: str) -> None:
    """Whatever goes wrong with one page, its release has the reason and the others their answers."""
    with index({"jinja2/2.10": reply, "safe/1.0": page("1.0")}) as server:
        looked = asked_about([JINJA, SAFE], server, QUICK._replace(timeout=0.2))
    assert list(looked.unanswered) == [JINJA]
    assert words in looked.unanswered[JINJA]


def test_an_index_that_is_down_is_not_asked_about_every_release() -> None:
    """After a dozen failures in a row the rest is unanswered without being asked."""
    pins = [Pin(PYPI, f"p{number}", "1") for number in range(300)]
    with Server() as server:
        server.script = {f"/pypi/{pin.name}/1/json": Reply(status=503) for pin in pins}
        looked = asked_about(pins, server)
        assert len(server.asked) < 100
    assert list(looked.unanswered) == pins
    assert set(looked.unanswered.values()) == {f"{server.url[7:]} answered 503"}
