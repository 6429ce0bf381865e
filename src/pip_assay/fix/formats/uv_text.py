"""Two texts of one uv.lock put together: the blocks that a change is about as uv writes them, all others as they were.

uv writes a lock anew as a whole, in the form of its own version, and with the files that an index lists today. Here a
block stays as it was to the byte unless what it says of dependencies, versions or sources has changed. Pure.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import tool_lock
from pip_assay.values import Any, NamedTuple

UNREAD = "is not written as uv writes it, so a change could not keep the rest of it"

_PACKAGE = "[[package]]"
_UPLOADED = re.compile(r', upload-time = "[^"\n]*"')
_PRESENT_ANYWAY = ("sdist", "wheels")
"""The files of a release: an index may list more of them by now, and that is no change of it."""

_OWN = "[[manifest.dependency-metadata]]"


class Block(NamedTuple):
    """A [[package]] table: its values, and its text up to the next one."""

    values: Mapping[str, Any]
    text: str

    def key(self) -> str:
        """Return what tells the block from all others."""
        return json.dumps([self.values.get(key) for key in ("name", "version", "source")], sort_keys=True)

    def meaning(self, *, markers: bool) -> Mapping[str, Any]:
        """Return what it says, but for what newer versions of uv add to it; the markers of what it asks for if asked.

        Those come from the metadata of the release, and each revision of uv simplifies them further.
        """
        said = {key: value for key, value in self.values.items() if key not in _PRESENT_ANYWAY}
        asked = said.get("dependencies", [])
        if not markers and isinstance(asked, list):
            said["dependencies"] = [{**each, "marker": ""} if isinstance(each, dict) else each for each in asked]
        metadata = said.get("metadata")
        if isinstance(metadata, dict):
            said["metadata"] = {key: value for key, value in metadata.items() if key != "provides-extras"}
        return said


def merged(old: str, new: str, path: str) -> str:
    """Return the old text with what has changed of it in the new one, in the form and revision of the old one.

    Raises:
        Unreadable: one of them is not written as uv writes it.
    """
    ends = "\r\n" if "\r\n" in old else "\n"
    old = old.replace("\r\n", "\n")
    before, after = _split(old, path), _split(new, path)
    known = {each.key(): each for each in before[1]}
    has_times = "upload-time" in old
    alike = revision(old) == revision(new)
    blocks = []
    for each in after[1]:
        same = known.get(each.key())
        is_same = same is not None and same.meaning(markers=alike) == each.meaning(markers=alike)
        blocks.append(same.text if same and is_same else each.text if has_times else _UPLOADED.sub("", each.text))
    # Between two blocks there is one empty line, and after the last one none.
    text = "\n".join((_head(before[0], after[0]), *(each.rstrip("\n") + "\n" for each in blocks)))
    return text.replace("\n", ends)


def revision(text: str) -> tuple[int, int]:
    """Return the version and the revision in which a lock is written; it is 0 where there is none."""
    found = dict(re.findall(r"(?m)^(version|revision) = ([0-9]{1,9})$", text.partition(_PACKAGE)[0].replace("\r", "")))
    return int(found.get("version", 0)), int(found.get("revision", 0))


def with_versions(text: str, names: Collection[str], version: str) -> str:
    """Return the text in which packages without a version have this one."""
    return re.sub(
        r'(?m)^(\[\[package\]\]\nname = "([^"\n]*)"\n)(?!version)',
        lambda found: f'{found[1]}version = "{version}"\n' if found[2] in names else found[0],
        text.replace("\r\n", "\n"),
    )


def without_versions(text: str, names: Collection[str]) -> str:
    """Return the text in which these packages have no version."""
    return re.sub(
        r'(?m)^(\[\[package\]\]\nname = "([^"\n]*)"\n)version = "[^"\n]*"\n',
        lambda found: found[1] if found[2] in names else found[0],
        text,
    )


def _split(text: str, path: str) -> tuple[str, list[Block]]:
    """Return the text before the first block, and the blocks."""
    import tomllib

    head, *pieces = re.split(r"(?m)^(?=\[\[package\]\]$)", text)
    listed = tomllib.loads(text).get("package", [])
    blocks = [Block(values, piece) for values, piece in zip(listed, pieces, strict=False)]
    if len(listed) != len(pieces) or any(tool_lock.packages(each.text) != [each.values] for each in blocks):
        raise Unreadable(UNREAD, path, "run `uv lock` with the uv that you use, and try again")
    return head, blocks


def _head(old: str, new: str) -> str:
    """Return the old head with the tables of the new one that say something else; the revision stays.

    What a resolver was told of the metadata of releases, for this one change, is no part of it.
    """
    import tomllib

    known, fresh = dict(_tables(old)), dict(_tables(new))
    kept = []
    for name in {**known, **fresh}:
        before, after = known.get(name, ""), fresh.get(name, "")
        if name == _OWN:
            kept.append(before)
        elif name and not _means_something(name, after) and name not in known:
            continue
        elif _without_revision(tomllib.loads(before)) == _without_revision(tomllib.loads(after)):
            kept.append(before)
        else:
            kept.append(after if name else _with_revision_of(after, before))
    return "\n".join(each.rstrip("\n") + "\n" for each in kept if each.strip())


def _means_something(name: str, text: str) -> bool:
    return bool(text.removeprefix(name).strip())


def _tables(head: str) -> Iterator[tuple[str, str]]:
    """Yield each table of a head with its name; the values before the first one have none. Lists are kept together."""
    joined: dict[str, str] = {}
    for piece in re.split(r"(?m)^(?=\[)", head):
        line = piece.partition("\n")[0].strip()
        name = line if line.startswith("[") else ""
        joined[name] = joined.get(name, "") + piece
    yield from joined.items()


def _without_revision(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != "revision"}


def _with_revision_of(text: str, old: str) -> str:
    written = re.search(r"(?m)^revision = .*\n", old)
    return re.sub(r"(?m)^revision = .*\n", written[0] if written else "", text)
