"""Compare `pip-assay fix` with `pip-audit --fix`, and write docs/fix-compared.md: `python -m bench.fixing`."""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import Version

from bench import measure, records, server, tools
from bench.page import Table, Target, cells
from bench.tools import Bench

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "3.9"
"""For which everything is resolved: releases of that time have wheels for it."""


class Roots(NamedTuple):
    """What a person asks for, and the day as of which it is locked."""

    wanted: tuple[str, ...]
    day: str

    def __str__(self) -> str:
        return ", ".join(self.wanted)


SETS = {
    "django": Roots(("Django", "celery", "Pillow"), "2021-06-01"),
    "flask": Roots(("Flask<2", "boto3", "cryptography"), "2021-06-01"),
    "aiohttp": Roots(("aiohttp", "fastapi", "lxml"), "2021-06-01"),
    "tensorflow": Roots(("tensorflow==2.8", "mlflow", "jupyter"), "2022-06-01"),
}
MIXED = Roots(("Django", "celery", "Pillow", "Flask<2", "boto3", "cryptography"), "2021-06-01")
SPEED = {"mixed": (MIXED, 5.0), "tensorflow": (SETS["tensorflow"], 15.0)}
"""Whose plans are timed, and the seconds that they may take."""

ROUNDS = 3
FILES = {"flat": "requirements.txt", "hashed": "hashed.txt"}

HEAD = """\
# Fixes of pip-audit and of pip-assay, compared

Written by `python -m bench.fixing` ({versions}).

Four files as people had them: roots locked by `uv pip compile --exclude-newer` as of the day named, for Python
{python}, once flat and once with `--generate-hashes`. Both tools get a copy of the same file, the requirements.in that
it was made of beside it, and the same {records} records: pip-assay from its local database, pip-audit from a server on
the loopback interface. The commands are `pip-audit --fix -r FILE --no-deps --disable-pip` (with pip it would resolve
for the Python that runs it) and `pip-assay fix -r FILE --python-version {python} --write`. `uv` then tells whether the
file that each leaves can be installed: `uv pip install --dry-run`, with `--require-hashes` where there are hashes.

"""
COLUMNS = (
    "asked for", "file", "pins", "findings", "pip-audit leaves", "it installs", "changed", "seconds",
    "pip-assay leaves", "it installs", "changed", "major", "down", "new", "seconds",
)  # fmt: skip

Pins = dict[str, str]


class Fixed(NamedTuple):
    """What a tool left: pins by name, findings, why the file cannot be installed (empty where it can), seconds, why."""

    pins: Pins
    findings: int
    refused: str
    seconds: float
    reasons: tuple[str, ...] = ()


class Compared(NamedTuple):
    """One file and what both left of it."""

    roots: Roots
    form: str
    before: Pins
    findings: int
    theirs: Fixed
    ours: Fixed


def main() -> int:
    """Write the page; return 1 when it cannot be written, having said why."""
    from bench import run  # which imports this module, for the plans

    parser = argparse.ArgumentParser(prog="python -m bench.fixing", description=__doc__)
    parser.add_argument("--data", type=Path, default=run.DATA, metavar="FOLDER", help="a bulk export of advisories")
    parser.add_argument("--output", type=Path, default=run.ROOT / "docs" / "fix-compared.md", metavar="FILE")
    chosen = parser.parse_args()
    published = chosen.data / "PyPI" / "all.zip"
    if not published.exists():
        sys.stderr.write(f"bench: {published} does not exist; name a copy of OSV's bulk export with --data FOLDER\n")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(sys.executable).parent, Path(scratch), "")
        files = made(bench)
        if not files:
            sys.stderr.write("bench: the package index cannot be reached, and the files were never made\n")
            return 1
        database = Path(scratch, "advisories.db")
        measure.run(tools.import_records(bench, published, database))
        with server.process(published) as url:
            found = compared(bench._replace(url=url), files, database)
    count = f"{len(records.read(published)):,}"
    head = HEAD.format(versions=run.facts()["tools"], python=PYTHON, records=count)
    chosen.output.write_text(head + "\n".join(page(found)) + "\n", encoding="utf-8")
    sys.stderr.write(f"wrote {chosen.output}\n")
    return 0


def page(found: Sequence[Compared]) -> Iterable[str]:
    """Yield the lines of the page: the table, and what is to be said of single files."""
    theirs, ours = sum(bool(each.theirs.refused) for each in found), sum(bool(each.ours.refused) for each in found)
    yield f"Files that cannot be installed any more: {theirs} of {len(found)} after pip-audit, {ours} after pip-assay."
    yield ""
    yield from cells(Table("", COLUMNS, [_row(each) for each in found]))
    refused = [each for each in found if each.theirs.refused or each.ours.refused]
    if refused:
        yield from ("", "## Why a file cannot be installed", "")
    for each in refused:
        for tool, left in (("pip-audit", each.theirs), ("pip-assay", each.ours)):
            if left.refused:
                yield f"- {each.roots}, {each.form}, after {tool}: {left.refused}"
    if any(each.ours.reasons for each in found):
        yield from ("", "## Why pip-assay leaves a finding", "")
    for each in found:
        yield from (f"- {each.roots}, {each.form}: {reason}" for reason in each.ours.reasons)


