"""What the room of bundled software passes around: a distribution with the names of its files."""

import os

from pip_assay.model import Dependency
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.installed.tree import Tree


class Host(NamedTuple):
    """A distribution whose files may carry other software.

    dependency  the distribution itself.
    folder      the path, in the tree, of the folder from which its paths start; `shown` is how people see it.
    metadata    the name of its metadata folder there: "pillow-11.0.0.dist-info".
    paths       its files, as its RECORD (or the wheel) lists them: "/" between the parts, none of them outside of the
                folder.
    """

    dependency: Dependency
    folder: str
    shown: str
    metadata: str
    tree: "Tree"
    paths: tuple[str, ...] = ()

    def at(self, path: str) -> str:
        """Return where one of its files is in the tree."""
        return _below(self.folder, path)

    def named(self, path: str) -> str:
        """Return one of its files as people see it."""
        return _below(self.shown, path)


def _below(folder: str, path: str) -> str:
    """Return a path below a folder: os.path.join begins anew at a drive or a slash, and takes four times as long."""
    above = folder + os.sep if folder and not folder.endswith(os.sep) else folder
    return above + path.replace("/", os.sep)
