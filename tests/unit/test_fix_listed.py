"""Which releases there are: in the indexes and folders that uv looks in, in its order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pip_assay.fix.planning.listed import Listed
from pip_assay.settings import Outside, Settings
from pip_assay.sources.resolve import Index
from tests.server import Reply, Server
from tests.wheel_folder import wheel


def page(*files: str) -> Reply:
    """Return the page of a project."""
    return Reply("".join(f'<a href="{each}">{each}</a>' for each in files), headers={"Content-Type": "text/html"})


@pytest.fixture
def server() -> Iterator[Server]:
    """Return two indexes, /one and /two: both have web, each has a project of its own."""
    script = {
        "/one/web/": page("web-1.0.tar.gz", "web-2.0-py3-none-any.whl"), "/one/left/": page("left-1.0.tar.gz"),
        "/two/web/": page("web-3.0.tar.gz"), "/two/right/": page("right-1.0.tar.gz"), "/one/odd/": Reply(status=403),
        "/flat": page("web-9.0.tar.gz", "notes.txt"), "/empty": Reply("gone", 404),
    }  # fmt: skip
    with Server(script) as made:
        yield made


def listed(tmp_path: Path, indexes: Index, *, every: bool = False, **environ: str) -> Listed:
    outside = Outside({"PIP_CONFIG_FILE": "/dev/null", **environ}, str(tmp_path), 1e9)
    return Listed(indexes, Settings(cache=str(tmp_path / "cache")), outside, every=every)


def versions(made: Listed, *names: str) -> dict[str, list[str]]:
    return {name: [each.version for each in found] for name, found in made(names).items()}


def test_the_first_index_that_has_a_project_counts(server: Server, tmp_path: Path) -> None:
    """The extra ones come first, and no later index is told the name of what an earlier one has."""
    made = listed(tmp_path, Index(f"{server.url}/two", (f"{server.url}/one",)))
    assert versions(made, "web", "left", "right", "gone") == {"web": ["1.0", "2.0"], "left": ["1.0"], "right": ["1.0"]}
    assert {each.path for each in server.asked} == {
        "/one/web/", "/one/left/", "/one/right/", "/one/gone/", "/two/right/", "/two/gone/",
    }  # fmt: skip


def test_every_index_counts_where_uv_takes_the_best_of_all(server: Server, tmp_path: Path) -> None:
    """What they list together is one list."""
    made = listed(tmp_path, Index(f"{server.url}/two", (f"{server.url}/one",)), every=True)
    assert versions(made, "web", "left") == {"web": ["1.0", "2.0", "3.0"], "left": ["1.0"]}


def test_an_index_that_does_not_answer_makes_a_project_unknown(server: Server, tmp_path: Path) -> None:
    """Nothing is said of what only another index, or a folder, may be known to have."""
    wheel(tmp_path / "links", "odd", "1.0")
    for every in (False, True):
        made = listed(
            tmp_path, Index(f"{server.url}/two", (f"{server.url}/one",), (str(tmp_path / "links"),)), every=every
        )
        assert versions(made, "odd", "right") == {"right": ["1.0"]}


def test_folders_and_pages_of_links_count_beside_indexes(server: Server, tmp_path: Path) -> None:
    """Each file that is a distribution is one more release."""
    folder = wheel(tmp_path / "links", "web", "8.0").parent
    (folder / "web-7.0.tar.gz").touch()
    (folder / "readme.md").touch()
    links = (folder.as_uri(), f"{server.url}/flat")
    assert sorted(versions(listed(tmp_path, Index(f"{server.url}/one", (), links)), "web")["web"]) == [
        "1.0", "2.0", "7.0", "8.0", "9.0",
    ]  # fmt: skip
    server.asked.clear()
    alone = listed(tmp_path, Index(f"{server.url}/one", (), links[:1], none=True))
    assert {name: sorted(each) for name, each in versions(alone, "web", "left").items()} == {"web": ["7.0", "8.0"]}
    assert server.asked == []


@pytest.mark.parametrize("place", ["nowhere", "SERVER/empty", "SERVER/one/odd/"])
def test_a_place_that_cannot_be_read_makes_everything_unknown(server: Server, tmp_path: Path, place: str) -> None:
    """Who knows what it offers; the solver alone can tell."""
    links = place.replace("SERVER", server.url)
    assert versions(listed(tmp_path, Index(f"{server.url}/one", (), (links,))), "web") == {}


def test_pips_own_settings_count_only_as_far_as_uv_is_told_of_them(server: Server, tmp_path: Path) -> None:
    """An index that pip alone is configured with is not asked by itself."""
    made = listed(tmp_path, Index(f"{server.url}/one"), every=True, PIP_EXTRA_INDEX_URL=f"{server.url}/two")
    assert versions(made, "web", "right") == {"web": ["1.0", "2.0"]}
