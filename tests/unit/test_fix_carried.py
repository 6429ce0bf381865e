"""Findings in what a distribution carries: settled by the upgrade of it that is known to be free of them, or left."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pip_assay import flow
from pip_assay.fix import steps
from pip_assay.fix.nouns import Outcome, Wish
from pip_assay.fix.planning.carried import Carriers, carried
from pip_assay.model import PYPI, Audit, Dependency, Finding, Origin, Pin, Upgrade, Verdict
from tests.fix_scene import Scene, scene

RSA = Pin("crates.io", "rsa", "0.9.10")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a scene with a file that holds web and core 1.0, of which web carries a crate with a flaw."""
    with scene(tmp_path) as made:
        monkeypatch.chdir(made.folder)
        made.put("r.txt", "core==1.0\nweb==1.0\n")
        yield made


def fixed(
    here: Scene, monkeypatch: pytest.MonkeyPatch, *upgrades: Upgrade, wish: Wish = Wish(), writing: bool = False  # noqa: B008
) -> tuple[Outcome, Finding]:  # fmt: skip
    """Return the outcome of a fix, and the finding in what web carries; the audit names the upgrades as well."""
    real = flow.audit
    inside: list[Finding] = []

    def audit(*about: object) -> object:
        report = real(*about)  # type: ignore[arg-type]
        [one] = report.audits
        verdict = next(each for each in one.verdicts if each.finding.dependency.pin.name == "web")
        host = verdict.finding.dependency
        crate = Dependency(RSA, host.place, direct=False, origin=Origin("bundled"), inside=host.pin)
        inside[:] = [verdict.finding._replace(id="RUSTSEC-1", aliases=(), advisories=(), dependency=crate)]
        inventory = one.inventory._replace(dependencies=(*one.inventory.dependencies, crate))
        verdicts = (*one.verdicts, Verdict(inside[0], "fails"))
        changed = one._replace(inventory=inventory, verdicts=verdicts, upgrades=(*upgrades, *one.upgrades))
        return report._replace(audits=(changed,))

    monkeypatch.setattr(flow, "audit", audit)
    settings = here.settings._replace(requirements=("r.txt",), no_deps=True)
    [outcome] = steps.fix(settings, here.outside, wish, writing=writing).outcomes
    return outcome, inside[0]


FREE = Upgrade("web", "1.0", "2.1", ("RUSTSEC-1",))


def test_the_carrier_moves_to_the_release_that_is_free_of_it(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not to a nearer one, of which nobody knows what it carries; and the finding is settled as the audit has it."""
    outcome, inside = fixed(here, monkeypatch, FREE, writing=True)
    [web] = [each for each in outcome.plan.changes if each.name == "web"]
    assert (web.new, web.settles) == ("2.1", ("PYSEC-WEB", "RUSTSEC-1"))
    assert inside in outcome.plan.settled
    assert outcome.plan.blocked == ()
    assert (outcome.faults, outcome.written) == ((), True)
    assert "web==2.1" in here.text("r.txt")


def test_a_nearer_release_settles_nothing_inside(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no release is known to be free, the finding stays, and that the carrier moves is told."""
    outcome, inside = fixed(here, monkeypatch)
    assert [(each.new, each.settles) for each in outcome.plan.changes if each.name == "web"] == [
        ("2.0", ("PYSEC-WEB",))
    ]
    [blocked] = outcome.plan.blocked
    assert blocked.findings == (inside,)
    assert blocked.why == "inside web 1.0, of which 2.0 takes the place: whether that carries it is not known before"


def test_what_speaks_against_the_upgrade_of_the_carrier_is_told(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding in what is carried stays for the same reasons as any other."""
    outcome, inside = fixed(here, monkeypatch, FREE, wish=Wish(level="minor"))
    stuck = {each.findings: each.why for each in outcome.plan.blocked}
    [(findings, why)] = stuck.items()
    assert inside in findings
    assert why == "it needs a major step (1.0 -> 2.1), which --max-level minor forbids"


@pytest.mark.parametrize(
    ("only", "new"), [(("rsa",), "2.1"), (("RUSTSEC-1",), "2.1"), (("PYSEC-WEB",), "2.0"), (("core",), None)]
)
def test_what_nobody_asks_for_moves_nothing(
    here: Scene, monkeypatch: pytest.MonkeyPatch, only: tuple[str, ...], new: str | None
) -> None:
    """It is named by its own name and ids, as in the audit."""
    outcome, _ = fixed(here, monkeypatch, FREE, wish=Wish(only=only))
    assert {each.name: each.new for each in outcome.plan.changes}.get("web") == new


def test_only_open_findings_in_releases_of_the_target_count(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what is silenced, nor malware, nor what an interpreter carries moves anything."""
    _, inside = fixed(here, monkeypatch, FREE)
    inventory = here.inventory("r.txt", no_deps=True)

    def of(finding: Finding, *upgrades: Upgrade, status: str = "fails") -> list[str]:
        verdict = Verdict(finding, status)  # type: ignore[arg-type]
        return [each.free for each in carried(Audit(inventory, (verdict,), upgrades or (FREE,)))]

    assert of(inside) == ["2.1"]
    assert of(inside, status="ignored") == []
    assert of(inside._replace(malware=True)) == []
    assert of(inside, FREE._replace(settles=("OTHER",))) == []
    elsewhere = inside.dependency._replace(inside=Pin(PYPI, "gone", "1.0"))
    assert of(inside._replace(dependency=elsewhere), FREE._replace(name="gone")) == []


def test_every_release_below_the_free_one_carries_it(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows better."""
    _, inside = fixed(here, monkeypatch, FREE)
    inventory = here.inventory("r.txt", no_deps=True)
    known = Carriers(carried(Audit(inventory, (Verdict(inside, "fails"),), (FREE,))))
    said = {version: known.of("web", version) for version in ("1.0", "1.5", "2.1rc1", "2.1", "3.0")}
    assert [version for version, found in said.items() if found == {"RUSTSEC-1"}] == ["1.0", "1.5", "2.1rc1"]
    assert known.of("core", "1.0") == frozenset()
