"""What the package indexes in use list of a project: its releases, its status; kept for a day."""

import json
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Lock

from pip_assay import files, index_pages, net, versions
from pip_assay.errors import NetworkError, NotFound, Unreadable
from pip_assay.index_pages import Page, Wheel
from pip_assay.model import PYPI
from pip_assay.net import Network
from pip_assay.values import NamedTuple

DAY = 24 * 60 * 60
MINUTES = 10 * 60
"""Seconds for which "nobody has this project" is believed: it may be uploaded at any time."""

LIMIT = 16 * 1024 * 1024
"""Bytes of a page: those of the public index have a few millions at most."""
SCHEMA = 3
MOST_WHEELS = 1000
"""Wheels of one release that are kept: real ones have some 150 at most."""

LONGEST = 4000
"""Characters of an address."""

_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"

_reading = Lock()
"""One page is read at a time, however many come at once: what that takes is bounded for each, and so in all."""


class Release(NamedTuple):
    """One release; `yanked` where all of its files are, and why (PEP 592)."""

    version: str
    yanked: bool = False
    reason: str = ""


class Project(NamedTuple):
    """What all the indexes in use list of one project.

    releases  those that have a wheel or an sdist, ascending.
    others    those that are listed by their version alone (PEP 700), as it is written there.
    status    "active", "archived", "deprecated" or "quarantined" (PEP 792); empty where an index does not say.
    reason    the index's own words for that.
    wheels    those of the newest release (`newest`) that are not yanked, with whole addresses, without credentials.
    """

    releases: tuple[Release, ...]
    others: tuple[str, ...] = ()
    status: str = ""
    reason: str = ""
    wheels: tuple[Wheel, ...] = ()


def newest(releases: Sequence[Release]) -> str:
    """Return the newest final release that is not yanked; empty where there is none."""
    final = (each for each in reversed(releases) if not (each.yanked or versions.is_prerelease(PYPI, each.version)))
    return next((each.version for each in final), "")


def of(
    names: Sequence[str], network: Network, cache: str, now: float, *, age: float = DAY,
    say: Callable[[str], None] | None = None,
) -> dict[str, Project | Unreadable]:  # fmt: skip
    """Return what is listed of each project, or why that is not known.

    cache  a folder.
    now    seconds since the epoch; what is kept for longer than `age` seconds is asked again. Offline, any age will do.
    say    is told of what takes time, if anything has to be asked.

    Raises:
        UsageError: a configuration file of pip's is broken.
    """
    sites = [each.rstrip("/") for each in net.indexes(network)]
    found: dict[str, Project | Unreadable] = {}
    for name in dict.fromkeys(names):
        if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,200}[a-z0-9])?", name):
            found[name] = NotFound("no index can have a project of this name", hint="check the name")
        elif (kept := _load(_path(cache, name, sites), now, None if network.offline else age)) is not None:
            found[name] = kept
    missing = [name for name in dict.fromkeys(names) if name not in found]
    if missing and say and not network.offline:
        say(f"asking the package index about {len(missing)} project{'s' * (len(missing) > 1)}")
    asked = net.gather(network, [lambda name=name: _ask(network, sites, name) for name in missing])  # type: ignore[misc]
    for name, answer in zip(missing, asked, strict=True):
        found[name] = answer
        if isinstance(answer, (Project, NotFound)):
            _store(_path(cache, name, sites), answer, now)
    return found


def _ask(network: Network, sites: Sequence[str], name: str) -> Project:
    """Return what the indexes list together.

    Raises:
        NotFound: no index has the project.
        NetworkError: one of them does not answer, or there is none to ask.
    """
    pages: list[Page] = []
    asked = [each for each in sites if each.startswith(("https://", "http://"))]
    if not asked:
        raise NetworkError("no index in use has a web address", hint="name one with --index-url")
    for site in asked:
        try:
            answer = net.get(network, f"{site}/{name}/", headers={"Accept": _ACCEPT}, limit=LIMIT)
        except NotFound:
            continue
        page = _read(answer, site)._replace(base=answer.url)
        if page.name and page.name != name:
            raise NetworkError(f"answered with the page of {page.name[:200]}", net.host(site), "name another index")
        pages.append(page)
    if not pages:
        raise _nowhere()
    return _project(pages, name)


def _read(answer: net.Answer, site: str) -> Page:
    """Return what a page says.

    Raises:
        NetworkError: it is not the page of a project.
    """
    what = "lists no files"
    try:
        with _reading:
            if page := index_pages.read(answer.body, answer.headers.get("content-type", "")):
                return page
    except index_pages.TooMuch as error:
        what = f"holds {error}"
    raise NetworkError(f"answered with a page that {what}", net.host(site), "name another index")


