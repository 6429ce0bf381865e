"""Release lists from indexes: JSON and HTML pages, yanked files, more than one index, kept for a day."""

from pathlib import Path

import pytest
from packaging.version import Version

from pip_assay import net, releases
from pip_assay.errors import NetworkError, NotFound, Unreadable
from pip_assay.releases import Release
from tests.server import Reply, Server, quick

NETWORK = quick()._replace(retries=0)
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(*files: str, yanked: tuple[str, ...] = ()) -> Reply:
    listed = [{"filename": name, "url": name, "yanked": "broken" if name in yanked else False} for name in files]
    return Reply({"meta": {"api-version": "1.1"}, "name": "alpha", "files": listed}, headers=JSON)


def html(*files: str, yanked: tuple[str, ...] = ()) -> Reply:
    anchors = (
        f'<a href="../../files/{name}#sha256=0"{" data-yanked" if name in yanked else ""}>{name}</a>' for name in files
    )
    return Reply(f"<!DOCTYPE html><html><body>{'<br>'.join(anchors)}</body></html>", headers=HTML)


def asked(
    tmp_path: Path, *replies: Reply, name: str = "alpha", now: float = 0.0, network: net.Network = NETWORK
) -> tuple[Release, ...] | Unreadable:
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
    assert [each.version for each in found] == VERSIONS == sorted(VERSIONS, key=Version)


@pytest.mark.parametrize("form", [page, html])
def test_a_release_is_yanked_if_all_of_its_files_are(form: object, tmp_path: Path) -> None:
    """PEP 592: an installer may still take the file of a release that is not yanked."""
    files = ("alpha-1.0.tar.gz", "alpha-1.0-py3-none-any.whl", "alpha-2.0.tar.gz")
    for yanked in ("alpha-1.0.tar.gz", "alpha-1.0-py3-none-any.whl"):
        found = asked(tmp_path / yanked, form(*files, yanked=(yanked, "alpha-2.0.tar.gz")))  # type: ignore[operator]
        assert found == (Release("1.0", False), Release("2.0", True))


def test_all_indexes_count(tmp_path: Path) -> None:
    """As pip does, the releases of all indexes are taken together; an index without the project is passed."""
    found = asked(tmp_path, page("alpha-1.0.tar.gz"), Reply(status=404), html("alpha-2.0.tar.gz"))
    assert found == (Release("1.0"), Release("2.0"))


def test_a_list_is_kept_for_a_day(tmp_path: Path) -> None:
    """The second run asks nobody; the next day's does; offline, a list of any age will do."""
    with Server({"/simple/alpha/": [page("alpha-1.0.tar.gz"), page("alpha-2.0.tar.gz")]}) as server:
        network = NETWORK._replace(index_url=f"{server.url}/simple")
        for now in (1000.0, 2000.0):
            assert releases.of(["alpha"], network, str(tmp_path), now)["alpha"] == (Release("1.0"),)
        assert len(server.asked) == 1
        assert releases.of(["alpha"], network, str(tmp_path), 1000.0 + releases.DAY)["alpha"] == (Release("2.0"),)
    offline = network._replace(offline=True)
    assert isinstance(releases.of(["alpha"], offline, str(tmp_path / "other"), 0.0)["alpha"], Unreadable)
    kept = [path for path in tmp_path.iterdir() if path.name.startswith("releases-alpha-")]
    assert len(kept) == 1
    kept[0].write_text("[]", encoding="utf-8")
    assert isinstance(releases.of(["alpha"], offline, str(tmp_path), 0.0)["alpha"], Unreadable)


def test_what_cannot_be_had_is_said(tmp_path: Path) -> None:
    """No index has it; an index is broken; a page is none."""
    assert isinstance(asked(tmp_path, Reply(status=404)), NotFound)
    assert isinstance(asked(tmp_path, Reply(status=500)), NetworkError)
    assert isinstance(asked(tmp_path, Reply("plain words", headers=HTML)), NetworkError)
    assert isinstance(asked(tmp_path, Reply({"files": 3}, headers=JSON)), NetworkError)


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    """A file where the cache folder should be is no reason to fail."""
    (tmp_path / "cache").write_text("", encoding="utf-8")
    assert asked(tmp_path / "cache", page("alpha-1.0.tar.gz")) == (Release("1.0"),)
