"""The ignores of a settings file, checked."""

from collections import Counter
from glob import escape

from pip_assay.configuration import keys
from pip_assay.configuration.reading import File
from pip_assay.errors import UsageError
from pip_assay.policy import JUSTIFICATIONS, Ignore
from pip_assay.values import Any

KEYS = (
    "id", "package", "versions", "groups", "path", "reason", "expires", "until-fixed", "owner", "justification",
)  # fmt: skip
_TEXTS = ("id", "package", "versions", "path", "reason", "owner", "justification")


def of(file: File, here: str) -> tuple[Ignore, ...]:
    """Return the ignores of a file; `here` is the current folder, from which targets are named.

    Raises:
        UsageError: one of them is wrong.
    """
    lines = Counter(line for _, line in file.ignores)
    found = []
    for number, (values, line) in enumerate(file.ignores, 1):
        where = file.place(line)
        made = checked(values, where)
        path = f"{escape(file.folder)}/{made.path.removeprefix('./')}" if made.path else ""
        rule = f"{where} (ignore {number})" if lines[line] > 1 else where
        found.append(made._replace(path=path, here=here, rule=rule))
    return tuple(found)


def checked(values: dict[str, Any], where: str) -> Ignore:
    """Return an ignore as TOML gives it, its path as it is written.

    Raises:
        UsageError: a key is unknown or of the wrong type, or `id` or `reason` is missing.
    """
    for name in values:
        if name not in KEYS:
            raise UsageError(f"there is no key {name!r} of an ignore", where, keys.nearest(name, KEYS))
    texts = {name: values.get(name, "") for name in _TEXTS}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise UsageError(f"{name} of the ignore is not a text", where, f'write {name} = "..."')
    for name in ("id", "reason"):
        if not texts[name].strip():
            raise UsageError(f"the ignore has no {name}", where, f'write {name} = "..."')
    groups = values.get("groups", [])
    if not (isinstance(groups, list) and all(isinstance(each, str) for each in groups)):
        raise UsageError("groups of the ignore is not a list of texts", where, 'write groups = ["dev"]')
    if not isinstance(values.get("until-fixed", False), bool):
        raise UsageError("until-fixed of the ignore is not true or false", where, "write until-fixed = true")
    _check_versions(texts["versions"], where)
    if texts["justification"] and texts["justification"] not in JUSTIFICATIONS:
        hint = keys.nearest(texts["justification"], JUSTIFICATIONS)
        raise UsageError(f"justification of the ignore is {texts['justification']!r}", where, hint)
    return Ignore(
        **texts,
        groups=tuple(groups),
        expires=_day(values["expires"], where) if "expires" in values else "",
        until_fixed=values.get("until-fixed", False),
        rule=where,
    )


def _check_versions(text: str, where: str) -> None:
    if text:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        try:
            SpecifierSet(text)
        except InvalidSpecifier:
            hint = 'write a specifier, such as versions = "<2.0" or "==1.2.3"'
            raise UsageError(f"versions of the ignore is {text!r}", where, hint) from None


def _day(value: object, where: str) -> str:
    """Return a day as "2026-12-31", which TOML may write as a date or as text."""
    from datetime import date, datetime

    if isinstance(value, datetime):
        value = value.date()
    try:
        return value.isoformat() if isinstance(value, date) else date.fromisoformat(value).isoformat()  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise UsageError("expires of the ignore is not a day", where, "write expires = 2026-12-31") from None
