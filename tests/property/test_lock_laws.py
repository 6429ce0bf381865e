"""The laws of the locks' readers: the fast one is the full one, groups are reachability, places are true."""

import re
import tomllib
from pathlib import Path
from typing import Any

import packaging.pylock
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker, default_environment
from packaging.version import Version

from pip_assay.model import Inventory
from pip_assay.names import normalise
from pip_assay.sources.locks import pylock, uv_canonical, uv_lock
from tests.lock_documents import BREAKING, MARKERS, edited, edits, locks, pylocks


def holds(text: str) -> None:
    """The law of the fast reader: what it accepts is TOML, and means the same to the full reader."""
    fast = uv_canonical.read(text, "uv.lock")
    if fast is None:
        return
    document = tomllib.loads(text)
    assert fast == uv_lock.parse(text, "uv.lock")
    assert [(each.spelling, each.version) for each in fast.entries] == [
        (each["name"], each.get("version", "")) for each in document.get("package", [])
    ]


@given(locks(), st.lists(edits(), min_size=20, max_size=20))
def test_the_fast_reader_is_the_full_one_or_none(text: str, changes: list[tuple[str, float, float, str]]) -> None:
    """It reads each lock that uv writes, and of a changed one, in one way or several, no more than TOML allows."""
    assert uv_canonical.read(text, "uv.lock") is not None
    holds(text)
    for change in changes:
        holds(edited(text, change))
    for change in changes[:3]:
        text = edited(text, change)
        holds(text)


EXAMPLE = """version = 1
requires-python = ">=3"

[manifest]
members = ["a"]
requirements = [{ name = "b", extras = ["x"] }]

[[package]]
name = "a"
source = { virtual = "." }
dependencies = [
    { name = "b", extra = ["x"] },
]

[package.dev-dependencies]
d = [
    { name = "b" },
]

[package.metadata]
requires-dist = [{ name = "b" }]

[[package]]
name = "b"
version = "1"
source = { registry = "https://i" }
sdist = { url = "u", hash = "h", size = 1 }
wheels = [
    { url = "v" },
]
"""


@pytest.mark.parametrize("what", ["", *BREAKING])
def test_no_single_character_deceives_the_fast_reader(what: str) -> None:
    """One small lock, and each character of it left out or replaced, or one put before it, or all after it cut."""
    for at in range(len(EXAMPLE) + 1):
        holds(EXAMPLE[:at] + what)
        holds(EXAMPLE[:at] + what + EXAMPLE[at + 1 :])
        if what:
            holds(EXAMPLE[:at] + what + EXAMPLE[at:])


def test_no_line_in_another_place_deceives_the_fast_reader() -> None:
    """One small lock, and each line of it left out, or repeated anywhere."""
    lines = EXAMPLE.split("\n")
    for line in range(len(lines)):
        holds("\n".join(lines[:line] + lines[line + 1 :]))
        for other in range(len(lines) + 1):
            holds("\n".join([*lines[:other], lines[line], *lines[other:]]))


HEAD = 'version = 1\nrequires-python = ">=3"\n'
ENTRY = '\n[[package]]\nname = "a"\nversion = "1"\nsource = { virtual = "." }\n'


@pytest.mark.parametrize(
    "text",
    [
        HEAD + '\n[options]\nexclude-newer-package = "a"\n\n[options.exclude-newer-package]\nb = "c"\n',
        HEAD + "\n[manifest]\ndependency-groups = []\n\n[manifest.dependency-groups]\nb = []\n",
        HEAD + 'manifest = "a"\n\n[manifest]\nmembers = ["a"]\n',
        HEAD + 'package = "a"\n' + ENTRY,
        HEAD + "package = []\n" + ENTRY,
        HEAD + "\n[package]\n" + ENTRY,
        HEAD + "\n[package.metadata]\n" + ENTRY,
        HEAD + ENTRY + "\n[package.source]\na = []\n",
        HEAD + ENTRY + "\n[package.metadata]\nrequires-dev = []\n\n[package.metadata.requires-dev]\nb = []\n",
        HEAD + ENTRY + "\n[package.metadata.requires-dev]\nb = []\n\n[package.metadata]\nrequires-dev = []\n",
        HEAD + ENTRY + "\n[package.metadata]\n\n[package.metadata]\n",
        HEAD + ENTRY + '\n[options]\nexclude-newer = "a"\n\n[options]\n',
        HEAD + HEAD + ENTRY,
        HEAD + "revision = 1\n" + ENTRY,
        "version = 1\nrevision = 1\nrevision = 1\n" + ENTRY,
    ],
)
def test_no_key_that_is_also_a_table_deceives_the_fast_reader(text: str) -> None:
    """TOML: a key that was given a value is no table, and no table is defined twice."""
    holds(text)


