"""One requirements file among those that include each other: where it is, what it is called, and what it holds."""

import os
import re
from collections.abc import Callable

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Place, Problem
from pip_assay.sources.requirements import addresses
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

Fetch = Callable[[str], bytes]

LIMIT = 10 * 1024 * 1024
"""The largest requirements file that is read, in bytes."""

_LOCK = r"(?s)(?:.*[/\\])?pylock(?:\.[^./\\]+)?\.toml"


class File(NamedTuple):
    """A file to read.

    address   its path or URL.
    shown     the same as it may be printed: a URL without credentials, and with ${VARIABLES} not filled in.
    at        the line that includes it; None where the user names it.
    parents   the files that include it, outermost first.
    """

    address: str
    shown: str
    is_constraint: bool = False
    at: Place | None = None
    parents: "tuple[File, ...]" = ()

    @property
    def key(self) -> str:
        """What is equal for one file, however it is named."""
        return self.address if _is_url(self.address) else os.path.abspath(self.address)

    @property
    def folder(self) -> str:
        """The folder that the file is in; empty for one that is on a server."""
        return "" if _is_url(self.address) else os.path.dirname(self.address)

    @property
    def is_lock(self) -> bool:
        """Whether the name is that of a PEP 751 lock, which pip takes in the place of a requirements file."""
        return not self.is_constraint and "pylock" in self.address and re.fullmatch(_LOCK, self.address) is not None

    def include(self, value: str, written: str, at: Place, *, is_constraint: bool) -> "File":
        """Return the file that a line of this one names: a URL, or a path from where this file is.

        `written` is `value` with its ${VARIABLES} not filled in, as a URL may hold a secret.
        """
        address = _join(self.address, value)
        shown = addresses.public(_join(self.shown, written)) if _is_url(address) else address
        return File(address, shown, is_constraint, at, (*self.parents, self))

    def problem(self, gap: Gap, what: str, hint: str) -> Problem:
        """Return the problem that the file as a whole is, at the line that includes it if one does."""
        return Problem(gap, what, self.at or Place(self.shown), hint, self.shown)


def _is_url(address: str) -> bool:
    return address[:8].lower().startswith(("http:", "https:", "file:"))


def _join(base: str, value: str) -> str:
    if _is_url(base):
        from urllib.parse import urljoin

        try:
            return urljoin(base, value)
        except ValueError:  # it is no address, which whoever fetches it will say
            return value
    if _is_url(value):
        return value
    return os.path.normpath(os.path.join(os.path.dirname(base), value))


def content(file: File, fetch: Fetch | None, standard_input: "IO[bytes] | None") -> bytes:
    """Return what the file holds.

    Raises:
        AssayError: it is missing, may not be read, is too large, or is on a server and cannot be fetched.
    """
    if file.address == "-" and standard_input and not file.at:
        found = files.read_at_most(standard_input, LIMIT)
    elif not _is_url(file.address):
        found = files.read_bytes(file.address, LIMIT, pipe=not file.at)
    elif file.address[:5].lower() == "file:":
        found = files.read_bytes(_path(file.address), LIMIT)
    elif fetch:
        found = fetch(file.address)
    else:
        raise Unreadable("is on a server, and was not fetched", file.shown, "fetch it, and name the file")
    if found is None or len(found) > LIMIT:
        raise Unreadable(f"is larger than {files.size(LIMIT)}", file.shown, "name a requirements file")
    return found


def is_missing(file: File) -> bool:
    """Return whether there is nothing where the file should be."""
    return file.address != "-" and not _is_url(file.address) and not os.path.lexists(file.address)


def _path(url: str) -> str:
    from urllib.parse import unquote, urlsplit

    try:
        path = unquote(urlsplit(url).path)
        return re.sub(r"\A/(?=[A-Za-z]:)", "", path)  # the drive of Windows
    except ValueError:
        raise Unreadable("is not the address of a file", addresses.public(url), "name a file") from None
