"""The programs that own files: found outside of what is fixed, and started in a scratch folder."""

import os
import time
from collections.abc import Mapping, Sequence

from pip_assay.errors import Unreadable
from pip_assay.sources.resolve import Index, process, programs, surroundings, uv, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.resolve.process import Ended

SECONDS = 300.0
"""For one run of a program that owns a lock."""

NAMES = (
    *uv.NAMES,
    "POETRY_CACHE_DIR",
    "POETRY_CONFIG_DIR",
    "POETRY_HOME",
    "PDM_CACHE_DIR",
    "PDM_CONFIG_FILE",
    "PIPENV_CACHE_DIR",
)
"""Variables that these programs see beside those that every resolver does."""

INSTALL = {
    "uv": "pip install 'pip-assay[fix]'",
    "poetry": "pipx install poetry",
    "pdm": "pipx install pdm",
    "pipenv": "pipx install pipenv",
}


_NOT_CACHED = (
    "network was disabled", "Network connectivity is disabled", "there is no version of", "there are no versions of",
)  # fmt: skip


def lacks_cache(said: str) -> bool:
    """Return whether an offline refusal of uv may be for want of what its cache has not.

    Of a project with extras that is not in its cache uv says no more than that there are no versions of it.
    """
    return any(each in words.unframed(said) for each in _NOT_CACHED)


class Tools:
    """Finds and starts programs for one fix.

    folder    of what is fixed: no program that lies in it is started.
    deadline  seconds of the monotonic clock for all of them together.

    `offline`, `allow_build` and `reformat` are for a format to heed: what is run is told nothing of them here.
    """

    def __init__(
        self, environ: Mapping[str, str], folder: str, deadline: float, *, offline: bool = False,
        allow_build: bool = False, reformat: bool = False,
    ) -> None:  # fmt: skip
        self.environ = environ
        self.folder = folder
        self.deadline = deadline
        self.offline = offline
        self.allow_build = allow_build
        self.reformat = reformat
        self.search = programs.search_path(environ, folder)

    def find(self, name: str) -> str:
        """Return the path of a program.

        Raises:
            Unreadable: it is not here, with the line that installs it.
        """
        found = programs.on_path(self.search, name) or (programs.installed_uv() if name == "uv" else "")
        if not found:
            raise Unreadable(f"{name} is not on this machine", hint=INSTALL.get(name, f"install {name}"))
        return found

    def run(
        self, command: Sequence[str], folder: str, given: str = "", added: Mapping[str, str] | None = None
    ) -> "Ended":
        """Return how a program ended that was started in a folder; `added` are more variables that it sees.

        Raises:
            Unreadable: it cannot be started, takes too long, or writes too much.
        """
        seen = {**surroundings.passed_on(self.environ, NAMES, self.search), **(added or {})}
        deadline = min(self.deadline, time.monotonic() + SECONDS)
        return process.run(command, seen, os.path.abspath(folder), deadline, given)

    def uv(self, indexes: Index, *, uses_pip: bool = True) -> "tuple[str, Index, dict[str, str]]":
        """Return uv's path, the indexes that it is to be told, and the variables that it sees.

        `uses_pip` says whether the indexes of pip's own settings count.

        Raises:
            Unreadable: it is not on this machine.
        """
        path = self.find("uv")
        told, seen = uv.Uv(path, self.search).settings(indexes, self.environ, uses_pip=uses_pip)
        return path, told, seen

    def ask_uv(self, command: Sequence[str], folder: str, given: str, seen: Mapping[str, str]) -> "Ended":
        """Return how uv ended about releases that a plan names: by its cache, else by the indexes, unless offline.

        A plan has just been made of the indexes, so that the cache mostly has all there is to know, in a tenth of the
        time. A refusal for want of it does not count.

        Raises:
            Unreadable: as `run`.
        """
        ended = self.run([*command, "--offline"], folder, given, seen)
        if self.offline or not ended.code or not lacks_cache(ended.err):
            return ended
        return self.run(command, folder, given, seen)
