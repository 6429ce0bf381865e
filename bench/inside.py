"""What it costs to look inside of distributions: in every audit, and all of it with `pip-assay contents`."""

import json
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench import inputs, measure, sboms, tools
from bench.inputs import Inputs
from bench.measure import Command, Run
from bench.page import Group, Table, Target
from bench.tools import Bench
from bench.turns import group
from pip_assay import cpython, versions
from pip_assay.model import PYTHON

WITHOUT, WARM = "pip-assay --no-bundled", "pip-assay"
COLD = "pip-assay, nothing remembered"
PLAIN, PLAIN_COLD = "pip-assay, without the bills", "pip-assay, without the bills, nothing remembered"
BARE = "python -I -c pass"

COMPILED = 256
"""Megabytes of compiled files that are searched for texts."""

_PARTS = 16


class Inside(NamedTuple):
    """What was measured: audits without a finding, audits with some, `contents`, and the search of compiled files."""

    clean: Group
    found: Group
    contents: Group
    search: Table

    def tables(self) -> tuple[Group | Table, ...]:
        """Return the tables."""
        return (self.clean, self.found, self.contents, self.search)

    def targets(self) -> list[Target]:
        """Return what was asked for, beside what came out."""
        runs = self.clean.runs
        adding = (
            ("What bills of materials add, nothing remembered", 40, COLD, PLAIN_COLD),
            ("What bills of materials add when they are remembered", 10, WARM, PLAIN),
            ("What looking inside adds to --no-bundled, nothing remembered", 40, COLD, WITHOUT),
            ("What looking inside adds to --no-bundled when it is remembered", 10, WARM, WITHOUT),
        )
        return [
            *(Target(what, limit, *_added(runs[one], runs[other])) for what, limit, one, other in adding),
            Target(
                "The same environment with them, to bare Python", 5, self.clean.times(WARM, BARE),
                processor=self.clean.processor_times(WARM, BARE),
            ),
        ]  # fmt: skip


def _added(runs: Sequence[Run], others: Sequence[Run]) -> tuple[float, str, bool, float]:
    """Return by how many milliseconds runs are longer than others of the same round, wall and processor time.

    As a Target wants it: with the unit, and that this is no least.
    """
    pairs = list(zip(runs, others, strict=True))
    wall = statistics.median(one.wall - other.wall for one, other in pairs) * 1000
    return wall, " ms", False, statistics.median(one.processor - other.processor for one, other in pairs) * 1000


def measured(bench: Bench, made: Inputs) -> Inside:
    """Return what it costs to look inside of the benchmark's environment, with made-up bills of materials in it."""
    release = soundest()
    folder = made.environment.parent
    environment = sboms.copied(made.environment, folder / "carrying", release, carrying=True)
    plain = sboms.copied(made.environment, folder / "plain", release, carrying=False)
    every = sorted(made.published.parent.parent.glob("*/all.zip"))
    whole = _import(bench, every, bench.scratch / "whole.db")
    clean = _clean(bench, every, environment, whole)
    count, size = sboms.size(environment)
    words = f"{count} bills of materials, {size / 1e6:.1f} MB"
    number = len(findings(bench, clean, environment))
    note = (
        f"They are made up, in the forms of cargo-cyclonedx and auditwheel. The advisories are those of "
        f"{', '.join(each.parent.name for each in every)} without those that name what is there, and the interpreter "
        f"calls itself {release}: {number or 'no'} findings are printed."
    )
    quiet = group(f"An environment with {words}", _audits(bench, clean, environment, "clean", plain), 15, note)
    with_all = [len(findings(bench, whole, environment, *more)) for more in (("--no-bundled",), ())]
    note = f"All advisories: {with_all[0]} findings are printed with --no-bundled, and {with_all[1]} without."
    found = group("The same environment, with findings", _audits(bench, whole, environment, "found"), 9, note)
    return Inside(quiet, found, _contents(bench, environment), _search(bench))


def soundest() -> str:
    """Return the release of CPython that the fewest flaws are known of; of two, the later one."""
    (claims,) = cpython.claims().values()
    releases = [f"{branch}.{said['last']}" for branch, said in cpython.table().branches.items()]

    def flaws(release: str) -> int:
        key = versions.key(PYTHON, release) or b""
        return sum(any(span.start <= key < span.end for span in claim.spans) for claim in claims)

    return min(reversed(releases), key=flaws)


def _import(bench: Bench, archives: Iterable[Path], database: Path) -> Path:
    words = (bench.program("pip-assay"), "db", "import", "--replace", "--db", str(database), *map(str, archives))
    measure.run(Command("db import", words, bench.environ(), bench.scratch))
    return database


