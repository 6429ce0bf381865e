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
    from collections import namedtuple

    Any = object

    class _Made(type):
        def __new__(cls, name, _, namespace):  # noqa: ANN001, ANN204 - typing's own is what is checked
            fields = namespace.get("__annotations__", {})
            defaults = [namespace[field] for field in fields if field in namespace]
            made = namedtuple(name, fields, defaults=defaults, module=namespace["__module__"])
            made.__annotations__ = made.__new__.__annotations__ = fields
            for key, value in namespace.items():
                if key not in fields and key not in ("__module__", "__qualname__", "__annotations__"):
                    setattr(made, key, value)
            return made

    NamedTuple = type.__new__(_Made, "NamedTuple", (), {})

    class Literal:
        """A word in annotations: `Literal["a", "b"] | None`."""

        def __class_getitem__(cls, words):  # noqa: ANN001, ANN204
            return type("Literal", (str,), {"__args__": words})


__all__ = ["Any", "Literal", "NamedTuple"]
