"""Where words go: the report to stdout or a file, talk and progress to stderr."""

import errno
import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence

from pip_assay.errors import CLEAN, FINDINGS, INCOMPLETE, Unreadable, UsageError
from pip_assay.model import Heard, Report, Rule
from pip_assay.reports import FORMATS
from pip_assay.reports.text import count, fitted, harmless_lines, neutral
from pip_assay.settings import Outside, Settings
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from pip_assay.cli.talk import Talk
    from pip_assay.fleet import Fleet
    from pip_assay.policy.baseline import Baseline
    from pip_assay.reports import Named, Stream, Style


PLAIN = 100
"""Columns of what goes to no terminal."""

UNKNOWN = 80
"""Columns of a terminal that does not say how wide it is."""

_NAMED = ("targets", "requirements", "constraints", "overrides", "vex")


PART = 1_000_000
"""Characters of a report that are encoded at once; as a whole it would be held twice."""


class Output(NamedTuple):
    """A format of the report, and the file that it goes to; empty for stdout.

    own  whether the file is named with the format, and not by -o, which is pip-audit's.
    """

    format: str
    path: str = ""
    own: bool = False


def outputs(found: Namespace, formats: Sequence[str] = FORMATS) -> tuple[Output, ...]:
    """Return where each format goes: `-f FORMAT=FILE`, and one without a file to that of -o, or stdout.

    Raises:
        UsageError: there is no such format, or two of them go to one place.
    """
    default = "" if found.output in {"stdout", "-"} else found.output
    told = [text.partition("=") for text in found.format]
    wanted = [Output(name, path or default, bool(path)) for name, _, path in told]
    for each in wanted:
        if each.format not in formats:
            hint = f"choose one of: {', '.join(formats)}"
            raise UsageError(f"{each.format!r} is not a report format", hint=hint)
    wanted = [Output(each.format) if each.path in {"-", "/dev/stdout"} else each for each in wanted]
    places = [os.path.realpath(each.path) if each.path else "" for each in wanted]
    if len(set(places)) < len(places):
        where = next(each for each in places if places.count(each) > 1)
        shown = next(each.path for each, place in zip(wanted, places, strict=True) if place == where) or "stdout"
        raise UsageError(f"two formats of the report go to {shown}", hint="give each a file: -f FORMAT=FILE")
    audited = {os.path.realpath(each) for name in _NAMED for each in getattr(found, name, ())}
    for each, place in zip(wanted, places, strict=True):
        if place in audited:
            raise UsageError("is what is audited, and would be overwritten", each.path, "name another file")
    return tuple(wanted)


def write(report: Report, found: Namespace) -> int:
    """Return 0, or 3 where an output could not be written, having written the report where the options say.

    On stderr goes what has no place in a format. A report that alone goes to a file which cannot be written is not
    lost: it goes to stdout.

    Raises:
        BrokenPipeError: who reads stdout has gone; files were written before.
    """
    from pip_assay import policy
    from pip_assay.reports import summary

    wanted = outputs(found)
    failures = [_to_file(report, each, found, alone=len(wanted) == 1) for each in wanted if each.path]
    _tell_idle(policy.idle(rule for audit in report.audits for rule in audit.rules))
    _tell_unmatched(report.heard)
    if all(each.format != "terminal" for each in wanted):
        _tell_problems(summary.problem_lines(report))
        sys.stderr.write(f"{summary.summary_line(report, fixing=getattr(found, 'fix', False))}\n")
    failed = [str(each) for each in failures if each]
    for each in failed:
        tell(each)
    for chosen in (each for each in wanted if not each.path):
        try:
            emit(_rendered(report, chosen, found))
        except BrokenPipeError:
            raise
        except OSError as error:
            failed.append(f"standard output: {_reason(error)}")
            tell(failed[-1])
    return INCOMPLETE if failed else CLEAN


def _rendered(report: Report, wanted: Output, found: Namespace) -> str:
    from pip_assay import reports

    chosen = reports.load(wanted.format)
    how = style(found, chosen, None if wanted.path else sys.stdout, os.environ)
    return chosen.render(report, how._replace(in_file=wanted.own))