@pytest.mark.parametrize(
    "inside", ["{ name = ", ", name = ", "hash = ", ", hash = ", "{ url = ", "extra = [", '\\"', "\\u0041"]
)
def test_no_text_that_looks_like_a_key_deceives_the_fast_reader(inside: str) -> None:
    """What stands in a text is no edge, no hash and no extra."""
    for key in ("url", "path", "filename"):
        for more in ("", ', hash = "h"', f', hash = "{inside}"', f', upload-time = "{inside}"'):
            sdist = f'sdist = {{ {key} = "{inside}"{more} }}\n'
            holds(f'{HEAD}{ENTRY}{sdist}wheels = [\n    {{ url = "u", hash = "x" }},\n]\n')
    for key in ("version", "marker", "specifier", "index"):
        holds(f'{HEAD}{ENTRY}dependencies = [\n    {{ name = "a", {key} = "{inside}" }},\n    {{ name = "a" }},\n]\n')
        holds(f'{HEAD}\n[manifest]\nrequirements = [{{ name = "a", {key} = "{inside}" }}, {{ name = "b" }}]\n{ENTRY}')
    holds(f'{HEAD}{ENTRY}dependencies = [{{ name = "a", extra = ["{inside}", "b", "{inside}"] }}]\n')


# --- what a lock means ------------------------------------------------------------------------------


def written(path: Path, text: str | bytes) -> Path:
    """The file, with this content."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def reachable(document: dict[str, Any], asked: list[dict[str, Any]], extras: str) -> set[tuple[str, str]]:
    """Names and versions that a list of edges reaches, by following every edge from the start again and again."""
    seen: set[tuple[int, str]] = set()

    def follow(edges: list[dict[str, Any]], key: str) -> None:
        for each in edges:
            for number, package in enumerate(document["package"]):
                if package["name"] != each["name"] or each.get("version", package.get("version")) != package.get(
                    "version"
                ):
                    continue
                for extra in ["", *each.get(key, [])]:
                    if (number, extra) not in seen:
                        seen.add((number, extra))
                        inner = (
                            package.get("optional-dependencies", {}).get(extra, [])
                            if extra
                            else package.get("dependencies", [])
                        )
                        follow(inner, "extra")

    follow(asked, extras)
    return {
        (document["package"][number]["name"], document["package"][number].get("version", ""))
        for number, extra in seen
        if not extra
    }


@given(locks())
def test_groups_are_what_each_group_reaches(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """A release is in a group exactly if the edges from the project's list of that group lead to it."""
    document = tomllib.loads(text)
    manifest = document.get("manifest", {})
    members = {normalise(name) for name in manifest.get("members", [])}
    starts = [("runtime", manifest.get("requirements", []), "extras")]
    starts += [(f"group:{name}", each, "extras") for name, each in manifest.get("dependency-groups", {}).items()]
    for package in document.get("package", []):
        source = package["source"]
        tree = source.get("virtual") or source.get("editable") or source.get("directory")
        if tree and (tree == "." or package["name"] in members):
            starts.append(("runtime", package.get("dependencies", []), "extra"))
            starts += [
                (f"extra:{name}", each, "extra") for name, each in package.get("optional-dependencies", {}).items()
            ]
            starts += [(f"group:{name}", each, "extra") for name, each in package.get("dev-dependencies", {}).items()]
    expected: dict[tuple[str, str], set[str]] = {}
    for label, edges, extras in starts:
        for pin in reachable(document, edges, extras):
            expected.setdefault(pin, set()).add(label)
    found = uv_lock.read(str(written(tmp_path_factory.mktemp("lock") / "uv.lock", text)))
    for each in found.dependencies:
        assert set(each.groups) == expected.get((each.pin.name, each.pin.version), set())
        assert list(each.groups) == sorted(each.groups, key=lambda group: (group != "runtime", group))


def true_places(found: Inventory, text: str) -> None:
    """The text at the place of a dependency is its name, as it is spelled."""
    lines = text.split("\n")
    for each in found.dependencies:
        if each.place.line:
            assert lines[each.place.line - 1][each.place.column - 1 :].startswith(each.spelling)


@given(locks(), st.lists(edits(), max_size=4))
def test_places_are_true_and_nothing_raises(
    tmp_path_factory: pytest.TempPathFactory, text: str, changes: list[tuple[str, float, float, str]]
) -> None:
    """Of a broken lock too: it is read or refused, what is listed stands where it is said to, and nothing is lost."""
    for change in changes:
        text = edited(text, change)
    found = uv_lock.read(str(written(tmp_path_factory.mktemp("lock") / "uv.lock", text)))
    true_places(found, text)
    try:
        document = tomllib.loads(text)
    except ValueError:
        assert found.problems
        return
    if document.get("version") == 1:
        listed_names = {each.spelling for each in found.dependencies}
        for package in document.get("package", []):
            own = (
                isinstance(package.get("source"), dict)
                and {"virtual", "editable", "directory"} & package["source"].keys()
            )
            assert (
                own
                or not isinstance(package.get("name"), str)
                or not package["name"]
                or package["name"] in listed_names
            )


