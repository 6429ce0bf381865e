"""The law of the fast reader of TOML: whatever it accepts, the standard library's parser accepts and reads alike."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.sources.documents import plain_toml
from tests.lock_documents import BREAKING, edited, edits, locks, pylocks
from tests.tool_locks import pdm_locks, poetry_locks


def same(mine: Any, theirs: Any) -> bool:
    """Whether two values are equal, and of the same types throughout: True is not 1."""
    if type(mine) is not type(theirs):
        return False
    if isinstance(mine, dict):
        return list(mine) == list(theirs) and all(same(mine[key], theirs[key]) for key in mine)
    if isinstance(mine, list):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    return bool(mine == theirs)


def holds(text: str) -> bool:
    """The law; whether the fast reader accepted the text."""
    fast = plain_toml.read(text)
    if fast is not None:
        assert same(fast, tomllib.loads(text)), text
    return fast is not None


LOCKS = st.one_of(poetry_locks(), pdm_locks(), pylocks(), locks())


@given(LOCKS, st.lists(edits(), min_size=20, max_size=20))
def test_what_is_accepted_is_what_the_standard_library_reads(
    text: str, changes: list[tuple[str, float, float, str]]
) -> None:
    """A lock as a tool writes it, and changed in one way or several."""
    holds(text)
    for change in changes:
        holds(edited(text, change))
    for change in changes:
        text = edited(text, change)
        holds(text)


@given(st.one_of(poetry_locks(), pdm_locks(), pylocks()))
def test_what_tools_write_is_accepted(text: str) -> None:
    """Locks of Poetry, PDM and PEP 751 are plain throughout; with line ends of another system, too."""
    assert holds(text)
    assert holds(text.replace("\n", "\r\n"))


FRAGMENTS = [
    "a", "b", "name", "a-b_1", '"', '""', '"a"', '"a.b"', "'a'", " = ", "=", ".", ",", ", ", "[", "]", "[[", "]]", "{",
    "}", "{ ", " }", "\n", "\n\n", "[\n", "\n]\n", "    ", "# c\n", "#", "\\", '\\"', "\\\\", "\\n", "\\u0041", "\\/",
    "\\x41", "\\U0001f600",
    "true", "false", "null", "NaN", "nan", "inf", "0", "1", "01", "-1", "+1", "1.5", "1e0", "1_0", "0x1", "\t", "\r",
    "\0", "\1", "\2", "\3", "\x7f", "é", "\u2028", "\ud800", "\U0001f600",
    "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.1Z", "2024-01-02",
    "2024-13-02T03:04:05Z", "2024-02-30T03:04:05.1234567Z", "2024-01-02T03:04:60Z", '"""', "'''", "[a]\n", "[[a]]\n",
    "[a.b]\n", '[a."b"]\n', "a = 1\n", "b = { a = 1, b = [true] }\n",
    'a = ["x", "y",]\n', 'a = [\n    "x",\n    "y"\n]\n',
    "b = [\n    { a = 1 },\n]\n", '"a" = 1\n', "a.b = 1\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
def test_no_pieces_of_toml_deceive_it(text: str) -> None:
    """Pieces of TOML, JSON and neither, in any order."""
    holds(text)


STATEMENTS = st.sampled_from([
    "[a]\n", "[b]\n", "[a.b]\n", "[b.a]\n", "[a.b.a]\n", "[[a]]\n", "[[b]]\n", "[[a.b]]\n", '["a"]\n', '[a."b"]\n',
    "a = 1\n", "b = 2\n", '"a" = 1\n', '"b" = 2\n', "a = {}\n", "a = { b = 1 }\n", "a = { b = 1, b = 2 }\n", "a = []\n",
    "a = [\n    {},\n]\n", "a = [\n    { b = { a = 1, a = 2 } },\n]\n", "a = [\n    { a = 1 }\n]\n", "\n",
])  # fmt: skip


@given(st.lists(STATEMENTS, max_size=8).map("".join))
def test_nothing_is_defined_twice(text: str) -> None:
    """TOML: a key has one value, a table is defined once, an inline one is complete, an array is of one kind."""
    holds(text)


@given(st.text(alphabet="ab=.[]{},\"'#\\\n 01tTZ:-xué\U0001f600", max_size=40))
def test_no_text_deceives_it(text: str) -> None:
    """Any few characters that mean something in TOML."""
    holds(text)


EXAMPLE = """# made by "a tool" é

version = 1
"a.b" = true

[[package]]
name = "a"
at = 2024-01-02T03:04:05.123Z
files = [
    {file = "f", hash = "h"},
    { url = "u", size = 12, hashes = { sha256 = "x" } }
]
groups = ["a", "b\\"\U0001f600"]

[package.dependencies]
"ruamel.yaml" = "*"
b = []

[extras]
x = ["a"]
"""


@pytest.mark.parametrize("what", ["", *BREAKING])
def test_no_single_character_deceives_it(what: str) -> None:
    """One small document, and each character of it left out or replaced, or one put before it, or all after it cut."""
    assert holds(EXAMPLE)
    for at in range(len(EXAMPLE) + 1):
        holds(EXAMPLE[:at] + what)
        holds(EXAMPLE[:at] + what + EXAMPLE[at + 1 :])
        if what:
            holds(EXAMPLE[:at] + what + EXAMPLE[at:])


def test_no_line_in_another_place_deceives_it() -> None:
    """One small document, and each line of it left out, or repeated anywhere."""
    lines = EXAMPLE.split("\n")
    for line in range(len(lines)):
        holds("\n".join(lines[:line] + lines[line + 1 :]))
        for other in range(len(lines) + 1):
            holds("\n".join([*lines[:other], lines[line], *lines[other:]]))
