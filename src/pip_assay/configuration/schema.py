"""The JSON schema of settings files, made from the table of settings (JSON Schema 2020-12)."""

import json
from typing import Any

from pip_assay.configuration import keys
from pip_assay.configuration.keys import Key
from pip_assay.policy import JUSTIFICATIONS

_TEXTS = {"type": "array", "items": {"type": "string", "minLength": 1}}
_IGNORE: dict[str, tuple[str, dict[str, Any]]] = {
    "id": ("an id or alias of the flaw", {"type": "string", "minLength": 1}),
    "package": ("only in this project", {"type": "string"}),
    "versions": ("only in these releases: a version specifier", {"type": "string"}),
    "groups": ("only where it is needed by these groups of dependencies alone", _TEXTS),
    "path": ("only in these files: a glob", {"type": "string"}),
    "reason": ("why it is accepted", {"type": "string", "minLength": 1}),
    "expires": ("the last day on which it holds", {"type": "string", "format": "date"}),
    "until-fixed": ("it holds while no fixed release is known", {"type": "boolean"}),
    "owner": ("who decided", {"type": "string"}),
    "justification": ("why the flaw does no harm, in VEX's words", {"enum": list(JUSTIFICATIONS)}),
}


def text() -> str:
    """Return the schema as JSON: of `pip-assay.toml`, and of `[tool.pip-assay]` in `pyproject.toml`."""
    return json.dumps(document(), indent=2) + "\n"


def document() -> dict[str, Any]:
    """Return the schema as JSON's own values."""
    properties = {key.name: {"description": key.about, **_kind(key)} for key in keys.KEYS}
    ignore = {name: {"description": about, **kind} for name, (about, kind) in _IGNORE.items()}
    group = {"fail-on": properties["fail-on"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:pip-assay:schema:settings-1",
        "title": "pip-assay settings, version 1",
        "description": "pip-assay.toml, or the table [tool.pip-assay] of pyproject.toml.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **properties,
            "ignore": {
                "description": "decisions about single flaws",
                "type": "array",
                "items": _closed(ignore, required=["id", "reason"]),
            },
            "groups": {
                "description": "what fails in one group of dependencies",
                "type": "object",
                "additionalProperties": _closed(group),
            },
            "bundled": {"description": "what fails of what is inside distributions", **_closed(group)},
        },
    }


def _closed(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    closed = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**closed, "required": required} if required else closed


def _kind(key: Key) -> dict[str, Any]:
    if key.kind == "texts":
        return {"anyOf": [_TEXTS, {"type": "string", "minLength": 1}]}
    if key.kind == "choice":
        return {"enum": list(key.choices)}
    kinds: dict[str, dict[str, Any]] = {"switch": {"type": "boolean"}, "number": {"type": "number", "minimum": 0}}
    return kinds.get(key.kind, {"type": "string"})
