"""The local database, made sure of: fetched when there is none, refreshed when old, a problem when neither works."""

from collections.abc import Collection

from pip_assay.advisories import database, in_use
from pip_assay.errors import DatabaseError, Unreadable
from pip_assay.model import PYPI, Data, Place, Problem
from pip_assay.settings import Outside, Settings, network
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.advisories.database import Database

_UNKNOWN_DAY = "the advisory data are of no known day"
_LISTS = {  # what a person calls them, and the days that may pass before there is a newer one: EPSS comes every day
    "kev": ("the list of known exploited vulnerabilities is", 21),
    "epss": ("the EPSS scores are", 2),
}
_HINT = "run: pip-assay db update, or: pip-assay db import FILE"


class Held(NamedTuple):
    """The open database, or None where there is none to use; and what is wrong with it."""

    database: "Database | None"
    problems: tuple[Problem, ...] = ()


def hold(settings: Settings, outside: Outside) -> Held:
    """Return the local database, fresh where the network allows it."""
    path = database.path(settings, outside.environ)
    absent = f"there is no advisory database at {path}"
    hint = _HINT
    try:
        chosen = in_use.choose(settings, outside.environ, lambda older: _renew(older, outside))
    except DatabaseError as error:
        if error.where == path or not isinstance(error, database.OlderSchema):
            return Held(None, (Problem("unreadable", error.what, Place(error.where), error.hint, error.where),))
        # A data wheel that is too old is as good as none.
        chosen, absent, hint = None, f"{error.where} {error.what}", error.hint
    if chosen:
        return _fresh(chosen.database, path, settings, outside)
    if settings.offline:
        return Held(None, (Problem("missing", absent, hint=hint),))
    failure = _fetch(path, settings, outside, "fetching the advisory database (once)")
    if failure:
        what = f"there is no advisory database, and it could not be fetched: {failure}"
        return Held(None, (Problem("missing", what, hint=hint),))
    return _fresh(database.open(path), path, settings, outside, fetched=True)


def _renew(path: str, outside: Outside) -> None:
    from pip_assay.advisories import draft

    draft.renew(path, outside.say, outside.progress)


def _fresh(held: "Database", path: str, settings: Settings, outside: Outside, *, fetched: bool = False) -> Held:
    """Return the database, refreshed if it was fetched too long ago; a problem if its data are too old even so."""
    most, failure = settings.max_database_age, ""
    if not (fetched or settings.offline) and _days(_state(held).fetched, settings, outside) > most:
        failure = _fetch(path, settings, outside, "refreshing the advisory database")
        if not failure:
            _refresh_lists(path, settings, outside)
            held.close()
            held = _chosen(path, settings, outside)
    # Fetched today from a mirror of last year, or a few records of today beside old ones: the older date counts.
    date = min(_state(held).fetched, _state(held).newest)
    days = _days(date, settings, outside)
    if days <= most:
        return Held(held)
    what = f"the advisory data are of {date[:10]}, {_ago(days, settings)}" if date else _UNKNOWN_DAY
    if failure:
        what += f", and could not be refreshed: {failure}"
    hint = "run: pip-assay db update, or accept their age with --max-db-age DAYS"
    return Held(held, (Problem("stale", what, hint=hint),))


def old_lists(used: Collection[str], data: Data, settings: Settings, outside: Outside) -> tuple[Problem, ...]:
    """Return a problem for each of the used lists of CVEs, "kev" and "epss", that is held and too old."""
    most = settings.max_database_age if settings.max_list_age is None else settings.max_list_age
    found = []
    for name, date, (title, silence) in zip(_LISTS, (data.kev, data.epss), _LISTS.values(), strict=True):
        days = _days(date, settings, outside) if date and name in used else 0.0
        if days > most + silence:
            what = f"{title} of {date[:10]}, {_ago(days, settings, 'CVEs that were listed')}"
            hint = "run: pip-assay db update --signals, or accept their age with --max-db-age DAYS"
            found.append(Problem("stale", what, hint=hint))
    return tuple(found)


def _refresh_lists(path: str, settings: Settings, outside: Outside) -> None:
    """Bring the lists of CVEs that the database holds up to date; where that fails, they stay as they are."""
    from pip_assay.advisories import signals

    try:
        done = signals.update(path, network(settings, outside), outside.environ, now=outside.now, held_alone=True)
    except Unreadable as error:
        outside.say(str(error))
    else:
        for problem in done.problems:
            outside.say(str(problem))


def _chosen(path: str, settings: Settings, outside: Outside) -> "Database":
    """Return the newest database after an update: a data wheel may still know more than the origin of that."""
    chosen = in_use.choose(settings, outside.environ)
    return chosen.database if chosen else database.open(path)


def _state(held: "Database") -> "database.Ecosystem":
    """Return what is held for PyPI, without dates where nothing is."""
    nothing = database.Ecosystem(PYPI, 0, "", "", "", 0)
    return next((each for each in held.ecosystems() if each.name == PYPI), nothing)


def _days(date: str, settings: Settings, outside: Outside) -> float:
    """Return by how many days data of a time fall short of now, or of the moment to audit as of.

    Without end where that cannot be told.
    """
    days = database.age(date, outside.now)
    if days is None:
        return float("inf")
    if not settings.as_of:
        return days
    from pip_assay.advisories import as_of

    return days - (outside.now - as_of.moment(settings.as_of, outside.now).seconds) / 86400


def _ago(days: float, settings: Settings, missing: str = "records published") -> str:
    if days == float("inf"):
        return "which is no day before today: is the clock right?"
    if not settings.as_of:
        return f"{days:.0f} days ago"
    return f"so {missing} by {settings.as_of} may be missing"


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
