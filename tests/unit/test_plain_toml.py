"""The fast reader of TOML: what it reads, what it leaves to the standard library, and that both say the same."""

import tomllib
from datetime import UTC, datetime

import pytest

from pip_assay.model import Place, Problem
from pip_assay.sources.documents import plain_toml, toml


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", {}),
        ("# made by a tool, with a \" and a ' and a \\ \n", {}),
        ('a = "x"\n', {"a": "x"}),
        ("a = 0\nb = 12\nc = true\nd = false", {"a": 0, "b": 12, "c": True, "d": False}),
        ('"a.b" = "x"\n', {"a.b": "x"}),
        ('1 = "x"\n-_ = "y"\n', {"1": "x", "-_": "y"}),
        ('a = "q: \\" b: \\\\ n: \\n \\\\"\n', {"a": 'q: " b: \\ n: \n \\'}),
        ('a = "é\u2019\U0001f600\\\\x \\\\u00e9"\n', {"a": "é\u2019\U0001f600\\x \\u00e9"}),
        ('a = ["x", "y"]\nb = []\nc = ["x",]\n', {"a": ["x", "y"], "b": [], "c": ["x"]}),
        ('a = [\n    "x",\n    "y",\n]\nb = [\n    "x"\n]\nc = [\n]\n', {"a": ["x", "y"], "b": ["x"], "c": []}),
        ('a = {b = "x", c = { d = [{}] }}\n', {"a": {"b": "x", "c": {"d": [{}]}}}),
        ('a = [\n    { b = 1, c = { d = "x" } },\n]\n', {"a": [{"b": 1, "c": {"d": "x"}}]}),
        ("[a]\nb = 1\n\n[a.c]\nd = 2\n", {"a": {"b": 1, "c": {"d": 2}}}),
        ("[a.b]\n[a.c]\n", {"a": {"b": {}, "c": {}}}),
        ('["a.b".c]\nd = 1\n', {"a.b": {"c": {"d": 1}}}),
        ("[[a]]\nb = 1\n[a.c]\nd = 2\n[[a.e]]\n[[a.e]]\n[[a]]\n", {"a": [{"b": 1, "c": {"d": 2}, "e": [{}, {}]}, {}]}),
        ("a = 2024-02-29T23:59:59Z\n", {"a": datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)}),
        ("a = { b = 2024-02-03T04:05:06.0078Z }\n", {"a": {"b": datetime(2024, 2, 3, 4, 5, 6, 7800, tzinfo=UTC)}}),
        ('a = "x = 1, y = 2024-02-03T04:05:06Z ] } \\" # é\u2028"\r\n',
         {"a": 'x = 1, y = 2024-02-03T04:05:06Z ] } " # é\u2028'}),
    ],
)  # fmt: skip
def test_what_is_plain_is_read_as_the_standard_library_reads_it(text: str, meaning: dict[str, object]) -> None:
    """Texts, numbers, times, arrays, inline tables, tables and arrays of tables, as tools write them."""
    assert plain_toml.read(text) == tomllib.loads(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "a = 'x'\n", 'a = """x"""\n', "a.b = 1\n", "a=1\n", "a = 1 # why\n", "a = 1\n# why\n", "a = -1\n", "a = 1.5\n",
        "a = 1e0\n", "a = 1_000\n", "a = 0x1\n", "a = inf\n", "a = 2024-01-02\n", "a = 2024-01-02T03:04:05+01:00\n",
        "a = 2024-01-02 03:04:05Z\n", 'a = "\\u0041"\n', "a = [1, 2]\n", "a = [ 1 ]\n", "[ a ]\n", " a = 1\n",
        "[a.b]\n[a]\n", "a = [[\n    1,\n]]\n", 'a = ["b"] \n', 'a = {"b" = 1}\n', "a = [\n\n]\n",
        "a = " + "[" * 9 + "]" * 9 + "\n", "[" + ".".join("abcdefghi") + "]\n", f"a = {'1' * 19}\n", "a = '''x\n'''\n",
    ],
)  # fmt: skip
def test_valid_toml_that_is_not_plain_is_left_to_the_standard_library(text: str) -> None:
    """The fast reader says that it cannot tell; the document is read all the same."""
    assert plain_toml.read(text) is None
    assert toml.parse(text, "f", "") == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\na = 2\n", 'a = 1\n"a" = 2\n', "a = {b = 1, b = 2}\n", "a = [\n    {b = 1, b = 2},\n]\n", "[a]\n[a]\n",
        "a = 1\n[a]\n", "a = {}\n[a]\n", "a = {}\n[a.b]\n", "a = []\n[[a]]\n", "[[a]]\n[a]\n", "[a]\n[[a]]\n",
        "[a.b]\n[[a]]\n", "[a]\nb = {}\n[a.b]\n", "[a]\nb = [{}]\n[a.b]\n", "[a]\nb = [{}]\n[[a.b]]\n",
        "[[a]]\nb = 1\n[a.b.c]\n", "a = {b = 1,}\n", "a = {\n    b = 1\n}\n", "a = [\n    {b = 1\n    },\n]\n",
        "a = \n", "a\n", "= 1\n", "a = 1 b = 2\n", "a = x\n", "a = null\n", 'a = "x\n', 'a = "x" "y"\n', 'a = "\\/"\n',
        'a = "\\ud800"\n', 'a = "\\x41"\n', 'a = "\\x41é"\n',
        'a = "x\ty\0"\n', 'a = "\x7f"\n', "# \0\n", "a = 01\n", "a = +1x\n", "a = [1,,2]\n",
        "a = [,]\n",
        'a = [\n    "x"\n    "y"\n]\n', "a = [\n    1,\n", "a = 2024-02-30T00:00:00Z\n", "a = 2024-01-02T24:00:00Z\n",
        "[a\n", "[[a]\n", "[a]]\n", "[]\n", "[a..b]\n", "[a] b = 1\n", 'a = "x\r"\n', "a = [}\n", "a = {]\n",
        '"a = 1\n', "é = 1\n", "a b = 1\n", 'a = "\\', "]\n", "    1,\n", 'a = "\\\n"\n',
    ],
)  # fmt: skip
def test_what_is_no_toml_is_refused(text: str) -> None:
    """Nothing that TOML refuses is accepted."""
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert plain_toml.read(text) is None
    assert isinstance(toml.parse(text, "f", ""), Problem)


