"""What the package index says of releases and projects beside their flaws: quarantined, yanked, archived, unlisted.

Rules: PEP 792 (the status of projects), PEP 592 (yanked releases). The index is the one that an install would ask.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import files, policy, releases, versions
from pip_assay.errors import NotFound, Unreadable
from pip_assay.model import PYPI, Dependency, Notice, NoticeKind, Pin, Place, Problem
from pip_assay.origins import Origins
from pip_assay.policy import Policy
from pip_assay.releases import Project, Release
from pip_assay.settings import Outside, Settings, network
from pip_assay.values import NamedTuple

KINDS: Mapping[str, NoticeKind] = {
    "quarantined": "quarantined", "archived": "archived", "deprecated": "deprecated",
}  # fmt: skip
"""What is said of a project of this status. Of an active one, nothing is."""

NO_STATUS = "the index publishes no project status"
NOT_LISTED = "no index that was asked lists the release"


class Told(NamedTuple):
    """What the index says of the releases of one target, and of which projects it does not answer."""

    notices: tuple[Notice, ...] = ()
    problems: tuple[Problem, ...] = ()


def ask(
    targets: Sequence[tuple[Iterable[Dependency], Policy]], origins: Origins, settings: Settings, outside: Outside
) -> list[Told]:
    """Return what the index says of the dependencies of each target; only names from a public index are sent."""
    public = [
        ([each for each in listed if each.pin.ecosystem == PYPI and origins.may_be_sent(each.origin)], rules)
        for listed, rules in targets
    ]
    projects = _projects([each.pin for listed, _ in public for each in listed], settings, outside)
    return [_told(listed, projects, rules) for listed, rules in public]


def _projects(pins: Sequence[Pin], settings: Settings, outside: Outside) -> dict[str, Project | Unreadable]:
    """Return what is listed of each project. One that lacks a release is asked again: it may be newer than the list."""
    net, cache = network(settings, outside), settings.cache or files.cache_folder()
    found: dict[str, Project | Unreadable] = {}
    names = {pin.name for pin in pins}
    for age in (releases.DAY, releases.MINUTES):
        if names:
            found |= releases.of(sorted(names), net, cache, outside.now, age=age, say=outside.say)
        names = {pin.name for pin in pins if any(kind == "unlisted" for kind, _ in said(pin, found[pin.name]))}
    return found


def _told(dependencies: Iterable[Dependency], projects: Mapping[str, Project | Unreadable], rules: Policy) -> Told:
    """Return one notice for each pin and kind, and a problem for each project of which nothing is known; sorted."""
    places: dict[Pin, set[Place]] = {}
    for each in dependencies:
        places.setdefault(each.pin, set()).add(each.place)
    notices = (
        Notice(pin, kind, reason, tuple(sorted(places[pin])), policy.fails_on(kind, rules))
        for pin in sorted(places)
        for kind, reason in said(pin, projects[pin.name])
    )
    silent: dict[str, Problem] = {}
    for pin in sorted(places):
        error = projects[pin.name]
        if isinstance(error, Unreadable) and not isinstance(error, NotFound):
            what = " ".join(filter(None, (f"{pin.name}: its status is not known:", error.where, error.what)))
            silent.setdefault(pin.name, Problem("status", what, min(places[pin]), error.hint, pin.name))
    told = tuple(notices)
    return Told(told, (*silent.values(), *(_unknown(told) if rules.strict and rules.asks else ())))


def _unknown(notices: Iterable[Notice]) -> Iterator[Problem]:
    """Yield a problem for each notice that says no more than that nothing is known: --strict lets none of them pass."""
    for each in notices:
        if each.kind in {"unknown", "unlisted"}:
            what = f"{each.pin}: {each.reason or NO_STATUS}, so it may be yanked, archived or worse"
            yield Problem("status", what, each.places[0], "drop --strict to accept that", each.pin.name)


def said(pin: Pin, project: Project | Unreadable) -> list[tuple[NoticeKind, str]]:
    """Return what there is to say of a release and its project, each with its reason; nothing of an active one."""
    if isinstance(project, Unreadable):
        return [("unlisted", project.what)] if isinstance(project, NotFound) else []
    found: list[tuple[NoticeKind, str]] = []
    if project.status != "active":
        # A reason is that of a status: beside one that is none, it would read as if it were why nothing is known.
        found.append((KINDS[project.status], project.reason) if project.status else ("unknown", ""))
    listed = _listed(pin, project)
    if listed and all(each.yanked for each in listed):
        found.append(("yanked", listed[0].reason))
    if listed is not None and not listed and project.status != "quarantined":  # that one offers no files (PEP 792)
        found.append(("unlisted", NOT_LISTED))
    return found


def _listed(pin: Pin, project: Project) -> list[Release] | None:
    """Return the release as the index lists it: under several local versions, perhaps; None where nobody can tell."""
    public = versions.public_key(PYPI, pin.version)
    if public is None:
        return None
    every = (*project.releases, *(Release(version) for version in project.others))
    same = [each for each in every if versions.public_key(PYPI, each.version) == public]
    exact = versions.key(PYPI, pin.version)
    return [each for each in same if versions.key(PYPI, each.version) == exact] or same
