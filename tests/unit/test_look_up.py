"""Who answers: the database that is there, fetched, refreshed, or in its place a service; and what is sent to it."""

import io
import json
import os
import socket
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pip_assay import net
from pip_assay.model import UNCOVERED
from tests.server import Reply, Server
from tests.serving import Serving
from tests.transcripts import NOW, PROJECTS, RECORDS, Person, copy


def bulk(*extra: dict[str, object]) -> bytes:
    """Return the archive of the test records, as a bulk export delivers it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(RECORDS.iterdir()):
            archive.write(file, file.name)
        for record in extra:
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    return packed.getvalue()


def newer(modified: str) -> dict[str, object]:
    entry = {"package": {"ecosystem": "PyPI", "name": "clean"}, "ranges": [], "versions": ["1.0"]}
    return {"id": "PYSEC-2026-99", "modified": modified, "affected": [entry]}


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    return Person(copy("vulnerable", tmp_path), monkeypatch, capfd)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that is the bulk export, the package index and OSV in one; failures are not waited for."""
    real = net.network

    def quick(*arguments: object, **named: object) -> net.Network:
        return real(*arguments, **named)._replace(backoff=0)  # type: ignore[arg-type]

    monkeypatch.setattr(net, "network", quick)
    with Server() as running:
        monkeypatch.setenv("PIP_ASSAY_OSV_BULK", running.url)
        monkeypatch.setenv("PIP_INDEX_URL", f"{running.url}/simple")
        yield running


AUDIT = ("-r", "requirements.txt", "--no-deps")


def test_the_first_audit_fetches_the_database(person: Person, server: Server) -> None:
    """Without a database the bulk export is fetched once; the second audit asks nobody."""
    server.script["/PyPI/all.zip"] = Reply(bulk())
    first = person.types(*AUDIT)
    assert first.code == 1
    assert "PYSEC-2026-1" in first.stdout
    assert "fetching the advisory database (once)" in first.stderr
    asked = len(server.asked)
    assert asked >= 1
    assert person.types(*AUDIT) == first._replace(stderr="")
    assert len(server.asked) == asked


def test_a_database_fetched_too_long_ago_is_refreshed(
    person: Person, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight days later the export is asked again, and what is new is found."""
    server.script["/PyPI/all.zip"] = [Reply(bulk()), Reply(bulk(newer("2026-11-30T00:00:00Z")))]
    assert "PYSEC-2026-99" not in person.types(*AUDIT).stdout
    monkeypatch.setattr(time, "time", lambda: NOW + 8 * 86400)
    later = person.types(*AUDIT)
    assert "PYSEC-2026-99" in later.stdout
    assert "PROBLEM" not in later.stdout
    assert "refreshing the advisory database" in later.stderr


def test_a_database_that_cannot_be_refreshed_is_used_and_its_age_named(
    person: Person, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where refreshing fails, the audit is made with the old data, and a problem says how old they are and why."""
    server.script["/PyPI/all.zip"] = [Reply(bulk()), Reply(status=500)]
    person.types(*AUDIT)
    monkeypatch.setattr(time, "time", lambda: NOW + 30 * 86400)
    later = person.types("-r", "requirements.txt", "--no-deps", "--fail-on", "critical", "--ignore-vuln", "CVE-2026-1")
    assert "the advisory data are of 2026-11-20, 32 days ago, and could not be refreshed" in later.stdout
    assert "500" in later.stdout
    offline = person.types(*AUDIT, "--offline")
    assert "the advisory data are of 2026-11-20, 32 days ago; run: pip-assay db update" in offline.stdout
    accepted = person.types(*AUDIT, "--offline", "--max-db-age", "60")
    assert "PROBLEM" not in accepted.stdout


def test_old_records_are_a_problem_however_lately_they_were_fetched(person: Person, server: Server) -> None:
    """A mirror that serves last year's advisories does not make an audit of today."""
    old = io.BytesIO()
    with zipfile.ZipFile(old, "w") as archive:
        archive.writestr("PYSEC-2026-99.json", json.dumps(newer("2025-01-01T00:00:00Z")))
    server.script["/PyPI/all.zip"] = Reply(old.getvalue())
    said = person.types("check", "alpha==3.0")
    assert said.code == 3
    assert "the advisory data are of 2025-01-01" in said.stdout


def _release(server: Server, name: str, version: str, *found: Mapping[str, object]) -> None:
    page = {"info": {"name": name, "version": version}, "vulnerabilities": list(found)}
    server.script[f"/pypi/{name}/{version}/json"] = Reply(page)


FLAW = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "summary": "Reads beyond",
    "fixed_in": ["2.0"],
    "withdrawn": None,
}


