"""Archives that were made to do harm: each costs no more than a limit, and each is a problem."""

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.model import Inventory
from pip_assay.sources import archive
from pip_assay.sources.archive import contents, tar
from pip_assay.sources.bundled import Reader
from tests.archives import SETUPTOOLS, Content, installed, metadata, pex_info, put, tarred, wheel_name, zipped

CARRIED = Reader()
NAME = wheel_name("alpha", "1.0")
METADATA = "alpha-1.0.dist-info/METADATA"


def rows(inventory: Inventory) -> list[str]:
    """Return what was found."""
    return [str(one.pin) for one in inventory.dependencies]


def said(inventory: Inventory) -> list[str]:
    """Return what the problems say, without the machine's own words."""
    return [problem.what.partition(" (")[0] for problem in inventory.problems]


TAKEN = ["cannot be unpacked"]


def test_names_that_leave_the_archive_are_refused(tmp_path: Path) -> None:
    """They are counted, and nothing of them is read; the rest is, and nothing is written."""
    evil = {"../evil-1.0.dist-info/METADATA": metadata("evil", "1.0"), "/abs-1.0.dist-info/METADATA": "x", "C:\\x": "x"}
    path = put(tmp_path, NAME, zipped({**installed("alpha", "1.0"), **evil}))
    inventory = archive.read(path)
    assert (rows(inventory), said(inventory)) == (
        ["alpha 1.0"], ["holds 3 files named outside of the archive, which no tool may unpack"],
    )  # fmt: skip
    assert os.listdir(tmp_path) == [NAME]


def test_one_name_twice_is_a_problem(tmp_path: Path) -> None:
    """The last one counts, as Python's own zipfile has it, however its path is written."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as whole:
        whole.writestr(METADATA, metadata("beta", "9"))
        whole.writestr(f"./{METADATA.replace('/', '//')}", metadata("alpha", "1.0"))
    inventory = archive.read(put(tmp_path, NAME, stream.getvalue()))
    assert rows(inventory) == ["alpha 1.0"]
    assert said(inventory) == ["holds 1 file under the name of another; the last of each was read"]


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (8, struct.pack("<H", 1)),  # encrypted
        (10, struct.pack("<H", 12)),  # bzip2
        (10, struct.pack("<H", 99)),  # no method at all
        (16, struct.pack("<L", 1)),  # another checksum
        (24, struct.pack("<L", 5)),  # a size that is too small
        (42, struct.pack("<L", 2**31)),  # an offset beyond the end
    ],
)
def test_a_table_of_contents_that_lies(tmp_path: Path, offset: int, value: bytes) -> None:
    """Metadata that cannot be unpacked are a problem, and the distribution is listed by the name of its folder."""
    content = bytearray(zipped({METADATA: metadata("alpha", "1.0") * 9}))
    at = content.index(b"PK\x01\x02") + offset
    content[at : at + len(value)] = value
    inventory = archive.read(put(tmp_path, NAME, bytes(content)))
    assert rows(inventory) == ["alpha 1.0"]
    assert said(inventory) in (TAKEN, ["is not a zip that can be read"])


def test_a_bomb_is_unpacked_only_to_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one file the first megabyte is read, and no more is ever asked of the zip; of all files so much in all."""
    asked: list[int] = []
    whole = files.zip_start

    def watched(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int = files.START_LIMIT) -> bytes:
        asked.append(limit)
        return whole(archive, info, limit)

    monkeypatch.setattr(files, "zip_start", watched)
    bomb = metadata("alpha", "1.0") + " " * 30_000_000
    path = put(tmp_path, NAME, zipped({METADATA: bomb}))
    assert rows(archive.read(path)) == ["alpha 1.0"]
    assert asked == [files.START_LIMIT]
    monkeypatch.setattr(contents, "METADATA_LIMIT", 1_500_000)
    many = {f"x{number}-1.0.dist-info/METADATA": metadata(f"x{number}", "1.0") + " " * 999_000 for number in range(3)}
    inventory = archive.read(put(tmp_path, "function.zip", zipped(many)))
    assert rows(inventory) == ["x0 1.0", "x1 1.0", "x2 1.0"]
    assert (
        said(inventory)
        == ["was not read: 1.5 MB of metadata come before it, so what the name of its folder tells was taken"] * 2
    )