def _nowhere() -> NotFound:
    return NotFound("no index that was asked has the project", hint="check the name, or name its index")


def _project(pages: Sequence[Page], name: str) -> Project:
    """Return what the pages say together: of two files of one name the first, of two statuses the worse."""
    reasons = {file: why for page in reversed(pages) for file, why in page.files.items()}
    told = {file: _version(file, name) for file in reasons}
    listed = _releases(reasons, told)
    keys = {versions.key(PYPI, each.version) for each in listed}
    every = dict.fromkeys(version for page in pages for version in page.versions)
    worst = min(pages, key=lambda page: index_pages.ORDER.index(page.status))
    others = tuple(each for each in every if versions.key(PYPI, each) not in keys)
    latest = newest(listed)
    last = {file for file, version in told.items() if version and version == latest and reasons[file] is None}
    return Project(listed, others, worst.status, worst.reason, _wheels(pages, last))


def _wheels(pages: Sequence[Page], wanted: Collection[str]) -> tuple[Wheel, ...]:
    """Return those of these files that are wheels with an address, sorted."""
    found = {file: (page.base, page.wheels[file]) for page in reversed(pages) for file in page.wheels.keys() & wanted}
    offered = (wheel._replace(url=_whole(wheel.url, base)) for _, (base, wheel) in sorted(found.items()))
    return tuple(each for each in offered if each.url)[:MOST_WHEELS]


def _whole(address: str, base: str) -> str:
    """Return a whole address without credentials; nothing where it is none, or less safe than the page's own."""
    from urllib.parse import urljoin

    try:
        whole = urljoin(base, address)
    except ValueError:
        return ""
    allowed = ("https://",) if base.startswith("https://") else ("https://", "http://")
    return net.without_credentials(whole) if address and whole.startswith(allowed) and len(whole) < LONGEST else ""


def _releases(listed: Mapping[str, str | None], told: Mapping[str, str]) -> tuple[Release, ...]:
    reasons: dict[str, list[str | None]] = {}
    for file, why in listed.items():
        if version := told[file]:
            reasons.setdefault(version, []).append(why)
    keyed = [(key, version) for version in reasons if (key := versions.key(PYPI, version)) is not None]
    return tuple(_release(version, reasons[version]) for _, version in sorted(keyed))


def _release(version: str, reasons: Sequence[str | None]) -> Release:
    given = [why for why in reasons if why is not None]
    if len(given) < len(reasons):
        return Release(version)
    return Release(version, True, index_pages.shortened("; ".join(sorted({*filter(None, given)}))))


def _version(file: str, name: str) -> str:
    """Return the version in the file name of one of the project's distributions; empty where it is none."""
    from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
    from packaging.version import InvalidVersion

    try:
        if file.endswith(".whl"):
            project, version, *_ = parse_wheel_filename(file)
        elif file.endswith(index_pages.SDISTS):
            ending = next(each for each in index_pages.SDISTS if file.endswith(each))
            project, version = parse_sdist_filename(file.removesuffix(ending) + ".tar.gz")
        else:
            return ""
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
        return ""
    return str(version) if project == name else ""


def _path(cache: str, name: str, sites: Sequence[str]) -> str:
    import hashlib

    said = json.dumps([net.without_credentials(each) for each in sites])
    return os.path.join(cache, f"releases-{name}-{hashlib.sha256(said.encode()).hexdigest()[:16]}.json")


def _load(path: str, now: float, age: float | None) -> Project | NotFound | None:
    """Return what is kept, if it is young enough; at any age where `age` is None."""
    try:
        stored = json.loads(files.read_bytes(path, LIMIT))
        if stored["schema"] != SCHEMA:
            return None
        if age is not None and not 0 <= now - stored["at"] < (age if stored["project"] else min(age, MINUTES)):
            return None
        if not stored["project"]:
            return _nowhere()
        listed, others, status, reason, offered = stored["project"]
        found = tuple(Release(str(version), bool(yanked), str(why)) for version, yanked, why in listed)
        wheels = tuple(Wheel(str(file), str(url), str(sha256)) for file, url, sha256 in offered)
        status = status if status in index_pages.STATUSES else ""
        return Project(found, tuple(map(str, others)), status, str(reason), wheels)
    except (Unreadable, ValueError, KeyError, TypeError, RecursionError):
        return None


def _store(path: str, found: Project | NotFound, now: float) -> None:
    """Keep the answer for a day; where that fails, the next run only asks again."""
    kept = {"schema": SCHEMA, "at": now, "project": found if isinstance(found, Project) else None}
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        files.write_atomically(path, json.dumps(kept).encode())
    except (OSError, Unreadable):
        pass
