"""A fast reader for the plain part of TOML in which tools write locks, six times as fast as the standard library's.

It accepts a part of TOML, strictly: whatever it accepts, tomllib accepts and reads alike. For all else (a literal or
multi-line string, a dotted key, a comment below the first statement, a number with a sign) it returns None, and tomllib
has its turn. tests/property/test_plain_toml_laws.py holds it to that.

How it works: strings, numbers and times are taken out of the text. What is left is a skeleton whose lines repeat, so
each distinct line is understood, and translated to JSON, once. Then all goes back into its place, the JSON parser reads
it as one list of headers and tables, and each table is put where its header says.
"""

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

_STRING, _NUMBER, _BACKSLASH, _QUOTE = "\0", "\1", "\2", "\3"
"""What stands for that which was taken out: a text that holds control characters is not plain."""

_PLAIN = bytes(code for code in range(256) if code == 0x0A or (code >= 0x20 and code != 0x7F))

_DEEPEST = 8
_MOST_KEYS = 8
"""How deep arrays and inline tables may nest, and how many keys a header may have, for the time to stay linear."""

# Patterns are shared and few because they are compiled anew in each run.
_COMMENTS = re.compile(rb"\A(?:#[^\n]*+\n|\n)*+")
_FOREIGN_ESCAPE = re.compile(rb"\\(?![bfnrt])")
_NUMBERS = re.compile(
    r" = ((?:0|[1-9][0-9]{0,17})(?![0-9.:TZ_+-])"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z)"
)
_KEY = "[A-Za-z0-9_-]++"
_KEYS = re.compile(f"({_KEY}) = ")
_VALUE = "(?:[\0\1]|true|false)"
_PAIR = f"{_KEY} = {_VALUE}"
_INNERMOST = re.compile(rf"\[(?:{_VALUE}(?:, {_VALUE})*+,?+)?+\]|\{{ ?(?:{_PAIR}(?:, {_PAIR})*+)?+ ?\}}")
_HEADER = re.compile(rf"\[(\[)?((?:{_KEY}|\0)(?:\.(?:{_KEY}|\0)){{0,{_MOST_KEYS - 1}}})\](?(1)\])")
_KINDS = re.compile("(?:[bhs]|oi*+l?+c)*+")


class _Foreign(Exception):
    """Something is not plain."""


