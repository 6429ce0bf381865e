"""The hot path imports little: the set of modules that a warm audit loads is held here (docs/decisions/001)."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.transcripts import PROJECTS, RECORDS

SOURCE = Path(__file__).resolve().parents[2] / "src"

# What the standard library may load for us, and no more. Each name is a top-level module.
ALLOWED = {
    "argparse", "gettext", "locale", "re", "time", "collections", "contextlib",
    "copyreg", "enum", "functools", "keyword", "operator", "reprlib", "types", "stat", "errno", "zlib", "runpy",
    "importlib", "warnings", "pkgutil", "math", "_strptime", "struct", "genericpath", "posixpath", "os", "io", "abc",
    "codecs", "encodings", "site", "sys", "builtins", "marshal", "posix", "zipimport", "atexit", "signal", "linecache",
    "tokenize", "token", "itertools",
}  # fmt: skip

PROGRAM = """
import sys
before = set(sys.modules)
from pip_assay.cli import main
code = main(sys.argv[1:])
print("\\n" + repr([code, sorted(set(sys.modules) - before)]))
"""


def loaded(*arguments: str, folder: Path, cache: Path) -> tuple[int, set[str]]:
    """Return the exit code of an audit in a fresh process, and the modules that it loaded."""
    environ = {
        **os.environ, "PIP_ASSAY_CACHE": str(cache), "PIP_ASSAY_MAX_DB_AGE": "99999", "PYTHONPATH": str(SOURCE),
        "PIP_INDEX_URL": "https://index.example/simple",
    }  # fmt: skip
    command = [sys.executable, "-S", "-c", PROGRAM, *arguments]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    code, modules = ast.literal_eval(done.stdout.splitlines()[-1])
    return code, set(modules)


@pytest.mark.parametrize(
    ("project", "arguments"),
    [
        ("two-locks", ["uv.lock"]),
        ("environment", ["."]),
        ("hashed", ["-r", "requirements.txt"]),
        ("compiled", ["-r", "requirements.txt"]),
        ("hashed", ["-r", "requirements.txt", "-f", "json"]),
        ("hashed", ["-r", "requirements.txt", "-f", "columns"]),
        ("clean", ["-r", "requirements.txt", "--no-deps"]),
    ],
)
def test_a_warm_audit_loads_only_what_it_uses(project: str, arguments: list[str], tmp_path: Path) -> None:
    """No import of the network, a terminal library, archives, processes or packaging on the path of a warm audit."""
    import_records = [sys.executable, "-m", "pip_assay", "db", "import", str(RECORDS)]
    environ = {**os.environ, "PIP_ASSAY_CACHE": str(tmp_path), "PYTHONPATH": str(SOURCE)}
    subprocess.run(import_records, env=environ, capture_output=True, check=True)
    loaded(*arguments, folder=PROJECTS / project, cache=tmp_path)  # what distributions carry is remembered from now on
    code, modules = loaded(*arguments, folder=PROJECTS / project, cache=tmp_path)
    assert code in (0, 1)
    written = {"json"} if "json" in arguments else set()
    foreign = {name for name in modules if not name.startswith(("pip_assay", "_"))}
    allowed = ALLOWED | {"typing"} if sys.version_info >= (3, 14) else ALLOWED
    assert {name.partition(".")[0] for name in foreign} <= allowed | written
    own = {"two-locks": "locks", "environment": "installed"}.get(project, "requirements")
    rooms = {name.split(".")[2] for name in modules if name.startswith("pip_assay.sources.")}
    if own == "installed":
        bundled = {name.rpartition(".")[2] for name in modules if name.startswith("pip_assay.sources.bundled.")}
        # What distributions carry is remembered; of the interpreter it is looked up what to remember it by.
        assert {"carried", "remembered"} <= bundled <= {"carried", "remembered", "python", "ensured", "nouns"}
        rooms -= {"bundled", "interpreter"}
    assert rooms <= {own, "documents"} if own == "locks" else rooms == {own}
    assert "pip_assay.net" not in modules
    assert "pip_assay.sources.resolve" not in modules


def test_help_loads_nothing_that_reads_or_asks(tmp_path: Path) -> None:
    """`pip-assay --help` prints words: no database, no source, no network."""
    command = [sys.executable, "-S", "-X", "importtime", "-m", "pip_assay", "--help"]
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    assert "pip_assay.net" not in done.stderr
    assert "pip_assay.advisories" not in done.stderr
    assert "usage: pip-assay" in done.stdout
