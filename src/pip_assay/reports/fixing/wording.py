"""The words that people read of a plan, in any format."""

from collections.abc import Iterator, Sequence

from pip_assay import policy
from pip_assay.credentials import all_without_credentials
from pip_assay.reports.fixing import Fixing
from pip_assay.reports.summary import SEVERITIES
from pip_assay.reports.text import count, neutral
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.fix.nouns import Blocked, Change, Outcome, Plan, Relaxation

HEADER = ("package", "old", "new", "level", "why")

NOTHING_WRITTEN = "nothing was written"

NOTHING_TO_SETTLE = "nothing to settle"


class Stuck(NamedTuple):
    """Releases that stay for the same reason, the worst first."""

    members: "tuple[Blocked, ...]"
    why: str
    helps: tuple[str, ...]


def level(change: "Change") -> str:
    """Return how large a step is; a large one is marked, because its release may behave differently."""
    if not (change.old and change.new):
        return "removed" if change.old else "new"
    return change.level.upper() if change.level == "major" else change.level


def names(listed: Sequence[str], most: int = 3) -> str:
    """Return the first of many names, and how many more there are."""
    some = listed if len(listed) <= most + 1 else listed[:most]
    rest = f" and {len(listed) - len(some)} more" if len(some) < len(listed) else ""
    return ", ".join(some) + rest


def why(change: "Change", settles: str) -> str:
    """Return why a release moves. `settles` are the ids of the findings that are gone with it, as they are shown."""
    parts = [f"settles {settles}"] if settles else []
    if not change.new and not settles:
        parts.append("nothing needs it any more")
    elif change.needed_by:
        parts.append(f"needed by {', '.join(change.needed_by)}")
    elif not settles:
        parts.append("fits with the others")
    parts += ["younger than the cooldown, taken because it settles a flaw"] if change.fresh else []
    parts += [f"where {change.marker}"] if change.marker else []
    return ", ".join(parts)


def stuck(plan: "Plan") -> list[Stuck]:
    """Return what stays, the worst first, those together that have one reason."""
    found: dict[tuple[object, ...], list[Blocked]] = {}
    for each in sorted(plan.blocked, key=lambda each: (_badness(each), each.name, each.version)):
        found.setdefault((each.why, each.would, each.parents), []).append(each)
    return [Stuck(tuple(its), its[0].why, tuple(_helps(its[0]))) for its in found.values()]


def worst(blocked: "Blocked") -> str:
    """Return the worst severity of the findings, "malware" before all."""
    if any(each.malware for each in blocked.findings):
        return "malware"
    return SEVERITIES[_badness(blocked)] if blocked.findings else "unknown"


def release(plan: "Plan", blocked: "Blocked") -> str:
    """Return what stays; where the plan moves it all the same, as far as it does: "alpha 1.2 -> 1.5"."""
    held = (blocked.name, blocked.version)
    new = next((each.new for each in plan.changes if (each.name, each.old) == held), "") if plan.proved else ""
    return f"{blocked.name} {blocked.version}" + (f" -> {new}" if new else "")


def _badness(blocked: "Blocked") -> int:
    if any(each.malware for each in blocked.findings):
        return -1
    return min((SEVERITIES.index(each.severity) for each in blocked.findings), default=len(SEVERITIES))


def _helps(blocked: "Blocked") -> Iterator[str]:
    """Yield what would settle them, one sentence each."""
    for number, each in enumerate(blocked.would):
        also = f", which also changes {', '.join(each.also)}" if each.also else ""
        yield f"{'and ' * bool(number)}{widened(each)} would let it in{also} (--relax)"
    if blocked.parents:
        yield f"an upgrade to {' or '.join(blocked.parents)} would drop it"


def widenings(plan: "Plan") -> list[str]:
    """Return what becomes of requirements, each once: a group may be a part of another."""
    return list(dict.fromkeys(map(widened, plan.relaxed)))


def widened(relaxation: "Relaxation") -> str:
    """Return what becomes of a requirement: "flask>=2.2.5 in place of flask<2 (requirements.in:1)"."""
    return f"{relaxation.new} in place of {relaxation.old} ({relaxation.place})"