def _row(each: Compared) -> tuple[str, ...]:
    theirs, ours = each.theirs, each.ours
    moved = [(each.before[name], new) for name, new in ours.pins.items() if each.before.get(name, new) != new]
    return (
        str(each.roots), each.form, str(len(each.before)), str(each.findings),
        str(theirs.findings), _yes(theirs), str(_changed(each.before, theirs.pins)), f"{theirs.seconds:.1f}",
        str(ours.findings), _yes(ours), str(_changed(each.before, ours.pins)),
        str(sum(Version(old).major != Version(new).major for old, new in moved)),
        str(sum(Version(new) < Version(old) for old, new in moved)),
        str(len(ours.pins.keys() - each.before.keys())), f"{ours.seconds:.1f}",
    )  # fmt: skip


def _yes(left: Fixed) -> str:
    return "no" if left.refused else "yes"


def _changed(before: Pins, after: Pins) -> int:
    return sum(after.get(name) != version for name, version in before.items())


def made(bench: Bench) -> dict[str, Path]:
    """Return the folder of each lock, kept in the benchmark's environment; nothing where the index is not reached."""
    folder = Path(sys.prefix) / "inputs" / "fixing"
    roots = {**SETS, "mixed": MIXED}
    try:
        return {name: _lock(bench, folder / name, each) for name, each in roots.items()}
    except subprocess.CalledProcessError:
        return {}


def _lock(bench: Bench, folder: Path, roots: Roots) -> Path:
    wanted = "".join(f"{each}\n" for each in roots.wanted)
    source = folder / "requirements.in"
    if not (folder / FILES["hashed"]).exists() or source.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        source.write_text(wanted)
        for form, name in FILES.items():
            hashes = ["--generate-hashes"] if form == "hashed" else []
            words = ["pip", "compile", "--quiet", "--exclude-newer", roots.day, "--python-version", PYTHON, *hashes]
            sys.stderr.write(f"making an input: uv pip compile {roots} ({form})\n")
            _uv(bench, folder, *words, "requirements.in", "--output-file", name).check_returncode()
    return folder


def online(bench: Bench) -> dict[str, str]:
    """Return an environment with this machine's way to the index, and no other settings of pip's and pip-assay's."""
    settings = ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_ASSAY_", "UV_CACHE_DIR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    return {
        **kept,
        "PATH": os.pathsep.join((str(bench.programs), os.defpath)),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_ASSAY_CACHE": str(bench.scratch / "cache"),
        "PIP_ASSAY_MAX_DB_AGE": "100000",
        "UV_CACHE_DIR": str(Path(sys.prefix) / "inputs" / "uv-cache"),
        "UV_NO_CONFIG": "1",
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY", ""), "127.0.0.1"))),
    }


def _uv(bench: Bench, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = (bench.program("uv"), *words)
    return subprocess.run(command, cwd=folder, env=online(bench), capture_output=True, text=True, check=False)


def compared(bench: Bench, folders: Mapping[str, Path], database: Path) -> list[Compared]:
    """Return what both tools make of every file."""
    found = []
    for name, roots in SETS.items():
        for form, file in FILES.items():
            sys.stderr.write(f"Fixing {roots} ({form})\n")
            before = folders[name] / file
            findings = _findings(bench, before, database)
            theirs = _by_pip_audit(bench, _copy(bench, folders[name], f"{name}-{form}-theirs") / file, database)
            ours = _by_pip_assay(bench, _copy(bench, folders[name], f"{name}-{form}-ours") / file, database)
            found.append(Compared(roots, form, pins(before.read_text()), findings, theirs, ours))
    return found


def _copy(bench: Bench, folder: Path, name: str) -> Path:
    copied = bench.scratch / name
    shutil.copytree(folder, copied)
    return copied


def pins(text: str) -> Pins:
    """Return the releases that a file of requirements pins, by name."""
    return dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text))


def _findings(bench: Bench, file: Path, database: Path) -> int:
    command = tools.pip_assay(bench, database, "-r", str(file), "--no-deps", "-f", "json")
    done = subprocess.run(command.words, env=command.environ, cwd=file.parent, capture_output=True, check=False)
    return len(json.loads(done.stdout)["findings"])


