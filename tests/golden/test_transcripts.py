"""Commands and everything they print, as files that are read before they are accepted (pytest --update)."""

import re
import shlex
from pathlib import Path

import pytest

from tests.transcripts import PROJECTS, Person, copy, written

TRANSCRIPTS = Path(__file__).parent / "transcripts"

CASES = {
    "vulnerable": ["-r requirements.txt --no-deps -f json=report.json -f github", "convert report.json -f junit",
                   "convert report.json -f openvex", "-r requirements.txt --no-deps -q", "check alpha==2.0 -qq",
                   "-r requirements.txt --no-deps", "-r requirements.txt --no-deps -f columns --aliases",
                   "-r requirements.txt --no-deps -f markdown", "-r requirements.txt --no-deps -f json",
                   "-r requirements.txt --no-deps --ignore-vuln CVE-2026-1 --ignore-vuln CVE-1999-1",
                   "-r requirements.txt --no-deps --fail-on high --ignore-vuln PYSEC-2026-1 --ignore-vuln CVE-2026-3",
                   "-r requirements.txt --no-deps --exit-zero -v", "-r requirements.txt --dry-run --no-deps",
                   "-r requirements.txt --offline", "-r requirements.txt --no-deps --as-of 2026-01-02",
                "-r requirements.txt --no-deps --as-of 2026-01-01", "-r requirements.txt --no-deps --as-of 2027-01-01",
                "-r requirements.txt --no-deps --as-of 2026-01-02 -s pypi"],
    "clean": ["-r requirements.txt --no-deps", "-r requirements.txt --no-deps -f columns",
              "-r requirements.txt --no-deps -f markdown", "-r requirements.txt --no-deps -f json"],
    "nested": ["-r requirements.txt --no-deps"],
    "cycle": ["-r requirements.txt --no-deps"],
    "constraints": ["-r requirements.txt --no-deps"],
    "unpinned": ["-r requirements.txt --no-deps", "-r requirements.txt --offline",
    "-r requirements.txt --disable-pip"],
    "binary": ["-r requirements.txt"],
    "empty": ["-r requirements.txt"],
    "nothing": [".", "notes.md", "missing.txt", "-r missing.txt", "--path missing", "--python missing"],
    "broken-lock": ["."],
    "future-lock": ["."],
    "lock-without-version": ["."],
    "odd-version": ["-r requirements.txt --no-deps"],
    "private-index": [".", ". --index-url https://packages.example/simple"],
    "own-index": ["-r requirements.txt --no-deps",
                  "-r requirements.txt --no-deps --index-url https://packages.example/simple"],
    "from-git": ["-r requirements.txt --no-deps", "-r requirements.txt --no-deps --skip-editable -f columns"],
    "malware": ["-r requirements.txt --no-deps", "-r requirements.txt --no-deps -f columns",
                "-r requirements.txt --no-deps --ignore-vuln MAL-2026-1"],
    "mirror": [
        "db update --from copy --ecosystem PyPI --db m.db",
        "db update --from copy --db m.db",
        "db update --from copy --db m.db --signals --kev-url kev.json --epss-url epss.csv",
        "db info --db m.db",
        "-r requirements.txt --no-deps --db m.db",
        "-r requirements.txt --no-deps --db m.db -f columns",
        "-r requirements.txt --no-deps --db m.db --fail-on exploited",
        "show CVE-2026-1002 --db m.db",
        "db update --from copy --db m.db --signals --kev-url nowhere.json",
    ],
    "policy": ["uv.lock", "uv.lock --strict-ignores --fail-on critical", "uv.lock --no-config", "config show",
               "service/requirements.txt --no-deps", "config show service/requirements.txt",
               "ignore PYSEC-2026-3 --reason 'only the tests use it' --group dev --until-fixed", "uv.lock -f markdown",
               "ignore CVE-2026-1", "uv.lock -f columns -f json", "uv.lock -f columns -f json=missing/report.json",
               "uv.lock --fail-on severe"],
    "undecided": ["-r requirements.txt --no-deps"],
    "hostile": ["-r requirements.txt --no-deps --desc --aliases", "-r requirements.txt --no-deps -f markdown --desc",
                "-r requirements.txt --no-deps -f columns --desc", "show PYSEC-2026-7"],
    "pyproject": ["pyproject.toml --no-deps", ". --offline"],
    "poetry": [". --offline", "pyproject.toml --offline"],
    "hashed": ["-r requirements.txt", "-r requirements.txt --disable-pip --require-hashes"],
    "compiled": ["-r requirements.txt", "why alpha -r requirements.txt"],
    "pylock": ["pylock.toml", "--locked .", "--locked . -f json"],
    "two-locks": [".", "why alpha .", "why beta uv.lock", "why nobody .", "uv.lock -f json"],
    "unfinished": ["-r requirements.txt --no-deps"],
    "disagreement": ["-r requirements.txt --no-deps --desc"],
    "poetry-lock": [".", ". --group test", "poetry.lock --no-dev -f columns"],
    "pdm-lock": [".", "why beta pdm.lock", "pdm.lock --only-group test"],
    "pipfile-lock": ["."],
    "pixi-lock": ["."],
    "conda-lock": ["."],
    "conda-environment": [". --no-deps", ". --offline"],
    "conda-prefix": [".", ". --strict"],
    "root-filesystem": ["--root .", "--root missing"],
    "pip-inspect": ["inspect.json"],
    "cyclonedx": [".", "bom.json -f json"],
    "cyclonedx-xml": ["."],
    "spdx": ["."],
    "spdx-tag-value": ["."],
    "spdx3": ["."],
    "dockerfile": [".", ". --hints -f columns", "Dockerfile"],
    "notebook": ["analysis.ipynb"],
    "groups": [". --no-deps", ". --no-deps --no-dev", ". --no-deps --group tset", ". --no-deps --only-group test"],
    "setup-cfg": [". --no-deps"],
    "setup-py": [". --no-deps"],
    "script": [". --no-deps", "run.py --offline"],
    "poetry-manifest": [". --no-deps"],
    "pipfile": [". --no-deps"],
    "monorepo": ["--recursive . --no-deps", "-R . --no-deps -v", "-R . --no-deps -f jsonl",
    "-R . --no-deps -f columns",
                 "-R missing", "-R services docs --no-deps"],
    "bundled": [". --offline", "db update --from exports --ecosystem crates.io --ecosystem AlmaLinux", ".", ". -v",
                ". --fail-on never", ". --no-bundled", ". --strict", ". -f columns", ". -f markdown", "why gamma .",
                "contents .", "contents . --package carrier -v", "contents . -f json", "contents missing",
                "contents . --no-bundled"],
    "environment": [".", "--path lib/python3.99/site-packages", ". --skip-editable --strict", "why alpha ."],
}  # fmt: skip

