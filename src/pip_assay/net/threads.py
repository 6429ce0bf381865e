"""Work in threads that can be given up: at a deadline, at Ctrl-C, when a server is out of order.

The threads are daemons. Neither the look-up of a host name nor a server that sends its headers letter by letter can
be interrupted, but nobody has to wait for them. (The threads of concurrent.futures are waited for at exit.)
"""

from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TypeVar

from pip_assay.errors import NetworkError

T = TypeVar("T")

SLICE = 0.5
"""Seconds: where waiting for a lock cannot be interrupted (Windows), Ctrl-C is seen after so long."""


ENOUGH = 12
"""So many passing failures in a row, each of them tried again, say that the server is down."""


class Late(Exception):
    """The deadline passed."""


class Passing(NetworkError):
    """A failure that may be over in a moment. `pause` is how many seconds the server asks to wait."""

    def __init__(self, what: str, where: str = "", hint: str = "", *, pause: float = 0.0) -> None:
        super().__init__(what, where, hint)
        self.pause = pause


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what the work returns, or raise what it raises.

    Raises:
        Late: it took longer; it goes on, and what comes of it is dropped.
    """
    done: SimpleQueue[T | BaseException] = SimpleQueue()
    Thread(target=lambda: done.put(_outcome(work)), daemon=True).start()
    result = _next(done, seconds)
    if isinstance(result, BaseException):
        raise result
    return result


def gather(
    work: Sequence[Callable[[], T]], threads: int, progress: Callable[[int, int], None] | None = None
) -> list[T | NetworkError]:
    """Return what each piece of work returned; see `pip_assay.net.gather`."""
    waiting = deque(enumerate(work))
    done: SimpleQueue[tuple[int, T | BaseException]] = SimpleQueue()
    for _ in range(min(threads, len(work))):
        Thread(target=_run, args=(waiting, done), daemon=True).start()
    results: dict[int, T | NetworkError] = {}
    failures = 0
    try:
        while len(results) < len(work):
            number, result = _next(done, None)
            if isinstance(result, BaseException) and not isinstance(result, NetworkError):
                raise result
            results[number] = result
            failures = failures + 1 if isinstance(result, Passing) else 0
            if failures >= ENOUGH:
                results.update(dict.fromkeys(_taken(waiting), result))
            if progress:
                progress(len(results), len(work))
    finally:
        waiting.clear()
    return [results[number] for number in range(len(work))]


def _run(waiting: "deque[tuple[int, Callable[[], T]]]", done: "SimpleQueue[tuple[int, T | BaseException]]") -> None:
    while True:
        try:
            number, piece = waiting.popleft()
        except IndexError:
            return
        done.put((number, _outcome(piece)))


def _outcome(work: Callable[[], T]) -> T | BaseException:
    try:
        return work()
    except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
        return error


def _taken(waiting: "deque[tuple[int, Callable[[], T]]]") -> list[int]:
    """Return the numbers of the pieces that nobody has begun, and take them away from the threads."""
    numbers: list[int] = []
    while True:
        try:
            numbers.append(waiting.popleft()[0])
        except IndexError:
            return numbers


def _next(done: "SimpleQueue[T]", seconds: float | None) -> T:
    end = None if seconds is None else monotonic() + seconds
    while end is None or monotonic() < end:
        try:
            return done.get(timeout=SLICE if end is None else max(0.0, min(SLICE, end - monotonic())))
        except Empty:
            continue
    raise Late
