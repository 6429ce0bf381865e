"""Container images: which layers, in which order, what later ones hide; an independent unpacker is the oracle."""

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from pip_assay.errors import Unreadable
from pip_assay.model import Inventory, Problem
from pip_assay.sources import image
from pip_assay.sources.image import blobs, budget, layers, oci, read_image, read_root, saved, streams
from pip_assay.sources.image.stack import Stack
from tests.image_files import (
    Entry,
    blob,
    described,
    digest,
    installed,
    layer,
    manifest_of,
    metadata,
    oci_files,
    saved_files,
    tar_of,
    unpack,
    write_folder,
    write_tar,
)  # fmt: skip

SITE = "usr/lib/python3.11/site-packages"
LED_OUT = "holds files outside of the image, or behind links that lead to one another: {}"
ALPHA, BETA = installed(SITE, "alpha", "1.0"), installed(SITE, "beta", "2.0")


def whiteout(path: str) -> Entry:
    """Return a member that is empty."""
    return path, "file", ""


def found(inventories: list[Inventory]) -> list[str]:
    """Return what was found: "alpha 1.0"."""
    return sorted(str(one.pin) for each in inventories for one in each.dependencies)


def problems(inventories: list[Inventory]) -> list[Problem]:
    """Return all problems."""
    return [problem for each in inventories for problem in each.problems]


def whats(inventories: list[Inventory]) -> list[str]:
    """Return what is wrong."""
    return [problem.what for problem in problems(inventories)]


def read(tmp_path: Path, *steps: list[Entry]) -> list[str]:
    """Return what an image of these layers gives, after a check against the independent unpacker."""
    made = [layer(entries) for entries in steps]
    path = write_tar(tmp_path / "image.tar", oci_files(made))
    root = unpack(made, tmp_path / "root")
    assert found(read_image(str(path))) == found(read_root(str(root)))
    return found(read_image(str(path)))


# --- layers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ([], ["alpha 1.0", "beta 2.0"]),
        ([whiteout(f"{SITE}/.wh.alpha-1.0.dist-info")], ["beta 2.0"]),
        ([whiteout(f"{SITE}/.wh..wh..opq")], []),
        ([whiteout(f"{SITE}/.wh..wh..opq"), *installed(SITE, "alpha", "3.0")], ["alpha 3.0"]),
        ([*installed(SITE, "alpha", "3.0"), whiteout(f"{SITE}/.wh..wh..opq")], ["alpha 3.0"]),
        ([whiteout("usr/.wh.lib")], []),
        ([(SITE, "file", "no folder any more")], []),
        ([("usr/lib", "link", "nowhere")], []),
        ([(SITE, "folder", "")], ["alpha 1.0", "beta 2.0"]),
        ([(SITE, "folder", ""), whiteout("usr/lib/python3.11/.wh.site-packages")], []),
        ([whiteout(".wh.usr"), *installed("opt/x", "gamma", "1")], ["gamma 1"]),
        ([whiteout(f"{SITE}/.wh..wh.plnk"), whiteout(f"{SITE}/.wh.")], ["alpha 1.0", "beta 2.0"]),
        ([whiteout(f"{SITE}/.wh.never-there")], ["alpha 1.0", "beta 2.0"]),
        ([(f"{SITE}/alpha-1.0.dist-info/METADATA", "file", metadata("alpha", "1.1"))], ["alpha 1.1", "beta 2.0"]),
    ],
)  # fmt: skip
def test_a_layer_hides_and_replaces(tmp_path: Path, second: list[Entry], expected: list[str]) -> None:
    """Whiteouts, opaque ones, files, folders and links do to the layers below what an unpacker makes of them."""
    assert read(tmp_path, [*ALPHA, *BETA], second) == expected


