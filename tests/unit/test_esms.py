"""Ecosyste.ms as a source: facts of its API are those of its source code and OpenAPI document."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from pip_assay import findings, match, net, severity, versions
from pip_assay.advisories import esms
from pip_assay.advisories.answers import Looked
from pip_assay.model import PYPI, Dependency, Pin, Place
from pip_assay.records import Certainty
from tests.ecosystems import PATH, Ecosystems
from tests.server import Reply, quick

QUICK = quick()._replace(retries=1)

JINJA = Pin(PYPI, "jinja2", "2.10")
SAFE = Pin(PYPI, "safe", "1.0")


def advisory(*ranges: object, name: str = "Jinja2", **more: Any) -> dict[str, Any]:
    """An advisory about one project as the service publishes it; a range is a text, or one with its fix."""
    listed = [
        {"vulnerable_version_range": each[0], "first_patched_version": each[1]}
        if isinstance(each, tuple)
        else {"vulnerable_version_range": each, "first_patched_version": None}
        for each in ranges
    ]
    return {
        "uuid": "GSA_kwCzR0hTQS0x", "url": "https://github.com/advisories/GHSA-1", "title": "Sandbox escape",
        "description": "Text\nof two lines", "origin": "UNSPECIFIED", "severity": "HIGH",
        "published_at": "2019-04-10T14:30:24.000Z", "updated_at": "2026-01-01T10:11:12.345Z", "withdrawn_at": None,
        "classification": "GENERAL", "cvss_score": 8.6,
        "cvss_vector": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N", "references": ["https://advisories.example/1"],
        "source_kind": "github", "identifiers": ["GHSA-462w-v97r-4m45", "CVE-2019-10906"],
        "packages": [{"ecosystem": "pypi", "package_name": name, "versions": listed}], **more,
    }  # fmt: skip


def asked_about(pins: Sequence[Pin], server: Ecosystems, network: net.Network = QUICK) -> Looked:
    """What a running service is made to say of the pins."""
    return esms.look_up(network, server.url, pins)


def verdicts(looked: Looked, pin: Pin) -> dict[str, Certainty | None]:
    """What our own matching makes of the answer, by record."""
    key = versions.key(pin.ecosystem, pin.version)
    claims = looked.claims.get((pin.ecosystem, pin.name), ())
    return {each.advisory: match.certainty(each, key, pin.version) for each in claims}


def said(version: str, *ranges: object) -> Certainty | None:
    """What matching makes of a release of which the service says these ranges."""
    with Ecosystems([advisory(*ranges)]) as server:
        looked = asked_about([JINJA._replace(version=version)], server)
    assert looked.unanswered == {}
    return verdicts(looked, JINJA._replace(version=version)).get("GHSA-462w-v97r-4m45")


def test_an_advisory_keeps_its_fields() -> None:
    """Its id is the best of its identifiers; text, vector, word, links and dates are kept; fixes are those it names."""
    with Ecosystems([advisory(("< 2.10.1", "2.10.1"))]) as server:
        looked = asked_about([JINJA, SAFE], server)
    assert looked.unanswered == {}
    assert verdicts(looked, JINJA) == {"GHSA-462w-v97r-4m45": "affected"}
    assert verdicts(looked, SAFE) == {}
    (found,) = looked.advisories.values()
    assert (found.id, found.aliases) == ("GHSA-462w-v97r-4m45", ("CVE-2019-10906",))
    assert (found.summary, found.details) == ("Sandbox escape", "Text\nof two lines")
    assert severity.of([found]) == ("high", 8.6)
    assert found.word == "high"
    assert found.references == (("WEB", "https://advisories.example/1"),)
    assert (found.published, found.modified) == ("2019-04-10T14:30:24.000Z", "2026-01-01T10:11:12.345Z")
    assert found.withdrawn == ""
    assert match.fixes(found, PYPI, "jinja2") == ("2.10.1",)
    assert match.because(found, JINJA) == "< 2.10.1"
    assert (looked.data.source, looked.data.where) == ("Ecosyste.ms", server.url + PATH)


@pytest.mark.parametrize("ending", ["", "/", "/api/v1", "/api/v1/", "/api/v1/advisories", "/api/v1/advisories/"])
def test_any_address_of_the_service_will_do(ending: str) -> None:
    """The root, the version's root and the address that is asked lead to the same service."""
    with Ecosystems([advisory("< 3")]) as server:
        looked = esms.look_up(QUICK, server.url + ending, [JINJA])
    assert verdicts(looked, JINJA) == {"GHSA-462w-v97r-4m45": "affected"}


