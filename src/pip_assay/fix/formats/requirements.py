"""Requirements files: flat, layered with -r and -c, hashed; and those that pip-compile or uv made of others.

Only pins move: the version and the hashes of a changed one, wherever it is written. What a file asks for without a pin,
or beside one ("==1.0,<2"), is a bound that its author set: it holds, or is widened where that is asked for.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import files, install, versions
from pip_assay.errors import Unreadable
from pip_assay.fix import copies
from pip_assay.fix.formats import compiled, hashes, spliced
from pip_assay.fix.formats.compiled import Head
from pip_assay.fix.formats.spliced import Added, Splice
from pip_assay.fix.nouns import Change, Edit, Held, Plan, Relaxation, Root, Target
from pip_assay.fix.tools import Tools
from pip_assay.model import INTERNAL, PYPI, Inventory
from pip_assay.settings import Outside, Settings
from pip_assay.sources import requirements as source
from pip_assay.sources.requirements.line import parse
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.requirements import Requirement, Requirements

KIND = "requirements"


class _Asked(NamedTuple):
    """What is asked for, what limits it, and the files beside those with the pins in which that is written."""

    roots: tuple[Root, ...] = ()
    limits: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


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
    asked, lost = _asked(found, heads, outside)
    head = next(iter(heads.values()), Head())
    return Target(
        inventory,
        KIND,
        tuple(_held(found, inventory)),
        asked.roots,
        asked.limits,
        python=settings.python_version or head.python,
        platform=settings.platform or head.platform,
        universal=head.universal,
        indexes=install.index_of(settings, found.options),
        files=tuple(dict.fromkeys((*found.files, *asked.files))),
        named=tuple(dict.fromkeys(named)),
        notes=tuple(f"what {path} was compiled from is not there, so its bounds are not known" for path in lost),
    )


def edits(plan: Plan, tools: Tools) -> tuple[Edit, ...]:
    """Return the files with the pins that the plan moves, and the bounds that it widens.

    Raises:
        Unreadable: a file is not as it was read, or no hash is known of a release that needs one.
    """
    target = plan.target
    found = source.read(target.named, tools.environ)
    moving = _Moving(plan)
    moved = [(each, change) for each in (*found.requirements, *found.constraints) if (change := moving.of(each))]
    needs_hashes = any(each.hashes for each in found.requirements)
    known = hashes.of([(one.name, one.new) for one in _new(plan, moved) if needs_hashes], target, tools)
    added = _added(plan, found, known)
    made = []
    for path in target.files:
        if path.endswith(".toml"):
            continue
        before = files.read_bytes(path)
        text = after = spliced.decoded(before, path)
        for each in plan.relaxed:
            if each.place.file == path:
                after = _widened(after, each)
        here = {
            Splice(one.place.line, one.version, change.new, known.get((change.name, change.new), ()) * bool(one.hashes))
            for one, change in moved
            if one.place.file == path
        }
        after = spliced.spliced(after, here, added.get(path, ()), path)
        if after != text:
            made.append(Edit(path, before, after.encode()))
    return (*made, *_of_projects(plan))


def check(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a dry run of an install says of the edited files: with their hashes, if they have them.

    What is of an address or of a folder is left out: a dry run of that could build it.
    """
    from pip_assay.fix.formats import trial
    from pip_assay.sources.resolve.uv import write

    places = copies.below(plan.target.files)
    found = source.read([os.path.join(folder, places[each]) for each in plan.target.named], tools.environ)
    plain = [each for each in found.requirements if _is_plain(each)]
    is_hashed = bool(plain) and all(each.hashes for each in plain)
    write(folder, "asked-for.txt", map(_line, plain))
    write(folder, "limits.txt", [each.text for each in found.constraints if _is_plain(each)])
    checks, faults = trial.install(
        [os.path.join(folder, "asked-for.txt")], plan.target, tools, folder,
        needs=not is_hashed or len(plain) == len(found.requirements), hashed=is_hashed, limits="limits.txt",
    )  # fmt: skip
    new = {_release(each.name, each.new) for each in plan.changes}
    moved = [each for each in plain if each.hashes and _release(each.name, each.version) in new]
    if not moved:
        return checks, faults
    return (*checks, "the hashes that the index tells of what is new"), (*faults, *_wrong(moved, plan.target, tools))


