"""VEX: what others, or we ourselves, have found out about flaws, read from their documents and laid over an audit.

OpenVEX, CycloneDX and CSAF differ in words alone: each becomes the same statements, and one function judges by them.
"""

from collections.abc import Container, Iterable, Sequence

from pip_assay import moments, purls, versions
from pip_assay.model import INDEX, OPEN, Dependency, Finding, Heard, Origin, Pin, Place, Problem, Verdict
from pip_assay.purls import Purl
from pip_assay.vex.statement import JUSTIFICATIONS, STATES, Product, Statement

__all__ = ["JUSTIFICATIONS", "STATES", "Product", "Statement", "judge", "read", "together", "unmatched"]


def read(document: object, file: str) -> tuple[list[Statement], list[Problem]]:
    """Return the statements of a document, and what could not be read of it. It never raises.

    document  the values of its JSON.
    file      what statements and problems name.
    """
    from pip_assay.vex import csaf, cyclonedx, openvex
    from pip_assay.vex.fields import Fields

    problems: dict[Problem, None] = {}
    for kind in (openvex, cyclonedx, csaf):
        if isinstance(document, dict) and kind.is_one(document):
            found = list(kind.statements(Fields(document, "the document", file, problems)))
            break
    else:
        what = "is no VEX document of a kind that is known here"
        return [], [Problem("unreadable", what, Place(file), "give OpenVEX, or CycloneDX or CSAF as JSON", file)]
    if not found and not problems:
        problems[Problem("empty", "holds no VEX statement", Place(file), "give one that does", file)] = None
    return found, list(problems)


def judge(
    verdicts: Sequence[Verdict],
    statements: Iterable[Statement],
    listed: Iterable[Dependency] = (),
    matched: set[Statement] | None = None,
) -> tuple[Verdict, ...]:
    """Return the verdicts with what the statements say of their findings; the order is kept, and none is left out.

    listed   everything that the target holds: a product that is not among it is taken to be the target itself.
    matched  takes the statements that speak of a finding, whether or not they count.

    The latest statement on a flaw in a product counts; only not_affected silences, and never malware. A verdict that is
    silenced already stays as it is, but for the time of the statement.
    """
    by_name: dict[str, list[Statement]] = {}
    for statement in statements:
        for name in statement.vulnerabilities:
            by_name.setdefault(name.casefold(), []).append(statement)
    if not by_name:
        return tuple(verdicts)
    held = _Held(listed)
    found = [_spoken(each.finding, by_name, held) for each in verdicts]
    if matched is not None:
        matched.update(*found)
    return tuple(_judged(each, _closest(said, each.finding)) for each, said in zip(verdicts, found, strict=True))


def unmatched(statements: Iterable[Statement], matched: Container[Statement]) -> tuple[tuple[int, str], ...]:
    """Return the number and the first id of each statement of a file that settles something, and did not match.

    Any other state is no decision: that nothing is found where a flaw is said to be fixed is as it should be.
    """
    numbered = enumerate(statements, 1)
    return tuple(
        (number, each.vulnerabilities[0])
        for number, each in numbered
        if each.status == "not_affected" and each not in matched
    )


def together(heard: Iterable[Heard]) -> tuple[Heard, ...]:
    """Return each file once: what is unmatched wherever it was read."""
    found: dict[str, Heard] = {}
    for each in heard:
        known = found.setdefault(each.file, each)
        left = {*each.unmatched}
        found[each.file] = Heard(each.file, tuple(one for one in known.unmatched if one in left))
    return tuple(found.values())


class _Held:
    """What a target holds: as package URLs, and each release, by what carries it, everywhere that it is."""

    def __init__(self, listed: Iterable[Dependency]) -> None:
        self._everywhere: dict[tuple[Pin, Pin | None], list[Dependency]] = {}
        for each in listed:
            self._everywhere.setdefault((each.pin, each.inside), []).append(each)
        self._purls = {_purl(pin, each.origin) for (pin, _), those in self._everywhere.items() for each in those}

    def fits(self, statement: Statement, dependency: Dependency) -> bool:
        """Return whether the statement speaks of the dependency, wherever the same one carries it, or none does."""
        everywhere = self._everywhere.get((dependency.pin, dependency.inside), [dependency])
        return all(any(self._fits(product, each) for product in statement.products) for each in everywhere)

    def _fits(self, product: Product, dependency: Dependency) -> bool:
        """Return whether a product is the dependency; or has it as a part, and is the target or what carries it."""
        own, whole = _purl(dependency.pin, dependency.origin), product.purl
        if whole and _covers(whole, own):
            return True
        if not any(_covers(part, own) for part in product.parts):
            return False
        if whole and dependency.inside and _covers(whole, _purl(dependency.inside)):
            return True
        return not whole or not any(_covers(whole, each) for each in self._purls)


def _spoken(finding: Finding, by_name: dict[str, list[Statement]], held: _Held) -> list[Statement]:
    """Return the statements that speak of a finding."""
    named = (each for name in (finding.id, *finding.aliases) for each in by_name.get(name.casefold(), ()))
    return [each for each in named if held.fits(each, finding.dependency)]


def _closest(said: Sequence[Statement], finding: Finding) -> Sequence[Statement]:
    """Return the statements that name what carries the release, where any does: they are about this one alone."""
    carrier = _purl(finding.dependency.inside) if finding.dependency.inside else None
    named = [
        each
        for each in said
        if any(product.purl and product.parts and _covers(product.purl, carrier) for product in each.products)
    ]
    return named or said


def _judged(verdict: Verdict, said: Sequence[Statement]) -> Verdict:
    if not said:
        return verdict
    finding, last = verdict.finding, max(said, key=_weight)
    verdict = verdict._replace(stated=last.timestamp)
    if verdict.status not in OPEN or last.status in {"affected", "under_investigation"}:
        return verdict
    rule = f"VEX {last.file}"
    if last.status == "fixed":
        version = finding.dependency.pin.version
        return verdict._replace(reason=f"{rule} says fixed; the advisories say that {version} is affected")
    if finding.malware:
        return verdict._replace(reason=f"{rule} says not_affected; no statement silences malware")
    return verdict._replace(
        status="not_affected",
        rule=rule,
        reason=last.impact or last.notes,
        owner=last.author,
        justification=last.justification,
    )


def _weight(statement: Statement) -> tuple[str, int, tuple[str, ...]]:
    """Return what makes a statement count: it is later; at the same moment, it is the more cautious one."""
    words = (statement.file, statement.justification, statement.impact, statement.notes, statement.author)
    return moments.order(statement.timestamp), STATES.index(statement.status), words


def _purl(pin: Pin, origin: Origin = INDEX) -> Purl | None:
    """Return the package URL of a release as a document would have it; None where no document can have it."""
    return purls.parse(purls.write(purls.of(pin, origin)))


def _covers(pattern: Purl, release: Purl | None) -> bool:
    """Return whether a package URL of a statement speaks of a release: what it leaves out may be anything."""
    return (
        release is not None
        and pattern[:3] == release[:3]
        and set(pattern.qualifiers) <= set(release.qualifiers)
        and not pattern.subpath
        and (not pattern.version or _same(pattern, release))
    )


def _same(pattern: Purl, release: Purl) -> bool:
    if pattern.version == release.version:
        return True
    ecosystem = purls.ECOSYSTEMS.get(pattern.type, pattern.type)
    key = versions.key(ecosystem, pattern.version)
    return key is not None and key == versions.key(ecosystem, release.version)
