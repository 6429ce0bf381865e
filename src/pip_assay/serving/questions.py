"""What a request asks, read strictly: a question that cannot be understood is refused, never answered "nothing".

The rules and words are those of OSV's own server (osv.dev, gcp/api/server.py: do_query), with codes of gRPC.
"""

import json

from pip_assay.model import PYPI, UNCOVERED, Pin
from pip_assay.names import normalise
from pip_assay.sources import purl
from pip_assay.values import NamedTuple

BATCH = 1000
"""Queries in one request, the most that OSV takes."""

LONGEST = 500
"""Characters of a name, version or token: nothing published comes near, and what is remembered stays small."""

_BY_RELEASE = frozenset(("AlmaLinux", "Alpine", "Debian", "Rocky Linux", "Ubuntu"))
"""Ecosystems whose records are of one release each ("AlmaLinux:9"): without it they would match nothing."""

_PAGE = "after:"


class Refused(Exception):
    """A request that is not answered: the status of HTTP, the code of gRPC, and why."""

    def __init__(self, message: str, status: int = 400, code: int = 3) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


class Question(NamedTuple):
    """Which records speak of a release.

    pin    with an empty version it asks for every live record of the project; None asks of what no advisory covers.
    after  the last id of the page before; empty for the first page.
    """

    pin: Pin | None
    after: str = ""


def document(body: bytes) -> dict[str, object]:
    """Return the JSON object in a body.

    Raises:
        Refused: it is none.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("The request body is not JSON.") from None
    return _object(value, "The request body")


def batch(body: bytes) -> list[Question]:
    """Return the questions of a body for /v1/querybatch, in its order.

    Raises:
        Refused: there are more than BATCH, or one of them cannot be understood.
    """
    queries = document(body).get("queries")
    if queries is None:
        return []
    if not isinstance(queries, list):
        raise Refused("queries is not a list.")
    if len(queries) > BATCH:
        raise Refused("Too many queries.")
    return [question(_object(query, "A query")) for query in queries]


def question(asked: dict[str, object]) -> Question:
    """Return the question that one query asks.

    Raises:
        Refused: it is none that OSV would answer, or one about commits, of which the database holds nothing.
    """
    if asked.get("commit"):
        raise Refused("Invalid query: this server holds no commits, ask for a package.")
    package = _object(asked.get("package") or {}, "package")
    name, ecosystem, version = _text(package, "name"), _text(package, "ecosystem"), _text(asked, "version")
    after = _after(_text(asked, "page_token")) if "page_token" in asked else ""
    if "purl" in package and (url := _text(package, "purl")):
        if name or ecosystem:
            raise Refused(f"{'name' if name else 'ecosystem'} specified in a PURL query")
        return Question(_of_url(url, version), after)
    if not name or not ecosystem:
        raise Refused("Invalid query.")
    return Question(Pin(_known(ecosystem), normalise(name) if ecosystem == PYPI else name, version), after)


def token(last: str) -> str:
    """Return the token of the page after the one that ends with this id. It outlives a change of the data."""
    return f"{_PAGE}{last}"


def _of_url(url: str, version: str) -> Pin | None:
    read = purl.parse(url)
    if read is None:
        raise Refused("Invalid PURL.")
    if read.version and version:
        raise Refused("version specified in params and PURL query")
    reason = purl.skipped(read)
    if reason == UNCOVERED:
        return None
    if reason:
        raise Refused(f"Invalid PURL: {reason}.")
    return purl.pin(read._replace(version=read.version or version))


def _known(ecosystem: str) -> str:
    if ecosystem in _BY_RELEASE:
        raise Refused(f"Invalid ecosystem: {ecosystem} needs a release, as in {ecosystem}:9.")
    return ecosystem


def _after(page: str) -> str:
    if page and not page.startswith(_PAGE):
        raise Refused("Invalid page token.")
    return page.removeprefix(_PAGE)


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Refused(f"{what} is not a JSON object.")
    return value


def _text(holder: dict[str, object], key: str) -> str:
    value = holder.get(key)
    if isinstance(value, str) and len(value) <= LONGEST:
        return value.strip()
    if value is not None:
        raise Refused(f"{key} is not a text of at most {LONGEST} characters.")
    return ""
