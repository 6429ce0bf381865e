"""Which releases there are, in the places that a solver looks in: the same ones, asked in the same order."""

import os
from collections.abc import Iterator, Mapping, Sequence

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion

from pip_assay import files, index_pages, net, releases
from pip_assay.errors import NetworkError, NotFound, Unreadable
from pip_assay.releases import Project, Release
from pip_assay.settings import Outside, Settings, network
from pip_assay.sources.resolve import Index, surroundings, words


class Listed:
    """Gives what indexes and folders list of projects; nothing of a project of which one of them does not tell.

    indexes  all that a solver is told: those of the target, and those of the user's own settings.
    every    whether each index counts for a project; else the first one that has it.
    """

    def __init__(self, indexes: Index, settings: Settings, outside: Outside, *, every: bool) -> None:
        self._indexes = indexes
        self._cache = settings.cache or files.cache_folder()
        self._outside = outside
        alone = outside._replace(environ=surroundings.without_pips_indexes(outside.environ))
        self._network = network(settings, alone)._replace(progress=None)
        self._every = every
        self._offered: dict[str, list[Release]] | None = None
        self._is_silent = False

    def __call__(self, names: Sequence[str]) -> Mapping[str, Sequence[Release]]:
        """Return the releases of each project, ascending on each index; of one that nobody can tell about nothing."""
        if self._offered is None:
            self._offered = self._of_links()
        if self._is_silent:
            return {}
        found = {} if self._indexes.none else self._of_indexes(names)
        told = {name: each.releases for name, each in found.items() if isinstance(each, Project)}
        silent = {name for name, each in found.items() if not isinstance(each, (Project, NotFound))}
        listed = {name: (*told.get(name, ()), *self._offered.get(name, ())) for name in names if name not in silent}
        return {name: each for name, each in listed.items() if each}

    def _of_indexes(self, names: Sequence[str]) -> dict[str, Project | Unreadable]:
        found: dict[str, Project | Unreadable] = {}
        for main, extra in self._asked():
            sites = self._network._replace(index_url=main, extra_index_urls=extra)
            left = [name for name in names if isinstance(found.get(name, NotFound("")), NotFound)]
            found |= releases.of(left, sites, self._cache, self._outside.now, say=self._outside.say)
        return found

    def _asked(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the indexes that are asked together, the first ones first: as uv does, the main one is the last."""
        if self._every:
            yield self._indexes.url, self._indexes.extra
            return
        yield from ((each, ()) for each in (*self._indexes.extra, self._indexes.url))

    def _of_links(self) -> dict[str, list[Release]]:
        """Return what folders, and pages of links, offer."""
        found: dict[str, list[Release]] = {}
        for place in self._indexes.find_links:
            for file in self._names(place):
                name, version = _release(file)
                found.setdefault(name, []).append(Release(version))
        return found

    def _names(self, place: str) -> Sequence[str]:
        """Return the names of the files in a place."""
        try:
            if place.startswith(("https://", "http://")):
                answer = net.get(self._network, place, limit=releases.LIMIT)
                page = index_pages.read(answer.body, answer.headers.get("content-type", ""))
                self._is_silent |= page is None
                return [*page.files] if page else []
            return os.listdir(words.path(place))
        except (OSError, NetworkError, Unreadable, index_pages.TooMuch):
            self._is_silent = True
            return []


def _release(file: str) -> tuple[str, str]:
    """Return the project and version of a distribution's file; both empty where it is none."""
    try:
        name, version, *_ = parse_wheel_filename(file) if file.endswith(".whl") else parse_sdist_filename(file)
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
        return "", ""
    return name, str(version)
