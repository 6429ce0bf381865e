"""What an install would bring in: what a resolver answers, and what is left of the list beside it."""

import sys
from pathlib import Path

import pytest

from pip_assay import install
from pip_assay.model import NOT_HERE, PYPI, Dependency, Pin, Place, Problem
from pip_assay.settings import Outside, Settings
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


def test_pyproject_is_resolved_as_an_install_would_be(asked: list[Question], tmp_path: Path) -> None:
    """The dependencies of [project] are handed over with the index of the command line."""
    wanted = f"""["alpha>=1", "open ; sys_platform == '{ELSEWHERE}'"]"""
    text = f"""[project]\nname = "x"\nversion = "1"\ndependencies = {wanted}\n"""
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    found = install.pyproject("pyproject.toml", Settings(index_url="https://own.example/simple"), OUTSIDE)
    assert {each.pin.name: each.skipped for each in found.dependencies} == {"alpha": "", "below": "", "open": NOT_HERE}
    assert asked[0].indexes.url == "https://own.example/simple"
    asked.clear()
    listed = install.pyproject("pyproject.toml", Settings(no_deps=True), OUTSIDE)
    assert asked == []
    assert [problem.gap for problem in listed.problems] == ["unpinned", "unpinned"]


def test_a_complete_file_asks_no_resolver(asked: list[Question], tmp_path: Path) -> None:
    """Hashes on every line, --no-deps and --disable-pip cost no resolution."""
    (tmp_path / "requirements.txt").write_text("alpha==1.0\n", encoding="utf-8")
    (tmp_path / "hashed.txt").write_text(f"alpha==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    assert install.requirements(("hashed.txt",), Settings(), OUTSIDE).problems == ()
    assert install.requirements(("requirements.txt",), Settings(no_deps=True), OUTSIDE).problems == ()
    (problem,) = install.requirements(("requirements.txt",), Settings(disable_pip=True), OUTSIDE).problems
    assert problem.gap == "unresolved"
    assert asked == []
