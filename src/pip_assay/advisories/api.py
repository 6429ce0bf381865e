"""The OSV API: which records speak of these releases, then each record once. Rules: the API's documentation, v1.

The service only narrows; match.py decides. What it does not name is believed, so a short or unreadable answer about a
release leaves that release unanswered.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from pip_assay import net
from pip_assay.advisories import osv
from pip_assay.advisories.answers import Looked, looked, public_part, why
from pip_assay.errors import NetworkError
from pip_assay.model import PYPI, Data, Pin
from pip_assay.net import Network
from pip_assay.records import Advisory

ADDRESS = "https://api.osv.dev/v1/query"
BATCH = 1000
"""Queries in one request, the most that the service takes."""

PAGES = 50
"""A release that has more pages of records than this is not answered for."""

RECORD_LIMIT = 16 * 1024 * 1024


class _Page(NamedTuple):
    """One page of ids, and the token of the next one, empty after the last."""

    ids: tuple[str, ...]
    following: str


class _Named(NamedTuple):
    """What the service names for each release.

    ids      of the records that speak of it.
    failed   why some releases have no full answer.
    refused  releases of an ecosystem other than Python's, asked in a batch that was refused as a wrong question.
    """

    ids: dict[Pin, set[str]]
    failed: dict[Pin, str]
    refused: set[Pin]


def look_up(network: Network, url: str, pins: Sequence[Pin]) -> Looked:
    """Return what an OSV service says of the releases. `url` is that of its `/v1/query`, or its root.

    An ecosystem other than Python's is uncovered where the service calls all questions about it wrong ones: that is
    how a server says that it holds nothing of it.

    A release is sent without its local version. A record that the service does not name for a release is not seen,
    even where our own matching would have applied it.
    """
    service = _service(url)
    queries = {pin: public_part(pin) for pin in pins}
    named = _names(network, service, list(dict.fromkeys(queries.values())))
    records, unread = _records(network, service, sorted(set().union(*named.ids.values())))
    uncovered = frozenset(each.ecosystem for each in named.refused)
    uncovered -= {query.ecosystem for query in queries.values() if query not in named.refused}
    unanswered: dict[Pin, str] = {}
    for pin, query in queries.items():
        reasons = [
            named.failed.get(query, ""),
            *(_silence(name, query, records, unread) for name in sorted(named.ids[query])),
        ]
        if any(reasons):
            unanswered[pin] = next(filter(None, reasons))
    answers = looked(records, pins, unanswered, Data("OSV", net.without_credentials(service)))
    return answers._replace(uncovered=uncovered)


def _service(url: str) -> str:
    """Return the address that ends in /v1, whichever of the API's addresses was given."""
    return re.sub(r"(/v1(/query(batch)?)?)?/*$", "/v1", url.strip() or ADDRESS, count=1)


def _silence(name: str, query: Pin, records: dict[str, Advisory], unread: dict[str, str]) -> str:
    """Return why a record that was named for a release does not speak of it; empty where it does, or is withdrawn."""
    record = records.get(name)
    if record is None:
        return unread[name]
    project = (query.ecosystem, query.name)
    if record.withdrawn or any((entry.ecosystem, entry.name) == project for entry in record.affected):
        return ""
    return f"{name} was named for it, and does not say which of its releases are affected"


def _names(network: Network, service: str, queries: Sequence[Pin]) -> _Named:
    """Return the ids for each query, every page followed."""
    named = _Named({query: set() for query in queries}, {}, set())
    waiting = dict.fromkeys(queries, "")
    pages = 0
    while waiting and pages < PAGES:
        waiting = _round(network, service, waiting, named)
        pages += 1
    named.failed.update(dict.fromkeys(waiting, f"{net.host(service)} has no end of pages about it"))
    return named


def _round(network: Network, service: str, waiting: dict[Pin, str], named: _Named) -> dict[Pin, str]:
    """Ask for one page of each waiting query, note what comes, and return those that have another page."""
    batches = list(_batches(waiting))
    following: dict[Pin, str] = {}
    answers = net.gather(network, [partial(_ask, network, service, batch) for batch in batches])
    for batch, answer in zip(batches, answers, strict=True):
        if isinstance(answer, NetworkError):
            named.failed.update({query: why(answer) for query, _ in batch})
            if answer.what == "answered 400" and batch[0][0].ecosystem != PYPI:
                named.refused.update(query for query, _ in batch)
            continue
        for (query, _), page in zip(batch, answer, strict=True):
            if page is None:
                named.failed[query] = f"{net.host(service)} answered for it with something that cannot be read"
                continue
            named.ids[query].update(page.ids)
            if page.following:
                following[query] = page.following
    return following


def _batches(waiting: dict[Pin, str]) -> Iterator[list[tuple[Pin, str]]]:
    """Yield the queries in batches of one ecosystem each: one that a service does not have spoils no other's."""
    asked = sorted(waiting.items(), key=lambda each: each[0].ecosystem)
    for _, same in groupby(asked, key=lambda each: each[0].ecosystem):
        listed = list(same)
        yield from (listed[start : start + BATCH] for start in range(0, len(listed), BATCH))


def _ask(network: Network, service: str, batch: Sequence[tuple[Pin, str]]) -> list[_Page | None]:
    """Return one page for each query, None where it cannot be read.

    Raises:
        NetworkError: no answer, or not as many results as queries.
    """
    document = net.post_json(network, f"{service}/querybatch", {"queries": [_query(*asked) for asked in batch]})
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, list):
        raise NetworkError("did not answer with a list of results", net.host(service), "check --osv-url")
    if len(results) != len(batch):
        raise NetworkError(f"answered {len(results)} of {len(batch)} questions", net.host(service), "try again later")
    return [_page(result) for result in results]


def _query(pin: Pin, token: str) -> dict[str, object]:
    query: dict[str, object] = {"package": {"ecosystem": pin.ecosystem, "name": pin.name}, "version": pin.version}
    return {**query, "page_token": token} if token else query


def _page(result: object) -> _Page | None:
    if not isinstance(result, dict):
        return None
    named, following = result.get("vulns"), result.get("next_page_token")
    named = [] if named is None else named
    following = "" if following is None else following
    if not isinstance(named, list) or not isinstance(following, str):
        return None
    ids = [item.get("id") if isinstance(item, dict) else None for item in named]
    if not all(isinstance(name, str) and name for name in ids):
        return None
    return _Page(tuple(map(str, ids)), following)


def _records(network: Network, service: str, names: Sequence[str]) -> tuple[dict[str, Advisory], dict[str, str]]:
    """Return the records by id, and why some could not be had."""
    answers = net.gather(network, [partial(_record, network, service, name) for name in names])
    records: dict[str, Advisory] = {}
    unread: dict[str, str] = {}
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, NetworkError):
            unread[name] = f"{name}, which speaks of it, was not read: {why(answer)}"
        else:
            records[name] = answer
    return records, unread


def _record(network: Network, service: str, name: str) -> Advisory:
    from urllib.parse import quote

    document = net.get_json(network, f"{service}/vulns/{quote(name, safe='')}", limit=RECORD_LIMIT)
    try:
        advisory = osv.advisory(document)
    except osv.Malformed as malformed:
        raise NetworkError(f"answered with what {malformed}", net.host(service), "tell those who run it") from None
    if advisory.id != name:
        raise NetworkError(f"answered with another record, {advisory.id}", net.host(service), "tell those who run it")
    return advisory
