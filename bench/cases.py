"""Small cases that auditors are known to get wrong: records, what is audited, and how to tell a right answer."""

from collections.abc import Callable
from typing import NamedTuple

from bench.answers import Answer
from bench.records import Record
from bench.server import Habits

Judge = Callable[[Answer], bool]
PLAIN = Habits()


class Case(NamedTuple):
    """One case.

    title      what is special about it.
    right      the right answer, in words; `judge` tells whether an answer is right.
    records    what the service and the database hold.
    pins       releases in the lock, or in the requirements where a tool reads no lock.
    files      requirements in place of a lock, by file name; the first is audited.
    habits     how the service behaves.
    online     whether only an answer from the service can go wrong: then the local database has no part in it.
    kept       a name that must not be sent to the service; the lock has it from a private index.
    """

    title: str
    right: str
    judge: Judge
    records: tuple[Record, ...]
    pins: tuple[tuple[str, str], ...] = (("demo", "1.0"),)
    files: tuple[tuple[str, str], ...] = ()
    habits: Habits = PLAIN
    online: bool = False
    kept: str = ""


def record(name: str, *events: tuple[str, str], aliases: tuple[str, ...] = (), project: str = "demo",
           versions: tuple[str, ...] = (), withdrawn: str = "") -> Record:  # fmt: skip
    """Return an OSV record about one project; events are (bound, version), by default all below 2.0."""
    pairs = events or (("introduced", "0"), ("fixed", "2.0"))
    ranges = [{"type": "ECOSYSTEM", "events": [{bound: text} for bound, text in pairs]}]
    package = {"ecosystem": "PyPI", "name": project}
    made: Record = {
        "id": name, "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z", "schema_version": "1.7.0",
        "summary": f"Flaw {name}", "details": f"Details of {name}.", "aliases": list(aliases),
        "affected": [{"package": package, "ranges": ranges, "versions": list(versions)}],
    }  # fmt: skip
    return {**made, "withdrawn": withdrawn} if withdrawn else made


def ids(answer: Answer) -> list[str]:
    """Return the ids that the tool shows, with repetitions."""
    return sorted(each.id for each in answer.found)


def finds(*wanted: str) -> Judge:
    """Judge right what shows these ids, each once, and no others."""
    return lambda answer: ids(answer) == sorted(wanted)


def once(answer: Answer) -> bool:
    """Judge right what shows one finding."""
    return len(answer.found) == 1


def fixes(*wanted: str) -> Judge:
    """Judge right what shows one finding with these fixes."""
    return lambda answer: [each.fixes for each in answer.found] == [wanted]


def not_clean(answer: Answer) -> bool:
    """Judge right whatever does not say that all is well."""
    return not answer.clean


def clean(answer: Answer) -> bool:
    """Judge right what says that all is well."""
    return answer.clean


_ONE = (record("PYSEC-2026-1"),)

CASES = (
    Case(
        "four records, one to a page of the answer",
        "4 findings",
        finds("PYSEC-2026-1", "PYSEC-2026-2", "PYSEC-2026-3", "PYSEC-2026-4"),
        tuple(record(f"PYSEC-2026-{number}") for number in range(1, 5)),
        habits=Habits(page=1),
    ),
    Case(
        "one flaw, as a PYSEC and as a GHSA record",
        "1 finding",
        once,
        (
            record("PYSEC-2026-1", aliases=("GHSA-aaaa-aaaa-aaaa", "CVE-2026-1")),
            record("GHSA-aaaa-aaaa-aaaa", aliases=("PYSEC-2026-1", "CVE-2026-1")),
        ),
    ),
    Case(
        "one flaw in three records, two of them linked only by the third",
        "1 finding",
        once,
        (
            record("GHSA-aaaa-aaaa-aaaa", aliases=("CVE-2026-1",)),
            record("GHSA-bbbb-bbbb-bbbb", aliases=("CVE-2026-2",)),
            record("PYSEC-2026-1", aliases=("CVE-2026-1", "CVE-2026-2")),
        ),
    ),
    Case(
        "one flaw, fixed in 2.0 by the PYSEC record and in 3.0 by the GHSA record",
        "fixed in 3.0",
        fixes("3.0"),
        (
            record("PYSEC-2026-1", aliases=("GHSA-aaaa-aaaa-aaaa",)),
            record("GHSA-aaaa-aaaa-aaaa", ("introduced", "0"), ("fixed", "3.0"), aliases=("PYSEC-2026-1",)),
        ),
    ),
    Case(
        "the same, the other way round",
        "fixed in 3.0",
        fixes("3.0"),
        (
            record("PYSEC-2026-1", ("introduced", "0"), ("fixed", "3.0"), aliases=("GHSA-aaaa-aaaa-aaaa",)),
            record("GHSA-aaaa-aaaa-aaaa", aliases=("PYSEC-2026-1",)),
        ),
    ),
    Case(
        "2.1 is installed; fixed in 1.5, and again in 2.5",
        "fixed in 2.5",
        fixes("2.5"),
        (record("PYSEC-2026-1", ("introduced", "0"), ("fixed", "1.5"), ("introduced", "2.0"), ("fixed", "2.5")),),
        (("demo", "2.1"),),
    ),
    Case(
        "the record lists as affected what it names as fixed",
        "no fix",
        fixes(),
        (record("PYSEC-2026-1", versions=("1.0", "2.0")),),
    ),
    Case(
        "the record spells the project Demo.Project",
        "fixed in 2.0",
        fixes("2.0"),
        (record("PYSEC-2026-1", project="Demo.Project"),),
        (("demo-project", "1.0"),),
    ),
    Case(
        "a withdrawn record, which the service still names",
        "nothing",
        clean,
        (record("PYSEC-2026-1", withdrawn="2026-01-02T00:00:00Z"),),
        habits=Habits(withdrawn=True),
    ),
    Case(
        "1.0+cu118 is installed, 1.0 affected, and the service compares them as they are",
        "1 finding",
        once,
        (record("PYSEC-2026-1", ("introduced", "0"), ("last_affected", "1.0"), versions=("1.0",)),),
        (("demo", "1.0+cu118"),),
        habits=Habits(literal=True),
    ),
    Case(
        "2.0rc1 is installed; fixed in 2.0",
        "1 finding",
        once,
        _ONE,
        (("demo", "2.0rc1"),),
    ),
    Case(
        "the last affected release is installed, and is where it was introduced",
        "1 finding",
        once,
        (record("PYSEC-2026-1", ("introduced", "1.0"), ("last_affected", "1.0")),),
    ),
    Case(
        "the service answers a batch without results",
        "not clean",
        not_clean,
        _ONE,
        habits=Habits(silent=True),
        online=True,
    ),
    Case(
        "the service names a record that it cannot give",
        "not clean",
        not_clean,
        _ONE,
        habits=Habits(lost=True),
        online=True,
    ),
    Case(
        "a project from a private index",
        "its name is not sent",
        not_clean,
        _ONE,
        (("demo", "1.0"), ("secret-project", "1.0")),
        online=True,
        kept="secret-project",
    ),
    Case(
        "requirements that include another file",
        "1 finding",
        once,
        _ONE,
        files=(("requirements.txt", "-r more.txt\n"), ("more.txt", "demo==1.0\n")),
    ),
    Case(
        "a requirement without a version, and no resolver",
        "not clean",
        not_clean,
        _ONE,
        files=(("requirements.txt", "demo>=1\n"),),
    ),
)
