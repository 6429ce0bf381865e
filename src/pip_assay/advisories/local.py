"""The local database, made sure of: fetched when there is none, refreshed when old, a problem when neither works."""

from pip_assay.advisories import database, in_use
from pip_assay.errors import DatabaseError, Unreadable
from pip_assay.model import PYPI, Place, Problem
from pip_assay.settings import Outside, Settings, network
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.advisories.database import Database

_HINT = "run: pip-assay db update, or: pip-assay db import FILE"


class Held(NamedTuple):
    """The open database, or None where there is none to use; and what is wrong with it."""

    database: "Database | None"
    problems: tuple[Problem, ...] = ()


def hold(settings: Settings, outside: Outside) -> Held:
    """Return the local database, fresh where the network allows it."""
    path = database.path(settings, outside.environ)
    absent = f"there is no advisory database at {path}"
    try:
        chosen = in_use.choose(settings, outside.environ)
    except database.OlderSchema as error:
        chosen, absent = None, f"{error.where} {error.what}"
    except DatabaseError as error:
        return Held(None, (Problem("unreadable", error.what, Place(error.where), error.hint, error.where),))
    if chosen:
        return _fresh(chosen.database, path, settings, outside)
    if settings.offline:
        return Held(None, (Problem("missing", absent, hint=_HINT),))
    failure = _fetch(path, settings, outside, "fetching the advisory database (once)")
    if failure:
        what = f"there is no advisory database, and it could not be fetched: {failure}"
        return Held(None, (Problem("missing", what, hint=_HINT),))
    return _fresh(database.open(path), path, settings, outside, fetched=True)


def _fresh(held: "Database", path: str, settings: Settings, outside: Outside, *, fetched: bool = False) -> Held:
    """Return the database, refreshed if it was fetched too long ago; a problem if its data are too old even so."""
    most, failure = settings.max_database_age, ""
    if not (fetched or settings.offline) and _days(_state(held).fetched, outside) > most:
        failure = _fetch(path, settings, outside, "refreshing the advisory database")
        if not failure:
            held.close()
            held = _chosen(path, settings, outside)
    # Fetched today from a mirror of last year, or a few records of today beside old ones: the older date counts.
    date = min(_state(held).fetched, _state(held).newest)
    days = _days(date, outside)
    if days <= most:
        return Held(held)
    what = f"the advisory data are of {date[:10]}, {_ago(days)}" if date else "the advisory data are of no known day"
    if failure:
        what += f", and could not be refreshed: {failure}"
    hint = "run: pip-assay db update, or accept their age with --max-db-age DAYS"
    return Held(held, (Problem("stale", what, hint=hint),))


def _chosen(path: str, settings: Settings, outside: Outside) -> "Database":
    """Return the newest database after an update: a data wheel may still know more than the origin of that."""
    chosen = in_use.choose(settings, outside.environ)
    return chosen.database if chosen else database.open(path)


def _state(held: "Database") -> "database.Ecosystem":
    """Return what is held for PyPI, without dates where nothing is."""
    nothing = database.Ecosystem(PYPI, 0, "", "", "", 0)
    return next((each for each in held.ecosystems() if each.name == PYPI), nothing)


def _days(date: str, outside: Outside) -> float:
    """Return how old data of a time are; without end where that cannot be told."""
    days = database.age(date, outside.now)
    return float("inf") if days is None else days


def _ago(days: float) -> str:
    return f"{days:.0f} days ago" if days < float("inf") else "which is no day before today: is the clock right?"


def _fetch(path: str, settings: Settings, outside: Outside, why: str) -> str:
    """Fetch the bulk export into the database. Return why that failed; empty when it worked."""
    from pip_assay.advisories import sync

    outside.say(why)
    allowed = network(settings, outside)
    try:
        updated = sync.update(path, allowed, outside.environ, now=outside.now, progress=outside.progress)
    except Unreadable as error:
        return str(error)
    return str(updated.failed.get(PYPI, ""))
