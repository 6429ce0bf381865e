"""What the table of fixes in every format is counted with: files in parts, and what a fix changed beside its plan."""

import pytest
from bench import parts
from bench.parts import Part

HEAD = 'version = 1\nrequires-python = ">=3.9"\n'
BLOCK = '\n[[package]]\nname = "{}"\nversion = "{}"\nsource = "index"\n'
LOCK = HEAD + BLOCK.format("alpha", "1.0") + BLOCK.format("beta", "2.0")

ALPHA = {"name": "alpha", "old": "1.0", "new": "1.1"}


def files(text: str, name: str = "uv.lock") -> dict[str, list[Part]]:
    return {name: list(parts.split(name, text))}


def beside(before: str, after: str, *changes: dict[str, str], name: str = "uv.lock", old: str = "") -> list[str]:
    plan = {"changes": changes, "relaxed": [{"old": old}] if old else []}
    return [*parts.beside(files(before, name), files(after, name), plan, whole=name == "uv.lock")]


@pytest.mark.parametrize(
    ("name", "text", "held"),
    [
        ("uv.lock", LOCK, {"alpha": {"1.0"}, "beta": {"2.0"}}),
        (
            "requirements.txt",
            "-r base.txt\nA_b[c]==1 \\\n    --hash=x\n# beta==2\nbeta==3 ; marker\n",
            {"a-b": {"1"}, "beta": {"3"}},
        ),
        ("pyproject.toml", 'dependencies = [\n    "Alpha==1.0",\n    "beta<2",\n]\n', {"alpha": {"1.0"}}),
        ("Pipfile.lock", '{"_meta": {"hash": {}}, "default": {"Alpha": {"version": "==1.0"}}}', {"alpha": {"1.0"}}),
    ],
)  # fmt: skip
def test_each_file_is_read_in_parts(name: str, text: str, held: dict[str, set[str]]) -> None:
    """Every release that a file names is found; the parts of a text are together the whole of it."""
    found = files(text, name)
    assert parts.versions(found) == held
    assert name == "Pipfile.lock" or "".join(part.text for part in found[name]) == text


def test_what_is_planned_is_nothing_beside_the_plan() -> None:
    """A release that moves as planned counts nowhere else, nor do the markers that come with it."""
    after = LOCK.replace('"1.0"', '"1.1"').replace('">=3.9"\n', '">=3.9"\nresolution-markers = [\n    "a",\n]\n')
    assert beside(LOCK, after, ALPHA) == []


def test_everything_else_is() -> None:
    """Another release, another byte, and a planned release that did not come are told by name."""
    assert beside(LOCK, LOCK, ALPHA) == ["alpha (1.0 to 1.0)"]
    assert beside(LOCK, LOCK.replace("2.0", "2.1")) == ["beta (2.0 to 2.1)", "uv.lock: beta"]
    assert beside(LOCK, LOCK.replace("3.9", "3.8")) == ["uv.lock: uv.lock"]
    swapped = HEAD + BLOCK.format("beta", "2.0") + BLOCK.format("alpha", "1.0")
    assert beside(LOCK, swapped) == ["uv.lock: its order"]


def test_a_widened_bound_is_planned() -> None:
    """The line of a bound that is widened may change, and no other."""
    before = '    "Alpha<2",\n    "beta<2",\n'
    assert beside(before, before.replace("Alpha<2", "Alpha<3"), name="pyproject.toml", old="Alpha<2") == []
    assert beside(before, before.replace("beta<2", "beta<3"), name="pyproject.toml", old="Alpha<2") == [
        "pyproject.toml: beta"
    ]


def test_lower_releases_are_named() -> None:
    """A project counts whose lowest release is lower than before, by PEP 440 and not by text."""
    before, after = LOCK.replace("1.0", "1.10"), LOCK.replace("1.0", "1.9")
    assert parts.lower(files(before), files(after)) == ["alpha"]
    assert parts.lower(files(after), files(before)) == []
