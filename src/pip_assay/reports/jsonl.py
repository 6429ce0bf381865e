"""JSON Lines: one report for each target, each the whole of what `json` says of it, for fleets of any size."""

from pip_assay.model import Audit, Data, Report
from pip_assay.reports import Section, Style
from pip_assay.reports import json as document
from pip_assay.reports.summary import Tally

NAME = "jsonl"
MANIFEST = True
AUTO = True


def render(report: Report, style: Style) -> str:
    """Return a line for each target, and one for what the report says of none."""
    stream = Stream(style)
    lines = [stream.add(section(audit, report.data, style)) for audit in report.audits]
    return "".join(filter(None, (*lines, stream.end(report))))  # a single text is not copied


def section(audit: Audit, data: Data, style: Style) -> Section:
    """Return the line of one target, and its numbers."""
    tally = Tally()
    tally.add(audit)
    return Section(document.render(Report((audit,), data=data), style), tally)


class Stream:
    """A report that is written target by target."""

    def __init__(self, style: Style) -> None:
        self._style = style

    def add(self, section: Section) -> str:
        """Return the line of one more target."""
        return section.text

    def end(self, report: Report) -> str:
        """Return a last line, without a target, where the report says something of none."""
        if not (report.problems or report.left_out):
            return ""
        return document.render(report._replace(audits=()), self._style, whole=not report.problems)
