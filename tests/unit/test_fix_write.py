"""All files of a fix change together, or none does: whatever fails, and whenever somebody wants it to stop."""

import errno
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pip_assay.errors import Unreadable
from pip_assay.fix import write as module
from pip_assay.fix.nouns import Edit

NAMES = ("a.txt", "inner/b.txt", "c.txt")
CALLS = ("open", "fsync", "chmod", "chown", "link", "replace", "unlink", "lstat", "access")
"""What writing asks of the system; the file's own `write` comes with fsync."""

Hook = Callable[[str, int], None]


@pytest.fixture
def edits(tmp_path: Path) -> list[Edit]:
    """Return edits of two files that are there, and of one that is not."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.txt").write_bytes(b"old a\r\n")
    (tmp_path / "inner/b.txt").write_bytes(b"old b")
    befores = (b"old a\r\n", b"old b", None)
    return [
        Edit(str(tmp_path / name), before, f"new {name}".encode()) for name, before in zip(NAMES, befores, strict=True)
    ]


def state(edits: list[Edit]) -> str:
    """Return "old" or "new" where that is so of all files, and fail where anything else is there."""
    found = [Path(each.path).read_bytes() if os.path.exists(each.path) else None for each in edits]
    folder = Path(edits[0].path).parent
    assert not [path for path in folder.rglob("*") if path.name.startswith(".pip-assay")]
    if found == [each.before for each in edits]:
        return "old"
    assert found == [each.after for each in edits]
    return "new"


@pytest.fixture
def hooked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Hook, Hook], None]:
    """Return what has two functions called before and after each call of the system, with its name and number."""

    def hook(before: Hook, after: Hook) -> None:
        count = 0

        def wrapped(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal count
                count += 1
                number = count
                before(name, number)
                result = real(*arguments, **named)
                after(name, number)
                return result

            return call

        for name in CALLS:
            monkeypatch.setattr(os, name, wrapped(name, getattr(os, name)))

    return hook


def nothing(name: str, number: int) -> None:
    """Do nothing."""


def test_all_files_are_written(edits: list[Edit]) -> None:
    """Each file holds what its edit says, the new one too, and nothing lies beside them."""
    module.write(edits)
    assert state(edits) == "new"


@pytest.mark.parametrize("kind", ["changed", "gone", "come"])
def test_what_stays_as_it_is_must_be_as_it_was_read(kind: str, edits: list[Edit], tmp_path: Path) -> None:
    """A plan was made of all files: nothing is written where any of them is another one now."""
    beside = tmp_path / "beside.txt"
    if kind != "come":
        beside.write_text("read")
    seen = module.digests([*(each.path for each in edits), str(beside)])
    module.unchanged(seen)
    if kind == "gone":
        beside.unlink()
    else:
        beside.write_text("changed")
    what = "is gone" if kind == "gone" else "was changed"
    with pytest.raises(Unreadable, match=rf"beside\.txt: {what} since it was read; try again; nothing was changed"):
        module.write(edits, seen)
    assert state(edits) == "old"


def test_what_changes_while_the_files_are_written_is_seen(
    edits: list[Edit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until they are put into their places."""
    beside = tmp_path / "beside.txt"
    seen = module.digests([str(beside)])
    real = module._stage
    monkeypatch.setattr(module, "_stage", lambda swap: (real(swap), beside.write_text("changed")))
    with pytest.raises(Unreadable, match=r"beside\.txt: was changed since it was read"):
        module.write(edits, seen)
    assert state(edits) == "old"


