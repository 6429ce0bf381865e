"""Report formats: each turns a Report into text. None reads a file, asks a server or knows a source."""

from pip_assay.errors import UsageError
from pip_assay.values import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pip_assay.model import Audit, Data, Report
    from pip_assay.reports.summary import Tally
else:
    Protocol = object


class Style(NamedTuple):
    """How a report may look. Words carry the meaning without any of it.

    color         ANSI colours may be used.
    links         OSC 8 links may be used.
    width         columns of the screen; summaries are shortened to it, names and ids never are.
    unicode       False where the output's encoding holds ASCII alone.
    descriptions  what an advisory says at length is shown.
    aliases       every alias is shown.
    verbose       0, or more to show all places, paths and problems one by one.
    quiet         1 for findings, problems and the closing line alone, 2 for the closing line alone; of terminal only.
    link_site     address of the index's site, for links to projects; empty for none.
    author        who speaks in a VEX document.
    now           RFC 3339 time of the run, for `pip-assay vex`; empty elsewhere: reports have no clock.
    folders       what is below one of them is named as seen from it; of sarif, gitlab, github and junit only.
    in_file       the report has a file of its own: what goes to stderr is in it; of columns, markdown and github only.
    spec_version  the version of the format, where it has several: "1.7" of CycloneDX; empty for the usual one.
    """

    color: bool = False
    links: bool = False
    width: int = 100
    unicode: bool = True
    descriptions: bool = False
    aliases: bool = False
    verbose: int = 0
    quiet: int = 0
    link_site: str = ""
    spec_version: str = ""
    author: str = "pip-assay"
    now: str = ""
    folders: tuple[str, ...] = ()
    in_file: bool = False


class Named(Protocol):
    """What a style depends on.

    AUTO  whether descriptions and aliases are shown when nobody says; pip-audit's "auto" of --desc and --aliases.
    """

    NAME: str
    AUTO: bool


class Format(Named, Protocol):
    """What a report format's module holds.

    MANIFEST  whether the report is written even when there is nothing to tell.
    """

    MANIFEST: bool

    def render(self, report: "Report", style: Style) -> str:
        """Return the report as text that ends with a newline; empty when there is nothing to tell."""
        raise NotImplementedError


class Section(NamedTuple):
    """One target of a report that is written target by target; it is made where the audit was.

    text   what is written of it.
    tally  its numbers (summary.Tally).
    steps  what it says about what to do next, in the format's own way.
    """

    text: str
    tally: "Tally"
    steps: object = None


class Stream(Protocol):
    """A report that is written target by target. Its format's module also has `section(audit, data, style)`."""

    def add(self, section: Section) -> str:
        """Return the text of one more target."""
        raise NotImplementedError

    def end(self, report: "Report") -> str:
        """Return what stands after all targets, about what the report says of none of them."""
        raise NotImplementedError


FORMATS = (
    "terminal",
    "columns",
    "markdown",
    "json",
    "jsonl",
    "sarif",
    "cyclonedx-json",
    "cyclonedx-xml",
    "spdx",
    "gitlab",
    "junit",
    "github",
    "openvex",
    "html",
)
"""Every format, by the name of its module in this folder, which has "_" for "-". The first is the default."""

STREAMED = ("terminal", "jsonl")
"""Those that can be written target by target, and need no memory for those that are written."""


def load(name: str) -> Format:
    """Return the module of the format, imported only now.

    Raises:
        UsageError: there is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"there is no report format {name!r}", hint=f"choose one of: {', '.join(FORMATS)}")
    chosen: Any = __import__(f"{__name__}.{name.replace('-', '_')}", fromlist=("render",))
    loaded: Format = chosen
    return loaded


def stream(name: str, style: Style) -> Stream | None:
    """Return the report of a format to be written target by target; None where it has to be known as a whole."""
    if name not in STREAMED:
        return None
    chosen: Any = load(name)
    made: Stream = chosen.Stream(style)
    return made


def section(name: str, audit: "Audit", data: "Data", style: Style) -> Section:
    """Return one target of a report of a format that is written target by target."""
    chosen: Any = load(name)
    made: Section = chosen.section(audit, data, style)
    return made
