"""A report that was kept: our JSON, or our JSON Lines. Of it, only what was found and what was there is read."""

import json
import re
from collections.abc import Iterable, Iterator

from pip_assay import files
from pip_assay.baselines import Known
from pip_assay.errors import Unreadable, UsageError
from pip_assay.model import Change, Pin
from pip_assay.policy import baseline
from pip_assay.policy.baseline import Before
from pip_assay.values import Any

LIMIT = 256 * 1024 * 1024

_WRITE = "write one: pip-assay -f json=FILE"

_Object = dict[str, Any]


def read(path: str, folder: str, failing: tuple[Change, ...]) -> Known:
    """Return what the report says, whose paths begin at `folder`; one of an incomplete audit is told to be that.

    Raises:
        UsageError: the file cannot be read, or is no report of this version of the schema.
    """
    try:
        content = files.read_bytes(path, LIMIT, pipe=True)
    except Unreadable as error:
        raise UsageError(error.what, path, error.hint) from None
    documents = [_checked(each, path) for each in _documents(content, path)]
    try:
        findings = [found for each in documents for found in _findings(each)]
        releases = [there for each in documents for there in _releases(each)]
        whole = all(each["status"] == "complete" for each in documents)
    except (KeyError, TypeError) as error:
        raise UsageError(f"is no whole report ({_fault(error)})", path, _WRITE) from None
    notes = () if whole else (f"{path}: is of an incomplete audit; what it did not see counts as introduced",)
    return Known(baseline.made(f"--baseline {path}", folder, findings, releases, failing), notes)


def _documents(content: bytes, path: str) -> list[Any]:
    """Return the values in a file: one of JSON, one a line of JSON Lines."""
    try:
        text = content.decode(json.detect_encoding(content))  # PowerShell's ">" writes UTF-16
        try:
            found = [json.loads(text)]
        except json.JSONDecodeError:
            found = [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError) as error:
        raise UsageError(f"is not JSON ({files.reason(error)})", path, _WRITE) from None
    if not found:
        raise UsageError("is empty", path, _WRITE)
    return found


def _checked(document: object, path: str) -> _Object:
    """Return a document that is a report of ours, of a version that is known."""
    if not isinstance(document, dict) or not isinstance(document.get("tool"), dict):
        raise UsageError("is no report of pip-assay", path, _WRITE)
    version = document.get("schema_version")
    if document["tool"].get("name") != "pip-assay" or not isinstance(version, str) or "targets" not in document:
        raise UsageError("is no report of pip-assay", path, _WRITE)
    if not re.fullmatch(r"1\.[0-9]+", version):
        hint = "update pip-assay, or write it with this one"
        raise UsageError(f"is a report of another version of the schema ({version})", path, hint)
    return document


def _findings(document: _Object) -> Iterator[tuple[Iterable[str], Pin, Before]]:
    for each in document["findings"]:
        places = [_text(each["target"]), *(_text(place["file"]) for place in each["places"])]
        ids = frozenset((_text(each["id"]), *map(_text, each["aliases"])))
        yield places, _pin(each["package"]), Before(ids, carrier=_carrier(each))


def _releases(document: _Object) -> Iterator[tuple[str, Pin, str]]:
    """Yield what was audited in each target; of what was not, nobody can tell whether a flaw of it is new."""
    audited = {
        Pin(_text(each["ecosystem"]), _text(each["name"]), _text(each["written_version"]))
        for each in document["dependencies"]
        if each["audited"]
    }
    for target in document["targets"]:
        for each in target["dependencies"]:
            pin = _pin(each["package"])
            if pin in audited and not each["skipped"]:
                yield _text(target["target"]), pin, _carrier(each)


def _pin(package: _Object) -> Pin:
    return Pin(_text(package["ecosystem"]), _text(package["name"]), _text(package["version"]))


def _carrier(told: _Object) -> str:
    """Return the name of what a release is inside of, empty for nothing."""
    return _text(told["inside"]["name"]) if told["inside"] else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("something in it is no text")
    return value


def _fault(error: Exception) -> str:
    return f"it lacks {error}" if isinstance(error, KeyError) else "something in it is of another kind"
