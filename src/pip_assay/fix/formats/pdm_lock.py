"""pdm.lock, written by PDM: in a copy of the project, from whose lock the releases that move are taken out first.

PDM is run three times. First with the planned releases as overrides: what is still in the lock stays, and its metadata
are read from there (`--update-reuse`). Then without overrides, so that PDM itself finds that all of it fits together.
Until then it may use wheels only, so that nothing is built; last it lists the hashes of all files of the new releases
(`--refresh`), for which it reads no metadata. Hooks, which a project may have run before and after a lock, are left
out, as are the options that a project gives to commands, and its pdm.toml is not in the copy.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import lock_text, relocked
from pip_assay.fix.formats.relocked import Owner
from pip_assay.fix.formats.spliced import decoded
from pip_assay.fix.formats.uv_held import Package
from pip_assay.fix.nouns import Edit, Plan, Target
from pip_assay.fix.planning.lines import order
from pip_assay.fix.tools import Tools
from pip_assay.model import Inventory, Problem
from pip_assay.names import normalise
from pip_assay.settings import Outside, Settings
from pip_assay.sources.documents import toml
from pip_assay.sources.resolve import words

KIND = "pdm.lock"
OWNER = Owner("pdm", KIND, "PDM_PYPI_")
HINT = "lock it again with pdm"
PINS = "what-pip-assay-plans.txt"
FORM = ("metadata", "lock_version")
SEEN = {"PDM_CHECK_UPDATE": "0", "PDM_LOCK_FORMAT": "pdm", "PDM_NON_INTERACTIVE": "1", "PDM_USE_VENV": "0"}

_ELSEWHERE = ("git", "hg", "svn", "bzr", "path", "url")
"""Keys of a package that is of no index."""


def read(inventory: Inventory, settings: Settings, outside: Outside) -> Target:  # noqa: ARG001 - of every format
    """Return what the lock holds, and what the pyproject.toml beside it asks for.

    Raises:
        Unreadable: the lock cannot be read, or has no project beside it.
    """
    from pip_assay.sources import manifests

    whole = relocked.load(inventory, HINT)
    manifest = relocked.manifest_of(inventory.target)
    tables = whole.tables("package")
    versions: dict[str, list[str]] = {}
    for name, version in dict.fromkeys((normalise(each.text("name")), each.text("version")) for each in tables):
        versions.setdefault(name, []).append(version)
    locked = _packages(tables, versions, tuple(_of_one_index(manifest)))
    python = next((each.text("requires_python") for each in whole.table("metadata").tables("targets")), "")
    return relocked.target(inventory, settings, KIND, manifests.read(manifest), locked, python)


def edits(plan: Plan, tools: Tools) -> tuple[Edit, ...]:
    """Return the lock as PDM writes it with exactly the planned releases, and the manifest with its bounds widened.

    Raises:
        Unreadable: PDM cannot lock it, would move what is not planned, or would write all of it in another form.
    """
    if not (plan.changes or plan.relaxed):
        return ()
    path = plan.target.inventory.target
    pins = _pins(plan)
    with relocked.copy(plan) as (folder, widened):
        manifest = files.read_bytes(os.path.join(folder, relocked.MANIFEST))
        relocked.write(folder, relocked.MANIFEST, _without_options(manifest))
        relocked.write(folder, PINS, "".join(pins).encode())
        old = decoded(files.read_bytes(path), path).replace("\r\n", "\n")
        lock = lock_text.without(old, [(each.name, each.old) for each in plan.changes if each.old], path)
        relocked.write(folder, os.path.basename(path), lock.encode())
        wheels = {} if tools.allow_build else {"PDM_ONLY_BINARY": ":all:"}
        _run(plan, folder, tools, wheels, "--update-reuse", *(["--override", PINS] if pins else []))
        _run(plan, folder, tools, wheels, "--update-reuse")
        _run(plan, folder, tools, {}, "--refresh")
        return relocked.finished(OWNER, plan, folder, widened, tools, FORM)


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what `pdm lock --check` says of the lock."""
    name = os.path.basename(plan.target.inventory.target)
    try:
        with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
            relocked.write(scratch, name, files.read_bytes(os.path.join(folder, name)))
            manifest = files.read_bytes(os.path.join(folder, relocked.MANIFEST))
            relocked.write(scratch, relocked.MANIFEST, _without_options(manifest))
            ended = relocked.run(OWNER, _command(plan, "--check"), scratch, tools, SEEN)
    except Unreadable as error:
        return (), (f"pdm lock --check could not be tried: {error.what}",)
    faults = (f"pdm lock --check fails: {words.one_line(relocked.said(ended))}",) if ended.code else ()
    return ("pdm lock --check",), faults


