"""What every bill of materials says, whatever its format: components, its subject, and who depends on whom."""

from pip_assay.model import INDEX, Origin, Place, Problem
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HINT = "make it again with the tool that wrote it"


class Component(NamedTuple):
    """One component, as its document describes it.

    ref     how the document refers to it; empty where it does not.
    kind    the document's own word: "library", "OPERATING-SYSTEM".
    own     whether it is the subject of the document, or a part that was made there.
    origin  where it came from, unless the package URL says so itself.
    source  the name of the source package that a system package was built from, where the document tells.
    """

    ref: str
    kind: str
    name: str
    version: str
    purl: str
    place: Place
    groups: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    marker: str = ""
    own: bool = False
    origin: Origin = INDEX
    source: str = ""


class Bill(NamedTuple):
    """A document.

    detail    its format and version, for people.
    edges     what each ref depends on.
    carriers  the ref of the component whose files carry another, by the ref of that one.
    others    refs of what it describes besides components.
    """

    detail: str
    components: tuple[Component, ...]
    edges: "Mapping[str, Iterable[str]]"
    carriers: "Mapping[str, str]"
    others: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
