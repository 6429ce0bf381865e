"""`pip-assay contents [TARGET ...]`: what targets are really made of; nothing is looked up."""

import os
import sys
import time
from argparse import Namespace
from collections.abc import Sequence

from pip_assay import contents, pieces
from pip_assay.cli import options, output
from pip_assay.cli.talk import Talk
from pip_assay.errors import CLEAN, INCOMPLETE
from pip_assay.model import Audit, Report
from pip_assay.names import normalise
from pip_assay.pieces import Contents, Piece
from pip_assay.reports import Style, load
from pip_assay.reports import contents as written
from pip_assay.reports.entries import in_order
from pip_assay.settings import Outside

USAGE = "pip-assay contents [TARGET ...] [--path DIR] [--python PYTHON] [--root DIR] [options]"
ABOUT = """\
Say what is really inside: each distribution with the crates, libraries and copies of projects
that its files carry, how that is known, and how much room it takes. Nothing is looked up: this
needs no advisories and no network. A TARGET is what it is for an audit.
"""
ENDING = "exit codes: 0 listed; 2 wrong usage; 3 something could not be read, which stderr and the JSON say."
FORMATS = ("text", "json", "cyclonedx-json", "cyclonedx-xml")


def run(arguments: Sequence[str]) -> int:
    """Return 0 when everything was read, else 3, having printed what is there."""
    found = _parser().parse_args(arguments)
    settings = options.settings(found)
    with Talk(found.progress_spinner != "off" and sys.stderr.isatty()) as talk:
        outside = Outside(os.environ, os.getcwd(), time.time(), talk.say, talk.progress)
        read = contents.contents(settings, outside)
    names = frozenset(map(normalise, found.packages))
    shown = [pieces.chosen(each.pieces, names, carrying=found.carrying) for each in read]
    output.put(_text(read, shown, found), found)
    problems = in_order(problem for each in read for problem in each.inventory.problems)
    for problem in problems:
        output.tell(str(problem))
    for name in sorted(names.difference(each.dependency.pin.name for its in read for each in its.pieces)):
        output.tell(f"{name} is not in {', '.join(each.inventory.target for each in read)}")
    return INCOMPLETE if problems else CLEAN


def _text(read: Sequence[Contents], shown: Sequence[Sequence[Piece]], found: Namespace) -> str:
    if found.format == "json":
        return written.document(read, shown)
    to_file = found.output not in ("stdout", "-")
    style = Style(
        verbose=found.verbose,
        spec_version=found.spec_version,
        unicode=to_file or output.is_unicode(getattr(sys.stdout, "encoding", None)),
    )
    if found.format == "text":
        return written.text(read, shown, style)
    inventories = (
        each.inventory._replace(dependencies=tuple(pieces.flat(its)))
        for each, its in zip(read, shown, strict=True)
    )  # fmt: skip
    return load(found.format).render(Report(tuple(map(Audit, inventories))), style)


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"contents": _parser()}


def _parser() -> options.Parser:
    parser = options.parser("contents", ABOUT, USAGE)
    parser.epilog = ENDING
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="where to look (default: the environment)")
    what = parser.add_argument_group("what to look into")
    what.add_argument(
        "--path", dest="paths", action="append", default=[], metavar="DIR",
        help="look into this site-packages folder; repeatable",
    )  # fmt: skip
    what.add_argument("--python", default="", metavar="PYTHON", help="look into this interpreter's environment")
    what.add_argument(
        "--root", dest="roots", action="append", default=[], metavar="DIR",
        help="look into every environment of an unpacked image or file system; repeatable",
    )  # fmt: skip
    what.add_argument("--tools", action="store_true", help="look into the environments of pipx and of `uv tool`")
    what.add_argument("-l", "--local", action="store_true", help="leave out what the environment takes from the system")
    what.add_argument(
        "--no-strings", dest="strings", action="store_false",
        help="do not search compiled files for the versions of well-known libraries",
    )  # fmt: skip
    what.add_argument(
        "--cache-dir", dest="cache", metavar="DIR", default="", help="the folder for what was found the last time"
    )
    shown = parser.add_argument_group("what is shown")
    shown.add_argument("--carrying", action="store_true", help="only distributions that carry something")
    shown.add_argument(
        "--package", dest="packages", action="append", default=[], metavar="NAME",
        help="only distributions of this name; repeatable",
    )  # fmt: skip
    shown.add_argument(
        "-f", "--format", choices=FORMATS, default=FORMATS[0], metavar="FORMAT",
        help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} (default: {FORMATS[0]})",
    )  # fmt: skip
    shown.add_argument("-o", "--output", metavar="FILE", default="stdout", help="where it goes (default: stdout)")
    shown.add_argument(
        "--spec-version", choices=("1.6", "1.7"), default="", metavar="VERSION",
        help="of the CycloneDX formats: 1.6 or 1.7 (default: 1.6)",
    )  # fmt: skip
    shown.add_argument(
        "--progress-spinner", choices=options.SWITCHES[:2], default="on", metavar="on|off",
        help="show progress on a terminal (default: on)",
    )  # fmt: skip
    shown.add_argument("-v", "--verbose", action="count", default=0, help="name every crate of a long list")
    return parser
