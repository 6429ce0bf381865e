"""Poetry's language of versions, in the words of PEP 440 and of environment markers.

`^1.2` is up to the next release that may break, `~1.2` up to the next minor one, `1.*` whatever begins so, `1.2` just
that; "," or white space joins what must all hold, and "||" what may hold instead (Poetry's documentation,
"Dependency specification").
"""

import re
from functools import lru_cache

from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.version import Version

MOST_EXCLUDED = 20
"""A gap between two ranges is written as so many excluded series at most."""

_CLAUSE = re.compile(
    r"(?P<operator>\^|~=|~|!=|===?|=|>=|<=|>|<|)(?P<version>[0-9v][0-9a-z.!+_-]*?)(?P<any>(?:\.\*)*)", re.IGNORECASE
)
_ALL = re.compile(r"v?[x*](?:\.[x*])*", re.IGNORECASE)
_PLATFORM = re.compile(r"(?:(!=)|===?|=|)\s*([\w.-]+)")
_BETWEEN = re.compile(r"\s*,\s*|\s+")


class Clause(NamedTuple):
    """One comparison of PEP 440: its operator, the version, and whether everything that begins so is meant."""

    operator: str
    version: str
    prefix: bool = False

    def __str__(self) -> str:
        return f"{self.operator}{self.version}{'.*' if self.prefix else ''}"


Alternatives = tuple[tuple[Clause, ...], ...]


def parse(text: str) -> Alternatives | None:
    """Return what may hold instead of each other, each a list of what must all hold; None where it cannot be read."""
    found = [_alternative(each.strip().rstrip(",").rstrip()) for each in re.split(r"\|\|?", text)]
    kept = tuple(each for each in found if each is not None)
    return kept if len(kept) == len(found) else None


def specifier(alternatives: Alternatives) -> tuple[str, bool]:
    """Return the specifier that says the same, and whether it does.

    PEP 440 knows no "or": alternatives that touch become one range, a gap becomes excluded series of releases. Where
    neither can be, the last of the ranges is returned, which holds the newest releases.
    """
    if len(alternatives) == 1 or () in alternatives:
        return _joined(() if () in alternatives else alternatives[0]), True
    spans = [_span(each) for each in alternatives]
    united = _united(sorted(spans, key=_Span.order))
    return united or (_joined(max(spans, key=_Span.order).clauses), False)


def python_marker(alternatives: Alternatives) -> str:
    """Return the marker that is true for the interpreters that the alternatives allow; empty for all of them."""
    if () in alternatives:
        return ""
    parts = [" and ".join(map(_python, each)) for each in alternatives]
    return " or ".join(dict.fromkeys(parts))


def platform_marker(text: str) -> str | None:
    """Return the marker of the platforms in the text, "win32 || darwin" or "!=linux"; None where it cannot be read."""
    found = []
    for alternative in re.split(r"\|\|?", text):
        clauses = [_PLATFORM.fullmatch(each.strip()) for each in alternative.split(",")]
        found.append(" and ".join(f'sys_platform {clause[1] or "=="} "{clause[2]}"' for clause in clauses if clause))
        if not all(clauses):
            return None
    return " or ".join(dict.fromkeys(found))


def _alternative(text: str) -> tuple[Clause, ...] | None:
    clauses: list[Clause] = []
    text = re.sub(r"(?<=[\^~=<>])\s+", "", text)
    for part in _BETWEEN.split(text) if text else [""]:
        if _ALL.fullmatch(part):
            continue
        found = _CLAUSE.fullmatch(part)
        translated = _translated(found["operator"], found["version"], bool(found["any"])) if found else None
        if translated is None:
            return None
        clauses += translated
    return tuple(clauses)


def _translated(operator: str, text: str, prefix: bool) -> list[Clause] | None:
    version = _version(text)
    if version is None or (prefix and operator in ("^", "~", "~=")):
        return None
    if operator == "^":
        leading = version.release[:3]
        first = next((at for at, part in enumerate(leading) if part), len(leading) - 1)
        return [Clause(">=", text), Clause("<", _next(version, first))]
    if operator == "~":
        return [Clause(">=", text), Clause("<", _next(version, min(1, len(version.release) - 1)))]
    if operator == "~=" and len(version.release) == 1:
        return [Clause(">=", text), Clause("<", _next(version, 0))]
    if operator in ("", "=", "==", "===", "!=", "<>"):
        return [Clause("!=" if operator == "!=" else "==", text, prefix)]
    return [Clause(operator, text)]


