"""pyproject.toml: pins are moved and bounds are widened in place; every other byte stays."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import bounds, pyproject
from pip_assay.fix.nouns import Change, Plan, Relaxation
from pip_assay.model import PYPI, Dependency, Inventory, Origin, Pin, Place
from pip_assay.settings import Settings
from pip_assay.sources import manifests
from tests.locking import outside, releases, tools

TEXT = """\
# every comment stays
[project]
name = "demo"
version = "1"
dependencies = [
    'Alpha [fast] <2 ; python_version > "3"', # cap
  "beta==1.0",
    "gamma (>=1,<2)",
]
optional-dependencies.web = ["beta == 1.0 ; python_version < \\"4\\"", "delta"]
[dependency-groups]
test = [ "beta==1.0", {include-group = "more"} ]
more = ["epsilon~=1.4"]
[tool.poetry.dependencies]
python = "^3.9"
zeta = "^1.2"
"eta" = { version = "~1.2", optional = true } # tilde
theta = "1.0"
iota = ">=1,<2 || >=3,<4"
kappa = [{ version = "<2", python = "<3.9" }, { version = "<3", python = ">=3.9" }]
"""


def place(text: str, name: str) -> Place:
    """Return where a text spells a name, as the reader of manifests gives it."""
    at = text.index(name)
    return Place("pyproject.toml", text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


@pytest.mark.parametrize(
    ("name", "specifier", "old", "new"),
    [
        ("Alpha", ">=2.5", "Alpha [fast] <2 ;", "Alpha [fast] >=2.5 ;"),
        ("gamma", ">=2.5", "gamma (>=1,<2)", "gamma (>=2.5)"),
        ("delta", ">=2.5", '"delta"', '"delta>=2.5"'),
        ("epsilon", "~=2.5", "epsilon~=1.4", "epsilon~=2.5"),
        ("zeta", ">=2.5", 'zeta = "^1.2"', 'zeta = "^2.5"'),
        ("eta\"", ">=2.5", 'version = "~1.2"', 'version = "~2.5"'),
        ("theta", "==2.5", 'theta = "1.0"', 'theta = "2.5"'),
    ],
)  # fmt: skip
def test_one_specifier_changes_and_nothing_else(name: str, specifier: str, old: str, new: str) -> None:
    """Spacing, quotes, extras, markers and comments of the requirement, and all else in the file, stay."""
    assert bounds.rewritten(TEXT, place(TEXT, name), specifier) == TEXT.replace(old, new)


@pytest.mark.parametrize("name", ["iota", "kappa"])
def test_several_alternatives_are_left_to_a_person(name: str) -> None:
    """A version with alternatives, and a list of them, cannot be changed alone."""
    with pytest.raises(Unreadable, match="change it by hand"):
        bounds.rewritten(TEXT, place(TEXT, name), ">=2.5")


@pytest.mark.parametrize("where", [Place("a"), Place("a", 3), Place("a", 99, 1), Place("a", 1, 3)])
def test_a_place_without_a_requirement_is_refused(where: Place) -> None:
    """Where nothing is written that could be changed, nothing is."""
    with pytest.raises(Unreadable, match="no requirement here"):
        bounds.rewritten(TEXT, where, ">=2.5")


NAMES = st.sampled_from(["alpha", "Beta.x", "gamma-y", "d_e"])
SPECIFIERS = st.sampled_from(["", "<2", "==1.0", ">=1,<2", "~=1.4", "==1.*", ">= 1.0 , < 3"])
MARKERS = st.sampled_from(["", "; python_version < '4'", " ; extra == 'a' or os_name == 'nt'"])


@given(st.lists(st.tuples(NAMES, SPECIFIERS, MARKERS), min_size=1, max_size=6), st.data())
def test_only_the_specifier_of_one_requirement_changes(parts: list[tuple[str, str, str]], data: st.DataObject) -> None:
    """For any list of requirements: names, extras and markers are those of before, by packaging's own parser."""
    written = ["".join(each) for each in parts]
    text = "".join(["x = [\n", *(f'  "{each}", # {each}\n' for each in written), "]\n"])
    at = data.draw(st.integers(0, len(written) - 1))
    after = tomllib.loads(bounds.rewritten(text, Place("a", at + 2, 4), ">=7"))["x"]
    expected = Requirement(written[at])
    expected.specifier = Requirement("a>=7").specifier
    assert Requirement(after[at]) == expected
    assert after[:at] + after[at + 1 :] == written[:at] + written[at + 1 :]


