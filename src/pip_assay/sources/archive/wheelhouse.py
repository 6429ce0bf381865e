"""A folder of wheels and sdists, such as `pip download` makes: every such file is one distribution."""

import os

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Inventory, Place, Problem
from pip_assay.sources import archive
from pip_assay.sources.archive import inside, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.bundled import Reader

KIND = "wheelhouse"
_WHEELS = (".whl", ".egg")
_SDISTS = (*named.TARS, ".zip")


def read(path: str, target: str, carried: "Reader | None" = None) -> Inventory:
    """Return the distributions of all wheels and sdists in a folder; those that it holds in several versions, too."""
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        return inside.failed(target, KIND, path, Unreadable(f"cannot be listed ({files.reason(error)})"))
    wheels = [name for name in names if name.endswith(_WHEELS)]
    sdists = [name for name in names if name.lower().endswith(_SDISTS)]
    found: list[Dependency] = []
    problems: list[Problem] = []
    for name in (*wheels, *sdists):
        file = os.path.join(path, name)
        one = archive.read(file, carried=carried)
        found += (_placed(each, file) for each in one.dependencies)
        problems += one.problems
    if not wheels and not sdists:
        problems.append(Problem("empty", "holds no wheel or sdist", Place(path), "name another folder", target))
    others = len(names) - len(wheels) - len(sdists)
    return Inventory(target, KIND, inside.listed(found), tuple(problems), _detail(len(wheels), len(sdists), others))


def _placed(one: Dependency, file: str) -> Dependency:
    """Return a dependency with the file as its place; what a wheel carries stays where it is in the wheel."""
    return one if one.inside else one._replace(place=Place(file), direct=None)


def _detail(wheels: int, sdists: int, others: int) -> str:
    counts = ((wheels, "wheel", ""), (sdists, "sdist", ""), (others, "other file", " not read"))
    return ", ".join(f"{count} {noun}{'s' if count > 1 else ''}{end}" for count, noun, end in counts if count)
