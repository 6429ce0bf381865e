"""The manifest of a delivered database: what the file beside it is, as JSON that a signature can cover.

It holds no time of its own making, so that the same database makes the same manifest to the byte.
"""

import json
from collections.abc import Mapping

from pip_assay import __version__
from pip_assay.advisories import database
from pip_assay.advisories.database import Ecosystem
from pip_assay.errors import DatabaseError
from pip_assay.model import PYPI
from pip_assay.values import Any, NamedTuple

NAME = "manifest.json"
FORMAT = 1
KIND = "pip-assay advisory database"
LIMIT = 1024 * 1024
DATABASE_LIMIT = 2 * 1000**3
_AGAIN = "export it again"


class Manifest(NamedTuple):
    """What a delivered database is.

    made_by     version of the pip-assay that exported it.
    schema      SCHEMA of database.py.
    digest      of the records, as reports name it; `records` is their number.
    as_of       RFC 3339 time as of which the freshest of its ecosystems is known to be whole.
    sha256      of the database file, in hex; `size` its bytes.
    ecosystems  what is held of each, by name.
    lists       by name the RFC 3339 time that each list of CVEs says it is of: "kev", "epss".
    """

    made_by: str
    schema: int
    digest: str
    records: int
    as_of: str
    sha256: str
    size: int
    ecosystems: tuple[Ecosystem, ...]
    lists: Mapping[str, str]


def of(path: str, sha256: str, size: int) -> Manifest:
    """Return the manifest of a database whose file has this SHA-256 and size.

    Raises:
        DatabaseError: it is missing, damaged, or of another schema.
    """
    with database.open(path) as held:
        data, ecosystems = held.data(), held.ecosystems()
        lists = {name: str(each.date) for name, each in held.lists().items()}
    as_of = max((str(each.fetched) for each in ecosystems), default="")
    return Manifest(__version__, database.SCHEMA, data.digest, data.records, as_of, sha256, size, ecosystems, lists)


def written(manifest: Manifest) -> bytes:
    """Return the manifest as JSON."""
    document = {
        "kind": KIND,
        "format": FORMAT,
        "pip_assay": manifest.made_by,
        "as_of": manifest.as_of,
        "schema": manifest.schema,
        "digest": manifest.digest,
        "records": manifest.records,
        "database": {"name": database.FILE_NAME, "sha256": manifest.sha256, "size": manifest.size},
        "ecosystems": [each._asdict() for each in manifest.ecosystems],
        "lists": manifest.lists,
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def read(content: bytes, place: str) -> Manifest:
    """Return what a manifest says; `place` is the file that it describes, for the message.

    Raises:
        DatabaseError: it cannot be read, is of a later format, or of a database of another schema.
    """
    try:
        document = json.loads(content)
        kind, form = document["kind"], document["format"]
        if (kind, type(form)) != (KIND, int):
            raise ValueError
        if form > FORMAT:
            raise DatabaseError("was exported by a newer pip-assay", place, "upgrade pip-assay")
        manifest = _manifest(document)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise DatabaseError("its manifest cannot be read", place, _AGAIN) from None
    if manifest.schema > database.SCHEMA:
        raise DatabaseError("holds a database of a newer pip-assay", place, "upgrade pip-assay")
    if manifest.schema < database.SCHEMA:
        hint = f"{_AGAIN}, with the same pip-assay as here"
        raise database.OlderSchema("holds a database of an older pip-assay", place, hint)
    return manifest


def standing(ecosystems: tuple[Ecosystem, ...]) -> tuple[str, str]:
    """Return how fresh advisories for PyPI are, to be compared: the time that their age counts from, and `fetched`.

    Fetched today from a mirror of last year, or a few records of today beside old ones: the older date counts.
    """
    return next(((min(each.fetched, each.newest), each.fetched) for each in ecosystems if each.name == PYPI), ("", ""))


def _manifest(document: dict[str, Any]) -> Manifest:
    file = document["database"]
    found = Manifest(
        _word(document["pip_assay"]),
        _number(document["schema"]),
        _word(document["digest"]),
        _number(document["records"]),
        _word(document["as_of"]),
        _word(file["sha256"]),
        _number(file["size"]),
        tuple([_ecosystem(each) for each in document["ecosystems"]]),
        {name: _word(date) for name, date in document["lists"].items()},
    )
    if file["name"] != database.FILE_NAME or len(found.sha256) != 64 or found.size > DATABASE_LIMIT:
        raise ValueError
    return found


def _ecosystem(value: dict[str, Any]) -> Ecosystem:
    words = [_word(value[name]) for name in ("name", "newest", "fetched", "origin")]
    name, newest, fetched, origin = words
    return Ecosystem(name, _number(value["records"]), newest, fetched, origin, _number(value["skipped"]))


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value
