"""The members of a tar archive, one after the other: ustar, pax and GNU headers, bounded, nothing written anywhere.

The standard library's tarfile takes several times as long for an image's tens of thousands of members, keeps all of
them, and allocates whatever size a header states.
"""

import struct
from collections.abc import Iterator

from pip_assay.errors import Unreadable
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.image.streams import Stream

BLOCK = 512
_EXTENSION_LIMIT = 1024 * 1024
_LARGEST = 2**62
_ZEROS = bytes(BLOCK)
_FIELDS = struct.Struct("100s 56x 1s 100s 6s 82x 155s 12x")  # name, flag, target, magic, prefix
_KINDS = {
    b"0": "file", b"\0": "file", b"7": "file", b"1": "hard link", b"2": "link", b"5": "folder",
}  # fmt: skip
_WITHOUT_CONTENT = b"123456"
_AGAIN = "make or copy the image again"


class Member(NamedTuple):
    """One member: its name as written, "file", "folder", "link", "hard link" or "other", and what a link names."""

    name: str
    kind: str
    size: int = 0
    target: str = ""


def is_header(block: bytes) -> bool:
    """Return whether the first 512 bytes of something are those of a tar: a sound header, or zeros (an empty one)."""
    return len(block) >= BLOCK and (block[:BLOCK] == _ZEROS or _is_sound(block[:BLOCK]))


def members(stream: "Stream") -> Iterator[Member]:
    """Yield the members. Of the one that was yielded last, up to `size` bytes may be read from the stream.

    Raises:
        Unreadable: the archive is damaged or ends early.
    """
    stated: dict[str, str] = {}
    while (block := stream.read(BLOCK)) != _ZEROS:
        if len(block) < BLOCK or not _is_sound(block):
            damage = "ends before its end mark" if len(block) < BLOCK else "is damaged, or is no tar archive"
            raise Unreadable(damage, "", _AGAIN)
        flag, size = block[156:157], _number(block[124:136])
        if flag in b"xgLK":
            stated |= _extension(flag, stream, size)
            continue
        if flag in _WITHOUT_CONTENT:
            size = 0
        elif "size" in stated:
            size = _decimal(stated["size"])
        if flag == b"S":
            _pass_sparse_map(stream, block)
        end = stream.position + size
        yield _member(block, size, stated)
        stated = {}
        stream.skip(end - stream.position + -size % BLOCK)


def _is_sound(block: bytes) -> bool:
    try:
        return sum(block) - sum(block[148:156]) + 8 * ord(" ") == _number(block[148:156])
    except Unreadable:
        return False


def _number(field: bytes) -> int:
    """Return a number as octal digits, or as GNU writes large ones: a first byte of 0x80, then binary."""
    if field[0] == 0x80:
        number = int.from_bytes(field[1:], "big")
    else:
        digits = field.strip(b" \0") or b"0"
        number = int(digits, 8) if digits.isdigit() and not set(digits) & set(b"89") else _LARGEST
    if number >= _LARGEST:
        raise Unreadable("is damaged: a header holds no number where one must be", "", _AGAIN)
    return number


def _decimal(text: str) -> int:
    if len(text) < 20 and text.isascii() and text.isdigit():
        return int(text)
    raise Unreadable("is damaged: a header holds no number where one must be", "", _AGAIN)


def _extension(flag: bytes, stream: "Stream", size: int) -> dict[str, str]:
    """Return what an extended header states of the member that follows it."""
    if size > _EXTENSION_LIMIT:
        raise Unreadable("is damaged: the name of a file is larger than 1.0 MB", "", _AGAIN)
    content = stream.read(size)
    stream.skip(-size % BLOCK)
    if flag == b"g":  # of all members: no tool states names there
        return {}
    if flag == b"x":
        return dict(_records(content))
    return {"path" if flag == b"L" else "linkpath": _text(content)}


def _records(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the keys and values of a pax header: lines "LENGTH key=value", the length that of the whole line."""
    while content:
        length = content[:20].partition(b" ")[0]
        if not length.isdigit() or not len(length) < int(length) <= len(content):
            raise Unreadable("is damaged: an extended header cannot be understood", "", _AGAIN)
        key, _, value = content[len(length) + 1 : int(length) - 1].partition(b"=")
        content = content[int(length) :]
        yield _text(key), _text(value)


def _pass_sparse_map(stream: "Stream", block: bytes) -> None:
    """Pass over the map of a file with holes (GNU): as long as a block's last field says so, another one follows."""
    goes_on = block[482]
    while goes_on:
        block = stream.read(BLOCK)
        if len(block) < BLOCK:
            raise Unreadable("ends before its end mark", "", _AGAIN)
        goes_on = block[504]


def _member(block: bytes, size: int, stated: dict[str, str]) -> Member:
    name, flag, target, magic, prefix = _FIELDS.unpack(block)
    whole = stated.get("path") or _text(name)
    if "path" not in stated and magic == b"ustar\0" and prefix[0]:
        whole = f"{_text(prefix)}/{whole}"
    kind = _KINDS.get(flag, "other")
    if any(key.startswith("GNU.sparse.") for key in stated):
        kind, whole = "other", stated.get("GNU.sparse.name", whole)
    if kind == "file" and whole.endswith("/"):  # as tar wrote folders before it had a flag for them
        kind = "folder"
    return Member(whole, kind, size, stated.get("linkpath") or _text(target))


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")
