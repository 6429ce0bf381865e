"""A report as a bill of materials: each release that the targets hold, once, what needs what, and what is wrong.

CycloneDX and SPDX say the same of it in other words; OpenVEX says what is wrong alone.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import moments, purls
from pip_assay.model import ACCEPTED, Audit, Dependency, Pin, Report, Verdict
from pip_assay.reports.bundled import DEEPEST
from pip_assay.reports.entries import Key, in_names_order, key_of, not_audited
from pip_assay.reports.listing import Item, items, notice_text, notices, problems, remarks, told
from pip_assay.reports.text import neutral
from pip_assay.values import NamedTuple

BEGINNING = "1970-01-01T00:00:00Z"
"""The time of a document that must have one, where the advisory data have none: a report has no clock."""

HASHES = {
    "blake2b": ("BLAKE2b-512", 128),
    "blake3": ("BLAKE3", 64),
    "md5": ("MD5", 32),
    "sha1": ("SHA-1", 40),
    "sha256": ("SHA-256", 64),
    "sha384": ("SHA-384", 96),
    "sha512": ("SHA-512", 128),
    "sha3_256": ("SHA3-256", 64),
    "sha3_384": ("SHA3-384", 96),
    "sha3_512": ("SHA3-512", 128),
}
"""The name in a bill of each algorithm that locks use, and the hexadecimal digits of its hashes."""


class Part(NamedTuple):
    """A release that the targets hold.

    ref      names it in the document; ASCII without white space.
    purl     empty where nobody can tell which project it is.
    carrier  the number of the part whose files carry it; None where the bill does not hold that.
    inside   the release whose files carry it, if one does.
    skip     why it was not audited; empty where it was.
    """

    pin: Pin
    ref: str
    purl: str
    carrier: int | None
    inside: Pin | None
    dependencies: tuple[Dependency, ...]
    skip: str


class Flaw(NamedTuple):
    """A finding, with the numbers of the parts that have it.

    Where targets disagree whether it is to be settled, it is.
    """

    item: Item
    parts: tuple[int, ...]


class Target(NamedTuple):
    """A target; what it asks for itself, by number. What it holds beside that is needed by something."""

    name: str
    kinds: tuple[str, ...]
    asked: tuple[int, ...]


class Bill(NamedTuple):
    """What a report lists.

    needs  by the number of a part the numbers of those that it depends on; what has no entry is not known to need none.
    """

    parts: tuple[Part, ...]
    needs: Mapping[int, tuple[int, ...]]
    targets: tuple[Target, ...]
    flaws: tuple[Flaw, ...]


def bill(report: Report) -> Bill:
    """Return everything that a report lists, sorted by name and version; flaws as `items` sorts them."""
    found = _found(report.audits)
    keys = sorted(found, key=in_names_order)
    numbers = {key: number for number, key in enumerate(keys)}
    parts = _parts(keys, found, numbers, _unseen(report.audits))
    needs: dict[int, set[int]] = {}
    targets: dict[str, tuple[set[str], set[int]]] = {}
    for audit in report.audits:
        kinds, asked = targets.setdefault(audit.inventory.target, (set(), set()))
        kinds.add(audit.inventory.kind)
        held = [(each, numbers[key_of(each)]) for each in audit.inventory.dependencies]
        asked.update(number for each, number in held if each.direct is not False and not each.inside)
        if any(each.requires for each, _ in held):
            for number, needed in _edges(held):
                needs.setdefault(number, set()).update(needed)
    return Bill(
        tuple(parts),
        {number: tuple(sorted(needed)) for number, needed in sorted(needs.items())},
        tuple(Target(name, tuple(sorted(kinds)), tuple(sorted(asked))) for name, (kinds, asked) in targets.items()),
        tuple(_flaws(report, keys)),
    )


def _found(audits: Iterable[Audit]) -> dict[Key, dict[Dependency, None]]:
    found: dict[Key, dict[Dependency, None]] = {}
    for audit in audits:
        for each in audit.inventory.dependencies:
            found.setdefault(key_of(each), {})[each] = None
    for audit in audits:
        for verdict in audit.verdicts:
            each = verdict.finding.dependency
            found.setdefault(key_of(each), {each: None})
    return found


def _unseen(audits: Iterable[Audit]) -> dict[Key, set[str]]:
    unseen: dict[Key, set[str]] = {}
    for audit in audits:
        for dependency, why in not_audited(audit).items():
            unseen.setdefault(key_of(dependency), set()).update(why)
    return unseen


def _parts(
    keys: Sequence[Key],
    found: Mapping[Key, Iterable[Dependency]],
    numbers: Mapping[Key, int],
    unseen: Mapping[Key, Iterable[str]],
) -> list[Part]:
    parts: list[Part] = []
    taken: dict[str, int] = {}
    carriers = _carriers(numbers)
    for pin, inside in keys:
        dependencies = tuple(sorted(found[pin, inside], key=lambda each: (each.place, repr(each))))
        ref = free(_ref(pin, inside), taken)
        carrier = carriers.get((pin, inside))
        skip = "; ".join(sorted(unseen.get((pin, inside), ())))
        parts.append(Part(pin, ref, _purl(pin, dependencies[0]), carrier, inside, dependencies, skip))
    return parts


def _carriers(numbers: Mapping[Key, int]) -> dict[Key, int]:
    """Return the number of what carries each release: of what is there by itself, else of what is carried in its turn.

    Where that would go in a circle, or deeper than DEEPEST, nothing carries it in the document.
    """
    by_pin: dict[Pin, Key] = {}
    for key in numbers:
        if key[1] is None or key[0] not in by_pin:
            by_pin[key[0]] = key
    carriers: dict[Key, int] = {}
    for key in numbers:
        above: list[Key] = []
        host = by_pin.get(key[1]) if key[1] else None
        while host and len(above) < DEEPEST:
            above.append(host)
            host = by_pin.get(host[1]) if host[1] else None
        if above and not host:
            carriers[key] = numbers[above[0]]
    return carriers


def _purl(pin: Pin, dependency: Dependency) -> str:
    """Return the package URL of a release; a "generic" one that its own document did not name so has none."""
    if not pin.name or (pin.ecosystem == "generic" and dependency.skipped not in {"", *ACCEPTED}):
        return ""
    return purls.write(purls.of(pin, dependency.origin))


def _ref(pin: Pin, inside: Pin | None) -> str:
    ref = purls.write(purls.of(pin))
    return f"{ref}|{purls.write(purls.of(inside))}" if inside else ref


def free(name: str, taken: dict[str, int], mark: str = "|") -> str:
    """Return the name, or one that begins so and is not taken: strangers' names may differ in what is not kept."""
    number = taken.get(name, 0) + 1
    while (made := name if number == 1 else f"{name}{mark}{number}") in taken:
        number += 1
    taken[name] = number
    taken.setdefault(made, 1)
    return made


