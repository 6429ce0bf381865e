"""Files whose content no commit holds, by real repositories."""

import os
import shutil
from pathlib import Path

import pytest

from pip_assay.sources.history.uncommitted import top_of, uncommitted
from tests.unit.test_history import GIT, Repository

pytestmark = pytest.mark.skipif(not GIT, reason="git is not here")


def told(folder: Path, **contents: bytes) -> list[str]:
    """Return the names of those files that are told."""
    paths = {str(folder / name.replace("_", ".")): content for name, content in contents.items()}
    return sorted(os.path.basename(each) for each in uncommitted(paths, os.environ, os.getcwd()))


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_what_differs_from_the_last_commit_is_told(form: str, tmp_path: Path) -> None:
    """Changed and untracked files are, those of the commit are not; nor are line endings, which git may change."""
    repository = Repository(tmp_path / "one", f"--object-format={form}")
    sub = repository.folder / "my sub"
    sub.mkdir()
    repository.commit({"my sub/a.txt": "a==1\n", "my sub/b.txt": "b==1\n", "my sub/c.txt": "c==1\n"})
    assert told(sub, a_txt=b"a==1\n", b_txt=b"b==2\n", c_txt=b"c==1\r\n", d_txt=b"d\n") == ["b.txt", "d.txt"]


def test_before_the_first_commit_everything_is_told(tmp_path: Path) -> None:
    """There is nothing to go back to."""
    repository = Repository(tmp_path / "one")
    assert told(repository.folder, a_txt=b"a") == ["a.txt"]


def test_outside_of_a_repository_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where git is not there, or says nothing: it is for a warning."""
    assert told(tmp_path, a_txt=b"a") == []
    assert top_of(str(tmp_path / "a.txt")) == ""
    repository = Repository(tmp_path / "one")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert told(repository.folder, a_txt=b"a") == []
    monkeypatch.undo()
    shutil.rmtree(repository.folder / ".git")
    (repository.folder / ".git").mkdir()
    assert told(repository.folder, a_txt=b"a") == []


def test_no_filter_of_a_repository_is_run(tmp_path: Path) -> None:
    """A hostile repository names programs; none of them is started."""
    repository = Repository(tmp_path / "one")
    repository.commit({"a.txt": "a==1\n", ".gitattributes": "* filter=evil\n"})
    mark = tmp_path / "mark"
    for key in ("filter.evil.clean", "filter.evil.smudge", "core.fsmonitor", "diff.external"):
        repository.git("config", key, f"touch {mark}")
    assert told(repository.folder, a_txt=b"a==2\n") == ["a.txt"]
    assert not mark.exists()
