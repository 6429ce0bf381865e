"""The known cases, run through every tool, as a table of who gets them right."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import answers, tools
from bench.answers import Answer, ask
from bench.cases import CASES, Case
from bench.server import Server, Service
from bench.tools import Bench

RIGHT = "right"
NO_PART = "-"
PRIVATE = "https://index.example/simple"

MANIFEST = """\
[project]
name = "project"
version = "0"
requires-python = ">=3.11"
dependencies = [{asked}]
"""

PACKAGE = """\
[[package]]
name = "{name}"
version = "{version}"
source = {{ registry = "{index}" }}

"""

LOCK = """\
version = 1
revision = 3
requires-python = ">=3.11"

{packages}[[package]]
name = "project"
version = "0"
source = {{ virtual = "." }}
dependencies = [
{edges}]
"""


class Scene(NamedTuple):
    """One case, ready to be audited: a folder for it, and the address of the public index."""

    case: Case
    folder: Path
    public: str

    def project(self, index: str, private: str) -> Path:
        """Return a folder with a lock that takes the pins from the index."""
        project = self.folder / "project"
        project.mkdir()
        asked = ", ".join(f'"{name}=={version}"' for name, version in self.case.pins)
        (project / "pyproject.toml").write_text(MANIFEST.format(asked=asked))
        packages = "".join(
            PACKAGE.format(name=name, version=version, index=private if name == self.case.kept else index)
            for name, version in self.case.pins
        )
        edges = "".join(f'    {{ name = "{name}" }},\n' for name, _ in self.case.pins)
        (project / "uv.lock").write_text(LOCK.format(packages=packages, edges=edges))
        return project

    def requirements(self) -> Path:
        """Return a requirements file: the case's own, or one of its pins."""
        pins = "".join(f"{name}=={version}\n" for name, version in self.case.pins)
        files = self.case.files or (("requirements.txt", pins),)
        for name, content in files:
            (self.folder / name).write_text(content)
        return self.folder / files[0][0]


def table(bench: Bench, index: str) -> list[str]:
    """Return the lines of the table."""
    lines = [f"| case | right is | {' | '.join(TOOLS)} |", "|---|---|" + "---|" * len(TOOLS)]
    for number, case in enumerate(CASES):
        sys.stderr.write(f"{case.title}\n")
        cells = [_cell(Scene(case, _folder(bench.scratch, number, name), index), bench, name) for name in TOOLS]
        lines.append(f"| {case.title} | {case.right} | {' | '.join(cells)} |")
    return lines


def is_wrong(lines: Sequence[str]) -> bool:
    """Return whether pip-assay gets a case of the table wrong."""
    return any(cell.strip() not in (RIGHT, NO_PART) for line in lines[2:] for cell in line.split("|")[3:5])


def _folder(scratch: Path, number: int, name: str) -> Path:
    folder = scratch / f"case-{number}-{name.replace(' ', '-')}"
    folder.mkdir()
    return folder


def _cell(scene: Scene, bench: Bench, name: str) -> str:
    service = Service(scene.case.records, scene.case.habits)
    with Server(service) as server:
        answer = TOOLS[name](bench._replace(url=server.url, scratch=scene.folder), scene)
    if answer is None:
        return NO_PART
    if scene.case.kept:
        return "sent" if scene.case.kept in service.asked else RIGHT
    return RIGHT if scene.case.judge(answer) else _said(answer)


def _said(answer: Answer) -> str:
    if answer.clean:
        return "says clean"
    if not answer.found:
        return f"error, exit {answer.code}"
    fixes = dict.fromkeys(", ".join(each.fixes) for each in answer.found)
    number = f"{len(answer.found)} finding{'s' * (len(answer.found) > 1)}"
    return f"{number}, fixed in {' / '.join(fixes)}" if any(fixes) else number


def _target(scene: Scene) -> tuple[str, ...]:
    if scene.case.files:
        return ("-r", str(scene.requirements()), "--no-deps")
    return (str(scene.project(scene.public, PRIVATE) / "uv.lock"),)


def _pip_assay(bench: Bench, scene: Scene) -> Answer | None:
    if scene.case.online:
        return None
    folder, database = scene.folder / "records", scene.folder / "advisories.db"
    folder.mkdir()
    for record in scene.case.records:
        (folder / f"{record['id']}.json").write_text(json.dumps(record))
    (folder / "modified_id.csv").touch()  # the records are all that there are
    ask(tools.import_records(bench, folder, database), lambda _: [])
    return ask(tools.pip_assay(bench, database, *_target(scene), "-f", "json"), answers.of_pip_assay)


def _pip_assay_online(bench: Bench, scene: Scene) -> Answer | None:
    words = (*_target(scene), "-s", "osv", "--osv-url", f"{bench.url}/v1/query", "-f", "json")
    return ask(tools.pip_assay(bench, scene.folder / "none.db", *words), answers.of_pip_assay)


def _pip_audit(bench: Bench, scene: Scene) -> Answer | None:
    if scene.case.habits.silent or scene.case.habits.lost or scene.case.kept:
        return None
    words = tools.requirements(scene.requirements())
    return ask(tools.pip_audit(bench, *words, "-f", "json"), answers.of_pip_audit)


def _uv_audit(bench: Bench, scene: Scene) -> Answer | None:
    if scene.case.files:
        return None
    project = scene.project(f"{bench.url}/simple", f"{bench.url}/private")
    return ask(tools.uv_audit(bench, project, "--output-format", "json"), answers.of_uv_audit)


def _pysentry(bench: Bench, scene: Scene) -> Answer | None:
    lock = (str(scene.project(scene.public, PRIVATE)),)
    pins = ("--no-resolver", "--requirements-files", str(scene.requirements()))
    words = pins if scene.case.files else lock
    return ask(tools.pysentry(bench, *words, "--format", "json"), answers.of_pysentry)


TOOLS: dict[str, Callable[[Bench, Scene], Answer | None]] = {
    "pip-assay": _pip_assay,
    "pip-assay -s osv": _pip_assay_online,
    "pip-audit": _pip_audit,
    "uv audit": _uv_audit,
    "pysentry": _pysentry,
}
