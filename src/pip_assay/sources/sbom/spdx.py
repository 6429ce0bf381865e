"""SPDX 2.2 and 2.3 as JSON and as tags, 3.0 as JSON: the packages of a bill of materials, and their relationships."""

import re
from itertools import islice

from pip_assay.model import INDEX, Inventory, Origin, Place, Problem
from pip_assay.sources.documents import bounded_json, json_places
from pip_assay.sources.locks import locked
from pip_assay.sources.sbom import bill, fields, listing
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pip_assay.sources.sbom.fields import Fields, Path

KIND = "spdx"
NEWEST = (2, 3)
NEWEST_GRAPH = (3, 0)
DOCUMENT = "SPDXRef-DOCUMENT"

_ENDINGS = (".spdx", ".spdx.json", ".spdx.jsonld", ".spdx3.json", ".spdx3.jsonld")
_START = (
    rb"""\s*\{.*?(?:"spdxVersion"\s*:|"SPDXID"\s*:|spdx-context\.jsonld|spdx\.org/rdf/[3-9])"""
    rb"""|(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*SPDXVersion:"""
)

# Who depends on whom (SPDX 2.3, clause 11.1): whether the second of a pair depends on the first, and the group that
# the relationship puts the one that is depended on into.
_DEPENDS: dict[str, tuple[bool, str]] = {
    "DEPENDS_ON": (False, ""),
    "DYNAMIC_LINK": (False, ""),
    "HAS_PREREQUISITE": (False, ""),
    "STATIC_LINK": (False, ""),
    "BUILD_DEPENDENCY_OF": (True, "build"),
    "BUILD_TOOL_OF": (True, "build"),
    "DEPENDENCY_OF": (True, ""),
    "DEV_DEPENDENCY_OF": (True, "group:dev"),
    "DEV_TOOL_OF": (True, "group:dev"),
    "OPTIONAL_DEPENDENCY_OF": (True, ""),
    "PREREQUISITE_FOR": (True, ""),
    "PROVIDED_DEPENDENCY_OF": (True, ""),
    "RUNTIME_DEPENDENCY_OF": (True, "runtime"),
    "TEST_DEPENDENCY_OF": (True, "group:test"),
    "TEST_TOOL_OF": (True, "group:test"),
}
_NOTHING = frozenset(("", "NONE", "NOASSERTION"))
_CHECKOUTS = ("git+", "hg+", "svn+", "bzr+")


class Document(NamedTuple):
    """What a document of any version says, in the words of SPDX 2.

    ref            how it refers to itself.
    packages       by the path of each.
    relationships  (element, type, related element).
    described      refs of what it is about.
    others         refs of what is no package.
    """

    version: str
    ref: str
    packages: "Mapping[Path, Fields]"
    relationships: list[tuple[str, str, str]]
    described: set[str]
    others: set[str]


def recognises(name: str) -> bool:
    """Return whether a file of this name is such a document: NAME.spdx, NAME.spdx.json, NAME.spdx3.json."""
    return name.lower().endswith(_ENDINGS)


