"""What `show` prints: one flaw as all its records tell it, for people and as JSON. Text is a stranger's."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import __version__, merged
from pip_assay.merged import Picture, Statement, Subject
from pip_assay.model import Data, Signals
from pip_assay.records import Advisory
from pip_assay.reports.text import count, neutral, pad, paragraphs, percent, screen_width, wrap

WIDTH = 100
WIDEST = 44
"""Columns of the widest cell of a table; what is longer goes on in the next line."""

MOST = 12
"""Lines of one record in a table; of a record with more ranges, the first are shown."""

LABEL = 11
SCHEMA = "1.0"

HEADINGS = ("source", "affected", "fixed in", "severity", "published", "modified", "withdrawn")

Object = dict[str, object]


def lines(picture: Picture, *, verbose: bool = False) -> Iterator[str]:
    """Yield the picture for people. `verbose`: the text of every record, not only of the first that has one."""
    yield f"{picture.id}  {_title(picture)}".rstrip()
    for name, values in _facts(picture):
        yield from _labelled(name, values)
    for subject in picture.subjects:
        yield ""
        yield from _subject(subject)
    if not picture.subjects:
        yield from ("", "  No project of an ecosystem is named, so no audit finds it.")
    if picture.disagreement:
        yield ""
        yield from _disagreement(picture.disagreement, 2)
    yield from _texts(picture, verbose=verbose)
    references = dict.fromkeys(pair for record in picture.records for pair in record.references)
    if references:
        yield ""
        yield from _labelled("see", [f"{address} ({kind.lower()})" for kind, address in _by_address(references)])


def speaking(cve: str, records: Sequence[Advisory]) -> Iterator[str]:
    """Yield the records that speak of a CVE among others: errata of distributions, each a line."""
    yield f"Records that speak of {neutral(cve)}:"
    widths = [max(screen_width(each) for each in column) for column in zip(*map(_told_of, records), strict=True)]
    for record in records:
        cells = (cell + pad(cell, width) for cell, width in zip(_told_of(record), widths, strict=True))
        yield f"  {'  '.join(cells)}  {neutral(record.summary)}".rstrip()


def _told_of(record: Advisory) -> tuple[str, str, str]:
    """Return its id, the ecosystems that it names, and when it was published or withdrawn."""
    ecosystems = ", ".join(dict.fromkeys(each.ecosystem for each in record.affected))
    date = f"withdrawn {record.withdrawn[:10]}" if record.withdrawn else record.published[:10]
    return record.id, neutral(ecosystems), neutral(date)


def document(
    pictures: Iterable[Picture], raw: Mapping[str, bytes], missing: Sequence[str], data: Data,
    speaking: Mapping[str, Sequence[Advisory]] | None = None,
) -> str:  # fmt: skip
    """Return the pictures as JSON, with each record as it was published inside; `raw` holds those by id.

    speaking  by CVE the records that speak of it without having it as their id or alias.
    """
    shown: Object = {
        "schema_version": SCHEMA,
        "tool": {"name": "pip-assay", "version": __version__},
        "data": data._asdict(),
        "advisories": [_object(picture, raw) for picture in pictures],
        "speaking": {cve: [json.loads(raw[each.id]) for each in records] for cve, records in (speaking or {}).items()},
        "not_found": list(missing),
    }
    # A build server obeys "##[" and "##vso[" anywhere in a line (text.harmless_lines); this spells the same string.
    return re.sub(r"##(?=\w*\[)", r"#\\u0023", json.dumps(shown)) + "\n"


def _title(picture: Picture) -> str:
    return neutral(next((record.summary for record in picture.records if record.summary), ""))


def _facts(picture: Picture) -> Iterator[tuple[str, Sequence[str]]]:
    if picture.malware:
        yield "MALWARE", ["remove it, and rotate every secret that the machines which had it could read"]
    if picture.withdrawn:
        yield "WITHDRAWN", ["by every source that published it; audits pass over it"]
    yield "aliases", list(wrap(", ".join(picture.aliases), WIDTH - LABEL - 2))
    yield "speaks of", list(wrap(", ".join(picture.upstream), WIDTH - LABEL - 2))
    score = "" if picture.score is None else f" {picture.score}"
    yield "severity", [f"{picture.severity}{score}", *_vectors(picture.records)]
    yield "attacks", [f"{name}: {_signal(signals)}" for name, signals in picture.signals]


def _vectors(records: Iterable[Advisory]) -> Iterator[str]:
    """Yield each vector and each word once, and whose it is."""
    told: dict[str, list[str]] = {}
    for record in records:
        for rating in record.ratings:
            told.setdefault(f"{'?' if rating.score is None else rating.score}  {rating.vector}", []).append(record.id)
        if record.word:
            told.setdefault(f'"{record.word}"', []).append(record.id)
    for text, ids in told.items():
        yield f"{text}  ({', '.join(ids)})"


def _signal(signals: Signals) -> str:
    since = f" since {signals.since}" if signals.since else ""
    listed = {True: f"known exploited{since}", False: "not known to be exploited", None: "exploitation unknown"}
    said = [listed[signals.exploited]]
    said += ["used in ransomware"] * signals.ransomware
    if signals.epss is not None:
        said.append(f"EPSS {percent(signals.epss)}")
    return ", ".join(said)


def _labelled(name: str, values: Iterable[str]) -> Iterator[str]:
    """Yield the values in lines under one name, which stands before the first."""
    for value in values:
        yield f"  {name:<{LABEL}}{value}"
        name = ""


def _disagreement(sentences: Iterable[str], indent: int) -> Iterator[str]:
    for sentence in sentences:
        for number, line in enumerate(wrap(neutral(sentence), WIDTH - LABEL - indent)):
            yield f"{'':<{indent}}{'' if number else 'disagree':<{LABEL}}{line}"


def _subject(subject: Subject) -> Iterator[str]:
    named = ", ".join(name for _, name in subject.projects)
    yield from (f"  {line}" for line in wrap(neutral(f"{named} ({subject.projects[0][0]})"), WIDTH - 2))
    rows = [HEADINGS, *(row for statement in subject.statements for row in _rows(statement))]
    shown = [number for number in range(len(HEADINGS)) if any(row[number] for row in rows[1:])]
    widths = [max(screen_width(row[number]) for row in rows) for number in shown]
    for row in rows:
        cells = (row[number] + pad(row[number], width) for number, width in zip(shown, widths, strict=True))
        yield f"    {'  '.join(cells)}".rstrip()
    yield from _disagreement(subject.disagreement, 4)


def _rows(statement: Statement) -> Iterator[tuple[str, ...]]:
    """Yield the lines of one record: who, how bad and when in the first, and in each what is affected and fixed."""
    record = statement.record
    ranges = [(line, fixed) for extent in statement.extents for line, fixed in _cells(extent.affected, extent.fixed)]
    if len(ranges) > MOST:
        ranges = [*ranges[:MOST], (f"and {len(ranges) - MOST} lines more; see -f json", "")]
    if statement.listed:
        ranges.append((_listed(statement.listed), ""))
    dates = [neutral(each)[:10] for each in (record.published, record.modified, record.withdrawn)]
    first, *rest = ranges or [("no release is named", "")]
    yield (record.id, *first, merged.rated(record), *dates)
    yield from (("", *pair, "", "", "", "") for pair in rest)


def _cells(affected: str, fixed: str) -> Iterator[tuple[str, str]]:
    fixes = list(wrap(neutral(fixed), WIDEST)) or [""]
    parts = list(wrap(neutral(affected), WIDEST))
    for number in range(max(len(parts), len(fixes))):
        yield "".join(parts[number : number + 1]), "".join(fixes[number : number + 1])


def _listed(texts: Sequence[str]) -> str:
    if len(texts) <= 4:
        return neutral(f"listed: {', '.join(texts)}")
    return neutral(f"{len(texts)} listed: {texts[0]} ... {texts[-1]}")


def _texts(picture: Picture, *, verbose: bool) -> Iterator[str]:
    """Yield each record's own words; the details of the first alone, unless `verbose`."""
    shown: list[str] = []
    kept: list[str] = []
    for record in picture.records:
        details = paragraphs(record.details) if record.details.strip() else []
        if details and shown and not verbose:
            kept.append(record.id)
            details = []
        summary = neutral(record.summary)
        summary = "" if summary == _title(picture) else summary
        if not details and not summary:
            continue
        yield from ("", f"  {record.id}  {summary}".rstrip())
        for paragraph in details:
            yield from (f"    {line}".rstrip() for line in [*wrap(paragraph, WIDTH - 4)] or [""])
        shown += [record.id] if details else []
    if kept:
        yield from ("", f"  {count(len(kept), 'text')} more with -v: {', '.join(kept[:MOST])}")


