"""What an index says on the page of a project: its files and which are yanked (PEP 503, 691, 592), status (PEP 792)."""

import re
from collections.abc import Iterable, Iterator, Mapping

from pip_assay.names import normalise
from pip_assay.values import Any, NamedTuple

STATUSES = ("quarantined", "archived", "deprecated", "active")
"""Every status of PEP 792, the worst first."""

SDISTS = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".zip")
FILES = (".whl", *SDISTS, ".egg", ".exe", ".msi", ".rpm", ".tar.z")
"""How the names of distributions end, and ended (PEP 527)."""

ORDER = (*STATUSES[:-1], "", STATUSES[-1])
"""The same with the unknown one: it is worse than "active", for it may be any of the others."""

REASON = 500
"""Characters of a reason that are kept."""

HTML_LIMIT = 8_000_000
"""Bytes of a page in HTML: some 30,000 files."""

FILES_LIMIT = 50_000
"""Files of one project, or releases, or links on its page; those of the public index have less than half as many."""

VALUES_LIMIT = 2_000_000
"""Commas and brackets of a page in JSON."""

# A page of thousands of files is read in one pass, however it is broken: what begins as a tag or comment always
# matches, up to the end of the page if need be. (The standard library's parser takes minutes for 100 kB of "<a ".)
_TAG = r"""<!--.*?(?:-->|\Z)|<(a|meta)(?=[\s/>])((?:[^"'>]++|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))*+)(?:>|\Z)"""
_MEANT = ("href", "data-yanked", "name", "content")
_WHEEL = ".whl"
_JSON_STATUS = rb'"status"\s*:\s*"([a-z]{1,20})"'
_ATTRIBUTE = r"""([^\s"'>/=]++)(?:\s*+=\s*+("[^"]*+"?|'[^']*+'?|[^\s>]*+))?"""


class TooMuch(ValueError):
    """More than the page of any project holds: "more than 50000 files"."""


class Wheel(NamedTuple):
    """A wheel that can be had: its address, as the page has it, and its SHA-256 in hex, empty where none is given."""

    file: str
    url: str
    sha256: str = ""


class Page(NamedTuple):
    """What one index says of one project.

    files     each file's name, and why it is yanked: empty where no reason is given, None where it is not.
    versions  every release, where the index lists them by themselves (PEP 700).
    status    one of STATUSES; empty where the index does not say.
    reason    the index's own words for the status; empty where it gives none.
    name      the project's normalised name; empty where the page does not say.
    wheels    each wheel, by its file's name.
    base      the address of the page, from which others in it may go on.
    """

    files: Mapping[str, str | None]
    versions: tuple[str, ...] = ()
    status: str = ""
    reason: str = ""
    name: str = ""
    wheels: Mapping[str, Wheel] = {}
    base: str = ""


def read(body: bytes, kind: str) -> Page | None:
    """Return what a page of this media type says, or None where it is not the page of a project.

    Raises:
        TooMuch: it is larger than any such page, and was not read to its end.
    """
    page = _json(body) if "json" in kind else _html(body)
    if page:
        _limit(len(page.files), FILES_LIMIT, "files")
        _limit(len(page.versions), FILES_LIMIT, "releases")
    return page


def _limit(number: int, most: int, what: str) -> None:
    if number > most:
        raise TooMuch(f"more than {most} {what}")


def shortened(reason: object) -> str:
    """Return a reason on one line, at most REASON characters of it; empty where it is no text."""
    text = " ".join(reason[: 2 * REASON].split()) if isinstance(reason, str) else ""
    return text if len(text) <= REASON else f"{text[:REASON]}…"


