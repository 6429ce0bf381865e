"""One published record as the rows of the database: pure, and the only cost of an import that counts."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from pip_assay import match
from pip_assay.advisories import osv
from pip_assay.advisories.database import CERTAINTIES
from pip_assay.errors import Unreadable
from pip_assay.records import Advisory, Affected, Claim

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)
_NO_SCORES = "{}"
_LEVEL = 3  # of zlib's nine: 5 makes a database 2.5 % smaller, and takes a quarter more time


class Record(NamedTuple):
    """A record that was read.

    modified  as `moment` spells it.
    document  the record as JSON with sorted keys, so that two spellings of one record are the same.
    digest    SHA-256 of the document.
    """

    advisory: Advisory
    modified: str
    document: bytes
    digest: bytes


def read(content: bytes | Unreadable) -> Record:
    """Return the record in a file.

    Raises:
        Malformed: it is no record of OSV schema 1.x.
    """
    if isinstance(content, Unreadable):
        raise osv.Malformed(content.what)
    value = osv.load(content)
    advisory = osv.advisory(value)
    try:
        text = _CANONICAL.encode(value)
    except RecursionError:
        raise osv.Malformed("is nested too deeply to be read") from None
    document = text.encode()
    return Record(advisory, moment(advisory.modified), document, hashlib.sha256(document).digest())


def moment(date: str) -> str:
    """Return an RFC 3339 time in UTC with microseconds, so that text order is time order; empty where it is none."""
    if not date:
        return ""
    try:
        moment = datetime.fromisoformat(date)
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return ""
    return moment.isoformat(timespec="microseconds")


def whole_seconds(moment: str) -> str:
    """Return a moment as RFC 3339 text without fractions: "2026-11-22T06:15:00Z"; empty for none."""
    return f"{moment[:19]}Z" if moment else ""


def claims(records: Iterable[Record]) -> Iterator[tuple[str, str, Claim]]:
    """Yield ecosystem, name and claim for each project that each live record names.

    What is said of one project is often said of others, as of all packages of a distribution's erratum; it is compiled
    once. A claim depends on the record's id only in whether that is malware's.
    """
    known: dict[tuple[object, ...], Claim] = {}
    for advisory, *_ in records:
        if advisory.withdrawn:
            continue
        is_malware = advisory.id.startswith(match.MALWARE)
        for (ecosystem, name), entries in _projects(advisory).items():
            said = is_malware, ecosystem, *[(each.versions, each.ranges, each.last_known) for each in entries]
            claim = known.get(said)
            if claim is None:
                claim = known[said] = match.claim(advisory.id, entries)
            yield ecosystem, name, claim._replace(advisory=advisory.id)


def _projects(advisory: Advisory) -> dict[tuple[str, str], list[Affected]]:
    found: dict[tuple[str, str], list[Affected]] = {}
    for entry in advisory.affected:
        found.setdefault((entry.ecosystem, entry.name), []).append(entry)
    return found


# --- one function for each table -------------------------------------------------------------------

Row = tuple[object, ...]


def advisories(records: Iterable[Record]) -> Iterator[Row]:
    """Yield the rows of `advisory`."""
    for record in records:
        ratings = record.advisory.ratings
        scores = json.dumps({rating.vector: rating.score for rating in ratings}) if ratings else _NO_SCORES
        known = record.advisory
        dates = record.modified, moment(known.published), moment(known.withdrawn)
        yield known.id, *dates, record.digest, scores, zlib.compress(record.document, _LEVEL)


def aliases(records: Iterable[Record]) -> Iterator[Row]:
    """Yield the rows of `alias`: also a record's own id, so that one look-up finds both."""
    for advisory, *_ in records:
        for alias in (advisory.id, *advisory.aliases):
            yield advisory.id, alias


def upstream(records: Iterable[Record]) -> Iterator[Row]:
    """Yield the rows of `upstream`."""
    for advisory, *_ in records:
        for cve in advisory.upstream:
            yield advisory.id, cve


def mentions(records: Iterable[Record]) -> Iterator[Row]:
    """Yield the rows of `mention`."""
    for advisory, *_ in records:
        for ecosystem, name in _projects(advisory):
            yield advisory.id, ecosystem, name


def spans(claimed: Iterable[tuple[str, str, Claim]]) -> Iterator[Row]:
    """Yield the rows of `span`."""
    for ecosystem, name, claim in claimed:
        for part, (start, end, certainty) in enumerate(claim.spans):
            yield ecosystem, name, claim.advisory, part, start, end, CERTAINTIES.index(certainty)


def texts(claimed: Iterable[tuple[str, str, Claim]]) -> Iterator[Row]:
    """Yield the rows of `listed`."""
    for ecosystem, name, claim in claimed:
        for text in claim.texts:
            yield ecosystem, name, claim.advisory, text
