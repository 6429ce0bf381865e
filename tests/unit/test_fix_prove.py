"""A second audit of the edited files finds whatever is not as it was planned."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pip_assay import flow
from pip_assay.errors import Unreadable
from pip_assay.fix import copies
from pip_assay.fix import prove as module
from pip_assay.fix.formats import requirements
from pip_assay.fix.nouns import Change, Edit, Proof
from pip_assay.model import PYPI, Dependency, Inventory, Pin, Place
from pip_assay.sources import resolve
from tests.fix_scene import Scene, plan, scene


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a scene in whose folder the test runs."""
    with scene(tmp_path) as made:
        monkeypatch.chdir(made.folder)
        yield made


LINES = "core==1.0\nweb==1.0\n"
MOVES = ("web 1.0 2.0", "core 1.0 2.0", "plug - 0.2 web")
GOOD = "core==2.0\nplug==0.2\nweb==2.0\n"


def proof(here: Scene, after: str | bytes, *names: str, file: str = "", **settings: object) -> Proof:
    """Return the proof of files named, of which one is edited, with the plan of MOVES."""
    names = names or ("r.txt",)
    about = here.settings._replace(requirements=names)._replace(**settings)  # type: ignore[arg-type]
    made = plan(here.target(*names, **settings), *MOVES)
    path = file or names[0]
    edit = Edit(path, Path(path).read_bytes(), after if isinstance(after, bytes) else after.encode())
    before = flow.audit(about, here.outside).audits[0]
    made = made._replace(settled=module.open_findings(before))
    return module.prove(made, (edit,), before, about, here.outside, here.tools())[1]


