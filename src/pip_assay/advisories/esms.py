"""Ecosyste.ms: every advisory that names a project, page by page. Rules: the service's OpenAPI document, v1.

The service answers for a project, not for a release: what its ranges say is turned into OSV's events, and match.py
decides. A range that cannot be read makes nothing safe, so it becomes an event that nobody can read.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

from pip_assay import findings, net, severity, versions
from pip_assay.advisories import osv
from pip_assay.advisories.answers import Looked, looked, why
from pip_assay.errors import NetworkError, NotFound
from pip_assay.model import PYPI, Data, Pin
from pip_assay.names import normalise
from pip_assay.net import Network
from pip_assay.records import Advisory, Affected, Event, Range

ADDRESS = "https://advisories.ecosyste.ms/api/v1/advisories"
PAGE = 100
"""Advisories in one page, as many as the service sends when nobody says: a mirror that ignores it sends as many."""

PAGES = 50
"""A project that has more pages of advisories than this is not answered for."""

_BOUND = re.compile(r"(>=|<=|>|<|=)\s*(\S+)")
_FINAL = re.compile(r"v?(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?")
_UNREADABLE = Range("ECOSYSTEM", (Event("unreadable", ""),))


class _Said(NamedTuple):
    """What the service said of one project, and what is wrong with that; empty when nothing is."""

    advisories: tuple[Advisory, ...]
    flaw: str


class _Named(NamedTuple):
    """The releases that one entry names one by one, and its range; None where it names releases."""

    versions: tuple[str, ...]
    range: Range | None


def look_up(network: Network, url: str, pins: Sequence[Pin]) -> Looked:
    """Return what Ecosyste.ms says of the releases. `url` is that of its `advisories`, or its root; empty for its own.

    Names alone are sent, no version. The service compares names as they are spelled, but for letter case, so one that
    holds a "-" is asked for with "." and "_" as well (PEP 503); a name that mixes them is not found there.
    """
    service = _service(url)
    names = sorted({pin.name for pin in pins if pin.ecosystem == PYPI})
    answers = net.gather(network, [partial(_ask, network, service, name) for name in names])
    flaws: dict[str, str] = {}
    advisories: dict[str, Advisory] = {}
    for name, answer in zip(names, answers, strict=True):
        flaws[name] = why(answer) if isinstance(answer, NetworkError) else answer.flaw
        for advisory in () if isinstance(answer, NetworkError) else answer.advisories:
            advisories[advisory.id] = _joined(advisories.get(advisory.id), advisory)
    unanswered = {pin: f"Ecosyste.ms is not asked about {pin.ecosystem}" for pin in pins if pin.ecosystem != PYPI}
    unanswered |= {pin: flaws[pin.name] for pin in pins if pin.ecosystem == PYPI and flaws[pin.name]}
    return looked(advisories, pins, unanswered, Data("Ecosyste.ms", net.without_credentials(service)))


def _service(url: str) -> str:
    """Return the address that ends in /advisories, whichever of the API's addresses was given."""
    return re.sub(r"(/api/v1(/advisories)?)?/*$", "/api/v1/advisories", url.strip() or ADDRESS, count=1)


def _joined(known: Advisory | None, advisory: Advisory) -> Advisory:
    """Return one advisory for what the service tells in two, of one id from two sources. What is live counts alone."""
    if known is None or known == advisory or (known.withdrawn and not advisory.withdrawn):
        return advisory
    if advisory.withdrawn and not known.withdrawn:
        return known
    return known._replace(
        aliases=tuple(dict.fromkeys((*known.aliases, *advisory.aliases))),
        ratings=tuple(dict.fromkeys((*known.ratings, *advisory.ratings))),
        references=tuple(dict.fromkeys((*known.references, *advisory.references))),
        affected=tuple(dict.fromkeys((*known.affected, *advisory.affected))),
    )


def _ask(network: Network, service: str, name: str) -> _Said:
    """Return what the service says of a project.

    Raises:
        NetworkError: a page was not had, or is none.
    """
    advisories: list[Advisory] = []
    flaw = ""
    for spelling in dict.fromkeys((name, name.replace("-", "."), name.replace("-", "_"))):
        for document in _documents(network, service, spelling):
            try:
                advisories.append(_advisory(document))
            except osv.Malformed as malformed:
                flaw = f"{net.host(service)} says something of it that {malformed}"
    return _Said(tuple(advisories), flaw)


def _documents(network: Network, service: str, name: str) -> list[object]:
    """Return the advisories of every page about the name."""
    found: list[object] = []
    for number in range(1, PAGES + 1):
        query = urlencode({"ecosystem": "pypi", "package_name": name, "page": number, "per_page": PAGE})
        try:
            answer = net.get(network, f"{service}?{query}", headers={"Accept": "application/json"})
        except NotFound:
            if number == 1:
                raise
            return found
        page = _page(answer.body, service)
        found += page
        if not _goes_on(answer.headers.get("link"), len(page)):
            return found
    raise NetworkError("has no end of pages about it", net.host(service), "ask another service with -s")


def _page(body: bytes, service: str) -> list[object]:
    try:
        page = osv.load(body)
    except osv.Malformed as malformed:
        raise NetworkError(f"answered with what {malformed}", net.host(service), "try again later") from None
    if not isinstance(page, list):
        raise NetworkError("did not answer with a list of advisories", net.host(service), "check PIP_ASSAY_ESMS_URL")
    return page


def _goes_on(links: str | None, length: int) -> bool:
    """Return whether another page follows: as the Link header says (RFC 8288), else where this one is full."""
    return length > 0 and (length >= PAGE if links is None else 'rel="next"' in links)


