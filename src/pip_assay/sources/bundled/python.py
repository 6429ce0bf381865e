"""What a Python installation carries besides Python's own code: ensurepip's wheels, and libraries in its files."""

import os

from pip_assay.sources.bundled import ensured, remembered
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.model import Dependency
    from pip_assay.sources.bundled.evidence import Search
    from pip_assay.sources.installed.distribution import Found
    from pip_assay.sources.installed.tree import Tree


def read(
    home: str,
    shown: str,
    library: str,
    interpreter: "Dependency",
    tree: "Tree" = DISK,
    search: "Search | None" = None,
) -> "tuple[list[Found], list[str]]":
    """Return what an installation carries, and the paths below it of all files and folders that this comes from.

    home     its prefix; `shown` is how people see it.
    library  the folder of its standard library, where ensurepip is in it.
    """
    found: list[Found] = []
    sources: list[str] = []
    if library:
        found += ensured.read(library, os.path.join(shown, os.path.relpath(library, home)), interpreter, tree)
        sources += [*ensured.files(library, tree), *ensured.folders(library)]
    paths = [os.path.relpath(each, home) for each in sources]
    if search:
        from pip_assay.sources.bundled import strings
        from pip_assay.sources.bundled.nouns import Host
        from pip_assay.sources.bundled.record import Parts

        compiled = strings.files_of_interpreter(home, tree, interpreter.pin.version)
        found += search(Host(interpreter, home, shown, "", tree), Parts(libraries=tuple(compiled)))
        paths += compiled
    return found, paths


def stamped(
    home: str, shown: str, library: str, interpreter: "Dependency", search: "Search | None" = None
) -> "tuple[list[Found], list[remembered.Stamp]]":
    """Return what `read` does of the disk, and stamps of all files and folders that it comes from."""
    found, paths = read(home, shown, library, interpreter, DISK, search)
    return found, remembered.stamps(home, paths)
