"""VEX documents on the disk."""

from pip_assay import vex
from pip_assay.model import Problem
from pip_assay.sources.documents import bounded_json

HINT = "give OpenVEX, or CycloneDX or CSAF as JSON"


def statements(path: str) -> tuple[list[vex.Statement], list[Problem]]:
    """Return the statements of a file, and what could not be read of it. It never raises."""
    content = bounded_json.read_file(path)
    document = content if isinstance(content, Problem) else bounded_json.read(content, path, HINT)
    return ([], [document]) if isinstance(document, Problem) else vex.read(document, path)
