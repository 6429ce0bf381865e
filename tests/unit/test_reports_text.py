"""Text from strangers made harmless, and laid out."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.reports import Style
from pip_assay.reports.text import (
    advisory_address,
    count,
    finished,
    harmless_lines,
    link,
    neutral,
    paint,
    paragraphs,
    project_address,
    screen_width,
    shorten,
    wrap,
)
from tests.report_strategies import FORBIDDEN, nasty, obeyed


@given(nasty | st.text())
def test_neutral_leaves_nothing_to_obey_and_nothing_hidden(text: str) -> None:
    """Neutral text is one line without controls, surrogates, separators, bidi controls or invisible characters."""
    assert not set(neutral(text)) & (FORBIDDEN | {"\n"})


@given(nasty | st.text())
def test_neutral_text_is_not_changed_again(text: str) -> None:
    """Making text neutral twice is making it neutral once."""
    assert neutral(neutral(text)) == neutral(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "M", "Zs"])))
def test_ordinary_text_is_not_changed(text: str) -> None:
    """Letters, digits, marks, punctuation, symbols and spaces of any script stay."""
    assert neutral(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\r\nc\td", "a b c d"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("see \x1b]8;;https://evil.example\x1b\\this\x1b]8;;\x1b\\", "see this"),
        ("\x1b]0;title\x07after", "after"),
        ("an unfinished \x1b]0;command hides nothing", "an unfinished ]0;command hides nothing"),
        ("\x1b\x1b[31m[32mx", "[32mx"),
        ("ta\U000e0041g", "tag"),
        ("lone \ud800 surrogate", "lone  surrogate"),
    ],
)
def test_neutral(text: str, expected: str) -> None:
    """A break becomes one space; a whole escape sequence goes; what it only pretends to hide is shown."""
    assert neutral(text) == expected


def test_paragraphs_keep_the_lines_of_a_text() -> None:
    """Each line stands alone, trimmed and neutral."""
    assert paragraphs("\n one\x1b[31m \r\n\r\n two\x85three\n") == ["one", "", "two", "three"]


@given(st.lists(nasty, max_size=6).map("\n".join))
def test_no_line_is_a_command_to_a_build_server(output: str) -> None:
    """Whatever the output holds, no line of it is one that GitHub, Azure or TeamCity obeys."""
    assert not [line for line in harmless_lines(output).split("\n") if obeyed(line)]


@pytest.mark.parametrize("line", ["std::string is safe", "a ## b [c]", "## Impact", "error: x", "a::b::c"])
def test_a_line_that_is_no_command_stays(line: str) -> None:
    """Text that only resembles a command is not touched."""
    assert harmless_lines(line) == line


@given(st.text(), st.integers(1, 60))
def test_wrapped_lines_hold_every_word_and_fit(text: str, width: int) -> None:
    """The words come in order, nothing is lost, and only a single word may be wider than the line."""
    lines = list(wrap(text, width))
    assert " ".join(lines).split() == text.split()
    assert not [line for line in lines if screen_width(line) > width and len(line.split()) > 1]


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"])), st.integers(4, 60), st.booleans())
def test_shortened_text_fits_and_begins_as_the_text_does(text: str, width: int, unicode: bool) -> None:
    """What fits is not touched; what does not is cut, and an ellipsis says so."""
    short = shorten(text, width, Style(unicode=unicode))
    assert screen_width(short) <= width
    if screen_width(text) <= width:
        assert short == text
    else:
        ellipsis = "…" if unicode else "..."
        assert short.endswith(ellipsis)
        assert text.startswith(short.removesuffix(ellipsis))


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("é", 1), ("", 0)])
def test_screen_width(text: str, width: int) -> None:
    """Wide characters take two columns, combining marks none."""
    assert screen_width(text) == width


@given(nasty | st.text(st.characters(exclude_categories=["Cs"])))
def test_addresses_are_quoted_as_the_standard_library_quotes(text: str) -> None:
    """No id and no name can end the address that is made of it."""
    expected = quote(text, safe="", errors="replace")
    assert advisory_address(text) == f"https://osv.dev/vulnerability/{expected}"
    assert (
        project_address(text, Style(link_site="https://index.example/")) == f"https://index.example/project/{expected}/"
    )


def test_colours_and_links_only_where_they_may_be() -> None:
    """Without permission, text stays text; without an address, there is no link."""
    assert paint("x", "1", Style()) == link("x", "https://osv.dev/x", Style()) == "x"
    assert link("x", "", Style(links=True)) == "x"
    assert paint("x", "1", Style(color=True)) == "\x1b[1mx\x1b[0m"
    assert link("x", "https://osv.dev/x", Style(links=True)) == "\x1b]8;;https://osv.dev/x\x1b\\x\x1b]8;;\x1b\\"


def test_output_for_an_ascii_stream_is_ascii() -> None:
    """What such a stream cannot hold is spelled out, so that writing it does not fail."""
    assert finished(["é…"], Style(unicode=False)) == "\\xe9\\u2026\n"


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [(1, "finding", "1 finding"), (0, "finding", "0 findings"), (2, "vulnerability", "2 vulnerabilities")],
)
def test_counted_nouns(number: int, noun: str, expected: str) -> None:
    """One is singular, everything else is plural."""
    assert count(number, noun) == expected


def test_many_openings_of_a_command_are_removed_in_a_time_that_grows_with_their_number() -> None:
    """A text of half a megabyte that opens a terminal's command at each character is gone in a moment."""
    assert neutral("\x9d" * 500_000) == ""
    assert neutral("\x1b]" * 250_000) == "]" * 250_000
