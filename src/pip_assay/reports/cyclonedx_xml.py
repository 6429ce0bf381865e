"""CycloneDX as XML: the same document as the JSON, element by element."""

import re

from pip_assay.model import Report
from pip_assay.reports import Style
from pip_assay.reports.cyclonedx import written
from pip_assay.reports.cyclonedx_flaws import Object

NAME = "cyclonedx-xml"
MANIFEST = True
AUTO = True

_MEMBERS = {
    "advisories": "advisory",
    "affects": "target",
    "assemblies": "assembly",
    "components": "component",
    "compositions": "composition",
    "dependencies": "dependency",
    "hashes": "hash",
    "properties": "property",
    "ratings": "rating",
    "references": "reference",
    "versions": "version",
}
"""The element of each member of a list."""

_Value = str | float | Object | list["_Value"]

_ATTRIBUTES = frozenset(("type", "bom-ref"))
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def render(report: Report, style: Style) -> str:
    """Return the bill of materials with its vulnerabilities, in ASCII, one element on a line.

    Raises:
        UsageError: the style asks for a version of CycloneDX that is not written.
    """
    made, flaws = written(report, style, "\n", _vulnerability)
    space = f"http://cyclonedx.org/schema/bom/{made['specVersion']}"
    head = f'<bom xmlns="{space}" serialNumber="{made["serialNumber"]}" version="{made["version"]}">'
    content = {key: made[key] for key in made if isinstance(made[key], (dict, list))}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head, *_content(content, 1)]
    del made, content  # they are as long as their text, many times
    if not flaws.pieces:
        return "\n".join([*lines, "  <vulnerabilities/>", "</bom>", ""])
    lines = ["\n".join([*lines, "  <vulnerabilities>", ""])]
    return flaws.whole(lines[0], "\n  </vulnerabilities>\n</bom>\n")


def _vulnerability(made: Object) -> str:
    return "\n".join(_element("vulnerability", made, 2))


def _content(values: Object, depth: int) -> list[str]:
    found = (_element(key, value, depth) for key, value in values.items() if key not in _ATTRIBUTES)
    return [line for lines in found for line in lines]


def _element(name: str, value: "_Value", depth: int) -> list[str]:
    """Return the lines of an element. Lists are elements too; some objects have attributes and a text instead."""
    if isinstance(value, list):
        return _whole(name, "", [line for each in value for line in _element(_MEMBERS[name], each, depth + 1)], depth)
    if name == "assembly" and isinstance(value, str):
        return _whole(name, _attribute("ref", value), [], depth)
    if not isinstance(value, dict):
        return _text(name, "", value, depth)
    if name == "property":
        return _text(name, _attribute("name", value["name"]), value["value"], depth)
    if name == "hash":
        return _text(name, _attribute("alg", value["alg"]), value["content"], depth)
    if name == "dependency":
        needed = [line for each in value.get("dependsOn", ()) for line in _element(name, {"ref": each}, depth + 1)]
        return _whole(name, _attribute("ref", value["ref"]), needed, depth)
    attributes = "".join(_attribute(key, value[key]) for key in value if key in _ATTRIBUTES)
    return _whole(name, attributes, _content(value, depth + 1), depth)


def _attribute(name: str, value: str) -> str:
    return f' {name}="{_escaped(value)}"'


def _text(name: str, attributes: str, value: object, depth: int) -> list[str]:
    return [f"{'  ' * depth}<{name}{attributes}>{_escaped(str(value))}</{name}>"]


def _whole(name: str, attributes: str, inner: list[str], depth: int) -> list[str]:
    indent = "  " * depth
    if not inner:
        return [f"{indent}<{name}{attributes}/>"]
    return [f"{indent}<{name}{attributes}>", *inner, f"{indent}</{name}>"]


def _escaped(text: str) -> str:
    """Return the text for an element or an attribute: ASCII, without what XML 1.0 (2.2) has no character for.

    What a build server would obey (text.harmless_lines) is spelled so that it reads the same and is not obeyed.
    """
    for character, entity in _ESCAPES.items():
        text = text.replace(character, entity)
    text = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    return text.replace("::", "&#58;:").replace("##", "&#35;#").encode("ascii", "xmlcharrefreplace").decode("ascii")
