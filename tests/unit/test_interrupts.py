"""Ctrl-C at the worst moments: while a program is being started, and while it is ended."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pip_assay.interrupts import cleaned_up_after, held_back
from pip_assay.sources.resolve import process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")


@pytest.fixture
def slow(tmp_path: Path) -> list[str]:
    """Return a program that takes a minute."""
    path = tmp_path / "slow"
    path.write_text("#!/bin/sh\nexec sleep 60\n")
    path.chmod(0o755)
    return [str(path)]


def is_alive(number: int) -> bool:
    """Return whether a process is there."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("moment", ["__init__", "communicate", "wait"])
def test_an_interrupt_at_any_moment_ends_the_program(
    tmp_path: Path, slow: list[str], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Also right after it was started, when nobody but the starting function knows of it."""
    seen: list[subprocess.Popen[bytes]] = []
    real = getattr(subprocess.Popen, moment)

    def interrupted(self: "subprocess.Popen[bytes]", *arguments: Any, **about: Any) -> Any:
        seen.append(self)
        if moment == "wait":
            signal.raise_signal(signal.SIGINT)
        result = real(self, *arguments, **about) if moment != "communicate" else None
        if moment != "wait":
            signal.raise_signal(signal.SIGINT)
        return result

    monkeypatch.setattr(subprocess.Popen, moment, interrupted)
    if moment == "wait":
        monkeypatch.setattr(process, "_written", lambda _: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        process.run(slow, {"PATH": os.defpath}, str(tmp_path), time.monotonic() + 30)
    assert seen
    assert not is_alive(seen[0].pid)
    assert seen[0].returncode == -signal.SIGKILL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_comes_takes_its_effect_at_the_end() -> None:
    """What is held back is told within, and not lost."""
    done = []

    def work() -> None:
        with held_back() as came:
            signal.raise_signal(signal.SIGINT)
            done.append(list(came))

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [[signal.SIGINT]]


def test_what_is_ignored_stays_ignored() -> None:
    """Who has said not to be disturbed by a signal is not."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held_back() as came:
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
        assert came == []
    finally:
        signal.signal(signal.SIGHUP, before)


def test_another_thread_holds_nothing_back() -> None:
    """Signals go to the main thread alone, and no other may set what happens then."""
    found: list[object] = []

    def work() -> None:
        with held_back() as came:
            found.append((came, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [([], signal.default_int_handler)]


PROGRAM = """
import os, sys, tempfile, time
from pip_assay.interrupts import cleaned_up_after
from pip_assay.sources.resolve import process
with cleaned_up_after(), tempfile.TemporaryDirectory(dir=sys.argv[1]) as scratch:
    process.run(sys.argv[2:], {"PATH": os.defpath}, scratch, time.monotonic() + 30)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_told_to_end_takes_its_programs_and_folders_along(
    tmp_path: Path, slow: list[str], number: signal.Signals
) -> None:
    """And ends by the signal, as everybody expects who sends it."""
    slow_program = Path(slow[0])
    slow_program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/number\nexec sleep 60\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    source = str(Path(process.__file__).parents[3])
    environ = {**os.environ, "PYTHONPATH": source}
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(scratch), *slow], env=environ) as ended:
        told = tmp_path / "number"
        for _ in range(1000):
            if told.exists() and told.read_text().strip():
                break
            time.sleep(0.01)
        ended.send_signal(number)
        assert ended.wait(30) == -number
    assert not is_alive(int(told.read_text()))
    assert list(scratch.iterdir()) == []


def test_nothing_is_cleaned_up_after_who_has_handlers_of_its_own() -> None:
    """A program that uses this package decides itself what a signal does."""
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    try:
        with cleaned_up_after():
            signal.raise_signal(signal.SIGTERM)
        assert came == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_what_the_interpreter_swallows_is_asked_for_before_anything_is_written(tmp_path: Path) -> None:
    """An exception in a `__del__` is told on stderr, and forgotten."""
    program = """
import signal, sys
from pip_assay.fix import write
from pip_assay.fix.nouns import Edit
from pip_assay.interrupts import cleaned_up_after

class Ended:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

with cleaned_up_after():
    Ended()
    print("goes on", flush=True)
    write.write((Edit(sys.argv[1], b"old", b"new"),))
"""
    path = tmp_path / "r.txt"
    path.write_bytes(b"old")
    environ = {**os.environ, "PYTHONPATH": str(Path(process.__file__).parents[3])}
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "goes on\n")
    assert path.read_bytes() == b"old"
