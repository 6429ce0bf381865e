"""Where a distribution that was not installed from an index came from: direct_url.json (PEP 610)."""

import re

from pip_assay import plain_json
from pip_assay.model import Origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Not compiled here, for few environments need it. Up to the last "@" before the path; or, where a password has a "/"
# that nobody quoted (no port follows the ":"), up to the last "@" of all.
_USER = r"(?is)([a-z][a-z0-9+.-]*://)([^/]*|[^/:@\[]*:(?![0-9]*(?:[/?#]|\Z)).*)@"
_HARMLESS_USER = r"git|\$\{[\w-]+\}(:\$\{[\w-]+\})?"

UNKNOWN = Origin("url")


def origin(content: bytes) -> Origin | None:
    """Return the origin that a direct_url.json names, without credentials; None where it cannot be understood.

    A version control address is "git+https://host/path@COMMIT"; anything else is the address as recorded.
    """
    try:
        record = plain_json.loads(content.removeprefix(b"\xef\xbb\xbf").decode())
        return _origin(record, without_credentials(record["url"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _origin(record: "dict[str, Any]", address: str) -> Origin | None:
    """PEP 610: exactly one of vcs_info, archive_info and dir_info says what the address is."""
    if isinstance(info := record.get("vcs_info"), dict):
        commit = info.get("commit_id")
        return Origin("vcs", f"{info['vcs']}+{address}" + (f"@{commit}" if commit else ""))
    if isinstance(info := record.get("dir_info"), dict):
        return Origin("editable" if info.get("editable") is True else "path", address)
    return Origin("url", address) if isinstance(record.get("archive_info"), dict) else None


def without_credentials(address: str) -> str:
    """Return the address without user, password, query and fragment, any of which may be a secret.

    PEP 610 lets a user stay that is no secret: "git", or the names of environment variables as in "${USER}:${TOKEN}".
    """
    found = re.match(_USER, address)
    if found and not re.fullmatch(_HARMLESS_USER, found[2]):
        address = found[1] + address[found.end() :]
    return re.split(r"[?#]", address, maxsplit=1)[0]