def inventory(path: str, **held: str) -> Inventory:
    pins = (Dependency(Pin(PYPI, name, version), Place(path, 1)) for name, version in held.items())
    return Inventory(path, "pyproject", tuple(pins))


@pytest.fixture(name="manifest")
def _manifest(tmp_path: Path) -> str:
    path = tmp_path / "pyproject.toml"
    path.write_text(TEXT)
    return str(path)


def test_an_exact_pin_is_moved_wherever_it_is_written(manifest: str) -> None:
    """Dependencies, extras and groups pin a project: all of these pins move, also where spaces are in them."""
    target = pyproject.read(
        inventory(manifest, alpha="1.9", beta="1.0", theta="1.0", other="1.0"), Settings(), outside()
    )
    asked = {each.text for each in target.roots if each.name == "beta"}
    assert asked == {"beta", 'beta ; python_version < "4"'}
    assert {each.text for each in target.roots if each.name == "gamma"} == {"gamma (>=1,<2)"}
    assert {each.name: each.written for each in target.held} == {
        "alpha": True, "beta": True, "theta": False, "other": False,
    }  # fmt: skip
    plan = Plan(target, (Change("beta", "1.0", "1.1"), Change("other", "", "1.0")))
    (edit,) = pyproject.edits(plan, tools(Path(manifest).parent))
    expected = TEXT.replace('beta==1.0"', 'beta==1.1"').replace("beta == 1.0 ;", "beta == 1.1 ;")
    assert edit.after.decode() == expected


def test_what_needs_nothing_in_the_file_changes_nothing(manifest: str) -> None:
    """A release that no pin holds is the newest that fits anyway: nothing is written for it."""
    target = pyproject.read(inventory(manifest, alpha="1.9", beta="1.0", delta="1.0"), Settings(), outside())
    assert pyproject.edits(Plan(target, (Change("delta", "1.0", "1.1"),)), tools(Path(manifest).parent)) == ()
    assert pyproject.edits(Plan(target), tools(Path(manifest).parent)) == ()


def test_a_bound_is_widened_by_the_place_that_the_reader_gives(manifest: str) -> None:
    """The place of each requirement that the manifest reader finds leads to that requirement."""
    for root in manifests.read(manifest).roots:
        if root.name in {"python", "iota", "kappa"}:
            continue
        (edit,) = pyproject.widened([Relaxation(root.place, root.text, f"{root.name}>=7.7")])
        assert edit.before is not None
        changed = [
            (old, new)
            for old, new in zip(edit.before.decode().split("\n"), edit.after.decode().split("\n"), strict=True)
            if old != new
        ]
        assert len(changed) == 1
        assert root.name in changed[0][0].lower()
        assert "7.7" in changed[0][1]


def test_line_endings_and_a_byte_order_mark_stay(manifest: str) -> None:
    """A file from Windows stays one."""
    Path(manifest).write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    root = next(each for each in manifests.read(manifest).roots if each.name == "epsilon")
    (edit,) = pyproject.widened([Relaxation(root.place, root.text, "epsilon~=2.0")])
    assert edit.after == Path(manifest).read_bytes().replace(b"epsilon~=1.4", b"epsilon~=2.0")


def test_a_pin_in_a_file_of_requirements_is_moved_there(tmp_path: Path) -> None:
    """Dependencies that setuptools takes from a file are changed in that file."""
    path = tmp_path / "pyproject.toml"
    path.write_text(
        '[project]\nname = "demo"\nversion = "1"\ndynamic = ["dependencies"]\n'
        '[tool.setuptools.dynamic]\ndependencies = { file = ["asked.txt"] }\n'
    )
    (tmp_path / "asked.txt").write_text("# first\nalpha==1.0  # why\n")
    target = pyproject.read(inventory(str(path), alpha="1.0"), Settings(), outside())
    assert target.files == (str(path), str(tmp_path / "asked.txt"))
    (edit,) = pyproject.edits(Plan(target, (Change("alpha", "1.0", "1.1"),)), tools(tmp_path))
    assert (edit.path, edit.after) == (str(tmp_path / "asked.txt"), b"# first\nalpha==1.1  # why\n")