def _to_file(report: Report, wanted: Output, found: Namespace, *, alone: bool) -> Unreadable | None:
    """Write one format of the report into its file. Return why that could not be; alone, it then goes to stdout."""
    text = _rendered(report, wanted, found)
    # What an earlier run left there is not today's report.
    if not (text or os.path.isfile(wanted.path)):
        return None
    try:
        if os.path.realpath(wanted.path) in _files_of(report):
            raise Unreadable("is what was audited, and was not overwritten", wanted.path, "name another file")
        save(wanted.path, text)
    except (OSError, Unreadable) as error:
        if alone:
            emit(text)
        return error if isinstance(error, Unreadable) else Unreadable(_reason(error), wanted.path)
    return None


def _files_of(report: Report) -> set[str]:
    """Return every file that the report speaks of: none of them is one to write into."""
    named = {audit.inventory.target for audit in report.audits}
    named.update(each.place.file for audit in report.audits for each in audit.inventory.dependencies)
    return set(map(os.path.realpath, named))


def _reason(error: OSError) -> str:
    from pip_assay import files

    return f"cannot be written ({files.reason(error)})"


def write_all(
    settings: Settings, outside: Outside, found: Namespace, talk: "Talk", before: "Baseline | None" = None
) -> int:
    """Return the exit code that all targets of a tree deserve together, having written their report.

    A format that can be written target by target is, to stdout; any other, and a file of -o, is written at the end.
    """
    from pip_assay import fleet, policy, reports

    (first, *others) = outputs(found)
    chosen = reports.load(first.format)
    how = style(found, chosen, None if first.path else sys.stdout, os.environ)
    stream = None if first.path or others else reports.stream(first.format, how)
    if stream:
        written = fleet.Written(first.format, how)
        return _write_each(fleet.Fleet(settings, outside, written, before=before), stream, talk)
    every = fleet.Fleet(settings, outside, before=before)
    audits = tuple(audit for part in every for audit in part.report.audits)
    report = every.rest._replace(audits=audits)
    talk.end()
    return policy.worst((deserved(report, found), write(report, found)))


def deserved(report: Report, found: Namespace) -> int:
    """Return the exit code that a report deserves; where it is there to tell of findings, whether it is whole."""
    from pip_assay import policy

    if getattr(found, "tells_findings", False):
        return INCOMPLETE if policy.incomplete(report) else CLEAN
    return policy.exit_code(report)


def _write_each(fleet: "Fleet", stream: "Stream", talk: "Talk") -> int:
    from pip_assay import policy
    from pip_assay.reports import summary

    codes: list[int] = []
    tally = summary.Tally()
    rules: tuple[Rule, ...] = ()
    for part in fleet:
        for section in part.sections:
            talk.aside(stream.add(section))
            tally.join(section.tally)
        codes += part.codes
        rules = policy.merged((*rules, *part.rules))
    talk.end()
    emit(stream.end(fleet.rest))
    idle = policy.idle(rules)
    _tell_idle(idle)
    _tell_unmatched(fleet.rest.heard)
    codes += [INCOMPLETE] * bool(fleet.rest.problems) + [FINDINGS] * any(each.strict for each in idle)
    if fleet.written and fleet.written.format != "terminal":
        _tell_problems(summary.problem_lines(fleet.rest))
        total = tally.counts(fleet.rest.problems)
        sys.stderr.write(f"{summary.line_of(total, whole=bool(codes) and not total.problems)}\n")
    return policy.worst(codes)


def _tell_idle(rules: Iterable[Rule]) -> None:
    """Tell which ignores silence nothing, and what to do about each."""
    for each in rules:
        name = each.name if each.name.endswith(each.id) else f"{each.name}: the ignore of {each.id}"
        if each.state == "over":
            tell(f"{name} {each.why}; settle the finding, or decide anew")
        else:
            tell(f"{name} matches no finding; remove it")


def _tell_unmatched(heard: Iterable[Heard]) -> None:
    """Tell of each VEX file which of its statements settle nothing because they speak of no finding."""
    for each in heard:
        if each.unmatched:
            number = len(each.unmatched)
            named = fitted("", [*dict.fromkeys(name for _, name in each.unmatched)], PLAIN)
            verb = "matches" if number == 1 else "match"
            tell(f"{each.file}: {count(number, 'statement')} {verb} nothing: {named}; check the ids and package URLs")


