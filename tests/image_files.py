"""Container images made by hand, and an unpacker of them that shares nothing with ours."""

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Entry = tuple[str, str, str]
"""A member of a layer: its name; "file", "folder", "link", "hard link"; its content or what it names."""

TYPES = {"file": tarfile.REGTYPE, "folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "hard link": tarfile.LNKTYPE}


def layer(entries: Iterable[Entry], form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a layer as a plain tar."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=form) as archive:
        for name, kind, text in entries:
            member = tarfile.TarInfo(name)
            member.type = TYPES[kind]
            content = text.encode("utf-8", "surrogateescape") if kind == "file" else b""
            member.size = len(content)
            member.linkname = text if "link" in kind else ""
            archive.addfile(member, io.BytesIO(content))
    return whole.getvalue()


def tar_of(members: Mapping[str, bytes]) -> bytes:
    """Return a tar of files."""
    return layer((name, "file", content.decode("utf-8", "surrogateescape")) for name, content in members.items())


def metadata(name: str, version: str) -> str:
    """Return the text of a METADATA file."""
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nText.\n"


def installed(folder: str, name: str, version: str, **files: str) -> list[Entry]:
    """Return what is there of an installed distribution."""
    inside = f"{folder}/{name}-{version}.dist-info"
    every = {"METADATA": metadata(name, version), "INSTALLER": "pip\n", "RECORD": ""}
    every |= {file.replace("__", "."): text for file, text in files.items()}
    return [(f"{inside}/{file}", "file", text) for file, text in every.items()]


def digest(content: bytes) -> str:
    """Return the digest as manifests write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def blob(content: bytes) -> str:
    """Return the name of the file that holds the content."""
    return f"blobs/{digest(content).replace(':', '/')}"


def described(
    content: bytes, kind: str = "application/vnd.oci.image.layer.v1.tar", **more: object
) -> dict[str, object]:
    """Return the descriptor of a blob."""
    return {"mediaType": kind, "digest": digest(content), "size": len(content), **more}


def manifest_of(layers: Iterable[bytes], architecture: str = "amd64") -> dict[str, bytes]:
    """Return the blobs of one image by name; the manifest is the last."""
    layers = list(layers)
    config = json.dumps({"os": "linux", "architecture": architecture}).encode()
    manifest = json.dumps(
        {"schemaVersion": 2, "config": described(config), "layers": [described(each) for each in layers]}
    ).encode()
    return {blob(content): content for content in (*layers, config, manifest)}


def oci_files(layers: Iterable[bytes], pack: Callable[[bytes], bytes] = lambda content: content) -> dict[str, bytes]:
    """Return the files of an OCI layout with one image."""
    blobs = manifest_of([pack(each) for each in layers])
    index = json.dumps({"schemaVersion": 2, "manifests": [described(list(blobs.values())[-1])]}).encode()
    return {**blobs, "index.json": index, "oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}


def saved_files(layers: Iterable[bytes], tag: str = "app:1") -> dict[str, bytes]:
    """Return the files of a tar as old releases of `docker save` wrote it."""
    layers = list(layers)
    ids = [hashlib.sha256(bytes([number]) + content).hexdigest() for number, content in enumerate(layers)]
    config = json.dumps(
        {
            "os": "linux",
            "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": [digest(each) for each in layers]},
        }
    ).encode()
    name = f"{hashlib.sha256(config).hexdigest()}.json"
    names = [f"{one}/layer.tar" for one in ids]
    manifest = json.dumps([{"Config": name, "RepoTags": [tag], "Layers": names}]).encode()
    return {**dict(zip(names, layers, strict=True)), name: config, "manifest.json": manifest}


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_tar(path: Path, files: Mapping[str, bytes], *, packed: bool = False) -> Path:
    """Write a tar of files, compressed if asked for."""
    content = tar_of(files)
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    return path


# --- the independent unpacker ---------------------------------------------------------------------


def unpack(layers: Iterable[bytes], root: Path) -> Path:
    """Unpack layers one upon the other, by the OCI specification's words: whiteouts first, then what is added.

    Names lead through links as inside of the root; a file never keeps what it replaces.
    """
    root.mkdir(exist_ok=True)
    for content in layers:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = archive.getmembers()
            for member in members:
                _white_out(root, member.name)
            for member in members:
                if not os.path.basename(member.name).startswith(".wh."):
                    _add(root, archive, member)
    return root


def _white_out(root: Path, name: str) -> None:
    folder, last = os.path.split(name)
    if last == ".wh..wh..opq":
        whole = _lead(root, folder)
        if whole.is_dir():
            for each in whole.iterdir():
                _remove(each)
    elif last.startswith(".wh.") and last != ".wh." and not last.startswith(".wh..wh."):
        _remove(_lead(root, folder) / last.removeprefix(".wh."))


def _add(root: Path, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    folder, last = os.path.split(member.name)
    whole = _lead(root, folder) / last
    _make_folders(root, whole.parent)
    if member.isdir():
        if whole.is_symlink() or not whole.is_dir():
            _remove(whole)
            whole.mkdir()
        return
    if member.islnk():
        source_folder, source_last = os.path.split(member.linkname)
        source = _lead(root, source_folder) / source_last
        content = source.read_bytes()
        _remove(whole)
        whole.write_bytes(content)
        return
    _remove(whole)
    if member.issym():
        whole.symlink_to(member.linkname)
    else:
        taken = archive.extractfile(member)
        assert taken is not None
        whole.write_bytes(taken.read())


def _lead(root: Path, inside: str) -> Path:
    """Return where a path leads inside of the root, links followed."""
    at: list[str] = []
    rest = [part for part in inside.split("/") if part not in ("", ".")]
    steps = 0
    while rest:
        if (steps := steps + 1) > 200:
            raise RuntimeError("links lead to one another")
        part = rest.pop(0)
        if part == "..":
            at = at[:-1]
            continue
        whole = root.joinpath(*at, part)
        if whole.is_symlink():
            target = os.readlink(whole)
            at = [] if target.startswith("/") else at
            rest = [each for each in target.split("/") if each not in ("", ".")] + rest
        else:
            at.append(part)
    return root.joinpath(*at)


def _make_folders(root: Path, folder: Path) -> None:
    at = root
    for part in folder.relative_to(root).parts:
        at /= part
        if at.is_symlink() or not at.is_dir():
            _remove(at)
            at.mkdir()


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
