"""What is installed in a container image that nobody unpacked: its layers are merged in memory, then read as a root."""

import os
from contextlib import closing

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Gap, Inventory, Place, Problem
from pip_assay.sources.image import layers, oci, root, tar
from pip_assay.sources.image.blobs import Archive, Folder
from pip_assay.sources.image.budget import Budget
from pip_assay.sources.image.oci import Image, Layer
from pip_assay.sources.image.stack import Stack
from pip_assay.sources.image.streams import CHUNK, Pieces, compression, unpacked, watched
from pip_assay.sources.installed.locate import as_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pip_assay.sources.bundled import Reader
    from pip_assay.sources.image.blobs import Blobs

KIND = "image"
_WHOLE_FILE = Image(layers=(Layer(""),), notes=("one layer, without a manifest",))
_AGAIN = "save the image again"


def read_image(path: str, *, carried: "Reader | None" = None) -> list[Inventory]:
    """Return what is installed in an image: an OCI layout (a folder or a tar), a `docker save` tar, or one layer.

    For each image in it, the first inventory is that of the image as a whole: its platform, what could not be read;
    the others are those of its environments. Nothing is unpacked onto the disk. `carried` reads what the distributions
    and interpreters carry; without it, that and the interpreters are left out.
    """
    shown = as_named(path)
    try:
        blobs: Blobs = Folder(path) if os.path.isdir(path) else Archive(path)
    except Unreadable as error:
        gap: Gap = "unreadable" if os.path.lexists(path) else "missing"
        return [Inventory(shown, KIND, problems=(Problem(gap, error.what, Place(path), error.hint, shown),))]
    with closing(blobs):
        found = oci.images(blobs, path)
        if not found and os.path.isdir(path):
            what = "holds no index.json or manifest.json, so it is no image"
            hint = "name the folder of an OCI layout, or audit it as a file system with --root"
            return [Inventory(shown, KIND, problems=(Problem("unreadable", what, Place(path), hint, shown),))]
        several = len(found) > 1
        return [
            inventory
            for number, image in enumerate(found or [_WHOLE_FILE], 1)
            for inventory in _read(blobs, image, f"{path}#{image.name or number}" if several else path, path, carried)
        ]


def _read(blobs: "Blobs", image: Image, shown: str, path: str, carried: "Reader | None") -> list[Inventory]:
    stack, budget = Stack(shown), Budget() if carried else Budget(carried=0)
    problems = list(image.problems)
    for layer in image.layers:
        problems += _put(stack, blobs, layer, budget, path)
    if carried and (number := budget.passed_over):
        what = (
            f"holds more of what distributions carry than is read of one image: {number} file{'s'[: number > 1]} less"
        )
        problems.append(Problem("unreadable", what, Place(path), "unpack the image, and audit it with --root", shown))
    count = f"{len(image.layers)} layers" if len(image.layers) > 1 else ""
    return root.read(stack, KIND, [note for note in (*image.notes, count) if note], problems, carried)


def _put(stack: Stack, blobs: "Blobs", layer: Layer, budget: Budget, path: str) -> "Iterator[Problem]":
    """Put a layer upon those below; yield what could not be read of it, or is not as its digest says."""
    place = Place(f"{path}/{layer.file}" if layer.file else path)
    stack.begin_layer()
    refused = 0
    try:
        source, is_as_stated = _checked(blobs, layer)
        lacked, refused = layers.put(stack, _unpacked(source, budget), budget)
        for _ in source:  # what is behind the end mark counts for the digest
            pass
        if not is_as_stated():
            what = "does not have the content that its digest states"
            yield Problem("unreadable", what, place, _AGAIN, as_named(path))
        if lacked:
            layers.fill(_unpacked(blobs.content(layer.file), budget), lacked, budget)
    except Unreadable as error:
        yield Problem("unreadable", f"this layer {error.what}", place, error.hint or _AGAIN, as_named(path))
    if refused:
        what = f"holds files outside of the image, or behind links that lead to one another: {refused}"
        yield Problem("unreadable", what, place, "they were not read; " + _AGAIN, as_named(path))


def _unpacked(source: "Iterator[bytes]", budget: Budget) -> Pieces:
    return Pieces(watched(unpacked(source), budget.unpacked))


def _checked(blobs: "Blobs", layer: Layer) -> "tuple[Iterator[bytes], Callable[[], bool]]":
    """Return a layer's content, and what tells, once all of that was read, whether its digest is the stated one."""
    source = blobs.content(layer.file)
    if not layer.digest:
        return source, lambda: True
    computed = oci.digest_of(layer.digest)
    return watched(source, computed.update), lambda: computed.hexdigest() == layer.digest.partition(":")[2]


# --- what is an image? ----------------------------------------------------------------------------

_PARTS = ("blobs", "oci-layout", "index.json", "manifest.json", "repositories")
_TOP_FOLDERS = (
    ".dockerenv", "bin", "boot", "dev", "etc", "home", "lib", "lib64", "mnt", "opt", "proc", "root", "run", "sbin",
    "srv", "sys", "tmp", "usr", "var",
)  # fmt: skip
_HEXADECIMAL = frozenset("0123456789abcdef")


def is_image(path: str) -> bool:
    """Return whether a folder is an OCI layout, or a file a tar of an image, from its first member's name alone.

    An image's is a part of one, or a folder of a root file system; an sdist's is "NAME-VERSION".
    """
    if os.path.isdir(path):
        return os.path.isfile(os.path.join(path, "oci-layout"))
    try:
        with files.opened(path) as file:
            start = file.read(CHUNK)
        packed = compression(start)
        stream = Pieces(unpacked(iter([start])) if packed else iter([start]))
        names = (member.name.removeprefix("./").strip("/").partition("/")[0] for member in tar.members(stream))
        name = next(name for name in names if name not in ("", "."))
    except (Unreadable, StopIteration, OSError):
        return False
    is_part = name in _PARTS or (len(name.removesuffix(".json")) == 64 and _HEXADECIMAL.issuperset(name[:64]))
    return is_part or name in _TOP_FOLDERS
