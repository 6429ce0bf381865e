"""What a manifest has been found to declare so far, whatever its form."""

from itertools import islice

from pip_assay.credentials import without_credentials
from pip_assay.model import INDEX, PYPI, Dependency, Gap, Origin, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.manifests import requirement
from pip_assay.sources.resolve.nouns import Root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from packaging.requirements import Requirement

CORRECT = "correct it"
ELSEWHERE = "audit a lock, or the environment it is installed in"
GARBLED = "is not a requirement that can be read"

MOST = 10_000
MOST_GROUPS = 300
MOST_INCLUDES = 10_000
"""A manifest that declares more than that is no manifest: the rest of it is not read."""


class Declared:
    """Requirements by group, as they are found, and groups that include each other.

    project    the normalised name of the project itself, once it is known: a requirement of it means its own extras.
    elsewhere  by normalised name, what declares a requirement of a project that the file wants from elsewhere.
    patterns   the same by a pattern of names: "acme-*".
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.project = ""
        self.elsewhere: dict[str, Callable[[Requirement, Place, str], None]] = {}
        self.patterns: list[tuple[str, Callable[[Requirement, Place, str], None]]] = []
        self.python = ""
        self.index_url = ""
        self.extra_index_urls: list[str] = []
        self.constraints: list[str] = []
        self.overrides: list[str] = []
        self._roots: dict[str, dict[Root, None]] = {}
        self._listed: dict[str, dict[Dependency, None]] = {}
        self._includes: dict[str, dict[str, Place]] = {}
        self._problems: dict[Problem, None] = {}
        self._count = 0

    def problem(
        self, gap: Gap, what: str, place: Place | None = None, hint: str = CORRECT, subject: str = ""
    ) -> None:  # fmt: skip
        """Keep a problem, once; without a place or subject it is of the whole file."""
        self.keep(Problem(gap, what, place or Place(self.file), hint, subject or self.file))

    def keep(self, problem: Problem) -> None:
        """Keep a problem, once."""
        self._problems[problem] = None

    def is_doubtful(self) -> bool:
        """Return whether something is said to be not known."""
        return bool(self._problems)

    def group(self, name: str) -> None:
        """Take note of a group, which may stay empty."""
        if len(self._roots) < MOST_GROUPS or name in self._roots:
            self._roots.setdefault(name, {})
        else:
            self.problem("unreadable", f"declares more than {MOST_GROUPS} groups: the rest was not read")

    def include(self, group: str, other: str, place: Place) -> None:
        """Take note that one group includes another one, which may be declared later."""
        self.group(group)
        self._includes.setdefault(group, {}).setdefault(other, place)

    def requirement(self, text: str, place: Place, group: str) -> None:
        """Keep a requirement of a group. The text begins with a name; what else is wrong with it is a problem."""
        name = normalise(requirement.name_of(text))
        declare = self.elsewhere.get(name) or (self._of_pattern(name) if self.patterns else None)
        parsed = requirement.parse(text) if declare else None
        if parsed and declare and not parsed.url:
            declare(parsed, place, group)
        else:
            self.plain(text, place, group)

    def _of_pattern(self, name: str) -> "Callable[[Requirement, Place, str], None] | None":
        from fnmatch import fnmatchcase

        return next((declare for pattern, declare in self.patterns if fnmatchcase(name, pattern)), None)

    def plain(self, text: str, place: Place, group: str) -> None:
        """Keep a requirement that comes from where all others do."""
        name = requirement.name_of(text)
        parsed = requirement.parse(text)
        if parsed is None:
            self.unusable(Pin(PYPI, normalise(name), ""), place, group, GARBLED, spelling=name)
        elif self.project == normalise(name) and (parsed.extras or not (parsed.specifier or parsed.url)):
            self._include_itself(parsed, place, group)
        else:
            self.root(Root(text, place, normalise(name), group))

    def root(self, root: Root) -> None:
        """Keep what a resolver may be asked for."""
        if self._is_one_more(root.group):
            self._roots[root.group][root] = None

    def unusable(
        self, pin: Pin, place: Place, group: str, why: str, *, gap: Gap = "unreadable", hint: str = CORRECT,
        origin: Origin = INDEX, marker: str = "", spelling: str = "",
    ) -> None:  # fmt: skip
        """Keep a dependency that no resolver can be asked for, with the problem that this is."""
        skipped = "" if pin.version else why
        self.listed(Dependency(pin, place, (group,), (), True, origin, None, (), marker, skipped, spelling))
        self.problem(gap, f"{spelling or pin.name} {why}", place, hint, pin.name)

    def listed(self, dependency: Dependency) -> None:
        """Keep a dependency that is listed as it stands."""
        (group,) = dependency.groups
        if self._is_one_more(group):
            self._listed.setdefault(group, {})[dependency] = None

    def index(self, url: str, *, first: bool) -> None:
        """Take note of an index of the file's own; the first one replaces the public one."""
        if first and not self.index_url:
            self.index_url = url
        elif url not in (self.index_url, *self.extra_index_urls):
            self.extra_index_urls.append(url)

    def manifest(self) -> Manifest:
        """Return all that was found."""
        reached = {group: tuple(self._reached(group)) for group in self._known_includes()}
        roots = list(islice(self._asked(reached), MOST + 1))
        listed: dict[Dependency, dict[str, None]] = {}
        for group, each in islice(self._unasked(reached), MOST + 1):
            listed.setdefault(each._replace(groups=()), {})[group] = None
        if len(roots) > MOST:
            self.problem("unreadable", f"asks for more than {MOST} requirements: the rest was left out")
        return Manifest(
            tuple(dict.fromkeys(roots[:MOST])),
            tuple(each._replace(groups=_sorted(groups)) for each, groups in listed.items()),
            tuple(self.constraints),
            tuple(self.overrides),
            self.python,
            tuple(self._roots),
            tuple(self._problems),
            self.index_url,
            tuple(self.extra_index_urls),
        )

    def _asked(self, reached: "Mapping[str, Iterable[str]]") -> "Iterator[Root]":
        for group, others in reached.items():
            for other in others:
                yield from (each._replace(group=group) for each in self._roots.get(other, ()))

    def _unasked(self, reached: "Mapping[str, Iterable[str]]") -> "Iterator[tuple[str, Dependency]]":
        for group, others in reached.items():
            for other in others:
                yield from ((group, each) for each in self._listed.get(other, ()))

    def is_empty(self) -> bool:
        """Return whether nothing at all was declared, not even a group that is empty."""
        return not self._roots

    def _is_one_more(self, group: str) -> bool:
        self.group(group)
        self._count += 1
        if self._count > MOST:
            self.problem("unreadable", f"asks for more than {MOST} requirements: the rest was left out")
        return group in self._roots and self._count <= MOST

    def _include_itself(self, parsed: "Requirement", place: Place, group: str) -> None:
        """A project that asks for itself with extras means what these extras ask for."""
        if group.startswith("group:"):
            self.include(group, "runtime", place)
        for extra in sorted(parsed.extras):
            self.include(group, f"extra:{normalise(extra)}", place)

    def _known_includes(self) -> "Iterable[str]":
        """Return every group, and report what they include and is not there, or includes them in turn."""
        groups = dict.fromkeys(self._roots)
        kept = 0
        for group, others in self._includes.items():
            for other, place in list(others.items()):
                kept += 1
                if kept > MOST_INCLUDES:
                    self.problem(
                        "unreadable", f"includes groups more than {MOST_INCLUDES} times: the rest was left out"
                    )
                    del others[other]
                elif other not in groups:
                    if other != "runtime":
                        self.problem(
                            "unreadable", f"{_shown(group)} includes {_shown(other)}, which is not there", place
                        )
                    del others[other]
        for group in self._includes:
            back = self._back(group) if group.startswith("group:") else None
            if back:
                self.problem("unreadable", f"{_shown(group)} includes itself, by way of others or not", back)
        return groups

    def _back(self, group: str) -> Place | None:
        """Return where the group includes one that leads back to it; None where none does."""
        for other, place in self._includes.get(group, {}).items():
            if other.startswith("group:") and group in self._reached(other):
                return place
        return None

    def _reached(self, group: str) -> "Iterator[str]":
        """Yield the group and all that it includes, each once."""
        seen, waiting = {group}, [group]
        while waiting:
            current = waiting.pop()
            yield current
            others = [each for each in self._includes.get(current, ()) if each not in seen]
            seen.update(others)
            waiting += reversed(others)


def _sorted(groups: "Iterable[str]") -> tuple[str, ...]:
    return tuple(sorted(groups, key=lambda each: (each != "runtime", each)))


def _shown(group: str) -> str:
    kind, _, name = group.partition(":")
    return f'the {"extra" if kind == "extra" else "group"} "{name or kind}"'


def public(address: str) -> str:
    """Return an address as it may be shown."""
    return without_credentials(address) if "@" in address else address
