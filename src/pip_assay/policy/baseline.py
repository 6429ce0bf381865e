"""Against a baseline: what this change introduces, what is newly published, what was known before."""

from collections.abc import Iterable, Mapping
from posixpath import normpath

from pip_assay.model import Change, Finding, Pin, Verdict
from pip_assay.values import NamedTuple

Project = tuple[str, str, str]
"""Ecosystem and normalised name, and the name of what carries it; empty for what is there by itself."""

Spot = tuple[str, Project]
"""A target or a file in it, as `spelled`, and a project there."""


class Before(NamedTuple):
    """A finding of the baseline: all its ids; `new` where none of its records was out at the baseline's own time.

    carrier  the name of what carries the release; empty where it was there by itself.
    """

    ids: frozenset[str]
    new: bool = False
    carrier: str = ""


class Baseline(NamedTuple):
    """What was there before.

    rule      how people call it: "--baseline base.json".
    folder    where paths begin that are not absolute.
    findings  each under its target and under every file that writes its release.
    releases  what was audited in each target, each with the name of its carrier.
    failing   what of the changes fails.
    """

    rule: str
    folder: str
    findings: Mapping[Spot, tuple[Before, ...]]
    releases: Mapping[str, frozenset[tuple[Pin, str]]]
    failing: tuple[Change, ...] = ("introduced",)


def made(
    rule: str,
    folder: str,
    findings: Iterable[tuple[Iterable[str], Pin, Before]],
    releases: Iterable[tuple[str, Pin, str]] = (),
    failing: tuple[Change, ...] = ("introduced",),
) -> Baseline:
    """Return the baseline of findings, each with its target and files and its release, and of releases.

    Of these each has its target, and the name of its carrier, empty for none.
    """
    known: dict[Spot, list[Before]] = {}
    for places, pin, before in findings:
        for place in _spelled(places, folder):
            known.setdefault((place, (pin.ecosystem, pin.name, before.carrier)), []).append(before)
    there: dict[str, set[tuple[Pin, str]]] = {}
    for target, pin, carrier in releases:
        there.setdefault(spelled(target, folder), set()).add((pin, carrier))
    return Baseline(
        rule,
        folder,
        {spot: tuple(listed) for spot, listed in known.items()},
        {target: frozenset(pins) for target, pins in there.items()},
        failing,
    )


def spelled(path: str, folder: str) -> str:
    """Return a path as both sides write it: in "/shop", "./a/../uv.lock" is "/shop/uv.lock"."""
    flat = path.replace("\\", "/")
    if not (flat.startswith("/") or flat[1:2] == ":"):
        flat = f"{folder.replace(chr(92), '/')}/{flat}"
    return normpath(flat)


def _spelled(paths: Iterable[str], folder: str) -> set[str]:
    return {spelled(path, folder) for path in paths}


def near(baseline: Baseline, folders: Iterable[str]) -> Baseline:
    """Return what the baseline says of targets and files in these folders and below them."""
    starts = tuple(f"{top.rstrip('/')}/" for top in _spelled(folders, baseline.folder))
    return baseline._replace(
        findings={spot: each for spot, each in baseline.findings.items() if f"{spot[0]}/".startswith(starts)},
        releases={target: pins for target, pins in baseline.releases.items() if f"{target}/".startswith(starts)},
    )


def is_of_others(baseline: Baseline, targets: Iterable[str]) -> bool:
    """Return whether the baseline lists releases, and none of any of these targets: then everything is introduced."""
    return bool(baseline.releases) and baseline.releases.keys().isdisjoint(_spelled(targets, baseline.folder))


def changed(verdicts: Iterable[Verdict], baseline: Baseline, target: str) -> tuple[Verdict, ...]:
    """Return the verdicts of a target with what has changed; what fails and was there before is known, and passes.

    Malware fails whatever is known of it.
    """
    return tuple(_changed(each, baseline, target) for each in verdicts)


def _changed(verdict: Verdict, baseline: Baseline, target: str) -> Verdict:
    change = _change(verdict.finding, baseline, target)
    if verdict.status != "fails" or verdict.finding.malware or change in baseline.failing:
        return verdict._replace(change=change)
    return verdict._replace(change=change, status="known", rule=f"{baseline.rule}: {change}", reason="")


def _change(finding: Finding, baseline: Baseline, target: str) -> Change:
    """Return what has changed. No line, and no version, of it or of what carries it, makes a finding another one.

    A flaw that the baseline does not have, in a release that it has, was published since: the package is unchanged.
    """
    pin, inside, ids = finding.dependency.pin, finding.dependency.inside, {finding.id, *finding.aliases}
    carrier = inside.name if inside else ""
    files = (finding.dependency.place.file, *(place.file for place in finding.places))
    before = [
        each
        for place in _spelled((target, *files), baseline.folder)
        for each in baseline.findings.get((place, (pin.ecosystem, pin.name, carrier)), ())
        if not ids.isdisjoint(each.ids)
    ]
    if before:
        return "newly published" if all(each.new for each in before) else "known"
    there = baseline.releases.get(spelled(target, baseline.folder), ())
    return "newly published" if (pin, carrier) in there else "introduced"
