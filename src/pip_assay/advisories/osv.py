"""OSV records (schema 1.x) to advisories: tolerant of what is harmless, strict where a flaw could hide.

Unknown fields, null lists and wrongly typed extras are passed over. What says which releases are affected never is:
where it cannot be read, an event that nobody can read takes its place, and match.py then calls it undecided.
"""

from collections.abc import Callable, Collection, Iterable

from pip_assay import plain_json, severity, versions
from pip_assay.model import PYPI
from pip_assay.names import normalise
from pip_assay.records import Advisory, Affected, Event, Range, Rating

Rate = Callable[[str, str], Rating]

_BOUNDS = ("introduced", "fixed", "last_affected", "limit")
_KINDS = ("ECOSYSTEM", "SEMVER", "GIT")
_LONGEST_ID = 200
_RUST = "RUSTSEC-"
_INFORMATIONAL = frozenset(("notice", "unmaintained", "unsound"))
_PSF, _PSF_WORDS = "PSF-", frozenset(("CRITICAL", "HIGH", "MEDIUM", "LOW"))
_ERRATUM_WORDS = frozenset(("Critical", "Important", "Moderate", "Low"))
_UNREADABLE = Event("unreadable", "")
_UNREADABLE_RANGE = Range("ECOSYSTEM", (_UNREADABLE,))


class Malformed(ValueError):
    """A record that cannot be used; its text says why, as the end of a sentence about the record."""


def load(content: bytes) -> object:
    """Return the JSON value in the bytes, in which every text can be stored and printed.

    Raises:
        Malformed: it is not JSON in UTF-8 (RFC 8259, 8.1), or nests too deeply to be read.
    """
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode()
    except ValueError:
        raise Malformed("is not JSON in UTF-8") from None
    try:
        value: object = plain_json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            value = _storable(value)
    except RecursionError:
        raise Malformed("is nested too deeply to be read") from None
    except ValueError:
        raise Malformed(f"is not JSON{_line(text)}") from None
    return value


def _storable(value: object) -> object:
    """Return the value with "?" for an escape that is half of a surrogate pair, which no encoding can store."""
    import json

    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _line(text: str) -> str:
    """Return in which line a text ceases to be JSON, as far as that can be said."""
    import json

    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f" (line {error.lineno})"
    except ValueError:
        pass
    return ""  # a number of more digits than Python reads


def advisory(document: object, rate: Rate = severity.rate) -> Advisory:
    """Return the advisory that an OSV record publishes. `document` comes from `load`; `rate` scores its vectors.

    Raises:
        Malformed: it is no OSV record of schema 1.x, or does not say which projects it is about.
    """
    if not isinstance(document, dict):
        raise Malformed("is not an advisory: not a JSON object")
    identifier = _identifier(document.get("id"))
    _check_schema(document.get("schema_version"))
    entries = _entries(document.get("affected"))
    summary, details = _text(document.get("summary")), _text(document.get("details"))
    aliases = _aliases(document.get("aliases"), identifier)
    affected = tuple([affected for entry in entries for affected in _affected(entry, (identifier, *aliases))])
    return Advisory(
        id=identifier,
        aliases=aliases,
        summary=summary,
        details=details,
        ratings=_ratings([document, *entries], rate),
        word=_text(_object(document.get("database_specific")).get("severity")).strip().lower()
        or _erratum_word(summary, affected)
        or (_first_word(details) if identifier.startswith(_PSF) else ""),
        references=_references(document.get("references")),
        affected=affected,
        published=_text(document.get("published")),
        modified=_text(document.get("modified")),
        withdrawn=_withdrawn(document.get("withdrawn")),
        upstream=_upstream(document, (identifier, *aliases), affected),
        informs=_informs(entries) if identifier.startswith(_RUST) else "",
    )


def _erratum_word(summary: str, affected: Collection[Affected]) -> str:
    """Return the severity that the errata of RPM distributions begin their titles with: "Important: openssl update"."""
    word, colon, _ = summary.partition(":")
    is_erratum = colon and word in _ERRATUM_WORDS and affected
    return word.lower() if is_erratum and all(versions.is_distribution(each.ecosystem) for each in affected) else ""


def _first_word(details: str) -> str:
    """Return the severity that the PSF begins its texts with: "There is a MEDIUM severity vulnerability ..."."""
    *begin, word, end = [*details.split(maxsplit=5)[:5], *[""] * 5][:5]
    return word.lower() if [*begin, end] == ["There", "is", "a", "severity"] and word in _PSF_WORDS else ""


def _informs(entries: Iterable[dict[str, object]]) -> str:
    """Return what an informational advisory of RustSec says, where no entry of it reports a flaw."""
    said = {_text(_object(entry.get("database_specific")).get("informational")) for entry in entries}
    return min(said, default="") if said <= _INFORMATIONAL else ""


