"""The filters above the findings: real form controls, shown only where the page's script can act on them."""

from collections.abc import Iterable, Mapping, Sequence

from pip_assay.reports.entries import how_bad
from pip_assay.reports.page.content import WORDS, Flaw, Package
from pip_assay.reports.page.markup import NOTHING, Markup, element, join, many
from pip_assay.values import NamedTuple

OPTIONS = 1_000
"""More groups or targets than this are not offered one by one."""

STATUSES = {"fails": "fails", "warns": "only warns", "known": "known before"}
CHANGES = {"introduced": "introduced by this change", "newly published": "newly published", "known": "known before"}


class Choices(NamedTuple):
    """What can be chosen: the words with how often each comes, and the names, each with its number on this page."""

    words: Mapping[str, int]
    statuses: tuple[str, ...]
    changes: tuple[str, ...]
    groups: Mapping[str, int]
    targets: Mapping[str, int]
    fixable: int
    exploited: int


def choices(listed: Iterable[tuple[Package, Sequence[Flaw]]]) -> Choices:
    """Return what can be chosen among the findings that the page shows."""
    packages = list(listed)
    flaws = [flaw for _, each in packages for flaw in each]
    words = [how_bad(flaw.finding) for flaw in flaws]
    where = [where for package, _ in packages for where in package.where]
    statuses, changes = {flaw.verdict.status for flaw in flaws}, {flaw.verdict.change for flaw in flaws}
    return Choices(
        words={word: words.count(word) for word in WORDS if word in words},
        statuses=tuple(each for each in STATUSES if each in statuses),
        changes=tuple(each for each in CHANGES if each in changes),
        groups=_numbered(group for each in where for group in each.groups),
        targets=_numbered(each.target for each in where),
        fixable=sum(bool(flaw.finding.fixed_in) for flaw in flaws),
        exploited=sum(flaw.exploited for flaw in flaws),
    )


def marks(flaw: Flaw, package: Package, given: Choices) -> dict[str, str | bool]:
    """Return the attributes of a finding's row by which the filters find it."""
    targets = {target for target, _ in flaw.held}
    groups = {group for where in package.where if where.target in targets for group in where.groups}
    return {
        "data_severity": how_bad(flaw.finding),
        "data_status": flaw.verdict.status,
        "data_change": flaw.verdict.change or False,
        "data_group": "|".join(str(given.groups[each]) for each in sorted(groups)) or False,
        "data_target": "|".join(str(given.targets[each]) for each in sorted(targets)),
        "data_fixable": bool(flaw.finding.fixed_in),
        "data_exploited": flaw.exploited,
    }


def filters(given: Choices, total: int) -> Markup:
    """Return the form. Only what parts the findings is offered: nobody chooses among one."""
    words = [_box("severity", word, f"{word} ({number:,})", checked=True) for word, number in given.words.items()]
    severities = element("fieldset", element("legend", "Severity"), *words) if len(words) > 1 else NOTHING
    some = [
        _box("only", "fixable", f"a fix is known ({given.fixable:,})") if 0 < given.fixable < total else NOTHING,
        _box("only", "exploited", f"known exploited ({given.exploited:,})") if given.exploited else NOTHING,
    ]
    only = element("fieldset", element("legend", "Only where"), *some) if any(some) else NOTHING
    search = element("input", type="search", name="search", autocomplete="off", spellcheck="false")
    return element(
        "form",
        element("label", element("span", "Search names and ids"), search, class_="search"),
        severities,
        only,
        _select("Status", "status", [(each, STATUSES[each]) for each in given.statuses]),
        _select("Change", "change", [(each, CHANGES[each]) for each in given.changes]),
        _select("Group", "group", [(str(at), name.replace(":", " ")) for name, at in given.groups.items()]),
        _select("Target", "target", [(str(at), name) for name, at in given.targets.items()]),
        element(
            "p",
            element("output", f"{many(total, 'finding')} shown", id="shown", role="status"),
            element("button", "Show all findings", type="reset"),
            element("button", "Open all details", type="button", id="open"),
            class_="actions",
        ),
        id="filters",
        aria_label="Filter the findings",
        autocomplete="off",
        hidden=True,
    )


def _box(name: str, value: str, label: str, *, checked: bool = False) -> Markup:
    return element("label", element("input", type="checkbox", name=name, value=value, checked=checked), " ", label)


def _select(label: str, name: str, offered: Sequence[tuple[str, str]]) -> Markup:
    if len(offered) < 2:
        return NOTHING
    options = [element("option", "any", value="")]
    options += [element("option", shown, value=value) for value, shown in offered[:OPTIONS]]
    return element("label", element("span", label), element("select", join(*options), name=name))


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(set(names)))}
