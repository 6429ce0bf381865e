"""What of uv's answers counts, and of what nothing is concluded: a program that plays uv says what it is told to."""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from pip_assay import net
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Held, Root, Target, Wish
from pip_assay.fix.planning.questions import Question
from pip_assay.fix.planning.solver import UvSolver
from pip_assay.model import INTERNAL, PYPI, Dependency, Pin, Place
from pip_assay.sources.resolve import Index
from pip_assay.sources.resolve.uv import Uv
from tests.fixing import target
from tests.resolving import uv_executable
from tests.wheel_folder import sdist, wheel

FITS = "core==1.0  # via -r in.in\n"
NOTHING = "error: No solution found when resolving dependencies\n  cause: Because "
SO = ", we can conclude that your requirements are unsatisfiable."

PLAYED = """\
#!{python}
import json, pathlib, sys
folder = pathlib.Path({folder!r})
told = folder / "told"
script = json.loads((folder / "script").read_text())
number = len(told.read_text().splitlines()) if told.exists() else 0
with told.open("a") as log:
    log.write(" ".join(sys.argv[1:]) + chr(10))
answer = script[min(number, len(script) - 1)]
if isinstance(answer, int):
    sys.exit(answer)
if answer.startswith("core=="):
    pathlib.Path("out.txt").write_text(answer)
else:
    sys.exit(answer)
"""


