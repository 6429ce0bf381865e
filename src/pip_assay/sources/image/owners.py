"""Which distributions the packages of the operating system brought: those of dpkg, apk and rpm."""

import os
import re
from collections.abc import Iterator

from pip_assay.errors import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.image.system import System
    from pip_assay.sources.installed.distribution import Owner

# A line of NAME.list is a path, one of NAME.md5sums a sum and a path without its first "/".
_DPKG = re.compile(rb"(?m)^(?:[0-9a-f]{32} +)?/*(.*?\.(?:dist|egg)-info)(?:/.*)?$")
_RPM = re.compile(r"/usr/lib(?:64)?/python\d+\.\d+/site-packages/[^/]+")
_RPM_FOLDERS = ("var/lib/rpm", "usr/lib/sysimage/rpm")
_APK_FILES = ("lib/apk/db/installed", "usr/lib/apk/db/installed")


def read(system: "System") -> "Owner | None":
    """Return what tells the owner of a distribution; None where no package manager's database speaks of any.

    An owner is "dpkg:python3-yaml", or "rpm" where the package's name is not known; "" is nobody.
    """
    if named := dict(_dpkg(system)) | dict(_apk(system)):
        return lambda path, _: named.get(system.inside(path), "")
    if any(system.is_folder(os.path.join(system.root, *folder.split("/"))) for folder in _RPM_FOLDERS):
        return lambda path, installer: _rpm(system.inside(path), installer)
    return None


def _rpm(path: str, installer: str) -> str:
    """The database of rpm has several binary forms, and lists files at a price: the place tells, and INSTALLER."""
    return "rpm" if installer in ("", "rpm") and _RPM.fullmatch(path) else ""


def _dpkg(system: "System") -> Iterator[tuple[str, str]]:
    """Yield the metadata that dpkg's packages hold; images without a shell keep theirs in status.d."""
    for below, ending in (("info", ".list"), ("status.d", ".md5sums")):
        folder = os.path.join(system.root, "var", "lib", "dpkg", below)
        for name in _names(system, folder):
            content = _whole(system, os.path.join(folder, name)) if name.endswith(ending) else b""
            if b"-info" in content:
                package = name.removesuffix(ending).partition(":")[0]
                for path in _DPKG.findall(content):
                    yield "/" + os.fsdecode(path), f"dpkg:{package}"


def _apk(system: "System") -> Iterator[tuple[str, str]]:
    """Yield the metadata that apk's packages hold. "P:" is a package, "F:" a folder of it, "R:" a file in that."""
    for file in _APK_FILES:
        package = folder = ""
        for line in _whole(system, os.path.join(system.root, *file.split("/"))).decode("utf-8", "replace").splitlines():
            key, value = line[:2], line[2:]
            if key == "P:":
                package = value
            elif key == "F:":
                folder = value
                if value.endswith((".dist-info", ".egg-info")):
                    yield f"/{value}", f"apk:{package}"
            elif key == "R:" and value.endswith(".egg-info"):
                yield f"/{folder}/{value}", f"apk:{package}"


def _names(system: "System", folder: str) -> list[str]:
    try:
        return system.names(folder)
    except (OSError, ValueError):
        return []


def _whole(system: "System", path: str) -> bytes:
    try:
        return system.whole(path)
    except Unreadable:
        return b""