def test_credentials_of_the_service_are_not_in_the_answer() -> None:
    """Neither the data's place nor a reason shows the password of the address."""
    with Ecosystems() as server:
        server.script[f"{PATH}?ecosystem=pypi&package_name=jinja2&page=1&per_page=100"] = Reply(status=500)
        looked = esms.look_up(QUICK, server.url.replace("//", "//user:s3cr3t@"), [JINJA])
    assert "s3cr3t" not in repr(looked)
    assert JINJA in looked.unanswered


def test_nothing_is_asked_about_nothing_and_about_other_ecosystems() -> None:
    """Without releases of Python packages no request is made."""
    debian = JINJA._replace(ecosystem="Debian:12")
    with Ecosystems() as server:
        assert asked_about([], server).unanswered == {}
        assert asked_about([debian], server).unanswered == {debian: "Ecosyste.ms is not asked about Debian:12"}
        assert server.asked == []


def test_a_project_is_asked_for_once_and_without_its_version() -> None:
    """Two releases of a project are one question, and no version is sent."""
    with Ecosystems([advisory("< 2.10.1")]) as server:
        looked = asked_about([JINJA, JINJA._replace(version="2.9"), JINJA._replace(version="3.0")], server)
        assert server.paths() == [f"{PATH}?ecosystem=pypi&package_name=jinja2&page=1&per_page=100"]
    assert [verdicts(looked, JINJA._replace(version=each)) for each in ("2.9", "3.0")] == [
        {"GHSA-462w-v97r-4m45": "affected"}, {"GHSA-462w-v97r-4m45": None},
    ]  # fmt: skip


@pytest.mark.parametrize("spelling", ["plone-app-users", "plone.app.users", "Plone_App_Users"])
def test_a_name_is_found_however_the_service_spells_it(spelling: str) -> None:
    """PEP 503: "-", "_" and "." are one; the service compares names as they are spelled."""
    pin = Pin(PYPI, "plone-app-users", "1.0")
    with Ecosystems([advisory("< 2", name=spelling)]) as server:
        looked = asked_about([pin], server)
        assert server.names() == ["plone-app-users", "plone.app.users", "plone_app_users"]
    assert verdicts(looked, pin) == {"GHSA-462w-v97r-4m45": "affected"}


def test_names_are_parts_of_an_address_and_nothing_else() -> None:
    """A hostile name cannot add to the question."""
    pin = Pin(PYPI, "a&ecosystem=npm#x/../?", "1")
    with Ecosystems() as server:
        asked_about([pin], server)
        assert server.names() == [pin.name]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("number", [99, 100, 101, 200, 250])
