"""The real pip-audit, uv and pysentry ask `pip-assay serve`, and find what pip-assay itself finds.

One requirements file and one lock of the same releases, from the projects of tests/records. The differences that are
left are the clients' own, and each is named here.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pip_assay.cli import main
from tests.serving import Serving, database
from tests.transcripts import RECORDS

PROGRAMS = Path(sysconfig.get_path("scripts"))
INDEX = "https://index.example/simple"
RELEASES = {"alpha": "1.0", "beta": "1.0", "gamma": "2.0", "delta": "1.0", "zeta": "1.0", "unheard-of": "3.0"}

UNDECIDED = {"epsilon": {"PYSEC-2026-4"}}
"""A record whose fix is no version ("2019-09-12"). pip-assay calls it undecided, which is a problem and no finding. uv
and pysentry believe every record that is named for a release, so they report it; pip-audit 2.10 fails on such a record.
"""

Found = dict[str, set[str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, Path]]:
    """A server, and its database."""
    held = database(RECORDS, tmp_path_factory.mktemp("served") / "advisories.db")
    with Serving(held) as serving:
        yield serving, held


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    """The releases that pip-audit can be asked about."""
    file = tmp_path / "requirements.txt"
    file.write_text("".join(f"{name}=={version}\n" for name, version in RELEASES.items()))
    return file


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A project with a uv.lock of the releases, and of the one that nobody can decide."""
    releases = {**RELEASES, "epsilon": "1.0"}
    project = tmp_path / "project"
    project.mkdir()
    named = ", ".join(f'"{name}=={version}"' for name, version in releases.items())
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "project"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = [{named}]\n'
    )
    edges = ", ".join(f'{{ name = "{name}" }}' for name in releases)
    entries = "".join(
        f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "{INDEX}" }}\n'
        f'sdist = {{ url = "{INDEX}/{name}-{version}.tar.gz", hash = "sha256:{"0" * 64}" }}\n'
        for name, version in releases.items()
    )
    (project / "uv.lock").write_text(
        'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n'
        f'\n[[package]]\nname = "project"\nversion = "1"\nsource = {{ virtual = "." }}\ndependencies = [{edges}]\n'
        + entries
    )
    return project


def program(name: str) -> str:
    """Return the program of the test environment."""
    path = PROGRAMS / name
    if not path.exists():
        pytest.skip(f"{name} is not installed beside the tests")
    return str(path)


def ran(words: list[str], folder: Path, environ: Mapping[str, str] = {}) -> str:
    """Return what a client prints; it must end as one that looked does: with 0, or 1 for findings."""
    surroundings = {
        "PATH": os.pathsep.join((str(PROGRAMS), os.defpath)),
        "HOME": os.environ["HOME"],
        "NO_PROXY": "127.0.0.1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        **environ,
    }
    done = subprocess.run(words, cwd=folder, env=surroundings, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def merged(found: Found) -> Found:
    """Return only what has something."""
    return {name: each for name, each in found.items() if each}


def of_report(text: str) -> Found:
    """Return by project the ids and aliases in a report of pip-assay or pip-audit, which have one shape."""
    return merged(
        {
            entry["name"]: {each for flaw in entry.get("vulns", ()) for each in (flaw["id"], *flaw["aliases"])}
            for entry in json.loads(text)["dependencies"]
        }
    )


def ours(requirements: Path, capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    capsys.readouterr()
    main(["-r", str(requirements), "--no-deps", "-f", "json", "--index-url", INDEX, *options])
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def known(
    served: tuple[Serving, Path],
    requirements: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Found:
    """What pip-assay itself finds with the database."""
    monkeypatch.setenv("PIP_ASSAY_MAX_DB_AGE", "99999")
    found = of_report(json.dumps(ours(requirements, capsys, "--db", str(served[1]), "--offline")))
    assert found
    return found


def test_our_own_audit_finds_the_same(
    served: tuple[Serving, Path],
    requirements: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`-s osv` against the server reports what the local database does, but for where the data came from."""
    monkeypatch.setenv("PIP_ASSAY_MAX_DB_AGE", "99999")
    with requirements.open("a") as file:
        file.write("epsilon==1.0\nalpha==odd\n")
    local = ours(requirements, capsys, "--db", str(served[1]), "--offline")
    asked = ours(requirements, capsys, "-s", "osv", "--osv-url", served[0].url)
    assert local["dependencies"] == asked["dependencies"]
    assert [each for each in asked["problems"] if each["gap"] == "undecided"]
    # Only for the local database is there a command that prints the record.
    assert [each | {"hint": ""} for each in local["problems"]] == [each | {"hint": ""} for each in asked["problems"]]
    assert any(entry["vulns"] for entry in local["dependencies"])


def test_pip_audit_finds_the_same(served: tuple[Serving, Path], requirements: Path, known: Found) -> None:
    """The same projects, and the same records under their ids and aliases."""
    words = [program("pip-audit"), "-s", "osv", "--osv-url", f"{served[0].url}/v1/query", "-f", "json"]
    words += ["--progress-spinner", "off", "-r", str(requirements), "--no-deps", "--disable-pip"]
    assert of_report(ran(words, requirements.parent)) == known


def test_pip_audit_sends_a_token(served: tuple[Serving, Path], requirements: Path, known: Found) -> None:
    """A token in the address is sent as a password, which the server takes."""
    token = "a-token-of-many-letters"
    with Serving(served[1], token=token) as serving:
        address = serving.url.replace("http://", f"http://any:{token}@")
        words = [program("pip-audit"), "-s", "osv", "--osv-url", f"{address}/v1/query", "-f", "json"]
        words += ["--progress-spinner", "off", "-r", str(requirements), "--no-deps", "--disable-pip"]
        assert of_report(ran(words, requirements.parent)) == known


def test_uv_audit_finds_the_same(served: tuple[Serving, Path], lock: Path, known: Found) -> None:
    """The same records, each by itself: uv does not merge aliases; and the one that nobody can decide."""
    words = [program("uv"), "audit", "--frozen", "--preview-features", "audit-command,json-output"]
    words += ["--service-url", f"{served[0].url}/", "--output-format", "json"]
    environ = {"UV_CACHE_DIR": str(lock.parent / "cache"), "UV_PYTHON": sys.executable, "UV_NO_CONFIG": "1"}
    report = json.loads(ran(words, lock, environ))
    found: Found = {}
    for flaw in report["vulnerabilities"]:
        found.setdefault(flaw["dependency"]["name"], set()).update([flaw["id"], *flaw["aliases"]])
    assert found == {**known, **UNDECIDED}


def test_pysentry_finds_the_same(served: tuple[Serving, Path], lock: Path, known: Found) -> None:
    """The same records, and the one that nobody can decide."""
    words = [program("pysentry-rs"), "--sources", "osv", "--service-url", f"{served[0].url}/v1", "--format", "json"]
    words += ["--no-maintenance-check", "--no-config", "--no-ci-detect", "--cache-dir", str(lock.parent / "cache"), "."]
    ran([*words, "-o", "report.json"], lock)  # on stdout an appeal for donations follows the report
    report = json.loads((lock / "report.json").read_text())
    found: Found = {}
    for flaw in report["vulnerabilities"]:
        found.setdefault(flaw["package_name"], set()).update([flaw["id"], *flaw.get("aliases", ())])
    assert found == {**known, **UNDECIDED}
