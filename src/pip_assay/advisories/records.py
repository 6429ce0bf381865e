"""Files of OSV records, read: a zip such as the bulk export's, a folder of JSON files, or one JSON file."""

import os
from collections.abc import Iterator
from typing import IO, NamedTuple

from pip_assay import files
from pip_assay.errors import DatabaseError, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zipfile import ZipFile

MEMBER_LIMIT = files.LIMIT
TOTAL_LIMIT = 4 * 1000**3


class Member(NamedTuple):
    """One JSON file: where it is, its content or why that cannot be read; it is the `number`th of `total` files.

    name  the id that its record must have; empty where any will do.
    """

    place: str
    content: bytes | Unreadable
    number: int
    total: int
    name: str = ""


def members(source: str) -> Iterator[Member]:
    """Yield the JSON files of a zip, of a folder and those below it, or the one file.

    Raises:
        DatabaseError: there is no such file or folder, or it is a zip that cannot be opened or would unpack to more
            than 4 GB.
    """
    if os.path.isdir(source):
        return _of_folder(source)
    if not os.path.exists(source):
        raise DatabaseError("does not exist", source, "name a zip, a folder or a JSON file of advisories")
    if source.lower().endswith(".json"):
        return iter([Member(source, _content(source), 1, 1)])
    return members_of_zip(source, source)


def _of_folder(folder: str) -> Iterator[Member]:
    faults: list[OSError] = []
    found = sorted(
        os.path.join(inside, file)
        for inside, _, listed in os.walk(folder, onerror=faults.append)
        for file in listed
        if file.lower().endswith(".json")
    )
    total = len(found) + len(faults)
    for number, file in enumerate(found, 1):
        yield Member(file, _content(file), number, total)
    for number, fault in enumerate(faults, len(found) + 1):
        yield Member(str(fault.filename), Unreadable(f"cannot be listed ({files.reason(fault)})"), number, total)


def _content(file: str) -> bytes | Unreadable:
    if not os.path.isfile(file):
        return Unreadable("is not a file", file)
    try:
        return files.read_bytes(file, MEMBER_LIMIT)
    except Unreadable as error:
        return error


def members_of_zip(file: str | IO[bytes], name: str) -> Iterator[Member]:
    """Yield the JSON files of a zip, named or open. Raises what `members` raises of it."""
    with _opened(file, name) as archive:
        # zipfile never unpacks more of a member than its header says, so the headers bound the whole.
        if sum(info.file_size for info in archive.infolist()) > TOTAL_LIMIT:
            raise DatabaseError(f"unpacks to more than {files.size(TOTAL_LIMIT)}", name, "it was not imported")
        total = len(archive.infolist())
        content = files.zip_members(archive, member_limit=MEMBER_LIMIT, total_limit=TOTAL_LIMIT)
        for number, (member, found) in enumerate(content, 1):
            if member.lower().endswith(".json"):
                yield Member(f"{name}/{member}", found, number, total)


def _opened(file: str | IO[bytes], name: str) -> "ZipFile":
    from zipfile import BadZipFile, ZipFile

    try:
        return ZipFile(file)
    except (BadZipFile, NotImplementedError, ValueError):
        what = "is not a zip archive, or only a part of one"
    except OSError as error:
        what = f"cannot be read ({files.reason(error)})"
    raise DatabaseError(what, name, "fetch it again, or name a zip, a folder or a JSON file of advisories")
