"""Package URLs: what is one, what it says, and which release of which ecosystem it means."""

import pytest

from pip_assay import versions
from pip_assay.model import UNCOVERED, Pin
from pip_assay.sources import purl
from pip_assay.sources.distributions import UNTOLD
from pip_assay.sources.purl import Purl


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("pkg:pypi/alpha@1.0", Purl("pypi", "", "alpha", "1.0")),
        ("pkg:PYPI/My.Alpha_.--._Name@1.0.dev1", Purl("pypi", "", "my-alpha-name", "1.0.dev1")),
        ("pkg:pypi/alpha@2.0%2Bcu118", Purl("pypi", "", "alpha", "2.0+cu118")),
        ("pkg:pypi/alpha@2.0+cu118", Purl("pypi", "", "alpha", "2.0+cu118")),
        ("pkg:pypi/alpha@1%210.5", Purl("pypi", "", "alpha", "1!0.5")),
        ("pkg:pypi/alpha", Purl("pypi", "", "alpha")),
        (
            "pkg:pypi/alpha@1?file_name=alpha-1.tar.gz",
            Purl("pypi", "", "alpha", "1", (("file_name", "alpha-1.tar.gz"),)),
        ),
        ("  pkg:pypi/alpha@1 \n", Purl("pypi", "", "alpha", "1")),
        ("pkg:/maven/org.alpha/io", Purl("maven", "org.alpha", "io")),
        ("pkg://maven/org.alpha/io", Purl("maven", "org.alpha", "io")),
        ("pkg:///maven//org.alpha//io@1", Purl("maven", "org.alpha", "io", "1")),
        ("pkg:maven/Group/Alpha@0.3-3", Purl("maven", "Group", "Alpha", "0.3-3")),
        ("pkg:maven/g/a@1%20Final?mykey=my%20value", Purl("maven", "g", "a", "1 Final", (("mykey", "my value"),))),
        (
            "pkg:GOLANG/code.example/Alpha@v1#/sub/./../dir/",
            Purl("golang", "code.example", "Alpha", "v1", (), "sub/dir"),
        ),
        ("pkg:npm/%40scope/alpha@1", Purl("npm", "@scope", "alpha", "1")),
        ("pkg:npm/@scope/alpha@1", Purl("npm", "@scope", "alpha", "1")),
        ("pkg:npm/@scope/alpha", Purl("npm", "@scope", "alpha")),
        ("pkg:github/Some-One/Alpha@1", Purl("github", "some-one", "alpha", "1")),
        ("pkg:gem/alpha@1?Platform=java", Purl("gem", "", "alpha", "1", (("platform", "java"),))),
        ("pkg:gem/alpha@1?platform=&arch=x", Purl("gem", "", "alpha", "1", (("arch", "x"),))),
        ("pkg:docker/c/alpha@sha256:24", Purl("docker", "c", "alpha", "sha256:24")),
        ("pkg:deb/debian/attr@1:2.4-2%2Bb1", Purl("deb", "debian", "attr", "1:2.4-2+b1")),
        ("pkg:generic/caf%C3%A9@1", Purl("generic", "", "café", "1")),
        (
            "pkg:generic/a?checksum=sha1:ad%2Csha256:41",
            Purl("generic", "", "a", "", (("checksum", "sha1:ad,sha256:41"),)),
        ),
        ("pkg:generic/100%@1", Purl("generic", "", "100%", "1")),
    ],
)
def test_parts(text: str, parts: Purl) -> None:
    """A package URL falls into the parts that ECMA-427 says, decoded."""
    assert purl.parse(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "", "pkg", "pkg:", "pkg:/", "alpha@1.0", "alpha", "pypi/alpha@1", "PKG:pypi/alpha@1", "pkg%3Amaven/org/io",
        "pkg:alpha@1.0", "pkg:pypi", "pkg:pypi/", "pkg:maven/@1.3", "pkg:cran/@0.9", "pkg:swift/a.example/b/@5",
        "pkg:n&g/alpha@1", "pkg:3n/alpha@1", "pkg:n:a/alpha@1", "pkg:pypi/space/alpha@1", "pkg:npm/@1.0",
        "pkg:npm/alpha@1?in%20production=true", "pkg:npm/alpha@1?key", "pkg:npm/alpha@1?=value", "pkg:npm/a@1?3k=v",
        "pkg:npm/alpha@1?key=a&KEY=b", "pkg:pypi/alpha%ff@1", "pkg:pypi/alpha@%ff", "pkg:pypi/%20@1", "git+https://a/b",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    """What breaks a rule of ECMA-427 is no package URL."""
    assert purl.parse(text) is None


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        ("pkg:pypi/Alpha_One@1.0", Pin("PyPI", "alpha-one", "1.0")),
        ("pkg:cargo/alpha@1.0.0", Pin("crates.io", "alpha", "1.0.0")),
        ("pkg:npm/%40scope/alpha@1.0.0", Pin("npm", "@scope/alpha", "1.0.0")),
        ("pkg:npm/alpha@1.0.0", Pin("npm", "alpha", "1.0.0")),
        ("pkg:golang/code.example/One/alpha@v1.0#sub", Pin("Go", "code.example/One/alpha", "v1.0")),
        ("pkg:golang/stdlib@1.21", Pin("Go", "stdlib", "1.21")),
        ("pkg:maven/org.alpha/io@1", Pin("Maven", "org.alpha:io", "1")),
        ("pkg:gem/alpha@1", Pin("RubyGems", "alpha", "1")),
        ("pkg:nuget/Alpha.One@1", Pin("NuGet", "Alpha.One", "1")),
        ("pkg:composer/Vendor/Alpha@1", Pin("Packagist", "vendor/alpha", "1")),
        ("pkg:hex/alpha@1", Pin("Hex", "alpha", "1")),
        ("pkg:pub/alpha@1", Pin("Pub", "alpha", "1")),
        ("pkg:conan/owner/alpha@1", Pin("ConanCenter", "alpha", "1")),
        ("pkg:cran/A3@1", Pin("CRAN", "A3", "1")),
        ("pkg:swift/code.example/One/Alpha@1", Pin("SwiftURL", "code.example/One/Alpha", "1")),
        ("pkg:githubactions/one/alpha@v4", Pin("GitHub Actions", "one/alpha", "v4")),
        ("pkg:deb/debian/a@1%3A2-3?distro=debian-12", Pin("Debian:12", "a", "1:2-3")),
        ("pkg:deb/debian/a@1?distro=debian-12.5", Pin("Debian:12", "a", "1")),
        ("pkg:deb/debian/a@1?distro=Bookworm", Pin("Debian:12", "a", "1")),
        ("pkg:deb/debian/liba3@1?distro=debian-12&upstream=a", Pin("Debian:12", "a", "1")),
        ("pkg:deb/debian/liba3@1?distro=debian-12&upstream=a%402", Pin("Debian:12", "a", "2")),
        ("pkg:deb/debian/liba3@1?distro=bookworm&source=a&sourceversion=2", Pin("Debian:12", "a", "2")),
        ("pkg:deb/ubuntu/a@1?distro=ubuntu-22.04", Pin("Ubuntu:22.04:LTS", "a", "1")),
        ("pkg:deb/ubuntu/a@1?distro=jammy", Pin("Ubuntu:22.04:LTS", "a", "1")),
        ("pkg:deb/ubuntu/a@1?distro=ubuntu-25.10", Pin("Ubuntu:25.10", "a", "1")),
        ("pkg:deb/ubuntu/a@1?distro=ubuntu-25.04", Pin("Ubuntu:25.04", "a", "1")),
        ("pkg:rpm/almalinux/a@1-2.el9?distro=almalinux-8.9", Pin("AlmaLinux:8", "a", "1-2.el9")),
        ("pkg:rpm/alma/a@1-2?distro=alma-9", Pin("AlmaLinux:9", "a", "1-2")),
        ("pkg:rpm/almalinux/a@1-2.el8_9.1", Pin("AlmaLinux:8", "a", "1-2.el8_9.1")),
        ("pkg:rpm/almalinux/a@1-2.module_el8.9.0+3", Pin("AlmaLinux:8", "a", "1-2.module_el8.9.0+3")),
        ("pkg:rpm/almalinux/a@1-2.el10?epoch=2", Pin("AlmaLinux:10", "a", "2:1-2.el10")),
        ("pkg:rpm/almalinux/a@2%3A1-2.el8?epoch=2", Pin("AlmaLinux:8", "a", "2:1-2.el8")),
        ("pkg:rpm/almalinux/a@1-2.el8?epoch=0", Pin("AlmaLinux:8", "a", "0:1-2.el8")),
        ("pkg:rpm/almalinux/a@1-2.el8?epoch=00", Pin("AlmaLinux:8", "a", "0:1-2.el8")),
        ("pkg:rpm/almalinux/a@1-2.el8?epoch=010", Pin("AlmaLinux:8", "a", "10:1-2.el8")),
        ("pkg:rpm/almalinux/a@1-2.el8", Pin("AlmaLinux:8", "a", "1-2.el8")),
        ("pkg:rpm/rocky/a@1?distro=rocky-9.3", Pin("Rocky Linux:9", "a", "1")),
        ("pkg:apk/alpine/a@1-r2?distro=alpine-3.18.4", Pin("Alpine:v3.18", "a", "1-r2")),
        ("pkg:apk/alpine/a@1-r2?distro=3.18.4&upstream=b", Pin("Alpine:v3.18", "b", "1-r2")),
        ("pkg:apk/alpine/a@1-r2?distro=alpine-v3.18", Pin("Alpine:v3.18", "a", "1-r2")),
        ("pkg:apk/wolfi/a@1-r2?distro=wolfi-20230201", Pin("Wolfi", "a", "1-r2")),
        ("pkg:apk/chainguard/a@1-r2", Pin("Chainguard", "a", "1-r2")),
    ],
)
def test_pins_that_advisories_know(text: str, pin: Pin) -> None:
    """The ecosystem and name are those that OSV's records use, with the release of the distribution."""
    found = purl.parse(text)
    assert found is not None
    assert purl.pin(found) == pin
    assert purl.skipped(found) == ""


