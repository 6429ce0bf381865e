"""A requirements file with some of its pins changed, and every other byte of it as it was.

A pin's block is its logical line, which is one physical line or several that a backslash joins, and the indented
comments that follow it, in which pip-compile and uv say who asks for it. Pure: text in, text out.
"""

import re
from collections.abc import Iterable, Sequence

from pip_assay.errors import Unreadable
from pip_assay.names import normalise
from pip_assay.values import NamedTuple

_MARK = "\ufeff"
_HASH = re.compile(r"--hash[= \t]\s*[a-z0-9]+:[0-9a-fA-F]+")
_NAME = re.compile(r"[ \t]*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?=[\s\[;=<>!~@\\]|\Z)")
_SAME = r"(===?[ \t]*(?:\\[\r\n]+[ \t]*)?)"
_VERSION_ENDS = r"(?![A-Za-z0-9.+!_*-])"


class Splice(NamedTuple):
    """What becomes of the pin that starts on a line (counted from 1); an empty `new` removes it.

    old     the version as it is written; `hashes` are all those of the new release, where the line has hashes.
    """

    line: int
    old: str
    new: str
    hashes: tuple[str, ...] = ()


class Added(NamedTuple):
    """A pin that comes in: what is written of it, and who asks for it."""

    name: str
    text: str
    hashes: tuple[str, ...] = ()
    via: tuple[str, ...] = ()


class _Block(NamedTuple):
    """The lines of a requirement: from `start` up to `end`, and up to `after` with the comments that follow it."""

    start: int
    end: int
    after: int


def decoded(content: bytes, path: str) -> str:
    """Return the text of a file that is written again as it was.

    Raises:
        Unreadable: it is in another encoding than UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8, so a change could not keep the rest of it", path, "save it as UTF-8") from None


def spliced(text: str, splices: Iterable[Splice], added: Sequence[Added], path: str) -> str:
    """Return the text with these pins changed; `path` is named where something is not as it was read.

    Raises:
        Unreadable: a line does not hold the pin that it should.
    """
    mark = _MARK if text.startswith(_MARK) else ""
    lines = text.removeprefix(_MARK).splitlines(keepends=True)
    blocks = _blocks(text.removeprefix(_MARK).splitlines())
    wanted = {each.line: each for each in splices}
    if unknown := wanted.keys() - {each.start + 1 for each in blocks}:
        raise Unreadable("holds no requirement on this line any more", f"{path}:{min(unknown)}", "try again")
    places = _places(lines, blocks, added)
    made = [mark]
    at = 0
    for block in blocks:
        made += [*lines[at : block.start], *places.pop(block.start, ())]
        written = "".join(lines[block.start : block.end])
        splice = wanted.get(block.start + 1)
        if splice is None or splice.new:
            written = _changed(written, splice, f"{path}:{splice.line}") if splice else written
            made += [written, *lines[block.end : block.after]]
        at = block.after
    made += lines[at:]
    return _with_last("".join(made), [each for listed in places.values() for each in listed], _end_of(lines))


def replaced(text: str, line: int, old: str, new: str, path: str) -> str:
    """Return the text with a requirement on a line written otherwise.

    Raises:
        Unreadable: it is not there.
    """
    lines = text.splitlines(keepends=True)
    if not 0 < line <= len(lines) or lines[line - 1].count(old) != 1:
        raise Unreadable(f"does not hold {old!r} once, so it was not widened", f"{path}:{line}", "widen it by hand")
    lines[line - 1] = lines[line - 1].replace(old, new)
    return "".join(lines)


def _blocks(lines: Sequence[str]) -> list[_Block]:
    """Return the blocks of the logical lines that are not blank or comments, as pip joins lines without their ends."""
    found: list[_Block] = []
    at = 0
    while at < len(lines):
        end = at + 1
        if lines[at].strip() and not _is_comment(lines[at]):
            while end < len(lines) and lines[end - 1].endswith("\\") and not _is_comment(lines[end - 1]):
                end += 1
            after = end
            while after < len(lines) and lines[after][:1].isspace() and _is_comment(lines[after]):
                after += 1
            found.append(_Block(at, end, after))
            end = after
        at = end
    return found


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _changed(block: str, splice: Splice, where: str) -> str:
    """Return the logical line with another version, and the hashes of that."""
    found = re.search(_SAME + re.escape(splice.old) + _VERSION_ENDS, block)
    if not found:
        raise Unreadable(f"does not hold the version {splice.old} any more", where, "try again")
    block = f"{block[: found.start()]}{found[1]}{splice.new}{block[found.end() :]}"
    hashes = list(_HASH.finditer(block))
    if not hashes and not splice.hashes:
        return block
    if not splice.hashes:
        raise Unreadable(f"has hashes, and none is known of version {splice.new}", where, "ask another index")
    if not hashes:
        raise Unreadable("has hashes that are not written as --hash=NAME:HEX", where, "write them so")
    between = block[hashes[0].end() : hashes[1].start()] if len(hashes) > 1 else _before(block, hashes[0].start())
    listed = between.join(f"--hash={each}" for each in sorted(splice.hashes))
    return block[: hashes[0].start()] + listed + block[hashes[-1].end() :]


def _before(block: str, start: int) -> str:
    """Return the white space, and the backslash, before the one hash of a line."""
    found = re.search(r"[ \t]*\\?[\r\n]*[ \t]*\Z", block[:start])
    return found[0] if found and found[0] else " "


def _places(lines: Sequence[str], blocks: Sequence[_Block], added: Iterable[Added]) -> dict[int, list[str]]:
    """Return the new pins as they are written, by the line that each comes before; -1 for the end of the file.

    They are put in the order of the names where the file has one.
    """
    end, text = _end_of(lines), "".join(lines)
    named = [(name, each.start) for each in blocks if (name := _name(lines[each.start]))]
    is_sorted = named == sorted(named)
    found: dict[int, list[str]] = {}
    for each in sorted(added):
        at = next((start for name, start in named if name > each.name), -1) if is_sorted else -1
        found.setdefault(at, []).append(_written(each, text, end))
    return found


def _name(line: str) -> str:
    found = _NAME.match(line)
    return normalise(found[1]) if found else ""


def _written(added: Added, text: str, end: str) -> str:
    """Return a new pin in the style of the file: with hashes if it has them, and told as pip-compile and uv do."""
    hashes = [f" \\{end}    --hash={each}" for each in sorted(added.hashes)] if "--hash" in text else []
    note = ""
    if added.via and re.search(r"(?m)^[ \t]+# via", text):
        several = [f"{end}    #   {each}" for each in added.via]
        note = f"{end}    # via{''.join(several)}" if len(several) > 1 else f"{end}    # via {added.via[0]}"
    elif added.via and "  # via " in text:
        note = f"  # via {', '.join(added.via)}"
    return f"{added.text}{''.join(hashes)}{note}{end}"


def _with_last(text: str, last: Sequence[str], end: str) -> str:
    """Return the text with pins at its end; where its last line had no end, the new last one has none."""
    if not last:
        return text
    if not text or text.endswith(("\n", "\r")):
        return text + "".join(last)
    return f"{text}{end}{''.join(last)}".removesuffix(end)


def _end_of(lines: Sequence[str]) -> str:
    """Return how the lines of the file end."""
    found = re.search(r"\r\n|\r|\n", lines[0]) if lines else None
    return found[0] if found else "\n"
