"""What is resolved for: a version of Python, a platform, a moment; in the words of each resolver."""

import re
from collections.abc import Mapping

from pip_assay.errors import UsageError
from pip_assay.sources.resolve.nouns import Question, Wanted

_TRIPLES = {
    "linux": "x86_64-unknown-linux-gnu", "macos": "aarch64-apple-darwin", "darwin": "aarch64-apple-darwin",
    "windows": "x86_64-pc-windows-msvc", "win32": "x86_64-pc-windows-msvc", "android": "aarch64-linux-android",
    "ios": "arm64-apple-ios", "emscripten": "wasm32-pyodide2025",
}  # fmt: skip
"""What uv takes a platform for of which only the system is named."""

NEWEST_MINOR, PATCHES = 20, 30
"""Pythons that are looked at: 3.0.0 to 3.20.29."""

_GLIBC = {"riscv64": 39}
_WINDOWS = {"x86_64": "win_amd64", "aarch64": "win_arm64", "i686": "win32"}


def of(question: Question) -> Wanted:
    """Return what the question is to be resolved for.

    Raises:
        UsageError: the version, the platform or the moment is none.
    """
    platform = _TRIPLES.get(question.platform, question.platform)
    environment = _environment(question.python, platform) if question.python or platform else {}
    return Wanted(question.python, platform, environment, moment(question.exclude_newer), question.allow_build)


def _environment(python: str, platform: str) -> Mapping[str, str]:
    """Return the marker environment, where a "3.12" is 3.12.0 as it is to uv."""
    from pip_assay import markers

    found = markers.environment(python, platform)
    full = f"{python}.0" if python.count(".") == 1 else found["python_full_version"]
    return found | {"python_full_version": full, "implementation_version": full}


def moment(text: str) -> str:
    """Return the RFC 3339 time, in UTC, before which a release was uploaded that is not newer; a date is a whole day.

    Raises:
        UsageError: the text is neither a date nor a time with its offset (RFC 3339).
    """
    if not text:
        return ""
    from datetime import UTC, datetime, timedelta

    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            until = datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=1)
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", text, re.ASCII):
            until = datetime.fromisoformat(text.upper()).astimezone(UTC)
        else:
            raise ValueError
    except (ValueError, OverflowError):
        raise UsageError("is no date", text, 'name one like "2026-11-22" or "2026-11-22T06:15:00Z"') from None
    return until.isoformat(timespec="seconds").replace("+00:00", "Z")


def tags(platform: str) -> tuple[str, ...]:
    """Return the platform tags (PEP 425, 600, 656) of wheels for one of uv's triples; none where pip has none."""
    machine, _, rest = platform.partition("-")
    if rest.startswith("unknown-linux-musl"):
        return tuple(f"musllinux_1_{minor}_{machine}" for minor in (2, 1, 0))
    if rest.startswith(("unknown-linux", "manylinux")):
        found = re.search(r"_2_(\d+)$", rest)
        newest = int(found[1]) if found else 17 if rest.endswith("2014") else _GLIBC.get(machine, 28)
        old = [f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}", f"linux_{machine}"]
        return (*(f"manylinux_2_{minor}_{machine}" for minor in range(newest, 4, -1)), *old)
    if rest.startswith("apple-darwin"):
        return (f"macosx_13_0_{'arm64' if machine == 'aarch64' else machine}",)
    return (_WINDOWS[machine],) if rest.startswith("pc-windows") and machine in _WINDOWS else ()


def people(wanted: Wanted) -> str:
    """Return what is resolved for as people say it: "Python 3.11", "Python 3.9 on linux"."""
    python = ".".join(wanted.python.split(".")[:2]) or this_python()
    return f"Python {python} on {wanted.platform}" if wanted.platform else f"Python {python}"


def this_python() -> str:
    """Return the Python that runs, as people say it: "3.11"."""
    import sys

    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def nearest_python(requires: str) -> str:
    """Return the Python nearest to the one that runs that a specifier (PEP 440) allows; empty where it allows none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(requires)
    except InvalidSpecifier:
        return ""
    here = int(this_python().partition(".")[2])
    nearest = sorted(range(NEWEST_MINOR + 1), key=lambda minor: (abs(minor - here), minor))
    fitting = (f"3.{minor}" for minor in nearest if any(f"3.{minor}.{patch}" in allowed for patch in range(PATCHES)))
    return next(fitting, "")
