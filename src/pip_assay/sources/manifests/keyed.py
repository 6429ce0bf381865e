"""Dependencies as `NAME = VALUE`, in the language that Pipenv and pixi have for them: versions are those of PEP 440."""

from pip_assay.model import PYPI, Pin
from pip_assay.names import normalise
from pip_assay.sources.manifests import references, requirement
from pip_assay.sources.manifests.declared import GARBLED
from pip_assay.sources.manifests.references import NONE, Indexes, Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pip_assay.sources.manifests.document import Document
    from pip_assay.sources.manifests.positions import Path

MARKERS = (
    "os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release",
    "platform_system", "platform_version", "python_version", "python_full_version", "implementation_name",
    "implementation_version",
)  # fmt: skip
"""Keys of a table that are variables of markers: `sys_platform = "== 'win32'"` (Pipenv)."""


def declare(document: "Document", path: "Path", group: str, indexes: Indexes = NONE) -> None:
    """Declare every dependency of the table at that path for the group."""
    document.declared.group(group)
    for name, value in document.table(*path).items():
        here = (*path, name)
        if requirement.name_of(name) != name:
            document.problem("unreadable", f"{name!r} is not a name of a project", here)
            continue
        wanted = _wanted(Wanted(name, document.place(here, name), group), value)
        if wanted is None:
            pin = Pin(PYPI, normalise(name), "")
            document.declared.unusable(pin, document.place(here, name), group, GARBLED, spelling=name)
        else:
            references.declare(document.declared, wanted, value if isinstance(value, dict) else {}, indexes)


def specifier(version: object) -> str | None:
    """Return the specifier that a version's text means, empty for any version; None where it means none."""
    if not isinstance(version, str):
        return None
    version = version.strip()
    if version in ("*", ""):
        return ""
    if version[0].isdigit():
        return f"=={version}"
    return version if version[0] in "<>=!~" else None


def _wanted(wanted: Wanted, value: object) -> Wanted | None:
    table: Mapping[str, object] = value if isinstance(value, dict) else {"version": value}
    limits, extras = specifier(table.get("version", "*")), table.get("extras", [])
    conditions = [table.get("markers", ""), *(f"{key} {table[key]}" for key in MARKERS if key in table)]
    if limits is None or not isinstance(extras, list):
        return None
    if not all(isinstance(each, str) for each in (*extras, *conditions)):
        return None
    marker = requirement.both(*map(str, conditions))
    return wanted._replace(extras=tuple(map(str, extras)), specifier=limits, marker=marker)
