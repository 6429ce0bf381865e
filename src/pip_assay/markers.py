"""Environment markers for a named version of Python and a named platform: what applies there, what does not.

What is not named is not known, and a marker that asks for it hides nothing. (PEP 508, "Environment Markers".)
"""

import re
from collections.abc import Iterable, Mapping

from pip_assay.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.markers import Marker

_PYTHON = re.compile(r"(\d+\.\d+)(?:\.\d+(?:(?:a|b|rc)\d+)?)?", re.ASCII)

_LINUX, _WINDOWS, _MACOS = ("posix", "linux", "Linux"), ("nt", "win32", "Windows"), ("posix", "darwin", "Darwin")
_ANDROID, _IOS, _WEB = ("posix", "android", "Android"), ("posix", "ios", "iOS"), ("posix", "emscripten", "Emscripten")
_SYSTEMS = {
    "linux": _LINUX, "windows": _WINDOWS, "win32": _WINDOWS, "macos": _MACOS, "darwin": _MACOS, "android": _ANDROID,
    "ios": _IOS, "emscripten": _WEB,
}  # fmt: skip
"""`os_name`, `sys_platform` and `platform_system` of a system, by the words of uv and of `sys.platform`."""

_TRIPLE = re.compile(
    r"([a-z0-9_]+)-(unknown-linux|manylinux|pc-windows|apple-darwin|linux-android|apple-ios|pyodide)[a-z0-9_-]*"
)
_TRIPLES = {
    "unknown-linux": _LINUX, "manylinux": _LINUX, "pc-windows": _WINDOWS, "apple-darwin": _MACOS,
    "linux-android": _ANDROID, "apple-ios": _IOS, "pyodide": _WEB,
}  # fmt: skip
_MACHINES = {
    ("win32", "x86_64"): "AMD64", ("win32", "aarch64"): "ARM64", ("win32", "i686"): "x86",
    ("darwin", "aarch64"): "arm64",
}  # fmt: skip
"""What `platform.machine()` says there, where it is not the word of the triple."""

_FULL = ("python_full_version", "implementation_version")
_VALUE = r"""("[^"]*"|'[^']*'|[A-Za-z_.]+)"""
_COMPARISON = re.compile(rf"{_VALUE}\s*(===|==|~=|!=|<=|>=|<|>|\bnot\s+in\b|\bin\b)\s*{_VALUE}")
_TRUE = 'os_name != "?"'


def environment(python: str = "", platform: str = "") -> dict[str, str]:
    """Return the marker environment of a version ("3.12", "3.12.1") on a platform; empty means the running one.

    A platform is one of uv's words ("linux", "macos", "windows", "x86_64-unknown-linux-gnu", ...) or one of
    `sys.platform`. What its name does not tell has an empty value: the release of the system, and the machine where
    only the system is named. The full version of a "3.12" stays "3.12": the third number is not known.

    Raises:
        UsageError: there is no such version or platform.
    """
    from packaging.markers import default_environment

    found = {name: str(value) for name, value in default_environment().items()}
    if python:
        match = _PYTHON.fullmatch(python)
        if match is None:
            raise UsageError("is no version of Python", python, 'name one like "3.12" or "3.12.1"')
        found |= dict.fromkeys(_FULL, python) | {"python_version": match[1]}
    return found | _platform(platform) if platform else found


def _platform(word: str) -> dict[str, str]:
    triple = _TRIPLE.fullmatch(word)
    system = _TRIPLES[triple[2]] if triple else _SYSTEMS.get(word)
    if system is None:
        hint = 'name one like "linux", "macos", "windows" or "x86_64-unknown-linux-gnu"'
        raise UsageError("is no known platform", word, hint)
    machine = triple[1] if triple else ""
    return {
        "os_name": system[0],
        "sys_platform": system[1],
        "platform_system": system[2],
        "platform_machine": _MACHINES.get((system[1], machine), machine),
        "platform_release": "",
        "platform_version": "",
    }


def applies(marker: str, environment: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
    """Return whether the marker is true there, without an extra or with any of these; True where that is not known.

    That is where it compares a value that is empty or absent in the environment, as a lock's `extras` and
    `dependency_groups` (PEP 751) are, and where it makes no sense. An environment with an empty "extra" leaves open
    which extras are asked for.
    """
    if not marker:
        return True
    from packaging.markers import InvalidMarker, Marker

    try:
        parsed = Marker(marker)
        # A marker has no "not" before a comparison: one that may be true can stand as true.
        text = _COMPARISON.sub(lambda match: _TRUE if _open(match, environment) else match[0], marker)
        decided = parsed if text == marker else Marker(text)
        return any(_is_true(decided, environment, extra) for extra in ("", *extras))
    except (InvalidMarker, ValueError, KeyError, RecursionError):
        return True


def _open(comparison: "re.Match[str]", environment: Mapping[str, str]) -> bool:
    """Return whether the comparison may be true, because of what is not known of the environment."""
    one, operator, other = comparison.groups()
    variable, literal = (other, one) if one[0] in "\"'" else (one, other)
    name = variable.replace(".", "_")
    value = environment.get("platform_" + name if name == "python_implementation" else name, "")
    if not value:
        return name != "extra" or name in environment
    if name in _FULL and value.count(".") == 1:
        return "in" in operator or _may_be(comparison[0], name, value, literal[1:-1].strip())
    return False


def _may_be(comparison: str, name: str, minor: str, compared: str) -> bool:
    """Return whether a comparison with a full version is true for any final version of the minor one."""
    from packaging.markers import Marker

    possible = [f"{minor}.0", f"{minor}.999"]
    if compared.startswith(f"{minor}.") and compared.replace(".", "").isdecimal():
        possible.append(compared)
    return any(_is_true(Marker(comparison), {name: each}) for each in possible)


def _is_true(marker: "Marker", environment: Mapping[str, str], extra: str = "") -> bool:
    return marker.evaluate({**environment, "extra": extra})
