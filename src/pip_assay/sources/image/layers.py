"""One layer of an image, put upon those below it: what is kept of its files, and its whiteouts.

Whiteouts are those of the OCI image layer specification: ".wh.NAME" removes NAME, ".wh..wh..opq" all that the layers
below put into its folder; other names that begin with ".wh..wh." are the bookkeeping of AUFS.
"""

import re

from pip_assay import files
from pip_assay.sources.bundled import record
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
_DPKG = "var/lib/dpkg/status"
_DATABASES = (*_APK, _DPKG)
_PYTHON_PACKAGE = re.compile(rb"Package: python\d+\.\d+-minimal\n")
_OWNED = re.compile(rb"(?m)^.*\.(?:dist|egg)-info(?:/.*)?$")
_PYTHON = re.compile(r"(?:python|pypy)[\d.]+t?")
_LIBRARY = re.compile(rf"{_PYTHON.pattern}|(?:site|dist)-packages|conda-meta|rpm|ensurepip")

_LISTS = (*record.LISTS, ".cdx.json")
_SBOMS = (".dist-info/sboms", ".egg-info/sboms")
_WHEELS = ("site-packages/", "dist-packages/", "ensurepip/", "python-wheels/")
"""Folders below which wheels are kept: those in which distributions are, and where an interpreter has its own."""


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
        names = [(path, node) for path, node in names if is_read(path) or budget.has_room(member.size)]
        content = stream.read(min(member.size, max(_limit(path) for path, _ in names))) if names else b""
        for path, node in names:
            node.content = _shortened(path, content[: _limit(path)])
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
    wanted = is_read(path) or tells_of_carried(path)
    kept = wanted or is_listed(path)
    if kept:
        budget.kept(None)
    node = (stack.hard_link(path, target) if kept else None) or stack.file(path, None, kept=kept)
    if node and wanted and node.content is None and not node.target:
        lacked.setdefault(target, []).append((path, node))


def _put(stack: Stack, stream: "Stream", path: str, member: tar.Member, budget: Budget) -> None:
    if member.kind == "folder":
        stack.folder(path, kept=is_listed(path) or bool(_LIBRARY.fullmatch(path.rpartition("/")[2])))
    elif member.kind == "link":
        budget.kept(None)
        stack.link(path, member.target)
    elif member.kind == "file" and is_read(path):
        _keep(stack, stream, path, member, budget)
    elif tells_of_carried(path):
        if member.kind == "file" and budget.has_room(member.size):
            _keep(stack, stream, path, member, budget)
        else:
            _name(stack, path, budget)
    elif is_listed(path):
        _name(stack, path, budget)
    else:
        stack.file(path, None, kept=False)


def _keep(stack: Stack, stream: "Stream", path: str, member: tar.Member, budget: Budget) -> None:
    content = _shortened(path, stream.read(min(member.size, _limit(path))))
    budget.kept(content)
    stack.file(path, content, kept=True)


def _name(stack: Stack, path: str, budget: Budget) -> None:
    budget.kept(None)
    stack.file(path, None, kept=True)


def is_read(path: str) -> bool:
    """Return whether the content of a file is kept, by its path."""
    folder, _, name = path.lower().rpartition("/")
    if endings := _NAMES.get(name):
        return folder.endswith(endings)
    return name.endswith(_ENDINGS) or _is_package_list(folder, name) or path in _DATABASES or _is_of_python(path)


def tells_of_carried(path: str) -> bool:
    """Return whether a file may tell what a distribution carries, or is a wheel that an interpreter does."""
    folder, _, name = path.rpartition("/")
    if name == "RECORD":
        return folder.endswith(".dist-info")
    if name.endswith(".whl"):
        return any(above in path for above in _WHEELS)
    if name.endswith(_LISTS) and not record.VENDORED.isdisjoint(folder.split("/")):
        return True
    return "-info/sboms" in folder and any(above in folder for above in _SBOMS)


def is_listed(path: str) -> bool:
    """Return whether a name is kept: of what is in or beside a metadata folder, a wheel, or a mark of a Python."""
    folder, _, name = path.lower().rpartition("/")
    if folder.endswith((".dist-info", "-packages", "conda-meta", "/rpm", "/ensurepip")):
        return True
    if name == "os.py":
        return _PYTHON.fullmatch(folder.rpartition("/")[2]) is not None
    return name.endswith((".dist-info", ".egg-info", ".egg", ".whl")) or name == "graalpy"


def _is_package_list(folder: str, name: str) -> bool:
    return (folder == "var/lib/dpkg/info" and name.endswith(".list")) or (
        folder == "var/lib/dpkg/status.d" and name.endswith(".md5sums")
    )


def _is_of_python(path: str) -> bool:
    """Return whether it is what images without a shell have of the package of an interpreter."""
    return path.startswith(f"{_DPKG}.d/python")


def _limit(path: str) -> int:
    folder, _, name = path.rpartition("/")
    is_whole = path in _DATABASES or _is_package_list(folder, name) or tells_of_carried(path)
    return files.LIMIT if is_whole else files.START_LIMIT


def _shortened(path: str, content: bytes) -> bytes:
    """Return what is needed of a file: the header of metadata, the lines about metadata of a list of files.

    Of dpkg's database that is what it says of Pythons, on the same lines.
    """
    folder, _, name = path.rpartition("/")
    if _is_package_list(folder, name):
        return b"\n".join(_OWNED.findall(content))
    if path == _DPKG:
        packages = content.split(b"\n\n")
        return b"\n\n".join(each if _PYTHON_PACKAGE.match(each) else b"\n" * each.count(b"\n") for each in packages)
    if name.lower() in _HEADERS:
        ends = [end for mark in (b"\n\n", b"\r\n\r\n", b"\r\r") if (end := content.find(mark)) >= 0]
        return content[: min(ends) + 4] if ends else content
    return content
