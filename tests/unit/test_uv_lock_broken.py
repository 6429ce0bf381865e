"""uv.lock as a source: every way in which its text can be wrong, or only other than uv writes it."""

from pathlib import Path

import pytest

from pip_assay.sources.documents import toml
from pip_assay.sources.locks import uv_canonical, uv_lock
from tests.uv_lock_text import HEAD, INDEX, asks, grouped, optional, own, package, read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the lock is written."""
    return tmp_path / "uv.lock"


FULL = (
    HEAD
    + '\n[manifest]\nmembers = ["shop"]\nrequirements = [{ name = "a" }]\n'
    + '\n[manifest.dependency-groups]\nlint = [{ name = "a" }]\n'
    + package(
        "a",
        'dependencies = [\n    { name = "b", version = "1.0", extra = ["x"] },\n]',
        'sdist = { url = "https://files.example/a.tar.gz", hash = "sha256:aa", size = 1 }',
        'wheels = [\n    { url = "https://files.example/a.whl", hash = "sha256:bb", size = 2 },\n]',
    )
    + package("b", optional("x", "a"))
    + own(asks("a"), grouped("dev", "b"))
)


def test_the_full_example_is_sound(path: Path) -> None:
    """The lock that the next test breaks field by field is without a problem before."""
    assert read(path, FULL).problems == ()
    assert uv_canonical.read(FULL, str(path))


STRAY = "holds something that is not"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('members = ["shop"]', "members = 1", '"members" of {file} is not a list'),
        ('members = ["shop"]', "members = [1]", f'"members" of {{file}} {STRAY} text'),
        ('requirements = [{ name = "a" }]', "requirements = [3]", f'"requirements" of {{file}} {STRAY} a table'),
        ('requirements = [{ name = "a" }]', "requirements = [{}]", "{file} asks for something without a name"),
        ('lint = [{ name = "a" }]', "lint = 2.5", '"lint" of {file} is not a list'),
        ('version = "1.0"\nsource = { registry', "version = 1\nsource = { registry", '"version" of a is not text'),
        (f'source = {{ registry = "{INDEX}" }}\ndep', 'source = "here"\ndep', '"source" of a is not a table'),
        (f'source = {{ registry = "{INDEX}" }}\ndep', "dep", "a has no source that this pip-assay knows"),
        (f'registry = "{INDEX}" }}\ndep', 'moon = "here" }\ndep', "a has no source that this pip-assay knows"),
        (f'registry = "{INDEX}" }}\ndep', "registry = 4 }\ndep", '"registry" of a is not text'),
        ('{ name = "b", version', "{ name = 5, version", '"name" of a is not text'),
        ('{ name = "b", version', "{ version", "a asks for something without a name"),
        ('version = "1.0", extra', "version = [], extra", '"version" of a is not text'),
        ('extra = ["x"]', 'extra = "x"', '"extra" of a is not a list'),
        ('extra = ["x"]', "extra = [[]]", f'"extra" of a {STRAY} text'),
        ('[\n    { name = "b", v', '[\n 7,   { name = "b", v', f'"dependencies" of a {STRAY} a table'),
        ('hash = "sha256:aa"', "hash = 1979-05-27", '"hash" of a is not text'),
        ("wheels = [\n", "wheels = [\n 8,", f'"wheels" of a {STRAY} a table'),
        ('x = [\n    { name = "a" },\n]', 'x = "a"', '"x" of b is not a list'),
        ("[package.optional-dependencies]", "[[package.optional-dependencies]]",
         '"optional-dependencies" of b is not a table'),
        ("[package.dev-dependencies]", "[[package.dev-dependencies]]", '"dev-dependencies" of shop is not a table'),
        ('name = "a"\nversion', "version", "package 1 has no name"),
        ('name = "a"\nversion', "name = {}\nversion", "package 1 has no name"),
    ],
)  # fmt: skip
def test_a_field_of_the_wrong_type_is_a_problem_and_the_rest_is_read(path: Path, old: str, new: str, what: str) -> None:
    """One sentence says which field of what is wrong and in which line; nothing else is lost."""
    assert old in FULL
    found = read(path, FULL.replace(old, new, 1))
    expected = what.replace("{file}", str(path))
    assert expected in [each.what for each in found.problems]
    assert {each.gap for each in found.problems} <= {"unreadable", "missing", "unpinned"}
    assert "b 1.0" in [str(each.pin) for each in found.dependencies]
    problem = next(each for each in found.problems if each.what == expected)
    title = expected.split(" of ")[-1].split(" ")[0] if " of " in expected else expected.split(" ")[0]
    if title in {"a", "b", "shop"}:
        assert problem.place
        assert path.read_text().split("\n")[problem.place.line - 1] == f'name = "{title}"'


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        (FULL[:-10], "is not valid TOML", FULL.count("\n") - 1),
        (FULL.replace('name = "b"\n', 'name = "b\n'), "is not valid TOML", 25),
        (FULL.replace("[manifest]", "[manifest"), "is not valid TOML", 5),
        (FULL + 'name = "again"\nname = "again"\n', "is not valid TOML", FULL.count("\n") + 2),
        (HEAD + "\0", "is not valid TOML", 4),
        (b"\x7fELF\x02\x01\x01\x00\xff\xfe", "is not UTF-8 text, as TOML must be", 1),
        (HEAD.encode() + b"# caf\xe9\n", "is not UTF-8 text, as TOML must be", 4),
        (HEAD + "a = " + "[" * 50_000, "is nested too deeply", 0),
        (HEAD + "a = " + "{a=" * 50_000, "is nested too deeply", 0),
        (HEAD + "a" + ".a" * 100_000 + " = 1", "holds a key of more than 200 parts", 0),
        (HEAD + '["a"' + ' . "a"' * 100_000 + "]", "holds a key of more than 200 parts", 0),
        (HEAD + "a = " + "9" * 5000, "holds a number that is too long", 0),
        (HEAD + '"x (at b7, c8)" = 1\n"x (at b7, c8)" = 2\n', "is not valid TOML", 5),
    ],
)  # fmt: skip
def test_a_broken_file_is_one_problem_with_its_line(path: Path, content: str | bytes, what: str, line: int) -> None:
    """Nothing of a broken file is taken for granted."""
    found = read(path, content)
    assert found.dependencies == ()
    (problem,) = found.problems
    assert problem.gap == "unreadable"
    assert problem.what.startswith(what)
    assert problem.place
    assert (problem.place.file, problem.place.line) == (str(path), line)
    assert problem.hint == "run `uv lock` to write it anew"


def test_a_file_that_is_too_large_is_said_and_not_read(path: Path) -> None:
    """A hundred megabytes are no lock, and less than that is still too much for the full reader."""
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    (problem,) = uv_lock.read(str(path)).problems
    assert (problem.gap, problem.what) == ("unreadable", "is larger than 67.1 MB")
    found = read(path, FULL + "#" * toml.LIMIT)
    assert [each.what for each in found.problems] == ["holds more than 16.8 MB"]


def test_many_dots_in_a_line_are_no_key(path: Path) -> None:
    """Files in one line have many dots, and are read."""
    files = ", ".join(
        f'{{ url = "https://files.example/a-1.{number}-py3.whl", hash = "sha256:aa" }}' for number in range(300)
    )
    assert read(path, FULL.replace("wheels = [\n", f"wheels = [{files},")).problems == ()


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A missing file and a folder are problems of their own."""
    (missing,) = uv_lock.read(str(tmp_path / "uv.lock")).problems
    assert (missing.gap, missing.what) == ("missing", "does not exist")
    (folder,) = uv_lock.read(str(tmp_path)).problems
    assert (folder.gap, folder.what) == ("unreadable", "is a folder, not a file")


