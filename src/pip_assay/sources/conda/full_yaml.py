"""YAML as PyYAML reads it, bounded, and every value the text that is written: no version becomes a number.

PyYAML's stream of events is all that is used of it. Refused are aliases (a few lines of them can mean more values than
there is memory for), tags (which ask for objects), keys that are no text, and keys that are there twice.
"""

from pip_assay.model import Place, Problem
from pip_assay.sources.conda.plain_yaml import DEEPEST, NULLS, Items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pip_assay.sources.conda.plain_yaml import Value

    _Mark = Any
    _Event = Any

MOST = 1_000_000
"""Values and keys; PyYAML takes ten seconds for more."""

FORBIDDEN = "holds a character that YAML forbids"
INSTALL = "install PyYAML beside pip-assay"


class _Fault(Exception):
    """What is wrong with the document, and where: the line and column count from 0."""

    def __init__(self, what: str, mark: "_Mark") -> None:
        super().__init__(what)
        self.what = what
        self.mark = mark


def read(text: str, file: str, hint: str) -> "Value | Problem":
    """Return the document, in which no value is None and everything else is text, or why it cannot be read."""
    try:
        import yaml
    except ImportError:
        return Problem("unreadable", "is YAML of a form for which PyYAML is needed", Place(file), INSTALL, file)
    if "\ufeff" in text:  # libyaml leaves out what YAML allows at the beginning alone
        return Problem("unreadable", FORBIDDEN, Place(file), hint, file)
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        document = _Builder().document(yaml.parse(text, Loader=loader))
    except _Fault as fault:
        return Problem("unreadable", fault.what, _place(file, fault.mark), hint, file)
    except yaml.MarkedYAMLError as error:
        place = _place(file, error.problem_mark)
        return Problem("unreadable", f"is not valid YAML ({error.problem or error.context})", place, hint, file)
    except (yaml.YAMLError, ValueError, RecursionError):
        return Problem("unreadable", FORBIDDEN, Place(file), hint, file)
    return document


def _place(file: str, mark: "_Mark") -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)


class _Builder:
    """Builds the document that events tell of, in which collections are open from their start to their end."""

    def __init__(self) -> None:
        self._opened: list[Value] = []
        self._keys: list[str | None] = []
        self._root: Value = None

    def document(self, events: "Iterable[_Event]") -> "Value":
        """Return what the events of the first document say; a second one is refused."""
        documents = 0
        for count, event in enumerate(events):
            if count > MOST:
                raise _Fault(f"holds more than {MOST} values", event.start_mark)
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise _Fault("holds more than one document", event.start_mark)
            elif kind == "AliasEvent":
                raise _Fault("repeats a part of itself by an alias, which is not read", event.start_mark)
            elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
                self._opened.pop()
                self._keys.pop()
            elif kind in {"ScalarEvent", "MappingStartEvent", "SequenceStartEvent"}:
                self._take(event, kind)
        return self._root

    def _take(self, event: "_Event", kind: str) -> None:
        if event.tag is not None:
            raise _Fault("gives a value a type by a tag, which is not read", event.start_mark)
        if kind == "ScalarEvent":
            if self._opened and isinstance(self._opened[-1], dict) and self._keys[-1] is None:
                self._take_key(event)
                return
            plain = event.implicit[0]
            self._put(None if plain and event.value in NULLS else event.value, event)
            return
        if len(self._opened) >= DEEPEST:
            raise _Fault("is nested too deeply", event.start_mark)
        made: Value = {} if kind == "MappingStartEvent" else Items()
        self._put(made, event)
        self._opened.append(made)
        self._keys.append(None)

    def _take_key(self, event: "_Event") -> None:
        if event.value in self._opened[-1]:
            raise _Fault(f'holds the key "{event.value[:40]}" twice in one place', event.start_mark)
        self._opened[-1][event.value] = None
        self._keys[-1] = event.value

    def _put(self, value: "Value", event: "_Event") -> None:
        if not self._opened:
            self._root = value
            return
        above = self._opened[-1]
        if isinstance(above, Items):
            above.append(value)
            above.lines.append(event.start_mark.line + 1)
        elif self._keys[-1] is None:
            raise _Fault("has a key that is no text", event.start_mark)
        else:
            above[self._keys[-1]] = value
            self._keys[-1] = None