def read(text: str) -> "dict[str, Any] | None":
    """Return what `tomllib.loads` returns for this text, or None where the text is not plain throughout."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    try:
        content = text.encode()
        if content.translate(None, _PLAIN):
            return None
        return _document(_ascii(_COMMENTS.sub(b"", content, 1)))
    except (_Foreign, UnicodeEncodeError):
        return None


def _ascii(content: bytes) -> str:
    """Return the text with marks for two escapes, and with JSON's escapes for all beyond ASCII.

    One character beyond ASCII can make every step with a text thrice as slow.
    """
    if b"\\" in content:
        content = content.replace(b"\\\\", _BACKSLASH.encode()).replace(b'\\"', _QUOTE.encode())
        if _FOREIGN_ESCAPE.search(content):
            raise _Foreign
    text = content.decode()
    if text.isascii():
        return text
    text = text.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00")
    return re.sub(r"\\U(.{8})", lambda found: json.dumps(chr(int(found[1], 16)))[1:-1], text)


def _document(text: str) -> "dict[str, Any]":
    skeleton, strings = _taken(text.split('"'), _STRING)
    if len(strings) != text.count('"') / 2:
        raise _Foreign
    skeleton, numbers = _taken(_NUMBERS.split(skeleton), f" = {_NUMBER}")
    known = _Lines()
    lines = [known[line] for line in skeleton.split("\n")]
    kinds = "".join([kind for kind, _ in lines])
    if not _KINDS.fullmatch(kinds):
        raise _Foreign
    skeleton = "".join(["[[],{", *[line for _, line in lines], "}]"]).replace(",]", "]").replace("{,", "{")
    headers_and_tables = _parsed(skeleton, strings, numbers)
    counts = [statements.count("s") + statements.count("o") for statements in kinds.split("h")]
    return _assembled(headers_and_tables[::2], headers_and_tables[1::2], counts)


def _taken(pieces: list[str], mark: str) -> tuple[str, list[str]]:
    """Return the pieces around what is to be taken out, with a mark in its place; and what was taken out."""
    return mark.join(pieces[::2]), pieces[1::2]


def _put_back(skeleton: str, mark: str, taken: list[str], around: str = "") -> str:
    pieces = skeleton.split(mark)
    pieces += taken  # only for the length
    pieces[::2], pieces[1::2] = pieces[: len(taken) + 1], taken
    return around.join(pieces)


class _Lines(dict[str, tuple[str, str]]):
    """The kind of each distinct line of the skeleton, and the line as JSON.

    The kinds: [b]lank, [h]eader, [s]tatement, one that [o]pens an array, an [i]tem, the [l]ast item, the [c]lose.
    """

    def __init__(self) -> None:
        self._values: dict[str, str] = {_STRING: _STRING}

    def __missing__(self, line: str) -> tuple[str, str]:
        found = self[line] = self._read(line)
        return found

    def _read(self, line: str) -> tuple[str, str]:
        if not line:
            return "b", ""
        if line == "]":
            return "c", "]"
        if line[0] == "[":
            return "h", _header(line)
        if line[0] == " ":
            item = line.lstrip(" ")
            return ("i", self._value(item[:-1]) + ",") if item[-1:] == "," else ("l", self._value(item))
        key, _, value = line.partition(" = ")
        return ("o", f",{_key(key)}:[") if value == "[" else ("s", f",{_key(key)}:{self._value(value)}")

    def _value(self, value: str) -> str:
        found = self._values.get(value)
        if found is None:
            found = self._values[value] = _value(value)
        return found


def _key(key: str) -> str:
    if key == _STRING:
        return key
    if not (key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()):
        raise _Foreign
    return f'"{key}"'


def _header(line: str) -> str:
    """Return a header as JSON: the list of its keys, after whether it is of an array."""
    header = _HEADER.fullmatch(line)
    if not header:
        raise _Foreign
    keys = ",".join(map(_key, header[2].split(".")))
    return f"}},[{'true' if header[1] else 'false'},{keys}],{{"


def _value(value: str) -> str:
    """Return an array or inline table of the skeleton as JSON: valid if from the inside out each is one value."""
    left = value
    for _ in range(_DEEPEST):
        if "[" not in left and "{" not in left:
            break
        left = _INNERMOST.sub(_one_value, left)
    if left not in {_STRING, _NUMBER, "true", "false"}:
        raise _Foreign
    return _KEYS.sub(r'"\1":', value)


def _one_value(found: "re.Match[str]") -> str:
    keys = _KEYS.findall(found[0])
    if len(set(keys)) < len(keys):
        raise _Foreign
    return _STRING


def _parsed(skeleton: str, strings: list[str], numbers: list[str]) -> "list[Any]":
    """Return what the JSON says. JSON has no times: each is written as a float, of which plain TOML has none.

    In one thing the JSON parser is the judge: neither JSON nor TOML has a string with a line break in it.
    """
    times = [number for number in numbers if number[-1] == "Z"]
    if times:
        numbers = ["1e0" if number[-1] == "Z" else number for number in numbers]
    text = _put_back(_put_back(skeleton, _NUMBER, numbers), _STRING, strings, '"')
    text = text.replace(_QUOTE, '\\"').replace(_BACKSLASH, "\\\\")
    try:
        return json.loads(text, parse_float=_times(times)) if times else json.loads(text)  # type: ignore[no-any-return]
    except ValueError:
        raise _Foreign from None


def _times(texts: list[str]) -> "Callable[[str], datetime]":
    """Return what gives the next time whenever it is called."""
    from datetime import datetime

    values = map(datetime.fromisoformat, texts)
    return lambda _: next(values)


def _assembled(headers: "list[list[Any]]", tables: "list[dict[str, Any]]", counts: list[int]) -> "dict[str, Any]":
    """Return the document that the tables make up.

    TOML: no key and no table is defined twice, and no header leads into a value. A header may define a table that an
    earlier one implied; no tool writes that, and it is not plain.
    """
    if list(map(len, tables)) != counts:
        raise _Foreign
    document = tables[0]
    made = set()
    for (of_array, *keys, last), table in zip(headers[1:], tables[1:], strict=True):
        parent = document
        for key in keys:
            inner = parent.get(key)
            if inner is None:
                inner = parent[key] = {}
                made.add(id(inner))
            elif id(inner) not in made:
                raise _Foreign
            parent = inner[-1] if type(inner) is list else inner
        present = parent.get(last)
        if present is None:
            present = parent[last] = [table] if of_array else table
            made.add(id(present))
        elif of_array and type(present) is list and id(present) in made:
            present.append(table)
        else:
            raise _Foreign
    return document
