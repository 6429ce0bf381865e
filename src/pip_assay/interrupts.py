"""Ctrl-C, and being told to end: held back while something must not be left half done, else cleaned up after."""

import signal
import threading
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def held_back() -> "Iterator[list[int]]":
    """Give the list of the signals that have come; the first of them takes its effect at the end.

    Only the main thread is ever interrupted by them. What is ignored stays ignored.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    numbers = [number for name in NAMES if (number := getattr(signal, name, None)) is not None]
    before = []
    try:
        for number in numbers:
            if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None):
                before.append((number, handler))
                signal.signal(number, lambda number, _: came.append(number))
        yield came
    finally:
        for number, handler in reversed(before):
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


class Stopped(KeyboardInterrupt):
    """Raised where this process is told to end."""


_came: list[int] = []
"""The signals that have told this process to end."""


def still_wanted() -> None:
    """Ask, before something is changed for good, whether it still is to be.

    Raises:
        Stopped: a signal has come, and the interpreter has swallowed what it raised, as it does in a `__del__`.
    """
    if _came:
        raise Stopped


@contextmanager
def cleaned_up_after() -> "Iterator[None]":
    """Let SIGTERM and SIGHUP stop what is under way as Ctrl-C does, and end this process when that has cleaned up.

    Else they end it at once: programs that it has started go on, and scratch folders stay.
    """
    ended_by = [] if threading.current_thread() is not threading.main_thread() else list(_deadly())
    if not ended_by:
        yield
        return
    _came.clear()

    def stop(number: int, _: object) -> None:
        _came.append(number)
        if len(_came) == 1:  # a second one must not disturb the cleaning up
            raise Stopped

    try:
        for number in ended_by:
            signal.signal(number, stop)
        yield
    finally:
        for number in ended_by:
            signal.signal(number, signal.SIG_DFL)
        if _came:
            signal.raise_signal(_came[0])


def _deadly() -> "Iterator[int]":
    """Yield those of the signals that would end this process at once: nobody else has said what they do."""
    for name in NAMES[1:]:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            yield number
