"""The one place that starts a process: no shell, bounded in time and in what it may write."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.interrupts import held_back

MOST = 64 * 1024 * 1024
"""Bytes: a program that writes more into its folder is ended."""

LOOK = 0.05
"""Seconds between two looks at how much a running program has written."""

OUT, ERRORS = "standard-output", "standard-error"
"""The files that hold what it writes."""


class Ended(NamedTuple):
    """How a program ended: its exit code, and what it wrote on standard output and standard error."""

    code: int
    out: str
    err: str


def run(command: Sequence[str], environ: Mapping[str, str], folder: str, deadline: float, given: str = "") -> Ended:
    """Return how the program ended that was started in `folder`, which is its folder for temporary files as well.

    It sees exactly these environment variables, and gets `given` on standard input. Its output goes to files in the
    folder, so that nothing has to be read while it runs. `deadline` is in seconds of the monotonic clock. However this
    ends, by Ctrl-C too, the program does not go on.

    Raises:
        Unreadable: it cannot be started, takes too long, or writes too much.
    """
    process: subprocess.Popen[bytes] | None = None
    try:
        with held_back():  # an interrupt while it is being started would leave it running, known to nobody
            process = _started(command, environ, folder)
        code = _wait(process, given.encode(), folder, deadline)
    finally:
        if process is not None:
            with held_back():
                _end(process)
    return Ended(code, *(_text(os.path.join(folder, each)) for each in (OUT, ERRORS)))


def _started(command: Sequence[str], environ: Mapping[str, str], folder: str) -> "subprocess.Popen[bytes]":
    try:
        with open(os.path.join(folder, OUT), "wb") as output, open(os.path.join(folder, ERRORS), "wb") as errors:
            return subprocess.Popen(
                command,
                cwd=folder,
                env={**environ, **dict.fromkeys(("TEMP", "TMP", "TMPDIR"), folder)},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        what = f"{os.path.basename(command[0])} cannot be started ({files.reason(error)})"
        raise Unreadable(what, hint="give a lock") from None


def _wait(process: "subprocess.Popen[bytes]", given: bytes | None, folder: str, deadline: float) -> int:
    while True:
        try:
            process.communicate(given, LOOK)
            return process.returncode
        except subprocess.TimeoutExpired:
            given = None  # what is left of it is written by the next call
        if time.monotonic() > deadline:
            raise Unreadable("the resolver took too long and was ended", hint="try again, or give a lock")
        if _written(folder) > MOST:
            raise Unreadable(f"the resolver wrote more than {files.size(MOST)} and was ended", hint="give a lock")


def _written(folder: str) -> int:
    total = 0
    for entry in os.scandir(folder):
        with contextlib.suppress(FileNotFoundError):  # it is the program's own folder for what comes and goes
            total += entry.stat(follow_symlinks=False).st_size
    return total


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program if it still runs, with all that it started: on POSIX it leads a process group of its own."""
    if process.returncode is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
    if process.stdin:
        with contextlib.suppress(OSError):  # what it has not read is lost
            process.stdin.close()


def _text(path: str) -> str:
    return files.read_bytes(path, MOST).decode("utf-8", "replace")