def test_an_empty_folder_of_a_layer_stays_when_it_is_white_out_below(tmp_path: Path) -> None:
    """A whiteout hides what is below its own layer, never what that layer adds, whichever comes first."""
    again = [(SITE, "folder", ""), *installed(SITE, "alpha", "9")]
    assert read(tmp_path, ALPHA, [*again, whiteout("usr/lib/python3.11/.wh.site-packages")]) == ["alpha 9"]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("lib", "usr/lib"),
        ("lib", "/usr/lib"),
        ("opt/lib", "../usr/lib"),
        ("opt/deep/lib", "/usr/lib"),
        ("a", "../../../usr/lib"),
    ],
)
def test_names_lead_through_links(tmp_path: Path, link: str, target: str) -> None:
    """What a layer puts below a link is where the link leads: inside of the image, never out of it."""
    later = installed(f"{link}/python3.11/site-packages", "gamma", "1")
    assert read(tmp_path, [*ALPHA, (link, "link", target)], later) == ["alpha 1.0", "gamma 1"]
    hidden = whiteout(f"{link}/python3.11/site-packages/.wh.alpha-1.0.dist-info")
    assert read(tmp_path / "..", [*ALPHA, (link, "link", target)], [hidden]) == []


def test_links_that_lead_to_one_another_end(tmp_path: Path) -> None:
    """A ring of links is no folder; what is beside it is read."""
    path = write_tar(
        tmp_path / "image.tar",
        oci_files([layer([("a", "link", "b"), ("b", "link", "a"), *ALPHA, *installed("a/x", "beta", "1")])]),
    )
    assert found(read_image(str(path))) == ["alpha 1.0"]
    assert whats(read_image(str(path))) == [LED_OUT.format(3)]


def test_a_metadata_folder_may_be_a_link(tmp_path: Path) -> None:
    """As Nix makes environments: the folder is a link into a store, which is listed as well."""
    stored = installed("nix/store/abc/lib/python3.11/site-packages", "alpha", "1.0")
    link = (f"{SITE}/alpha-1.0.dist-info", "link", "/nix/store/abc/lib/python3.11/site-packages/alpha-1.0.dist-info")
    assert read(tmp_path, [*stored, link]) == ["alpha 1.0", "alpha 1.0"]


def test_hard_links_to_what_was_kept_and_to_what_was_not(tmp_path: Path) -> None:
    """A hard link has the content of its other name, also where that is nothing that tells of distributions."""
    other = ("sysroot/objects/ab.file", "file", metadata("beta", "5"))
    entries: list[Entry] = [
        *ALPHA, other,
        (f"{SITE}/beta-5.dist-info/METADATA", "hard link", "sysroot/objects/ab.file"),
        ("opt/t/alpha-1.0.dist-info/METADATA", "hard link", f"./{SITE}/alpha-1.0.dist-info/METADATA"),
    ]  # fmt: skip
    assert read(tmp_path, entries) == ["alpha 1.0", "alpha 1.0", "beta 5"]


def test_a_hard_link_to_nothing_is_a_problem(tmp_path: Path) -> None:
    """The distribution is listed by its folder's name, and said to be unreadable."""
    path = write_tar(
        tmp_path / "i.tar", oci_files([layer([(f"{SITE}/alpha-1.0.dist-info/METADATA", "hard link", "gone")])])
    )
    assert found(read_image(str(path))) == ["alpha 1.0"]
    assert whats(read_image(str(path))) == ["was not read, so what the name of its folder tells was taken"]


def test_a_name_that_leads_out_is_refused(tmp_path: Path) -> None:
    """Its layer has a problem that counts such names; the rest of the layer is read."""
    entries = [("../../etc/evil-1.dist-info/METADATA", "file", metadata("evil", "1")), *ALPHA]
    path = write_tar(tmp_path / "image.tar", oci_files([layer(entries)]))
    assert found(read_image(str(path))) == ["alpha 1.0"]
    assert whats(read_image(str(path))) == [LED_OUT.format(1)]


def test_a_folder_that_a_layer_makes_anew_stays() -> None:
    """A whiteout that comes after it in the same layer empties it, and leaves it there."""
    stack = Stack("x")
    stack.file("a/b/file", b"", kept=True)
    stack.begin_layer()
    stack.folder("a/b", kept=True)
    stack.remove("a/b")
    assert stack.names("x/a/b") == []
    stack.begin_layer()
    stack.remove("a/b")
    assert not stack.has("x/a/b")
    with pytest.raises(FileNotFoundError):
        stack.names("x/a/b")


# --- forms of images -----------------------------------------------------------------------------------


