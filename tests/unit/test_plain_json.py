"""JSON without `json`: the standard library's own reading is the oracle."""

import json
import runpy
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pip_assay import plain_json

Loads = Callable[[str], Any]

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=12,
)
PIECES = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", ",", ":", '"', '"a"', "1", "-", "1.5e3", "NaN", "Infinity", "-Infinity", "true", "nul",
         " ", "\n", "\t", "\r", "\u00a0", "\ufeff", "\\u00e9", "\\ud800", "\x01", "9" * 5000]
    ),
    max_size=7,
).map("".join)  # fmt: skip


def without_c() -> Loads:
    """`loads` as a Python has it that does not bring json's scanner in C."""
    kept = sys.modules.get("_json")
    sys.modules["_json"] = None  # type: ignore[assignment]
    try:
        made: Loads = runpy.run_path(str(plain_json.__file__))["loads"]
    finally:
        del sys.modules["_json"]
        if kept:
            sys.modules["_json"] = kept
    return made


def outcome(loads: Loads, text: str) -> str:
    """What a reading comes to: the value, NaN and all, or that there is none."""
    try:
        return repr(loads(text))
    except ValueError:
        return "no JSON"


@pytest.mark.parametrize("loads", [plain_json.loads, without_c()])
@given(value=VALUES, indent=st.sampled_from([None, 0, 3]), ascii_only=st.booleans())
def test_what_json_writes_is_read_as_json_reads_it(
    loads: Loads, value: object, indent: int | None, ascii_only: bool
) -> None:
    """Values of every kind, written closely or not, with escapes or without."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert repr(loads(f"\r\n\t {text} \n")) == repr(json.loads(text))


@pytest.mark.parametrize("loads", [plain_json.loads, without_c()])
@given(text=PIECES)
@example(text="")
@example(text="1 2")
@example(text='{"a": 1, "a": 2}')
def test_what_is_no_json_is_refused_where_json_refuses_it(loads: Loads, text: str) -> None:
    """Neither takes less, or more, than the other."""
    assert outcome(loads, text) == outcome(json.loads, text)


def test_a_nest_without_end_is_an_error_and_no_crash() -> None:
    """As of json: the interpreter's own bound holds."""
    with pytest.raises(RecursionError):
        plain_json.loads("[" * 200_000)
