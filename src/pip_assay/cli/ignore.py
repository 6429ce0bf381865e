"""`pip-assay ignore ID --reason TEXT`: write down that a flaw is accepted, why, and for how long."""

import os
import time
from argparse import Namespace
from collections.abc import Sequence

from pip_assay.cli import options, output
from pip_assay.configuration import ignores, reading, writing
from pip_assay.errors import CLEAN, UsageError
from pip_assay.policy import JUSTIFICATIONS, Ignore

USAGE = "pip-assay ignore ID --reason TEXT [--expires DAY] [options]"
ABOUT = """\
Write down that a flaw is accepted: its findings stay in every report, as ignored, with the
reason. The settings file nearest to this folder is edited, and keeps its comments.
"""
ENDING = "exit codes: 0 written; 2 wrong usage; 3 the file cannot be written."


def run(arguments: Sequence[str]) -> int:
    """Return 0 when the ignore was written."""
    found = _parser().parse_args(arguments)
    path = found.config or writing.place(os.getcwd())
    shown = found.config or os.path.relpath(path)
    ignore = _ignore(found)
    if ignore.expires and ignore.expires < time.strftime("%Y-%m-%d", time.gmtime()):
        output.tell(f"{ignore.expires} is over, so the ignore of {ignore.id} holds no more")
    replaced = writing.write(path, ignore)
    reading.read(path, shown, user=True)
    output.tell(f"{shown}: {'changed' if replaced else 'added'} the ignore of {ignore.id}")
    return CLEAN


def _ignore(found: Namespace) -> Ignore:
    """Return the ignore that the options make.

    Raises:
        UsageError: one of them is missing or wrong.
    """
    if not found.reason.strip():
        raise UsageError("an ignore needs a reason", hint='add --reason "..."')
    texts = {name: getattr(found, name) for name in ("id", "package", "versions", "path", "owner", "justification")}
    values = {**texts, "reason": found.reason.strip(), "groups": found.groups, "until-fixed": found.until_fixed}
    if found.expires:
        values["expires"] = found.expires[:10]
    for text in (*texts.values(), found.reason, *found.groups):
        if not text.isprintable():
            raise UsageError(f"{text!r} holds what is no text", hint="write plain words")
    return ignores.checked(values, "")


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"ignore": _parser()}


def _parser() -> options.Parser:
    parser = options.parser("ignore", ABOUT, USAGE)
    parser.epilog = ENDING
    parser.add_argument("id", metavar="ID", help="an id or alias of the flaw: CVE-2026-1, GHSA-..., PYSEC-...")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why it is accepted; required")
    parser.add_argument(
        "--expires", type=options.day, default="", metavar="DAY", help="the last day on which it holds: 2026-12-31"
    )
    parser.add_argument("--until-fixed", action="store_true", help="it holds while no fixed release is known")
    parser.add_argument("--package", default="", metavar="NAME", help="only in this project")
    parser.add_argument("--versions", default="", metavar="SPECIFIER", help='only in these releases: "<2.0"')
    parser.add_argument(
        "--group", dest="groups", action="append", default=[], metavar="NAME",
        help="only where it is needed by this group of dependencies alone; repeatable",
    )  # fmt: skip
    parser.add_argument("--path", default="", metavar="GLOB", help='only in these files: "services/*/uv.lock"')
    parser.add_argument(
        "--justification", default="", choices=("", *JUSTIFICATIONS), metavar="WORD",
        help=f"why it does no harm, for VEX: {', '.join(JUSTIFICATIONS)}",
    )  # fmt: skip
    parser.add_argument("--owner", default="", metavar="NAME", help="who decided")
    parser.add_argument("--config", default="", metavar="FILE", help="the settings file to write into")
    return parser
