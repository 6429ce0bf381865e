"""An exported database: one zip that holds its manifest, perhaps a signature of that, and the database itself.

`write` makes one, `unpack` takes one apart and trusts nothing in it, `take` puts it in the place of a database.
The same database makes the same bytes.
"""

import hashlib
import io
import os
import shutil
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import IO, NamedTuple

from pip_assay import files, net
from pip_assay.advisories import database, draft, integrity, manifest, signing, swap
from pip_assay.advisories.database import Ecosystem
from pip_assay.advisories.manifest import Manifest
from pip_assay.errors import DatabaseError, Unreadable, UsageError

SIGNATURE = "manifest.sig"
NOT_IMPORTED = "get it again, or export it again"
_NAMES = ([manifest.NAME, database.FILE_NAME], [manifest.NAME, SIGNATURE, database.FILE_NAME])
_LOCAL_HEADER = 30  # bytes before the name of a zip's first file (APPNOTE 4.3.7)
_CHUNK = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can write


class Unpacked(NamedTuple):
    """What an exported file turned out to hold; `signature` says whether it has one, and whether it was checked."""

    manifest: Manifest
    is_signed: bool
    is_verified: bool


def write(path: str, to: str, *, sign_key: str = "") -> Manifest:
    """Write the database to a file that other machines can import. Return what is in it.

    Raises:
        UsageError: the file is the database itself.
        DatabaseError: the database is missing or damaged; what is damaged is never delivered.
        Unreadable: the key cannot be used, or the file cannot be written.
    """
    if os.path.realpath(to) == os.path.realpath(path):
        raise UsageError("is the database itself", to, "name another file")
    with snapshot(path) as (copy, facts):
        content = manifest.written(facts)
        members: list[tuple[str, bytes | str]] = [(manifest.NAME, content)]
        if sign_key:
            members.append((SIGNATURE, signing.sign(content, sign_key)))
        files.write_atomically(to, packed([*members, (database.FILE_NAME, copy)]))
    return facts


@contextmanager
def snapshot(path: str) -> Iterator[tuple[str, Manifest]]:
    """Yield the path of a checked copy of the database, which no update changes meanwhile, and its manifest.

    Raises:
        DatabaseError: the database is missing or damaged, or there is no room for the copy.
    """
    with database.open(path) as held, tempfile.TemporaryDirectory(prefix="pip-assay-") as room:
        copy = os.path.join(room, database.FILE_NAME)
        try:
            shutil.copyfile(path, copy)
            with named(path, ""):
                _settle(copy, held)
                integrity.check(copy)
            with open(copy, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, sqlite3.OperationalError) as error:
            hint = "make room in the folder for temporary files (TMPDIR)"
            raise DatabaseError(f"cannot be copied ({files.reason(error)})", path, hint) from None
        yield copy, manifest.of(copy, digest, os.path.getsize(copy))


def _settle(copy: str, held: database.Database) -> None:
    """Write into the copy when its records were last found to be whole, which may be noted beside the database only."""
    with database.open(copy) as copied:
        before = {each.name: each.fetched for each in copied.ecosystems()}
        same = copied.data().digest == held.data().digest
    times = [(each.fetched, each.name) for each in held.ecosystems() if same and before[each.name] < each.fetched]
    if times:
        with closing(sqlite3.connect(copy)) as connection, connection:
            connection.executemany("UPDATE ecosystem SET fetched = ? WHERE name = ?", times)
            connection.executemany("UPDATE delivery SET fetched = ? WHERE bulk = ?", times)


