"""Requirements files: flat, layered with -r and -c, hashed; and those that pip-compile or uv made of others.

Only pins move: the version and the hashes of a changed one, wherever it is written. What a file asks for without a pin,
or beside one ("==1.0,<2"), is a bound that its author set: it holds, or is widened where that is asked for.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import files, install, versions
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import added, asked, compiled, hashes, spliced
from pip_assay.fix.formats.asked import is_plain
from pip_assay.fix.formats.compiled import Head
from pip_assay.fix.formats.spliced import Splice
from pip_assay.fix.nouns import Change, Edit, Held, Plan, Relaxation, Target
from pip_assay.fix.tools import Tools
from pip_assay.model import INTERNAL, PYPI, Inventory
from pip_assay.settings import Outside, Settings
from pip_assay.sources import requirements as source
from pip_assay.sources.requirements.line import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.requirements import Requirement, Requirements

KIND = "requirements"


def read(inventory: Inventory, settings: Settings, outside: Outside) -> Target:
    """Return what the files hold, and what they, or those that they were compiled from, ask for.

    Raises:
        Unreadable: they are no files of this machine, hold what no installer takes, or were exported from a lock.
    """
    named = _named(inventory, settings)
    found = source.read(named, outside.environ, may_know=install.Indexes(settings, outside).__contains__)
    texts = {path: _text(path) for path in found.files}
    _refuse(inventory, found, texts)
    heads = {path: head for path, text in texts.items() if (head := compiled.head(text))}
    wanted = asked.of(found, heads, outside.environ)
    head = next(iter(heads.values()), Head())
    return Target(
        inventory,
        KIND,
        tuple(_held(found, inventory)),
        wanted.roots,
        wanted.limits,
        python=settings.python_version or head.python,
        platform=settings.platform or head.platform,
        universal=head.universal,
        indexes=install.index_of(settings, found.options),
        files=tuple(dict.fromkeys((*found.files, *wanted.files))),
        named=tuple(dict.fromkeys(named)),
        notes=wanted.notes,
    )


def edits(plan: Plan, tools: Tools) -> tuple[Edit, ...]:
    """Return the files with the pins that the plan moves, and the bounds that it widens.

    Raises:
        Unreadable: a file is not as it was read, or no hash is known of a release that needs one.
    """
    target = plan.target
    found = source.read(target.named, tools.environ)
    moving = _Moving(plan)
    pinned = {each.place: each for each in (*found.requirements, *found.constraints) if each.version}
    moved = [(each, change) for each in (*found.requirements, *found.constraints) if (change := moving.of(each))]
    needs_hashes = any(each.hashes for each in found.requirements)
    known = hashes.of([(one.name, one.new) for one in _new(plan, moved) if needs_hashes], target, tools)
    coming = added.of(plan, found, known, tools.environ)
    made = []
    for path in target.files:
        if path.endswith(".toml"):
            continue
        before = files.read_bytes(path)
        text = after = spliced.decoded(before, path)
        for each in plan.relaxed:
            if each.place.file == path:
                after = _widened(after, each, pinned.get(each.place))
        here = {
            Splice(one.place.line, one.version, change.new, known.get((change.name, change.new), ()) * bool(one.hashes))
            for one, change in moved
            if one.place.file == path
        }
        after = spliced.spliced(after, here, coming.get(path, ()), path)
        if after != text:
            made.append(Edit(path, before, after.encode()))
    return (*made, *_of_projects(plan))


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a dry run of an install says of the edited files: with their hashes, if they have them."""
    from pip_assay.fix.formats import tried

    return tried.of(plan, folder, tools)


def _named(inventory: Inventory, settings: Settings) -> Sequence[str]:
    """Return the files that a person named for this inventory.

    Raises:
        Unreadable: one is no file.
    """
    joined = ", ".join(dict.fromkeys(settings.requirements))
    paths = settings.requirements if settings.requirements and inventory.target == joined else (inventory.target,)
    for path in paths:
        if path in {"-", "standard input"} or "://" in path or not os.path.isfile(path):
            what = "cannot be fixed, because it is no file"
            raise Unreadable(what, inventory.target, "save it as a file, and fix that")
    return paths


def _refuse(inventory: Inventory, found: "Requirements", texts: Mapping[str, str]) -> None:
    """Refuse files of which a fix would not be what people, or their other tools, have.

    Raises:
        Unreadable: as it says.
    """
    for path, place in found.locks:
        raise Unreadable(f"includes {path}, which is a lock", str(place), "fix that by itself, without this file")
    for each in inventory.problems:
        if each.gap == "duplicate":
            raise Unreadable(f"{each.subject} {each.what}", str(each.place or inventory.target), each.hint)
    for path, text in texts.items():
        lock = compiled.exported_from(text)
        if lock and os.path.isfile(beside := os.path.join(os.path.dirname(path), lock)):
            what = f"was exported from {beside}, which a change here would contradict"
            raise Unreadable(what, path, f"fix {beside}, and export it again")


