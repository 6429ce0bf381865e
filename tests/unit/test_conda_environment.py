"""environment.yml and conda-meta/: what conda is to install, and what it has installed."""

import json
from pathlib import Path
from typing import Any

import pytest

from pip_assay.errors import Unreadable
from pip_assay.model import UNCOVERED, Dependency, Inventory, Pin, Place
from pip_assay.sources.conda import conda_meta, environment_yml
from pip_assay.sources.installed import environment
from pip_assay.sources.installed.tree import Memory
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.resolve.nouns import Root


def manifest(text: str) -> Manifest:
    return environment_yml.parse(text.encode(), "environment.yml")


def test_packages_are_listed_and_the_pip_part_is_asked_for() -> None:
    """What conda installs has no advisories; what pip installs is a root for the resolver."""
    text = """name: example
channels: [forge]
dependencies:
  - python=3.11  # the interpreter
  - forge::LibGamma=3.0=h1_0
  - pip:
    - Alpha[x]==1.2 ; python_version > "3"
    - -e git+https://code.example/beta.git#egg=beta
    - "delta==1.0 --hash=sha256:00"
"""
    found = manifest(text)
    assert found.problems == ()
    assert found.groups == ("runtime",)
    assert found.python == "==3.11.*"
    assert found.listed == (
        Dependency(
            Pin("conda", "python", "3.11"), Place("environment.yml", 4, 5), ("runtime",), direct=True,
            skipped=UNCOVERED, spelling="python",
        ),
        Dependency(
            Pin("conda", "libgamma", "3.0"), Place("environment.yml", 5, 12), ("runtime",), direct=True,
            skipped=UNCOVERED, spelling="LibGamma",
        ),
    )  # fmt: skip
    assert found.roots == (
        Root('Alpha[x]==1.2 ; python_version > "3"', Place("environment.yml", 7, 7), "alpha"),
        Root("-e git+https://code.example/beta.git#egg=beta", Place("environment.yml", 8, 48), "beta"),
        Root("delta==1.0 --hash=sha256:00", Place("environment.yml", 9, 8), "delta"),
    )


@pytest.mark.parametrize(
    ("spec", "name", "version"),
    [
        ("alpha", "alpha", ""), ("alpha=1.2", "alpha", "1.2"), ("alpha==1.2", "alpha", "1.2"),
        ("alpha 1.2", "alpha", "1.2"), ("alpha=1.2=py_0", "alpha", "1.2"), ("alpha==1.2=py_0", "alpha", "1.2"),
        ("alpha 1.2 py_0", "alpha", "1.2"), ("alpha=1.2.*", "alpha", ""), ("alpha>=1.2", "alpha", ""),
        ("alpha >=1.2, <2", "alpha", ""), ("alpha=1.2|1.3", "alpha", ""), ("alpha !=1.2", "alpha", ""),
        ("alpha~=1.2", "alpha", ""), ("alpha *", "alpha", ""), ("_a_b=2024a", "_a_b", "2024a"),
        ("forge::alpha=1.2", "alpha", "1.2"), ("forge/linux-64::alpha 1.2", "alpha", "1.2"),
        ("alpha[version='1.2',build=x]", "alpha", "1.2"), ("alpha[version='>=1.2']", "alpha", ""),
        ("alpha[build=x]", "alpha", ""), ("alpha=1!2.0", "alpha", "1!2.0"),
        ("https://conda.example/forge/noarch/alpha-1.2-py_0.conda", "alpha", "1.2"),
    ],
)  # fmt: skip
def test_a_version_is_certain_where_no_operator_stands(spec: str, name: str, version: str) -> None:
    """The forms of a MatchSpec: what `conda env export` writes is certain, a range is not."""
    assert [each.pin for each in manifest(f'dependencies:\n- "{spec}"\n').listed] == [Pin("conda", name, version)]


@pytest.mark.parametrize(
    ("spec", "python"),
    [
        ("python", ""), ("python=3.11", "==3.11.*"), ("python 3.11", "==3.11.*"), ("python=3", "==3.*"),
        ("python==3.11.4", "==3.11.4"), ("python=3.11.4", "==3.11.4"), ("python=3.11.4=h1_cpython", "==3.11.4"),
        ("python=3.11.*", "==3.11.*"), ("python>=3.9", ">=3.9"), ("python >=3.9,<3.12", ">=3.9,<3.12"),
        ("python 3.9|3.10", ""), ("python[version='>=3.9']", ">=3.9"),
    ],
)  # fmt: skip
def test_the_interpreter_is_limited_as_the_file_says(spec: str, python: str) -> None:
    """In the words of PEP 440, or not at all."""
    assert manifest(f'dependencies:\n- "{spec}"\n').python == python


