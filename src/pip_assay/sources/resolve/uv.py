"""uv as the resolver: `uv pip compile`, for wheels only unless builds are allowed."""

import os
import re
import sys
from collections.abc import Iterable, Mapping

from pip_assay.errors import Unreadable
from pip_assay.names import normalise
from pip_assay.sources.resolve import surroundings, uv_settings
from pip_assay.sources.resolve.nouns import HINT, Answer, Index, Task, Unfit, Wanted

ROUNDS = 40
"""After each refusal the projects that it names are left out and uv is asked again, at most so often."""

NAMES = (
    "UV_CACHE_DIR", "UV_CREDENTIALS_DIR", "UV_EXCLUDE_NEWER", "UV_HTTP_RETRIES", "UV_HTTP_TIMEOUT", "UV_INDEX_STRATEGY",
    "UV_INSECURE_HOST", "UV_KEYRING_PROVIDER", "UV_NATIVE_TLS", "UV_NO_CACHE", "UV_PRERELEASE", "UV_REQUEST_TIMEOUT",
    "UV_SYSTEM_CERTS",
)  # fmt: skip
"""UV_CONFIG_FILE is not among them: it counts even with --no-config, and a `no-binary` in it makes uv build."""


class Uv:
    """The `uv` at one path; `search` is its PATH."""

    name = "uv"

    def __init__(self, executable: str, search: str) -> None:
        self.executable = executable
        self._search = search

    def identity(self) -> str:
        """Return what changes when the program does."""
        return surroundings.identity(self.executable)

    def settings(
        self, index: Index, environ: Mapping[str, str], *, uses_pip: bool = True
    ) -> tuple[Index, dict[str, str]]:
        """Return the indexes to ask and the variables that uv sees.

        Who tells uv nothing about indexes gets pip's, used as pip uses them: the best release of all of them counts,
        not that of the first index which has the project. What uv alone owns knows nothing of those.
        """
        configured = surroundings.pip_configured(environ)
        seen = surroundings.passed_on(environ, NAMES, self._search)
        own = uv_settings.read(environ)
        if own is None and uses_pip:
            index = surroundings.merged(surroundings.pips_index(configured), index)
            seen.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
        else:
            index = surroundings.merged(own or Index(), index)
        if proxy := configured.get("proxy"):
            seen |= dict.fromkeys(("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"), proxy)
        return index, seen | _certificates(configured, environ)

    def ask(self, task: Task, scratch: str, deadline: float) -> Answer:
        """Return uv's answer. Projects without a wheel, or that no index has, are left out of it and named.

        Raises:
            Unreadable: uv fails.
        """
        from pip_assay.sources.resolve import sdists, uv_answer, wanted
        from pip_assay.sources.resolve.process import run

        version = self.version(task.environ, scratch, deadline)
        every = task.environ.get("UV_INDEX_STRATEGY", "first-index") != "first-index"
        described = sdists.Described(task, scratch, deadline, every=every)
        left: dict[str, uv_answer.Left] = {}
        write(scratch, "requirements.in", (line.text for line in task.handed.lines))
        write(scratch, "constraints.txt", task.handed.constraints)
        for _ in range(ROUNDS):
            write(scratch, "overrides.txt", _overrides(task.handed.overrides, left))
            indexes = given(described.added_to(task.indexes))
            ended = run(self._command(task), task.environ, scratch, deadline, indexes)
            if ended.code == 0:
                asked = {line.name for line in task.handed.lines}
                found = uv_answer.packages(ended.out, left, asked, wanted.people(task.wanted))
                return Answer(version, described.with_origins(found), uv_answer.lasting(left))
            named = uv_answer.blamed(ended.err)
            if described.add(name for name, (why, _) in named.items() if why == uv_answer.NO_WHEEL):
                continue
            if named.keys() <= left.keys():
                break
            left = named | left
        error = uv_answer.refusal(ended.err)
        if isinstance(error, Unfit):
            return Answer(version, (), uv_answer.lasting(left), error.what)
        raise error

    def version(self, environ: Mapping[str, str], scratch: str, deadline: float) -> str:
        """Return the program's own words for what it is: "uv 0.13.9".

        Raises:
            Unreadable: it cannot be used.
        """
        from pip_assay.sources.resolve import words
        from pip_assay.sources.resolve.process import run

        ended = run([self.executable, "--version"], environ, scratch, deadline)
        if ended.code or not ended.out.startswith("uv "):
            raise Unreadable(f"uv cannot be used: {words.one_line(ended.err or ended.out)}", hint=HINT)
        return words.one_line(" ".join(ended.out.split()[:2]))

    def _command(self, task: Task) -> list[str]:
        # Without --python uv starts the first interpreter on PATH to ask for its version.
        command = [
            self.executable, "pip", "compile", "requirements.in", "-", "--quiet", "--color", "never", "--no-config",
            "--python", sys.executable, "--no-python-downloads", "--no-header", "--annotation-style", "line",
            "--emit-index-annotation", "-c", "constraints.txt", "--override", "overrides.txt",
        ]  # fmt: skip
        for host in task.indexes.trusted_hosts:
            command.append(f"--allow-insecure-host={host}")
        return [*command, *(("--prerelease", "allow") if task.indexes.pre else ()), *_options(task.wanted)]


def _options(wanted: Wanted) -> Iterable[str]:
    if not wanted.build:
        yield from ("--only-binary", ":all:")
    if wanted.python:
        yield from ("--python-version", wanted.python)
    if wanted.platform:
        yield from ("--python-platform", wanted.platform)
    if wanted.before:
        yield from ("--exclude-newer", wanted.before)


def _overrides(asked: Iterable[str], left: Iterable[str]) -> Iterable[str]:
    """Yield the overrides that are asked for, and those that take a project out of all that asks for it."""
    left = set(left)
    yield from (text for text in asked if normalise(re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0]) not in left)
    yield from (f'{name} ; python_version < "0"' for name in left)


def given(index: Index) -> str:
    """Return the indexes as lines of a requirements file, for standard input."""
    lines = [f"--find-links {place}\n" for place in index.find_links]
    if index.none:
        return "".join([*lines, "--no-index\n"])
    main = [f"--index-url {index.url}\n"] if index.url else []
    return "".join([*lines, *main, *(f"--extra-index-url {url}\n" for url in index.extra)])


def _certificates(configured: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make uv trust what pip trusts: a named file, else the system's certificates."""
    variables = (environ.get(name) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    named = configured.get("cert") or next(filter(None, variables), "")
    if not named:
        return {} if environ.get("SSL_CERT_DIR") else {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}
    named = os.path.abspath(os.path.expanduser(named))
    return {"SSL_CERT_DIR" if os.path.isdir(named) else "SSL_CERT_FILE": named}


def write(folder: str, name: str, lines: Iterable[str]) -> None:
    """Write the lines into a file of that name in the folder."""
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
