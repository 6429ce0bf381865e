"""[tool.uv]: development dependencies, limits, and where projects are fetched from in place of an index."""

import re

from pip_assay.model import Place
from pip_assay.names import normalise
from pip_assay.sources.manifests import references, requirement
from pip_assay.sources.manifests.declared import ELSEWHERE
from pip_assay.sources.manifests.references import Indexes, Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.requirements import Requirement

    from pip_assay.sources.manifests.document import Document

PARTLY = "comes from elsewhere under a marker, and what else it comes from an index for is not resolved"

_COMPARISON = re.compile(r"""\s*(\w+)\s*(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*')\s*""")
_OPPOSITE = {"==": "!=", "!=": "==", "<=": ">", ">": "<=", ">=": "<", "<": ">="}


def prepare(document: "Document") -> None:
    """Take note of [tool.uv.sources], before the requirements are read that these change."""
    indexes = _indexes(document)
    for name, value in document.table("tool", "uv", "sources").items():
        path = ("tool", "uv", "sources", name)
        several = () if isinstance(value, dict) else document.tables(*path)
        tables = [value] if isinstance(value, dict) else [document.table(*each) for each in several]
        if tables:
            document.declared.elsewhere[normalise(name)] = _Sources(document, tables, indexes)


def read(document: "Document") -> None:
    """Declare what the table itself asks for: the group "dev", constraints and overrides."""
    if document.get("tool", "uv", "dev-dependencies") is not None:
        document.requirements(("tool", "uv", "dev-dependencies"), "group:dev")
    document.declared.constraints += limits(document, "constraint-dependencies")
    document.declared.overrides += limits(document, "override-dependencies")


def limits(document: "Document", key: str) -> list[str]:
    """Return the requirements in a list that bring nothing in; what is none is a problem."""
    found = []
    for number, text in enumerate(document.texts("tool", "uv", key)):
        if requirement.parse(text):
            found.append(text)
        else:
            path = ("tool", "uv", key, number)
            document.problem("unreadable", f'an item of "{key}" of [tool.uv] is not a requirement', path)
    return found


class _Sources:
    """Declares a requirement from where its sources say, each for the markers, the extra or the group that it names."""

    def __init__(self, document: "Document", tables: "Sequence[Mapping[str, object]]", indexes: Indexes) -> None:
        self._document = document
        self._tables = tables
        self._indexes = indexes

    def __call__(self, parsed: "Requirement", place: Place, group: str) -> None:
        declared, own = self._document.declared, str(parsed.marker or "")
        wanted = Wanted(parsed.name, place, group, tuple(parsed.extras), str(parsed.specifier))
        tables = [table for table in self._tables if _is_for(table, group)]
        for table in tables:
            marker = table.get("marker", "")
            here = requirement.both(own, marker if isinstance(marker, str) else "")
            references.declare(declared, wanted._replace(marker=here), table, self._indexes)
        others = [_negated(table.get("marker", "")) for table in tables]
        if None in others:
            name = normalise(parsed.name)
            declared.problem("unresolved", f"{parsed.name} {PARTLY}", place, ELSEWHERE, name)
        elif all(others):
            rest = wanted._replace(marker=requirement.both(own, *(each for each in others if each)))
            declared.plain(rest.text(), place, group)


def _is_for(table: "Mapping[str, object]", group: str) -> bool:
    """Return whether a source is for the group; one that names neither extra nor group is for all."""
    named = [f"{kind}:{normalise(str(table[kind]))}" for kind in ("extra", "group") if kind in table]
    return not named or group in named


def _negated(marker: object) -> str | None:
    """Return the marker that is true where this one is not; empty where none is, None where that is not known."""
    if not marker:
        return ""
    found = _COMPARISON.fullmatch(marker) if isinstance(marker, str) else None
    return f"{found[1]} {_OPPOSITE[found[2]]} {found[3]}" if found else None


def _indexes(document: "Document") -> Indexes:
    """Return the indexes that the file names, and declare those that uv searches for everything."""
    urls, defaults = {}, []
    for path in document.tables("tool", "uv", "index"):
        name, url = document.text(*path, "name"), document.text(*path, "url")
        urls[name] = url
        default = document.get(*path, "default") is True
        defaults += [name] if default else []
        if url and document.get(*path, "explicit") is not True:
            document.declared.index(url, first=default)
    if url := document.text("tool", "uv", "index-url"):
        document.declared.index(url, first=True)
    for url in document.texts("tool", "uv", "extra-index-url"):
        document.declared.index(url, first=False)
    return Indexes(urls, defaults)
