"""Two texts of one poetry.lock or pdm.lock put together: what has changed as its tool writes it, all else as it was.

Both tools write a lock anew as a whole, with the files that an index lists today. Here a [[package]] stays as it was to
the byte unless what it says of dependencies, markers or sources has changed. Pure.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import tool_lock
from pip_assay.fix.nouns import Plan
from pip_assay.names import normalise
from pip_assay.values import Any, NamedTuple

_PARTS = re.compile(r"(?m)^(?=\[\[package\]\]\s*$|\[metadata\]\s*$|\[extras\]\s*$)")
_MOST = 5
"""Names that one message lists."""

_Versions = Mapping[str, frozenset[str]]
_NONE: frozenset[str] = frozenset()


class Part(NamedTuple):
    """A [[package]], or what is before or after them: its values, and its text up to the next part."""

    values: Mapping[str, Any]
    text: str

    def package(self) -> Mapping[str, Any]:
        """Return the values of the package that it is; empty where it is none."""
        found = self.values.get("package")
        return found[0] if isinstance(found, list) and found else {}

    def key(self) -> str:
        """Return what tells the part from all others."""
        package = self.package()
        told = [package.get(key) for key in ("name", "version", "source", "extras")] if package else [*self.values]
        return json.dumps(told, sort_keys=True, default=str)

    def meaning(self) -> object:
        """Return what it says, but for the files of a release: an index may list more of them by now."""
        package = self.package()
        return {key: _said(key, value) for key, value in package.items() if key != "files"} if package else self.values


def parts(text: str, path: str = "") -> list[Part]:
    """Return the parts of a lock, in their order.

    Raises:
        Unreadable: it cannot be taken apart where its packages begin, as that of any tool can.
    """
    import tomllib

    try:
        return [Part(tomllib.loads(each), each) for each in _PARTS.split(text)]
    except ValueError:
        what = "is not written as its tool writes it, so a change could not keep the rest of it"
        raise Unreadable(what, path, "lock it again with its tool") from None


def without(text: str, releases: Iterable[tuple[str, str]], path: str) -> str:
    """Return the lock without the packages of these names and versions.

    Raises:
        Unreadable: it cannot be taken apart.
    """
    gone = set(releases)
    kept = (each for each in parts(text, path) if _release(each) not in gone)
    return _joined(each.text for each in kept)


def merged(old: str, new: str, path: str = "") -> str:
    """Return the old lock with what has changed of it in the new one; its lines end as they did.

    Raises:
        Unreadable: one of them cannot be taken apart.
    """
    known = {each.key(): each for each in parts(old.replace("\r\n", "\n"), path)}
    kept = []
    for each in parts(new, path):
        same = known.get(each.key())
        kept.append(same.text if same and same.meaning() == each.meaning() else each.text)
    return _joined(kept).replace("\n", "\r\n" if "\r\n" in old else "\n")


def check_moves(plan: Plan, old: _Versions, new: _Versions, owner: str) -> None:
    """Refuse what the tool `owner` has made where other releases have moved in it than the planned ones.

    Raises:
        Unreadable: there are such.
    """
    strays = [name for name in sorted({*old, *new}) if _is_astray(name, plan, old, new)]
    path = plan.target.inventory.target
    if strays and old == new:
        raise tool_lock.none_of(owner, path)
    if strays:
        shown = ", ".join(f"{each} ({_shown(old.get(each))} -> {_shown(new.get(each))})" for each in strays[:_MOST])
        more = f" and {len(strays) - _MOST} more" if len(strays) > _MOST else ""
        what = f"{owner} would not make the planned set of it, but change {shown}{more}"
        raise Unreadable(what, path, f"lock it again with {owner}, and try again")


def _is_astray(name: str, plan: Plan, old: _Versions, new: _Versions) -> bool:
    """Return whether releases of a project came or went otherwise than planned.

    The tool may find that what was to come in is not needed, that what was to go still is, or that one release will do
    where several were planned, each for other Pythons.
    """
    changes = [each for each in plan.changes if each.name == name]
    before, after = old.get(name, _NONE), new.get(name, _NONE)
    kept = before - {each.old for each in changes}
    coming = {each.new for each in changes if each.new}
    may_stay = {each.old for each in changes if each.old and not each.new}
    has_moved = not any(each.old and each.new for each in changes) or bool(after & coming)
    return not (has_moved and kept <= after <= kept | coming | may_stay)


def _said(key: str, value: object) -> object:
    """Return what is equal for a value and any other that says the same: Poetry has no order for "or" in a marker."""
    if key not in {"marker", "markers"} or not isinstance(value, str) or "(" in value:
        return value
    return frozenset(frozenset(each.split(" and ")) for each in value.split(" or "))


def _release(part: Part) -> tuple[str, str]:
    package = part.package()
    return normalise(str(package.get("name", ""))), str(package.get("version", ""))


def _joined(texts: Iterable[str]) -> str:
    """Return parts as one text. Between two of them there is one empty line, and after the last one none."""
    return "\n".join(_ended(texts))


def _ended(texts: Iterable[str]) -> Iterator[str]:
    yield from (each.rstrip("\n") + "\n" for each in texts if each.strip())


def _shown(versions: Iterable[str] | None) -> str:
    return " and ".join(sorted(versions)) if versions else "none"
