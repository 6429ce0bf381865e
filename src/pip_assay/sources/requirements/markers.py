"""Is this an environment marker? Told without importing `packaging` for the markers that lock tools write."""

import re

_WORD = r"(?a)'[^'\\]*'|\"[^\"\\]*\"|[<>=!~]+|\w[\w.]*|[^ \t]"

_KINDS = {
    **dict.fromkeys(("===", "==", "~=", "!=", "<=", ">=", "<", ">", "in"), "o"),
    **dict.fromkeys(("and", "or"), "b"),
    **dict.fromkeys(
        (
            "python_version", "python_full_version", "os_name", "os.name", "sys_platform", "sys.platform",
            "platform_release", "platform_system", "platform_version", "platform.version", "platform_machine",
            "platform.machine", "platform_python_implementation", "platform.python_implementation",
            "python_implementation", "implementation_name", "implementation_version", "extra", "extras",
            "dependency_groups",
        ),
        "v",
    ),
    "(": "(", ")": ")", "not": "n",
}  # fmt: skip


def is_marker(text: str) -> bool:
    """Return whether the text is a marker as the dependency specifiers standard (PEP 508) defines it."""
    return _is_plain(text) or is_valid(f"name; {text}")


def _is_plain(text: str) -> bool:
    """Return whether the text is surely a marker.

    Each token becomes a letter (value, operator, boolean); then comparisons, pairs and groups shrink to one term.
    """
    form = "".join("v" if token[0] in "'\"" else _KINDS.get(token, "?") for token in re.findall(_WORD, text))
    form, before = form.replace("no", "o").replace("vov", "t"), ""
    while form != before:
        form, before = form.replace("tbt", "t").replace("(t)", "t"), form
    return form == "t"


def is_valid(requirement: str) -> bool:
    """Return whether `packaging` can read the requirement; its import alone costs more than a whole audit should."""
    import warnings

    from packaging.requirements import InvalidRequirement, Requirement

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's, about backslashes in a marker's strings
        try:
            Requirement(requirement)
        except (InvalidRequirement, RecursionError):
            return False
    return True
