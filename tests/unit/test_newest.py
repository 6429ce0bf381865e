"""Whether the newest release of a distribution still carries what was found in it: each answer, and who is asked."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import flow, match, newest
from pip_assay.model import (
    PYPI,
    PYTHON,
    Audit,
    Dependency,
    Evidence,
    Finding,
    Inventory,
    Origin,
    Pin,
    Place,
    Status,
    Upgrade,
    Verdict,
)
from pip_assay.newest import Newest, said
from pip_assay.origins import Origins
from pip_assay.published import Carried, Component
from pip_assay.records import Advisory, Affected, Claim, Event, Range
from pip_assay.settings import Outside, Settings
from tests.far_files import crates, in_parts, wheel
from tests.server import Reply, Server
from tests.transcripts import NOW, RECORDS, Person, copy

CRATES = "crates.io"
HOST = Pin(PYPI, "host", "1.0")
FILE = "host-1.0.dist-info/sboms/host.cdx.json"
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}


def record(identifier: str, ecosystem: str, name: str, fixed: str, introduced: str = "0") -> Advisory:
    events = (Event("introduced", introduced), *([Event("fixed", fixed)] if fixed else []))
    return Advisory(identifier, affected=(Affected(ecosystem, name, ranges=(Range("ECOSYSTEM", events),)),))


RECORDS_HERE = (
    record("R-1", CRATES, "rsa", "0.9.11"),
    record("R-2", CRATES, "rsa", "", introduced="0.9.0"),
    record("R-3", CRATES, "h2", "0.4.2"),
    record("R-4", CRATES, "odd", "not a version"),
    record("A-1", "AlmaLinux:8", "openssl-libs", "1:1.1.1k-17.el8_6"),
    record("P-1", PYPI, "idna", "3.7"),
    record("MAL-1", PYPI, "host", "", introduced="9.0"),
    Advisory("B-1", affected=(*record("", CRATES, "rsa", "0.9.11").affected, *record("", CRATES, "h2", "").affected)),
)


def claims() -> dict[tuple[str, str], list[Claim]]:
    found: dict[tuple[str, str], list[Claim]] = {}
    for each in RECORDS_HERE:
        for about in each.affected:
            found.setdefault((about.ecosystem, about.name), []).append(match.claim(each.id, (about,)))
    return found


CLAIMS = claims()


def inside(
    ecosystem: str, name: str, version: str, known_by: Evidence = "sbom", *, host: Pin = HOST, file: str = FILE
) -> Dependency:
    return Dependency(
        Pin(ecosystem, name, version), Place(file), inside=host, known_by=known_by, origin=Origin("bundled")
    )


def finding(identifier: str, one: Dependency) -> Finding:
    (advisory,) = (each for each in RECORDS_HERE if each.id == identifier)
    return Finding(identifier, (), one, (advisory,), places=(one.place,))


RSA = inside(CRATES, "rsa", "0.9.10")
OPENSSL = inside("AlmaLinux:8", "openssl-libs", "1.1.1k-16.el8_6", file="x/sboms/auditwheel.cdx.json")
IDNA = inside(PYPI, "idna", "3.4", "list", file="host/_vendor/vendor.txt")


# --- what is said --------------------------------------------------------------------------------


def carried(*named: tuple[str, str, str, Evidence], sboms: tuple[str, ...] = (), unread: str = "") -> Carried:
    return Carried(tuple(Component(Pin(*each[:3]), each[3]) for each in named), sboms, unread)


def crate(name: str, version: str) -> tuple[str, str, str, Evidence]:
    return CRATES, name, version, "sbom"


@pytest.mark.parametrize(
    ("identifier", "one", "new", "sentence", "free"),
    [
        ("R-1", RSA, carried(crate("rsa", "0.9.10")), "2.0 is the newest release and still carries it", False),
        ("R-1", RSA, carried(crate("rsa", "0.9.9")),
         "2.0 is the newest release and still carries rsa 0.9.9, which is affected, too", False),
        ("R-2", RSA, carried(crate("rsa", "0.9.12"), crate("rsa", "0.9.11"), crate("rsa", "0.8.0")),
         "2.0 is the newest release and still carries rsa 0.9.12, rsa 0.9.11, which are affected, too", False),
        ("R-1", RSA, carried(crate("rsa", "0.9.11")),
         "the newest release, 2.0, carries rsa 0.9.11, which is not affected", True),
        ("R-1", RSA, carried(*(crate("rsa", f"1.{number}.0") for number in range(5))),
         "the newest release, 2.0, carries rsa 1.0.0, rsa 1.1.0, rsa 1.2.0 and 2 more, which are not affected", True),
        ("R-1", RSA, carried(crate("rsa", "0.9.11"), crate("rsa", "0.9.3")),
         "2.0 is the newest release and still carries rsa 0.9.3, which is affected, too", False),
        ("R-1", RSA, carried(crate("h2", "1.0.0"), sboms=("new.cdx.json",)),
         "the newest release, 2.0, no longer carries it", True),
        ("R-1", RSA, carried(sboms=("host.cdx.json",)), "the newest release, 2.0, no longer carries it", True),
        ("R-1", RSA, carried(), "what the newest release, 2.0, carries is not known: it has no SBOM", False),
        ("R-1", RSA, carried(crate("rsa", "")),
         "the newest release, 2.0, carries rsa: whether that is affected is not known", False),
        ("R-1", RSA, carried(crate("rsa", "trunk")),
         "the newest release, 2.0, carries rsa trunk: whether that is affected is not known", False),
        ("R-1", RSA, carried(("generic", "x", "1", "sbom"), sboms=("other.cdx.json",)),
         "what the newest release, 2.0, carries is not known: its SBOM lists nothing of crates.io", False),
        ("R-1", RSA, carried(crate("h2", "1.0.0"), unread="a.cdx.json is broken"),
         "what the newest release, 2.0, carries is not known: a.cdx.json is broken", False),
        ("R-1", RSA, carried(crate("rsa", "0.9.10"), unread="a.cdx.json is broken"),
         "2.0 is the newest release and still carries it", False),
        ("R-1", RSA, carried(crate("rsa", "1.0.0"), unread="a.cdx.json is broken"),
         "what the newest release, 2.0, carries is not known: a.cdx.json is broken", False),
        ("R-4", inside(CRATES, "odd", "1.0.0"), carried(crate("odd", "2.0.0")),
         "the newest release, 2.0, carries odd 2.0.0: whether that is affected is not known", False),
        # An epoch is not stated by auditwheel, and does not count; packages of another system are other packages.
        ("A-1", OPENSSL, carried(("AlmaLinux:8", "openssl-libs", "1.1.1k-17.el8_6", "sbom")),
         "the newest release, 2.0, carries openssl-libs 1.1.1k-17.el8_6, which is not affected", True),
        ("A-1", OPENSSL, carried(("AlmaLinux:9", "openssl-libs", "3.5.1-4.el9_6", "sbom")),
         "the newest release, 2.0, carries openssl-libs 3.5.1-4.el9_6: whether that is affected is not known", False),
        ("A-1", OPENSSL, carried(("AlmaLinux:9", "libdrm", "2.4-1.el9", "sbom"), sboms=("auditwheel.cdx.json",)),
         "the newest release, 2.0, no longer carries it", True),
        ("A-1", OPENSSL, carried(("rpm", "libdrm", "2.4-2.el7", "sbom"), sboms=("auditwheel.cdx.json",)),
         "what the newest release, 2.0, carries is not known: its SBOM lists nothing of AlmaLinux", False),
        # Copies are known by lists or by metadata; that a list is gone says nothing.
        ("P-1", IDNA, carried((PYPI, "idna", "3.7", "metadata")),
         "the newest release, 2.0, carries idna 3.7, which is not affected", True),
        ("P-1", IDNA, carried((PYPI, "idna", "3.7", "metadata"), (PYPI, "idna", "3.7", "list")),
         "the newest release, 2.0, carries idna 3.7, which is not affected", True),
        ("P-1", IDNA, carried((PYPI, "urllib3", "2.0", "metadata")),
         "the newest release, 2.0, no longer carries it", True),
        ("P-1", IDNA, carried(crate("rsa", "1.0.0")),
         "what the newest release, 2.0, carries is not known: nothing in it lists what it carries", False),
    ],
)  # fmt: skip
def test_what_the_newest_release_means(
    identifier: str, one: Dependency, new: Carried, sentence: str, free: bool
) -> None:
    """That nothing is listed proves something only where the same kind of knowledge is there."""
    assert said(finding(identifier, one), Newest("2.0", new), CLAIMS) == (sentence, free)


def test_without_whole_records_another_release_is_not_judged() -> None:
    """An index's own pages speak of the release that was asked for alone: then nothing else is called safe."""
    flaw = finding("R-1", RSA)
    assert said(flaw, Newest("2.0", carried(crate("rsa", "0.9.10"))), {})[0].endswith("still carries it")
    assert said(flaw, Newest("2.0", carried(crate("rsa", "9.9.9"))), {}) == (
        "the newest release, 2.0, carries rsa 9.9.9: whether that is affected is not known", False,
    )  # fmt: skip


