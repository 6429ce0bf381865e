"""The options of the command line, and the Settings that they make. pip-audit 2.10's mean here what they mean there."""

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
from pip_assay.model import Severity
from pip_assay.reports import FORMATS
from pip_assay.settings import OSV_URL, STALE_AFTER_DAYS, TIMEOUT_SECONDS, Settings

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
SWITCHES = ("on", "off", "auto")
SERVICES = ("local", "pypi", "osv")
LATER = {
    "cyclonedx-json": "the CycloneDX formats are not part of this release; use json",
    "cyclonedx-xml": "the CycloneDX formats are not part of this release; use json",
    "esms": "the Ecosyste.ms service is not part of this release; use pypi, osv or the local database",
}
"""What pip-audit offers and this release does not: said plainly, never pretended."""


class Parser(ArgumentParser):
    """A parser that says what is wrong in one sentence, and offers the option that was probably meant."""

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
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            raise UsageError(f"unknown option {unknown[0]}", hint=self._nearest(unknown[0]))
        return found

    def _nearest(self, given: str) -> str:
        import difflib

        known = [option for action in self._actions for option in action.option_strings if action.help != SUPPRESS]
        synonyms = {"--severity": "--fail-on", "--min-severity": "--fail-on", "--ignore": "--ignore-vuln"}
        name = given.partition("=")[0]
        near = [synonyms[name]] if name in synonyms else difflib.get_close_matches(name, known, 1)
        return f"did you mean {near[0]}?" if near else f"see: {self.prog} --help"


def parser(command: str, description: str, usage: str) -> Parser:
    """Return an empty parser of one subcommand."""
    return Parser(
        prog=f"pip-assay {command}".strip(),
        usage=usage,
        description=description,
        formatter_class=_Formatter,
        allow_abbrev=False,
    )


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
        help="who answers: local (the database on this machine), pypi or osv (default: local)",
    )  # fmt: skip
    group.add_argument(
        "--osv-url", metavar="URL", default=environ.get("PIP_AUDIT_OSV_URL", OSV_URL),
        help="the OSV service to ask with -s osv",
    )  # fmt: skip
    add_database(group, environ)
    group.add_argument("--offline", action="store_true", help="open no connection; what needs one becomes a problem")
    group.add_argument(
        "--timeout", type=_seconds, default=TIMEOUT_SECONDS, metavar="SECONDS",
        help=f"how long a server may be silent (default: {TIMEOUT_SECONDS:.0f})",
    )  # fmt: skip
    group.add_argument(
        "--max-db-age", type=_days, default=environ.get("PIP_ASSAY_MAX_DB_AGE", STALE_AFTER_DAYS),
        dest="max_database_age", metavar="DAYS",
        help=f"refresh advisory data older than this, or report their age (default: {STALE_AFTER_DAYS:.0f})",
    )  # fmt: skip


def add_as_of(group: _ArgumentGroup) -> None:
    """Add the option that leaves out what was published later."""
    group.add_argument(
        "--as-of", type=_date, default="", metavar="DATE",
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
        "--fail-on", choices=SEVERITIES, metavar="SEVERITY",
        help="fail on findings of at least this severity: low, medium, high or critical; unknown severity and"
        " malware always fail (default: every finding fails)",
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
    group.add_argument("--exit-zero", action="store_true", help="exit with 0 whatever was found")


def add_output(group: _ArgumentGroup, environ: Mapping[str, str]) -> None:
    """Add the options that say what a report looks like and where it goes."""
    group.add_argument(
        "-f", "--format", metavar="FORMAT", default=environ.get("PIP_AUDIT_FORMAT", "terminal"),
        help="terminal, columns, markdown, json or jsonl (default: terminal)",
    )  # fmt: skip
    group.add_argument(
        "-o", "--output", metavar="FILE", default=environ.get("PIP_AUDIT_OUTPUT", "stdout"),
        help="where the report goes (default: stdout)",
    )  # fmt: skip
    for name, default in (("desc", environ.get("PIP_AUDIT_DESC", "auto")), ("aliases", "auto")):
        group.add_argument(
            f"--{name}", nargs="?", const="on", default=default, choices=SWITCHES, metavar="on|off|auto",
            help=f"print {'descriptions' if name == 'desc' else 'all aliases'} (default: auto, on for json)",
        )  # fmt: skip
    group.add_argument(
        "--progress-spinner", choices=SWITCHES[:2], default=environ.get("PIP_AUDIT_PROGRESS_SPINNER", "on"),
        metavar="on|off", help="show progress on a terminal (default: on)",
    )  # fmt: skip
    debug = environ.get("PIP_AUDIT_LOGLEVEL", "").upper() == "DEBUG"
    group.add_argument("-v", "--verbose", action="count", default=int(debug), help="say more; repeatable")


def add_version(to: ArgumentParser) -> None:
    """Add -V."""
    to.add_argument("-V", "--version", action="version", version=f"pip-assay {__version__}")


def settings(found: Namespace) -> Settings:
    """Return the settings that parsed arguments make; options that the subcommand does not have keep their default."""
    given = vars(found)
    chosen = {name: given[name] for name in Settings._fields if name in given}
    for name, value in chosen.items():
        if isinstance(value, list):
            chosen[name] = tuple(value)
    _check(given)
    return Settings(**chosen)


def _check(given: Mapping[str, object]) -> None:
    """Refuse a choice that does not exist, whether it was typed or comes from a variable, which argparse trusts."""
    for name, what, allowed in (
        ("service", "a vulnerability service", SERVICES),
        ("format", "a report format", FORMATS),
        ("desc", "a setting of --desc", SWITCHES),
        ("progress_spinner", "a setting of --progress-spinner", SWITCHES[:2]),
    ):
        value = str(given.get(name, allowed[0]))
        if value in LATER:
            raise UsageError(LATER[value])
        if value not in allowed:
            raise UsageError(f"{value!r} is not {what}", hint=f"choose one of: {', '.join(allowed)}")


def _date(text: str) -> str:
    from datetime import date, datetime

    try:
        if text:
            date.fromisoformat(text) if len(text) == len("2026-11-01") else datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-01") from None
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
