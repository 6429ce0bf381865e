"""The bounds of one image: whatever it unpacks to, reading it ends, and fits into memory."""

from pip_assay import files
from pip_assay.errors import Unreadable

_NODE = 400  # bytes that a kept name costs, measured


class Budget:
    """What is left of the bounds of one image: bytes unpacked, files in it, bytes kept in memory.

    carried      bytes that are kept of what tells what distributions carry. Where that is not enough, less of it is
                 read, and all else as ever.
    passed_over  how many such files there was no room for.
    """

    def __init__(
        self,
        unpacked: int = 64 * 1024**3,
        members: int = 10_000_000,
        kept: int = 512 * 1024**2,
        carried: int = 256 * 1024**2,
    ) -> None:
        self._carried = carried
        self.passed_over = 0
        self._left = {"unpacks to more than": unpacked, "holds more files than": members, "has too much to keep": kept}

    def unpacked(self, piece: bytes) -> None:
        """Count bytes."""
        self._spend("unpacks to more than", len(piece))

    def member(self) -> None:
        """Count a file."""
        self._spend("holds more files than", 1)

    def kept(self, content: bytes | None) -> None:
        """Count what is kept."""
        self._spend("has too much to keep", _NODE + len(content or b""))

    def has_room(self, size: int) -> bool:
        """Return whether a file that tells what a distribution carries may be kept; it then counts as kept.

        One larger than files.LIMIT may not, for nobody reads so much of it.
        """
        if size > min(self._carried, files.LIMIT):
            self.passed_over += 1
            return False
        self._carried -= size
        return True

    def _spend(self, what: str, amount: int) -> None:
        self._left[what] -= amount
        if self._left[what] < 0:
            raise Unreadable(f"{what} pip-assay reads of one image", "", "unpack the image, and audit it with --root")
