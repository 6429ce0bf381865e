"""JSON Lines: one report for each target, each the whole of what `json` says of it, for fleets of any size."""

from pip_assay.model import Audit, Data, Report
from pip_assay.reports import Style
from pip_assay.reports import json as document

NAME = "jsonl"
MANIFEST = True
AUTO = True


def render(report: Report, style: Style) -> str:
    """Return a line for each target, and one for what the report says of none."""
    stream = Stream(style)
    return "".join((*(stream.add(audit, report.data) for audit in report.audits), stream.end(report)))


class Stream:
    """A report that is written target by target."""

    def __init__(self, style: Style) -> None:
        self._style = style

    def add(self, audit: Audit, data: Data) -> str:
        """Return the line of one more target."""
        return document.render(Report((audit,), data=data), self._style)

    def end(self, report: Report) -> str:
        """Return a last line, without a target, where the report says something of none."""
        if not (report.problems or report.left_out):
            return ""
        return document.render(report._replace(audits=()), self._style, whole=not report.problems)
