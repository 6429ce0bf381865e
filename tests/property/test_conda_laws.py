"""The laws of conda's formats: our YAML is PyYAML's, readers never raise, places are true, a release is there once."""

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.model import PYPI, UNCOVERED, Dependency, Inventory
from pip_assay.names import normalise
from pip_assay.sources.conda import (
    conda_lock,
    conda_meta,
    document,
    environment_yml,
    full_yaml,
    pixi_lock,
    plain_yaml,
)
from pip_assay.sources.installed.tree import Memory
from pip_assay.sources.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator


class Oracle(yaml.BaseLoader):
    """PyYAML's own reader of texts, in Python, which knows besides what no value is; keys are always text."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ARG002
        if isinstance(node, yaml.MappingNode):
            return {str(key.value): self.construct_object(value, deep=True) for key, value in node.value}
        if isinstance(node, yaml.ScalarNode) and node.style is None and node.value in {"", "~", "null", "Null", "NULL"}:
            return None
        return super().construct_object(node, deep=True)


def oracle(text: str) -> Any:
    return yaml.load(text, Oracle)


def places_of(node: yaml.Node | None) -> list[int]:
    """The line of each item of each list, in the order in which they stand in the text."""
    if isinstance(node, yaml.MappingNode):
        return [line for _, value in node.value for line in places_of(value)]
    if isinstance(node, yaml.SequenceNode):
        return [line for item in node.value for line in (item.start_mark.line + 1, *places_of(item))]
    return []


def lines_of(value: Any) -> list[int]:
    """The same, as our readers say."""
    if isinstance(value, dict):
        return [line for inner in value.values() for line in lines_of(inner)]
    if isinstance(value, plain_yaml.Items):
        pairs = zip(value, value.lines, strict=True)
        return [line for inner, first in pairs for line in (first, *lines_of(inner))]
    return []


BREAKING = "\"'\\[]{}:,#&*!|>?%@`-~ \n\r\t\0\x7f\x85\u2028\ufeffé.0as=<"
TEXTS = st.sampled_from([
    "", "a", "1.0", "3.10", "~", "null", "yes", "2024-01-01", "a: b", "a #b", "a#b", "a:b", "a:", "- a", "-a", "'", '"',
    "it's", '"a"', ">=1,<2", "!x", "&a", "*a", "[", "{}", "[]", "%a", "@a", "`", "?", "? a", ":a", "|", ">", "é",
    "\xa0a", "a\nb", " a", "a ", "\ta", "1e3", "0x1", "=", "<<", "https://a.example/b-1.0.conda#c",
    "a\u2028b", "\U0001f40d", "a'b", "''", "\\n",
])  # fmt: skip
KEYS = st.sampled_from(
    ["a", "b", "name", "a-b", "_c", "1", "x.y", "null", "yes", "a b", "'", "é", "-", "", "#", "a/b+c"]
)
VALUES = st.recursive(
    TEXTS | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4) | st.lists(VALUES, max_size=4)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A YAML text as a tool may write it."""
    made: str = yaml.safe_dump(
        draw(DOCUMENTS), sort_keys=False, default_flow_style=draw(st.sampled_from([False, False, None])),
        indent=draw(st.sampled_from([2, 2, 4])), allow_unicode=draw(st.booleans()), width=10_000,
    )  # fmt: skip
    return made


@st.composite
def edited(draw: st.DrawFn, base: st.SearchStrategy[str]) -> str:
    """A text after some edits of characters and lines."""
    text = draw(base)
    for _ in range(draw(st.integers(0, 3))):
        lines = text.split("\n")
        at, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["insert", "insert", "delete", "twice", "out", "indent", "swap", "cut"])):
            case "insert":
                column = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:column] + draw(st.sampled_from(BREAKING)) + lines[at][column:]
            case "delete":
                column = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:column] + lines[at][column + 1 :]
            case "twice":
                lines.insert(other, lines[at])
            case "out":
                del lines[at]
            case "indent":
                lines[at] = " " * draw(st.integers(1, 3)) + lines[at]
            case "swap":
                lines[at], lines[other] = lines[other], lines[at]
            case "cut":
                lines[at:] = [lines[at][: draw(st.integers(0, len(lines[at])))]]
        text = "\n".join(lines)
    return text


def holds(text: str) -> None:
    """What the fast reader accepts PyYAML reads alike, with its lines.

    So it does with what the slow one accepts, unless only libyaml does: it allows tabs in a few more places.
    """
    fast, slow = plain_yaml.read(text), full_yaml.read(text, "f.yml", "")
    if fast is not None:
        assert fast == slow == oracle(text)
        assert lines_of(fast) == lines_of(slow) == places_of(yaml.compose(text, Loader=yaml.BaseLoader))
    elif isinstance(slow, dict | list):
        try:
            assert slow == oracle(text)
        except yaml.YAMLError:
            return
        assert lines_of(slow) == places_of(yaml.compose(text, Loader=yaml.BaseLoader))