def playing(
    tmp_path: Path, *script: str | int, offline: bool = False, wish: Wish = Wish(), about: Target | None = None  # noqa: B008
) -> UvSolver:  # fmt: skip
    """Return a solver that gets these answers, one after the other: releases, a refusal, or an exit code."""
    (tmp_path / "script").write_text(json.dumps(script))
    program = tmp_path / "uv"
    program.write_text(PLAYED.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(0o755)
    return solver(tmp_path, about or target({"core": "1.0"}), str(program), offline=offline, wish=wish)


def solver(tmp_path: Path, about: Target, program: str = "", *, offline: bool = False, wish: Wish = Wish()) -> UvSolver:  # noqa: B008
    """Return a solver for a target, in a scratch folder of its own."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environ = {"HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "cache")}
    network = net.network(environ, offline=offline)
    uv = Uv(program or uv_executable(), os.defpath)
    return UvSolver(uv, about, wish, environ, network, str(scratch), time.monotonic() + 60, 1.8e9)


def offline(tmp_path: Path) -> Sequence[bool]:
    """Return of each question whether the cache alone was asked."""
    return ["--offline" in line for line in (tmp_path / "told").read_text().splitlines()]


ANY = Question(nearest=False)
GONE = f"{NOTHING}there is no version of core==1.0 and you require core==1.0{SO}"
CLASH = f"{NOTHING}app==1.0 depends on core<2 and you require core>=2{SO}"
BARE = f"{NOTHING}all versions of core have no usable wheels and you require core{SO}"


def test_a_cache_that_nothing_was_read_into_refuses_nothing(tmp_path: Path) -> None:
    """That nothing fits is believed of the cache only once an index was asked; that something fits always is."""
    one = playing(tmp_path, CLASH, FITS, CLASH)
    assert one.ask(ANY).fits()
    assert not one.ask(ANY).fits()
    assert offline(tmp_path) == [True, False, True]


def test_what_no_wheel_was_made_of_needs_no_index(tmp_path: Path) -> None:
    """That a release has no wheel the cache knows as well."""
    assert not playing(tmp_path, BARE).ask(ANY).fits()
    assert offline(tmp_path) == [True]


def test_that_there_is_no_release_only_an_index_knows(tmp_path: Path) -> None:
    """Offline uv says so, too, of what is not in its cache, unless it has read the project's page for this plan."""
    one = playing(tmp_path, FITS, CLASH.replace("core", "web"), GONE.replace("core", "web"), FITS, GONE)
    assert one.ask(Question()).fits()
    assert not one.ask(ANY).fits()
    assert one.ask(ANY).fits()  # the third answer did not count
    assert not one.ask(ANY).fits()
    assert offline(tmp_path) == [False, True, True, False, True]


@pytest.mark.parametrize(
    "said", [GONE, f"{NOTHING}core was not found in the package registry and you require core{SO}"]
)
def test_offline_what_is_not_in_the_cache_is_told(tmp_path: Path, said: str) -> None:
    """That no index has a release is never said where none was asked."""
    with pytest.raises(Unreadable, match=r"what a fix needs is not in the resolver's cache \(--offline\)"):
        playing(tmp_path, said, offline=True).present()
    assert offline(tmp_path) == [True]


def test_any_answer_will_do_of_forks_at_once(tmp_path: Path) -> None:
    """Where only whether something fits is asked, forks that need not move are not held fast first."""
    old, new = "python_full_version < '3.9'", "python_full_version >= '3.9'"
    held = tuple(Held("core", v, "core", Place("r.txt", 1), marker=m) for v, m in (("1.0", old), ("2.0", new)))
    about = target({"core": "1.0"}, universal=True, python="3.8")._replace(held=held)
    one = playing(tmp_path, FITS, CLASH, about=about)
    assert one.ask(Question()).fits()
    assert not one.ask(ANY).fits()
    assert one.calls == 2
    assert not one.ask(Question(excluded={"core": frozenset({"1.0"})})).fits()
    assert one.calls == 4


@pytest.mark.parametrize(
    ("answer", "what", "hint"),
    [
        (0, "uv wrote no answer", "install uv anew"),
        (7, r"uv ended without a word \(exit code 7\)", "install uv anew"),
        ("error: Failed to fetch: `https://index.example/simple/core/`", "Failed to fetch", "check the network"),
        ("error: something else", "uv failed: something else", "see what uv says"),
        (f"{NOTHING}core is odd{SO}\n\nhint: lack of valid authentication credentials", "wants a login", "netrc"),
    ],
)
def test_a_failure_says_what_to_do_about_a_fix(tmp_path: Path, answer: str | int, what: str, hint: str) -> None:
    """A fix has a lock, or is of an environment: to give one is no advice."""
    with pytest.raises(Unreadable, match=what) as caught:
        playing(tmp_path, answer).ask(Question())
    assert hint in caught.value.hint
    assert "give a lock" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")
def test_a_uv_that_a_signal_ended_is_told(tmp_path: Path) -> None:
    """A program that ends without a word ends with the number of its signal."""
    one = playing(tmp_path, 0)
    program = tmp_path / "uv"
    program.write_text(f"#!{sys.executable}\nimport os\nos.kill(os.getpid(), 9)\n")
    with pytest.raises(Unreadable, match=r"uv ended without a word \(signal 9\)"):
        one.present()


@pytest.mark.parametrize(
    "said",
    [
        f"{NOTHING}core>0.9 was published after the exclude newer time and you require core==1.0{SO}",
        (f"{GONE}\n\nhint: `core` was filtered by `exclude-newer` to only include packages uploaded before "
         "2027-01-02T00:00:00Z. The requested version, v1.0, was published at 2027-01-14T00:00:00Z. Consider using"),
    ],
)  # fmt: skip
def test_what_is_held_is_never_too_young(tmp_path: Path, said: str) -> None:
    """In whatever words uv leaves out what is held for its age, it is excepted from the cooldown; no note is needed."""
    one = playing(tmp_path, said, FITS, wish=Wish(cooldown=7))
    assert one.present().fits()
    told = (tmp_path / "told").read_text().splitlines()
    assert ["--exclude-newer-package core=2027-01-15T08:00:00Z" in line for line in told] == [False, True]
    assert one.notes == []


def test_without_the_cooldown_none_is_told(tmp_path: Path) -> None:
    """A question that leaves the cooldown aside names no day; the project's own stays."""
    one = playing(tmp_path, FITS, wish=Wish(cooldown=7))
    assert one.ask(Question()).fits()
    assert one.ask(Question(uncooled=True)).fits()
    told = (tmp_path / "told").read_text().splitlines()
    assert ["--exclude-newer" in line for line in told] == [True, False]


def listed(name: str, skipped: str = "has no pinned version") -> Dependency:
    """Return what an audit lists of a requirement that is not pinned."""
    return Dependency(Pin(PYPI, name, ""), Place("r.txt", 2), skipped=skipped)


def unpinned(tmp_path: Path, name: str, skipped: str = "has no pinned version") -> Target:
    """Return a target that holds core 1.0, and asks for another project that it does not hold."""
    wheel(tmp_path / "links", "core", "1.0")
    wheel(tmp_path / "links", "core", "1.1")
    made = target({"core": "1.0"}, indexes=Index(find_links=(str(tmp_path / "links"),), none=True))
    inventory = made.inventory._replace(dependencies=(*made.inventory.dependencies, listed(name, skipped)))
    return made._replace(roots=(Root(name, name, Place("r.txt", 2)),), inventory=inventory)


def test_what_is_asked_for_and_cannot_be_had_keeps_nothing_back(tmp_path: Path) -> None:
    """An unpinned requirement without a wheel is left out as the audit leaves it out, and told of; nothing is built."""
    marks = tmp_path / "built"
    sdist(tmp_path / "links", "docopt", "0.6", marks)
    one = solver(tmp_path, unpinned(tmp_path, "docopt"))
    assert {each.name for each in one.present().releases} == {"core"}
    found = one.ask(Question(excluded={"core": frozenset({"1.0"})}))
    assert [(each.name, each.version) for each in found.releases] == [("core", "1.1")]
    assert [each.partition(" and ")[0] for each in one.notes] == [
        f"docopt: it has no wheel for Python {sys.version_info[0]}.{sys.version_info[1]},"
    ]
    assert one.notes[0].endswith("so it is taken to fit as it is")
    assert not marks.exists()


def test_what_no_index_has_keeps_nothing_back(tmp_path: Path) -> None:
    """An unpinned requirement on no index is left out, and told of."""
    one = solver(tmp_path, unpinned(tmp_path, "nowhere"))
    assert {each.name for each in one.present().releases} == {"core"}
    assert one.notes == ["nowhere: no index has it, so it is taken to fit as it is"]


def test_the_name_of_an_unpinned_project_of_ones_own_is_told_nobody(tmp_path: Path) -> None:
    """A project that the settings call internal is in no question, and a note says so."""
    one = playing(tmp_path, FITS, about=unpinned(tmp_path, "mine", INTERNAL))
    assert one.present().fits()
    assert "mine" not in (tmp_path / "scratch" / "in.in").read_text()
    assert one.notes == [f"mine {INTERNAL}: it is taken to fit as it is"]
