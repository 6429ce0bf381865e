"""Whole trees: which folders are looked into, and what is said of the others."""

import os
from pathlib import Path

import pytest

from pip_assay.model import LeftOut, Problem
from pip_assay.targets import tree


def make(top: Path, *names: str) -> None:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")


def found(top: Path) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the folders that are looked into and what is left out, relative to the top."""
    every = list(tree.search(str(top)))
    folders = [os.path.relpath(each.path, top) for each in every if isinstance(each, tree.Folder)]
    return folders, [(os.path.relpath(each.path, top), each.why) for each in every if isinstance(each, LeftOut)]


def test_every_folder_with_a_known_file_is_found_in_order(tmp_path: Path) -> None:
    """At any depth, the folder before what is in it; folders without any are passed over."""
    make(tmp_path, "b/poetry.lock", "a/x/y/requirements.txt", "a/readme.md", "uv.lock", "c/data.csv", ".github/uv.lock")
    assert found(tmp_path) == ([".", ".github", "a/x/y", "b"], [])


def test_whatever_a_folder_would_read_is_found(tmp_path: Path) -> None:
    """SBOMs by name, requirements in a folder of that name, images and pex folders count as they do alone."""
    make(
        tmp_path, "a/sbom.json", "b/requirements/ci/linux.txt", "c/oci-layout", "d/PEX-INFO", "e/tool.pex", "f/x.whl",
        "g/notes.txt", "h/data.json",
    )  # fmt: skip
    assert found(tmp_path)[0] == ["a", "b/requirements/ci", "c", "d", "e", "f"]


def test_what_is_not_looked_into_is_said(tmp_path: Path) -> None:
    """Environments, other people's code and installed packages are named; version control and caches are nobody's."""
    make(
        tmp_path, ".venv/pyvenv.cfg", ".venv/lib/requirements.txt", "env/pyvenv.cfg", "conda/conda-meta/history",
        "web/node_modules/x/requirements.txt", "src/_vendor/requirements.txt", "lib/site-packages/x/requirements.txt",
        ".git/requirements.txt", "__pycache__/requirements.txt", ".tox/py/requirements.txt",
    )  # fmt: skip
    (tmp_path / "elsewhere").symlink_to(tmp_path / "web")
    folders, left_out = found(tmp_path)
    assert folders == []
    assert sorted(left_out) == [
        (".venv", "virtual environment"),
        ("conda", "conda environment"),
        ("elsewhere", "link to a folder"),
        ("env", "virtual environment"),
        ("lib/site-packages", "installed packages"),
        ("src/_vendor", "code of others"),
        ("web/node_modules", "code of others"),
    ]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    """A link to the folder above is not followed."""
    make(tmp_path, "a/uv.lock")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    assert found(tmp_path)[0] == ["a"]


def test_the_manifest_of_a_member_is_locked_by_its_workspace(tmp_path: Path) -> None:
    """uv.lock names its members; their pyproject.toml is not resolved again, and that is said."""
    make(tmp_path, "pyproject.toml", "packages/one/pyproject.toml", "packages/two/pyproject.toml")
    (tmp_path / "uv.lock").write_text(
        'version = 1\n[[package]]\nname = "one"\nsource = { editable = "packages/one" }\n', encoding="utf-8"
    )
    every = [each for each in tree.search(str(tmp_path)) if isinstance(each, tree.Folder)]
    locked = {os.path.basename(each.path): each.locked for each in every}
    assert locked["one"] == {"pyproject.toml"}
    assert locked["two"] == locked[tmp_path.name] == frozenset()
    assert found(tmp_path)[1] == [("packages/one/pyproject.toml", "locked by the uv.lock of its workspace")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_listed_is_a_problem(tmp_path: Path) -> None:
    """What cannot be looked into is not left out on purpose: the audit is incomplete."""
    (tmp_path / "closed").mkdir(mode=0o000)
    (problem,) = (each for each in tree.search(str(tmp_path)) if isinstance(each, Problem))
    assert "closed" in str(problem)


def test_a_folder_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    """Another process may remove it between two looks."""
    assert [type(each) for each in tree.search(str(tmp_path / "gone"))] == [Problem]
