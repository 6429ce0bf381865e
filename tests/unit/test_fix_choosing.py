"""What a person asks to have settled."""

import pytest

from pip_assay.fix.nouns import Wish
from pip_assay.fix.planning.choosing import unmatched, wished
from pip_assay.model import PYPI, Audit, Dependency, Inventory, Pin, Place, Verdict
from tests.fixing import finding

FOUND = finding("flask-login", "1.0", "PYSEC-2023-1")._replace(aliases=("CVE-2023-30861",))
HELD = (FOUND.dependency, Dependency(Pin(PYPI, "idna", "2.10"), Place("r.txt")))
AUDIT = Audit(Inventory("r.txt", "requirements", HELD), (Verdict(FOUND, "fails"),))


@pytest.mark.parametrize(
    ("word", "is_found", "is_known"),
    [
        ("flask-login", True, True), ("Flask_Login", True, True), ("cve-2023-30861", True, True),
        ("PYSEC-2023-1", True, True), ("idna", False, True), ("nonesuch", False, False),
        ("CVE-2023-3086", False, False),
    ],
)  # fmt: skip
def test_a_word_that_names_nothing_is_told_apart_from_one_without_findings(
    word: str, is_found: bool, is_known: bool
) -> None:
    """A project however it is spelled, an id or an alias in any case; what is there without a flaw is no mistake."""
    assert bool(wished([FOUND], Wish(only=(word,)))) == is_found
    assert unmatched((word, "idna"), [AUDIT]) == (() if is_known else (word,))
    assert unmatched((word,), []) == (word,)