def test_what_a_stranger_wrote_is_cut() -> None:
    """A version of a megabyte is no sentence."""
    sentence, _ = said(finding("R-1", RSA), Newest("2.0", carried(crate("rsa", "9" * 100_000))), CLAIMS)
    assert len(sentence) < 300


VERSIONS = [f"0.{major}.{minor}" for major in (8, 9, 10) for minor in (0, 5, 10, 11, 12)]


@given(st.lists(st.sampled_from(VERSIONS), unique=True))
def test_it_is_free_exactly_where_every_release_in_it_is(listed: list[str]) -> None:
    """Numbers, compared as numbers, are the oracle: all below 0.9.11 are affected."""
    new = carried(*(crate("rsa", each) for each in listed), sboms=("host.cdx.json",))
    affected = [each for each in listed if tuple(map(int, each.split("."))) < (0, 9, 11)]
    assert said(finding("R-1", RSA), Newest("2.0", new), CLAIMS)[1] is not bool(affected)


# --- who is asked --------------------------------------------------------------------------------


@pytest.fixture
def index() -> Iterator[Server]:
    """An index with some releases of the host; the newest final one carries another rsa, and h2 no more."""
    with Server() as server:
        offer(server, "2.0", wheel("host", "2.0", sboms={"host.cdx.json": crates("rsa 0.9.11")}), "1.0", "3.0rc1")
        yield server


