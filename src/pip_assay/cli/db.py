"""`pip-assay db import | update | info`, and what db_delivery.py adds: the local advisory database."""

import os
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence

from pip_assay import files
from pip_assay.cli import db_delivery, options, output
from pip_assay.cli.talk import Talk
from pip_assay.errors import CLEAN, INCOMPLETE, Unreadable, UsageError
from pip_assay.model import PYPI
from pip_assay.reports.text import count
from pip_assay.settings import Outside, Settings, network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import _ArgumentGroup

    from pip_assay.advisories.cves import SignalList
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
    found = _of(action).parse_args(arguments[1:])
    with Talk() as talk:
        outside = Outside(os.environ, os.getcwd(), time.time(), talk.say, talk.progress)
        if action in db_delivery.ACTIONS:
            return db_delivery.run(action, found, outside)
        if action == "import":
            return _import(found, outside)
        return _update(found, outside) if action == "update" else _info(found, outside)


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {f"db {action}": _of(action) for action in ACTIONS}


def _of(action: str) -> options.Parser:
    return (db_delivery.parser if action in db_delivery.ACTIONS else _parser)(action)


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
        parser.add_argument("--replace", action="store_true", help="begin with an empty database, without KEV and EPSS")
        db_delivery.add_import_options(parser)
    elif action == "update":
        about = "Bring the database to the state of the public bulk export: only what has changed is fetched."
        parser = options.parser("db update", about, "")
        parser.usage = "pip-assay db update [--from URL-OR-DIR] [--ecosystem NAME ...] [--signals] [--db FILE]"
        parser.add_argument(
            "--from", dest="origin", default="", metavar="URL-OR-DIR",
            help="the export, or a copy: ECOSYSTEM/all.zip and ECOSYSTEM/modified_id.csv (PIP_ASSAY_OSV_BULK)",
        )  # fmt: skip
        parser.add_argument(
            "--ecosystem", dest="ecosystems", action="append", default=[], metavar="NAME",
            help="update this one, in OSV's spelling; repeatable (default: PyPI, what wheels carry, and what is held)",
        )  # fmt: skip
        parser.add_argument(
            "--accept-older", action="store_true", help="take a state that is older than the one seen there before"
        )
        _add_signals(parser.add_argument_group("signals of use in attacks"))
    else:
        parser = options.parser("db info", "Print what the database holds.", "pip-assay db info [--db FILE]")
    group = parser.add_argument_group("the database and the network" if action == "update" else "the database")
    options.add_database(group, os.environ)
    if action == "update":
        options.add_network(group)
    return parser


def _add_signals(group: "_ArgumentGroup") -> None:
    group.add_argument(
        "--signals", action="store_true",
        help="fetch CISA's known exploited vulnerabilities (KEV) and FIRST's EPSS scores too, which findings then show",
    )  # fmt: skip
    for name, what in (("kev", "KEV, as JSON or CSV"), ("epss", "EPSS, as CSV or .csv.gz")):
        variable = f"PIP_ASSAY_{name.upper()}_URL"
        group.add_argument(
            f"--{name}-url", metavar="URL-OR-FILE", default="",
            help=f"with --signals: another address of {what}, or a file ({variable})",
        )  # fmt: skip


def _import(found: Namespace, outside: Outside) -> int:
    from pip_assay.advisories import build, database, draft

    if db_delivery.is_exported(found.paths, found.verify_key):
        return db_delivery.take(found.paths[0], found, outside)
    path = database.path(options.settings(found), outside.environ)
    if not found.replace:
        draft.renew(path, outside.say, outside.progress)
    outside.say(f"importing {', '.join(found.paths)}")
    built = build.build(path, found.paths, now=outside.now, replace=found.replace, progress=outside.progress)
    read = f"read {count(built.read, 'record')}, {built.changed} of them new or changed"
    output.tell(f"{read}; the database holds {built.held}")
    with database.open(path) as held:
        if not held.covers(PYPI):
            output.tell(f"this does not cover {PYPI}; all of its advisories are fetched by: pip-assay db update")
    return _tell(built.skipped)


def _update(found: Namespace, outside: Outside) -> int:
    from pip_assay.advisories import database, draft, sync

    if (found.kev_url or found.epss_url) and not found.signals:
        raise UsageError("--kev-url and --epss-url say where --signals fetches from", hint="add --signals")
    settings = options.settings(found)
    path = database.path(settings, outside.environ)
    draft.renew(path, outside.say, outside.progress)
    outside.say("asking for new advisories")
    problems: list[Problem] = []
    failure: Unreadable | None = None
    try:
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
        problems += updated.skipped
        for line in updated.lines():
            output.tell(line)
    except Unreadable as error:
        if not (found.signals and database.exists(path)):
            raise
        failure = error
    try:
        problems += _update_signals(path, settings, found, outside) if found.signals else ()
    except Unreadable as error:
        if not failure:
            raise
        output.tell(str(error))
    code = _tell(problems)
    if failure:
        raise failure
    return code


def _update_signals(path: str, settings: Settings, found: Namespace, outside: Outside) -> "Sequence[Problem]":
    from pip_assay.advisories import signals

    outside.say("asking for KEV and EPSS")
    refreshed = signals.update(
        path,
        network(settings, outside),
        outside.environ,
        now=outside.now,
        origins={"kev": found.kev_url, "epss": found.epss_url},
        accept_older=found.accept_older,
    )
    for line in refreshed.lines:
        output.tell(line)
    return refreshed.problems


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
    data = held.data()
    yield f"database  {held.path} ({files.size(os.path.getsize(held.path))})"
    if because:
        yield f"in use    {because}"
    yield f"records   {data.records}"
    yield f"digest    {data.digest}"
    lists = held.lists()
    for name in ("kev", "epss"):
        yield f"{name.upper():<8}  {_list_facts(lists.get(name), now)}"
    for each in held.ecosystems():
        yield ""
        yield f"{each.name}"
        yield f"  records   {each.records}"
        yield f"  newest    {each.newest}"
        whole = (
            f"as of {each.fetched}{_ago(each.fetched, now)}" if each.fetched else "never: no whole export of it is held"
        )
        yield f"  complete  {whole}"
        yield f"  from      {each.origin}"
        if each.skipped:
            yield f"  skipped   {count(each.skipped, 'record')} that could not be read"


def _list_facts(held: "SignalList | None", now: float) -> str:
    if not held:
        return "not held; fetch it: pip-assay db update --signals"
    cves = count(held.cves, "CVE")
    return f"{cves}, of {held.date[:10]}{_ago(held.date, now)}, fetched {held.fetched} from {held.origin}"


def _ago(date: str, now: float) -> str:
    from pip_assay.advisories import database

    days = database.age(date, now)
    return f" ({days:.0f} day{'s' * (round(days) != 1)} ago)" if days is not None and days >= 1 else ""