def test_what_is_not_known_cannot_be_planned(tmp_path: Path) -> None:
    """Without an answer of a resolver nothing is held, and the sentence says what to do."""
    path = tmp_path / "pyproject.toml"
    path.write_text(TEXT)
    unknown = Inventory(
        str(path), "pyproject", (Dependency(Pin(PYPI, "alpha", ""), Place(str(path)), origin=Origin()),)
    )
    with pytest.raises(Unreadable, match=r"what it brings in is not known.*lock it"):
        pyproject.read(unknown, Settings(), outside())


def test_what_the_edited_file_asks_for_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run of an install finds the releases, and says so where it does not."""
    releases(tmp_path / "links", "alpha 1.0")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    folder = tmp_path / "project"
    folder.mkdir()
    path = folder / "pyproject.toml"
    path.write_text('[project]\nname = "demo"\nversion = "1"\ndependencies = ["alpha==1.0"]\n')
    plan = Plan(pyproject.read(inventory(str(path), alpha="1.0"), Settings(), outside()))
    assert pyproject.check(plan, str(folder), tools(folder)) == (("an install (dry run by uv)",), ())
    path.write_text(path.read_text().replace("1.0", "2.0"))
    assert pyproject.check(plan, str(folder), tools(folder))[1]


def test_constraints_have_their_places_and_are_widened_there(tmp_path: Path) -> None:
    """Those of uv's list are told with their lines; one that a file beside the manifest sets has none here."""
    text = """\
[project]
name = "demo"
version = "1"
dynamic = ["dependencies"]
[tool.setuptools.dynamic]
dependencies = { file = ["more.txt"] }
[tool.uv]
constraint-dependencies = [
    "Alpha <2 ; python_version > '3'",  # slow
    'beta<3', "beta<3",
]
"""
    (tmp_path / "more.txt").write_text("-c limits.txt\nalpha\n")
    (tmp_path / "limits.txt").write_text("gamma<4\n")
    path = tmp_path / "pyproject.toml"
    path.write_text("\ufeff" + text)
    found = pyproject.limits(str(path), manifests.read(str(path)))
    assert [(each.name, each.place.line, each.widens) for each in found] == [
        ("gamma", 0, False), ("alpha", 9, True), ("beta", 10, True), ("beta", 10, True),
    ]  # fmt: skip
    assert {each.place.file for each in found} == {str(path)}
    (edit,) = pyproject.widened([Relaxation(found[1].place, found[1].text, "alpha>=2.5")])
    assert edit.after.decode() == "\ufeff" + text.replace("Alpha <2", "Alpha >=2.5")


@pytest.mark.parametrize(
    ("old", "specifier", "new"),
    [
        ("a == 1.0 ; os_name == 'nt'", "==1.1", "a == 1.1 ; os_name == 'nt'"),
        ("a== 1.0", "==1.1", "a== 1.1"),
        ("a (>= 1, < 2)", ">=2.5", "a (>= 2.5)"),
        ("a >=1", ">=2.5", "a >=2.5"),
    ],
)
def test_the_space_before_a_version_stays(old: str, specifier: str, new: str) -> None:
    """An operator and its version stay apart where they were."""
    text = f'x = ["{old}"]\n'
    assert bounds.rewritten(text, Place("a", 1, 7), specifier) == f'x = ["{new}"]\n'


def test_what_cannot_be_widened_alone_is_not_proposed_to_be(manifest: str) -> None:
    """Alternatives of Poetry's are left to a person; all else of the file may be widened, each by itself."""
    Path(manifest).write_text(
        '[tool.poetry]\nname = "demo"\n[tool.poetry.dependencies]\npython = "^3.9"\nzeta = "^1.2"\n'
        'iota = "2.5.2 || 2.6"\neta = { version = "~1.2" }\nkappa = "*"\n'
    )
    target = pyproject.read(inventory(manifest, zeta="1.2"), Settings(), outside())
    assert {each.name: each.widens for each in target.roots} == {
        "zeta": True, "iota": False, "eta": True, "kappa": True,
    }  # fmt: skip
    for each in target.roots:
        if each.widens and each.name != "kappa":
            assert pyproject.widened([Relaxation(each.place, each.text, f"{each.name}>=9")])
