"""The findings: a card for each package, with what settles it, how it gets there and where it is written."""

from collections.abc import Sequence

from pip_assay.model import PYPI, Upgrade
from pip_assay.reports import Style, bundled
from pip_assay.reports.bundled import TITLE, evidence, inside
from pip_assay.reports.fixes import branch, on_other_branches
from pip_assay.reports.grouped import ORIGINS
from pip_assay.reports.page.content import Flaw, Package, Where, shown
from pip_assay.reports.page.filters import Choices, choices, filters
from pip_assay.reports.page.flaws import flaw_row, text_room
from pip_assay.reports.page.markup import (
    LISTED,
    NOTHING,
    Markup,
    badge,
    between,
    bulleted,
    commas,
    element,
    folded,
    join,
    link,
    many,
    more_than,
    section,
)
from pip_assay.reports.text import project_address

SECRETS = "rotate the secrets of every machine that had it"

FOLD = 3
"""More targets, paths or notes than this wait until somebody asks for them."""


def findings(found: Sequence[Package], style: Style, *, audited: bool) -> tuple[Markup, Markup]:
    """Return the section of what is to be settled, worst first, with the filters above it; and of what others carry.

    The filters are for both.
    """
    if not found:
        nothing = "There are none in what was audited." if audited else "Nothing was audited."
        return section("findings", "Findings", element("p", nothing)), NOTHING
    listed = shown(found)
    given, total = choices(listed), sum(len(flaws) for _, flaws in listed)
    room = text_room(total, style)
    cards = [
        (package.is_apart, _card(place, package, flaws, given, room, style))
        for place, (package, flaws) in enumerate(listed, 1)
    ]
    own, carried = ([card for apart, card in cards if apart is wanted] for wanted in (False, True))
    beyond = more_than(sum(len(package.flaws) for package in found) - total, "finding")
    none = NOTHING if own else element("p", "There are none but in what others carry.")
    return (
        section("findings", "Findings", filters(given, total), beyond, none, *own, NOTHING if carried else beyond),
        section("bundled", TITLE, *carried, beyond) if carried else NOTHING,
    )


def mark(package: Package) -> list[Markup]:
    """Return how bad it is, in the one or two words that come before its name."""
    exploited = [badge("known exploited", "exploited")] if package.exploited else []
    return [badge(package.word, package.word), *exploited]


def settles(package: Package) -> str:
    """Return how many findings of the package its upgrade settles."""
    settled, every = len(package.settled), len(package.flaws)
    if settled < every:
        return f"settles {settled:,} of {every:,}"
    return "settles its finding" if every == 1 else f"settles all {every:,}"


def raised(package: Package, upgrade: Upgrade) -> str:
    """Return how many findings of the package an upgrade of what carries it settles."""
    return bundled.settles(upgrade, [flaw.finding.id for flaw in package.flaws])


def _card(place: int, package: Package, flaws: Sequence[Flaw], given: Choices, room: int, style: Style) -> Markup:
    word, pin = package.word, package.pin
    name = link(pin.name, project_address(pin.name, style) if pin.ecosystem == PYPI else "")
    held = element("span", f" {inside(package.hosts)}", class_="version") if package.hosts else NOTHING
    heading = element("h3", name, " ", element("span", pin.version, class_="version"), held)
    where, more = package.where[:FOLD], package.where[FOLD : LISTED * 5]
    rest = [bulleted([_where(each, package) for each in more]), more_than(len(package.where) - LISTED * 5, "target")]
    rows = [
        flaw_row(f"finding-{place}-{number}", flaw, package, given, room, style) for number, flaw in enumerate(flaws, 1)
    ]
    return element(
        "article",
        element("div", *mark(package), heading, _advice(package), class_="title"),
        bulleted([_where(each, package) for each in where], class_="where"),
        folded(f"in {many(len(package.where) - FOLD, 'more target')}", *rest, class_="where") if more else NOTHING,
        *rows,
        class_=f"package edge-{word}",
        id=f"package-{place}",
    )


def _advice(package: Package) -> Markup:
    """Return what to do about the package."""
    new = element("strong", package.upgrade.new) if package.upgrade else NOTHING
    if package.hosts and (package.malware or package.above or package.is_fixed):
        host = package.hosts[-1]
        if package.malware:
            return element("p", element("strong", f"Remove {host}"), f"; {SECRETS}", class_="do remove")
        if package.above:
            new = element("strong", package.above.new)
            return element(
                "p", f"Upgrade {host.name} to ", new, f", which {raised(package, package.above)}", class_="do"
            )
        return element("p", f"Upgrade {host.name} to a release that carries a fixed one", class_="do")
    if package.malware and new:
        return element("p", element("strong", "Replace it"), " with ", new, f"; {SECRETS}", class_="do remove")
    if new:
        return element("p", "Upgrade to ", new, f", {settles(package)}", class_="do")
    if package.malware:
        return element("p", element("strong", "Remove it"), f"; {SECRETS}", class_="do remove")
    if package.is_fixed:
        return NOTHING
    return element("p", no_fix(package), class_="muted")


def no_fix(package: Package) -> str:
    """Return that no release is known that settles anything: of an interpreter perhaps that its branch has none."""
    behind = any(on_other_branches(flaw.finding) for flaw in package.flaws)
    return f"no release of {branch(package.pin)} fixes it yet" if behind else "no fix known"


def _where(where: Where, package: Package) -> Markup:
    """Return how the package gets into one target, drawn as chains, and where it is written."""
    paths = [*([(package.pin.name,)] if where.direct else []), *where.paths] or [()]
    chains = [_chain(where.target, *path) for path in paths[: LISTED * 5]]
    facts = [commas([group.replace(":", " ") for group in where.groups])] if where.groups else []
    facts += [Markup("asked for by name")] if where.direct else []
    brought = where.direct is False and not where.paths and not package.hosts
    facts += [Markup("brought in by another package")] if brought else []
    facts += [join("written at ", commas([element("code", place) for place in where.places]))] if where.places else []
    rest = join(bulleted(chains[FOLD:]), more_than(len(paths) - len(chains), "path"))
    more = folded(many(len(paths) - FOLD, "more path"), rest) if rest else NOTHING
    said = element("p", between(facts, "; "), class_="muted") if facts else NOTHING
    return join(*chains[:FOLD], more, said, *_notes(where))


def _chain(*names: str) -> Markup:
    """Return names from the target down to the package, one leading to the next."""
    left_out = len(names) - LISTED
    shown = (*names[: LISTED - 1], f"... {left_out:,} more ...", names[-1]) if left_out > 0 else names
    return element("ol", *(element("li", name) for name in shown), class_="chain")


def _notes(where: Where) -> list[Markup]:
    """Return what makes the release another than its name says, and under which markers it applies."""
    origins = sorted({each.origin.kind for each in where.dependencies} & ORIGINS.keys())
    known = sorted({evidence(each) for each in where.dependencies} - {""})
    markers = sorted({each.marker for each in where.dependencies if each.marker})
    notes = [Markup(f"It {ORIGINS[kind]}.") for kind in origins]
    notes += [join("That it is there is known from ", commas(known), ".")] if known else []
    notes += [join("It applies where ", commas(markers))] if markers else []
    return [element("p", note, class_="muted") for note in notes]
