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
from pip_assay.fix.formats import compiled, pylock_text, pyproject, tool_lock
from pip_assay.fix.formats.pylock_markers import Final, pinned, with_markers
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
        final = with_markers(final, plan, _compile(plan.target, tools), tools)
    fresh = _described([each for each in final if _is_new(each, plan.changes)], plan.target, tools)
    moved = {(each.name, each.old) for each in plan.changes if each.old}
    after = pylock_text.replaced(text, moved, fresh, {each[:2]: each.marker for each in final}, path)
    if pylock_text.releases(after, path) != sorted(each[:2] for each in final):
        raise Unreadable("could not be changed without losing something of it", path, AGAIN)
    edited = (Edit(path, before, after.encode()),) if after != text else ()
    return (*edited, *pyproject.widened(plan.relaxed))


def _final(plan: Plan) -> list[Final]:
    moved = {(each.name, each.old) for each in plan.changes if each.old}
    kept = [Final(each.name, each.version, each.marker) for each in plan.target.held]
    new = [Final(each.name, each.new, each.marker) for each in plan.changes if each.new]
    return sorted({*(each for each in kept if each[:2] not in moved), *new})


def _is_new(release: Final, changes: Iterable[Change]) -> bool:
    return any((each.name, each.new) == release[:2] for each in changes)


def _described(releases: Sequence[Final], target: Target, tools: Tools) -> Mapping[tuple[str, str], str]:
    """Return the table of each release, as uv writes it, by name and version."""
    import tomlkit

    path = target.inventory.target
    found: dict[tuple[str, str], str] = {}
    for group in _apart(releases):
        told = [{"name": name, "version": version, "requires-dist": []} for name, version, _ in group]
        with tempfile.TemporaryDirectory(prefix="pip-assay-") as scratch:
            write(scratch, "pins.txt", map(pinned, group))
            write(scratch, "uv.toml", [tomlkit.dumps({"dependency-metadata": told})])
            command = [
                *_compile(target, tools), "pins.txt", "-", "--no-deps", "--config-file", "uv.toml", "-o", "pylock.toml",
            ]  # fmt: skip
            _run(command, scratch, target, tools)
            written = tool_lock.read(scratch, "uv", path, name="pylock.toml")
        found |= pylock_text.blocks(written, path)
    for name, version, _ in releases:
        if (name, version) not in found:
            raise Unreadable(f"no index tells the files of {name} {version}", path, AGAIN)
    return found


def _apart(releases: Iterable[Final]) -> list[list[Final]]:
    """Return the releases in groups that hold no project twice, as forks of a universal lock do."""
    groups: list[dict[str, Final]] = []
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
        *(f"--allow-insecure-host={host}" for host in _indexes(target, tools)[0].trusted_hosts),
    ]  # fmt: skip


def _run(command: Sequence[str], scratch: str, target: Target, tools: Tools) -> None:
    indexes, seen = _indexes(target, tools)
    ended = tools.run(command, scratch, given(indexes), seen)
    if ended.code:
        error = uv_answer.refusal(ended.err)
        raise Unreadable(f"uv cannot tell the files of new releases: {error.what}", target.inventory.target, AGAIN)


def _indexes(target: Target, tools: Tools) -> tuple[Index, dict[str, str]]:
    """Return the indexes that the writer of the lock asks, and the variables that uv sees."""
    _, indexes, seen = tools.uv(target.indexes, uses_pip=target.uses_pip)
    return indexes, seen


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
    # Of a lock uv asks no metadata, so that nothing is built in a dry run, also of what has no wheel.
    command = [
        tools.find("uv"), "pip", "install", "--dry-run", "--quiet", "--color", "never", "--no-config",
        "--require-hashes", "--python", sys.executable, "--no-python-downloads", "--target",
        os.path.join(folder, "nowhere"), *(["--python-version", target.python] if target.python else []),
        *(["--python-platform", target.platform] if target.platform else []), "-r", path,
    ]  # fmt: skip
    ended = tools.run(command, folder, "", _indexes(target, tools)[1])
    faults = (f"{what} fails: {words.one_line(words.unframed(ended.err))}",) if ended.code else ()
    return (valid, what), faults
