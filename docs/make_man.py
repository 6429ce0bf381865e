"""The manual page docs/pip-assay.1, out of the parsers: run `python -m pytest --update tests/unit/test_completion.py`.

Macros: man(7) of groff and mandoc alike.
"""

import re
from argparse import SUPPRESS, Action
from collections.abc import Iterable, Iterator

from pip_assay import __version__
from pip_assay.cli import COMMANDS, grammar
from pip_assay.cli.options import Parser

ENVIRONMENT = {
    "PIP_ASSAY_CACHE": "the folder for the database and cached answers",
    "PIP_ASSAY_DB": "the local advisory database",
    "PIP_ASSAY_CONFIG": "the settings file to read in place of the nearest",
    "PIP_ASSAY_SETTING": "any setting that `pip-assay config show` lists, in capitals, with _ for -",
    "NO_COLOR, FORCE_COLOR": "no colours, or colours though stdout is no terminal",
    "HTTPS_PROXY, NO_PROXY, PIP_INDEX_URL": "as for pip",
}

EXIT_STATUS = {
    "0": "everything was looked at, and nothing fails",
    "1": "a finding fails",
    "2": "the command or a setting is wrong",
    "3": "incomplete: something could not be looked at, and nothing worse was found",
    "4": "malware",
}

EXAMPLES = {
    "pip-assay": "audit the environment you are in",
    "pip-assay . --fail-on high": "audit a project, and fail on what is high or critical alone",
    "pip-assay uv.lock -f terminal -f sarif=pip-assay.sarif": "print the report, and write it as SARIF too",
    "pip-assay check django==4.2": "audit a release before it is installed",
}


def page() -> str:
    """Return the manual page."""
    parsers = grammar.parsers()
    audit = parsers["audit"]
    lines = [
        f'.TH PIP\\-ASSAY 1 "" "pip\\-assay {_roff(__version__)}" "User Commands"',
        ".SH NAME",
        f"pip\\-assay \\- {_roff('say which of your Python software has known vulnerabilities')}",
        ".SH SYNOPSIS",
        *_synopsis(audit),
        *(line for words, parser in parsers.items() if words != "audit" for line in (".br", *_synopsis(parser))),
        ".SH DESCRIPTION",
        _text(audit.description or ""),
        *_groups(audit, ".SH"),
        ".SH COMMANDS",
        *_listed(COMMANDS.items()),
    ]
    for words, parser in parsers.items():
        if words != "audit":
            lines += [
                f'.SH "PIP\\-ASSAY {_roff(words.upper())}"',
                _text(parser.description or ""),
                *_groups(parser, ".SS"),
            ]
    lines += [".SH EXIT STATUS", *_listed(EXIT_STATUS.items())]
    lines += [".SH ENVIRONMENT", *_listed(ENVIRONMENT.items())]
    lines += [".SH FILES", *_listed([("pip-assay.toml, pyproject.toml", "settings; the nearest to what is audited")])]
    lines += [".SH EXAMPLES", *_listed(EXAMPLES.items())]
    return "".join(f"{line}\n" for line in lines)


def _synopsis(parser: Parser) -> Iterator[str]:
    for usage in (parser.usage or parser.prog).splitlines():
        first, *rest = usage.strip().split(" ")
        yield f".B {_roff(first)}"
        yield _text(" ".join(rest))


def _groups(parser: Parser, heading: str) -> Iterator[str]:
    for group in parser._action_groups:
        shown = [each for each in group._group_actions if each.help != SUPPRESS]
        if shown:
            title = (group.title or "").capitalize()
            yield f'{heading} "{_roff(title.upper() if heading == ".SH" else title)}"'
            for action in shown:
                yield from _action(action, parser)


def _action(action: Action, parser: Parser) -> Iterator[str]:
    placeholder = parser._get_formatter()._format_args(action, str(action.metavar or action.dest.upper()))
    names = ", ".join(f"\\fB{_roff(name)}\\fR" for name in action.option_strings)
    taken = f"\\fI{_roff(placeholder)}\\fR" if action.nargs != 0 else ""
    yield ".TP"
    yield " ".join(part for part in (names, taken) if part)
    yield _text((action.help or "").replace("%%", "%"))


def _listed(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, about in pairs:
        yield from (".TP", f"\\fB{_roff(name)}\\fR", _text(about))


def _text(text: str) -> str:
    """Return a paragraph, no line of which is a request."""
    return "\n".join(re.sub(r"^(?=[.'])", r"\\&", _roff(line)) for line in text.strip().splitlines())


def _roff(text: str) -> str:
    return (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace('"', "\\(dq").replace("`", "\\(ga")
    )