def findings(bench: Bench, database: Path, environment: Path, *options: str) -> list[dict[str, Any]]:
    """Return the findings of an audit."""
    command = tools.pip_assay(bench, database, str(environment), "-f", "json", *options)
    done = subprocess.run(command.words, env=command.environ, cwd=command.folder, capture_output=True, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def _clean(bench: Bench, archives: Iterable[Path], environment: Path, whole: Path) -> Path:
    """Return a database of the same records without those that name what the environment holds."""
    database, named, kept = whole, set[str](), list[Path]()
    while new := _names(findings(bench, database, environment)) - named:
        named |= new
        kept = [_without(each, named, bench.scratch / "clean" / each.parent.name) for each in archives]
        database = _import(bench, kept, bench.scratch / "clean.db")
    return database


def _names(found: Iterable[dict[str, Any]]) -> set[str]:
    listed = ((each["id"], *each["aliases"], *(one["id"] for one in each["advisories"])) for each in found)
    return {name for names in listed for name in names}


def _without(archive: Path, named: set[str], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / archive.name
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name.removesuffix(".json") not in named:
                target.writestr(name, source.read(name))
    return copy


def _audits(
    bench: Bench, database: Path, environment: Path, name: str, plain: Path | None = None
) -> tuple[Command, ...]:
    """Return audits of an environment without what is carried, with it, and with nothing remembered of it.

    plain  the same environment without bills of materials, for two more.
    """
    commands = [tools.bare(bench), tools.pip_assay(bench, database, str(environment), "--no-bundled", name=WITHOUT)]
    for target, warm, cold in ((environment, WARM, COLD), *([(plain, PLAIN, PLAIN_COLD)] if plain else ())):
        audit = tools.pip_assay(bench, database, str(target))
        for called in (warm, cold):
            cache = bench.scratch / f"{name}-{len(commands)}"
            forget = (cache,) if called == cold else ()
            environ = {**audit.environ, "PIP_ASSAY_CACHE": str(cache)}
            commands.append(audit._replace(name=called, environ=environ, forget=forget))
    return tuple(commands)


def _with(command: Command, *options: str, name: str) -> Command:
    return command._replace(name=name, words=(*command.words, *options))


def _contents(bench: Bench, environment: Path) -> Group:
    warm, cold = bench.scratch / "contents-warm", bench.scratch / "contents-cold"
    words = (bench.program("pip-assay"), "contents", str(environment))
    commands = (
        tools.bare(bench),
        Command("pip-assay contents", words, bench.environ(PIP_ASSAY_CACHE=str(warm)), bench.scratch),
        Command(
            "pip-assay contents, nothing remembered", words, bench.environ(PIP_ASSAY_CACHE=str(cold)), bench.scratch,
            forget=(cold,),
        ),
    )  # fmt: skip
    files = [each for each in inputs.site_packages(environment).rglob("*.so*") if each.is_file()]
    size = sum(each.stat().st_size for each in files) / 1e6
    note = f"Its {len(files)} compiled files, {size:.0f} MB, are searched for libraries; the sizes of all are added up."
    return group("The contents of the same environment", commands, 5, note)


def _search(bench: Bench) -> Table:
    """Return how fast compiled files are searched, and in how much memory."""
    sys.stderr.write("Searching compiled files\n")
    site = compiled(bench.scratch / "compiled", COMPILED * 1_000_000)
    words = (bench.program("pip-assay"), "contents", "--path", str(site))
    environ = bench.environ(PIP_ASSAY_CACHE=str(bench.scratch / "search"))
    searched = Command("search", words, environ, bench.scratch, forget=(bench.scratch / "search",))
    both = measure.take_turns((searched, _with(searched, "--no-strings", name="without")), 3)
    seconds = statistics.median(
        one.wall - other.wall for one, other in zip(both["search"], both["without"], strict=True)
    )
    peak = max(each.peak for each in both["search"]) / 1e6
    row = (f"{_PARTS} compiled files", f"{COMPILED}", f"{seconds:.2f}", f"{COMPILED / seconds:,.0f}", f"{peak:.0f}")
    note = "Made-up files without a library in them but in the last: all marks are sought in every byte."
    return Table("Searching compiled files for libraries", ("files", "MB", "s", "MB a second", "peak, MB"), [row], note)


def compiled(site: Path, size: int) -> Path:
    """Return a folder of installed packages with one distribution of compiled files that add up to a size."""
    block = b"".join(number.to_bytes(4, "big") for number in range(0, 1 << 32, 16411))[: 1 << 20]
    metadata = site / "compiled-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: compiled\nVersion: 1.0\n\n")
    record = [f"{metadata.name}/METADATA,,", f"{metadata.name}/RECORD,,"]
    (site / "compiled").mkdir()
    for part in range(_PARTS):
        name = f"compiled/part{part}.so"
        record.append(f"{name},,")
        with (site / name).open("wb") as file:
            for _ in range(size // _PARTS // len(block)):
                file.write(block)
            file.write(block[: size // _PARTS % len(block)])
    with (site / name).open("ab") as file:
        file.write(b"\0OpenSSL 3.0.13 30 Jan 2024\0")
    (metadata / "RECORD").write_text("".join(f"{line}\n" for line in record))
    return site
