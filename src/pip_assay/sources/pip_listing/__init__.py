"""What pip says of an environment: `pip inspect`, `pip list` (JSON or columns) and `pip install --report`.

They come from standard input or in a file of any name, so their content tells them. `pip freeze` and
`pip list --format freeze` write requirements files, which `sources.requirements` reads.
"""

from pip_assay.model import Inventory, Problem
from pip_assay.sources.documents import bounded_json
from pip_assay.sources.pip_listing import columns, documents

KIND = "pip listing"


def recognises(_: str) -> bool:
    """Return that no name of a file tells that it is such a listing."""
    return False


def is_one(start: bytes) -> bool:
    """Return whether content that starts so is such a listing."""
    text = _beginning(start)
    return documents.is_one(text) if text[:1] in ("{", "[") else columns.is_one(text)


def read(path: str, *, target: str = "") -> Inventory:
    """Return everything that the listing holds. It never raises: what is wrong is a problem."""
    content = bounded_json.read_file(path)
    if isinstance(content, Problem):
        return Inventory(target or path, KIND, problems=(content,))
    return parse(content, path, target=target)


def parse(content: bytes, file: str, *, target: str = "") -> Inventory:
    """Return everything that a listing with this content holds."""
    reader = documents if _beginning(content[:4096])[:1] in ("{", "[") else columns
    listed = reader.read(content, file)
    return Inventory(target or file, KIND, listed.dependencies, listed.problems, listed.detail)


def _beginning(start: bytes) -> str:
    """Return the text without what is before it; in UTF-16, as PowerShell writes files, every other byte is zero."""
    return start.replace(b"\0", b"").decode("utf-8", "replace").lstrip("\ufeff\ufffd \t\r\n")
