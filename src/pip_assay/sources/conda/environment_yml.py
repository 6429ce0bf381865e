"""environment.yml (CEP 24): what a conda environment is to be made of. What its pip part brings in says a resolver."""

import re

from pip_assay.model import UNCOVERED, Dependency, Gap, Pin, Place, Problem
from pip_assay.sources.conda import document, spelled
from pip_assay.sources.conda.entries import CONDA
from pip_assay.sources.conda.plain_yaml import Items
from pip_assay.sources.documents import toml
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.resolve.nouns import Root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.conda.document import Document
    from pip_assay.sources.requirements.options import Given

KIND = "environment.yml"
HINT = "correct it"
ELSEWHERE = "audit the environment that was made of it"

_FILE_NAME = re.compile(r".*environment.*\.ya?ml", re.IGNORECASE)
_PYTHON = re.compile(r"(?:[<>!=~]=?|==)[0-9][0-9.]*(?:\.\*)?(?:,(?:[<>!=~]=?|==)[0-9][0-9.]*(?:\.\*)?)*")


def recognises(name: str) -> bool:
    """Return whether a file of this name may be one: environment.yml, or a YAML file with that word in its name."""
    return _FILE_NAME.fullmatch(name) is not None


def is_one(start: bytes) -> bool:
    """Return whether content that starts so is one."""
    return bool(re.search(rb"(?m)^dependencies:", start) and re.search(rb"(?m)^(?:name|channels|prefix):", start))


def manifest(path: str) -> Manifest:
    """Return what the file asks for. It never raises: what is wrong is a problem."""
    content = document.read_file(path)
    if isinstance(content, Problem):
        return Manifest(problems=(content,))
    return parse(content, path)


def parse(content: bytes, file: str) -> Manifest:
    """Return what `manifest` does, of a file with this content."""
    found = document.read(content, file, HINT)
    return Manifest(problems=(found,)) if isinstance(found, Problem) else _Environment(found, file).manifest()


class _Environment:
    """One file, and what has been found in it so far."""

    def __init__(self, found: "Document", file: str) -> None:
        self._lines = found.lines
        self._file = file
        self._problems: dict[Problem, None] = {}
        self._whole = toml.Table(found.values, file, Place(file), self._problems)
        category = self._whole.text("category")  # of conda-lock
        self._group = f"group:{category}" if category not in {"", "main"} else "runtime"
        self._roots: dict[Root, None] = {}
        self._listed: dict[Dependency, None] = {}
        self._python = ""
        self._index_url = ""
        self._extra_index_urls: list[str] = []

    def manifest(self) -> Manifest:
        """Return all that the file says."""
        asked = self._whole.values.get("dependencies")
        if isinstance(asked, Items):
            for item, line in zip(asked, asked.lines, strict=True):
                self._take(item, line)
        elif asked is not None:
            self._problem("unreadable", '"dependencies" is not a list', Place(self._file))
        if not (self._roots or self._listed or self._problems):
            self._problem("empty", "lists no dependencies", Place(self._file), "name another file")
        return Manifest(
            tuple(self._roots),
            tuple(self._listed),
            python=self._python,
            groups=(self._group,),
            problems=tuple(self._problems),
            index_url=self._index_url,
            extra_index_urls=tuple(self._extra_index_urls),
        )

    def _take(self, item: object, line: int) -> None:
        if isinstance(item, str):
            self._take_spec(item, line)
            return
        if not isinstance(item, dict):
            self._problem("unreadable", "has an entry that is no package", Place(self._file, line))
            return
        for tool, texts in item.items():
            if tool != "pip":
                self._problem(
                    "unreadable", f'what it installs with "{tool[:40]}" was not read', Place(self._file, line)
                )
            elif isinstance(texts, Items):
                for text, where in zip(texts, texts.lines, strict=True):
                    self._take_line(text, where)
            elif texts is not None:
                self._problem("unreadable", '"pip" is not a list', Place(self._file, line))

    def _take_spec(self, text: str, line: int) -> None:
        """Take in what conda is asked for: listed, for no advisory speaks of conda's packages."""
        name, version, limit = spelled.spec(text)
        if not name:
            self._problem("unreadable", "has an entry that is no package", Place(self._file, line))
            return
        if name.lower() == "python":
            self._python = _specifier(limit)
        pin = Pin(CONDA, name.lower(), version)
        place = self._place(name, line)
        self._listed[
            Dependency(pin, place, (self._group,), direct=True, skipped=UNCOVERED, spelling=name)
        ] = None  # fmt: skip

    def _take_line(self, text: object, line: int) -> None:
        """Take in a line of the pip part, which pip reads as one of a requirements file."""
        from pip_assay.sources.requirements import asked, lines

        place = self._place(str(text).split(" ", 1)[0], line)
        logical = next(lines.logical_lines([text]), None) if isinstance(text, str) and "\n" not in text else None
        if logical is None:
            self._problem("unreadable", "has an entry in its pip part that is no requirement", place)
            return
        wanted = asked.asked_for(logical.text)
        if not wanted.text:
            self._take_options(wanted.given, place)
            return
        physical = self._lines[line - 1] if line <= len(self._lines) else ""
        found = asked.requirement_of(wanted, wanted.text, place, physical, via=(), compiled=False)
        if found is None:
            self._problems[asked.no_requirement(wanted.text, place)] = None
            return
        hashes = "".join(f" --hash={each}" for each in found.hashes)
        root = Root(f"{'-e ' if found.editable else ''}{found.text}{hashes}", found.place, found.name, self._group)
        self._roots[root] = None

    def _take_options(self, given: "Given", place: Place) -> None:
        for name, value in given.pairs:
            if name == "--index-url":
                self._index_url = value
            elif name == "--extra-index-url":
                self._extra_index_urls.append(value)
            elif name in {"--requirement", "--constraint"}:
                self._problem(
                    "unresolved", f"its pip part names {value}, which was not read", place, "audit that file too"
                )
            else:
                self._problem("unresolved", f"its pip part has the option {name}, which was left out", place, ELSEWHERE)
        if given.wrong or given.words or not given.pairs:
            self._problem("unreadable", given.wrong or "has an option that cannot be read", place)

    def _place(self, spelling: str, line: int) -> Place:
        """Return where the line spells it; the whole file where it does not as it is."""
        column = self._lines[line - 1].find(spelling) if line <= len(self._lines) else -1
        return Place(self._file, line, column + 1) if column >= 0 else Place(self._file)

    def _problem(self, gap: Gap, what: str, place: Place, hint: str = HINT) -> None:
        self._problems[Problem(gap, what, place, hint, self._file)] = None


def _specifier(limit: str) -> str:
    """Return what limits Python as a PEP 440 specifier; empty where it cannot be said so.

    conda's "=3.11" means any 3.11, and so do people who write "python 3.11".
    """
    if limit.startswith("=") and not limit.startswith("=="):
        limit = f"={limit}" if limit.endswith(".*") or limit.count(".") > 1 else f"={limit}.*"
    return limit if _PYTHON.fullmatch(limit) else ""
