"""What an environment holds for a fix: what its distributions require, and which of them cannot be replaced and why."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pip_assay.fix import steps, tools
from pip_assay.fix.formats import environment as module
from pip_assay.fix.formats import environment_held
from pip_assay.fix.nouns import Held, Outcome, Wish
from pip_assay.fix.planning import solver
from pip_assay.fix.planning.stubs import addresses
from pip_assay.model import INDEX, PYPI, Dependency, Inventory, Origin, Pin, Place
from tests.environment_scene import environment_scene, installed, site, target, uv
from tests.fix_scene import RELEASES, Scene, plan
from tests.wheel_folder import wheel

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the paths are those of POSIX")

PARTS = {
    **RELEASES,
    "app 1.0": ["core<2", "plug"],
    "app 2.0": ["core"],
    "tool 1.0": ["core<1"],
    "late 1.0": [],
    "late 2.0": ["core"],
    "tool 1.1": ["core<0.5"],
}
FLAWS = {"core": "2.0", "plug": "0.2"}


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Scene]]:
    """Return what makes a scene with an environment that holds what is wanted; core and plug have flaws."""
    open_scenes = []

    def made(*wanted: str) -> Scene:
        opened = environment_scene(tmp_path, *wanted, releases=PARTS, flaws=FLAWS)
        here = opened.__enter__()
        open_scenes.append(opened)
        monkeypatch.chdir(here.folder)
        return here

    yield made
    for each in open_scenes:
        each.__exit__(None, None, None)


def fix(here: Scene, *, writing: bool = True) -> Outcome:
    """Return what becomes of the environment."""
    [outcome] = steps.fix(here.settings, here.outside, Wish(), writing=writing).outcomes
    assert outcome.faults == ()
    return outcome


def changes(outcome: Outcome) -> dict[str, str]:
    """Return what moves, and where to."""
    return {each.name: each.new for each in outcome.plan.changes}


def why(outcome: Outcome) -> dict[str, str]:
    """Return what stays, and why."""
    return {each.name: each.why for each in outcome.plan.blocked}


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_what_is_of_no_index_holds_back_what_it_requires(make: Callable[..., Scene], tmp_path: Path, kind: str) -> None:
    """What an installed wheel or a project of one's own requires is kept, and named; the rest is settled."""
    path = wheel(tmp_path, "app", "1.0", ["core<2", "plug", "core>=3 ; extra == 'more'"], extras=["more"])
    here = make("core==1.0", "plug==0.1", str(path))
    if kind == "editable":
        (site(here) / "app-1.0.dist-info" / "direct_url.json").write_text(
            f'{{"url": "file://{tmp_path}/mine", "dir_info": {{"editable": true}}}}'
        )
    outcome = fix(here)
    assert changes(outcome) == {"plug": "0.2"}
    [place] = [each.place for each in outcome.plan.target.held if each.name == "app"]
    assert place.file.endswith("app-1.0.dist-info/METADATA")
    assert why(outcome) == {"core": f"app 1.0 ({place}) requires core<2, and cannot be moved itself"}
    assert outcome.written
    assert outcome.plan.notes == ()
    assert installed(here) == {"app": "1.0", "core": "1.0", "plug": "0.2"}


def test_a_wheel_of_an_address_in_a_file_holds_back_what_it_requires(
    make: Callable[..., Scene], tmp_path: Path
) -> None:
    """Its metadata are asked for where it is: the line is left as it is, and the rest is settled."""
    here = make("plug==0.1")
    app = f"app @ {(tmp_path / 'links' / 'app-1.0-py3-none-any.whl').as_uri()}"
    here.put("r.txt", f"{app}\ncore==1.0\nplug==0.1\n")
    [outcome] = here.fix("r.txt", writing=True, python="").outcomes
    assert outcome.faults == ()
    assert here.text("r.txt") == f"{app}\ncore==1.0\nplug==0.2\n"
    assert why(outcome) == {"core": "app 1.0 (r.txt:1) requires core<2, and cannot be moved itself"}


def test_a_wheel_that_is_gone_is_taken_to_fit(make: Callable[..., Scene]) -> None:
    """What nobody can ask about holds nothing back, and that is said."""
    here = make("plug==0.1")
    here.put("r.txt", f"gone @ {here.server.url}/files/gone-1.0-py3-none-any.whl\ncore==1.0\n")
    [outcome] = here.fix("r.txt", python="").outcomes
    assert changes(outcome) == {"core": "2.0"}
    [note] = outcome.plan.notes
    assert note == "gone is of no index, or of no version that can be read: it is taken to fit as it is"


def test_an_address_that_does_not_fit_anyway_is_taken_to_fit(make: Callable[..., Scene], tmp_path: Path) -> None:
    """Where a file is broken already, what breaks it keeps nothing from being settled."""
    here = make("plug==0.1")
    tool = (tmp_path / "links" / "tool-1.0-py3-none-any.whl").as_uri()
    here.put("r.txt", f"tool @ {tool}\ncore==1.0\n")
    [outcome] = here.fix("r.txt", python="", no_deps=True).outcomes
    assert changes(outcome) == {"core": "2.0"}


