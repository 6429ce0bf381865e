"""Sdists: read up to their PKG-INFO, never built; tarfile and packaging.metadata are the oracles."""

import gzip
import io
import sys
import tarfile
from pathlib import Path

import pytest
from packaging.metadata import parse_email

from pip_assay.errors import Unreadable
from pip_assay.model import Dependency, Pin, Place
from pip_assay.sources import archive
from pip_assay.sources.archive import sdist, tar
from tests.archives import metadata, put, tarred, zipped

STATIC = metadata("Al-pha", "1.0", "Requires-Dist: beta>=1").replace("2.1", "2.2", 1)
FILES = {"al_pha-1.0/setup.py": "raise SystemExit", "al_pha-1.0/PKG-INFO": STATIC, "al_pha-1.0/x.py": "x" * 9999}


@pytest.mark.parametrize(
    ("ending", "mode"), [(".tar.gz", "gz"), (".tgz", "gz"), (".tar.bz2", "bz2"), (".tar.xz", "xz"), (".tar", "")]
)
def test_an_sdist_of_every_compression_states_its_release(tmp_path: Path, ending: str, mode: str) -> None:
    """Name, version, line and requirements are those of PKG-INFO, in whatever way the tar is compressed."""
    path = put(tmp_path, f"al_pha-1.0{ending}", tarred(FILES, mode))
    inventory = archive.read(path)
    assert inventory.dependencies == (
        Dependency(
            Pin("PyPI", "al-pha", "1.0"), Place(f"{path}/al_pha-1.0/PKG-INFO", 3), requires=("beta",), direct=True,
            spelling="Al-pha",
        ),
    )  # fmt: skip
    assert (inventory.kind, inventory.problems) == ("sdist", ())
    assert inventory.detail == "its 1 requirement is not part of it"
    assert archive.parse(Path(path).read_bytes(), path) == inventory


def test_an_sdist_may_be_a_zip(tmp_path: Path) -> None:
    """PKG-INFO is that of the one folder in it."""
    path = put(tmp_path, "al_pha-1.0.zip", zipped(FILES))
    (one,) = archive.read(path).dependencies
    assert (one.pin.version, one.place) == ("1.0", Place(f"{path}/al_pha-1.0/PKG-INFO", 3))


@pytest.mark.parametrize(
    ("text", "requires"),
    [
        (STATIC, ("beta",)),
        (STATIC.replace("\n", "\r\n"), ("beta",)),
        (STATIC.replace("2.2", "10.0"), ("beta",)),
        (STATIC.replace("2.2", "2.1"), None),
        (STATIC.replace("Metadata-Version: 2.2\n", ""), None),
        (STATIC.replace("Name", "Dynamic: Description\nName"), ("beta",)),
        (STATIC.replace("Name", "dynamic:  requires-dist\nName"), None),
        (STATIC.replace("body", "body\nDynamic: Requires-Dist"), ("beta",)),
        (metadata("alpha", "1.0").replace("2.1", "2.4"), ()),
    ],
)
def test_requirements_count_where_they_are_static(text: str, requires: tuple[str, ...] | None) -> None:
    """PEP 643, by packaging's reading of the fields: since version 2.2, and not if Dynamic names them."""
    assert sdist.stated(text.encode()).requires == requires
    raw, _ = parse_email(text)
    version = tuple(map(int, raw.get("metadata_version", "0.0").split(".")))
    static = version >= (2, 2) and "requires-dist" not in [field.lower() for field in raw.get("dynamic", [])]
    assert static == (requires is not None)
    if static:
        assert [name.partition(">")[0] for name in raw.get("requires_dist", [])] == list(requires or ())


def test_an_sdist_that_is_not_static_says_so(tmp_path: Path) -> None:
    """Nothing is required that a build may change."""
    files = {"alpha-1.0/PKG-INFO": metadata("alpha", "1.0", "Requires-Dist: beta")}
    inventory = archive.read(put(tmp_path, "alpha-1.0.tar.gz", tarred(files)))
    assert inventory.detail == "what it requires is known only once it is built"
    assert inventory.dependencies[0].requires == ()


def test_a_name_that_disagrees_is_a_problem(tmp_path: Path) -> None:
    """What PKG-INFO states is taken; a name that is not of the form NAME-VERSION is not compared."""
    for name, count in (("beta-1.0.tar.gz", 1), ("al-pha-1.0.tar.gz", 0), ("al_pha-1.0.0.tar.gz", 0), ("x.tar.gz", 0)):
        inventory = archive.read(put(tmp_path, name, tarred(FILES)))
        assert inventory.dependencies[0].pin == Pin("PyPI", "al-pha", "1.0")
        assert [problem.subject for problem in inventory.problems] == ["al-pha"] * count


