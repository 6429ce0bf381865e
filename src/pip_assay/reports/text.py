"""Text from strangers made harmless, and the few ways of laying text out that the formats share."""

import re
from collections.abc import Iterable, Iterator, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.reports import Style

# ECMA-48: a control sequence is CSI, parameters, intermediates, a final byte; OSC runs to BEL or ST. The other
# characters are Unicode's controls, and those that reorder, hide or split text: bidi controls (UAX 9), zero-width
# characters, line and paragraph separators, the byte order mark, surrogates, tags (UTR 36, UTS 39).
_HIDDEN = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d]*(?:\x07|\x1b\\|\x9c)"
    r"|[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
_BREAKS = dict.fromkeys(map(ord, "\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"), " ")


FOLD = 3
"""More things than this of which the same is said become one line."""

ELLIPSIS = "…"
"""The one character beyond ASCII that we put into most lines ourselves; it takes one column."""


def neutral(text: str) -> str:
    """Return the text on one line, without any character that a terminal obeys or a reader cannot see."""
    if text.isprintable():  # false for every character that _HIDDEN names
        return text
    return re.sub(_HIDDEN, "", text.replace("\r\n", "\n").translate(_BREAKS))


def paragraphs(text: str) -> list[str]:
    """Return the lines of the text, each made neutral; blank ones are empty."""
    return [neutral(line).strip() for line in re.split(r"\r\n|[\n\r\v\f\x85\u2028\u2029]", text.strip())]


def harmless_lines(output: str) -> str:
    """Return the output with every command to a build server broken by a space.

    GitHub's runner obeys a line that begins, after white space, with "::", and "##[" anywhere in a line; Azure
    Pipelines and TeamCity obey "##vso[" and "##teamcity[" anywhere.
    """
    if "::" in output:
        output = re.sub(r"^(\s*):(?=:)", r"\1: ", output, flags=re.MULTILINE)
    if "##" in output:
        output = re.sub(r"##(?=\w*\[)", "# #", output)
    return output


def finished(lines: Iterable[str], style: "Style") -> str:
    """Return the lines as one text that ends with a newline; empty when there are none."""
    output = "".join(f"{line}\n" for line in lines)
    output = harmless_lines(output)
    return output if style.unicode else output.encode("ascii", "backslashreplace").decode("ascii")


def screen_width(text: str) -> int:
    """Return the columns that the text takes on a screen: East Asian wide characters take two, marks none."""
    if text.isascii() or text.replace(ELLIPSIS, "").isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def pad(text: str, width: int) -> str:
    """Return the spaces that fill the text up to the width."""
    return " " * (width - screen_width(text))


def shorten(text: str, width: int, style: "Style") -> str:
    """Return the text cut to the width, at a word where one ends near, with an ellipsis where it was cut."""
    if screen_width(text) <= width:
        return text
    ellipsis = ELLIPSIS if style.unicode else "..."
    end = max(0, width - len(ellipsis))
    while screen_width(text[:end]) > width - len(ellipsis):
        end -= 1
    space = text.rfind(" ", max(0, end - 12), end + 1)
    return text[: space if space > 0 else end].rstrip(" ,;:") + ellipsis


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield lines of whole words no wider than the width; a word that is wider stands alone and whole."""
    line, used = "", 0
    for word in text.split():
        size = screen_width(word)
        if line and used + 1 + size > width:
            yield line
            line, used = word, size
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    if line:
        yield line


def columns(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the width of each column: the longest cell's, in characters, as pip-audit counts."""
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def fitted(line: str, labels: Sequence[str], room: int) -> str:
    """Return the line with as many of the labels behind it as fit the room, FOLD at least, and how many are left."""
    shown = min(FOLD, len(labels))
    line += ", ".join(labels[:shown])
    room -= len(" and 99 more")
    while shown < len(labels) and len(f"{line}, {labels[shown]}") <= room:
        line += f", {labels[shown]}"
        shown += 1
    return line + (f" and {len(labels) - shown} more" if shown < len(labels) else "")


def count(number: int, noun: str) -> str:
    """Return the number with its noun: "1 finding", "2 findings", "2 vulnerabilities"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def percent(share: float) -> str:
    """Return a probability as "94.3%"; one that is more than nothing is never told as nothing."""
    shown = f"{share:.1%}"
    return "<0.1%" if share and shown == "0.0%" else shown


def paint(text: str, colour: str, style: "Style") -> str:
    """Return the text in an ANSI colour ("1;31") where colours may be used."""
    return f"\x1b[{colour}m{text}\x1b[0m" if style.color and colour and text else text


def link(text: str, address: str, style: "Style") -> str:
    """Return the text as an OSC 8 link where links may be used and there is an address."""
    return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\" if style.links and address and text else text


def advisory_address(identifier: str) -> str:
    """Return the page of an advisory at OSV."""
    return f"https://osv.dev/vulnerability/{percent_encoded(identifier)}"


def project_address(name: str, style: "Style") -> str:
    """Return the page of a project at the index's site; empty where no site is known."""
    return f"{style.link_site.rstrip('/')}/project/{percent_encoded(name)}/" if style.link_site else ""


def percent_encoded(text: str) -> str:
    """Return the text as one segment of an address: all but its unreserved characters encoded (RFC 3986, 2.3)."""
    return re.sub(r"[^\w.~-]", lambda found: _percent(found[0]), text, flags=re.ASCII)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
