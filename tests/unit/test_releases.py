"""What indexes list of projects: releases, yanked ones, status; more than one index; kept for a day."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version
from pip._internal.models.link import Link

from pip_assay import index_pages, net, releases
from pip_assay.errors import NetworkError, NotFound, Unreadable
from pip_assay.releases import Project, Release
from tests.server import Reply, Server, quick

NETWORK = quick()._replace(retries=0)
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(*files: str, yanked: tuple[str, ...] = (), **more: object) -> Reply:
    """Return a page in JSON; `more` are keys of it."""
    listed = [{"filename": name, "url": name, "yanked": "broken" if name in yanked else False} for name in files]
    return Reply({"meta": {"api-version": "1.1"}, "name": "alpha", "files": listed} | more, headers=JSON)


def marked(status: str, reason: str = "", *files: str) -> Reply:
    """Return a page of an index that knows of PEP 792; without a status, the project is active."""
    marker: dict[str, Any] = {"project-status": {"status": status, "reason": reason}} if status else {}
    return page(*files, meta={"api-version": "1.4"}, **marker)


def html(*files: str, yanked: tuple[str, ...] = ()) -> Reply:
    anchors = (
        f'<a href="../../files/{name}#sha256=0"{" data-yanked=broken" if name in yanked else ""}>{name}</a>'
        for name in files
    )
    return Reply(f"<!DOCTYPE html><html><body>{'<br>'.join(anchors)}</body></html>", headers=HTML)


def asked(
    tmp_path: Path, *replies: Reply, name: str = "alpha", now: float = 0.0, network: net.Network = NETWORK
) -> Project | Unreadable:
    """Return what is known of a project after asking one index for each reply."""
    servers = [Server({f"/simple/{name}/": reply}) for reply in replies]
    for server in servers:
        server.__enter__()
    try:
        main, *extra = [f"{server.url}/simple/" for server in servers]
        return releases.of([name], network._replace(index_url=main, extra_index_urls=tuple(extra)), str(tmp_path), now)[
            name
        ]
    finally:
        for server in servers:
            server.__exit__(None, None, None)


FILES = (
    "alpha-1.10.tar.gz", "alpha-1.9-py3-none-any.whl", "alpha-1.9.tar.gz", "alpha-2.0rc1.zip",
    "alpha-1.0.post1.tar.bz2", "other-9.0.tar.gz", "alpha-1.0.win32.exe", "alpha-1.9.tar.gz.asc",
    "alpha-nonsense.tar.gz", "Alpha-1.2.tar.gz",
)  # fmt: skip
VERSIONS = ["1.0.post1", "1.2", "1.9", "1.10", "2.0rc1"]


@pytest.mark.parametrize("form", [page, html])
def test_every_release_is_listed_in_order(form: object, tmp_path: Path) -> None:
    """Versions come from the names of the project's wheels and sdists, in the order of packaging."""
    found = asked(tmp_path, form(*FILES))  # type: ignore[operator]
    assert not isinstance(found, Unreadable)
    assert [each.version for each in found.releases] == VERSIONS == sorted(VERSIONS, key=Version)


@pytest.mark.parametrize("form", [page, html])
def test_a_release_is_yanked_if_all_of_its_files_are(form: object, tmp_path: Path) -> None:
    """PEP 592: an installer may still take the file of a release that is not yanked."""
    files = ("alpha-1.0.tar.gz", "alpha-1.0-py3-none-any.whl", "alpha-2.0.tar.gz")
    for yanked in ("alpha-1.0.tar.gz", "alpha-1.0-py3-none-any.whl"):
        found = asked(tmp_path / yanked, form(*files, yanked=(yanked, "alpha-2.0.tar.gz")))  # type: ignore[operator]
        assert isinstance(found, Project)
        assert found.releases == (Release("1.0"), Release("2.0", True, "broken"))


