"""Releases without a wheel that fits, as wheels that hold nothing but metadata, so that nothing is ever built.

What a source distribution says of itself is read and nothing is run. A release that is held anyway may be taken at
what it said when it was packed (`requires.txt`); one that is to be moved to must say it for every build (PEP 643).
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from pip_assay import files, net
from pip_assay.errors import AssayError
from pip_assay.fix.nouns import Held
from pip_assay.fix.planning.lines import is_readable
from pip_assay.sources.resolve import Index, listing, sdists, words

TRIES = 3
"""So many releases of a project are looked at, the nearest that fit."""

_SECTION = re.compile(r"\[([^\]:]*)(?::([^\]]*))?\]")


def addresses(held: Sequence[Held], names: Collection[str], folder: str) -> dict[str, str]:
    """Return where the wheel of each of these projects is: one of its own metadata made in the folder, or its own.

    What is held in several releases, or says nothing of what it requires, has none.
    """
    from pathlib import Path

    found: dict[str, str] = {}
    for each in held:
        if each.name not in names or not is_readable(each) or sum(one.name == each.name for one in held) > 1:
            continue
        if each.requires is not None:
            version = str(Version(each.version))
            written = sdists.write(folder, sdists.Static(each.name, version, each.requires))
            found[each.name] = Path(written).absolute().as_uri()
        elif each.address:
            found[each.name] = each.address
    return found


class Stubs:
    """The wheels of metadata alone for one target, in one folder."""

    def __init__(self, folder: str, indexes: Index, network: net.Network, *, every: bool) -> None:
        self._folder = folder
        self._indexes = indexes
        self._network = network
        self._every = every
        self._written = 0

    def links(self) -> tuple[str, ...]:
        """Return the folder as a place to find releases in, once it holds something."""
        from pathlib import Path

        return (Path(self._folder).as_uri(),) if self._written else ()

    def held(self, name: str, version: str, known: Iterable[str]) -> None:
        """Add the release that is held; `known` are names that it requires, for where it does not say more."""
        found = sdists.Static(name, version, tuple(known))
        for offered in listing.sdists(name, self._indexes, self._network, every=self._every):
            if offered.version == Version(version):
                found = self._said(name, version, offered.url) or found
        self._write(found)

    def nearest(self, name: str, fits: Callable[[Version], bool]) -> bool:
        """Return whether releases were added: the lowest ones that fit and say what they require."""
        before = self._written
        offered = {
            each.version: each
            for each in listing.sdists(name, self._indexes, self._network, every=self._every)
            if fits(each.version) and not each.yanked and not each.version.is_prerelease
        }
        for version in sorted(offered)[:TRIES]:
            try:
                static = sdists.read(self._content(offered[version].url))
            except AssayError:
                continue
            if static and (static.name, static.version) == (name, str(version)):
                self._write(static)
        return self._written > before

    def _said(self, name: str, version: str, url: str) -> sdists.Static | None:
        """Return what the source distribution of a held release says, as well as it does."""
        try:
            content = self._content(url)
            if static := sdists.read(content):
                return static
            text = sdists.member(content, lambda each: each.endswith(".egg-info/requires.txt"))
            return sdists.Static(name, version, *egg_requires(text.decode("utf-8", "replace")))
        except AssayError:
            return None

    def _content(self, url: str) -> bytes:
        if url.startswith(("https:", "http:")):
            return net.get(self._network, url, limit=sdists.ARCHIVE_LIMIT).body
        return files.read_bytes(words.path(url), sdists.ARCHIVE_LIMIT)

    def _write(self, static: sdists.Static) -> None:
        sdists.write(self._folder, static)
        self._written += 1


def egg_requires(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return requirements and extras of a requires.txt: lines, under headings like "[extra:marker]"."""
    requires: list[str] = []
    extras: dict[str, None] = {}
    extra = marker = ""
    for line in map(str.strip, text.splitlines()):
        if heading := _SECTION.fullmatch(line):
            extra, marker = heading[1].strip(), (heading[2] or "").strip()
            extras |= {extra: None} if extra else {}
        elif line and not line.startswith("#"):
            requires += _with_marker(line, extra, marker)
    return tuple(requires), tuple(extras)


def _with_marker(line: str, extra: str, marker: str) -> Iterator[str]:
    conditions = [f"({marker})"] * bool(marker) + [f"extra == '{extra}'"] * bool(extra)
    try:
        yield str(Requirement(f"{line} ; {' and '.join(conditions)}" if conditions else line))
    except (InvalidRequirement, InvalidVersion):
        return
