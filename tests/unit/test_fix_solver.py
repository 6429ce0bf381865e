"""Asking the real uv about what is held, from a folder of tiny wheels: nothing is fetched and nothing is built."""

import io
import os
import sys
import tarfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from pip_assay import net
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Newest, Root, Target, Wish
from pip_assay.fix.planning import solver as module
from pip_assay.fix.planning.lines import hand_over, read, relaxed, step
from pip_assay.fix.planning.questions import Pinned, Question, Release
from pip_assay.fix.planning.remembered import SPENT
from pip_assay.fix.planning.solver import UvSolver
from pip_assay.model import Place
from pip_assay.sources.resolve import Index
from pip_assay.sources.resolve.uv import Uv
from tests.fixing import target
from tests.resolving import uv_executable
from tests.wheel_folder import sdist, wheel

Ask = Callable[..., UvSolver]


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """Return a folder in which web 2.0 needs core 2, and app 1.0 allows no web above 1."""
    folder = tmp_path / "links"
    for version in ("1.0", "1.1", "2.0", "3.0"):
        wheel(folder, "core", version)
    wheel(folder, "web", "1.0", ["core"])
    wheel(folder, "web", "1.5", ["core>=1.1"])
    wheel(folder, "web", "2.0", ["core>=2", "extra-part"])
    wheel(folder, "extra-part", "0.1")
    wheel(folder, "extra-part", "0.2")
    wheel(folder, "app", "1.0", ["web<2"])
    wheel(folder, "app", "2.0", ["web"])
    return folder


