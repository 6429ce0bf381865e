"""Laws of images: any sequence of layers reads as the file system that an independent unpacker makes of them."""

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from hypothesis import given, reject
from hypothesis import strategies as st

from pip_assay.errors import Unreadable
from pip_assay.model import Inventory
from pip_assay.names import normalise
from pip_assay.sources.image import is_image, oci, read_image, read_root, streams, tar
from tests.image_files import Entry, installed, layer, oci_files, saved_files, tar_of, unpack, write_folder, write_tar

SITES = (
    "usr/lib/python3/dist-packages",
    "usr/local/lib/python3.11/site-packages",
    "opt/app/lib/python3.11/site-packages",
)
FOLDERS = (
    "usr",
    "usr/lib",
    "lib",
    "opt",
    "opt/app",
    "opt/app/lib",
    "srv",
    "srv/task",
    "usr/lib/python3",
    "var",
    *SITES,
)
TARGETS = (
    "usr/lib",
    "/usr/lib",
    "../opt",
    "/opt/app",
    "app",
    ".",
    "../../../../etc",
    "/srv",
    "gone",
    "/usr/local/lib/../lib",
)
NAMES = st.sampled_from(["alpha", "beta", "gamma"])
VERSIONS = st.sampled_from(["1.0", "2.0"])


@st.composite
def changes(draw: st.DrawFn) -> list[Entry]:
    """Return what one step of a build leaves in a layer."""
    folder = draw(st.sampled_from((*FOLDERS, *SITES, *SITES)))
    kind = draw(
        st.sampled_from(["install"] * 5 + ["remove", "opaque", "white out", "link", "file", "folder", "hard link"])
    )
    name, version = draw(NAMES), draw(VERSIONS)
    above, _, last = folder.rpartition("/")
    if kind == "install":
        return installed(folder, name, version)
    if kind == "remove":
        return [(f"{folder}/.wh.{name}-{version}.dist-info", "file", "")]
    if kind == "opaque":
        return [(f"{folder}/.wh..wh..opq", "file", "")]
    if kind == "white out":
        return [(f"{above}/.wh.{last}", "file", "")]
    if kind == "link":  # what comes behind it goes through it
        through = installed(f"{folder}/python3.11/site-packages", name, version) if draw(st.booleans()) else []
        return [(folder, "link", draw(st.sampled_from(TARGETS))), *through]
    if kind == "hard link":  # the first name is none that is kept
        text = installed(folder, name, version)[0][2]
        store = f"ostree/{name}{version}"
        return [(store, "file", text), (f"{folder}/{name}-{version}.dist-info/METADATA", "hard link", store)]
    return [(folder, kind, "text" if kind == "file" else "")]


@st.composite
def layers_of_images(draw: st.DrawFn) -> list[tuple[list[Entry], int]]:
    """Return the layers of an image and the form of each, whiteouts first or (no link may move them) last."""
    found = []
    plan = draw(st.lists(st.lists(changes(), max_size=5), min_size=1, max_size=4))
    has_links = any(kind == "link" for steps in plan for step in steps for _, kind, _ in step)
    for steps in plan:
        entries = [entry for step in steps for entry in step]
        last = draw(st.booleans()) and not has_links
        entries.sort(key=lambda entry: ("/.wh." in f"/{entry[0]}") == last)
        form = draw(st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]))
        found.append((entries, form))
    return found


def below(inventories: list[Inventory], root: Path) -> list[tuple[str, list[tuple[str, str, str, int]]]]:
    """Return what was found, with paths as they are inside of the root."""
    found = []
    for each in inventories:
        inside = each.target.replace(str(root), "")
        listed = [
            (one.pin.name, one.pin.version, one.place.file.replace(str(root), ""), one.place.line)
            for one in each.dependencies
        ]
        if listed:
            found.append((inside, listed))
    return found


def by_importlib(root: Path) -> set[tuple[str, str, str]]:
    """Return (folder, name, version) of all that importlib.metadata sees in the folders of an unpacked image."""
    found = set()
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir() and not path.is_symlink())):
        for one in metadata.distributions(path=[str(folder)]):
            if one.metadata["Name"]:
                found.add((str(folder.relative_to(root)), normalise(one.metadata["Name"]), one.version))
    return found


@given(
    layers_of_images(), st.sampled_from(["oci tar", "oci folder", "saved", "packed tar", "gzip layers", "xz layers"])
)
def test_layers_read_as_what_they_unpack_to(steps: list[tuple[list[Entry], int]], form: str) -> None:
    """An image gives what its unpacked file system gives, and that is what importlib.metadata sees."""
    layers = [layer(entries, kind) for entries, kind in steps]
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        try:
            root = unpack(layers, top / "root")
        except RuntimeError:  # no unpacker can
            reject()
        image = top / "image.tar"
        if form == "oci folder":
            write_folder(image, oci_files(layers))
        elif form == "saved":
            write_tar(image, saved_files(layers))
        elif form == "gzip layers":
            write_tar(image, oci_files(layers, lambda content: gzip.compress(content, 1)))
        elif form == "xz layers":
            write_tar(image, oci_files(layers, lambda content: lzma.compress(content, preset=0)))
        else:
            write_tar(image, oci_files(layers), packed=form == "packed tar")
        assert is_image(str(image))
        from_disk, from_image = read_root(str(root)), read_image(str(image))
        assert below(from_image, image) == below(from_disk, root)
        assert {problem.gap for each in from_image for problem in each.problems} <= {"empty", "unreadable", "duplicate"}
        seen = {
            (str(Path(one.place.file).parent.parent.relative_to(root)), one.pin.name, one.pin.version)
            for each in from_disk
            for one in each.dependencies
            if not one.skipped
        }
        complete = {found for found in by_importlib(root) if found[2]}
        assert seen == complete


