"""What advisory sources publish, and what of it is compared: nouns as those of model.py."""

from pip_assay.values import Literal, NamedTuple


class Event(NamedTuple):
    """One event of an OSV range: bound is "introduced", "fixed", "last_affected" or "limit"."""

    bound: str
    version: str


class Range(NamedTuple):
    """An OSV range: kind is "ECOSYSTEM", "SEMVER" or "GIT"; events in the record's own order."""

    kind: str
    events: tuple[Event, ...]


class Affected(NamedTuple):
    """What one record says about one project, as published.

    name         normalised.
    last_known   GHSA's `last_known_affected_version_range`, e.g. "<= 1.2.3"; empty where absent.
    symbols      module and attribute names that the record calls affected.
    """

    ecosystem: str
    name: str
    versions: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    last_known: str = ""
    symbols: tuple[str, ...] = ()


class Rating(NamedTuple):
    """A severity vector as published and its base score (0.0 to 10.0; None if it cannot be computed)."""

    kind: str
    vector: str
    score: float | None


class Advisory(NamedTuple):
    """One record of one advisory source, as published. Dates are RFC 3339 text; empty where absent.

    upstream    CVEs that it speaks of and that are no aliases: one erratum of a distribution settles many flaws.
    word        the source's own word for the severity, in lower case: "moderate"; empty where absent.
    informs     of a record that reports no flaw: "unmaintained", "unsound" or "notice" (RustSec); empty for a flaw.
    references  (type, url) pairs.
    """

    id: str
    aliases: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""
    ratings: tuple[Rating, ...] = ()
    word: str = ""
    references: tuple[tuple[str, str], ...] = ()
    affected: tuple[Affected, ...] = ()
    published: str = ""
    modified: str = ""
    withdrawn: str = ""
    upstream: tuple[str, ...] = ()
    informs: str = ""


Certainty = Literal["affected", "possible", "undecided"]


class Span(NamedTuple):
    """The releases whose key (see versions/) is at least `start` and below `end`."""

    start: bytes
    end: bytes
    certainty: Certainty = "affected"


class Claim(NamedTuple):
    """What one live record claims about one project, ready to compare.

    spans  sorted; those of one certainty are disjoint.
    texts  listed versions that the ecosystem's order cannot place: they match by equality alone.
    """

    advisory: str
    spans: tuple[Span, ...] = ()
    texts: tuple[str, ...] = ()
