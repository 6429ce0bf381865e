"""`pip-assay [audit] [TARGET ...]`: the main job."""

import os
import sys
import time
from argparse import Namespace, _ArgumentGroup
from collections.abc import Mapping, Sequence

from pip_assay import flow, policy
from pip_assay.cli import options, output
from pip_assay.cli.talk import Talk
from pip_assay.errors import CLEAN, INCOMPLETE, UsageError
from pip_assay.settings import Outside, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.model import Report
    from pip_assay.policy.baseline import Baseline

USAGE = "pip-assay [audit] [TARGET ...] [-r FILE] [--path DIR] [--python PYTHON] [options]"
ABOUT = """\
Say which of your Python software has known vulnerabilities. A TARGET is a project folder, a
lock of any tool, a requirements file, a manifest, a script, an SBOM, a wheel or other archive,
a container image, an environment or an interpreter, or - for standard input; without one, it
is the environment you are in.
"""
ENDING = """\
other commands, each with --help:
  pip-assay check NAME==VERSION      audit single releases
  pip-assay show ID                  print an advisory, as every source publishes it
  pip-assay why NAME                 print the chains of dependencies that bring a project in
  pip-assay fix [TARGET]             plan the fewest upgrades that settle the most; --write writes
  pip-assay contents [TARGET]        print what distributions carry inside, and their sizes
  pip-assay db import|update|export  the advisory database: pip-assay db --help
  pip-assay serve                    answer the OSV API from the advisory database
  pip-assay ignore ID --reason TEXT  write down that a flaw is accepted
  pip-assay config show              print each setting, and where it was said
  pip-assay convert FILE -f FORMAT   write a saved report in another format
  pip-assay vex TARGET               write what was found and decided as VEX
  pip-assay completion SHELL         print what completes commands and options

exit codes: 0 nothing known to be vulnerable, and everything was looked at; 1 findings;
2 wrong usage; 3 incomplete: something could not be looked at; 4 malware
"""


def run(arguments: Sequence[str]) -> int:
    """Return the exit code of an audit, having printed its report."""
    return audited(_parser(os.environ).parse_args(arguments))


def audited(found: Namespace) -> int:
    """Return the exit code of the audit that the arguments ask for, having printed its report."""
    environ = os.environ
    check(found)
    output.outputs(found)
    settings = placed(options.settings(found), environ)
    with Talk(found.progress_spinner != "off" and not found.quiet) as talk:
        outside = Outside(environ, os.getcwd(), time.time(), talk.say, talk.progress)
        is_fix = getattr(found, "fix", False)
        if found.dry_run and not is_fix:
            return _dry_run(settings, outside)
        if found.ranges:
            from pip_assay.cli import ranges

            code = ranges.run(found, settings, outside)
            return CLEAN if found.exit_zero else code
        before = _before(settings, outside, talk)
        if is_fix:
            from pip_assay.cli import fix

            return fix.as_flag(found, settings, outside, talk, before)
        if settings.recursive:
            code = output.write_all(settings, outside, found, talk, before)
            return CLEAN if found.exit_zero else code
        report = flow.audit(settings, outside, before)
    if before:
        _tell_strange(before, report)
    return finish(report, found)


def _before(settings: Settings, outside: Outside, talk: Talk) -> "Baseline | None":
    """Return what was there before, if the settings name it, having told what a person has to know of it."""
    if not (settings.baseline or settings.since or settings.baseline_fails != "introduced"):
        return None
    from pip_assay import baselines

    known = baselines.before(settings, outside)
    talk.end()
    for note in known.notes if known else ():
        output.tell(note)
    return known.baseline if known else None


def _tell_strange(before: "Baseline", report: "Report") -> None:
    """Tell where a baseline is one of other targets, or of the same by other names."""
    from pip_assay.policy import baseline

    named = [audit.inventory.target for audit in report.audits]
    if baseline.is_of_others(before, named):
        output.tell(f"{before.rule} speaks of other targets than {', '.join(named)}, so all of it is introduced")


def finish(report: "Report", found: Namespace) -> int:
    """Return the exit code that the report deserves, having written it where the options say."""
    written = output.write(report, found)
    return written if found.exit_zero else policy.worst((output.deserved(report, found), written))


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"audit": _parser(os.environ)}


def _parser(environ: Mapping[str, str]) -> options.Parser:
    parser = options.parser("", ABOUT, USAGE)
    parser.epilog = ENDING
    add_options(parser, environ)
    parser.add_argument_group("repair").add_argument(
        "--fix", action="store_true",
        help="first do what `pip-assay fix --write` does, then audit; with --dry-run only say what it would do",
    )  # fmt: skip
    return parser


def add_options(parser: options.Parser, environ: Mapping[str, str]) -> None:
    """Add all that an audit can be asked."""
    what = add_targets(parser, environ)
    what.add_argument(
        "--ranges", action="store_true",
        help="say which releases the ranges of a manifest allow, and the lowest safe floor of each",
    )  # fmt: skip
    options.add_scope(parser.add_argument_group("what of it"))
    add_install(parser)
    data = parser.add_argument_group("advisory data")
    options.add_data(data, environ)
    options.add_as_of(data)
    policy_options = parser.add_argument_group("what fails")
    options.add_policy(policy_options)
    options.add_baseline(policy_options)
    policy_options.add_argument("-d", "--dry-run", action="store_true", help="read the targets, and look nothing up")
    options.add_output(parser.add_argument_group("the report"), environ)


