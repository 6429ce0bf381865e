"""The hashes of releases, asked of the real uv and an index on the loopback interface."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import hashes as module
from pip_assay.fix.nouns import Target
from pip_assay.model import Inventory
from pip_assay.sources.resolve import Index
from tests.fix_scene import Scene, scene
from tests.server import Reply
from tests.wheel_folder import sdist


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Scene]:
    """Return a scene."""
    with scene(tmp_path) as made:
        yield made


def about(here: Scene) -> Target:
    """Return a target of the scene's index."""
    return Target(Inventory("r.txt", "requirements"), "requirements", (), indexes=Index(here.settings.index_url))


def test_each_release_has_the_hashes_of_its_files(here: Scene) -> None:
    """Several releases of one project, as forks have them, are asked for one after the other."""
    found = module.of([("web", "2.0"), ("web", "1.0"), ("other-thing", "1.0")], about(here), here.tools())
    assert found == {
        ("web", "2.0"): (here.hashes("web 2.0"),),
        ("web", "1.0"): (here.hashes("web 1.0"),),
        ("other-thing", "1.0"): (here.hashes("other-thing 1.0"),),
    }


def test_the_files_of_a_folder_are_hashed(here: Scene, tmp_path: Path) -> None:
    """All files of the release in a folder of releases count, however its version is written, and no other."""
    links = tmp_path / "links"
    path = sdist(links, "web", "2.0.0", tmp_path / "built")
    for name in ("web-2.0.txt", "web.whl", "web-2.0-1-py3-none-any.whl.part"):
        (links / name).write_text("")
    more = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    every = {more, here.hashes("web 2.0")}
    for indexes in (
        Index(find_links=(str(links),), none=True),
        Index(find_links=(links.as_uri(),), none=True),
        Index(here.settings.index_url, find_links=(str(links),)),
    ):
        found = module.of([("web", "2.0")], about(here)._replace(indexes=indexes), here.tools())
        assert set(found["web", "2.0"]) == every
    assert not (tmp_path / "built").exists()


def test_what_is_too_large_is_not_hashed(here: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is what may not be read: that is told of the file."""
    monkeypatch.setattr(module, "LARGEST", 10)
    folder = about(here)._replace(indexes=Index(find_links=(str(tmp_path / "links"),), none=True))
    with pytest.raises(Unreadable, match=r"web-2\.0-py3-none-any\.whl: is larger than 10 bytes; it was not hashed"):
        module.of([("web", "2.0")], folder, here.tools())


def test_nothing_is_asked_for_nothing(here: Scene) -> None:
    """Without releases uv is not even looked for."""
    here.environ["PATH"] = ""
    assert module.of([], about(here), here.tools()) == {}


def test_a_source_distribution_is_not_built(here: Scene, tmp_path: Path) -> None:
    """The hash of a release without a wheel is read from the index; no code of it runs. It counts beside a wheel."""
    path = sdist(tmp_path, "old", "1.0", tmp_path / "built")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    page = f'<a href="/files/{path.name}#sha256={digest}">{path.name}</a>'
    here.server.script["/simple/old/"] = Reply(page, headers={"Content-Type": "text/html"})
    here.server.script[f"/files/{path.name}"] = Reply(path.read_bytes())
    wheels = here.server.script["/simple/plug/"]
    assert isinstance(wheels, Reply)
    both = str(wheels.body) + page.replace("old-1.0", "plug-0.2")
    here.server.script["/simple/plug/"] = wheels._replace(body=both)
    found = module.of([("old", "1.0"), ("plug", "0.2")], about(here), here.tools())
    assert found["old", "1.0"] == (f"sha256:{digest}",)
    assert set(found["plug", "0.2"]) == {f"sha256:{digest}", here.hashes("plug 0.2")}
    assert not (tmp_path / "built").exists()


def test_what_is_not_known_is_told(here: Scene, tmp_path: Path) -> None:
    """A release that no index has, one without hash, and no network: a sentence each."""
    with pytest.raises(Unreadable, match=r"uv cannot tell the hashes of new releases: .*web==9.*; try again"):
        module.of([("web", "9")], about(here), here.tools())
    plain = here.server.script["/simple/plug/"]
    assert isinstance(plain, Reply)
    here.server.script["/simple/plug/"] = plain._replace(body=re.sub("#sha256=[0-9a-f]+", "", str(plain.body)))
    with pytest.raises(Unreadable, match=r"no index tells a hash of plug 0\.2; the file needs one of every release"):
        module.of([("plug", "0.2")], about(here), here.tools())
    here.environ["UV_CACHE_DIR"] = str(tmp_path / "empty")
    with pytest.raises(Unreadable, match=r"the hashes of new releases are not in uv's cache \(--offline\); drop --off"):
        module.of([("web", "2.0")], about(here), here.tools(offline=True))
