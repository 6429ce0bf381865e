"""poetry.lock, written by Poetry 1.2 to 2.x: in a copy of the project, in which the planned releases are pinned first.

Poetry is run twice. First with a group of its own for the planned releases, each with its exact version, so that these
and nothing else must move (`poetry update` moves others as well). Then with the project's own manifest: Poetry keeps
what the lock holds, drops what nothing needs any more, and writes the project's content hash.

Poetry reads the metadata of wheels. It has no option against builds: for a release without a wheel it may build the
source distribution to read what that needs, which runs its code. It makes a virtual environment for that with
virtualenv, which is told here to look for interpreters in a way that there is none of, so that it fails and nothing
is built. Plugins, which a project may ask for, are not loaded, and the project's poetry.toml is not in the copy.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import relocked
from pip_assay.fix.formats.relocked import MANIFEST, Owner
from pip_assay.fix.formats.uv_held import Ask, Package
from pip_assay.fix.nouns import Change, Edit, Plan, Target
from pip_assay.fix.tools import Tools
from pip_assay.model import Inventory
from pip_assay.names import normalise
from pip_assay.settings import Outside, Settings
from pip_assay.sources import manifests
from pip_assay.sources.documents import toml
from pip_assay.sources.locks import beside, locked
from pip_assay.sources.resolve import Index, wanted, words

KIND = "poetry.lock"
OWNER = Owner("poetry", KIND, "POETRY_")
HINT = "lock it again with poetry"
QUIET = ("--no-interaction", "--no-ansi", "--no-plugins")
GROUP = "what-pip-assay-plans"
NO_BUILDS = "no-builds"
FORM = ("metadata", "lock-version")

_VERSION = re.compile(r"Poetry \(?version (\d+)\.(\d+)")
_UNFOUND = re.compile(r"Package (\S+) \(([^()\s]*)\) not found")
_FOREIGN = re.compile(r"not (?:allowed|supported) by the project")


def read(inventory: Inventory, settings: Settings, outside: Outside) -> Target:  # noqa: ARG001 - of every format
    """Return what the lock holds, and what the pyproject.toml beside it asks for.

    Raises:
        Unreadable: the lock cannot be read, or has no project beside it.
    """
    whole = relocked.load(inventory, HINT)
    found = manifests.read(relocked.manifest_of(inventory.target))
    tables = whole.tables("package")
    versions: dict[str, list[str]] = {}
    for each in tables:
        versions.setdefault(normalise(each.text("name")), []).append(each.text("version"))
    searched = {_public(each) for each in (found.index_url, *found.extra_index_urls)}
    packages = [_package(each, versions, searched) for each in tables]
    python = _specifier(whole.table("metadata").text("python-versions"))
    return relocked.target(inventory, settings, KIND, found, packages, python)


def edits(plan: Plan, tools: Tools) -> tuple[Edit, ...]:
    """Return the lock as Poetry writes it with exactly the planned releases, and the manifest with its bounds widened.

    Raises:
        Unreadable: Poetry cannot lock it, would move what is not planned, or would write all of it in another form.
    """
    if not (plan.changes or plan.relaxed):
        return ()
    with relocked.copy(plan) as (folder, widened):
        manifest = files.read_bytes(os.path.join(folder, MANIFEST))
        poetry = _Poetry(plan, folder, tools)
        relocked.write(folder, MANIFEST, manifest + _group(plan.changes).encode())
        poetry.lock()
        relocked.write(folder, MANIFEST, manifest)
        poetry.lock()
        return relocked.finished(OWNER, plan, folder, widened, tools, FORM)


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what `poetry check --lock` says of the lock; what it says of the manifest itself was so before."""
    del plan
    try:
        ended = relocked.run(OWNER, ["check", "--lock", *QUIET], folder, tools, {})
        if '"--lock" option does not exist' in relocked.said(ended):
            ended = relocked.run(OWNER, ["lock", "--check", *QUIET], folder, tools, _seen(tools))
            return ("poetry lock --check",), (_fault(relocked.said(ended)),) if ended.code else ()
    except Unreadable as error:
        return (), (f"poetry check --lock could not be tried: {error.what}",)
    faults = [line for line in f"{ended.err}\n{ended.out}".splitlines() if KIND in line]
    return ("poetry check --lock",), tuple(map(_fault, faults)) if ended.code else ()


