"""Well-known libraries in compiled files, as texts in them tell: read as data, in pieces, within bounds.

A text counts where the code of the library itself is in the file, and not where a program only mentions it. This takes
seconds where an environment is large, so no audit does it: `pip-assay contents` does.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Place, Problem
from pip_assay.sources.bundled.known_libraries import TEXTS, Text
from pip_assay.sources.bundled.native import carried
from pip_assay.sources.bundled.nouns import Host
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

    from pip_assay.sources.bundled.record import Parts
    from pip_assay.sources.installed.tree import Tree

    Progress = Callable[[int, int], None]
    """Called with the number of files that were looked at, and of those in all."""

FILE_LIMIT = 512 * 1024 * 1024
TOTAL_LIMIT = 4 * 1024 * 1024 * 1024
"""Of all files together; the one that passes it is the last."""

MOST_FILES = 20_000

_PIECE = 1024 * 1024
_OVERLAP = 256
"""More than the longest text that any pattern matches, so that each is whole in one of the pieces."""

_MOST_VERSIONS = 8
"""Of one library in one file: a file that claims more is made to mislead. Real ones have one, seldom two."""

_PRINTABLE = re.compile(rb"[ -~]{5,}")
_ALIASES = {"libjpeg": "libjpeg-turbo"}
"""By a file's name it cannot be told which of the two it is."""


class Left:
    """How much may still be looked at: one for all distributions of a target."""

    def __init__(self, size: int = TOTAL_LIMIT, count: int = MOST_FILES) -> None:
        self.size = size
        self.count = count


def read(host: Host, parts: "Parts", progress: "Progress | None" = None, left: Left | None = None) -> list[Found]:
    """Return the libraries whose code is in the host's libraries and extension modules, each release once.

    One without a version is there, and its text does not stand out from others. A Found of the host itself comes
    first where something could not be looked at: it brings the problems.
    """
    return _of_files(host, parts.libraries, progress, left or Left())


def of_interpreter(
    folder: str, tree: "Tree", interpreter: Dependency, progress: "Progress | None" = None, left: Left | None = None
) -> list[Found]:
    """Return the libraries whose code is in a Python installation's own files, as `read` does for a distribution.

    folder  the installation's: that with "bin" and "lib" in it, or on Windows with python.exe.
    """
    paths = files_of_interpreter(folder, tree, interpreter.pin.version)
    return _of_files(Host(interpreter, folder, folder, "", tree), paths, progress, left or Left())


def completed(by_name: Iterable[Found], by_text: Sequence[Found]) -> list[Found]:
    """Return both, without what file names tell of libraries whose version only the texts tell."""
    told = {each.dependency.pin.name for each in by_text if each.dependency.known_by == "string"}
    kept = [each for each in by_name if not _is_told(each.dependency, told)]
    return [*kept, *by_text]


def _is_told(one: Dependency, told: set[str]) -> bool:
    name = one.pin.name
    return one.known_by == "file name" and not one.pin.version and (name in told or _ALIASES.get(name) in told)


def files_of_interpreter(folder: str, tree: "Tree", version: str) -> list[str]:
    """Return the files of an installation that are compiled, sorted; the interpreter may hold all libraries itself."""
    python = "python" + ".".join(version.split(".")[:2])
    places = {
        "bin": rf"{re.escape(python)}t?(?:\.exe)?",
        "lib": r"libpython3[\w.]*\.(?:so(?:\.[\d.]+)?|dylib)",
        f"lib/{python}/lib-dynload": r".+\.so",
        f"lib64/{python}/lib-dynload": r".+\.so",
        "DLLs": r".+\.(?:dll|pyd)",
        "": r"python3\d*\.dll|Python",
    }
    found = []
    for place, pattern in places.items():
        try:
            names = tree.names(os.path.join(folder, *place.split("/")))
        except (OSError, ValueError):
            continue
        found += [f"{place}/{name}".lstrip("/") for name in sorted(names) if re.fullmatch(pattern, name)]
    return found


