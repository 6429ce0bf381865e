"""`pip-assay check NAME==VERSION ...`: audit releases that nothing has to contain."""

import os
import time
from collections.abc import Iterable, Sequence

from pip_assay import flow
from pip_assay.cli import options, output
from pip_assay.cli.audit import finish
from pip_assay.cli.talk import Talk
from pip_assay.errors import UsageError
from pip_assay.model import PYPI, Dependency, Inventory, Pin, Place
from pip_assay.names import normalise
from pip_assay.settings import Outside

USAGE = "pip-assay check NAME==VERSION ... [options]"
ABOUT = "Say which of these releases have known vulnerabilities, before anything is installed."
PLACE = Place("command line")


def run(arguments: Sequence[str]) -> int:
    """Return the exit code of an audit of the releases that are named."""
    found = _parser().parse_args(arguments)
    output.outputs(found)
    settings = options.settings(found)
    inventory = Inventory("command line", "arguments", _dependencies(found.releases))
    with Talk(found.progress_spinner != "off" and not found.quiet) as talk:
        outside = Outside(os.environ, os.getcwd(), time.time(), talk.say, talk.progress)
        report = flow.judge([inventory], settings, outside)
    return finish(report, found)


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"check": _parser()}


def _parser() -> options.Parser:
    parser = options.parser("check", ABOUT, USAGE)
    parser.add_argument("releases", nargs="+", metavar="NAME==VERSION", help="a release, such as django==4.2")
    data = parser.add_argument_group("advisory data")
    options.add_data(data, os.environ)
    options.add_as_of(data)
    options.add_policy(parser.add_argument_group("what fails"))
    options.add_output(parser.add_argument_group("the report"), os.environ)
    return parser


def _dependencies(releases: Iterable[str]) -> tuple[Dependency, ...]:
    return tuple(_dependency(text) for text in dict.fromkeys(releases))


def _dependency(text: str) -> Dependency:
    name, mark, version = text.replace(" ", "").partition("==")
    name = name.partition("[")[0]
    if not (mark and name and version) or "*" in version:
        raise UsageError(f"{text!r} is not one release", hint="write NAME==VERSION, such as django==4.2")
    return Dependency(Pin(PYPI, normalise(name), version.lstrip("=")), PLACE, direct=True, spelling=name)
