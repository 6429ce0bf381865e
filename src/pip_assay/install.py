"""What installing would bring in: requirements files and pyproject.toml, read as they stand or resolved.

A file that is complete by itself costs no resolver. Anything else is asked of one (sources/resolve); where that fails,
the listed pins are audited, and a problem says what was not.
"""

from collections.abc import Callable, Sequence

from pip_assay import files
from pip_assay.credentials import without_credentials
from pip_assay.model import INDEX, NOT_HERE, PYPI, Dependency, Inventory, Origin, Pin, Problem
from pip_assay.settings import Outside, Settings, network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.requirements import Options, Requirement, Requirements
    from pip_assay.sources.resolve import Index, Resolved, Root


def requirements(paths: Sequence[str], settings: Settings, outside: Outside) -> Inventory:
    """Return what installing all of these files together would bring in."""
    import sys

    from pip_assay.sources import requirements as source

    stdin = sys.stdin.buffer if "-" in paths else None
    found = source.read(
        paths, outside.environ, _fetch(settings, outside), stdin, Indexes(settings, outside).__contains__
    )
    listed = source.inventory(
        found,
        target=", ".join(dict.fromkeys("standard input" if path == "-" else path for path in paths)),
        skip_editable=settings.skip_editable,
        require_hashes=settings.require_hashes,
    )
    return _from(found.options.index_url, _with_locks(_whole(listed, found, settings, outside), found))


def _whole(listed: Inventory, found: "Requirements", settings: Settings, outside: Outside) -> Inventory:
    """Return the listed requirements if they are complete by themselves, else what a resolver makes of them."""
    if not found.requirements or found.complete(settings.no_deps, settings.require_hashes):
        return listed
    if settings.disable_pip:
        what = "is not complete by itself, and --disable-pip asks no resolver what else an install would bring in"
        hint = "give every requirement a hash, or accept the listed ones alone with --no-deps"
        return listed._replace(problems=(*listed.problems, Problem("unresolved", what, None, hint, listed.target)))
    wanted = [each for each in found.requirements if not (each.editable and settings.skip_editable)]
    index = _index(settings, found.options)
    limits = tuple(each.text for each in found.constraints)
    return _resolved(listed, [_root(each) for each in wanted], limits, index, settings, outside)


def pyproject(path: str, settings: Settings, outside: Outside) -> Inventory:
    """Return what installing the project would bring in: `[project] dependencies`, without extras or groups."""
    from pip_assay.sources import pyproject as source
    from pip_assay.sources.resolve import Index

    roots, problems = source.roots(path)
    dependencies = tuple(map(_listed, roots))
    unpinned = [_unpinned(each) for each in dependencies if each.skipped]
    listed = Inventory(path, "pyproject", dependencies, (*problems, *unpinned))
    if not roots or settings.no_deps:
        return listed
    index = Index(settings.index_url, settings.extra_index_urls)
    return _resolved(listed, roots, (), index, settings, outside)


def _resolved(
    listed: Inventory, roots: "Sequence[Root]", limits: tuple[str, ...], index: "Index", settings: Settings,
    outside: Outside,
) -> Inventory:  # fmt: skip
    from pip_assay.sources.resolve import Question, resolve

    answer = resolve(
        Question(tuple(roots), limits, index, outside.folder),
        environ=outside.environ,
        cache=settings.cache or files.cache_folder(),
        now=outside.now,
        offline=settings.offline,
        say=outside.say,
    )
    return _united(listed, answer)


def _united(listed: Inventory, answer: "Resolved") -> Inventory:
    """Return what was resolved, and the listed requirements that no resolver answered for."""
    written = {each.pin.name: each for each in listed.dependencies}
    names = {each.pin.name for each in answer.dependencies}
    resolved = [_as_written(each, written.get(each.pin.name)) for each in answer.dependencies]
    kept = [_here(each) if answer.resolver else each for each in listed.dependencies if each.pin.name not in names]
    settled = names | {each.pin.name for each in kept if each.skipped == NOT_HERE}
    problems = [each for each in listed.problems if each.gap != "unpinned" or each.subject not in settled]
    return listed._replace(
        dependencies=tuple(sorted([*resolved, *kept], key=lambda each: (each.pin, each.place))),
        problems=(*problems, *answer.problems),
        detail=f"resolved by {answer.resolver}" if answer.resolver and resolved else listed.detail,
    )