def test_pages_are_read_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many come at once, the memory that reading takes is that of one."""
    reading, most = 0, 0
    real = index_pages.read

    def read(body: bytes, kind: str) -> Any:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        time.sleep(0.01)
        reading -= 1
        return real(body, kind)

    monkeypatch.setattr(index_pages, "read", read)
    names = [f"alpha{number}" for number in range(12)]
    with Server({f"/simple/{name}/": html(f"{name}-1.0.zip") for name in names}) as server:
        found = releases.of(names, NETWORK._replace(index_url=f"{server.url}/simple"), str(tmp_path), 0.0)
    assert set(found.values()) == {Project((Release("1.0"),))}
    assert most == 1


def test_a_page_that_is_too_large_is_no_empty_one(tmp_path: Path) -> None:
    """The error says what there is too much of, and nothing is kept."""
    body = b"<a href=alpha-1.0.zip>" * 60_000
    found = asked(tmp_path, Reply(body, headers=HTML))
    assert isinstance(found, NetworkError)
    assert found.what == "answered with a page that holds more than 50000 links"
    assert not list(tmp_path.iterdir())


def test_all_indexes_count(tmp_path: Path) -> None:
    """As pip does, the releases of all indexes are taken together; an index without the project is passed."""
    found = asked(tmp_path, page("alpha-1.0.tar.gz"), Reply(status=404), html("alpha-2.0.tar.gz"))
    assert found == Project((Release("1.0"), Release("2.0")))


def test_a_list_is_kept_for_a_day(tmp_path: Path) -> None:
    """The second run asks nobody; the next day's does; offline, a list of any age will do."""
    with Server({"/simple/alpha/": [page("alpha-1.0.tar.gz"), page("alpha-2.0.tar.gz")]}) as server:
        network = NETWORK._replace(index_url=f"{server.url}/simple")
        for now in (1000.0, 2000.0):
            assert releases.of(["alpha"], network, str(tmp_path), now)["alpha"] == Project((Release("1.0"),))
        assert len(server.asked) == 1
        assert releases.of(["alpha"], network, str(tmp_path), 1000.0 + releases.DAY)["alpha"] == Project(
            (Release("2.0"),)
        )
    offline = network._replace(offline=True)
    assert isinstance(releases.of(["alpha"], offline, str(tmp_path / "other"), 0.0)["alpha"], Unreadable)
    kept = [path for path in tmp_path.iterdir() if path.name.startswith("releases-alpha-")]
    assert len(kept) == 1
    kept[0].write_text("[]", encoding="utf-8")
    assert isinstance(releases.of(["alpha"], offline, str(tmp_path), 0.0)["alpha"], Unreadable)


def test_what_is_kept_is_all_that_was_said(tmp_path: Path) -> None:
    """Status, reasons and the releases without files are the same from the cache."""
    reply = marked("archived", "see \u202ebeta", "alpha-1.0.tar.gz")
    body = {**reply.body, "versions": ["1.0.0", "0.9", "nonsense"]}  # type: ignore[dict-item]
    with Server({"/simple/alpha/": reply._replace(body=body)}) as server:
        network = NETWORK._replace(index_url=f"{server.url}/simple")
        first, second = (releases.of(["alpha"], network, str(tmp_path), 0.0)["alpha"] for _ in range(2))
        assert len(server.asked) == 1
    assert first == second == Project((Release("1.0"),), ("0.9", "nonsense"), "archived", "see \u202ebeta")


@pytest.mark.parametrize(
    "kept",
    [
        {"at": 0.0, "releases": [["1.0", False]]},  # as it was written before projects had a status
        {"at": 0.0, "schema": 1, "project": [[["1.0", False, ""]], [], "active", ""]},
        {"at": 0.0, "schema": 2, "project": [[["1.0", False]], [], "active", ""]},
        {"at": 0.0, "schema": 2, "project": [[["1.0", False, ""]], [], "active", ""]},
        {"at": 0.0, "schema": 3, "project": [[["1.0", False, ""]], [], "active", "", [["a.whl", "x"]]]},
        {"at": "x", "schema": 3, "project": None},
        {"schema": 3, "project": None},
        [],
        3,
    ],
)
def test_a_file_of_another_form_is_not_misread(kept: object, tmp_path: Path) -> None:
    """Then the index is asked again, and its answer takes the file's place."""
    with Server({"/simple/alpha/": page("alpha-2.0.tar.gz")}) as server:
        network = NETWORK._replace(index_url=f"{server.url}/simple")
        expected = releases.of(["alpha"], network, str(tmp_path), 0.0)["alpha"]
        (path,) = tmp_path.iterdir()
        path.write_text(json.dumps(kept), encoding="utf-8")
        assert releases.of(["alpha"], network, str(tmp_path), 0.0)["alpha"] == expected
        assert len(server.asked) == 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_status_in_the_cache_that_is_none_is_unknown(tmp_path: Path) -> None:
    """A file that somebody wrote by hand makes no project active that is not."""
    expected = asked(tmp_path, page("alpha-1.0.tar.gz"))
    (path,) = tmp_path.iterdir()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('[], "", "", []]', '[], "safe", "", []]'), encoding="utf-8")
    assert "safe" in path.read_text(encoding="utf-8")
    index = "http://index.example/simple"
    path.rename(releases._path(str(tmp_path), "alpha", [index]))
    found = releases.of(["alpha"], NETWORK._replace(offline=True, index_url=index), str(tmp_path), 0.0)["alpha"]
    assert found == expected


