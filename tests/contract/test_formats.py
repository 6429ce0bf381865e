"""One set of packages in every format: each reader gives the same releases, and what else its format holds."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from bench import formats

from pip_assay.model import Inventory
from pip_assay.settings import Outside, Settings
from pip_assay.targets import kinds

INDEX = "https://index.example/simple"
COUNT = 40

HASHES = {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pixi.lock", "conda-lock.yml", "pylock.toml",
          "requirements.txt"}  # fmt: skip
EDGES = {"uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "conda-lock.yml", "large.cdx.json"}


def lock() -> str:
    """Return a uv.lock of many packages, each of which asks for the next two."""
    lines = ["version = 1", "revision = 3", 'requires-python = ">=3.11"', ""]
    lines += [
        "[[package]]",
        'name = "application"',
        'version = "1.0"',
        'source = { virtual = "." }',
        "dependencies = [",
    ]
    lines += ['    { name = "project-0" },', "]", "", "[package.metadata]"]
    lines += ['requires-dist = [{ name = "project-0" }]', ""]
    for number in range(COUNT):
        name, version = f"project-{number}", f"{number}.1"
        file = f"project_{number}-{version}-py3-none-any.whl"
        lines += ["[[package]]", f'name = "{name}"', f'version = "{version}"', f'source = {{ registry = "{INDEX}" }}']
        if below := [each for each in (number + 1, number + 2) if each < COUNT]:
            lines += ["dependencies = [", *(f'    {{ name = "project-{each}" }},' for each in below), "]"]
        lines += [
            "wheels = [",
            f'    {{ url = "https://files.example/{file}", hash = "sha256:{number:064x}" }},',
            "]",
            "",
        ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The set in every format, by the name of its file."""
    folder = tmp_path_factory.mktemp("formats")
    uv = shutil.which("uv", path=os.path.dirname(sys.executable))
    assert uv
    (folder / "uv.lock").write_text(lock(), encoding="utf-8")
    manifest = (
        '[project]\nname = "application"\nversion = "1.0"\nrequires-python = ">=3.11"\ndependencies = ["project-0"]\n'
    )
    (folder / "pyproject.toml").write_text(manifest, encoding="utf-8")
    return formats.make(folder, folder / "made", uv)


def read(path: Path) -> Inventory:
    (found,) = kinds.read(kinds.of_name(path.name), str(path), Settings(no_deps=True), Outside({}, ".", 0.0))
    return found


def test_every_format_gives_the_same_releases(files: dict[str, Path]) -> None:
    """Names and versions are those of the lock that all were made from, and nothing is a problem."""
    expected = {(f"project-{number}", f"{number}.1") for number in range(COUNT)}
    assert len(files) == 10
    for name, path in files.items():
        found = read(path)
        assert (name, {(each.pin.name, each.pin.version) for each in found.dependencies}) == (name, expected)
        assert (name, found.problems) == (name, ())


def test_hashes_and_edges_are_those_of_the_lock(files: dict[str, Path]) -> None:
    """Where a format holds hashes or edges, they are the same."""
    for name in HASHES:
        hashes = {each.pin.name: each.hashes for each in read(files[name]).dependencies}
        expected = {f"project-{number}": (f"sha256:{number:064x}",) for number in range(COUNT)}
        assert (name, hashes) == (name, expected)
    for name in EDGES:
        edges = {each.pin.name: set(each.requires) for each in read(files[name]).dependencies}
        expected_edges = {
            f"project-{number}": {f"project-{each}" for each in (number + 1, number + 2) if each < COUNT}
            for number in range(COUNT)
        }
        assert (name, edges) == (name, expected_edges)


def test_every_place_spells_its_package(files: dict[str, Path]) -> None:
    """The line of each package, in each format, is one that names it."""
    for name, path in files.items():
        lines = path.read_text(encoding="utf-8").splitlines()
        for each in read(path).dependencies:
            line = lines[each.place.line - 1].replace("_", "-")
            assert (name, each.pin.name in line) == (name, True)
