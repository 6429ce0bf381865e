"""The nouns: frozen values that every room shares. No I/O, no clock, no JSON.

They are named tuples because those are frozen, hashable, picklable and cost a third of a dataclass
at start-up (docs/decisions/001-hot-path.md).
"""

from pip_assay.records import Advisory, Certainty
from pip_assay.values import Literal, NamedTuple

PYPI = "PyPI"

PYTHON = "Python"
"""The ecosystem of interpreters: Pin(PYTHON, "cpython", "3.11.9"). OSV has no package for them (PSF's records)."""

# --- what a target is made of ------------------------------------------------------------------


class Place(NamedTuple):
    """Where a dependency is written. `line` and `column` count from 1; 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Pin(NamedTuple):
    """One release of one project.

    `ecosystem` is OSV's word ("PyPI"), or for what OSV knows nothing of that of its purl ("conda"); `name` is
    normalised (PEP 503 for PyPI), `version` is as written by the source, and empty where the source does not know it.
    """

    ecosystem: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


OriginKind = Literal["index", "private index", "url", "vcs", "path", "editable", "bundled", "distro"]


class Origin(NamedTuple):
    """Where the bytes came from: a kind, and the address (never with credentials) where one is known.

    Kind "index" with an empty location is the public index, or an index nobody named.
    """

    kind: OriginKind = "index"
    location: str = ""


INDEX = Origin()

Evidence = Literal["", "sbom", "metadata", "list", "file name", "string"]
"""How it is known that a distribution carries another piece of software; empty for what is no part of one.