@given(edited(texts()))
def test_both_readers_are_pyyaml_or_nothing(text: str) -> None:
    """No text means another thing to us than to PyYAML."""
    holds(text)


EXAMPLE = """# a
a: b
c:
- d: 'e'
  f:
  - g >=1
- h
i: {}
j:
  k:
    l: "m"
n: []
"""


@pytest.mark.parametrize("what", ["", *BREAKING, "  ", ": ", " #", "- ", "''", "\n\n", "\n "])
def test_no_single_character_deceives_the_readers(what: str) -> None:
    """One small text, and each character of it left out or replaced, or something put before it."""
    for at in range(len(EXAMPLE) + 1):
        holds(EXAMPLE[:at] + what)
        holds(EXAMPLE[:at] + what + EXAMPLE[at + 1 :])
        holds(EXAMPLE[:at] + what + EXAMPLE[at:])


def test_no_line_in_another_place_deceives_the_readers() -> None:
    """One small text, and each line of it left out, or repeated anywhere."""
    lines = EXAMPLE.split("\n")
    for line in range(len(lines)):
        holds("\n".join(lines[:line] + lines[line + 1 :]))
        for other in range(len(lines) + 1):
            holds("\n".join([*lines[:other], lines[line], *lines[other:]]))


# --- locks -------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["alpha", "Beta", "lib_gamma", "delta.x", "_eps", "zeta2"])
VERSIONS = st.sampled_from(["1.0", "3.10", "2024a", "1!2.0", "0.1.dev3"])
PLATFORMS = ["linux-64", "linux-aarch64", "osx-arm64", "win-64"]


@st.composite
def pixi_locks(draw: st.DrawFn) -> dict[str, Any]:
    """A lock of version 6: packages, and environments that select some of them."""
    packages: dict[str, dict[str, Any]] = {}
    for name in draw(st.lists(NAMES, max_size=6)):
        version, platform = draw(VERSIONS), draw(st.sampled_from([*PLATFORMS, "noarch"]))
        if draw(st.booleans()):
            location = f"https://conda.example/forge/{platform}/{name}-{version}-h1_0.conda"
            purls = draw(st.sampled_from([[], [f"pkg:pypi/{name}"], [f"pkg:pypi/{name}?source=x", "pkg:pypi/other"]]))
            packages[location] = {"conda": location, "depends": [draw(NAMES) + " >=1"], "purls": purls}
        else:
            location = f"https://packages.example/{platform}/{name}-{version}.whl"
            packages[location] = {"pypi": location, "name": name, "version": version, "requires_dist": [draw(NAMES)]}
    environments: dict[str, Any] = {}
    for environment in draw(st.lists(st.sampled_from(["default", "dev", "test"]), unique=True)):
        chosen = {}
        for platform in draw(st.lists(st.sampled_from(PLATFORMS), unique=True)):
            mine = draw(st.lists(st.sampled_from(list(packages.values())), max_size=5)) if packages else []
            chosen[platform] = [{key: each[key] for key in ("conda", "pypi") if key in each} for each in mine]
        environments[environment] = {"channels": [{"url": "forge"}], "packages": chosen}
    return {"version": 6, "environments": environments, "packages": list(packages.values())}


def dumped(lock: dict[str, Any]) -> str:
    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return data is not None or True

    made: str = yaml.dump(lock, Dumper=Dumper, sort_keys=False, width=10_000)
    return made


