"""A fast reader for uv.lock in the form in which uv writes it: 500 kB in a few milliseconds instead of a hundred.

It accepts a part of TOML, strictly: whatever it accepts is valid TOML and means the same to the full reader. For all
else (another order of fields, an escape, a comment, a field of tomorrow) it returns None, and the full reader has its
turn. tests/property/test_lock_laws.py holds it to that.
"""

import re

from pip_assay.model import Place
from pip_assay.names import normalise
from pip_assay.sources.locks.uv_graph import Edges, Entry, Lock, Named

# What the patterns take for any character of a text: not a control character, and not the "\\" of an escape.
_PLAIN = bytes(code for code in range(256) if code == 0x0A or (code >= 0x20 and code not in b"\\\x7f"))

# Patterns are shared and few because they are compiled anew in each run. What repeats does so a bounded number of
# times, because each time costs memory until the match is complete.
_CHARACTERS = r'[^"\n]*'
_TEXT = f'"{_CHARACTERS}"'
_WORD = r'"[^" \n]*"'
_NAME = "[a-z0-9]+(?:-[a-z0-9]+){0,40}"
_NUMBER = "(?:0|[1-9][0-9]{0,17})"
_KIND = "registry|git|url|path|directory|editable|virtual"


def _list(item: str) -> str:
    return rf"\[(?:[ \n]*{item}(?:,|(?=[ \n]*\]))){{0,5000}}[ \n]*\]"


def _asked(group: str) -> str:
    """Return the pattern of one edge; `group` opens what is read. Its keys have an order, so none can come twice."""
    return (
        rf'\{{ name = "{group}{_NAME})"(?:, version = "{group}{_CHARACTERS})")?'
        rf"(?:, source = \{{ (?:{_KIND}) = {_TEXT} \}})?"
        rf"(?:, {group}extras?) = \[{group}{_TEXT}(?:, {_TEXT}){{0,500}})\])?"
        rf"(?:, marker = {_TEXT})?(?:, specifier = {_TEXT})?(?:, (?:index|{_KIND}) = {_TEXT})? \}}"
    )


_ASKED = _asked("(?:")
_EDGE = re.compile(_asked("("))

# Without a space in its texts, "hash = " is always the key.
_FILE = (
    rf"\{{ (?:(?:url|path|filename) = {_WORD}(?:, hash = {_WORD})?|hash = {_WORD})"
    rf"(?:, size = {_NUMBER})?(?:, upload-time = {_WORD})? \}}"
)
_CONFLICT = rf"\{{ package = {_TEXT}(?:, (?:extra|group) = {_TEXT})? \}}"

_HEAD = re.compile(rf"version = 1\n(?:revision = {_NUMBER}\n)?")
_STATEMENT = re.compile(
    rf"\n\[([a-z.-]+)\]\n"
    rf"|([A-Za-z0-9_-]+) = (?:{_TEXT}|({_list(_TEXT)})|({_list(_ASKED)})|{_list(_list(_CONFLICT))})\n"
)
_ENTRY = re.compile(
    rf'\n\[\[package\]\]\nname = "({_NAME})"\n(?:version = "({_CHARACTERS})"\n)?'
    rf'source = \{{ ({_KIND}) = "({_CHARACTERS})"(?:, subdirectory = {_TEXT})? \}}\n'
    rf"(?:resolution-markers = {_list(_TEXT)}\n)?(?:dependencies = ({_list(_ASKED)})\n)?"
    rf"((?:sdist = {_FILE}\n)?(?:wheels = {_list(_FILE)}\n)?)"
)

_HEAD_KEYS = {"requires-python", "resolution-markers", "supported-markers", "required-markers", "conflicts"}
_HEAD_TABLES = {"options", "options.exclude-newer-package", "manifest", "manifest.dependency-groups"}
_ENTRY_TABLES = {
    "package.optional-dependencies", "package.dev-dependencies", "package.metadata", "package.metadata.requires-dev",
}  # fmt: skip

_Section = dict[str, "re.Match[str]"]
_Sections = dict[str, _Section]


class _Foreign(Exception):
    """Something is not in the canonical form."""


def read(text: str, file: str) -> Lock | None:
    """Return what the lock says, or None where it is not in the canonical form throughout."""
    if text.encode().translate(None, _PLAIN):
        return None
    try:
        return _lock(text, file)
    except _Foreign:
        return None


def _lock(text: str, file: str) -> Lock:
    head = _HEAD.match(text)
    if not head:
        raise _Foreign
    sections, at = _sections(text, head.end(), _HEAD_TABLES)
    if not sections[""].keys() <= _HEAD_KEYS:
        raise _Foreign
    manifest = sections.get("manifest", {})
    members = tuple(map(normalise, _texts(manifest.get("members"))))
    requirements = _edges(_tables(manifest.get("requirements")), "extras")
    groups = _named(sections.get("manifest.dependency-groups"), "extras")

    entries: list[Entry] = []
    line, counted = 1, 0
    while found := _ENTRY.match(text, at):
        line, counted = line + text.count("\n", counted, at), at
        sections, at = _sections(text, found.end(), _ENTRY_TABLES)
        if sections[""]:
            raise _Foreign
        entries.append(_entry(found, sections, Place(file, line + 2, len('name = "') + 1)))
    if at < len(text):
        raise _Foreign
    return Lock(members, requirements, groups, tuple(entries))


def _entry(found: "re.Match[str]", sections: _Sections, place: Place) -> Entry:
    name, version, kind, location, edges, files = found.groups()
    return Entry(
        name,
        name,
        version or "",
        kind,
        location,
        place,
        _edges(edges or "", "extra"),
        _named(sections.get("package.optional-dependencies"), "extra"),
        _named(sections.get("package.dev-dependencies"), "extra"),
        tuple(part[: part.index('"')] for part in files.split('hash = "')[1:] if part[0] != '"'),
    )


def _sections(text: str, at: int, known: set[str]) -> tuple[_Sections, int]:
    """Return the statements from `at` on, by table and key, and where they end; nothing comes twice."""
    table = ""
    sections: _Sections = {table: {}}
    while found := _STATEMENT.match(text, at):
        at = found.end()
        if key := found[2]:
            if key in sections[table]:
                raise _Foreign
            sections[table][key] = found
            continue
        table = found[1]
        if table in sections or table not in known:
            raise _Foreign
        sections[table] = {}
    for table in sections:
        parent, _, key = table.rpartition(".")
        if key in sections.get(parent, ()):
            raise _Foreign
    return sections, at


def _texts(found: "re.Match[str] | None") -> list[str]:
    if found and found[3] is None:
        raise _Foreign
    return re.findall('"([^"]*)"', found[3]) if found else []


def _tables(found: "re.Match[str] | None") -> str:
    """Return the text of a statement's list of tables; an empty list looks like one of texts."""
    if found and found[4] is None and _texts(found):
        raise _Foreign
    return found[4] or "" if found else ""


def _named(section: _Section | None, key: str) -> Named:
    return tuple((name, _edges(_tables(found), key)) for name, found in section.items()) if section else ()


def _edges(tables: str, key: str) -> Edges:
    """Return what a list of tables asks for; `key` is the one that holds the extras."""
    return tuple(
        (name, version, tuple(extras[1:-1].split('", "')) if extras and written == key else ())
        for name, version, written, extras in _EDGE.findall(tables)
    )
