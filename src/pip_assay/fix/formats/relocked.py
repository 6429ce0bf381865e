"""What Poetry and PDM have in common: a lock beside a pyproject.toml, locked again by its tool in a copy of both.

In the copy there is no code of the project; what is installed from a folder is there as its pyproject.toml alone, which
names no build backend that there is, so that a tool can read it and cannot build it.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import bounds, lock_text, pyproject, tool_lock, uv_copy, uv_held
from pip_assay.fix.formats.spliced import decoded
from pip_assay.fix.formats.uv_held import Ask, Package
from pip_assay.fix.nouns import Edit, Plan, Root, Target
from pip_assay.fix.tools import Tools
from pip_assay.model import Inventory, Problem
from pip_assay.names import normalise
from pip_assay.settings import Settings
from pip_assay.sources.documents import toml
from pip_assay.sources.resolve import Index, words
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.manifest import Manifest
    from pip_assay.sources.resolve.process import Ended

MANIFEST = "pyproject.toml"
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Owner(NamedTuple):
    """The tool that writes a lock: its program, the file's kind, and the prefix of the variables that are its own."""

    name: str
    kind: str
    prefix: str


def load(inventory: Inventory, hint: str) -> toml.Table:
    """Return the whole of a lock.

    Raises:
        Unreadable: it is no TOML, or has no project beside it.
    """
    path = inventory.target
    loaded = toml.load(path, hint)
    if isinstance(loaded, Problem):
        raise Unreadable(loaded.what, str(loaded.place or path), loaded.hint)
    if not os.path.isfile(manifest_of(path)):
        raise Unreadable("has no pyproject.toml beside it, by which it could be locked again", path, "fix it there")
    return loaded[0]


def manifest_of(path: str) -> str:
    """Return the path of the manifest beside a lock."""
    return os.path.join(os.path.dirname(path), MANIFEST)


def target(
    inventory: Inventory, settings: Settings, kind: str, found: "Manifest", locked: Sequence[Package], python: str
) -> Target:
    """Return what a lock holds and its project asks for; `python` is what the lock says of Pythons."""
    asked = pyproject.asked(found)
    held = uv_held.held(locked, [each for root in asked if (each := ask(root.text))], inventory.dependencies, ())
    requires = found.python or python
    return Target(
        inventory,
        kind,
        tuple(held),
        tuple(
            dict.fromkeys(pyproject.told_apart(Root(each.name, each.text, each.place, each.group) for each in asked))
        ),
        pyproject.limits(manifest_of(inventory.target), found),
        found.overrides,
        python=settings.python_version or lowest(requires),
        platform=settings.platform,
        universal=not (settings.python_version or settings.platform),
        indexes=Index(settings.index_url or found.index_url, settings.extra_index_urls or found.extra_index_urls),
        files=(inventory.target, manifest_of(inventory.target)),
        below=pyproject.below_python(requires),
    )


def ask(text: str, locked: Mapping[str, Sequence[str]] | None = None) -> Ask | None:
    """Return what a requirement asks for; of the `locked` versions of its project the one that it allows, if only one.

    A requirement that cannot be read asks for nothing that is known.
    """
    from pip_assay.sources.manifests import requirement

    parsed = requirement.parse(text)
    if parsed is None:
        return None
    name = normalise(parsed.name)
    fitting = [each for each in (locked or {}).get(name, ()) if parsed.specifier.contains(each, prereleases=True)]
    extras = tuple(sorted(map(normalise, parsed.extras)))
    return Ask(name, fitting[0] if len(fitting) == 1 else "", extras, str(parsed.marker or ""))