def offer(server: Server, version: str, content: bytes, *others: str, name: str = "host", **more: Any) -> None:
    """Let an index have a wheel of a release, and source distributions of others."""
    file = f"{name}-{version}-py3-none-any.whl"
    listed: list[dict[str, Any]] = [{"filename": file, "url": f"../../files/{file}", "hashes": {"sha256": "0" * 64}}]
    listed += [{"filename": f"{name}-{each}.tar.gz", "url": "x"} for each in others]
    server.script[f"/simple/{name}/"] = Reply(
        {"meta": {"api-version": "1.4"}, "name": name, "files": listed, **more}, headers=JSON
    )
    server.script[f"/files/{file}"] = in_parts(content)


H2 = inside(CRATES, "h2", "0.4.1")
FOUND = (finding("R-1", RSA), finding("R-2", RSA), finding("R-3", H2))


def audit(*found: Finding, host: Dependency | None = None, status: Status = "fails") -> Audit:
    """Return the audit of the host, installed, with these findings in what it carries."""
    own = host or Dependency(HOST, Place("site/host-1.0.dist-info/METADATA", 3))
    carries = dict.fromkeys(each.dependency for each in found)
    return Audit(Inventory("t", "environment", (own, *carries)), tuple(Verdict(each, status) for each in found))


def asked(server: Server, tmp_path: Path, *audits: Audit, said: list[str] | None = None, **named: Any) -> list[Audit]:
    settings = Settings(status=True, cache=str(tmp_path), index_url=f"{server.url}/simple", timeout=2, **named)
    told: list[str] = [] if said is None else said
    outside = Outside({"PIP_CONFIG_FILE": os.devnull}, str(tmp_path), NOW, say=told.append)
    origins = Origins(lambda: "https://index.example/simple", settings, {})
    return list(newest.ask(audits, CLAIMS, origins, settings, outside))


