"""What an install would bring in: what a resolver answers, and what is left of the list beside it."""

import sys
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from pip_assay import install
from pip_assay.errors import UsageError
from pip_assay.model import NOT_ASKED, NOT_HERE, PYPI, Dependency, Pin, Place, Problem
from pip_assay.settings import Outside, Own, Settings
from pip_assay.sources import resolve
from pip_assay.sources.resolve import Question, Resolved

ELSEWHERE = "nowhere" if sys.platform != "nowhere" else "somewhere"
LINES = f"""\
--extra-index-url https://packages.example/simple
alpha>=1
pinned==1.0 ; sys_platform == "{ELSEWHERE}"
open>=1 ; sys_platform == "{ELSEWHERE}"
also-open>=1 ; sys_platform != "{ELSEWHERE}"
-e ./folder
"""


def answered(name: str, version: str, line: int) -> Dependency:
    return Dependency(Pin(PYPI, name, version), Place("requirements.txt", line), ("runtime",), direct=line > 0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Question]:
    """The questions that a resolver was asked; it knows alpha and what alpha requires, and nothing else."""
    questions: list[Question] = []

    def answer(question: Question, **_: object) -> Resolved:
        questions.append(question)
        found = (answered("alpha", "1.5", 2), answered("below", "0.1", 2))
        return Resolved(found, (Problem("unresolved", "also-open is nowhere", subject="also-open"),), "uv 1.0")

    monkeypatch.setattr(resolve, "resolve", answer)
    monkeypatch.chdir(tmp_path)
    return questions


OUTSIDE = Outside({}, ".", 0.0)


def test_what_a_resolver_leaves_is_kept(asked: list[Question], tmp_path: Path) -> None:
    """Pins that no install here would bring in are audited; unpinned ones are listed with the reason."""
    (tmp_path / "requirements.txt").write_text(LINES, encoding="utf-8")
    found = install.requirements(("requirements.txt",), Settings(skip_editable=True), OUTSIDE)
    listed = {
        each.pin.name: (each.pin.version, each.skipped) for each in found.dependencies if each.origin.kind == "index"
    }
    assert listed == {
        "alpha": ("1.5", ""),
        "below": ("0.1", ""),
        "pinned": ("1.0", ""),
        "open": ("", NOT_HERE),
        "also-open": ("", "has no pinned version"),
    }
    assert sorted(each.subject for each in found.problems) == ["also-open", "also-open"]
    (question,) = asked
    assert question.indexes.extra == ("https://packages.example/simple",)
    assert [root.place.line for root in question.roots] == [2, 3, 4, 5]
    assert found.detail == "resolved by uv 1.0"


MANIFEST = f"""
[build-system]
requires = ["builder>=1"]

[project]
name = "x"
version = "1"
dependencies = ["alpha>=1", "open ; sys_platform == '{ELSEWHERE}'", "there @ https://files.example/there-1.0.tar.gz"]

[project.optional-dependencies]
fast = ["beta>=1"]

[dependency-groups]
dev = ["gamma>=1"]

[tool.uv]
constraint-dependencies = ["below<1"]
override-dependencies = ["above==2"]
"""


