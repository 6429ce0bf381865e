"""YAML as locks hold it: plain throughout and read fast, or read by PyYAML, or refused with a reason."""

import pytest

from pip_assay.model import Place, Problem
from pip_assay.sources.conda import document, full_yaml, plain_yaml


def read(text: str) -> object:
    found = document.read(text.encode(), "f.yml", "fix it")
    return found.values if isinstance(found, document.Document) else found


def test_what_tools_write_is_plain() -> None:
    """Mappings, lists right below their key or deeper, empty collections, quoted texts, and no value at all."""
    text = (
        "# made by a tool\nversion: 6\nitems:\n- a: https://a.example/b#c\n  b: '1.0'\n  c:\n  - x >=1,<2\n"
        "- d\n\nnothing:\nempty: []\nnone: {}\nnested:\n    deep:\n      - \"e 'f'\"\n      - 'it''s'\n      - ~\n"
    )
    assert plain_yaml.read(text) == {
        "version": "6",
        "items": [{"a": "https://a.example/b#c", "b": "1.0", "c": ["x >=1,<2"]}, "d"],
        "nothing": None,
        "empty": [],
        "none": {},
        "nested": {"deep": ["e 'f'", "it's", None]},
    }


def test_items_know_their_lines() -> None:
    """Each item of a list has the line on which it begins, whoever read it."""
    text = "a:\n- b: 1\n  c: 2\n\n# no\n- d\n-  e\n"
    assert plain_yaml.read(text) is None
    slow = full_yaml.read(text, "f.yml", "")
    assert isinstance(slow, dict)
    assert slow["a"].lines == [2, 6, 7]
    fast = plain_yaml.read(text.replace("-  e", "- e"))
    assert fast == slow
    assert fast["a"].lines == [2, 6, 7]


def test_no_version_turns_into_a_number() -> None:
    """A version that YAML would take for a number, a date or a truth value stays the text that is written."""
    for text in ("v: 3.10\nw: 1e3\nx: 2024-01-01\ny: on\n", "{v: 3.10, w: 1e3, x: 2024-01-01, y: on}"):
        assert read(text) == {"v": "3.10", "w": "1e3", "x": "2024-01-01", "y": "on"}


@pytest.mark.parametrize(
    "text",
    [
        "a: &x b\n", "a: !!str b\n", "a: [b]\n", "a: {b: c}\n", "a: |\n  b\n", "a: >-\n  b\n", "a: b\n  c\n",
        "a: 'b\n  c'\n", 'a: "\\n"\n', "a: b # c\n", "a: b: c\n", "a: b:\n", "a:\tb\n", "a: b \n", "? a\n: b\n",
        "--- \na: b\n", "a: b\n...\n", "a: b\na: c\n", "a:\n b: c\n  d: e\n", "- a\nb: c\n", "a: - b\n", "- - a\n",
        "a\n", "", "# a\n", "a: @b\n", "a: %b\n", "- a\n  b: c\n", "a: 'b' c\n", "a: 'b'c'\n", "%YAML 1.1\n---\na: b\n",
        "a: b\rc: d\n", "a: \x85b\n", "a: \u2028\n",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_pyyaml(text: str) -> None:
    """The fast reader takes nothing of which it is not sure."""
    assert plain_yaml.read(text) is None


def test_pyyaml_reads_the_rest() -> None:
    """Comments behind values, brackets, and texts of several lines."""
    text = "a: b # c\nd: [e, {f: g}, ~, '~']\nh: |\n  i\n  j\n'k l': m\n  n\n"
    assert read(text) == {"a": "b", "d": ["e", {"f": "g"}, None, "~"], "h": "i\nj\n", "k l": "m n"}


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("a: &x [b]\nc: *x\n", "repeats a part of itself by an alias, which is not read", 2),
        ("a: 1\nb: !!python/object/apply:os.system [x]\n", "gives a value a type by a tag, which is not read", 2),
        ("a: 1\nb:\n  c: 2\n  c: 3\n", 'holds the key "c" twice in one place', 4),
        ("a: 1\n---\nb: 2\n", "holds more than one document", 2),
        ("a: 1\n? [b]\n: c\n", "has a key that is no text", 2),
        ("a: " + "[" * 60 + "]" * 60, "is nested too deeply", 1),
        ("a: 1\nb: [c\n", "is not valid YAML", 3),
        ("a: 'b\n", "is not valid YAML", 2),
        ("- a\n", "is not a list of keys and values", 0),
        ("text", "is not a list of keys and values", 0),
        ("a: \x01\n", "holds a character that YAML forbids", 0),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_its_line(text: str, what: str, line: int) -> None:
    """Nothing hostile is followed, and nobody gets a traceback."""
    found = read(text)
    assert isinstance(found, Problem)
    assert (found.gap, found.place and found.place.line, found.hint) == ("unreadable", line, "fix it")
    assert found.what.startswith(what)


def test_a_bomb_of_aliases_is_refused_at_its_first_alias() -> None:
    """The text whose values would not fit into any memory costs nothing."""
    text = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
    )
    found = read(text)
    assert isinstance(found, Problem)
    assert found.place == Place("f.yml", 2, 8)


@pytest.mark.parametrize("step", ["{}k:\n", "{}- k:\n"])
def test_depth_is_bounded_for_both_readers(step: str) -> None:
    """The fast reader never takes what the slow one refuses."""
    width = len(step.format("").split("k")[0]) + 1
    for depth in range(20, 70):
        text = "".join(step.format(" " * width * level) for level in range(depth))
        fast, slow = plain_yaml.read(text), full_yaml.read(text, "f.yml", "")
        assert fast in (None, slow)
    assert fast is None
    assert isinstance(slow, Problem)


def test_an_empty_file_is_empty() -> None:
    """It says nothing, which is a problem of its own."""
    for text in ("", "\n", "# nothing\n", "---\n"):
        found = read(text)
        assert isinstance(found, Problem)
        assert found.gap == "empty"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    """What PowerShell redirects into a file is UTF-16."""
    mark = "\ufeff" if encoding.endswith("e") else ""
    found = document.read((mark + "a: é\r\nb: c\r\n").encode(encoding), "f.yml", "")
    assert found == document.Document({"a": "é", "b": "c"}, ["a: é", "b: c"])


def test_what_is_no_text_is_a_problem() -> None:
    """The line of the first wrong byte is named."""
    found = document.read(b"a: b\nc: \xff\n", "f.yml", "")
    assert isinstance(found, Problem)
    assert found.place == Place("f.yml", 2)


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, lines and values have limits, and what is over them is not read at all."""
    monkeypatch.setattr(document, "LIMIT", 100)
    monkeypatch.setattr(document, "LINES", 10)
    monkeypatch.setattr(full_yaml, "MOST", 20)
    for text, what in (("a: " + "b" * 100, "larger"), ("\n" * 20, "lines"), ("[" + "a," * 30 + "]", "values")):
        found = read(text)
        assert isinstance(found, Problem)
        assert what in found.what