def test_every_page_is_followed(number: int, links: bool) -> None:
    """pip-audit reads the first hundred advisories of a project; here none is lost, with and without Link headers."""
    every = [advisory("< 3", uuid=f"GSA_{each}", identifiers=[f"GHSA-{each:04}"]) for each in range(number)]
    with Ecosystems(every, links=links) as server:
        looked = asked_about([JINJA], server)
        pages = len(server.asked)
    assert looked.unanswered == {}
    assert len(verdicts(looked, JINJA)) == number
    assert pages == -(-number // 100) + (not links and number % 100 == 0)


def test_pages_without_end_are_no_answer() -> None:
    """A service that sends the same full page for ever leaves the project unanswered, after a bounded time."""
    page = Reply([advisory("< 3") for _ in range(100)])
    with Ecosystems() as server:
        for number in range(1, 60):
            server.script[f"{PATH}?ecosystem=pypi&package_name=jinja2&page={number}&per_page=100"] = page
        looked = asked_about([JINJA, SAFE], server)
        assert len(server.asked) == esms.PAGES + 1
    assert looked.unanswered == {JINJA: f"{server.url[7:]} has no end of pages about it"}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=500), "answered 500"),
        (Reply("no such page", 404), "answered 404"),
        (Reply("[{", 200), "answered with what is not JSON (line 1)"),
        (Reply(b"\xff\xfe"), "answered with what is not JSON in UTF-8"),
        (Reply({"error": "later"}), "did not answer with a list of advisories"),
        (Reply([advisory("< 3")], cut=20), ""),
        (Reply([{}]), "says something of it that is not an advisory: it has no id"),
        (Reply(["x"]), "says something of it that is not an advisory: not a JSON object"),
        (Reply([advisory("< 3", identifiers=["two words"])]), "has an id that is not one plain word"),
        (Reply([advisory("< 3", packages=None)]), 'does not say what it affects: "packages" is not a list'),
        (Reply([advisory("< 3", packages=["x"])]), "a package has no ecosystem or name"),
        (Reply([advisory("< 3", packages=[{"ecosystem": "pypi"}])]), "a package has no ecosystem or name"),
    ],
)
def test_an_answer_that_cannot_be_used_is_none(reply: Reply, reason: str) -> None:
    """Down, cut short or garbled: the project is unanswered with the reason, and the others are answered."""
    with Ecosystems([advisory("< 3", name="safe")]) as server:
        server.script[f"{PATH}?ecosystem=pypi&package_name=jinja2&page=1&per_page=100"] = reply
        looked = asked_about([JINJA, SAFE], server)
    assert list(looked.unanswered) == [JINJA]
    assert reason in looked.unanswered[JINJA]
    assert server.url[7:] in looked.unanswered[JINJA]
    assert verdicts(looked, SAFE) == {"GHSA-462w-v97r-4m45": "affected"}


def test_a_second_page_that_fails_is_not_left_out_in_silence() -> None:
    """Half of the advisories of a project are no answer about it."""
    every = [advisory("< 3", uuid=f"GSA_{each}", identifiers=[f"GHSA-{each:04}"]) for each in range(150)]
    with Ecosystems(every) as server:
        server.script[f"{PATH}?ecosystem=pypi&package_name=jinja2&page=2&per_page=100"] = Reply(status=503)
        assert "answered 503" in asked_about([JINJA], server).unanswered[JINJA]


def test_what_can_be_read_beside_what_cannot_is_kept() -> None:
    """One broken advisory makes its project unanswered; the flaw that another one names is still found."""
    with Ecosystems() as server:
        page = Reply([advisory("< 3"), {"identifiers": []}])
        server.script[f"{PATH}?ecosystem=pypi&package_name=jinja2&page=1&per_page=100"] = page
        looked = asked_about([JINJA], server)
    assert list(looked.unanswered) == [JINJA]
    assert verdicts(looked, JINJA) == {"GHSA-462w-v97r-4m45": "affected"}


@pytest.mark.parametrize(
    ("uuid", "identifiers", "expected"),
    [
        ("GSA_x", ["CVE-1-1", "GHSA-1", "PYSEC-1-1"], ("PYSEC-1-1", ("CVE-1-1", "GHSA-1"))),
        ("GSA_x", ["CVE-1-1", "GHSA-1"], ("GHSA-1", ("CVE-1-1",))),
        ("GSA_x", ["CVE-1-1"], ("CVE-1-1", ())),
        ("GSA_x", [], ("GSA_x", ())),
        ("GSA_x", None, ("GSA_x", ())),
        ("GHSA-1", ["GHSA-1", "PYSEC-1-1"], ("GHSA-1", ("PYSEC-1-1",))),
        ("GSA_x", ["GHSA-1", "MAL-2026-2", 7], ("MAL-2026-2", ("GHSA-1",))),
    ],
)
def test_an_advisory_is_known_by_its_own_id_elsewhere(
    uuid: str, identifiers: object, expected: tuple[str, tuple[str, ...]]
) -> None:
    """Its own id if that is one of its identifiers, else the preferred one; what is malware is known as such."""
    with Ecosystems([advisory("< 3", uuid=uuid, identifiers=identifiers)]) as server:
        (found,) = asked_about([JINJA], server).advisories.values()
    assert (found.id, found.aliases) == expected


