"""Start one process, wait for it, and write down what it used: `python -I -S launch.py RESULT COMMAND ...`.

It imports next to nothing, because on Linux a process's peak memory is never below that of the one that started it.
"""

import os
import sys
import time


def main(result: str, command: list[str]) -> None:
    """Write seconds (wall, user and system), peak memory (bytes) and the exit code, with a space between."""
    before = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - before
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    with open(result, "w", encoding="ascii") as file:
        file.write(f"{wall} {used.ru_utime + used.ru_stime} {peak} {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
