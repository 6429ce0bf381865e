"""Where the files of an environment are: on the disk, or in memory as an archive or a container image holds them."""

import os

from pip_assay import files
from pip_assay.errors import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol

    class Tree(Protocol):
        """Folders and files, by paths as `os.path.join` makes them."""

        def names(self, path: str) -> list[str]:
            """Return the names in a folder, in no order.

            Raises:
                OSError: it is missing, is not a folder, or may not be read.
                ValueError: the path cannot be one.
            """

        def start(self, path: str, until: bytes = b"") -> bytes:
            """Return a small file's content, at most files.START_LIMIT bytes; it may end early once `until` was seen.

            Raises:
                Unreadable: it is missing, is a folder, or may not be read.
            """

        def whole(self, path: str, limit: int = files.LIMIT) -> bytes:
            """Return a file's content.

            Raises:
                Unreadable: it is missing, is a folder, may not be read, or is larger than `limit` bytes.
            """

        def has(self, path: str) -> bool:
            """Return whether there is a file or folder."""

        def is_folder(self, path: str) -> bool:
            """Return whether there is a folder."""


class Disk:
    """The files of this machine."""

    names = staticmethod(os.listdir)
    start = staticmethod(files.read_start)
    whole = staticmethod(files.read_whole)
    is_folder = staticmethod(os.path.isdir)

    @staticmethod
    def has(path: str) -> bool:
        """Return whether there is a file or folder."""
        try:
            return os.access(path, os.F_OK)
        except ValueError:  # a null character, which no name can hold
            return False


DISK = Disk()


class Memory:
    """Files that were read already, by path; `names` are those of files that are there and were not read."""

    def __init__(self, contents: "Mapping[str, bytes]", names: "Iterable[str]" = ()) -> None:
        self._contents = {_flat(path): content for path, content in contents.items()}
        self._folders: dict[str, set[str]] = {"": set()}
        for path in (*self._contents, *map(_flat, names)):
            self._add(path)

    def _add(self, path: str) -> None:
        while path:
            above, _, name = path.rpartition("/")
            known = self._folders.setdefault(above, set())
            if name in known:
                return
            known.add(name)
            path = above

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, in no order.

        Raises:
            OSError: it is missing, or is not a folder.
        """
        flat = _flat(path)
        if flat in self._folders:
            return list(self._folders[flat])
        raise NotADirectoryError(path) if self.has(path) else FileNotFoundError(path)

    def start(self, path: str, until: bytes = b"") -> bytes:
        """Return a file's content, at most files.START_LIMIT bytes; `until` is for those to whom reading is dear.

        Raises:
            Unreadable: it is missing, is a folder, or was not read.
        """
        del until
        return self._content(path)[: files.START_LIMIT]

    def whole(self, path: str, limit: int = files.LIMIT) -> bytes:
        """Return a file's content.

        Raises:
            Unreadable: it is missing, is a folder, was not read, or is larger than `limit` bytes.
        """
        if len(content := self._content(path)) > limit:
            raise Unreadable(f"is larger than {files.size(limit)}", path, "it was not read")
        return content

    def _content(self, path: str) -> bytes:
        if (content := self._contents.get(_flat(path))) is not None:
            return content
        raise Unreadable("was not read" if self.has(path) else "does not exist", path)

    def has(self, path: str) -> bool:
        """Return whether there is a file or folder."""
        above, _, name = _flat(path).rpartition("/")
        return self.is_folder(path) or name in self._folders.get(above, ())

    def is_folder(self, path: str) -> bool:
        """Return whether there is a folder."""
        return _flat(path) in self._folders


def _flat(path: str) -> str:
    """Return the path as archives write it: "/" between its parts, none at its ends, no "." among them."""
    return "/".join(part for part in path.replace(os.sep, "/").split("/") if part not in ("", "."))
