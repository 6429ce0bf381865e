"""A report that was saved as JSON, read again: what json.py wrote, checked member by member, of any schema 1.x.

Later versions of the schema only add keys: unknown ones are passed over, and what an older document lacks is empty.
What speaks of a target that is not listed, or in words that no report has, is refused, so that nothing is lost.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pip_assay import moments
from pip_assay.model import (
    UNKNOWN,
    Audit,
    Change,
    Data,
    Dependency,
    Evidence,
    Finding,
    Fix,
    Gap,
    Inventory,
    LeftOut,
    Notice,
    NoticeKind,
    Origin,
    OriginKind,
    Pin,
    Place,
    Problem,
    Report,
    Rule,
    RuleState,
    Severity,
    Signals,
    Status,
    Upgrade,
    Verdict,
)
from pip_assay.records import Advisory, Affected, Certainty, Event, Range, Rating
from pip_assay.reports.members import Later, Malformed, Reader, count, every, flag, maybe, noun, text, up_to, word
from pip_assay.reports.summary import incomplete
from pip_assay.values import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")

Object = dict[str, Any]


def report(document: object) -> Report:
    """Return the report that JSON's own values describe.

    For what json.py makes of a report, in any style, that is the report again. Lists that have no order of their own
    come back sorted, the problems of an inventory as those of its audit, and of what a record affects the events of the
    finding's own project, which is what formats show.

    Raises:
        Malformed: it is another document, one of a newer schema, or not what the schema describes.
    """
    told: Object = _document(_ours(document))
    targets: tuple[_Target, ...] = told["targets"]
    problems: list[Problem] = []
    for key in ("findings", "settled", "upgrades", "notices", "problems"):
        for number, (of, made) in enumerate(told[key]):
            try:
                target = _holder(of, targets, is_needed=key != "problems")
                if target is None:
                    problems.append(made)
                else:
                    getattr(target, key).append(_verdict(made, target) if key in {"findings", "settled"} else made)
            except Malformed as error:
                raise error.within(f"{key}[{number}]") from None
    audits = tuple(map(_audit, _with_entries(targets, told["dependencies"])))
    found = Report(audits, tuple(problems), told["data"], told["left_out"], fixes=told["fixes"])
    if told["status"] == "incomplete" and not incomplete(found):
        raise Malformed("is incomplete, and no problem says why", "status")
    return found


def merged(reports: Sequence[Report]) -> Report:
    """Return one report of many: their targets in order, and each problem of no target once.

    Of data that differ, the oldest dates are told, and the names of all; which state they are in is not one any more.

    Raises:
        Malformed: some are as of a day, and others of another or of none.
    """
    if len({each.data.as_of for each in reports}) > 1:
        raise Malformed("are as of different days", hint="convert those of one day together")
    return Report(
        tuple(audit for each in reports for audit in each.audits),
        tuple(dict.fromkeys(problem for each in reports for problem in each.problems)),
        _one_data([*dict.fromkeys(each.data for each in reports)]),
        tuple(dict.fromkeys(left for each in reports for left in each.left_out)),
        fixes=tuple(fix for each in reports for fix in each.fixes),
    )


def _one_data(every: Sequence[Data]) -> Data:
    if len(every) == 1:
        return every[0]
    names, places = (", ".join(dict.fromkeys(column)) for column in zip(*(each[:2] for each in every), strict=True))
    dates = ("date", "fetched", "kev", "epss")
    oldest = {field: min((getattr(each, field) for each in every), key=_moment) for field in dates}
    return Data(names, places, as_of=every[0].as_of, **oldest)


def _moment(text: str) -> str:
    return moments.utc(text) or text


# --- what a document holds ---------------------------------------------------------------------


class _Target(NamedTuple):
    """What a document says of one target, as it comes together. `lists` is false of those before 1.2."""

    inventory: Inventory
    rules: tuple[Rule, ...]
    lists: bool
    findings: list[Verdict]
    upgrades: list[Upgrade]
    notices: list[Notice]
    problems: list[Problem]
    settled: list[Verdict]


class _Of(NamedTuple):
    """Which target something is of. Documents before 1.2 have no numbers; neither has what is of none."""

    number: int | None
    name: str


class _Entry(NamedTuple):
    """A release as pip-audit's part lists it, for all targets."""

    name: str
    ecosystem: str
    written_version: str
    skip_reason: str
    targets: tuple[str, ...]
    groups: tuple[str, ...]
    direct: bool | None
    origins: tuple[Origin, ...]
    places: tuple[Place, ...]


