"""A folder of tiny wheels and sdists, as `--find-links` takes it."""

import io
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

BUILD = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(
    folder: Path, name: str, version: str, requires: Iterable[str] = (), *, extras: Iterable[str] = (), python: str = ""
) -> Path:
    """Write a wheel that holds nothing but its metadata, and return its path; its bytes are the same everywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    written = name.replace("-", "_")
    inside = f"{written}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {python}"] if python else []
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {each}" for each in requires]
    path = folder / f"{written}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in (("METADATA", "\n".join(lines) + "\n"), ("WHEEL", WHEEL), ("RECORD", "")):
            info = zipfile.ZipInfo(f"{inside}/{member}")
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, text)
    return path


def sdist(folder: Path, name: str, version: str, marks: Path, said: Iterable[str] = ("Metadata-Version: 1.0",)) -> Path:
    """Write an sdist whose build, by whatever way, writes the file `marks`; return its path.

    `said` are the lines of its PKG-INFO beside name and version.
    """
    code = f"open({str(marks)!r}, 'w').close()\n"
    members = {
        "PKG-INFO": "\n".join([*said, f"Name: {name}", f"Version: {version}", ""]),
        "pyproject.toml": BUILD,
        "backend.py": code,
        "setup.py": code,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for member, text in members.items():
            info = tarfile.TarInfo(f"{name}-{version}/{member}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def metadata(wheel: Path) -> bytes:
    """Return the metadata in a wheel, as an index may serve it beside the wheel (PEP 658)."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA")))