def test_a_manifest_is_resolved_with_all_its_groups(asked: list[Question], tmp_path: Path) -> None:
    """Runtime, extras, groups and build requirements are handed over, with limits, overrides and the index named."""
    (tmp_path / "pyproject.toml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "limits.txt").write_text("alpha<2\n", encoding="utf-8")
    settings = Settings(
        index_url="https://own.example/simple", constraints=("limits.txt",), overrides=("limits.txt",),
        python_version="3.9", platform="linux", exclude_newer="2026-01-01", allow_build=True,
    )  # fmt: skip
    found = install.manifest("pyproject.toml", "pyproject", settings, OUTSIDE)
    (question,) = asked
    assert {(root.name, root.group) for root in question.roots} == {
        ("alpha", "runtime"), ("open", "runtime"), ("there", "runtime"), ("beta", "extra:fast"), ("gamma", "group:dev"),
        ("builder", "build"),
    }  # fmt: skip
    assert question.indexes.url == "https://own.example/simple"
    assert (question.constraints, question.overrides) == (("below<1", "alpha<2"), ("alpha<2", "above==2"))
    assert (question.python, question.platform, question.exclude_newer, question.allow_build) == (
        "3.9", "linux", "2026-01-01", True,
    )  # fmt: skip
    assert {each.pin.name: each.origin.kind for each in found.dependencies}["there"] == "url"
    assert set(found.groups) == {"runtime", "extra:fast", "group:dev", "build"}


OWN = (
    Outside({}, ".", 0.0, own=lambda _: Own(("alpha", "gam*", "also-open", "there"))),
    Outside({}, ".", 0.0, own=lambda _: Own(("alpha", "gam*", "also-open", "there"), strict=True)),
)


@pytest.mark.parametrize("outside", OWN)
def test_no_resolver_is_asked_for_ones_own_projects_by_name(
    outside: Outside, asked: list[Question], tmp_path: Path
) -> None:
    """They stay listed; what they bring in is known to nobody, which --strict minds. One with an address is read."""
    (tmp_path / "pyproject.toml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "requirements.txt").write_text(LINES, encoding="utf-8")
    manifest = install.manifest("pyproject.toml", "pyproject", Settings(), outside)
    listed = install.requirements(("requirements.txt",), Settings(), outside)
    assert [{root.name for root in each.roots} for each in asked] == [
        {"open", "there", "beta", "builder"}, {"pinned", "open", ""},
    ]  # fmt: skip
    assert {"alpha", "gamma", "there"} <= {each.pin.name for each in manifest.dependencies}
    assert {"alpha", "also-open"} <= {each.pin.name for each in listed.dependencies}
    unknown = [each.subject for found in (manifest, listed) for each in found.problems if "brings in" in each.what]
    assert unknown == (["alpha", "gamma", "alpha", "also-open"] if outside.own("").strict else [])


def test_where_all_is_ones_own_nobody_is_asked(asked: list[Question], tmp_path: Path) -> None:
    """Then there is nothing to resolve."""
    (tmp_path / "requirements.txt").write_text("alpha\n", encoding="utf-8")
    (tmp_path / "setup.cfg").write_text("[options]\ninstall_requires = alpha\n", encoding="utf-8")
    for found in (
        install.requirements(("requirements.txt",), Settings(), OWN[0]),
        install.manifest("setup.cfg", "setup.cfg", Settings(), OWN[0]),
    ):
        assert [each.pin.name for each in found.dependencies] == ["alpha"]
    assert asked == []


def test_what_is_not_asked_for_is_listed_and_not_resolved(asked: list[Question], tmp_path: Path) -> None:
    """--group dev resolves the runtime and that group; the rest is listed as left out, and no problem."""
    (tmp_path / "pyproject.toml").write_text(MANIFEST, encoding="utf-8")
    found = install.manifest("pyproject.toml", "pyproject", Settings(groups=("dev",)), OUTSIDE)
    assert {root.name for root in asked[0].roots} == {"alpha", "open", "there", "gamma"}
    skipped = {each.pin.name: each.skipped for each in found.dependencies if each.skipped}
    assert {name for name, why in skipped.items() if why == NOT_ASKED} == {"beta", "builder"}
    assert skipped["open"] == NOT_HERE
    assert {each.subject for each in found.problems} == {"gamma", "also-open"}


def test_a_marker_counts_where_it_is_resolved_for(asked: list[Question], tmp_path: Path) -> None:
    """For another platform, what that leaves out was left out by the options, not by this machine."""
    text = """[project]\nname = "x"\nversion = "1"\ndependencies = ["alpha", "open ; sys_platform == 'win32'"]\n"""
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    reasons = {}
    for platform in ("linux", "windows"):
        found = install.manifest("pyproject.toml", "pyproject", Settings(platform=platform), OUTSIDE)
        reasons[platform] = {each.pin.name: each.skipped for each in found.dependencies}["open"]
    assert reasons == {"linux": NOT_ASKED, "windows": "has no pinned version"}
    assert len(asked) == 2


def test_a_limit_that_cannot_be_read_is_not_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolving without a constraint would answer for other releases than are installed: it is refused."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(MANIFEST, encoding="utf-8")
    with pytest.raises(UsageError):
        install.manifest("pyproject.toml", "pyproject", Settings(constraints=("missing.txt",)), OUTSIDE)


def test_a_manifest_is_listed_as_it_stands(asked: list[Question], tmp_path: Path) -> None:
    """--no-deps asks no resolver, and what has no version is a problem."""
    (tmp_path / "pyproject.toml").write_text(MANIFEST, encoding="utf-8")
    listed = install.manifest("pyproject.toml", "pyproject", Settings(no_deps=True), OUTSIDE)
    assert asked == []
    assert [problem.gap for problem in listed.problems] == ["unpinned"] * 5


def test_a_complete_file_asks_no_resolver(asked: list[Question], tmp_path: Path) -> None:
    """Hashes on every line, --no-deps and --disable-pip cost no resolution."""
    (tmp_path / "requirements.txt").write_text("alpha==1.0\n", encoding="utf-8")
    (tmp_path / "hashed.txt").write_text(f"alpha==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    assert install.requirements(("hashed.txt",), Settings(), OUTSIDE).problems == ()
    assert install.requirements(("requirements.txt",), Settings(no_deps=True), OUTSIDE).problems == ()
    (problem,) = install.requirements(("requirements.txt",), Settings(disable_pip=True), OUTSIDE).problems
    assert problem.gap == "unresolved"
    assert asked == []


@pytest.mark.parametrize("requires", ["<3.{here}", ">3.{here}.99", "==3.{near}.*", "!=3.{here}.*"])
def test_a_manifest_for_other_pythons_says_which_to_name(requires: str, asked: list[Question], tmp_path: Path) -> None:
    """Where not all of it could be resolved for this Python, and it is for others, that comes first."""
    here = sys.version_info[1]
    requires = requires.format(here=here, near=here - 1)
    path = tmp_path / "pyproject.toml"
    path.write_text(
        f"[project]\nname = 'demo'\nrequires-python = '{requires}'\ndependencies = ['alpha', 'also-open']\n"
    )
    first, *others = install.manifest(str(path), "pyproject", Settings(), OUTSIDE).problems
    near = here + 1 if requires.startswith(">") else here - 1
    assert SpecifierSet(requires).contains(f"3.{near}.0")
    assert str(first) == (
        f"{path}: requires Python {requires}, which excludes this one, 3.{here}; say --python-version 3.{near}"
    )
    assert any(each.subject == "also-open" for each in others)
    told = install.manifest(str(path), "pyproject", Settings(python_version=f"3.{near}"), OUTSIDE).problems
    assert first not in told
    assert asked[-1].python == f"3.{near}"


@pytest.mark.parametrize("requires", [">=3.8", "", "what?", "<2", "==3.{here}.*"])
def test_a_manifest_for_this_python_or_none_says_nothing_of_pythons(
    requires: str, asked: list[Question], tmp_path: Path
) -> None:
    """Also where what it requires cannot be read, or is no Python that there is."""
    path = tmp_path / "pyproject.toml"
    line = f"requires-python = '{requires.format(here=sys.version_info[1])}'\n" if requires else ""
    path.write_text(f"[project]\nname = 'demo'\n{line}dependencies = ['alpha', 'also-open']\n")
    found = install.manifest(str(path), "pyproject", Settings(), OUTSIDE).problems
    assert asked
    assert not [each for each in found if "requires Python" in each.what]