@pytest.fixture
def ask(links: Path, tmp_path: Path) -> Ask:
    """Return what makes a solver for a target, in a scratch folder of its own."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    uv = Uv(uv_executable(), os.defpath)

    def made(about: Target, wish: Wish = Wish(), executable: str = "", *, offline: bool = False) -> UvSolver:  # noqa: B008
        about = about._replace(indexes=Index(find_links=(str(links),), none=True))
        chosen = Uv(executable, os.defpath) if executable else uv
        environ = {"HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "cache")}
        network = net.network(environ, offline=offline)
        return UvSolver(chosen, about, wish, environ, network, str(scratch), time.monotonic() + 60, 1_800_000_000.0)

    return made


def pins(releases: tuple[Release, ...]) -> dict[str, str]:
    """Return the versions by name."""
    return {each.name: each.version for each in releases}


HELD = {"app": "1.0", "core": "1.0", "web": "1.0"}


def test_what_is_held_is_its_own_solution(ask: Ask) -> None:
    """Asked for nothing else, uv answers with what is held, and with who requires what."""
    solution = ask(target(HELD)).present()
    assert pins(solution.releases) == HELD
    assert {each.name: each.needed_by for each in solution.releases} == {"app": (), "core": ("web",), "web": ("app",)}


def test_what_must_move_takes_the_nearest_release(ask: Ask) -> None:
    """An excluded release moves by the smallest step, with what it needs; the rest stays."""
    solution = ask(target(HELD)).ask(Question(excluded={"web": frozenset({"1.0"})}))
    assert pins(solution.releases) == {"app": "1.0", "core": "1.1", "web": "1.5"}


def test_what_comes_in_anew_is_the_newest(ask: Ask) -> None:
    """A project that was not held comes in at its newest release, never at an ancient one."""
    solution = ask(target(HELD)).ask(Question(excluded={"web": frozenset({"1.0", "1.5"})}))
    assert pins(solution.releases) == {"app": "2.0", "core": "2.0", "web": "2.0", "extra-part": "0.2"}


def test_nothing_is_lowered(ask: Ask) -> None:
    """Where only a lower release would do, nothing fits; a pinned one alone may be lower."""
    solver = ask(target({"core": "2.0"}))
    everything = frozenset({"2.0", "3.0"})
    assert not solver.ask(Question(excluded={"core": everything})).fits()
    pinned = frozenset({Pinned("core", "", "1.1")})
    assert pins(solver.ask(Question(excluded={"core": everything}, pinned=pinned)).releases) == {"core": "1.1"}


def test_the_projects_own_requirements_hold(ask: Ask) -> None:
    """A requirement of the project is in the way until it is relaxed; the refusal names it."""
    about = target({"core": "1.0"}, ["core<2"])
    solver = ask(about)
    question = Question(least={"core": "2.0"})
    refused = solver.ask(question)
    assert "you require core<2" in refused.unfit
    assert pins(solver.ask(question._replace(relaxed=frozenset(about.roots))).releases) == {"core": "2.0"}


def test_a_step_is_no_larger_than_allowed(ask: Ask) -> None:
    """With a largest step of minor, a fix that needs a major one does not fit, unless any step is asked for."""
    solver = ask(target({"core": "1.1"}), Wish(level="minor"))
    question = Question(excluded={"core": frozenset({"1.1"})})
    assert not solver.ask(question).fits()
    assert pins(solver.ask(question._replace(any_step=True)).releases) == {"core": "2.0"}


def test_a_project_that_must_go_is_not_there(ask: Ask) -> None:
    """What must be gone makes those move that need it."""
    solution = ask(target({"app": "1.0", "web": "1.0", "core": "1.0"})).ask(Question(gone=frozenset({"web"})))
    assert not solution.fits()
    assert pins(ask(target({"core": "1.0", "web": "1.0"})).ask(Question(gone=frozenset({"web"}))).releases) == {
        "core": "1.0"
    }


def test_constraints_and_overrides_hold(ask: Ask) -> None:
    """Limits of the target bound an answer, and its overrides replace what packages require."""
    excluded = {"core": frozenset({"1.0"})}
    limited = ask(target(HELD, limits=(Root("core", "core>=3", Place("c.txt", 1)),))).ask(Question(excluded=excluded))
    assert pins(limited.releases)["core"] == "3.0"
    overridden = ask(target(HELD, overrides=("web>=2",))).ask(Question(excluded={"web": frozenset({"1.0"})}))
    assert pins(overridden.releases)["web"] == "2.0"


def test_a_held_release_without_a_wheel_is_described(ask: Ask, links: Path, tmp_path: Path) -> None:
    """A held sdist is not built: what it says of itself holds, and it stays where it is."""
    marks = tmp_path / "built"
    sdist(links, "old", "1.0", marks, ("Metadata-Version: 2.2", "Requires-Dist: core<2"))
    solver = ask(target({"core": "1.0", "old": "1.0"}))
    assert pins(solver.present().releases) == {"core": "1.0", "old": "1.0"}
    assert not solver.ask(Question(least={"core": "2.0"})).fits()
    assert pins(solver.ask(Question(excluded={"core": frozenset({"1.0"})})).releases) == {"core": "1.1", "old": "1.0"}
    assert not marks.exists()


def test_a_fix_without_a_wheel_is_described(ask: Ask, links: Path, tmp_path: Path) -> None:
    """A project that has sdists alone moves to the nearest that says what it requires; none is built."""
    marks = tmp_path / "built"
    for version in ("1.0", "1.1", "1.2"):
        sdist(links, "old", version, marks, ("Metadata-Version: 2.2",))
    solver = ask(target({"old": "1.0"}))
    assert solver.present().fits()
    solution = solver.ask(Question(excluded={"old": frozenset({"1.0"})}))
    assert solution.unfit == ""
    assert pins(solution.releases) == {"old": "1.1"}
    assert not marks.exists()


def test_an_old_sdist_is_read_as_well_as_it_goes(ask: Ask, links: Path) -> None:
    """A held sdist without lasting metadata holds others back by what it said when it was packed."""
    said = "core<2\nbroken line here\n\n[fast:python_version > '3']\nweb\n"
    members = {"PKG-INFO": "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n", "old.egg-info/requires.txt": said}
    with tarfile.open(links / "old-1.0.tar.gz", "w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(f"old-1.0/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    solver = ask(target({"core": "1.0", "old": "1.0"}))
    assert pins(solver.present().releases) == {"core": "1.0", "old": "1.0"}
    assert "old" in solver.ask(Question(least={"core": "2.0"})).unfit


def test_an_sdist_that_cannot_be_read_leaves_what_the_lock_says(ask: Ask, links: Path) -> None:
    """Where a held sdist is no archive, the names that its lock gives it are what it requires."""
    (links / "old-1.0.tar.gz").write_bytes(b"nothing")
    about = target({"core": "1.0", "old": "1.0"})
    core, old = about.inventory.dependencies
    about = about._replace(inventory=about.inventory._replace(dependencies=(core, old._replace(requires=("core",)))))
    solution = ask(about).present()
    assert {each.name: each.needed_by for each in solution.releases} == {"core": ("old",), "old": ()}


ANSWERS = "open('out.txt', 'w').write('core==1.0  # via -r in.in' + chr(10))"


def recorder(tmp_path: Path, *, fails: str = "") -> tuple[str, Path]:
    """Return a program in the place of uv, and where it writes what it was told; offline it `fails` so."""
    fake, told = tmp_path / "uv", tmp_path / "told"
    fake.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(told)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))\n"
        f"if {fails!r} and '--offline' in sys.argv: sys.exit({fails!r})\n{ANSWERS}\n"
    )
    fake.chmod(0o755)
    return str(fake), told


def test_a_question_is_asked_of_the_cache_first_unless_the_nearest_is_wanted(ask: Ask, tmp_path: Path) -> None:
    """What the cache lacks is asked of the index; which release is the nearest only the index can tell."""
    executable, told = recorder(tmp_path, fails="No solution found: the network was disabled")
    solver = ask(target({"core": "1.0"}), executable=executable)
    assert solver.ask(Question(nearest=False)).fits()
    assert [("--offline" in line) for line in told.read_text().splitlines()] == [True, False]
    assert solver.ask(Question()).fits()
    assert "--offline" not in told.read_text().splitlines()[-1]
    assert solver.calls == 3


def test_offline_a_fix_needs_what_is_in_the_cache(ask: Ask, tmp_path: Path) -> None:
    """Offline no index is asked, and what is missing is told of."""
    executable, told = recorder(tmp_path, fails="No solution found: the network was disabled")
    solver = ask(target({"core": "1.0"}), executable=executable, offline=True)
    with pytest.raises(Unreadable, match="not in the resolver's cache"):
        solver.ask(Question())
    assert told.read_text().count("--offline") == 1


def test_what_a_person_wishes_reaches_the_solver(ask: Ask, tmp_path: Path) -> None:
    """Cooldown with its exceptions, builds, Python, platform and forks are options of uv; no login is among them."""
    executable, told = recorder(tmp_path)
    about = target({"core": "1.0"}, python="3.9", platform="linux")
    solver = ask(about, Wish(cooldown=7), executable=executable)
    assert solver.ask(Question(fresh=frozenset({"core"}), most={"core": "2.0"})).fits()
    said = told.read_text()
    assert "--only-binary :all:" in said
    assert "--python-version 3.9 --python-platform linux" in said
    assert "--prerelease explicit" in said
    assert "--exclude-newer 2027-01-08T08:00:00Z --exclude-newer-package core=2027-01-15T08:00:00Z" in said
    wild = ask(about._replace(universal=True), Wish(allow_build=True), executable=executable)
    assert wild.ask(Question()).fits()
    last = told.read_text().splitlines()[-1]
    assert "--universal" in last
    assert "--only-binary" not in last
    assert "--python-platform" not in last


def test_a_held_release_that_is_too_young_is_excepted(ask: Ask, tmp_path: Path) -> None:
    """A cooldown is for what comes in: what is held is never too young."""
    fake = tmp_path / "uv"
    fake.write_text(
        f"#!{sys.executable}\nimport sys\nif 'core=2027-01-15T08:00:00Z' not in sys.argv:\n"
        " sys.exit('error: No solution found when resolving dependencies: Because there is no version of core==1.0 and"
        " you require core==1.0\\nhint: `core` was filtered by `exclude-newer` to only include packages uploaded before"
        f" 2027. The latest version satisfying the requirement is 1.0 published at 2027')\n{ANSWERS}\n"
    )
    fake.chmod(0o755)
    assert ask(target({"core": "1.0"}), Wish(cooldown=7), executable=str(fake)).present().fits()


def test_what_no_index_has_is_left_out_and_told_of(ask: Ask) -> None:
    """A private project that the index does not know stays as it is, and a note says so."""
    solver = ask(target({"core": "1.0", "mine": "7.0"}))
    assert pins(solver.present().releases) == {"core": "1.0"}
    assert solver.notes == ["mine 7.0: no index has it, so it is taken to fit as it is"]
    assert pins(solver.ask(Question(excluded={"core": frozenset({"1.0"})})).releases) == {"core": "1.1"}


def test_what_is_of_an_address_is_not_asked_for(ask: Ask) -> None:
    """A release from a repository is never asked of an index by its name."""
    about = target({"core": "1.0", "web": "1.0"})
    about = about._replace(held=(about.held[0], about.held[1]._replace(plain=False)))
    solver = ask(about)
    assert pins(solver.present().releases) == {"core": "1.0"}
    assert solver.notes == ["web is of no index, or of no version that can be read: it is taken to fit as it is"]
    handed = hand_over(about, Question(), "major")
    assert not any("web" in each for each in (*handed.wanted, *handed.limits, *handed.preferred))


def test_forks_of_a_universal_lock_stay_apart(ask: Ask) -> None:
    """Of two releases of one project, each for other Pythons, only that which must move does."""
    about = target({})
    made = target({"core": "1.0", "web": "1.0"}, universal=True, python="3.9")
    old, new = "python_full_version < '3.12'", "python_full_version >= '3.12'"
    core = made.held[0]
    forks = (core._replace(marker=old), core._replace(version="2.0", marker=new), made.held[1])
    solver = ask(made._replace(held=forks, inventory=about.inventory))
    assert {(each.name, each.version, each.marker) for each in solver.present().releases} == {
        ("core", "1.0", old), ("core", "2.0", new), ("web", "1.0", ""),
    }  # fmt: skip
    solution = solver.ask(Question(excluded={"core": frozenset({"1.0"})}))
    assert {(each.version, each.marker) for each in solution.releases if each.name == "core"} == {
        ("1.1", old), ("2.0", new),
    }  # fmt: skip


def test_a_project_with_an_end_is_solved_for_its_own_pythons(ask: Ask, links: Path) -> None:
    """What only Pythons above the end of a project need neither comes in nor is in the way; markers omit the end."""
    wheel(links, "app", "3.0", ["web<2 ; python_version < '3.10'", "nowhere>=9 ; python_version >= '3.10'"])
    made = target({"app": "2.0", "web": "1.0", "core": "1.0"}, ["app"], universal=True, python="3.8")
    question = Question(excluded={"app": frozenset({"2.0"})})
    assert not ask(made).ask(question).fits()
    ended = made._replace(below="3.10", overrides=("core>=1.1; os_name != 'java'",))
    solution = ask(ended).ask(question)
    assert [(each.name, each.version, each.marker) for each in solution.releases] == [
        ("app", "3.0", ""), ("core", "1.1", "os_name != 'java'"), ("web", "1.0", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("python_full_version < '3.10'", ""),
        ("python_full_version < '3.10' and sys_platform == 'win32'", "sys_platform == 'win32'"),
        ("os_name == 'nt' and python_full_version < '3.10' and extra == 'a'", "os_name == 'nt' and extra == 'a'"),
        ("python_full_version < '3.10' and (os_name == 'nt' or os_name == 'x')", "os_name == 'nt' or os_name == 'x'"),
        ("python_full_version == '3.9.*'", "python_full_version >= '3.9'"),
        ("python_full_version < '3.9'", "python_full_version < '3.9'"),
        ("python_full_version < '3.10' or os_name == 'nt'", "python_full_version < '3.10' or os_name == 'nt'"),
    ],
)
def test_a_marker_without_the_end_means_the_same_below_it(written: str, kept: str) -> None:
    """Below the end of a project its markers are as true as before; one that is no list of conditions stays."""
    (release,) = read(f"core==1.0 ; {written}\n", "3.10").releases
    assert release.marker == kept
    for python, system in product(("3.8", "3.9"), ("nt", "x", "posix")):
        place = {"python_full_version": f"{python}.7", "os_name": system, "sys_platform": "win32", "extra": "a"}
        assert Marker(written).evaluate(place) == (not kept or Marker(kept).evaluate(place))


def test_the_projects_own_newest_day_reaches_the_solver(ask: Ask, tmp_path: Path) -> None:
    """Its day counts unless a cooldown asks for older releases yet; what settles a flaw is no exception of it."""
    executable, told = recorder(tmp_path)
    own = Newest("2021-06-01", Place("pyproject.toml"))
    about = target({"core": "1.0"}, exclude_newer=own)
    fresh = Question(fresh=frozenset({"core"}))

    def said(question: Question, wish: Wish = Wish(), newest: Newest = own) -> str:  # noqa: B008
        assert ask(about._replace(exclude_newer=newest), wish, executable=executable).ask(question).fits()
        return told.read_text().splitlines()[-1].partition("--exclude-newer")[2].strip()

    assert said(fresh) == "2021-06-01"
    assert said(Question(any_age=True)) == ""
    assert said(fresh, Wish(cooldown=7)) == "2021-06-01"
    assert said(fresh, Wish(cooldown=7), own._replace(text="30 days")) == "30 days"
    late = own._replace(text="2027-01-14")
    assert said(fresh, Wish(cooldown=7), late) == "2027-01-08T08:00:00Z --exclude-newer-package core=2027-01-14"


def test_questions_are_counted_and_bounded(ask: Ask) -> None:
    """After the last question that may be asked nothing fits any more, and the reason says why."""
    solver = ask(target({"core": "1.0"}))
    solver.most = 2
    question = Question(excluded={"core": frozenset({"1.0"})})
    assert solver.ask(question).fits()
    assert solver.ask(question).fits()
    refused = solver.ask(question)
    assert (refused.unfit, refused.sure) == (SPENT, False)
    assert solver.calls == 2


def test_a_question_that_takes_too_long_fits_nothing(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One question of many that is not answered in time is like one without an answer; the plan goes on."""
    fake, asked = tmp_path / "uv", tmp_path / "asked"
    fake.write_text(
        f"#!{sys.executable}\nimport os, time\n"
        f"if os.path.exists({str(asked)!r}): time.sleep(60)\nopen({str(asked)!r}, 'w').close()\n{ANSWERS}\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(module, "SECONDS", 1.0)
    solver = ask(target({"core": "1.0"}), executable=str(fake))
    assert solver.present().fits()
    assert solver.ask(Question()).unfit == module.SLOW


def test_a_uv_without_the_options_is_too_old(ask: Ask, tmp_path: Path) -> None:
    """An option that uv does not know is one clear sentence."""
    fake = tmp_path / "uv"
    fake.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "if '--version' in sys.argv: print('uv 0.1.0')\n"
        "else: sys.exit(\"error: unexpected argument '--override' found\")\n"
    )
    fake.chmod(0o755)
    with pytest.raises(Unreadable, match=r"uv 0\.1\.0 is too old for a fix: it does not know --override"):
        ask(target({"core": "1.0"}), executable=str(fake)).present()