def test_a_broken_sdist_is_listed_by_its_name(tmp_path: Path) -> None:
    """Whether it is cut off, no tar, or its PKG-INFO states nothing."""
    whole = tarred(FILES)
    empty = {"alpha-1.0/PKG-INFO": "Summary: nothing\n"}
    for content, what in (
        (whole[:40], "cannot be unpacked ("),
        (b"text", "is not a tar archive"),
        (b"", "is not a tar archive"),
        (gzip.compress(tarred(FILES, "")[:1300]), "ends too early"),
        (tarred(FILES, "").replace(b"PKG-INFO", b"PKG-INFA"), "is damaged"),
        (tarred({"../alpha-1.0/PKG-INFO": STATIC}), "holds a file named outside of the archive"),
    ):
        path = put(tmp_path, "alpha-1.0.tar.gz", content)
        inventory = archive.read(path)
        assert [str(one.pin) for one in inventory.dependencies] == ["alpha 1.0"]
        (problem,) = inventory.problems
        assert (problem.gap, problem.place) == ("unreadable", Place(path))
        assert problem.what.startswith(what)
        assert problem.what.endswith("so what its name tells was taken")
        assert [problem.gap for problem in archive.read(put(tmp_path, "backup.tar.gz", content)).problems] == [
            "unreadable"
        ]
    path = put(tmp_path, "alpha-1.0.tar.gz", tarred(empty))
    assert [(str(one.pin), one.skipped) for one in archive.read(path).dependencies] == [
        ("alpha", "no version in its metadata")
    ]
    assert [problem.gap for problem in archive.read(path).problems] == ["unpinned"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE])
def test_a_pkg_info_that_is_no_plain_file_is_not_read(tmp_path: Path, kind: bytes) -> None:
    """A link is not followed, and a file with holes is not filled."""
    info = tarfile.TarInfo("alpha-1.0/PKG-INFO")
    info.type, info.linkname = kind, "/etc/hostname"
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as whole:
        whole.addfile(info)
    inventory = archive.read(put(tmp_path, "alpha-1.0.tar.gz", stream.getvalue()))
    assert [str(one.pin) for one in inventory.dependencies] == ["alpha 1.0"]
    assert [problem.what for problem in inventory.problems] == [
        "holds a PKG-INFO that is a link, or no plain file, so what its name tells was taken"
    ]


def test_archives_of_other_things_hold_nothing(tmp_path: Path) -> None:
    """A tar or zip without a distribution is a problem, and so is a conda package."""
    for path in (
        put(tmp_path, "site-1.0.tar.gz", tarred({"site/index.html": "", "site/a/PKG-INFO": STATIC})),
        put(tmp_path, "site-1.0.zip", zipped({"site/index.html": ""})),
        put(tmp_path, "folder.zip", zipped({})),
    ):
        inventory = archive.read(path)
        assert inventory.dependencies == ()
        (problem,) = inventory.problems
        assert (problem.gap, problem.place, problem.subject) == ("empty", Place(path), path)
    for path in (
        put(tmp_path, "alpha-1.0-py311_0.tar.bz2", tarred({"info/index.json": "{}", "lib/x.py": ""}, "bz2")),
        put(tmp_path, "alpha-1.0-py311_0.conda", zipped({"metadata.json": "{}"})),
    ):
        (problem,) = archive.read(path).problems
        assert (problem.gap, problem.what) == ("unreadable", "is a conda package, whose metadata are not read")


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads zstd")
def test_a_compression_that_this_python_lacks_is_a_problem(tmp_path: Path) -> None:
    """It is named."""
    inventory = archive.read(put(tmp_path, "alpha-1.0.tar.zst", b"\x28\xb5\x2f\xfd0000"))
    assert [str(one.pin) for one in inventory.dependencies] == ["alpha 1.0"]
    assert [problem.what for problem in inventory.problems] == [
        "is compressed with zstd, which this Python cannot read, so what its name tells was taken"
    ]


# --- the tar reader ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_are_those_of_tarfile(form: int) -> None:
    """Long names, links and their targets, folders and sizes, in every format that tarfile writes."""
    stream = io.BytesIO()
    long = "/".join(["folder" * 8] * (3 if form == tarfile.USTAR_FORMAT else 9))
    with tarfile.open(fileobj=stream, mode="w", format=form, pax_headers={"comment": "all"}) as whole:
        for name, kind, size in (
            (f"{long}/file", tarfile.REGTYPE, 513), ("plain", tarfile.REGTYPE, 0), ("folder", tarfile.DIRTYPE, 0),
            ("link", tarfile.SYMTYPE, 0), ("hard", tarfile.LNKTYPE, 0), ("fifo", tarfile.FIFOTYPE, 0),
            ("last", tarfile.REGTYPE, 512),
        ):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, size, "plain" if kind in (b"1", b"2") else ""
            whole.addfile(info, io.BytesIO(b"x" * size))
    stream.seek(0)
    ours = [(one.name.rstrip("/"), one.kind, one.size, one.link) for one in tar.Tar(stream)]
    stream.seek(0)
    with tarfile.open(fileobj=stream) as whole:
        theirs = [(one.name, _kind(one), one.size if one.isfile() else 0, one.linkname) for one in whole]
    assert ours == theirs
    assert len(ours) == 7


def _kind(info: tarfile.TarInfo) -> str:
    if info.isfile():
        return "file"
    return "folder" if info.isdir() else "link" if info.issym() or info.islnk() else "other"


