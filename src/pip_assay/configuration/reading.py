"""One settings file, read: what it says, key by key, with lines."""

import os
import re
from collections.abc import Mapping

from pip_assay import files
from pip_assay.configuration import keys
from pip_assay.configuration.keys import Value
from pip_assay.configuration.nearest import LIMIT, OWN, PYPROJECT
from pip_assay.errors import UsageError
from pip_assay.values import Any, NamedTuple

_NONE: Mapping[str, tuple[Value, int]] = {}


class File(NamedTuple):
    """What a settings file says.

    path     as it is shown; empty for none. `folder` is the one that holds it, as an absolute path.
    user     whether it is the user's own, or one that the user named.
    values   by name of the setting, with the line on which it stands.
    ignores  the tables of `ignore` as written, with their lines; `groups` the conditions of each group, and `bundled`
             those of what is inside distributions, where they are given.
    """

    path: str = ""
    values: Mapping[str, tuple[Value, int]] = _NONE
    ignores: tuple[tuple[dict[str, Any], int], ...] = ()
    groups: tuple[tuple[str, Value, int], ...] = ()
    folder: str = ""
    user: bool = False
    bundled: tuple[Value, int] | None = None

    def place(self, line: int) -> str:
        """Return where something is written, for people."""
        return f"{self.path}:{line}" if line else self.path


NOTHING = File()


def read(path: str, shown: str, *, user: bool = False) -> File:
    """Return what a settings file says; `user` is the user's own, which may hold everything.

    Raises:
        UsageError: it cannot be read, or a key in it is unknown, of the wrong type, or not a project's to set.
    """
    text = _text(path, shown)
    table = _table(text, shown, own=os.path.basename(path) != PYPROJECT)
    prefix = "" if os.path.basename(path) != PYPROJECT else "tool.pip-assay"
    found: dict[str, tuple[Value, int]] = {}
    for name, value in table.items():
        if name not in keys.TABLES:
            line = line_of(text, prefix, name)
            found[name] = _value(name, value, f"{shown}:{line}" if line else shown, user=user), line
    folder = os.path.dirname(os.path.abspath(path))
    said = _ignores(table, text, prefix, shown), _groups(table, text, prefix, shown)
    return File(shown, found, *said, folder, user, _bundled(table, text, prefix, shown))


def _text(path: str, shown: str) -> str:
    from pip_assay.errors import Unreadable

    try:
        return files.read_bytes(path, LIMIT).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8 text, as TOML must be", shown, "save it as UTF-8") from None
    except Unreadable as error:
        raise UsageError(error.what, shown, error.hint) from None


def _table(text: str, shown: str, *, own: bool) -> dict[str, Any]:
    import tomllib

    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message, _, where = str(error).rpartition(" (at ")
        line = (re.findall("[0-9]+", where) or [text.count("\n") + 1])[0]
        said = f" ({message[:1].lower()}{message[1:]})" if message else ""
        raise UsageError(f"is not valid TOML{said}", f"{shown}:{line}", "correct it") from None
    if own and set(document) == {"tool"}:
        raise UsageError("its keys stand under [tool.pip-assay]", shown, f"leave that header out: this is {OWN}")
    table = document if own else document.get("tool", {}).get("pip-assay", {})
    if not isinstance(table, dict):
        raise UsageError("tool.pip-assay is not a table", shown, "write [tool.pip-assay]")
    return table


def _value(name: str, value: object, where: str, *, user: bool) -> Value:
    key = keys.BY_NAME.get(name)
    if not key:
        raise UsageError(f"there is no setting {name!r}", where, keys.nearest(name, [*keys.BY_NAME, *keys.TABLES]))
    if key.scope == "user" and not user:
        hint = f"put it into your own settings file, or set {keys.variable(key)}"
        raise UsageError(f"{name} is not for a project to set, because it says who is asked", where, hint)
    if name == "format" and not user and "=" in "".join(map(str, value if isinstance(value, list) else [value])):
        hint = f"give it with -f, {keys.variable(key)}, or in your own settings file"
        raise UsageError("format names a file, which is not for a project to say", where, hint)
    if key.name == "internal":
        _check_internal(value, where)
    try:
        return keys.from_file(key, value)
    except ValueError as error:
        raise UsageError(f"{name} {error}", where, f"it is: {key.about}") from None