def test_a_failure_is_no_want_of_a_solution(ask: Ask, tmp_path: Path) -> None:
    """Where uv fails, a plan fails: that nothing fits is never concluded from it."""
    fake = tmp_path / "uv"
    fake.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('error: Failed to fetch the index')\n")
    fake.chmod(0o755)
    with pytest.raises(Unreadable, match="Failed to fetch the index"):
        ask(target({"core": "1.0"}), executable=str(fake)).ask(Question())


def test_the_answer_must_be_releases() -> None:
    """A line that is no release is an error, not something to leave out."""
    with pytest.raises(Unreadable, match="cannot be read"):
        read("core==1.0\nnonsense here\n")
    assert read("-i somewhere\n# a comment\n\ncore==1.0 ; os_name == 'nt'  # via web[x], -r in.in\n").releases == (
        Release("core", "1.0", "os_name == 'nt'", ("web",)),
    )


@pytest.mark.parametrize(
    ("text", "version", "widened"),
    [
        ("Flask<2", "2.2.5", "Flask>=2.2.5"),
        ("flask==1.1.4", "2.2.5", "flask==2.2.5"),
        ("flask~=1.1", "2.2.5", "flask~=2.2"),
        ("flask~=1.1.4", "2.2.5", "flask~=2.2.5"),
        ("flask~=1.1.4", "2.2.5.1", "flask~=2.2.5"),
        ("flask~=1.1.4", "2.2", "flask~=2.2.0"),
        ("flask~=1.1", "2", "flask~=2.0"),
        ("flask~=1.1", "1!2.2.5.post1", "flask~=1!2.2"),
        ("flask~=1.1", "2.2rc1", "flask~=2.2rc1"),
        ("flask[b,a]>=1,<2 ; python_version < '3.9'", "2.2.5+cpu", 'flask[a,b]>=2.2.5 ; python_version < "3.9"'),
        ("flask==1.*", "2.2.5", "flask>=2.2.5"),
    ],
)
def test_a_requirement_is_widened_in_its_own_form(text: str, version: str, widened: str) -> None:
    """An exact requirement stays exact, a compatible one compatible; any other becomes a lower bound."""
    assert relaxed(Root("flask", text, Place("r.in", 2)), version) == widened
    assert Requirement(widened).specifier.contains(version, prereleases=True)


