"""What declared ranges allow: brute force over every release is the oracle."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from pip_assay import ranges
from tests.server import Reply, Server
from tests.transcripts import Person, Said, copy

RELEASES = {
    "alpha": ["0.9", "1.0", "1.2", "1.5", "1.9", "2.0", "2.1", "2.2", "3.0rc1"],
    "beta": ["0.9", "1.0"],
    "clean": ["1.0", "2.0"],
}
MANIFEST = """\
[project]
name = "application"
version = "1"
dependencies = ["alpha>=1.0", "clean", "gone>=1"]

[project.optional-dependencies]
old = ["alpha<2", "beta"]
pinned = ["alpha==2.1", "alpha>9"]
"""


@pytest.fixture
def index() -> Iterator[Server]:
    """An index with three projects; one release of alpha is yanked."""
    script = {}
    for name, versions in RELEASES.items():
        files = [
            {"filename": f"{name}-{version}.tar.gz", "url": "x", "yanked": version == "2.2"} for version in versions
        ]
        headers = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
        script[f"/simple/{name}/"] = Reply({"files": files}, headers=headers)
    with Server(script) as server:
        yield server


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    found = Person(copy("nothing", tmp_path), monkeypatch, capfd)
    found.types("db", "import", "records")
    (found.folder / "pyproject.toml").write_text(MANIFEST, encoding="utf-8")
    return found


def asked(person: Person, index: Server, *more: str) -> Said:
    return person.types("--ranges", ".", "--index-url", f"{index.url}/simple", "--timeout", "2", *more)


def test_the_answer_is_that_of_brute_force(person: Person, index: Server) -> None:
    """Each release inside the range is audited by itself; the floor is the lowest after the last affected one."""
    said = asked(person, index, "-f", "json")
    assert said.code == 1
    document: dict[str, Any] = json.loads(said.stdout)
    assert len(document["ranges"]) == 6
    for each in document["ranges"]:
        listed = [version for version in RELEASES[each["name"]] if version != "2.2"]
        inside = list(SpecifierSet(each["range"]).filter(listed))
        affected = {}
        for version in inside:
            one = json.loads(person.types("check", f"{each['name']}=={version}", "-f", "json").stdout)
            if ids := sorted(finding["id"] for finding in one["findings"]):
                affected[version] = ids
        safe = [version for number, version in enumerate(inside) if not affected.keys() & set(inside[number:])]
        assert each["releases"] == len(inside)
        assert {one["version"]: one["ids"] for one in each["affected"]} == affected
        assert (each["newest"], each["newest_is_safe"]) == (
            (inside[-1], inside[-1] not in affected) if inside else ("", False)
        )
        assert each["floor"] == (safe[0] if safe else "")
    assert [(each["gap"], each["subject"]) for each in document["problems"]] == [
        ("look-up", "gone"),
        ("empty", "alpha"),
    ]


def test_a_person_reads_what_to_raise(person: Person, index: Server) -> None:
    """The table names each range, how much of it is vulnerable, and the floor that repairs it."""
    said = asked(person, index, "-v")
    rows = [line.split("  ") for line in said.stdout.splitlines()]
    first = [cell.strip() for cell in rows[1] if cell.strip()]
    assert first == ["alpha>=1.0", "5 of 6", "2.1 is safe", ">=2.1", "pyproject.toml:4 (runtime)"]
    assert "Next: raise the floors: alpha>=2.1." in said.stdout
    assert "No floor makes these safe, for the newest release inside them is vulnerable: alpha<2, beta." in said.stdout
    assert "alpha>=1.0: 1.0 has PYSEC-2026-1, PYSEC-2026-2" in said.stdout
    assert said.code == 1


def test_ones_own_projects_are_listed_and_not_asked_for(person: Person, index: Server) -> None:
    """`internal` of the file's folder, or of the current one: the index learns no name of theirs."""
    lines = '\n[tool.pip-assay]\ninternal = ["al*"]\n'
    (person.folder / "pyproject.toml").write_text(MANIFEST + lines, encoding="utf-8")
    (person.folder / "part").mkdir()
    (person.folder / "part" / "wanted.in").write_text("clean\nsecret>=1\nalpha\n", encoding="utf-8")
    (person.folder / "part" / "pip-assay.toml").write_text('internal = ["secret"]\n', encoding="utf-8")
    both = ("--ranges", ".", "part/wanted.in", "--index-url", f"{index.url}/simple", "--timeout", "2")
    said = person.types(*both, "-f", "json")
    document = json.loads(said.stdout)
    assert {path for path in index.paths() if path != "/simple/gone/"} == {"/simple/beta/", "/simple/clean/"}
    assert {each["name"] for each in document["ranges"]} == {"beta", "clean"}
    assert [(each["name"], each["range"], each["place"]["file"]) for each in document["internal"]] == [
        ("alpha", ">=1.0", "pyproject.toml"), ("alpha", "<2", "pyproject.toml"), ("alpha", "==2.1", "pyproject.toml"),
        ("alpha", ">9", "pyproject.toml"), ("secret", ">=1", "part/wanted.in"), ("alpha", "", "part/wanted.in"),
    ]  # fmt: skip
    assert {each["subject"] for each in document["problems"]} == {"gone"}
    line = "INTERNAL  secret>=1 is a project of your own, as the settings say: not looked up (part/wanted.in:2)"
    assert line in person.types(*both).stdout.splitlines()


def test_policy_counts(person: Person, index: Server) -> None:
    """What is ignored is not counted as vulnerable; with --exit-zero nothing fails."""
    ignored = ("--ignore-vuln", "CVE-2026-1", "--ignore-vuln", "CVE-2026-2", "--ignore-vuln", "CVE-2026-3")
    document = json.loads(asked(person, index, "-f", "json", *ignored).stdout)
    assert not any(each["affected"] for each in document["ranges"])
    assert asked(person, index, *ignored).code == 3
    assert asked(person, index, "--exit-zero").code == 0


def test_requirements_files_have_ranges_too(person: Person, index: Server) -> None:
    """A .in or .txt file is read line by line; one without any range says so."""
    (person.folder / "wanted.in").write_text("alpha>=2.1\n-e .\n", encoding="utf-8")
    said = person.types("--ranges", "wanted.in", "--index-url", f"{index.url}/simple", "-f", "json", "-o", "out.json")
    document = json.loads((person.folder / "out.json").read_text(encoding="utf-8"))
    assert [(each["range"], each["floor"], each["place"]["line"]) for each in document["ranges"]] == [
        (">=2.1", "2.1", 1)
    ]
    assert said.code == 0
    (person.folder / "none.in").write_text("# nothing\n", encoding="utf-8")
    assert person.types("--ranges", "none.in", "--offline").code == 3


def test_only_a_table_or_json(person: Person) -> None:
    """A format that cannot show ranges is refused."""
    assert person.types("--ranges", ".", "-f", "markdown").code == 2


VERSIONS = st.lists(st.integers(0, 30), unique=True).map(lambda numbers: [f"{each}.0" for each in sorted(numbers)])


@given(VERSIONS, st.data())
def test_the_floor_is_the_lowest_from_which_on_all_are_safe(versions: list[str], data: st.DataObject) -> None:
    """Whatever is affected, nothing at or above the floor is, and something right below it is."""
    affected = data.draw(st.lists(st.sampled_from(versions))) if versions else []
    found = ranges.floor(versions, affected)
    safe = [version for number, version in enumerate(versions) if not set(versions[number:]) & set(affected)]
    assert found == (safe[0] if safe else "")
