"""One requirement as the dependency specifiers standard (PEP 508) has it."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.requirements import Requirement

NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?![A-Za-z0-9._-])")
"""The name that a requirement begins with."""


def parse(text: str) -> "Requirement | None":
    """Return the requirement, or None where the text is none."""
    import warnings

    from packaging.requirements import InvalidRequirement, Requirement

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's own, about backslashes in a marker
        try:
            return Requirement(text)
        except (InvalidRequirement, RecursionError):
            return None


def name_of(text: str) -> str:
    """Return the name that the text begins with as it is spelled; empty where it begins with none."""
    found = NAME.match(text)
    return found[1] if found else ""


def without_comment(text: str) -> str:
    """Return the text before a "#" that begins it or follows a space, as setuptools reads it."""
    return "" if text.lstrip().startswith("#") else text.partition(" #")[0].strip()


def write(name: str, extras: "Iterable[str]" = (), specifier: str = "", address: str = "", marker: str = "") -> str:
    """Return the requirement with these parts."""
    text = f"{name}[{','.join(sorted(extras))}]" if extras else name
    text += f" @ {address}" if address else specifier
    return f"{text} ; {marker}" if marker else text


def both(*markers: str) -> str:
    """Return the marker that is true where all of these are; an empty one is true everywhere."""
    kept = [each for each in dict.fromkeys(markers) if each]
    return " and ".join(f"({each})" if " or " in each and len(kept) > 1 else each for each in kept)


def under(text: str, marker: str) -> str:
    """Return the requirement as it applies under one more marker."""
    parsed = parse(text) if marker else None
    if parsed is None:
        return text
    own = str(parsed.marker or "")
    return write(parsed.name, parsed.extras, str(parsed.specifier), parsed.url or "", both(own, marker))


def pinned(requirement: "Requirement") -> str:
    """Return the one version that the requirement allows, empty where it allows several."""
    exact = {each.version for each in requirement.specifier if each.operator in ("==", "===")}
    exact = {version for version in exact if not version.endswith(".*")}
    return exact.pop() if len(exact) == 1 else ""
