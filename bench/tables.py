"""What is measured beside what: each group is a table of docs/benchmarks.md."""

import tomllib
from pathlib import Path
from typing import NamedTuple

from bench import data, formats, inputs, records, reports, server, serving, tools, tree
from bench.inputs import Inputs
from bench.page import Group, Table
from bench.tools import Bench, cold
from bench.turns import group

DATABASES = (f"pip-assay, {inputs.MANY:,} records", "pip-assay, the real records")

DISTANCE = 0.08
"""Seconds to an answer that comes from far away, over the internet."""


def measured(bench: Bench, made: Inputs) -> dict[str, Group]:
    """Return every table, by a short name."""
    small, large = bench.scratch / "small.db", bench.scratch / "large.db"
    sizes = inputs.count(made)
    imports = data.imports(bench, made, small, large)
    with server.process(made.published) as url:
        near = bench._replace(url=url)
        groups = {
            "medium": _lock(near, made.medium, small, f"A uv.lock of {sizes['medium']} packages"),
            "large": _lock(near, made.large, small, f"A uv.lock of {sizes['large']} packages"),
            "slow": _slow(near, made, small, sizes["large"]),
            "pins": _pins(near, made, small, sizes["pins"]),
            "environment": _environment(near, made, small, sizes["environment"]),
        }
    with server.process(made.published, DISTANCE) as url:
        groups["distance"] = _distance(bench._replace(url=url), made, small, sizes["medium"])
    groups["formats"] = _formats(bench, made, small)
    groups["tree"] = _tree(bench, made, small)
    groups["look-up"] = _look_up(bench, made, small, large, sizes["large"])
    groups["import"] = imports
    groups["update"], groups["signals"] = data.updates(bench, made)
    return groups


class More(NamedTuple):
    """What is measured inside of a process, or of a server.

    look_ups   in the database of the real records, and in the large one.
    few, many  by format, a usual report and a huge one.
    """

    look_ups: tuple[data.LookUps, data.LookUps]
    served: list[serving.Served]
    few: dict[str, reports.Rendered]
    many: dict[str, reports.Rendered]

    def tables(self) -> tuple[Table, ...]:
        """Return the tables."""
        return (
            data.table_of_look_ups(self.look_ups),
            serving.table(self.served),
            reports.table_of_few(self.few),
            reports.table_of_many(self.many),
        )


def measured_inside(bench: Bench, made: Inputs) -> More:
    """Return the rest, with the databases that `measured` made."""
    small, large = bench.scratch / "small.db", bench.scratch / "large.db"
    return More(
        (data.look_ups(small, made.large), data.look_ups(large, made.large)),
        serving.measured(large),
        reports.measured(bench, reports.FEW, reports.ROUNDS),
        reports.measured(bench, reports.MANY),
    )


def _lock(bench: Bench, project: Path, database: Path, title: str) -> Group:
    copy = inputs.with_index(project, bench.scratch / f"{project.name}-for-uv", f"{bench.url}/simple")
    commands = (
        tools.bare(bench),
        tools.pip_assay(bench, database, str(project / "uv.lock")),
        tools.uv_audit(bench, copy),
        tools.pysentry(bench, str(project)),
    )
    return group(title, commands, 15)


def _slow(bench: Bench, made: Inputs, database: Path, size: int) -> Group:
    copy = bench.scratch / f"{made.large.name}-for-uv"
    commands = (
        tools.pip_assay(bench, database, str(made.large / "uv.lock")),
        tools.pip_audit(bench, *tools.requirements(made.every_pin)),
        tools.uv_audit(bench, copy, name=cold("uv audit"), cold=True),
        tools.pysentry(bench, str(made.large), name=cold("pysentry"), cold=True),
    )
    return group(f"The same {size} packages, with nothing remembered", commands, 5)