def _next(version: "Version", at: int) -> str:
    """Return the release whose part at that index is one higher."""
    release = version.release
    bumped = (*release[:at], release[at] + 1, *(0 for _ in release[at + 1 :]))
    return (f"{version.epoch}!" if version.epoch else "") + ".".join(map(str, bumped))


@lru_cache(maxsize=1000)
def _version(text: str) -> "Version | None":
    from packaging.version import Version

    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or a number of more than 4300 digits
        return None


def _joined(clauses: "Sequence[Clause]") -> str:
    return ",".join(dict.fromkeys(map(str, clauses)))


class _Span(NamedTuple):
    """An alternative: from `low` up to `high` where it is just that, which `plain` says; None is without end."""

    clauses: tuple[Clause, ...]
    low: "Version | None"
    high: "Version | None"
    plain: bool

    def order(self) -> "tuple[bool, Version | int]":
        """Return what sorts spans by where they begin."""
        return (self.low is not None, self.low or 0)


def _span(clauses: tuple[Clause, ...]) -> _Span:
    lows = [_version(each.version) for each in clauses if each.operator in (">=", ">", "==", "~=")]
    highs = [_version(each.version) for each in clauses if each.operator == "<"]
    plain = all(each.operator in (">=", "<") for each in clauses) and len(lows) <= 1 and len(highs) <= 1
    return _Span(clauses, lows[0] if lows else None, highs[0] if highs else None, plain)


def _united(spans: "Sequence[_Span]") -> tuple[str, bool] | None:
    """Return the one range, with what it excludes, that says the same as these; None where none does."""
    first = spans[0]
    if not all(each.plain for each in spans):
        return None
    low, high, excluded = first.low, first.high, list[Clause]()
    for each in spans[1:]:
        if high is None:
            break
        if each.low is not None and each.low > high:
            gap = _series(high, each.low)
            if not gap:
                return None
            excluded += gap
        high = None if each.high is None else max(high, each.high)
    ends = [Clause(">=", str(low))] if low else []
    ends += [Clause("<", str(high))] if high else []
    return _joined([*ends, *excluded]), True


def _series(start: "Version", end: "Version") -> list[Clause]:
    """Return clauses that exclude the releases from `start` up to `end`; none where no few series are just these."""
    if any(str(each) != ".".join(map(str, each.release)) for each in (start, end)):
        return []
    first, last = _trimmed(start.release), _trimmed(end.release)
    length = max(len(first), len(last))
    first, last = first + (0,) * (length - len(first)), last + (0,) * (length - len(last))
    if first[:-1] != last[:-1] or last[-1] - first[-1] > MOST_EXCLUDED:
        return []
    prefix = "".join(f"{part}." for part in first[:-1])
    return [Clause("!=", f"{prefix}{part}", prefix=True) for part in range(first[-1], last[-1])]


def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    while len(release) > 1 and not release[-1]:
        release = release[:-1]
    return release


def _python(clause: Clause) -> str:
    """Return one comparison of the interpreter's version: that of two numbers knows no micro version."""
    version = _version(clause.version)
    release = version.release if version else ()
    if clause.operator == "~=":
        ends = _translated("^" if len(release) < 3 else "~", clause.version, False) or []
        return " and ".join(map(_python, ends))
    short = len(release) <= 2 and (clause.operator in (">=", "<", "==") or clause.prefix)
    if len(release) == 1 and clause.prefix:
        low, high = f'python_version {"<" if clause.operator == "!=" else ">="} "{release[0]}"', _next_major(release)
        return f"({low} or {high})" if clause.operator == "!=" else f'{low} and python_version < "{release[0] + 1}"'
    if short:
        return f'python_version {clause.operator} "{clause.version}"'
    padded = clause.version + ".0" * (3 - len(release)) if not clause.prefix else f"{clause.version}.*"
    return f'python_full_version {clause.operator} "{padded}"'


def _next_major(release: tuple[int, ...]) -> str:
    return f'python_version >= "{release[0] + 1}"'