def test_an_epoch_of_zero_that_is_stated_is_compared() -> None:
    """It is of epoch 0, as RPM takes it, and older than each fix of epoch 1; one that is not stated may be any."""
    stated, unsaid = (purl.parse(f"pkg:rpm/almalinux/a@1.2-3.el8{end}") for end in ("?epoch=0", ""))
    assert stated
    assert unsaid
    version = purl.pin(stated).version
    assert [versions.lacks_epoch("AlmaLinux:8", purl.pin(each).version) for each in (stated, unsaid)] == [False, True]
    key = versions.key("AlmaLinux:8", version)
    assert key == versions.key("AlmaLinux:8", "1.2-3.el8")  # RPM: a missing epoch is 0
    assert key < versions.key("AlmaLinux:8", "1:1.1-1.el8")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "pin", "reason"),
    [
        ("pkg:conda/alpha@1?build=py_0&subdir=linux-64", Pin("conda", "alpha", "1"), UNCOVERED),
        ("pkg:generic/zlib@1.3", Pin("generic", "zlib", "1.3"), UNCOVERED),
        ("pkg:github/One/Alpha@1", Pin("github", "one/alpha", "1"), UNCOVERED),
        ("pkg:rpm/fedora/a@1?distro=fedora-40", Pin("rpm", "a", "1"), UNCOVERED),
        ("pkg:alpm/arch/a@1", Pin("alpm", "arch/a", "1"), UNCOVERED),
        ("pkg:rpm/redhat/a@1?distro=rhel-9.3&epoch=1", Pin("rpm", "a", "1:1"), UNTOLD),
        ("pkg:rpm/opensuse/a@1?distro=opensuse-leap-15.5", Pin("rpm", "a", "1"), UNTOLD),
        ("pkg:deb/debian/a@1", Pin("deb", "a", "1"), UNTOLD),
        ("pkg:deb/debian/a@1?distro=debian-trixie/sid", Pin("deb", "a", "1"), UNTOLD),
        ("pkg:deb/debian/a@1?distro=ubuntu-22.04", Pin("deb", "a", "1"), UNTOLD),
        ("pkg:deb/debian/liba1@1?upstream=a", Pin("deb", "liba1", "1"), UNTOLD),
        ("pkg:deb/ubuntu/a@1?distro=ubuntu-22", Pin("deb", "a", "1"), UNTOLD),
        ("pkg:apk/alpine/a@1?distro=edge", Pin("apk", "a", "1"), UNTOLD),
        ("pkg:rpm/almalinux/a@1-2", Pin("rpm", "a", "1-2"), UNTOLD),
        ("pkg:rpm/a@1-2", Pin("rpm", "a", "1-2"), UNTOLD),
    ],
)
def test_pins_that_no_advisory_can_be_applied_to(text: str, pin: Pin, reason: str) -> None:
    """An ecosystem without advisories, and a distribution that cannot be told exactly, keep the word of the URL."""
    found = purl.parse(text)
    assert found is not None
    assert purl.pin(found) == pin
    assert purl.skipped(found) == reason


def test_a_qualifier_that_is_not_there_is_empty() -> None:
    """Asking for a qualifier never fails."""
    found = purl.parse("pkg:pypi/alpha@1?vcs_url=git%2Bhttps://code.example/a%3Fb%23c")
    assert found is not None
    assert found.qualifier("vcs_url") == "git+https://code.example/a?b#c"
    assert found.qualifier("download_url") == ""