TWICE = advisory(
    ("= 2.10", "2.10.1"), uuid="GHSA-462w-v97r-4m45", identifiers=["GHSA-462w-v97r-4m45", "PYSEC-2019-217"],
    cvss_vector="CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
)  # fmt: skip


def test_an_advisory_told_twice_counts_with_both() -> None:
    """The same id from two sources: the aliases, vectors and ranges of both count."""
    for both in ([advisory("< 2"), TWICE], [TWICE, advisory("< 2")]):
        with Ecosystems(both) as server:
            looked = asked_about([JINJA], server)
        said = {each: verdicts(looked, JINJA._replace(version=each)) for each in ("1.0", "2.10", "2.10.1")}
        assert [list(each.values()) for each in said.values()] == [["affected"], ["affected"], [None]]
        (found,) = looked.advisories.values()
        assert set(found.aliases) == {"CVE-2019-10906", "PYSEC-2019-217"}
        assert {rating.kind for rating in found.ratings} == {"CVSS_V3", "CVSS_V4"}


def test_of_an_advisory_told_twice_what_is_live_counts_alone() -> None:
    """What one source has withdrawn, the other does not claim."""
    withdrawn = TWICE | {"withdrawn_at": "2020-01-01T00:00:00Z"}
    for both in ([advisory("< 2"), withdrawn], [withdrawn, advisory("< 2")]):
        with Ecosystems(both) as server:
            looked = asked_about([JINJA], server)
        assert verdicts(looked, JINJA) == {"GHSA-462w-v97r-4m45": None}
        assert verdicts(looked, JINJA._replace(version="1.0")) == {"GHSA-462w-v97r-4m45": "affected"}
    with Ecosystems([withdrawn, withdrawn | {"uuid": "GSA_2"}]) as server:
        assert asked_about([JINJA], server).claims == {}


def test_a_withdrawn_advisory_matches_nothing() -> None:
    """It is kept, so that it can be shown, and claims nothing."""
    with Ecosystems([advisory("< 3", withdrawn_at="2020-01-01T00:00:00.000Z")]) as server:
        looked = asked_about([JINJA], server)
    assert looked.claims == {}
    assert looked.advisories["GHSA-462w-v97r-4m45"].withdrawn == "2020-01-01T00:00:00.000Z"
    assert looked.unanswered == {}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("high", 8.6)),
        ({"cvss_vector": None, "cvss_score": 0.0, "severity": "MODERATE"}, ("medium", None)),
        ({"cvss_vector": None, "cvss_score": 9.1, "severity": None}, ("critical", None)),
        ({"cvss_vector": "CVSS:3.1/garbled", "cvss_score": 9.1, "severity": "LOW"}, ("low", None)),
        ({"cvss_vector": None, "cvss_score": "9.1", "severity": ["HIGH"]}, ("unknown", None)),
        ({"cvss_vector": "AV:N/AC:L/Au:N/C:P/I:P/A:P", "cvss_score": None, "severity": ""}, ("high", 7.5)),
    ],
)
def test_severity_is_the_vectors_else_the_word_else_that_of_the_score(
    fields: dict[str, Any], expected: tuple[str, float | None]
) -> None:
    """What has neither is unknown, never low."""
    with Ecosystems([advisory("< 3", **fields)]) as server:
        assert severity.of(asked_about([JINJA], server).advisories.values()) == expected


