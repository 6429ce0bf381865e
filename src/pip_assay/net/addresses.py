"""Addresses: without their credentials, and the public index's own."""

import re

# Everything up to the last "@" of the authority; or up to the "@" after a ":" that no port follows, because a password
# may hold a "/" that nobody encoded; or, where the scheme was forgotten, a name and a password.
_CREDENTIALS = re.compile(
    r"""((?:[a-z][a-z0-9+.-]*:)?//)(?:[^/?#]*@|[^/?#:@\[]*:(?![0-9]*(?:[/?#]|$))[^@]*@)|[^/?#:@\\]+:[^/?#@\\]*@""",
    re.IGNORECASE,
)
_HOST = re.compile(r"https?://(?:[^/?#]*@)?([^/?#:@]+)\.?(?::[0-9]*)?(?:[/?#]|$)", re.IGNORECASE)


def without_credentials(url: str) -> str:
    """Return the address without the user name and password that it may hold."""
    url = url.strip()
    found = _CREDENTIALS.match(url)
    return (found[1] or "") + url[found.end() :] if found else url


def host(url: str) -> str:
    """Return the host, and the port if it is written, of an address."""
    return without_credentials(url).partition("://")[2].partition("/")[0]


def public_site() -> str:
    """Return the public Python package index's site, scheme and host, as the purl library knows it.

    This is the one place that knows; it costs 25 ms at its first call.
    """
    from urllib.parse import urlsplit

    from packageurl.contrib import purl2url

    parts = urlsplit(str(purl2url.get_repo_url("pkg:pypi/pip")))  # type: ignore[no-untyped-call]
    return f"{parts.scheme}://{parts.netloc}"


def public_index() -> str:
    """Return the address of the public index that pip uses by default."""
    return f"{public_site()}/simple"


def is_public_index(url: str, site: str = "") -> bool:
    """Return whether the address is on the public index's host, not on a host below or beside it.

    `site` is what `public_site()` returned, for callers that ask often.
    """
    asked, public = (_HOST.match(each.strip()) for each in (url, site or public_site()))
    return bool(asked and public and asked[1].rstrip(".").lower() == public[1].lower())
