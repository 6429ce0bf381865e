"""Which layers an image consists of: OCI image layouts (index.json), and what `docker save` writes (manifest.json)."""

import hashlib
import json
import re
from collections.abc import Iterator

from pip_assay.errors import Unreadable
from pip_assay.model import Place, Problem
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pip_assay.sources.image.blobs import Blobs

    Object = dict[str, Any]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_NAMES = ("org.opencontainers.image.ref.name", "io.containerd.image.name")
_ATTESTATION = "vnd.docker.reference.type"
_PREFERRED = "linux/amd64"
_NESTING = 4
_IMAGES = 100
_AGAIN = "save the image again"


class Layer(NamedTuple):
    """A layer: the name of its file, and the digest that the manifest states of it ("sha256:..."; "" for none)."""

    file: str
    digest: str = ""


class Image(NamedTuple):
    """One image. `name` is what it is called, "" where nothing tells; `notes` say which of several it is."""

    name: str = ""
    layers: tuple[Layer, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def images(blobs: "Blobs", shown: str) -> list[Image]:
    """Return the images that there are, at least one; none where neither form of image is there."""
    read, name = (_layout, "index.json")
    if blobs.document(name) is None:
        read, name = (_saved, "manifest.json")
        if blobs.document(name) is None:
            return []
    try:
        return read(blobs, shown)
    except Unreadable as error:
        return [Image(problems=(_problem(error.what, name, shown),))]


def digest_of(digest: str) -> "hashlib._Hash":
    """Return what computes a digest of the kind that a manifest states: "sha256:..." or "sha512:..."."""
    return hashlib.new(digest.partition(":")[0])


# --- OCI image layout -----------------------------------------------------------------------------


def _layout(blobs: "Blobs", shown: str) -> list[Image]:
    """Return the images of an index.json. Those of one name are one image for several platforms."""
    by_name: dict[str | int, list[Object]] = {}
    listed = _objects(_document(blobs, "index.json"), "manifests")
    for number, descriptor in enumerate(listed):
        annotations = _object(descriptor, "annotations")
        name = next((text for key in _NAMES if (text := _text(annotations, key))), "")
        is_one_of_several = bool(name or _platform(descriptor))
        by_name.setdefault(name if is_one_of_several else number, []).append(descriptor)
    if not by_name:
        raise Unreadable("names no image")
    several = list(by_name.items())[:_IMAGES]
    return [_of_platforms(blobs, shown, str(name or ""), found, _NESTING) for name, found in several]


def _of_platforms(blobs: "Blobs", shown: str, name: str, listed: "list[Object]", nesting: int) -> Image:
    """Return the image for the preferred platform, else for the first that is there."""
    real = [each for each in listed if not _object(each, "annotations").get(_ATTESTATION)] or listed
    present = [each for each in real if _digest(each) and blobs.document(_file(_digest(each))) is not None] or real
    chosen = next((each for each in present if _platform(each).startswith(_PREFERRED)), present[0])
    digest = _digest(chosen)
    problems: list[Problem] = []
    try:
        if not digest:
            raise Unreadable("names a manifest without a digest")
        if _is_changed(blobs, digest):
            problems.append(_problem("does not have the content that its digest states", _file(digest), shown))
        document = _document(blobs, _file(digest))
        if inner := _objects(document, "manifests"):
            if not nesting:
                raise Unreadable("nests manifests too deeply")
            image = _of_platforms(blobs, shown, name, inner, nesting - 1)
        else:
            image = _of_manifest(blobs, shown, name, document)
    except Unreadable as error:
        image = Image(name, problems=(_problem(error.what, _file(digest) if digest else "index.json", shown),))
    notes = tuple(_platform_notes(chosen, real, image))
    # A platform that the index names and the file does not hold is no part of what was to be audited.
    unread = [each for each in present if each is not chosen and blobs.document(_file(_digest(each))) is not None]
    if unread:
        names = ", ".join(_platform(each) or _digest(each) for each in unread)
        what = f"holds the image for {names} too, which was not read"
        problems.append(Problem("unreadable", what, Place(shown), "save and audit that platform by itself", shown))
    return image._replace(notes=notes, problems=(*problems, *image.problems))


def _platform_notes(chosen: "Object", real: "list[Object]", image: Image) -> Iterator[str]:
    platform = _platform(chosen)
    if platform and platform not in image.notes:
        yield platform
    yield from image.notes
    if others := [_platform(each) or _digest(each) for each in real if each is not chosen]:
        yield f"not read: {', '.join(others)}"


def _of_manifest(blobs: "Blobs", shown: str, name: str, manifest: "Object") -> Image:
    layers, problems = [], []
    for number, descriptor in enumerate(_objects(manifest, "layers"), 1):
        if digest := _digest(descriptor):
            layers.append(Layer(_file(digest), digest))
        else:
            problems.append(_problem(f"names layer {number} without a digest", "index.json", shown))
    if not (layers or problems):
        raise Unreadable("names no layers")
    return Image(name, tuple(layers), _own_platform(blobs, _digest(_object(manifest, "config"))), tuple(problems))


def _own_platform(blobs: "Blobs", config: str) -> tuple[str, ...]:
    """Return the platform that an image's configuration states."""
    try:
        platform = _platform({"platform": _document(blobs, _file(config))}) if config else ""
    except Unreadable:
        platform = ""
    return (platform,) if platform else ()


# --- docker save ----------------------------------------------------------------------------------


def _saved(blobs: "Blobs", shown: str) -> list[Image]:
    """Return the images of a manifest.json: a list of objects with the file names of the layers, the lowest first."""
    found = []
    for entry in _objects({"": _json(blobs, "manifest.json")}, "")[:_IMAGES]:
        files, tags = _texts(entry, "Layers"), _texts(entry, "RepoTags")
        config = _config(blobs, _text(entry, "Config"))
        digests = _texts(_object(config, "rootfs"), "diff_ids")
        stated = digests if len(digests) == len(files) else [""] * len(files)
        layers = tuple(Layer(file, _stated(file, digest)) for file, digest in zip(files, stated, strict=True))
        platform = _platform({"platform": config})
        problems = () if layers else (_problem("names no layers", "manifest.json", shown),)
        found.append(Image(next(iter(tags), ""), layers, (platform,) if platform else (), problems))
    if not found:
        raise Unreadable("names no image")
    return found


def _config(blobs: "Blobs", name: str) -> "Object":
    try:
        return _document(blobs, name)
    except Unreadable:
        return {}


def _stated(file: str, unpacked: str) -> str:
    """Return the digest of a layer's file: the one in its name, else that of what it unpacks to (it is not packed)."""
    in_name = ":".join(file.split("/")[-2:]) if file.startswith("blobs/") else ""
    return next((each for each in (in_name, unpacked) if _DIGEST.fullmatch(each)), "")


# --- documents ------------------------------------------------------------------------------------


def _document(blobs: "Blobs", name: str) -> "Object":
    found = _json(blobs, name)
    if not isinstance(found, dict):
        raise Unreadable("cannot be understood")
    return found


def _json(blobs: "Blobs", name: str) -> object:
    if (content := blobs.document(name)) is None:
        raise Unreadable("is not in the image")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Unreadable("cannot be understood") from None


def _is_changed(blobs: "Blobs", digest: str) -> bool:
    computed = digest_of(digest)
    computed.update(blobs.document(_file(digest)) or b"")
    return blobs.document(_file(digest)) is not None and computed.hexdigest() != digest.partition(":")[2]


def _objects(document: "Object", key: str) -> "list[Object]":
    found = document.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _object(document: "Object", key: str) -> "Object":
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _text(document: "Object", key: str) -> str:
    found = document.get(key)
    return found if isinstance(found, str) else ""


def _texts(document: "Object", key: str) -> list[str]:
    found = document.get(key)
    return [each if isinstance(each, str) else "" for each in found] if isinstance(found, list) else []


def _digest(descriptor: "Object") -> str:
    """Return a descriptor's digest; empty where it states none that could be a file's name."""
    stated = _text(descriptor, "digest")
    return stated if _DIGEST.fullmatch(stated) else ""


def _file(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _platform(descriptor: "Object") -> str:
    """Return "linux/arm64/v8"; empty where nothing states one."""
    stated = _object(descriptor, "platform")
    parts = [_text(stated, key) for key in ("os", "architecture", "variant")]
    return "/".join(part for part in parts if part)


def _problem(what: str, file: str, shown: str) -> Problem:
    return Problem("unreadable", what, Place(f"{shown}/{file}"), _AGAIN, shown)