# --- pylock.toml, against the reference implementation ----------------------------------------------


@given(MARKERS)
def test_a_marker_is_for_what_makes_it_hold(text: str) -> None:
    """PEP 751: 'x' in extras and 'x' in dependency_groups are tests against what the user chose to install."""
    marker = Marker(text)
    groups = pylock._groups(text, {"d"})

    def valid(extras: set[str], dependency_groups: set[str]) -> bool:
        chosen = {**default_environment(), "extras": extras, "dependency_groups": dependency_groups | {"d"}}
        return marker.evaluate(chosen, context="lock_file")  # type: ignore[arg-type]

    named = set(re.findall(r"'(\w)' in (extras|dependency_groups)", text)) - {("d", "dependency_groups")}
    assert set(groups) - {"runtime"} == {f"{'extra' if kind == 'extras' else 'group'}:{name}" for name, kind in named}
    if named:
        assert ("runtime" in groups) is valid(set(), set())
    else:
        assert groups == ("runtime",)


@given(pylocks())
def test_a_valid_lock_is_read_as_the_reference_implementation_reads_it(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """PEP 751 through `packaging.pylock`: the same names, versions, markers and hashes, in the same order."""
    lock = packaging.pylock.Pylock.from_dict(tomllib.loads(text))
    found = pylock.read(str(written(tmp_path_factory.mktemp("lock") / "pylock.toml", text)))
    assert not [each for each in found.problems if each.gap == "unreadable"]
    assert len(found.dependencies) == len(lock.packages)
    for mine, theirs in zip(found.dependencies, lock.packages, strict=True):
        assert mine.pin.name == theirs.name
        assert (Version(mine.pin.version) if mine.pin.version else None) == theirs.version
        assert bool(mine.skipped) is (theirs.version is None)
        assert (Marker(mine.marker) if mine.marker else None) == theirs.marker
        held = [each for each in (theirs.archive, theirs.sdist, *(theirs.wheels or ())) if each]
        assert list(mine.hashes) == [f"{kind}:{text}" for each in held for kind, text in each.hashes.items()]
        assert (mine.origin.kind == "index") is (not theirs.is_direct)
    true_places(found, text)


# --- anything at all -----------------------------------------------------------------------------

SCALARS = st.sampled_from(
    ['""', '"a"', '"1.0"', '"."', "1", "-1.5", "true", "1979-05-27", "[]", "{}", "'''\n[[package]]\n'''"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(
            st.sampled_from(["name", "version", "registry", "virtual", "path", "hash", "hashes", "extra", "url"]),
            inner.filter(lambda value: "\n" not in value),
            max_size=3,
        ).map(lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"),
    ),
    max_leaves=6,
)  # fmt: skip
FIELDS = st.dictionaries(
    st.sampled_from([
        "name", "version", "source", "dependencies", "optional-dependencies", "dev-dependencies", "sdist", "wheels",
        "marker", "vcs", "directory", "archive", "index", "extras", "hashes",
    ]),
    VALUES,
    max_size=6,
)  # fmt: skip


@given(st.lists(FIELDS, max_size=4), FIELDS, st.sampled_from(["manifest", "options", "tool"]))
def test_no_type_of_any_field_makes_a_reader_raise(
    tmp_path_factory: pytest.TempPathFactory, packages: list[dict[str, str]], manifest: dict[str, str], title: str
) -> None:
    """Whatever TOML says in whatever field, the lock is read; an entry with a name is listed or is the project."""

    def lines(fields: dict[str, str]) -> str:
        return "".join(f"{key} = {value}\n" for key, value in fields.items())

    folder = tmp_path_factory.mktemp("lock")
    for head, key, read in (
        ("version = 1\n", "package", uv_lock.read),
        ('lock-version = "1.0"\n', "packages", pylock.read),
    ):
        text = head + f"[{title}]\n{lines(manifest)}" + "".join(f"[[{key}]]\n{lines(each)}" for each in packages)
        found = read(str(written(folder / key, text)))
        assert found.dependencies or found.problems or packages
        true_places(found, text)
        for each in packages:
            if each.get("name") == '"a"':
                own = {"virtual", "directory", "editable"} & {*re.findall(r"\w+", "".join(each.values())), *each}
                assert own or "a" in {dependency.spelling for dependency in found.dependencies}


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_no_content_makes_a_reader_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Any bytes are read as a lock without an exception, and are never clean."""
    path = str(written(tmp_path_factory.mktemp("lock") / "lock", content))
    for read in (uv_lock.read, pylock.read):
        found = read(path)
        assert found.problems
        assert not found.dependencies
