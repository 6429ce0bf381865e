"""What `pip-assay fix` can be asked, beside what an audit can."""

import re
from argparse import ArgumentTypeError, Namespace
from collections.abc import Mapping

from pip_assay.cli import options
from pip_assay.fix.nouns import LEVELS, Wish
from pip_assay.reports.fixing import FORMATS

SEVERITIES = ("low", "medium", "high", "critical")
UNITS = {"": 1.0, "h": 1 / 24, "d": 1.0, "w": 7.0}


def wish(found: Namespace) -> Wish:
    """Return what parsed arguments ask of a fix."""
    return Wish(
        only=tuple(found.only), least=found.min_severity, level=found.max_level, relax=found.relax,
        allow_downgrade=found.allow_downgrade, allow_build=found.allow_build, cooldown=found.cooldown,
        reformat=found.reformat,
    )  # fmt: skip


def add_wish(parser: options.Parser) -> None:
    """Add what says what is to be settled, and how."""
    group = parser.add_argument_group("what to fix, and how")
    group.add_argument("--write", action="store_true", help="write the plan: all files of it, or none")
    group.add_argument("-d", "--dry-run", action="store_true", help="only plan (the default)")
    group.add_argument(
        "--only", action="append", default=[], metavar="ID-OR-NAME",
        help="settle only the flaw with this id or alias, or those of this project; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--min-severity", choices=SEVERITIES, default="", metavar="SEVERITY",
        help=f"settle only what is at least {', '.join(SEVERITIES[:-1])} or {SEVERITIES[-1]}, or not rated",
    )  # fmt: skip
    group.add_argument(
        "--max-level", choices=LEVELS, default=LEVELS[-1], metavar="patch|minor|major",
        help=f"the largest step that any release may make (default: {LEVELS[-1]})",
    )  # fmt: skip
    group.add_argument(
        "--relax", action="store_true", help="widen what the project itself asks for, where that settles more"
    )
    group.add_argument(
        "--allow-downgrade", action="store_true", help="take a lower release where no higher one is safe"
    )
    group.add_argument(
        "--cooldown", type=_days, default=0.0, metavar="TIME",
        help="take no release younger than 7d, 12h or 2w (days without a letter), but one that settles a flaw",
    )  # fmt: skip
    group.add_argument("--reformat", action="store_true", help="let a newer tool write a lock in its own, newer form")


def add_output(parser: options.Parser, environ: Mapping[str, str]) -> None:
    """Add what says how the plan is shown, and where it goes."""
    group = parser.add_argument_group("the report")
    group.add_argument(
        "-f", "--format", action="append", metavar="FORMAT[=PATH]", default=list(FORMATS[:1]),
        help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}, which `git apply` takes; repeatable, each but one with a"
        " file (default: terminal)",
    )  # fmt: skip
    group.add_argument(
        "-o", "--output", metavar="FILE", default="stdout",
        help="where the report goes (default: stdout); the name of a format is one: --output patch is -f patch",
    )  # fmt: skip
    group.add_argument(
        "--progress-spinner", choices=options.SWITCHES[:2], default=environ.get("PIP_AUDIT_PROGRESS_SPINNER", "on"),
        metavar="on|off", help="show progress on a terminal (default: on)",
    )  # fmt: skip
    group.add_argument("-v", "--verbose", action="count", default=0, help="name every flaw, and show every difference")
    group.add_argument(
        "-q", "--quiet", action="count", default=0, help="leave the difference out; twice, all but the closing line"
    )


def _days(text: str) -> float:
    """Return a time in days.

    Raises:
        ArgumentTypeError: it is none.
    """
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*([hdw]?)", text.strip(), re.ASCII)
    if not found:
        raise ArgumentTypeError(f"{text!r} is not a time such as 7d, 12h or 2w")
    return float(found[1]) * UNITS[found[2]]
