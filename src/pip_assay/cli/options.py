"""The options of the command line, and the Settings that they make. pip-audit 2.10's mean here what they mean there."""

import argparse
import os
from argparse import (
    SUPPRESS,
    Action,
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
    _ArgumentGroup,
)
from collections.abc import Mapping, Sequence

from pip_assay import __version__
from pip_assay.errors import UsageError
from pip_assay.reports import FORMATS
from pip_assay.settings import OSV_URL, STALE_AFTER_DAYS, TIMEOUT_SECONDS, Settings

# argparse looks for translations of its own words, and there are none: to look costs a millisecond.
argparse._ = str  # type: ignore[attr-defined]

SWITCHES = ("on", "off", "auto")
SERVICES = ("local", "pypi", "osv", "esms")


class Parser(ArgumentParser):
    """A parser that says what is wrong in one sentence, and offers the option that was probably meant."""

    _fixed: frozenset[str] = frozenset()

    def error(self, message: str) -> None:  # type: ignore[override]
        """Raise the message as a UsageError.

        Raises:
            UsageError: always.
        """
        raise UsageError(message, hint=f"see: {self.prog} --help")

    def parse_args(self, args: Sequence[str] | None = None, namespace: Namespace | None = None) -> Namespace:  # type: ignore[override]
        """Return the parsed arguments.

        Raises:
            UsageError: an option is unknown, or a value is wrong.
        """
        if any(action.dest == "no_config" for action in self._actions):
            self._set_defaults(args or ())
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            raise UsageError(f"unknown option {unknown[0]}", hint=self._nearest(unknown[0]))
        return found

    def fix(self, **defaults: object) -> None:
        """Have these defaults hold whatever settings files and variables say."""
        self.set_defaults(**defaults)
        self._fixed = frozenset(defaults)

    def _set_defaults(self, arguments: Sequence[str]) -> None:
        """Have what settings files and variables say take the place of defaults; options override them."""
        from pip_assay.configuration import nearest

        config, no_config = _config_of(arguments)
        if nearest.is_silent(os.environ, os.getcwd(), config, no_config=no_config):
            return
        from pip_assay.configuration import keys, layers

        said = layers.read(os.environ, os.getcwd(), config, no_config=no_config)
        own = {action.dest for action in self._actions}.difference(self._fixed)
        for key in keys.KEYS:
            if key.field in own and (word := said.said(key)):
                value = list(word.value) if isinstance(word.value, tuple) else word.value
                self.set_defaults(**{key.field: value})

    def _nearest(self, given: str) -> str:
        import difflib

        known = [option for action in self._actions for option in action.option_strings if action.help != SUPPRESS]
        synonyms = {"--severity": "--fail-on", "--min-severity": "--fail-on", "--ignore": "--ignore-vuln"}
        name = given.partition("=")[0]
        near = [synonyms[name]] if name in synonyms else difflib.get_close_matches(name, known, 1)
        return f"did you mean {near[0]}?" if near else f"see: {self.prog} --help"


def _config_of(arguments: Sequence[str]) -> tuple[str, bool]:
    """Return what --config and --no-config say, before all else is parsed: it depends on them."""
    given = arguments[: arguments.index("--")] if "--" in arguments else arguments
    config = ""
    for option, following in zip(given, [*given[1:], ""], strict=False):
        if option == "--config":
            config = following
        elif option.startswith("--config="):
            config = option.removeprefix("--config=")
    return config, "--no-config" in given


class _Collect(Action):
    """Collects what a repeatable option gives; the first takes the place of what a settings file says."""

    def __call__(
        self, _parser: ArgumentParser, namespace: Namespace, values: object, _option: str | None = None
    ) -> None:
        held = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [*([] if held is self.default else held), values])


