"""Targets: what a name says, and what of a folder is read."""

import io
import os
import shutil
import sys
import tarfile
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import is_valid_pylock_path

from pip_assay import targets
from pip_assay.model import Inventory
from pip_assay.settings import Outside, Settings
from pip_assay.sources import manifests
from pip_assay.sources.locks import pylock, uv_lock
from pip_assay.targets import folder, kinds
from tests.transcripts import PROJECTS
from tests.wheel_folder import wheel

NAMES = st.lists(st.sampled_from(["pylock", "uv", "lock", "toml", "py", "script", "", "a-b"]), max_size=5).map(".".join)


@given(st.one_of(NAMES, st.text(max_size=8)))
def test_a_name_says_which_lock_it_is(name: str) -> None:
    """PEP 751: pylock.toml, or pylock.NAME.toml with a name without a dot; and the sources agree with the targets."""
    assert (kinds.of_name(name) == "pylock") == is_valid_pylock_path(Path(name)) == pylock.recognises(name)
    assert (kinds.of_name(name) == "uv.lock") == uv_lock.recognises(name)


@pytest.mark.parametrize(
    ("kind", "module", "names"),
    [
        ("poetry.lock", "locks.poetry_lock", ["poetry.lock"]),
        ("pdm.lock", "locks.pdm_lock", ["pdm.lock"]),
        ("Pipfile.lock", "locks.pipfile_lock", ["Pipfile.lock"]),
        ("pixi.lock", "conda.pixi_lock", ["pixi.lock"]),
        ("conda-lock", "conda.conda_lock", ["conda-lock.yml", "x.conda-lock.yml"]),
        ("environment.yml", "conda.environment_yml", ["environment.yml", "environment.yaml", "my-environment.yml"]),
        ("cyclonedx", "sbom.cyclonedx", ["bom.json", "bom.xml", "a.cdx.json", "a.cyclonedx.xml"]),
        ("spdx", "sbom.spdx", ["a.spdx.json", "a.spdx", "a.spdx3.json"]),
        ("archive", "archive", ["a-1.0-py3-none-any.whl", "a.pex", "a.pyz", "a.shiv", "a.zip", "a.egg"]),
        ("tar", "archive", ["a-1.0.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz"]),
        ("tar", "image", ["image.tar", "image.tar.gz"]),
        ("dockerfile", "hints", ["Dockerfile", "Containerfile", "Dockerfile.dev", "dev.Dockerfile"]),
        ("notebook", "hints", ["a.ipynb"]),
    ],
)
def test_targets_and_sources_agree_about_names(kind: str, module: str, names: list[str]) -> None:
    """What a name is taken for is what its reader takes it for."""
    source = import_module(f"pip_assay.sources.{module}")
    for name in names:
        assert kinds.of_name(name) == kind
        assert source.recognises(name)


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "run.py"])
def test_manifests_are_known_by_name(name: str) -> None:
    """Each is a manifest to both."""
    assert kinds.of_name(name) in kinds.MANIFESTS
    assert manifests.recognises(name)


@pytest.mark.parametrize("name", ["notes.md", "lock", "data.csv", "poetry.toml", "x.lock", "environment.json.bak"])
def test_other_names_are_nothing(name: str) -> None:
    """A file that nobody knows is not a target by its name."""
    assert kinds.of_name(name) == ""


def test_every_kind_has_a_reader() -> None:
    """Each module that the table names can be imported and reads."""
    for module in kinds.MODULES.values():
        assert callable(import_module(f"pip_assay.sources.{module}").read)


def read(folder: Path, *names: str, **settings: object) -> list[Inventory]:
    """Return what is read of a folder that holds these files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("", encoding="utf-8")
    chosen = Settings(targets=(str(folder),), offline=True, **settings)  # type: ignore[arg-type]
    return targets.read(chosen, Outside({}, str(folder), 0.0))


def test_locks_beat_requirements_and_what_is_passed_over_is_named(tmp_path: Path) -> None:
    """Every lock is read; requirements files and pyproject.toml beside them are named, not read."""
    found = read(tmp_path, "uv.lock", "pylock.dev.toml", "requirements.txt", "requirements/test.txt", "pyproject.toml")
    assert [Path(each.target).name for each in found] == ["uv.lock", "pylock.dev.toml"]
    for each in found:
        assert "pyproject.toml and requirements.txt and requirements/test.txt beside it not read" in each.because


PYPROJECT = '[project]\nname = "application"\nversion = "1"\ndependencies = ["alpha==1.2"]\n'


def written(folder: Path, **files: str) -> list[Inventory]:
    """Return what is read of a folder with these files; "__" is a dot in their names."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return read(folder, no_deps=True)


