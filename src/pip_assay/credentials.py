"""Addresses without the credentials in them: the one rule, for everything that is printed or kept."""

import re

LOGIN = r"[^/?#\s]*@|[^/?#:@\[\s]*:(?![0-9]*(?:[/?#\s]|$))[^@\s]*@(?:[^/?#@\s]*@)*"
"""What stands between "://" and the host.

Everything up to the last "@" of the authority; or, because a password may hold a "/", "?" or "#" that nobody encoded, a
name and a ":" that no port follows, up to the last "@" before the next of these. An unencoded "@" with one of these
after it ends the login too early: it cannot be told from the "@" of a revision in a path.
"""

_ADDRESS = rf"((?:[a-z][a-z0-9+.-]*:)?//)(?:{LOGIN})|[^/?#:@\\]+:[^/?#@\\]*@"
"""The second form is that of an address whose scheme was forgotten."""


def without_credentials(url: str) -> str:
    """Return the address without the user name and password that it may hold."""
    url = url.strip()
    found = re.match(_ADDRESS, url, re.IGNORECASE)
    return (found[1] or "") + url[found.end() :] if found else url


def all_without_credentials(text: str) -> str:
    """Return the text with the credentials of every address in it left out."""
    return re.sub(rf"://(?:{LOGIN})", "://", text) if "@" in text else text
