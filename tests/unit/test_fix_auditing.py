"""Which flaws releases have that nobody holds yet, and a plan from a real database, solver and index."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from pip_assay import look_up
from pip_assay.advisories import build
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Target, Wish
from pip_assay.fix.planning import planned as module
from pip_assay.fix.planning.auditing import Auditing
from pip_assay.fix.planning.planned import planned
from pip_assay.model import Data, Dependency, Origin, Upgrade
from pip_assay.origins import Origins
from pip_assay.records import Claim, Span
from pip_assay.settings import Outside, Settings
from pip_assay.sources.resolve import Index, programs
from pip_assay.versions import key
from tests.fixing import finding, target
from tests.osv_export import archive, record
from tests.resolving import uv_executable
from tests.wheel_folder import wheel

NOW = 1_800_000_000.0
RECORDS = (
    record("PYSEC-1", "web", fixed="2.0"),
    record("PYSEC-2", "web", affected=[{"package": {"ecosystem": "PyPI", "name": "web"}, "versions": ["2.1"]}]),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings whose database holds the records."""
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "all.zip", *RECORDS)], now=NOW)
    return Settings(database=path, cache=str(tmp_path / "cache"), max_database_age=1e9)


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    """Return a world in which uv is at hand, and its cache in a folder of its own."""
    path = os.path.dirname(uv_executable())
    environ = {"PATH": path, "HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "uv")}
    return Outside(environ, str(tmp_path / "project"), NOW)


@pytest.fixture
def held(tmp_path: Path) -> Target:
    """Return a target that holds web 1.0, with wheels in a folder alone."""
    links = tmp_path / "links"
    for version in ("1.0", "1.5", "2.0", "2.1", "3.0"):
        wheel(links, "web", version)
    return target({"web": "1.0"}, indexes=Index(find_links=(str(links),), none=True))


def test_every_release_of_a_project_is_judged_by_one_look_up(
    settings: Settings, outside: Outside, held: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local database is asked once for a project, whatever releases are asked about."""
    asked: list[object] = []
    real = look_up.look_up

    def counted(dependencies: Sequence[Dependency], settings: Settings, outside: Outside) -> look_up.Answers:
        asked.append(dependencies)
        return real(dependencies, settings, outside)

    monkeypatch.setattr("pip_assay.fix.planning.auditing.look_up", counted)
    auditing = Auditing(settings, outside, held)
    said = {version: auditing.affected("web", version) for version in ("1.0", "2.0", "2.1", "3.0")}
    assert said == {
        "1.0": {"PYSEC-1"}, "2.0": frozenset(), "2.1": {"PYSEC-2"}, "3.0": frozenset(),
    }  # fmt: skip
    assert auditing.known("web", "1.0") == {"PYSEC-1"}
    assert auditing.known("nobody", "1.0") == frozenset()
    assert len(asked) == 2


def test_what_a_policy_silences_is_no_flaw(settings: Settings, outside: Outside, held: Target) -> None:
    """A release may have the flaws that a rule silences."""
    ignoring = settings._replace(ignored=("PYSEC-2",), no_config=True)
    assert Auditing(ignoring, outside, held).affected("web", "2.1") == frozenset()


def test_without_data_nothing_is_taken_for_clean(tmp_path: Path, outside: Outside, held: Target) -> None:
    """Where there is no advisory data, no release is called free of flaws."""
    settings = Settings(database=str(tmp_path / "none.db"), cache=str(tmp_path), offline=True)
    with pytest.raises(Unreadable, match=r"whether web 1\.0 has flaws is not known"):
        Auditing(settings, outside, held).affected("web", "1.0")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return what an online service is asked about: it says of one release at a time, and cannot answer for "odd"."""
    asked: list[tuple[str, str]] = []

    def answer(dependencies: Sequence[Dependency], settings: Settings, outside: Outside) -> look_up.Answers:
        pins = [each.pin for each in dependencies]
        origins = Origins(lambda: "https://index.example/simple", settings, outside.environ)
        asked.extend((each.pin.name, each.origin.kind) for each in dependencies)
        claims = {}
        for pin in pins:
            start = key(pin.ecosystem, pin.version) or b""
            claims[pin.ecosystem, pin.name] = [Claim("PYSEC-1", (Span(start, start + b"\x00"),))] * (pin.version < "2")
        return look_up.Answers(
            claims=claims, advisories=lambda _: {}, related=lambda _, __: {}, data=Data("PyPI"), origins=origins,
            unanswered={pin: "it did not answer" for pin in pins if pin.name in {"odd", "mine"}},
        )  # fmt: skip

    monkeypatch.setattr("pip_assay.fix.planning.auditing.look_up", answer)
    return asked


def test_a_service_is_asked_about_each_release(service: list[tuple[str, str]], outside: Outside, held: Target) -> None:
    """What a service has said of one release says nothing of another; a silent service is an error."""
    auditing = Auditing(Settings(service="pypi"), outside, held)
    assert auditing.known("web", "1.0") == frozenset()
    assert auditing.affected("web", "1.0") == {"PYSEC-1"}
    assert auditing.affected("web", "1.5") == {"PYSEC-1"}
    assert auditing.known("web", "1.0") == {"PYSEC-1"}
    assert auditing.known("web", "1.6") == frozenset()
    assert auditing.affected("web", "2.0") == frozenset()
    assert len(service) == 3
    with pytest.raises(Unreadable, match="it did not answer"):
        auditing.affected("odd", "1.0")


def test_a_private_name_keeps_its_origin(service: list[tuple[str, str]], outside: Outside, held: Target) -> None:
    """What is held from a private index is looked up as such, so that its name is not sent; so is what is new."""
    private = Origin("private index", "https://private.example/simple")
    (web,) = held.inventory.dependencies
    inventory = held.inventory._replace(dependencies=(web._replace(pin=web.pin._replace(name="mine"), origin=private),))
    auditing = Auditing(Settings(service="pypi"), outside, held._replace(inventory=inventory))
    assert auditing.affected("mine", "1.0") == {"PYSEC-1"}
    assert service == [("mine", "private index")]
    several = held._replace(inventory=inventory, indexes=Index(extra=("https://private.example/simple",)))
    Auditing(Settings(service="pypi"), outside, several).affected("other", "2.0")
    assert service[-1] == ("other", "private index")


def test_a_plan_of_everything_together(settings: Settings, outside: Outside, held: Target) -> None:
    """With a database, uv and a folder of wheels, the nearest release without flaws is planned."""
    said: list[str] = []
    made = planned(held, [finding("web", "1.0", "PYSEC-1")], (), Wish(), settings, outside._replace(say=said.append))
    assert [(each.name, each.old, each.new) for each in made.changes] == [("web", "1.0", "2.0")]
    assert made.proved
    assert 0 < made.calls <= made.most
    assert said == ["asking uv which releases fit together"]
    building = Wish(allow_build=True)
    planned(held, [finding("web", "1.0", "PYSEC-1")], (), building, settings, outside._replace(say=said.append))
    assert said[-1] == "asking uv which releases fit together, which may build packages and so run their code"


def test_without_a_resolver_a_plan_is_advice(
    settings: Settings, outside: Outside, held: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where uv is not there, the audit's own upgrades are the plan, and it is not proved."""
    monkeypatch.setattr(programs, "installed_uv", str)
    upgrades = [Upgrade("web", "1.0", "2.0", ("PYSEC-1",))]
    nowhere = outside._replace(environ={"PATH": ""})
    made = planned(held, [finding("web", "1.0", "PYSEC-1")], upgrades, Wish(), settings, nowhere)
    assert (made.proved, made.calls, [each.new for each in made.changes]) == (False, 0, ["2.0"])


def test_nothing_is_asked_for_a_plan_of_nothing(settings: Settings, outside: Outside, held: Target) -> None:
    """Without a finding that is wished for, no program is looked for."""
    made = planned(held, [], (), Wish(), settings, outside._replace(environ={}))
    assert (made.changes, made.calls, made.blocked) == ((), 0, ())


def test_the_command_lines_index_comes_before_the_targets(held: Target) -> None:
    """As in an audit, an index named for this run replaces the target's own."""
    own = held._replace(indexes=Index("https://own.example/simple", ("https://more.example/simple",)))
    assert module._named(own, Settings()) == own.indexes
    named = module._named(own, Settings(index_url="https://a.example/", extra_index_urls=("https://b.example/",)))
    assert (named.url, named.extra) == ("https://a.example/", ("https://b.example/",))
