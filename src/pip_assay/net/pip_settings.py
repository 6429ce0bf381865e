"""pip's own settings, read as pip reads them: its configuration files, then its environment variables.

Rules: pip's documentation, "Configuration"; checked against pip itself in the tests.
"""

import os
import sys
from collections.abc import Mapping

from pip_assay import files
from pip_assay.errors import Unreadable, UsageError

LIMIT = 1024 * 1024

SECTIONS = ("global", "download", "install")
"""The sections that count, the last one most. pip reads [download] for `pip download` only; here it fills gaps."""


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """Return pip's settings by the name of their option: {"index-url": ...}. Empty values count as absent.

    Raises:
        UsageError: a configuration file cannot be read as one.
    """
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for path in places(environ):
        for section, settings in _sections(path).items():
            if section in found:
                found[section].update(settings)
    variables = {_option(name[4:]): value for name, value in environ.items() if name.startswith("PIP_")}
    return {
        option: value
        for settings in (*found.values(), variables)
        for option, value in settings.items()
        if value.strip()
    }


def places(environ: Mapping[str, str], platform: str = sys.platform, prefix: str = sys.prefix) -> list[str]:
    """Return where pip's configuration files may be; of two that set the same option the later one counts.

    The environment's own file is that of the active virtual environment, where there is one.
    """
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    paths = _system(environ, platform)
    if not (named and os.path.exists(named)):
        paths += _user(environ, platform)
    paths.append(os.path.join(environ.get("VIRTUAL_ENV") or prefix, _basename(platform)))
    return [*paths, named] if named else paths


def home(environ: Mapping[str, str]) -> str:
    """Return the user's own folder."""
    return environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")


def _basename(platform: str) -> str:
    return "pip.ini" if platform == "win32" else "pip.conf"


def _system(environ: Mapping[str, str], platform: str) -> list[str]:
    if platform == "win32":
        folders = [os.path.join(environ.get("PROGRAMDATA", "C:\\ProgramData"), "pip")]
    elif platform == "darwin":
        folders = ["/Library/Application Support/pip"]
    else:
        roots = environ.get("XDG_CONFIG_DIRS", "").strip() or "/etc/xdg"
        folders = [os.path.join(root, "pip") for root in roots.split(os.pathsep) if root.strip()] + ["/etc"]
    return [os.path.join(folder, _basename(platform)) for folder in folders]


def _user(environ: Mapping[str, str], platform: str) -> list[str]:
    own = home(environ)
    root = environ.get("XDG_CONFIG_HOME", "").strip() or os.path.join(own, ".config")
    old, new = os.path.join(own, ".pip"), os.path.join(root, "pip")
    if platform == "win32":
        old = os.path.join(own, "pip")
        new = os.path.join(environ.get("APPDATA") or os.path.join(own, "AppData", "Roaming"), "pip")
    elif platform == "darwin":
        support = os.path.join(own, "Library", "Application Support", "pip")
        new = support if os.path.isdir(support) else os.path.join(own, ".config", "pip")
    return [os.path.join(folder, _basename(platform)) for folder in (old, new)]


def _option(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")


def _sections(path: str) -> dict[str, dict[str, str]]:
    import configparser

    if not os.path.exists(path):
        return {}
    parser = configparser.RawConfigParser()
    parser.optionxform = _option  # type: ignore[method-assign,assignment]
    try:
        parser.read_string(files.read_bytes(path, LIMIT).decode("utf-8"), path)
    except (configparser.Error, UnicodeDecodeError, Unreadable) as error:
        raise UsageError(
            f"cannot be read as pip's configuration ({_reason(error)})",
            path,
            "correct it, or name another in PIP_CONFIG_FILE",
        ) from None
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _reason(error: Exception) -> str:
    """Return what is wrong, and in which line, without a word of the file's content: it may hold credentials."""
    import configparser

    if isinstance(error, Unreadable):
        return error.what
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    line = getattr(error, "lineno", None)
    if line is None and isinstance(error, configparser.ParsingError) and error.errors:
        line = error.errors[0][0]
    return f"line {line}" if line else "it is not in sections of name = value lines"
