"""The data wheel: the database as a Python distribution, which any package index can serve into a closed network.

Layout and RECORD: packaging.python.org, "Binary distribution format". The same database makes the same bytes.
"""

import base64
import hashlib
import os

from pip_assay import __version__, files
from pip_assay.advisories import bundle, database, in_use, manifest
from pip_assay.advisories.manifest import Manifest
from pip_assay.errors import DatabaseError, Unreadable, UsageError

_INIT = b'"""The advisory database of pip-assay, as data: nothing here is to be imported."""\n'
_WHEEL = f"Wheel-Version: 1.0\nGenerator: pip-assay {__version__}\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build(path: str, folder: str, *, post: int = 0) -> str:
    """Write the data wheel of a database to the folder. Return its path.

    post  0 for the first wheel of the day of the newest record; n for the nth one after that.

    Raises:
        DatabaseError: the database is missing, damaged, or without a dated record.
        UsageError: there is another wheel of this name; an index never replaces one.
        Unreadable: it cannot be written.
    """
    with bundle.snapshot(path) as (copy, facts):
        version = _version(path, facts, post)
        content = bundle.packed(_members(copy, facts, version))
    wheel = os.path.join(folder, f"{in_use.PACKAGE}-{version}-py3-none-any.whl")
    if not os.path.lexists(wheel):
        _make(folder)
        files.write_atomically(wheel, content)
    elif files.read_bytes(wheel, manifest.DATABASE_LIMIT) != content:
        hint = f"number this one: --post {post + 1}"
        raise UsageError("is there already, with other data of the same day", wheel, hint)
    return wheel


def _make(folder: str) -> None:
    try:
        os.makedirs(folder or ".", exist_ok=True)
    except OSError as error:
        raise Unreadable(f"cannot be made ({files.reason(error)})", folder, "name another folder") from None


def _version(path: str, facts: Manifest, post: int) -> str:
    """Return "2026.11.20" for data of that day, "2026.11.20.post1" for others of the same day (PEP 440)."""
    newest = max((each.newest for each in facts.ecosystems), default="")
    if not newest:
        raise DatabaseError("holds no record with a date", path, "run: pip-assay db update")
    year, month, day = map(int, newest[:10].split("-"))
    return f"{year}.{month}.{day}" + (f".post{post}" if post else "")


def _members(copy: str, facts: Manifest, version: str) -> list[tuple[str, bytes | str]]:
    """Return the files of the wheel, by name; those about the distribution come last, as the format recommends."""
    about = f"{in_use.PACKAGE}-{version}.dist-info"
    small = {
        f"{in_use.PACKAGE}/__init__.py": _INIT,
        f"{in_use.PACKAGE}/{manifest.NAME}": manifest.written(facts),
        f"{about}/METADATA": _metadata(facts, version).encode(),
        f"{about}/WHEEL": _WHEEL.encode(),
    }
    data = f"{in_use.PACKAGE}/{database.FILE_NAME}"
    lines = [f"{data},{_hash(bytes.fromhex(facts.sha256))},{facts.size}"]
    lines += [f"{name},{_hash(hashlib.sha256(text).digest())},{len(text)}" for name, text in small.items()]
    record = f"{about}/RECORD"
    listed = "".join(f"{line}\n" for line in [*sorted(lines), f"{record},,"])
    return [(data, copy), *small.items(), (record, listed.encode())]


def _hash(digest: bytes) -> str:
    """Return a SHA-256 as RECORD writes it: urlsafe, without padding."""
    return f"sha256={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _metadata(facts: Manifest, version: str) -> str:
    held = "".join(
        f"* {each.name}: {each.records} records, the newest of {each.newest}, complete as of {each.fetched}\n"
        for each in facts.ecosystems
    )
    return f"""Metadata-Version: 2.1
Name: {in_use.PACKAGE.replace("_", "-")}
Version: {version}
Summary: The advisory database of pip-assay, which finds and uses it where it is installed beside it
Description-Content-Type: text/markdown

{held}
Digest: {facts.digest}; schema {facts.schema}. Every record names its own source, and has that source's licence.
"""
