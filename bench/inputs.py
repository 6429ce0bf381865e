"""What is audited: real locks, an environment, requirements and advisory data, made once and kept in a folder."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from bench import records

DAY = "2023-07-01"
"""Everything is resolved as of this day, so that the inputs are much the same on every machine."""

PINS = 300
MANY = 25_000

MEDIUM = """\
[project]
name = "medium"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["django", "celery[redis]", "scrapy", "pillow", "requests", "jinja2", "flask", "sqlalchemy", "aiohttp"]

[project.optional-dependencies]
notebook = ["ipykernel"]

[dependency-groups]
dev = ["pytest", "mypy", "black"]
"""

LARGE = """\
[project]
name = "large"
version = "1.0"
requires-python = ">=3.10"
dependencies = [
    "django", "celery[redis]", "scrapy", "pillow", "requests", "jinja2", "flask", "sqlalchemy", "aiohttp", "mlflow",
    "ansible", "fastapi", "boto3", "streamlit", "twisted[tls]", "paramiko", "opencv-python-headless",
]

[project.optional-dependencies]
notebook = ["jupyterlab", "ipywidgets"]
cloud = ["azure-storage-blob", "google-cloud-storage", "google-cloud-bigquery", "kubernetes", "apache-airflow"]

[dependency-groups]
dev = ["pytest", "mypy", "black", "sphinx", "tox", "poetry", "pre-commit", "locust"]
"""

INSTALLED = (
    "django", "celery[redis]", "scrapy", "pillow", "requests", "jinja2", "flask", "sqlalchemy", "aiohttp",
    "jupyterlab", "paramiko", "tox", "pytest",
)  # fmt: skip


class Inputs(NamedTuple):
    """Where everything is.

    medium, large  projects with a uv.lock.
    pins           the first pins of the large lock, as requirements.
    every_pin      all of them.
    environment    a virtual environment.
    published      the real records, one zip; many: as many as the whole public export, made from the real ones.
    """

    medium: Path
    large: Path
    pins: Path
    every_pin: Path
    environment: Path
    published: Path
    many: Path


def make(folder: Path, published: Path, uv: str) -> Inputs:
    """Return the inputs, having made those that are not in the folder yet. Needs the package index once."""
    folder.mkdir(parents=True, exist_ok=True)
    large = _lock(folder / "large", LARGE, uv)
    every_pin = _export(large, folder / "every-pin.txt", uv)
    pins = folder / "pins.txt"
    pins.write_text("".join(every_pin.read_text().splitlines(keepends=True)[:PINS]))
    return Inputs(
        medium=_lock(folder / "medium", MEDIUM, uv),
        large=large,
        pins=pins,
        every_pin=every_pin,
        environment=_environment(folder / "environment", uv),
        published=published,
        many=_many(folder / "many.zip", published),
    )


def index_of(project: Path) -> str:
    """Return the package index that a lock names."""
    found = re.search(r'registry = "([^"]+)', (project / "uv.lock").read_text())
    assert found
    return found[1]


def with_index(project: Path, copy: Path, index: str) -> Path:
    """Return a copy of a project whose lock names another package index.

    `uv audit` asks the index about the status of every project; from the loopback server the answer is not the
    internet's, and may be cached.
    """
    shutil.copytree(project, copy)
    lock = copy / "uv.lock"
    lock.write_text(lock.read_text().replace(f'registry = "{index_of(project)}"', f'registry = "{index}"'))
    return copy


def count(inputs: Inputs) -> dict[str, int]:
    """Return how large the inputs are, by name."""
    return {
        "medium": _packages(inputs.medium),
        "large": _packages(inputs.large),
        "pins": len(inputs.pins.read_text().splitlines()),
        "environment": len(list(site_packages(inputs.environment).glob("*.dist-info"))),
    }


def site_packages(environment: Path) -> Path:
    """Return the folder of an environment in which distributions are installed."""
    return next(environment.glob("lib/python3*/site-packages"))


def _packages(project: Path) -> int:
    """Return how many packages a lock holds, without the project itself."""
    return (project / "uv.lock").read_text().count("[[package]]") - 1


def _lock(project: Path, content: str, uv: str) -> Path:
    manifest = project / "pyproject.toml"
    if not (project / "uv.lock").exists() or manifest.read_text() != content:
        project.mkdir(exist_ok=True)
        manifest.write_text(content)
        _run(uv, "lock", "--project", str(project), "--exclude-newer", DAY)
    return project


def _export(project: Path, file: Path, uv: str) -> Path:
    if not file.exists():
        _run(
            uv, "export", "--project", str(project), "--frozen", "--no-hashes", "--no-header", "--no-annotate",
            "--no-emit-project", "--all-extras", "--all-groups", "--output-file", str(file),
        )  # fmt: skip
    return file


def _environment(folder: Path, uv: str) -> Path:
    done = folder / "installed"
    if not done.exists() or done.read_text() != "\n".join(INSTALLED):
        _run(uv, "venv", "--clear", "--python", sys.executable, str(folder))
        install = ("pip", "install", "--python", str(folder), "--only-binary", ":all:", "--exclude-newer", DAY)
        _run(uv, *install, *INSTALLED)
        done.write_text("\n".join(INSTALLED))
    return folder


def _many(file: Path, published: Path) -> Path:
    if not file.exists():
        partial = file.with_suffix(".partial")
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for record in records.multiply(records.read(published), MANY):
                archive.writestr(f"{record['id']}.json", json.dumps(record))
        partial.rename(file)
    return file


def _run(*words: str) -> None:
    sys.stderr.write(f"making an input: uv {' '.join(words[1:4])} ...\n")
    subprocess.run((words[0], "--quiet", *words[1:]), check=True)