def sentences(*audits: Audit) -> list[str]:
    return [each.finding.newest for one in audits for each in one.verdicts]


def test_each_finding_is_told_of_and_the_upgrade_settles_what_it_does(index: Server, tmp_path: Path) -> None:
    """The newest release that is final and not yanked is looked into; the flaw without a fix stays."""
    (found,) = asked(index, tmp_path, audit(*FOUND))
    assert sentences(found) == [
        "the newest release, 2.0, carries rsa 0.9.11, which is not affected",
        "2.0 is the newest release and still carries rsa 0.9.11, which is affected, too",
        "the newest release, 2.0, no longer carries it",
    ]
    assert found.upgrades == (
        Upgrade("host", "1.0", "2.0", ("R-1", "R-3"), (Place("site/host-1.0.dist-info/METADATA", 3),)),
    )
    assert index.paths() == ["/simple/host/", "/files/host-2.0-py3-none-any.whl"]


def test_a_flaw_is_settled_where_it_is_settled_everywhere(index: Server, tmp_path: Path) -> None:
    """The same record may be about two things in one host; where one of them stays, it is not settled."""
    offer(index, "2.0", wheel("host", "2.0", sboms={"host.cdx.json": crates("rsa 0.9.11", "h2 0.5.0")}))
    (found,) = asked(index, tmp_path, audit(finding("B-1", RSA), finding("B-1", H2)))
    assert [each.endswith("which is not affected") for each in sentences(found)] == [True, False]
    assert found.upgrades == ()


def test_the_second_run_asks_nobody(index: Server, tmp_path: Path) -> None:
    """What an index lists is kept for a day, and what a wheel carries for good: offline too."""
    told: list[str] = []
    first = asked(index, tmp_path, audit(*FOUND), said=told)
    assert told == ["asking the package index about 1 project", "looking into the newest release of 1 distribution"]
    assert asked(index, tmp_path, audit(*FOUND)) == asked(index, tmp_path, audit(*FOUND), offline=True) == first
    assert len(index.asked) == 2


def test_one_host_of_two_targets_is_looked_into_once(index: Server, tmp_path: Path) -> None:
    """Also where they hold two releases of it."""
    old = HOST._replace(version="0.9")
    other = audit(
        finding("R-3", inside(CRATES, "h2", "0.4.0", host=old)), host=Dependency(old, Place("other/METADATA"))
    )
    found = asked(index, tmp_path, audit(*FOUND), other, audit())
    assert [len(each.upgrades) for each in found] == [1, 1, 0]
    assert found[1].upgrades[0][:3] == ("host", "0.9", "2.0")
    assert len(index.asked) == 2


@pytest.mark.parametrize(
    "host",
    [
        Dependency(HOST, Place("x"), origin=Origin("index", "https://packages.example/simple")),
        Dependency(HOST, Place("x"), origin=Origin("private index", "https://packages.example/simple")),
        Dependency(HOST, Place("x"), origin=Origin("editable")),
        Dependency(HOST, Place("x"), origin=Origin("vcs")),
        Dependency(HOST, Place("x"), skipped="is a project of your own, as the settings say"),
        Dependency(HOST, Place("x"), inside=HOST),
        Dependency(HOST._replace(ecosystem=PYTHON), Place("x")),
        Dependency(HOST._replace(ecosystem="Debian:12"), Place("x"), origin=Origin("distro")),
    ],
)
def test_only_what_is_public_is_asked_about(host: Dependency, index: Server, tmp_path: Path) -> None:
    """No private name leaves, and no interpreter's: nothing is said of these, and nobody is asked."""
    carried = (each._replace(dependency=each.dependency._replace(inside=host.pin)) for each in FOUND)
    for found in (audit(*carried, host=host), audit(*FOUND, host=host._replace(pin=HOST._replace(name="another")))):
        assert asked(index, tmp_path, found) == [found]
    assert index.asked == []


