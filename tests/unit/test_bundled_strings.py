"""Texts of well-known libraries in compiled files: what counts, what is only a mention, and what is too much."""

import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import files
from pip_assay.model import PYTHON, UNAUDITABLE, Dependency, Origin, Pin, Place, Problem
from pip_assay.sources.bundled import native, strings
from pip_assay.sources.bundled.known_libraries import TEXTS
from pip_assay.sources.bundled.nouns import Host
from pip_assay.sources.bundled.record import Parts
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.installed.tree import DISK, Memory
from tests.bundling import METADATA, dependency, host

CRYPTO = b'\0OPENSSLDIR: "/usr/ssl"\0'
SQLITE = b"\0unable to delete/modify user-function due to active statements\0"
XML = b"\0Fatal: program compiled against libxml %d using older %d\n\0"
TIFF = b"\0Nonstandard tile length %lu, convert file\0"
BZIP2 = b"\n\nbzip2/libbzip2: internal error number %d.\n"

CODE = [
    ("openssl", "1.1.1k", CRYPTO + b"\0OpenSSL 1.1.1k  25 Mar 2021\0"),
    ("openssl", "1.1.1k", CRYPTO + b"\0OpenSSL 1.1.1k  FIPS 25 Mar 2021\0"),
    ("openssl", "3.0.11", CRYPTO + b"\0OpenSSL 3.0.11 19 Sep 2023\0"),
    ("openssl", "3.1.5+quic", CRYPTO + b"\0OpenSSL 3.1.5+quic 30 Jan 2024\0"),
    ("openssl", "1.1.1w", b"ssl\\ssl_lib.c\0\0OpenSSL 1.1.1w  11 Sep 2023\0"),
    (
        "openssl",
        "1.0.2k",
        CRYPTO + b"ASN.1 part of OpenSSL 1.0.2k-fips  26 Jan 2017\0\0OpenSSL 1.0.0-fips 29 Mar 2010\0",
    ),
    ("zlib", "1.2.13", b"\0 deflate 1.2.13 Copyright 1995-2022 Jean-loup Gailly and Mark Adler \0"),
    ("zlib", "1.1.3", b"\0 inflate 1.1.3 Copyright 1995-1998 Mark Adler \0"),
    ("zlib", "1.3.0.1-motley", b"\0 inflate 1.3.0.1-motley Copyright 1995-2022 Mark Adler \0"),
    ("zlib-ng", "2.1.3", b"\0 zlib-ng 2.1.3\0 deflate 1.2.13 Copyright 1995-2022 Jean-loup Gailly and Mark Adler \0"),
    ("curl", "8.4.0", b"\0libcurl/8.4.0\0"),
    ("curl", "8.0.1-DEV", b"\0libcurl/8.0.1-DEauth-int"),
    ("sqlite", "3.45.0", SQLITE + b"\x1e3.45.0\0"),
    ("libpng", "1.6.43", b"\nlibpng version 1.6.43\nCopyright (c) 2018-2024 Cosmin Truta\n"),
    ("libpng", "1.6.35", b"libpng version 1.6.35 - July 15, 2018\nCopyright (c) 2018 Cosmin Truta\n"),
    ("libjpeg-turbo", "2.1.5.1", b"\x10libjpeg-turbo version 2.1.5.1 (build 20230401)\0"),
    ("libtiff", "4.6.0", TIFF + b"LIBTIFF, Version 4.6.0\nCopyright (c) 1988-1996 Sam Leffler\n"),
    ("expat", "2.6.2", b"\xffexpat_2.6.2\0"),
    ("libxml2", "2.10.3", XML + b"\x0021003\0"),
    ("libxml2", "2.9.14", XML + b"\xff20914-GITv2.9.14\0"),
    ("bzip2", "1.0.8", BZIP2 + b"\x001.0.8, 13-Jul-2019\0"),
    ("bzip2", "1.0.6", BZIP2 + b"\x001.0.6, 6-Sept-2010\0"),
    ("freetype", "2.6.1", b"/project/build/freetype-2.6.1/src/base/ftobjs.c\0"),
    ("freetype", "2.13", b"C:\\build\\freetype-2.13\\src\\sfnt\\ttload.c\0"),
    ("harfbuzz", "7.2.0", b"../subprojects/harfbuzz-7.2.0/src/hb-ot-map.hh\0"),
]