def is_one(start: bytes) -> bool:
    """Return whether content that starts so is such a document, in whatever encoding."""
    return re.match(_START, fields.plain(start), re.DOTALL) is not None


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the document lists but its subject. It never raises: what is wrong is a problem."""
    content = bounded_json.read_file(path)
    if isinstance(content, Problem):
        return Inventory(target or path, KIND, problems=(content,))
    return parse(content, path, target=target)


def parse(content: bytes, file: str, *, target: str = "") -> Inventory:
    """Return what `read` does, of content that came from anywhere; `file` is what the places name."""
    made = bill_of(content, file)
    if isinstance(made, Problem):
        return Inventory(target or file, KIND, problems=(made,))
    return listing.inventory(made, KIND, file, target)


def bill_of(content: bytes, file: str) -> bill.Bill | Problem:
    """Return what the document says, or why it cannot be read."""
    text = bounded_json.decode(content, file, bill.HINT)
    return text if isinstance(text, Problem) else _tags(text, file) or _json(text, file)


def _tags(text: str, file: str) -> bill.Bill | None:
    if text.lstrip().startswith(("{", "[")):
        return None
    from pip_assay.sources.sbom import spdx_tags

    values, places, problems = spdx_tags.read(text, file)
    found = dict.fromkeys(problems)
    document = _second(fields.Fields(values, file, Place(file), found))
    return _bill(document, file, places, found)


def _json(text: str, file: str) -> bill.Bill | Problem:
    values = bounded_json.parse(text, file, bill.HINT)
    if isinstance(values, Problem):
        return values
    problems: dict[Problem, None] = {}
    if isinstance(values, dict) and "spdxVersion" in values:
        document = _second(fields.Fields(values, file, Place(file), problems))
    elif isinstance(values, dict) and "@context" in values:
        from pip_assay.sources.sbom import spdx3

        document = spdx3.document(fields.Fields(values, file, Place(file), problems))
    else:
        return Problem("unreadable", "is not an SPDX document", Place(file), bill.HINT, file)
    wanted = {(*path, "name"): part.title for path, part in document.packages.items()}
    return _bill(document, file, json_places.find(text, file, wanted), problems)


def _second(whole: "Fields") -> Document:
    """Return what a document of version 2 says."""
    described = whole.texts("documentDescribes")
    relationships = [
        (each.text("spdxElementId"), each.text("relationshipType").upper(), each.text("relatedSpdxElement"))
        for each in whole.tables("relationships")
    ]
    others = {each.text("SPDXID") for key in ("files", "snippets") for each in whole.tables(key)}
    packages = dict(islice(whole.numbered("packages"), fields.MOST + 1))
    for number, each in enumerate(packages.values(), 1):
        each.title = each.text("name") or f"package {number}"
    version = whole.text("spdxVersion").removeprefix("SPDX-")
    identity = whole.text("SPDXID") or DOCUMENT
    about = {related for element, word, related in relationships if word == "DESCRIBES" and element == identity}
    about |= {element for element, word, related in relationships if word == "DESCRIBED_BY" and related == identity}
    return Document(version, identity, packages, relationships, about.union(described), others)


def _bill(document: Document, file: str, places: "Mapping[Path, Place]", problems: "dict[Problem, None]") -> bill.Bill:
    for path, part in document.packages.items():
        part.place = places.get((*path, "name"), part.place)
    edges, groups, carriers = _related(document.relationships)
    own = _own(document, {*edges, *carriers.values()})
    subject = bill.Component(document.ref, "", "", "", "", Place(file), own=True)
    parts = (each for part in document.packages.values() for each in _components(part, groups, own))
    edges.setdefault(document.ref, []).extend(sorted(document.described - _NOTHING))
    newest = NEWEST_GRAPH if document.version.startswith("3") else NEWEST
    return bill.Bill(
        f"SPDX {document.version}".strip(),
        (subject, *fields.first(parts, file, problems)),
        edges,
        carriers,
        frozenset(document.others),
        (*fields.future(document.version, newest, "SPDX", file), *problems),
    )


def _related(
    relationships: "Iterable[tuple[str, str, str]]",
) -> tuple[dict[str, list[str]], dict[str, tuple[str, ...]], dict[str, str]]:
    """Return what each ref depends on, the groups that each is in, and the ref that carries each.

    What is in a group and also depended on without one is taken to be needed at run time.
    """
    edges: dict[str, list[str]] = {}
    groups: dict[str, set[str]] = {}
    carriers: dict[str, str] = {}
    for element, word, related in relationships:
        if element in _NOTHING or related in _NOTHING:
            continue
        if word == "CONTAINS":
            carriers.setdefault(related, element)
        elif word == "CONTAINED_BY":
            carriers.setdefault(element, related)
        elif word in _DEPENDS:
            reverse, group = _DEPENDS[word]
            holder, needed = (related, element) if reverse else (element, related)
            edges.setdefault(holder, []).append(needed)
            groups.setdefault(needed, set()).add(group)
    return edges, {ref: listing.ordered(_named(each)) for ref, each in groups.items()}, carriers


def _named(groups: set[str]) -> set[str]:
    named = groups - {""}
    return named | {"runtime"} if named and "" in groups else named


def _own(document: Document, holders: set[str]) -> set[str]:
    """Return the refs of the packages that are the subject itself, and nothing that it is made of.

    It is the only one that is described; or one of several that has something below it, and no package URL.
    """
    packages = [part for part in document.packages.values() if part.text("SPDXID") in document.described]
    if len(packages) == 1 and len(document.packages) > 1:
        return {packages[0].text("SPDXID")}
    return {ref for part in packages if (ref := part.text("SPDXID")) in holders and not _purls(part)}


def _components(part: "Fields", groups: "Mapping[str, tuple[str, ...]]", own: set[str]) -> "Iterator[bill.Component]":
    """Yield a package once for each package URL that it has."""
    ref, version = part.text("SPDXID"), part.text("versionInfo")
    hashes = tuple(fields.hashes(part.objects("checksums"), "algorithm", "checksumValue"))
    for url in _purls(part) or [""]:
        yield bill.Component(
            ref,
            part.text("primaryPackagePurpose"),
            part.title,
            "" if version in _NOTHING else version,
            url,
            part.place,
            groups.get(ref, ()),
            hashes,
            own=bool(ref) and ref in own,
            origin=_origin(part.text("downloadLocation")),
        )


def _purls(part: "Fields") -> list[str]:
    found = (each for each in part.tables("externalRefs") if each.text("referenceType").endswith("purl"))
    return list(dict.fromkeys(each.text("referenceLocator") for each in found))


def _origin(location: str) -> Origin:
    """Return the origin that a download location tells: one of a file says no more than that an index may have it."""
    if location.startswith(_CHECKOUTS):
        return Origin("vcs", locked.address(location))
    return Origin("path", location) if location.startswith("file:") else INDEX
