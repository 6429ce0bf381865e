"""The one spelling of a name. Oracle: packaging."""

from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from pip_assay.names import normalise


@given(st.text(alphabet="aZ09-_. ", max_size=12))
def test_names_are_normalised_as_pep_503_says(name: str) -> None:
    """PEP 503: lower case, and each run of "-", "_" and "." is one "-"."""
    assert normalise(name) == canonicalize_name(name.strip())
