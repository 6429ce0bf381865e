"""A long text, made piece by piece."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.reports.long_text import LongText

SOURCE = Path(__file__).resolve().parents[2] / "src"

ASCII = st.text(st.characters(codec="ascii"), max_size=9)


@given(st.lists(ASCII), ASCII, ASCII, ASCII)
def test_the_whole_is_the_pieces_joined(pieces: list[str], between: str, head: str, end: str) -> None:
    """Whatever the pieces, empty ones too, the text is what `join` makes of them."""
    made = LongText()
    for piece in pieces:
        made.add(piece, between)
    assert made.pieces == len(pieces)
    assert made.whole(head, end) == head + between.join(pieces) + end


MEASURED = """
import sys, tracemalloc
sys.path[:0] = [{source!r}]
from pip_assay.reports.long_text import LongText
tracemalloc.start()
made = LongText()
for number in range(10_000):
    made.add(f"{{number}} " * 400)
text = made.whole("head ", " end")
print(len(text), tracemalloc.get_traced_memory()[1])
"""


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="elsewhere a text does not grow where it is")
def test_it_is_never_held_twice() -> None:
    """20 MB of text, made from pieces that come one by one, take little more than 20 MB; where nothing traces it."""
    program = [sys.executable, "-I", "-c", MEASURED.format(source=str(SOURCE))]
    length, peak = map(int, subprocess.run(program, capture_output=True, text=True, check=True).stdout.split())
    assert length > 15_000_000
    assert peak < 1.2 * length
