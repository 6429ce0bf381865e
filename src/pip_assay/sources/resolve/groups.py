"""Several groups of one project: resolved together, and one by one where they contradict each other."""

from collections.abc import Callable, Iterable, Sequence

from pip_assay.model import Dependency, Place, Problem
from pip_assay.sources.resolve.graph import in_order
from pip_assay.sources.resolve.nouns import CORRECT, Question, Resolved, Root

Ask = Callable[[Question], tuple[Resolved, bool]]
"""What the roots would bring in, and whether that is nothing because no set of releases fits."""

MOST = 50
"""So many groups that contradict each other are resolved one by one."""


def united(question: Question, ask: Ask) -> Resolved:
    """Return what all roots would bring in.

    Those of the group "build" are asked for by themselves: they are installed into an environment of their own.
    """
    build = tuple(root for root in question.roots if root.group == "build")
    others = tuple(root for root in question.roots if root.group != "build")
    parts = _together(question._replace(roots=others), ask) if others else []
    if build:
        parts.append(ask(question._replace(roots=build))[0])
    return parts[0] if len(parts) == 1 else _union(parts)


def _together(question: Question, ask: Ask) -> list[Resolved]:
    together, unfit = ask(question)
    names = in_order(root.group for root in question.roots)
    if not unfit or len(names) == 1:
        return [together]
    runtime = _of("runtime", question.roots)
    parts, foundation = [], Resolved((), (), "")
    if runtime:
        foundation, unfit = ask(question._replace(roots=runtime))
        parts.append(foundation)
        names.remove("runtime")
        if unfit:
            runtime = ()  # what is wrong with it is told; the groups may still be resolved without it
    for name in names[:MOST]:
        roots = _of(name, question.roots)
        found, unfit = ask(question._replace(roots=(*roots, *runtime)))
        parts.append(_told(found, name) if unfit else _added(found, name, foundation.dependencies))
    parts += [_too_many(_of(name, question.roots)) for name in names[MOST:]]
    return parts


def _of(group: str, roots: Sequence[Root]) -> tuple[Root, ...]:
    return tuple(root for root in roots if root.group == group)


def _told(failed: Resolved, group: str) -> Resolved:
    *others, problem = failed.problems
    return failed._replace(problems=(*others, problem._replace(what=f"{problem.what} (with {group})")))


def _added(found: Resolved, group: str, foundation: Iterable[Dependency]) -> Resolved:
    """Return what a group brings in: a release that the runtime alone does not have is there for the group alone."""
    known = {each.pin for each in foundation}
    groups = [each.groups if each.pin in known else (group,) for each in found.dependencies]
    return found._replace(
        dependencies=tuple(each._replace(groups=names) for each, names in zip(found.dependencies, groups, strict=True))
    )


def _too_many(roots: Sequence[Root]) -> Resolved:
    what = f"more than {MOST} groups contradict each other, so what {roots[0].group} would bring in is not known"
    place = Place(roots[0].place.file)
    return Resolved((), (Problem("unresolved", what, place, CORRECT, place.file),), "")


def _union(parts: Sequence[Resolved]) -> Resolved:
    """Return all parts as one: each release once, in all its groups, and each problem once."""
    versions: dict[str, set[str]] = {}
    for each in (each for part in parts for each in part.dependencies):
        versions.setdefault(each.pin.name, set()).add(each.pin.version)
    found: dict[tuple[object, ...], Dependency] = {}
    for part in parts:
        here = {each.pin.name: each.pin.version for each in part.dependencies}
        for each in part.dependencies:
            requires = tuple(
                f"{name}=={here[name]}" if len(versions[name]) > 1 and here[name] else name for name in each.requires
            )
            each = each._replace(requires=requires)  # noqa: PLW2901
            other = found.get((each.pin, each.origin))
            found[each.pin, each.origin] = _both(other, each) if other else each
    problems = dict.fromkeys(problem for part in parts for problem in part.problems)
    resolver = next((part.resolver for part in parts if part.resolver), "")
    return Resolved(tuple(sorted(found.values(), key=lambda each: each.pin)), tuple(problems), resolver)


def _both(one: Dependency, other: Dependency) -> Dependency:
    """Return one release that two parts hold, at the place where the first has it."""
    return one._replace(
        groups=tuple(in_order((*one.groups, *other.groups))),
        requires=tuple(sorted({*one.requires, *other.requires})),
        direct=one.direct or other.direct,
    )