def test_docker_save_of_old(tmp_path: Path) -> None:
    """manifest.json gives the order of the layers, whatever their order in the tar; a repeated one may be a link."""
    made = [layer([*ALPHA, *BETA]), layer([whiteout(f"{SITE}/.wh.alpha-1.0.dist-info")]), layer([*ALPHA, *BETA])]
    files = saved_files(made)
    path = write_tar(tmp_path / "image.tar", dict(reversed(files.items())))
    assert found(read_image(str(path))) == ["alpha 1.0", "beta 2.0"]
    names = [name for name in files if name.endswith("layer.tar")]
    entries = [(name, "file", content.decode("utf-8")) for name, content in files.items() if name != names[2]]
    path.write_bytes(layer([*entries, (names[2], "link", f"../{names[0]}")]))
    assert found(read_image(str(path))) == ["alpha 1.0", "beta 2.0"]
    assert not problems(read_image(str(path)))


@pytest.mark.parametrize("packed", [False, True])
def test_the_first_line_says_which_image_it_is(tmp_path: Path, packed: bool) -> None:
    """Platform and number of layers are in the detail of the image's own inventory, which comes first."""
    path = write_tar(tmp_path / "image.tar", saved_files([layer(ALPHA), layer(BETA)]), packed=packed)
    whole, environment = read_image(str(path))
    assert (whole.kind, whole.detail, whole.dependencies) == ("image", "linux/amd64; 2 layers", ())
    assert environment.target == f"{path}/{SITE}"
    assert environment.detail == "CPython 3.11"
    assert environment.dependencies[0].place.file == f"{path}/{SITE}/alpha-1.0.dist-info/METADATA"


def test_several_images_in_one_file(tmp_path: Path) -> None:
    """Each image is read, and called by its tag."""
    first, second = saved_files([layer(ALPHA)], "one:1"), saved_files([layer(BETA)], "two:2")
    manifest = json.loads(first["manifest.json"]) + json.loads(second["manifest.json"])
    path = write_tar(tmp_path / "image.tar", {**first, **second, "manifest.json": json.dumps(manifest).encode()})
    assert [each.target for each in read_image(str(path))] == [
        f"{path}#one:1", f"{path}#one:1/{SITE}", f"{path}#two:2", f"{path}#two:2/{SITE}",
    ]  # fmt: skip


def index_of(folder: Path, *manifests: object) -> Path:
    """Write an index over the blobs of two platforms, alpha for arm64 and beta for amd64."""
    index = {"schemaVersion": 2, "manifests": manifests}
    return write_folder(folder, {"index.json": json.dumps(index).encode(), "oci-layout": b"{}"})


def test_one_platform_of_several_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    """linux/amd64 is chosen, attestations are no platform; without it the first that is there is chosen."""
    arm, amd = manifest_of([layer(ALPHA)], "arm64"), manifest_of([layer(BETA)])
    proof = b"{}"
    folder = write_folder(tmp_path / "image", {**arm, **amd, blob(proof): proof})
    on_arm = described(list(arm.values())[-1], platform={"os": "linux", "architecture": "arm64", "variant": "v8"})
    on_amd = described(list(amd.values())[-1], platform={"os": "linux", "architecture": "amd64"})
    unknown = {"os": "unknown", "architecture": "unknown"}
    attested = described(proof, platform=unknown, annotations={"vnd.docker.reference.type": "attestation-manifest"})
    index_of(folder, on_arm, on_amd, attested)
    assert found(read_image(str(folder))) == ["beta 2.0"]
    whole = read_image(str(folder))[0]
    assert whole.detail == "linux/amd64; not read: linux/arm64/v8"
    assert ["linux/arm64/v8 too, which was not read" in problem.what for problem in whole.problems] == [True]
    inner = json.dumps({"manifests": [on_arm, on_amd]}).encode()
    write_folder(folder, {blob(inner): inner})
    index_of(folder, described(inner))
    assert found(read_image(str(folder))) == ["beta 2.0"]
    (folder / blob(list(amd.values())[-1])).unlink()
    assert found(read_image(str(folder))) == ["alpha 1.0"]
    assert "not read: linux/amd64" in read_image(str(folder))[0].detail
    assert read_image(str(folder))[0].problems == ()


