"""Which source distributions of a project the asked indexes and folders offer (PEP 503, 691, 592, 700)."""

import json
import os
from collections.abc import Iterator
from urllib.parse import unquote, urljoin, urlsplit

from packaging.utils import InvalidSdistFilename, parse_sdist_filename
from packaging.version import InvalidVersion, Version

from pip_assay import net
from pip_assay.errors import NetworkError, Unreadable
from pip_assay.model import INDEX, Origin
from pip_assay.sources.resolve import words
from pip_assay.sources.resolve.nouns import Index
from pip_assay.values import NamedTuple

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
LIMIT = 64 * 1024 * 1024


class Offered(NamedTuple):
    """One source distribution.

    url       may hold credentials; a path for a file of this machine.
    origin    of what is resolved by it.
    python    the versions of Python that it is for, as a specifier; empty where that is not said.
    uploaded  RFC 3339 time; empty where that is not said.
    """

    version: Version
    url: str
    origin: Origin = INDEX
    python: str = ""
    uploaded: str = ""
    yanked: bool = False

    def __repr__(self) -> str:
        return f"<Offered {self.version}>"


def sdists(name: str, indexes: Index, network: net.Network, *, every: bool) -> Iterator[Offered]:
    """Yield what is offered: of every index, else of the first that has the project, as uv asks them.

    An index that does not answer offers nothing.
    """
    for place in indexes.find_links:
        path = words.path(place)
        if os.path.isdir(path):
            for file in sorted(os.listdir(path)):
                if version := _version(file, name):
                    yield Offered(version, os.path.join(path, file))
    for url in [] if indexes.none else [*indexes.extra, indexes.url or net.public_index()]:
        try:
            answer = net.get(network, f"{url.rstrip('/')}/{name}/", headers={"Accept": ACCEPT}, limit=LIMIT)
        except (NetworkError, Unreadable):
            continue
        read = _json if "json" in answer.headers.get("content-type", "") else _html
        files = list(read(answer.body))
        origin = INDEX if net.is_public_index(url) else Origin("index", net.without_credentials(url))
        for file, href, python, uploaded, yanked in files:
            version, address = _version(file, name), _joined(f"{url.rstrip('/')}/{name}/", href)
            if version and address:
                yield Offered(version, address, origin, python, uploaded, yanked)
        if files and not every:
            return


def _version(file: str, name: str) -> Version | None:
    try:
        project, version = parse_sdist_filename(file)
    except (InvalidSdistFilename, InvalidVersion):
        return None
    return version if project == name else None


def _joined(page: str, href: str) -> str:
    """Return the absolute address, with the page's login if it is on the same host.

    Nothing where it is no web address, or a less safe one than the page's.
    """
    here = urlsplit(page)
    try:
        there = urlsplit(urljoin(page, href))
    except ValueError:
        return ""
    if there.scheme not in ("https", here.scheme):
        return ""
    if "@" in here.netloc and there.netloc == here.netloc.rpartition("@")[2]:
        there = there._replace(netloc=here.netloc)
    return there._replace(fragment="").geturl()


_Listed = tuple[str, str, str, str, bool]
"""The file's name, its address, its Requires-Python, when it was uploaded, whether it is yanked."""


def _json(body: bytes) -> Iterator[_Listed]:
    try:
        for each in json.loads(body)["files"]:
            texts = (str(each.get(key) or "") for key in ("filename", "url", "requires-python", "upload-time"))
            name, url, python, uploaded = texts
            yield name, url, python, uploaded, bool(each.get("yanked"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return


def _html(body: bytes) -> Iterator[_Listed]:
    from html.parser import HTMLParser

    anchors: list[dict[str, str | None]] = []

    class Anchors(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            anchors.append(dict(attrs) if tag == "a" else {})

    Anchors(convert_charrefs=True).feed(body.decode("utf-8", "replace"))
    for each in anchors:
        href = each.get("href") or ""
        name = unquote(href.partition("#")[0].partition("?")[0]).rpartition("/")[2]
        yield name, href, each.get("data-requires-python") or "", "", "data-yanked" in each
