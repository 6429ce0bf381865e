"""The laws of package URLs: ours is packageurl-python's reading, where that is not more lenient."""

import string

from hypothesis import assume, given
from hypothesis import strategies as st
from packageurl import PackageURL

from pip_assay.names import normalise
from pip_assay.sources import purl
from pip_assay.sources.purl import Purl

TYPES = ("pypi", "cargo", "maven", "gem", "nuget", "cran", "generic", "golang", "conda", "rpm", "swift", "docker")
"""Types for which that library changes no name, but PyPI's."""

parts = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Z"), exclude_characters="/") | st.sampled_from("%@?#:+ &=.-_~"),
    min_size=1,
    max_size=8,
).filter(lambda text: text.strip() == text and text.strip(".") != "")
keys = st.text(string.ascii_lowercase + string.digits + "._-", min_size=1, max_size=5).filter(
    lambda key: not key[0].isdigit()
)


@st.composite
def urls(draw: st.DrawFn) -> PackageURL:
    """A package URL, made by that library of parts of any text."""
    kind = draw(st.sampled_from(TYPES))
    return PackageURL(
        kind,
        "/".join(draw(st.lists(parts, max_size=2))) if kind != "pypi" else None,
        draw(parts),
        draw(st.none() | parts),
        draw(st.dictionaries(keys, parts, max_size=3)),
        "/".join(draw(st.lists(parts, max_size=2))),
    )


def expected(url: PackageURL) -> Purl:
    """What is to be read, as that library has it."""
    name = normalise(url.name) if url.type == "pypi" else url.name
    qualifiers = tuple(url.qualifiers.items())
    return Purl(url.type, url.namespace or "", name, url.version or "", qualifiers, url.subpath or "")


@given(urls())
def test_every_canonical_url_is_read_as_it_was_made(url: PackageURL) -> None:
    """What that library writes and reads again is read with the same parts."""
    text = url.to_string()
    assume(PackageURL.from_string(text) == url)
    name = normalise(url.name) if url.type == "pypi" else url.name
    assert purl.parse(text) == (expected(url) if name else None)


@given(urls(), st.floats(0, 1), st.floats(0, 1), st.text(st.sampled_from("/@?#%:&=+ aA0.\x00é"), max_size=3))
def test_a_changed_url_is_none_or_means_the_same_there(url: PackageURL, start: float, size: float, new: str) -> None:
    """What is read here is read by that library too, with the same name and version: nobody is told two things."""
    text = url.to_string()
    at = int(start * len(text))
    text = text[:at] + new + text[at + int(size * 4) :]
    found = purl.parse(text)
    if found is None or found.type not in TYPES:
        return
    there = PackageURL.from_string(text.strip())
    assert (found.type, found.version) == (there.type, there.version or "")
    assert normalise(found.name) == normalise(there.name)


@given(st.text(), st.sampled_from(["", "pkg:", "pkg:pypi/", "pkg:deb/debian/a@1?", "pkg:rpm/almalinux/a@1?distro="]))
def test_any_text_is_read_or_none(text: str, start: str) -> None:
    """Reading never raises, and every name on the Python index is normalised; nor does asking for the release."""
    found = purl.parse(start + text)
    if found:
        assert found.name
        assert found.type != "pypi" or found.name == normalise(found.name)
        assert purl.pin(found).name
        assert isinstance(purl.skipped(found), str)
