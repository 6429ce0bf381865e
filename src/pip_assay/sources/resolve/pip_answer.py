"""What pip answers: an installation report (its documentation, "Installation Report", version 1), or a refusal."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import INDEX
from pip_assay.names import normalise
from pip_assay.sources.resolve import words
from pip_assay.sources.resolve.nouns import CORRECT, HINT, INSTALL_UV, NO_BUILD, Line, Package, Unfit
from pip_assay.sources.resolve.pip_guard import GUARDED, ONE_PYTHON

UNFIT = f"no index has a wheel of it that fits {{}}, and {NO_BUILD}"
OTHER_PYTHON = "it is not for {}"
"""Why a project is left out; "{}" stands for the Python and platform that are asked for."""

NO_DATE = "resolve without a date, or name an index that says"
NO_TIMES = "does not provide upload-time metadata"
NO_OPTION = "no such option: --uploaded-prior-to"
CONFLICT = "conflicting dependencies"

_NONE = re.compile(
    r"No matching distribution found for ([A-Za-z0-9._-]+)[^(\n]*(?:\(from ([A-Za-z0-9._-]+)[^()\n]*\))?"
)
_OTHER_PYTHON = re.compile(r"Package '([A-Za-z0-9._-]+)' requires a different Python")
_LINE = re.compile(r"-r requirements\.in \(line ([0-9]+)\)")
_NAME = re.compile(r"\s*([A-Za-z0-9._-]+)")


def report(path: str) -> tuple[str, tuple[Package, ...]]:
    """Return the name and version of the pip that wrote the report, and the packages in it.

    Raises:
        Unreadable: it is no such report.
    """
    try:
        document = json.loads(files.read_bytes(path))
        version = words.one_line(f"pip {document['pip_version']}")
        listed, environment = document["install"], document["environment"]
        if not (isinstance(listed, list) and isinstance(environment, dict)):
            raise TypeError(listed, environment)
        entries = {normalise(entry["metadata"]["name"]): entry for entry in listed}
        requires = _requires(entries, environment)
        return version, tuple(_package(name, entry, requires[name]) for name, entry in entries.items())
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise Unreadable("pip answered what cannot be read", hint=HINT) from None


def _package(name: str, entry: Mapping[str, Any], requires: Collection[str]) -> Package:
    origin = words.origin(entry["download_info"]["url"]) if entry["is_direct"] else INDEX
    version = entry["metadata"]["version"]
    if not isinstance(version, str):
        raise TypeError(version)
    return Package(name, version, tuple(sorted(requires)), bool(entry["requested"]), origin)


def _requires(entries: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the names that each package requires here, with the extras that are asked for anywhere."""
    extras = {name: set(entry.get("requested_extras", ())) for name, entry in entries.items()}
    found: dict[str, set[str]] = {name: set() for name in entries}
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        for text in entries[name]["metadata"].get("requires_dist", ()):
            required, wanted = _required(text, entries, {**environment}, extras[name])
            if required and required != name:
                found[name].add(required)
            if required and not wanted <= extras[required]:
                extras[required] |= wanted
                waiting.append(required)
    return found


def _required(
    text: str, entries: Collection[str], environment: dict[str, str], extras: Collection[str]
) -> tuple[str, set[str]]:
    """Return the name and extras that a requirement asks for; nothing where it does not apply here."""
    from packaging.requirements import InvalidRequirement, Requirement

    match = _NAME.match(text)
    name = normalise(match[1]) if match else ""
    if name not in entries:
        return "", set()
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return name, set()
    marker = requirement.marker
    if marker and not any(marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras)):
        return "", set()
    return name, requirement.extras


def blamed(said: str, asked: Collection[str]) -> tuple[str, str]:
    """Return the name in `asked` whose line cannot be had, and why; two empty texts where pip does not tell."""
    if match := _OTHER_PYTHON.search(said):
        name = normalise(match[1])
        return (name, OTHER_PYTHON) if name in asked else ("", "")
    match = _NONE.search(said)
    if match is None:
        return "", ""
    name, parent = normalise(match[1]), normalise(match[2] or "")
    if name in asked:
        return name, UNFIT
    return (parent, f"it needs {name}, and {UNFIT}") if parent in asked else ("", "")


def sought(said: str) -> tuple[str, ...]:
    """Return the name of the project of which pip found no wheel, if it was that."""
    match = _NONE.search(said)
    return (normalise(match[1]),) if match else ()


_KNOWN = {
    GUARDED: ("something in it names an address that needs a build or a clone, and pip-assay does neither", HINT),
    ONE_PYTHON: ("this pip resolves for the running Python and platform alone", INSTALL_UV),
    NO_TIMES: ("an index does not say when its releases were uploaded, so none can be left out by date", NO_DATE),
    NO_OPTION: ("this pip cannot leave out releases by date, as pip 26.0 can", INSTALL_UV),
}
"""What pip says, what that means, and what to do about it."""


def refusal(said: str, lines: Sequence[Line]) -> Unreadable:
    """Return the error that a refusal is, in pip's own words as far as they are short."""
    for words_of_pip, (what, hint) in _KNOWN.items():
        if words_of_pip in said:
            return Unreadable(what, hint=hint)

    def spelled(match: re.Match[str]) -> str:
        number = int(match[1])
        return lines[number - 1].spelling if 0 < number <= len(lines) else match[0]

    errors = [line.removeprefix("ERROR:").strip() for line in said.splitlines() if line.startswith("ERROR:")]
    errors = [line for line in errors if not line.startswith("Ignored the following")] or [
        words.unframed(said).partition(" hint: ")[0]
    ]
    text = words.one_line(_LINE.sub(spelled, next((line for line in errors if CONFLICT in line), errors[-1])))
    if CONFLICT in text:
        return Unfit(f"no set of releases fits: {text}", hint=CORRECT)
    return Unreadable(f"pip failed: {text}", hint=HINT)
