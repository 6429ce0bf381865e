"""What the steps of a fix pass on: frozen values."""

from pip_assay.model import Finding, Inventory, Place, Problem
from pip_assay.sources.resolve import Index
from pip_assay.values import Literal, NamedTuple

Level = Literal["patch", "minor", "major"]

LEVELS: tuple[Level, ...] = ("patch", "minor", "major")


class Wish(NamedTuple):
    """What a person asks of a fix.

    only             names of projects and ids or aliases of flaws to settle; empty for all.
    least            the least severity that is settled: "low", "medium", "high", "critical"; empty for all.
    level            the largest step that any release may make.
    relax            bounds that the project's own files set may be widened, where that settles more.
    allow_downgrade  a lower release may be taken where no higher one is safe.
    allow_build      what has no wheel may be built, which runs its code.
    cooldown         days that a release must have been out; one that settles a flaw is excepted, and told of.
    reformat         a lock may be written in the form of a newer tool than the one that wrote it.
    """

    only: tuple[str, ...] = ()
    least: str = ""
    level: Level = "major"
    relax: bool = False
    allow_downgrade: bool = False
    allow_build: bool = False
    cooldown: float = 0.0
    reformat: bool = False


class Held(NamedTuple):
    """One release that a target holds now.

    name      normalised; `spelling` is as written.
    marker    under which it is held; of a project with several releases each has its own (a fork of a universal lock).
    extras    that are asked of it, normalised.
    plain     whether it is of an index, and can be replaced: no other can be moved.
    stays     why it cannot be replaced, where it is not plain; empty where it is of no index.
    requires  what it requires of what else is held, as it says itself; None where that is not known, or where others
              ask for another release of it anyway.
    address   of the wheel that it is, where it is of no index.
    written   whether a file asks for it by name; what only comes in with others may be any release that fits.
    """

    name: str
    version: str
    spelling: str
    place: Place
    extras: tuple[str, ...] = ()
    marker: str = ""
    plain: bool = True
    hashes: tuple[str, ...] = ()
    stays: str = ""
    requires: tuple[str, ...] | None = None
    address: str = ""
    written: bool = True


class Root(NamedTuple):
    """One requirement that the project asks for itself.

    text    as PEP 508 has it, without hashes and options: "flask<2 ; python_version < '3.9'".
    place   where it is written, so that a person finds what is in the way.
    widens  whether it may be widened there: not in a file of pins that is a set of its own, and is fixed as that.
    """

    name: str
    text: str
    place: Place
    group: str = "runtime"
    widens: bool = True


class Newest(NamedTuple):
    """The setting of an owner that leaves out newer releases: uv's `exclude-newer`, as it is written, and where."""

    text: str
    place: Place


class Target(NamedTuple):
    """One set of releases that is installed together, as a solver is handed it.

    kind           of the format module that made it, by which it is edited: "requirements", "uv.lock", "environment".
    roots          what is asked for; empty where that is not known (a flat file), and then nothing is ever dropped.
    limits         constraints; `overrides`, as PEP 508 has them, replace all requirements of a project.
    python         the lowest Python that it is for, "3.9"; empty for that of the running interpreter.
    below          the Python that it is no longer for, "3.13"; empty for no such, and where it is not universal.
    platform       in uv's words; empty for this one.
    universal      whether it is for every platform, and markers are kept.
    uses_pip       whether the indexes of pip's own settings count, as they do for what pip installs.
    exclude_newer  the day or moment after which its owner takes no release; None where that has no such.
    files          every file that a fix of it may change; paths as people wrote them.
    named          those of them that an install is told of, and that bring in the others; empty where there is one.
    notes          what a person should know of how it was read, one sentence each.
    ahead          those of its roots and limits that stand in a file which has just moved: what is held does not meet
                   them yet.
    seen           each of its files, and the digest of what it held when it was read; empty where it was not there.
    """

    inventory: Inventory
    kind: str
    held: tuple[Held, ...]
    roots: tuple[Root, ...] = ()
    limits: tuple[Root, ...] = ()
    overrides: tuple[str, ...] = ()
    python: str = ""
    platform: str = ""
    universal: bool = False
    indexes: Index = Index()
    files: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    below: str = ""
    uses_pip: bool = True
    exclude_newer: Newest | None = None
    seen: tuple[tuple[str, str], ...] = ()
    ahead: tuple[Root, ...] = ()


class Change(NamedTuple):
    """One release that a plan moves.

    old        empty for a project that comes in anew; `new` is empty for one that goes.
    settles    ids of the findings that this change settles, sorted.
    needed_by  names of changed projects that require it, sorted; empty where it settles something itself.
    fresh      whether it is younger than the cooldown, and taken because it settles a flaw.
    marker     of the release that moves, where its project has several.
    """

    name: str
    old: str
    new: str
    level: Level = "major"
    settles: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    fresh: bool = False
    marker: str = ""


class Relaxation(NamedTuple):
    """A requirement of the project that would have to be widened.

    old   as it is written; `new` is what would let the fix in.
    also  the names of what else would change then.
    """

    place: Place
    old: str
    new: str
    also: tuple[str, ...] = ()


class Blocked(NamedTuple):
    """Findings that stay, and why.

    why      a sentence fragment for people: "no release fixes it", "flask<2 (requirements.in:2) holds it back".
    would    what would settle them, each a requirement of the project to widen; empty where nothing would.
    parents  projects whose upgrade would drop the release that is affected; their names and releases, "pytest 7.2.0".
    """

    findings: tuple[Finding, ...]
    name: str
    version: str
    why: str
    would: tuple[Relaxation, ...] = ()
    parents: tuple[str, ...] = ()


class Plan(NamedTuple):
    """What a fix of one target would do.

    changes  by name.
    settled  findings that are gone with it; `blocked` those that stay.
    relaxed  what of the project's own requirements is widened by it.
    calls    how often a solver was asked, of at most `most`.
    proved   whether a solver found that the whole set fits; without one a plan is advice, and never written.
    notes    what else a person should know, one sentence each.
    """

    target: Target
    changes: tuple[Change, ...] = ()
    settled: tuple[Finding, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    relaxed: tuple[Relaxation, ...] = ()
    calls: int = 0
    most: int = 0
    proved: bool = True
    notes: tuple[str, ...] = ()


class Edit(NamedTuple):
    """One file as it was read, and as it is to be; `before` is None for a file that is not there yet."""

    path: str
    before: bytes | None
    after: bytes


class Proof(NamedTuple):
    """What a second audit of the edited files, and the tool that owns them, say.

    remaining   findings that are still there; `introduced` those that were not there before: there must be none.
    checks      what was checked and by whom, one phrase each: "uv lock --check", "an install with hashes (dry run)".
    faults      what is wrong, one sentence each; with one of them, or anything introduced, nothing is written.
    problems    what the second audit could not see.
    """

    remaining: tuple[Finding, ...] = ()
    introduced: tuple[Finding, ...] = ()
    checks: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Outcome(NamedTuple):
    """A fix of one target: the plan, the edits that carry it out, their proof, and whether they were written.

    tried  whether a program has carried the plan out, and failed: then the faults tell what is there now.
    """

    plan: Plan
    edits: tuple[Edit, ...] = ()
    proof: Proof | None = None
    written: bool = False
    faults: tuple[str, ...] = ()
    tried: bool = False
