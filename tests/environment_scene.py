"""A scene with a virtual environment in it, and what is installed there."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pip_assay import flow
from pip_assay.fix.formats import environment
from pip_assay.fix.nouns import Target
from tests.fix_scene import FIXED, RELEASES, Releases, Scene, scene
from tests.resolving import uv_executable


@contextmanager
def environment_scene(
    tmp_path: Path, *wanted: str, releases: Releases = RELEASES, flaws: Mapping[str, str] = FIXED
) -> Iterator[Scene]:
    """Give a scene with a virtual environment "env" that holds what is wanted: pins, and paths of wheels."""
    with scene(tmp_path, releases, flaws) as made:
        uv(made, "venv", "--python", sys.executable, "env")
        links = ["--offline", "--no-index", "--find-links", str(tmp_path / "links")]
        uv(made, "pip", "install", "--python", "env/bin/python", "--no-deps", *links, *wanted)
        made.settings = made.settings._replace(python="env")
        yield made


def uv(here: Scene, *words: str) -> None:
    """Run the real uv in the project's folder."""
    environ = {**here.environ, "PATH": os.environ["PATH"]}
    subprocess.run([uv_executable(), *words, "--quiet"], check=True, env=environ, cwd=here.folder)


def installed(here: Scene) -> dict[str, str]:
    """Return what is installed, as the environment's own Python sees it."""
    code = "from importlib.metadata import distributions as d; print({e.name: e.version for e in d()})"
    command = [str(here.folder / "env" / "bin" / "python"), "-I", "-c", code]
    found = eval(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert isinstance(found, dict)
    return found


def site(here: Scene) -> Path:
    """Return the folder of what is installed."""
    return next((here.folder / "env").glob("lib/python*/site-packages"))


def contents(here: Scene) -> dict[str, bytes]:
    """Return every file of the environment, but for what Python compiles."""
    folder = here.folder / "env"
    found = (each for each in folder.rglob("*") if each.is_file() and each.suffix != ".pyc")
    return {str(each.relative_to(folder)): each.read_bytes() for each in found}


def target(here: Scene) -> Target:
    """Return what the environment holds for a fix."""
    return environment.read(flow.read(here.settings, here.outside)[0], here.settings, here.outside)
