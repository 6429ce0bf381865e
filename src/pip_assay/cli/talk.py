"""What a person is told while something takes time: a bar on a terminal, plain lines elsewhere."""

import os
import sys

from pip_assay.cli.output import emit, is_unicode, tell
from pip_assay.reports.text import neutral

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

MANY = 1_000_000
"""So many releases, folders or records are never waited for; bytes are."""


class Talk:
    """Tells a person on a terminal what takes time; elsewhere, plain lines. A context manager.

    Nothing is shown before the first call of `say`, so that an audit that waits for nothing shows nothing.
    """

    def __init__(self, wanted: bool = True) -> None:
        self._wanted = wanted
        self._bar: Progress | None = None
        self._terminal = wanted and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

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
        bar.add_task(neutral(text), total=None, counted="")

    def progress(self, done: int, total: int = 0) -> None:
        """Show how far the present step has come; a total of 0 is unknown."""
        if self._bar and self._bar.task_ids:
            self._bar.update(self._bar.task_ids[-1], completed=done, total=total or None, counted=_counted(done, total))

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
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

            spinner = SpinnerColumn("dots" if is_unicode(sys.stderr.encoding) else "line")
            text, counted = (
                TextColumn(f"{{task.{name}}}", markup=False) for name in ("description", "fields[counted]")
            )
            columns = (spinner, text, BarColumn(), counted)
            # Left to itself it would take what is written to stdout, and put it on stderr.
            console = Console(stderr=True)
            self._bar = Progress(
                *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._bar.start()
        return self._bar


def _counted(done: int, total: int) -> str:
    """Return how far something has come: "57 of 148"; from a million on it is bytes, "2.4 MB of 31.0 MB"."""
    from pip_assay import files

    shown: Callable[[int], str] = files.size if max(done, total) >= MANY else str
    return f"{shown(done)} of {shown(total)}" if total else shown(done)