def test_the_pip_part_may_hold_options() -> None:
    """Indexes are kept for the resolver; a file that it includes is named; the rest is said to be left out."""
    found = manifest(
        "dependencies:\n- pip:\n  - -i https://own.example/simple\n  - --extra-index-url https://more.example/simple\n"
        "  - -r requirements.txt\n  - --constraint=limits.txt\n  - --pre\n  - --no-such\n  - a b c\n  - [x]\n"
    )
    assert (found.index_url, found.extra_index_urls) == ("https://own.example/simple", ("https://more.example/simple",))
    assert [(each.gap, each.what, each.place and each.place.line) for each in found.problems] == [
        ("unresolved", "its pip part names requirements.txt, which was not read", 5),
        ("unresolved", "its pip part names limits.txt, which was not read", 6),
        ("unresolved", "its pip part has the option --pre, which was left out", 7),
        ("unreadable", "has an option that pip does not know: --no-such", 8),
        ("unreadable", 'is no requirement that pip can read: "a b c"', 9),
        ("unreadable", "has an entry in its pip part that is no requirement", 0),
    ]


@pytest.mark.parametrize(
    ("text", "gap", "what"),
    [
        ("", "empty", "is empty"),
        ("name: x\n", "empty", "lists no dependencies"),
        ("dependencies: []\n", "empty", "lists no dependencies"),
        ("dependencies: x\n", "unreadable", '"dependencies" is not a list'),
        ("dependencies:\n- [x]\n", "unreadable", "has an entry that is no package"),
        ("dependencies:\n- '>=1'\n", "unreadable", "has an entry that is no package"),
        ("dependencies:\n- ~\n", "unreadable", "has an entry that is no package"),
        ("dependencies:\n- npm:\n  - x\n", "unreadable", 'what it installs with "npm" was not read'),
        ("dependencies:\n- pip: x\n", "unreadable", '"pip" is not a list'),
        ("dependencies: [\n", "unreadable", "is not valid YAML"),
    ],
)
def test_what_is_wrong_with_an_environment_file_is_said(text: str, gap: str, what: str) -> None:
    """Never an empty answer without a reason."""
    (problem,) = manifest(text).problems
    assert problem.gap == gap
    assert problem.what.startswith(what)


def test_a_category_is_a_group() -> None:
    """conda-lock's own key says what a whole file is for."""
    found = manifest("category: dev\ndependencies:\n- a\n- pip:\n  - b\n")
    assert (found.groups, found.listed[0].groups, found.roots[0].group) == (("group:dev",), ("group:dev",), "group:dev")


def test_environment_files_are_recognised() -> None:
    """By the word in the name, or by what they begin with."""
    names = (
        "environment.yml",
        "environment.yaml",
        "dev-environment.yml",
        "environment_gpu.yml",
        "conda.yml",
        "environment.toml",
    )
    assert [name for name in names if environment_yml.recognises(name)] == list(names[:4])
    assert environment_yml.is_one(b"name: x\ndependencies:\n- a\n")
    assert not environment_yml.is_one(b"dependencies:\n- a\n")


def test_a_missing_environment_file_is_missing(tmp_path: Path) -> None:
    """It is not an empty one."""
    assert [each.gap for each in environment_yml.manifest(str(tmp_path / "no.yml")).problems] == ["missing"]


# --- conda-meta ------------------------------------------------------------------------------------


def record(name: str, version: str, *owned: str, **more: Any) -> tuple[str, bytes]:
    """The name and content of a record, as conda writes it."""
    stem = f"{name}-{version}-h1_0"
    fields = {"name": name, "version": version, "fn": f"{stem}.conda", "files": list(owned), **more}
    return f"conda-meta/{stem}.json", json.dumps(fields, indent=2, sort_keys=True).encode()


def tree(*records: tuple[str, bytes], **more: bytes) -> Memory:
    return Memory({"p/conda-meta/history": b"", **{f"p/{path}": content for path, content in records}, **more})


def read(found: Memory) -> Inventory:
    return conda_meta.read_meta("p", tree=found)


METADATA = "lib/python3.11/site-packages/Alpha-1.2.dist-info/METADATA"


def test_what_has_metadata_in_site_packages_is_left_to_that_reader() -> None:
    """Each package is listed once: as the index's release where Python knows it, else as conda's."""
    found = tree(
        record("alpha", "1.2", METADATA), record("libgamma", "3.0", "lib/libgamma.so"),
        **{f"p/{METADATA}": b"Name: Alpha\nVersion: 1.2\n\n"},
    )  # fmt: skip
    place = Place("p/conda-meta/libgamma-3.0-h1_0.json")
    gamma = Dependency(Pin("conda", "libgamma", "3.0"), place, skipped=UNCOVERED, spelling="libgamma")
    assert read(found) == Inventory("p", "conda", (gamma,))
    installed = environment.read_paths(["p/lib/python3.11/site-packages"], tree=found)
    assert [each.pin.name for each in installed.dependencies] == ["alpha"]