def _text(path: str) -> str:
    """Return a file's text, for what its comments say.

    Raises:
        Unreadable: it is no file of this machine.
    """
    if not os.path.isfile(path):
        hint = "save it beside the others, include it from there, and fix that"
        raise Unreadable("is not named by a path of this machine, so it cannot be fixed", path, hint)
    return files.read_bytes(path).decode("utf-8", "replace")


def _held(found: "Requirements", inventory: Inventory) -> Iterator[Held]:
    """Yield what is pinned, each fork of it, then what a resolver answered for what is not."""
    own = {each.pin.name for each in inventory.dependencies if each.skipped == INTERNAL}
    pinned = [each for each in found.requirements if each.version and each.name]
    names = {each.name for each in pinned}
    seen = set()
    for each in pinned:
        if (key := _release(each.name, each.version, each.marker)) not in seen:
            seen.add(key)
            plain = is_plain(each) and each.name not in own
            yield Held(
                each.name, each.version, each.spelling, each.place, each.extras, each.marker, plain, each.hashes,
                address=_wheel(each),
            )  # fmt: skip
    for one in inventory.dependencies:
        pin = one.pin
        if pin.ecosystem == PYPI and pin.version and pin.name not in names and not one.inside:
            plain = one.origin.kind in {"index", "private index"} and pin.name not in own
            yield Held(pin.name, pin.version, one.spelling or pin.name, one.place, plain=plain)
    # Where it is not known what all is brought in, as of what has no wheel, all that is limited to a release is held.
    if any(each.gap == "unresolved" for each in inventory.problems):
        names |= {each.pin.name for each in inventory.dependencies if each.pin.version}
        pins = {_release(each.name, each.version, each.marker): each for each in found.constraints if is_plain(each)}
        for each in pins.values():
            if each.version and each.name not in names:
                yield Held(
                    each.name, each.version, each.spelling, each.place, marker=each.marker, plain=each.name not in own
                )


def _wheel(requirement: "Requirement") -> str:
    """Return the address of the wheel that a line names, of which a solver can read what it requires; else nothing."""
    parts = None if is_plain(requirement) or requirement.editable else parse(requirement.text)
    address = parts.address if parts else ""
    is_wheel = address.partition("#")[0].partition("?")[0].endswith(".whl") and "${" not in address
    return address if is_wheel and address.startswith(("https:", "http:", "file:")) else ""


def _release(name: str, version: str, marker: str = "") -> tuple[str, bytes | str, str]:
    """Return what is equal for two spellings of one release."""
    return name, versions.key(PYPI, version) or version, marker


class _Moving:
    """Tells which change a written pin takes part in: that of the release, and of several forks that of its marker."""

    def __init__(self, plan: Plan) -> None:
        moving = [each for each in plan.changes if each.old]
        places = Counter((each.name, place) for each in moving for place in each.places)
        for (name, place), count in places.items():
            if count > 1:
                hint = "compile the file again, or write a line for each marker"
                raise Unreadable(f"{name} would have to become several releases, by marker", str(place), hint)
        self._held = {_release(each.name, each.version, each.marker): each.place for each in plan.target.held}
        self._by_place = {(each.name, place): each for each in moving for place in each.places}
        self._by_release: dict[tuple[str, bytes | str, str], list[Change]] = {}
        for each in moving:
            self._by_release.setdefault(_release(each.name, each.old), []).append(each)

    def of(self, requirement: "Requirement") -> Change | None:
        """Return the change, None where the pin stays."""
        if not (requirement.version and is_plain(requirement)):
            return None
        key = _release(requirement.name, requirement.version, requirement.marker)
        if place := self._held.get(key):
            return self._by_place.get((requirement.name, place))
        several = self._by_release.get(_release(requirement.name, requirement.version), [])
        return several[0] if len(several) == 1 else None


def _new(plan: Plan, moved: "Iterable[tuple[Requirement, Change]]") -> list[Change]:
    """Return the changes whose new releases are written into the files."""
    return [each for each in (*(change for _, change in moved), *added.incoming(plan)) if each.new]


def _widened(text: str, relaxed: Relaxation, pinned: "Requirement | None") -> str:
    """Return the text with other bounds in a line, and all else of it as it is; beside a pin it needs none.

    Raises:
        Unreadable: the line does not hold them.
    """
    old, new = parse(relaxed.old), parse(relaxed.new)
    bounds = (old.specifier, new.specifier) if old and new and old.specifier else (relaxed.old, relaxed.new)
    if pinned:
        bounds = (pinned.specifier, f"=={pinned.version}")
    return spliced.replaced(text, relaxed.place.line, *bounds, relaxed.place.file)


def _of_projects(plan: Plan) -> tuple[Edit, ...]:
    """Return the manifests with the bounds that the plan widens."""
    relaxed = [each for each in plan.relaxed if each.place.file.endswith(".toml")]
    if not relaxed:
        return ()
    from pip_assay.fix.formats.pyproject import widened

    return widened(relaxed)
