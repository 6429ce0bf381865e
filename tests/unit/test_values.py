"""Values without typing: the same as typing's own. Oracle: typing.NamedTuple."""

import pickle
import typing

import pytest

from pip_assay import model, records, values

EACH = {**vars(model), **vars(records)}.values()
NOUNS = [each for each in EACH if isinstance(each, type) and issubclass(each, tuple)]


class Ours(values.NamedTuple):
    """A value."""

    one: int
    other: "str | None" = None
    word: values.Literal["a", "b"] | None = "a"

    @property
    def doubled(self) -> int:
        return self.one * 2

    def __str__(self) -> str:
        return f"{self.one}!"


class Theirs(typing.NamedTuple):
    """A value."""

    one: int
    other: "str | None" = None
    word: typing.Literal["a", "b"] | None = "a"

    @property
    def doubled(self) -> int:
        return self.one * 2

    def __str__(self) -> str:
        return f"{self.one}!"


def test_a_value_is_what_typing_would_have_made() -> None:
    """Fields, defaults, methods, docstring, equality, hash, pickling and immutability are typing.NamedTuple's."""
    ours: typing.Any = Ours(3, word="b")
    theirs: typing.Any = Theirs(3, word="b")
    for name in ("_fields", "_field_defaults", "__doc__", "__module__"):
        assert getattr(Ours, name) == getattr(Theirs, name)
    assert list(Ours.__annotations__) == list(Theirs.__annotations__)
    assert repr(ours).removeprefix("Ours") == repr(theirs).removeprefix("Theirs")
    assert (ours, hash(ours), str(ours), ours.doubled) == (theirs, hash(theirs), str(theirs), theirs.doubled)
    assert ours._replace(one=4) == theirs._replace(one=4)
    assert pickle.loads(pickle.dumps(ours)) == ours
    with pytest.raises(AttributeError):
        ours.one = 4
    with pytest.raises(TypeError):
        Ours()  # type: ignore[call-arg]


@pytest.mark.parametrize("noun", NOUNS)
def test_nouns_are_frozen_and_can_be_pickled(noun: type[tuple[object, ...]]) -> None:
    """A fleet sends nouns between processes."""
    fields: tuple[str, ...] = noun._fields  # type: ignore[attr-defined]
    value = noun(*fields)
    assert pickle.loads(pickle.dumps(value)) == value
    with pytest.raises(AttributeError):
        setattr(value, fields[0], "other")
