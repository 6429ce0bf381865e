"""The patch of a fix: the real git applies it, and has the files byte for byte."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay.fix.nouns import Edit, Outcome, Plan
from pip_assay.model import Report
from pip_assay.reports.fixing import Fixing, patch
from tests.fixing import target

GIT = shutil.which("git") or ""
pytestmark = pytest.mark.skipif(not GIT, reason="git is not here")

LINES = st.sampled_from(
    [b"", b"a", b"b==1", b"b==2", b"\r", b"c\r", b" x", b"-", b"--- a", b"+", b"@@", b"\\", b"\xff\x00"]
)
TEXTS = st.tuples(st.lists(LINES, max_size=14), st.booleans()).map(
    lambda made: b"\n".join(made[0]) + (b"\n" if made[1] and made[0] else b"")
)
NAMES = ("r.txt", "sub/my notes.txt", 'sub/"q"\\.txt', "caf\xe9/\x01\t.txt")


def git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Return what git says, with no settings but its own."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run([GIT, *arguments], cwd=folder, env=environ, input=given, capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr, given)
    return done.stdout


def content(*edits: Edit) -> bytes:
    return patch.content(Fixing(Report(()), (Outcome(Plan(target({})), edits),), ((),)))


@settings(max_examples=60)
@given(before=TEXTS, after=TEXTS, name=st.sampled_from(NAMES))
def test_git_applies_it(tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes, name: str) -> None:
    """Whatever the lines, their ends, the last of them, and the name of the file."""
    folder = tmp_path_factory.mktemp("patched")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before)
    made = content(Edit(name, before, after))
    assert bool(made) == (before != after)
    if made:
        git(folder, "apply", "-", given=made)
    assert path.read_bytes() == after


def lock(packages: dict[int, int]) -> bytes:
    """A lock of packages, by number, at versions: most of its lines are those of all others."""
    return b"".join(
        b'[[package]]\nname = "p%d"\nversion = "1.%d"\nsource = { registry = "x" }\nwheels = [\n    "w",\n]\n\n' % each
        for each in sorted(packages.items())
    )


@settings(max_examples=30)
@given(
    before=st.dictionaries(st.integers(0, 60), st.integers(0, 1), min_size=30),
    changed=st.dictionaries(st.integers(0, 60), st.none() | st.integers(0, 1), max_size=4),
)
def test_git_applies_it_to_a_lock(
    tmp_path_factory: pytest.TempPathFactory, before: dict[int, int], changed: dict[int, int | None]
) -> None:
    """Of hundreds of lines that are alike only those are told that change, with lines around them."""
    after = {name: version for name, version in {**before, **changed}.items() if version is not None}
    path = tmp_path_factory.mktemp("locked") / "uv.lock"
    path.write_bytes(lock(before))
    made = content(Edit(path.name, lock(before), lock(after)))
    if made:
        git(path.parent, "apply", "-", given=made)
    assert path.read_bytes() == lock(after)
    assert len(re.findall(rb"(?m)^[+-](?![+-])", made)) <= 8 * len(changed)


@settings(max_examples=20)
@given(after=TEXTS, name=st.sampled_from(NAMES))
def test_git_applies_a_new_file(tmp_path_factory: pytest.TempPathFactory, after: bytes, name: str) -> None:
    """Also an empty one."""
    folder = tmp_path_factory.mktemp("new")
    git(folder, "init", "--quiet")
    git(folder, "apply", "-", given=content(Edit(name, None, after)))
    assert (folder / name).read_bytes() == after


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("before", "after"), [(b"", b"a\nb\n"), (b"a\n", b""), (b"a", b"a\nb"), (b"a\nb\n", b"a\n")])
def test_it_is_written_as_git_writes_it(tmp_path: Path, before: bytes, after: bytes, name: str) -> None:
    """To the byte, but for the line that names git's own objects: names, marks and spans of lines."""
    git(tmp_path, "init", "--quiet")
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before)
    git(tmp_path, "add", "-A")
    path.write_bytes(after)
    lines = git(tmp_path, "diff", "--no-color").split(b"\n")
    expected = b"\n".join(line for line in lines if not line.startswith(b"index "))
    assert content(Edit(name, before, after)) == expected


def test_a_file_of_two_targets_is_in_it_once(tmp_path: Path) -> None:
    """Two locks that share a file change it together."""
    one, other = Edit("r.txt", b"a\nb\n", b"a\nc\n"), Edit("s.txt", b"x", b"y")
    for each in (one, other):
        (tmp_path / each.path).write_bytes(each.before or b"")
    made = Outcome(Plan(target({})), (one,))
    text = patch.content(Fixing(Report(()), (made, made._replace(edits=(one, other))), ((), ())))
    git(tmp_path, "apply", "-", given=text)
    assert [(tmp_path / each).read_bytes() for each in ("r.txt", "s.txt")] == [b"a\nc\n", b"y"]


def test_hunks_are_where_the_changes_are(tmp_path: Path) -> None:
    """A long lock with changes at its ends: two hunks with three lines around each, as git itself would write them."""
    lines = [b"name = %d\n" % number for number in range(3000)]
    new = [*lines]
    new[1], new[2998] = b"first\n", b"last\n"
    before, after = b"".join(lines), b"".join(new)
    (tmp_path / "a.lock").write_bytes(before)
    (tmp_path / "b.lock").write_bytes(after)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    command = [GIT, "diff", "--no-index", "--no-color", "a.lock", "b.lock"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False)
    expected = [line.split(b"@@")[1] if line[:2] == b"@@" else line for line in done.stdout.split(b"\n")[4:]]
    made = content(Edit("a.lock", before, after))
    assert [line.split(b"@@")[1] if line[:2] == b"@@" else line for line in made.split(b"\n")[3:]] == expected
