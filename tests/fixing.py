"""A made-up index, a solver that tries everything in it, and what they are asked about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.version import Version

from pip_assay.fix.nouns import Held, Level, Plan, Root, Target
from pip_assay.fix.planning.lines import allows, limits_something
from pip_assay.fix.planning.questions import Question, Release, Solution
from pip_assay.model import PYPI, Dependency, Finding, Inventory, Pin, Place, Severity
from pip_assay.records import Advisory
from pip_assay.releases import Release as Listed

Index = Mapping[str, Mapping[str, Sequence[str]]]
"""By project and version, what that release requires: {"a": {"1.0": ["b>=2"]}}."""

Flaws = Mapping[str, tuple[str, Sequence[str]]]
"""By id, the project and the versions that have the flaw."""

Releases = Mapping[str, str]
"""A version for each project."""


def target(held: Releases, roots: Iterable[str] = (), **settings: object) -> Target:
    """Return a target that holds these releases, each on a line of its own."""
    lines = [
        Held(name, version, name, Place("r.txt", number)) for number, (name, version) in enumerate(held.items(), 1)
    ]
    asked = [Root(Requirement(text).name, text, Place("r.in", number)) for number, text in enumerate(roots, 1)]
    dependencies = tuple(Dependency(Pin(PYPI, each.name, each.version), each.place) for each in lines)
    made = Target(Inventory("r.txt", "requirements", dependencies), "requirements", tuple(lines), tuple(asked))
    return made._replace(**settings)  # type: ignore[arg-type]


def finding(name: str, version: str, flaw: str = "FLAW-1", severity: Severity = "high") -> Finding:
    """Return a finding of one flaw."""
    return Finding(flaw, (), Dependency(Pin(PYPI, name, version), Place("r.txt")), (Advisory(flaw),), severity)


def found(held: Releases, flaws: Flaws, severities: Mapping[str, Severity] = {}) -> list[Finding]:
    """Return the findings of what is held."""
    return [
        finding(name, held[name], flaw, severities.get(flaw, "high"))
        for flaw, (name, versions) in flaws.items()
        if held.get(name) in versions
    ]


def after(held: Releases, plan: Plan) -> dict[str, str]:
    """Return what is held once a plan is carried out."""
    new = {**held, **{each.name: each.new for each in plan.changes}}
    return {name: version for name, version in new.items() if version}


class Auditor:
    """Knows the flaws of each release."""

    def __init__(self, flaws: Flaws) -> None:
        self.flaws = flaws

    def affected(self, name: str, version: str) -> frozenset[str]:
        return frozenset(flaw for flaw, (of, versions) in self.flaws.items() if of == name and version in versions)

    known = affected


class Lister:
    """Lists what the index has."""

    def __init__(self, index: Index, yanked: Iterable[tuple[str, str]] = ()) -> None:
        self.index = index
        self.yanked = set(yanked)

    def __call__(self, names: Sequence[str]) -> dict[str, list[Listed]]:
        return {
            name: [Listed(version, (name, version) in self.yanked) for version in self.index[name]]
            for name in names
            if name in self.index
        }


class Solver:
    """Tries all releases, the preferred ones first; what must move goes up step by step, what is new comes at its top.

    `young` are releases that a cooldown keeps away. A wild one goes to the top wherever nothing is preferred.
    """

    def __init__(
        self, index: Index, target: Target, level: Level = "major", young: Iterable[tuple[str, str]] = (), *,
        most: int = 200, is_wild: bool = False,
    ) -> None:  # fmt: skip
        self.calls = 0
        self.most = most
        self.notes: list[str] = []
        self.asked: list[Question] = []
        self._index = index
        applying = (each for each in target.held if not each.marker or Marker(each.marker).evaluate())
        self._target = target._replace(held=tuple(applying))
        self._level: Level = level
        self._young = set(young)
        self._is_wild = is_wild

    def present(self) -> Solution:
        self.calls += 1
        held = {each.name: each.version for each in self._target.held}
        if fits(held, self._index, (each.text for each in self._target.roots)):
            return self._solution(held)
        return Solution(unfit="what is held does not fit")

    def ask(self, question: Question) -> Solution:
        self.calls += 1
        self.asked.append(question)
        roots = [each.name if each in question.relaxed else each.text for each in self._target.roots]
        bare = [each.name for each in self._target.held if each.name not in question.gone]
        for chosen in self._tried({}, [*roots, *bare], question):
            return self._solution(chosen)
        limiting = (each for each in self._target.limits if each not in question.relaxed)
        limits = (each.text for each in limiting if each.name in self._index)
        bounds = [each for each in (*roots, *limits) if limits_something_in(each)]
        return Solution(unfit=" and ".join(f"you require {each}" for each in bounds) or "no")

    def _tried(self, chosen: dict[str, str], wanted: Sequence[str], question: Question) -> Iterator[dict[str, str]]:
        asked = [Requirement(each) for each in wanted]
        if any(
            each.name in chosen and not each.specifier.contains(chosen[each.name], prereleases=True) for each in asked
        ):
            return
        name = next((each.name for each in asked if each.name not in chosen), None)
        if name is None:
            yield chosen
            return
        for version in self._candidates(name, question):
            yield from self._tried({**chosen, name: version}, [*wanted, *self._index[name][version]], question)

    def _candidates(self, name: str, question: Question) -> list[str]:
        if name in question.gone:
            return []
        old = next((each.version for each in self._target.held if each.name == name), "")
        pinned = next((each.version for each in question.pinned if each.name == name), "")
        kept = [
            each
            for each in sorted(self._index.get(name, {}), key=Version)
            if (each == pinned if pinned else not old or Version(each) >= Version(old))
            and (pinned or not old or question.any_step or allows(self._level, old, each))
            and each not in question.excluded.get(name, ())
            and all(allowed(limit.text, each) for limit in self._target.limits if self._holds(limit, name, question))
            and Version(each) >= Version(question.least.get(name, "0"))
            and Version(each) <= Version(question.most.get(name, "999"))
            and (question.any_age or (name, each) not in self._young or name in question.fresh or question.uncooled)
        ]
        if self._is_wild and not question.prefer:
            return kept[::-1]
        kept = kept if old else kept[::-1]
        preferred = {each.version for each in question.prefer if each.name == name} or {old}
        return [each for each in kept if each in preferred] + [each for each in kept if each not in preferred]

    def _holds(self, limit: Root, name: str, question: Question) -> bool:
        return name_of(limit.text) == name and limit not in question.relaxed

    def _solution(self, chosen: Releases) -> Solution:
        by: dict[str, set[str]] = {}
        for name, version in chosen.items():
            for each in self._index[name][version]:
                by.setdefault(name_of(each), set()).add(name)
        return Solution(
            tuple(
                Release(name, version, "", tuple(sorted(by.get(name, ())))) for name, version in sorted(chosen.items())
            )
        )


def limits_something_in(text: str) -> bool:
    """Return whether the requirement rules out newer releases."""
    return limits_something(Root("", text, Place("")))


def fits(chosen: Releases, index: Index, roots: Iterable[str] = ()) -> bool:
    """Return whether every release has what it requires."""
    texts = [*roots, *(text for name, version in chosen.items() for text in index[name][version])]
    return all(name_of(each) in chosen and allowed(each, chosen[name_of(each)]) for each in texts)


@cache
def allowed(requirement: str, version: str) -> bool:
    """Return whether the version is one of those that the requirement allows."""
    return Requirement(requirement).specifier.contains(version, prereleases=True)


@cache
def name_of(requirement: str) -> str:
    """Return the project that is required."""
    return Requirement(requirement).name


def every(index: Index) -> Iterator[dict[str, str]]:
    """Yield each choice of releases, of all projects or of some."""
    for versions in product(*(["", *index[name]] for name in index)):
        yield {name: version for name, version in zip(index, versions, strict=True) if version}