def heading(fixing: Fixing, outcome: "Outcome", asked: int) -> str:
    """Return in one sentence what of a target is, would be or may be settled, by how many changes."""
    plan = outcome.plan
    target = plan.target.inventory.target
    if not asked and outcome.faults:
        return f"{target}: cannot follow what it builds on."
    if not asked and plan.changes:
        return f"{target}: {count(len(plan.changes), 'change')}, so that it fits what it builds on."
    if not asked:
        is_read = plan.target.inventory.dependencies or not plan.target.inventory.problems
        said = "not all of it was audited" if policy.incomplete(fixing.after()) else NOTHING_TO_SETTLE
        return f"{target}: {said if is_read else 'could not be read'}."
    if outcome.faults:
        return f"{target}: no fix of {count(asked, 'finding')}."
    if not plan.changes:
        return f"{target}: {_stay(asked)}."
    did = "settled" if outcome.written else "would settle" if plan.proved else "may settle"
    settled = len(fixing.settled(outcome) if plan.proved else plan.settled)
    return f"{target}: {count(len(plan.changes), 'change')} {did} {_share(settled, asked)}."


def concerns(outcome: "Outcome", asked: int) -> bool:
    """Return whether there is something to tell of a target: it has findings to settle, or follows one that has."""
    return bool(asked or outcome.plan.changes or outcome.faults)


def proof(outcome: "Outcome") -> list[str]:
    """Return how it was proved, and how often the resolver was asked for it."""
    lines = []
    if outcome.proof and not outcome.faults:
        lines.append(f"Proved by {listed(('a second audit', *outcome.proof.checks))}.")
    if outcome.plan.calls:
        lines.append(f"uv was asked {outcome.plan.calls} of at most {outcome.plan.most} times.")
    return lines


def listed(parts: Sequence[str]) -> str:
    """Return several things as a sentence lists them."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def faults(outcome: "Outcome") -> list[str]:
    """Return what is wrong, one sentence each, which ends with what that means."""
    is_told = outcome.tried
    return [each if is_told or "nothing was" in each else f"{each}; {NOTHING_WRITTEN}" for each in outcome.faults]


def closing(fixing: Fixing) -> str:
    """Return the sentence that sums up all targets."""
    asked, left = sum(map(len, fixing.asked)), len(fixing.left())
    is_incomplete = policy.incomplete(fixing.after())
    unseen = "; the audit is incomplete" if is_incomplete else ""
    if not asked:
        # Nothing was found where not everything was looked at: that is not the same as that nothing is there.
        return (
            f"Nothing known to settle{unseen}: see pip-assay's audit."
            if is_incomplete
            else f"{_capital(NOTHING_TO_SETTLE)}."
        )
    did, stay = ("settled", "stay" + "s" * (left == 1)) if fixing.writing else ("would be settled", "would stay")
    said = f"{_share(asked - left, asked)} {did}" + (f", {left} {stay}" if left else "")
    said = _stay(asked) if left == asked else said
    has_changes = any(each.plan.changes or each.faults for each in fixing.outcomes)
    was_written = any(each.written or each.tried for each in fixing.outcomes)
    end = f"; {NOTHING_WRITTEN}" if has_changes and not was_written else ""
    return f"{_capital(said)}{end}{unseen}."


def _share(some: int, every: int) -> str:
    """Return "9 of 13 findings", "all 13 findings", "both findings", "the finding"."""
    if some == every:
        return {1: "the finding", 2: "both findings"}.get(every, f"all {every} findings")
    return f"{some or 'none'} of {count(every, 'finding')}"


def _stay(every: int) -> str:
    return f"{_share(every, every)} stay{'s' * (every == 1)}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def written(fixing: Fixing) -> list[str]:
    """Return the files that were written; of an environment, which has none, its name."""
    found: dict[str, None] = {}
    for each in fixing.outcomes:
        if each.written:
            found |= dict.fromkeys([edit.path for edit in each.edits] or [each.plan.target.inventory.target])
    return list(found)


def harmless(text: str) -> str:
    """Return a text from outside on one line, without what a terminal obeys and without the credentials in it."""
    return neutral(all_without_credentials(text))
