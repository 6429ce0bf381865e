"""pip-assay: what Python software is really made of, and which of it has known vulnerabilities.

`audit` is the verb, `Report` the answer; docs/library.md shows their use. These names are the public interface: within
a first number of the version they stay, and values only gain fields at their end. Nothing is imported before it is
used, so that the command stays fast.
"""

__version__ = "0.1.0"

__all__ = [
    "Advisory",
    "Affected",
    "AssayError",
    "Audit",
    "Data",
    "DatabaseError",
    "Dependency",
    "Event",
    "Finding",
    "Fix",
    "Heard",
    "Inventory",
    "LeftOut",
    "NetworkError",
    "NotFound",
    "Notice",
    "Origin",
    "Pin",
    "Place",
    "Problem",
    "Range",
    "Rating",
    "Report",
    "Rule",
    "Signals",
    "Unreadable",
    "Upgrade",
    "UsageError",
    "Verdict",
    "audit",
    "exit_code",
    "render",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.errors import AssayError, DatabaseError, NetworkError, NotFound, Unreadable, UsageError
    from pip_assay.library import audit, exit_code, render
    from pip_assay.model import (
        Audit,
        Data,
        Dependency,
        Finding,
        Fix,
        Heard,
        Inventory,
        LeftOut,
        Notice,
        Origin,
        Pin,
        Place,
        Problem,
        Report,
        Rule,
        Signals,
        Upgrade,
        Verdict,
    )
    from pip_assay.records import Advisory, Affected, Event, Range, Rating
else:

    def __getattr__(name):  # noqa: ANN001, ANN202 - a type checker sees the names themselves
        """Return a public name, imported only now (PEP 562)."""
        if name in __all__:
            from pip_assay import errors, library, model, records

            for room in (library, model, records, errors):
                if name in vars(room):
                    return vars(room)[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():  # noqa: ANN202
        return sorted({*globals(), *__all__})
