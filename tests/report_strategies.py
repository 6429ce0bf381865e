"""Generated reports for hypothesis: ordinary, poisoned, or in another order; and what no report may hold."""

import re
import sys
import unicodedata
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

from pip_assay.model import Audit, Dependency, Finding, Inventory, Notice, Origin, Report, Upgrade
from pip_assay.names import normalise
from pip_assay.records import Advisory
from tests import samples

FIXED_WORDS = {"status", "change", "severity", "certainty", "gap", "ecosystem", "state", "known_by"}
"""Fields whose words the model fixes; every other text may come from a stranger."""

VERSIONS = (
    "1.0",
    "1.0RC1",
    "v2.1",
    "1.0-1",
    "2.0.1+cu118",
    "1!3.0",
    "2.10",
    "2.9.dev1",
    "0.0.1a2",
    "01.2",
    "1.0+01",
    "1.0+1.ab",
)

NASTY = (
    "\x1b[31m", "\x1b]8;;https://evil.example\x1b\\", "\x1b]0;title\x07", "\x9b2J", "\x1b", "\r\n", "\n", "\n\n", "\t",
    "\x00", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\u200b", "\u200f", "\u061c", "\ufeff", "\ud800",
    "\U000e0041", "::error::x", "\n::warning::", "##[add-mask]", "##", "[", "##vso[task.x]", "|", "\\", "\\|", "<b>",
    "<!--", "[a]", "](https://evil.example)", "`", "```", "- ", "# ", "1. ", "> ", "&lt;", "é", "漢字",
    "plain words", " ", "",
)  # fmt: skip

REORDERING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
INVISIBLE = "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\ufeff\ufff9\U000e0001\U000e0020\U000e007f"
FORBIDDEN = {
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
    or unicodedata.bidirectional(character) in REORDERING
    or character in INVISIBLE
} - {"\n"}
"""Every character that a terminal obeys or that a reader cannot see; a report's own lines end with the one left out."""


def obeyed(line: str) -> bool:
    """Return whether a build server takes the line for a command, as their own parsers decide."""
    return line.lstrip().startswith("::") or re.search(r"##(vso|teamcity|)\[", line, re.IGNORECASE) is not None


names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,5}([-_.][a-z0-9]{1,4}){0,2}", fullmatch=True)
identifiers = st.from_regex(r"(PYSEC|GHSA|CVE|PVE)-[0-9]{4}-[0-9a-z]{1,6}", fullmatch=True)
prose = st.text(st.characters(categories=["L", "N", "P", "S"], include_characters=" \n", exclude_characters="|<[]#"))
nasty = st.lists(st.sampled_from(NASTY) | st.text(max_size=5), max_size=6).map("".join)


@st.composite
def findings(draw: st.DrawFn, of: Dependency) -> list[Finding]:
    """Return findings of one dependency, each with its own id."""
    made = []
    for identifier in draw(st.lists(identifiers, unique=True, max_size=3)):
        record = Advisory(identifier, summary=draw(prose), details=draw(prose))
        record = record._replace(upstream=tuple(sorted(draw(st.sets(identifiers, max_size=2)))))
        aliases = tuple(draw(st.lists(identifiers, unique=True, max_size=3)))
        fixed = tuple(draw(st.lists(st.sampled_from(VERSIONS), unique=True, max_size=2)))
        made.append(Finding(identifier, aliases, of, (record,), fixed_in=fixed, places=(of.place,)))
    return made


@st.composite
def ordinary(draw: st.DrawFn) -> Report:
    """Return a report of harmless text: dependencies with and without findings, and skipped ones."""
    listed: list[Dependency] = []
    found: list[Finding] = []
    for name in draw(st.lists(names, unique_by=normalise, max_size=6)):
        if draw(st.booleans()):
            listed.append(samples.dependency(name, draw(st.sampled_from(VERSIONS))))
            found += draw(findings(listed[-1]))
        else:
            reason = " ".join(draw(prose).split()) or "cannot be pinned"
            listed.append(samples.dependency(name, "", skipped=reason))
    return Report((Audit(Inventory("requirements.txt", "requirements", tuple(listed)), samples.fails(*found)),))


@st.composite
def poisoned(draw: st.DrawFn) -> Report:
    """Return a sample in which every text, wherever it stands, was replaced by a hostile one."""
    chosen = (samples.findings, samples.several, samples.incomplete, samples.hostile, samples.bundled)
    made = draw(st.sampled_from(chosen))()
    seen: dict[str, str] = {}

    def poison(text: str) -> str:
        if text not in seen:
            seen[text] = draw(nasty)
        return seen[text]

    hostile: Report = replaced(made, poison)
    return hostile


def replaced(value: Any, text: Callable[[str], str]) -> Any:
    """Return the value with each text in it replaced, except the words that the model fixes."""
    if isinstance(value, str):
        return text(value)
    if not isinstance(value, tuple):
        return value
    fields: tuple[str, ...] = getattr(value, "_fields", ())
    if not fields:
        return tuple(replaced(each, text) for each in value)
    kept = FIXED_WORDS | ({"kind"} if isinstance(value, Origin | Notice) else set())
    made = (each if field in kept else replaced(each, text) for field, each in zip(fields, value, strict=True))
    return type(value)(*made)


SHUFFLED = {
    Inventory: ("dependencies", "problems"),
    Audit: ("verdicts", "upgrades", "problems"),
    Report: ("problems",),
    Finding: ("aliases", "places", "disagreement"),
    Dependency: ("groups",),
    Upgrade: ("settles", "places"),
}
"""What has no order of its own."""


def shuffled(value: Any, random: Random) -> Any:
    """Return the value with everything that has no order of its own in another order."""
    if not isinstance(value, tuple):
        return value
    if not hasattr(value, "_fields"):
        return tuple(shuffled(each, random) for each in value)
    mixed: Any = type(value)(*(shuffled(each, random) for each in value))
    for field in SHUFFLED.get(type(value), ()):
        listed = list(getattr(mixed, field))
        random.shuffle(listed)
        mixed = mixed._replace(**{field: tuple(listed)})
    return mixed


def letters(value: Any) -> set[str]:
    """Return every character of every text in a JSON value, however deep."""
    if isinstance(value, str):
        return set(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(letters, inner))
