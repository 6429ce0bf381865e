"""pyproject.toml: exact pins are moved, and bounds are widened where that is asked for; all else in it stays as it was.

Without a lock nothing else is written down: what an install brings in is the newest that the bounds allow.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import bounds, spliced
from pip_assay.fix.nouns import Change, Edit, Held, Plan, Relaxation, Root, Target
from pip_assay.fix.planning.lines import limits_something
from pip_assay.fix.tools import Tools
from pip_assay.model import Inventory, Place
from pip_assay.names import normalise
from pip_assay.settings import Outside, Settings
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.manifest import Manifest
    from pip_assay.sources.resolve import Root as Asked

KIND = "pyproject"
BUILD = "build"
CONSTRAINTS = ("tool", "uv", "constraint-dependencies")


class Rewrite(NamedTuple):
    """One requirement of a file and what its specifier becomes: "<2", ">=2.2.5"."""

    place: Place
    old: str
    new: str


def read(inventory: Inventory, settings: Settings, outside: Outside) -> Target:  # noqa: ARG001 - of every format
    """Return what a resolver found for the file, and what the file asks for; an exact pin of it may be moved.

    Raises:
        Unreadable: no resolver has answered, so that nothing is known to be held.
    """
    from pip_assay.sources import manifests
    from pip_assay.sources.resolve import Index

    found = manifests.read(inventory.target)
    held = tuple(_held(inventory, {each.name for each in asked(found)}))
    if not held and inventory.dependencies:
        hint = "lock it, or audit the environment that it is installed in"
        raise Unreadable("what it brings in is not known, so nothing can be planned", inventory.target, hint)
    return Target(
        inventory,
        KIND,
        held,
        tuple(told_apart(_roots(found, held))),
        limits(inventory.target, found),
        found.overrides,
        python=settings.python_version,
        platform=settings.platform,
        indexes=Index(settings.index_url or found.index_url, settings.extra_index_urls or found.extra_index_urls),
        files=tuple(dict.fromkeys((inventory.target, *(each.place.file for each in asked(found))))),
    )


def edits(plan: Plan, tools: Tools) -> tuple[Edit, ...]:  # noqa: ARG001 - of every format
    """Return the files with the pins that the plan moves, and the bounds that it widens.

    Raises:
        Unreadable: a requirement is written in a way that cannot be changed alone.
    """
    from pip_assay.sources import manifests

    found = manifests.read(plan.target.inventory.target)
    moved = [each for root in asked(found) if (each := _moved(root, plan.changes))]
    return rewritten([*moved, *map(_widened, plan.relaxed)])


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a dry run of an install of all that the edited file asks for says."""
    from pip_assay.fix.formats import trial
    from pip_assay.sources import manifests
    from pip_assay.sources.resolve.uv import write

    found = manifests.read(os.path.join(folder, below(plan.target.inventory.target, plan.target.files)))
    write(folder, "asked-for.txt", dict.fromkeys(each.text for each in asked(found) if " @ " not in each.text))
    return trial.install([os.path.join(folder, "asked-for.txt")], plan.target, tools, folder)


def widened(relaxed: Iterable[Relaxation]) -> tuple[Edit, ...]:
    """Return the manifests with these bounds widened.

    Raises:
        Unreadable: a requirement is written in a way that cannot be changed alone.
    """
    return rewritten(map(_widened, relaxed))


def rewritten(rewrites: Iterable[Rewrite]) -> tuple[Edit, ...]:
    """Return the files with these requirements rewritten, each where it is written; only their specifiers change.

    Raises:
        Unreadable: a requirement is written in a way that cannot be changed alone.
    """
    by_file: dict[str, set[Rewrite]] = {}
    for each in rewrites:
        by_file.setdefault(each.place.file, set()).add(each)
    made = []
    for path, wanted in sorted(by_file.items()):
        before = files.read_bytes(path)
        after = before_text = spliced.decoded(before, path)
        # From the end, so that what is before a place stays where it is.
        for each in sorted(wanted, reverse=True):
            after = _rewritten(after, each)
        if after != before_text:
            made.append(Edit(path, before, after.encode()))
    return tuple(made)


def below(path: str, every: Iterable[str]) -> str:
    """Return where a file is in a copy of several of them, which keeps how they lie to each other."""
    top = os.path.commonpath([os.path.dirname(os.path.abspath(each)) for each in every])
    return os.path.relpath(os.path.abspath(path), top)


def _rewritten(text: str, rewrite: Rewrite) -> str:
    if rewrite.place.file.endswith(".toml"):
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        return mark + bounds.rewritten(text.removeprefix(mark), rewrite.place, rewrite.new)
    return spliced.replaced(text, rewrite.place.line, rewrite.old, rewrite.new, rewrite.place.file)