def test_a_file_system_without_a_manifest(tmp_path: Path) -> None:
    """What `docker export` writes, or one layer alone, is read as it is, compressed or not."""
    content = layer([("bin", "link", "usr/bin"), *ALPHA])
    path = tmp_path / "root.tar"
    for each in (content, gzip.compress(content)):
        path.write_bytes(each)
        assert image.is_image(str(path))
        assert found(read_image(str(path))) == ["alpha 1.0"]
        assert read_image(str(path))[0].detail == "one layer, without a manifest"


# --- what is wrong -------------------------------------------------------------------------------------


def test_a_changed_layer_is_a_problem_and_is_read(tmp_path: Path) -> None:
    """Its content is not what its digest states; so it is for what old releases of docker save wrote."""
    first, second = layer(ALPHA), layer(BETA)
    for files in (oci_files([first]), saved_files([first])):
        changed = {name: second if content == first else content for name, content in files.items()}
        path = write_tar(tmp_path / "image.tar", changed)
        assert found(read_image(str(path))) == ["beta 2.0"]
        (problem,) = problems(read_image(str(path)))
        assert problem.what == "does not have the content that its digest states"
        assert problem.place is not None
        assert problem.place.file == f"{path}/{next(name for name in files if files[name] == first)}"


def test_a_changed_manifest_is_a_problem(tmp_path: Path) -> None:
    """A manifest that is not what the index says is read, and said to be changed."""
    files = oci_files([layer(ALPHA)])
    name = next(name for name, content in files.items() if b'"layers"' in content)
    files[name] += b" "
    path = write_tar(tmp_path / "image.tar", files)
    assert found(read_image(str(path))) == ["alpha 1.0"]
    assert whats(read_image(str(path))) == ["does not have the content that its digest states"]


def test_a_missing_layer_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    """Layers are missing from images that were saved without those that a registry had."""
    first, second = layer(ALPHA), layer(BETA)
    for files in (oci_files([first, second]), saved_files([first, second])):
        left = {name: content for name, content in files.items() if content != first}
        path = write_tar(tmp_path / "image.tar", left)
        folder = write_folder(tmp_path / digest(repr(left).encode())[7:20], left)
        for each in (path, folder):
            assert found(read_image(str(each))) == ["beta 2.0"]
            assert whats(read_image(str(each))) == ["this layer is not in the image"]


@pytest.mark.parametrize("cut", [0, 100, 512, 600, 1024, 1600, 3000])
def test_a_layer_that_ends_early_is_a_problem(tmp_path: Path, cut: int) -> None:
    """Plain or compressed, in a header, in a file or between two, what came before the end is never taken for all."""
    whole = layer([*ALPHA, *BETA])
    for content in (whole[:cut], gzip.compress(whole[:cut]), gzip.compress(whole)[: cut // 20]):
        path = write_tar(tmp_path / "image.tar", oci_files([content]))
        assert [what for what in whats(read_image(str(path))) if what.startswith("this layer ")]


def test_what_is_no_layer_is_a_problem(tmp_path: Path) -> None:
    """An artifact that is no file system is named, not passed over."""
    path = write_tar(tmp_path / "image.tar", oci_files([b'{"a": "document"}' * 100]))
    assert whats(read_image(str(path))) == ["this layer is damaged, or is no tar archive"]


def test_zstd_is_read_or_refused_by_name(tmp_path: Path) -> None:
    """Where Python cannot unpack it, the problem says what to do."""
    path = write_tar(tmp_path / "image.tar", oci_files([b"\x28\xb5\x2f\xfd" + b"x" * 600]))
    (what,) = whats(read_image(str(path)))
    try:
        import compression.zstd  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        assert what == "this layer is compressed with zstd, which this Python cannot unpack"
        assert "gzip" in problems(read_image(str(path)))[0].hint
    else:
        assert compression.zstd
        assert what.startswith("this layer cannot be unpacked")


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"index.json": b"{"}, "cannot be understood"),
        ({"index.json": b"[]"}, "cannot be understood"),
        ({"index.json": b"{}"}, "names no image"),
        ({"manifest.json": b"[]"}, "names no image"),
        ({"manifest.json": b"[{}]"}, "names no layers"),
        ({"index.json": b'{"manifests": [{}]}'}, "names a manifest without a digest"),
        ({"index.json": b'{"manifests": [{"digest": "sha256:' + b"0" * 64 + b'"}]}'}, "is not in the image"),
        ({"index.json": b'{"manifests": [{"digest": "sha256:../../x"}]}'}, "names a manifest without a digest"),
        ({"manifest.json": b'[{"Layers": ["../../etc/passwd", "/etc/passwd"]}]'}, "this layer is not in the image"),
    ],
)
def test_a_manifest_that_cannot_be_followed(tmp_path: Path, files: dict[str, bytes], what: str) -> None:
    """The problem names the file; no name leads out of the image."""
    folder = write_folder(tmp_path / "image", {"oci-layout": b"{}", **files})
    assert set(whats(read_image(str(folder)))) == {what}
    assert what in whats(read_image(str(write_tar(tmp_path / "image.tar", {"oci-layout": b"{}", **files}))))


