"""The summary: findings by severity as bars, the numbers, what to do next, and the targets where there are several."""

from collections.abc import Sequence

from pip_assay.model import Audit, Report
from pip_assay.reports.page.content import Numbers, Package, shown
from pip_assay.reports.page.markup import (
    NOTHING,
    Markup,
    between,
    bulleted,
    element,
    folded,
    join,
    more_than,
    pairs,
    section,
    table,
)
from pip_assay.reports.page.opening import kind
from pip_assay.reports.page.packages import SECRETS, mark, no_fix, raised, settles
from pip_assay.reports.summary import counts

STEPS = 8
"""More steps than this wait until somebody asks for them."""

MOST_STEPS = 1_000
"""More steps than this are counted and not named."""

TARGETS = 1_000
"""More targets than this are counted and not named."""


def summary(report: Report, found: Sequence[Package], number: Numbers) -> Markup:
    """Return the numbers as bars and figures, what to do next, and the targets where there are several."""
    parts = (_bars(number), _figures(report, number))
    return section(
        "summary",
        "Summary",
        element("div", *parts, class_="numbers"),
        _next(found),
        _targets(report.audits) if len(report.audits) > 1 else NOTHING,
    )


def _bars(number: Numbers) -> Markup:
    """Return a row for each severity: its word, a bar and the number; the bar only repeats the number."""
    most = max((each for _, each in number.words), default=1)
    rows = [
        element(
            "li",
            element("span", word, class_="word"),
            _bar(word, each * 100 / most),
            element("strong", f"{each:,}"),
        )
        for word, each in number.words
    ]
    bars = element("ul", *rows, class_="bars")
    return element("div", element("h3", "Findings by severity"), bars) if rows else NOTHING


def _bar(word: str, percent: float) -> Markup:
    """Return the bar: SVG, because the page's policy allows no style attribute."""
    filled = element("rect", width=f"{max(percent, 1):.4g}", height="10", class_=word)
    return element("svg", filled, viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")


def _figures(report: Report, number: Numbers) -> Markup:
    exploited = f"{number.exploited:,}" if report.data.kev or number.exploited else "not known"
    rows = (
        ("Packages audited", f"{number.audited:,} of {number.packages:,}"),
        ("Findings", f"{number.findings:,}"),
        ("Of these bundled", f"{number.inside:,}" if number.inside else ""),
        ("Settled by upgrades", f"{number.settled:,} of {number.findings:,}" if number.findings else ""),
        ("Known exploited", exploited if number.findings else ""),
        ("Failing for what the index says", f"{number.failing:,}" if number.failing else ""),
        ("Ignored", f"{number.ignored:,}"),
        ("Not affected", f"{number.not_affected:,}" if number.not_affected else ""),
        ("Problems", f"{number.problems:,}"),
    )
    return element("div", element("h3", "In numbers"), pairs(*rows), class_="figures")


def _next(found: Sequence[Package]) -> Markup:
    """Return what to do about each package, worst first."""
    if not found:
        return NOTHING
    linked = len(shown(found))
    steps = [
        _step(
            package, element("a", str(package.pin), href=f"#package-{place}") if place <= linked else str(package.pin)
        )
        for place, package in enumerate(found[:MOST_STEPS], 1)
    ]
    note = more_than(len(found) - MOST_STEPS, "step")
    rest = folded(f"{len(found) - STEPS:,} more", bulleted(steps[STEPS:]), note) if steps[STEPS:] else NOTHING
    return element("div", element("h3", "What to do next"), bulleted(steps[:STEPS]), rest, class_="steps")


def _step(package: Package, name: str) -> Markup:
    looks = between(mark(package), " ")
    host = str(package.hosts[-1]) if package.hosts else ""
    if host and package.malware:
        return join(looks, " Remove ", host, f" and {SECRETS}: it carries ", name)
    if package.above:
        new = element("strong", package.above.new)
        return join(looks, " Upgrade ", host, " to ", new, " for ", name, f": {raised(package, package.above)}")
    if host and package.is_fixed:
        return join(looks, " Upgrade ", host, " to a release that carries a fixed ", name)
    new = element("strong", package.upgrade.new) if package.upgrade else NOTHING
    if package.malware and new:
        return join(looks, " Replace ", name, " with ", new, f" and {SECRETS}")
    if new:
        return join(looks, " Upgrade ", name, " to ", new, f": {settles(package)}")
    if package.malware:
        return join(looks, " Remove ", name, f" and {SECRETS}")
    if package.is_fixed:
        return join(looks, " Choose a release of ", name, " that is fixed: its findings name them")
    return join(looks, " Look at ", name, f" inside {host}" if host else "", f": {no_fix(package)}")


def _targets(audits: Sequence[Audit]) -> Markup:
    """Return a row for each target."""
    columns = ("Target", "Kind", "Packages audited", "Findings", "Ignored", "Problems")
    rows = [_target(audit) for audit in audits[:TARGETS]]
    note = more_than(len(audits) - TARGETS, "target")
    return element("div", element("h3", "Targets"), table("Targets", columns, rows), note)


def _target(audit: Audit) -> tuple[str, ...]:
    number = counts([audit])
    audited = f"{number.audited:,} of {number.packages:,}"
    harmless = f"; {number.not_affected:,} not affected" if number.not_affected else ""
    figures = (f"{number.findings:,}", f"{number.ignored:,}{harmless}", f"{number.problems:,}")
    return audit.inventory.target, kind(audit), audited, *figures