def test_no_edits_are_nothing_to_write() -> None:
    """Without an edit nothing happens."""
    module.write([])


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupt_at_any_call_leaves_all_or_nothing(
    when: str, edits: list[Edit], hooked: Callable[[Hook, Hook], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C around any call of the system is heard, and leaves all files old or all new: tried at each of them."""
    reached = set()
    for point in range(1, 200):
        came = False

        def interrupt(_: str, number: int, point: int = point) -> None:
            nonlocal came
            if number == point:
                came = True
                signal.raise_signal(signal.SIGINT)

        hooked(*((interrupt, nothing) if when == "before" else (nothing, interrupt)))
        try:
            module.write(edits)
        except KeyboardInterrupt:
            assert came
        else:
            assert not came
        monkeypatch.undo()
        reached.add(state(edits))
        if not came:
            break
        for each in edits:
            Path(each.path).unlink(missing_ok=True)
            if each.before is not None:
                Path(each.path).write_bytes(each.before)
    assert not came
    assert reached == {"old", "new"}


def test_an_interrupt_before_the_first_rename_is_heeded(
    edits: list[Edit], hooked: Callable[[Hook, Hook], None]
) -> None:
    """As long as nothing has changed, Ctrl-C means that nothing will."""

    def interrupt(name: str, _: int) -> None:
        if name == "fsync":
            signal.raise_signal(signal.SIGINT)

    hooked(nothing, interrupt)
    with pytest.raises(KeyboardInterrupt):
        module.write(edits)
    assert state(edits) == "old"


def test_being_told_to_end_waits_for_the_files(edits: list[Edit], hooked: Callable[[Hook, Hook], None]) -> None:
    """SIGTERM between two renames is heard once all files are new."""
    heard: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append(state(edits)))

    def end(name: str, _: int) -> None:
        if name == "replace" and not heard and os.path.exists(edits[0].path):
            signal.raise_signal(signal.SIGTERM)

    try:
        hooked(nothing, end)
        module.write(edits)
        assert heard
        assert set(heard) == {"new"}
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("failing", [name for name in CALLS if name not in {"unlink", "access"}])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_call_that_fails_leaves_everything_as_it_was(
    failing: str, number: int, edits: list[Edit], hooked: Callable[[Hook, Hook], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, or any other refusal, at each call of each kind: all is old, or the call was not needed."""
    for nth in range(1, 30):
        seen = 0

        def fail(name: str, _: int, nth: int = nth) -> None:
            nonlocal seen
            if name == failing:
                seen += 1
                if seen == nth:
                    raise OSError(number, os.strerror(number))

        hooked(fail, nothing)
        told = ""
        try:
            module.write(edits)
        except Unreadable as error:
            told = str(error)
        monkeypatch.undo()
        now = state(edits)
        if seen < nth:
            assert nth > 1
            break
        if told:
            assert now == "old"
            assert "nothing was changed" in told or "cannot be read" in told
            assert ".pip-assay" not in told
        else:  # a copy takes the place of a link, the owner stays who it is, a new file gets any new file's permissions
            assert failing in {"link", "chown", "lstat"}
            module.write([each._replace(before=each.after, after=each.before or b"") for each in edits])
            os.unlink(edits[2].path)
    assert seen < nth


@pytest.mark.parametrize("renamed", [1, 2])
def test_a_disk_that_is_full_from_some_point_on(
    renamed: int, edits: list[Edit], hooked: Callable[[Hook, Hook], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once some files are renamed, the next rename fails, and the disk takes nothing any more: all is put back."""
    count = 0
    is_full = False

    def fill(name: str, _: int) -> None:
        nonlocal count, is_full
        if is_full and name in {"open", "fsync", "link"}:
            raise OSError(errno.ENOSPC, "No space left on device")
        if name == "replace":
            count += 1
            if count == renamed + 1:
                is_full = True
                raise OSError(errno.ENOSPC, "No space left on device")

    hooked(fill, nothing)
    with pytest.raises(Unreadable, match=r"cannot be written \(no space left on device\); nothing was changed"):
        module.write(edits)
    monkeypatch.undo()
    assert state(edits) == "old"


def test_what_cannot_be_put_back_is_kept_and_named(
    edits: list[Edit], hooked: Callable[[Hook, Hook], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where renames fail for good after the first one, the error says where the old content of that file is."""
    count = 0

    def fail(name: str, _: int) -> None:
        nonlocal count
        count += name == "replace"
        if name == "replace" and count > 1:
            raise OSError(errno.EIO, "Input/output error")

    hooked(fail, nothing)
    with pytest.raises(Unreadable) as caught:
        module.write(edits)
    monkeypatch.undo()
    told = caught.value.hint
    assert f"nothing else was changed but {edits[0].path} (what it held is in " in told
    kept = told.partition("(what it held is in ")[2].partition(")")[0]
    assert Path(kept).read_bytes() == edits[0].before
    assert Path(edits[1].path).read_bytes() == edits[1].before


def test_a_thread_of_its_own_writes_as_well(edits: list[Edit]) -> None:
    """Where signals cannot be held back, because they never come, writing works all the same."""
    thread = threading.Thread(target=module.write, args=(edits,))
    thread.start()
    thread.join()
    assert state(edits) == "new"


def test_permissions_and_owner_stay(edits: list[Edit]) -> None:
    """A file keeps its permissions and owner; a new one gets those of any new file."""
    os.chmod(edits[0].path, 0o640)
    if os.getuid() == 0:
        os.chown(edits[0].path, 1234, 1235)
    before = os.stat(edits[0].path)
    module.write(edits)
    after = os.stat(edits[0].path)
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    probe = Path(edits[0].path).with_name("probe")
    probe.touch()
    assert stat.S_IMODE(os.stat(edits[2].path).st_mode) == stat.S_IMODE(probe.stat().st_mode)


def test_another_name_of_a_file_keeps_what_it_had(edits: list[Edit]) -> None:
    """Of a file with hard links the named one changes: a snapshot of it stays a snapshot."""
    other = Path(edits[0].path).with_name("snapshot")
    os.link(edits[0].path, other)
    module.write(edits)
    assert other.read_bytes() == edits[0].before
    assert Path(edits[0].path).read_bytes() == edits[0].after


@pytest.fixture
def refused(edits: list[Edit]) -> Callable[[str], None]:
    """Return what checks that nothing is written, and that the reason is told."""

    def check(words: str) -> None:
        for action in (module.check, module.write):
            with pytest.raises(Unreadable) as caught:
                action(edits)
            assert str(caught.value) == words

    return check


def test_a_file_that_was_changed_meanwhile_is_not_written(edits: list[Edit], refused: Callable[[str], None]) -> None:
    """Somebody else's change is never lost."""
    Path(edits[1].path).write_bytes(b"mine")
    refused(f"{edits[1].path}: was changed since it was read; try again; nothing was changed")
    assert Path(edits[0].path).read_bytes() == edits[0].before


def test_a_file_that_is_changed_while_the_others_are_prepared(
    edits: list[Edit], hooked: Callable[[Hook, Hook], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that comes between the first look and the renames is seen too."""

    def change(name: str, _: int) -> None:
        if name == "link":
            with open(edits[0].path, "r+b") as file:
                file.write(b"MINE!")

    hooked(nothing, change)
    with pytest.raises(Unreadable, match="was changed since it was read"):
        module.write(edits)
    monkeypatch.undo()
    assert Path(edits[0].path).read_bytes() == b"MINE!\r\n"
    assert Path(edits[1].path).read_bytes() == edits[1].before


def test_a_file_that_is_gone(edits: list[Edit], refused: Callable[[str], None]) -> None:
    """A file that is not there any more is not made again."""
    os.unlink(edits[1].path)
    refused(f"{edits[1].path}: is gone since it was read; nothing was changed")


def test_a_file_that_has_come(edits: list[Edit], refused: Callable[[str], None]) -> None:
    """A file that was to be made, and is there by now, is not replaced."""
    Path(edits[2].path).write_bytes(b"somebody's")
    refused(f"{edits[2].path}: was changed since it was read; try again; nothing was changed")


@pytest.mark.parametrize("where", ["real.txt", "../outside.txt"])
def test_a_link_is_not_written_through(where: str, edits: list[Edit], refused: Callable[[str], None]) -> None:
    """A link leads to a file of who knows whom; the error names that, to be named itself."""
    path = Path(edits[0].path)
    real = path.parent / where
    real.write_bytes(edits[0].before or b"")
    path.unlink()
    path.symlink_to(where)
    told = f"is a link to {os.path.realpath(real)}, which is not changed through it; name that file"
    refused(f"{path}: {told}; nothing was changed")
    assert real.read_bytes() == edits[0].before


def test_a_folder_is_no_file(edits: list[Edit], refused: Callable[[str], None]) -> None:
    """A folder in the place of the file is left alone."""
    os.unlink(edits[1].path)
    os.mkdir(edits[1].path)
    refused(f"{edits[1].path}: is not a file; nothing was changed")


def test_a_path_that_cannot_be_looked_at(edits: list[Edit], refused: Callable[[str], None]) -> None:
    """A file where a folder should be is told in the system's words."""
    edits[1] = edits[1]._replace(path=f"{edits[0].path}/below")
    refused(f"{edits[1].path}: cannot be looked at (not a directory); nothing was changed")


@pytest.mark.parametrize(
    ("barred", "words"),
    [
        ("inner/b.txt", "may not be written; make it writable"),
        ("inner", "cannot be replaced, because no file may be made in its folder; make the folder writable"),
    ],
)
def test_what_may_not_be_written(
    barred: str, words: str, edits: list[Edit], refused: Callable[[str], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A read-only file, or a file in a read-only folder, is told in one sentence before anything is done."""
    path = str(tmp_path / barred)
    os.chmod(path, 0o555)
    real = os.access
    monkeypatch.setattr(os, "access", lambda given, how: given != path and real(given, how))  # for administrators
    refused(f"{edits[1].path}: {words}; nothing was changed")
    os.chmod(path, 0o755)


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "getuid") or os.getuid() == 0, reason="root may all")
def test_a_read_only_folder_for_real(edits: list[Edit], tmp_path: Path) -> None:
    """The system itself refuses, and nothing is changed."""
    os.chmod(tmp_path / "inner", 0o555)
    try:
        with pytest.raises(Unreadable, match="no file may be made in its folder"):
            module.write(edits)
    finally:
        os.chmod(tmp_path / "inner", 0o755)
    assert state(edits) == "old"
