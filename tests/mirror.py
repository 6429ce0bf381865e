"""A bulk export of one ecosystem behind a test server: list of changes, archive, single records, ETags, ranges."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.osv_export import archive
from tests.server import Asked, Reply, Script, Server

Record = Mapping[str, object]


def changes(records: Sequence[Record]) -> str:
    """Return the list of changes that goes with the records."""
    lines = sorted((f"{each['modified']},{each['id']}" for each in records), reverse=True)
    return "".join(f"{line}\n" for line in lines)


def publish(
    server: Server,
    folder: Path,
    *records: Record,
    ecosystem: str = "PyPI",
    listed: str | None = None,
    archived: Sequence[Record] | None = None,
    singles: bool = True,
) -> str:
    """Let the server show the records; its address.

    listed    the list of changes, where it is not that of the records; empty for none.
    archived  the records in the archive, where they are others.
    """
    place = f"/{ecosystem}"
    script = {path: reply for path, reply in server.script.items() if not path.startswith(f"{place}/")}
    text = changes(records) if listed is None else listed
    if text:
        script[f"{place}/modified_id.csv"] = served(text.encode())
    content = Path(archive(folder / "published.zip", *(records if archived is None else archived))).read_bytes()
    script[f"{place}/all.zip"] = served(content)
    if singles:
        script.update({f"{place}/{each['id']}.json": Reply(json.dumps(each)) for each in records})
    server.script = script
    return server.url


def served(content: bytes, etag: str = "", cut: int | None = None) -> Script:
    """Return what answers as a good file server does: conditional requests and ranges (RFC 9110, 13 and 14).

    cut  how many bytes of each answer are sent before the connection is closed.
    """
    etag = etag or f'"{hashlib.sha256(content).hexdigest()[:8]}"'

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == etag:
            return Reply(status=304, headers={"ETag": etag})
        found = re.fullmatch(r"bytes=([0-9]+)-([0-9]+)", asked.headers.get("range", ""))
        if not found or asked.headers.get("if-range", etag) != etag:
            return Reply(content, headers={"ETag": etag}, cut=cut)
        start, end = int(found[1]), min(int(found[2]), len(content) - 1)
        headers = {"ETag": etag, "Content-Range": f"bytes {start}-{end}/{len(content)}"}
        return Reply(content[start : end + 1], 206, headers, cut=cut)

    return answer
