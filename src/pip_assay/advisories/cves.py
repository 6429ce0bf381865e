"""What is said of CVEs beside the records, as the database's tables `signal`, `exploited` and `prediction` hold it."""

import re
from collections.abc import Callable, Iterable

from pip_assay.model import Signals
from pip_assay.values import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection

UNITS = 100_000
"""Of `prediction`: what 1.0 is in them."""

_EXPLOITED = "SELECT cve, CAST(added AS TEXT), ransomware FROM exploited WHERE cve IN ({})"
_PREDICTED = "SELECT cve, probability, percentile FROM prediction WHERE cve IN ({})"
_LISTS = """SELECT *, (SELECT count(*) FROM exploited WHERE name = 'kev')
+ (SELECT count(*) FROM prediction WHERE name = 'epss') FROM signal ORDER BY name"""


class SignalList(NamedTuple):
    """A list of CVEs that is held: "kev" or "epss".

    origin   address or path that it came from, without credentials.
    date     RFC 3339 time that it says it is of; `fetched` when this state of it was fetched.
    etag     what the server, or the file, calls this state of it; `last_modified` the server's own date for it.
    sum      SHA-256 of its rows (see signal_lists.sum_of).
    cves     number of CVEs that it names.
    """

    name: str
    origin: str
    date: str
    fetched: str
    etag: str
    last_modified: str
    sum: bytes
    cves: int


def number(name: str) -> int | None:
    """Return a CVE's id as the tables write it; None where the name is none, or has more than seven digits."""
    found = re.fullmatch(r"CVE-([0-9]{4})-([0-9]{4,7})", name, re.IGNORECASE | re.ASCII)
    return int(found[1]) * 10_000_000 + int(found[2]) if found else None


def count_of(number: int) -> str:
    """Return a number of CVEs in words: "1 CVE"."""
    return f"{number} CVE{'s' * (number != 1)}"


def lists(connection: "Connection") -> dict[str, SignalList]:
    """Return by name the lists that a database holds."""
    return {row[0]: SignalList(*row) for row in connection.execute(_LISTS)}


def signals(
    names: Iterable[str], *, is_listed: bool, among: Callable[[str, Iterable[int]], Iterable[tuple[Any, ...]]]
) -> dict[str, Signals]:
    """Return by name what the lists say of each CVE among the names.

    is_listed  whether KEV is held, so that a CVE which it does not name is known to be none of it.
    among      returns the rows of a query whose "{}" takes these numbers.
    """
    numbers = {name: each for name in names if (each := number(name)) is not None}
    cves = set(numbers.values())
    exploited = {cve: (added, bool(used)) for cve, added, used in among(_EXPLOITED, cves)}
    predicted = {cve: (one / UNITS, two / UNITS) for cve, one, two in among(_PREDICTED, cves)}
    return {
        name: Signals(
            cve in exploited if is_listed else None,
            *exploited.get(cve, ("", False)),
            *predicted.get(cve, (None, None)),
        )
        for name, cve in numbers.items()
    }
