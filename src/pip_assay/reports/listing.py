"""Findings as other tools list them: one by one, worst first, each with what to do about it; and what was left out.

What sarif, gitlab, junit and github share. Every text that leaves here is neutral (text.py).
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from pip_assay import policy
from pip_assay.findings import canonical, fingerprint
from pip_assay.model import OPEN, Audit, Dependency, Finding, Notice, Place, Problem, Report, Verdict
from pip_assay.reports import bundled
from pip_assay.reports.bundled import UNREACHED, Hosts, evidence
from pip_assay.reports.entries import (
    details,
    how_bad,
    identity,
    in_order,
    key_of,
    problems_of,
    subjects,
    summary,
    why_open,
)
from pip_assay.reports.fixes import branch, fixes, on_other_branches, upgrades
from pip_assay.reports.summary import problem_text
from pip_assay.reports.text import count, neutral, paragraphs, percent
from pip_assay.severity import RANK
from pip_assay.values import Any, NamedTuple

LONGEST = 255
"""Characters of the longest name that other tools are given."""

NAMED = 10
"""Packages that one line names."""

LINKS = 20
"""Addresses that are listed of one finding."""


class Item(NamedTuple):
    """One finding of one target.

    name         the id that other tools know it by; never empty.
    release      name and version, and what it is inside of.
    hosts        what carries it, the nearest first; the last is what to upgrade. Empty for what is there by itself.
    place        where it is written: forward slashes, never without a file.
    fingerprint  the same from run to run; a second release of the project in one file gets ":2". What others carry
                 keeps it when these are upgraded, though the files that tell of it are then named otherwise.
    advice       what to do, one sentence.
    """

    target: str
    verdict: Verdict
    name: str
    release: str
    place: Place
    fingerprint: str
    advice: str
    hosts: tuple[str, ...] = ()

    @property
    def finding(self) -> Finding:
        """The finding itself."""
        return self.verdict.finding

    @property
    def measure(self) -> str:
        """How bad it is, with the score: "high 8.6"."""
        word, score = how_bad(self.finding), self.finding.score
        return word if score is None else f"{word} {score:.1f}"

    @property
    def about(self) -> str:
        """The flaw on one line; never empty."""
        if text := neutral(summary(self.finding)[:4096]).strip():
            return text
        lines = (line.strip(" #") for line in paragraphs(details(self.finding)[:4096]))
        return next(filter(None, lines), "no description")


def items(report: Report) -> list[Item]:
    """Return every finding of every target, each once: those to be settled first, malware before all, worst first.

    What others carry comes after what is there by itself.
    """
    found: dict[tuple[object, ...], Item] = {}
    for audit in report.audits:
        settled = _settled(audit)
        carries = any(verdict.finding.dependency.inside for verdict in audit.verdicts)
        hosts = Hosts(audit.inventory.dependencies if carries else ())
        for item in sorted((_item(audit, each, settled, hosts) for each in audit.verdicts), key=_badness):
            key = (item.finding.id, item.fingerprint, item.release, item.place, item.verdict.status)
            found.setdefault(key, item)
    seen: Counter[str] = Counter()
    return [_counted(each, seen) for each in sorted(found.values(), key=_badness)]


def notes(item: Item) -> list[str]:
    """Return what else a person should know before deciding, one sentence each."""
    finding, signals = item.finding, item.finding.signals
    said = [why_open(item.verdict)] if item.verdict.status in OPEN and item.verdict.reason else []
    if item.hosts:
        known = evidence(finding.dependency)
        said.append(f"bundled{f' ({known})' if known else ''}: {UNREACHED}")
    said += [finding.newest] if finding.newest else []
    if signals.exploited:
        since = f" since {signals.since}" if signals.since else ""
        ransom = ", in ransomware campaigns too" if signals.ransomware else ""
        said.append(f"known to be exploited{since}{ransom}")
    if signals.epss is not None:
        said.append(f"probability of exploitation within 30 days: {percent(signals.epss)}")
    if finding.certainty != "affected":
        said.append(f"possibly affected: {finding.because}" if finding.because else "possibly affected")
    said += [f"sources disagree: {sentence}" for sentence in sorted(finding.disagreement)]
    said += [f"brought in by {' > '.join(path)}" for path in finding.paths[:1] if len(path) > 1]
    if others := sorted({*finding.places} - {finding.dependency.place}):
        said.append(f"also written at {', '.join(map(str, others[:LINKS]))}")
    return [neutral(each) for each in said]


def names(item: Item) -> list[str]:
    """Return every id of the finding, the one that other tools know it by first."""
    every = (neutral(each).strip() for each in (item.finding.id, *sorted(item.finding.aliases)))
    return list(dict.fromkeys((item.name, *filter(None, every))))


def links(item: Item) -> list[str]:
    """Return the addresses that its records name, without one that a browser would not open or could be misled by."""
    listed = (address for record in item.finding.advisories for _, address in record.references)
    whole = (each for each in listed if re.fullmatch(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]{1,2000}", each, re.ASCII))
    return list(dict.fromkeys(whole))[:LINKS]


def story(finding: Finding, limit: int) -> str:
    """Return what its records say at length, in at most so many characters; empty where they say nothing."""
    return cut("\n".join(paragraphs(details(finding)[: 2 * limit])).strip(), limit)


def cut(text: str, limit: int) -> str:
    """Return the text in at most so many characters, with three dots where it was cut."""
    return text if len(text) <= limit else f"{text[: limit - 3].rstrip()}..."


def unlinked(text: str) -> str:
    """Return Markdown that can neither make a link or an image nor be HTML; what else it marks up harms nobody."""
    return re.sub(r"(\\*)([|<\[\]])", r"\1\1\\\2", text)


def path_of(place: Place, target: str) -> Place:
    """Return the place with a file that every system reads: forward slashes, no "./"; the target where it has none."""
    file = neutral(place.file.replace(os.sep, "/")).removeprefix("./")
    return place._replace(file=file or neutral(target) or "unknown")


def problems(report: Report) -> list[tuple[str, Problem]]:
    """Return every problem with its target, those of none first."""
    found = [("", problem) for problem in in_order(report.problems)]
    return found + [(each.inventory.target, problem) for each in report.audits for problem in problems_of(each)]


def told(target: str, problem: Problem) -> str:
    """Return a problem on one line; never empty, and with the target where it has no place of its own."""
    text = problem_text(problem) or problem.gap
    return text if problem.place or not target else f"{neutral(target)}: {text}"


def quiet(audit: Audit) -> Iterator[Dependency]:
    """Yield the dependencies that were left out without a problem that says so."""
    told = {dependency for _, about in subjects(audit) for dependency in about}
    return (each for each in audit.inventory.dependencies if each.skipped and each not in told)


def remarks(report: Report) -> list[str]:
    """Return what was left out without being a problem, and of how much the index tells nothing, one line each."""
    left: dict[tuple[str, str], set[str]] = {}
    for audit in report.audits:
        for each in quiet(audit):
            noun = "bundled component" if each.inside else "package"
            left.setdefault((each.skipped, noun), set()).add(bundled.release(*key_of(each)))
    lines = [
        f"{count(len(held), noun)} not audited ({_some(held)}): {why}" for (why, noun), held in sorted(left.items())
    ]
    folders = Counter(each.why for each in report.left_out)
    lines += [f"not looked into: {number} x {why}" for why, number in sorted(folders.items())]
    silent = sum(notice.kind == "unknown" for audit in report.audits for notice in audit.notices)
    lines += [f"the index publishes no status of {count(silent, 'package')}"] * bool(silent)
    return [neutral(line) for line in lines]


def _some(held: Iterable[str]) -> str:
    every = sorted(held)
    return ", ".join(every[:NAMED]) + (f" and {len(every) - NAMED} more" if len(every) > NAMED else "")


def idle(report: Report) -> list[tuple[str, bool]]:
    """Return the ignores that silence nothing, one line each, and whether that fails."""
    found = policy.idle(rule for audit in report.audits for rule in audit.rules)
    return sorted(
        (neutral(f"{each.name}: {each.id} {each.why or 'matches no finding'}"), each.strict) for each in found
    )


def notices(audit: Audit) -> list[Notice]:
    """Return what the index says of a release; that it says nothing is counted in the remarks."""
    found = {notice for notice in audit.notices if notice.kind != "unknown"}
    return sorted(found, key=lambda notice: (not notice.fails, notice.kind != "quarantined", notice))


def notice_text(notice: Notice) -> str:
    """Return a notice on one line: "alpha 1.2: yanked: broken wheels"."""
    said = "not listed by the index" if notice.kind == "unlisted" else notice.kind
    return neutral(": ".join(filter(None, (str(notice.pin), said, notice.reason))))


def one_line(document: Mapping[str, object], key: str, values: Iterable[Mapping[str, object]]) -> str:
    """Return JSON on one line of ASCII that no build server obeys: the document, and last in it, its many values.

    They are written one by one, as they come: 50,000 of them at once would take half a gigabyte.
    """
    return "".join((_json(document)[:-1], f', "{key}": [', ", ".join(map(_json, values)), "]}"))


def _json(value: Mapping[str, object]) -> str:
    text = json.dumps(value)
    # "##[" and "##vso[" are obeyed anywhere in a line (text.harmless_lines); this spells the same string.
    return re.sub(r"##(?=\w*\[)", r"#\\u0023", text) if "##" in text else text


Settled = dict[tuple[str, str, str], str]
"""The release that settles a finding, by name, version and id."""


def _settled(audit: Audit) -> Settled:
    return {(each.name, each.old, name): each.new for each in sorted(upgrades(audit)) for name in each.settles}


def _item(audit: Audit, verdict: Verdict, settled: Settled, carriers: Hosts) -> Item:
    finding, target = verdict.finding, audit.inventory.target
    dependency = finding.dependency
    pin, hosts = dependency.pin, carriers.of(dependency)
    top = hosts[-1] if hosts else pin
    new = settled.get((top.name, top.version, finding.id), "")
    return Item(
        neutral(target),
        verdict,
        cut(neutral(canonical(finding)).strip(), LONGEST) or "unnamed",
        neutral(" ".join(filter(None, (str(identity(dependency)), bundled.inside(hosts))))),
        path_of(dependency.place, target),
        fingerprint(finding, target if hosts else dependency.place.file),
        neutral(bundled.advice(finding, top, new) if hosts else _advice(finding, new)),
        tuple(neutral(str(host)).strip() or "unnamed" for host in hosts),
    )


def _advice(finding: Finding, new: str) -> str:
    pin = finding.dependency.pin
    if finding.malware:
        # A release is named only where no record calls it malicious, which that of this finding alone does not tell.
        step = f"Replace {pin} with {new}" if new else f"Remove {pin}"
        return f"{step}, and rotate secrets: the release itself is malicious."
    if other := on_other_branches(finding):
        return f"No release of {pin.name} {branch(pin)} fixes it yet; {other[0]} does."
    fixed = new or next(iter(fixes(finding)), "")
    return f"Upgrade {pin.name} to {fixed}." if fixed else "No fix known."


def _badness(item: Item) -> tuple[Any, ...]:
    finding = item.finding
    score = -1.0 if finding.score is None else finding.score
    order = (item.verdict.status not in OPEN, not finding.malware, bool(item.hosts), -RANK[finding.severity], -score)
    return (*order, finding.dependency.pin, item.hosts, finding.id, item.place, item.target, item.verdict.status)


def _counted(item: Item, seen: Counter[str]) -> Item:
    seen[item.fingerprint] += 1
    number = seen[item.fingerprint]
    return item if number == 1 else item._replace(fingerprint=f"{item.fingerprint}:{number}")