def test_what_is_broken_already_is_no_reason(make: Callable[..., Scene], tmp_path: Path) -> None:
    """A requirement that what is there does not meet holds nothing back, whoever has it."""
    path = wheel(tmp_path, "app", "1.0", ["core<1", "plug>=0.1", "absent", "other @ https://index.example/o.whl"])
    here = make("core==1.0", "plug==0.1", str(path))
    outcome = fix(here)
    assert changes(outcome) == {"core": "2.0", "plug": "0.2"}
    assert outcome.written


def test_what_has_no_record_is_not_moved(make: Callable[..., Scene]) -> None:
    """Uv would leave it beside the new release: it stays, with what to do, and the rest is settled around it."""
    here = make("core==1.0", "plug==0.1")
    (site(here) / "core-1.0.dist-info" / "RECORD").unlink()
    outcome = fix(here)
    again = "uv pip install --reinstall --no-deps core==1.0"
    assert why(outcome) == {"core": f"core has no RECORD, so it cannot be replaced: install it again first ({again})"}
    assert installed(here) == {"core": "1.0", "plug": "0.2"}
    uv(here, *again.split()[1:], "--python", "env/bin/python", "--no-index", "--find-links", "../links")
    assert changes(fix(here)) == {"core": "2.0"}
    assert installed(here) == {"core": "2.0", "plug": "0.2"}


@pytest.mark.parametrize("text", ["", "a,b\n", "a,,\n\x00,,\n", '"a,,\n', b"\xff,,\n"])
def test_what_has_a_record_that_cannot_be_read_is_not_moved(make: Callable[..., Scene], text: str | bytes) -> None:
    """As where there is none: nobody knows which files are its own."""
    here = make("core==1.0")
    content = text if isinstance(text, bytes) else text.encode()
    (site(here) / "core-1.0.dist-info" / "RECORD").write_bytes(content)
    [held] = target(here).held
    assert not held.plain
    assert held.stays.startswith("core has a RECORD that cannot be read, so it cannot be replaced")


def test_the_whole_of_what_will_be_there_is_tried(make: Callable[..., Scene]) -> None:
    """Also what stays, and what no index has, takes part with what it requires."""
    here = make("core==1.0", "plug==0.1", "app==1.0")
    about = target(here)
    assert module.check(plan(about, "plug 0.1 0.2"), "", here.tools()) == (("an install (dry run by uv)",), ())
    _, [fault] = module.check(plan(about, "core 1.0 2.0"), "", here.tools())
    assert "app==1.0 depends on core<2" in fault
    own = tuple(each._replace(name="mine") if each.name == "app" else each for each in about.held)
    _, [fault] = module.check(plan(about._replace(held=own), "core 1.0 2.0"), "", here.tools())
    assert "mine==1.0 depends on core<2" in fault


def test_what_clashes_as_it_did_before_is_no_reason(make: Callable[..., Scene]) -> None:
    """Also where the new release words its requirement in another way."""
    here = make("core==1.0", "tool==1.0")
    module.apply(plan(target(here), "tool 1.0 1.1"), here.tools(), here.said.append)
    assert installed(here) == {"core": "1.0", "tool": "1.1"}


def test_what_an_environment_only_looks_into_stays(make: Callable[..., Scene], tmp_path: Path) -> None:
    """What it sees of others is not changed there, nor hidden; what is in it may need it, whatever uv sees."""
    here = make("core==1.0", "late==1.0", "web==1.0")
    lower = tmp_path / "lower" / "site-packages"
    lower.mkdir(parents=True)
    for each in ("core-1.0.dist-info",):
        shutil.move(site(here) / each, lower / each)
    place = Place(str(lower / "core-1.0.dist-info" / "METADATA"), 3)
    about = target(here)
    seen = Dependency(Pin(PYPI, "core", "1.0"), place, origin=INDEX, spelling="core")
    inventory = about.inventory._replace(dependencies=(*about.inventory.dependencies, seen))
    held = {each.name: each for each in environment_held.held(inventory, "3.11")}
    reason = f"it is in {lower}, which this environment only looks into: fix the installation that has it"
    assert (held["core"].plain, held["core"].stays) == (False, reason)
    assert held["web"].requires == ("core",)
    wider = about._replace(inventory=inventory, held=tuple(held.values()))
    module.apply(plan(wider, "late 1.0 2.0"), here.tools(), here.said.append)
    assert installed(here) == {"late": "2.0", "web": "1.0"}


def dependency(name: str, place: Path, **about: object) -> Dependency:
    """Return an installed distribution."""
    made = Dependency(Pin(PYPI, name, "1.0"), Place(str(place), 1), origin=INDEX, spelling=name)
    return made._replace(**about)  # type: ignore[arg-type]


def held(prefix: Path, *found: Dependency) -> list[Held]:
    """Return what an environment with these distributions holds."""
    return list(environment_held.held(Inventory(str(prefix), "environment", found), "3.11"))


