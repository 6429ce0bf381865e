"""A copy of the files of a fix as they are to be, in which it is proved: nothing is tried in their own place."""

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import contextmanager

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Edit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_INCLUDE = re.compile(r"(?m)^([ \t]*(?:-[rc]|--requirement|--constraint)[ \t=]*)([^\r\n]+?)(?=[ \t]*(?:[ \t]#.*)?\r?$)")
_OPTIONS = re.compile(r"(?m)^[ \t]*-[^\r\n]*")
_LINKS = re.compile(r"""((?<![^ \t])(?:-f|--find-links)[ \t=]*)("[^"]*"|'[^']*'|[^\s"']+)""")


def below(paths: Iterable[str]) -> dict[str, str]:
    """Return where in a copy each file lies, from its folder: they lie there as they do among each other.

    Raises:
        Unreadable: they lie on several drives.
    """
    whole = {path: os.path.abspath(path) for path in paths}
    try:
        top = os.path.commonpath([os.path.dirname(each) for each in whole.values()])
    except ValueError:
        hint = "fix them one after the other"
        raise Unreadable("lie on several drives, and cannot be fixed together", ", ".join(whole), hint) from None
    return {path: os.path.relpath(each, top) for path, each in whole.items()}


@contextmanager
def made(paths: Iterable[str], edits: Iterable[Edit]) -> "Iterator[tuple[str, dict[str, str]]]":
    """Give a folder with the files as they are to be, and the path in it of each.

    Raises:
        Unreadable: a file cannot be read, there is no room, or an edit is of none of these files.
    """
    import tempfile

    after = {os.path.abspath(each.path): each.after for each in edits}
    places = below(paths)
    for stranger in sorted(after.keys() - set(map(os.path.abspath, places))):
        raise Unreadable("is to be changed, and is no file of this fix", stranger, "fix it by itself")
    with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
        folder = os.path.realpath(scratch)
        placed = {path: os.path.join(folder, place) for path, place in places.items()}
        inner = {os.path.abspath(path): place for path, place in placed.items()}
        for path, place in placed.items():
            whole = os.path.abspath(path)
            content = after[whole] if whole in after else files.read_bytes(path)
            _put(place, _redirected(content, inner, os.path.dirname(whole)), path)
        yield folder, placed


def _put(place: str, content: bytes, path: str) -> None:
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(content)
    except OSError as error:
        what = f"no copy of it can be made to prove the fix ({files.reason(error)})"
        raise Unreadable(what, path, "make room on the disk") from None


def _redirected(content: bytes, inner: Mapping[str, str], folder: str) -> bytes:
    """Return a file of a folder with its -r and -c lines of absolute paths leading to the copies.

    Else the originals were read. The folders of releases that it names (-f) are not copied: they stay where they are.
    """

    def other(found: re.Match[str]) -> str:
        value = found[2].strip("\"'")
        place = inner.get(os.path.normpath(value)) if os.path.isabs(value) else None
        return f"{found[1]}{place}" if place else found[0]

    def there(found: re.Match[str]) -> str:
        import shlex

        place = os.path.join(folder, found[2].strip("\"'"))
        return f"{found[1]}{shlex.quote(place)}" if os.path.exists(place) else found[0]

    text = content.decode("utf-8", "surrogateescape")
    text = _OPTIONS.sub(lambda line: _LINKS.sub(there, line[0]), _INCLUDE.sub(other, text))
    return text.encode("utf-8", "surrogateescape")
