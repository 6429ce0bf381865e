"""Who answers: the local database, or an online service where a person chose one or the data cannot be had."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from pip_assay import versions
from pip_assay.errors import Unreadable, UsageError
from pip_assay.model import NOT_HELD, PYPI, PYTHON, UNCOVERED, Data, Dependency, Pin, Problem, Signals
from pip_assay.origins import Origins
from pip_assay.records import Advisory, Claim
from pip_assay.settings import Outside, Settings, network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.advisories.answers import Looked
    from pip_assay.advisories.as_of import Moment
    from pip_assay.advisories.database import Database

_WITH_PRIVATE = ("npm", "Go", "Hex", "Pub", "SwiftURL")
"""Nothing tells of a package of these whether it is somebody's own: its name is sent nowhere."""

SERVICES = {"pypi": "PyPI", "osv": "OSV", "esms": "Ecosyste.ms"}


class Answers:
    """What was answered about the dependencies of one run, whoever answered. A context manager.

    claims      by (ecosystem, name).
    advisories  gives the records with these ids, by id.
    related     gives the records that have one of these names as id or alias, by id, without those of these ids.
    signals     gives what is known of the use in attacks of each CVE among these names, by name.
    unanswered  the releases that nobody answered for, and why.
    uncovered   the ecosystems of which the data know nothing, and why; never that of Python's packages.
    """

    def __init__(
        self,
        *,
        claims: Mapping[tuple[str, str], Sequence[Claim]],
        advisories: Callable[[Iterable[str]], dict[str, Advisory]],
        related: Callable[[Iterable[str], Collection[str]], dict[str, Advisory]],
        data: Data,
        origins: Origins,
        signals: Callable[[Iterable[str]], Mapping[str, Signals]] | None = None,
        unanswered: Mapping[Pin, str] | None = None,
        uncovered: Mapping[str, str] | None = None,
        problems: tuple[Problem, ...] = (),
        close: Callable[[], None] | None = None,
    ) -> None:
        self.claims = claims
        self.advisories = advisories
        self.related = related
        self.data = data
        self.origins = origins
        self.signals = signals or (lambda _: {})
        self.unanswered = unanswered or {}
        self.uncovered = uncovered or {}
        self.problems = problems
        self._close = close

    def __enter__(self) -> "Answers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._close:
            self._close()


def look_up(dependencies: Sequence[Dependency], settings: Settings, outside: Outside) -> Answers:
    """Return the answers about the dependencies from the service that the settings name.

    What is known of interpreters is in this package: it is there whatever the service, and asked of none.

    Raises:
        UsageError: the settings ask for answers as of a date that is none, or of a service that knows no dates.
    """
    if settings.as_of:
        _moment(settings, outside)
    answers = _answered(dependencies, settings, outside)
    releases = _interpreters(dependencies)
    return _with_interpreters(answers, releases, settings, outside) if releases else answers


def _answered(dependencies: Sequence[Dependency], settings: Settings, outside: Outside) -> Answers:
    if settings.service != "local":
        return _ask(settings.service, dependencies, settings, outside)
    from pip_assay.advisories import local

    held = local.hold(settings, outside)
    if held.database:
        return _from(held.database, dependencies, held.problems, settings, outside)
    # A database that is there and cannot be read is to be mended: nobody chose to send names out in its place.
    is_broken = any(each.gap == "unreadable" for each in held.problems)
    is_nothing = all(each.pin.ecosystem == PYTHON for each in dependencies)
    if settings.offline or settings.as_of or is_broken or is_nothing:
        return _nobody(dependencies, held.problems, settings, outside)
    outside.say("asking the package index about each release instead")
    answers = _ask("pypi", dependencies, settings, outside)
    answers.problems = (*held.problems, *answers.problems)
    return answers


def _from(
    database: "Database", dependencies: Iterable[Dependency], problems: tuple[Problem, ...], settings: Settings,
    outside: Outside,
) -> Answers:  # fmt: skip
    projects = {(each.pin.ecosystem, each.pin.name) for each in dependencies}
    ecosystems = {ecosystem for ecosystem, _ in projects} - {PYTHON}
    if settings.as_of:
        from pip_assay.advisories import as_of

        database = as_of.Past(database, _moment(settings, outside))
    missing = {each for each in ecosystems if not (versions.is_ordered(each) and database.covers(each))}
    partial = _partial(database, missing) if missing else {}
    return Answers(
        claims=database.claims(projects),
        advisories=database.advisories,
        related=database.sharing,
        data=database.data((ecosystems - missing) or {PYPI}),
        origins=Origins(database.public_index, settings, outside.environ),
        signals=database.signals,
        unanswered={
            each.pin: f"the local database holds {partial[each.pin.ecosystem]} advisories for {each.pin.ecosystem}"
            for each in (dependencies if partial else ())
            if each.pin.ecosystem in partial
        },
        uncovered=_uncovered(database, missing - partial.keys()) if missing else {},
        problems=problems,
        close=database.close,
    )


