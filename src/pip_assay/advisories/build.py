"""Importing by hand: zips, folders and JSON files of OSV records into the local database."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from pip_assay.advisories import changes, draft, export, records, swap
from pip_assay.advisories.delivery import Delivery
from pip_assay.advisories.draft import Progress
from pip_assay.model import Problem


class Built(NamedTuple):
    """What an import did: records read, and how many of them are new or changed; records held in the end."""

    read: int
    changed: int
    held: int
    skipped: tuple[Problem, ...]


def build(
    path: str,
    sources: Sequence[str],
    *,
    now: float,
    replace: bool = False,
    progress: Progress = draft.nobody,
    patience: float = swap.PATIENCE,
) -> Built:
    """Import zips, folders and JSON files of OSV records into the database; of one id the newer record counts.

    An ecosystem is covered by what has the form of its whole export: a file all.zip, a folder with the list of changes,
    or draft.WHOLE of its records and more. Anything else only adds to what is there.

    now       seconds since the epoch.
    replace   begin with an empty database instead of adding to the one that is there.
    progress  called with the files read and the files to read, source by source.
    patience  seconds to wait for another process that writes the database.

    Raises:
        DatabaseError: a source cannot be read, or holds no record that can; the database cannot be written, or what
            is in its place is none. What was there before is then still there.
    """
    with draft.begin(path, empty=replace, patience=patience, progress=progress) as new:
        done = [new.deliver(_delivery(source), records.members(source), now, progress) for source in sources]
        held = new.finish()
    return Built(
        sum(each.read for each in done),
        sum(each.changed for each in done),
        held,
        tuple(problem for each in done for problem in each.skipped),
    )


def _delivery(source: str) -> Delivery:
    origin = os.path.abspath(source)
    shown = changes.FILE if os.path.isfile(os.path.join(origin, changes.FILE)) else ""
    return Delivery("", origin, file=export.ARCHIVE if os.path.basename(origin) == export.ARCHIVE else shown)
