"""Measuring whole processes: wall time, processor time and peak memory, commands taking turns."""

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

LAUNCH = Path(__file__).with_name("launch.py")


class Command(NamedTuple):
    """A process to measure.

    name    as the tables call it.
    words   the command line.
    environ the whole environment of the process.
    folder  where it runs.
    codes   exit codes that mean that it did its work.
    forget  folders that are deleted before each run, such as caches.
    """

    name: str
    words: tuple[str, ...]
    environ: Mapping[str, str]
    folder: Path
    codes: tuple[int, ...] = (0,)
    forget: tuple[Path, ...] = ()


class Run(NamedTuple):
    """What one run used: seconds of wall and of processor time (user and system), peak memory in bytes."""

    wall: float
    processor: float
    peak: int


class Failed(Exception):
    """A measured process did not do its work, so its time means nothing."""


def take_turns(commands: Sequence[Command], rounds: int) -> dict[str, list[Run]]:
    """Return the runs by command name: one round to warm up, then A B C A B C, so that a busy moment hits all alike."""
    runs: dict[str, list[Run]] = {command.name: [] for command in commands}
    for number in range(rounds + 1):
        for command in commands:
            found = run(command)
            if number:
                runs[command.name].append(found)
    return runs


def run(command: Command) -> Run:
    """Return what one run of the command used.

    Raises:
        Failed: its exit code is not one of those expected.
    """
    for folder in command.forget:
        shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        result, said, errors = (Path(scratch, name) for name in ("result", "stdout", "stderr"))
        words = [sys.executable, "-I", "-S", str(LAUNCH), str(result), *command.words]
        with said.open("wb") as stdout, errors.open("wb") as stderr:
            subprocess.run(
                words, cwd=command.folder, env=command.environ, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                check=True,
            )  # fmt: skip
        wall, processor, peak, code = result.read_text().split()
        if int(code) not in command.codes:
            raise Failed(f"{command.name} ended with {code}: {errors.read_text(errors='replace')[-2000:]}")
    return Run(float(wall), float(processor), int(peak))


def ratio(runs: Sequence[float], to: Sequence[float]) -> float:
    """Return the median of the ratios within each round."""
    return statistics.median(one / other for one, other in zip(runs, to, strict=True))