def _partial(database: "Database", missing: Collection[str]) -> dict[str, str]:
    """Return how many advisories there are for what is not covered, but has to be: PyPI, and what a few records name.

    Records that are no whole export find what they name, and say nothing of the rest.
    """
    few = {each.name for each in database.ecosystems() if not each.fetched}
    partial = {each: "only some" for each in missing if versions.is_ordered(each) and each.partition(":")[0] in few}
    return {PYPI: "no", **partial} if PYPI in missing else partial


def _uncovered(database: "Database", ecosystems: Iterable[str]) -> dict[str, str]:
    """Return why nothing is known of these ecosystems: of most, records could be had."""
    held = {each.name for each in database.ecosystems()}
    words = {each: each.partition(":")[0] for each in ecosystems}
    return {
        each: f"{NOT_HELD}{word} (run: pip-assay db update --ecosystem {_quoted(word)})"
        if versions.is_ordered(each) and word not in held
        else UNCOVERED
        for each, word in words.items()
    }


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word else word


def _interpreters(dependencies: Iterable[Dependency]) -> set[str]:
    return {each.pin.version for each in dependencies if each.pin.ecosystem == PYTHON}


def _with_interpreters(answers: Answers, releases: set[str], settings: Settings, outside: Outside) -> Answers:
    """Return the answers with what this package knows of CPython, where the database has no record of its own."""
    from pip_assay import cpython

    added: dict[tuple[str, str], list[Claim]] = {}
    for project, claims in cpython.claims(releases).items():
        held = {each.advisory for each in answers.claims.get(project, ())}
        added[project] = [each for each in claims if each.advisory not in held]
    ids = {each.advisory for claims in added.values() for each in claims}
    if settings.as_of:
        ids = _by_then(cpython.advisories(ids), answers.data, _moment(settings, outside))
    both = {
        project: (*answers.claims.get(project, ()), *(each for each in claims if each.advisory in ids))
        for project, claims in added.items()
    }
    advisories, related = answers.advisories, answers.related
    answers.claims = {**answers.claims, **both}
    answers.advisories = lambda asked: {**advisories(asked), **cpython.advisories(ids.intersection(asked))}
    answers.related = lambda names, known: {**cpython.related(names, known), **related(names, known)}
    return answers


def _by_then(advisories: dict[str, Advisory], data: Data, moment: "Moment") -> set[str]:
    """Return the ids of those that were published by then."""
    from pip_assay.advisories import answers, as_of

    return set(as_of.narrowed(answers.Looked(advisories, {}, {}, data), (), moment).advisories)


def nobody(
    dependencies: Sequence[Dependency], problems: tuple[Problem, ...], settings: Settings, outside: Outside
) -> Answers:
    """Return that nothing is known of the dependencies but of interpreters, because of the problems."""
    answers = _nobody(dependencies, problems, settings, outside)
    releases = _interpreters(dependencies)
    return _with_interpreters(answers, releases, settings, outside) if releases else answers


def _nobody(
    dependencies: Iterable[Dependency], problems: tuple[Problem, ...], settings: Settings, outside: Outside
) -> Answers:
    return Answers(
        claims={},
        advisories=lambda _: {},
        related=lambda _, __: {},
        data=Data("none"),
        origins=_origins(settings, outside),
        unanswered={each.pin: "there is no advisory data" for each in dependencies if each.pin.ecosystem != PYTHON},
        problems=problems,
    )