def _advisory(document: object) -> Advisory:
    """Return the advisory that the service publishes: OSV's fields are read as such, what is affected is put in.

    Raises:
        Malformed: it has no usable id, or does not say which projects it is about.
    """
    if not isinstance(document, dict):
        raise osv.Malformed("is not an advisory: not a JSON object")
    identifiers = _texts(document.get("identifiers"))
    vector = document.get("cvss_vector")
    record = {
        "id": _identifier(document.get("uuid"), identifiers),
        "aliases": identifiers,
        "summary": document.get("title"),
        "details": document.get("description"),
        "severity": [{"type": _kind(vector), "score": vector}] if isinstance(vector, str) else [],
        "database_specific": {"severity": _word(document)},
        "references": [{"url": address} for address in _texts(document.get("references"))],
        "published": document.get("published_at"),
        "modified": document.get("updated_at"),
        "withdrawn": document.get("withdrawn_at"),
    }
    return osv.advisory(record)._replace(affected=_affected(document.get("packages")))


def _identifier(uuid: object, identifiers: Sequence[str]) -> object:
    """Return the id that a record has elsewhere: its own if that is one, else the preferred of those it is known by."""
    malware = [name for name in identifiers if name.startswith(findings.MALWARE)]
    if malware or not identifiers:
        return min(malware, default=uuid)
    return uuid if uuid in identifiers else min(identifiers, key=findings.preference)


def _kind(vector: str) -> str:
    return {"CVSS:4": "CVSS_V4", "CVSS:3": "CVSS_V3"}.get(vector[:6], "CVSS_V2")


def _word(document: Mapping[str, object]) -> object:
    """Return the service's word for the severity, else that of the score it gives."""
    score = document.get("cvss_score")
    if not document.get("severity") and isinstance(score, int | float) and score > 0:
        return severity.band(score)
    return document.get("severity")


def _affected(packages: object) -> tuple[Affected, ...]:
    """Return what the packages of PyPI among them say, in two parts: releases named one by one, and ranges.

    In one part, the releases would decide where a range cannot be read; here they are not all that is affected.
    """
    if not isinstance(packages, list):
        raise osv.Malformed('does not say what it affects: "packages" is not a list')
    found: list[Affected] = []
    for package in packages:
        ecosystem = package.get("ecosystem") if isinstance(package, dict) else None
        name = package.get("package_name") if isinstance(package, dict) else None
        if not isinstance(ecosystem, str) or not isinstance(name, str):
            raise osv.Malformed("does not say what it affects: a package has no ecosystem or name")
        if ecosystem.lower() == "pypi":
            found += _entries(normalise(name), package.get("versions"))
    return tuple(found)


def _entries(name: str, listed: object) -> list[Affected]:
    entries = listed if isinstance(listed, list) else []
    named = [_named(entry) for entry in entries] or [_Named((), _UNREADABLE)]
    releases = tuple(dict.fromkeys(version for each in named for version in each.versions))
    ranges = tuple(dict.fromkeys(each.range for each in named if each.range))
    found = [Affected(PYPI, name, versions=releases)] if releases else []
    found += [Affected(PYPI, name, ranges=ranges)] if ranges else []
    fixes = _fixes(entries)
    # Matching passes over a range of kind "FIXED"; fixes are read from it, as from a package index's answers.
    return [found[0]._replace(ranges=(*found[0].ranges, Range("FIXED", fixes))), *found[1:]] if fixes else found


def _named(entry: object) -> _Named:
    """Return what one vulnerable_version_range says: "= 1.0", "< 1.2", ">= 1.0, < 1.2", "> 1.0, <= 1.2"."""
    text = entry.get("vulnerable_version_range") if isinstance(entry, dict) else None
    bounds = [_BOUND.fullmatch(part.strip()) for part in text.split(",")] if isinstance(text, str) else [None]
    if len(bounds) == 1 and bounds[0] and bounds[0][1] == "=":
        return _Named((bounds[0][2],), None)
    found = {bound[1][0]: (bound[1], bound[2]) for bound in bounds if bound}
    if len(found) < len(bounds) or "=" in found:
        return _Named((), _UNREADABLE)
    events = (*_low(*found.get(">", (">=", "0"))), *_high(*found.get("<", ("", ""))))
    return _Named((), _UNREADABLE if _is_upside_down(events) else Range("ECOSYSTEM", events))


def _low(sign: str, version: str) -> tuple[Event]:
    """Return the introduction. Directly above a final release or a pre-release is its first post-release's dev0."""
    above = sign == ">" and _FINAL.fullmatch(version)
    return (Event("introduced", f"{version}.post0.dev0" if above else version),)


def _high(sign: str, version: str) -> tuple[Event, ...]:
    """Return the end. That releases from there on are not affected does not say that they are there, and fixed."""
    return (Event("limit" if sign == "<" else "last_affected", version),) if sign else ()


def _is_upside_down(events: Sequence[Event]) -> bool:
    """Return whether the range ends before it begins, so that one of its bounds must be wrong."""
    low, *high = [versions.key(PYPI, event.version) for event in events]
    if not high or low is None or high[0] is None or events[0].version == "0":
        return False
    return low > high[0] or (low == high[0] and events[1].bound == "limit")


def _fixes(entries: Sequence[object]) -> tuple[Event, ...]:
    named = (entry.get("first_patched_version") for entry in entries if isinstance(entry, dict))
    return tuple(dict.fromkeys(Event("fixed", text) for text in named if isinstance(text, str) and text))


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
