"""`pip-assay fix [TARGET ...]`: the fewest upgrades that settle the most, planned, and written where that is asked."""

import os
import sys
import time
from argparse import Namespace
from collections.abc import Collection, Iterable, Mapping, Sequence
from errno import EDQUOT, ENOSPC

from pip_assay import files, flow, policy
from pip_assay.cli import audit, fix_options, options, output
from pip_assay.cli.output import Output
from pip_assay.cli.talk import Talk
from pip_assay.errors import CLEAN, INCOMPLETE, MALWARE, Unreadable, UsageError
from pip_assay.fix.nouns import Outcome, Plan, Target, Wish
from pip_assay.fix.planning import choosing, left
from pip_assay.interrupts import cleaned_up_after
from pip_assay.model import Place, Problem, Report
from pip_assay.reports import fixing as reports
from pip_assay.reports.fixing import FORMATS, Fixing, wording
from pip_assay.reports.text import count
from pip_assay.settings import Outside, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.fix.steps import Fixed
    from pip_assay.policy.baseline import Baseline

USAGE = "pip-assay fix [TARGET ...] [-r FILE] [--write] [options]"
ABOUT = """\
Plan the fewest and nearest upgrades that settle the most findings, in a set of releases that uv
found to fit together and that a second audit finds clean. Nothing is changed unless --write is
given. A TARGET is what it is for an audit: a requirements file, a lock, a project, an environment.
"""
ENDING = """\
exit codes, of what is there after the fix, or would be: 0 nothing is left to settle; 1 findings
stay, and the report says why; 2 wrong usage; 3 no fix could be made or written, or something
could not be looked at; 4 malware stays. All files of a fix change together, or none does.
"""

NOTHING_FOUND = "holds nothing to fix, at any depth: no lock, requirements file, manifest or environment was found"

_NO_ROOM = (ENOSPC, EDQUOT)

MANY = 5
"""More problems of an audit than this are counted here; the audit itself tells them."""


def run(arguments: Sequence[str]) -> int:
    """Return the exit code of what is there after the fix, having printed the plan."""
    environ = os.environ
    found = _parser(environ).parse_args(arguments)
    wanted = _outputs(found)
    if found.write and found.dry_run:
        raise UsageError("--write does not go with --dry-run", hint="leave one of them out")
    audit.check(found)
    settings = audit.placed(options.settings(found), environ)
    with Talk(found.progress_spinner != "off" and not found.quiet) as talk:
        outside = Outside(environ, os.getcwd(), time.time(), talk.say, talk.progress)
        done = _fixed(settings, outside, fix_options.wish(found), wanted, writing=found.write)
    done = done._replace(again="" if found.write else _again(arguments))
    _tell_unmatched(fix_options.wish(found), done)
    _tell(done, outside)
    code = _write(done, wanted, found)
    return CLEAN if found.exit_zero and code != INCOMPLETE else code


def _tell_unmatched(wish: Wish, done: Fixing) -> None:
    """Tell which words of --only mean nothing here: a slip of the pen must not look like success.

    Raises:
        UsageError: none of them does, and all was looked at.
    """
    unmatched = choosing.unmatched(wish.only, done.report.audits)
    words = [f"no finding has the id or name {each}" for each in unmatched]
    if unmatched and len(unmatched) == len(wish.only) and not policy.incomplete(done.report):
        raise UsageError("; ".join(words), "--only", "name a finding, or a project, as an audit lists it")
    for each in words:
        output.tell(wording.harmless(each))


def as_flag(found: Namespace, settings: Settings, outside: Outside, talk: Talk, before: "Baseline | None") -> int:
    """Return the exit code of an audit with pip-audit's --fix: what is then there is audited, and reported."""
    wish = Wish(allow_build=settings.allow_build)
    done = _fixed(settings, outside, wish, output.outputs(found), writing=not found.dry_run)
    is_written = any(each.written for each in done.outcomes)
    report = flow.audit(settings, outside, before) if is_written or before else done.report
    talk.end()
    for line in _lines(done):
        sys.stderr.write(f"{wording.harmless(line)}\n")
    _tell(done, outside, problems=False)
    if not found.dry_run:
        report = reports.settled(done, report)
    code = audit.finish(report, found)
    is_failed = not all(map(done.is_done, done.outcomes))
    return INCOMPLETE if is_failed and code != MALWARE and not found.exit_zero else code


