"""The command line: the only room that prints or exits. One module a subcommand, imported when it is asked for."""

import sys
from collections.abc import Sequence
from contextlib import suppress

from pip_assay.errors import INCOMPLETE, USAGE, AssayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

COMMANDS = {
    "audit": "find known vulnerabilities in environments, requirements and locks (the default)",
    "check": "audit single releases: NAME==VERSION",
    "show": "print an advisory, as every source publishes it",
    "why": "print the chains of dependencies that bring a project in",
    "db": "import, update and describe the local advisory database",
    "serve": "answer the OSV API from the local advisory database",
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
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code of one run of `pip-assay`, having printed what it had to say."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given.pop(0) if given and given[0] in COMMANDS else "audit"
    try:
        return _run(command, given)
    except AssayError as error:
        sys.stderr.write(f"pip-assay: {_plain(str(error))}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("pip-assay: stopped; nothing was changed\n")
        return 130
    except BrokenPipeError:
        # The reader of stdout has gone (`| head`). Python would complain about it once more at exit.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except OSError as error:  # a full disk, a closed output, a current folder that is gone
        where = f"{error.filename}: " if error.filename else ""
        with suppress(OSError, ValueError):
            sys.stderr.write(f"pip-assay: {_plain(f'{where}{(error.strerror or str(error)).lower()}')}\n")
        return INCOMPLETE


def _run(command: str, arguments: Sequence[str]) -> int:
    if command == "audit":
        from pip_assay.cli import audit as chosen
    elif command == "check":
        from pip_assay.cli import check as chosen  # type: ignore[no-redef]
    elif command == "show":
        from pip_assay.cli import show as chosen  # type: ignore[no-redef]
    elif command == "why":
        from pip_assay.cli import why as chosen  # type: ignore[no-redef]
    elif command == "serve":
        from pip_assay.cli import serve as chosen  # type: ignore[no-redef]
    else:
        from pip_assay.cli import db as chosen  # type: ignore[no-redef]
    return chosen.run(arguments)


def _plain(text: str) -> str:
    from pip_assay.reports.text import harmless_lines, neutral

    return harmless_lines(neutral(text))
