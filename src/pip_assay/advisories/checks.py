"""When an update last found that nothing had changed: a small file beside the database, which itself stays as it is.

What it says is bound to the digest of the records, so it can never vouch for others.
"""

from collections.abc import Iterable

from pip_assay import files, plain_json
from pip_assay.errors import Unreadable

_LIMIT = 100_000


def times(path: str, digest: str) -> dict[str, str]:
    """Return by ecosystem the RFC 3339 time at which these records were found to be whole; none for other records."""
    try:
        found = plain_json.loads(files.read_bytes(_file(path), _LIMIT).decode())
    except (Unreadable, ValueError, RecursionError):
        return {}
    checked = found.get("checked") if isinstance(found, dict) and found.get("digest") == digest else None
    if not isinstance(checked, dict):
        return {}
    return {name: time for name, time in checked.items() if isinstance(time, str)}


def note(path: str, digest: str, ecosystems: Iterable[str], time: str) -> None:
    """Write down that the records of the ecosystems were whole at a time.

    Raises:
        Unreadable: the folder may not be written, or the disk is full.
    """
    import json

    checked = {**times(path, digest), **dict.fromkeys(ecosystems, time)}
    files.write_atomically(_file(path), json.dumps({"digest": digest, "checked": checked}).encode())


def _file(path: str) -> str:
    return f"{path}.checked"
