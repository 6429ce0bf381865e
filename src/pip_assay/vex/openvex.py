"""OpenVEX 0.2.0, and what 0.0.x had otherwise, as statements."""

from collections.abc import Iterator

from pip_assay.purls import Purl, parse
from pip_assay.values import Any
from pip_assay.vex.fields import Fields, quoted, sound
from pip_assay.vex.statement import Product, Statement

NAMESPACE = "https://openvex.dev/ns"


def is_one(document: dict[str, Any]) -> bool:
    """Return whether the document calls itself OpenVEX."""
    return isinstance(document.get("@context"), str) and document["@context"].startswith(NAMESPACE)


def statements(whole: Fields) -> Iterator[Statement]:
    """Yield what the document says. What a statement does not say itself, the document says for it (OpenVEX, 0.2.0)."""
    author, issued = whole.text("author"), whole.moment("timestamp", "last_updated")
    for number, each in enumerate(whole.tables("statements"), 1):
        said = each.at(each.values, f"statement {number}")
        vulnerability = _vulnerability(said)
        if not vulnerability:
            continue
        if identifier := vulnerability.text("name"):
            vulnerability.title = said.title = f"statement {number} ({quoted(identifier)})"
        made = Statement(
            (identifier, *vulnerability.texts("aliases")),
            tuple(_products(said)),
            said.text("status"),
            said.text("justification"),
            said.text("impact_statement"),
            said.text("status_notes"),
            said.moment("timestamp", "last_updated") or issued,
            author,
        )
        if kept := sound(made, said):
            yield kept


def _vulnerability(said: Fields) -> Fields | None:
    """Return the vulnerability of a statement, which before 0.2.0 was but its id; None where it is neither."""
    value = said.values.get("vulnerability")
    if isinstance(value, str):
        return said.at({"name": value})
    if isinstance(value, dict | None):
        return said.table("vulnerability")
    said.report('has a "vulnerability" that is neither an object nor an id')
    return None


def _products(said: Fields) -> Iterator[Product]:
    """Yield the products of a statement, which before 0.2.0 were but their ids, and the same parts in each."""
    listed = said.values.get("products")
    if not isinstance(listed, list) or not any(isinstance(each, str) for each in listed):
        yield from (_product(product) for product in said.tables("products"))
        return
    parts = tuple(filter(None, map(parse, said.texts("subcomponents"))))
    yield from (Product(parse(text), parts) for text in said.texts("products"))


def _product(product: Fields) -> Product:
    parts = (_purl(part) for part in product.tables("subcomponents"))
    return Product(_purl(product), tuple(part for part in parts if part))


def _purl(component: Fields) -> Purl | None:
    return parse(component.table("identifiers").text("purl")) or parse(component.text("@id"))
