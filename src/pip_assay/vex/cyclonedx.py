"""The analyses in a CycloneDX document (JSON) as statements."""

from collections.abc import Iterator
from urllib.parse import unquote

from pip_assay.purls import Purl, parse
from pip_assay.values import Any
from pip_assay.vex.fields import Fields, quoted, sound
from pip_assay.vex.statement import Product, Statement

STATES = {
    "exploitable": "affected",
    "false_positive": "not_affected",
    "in_triage": "under_investigation",
    "not_affected": "not_affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
}

JUSTIFICATIONS = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "protected_at_perimeter": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
    "requires_configuration": "vulnerable_code_cannot_be_controlled_by_adversary",
    "requires_dependency": "vulnerable_code_not_in_execute_path",
    "requires_environment": "vulnerable_code_cannot_be_controlled_by_adversary",
}
"""The nearest of VEX's five words for each of CycloneDX's nine."""

PROPERTY = "pip-assay:justification"
"""Where our own documents say which of the five it was."""


def is_one(document: dict[str, Any]) -> bool:
    """Return whether the document calls itself CycloneDX."""
    return document.get("bomFormat") == "CycloneDX"


def statements(whole: Fields) -> Iterator[Statement]:
    """Yield what the document says. A vulnerability without an analysis says nothing."""
    metadata = whole.table("metadata")
    author = next(filter(None, (each.text("name") for each in metadata.tables("authors"))), "")
    issued, components = metadata.moment("timestamp"), _components(whole)
    for number, each in enumerate(whole.tables("vulnerabilities"), 1):
        identifier = each.text("id")
        title = f"vulnerability {number} ({quoted(identifier)})" if identifier else f"vulnerability {number}"
        said = each.at(each.values, title)
        analysis = said.table("analysis")
        state = analysis.text("state")
        if not state:
            continue
        if state not in STATES:
            said.report(f"has a state that is not known: {quoted(state)}")
            continue
        status = STATES[state]
        targets = tuple(each for target in said.tables("affects") for each in _products(target, status, components))
        detail = analysis.text("detail")
        made = Statement(
            (identifier, *(reference.text("id") for reference in said.tables("references"))),
            targets,
            status,
            _justification(said, analysis),
            detail if status == "not_affected" else "",
            detail if status != "not_affected" else "",
            analysis.moment("firstIssued", "lastUpdated") or issued,
            author,
        )
        if kept := sound(made, said):
            yield kept


def _justification(said: Fields, analysis: Fields) -> str:
    found = (each.text("value") for each in said.tables("properties") if each.values.get("name") == PROPERTY)
    return next(found, "") or JUSTIFICATIONS.get(analysis.text("justification"), "")


def _components(whole: Fields) -> dict[str, Product]:
    """Return what each reference of the document means; a component in another one is a part of it."""
    found: dict[str, Product] = {}
    waiting: list[tuple[Fields, Purl | None]] = [(whole.table("metadata").table("component"), None)]
    waiting += [(each, None) for each in whole.tables("components")]
    while waiting:
        component, carrier = waiting.pop()
        purl = parse(component.text("purl"))
        if purl and not purl.version:
            purl = purl._replace(version=component.text("version"))
        if reference := component.text("bom-ref"):
            found.setdefault(reference, Product(carrier, (purl,)) if carrier and purl else Product(purl))
        waiting += [(each, purl) for each in component.tables("components")]
    return found


def _products(target: Fields, status: str, components: dict[str, Product]) -> Iterator[Product]:
    """Yield what a target of an analysis means: a component, or those releases of it that it names."""
    reference = target.text("ref")
    # BOM-Link: "urn:cdx:SERIAL/VERSION#REF" is a component of another document, whose ref may be a package URL.
    linked = unquote(reference.partition("#")[2]) if reference.startswith("urn:cdx:") else reference
    product = components.get(reference) or Product(parse(linked))
    if "versions" not in target.values:
        yield product
        return
    for each in target.tables("versions"):
        told = each.text("status")
        if each.text("range"):
            target.report("names a range of versions, which is not read", "name each version")
        elif status == "not_affected" and told not in {"", "unaffected"}:
            target.report(f"says {status}, and that {quoted(each.text('version'))} is {quoted(told)}")
        elif version := each.text("version"):
            yield _of(product, version)


def _of(product: Product, version: str) -> Product:
    """Return the product with another version: that of its part, where it is one."""
    if product.parts:
        return product._replace(parts=tuple(part._replace(version=version) for part in product.parts))
    return product._replace(purl=product.purl and product.purl._replace(version=version))
