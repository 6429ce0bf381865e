"""The known flaws of CPython itself, branch by branch, from a table that is kept here (see docs/interpreter.md).

The PSF's records name git commits. An interpreter is a release, so the table names the first fixed one of each branch:
a flaw that is fixed in 3.12.5 and 3.11.10 is open in 3.11.9.
"""

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from pip_assay import files, match, versions
from pip_assay.cpython.flaws import (
    BELOW_ALL,
    Table,
    advisory,
    after,
    branch_of,
    number_of,
    parsed,
    ranges,
    reaches,
    stretches,
)
from pip_assay.model import PYTHON, Pin
from pip_assay.records import Advisory, Affected, Claim, Event, Range, Span
from pip_assay.values import Any

NAME = "cpython"

_TAG = r"v\d+(?:\.\d+)+(?:(?:a|b|c|rc)\d+)?"


def claims(releases: Collection[str] = ()) -> dict[tuple[str, str], tuple[Claim, ...]]:
    """Return what the table claims about CPython, ready to compare: a claim for each of its flaws.

    Where releases are given, flaws whose last fix is below the branches of all of them are left out: they do not
    affect what began with the fix, and putting their releases in order costs an audit 2 ms.
    """
    lowest = min(map(number_of, releases), default=BELOW_ALL)
    concerned = ((key, flaw) for key, flaw in table().flaws.items() if reaches(flaw, lowest))
    return {(PYTHON, NAME): tuple([_claim(*each) for each in concerned])}


def _claim(identifier: str, flaw: Mapping[str, Any]) -> Claim:
    return Claim(identifier, tuple([_span(*each) for each in stretches(flaw)]))


@cache
def _span(start: str, end: str) -> Span:
    """Return what lies between two releases; many flaws were fixed together."""
    return Span(_key(start), _key(end))


@cache
def _key(version: str) -> bytes:
    """Return the key of a release; that of an end that never comes is above all."""
    return versions.START if version == "0" else versions.key(PYTHON, version) or versions.END


def advisories(ids: Iterable[str]) -> dict[str, Advisory]:
    """Return the table's flaws with these ids, by id; an id that it does not have is left out."""
    flaws = table().flaws
    return {each: _advisory(flaws[each]) for each in ids if each in flaws}


def _advisory(flaw: Mapping[str, Any]) -> Advisory:
    return advisory(flaw, Affected(PYTHON, NAME, ranges=ranges(flaw)))


def related(names: Iterable[str], known: Collection[str] = ()) -> dict[str, Advisory]:
    """Return the flaws that have one of these names as id or alias, by id, without those of the ids in `known`."""
    return advisories(key for key in table().named(names) if key not in known)


def affected(names: Iterable[str], tags: Iterable[str], events: Sequence[Event]) -> tuple[Affected, ...]:
    """Return which releases a record affects that names commits of CPython's repository, and maybe tags; () for none.

    names   its id and aliases.
    tags    those that it lists: "v3.11.2", "v3.13.0rc1".
    events  of its ranges, commits.

    Listed releases count, and those that the table has under one of the names. A branch that no fix was put into is
    listed by nobody, for its releases are ancestors of no fix: it is affected if the flaw was always there. Where the
    record lists nothing, and the table does not have it, its commits alone are handed on, which nobody can judge.
    """
    names, held = tuple(names), table()
    if not held.left_out.keys().isdisjoint(names):
        return ()
    listed = tuple([tag.removeprefix("v") for tag in tags if re.fullmatch(_TAG, tag)])
    found = [each for flaw in held.named(names).values() for each in ranges(flaw)]
    if not found and not listed:
        found = [Range("GIT", tuple(events))]
    elif not found and Event("introduced", "0") in events:
        found = [_branch(each) for each in _passed_over(listed)]
    return (Affected(PYTHON, NAME, listed, tuple(found)),)


def _passed_over(listed: Iterable[str]) -> list[str]:
    """Return the branches below the highest one of the listed releases that have none, but for pre-releases."""
    there = {branch_of(release) for release in listed if not versions.is_prerelease(PYTHON, release)}
    known = list(table().branches)
    top = max((known.index(each) for each in there if each in known), default=0)
    return [each for each in known[:top] if each not in there]


def _branch(branch: str) -> Range:
    """Return all of a branch, as a range."""
    return Range("ECOSYSTEM", (Event("introduced", f"{branch}.0a0"), Event("limit", after(branch))))


def note(pin: Pin, record: Advisory) -> str:
    """Return that no release of the pin's branch fixes a flaw that affects it; empty where one does, or nobody knows.

    What is known is as of the table's day, `as_of`.
    """
    key, branch = versions.key(PYTHON, pin.version), branch_of(pin.version)
    if (pin.ecosystem, pin.name) != (PYTHON, NAME) or key is None or not branch:
        return ""
    fixes = [*match.fixes(record, PYTHON, NAME)]
    known = table().named((record.id, *record.aliases)).values()
    fixes += [release for flaw in known for release in flaw["fixed"]]
    if not fixes or any(branch_of(fix) == branch and key < _key(fix) for fix in fixes):
        return ""
    end = str(table().branches.get(branch, {}).get("end", ""))
    if end and end <= table().as_of:
        return f"no release fixes it: Python {branch} reached its end of life in {end[:7]}"
    return f"no release fixes it on your branch, {branch}, yet"


def as_of() -> str:
    """Return the day up to which the table was kept: "2026-11-20"."""
    return table().as_of


@cache
def table() -> Table:
    """Return the table, read once."""
    return parsed(files.read_bytes(os.path.join(os.path.dirname(__file__), "table.json")))
