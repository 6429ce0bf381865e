"""The command line: the only room that prints or exits. One module a subcommand, imported when it is asked for."""

import sys
from collections.abc import Sequence

from pip_assay.errors import INCOMPLETE, USAGE, AssayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Protocol

    from pip_assay.cli.options import Parser
else:
    Protocol = object


class Command(Protocol):
    """What the module of a subcommand holds."""

    def run(self, arguments: Sequence[str]) -> int:
        """Return the exit code, having done it."""
        raise NotImplementedError

    def parsers(self) -> "dict[str, Parser]":
        """Return the parser of each action, by its words: "why", "db import"."""
        raise NotImplementedError


COMMANDS = {
    "audit": "find known vulnerabilities in environments, requirements and locks (the default)",
    "check": "audit single releases: NAME==VERSION",
    "show": "print an advisory, as every source publishes it",
    "why": "print the chains of dependencies that bring a project in",
    "fix": "plan, and write, the fewest upgrades that settle the most findings",
    "contents": "print what environments and wheels are made of: crates, libraries, copies of projects",
    "db": "import, update and describe the local advisory database",
    "vex": "write what was found and decided as VEX, for others to read",
    "serve": "answer the OSV API from the local advisory database",
    "ignore": "write down that a flaw is accepted, why, and for how long",
    "convert": "write a report that was saved as JSON in another format",
    "config": "print each setting, and where it was said",
    "completion": "print what makes a shell complete pip-assay's commands and options",
}


def run() -> "NoReturn":
    """End this process with the exit code of `pip-assay`.

    Taking an interpreter apart costs a tenth of an audit, and so does looking for garbage among values that are all
    still in use: both are left out. `main` is for those who go on.
    """
    import gc
    import os

    gc.set_threshold(50_000)
    try:
        code = main()
    except SystemExit as ended:  # --help and --version
        code = ended.code if isinstance(ended.code, int) else USAGE
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # closed, or none
            continue
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code of one run of `pip-assay`, having printed what it had to say."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given.pop(0) if given and given[0] in COMMANDS else "audit"
    try:
        return load(command).run(given)
    except AssayError as error:
        sys.stderr.write(f"pip-assay: {_plain(str(error))}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("pip-assay: stopped\n")
        return 130
    except BrokenPipeError:
        # The reader of stdout has gone (`| head`). Python would complain about it once more at exit.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except OSError as error:  # a full disk, a closed output, a current folder that is gone
        where = f"{error.filename}: " if error.filename else ""
        from contextlib import suppress

        with suppress(OSError, ValueError):
            sys.stderr.write(f"pip-assay: {_plain(f'{where}{(error.strerror or str(error)).lower()}')}\n")
        return INCOMPLETE


def load(command: str) -> "Command":
    """Return the module of one of COMMANDS, imported only now."""
    chosen: Any = __import__(f"{__name__}.{command}", fromlist=("run",))
    loaded: Command = chosen
    return loaded


def _plain(text: str) -> str:
    from pip_assay.reports.text import harmless_lines, neutral

    return harmless_lines(neutral(text))
