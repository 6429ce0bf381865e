"""Write a made report in one format, and what that took: `python -I rendering.py FORMAT FINDINGS FILE`.

FILE gets the report, FILE.seconds the processor time from a report in memory to its text, imports included. Beside the
interpreter only what every audit has at hand is imported before: the nouns.
"""

import gc
import sys
import time

from pip_assay.model import PYPI, Audit, Data, Dependency, Finding, Inventory, Pin, Place, Report, Upgrade, Verdict
from pip_assay.records import Advisory, Rating

END = "THE-END-OF-"
"""Each long text ends with it and the finding's own number, which tells whether it is there as a whole."""

FIRST = 100_000
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
WORDS = "A request with a crafted header makes the parser read behind its buffer, and its answer holds what it found. "


def made(findings: int) -> Report:
    """Return a report of one lock with so many findings, each in its own package, as long as real ones are."""
    numbers = range(FIRST, FIRST + findings)
    verdicts = tuple([Verdict(_finding(number), "fails") for number in numbers])
    dependencies = tuple([verdict.finding.dependency for verdict in verdicts])
    upgrades = tuple([Upgrade(f"package-{number}", "1.0", "1.1", (f"PYSEC-2026-{number}",)) for number in numbers])
    data = Data("local database", "advisories.db", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", findings, "0" * 64)
    return Report((Audit(Inventory("uv.lock", "uv.lock", dependencies), verdicts, upgrades),), (), data)


def _finding(number: int) -> Finding:
    place = Place("uv.lock", number)
    dependency = Dependency(
        Pin(PYPI, f"package-{number}", "1.0"), place, ("runtime",), direct=True, hashes=(f"sha256:{number:064}",)
    )
    aliases = (f"CVE-2026-{number}", f"GHSA-2026-{number}")
    record = Advisory(
        f"PYSEC-2026-{number}",
        aliases,
        f"Flaw {number} of the parser: it reads behind its buffer",
        f"{number}: {WORDS * 4}{END}{number}",
        (Rating("CVSS_V3", VECTOR, 7.5),),
        references=tuple([("WEB", f"https://advisories.example/{number}/{part}") for part in range(4)]),
        published="2026-01-01T00:00:00Z",
        modified="2026-01-02T00:00:00Z",
    )
    paths = ((dependency.pin.name,),)
    return Finding(record.id, aliases, dependency, (record,), "high", 7.5, ("1.1",), paths, (place,))


def main(name: str, findings: str, path: str) -> None:
    """Write the report and the seconds."""
    gc.set_threshold(50_000)  # as the command does
    report = made(int(findings))
    begin = time.process_time()
    from pip_assay import reports

    chosen = reports.load(name)
    text = chosen.render(report, reports.Style(descriptions=chosen.AUTO, aliases=chosen.AUTO))
    seconds = time.process_time() - begin
    from pip_assay.cli import output

    output.save(path, text)
    with open(f"{path}.seconds", "w", encoding="ascii") as file:
        file.write(str(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
