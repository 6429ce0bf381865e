"""`NamedTuple`, `Literal` and `Any` as type checkers know them, without the 4 ms that importing `typing` costs.

A type checker sees typing's own. At run time `NamedTuple` makes a class with `collections.namedtuple`, as typing does,
and `Literal` is no more than a word in an annotation. From Python 3.14 on annotations are not evaluated when a class
is made, so there typing's own are used. See docs/decisions/001-hot-path.md.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING or sys.version_info >= (3, 14):
    from typing import Any, Literal, NamedTuple
else:
    from collections import _tuplegetter, namedtuple
    from functools import cache
    from types import FunctionType

    Any = object

    @cache
    def _shape(count):  # noqa: ANN001, ANN202 - typing's own is what is checked
        """Return a named tuple of so many fields: to compile one for each class costs four times as much."""
        return namedtuple("Fields", [f"field_{number}" for number in range(count)])

    def _repr(self):  # noqa: ANN001, ANN202
        told = ", ".join([f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True)])
        return f"{self.__class__.__name__}({told})"

    def _replace(self, /, **fields):  # noqa: ANN001, ANN003, ANN202
        replaced = self._make(map(fields.pop, self._fields, self))
        if fields:
            raise TypeError(f"got unexpected field names: {list(fields)}")
        return replaced

    class _Made(type):
        def __new__(cls, name, _, namespace):  # noqa: ANN001, ANN204
            annotations = namespace.get("__annotations__", {})
            fields, shape = tuple(annotations), _shape(len(annotations))
            defaults = {field: namespace[field] for field in fields if field in namespace}
            make = shape.__new__
            code = make.__code__.replace(co_varnames=("_cls", *fields))
            new = FunctionType(code, make.__globals__, "__new__", tuple(defaults.values()))
            new.__qualname__, new.__annotations__ = f"{name}.__new__", annotations
            getters = {field: _tuplegetter(place, field) for place, field in enumerate(fields)}
            made = {"__slots__": (), "__repr__": _repr, "_replace": _replace, "__replace__": _replace, **namespace}
            made |= {
                **getters,
                "__new__": new,
                "_fields": fields,
                "__match_args__": fields,
                "_field_defaults": defaults,
            }
            return type(name, (shape,), made)

    NamedTuple = type.__new__(_Made, "NamedTuple", (), {})

    class Literal:
        """A word in annotations: `Literal["a", "b"] | None`."""

        def __class_getitem__(cls, words):  # noqa: ANN001, ANN204
            return type("Literal", (str,), {"__args__": words})


of_fields: "Any" = tuple.__new__
"""Makes a named tuple of a class and all of its fields: no call in Python for each of a thousand."""

__all__ = ["Any", "Literal", "NamedTuple", "of_fields"]
