"""What may be typed: every command, its options and what each takes, out of the parsers themselves."""

from argparse import SUPPRESS, Action
from collections.abc import Iterator

from pip_assay.cli import COMMANDS, load
from pip_assay.cli.options import SERVICES, Parser
from pip_assay.reports import FORMATS, fixing
from pip_assay.values import Literal, NamedTuple

Takes = Literal["nothing", "text", "file", "folder"]

WORDS: dict[str, tuple[str, ...]] = {
    "FORMAT[=FILE]": FORMATS,
    "FORMAT[=PATH]": fixing.FORMATS,
    "SERVICE": SERVICES,
    "CONDITION": ("low", "medium", "high", "critical", "exploited", "fixable", "informational"),
    "PLATFORM": ("linux", "macos", "windows"),
}
"""What may stand for a placeholder of the help, where the parser itself does not limit it."""


class Option(NamedTuple):
    """An option, or what is typed without one, which has no names.

    takes    what follows it; `words` are those that may, empty for any.
    maybe    whether what follows may be left out.
    """

    names: tuple[str, ...]
    about: str
    shown: str = ""
    takes: Takes = "nothing"
    words: tuple[str, ...] = ()
    maybe: bool = False


class Command(NamedTuple):
    """What may be typed after the words of a command: "audit", "db import"."""

    words: str
    about: str
    options: tuple[Option, ...]
    arguments: tuple[Option, ...]


def parsers() -> dict[str, Parser]:
    """Return the parser of every command, by its words, in the order of the help."""
    return {words: parser for name in COMMANDS for words, parser in load(name).parsers().items()}


def commands() -> tuple[Command, ...]:
    """Return every command."""
    return tuple(_command(words, parser) for words, parser in parsers().items())


def first_words() -> dict[str, tuple[str, ...]]:
    """Return the commands, and the second words of those that have some: {"audit": (), "db": ("import", ...)}."""
    found: dict[str, tuple[str, ...]] = {}
    for words in parsers():
        first, _, second = words.partition(" ")
        found[first] = (*found.get(first, ()), second) if second else ()
    return found


def _command(words: str, parser: Parser) -> Command:
    made = [_option(each) for each in parser._actions if each.help != SUPPRESS]
    about = (parser.description or "").partition("\n\n")[0].replace("\n", " ").strip()
    return Command(
        words, about, tuple(each for each in made if each.names), tuple(each for each in made if not each.names)
    )


def _option(action: Action) -> Option:
    about = (action.help or "").replace("%%", "%")
    names = tuple(action.option_strings)
    if action.nargs == 0:
        return Option(names, about)
    shown = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    words = tuple(_words(action, shown))
    return Option(names, about, shown, "text" if words else _takes(shown), words, action.nargs == "?")


def _words(action: Action, shown: str) -> Iterator[str]:
    if action.choices:
        yield from map(str, action.choices)
    elif shown in WORDS:
        yield from WORDS[shown]
    elif "|" in shown:
        yield from shown.split("|")


def _takes(shown: str) -> Takes:
    """Return what a placeholder of the help stands for."""
    if shown == "DIR":
        return "folder"
    marks = ("FILE", "PATH", "TARGET", "DIR", "PYTHON", ".pem")
    return "file" if any(mark in shown for mark in marks) else "text"
