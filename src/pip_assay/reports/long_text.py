"""A text of a hundred megabytes, made piece by piece: until it is whole it is kept packed."""

import zlib

BLOCK = 100_000
"""Characters that are packed together."""

FASTEST = 1
"""A report repeats itself so much that any level makes a tenth of it."""


class LongText:
    """Pieces of ASCII, in the order in which they are added.

    All of them in a list, and the same joined, would be the text twice.
    """

    def __init__(self) -> None:
        self.pieces = 0
        self._block: list[str] = []
        self._length = 0
        self._packed: list[bytes] = []

    def add(self, piece: str, between: str = "") -> None:
        """Add a piece; before each but the first comes what is to stand between two."""
        text = between + piece if self.pieces else piece
        self.pieces += 1
        self._block.append(text)
        self._length += len(text)
        if self._length >= BLOCK:
            self._packed.append(zlib.compress("".join(self._block).encode("ascii"), FASTEST))
            self._block, self._length = [], 0

    def whole(self, head: str, end: str) -> str:
        """Return the head, every piece, and the end."""
        last = zlib.compress("".join((*self._block, end)).encode("ascii"), FASTEST)
        text = head
        for block in (*self._packed, last):
            # In a loop, and written so, CPython lets a text grow where it is (BINARY_OP_INPLACE_ADD_UNICODE).
            text += zlib.decompress(block).decode("ascii")
        return text
