"""What expressions of a Python program come to that are literals, or only join, copy and read such.

Texts, lists and tables come to themselves; what is known only when the program runs comes to `Unknown`, also where it
is one item of a list. A file that is read comes to `Content`, and stays that however it is cut into lines.
"""

import ast
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MOST_ITEMS = 20_000
MOST_CHARACTERS = 1_000_000
"""A list or a text that grows longer is not followed."""


class Text(str):
    """A text, the line in which it begins, and after how many bytes of it (-1 where that is not known)."""

    __slots__ = ("before", "line")
    line: int
    before: int

    def __new__(cls, text: str, line: int = 0, before: int = -1) -> "Text":
        """Return the text that begins there."""
        made = super().__new__(cls, text)
        made.line, made.before = line, before
        return made


class Unknown:
    """What is known only when the program runs, and in which line."""

    def __init__(self, node: ast.AST) -> None:
        self.line: int = getattr(node, "lineno", 0)


class Content:
    """What is in the file at a path, whole or by lines, and the line that reads it."""

    def __init__(self, path: str, node: ast.AST) -> None:
        self.path = path
        self.line: int = getattr(node, "lineno", 0)


_SAME_PATH = {"abspath", "realpath", "normpath", "fspath", "Path", "PurePath", "resolve", "absolute", "as_posix", "str"}
_SAME_LINES = {"strip", "rstrip", "lstrip", "splitlines", "readlines", "read", "split"}
_SAME_LIST = {"list", "tuple", "set", "sorted", "copy", "deepcopy", "frozenset"}
_OPEN = {"open", "read_text", "parse_requirements"}
_NOTHING_LOST = re.compile(r"[^A-Za-z0-9=<>~!]*|-.*|git.*|https?.*", re.DOTALL)
"""Texts that a list of requirements may be split at, or its lines be left out for, without a requirement changing."""


class Values:
    """Finds values of expressions, with what names are bound to; `call` finds those of the program's own functions."""

    def __init__(self, names: "Mapping[str, object]", call: "Callable[[ast.Call, str], object]") -> None:
        self._names = names
        self._own = call

    def of(self, node: ast.AST | None) -> object:
        """Return the value of an expression."""
        if node is None:
            return None
        known = getattr(self, f"_of_{type(node).__name__.lower()}", None)
        return known(node) if known else Unknown(node)

    def _of_constant(self, node: ast.Constant) -> object:
        return Text(node.value, node.lineno, node.col_offset) if isinstance(node.value, str) else node.value

    def _of_name(self, node: ast.Name) -> object:
        return Text("setup.py") if node.id == "__file__" else self._names.get(node.id, Unknown(node))

    def _of_list(self, node: ast.List | ast.Tuple | ast.Set) -> object:
        return self._list(node.elts)

    _of_tuple = _of_set = _of_list

    def _of_binop(self, node: ast.BinOp) -> object:
        if isinstance(node.op, ast.Add):
            return added(self.of(node.left), self.of(node.right), node)
        return self._path([node.left, node.right], node) if isinstance(node.op, ast.Div) else Unknown(node)

    def _of_attribute(self, node: ast.Attribute) -> object:
        path = self.of(node.value) if node.attr == "parent" else None
        return Text(os.path.dirname(path)) if isinstance(path, str) else Unknown(node)

    def _list(self, nodes: "Iterable[ast.expr]") -> list[object]:
        found: list[object] = []
        for node in nodes:
            value = self.of(node.value if isinstance(node, ast.Starred) else node)
            if isinstance(node, ast.Starred) and isinstance(value, list):
                found += value
            else:
                found.append(value)
        return found

    def _of_dict(self, node: ast.Dict) -> dict[object, object]:
        found: dict[object, object] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value, name = self.of(item), self.of(key)
            if key is None and isinstance(value, dict):
                found.update(value)
            else:
                found[name if isinstance(name, str) else Unknown(item)] = value
        return found

    def _path(self, nodes: "Iterable[ast.expr]", node: ast.AST) -> object:
        parts = [self.of(each) for each in nodes]
        texts = [part for part in parts if isinstance(part, str)]
        return Text(os.path.join(*texts)) if texts and len(texts) == len(parts) else Unknown(node)

    def _of_joinedstr(self, node: ast.JoinedStr) -> object:
        parts = node.values
        plain = all(isinstance(each, ast.Constant) or (isinstance(each, ast.FormattedValue) and each.conversion < 0
                    and each.format_spec is None) for each in parts)  # fmt: skip
        texts = [self.of(each.value if isinstance(each, ast.FormattedValue) else each) for each in parts]
        if not plain or not all(isinstance(each, str) for each in texts):
            return Unknown(node)
        whole = "".join(map(str, texts))
        return Text(whole, node.lineno, node.col_offset) if len(whole) <= MOST_CHARACTERS else Unknown(node)

    def _of_subscript(self, node: ast.Subscript) -> object:
        table, key = self.of(node.value), self.of(node.slice)
        return table.get(key, Unknown(node)) if isinstance(table, dict) and isinstance(key, str) else Unknown(node)

    def _of_call(self, node: ast.Call) -> object:
        match node.func:
            case ast.Name(id=name):
                own = self._own(node, name)
                return own if own is not None else self._function(name, node)
            case ast.Attribute(value=inner, attr=name):
                value = self.of(inner)
                return self._function(name, node) if isinstance(value, Unknown) else self._method(value, name, node)
        return Unknown(node)

    def _function(self, name: str, node: ast.Call) -> object:
        """Return the value of a call of a well-known function, whatever module it is from."""
        if name == "dict":
            return self._dict(node)
        if not node.args:
            return [] if name in _SAME_LIST else Unknown(node)
        if name == "join":
            return self._path(node.args, node)
        if name in ("chain", "from_iterable", "sum"):
            return _flat(self._list(node.args[:1]), name, node)
        first = self.of(node.args[-1] if name == "filter" else node.args[0])
        if isinstance(first, str):
            return self._of_path(first, name, node)
        if isinstance(first, list) and name in _SAME_LIST:
            return list(first)
        return first if isinstance(first, Content) and name in _SAME_LIST | {"filter"} else Unknown(node)

    def _dict(self, node: ast.Call) -> dict[object, object]:
        found = self._of_dict(ast.copy_location(ast.Dict([None] * len(node.args), node.args), node))
        for keyword in node.keywords:
            value = self.of(keyword.value)
            if keyword.arg is None and isinstance(value, dict):
                found.update(value)
            else:
                found[keyword.arg or Unknown(node)] = value
        return found

    def _of_path(self, path: str, name: str, node: ast.Call) -> object:
        """Return the value of a function or method of a path."""
        if name in _OPEN:
            return Content(path, node)
        if name == "dirname":
            return Text(os.path.dirname(path))
        if name == "joinpath":
            return self._path([ast.copy_location(ast.Constant(path), node), *node.args], node)
        return path if name in _SAME_PATH else Unknown(node)

    def _method(self, value: object, name: str, node: ast.Call) -> object:
        arguments = [self.of(each) for each in node.args]
        if isinstance(value, Content):
            same = name in _SAME_LINES and all(map(_loses_nothing, arguments))
            return value if same else Unknown(node)
        if isinstance(value, dict):
            return _of_table(value, name, arguments, node)
        if isinstance(value, list):
            return value.copy() if name == "copy" else Unknown(node)
        if isinstance(value, Text) and name in ("split", "splitlines", "strip"):
            return _cut(value, name, arguments, node)
        return self._of_path(value, name, node) if isinstance(value, str) else Unknown(node)

    def _of_listcomp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> object:
        """A comprehension that only cleans the lines of a file, or that copies or flattens lists."""
        first, *others = node.generators
        source = self.of(first.iter)
        if isinstance(source, Content) and not others:
            texts = [each.value for part in (node.elt, *first.ifs) for each in ast.walk(part)
                     if isinstance(each, ast.Constant)]  # fmt: skip
            return source if all(map(_loses_nothing, texts)) else Unknown(node)
        target = (others or [first])[-1].target
        copies = isinstance(node.elt, ast.Name) and isinstance(target, ast.Name) and node.elt.id == target.id
        if not copies or not isinstance(source, list) or any(each.ifs for each in node.generators) or len(others) > 1:
            return Unknown(node)
        if not others:
            return list(source)
        inner = others[0].iter
        nested = isinstance(inner, ast.Name) and isinstance(first.target, ast.Name) and inner.id == first.target.id
        return _flat([source], "from_iterable", node) if nested else Unknown(node)

    _of_setcomp = _of_generatorexp = _of_listcomp


