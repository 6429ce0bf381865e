"""The user's own settings of uv's indexes: its configuration files of the system and the user, and its variables.

They are read here because uv itself is asked without any configuration: one in the target would count as well, and a
`no-binary` in any of them makes uv build.
"""

import os
import re
import sys
from collections.abc import Mapping

from pip_assay import files
from pip_assay.errors import Unreadable, UsageError
from pip_assay.sources.resolve.nouns import Index
from pip_assay.sources.resolve.surroundings import merged

LIMIT = 1024 * 1024


def read(environ: Mapping[str, str]) -> Index | None:
    """Return the indexes that the user told uv of, with their logins; None where there are none.

    Raises:
        UsageError: a configuration file cannot be read.
    """
    found = Index()
    for path in _files(environ):
        if os.path.isfile(path):
            found = merged(found, _configured(path, environ))
    found = merged(found, _variables(environ))
    return None if found == Index() else found


def _variables(environ: Mapping[str, str]) -> Index:
    named = f"{environ.get('UV_EXTRA_INDEX_URL', '')} {environ.get('UV_INDEX', '')}".split()
    links = environ.get("UV_FIND_LINKS", "").split(",")
    return Index(
        url=_index(environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL", ""), environ),
        extra=tuple(_index(each, environ) for each in named),
        find_links=tuple(each.strip() for each in links if each.strip()),
    )


def _files(environ: Mapping[str, str]) -> list[str]:
    """Return where uv's configuration of the system and of the user may be; the later one counts more."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
    if sys.platform == "win32":
        roots = [environ.get("PROGRAMDATA", ""), environ.get("APPDATA", "")]
    else:
        system = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
        roots = ["/etc", *reversed(system), environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")]
    return [os.path.join(root, "uv", "uv.toml") for root in roots if os.path.isabs(root)]


def _configured(path: str, environ: Mapping[str, str]) -> Index:
    import tomllib

    try:
        document = tomllib.loads(files.read_bytes(path, LIMIT).decode())
    except (ValueError, RecursionError, Unreadable):
        # Without the parser's words: they may quote a login.
        raise UsageError("cannot be read as uv's configuration", path, "correct it") from None
    pip = document.get("pip")
    settings = {**document, **pip} if isinstance(pip, dict) else document
    main, extra = settings.get("index-url"), _list(settings, "extra-index-url")
    for entry in _list(settings, "index"):
        if isinstance(entry, dict) and not entry.get("explicit"):
            address = f"{entry.get('name', '')}={entry.get('url', '')}"
            main, extra = (address, extra) if entry.get("default") else (main, [*extra, address])
    return Index(
        url=_index(main if isinstance(main, str) else "", environ),
        extra=tuple(_index(each, environ) for each in extra if isinstance(each, str)),
        find_links=tuple(each for each in _list(settings, "find-links") if isinstance(each, str)),
        none=settings.get("no-index") is True,
    )


def _list(settings: Mapping[str, object], key: str) -> list[object]:
    value = settings.get(key)
    return value if isinstance(value, list) else []


def _index(text: str, environ: Mapping[str, str]) -> str:
    """Return the address in "ADDRESS" or "NAME=ADDRESS", with the login that variables hold for that name."""
    name, named, address = text.partition("=")
    if not named or ":" in name:
        return text
    prefix = f"UV_INDEX_{re.sub('[^A-Z0-9]', '_', name.upper())}"
    user, password = environ.get(f"{prefix}_USERNAME", ""), environ.get(f"{prefix}_PASSWORD", "")
    scheme, mark, rest = address.partition("://")
    if not mark or not (user or password):
        return address
    from urllib.parse import quote

    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest.rpartition('@')[2]}"
