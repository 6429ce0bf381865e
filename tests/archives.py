"""Small archives for tests: wheels, sdists, pexes and zipapps of made-up projects."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

Content = str | bytes


def metadata(name: str, version: str, *more: str) -> str:
    """Return the text of a METADATA or PKG-INFO file."""
    return "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *more, "", "Name: body", ""])


def installed(name: str, version: str, *more: str, below: str = "") -> dict[str, Content]:
    """Return the files of an installed distribution, by path."""
    spelled = name.replace("-", "_")
    folder = f"{below}{spelled}-{version}.dist-info/"
    return {f"{below}{spelled}/__init__.py": "", f"{folder}METADATA": metadata(name, version, *more)}


def zipped(files: Mapping[str, Content], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return stream.getvalue()


def tarred(files: Mapping[str, Content], mode: str = "gz", form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar of these files, compressed with gz, bz2, xz or (where `mode` is empty) not at all."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    content = stream.getvalue()
    if mode == "gz":
        return gzip.compress(content)
    if mode == "bz2":
        return bz2.compress(content)
    return lzma.compress(content) if mode == "xz" else content


def wheel_name(name: str, version: str) -> str:
    """Return the name of a wheel's file."""
    return f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def put(folder: Path, name: str, content: bytes) -> str:
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def pex_info(*wheels: str, asked: tuple[str, ...] = ()) -> str:
    """Return the text of a PEX-INFO."""
    made = {"build_properties": {"pex_version": "2.9.1"}, "distributions": dict.fromkeys(wheels, "0")}
    return json.dumps({**made, "requirements": list(asked)})


SETUPTOOLS = {
    **installed("alpha", "1.0", "Requires-Dist: beta>=1", "Requires-Dist: gamma; extra == 'x'"),
    **installed("delta", "0.5", below="alpha/_vendor/"),
    **installed("epsilon-pkg", "3.1", "Requires-Dist: delta", below="alpha/_vendor/"),
    "alpha/data/test-1.0-py3.7.egg/EGG-INFO/PKG-INFO": metadata("test", "1.0"),
}
"""The files of a wheel of alpha 1.0, which carries others as setuptools does."""