def _by_address(references: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return each address once, with the first kind that a record gives it but "WEB", which says nothing."""
    kinds: dict[str, str] = {}
    for kind, address in references:
        if kinds.get(address, "WEB") == "WEB":
            kinds[address] = kind
    return [(kind, address) for address, kind in kinds.items()]


def _object(picture: Picture, raw: Mapping[str, bytes]) -> Object:
    return {
        "id": picture.id,
        "aliases": list(picture.aliases),
        "upstream": list(picture.upstream),
        "summary": next((record.summary for record in picture.records if record.summary), ""),
        "malware": picture.malware,
        "withdrawn": picture.withdrawn,
        "severity": picture.severity,
        "score": picture.score,
        "signals": {name: signals._asdict() for name, signals in picture.signals},
        "projects": [
            {
                "ecosystem": ecosystem,
                "name": name,
                "claims": [_claim(statement) for statement in subject.statements],
                "disagreement": list(subject.disagreement),
            }
            for subject in picture.subjects
            for ecosystem, name in subject.projects
        ],
        "disagreement": list(picture.disagreement),
        "records": [json.loads(raw[record.id]) for record in picture.records],
    }


def _claim(statement: Statement) -> Object:
    record = statement.record
    return {
        "id": record.id,
        "ranges": [extent._asdict() for extent in statement.extents],
        "listed": list(statement.listed),
        "severity": merged.rated(record).partition(" ")[0],
        "published": record.published,
        "modified": record.modified,
        "withdrawn": record.withdrawn,
    }
