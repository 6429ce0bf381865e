"""What a resolver says, as a person may see it: one short line, no login, no control character."""

import re

from pip_assay.model import Origin

LONGEST = 300

_LOGIN = re.compile(r"://[^\s'\"`<>]*@")
_FRAME = re.compile("[\u00d7\u2500-\u257f\u25b6]|(?<=\u2500)>")
_QUERY = re.compile(r"(://[^\s'\"`<>?]*)\?[^\s'\"`<>]*")


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
    from pip_assay import net

    kind = "path" if address.lower().startswith("file:") else "url"
    return Origin("path" if kind == "path" else "url", net.without_credentials(address.partition("?")[0]))


def wheel_version(address: str) -> str:
    """Return the version in a wheel's file name (PEP 427), empty where there is none."""
    from urllib.parse import unquote

    parts = unquote(address.partition("?")[0]).rpartition("/")[2].split("-")
    return parts[1] if len(parts) >= 5 else ""
