"""Where words go: the report to stdout or a file, talk and progress to stderr."""

import errno
import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping

from pip_assay.errors import INCOMPLETE
from pip_assay.model import Report
from pip_assay.reports.text import harmless_lines, neutral
from pip_assay.settings import Outside, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from rich.progress import Progress

    from pip_assay.fleet import Fleet
    from pip_assay.reports import Format, Stream, Style


def write(report: Report, found: Namespace, settings: Settings) -> None:
    """Write the report where the options say, and on stderr what has no place in its format.

    Raises:
        Unreadable: the file of -o cannot be written; the report is not lost, it goes to stdout.
    """
    from pip_assay import policy, reports
    from pip_assay.reports import summary

    chosen = reports.load(found.format)
    to_stdout = found.output in ("stdout", "-")
    text = chosen.render(report, style(found, chosen, sys.stdout if to_stdout else None, os.environ))
    every = (verdict.finding for audit in report.audits for verdict in audit.verdicts)
    _tell_unused(policy.unused(every, settings.ignored))
    if found.format != "terminal":
        _tell_problems(summary.problem_lines(report))
        sys.stderr.write(f"{summary.summary_line(report)}\n")
    if to_stdout:
        emit(text)
    elif text:
        _save(found.output, text)


def write_all(settings: Settings, outside: Outside, found: Namespace, talk: "Talk") -> int:
    """Return the exit code that all targets of a tree deserve together, having written their report.

    A format that can be written target by target is, to stdout; any other, and a file of -o, is written at the end.

    Raises:
        Unreadable: the file of -o cannot be written; the report is not lost, it goes to stdout.
    """
    from pip_assay import fleet, policy, reports

    chosen = reports.load(found.format)
    to_stdout = found.output in ("stdout", "-")
    how = style(found, chosen, sys.stdout if to_stdout else None, os.environ)
    stream = reports.stream(found.format, how) if to_stdout else None
    if stream:
        written = fleet.Written(found.format, how)
        return _write_each(fleet.Fleet(settings, outside, written), stream, found, settings, talk)
    every = fleet.Fleet(settings, outside)
    audits = tuple(audit for part in every for audit in part.report.audits)
    report = every.rest._replace(audits=audits)
    talk.end()
    write(report, found, settings)
    return policy.exit_code(report)


def _write_each(fleet: "Fleet", stream: "Stream", found: Namespace, settings: Settings, talk: "Talk") -> int:
    from pip_assay import policy
    from pip_assay.reports import summary

    codes: list[int] = []
    tally, unused = summary.Tally(), set(settings.ignored)
    for part in fleet:
        for section in part.sections:
            talk.aside(stream.add(section))
            tally.join(section.tally)
        codes += part.codes
        unused &= set(part.unused)
    talk.end()
    emit(stream.end(fleet.rest))
    _tell_unused(each for each in dict.fromkeys(settings.ignored) if each in unused)
    codes += [INCOMPLETE] * bool(fleet.rest.problems)
    if found.format != "terminal":
        _tell_problems(summary.problem_lines(fleet.rest))
        total = tally.counts(fleet.rest.problems)
        sys.stderr.write(f"{summary.line_of(total, whole=bool(codes) and not total.problems)}\n")
    return policy.worst(codes)


def _tell_unused(rules: Iterable[str]) -> None:
    for identifier in rules:
        tell(f"--ignore-vuln {identifier} matches no finding; remove it")


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
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def style(found: Namespace, chosen: "Format", stream: "TextIO | None", environ: Mapping[str, str]) -> "Style":
    """Return how a report may look on the stream; None is a file."""
    from pip_assay.reports import Style

    terminal = stream is not None and stream.isatty()
    encoding = (stream.encoding if stream is not None else "utf-8") or "ascii"
    return Style(
        color=_color(terminal, environ),
        links=terminal and environ.get("TERM") != "dumb" and not environ.get("NO_COLOR"),
        width=os.get_terminal_size(stream.fileno()).columns if terminal and stream else 100,
        unicode=encoding.lower().replace("-", "").startswith("utf"),
        descriptions=found.desc == "on" or (found.desc == "auto" and chosen.AUTO),
        aliases=found.aliases == "on" or (found.aliases == "auto" and chosen.AUTO),
        verbose=found.verbose,
        link_site=_site() if found.format == "markdown" or (terminal and found.format == "columns") else "",
    )


def _color(terminal: bool, environ: Mapping[str, str]) -> bool:
    """Return whether colours are wanted (no-color.org, force-color.org)."""
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (terminal and environ.get("TERM") != "dumb")


def _site() -> str:
    from pip_assay import net

    return net.public_site()


def _save(path: str, text: str) -> None:
    from pip_assay import files
    from pip_assay.errors import Unreadable

    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "w", encoding="utf-8") as device:
                device.write(text)
        else:
            files.write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except (OSError, Unreadable):
        emit(text)
        raise


class Talk:
    """Tells a person on a terminal what takes time; elsewhere, plain lines. A context manager.

    Nothing is shown before the first call of `say`, so that an audit that waits for nothing shows nothing.
    """

    def __init__(self, wanted: bool = True) -> None:
        self._wanted = wanted
        self._bar: Progress | None = None
        self._terminal = wanted and sys.stderr.isatty()

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Show nothing any more."""
        if self._bar:
            self._bar.stop()
            self._bar = None

    def say(self, text: str) -> None:
        """Show what takes time from now on."""
        if not self._terminal:
            if self._wanted:
                tell(text)
            return
        bar = self._show()
        for task in bar.task_ids:
            bar.remove_task(task)
        bar.add_task(neutral(text), total=None)

    def progress(self, done: int, total: int = 0) -> None:
        """Show how far the present step has come; a total of 0 is unknown."""
        if self._bar and self._bar.task_ids:
            self._bar.update(self._bar.task_ids[-1], completed=done, total=total or None)

    def aside(self, text: str) -> None:
        """Write the text to stdout; where that is the same terminal, what is shown there makes room for it."""
        shown = self._bar if sys.stdout.isatty() else None
        if shown:
            shown.stop()
        emit(text)
        if shown:
            shown.start()

    def _show(self) -> "Progress":
        if not self._bar:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

            text = TextColumn("{task.description}", markup=False)
            columns = (SpinnerColumn(), text, BarColumn(), TaskProgressColumn(show_speed=False))
            # Left to itself it would take what is written to stdout, and put it on stderr.
            console = Console(stderr=True)
            self._bar = Progress(
                *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._bar.start()
        return self._bar
