"""Places in JSON: where a name is written, whatever stands around it."""

import json

import pytest

from pip_assay.model import Place
from pip_assay.sources.documents import json_places

TEXT = """{
  "default": {"al\\"p{ha": {"version": "[{"}, "beta" :
    {"list": [1, -2.5e3, null, {"name": "pypi-py py", "purl": "pkg:pypi/py@1"}], "}": {}},
 "gamma": "x",\t"gamma": []}, "other": [[], 3, "delta"]
}"""


def at(text: str, place: Place) -> str:
    """The text that begins at a place."""
    return text.split("\n")[place.line - 1][place.column - 1 :]


@pytest.mark.parametrize(
    ("path", "name", "begins"),
    [
        (("default", "beta"), "beta", 'beta" :'),
        (("default", "beta", "list", 3, "name"), "py", 'py", "purl"'),
        (("default", "beta", "list", 3, "purl"), "py", "py@1"),
        (("default", "beta", "list", 1), "", "-2.5e3"),
        (("default", "beta", "}"), "", "{}}"),
        (("default", "gamma"), "gamma", 'gamma": []'),
        (("other",), "other", 'other": [['),
        (("other", 2), "delta", 'delta"]'),
        (("other", 0), "", "[], 3"),
    ],
)
def test_a_path_leads_to_the_text(path: tuple[str | int, ...], name: str, begins: str) -> None:
    """The place is in the value that holds the name, else in the key; the last of equal keys is the one that counts."""
    assert json.loads(TEXT)
    place = json_places.find(TEXT, "f", {path: name})[path]
    assert at(TEXT, place).startswith(begins)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("default", 'al"p{ha'), 'al"p{ha'),
        (("default", "beta"), "epsilon"),
        (("nothing", 1), "beta"),
        (("other", 9), ""),
        (("other", "0"), ""),
        ((), "default"),
    ],
)
def test_what_is_not_spelled_has_no_line(path: tuple[str | int, ...], name: str) -> None:
    """An escaped name, a name that is not there and a path that leads nowhere have the file as their place."""
    assert json_places.find(TEXT, "f", {path: name}) == {path: Place("f")}


@pytest.mark.parametrize("text", ["1", '"default"', "[]", "{}", " null "])
def test_a_document_without_members_has_no_places(text: str) -> None:
    """Whatever the document is, a path that it does not have is nowhere."""
    assert json_places.find(text, "f", {("a",): "a"}) == {("a",): Place("f")}
    assert json_places.find(text, "f", {(0,): ""}) == {(0,): Place("f")}


def test_repeated_keys_are_told_with_the_later_place() -> None:
    """A key twice in one object is a problem at its second place; the same key in two objects is none."""
    text = '{"a": {"x": 1},\n "b": {"x": 1,\n  "x": 2},\r\n "\\u0061": {}, "c": [{"y": 1}, {"y": 1}]}'
    found = [(each.gap, each.subject, each.place) for each in json_places.repeated(text, "f", "hint")]
    assert found == [("duplicate", "x", Place("f", 3, 4)), ("duplicate", "a", Place("f", 4, 3))]


def test_places_in_one_long_line_cost_no_more_than_in_many() -> None:
    """Columns are counted from the start of the line, however many places stand in it."""
    text = json.dumps({f"name-{number}": {} for number in range(3000)})
    places = json_places.find(text, "f", {(f"name-{number}",): f"name-{number}" for number in range(3000)})
    assert all(text.startswith(f'{path[0]}"', place.column - 1) for path, place in places.items())