def test_what_was_planned_is_proved(here: Scene) -> None:
    """The edited file holds the plan, fits together, and has no flaw."""
    here.put("r.txt", LINES)
    assert proof(here, GOOD) == Proof(checks=("an install (dry run by uv)",))
    assert here.text("r.txt") == LINES


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (GOOD.replace("web==2.0", "web==2.1"), "the edited r.txt holds 2.1 of web, where 2.0 is planned"),
        (GOOD.replace("core==2.0\n", ""), "the edited r.txt holds nothing of core, where 2.0 is planned"),
        (GOOD.replace("plug==0.2\n", ""), "the edited r.txt holds nothing of plug, where 0.2 is planned"),
        (GOOD.replace("plug==0.2", "plug"), "the edited r.txt holds any version of plug, where 0.2 is planned"),
        (GOOD.replace("plug==0.2", "plug==0.1"), "the edited r.txt holds 0.1 of plug, where 0.2 is planned"),
        (GOOD + "app==1.0\n", "the edited r.txt holds 1.0 of app, where nothing is planned"),
        (LINES, "the edited r.txt holds 1.0 of web, where 2.0 is planned"),
        (GOOD + "web 2.0 ???\n", 'r.txt:4: is no requirement that pip can read: "web 2.0 ???"; write'),
        (b"\xff\xfe\x00", "r.txt: is not a text file; name a requirements file"),
        ("", "r.txt: holds no requirements; name another file"),
        ("-r gone.txt\n" + GOOD, "r.txt:1: does not exist; check the path"),
        (GOOD + "web==2.1\n", "r.txt:4: is pinned twice: 2.1 here and 2.0 at r.txt:3; keep one of the two"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(after: str | bytes, words: str, here: Scene) -> None:
    """Another release, a lost or an added line, and what cannot be read: each is a fault, in the original's name."""
    here.put("r.txt", LINES)
    found = proof(here, after)
    assert [each for each in found.faults if each.startswith(words)], found.faults
    assert not [each for each in found.faults if "/pip-assay-" in each]


def test_a_flaw_that_comes_in_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a moved release has, and its old one had not, is introduced; what it still has remains, and is a fault."""
    with scene(tmp_path, flaws={"web": "2.1", "plug": "0.3"}) as here:
        monkeypatch.chdir(here.folder)
        here.put("r.txt", LINES)
        found = proof(here, GOOD)
        assert [(each.id, each.dependency.pin.version) for each in found.introduced] == [("PYSEC-PLUG", "0.2")]
        assert [(each.id, each.dependency.pin.version) for each in found.remaining] == [("PYSEC-WEB", "2.0")]
        assert found.faults == ("the second audit of r.txt still finds PYSEC-WEB in web 2.0",)
        assert found.remaining[0].dependency.place.file == "r.txt"


def test_layers_keep_their_places_in_the_copy(here: Scene) -> None:
    """Files of sibling folders, by relative and absolute paths, are read in the copy and never in their own place."""
    far = here.folder.parent / "far.txt"
    far.write_text("core==1.0\n")
    here.put("sub/base.txt", "web==1.0\n")
    here.put("apps/r.txt", f"-r ../sub/base.txt\n  --requirement={far} # far\n")
    found = proof(here, "web==2.0\nplug==0.2\n", "apps/r.txt", file="sub/base.txt")
    assert "the edited apps/r.txt holds 1.0 of core, where 2.0 is planned" in found.faults
    both = (Edit("sub/base.txt", b"", b"web==2.0\nplug==0.2\n"), Edit(str(far), b"", b"core==2.0\n"))
    with copies.made(("apps/r.txt", "sub/base.txt", str(far)), both) as (folder, placed):
        copied = Path(placed["apps/r.txt"]).read_text()
        assert copied == f"-r ../sub/base.txt\n  --requirement={placed[str(far)]} # far\n"
        assert os.path.relpath(placed["sub/base.txt"], folder) == os.path.join("project", "sub", "base.txt")
    assert not os.path.exists(folder)


def test_an_edit_of_another_file_is_refused(here: Scene) -> None:
    """A format module that would change what is not of the fix is stopped."""
    here.put("r.txt", LINES)
    with pytest.raises(Unreadable, match=r"other\.txt: is to be changed, and is no file of this fix"):
        copies.made(("r.txt",), (Edit("other.txt", None, b""),)).__enter__()


def test_a_full_disk_is_told(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no copy can be made, nothing is proved."""
    here.put("r.txt", LINES)
    monkeypatch.setattr(os, "makedirs", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Unreadable, match=r"no copy of it can be made .*no space left on device.*make room on the disk"):
        copies.made(("r.txt",), ()).__enter__()


def test_files_on_several_drives_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows no folder holds files of two drives."""
    import ntpath

    monkeypatch.setattr(os, "path", ntpath)
    with pytest.raises(Unreadable, match="lie on several drives, and cannot be fixed together"):
        copies.below((r"C:\one\r.txt", r"D:\two\r.txt"))
    assert copies.below((r"C:\one\r.txt", r"C:\two\s.txt")) == {
        r"C:\one\r.txt": r"one\r.txt", r"C:\two\s.txt": r"two\s.txt",
    }  # fmt: skip


def test_the_settings_of_the_original_hold_in_the_copy(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """No resolver is asked for a project that the settings nearest to the file call one's own."""
    here.put("sub/pyproject.toml", '[tool.pip-assay]\ninternal = ["own-*"]\n')
    here.put("sub/r.txt", LINES + "own-thing\n")
    asked: list[str] = []
    real = resolve.resolve

    def remembered(question: resolve.Question, **about: object) -> resolve.Resolved:
        asked.extend(each.text for each in question.roots)
        return real(question, **about)  # type: ignore[arg-type]

    monkeypatch.setattr(resolve, "resolve", remembered)
    found = proof(here, GOOD + "own-thing\n", "sub/r.txt", no_config=False)
    assert not [each for each in found.faults if "holds" in each]
    assert asked
    assert not [each for each in asked if each.startswith("own")]


def test_a_file_that_is_complete_asks_no_resolver_again(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiled file is read again as it stands."""
    head = "# This file was autogenerated by uv via the following command:\n#    uv pip compile r.in -o r.txt\n"
    here.put("r.in", "web\n")
    here.put("r.txt", head + LINES)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(resolve, "resolve", refuse)
    assert proof(here, head + GOOD).faults == ()


def test_what_an_environment_comes_to_is_told_without_files(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a target without files the planned set itself is audited; what a moved release carried is not known."""
    here.put("r.txt", LINES)
    about = here.settings._replace(requirements=("r.txt",), no_deps=True)
    before = flow.audit(about, here.outside).audits[0]
    web = Pin(PYPI, "web", "1.0")
    inside = Dependency(Pin("generic", "zlib", "1.2"), Place("x"), inside=web)
    held = before.inventory.dependencies
    target = here.target("r.txt", no_deps=True)._replace(files=())
    target = target._replace(inventory=before.inventory._replace(dependencies=(*held, inside)))
    made = plan(target, *MOVES)
    monkeypatch.setattr(requirements, "check", lambda *_: (("tried",), ("no",)))
    after, found = module.prove(made, (), before, about, here.outside, here.tools())
    assert (after, found) == (made, Proof(checks=("tried",), faults=("no",)))
    held_then = module.changed(made).dependencies
    assert [str(each.pin) for each in held_then] == ["core 2.0", "plug 0.2", "web 2.0"]


def test_a_fork_that_stays_is_still_there(here: Scene) -> None:
    """Where two forks hold one release and one of them moves, both releases are expected."""
    here.put("r.txt", "web==1.0 ; os_name=='nt'\nweb==1.0 ; os_name!='nt'\n")
    about = here.target("r.txt", no_deps=True)
    made = plan(about, "web 1.0 2.0 ; os_name!='nt'")
    assert [str(each.pin) for each in module.changed(made).dependencies] == ["web 1.0", "web 2.0"]
    gone = plan(about, "web 1.0 -  ; os_name!='nt'", "web 1.0 - ; os_name=='nt'")
    assert module.changed(gone) == Inventory("r.txt", "requirements", (), about.inventory.problems)


def test_what_is_told_is_what_was_written(here: Scene) -> None:
    """A tool may find that one of two releases does for all Pythons: the plan then names that alone."""
    here.put("r.txt", LINES)
    about = here.settings._replace(requirements=("r.txt",))
    older, newer = "plug - 0.1 web ; python_version<'3.10'", "plug - 0.2 web ; python_version>='3.10'"
    made = plan(here.target("r.txt"), "core 1.0 2.0", older, newer, "web 1.0 2.0")
    before = flow.audit(about, here.outside).audits[0]
    made = made._replace(settled=module.open_findings(before))
    edit = Edit("r.txt", LINES.encode(), GOOD.encode())
    told, found = module.prove(made, (edit,), before, about, here.outside, here.tools())
    assert found.faults == ()
    assert [(each.name, each.old, each.new, each.marker) for each in told.changes] == [
        ("core", "1.0", "2.0", ""), ("plug", "", "0.2", ""), ("web", "1.0", "2.0", ""),
    ]  # fmt: skip
    wrong = Edit("r.txt", LINES.encode(), GOOD.replace("plug==0.2", "plug==0.3").encode())
    told, found = module.prove(made, (wrong,), before, about, here.outside, here.tools())
    assert "the edited r.txt holds 0.3 of plug, where 0.1 and 0.2 is planned" in found.faults
    assert [each.new for each in told.changes] == ["2.0", "0.1", "0.2", "2.0"]


def test_forks_that_become_one_release_are_told_with_what_both_settle() -> None:
    """Each that was held moves there, in the step that it makes."""
    first = Change("web", "1.0", "2.0", "major", ("A",), places=(Place("r.txt", 1),), marker="python_version<'3.10'")
    other = first._replace(new="2.1", settles=("B",), marker="python_version>='3.10'", places=(Place("r.txt", 2),))
    third = Change("web", "2.0.1", "2.0.5", "patch", marker="os_name=='nt'")
    [both, last] = module._as_written((first, other, third), {"web": frozenset({module._key("2.1.0")})})
    assert both == other._replace(settles=("A", "B"), marker="", places=(first.places[0], other.places[0]))
    assert last == third._replace(new="2.1", level="minor")


def test_what_the_second_audit_could_not_see_is_part_of_the_proof(here: Scene) -> None:
    """As a line that is not pinned, which was there before."""
    here.put("r.txt", LINES + "other-thing\n")
    problems = proof(here, GOOD + "other-thing\n", no_deps=True).problems
    assert [(each.gap, each.subject) for each in problems] == [("unpinned", "other-thing")]
    assert problems[0].place == Place("r.txt", 4, 1)