def _ask(service: str, dependencies: Sequence[Dependency], settings: Settings, outside: Outside) -> Answers:
    """Return what an online service says. Only names from a public index are sent, and none of an interpreter."""
    dependencies = [each for each in dependencies if each.pin.ecosystem != PYTHON]
    origins = _origins(settings, outside)
    name = SERVICES[service]
    why = f"not from a public index, so its name is not sent to {name}"
    kept = dict.fromkeys(_kept(dependencies, origins), why)
    ecosystems = {each.pin.ecosystem for each in dependencies}
    asked = {each for each in ecosystems if each == PYPI or (service == "osv" and _is_public(each))}
    uncovered = dict.fromkeys(ecosystems - asked, UNCOVERED)
    pins = sorted({each.pin for each in dependencies if each.pin.ecosystem in asked} - kept.keys())
    try:
        looked = _online(service, pins, settings, outside)
    except Unreadable as error:
        problem = Problem("look-up", str(error), hint="")
        looked_data = Data(name)
        return Answers(
            claims={}, advisories=lambda _: {}, related=lambda _, __: {}, data=looked_data, origins=origins,
            unanswered={**kept, **dict.fromkeys(pins, f"{name} could not be asked")}, uncovered=uncovered,
            problems=(problem,),
        )  # fmt: skip
    if settings.as_of:
        from pip_assay.advisories import as_of

        looked = as_of.narrowed(looked, pins, _moment(settings, outside))
    return Answers(
        claims=looked.claims,
        advisories=lambda ids: {each: looked.advisories[each] for each in ids if each in looked.advisories},
        related=lambda names, known: _sharing(set(names), known, looked.advisories),
        data=looked.data,
        origins=origins,
        unanswered={**kept, **looked.unanswered},
        uncovered=uncovered | dict.fromkeys(looked.uncovered, UNCOVERED),
    )


def _kept(dependencies: Sequence[Dependency], origins: Origins) -> set[Pin]:
    """Return the releases whose names are sent nowhere.

    A copy of a Python project inside another is as public as that is: in a file of one's own it may be one's own.
    """
    carried = [each for each in dependencies if each.inside and each.pin.ecosystem == PYPI]
    others = [each for each in dependencies if not (each.inside and each.pin.ecosystem == PYPI)]
    kept = {each.pin for each in others if not _may_be_sent(each, origins)}
    public = {each.pin for each in others} - kept
    grows = True
    while grows:  # a copy may carry others
        more = {each.pin for each in carried if _is_public_carrier(each.inside, public)}
        grows = not more <= public
        public |= more
    return kept | {each.pin for each in carried} - public


def _is_public_carrier(carrier: Pin | None, public: Collection[Pin]) -> bool:
    return carrier is not None and (carrier in public or carrier.ecosystem == PYTHON)


def _may_be_sent(dependency: Dependency, origins: Origins) -> bool:
    """Return whether the name may be sent: what wheels carry, and a distribution's packages, are of no index."""
    if dependency.pin.ecosystem == PYPI:
        return origins.may_be_sent(dependency.origin)
    return dependency.origin.kind in {"index", "bundled", "distro"}


def _is_public(ecosystem: str) -> bool:
    """Return whether every name of an ecosystem whose versions we can order is public: what wheels and images carry."""
    return versions.is_ordered(ecosystem) and ecosystem not in _WITH_PRIVATE


def _moment(settings: Settings, outside: Outside) -> "Moment":
    """Return the moment to look up as of.

    Raises:
        UsageError: it is no date, has not come yet, or the service does not date what it says.
    """
    from pip_assay.advisories import as_of

    if settings.service == "pypi":
        raise UsageError("--as-of does not go with -s pypi, which dates no advisory", hint="use the local database")
    return as_of.moment(settings.as_of, outside.now)


def _sharing(names: set[str], known: Collection[str], advisories: Mapping[str, Advisory]) -> dict[str, Advisory]:
    return {
        key: each
        for key, each in advisories.items()
        if key not in known and not names.isdisjoint((each.id, *each.aliases))
    }


def _online(service: str, pins: Sequence[Pin], settings: Settings, outside: Outside) -> "Looked":
    if pins:
        outside.say(f"asking {SERVICES[service]} about {len(pins)} release{'s' * (len(pins) != 1)}")
    net = network(settings, outside)
    if service == "osv":
        from pip_assay.advisories import api

        return api.look_up(net, settings.osv_url, pins)
    if service == "esms":
        from pip_assay.advisories import esms

        return esms.look_up(net, outside.environ.get("PIP_ASSAY_ESMS_URL", ""), pins)
    from pip_assay.advisories import pypi

    return pypi.look_up(net, pins)


def _origins(settings: Settings, outside: Outside) -> Origins:
    from pip_assay import net

    return Origins(net.public_index, settings, outside.environ)