COMMANDS = [
    "check alpha==1.2 Beta==0.9", "check alpha", "check clean==1.0 -f json", "show CVE-2026-1", "show pysec-2026-6",
    "show CVE-1", "show MAL-2026-1", "db info", "db", "db import missing.zip", "--severity high",
    "--no-such-option", "-f pdf", "config", "convert missing.json", "vex -f json", "completion tcsh",
    "--recursive", "--only-group dev --no-dev .", "--ranges", "--python-version banana .",
    "db keygen KEY.pem", "db export carried.zip --sign-key KEY.pem",
    "db import carried.zip --verify-key KEY.pub.pem --db inside.db", "db wheel dist", "db verify",
    "serve --port 70000",
    "serve --db none.db", "db update --from records --ecosystem npm",
    "check clean==1.0 -s esms --offline", "db update --kev-url kev.json", "--locked", "--no-deps",
    "-r a.txt b.txt", "--timeout never",
]  # fmt: skip


def cases() -> list[tuple[str, str]]:
    return [(project, line) for project, lines in CASES.items() for line in lines]


def compare(name: str, text: str, update: bool) -> None:
    golden = TRANSCRIPTS / f"{name}.txt"
    if update:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update"))


@pytest.mark.parametrize("project", CASES)
def test_a_project_is_audited_as_written(
    project: str, update: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every command on a project, wrong in one named way, prints what its transcript says and ends as it says."""
    person = Person(copy(project, tmp_path), monkeypatch, capfd)
    person.types("db", "import", "records")
    compare(
        project,
        "\n".join(written(shlex.split(line), person.types(*shlex.split(line))) for line in CASES[project]),
        update,
    )


def test_commands_say_what_they_do(
    update: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The other commands, and wrong usage."""
    person = Person(copy("nothing", tmp_path), monkeypatch, capfd)
    person.types("db", "import", "records")
    text = "\n".join(written(shlex.split(line), person.types(*shlex.split(line))) for line in COMMANDS)
    # How small a file gets is the affair of this machine's zlib.
    compare("commands", re.sub(r"carried\.zip \([^)]*\)", "carried.zip (SIZE)", text), update)


def test_every_project_has_a_transcript() -> None:
    """A project that no transcript tries proves nothing."""
    assert {folder.name for folder in PROJECTS.iterdir()} == set(CASES)
    assert {file.stem for file in TRANSCRIPTS.iterdir()} == {*CASES, "commands", "fix"}
