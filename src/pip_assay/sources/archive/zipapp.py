"""A zip that Python imports from: a zipapp, shiv's, an AWS Lambda package. Distributions may be anywhere in it."""

from pip_assay.errors import Unreadable
from pip_assay.model import Inventory
from pip_assay.sources.archive import inside, wheel
from pip_assay.sources.archive.contents import HINT
from pip_assay.sources.documents import bounded_json
from pip_assay.sources.installed.distribution import Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.archive.contents import Contents, Zip
    from pip_assay.sources.bundled import Reader

KIND = "zipapp"
_SHIV = "environment.json"


def read(contents: "Zip", target: str, carried: "Reader | None" = None) -> Inventory:
    """Return every distribution in the zip, wherever it is."""
    found = installed(contents, inside.parts(contents.paths), carried)
    return inside.inventory(target, KIND, contents.shown, found, contents.problems, _maker(contents))


def _maker(contents: "Zip") -> str:
    """Return the release of shiv that made the zip; empty where another tool did."""
    if _SHIV not in contents.paths:
        return ""
    try:
        document = bounded_json.read(contents.start(_SHIV), _SHIV, HINT)
    except Unreadable:
        return ""
    version = document.get("shiv_version") if isinstance(document, dict) else ""
    return f"shiv {version}" if isinstance(version, str) and version else ""


def installed(contents: "Contents", parts: inside.Parts, carried: "Reader | None") -> list[Found]:
    """Return the distributions of all these parts; those that the RECORD of another one lists are carried by it."""
    found: list[Found] = []
    recorded: set[str] = set()
    for folder, entries in parts.folders.items():  # each after those above it, whose RECORDs may list what is in it
        for entry in entries:
            if f"{folder}/{entry}".lstrip("/") not in recorded:
                recorded |= inside.recorded(contents, folder, entry)
                found += _with_carried(contents, folder, entry, carried)
    for name in parts.wheels:
        if name not in recorded:
            found += wheel.nested(contents, name, carried)
    return found


def _with_carried(contents: "Contents", folder: str, entry: str, carried: "Reader | None") -> list[Found]:
    one = inside.read(contents, folder, entry)
    if not carried:
        return [one]
    where, shown = inside.joined(contents.root, folder), inside.joined(contents.shown, folder)
    return inside.joint(one, carried(where, shown, contents.tree, [(entry, one)]))
