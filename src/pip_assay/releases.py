"""Which releases a project has, as the package indexes in use list them (PEP 503, 691, 592 and 700); kept for a day."""

import json
import os
from collections.abc import Sequence

from pip_assay import files, net, versions
from pip_assay.errors import NetworkError, NotFound, Unreadable
from pip_assay.model import PYPI
from pip_assay.net import Network
from pip_assay.values import NamedTuple

DAY = 24 * 60 * 60
LIMIT = 64 * 1024 * 1024
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
_ENDINGS = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".zip")


class Release(NamedTuple):
    """One release; `yanked` where all of its files are (PEP 592)."""

    version: str
    yanked: bool = False


def of(names: Sequence[str], network: Network, cache: str, now: float) -> dict[str, tuple[Release, ...] | Unreadable]:
    """Return the releases of each project in ascending order, or why they are not known.

    `cache` is a folder, `now` in seconds since the epoch. Offline, lists of any age are used.
    """
    found: dict[str, tuple[Release, ...] | Unreadable] = {}
    for name in dict.fromkeys(names):
        if (kept := _load(_path(cache, name, network), now, any_age=network.offline)) is not None:
            found[name] = kept
    missing = [name for name in dict.fromkeys(names) if name not in found]
    if missing:
        sites = [each.rstrip("/") for each in net.indexes(network) if each.startswith(("https://", "http://"))]
        asked = net.gather(network, [lambda name=name: _ask(network, sites, name) for name in missing])  # type: ignore[misc]
        for name, answer in zip(missing, asked, strict=True):
            found[name] = answer
            if not isinstance(answer, Unreadable):
                _store(_path(cache, name, network), answer, now)
    return found


def _ask(network: Network, sites: Sequence[str], name: str) -> tuple[Release, ...]:
    """Return the releases that all the indexes list together.

    Raises:
        NotFound: no index has the project.
        NetworkError: one of them does not answer.
    """
    pages, failure = [], None
    for site in sites:
        try:
            answer = net.get(network, f"{site}/{name}/", headers={"Accept": _ACCEPT}, limit=LIMIT)
        except NotFound as error:
            failure = error
            continue
        page = _json(answer.body) if "json" in answer.headers.get("content-type", "") else _html(answer.body)
        if page is None:
            raise NetworkError("answered with a page that lists no files", net.host(site), "name another index")
        pages.append(page)
    if not pages:
        raise failure or NotFound("is listed by no index", name, "check the name, or name its index")
    return _releases({file: yanked for page in reversed(pages) for file, yanked in page.items()}, name)


def _json(body: bytes) -> dict[str, bool] | None:
    """Return the files of a page, and whether each is yanked (PEP 691)."""
    try:
        listed = json.loads(body)["files"]
        return {str(each["filename"]): each.get("yanked", False) not in (False, None) for each in listed}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _html(body: bytes) -> dict[str, bool] | None:
    """Return the files of a page, and whether each is yanked (PEP 503, PEP 592)."""
    from html.parser import HTMLParser
    from urllib.parse import unquote, urlsplit

    found: dict[str, bool] = {}

    class Anchors(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "a" and given.get("href"):
                found[unquote(urlsplit(str(given["href"])).path).rpartition("/")[2]] = "data-yanked" in given

    parser = Anchors()
    parser.feed(body.decode("utf-8", "replace"))
    parser.close()
    return found if b"<a" in body.lower() or b"<html" in body.lower() else None


def _releases(listed: dict[str, bool], name: str) -> tuple[Release, ...]:
    yanked: dict[str, bool] = {}
    for file, is_yanked in listed.items():
        if version := _version(file, name):
            yanked[version] = yanked.get(version, True) and is_yanked
    keyed = [(key, version) for version in yanked if (key := versions.key(PYPI, version)) is not None]
    return tuple(Release(version, yanked[version]) for _, version in sorted(keyed))


def _version(file: str, name: str) -> str:
    """Return the version in the file name of one of the project's distributions; empty where it is none."""
    from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
    from packaging.version import InvalidVersion

    try:
        if file.endswith(".whl"):
            project, version, *_ = parse_wheel_filename(file)
        elif file.endswith(_ENDINGS):
            ending = next(each for each in _ENDINGS if file.endswith(each))
            project, version = parse_sdist_filename(file.removesuffix(ending) + ".tar.gz")
        else:
            return ""
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
        return ""
    return str(version) if project == name else ""


def _path(cache: str, name: str, network: Network) -> str:
    import hashlib

    said = json.dumps([network.index_url, network.extra_index_urls, network.environ])
    return os.path.join(cache, f"releases-{name}-{hashlib.sha256(said.encode()).hexdigest()[:16]}.json")


def _load(path: str, now: float, *, any_age: bool) -> tuple[Release, ...] | None:
    try:
        stored = json.loads(files.read_bytes(path, LIMIT))
        if not any_age and not 0 <= now - stored["at"] < DAY:
            return None
        return tuple(Release(str(version), bool(yanked)) for version, yanked in stored["releases"])
    except (Unreadable, ValueError, KeyError, TypeError, RecursionError):
        return None


def _store(path: str, found: tuple[Release, ...], now: float) -> None:
    """Keep the list for a day; where that fails, the next run only asks again."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        files.write_atomically(path, json.dumps({"at": now, "releases": found}).encode())
    except (OSError, Unreadable):
        pass