MUTATIONS = st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(0, 255)), max_size=12)
SAMPLE = [
    layer(
        [
            *installed(SITES[0], "alpha", "1.0"),
            ("lib", "link", "usr/lib"),
            ("usr/lib/" + "long/" * 40 + "pyvenv.cfg", "file", "home = /usr\n"),
        ]
    ),
    gzip.compress(layer([(f"{SITES[0]}/.wh.alpha-1.0.dist-info", "file", ""), *installed(SITES[1], "beta", "2.0")]), 1),
]
WHOLE = [
    tar_of(oci_files(SAMPLE)),
    gzip.compress(tar_of(saved_files(SAMPLE)), 1),
    SAMPLE[0],
    SAMPLE[1],
    bz2.compress(tar_of(oci_files(SAMPLE))),
]


@given(st.sampled_from(WHOLE), MUTATIONS, st.integers(0, 1_000_000), st.booleans())
def test_never_raises_on_any_bytes(whole: bytes, changed: list[tuple[int, int]], end: int, cut: bool) -> None:
    """A damaged image gives problems, never an exception, and the same ones when it is read again."""
    content = bytearray(whole)
    for place, value in changed:
        content[place % len(content)] = value
    if cut:
        del content[end % len(content) :]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "image.tar"
        path.write_bytes(content)
        is_image(str(path))
        found = read_image(str(path))
        assert found
        assert any(each.dependencies or each.problems for each in found)
        assert found == read_image(str(path))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([f"sha256:{'0' * 64}", "../x"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["manifests", "digest", "platform", "annotations", "layers", "Layers", "Config", "RepoTags", "os", "config",
             "org.opencontainers.image.ref.name"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.sampled_from(["index.json", "manifest.json"]))
def test_never_raises_on_any_manifest(document: object, name: str) -> None:
    """Any value in any field of a manifest is a problem at worst."""
    import json

    with tempfile.TemporaryDirectory() as scratch:
        folder = write_folder(Path(scratch) / "image", {"oci-layout": b"{}", name: json.dumps(document).encode()})
        found = read_image(str(folder))
        assert found
        assert any(each.problems for each in found)


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """Return a tar with names long and short, of every form."""
    part = st.text(st.sampled_from("ab é."), min_size=1, max_size=60).filter(
        lambda text: text.strip("./") == text and text.strip()
    )
    names = draw(st.lists(st.lists(part, min_size=1, max_size=5).map("/".join), max_size=6))
    form = draw(st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
    kinds = draw(
        st.lists(st.sampled_from(["file", "folder", "link", "hard link"]), min_size=len(names), max_size=len(names))
    )
    texts = draw(
        st.lists(st.text(st.sampled_from("xyz/é"), min_size=1, max_size=200), min_size=len(names), max_size=len(names))
    )
    return layer(zip(names, kinds, texts, strict=True), form)


def listed_by_us(content: bytes) -> Iterator[tuple[str, str, int, str, bytes]]:
    """Yield the members as our reader gives them, half of each content read."""
    stream = streams.Pieces(iter([content[at : at + 700] for at in range(0, len(content), 700)]))
    for member in tar.members(stream):
        target = member.target if "link" in member.kind else ""
        yield member.name.rstrip("/"), member.kind, member.size, target, stream.read(member.size // 2)


@given(archives())
def test_tar_members_are_those_of_tarfile(content: bytes) -> None:
    """Names, kinds, sizes, link targets and contents are those that the standard library reads."""
    expected = []
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for one in archive:
            kind = "folder" if one.isdir() else "link" if one.issym() else "hard link" if one.islnk() else "file"
            half = archive.extractfile(one).read(one.size // 2) if one.isreg() else b""  # type: ignore[union-attr]
            expected.append((one.name, kind, one.size, one.linkname, half))
    assert list(listed_by_us(content)) == expected


@given(
    st.binary(max_size=2000), st.sampled_from([gzip.compress, bz2.compress, lzma.compress, None]), st.integers(1, 300)
)
def test_unpacked_is_what_was_packed(content: bytes, pack: object, size: int) -> None:
    """Whatever the pieces and the compression are, also of several parts, the bytes come out as they went in."""
    packed = pack(content) + pack(content) if callable(pack) else b"plain " + content
    pieces = (packed[at : at + size] for at in range(0, len(packed), size))
    if callable(pack) and size < 6:
        return  # the first piece must show how it is compressed
    assert b"".join(streams.unpacked(pieces)) == (content * 2 if callable(pack) else packed)


@given(st.binary(max_size=700))
def test_no_digest_leads_out_of_the_image(text: bytes) -> None:
    """What is no digest names no file, and random bytes are no archive."""
    assert oci._digest({"digest": text.decode("latin-1")}) == ""
    with suppress(Unreadable):
        assert list(tar.members(streams.Pieces(iter([text])))) == []
