"""The database that answers now: another state that was put in its place is noticed, and answers from then on."""

import os
import time
from collections.abc import Callable

from pip_assay.advisories import database
from pip_assay.errors import DatabaseError
from pip_assay.serving.answers import Answers

PAUSE = 1.0
"""Seconds between two looks at the file."""

_Stamp = tuple[int, int, int]


class Current:
    """The answers of the newest state of a file. Not for several threads.

    problem  why a newer state is not used, empty where there is none such.
    reloads  how many newer states were taken into use.
    say      takes one sentence when a state cannot be used, and one when that is over.

    Raises:
        DatabaseError: when it is made: there is no database that can be used.
    """

    def __init__(
        self, path: str, *, pause: float = PAUSE, clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.path = path
        self.problem = ""
        self.reloads = 0
        self._pause = pause
        self._clock = clock
        self._say = say
        self._looked = clock()
        self._stamp = _stamp(path)
        self._answers = Answers(database.open(path))

    def answers(self) -> Answers:
        """Return the answers. They are good until the next call, which may close their database."""
        now = self._clock()
        if now - self._looked >= self._pause:
            self._looked = now
            stamp = _stamp(self.path)
            if stamp != self._stamp:
                self._replace(stamp)
        return self._answers

    def close(self) -> None:
        """Close the database."""
        self._answers.database.close()

    def _replace(self, stamp: _Stamp | None) -> None:
        """Use the new state; where it cannot be used, the old one, which is open still, goes on answering."""
        # The stamp is older than what is opened: what comes between the two is noticed at the next look.
        self._stamp = stamp
        try:
            answers = Answers(database.open(self.path))
        except DatabaseError as error:
            if error.what != self.problem:
                self._say(f"{self.path}: {error.what}; the state before it goes on answering")
            self.problem = error.what
            return
        self.close()
        self._answers = answers
        if self.problem:
            self._say(f"{self.path}: is in use again")
        self.problem = ""
        self.reloads += 1


def _stamp(path: str) -> _Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
