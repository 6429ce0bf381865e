"""The command lines of pip-assay and its peers, on the same server, and what each of them found."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

from bench.measure import Command

NOWHERE = "http://127.0.0.1:9"
"""A proxy where nobody listens: a tool that asks the internet about anything is refused at once."""


class Bench(NamedTuple):
    """The benchmark's own environment (its programs), a folder for homes and caches, and the server's address."""

    programs: Path
    scratch: Path
    url: str

    def program(self, name: str) -> str:
        """Return the path of a program of the environment."""
        return str(self.programs / name)

    def environ(self, **more: str) -> dict[str, str]:
        """Return a small environment: no settings of the person who measures, no internet."""
        return {
            "PATH": os.pathsep.join((str(self.programs), os.defpath)),
            "HOME": str(self.scratch),
            "LANG": "C.UTF-8",
            "HTTPS_PROXY": NOWHERE,
            "NO_PROXY": "127.0.0.1",
            "PIP_ASSAY_MAX_DB_AGE": "100000",
            **more,
        }


def bare(bench: Bench) -> Command:
    """Return the yardstick: the interpreter, doing nothing."""
    return Command("python -I -c pass", (sys.executable, "-I", "-c", "pass"), bench.environ(), bench.scratch)


def pip_assay(bench: Bench, database: Path, *arguments: str, name: str = "pip-assay") -> Command:
    """Return an audit with the local database."""
    words = (bench.program("pip-assay"), *arguments)
    return Command(name, words, bench.environ(PIP_ASSAY_DB=str(database)), bench.scratch, (0, 1))


def python(bench: Bench, code: str, *arguments: str, name: str) -> Command:
    """Return a piece of Python in the benchmark's environment."""
    return Command(name, (bench.program("python"), "-I", "-c", code, *arguments), bench.environ(), bench.scratch)


def import_records(bench: Bench, source: Path, database: Path, name: str = "pip-assay db import") -> Command:
    """Return the making of a local database from records."""
    words = (bench.program("pip-assay"), "db", "import", "--replace", "--db", str(database), str(source))
    return Command(name, words, bench.environ(), bench.scratch)


def pip_audit(bench: Bench, *arguments: str, name: str = "pip-audit") -> Command:
    """Return an audit by pip-audit on the server; its cache of answers does not keep those of an OSV service."""
    service = ("-s", "osv", "--osv-url", f"{bench.url}/v1/query", "--progress-spinner", "off")
    return Command(name, (bench.program("pip-audit"), *service, *arguments), bench.environ(), bench.scratch, (0, 1))


def requirements(file: Path) -> tuple[str, ...]:
    """Return pip-audit's arguments for a file of pins that is complete by itself."""
    return ("-r", str(file), "--no-deps", "--disable-pip")


def uv_audit(bench: Bench, project: Path, *arguments: str, name: str = "uv audit", cold: bool = False) -> Command:
    """Return an audit by uv on the server."""
    cache = bench.scratch / f"uv-{'cold' if cold else 'warm'}"
    words = (
        bench.program("uv"), "audit", "--frozen", "--preview-features", "audit-command,json-output",
        "--service-url", f"{bench.url}/", *arguments,
    )  # fmt: skip
    environ = bench.environ(UV_CACHE_DIR=str(cache), UV_PYTHON=sys.executable, UV_NO_CONFIG="1")
    return Command(name, words, environ, project, (0, 1), (cache,) if cold else ())


def pysentry(bench: Bench, *arguments: str, name: str = "pysentry", cold: bool = False) -> Command:
    """Return an audit by pysentry on the server, without what asks other services."""
    cache = bench.scratch / f"pysentry-{'cold' if cold else 'warm'}"
    words = (
        bench.program("pysentry-rs"), "--sources", "osv", "--service-url", f"{bench.url}/v1", "--no-maintenance-check",
        "--no-config", "--no-ci-detect", "--cache-dir", str(cache), *arguments,
    )  # fmt: skip
    return Command(name, words, bench.environ(), bench.scratch, (0, 1), (cache,) if cold else ())


def cold(name: str) -> str:
    """Return what a tool is called when its cache is empty."""
    return f"{name}, cache empty"
