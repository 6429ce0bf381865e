"""Keys compare as rpm, dpkg, apk and the package semver say; make_vectors.py tells how they were asked."""

from pathlib import Path

import pytest

from pip_assay import versions
from tests import orders

VECTORS = Path(__file__).with_name("vectors")
ORDERS = {"rpm": "AlmaLinux:8", "dpkg": "Debian:12", "apk": "Alpine:v3.20", "semver": "crates.io"}
SIGNS = {"<": -1, "=": 0, ">": 1}


def vectors(order: str) -> list[tuple[str, int, str]]:
    lines = (VECTORS / f"{order}.txt").read_text(encoding="ascii").splitlines()
    return [(one, SIGNS[sign], other) for one, sign, other in map(str.split, lines[1:])]


@pytest.mark.parametrize("order", ORDERS)
def test_keys_compare_as_the_reference_implementation_does(order: str) -> None:
    """Each of 2,000 pairs of versions compares as the reference implementation has answered."""
    known = vectors(order)
    assert len(known) == 2000
    assert {sign for _, sign, _ in known} == {-1, 0, 1}
    for one, sign, other in known:
        first, second = versions.key(ORDERS[order], one), versions.key(ORDERS[order], other)
        assert first is not None, one
        assert second is not None, other
        assert (first > second) - (first < second) == sign, (one, other)


@pytest.mark.parametrize("order", orders.COMPARISONS)
def test_the_oracles_of_the_property_tests_answer_alike(order: str) -> None:
    """tests/orders.py says of each vector what the reference implementation says."""
    for one, sign, other in vectors(order):
        assert orders.COMPARISONS[order](one, other) == sign, (one, other)
