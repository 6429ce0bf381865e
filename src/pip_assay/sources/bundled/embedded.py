"""A wheel among the files of something else, which installs it when asked: virtualenv's and ensurepip's."""

import io

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import PYPI, Dependency, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.archive import named
from pip_assay.sources.archive.contents import Shared, Zip
from pip_assay.sources.bundled import evidence, vendored
from pip_assay.sources.bundled.nouns import Host
from pip_assay.sources.installed.distribution import Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_AGAIN = "install it again"
_LOOK = "look into them for what they hold"
_METADATA = ".dist-info/METADATA"

METADATA_LIMIT = 16 * 1024 * 1024
"""Of all wheels of one host: the three of virtualenv have 1 MB."""


def reader() -> "Callable[[Host, str], list[Found]]":
    """Return what reads a wheel among a host's files, by its path, with one bound for all that it is given.

    It returns the distribution of the wheel, by the wheel's name, then what that carries itself, which is inside of it
    and not of the host. Wheels in it are not opened, which is said. One whose name tells nothing is a problem, which a
    Found of the host brings.
    """
    shared = Shared(METADATA_LIMIT)
    return lambda host, path: _read(host, path, shared)


def _read(host: Host, path: str, shared: Shared) -> list[Found]:
    place = Place(vendored.below(host.shown, path))
    told = named.of_built(path)
    if not told:
        return [_failed(host, host.dependency, "is not named as a wheel is, so it was not read", place)]
    name, version = told[0]
    pin = Pin(PYPI, normalise(name), version)
    one = vendored.part_of(host, Dependency(pin, place, spelling=name), "metadata")
    try:
        content = host.tree.whole(vendored.below(host.folder, path))
        with files.open_zip(io.BytesIO(content)) as archive:
            return _inside(host, one, Zip(archive, place.file, shared))
    except Unreadable as error:
        return [_failed(host, one, f"{error.what}, so it is not known what it carries itself", place)]


def _inside(host: Host, one: Dependency, wheel: Zip) -> list[Found]:
    """Return the distribution of a wheel, then what is inside of it."""
    paths = tuple(path for path in wheel.paths if not path.endswith(".whl"))
    if deeper := len(wheel.paths) - len(paths):
        what = f"holds {deeper} wheel{'s'[: deeper > 1]} in its turn, of which nothing was read"
        wheel.problems.append(Problem("unreadable", what, Place(wheel.shown), _LOOK))
    own = (path.removesuffix("/METADATA") for path in paths if path.endswith(_METADATA) and path.count("/") == 1)
    found = evidence.of_host(Host(one, wheel.root, wheel.shown, next(own, ""), wheel, paths))
    problems = (*wheel.problems, *(problem for each in found for problem in each.problems))
    wheel.problems.clear()  # those of the next wheel are put there
    name = host.dependency.pin.name
    told = tuple(each._replace(hint=each.hint if each.hint == _LOOK else _AGAIN, subject=name) for each in problems)
    return [Found(one, told), *(Found(each.dependency) for each in found if each.dependency.inside == one.pin)]


def _failed(host: Host, one: Dependency, what: str, place: Place) -> Found:
    return Found(one, (Problem("unreadable", what, place, _AGAIN, host.dependency.pin.name),))