def test_packages_of_other_ecosystems_and_names_say_nothing_of_a_release() -> None:
    """An advisory of several packages counts for each with its own ranges."""
    packages = [
        {"ecosystem": "npm", "package_name": "jinja2", "versions": [{"vulnerable_version_range": ">= 0"}]},
        {"ecosystem": "pypi", "package_name": "Other", "versions": [{"vulnerable_version_range": ">= 0"}]},
        {"ecosystem": "pypi", "package_name": "jinja2", "versions": [{"vulnerable_version_range": "< 2"}]},
    ]
    with Ecosystems([advisory(packages=packages)]) as server:
        looked = asked_about([JINJA, Pin(PYPI, "other", "1")], server)
    assert verdicts(looked, JINJA) == {"GHSA-462w-v97r-4m45": None}
    assert verdicts(looked, Pin(PYPI, "other", "1")) == {"GHSA-462w-v97r-4m45": "affected"}


VERSIONS = [
    "0.dev0", "0.9", "1.0.dev1", "1.0a1", "1.0rc1", "1.0rc1.post1", "1.0", "1.0+local", "1.0.post0.dev0",
    "1.0.post1.dev1", "1.0.post1", "1.0.1.dev1", "1.0.1", "1.1",
    "2.0rc1", "2.0", "2.0+cu118", "2.0.post1", "2.0.1", "3.0", "1!0.1",
]  # fmt: skip
SIGNS = st.sampled_from([">=", ">", "<=", "<"])
PUBLIC = st.sampled_from([each for each in VERSIONS if "+" not in each])


def holds(sign: str, bound: str, version: str) -> bool:
    """Whether a release is within one bound, by the plain order of versions; its local part is no other release."""
    plain, public, at = Version(version), Version(Version(version).public), Version(bound)
    return {">=": plain >= at, ">": public > at, "<=": public <= at, "<": plain < at}[sign]


@given(
    st.dictionaries(SIGNS, PUBLIC, min_size=1, max_size=2),
    st.sampled_from(VERSIONS),
    st.sampled_from([",", ", ", " , "]),
)
def test_a_range_holds_what_its_bounds_say(bounds: dict[str, str], version: str, comma: str) -> None:
    """What is within all bounds is affected, and nothing else is but the bound of "> 1.0.post1", in doubt."""
    signs = {sign[0] for sign in bounds}
    text = comma.join(f"{sign} {bound}" for sign, bound in bounds.items())
    found = match.claim("X", esms._entries("jinja2", [{"vulnerable_version_range": text}]))
    verdict = match.certainty(found, versions.key(PYPI, version), version)
    within = all(holds(sign, bound, version) for sign, bound in bounds.items())
    if len(signs) < len(bounds):
        assert verdict == "undecided"
    elif within:
        assert verdict == "affected"
    elif verdict == "affected":
        assert Version(Version(version).public) == Version(bounds[">"])
        assert Version(bounds[">"]).is_postrelease or Version(bounds[">"]).is_devrelease


@pytest.mark.parametrize(
    ("ranges", "affected", "safe"),
    [
        (["< 2.0"], ["0.dev0", "1.9.9", "2.0rc1", "2.0.dev1"], ["2.0", "2.0+local", "2.1"]),
        (["<= 2.0"], ["0.1", "2.0rc1", "2.0", "2.0+local"], ["2.0.post1", "2.0.1"]),
        ([">= 1.0"], ["1.0", "99"], ["1.0rc1", "0.9"]),
        ([">= 0"], ["0.dev0", "0.0a1", "7"], []),
        (["> 1.0"], ["1.0.post1", "1.0.1.dev0"], ["1.0", "1.0+local", "1.0rc1"]),
        (["> 1.0, <= 1.2"], ["1.1", "1.2"], ["1.0", "1.2.1"]),
        ([">= 1.0, < 1.2", ">= 2, < 2.2"], ["1.1", "2.1"], ["0.9", "1.2", "2.2"]),
        (["= 1.0"], ["1.0", "1.0.0", "1.0+local"], ["1.0.post1", "1.0rc1", "0.9"]),
        (["= 1.0", "= 2.0"], ["1.0", "2.0"], ["1.5"]),
        (["= 1.0", "< 0.5"], ["1.0", "0.4"], ["0.5"]),
        (["=1.0", ">=2,<3"], ["1.0", "2"], ["1.1", "3"]),
        (["= 2004d", "= dev"], ["2004d", "dev"], ["2004"]),
    ],
)  # fmt: skip
def test_ranges_as_the_service_writes_them(ranges: list[str], affected: list[str], safe: list[str]) -> None:
    """The plain order of versions decides, as for OSV's events: 2.0rc1 is below 2.0."""
    assert {each: said(each, *ranges) for each in affected} == dict.fromkeys(affected, "affected")
    assert {each: said(each, *ranges) for each in safe} == dict.fromkeys(safe)