@pytest.mark.parametrize(
    "path",
    [
        METADATA, "Lib/site-packages/alpha-1.2.dist-info/METADATA", "lib/pypy3.9/site-packages/alpha.egg-info",
        "lib/python3.13t/site-packages/alpha.egg-info/PKG-INFO",
    ],
)  # fmt: skip
def test_the_layouts_of_site_packages(path: str) -> None:
    """POSIX, Windows, other interpreters, and the older metadata."""
    assert read(tree(record("alpha", "1.2", path), **{f"p/{path}": b""})).dependencies == ()


@pytest.mark.parametrize(
    "path",
    [
        "lib/python3.11/site-packages/beta/_vendor/alpha-1.2.dist-info/METADATA", "share/alpha-1.2.dist-info/METADATA",
        "lib/python3.11/site-packages/alpha-1.2.dist-info/METADATA.txt", "pkgs/site-packages/alpha.dist-info/METADATA",
    ],
)  # fmt: skip
def test_what_lies_elsewhere_is_no_metadata(path: str) -> None:
    """A package that only carries another one's metadata somewhere is still listed."""
    assert [each.pin.name for each in read(tree(record("beta", "1", path), **{f"p/{path}": b""})).dependencies] == [
        "beta"
    ]


def test_metadata_that_is_gone_hides_nothing() -> None:
    """Where a later install removed the metadata, conda's own record is what there is to list."""
    assert [str(each.pin) for each in read(tree(record("alpha", "1.2", METADATA))).dependencies] == ["alpha 1.2"]


def test_a_record_is_believed_more_than_the_name_of_its_file() -> None:
    """Where the two disagree."""
    _, content = record("alpha", "1.2")
    found = read(tree(("conda-meta/other-9-0.json", content), ("conda-meta/odd.json", record("Beta", "3")[1])))
    assert [(each.pin, each.spelling) for each in found.dependencies] == [
        (Pin("conda", "alpha", "1.2"), "alpha"), (Pin("conda", "beta", "3"), "Beta"),
    ]  # fmt: skip


def test_a_record_that_cannot_be_read_is_listed_by_its_name() -> None:
    """And is a problem, with the line where there is one."""
    names = ("cut-1.0-0", "list-1.0-0", "void-1.0-0", "odd")
    contents = (b'{\n"a": [', b"[]", b"", b"{}")
    found = read(tree(*((f"conda-meta/{name}.json", content) for name, content in zip(names, contents, strict=True))))
    assert [each.pin.name for each in found.dependencies] == ["cut", "list", "void"]
    assert sorted((str(each.place), each.gap) for each in found.problems) == [
        ("p/conda-meta/cut-1.0-0.json:2", "unreadable"), ("p/conda-meta/list-1.0-0.json", "unreadable"),
        ("p/conda-meta/odd.json", "unreadable"), ("p/conda-meta/void-1.0-0.json", "empty"),
    ]  # fmt: skip


def test_a_record_that_is_not_there_to_read_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is listed all the same."""
    found = tree(record("alpha", "1.2"))

    def refuse(path: str) -> bytes:
        raise Unreadable("cannot be read", path, "check its permissions")

    monkeypatch.setattr(found, "start", refuse)
    inventory = read(found)
    assert [each.pin.name for each in inventory.dependencies] == ["alpha"]
    assert [each.what for each in inventory.problems] == ["cannot be read"]


def test_an_environment_is_told_by_its_history(tmp_path: Path) -> None:
    """And a folder that is none, or that holds no record, is a problem."""
    assert not conda_meta.is_environment(str(tmp_path))
    assert [each.gap for each in conda_meta.read_meta(str(tmp_path)).problems] == ["unreadable"]
    (tmp_path / "conda-meta").mkdir()
    (tmp_path / "conda-meta" / "history").touch()
    assert conda_meta.is_environment(str(tmp_path))
    assert [each.gap for each in conda_meta.read_meta(str(tmp_path)).problems] == ["empty"]


def test_a_record_of_any_size_is_read_from_the_disk(tmp_path: Path) -> None:
    """The metadata of a large package stands after a megabyte of other files."""
    (tmp_path / "conda-meta").mkdir()
    path, content = record("alpha", "1.2", *(f"include/{n}/header.h" for n in range(60_000)), METADATA)
    (tmp_path / path).write_bytes(content)
    assert [each.pin.name for each in conda_meta.read_meta(str(tmp_path)).dependencies] == ["alpha"]
    (tmp_path / METADATA).parent.mkdir(parents=True)
    (tmp_path / METADATA).touch()
    assert conda_meta.read_meta(str(tmp_path)) == Inventory(str(tmp_path), "conda")