def _by_pip_audit(bench: Bench, file: Path, database: Path) -> Fixed:
    service = ("-s", "osv", "--osv-url", f"{bench.url}/v1/query", "--progress-spinner", "off")
    words = (bench.program("pip-audit"), "--fix", *tools.requirements(file), *service)
    begin = time.perf_counter()
    subprocess.run(words, env=online(bench), cwd=file.parent, capture_output=True, check=False)
    seconds = time.perf_counter() - begin
    return _left(bench, file, database, seconds)


def _by_pip_assay(bench: Bench, file: Path, database: Path) -> Fixed:
    report = file.with_suffix(".json")
    options = ("--python-version", PYTHON, "--db", str(database), "--write", "-f", "json", "-o", str(report))
    words = (bench.program("pip-assay"), "fix", "-r", file.name, *options)
    begin = time.perf_counter()
    subprocess.run(words, env=online(bench), cwd=file.parent, capture_output=True, check=False)
    seconds = time.perf_counter() - begin
    (target,) = json.loads(report.read_text())["targets"]
    return _left(bench, file, database, seconds, reasons(target))


def reasons(target: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why findings stay, and why nothing was written, as a report of `pip-assay fix` tells it."""
    blocked = target["plan"]["blocked"]
    told = [f"{each['name']} {each['version']} ({len(each['findings'])}): {each['why']}" for each in blocked]
    return (*told, *target["faults"])


def _left(bench: Bench, file: Path, database: Path, seconds: float, reasons: tuple[str, ...] = ()) -> Fixed:
    content = file.read_text()
    return Fixed(pins(content), _findings(bench, file, database), _refused(bench, file), seconds, reasons)


def _refused(bench: Bench, file: Path) -> str:
    """Return why a file cannot be installed, in uv's words; empty where it can."""
    hashes = ("--require-hashes",) if file.name == FILES["hashed"] else ()
    target = str(bench.scratch / "nowhere")
    words = ("pip", "install", "--dry-run", "--python-version", PYTHON, "--target", target, *hashes, "-r", file.name)
    done = _uv(bench, file.parent, *words)
    if done.returncode == 0:
        return ""
    said = " ".join(done.stderr.split())
    causes = re.findall(r"(?:[Cc]ause|error): (.*?)(?= (?:cause|error|hint): |$)", said)
    return (causes[-1] if causes else said)[:400].replace("|", "\\|")


# --- how long a plan takes ---


class Planned(NamedTuple):
    """How long a plan took, with its proof; solver calls, the most there may be, and what it changes and settles."""

    plan: float
    whole: float
    calls: int
    most: int
    changes: int
    settled: int
    pins: int


def plans(bench: Bench, database: Path) -> dict[str, list[Planned]]:
    """Return the plans of each lock that is timed; nothing where the index is not reached."""
    folders = made(bench)
    found: dict[str, list[Planned]] = {}
    for name in SPEED if folders else ():
        sys.stderr.write(f"Planning: {SPEED[name][0]}\n")
        file = _copy(bench, folders[name], f"{name}-plan") / FILES["flat"]
        rounds = [_planned(bench, file, database) for _ in range(ROUNDS + 1)]  # the first one fills the caches
        found[name] = [each for each in rounds[1:] if each]
    return {name: each for name, each in found.items() if each}


def _planned(bench: Bench, file: Path, database: Path) -> Planned | None:
    words = (sys.executable, "-m", "bench.planning", file.name, str(database), PYTHON)
    environ = {**online(bench), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=environ, cwd=file.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr[-1000:])
        return None
    return Planned(**json.loads(done.stdout), pins=len(pins(file.read_text())))


def table(found: Mapping[str, Sequence[Planned]]) -> Table:
    """Return the table of plans."""
    head = ("lock", "pins", "settled", "changes", "solver calls (at most)", "plan, s", "with proof, s", "runs")
    rows = [
        (
            str(SPEED[name][0]), str(each[0].pins), str(each[0].settled), str(each[0].changes),
            f"{each[0].calls} ({each[0].most})", f"{statistics.median(one.plan for one in each):.1f}",
            f"{statistics.median(one.whole for one in each):.1f}", str(len(each)),
        )
        for name, each in found.items()
    ]  # fmt: skip
    note = "Flat files, uv's cache and pip-assay's filled by a run before; what they do not hold is asked of the index."
    if not found:
        note = "Not measured: the package index could not be reached, or a plan was not made."
    return Table("Planning a fix", head, rows, note)


def targets(found: Mapping[str, Sequence[Planned]]) -> list[Target]:
    """Return what was asked for, beside what came out."""
    return [
        Target(
            f"A plan for a lock of {each[0].pins} packages, with {each[0].settled} flaws", SPEED[name][1],
            statistics.median(one.plan for one in each), " s",
        )
        for name, each in found.items()
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