def test_eggs_are_moved_where_uv_can_remove_them(tmp_path: Path) -> None:
    """Uv takes away an egg-info by the list of its modules; other eggs stay, and say so. Their metadata count."""
    one, other = (tmp_path / f"{name}.egg-info" / "PKG-INFO" for name in "ab")
    for each in (one, other):
        each.parent.mkdir()
        each.write_text("Metadata-Version: 1.0\nName: a\n")
    one.with_name("top_level.txt").write_text("a\n")
    (tmp_path / "a.egg-info" / "requires.txt").write_text("b>=1\n\n[:python_version<'3']\nc\n\n[more]\nd\n")
    (tmp_path / "c.egg-info").write_text("Metadata-Version: 1.1\nName: c\n")
    (tmp_path / "d.egg").write_bytes(b"PK")
    last = dependency("c", tmp_path / "c.egg-info"), dependency("d", tmp_path / "d.egg")
    found = held(tmp_path, dependency("a", one), dependency("b", other), *last)
    assert [each.plain for each in found] == [True, False, False, False]
    assert [each.requires for each in found] == [("b>=1",), (), (), None]
    assert found[1].stays.startswith("b has no list of its modules, so it cannot be replaced")
    assert found[2].stays.startswith("c was installed by setup.py, which kept no list of its files, so it cannot")


def test_who_has_installed_it_upgrades_it(tmp_path: Path) -> None:
    """What the system or conda has installed, and what is there twice, is said to be so; an address says it itself."""
    (tmp_path / "conda-meta").mkdir()
    (tmp_path / "a.dist-info").mkdir()
    (tmp_path / "a.dist-info" / "INSTALLER").write_text("conda\n")
    place = tmp_path / "a.dist-info" / "METADATA"
    twice = dependency("d", tmp_path / "d.dist-info" / "METADATA")
    found = held(
        tmp_path, dependency("a", place), dependency("b", place, origin=Origin("distro")),
        dependency("c", place, origin=Origin("url")), twice, twice._replace(pin=Pin(PYPI, "d", "2.0")),
    )  # fmt: skip
    assert not any(each.plain for each in found)
    assert [each.stays for each in found] == [
        "conda installed it, and upgrades it",
        "the system's package manager installed it, and upgrades it",
        "",
        *["it is installed twice, as 1.0 and 2.0: uninstall it until it is gone"] * 2,
    ]


def test_what_is_required_is_what_packaging_says(tmp_path: Path) -> None:
    """Of every requirement that holds without an extra, and is met, its bounds; what others break has none at all."""
    texts = ["b>=1", "c[x]>=0.5; python_version>'3'", "d; python_version<'3'", "e; extra=='x'", "b>2", "!", "f<=1.0"]
    folder = tmp_path / "a.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: a\n" + "".join(f"Requires-Dist: {each}\n" for each in texts))
    others = [dependency(name, tmp_path / "x.dist-info" / "METADATA") for name in "bcdef"]
    (tmp_path / "x.dist-info").mkdir()
    (tmp_path / "x.dist-info" / "METADATA").write_text("Name: x\n")
    found = held(tmp_path, dependency("a", folder / "METADATA"), *others)
    expected = []
    for each in (Requirement(text) for text in texts if text != "!"):
        applies = each.marker is None or each.marker.evaluate({"extra": "", "python_version": "3.11"})
        if applies and each.specifier.contains("1.0"):
            expected.append(f"{each.name}{each.specifier}")
    assert found[0].requires == tuple(expected) == ("b>=1", "c>=0.5", "f<=1.0")
    assert {each.name: each.requires for each in found[1:]} == {"b": None, "c": (), "d": (), "e": (), "f": ()}


def test_a_release_that_no_solver_can_be_told_of_has_no_address(tmp_path: Path) -> None:
    """Nor what is held twice, and what nobody knows the requirements of."""
    some = Held("a", "1.0", "a", Place("f"), requires=())
    listed = [
        some, Held("b", "one", "b", Place("f"), requires=()), Held("c", "1", "c", Place("f")),
        *[Held("d", "1", "d", Place("f"), requires=())] * 2, Held("e", "1", "e", Place("f"), address="https://x.example/e.whl"),
    ]  # fmt: skip
    found = addresses(listed, set("abcde"), str(tmp_path / "made"))
    assert found == {"a": (tmp_path / "made" / "a-1.0-py2.py3-none-any.whl").as_uri(), "e": "https://x.example/e.whl"}
    assert addresses(listed, set(), str(tmp_path)) == {}


def test_a_wheel_that_is_not_in_the_cache_is_asked_for_again() -> None:
    """The refusal of uv for want of a wheel of an address, in its own words, does not count."""
    said = """\
error: Failed to download `app @ https://files.example/app-1.0-py3-none-any.whl`
  cause: Network connectivity is disabled, but the requested data wasn't found in the cache: https://files.example/app-1
"""
    assert tools.lacks_cache(said)
    assert solver._lacks_cache(said)
    assert not solver._lacks_cache(said.replace("Network connectivity is disabled", "HTTP status server error"))
