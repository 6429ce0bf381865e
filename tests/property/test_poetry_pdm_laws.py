"""The laws of poetry.lock and pdm.lock: pins are what TOML says, groups are reachability, places are true."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pip_assay.model import Inventory
from pip_assay.sources.locks import pdm_lock, poetry_lock
from tests.lock_documents import edited, edits
from tests.tool_locks import NAMES, pdm_locks, poetry_locks

READERS = {"poetry.lock": poetry_lock.read, "pdm.lock": pdm_lock.read}
LOCKS = st.one_of(
    st.tuples(st.just("poetry.lock"), poetry_locks()), st.tuples(st.just("pdm.lock"), pdm_locks())
)  # fmt: skip


def read(folder: Path, name: str, text: str | bytes) -> Inventory:
    """What is read from a lock of this name and content, twice the same."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = READERS[name](str(path))
    assert READERS[name](str(path)) == found
    return found


def hold(found: Inventory, text: str) -> None:
    """The laws of every reader: places are where the name is spelled, names are normalised, "runtime" comes first."""
    lines = text.split("\n")
    for each in found.dependencies:
        assert each.pin.name == canonicalize_name(each.spelling.strip())
        assert list(each.groups) == sorted(set(each.groups), key=lambda group: (group != "runtime", group))
        if each.place.line:
            assert lines[each.place.line - 1][each.place.column - 1 :].startswith(each.spelling)


@given(LOCKS)
def test_pins_are_those_of_the_document(tmp_path_factory: pytest.TempPathFactory, lock: tuple[str, str]) -> None:
    """Every [[package]] is one dependency, in the same order; PDM's entries of extras are no further ones."""
    name, text = lock
    entries = tomllib.loads(text).get("package", [])
    found = read(tmp_path_factory.mktemp("lock"), name, text)
    assert [(each.spelling, each.pin.version) for each in found.dependencies] == [
        (each["name"], each["version"]) for each in entries if "extras" not in each or name == "poetry.lock"
    ]
    assert all(each.place.line and each.direct is None for each in found.dependencies)
    hold(found, text)
    assert {each.gap for each in found.problems} <= {"empty", "missing"}


@given(LOCKS)
def test_line_ends_and_a_byte_order_mark_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, lock: tuple[str, str]
) -> None:
    """A lock that was checked out on another system is read alike."""
    name, text = lock
    folder = tmp_path_factory.mktemp("lock")
    assert read(folder, name, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()) == read(folder, name, text)


# --- what a group reaches -----------------------------------------------------------------------

PROJECT = """[project]
name = "Shop"
dependencies = ["alpha[x]"]

[project.optional-dependencies]
x = ["Beta", "gamma_2[y,x]"]
All = ["shop[x]", "zeta.io"]

[dependency-groups]
dev = ["delta-e", { include-group = "Doc_S" }]
"doc.s" = ["zeta-io[x]"]
loop = [{ include-group = "loop" }, "-e file:///x#egg=py3"]
"""
Asked = list[tuple[str, list[str]]]
STARTS: dict[str, Asked] = {
    "runtime": [("alpha", ["x"])],
    "extra:x": [("beta", []), ("gamma-2", ["y", "x"])],
    "extra:all": [("beta", []), ("gamma-2", ["y", "x"]), ("zeta-io", [])],
    "group:dev": [("delta-e", []), ("zeta-io", ["x"])],
    "group:doc-s": [("zeta-io", ["x"])],
    "group:loop": [("py3", [])],
}
Edges = dict[tuple[str, str], Asked]


def poetry_edges(document: dict[str, Any]) -> Edges:
    """What each package and each of its extras asks for, by Poetry's rule: an optional edge says of which extra."""
    edges: Edges = {}
    for package in document.get("package", []):
        for name, value in package.get("dependencies", {}).items():
            for table in value if isinstance(value, list) else [value]:
                of = table if isinstance(table, dict) else {}
                extra = of["markers"].rpartition('extra == "')[2].strip('"') if of.get("optional") else ""
                key = (canonicalize_name(package["name"]), extra)
                edges.setdefault(key, []).append((canonicalize_name(name), of.get("extras", [])))
    return edges


def pdm_edges(document: dict[str, Any]) -> Edges:
    """What each package and each of its extras asks for, read with `packaging`."""
    edges: Edges = {}
    for package in document.get("package", []):
        for text in package.get("dependencies", []):
            asked = Requirement(text)
            for extra in package.get("extras", [""]):
                key = (canonicalize_name(package["name"]), extra)
                edges.setdefault(key, []).append((canonicalize_name(asked.name), sorted(asked.extras)))
    return edges