def test_a_file_whose_size_is_a_lie_is_not_unpacked_beyond_it() -> None:
    """What inflates beyond what the header says is dropped by zipfile, so it must not be asked for."""
    content = bytearray(zipped({"x": b"\0" * 50_000_000}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<L", 0)
    inflated = []

    class Watched(io.BytesIO):
        def read(self, count: int | None = -1, /) -> bytes:
            found = super().read(count)
            inflated.append(len(found))
            return found

    with files.open_zip(Watched(bytes(content))) as whole, pytest.raises(Unreadable, match="cannot be unpacked"):
        files.zip_start(whole, whole.infolist()[0], 100_000_000)
    assert sum(inflated) < 10_000


def test_nested_bombs_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel in a pex is read up to a size, all of them up to another, and is listed by its name beyond it."""
    monkeypatch.setattr(contents, "NESTED_LIMIT", 100_000)
    monkeypatch.setattr(contents, "NESTED_TOTAL_LIMIT", 150_000)
    names = [wheel_name(name, "1.0") for name in ("alpha", "beta", "gamma")]
    sizes = (99_000, 200_000, 99_000)
    nested = {
        f".deps/{file}": zipped(
            {**installed(file.partition("-")[0], "1.0"), "x": b"\0" * size}, compression=zipfile.ZIP_STORED
        )
        for file, size in zip(names, sizes, strict=True)
    }
    inventory = archive.read(put(tmp_path, "app.pex", zipped({"PEX-INFO": pex_info(*names), **nested})))
    assert rows(inventory) == ["alpha 1.0", "beta 1.0", "gamma 1.0"]
    what = "is too large to be read inside of an archive, so what its name tells was taken"
    assert [(problem.subject, problem.what) for problem in inventory.problems] == [("beta", what), ("gamma", what)]


def test_archives_in_archives_end_somewhere(tmp_path: Path) -> None:
    """What a wheel in a wheel carries is read; that it holds wheels in its turn is said."""
    content = zipped(installed("d", "1"))
    for name in "cba":
        inner = wheel_name(chr(ord(name) + 1), "1")
        content = zipped({**installed(name, "1"), f"{name}/{inner}": content})
    inventory = archive.read(put(tmp_path, wheel_name("a", "1"), content), carried=CARRIED)
    assert rows(inventory) == ["a 1", "b 1"]
    (problem,) = inventory.problems
    assert (problem.subject, problem.what) == ("a", "holds 1 wheel in its turn, of which nothing was read")


def test_wheels_that_tell_nothing_are_opened_only_so_deep(tmp_path: Path) -> None:
    """One that neither its name nor metadata tell of is looked into for others, and the deepest is a problem."""
    content = zipped(installed("d", "1"))
    for _ in range(3):
        content = zipped({"x/any.whl": content})
    inventory = archive.read(put(tmp_path, "any.whl", content))
    assert rows(inventory) == []
    deepest = "is inside too many other archives, or comes after too many files"
    assert said(inventory) == [deepest, *["holds no metadata"] * 3]


def test_a_hundred_thousand_files_are_read_and_more_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both by the number of files, and by the size of the table of contents, before it is taken apart."""
    path = put(tmp_path, NAME, _zip64(100_000))
    assert (rows(archive.read(path)), said(archive.read(path))) == (["alpha 1.0"], [])
    monkeypatch.setattr(contents, "FILE_LIMIT", 100_000)
    assert said(archive.read(path)) == ["holds more than 100,000 files, so what its name tells was taken"]
    monkeypatch.setattr(files, "ZIP_TABLE_LIMIT", 1_000_000)
    inventory = archive.read(path)
    assert inventory.problems[0].what.startswith("is not a zip that can be read (it lists too many files)")


def _zip64(count: int) -> bytes:
    """Return a wheel of many empty files, whose number only the records of zip64 can hold; they share their content."""
    text = metadata("alpha", "1.0").encode()
    name = METADATA.encode()
    start = struct.pack("<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 0, zlib.crc32(text), len(text), len(text), len(name), 0)
    first = start + name + text
    entry = struct.Struct("<4s6H3L5H2L")
    fields = (45, 45, 0, 0, 0, 0)
    others = [b"alpha/%d" % number for number in range(count)]
    table = entry.pack(b"PK\1\2", *fields, zlib.crc32(text), len(text), len(text), len(name), 0, 0, 0, 0, 0, 0) + name
    table += b"".join(entry.pack(b"PK\1\2", *fields, 0, 0, 0, len(other), 0, 0, 0, 0, 0, 0) + other for other in others)
    where, many = len(first), count + 1
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, many, many, len(table), where)
    end += struct.pack("<4sLQL", b"PK\6\7", 0, where + len(table), 1)
    end += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(table), 0xFFFFFFFF, 0)
    return first + table + end


def test_a_file_without_a_name_is_passed_over(tmp_path: Path) -> None:
    """The standard library cannot tell whether it is a folder."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as whole:
        info = zipfile.ZipInfo("x")
        info.filename = ""
        whole.writestr(info, "nothing")
        whole.writestr(METADATA, metadata("alpha", "1.0"))
    with zipfile.ZipFile(stream) as whole:
        assert [name for name, _ in files.zip_members(whole, member_limit=999, total_limit=999)] == ["", METADATA]
    inventory = archive.read(put(tmp_path, NAME, stream.getvalue()))
    assert (rows(inventory), said(inventory)) == (["alpha 1.0"], [])


def test_names_with_control_characters_stay_in_their_field(tmp_path: Path) -> None:
    """They are data; what prints them makes them harmless."""
    files = {
        "\x1b[31m-1.0.dist-info/METADATA": metadata("a\tb", "1.0"),
        "x\ny-2.dist-info/METADATA": metadata("xy", "2"),
    }
    inventory = archive.read(put(tmp_path, "function.zip", zipped(files)))
    assert [one.pin.version for one in inventory.dependencies] == ["1.0", "2"]
    assert inventory.problems == ()


def test_very_deep_paths_cost_what_they_are_long(tmp_path: Path) -> None:
    """A name with thirty thousand folders in it is one name."""
    deep = {f"{'a/' * 30_000}{number}-1.0.dist-info/METADATA": metadata(f"x{number}", "1") for number in range(3)}
    assert rows(archive.read(put(tmp_path, "function.zip", zipped(deep)))) == ["x0 1", "x1 1", "x2 1"]


@pytest.mark.parametrize("cut", [1, 20, 22, 60, 150])
def test_a_cut_off_zip_is_no_zip(tmp_path: Path, cut: int) -> None:
    """What its name tells is listed, where that tells."""
    whole = zipped(SETUPTOOLS)
    assert rows(archive.read(put(tmp_path, NAME, whole[:-cut]))) == ["alpha 1.0"]
    inventory = archive.read(put(tmp_path, "app.pyz", whole[:-cut]))
    assert (rows(inventory), said(inventory)) == ([], ["is not a zip that can be read"])


def test_a_pipe_in_place_of_an_archive_is_not_waited_for(tmp_path: Path) -> None:
    """Only a regular file is opened."""
    os.mkfifo(tmp_path / NAME)
    assert said(archive.read(str(tmp_path / NAME))) == ["is not a file"]


def test_a_tar_bomb_is_unpacked_only_to_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release is then listed by the name of the file."""
    monkeypatch.setattr(tar.Tar.__init__, "__kwdefaults__", {"total_limit": 1_000_000, "member_limit": 100})
    bomb: dict[str, Content] = {"alpha-1.0/x": b"\0" * 30_000_000, "alpha-1.0/PKG-INFO": metadata("alpha", "1.0")}
    many: dict[str, Content] = {f"alpha-1.0/{number}": "" for number in range(101)}
    for files_in_it, what in ((bomb, "holds more than 1.0 MB"), (many, "holds more than 100 files")):
        inventory = archive.read(put(tmp_path, "alpha-1.0.tar.gz", tarred(files_in_it)))
        assert rows(inventory) == ["alpha 1.0"]
        assert said(inventory) == [f"{what}, so what its name tells was taken"]
