import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from pip_assay import net
from pip_assay.errors import NetworkError, NotFound
from pip_assay.net.threads import Passing
from pip_assay.settings import Outside, Settings, network
from tests.server import Asked, Reply, Server, quick

QUICK = quick()
SOURCE = Path(__file__).resolve().parents[2] / "src"


def test_gathered_answers_are_in_order_whoever_is_first() -> None:
    """Each piece of work has its result at its own place, errors among them."""
    ended = threading.Event()

    def first() -> str:
        assert ended.wait(10)
        return "first"

    def second() -> str:
        ended.set()
        raise NotFound("is not here")

    results = net.gather(QUICK, [first, second, *[(lambda n=n: str(n)) for n in range(50)]])
    assert results[0] == "first"
    assert isinstance(results[1], NotFound)
    assert results[2:] == [str(n) for n in range(50)]
    assert net.gather(QUICK, []) == []


def test_gather_runs_as_many_as_there_are_connections() -> None:
    """The settings say how many pieces run at once: that many meet, and one more would wait in vain."""
    meeting = threading.Barrier(4)
    assert net.gather(QUICK._replace(connections=4), [meeting.wait] * 4)
    running, most, lock = [0], [0], threading.Lock()

    def piece() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.002)
        with lock:
            running[0] -= 1

    net.gather(QUICK._replace(connections=3), [piece] * 30)
    assert most[0] <= 3


def test_a_server_that_is_down_is_not_asked_for_everything() -> None:
    """When as many pieces in a row fail as there are connections, the rest is not begun and has the same error."""
    with Server({"/a": Reply(status=500)}) as server:
        here = QUICK._replace(connections=4, retries=1)
        results = net.gather(here, [lambda: net.get(here, server.url + "/a")] * 200)
        asked = len(server.asked)
    assert len(results) == 200
    assert {str(result) for result in results} == {str(results[0])}
    assert isinstance(results[0], NetworkError)
    assert asked < 40


def test_failures_that_say_nothing_of_the_server_end_nothing() -> None:
    """Pages that are missing, or eleven failures between answers, do not stop the rest."""
    done: list[int] = []

    def piece(number: int) -> None:
        done.append(number)
        if number % 12:
            raise Passing("answered 500")
        if number % 24:
            raise NotFound("is not here")

    net.gather(QUICK._replace(connections=1), [partial(piece, number) for number in range(60)])
    assert done == list(range(60))


def test_an_error_of_another_kind_is_raised_and_ends_the_work() -> None:
    """A fault of our own is never taken for a server's, and what was not begun is not begun any more."""
    raised, begun, others = threading.Event(), [], set(threading.enumerate())

    def wait() -> float:
        assert raised.wait(10)
        return 0.0

    def begin() -> float:
        begun.append(True)
        return 0.0

    with pytest.raises(ZeroDivisionError):
        net.gather(QUICK._replace(connections=1), [lambda: 1 / 0, wait, begin, begin])
    raised.set()
    for thread in set(threading.enumerate()) - others:
        thread.join(10)
    assert begun == []


INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell in the background has had ignored
sys.path[:0] = [{source!r}]
from pip_assay import net
here = net.network({{'PIP_CONFIG_FILE': {null!r}}}, timeout=60)
try:
    net.gather(here, [lambda: net.get(here, {url!r})] * 20)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals to one process")
def test_ctrl_c_ends_the_program_while_servers_hang() -> None:
    """An interrupt during requests that hang ends the process at once, long before their time limit."""
    arrived = threading.Event()

    def hang(_: Asked) -> Reply:
        arrived.set()
        return Reply("late", delay=120)

    with Server({"/a": hang}) as server:
        code = INTERRUPTED.format(null=os.devnull, source=str(SOURCE), url=server.url + "/a")
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as running:
            assert arrived.wait(30)
            running.send_signal(signal.SIGINT)
            assert running.communicate(timeout=20)[0] == "stopped\n"
    assert running.returncode == 0


def test_what_waits_is_told_how_far_it_is() -> None:
    """One call for each answer, with how many are there and how many were asked for; failures are answers, too."""
    told: list[tuple[int, int]] = []

    def failing() -> int:
        raise NetworkError("no")

    here = QUICK._replace(progress=lambda *step: told.append(step))
    net.gather(here, [lambda: 1, failing, lambda: 2])
    assert told == [(1, 3), (2, 3), (3, 3)]
    outside = Outside({}, ".", 0.0, progress=lambda *step: told.append(step))
    assert network(Settings(), outside).progress is outside.progress
