"""One layer of an image, put upon those below it: what is kept of its files, and its whiteouts.

Whiteouts are those of the OCI image layer specification: ".wh.NAME" removes NAME, ".wh..wh..opq" all that the layers
below put into its folder; other names that begin with ".wh..wh." are the bookkeeping of AUFS.
"""

import re

from pip_assay import files
from pip_assay.sources.image import tar
from pip_assay.sources.image.budget import Budget
from pip_assay.sources.image.stack import Node, Stack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.image.streams import Stream

_WHITEOUT, _OPAQUE, _BOOKKEEPING = ".wh.", ".wh..wh..opq", ".wh..wh."
_METADATA = (".dist-info", ".egg-info", "egg-info")  # the last for EGG-INFO
_NAMES = {
    "metadata": _METADATA, "pkg-info": _METADATA, "requires.txt": _METADATA, "installer": _METADATA,
    "requested": _METADATA, "direct_url.json": _METADATA, "pyvenv.cfg": ("",), "patchlevel.h": ("",),
}  # fmt: skip
"""Files whose content is kept, in lower case, and how the name of their folder ends."""
_ENDINGS = (".egg-info", ".egg-link")
_HEADERS = ("metadata", "pkg-info")
_APK = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_OWNED = re.compile(rb"(?m)^.*\.(?:dist|egg)-info(?:/.*)?$")
_LIBRARY = re.compile(r"(?:python|pypy)[\d.]+t?|(?:site|dist)-packages|conda-meta|rpm")


Lacked = dict[str, list[tuple[str, Node]]]
"""Files that were not kept, by path, and those that are other names of them: these are kept, and lack their content."""


def put(stack: Stack, stream: "Stream", budget: Budget) -> tuple[Lacked, int]:
    """Put a layer upon those below; return what it lacks (see `fill`), and how many names lead nowhere in the image.

    Raises:
        Unreadable: the layer is damaged, or larger than the budget; what came before that is there.
    """
    lacked: Lacked = {}
    refused, lost = 0, stack.lost
    for member in tar.members(stream):
        budget.member()
        path = _path(member.name)
        if path in ("", "."):
            continue
        if ".." in path.split("/"):
            refused += 1
        elif path.rpartition("/")[2].startswith(_WHITEOUT):
            _white_out(stack, path)
        elif member.kind == "hard link":
            _hard_link(stack, path, _path(member.target), budget, lacked)
        else:
            _put(stack, stream, path, member, budget)
    return lacked, refused + stack.lost - lost


def fill(stream: "Stream", lacked: Lacked, budget: Budget) -> None:
    """Read a layer once more for what it lacks: the content that hard links share with a file that was not kept.

    Raises:
        Unreadable: as for `put`.
    """
    for member in tar.members(stream):
        budget.member()
        names = lacked.get(_path(member.name), []) if member.kind == "file" else []
        content = stream.read(min(member.size, files.START_LIMIT)) if names else b""
        for path, node in names:
            node.content = _shortened(path, content)
            budget.kept(node.content)


def _path(name: str) -> str:
    return name.lstrip("/").removeprefix("./").rstrip("/")


def _white_out(stack: Stack, path: str) -> None:
    folder, _, name = path.rpartition("/")
    if name == _OPAQUE:
        stack.empty(folder)
    elif name != _WHITEOUT and not name.startswith(_BOOKKEEPING):
        stack.remove(f"{folder}/{name.removeprefix(_WHITEOUT)}")


def _hard_link(stack: Stack, path: str, target: str, budget: Budget, lacked: Lacked) -> None:
    kept = is_read(path) or is_listed(path)
    if kept:
        budget.kept(None)
    if kept and stack.hard_link(path, target):
        return
    node = stack.file(path, None, kept=kept)
    if node and is_read(path):
        lacked.setdefault(target, []).append((path, node))


def _put(stack: Stack, stream: "Stream", path: str, member: tar.Member, budget: Budget) -> None:
    if member.kind == "folder":
        stack.folder(path, kept=is_listed(path) or bool(_LIBRARY.fullmatch(path.rpartition("/")[2])))
    elif member.kind == "link":
        budget.kept(None)
        stack.link(path, member.target)
    elif member.kind == "file" and is_read(path):
        content = _shortened(path, stream.read(min(member.size, _limit(path))))
        budget.kept(content)
        stack.file(path, content, kept=True)
    else:
        if kept := is_listed(path):
            budget.kept(None)
        stack.file(path, None, kept=kept)


def is_read(path: str) -> bool:
    """Return whether the content of a file is kept, by its path."""
    folder, _, name = path.lower().rpartition("/")
    if endings := _NAMES.get(name):
        return folder.endswith(endings)
    return name.endswith(_ENDINGS) or _is_package_list(folder, name) or path in _APK


def is_listed(path: str) -> bool:
    """Return whether the name of a file or folder is kept: what is in a metadata folder, or beside one."""
    folder, _, name = path.lower().rpartition("/")
    return folder.endswith((".dist-info", "-packages", "conda-meta", "/rpm")) or name.endswith(
        (".dist-info", ".egg-info", ".egg")
    )


def _is_package_list(folder: str, name: str) -> bool:
    return (folder == "var/lib/dpkg/info" and name.endswith(".list")) or (
        folder == "var/lib/dpkg/status.d" and name.endswith(".md5sums")
    )


def _limit(path: str) -> int:
    folder, _, name = path.rpartition("/")
    return files.LIMIT if path in _APK or _is_package_list(folder, name) else files.START_LIMIT


def _shortened(path: str, content: bytes) -> bytes:
    """Return what is needed of a file: the header of metadata, the lines about metadata of a list of files."""
    folder, _, name = path.rpartition("/")
    if _is_package_list(folder, name):
        return b"\n".join(_OWNED.findall(content))
    if name.lower() in _HEADERS:
        ends = [end for mark in (b"\n\n", b"\r\n\r\n", b"\r\r") if (end := content.find(mark)) >= 0]
        return content[: min(ends) + 4] if ends else content
    return content
