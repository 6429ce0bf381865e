"""A whole file of each tree: on the disk, in memory, below a root, in merged layers, in a zip."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.sources.archive.contents import Zip
from pip_assay.sources.image.stack import Stack
from pip_assay.sources.image.system import Rooted
from pip_assay.sources.installed.tree import DISK, Memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pip_assay.sources.installed.tree import Tree

NAME = "a.dist-info/RECORD"
CONTENT = b"0123456789"


def disk(top: Path) -> "tuple[Tree, str]":
    return DISK, str(top)


def memory(_: Path) -> "tuple[Tree, str]":
    return Memory({f"top/{NAME}": CONTENT}), "top"


def rooted(top: Path) -> "tuple[Tree, str]":
    return Rooted(str(top)), str(top)


def stack(_: Path) -> "tuple[Tree, str]":
    made = Stack("image")
    made.begin_layer()
    made.folder("a.dist-info", kept=True)
    made.file(NAME, CONTENT, kept=True)
    return made, "image"


def zipped(_: Path) -> "tuple[Tree, str]":
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(NAME, CONTENT)
    return Zip(zipfile.ZipFile(content), "x.whl"), ""


@pytest.mark.parametrize("make", [disk, memory, rooted, stack, zipped])
def test_a_file_is_read_whole_or_not_at_all(make: "Callable[[Path], tuple[Tree, str]]", tmp_path: Path) -> None:
    """Up to the limit; what is larger, a folder, or missing is refused."""
    (tmp_path / "a.dist-info").mkdir()
    (tmp_path / NAME).write_bytes(CONTENT)
    tree, top = make(tmp_path)
    path = os.path.join(top, *NAME.split("/"))
    assert tree.whole(path) == tree.whole(path, len(CONTENT)) == CONTENT
    with pytest.raises(Unreadable, match="is larger than 9 bytes"):
        tree.whole(path, len(CONTENT) - 1)
    for other in (os.path.dirname(path), f"{path}.gone"):
        with pytest.raises(Unreadable):
            tree.whole(other)


def test_a_whole_file_on_the_disk_is_what_any_reading_gives(tmp_path: Path) -> None:
    """An empty one, and one of the system's that has no size."""
    (tmp_path / "empty").write_bytes(b"")
    assert files.read_whole(str(tmp_path / "empty")) == b""
    if os.path.exists("/proc/version"):
        assert files.read_whole("/proc/version") == Path("/proc/version").read_bytes()
    for path in ("nul\0character", str(tmp_path), str(tmp_path / "gone")):
        with pytest.raises(Unreadable) as quick:
            files.read_whole(path)
        with pytest.raises(Unreadable) as slow:
            files.read_bytes(path)
        assert str(quick.value) == str(slow.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_in_place_of_a_file_is_refused_at_once(tmp_path: Path) -> None:
    """Nobody waits for what nobody writes."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable, match="is not a file"):
        files.read_whole(str(tmp_path / "pipe"))
