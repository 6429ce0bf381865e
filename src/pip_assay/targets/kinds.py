"""Which kind of target a file is, by its name, else by how it begins; and which source reads that kind.

The names are told apart by one look at the name and one at its suffix: a tree of a hundred thousand files has as many.
"""

from collections.abc import Callable

from pip_assay.model import Inventory
from pip_assay.settings import Outside, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class _Source(Protocol):
        """What the module of a source holds; those whose content may come from no file have all three."""

        def read(self, path: str) -> Inventory: ...
        def parse(self, content: bytes, file: str) -> Inventory: ...
        def is_one(self, start: bytes) -> bool: ...


EXACT = {
    "uv.lock": "uv.lock", "poetry.lock": "poetry.lock", "pdm.lock": "pdm.lock", "Pipfile.lock": "Pipfile.lock",
    "pixi.lock": "pixi.lock", "conda-lock.yml": "conda-lock", "conda-lock.yaml": "conda-lock",
    "pyproject.toml": "pyproject", "setup.cfg": "setup.cfg", "setup.py": "setup.py", "Pipfile": "Pipfile",
    "Dockerfile": "dockerfile", "Containerfile": "dockerfile", "bom.json": "cyclonedx", "bom.xml": "cyclonedx",
    "-": "standard input", "pixi.toml": "pixi.toml",
}  # fmt: skip
"""Names that are of one kind alone."""

ENDINGS = (
    (".py.lock", "uv.lock"),
    (".conda-lock.yml", "conda-lock"),
    (".conda-lock.yaml", "conda-lock"),
    (".cdx.json", "cyclonedx"),
    (".cyclonedx.json", "cyclonedx"),
    (".cdx.xml", "cyclonedx"),
    (".cyclonedx.xml", "cyclonedx"),
    (".spdx.json", "spdx"),
    (".spdx3.json", "spdx"),
    (".spdx", "spdx"),
    (".txt", "requirements"),
    (".in", "requirements"),
    (".py", "script"),
    (".ipynb", "notebook"),
    (".Dockerfile", "dockerfile"),
    (".dockerfile", "dockerfile"),
    (".whl", "archive"),
    (".pex", "archive"),
    (".pyz", "archive"),
    (".pyzw", "archive"),
    (".shiv", "archive"),
    (".egg", "archive"),
    (".zip", "archive"),
    (".conda", "archive"),
    (".tar.gz", "tar"),
    (".tgz", "tar"),
    (".tar.bz2", "tar"),
    (".tbz2", "tar"),
    (".tar.xz", "tar"),
    (".txz", "tar"),
    (".tar.zst", "tar"),
    (".tar", "tar"),
    (".json", "json"),
    (".xml", "xml"),
)
"""Endings of names, the longer before the shorter that it ends with."""

_BY_SUFFIX: dict[str, list[tuple[str, str]]] = {}
for _ending, _kind in ENDINGS:
    _BY_SUFFIX.setdefault(_ending.rpartition(".")[2], []).append((_ending, _kind))


def of_name(name: str) -> str:
    """Return the kind that a file of this name is of; empty where the name does not tell."""
    if name in EXACT:
        return EXACT[name]
    suffix = name.rpartition(".")[2]
    if suffix == "toml":
        return "pylock" if _is_pylock(name) else ""
    if suffix in {"yml", "yaml"} and "environment" in name and not name.endswith("conda-lock." + suffix):
        return "environment.yml"
    for ending, kind in _BY_SUFFIX.get(suffix, ()):
        if name.endswith(ending):
            return kind
    return "dockerfile" if name.startswith(("Dockerfile.", "Containerfile.")) else ""


def _is_pylock(name: str) -> bool:
    """Return whether the name is a PEP 751 lock's: pylock.toml or pylock.NAME.toml, the name without a dot."""
    first, *middle, last = name.split(".") if "." in name else (name, "")
    return (first, last) == ("pylock", "toml") and (not middle or (len(middle) == 1 and bool(middle[0])))


def of_content(start: bytes) -> str:
    """Return the kind of a file that begins so, whatever its name; empty where that does not tell either."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"[", b"<") or text.startswith((b"SPDXVersion", b"Package ", b"Package\t")):
        for kind, module in (("cyclonedx", "cyclonedx"), ("spdx", "spdx")):
            if _module(f"sbom.{module}").is_one(start):
                return kind
        return "pip listing" if _module("pip_listing").is_one(start) else ""
    return "archive" if text.startswith(b"PK\x03\x04") or (text.startswith(b"#!") and b"PK\x03\x04" in text) else ""


Reader = Callable[[str, Settings, Outside], list[Inventory]]

MODULES = {
    "uv.lock": "locks.uv_lock", "pylock": "locks.pylock", "poetry.lock": "locks.poetry_lock",
    "pdm.lock": "locks.pdm_lock",
    "Pipfile.lock": "locks.pipfile_lock", "pixi.lock": "conda.pixi_lock", "conda-lock": "conda.conda_lock",
    "cyclonedx": "sbom.cyclonedx", "spdx": "sbom.spdx", "pip listing": "pip_listing", "archive": "archive",
    "dockerfile": "hints", "notebook": "hints",
}  # fmt: skip
"""The module of sources that reads each kind which needs nothing but the file."""

MANIFESTS = ("pyproject", "setup.cfg", "setup.py", "Pipfile", "script", "environment.yml")
"""Kinds that say what a project asks for; a resolver says what that brings in."""


def read(kind: str, path: str, settings: Settings, outside: Outside) -> list[Inventory]:
    """Return what a file of this kind holds."""
    if kind == "uv.lock" and (settings.python_version or settings.platform):
        from pip_assay import scope
        from pip_assay.sources.locks import uv_lock

        return [uv_lock.read(path, applies=scope.Scope(settings).applies)]
    if kind in MODULES:
        return [_module(MODULES[kind]).read(path)]
    from pip_assay import install

    if kind in MANIFESTS:
        return [install.manifest(path, kind, settings, outside)]
    return [install.requirements((path,), settings, outside)]


def parse(kind: str, content: bytes, file: str) -> Inventory:
    """Return what content of this kind holds, which came from no file."""
    return _module(MODULES[kind]).parse(content, file)


def _module(name: str) -> "_Source":
    """Return the module of a source, imported only now."""
    loaded: Any = __import__(f"pip_assay.sources.{name}", fromlist=("read",))
    source: _Source = loaded
    return source
