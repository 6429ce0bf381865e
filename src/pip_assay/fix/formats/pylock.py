"""pylock.toml (PEP 751): the tables of the packages that move, as uv writes them; every other byte stays as it was.

uv is told that no release needs anything (`dependency-metadata`), so that it only looks up files and hashes: nothing is
fetched but the pages of an index, and nothing is built.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix import lines
from pip_assay.fix.formats import compiled, pylock_text, pyproject
from pip_assay.fix.formats.spliced import decoded
from pip_assay.fix.nouns import Change, Edit, Held, Plan, Root, Target
from pip_assay.fix.tools import Tools
from pip_assay.model import Inventory
from pip_assay.settings import Outside, Settings
from pip_assay.sources.resolve import Index, uv_answer, words
from pip_assay.sources.resolve.uv import given, write

KIND = "pylock"
AGAIN = "lock it again with the tool that wrote it"

_WRITERS = ("uv", "pip")


def read(inventory: Inventory, settings: Settings, outside: Outside) -> Target:
    """Return what the lock holds, and what it was compiled from where its head says so.

    Raises:
        Unreadable: a tool wrote it that keeps more in it than the standard says, or another lock is its source.
    """
    path = inventory.target
    text = decoded(files.read_bytes(path), path)
    document = pylock_text.document(text, path)
    _check_writer(document, text, path)
    head = compiled.head(text) or compiled.Head()
    sources = compiled.found(head, path, ()) if head.sources else ()
    requires = document.get("requires-python")
    return Target(
        inventory,
        KIND,
        tuple(_held(inventory)),
        tuple(_roots(sources, outside)),
        python=settings.python_version
        or head.python
        or (pyproject.lowest(requires) if isinstance(requires, str) else ""),
        platform=settings.platform,
        universal=head.universal or any(each.marker for each in inventory.dependencies),
        indexes=Index(settings.index_url, settings.extra_index_urls),
        files=(path, *sources),
        uses_pip=not str(document.get("created-by")).startswith("uv"),
    )


def _check_writer(document: Mapping[str, object], text: str, path: str) -> None:
    writer = document.get("created-by")
    if not isinstance(writer, str) or writer.partition(" ")[0] not in _WRITERS:
        what = f"was written by {words.one_line(str(writer))}, which keeps more in it than other tools can write"
        raise Unreadable(what, path, AGAIN)
    if re.search(r"(?m)^#.*\buv export\b", text) or "extras" in document or "dependency-groups" in document:
        raise Unreadable("was exported from another lock", path, "fix that one, and export it again")


def _held(inventory: Inventory) -> Iterator[Held]:
    for each in inventory.dependencies:
        if each.pin.version:
            yield Held(
                each.pin.name, each.pin.version, each.spelling or each.pin.name, each.place, marker=each.marker,
                plain=each.origin.kind in {"index", "private index"}, hashes=each.hashes,
            )  # fmt: skip


def _roots(sources: Iterable[str], outside: Outside) -> Iterator[Root]:
    from pip_assay.sources import manifests, requirements

    for path in sources:
        if path.endswith((".toml", ".py", ".cfg")):
            asked = (each for each in pyproject.asked(manifests.read(path)) if each.group == "runtime")
            yield from (Root(each.name, each.text, each.place) for each in asked)
        else:
            found = requirements.read([path], outside.environ, None, None).requirements
            plain = (each for each in found if each.name and each.origin.kind == "index" and not each.editable)
            yield from (Root(each.name, each.text, each.place) for each in plain)


def edits(plan: Plan, tools: Tools) -> tuple[Edit, ...]:
    """Return the lock with the tables of the moved packages as uv writes them, and what it was compiled from, widened.

    Raises:
        Unreadable: uv does not know the files of a release, or the lock is not as it was read.
    """
    if not (plan.changes or plan.relaxed):
        return ()
    path = plan.target.inventory.target
    before = files.read_bytes(path)
    text = decoded(before, path)
    final = _final(plan)
    if plan.target.universal:
        final = _with_markers(final, plan, tools)
    fresh = _described([each for each in final if _is_new(each, plan.changes)], plan.target, tools)
    moved = {(each.name, each.old) for each in plan.changes if each.old}
    after = pylock_text.replaced(text, moved, fresh, {each[:2]: each[2] for each in final}, path)
    if pylock_text.releases(after, path) != sorted(each[:2] for each in final):
        raise Unreadable("could not be changed without losing something of it", path, AGAIN)
    edited = (Edit(path, before, after.encode()),) if after != text else ()
    return (*edited, *pyproject.widened(plan.relaxed))


_Final = tuple[str, str, str]
"""A release that is there after the plan: its name, its version, and its marker."""


def _final(plan: Plan) -> list[_Final]:
    moved = {(each.name, each.old) for each in plan.changes if each.old}
    kept = [(each.name, each.version, each.marker) for each in plan.target.held]
    new = [(each.name, each.new, each.marker) for each in plan.changes if each.new]
    return sorted({*(each for each in kept if each[:2] not in moved), *new})


def _is_new(release: _Final, changes: Iterable[Change]) -> bool:
    return any((each.name, each.new) == release[:2] for each in changes)


def _with_markers(final: Sequence[_Final], plan: Plan, tools: Tools) -> list[_Final]:
    """Return the releases with the markers that the whole of them has: what stays may be needed elsewhere by now.

    Where uv gives a project the same marker before and after, what is written stays.
    """
    held = [(each.name, each.version, each.marker) for each in plan.target.held]
    before = _markers(held, [each.text for each in plan.target.roots], plan, tools)
    widened = {each.place: each.new for each in plan.relaxed}
    after = _markers(final, [widened.get(each.place, each.text) for each in plan.target.roots], plan, tools)
    written = {(name, before.get((name, version))): marker for name, version, marker in held}
    return [
        (name, version, written.get((name, found := after.get((name, version), marker)), found))
        for name, version, marker in final
    ]


def _markers(
    releases: Sequence[_Final], roots: Sequence[str], plan: Plan, tools: Tools
) -> Mapping[tuple[str, str], str]:
    """Return the marker of each release, as uv resolves exactly these."""
    addressed = {each.name for each in plan.target.held if not each.plain}
    pins = [f"{name}=={version}{_when(marker)}" for name, version, marker in releases if name not in addressed]
    with tempfile.TemporaryDirectory(prefix="pip-assay-") as scratch:
        write(scratch, "in.in", roots or pins)
        write(scratch, "pins.txt", pins)
        command = [*_compile(plan.target, tools), "in.in", "-", "-c", "pins.txt", "--only-binary", ":all:"]
        said = _run([*command, "--no-config"], scratch, plan.target, tools, "the markers of what it locks")
    return {(each.name, each.version): each.marker for each in lines.read(said).releases}


def _described(releases: Sequence[_Final], target: Target, tools: Tools) -> Mapping[tuple[str, str], str]:
    """Return the table of each release, as uv writes it, by name and version."""
    import tomlkit

    found: dict[tuple[str, str], str] = {}
    for group in _apart(releases):
        told = [{"name": name, "version": version, "requires-dist": []} for name, version, _ in group]
        with tempfile.TemporaryDirectory(prefix="pip-assay-") as scratch:
            write(scratch, "pins.txt", (f"{name}=={version}" for name, version, _ in group))
            write(scratch, "uv.toml", [tomlkit.dumps({"dependency-metadata": told})])
            command = [
                *_compile(target, tools), "pins.txt", "-", "--no-deps", "--config-file", "uv.toml", "-o", "pylock.toml",
            ]  # fmt: skip
            _run(command, scratch, target, tools, "the files of new releases")
            written = decoded(files.read_bytes(os.path.join(scratch, "pylock.toml")), target.inventory.target)
        found |= pylock_text.blocks(written, target.inventory.target)
    for name, version, _ in releases:
        if (name, version) not in found:
            raise Unreadable(f"no index tells the files of {name} {version}", target.inventory.target, AGAIN)
    return found


def _apart(releases: Iterable[_Final]) -> list[list[_Final]]:
    """Return the releases in groups that hold no project twice, as forks of a universal lock do."""
    groups: list[dict[str, _Final]] = []
    for each in releases:
        group = next((group for group in groups if each[0] not in group), None)
        if group is None:
            groups.append(group := {})
        group[each[0]] = each
    return [list(each.values()) for each in groups]


def _compile(target: Target, tools: Tools) -> list[str]:
    return [
        tools.find("uv"), "pip", "compile", "--universal", "--quiet", "--color", "never", "--no-header",
        "--no-annotate", "--python", sys.executable, "--no-python-downloads",
        *(["--python-version", target.python] if target.python else []), *(["--offline"] if tools.offline else []),
    ]  # fmt: skip


def _run(command: Sequence[str], scratch: str, target: Target, tools: Tools, what: str) -> str:
    indexes, seen = _indexes(target, tools)
    hosts = [f"--allow-insecure-host={host}" for host in indexes.trusted_hosts]
    ended = tools.run([*command, *hosts], scratch, given(indexes), seen)
    if ended.code:
        error = uv_answer.refusal(ended.err)
        raise Unreadable(f"uv cannot tell {what}: {error.what}", target.inventory.target, AGAIN)
    return ended.out


def _indexes(target: Target, tools: Tools) -> tuple[Index, dict[str, str]]:
    """Return the indexes that the writer of the lock asks, and the variables that uv sees."""
    _, indexes, seen = tools.uv(target.indexes, uses_pip=target.uses_pip)
    return indexes, seen


def _when(marker: str) -> str:
    return f" ; {marker}" if marker else ""


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the standard's own reader, and a dry run of an install with its hashes, say of the edited lock."""
    from packaging.pylock import Pylock, PylockValidationError

    target = plan.target
    path = os.path.join(folder, pyproject.below(target.inventory.target, target.files))
    valid = "pylock.toml as PEP 751 has it"
    try:
        Pylock.from_dict(pylock_text.document(decoded(files.read_bytes(path), path), path))
    except PylockValidationError as error:
        return (valid,), (f"the edited lock is not valid: {words.one_line(str(error))}",)
    if target.universal and target.platform:
        return (valid,), ()
    what = "an install with hashes (dry run by uv)"
    command = [
        tools.find("uv"), "pip", "install", "--dry-run", "--quiet", "--color", "never", "--no-config", "--only-binary",
        ":all:", "--require-hashes", "--python", sys.executable, "--no-python-downloads",
        "--target", os.path.join(folder, "nowhere"), *(["--python-version", target.python] if target.python else []),
        *(["--python-platform", target.platform] if target.platform else []), "-r", path,
    ]  # fmt: skip
    ended = tools.run(command, folder, "", _indexes(target, tools)[1])
    faults = (f"{what} fails: {words.one_line(words.unframed(ended.err))}",) if ended.code else ()
    return (valid, what), faults
