"""Which files of a distribution may tell what it carries, and which of its RECORD are never read."""

import pytest

from pip_assay.sources.bundled import record
from pip_assay.sources.bundled.record import Parts

METADATA = "thing-1.0.dist-info"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (f"{METADATA}/sboms/a.json", "sboms"),
        (f"{METADATA}/sboms/deep/er/a.json", "sboms"),
        ("thing/_vendor/copy-1.dist-info/sboms/a.json", "sboms"),
        ("thing/_vendor/copy-1.dist-info/METADATA", "copies"),
        ("thing/copy.egg-info/PKG-INFO", "copies"),
        ("pip/_vendor/vendor.txt", "lists"),
        ("pip/_vendor/bom.cdx.json", "lists"),
        ("thing/extern/deep/a.cdx.json", "lists"),
        ("ensurepip/_bundled/pip-1-py3-none-any.whl", "wheels"),
        ("thing.libs/libpng16-a1b2c3d4.so.16.43.0", "libraries"),
        ("thing/.dylibs/libz.1.dylib", "libraries"),
        ("_thing.cpython-311-x86_64-linux-gnu.so", "libraries"),
        ("thing/tests/_thing.pyd", "libraries"),
        ("thing/a.DLL", "libraries"),
        (f"{METADATA}/METADATA", ""),
        (f"{METADATA}/licenses/x.so", ""),
        ("other-2.dist-info/METADATA", ""),
        ("other-2.dist-info/sboms/a.json", ""),
        ("thing/tests/data/copy-1.dist-info/METADATA", ""),
        ("thing/test/wheels/copy-1-py3-none-any.whl", ""),
        ("thing/vendor.txt", ""),
        ("thing/bom.cdx.json", ""),
        ("thing/_vendor/notes.txt", ""),
        ("thing/a.so.txt", ""),
        ("thing/__init__.py", ""),
        ("vendor.txt", ""),
        ("", ""),
    ],
)
def test_each_file_is_of_one_kind(path: str, kind: str) -> None:
    """A file is a bill of materials, a copy's metadata, a list, a wheel, a library, or nothing of these."""
    expected = Parts(**{kind: (path,)}) if kind else Parts()
    assert record.parts([path], METADATA) == expected
    listed = f"{path},sha256=abc,12\n".encode()
    if kind:
        assert record.paths(listed) == ([path], 0)


def test_parts_are_sorted_and_each_is_there_once() -> None:
    """The order of RECORD decides nothing."""
    assert record.parts(["b.so", "a.so", "b.so"], METADATA).libraries == ("a.so", "b.so")


def test_only_paths_count() -> None:
    """What a hash or the next row holds makes no path of it."""
    content = b"thing/a.py,sha256=x.so,1\r\nthing/b.so,sha256=y,2\r\nc.py,,\rd.pyd,,\r\n\r\nthing/e.so"
    assert [path for path in record.paths(content)[0] if path.endswith((".so", ".pyd"))] == [
        "thing/b.so", "d.pyd", "thing/e.so",
    ]  # fmt: skip


def test_quoted_names_are_read() -> None:
    """A name with a comma, a quote or a line break is quoted."""
    content = b'"thing/a, b.so",sha256=x,1\n"thing/say ""c"".so",,\nthing/d.so,,\n'
    assert record.paths(content) == (["thing/a, b.so", 'thing/say "c".so', "thing/d.so"], 0)


def test_a_field_without_end_hides_nothing() -> None:
    """The standard library's reader gives up at a long field: the rest is read line by line."""
    content = b'"' + b"x" * 200_000 + b"\nthing/d.so,,\n"
    assert "thing/d.so" in record.paths(content)[0]


@pytest.mark.parametrize("path", ["../../../bin/x.so", "../../Scripts/x.dll", "../../../share/deep/x.whl"])
def test_scripts_and_data_are_no_problem(path: str) -> None:
    """What a wheel puts below the environment's prefix is in no folder that is read, as it should be."""
    assert record.paths(f"{path},,\n".encode()) == ([], 0)


@pytest.mark.parametrize(
    "path",
    [
        "../../../../../etc/x.so", "/etc/x.so", "C:/x.dll", "C:\\x.dll", "\\\\server\\x.so", "thing/../../x.so",
        "./C:/x.dll", "thing/C:/x.dll", "../../../C:/x.dll", "../../../a/../../x.so",
        "..\\..\\..\\..\\x.whl", "thing/..",
    ],
)  # fmt: skip
def test_paths_that_lead_astray_are_counted_and_never_read(path: str) -> None:
    """Absolute paths, drives and any other ".." are left out, and told of where they would have mattered."""
    assert record.paths(f"{path},,\nthing/b.so,,\n".encode()) == (["thing/b.so"], int(path != "thing/.."))


def test_odd_spellings_of_a_path_are_made_plain() -> None:
    """Empty parts and "." lead nowhere."""
    assert record.paths(b"thing//./a.so,,\n") == (["thing/a.so"], 0)


def test_no_more_than_so_many_paths_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A RECORD of a million libraries is read no further than MOST of them."""
    monkeypatch.setattr(record, "MOST", 3)
    assert len(record.paths(b"".join(b"%d.so,,\n" % number for number in range(9)))[0]) == 3


def test_a_hostile_row_is_read_in_time() -> None:
    """One row that matches everywhere is one path."""
    content = b".so" * 1_000_000
    assert record.paths(content) == ([content.decode()], 0)