def lowest(requires: str) -> str:
    """Return the lowest Python of a specifier, "3.9"; empty where it has none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import Version

    try:
        limits = SpecifierSet(requires)
    except InvalidSpecifier:
        return ""
    found = (each.version.removesuffix(".*") for each in limits if each.operator in {">=", ">", "~=", "==", "==="})
    return max((each for each in found if "." in each), key=Version, default="")


@contextmanager
def copy(plan: Plan) -> "Iterator[tuple[str, tuple[Edit, ...]]]":
    """Give a folder with the lock, the manifest with the bounds that the plan widens, and the edits that widen them.

    Raises:
        Unreadable: a file cannot be read or copied, or a bound is not the project's own.
    """
    import tempfile

    path = plan.target.inventory.target
    widened = pyproject.widened(plan.relaxed)
    if outer := next((each.path for each in widened if each.path not in plan.target.files), ""):
        raise Unreadable("is not part of the project, so its bounds are not changed", outer, bounds.BY_HAND)
    edited = {each.path: each.after for each in widened}
    with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
        root = os.path.dirname(os.path.abspath(path))
        near = _local(plan.target.inventory, root)
        top = os.path.commonpath([root, *near])
        folder = os.path.join(os.path.realpath(scratch), os.path.relpath(root, top))
        try:
            os.makedirs(folder, exist_ok=True)
            for each in plan.target.files:
                write(folder, os.path.basename(each), edited.get(each) or files.read_bytes(each))
            for each in near:
                _place(each, os.path.join(os.path.realpath(scratch), os.path.relpath(each, top)))
        except OSError as error:
            what = f"no copy of the project can be made to lock it ({files.reason(error)})"
            raise Unreadable(what, path, "make room on the disk") from None
        yield folder, widened


def write(folder: str, name: str, content: bytes) -> None:
    """Write a file of the copy."""
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


def run(owner: Owner, command: Sequence[str], folder: str, tools: Tools, added: Mapping[str, str]) -> "Ended":
    """Return how the tool ended in a folder; it sees its own variables, with `added` in their place.

    Raises:
        Unreadable: it is not on this machine, or needs the network and may not have it.
    """
    if tools.offline:
        raise Unreadable(f"{owner.name} cannot lock without the network (--offline)", hint="drop --offline")
    own = {name: value for name, value in tools.environ.items() if name.startswith(owner.prefix)}
    own |= {name: os.path.abspath(tools.environ[name]) for name in CERTIFICATES if tools.environ.get(name)}
    return tool_lock.run(tools, [tools.find(owner.name), *command], folder, {**own, **added})


def finished(
    owner: Owner, plan: Plan, folder: str, widened: tuple[Edit, ...], tools: Tools, forms: tuple[str, str]
) -> tuple[Edit, ...]:
    """Return the edits of a plan once the tool has locked the copy.

    forms  the table and key under which the lock says its form: ("metadata", "lock-version").

    Raises:
        Unreadable: other releases have moved than the planned ones, or the lock would be written in another form.
    """
    path = plan.target.inventory.target
    before = files.read_bytes(path)
    old = decoded(before, path)
    new = tool_lock.read(folder, owner.name, path)
    was, is_now = (_form(each, forms) for each in (old, new))
    if was != is_now and not tools.reformat:
        what = f"is in form {was}, and this {owner.name} would write all of it anew in form {is_now}"
        raise Unreadable(what, path, f"use the {owner.name} that wrote it, or allow it with --reformat")
    lock_text.check_moves(plan, tool_lock.versions(old), tool_lock.versions(new), owner.name)
    after = new if was != is_now else lock_text.merged(old, new, path)
    return (*([Edit(path, before, after.encode())] if after != old else []), *widened)


def said(ended: "Ended") -> str:
    """Return all that a tool has said, on one line."""
    return words.unframed(f"{ended.err}\n{ended.out}")


def _form(text: str, forms: tuple[str, str]) -> str:
    import tomllib

    table = tomllib.loads(text).get(forms[0])
    return str(table.get(forms[1], "")) if isinstance(table, dict) else ""


def _local(inventory: Inventory, root: str) -> list[str]:
    """Return the folders and archives of this machine that the lock names by relative paths."""
    named = (each.origin.location for each in inventory.dependencies if each.origin.kind in {"path", "editable"})
    return [os.path.normpath(os.path.join(root, each)) for each in dict.fromkeys(named) if each and "://" not in each]


def _place(path: str, there: str) -> None:
    """Put an archive into the copy as a link, and a folder as its manifest alone, by which nothing can be built."""
    import tomllib

    import tomlkit

    if os.path.isfile(path):
        os.makedirs(os.path.dirname(there), exist_ok=True)
        os.symlink(os.path.realpath(path), there)
        return
    manifest = os.path.join(path, MANIFEST)
    if not os.path.isfile(manifest):
        raise Unreadable("is not described by a pyproject.toml, so only a build could tell what it needs", path)
    try:
        values = tomllib.loads(decoded(files.read_bytes(manifest), manifest).removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError):
        raise Unreadable("is not valid TOML", manifest, "correct it") from None
    values["build-system"] = uv_copy.NO_BACKEND
    os.makedirs(there, exist_ok=True)
    write(there, MANIFEST, tomlkit.dumps(values).encode())