def _pins(bench: Bench, made: Inputs, database: Path, size: int) -> Group:
    commands = (
        tools.bare(bench),
        tools.pip_assay(bench, database, "-r", str(made.pins), "--no-deps"),
        tools.pysentry(bench, "--no-resolver", "--requirements-files", str(made.pins)),
        tools.pip_audit(bench, *tools.requirements(made.pins)),
    )
    return group(f"Requirements of {size} pins", commands, 7)


def _environment(bench: Bench, made: Inputs, database: Path, size: int) -> Group:
    commands = (
        tools.bare(bench),
        tools.pip_assay(bench, database, str(made.environment)),
        tools.pip_audit(bench, "--path", str(inputs.site_packages(made.environment))),
    )
    note = "uv audit and pysentry read no environments."
    return group(f"An environment of {size} distributions", commands, 11, note)


def _distance(bench: Bench, made: Inputs, database: Path, size: int) -> Group:
    copy = inputs.with_index(made.medium, bench.scratch / "medium-far", f"{bench.url}/simple")
    pins = bench.scratch / "medium.txt"
    pins.write_text("\n".join(_pinned(made.medium)))
    commands = (
        tools.pip_assay(bench, database, str(made.medium / "uv.lock")),
        tools.uv_audit(bench, copy, cold=False),
        tools.uv_audit(bench, copy, name=cold("uv audit"), cold=True),
        tools.pysentry(bench, str(made.medium), name=cold("pysentry"), cold=True),
        tools.pip_audit(bench, *tools.requirements(pins)),
    )
    title = f"The {size} packages again, each answer of the server {DISTANCE * 1000:.0f} ms away"
    return group(title, commands, 2)


def _pinned(project: Path) -> list[str]:
    packages = tomllib.loads((project / "uv.lock").read_text())["package"]
    pins = {package["name"]: package["version"] for package in packages if "registry" in package["source"]}
    return [f"{name}=={text}" for name, text in pins.items()]


IMPORTS = "from pip_assay.cli import audit; from pip_assay.targets import kinds; import os, sys"
"""What every audit imports, before it knows its target."""

READ = """from pip_assay.settings import Outside, Settings
kinds.read(sys.argv[1], sys.argv[2], Settings(no_deps=True), Outside({}, ".", 0.0))"""

END = "os._exit(0)"
"""As an audit ends: without taking the interpreter apart."""


def _formats(bench: Bench, made: Inputs, database: Path) -> Group:
    from pip_assay.targets import kinds

    files = formats.make(made.large, bench.scratch / "formats", bench.program("uv"))
    commands = [tools.python(bench, f"{IMPORTS}; {END}", name="imports alone")]
    for name, path in files.items():
        commands += [
            tools.python(
                bench, f"{IMPORTS}\n{READ}\n{END}", kinds.of_name(path.name), str(path), name=f"{name}, reading"
            ),
            tools.pip_assay(bench, database, str(path), "--no-deps", name=f"{name}, audit"),
        ]
    note = (
        "The real uv.lock, what uv exports from it, and its content as other tools lay it out. Reading ends after that."
    )
    return group("The same packages in every format", commands, 9, note)


def _tree(bench: Bench, made: Inputs, database: Path) -> Group:
    lock = made.medium / "uv.lock"
    commands = []
    for locks in (tree.LOCKS // 10, tree.LOCKS):
        folder = tree.make(lock, bench.scratch / f"tree-{locks}", locks)
        name = f"{locks:,} locks, {locks * tree.OTHERS:,} other files"
        commands.append(tools.pip_assay(bench, database, "--recursive", str(folder), name=name))
    return group("Whole trees (--recursive)", commands, 3)


def _look_up(bench: Bench, made: Inputs, small: Path, large: Path, size: int) -> Group:
    lock = str(made.large / "uv.lock")
    commands = (
        tools.pip_assay(bench, small, lock, name=DATABASES[1]),
        tools.pip_assay(bench, large, lock, name=DATABASES[0]),
    )
    times = inputs.MANY / len(records.read(made.published))
    note = f"These are {times:.1f} times as many as the real ones."
    return group(f"The same {size} packages, with {inputs.MANY:,} records", commands, 15, note)
