"""The table's file, and which releases of CPython a line of it means.

A line holds the first release with the fix of each branch, ascending (`fixed`), and the first affected release where
there were others before it (`introduced`). See docs/interpreter.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from pip_assay import plain_json
from pip_assay.records import Advisory, Affected, Event, Range
from pip_assay.values import Any, NamedTuple

BELOW_ALL = (0, 0)
_LONGEST = 20
"""Digits of a branch's name: Python reads no number of thousands."""


class Table(NamedTuple):
    """The table.

    as_of     the day up to which it was kept.
    branches  by name, ascending: the number of the `last` patch release that a source names, and the day of its `end`.
    left_out  records that say nothing of a release of CPython, or not surely enough: id to reason.
    flaws     by id, as the file has them.
    ids       those of the flaws that have a name as id or alias, by that name.
    """

    as_of: str
    branches: Mapping[str, Mapping[str, Any]]
    left_out: Mapping[str, str]
    flaws: Mapping[str, Mapping[str, Any]]
    ids: Mapping[str, Sequence[str]]

    def named(self, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """Return the flaws that have one of these names as id or alias, by id."""
        found = {key for name in names for key in self.ids.get(name, ())}
        return {key: each for key, each in self.flaws.items() if key in found} if found else {}


def parsed(content: bytes) -> Table:
    """Return what the table's file says."""
    document: dict[str, Any] = plain_json.loads(content.decode())
    document["flaws"] = {each["id"]: each for each in document["flaws"]}
    ids: dict[str, list[str]] = {}
    for key, flaw in document["flaws"].items():
        for name in (key, *flaw["aliases"]):
            ids.setdefault(name, []).append(key)
    return Table(**document, ids=ids)


def branch_of(version: str) -> str:
    """Return "3.11" of "3.11.9" and of "3.11.0rc2"; empty for what is no version of CPython."""
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return f"{major}.{minor}" if major.isdecimal() and minor.isdecimal() else ""


@cache
def number_of(version: str) -> tuple[int, int]:
    """Return the branch of a release as numbers, (3, 11) of "3.11.9"; BELOW_ALL for what is no version of CPython."""
    major, _, minor = branch_of(version).partition(".")
    return (int(major), int(minor)) if minor and len(major) + len(minor) < _LONGEST else BELOW_ALL


def reaches(flaw: Mapping[str, Any], branch: tuple[int, int]) -> bool:
    """Return whether a flaw may affect releases of a branch or of a later one: its last fix is not below them."""
    return not flaw["fixed"] or number_of(flaw["fixed"][-1]) >= branch


def stretches(flaw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the releases that a flaw affects as start and end, ascending; the end is that of the fix, or empty.

    A branch without a fix is affected up to its end, and so is what comes before the first: it all belongs to the
    stretch up to the next fix. What comes above the last fix began with it, and so did 2.7 where 2.6 and 3.0 have one.
    """
    start: str = flaw.get("introduced", "0")
    fixed: Sequence[str] = flaw["fixed"]
    major = fixed[0][:2] if fixed else ""
    for release in fixed:
        if not release.startswith(major):
            major = release[:2]
            start = f"{major}0.0a0"
        yield start, release
        start = after(release)
    if not fixed:
        yield start, ""


@cache
def after(release: str) -> str:
    """Return what the branch after that of a release calls itself before its first one, 3.12.0a1."""
    major, minor = release.split(".")[:2]
    return f"{major}.{int(minor) + 1}.0a0"


def advisory(flaw: Mapping[str, Any], affected: Affected) -> Advisory:
    """Return a flaw as an advisory."""
    return Advisory(
        flaw["id"],
        tuple(flaw["aliases"]),
        flaw["summary"],
        word=flaw.get("severity", ""),
        references=tuple([("WEB", _address(source)) for source in flaw["sources"]]),
        affected=(affected,),
        published=flaw["published"],
    )


def _address(source: str) -> str:
    """Return the address of a source: a CVE stands for its record, a release for the list of its changes."""
    if source.startswith("CVE-"):
        return f"https://www.cve.org/CVERecord?id={source}"
    return source if "/" in source else f"https://docs.python.org/release/{source}/whatsnew/changelog.html"


def ranges(flaw: Mapping[str, Any]) -> tuple[Range, ...]:
    """Return what a flaw affects as OSV's ranges."""
    return tuple([Range("ECOSYSTEM", tuple(_events(start, end))) for start, end in stretches(flaw)])


def _events(start: str, end: str) -> Iterator[Event]:
    yield Event("introduced", start)
    if end:
        yield Event("fixed", end)