def _check_internal(value: object, where: str) -> None:
    """Refuse a pattern that every name fits."""
    for pattern in value if isinstance(value, list) else [value]:
        if isinstance(pattern, str) and not any(letter.isalnum() for letter in pattern):
            raise UsageError(f"internal names {pattern!r}, which is every project", where, "name your own: acme-*")


def _ignores(table: dict[str, Any], text: str, prefix: str, shown: str) -> tuple[tuple[dict[str, Any], int], ...]:
    listed = table.get("ignore", [])
    if not (isinstance(listed, list) and all(isinstance(each, dict) for each in listed)):
        where = f"{shown}:{line_of(text, prefix, 'ignore')}"
        header = f"[[{prefix}.ignore]]" if prefix else "[[ignore]]"
        raise UsageError("ignore is not a list of tables", where, f"write {header} with id and reason")
    lines = headers(text, f"{prefix}.ignore" if prefix else "ignore")
    if len(lines) != len(listed):
        lines = [line_of(text, prefix, "ignore")] * len(listed)
    return tuple(zip(listed, lines, strict=True))


def _groups(table: dict[str, Any], text: str, prefix: str, shown: str) -> tuple[tuple[str, Value, int], ...]:
    listed = table.get("groups", {})
    if not isinstance(listed, dict):
        where = f"{shown}:{line_of(text, prefix, 'groups')}"
        raise UsageError("groups is not a table of tables", where, f"write [{_dotted(prefix, 'groups.NAME')}]")
    found = []
    for name, inner in listed.items():
        header = _dotted(prefix, f"groups.{name}")
        line = line_of(text, header, "fail-on") or line_of(text, prefix, "groups")
        said = _fail_on(inner, f"{shown}:{line}" if line else shown, "a group", header)
        if said is not None:
            found.append((str(name), said, line))
    return tuple(found)


def _bundled(table: dict[str, Any], text: str, prefix: str, shown: str) -> tuple[Value, int] | None:
    header = _dotted(prefix, "bundled")
    line = line_of(text, header, "fail-on") or line_of(text, prefix, "bundled")
    said = _fail_on(table.get("bundled", {}), f"{shown}:{line}" if line else shown, "what is bundled", header)
    return None if said is None else (said, line)


def _fail_on(table: object, where: str, of: str, header: str) -> Value | None:
    """Return the conditions in a table that holds nothing else; None where it holds nothing."""
    if not isinstance(table, dict):
        raise UsageError(f"{header.rpartition('.')[2]} is not a table", where, f"write [{header}]")
    for key in table:
        if key != "fail-on":
            raise UsageError(f"there is no setting {key!r} of {of}", where, keys.nearest(key, ["fail-on"]))
    return _value("fail-on", table["fail-on"], where, user=False) if table else None


def _dotted(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def headers(text: str, table: str) -> list[int]:
    """Return the lines of the headers `[[table]]`."""
    spelled = r"\s*\.\s*".join(rf"[\"']?{re.escape(part)}[\"']?" for part in table.split("."))
    return [
        number for number, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*\[\[\s*{spelled}\s*\]\]", line)
    ]


def line_of(text: str, table: str, key: str) -> int:
    """Return the line on which a table's key is written, or its own table's header is; 0 where neither is seen."""
    current, found = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([^\[\]]+)\]", line):
            current = ".".join(part.strip().strip("\"'") for part in header[1].split("."))
            if not found and current == f"{table}.{key}".strip("."):
                found = number
        elif current == table and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
            return number
    return found