def reached(edges: Edges, first: Asked) -> set[str]:
    """Every name that can be reached, by following every edge from the start again and again."""
    seen: set[tuple[str, str]] = set()
    left = list(first)
    while left:
        name, extras = left.pop()
        for extra in ["", *(canonicalize_name(each) for each in extras)]:
            if (name, extra) not in seen:
                seen.add((name, extra))
                left += [each for key, asked in edges.items() if (key[0], canonicalize_name(key[1])) == (name, extra)
                         for each in asked]  # fmt: skip
    return {name for name, _ in seen}


@given(LOCKS)
def test_groups_are_what_the_project_beside_the_lock_reaches(
    tmp_path_factory: pytest.TempPathFactory, lock: tuple[str, str]
) -> None:
    """Where the lock does not say its groups, a package is in a group exactly if edges of that group lead to it."""
    name, text = lock
    stated = ("groups = ", "category = ", "markers = {")
    head, mark, rest = text.partition("[[package]]")
    text = head + mark + "".join(f"{line}\n" for line in rest.split("\n") if not line.startswith(stated))
    folder = tmp_path_factory.mktemp("lock")
    (folder / "pyproject.toml").write_text(PROJECT)
    document = tomllib.loads(text)
    edges = poetry_edges(document) if name == "poetry.lock" else pdm_edges(document)
    starts = STARTS | {
        f"extra:{canonicalize_name(extra)}": [(canonicalize_name(each), []) for each in names]
        for extra, names in document.get("extras", {}).items()
    }
    if "extra:x" in starts and starts["extra:x"] != STARTS["extra:x"]:
        starts["extra:all"] = [("zeta-io", []), *starts["extra:x"]]
    groups = {label: reached(edges, first) for label, first in starts.items()}
    direct = {asked for first in starts.values() for asked, _ in first}
    for each in read(folder, name, text).dependencies:
        assert set(each.groups) == {label for label in groups if each.pin.name in groups[label]}
        assert each.direct is (each.pin.name in direct)


# --- anything at all ----------------------------------------------------------------------------


@given(LOCKS, st.lists(edits(), max_size=4), st.booleans())
def test_a_broken_lock_is_read_or_refused_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory,
    lock: tuple[str, str],
    changes: list[tuple[str, float, float, str]],
    beside: bool,
) -> None:
    """Whatever was changed: no exception, true places, and every name in the document is listed."""
    name, text = lock
    for change in changes:
        text = edited(text, change)
    folder = tmp_path_factory.mktemp("lock")
    if beside:
        (folder / "pyproject.toml").write_text(edited(PROJECT, changes[0]) if changes else PROJECT)
    found = read(folder, name, text)
    hold(found, text)
    try:
        document = tomllib.loads(text)
    except ValueError:
        assert found.problems
        return
    names = {each.spelling for each in found.dependencies}
    packages = document.get("package")
    for package in packages if isinstance(packages, list) else []:
        assert not package.get("name") or not isinstance(package["name"], str) or package["name"] in names


SCALARS = st.sampled_from(['""', '"a"', '"alpha[x,y]; z"', '"main"', "1", "-1.5", "true", "1979-05-27", "[]", "{}"])
KEYS = [
    "name", "version", "category", "groups", "optional", "marker", "markers", "dependencies", "extras", "files", "hash",
    "source", "type", "url", "git", "path", "editable", "develop", "package", "metadata",
    "lock-version", "lock_version", "hashes", "project", "optional-dependencies", "dependency-groups",
    "include-group", "tool", "poetry", "pdm", "group", "dev-dependencies", "include-groups", "a", "targets",
]  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
            lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)


@given(st.lists(FIELDS, max_size=3), FIELDS, FIELDS)
def test_no_type_of_any_field_makes_a_reader_raise(
    tmp_path_factory: pytest.TempPathFactory,
    packages: list[dict[str, str]],
    top: dict[str, str],
    project: dict[str, str],
) -> None:
    """Whatever TOML says in whatever field, of the lock and of the project: it is read, and a name is listed."""
    folder = tmp_path_factory.mktemp("lock")

    def lines(fields: dict[str, str]) -> str:
        return "".join(f"{key} = {value}\n" for key, value in fields.items())

    (folder / "pyproject.toml").write_text(lines(project))
    text = lines({key: value for key, value in top.items() if key != "package"})
    text += "".join(f"[[package]]\n{lines(each)}" for each in packages)
    for name in READERS:
        found = read(folder, name, text)
        hold(found, text)
        if any(each.get("name") == '"a"' for each in packages):
            assert "a" in {each.spelling for each in found.dependencies}


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_no_content_makes_a_reader_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Any bytes are read without an exception, and are never clean; as the project beside a lock, too."""
    folder = tmp_path_factory.mktemp("lock")
    for name in READERS:
        found = read(folder, name, content)
        assert found.problems
        assert not found.dependencies
    (folder / "pyproject.toml").write_bytes(content)
    found = read(folder, "poetry.lock", f'[[package]]\nname = "{NAMES[0]}"\nversion = "1"\n[metadata]\na = 1\n')
    assert [each.pin.name for each in found.dependencies] == [NAMES[0]]
