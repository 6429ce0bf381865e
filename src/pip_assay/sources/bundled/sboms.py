"""The bills of materials that a distribution carries in its metadata (PEP 770), as what it carries.

Almost all are CycloneDX as JSON, which is walked here with no regard to lines: a tenth of the time of the reader of
whole documents. Whatever is odd about one, and every other format, is left to that reader, which knows the words.
"""

import re

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import INDEX, PYPI, UNAUDITABLE, Dependency, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.bundled.carried import origin_of
from pip_assay.sources.bundled.nouns import Host
from pip_assay.sources.documents import bounded_json
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.sbom import cyclonedx, fields, listing
from pip_assay.sources.sbom.bill import Bill, Component
from pip_assay.sources.sbom.fields import MOST
from pip_assay.sources.sbom.flaws import UNNAMED, UNREAD
from pip_assay.values import NamedTuple, of_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 64 * 1024 * 1024
DEPTH = 40
_DIGEST = 64
HINT = "ask its publisher to mend it, or install another release"

_CRATE = re.compile(r"pkg:cargo/([A-Za-z0-9_-]+)@([0-9A-Za-z.+-]+)")
_VERSIONS = frozenset(("1.2", "1.3", "1.4", "1.5", "1.6", "1.7"))
_NONE: "dict[str, Any]" = {}
_BESIDE = "path+file:"


class Read(NamedTuple):
    """What a bill of materials says: its components but for its subject, what could not be read of it, its bytes."""

    components: tuple[Component, ...] = ()
    problems: tuple[Problem, ...] = ()
    size: int = 0


def read(host: Host, path: str) -> list[Found]:
    """Return what a bill of materials lists beside the host itself; `path` is one of the host's.

    A Found of the host itself brings the problems.
    """
    return listed(host, path, components(host, path))


def components(host: Host, path: str) -> Read:
    """Return what a bill of materials says. It never raises: what is wrong is a problem."""
    shown = host.named(path)
    content = b""
    try:
        content = host.tree.whole(host.at(path), LIMIT)
    except Unreadable as error:
        made: Read | Problem = Problem("unreadable", error.what, Place(shown))
    else:
        made = parse(content, shown)
    name = host.dependency.pin.name
    if isinstance(made, Problem):
        what = f"{made.what}, so it is not known what it lists inside {host.dependency.pin}"
        return Read((), (made._replace(gap="unreadable", what=what, hint=HINT, subject=name),), len(content))
    problems = tuple(each._replace(hint=HINT, subject=name) for each in made.problems)
    return made._replace(problems=problems, size=len(content))


def parse(content: bytes, file: str) -> Read | Problem:
    """Return what a bill of materials says, of whatever format, or why it cannot be read."""
    start = fields.plain(content[:64]).lstrip()
    if start.startswith(b"{"):
        return _json(content, file)
    if start.startswith(b"<"):
        return _whole(cyclonedx.bill_of(content, file))
    from pip_assay.sources.sbom import spdx

    if start and not spdx.is_one(content[: files.START_LIMIT]):
        return Problem("unreadable", "is neither CycloneDX nor SPDX", Place(file), HINT, file)
    return _whole(spdx.bill_of(content, file))


def _whole(made: Bill | Problem) -> Read | Problem:
    """Return what the readers of whole documents have made of one; its edges are no concern here."""
    if isinstance(made, Problem):
        return made
    return Read(tuple(each for each in made.components if not each.own), made.problems)


def _json(content: bytes, file: str) -> Read | Problem:
    text = bounded_json.decode(content, file, HINT)
    document = text if isinstance(text, Problem) else bounded_json.parse(text, file, HINT)
    if isinstance(document, Problem):
        return document
    if isinstance(document, dict) and document.get("bomFormat") == "CycloneDX":
        try:
            return Read(tuple(_walked(document, Place(file))))
        except _Odd:
            return _whole(cyclonedx.bill_of(content, file))
    if isinstance(document, dict) and ("spdxVersion" in document or "@context" in document):
        from pip_assay.sources.sbom import spdx

        return _whole(spdx.bill_of(content, file))
    return Problem("unreadable", "is neither CycloneDX nor SPDX", Place(file), HINT, file)


class _Odd(Exception):
    """Something about the document needs the reader of whole documents, which says what is wrong with it."""


def _walked(document: "dict[str, Any]", place: Place) -> list[Component]:
    """Return the components of a CycloneDX document that are not its subject.

    Raises:
        _Odd: it is of an unknown version, too large or too deep, or something in it has the wrong type.
    """
    found: list[Component] = []
    try:
        if document["specVersion"] not in _VERSIONS:
            raise _Odd
        subject = document.get("metadata", _NONE).get("component", _NONE)
        own = subject.get("bom-ref", "").strip()
        for above in (subject, document):
            if "components" in above:
                _walk(above["components"], place, own, found, DEPTH)
    except (AttributeError, KeyError, TypeError):
        raise _Odd from None
    if len(found) > MOST:
        raise _Odd
    return found