def _of_files(host: Host, paths: Sequence[str], progress: "Progress | None", left: Left) -> list[Found]:
    found: dict[tuple[str, str], Found] = {}
    problems: list[Problem] = []
    for done, path in enumerate(paths):
        if left.size <= 0 or left.count <= 0:
            problems.append(_not_all(host, len(paths) - done))
            break
        try:
            for name, version, text in _of_file(host, path, left):
                found.setdefault((name, version), carried(host, name, version, path, text, "string"))
        except Unreadable as error:
            what = f"{error.what}, so the libraries in it are not known"
            problems.append(Problem("unreadable", what, _place(host, path), error.hint, host.dependency.pin.name))
        if progress:
            progress(done + 1, len(paths))
    certain = {name for name, version in found if version}
    listed = [each for (name, version), each in sorted(found.items()) if version or name not in certain]
    return [Found(host.dependency, tuple(problems)), *listed] if problems else listed


def _not_all(host: Host, count: int) -> Problem:
    what = f"{count} of its compiled files {'were' if count > 1 else 'was'} not searched for libraries: those before "
    what += f"are {files.size(TOTAL_LIMIT)}, or {MOST_FILES:,} files"
    return Problem("unreadable", what, host.dependency.place, "name fewer targets", host.dependency.pin.name)


def _place(host: Host, path: str) -> Place:
    return Place(host.named(path))


def _of_file(host: Host, path: str, left: Left) -> list[tuple[str, str, str]]:
    """Return name, version and text of each library in a file.

    Raises:
        Unreadable: it is missing, is no file, may not be read, or is larger than FILE_LIMIT.
    """
    where = host.at(path)
    left.count -= 1
    try:
        with _opened(host.tree, where) as file:
            size = file.seek(0, os.SEEK_END)
            if size > FILE_LIMIT:
                raise Unreadable(f"is larger than {files.size(FILE_LIMIT)}", path)
            left.size -= size
            return _libraries(file, size)
    except OSError as error:
        raise Unreadable(f"cannot be read ({files.reason(error)})", path) from None


def _opened(tree: "Tree", path: str) -> "IO[bytes]":
    if tree is DISK:
        return files.opened(path)
    import io

    return io.BytesIO(tree.whole(path, FILE_LIMIT))


def _libraries(file: "IO[bytes]", limit: int) -> list[tuple[str, str, str]]:
    """Return name, version and text of each library: first its marks are sought, which is fast, then the versions."""
    unseen = {mark for text in TEXTS for mark in (*text.marks, text.unless) if mark}
    seen: set[bytes] = set()
    for piece in _pieces(file, limit):
        seen |= {mark for mark in unseen if mark in piece}
        unseen -= seen
    present = [text for text in TEXTS if not seen.isdisjoint(text.marks) and text.unless not in seen]
    versions: dict[Text, dict[str, str]] = {text: {} for text in present}
    for piece in _pieces(file, limit) if present else ():
        for text in present:
            _collect(text, piece, versions[text])
    return [each for text in present for each in _told(text, versions[text])]


def _collect(text: Text, piece: bytes, versions: dict[str, str]) -> None:
    if len(versions) > _MOST_VERSIONS:
        return
    for match in re.finditer(text.release, piece):
        number = next(group for group in match.groups() if group).decode("ascii", "replace")
        versions.setdefault(text.written(number), _shown(match[0]))
        if len(versions) > _MOST_VERSIONS:
            return


def _told(text: Text, versions: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield what a file tells of a library. That its code is there without a text is told where the mark is sure."""
    if len(versions) > (1 if text.alone else _MOST_VERSIONS) or (text.alone and not versions):
        yield text.name, "", ""
    else:
        yield from ((text.name, version, "" if text.alone else shown) for version, shown in versions.items())


def _shown(matched: bytes) -> str:
    """Return the text without what is around it."""
    return max(_PRINTABLE.findall(matched), key=len, default=b"").decode().strip()


def _pieces(file: "IO[bytes]", limit: int) -> Iterator[bytes]:
    """Yield the content piece by piece; each begins with the end of the one before."""
    file.seek(0)
    before = b""
    while limit > 0 and (read := file.read(min(_PIECE, limit))):
        limit -= len(read)
        piece = before + read
        yield piece
        before = piece[-_OVERLAP:]