def _held(inventory: Inventory, named: Collection[str]) -> Iterator[Held]:
    """Yield what an install brings in; what the file does not name, is what the index has today and no more."""
    for each in inventory.dependencies:
        if each.pin.version and not each.inside and BUILD not in each.groups[:1]:
            is_plain = each.origin.kind in {"index", "private index"}
            yield Held(
                each.pin.name, each.pin.version, each.spelling or each.pin.name, each.place, plain=is_plain,
                marker=each.marker, written=each.pin.name in named,
            )  # fmt: skip


def asked(found: "Manifest") -> "Sequence[Asked]":
    """Return what is installed with the project: not what only its build needs."""
    return [each for each in found.roots if each.group != BUILD and each.name]


def _roots(found: "Manifest", held: Iterable[Held]) -> Iterator[Root]:
    """Yield the requirements; one that pins the held release asks for any, because its pin may be moved."""
    pins = {(each.name, each.version) for each in held}
    for each in asked(found):
        version = pinned(each.text)
        yield Root(each.name, bare(each.text) if (each.name, version) in pins else each.text, each.place, each.group)


def limits(path: str, found: "Manifest") -> tuple[Root, ...]:
    """Return the constraints of a manifest, each where it is written; one without a place there is not widened."""
    from pip_assay.sources.manifests import document, requirement
    from pip_assay.sources.manifests.declared import Declared

    places: dict[str, Place] = {}
    read = document.read(path, Declared(path)) if found.constraints and path.endswith(".toml") else None
    for number, text in enumerate(read.texts(*CONSTRAINTS) if read else ()):
        places[text] = read.place((*CONSTRAINTS, number), requirement.name_of(text)) if read else Place(path)
    return tuple(
        Root(normalise(requirement.name_of(each)), each, place, widens=place.line > 0)
        for each in found.constraints
        for place in [places.get(each, Place(path))]
    )


def pinned(text: str) -> str:
    """Return the one version that a requirement allows, empty where it allows several."""
    from pip_assay.sources.manifests import requirement

    parsed = requirement.parse(text)
    return requirement.pinned(parsed) if parsed else ""


def bare(text: str) -> str:
    """Return the requirement without its bounds."""
    from pip_assay.sources.manifests import requirement

    parsed = requirement.parse(text)
    return requirement.write(parsed.name, parsed.extras, marker=str(parsed.marker or "")) if parsed else text


def lowest(requires: str) -> str:
    """Return the lowest Python of a specifier, "3.9"; empty where it has none."""
    found = re.findall(r"(?:>=?|~=|===?)\s*([0-9]+(?:\.[0-9]+){1,2})", requires)
    return max(found, key=lambda each: [*map(int, each.split("."))], default="")


def below_python(requires: str) -> str:
    """Return the minor Python that a specifier ends before, "3.13"; empty where it has no such end."""
    found = re.findall(r"<\s*(3\.[0-9]+)(?:\.0)?(?=\s*(?:,|$))", requires)
    return min(found, key=lambda each: [*map(int, each.split("."))], default="")


def specifier(text: str) -> str:
    """Return the bounds of a requirement: ">=2.2.5"."""
    from pip_assay.sources.manifests import requirement

    parsed = requirement.parse(text)
    return str(parsed.specifier) if parsed else ""


def _moved(root: "Asked", changes: Iterable[Change]) -> Rewrite | None:
    """Return how the pin of a requirement is moved, None where it has none that is moved."""
    version = pinned(root.text)
    for each in changes:
        if version and each.new and (each.name, each.old) == (normalise(root.name), version):
            return Rewrite(root.place, f"=={version}", f"=={each.new}")
    return None


def told_apart(roots: Iterable[Root]) -> Iterator[Root]:
    """Yield the requirements, of which those are not widened that cannot be changed alone where they are written."""
    texts: dict[str, str] = {}
    for root in roots:
        yield root._replace(widens=root.widens and (not limits_something(root) or _is_alone(root, texts)))


def _is_alone(root: Root, texts: dict[str, str]) -> bool:
    path = root.place.file
    try:
        if path not in texts:
            texts[path] = spliced.decoded(files.read_bytes(path), path)
        _rewritten(texts[path], _widened(Relaxation(root.place, root.text, f"{root.name}>=0")))
    except Unreadable:
        return False
    return True


def _widened(relaxed: Relaxation) -> Rewrite:
    old = re.search(re.escape(specifier(relaxed.old)), relaxed.old)
    return Rewrite(relaxed.place, old[0] if old else relaxed.old, specifier(relaxed.new))