def _edges(held: Sequence[tuple[Dependency, int]]) -> Iterator[tuple[int, list[int]]]:
    """Yield the number of each part of one target with those of the parts that it requires by name."""
    named: dict[str, dict[int, Dependency]] = {}
    for each, number in held:
        for text in (each.pin.name, f"{each.pin.name}=={each.pin.version}"):
            named.setdefault(text, {})[number] = each
    for each, number in held:
        needed: list[int] = []
        for required in each.requires:
            found = {other: its for other, its in named.get(required, {}).items() if other != number}
            needed += [other for other, its in found.items() if its.inside == each.inside] or list(found)
        yield number, needed


def _flaws(report: Report, keys: Iterable[Key]) -> Iterator[Flaw]:
    """Yield each flaw of a release once; a copy that has no finding of its own has that of the release."""
    by_pin: dict[Pin, list[tuple[Key, int]]] = {}
    for number, key in enumerate(keys):
        by_pin.setdefault(key[0], []).append((key, number))
    found = items(report)
    told = {(key_of(item.finding.dependency), item.finding.id) for item in found}
    seen: set[tuple[Key, str]] = set()
    for item in found:
        own, name = key_of(item.finding.dependency), item.finding.id
        if (own, name) not in seen:
            same = [(key, number) for key, number in by_pin[own[0]] if key == own or (key, name) not in told]
            seen.update((key, name) for key, _ in same)
            told.update((key, name) for key, _ in same)
            yield Flaw(item, tuple(number for _, number in same))


