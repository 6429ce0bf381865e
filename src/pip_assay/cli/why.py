"""`pip-assay why NAME [TARGET ...]`: the chains of dependencies that bring a project in."""

import os
import time
from collections.abc import Iterator, Sequence

from pip_assay import targets
from pip_assay.cli import options, output
from pip_assay.cli.talk import Talk
from pip_assay.configuration.policies import with_own
from pip_assay.errors import CLEAN, FINDINGS, INCOMPLETE
from pip_assay.model import Dependency, Inventory
from pip_assay.names import normalise
from pip_assay.paths import Paths
from pip_assay.reports.bundled import evidence
from pip_assay.settings import Outside

USAGE = "pip-assay why NAME [TARGET ...] [-r FILE] [options]"
ABOUT = "Print every shortest chain of dependencies from what a target asks for down to a project."
ENDING = (
    "exit codes: 0 the project is there; 1 it is not; 2 wrong usage; 3 it was not found, and not all could be read."
)
ALL = 1000
"""Chains of one length are listed up to here; a graph may have millions."""


def run(arguments: Sequence[str]) -> int:
    """Return 0 when a target contains the project, 1 when none does, 3 when that cannot be told."""
    found = _parser().parse_args(arguments)
    settings = options.settings(found)
    with Talk() as talk:
        outside = Outside(os.environ, os.getcwd(), time.time(), talk.say, talk.progress)
        inventories = targets.read(settings, with_own(settings, outside))
    lines = [line for inventory in inventories for line in _lines(inventory, normalise(found.name))]
    output.lines(lines)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    for problem in problems:
        output.tell(str(problem))
    if lines:
        return CLEAN
    looked = ", ".join(inventory.target for inventory in inventories)
    output.tell(f"{found.name} is not in {looked}")
    return INCOMPLETE if problems else FINDINGS


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"why": _parser()}


def _parser() -> options.Parser:
    parser = options.parser("why", ABOUT, USAGE)
    parser.epilog = ENDING
    parser.add_argument("name", metavar="NAME", help="the project that is asked about")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="where to look (default: the environment)")
    parser.add_argument("-r", "--requirement", dest="requirements", action="append", default=[], metavar="FILE")
    parser.add_argument("--python", default="", metavar="PYTHON", help="look in this interpreter's environment")
    parser.add_argument("--no-deps", action="store_true", help="read the requirements as they are listed")
    parser.add_argument("--offline", action="store_true", help="open no connection")
    return parser


def _lines(inventory: Inventory, name: str) -> Iterator[str]:
    listed = inventory.dependencies
    wanted = {(each.pin, each.inside): each for each in listed if normalise(each.pin.name) == name}
    if not wanted:
        return
    paths = Paths(listed)
    for pin, carrier in sorted(wanted, key=lambda key: (key[0], key[1] or ())):
        yield f"{pin} in {inventory.target} ({_asked(wanted[pin, carrier])})"
        for chain in paths.to(pin, ALL, inside=carrier):
            yield "  " + " -> ".join(chain)


def _asked(dependency: Dependency) -> str:
    """Return whether the target asks for it, or what carries it and how that is known, and where it is written."""
    if dependency.inside:
        known = evidence(dependency, whole=True) or str(dependency.place)
        return f"inside {dependency.inside}: {known}"
    if dependency.direct is None:
        return str(dependency.place)
    return f"{'asked for' if dependency.direct else 'not asked for itself'}, {dependency.place}"
