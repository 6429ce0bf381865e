"""Archives that hold Python distributions. They are read where they are: nothing is unpacked to the disk, or run.

wheel    *.whl, and zipped *.egg: the distribution, and those that it carries
sdist    *.tar.gz and the like, or a zip: the release that its PKG-INFO states
pex      *.pex, as a zip or a folder
zipapp   *.pyz of zipapp or shiv, an AWS Lambda package, or any other zip with distributions in it
wheelhouse  a folder of wheels and sdists, such as `pip download` makes

`contents` opens an archive, `inside` finds the metadata in it, `named` knows what file names tell.
"""

import os

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.sources.archive import inside, named, pex, sdist, wheel, zipapp
from pip_assay.sources.archive.contents import Loose, Zip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from pip_assay.model import Inventory
    from pip_assay.sources.bundled import Reader

KIND = "archive"
_BUILT = (".whl", ".egg")
_ZIPS = (".pex", ".pyz", ".pyzw", ".shiv", ".zip", ".conda")
_ZIP_MARK = b"PK\x03\x04"


def recognises(name: str) -> bool:
    """Return whether a file of this name is such an archive."""
    return name.lower().endswith(_BUILT + _ZIPS + named.TARS)


def is_one(start: bytes) -> bool:
    """Return whether content that begins so is a zip, maybe after a line that says what runs it."""
    return start.startswith(_ZIP_MARK) or (start.startswith(b"#!") and _ZIP_MARK in start)


def read(path: str, *, target: str = "", carried: "Reader | None" = None) -> "Inventory":
    """Return every distribution in the archive, or in the folder that a pex is. It never raises.

    `carried` reads what the distributions carry; without it, that is left out.
    """
    target = target or path
    if os.path.isdir(path):
        return pex.read(Loose(path), target, carried)
    try:
        with files.opened(path) as file:
            return _read(file, path, target, carried)
    except Unreadable as error:
        return inside.failed(target, KIND, path, error)


def parse(content: bytes, file: str, *, target: str = "", carried: "Reader | None" = None) -> "Inventory":
    """Return every distribution in the archive that the content is, as `read` does. It never raises."""
    import io

    return _read(io.BytesIO(content), file, target or file, carried)


def read_folder(path: str, *, target: str = "", carried: "Reader | None" = None) -> "Inventory":
    """Return the distributions of all wheels and sdists in a folder, such as `pip download` makes. It never raises."""
    from pip_assay.sources.archive import wheelhouse

    return wheelhouse.read(path, target or path, carried)


def is_wheelhouse(names: "Iterable[str]") -> bool:
    """Return whether a folder with files of these names is one of wheels and sdists: one of them is a wheel."""
    return any(name.endswith(".whl") for name in names)


def _read(file: "IO[bytes]", path: str, target: str, carried: "Reader | None") -> "Inventory":
    lowered = path.lower()
    if lowered.endswith(named.TARS):
        return sdist.read_tar(file, path, target)
    if lowered.endswith(".conda"):
        return sdist.conda(path, target)
    try:
        with files.open_zip(file) as archive:
            return _read_zip(Zip(archive, path), target, carried)
    except Unreadable as error:
        if lowered.endswith(_BUILT):
            return wheel.failed(path, target, error)
        return inside.failed(target, KIND, path, error)


def _read_zip(contents: Zip, target: str, carried: "Reader | None") -> "Inventory":
    """Return what a zip holds: the name of a wheel or an egg tells; of all others, which go by many, the content."""
    if contents.shown.lower().endswith(_BUILT):
        return wheel.read(contents, target, carried)
    if pex.INFO in contents.paths:
        return pex.read(contents, target, carried)
    if sdist.in_zip(contents):
        return sdist.read_zip(contents, target)
    return zipapp.read(contents, target, carried)