def expected(lock: dict[str, Any]) -> dict[tuple[str, str, str], set[str]]:
    """An independent reading: each release, and the environments that select it."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for each in lock["packages"]:
        kind = "conda" if "conda" in each else "pypi"
        name, version = each.get("name"), each.get("version")
        if kind == "conda":
            name, version, _ = each["conda"].split("/")[-1].rsplit("-", 2)
        projects = [purl.split("?")[0].removeprefix("pkg:pypi/") for purl in each.get("purls", ())]
        pins = [(PYPI, normalise(project), version) for project in projects]
        pins = pins or [("conda", name.lower(), version) if kind == "conda" else (PYPI, normalise(name), version)]
        groups = {
            "runtime" if environment == "default" else f"group:{environment}"
            for environment, selected in lock["environments"].items()
            for items in selected["packages"].values()
            for item in items
            if item.get(kind) == each[kind]
        }
        for pin in pins:
            found.setdefault(pin, set()).update(groups)
    return found


@given(pixi_locks())
def test_each_release_is_listed_once_with_all_its_groups(lock: dict[str, Any]) -> None:
    """The union of what every environment selects, in the groups of those that do."""
    found = pixi_lock.parse(dumped(lock).encode(), "pixi.lock")
    united: dict[tuple[str, str, str], set[str]] = {}
    for each in found.dependencies:
        united.setdefault((*each.pin,), set()).update(each.groups)
        assert (each.skipped == UNCOVERED) == (each.pin.ecosystem == "conda")
    assert united == expected(lock)
    identities = [(each.pin, each.origin) for each in found.dependencies]
    assert len(identities) == len(set(identities))


def spelled_truly(text: str, found: tuple[Dependency, ...]) -> None:
    """A place with a line is where the text spells the name; names are normalised."""
    lines = text.splitlines()
    for each in found:
        if each.place.line:
            assert lines[each.place.line - 1][each.place.column - 1 :].startswith(each.spelling)
        name = normalise(each.pin.name) if each.pin.ecosystem == PYPI else each.pin.name.lower()
        assert each.pin.name == name


@given(pixi_locks())
def test_places_are_where_the_text_spells_the_name(lock: dict[str, Any]) -> None:
    """Every dependency of a lock has one, whatever ends its lines, and with a byte order mark."""
    text = dumped(lock)
    found = pixi_lock.parse(text.encode(), "pixi.lock")
    spelled_truly(text, found.dependencies)
    assert all(each.place.line for each in found.dependencies)
    assert pixi_lock.parse(text.encode(), "pixi.lock") == found
    assert pixi_lock.parse(text.replace("\n", "\r\n").encode("utf-8-sig"), "pixi.lock") == found


UNIFIED = """version: 1
metadata:
  platforms:
  - linux-64
package:
- name: libgamma
  version: '3.0'
  manager: conda
  platform: linux-64
  dependencies:
    Alpha: '>=1'
  url: https://conda.example/forge/linux-64/libgamma-3.0-h1_0.conda
  hash:
    md5: aa
  category: main
  optional: false
- name: Alpha
  version: '1.0'
  manager: pip
  platform: linux-64
  dependencies: {}
  url: https://packages.example/alpha-1.0-py3-none-any.whl
  hash:
    sha256: bb
  category: dev
  optional: false
"""
ENVIRONMENT = """name: x
channels:
  - forge
dependencies:
  - python=3.11
  - libgamma=3.0=h1_0
  - pip:
      - Alpha==1.0 --hash=sha256:00
      - -r more.txt
"""


def readings(content: bytes) -> "Iterator[tuple[Inventory | Manifest, tuple[Dependency, ...]]]":
    """What each reader makes of the content."""
    for reader in (pixi_lock, conda_lock):
        found = reader.parse(content, "f")
        yield found, found.dependencies
    manifest = environment_yml.parse(content, "f")
    yield manifest, manifest.listed


SAMPLES = st.sampled_from([UNIFIED, ENVIRONMENT, EXAMPLE]) | pixi_locks().map(dumped) | texts()


@given(edited(SAMPLES))
def test_no_reader_raises_and_each_says_the_same_twice(text: str) -> None:
    """What cannot be read is a problem, what is listed is where it is said to be; nothing is answered by nothing."""
    content = text.encode()
    decoded = document.read(content, "f", "")
    for (found, listed), (again, _) in zip(readings(content), readings(content), strict=True):
        assert found == again
        roots = found.roots if isinstance(found, Manifest) else ()
        assert listed or found.problems or roots
        if isinstance(decoded, document.Document):
            spelled_truly(text.removeprefix("\ufeff"), listed)


@given(st.binary(max_size=300) | edited(SAMPLES).map(lambda text: text.encode("utf-16")))
def test_no_bytes_make_a_reader_raise(content: bytes) -> None:
    """Any bytes at all; what is no lock is said to be none."""
    for found, listed in readings(content):
        assert found.problems or listed or (isinstance(found, Manifest) and found.roots)


@given(
    st.binary(max_size=200) | st.sampled_from([b"{}", b'{"name": 1}', b'{"name": "a", "version": "1"}', b"[" * 99_999])
)
def test_no_record_makes_the_reader_of_conda_meta_raise(content: bytes) -> None:
    """Every record is listed, or is a problem."""
    found = conda_meta.read_meta("p", tree=Memory({"p/conda-meta/alpha-1.0-0.json": content}))
    assert [each.pin.version for each in found.dependencies] in (["1.0"], ["1"])
    assert found == conda_meta.read_meta("p", tree=Memory({"p/conda-meta/alpha-1.0-0.json": content}))
