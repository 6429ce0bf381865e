"""Laws of locks that another tool has written anew: what says the same stays, and every release is held or refused."""

import tempfile
import time
import tomllib
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import lock_text, pdm_lock, poetry_lock
from pip_assay.names import normalise
from pip_assay.settings import Outside, Settings
from pip_assay.sources.locks import pdm_lock as pdm_source
from pip_assay.sources.locks import poetry_lock as poetry_source
from tests.tool_locks import pdm_locks, poetry_locks

OTHER_FILES = ("sha256:00ff", "sha256:ffff")
MANIFEST = '[project]\nname = "demo"\ndependencies = ["alpha[x]", "gamma-2>=1"]\nrequires-python = ">=3.8"\n'
KINDS = {"poetry.lock": (poetry_source, poetry_lock), "pdm.lock": (pdm_source, pdm_lock)}

LOCKS = st.one_of(
    st.tuples(st.just("poetry.lock"), poetry_locks()), st.tuples(st.just("pdm.lock"), pdm_locks())
)  # fmt: skip


def without_files(text: str) -> Any:
    """Return what a lock says, by the standard library's reader, but for the files of each release."""
    found = tomllib.loads(text)
    for package in found.get("package", ()):
        package.pop("files", None)
    return found


@settings(max_examples=40)
@given(LOCKS)
def test_what_says_the_same_stays_to_the_byte(lock: tuple[str, str]) -> None:
    """A lock that its tool writes anew as it was is the same text, however its lines end."""
    text = lock[1].rstrip("\n") + "\n"
    assert lock_text.merged(text, text) == text
    ends = text.replace("\n", "\r\n")
    assert lock_text.merged(ends, text) == ends


@settings(max_examples=40)
@given(LOCKS, LOCKS)
def test_what_is_merged_says_what_the_tool_wrote(old: tuple[str, str], new: tuple[str, str]) -> None:
    """Whatever the old lock was, the merged one says what the new one does, but for files of what has not changed."""
    assert without_files(lock_text.merged(old[1], new[1])) == without_files(new[1])


@settings(max_examples=40)
@given(LOCKS)
def test_files_that_an_index_has_by_now_change_no_package(lock: tuple[str, str]) -> None:
    """Other files of the same releases leave every package of the lock as it was."""
    old = lock[1].rstrip("\n") + "\n"
    packages = [
        each.text for each in lock_text.parts(lock_text.merged(old, old.replace(*OTHER_FILES))) if each.package()
    ]
    assert packages == [each.text for each in lock_text.parts(old) if each.package()]


@settings(max_examples=40)
@given(LOCKS)
def test_every_release_that_is_listed_is_held(lock: tuple[str, str]) -> None:
    """Each release of a lock is held with its marker, if it can be read at all."""
    name, text = lock
    source, module = KINDS[name]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_text(text)
        (Path(folder) / "pyproject.toml").write_text(MANIFEST)
        try:
            target = module.read(source.read(f"{folder}/{name}"), Settings(), Outside({}, folder, time.time()))
        except Unreadable:
            return
        listed = {(normalise(each["name"]), each["version"]) for each in tomllib.loads(text).get("package", ())}
        assert {(each.name, each.version) for each in target.held} == listed
