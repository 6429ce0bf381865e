"""Requirements files as they are to be, tried: each that is edited can be installed, and its sources allow it.

What is of an address or of a folder is left out: a dry run of that could build it.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

from pip_assay import versions
from pip_assay.fix import copies
from pip_assay.fix.formats import hashes, pyproject, trial
from pip_assay.fix.formats.asked import is_plain, written
from pip_assay.fix.nouns import Plan, Target
from pip_assay.fix.tools import Tools
from pip_assay.model import PYPI
from pip_assay.sources import manifests
from pip_assay.sources import requirements as source
from pip_assay.sources.manifests import requirement
from pip_assay.sources.resolve.uv import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.requirements import Requirement, Requirements

HASHES = "the index's hashes of what is new"


def of(plan: Plan, folder: str, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what was tried of the files that a folder holds as they are to be, and what is wrong."""
    target = plan.target
    placed = {path: os.path.join(folder, place) for path, place in copies.below(target.files).items()}
    found = source.read([placed[each] for each in target.named], tools.environ)
    limits = [*_limits(found), *_bounds(plan, placed, found, tools)]
    checks, faults = _install(found, limits, target, folder, tools)
    faults = (*faults, *_alone(target, placed, folder, tools))
    new = {_release(each.name, each.new) for each in plan.changes}
    moved = [each for each in found.requirements if each.hashes and _release(each.name, each.version) in new]
    if not moved:
        return checks, faults
    return (*checks, HASHES), (*faults, *_wrong(moved, target, tools))


def _install(
    found: "Requirements", limits: Iterable[str], target: Target, folder: str, tools: Tools
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a dry run of an install says. What has hashes is tried twice: uv takes no bounds beside hashes."""
    plain = [each for each in found.requirements if is_plain(each)]
    is_hashed = _is_hashed(plain)
    limits = list(limits)
    paths = [os.path.join(folder, "asked-for.txt")]
    needs = not is_hashed or len(plain) == len(found.requirements)
    write(folder, "asked-for.txt", (each.text + "".join(f" --hash={one}" for one in each.hashes) for each in plain))
    write(folder, "limits.txt", limits)
    bounded = "" if is_hashed else "limits.txt"
    checks, faults = trial.install(paths, target, tools, folder, needs=needs, hashed=is_hashed, limits=bounded)
    if is_hashed and limits and not faults:
        _, faults = trial.install(paths, target, tools, folder, needs=needs, limits="limits.txt")
    return checks, faults


def _limits(found: "Requirements") -> Iterator[str]:
    return (written(each._replace(extras=()), each.specifier) for each in found.constraints if is_plain(each))


def _bounds(plan: Plan, placed: Mapping[str, str], found: "Requirements", tools: Tools) -> Iterator[str]:
    """Yield what the files beside those with the pins ask for in which bounds are widened, as constraints."""
    for path in dict.fromkeys(each.place.file for each in plan.relaxed):
        place = placed[path]
        if path.endswith(".toml"):
            declared = manifests.read(place)
            groups = {each.group for each in plan.target.roots if each.place.file == path}
            texts = (each.text for each in pyproject.asked(declared) if each.group in groups)
            parsed = (each for text in (*texts, *declared.constraints) if (each := requirement.parse(text)))
            yield from (
                requirement.write(each.name, (), str(each.specifier), str(each.marker or ""))
                for each in parsed
                if not each.url
            )
        elif place not in found.files:
            beside = source.read([place], tools.environ)
            named = (each for each in (*beside.requirements, *beside.constraints) if each.name and is_plain(each))
            yield from (written(each._replace(extras=()), each.specifier) for each in named)


def _alone(target: Target, placed: Mapping[str, str], folder: str, tools: Tools) -> Iterator[str]:
    """Yield what is wrong with a file with hashes that is installed without the others, and was not before."""
    for path in target.named if len(target.named) > 1 else ():
        after, before = (source.read([each], tools.environ) for each in (placed[path], path))
        if not _is_hashed(after.requirements) or _pins(after) == _pins(before):
            continue
        _, faults = _install(after, _limits(after), target, folder, tools)
        if faults and not _install(before, _limits(before), target, folder, tools)[1]:
            yield from (f"{path} by itself: {each}" for each in faults)


def _is_hashed(requirements: "Iterable[Requirement]") -> bool:
    listed = [each for each in requirements if is_plain(each)]
    return bool(listed) and all(each.hashes for each in listed)


def _pins(found: "Requirements") -> list[tuple[str, tuple[str, ...]]]:
    return [(each.text, each.hashes) for each in found.requirements]


def _wrong(moved: "Iterable[Requirement]", target: Target, tools: Tools) -> Iterator[str]:
    """Yield a sentence for each release with other hashes than its index tells: a dry run of uv fetches nothing."""
    listed = list(moved)
    known = hashes.of([(each.name, each.version) for each in listed], target, tools)
    for each in listed:
        if set(each.hashes) != set(known[each.name, each.version]):
            yield f"the hashes of {each.name} {each.version} are not those of the index"


def _release(name: str, version: str) -> tuple[str, bytes | str]:
    """Return what is equal for two spellings of one release."""
    return name, versions.key(PYPI, version) or version