def test_that_nobody_has_a_project_is_believed_for_minutes(tmp_path: Path) -> None:
    """It may be uploaded at any time; offline, what is kept will do."""
    with Server({"/simple/alpha/": [Reply(status=404), page("alpha-1.0.tar.gz")]}) as server:
        network = NETWORK._replace(index_url=f"{server.url}/simple")
        for now in (0.0, releases.MINUTES - 1.0):
            assert isinstance(releases.of(["alpha"], network, str(tmp_path), now)["alpha"], NotFound)
        assert len(server.asked) == 1
        offline = releases.of(["alpha"], network._replace(offline=True), str(tmp_path), 9e9)["alpha"]
        assert isinstance(offline, NotFound)
        found = releases.of(["alpha"], network, str(tmp_path), releases.MINUTES)["alpha"]
        assert found == Project((Release("1.0"),))


def test_younger_answers_can_be_asked_for(tmp_path: Path) -> None:
    """Where a release is missing from a list, a list of this morning is not good enough."""
    with Server({"/simple/alpha/": [page("alpha-1.0.tar.gz"), page("alpha-2.0.tar.gz")]}) as server:
        network = NETWORK._replace(index_url=f"{server.url}/simple")
        for now, age, version in ((0.0, 60.0, "1.0"), (59.0, 60.0, "1.0"), (60.0, 60.0, "2.0"), (50.0, 60.0, "2.0")):
            found = releases.of(["alpha"], network, str(tmp_path), now, age=age)["alpha"]
            assert found == Project((Release(version),))
        assert len(server.asked) == 3  # a clock that was set back makes nothing young


def test_it_says_what_takes_time_only_then(tmp_path: Path) -> None:
    """Where everything is kept, or nobody may be asked, nothing is said."""
    said: list[str] = []
    with Server({"/simple/alpha/": page("alpha-1.0.tar.gz")}) as server:
        network = NETWORK._replace(index_url=f"{server.url}/simple")
        for names in (["alpha"], ["alpha"], ["beta", "gamma", "beta", "alpha"]):
            releases.of(names, network, str(tmp_path), 0.0, say=said.append)
        releases.of(["delta"], network._replace(offline=True), str(tmp_path), 0.0, say=said.append)
    assert said == ["asking the package index about 1 project", "asking the package index about 2 projects"]


@pytest.mark.parametrize(
    ("given", "status", "reason"),
    [
        (("active", "archived"), "archived", "r1"),
        (("deprecated", "archived", "active"), "archived", "r1"),
        (("quarantined", "archived"), "quarantined", "r0"),
        (("deprecated", ""), "deprecated", "r0"),
        (("active", "active"), "active", "r0"),
    ],
)
def test_the_worst_status_counts(given: tuple[str, ...], status: str, reason: str, tmp_path: Path) -> None:
    """Of several indexes, whichever says the worst."""
    pages = [marked(word, f"r{number}", f"alpha-{number}.zip") for number, word in enumerate(given)]
    found = asked(tmp_path, *pages)
    assert isinstance(found, Project)
    assert (found.status, found.reason) == (status, reason)
    assert [each.version for each in found.releases] == [str(number) for number in range(len(given))]


def test_an_index_that_does_not_say_leaves_it_unknown(tmp_path: Path) -> None:
    """A mirror may stand before the index that knows: another index's word does not make its project active."""
    found = asked(tmp_path, page("alpha-1.0.tar.gz"), marked("active", "", "alpha-2.0.tar.gz"))
    assert found == Project((Release("1.0"), Release("2.0")))


def test_the_first_index_counts_for_a_file_that_several_have(tmp_path: Path) -> None:
    """The main index is asked first; another one's file of the same name is passed."""
    found = asked(tmp_path, page("alpha-1.0.tar.gz", yanked=("alpha-1.0.tar.gz",)), page("alpha-1.0.tar.gz"))
    assert found == Project((Release("1.0", True, "broken"),))


