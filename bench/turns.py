"""A table of docs/benchmarks.md: commands that take turns."""

import sys
from collections.abc import Sequence

from bench import measure
from bench.measure import Command
from bench.page import Group


def group(
    title: str, commands: Sequence[Command], rounds: int, note: str = "", prepare: Sequence[Command] = ()
) -> Group:
    """Return what the commands used, the first of them the yardstick; on stderr, what is measured now.

    What prepares them runs once before.
    """
    sys.stderr.write(f"{title}: {', '.join(command.name for command in commands)}\n")
    for command in prepare:
        measure.run(command)
    return Group(title, measure.take_turns(commands, rounds), note)
