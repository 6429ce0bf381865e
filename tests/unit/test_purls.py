"""Package URLs are written as packageurl-python writes them, and read again as what they were."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packageurl import PackageURL

from pip_assay import purls
from pip_assay.model import INDEX, PYPI, Origin, Pin
from pip_assay.names import normalise
from pip_assay.purls import Purl
from pip_assay.sources import purl as sources
from tests.report_strategies import VERSIONS, names

parts = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Z"), exclude_characters="/") | st.sampled_from("%@?#:+ &=.-_~|"),
    min_size=1,
    max_size=8,
).filter(lambda text: text.strip() == text and text.strip(".") != "")
keys = st.text(string.ascii_lowercase, min_size=1, max_size=5)


@given(
    st.sampled_from(["maven", "generic", "golang", "conda", "rpm"]),
    st.lists(parts, max_size=2).map("/".join),
    parts,
    parts | st.just(""),
    st.dictionaries(keys, parts, max_size=3),
    st.lists(parts, max_size=2).map("/".join),
)
def test_a_package_url_is_written_as_that_library_does(
    kind: str, namespace: str, name: str, version: str, qualifiers: dict[str, str], subpath: str
) -> None:
    """ECMA-427: the canonical text of the same parts is the same text."""
    theirs = PackageURL(kind, namespace, name, version, qualifiers, subpath)
    assume((theirs.namespace or "", theirs.name, theirs.version or "") == (namespace, name, version))
    ours = purls.write(Purl(kind, namespace, name, version, tuple(qualifiers.items()), subpath))
    assert ours == theirs.to_string()


@pytest.mark.parametrize(
    ("pin", "text"),
    [
        (Pin(PYPI, "zope-interface", "5.0+local.1"), "pkg:pypi/zope-interface@5.0%2Blocal.1"),
        (Pin(PYPI, "a", "1!2.0"), "pkg:pypi/a@1%212.0"),
        (Pin(PYPI, "a/b", ""), "pkg:pypi/a%2Fb"),
        (Pin("crates.io", "serde_json", "1.0.0"), "pkg:cargo/serde_json@1.0.0"),
        (Pin("npm", "@scope/name", "1.0.0"), "pkg:npm/%40scope/name@1.0.0"),
        (Pin("npm", "name", "1.0.0"), "pkg:npm/name@1.0.0"),
        (Pin("Maven", "org.alpha:io", "1.0"), "pkg:maven/org.alpha/io@1.0"),
        (Pin("Go", "code.example/a/b", "v1.0.0"), "pkg:golang/code.example/a/b@v1.0.0"),
        (Pin("conda", "openssl", "3.1"), "pkg:conda/openssl@3.1"),
        (Pin("Debian:12", "openssl", "3.0.1-1"), "pkg:deb/debian/openssl@3.0.1-1?distro=debian-12"),
        (Pin("Ubuntu:22.04:LTS", "bash", "5.1"), "pkg:deb/ubuntu/bash@5.1?distro=ubuntu-22.04"),
        (Pin("Alpine:v3.18", "zlib", "1.2-r3"), "pkg:apk/alpine/zlib@1.2-r3?distro=alpine-3.18"),
        (Pin("Wolfi", "zlib", "1.2-r3"), "pkg:apk/wolfi/zlib@1.2-r3"),
        (Pin("Rocky Linux:9", "sh", "1:5.1-2.el9"), "pkg:rpm/rocky-linux/sh@5.1-2.el9?distro=rocky-linux-9&epoch=1"),
        (Pin("Some Thing:1", "x", "1"), "pkg:generic/x@1"),
    ],
)  # fmt: skip
def test_a_release_has_the_package_url_of_its_ecosystem(pin: Pin, text: str) -> None:
    """Each ecosystem in the words of ECMA-427, which our own reader turns into the same release again."""
    assert purls.write(purls.of(pin)) == text
    found = purls.parse(text)
    assert found
    if pin.ecosystem != "Some Thing:1":
        assert sources.pin(found) == pin


@pytest.mark.parametrize(
    ("origin", "qualifiers"),
    [
        (INDEX, ()),
        (Origin("index", "https://index.example/simple"), ()),
        (Origin("path", "./x"), ()),
        (Origin("private index", "vendor/wheels"), ()),
        (Origin("private index", "https://index.example/simple"), (("repository_url", "https://index.example/simple"),)),
        (Origin("vcs", "git+https://forge.example/x@1"), (("vcs_url", "git+https://forge.example/x@1"),)),
        (Origin("url", "https://files.example/x.whl"), (("download_url", "https://files.example/x.whl"),)),
    ],
)  # fmt: skip
def test_what_is_not_from_the_public_index_says_where_it_is_from(
    origin: Origin, qualifiers: tuple[tuple[str, str], ...]
) -> None:
    """Nobody takes a fork for the public release; a folder of this machine is nobody's business."""
    made = purls.of(Pin(PYPI, "x", "1"), origin)
    assert made.qualifiers == qualifiers
    assert purls.parse(purls.write(made)) == made


@given(names.map(str.lower), st.sampled_from(VERSIONS) | st.text())
def test_the_release_comes_back(name: str, version: str) -> None:
    """What a reader of our documents sees is the release that was listed, whatever text its version is."""
    pin = Pin(PYPI, normalise(name), version)
    found = purls.parse(purls.write(purls.of(pin)))
    assert found
    encodable = version.encode("utf-8", "replace").decode("utf-8")
    assert sources.pin(found) == pin._replace(version=encodable.strip())


@given(st.text(), st.text(), st.text())
def test_any_text_is_written_in_ascii(ecosystem: str, name: str, version: str) -> None:
    """No text of a stranger ends a package URL early or holds white space."""
    text = purls.write(purls.of(Pin(ecosystem, name, version)))
    assert text.isascii()
    assert not any(character.isspace() for character in text)
    assert text.startswith("pkg:")
