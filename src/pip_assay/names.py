"""The one spelling of a project's name that is compared (PEP 503)."""

_TO_DASH = str.maketrans("_.", "--")


def normalise(name: str) -> str:
    """Return `name` in PEP 503's normalised form: lower case, each run of "-", "_", "." one "-"."""
    name = name.strip().lower().translate(_TO_DASH)
    while "--" in name:
        name = name.replace("--", "-")
    return name