def _json(body: bytes) -> Page | None:
    from pip_assay.sources.documents import bounded_json

    _limit(sum(map(body.count, (b",", b"[", b"{"))), VALUES_LIMIT, "values")
    page: Any = bounded_json.read(body, "", "")
    try:
        files = {str(each["filename"]): _yanked(each.get("yanked")) for each in page["files"]}
        wheels = {
            name: _wheel(name, each) for each in page["files"] if (name := str(each["filename"])).endswith(_WHEEL)
        }
        versions, meta, marker, name = (
            page.get(key, absent)
            for key, absent in (("versions", []), ("meta", {}), ("project-status", {}), ("name", ""))
        )
    except (TypeError, KeyError, AttributeError):
        return None
    listed = tuple(each for each in versions if isinstance(each, str)) if isinstance(versions, list) else ()
    named = normalise(name) if isinstance(name, str) else ""
    if not isinstance(marker, dict):
        return Page(files, listed, name=named, wheels=wheels)
    version = meta.get("api-version") if isinstance(meta, dict) else None
    status = _status(marker["status"]) if "status" in marker else _unmarked(version)
    if body.count(b'"project-status"') > 1:
        status = _worst([status, *(_status(word.decode()) for word in re.findall(_JSON_STATUS, body))])
    return Page(files, listed, status, shortened(marker.get("reason")), named, wheels)


def _wheel(name: str, said: Mapping[str, Any]) -> Wheel:
    address, hashes = said.get("url"), said.get("hashes")
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    return Wheel(name, address if isinstance(address, str) else "", _digest(digest))


def _digest(text: object) -> str:
    return text.lower() if isinstance(text, str) and re.fullmatch(r"[0-9a-fA-F]{64}", text) else ""


def _yanked(value: object) -> str | None:
    """Return why a file is yanked: PEP 691 has true or a reason for that, and anything false where it is not."""
    return shortened(value) if value else None


def _status(word: object) -> str:
    return str(word) if word in STATUSES else ""


def _worst(statuses: Iterable[str]) -> str:
    """Return the worst of what a page says several times: nobody knows which of them is meant."""
    return min(statuses, key=ORDER.index)


def _unmarked(version: object) -> str:
    """Return the status of a project that the page gives none: it is active, if the index knows of PEP 792."""
    found = re.fullmatch(r"1\.([0-9]{1,4})", version) if isinstance(version, str) else None
    return "active" if found and int(found[1]) >= 4 else ""


def _html(body: bytes) -> Page | None:
    from urllib.parse import unquote

    _limit(len(body), HTML_LIMIT, "bytes of HTML")
    files: dict[str, str | None] = {}
    wheels: dict[str, Wheel] = {}
    metas: dict[str, str] = {}
    statuses: list[str] = []
    for tag, given in _tags(body.decode("utf-8", "replace")):
        if tag == "meta":
            name, content = given.get("name", ""), given.get("content", "")
            metas.setdefault(name, content)
            if name == "pypi:project-status":
                statuses.append(_status(content))
        elif address := given.get("href"):
            name = unquote(re.split("[?#]", address, maxsplit=1)[0]).rpartition("/")[2]
            if name.lower().endswith(FILES):
                files[name] = shortened(given["data-yanked"]) if "data-yanked" in given else None
            if name.endswith(_WHEEL):
                address, _, fragment = address.partition("#")
                wheels[name] = Wheel(name, address, _digest(fragment.removeprefix("sha256=")))
    if not files and not any(name.startswith("pypi:") for name in metas):
        return None  # a proxy's login page is HTML, too
    status = _worst(statuses) if statuses else _unmarked(metas.get("pypi:repository-version"))
    return Page(files, (), status, shortened(metas.get("pypi:project-status-reason")), wheels=wheels)


def _tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the links and the metadata of a page, in order, with what counts of them; a first one of a name does."""
    number = 0
    for tag in re.finditer(_TAG, text, re.IGNORECASE | re.DOTALL):
        if tag[1]:
            number += 1
            _limit(number, FILES_LIMIT, "links")
            yield tag[1].lower(), _attributes(text, *tag.span(2))


def _attributes(text: str, start: int, end: int) -> dict[str, str]:
    """Return the attributes that mean something to us; a broken page may be one tag with millions of others."""
    given: dict[str, str] = {}
    for found in re.compile(_ATTRIBUTE).finditer(text, start, end):
        name = found[1].lower()
        if name in _MEANT and name not in given:
            given[name] = _unescaped(found[2] or "")
    return given


def _unescaped(value: str) -> str:
    from html import unescape

    try:
        return unescape(value.strip(value[0]) if value[:1] in {'"', "'"} else value)
    except ValueError:  # a character's number of thousands of digits
        return value
