"""OSV records as published, and OSV's evaluation over them with packaging's versions: plain, and no code of ours."""

import functools
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

Record = dict[str, Any]


def read(source: Path) -> list[Record]:
    """Return the records in a zip, a folder of JSON files, or one JSON file, by id."""
    return sorted((json.loads(content) for content in _contents(source)), key=lambda record: str(record["id"]))


def _contents(source: Path) -> Iterator[bytes]:
    if source.is_dir():
        yield from (file.read_bytes() for file in source.glob("*.json"))
    elif source.suffix == ".zip":
        with zipfile.ZipFile(source) as archive:
            yield from (archive.read(name) for name in archive.namelist() if name.endswith(".json"))
    else:
        yield source.read_bytes()


def multiply(records: Iterable[Record], wanted: int) -> Iterator[Record]:
    """Yield at least as many records as wanted: the records, then copies of them under other ids and other names."""
    originals = list(records)
    yield from originals
    for number in range(len(originals), wanted):
        copy, position = divmod(number, len(originals))
        yield renamed(originals[position], f"-{copy}")


def renamed(record: Record, suffix: str) -> Record:
    """Return the record under another id, with other aliases, about other projects."""
    copied: Record = json.loads(json.dumps(record))
    copied["id"] += suffix
    copied["aliases"] = [alias + suffix for alias in copied.get("aliases") or ()]
    for entry in copied.get("affected") or ():
        entry["package"]["name"] += suffix
    return copied


def projects(record: Record) -> set[str]:
    """Return the normalised names of the PyPI projects that the record speaks of."""
    return {name for entry in record.get("affected") or () if (name := _project(entry))}


def affects(record: Record, name: str, version: str, *, literal: bool = False) -> bool:
    """Return whether a live record affects the release (OSV schema, "Evaluation"). `name` is normalised.

    literal  compare 2.0.1+cu118 as it is, as the schema's own pseudo-code does; else its public part, 2.0.1, counts
             for lists and for last_affected.
    """
    if record.get("withdrawn"):
        return False
    return any(
        _listed(entry, version, literal=literal)
        or any(_in_range(events, version, literal=literal) for events in entry.get("ranges") or ())
        for entry in record.get("affected") or ()
        if _project(entry) == name
    )


def _project(entry: Record) -> str:
    package = entry.get("package") or {}
    return canonicalize_name(package["name"]) if package.get("ecosystem") == "PyPI" else ""


@functools.cache
def parse(text: str) -> Version | None:
    """Return the version, or None where the text is none by PEP 440."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _public(version: Version) -> Version:
    return Version(version.public) if version.local else version


@functools.cache
def _readable(texts: tuple[str, ...]) -> frozenset[Version]:
    return frozenset(version for text in texts if (version := parse(text)))


def _listed(entry: Record, text: str, *, literal: bool) -> bool:
    listed = tuple(entry.get("versions") or ())
    version = parse(text)
    if version is None:
        return text in listed
    return version in _readable(listed) or (not literal and _public(version) in _readable(listed))


def _in_range(events: Record, text: str, *, literal: bool) -> bool:
    version = parse(text)
    if events.get("type") not in ("ECOSYSTEM", "SEMVER") or version is None:
        return False
    points = [(bound, at, parse("0" if at == "*" else at)) for event in events["events"] for bound, at in event.items()]
    readable = [(bound, at, point) for bound, at, point in points if point]
    if len(readable) < len(points):
        return False
    limits = [point for bound, at, point in readable if bound == "limit" and at != "*"]
    if limits and not any(version < limit for limit in limits):
        return False
    affected = False
    for bound, at, point in sorted(_telling(readable), key=_position):
        if bound == "introduced":
            affected = affected or at == "0" or version >= point
        elif bound == "fixed":
            affected = affected and version < point
        elif bound == "last_affected":
            affected = affected and (version if literal else _public(version)) <= point
    return affected


def _telling(events: list[tuple[str, str, Version]]) -> list[tuple[str, str, Version]]:
    """Return the events but those where one introduces and one fixes the same version: they change nothing."""
    begins = {point for bound, at, point in events if bound == "introduced" and at != "0"}
    both = begins & {point for bound, _, point in events if bound == "fixed"}
    return [each for each in events if each[0] not in ("introduced", "fixed") or each[1] == "0" or each[2] not in both]


def _position(event: tuple[str, str, Version]) -> tuple[bool, Version, int]:
    """Return the key of an event: on a tie a fix ends, then an introduction begins, then a last affected closes."""
    bound, at, point = event
    return (bound, at) != ("introduced", "0"), point, ("fixed", "introduced", "last_affected", "limit").index(bound)