def _identifier(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Malformed("is not an advisory: it has no id")
    if not _is_word(value):
        raise Malformed("has an id that is not one plain word")
    return value


def _is_word(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text and 0 < len(text) <= _LONGEST_ID


def _check_schema(version: object) -> None:
    # "If schema_version is not set, it is assumed to be 1.0.0" (OSV schema 1.7, schema_version).
    if version and str(version).partition(".")[0] != "1":
        raise Malformed(f"follows schema version {version!s:.20}, and only 1.x is understood")


def _entries(value: object) -> list[dict[str, object]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Malformed('does not say what it affects: "affected" is not a list of objects')
    return value


def _aliases(value: object, own: str) -> tuple[str, ...]:
    names = [name for name in _list(value) if isinstance(name, str) and name != own and _is_word(name)]
    return tuple(dict.fromkeys(names))


def _upstream(document: dict[str, object], own: Iterable[str], affected: Collection[Affected]) -> tuple[str, ...]:
    """Return the CVEs that a record speaks of without being one of them (OSV schema 1.7, upstream).

    The errata of distributions name them as `related`, too, which anywhere else may be a flaw of something else.
    """
    named = _list(document.get("upstream"))
    if "related" in document and affected and all(versions.is_distribution(each.ecosystem) for each in affected):
        named = [*named, *_list(document["related"])]
    if not named:
        return ()
    cves = {each.upper(): None for each in named if isinstance(each, str) and _is_word(each) and _is_cve(each)}
    known = {each.upper() for each in own}
    return tuple([each for each in cves if each not in known])


def _is_cve(name: str) -> bool:
    return name[:4].upper() == "CVE-"


def _ratings(holders: list[dict[str, object]], rate: Rate) -> tuple[Rating, ...]:
    """Return the ratings of the record and of its entries (OSV schema 1.7, affected[].severity), each once."""
    pairs: dict[tuple[str, str], None] = {}
    for holder in holders:
        for item in _objects(holder.get("severity")):
            kind, vector = item.get("type"), item.get("score")
            if isinstance(kind, str) and isinstance(vector, str):
                pairs[kind, vector] = None
    return tuple([rate(kind, vector) for kind, vector in pairs])


def _references(value: object) -> tuple[tuple[str, str], ...]:
    return tuple(
        [(_text(item.get("type")) or "WEB", url) for item in _objects(value) if (url := _text(item.get("url")))]
    )


def _affected(entry: dict[str, object], names: tuple[str, ...]) -> tuple[Affected, ...]:
    """Return what an entry says: nothing if it names no project, in two parts if a listed version is unusable.

    names  the record's id and aliases.
    """
    package = entry.get("package")
    if package is None:
        return _of_cpython(entry, names)
    named = _object(package)
    ecosystem, name = _text(named.get("ecosystem")).strip(), _text(named.get("name")).strip()
    if not ecosystem or not name:
        raise Malformed("does not say what it affects: an entry has a package without name or ecosystem")
    if ecosystem.lower() == "pypi":
        ecosystem, name = PYPI, normalise(name)
    versions, all_read = _versions(entry.get("versions"))
    affected = Affected(
        ecosystem,
        name,
        versions,
        _ranges(entry.get("ranges")),
        _text(_object(entry.get("database_specific")).get("last_known_affected_version_range")),
        _symbols(entry.get("ecosystem_specific")),
    )
    return (affected,) if all_read else (affected, Affected(ecosystem, name, ranges=(_UNREADABLE_RANGE,)))


def _of_cpython(entry: dict[str, object], names: tuple[str, ...]) -> tuple[Affected, ...]:
    """Return what an entry without a package says of CPython, which the PSF's records name by its repository alone."""
    of_git = [item for item in _objects(entry.get("ranges")) if item.get("type") == "GIT" and _is_cpython(item)]
    if not of_git:
        return ()
    from pip_assay import cpython

    events = [event for item in of_git for event in _range(item).events]
    return cpython.affected(names, _versions(entry.get("versions"))[0], events)


def _is_cpython(item: dict[str, object]) -> bool:
    repository = _text(item.get("repo")).lower().removesuffix("/").removesuffix(".git")
    return repository.rpartition("//")[2] == "github.com/python/cpython"


def _versions(value: object) -> tuple[tuple[str, ...], bool]:
    """Return the listed versions, and whether all of them could be read."""
    if value is None:
        return (), True
    if isinstance(value, list) and all(value) and {str}.issuperset(map(type, value)):
        return tuple(value), True
    listed = _list(value)
    versions = tuple([version for version in listed if isinstance(version, str) and version])
    return versions, isinstance(value, list) and len(versions) == len(listed)


def _ranges(value: object) -> tuple[Range, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        return (_UNREADABLE_RANGE,)
    return tuple([_range(_object(item)) for item in value])


def _range(item: dict[str, object]) -> Range:
    kind = item.get("type")
    if kind not in _KINDS:
        return _UNREADABLE_RANGE
    events = [event for found in _list(item.get("events")) for event in _events(_object(found))]
    return Range(str(kind), tuple(events) or (_UNREADABLE,))


def _events(item: dict[str, object]) -> list[Event]:
    events = []
    for bound in _BOUNDS:
        if bound in item and (version := item[bound]) is not None:
            events.append(Event(bound, version) if isinstance(version, str) else _UNREADABLE)
    return events or [_UNREADABLE]


def _symbols(value: object) -> tuple[str, ...]:
    """Return the names of `imports` (PyPA advisory database) and of `affected_functions` (GitHub)."""
    specific = _object(value)
    if not specific:
        return ()
    names = [name for name in _list(specific.get("affected_functions")) if isinstance(name, str)]
    for item in _objects(specific.get("imports")):
        attribute = _text(item.get("attribute"))
        modules = [module for module in _list(item.get("modules")) if isinstance(module, str)]
        names += [f"{module}.{attribute}" if attribute else module for module in modules if module]
    return tuple(dict.fromkeys(filter(None, names)))


def _withdrawn(value: object) -> str:
    """Return when the record was withdrawn; a text that is no date withdraws nothing."""
    text = _text(value)
    return text if text.partition("-")[0].isdigit() else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
