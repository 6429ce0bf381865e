"""Values of a JSON document that strangers may have written, read one by one: what is wrong is said with its path.

A reader takes a value and returns what it means; readers of lists and objects are made of readers.
"""

from collections.abc import Callable

from pip_assay.values import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")

Reader = Callable[[object], Any]

LARGEST = 2**53 - 1
"""The largest whole number that every JSON reader takes (RFC 8259, section 6)."""


class Malformed(ValueError):
    """What is wrong with a document, and where in it: "findings[3].package.name is not text"."""

    def __init__(self, what: str, path: str = "", hint: str = "") -> None:
        super().__init__(what, path, hint)
        self.what = what
        self.path = path
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.path} {self.what}".strip()

    def within(self, outer: str) -> "Malformed":
        """Return the same as seen from what holds it."""
        dot = "." if self.path and not self.path.startswith("[") else ""
        return Malformed(self.what, f"{outer}{dot}{self.path}", self.hint)


class Later(NamedTuple):
    """How a key is read that older documents lack, and what it is there."""

    read: Reader
    missing: object


def text(value: object) -> str:
    """Return the text that a value is.

    Raises:
        Malformed: it is none.
    """
    if not isinstance(value, str):
        raise Malformed("is not text")
    return value


def flag(value: object) -> bool:
    """Return the truth that a value is.

    Raises:
        Malformed: it is none.
    """
    if not isinstance(value, bool):
        raise Malformed("is neither true nor false")
    return value


def count(value: object) -> int:
    """Return the whole number from 0 that a value is.

    Raises:
        Malformed: it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
        raise Malformed("is not a whole number from 0")
    return value


def up_to(most: float) -> Callable[[object], float]:
    """Return a reader of a number from 0 to `most`; what is neither, as NaN, is none."""

    def read(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
            raise Malformed(f"is not a number from 0 to {most:.0f}")
        return value

    return read


def maybe(reader: "Callable[[object], T]") -> "Callable[[object], T | None]":
    """Return a reader of what may be null."""
    return lambda value: None if value is None else reader(value)


def word(literal: Any) -> Callable[[object], str]:  # noqa: ANN401 - a type, not a value
    """Return a reader of one of the words of a Literal."""
    words: tuple[str, ...] = literal.__args__

    def read(value: object) -> str:
        if value not in words:
            raise Malformed(f"is none of: {', '.join(filter(None, words))}")
        return str(value)

    return read


def every(reader: "Callable[[object], T]") -> "Callable[[object], tuple[T, ...]]":
    """Return a reader of a list."""

    def read(value: object) -> "tuple[T, ...]":
        if not isinstance(value, list):
            raise Malformed("is not a list")
        made: list[T] = []
        for number, each in enumerate(value):
            try:
                made.append(reader(each))
            except Malformed as error:
                raise error.within(f"[{number}]") from None
        return tuple(made)

    return read


def noun(make: "Callable[..., T]", /, **members: Reader | Later) -> "Callable[[object], T]":
    """Return a reader of an object with these members, of which `make` makes something; others are passed over."""

    def read(value: object) -> "T":
        if not isinstance(value, dict):
            raise Malformed("is not an object")
        return make(**{key: _member(value, key, reader) for key, reader in members.items()})

    return read


def _member(told: dict[str, Any], key: str, reader: Reader | Later) -> object:
    if isinstance(reader, Later):
        if key not in told:
            return reader.missing
        reader = reader.read
    if key not in told:
        raise Malformed("is missing", key)
    try:
        return reader(told[key])
    except Malformed as error:
        raise error.within(key) from None