def test_requirements_files_beat_a_manifest_whose_needs_they_hold(tmp_path: Path) -> None:
    """Each requirements file is a target of its own, also in a folder requirements; the manifest adds nothing."""
    (tmp_path / "requirements" / "ci").mkdir(parents=True)
    (tmp_path / "requirements" / "ci" / "test.txt").write_text("beta==0.9\n", encoding="utf-8")
    found = written(tmp_path, requirements__txt="Alpha==1.2\n", pyproject__toml=PYPROJECT)
    assert [each.kind for each in found] == ["requirements"] * 2
    assert all("pyproject.toml beside it not read" in each.because for each in found)


def test_requirements_files_hide_no_manifest_that_needs_more(tmp_path: Path) -> None:
    """Promise 1: beside the requirements of the documents alone, the project's own dependencies are read."""
    found = written(tmp_path, docs_requirements__txt="clean==1.0\n", pyproject__toml=PYPROJECT)
    assert [each.kind for each in found] == ["requirements", "pyproject"]
    assert "not read" not in found[0].because


def test_what_cannot_be_looked_at_is_a_problem(tmp_path: Path) -> None:
    """A link that leads nowhere, or a pipe, in the place of a file is told, and not waited for."""
    (tmp_path / "uv.lock").symlink_to("missing")
    os.mkfifo(tmp_path / "requirements.txt")
    (tmp_path / "poetry.lock").mkdir()
    (tmp_path / "docs-requirements.txt").write_text("clean==1.0\n", encoding="utf-8")
    found = read(tmp_path, no_deps=True)
    assert {Path(each.target).name: [problem.gap for problem in each.problems] for each in found} == {
        "uv.lock": ["unreadable"], "poetry.lock": ["unreadable"],
    }  # fmt: skip
    (tmp_path / "uv.lock").unlink()
    (tmp_path / "poetry.lock").rmdir()
    found = read(tmp_path, no_deps=True)
    assert {Path(each.target).name: [problem.gap for problem in each.problems] for each in found} == {
        "requirements.txt": ["unreadable"], "docs-requirements.txt": [],
    }  # fmt: skip


def test_what_declares_nothing_hides_nothing(tmp_path: Path) -> None:
    """Beside an empty requirements file and a pyproject.toml of settings, the SBOM speaks."""
    bill = (PROJECTS / "cyclonedx" / "bom.json").read_text(encoding="utf-8")
    found = written(tmp_path, requirements__txt="# none\n", pyproject__toml="[tool.x]\ny = 1\n", bom__json=bill)
    assert [each.kind for each in found] == ["cyclonedx"]
    assert "declare nothing" in found[0].because


def test_a_lock_that_is_older_than_its_manifest_says_so(tmp_path: Path) -> None:
    """What pyproject.toml asks for and the lock lacks is a problem; a marker may leave it out."""
    manifest = PYPROJECT.replace(
        '["alpha==1.2"]', """["clean", "new-one>=1", "tomli ; python_version < '3.11'", "application"]"""
    )
    lock = (PROJECTS / "two-locks" / "uv.lock").read_text(encoding="utf-8")
    (found,) = written(tmp_path, uv__lock=lock, pyproject__toml=manifest)
    assert [(problem.gap, problem.subject) for problem in found.problems] == [("missing", "new-one")]


