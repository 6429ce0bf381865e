"""`pip-assay db import | update | info`, and what db_delivery.py adds: the local advisory database."""

import os
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence

from pip_assay import files
from pip_assay.cli import db_delivery, options, output
from pip_assay.errors import CLEAN, INCOMPLETE, UsageError
from pip_assay.reports.text import count
from pip_assay.settings import Outside, network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.advisories.database import Database
    from pip_assay.model import Problem

USAGE = "pip-assay db import | update | info | export | verify | wheel | keygen"
ABOUT = "Import, update and describe the local advisory database, against which audits are made."
ENDING = "exit codes: 0 done; 2 wrong usage; 3 it could not be done, or a record could not be read (the rest is there)."
ACTIONS = ("import", "update", "info", *db_delivery.ACTIONS)


def run(arguments: Sequence[str]) -> int:
    """Return 0 when it was done, 3 when a record could not be read."""
    action = arguments[0] if arguments and arguments[0] in ACTIONS else ""
    if not action:
        _about().parse_args(arguments)
        raise UsageError("say what to do with the database", hint=f"choose one of: {', '.join(ACTIONS)}")
    delivers = action in db_delivery.ACTIONS
    found = (db_delivery.parser if delivers else _parser)(action).parse_args(arguments[1:])
    with output.Talk() as talk:
        outside = Outside(os.environ, os.getcwd(), time.time(), talk.say, talk.progress)
        if delivers:
            return db_delivery.run(action, found, outside)
        if action == "import":
            return _import(found, outside)
        return _update(found, outside) if action == "update" else _info(found, outside)


def _about() -> options.Parser:
    parser = options.parser("db", ABOUT, USAGE)
    parser.epilog = ENDING
    for name, text in (
        ("import", "add the records of zips, folders and files of OSV JSON, or take an exported database"),
        ("update", "fetch what has changed in the public bulk export of all advisories"),
        ("info", "print what the database holds, of when, and where it is"),
        *db_delivery.ACTIONS.items(),
    ):
        parser.add_argument(f"{name}", nargs="?", help=f"{text} (pip-assay db {name} --help)")
    return parser


def _parser(action: str) -> options.Parser:
    if action == "import":
        parser = options.parser("db import", "Add the records of zips, folders and files of OSV JSON.", "")
        parser.usage = "pip-assay db import PATH ... [--db FILE]"
        parser.add_argument(
            "paths",
            nargs="+",
            metavar="PATH",
            help="an OSV all.zip, a folder of JSON, a JSON file; or one exported file",
        )
        parser.add_argument("--replace", action="store_true", help="begin with an empty database")
        db_delivery.add_import_options(parser)
    elif action == "update":
        about = "Bring the database to the state of the public bulk export: only what has changed is fetched."
        parser = options.parser("db update", about, "")
        parser.usage = "pip-assay db update [--from URL-OR-DIR] [--ecosystem NAME ...] [--db FILE]"
        parser.add_argument(
            "--from", dest="origin", default="", metavar="URL-OR-DIR",
            help="the export, or a copy: ECOSYSTEM/all.zip and ECOSYSTEM/modified_id.csv (PIP_ASSAY_OSV_BULK)",
        )  # fmt: skip
        parser.add_argument(
            "--ecosystem", dest="ecosystems", action="append", default=[], metavar="NAME",
            help="update this one, in OSV's spelling, again for more (default: PyPI, crates.io and what is held)",
        )  # fmt: skip
        parser.add_argument(
            "--accept-older", action="store_true", help="take a state that is older than the one seen there before"
        )
    else:
        parser = options.parser("db info", "Print what the database holds.", "pip-assay db info [--db FILE]")
    options.add_data(parser.add_argument_group("the database and the network"), os.environ)
    return parser


def _import(found: Namespace, outside: Outside) -> int:
    from pip_assay.advisories import build, database

    if db_delivery.is_exported(found.paths, found.verify_key):
        return db_delivery.take(found.paths[0], found, outside)
    path = database.path(options.settings(found), outside.environ)
    outside.say(f"importing {', '.join(found.paths)}")
    built = build.build(path, found.paths, now=outside.now, replace=found.replace, progress=outside.progress)
    read = f"read {count(built.read, 'record')}, {built.changed} of them new or changed"
    output.tell(f"{read}; the database holds {built.held}")
    return _tell(built.skipped)


def _update(found: Namespace, outside: Outside) -> int:
    from pip_assay.advisories import database, sync

    settings = options.settings(found)
    path = database.path(settings, outside.environ)
    outside.say("asking for new advisories")
    updated = sync.update(
        path,
        network(settings, outside),
        outside.environ,
        origin=found.origin,
        ecosystems=tuple(dict.fromkeys(found.ecosystems)),
        accept_older=found.accept_older,
        now=outside.now,
        progress=outside.progress,
    )
    for line in updated.lines():
        output.tell(line)
    return _tell(updated.skipped)


def _tell(skipped: "Iterable[Problem]") -> int:
    problems = list(map(str, skipped))
    for problem in problems:
        output.tell(problem)
    return INCOMPLETE if problems else CLEAN


def _info(found: Namespace, outside: Outside) -> int:
    from pip_assay.advisories import database, in_use

    settings = options.settings(found)
    chosen = in_use.choose(settings, outside.environ)
    with chosen.database if chosen else database.open(database.path(settings, outside.environ)) as held:
        output.lines(_facts(held, outside.now, chosen.because if chosen else ""))
    return CLEAN


def _facts(held: "Database", now: float, because: str) -> Iterator[str]:
    from pip_assay.advisories import database

    data = held.data()
    yield f"database  {held.path} ({files.size(os.path.getsize(held.path))})"
    if because:
        yield f"in use    {because}"
    yield f"records   {data.records}"
    yield f"digest    {data.digest}"
    for each in held.ecosystems():
        days = database.age(each.fetched, now)
        old = f" ({days:.0f} days ago)" if days is not None and days >= 1 else ""
        yield ""
        yield f"{each.name}"
        yield f"  records   {each.records}"
        yield f"  newest    {each.newest}"
        yield f"  complete  as of {each.fetched}{old}"
        yield f"  from      {each.origin}"
        if each.skipped:
            yield f"  skipped   {count(each.skipped, 'record')} that could not be read"