@pytest.mark.parametrize("name", ["../outside.tar", "x/../../outside.tar", "{}/outside.tar", "a\0b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """A layer outside of the image is not read, whatever the manifest says."""
    (tmp_path / "outside.tar").write_bytes(layer(ALPHA))
    manifest = json.dumps([{"Layers": [name.format(tmp_path)]}]).encode()
    folder = write_folder(tmp_path / "image", {"oci-layout": b"{}", "manifest.json": manifest})
    assert whats(read_image(str(folder))) == ["this layer is not in the image"]
    assert found(read_image(str(folder))) == []


def test_zeros_may_fill_up_a_compressed_layer(tmp_path: Path) -> None:
    """As gzip's own program does, what is padded with zeros is read to its end."""
    content = layer(ALPHA)
    packed = gzip.compress(content[:1000]) + bytes(100) + gzip.compress(content[1000:]) + bytes(600_000)
    path = write_tar(tmp_path / "image.tar", oci_files([packed]))
    assert found(read_image(str(path))) == ["alpha 1.0"]
    assert not problems(read_image(str(path)))


def test_a_manifest_that_nests_itself_ends(tmp_path: Path) -> None:
    """Indexes inside of indexes are followed four deep."""
    inner = manifest_of([layer(ALPHA)])
    last = list(inner.values())[-1]
    for _ in range(6):
        last = json.dumps({"manifests": [described(last)]}).encode()
        inner[blob(last)] = last
    path = write_tar(tmp_path / "image.tar", {**inner, "index.json": last})
    assert whats(read_image(str(path))) == ["nests manifests too deeply"]


def test_what_is_not_there_or_is_no_tar(tmp_path: Path) -> None:
    """A missing file is missing, any other file is no archive, an ordinary folder no image."""
    assert [problem.gap for problem in problems(read_image(str(tmp_path / "gone.tar")))] == ["missing"]
    text = tmp_path / "text.tar"
    text.write_text("text" * 1000)
    assert whats(read_image(str(text))) == ["is damaged, or is no tar archive"]
    assert whats(read_image(str(tmp_path))) == ["holds no index.json or manifest.json, so it is no image"]
    assert not image.is_image(str(text))
    assert not image.is_image(str(tmp_path))
    assert not image.is_image(str(tmp_path / "gone.tar"))


# --- is it an image? -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("blobs/sha256/x", True), ("./manifest.json", True), ("a" * 64 + "/layer.tar", True),
        ("0" * 64 + ".json", True), (".dockerenv", True), ("./usr/bin/python3", True), ("oci-layout", True),
        ("alpha-1.0/PKG-INFO", False),
        ("alpha-1.0/usr/x", False), ("./alpha-1.0/setup.py", False), ("usr-1.0/setup.py", False),
    ],
)  # fmt: skip
def test_an_image_is_told_from_an_sdist(tmp_path: Path, first: str, expected: bool) -> None:
    """The first name in the tar tells, compressed or not, of any size."""
    path = tmp_path / "x.tar.gz"
    content = layer([("./", "folder", ""), (first, "file", "x"), ("big", "file", "y" * 2_000_000)])
    for each in (content, gzip.compress(content, 1)):
        path.write_bytes(each)
        assert image.is_image(str(path)) is expected
    assert image.recognises("X.tar.GZ")
    assert not image.recognises("requirements.txt")