BESIDE = [
    (["poetry.lock", "pyproject.toml"], ["poetry.lock"]),
    (["poetry.lock", "pdm.lock", "uv.lock"], ["uv.lock", "poetry.lock", "pdm.lock"]),
    (["Pipfile", "Pipfile.lock"], ["Pipfile.lock"]),
    (["Pipfile", "uv.lock"], ["uv.lock", "Pipfile"]),
    (["environment.yml", "uv.lock"], ["uv.lock", "environment.yml"]),
    (["environment.yml", "conda-lock.yml"], ["conda-lock.yml"]),
    (["environment.yml", "requirements.txt"], ["requirements.txt", "environment.yml"]),
    (["pixi.lock", "pyproject.toml", "environment.yml"], ["pixi.lock"]),
    (["Pipfile.lock", "requirements.txt", "setup.py"], ["Pipfile.lock"]),
    (["bom.json", "uv.lock"], ["uv.lock"]),
    (["bom.json", "a.spdx.json", "a.pex"], ["bom.json", "a.spdx.json"]),
    (["a.pex", "notes.md", "data.json"], ["a.pex"]),
    (["notes.txt", "requirements-dev.txt", "requirements-dev.in"], ["requirements-dev.txt"]),
    (["requirements.in", "Requirements-docs.txt"], ["requirements.in", "Requirements-docs.txt"]),
    (["constraints.txt", "requirements.txt"], ["requirements.txt"]),
    (["Dockerfile", "a.ipynb", "uv.lock"], ["uv.lock"]),
]


@pytest.mark.parametrize(("there", "expected"), BESIDE)
def test_what_beats_what(there: list[str], expected: list[str], tmp_path: Path) -> None:
    """A lock beats what it locks, and no more than that; SBOMs and archives speak where nothing else does."""
    for name in there:
        (tmp_path / name).write_text("", encoding="utf-8")
    choice = folder.choose(str(tmp_path), sorted(there), Settings())
    assert sorted(file.name for file in choice.read) == sorted(expected)
    unknown = {"notes.md", "data.json", "notes.txt"}
    named = {file.name for file in (*choice.read, *choice.passed)} | {*choice.hints}
    assert named == set(there) - unknown


