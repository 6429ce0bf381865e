"""The files of installed distributions under second names, so that they can be put back whatever an index still has."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress

from pip_assay.errors import Unreadable
from pip_assay.fix.formats.environment_held import recorded
from pip_assay.values import NamedTuple


class Kept(NamedTuple):
    """A file's place, and its second name."""

    place: str
    second: str


def keep(metadata: str, prefix: str, folder: str) -> tuple[Kept, ...]:
    """Return the files of the distribution with this metadata, kept in the folder; none where not all of them can be.

    A second name takes no room, and what removes or replaces a file leaves what it held under it. The folder must be
    in the environment: elsewhere a disk may know no second names of its files, and then they are copied.
    """
    kept = []
    os.makedirs(folder)
    try:
        for number, place in enumerate(_inside(metadata, prefix)):
            second = os.path.join(folder, str(number))
            try:
                os.link(place, second, follow_symlinks=False)
            except OSError:
                shutil.copy2(place, second, follow_symlinks=False)
            kept.append(Kept(place, second))
    except (OSError, Unreadable):
        return ()
    return tuple(kept)


def _inside(metadata: str, prefix: str) -> Iterator[str]:
    """Yield the recorded files that are there, and in the environment."""
    whole = os.path.realpath(prefix) + os.sep
    for path in recorded(metadata):
        if os.path.lexists(path) and (os.path.realpath(os.path.dirname(path)) + os.sep).startswith(whole):
            yield path


def put_back(kept: tuple[Kept, ...]) -> None:
    """Put every file into its place again, as far as that goes."""
    for each in kept:
        with suppress(OSError):
            os.makedirs(os.path.dirname(each.place), exist_ok=True)
            os.replace(each.second, each.place)
