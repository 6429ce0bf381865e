"""What the package indexes in use list of a project: its releases, its status; kept for a day."""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from pip_assay import files, index_pages, net, versions
from pip_assay.errors import NetworkError, NotFound, Unreadable
from pip_assay.index_pages import Page
from pip_assay.model import PYPI
from pip_assay.net import Network
from pip_assay.values import NamedTuple

DAY = 24 * 60 * 60
MINUTES = 10 * 60
"""Seconds for which "nobody has this project" is believed: it may be uploaded at any time."""

LIMIT = 16 * 1024 * 1024
"""Bytes of a page: those of the public index have a few millions at most."""
SCHEMA = 2
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
    """

    releases: tuple[Release, ...]
    others: tuple[str, ...] = ()
    status: str = ""
    reason: str = ""


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
        page = _read(answer, site)
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
    listed = _releases({file: why for page in reversed(pages) for file, why in page.files.items()}, name)
    keys = {versions.key(PYPI, each.version) for each in listed}
    every = dict.fromkeys(version for page in pages for version in page.versions)
    worst = min(pages, key=lambda page: index_pages.ORDER.index(page.status))
    others = tuple(each for each in every if versions.key(PYPI, each) not in keys)
    return Project(listed, others, worst.status, worst.reason)


def _releases(listed: Mapping[str, str | None], name: str) -> tuple[Release, ...]:
    reasons: dict[str, list[str | None]] = {}
    for file, why in listed.items():
        if version := _version(file, name):
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
        listed, others, status, reason = stored["project"]
        found = tuple(Release(str(version), bool(yanked), str(why)) for version, yanked, why in listed)
        return Project(found, tuple(map(str, others)), status if status in index_pages.STATUSES else "", str(reason))
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
