"""Measure pip-assay against its peers and bare Python, and write docs/benchmarks.md: `python -m bench.run`."""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from subprocess import CalledProcessError

from bench import data, fixing, inputs, inside, reports, serving, tables
from bench.inputs import Inputs
from bench.measure import Failed, Run
from bench.page import Group, Table, Target, render
from bench.tables import More
from bench.tools import Bench

ROOT = Path(__file__).resolve().parent.parent
OURS, PYTHON = "pip-assay", "python -I -c pass"
DATA = ROOT.parent / "shared" / "osv-bulk"


def main() -> int:
    """Write the page; return 1 when it cannot be written, having said why."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="a bulk export: FOLDER/PyPI/all.zip")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md", metavar="FILE")
    chosen = parser.parse_args()
    made = inputs_of(chosen.data)
    if not made:
        return 1
    described = facts()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            bench = Bench(Path(sys.executable).parent, Path(scratch), "")
            groups = tables.measured(bench, made)
            looked = inside.measured(bench, made)
            planned = fixing.plans(bench, bench.scratch / "small.db")
            more = tables.measured_inside(bench, made)
        except Failed as failed:
            sys.stderr.write(f"bench: {failed}\n")
            return 1
    every: list[Group | Table] = [*groups.values(), *looked.tables(), fixing.table(planned), *more.tables()]
    asked = [*targets(groups), *looked.targets(), *fixing.targets(planned), *targets_inside(more)]
    chosen.output.write_text(render(asked, every, described), encoding="utf-8")
    sys.stderr.write(f"wrote {chosen.output}\n")
    return 0


def inputs_of(data: Path) -> Inputs | None:
    """Return what is audited, kept in the benchmark's environment; None where it cannot be had, having said why."""
    published = data / "PyPI" / "all.zip"
    if not published.exists():
        sys.stderr.write(f"bench: {published} does not exist; name a copy of OSV's bulk export with --data FOLDER\n")
        return None
    try:
        return inputs.make(Path(sys.prefix) / "inputs", published, str(Path(sys.executable).parent / "uv"))
    except CalledProcessError:
        sys.stderr.write("bench: an input could not be made, see above; this needs the package index once\n")
        return None


def targets(groups: Mapping[str, Group]) -> list[Target]:
    """Return what was asked for in the design, beside what came out."""
    medium, large, environment = groups["medium"], groups["large"], groups["environment"]
    audits = [run for group in groups.values() for name, runs in group.runs.items() if OURS in name for run in runs]
    large_import, update = groups["import"].runs[data.MANY], groups["update"]
    compiled = f"starting Python alone takes {100 / large.times('uv audit', PYTHON):.0f} % of uv's whole run"
    near = "nothing waits for a network here; see the next line"
    return [
        Target(large.title, 0.1, statistics.median(run.wall for run in large.runs[OURS]), " s"),
        *(_to_python(group, limit) for group, limit in ((medium, 6), (large, 7), (environment, 5))),
        _faster(large, "uv audit", 4, compiled),
        _faster(large, "pysentry", 1),
        _faster(groups["slow"], "pip-audit", 100, near),
        _faster(groups["distance"], "pip-audit", 100),
        Target("Peak memory of an audit", 60, _peak(audits), " MB"),
        Target(f"Importing {inputs.MANY:,} records", 6, statistics.median(_walls(large_import)), " s"),
        Target(f"Peak memory of importing {inputs.MANY:,} records", 400, _peak(large_import), " MB"),
        Target("An update that finds nothing new", 0.2, statistics.median(_walls(update.runs[data.UNCHANGED])), " s"),
        _most_reading(groups["formats"]),
        *_of_tree(groups["tree"]),
        Target(f"{groups['look-up'].title}, to the real ones", 1.1, groups["look-up"].times(*tables.DATABASES)),
    ]


def targets_inside(more: More) -> list[Target]:
    """Return what was asked of the database, the server and the reports, beside what came out."""
    best = max(more.served, key=lambda each: each.batches)
    _, large = more.look_ups
    return [
        Target(f"Size of the database of {inputs.MANY:,} records", 100, large.size, " MB"),
        Target(f"The longest look-up of a package among {inputs.MANY:,} records", 10, large.longest, " ms"),
        Target(
            f"Batches of {serving.BATCH} look-ups that one core serves in a second, to {best.clients} clients",
            2000, best.batches, "", least=True,
        ),
        *reports.targets(more.few, more.many),
    ]  # fmt: skip


def _to_python(group: Group, limit: float) -> Target:
    ratio = group.times(OURS, PYTHON)
    return Target(f"{group.title}, to bare Python", limit, ratio, processor=group.processor_times(OURS, PYTHON))


def _faster(group: Group, peer: str, limit: float, remark: str = "") -> Target:
    return Target(f"{group.title}: faster than {peer}", limit, group.times(peer, OURS), least=True, remark=remark)


def _most_reading(group: Group) -> Target:
    """Return the largest share that reading has in the audit of a format, in processor time."""
    names = [name.removesuffix(", audit") for name in group.runs if name.endswith(", audit")]
    shares = {name: _reading(group, name) for name in names}
    worst = max(shares, key=lambda name: shares[name])
    over = ", ".join(f"{name} {share:.0f} %" for name, share in shares.items() if share > 33)
    return Target(
        f"Share of reading in an audit, the most of any format ({worst})", 33, shares[worst], " %", remark=over
    )


def _reading(group: Group, name: str) -> float:
    runs = zip(group.runs[f"{name}, reading"], group.runs["imports alone"], group.runs[f"{name}, audit"], strict=True)
    return 100 * statistics.median((one.processor - two.processor) / whole.processor for one, two, whole in runs)


def _of_tree(group: Group) -> list[Target]:
    few, many = group.runs.values()
    return [
        Target(f"{group.title}: 1,000 locks and 100,000 other files", 10, statistics.median(_walls(many)), " s"),
        Target(f"{group.title}: memory of 1,000 locks to that of 100", 1.2, _peak(many) / _peak(few)),
    ]


def _walls(runs: Sequence[Run]) -> list[float]:
    return [run.wall for run in runs]


def _peak(runs: Sequence[Run]) -> float:
    return max(run.peak for run in runs) / 1e6


def facts() -> dict[str, str]:
    """Return what to know about the machine, the day and the tools."""
    installed = (("pip-assay", "pip-assay"), ("pip-audit", "pip-audit"), ("uv", "uv"), ("pysentry", "pysentry-rs"))
    return {
        "measured on": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "load when it began": f"{os.getloadavg()[0]:.1f}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "tools": ", ".join(f"{name} {version(distribution)}" for name, distribution in installed),
    }


if __name__ == "__main__":
    sys.exit(main())
