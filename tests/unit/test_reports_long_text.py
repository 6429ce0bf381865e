"""A long text, made piece by piece."""

import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.reports.long_text import LongText

ASCII = st.text(st.characters(codec="ascii"), max_size=9)


@given(st.lists(ASCII), ASCII, ASCII, ASCII)
def test_the_whole_is_the_pieces_joined(pieces: list[str], between: str, head: str, end: str) -> None:
    """Whatever the pieces, empty ones too, the text is what `join` makes of them."""
    made = LongText()
    for piece in pieces:
        made.add(piece, between)
    assert made.pieces == len(pieces)
    assert made.whole(head, end) == head + between.join(pieces) + end


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="elsewhere a text does not grow where it is")
def test_it_is_never_held_twice() -> None:
    """20 MB of text, made from pieces that come one by one, take little more than 20 MB."""
    tracemalloc.start()
    try:
        made = LongText()
        for number in range(10_000):
            made.add(f"{number} " * 400)
        text = made.whole("head ", " end")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(text) > 15_000_000
    assert peak < 1.2 * len(text)
