"""What a policy silences in releases that nobody holds yet: judged as an audit judges what is held."""

import json
import time
from pathlib import Path

import pytest

from pip_assay import flow
from pip_assay.advisories import build
from pip_assay.fix.nouns import Target
from pip_assay.fix.planning.auditing import Auditing
from pip_assay.model import OPEN, PYPI, Dependency, Inventory, Pin, Place
from pip_assay.settings import Outside, Settings
from tests.osv_export import archive, record

ONLY_2 = [{"package": {"ecosystem": "PyPI", "name": "web"}, "versions": ["2.0"]}]
RECORDS = (
    record("GHSA-1", "web", fixed="3.0", aliases=["CVE-2026-1"]),
    record("GHSA-2", "web", affected=ONLY_2, aliases=["CVE-2026-2"]),
    record("GHSA-3", "new", fixed="5.0"),
    record("MAL-2026-1", "web", affected=ONLY_2, aliases=["CVE-2026-9"]),
)
RELEASES = [("web", version) for version in ("1.0", "1.5", "2.0", "3.0")]

RULES = [
    ('id = "GHSA-1"', {"1.0", "1.5"}),
    ('id = "cve-2026-1"', {"1.0", "1.5"}),
    ('id = "GHSA-1", package = "new"', set()),
    ('id = "GHSA-1", package = "web", versions = "<1.5"', {"1.0"}),
    ('id = "GHSA-1", groups = ["dev"]', {"1.0", "1.5"}),
    ('id = "GHSA-1", groups = ["test"]', set()),
    ('id = "GHSA-1", path = "r.txt"', {"1.0", "1.5"}),
    ('id = "GHSA-1", path = "other.txt"', set()),
    ('id = "GHSA-1", expires = 2999-01-01', {"1.0", "1.5"}),
    ('id = "GHSA-1", expires = 2020-01-01', set()),
    ('id = "GHSA-1", until-fixed = true', set()),
    ('id = "CVE-2026-9"', set()),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings whose database holds the records."""
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "all.zip", *RECORDS)], now=time.time())
    return Settings(database=path, cache=str(tmp_path / "cache"), max_database_age=1e9)


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """Return a target that holds web 1.0 in a group, in the current folder."""
    monkeypatch.chdir(tmp_path)
    web = Dependency(Pin(PYPI, "web", "1.0"), Place("r.txt", 1), ("group:dev",))
    return Target(Inventory("r.txt", "requirements", (web,)), "requirements", ())


def outside(folder: Path) -> Outside:
    return Outside({"HOME": str(folder), "PIP_CONFIG_FILE": ""}, str(folder), time.time())


def audited(target: Target, name: str, version: str, settings: Settings, folder: Path) -> set[str]:
    """Return the records of the open findings that an audit has of a target that holds another release."""
    (web,) = target.inventory.dependencies
    pins = (web._replace(pin=web.pin._replace(version=version)),) if name == "web" else ()
    comes_in = Dependency(Pin(PYPI, name, version), Place("r.txt"), direct=False)
    held = target.inventory._replace(dependencies=pins or (web, comes_in))
    [audit] = flow.judge([held], settings, outside(folder)).audits
    found = (each.finding for each in audit.verdicts if each.status in OPEN)
    return {record.id for each in found if each.dependency.pin.name == name for record in each.advisories}


@pytest.mark.parametrize(("rule", "silences"), RULES)
def test_a_rule_holds_within_its_bounds(
    rule: str, silences: set[str], settings: Settings, target: Target, tmp_path: Path
) -> None:
    """A release that nobody holds is judged as an audit would if it were held; so are those that come in."""
    (tmp_path / "pyproject.toml").write_text(f'[tool.pip-assay]\nignore = [{{ {rule}, reason = "unused" }}]\n')
    auditing = Auditing(settings, outside(tmp_path), target)
    for name, version in (*RELEASES, ("new", "1.0")):
        assert auditing.affected(name, version) == audited(target, name, version, settings, tmp_path), (name, version)
    silent = {version for _, version in RELEASES if version < "2" and not auditing.affected("web", version)}
    assert silent == silences
    assert "MAL-2026-1" in auditing.affected("web", "2.0")


def test_a_statement_silences_what_it_speaks_of(settings: Settings, target: Target, tmp_path: Path) -> None:
    """A VEX statement on one release says nothing of another."""
    said = {
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:example:1", "author": "us", "version": 1,
        "timestamp": "2026-11-01T00:00:00Z",
        "statements": [
            {
                "vulnerability": {"name": "CVE-2026-1"}, "products": [{"@id": "pkg:pypi/web@1.5"}],
                "status": "not_affected", "justification": "vulnerable_code_not_present",
            }
        ],
    }  # fmt: skip
    (tmp_path / "vex.json").write_text(json.dumps(said))
    heard = settings._replace(vex=(str(tmp_path / "vex.json"),), no_config=True)
    auditing = Auditing(heard, outside(tmp_path), target)
    for name, version in RELEASES:
        assert auditing.affected(name, version) == audited(target, name, version, heard, tmp_path), version
    assert auditing.affected("web", "1.0") == {"GHSA-1"}
    assert not auditing.affected("web", "1.5")


def test_of_a_project_of_ones_own_nothing_is_looked_up(
    settings: Settings, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No public record speaks of it, and no service is told its name."""
    (tmp_path / "pyproject.toml").write_text('[tool.pip-assay]\ninternal = ["We*"]\n')
    asked: list[object] = []
    monkeypatch.setattr("pip_assay.fix.planning.auditing.look_up", lambda *about: asked.append(about))
    for service in ("local", "pypi"):
        auditing = Auditing(settings._replace(service=service), outside(tmp_path), target)
        assert auditing.affected("web", "1.0") == auditing.known("web", "1.5") == frozenset()
    assert asked == []