def add_targets(parser: options.Parser, environ: Mapping[str, str]) -> _ArgumentGroup:
    """Add what names targets. Return the group of options that does."""
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="what to audit")
    options.add_version(parser)
    what = parser.add_argument_group("what to audit")
    what.add_argument(
        "-r", "--requirement", dest="requirements", action="append", default=[], metavar="FILE",
        help="audit what installing this requirements file gives; repeatable; - reads standard input",
    )  # fmt: skip
    what.add_argument(
        "--path", dest="paths", action="append", default=[], metavar="DIR",
        help="audit the distributions in this site-packages folder; repeatable",
    )  # fmt: skip
    what.add_argument(
        "--python", default=environ.get("PIPAPI_PYTHON_LOCATION", ""), metavar="PYTHON",
        help="audit the environment of this interpreter or virtual environment; it is not started",
    )  # fmt: skip
    what.add_argument(
        "--root", dest="roots", action="append", default=[], metavar="DIR",
        help="audit every environment in an unpacked container image or file system; repeatable",
    )  # fmt: skip
    what.add_argument("--tools", action="store_true", help="audit the environments of pipx and of `uv tool`")
    what.add_argument(
        "-R", "--recursive", action="store_true", help="audit every target in the named folders, at any depth"
    )
    what.add_argument("--hints", action="store_true", help="list what Dockerfiles and notebooks install, too")
    what.add_argument("--locked", action="store_true", help="of a project folder, read pylock.toml files alone")
    what.add_argument("-l", "--local", action="store_true", help="leave out what the environment takes from the system")
    what.add_argument("--skip-editable", action="store_true", help="list editable installs without auditing them")
    return what


def add_install(parser: options.Parser) -> None:
    """Add what says how an install is resolved."""
    install = parser.add_argument_group("what an install would bring in")
    install.add_argument("--no-deps", action="store_true", help="audit the requirements as they are listed")
    install.add_argument("--require-hashes", action="store_true", help="require a hash on every requirement")
    install.add_argument("--disable-pip", action="store_true", help="ask no resolver: hashed files, or --no-deps")
    install.add_argument("--index-url", default="", metavar="URL", help="the package index to use in place of PyPI")
    install.add_argument(
        "--extra-index-url", dest="extra_index_urls", action="append", default=[], metavar="URL",
        help="a package index to use as well; repeatable",
    )  # fmt: skip
    install.add_argument(
        "-c", "--constraint", dest="constraints", action="append", default=[], metavar="FILE",
        help="limit what is resolved to the versions in this file; repeatable",
    )  # fmt: skip
    install.add_argument(
        "--override", dest="overrides", action="append", default=[], metavar="FILE",
        help="resolve with these requirements in place of all others of their projects; repeatable",
    )  # fmt: skip
    install.add_argument(
        "--exclude-newer", default="", metavar="DATE", help="resolve as on this date: 2026-11-01, or with a time"
    )
    install.add_argument(
        "--allow-build", action="store_true",
        help="build what has no wheel to learn what it needs; THIS RUNS ITS CODE",
    )  # fmt: skip


def check(found: Namespace) -> None:
    """Refuse options that would have no effect, as pip-audit does.

    Raises:
        UsageError: an option does not go with the targets or with another one, or names what does not exist.
    """
    requirements = found.requirements or found.targets
    for option in ("no_deps", "require_hashes", "disable_pip", "index_url", "extra_index_urls"):
        asks = found.status or found.fail_on_yanked or found.fail_on_archived
        if getattr(found, option) and not requirements and found.service == "local" and not (asks and "url" in option):
            name = "--" + option.replace("_urls", "_url").replace("_", "-")
            raise UsageError(f"the {name} option has no effect without a requirements file", hint="name one with -r")
    if found.locked and not found.targets:
        raise UsageError("the --locked option goes with a project folder", hint="name it: pip-assay --locked .")
    if found.python_version or found.platform:
        from pip_assay import markers

        markers.environment(found.python_version, found.platform)
    _check_together(found)
    if found.recursive and not found.targets:
        raise UsageError("the --recursive option goes with a folder", hint="name it: pip-assay --recursive .")
    if found.only_groups and (found.groups or found.extras or found.no_dev):
        raise UsageError("--only-group does not go with --group, --extra or --no-dev", hint="name the groups alone")
    if found.requirements and (found.paths or found.targets):
        raise UsageError("-r does not go with --path or a target", hint="run pip-assay once for each")


def _check_together(found: Namespace) -> None:
    others = [option for option in ("recursive", "baseline", "since") if getattr(found, option)]
    if found.ranges and others:
        raise UsageError(f"--ranges does not go with --{others[0]}", hint="name the manifests alone")
    if getattr(found, "fix", False) and found.ranges:
        raise UsageError("--fix does not go with --ranges", hint="name the manifests alone")
    if getattr(found, "fix", False) and found.recursive:
        raise UsageError("--fix does not go with --recursive", hint="use: pip-assay fix --recursive FOLDER --write")


def placed(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """Return the settings where an explicitly named target overrides the interpreter of PIPAPI_PYTHON_LOCATION."""
    if settings._replace(python="").names_something() and settings.python == environ.get("PIPAPI_PYTHON_LOCATION", ""):
        return settings._replace(python="")
    return settings


def _dry_run(settings: Settings, outside: Outside) -> int:
    """Return 0 when every target could be read, else 3, having told how much would be audited and what is wrong."""
    found = flow.read(settings, outside)
    for problem in dict.fromkeys(problem for inventory in found for problem in inventory.problems):
        output.tell(str(problem))
    count = sum(1 for inventory in found for each in inventory.dependencies if flow.auditable(each))
    sys.stderr.write(f"Dry run: would have audited {count} packages\n")
    return INCOMPLETE if any(inventory.problems for inventory in found) else CLEAN
