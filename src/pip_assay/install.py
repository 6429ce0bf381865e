"""What installing would bring in: requirements files and manifests, read as they stand or resolved.

A file that is complete by itself costs no resolver. Anything else is asked of one (sources/resolve); where that fails,
the listed pins are audited, and a problem says what was not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from pip_assay import files, policy
from pip_assay.credentials import without_credentials
from pip_assay.errors import UsageError
from pip_assay.model import (
    INDEX,
    INTERNAL,
    NOT_ASKED,
    NOT_HERE,
    PYPI,
    Dependency,
    Inventory,
    Origin,
    Pin,
    Place,
    Problem,
)
from pip_assay.settings import Outside, Own, Settings, network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

    from pip_assay.sources.manifest import Manifest
    from pip_assay.sources.requirements import Options, Requirement, Requirements
    from pip_assay.sources.resolve import Index, Question, Resolved, Root


def requirements(
    paths: Sequence[str], settings: Settings, outside: Outside, stdin: "IO[bytes] | None" = None
) -> Inventory:
    """Return what installing all of these files together would bring in. The path "-" is standard input."""
    import sys

    from pip_assay.sources import requirements as source

    if "-" in paths and stdin is None:
        stdin = sys.stdin.buffer
    found = source.read(
        paths, outside.environ, _fetch(settings, outside), stdin, Indexes(settings, outside).__contains__
    )
    listed = source.inventory(
        found,
        target=", ".join(dict.fromkeys("standard input" if path == "-" else path for path in paths)),
        skip_editable=settings.skip_editable,
        require_hashes=settings.require_hashes,
    )
    listed = _kept_home(listed, found.options.extra_index_urls, settings)
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
    own = outside.own(listed.target)
    kept = [each for each in wanted if each.origin.kind == "index" and policy.is_internal(each.name, own.names)]
    listed = _alone(listed, kept, own)
    roots = [_root(each) for each in wanted if each not in kept]
    if not roots:
        return listed
    index = index_of(settings, found.options)
    limits = tuple(each.text for each in found.constraints)
    return _resolved(listed, _question(roots, limits, index, settings, outside), settings, outside)


def manifest(path: str, kind: str, settings: Settings, outside: Outside) -> Inventory:
    """Return what installing everything that a manifest asks for would bring in: runtime, extras, groups, build."""
    from pip_assay.scope import Scope
    from pip_assay.sources.resolve import Index

    found = _declared(path, kind)
    scope = Scope(settings)
    asked = {each.group: scope.asks_for((each.group,)) for each in found.roots}
    wanted = [each for each in found.roots if asked[each.group]]
    dependencies = tuple(_listed(each, "" if asked[each.group] else NOT_ASKED) for each in found.roots)
    unpinned = [_unpinned(each) for each in dependencies if each.skipped not in {"", NOT_ASKED}]
    listed = Inventory(path, kind, (*dependencies, *found.listed), (*found.problems, *unpinned), groups=found.groups)
    listed = _from(found.index_url, _kept_home(listed, found.extra_index_urls, settings))
    if not wanted or settings.no_deps:
        return listed
    own = outside.own(path)
    kept = [each for each in wanted if policy.is_internal(each.name, own.names) and not _has_address(each)]
    listed = _alone(listed, kept, own)
    wanted = [each for each in wanted if each not in kept]
    if not wanted:
        return listed
    index = Index(settings.index_url or found.index_url, settings.extra_index_urls or found.extra_index_urls)
    question = _question(wanted, found.constraints, index, settings, outside)
    question = question._replace(overrides=question.overrides + found.overrides)
    return _of_another_python(_resolved(listed, question, settings, outside), found.python, listed, settings)


def _of_another_python(resolved: Inventory, requires: str, listed: Inventory, settings: Settings) -> Inventory:
    """Return the inventory with the reason first, where it was resolved in part for a Python that the project excludes.

    requires  the Pythons that the project is for, as PEP 440 has them; empty where it does not say.
    """
    is_whole = not any(each.gap == "unresolved" for each in resolved.problems if each not in listed.problems)
    if is_whole or settings.python_version or not requires:
        return resolved
    from pip_assay.sources.resolve import wanted

    here, near = wanted.this_python(), wanted.nearest_python(requires)
    if near in {"", here}:
        return resolved
    what = f"requires Python {requires}, which excludes this one, {here}"
    problem = Problem("unresolved", what, Place(resolved.target), f"say --python-version {near}", resolved.target)
    return resolved._replace(problems=(problem, *resolved.problems))


def _alone(listed: Inventory, kept: "Iterable[Requirement | Root]", own: Own) -> Inventory:
    """Return the inventory with what is not known of one's own projects: no resolver is asked for those by name.

    What they bring in is told by nobody then, which is a problem where everything must be looked at.
    """
    if not own.strict:
        return listed
    hint = "audit its own lock or environment, or drop --strict to accept that"
    problems = (
        Problem("unresolved", f"what {each.name} brings in is not known: {INTERNAL}", each.place, hint, each.name)
        for each in kept
    )
    return listed._replace(problems=(*listed.problems, *problems))


def _has_address(root: "Root") -> bool:
    """Return whether a requirement says where the project is, so that it is asked of no index."""
    from pip_assay.sources.requirements.line import parse

    parts = parse(root.text)
    return bool(parts and parts.address)


def _declared(path: str, kind: str) -> "Manifest":
    if kind == "environment.yml":
        from pip_assay.sources.conda import environment_yml

        return environment_yml.manifest(path)
    from pip_assay.sources import manifests

    return manifests.read(path)


def _question(
    roots: "Sequence[Root]", limits: tuple[str, ...], index: "Index", settings: Settings, outside: Outside
) -> "Question":
    """Return what a resolver is asked, with the limits that the options add."""
    from pip_assay.sources.resolve import Question

    return Question(
        tuple(roots),
        limits + _texts(settings.constraints, settings, outside),
        index,
        outside.folder,
        _texts(settings.overrides, settings, outside),
        settings.python_version,
        settings.platform,
        settings.exclude_newer,
        settings.allow_build,
    )


def _texts(paths: tuple[str, ...], settings: Settings, outside: Outside) -> tuple[str, ...]:
    """Return the requirements in files of constraints or overrides.

    Raises:
        UsageError: one of them cannot be read; a limit that is not known must not be left out.
    """
    if not paths:
        return ()
    from pip_assay.sources import requirements as source

    found = source.read(
        paths, outside.environ, _fetch(settings, outside), None, Indexes(settings, outside).__contains__
    )
    for problem in found.problems:
        raise UsageError(problem.what, str(problem.place or paths[0]), problem.hint)
    return tuple(each.text for each in found.requirements)


def _resolved(listed: Inventory, question: "Question", settings: Settings, outside: Outside) -> Inventory:
    from pip_assay.sources.resolve import resolve, wanted

    answer = resolve(
        question,
        environ=outside.environ,
        cache=settings.cache or files.cache_folder(),
        now=outside.now,
        offline=settings.offline,
        say=outside.say,
    )
    return _united(listed, answer, wanted.of(question).environment)


def _united(listed: Inventory, answer: "Resolved", environment: Mapping[str, str]) -> Inventory:
    """Return what was resolved, and the listed requirements that no resolver answered for.

    `environment` is the one that was resolved for; empty for the running interpreter's.
    """
    written = {each.pin.name: each for each in listed.dependencies}
    names = {each.pin.name for each in answer.dependencies}
    resolved = [_as_written(each, written.get(each.pin.name)) for each in answer.dependencies]
    kept = [each for each in listed.dependencies if each.pin.name not in names]
    if answer.resolver:
        kept = [_there(each, environment) for each in kept]
    settled = names | {each.pin.name for each in kept if each.skipped in {NOT_HERE, NOT_ASKED}}
    problems = [each for each in listed.problems if each.gap != "unpinned" or each.subject not in settled]
    return listed._replace(
        dependencies=tuple(sorted([*resolved, *kept], key=lambda each: (each.pin, each.place))),
        problems=(*problems, *answer.problems),
        detail=f"resolved by {answer.resolver}" if answer.resolver and resolved else listed.detail,
    )


def _there(dependency: Dependency, environment: Mapping[str, str]) -> Dependency:
    """Return an unpinned dependency that no resolver answered for with the reason, if its marker is false there."""
    if dependency.pin.version or dependency.skipped == NOT_ASKED or not dependency.marker:
        return dependency
    from pip_assay import markers

    if markers.applies(dependency.marker, environment or markers.environment()):
        return dependency
    return dependency._replace(skipped=NOT_ASKED if environment else NOT_HERE)


def _as_written(resolved: Dependency, written: Dependency | None) -> Dependency:
    if written is None:
        return resolved
    return resolved._replace(hashes=written.hashes, marker=written.marker, spelling=written.spelling)


def _kept_home(listed: Inventory, extra: Sequence[str], settings: Settings) -> Inventory:
    """Return the inventory with what may be from one of several indexes marked so, where a service would be asked.

    Only a resolver can tell which of them a release is from; until then no name of it may leave the machine.
    """
    named = (*extra, *settings.extra_index_urls)
    if not named or settings.service == "local":
        return listed
    origin = Origin("private index", without_credentials(named[0]))
    dependencies = (each._replace(origin=origin) if each.origin == INDEX else each for each in listed.dependencies)
    return listed._replace(dependencies=tuple(dependencies))


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
        from pip_assay.sources.locks import pylock

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


def _listed(root: "Root", left_out: str = "") -> Dependency:
    """Return a requirement of a manifest as it stands; `left_out` is the reason if it is not asked for."""
    from pip_assay.sources.requirements import addresses
    from pip_assay.sources.requirements.line import Parts, parse

    parts = parse(root.text) or Parts()
    origin = Origin(parts.kind, addresses.public(parts.address)) if parts.address else INDEX
    skipped = left_out or ("" if parts.version else "has no pinned version")
    return Dependency(
        Pin(PYPI, root.name or addresses.public(root.text), parts.version),
        root.place,
        (root.group,),
        direct=True,
        origin=origin,
        marker=parts.marker,
        skipped=skipped,
        spelling=parts.spelling,
    )


def _unpinned(dependency: Dependency) -> Problem:
    name = dependency.pin.name
    return Problem("unpinned", f"{name} {dependency.skipped}", dependency.place, 'pin it with "==", or lock it', name)


def index_of(settings: Settings, options: "Options") -> "Index":
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
