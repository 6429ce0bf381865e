"""What a VEX document says, whatever its format: of which flaws, in which releases, and whether they do harm there."""

from pip_assay.purls import Purl
from pip_assay.values import NamedTuple

STATES = ("not_affected", "fixed", "under_investigation", "affected")
"""The four states of VEX, the most cautious last: of two that are said at the same moment, it counts."""

JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
"""Why a flaw does no harm, in the words that OpenVEX and CSAF share (CISA, VEX Status Justifications)."""


class Product(NamedTuple):
    """What a statement is about: a product, or the parts of it that are named.

    A package URL without a version is every release; None is a product that has no package URL.
    """

    purl: Purl | None
    parts: tuple[Purl, ...] = ()


class Statement(NamedTuple):
    """One statement.

    vulnerabilities  every id that it gives of one flaw.
    status           one of STATES.
    justification    one of JUSTIFICATIONS, or empty.
    impact           in words, why the flaw does no harm; it, too, justifies.
    notes            what else is said about the state.
    timestamp        RFC 3339; empty where nothing tells since when this is said.
    file             where it was read.
    """

    vulnerabilities: tuple[str, ...]
    products: tuple[Product, ...]
    status: str
    justification: str = ""
    impact: str = ""
    notes: str = ""
    timestamp: str = ""
    author: str = ""
    file: str = ""
