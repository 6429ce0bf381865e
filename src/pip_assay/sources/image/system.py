"""A whole file system below some root: an unpacked image on the disk, or the merged layers of one that is not."""

import errno
import os

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.sources.image.stack import inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Protocol

    from pip_assay.sources.installed.tree import Tree

    class System(Tree, Protocol):
        """A tree whose paths begin with `root`, and whose links lead nowhere outside of it."""

        root: str

        def inside(self, path: str) -> str:
            """Return the path as it is inside: "/usr/lib". One that does not begin with the root is one."""

        def scan(self, path: str) -> tuple[list[str], list[str]]:
            """Return the names of the folders in a folder, and those of everything else: files, and links.

            Raises:
                OSError: it is missing, is not a folder, or may not be read.
            """

        def identity(self, path: str) -> Hashable:
            """Return what tells a folder from all others, however many names it has.

            Raises:
                OSError: it is missing, or may not be looked at.
            """


_LINKS = 40  # as the Linux kernel


class Rooted:
    """An unpacked file system on the disk. Its links are followed as if its root were the machine's, as with chroot."""

    def __init__(self, root: str) -> None:
        bare = root.rstrip(os.sep) or os.sep
        self.root = root if bare.endswith(":") else bare  # "C:" is not "C:\"
        self._targets: dict[str, str] = {}

    def inside(self, path: str) -> str:
        """Return the path as it is inside: "/usr/lib". One that does not begin with the root is one."""
        return inside(self.root, path)

    def _real(self, path: str) -> str:
        """Return where a path leads on the disk, without a link in it.

        Raises:
            OSError: its links lead to one another.
        """
        found: list[str] = []
        parts, links = self.inside(path).split("/")[::-1], 0
        while parts:
            part = parts.pop()
            if part in ("", "."):
                continue
            if part == "..":
                found = found[:-1]
                continue
            target = self._target(os.path.join(self.root, *found, part))
            if not target:
                found.append(part)
                continue
            links += 1
            if links > _LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            found = [] if target.startswith("/") else found
            parts += target.split("/")[::-1]
        return os.path.join(self.root, *found)

    def _target(self, path: str) -> str:
        """Return what a link names, with "/" between the parts; empty for what is no link."""
        if (known := self._targets.get(path)) is None:
            try:
                known = os.path.splitdrive(os.readlink(path))[1].replace(os.sep, "/")
            except (OSError, ValueError):
                known = ""
            self._targets[path] = known
        return known

    def scan(self, path: str) -> tuple[list[str], list[str]]:
        """Return the names of the folders in a folder, and those of everything else: files, and links.

        Raises:
            OSError: it is missing, is not a folder, or may not be read.
        """
        folders: list[str] = []
        others: list[str] = []
        with os.scandir(path) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
        return folders, others

    def identity(self, path: str) -> tuple[int, int]:
        """Return what tells a folder from all others, however many names it has."""
        status = os.stat(path, follow_symlinks=False)
        return status.st_dev, status.st_ino

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, in no order."""
        return os.listdir(self._real(path))

    def start(self, path: str, until: bytes = b"") -> bytes:
        """Return a small file's content, at most files.START_LIMIT bytes; it may end early once `until` was seen."""
        try:
            return files.read_start(self._real(path), until)
        except OSError as error:
            raise Unreadable(f"cannot be read ({files.reason(error)})", path) from None

    def whole(self, path: str, limit: int = files.LIMIT) -> bytes:
        """Return a file's content."""
        try:
            real = self._real(path)
            if not os.path.isfile(real):
                raise Unreadable("does not exist", path)
            return files.read_bytes(real, limit)
        except (OSError, ValueError) as error:
            raise Unreadable(f"cannot be read ({files.reason(error)})", path) from None

    def has(self, path: str) -> bool:
        """Return whether there is a file or folder."""
        try:
            return os.path.lexists(self._real(path))
        except (OSError, ValueError):
            return False

    def is_folder(self, path: str) -> bool:
        """Return whether there is a folder."""
        try:
            return os.path.isdir(self._real(path))
        except (OSError, ValueError):
            return False
