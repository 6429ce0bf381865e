"""`pip-assay vex [TARGET ...]`: what an audit and the team's decisions say of each flaw, for others to read."""

import os
import time
from collections.abc import Sequence

from pip_assay.cli import audit, options
from pip_assay.errors import CLEAN, INCOMPLETE, UsageError

USAGE = "pip-assay vex [TARGET ...] [-f openvex|cyclonedx-json|cyclonedx-xml] [-o FILE] [options]"
ABOUT = """\
Write a VEX document: for each flaw of the targets whether they are affected, and what was decided
about it and why. Every option of an audit has its meaning; --vex FILE takes earlier statements in.
"""
ENDING = "exit codes: 0 written; 2 wrong usage; 3 incomplete: something could not be looked at, or written."
FORMATS = ("openvex", "cyclonedx-json", "cyclonedx-xml")


def run(arguments: Sequence[str]) -> int:
    """Return 0 when the document was written and is whole, 3 when it was not, or something could not be looked at.

    What is decided is decided today, however old the advisory data are.
    """
    parser = parsers()["vex"]
    found = parser.parse_args(arguments)
    if wrong := [each for each in found.format if each.partition("=")[0] not in FORMATS]:
        raise UsageError(f"{wrong[0]!r} is no VEX format", hint=f"choose one of: {', '.join(FORMATS)}")
    found.tells_findings = True
    found.now = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time()))
    return INCOMPLETE if audit.audited(found) == INCOMPLETE else CLEAN


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    parser = options.parser("vex", ABOUT, USAGE)
    parser.epilog = ENDING
    audit.add_options(parser, os.environ)
    parser.add_argument("--author", default="", metavar="NAME", help="who speaks: a person or a team (of openvex)")
    parser.fix(format=["openvex"])
    return {"vex": parser}
