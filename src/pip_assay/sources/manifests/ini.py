"""The language of setup.cfg, that of `configparser`, with the line and column of everything."""

import re

from pip_assay.values import NamedTuple

_HEADER = re.compile(r"\[(?P<header>.+)\]")
_NAMED = re.compile(r"(?<!%)%\((?P<option>[^)]+)\)s")
_OPTION = re.compile(r"(?P<option>.*?)\s*[=:]\s*(?P<value>.*)")


class Part(NamedTuple):
    """One line of a value, without the white space around it, and where it begins; whether it is its option's line."""

    text: str
    line: int
    column: int
    first: bool = False


Value = list[Part]
Sections = dict[str, dict[str, Value]]


def parse(text: str) -> tuple[Sections, list[int]]:
    """Return the values by section and option, and the lines that are neither. Options keep their case.

    A line that is indented deeper than its option goes on with its value; one that begins with "#" or ";" is a comment,
    inside of values too. A later option of the same name replaces the earlier one.
    """
    sections: Sections = {}
    wrong = []
    section: dict[str, Value] | None = None
    value: Value | None = None
    indent = 0
    for number, line in enumerate(re.split("\r\n|\r|\n", text), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        depth = len(line) - len(line.lstrip())
        if value is not None and depth > indent:
            value.append(Part(stripped, number, depth + 1))
            continue
        indent = depth
        if header := _HEADER.match(stripped):
            section, value = sections.setdefault(header["header"], {}), None
        elif section is None or not (found := _OPTION.match(stripped)) or not found["option"]:
            wrong.append(number)
        else:
            value = section[found["option"].rstrip()] = []
            if found["value"]:
                value.append(Part(found["value"], number, depth + 1 + found.start("value"), first=True))
    return sections, wrong


DEEPEST = 10
MOST = 20_000
LONGEST = 10_000
"""How deep options may name each other, how many lines that may come to, and how long such a line may be."""


def filled_in(section: dict[str, Value]) -> dict[str, Value]:
    """Return the section with `%(OPTION)s` replaced by that option's value, whose lines keep their places.

    A line that is put together from several has none. What cannot be replaced stays as it is, and so does what becomes
    very long.
    """
    left = [MOST]
    filled = {option: _filled(value, section, left, 0) for option, value in section.items()}
    return {option: [_glued(part, part.text.replace("%%", "%")) for part in value] for option, value in filled.items()}


def _filled(value: Value, section: dict[str, Value], left: list[int], depth: int) -> Value:
    found: Value = []
    for part in value:
        named = _NAMED.search(part.text)
        inner = section.get(named["option"]) if named and depth < DEEPEST and len(part.text) <= LONGEST else None
        left[0] -= 1
        if named is None or inner is None or left[0] < 0:
            found.append(part)
            continue
        lines = list(inner) or [part._replace(text="")]
        lines[0] = _glued(lines[0], part.text[: named.start()] + lines[0].text)
        lines[-1] = _glued(lines[-1], lines[-1].text + part.text[named.end() :])
        found += _filled(lines, section, left, depth + 1)
    return found


def _glued(part: Part, text: str) -> Part:
    """Return the part with that text, which stands nowhere if it is another one."""
    return part if part.text == text else part._replace(text=text, line=0, column=0)
