"""What the files of a project say, release by release, read without any code of ours; and what a fix changed of it."""

import json
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

MANIFESTS = ("pyproject.toml", "Pipfile", "requirements.in", "base.txt")

_MARKERS = re.compile(r'(?m)^(?:resolution-markers = \[\n(?: .*\n)*\]|markers? = ".*")\n')
_EMPTY = re.compile(r"\n+\Z")
_PART = re.compile(r"(?m)^(?=\[\[packages?\]\]|\[metadata\]|[A-Za-z0-9._-]+(?:\[[^]]*\])?==)")
_LOCKED = re.compile(r'(?m)^(?:name = "([^"]+)"\nversion = "([^"]+)"|([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+))')
_ASKED = re.compile(r"\W*([A-Za-z0-9._-]+)(?:==([^\s\"',;]+))?")


class Part(NamedTuple):
    """What a file says of one release, or of anything else; then the name is that of the file, without a version."""

    name: str
    version: str
    text: str


Files = Mapping[str, Sequence[Part]]


def read(folder: Path) -> dict[str, list[Part]]:
    """Return what each file of a folder says, in its order."""
    kept = (each for each in folder.iterdir() if each.is_file() and not each.name.startswith("."))
    return {each.name: list(split(each.name, each.read_bytes().decode())) for each in kept}


def split(file: str, text: str) -> Iterator[Part]:
    """Yield the parts of a file, which together are the whole of it."""
    if file == "Pipfile.lock":
        for category, entries in json.loads(text).items():
            for name, entry in entries.items():
                version = "" if category == "_meta" else entry["version"].removeprefix("==")
                yield Part(canonicalize_name(name) if version else file, version, json.dumps([category, entry]))
    elif file in MANIFESTS:
        for line in text.splitlines(keepends=True):
            asked = _ASKED.match(line)
            yield Part(canonicalize_name(asked[1]) if asked else file, (asked and asked[2]) or "", line)
    else:
        for part in _PART.split(text):
            locked = _LOCKED.search(part)
            name, version = filter(None, locked.groups()) if locked else (file, "")
            yield Part(canonicalize_name(name) if locked else file, version, part)


def versions(files: Files) -> dict[str, set[str]]:
    """Return the releases of each project that the files name."""
    found = defaultdict(set)
    for part in (part for parts in files.values() for part in parts if part.version):
        found[part.name].add(part.version)
    return dict(found)


def lower(before: Files, after: Files) -> list[str]:
    """Return the projects of which a lower release came in than was there."""
    was, is_now = versions(before), versions(after)
    return [each for each in was.keys() & is_now.keys() if _lowest(is_now[each]) < _lowest(was[each])]


def beside(before: Files, after: Files, plan: Mapping[str, Any], *, whole: bool) -> Iterator[str]:
    """Yield what has changed otherwise than a plan, as a report has it, says: releases, and parts of files.

    A lock says of a release for what it is needed, and a uv.lock by which markers it has several of a project: these
    markers change with what needs it, and with what comes in.

    whole  whether the files name all releases, so that all that is planned must be found in them; of several that are
           planned for one project, each for other Pythons, the owner of a lock may take one for all.
    """
    going: dict[str, set[str]] = defaultdict(set)
    coming: dict[str, set[str]] = defaultdict(set)
    for each in plan["changes"]:
        going[each["name"]] |= {each["old"]} - {""}
        coming[each["name"]] |= {each["new"]} - {""}
    was, is_now = versions(before), versions(after)
    for name in sorted({*was, *is_now, *(coming if whole else ())}):
        old, new = was.get(name, set()), is_now.get(name, set())
        kept, came = old - going[name], new & coming[name]
        is_whole = len(came) == len(coming[name]) or (bool(came) and len(coming[name]) > 1)
        if new != kept | came or (whole and not is_whole):
            yield f"{name} ({_shown(old)} to {_shown(new)})"
    planned = {each["name"] for each in plan["changes"]}
    planned |= {canonicalize_name(_ASKED.findall(each["old"])[0][0]) for each in plan["relaxed"]}
    for file in sorted({*before, *after}):
        old_parts, new_parts = ([*_others(files.get(file, ()), planned)] for files in (before, after))
        if old_parts != new_parts:
            names = {part.name for part in {*old_parts} ^ {*new_parts}}
            yield f"{file}: {', '.join(sorted(names)) or 'its order'}"


def _others(found: Iterable[Part], planned: Container[str]) -> Iterator[Part]:
    """Yield what is not of planned projects, without the markers that change with them, and empty lines at its end."""
    for part in found:
        if part.name not in planned:
            yield part._replace(text=_EMPTY.sub("\n", _MARKERS.sub("", part.text)))


def _lowest(found: Iterable[str]) -> Version:
    return min(map(Version, found))


def _shown(found: Iterable[str]) -> str:
    return " and ".join(sorted(found)) or "none"
