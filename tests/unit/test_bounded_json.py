"""The one door for JSON: it reads what the standard library reads, and says in plain words what it refuses."""

import json
from pathlib import Path

import pytest

from pip_assay.model import Place, Problem
from pip_assay.sources.documents import bounded_json

TEXT = '{"alpha": [1, 2.5, true, null, "b\\u00e9ta \\ud83d\\ude00"], "é": {}}'


def read(content: bytes) -> object:
    """What is read from a file "f" with this content."""
    return bounded_json.read(content, "f", "repair it")


def refused(content: bytes) -> Problem:
    """Why content is not read."""
    problem = read(content)
    assert isinstance(problem, Problem)
    return problem


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_every_encoding_of_json_is_read(encoding: str) -> None:
    """UTF-8, UTF-16 and UTF-32, with a byte order mark or without, give what the standard library gives."""
    assert read(TEXT.encode(encoding)) == json.loads(TEXT)


@pytest.mark.parametrize("value", ["0", '"text"', "[]", "{}", "null", "true", " [1]\r\n"])
def test_any_value_is_a_document(value: str) -> None:
    """A document need not be an object."""
    assert read(value.encode()) == json.loads(value)


@pytest.mark.parametrize(
    ("content", "what", "line", "column"),
    [
        (b'{"a": 1,\n "b" 2}', "is not valid JSON (a colon is missing)", 2, 6),
        (b'{"a": 1\n "b": 2}', "is not valid JSON (a comma or a closing bracket is missing)", 2, 2),
        (b"[tru]", "is not valid JSON (a value is missing or misspelled)", 1, 2),
        (b"{a: 1}", "is not valid JSON (a key in double quotes is missing)", 1, 2),
        (b'["a\n"]', "is not valid JSON (a text holds a line break or another control character)", 1, 4),
        (b'["\\x"]', "is not valid JSON (a text holds an escape that JSON does not know)", 1, 3),
        (b"{}\n{}", "is not valid JSON (something follows its end)", 2, 1),
        (b'{"a": [\n1', "is not valid JSON (it ends too early)", 2, 2),
        (b'{"a": ', "is not valid JSON (it ends too early)", 1, 7),
        (b'["a', "is not valid JSON (a text is not closed)", 1, 2),
        (b'{"a":\n\xff}', "is not text in UTF-8, as JSON must be", 2, 0),
        (b"\xff\xfe{", "is not text in UTF-8, as JSON must be", 0, 0),
        (b"[" * 100_000, "is nested too deeply", 0, 0),
        (b"9" * 5_000, "holds a number that is too long", 0, 0),
    ],
)
def test_what_is_no_json_is_a_problem_with_its_place(content: bytes, what: str, line: int, column: int) -> None:
    """A fault is told in plain words with its line and column, and with the caller's hint."""
    assert refused(content) == Problem("unreadable", what, Place("f", line, column), "repair it", "f")


@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_nothing_is_empty(content: bytes) -> None:
    """A file without content is not called invalid, but empty."""
    assert refused(content) == Problem("empty", "is empty", Place("f"), "repair it", "f")


def test_more_than_a_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many bytes, and too many values in few bytes, are refused before anything is made of them."""
    monkeypatch.setattr(bounded_json, "LIMIT", 20)
    monkeypatch.setattr(bounded_json, "VALUES", 8)
    assert read(b'["aaaaaaaaaaaaaaaa"]') == ["a" * 16]
    assert refused(b'["aaaaaaaaaaaaaaaaa"]').what == "is larger than 20 bytes"
    assert read(b"[[[[[[[[]]]]]]]]") == [[[[[[[[]]]]]]]]
    assert refused(b"[1,1,1,1,1,1,1,1,1]").what == "holds more than 8 values"


def test_half_a_surrogate_pair_is_replaced() -> None:
    """Nothing that cannot be printed comes out, whole pairs and escaped backslashes stay, and no column moves."""
    content = rb'["\ud800x", "x\udc00", "\ud83d\ude00", "\\ud800", "\ud800\ud83d\ude00"]'
    assert read(content) == ["�x", "x�", "😀", r"\ud800", "�😀"]
    text = bounded_json.decode(content, "f", "")
    assert isinstance(text, str)
    assert len(text) == len(content)
    json.dumps(read(content), ensure_ascii=False).encode()


def test_keys_that_are_there_twice_are_told() -> None:
    """The last value counts, as in the standard library, and every repeated key is named."""
    repeated: set[str] = set()
    text = '{"a": {"b": 1, "b": 2}, "c": [{"d": 1}, {"d": 2}], "a": {"b": 3, "e": {"f": 1, "f": 1, "f": 1}}}'
    assert bounded_json.parse(text, "f", "", repeated=repeated) == json.loads(text)
    assert repeated == {"a", "b", "f"}


def test_a_file_is_read_or_told_why_not(tmp_path: Path) -> None:
    """A missing file and a folder are problems of different kinds."""
    path = tmp_path / "f.json"
    path.write_bytes(b"[]")
    assert bounded_json.read_file(str(path)) == b"[]"
    missing, folder = bounded_json.read_file(str(tmp_path / "none")), bounded_json.read_file(str(tmp_path))
    assert isinstance(missing, Problem)
    assert isinstance(folder, Problem)
    assert (missing.gap, folder.gap) == ("missing", "unreadable")
