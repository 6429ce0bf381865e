"""`pip-assay convert FILE ...`: reports that were saved as JSON, in any other format, without another audit."""

import json
import os
import sys
from collections.abc import Iterator, Sequence

from pip_assay import files
from pip_assay.cli import options, output
from pip_assay.errors import Unreadable
from pip_assay.model import Problem, Report
from pip_assay.reports import saved
from pip_assay.reports.members import Malformed
from pip_assay.sources.documents import bounded_json

USAGE = "pip-assay convert FILE ... [-f FORMAT[=FILE] ...] [-o FILE]"
ABOUT = """\
Write reports that were saved with -f json or -f jsonl in other formats. Nothing is audited and
nothing looked up: the same bytes come out as would have come out of the audit. Several files
become one report, in their order; - reads standard input.
"""
ENDING = """\
exit codes: 0 converted, whatever was found; 2 wrong usage; 3 a file cannot be read, or is no
report, and nothing was written.
"""

LIMIT = 512 * 1024 * 1024
"""Of one file: some 100,000 findings."""

STDIN = "standard input"
HINT = "save the report again with -f json"


def run(arguments: Sequence[str]) -> int:
    """Return 0 when everything was converted. The exit code of the audit is the audit's own."""
    found = _parser().parse_args(arguments)
    options.settings(found)  # refuses wrong values
    output.outputs(found)
    return output.write(_read(found.files), found)


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"convert": _parser()}


def _parser() -> options.Parser:
    parser = options.parser("convert", ABOUT, USAGE)
    parser.epilog = ENDING
    parser.add_argument("files", nargs="+", metavar="FILE", help="a report, as -f json or -f jsonl writes it")
    options.add_output(parser.add_argument_group("the report"), os.environ)
    return parser


def _read(paths: Sequence[str]) -> Report:
    """Return the reports of all files as one.

    Raises:
        Unreadable: one of them cannot be read, or is no report.
    """
    found = [report for path in paths for report in _reports(path)]
    try:
        return saved.merged(found)
    except Malformed as error:
        raise Unreadable(f"the reports {error}", hint=error.hint) from None


def _content(path: str) -> bytes:
    if path != "-":
        return files.read_bytes(path, LIMIT, pipe=True)
    content = files.read_at_most(sys.stdin.buffer, LIMIT) if sys.stdin else b""
    if content is None:
        raise Unreadable(f"is larger than {files.size(LIMIT)}", STDIN, "it was not read")
    return content


def _text(path: str, where: str) -> str:
    content = _content(path)
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError:
        raise Unreadable("is not text in UTF-8, as JSON must be", where, HINT) from None
    if not text or text.isspace():
        raise Unreadable("is empty", where, HINT)
    return text


def _reports(path: str) -> Iterator[Report]:
    """Yield the report that a file holds, or of JSON Lines that of each line."""
    where = STDIN if path == "-" else path
    text = _text(path, where)
    end = text.find("\n")
    if end < 0 or not (text.startswith("{") and text[:end].rstrip().endswith("}") and text[end:].strip()):
        yield _report(text, where)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _report(line, f"{where}:{number}")


def _report(text: str, where: str) -> Report:
    document = bounded_json.parse(text, where, HINT)
    if isinstance(document, Problem):
        raise Unreadable(document.what, str(document.place), document.hint)
    try:
        return saved.report(document)
    except Malformed as error:
        raise Unreadable(str(error), where, error.hint or HINT) from None
