"""Everything that a distribution carries: read from its files, or remembered from the last time.

A warm audit needs no more of this room than this module and `remembered`.
"""

import os
from collections.abc import Callable, Sequence

from pip_assay.model import Dependency, Origin
from pip_assay.sources.bundled import remembered
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.installed.locate import as_named
from pip_assay.sources.installed.tree import DISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.bundled.evidence import Search
    from pip_assay.sources.bundled.nouns import Host
    from pip_assay.sources.bundled.record import Parts
    from pip_assay.sources.installed.tree import Tree

_BUNDLED = Origin("bundled")


def of_host(host: "Host") -> list[Found]:
    """Return everything that a distribution carries, each release once, by the best evidence for it, sorted.

    A Found of the host itself comes first where something could not be read: it brings the problems.
    """
    from pip_assay.sources.bundled import evidence

    return evidence.of_host(host)


def searching(say: "Callable[[str], None]", progress: "Callable[[int, int], None]") -> "Search":
    """Return a search for libraries in compiled files, with one bound for all that it is given.

    say, progress  take what is searched, and how many of its files were.
    """
    from pip_assay.sources.bundled import strings

    left = strings.Left()

    def search(host: "Host", parts: "Parts") -> list[Found]:
        if parts.libraries:
            say(f"searching the compiled files of {host.dependency.pin}")
        return strings.read(host, parts, progress, left)

    return search


class Reader:
    """Reads what the distributions of site-packages folders carry, and what an interpreter does.

    cache   the folder in which what was read is remembered; empty for nowhere.
    now     seconds since the epoch.
    search  looks for libraries in compiled files, too; None for no such search.
    """

    def __init__(self, cache: str = "", now: float = 0.0, search: "Search | None" = None) -> None:
        self._cache = cache
        self._now = now
        self._search = search
        self._file = remembered.SEARCHED if search else remembered.FILE

    def __call__(self, path: str, shown: str, tree: "Tree", hosts: Sequence[tuple[str, Found]]) -> list[Found]:
        """Return what the distributions of one folder carry, in their order; each comes with its metadata's name.

        A Found of a distribution itself brings what could not be read of it.
        """
        if tree is not DISK or not self._cache:
            from pip_assay.sources.bundled import evidence

            read = [evidence.read(path, shown, tree, entry, each.dependency, self._search) for entry, each in hosts]
            return [each for found in read for each in found]
        return self._remembering(path, shown, hosts)

    def of_files(self, host: "Host") -> list[Found]:
        """Return what a distribution carries whose files are known without a RECORD: those of a wheel.

        A Found of the distribution itself comes first where something could not be read of it.
        """
        from pip_assay.sources.bundled import evidence

        return evidence.of_host(host, self._search)

    def _remembering(self, path: str, shown: str, hosts: Sequence[tuple[str, Found]]) -> list[Found]:
        folder = os.path.abspath(path)
        rows = remembered.load(self._cache, folder, self._file)
        every: list[Found] = []
        new: dict[str, remembered.Row] = {}
        for entry, each in hosts:
            host = each.dependency
            found = _recalled(rows.get(entry), host, folder, shown)
            if found is None:
                from pip_assay.sources.bundled import evidence

                found, stamps = evidence.stamped(path, shown, entry, host, self._search)
                if row := self._row(host, shown, found, stamps):
                    new[entry] = row
            every += found
        if new:
            gone = [entry for entry in rows if not os.path.lexists(os.path.join(folder, entry))]
            remembered.store(self._cache, folder, new, gone, self._now, self._file)
        return every

    def _row(
        self, host: Dependency, shown: str, found: list[Found], stamps: "list[remembered.Stamp]"
    ) -> "remembered.Row | None":
        """Return what is to be remembered of a host; nothing where that may not hold the next time."""
        if self._search and any(each.problems for each in found):  # a search has bounds for all hosts together
            return None
        row = remembered.row(_identity(host), stamps, shown, host.pin, found)
        return row if row and remembered.are_settled(stamps, self._now) else None

    def of_interpreter(self, prefix: str, interpreter: Dependency, tree: "Tree" = DISK, root: str = "") -> list[Found]:
        """Return what an environment's Python carries: the wheels of ensurepip, and the libraries in its own files.

        Those of an installation are those of the virtual environments that build on it. Libraries are looked for only
        where there is a search. A Found of the interpreter itself brings what could not be read. `root` is the path of
        the file system that the environment is in, where that is not the machine's own.
        """
        from pip_assay.sources.bundled import ensured

        number = ".".join(interpreter.pin.version.split(".")[:2])
        wanted = f"python{number}" if interpreter.pin.name == "cpython" else number
        whole = os.path.abspath(prefix) if tree is DISK else prefix
        home, library = ensured.located(whole, wanted, tree, root)
        if not (library or (home and self._search)):
            return []
        named, entry = as_named(home), str(interpreter.pin)
        shown = home if named == "." else named
        if tree is not DISK:
            from pip_assay.sources.bundled import python

            return python.read(home, shown, library, interpreter, tree, self._search)[0]
        rows = remembered.load(self._cache, home, self._file) if self._cache else {}
        found = _recalled(rows.get(entry), interpreter, home, shown)
        if found is None:
            from pip_assay.sources.bundled import python

            found, stamps = python.stamped(home, shown, library, interpreter, self._search)
            if self._cache and (row := self._row(interpreter, shown, found, stamps)):
                remembered.store(self._cache, home, {entry: row}, (), self._now, self._file)
        return found


def origin_of(host: Dependency) -> Origin:
    """Return the origin of what a host carries: that of the host, where it is from no index."""
    return _BUNDLED if host.origin.kind in {"index", "distro"} else host.origin


def _recalled(row: "remembered.Row | None", host: Dependency, folder: str, shown: str) -> list[Found] | None:
    if row is None or not remembered.holds(row, _identity(host), folder):
        return None
    return remembered.found(row, host, shown, origin_of(host))


def _identity(host: Dependency) -> str:
    """Return what of the host decides what it is said to carry."""
    return f"{host.pin.name} {host.pin.version} {host.origin.kind}"
