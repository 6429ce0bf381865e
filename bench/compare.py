"""Compare what pip-assay and its peers find, and write docs/compared.md: `python -m bench.compare`."""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from bench import answers, inputs, known, records, run, tools
from bench.answers import Found, ask
from bench.inputs import Inputs
from bench.records import Record
from bench.server import Server, Service
from bench.tools import Bench

HEAD = """\
# What others find

Written by `python -m bench.compare`, on a server that answers from the same records ({versions}).

## On a real lock

A uv.lock of {packages} packages, resolved as of {day}, and {records} real records. pip-audit reads no lock: it gets the
same pins as requirements.

"""
CASES = """
## On cases that are easy to get wrong

Small records, small locks, and services that behave as real ones may. `right` is the answer that the first column
asks for; anything else is what the tool said. `-` means that the tool has no part in it: pip-assay with its database
asks nobody, pip-audit asks about one release at a time, uv reads no requirements.

"""

UNEXPLAINED = "not explained"
OLDER = "names older releases as fixes; installing one is a step back"
LISTED = "names as the fix a release that the record lists as affected; once installed, it is reported again"
UNSORTED = "names the fixes in the order of the record, not the nearest first"

Key = tuple[str, str, str]
"""Name, version and the id that is shown."""


def main() -> int:
    """Write the page; return 1 when a difference has no explanation, or pip-assay gets a case wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("--data", type=Path, default=run.DATA, metavar="FOLDER", help="a bulk export of advisories")
    parser.add_argument("--output", type=Path, default=run.ROOT / "docs" / "compared.md", metavar="FILE")
    chosen = parser.parse_args()
    made = run.inputs_of(chosen.data)
    if not made:
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(sys.executable).parent, Path(scratch), "")
        published = records.read(made.published)
        differences = real_lock(bench, made, published)
        cases = known.table(bench, inputs.index_of(made.large))
    head = HEAD.format(
        versions=run.facts()["tools"],
        packages=inputs.count(made)["large"],
        day=inputs.DAY,
        records=f"{len(published):,}",
    )
    text = head + "\n".join(differences) + "\n" + CASES + "\n".join(cases) + "\n"
    chosen.output.write_text(text, encoding="utf-8")
    sys.stderr.write(f"wrote {chosen.output}\n")
    return int(UNEXPLAINED in text or known.is_wrong(cases))


def real_lock(bench: Bench, made: Inputs, published: Sequence[Record]) -> list[str]:
    """Return the lines that say how the findings differ."""
    with Server(Service(published)) as server:
        bench = bench._replace(url=server.url)
        database = bench.scratch / "advisories.db"
        ask(tools.import_records(bench, made.published, database), lambda _: [])
        lock = str(made.large / "uv.lock")
        pins = tools.requirements(made.every_pin)
        copy = inputs.with_index(made.large, bench.scratch / "large", f"{server.url}/simple")
        ours = ask(tools.pip_assay(bench, database, lock, "-f", "json"), answers.of_pip_assay)
        peers = {
            "pip-audit": ask(tools.pip_audit(bench, *pins, "-f", "json"), answers.of_pip_audit),
            "uv audit": ask(tools.uv_audit(bench, copy, "--output-format", "json"), answers.of_uv_audit),
            "pysentry": ask(tools.pysentry(bench, str(made.large), "--format", "json"), answers.of_pysentry),
        }
    by_id = {str(record["id"]): record for record in published}
    theirs = {name: _by_key(answer.found) for name, answer in peers.items()}
    return differences(_by_key(ours.found), theirs, by_id)


def _by_key(found: Sequence[Found]) -> dict[Key, Found]:
    return {(each.name, each.version, each.id): each for each in found}


class Difference(NamedTuple):
    """What one tool says otherwise about one finding: why pip-assay does not, and the releases that it is about."""

    release: str
    advisory: str
    why: str
    detail: str


def differences(
    ours: Mapping[Key, Found], theirs: Mapping[str, Mapping[Key, Found]], by_id: Mapping[str, Record]
) -> list[str]:
    """Return how many findings there are, and a table of the differences, each with its reason."""
    tools_saying: dict[Difference, list[str]] = {}
    for tool, found in theirs.items():
        for key in sorted(ours.keys() | found.keys()):
            for difference in _differences(key, ours.get(key), found.get(key), by_id):
                tools_saying.setdefault(difference, []).append(tool)
    rows: dict[tuple[str, str, str], list[str]] = {}
    for (release, advisory, why, detail), names in tools_saying.items():
        rows.setdefault((release, ", ".join(names), why), []).append(f"{advisory}: {detail}")
    numbers = ", ".join(f"{tool} {len(found)}" for tool, found in theirs.items())
    lines = [f"Findings: pip-assay {len(ours)}, {numbers}. They differ in this:", ""]
    lines += ["| release | says it | what, and why pip-assay does not | where |", "|---|---|---|---|"]
    lines += [f"| {release} | {names} | {why} | {'; '.join(where)} |" for (release, names, why), where in rows.items()]
    return lines


def _differences(key: Key, own: Found | None, other: Found | None, by_id: Mapping[str, Record]) -> list[Difference]:
    name, version, advisory = key
    release = f"{name} {version}"
    if own is None or other is None:
        return [Difference(release, advisory, UNEXPLAINED, "missing here" if own is None else "missing there")]
    extra = sorted({*other.fixes} - {*own.fixes}, key=Version)
    older = [text for text in extra if Version(text) <= Version(version)]
    listed = [text for text in extra if text not in older and records.affects(by_id[advisory], name, text)]
    lacking = [text for text in own.fixes if text not in other.fixes]
    odd = [text for text in extra if text not in (*older, *listed)] + lacking + sorted(own.aliases ^ other.aliases)
    shared = [text for text in other.fixes if text in own.fixes]
    found = ((OLDER, older), (LISTED, listed), (UNEXPLAINED, odd), (UNSORTED, shared if shared != [*own.fixes] else []))
    return [Difference(release, advisory, why, ", ".join(texts)) for why, texts in found if texts]


if __name__ == "__main__":
    sys.exit(main())