def test_true_is_not_one() -> None:
    """Types are those of the standard library's parser."""
    values = plain_toml.read("a = true\nb = 1\nc = [\n    {d = false},\n]\n")
    assert values is not None
    assert (type(values["a"]), type(values["b"]), type(values["c"][0]["d"])) == (bool, int, bool)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000, "a = " + "[" * 300_000, "a = " + "{ b = " * 50_000, "a = [\n" + "    [\n" * 100_000,
        '"' * 300_001, "\\" * 300_001, "a = " + "a" * 300_000, "[" + "a." * 150_000 + "a]\n",
        "a = [" + "true, " * 60_000 + "x]\n",
        "".join(f"[[a]]\n[a.b{number}]\n" for number in range(10_000)), "#" * 300_000, " = 1" * 60_000,
        "a = 1" * 60_000,
        "a = { " + ", ".join(f"k{number} = 1" for number in range(20_000)) + " }\n",
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_hostile_text_is_read_or_refused_in_few_steps(text: str) -> None:
    """Long runs of one thing: each would take minutes if the time grew with the square of its length."""
    found = plain_toml.read(text)
    assert found is None or found == tomllib.loads(text)


def test_line_ends_of_another_system_and_places() -> None:
    """A table's place is where its name is written, whatever the line ends and the spelling of the header."""
    text = '[[a]]\nname = "x"\n\n[[ a ]]\r\nb = 1\n  "name" = \'y\'\n\n[["a"]]\nb = 1\n'
    assert toml.places(text, "f", "a", ["x", "y", ""]) == [Place("f", 2, 9), Place("f", 6, 13), Place("f", 8, 1)]
    assert toml.places(text, "f", "a", ["x", "y"]) == [Place("f")] * 2


def test_a_whole_file_is_a_table_or_a_problem() -> None:
    """What cannot be read says so, with the place."""
    problem = toml.load("no-such-file", "hint")
    assert problem == Problem("missing", "does not exist", Place("no-such-file"), "check the path", "no-such-file")
