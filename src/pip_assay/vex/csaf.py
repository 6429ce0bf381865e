"""CSAF 2.0 and 2.1, profile VEX, as statements."""

from collections.abc import Iterator

from pip_assay.purls import Purl, parse
from pip_assay.values import Any
from pip_assay.vex.fields import Fields, quoted, sound
from pip_assay.vex.statement import JUSTIFICATIONS, Product, Statement

CATEGORY = "csaf_vex"

STATES = {
    "first_affected": "affected",
    "first_fixed": "fixed",
    "fixed": "fixed",
    "known_affected": "affected",
    "known_not_affected": "not_affected",
    "last_affected": "affected",
    "under_investigation": "under_investigation",
}
"""The lists of `product_status`; those that are not here say nothing of a flaw (2.0, 3.2.3.9)."""

_Products = dict[str, tuple[Product, ...]]


def is_one(document: dict[str, Any]) -> bool:
    """Return whether the document calls itself CSAF."""
    head = document.get("document")
    return isinstance(head, dict) and "csaf_version" in head


def statements(whole: Fields) -> Iterator[Statement]:
    """Yield what the document says. One of another profile says nothing; that is a problem."""
    head = whole.table("document")
    if head.text("category") != CATEGORY:
        whole.report(f"is CSAF of the category {quoted(head.text('category'))}", f"give one of the category {CATEGORY}")
        return
    author = head.table("publisher").text("name")
    issued = head.table("tracking").moment("current_release_date")
    tree = whole.table("product_tree")
    products = _products(tree)
    groups = {each.text("group_id"): each.texts("product_ids") for each in tree.tables("product_groups")}
    for number, each in enumerate(whole.tables("vulnerabilities"), 1):
        names = (each.text("cve"), *(name.text("text") for name in each.tables("ids")))
        known = next(filter(None, names), "")
        said = each.at(each.values, f"vulnerability {number} ({quoted(known)})" if known else f"vulnerability {number}")
        listed = said.table("product_status")
        for key, state in STATES.items():
            for (label, impact), references in _alike(listed.texts(key), said, groups, justify=state == "not_affected"):
                named = tuple(product for reference in references for product in products.get(reference, ()))
                made = Statement(names, named, state, label, impact, "", issued, author)
                if kept := sound(made, said):
                    yield kept


def _alike(
    references: list[str], said: Fields, groups: dict[str, list[str]], *, justify: bool
) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Yield the products of one list by what justifies their status: the label of a flag, the words of a threat."""
    labels = _by_product(said.tables("flags"), "label", groups)
    impacts = _by_product(
        [each for each in said.tables("threats") if each.text("category") == "impact"], "details", groups
    )
    found: dict[tuple[str, str], list[str]] = {}
    for reference in references:
        label = next((each for each in _told(labels, reference) if each in JUSTIFICATIONS), "")
        impact = next(iter(_told(impacts, reference)), "")
        found.setdefault((label, impact) if justify else ("", ""), []).append(reference)
    yield from found.items()


def _by_product(items: list[Fields], key: str, groups: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return what is said under the key of each product; one that names no product speaks of all, "" here."""
    found: dict[str, list[str]] = {}
    for each in items:
        named = each.texts("product_ids")
        named += [reference for group in each.texts("group_ids") for reference in groups.get(group, ())]
        for reference in named if "product_ids" in each.values or "group_ids" in each.values else [""]:
            found.setdefault(reference, []).append(each.text(key))
    return found


def _told(said: dict[str, list[str]], reference: str) -> list[str]:
    return [text for text in (*said.get(reference, ()), *said.get("", ())) if text]


def _products(tree: Fields) -> _Products:
    """Return what each product id means."""
    found: _Products = {}
    for each in tree.tables("full_product_names"):
        found.setdefault(each.text("product_id"), tuple(map(Product, _purls(each, ""))))
    waiting = [(branch, "") for branch in tree.tables("branches")]
    while waiting:
        branch, version = waiting.pop()
        if branch.text("category") in {"product_version", "product_version_range"}:
            version = branch.text("name")
        product = branch.table("product")
        if product.values:
            named = _purls(product, version)
            found.setdefault(product.text("product_id"), tuple(map(Product, named)))
        waiting += [(each, version) for each in branch.tables("branches")]
    for each in tree.tables("relationships"):
        made = each.table("full_product_name")
        found.setdefault(made.text("product_id"), _related(each, made, found))
    found.pop("", None)
    return found


def _purls(product: Fields, version: str) -> list[Purl]:
    """Return the package URLs of a product; one without a version has that of the branch that it is in.

    A branch of a range of versions gives its range: no release is called that, so nothing is taken to be in it.
    """
    helper = product.table("product_identification_helper")
    found = (parse(text) for text in (helper.text("purl"), *helper.texts("purls")))
    return [each if each.version else each._replace(version=version) for each in found if each]


def _related(each: Fields, made: Fields, known: _Products) -> tuple[Product, ...]:
    """Return the product that a relationship makes: one that is a part of another, or is installed on it."""
    if named := _purls(made, ""):
        return tuple(map(Product, named))
    parts = tuple(part.purl for part in known.get(each.text("product_reference"), ()) if part.purl and not part.parts)
    wholes = known.get(each.text("relates_to_product_reference"), ())
    return tuple(Product(whole.purl, parts) for whole in wholes or (Product(None),) if parts)
