"""An ignore, written into a settings file: everything else in the file, comments too, stays as it is."""

import os
from collections.abc import Mapping, MutableMapping

from pip_assay import files
from pip_assay.configuration import nearest
from pip_assay.errors import Unreadable, UsageError
from pip_assay.policy import Ignore
from pip_assay.values import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import InlineTable, Table


def place(folder: str) -> str:
    """Return the file into which an ignore of a folder belongs: the one that holds, else pyproject.toml, else ours."""
    if found := nearest.nearest(folder):
        return found
    pyproject = os.path.join(folder, nearest.PYPROJECT)
    return pyproject if os.path.isfile(pyproject) else os.path.join(folder, nearest.OWN)


def write(path: str, ignore: Ignore) -> bool:
    """Write the ignore into the file, in the place of one that is bounded alike. Return whether there was one.

    Raises:
        UsageError: what is in the file is not TOML, or its ignores are no list of tables.
        Unreadable: the file cannot be read or written; it is then as it was.
    """
    before = _content(path)
    values = _values(ignore)
    text, replaced = _appended(before, values, path), False
    if not text:
        text, replaced = _edited(before, values, path)
    _save(path, text)
    return replaced


def _appended(before: str, values: dict[str, Any], path: str) -> str:
    """Return the text with the ignore at its end, and nothing else touched; empty where that is not how it goes."""
    import tomllib

    import tomlkit

    name = "tool.pip-assay.ignore" if os.path.basename(path) == nearest.PYPROJECT else "ignore"
    ends = "\r\n" if "\r\n" in before else "\n"
    table = tomlkit.table()
    table.update(values)
    added = f"[[{name}]]\n{tomlkit.dumps(table)}".replace("\n", ends)
    start = before.rstrip()
    text = f"{start}{ends}{ends}{added}" if start else added
    try:
        old, new = tomllib.loads(before), tomllib.loads(text)
        held, now = _held(old, path), _held(new, path)
    except (tomllib.TOMLDecodeError, AttributeError):
        return ""
    return text if now[:-1] == held and not any(_same(each, values) for each in held) else ""


def _held(document: dict[str, Any], path: str) -> list[dict[str, Any]]:
    table = document.get("tool", {}).get("pip-assay", {}) if os.path.basename(path) == nearest.PYPROJECT else document
    found: list[dict[str, Any]] = table.get("ignore", [])
    return found


def _edited(before: str, values: dict[str, Any], path: str) -> tuple[str, bool]:
    """Return the text with the ignore in a list that is written inline, or in the place of an old one."""
    import tomlkit

    document = _parsed(before, path)
    table = _own_table(document, path)
    listed = _listed(table, path)
    replaced = [each for each in listed if _same(each, values)]
    if replaced:
        _change(replaced[0], values)
    else:
        listed.append(_inline(values) if _is_inline(table) else tomlkit.item(values))
    return tomlkit.dumps(document), bool(replaced)


def _content(path: str) -> str:
    if not os.path.lexists(path):
        return ""
    try:
        return files.read_bytes(path, nearest.LIMIT).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8 text, as TOML must be", path, "save it as UTF-8") from None


def _parsed(text: str, path: str) -> "TOMLDocument":
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text)
    except (TOMLKitError, RecursionError) as error:
        raise UsageError(f"is not valid TOML ({str(error).lower()})", path, "correct it first") from None


def _own_table(document: "TOMLDocument", path: str) -> "MutableMapping[str, Any]":
    import tomlkit

    if os.path.basename(path) != nearest.PYPROJECT:
        return document
    tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
    inner: object = tool
    own = inner.setdefault("pip-assay", tomlkit.table(is_super_table=True)) if isinstance(inner, dict) else None
    if not isinstance(own, dict):
        raise UsageError("tool.pip-assay is not a table", path, "write [tool.pip-assay]")
    return own


def _listed(table: "MutableMapping[str, Any]", path: str) -> "list[Any]":
    import tomlkit

    listed = table.get("ignore")
    if listed is None:
        table["ignore"] = tomlkit.aot()
        listed = table["ignore"]
    if not (isinstance(listed, list) and all(isinstance(each, dict) for each in listed)):
        raise UsageError("ignore is not a list of tables", path, "write [[tool.pip-assay.ignore]]")
    return listed


def _is_inline(table: Mapping[str, object]) -> bool:
    from tomlkit.items import Array

    return isinstance(table["ignore"], Array)


def _inline(values: Mapping[str, object]) -> "InlineTable":
    import tomlkit

    made = tomlkit.inline_table()
    made.update(values)
    return made


def _values(ignore: Ignore) -> dict[str, Any]:
    """Return what is written: fields that say nothing are left out, and a day is TOML's."""
    from datetime import date

    written = {
        "id": ignore.id,
        "package": ignore.package,
        "versions": ignore.versions,
        "groups": list(ignore.groups),
        "path": ignore.path,
        "reason": ignore.reason,
        "expires": date.fromisoformat(ignore.expires) if ignore.expires else "",
        "until-fixed": ignore.until_fixed,
        "owner": ignore.owner,
        "justification": ignore.justification,
    }
    return {name: value for name, value in written.items() if value}


def _same(each: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    keys = ("package", "path", "versions")
    alike = sorted(each.get("groups", [])) == sorted(values.get("groups", []))
    same = alike and str(each.get("id", "")).casefold() == str(values["id"]).casefold()
    return same and all(each.get(key, "") == values.get(key, "") for key in keys)


def _change(each: "Table", values: Mapping[str, Any]) -> None:
    for name in [name for name in each if name not in values]:
        del each[name]
    for name, value in values.items():
        each[name] = value


def _save(path: str, text: str) -> None:
    """Write the text, unless it would not be read as meant."""
    import tomllib

    try:
        tomllib.loads(text)
        content = text.encode()
    except (tomllib.TOMLDecodeError, UnicodeEncodeError) as error:
        raise Unreadable(f"could not be edited ({error})", path, "write the ignore by hand") from None
    files.write_atomically(os.path.realpath(path), content)