@pytest.mark.parametrize(
    "text",
    ["", "*", "nonsense", "1.0", "== 1.0", "~> 1.0", "!= 1.0", "< 1.0 || > 2.0", ">= 1.0 < 2.0", "= 1.0, < 2.0",
     "< 1.0, < 2.0", ">= 1, > 2", ">= 2, < 1", ">= 2, < 2", "> 1.0, <= 1.0", ">=", "< ", None, 7, ["< 2"], {"<": "2"}],
)  # fmt: skip
def test_a_range_that_cannot_be_read_makes_nothing_safe(text: object) -> None:
    """Whatever else the advisory says, no release is safe by it; one that it names is affected."""
    assert said("2.10", text) == "undecided"
    assert said("2.10", text, "< 2.0", "= 3.0") == "undecided"
    assert said("1.0", text, "< 2.0", "= 3.0") == "affected"
    assert said("3.0", text, "< 2.0", "= 3.0") == "affected"


@pytest.mark.parametrize("text", ["< 2019-09-12", "<= dev", ">= 1.0, < 0.1-bulbasaur", ">= 2004d, < 3"])
def test_a_bound_that_no_order_can_place_makes_nothing_safe(text: str) -> None:
    """An end that cannot be read never comes; an introduction that cannot be read may be anywhere."""
    assert said("2.10", text) == "undecided"


@pytest.mark.parametrize("listed", [[], None, "x", 7, ["x"], [None]])
def test_a_package_without_ranges_is_undecided(listed: object) -> None:
    """An advisory that names a project and no release makes nothing safe."""
    packages = [{"ecosystem": "pypi", "package_name": "jinja2", "versions": listed}]
    with Ecosystems([advisory(packages=packages)]) as server:
        assert verdicts(asked_about([JINJA], server), JINJA) == {"GHSA-462w-v97r-4m45": "undecided"}


def test_only_releases_that_are_called_patched_are_fixes() -> None:
    """That "< 2.0" ends the range does not say that there is a 2.0; a patched release beside a list is kept too."""
    with Ecosystems([advisory("< 2.0", ("<= 3.0", "3.1"), ("= 3.5", "3.6"), (">= 4", {"identifier": "5"}))]) as server:
        (found,) = asked_about([JINJA], server).advisories.values()
    assert match.fixes(found, PYPI, "jinja2") == ("3.1", "3.6")
    with Ecosystems([advisory(("= 2.10", "2.10.1"))]) as server:
        looked = asked_about([JINJA], server)
    assert match.fixes(looked.advisories["GHSA-462w-v97r-4m45"], PYPI, "jinja2") == ("2.10.1",)
    assert verdicts(looked, JINJA._replace(version="2.9")) == {"GHSA-462w-v97r-4m45": None}


def test_malware_is_known_as_malware() -> None:
    """MAL- among the identifiers makes the finding one of malware, whatever id GitHub gives it."""
    with Ecosystems([advisory(">= 0", identifiers=["GHSA-1", "MAL-2026-2"], classification="MALWARE")]) as server:
        looked = asked_about([JINJA], server)
    hits, _ = match.hits([Dependency(JINJA, Place("here"))], looked.claims)
    assert hits[0].advisory.startswith(findings.MALWARE)