def _here(dependency: Dependency) -> Dependency:
    """Return an unpinned dependency that no resolver answered for with the reason, if its marker is false here."""
    if dependency.pin.version or not dependency.marker:
        return dependency
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        applies = Marker(dependency.marker).evaluate()
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return dependency
    return dependency if applies else dependency._replace(skipped=NOT_HERE)


def _as_written(resolved: Dependency, written: Dependency | None) -> Dependency:
    if written is None:
        return resolved
    return resolved._replace(hashes=written.hashes, marker=written.marker, spelling=written.spelling)


def _from(index: str, listed: Inventory) -> Inventory:
    """Return the inventory with the index that the files themselves name as the origin of what is from an index."""
    if not index:
        return listed
    origin = Origin("index", without_credentials(index))
    dependencies = (each._replace(origin=origin) if each.origin == INDEX else each for each in listed.dependencies)
    return listed._replace(dependencies=tuple(dependencies))


def _with_locks(listed: Inventory, found: "Requirements") -> Inventory:
    """Return the inventory with what the pylock.toml files hold that are named by -r lines (pip 26.1)."""
    for path, _ in found.locks:
        from pip_assay.sources import pylock

        lock = pylock.read(path)
        listed = listed._replace(
            dependencies=listed.dependencies + lock.dependencies, problems=listed.problems + lock.problems
        )
    return listed


def _root(requirement: "Requirement") -> "Root":
    from pip_assay.sources.resolve import Root

    text = f"-e {requirement.text}" if requirement.editable else requirement.text
    hashes = "".join(f" --hash={each}" for each in requirement.hashes)
    return Root(text + hashes, requirement.place, requirement.name)


def _listed(root: "Root") -> Dependency:
    """Return a requirement of pyproject.toml as it stands."""
    from pip_assay.sources.requirements.line import parse

    parts = parse(root.text)
    version, marker = (parts.version, parts.marker) if parts else ("", "")
    skipped = "" if version else "has no pinned version"
    pin = Pin(PYPI, root.name or root.text, version)
    return Dependency(pin, root.place, (root.group,), direct=True, marker=marker, skipped=skipped)


def _unpinned(dependency: Dependency) -> Problem:
    name = dependency.pin.name
    return Problem("unpinned", f"{name} {dependency.skipped}", dependency.place, 'pin it with "==", or lock it', name)


def _index(settings: Settings, options: "Options") -> "Index":
    """Return the index settings: the command line's before the files' own."""
    from pip_assay.sources.resolve import Index

    return Index(
        settings.index_url or options.index_url,
        settings.extra_index_urls or options.extra_index_urls,
        options.find_links,
        options.no_index,
        options.trusted_hosts,
        options.pre,
    )


class Indexes:
    """The hosts of the user's own indexes: only they may be told what a variable of the environment holds."""

    def __init__(self, settings: Settings, outside: Outside) -> None:
        self._settings = settings
        self._outside = outside
        self._hosts: frozenset[str] | None = None

    def __contains__(self, host: str) -> bool:
        """Return whether the host is one of them; settings are read when the first one is asked about."""
        if self._hosts is None:
            from pip_assay import net

            own = [*net.indexes(network(self._settings, self._outside)), *self._settings.extra_index_urls]
            for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX"):
                own += [each.rpartition("=")[2] for each in self._outside.environ.get(name, "").split()]
            self._hosts = frozenset(net.host(each).lower() for each in own)
        return host in self._hosts


def _fetch(settings: Settings, outside: Outside) -> Callable[[str], bytes]:
    def fetch(url: str) -> bytes:
        from pip_assay import net

        return net.get(network(settings, outside), url).body

    return fetch