def _without_options(manifest: bytes) -> bytes:
    """Return a manifest without the options that it gives to PDM's commands: they could name files of anybody's."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        values = tomlkit.parse(manifest.decode()).unwrap()
    except (TOMLKitError, ValueError):
        return manifest
    tool = values.get("tool")
    own = tool.get("pdm") if isinstance(tool, dict) else None
    if not (isinstance(own, dict) and own.pop("options", None)):
        return manifest
    return tomlkit.dumps(values).encode()


def _command(plan: Plan, *options: str) -> list[str]:
    return ["lock", "--lockfile", os.path.basename(plan.target.inventory.target), "--skip", ":all", *options]


def _run(plan: Plan, folder: str, tools: Tools, added: Mapping[str, str], *options: str) -> None:
    ended = relocked.run(OWNER, _command(plan, *options), folder, tools, {**SEEN, **added})
    if ended.code:
        path, said = plan.target.inventory.target, relocked.said(ended)
        if "unrecognized arguments" in said:
            raise Unreadable(f"pdm is too old for a fix: {words.one_line(said)}", path, "update pdm")
        raise Unreadable(f"pdm cannot lock what is planned: {words.one_line(said)}", path, HINT)


def _pins(plan: Plan) -> list[str]:
    """Return the releases that come in, one of each project: where several do, the lowest, which more Pythons have.

    Raises:
        Unreadable: a project of which other releases stay is moved, and an override would be for all of them.
    """
    moved = {(each.name, each.old) for each in plan.changes}
    coming: dict[str, list[str]] = {}
    for each in plan.changes:
        if each.new:
            coming.setdefault(each.name, []).append(each.new)
    staying = {each.name for each in plan.target.held if (each.name, each.version) not in moved}
    if forked := sorted(staying & coming.keys()):
        what = f"pdm cannot be told which release of {forked[0]} is for which Python or platform"
        raise Unreadable(what, plan.target.inventory.target, f"change {forked[0]} by hand")
    return [f"{name}=={min(versions, key=order)}\n" for name, versions in sorted(coming.items())]


def _of_one_index(manifest: str) -> Iterator[str]:
    """Yield the names, or patterns of names, that the project has from an index of their own."""
    loaded = toml.load(manifest, HINT)
    if not isinstance(loaded, Problem):
        for source in loaded[0].table("tool").table("pdm").tables("source"):
            yield from map(str.lower, source.texts("include_packages"))


def _packages(
    tables: Iterable[toml.Table], versions: Mapping[str, Sequence[str]], patterns: Sequence[str]
) -> list[Package]:
    """Return the packages as a solver is told of them; the entries of its extras are of the package itself."""
    found: dict[tuple[str, str, str], Package] = {}
    for table in tables:
        name, version, marker = normalise(table.text("name")), table.text("version"), table.text("marker")
        is_apart = any(key in table for key in _ELSEWHERE) or any(fnmatchcase(name, each) for each in patterns)
        texts = table.texts("dependencies")
        asks = tuple(asked for each in texts if (asked := relocked.ask(each, versions)) and asked.name != name)
        forks = (marker,) if marker else ()
        one = Package(name, version, "elsewhere" if is_apart else "registry", "", forks, asks, True, table, table)
        known = found.get((name, version, marker))
        found[name, version, marker] = known._replace(asks=known.asks + asks) if known else one
    return list(found.values())