"sbom": a bill of materials in its metadata (PEP 770). "metadata": the copy has metadata of its own. "list": the
carrier lists what it has copied (pip's vendor.txt). "file name": auditwheel or delocate named a library's file
("libpng16-a1b2c3d4.so.16.43.0"). "string": the text of a version was found in a binary.
"""


class Dependency(NamedTuple):
    """One release that a target contains, and what the target says about it.

    groups    "runtime", "extra:NAME", "group:NAME" or "build"; empty where the source cannot tell.
    requires  normalised names of what it depends on, or "name==version" where the source says which.
    direct    whether the target asks for it by name; None where the source cannot tell.
    inside    the pin of the distribution, or of the interpreter, whose files carry this one.
    hashes    "algorithm:hex" strings as written; empty where there are none.
    marker    the environment marker under which it applies, as written.
    skipped   why it is listed and not audited; empty when it is to be audited.
    spelling  the name as the source spells it.
    known_by  how it is known that what it is inside of carries it.
    """

    pin: Pin
    place: Place
    groups: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    direct: bool | None = None
    origin: Origin = INDEX
    inside: Pin | None = None
    hashes: tuple[str, ...] = ()
    marker: str = ""
    skipped: str = ""
    spelling: str = ""
    known_by: Evidence = ""


NOT_HERE = "does not apply to this interpreter and platform"
"""The reason of a dependency that an install here would not bring in: it is listed, and it is no problem."""

INTERNAL = "is a project of your own, as the settings say"
"""The reason of a dependency whose name is never looked up: no public project of that name is meant."""

NOT_ASKED = "left out, as the options ask"
"""The reason of a dependency of a group, extra, Python or platform that the options leave out."""

UNCOVERED = "no advisory data cover its ecosystem"
"""The reason of a dependency that no advisory could speak of: it is listed and counted, never taken for clean."""

NOT_HELD = "the database holds no advisories for "
"""How the reason begins of a dependency whose ecosystem a `db update` could bring in: "... crates.io (run: ...)"."""

UNAUDITABLE = "is bundled, and no advisory data name it exactly"
"""The reason of what a distribution carries and no advisory could be matched with: never guessed into a finding."""

UNKNOWN_PATCH = "its patch release is not known, so it was not audited"
"""The reason of an interpreter of which only "3.11" is known: each patch release fixes other flaws."""

ACCEPTED = (NOT_HERE, NOT_ASKED, UNCOVERED, INTERNAL, UNAUDITABLE, UNKNOWN_PATCH)
"""The reasons that are no problem by themselves; --strict makes them one."""


Gap = Literal[
    "missing",  # what was named is not there
    "empty",  # it was read, and holds nothing to audit
    "unreadable",  # it, or a line of it, could not be read
    "unpinned",  # a dependency without one certain version
    "unresolved",  # what an install would bring in is not known
    "version",  # a version that its ecosystem's order cannot place
    "private",  # not from a public index, so no public advisory speaks of it
    "undecided",  # an advisory names the project and cannot be applied to the release
    "look-up",  # the advisory source did not answer for it
    "status",  # the package index was asked for its status, and did not answer
    "stale",  # the advisory data is too old, or of unknown age
    "own environment",  # pip-assay's own tool environment, which nobody asked about
    "duplicate",  # one project twice in one place
]


class Problem(NamedTuple):
    """Something the audit could not see. `subject` is the dependency or target that it is about."""

    gap: Gap
    what: str
    place: Place | None = None
    hint: str = ""
    subject: str = ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.what}; {self.hint}" if self.hint else f"{where}{self.what}"


class Inventory(NamedTuple):
    """Everything one source found in one target.

    target   as a person would name it: ".venv", "requirements.txt".
    kind     "environment", "requirements", "uv.lock", "pylock", "cyclonedx", "wheel", ...: the KIND of its source.
    detail   what else the first line of a report says: "CPython 3.11.9".
    because  why this target was chosen when nobody named one; empty when somebody did.
    groups   every group that it declares, those too that hold nothing; empty where its dependencies tell.
    """

    target: str
    kind: str
    dependencies: tuple[Dependency, ...] = ()
    problems: tuple[Problem, ...] = ()
    detail: str = ""
    because: str = ""
    groups: tuple[str, ...] = ()


# --- what an audit concludes -------------------------------------------------------------------


class Match(NamedTuple):
    """A dependency that a record affects. `because` says how the record knows, for people."""

    dependency: Dependency
    advisory: Advisory
    certainty: Certainty = "affected"
    because: str = ""


Severity = Literal["critical", "high", "medium", "low", "none", "unknown"]


class Signals(NamedTuple):
    """What lists outside the advisories say of a flaw's use in attacks. Unknown is never low.

    exploited   whether a CVE of it is in CISA's list of known exploited vulnerabilities (KEV); None where no list is
                held, or the flaw has no CVE that a list could name.
    since       the day on which it was put there, "2026-11-20"; empty where it is not.
    ransomware  whether that list knows of its use in ransomware campaigns.
    epss        the highest probability of exploitation within 30 days of its CVEs (FIRST's EPSS), 0.0 to 1.0;
                None where unknown.
    percentile  the share of all scored CVEs that are no likelier, 0.0 to 1.0; None where unknown.
    """

    exploited: bool | None = None
    since: str = ""
    ransomware: bool = False
    epss: float | None = None
    percentile: float | None = None


UNKNOWN = Signals()


class Finding(NamedTuple):
    """One flaw in one dependency, however many records speak of it.

    id            the preferred id of the group; `aliases` are all the others, sorted.
    advisories    the records of the group that match, best first.
    score         the highest score of the group's own vectors; None where there is none.
    fixed_in      releases named as fixed, above this one, that no record of the group affects; ascending.
    paths         shortest chains of names from a direct dependency down to this one.
    places        everywhere the target writes this dependency.
    certainty     "affected", or "possible" where the release is above the last known affected one.
    disagreement  what the group's records disagree about, one sentence each.
    malware       whether a record of the group says that the release itself is malicious.
    signals       what is known of its use in attacks.
    newest        of what is inside a distribution: what the newest release of that carries in its place, one sentence;
                  empty where that was not asked.
    """

    id: str
    aliases: tuple[str, ...]
    dependency: Dependency
    advisories: tuple[Advisory, ...]
    severity: Severity = "unknown"
    score: float | None = None
    fixed_in: tuple[str, ...] = ()
    paths: tuple[tuple[str, ...], ...] = ()
    places: tuple[Place, ...] = ()
    because: str = ""
    certainty: Certainty = "affected"
    disagreement: tuple[str, ...] = ()
    malware: bool = False
    signals: Signals = UNKNOWN
    newest: str = ""


Status = Literal["fails", "warns", "known", "ignored", "not_affected"]

OPEN: tuple[Status, ...] = ("fails", "warns", "known")
"""A finding of these is still to be settled; any other is silenced by a rule, and stays in the report with it."""

Change = Literal["", "introduced", "newly published", "known"]

CHANGES: tuple[Change, ...] = ("introduced", "newly published", "known")
"""Against a baseline, the worst first."""


class Verdict(NamedTuple):
    """What policy says of a finding: its status, and the rule and reason behind it.

    until          the day up to which the rule holds; empty for no end.
    owner          who answers for the rule.
    justification  why the flaw does no harm, in VEX's words: "vulnerable_code_not_in_execute_path".
    change         against a baseline: whether this change brings the finding in; empty without a baseline.
    stated         when the VEX statement that counts for it was made, RFC 3339; empty where there is none, or no time.
    """

    finding: Finding
    status: Status
    rule: str = ""
    reason: str = ""
    until: str = ""
    owner: str = ""
    justification: str = ""
    change: Change = ""
    stated: str = ""


class Upgrade(NamedTuple):
    """The smallest known release of a project that settles findings: `settles` holds their ids."""

    name: str
    old: str
    new: str
    settles: tuple[str, ...]
    places: tuple[Place, ...] = ()


class Data(NamedTuple):
    """Which advisory data answered.

    source   "local database", "PyPI", "OSV".
    where    the database's path or the service's address, without credentials.
    date     RFC 3339 time of the newest record, empty where the service does not say.
    fetched  RFC 3339 time at which the data was fetched, empty where it is asked live.
    records  number of records held, 0 where it is asked live.
    digest   identifies the state of the data: the same digest, the same answers; empty where live.
    as_of    the day or RFC 3339 time whose published records alone were used; empty for all.
    kev      the date of the list of known exploited vulnerabilities that was joined; empty for none.
    epss     the date of the EPSS scores that were joined; empty for none.
    """

    source: str
    where: str = ""
    date: str = ""
    fetched: str = ""
    records: int = 0
    digest: str = ""
    as_of: str = ""
    kev: str = ""
    epss: str = ""


NoticeKind = Literal["quarantined", "archived", "deprecated", "yanked", "unlisted", "unknown"]


class Notice(NamedTuple):
    """What the package index says of a release or its project beside its flaws (PEP 792, PEP 592).

    kind    "unlisted": the index does not have this release, or the project; "unknown": it publishes no status.
    reason  the index's own words; empty where it gives none. Of what is unlisted: which of the two it is.
    fails   whether policy makes the audit fail for it.
    """

    pin: Pin
    kind: NoticeKind
    reason: str = ""
    places: tuple[Place, ...] = ()
    fails: bool = False


RuleState = Literal["used", "over", "unused"]


class Rule(NamedTuple):
    """An ignore that holds for a target, and what came of it there.

    name    how people call it: "pyproject.toml:31".
    id      the id or alias that it names.
    state   "over" where it has expired or its condition is gone, and `why`; "unused" where it matches nothing.
    strict  whether it fails to leave it so.
    """

    name: str
    id: str
    reason: str = ""
    until: str = ""
    owner: str = ""
    state: RuleState = "used"
    why: str = ""
    strict: bool = False


class Audit(NamedTuple):
    """One target, what was found in it, what would settle it; where asked for, `notices`, and what `--fix` settled."""

    inventory: Inventory
    verdicts: tuple[Verdict, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[Notice, ...] = ()
    rules: tuple[Rule, ...] = ()
    settled: tuple[Verdict, ...] = ()


class LeftOut(NamedTuple):
    """A folder that a search for targets did not look into, or a file in it that was not read, and why."""

    path: str
    why: str


class Heard(NamedTuple):
    """A VEX file that was read. `unmatched` holds number and id of each not_affected that speaks of no finding."""

    file: str
    unmatched: tuple[tuple[int, str], ...] = ()


class Fix(NamedTuple):
    """What `--fix` has made of one release, as pip-audit lists it.

    old  the release that was there; `new` what took its place, empty where it went, or where nothing was done.
    why  why nothing was done; empty where something was.
    """

    name: str
    old: str
    new: str = ""
    why: str = ""


class Report(NamedTuple):
    """The whole answer. `problems` are those of no single target (the data, a missing file).

    heard  the VEX files that were read; what they say of no finding is told on stderr alone.
    fixes  what was changed before the audit, by `--fix`.
    """

    audits: tuple[Audit, ...]
    problems: tuple[Problem, ...] = ()
    data: Data = Data("none")
    left_out: tuple[LeftOut, ...] = ()
    heard: tuple[Heard, ...] = ()
    fixes: tuple[Fix, ...] = ()