def packed(members: list[tuple[str, bytes | str]]) -> bytes:
    """Return a zip of these names with their content, or that of the file named; the same for the same to the byte."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, wherever it is made
            info.external_attr = 0o100644 << 16
            with archive.open(info, "w") as member, _source(content) as source:
                shutil.copyfileobj(source, member, _CHUNK)
    return made.getvalue()


def _source(content: bytes | str) -> IO[bytes]:
    return open(content, "rb") if isinstance(content, str) else io.BytesIO(content)


def recognises(path: str) -> bool:
    """Return whether a file begins as an exported database does: a zip whose first file is the manifest."""
    if not os.path.isfile(path):
        return False
    with files.opened(path) as stream:
        start = stream.read(_LOCAL_HEADER + len(manifest.NAME))
    return start[:4] == b"PK\x03\x04" and start[_LOCAL_HEADER:] == manifest.NAME.encode()


def take(file: str, path: str, *, verify_key: str = "", accept_older: bool = False,
         patience: float = swap.PATIENCE, say: Callable[[str], None] = draft.nobody,
         progress: draft.Progress = draft.nobody) -> Unpacked:  # fmt: skip
    """Put an exported database in the place of the one at `path`, as a whole. Return what it holds.

    verify_key    a file with the public key whose signature it must carry; empty for none.
    accept_older  take it even if the database that it replaces knows more.
    say           told, as is `progress`, where that one is of an older schema, and brought to this one to be compared.

    Raises:
        DatabaseError: it is damaged, foreign, not signed by that key, or older; or the place cannot be written. What
            was there before is then still there.
        Unreadable: the file or the key cannot be read.
    """
    if not accept_older:
        draft.renew(path, say, progress)
    with files.opened(file) as stream, swap.replacing(path, patience=patience) as new:
        unpacked = unpack(stream, file, new, verify_key=verify_key)
        with named(file, NOT_IMPORTED):
            _check(new, unpacked.manifest)
        if not accept_older:
            _check_age(unpacked.manifest, path, file)
    return unpacked


def verify(file: str, *, verify_key: str = "") -> Unpacked:
    """Return what an exported file holds, every row of it checked.

    Raises what `take` raises of the file.
    """
    with files.opened(file) as stream, tempfile.TemporaryDirectory(prefix="pip-assay-") as room:
        new = os.path.join(room, database.FILE_NAME)
        unpacked = unpack(stream, file, new, verify_key=verify_key)
        with named(file, NOT_IMPORTED):
            _check(new, unpacked.manifest, thoroughly=True)
    return unpacked


def unpack(stream: IO[bytes], file: str, to: str, *, verify_key: str = "") -> Unpacked:
    """Write the database in an exported file to `to`; return what the manifest says of it.

    Nothing is believed before it is checked: the signature before the manifest is read, the manifest's size while
    inflating, its SHA-256 after.

    Raises:
        DatabaseError: the file is damaged, or not signed by the owner of the key.
        Unreadable: the key cannot be read.
    """
    with _opened(stream, file) as archive:
        facts, signature, member = _parts(archive, file)
        if verify_key:
            signing.verify(facts, signature, verify_key, file)
        found = manifest.read(facts, file)
        _inflate(archive, member, found, file, to)
    return Unpacked(found, signature is not None, bool(verify_key))


def _opened(stream: IO[bytes], file: str) -> zipfile.ZipFile:
    with named(file, NOT_IMPORTED):
        return files.open_zip(stream)


def _parts(archive: zipfile.ZipFile, file: str) -> tuple[bytes, bytes | None, zipfile.ZipInfo]:
    """Return the manifest, the signature where there is one, and where the database is."""
    listed = archive.infolist()
    if [info.filename for info in listed] not in _NAMES:
        raise DatabaseError("does not hold what an exported database holds", file, NOT_IMPORTED)
    with named(file, NOT_IMPORTED):
        facts = _small(archive, listed[0], manifest.LIMIT)
        signature = _small(archive, listed[1], signing.LENGTH) if len(listed) > len(_NAMES[0]) else None
    return facts, signature, listed[-1]


def _small(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    content = files.zip_start(archive, info, limit + 1)
    if len(content) > limit:
        raise DatabaseError(f"its {info.filename} is larger than {files.size(limit)}")
    return content


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, facts: Manifest, file: str, to: str) -> None:
    """Write the database to `to`, and never more of it than the manifest says."""
    digest, size = hashlib.sha256(), 0
    with open(to, "wb") as out:
        for chunk in _chunks(archive, info):
            size += len(chunk)
            if size > facts.size:
                break
            digest.update(chunk)
            out.write(chunk)
    if (size, digest.hexdigest()) != (facts.size, facts.sha256):
        raise DatabaseError("its database is not the one that its manifest describes", file, NOT_IMPORTED)


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the content of a file in the zip, up to where it is damaged."""
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return
    # RuntimeError: it is encrypted. NotImplementedError: it is of a later zip.
    faults = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, OverflowError)
    with suppress(*faults), archive.open(info) as member:
        while chunk := member.read(_CHUNK):
            yield chunk


def _check(path: str, facts: Manifest, *, thoroughly: bool = False) -> None:
    integrity.check(path, thoroughly=thoroughly)
    found = manifest.of(path, facts.sha256, facts.size)
    if found != facts._replace(made_by=found.made_by):
        raise DatabaseError("its manifest does not describe its database", path)
    with database.open(path) as held:
        # What it calls the public index decides whose advisories are asked for.
        if held.public_index() != net.public_index():
            raise DatabaseError("names another public package index than this pip-assay knows", path)


def _check_age(facts: Manifest, path: str, file: str) -> None:
    """Raise DatabaseError if the database at `path` knows something newer of an ecosystem or a list, or one more."""
    if not database.exists(path):
        return
    with database.open(path) as held:
        known, lists = held.ecosystems(), held.lists()
    offered = {each.name: each for each in facts.ecosystems}
    faults = [_older(each, offered.get(each.name)) for each in known]
    faults += [_older_list(name.upper(), each.date, facts.lists.get(name, "")) for name, each in lists.items()]
    if why := next(filter(None, faults), ""):
        raise DatabaseError(why, file, "get a newer one, or take this one all the same: --accept-older")


def _older(held: Ecosystem, offered: Ecosystem | None) -> str:
    if not offered:
        return f"holds nothing for {held.name}, of which the database here holds {held.records} records"
    for what, ours, theirs in (("newest", held.newest, offered.newest), ("complete", held.fetched, offered.fetched)):
        if theirs < ours:
            word = "ends on" if what == "newest" else "is complete as of"
            return f"is older than the database here: for {held.name} it {word} {theirs or 'no day'}, that one {ours}"
    return ""


def _older_list(name: str, held: str, offered: str) -> str:
    if offered >= held:
        return ""
    what = f"has {name} of {offered[:10]}" if offered else f"has no {name}"
    return f"{what}, and the database here that of {held[:10]}"


@contextmanager
def named(place: str, hint: str) -> Iterator[None]:
    """Say of errors in a copy, or a part, of a file that they are in the file itself."""
    try:
        yield
    except Unreadable as error:
        raise DatabaseError(error.what, place, hint or error.hint) from None