def _ours(document: object) -> Object:
    hint = "name one that pip-assay wrote with -f json or -f jsonl"
    if not isinstance(document, dict):
        raise Malformed("is no report of pip-assay", hint=hint)
    tool, version = document.get("tool"), document.get("schema_version")
    if not isinstance(tool, dict) or tool.get("name") != "pip-assay" or not {"targets", "findings"} <= document.keys():
        is_pip_audit = document.keys() == {"dependencies", "fixes"}
        raise Malformed(f"is {'a report of pip-audit, not' if is_pip_audit else 'no report'} of pip-assay", hint=hint)
    if not isinstance(version, str) or not re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}", version, re.ASCII):
        raise Malformed("is not a version such as 1.2", "schema_version")
    if not version.startswith("1."):
        raise Malformed(f"is {version}, and this pip-assay reads 1.x", "schema_version", "update pip-assay")
    return document


def _holder(of: _Of, targets: Sequence[_Target], *, is_needed: bool) -> _Target | None:
    """Return the target that something is of; None for what is of none."""
    if of.number is not None:
        if of.number >= len(targets):
            raise Malformed("is of no target", "target_number")
        return targets[of.number]
    if not (of.name or is_needed):
        return None
    found = next((each for each in targets if each.inventory.target == of.name), None)
    if found is None:
        raise Malformed("is of no target", "target")
    return found


def _verdict(told: Object, target: _Target) -> Verdict:
    dependency = _of_finding(told, target)
    pin = dependency.pin
    finding = Finding(
        dependency=dependency,
        advisories=tuple(_advisory(each, pin) for each in told["advisories"]),
        **{key: told[key] for key in Finding._fields if key in told and key not in {"dependency", "advisories"}},
    )
    return Verdict(finding, **{key: told[key] for key in Verdict._fields[1:]})


def _of_finding(told: Object, target: _Target) -> Dependency:
    """Return the dependency of a finding; of old documents as far as the finding tells."""
    position = told["dependency"]
    if isinstance(position, Dependency):
        return position
    if position is None:
        place = next(iter(told["places"]), Place(target.inventory.target))
        fields = {key: told[key] for key in ("groups", "direct", "marker", "origin", "inside")}
        return Dependency(told["package"], place, **fields)
    listed = target.inventory.dependencies
    if position >= len(listed) or listed[position].pin != told["package"]:
        raise Malformed("is not the release of its package", "dependency")
    return listed[position]


def _advisory(told: Object, pin: Pin) -> Advisory:
    events = told["events"]
    affected = Affected(pin.ecosystem, pin.name, ranges=(Range("ECOSYSTEM", events),))
    fields = {key: told[key] for key in Advisory._fields if key in told}
    return Advisory(word=told["severity"], affected=(affected,) if events else (), **fields)


def _audit(target: _Target) -> Audit:
    return Audit(
        target.inventory,
        tuple(target.findings),
        tuple(target.upgrades),
        tuple(target.problems),
        tuple(target.notices),
        target.rules,
        tuple(target.settled),
    )


def _with_entries(targets: Iterable[_Target], entries: object) -> Iterator[_Target]:
    """Yield the targets; those of documents before 1.2 with the releases that pip-audit's part lists."""
    read: tuple[_Entry, ...] | None = None
    for target in targets:
        if target.lists:
            yield target
            continue
        if read is None:
            read = _entries(entries)
        yield target._replace(inventory=target.inventory._replace(dependencies=tuple(_old(target, read))))


def _entries(value: object) -> tuple[_Entry, ...]:
    try:
        return every(_entry)(value)
    except Malformed as error:
        raise error.within("dependencies") from None


def _old(target: _Target, entries: Iterable[_Entry]) -> Iterator[Dependency]:
    """Yield what one target lists; where it has findings, as far as those tell."""
    name = target.inventory.target
    found: dict[Pin, dict[Dependency, None]] = {}
    for verdict in target.findings:
        found.setdefault(verdict.finding.dependency.pin, {})[verdict.finding.dependency] = None
    for each in entries:
        if name in each.targets:
            pin = Pin(each.ecosystem, each.name, each.written_version)
            place = next((place for place in each.places if place.file == name), (*each.places, Place(name))[0])
            origin = (*each.origins, Origin())[0]
            made = Dependency(pin, place, each.groups, direct=each.direct, origin=origin, skipped=each.skip_reason)
            yield from found.get(pin, (made,))


# --- how each of its values is read ------------------------------------------------------------


def _event(value: object) -> Event:
    if not isinstance(value, dict) or len(value) != 1:
        raise Malformed("is not an object with one member")
    ((bound, version),) = value.items()
    return Event(bound, text(version))


def _of_target(make: "Callable[..., T]", /, **members: Reader | Later) -> "Callable[[object], tuple[_Of, T]]":
    """Return a reader of something with the number, or in old documents the name, of its target."""

    def made(target: str, target_number: int | None, **told: object) -> "tuple[_Of, T]":
        return _Of(target_number, target), make(**told)

    return noun(made, target=text, target_number=Later(maybe(count), None), **members)


