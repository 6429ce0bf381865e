"""The laws of what reads JSON, and of hints: nothing raises, places are true, what is read is what stands there."""

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from pip_assay.model import PYPI, Inventory, Place, Problem
from pip_assay.sources import hints, pip_listing
from pip_assay.sources.documents import bounded_json, json_places
from pip_assay.sources.hints import shell
from pip_assay.sources.locks import pipfile_lock

LOCK = """{
    "_meta": {"hash": {"sha256": "00"}, "pipfile-spec": 6, "requires": {},
        "sources": [{"name": "main", "url": "https://u:p@packages.example/simple", "verify_ssl": true}]},
    "default": {
        "Alpha_X": {"hashes": ["sha256:aa"], "index": "main", "markers": "os_name == 'nt'", "version": "==1.2"},
        "beta": {"git": "https://git.example/b", "ref": "01"}, "gamma": {"path": ".", "editable": true}
    },
    "develop": {"alpha-x": {"version": "==1.2"}, "delta": {"version": "*"}}
}
"""
INSPECT = """{"version": "1", "pip_version": "26.3", "installed": [
  {"metadata": {"name": "Alpha.X", "version": "1.2", "requires_dist": ["b>=1", "c; extra == 'd'"]},
   "metadata_location": "/x", "installer": "pip", "requested": true},
  {"metadata": {"name": "b", "version": "2"}, "direct_url": {"url": "file:///b", "dir_info": {"editable": true}}}],
 "environment": {"python_full_version": "3.11.9"}}
"""
REPORT = """{"version": "1", "install": [{"metadata": {"name": "alpha", "version": "1.2"}, "is_direct": true,
  "download_info": {"url": "https://u@x.example/a.zip", "archive_info": {"hashes": {"sha256": "aa"}}},
  "requested": true}]}
"""
LIST = '[{"name": "alpha", "version": "1.2"}, {"name": "B.b", "version": "2", "editable_project_location": "/b"}]\n'
TABLE = "Package Version Installer\n------- ------- ---------\nalpha   1.2     pip\nB.b     2\n\n[notice] x\n"
DOCKERFILE = """# escape=\\
FROM x
RUN --mount=type=cache pip install 'alpha[x]==1.2' "beta>=1" $C \\
  # comment
  -r x.txt && sh -c "pip install gamma==${V} ; pip install ./x"
RUN ["pip", "install", "delta==1", "https://u:p@x.example/e.zip"]
RUN <<EOT
conda install numpy=1.2 > log
uv tool install ruff@0.6.0
EOT
"""
NOTEBOOK = json.dumps(
    {
        "cells": [
            {
                "cell_type": "code",
                "source": ["import x\n", "%pip install alpha==1.2 \\\n", ' "beta>=1"\n', "!{x} -m pip install c"],
            },
            {"cell_type": "code", "source": "%%bash\npip install delta==1 'é'"},
        ],
        "nbformat": 4,
    },
    indent=1,
)

PARSERS: dict[str, Callable[[bytes], Inventory]] = {
    "lock": lambda content: pipfile_lock.parse(content, "f"),
    "listing": lambda content: pip_listing.parse(content, "f"),
    "dockerfile": lambda content: hints.parse(content, "Dockerfile"),
    "notebook": lambda content: hints.parse(content, "f.ipynb"),
}
SAMPLES = [
    ("lock", LOCK), ("listing", INSPECT), ("listing", REPORT), ("listing", LIST), ("listing", TABLE),
    ("dockerfile", DOCKERFILE), ("notebook", NOTEBOOK),
]  # fmt: skip
PIECES = st.sampled_from([
    b"{", b"}", b"[", b"]", b'"', b"'", b":", b",", b"\\", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"$",
    b"${", b"$(", b"`", b"<<EOT", b"#", b"&&", b" ", b"null", b"1e999", b"-", b"==", b"@", b"\\ud800", b'{"name": "a"}',
    b"pip install ",
    b"\xe2\x80\xa8", b'"version": 1', b"--- ---\n", b"\x85",
])  # fmt: skip
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES | st.just(b"")), max_size=4)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def holds(name: str, content: bytes) -> None:
    """Every law of a reader: it does not raise, gives the same again, normal names, true places, and no silence."""
    found = PARSERS[name](content)
    assert found == PARSERS[name](content)
    assert found.dependencies or found.problems
    text = bounded_json.decode(content, "f", "") if b"\0" in content else content.decode("utf-8-sig", "replace")
    for each in found.dependencies:
        unnamed = not each.spelling
        if each.pin.ecosystem == PYPI and not unnamed:
            assert each.pin.name == canonicalize_name(each.spelling.strip())
        if each.place.line and not unnamed and isinstance(text, str):
            line = text.split("\n")[each.place.line - 1]
            assert line[each.place.column - 1 :].startswith(each.spelling)
        assert each.pin.version or each.skipped
        assert "u:p@" not in str(each)
    told = " ".join(map(str, found.problems))
    assert "u:p@" not in told
    told.encode()


@pytest.mark.parametrize(("name", "text"), SAMPLES)
def test_the_samples_hold(name: str, text: str) -> None:
    """What the edits start from holds the laws itself, with every line end and mark, and has dependencies."""
    for content in (
        text.encode(),
        text.replace("\n", "\r\n").encode(),
        text.encode("utf-8-sig"),
        text.encode("utf-16"),
    ):
        holds(name, content)
        assert PARSERS[name](content).dependencies
        places = [each.place for each in PARSERS[name](content).dependencies]
        assert places == [each.place for each in PARSERS[name](text.encode()).dependencies]