def _wrong(moved: "Iterable[Requirement]", target: Target, tools: Tools) -> Iterator[str]:
    """Yield a sentence for each release with other hashes than its index tells: a dry run of uv fetches nothing."""
    listed = list(moved)
    known = hashes.of([(each.name, each.version) for each in listed], target, tools)
    for each in listed:
        if set(each.hashes) != set(known[each.name, each.version]):
            yield f"the hashes of {each.name} {each.version} are not those that the index tells"


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
            is_plain = _is_plain(each) and each.name not in own
            yield Held(
                each.name, each.version, each.spelling, each.place, each.extras, each.marker, is_plain, each.hashes
            )  # fmt: skip
    for one in inventory.dependencies:
        pin = one.pin
        if pin.ecosystem == PYPI and pin.version and pin.name not in names and not one.inside:
            is_plain = one.origin.kind in {"index", "private index"} and pin.name not in own
            yield Held(pin.name, pin.version, one.spelling or pin.name, one.place, plain=is_plain)


def _release(name: str, version: str, marker: str = "") -> tuple[str, bytes | str, str]:
    """Return what is equal for two spellings of one release."""
    return name, versions.key(PYPI, version) or version, marker


def _asked(found: "Requirements", heads: Mapping[str, Head], outside: Outside) -> tuple[_Asked, list[str]]:
    """Return what is asked for, and the compiled files whose sources are not there.

    A file that was compiled says what from; of any other the lines without a pin are what its author asks for, and
    those with one as well, in whatever version. A file of pins alone, as `pip freeze` writes it, says nothing.
    """
    limits = [each.text for each in found.constraints if not each.version and _is_plain(each)]
    limits += [text for each in (*found.requirements, *found.constraints) if (text := _beside_the_pin(each))]
    asked = _Asked(limits=tuple(limits))
    told: set[str] = set()
    lost = []
    for path, head in heads.items():
        via = [entry for each in found.requirements if each.place.file == path for entry in each.via]
        if sources := compiled.found(head, path, via):
            told.add(path)
            asked = _joined(asked, _of_sources(sources, head, found.files, outside))
        elif head.sources:
            lost.append(path)
    others = [each for each in found.requirements if each.place.file not in told and each.name and _is_plain(each)]
    if told or not all(each.version for each in others):
        asked = asked._replace(roots=(*asked.roots, *(_root(each) for each in others)))
    return asked, lost


def _of_sources(sources: Iterable[str], head: Head, held: Sequence[str], outside: Outside) -> _Asked:
    """Return what the sources of a compiled file ask for; a pin in a file that is fixed itself asks for any version."""
    asked = _Asked()
    own = set(map(os.path.abspath, held))
    for path in sources:
        if path.endswith((".toml", ".py", ".cfg")):
            asked = _joined(asked, _of_project(path, head))
            continue
        found = source.read([path], outside.environ)
        fixed = [os.path.abspath(each.place.file) in own for each in found.requirements]
        roots = (
            _root(each) if is_fixed else Root(each.name, each.text, each.place)
            for each, is_fixed in zip(found.requirements, fixed, strict=True)
            if each.name and _is_plain(each)
        )
        limits = (each.text for each in found.constraints if os.path.abspath(each.place.file) not in own)
        beside = (each for each in found.files if os.path.abspath(each) not in own)
        asked = _joined(asked, _Asked(tuple(roots), tuple(limits), tuple(beside)))
    return asked


def _of_project(path: str, head: Head) -> _Asked:
    from pip_assay.sources import manifests

    declared = manifests.read(path)
    roots = (
        Root(each.name, each.text, each.place, each.group)
        for each in declared.roots
        if each.name and (each.group in {"runtime", *head.groups} or f"{each.group.partition(':')[0]}:*" in head.groups)
    )
    return _Asked(tuple(roots), declared.constraints, (path,))


