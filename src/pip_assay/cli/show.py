"""`pip-assay show ID`: a flaw as every source that knows it tells it, and where they disagree."""

import os
import time
from collections.abc import Sequence

from pip_assay import findings, merged
from pip_assay.advisories.database import Database
from pip_assay.cli import options, output
from pip_assay.cli.talk import Talk
from pip_assay.errors import CLEAN, FINDINGS, INCOMPLETE
from pip_assay.merged import Picture
from pip_assay.records import Advisory
from pip_assay.reports import advisory
from pip_assay.settings import Outside

USAGE = "pip-assay show ID [ID ...] [-v] [-f terminal|json] [--db FILE]"
ABOUT = """Print advisories by their ids or any alias, from the local database: what each source claims of each
project, and where the sources disagree. Records that share an id or alias are one flaw."""
ENDING = "exit codes: 0 found; 1 no record has an id or alias; 2 wrong usage; 3 the database cannot be read."
FORMATS = ("terminal", "json")


def run(arguments: Sequence[str]) -> int:
    """Return 0 when records have the ids or aliases, 1 when none has one of them."""
    found = _parser().parse_args(arguments)
    settings = options.settings(found)
    from pip_assay.advisories import local

    with Talk() as talk:
        held = local.hold(settings, Outside(os.environ, os.getcwd(), time.time(), talk.say, talk.progress))
    for problem in held.problems:
        output.tell(str(problem))
    if not held.database:
        return INCOMPLETE
    with held.database as database:
        return _show(database, found.ids, as_json=found.format == "json", verbose=bool(found.verbose))


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"show": _parser()}


def _parser() -> options.Parser:
    parser = options.parser("show", ABOUT, USAGE)
    parser.epilog = ENDING
    parser.add_argument("ids", metavar="ID", nargs="+", help="such as CVE-2023-4863, PYSEC-2023-175 or MAL-2025-191")
    parser.add_argument("-f", "--format", choices=FORMATS, default=FORMATS[0], metavar="FORMAT",
                        help="terminal, or json with each record as published (default: terminal)")  # fmt: skip
    parser.add_argument("-v", "--verbose", action="count", default=0, help="print the text of every record")
    options.add_local_data(parser.add_argument_group("advisory data"), os.environ)
    return parser


def _show(database: Database, ids: Sequence[str], *, as_json: bool, verbose: bool) -> int:
    data = database.data()
    pictures, speaking, missing = _pictures(database, ids, data.kev)
    for identifier in missing:
        output.tell(f"no record of {data.date[:10]} has the id or alias {identifier}")
    if as_json:
        shown = [each for some in (*(picture.records for picture in pictures), *speaking.values()) for each in some]
        raw = {each.id: database.record(each.id) or b"null" for each in shown}
        output.emit(advisory.document(pictures, raw, missing, data, speaking))
    else:
        texts = [line for picture in pictures for line in ("", *advisory.lines(picture, verbose=verbose))]
        texts += [line for cve, records in speaking.items() for line in ("", *advisory.speaking(cve, records))]
        output.lines(texts[1:])
    return FINDINGS if missing else CLEAN


def _pictures(
    database: Database, ids: Sequence[str], kev: str
) -> tuple[list[Picture], dict[str, tuple[Advisory, ...]], list[str]]:
    """Return the picture that each id leads to, each once; by CVE other records that speak of it; ids without either.

    kev  the date of the list of known exploited vulnerabilities.
    """
    pictures: dict[str, Picture] = {}
    speaking: dict[str, tuple[Advisory, ...]] = {}
    missing: list[str] = []
    for identifier in ids:
        records = _connected(database, identifier)
        names = merged.names(records.values()) | ({identifier} if not records else set())
        for cve in sorted(name.upper() for name in names):
            others = database.speaking_of([cve])
            if found := tuple(others[name] for name in sorted(others.keys() - records.keys())):
                speaking[cve] = found
        if records:
            said = database.signals(sorted(merged.names(records.values()) | merged.upstream(records.values())))
            known = {cve: findings.as_known_to(kev, each, records.values()) for cve, each in said.items()}
            picture = merged.picture(records.values(), known)
            pictures.setdefault(picture.id, picture)
        elif identifier.upper() not in speaking:
            missing.append(identifier)
    return list(pictures.values()), speaking, list(dict.fromkeys(missing))


def _connected(database: Database, identifier: str) -> dict[str, Advisory]:
    """Return by id the records with this id or alias, and those that share one with them, however long the chain."""
    found: dict[str, Advisory] = {}
    waiting = {identifier}
    while waiting:
        more = database.sharing(waiting, found)
        found |= more
        waiting = merged.names(more.values())
    return found