class _Poetry:
    """The Poetry of this machine, in one copy of a project."""

    def __init__(self, plan: Plan, folder: str, tools: Tools) -> None:
        self._path = plan.target.inventory.target
        self._folder = folder
        self._tools = tools
        self._seen = _seen(tools)
        self._options = self._of_its_version()
        self._python = manifests.read(os.path.join(folder, MANIFEST)).python or f">={wanted.this_python()}"
        self._seen |= self._environment()

    def lock(self) -> None:
        """Lock the copy; what is locked already stays, as far as the manifest allows it.

        Raises:
            Unreadable: Poetry fails.
        """
        ended = relocked.run(OWNER, ["lock", *QUIET, *self._options], self._folder, self._tools, self._seen)
        if ended.code:
            raise self._refused(relocked.said(ended))

    def _of_its_version(self) -> Sequence[str]:
        """Return the option by which this Poetry keeps what is locked; Poetry 2 does so without one."""
        ended = relocked.run(OWNER, ["--version", "--no-ansi"], self._folder, self._tools, self._seen)
        found = _VERSION.search(relocked.said(ended))
        if ended.code or not found:
            raise Unreadable(f"poetry cannot be used: {words.one_line(relocked.said(ended))}")
        if (int(found[1]), int(found[2])) < (1, 2):
            raise Unreadable(f"poetry {found[1]}.{found[2]} is too old for a fix", hint="use poetry 1.2 or later")
        return ("--no-update",) if found[1] == "1" else ()

    def _environment(self) -> dict[str, str]:
        """Return the variable of an empty virtual environment of a Python that the project allows, if there is one.

        Poetry would else look into the interpreter on PATH, and stumble over what is installed there.
        """
        uv, _, seen = self._tools.uv(Index())
        place = os.path.join(self._folder, ".environment")
        python = sys.executable if wanted.nearest_python(self._python) == wanted.this_python() else self._python
        command = [uv, "venv", "--quiet", "--no-config", "--no-python-downloads", "--python", python, place]
        return {"VIRTUAL_ENV": place} if not self._tools.run(command, self._folder, "", seen).code else {}

    def _refused(self, said: str) -> Unreadable:
        if NO_BUILDS in said:
            what = "poetry would have to build a release without a wheel to lock it, which runs its code"
            return Unreadable(what, self._path, "allow it with --allow-build")
        if unfound := _UNFOUND.search(said):
            what = (
                f"poetry does not find {unfound[1]} {unfound[2]}: without a source it asks for more than a mirror has"
            )
            return Unreadable(what, self._path, "name the index in a [[tool.poetry.source]] of the project")
        if _FOREIGN.search(said):
            what = f"poetry needs a Python of this machine that the project is for ({self._python}), and there is none"
            return Unreadable(what, self._path, "install one")
        return Unreadable(f"poetry cannot lock what is planned: {words.one_line(said)}", self._path, HINT)


def _seen(tools: Tools) -> dict[str, str]:
    """Return the variables by which Poetry makes no virtual environment: none for the project, and none to build in."""
    no_builds = {} if tools.allow_build else {"VIRTUALENV_DISCOVERY": NO_BUILDS}
    return {"POETRY_VIRTUALENVS_CREATE": "false", "POETRY_NO_INTERACTION": "1", **no_builds}


def _group(changes: Sequence[Change]) -> str:
    """Return a group that pins what comes in, as the end of a manifest."""
    pins: dict[str, list[str]] = {}
    for each in changes:
        if each.new:
            marker = f", markers = {json.dumps(each.marker)}" if each.marker else ""
            pins.setdefault(each.name, []).append(f"{{version = {json.dumps(f'=={each.new}')}{marker}}}")
    lines = (f"{name} = [{', '.join(dict.fromkeys(pinned))}]\n" for name, pinned in sorted(pins.items()))
    return f"\n\n[tool.poetry.group.{GROUP}.dependencies]\n{''.join(lines)}"


def _package(table: toml.Table, versions: Mapping[str, Sequence[str]], searched: set[str]) -> Package:
    """Return a package as a solver is told of it; of an index that only named projects come from it is not moved."""
    source = table.table("source")
    url = _public(source.text("url"))
    kind = "registry" if source.text("type") in {"", "legacy"} and url in {"", *searched} else "elsewhere"
    marker = _marker(table)
    return Package(
        normalise(table.text("name")),
        table.text("version"),
        kind,
        url,
        (marker,) if marker and "extra" not in marker else (),
        tuple(_asks(table, versions)),
        has_wheel=True,
        metadata=table,
        table=table,
    )


def _asks(table: toml.Table, versions: Mapping[str, Sequence[str]]) -> Iterator[Ask]:
    for spelling, value in table.table("dependencies").values.items():
        for each in beside.alternatives(value) or ():
            text = each.get("version")
            limits = _specifier(text) if isinstance(text, str) else ""
            asked = relocked.ask(f"{spelling}{limits}", versions)
            marker = each.get("markers")
            if asked:
                yield asked._replace(extras=beside.extras_of(each), marker=marker if isinstance(marker, str) else "")


def _public(url: str) -> str:
    """Return the address of an index, as a lock and a manifest may each have it, without a login."""
    return locked.address(url).rstrip("/")


def _marker(table: toml.Table) -> str:
    """Return the marker of a package, where its groups do not each have one of their own."""
    return table.text("markers") if isinstance(table.values.get("markers"), str) else ""


def _specifier(text: str) -> str:
    """Return a constraint of Poetry's as PEP 440 has it; empty where it cannot be read."""
    from pip_assay.sources.manifests import constraint

    found = constraint.parse(text)
    return constraint.specifier(found)[0] if found else ""


def _fault(text: str) -> str:
    return f"poetry check --lock fails: {words.one_line(text)}"