def _fixed(settings: Settings, outside: Outside, wish: Wish, wanted: Iterable[Output], *, writing: bool) -> Fixing:
    """Return the fix of all targets.

    Raises:
        UsageError: a report would be written where something is that is fixed.
        Unreadable: there is no room to work in.
    """
    from pip_assay.fix import steps
    from pip_assay.sources.history import uncommitted

    make = _of_each if settings.recursive else steps.fix
    reserved = tuple(each.path for each in wanted if each.path)
    with cleaned_up_after():
        try:
            done = make(settings, outside, wish, writing=writing, reserved=reserved)
        except KeyboardInterrupt as stopped:
            for each in getattr(stopped, "__notes__", ()):
                output.tell(wording.harmless(each))
            raise
        except OSError as error:
            if error.errno in _NO_ROOM and not error.filename:
                raise _without_room(error) from None
            raise
    asked = tuple(left.asked(each, wish) for each in done.report.audits)
    made = Fixing(done.report, done.outcomes, asked, writing)
    tops = {each.path: uncommitted.top_of(each.path) or outside.folder for each in reports.edits(made)}
    names = {path: os.path.relpath(os.path.abspath(path), top).replace(os.sep, "/") for path, top in tops.items()}
    return made._replace(names=names)


def _without_room(error: OSError) -> Unreadable:
    import tempfile

    what = f"is where a fix is tried, and has no room for it ({files.reason(error)})"
    return Unreadable(what, tempfile.gettempdir(), "make room there, or name another folder with TMPDIR")


def _of_each(
    settings: Settings, outside: Outside, wish: Wish, *, writing: bool, reserved: Collection[str] = ()
) -> "Fixed":
    """Return the fix of every target of a tree that has findings, and what was looked at beside them.

    Requirements files without any are looked at as well: they may build on those that have.
    """
    from pip_assay import fleet
    from pip_assay.fix import layers, steps

    every = fleet.Fleet(settings, outside)
    audits = [each for part in every for each in part.report.audits]
    steps.spare(audits, reserved)
    if not (audits or every.rest.problems):
        where = Place(", ".join(settings.targets))
        nothing = Problem("empty", NOTHING_FOUND, where, "name a file itself, or another folder")
        return steps.Fixed(every.rest._replace(problems=(nothing,)), ())
    clean = [each for each in audits if not left.asked(each, Wish())]
    fixed = [each for each in audits if each not in clean]
    if any(each.inventory.kind == layers.KIND for each in fixed):
        fixed = [each for each in audits if each in fixed or each.inventory.kind == layers.KIND]
    names = tuple(dict.fromkeys(each.inventory.target for each in fixed))
    done = steps.Fixed(Report(()), ())
    if names:
        settings = settings._replace(recursive=False, targets=names)
        done = steps.fix(settings, outside, wish, writing=writing, reserved=reserved)
    others = [each for each in clean if each.inventory.target not in names]
    problems = tuple(dict.fromkeys((*every.rest.problems, *done.report.problems)))
    report = every.rest._replace(audits=(*others, *done.report.audits), problems=problems)
    untouched = (Outcome(Plan(Target(each.inventory, each.inventory.kind, ()))) for each in others)
    return steps.Fixed(report, (*untouched, *done.outcomes))


def _lines(done: Fixing) -> list[str]:
    """Return what was done to each release, or would be, as pip-audit words it; and what was not, and why."""
    if done.writing:
        moved, added, removed, skipped = "Upgraded", "Added", "Removed", "Skipped the upgrade of"
    else:
        moved, added, removed, skipped = (
            f"Dry run: would have {word}" for word in ("upgraded", "added", "removed", "skipped")
        )
    lines = []
    for each in dict.fromkeys(change for one in done.outcomes if done.is_done(one) for change in one.plan.changes):
        told = f"{moved} {each.name} to {each.new}" if each.old else f"{added} {each.name} {each.new}"
        lines.append(told if each.new else f"{removed} {each.name} {each.old}")
    for fix in reports.fixes(done):
        if fix.why:
            lines.append(
                f"{skipped} {fix.name} because {fix.why}"
                if done.writing
                else f"{skipped} {fix.name} upgrade because {fix.why}"
            )
    return lines