MENTIONS = [
    b"\0OpenSSL 1.1.1 required\0\0OpenSSL 1.1.1k  25 Mar 2021\0",  # compiled against, not carried
    CRYPTO + b"built with OpenSSL 3.0.11 19 Sep 2023\0",
    CRYPTO + b"\0OpenSSL 1.1.1 (compatible; BoringSSL)\0",
    CRYPTO + b"\0OpenSSL 3.0.x providers\0",
    b"\0deflate 1.2.13 is too old\0",
    b"\0User-Agent: thing libcurl/8.4.0\0",
    b"\0libcurl-agent/1.0\0libcurl/8.4.\0",
    b"\x1e3.45.0\0 sqlite_master \0",
    b"libpng.so (ver 1.6.40)\0 libpng version 1.6.40 is needed\0",
    b"libjpeg-turbo (ver 2.1.3-62)\0libjpeg-turbo version 3 or later\0",
    b"LIBTIFF, Version 4.3.0\nCopyright (c) 1988-1996 Sam Leffler\n",  # the header's text, in a program that uses it
    b"libexpat.so.1\0XML_expat_2\0",
    b"\x0021003\0",
    b"bzip2-sys-0.1.13+1.0.8/lib.rs\0",
    b"/include/freetype-2.6.1/freetype/internal/ftobjs.h\0/freetype-2.6.1/include/src\0",
    b"libharfbuzz-a3d224ae.so.0.60710.0\0",
]


def told(content: bytes) -> list[tuple[str, str]]:
    """Return name and version of the libraries in one file."""
    found = strings.read(host({"thing/x.so": content}), Parts(libraries=("thing/x.so",)))
    return [(each.dependency.pin.name, each.dependency.pin.version) for each in found]


@pytest.mark.parametrize(("name", "version", "content"), CODE)
def test_a_library_in_a_file(name: str, version: str, content: bytes) -> None:
    """The text that a library's own code holds tells its release, wherever in the file it is."""
    assert told(content) == [(name, version)]
    assert told(b"\x7fELF" + bytes(3000) + content + b"\1\2") == [(name, version)]


def test_every_text_is_tested() -> None:
    """No library is looked for that has no sample here."""
    assert {text.name for text in TEXTS} == {name for name, _, _ in CODE}


@pytest.mark.parametrize("content", MENTIONS)
def test_a_mention_is_no_library(content: bytes) -> None:
    """What a program says of a library that it uses, or was built against, is not that library."""
    assert told(b"\x7fELF\0" + content) == []


def test_what_is_told_of_it() -> None:
    """It is inside of the host, cannot be audited, its place is the file, and its spelling the text."""
    path = "thing/_x.abi3.so"
    assert strings.read(host({path: CODE[0][2]}), Parts(libraries=(path,))) == [
        Found(
            Dependency(
                Pin("generic", "openssl", "1.1.1k"), Place(f"shown/{path}"), ("runtime",), (), False, Origin("bundled"),
                dependency().pin, skipped=UNAUDITABLE, spelling="OpenSSL 1.1.1k  25 Mar 2021", known_by="string",
            )
        )
    ]  # fmt: skip


def test_two_releases_in_one_file_are_both_told() -> None:
    """Nothing decides between two that are both whole; one whose text stands alone is told without a version."""
    first, second = (b" deflate %b Copyright 1995-2022 Jean-loup " % version for version in (b"1.2.11", b"1.3"))
    assert told(first + second) == [("zlib", "1.2.11"), ("zlib", "1.3")]
    assert told(SQLITE + b"\x003.45.0\0\x003.46.1\0") == [("sqlite", "")]
    assert told(SQLITE) == [("sqlite", "")]
    assert told(SQLITE + b"\x003.45.0.0\0x3.45.0\0") == [("sqlite", "3.45.0")]


def test_one_release_in_several_files_is_one() -> None:
    """The first file is its place; one in which the version is not certain adds nothing."""
    contents = {"a.so": SQLITE, "b.so": SQLITE + b"\0003.45.0\0", "c.so": SQLITE + b"\0003.45.0\0"}
    found = strings.read(host(contents), Parts(libraries=tuple(contents)))
    assert [(each.dependency.pin.version, each.dependency.place.file) for each in found] == [("3.45.0", "shown/b.so")]


@given(st.sampled_from(CODE), st.integers(1, 700), st.integers(0, 700), st.binary(max_size=30))
def test_a_text_across_the_border_of_two_pieces(
    code: tuple[str, str, bytes], size: int, before: int, noise: bytes
) -> None:
    """However a file is cut into pieces to be read, the same is found."""
    content = noise + bytes(before) + code[2] + noise
    expected = told(content)
    assert code[:2] in expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strings, "_PIECE", size)
        assert told(content) == expected


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([*(code[2] for code in CODE), *MENTIONS]))))
def test_any_bytes_are_read(pieces: list[bytes]) -> None:
    """Nothing in a file makes reading it fail, and no library is told twice."""
    found = told(b"".join(pieces))
    assert len(set(found)) == len(found)