def _released(make: "Callable[..., T]") -> "Callable[..., T]":
    """Return what makes the same of members of which `package` is the pin."""

    def made(package: Pin, **told: object) -> "T":
        return make(pin=package, **told)

    return made


def _started(rules: tuple[Rule, ...], dependencies: tuple[Dependency, ...] | None, **told: str) -> _Target:
    inventory = Inventory(dependencies=dependencies or (), **told)  # type: ignore[arg-type]
    return _Target(inventory, rules, dependencies is not None, [], [], [], [], [])


def _reference(type: str, url: str) -> tuple[str, str]:  # noqa: A002 - JSON's key
    return type, url


def _where(value: object) -> Dependency | int:
    return _listed(value) if isinstance(value, dict) else count(value)


def _fixed(name: str, old_version: str = "", new_version: str = "", version: str = "", skip_reason: str = "") -> Fix:
    return Fix(name, old_version or version, new_version, skip_reason)


def _fix(value: object) -> Fix:
    return _unmoved(value) if isinstance(value, dict) and "skip_reason" in value else _moved(value)


def _as_it_is(value: object) -> object:
    return value


_no_text = Later(text, "")
_texts = every(text)
_direct = maybe(flag)
_pin = noun(Pin, ecosystem=text, name=text, version=text)
_inside = maybe(_pin)
_place = noun(Place, file=text, line=count, column=count)
_places = every(_place)
_origin = noun(Origin, kind=word(OriginKind), location=text)
_listed = noun(
    _released(Dependency), package=_pin, place=_place, groups=_texts, requires=_texts, direct=_direct, origin=_origin,
    inside=_inside, hashes=_texts, marker=text, skipped=text, spelling=text, known_by=Later(word(Evidence), ""),
)  # fmt: skip
_rule = noun(
    Rule, name=text, id=text, reason=text, until=text, owner=text, state=word(RuleState), why=text, strict=flag
)
_target = noun(
    _started, target=text, kind=text, detail=text, because=text, groups=Later(_texts, ()),
    rules=Later(every(_rule), ()), dependencies=Later(every(_listed), None),
)  # fmt: skip
_entry = noun(
    _Entry, name=text, ecosystem=text, written_version=text, skip_reason=_no_text, targets=_texts, groups=_texts,
    direct=_direct, origins=every(_origin), places=_places,
)  # fmt: skip
_rating = noun(Rating, kind=text, vector=text, score=maybe(up_to(10)))
_record: Callable[[object], Object] = noun(
    dict, id=text, aliases=_texts, upstream=Later(_texts, ()), summary=text, details=text, severity=text,
    informs=_no_text, ratings=every(_rating), events=every(_event),
    references=every(noun(_reference, type=text, url=text)), published=text, modified=text, withdrawn=text,
)  # fmt: skip
_signals = noun(
    Signals, exploited=maybe(flag), since=text, ransomware=flag, epss=maybe(up_to(1)), percentile=maybe(up_to(1))
)
_finding: Callable[[object], tuple[_Of, Object]] = _of_target(
    dict, id=text, aliases=_texts, package=_pin, status=word(Status), rule=text, reason=text, until=text,
    owner=_no_text, justification=_no_text, change=Later(word(Change), ""), stated=_no_text, malware=flag,
    severity=word(Severity), score=maybe(up_to(10)), signals=Later(_signals, UNKNOWN), fixed_in=_texts,
    certainty=word(Certainty), because=text, newest=_no_text, disagreement=_texts, groups=_texts, direct=_direct,
    marker=text, origin=_origin, inside=_inside, dependency=Later(_where, None), places=_places, paths=every(_texts),
    advisories=every(_record),
)  # fmt: skip
_upgrade = _of_target(Upgrade, name=text, old=text, new=text, settles=_texts, places=_places)
_notice = _of_target(_released(Notice), package=_pin, kind=word(NoticeKind), reason=text, fails=flag, places=_places)
_problem = _of_target(Problem, gap=word(Gap), subject=text, what=text, place=maybe(_place), hint=text)
_left_out = noun(LeftOut, path=text, why=text)
_moved = noun(_fixed, name=text, old_version=text, new_version=text)
_unmoved = noun(_fixed, name=text, version=text, skip_reason=text)
_data = noun(
    Data, source=text, where=text, date=text, fetched=text, records=count, digest=text, as_of=_no_text, kev=_no_text,
    epss=_no_text,
)  # fmt: skip
_document: Callable[[object], Object] = noun(
    dict, dependencies=Later(_as_it_is, []), status=text, data=_data, targets=every(_target), findings=every(_finding),
    upgrades=every(_upgrade), notices=Later(every(_notice), ()), problems=every(_problem),
    left_out=Later(every(_left_out), ()), fixes=Later(every(_fix), ()),
    settled=Later(every(_finding), ()),
)  # fmt: skip