def test_only_what_is_open_is_asked_about(index: Server, tmp_path: Path) -> None:
    """A flaw that is ignored, and one that is not inside of anything, need no newer host."""
    plain = finding("P-1", IDNA._replace(inside=None))
    for one in (audit(*FOUND, status="ignored"), audit(*FOUND, status="not_affected"), audit(plain), audit()):
        assert asked(index, tmp_path, one) == [one]
    assert index.asked == []
    assert sentences(*asked(index, tmp_path, audit(FOUND[0], status="known"))) != [""]


def test_the_newest_release_itself_says_so(index: Server, tmp_path: Path) -> None:
    """Then there is nothing to look into; a build of it, or a candidate of the next, is no older."""
    for number, (version, sentence) in enumerate({
        "2.0": "2.0 is the newest release", "2": "2.0 is the newest release", "2.0+cu1": "2.0 is the newest release",
        "3.0rc1": "the newest final release, 2.0, is older than 3.0rc1",
    }.items()):  # fmt: skip
        own = HOST._replace(version=version)
        one = audit(finding("R-1", inside(CRATES, "rsa", "0.9.10", host=own)), host=Dependency(own, Place("x")))
        (found,) = asked(index, tmp_path / str(number), one)
        assert (sentences(found), found.upgrades) == ([sentence], ())
    assert set(index.paths()) == {"/simple/host/"}


def test_a_malicious_release_is_no_upgrade(index: Server, tmp_path: Path) -> None:
    """A project that was taken over has a newest release as well; not even its list is fetched."""
    offer(index, "9.0", wheel("host", "9.0", sboms={"host.cdx.json": crates("h2 1.0.0")}))
    (found,) = asked(index, tmp_path, audit(*FOUND))
    assert set(sentences(found)) == {"the newest release, 9.0, is malicious (MAL-1)"}
    assert (found.upgrades, index.paths()) == ((), ["/simple/host/"])