def test_without_a_bulk_export_the_index_is_asked(person: Person, server: Server) -> None:
    """Where the export cannot be had, each release is asked of the index; that there is no database is a problem."""
    _release(server, "alpha", "1.2", FLAW)
    _release(server, "beta", "0.9")
    _release(server, "clean", "1.0")
    said = person.types(*AUDIT)
    assert said.code == 1
    assert "PYSEC-2026-1" in said.stdout
    assert "alpha 1.2 -> 2.0" in said.stdout
    assert "there is no advisory database, and it could not be fetched" in said.stdout
    assert "asking the package index about each release instead" in said.stderr
    assert "Advisories from PyPI" in said.stdout


def test_a_release_that_the_service_does_not_know_is_not_clean(person: Person, server: Server) -> None:
    """pip-audit skips what it gets a 404 for, and exits with 0; here it is a problem and exit 3."""
    _release(server, "alpha", "1.2")
    _release(server, "beta", "0.9")
    said = person.types(*AUDIT, "-s", "pypi")
    assert said.code == 3
    assert "clean 1.0" in said.stdout
    assert "2 of 3" in said.stdout


def test_a_service_that_is_down_leaves_everything_unanswered(person: Person, server: Server) -> None:
    """An OSV service that answers 500 makes nothing clean."""
    server.script["/v1/querybatch"] = Reply(status=500)
    said = person.types(*AUDIT, "-s", "osv", "--osv-url", f"{server.url}/v1/query")
    assert said.code == 3
    assert "Nothing was audited" in said.stdout


def test_no_private_name_is_sent_to_a_service(person: Person, server: Server) -> None:
    """Promise 3: names from git, from folders and from other indexes stay on this machine."""
    Path("uv.lock").write_bytes((PROJECTS / "private-index" / "uv.lock").read_bytes())
    lines = (
        "internal-git @ git+https://code.example/internal.git@v1", "-e ./internal-folder",
        "./internal_wheel-1.0-py3-none-any.whl", "alpha==1.2", "",
    )  # fmt: skip
    Path("mixed.txt").write_text("\n".join(lines), encoding="utf-8")
    _release(server, "alpha", "1.2")
    for arguments in (("uv.lock",), ("-r", "mixed.txt", "--no-deps")):
        for service in (("-s", "pypi"), ("-s", "osv", "--osv-url", f"{server.url}/v1/query")):
            person.types(*arguments, *service)
    sent = b"".join([f"{asked.path} ".encode() + asked.body for asked in server.asked])
    assert b"alpha" in sent
    assert b"internal" not in sent


