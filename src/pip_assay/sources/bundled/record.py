"""What a RECORD lists of the files that may tell of bundled software; every other file is passed over unread.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

import re
from collections.abc import Collection, Iterator

from pip_assay import files
from pip_assay.values import NamedTuple

LIMIT = 32 * 1024 * 1024
MOST = 20_000
"""Files of one distribution that may tell of bundled software: the largest has some 2,000."""

VENDORED = frozenset(("_vendor", "_vendored", "vendored", "vendor", "extern", "patched"))
"""What folders of copied distributions are called."""

LISTS = ("vendor.txt", "vendored.txt", "patched.txt")
"""What lists of copies in the format of requirements files are called: by pip and most, setuptools of old, pipenv."""

_TESTS = frozenset(("test", "tests"))
"""What is below these is data of tests (metadata without code, as setuptools has), and no copy of anything."""

_COPY = (".dist-info/METADATA", ".egg-info/PKG-INFO")
_SBOMS = re.compile(r"[^/]\.dist-info/sboms/[^/]")
LIBRARY = re.compile(r"\.(?:so(?:\.[0-9][^/]*)?|pyd|dylib|dll)\Z", re.IGNORECASE)
"""How the paths of shared libraries end, those of extension modules among them."""

_TELLING = re.compile(rb"\.(?:dist-info/(?:sboms/|METADATA)|egg-info/PKG|cdx\.json|txt|whl|so|pyd|dylib|dll|PYD|DLL)")
"""What the paths that matter hold. To search for it costs a tenth of looking at every line."""

_ROW = re.compile(rb"([^,\r\n]*)[^\r\n]*")
_PREFIX = re.compile(r"(?:\.\./){1,3}(?!\.\.(?:/|$))")
"""What leads from site-packages to scripts and data: the environment's prefix, or a folder in it (a wheel's .data)."""


class Parts(NamedTuple):
    """The files of a distribution that may tell what it carries, each kind sorted.

    sboms      in the folder "sboms" of its metadata (PEP 770), or of the metadata of a copy in it.
    copies     METADATA or PKG-INFO of other distributions below its own packages.
    lists      what is copied, as a list: vendor.txt or a bill of materials in a folder of copies.
    wheels     whole wheels.
    libraries  shared libraries, extension modules among them.
    """

    sboms: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    wheels: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


def parts(paths: Collection[str], metadata: str) -> Parts:
    """Return those of a distribution's files that may tell what it carries; `metadata` names its metadata folder."""
    if not paths:
        return Parts()
    found: dict[str, set[str]] = {kind: set() for kind in Parts._fields}
    for path in paths:
        if kind := _kind(path, metadata):
            found[kind].add(path)
    return Parts(*(tuple(sorted(each)) for each in found.values()))


def _kind(path: str, metadata: str) -> str:
    if path.startswith(f"{metadata}/sboms/"):
        return "" if path.endswith("/") else "sboms"
    top, _, below = path.partition("/")
    if top == metadata:
        return ""
    if LIBRARY.search(path):
        return "libraries"
    above, _, name = below.rpartition("/")
    folders = {top, *above.split("/")}
    if not below or not folders.isdisjoint(_TESTS):
        return ""
    if name.endswith(".whl"):
        return "wheels"
    if below.endswith(_COPY):
        return "copies"
    if _SBOMS.search(below):
        return "sboms"
    is_list = name in LISTS or name.endswith(".cdx.json")
    return "lists" if is_list and not folders.isdisjoint(VENDORED) else ""


def paths(content: bytes) -> tuple[list[str], int]:
    """Return the paths of a RECORD that may tell of bundled software, and how many are left out as they lead astray.

    Scripts and data, which wheels put below the environment's prefix ("../../../bin/name"), are neither. What leads
    elsewhere outside of the folder is never read: an absolute path, one with a drive, or with ".." anywhere else.
    """
    plain: dict[str, None] = {}
    astray = 0
    for listed in _matching(content):
        path = listed.replace("\\", "/")
        if not _leads_out(path):
            plain[_tidy(path)] = None
        elif not _PREFIX.match(path) or _leads_out(_PREFIX.sub("", path, count=1)):
            astray += 1
        if len(plain) >= MOST:
            break
    return list(plain), astray


def _leads_out(path: str) -> bool:
    """Return whether a path is not plainly below the folder; Windows begins anew at a drive in the middle as well."""
    return files.unsafe_name(path) or (
        "/" in path and ":" in path and any(part[1:2] == ":" for part in path.split("/"))
    )


def _tidy(path: str) -> str:
    if "//" in path or "./" in path:
        return "/".join(part for part in path.split("/") if part not in {"", "."})
    return path


def _matching(content: bytes) -> Iterator[str]:
    """Yield the paths in the rows that may matter."""
    if b'"' in content:
        paths = _quoted(content.decode("utf-8", "replace"))
        yield from (path for path in paths if _TELLING.search(path.encode("utf-8", "replace")))
        return
    done = 0
    for found in _TELLING.finditer(content):
        at = found.start()
        if at >= done:
            start = max(content.rfind(b"\n", done, at), content.rfind(b"\r", done, at), done - 1) + 1
            if row := _ROW.match(content, start):
                done = row.end()
                yield row[1].decode("utf-8", "replace")


def _quoted(text: str) -> Iterator[str]:
    """Yield the first field of every row: names with a comma, a quote or a line break in them are quoted."""
    import csv
    import io

    try:
        yield from (row[0] for row in csv.reader(io.StringIO(text, newline="")) if row)
    except csv.Error:  # a field longer than 131,072 characters: what follows it is read line by line
        yield from (line.partition(",")[0] for line in text.splitlines())