def parser(command: str, description: str, usage: str) -> Parser:
    """Return an empty parser of one subcommand."""
    made = Parser(
        prog=f"pip-assay {command}".strip(),
        usage=usage,
        description=description,
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    made.register("action", "append", _Collect)
    return made


class _Formatter(RawDescriptionHelpFormatter):
    """The help as Python 3.13 writes it, with any Python and on any terminal, so that the documents can show it."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=34, width=100)

    def _format_action_invocation(self, action: Action) -> str:
        if not action.option_strings:
            return super()._format_action_invocation(action)
        names = ", ".join(action.option_strings)
        if action.nargs == 0:
            return names
        return f"{names} {self._format_args(action, self._get_default_metavar_for_optional(action))}"


def add_data(group: _ArgumentGroup, environ: Mapping[str, str]) -> None:
    """Add the options that say which advisory data answer."""
    group.add_argument(
        "-s", "--vulnerability-service", dest="service", metavar="SERVICE",
        default=environ.get("PIP_AUDIT_VULNERABILITY_SERVICE", "local"),
        help="who answers: local (the database on this machine), pypi, osv or esms (Ecosyste.ms) (default: local)",
    )  # fmt: skip
    group.add_argument(
        "--osv-url", metavar="URL", default=environ.get("PIP_AUDIT_OSV_URL", OSV_URL),
        help="the OSV service to ask with -s osv",
    )  # fmt: skip
    add_local_data(group, environ)


def add_local_data(group: _ArgumentGroup, environ: Mapping[str, str]) -> None:
    """Add the options that say where the local database is, and how old it may be."""
    add_database(group, environ)
    add_network(group)
    group.add_argument(
        "--max-db-age", type=_days, default=environ.get("PIP_ASSAY_MAX_DB_AGE", STALE_AFTER_DAYS),
        dest="max_database_age", metavar="DAYS",
        help=f"refresh advisory data older than this, or report their age (default: {STALE_AFTER_DAYS:.0f})",
    )  # fmt: skip


def add_network(group: _ArgumentGroup) -> None:
    """Add the options that say what may be asked of servers."""
    group.add_argument("--offline", action="store_true", help="open no connection; what needs one becomes a problem")
    group.add_argument(
        "--timeout", type=_seconds, default=TIMEOUT_SECONDS, metavar="SECONDS",
        help=f"how long a server may be silent (default: {TIMEOUT_SECONDS:.0f})",
    )  # fmt: skip


def add_as_of(group: _ArgumentGroup) -> None:
    """Add the option that leaves out what was published later."""
    group.add_argument(
        "--as-of", type=_moment, metavar="DATE",
        help="use only records published up to this day: 2026-11-01, or with a time",
    )  # fmt: skip


def add_database(group: _ArgumentGroup, environ: Mapping[str, str]) -> None:
    """Add the options that say where the local database is."""
    group.add_argument(
        "--db", dest="database", metavar="FILE", default=environ.get("PIP_ASSAY_DB", ""),
        help="the local advisory database (default: in the cache folder; PIP_ASSAY_DB)",
    )  # fmt: skip
    group.add_argument(
        "--cache-dir", dest="cache", metavar="DIR", default="", help="the folder for the database and cached answers"
    )
    add_config(group)


def add_config(group: _ArgumentGroup | ArgumentParser) -> None:
    """Add the options that say which settings file is read."""
    group.add_argument(
        "--config", default="", metavar="FILE",
        help="the settings file to read in place of the nearest pip-assay.toml or pyproject.toml",
    )  # fmt: skip
    group.add_argument("--no-config", action="store_true", help="read no settings file")


def add_scope(group: _ArgumentGroup) -> None:
    """Add the options that say what of a target is audited; what they leave out is counted."""
    for option, name, said in (
        ("--group", "groups", "what is needed at run time and by this dependency group; repeatable"),
        ("--extra", "extras", "what is needed at run time and by this extra; repeatable"),
        ("--only-group", "only_groups", "this dependency group alone; repeatable"),
    ):
        group.add_argument(option, dest=name, action="append", default=[], metavar="NAME", help=f"audit {said}")
    group.add_argument("--no-dev", action="store_true", help="leave dependency groups out")
    group.add_argument(
        "--no-bundled", action="store_true",
        help="leave out what wheels carry (crates, libraries, copies of projects), and the interpreter",
    )  # fmt: skip
    group.add_argument(
        "--python-version", default="", metavar="X.Y", help="audit and resolve for this Python (default: every one)"
    )
    group.add_argument(
        "--platform", "--python-platform", dest="platform", default="", metavar="PLATFORM",
        help="audit and resolve for linux, macos, windows or a platform in uv's words (default: every one)",
    )  # fmt: skip


def add_policy(group: _ArgumentGroup) -> None:
    """Add the options that say what fails."""
    group.add_argument(
        "--ignore-vuln", action="append", default=[], dest="ignored", metavar="ID",
        help="report the vulnerability with this id or alias as ignored; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--fail-on", action="append", default=[], metavar="CONDITION",
        help="what fails: low, medium, high or critical and above, exploited, epss>=NUMBER; with fixable, only"
        " what has a fix; with informational, what reports no flaw, too; repeatable; what is unknown, and malware,"
        " fails (default: every flaw fails)",
    )  # fmt: skip
    group.add_argument(
        "--status", action="store_true",
        help="ask the package index which projects are archived or quarantined and which releases yanked",
    )  # fmt: skip
    group.add_argument("--fail-on-yanked", action="store_true", help="fail on yanked releases; asks as --status does")
    group.add_argument(
        "--fail-on-archived", action="store_true",
        help="fail on archived and deprecated projects; asks as --status does",
    )  # fmt: skip
    group.add_argument("-S", "--strict", action="store_true", help="fail when any dependency was not audited")
    group.add_argument(
        "--vex", action="append", default=[], metavar="FILE",
        help="statements on which flaws do no harm: OpenVEX, or CycloneDX or CSAF as JSON; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--strict-ignores", action="store_true", help="fail when an ignore is expired or matches nothing"
    )
    group.add_argument("--exit-zero", action="store_true", help="exit with 0 whatever was found")


def add_baseline(group: _ArgumentGroup) -> None:
    """Add the options that say what was there before."""
    group.add_argument(
        "--baseline", default="", metavar="FILE",
        help="fail only on what this change introduces, against the report of an earlier audit (-f json)",
    )  # fmt: skip
    group.add_argument(
        "--since", default="", metavar="REF",
        help="the same, against the targets as they were at this git commit; nothing is checked out",
    )  # fmt: skip
    group.add_argument(
        "--baseline-fails", choices=("introduced", "new"), default="introduced", metavar="introduced|new",
        help="what fails then: what is introduced, or newly published advisories too (default: introduced)",
    )  # fmt: skip


def add_output(group: _ArgumentGroup, environ: Mapping[str, str]) -> None:
    """Add the options that say what a report looks like and where it goes."""
    group.add_argument(
        "-f", "--format", action="append", metavar="FORMAT[=FILE]", default=["terminal"],
        help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}; repeatable, each but one with a file"
        " (default: terminal)",
    )  # fmt: skip
    group.add_argument(
        "-o", "--output", metavar="FILE", default=environ.get("PIP_AUDIT_OUTPUT", "stdout"),
        help="where the report goes (default: stdout)",
    )  # fmt: skip
    group.add_argument(
        "--spec-version", choices=("1.6", "1.7"), default="", metavar="VERSION",
        help="of the CycloneDX formats: 1.6 or 1.7 (default: 1.6)",
    )  # fmt: skip
    for name, default in (("desc", environ.get("PIP_AUDIT_DESC", "auto")), ("aliases", "auto")):
        group.add_argument(
            f"--{name}", nargs="?", const="on", default=default, choices=SWITCHES, metavar="on|off|auto",
            help=f"print {'descriptions' if name == 'desc' else 'all aliases'} (default: auto, on for json and html)",
        )  # fmt: skip
    group.add_argument(
        "--progress-spinner", choices=SWITCHES[:2], default=environ.get("PIP_AUDIT_PROGRESS_SPINNER", "on"),
        metavar="on|off", help="show progress on a terminal (default: on)",
    )  # fmt: skip
    debug = environ.get("PIP_AUDIT_LOGLEVEL", "").upper() == "DEBUG"
    group.add_argument("-v", "--verbose", action="count", default=int(debug), help="say more; repeatable")
    group.add_argument(
        "-q", "--quiet", action="count", default=0,
        help="say less: findings, problems and the closing line; twice, the closing line alone",
    )  # fmt: skip


def add_version(to: ArgumentParser) -> None:
    """Add -V."""
    to.add_argument("-V", "--version", action="version", version=f"pip-assay {__version__}")


def settings(found: Namespace) -> Settings:
    """Return the settings that parsed arguments make; options that the subcommand does not have keep their default."""
    given = vars(found)
    chosen = {name: given[name] for name in Settings._fields if given.get(name) is not None}
    for name, value in chosen.items():
        if isinstance(value, list):
            chosen[name] = tuple(value)
    _check(given)
    return Settings(**chosen)


def _check(given: Mapping[str, object]) -> None:
    """Refuse a choice that does not exist, whether it was typed or comes from a variable, which argparse trusts."""
    for name, what, allowed in (
        ("service", "a vulnerability service", SERVICES),
        ("desc", "a setting of --desc", SWITCHES),
        ("progress_spinner", "a setting of --progress-spinner", SWITCHES[:2]),
    ):
        value = str(given.get(name, allowed[0]))
        if value not in allowed:
            raise UsageError(f"{value!r} is not {what}", hint=f"choose one of: {', '.join(allowed)}")


def day(text: str) -> str:
    """Return a date, with or without a time, as it was given.

    Raises:
        ArgumentTypeError: it is none.
    """
    from datetime import date, datetime

    try:
        if text:
            date.fromisoformat(text) if len(text) == len("2026-11-01") else datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-01") from None
    return text


def _moment(text: str) -> str:
    """Return a date of --as-of as it was given; an empty one, as an unset variable leaves it, is none."""
    from pip_assay.advisories import as_of

    as_of.moment(text, float("inf"))
    return text


def _seconds(text: str) -> float:
    return _positive(text, "a number of seconds")


def _days(text: str) -> float:
    return _positive(text, "a number of days")


def _positive(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ArgumentTypeError(f"{text!r} is not {what}")
    return value
