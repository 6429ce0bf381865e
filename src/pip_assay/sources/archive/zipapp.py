"""A zip that Python imports from: a zipapp, shiv's, an AWS Lambda package. Distributions may be anywhere in it."""

from pip_assay.errors import Unreadable
from pip_assay.model import Inventory, Pin
from pip_assay.sources.archive import inside, wheel
from pip_assay.sources.archive.contents import HINT
from pip_assay.sources.documents import bounded_json
from pip_assay.sources.installed.distribution import Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.archive.contents import Contents, Zip

KIND = "zipapp"
_SHIV = "environment.json"


def read(contents: "Zip", target: str) -> Inventory:
    """Return every distribution in the zip, wherever it is."""
    found = installed(contents, inside.parts(contents.paths))
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


def installed(contents: "Contents", parts: inside.Parts) -> list[Found]:
    """Return the distributions of all these parts; those that the RECORD of another one lists are carried by it."""
    every = {
        f"{folder}/{entry}".lstrip("/"): inside.read(contents, folder, entry)
        for folder, entries in parts.folders.items()
        for entry in entries
    }
    carriers = _carriers(contents, parts, every)
    found = [
        _placed(one, carriers.get(path))
        for path, one in every.items()
        if not (path in carriers and inside.is_egg(path))
    ]
    for name in parts.wheels:
        found += (_placed(one, carriers.get(name)) for one in wheel.nested(contents, name))
    return found


def _placed(found: Found, carrier: Pin | None) -> Found:
    return inside.carried(found, carrier) if carrier else found


def _carriers(contents: "Contents", parts: inside.Parts, every: dict[str, Found]) -> dict[str, Pin]:
    """Return which release carries which of the metadata folders and wheels, as the RECORDs tell."""
    carriers: dict[str, Pin] = {}
    if len(parts.folders) > 1 or parts.wheels:
        for folder, entries in parts.folders.items():
            for entry in entries:
                path = f"{folder}/{entry}".lstrip("/")
                for listed in inside.recorded(contents, folder, entry):
                    carriers.setdefault(listed, every[path].dependency.pin)
    return carriers