@pytest.mark.parametrize(
    ("old", "new", "size"),
    [
        ("1.2.3", "1.2.4", "patch"), ("1.2.3", "1.3.0", "minor"), ("1.2.3", "2.0", "major"), ("0.4", "0.5", "minor"),
        ("0.4.1", "0.4.2", "patch"), ("1.0", "1!1.0", "major"), ("1.0", "1.0.post1", "patch"), ("old", "1.0", "major"),
    ],
)  # fmt: skip
def test_the_size_of_a_step(old: str, new: str, size: str) -> None:
    """A step is as large as the first release number that differs."""
    assert step(old, new) == size


@pytest.mark.parametrize("does", ["pass", "import os; os.remove('out.txt')"])
def test_an_answer_that_is_not_written_is_none(ask: Ask, tmp_path: Path, does: str) -> None:
    """Where uv ends well and has written nothing, what was in its file before is not taken for its answer."""
    program = tmp_path / "uv"
    program.write_text(f"#!{sys.executable}\n{does}\n")
    program.chmod(0o755)
    with pytest.raises(Unreadable, match="uv wrote no answer"):
        ask(target(HELD), executable=str(program)).present()


def test_what_no_file_names_may_be_any_release_but_a_lower_one_for_its_own_flaw(ask: Ask, links: Path) -> None:
    """What only comes in is the newest that fits, also where that is lower; its own flaw is not settled so."""
    wheel(links, "web", "1.6", ["core<2"])
    about = target({"web": "1.0", "core": "3.0"}, ["web"])
    moved = Question(excluded={"web": frozenset({"1.0", "1.5"})}, most={"web": "1.9"})
    assert not ask(about).ask(moved).fits()
    web, core = about.held
    loose = about._replace(held=(web, core._replace(written=False)))
    assert pins(ask(loose).present().releases) == {"web": "1.0", "core": "3.0"}
    assert pins(ask(loose).ask(moved).releases) == {"web": "1.6", "core": "1.1"}
    assert not ask(loose).ask(Question(excluded={"core": frozenset({"3.0"})})).fits()
