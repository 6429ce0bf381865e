"""Fix four real sets in every format, and write docs/fix-formats.md: `python -m bench.fix_formats`.

Needs the package index, and Python 3.9 and 3.10, Poetry, PDM and Pipenv on the PATH: a format whose tool is not there
is left out, and said. It takes some twenty minutes, most of them to make the locks and to have their owners check them.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name

from bench import fixing, measure, parts, past, records, run, tools
from bench.fix_page import Fixed, Results, page
from bench.fixing import SETS
from bench.parts import Files, Part
from bench.records import Record
from bench.tools import Bench


class Format(NamedTuple):
    """What a fix is told of, and who says that the result holds.

    target   what is fixed, in the folder; `options` are those of the fix.
    checks   what tools are asked that are not pip-assay, for a shell; {python} is an environment of its Python.
    owner    the program that makes it.
    whole    whether it names all releases that are installed.
    """

    target: str
    checks: tuple[str, ...]
    options: tuple[str, ...] = ()
    owner: str = "uv"
    python: str = fixing.PYTHON
    whole: bool = True


AIMED = ("--python-version", fixing.PYTHON)
INSTALL = "uv pip install --dry-run --python {python} -r"
PIP = "{python}/bin/python -m pip install --dry-run --require-hashes -r"
FLAT = Format("requirements.txt", (f"{INSTALL} requirements.txt",), AIMED)
FORMATS = {
    "requirements.txt": FLAT,
    "requirements.txt with hashes": FLAT._replace(checks=(f"{PIP} requirements.txt",)),
    "requirements.txt with -r and -c": FLAT,
    "requirements.in and .txt": FLAT._replace(
        checks=(*FLAT.checks, "uv pip compile --python-version 3.9 --constraint requirements.txt requirements.in")
    ),
    "uv.lock": Format("uv.lock", ("uv lock --check", "uv sync --locked --dry-run --python {python}")),
    "pylock.toml": Format("pylock.toml", (f"{INSTALL} pylock.toml",), AIMED),
    "pyproject.toml": Format("pyproject.toml", (f"{INSTALL} pyproject.toml",), (*AIMED, "--relax"), whole=False),
    "poetry.lock": Format(
        "poetry.lock",
        ("poetry check --lock", "VIRTUAL_ENV={python} poetry sync --dry-run --no-interaction"),
        owner="poetry",
    ),
    "pdm.lock": Format("pdm.lock", ("pdm lock --check", "pdm sync --dry-run --no-self"), owner="pdm"),
    "Pipfile.lock": Format(
        "Pipfile.lock",
        ("pipenv verify", f"pipenv requirements --hash > .locked.txt && {INSTALL} .locked.txt --require-hashes"),
        owner="pipenv",
        python="3.10",
    ),
    "environment": Format(
        "environment",
        ("uv pip check --python environment", "environment/bin/python -m pip check"),
        ("--no-bundled",),
    ),
}
"""By what people call them; `past.MAKERS` makes each."""


def main() -> int:
    """Write the page; return 1 when it cannot be written, having said why."""
    parser = argparse.ArgumentParser(prog="python -m bench.fix_formats", description=__doc__)
    parser.add_argument("--data", type=Path, default=run.DATA, metavar="FOLDER", help="a bulk export of advisories")
    parser.add_argument("--output", type=Path, default=run.ROOT / "docs" / "fix-formats.md", metavar="FILE")
    parser.add_argument("--only", choices=SETS, action="append", help="this set; the page then goes to stdout")
    parser.add_argument("--format", choices=FORMATS, action="append", help="this format; the page then goes to stdout")
    chosen = parser.parse_args()
    published = chosen.data / "PyPI" / "all.zip"
    if not published.exists():
        sys.stderr.write(f"bench: {published} does not exist; name a copy of OSV's bulk export with --data FOLDER\n")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(sys.executable).parent, Path(scratch), "")
        measure.run(tools.import_records(bench, published, bench.scratch / "advisories.db"))
        known = records.read(published)
        matrix = Matrix(bench, known)
        found = matrix.fixed(chosen.only or SETS, chosen.format or FORMATS)
        text = page(found, {form: each.checks for form, each in FORMATS.items()}, matrix.versions(), known)
    if chosen.only or chosen.format:
        sys.stdout.write(text)
    else:
        chosen.output.write_text(text, encoding="utf-8")
    return 0


class Matrix:
    """Fixes sets in formats, in one scratch folder."""

    def __init__(self, bench: Bench, known: Iterable[Record]) -> None:
        self._bench = bench
        self._by_project: dict[str, list[Record]] = {}
        for record in known:
            for name in records.projects(record):
                self._by_project.setdefault(name, []).append(record)

    def fixed(self, sets: Iterable[str], forms: Iterable[str]) -> Results:
        """Return what became of each set in each format."""
        found: Results = {}
        for name in sets:
            for form in forms:
                sys.stderr.write(f"Fixing {name}, {form}\n")
                try:
                    found[name, form] = self._of(name, form)
                except subprocess.CalledProcessError as failed:
                    found[name, form] = f"{Path(failed.cmd[0]).name} could not make it"
        return found

    def versions(self) -> str:
        """Return which pip-assay and which owners these are, for people."""
        named = ["pip-assay", *sorted({each.owner for each in FORMATS.values() if self._has(each.owner)})]
        said = (self._shell(self._bench.scratch, f"{each} --version").stdout for each in named)
        return ", ".join(f"{name} {_version(text)}" for name, text in zip(named, said, strict=True))

    def _of(self, name: str, form: str) -> Fixed | str:
        each = FORMATS[form]
        if not self._has(each.owner):
            return f"{each.owner} is not on this machine"
        python = self._environment(each.python)
        roots = SETS[name]._replace(day=past.day_of(name, form))
        kept = Path(sys.prefix) / "inputs" / "fix-formats" / name
        folder = self._bench.scratch / f"{name}-{list(FORMATS).index(form)}"
        shutil.copytree(past.made(self._bench, kept, roots, form, python / "bin" / "python"), folder)
        if each.target == "environment":
            self._shell(folder, "uv venv --python 3.9 environment").check_returncode()
            install = "uv pip install --python environment 'pip<24.1' -r requirements.txt"
            self._shell(folder, install).check_returncode()
        return self._fixed(folder, each, python)

    def _has(self, owner: str) -> bool:
        return bool(shutil.which(owner, path=past.surroundings(self._bench)["PATH"]))

    def _fixed(self, folder: Path, form: Format, python: Path) -> Fixed:
        before = self._files(folder, form)
        begin = time.perf_counter()
        target = self._fix(folder, form)
        seconds = time.perf_counter() - begin
        after = self._files(folder, form)
        again = self._fix(folder, form)
        plan, left = target["plan"], target["remaining"]
        plan = plan if target["written"] else {**plan, "changes": [], "relaxed": []}
        told = {each["id"] for blocked in plan["blocked"] if blocked["why"] for each in blocked["findings"]}
        settled = len(plan["settled"]) if target["written"] else 0
        miscounted = form.whole and self._miscounted(before, after, settled + len(left), len(left))
        return Fixed(
            settled, len(left), sum(each["id"] not in told for each in left),
            len(plan["changes"]), len(parts.lower(before, after)),
            tuple(parts.beside(before, after, plan, whole=form.whole)),
            (*target["faults"], *([miscounted] if miscounted else []), *self._faults(folder, form, python)),
            not again["written"] and not again["faults"] and self._files(folder, form) == after,
            seconds, fixing.reasons(target),
        )  # fmt: skip

    def _fix(self, folder: Path, form: Format) -> dict[str, Any]:
        report = self._bench.scratch / "report.json"
        options = ("--db", str(self._bench.scratch / "advisories.db"), "--write", "-f", "json", "-o", str(report))
        words = (self._bench.program("pip-assay"), "fix", form.target, *form.options, *options)
        environ = past.surroundings(self._bench)
        done = subprocess.run(words, env=environ, cwd=folder, capture_output=True, text=True, check=False)
        if not report.exists():
            raise measure.Failed(done.stderr)
        targets: list[dict[str, Any]] = json.loads(report.read_text())["targets"]
        report.unlink()
        return targets[0]

    def _files(self, folder: Path, form: Format) -> Files:
        """Return what each file of the folder says; of an environment, what is installed."""
        if form.target != "environment":
            return parts.read(folder)
        listed = json.loads(self._shell(folder, "uv pip list --python environment --format json").stdout)
        return {"environment": [Part(canonicalize_name(each["name"]), each["version"], "") for each in listed]}

    def _miscounted(self, before: Files, after: Files, *told: int) -> str:
        counted = [
            sum(
                records.affects(record, name, version)
                for name, held in parts.versions(files).items()
                for version in held
                for record in self._by_project.get(name, ())
            )
            for files in (before, after)
        ]
        return "" if counted == [*told] else f"the records have {counted[0]} findings before and {counted[1]} after"

    def _faults(self, folder: Path, form: Format, python: Path) -> Iterator[str]:
        for check in form.checks:
            done = self._shell(folder, check.replace("{python}", str(python)))
            if done.returncode:
                said = " ".join(f"{done.stdout} {done.stderr}".split())
                yield f"`{check}`: {said[-400:]}".replace(str(self._bench.scratch), "").replace("|", "\\|")

    def _environment(self, python: str) -> Path:
        """Return an environment with nothing in it but a pip that takes the metadata of that time."""
        folder = self._bench.scratch / f"python-{python}"
        if not folder.exists():
            self._shell(self._bench.scratch, f"uv venv --seed --python {python} {folder}").check_returncode()
            self._shell(folder, f"uv pip install --python {folder} 'pip<24.1'").check_returncode()
        return folder

    def _shell(self, folder: Path, command: str) -> "subprocess.CompletedProcess[str]":
        environ = {
            **past.surroundings(self._bench), "WORKON_HOME": str(self._bench.scratch / "pipenv"), "PIPENV_YES": "1",
            "PDM_USE_VENV": "0", "PDM_CHECK_UPDATE": "0", "POETRY_VIRTUALENVS_CREATE": "false",
        }  # fmt: skip
        words = ("sh", "-c", command)
        return subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def _version(text: str) -> str:
    found = re.search(r"\d[\w.]*", text)
    return found[0] if found else ""


if __name__ == "__main__":
    sys.exit(main())
