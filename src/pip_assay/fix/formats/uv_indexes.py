"""The indexes of a project of uv's, and what of the user's settings uv sees when it locks."""

import os
import re
from collections.abc import Iterator, Mapping

from pip_assay.fix.nouns import Newest
from pip_assay.fix.tools import Tools
from pip_assay.model import Place, Problem
from pip_assay.sources.documents import toml
from pip_assay.sources.resolve import Index
from pip_assay.values import NamedTuple

_OWN = re.compile(
    r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|PYTHON_INSTALL_DIR|PYTHON_PREFERENCE"
    r"|INDEX_[A-Z0-9_]+_(USERNAME|PASSWORD))"
)
"""What uv reads of a user's own indexes and interpreters."""


class Indexes(NamedTuple):
    """Where the releases of a project come from.

    searched   for every project; addresses may hold credentials: never print it.
    elsewhere  the addresses of those that are only for projects that are told to come from them.
    """

    searched: Index
    elsewhere: frozenset[str]

    def __repr__(self) -> str:
        return "Indexes(...)"


def read(folder: str, environ: Mapping[str, str]) -> Indexes:
    """Return the indexes that a project names: in its uv.toml where it has one, else in [tool.uv] of pyproject.toml."""
    settings = _settings(folder)
    main, extra, elsewhere = settings.text("index-url"), [*settings.texts("extra-index-url")], set()
    for each in settings.tables("index"):
        url = each.text("url")
        if each.values.get("explicit") is True:
            elsewhere.add(url)
        elif each.values.get("default") is True:
            main = _with_login(each.text("name"), _placed(url, folder), environ)
        elif url:
            extra.append(_with_login(each.text("name"), _placed(url, folder), environ))
    links = tuple(_placed(each, folder) for each in settings.texts("find-links"))
    return Indexes(Index(main, tuple(extra), links, none=settings.values.get("no-index") is True), frozenset(elsewhere))


def newest(folder: str) -> Newest | None:
    """Return what a project says of the newest releases that it takes; None where it says nothing."""
    settings = _settings(folder)
    text = settings.text("exclude-newer")
    return Newest(text, settings.place) if text else None


def _settings(folder: str) -> toml.Table:
    for name in ("uv.toml", "pyproject.toml"):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and not isinstance(found := toml.load(path, ""), Problem):
            return found[0] if name == "uv.toml" else found[0].table("tool").table("uv")
    return toml.Table({}, folder, Place(folder), {})


def _placed(place: str, folder: str) -> str:
    """Return a place that a project names, as it is seen from the current folder."""
    return place if "://" in place or os.path.isabs(place) else os.path.join(os.path.abspath(folder), place)


def _with_login(name: str, url: str, environ: Mapping[str, str]) -> str:
    """Return an address with the login that variables hold for an index of that name."""
    prefix = f"UV_INDEX_{re.sub('[^A-Z0-9]', '_', name.upper())}"
    user, password = environ.get(f"{prefix}_USERNAME", ""), environ.get(f"{prefix}_PASSWORD", "")
    scheme, mark, rest = url.partition("://")
    if not (name and mark and (user or password)):
        return url
    from urllib.parse import quote

    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest.rpartition('@')[2]}"


def variables(tools: Tools) -> dict[str, str]:
    """Return the variables that uv sees beside those that every program does; its indexes are told otherwise."""
    return tools.uv(Index(), uses_pip=False)[2]


def variables_with_indexes(tools: Tools) -> dict[str, str]:
    """Return the variables that uv sees where it reads the settings of a project, which no other indexes replace."""
    return {**variables(tools), **dict(_own(tools.environ))}


def _own(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if value and _OWN.fullmatch(name):
            yield name, os.path.abspath(value) if name == "UV_PYTHON_INSTALL_DIR" else value