# --- bounds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (budget.Budget(unpacked=2000), "unpacks to more than pip-assay reads of one image"),
        (budget.Budget(members=3), "holds more files than pip-assay reads of one image"),
        (budget.Budget(kept=900), "has too much to keep pip-assay reads of one image"),
    ],
)
def test_an_image_is_bounded(limits: budget.Budget, what: str) -> None:
    """Bytes, files and what is kept have bounds: the reading ends there, and says so."""
    pieces = streams.watched(iter([layer([*ALPHA, *BETA])]), limits.unpacked)
    with pytest.raises(Unreadable) as raised:
        layers.put(Stack("x"), streams.Pieces(pieces), limits)
    assert raised.value.what == what


def test_a_bomb_is_not_kept_in_memory(tmp_path: Path) -> None:
    """100 MB of zeros in a file called METADATA are passed over but for the first megabyte."""
    import tracemalloc

    big = layer([(f"{SITE}/alpha-1.0.dist-info/METADATA", "file", metadata("alpha", "1.0") + "\0" * 100_000_000)])
    path = write_tar(tmp_path / "image.tar", oci_files([gzip.compress(big, 1)]))
    del big
    tracemalloc.start()
    inventories = read_image(str(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found(inventories) == ["alpha 1.0"]
    assert peak < 20_000_000


def test_an_extended_header_of_a_huge_size_is_refused(tmp_path: Path) -> None:
    """A name of a gigabyte is damage, not a reason to allocate it."""
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    path = tmp_path / "image.tar"
    path.write_bytes(member.tobuf() + b"x" * 4096)
    assert whats(read_image(str(path))) == ["is damaged: the name of a file is larger than 1.0 MB"]


def test_names_of_ustar_and_sparse_files(tmp_path: Path) -> None:
    """The prefix of a long name counts; after a file with holes the next header is found."""
    long = "opt/" + "deep/" * 24 + SITE
    whole = layer(installed(long, "alpha", "1.0"), tarfile.USTAR_FORMAT)
    sparse = bytearray(tarfile.TarInfo("holes").tobuf(tarfile.GNU_FORMAT))
    sparse[124:136], sparse[156:157], sparse[482] = b"00000001000\0", b"S", 1
    sparse[148:156] = b" " * 8
    sparse[148:156] = b"%06o\0 " % sum(sparse)
    more = bytearray(512)
    more[504] = 1
    path = tmp_path / "root.tar"
    path.write_bytes(bytes(sparse) + bytes(more) + bytes(512) + b"d" * 512 + whole)
    assert found(read_image(str(path))) == ["alpha 1.0"]
    assert not problems(read_image(str(path)))


def test_a_compressed_archive_is_read_again_for_a_step_backwards(tmp_path: Path) -> None:
    """Layers that stand in the file against their order are all read, from one file that is closed afterwards."""
    first, second = layer(ALPHA), layer([whiteout(f"{SITE}/.wh..wh..opq"), *BETA])
    files = oci_files([first, second])
    path = write_tar(tmp_path / "image.tar.gz", dict(reversed(files.items())), packed=True)
    assert found(read_image(str(path))) == ["beta 2.0"]
    archive = blobs.Archive(str(path))
    assert b"".join(archive.content(blob(second))) == second
    assert b"".join(archive.content(blob(first))) == first
    assert b"".join(archive.content("")) == path.read_bytes()
    archive.close()


def test_an_image_folder_may_hold_links(tmp_path: Path) -> None:
    """Build tools make layouts whose blobs are links to what they built: these are followed."""
    folder = write_folder(tmp_path / "image", oci_files([layer(ALPHA)]))
    name = next(path for path in folder.rglob("*") if path.is_file() and path.read_bytes() == layer(ALPHA))
    name.rename(tmp_path / "elsewhere")
    name.symlink_to(tmp_path / "elsewhere")
    assert found(read_image(str(folder))) == ["alpha 1.0"]
    assert saved.is_image(str(folder))
    assert tar_of({}) == layer([])
    assert oci.images(blobs.Folder(str(tmp_path)), "x") == []
