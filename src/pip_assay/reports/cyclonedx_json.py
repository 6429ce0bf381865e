"""CycloneDX as JSON, on one line of ASCII."""

from pip_assay.model import Report
from pip_assay.reports import Style
from pip_assay.reports.bill import as_json
from pip_assay.reports.cyclonedx import written

NAME = "cyclonedx-json"
MANIFEST = True
AUTO = True


def render(report: Report, style: Style) -> str:
    """Return the bill of materials with its vulnerabilities.

    Raises:
        UsageError: the style asks for a version of CycloneDX that is not written.
    """
    made, flaws = written(report, style, ", ")
    head = as_json(made)[:-1]
    del made  # it is as long as its text, many times
    return flaws.whole(f'{head}, "vulnerabilities": [', "]}\n")
