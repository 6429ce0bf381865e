"""Targets: what a name says, and what of a folder is read."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import is_valid_pylock_path

from pip_assay import targets
from pip_assay.model import Inventory
from pip_assay.settings import Outside, Settings
from pip_assay.sources import pylock, uv_lock

NAMES = st.lists(st.sampled_from(["pylock", "uv", "lock", "toml", "py", "script", "", "a-b"]), max_size=5).map(".".join)


@given(st.one_of(NAMES, st.text(max_size=8)))
def test_a_name_says_which_lock_it_is(name: str) -> None:
    """PEP 751: pylock.toml, or pylock.NAME.toml with a name without a dot; and the sources agree with the targets."""
    kinds = [source.kind for source in targets.SOURCES if source.recognises(name)]
    assert ("pylock" in kinds) == is_valid_pylock_path(Path(name)) == pylock.recognises(name)
    assert ("uv.lock" in kinds) == uv_lock.recognises(name)


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
    assert [Path(each.target).name for each in found] == ["pylock.dev.toml", "uv.lock"]
    for each in found:
        assert "requirements.txt and requirements/test.txt and pyproject.toml beside it not read" in each.because


def test_requirements_files_beat_pyproject(tmp_path: Path) -> None:
    """Each requirements file is a target of its own, those of a folder requirements too."""
    found = read(tmp_path, "requirements-dev.txt", "requirements.txt", "requirements/test.txt", "pyproject.toml")
    assert [each.kind for each in found] == ["requirements"] * 3
    assert all("pyproject.toml beside it not read" in each.because for each in found)


def test_files_of_other_tools_are_named_unless_a_lock_was_read(tmp_path: Path) -> None:
    """A Poetry lock that cannot be read is a problem; beside a lock that can, it is named as not read."""
    (found,) = read(tmp_path / "alone", "poetry.lock")
    assert [(problem.gap, problem.subject) for problem in found.problems] == [("unreadable", found.target)]
    assert [each.kind for each in read(tmp_path / "both", "poetry.lock", "requirements.txt")] == [
        "requirements",
        "project",
    ]
    (lock,) = read(tmp_path / "lock", "poetry.lock", "uv.lock")
    assert "poetry.lock beside it not read" in lock.because


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
    assert [(each.pin.name, each.pin.version) for each in found.dependencies] == [("alpha", "1.0")]


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path) -> None:
    """A folder that vanishes, or may not be read, is named."""
    (found,) = targets.read(Settings(targets=(str(tmp_path / "gone"),)), Outside({}, str(tmp_path), 0.0))
    assert [problem.gap for problem in found.problems] == ["missing"]
