"""Which database answers: that in the cache, or that of an installed data wheel, whichever knows the newer.

The wheel is found beside pip-assay without importing it, and a file of a few hundred bytes in it says how new it is.
"""

import os
import sys
from collections.abc import Callable, Mapping

from pip_assay import files
from pip_assay.advisories import database
from pip_assay.errors import DatabaseError, Unreadable
from pip_assay.settings import Settings
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.advisories.database import Database
    from pip_assay.advisories.manifest import Manifest

PACKAGE = "pip_assay_db"
_BESIDE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SITES = ("site-packages", "dist-packages")
_UPGRADE = "upgrade pip-assay-db"


class InUse(NamedTuple):
    """The database that answers; and why this one, where there was another to choose."""

    database: "Database"
    because: str = ""


def choose(settings: Settings, environ: Mapping[str, str], renew: Callable[[str], None] | None = None) -> InUse | None:
    """Return the newest database at hand; None where there is none. A database that is named is the only one.

    renew  brings a database of an older schema to this one's, or raises OlderSchema. Without it, such a one is not
           used.

    Raises:
        DatabaseError: the one in the cache, or the only one there is, cannot be used.
    """
    path = database.path(settings, environ)
    wheel = "" if settings.database or environ.get("PIP_ASSAY_DB") else installed()
    if wheel:
        return _newer(path, wheel, renew)
    return InUse(_opened(path, renew)) if database.exists(path) else None


def installed() -> str:
    """Return the database file of the data wheel that is installed with pip-assay; empty where none is.

    Only folders for installed packages count, and never the first of sys.path, which may be the current folder.
    """
    for folder in (_BESIDE, *[each for each in sys.path[1:] if each.endswith(_SITES)]):
        file = f"{folder}{os.sep}{PACKAGE}{os.sep}{database.FILE_NAME}"
        if os.path.isfile(file):
            return file
    return ""


def _opened(path: str, renew: Callable[[str], None] | None) -> "Database":
    try:
        return database.open(path)
    except database.OlderSchema:
        if not renew:
            raise
    renew(path)
    return database.open(path)


def _newer(path: str, wheel: str, renew: Callable[[str], None] | None) -> InUse:
    from pip_assay.advisories import manifest

    cached = None
    try:
        cached = _opened(path, renew) if database.exists(path) else None
        why_not = f"there is none at {path}"
    except database.OlderSchema as error:
        why_not = str(error)
    if cached:
        said = _said(wheel)
        if isinstance(said, database.OlderSchema):
            return InUse(cached, f"that of the data wheel is of an older pip-assay ({wheel}); {_UPGRADE}")
        held, offered = manifest.standing(cached.ecosystems()), manifest.standing(said.ecosystems if said else ())
        if not said or held >= offered:
            return InUse(cached, f"that of the data wheel is not newer ({wheel}: {offered[0] or 'of no known day'})")
        why_not = f"it is newer than that in the cache ({path}: {held[0] or 'of no known day'})"
        if lost := sorted(cached.lists().keys() - said.lists.keys()):
            why_not += f", which alone has {' and '.join(map(str.upper, lost))}"
    try:
        newer = database.open(wheel)
    except DatabaseError as error:
        if not cached:
            hint = _UPGRADE if isinstance(error, database.OlderSchema) else error.hint
            raise type(error)(error.what, error.where, hint) from None
        return InUse(cached, f"that of the data wheel cannot be used ({error})")
    if cached:
        cached.close()
    return InUse(newer, f"of the data wheel; {why_not}")


def _said(wheel: str) -> "Manifest | database.OlderSchema | None":
    """Return what the data wheel says that it is: None where it does not say, an error if it is of an older schema."""
    from pip_assay.advisories import manifest

    file = os.path.join(os.path.dirname(wheel), manifest.NAME)
    try:
        return manifest.read(files.read_start(file), file)
    except database.OlderSchema as error:
        return error
    except Unreadable:
        return None