def test_offline_opens_no_socket(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --offline, no socket is made, whatever is missing; what is missing is a problem."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was made")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    without = person.types("-r", "requirements.txt", "--offline")
    assert without.code == 3
    assert "there is no advisory database at CACHE/advisories.db" in without.stdout
    assert person.types(*AUDIT, "--offline", "-s", "pypi").code == 3
    assert person.types("db", "update", "--offline").code == 3
    assert person.types("db", "import", "records").code == 0
    assert person.types(*AUDIT, "--offline").code == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"not a database" * 100, "is not an advisory database of pip-assay"), (None, "the advisory database is damaged")],
)
def test_a_broken_database_is_a_problem_and_is_left_alone(content: bytes | None, expected: str, person: Person) -> None:
    """A file that is no database, or is cut short, is named; it is not overwritten."""
    person.types("db", "import", "records")
    file = Path(os.environ["PIP_ASSAY_CACHE"]) / "advisories.db"
    file.write_bytes(content if content is not None else file.read_bytes()[: file.stat().st_size // 2])
    before = file.read_bytes()
    said = person.types(*AUDIT, "--offline")
    assert said.code == 3
    assert expected in said.stdout
    assert file.read_bytes() == before


def test_an_ecosystem_without_data_is_not_clean(person: Person, tmp_path: Path) -> None:
    """A database that holds no PyPI records at all answers for no PyPI release."""
    record = newer("2026-11-20T00:00:00Z") | {"id": "RUSTSEC-2026-1"}
    record["affected"] = [{"package": {"ecosystem": "crates.io", "name": "alpha"}, "versions": ["1.0"]}]
    (tmp_path / "crates.json").write_text(json.dumps(record), encoding="utf-8")
    assert person.types("db", "import", str(tmp_path / "crates.json")).code == 0
    said = person.types(*AUDIT, "--offline")
    assert said.code == 3
    assert "holds no advisories for PyPI" in said.stdout


def test_update_takes_a_folder(person: Person, tmp_path: Path) -> None:
    """`db update --from FOLDER` takes a copy of the export; `db info` says from where."""
    (tmp_path / "copy" / "PyPI").mkdir(parents=True)
    (tmp_path / "copy" / "PyPI" / "all.zip").write_bytes(bulk())
    said = person.types("db", "update", "--from", str(tmp_path / "copy"))
    assert said.code == 0
    assert "10 records" in said.stderr
    assert str(tmp_path / "copy") in person.types("db", "info").stdout


@pytest.mark.parametrize("service", ["pypi", "osv"])
def test_only_python_packages_are_asked_about(service: str, person: Person, server: Server) -> None:
    """An SBOM's packages of other ecosystems are listed; no service is asked about them."""
    components = [{"type": "library", "name": each, "purl": f"pkg:{each}@1.0"} for each in ("pypi/clean", "npm/other")]
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components}
    (person.folder / "bom.json").write_text(json.dumps(bill), encoding="utf-8")
    server.script["/pypi/clean/1.0/json"] = Reply({"info": {"version": "1.0"}, "vulnerabilities": []})
    server.script["/v1/query"] = server.script["/v1/querybatch"] = Reply({"results": [{}], "vulns": []})
    said = person.types("bom.json", "-s", service, "--osv-url", f"{server.url}/v1/query", "-f", "json")
    asked = [each.path + each.body.decode() for each in server.asked]
    assert asked
    assert not any("other" in each for each in asked)
    skipped = {each["name"]: each.get("skip_reason") for each in json.loads(said.stdout)["dependencies"]}
    assert (said.code, skipped) == (0, {"clean": None, "other": "no advisory data cover its ecosystem"})


BILL = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [
        {"type": "library", "name": purl, "purl": f"pkg:{purl}"}
        for purl in ("pypi/alpha@1.2", "rpm/almalinux/thing@1.0-1.el8?distro=almalinux-8", "cargo/crate@1.0.0",
                     "npm/other@1.0.0", "apk/alpine/zlib@1.2-r0?distro=3.18")
    ],
}  # fmt: skip
ERRATA: dict[str, object] = {
    "id": "ALSA-2026:1", "modified": "2026-11-20T00:00:00Z",
    "affected": [{"package": {"ecosystem": "AlmaLinux:8", "name": "thing"},
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0-2.el8"}]}]}],
}  # fmt: skip


def test_a_server_of_ones_own_is_asked_about_what_wheels_and_images_carry(person: Person, tmp_path: Path) -> None:
    """What the local database finds, `-s osv` finds at `serve` of the same: what that has not is covered by nothing."""
    (person.folder / "bom.json").write_text(json.dumps(BILL), encoding="utf-8")
    for ecosystem, archive in (("PyPI", bulk()), ("AlmaLinux", bulk(ERRATA))):
        (tmp_path / "copy" / ecosystem).mkdir(parents=True)
        (tmp_path / "copy" / ecosystem / "all.zip").write_bytes(archive)
    held = tmp_path / "held.db"
    assert person.types("db", "update", "--from", str(tmp_path / "copy"), "--db", str(held)).code == 0
    local = json.loads(person.types("bom.json", "--db", str(held), "--offline", "-f", "json").stdout)
    with Serving(held) as serving:
        said = person.types("bom.json", "-s", "osv", "--osv-url", serving.url, "-f", "json")
    found = json.loads(said.stdout)
    assert {"ALSA-2026:1", "PYSEC-2026-1"} <= {each["id"] for each in found["findings"]}
    assert [each["id"] for each in found["findings"]] == [each["id"] for each in local["findings"]]
    reasons = {each["name"]: each.get("skip_reason") for each in found["dependencies"]}
    assert {name for name, why in reasons.items() if why == UNCOVERED} == {"crate", "other", "zlib"}
    by_hand = {each["name"]: each.get("skip_reason") for each in local["dependencies"]}
    assert {name for name, why in by_hand.items() if why} == {name for name, why in reasons.items() if why}
    hint = "pip-assay db update --ecosystem crates.io"
    assert by_hand["crate"] == f"the database holds no advisories for crates.io (run: {hint})"
    assert found["problems"] == local["problems"] == []


PRIVATE = {
    "Pipfile": '[[source]]\nurl = "https://packages.example/simple"\nname = "own"\n[packages]\nsecret = "==1.0"\n',
    "pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["secret==1.0"]\n'
    '[[tool.uv.index]]\nurl = "https://packages.example/simple"\n',
    "requirements.txt": "--extra-index-url https://packages.example/simple\nsecret==1.0\n",
}


@pytest.mark.parametrize("name", PRIVATE)
@pytest.mark.parametrize("service", ["pypi", "osv"])
def test_a_name_that_may_be_private_stays_home(name: str, service: str, person: Person, server: Server) -> None:
    """Promise 3: while no resolver has told from which index a release is, its name is sent nowhere."""
    (person.folder / name).write_text(PRIVATE[name], encoding="utf-8")
    said = person.types(name, "--no-deps", "-s", service, "--osv-url", f"{server.url}/v1/query")
    assert said.code == 3
    assert not any("secret" in each.path + each.body.decode() for each in server.asked)


def test_a_service_that_nothing_is_asked_of_is_not_named(person: Person, server: Server) -> None:
    """Where nothing may be sent, nobody is told of a question about nothing."""
    component = {"type": "library", "name": "x", "version": "1.0", "purl": "pkg:npm/x@1.0"}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [component]}
    (person.folder / "bom.json").write_text(json.dumps(document))
    said = person.types("bom.json", "-s", "osv", "--osv-url", f"{server.url}/v1/query")
    assert (said.stderr, server.asked) == ("", [])
