"""Whoever answers, the findings are the same: the local database, OSV's API, a package index, Ecosyste.ms.

Every service is made from the same OSV records, by an evaluation that is none of our code. What a service cannot say
stands in DIFFERENCES with the reason: the answer that is expected of it is the local one, changed by these alone.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from bench import records
from packaging.utils import canonicalize_name
from packaging.version import Version

from pip_assay import flow, net, policy
from pip_assay.cli import main
from pip_assay.model import (
    INDEX,
    PYPI,
    UNCOVERED,
    Dependency,
    Finding,
    Inventory,
    Origin,
    Pin,
    Place,
    Report,
    Severity,
)
from pip_assay.settings import Outside, Settings
from tests import awkward, services
from tests.awkward import Record
from tests.mirror import changes
from tests.server import Asked, Reply, Server
from tests.serving import Serving
from tests.transcripts import NOW, RECORDS

PUBLISHED: list[Record] = [*records.read(RECORDS), *awkward.RECORDS]
NEAR = ("", ".dev0", "rc1", ".post1", "+cu118", ".1")
SERVICES = ("osv", "serve", "pypi", "esms")


def _pins() -> tuple[Pin, ...]:
    """Releases of every project: what the records name, what lies near to that, and what is no version."""
    found: set[Pin] = set()
    for record in PUBLISHED:
        for entry in record["affected"]:
            name = canonicalize_name(entry["package"]["name"])
            ranges = entry.get("ranges") or ()
            events = [text for each in ranges for event in each["events"] for text in event.values()]
            listed = entry.get("versions") or ()
            near = {f"{text}{suffix}" for text in events for suffix in NEAR}
            found |= {Pin(PYPI, name, text) for text in (*near, *listed, "1.0", "99") if records.parse(text)}
            found |= {Pin(PYPI, name, text) for text in listed or (events and ["odd"])}
    return tuple(sorted(pin for pin in found if pin.name != "elsewhere" and public(pin) != ("chain", "1.5")))


def public(pin: Pin) -> tuple[str, str]:
    """The release that a service is asked about which knows releases: 2.0 for 2.0+cu118."""
    return pin.name, pin.version.partition("+")[0]


PINS = _pins()
ASKED = {public(pin) for pin in PINS}
TOLD = [each for each in PUBLISHED if any(services.named(each, *pin) for pin in ASKED)]
"""The records that a service names which answers for releases."""


class Seen(NamedTuple):
    """A finding, as far as services can agree on it."""

    pin: Pin
    ids: frozenset[str]
    certainty: str
    fixed_in: tuple[str, ...]
    severity: Severity
    malware: bool = False


class Answer(NamedTuple):
    """Findings, the records that name a release and cannot be judged, and the releases that no order can place."""

    findings: frozenset[Seen]
    undecided: frozenset[tuple[str, str, str]]
    unplaced: frozenset[str]


class Difference(NamedTuple):
    """What a service cannot say, and how that changes the answer."""

    reason: str
    applied: Callable[[Answer], Answer]


def changed(to: Callable[[Seen], Seen | None]) -> Callable[[Answer], Answer]:
    """Return a change of each finding by itself; None: the service makes no such finding."""
    return lambda answer: answer._replace(findings=frozenset(filter(None, map(to, answer.findings))))


def names(record: Record) -> set[str]:
    return {record["id"], *record.get("aliases", ())}


def behind(seen: Seen) -> list[Record]:
    """The records of a finding that OSV's evaluation applies to its release."""
    here = (each for each in PUBLISHED if records.affects(each, seen.pin.name, seen.pin.version))
    return [each for each in here if names(each) & seen.ids]


def only_names_of(known: Iterable[Record]) -> Callable[[Answer], Answer]:
    every = frozenset[str]().union(*map(names, known))
    return changed(lambda seen: seen._replace(ids=seen.ids & every))


def only_public_releases(seen: Seen) -> Seen | None:
    return seen if any(services.named(each, *public(seen.pin)) for each in behind(seen)) else None


def all_fixes(seen: Seen) -> Seen:
    """The fixes that the group names above the release, but for those that were asked about and are affected."""
    current = records.parse(seen.pin.version)
    named = {
        Version(text): text
        for each in behind(seen)
        for text in services.fixes(each, seen.pin.name)
        if records.parse(text)
    }
    affected = {
        version
        for version in named
        if (seen.pin.name, version.public) in ASKED
        and any(records.affects(each, seen.pin.name, version.public) for each in behind(seen))
    }
    above = [version for version in sorted(named) if current is None or version > current]
    return seen._replace(fixed_in=tuple(named[version] for version in above if version not in affected))


def builds_are_their_release(answer: Answer) -> Answer:
    """2.0+cu118 is 2.0, whatever a record says of builds."""
    more = {
        Seen(pin, frozenset(names(each)), "affected", (), "unknown")
        for pin in PINS
        for each in PUBLISHED
        if "+" in pin.version
        and records.affects(each, *public(pin))
        and not records.affects(each, pin.name, pin.version)
    }
    return answer._replace(findings=answer.findings | more)