def test_content_is_read_in_parts_and_passed_over() -> None:
    """What is left of a member is passed over when the next one is asked for."""
    whole = tar.Tar(io.BytesIO(tarred({"a": "x" * 700, "b": "y" * 3}, "")))
    members = iter(whole)
    assert next(members).name == "a"
    assert (whole.start(10), whole.start(10)) == (b"x" * 10, b"x" * 10)
    assert next(members).name == "b"
    assert (whole.start(100), whole.start(100)) == (b"yyy", b"")
    assert list(members) == []


def test_old_folders_and_large_sizes_are_understood() -> None:
    """Before POSIX a name that ends with a slash was a folder; GNU writes large sizes as bytes; links hold nothing."""
    old = tarfile.TarInfo("folder/")
    old.type = tarfile.AREGTYPE
    large = tarfile.TarInfo("large")
    large.size = 8 * 1024**3
    link = tarfile.TarInfo("link")
    link.type, link.linkname, link.size = tarfile.SYMTYPE, "x", 700
    content = old.tobuf() + link.tobuf() + large.tobuf(tarfile.GNU_FORMAT)
    members = iter(tar.Tar(io.BytesIO(content)))
    assert next(members) == ("folder/", "folder", 0, "")
    assert next(members) == ("link", "link", 0, "x")
    assert next(members) == ("large", "file", 8 * 1024**3, "")


@pytest.mark.parametrize("size", [b"-0000000001", b"0000000009x", b"\xff" * 11])
def test_a_size_that_is_no_number_is_damage(size: bytes) -> None:
    """However right the checksum is: nothing is read without an end."""
    block = bytearray(tarfile.TarInfo("alpha-1.0/PKG-INFO").tobuf())
    block[124:135] = size
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    with pytest.raises(Unreadable, match="is damaged"):
        next(iter(tar.Tar(io.BytesIO(bytes(block)))))


def test_a_sparse_file_is_passed_over() -> None:
    """The map of an old GNU sparse file is no content; that of a pax one marks it."""
    sparse = tarfile.TarInfo("holes")
    sparse.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(sparse.tobuf(tarfile.GNU_FORMAT))
    block[482] = 1
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    more = bytearray(512)
    more[504] = 1
    content = bytes(block) + bytes(more) + bytes(512) + tarfile.TarInfo("after").tobuf()
    assert [(one.name, one.kind) for one in tar.Tar(io.BytesIO(content))] == [("holes", "other"), ("after", "file")]
    pax = tarfile.TarInfo("x/GNUSparseFile.0/y")
    pax.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "y"}
    content = pax.tobuf(tarfile.PAX_FORMAT)
    assert [(one.name, one.kind) for one in tar.Tar(io.BytesIO(content))] == [("y", "other")]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (tarfile.TarInfo("x").tobuf() * 1200, "holds more than 1,000 files"),
        (tarfile.TarInfo("x").tobuf() * 10, "holds more than 4.2 kB"),
        (tarred({"x": "y" * 9999}, "gz"), "holds more than 4.2 kB"),
    ],
)
def test_a_tar_is_read_up_to_its_limits(content: bytes, what: str) -> None:
    """The count of members, and the bytes that they are unpacked to."""
    limit = 4200 if "kB" in what else 10**9
    with pytest.raises(Unreadable) as caught:
        list(tar.Tar(io.BytesIO(content), total_limit=limit, member_limit=1000))
    assert caught.value.what == what


def test_long_headers_cost_no_more_than_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """One header, and all of them together, are bounded, before they are read."""
    long = tarfile.TarInfo("@LongLink")
    long.type, long.size = tarfile.GNUTYPE_LONGNAME, tar.HEADER_LIMIT + 1
    for content in (long.tobuf(), tarred({"y" * 3000 + str(number): "" for number in range(2)}, "")):
        monkeypatch.setattr(tar, "HEADERS_LIMIT", 4000)
        with pytest.raises(Unreadable) as caught:
            list(tar.Tar(io.BytesIO(content)))
        assert caught.value.what == "has headers that are too long"


def test_a_chain_of_headers_is_no_recursion() -> None:
    """Each is passed over like a member; tarfile reads such a chain by a call in a call."""
    header = tarfile.TarInfo("chain")
    header.type = tarfile.XGLTYPE
    with pytest.raises(Unreadable) as caught:
        list(tar.Tar(io.BytesIO(header.tobuf() * 5000), member_limit=4000))
    assert caught.value.what == "holds more than 4,000 files"


@pytest.mark.parametrize(
    "record", [b"0 path=x\n", b"99 path=x\n", b"x path=x\n", b"5\n", b" 9 path=x\n", b"3 \n", b"11 size=-1\n"]
)
def test_a_damaged_pax_header_is_told(record: bytes) -> None:
    """A length that leads nowhere, or a size that is none."""
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, len(record)
    content = header.tobuf() + record.ljust(512, b"\0") + tarfile.TarInfo("x").tobuf()
    with pytest.raises(Unreadable) as caught:
        list(tar.Tar(io.BytesIO(content)))
    assert caught.value.what == "is damaged"
