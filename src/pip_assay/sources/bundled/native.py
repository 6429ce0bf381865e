"""Shared libraries that a distribution carries, as the names of their files tell; no file is opened.

auditwheel (Linux), delocate (macOS) and delvewheel (Windows) copy the libraries that a wheel needs into a folder of
its own and keep their names, with a hash in them:

    pillow.libs/libpng16-8b7e0db9.so.16.43.0
    PIL/.dylibs/libtiff.6.dylib
    psycopg_binary.libs/libcrypto-1_1-x64-a280f38a7cd1b44033f42411b66e0a38.dll
"""

import re
from collections.abc import Iterable

from pip_assay.model import UNAUDITABLE, Dependency, Evidence, Pin, Place
from pip_assay.sources.bundled.carried import origin_of
from pip_assay.sources.bundled.known_libraries import NAMED, Named
from pip_assay.sources.installed.distribution import Found
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.bundled.nouns import Host
    from pip_assay.sources.bundled.record import Parts

_REPAIRED = re.compile(r"(?:^|/)(?:([^/]+)\.libs|\.dylibs|\.libs)/[^/]+$")
"""The folders into which the repairing tools copy; the group is the project's name."""

_LONGEST = 255
"""No file system has a file with a longer name."""

_HASH = re.compile(r"(?:-(?:[0-9a-f]{32}|[0-9a-f]{8}))+(?=\.)")
"""What the repairing tools put into names: two where a copy was copied into another wheel."""

_SHARED = re.compile(r"(?P<stem>.+?)\.(?P<kind>so|dylib|dll)(?:\.(?P<end>[\w.+-]+))?", re.IGNORECASE)
_INNER_NUMBER = {
    "so": re.compile(r"(?:\.|-r|_v)(?=\d)"),  # libgif.7.2.0.so, libopenblas-r0.3.3.so
    "dylib": re.compile(r"\.(?=\d)"),  # libz.1.2.13.dylib
    "dll": re.compile(r"[-.](?=\d)|_v(?=\d)"),  # libpng16-16.dll, libopenblas64__v0.3.23-293-gc2f4bdbb-gcc_10_3_0.dll
}
_MOST_COPIES = 100
"""Copies of one library that a further file is compared with: real ones have two."""

_EXTENSION_MODULE = re.compile(r"\.(?:cpython-|abi3\.|pypy|cp3)|\.pyd$", re.IGNORECASE)

_EXACT: dict[str, list[Named]] = {}
_STARTS: list[tuple[str, Named]] = []
for _each in NAMED:
    for _name in _each.files.split():
        if _name.endswith("*"):
            _STARTS.append((_name[:-1], _each))
        else:
            _EXACT.setdefault(_name, []).append(_each)


class Library(NamedTuple):
    """A library, as the name of one of its files tells.

    name     what it is called, as far as it is known; else what its file is.
    version  its release; empty where the name does not tell.
    stem     the file's name without hash and numbers.
    file     the file's name without the hash: "libwebp.so.7.1.8".
    """

    name: str
    version: str
    stem: str
    file: str


def read(host: "Host", parts: "Parts") -> list[Found]:
    """Return the libraries that the names of the files tell of, each once.

    Where nobody but the distribution itself may have made a library (outside of the folders into which tools copy),
    only well-known ones are listed.
    """
    every = [(library, path) for path in parts.libraries if (library := named(path))]
    # The file that a library is called after has the shortest name: libwebp, and not libwebpdemux.
    every.sort(key=lambda each: (len(each[0].stem), each))
    return [
        carried(host, library.name, library.version, path, library.file, "file name") for library, path in _once(every)
    ]


def named(path: str) -> Library | None:
    """Return the library that a path tells of, or None for extension modules and for what nobody has copied there."""
    repaired = _REPAIRED.search(path)
    file = path.rpartition("/")[2]
    if len(file) > _LONGEST or _EXTENSION_MODULE.search(file):
        return None
    file = _HASH.sub("", file, count=1)
    if repaired and (tag := repaired[1]):  # as in fiona.libs/libz-fiona-4e3ca1c7.so.1.2.7
        file = file.replace(f"-{tag}.", ".", 1)
    if not (found := _SHARED.fullmatch(file)):
        return None
    stem, number = _split(found["stem"], found["kind"].lower(), found["end"] or "")
    known = _known(stem, found["kind"].lower())
    if not (known or repaired):
        return None
    for each in known:
        if each.release and (release := re.fullmatch(each.release, number)):
            return Library(each.name, each.written(release[1]), stem, file)
    return Library(known[-1].name if known else stem, "", stem, file)


def _split(stem: str, kind: str, end: str) -> tuple[str, str]:
    """Return a file's name and the numbers in it, which follow the ending or stand before it."""
    if end:
        return stem, end
    inner = _INNER_NUMBER[kind].search(stem)
    return (stem[: inner.start()], stem[inner.end() :]) if inner else (stem, "")


def _known(stem: str, kind: str) -> list[Named]:
    """Return what is known of a library; only on Windows may its file be called otherwise than "lib..."."""
    plain = stem.removeprefix("lib")
    if plain == stem and kind != "dll":
        return []
    return _EXACT.get(plain) or [each for start, each in _STARTS if plain.startswith(start)]


def _once(every: Iterable[tuple[Library, str]]) -> list[tuple[Library, str]]:
    """Return each library once, with the path of the file that tells most: libssl and libcrypto are OpenSSL.

    Two files of the same name and other numbers are two copies.
    """
    listed: list[tuple[Library, str]] = []
    stems: list[dict[str, str]] = []
    alike: dict[str, list[int]] = {}
    for library, path in every:
        known = alike.setdefault(library.name, [])
        for index in known[:_MOST_COPIES]:
            if _is_of(listed[index][0], library) and (
                stems[index].setdefault(library.stem, library.file) == library.file
            ):
                if library.version and not listed[index][0].version:
                    listed[index] = (library, path)
                break
        else:
            known.append(len(listed))
            listed.append((library, path))
            stems.append({library.stem: library.file})
    return listed


def _is_of(known: Library, other: Library) -> bool:
    return known.version == other.version or not (known.version and other.version)


def carried(host: "Host", name: str, version: str, path: str, spelling: str, known_by: Evidence) -> Found:
    """Return a library that one of the host's files is or holds; `spelling` is what tells of it."""
    one = host.dependency
    place = Place(host.named(path))
    return Found(
        Dependency(
            Pin("generic", name, version), place, one.groups, (), False, origin_of(one), one.pin, skipped=UNAUDITABLE,
            spelling=spelling, known_by=known_by,
        )
    )  # fmt: skip