def lists_are_not_all(answer: Answer) -> Answer:
    """What has a list and a range that cannot be read is not decided by the list."""
    more = {
        (each["id"], pin.name, pin.version)
        for pin in PINS
        for each in PUBLISHED
        if records.parse(pin.version)
        and not records.affects(each, pin.name, pin.version)
        and not each.get("withdrawn")
        and services.is_undecided(_without_lists(each), pin.name)
    }
    return answer._replace(undecided=answer.undecided | more)


def _without_lists(record: Record) -> Record:
    return record | {"affected": [each | {"versions": []} for each in record["affected"] if "versions" in each]}


def without_severity(seen: Seen) -> Seen:
    return seen if seen.malware else seen._replace(severity="unknown")


def without_doubt(seen: Seen) -> Seen:
    return seen._replace(certainty="affected")


def nothing_undecided(answer: Answer) -> Answer:
    return answer._replace(undecided=frozenset())


def nothing_above_the_last_known(seen: Seen) -> Seen | None:
    return seen if seen.malware or seen.certainty == "affected" else None


def severity_of_esms(seen: Seen) -> Seen:
    kinds = {each["type"] for record in behind(seen) for each in record.get("severity", ())}
    told = seen.malware or kinds & {"CVSS_V3", "CVSS_V4"} or any(each["id"][:5] == "GHSA-" for each in behind(seen))
    return seen if told else seen._replace(severity="unknown")


NAMED_ALONE = Difference(
    "records that are not named for a release are not fetched, so their names are not known", only_names_of(TOLD)
)
PUBLIC_ALONE = Difference(
    "it knows no local versions, so it does not name what lists 1.0+cu118 alone", changed(only_public_releases)
)

DIFFERENCES: dict[str, tuple[Difference, ...]] = {
    "osv": (PUBLIC_ALONE, NAMED_ALONE),
    "serve": (PUBLIC_ALONE, NAMED_ALONE),
    "pypi": (
        PUBLIC_ALONE,
        NAMED_ALONE,
        Difference("it publishes no severity", changed(without_severity)),
        Difference("it publishes nothing that is only possible", changed(without_doubt)),
        Difference("it publishes no ranges, so a fix that another record affects stays one", changed(all_fixes)),
        Difference("its answer about 2.0 is the answer about every build of 2.0", builds_are_their_release),
        Difference("it publishes nothing that cannot be decided", nothing_undecided),
    ),
    "esms": (
        Difference("records that name only other projects are not asked for", only_names_of(
            each for each in PUBLISHED if records.projects(each) & {name for name, _ in ASKED}
        )),
        Difference("GitHub's range ends at the last known affected release", changed(nothing_above_the_last_known)),
        Difference("it publishes one vector, of CVSS 4 or 3, and GitHub's word alone", changed(severity_of_esms)),
        Difference("its ranges and releases are one list, which need not name every release", lists_are_not_all),
    ),
}  # fmt: skip


@contextmanager
def running(service: str, database: Path, server: Server | None = None) -> Iterator[tuple[Settings, Server | None]]:
    """The settings with which a service answers, and the fake that does; another server may stand in for it."""
    if service == "serve":
        with Serving(database) as serving:
            yield Settings(service="osv", osv_url=f"{serving.url}/v1/query"), None
        return
    fakes = {"osv": services.Osv, "pypi": services.Index, "esms": services.ecosystems}
    with server or fakes[service](PUBLISHED) as fake:
        yield Settings(service=service, osv_url=f"{fake.url}/v1/query", index_url=f"{fake.url}/simple"), fake


def audited(settings: Settings, dependencies: Iterable[Dependency], server: Server | None = None) -> Report:
    environ = {"PIP_CONFIG_FILE": os.devnull, "PIP_ASSAY_ESMS_URL": server.url if server else ""}
    inventory = Inventory("everything", "test", tuple(dependencies))
    return flow.judge([inventory], settings, Outside(environ, os.getcwd(), NOW))


def answer(report: Report) -> Answer:
    (audit,) = report.audits
    assert report.problems == ()
    told = [problem.what for problem in audit.problems]
    undecided = [re.match(r"(\S+) names (\S+), and .* so whether (\S+) is affected", each) for each in told]
    assert {problem.gap for problem in audit.problems} <= {"undecided", "version"}
    found = [verdict.finding for verdict in audit.verdicts]
    return Answer(
        frozenset(
            Seen(each.dependency.pin, ids(each), each.certainty, each.fixed_in, each.severity, each.malware)
            for each in found
        ),
        frozenset((said[1], said[2], said[3]) for said in undecided if said),
        frozenset(problem.what for problem in audit.problems if problem.gap == "version"),
    )


def ids(finding: Finding) -> frozenset[str]:
    return frozenset((finding.id, *finding.aliases))


