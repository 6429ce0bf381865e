"""Ways in which a setup.py may change a value out of sight: what is not followed there must not look empty.

program.py follows assignments, and what is appended in plain sight. Here is the other side: a name that the call of
setup() depends on and that something else gets hold of (an import, a function, `except ... as`, `globals()`).
"""

import ast
from collections.abc import Iterator

_DEPENDENCIES = ("install_requires", "extras_require", "setup_requires", "tests_require")
_METHODS = frozenset(
    {
        "append", "extend", "insert", "update", "get", "copy", "keys", "values", "items", "format", "join",
        "splitlines", "split", "strip", "replace", "read", "readlines",
    }
)  # fmt: skip
_BUILT_IN = frozenset(
    {
        "list", "tuple", "set", "dict", "sorted", "open", "str", "sum", "len", "print", "isinstance", "filter", "map",
        "zip", "enumerate", "reversed",
    }
)  # fmt: skip


def doubts(module: ast.Module, call: ast.Call) -> Iterator[tuple[str, int]]:
    """Yield the names that the call's dependencies rest on and that may be changed out of sight, each with its line."""
    names = _names(call)
    parents = {id(child): node for node in ast.walk(module) for child in ast.iter_child_nodes(node)}
    told: set[str] = set()
    for node in ast.walk(module):
        for name in _held(node, parents) & names - told:
            told.add(name)
            yield name, getattr(node, "lineno", call.lineno)
    for keyword in call.keywords:
        if keyword.arg == "distclass":
            yield "distclass", keyword.value.lineno
    for each in ast.walk(module):
        if isinstance(each, ast.FunctionDef) and each.name == "setup":
            yield "setup", each.lineno


def _names(call: ast.Call) -> set[str]:
    """Return the names of variables in what the call says of dependencies."""
    values = [keyword.value for keyword in call.keywords if keyword.arg is None or keyword.arg in _DEPENDENCIES]
    return {node.id for value in values for node in ast.walk(value) if isinstance(node, ast.Name)}


def _held(node: ast.AST, parents: dict[int, ast.AST]) -> set[str]:
    """Return the names that this piece of a program may change without an assignment that can be followed."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return {node.name} if node.name else set()
    if isinstance(node, ast.Call):
        return _given_away(node)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        parent = parents.get(id(node))
        called = isinstance(parent, ast.Call) and parent.func is node
        return set() if called and node.attr in _METHODS else {node.value.id}
    return set()


def _given_away(call: ast.Call) -> set[str]:
    """Return the names that a call of something unknown gets hold of."""
    function = call.func
    if isinstance(function, ast.Name) and (function.id in _BUILT_IN or function.id in {"setup", "globals", "locals"}):
        return set()
    if isinstance(function, ast.Attribute) and (function.attr in _METHODS or function.attr == "setup"):
        of_class = isinstance(function.value, ast.Name) and function.value.id in _BUILT_IN  # list.extend(names, ...)
        if not of_class:
            return set()
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return {each.id for each in given if isinstance(each, ast.Name)}
