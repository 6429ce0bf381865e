"""A Python program as far as it can be followed without running it: its names, and the calls of one function."""

import ast

from pip_assay.sources.manifests.literals import Unknown, Values, added

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_STEPS = 100_000
DEEPEST_CALL = 10
"""Statements in all, and functions within functions, that are followed."""

_CHANGES = {"append", "extend", "update", "insert", "setdefault", "remove", "pop", "clear", "discard", "add"}


class Program:
    """Statements one after the other. What a branch or a loop changes is not known behind it.

    `met` is told every call of the function that is sought, by whatever module it is named, with its program.
    """

    def __init__(self, sought: str, met: "Callable[[ast.Call, Program], None]") -> None:
        self._sought = sought
        self._met = met
        self._names: dict[str, object] = {}
        self._functions: dict[str, ast.FunctionDef] = {}
        self._fragile: dict[str, ast.AST] = {}
        self._later: list[ast.FunctionDef] = []
        self._depth = 0
        self._steps = [0]
        self._values = Values(self._names, self._own)

    def follow(self, module: ast.Module) -> None:
        """Follow the whole program."""
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef):
                self._fragile |= dict.fromkeys(_changed_elsewhere(node), node)
        self._run_whole(module.body)

    def _run_whole(self, statements: "Iterable[ast.stmt]") -> None:
        """Follow the statements, and then what stands in functions: these are called later than they are defined."""
        self._run(statements)
        while self._later:
            self._branch(self._later.pop(0))

    def value(self, node: ast.AST | None) -> object:
        """Return the value of an expression at this point of the program."""
        return self._values.of(node)

    def _run(self, statements: "Iterable[ast.stmt]") -> object:
        """Follow the statements up to the first one that returns; return what it does."""
        for statement in statements:
            self._steps[0] += 1
            if self._steps[0] > MOST_STEPS:
                return Unknown(statement)
            if isinstance(statement, ast.Return):
                return self.value(statement.value)
            self._statement(statement)
            if isinstance(statement, ast.With) and isinstance(statement.body[-1], ast.Return):
                return self.value(statement.body[-1].value)
        return None

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                found = self.value(value)
                for target in targets:
                    self._assign(target, found)
                self._meet(value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, self.value(value))
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                self._extend(name, self.value(value), node)
            case ast.Expr(value=ast.Call() as call):
                self._call(call)
            case ast.FunctionDef(name=name):
                self._functions[name] = node
                self._names.pop(name, None)
                self._later.append(node)
            case ast.With(items=items, body=body):
                self._open(items)
                self._run(body)
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), body=body):
                self._run(body)
            case _:
                self._spoil_all(node)
                self._branch(node)

    def _open(self, items: "Iterable[ast.withitem]") -> None:
        for item in items:
            if item.optional_vars:
                self._assign(item.optional_vars, self.value(item.context_expr))

    def _assign(self, target: ast.expr, value: object) -> None:
        match target:
            case ast.Name(id=name):
                self._names[name] = value
                if name in self._fragile:
                    self._spoil(name, self._fragile[name])
            case ast.Subscript(value=ast.Name(id=name), slice=key) if isinstance(self._names.get(name), dict):
                table, index = self._names[name], self.value(key)
                if isinstance(table, dict):
                    table[index if isinstance(index, str) else Unknown(key)] = value
            case _:
                self._spoil_all(target)

    def _extend(self, name: str, value: object, node: ast.AST) -> None:
        old = self._names.get(name)
        whole = added(old, value, node)
        if isinstance(old, list) and isinstance(whole, list):
            old[:] = whole
        else:
            self._names[name] = whole

    def _call(self, call: ast.Call) -> None:
        if _is_call(call, self._sought):
            self._met(call, self)
            return
        match call.func:
            case ast.Attribute(value=changed, attr=method) if method in _CHANGES:
                self._change(changed, method, call)
            case ast.Name(id=function) if function in self._functions:
                for argument in call.args:
                    self._spoil_all(argument)
            case _:
                self._spoil_all(call)
                self._meet(call)

    def _change(self, changed: ast.expr, method: str, call: ast.Call) -> None:
        old, values = self.value(changed), [self.value(each) for each in call.args]
        single = values[0] if len(values) == 1 else None
        if method == "append" and isinstance(old, list) and values:
            old.append(single)
        elif method == "extend" and isinstance(old, list):
            old += single if isinstance(single, list) else [Unknown(call) if single is None else single]
        elif method == "update" and isinstance(old, dict) and isinstance(single, dict):
            old.update(single)
        else:
            self._spoil_value(call, call)

    def _own(self, call: ast.Call, name: str) -> object:
        """Return what a function of the program returns; None where it has no such function."""
        function = self._functions.get(name)
        if function is None:
            return None
        names = [argument.arg for argument in function.args.args]
        values = [self.value(each) for each in call.args]
        if self._depth > DEEPEST_CALL or len(values) > len(names) or any(map(_is_starred, call.args)):
            return Unknown(call)
        inner = self._inner(ast.Module([], []))
        given = dict(zip(names, values, strict=False)) | {
            word.arg: self.value(word.value) for word in call.keywords if word.arg
        }
        defaults = function.args.defaults
        for argument, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
            given.setdefault(argument, self.value(default))
        for argument in (*names, *(each.arg for each in function.args.kwonlyargs)):
            inner._names[argument] = given.get(argument, Unknown(call))
        found = inner._run(function.body)
        returns = [each for each in ast.walk(function) if isinstance(each, ast.Return)]
        return found if len(returns) == 1 and found is not None else Unknown(call)

    def _meet(self, node: ast.AST) -> None:
        """Meet the calls that are sought inside of an expression."""
        for each in ast.walk(node):
            if _is_call(each, self._sought) and isinstance(each, ast.Call):
                self._met(each, self)

    def _branch(self, node: ast.AST) -> None:
        """Meet the calls that are sought inside of a function or a branch, which may run or not."""
        if self._depth > DEEPEST_CALL or not any(_is_call(each, self._sought) for each in ast.walk(node)):
            return
        if isinstance(node, ast.expr | ast.Expr | ast.Return):
            self._meet(node)
            return
        for field in ("body", "orelse", "finalbody"):
            inner = self._inner(node)
            inner._run_whole(getattr(node, field, ()))
        for handler in getattr(node, "handlers", ()):
            self._branch(handler)

    def _inner(self, node: ast.AST) -> "Program":
        """Return the program inside of a function, whose arguments nobody knows yet."""
        inner = Program(self._sought, self._met)
        inner._names.update(self._names)
        inner._functions.update(self._functions)
        inner._depth, inner._steps = self._depth + 1, self._steps
        if isinstance(node, ast.FunctionDef):
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    inner._names[argument.arg] = Unknown(argument)
        return inner

    def _spoil_all(self, node: ast.AST) -> None:
        """Take note that what the node may change is not known from here on."""
        grown = {id(each.target) for each in ast.walk(node) if isinstance(each, ast.AugAssign)}
        for each in ast.walk(node):
            match each:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if id(each) not in grown:
                    self._names[name] = Unknown(node)
                    self._functions.pop(name, None)
                case ast.Name(id=name, ctx=ast.Store()) if id(each) in grown:
                    self._spoil(name, node)
            self._spoil_value(each, node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self._spoil(node.id, node)

    def _spoil_value(self, changing: ast.AST, node: ast.AST) -> None:
        """Take note that a part of a list or a table may be changed, if that is what the first node does."""
        changed = _changed(changing)
        if changed is None:
            return
        if isinstance(changing, ast.Subscript):
            table, key = self.value(changed), self.value(changing.slice)
            if isinstance(table, dict) and isinstance(key, str):
                table[key] = added(table.get(key), Unknown(node), node)
                return
        value = self.value(changed)
        if isinstance(value, list):
            value.append(Unknown(node))
        elif name := _root(changed):
            self._spoil(name, node)

    def _spoil(self, name: str, node: ast.AST) -> None:
        """What is known of a list or a table stays, with something unknown beside it."""
        old = self._names.get(name)
        if isinstance(old, list):
            old.append(Unknown(node))
        elif isinstance(old, dict):
            old[Unknown(node)] = Unknown(node)
        elif name in self._names:
            self._names[name] = Unknown(node)


def _is_call(node: ast.AST, sought: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name == sought
    return False


def _is_starred(node: ast.AST) -> bool:
    return isinstance(node, ast.Starred)


def _changed(node: ast.AST) -> ast.expr | None:
    """Return the list or table that the node changes; None where it changes none."""
    match node:
        case ast.Subscript(ctx=ast.Store() | ast.Del(), value=inner):
            return inner
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _CHANGES:
            return inner
        case ast.AugAssign(target=ast.Subscript() as inner):
            return inner
    return None


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _changed_elsewhere(function: ast.FunctionDef) -> set[str]:
    """Return the names that a function changes and that are not its own."""
    nodes = list(ast.walk(function))
    shared = {name for each in nodes if isinstance(each, ast.Global) for name in each.names}
    own = {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)} - shared
    own |= {each.arg for each in nodes if isinstance(each, ast.arg)}
    return (shared | {_root(changed) for each in nodes if (changed := _changed(each))}) - own
