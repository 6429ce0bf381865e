"""The fields of an untrusted document: one of the wrong type is a problem, and read as if it were absent."""

import re
from itertools import islice

from pip_assay.model import Place, Problem
from pip_assay.sources.sbom.bill import HINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeVar

    Path = tuple[str | int, ...]
    _T = TypeVar("_T")

MOST = 100_000
"""Components of one document: a larger number costs gigabytes."""

_ALGORITHMS = {"SHA-256": "sha256", "SHA256": "sha256"}
_WORDS: dict[type, str] = {str: "text", list: "a list", dict: "an object"}


def future(version: str, newest: tuple[int, int], what: str, file: str) -> "Iterator[Problem]":
    """Yield a problem where a document does not say its version, or says one that is newer than what is known here."""
    found = re.match(r"([0-9]{1,9})\.([0-9]{1,9})", version)
    if not found:
        yield Problem("unreadable", f"does not say which version of {what} it has", Place(file), HINT, file)
    elif (int(found[1]), int(found[2])) > newest:
        note = f"was written for {what} {version[:20]}; what is new in it was not read"
        yield Problem("unreadable", note, Place(file), "update pip-assay", file)


def plain(start: bytes) -> bytes:
    """Return the start of a content as ASCII text has it, whatever encoding of Unicode it is in."""
    return start.lstrip(b"\xef\xbb\xbf\xfe\xff\0").replace(b"\0", b"")


def first(items: "Iterable[_T]", file: str, problems: "dict[Problem, None]") -> "list[_T]":
    """Return the items, and no more of them than fit into memory; that there are more is a problem."""
    kept = list(islice(items, MOST + 1))
    if len(kept) > MOST:
        what = f"holds more than {MOST} components; the rest was not read"
        problems[Problem("unreadable", what, Place(file), "split it", file)] = None
    return kept[:MOST]


def hashes(items: object, algorithm: str, digits: str) -> "Iterator[str]":
    """Yield the hashes in a list of objects, written as in locks: "sha256:..." for SHA-256 and SHA256.

    `algorithm` and `digits` are the keys that have them. What is no hash is left out: nothing is decided by hashes.
    """
    for item in items if isinstance(items, list) else ():
        name, value = (item.get(algorithm), item.get(digits)) if isinstance(item, dict) else (None, None)
        if isinstance(name, str) and isinstance(value, str):
            yield f"{_ALGORITHMS.get(name) or name.lower().replace('sha-', 'sha')}:{value}"


class Fields:
    """The fields of one object; `title` and `place` are what its problems speak of, and are set once they are known."""

    def __init__(self, values: "dict[str, Any]", title: str, place: Place, problems: "dict[Problem, None]") -> None:
        self.values = values
        self.title = title
        self.place = place
        self._problems = problems

    def text(self, key: str) -> str:
        """Return a text, empty where it is absent."""
        return (self._field(key, str) or "").strip()

    def texts(self, key: str) -> list[str]:
        """Return a list of texts, empty where it is absent."""
        return self._items(key, str)

    def table(self, key: str) -> "Fields":
        """Return an object in this one, empty where it is absent."""
        return self._inner(self._field(key, dict) or {})

    def tables(self, key: str) -> "list[Fields]":
        """Return a list of objects, empty where it is absent."""
        return [self._inner(values) for values in self.objects(key)]

    def objects(self, key: str) -> "list[dict[str, Any]]":
        """Return what `tables` does, each as it is."""
        return self._items(key, dict)

    def numbered(self, key: str, path: "Path" = ()) -> "Iterator[tuple[Path, Fields]]":
        """Yield what `tables` returns, each with its path in the document; `path` is that of this object."""
        for index, values in enumerate(self._field(key, list) or ()):
            if isinstance(values, dict):
                yield (*path, key, index), self._inner(values)
            else:
                self._report_item(key, dict)

    def replaced(self, values: "dict[str, Any]") -> "Fields":
        """Return the same with other values."""
        return self._inner(values)

    def refuse(self, key: str, why: str) -> None:
        """Report that a field is there and is not read."""
        if self.values.get(key):
            self._report(f'"{key}" of {self.title} {why}')

    def _inner(self, values: "dict[str, Any]") -> "Fields":
        return Fields(values, self.title, self.place, self._problems)

    def _field(self, key: str, kind: "type[_T]") -> "_T | None":
        value = self.values.get(key)
        if value is None or isinstance(value, kind):
            return value
        self._report(f'"{key}" of {self.title} is not {_WORDS[kind]}')
        return None

    def _items(self, key: str, kind: "type[_T]") -> "list[_T]":
        items = self._field(key, list) or []
        kept = [item for item in items if isinstance(item, kind)]
        if len(kept) < len(items):
            self._report_item(key, kind)
        return kept

    def _report_item(self, key: str, kind: "type[_T]") -> None:
        self._report(f'"{key}" of {self.title} holds something that is not {_WORDS[kind]}')

    def _report(self, what: str) -> None:
        self._problems[Problem("unreadable", what, self.place, HINT, self.title)] = None
