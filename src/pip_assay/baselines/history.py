"""The targets as they were at a git commit, audited with the data of now: what is found in them was there before."""

import os
from collections.abc import Iterable, Iterator

from pip_assay import flow, moments, scope, targets
from pip_assay.baselines import Known
from pip_assay.baselines.past import Past
from pip_assay.configuration.policies import with_own
from pip_assay.errors import UsageError
from pip_assay.model import Change, Finding, Inventory, Pin
from pip_assay.policy import baseline
from pip_assay.policy.baseline import Before
from pip_assay.settings import Outside, Settings
from pip_assay.targets import kinds, tree

BATCH = 64
"""Folders of a tree that are looked up at once."""

_KEEP = "keep a report of it, and give that: --baseline FILE"
_NO_TEXT = ("archive", "tar", "standard input")
_NO_PROJECT = ("pyvenv.cfg", "conda-meta", "oci-layout", "PEX-INFO")


def since(settings: Settings, outside: Outside, failing: tuple[Change, ...]) -> Known:
    """Return what an audit of the same targets finds as they were at the commit that the settings name.

    Raises:
        UsageError: the targets are none that a repository holds, or no commit is named.
        Unreadable: the repository cannot be read.
    """
    _check(settings)
    # What the index says of releases is no finding, and is asked once.
    quiet = settings._replace(status=False, fail_on_yanked=False, fail_on_archived=False)
    reading = outside._replace(say=lambda text: outside.say(f"{text}, as of {settings.since}"))
    found: list[tuple[Iterable[str], Pin, Before]] = []
    whole = True
    with Past(settings, outside) as past:
        for inventories, time in _read(quiet, reading, past):
            report = flow.judge(inventories, quiet, outside)
            whole = whole and not (report.problems or any(audit.problems for audit in report.audits))
            for audit in report.audits:
                for finding in (verdict.finding for verdict in audit.verdicts):
                    inside = finding.dependency.inside
                    ids = frozenset((finding.id, *finding.aliases))
                    before = Before(ids, is_new(finding, time), inside.name if inside else "")
                    found.append((_places(finding, audit.inventory), finding.dependency.pin, before))
        notes = past.notes
    if not whole:
        notes.append(f"the audit of {settings.since} is incomplete; what it did not see counts as introduced")
    return Known(baseline.made(f"--since {settings.since}", outside.folder, found, (), failing), tuple(notes))


def is_new(finding: Finding, time: str) -> bool:
    """Return whether none of the records was out at that time; one that does not say when it came out was not."""
    published = (moments.order(each.published) for each in finding.advisories)
    return not any(each and each <= moments.order(time) for each in published)


def _places(finding: Finding, inventory: Inventory) -> Iterator[str]:
    yield inventory.target
    yield finding.dependency.place.file
    yield from (place.file for place in finding.places)


def _check(settings: Settings) -> None:
    """Refuse targets that no repository holds as text.

    Raises:
        UsageError: there is one, or no target is named.
    """
    named = (*settings.targets, *settings.requirements)
    if settings.paths or settings.python or settings.roots or settings.tools or not named:
        hint = "name some: pip-assay --since REF FOLDER; of anything else, keep a report: --baseline FILE"
        raise UsageError("--since goes with files and folders of a git repository", hint=hint)
    for each in named:
        if "://" in each or kinds.of_name(os.path.basename(each)) in _NO_TEXT or not _may_be_text(each):
            raise UsageError("is nothing that --since can read from git", each, _KEEP)


def _may_be_text(path: str) -> bool:
    if os.path.isdir(path):
        return not any(os.path.exists(os.path.join(path, name)) for name in _NO_PROJECT)
    return os.path.isfile(path) or not os.path.exists(path)


def _read(settings: Settings, outside: Outside, past: Past) -> Iterator[tuple[list[Inventory], str]]:
    """Yield what was in the targets, named as they are now, and the time of the commit."""
    outside = _with_own(settings, outside, past)
    base = settings._replace(
        targets=(),
        requirements=(),
        constraints=tuple(path for each in settings.constraints if (path := past.limit(each))),
        overrides=tuple(path for each in settings.overrides if (path := past.limit(each))),
    )
    if files := [path for each in settings.requirements if (path := past.path(each))]:
        found = targets.read(base._replace(requirements=tuple(files)), outside)
        first, together = settings.requirements[0], ", ".join(dict.fromkeys(settings.requirements))
        yield [past.as_now(each)._replace(target=together) for each in found], past.time(first)
    for target in settings.targets:
        path = past.path(target)
        if not path:
            continue
        parts = (
            _tree(path, base, outside)
            if settings.recursive and os.path.isdir(path)
            else [targets.read(base._replace(targets=(path,)), outside)]
        )
        for part in parts:
            yield [past.as_now(each) for each in part], past.time(target)


def _with_own(settings: Settings, outside: Outside, past: Past) -> Outside:
    """Return what may be known of the world, with what are projects of one's own by the settings of now."""
    now = with_own(settings, outside)
    return now._replace(own=lambda path: now.own(past.as_now(Inventory(path, "")).target))


def _tree(top: str, settings: Settings, outside: Outside) -> Iterator[list[Inventory]]:
    part: list[Inventory] = []
    narrow = scope.Scope(settings)
    for each in tree.search(top):
        if isinstance(each, tree.Folder):
            found, _ = targets.in_tree(each, settings, outside)
            part += map(narrow.narrowed, found) if settings.narrows() else found
        if len(part) >= BATCH:
            yield part
            part = []
    if part:
        yield part