@pytest.mark.parametrize(("name", "is_it"), [("Alpha", True), ("", True), (3, True), ("beta", False)])
def test_the_page_of_another_project_is_no_answer(name: object, is_it: bool, tmp_path: Path) -> None:
    """PEP 691: a page names its project; what a confused proxy sends in its place is not believed."""
    found = asked(tmp_path, page("alpha-1.0.tar.gz", name=name))
    assert (found == Project((Release("1.0"),))) is is_it
    assert isinstance(found, NetworkError) is not is_it


def test_several_reasons_are_told(tmp_path: Path) -> None:
    """Files of one release may be yanked for different reasons; each is told once, some have none."""
    listed = [
        {"filename": name, "yanked": why}
        for name, why in (("alpha-1.zip", "b"), ("alpha-1.tar.gz", "a"), ("alpha-1.tgz", True), ("alpha-1.tar.xz", "a"))
    ]
    assert asked(tmp_path, page(files=listed)) == Project((Release("1", True, "a; b"),))


@pytest.mark.parametrize(
    "name", ["..", "../alpha", "a/b", "", "a" * 300, "Alpha", "al pha", "-alpha", "alpha?x", "\ud800"]
)
def test_what_no_project_can_be_called_is_not_asked_for(name: str, tmp_path: Path) -> None:
    """A lock file may name anything; it names no path on the index or in the cache."""
    with Server() as server:
        found = releases.of([name], NETWORK._replace(index_url=f"{server.url}/simple"), str(tmp_path), 0.0)
        assert server.asked == []
    assert isinstance(found[name], NotFound)
    assert list(tmp_path.iterdir()) == []


def test_an_index_on_the_disk_is_not_asked(tmp_path: Path) -> None:
    """It says nothing of a project, and so nothing is known of it: it is not missing."""
    network = NETWORK._replace(index_url="file:///indexes/simple")
    found = releases.of(["alpha"], network, str(tmp_path), 0.0)["alpha"]
    assert isinstance(found, NetworkError)
    assert not isinstance(found, NotFound)
    with Server({"/simple/alpha/": page("alpha-1.0.tar.gz")}) as server:
        beside = network._replace(extra_index_urls=(f"{server.url}/simple",))
        assert releases.of(["alpha"], beside, str(tmp_path), 0.0)["alpha"] == Project((Release("1.0"),))


def test_a_password_is_in_no_file_name(tmp_path: Path) -> None:
    """What is kept belongs to the index, whoever logs in."""
    paths = [
        releases._path(str(tmp_path), "alpha", [site])
        for site in ("https://u:secret@index.example/simple", "https://index.example/simple")
    ]
    assert paths[0] == paths[1]


def test_what_cannot_be_had_is_said(tmp_path: Path) -> None:
    """No index has it; an index is broken; a page is none."""
    assert isinstance(asked(tmp_path, Reply(status=404)), NotFound)
    assert isinstance(asked(tmp_path, Reply(status=500)), NetworkError)
    assert isinstance(asked(tmp_path, Reply("plain words", headers=HTML)), NetworkError)
    assert isinstance(asked(tmp_path, Reply({"files": 3}, headers=JSON)), NetworkError)


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    """A file where the cache folder should be is no reason to fail."""
    (tmp_path / "cache").write_text("", encoding="utf-8")
    assert asked(tmp_path / "cache", page("alpha-1.0.tar.gz")) == Project((Release("1.0"),))


# --- the wheels of the newest release ------------------------------------------------------------

SHA = "0123456789abcdef" * 4


def with_wheels(form: str, *files: tuple[str, str], yanked: tuple[str, ...] = ()) -> Reply:
    """Return a page with these files and their addresses."""
    if form == "json":
        listed = [
            {"filename": name, "url": url, "hashes": {"md5": "0", "sha256": SHA.upper()}, "yanked": name in yanked}
            for name, url in files
        ]
        return page(files=listed)
    anchors = (
        f'<a href="{url}#sha256={SHA}"{" data-yanked" if url.rpartition("/")[2] in yanked else ""}>x</a>'
        for _, url in files
    )
    return Reply(f"<html>{''.join(anchors)}</html>", headers=HTML)


