"""The version of a Python that a package manager installed, as its database states it: conda, dpkg and apk."""

import os
import re
from collections.abc import Iterator

from pip_assay.errors import Unreadable
from pip_assay.model import Place
from pip_assay.sources.installed import installation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.installed.tree import Tree

_CONDA = re.compile(r"python-(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)-[^-]+\.json")
_UPSTREAM = rb"(\d+\.\d+\.\d+)(?:[~_]?((?:a|b|rc)\d+))?"
_APK_FILES = ("lib/apk/db/installed", "usr/lib/apk/db/installed")


Stated = tuple[str, Place]
"""The version of a Python as upstream calls it, "3.11.2" of 3.11.2-6+deb12u5, and the file that says so."""


def by_conda(prefix: str, number: str, tree: "Tree") -> Stated | None:
    """Return what conda has installed into a prefix as Python `number` ("3.11"); None for none."""
    folder = os.path.join(prefix, "conda-meta")
    for name in sorted(installation.names_in(folder, tree)):
        if (found := _CONDA.fullmatch(name)) and found[1].startswith(f"{number}."):
            return found[1], Place(os.path.join(folder, name))
    return None


def by_system(prefix: str, number: str, tree: "Tree") -> Stated | None:
    """Return what the operating system has installed as Python `number`; None for none, and outside of /usr."""
    whole = prefix.rstrip("/")
    return next(_of_system(os.path.dirname(whole), number, tree), None) if os.path.basename(whole) == "usr" else None


def _of_system(root: str, number: str, tree: "Tree") -> Iterator[Stated]:
    """Yield what the package database of the system whose root this is says."""
    package, starts = f"python{number}-minimal", re.escape(number.encode())
    # Images without a shell have a file for each package in status.d.
    for file in ("var/lib/dpkg/status", f"var/lib/dpkg/status.d/{package}"):
        field = rb"Version: (?:\d+:)?(?=%s\.)%s" % (starts, _UPSTREAM)
        yield from _stated(os.path.join(root, file), b"Package: %s\n" % package.encode(), field, tree)
    for file in _APK_FILES:
        field = rb"V:(?=%s\.)%s" % (starts, _UPSTREAM)
        yield from _stated(os.path.join(root, file), b"P:python3\n", field, tree)


def _stated(path: str, package: bytes, field: bytes, tree: "Tree") -> Iterator[Stated]:
    """Yield the version in the paragraph that names the package."""
    try:
        content = b"\n" + tree.whole(path)  # a desktop's is larger than what is read of the start of a file
    except Unreadable:
        return
    start = content.find(b"\n" + package)
    end = content.find(b"\n\n", start)
    if start >= 0 and (found := re.compile(rb"(?m)^" + field).search(content, start, end if end > 0 else len(content))):
        line = content.count(b"\n", 0, found.start())
        yield found[1].decode() + (found[2] or b"").decode(), Place(path, line)
