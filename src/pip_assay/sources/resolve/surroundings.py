"""What of the user's environment a resolver sees: indexes, logins, proxies, certificates; nothing of the target.

uv fills in ${VARIABLES} in the addresses that a wheel's metadata names, and so sends whatever variable a hostile wheel
asks for: only those of the lists here are passed on, and uv is told its indexes on standard input. Nothing secret
stands on a command line, which every user of the machine can read.
"""

import os
import re
from collections.abc import Mapping

from pip_assay.sources.resolve.nouns import Index

ALWAYS = (
    "ALL_PROXY", "APPDATA", "HOME", "HTTPS_PROXY", "HTTP_PROXY", "LANG", "LC_ALL", "LOCALAPPDATA", "NETRC", "NO_PROXY",
    "PROGRAMDATA", "SSL_CERT_DIR", "SSL_CERT_FILE", "SSL_CLIENT_CERT", "SYSTEMROOT", "USERPROFILE", "WINDIR",
    "XDG_CACHE_HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
)  # fmt: skip

PATHS = (
    "CURL_CA_BUNDLE", "NETRC", "PIP_CACHE_DIR", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_CONFIG_FILE", "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR", "SSL_CERT_FILE", "SSL_CLIENT_CERT", "UV_CACHE_DIR", "UV_CREDENTIALS_DIR",
)  # fmt: skip
"""Variables that may hold a path relative to the current folder, which is not the resolver's."""

PLACES = ("index-url", "extra-index-url", "find-links", "no-index")
"""pip's settings that say where releases are."""

_UNSAFE = re.compile(r"[\x00-\x20$]")
"""What in an address would end a line, or begin a variable."""


def passed_on(environ: Mapping[str, str], names: tuple[str, ...], search: str) -> dict[str, str]:
    """Return the variables that every resolver sees, and those of `names`; their paths are absolute."""
    kept = {name: value for name, value in environ.items() if value and (name.upper() in ALWAYS or name in names)}
    for name in kept.keys() & set(PATHS):
        kept[name] = os.path.abspath(os.path.expanduser(kept[name]))
    return {**kept, "PATH": search}


def hold_proxy_login(environ: Mapping[str, str]) -> bool:
    """Return whether a variable holds a proxy's address with a login."""
    return any("@" in value for name, value in environ.items() if name.upper().endswith("_PROXY"))


def pip_configured(environ: Mapping[str, str]) -> dict[str, str]:
    """Return pip's own settings by option, without those of the active environment, which may be what is audited.

    Raises:
        UsageError: a configuration file of pip's is broken.
    """
    from pip_assay.net import pip_settings

    return pip_settings.read({name: value for name, value in environ.items() if name != "VIRTUAL_ENV"})


def without_pips_indexes(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with all of pip's own settings but those that say where releases are.

    Raises:
        UsageError: a configuration file of pip's is broken.
    """
    kept = {option: text for option, text in pip_configured(environ).items() if option not in PLACES}
    others = {name: value for name, value in environ.items() if not name.startswith("PIP_")}
    own = {f"PIP_{option.upper().replace('-', '_')}": text for option, text in kept.items()}
    return {**others, **own, "PIP_CONFIG_FILE": os.devnull}


def pips_index(configured: Mapping[str, str]) -> Index:
    """Return the indexes of pip's own settings."""
    return Index(
        url=configured.get("index-url", ""),
        extra=tuple(configured.get("extra-index-url", "").split()),
        find_links=tuple(configured.get("find-links", "").split()),
        none=_is_true(configured.get("no-index", "")),
        trusted_hosts=tuple(configured.get("trusted-host", "").split()),
        pre=_is_true(configured.get("pre", "")),
    )


def merged(own: Index, named: Index) -> Index:
    """Return the user's own settings with those named for now: a main index replaces, all else adds up, as in pip.

    Places become URLs without spaces.
    """
    return Index(
        url=_url(named.url or own.url),
        extra=tuple(dict.fromkeys(map(_url, own.extra + named.extra))),
        find_links=tuple(dict.fromkeys(map(_url, own.find_links + named.find_links))),
        none=own.none or named.none,
        trusted_hosts=own.trusted_hosts + named.trusted_hosts,
        pre=own.pre or named.pre,
    )


def identity(path: str) -> str:
    """Return what changes when a program does: where it is, how large, and when it was written."""
    try:
        status = os.stat(path)
    except OSError:
        return path
    return f"{path} {status.st_size} {status.st_mtime_ns}"


def _url(place: str) -> str:
    if not place or "://" in place or place.startswith("file:"):
        return _UNSAFE.sub(lambda mark: f"%{ord(mark[0]):02X}", place.strip())
    from pathlib import Path

    return Path(os.path.abspath(os.path.expanduser(place))).as_uri()


def _is_true(text: str) -> bool:
    return text.strip().lower() in ("1", "on", "t", "true", "y", "yes")
