"""`pip-assay show ID`: an advisory, as every source that knows it publishes it."""

import os
import time
from collections.abc import Iterator, Sequence

from pip_assay import match, severity
from pip_assay.cli import options, output
from pip_assay.errors import CLEAN, FINDINGS, UsageError
from pip_assay.model import Advisory, Affected
from pip_assay.reports.text import neutral, paragraphs
from pip_assay.settings import Outside

USAGE = "pip-assay show ID [--db FILE]"
ABOUT = "Print an advisory by its id or any alias: each source's own record, from the local database."
ENDING = "exit codes: 0 found; 1 no record has this id or alias; 2 wrong usage; 3 the database cannot be read."


def run(arguments: Sequence[str]) -> int:
    """Return 0 when a record has the id or alias, 1 when none has."""
    parser = options.parser("show", ABOUT, USAGE)
    parser.epilog = ENDING
    parser.add_argument("id", metavar="ID", help="such as CVE-2023-4863, PYSEC-2023-175 or GHSA-j7hp-h8jx-5ppr")
    options.add_data(parser.add_argument_group("advisory data"), os.environ)
    found = parser.parse_args(arguments)
    settings = options.settings(found)
    if settings.service != "local":
        raise UsageError("show reads the local database only", hint="drop --vulnerability-service")
    from pip_assay.advisories import local

    with output.Talk() as talk:
        held = local.hold(settings, Outside(os.environ, os.getcwd(), time.time(), talk.say, talk.progress))
    for problem in held.problems:
        output.tell(str(problem))
    if not held.database:
        return 3
    with held.database as database:
        records = database.find(found.id)
        date = database.data().date[:10]
    if not records:
        output.tell(f"no record of {date} has the id or alias {found.id}")
        return FINDINGS
    printed = [line for record in records for line in ("", *_lines(record))]
    output.lines(printed[1:])
    return CLEAN


def _lines(record: Advisory) -> Iterator[str]:
    yield neutral(f"{record.id}  {record.summary}".rstrip())
    for name, value in _facts(record):
        if value:
            yield neutral(f"  {name:<11}{value}")
    for entry in record.affected:
        yield neutral(f"  {'affects':<11}{entry.name} ({entry.ecosystem}): {_extent(entry)}")
    if record.details:
        yield ""
        yield from (f"  {line}".rstrip() for line in paragraphs(record.details))


def _facts(record: Advisory) -> Iterator[tuple[str, str]]:
    yield "withdrawn", record.withdrawn
    yield "aliases", ", ".join(record.aliases)
    band, score = severity.of([record])
    yield "severity", f"{band}, {score}" if score is not None else band
    for rating in record.ratings:
        yield "", rating.vector
    yield "published", record.published
    yield "modified", record.modified
    for kind, address in record.references:
        yield "see", f"{address} ({kind.lower()})"


def _extent(entry: Affected) -> str:
    """Return what an entry says of its project: its ranges, else how many releases it lists."""
    ranges = [events for events in entry.ranges if events.kind in match.ORDERED]
    words = "; ".join(", ".join(f"{bound} {version}" for bound, version in events.events) for events in ranges)
    listed = f"{len(entry.versions)} releases listed" if entry.versions else ""
    known = f"last known affected: {entry.last_known}" if entry.last_known else ""
    return "; ".join(filter(None, (words, listed, known))) or "no release is named"