@pytest.mark.parametrize("form", ["bom", "crlf", "comment", "literal", "spaces", "inline", "escape"])
def test_other_forms_of_toml_mean_the_same(path: Path, form: str) -> None:
    """What uv would not write, and TOML allows, is read by the full reader; the places are right or say the file."""
    text = {
        "bom": "\ufeff" + FULL,
        "crlf": FULL.replace("\n", "\r\n"),
        "comment": FULL.replace('name = "b"\n', 'name = "b" # the second\n'),
        "literal": FULL.replace('"1.0"', "'1.0'").replace('name = "a"\n', "  name='a'\n"),
        "spaces": FULL.replace("[[package]]", "  [[ package ]]  # one"),
        "inline": 'version = 1\npackage = [{ name = "a", version = "1.0", dependencies = [{ name = "b" }], '
        f'source = {{ registry = "{INDEX}" }} }}, '
        f'{{ name = "b", version = "1.0", source = {{ registry = "{INDEX}" }} }}, '
        '{ name = "shop", source = { virtual = "." }, dependencies = [{ name = "a" }] }]\n',
        "escape": FULL.replace('name = "b"\n', 'name = "\\u0062"\n'),
    }[form]
    path.write_bytes(text.encode())
    found = uv_lock.read(str(path))
    assert found.problems == ()
    assert [str(each.pin) for each in found.dependencies] == ["a 1.0", "b 1.0"]
    lines = text.split("\n")
    for each in found.dependencies:
        assert not each.place.line or lines[each.place.line - 1][each.place.column - 1 :].startswith(each.spelling)
    assert [bool(each.place.line) for each in found.dependencies] == [
        form != "inline",
        form not in {"inline", "escape"},
    ]


def test_the_canonical_form_needs_no_full_reader(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What uv writes is read without the standard library's parser, whose import alone costs what a lock does."""
    monkeypatch.setattr(toml, "parse", None)
    assert len(read(path, FULL).dependencies) == 2
