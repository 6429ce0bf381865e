"""Files that a server sends in parts, and wheels that carry something, for the tests of newest releases."""

import re
from collections.abc import Callable

from tests.archives import Content, installed, zipped
from tests.bundling import bill
from tests.server import Asked, Reply

NO_PARTS = Reply(status=416)


def in_parts(content: bytes) -> Callable[[Asked], Reply]:
    """Return a script that sends parts of the content, as RFC 9110 (14) has it."""

    def answer(asked: Asked) -> Reply:
        extent = span(asked, len(content))
        if extent is None:
            return Reply(content)
        start, end = extent
        if not 0 <= start < end:
            return NO_PARTS
        return Reply(content[start:end], 206, {"Content-Range": f"bytes {start}-{end - 1}/{len(content)}"})

    return answer


def span(asked: Asked, size: int) -> tuple[int, int] | None:
    """Return the start and the end of the part that a request is for; None where it is for the whole."""
    found = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", asked.headers.get("range", ""))
    if not found:
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    return int(found[1]), min(size, int(found[2]) + 1)


def wheel(
    name: str, version: str, files: dict[str, Content] | None = None, *, sboms: dict[str, bytes] | None = None,
    filler: bytes = b"",
) -> bytes:  # fmt: skip
    """Return a wheel of these files, with a RECORD, bills of materials, and bytes that nobody reads before them."""
    spelled = name.replace("-", "_")
    folder = f"{spelled}-{version}.dist-info"
    held: dict[str, Content] = {f"{spelled}/filler.bin": filler, **(files or {}), **installed(name, version)}
    held |= {f"{folder}/sboms/{file}": content for file, content in (sboms or {}).items()}
    rows = "".join(f"{path},sha256=x,1\n" for path in held)
    return zipped(held | {f"{folder}/RECORD": f"{rows}{folder}/RECORD,,\n"}, compression=0)


def crates(*named: str) -> bytes:
    """Return a bill of materials of crates: "rsa 0.9.10"."""
    pairs = [each.split() for each in named]
    return bill(*({"type": "library", "name": a, "version": b, "purl": f"pkg:cargo/{a}@{b}"} for a, b in pairs))
