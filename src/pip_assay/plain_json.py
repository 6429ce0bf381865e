"""JSON read without the import of `json`, whose scanner for Pythons without one in C costs an audit 3 ms.

For what is read in every audit; whoever writes JSON, or tells a person where a fault in it is, imports `json`.
"""

from collections.abc import Callable

from pip_assay.values import Any

_BLANK = " \t\n\r"
"""What RFC 8259, 2, allows around a value."""

_CONSTANTS = {"-Infinity": float("-inf"), "Infinity": float("inf"), "NaN": float("nan")}


class _AsByDefault:
    """What `json.loads` tells the scanner in C where nobody asks for anything else."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None
    parse_float = float
    parse_int = int
    parse_constant = _CONSTANTS.__getitem__


try:
    from _json import make_scanner

    _told: Any = _AsByDefault
    _scan: Callable[[str, int], tuple[Any, int]] = make_scanner(_told)
except (ImportError, AttributeError, TypeError):  # a Python without it, or one whose scanner wants to know more
    import json

    _decoder: Any = json.JSONDecoder()
    _scan = _decoder.scan_once


def loads(text: str) -> Any:  # noqa: ANN401 - as that of json
    """Return the value that a JSON text is, as `json.loads` does.

    Raises:
        ValueError: it is not JSON; `json.loads` says where.
        RecursionError: it nests too deeply.
    """
    text = text.strip(_BLANK)
    try:
        value, end = _scan(text, 0)
    except StopIteration:
        raise ValueError("no JSON value") from None
    if end != len(text):
        raise ValueError("something follows the JSON value")
    return value