def _tell(done: Fixing, outside: Outside, *, problems: bool = True) -> None:
    """Tell what a person has to know whatever the format: files that git could not bring back, what was not seen."""
    from pip_assay.sources.history.uncommitted import uncommitted

    before = {each.path: each.before for each in reports.edits(done) if each.before is not None}
    for path in uncommitted(before, outside.environ, outside.folder):
        output.tell(f"{path}: has changes that are not committed, which git could not tell from those of a fix")
    if problems:
        _tell_problems(done.after())


def _tell_problems(report: Report) -> None:
    from pip_assay.reports.entries import in_order, problems_of
    from pip_assay.reports.summary import problem_text

    found = in_order((*report.problems, *(each for audit in report.audits for each in problems_of(audit))))
    for each in found[:MANY]:
        output.tell(problem_text(each))
    if len(found) > MANY:
        output.tell(f"{count(len(found) - MANY, 'more problem')}; an audit tells them all")


def _write(done: Fixing, wanted: Sequence[Output], found: Namespace) -> int:
    """Return the exit code, having written every format where it is to go; 3 where one could not be written."""
    code = reports.exit_code(done)
    if all(each.format != "terminal" for each in wanted):
        for told in (each for outcome in done.outcomes for each in _reasons(outcome)):
            output.tell(wording.harmless(told))
        sys.stderr.write(f"{wording.closing(done)}\n")
    for each in sorted(wanted, key=lambda each: not each.path):
        try:
            _put(_rendered(done, each, found), each)
        except (OSError, Unreadable) as error:
            if isinstance(error, BrokenPipeError):
                raise
            told = str(error) if isinstance(error, Unreadable) else f"cannot be written ({error.strerror or error})"
            output.tell(told if isinstance(error, Unreadable) else f"{each.path or 'standard output'}: {told}")
            code = code if code == MALWARE else INCOMPLETE
    return code


def _reasons(outcome: Outcome) -> Sequence[str]:
    """Return why nothing was, or would be, written for a target: what is wrong, or that there is only advice."""
    return (*wording.faults(outcome), *(() if outcome.plan.proved else outcome.plan.notes))


def _rendered(done: Fixing, wanted: Output, found: Namespace) -> str:
    chosen = reports.load(wanted.format)
    style = output.style(found, chosen, None if wanted.path else sys.stdout, os.environ)
    return chosen.render(done, style)


def _put(text: str, wanted: Output) -> None:
    """Write a text where it is to go; of a patch every byte as it is, but for a terminal."""
    if not wanted.path:
        _to_stdout(text, wanted.format)
    elif os.path.exists(wanted.path) and not os.path.isfile(wanted.path):
        with open(wanted.path, "wb") as device:
            device.write(text.encode("utf-8", "surrogateescape"))
    else:
        files.write_atomically(wanted.path, text.encode("utf-8", "surrogateescape"))


def _to_stdout(text: str, name: str) -> None:
    is_exact = name == "patch" and sys.stdout is not None and not sys.stdout.isatty()
    if is_exact and hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    elif name == "patch":
        output.lines(text.split("\n")[:-1])
    else:
        output.emit(text)


def _outputs(found: Namespace) -> tuple[Output, ...]:
    """Return where each format goes. The name of a format after --output is one: `--output patch`.

    Raises:
        UsageError: there is no such format, or two of them go to one place.
    """
    named = "terminal" if found.output == "table" else found.output
    if named in FORMATS:
        found.output = "stdout"
        found.format = [named] if found.format == list(FORMATS[:1]) else [*found.format, named]
    return output.outputs(found, FORMATS)


def _again(arguments: Sequence[str]) -> str:
    """Return the command that writes the plan of this one."""
    import shlex

    kept = [wording.harmless(each) for each in arguments if each not in {"-d", "--dry-run"}]
    return shlex.join(("pip-assay", "fix", "--write", *kept))


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"fix": _parser(os.environ)}


def _parser(environ: Mapping[str, str]) -> options.Parser:
    parser = options.parser("fix", ABOUT, USAGE)
    parser.epilog = ENDING
    audit.add_targets(parser, environ)
    options.add_scope(parser.add_argument_group("what of it"))
    fix_options.add_wish(parser)
    audit.add_install(parser)
    data = parser.add_argument_group("advisory data")
    options.add_data(data, environ)
    options.add_as_of(data)
    options.add_policy(parser.add_argument_group("what fails"))
    fix_options.add_output(parser, environ)
    parser.fix(format=list(FORMATS[:1]))
    parser.set_defaults(fix=False, ranges=False, baseline="", since="", desc="auto", aliases="auto", spec_version="")
    return parser