def hashes(part: Part) -> list[tuple[str, str]]:
    """Return the hashes of a release, each with the name of its algorithm; what is no hash is left out."""
    found: dict[tuple[str, str], None] = {}
    for text in (text for each in part.dependencies for text in each.hashes):
        algorithm, _, digits = text.partition(":")
        name, length = HASHES.get(algorithm.lower(), ("", 0))
        if name and re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", digits):
            found[name, digits.lower()] = None
    return list(found)


def time(report: Report) -> str:
    """Return when the advisory data were as they are; empty where they do not say."""
    return moments.utc(report.data.date) or moments.utc(report.data.fetched)


def spoken(report: Report, now: str) -> str:
    """Return when a VEX document says what is new in it: as `time`, or at `now` if that is later; empty as there.

    It is later than every statement that was read, or it would lose against one of those that it decides anew.
    """
    own = max(moments.order(each)[:19] for each in (time(report), now))
    newest = max((moments.order(each.stated) for audit in report.audits for each in audit.verdicts), default="")
    return f"{own}Z" if own > newest else _after(newest)


def stated(verdict: Verdict) -> str:
    """Return the time of the VEX statement that settles a finding; empty where none does, or it has none."""
    moment = moments.order(verdict.stated) if verdict.status == "not_affected" else ""
    return f"{moment}Z" if moment else ""


def _after(moment: str) -> str:
    """Return the next full second; empty for no time."""
    from datetime import datetime, timedelta

    try:
        return f"{(datetime.fromisoformat(moment[:19]) + timedelta(seconds=1)).isoformat()}Z" if moment else ""
    except OverflowError:
        return f"{moment}Z"


def source(report: Report) -> str:
    """Return which advisory data answered; where on this machine they are is nobody's business, and says nothing."""
    data = report.data
    return neutral(f"{data.source} {data.where if '://' in data.where else ''}").strip()


def unsaid(report: Report) -> list[str]:
    """Return every problem of the report, one line each."""
    return [told(target, problem) for target, problem in problems(report)]


def said(report: Report) -> list[str]:
    """Return what else is to be known of the report: what the index says, and how much was left out."""
    return [notice_text(each) for audit in report.audits for each in notices(audit)] + remarks(report)


def story(text: str) -> str:
    """Return a long text with its lines and their indents, each line neutral."""
    return "\n".join(neutral(line).rstrip() for line in text.strip().splitlines())


def as_json(document: Mapping[str, object], indent: int | None = None) -> str:
    """Return JSON in ASCII that no build server obeys, on one line unless it is to be indented; no newline ends it."""
    text = json.dumps(document, indent=indent)
    # "##[" and "##vso[" are obeyed anywhere in a line (text.harmless_lines); this spells the same string.
    return re.sub(r"##(?=\w*\[)", r"#\\u0023", text) if "##" in text else text


def uuid(texts: Iterable[str]) -> str:
    """Return the UUID of ASCII texts: version 5 in the namespace of URLs (RFC 9562, 5.5). Python's own costs 12 ms."""
    whole = hashlib.sha1(bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8"), usedforsecurity=False)
    for text in texts:
        whole.update(text.encode("ascii"))
    digest = bytearray(whole.digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    hexadecimal = digest.hex()
    return "-".join(hexadecimal[start:end] for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
