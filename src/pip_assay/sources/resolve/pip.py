"""pip as the resolver: `pip install --dry-run --report`, for wheels only, under a guard that lets it start nothing."""

import os
import sys
from collections.abc import Mapping, Sequence

from pip_assay.sources.resolve import surroundings
from pip_assay.sources.resolve.nouns import Answer, Index, Line, Package, Task
from pip_assay.sources.resolve.pip_guard import GUARD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.resolve.process import Ended

NAMES = (
    "CURL_CA_BUNDLE", "PIP_CACHE_DIR", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_CONFIG_FILE", "PIP_DEFAULT_TIMEOUT",
    "PIP_KEYRING_PROVIDER", "PIP_NO_CACHE_DIR", "PIP_PROXY", "PIP_RETRIES", "PIP_TIMEOUT", "PIP_UPLOADED_PRIOR_TO",
    "REQUESTS_CA_BUNDLE",
)  # fmt: skip

OVERRULED = {"PIP_NO_DEPS": "0", "PIP_REQUIRE_HASHES": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_USER": "0"}
"""Settings of an install that a configuration file may hold, and that would change or stop the answer."""


class Pip:
    """The pip in one folder or wheel, run by the interpreter that runs pip-assay; `search` is its PATH."""

    name = "pip"

    def __init__(self, where: str, search: str) -> None:
        self._where = where
        self._search = search

    def identity(self) -> str:
        """Return what changes when pip does."""
        inside = os.path.join(self._where, "pip", "__init__.py")
        return surroundings.identity(inside if os.path.isfile(inside) else self._where)

    def settings(self, index: Index, environ: Mapping[str, str]) -> tuple[Index, dict[str, str]]:
        """Return the indexes to ask and the variables that pip sees."""
        index = surroundings.merged(surroundings.pips_index(surroundings.pip_configured(environ)), index)
        chosen = {
            "PIP_INDEX_URL": index.url,
            "PIP_EXTRA_INDEX_URL": " ".join(index.extra),
            "PIP_FIND_LINKS": " ".join(index.find_links),
            "PIP_TRUSTED_HOST": " ".join(index.trusted_hosts),
            "PIP_NO_INDEX": "1" if index.none else "",
            "PIP_PRE": "1" if index.pre else "",
        }
        chosen = {name: value for name, value in chosen.items() if value}
        return index, surroundings.passed_on(environ, NAMES, self._search) | OVERRULED | chosen

    def ask(self, task: Task, scratch: str, deadline: float) -> Answer:
        """Return pip's answer. A line that asks for what cannot be had, itself or one step down, is left out.

        Raises:
            Unreadable: pip fails, or no set of releases fits.
        """
        from pip_assay.sources.resolve import pip_answer

        lines = list(task.lines)
        left: list[Package] = []
        with open(os.path.join(scratch, "constraints.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(task.constraints))
        while lines:
            ended = self._run(lines, task.environ, scratch, deadline)
            if ended.code == 0:
                version, packages = pip_answer.report(os.path.join(scratch, "report.json"))
                return Answer(version, (*packages, *left), lasting=not left)
            name, why = pip_answer.blamed(ended.err, {line.name for line in lines})
            if not name:
                raise pip_answer.refusal(ended.err, lines)
            left.append(Package(name, "", asked=True, missing=why))
            lines = [line for line in lines if line.name != name]
        return Answer("pip", tuple(left), lasting=False)

    def _run(self, lines: Sequence[Line], environ: Mapping[str, str], scratch: str, deadline: float) -> "Ended":
        from pip_assay.sources.resolve.process import run

        with open(os.path.join(scratch, "requirements.in"), "w", encoding="utf-8") as file:
            file.writelines(f"{line.text}\n" for line in lines)
        command = [
            sys.executable, "-I", "-c", GUARD, self._where, "install", "--dry-run", "--ignore-installed",
            "--only-binary", ":all:", "--report", "report.json", "--quiet", "--disable-pip-version-check", "--no-input",
            "--no-color", "--progress-bar", "off", "-c", "constraints.txt", "-r", "requirements.in",
        ]  # fmt: skip
        return run(command, environ, scratch, deadline)