def test_scripts_count_if_they_declare_something(tmp_path: Path) -> None:
    """A Python file with a block of PEP 723 is a target beside any lock; its own lock beats it."""
    block = '# /// script\n# dependencies = ["alpha==1.0"]\n# ///\n'
    for name, text in (("one.py", block), ("two.py", block), ("plain.py", ""), ("two.py.lock", ""), ("uv.lock", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    names = ["one.py", "plain.py", "two.py", "two.py.lock", "uv.lock"]
    choice = folder.choose(str(tmp_path), names, Settings())
    assert [file.name for file in choice.read] == ["two.py.lock", "uv.lock", "one.py"]
    assert [file.name for file in choice.passed] == ["two.py"]


def test_hints_are_read_where_they_are_asked_for(tmp_path: Path) -> None:
    """With --hints, Dockerfiles and notebooks are targets as well; without, they are named."""
    (tmp_path / "Dockerfile").write_text("RUN pip install alpha==1.0\n", encoding="utf-8")
    (alone,) = read(tmp_path)
    assert ["hints at what is installed: Dockerfile" in problem.what for problem in alone.problems] == [True]
    (found,) = read(tmp_path, hints=True)
    assert [each.pin.name for each in found.dependencies] == ["alpha"]


def test_manifests_that_declare_nothing_are_dropped_and_named(tmp_path: Path) -> None:
    """A setup.cfg of settings alone is no target beside a pyproject.toml; where there is nothing else, it says so."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\ndependencies = ["alpha==1.0"]\n', encoding="utf-8"
    )
    (tmp_path / "setup.cfg").write_text("[flake8]\nmax-line-length = 100\n", encoding="utf-8")
    (found,) = read(tmp_path, no_deps=True)
    assert (found.kind, "setup.cfg declares nothing" in found.because) == ("pyproject", True)
    (tmp_path / "pyproject.toml").unlink()
    (alone,) = read(tmp_path, no_deps=True)
    assert [problem.gap for problem in alone.problems] == ["empty"]


def test_content_tells_where_the_name_does_not(tmp_path: Path) -> None:
    """An SBOM, or what pip prints, under any name; and a zip with a line that runs it."""
    for text, kind in (
        ('{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": []}', "cyclonedx"),
        ('{"spdxVersion": "SPDX-2.3", "packages": []}', "spdx"),
        ('[{"name": "alpha", "version": "1.0"}]', "pip listing"),
        ("Package Version\n------- -------\nalpha   1.0\n", "pip listing"),
        ("alpha==1.0\n", ""),
        ("", ""),
    ):
        assert kinds.of_content(text.encode()) == kinds.of_content(text.encode("utf-16")) == kind
        (tmp_path / "listing.json").write_text(text, encoding="utf-8")
        found = targets.one(str(tmp_path / "listing.json"), Settings(), Outside({}, str(tmp_path), 0.0))
        assert [each.kind for each in found] == [kind or "target"]
    assert kinds.of_content(b"#!/usr/bin/env python3\nPK\x03\x04") == "archive"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": []}', "cyclonedx"),
        ('[{"name": "alpha", "version": "1.0"}]', "pip listing"),
        ("alpha==1.0\n", "requirements"),
    ],
)
def test_standard_input_is_known_by_its_content(text: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pip inspect | pip-assay -` and `pip freeze | pip-assay -` need no other word."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    (found,) = targets.one("-", Settings(no_deps=True), Outside({}, ".", 0.0))
    assert (found.kind, found.target) == (kind, "standard input")


def test_an_image_and_an_sdist_are_told_apart(tmp_path: Path) -> None:
    """Both may be a tar: what is in it tells."""
    for name, member in (("image.tar", "oci-layout"), ("alpha-1.0.tar.gz", "alpha-1.0/PKG-INFO")):
        with tarfile.open(tmp_path / name, "w:gz" if name.endswith("gz") else "w") as archive:
            archive.addfile(tarfile.TarInfo(member))
    kinds_found = [
        [each.kind for each in targets.one(str(tmp_path / name), Settings(), Outside({}, ".", 0.0))]
        for name in ("image.tar", "alpha-1.0.tar.gz")
    ]
    assert kinds_found == [["image"], ["sdist"]]


def test_wheels_in_a_folder_are_a_target(tmp_path: Path) -> None:
    """What `pip download` leaves is read wheel by wheel."""
    wheel(tmp_path, "alpha", "1.0")
    (found,) = read(tmp_path)
    assert (found.kind, [str(each.pin) for each in found.dependencies]) == ("wheelhouse", ["alpha 1.0"])


def test_a_conda_prefix_lists_what_conda_alone_has(tmp_path: Path) -> None:
    """Python packages come from their metadata, all others from conda's own."""
    copy = shutil.copytree(PROJECTS / "conda-prefix", tmp_path / "prefix")
    (found,) = targets.one(str(copy), Settings(), Outside({}, ".", 0.0))
    assert {(each.pin.ecosystem, each.pin.name) for each in found.dependencies} == {
        ("PyPI", "alpha"), ("conda", "libgamma"), ("conda", "cut-short"), ("Python", "cpython"),
    }  # fmt: skip


def test_tools_and_roots_are_targets(tmp_path: Path) -> None:
    """--root and --tools are asked for by their options, and say so when nothing is there."""
    outside = Outside({"HOME": str(tmp_path), "PIPX_HOME": str(tmp_path / "pipx")}, ".", 0.0)
    (found,) = targets.read(Settings(tools=True), outside)
    assert [problem.gap for problem in found.problems] == ["empty"]
    found_in_root = targets.read(Settings(roots=(str(PROJECTS / "root-filesystem"),)), outside)
    assert sorted(each.pin.name for inventory in found_in_root for each in inventory.dependencies) == [
        "alpha", "beta", "cpython", "gamma",
    ]  # fmt: skip


def test_locked_reads_pylock_alone(tmp_path: Path) -> None:
    """--locked leaves other locks out, and says so where there is no pylock.toml."""
    assert [each.kind for each in read(tmp_path / "both", "uv.lock", "pylock.toml", locked=True)] == ["pylock"]
    (found,) = read(tmp_path / "none", "uv.lock", locked=True)
    assert [problem.gap for problem in found.problems] == ["empty"]


def test_a_folder_that_is_no_project_may_be_an_environment(tmp_path: Path) -> None:
    """A prefix without pyvenv.cfg, such as conda's, is found by its layout."""
    metadata = tmp_path / "lib" / "python3.11" / "site-packages" / "alpha-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n", encoding="utf-8")
    (found,) = targets.read(Settings(targets=(str(tmp_path),)), Outside({}, str(tmp_path), 0.0))
    assert [(each.pin.name, each.pin.version) for each in found.dependencies] == [("alpha", "1.0"), ("cpython", "3.11")]


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path) -> None:
    """A folder that vanishes, or may not be read, is named."""
    (found,) = targets.read(Settings(targets=(str(tmp_path / "gone"),)), Outside({}, str(tmp_path), 0.0))
    assert [problem.gap for problem in found.problems] == ["missing"]
