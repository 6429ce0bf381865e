"""uv.lock, piece by piece: the text of packages and edges, and what is read from a lock."""

from pathlib import Path

from pip_assay.model import Dependency, Inventory
from pip_assay.sources.locks import uv_lock

INDEX = "https://index.example/simple"
HEAD = 'version = 1\nrevision = 5\nrequires-python = ">=3.11"\n'
ROOT = '\n[[package]]\nname = "shop"\nversion = "1.0"\nsource = { virtual = "." }\n'


def package(name: str, *lines: str, version: str = "1.0", source: str = f'registry = "{INDEX}"') -> str:
    """The text of one package; further lines go before its sdist."""
    more = "".join(f"{line}\n" for line in lines)
    return f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ {source} }}\n{more}'


def asks(*names: str, key: str = "dependencies", extra: str = "") -> str:
    """The text of a list of edges, each with the extra."""
    extras = f', extra = ["{extra}"]' if extra else ""
    edges = "".join(f'    {{ name = "{name}"{extras} }},\n' for name in names)
    return f"{key} = [\n{edges}]"


def optional(name: str, *names: str) -> str:
    """The text of what one extra asks for."""
    return f"\n[package.optional-dependencies]\n{asks(*names, key=name)}"


def grouped(name: str, *names: str) -> str:
    """The text of what one dependency group asks for."""
    return f"\n[package.dev-dependencies]\n{asks(*names, key=name)}"


def own(*lines: str) -> str:
    """The text of the project itself."""
    return ROOT + "".join(f"{line}\n" for line in lines)


def read(path: Path, text: str | bytes) -> Inventory:
    """What is read from a lock with this content."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return uv_lock.read(str(path))


def by_name(inventory: Inventory) -> dict[str, Dependency]:
    """The dependencies of an inventory; no name comes twice."""
    found = {each.pin.name: each for each in inventory.dependencies}
    assert len(found) == len(inventory.dependencies)
    return found


def gaps(inventory: Inventory) -> list[tuple[str, str, int]]:
    """What is wrong: gap, words and line."""
    return [(each.gap, each.what, each.place.line if each.place else -1) for each in inventory.problems]
