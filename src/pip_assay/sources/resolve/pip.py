"""pip as the resolver: `pip install --dry-run --report`, for wheels only, under a guard that lets it start nothing.

Only where builds are allowed does it run without them.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from pip_assay.errors import Unreadable
from pip_assay.sources.resolve import surroundings, words
from pip_assay.sources.resolve.nouns import INSTALL_UV, Answer, Index, Line, Package, Task, Unfit, Wanted
from pip_assay.sources.resolve.pip_guard import code

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
            Unreadable: pip fails, or cannot do what is asked.
        """
        from pip_assay.sources.resolve import pip_answer, sdists, wanted

        if task.handed.overrides:
            raise Unreadable("pip knows no overrides", hint=INSTALL_UV)
        described = sdists.Described(task, scratch, deadline, every=True)
        lines = list(task.handed.lines)
        left: list[Package] = []
        with open(os.path.join(scratch, "constraints.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(task.handed.constraints))
        while lines:
            links = described.added_to(Index()).find_links
            ended = self._run(lines, task, [f"--find-links={each}" for each in links], scratch, deadline)
            if ended.code == 0:
                version, packages = pip_answer.report(os.path.join(scratch, "report.json"))
                return Answer(version, (*described.with_origins(packages), *left), lasting=not left)
            if described.add(pip_answer.sought(ended.err)):
                continue
            name, why = pip_answer.blamed(ended.err, {line.name for line in lines})
            if not name:
                error = pip_answer.refusal(ended.err, lines)
                if isinstance(error, Unfit):
                    return Answer("pip", (), not left, error.what)
                raise error
            left.append(Package(name, "", asked=True, missing=why.format(wanted.people(task.wanted))))
            lines = [line for line in lines if line.name != name]
        return Answer("pip", tuple(left), lasting=False)

    def _run(
        self, lines: Sequence[Line], task: Task, links: Sequence[str], scratch: str, deadline: float
    ) -> "Ended":  # fmt: skip
        from pip_assay.sources.resolve.process import run

        with open(os.path.join(scratch, "requirements.in"), "w", encoding="utf-8") as file:
            file.writelines(f"{_spelled(line)}\n" for line in lines)
        command = [
            sys.executable, "-I", "-c", code(task.wanted.environment, build=task.wanted.build), self._where, "install",
            "--dry-run", "--ignore-installed", "--report", "report.json", "--quiet", "--disable-pip-version-check",
            "--no-input", "--no-color", "--progress-bar", "off", "-c", "constraints.txt", "-r", "requirements.in",
            *_options(task.wanted), *links,
        ]  # fmt: skip
        return run(command, task.environ, scratch, deadline)


def _spelled(line: Line) -> str:
    """Return the line as pip takes it: extras behind a path, not behind an address."""
    if line.name or not line.address.startswith("file:"):
        return line.text
    return line.text.replace(line.address, words.path(line.address), 1)


def _options(wanted: Wanted) -> Iterator[str]:
    """Yield pip's options for what is to be resolved for.

    Raises:
        Unreadable: pip has none.
    """
    if wanted.build and wanted.environment:
        raise Unreadable("pip builds for the running Python alone, and another one is asked for", hint=INSTALL_UV)
    if not wanted.build:
        yield from ("--only-binary", ":all:")
    if wanted.environment:
        yield from ("--target", "target")  # pip before 24.0 wants it even for a dry run
    if wanted.python:
        yield from ("--python-version", wanted.python)
    if wanted.before:
        yield from ("--uploaded-prior-to", wanted.before)
    if wanted.platform:
        from pip_assay.sources.resolve.wanted import tags

        found = tags(wanted.platform)
        if not found:
            raise Unreadable(f"pip cannot resolve for {wanted.platform}", hint=INSTALL_UV)
        for tag in found:
            yield from ("--platform", tag)