def _walk(items: "list[dict[str, Any]]", place: Place, own: str, found: list[Component], depth: int) -> None:
    """Add the components in a list, and those in them, in the order in which they are written.

    Raises:
        _Odd, AttributeError, KeyError, TypeError: as `_walked`; a text is told from all else by being stripped.
    """
    if type(items) is not list or not depth:
        raise _Odd
    for number, values in enumerate(items):
        get = values.get
        ref = get("bom-ref", "").strip()
        source = _told_by_properties(values["properties"]) if "properties" in values else ""
        if source is not None and (not ref or ref != own):
            hashes = _hashes(values) if "hashes" in values or "externalReferences" in values else ()
            name = get("name", "").strip() or f"component {number}"
            kind, version, url = get("type", "").strip(), get("version", "").strip(), get("purl", "").strip()
            told = ref, kind, name, version, url, place, (), hashes, "", False, INDEX, source
            found.append(of_fields(Component, told))
        if "components" in values:
            _walk(values["components"], place, own, found, depth - 1)


def _told_by_properties(properties: "list[dict[str, Any]]") -> str | None:
    """Return the source package that they name; None where they say that the component is part of the subject."""
    if type(properties) is not list:
        raise _Odd
    source = ""
    for each in properties:
        name, value = each.get("name", "").strip(), each.get("value", "").strip()
        if name in cyclonedx.OWN and value != "false":
            return None
        if name == cyclonedx.SOURCE:
            source = source or value
    return source


def _hashes(values: "dict[str, Any]") -> tuple[str, ...]:
    """Return the hashes of a component, and those of the files in which it is distributed, each once."""
    found: list[str] = []
    hashes, references = values.get("hashes", []), values.get("externalReferences", [])
    if not type(hashes) is type(references) is list:
        raise _Odd
    for each in hashes:
        digits = each.get("content")
        if each.get("alg") == "SHA-256" and type(digits) is str:
            found.append(f"sha256:{digits}")
        else:
            found += fields.hashes([each], "alg", "content")
    for each in references:
        if each.get("type") == "distribution":
            found += fields.hashes(each.get("hashes"), "alg", "content")
    return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))


# --- what of it the host carries ---


def listed(host: Host, path: str, said: Read) -> list[Found]:
    """Return the components of a bill of materials as what the host carries, each release once.

    Not listed: the host itself and its own parts, and crates that were built from a folder beside it.
    """
    place = Place(host.named(path))
    own, problems = host.dependency.pin.name, list(said.problems)
    origin, groups, carrier = origin_of(host.dependency), host.dependency.groups, host.dependency.pin
    found: dict[Pin, Found] = {}
    for each in said.components:
        if crate := _CRATE.fullmatch(each.purl):
            pin, skipped = of_fields(Pin, ("crates.io", crate[1], crate[2])), ""
            if each.ref.startswith(_BESIDE):
                continue
        elif told := _told(each, own):
            pin, skipped = told
            if skipped == UNREAD:
                what = f"the package URL of {each.name} cannot be read"
                problems.append(Problem("unreadable", what, place, HINT, own))
        else:
            continue
        if pin not in found:
            reason = UNAUDITABLE if skipped or not pin.version else ""
            told_of = pin, place, groups, (), False, origin, carrier, each.hashes, "", reason, each.name, "sbom"
            found[pin] = of_fields(Found, (of_fields(Dependency, told_of), ()))
    return [*([Found(host.dependency, tuple(problems))] if problems else ()), *found.values()]


def _told(component: Component, host: str) -> tuple[Pin, str] | None:
    """Return the release that a component is, and why it cannot be audited; None where the host does not carry it."""
    told = listing.release(component)
    if not told:
        return None
    pin, origin, skipped = told
    is_unnamed = skipped == UNNAMED
    if normalise(pin.name) == host and (is_unnamed or pin.ecosystem == PYPI):
        return None
    is_local = origin.location.startswith("file:") or (component.ref.startswith(_BESIDE) and origin.kind != "vcs")
    return None if is_local else (pin, skipped)


def system_files(said: Read) -> frozenset[str]:
    """Return the SHA-256 of the paths that system packages had their libraries at, where auditwheel has noted them.

    It writes "pkg:rpm/...#SHA-256" as the reference of each library that it has copied into the wheel.
    """
    refs = (each.ref.rpartition("#") for each in said.components)
    return frozenset(digest for purl, _, digest in refs if len(digest) == _DIGEST and purl.startswith("pkg:"))
