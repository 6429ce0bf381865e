"""What a resolver says, as a person may see it: one short line, no login, no control character."""

import re

from pip_assay.credentials import without_credentials
from pip_assay.model import Origin

LONGEST = 300

_LOGIN = re.compile(r"://[^\s'\"`<>]*@")
_FRAME = re.compile("[\u00d7\u2500-\u257f\u25b6]|(?<=\u2500)>")
_QUERY = re.compile(r"(://[^\s'\"`<>?]*)\?[^\s'\"`<>]*")
_SDIST = re.compile(r".+-([0-9][^-]*?)\.(?:tar\.gz|tgz|zip)", re.IGNORECASE)
_REPOSITORY = re.compile(r"(?:git|hg|bzr|svn)\+", re.IGNORECASE)


def one_line(text: str) -> str:
    """Return the text on one line of at most 300 characters, without the logins and queries of its addresses."""
    text = "".join(character if character.isprintable() else " " for character in text)
    text = _QUERY.sub(r"\1", _LOGIN.sub("://", " ".join(text.split())))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def unframed(text: str) -> str:
    """Return the text on one line, without the lines and arrows that pip and uv before 0.10 draw around it."""
    return " ".join(_FRAME.sub(" ", text).split())


def origin(address: str) -> Origin:
    """Return the origin of a release that was asked for by its address."""
    where = without_credentials(address.partition("?")[0].partition("#")[0])
    if address.lower().startswith("file:"):
        return Origin("path", where)
    return Origin("vcs" if _REPOSITORY.match(address) else "url", where)


def path(address: str) -> str:
    """Return the path that a file's address names; a path is returned as it is."""
    if not address.lower().startswith("file:"):
        return address
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return url2pathname(urlsplit(address).path) if "://" in address else address[5:]


def version(address: str) -> str:
    """Return the version in the file name of a wheel (PEP 427) or source distribution (PEP 625), empty without one."""
    from urllib.parse import unquote

    file = unquote(address.partition("?")[0].partition("#")[0]).rpartition("/")[2]
    parts = file.split("-")
    if file.lower().endswith(".whl"):
        return parts[1] if len(parts) >= 5 else ""
    found = _SDIST.fullmatch(file)
    return found[1] if found else ""
