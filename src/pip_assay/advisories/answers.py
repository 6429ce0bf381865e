"""What an online service answered, in the shape that matching wants."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from pip_assay import match
from pip_assay.errors import NetworkError
from pip_assay.model import Data, Pin
from pip_assay.records import Advisory, Affected, Claim


class Looked(NamedTuple):
    """What a service said of some releases.

    advisories  by id, the withdrawn ones too.
    claims      by (ecosystem, name): what the live records claim about the projects that were asked about.
    unanswered  the releases that it did not answer for, and why: never to be taken for clean.
    uncovered   the ecosystems of which it holds nothing; never that of Python's packages.
    """

    advisories: dict[str, Advisory]
    claims: dict[tuple[str, str], tuple[Claim, ...]]
    unanswered: dict[Pin, str]
    data: Data
    uncovered: frozenset[str] = frozenset()


def looked(
    advisories: Mapping[str, Advisory], pins: Collection[Pin], unanswered: Mapping[Pin, str], data: Data
) -> Looked:
    """Return the answers about the pins, in one order whichever came first."""
    return Looked(
        advisories={name: advisories[name] for name in sorted(advisories)},
        claims=claims(advisories.values(), {(pin.ecosystem, pin.name) for pin in pins}),
        unanswered={pin: unanswered[pin] for pin in pins if pin in unanswered},
        data=data,
    )


def public_part(pin: Pin) -> Pin:
    """Return the pin without a local version: a service knows 2.0.1, not 2.0.1+cu118 (PEP 440, local versions)."""
    return pin._replace(version=pin.version.partition("+")[0]) if pin.ecosystem == "PyPI" else pin


def why(error: NetworkError) -> str:
    """Return what went wrong as one clause: "api.example answered 500"."""
    return f"{error.where} {error.what}".strip()


def claims(
    advisories: Iterable[Advisory], projects: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Claim, ...]]:
    """Return by (ecosystem, name) what the live ones of some records claim about these projects, by id."""
    found: dict[tuple[str, str], list[Claim]] = {}
    for advisory in sorted(advisories):
        entries: dict[tuple[str, str], list[Affected]] = {}
        for entry in advisory.affected if not advisory.withdrawn else ():
            if (entry.ecosystem, entry.name) in projects:
                entries.setdefault((entry.ecosystem, entry.name), []).append(entry)
        for project, affected in entries.items():
            found.setdefault(project, []).append(match.claim(advisory.id, affected))
    return {project: tuple(each) for project, each in sorted(found.items())}