@pytest.mark.parametrize("name", PARSERS)
@given(st.binary(max_size=60) | st.lists(PIECES, max_size=12).map(b"".join))
def test_no_bytes_are_too_odd(name: str, content: bytes) -> None:
    """Random bytes, and random pieces of the formats, hold the laws."""
    holds(name, content)


@pytest.mark.parametrize(("name", "text"), SAMPLES)
@given(EDITS, st.floats(0, 1))
def test_no_edit_breaks_a_reader(name: str, text: str, edits: list[tuple[float, int, bytes]], end: float) -> None:
    """Pieces cut out, put in and the end cut off: the laws hold."""
    content = text.encode()
    for at, length, piece in edits:
        start = int(at * len(content))
        content = content[:start] + piece + content[start + length :]
    holds(name, content)
    holds(name, content[: int(end * len(content))])


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, text in SAMPLES if text[:1] in "{["])
@given(st.data())
def test_no_value_of_a_wrong_type_breaks_a_reader(name: str, text: str, data: st.DataObject) -> None:
    """Any value in the place of any other: the laws hold."""
    document = json.loads(text)
    holder: Any = {"whole": document}
    key: Any = "whole"
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.integers(0, 5)):
        holder = holder[key]
        key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[key] = data.draw(VALUES)
    holds(name, json.dumps(document).encode())


# --- JSON itself -----------------------------------------------------------------------------------


@given(st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode()))
@example(b'{"a": 1, "a": 2}')
def test_what_the_standard_library_reads_is_read(content: bytes) -> None:
    """A document is the standard library's own; where that refuses, there is a problem with a place in the file."""
    found = bounded_json.read(content, "f", "hint")
    try:
        expected = json.loads(content)
    except (ValueError, RecursionError):
        assert isinstance(found, Problem)
        assert found.place is not None
        assert found.place.line <= content.count(b"\n") + 1
    else:
        assert repr(found) == repr(expected) or "ud" in content.decode("utf-8", "replace")


GAPS = st.text(" \t\r\n", max_size=3)


class Writer:
    """Writes a value as JSON with odd white space and escapes, and notes where each member is: the oracle of places."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.text = ""
        self.starts: dict[tuple[str | int, ...], int] = {}
        self._draw = draw

    def write(self, value: Any, path: tuple[str | int, ...] = ()) -> None:
        self.text += self._draw(GAPS)
        self.starts[path] = len(self.text)
        if isinstance(value, dict | list):
            self.text += "{" if isinstance(value, dict) else "["
            for number, key in enumerate(value if isinstance(value, dict) else range(len(value))):
                self.text += "," if number else ""
                if isinstance(value, dict):
                    self.text += self._draw(GAPS) + json.dumps(key, ensure_ascii=self._draw(st.booleans()))
                    self.text += self._draw(GAPS) + ":"
                self.write(value[key], (*path, key))
            self.text += self._draw(GAPS) + ("}" if isinstance(value, dict) else "]")
        else:
            self.text += json.dumps(value, ensure_ascii=self._draw(st.booleans()))
        self.text += self._draw(GAPS)


@given(VALUES, st.data())
def test_every_value_is_found_where_it_was_written(value: Any, data: st.DataObject) -> None:
    """The start of any set of values, whatever stands between, is where an independent writer put it."""
    writer = Writer(data.draw)
    writer.write(value)
    assert repr(json.loads(writer.text)) == repr(value)
    del writer.starts[()]
    wanted = {path: at for path, at in writer.starts.items() if data.draw(st.booleans())}
    assert json_places.find(writer.text, "f", dict.fromkeys(wanted, "")) == {
        path: Place("f", writer.text.count("\n", 0, at) + 1, at - writer.text.rfind("\n", 0, at))
        for path, at in wanted.items()
    }


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("de"), st.sampled_from(["x", "[{", '"'])), max_size=6)
)
def test_repeated_keys_are_those_that_an_object_has_twice(members: list[tuple[str, str, str]]) -> None:
    """What is told as repeated is what counting the pairs of each object gives."""
    inner = [
        f'{{"{key}": {json.dumps(value)}, "{other}": 1, "k": [], "k{value!r:.1}": 2}}' for key, other, value in members
    ]
    text = "{" + ", ".join(f'"{key}": {item}' for (key, _, _), item in zip(members, inner, strict=True)) + "}"
    objects: list[list[str]] = []
    json.loads(text, object_pairs_hook=lambda pairs: objects.append([key for key, _ in pairs]))
    expected = {key for keys in objects for key in keys if keys.count(key) > 1}
    assert {each.subject for each in json_places.repeated(text, "f", "")} == expected
    noted: set[str] = set()
    bounded_json.parse(text, "f", "", repeated=noted)
    assert noted == expected


# --- words of a shell ------------------------------------------------------------------------------

WORDS = st.text(st.sampled_from("abz019 '\"\\$#&;|()<>*{}[]=~!`\té\n"), min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_quoted_words_are_read_as_they_were(words: list[str]) -> None:
    """What shlex quotes is one command of just those words, nothing in it is for a run to fill in."""
    assert [[word.text for word in command] for command in shell.commands(shlex.join(words))] == [words]
    text = shlex.join(words)
    for word in next(shell.commands(text)):
        assert text[word.start] in (word.text[0], "'")
        assert not word.unknown or word.unknown.startswith("{")


@given(st.text(st.sampled_from("ab1 '\"\\"), max_size=14))
def test_plain_and_quoted_parts_make_the_words_of_shlex(text: str) -> None:
    """Where shlex can split a line, its words are ours."""
    try:
        expected = shlex.split(text)
    except ValueError:
        return
    assert [word.text for command in shell.commands(text) for word in command] == expected
