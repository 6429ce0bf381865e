"""A copy of what `uv lock` needs of a project, in a scratch folder: lock, manifests, and links to local archives.

No code of the project is in the copy, and its manifests are changed so that uv cannot start a build: `uv lock
--no-build` by itself still builds the project where its metadata are dynamic, and whatever `no-binary-package` names.
What only a build could tell is taken from the lock.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.formats import uv_text
from pip_assay.fix.formats.spliced import decoded
from pip_assay.fix.formats.uv_held import LOCAL, Ask, Package
from pip_assay.sources.documents.toml import Table
from pip_assay.values import Any, NamedTuple

MADE_UP = "0"
"""The version of a project that says it only when it is built; the lock has none of it."""

NO_BACKEND: dict[str, Any] = {"requires": [], "build-backend": "nothing_is_built"}
BUILDING = ("no-binary", "no-binary-package", "cache-dir")
"""Settings of uv that a project could use to have something built, or written elsewhere."""

DYNAMIC = ("version", "dependencies", "optional-dependencies")
ARCHIVES = (".whl", ".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".html")


class Copy(NamedTuple):
    """Where the copy is.

    folder     of the lock; uv is started in it.
    versions   the packages whose version is made up in it.
    unbuilt    the releases without a wheel, of which the lock says what they need.
    """

    folder: str
    versions: frozenset[str]
    unbuilt: tuple[str, ...]


def copied(
    lock: str, locked: Sequence[Package], python: str, scratch: str, edited: Mapping[str, bytes], *, described: bool
) -> Copy:
    """Return the copy of a project, with the files of `edited` (by their whole path) in place of those on the disk.

    python     the Pythons that the lock is for.
    described  whether uv is told what releases without a wheel need, which the lock it writes then repeats.

    Raises:
        Unreadable: a file of the project cannot be read or copied.
    """
    script = lock.removesuffix(".lock") if lock.endswith(".py.lock") else ""
    root = os.path.dirname(os.path.abspath(lock))
    sources = {os.path.normpath(os.path.join(root, each.location)): each for each in locked if each.kind in LOCAL}
    links = _links(root, locked)
    top = os.path.commonpath([root, *sources, *links])
    unbuilt = tuple(each for each in locked if _is_unbuilt(each)) if described else ()
    made_up: set[str] = set()

    def place(path: str) -> str:
        return os.path.join(scratch, os.path.relpath(path, top))

    def content(path: str) -> bytes | None:
        return edited.get(path) or (files.read_bytes(path) if os.path.isfile(path) else None)

    try:
        for folder in {root: None, **dict.fromkeys(sources)}:
            os.makedirs(place(folder), exist_ok=True)
            manifest = os.path.join(folder, "pyproject.toml")
            if (found := content(manifest)) is not None:
                values = _parsed(found, manifest)
                package = sources.get(folder)
                made_up |= _made_static(values, package, python) if package else set()
                _write(place(manifest), _harmless(values, unbuilt if _is_settings(folder, root, script) else ()))
        _settings(root, place, content, unbuilt)
        if script:
            _write(place(os.path.abspath(script)), content(os.path.abspath(script)) or b"")
        text = uv_text.with_versions(decoded(content(os.path.abspath(lock)) or b"", lock), made_up, MADE_UP)
        _write(place(os.path.abspath(lock)), text.encode())
        for path in links:
            _link(path, place)
    except OSError as error:
        what = f"no copy of the project can be made to lock it ({files.reason(error)})"
        raise Unreadable(what, lock, "make room on the disk") from None
    return Copy(place(root), frozenset(made_up), tuple(each.name for each in unbuilt))


def _is_settings(folder: str, root: str, script: str) -> bool:
    """Return whether uv reads its settings from the manifest of a folder."""
    return folder == root and not script and not os.path.isfile(os.path.join(root, "uv.toml"))


def _settings(
    root: str, place: Callable[[str], str], content: Callable[[str], bytes | None], unbuilt: Iterable[Package]
) -> None:
    path = os.path.join(root, "uv.toml")
    if (found := content(path)) is not None:
        values = _without_building(_parsed(found, path))
        _described(values, unbuilt)
        _write(place(path), _dumped(values))


def _links(root: str, locked: Iterable[Package]) -> list[str]:
    """Return the local archives and folders of archives that the lock names by relative paths."""
    named = (
        each.location
        for each in locked
        if each.kind == "path" or (each.kind == "registry" and "://" not in each.location)
    )
    return [os.path.normpath(os.path.join(root, each)) for each in dict.fromkeys(named) if not os.path.isabs(each)]


def _link(path: str, place: Callable[[str], str]) -> None:
    """Link an archive, or each one in a folder, into the copy. What is there already is a file of the copy."""
    if not os.path.isdir(path):
        if os.path.isfile(path) and not os.path.lexists(place(path)):
            os.makedirs(os.path.dirname(place(path)), exist_ok=True)
            os.symlink(os.path.realpath(path), place(path))
        return
    os.makedirs(place(path), exist_ok=True)
    for entry in sorted(os.scandir(path), key=lambda each: each.name):
        there = os.path.join(place(path), entry.name)
        is_page = entry.is_dir() and os.path.isfile(os.path.join(entry.path, "index.html"))
        if (entry.name.endswith(ARCHIVES) or is_page) and not os.path.lexists(there):
            os.symlink(os.path.realpath(entry.path), there)


def _parsed(content: bytes, path: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(decoded(content, path).removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError):
        raise Unreadable("is not valid TOML", path, "correct it") from None


def _harmless(values: dict[str, Any], unbuilt: Iterable[Package]) -> bytes:
    """Return a manifest by which nothing can be built."""
    if "build-system" in values:
        values["build-system"] = NO_BACKEND
    tool = values.get("tool")
    own = tool.get("uv") if isinstance(tool, dict) else None
    settings = _without_building(own) if isinstance(own, dict) else {}
    _described(settings, unbuilt)
    if settings or own is not None:
        values.setdefault("tool", {})["uv"] = settings
    return _dumped(values)


def _without_building(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key not in BUILDING}


def _described(settings: dict[str, Any], unbuilt: Iterable[Package]) -> None:
    """Tell uv what the lock says that releases without a wheel need."""
    told = [
        {"name": each.name, "version": each.version, "requires-dist": [text(ask) for ask in each.asks]}
        for each in unbuilt
    ]
    known = settings.get("dependency-metadata", [])
    if told:
        settings["dependency-metadata"] = [*(known if isinstance(known, list) else []), *told]


def text(ask: Ask) -> str:
    """Return what an edge of the lock asks for as PEP 508 has it."""
    extras = f"[{','.join(ask.extras)}]" if ask.extras else ""
    return f"{ask.name}{extras}" + (f" ; {ask.marker}" if ask.marker and "extra" not in ask.marker else "")


def _is_unbuilt(package: Package) -> bool:
    """Return whether only a build would tell what a release needs, as far as its kind goes."""
    is_archive = package.kind in {"path", "url"} and not package.location.partition("#")[0].endswith(".whl")
    is_release = package.kind == "registry" and not package.has_wheel
    return bool(package.version) and (is_release or is_archive or package.kind == "git")


def _made_static(values: dict[str, Any], package: Package, python: str) -> set[str]:
    """Write what a build would tell into a manifest, as the lock has it; return whose version is made up."""
    project = values.get("project")
    if not isinstance(project, dict):
        project = values["project"] = {"name": package.name, "dynamic": list(DYNAMIC)}
    dynamic = project.pop("dynamic", [])
    missing = {each for each in DYNAMIC if isinstance(dynamic, list) and each in dynamic}
    # Without one uv takes that of the interpreter which it runs for.
    project.setdefault("requires-python", python)
    if "version" not in project:
        project["version"] = package.version or MADE_UP
    needed = package.metadata.tables("requires-dist")
    if "dependencies" in missing:
        project["dependencies"] = [required(each) for each in needed if "extra" not in each.text("marker")]
    if "optional-dependencies" in missing:
        project["optional-dependencies"] = {
            extra: [required(each, extra) for each in needed if f"extra == '{extra}'" in each.text("marker")]
            for extra in package.metadata.texts("provides-extras")
        }
    return set() if package.version else {package.name}


def required(asked: Table, extra: str = "") -> str:
    """Return a requirement of a package's metadata; `extra` is the one whose requirement it is, which is left out."""
    extras = f"[{','.join(asked.texts('extras'))}]" if "extras" in asked else ""
    marker = asked.text("marker")
    if extra:
        marker = marker.replace(f"extra == '{extra}'", "").strip().removesuffix(" and").removeprefix("and ").strip()
    return f"{asked.text('name')}{extras}{asked.text('specifier')}" + (f" ; {marker}" if marker else "")


def _dumped(values: dict[str, Any]) -> bytes:
    import tomlkit

    return tomlkit.dumps(values).encode()


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