def _tell_problems(problems: Iterable[str]) -> None:
    for line in problems:
        sys.stderr.write(f"{line}\n")


def put(text: str, found: Namespace) -> None:
    """Write a text that is not a report where -o says.

    Raises:
        Unreadable: the file of -o cannot be written; the text is not lost, it goes to stdout.
    """
    if found.output in ("stdout", "-"):
        emit(harmless_lines(text))
    else:
        _save(found.output, text)


def _save(path: str, text: str) -> None:
    try:
        save(path, text)
    except (OSError, Unreadable):
        emit(text)
        raise


def lines(texts: Iterable[str]) -> None:
    """Write the lines to stdout, none of which a terminal or a build server obeys."""
    emit(harmless_lines("".join(f"{neutral(text)}\n" for text in texts)))


def tell(text: str) -> None:
    """Write one line of talk to stderr, which no terminal or build server obeys."""
    sys.stderr.write(harmless_lines(f"pip-assay: {neutral(text)}\n"))


def emit(text: str) -> None:
    """Write the text to stdout now, whatever its encoding can show.

    Raises:
        OSError: stdout is closed, or what is behind it is full.
    """
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text if text.isascii() else text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def style(found: Namespace, chosen: "Named", stream: "TextIO | None", environ: Mapping[str, str]) -> "Style":
    """Return how a report may look on the stream; None is a file."""
    from pip_assay.reports import Style

    terminal = stream is not None and stream.isatty()
    encoding = "utf-8" if stream is None else stream.encoding
    return Style(
        color=_color(terminal, environ),
        links=terminal and environ.get("TERM") != "dumb" and not environ.get("NO_COLOR"),
        width=_width(stream, environ),
        unicode=is_unicode(encoding),
        descriptions=found.desc == "on" or (found.desc == "auto" and chosen.AUTO),
        aliases=found.aliases == "on" or (found.aliases == "auto" and chosen.AUTO),
        verbose=found.verbose,
        quiet=found.quiet,
        spec_version=found.spec_version,
        author=getattr(found, "author", "") or "pip-assay",
        now=getattr(found, "now", ""),
        folders=_folders(environ),
        link_site=_site() if chosen.NAME == "markdown" or (terminal and chosen.NAME == "columns") else "",
    )


def _folders(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the current folder: a shell knows it by the links through which it was reached."""
    try:
        here, named = os.getcwd(), environ.get("PWD", "")
    except OSError:  # it is gone
        return ()
    return (here, named) if named != here and os.path.isabs(named) and os.path.realpath(named) == here else (here,)


def _color(terminal: bool, environ: Mapping[str, str]) -> bool:
    """Return whether colours are wanted (no-color.org, force-color.org)."""
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (terminal and environ.get("TERM") != "dumb")


def _width(stream: "TextIO | None", environ: Mapping[str, str]) -> int:
    """Return the columns that a report has: what COLUMNS says, else those of the terminal; 100 where there is none."""
    if stream is None:
        return PLAIN
    named = environ.get("COLUMNS", "")
    if named.isascii() and named.isdigit() and int(named[:6]) > 0:
        return int(named[:6])
    if not stream.isatty():
        return PLAIN
    try:
        return os.get_terminal_size(stream.fileno()).columns or UNKNOWN
    except OSError:
        return UNKNOWN


def is_unicode(encoding: str | None) -> bool:
    """Return whether the encoding can show every character; None is an unknown one."""
    return (encoding or "ascii").lower().replace("-", "").startswith("utf")


def _site() -> str:
    from pip_assay import net

    return net.public_site()


def save(path: str, text: str) -> None:
    """Write the text into a file, whole or not at all; what is no file, such as /dev/stderr, is written to.

    Raises:
        Unreadable: the file cannot be written.
        OSError: what is no file cannot.
    """
    from pip_assay import files

    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "w", encoding="utf-8") as device:
            device.write(text)
    else:
        parts = (text[start : start + PART] for start in range(0, len(text), PART))
        files.write_atomically(path, (part.encode("utf-8", "backslashreplace") for part in parts))
