"""HTML that cannot be broken out of: every text is made harmless where it becomes a part of an element."""

import re
from collections.abc import Sequence
from html import escape

from pip_assay.credentials import without_credentials
from pip_assay.reports.text import advisory_address, count, neutral

LINE = 2_000
"""Characters that a text gets at most which stands on one line: a name, a summary, a reason."""

LISTED = 20
"""Of things that belong to one finding or package, more than this are counted and not named."""

_LONGEST_ADDRESS = 2_000
_ADDRESS = r"https?://[^\s/?#@\\]+(?:[/?#][!-~]*)?"
"""A page to link to: no scheme but these, no white space, and no user name that makes it look like another site's."""

_NO_CHARACTERS = (
    "[\ufdd0-\ufdef" + "".join(chr(plane << 16 | last) for plane in range(17) for last in (65534, 65535)) + "]"
)
"""The code points that are no characters, and that HTML does not allow."""

_VOID = frozenset({"link", "meta", "input", "br"})


class Markup(str):
    """Finished HTML. Whatever else is a `str` is text, and is escaped when it becomes a part of an element."""

    __slots__ = ()


NOTHING = Markup()


def element(tag: str, /, *children: str, **attributes: str | bool) -> Markup:
    """Return an element; `data_x` is the attribute data-x, `class_` is class, True has no value, False is left out."""
    start = f"<{tag}{''.join(_attribute(key, value) for key, value in attributes.items() if value is not False)}>"
    return Markup(start if tag in _VOID else f"{start}{join(*children)}</{tag}>")


def join(*parts: str) -> Markup:
    """Return the parts one after the other; those that are no markup are escaped."""
    return Markup("".join([part if part.__class__ is Markup else safe(part) for part in parts]))


def safe(text: str, limit: int = LINE) -> Markup:
    """Return the text on one line, harmless, escaped, and cut at the limit with a note that says so."""
    left_out = len(text) - limit
    text = text if left_out <= 0 else text[:limit]
    escaped = escaped_line(text)
    return Markup(escaped if left_out <= 0 else f"{escaped} [... {left_out:,} more characters are left out]")


def escaped_line(text: str) -> str:
    """Return one line of text for HTML, without what a terminal, a browser or a build server obeys.

    A build server obeys "::" at the start of a line and "##[" anywhere (text.harmless_lines); a character reference
    shows the same text.
    """
    if not text.isprintable():
        text = re.sub(_NO_CHARACTERS, "\ufffd", neutral(text))
    return escape(text).replace("::", ":&#58;").replace("##", "#&#35;")


def link(text: str, address: str) -> Markup:
    """Return a link to a page of the internet; the text alone where the address is none that is safe to open."""
    if len(address) > _LONGEST_ADDRESS or not re.fullmatch(_ADDRESS, address, re.IGNORECASE):
        return safe(text)
    return element("a", text, href=address, rel="noopener noreferrer nofollow")


def web_address(address: str) -> Markup:
    """Return an address that a stranger published, as a link to where it says that it leads."""
    shown = without_credentials(address)
    return link(shown, shown) if shown == address.strip() else safe(shown)


def identifier(text: str) -> Markup:
    """Return the id of an advisory as a link to its page."""
    return link(text, advisory_address(text))


def badge(word: str, *looks: str) -> Markup:
    """Return a short word that stands out; the looks are classes of the style sheet."""
    return element("span", word, class_=" ".join(("badge", *looks)))


def hidden(text: str) -> Markup:
    """Return text for those who hear the page, which those who see it do not need."""
    return element("span", text, class_="heard")


def between(parts: Sequence[str], mark: str) -> Markup:
    """Return the parts with the mark between them."""
    return join(*[piece for part in parts for piece in (Markup(mark), part)][1:])


def commas(parts: Sequence[str]) -> Markup:
    """Return the parts with commas between them; how many more there are than LISTED is said."""
    more = f" and {len(parts) - LISTED:,} more" if len(parts) > LISTED else ""
    return join(between(parts[:LISTED], ", "), more)


def many(number: int, noun: str) -> str:
    """Return the number with its noun: "12,000 findings"."""
    return f"{number:,} {count(number, noun).partition(' ')[2]}"


def more_than(number: int, noun: str) -> Markup:
    """Return the sentence that says how many things the page does not show, and what does; nothing for none."""
    if number <= 0:
        return NOTHING
    verb = "is" if number == 1 else "are"
    told = f"{many(number, f'more {noun}')} {verb} not shown on this page"
    return element("p", f"{told}; the JSON report (-f json) holds everything.", class_="note")


def pairs(*rows: tuple[str, str]) -> Markup:
    """Return terms and what is said of them, as a list; those of which nothing is said are left out."""
    listed = [element("div", element("dt", term), element("dd", said)) for term, said in rows if said]
    return element("dl", *listed) if listed else NOTHING


def bulleted(items: Sequence[Markup], **attributes: str | bool) -> Markup:
    """Return a list; nothing where there are no items."""
    return element("ul", *(element("li", item) for item in items), **attributes) if items else NOTHING


def folded(label: str, *content: str, **attributes: str | bool) -> Markup:
    """Return what is there when somebody asks for it."""
    return element("details", element("summary", label), *content, **attributes)


def table(label: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """Return a table whose first column names the row, in a box that those without a mouse can move, too."""
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", each) for each in row[1:])) for row in rows
    ]
    made = element("table", element("thead", head), element("tbody", *body))
    return element("div", made, class_="wide", tabindex="0", role="region", aria_label=label)


def section(name: str, title: str, *content: str) -> Markup:
    """Return a part of the page with its heading; `name` is its id."""
    heading = element("h2", title, id=f"{name}-title")
    return element("section", heading, *content, id=name, aria_labelledby=f"{name}-title")


def _attribute(name: str, value: str | bool) -> str:
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escaped_line(str(value))}"'