def _joined(one: _Asked, other: _Asked) -> _Asked:
    return _Asked(
        tuple(dict.fromkeys((*one.roots, *other.roots))),
        tuple(dict.fromkeys((*one.limits, *other.limits))),
        tuple(dict.fromkeys((*one.files, *other.files))),
    )


def _is_plain(requirement: "Requirement") -> bool:
    return requirement.origin.kind == "index" and not requirement.editable


def _root(requirement: "Requirement") -> Root:
    """Return what a line asks for: of a pin whatever version."""
    text = _with_bounds(requirement, "") if requirement.version else requirement.text
    return Root(requirement.name, text, requirement.place)


def _with_bounds(requirement: "Requirement", bounds: str) -> str:
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    when = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{requirement.name}{extras}{bounds}{when}"


def _beside_the_pin(requirement: "Requirement") -> str:
    """Return the bounds that a line sets beside its pin, as a constraint: of "==1.0,<2" that is "<2"."""
    if not (requirement.version and _is_plain(requirement) and "," in requirement.specifier):
        return ""
    clauses = (each.strip() for each in requirement.specifier.split(","))
    bounds = ",".join(each for each in clauses if each.lstrip("= ") != requirement.version)
    return _with_bounds(requirement._replace(extras=()), bounds) if bounds else ""


def _line(requirement: "Requirement") -> str:
    return requirement.text + "".join(f" --hash={each}" for each in requirement.hashes)


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
        if not (requirement.version and _is_plain(requirement)):
            return None
        key = _release(requirement.name, requirement.version, requirement.marker)
        if place := self._held.get(key):
            return self._by_place.get((requirement.name, place))
        several = self._by_release.get(_release(requirement.name, requirement.version), [])
        return several[0] if len(several) == 1 else None


def _new(plan: Plan, moved: "Iterable[tuple[Requirement, Change]]") -> list[Change]:
    """Return the changes whose new releases are written into the files."""
    return [each for each in (*(change for _, change in moved), *_incoming(plan)) if each.new]


def _incoming(plan: Plan) -> list[Change]:
    return [each for each in plan.changes if not each.old and each.new]


def _added(
    plan: Plan, found: "Requirements", known: Mapping[tuple[str, str], tuple[str, ...]]
) -> dict[str, list[Added]]:
    """Return the pins that come in, by the file that they are written into: that of what needs them.

    Files that leave some of what they need to the installer get none.
    """
    pins = {each.name: each for each in (*found.constraints, *found.requirements) if each.version}
    if not pins or any(each.name not in pins for each in plan.target.held):
        return {}
    made: dict[str, list[Added]] = {}
    for change in _incoming(plan):
        parent = next((pins[name] for name in change.needed_by if name in pins), next(iter(pins.values())))
        when = f" ; {change.marker}" if change.marker else ""
        text = f"{change.name}=={change.new}{when}"
        one = Added(change.name, text, known.get((change.name, change.new), ()), change.needed_by)
        made.setdefault(parent.place.file, []).append(one)
    return made


def _widened(text: str, relaxed: Relaxation) -> str:
    """Return the text with other bounds in a line, and all else of it as it is.

    Raises:
        Unreadable: the line does not hold them.
    """
    old, new = parse(relaxed.old), parse(relaxed.new)
    bounds = (old.specifier, new.specifier) if old and new and old.specifier else (relaxed.old, relaxed.new)
    return spliced.replaced(text, relaxed.place.line, *bounds, relaxed.place.file)


def _of_projects(plan: Plan) -> tuple[Edit, ...]:
    """Return the manifests with the bounds that the plan widens."""
    relaxed = [each for each in plan.relaxed if each.place.file.endswith(".toml")]
    if not relaxed:
        return ()
    from pip_assay.fix.formats.pyproject import widened

    return widened(relaxed)
