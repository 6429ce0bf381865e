"""A pex, as a zip or a folder: the distributions that it brings along, and what its PEX-INFO says of them."""

import re

from pip_assay.errors import Unreadable
from pip_assay.model import Inventory, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.archive import inside, wheel, zipapp
from pip_assay.sources.archive.contents import HINT
from pip_assay.sources.documents import bounded_json
from pip_assay.sources.installed.distribution import Found
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.archive.contents import Contents
    from pip_assay.sources.bundled import Reader

KIND = "pex"
INFO = "PEX-INFO"
_BROUGHT = ".deps/"
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:[\[<>=!~;@(,].*)?", re.DOTALL)  # PEP 508


class _Info(NamedTuple):
    """What PEX-INFO says.

    version    of the pex that made it; empty where it says nothing.
    brought    the names of the wheels in .deps.
    asked      the normalised names of what was asked for.
    knows_all  whether every requirement says which project it means.
    """

    version: str = ""
    brought: tuple[str, ...] = ()
    asked: frozenset[str] = frozenset()
    knows_all: bool = False


def read(contents: "Contents", target: str, carried: "Reader | None" = None) -> Inventory:
    """Return every distribution in the pex."""
    info = _info(contents)
    brought: list[Found] = []
    groups = _groups(inside.parts(contents.paths))
    rest = groups.pop("", inside.Parts({}, []))
    for path, parts in groups.items():
        if path in parts.wheels:
            parts.wheels.remove(path)
            brought += wheel.nested(contents, path, carried)
        if parts.folders or parts.wheels:
            brought += wheel.distributions(contents, path, parts, inside.joined(contents.shown, path), carried)
    for name in info.brought:
        if _BROUGHT + name not in groups:
            file = inside.joined(contents.shown, _BROUGHT + name)
            brought += wheel.unreadable(contents, file, "is listed in PEX-INFO, and its metadata are not there")
    found = [_asked(one, info) for one in brought] + zipapp.installed(contents, rest, carried)
    return inside.inventory(
        target, KIND, contents.shown, found, contents.problems, info.version and f"pex {info.version}"
    )


def _groups(parts: inside.Parts) -> dict[str, inside.Parts]:
    """Return the parts by the folder or wheel in .deps that they are of; under "" those that are elsewhere."""
    groups: dict[str, inside.Parts] = {}

    def group(path: str) -> inside.Parts:
        name = path.removeprefix(_BROUGHT).partition("/")[0] if path.startswith(_BROUGHT) else ""
        return groups.setdefault(_BROUGHT + name if name else "", inside.Parts({}, []))

    for folder, entries in parts.folders.items():
        group(folder).folders[folder] = entries
    for name in parts.wheels:
        group(name).wheels.append(name)
    return groups


def _asked(found: Found, info: _Info) -> Found:
    """Return what was found with whether the pex was made for it; what another one carries was not asked for."""
    one = found.dependency
    if one.inside:
        return found
    direct = True if one.pin.name in info.asked else False if info.knows_all else None
    return found._replace(dependency=one._replace(direct=direct))


def _info(contents: "Contents") -> _Info:
    place = Place(inside.joined(contents.shown, INFO))
    try:
        content = contents.tree.start(inside.joined(contents.root, INFO))
    except Unreadable as error:
        contents.problems.append(Problem("unreadable", error.what, place, HINT, INFO))
        return _Info()
    document = bounded_json.read(content, place.file, HINT)
    if isinstance(document, Problem):
        contents.problems.append(document)
    elif not isinstance(document, dict):
        contents.problems.append(Problem("unreadable", "is not an object, as it must be", place, HINT, INFO))
    else:
        return _understood(document)
    return _Info()


def _understood(document: "dict[str, object]") -> _Info:
    made = document.get("build_properties")
    version = made.get("pex_version") if isinstance(made, dict) else ""
    distributions, requirements = document.get("distributions"), document.get("requirements")
    texts = [text for text in requirements if isinstance(text, str)] if isinstance(requirements, list) else []
    names = [found[1] for text in texts if (found := _REQUIREMENT.fullmatch(text))]
    return _Info(
        version if isinstance(version, str) else "",
        tuple(sorted(distributions)) if isinstance(distributions, dict) else (),
        frozenset(map(normalise, names)),
        0 < len(names) == len(texts),
    )
