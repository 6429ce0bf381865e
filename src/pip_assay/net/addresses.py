"""Addresses: without their credentials, and the public index's own."""

import re

from pip_assay.credentials import without_credentials

_HOST = re.compile(r"https?://(?:[^/?#]*@)?([^/?#:@]+)\.?(?::[0-9]*)?(?:[/?#]|$)", re.IGNORECASE)


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
