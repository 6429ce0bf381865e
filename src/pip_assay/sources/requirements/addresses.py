"""What an address (a URL or a path) says about the project behind it."""

import re

from pip_assay import versions
from pip_assay.credentials import all_without_credentials
from pip_assay.model import PYPI, OriginKind
from pip_assay.names import normalise

# Patterns, not compiled: few requirements have an address, and compiling costs more than reading a file of names.
_INSTALLABLE = r"(?ia:(?P<vcs>(?:git|hg|svn|bzr)\+[a-z-]+)|(?P<file>file)|https?|ftp):"
_ARCHIVES = (
    ".whl", ".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.lz", ".tar.lzma", ".tgz", ".tbz", ".txz", ".tlz",
)  # fmt: skip
_WHEEL = r"(?ia)(?P<name>[a-z0-9](?:[a-z0-9.]|_(?!_))*)-(?P<version>[^-]+)(?:-[0-9][^-]*)?(?:-[^-]+){3}\.whl"
_SDIST = r"(?ia)(?P<name>[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)-(?P<version>[^-]+)\.(?:tar\.gz|zip)"
_EGG = r"(?ia)[#&]egg=([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?:\[([^\]&]*)\])?"
_TAG_ARCHIVE = r"/(?:archive|get|tarball|zipball)/"
_HASH = r"[#&](?:sha512|sha384|sha256|sha224|sha1|md5)=."

_QUERY = r"(://[^?#\s]*)(?:\?[^#\s]*)?"


def is_address(text: str) -> bool:
    """Return whether the text begins as a URL that pip installs from."""
    return ":" in text and re.match(_INSTALLABLE, text) is not None


_ADDRESS = r"(?i)[a-z][a-z0-9+.-]+:[^\s]*"
UNCLEAR = "an address that can be read in two ways"


def hosts(text: str) -> list[str]:
    """Return the hosts, with their ports, of every address in the text, in lower case; a local file has none.

    An address that its reader may take for another (with a backslash, a control character, or a scheme and no host)
    has the host UNCLEAR.
    """
    if not re.search(_ADDRESS, text):
        return []
    if "\\" in text or not text.isprintable():
        return [UNCLEAR]
    return [_host(found) for found in re.findall(_ADDRESS, text) if not found.lower().startswith(("file:", "sha"))]


def _host(address: str) -> str:
    from urllib.parse import urlsplit

    try:
        return urlsplit(address.partition("+")[2] or address).netloc.rpartition("@")[2].lower() or UNCLEAR
    except ValueError:
        return UNCLEAR


def is_archive(text: str) -> bool:
    """Return whether the text ends as the name of an archive that pip installs, extras aside."""
    return split_extras(text)[0].lower().endswith(_ARCHIVES)


def split_extras(text: str) -> tuple[str, str]:
    """Return what stands before the brackets at the end of the text, and what stands in them."""
    before, _, extras = text[:-1].rpartition("[")
    if text[-1:] == "]" and before and extras and "]" not in extras:
        return before.rstrip(), extras
    return text, ""


def kind(address: str) -> OriginKind:
    """Return what the address leads to: "vcs", "url" or "path"."""
    match = re.match(_INSTALLABLE, address)
    if match is None or match["file"]:
        return "path"
    return "vcs" if match["vcs"] else "url"


def public(text: str) -> str:
    """Return the text with the credentials and queries of the URLs in it left out."""
    if "://" not in text:
        return text
    return re.sub(_QUERY, r"\1", all_without_credentials(text))


def has_hash(address: str) -> bool:
    """Return whether the address ends in the hash of what it leads to."""
    return re.search(_HASH, address) is not None


def egg(address: str) -> tuple[str, str]:
    """Return the name and the extras of "#egg=NAME[EXTRAS]"; empty where the address has none."""
    match = re.search(_EGG, address)
    return (match[1], match[2] or "") if match else ("", "")


def release(address: str) -> tuple[str, str]:
    """Return the name and version that the address gives for what it leads to; empty where it does not say.

    A wheel's file name says both, whatever else the address says. An sdist's does where "#egg=" names the same
    project, or names none and the file is named as PEP 625 wants it and is not an archive of a repository's tag,
    whose name is the tag's.
    """
    name, version = _file_release(address)
    if version and address_file(address).endswith(".whl"):
        return name, version
    declared, _ = egg(address)
    if declared:
        return declared, version if normalise(name) == normalise(declared) else ""
    if not address_file(address).endswith(".tar.gz") or re.search(_TAG_ARCHIVE, address):
        return "", ""
    return name, version


def version_of(address: str, name: str) -> str:
    """Return the version that the file name of the address gives for that project, or nothing."""
    found, version = _file_release(address)
    return version if normalise(found) == normalise(name) else ""


def address_file(address: str) -> str:
    """Return the file name in the address, without fragment, query and extras."""
    path = re.split(r"[?#\[]", address, maxsplit=1)[0].rstrip("/")
    name = re.split(r"[/\\]", path)[-1]
    if "%" in name:
        from urllib.parse import unquote

        name = unquote(name)
    return name


def _file_release(address: str) -> tuple[str, str]:
    if kind(address) == "vcs":
        return "", ""
    name = address_file(address)
    match = re.fullmatch(_WHEEL, name) or re.fullmatch(_SDIST, name)
    if match is None or versions.key(PYPI, match["version"]) is None:
        return "", ""
    return match["name"], match["version"]
