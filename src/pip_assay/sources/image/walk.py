"""Where Python distributions are in a whole file system: one walk, links not followed, nothing left out in silence."""

import os

from pip_assay import files
from pip_assay.model import Place, Problem
from pip_assay.sources.installed.locate import as_named
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.image.system import System

FOLDERS = 5_000_000
DEPTH = 200

_SITE_FOLDERS = ("site-packages", "dist-packages")
METADATA = (".dist-info", ".egg-info")
_NO_FILES = ("proc", "sys", "dev")  # what the kernel shows there is on no disk
_CARRIED = ("_vendor", "_vendored", "vendored")
_CACHES = (".cache", "Caches")
_CACHE_MARK = "CACHEDIR.TAG"  # the Cache Directory Tagging Specification; uv marks its environments, too


class Folder(NamedTuple):
    """A folder that is to be looked at: how deep it is, and the cache that it is in, or ""."""

    path: str
    depth: int = 0
    cache: str = ""


class Found(NamedTuple):
    """What a walk met, as paths.

    sites    folders called site-packages or dist-packages.
    strays   other folders with metadata of distributions in them.
    virtual  prefixes of virtual environments; `conda` those of conda environments.
    caches   folders of unpacked packages that are installed nowhere, as they lie there.
    carried  folders of distributions that another one carries for its own use.
    """

    sites: list[str]
    strays: list[str]
    virtual: set[str]
    conda: set[str]
    caches: dict[str, None]
    carried: list[str]
    problems: list[Problem]


def walk(system: "System") -> Found:
    """Return what is where. A folder that has several names (mounted twice, or in itself) is read under the first.

    Not looked into: a site-packages folder's own folders, conda's package cache, and of the root /proc, /sys and /dev.
    """
    found = Found([], [], set(), set(), {}, [], [])
    seen = set()
    pending = [Folder(system.root)]
    while pending:
        folder = pending.pop()
        try:
            identity = system.identity(folder.path)
            if identity in seen:
                continue
            seen.add(identity)
            inner = _look(folder, system, found)
        except (OSError, ValueError) as error:
            found.problems.append(_unseen(system, folder.path, f"cannot be listed ({files.reason(error)})"))
            continue
        if folder.depth == DEPTH and inner:
            found.problems.append(_unseen(system, folder.path, f"is {DEPTH} folders deep: no deeper ones were read"))
        elif len(seen) + len(pending) > FOLDERS:
            found.problems.append(_unseen(system, folder.path, f"comes after {FOLDERS:,} folders: no more were read"))
            break
        else:
            pending += inner
    return found


def _unseen(system: "System", folder: str, what: str) -> Problem:
    hint = "check its permissions" if "(" in what else "audit it by itself"
    return Problem("unreadable", what, Place(as_named(folder)), hint, as_named(system.root))


def _look(folder: Folder, system: "System", found: Found) -> list[Folder]:
    """Note what a folder is, and return those in it that are to be looked at, the first of them last."""
    path, name = folder.path, os.path.basename(folder.path)
    folders, others = system.scan(path)
    if "pyvenv.cfg" in others:
        found.virtual.add(path)
    if "conda-meta" in folders:
        found.conda.add(path)
    if name in _SITE_FOLDERS:
        found.sites.append(path)
        return []
    if name == "pkgs" and os.path.dirname(path) in found.conda:
        found.caches[path] = None
        return []
    cache = folder.cache or (path if name in _CACHES or (_CACHE_MARK in others and "pyvenv.cfg" not in others) else "")
    if any(each.endswith(METADATA) for each in (*folders, *others)):
        if cache:
            found.caches[cache] = None
        elif name in _CARRIED:
            found.carried.append(path)
        else:
            found.strays.append(path)
    passed = _NO_FILES if path == system.root else ()
    return [
        Folder(os.path.join(path, each), folder.depth + 1, cache)
        for each in sorted(folders, reverse=True)
        if each not in passed and not each.endswith(METADATA)
    ]
