"""Which database answers: that in the cache, or that of an installed data wheel, whichever knows the newer.

The wheel is found beside pip-assay without importing it, and a file of a few hundred bytes in it says how new it is.
"""

import os
import sys
from collections.abc import Mapping

from pip_assay import files
from pip_assay.advisories import database
from pip_assay.errors import DatabaseError, Unreadable
from pip_assay.settings import Settings
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.advisories.database import Database

PACKAGE = "pip_assay_db"
_BESIDE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SITES = ("site-packages", "dist-packages")


class InUse(NamedTuple):
    """The database that answers; and why this one, where there was another to choose."""

    database: "Database"
    because: str = ""


def choose(settings: Settings, environ: Mapping[str, str]) -> InUse | None:
    """Return the newest database at hand; None where there is none. A database that is named is the only one.

    Raises:
        DatabaseError: the one in the cache, or the only one there is, cannot be used.
    """
    path = database.path(settings, environ)
    wheel = "" if settings.database or environ.get("PIP_ASSAY_DB") else installed()
    if wheel:
        return _newer(path, wheel)
    return InUse(database.open(path)) if database.exists(path) else None


def installed() -> str:
    """Return the database file of the data wheel that is installed with pip-assay; empty where none is.

    Only folders for installed packages count, and never the first of sys.path, which may be the current folder.
    """
    for folder in (_BESIDE, *[each for each in sys.path[1:] if each.endswith(_SITES)]):
        file = f"{folder}{os.sep}{PACKAGE}{os.sep}{database.FILE_NAME}"
        if os.path.isfile(file):
            return file
    return ""


def _newer(path: str, wheel: str) -> InUse:
    from pip_assay.advisories import manifest

    cached = None
    try:
        cached = database.open(path) if database.exists(path) else None
        why_not = f"there is none at {path}"
    except database.OlderSchema as error:
        why_not = str(error)
    if cached:
        held, offered = manifest.standing(cached.ecosystems()), _standing(wheel)
        if held >= offered:
            return InUse(cached, f"that of the data wheel is not newer ({wheel}: {offered[0] or 'of no known day'})")
        why_not = f"it is newer than that in the cache ({path}: {held[0] or 'of no known day'})"
    try:
        newer = database.open(wheel)
    except DatabaseError as error:
        if not cached:
            raise
        return InUse(cached, f"that of the data wheel cannot be used ({error})")
    if cached:
        cached.close()
    return InUse(newer, f"of the data wheel; {why_not}")


def _standing(wheel: str) -> tuple[str, str]:
    """Return how new the data wheel says that it is; nothing where it does not say."""
    from pip_assay.advisories import manifest

    file = os.path.join(os.path.dirname(wheel), manifest.NAME)
    try:
        return manifest.standing(manifest.read(files.read_start(file), file).ecosystems)
    except Unreadable:
        return ("", "")
