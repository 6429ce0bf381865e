"""Dockerfile (Containerfile): the commands of its RUN instructions, with the place of every word.

The rules are those of the Dockerfile reference: parser directives, line continuation, comments, shell form, exec form,
here-documents.
"""

import re

from pip_assay.sources.documents import bounded_json, json_places
from pip_assay.sources.hints.shell import Script, script

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    _Piece = tuple[str, int, int]

_DIRECTIVE = r"\s*#\s*([a-z]+)\s*=\s*(\S+)\s*"
_HEREDOC = re.compile(r"(?<!<)<<(-?)([\"']?)([A-Za-z_][A-Za-z0-9_.]*)\2")
_RUN = r"(?is)\s*(?:ONBUILD\s+)?RUN\s+((?:--[a-z]+(?:=\S*)?\s+)*)"
_WITH_HEREDOC = r"(?i)\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s"
_SHELL_OF_HEREDOC = r"(?:(?:\S*/)?(?:ba|da|a|z|k)?sh(?:\s+-\S*)*)?"
_OTHER_PROGRAM = r"\t*#!(?!.*sh\b)"


def scripts(text: str) -> "Iterator[Script]":
    """Yield what each RUN instruction hands to a shell."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    escape = _escape(lines)
    at = 0
    while at < len(lines):
        pieces, at = _instruction(lines, at, escape)
        whole = "".join(piece for piece, _, _ in pieces)
        bodies = []
        if re.match(_WITH_HEREDOC, whole):
            for found in _HEREDOC.finditer(whole):
                body, at = _body(lines, at, found[3], strip=bool(found[1]))
                bodies.append(body)
        if run := re.match(_RUN, whole):
            yield from _run(script(pieces), run.end(), bodies)


def _escape(lines: "Sequence[str]") -> str:
    """Return the character that continues a line: parser directives stand before everything else."""
    for line in lines:
        directive = re.fullmatch(_DIRECTIVE, line, re.IGNORECASE)
        if directive is None:
            break
        if directive[1].lower() == "escape" and directive[2] in ("\\", "`"):
            return directive[2]
    return "\\"


def _instruction(lines: "Sequence[str]", at: int, escape: str) -> "tuple[list[_Piece], int]":
    """Return the pieces of the instruction that starts at this line, and the line after it.

    Comments and empty lines between its lines are no part of it.
    """
    pieces: list[_Piece] = []
    for number in range(at, len(lines)):
        line = lines[number].rstrip()
        if line.lstrip()[:1] not in ("", "#"):
            pieces.append((line.removesuffix(escape), number + 1, 1))
            if not line.endswith(escape):
                return pieces, number + 1
        elif not pieces:
            return [], number + 1
    return pieces, len(lines)


def _body(lines: "Sequence[str]", at: int, end: str, *, strip: bool) -> "tuple[list[_Piece], int]":
    """Return the lines of a here-document, and the line after it."""
    pieces: list[_Piece] = []
    for number in range(at, len(lines)):
        line = lines[number]
        if (line.lstrip("\t") if strip else line) == end:
            return pieces, number + 1
        pieces.append((f"{line}\n", number + 1, 1))
    return pieces, len(lines)


def _run(whole: Script, start: int, bodies: "list[list[_Piece]]") -> "Iterator[Script]":
    rest = whole.text[start:]
    yield _exec_form(whole, start) or whole._replace(text=" " * start + rest)
    if re.fullmatch(_SHELL_OF_HEREDOC, rest.partition("<<")[0].strip()):
        yield from (script(body) for body in bodies if not body or re.match(_OTHER_PROGRAM, body[0][0]) is None)


def _exec_form(whole: Script, start: int) -> Script | None:
    """Return the words of a JSON list as a script of quoted words, each at its place."""
    rest = whole.text[start:]
    words = bounded_json.parse(rest, "", "") if rest.startswith("[") else None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    places = json_places.find(rest, "", {(number,): "" for number in range(len(words))})
    return script(
        [
            ("'{}' ".format(word.replace("'", "'\"'\"'")), *whole.place(start + place.column - 1))
            for word, place in zip(words, places.values(), strict=True)
        ]
    )
