"""Lists of CVEs, read: CISA's known exploited vulnerabilities (JSON or CSV), and FIRST's EPSS scores (CSV).

A CVE that KEV does not name is told as not exploited, so an entry that cannot be read spoils that list. One that EPSS
does not score is unknown, so of that list a line that cannot be read is left out, and counted.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import suppress
from operator import itemgetter
from typing import NamedTuple

from pip_assay.advisories import cves, rows

MOST = 1_000_000
"""CVEs that a list may name: a third of that are known in all."""

_COLUMNS = ("cve", "epss", "percentile")
_LONGEST = 200  # characters of a line of scores; a real one has 30


class Malformed(ValueError):
    """A list that cannot be used; its text says why, as the end of a sentence about the list."""


class Said(NamedTuple):
    """What a list says.

    date   RFC 3339 time that it says it is of; that of KEV's CSV, which says nothing, is that of its newest entry.
    rows   those of its table, by CVE: (cve, added, ransomware) or (cve, probability, percentile).
    wrong  number of lines that cannot be read; `line` is the first of them.
    """

    date: str
    rows: tuple[tuple[int, object, int], ...]
    wrong: int = 0
    line: int = 0


Read = Callable[[bytes], Said]
_Choose = Callable[[list[str]], tuple[str, ...]]


def sum_of(listed: Iterable[tuple[object, ...]]) -> bytes:
    """Return the SHA-256 of a list's rows, which come by CVE."""
    total = hashlib.sha256()
    for row in listed:
        total.update("{} {} {}\n".format(*row).encode())
    return total.digest()


def kev(content: bytes) -> Said:
    """Return what CISA's list of known exploited vulnerabilities says.

    Raises:
        Malformed: it is none, names nothing, is cut off, or names something that is no CVE.
    """
    text = _text(content)
    date, entries = _from_json(text) if text.lstrip()[:1] == "{" else ("", _from_csv(text))
    found: dict[int, tuple[str, int]] = {}
    for number, entry in enumerate(entries, 1):
        cve = cves.number(_word(entry, "cveID"))
        if cve is None:
            raise Malformed(f"names something else than a CVE (entry {number})")
        added = rows.moment(_word(entry, "dateAdded"))[:10]
        if date and added > date[:10]:  # no day on which it can have been added; added it is
            added = ""
        used = int(_word(entry, "knownRansomwareCampaignUse").lower() == "known")
        before, was_used = found.get(cve, (added, used))
        found[cve] = min(before, added) or before or added, used or was_used
        _check_number(found)
    newest = max((added for added, _ in found.values()), default="")
    if not newest:
        raise Malformed("names no CVE with the day on which it was added")
    return Said(date or f"{newest}T00:00:00Z", tuple((cve, *found[cve]) for cve in sorted(found)))


def epss(content: bytes) -> Said:
    """Return what a file of EPSS scores says; of a CVE with two, the higher one counts.

    Raises:
        Malformed: it is none, has no date or no scores, or too many lines of it cannot be read.
    """
    lines = enumerate(io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", "replace"), 1)
    date, chosen = _head(lines)
    found: dict[int, tuple[int, int]] = {}
    wrong = first = 0
    for number, line in lines:
        try:
            cve, score = _row(line, chosen)
            found[cve] = max(score, found.get(cve, score))
        except (ValueError, IndexError):
            if line.strip():
                wrong, first = wrong + 1, first or number
        _check_number(found)
    if wrong * 10 > len(found):
        raise Malformed(f"cannot be read in {wrong} of its lines, the first of them line {first}")
    if not found:
        raise Malformed("holds no scores")
    return Said(date, tuple((cve, *found[cve]) for cve in sorted(found)), wrong, first)


def _head(lines: Iterator[tuple[int, str]]) -> tuple[str, _Choose]:
    """Return the date above the scores, and what chooses a line's CVE, probability and percentile."""
    date = ""
    for _, line in lines:
        if not line.startswith("#"):
            names = [name.strip().lower() for name in line[:_LONGEST].split(",")]
            break
        if said := re.search(r"score_date:([^,\s]+)", line):
            date = rows.whole_seconds(rows.moment(said[1]))
    else:
        raise Malformed("holds no scores")
    if not set(_COLUMNS) <= set(names):
        raise Malformed(f"is no list of EPSS scores: it has no columns {', '.join(_COLUMNS)}")
    if not date:
        raise Malformed("does not say of what day its scores are")
    return date, itemgetter(*map(names.index, _COLUMNS))


def _row(line: str, chosen: _Choose) -> tuple[int, tuple[int, int]]:
    """Return the CVE of a line, and its scores; ValueError or IndexError where it cannot be read."""
    name, probability, percentile = chosen(line.split(",")) if len(line) < _LONGEST else ("", "", "")
    cve = cves.number(name.strip())
    if cve is None:
        raise ValueError
    return cve, (_units(probability), _units(percentile))


def _units(text: str) -> int:
    """Return a share of 0 to 1 in units of the tables; ValueError where it is none."""
    if not text.isascii() or "_" in text:  # which Python reads as numbers, too
        raise ValueError
    share = float(text)
    if not 0 <= share <= 1:  # nor is "nan"
        raise ValueError
    return round(share * cves.UNITS)


def _check_number(found: Sized) -> None:
    if len(found) > MOST:
        raise Malformed(f"names more than {MOST} CVEs")


def _word(entry: Mapping[str, object], name: str) -> str:
    value = entry.get(name)
    return value.strip() if isinstance(value, str) else ""


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("is not text in UTF-8") from None


def _from_json(text: str) -> tuple[str, list[Mapping[str, object]]]:
    """Return the date of release and the entries."""
    document: object = None
    with suppress(ValueError, RecursionError):
        document = json.loads(text)
    entries = document.get("vulnerabilities") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(entries, list):
        raise Malformed("is no list of known exploited vulnerabilities, or only a part of one")
    if not all(isinstance(entry, dict) for entry in entries):
        raise Malformed("has an entry that is no JSON object")
    if document.get("count", len(entries)) != len(entries):
        raise Malformed(f"has {len(entries)} entries, and says that it has another number of them")
    return rows.whole_seconds(rows.moment(_word(document, "dateReleased"))), entries


def _from_csv(text: str) -> Iterator[Mapping[str, object]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if "cveID" not in (reader.fieldnames or ()):
            raise Malformed("is no list of known exploited vulnerabilities: it has no cveID")
        yield from reader
    except csv.Error:
        raise Malformed(f"is no CSV, or only a part of one (after line {reader.line_num})") from None
