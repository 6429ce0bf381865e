"""What commands ask an installer for, as dependencies: only what has one certain version can be audited."""

import re

from pip_assay.model import INDEX, PYPI, UNCOVERED, Dependency, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.hints import installers
from pip_assay.sources.locks import locked
from pip_assay.sources.requirements import addresses
from pip_assay.sources.requirements.line import Parts, parse, parse_editable
from pip_assay.sources.requirements.listing import NAMED_URL, UNNAMED_URL, UNPINNED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.model import Gap
    from pip_assay.sources.hints.installers import Asked
    from pip_assay.sources.hints.shell import Script, Word

HINT = "pin it there, or audit what is installed"

_SHOWN = 100
_NEAR = 65536
"""Characters of a line that are searched for a name: a notebook may be one line."""

_NAME_FIRST = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)[ \t]*(?:\[[^\]]*\][ \t]*)?[=<>!~@;]")
_OF_UV_TOOL = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?)@(latest$|v?[0-9][^@/]*$)")
_OF_CONDA = re.compile(
    r"(?:[^:\s]+::)?([A-Za-z0-9_][A-Za-z0-9_.-]*)[ \t]*(?:={1,2}([A-Za-z0-9_.!+]+)(?:=.*)?|[=<>!~ *].*)?"
)


class Wanted:
    """Collects what the scripts of one file ask for.

    dependencies  one for each release, where it is asked for first.
    problems      keeps the order in which they were found.
    """

    def __init__(self, file: str, text: str) -> None:
        self.dependencies: dict[tuple[Pin, Origin, str], Dependency] = {}
        self.problems: dict[Problem, None] = {}
        self._file = file
        self._lines = text.split("\n")

    def add(self, script: "Script") -> None:
        """Add what each command of the script asks an installer for."""
        for command in installers.asked(script.text):
            index = next((locked.index_origin(each.word.text) for each in command if each.meaning == "index"), INDEX)
            for each in command:
                if each.meaning == "conda":
                    self._add_conda(script, each.word)
                elif each.meaning in ("requirement", "editable"):
                    self._add_requirement(script, each, index)
                elif each.meaning != "index":
                    self._add_list(script, each)

    def _add_requirement(self, script: "Script", asked: "Asked", index: Origin) -> None:
        text, shown = asked.word.text, _shown(asked.word)
        if asked.tool == "uv":
            text = _OF_UV_TOOL.sub(_as_requirement, text)
        if asked.word.unknown:
            self._add_unknown(script, asked.word, index)
            return
        parts = parse_editable(text) if asked.meaning == "editable" else parse(text)
        place = self._place(script, asked.word, parts.spelling if parts else "")
        if parts is None:
            self._report("unreadable", f'asks for "{shown}", which is no requirement', place, "correct it", shown)
        elif parts.kind == "path" and not parts.spelling:
            self._report("unresolved", f"installs {shown}, which was not looked at", place, "audit it too", shown)
        else:
            self._add(_dependency(parts, asked, place, index))

    def _add_unknown(self, script: "Script", word: "Word", index: Origin) -> None:
        """Add a requirement with something in it that only a run fills in: it is listed where it tells the name."""
        found = _NAME_FIRST.match(word.text)
        spelling = found[1] if found else ""
        place = self._place(script, word, spelling)
        filled = addresses.public(word.unknown)
        if spelling:
            pin, skipped = Pin(PYPI, normalise(spelling), ""), f"{filled} is filled in only when it runs"
            self._add(Dependency(pin, place, direct=True, origin=index, skipped=skipped, spelling=spelling))
        else:
            what = f"asks for {_shown(word)}, and {filled} is filled in only when it runs"
            self._report("unpinned", what, place, HINT, filled)

    def _add_conda(self, script: "Script", word: "Word") -> None:
        found = _OF_CONDA.fullmatch(word.text)
        place = self._place(script, word, found[1] if found else "")
        if found is None or word.unknown:
            what = f'asks conda for "{_shown(word)}", which cannot be read'
            self._report("unreadable", what, place, "audit what is installed", _shown(word))
            return
        pin = Pin("conda", found[1].lower(), found[2] or "")
        self._add(Dependency(pin, place, direct=True, skipped=UNCOVERED, spelling=found[1]))

    def _add_list(self, script: "Script", asked: "Asked") -> None:
        """Report a file or a dependency group whose contents are installed: it is another target."""
        shown = _shown(asked.word)
        what = f"installs the dependency group {shown}" if asked.meaning == "group" else f"installs what {shown} lists"
        hint = "audit its project too" if asked.meaning == "group" else f"audit {shown} too"
        self._report("unresolved", f"{what}, which was not looked at", self._place(script, asked.word, ""), hint, shown)

    def _add(self, each: Dependency) -> None:
        self.dependencies.setdefault((each.pin, each.origin, each.marker), each)
        if each.skipped and each.skipped != UNCOVERED:
            what = f"{each.spelling or each.pin.name} cannot be audited: {each.skipped}"
            self._report("unpinned", what, each.place, HINT, each.pin.name)

    def _report(self, gap: "Gap", what: str, place: Place, hint: str, subject: str) -> None:
        self.problems[Problem(gap, what, place, hint, subject)] = None

    def _place(self, script: "Script", word: "Word", name: str) -> Place:
        """Return where the name in the word stands; where the line does not spell it, the file."""
        line, column = script.place(word.start)
        text = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        start = max(column - 1, 0)
        at = text.find(name, start, start + _NEAR)
        at = text.find(name, 0, _NEAR) if at < 0 else at
        return Place(self._file, line, at + 1) if at >= 0 else Place(self._file)


def _dependency(parts: Parts, asked: "Asked", place: Place, index: Origin) -> Dependency:
    """Return what a requirement asks for; one that has no name is called by its address."""
    where = addresses.public(parts.address)
    kind = "editable" if asked.meaning == "editable" else parts.kind
    name = normalise(parts.spelling) or where
    unpinned = (NAMED_URL if parts.spelling else UNNAMED_URL) if parts.address else UNPINNED
    return Dependency(
        Pin(PYPI, name, parts.version),
        place,
        direct=True,
        origin=Origin(kind, where) if parts.address else index,
        marker=parts.marker,
        skipped="" if parts.version else unpinned,
        spelling=parts.spelling,
    )


def _as_requirement(found: re.Match[str]) -> str:
    """Return what uv's tool commands write as NAME@VERSION or NAME@latest in the words of a requirement."""
    return found[1] if found[2] == "latest" else f"{found[1]}=={found[2]}"


def _shown(word: "Word") -> str:
    shown = addresses.public(word.text)
    return f"{shown[:_SHOWN]}..." if len(shown) > _SHOWN else shown