def files(*named: str) -> Reply:
    """Return a page with these files."""
    listed = [{"filename": each, "url": f"../../files/{each}"} for each in named]
    return Reply({"meta": {"api-version": "1.4"}, "files": listed}, headers=JSON)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ({"/simple/host/": Reply(status=403)}, ": SITE answered 403: it does not let us in"),
        ({"/simple/host/": Reply(status=404)}, ": no index that was asked has the project"),
        ({"/simple/host/": files("host-3.0rc1.tar.gz")}, ": the index lists no final release"),
        ({"/simple/host/": files("host-2.0.tar.gz")}, ", 2.0, carries is not known: it has no wheel"),
        ({"/files/host-2.0-py3-none-any.whl": Reply(status=404)}, ": SITE answered 404: it has no such page"),
        ({"/files/host-2.0-py3-none-any.whl": Reply(b"x" * 5000)}, ": its wheel is not a zip that can be read"),
        ({"/files/host-2.0-py3-none-any.whl": Reply(wheel("host", "3.0"))},
         ": its wheel holds no metadata of host 2.0"),
        ({"/files/host-2.0-py3-none-any.whl": Reply(b"", headers={"Content-Length": "40000000"})},
         ": SITE does not serve parts of files, and this one is larger than 30.0 MB"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_said(script: dict[str, Reply], why: str, index: Server, tmp_path: Path) -> None:
    """With the reason: nobody takes silence for a good newest release; and the audit itself is complete."""
    index.script |= script
    (found,) = asked(index, tmp_path, audit(*FOUND))
    (sentence,) = set(sentences(found))
    assert sentence.startswith("what the newest release")
    assert why.replace("SITE", index.url.partition("://")[2]) in sentence
    assert (found.upgrades, found.problems) == ((), ())


def test_offline_says_so(index: Server, tmp_path: Path) -> None:
    """Where nothing is kept."""
    (sentence,) = set(sentences(*asked(index, tmp_path, audit(*FOUND), offline=True)))
    assert sentence.startswith("what the newest release carries is not known: ")
    assert sentence.endswith(" is not asked: the network is off (--offline)")
    assert index.asked == []


def test_no_more_than_so_many_are_asked_about(index: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is told, not forgotten."""
    monkeypatch.setattr(newest, "MOST", 1)
    later = HOST._replace(name="later")
    other = audit(finding("R-3", inside(CRATES, "h2", "0.4.0", host=later)), host=Dependency(later, Place("x")))
    found = asked(index, tmp_path, other, audit(FOUND[2]))
    assert sentences(*found) == [
        "what the newest release carries is not known: the index is asked about 1 distributions at most",
        "the newest release, 2.0, no longer carries it",
    ]
    assert "/simple/later/" not in index.paths()


# --- with the audit ------------------------------------------------------------------------------


@pytest.fixture
def person(index: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    """Somebody who installs from that index, and has the records of tests/records."""
    found = Person(copy("nothing", tmp_path), monkeypatch, capfd)
    monkeypatch.setenv("PIP_INDEX_URL", f"{index.url}/simple")
    found.types("db", "import", str(RECORDS))
    return found


def installed(folder: Path) -> None:
    """Install a host that carries alpha 1.0, of which tests/records knows flaws."""
    from tests.bundling import put

    put(folder / "site", "host", "1.0", {"host/_vendor/vendor.txt": b"alpha==1.0\n", "host/_vendor/alpha/a.py": b""})


@pytest.mark.parametrize("options", [(), ("--fail-on-yanked",)])
def test_nobody_is_asked_for_that_without_status(options: tuple[str, ...], person: Person, index: Server) -> None:
    """A gate on yanked releases asks for those, and looks into nothing."""
    installed(person.folder)
    document = json.loads(person.types("--path", "site", "-f", "json", *options).stdout)
    assert {each["newest"] for each in document["findings"]} == {""}
    assert not [each for each in index.paths() if each.startswith("/files/")]


def test_the_report_says_which_release_to_upgrade_to(person: Person, index: Server) -> None:
    """The sentence stands with what it is about, the release in the advice and in what to do next."""
    installed(person.folder)
    held: Any = {"host/_vendor/vendor.txt": "alpha==1.6\n", "host/_vendor/alpha/a.py": ""}
    offer(index, "2.0", wheel("host", "2.0", held))
    said = person.types("--path", "site", "--status").stdout
    assert "2.0 is the newest release and still carries alpha 1.6, which is affected, too" in said
    assert "the newest release, 2.0, carries alpha 1.6, which is not affected" in said
    assert "upgrade host to 2.0, which settles 1 of 2" in said
    assert "for what is bundled, upgrade host 1.0 to 2.0" in said
    document = json.loads(person.types("--path", "site", "--status", "-f", "json").stdout)
    assert [(each["name"], each["new"], each["settles"]) for each in document["upgrades"]] == [
        ("host", "2.0", ["PYSEC-2026-2"])
    ]


def test_an_index_as_the_service_judges_no_other_release(
    person: Person, index: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pages speak of the very release that was asked for: an unlisted one is not known to be safe."""
    installed(person.folder)
    given: list[object] = []

    def ask(audits: tuple[Audit, ...], claims: object, *_: object) -> tuple[Audit, ...]:
        given.append(claims)
        return audits

    monkeypatch.setattr(newest, "ask", ask)
    flaw = {"id": "PYSEC-9", "aliases": [], "details": "x", "fixed_in": ["2.0"], "summary": "", "withdrawn": None}
    for name, found in (("host", []), ("alpha", [flaw])):
        info = {"name": name, "version": "1.0"}
        index.script[f"/pypi/{name}/1.0/json"] = Reply({"info": info, "vulnerabilities": found, "urls": []})
    document = json.loads(person.types("--path", "site", "--status", "-f", "json", "-s", "pypi").stdout)
    assert [each["id"] for each in document["findings"]] == ["PYSEC-9"]
    assert given == [{}]


def test_flow_leaves_audits_without_bundled_findings_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Most have none: then nothing more is loaded."""
    monkeypatch.setattr(newest, "ask", lambda *_: pytest.fail("asked"))
    one = Audit(Inventory("t", "k"))
    outside = Outside({}, str(tmp_path), NOW)
    assert flow._with_newest((one,), None, Settings(status=True), outside) == (one,)  # type: ignore[arg-type]