def added(first: object, second: object, node: ast.AST) -> object:
    """Return the sum of two values; what is unknown of it becomes an item of a list."""
    if isinstance(first, str) and isinstance(second, str) and len(first) + len(second) <= MOST_CHARACTERS:
        return Text(first + second, getattr(first, "line", 0), getattr(first, "before", -1))
    if not (isinstance(first, list) or isinstance(second, list)):
        return Unknown(node)
    whole = [*(first if isinstance(first, list) else [first]), *(second if isinstance(second, list) else [second])]
    return whole if len(whole) <= MOST_ITEMS else Unknown(node)


def _of_table(table: dict[object, object], name: str, arguments: list[object], node: ast.AST) -> object:
    if name == "values":
        return list(table.values())
    if name == "copy":
        return table.copy()
    if name == "get" and arguments and isinstance(arguments[0], str):
        return table.get(arguments[0], arguments[1] if len(arguments) > 1 else None)
    return Unknown(node)


def _flat(arguments: list[object], name: str, node: ast.AST) -> object:
    """Return the items of the lists in the one list that is the argument; `chain(*lists)` gives these themselves."""
    lists = arguments
    if name != "chain":
        lists = arguments[0] if isinstance(arguments[0], list) else [Unknown(node)]
    found: object = []
    for each in lists:
        found = added(found, each, node)
    return found


def _loses_nothing(value: object) -> bool:
    return not isinstance(value, str) or _NOTHING_LOST.fullmatch(value) is not None


def _cut(text: Text, name: str, arguments: list[object], node: ast.AST) -> object:
    if name == "strip":
        before = len(text) - len(text.lstrip())
        return Text(text.strip(), text.line + text.count("\n", 0, before))
    separator = arguments[0] if arguments else "\n" if name == "splitlines" else r"\s"
    if not isinstance(separator, str) or not separator:
        return Unknown(node)
    pattern = r"\S+" if separator == r"\s" else rf"(?:(?!{re.escape(separator)}).)+"
    pieces = [found for found in re.finditer(pattern, text, re.DOTALL) if found[0].strip()]
    return [Text(found[0].strip(), text.line + text.count("\n", 0, found.start())) for found in pieces[:MOST_ITEMS]]
