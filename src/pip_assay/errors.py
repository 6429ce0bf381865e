"""What pip-assay raises on purpose, and the exit code of each.

AssayError
├── UsageError       2   the command or a setting is wrong
└── Unreadable       3   something that was asked for could not be looked at
    ├── DatabaseError    the advisory database is absent, broken or of another schema
    └── NetworkError     a server did not answer, or answered what cannot be used
        └── NotFound     the server says that it has no such thing (404, 410)
"""

CLEAN = 0
FINDINGS = 1
USAGE = 2
INCOMPLETE = 3
MALWARE = 4


class AssayError(Exception):
    """One sentence for a person: what happened, where, and what to do about it."""

    exit_code = INCOMPLETE

    def __init__(self, what: str, where: str = "", hint: str = "") -> None:
        super().__init__(what, where, hint)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}; {self.hint}" if self.hint else text


class UsageError(AssayError):
    """The command line or a setting is wrong."""

    exit_code = USAGE


class Unreadable(AssayError):
    """Something that was asked for could not be looked at."""


class DatabaseError(Unreadable):
    """The advisory database is absent, broken, or written by another version."""


class NetworkError(Unreadable):
    """A server did not answer, or its answer cannot be used."""


class NotFound(NetworkError):
    """The server answered that it has no such thing."""
