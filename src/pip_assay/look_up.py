"""Who answers: the local database, or an online service where a person chose one or the data cannot be had."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from pip_assay import versions
from pip_assay.errors import Unreadable
from pip_assay.model import PYPI, Advisory, Claim, Data, Dependency, Pin, Problem
from pip_assay.origins import Origins
from pip_assay.settings import Outside, Settings, network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.advisories.answers import Looked
    from pip_assay.advisories.database import Database

SERVICES = {"pypi": "PyPI", "osv": "OSV"}


class Answers:
    """What was answered about the dependencies of one run, whoever answered. A context manager.

    claims      by (ecosystem, name).
    advisories  gives the records with these ids, by id.
    related     gives the records that have one of these names as id or alias, by id, without those of these ids.
    unanswered  the releases that nobody answered for, and why.
    uncovered   the ecosystems of which the data know nothing; never that of Python's packages.
    """

    def __init__(
        self,
        *,
        claims: Mapping[tuple[str, str], Sequence[Claim]],
        advisories: Callable[[Iterable[str]], dict[str, Advisory]],
        related: Callable[[Iterable[str], Collection[str]], dict[str, Advisory]],
        data: Data,
        origins: Origins,
        unanswered: Mapping[Pin, str] | None = None,
        uncovered: Collection[str] = (),
        problems: tuple[Problem, ...] = (),
        close: Callable[[], None] | None = None,
    ) -> None:
        self.claims = claims
        self.advisories = advisories
        self.related = related
        self.data = data
        self.origins = origins
        self.unanswered = unanswered or {}
        self.uncovered = uncovered
        self.problems = problems
        self._close = close

    def __enter__(self) -> "Answers":
        return self

    def __exit__(self, *_: object) -> None:
        if self._close:
            self._close()


def look_up(dependencies: Sequence[Dependency], settings: Settings, outside: Outside) -> Answers:
    """Return the answers about the dependencies from the service that the settings name."""
    if settings.service != "local":
        return _ask(settings.service, dependencies, settings, outside)
    from pip_assay.advisories import local

    held = local.hold(settings, outside)
    if held.database:
        return _from(held.database, dependencies, held.problems, settings, outside)
    if settings.offline or not dependencies:
        return _nobody(dependencies, held.problems, settings, outside)
    outside.say("asking the package index about each release instead")
    answers = _ask("pypi", dependencies, settings, outside)
    answers.problems = (*held.problems, *answers.problems)
    return answers


def _from(
    database: "Database", dependencies: Iterable[Dependency], problems: tuple[Problem, ...], settings: Settings,
    outside: Outside,
) -> Answers:  # fmt: skip
    pins = {each.pin for each in dependencies}
    ecosystems = {pin.ecosystem for pin in pins}
    missing = {each for each in ecosystems if not (versions.is_ordered(each) and database.covers(each))}
    return Answers(
        claims=database.claims((pin.ecosystem, pin.name) for pin in pins),
        advisories=database.advisories,
        related=database.sharing,
        data=database.data(),
        origins=Origins(database.public_index, settings, outside.environ),
        unanswered={
            pin: f"the local database holds no advisories for {PYPI}"
            for pin in pins
            if PYPI in missing and pin.ecosystem == PYPI
        },
        uncovered=missing - {PYPI},
        problems=problems,
        close=database.close,
    )


def _nobody(
    dependencies: Iterable[Dependency], problems: tuple[Problem, ...], settings: Settings, outside: Outside
) -> Answers:
    return Answers(
        claims={},
        advisories=lambda _: {},
        related=lambda _, __: {},
        data=Data("none"),
        origins=_origins(settings, outside),
        unanswered={each.pin: "there is no advisory data" for each in dependencies},
        problems=problems,
    )


def _ask(service: str, dependencies: Sequence[Dependency], settings: Settings, outside: Outside) -> Answers:
    """Return what an online service says. Only names from a public index are sent."""
    origins = _origins(settings, outside)
    name = SERVICES[service]
    kept = {
        each.pin: f"not from a public index, so its name is not sent to {name}"
        for each in dependencies
        if not origins.may_be_sent(each.origin)
    }
    uncovered = {each.pin.ecosystem for each in dependencies} - {PYPI}
    pins = sorted({each.pin for each in dependencies if each.pin.ecosystem == PYPI} - kept.keys())
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
    return Answers(
        claims=looked.claims,
        advisories=lambda ids: {each: looked.advisories[each] for each in ids if each in looked.advisories},
        related=lambda names, known: _sharing(set(names), known, looked.advisories),
        data=looked.data,
        origins=origins,
        unanswered={**kept, **looked.unanswered},
        uncovered=uncovered,
    )


def _sharing(names: set[str], known: Collection[str], advisories: Mapping[str, Advisory]) -> dict[str, Advisory]:
    return {
        key: each
        for key, each in advisories.items()
        if key not in known and not names.isdisjoint((each.id, *each.aliases))
    }


def _online(service: str, pins: Sequence[Pin], settings: Settings, outside: Outside) -> "Looked":
    outside.say(f"asking {SERVICES[service]} about {len(pins)} release{'s' * (len(pins) != 1)}")
    net = network(settings, outside)
    if service == "osv":
        from pip_assay.advisories import api

        return api.look_up(net, settings.osv_url, pins)
    from pip_assay.advisories import pypi

    return pypi.look_up(net, pins)


def _origins(settings: Settings, outside: Outside) -> Origins:
    from pip_assay import net

    return Origins(net.public_index, settings, outside.environ)
