"""A package index's JSON pages: what it says of exactly this release. Rules: PyPI's documentation, "JSON API".

Each answer becomes advisories that list that one release. The releases that they name as fixed are kept in a range of
kind "FIXED", which matching passes over, as it does "GIT", and from which fixes are read.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

from pip_assay import net, versions
from pip_assay.advisories import osv
from pip_assay.advisories.answers import Looked, looked, public_part, why
from pip_assay.errors import NetworkError, NotFound
from pip_assay.model import PYPI, Data, Pin
from pip_assay.net import Network
from pip_assay.records import Advisory, Affected, Event, Range

LIMIT = 64 * 1024 * 1024
HINT = "ask another service with -s, or a local database"


class _Said(NamedTuple):
    """What an index said of one release, and what is wrong with that; empty when nothing is."""

    advisories: tuple[Advisory, ...]
    flaw: str


def look_up(network: Network, pins: Sequence[Pin]) -> Looked:
    """Return what the package indexes in use say of the releases; the first one that answers for a release counts.

    A release is asked for without its local version.

    Raises:
        UsageError: a configuration file of pip's is broken.
    """
    main, *extra = net.indexes(network)
    # A folder may be an extra index of pip's; it has no JSON pages.
    sites = [site(main), *(site(index) for index in extra if index.startswith(("https://", "http://")))]
    queries = {pin: public_part(pin) for pin in pins if pin.ecosystem == PYPI}
    asked = list(dict.fromkeys(queries.values()))
    answers = dict(
        zip(asked, net.gather(network, [partial(_ask, network, sites, query) for query in asked]), strict=True)
    )
    unanswered = {
        pin: f"a Python package index does not speak of {pin.ecosystem}" for pin in pins if pin not in queries
    }
    advisories: dict[str, Advisory] = {}
    for pin, query in queries.items():
        answer = answers[query]
        if isinstance(answer, NetworkError):
            unanswered[pin] = why(answer)
            continue
        if answer.flaw:
            unanswered[pin] = answer.flaw
        for advisory in answer.advisories:
            advisories[advisory.id] = _joined(advisories.get(advisory.id), advisory)
    where = ", ".join(net.without_credentials(each) for each in sites)
    return looked(advisories, pins, unanswered, Data("PyPI", where))


def site(index: str) -> str:
    """Return the address below which an index has its JSON pages: beside its "simple" pages (PEP 503)."""
    return index.strip().rstrip("/").removesuffix("/simple").rstrip("/")


def _joined(known: Advisory | None, advisory: Advisory) -> Advisory:
    """Return one advisory for the two releases that one record affects. It is live if it is for either."""
    if known is None:
        return advisory
    affected = dict.fromkeys((*known.affected, *advisory.affected))
    return known._replace(affected=tuple(affected), withdrawn=known.withdrawn and advisory.withdrawn)


def _ask(network: Network, sites: Sequence[str], pin: Pin) -> _Said:
    """Return what the first index that answers for the release says.

    Raises:
        NetworkError: none answers; the main index's error.
    """
    failures: list[NetworkError] = []
    for each in sites:
        try:
            return _said(_entries(network, each, pin), pin, net.host(each))
        except NetworkError as error:
            failures.append(error)
    raise failures[0]


def _entries(network: Network, base: str, pin: Pin) -> list[object]:
    """Return the vulnerabilities that an index publishes for exactly this release.

    Raises:
        NetworkError: it publishes none for it, not even an empty list.
    """
    project = f"{base}/pypi/{quote(pin.name, safe='')}"
    try:
        page = _page(net.get_json(network, f"{project}/{quote(pin.version, safe='')}/json", limit=LIMIT), base)
        described = _described(page) or pin.version
    except NotFound:
        # Many mirrors serve only the project's page. It describes one release, and speaks of no other.
        try:
            page = _page(net.get_json(network, f"{project}/json", limit=LIMIT), base)
        except NotFound:
            raise NotFound("has no JSON page about this project", net.host(base), HINT) from None
        described = _described(page)
    if not described:
        raise NetworkError("does not say which release it describes", net.host(base), HINT)
    if not _same(described, pin.version):
        raise NetworkError(f"does not answer for release {pin.version}, only for {described}", net.host(base), HINT)
    if "vulnerabilities" not in page:
        raise NetworkError("does not publish vulnerabilities", net.host(base), HINT)
    entries = page["vulnerabilities"]
    if not isinstance(entries, list):
        raise NetworkError("answered with vulnerabilities that cannot be read", net.host(base), HINT)
    return entries


def _page(document: object, base: str) -> Mapping[str, object]:
    if not isinstance(document, dict):
        raise NetworkError("answered with something other than a project's JSON page", net.host(base), HINT)
    return document


def _described(page: Mapping[str, object]) -> str:
    """Return the release that a page is about, empty where it does not say."""
    info = page.get("info")
    version = info.get("version") if isinstance(info, dict) else None
    return version if isinstance(version, str) else ""


def _same(one: str, other: str) -> bool:
    key = versions.key(PYPI, one)
    return one == other or (key is not None and key == versions.key(PYPI, other))


def _said(entries: Sequence[object], pin: Pin, host: str) -> _Said:
    advisories: list[Advisory] = []
    flaw = ""
    for entry in entries:
        try:
            advisories.append(_advisory(entry, pin))
        except osv.Malformed as malformed:
            flaw = f"{host} says something of it that {malformed}"
    return _Said(tuple(advisories), flaw)


def _advisory(entry: object, pin: Pin) -> Advisory:
    """Return the advisory of one entry: OSV's fields are read as such, the release and its fixes are put in.

    Raises:
        Malformed: it has no usable id.
    """
    if not isinstance(entry, dict):
        raise osv.Malformed("is not an advisory: not a JSON object")
    link = entry.get("link")
    record = {
        **{name: entry.get(name) for name in ("id", "aliases", "summary", "details", "withdrawn")},
        "references": [{"type": "ADVISORY", "url": link}],
    }
    fixed = entry.get("fixed_in")
    events = [Event("fixed", text) for text in fixed if isinstance(text, str)] if isinstance(fixed, list) else []
    ranges = (Range("FIXED", tuple(events)),) if events else ()
    return osv.advisory(record)._replace(affected=(Affected(PYPI, pin.name, (pin.version,), ranges),))
