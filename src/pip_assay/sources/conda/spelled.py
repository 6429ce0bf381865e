"""What file names, addresses, specifications and platforms say, as conda spells them."""

import re

from pip_assay.model import INDEX, Origin
from pip_assay.sources.locks import locked

_BUILD = re.compile(r"(?:^|[/\\])([^/\\?#]+)-([^/\\?#-]+)-[^/\\?#-]+\.(?:conda|tar\.bz2)(?:[?#].*)?$")
_SPEC_NAME = re.compile(r"\s*(?:[^\s\[\]=<>!~]*::)?([A-Za-z0-9_][A-Za-z0-9_.-]*)")

# Not compiled here, for most locks need few of them.
_BRACKETED = r"""\bversion\s*=\s*["']?([^"'\]]*)"""
_OPERATORS = r"[<>!~|,]"
_VERSION = r"[0-9A-Za-z][0-9A-Za-z_.!+]*"
_REQUIRED = r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
_EXTRA = r"\bextra\s*==|==\s*extra\b"
_VCS = r"(?:git|hg|svn|bzr)\+"
_PUBLIC = (
    r"/packages/(?:[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}|(?:source|any|(?:py|cp|pp)?[0-9][0-9a-z.]*)/[^/]/[^/]+)/[^/]+$"
)
"""How the public index, and what mirrors it, lays out its files: by their BLAKE2 hash, once by their project."""

_SYSTEMS = {"linux": "linux", "osx": "darwin", "win": "win32"}
_MACHINES = {
    "linux-64": "x86_64", "linux-32": "i686", "linux-aarch64": "aarch64", "linux-armv6l": "armv6l",
    "linux-armv7l": "armv7l", "linux-ppc64": "ppc64", "linux-ppc64le": "ppc64le", "linux-riscv64": "riscv64",
    "linux-s390x": "s390x", "osx-64": "x86_64", "osx-arm64": "arm64", "win-64": "AMD64", "win-32": "x86",
    "win-arm64": "ARM64",
}  # fmt: skip
"""What conda calls a platform, and what `platform_machine` is there (PEP 508)."""


def build(address: str) -> tuple[str, str]:
    """Return the name and version in the "NAME-VERSION-BUILD.conda" at the end of an address (CEP 26), or nothing."""
    found = _BUILD.search(address)
    return (_unquoted(found[1]), _unquoted(found[2])) if found else ("", "")


def spec_name(spec: str) -> str:
    """Return the name that a MatchSpec asks for: "numpy" of "conda-forge::numpy >=1.2"; empty where it has none."""
    found = _SPEC_NAME.match(spec)
    return found[1].lower() if found else ""


def required(requirement: str) -> str:
    """Return the name that a requirement (PEP 508) asks for; empty where only an extra of its project asks for it."""
    found = re.match(_REQUIRED, requirement)
    return "" if not found or ("extra" in requirement and re.search(_EXTRA, requirement)) else found[1]


def _unquoted(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def origin(location: str, indexes: tuple[str, ...] = ()) -> Origin:
    """Return where a Python package came from that a lock gives this location.

    A lock names the file, and `indexes` are those that it may be from, the first of them asked first. Where that does
    not tell which, a file laid out as on the public index is taken for one of it, and for any other its folder stands.
    """
    if re.match(_VCS, location):
        return Origin("vcs", locked.address(location))
    if location.startswith("direct+"):
        return Origin("url", locked.address(location.removeprefix("direct+")))
    if "://" not in location or location.startswith("file:"):
        return Origin("path", location)
    alike = [each for each in indexes if _site(each) == _site(location)] or (indexes if len(indexes) == 1 else ())
    if alike:
        return locked.index_origin(alike[0])
    path = re.split(r"[?#]", location, maxsplit=1)[0]
    return INDEX if re.search(_PUBLIC, path) else locked.index_origin(path.rpartition("/")[0])


def _site(url: str) -> str:
    """Return the last two parts of the host: an index and its files are often on two hosts of one site."""
    host = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return ".".join(host.lower().split(".")[-2:])


def marker(platforms: frozenset[str], every: frozenset[str]) -> str:
    """Return when a package applies that is for these platforms of a lock, as a marker (PEP 508); empty for always.

    Where all the lock's platforms of one system have it, it applies to that system.
    """
    if not platforms or platforms >= every or not platforms <= _MACHINES.keys():
        return ""
    conditions = []
    for prefix, system in _SYSTEMS.items():
        mine = {each for each in platforms if each.startswith(f"{prefix}-")}
        if mine and mine == {each for each in every if each.startswith(f"{prefix}-")}:
            conditions.append(f'sys_platform == "{system}"')
        else:
            conditions += [
                f'sys_platform == "{system}" and platform_machine == "{_MACHINES[each]}"' for each in sorted(mine)
            ]
    return " or ".join(conditions)


def spec(text: str) -> tuple[str, str, str]:
    """Return the name that a MatchSpec (CEP 29) asks for, its one certain version if it has one, and what limits it.

    A version is certain that is written without operators and wildcards, as `conda env export` does: "alpha=1.2=py_0".
    """
    name, version = build(text)
    if name:
        return name, version, f"=={version}"
    found = _SPEC_NAME.match(text)
    if not found:
        return "", "", ""
    rest, _, inside = text[found.end() :].partition("[")
    bracketed = re.search(_BRACKETED, inside)
    limit = (bracketed[1] if bracketed else rest).strip()
    limit = re.sub(r"\s+", "", limit) if re.search(_OPERATORS, limit) else limit.partition(" ")[0]
    exact = limit.startswith("==")
    limit = limit.lstrip("=")
    if not re.search(_OPERATORS, limit):
        limit = limit.partition("=")[0]  # what follows is a build
    certain = re.fullmatch(_VERSION, limit)
    return found[1], limit if certain else "", f"{'==' if exact else '='}{limit}" if limit[:1].isalnum() else limit