def named(version: str, *platforms: str) -> list[str]:
    return [f"alpha-{version}-py3-none-{platform}.whl" for platform in platforms]


@pytest.mark.parametrize("form", ["json", "html"])
def test_the_wheels_of_the_newest_final_release_have_addresses(form: str, tmp_path: Path) -> None:
    """Whole ones, as pip makes them of the page's; none of what is yanked, of candidates or of older releases."""
    mac, windows, gone = named("2.0", "macosx_11_0_arm64", "win32", "win_amd64")
    others = [*named("1.0", "any"), *named("3.0rc1", "any"), *named("2.1", "any"), "alpha-2.0.tar.gz"]
    addresses = [(windows, f"../../files/{windows}"), (mac, f"https://files.example/{mac}"), (gone, gone)]
    reply = with_wheels(form, *addresses, *((each, each) for each in others), yanked=(gone, *named("2.1", "any")))
    with Server({"/simple/alpha/": reply}) as server:
        network = NETWORK._replace(index_url=f"{server.url}/simple")
        found, again = (releases.of(["alpha"], network, str(tmp_path), 0.0)["alpha"] for _ in range(2))
        assert len(server.asked) == 1
        assert isinstance(found, Project)
        assert releases.newest(found.releases) == "2.0"
        base = f"{server.url}/simple/alpha/"
        links = {name: Link.from_element({"href": url}, base, base) for name, url in addresses}
        assert {each.file: each.url for each in found.wheels} == {
            name: link.url for name, link in links.items() if link and name != gone
        }
    assert found == again
    assert [(each.file, each.sha256) for each in found.wheels] == [(mac, SHA), (windows, SHA)]


def test_addresses_go_on_from_where_the_page_is(tmp_path: Path) -> None:
    """After a redirect that is another place; no password stays in an address; what is no address is left out."""
    (file,) = named("1.0", "any")
    with Server() as other:
        other.script["/pages/alpha/"] = with_wheels("html", (file, f"../{file}"))
        found = asked(tmp_path, Reply(status=302, headers={"Location": f"{other.url}/pages/alpha/"}))
        assert isinstance(found, Project)
        assert [each.url for each in found.wheels] == [f"{other.url}/pages/{file}"]
    (one, two, three, four, five) = named("1.0", "win32", "win_amd64", "linux_x86_64", "any", "win_arm64")
    odd = [(one, "http://[x/"), (two, f"https://user:secret@files.example/{two}"), (three, f"file:///tmp/{three}"),
           (four, "https://files.example/" + "x" * 9000), (five, "")]  # fmt: skip
    found = asked(tmp_path / "odd", with_wheels("json", *odd))
    assert isinstance(found, Project)
    assert [each.url for each in found.wheels] == [f"https://files.example/{two}"]
    assert releases._whole("http://files.example/a.whl", "https://index.example/simple/alpha/") == ""


def test_the_first_index_has_the_wheel_of_a_name(tmp_path: Path) -> None:
    """As of releases: of two files of one name that of the main index counts, also where it is yanked there."""
    one, two = named("1.0", "win32", "any")
    first = with_wheels("json", (one, "https://a.example/1"), (two, "https://a.example/2"), yanked=(two,))
    second = with_wheels("html", (one, f"https://b.example/{one}"), (two, f"https://b.example/{two}"))
    found = asked(tmp_path, first, second)
    assert isinstance(found, Project)
    assert [each.url for each in found.wheels] == ["https://a.example/1"]


@pytest.mark.parametrize("hashes", [None, 3, {}, {"sha256": 3}, {"sha256": "xyz"}, {"md5": SHA}])
def test_a_hash_that_is_none_is_none(hashes: object, tmp_path: Path) -> None:
    """What cannot be a SHA-256 names no file."""
    (file,) = named("1.0", "any")
    found = asked(tmp_path, page(files=[{"filename": file, "url": "x", "hashes": hashes}, {"filename": "alpha-0.zip"}]))
    assert isinstance(found, Project)
    assert [each.sha256 for each in found.wheels] == [""]


def test_so_many_wheels_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No index fills the cache of its reader."""
    monkeypatch.setattr(releases, "MOST_WHEELS", 2)
    files = named("1.0", "any", "win32", "win_amd64")
    found = asked(tmp_path, with_wheels("json", *((each, each) for each in files)))
    assert isinstance(found, Project)
    assert [each.file for each in found.wheels] == files[:2]