@given(st.sampled_from(CODE), st.data())
def test_a_truncated_file_tells_nothing_else(code: tuple[str, str, bytes], data: st.DataObject) -> None:
    """A file that was cut tells the same release, none, or at most that the library is there."""
    cut = data.draw(st.integers(0, len(code[2])))
    assert {*told(code[2][:cut])} <= {code[:2], (code[0], ""), ("zlib", "1.2.13")}


def test_no_text_of_any_pattern_is_longer_than_what_pieces_share() -> None:
    """Each pattern, repeated as often as it may be, fits into the part that is read with the next piece again."""
    try:
        from re import _parser as parser
    except ImportError:  # pragma: no cover
        pytest.skip("this Python does not show how it reads patterns")
    for text in TEXTS:
        assert parser.parse(text.release).getwidth()[1] < strings._OVERLAP, text.name
        assert all(len(mark) < strings._OVERLAP for mark in text.marks)


def test_a_file_that_claims_many_releases_is_not_believed() -> None:
    """What is made to mislead fills neither the memory nor the report."""
    many = b"".join(b" deflate 1.%d Copyright 1995-2022 Jean-loup " % number for number in range(5000))
    assert told(many) == [("zlib", "")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strings, "_PIECE", 1000)
        assert told(many) == [("zlib", "")]


def test_progress_counts_files() -> None:
    """Each file that was looked at is told, and how many there are."""
    steps: list[tuple[int, int]] = []
    contents = {"a.so": b"", "b.so": CODE[0][2]}
    strings.read(host(contents), Parts(libraries=tuple(contents)), lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]


def test_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """A file that is missing, a folder in its place, a broken link: each is told, and the others are read."""
    (tmp_path / "a.so").mkdir()
    (tmp_path / "c.so").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d.so").write_bytes(CODE[0][2])
    paths = ("a.so", "b.so", "c.so", "d.so")
    found = strings.read(Host(dependency(), str(tmp_path), "shown", METADATA, DISK), Parts(libraries=paths))
    assert found[0].dependency == dependency()
    assert [(one.place, one.subject, one.gap) for one in found[0].problems] == [
        (Place(f"shown/{name}"), "thing", "unreadable") for name in paths[:3]
    ]
    assert [str(each.dependency.pin) for each in found[1:]] == ["openssl 1.1.1k"]


def test_a_disk_that_fails_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says of it stands in brackets."""

    class Failing(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "opened", lambda _: Failing(b"content"))
    found = strings.read(Host(dependency(), str(tmp_path), "shown", METADATA, DISK), Parts(libraries=("a.so",)))
    what = "cannot be read (input/output error), so the libraries in it are not known"
    assert [(one.what, one.place) for one in found[0].problems] == [(what, Place("shown/a.so"))]


def test_too_large_a_file_is_a_problem(tmp_path: Path) -> None:
    """It is not read at all, on the disk or in an archive, and said so."""
    with (tmp_path / "a.so").open("wb") as file:
        file.truncate(strings.FILE_LIMIT + 1)
    found = strings.read(Host(dependency(), str(tmp_path), "shown", METADATA, DISK), Parts(libraries=("a.so",)))
    assert found == [
        Found(
            dependency(),
            (
                Problem(
                    "unreadable", "is larger than 536.9 MB, so the libraries in it are not known", Place("shown/a.so"),
                    "", "thing",
                ),
            ),
        )
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strings, "FILE_LIMIT", 10)
        in_memory = strings.read(host({"a.so": bytes(11)}), Parts(libraries=("a.so",)))
    assert "is larger than 10 bytes" in in_memory[0].problems[0].what


@pytest.mark.parametrize("left", [strings.Left(size=100), strings.Left(count=1)])
def test_all_files_together_are_bounded(left: strings.Left) -> None:
    """What comes after the most that is looked at is counted, for the next distribution as well."""
    contents = {f"{name}.so": bytes(200) + CODE[0][2] for name in "abc"}
    parts = Parts(libraries=tuple(contents))
    first, second = strings.read(host(contents), parts, left=left), strings.read(host(contents), parts, left=left)
    assert [str(each.dependency.pin) for each in first] == ["thing 1.0", "openssl 1.1.1k"]
    assert first[0].problems[0].what.startswith("2 of its compiled files were not searched for libraries")
    assert [each.problems[0].what[:32] for each in second] == ["3 of its compiled files were not"]
    one = strings.read(host({"a.so": b""}), Parts(libraries=("a.so",)), left=strings.Left(count=0))
    assert one[0].problems[0].what.startswith("1 of its compiled files was not searched")


def test_texts_complete_what_names_tell() -> None:
    """A library whose version a text tells is not listed again by its file's name; one with a version is."""
    names = [
        "libcrypto-7d0e8add.so.1.1",
        "libjpeg-177d514f.so.62.4.0",
        "libwebp-d4849e8c.so.7.1.9",
        "libz-0b24ba48.so.1.3",
    ]
    contents = {f"a.libs/{name}": b"" for name in names}
    contents["a.libs/libcrypto-7d0e8add.so.1.1"] = CODE[0][2]
    contents["a.libs/libjpeg-177d514f.so.62.4.0"] = b"libjpeg-turbo version 3.0.3 (build 20240701)\0"
    contents["a.libs/libz-0b24ba48.so.1.3"] = b" deflate 1.2.13 Copyright 1995-2022 Jean-loup "
    carrier, parts = host(contents), Parts(libraries=tuple(contents))
    both = strings.completed(native.read(carrier, parts), strings.read(carrier, parts))
    assert [(str(each.dependency.pin), each.dependency.known_by) for each in both] == [
        ("zlib 1.3", "file name"),
        ("libwebp", "file name"),
        ("libjpeg-turbo 3.0.3", "string"),
        ("openssl 1.1.1k", "string"),
        ("zlib 1.2.13", "string"),
    ]