EVERYTHING = tuple(Dependency(pin, Place("everything.txt", line)) for line, pin in enumerate(PINS, 1))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    for record in PUBLISHED:
        (folder / f"{record['id']}.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "modified_id.csv").write_text(changes(PUBLISHED), encoding="utf-8")
    file = tmp_path / "advisories.db"
    assert main(["db", "import", "--db", str(file), str(folder)]) == 0
    return file


@pytest.fixture
def local(database: Path) -> Answer:
    return answer(audited(Settings(database=str(database), offline=True), EVERYTHING))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are not waited for."""
    real = net.network

    def quick(*arguments: object, **named: object) -> net.Network:
        return real(*arguments, **named)._replace(backoff=0, retries=0)  # type: ignore[arg-type]

    monkeypatch.setattr(net, "network", quick)


def test_the_local_database_finds_what_osv_evaluation_finds(local: Answer) -> None:
    """The answer that the services are held to is the schema's own pseudo-code, but for what is only possible."""
    certain = {(seen.pin, each["id"]) for seen in local.findings for each in behind(seen)}
    assert certain == {
        (pin, each["id"]) for pin in PINS for each in PUBLISHED if records.affects(each, pin.name, pin.version)
    }
    assert {seen.certainty for seen in local.findings} == {"affected", "possible"}
    assert all(behind(seen) for seen in local.findings if seen.certainty == "affected")
    assert local.undecided == {
        (each["id"], pin.name, pin.version)
        for pin in PINS
        for each in PUBLISHED
        if services.is_undecided(each, pin.name) and records.parse(pin.version)
    } - {(each["id"], *pin[1:]) for pin in PINS for each in PUBLISHED if _is_below(each, pin)}


def _is_below(record: Record, pin: Pin) -> bool:
    """Whether a release lies below the introduction of a record whose end cannot be read."""
    version = records.parse(pin.version)
    return record["id"] == "PYSEC-2026-115" and (version is None or version < Version("1.0"))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_makes_the_same_findings(service: str, local: Answer, database: Path) -> None:
    """The same records, the same findings, but for what the table says of the service; every line of it is needed."""
    expected = local
    for difference in DIFFERENCES[service]:
        before, expected = expected, difference.applied(expected)
        assert before != expected, f"{service}: not needed: {difference.reason}"
    with running(service, database) as (settings, server):
        found = answer(audited(settings, EVERYTHING, server))
    assert sorted(found.findings - expected.findings) == []
    assert sorted(expected.findings - found.findings) == []
    assert found == expected


PRIVATE = [
    Origin("private index", "https://packages.example/simple"), Origin("index", "https://packages.example/simple"),
    Origin("vcs", "git+https://forge.example/x"), Origin("url", "https://files.example/x.whl"), Origin("path", "./x"),
    Origin("editable", "."), Origin("bundled"), Origin("distro"),
]  # fmt: skip


@pytest.mark.parametrize("service", ["osv", "pypi", "esms"])
def test_no_private_name_reaches_a_service(service: str, database: Path) -> None:
    """Promise 3: only names from a public index are sent; the others are unanswered, and the reason says so."""
    secret = [
        Dependency(Pin(PYPI, f"secret-{number}", "1.0"), Place("x"), origin=origin)
        for number, origin in enumerate(PRIVATE)
    ]
    known = Dependency(Pin(PYPI, "last", "1.2"), Place("x"), origin=INDEX)
    with running(service, database) as (settings, server):
        assert server
        (audit,) = audited(settings, [*secret, known], server).audits
        sent = b"".join([each.path.encode() + each.body for each in server.asked])
    assert b"last" in sent
    assert b"secret" not in sent
    assert [verdict.finding.dependency.pin.name for verdict in audit.verdicts] == ["last"]
    assert all(
        "not from a public index" in each.skipped for each in audit.inventory.dependencies if each.origin != INDEX
    )


class Broken(Server):
    """A server that gives one answer to everything."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self._only = reply

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return self._only


FAULTS = {
    "down": Reply(status=500), "gone": Reply(status=404), "refused": Reply(status=403), "empty": Reply(b""),
    "cut": Reply('[{"id": "x"}]' + " " * 100, cut=20), "short": Reply({"results": []}),
    "a page": Reply("<html>sign in</html>"),
    "null": Reply("null"), "number": Reply("7"), "object": Reply({}), "binary": Reply(b"\x00\xff" * 50),
    "strange": Reply({"results": [7, 7], "vulnerabilities": 7, "info": {"version": "1.0"}}), "list": Reply([7]),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("service", ["osv", "pypi", "esms"])
def test_a_service_without_an_answer_makes_nothing_clean(service: str, fault: str, database: Path) -> None:
    """Down, short or garbled: every release is unanswered with a reason, and the audit is incomplete."""
    every = [Dependency(Pin(PYPI, name, "1.0"), Place("x")) for name in ("last", "nobody")]
    with running(service, database, Broken(FAULTS[fault])) as (settings, server):
        report = audited(settings, every, server)
    (audit,) = report.audits
    assert audit.verdicts == ()
    assert all(each.skipped and each.skipped != UNCOVERED for each in audit.inventory.dependencies)
    assert [problem.gap for problem in audit.problems] == ["look-up", "look-up"]
    assert policy.exit_code(report) == 3
