"""The git program, asked for objects alone. It runs nothing that a repository names, and fetches and writes nothing.

A repository is hostile: its configuration may name programs. Three commands are used (`rev-parse`, `ls-tree`,
`cat-file`); none of them runs a hook, a filter or a text conversion, and an fsmonitor, a pager and the fetching of
what is missing are switched off by options that the configuration cannot override (docs/decisions/012-history.md).
"""

import contextlib
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, NamedTuple

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.sources.resolve import programs

OPTIONS = (
    "--no-pager", "--no-replace-objects", "--no-optional-locks", "--literal-pathspecs",
    "-c", "core.fsmonitor=false", "-c", "protocol.allow=never", "-c", "safe.bareRepository=explicit",
)  # fmt: skip

KEPT = (
    "HOME", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "SUDO_UID", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "USERPROFILE",
    "WINDIR", "XDG_CONFIG_HOME",
)  # fmt: skip
"""What git needs to find the user's own settings, in which a repository of somebody else may be trusted."""

FIXED = {
    "GIT_ALLOW_PROTOCOL": "none",  # unlike protocol.allow, it is stronger than what a repository sets
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

SECONDS = 120.0
_SAID = 4096


class Failed(Unreadable):
    """The program ended with an error; `said` is all of its words."""

    def __init__(self, said: str, where: str) -> None:
        self.said = said
        last = said.rpartition("\n")[2].removeprefix("fatal: ") or "it does not say why"
        super().__init__(f"cannot be read by git ({last})", where, "see: git fsck")


class Git(NamedTuple):
    """The program, by its absolute path, and what it is asked in.

    top       the folder of the repository that holds ".git".
    environ   all the variables that it sees.
    deadline  in seconds of the monotonic clock.
    """

    executable: str
    top: str
    environ: Mapping[str, str]
    deadline: float

    def said(self, arguments: Sequence[str], limit: int) -> bytes:
        """Return what the program writes.

        Raises:
            Failed: it ends with an error.
            Unreadable: it cannot be started, takes too long, or writes more than `limit` bytes.
        """
        with self.running(arguments) as stream:
            content = stream.read(limit + 1)
            if len(content) > limit:
                raise Unreadable(f"git lists more than {files.size(limit)}", self.top, "name a smaller repository")
        return content

    @contextlib.contextmanager
    def running(self, arguments: Sequence[str], given: bytes = b"") -> Iterator[IO[bytes]]:
        """Give what the program writes, to be read to its end. However this ends, the program does not go on.

        Raises:
            Failed: it ends with an error.
            Unreadable: it cannot be started, or takes too long.
        """
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as errors:
            asked.write(given)
            asked.seek(0)
            with self._started(arguments, asked, errors) as process:
                timer = threading.Timer(self.deadline - time.monotonic(), process.kill)
                timer.daemon = True
                timer.start()
                try:
                    yield process.stdout or asked
                    code = process.wait()
                finally:
                    timer.cancel()
                    process.kill()
            if time.monotonic() > self.deadline:
                raise Unreadable("git took too long and was ended", self.top, "try again")
            if code:
                errors.seek(0)
                raise Failed(errors.read(_SAID).decode("utf-8", "replace").strip(), self.top)

    def _started(self, arguments: Sequence[str], asked: IO[bytes], errors: IO[bytes]) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(
                [self.executable, *OPTIONS, *arguments],
                cwd=self.top,
                env=self.environ,
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except (OSError, ValueError) as error:
            raise Unreadable(f"git cannot be started ({files.reason(error)})", hint="install git") from None


def find(environ: Mapping[str, str], folder: str, top: str) -> Git:
    """Return the program to ask about the repository at `top`; never one in there, or in the current `folder`.

    Raises:
        Unreadable: there is none.
    """
    safe = programs.search_path({**environ, "PATH": programs.search_path(environ, folder)}, top)
    executable = programs.on_path(safe, "git")
    if not executable:
        hint = "install git, or give a report of that time: --baseline FILE"
        raise Unreadable("the git program was not found, which reads what was there before", hint=hint)
    return Git(executable, top, surroundings(environ, safe, top), time.monotonic() + SECONDS)


def surroundings(environ: Mapping[str, str], search: str, top: str) -> dict[str, str]:
    """Return the variables that git sees: none that names a repository or a program.

    Settings that a person or a build server gives in variables (GIT_CONFIG_*) are kept: they may say whom to trust.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name.upper() in KEPT
        or name.startswith(("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"))
        or name in {"GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL"}
    }
    above = os.path.dirname(top)
    ceiling = {} if os.pathsep in above else {"GIT_CEILING_DIRECTORIES": above}
    return {**kept, **FIXED, **ceiling, "PATH": search}