def test_the_interpreter_is_a_host() -> None:
    """The files of an installation, on every system, are those of its own version; what is inside names it."""
    interpreter = Dependency(Pin(PYTHON, "cpython", "3.11.9"), Place("pyvenv.cfg"))
    sqlite = SQLITE + b"\0003.45.0\0"
    contents = {
        "py/bin/python3.11": CODE[0][2],
        "py/bin/python3": CODE[1][2],
        "py/bin/other": sqlite,
        "py/lib/libpython3.11.so.1.0": b"expat_2.6.2\0 \0expat_2.6.2\0",
        "py/lib/libother.so": sqlite,
        "py/lib/python3.11/lib-dynload/_sqlite3.cpython-311-x86_64-linux-gnu.so": sqlite,
        "py/lib/python3.12/lib-dynload/zlib.so": b" deflate 1.3 Copyright 1995-2023 Jean-loup ",
        "py/DLLs/libffi-8.dll": b"",
        "py/DLLs/_bz2.pyd": BZIP2 + b"\x001.0.8, 13-Jul-2019\0",
        "py/python311.dll": b" deflate 1.2.13 Copyright 1995-2022 Jean-loup ",
    }
    found = strings.of_interpreter("py", Memory(contents), interpreter)
    assert [(str(each.dependency.pin), each.dependency.place.file) for each in found] == [
        ("bzip2 1.0.8", "py/DLLs/_bz2.pyd"),
        ("expat 2.6.2", "py/lib/libpython3.11.so.1.0"),
        ("openssl 1.1.1k", "py/bin/python3.11"),
        ("sqlite 3.45.0", "py/lib/python3.11/lib-dynload/_sqlite3.cpython-311-x86_64-linux-gnu.so"),
        ("zlib 1.2.13", "py/python311.dll"),
    ]
    assert {each.dependency.inside for each in found} == {interpreter.pin}
    assert strings.of_interpreter("nowhere", Memory({}), interpreter) == []


def loaded() -> list[str]:
    """Return the compiled files that are mapped into this process."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    found = {line.split(maxsplit=5)[5] for line in lines if len(line.split(maxsplit=5)) == 6}
    return sorted(path for path in found if path.startswith("/") and os.path.isfile(path))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lists the files that a process has mapped")
def test_the_libraries_of_this_interpreter_say_the_same_of_themselves() -> None:
    """What OpenSSL, SQLite, zlib and expat answer when they are called is what their files tell."""
    import sqlite3
    import ssl
    import zlib
    from xml.parsers import expat

    expected = {
        "openssl": ssl.OPENSSL_VERSION.split()[1],
        "sqlite": sqlite3.sqlite_version,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "expat": expat.EXPAT_VERSION.removeprefix("expat_"),
    }
    paths = tuple(path.lstrip("/") for path in loaded() if "python" in path or "/lib" in path)
    found = strings.read(Host(dependency(), "/", "/", METADATA, DISK), Parts(libraries=paths))
    versions: dict[str, set[str]] = {name: set() for name in expected}
    for each in found:
        versions.setdefault(each.dependency.pin.name, set()).add(each.dependency.pin.version)
    for name, version in expected.items():
        assert version in versions[name] or not versions[name], name
    assert any(versions[name] for name in expected)
