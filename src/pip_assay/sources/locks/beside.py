"""What the pyproject.toml beside a lock asks for by name, in which group, and what of the lock each group reaches.

Only names are read here, with the standard library's means: a warm audit has no time for more. What such a file asks
for in full is read in the room `manifests`.
"""

import os
import re

from pip_assay.model import Problem
from pip_assay.names import normalise
from pip_assay.sources.documents import toml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

Ask = tuple[str, tuple[str, ...]]
"""What is asked for, and which extras of it: the normalised names; or a group that is included, as "group:NAME"."""

Starts = dict[str, list[Ask]]
"""What each group asks for: "runtime", "extra:NAME", "group:NAME"."""

Asks = dict[tuple[str, str], list[Ask]]
"""What a project asks for, and each of its extras: the normalised names; empty for the project itself."""

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[([^\]]*)\])?")
_MOST = 256
"""With more groups than these nobody is told which of them reach what, and of more extras in one place than these the
last are not followed, so that no lock makes that slow."""


def ask(requirement: str) -> Ask | None:
    """Return what a requirement asks for (PEP 508, or "-e ADDRESS#egg=NAME"); None where it has no name."""
    found = _EGG.search(requirement) if requirement.startswith("-") else _REQUIREMENT.match(requirement)
    if not found:
        return None
    return normalise(found[1]), tuple(map(normalise, found[2].split(",", _MOST)[:_MOST])) if found[2] else ()


def alternatives(value: object) -> "list[dict[str, Any]] | None":
    """Return the tables that a dependency of Poetry is made of; None where it is neither text nor table nor a list."""
    listed = value if isinstance(value, list) else [value]
    tables = [{"version": each} if isinstance(each, str) else each for each in listed if isinstance(each, str | dict)]
    return tables if len(tables) == len(listed) else None


def extras_of(table: "Mapping[str, object]") -> tuple[str, ...]:
    """Return the extras that a dependency of Poetry asks for, normalised."""
    extras = table.get("extras")
    listed = extras[:_MOST] if isinstance(extras, list) else ()
    return tuple(normalise(extra) for extra in listed if isinstance(extra, str))


def starts(lock: str) -> Starts | None:
    """Return what each group of the project beside the lock asks for, empty groups too; None where no file says so."""
    loaded = toml.load(os.path.join(os.path.dirname(lock), "pyproject.toml"), "")
    if isinstance(loaded, Problem):
        return None
    whole, _ = loaded
    found: Starts = {}
    _project(whole.table("project"), found)
    _groups(whole.table("dependency-groups"), found)
    _groups(whole.table("tool").table("pdm").table("dev-dependencies"), found)
    _poetry(whole.table("tool").table("poetry"), found)
    return found or None


def _project(project: toml.Table, found: Starts) -> None:
    """PEP 621. An extra may ask for the project itself, with other extras."""
    own = normalise(project.text("name"))
    extras = project.table("optional-dependencies")
    asked = [("runtime", project.texts("dependencies"))] if "dependencies" in project else []
    asked += [(f"extra:{normalise(extra)}", extras.texts(extra)) for extra in extras]
    for group, requirements in asked:
        asks = found.setdefault(group, [])
        for each in filter(None, map(ask, requirements)):
            asks += [(f"extra:{extra}", ()) for extra in each[1]] if each[0] == own else [each]


def _groups(groups: toml.Table, found: Starts) -> None:
    """PEP 735: a group lists requirements, and tables that name a group to include."""
    for group, items in groups.values.items():
        asks = found.setdefault(f"group:{normalise(group)}", [])
        for item in items if isinstance(items, list) else []:
            if isinstance(item, str) and (each := ask(item)):
                asks.append(each)
            elif isinstance(item, dict) and isinstance(name := item.get("include-group"), str):
                asks.append((f"group:{normalise(name)}", ()))


def _poetry(poetry: toml.Table, found: Starts) -> None:
    """Beside a [project] that declares dependencies, Poetry's own only say where these are fetched from (Poetry 2)."""
    if "runtime" not in found and "dependencies" in poetry:
        required, optional = _required_and_optional(poetry.table("dependencies"))
        found["runtime"] = required
        extras = poetry.table("extras")
        for extra in extras:
            names = map(normalise, extras.texts(extra))
            found[f"extra:{normalise(extra)}"] = [optional[name] for name in names if name in optional]
    if "dev-dependencies" in poetry:
        found.setdefault("group:dev", []).extend(_required_and_optional(poetry.table("dev-dependencies"))[0])
    groups = poetry.table("group")
    for name in groups:
        group = groups.table(name)
        asks = found.setdefault(f"group:{normalise(name)}", [])
        asks += _required_and_optional(group.table("dependencies"))[0]
        asks += [(f"group:{normalise(other)}", ()) for other in group.texts("include-groups")]


def _required_and_optional(dependencies: toml.Table) -> tuple[list[Ask], dict[str, Ask]]:
    """Return what a table of Poetry's asks for anyway, and what it does only where an extra names it."""
    required, optional = [], {}
    for name, value in dependencies.values.items():
        tables = alternatives(value) or []
        each = (normalise(name), tuple(extra for table in tables for extra in extras_of(table)))
        if any(table.get("optional") is True for table in tables):
            optional[each[0]] = each
        elif name != "python":
            required.append(each)
    return required, optional


def reached(groups: Starts, asks: Asks) -> dict[str, tuple[str, ...]]:
    """Return the groups by which each project is reached: "runtime" first, then the others sorted.

    A set of groups is a number with one bit for each. It travels along the edges until nothing changes.
    """
    if len(groups) > _MOST:
        return {}
    labels = {group: 1 << number for number, group in enumerate(groups)}
    asks = asks | {(group, ""): asked for group, asked in groups.items()}
    bits = {(group, ""): bit for group, bit in labels.items()}
    changed = dict.fromkeys(bits)
    while changed:
        nodes, changed = changed, {}
        for node in nodes:
            for name, extras in asks.get(node, ()):
                for target in ((name, ""), *((name, extra) for extra in extras)):
                    before = bits.get(target, 0)
                    if bits[node] | before != before:
                        bits[target] = bits[node] | before
                        changed[target] = None
    ordered = sorted(labels, key=lambda group: (group != "runtime", group))
    names = {number: tuple(group for group in ordered if labels[group] & number) for number in set(bits.values())}
    return {name: names[number] for (name, extra), number in bits.items() if not extra}
