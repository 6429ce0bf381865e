"""What the orders of versions say of an ecosystem and of single versions; their laws are in tests/property."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from pip_assay import versions
from pip_assay.model import PYPI, PYTHON

SOURCE = Path(__file__).resolve().parents[2] / "src"

RPM = ("AlmaLinux", "Azure Linux", "Mageia", "Photon OS", "Red Hat", "Rocky Linux", "SUSE", "openEuler", "openSUSE")
APK = ("Alpaquita", "Alpine", "BellSoft Hardened Containers", "Chainguard", "MinimOS", "Wolfi")
SEMVER = ("crates.io", "npm", "Go", "Hex", "Pub", "SwiftURL")


def ascend(ecosystem: str, texts: list[str]) -> bool:
    """Return whether all of the versions have keys, each above the one before."""
    keys = [versions.key(ecosystem, text) for text in texts]
    return None not in keys and all(low < high for low, high in pairwise(filter(None, keys)))


@pytest.mark.parametrize(
    ("ecosystems", "in_order"),
    [
        (RPM, ["1.0~rc1-1", "1.0-1.el8", "1.0-1.el8_6", "1.0^git1-1", "1.0.a-1", "1:0.1-1"]),
        (APK, ["1.0_rc1-r0", "1.0-r0", "1.0-r1", "1.0_p1-r0", "1.0b-r0", "1.0.1-r0"]),
        (("Debian", "Ubuntu"), ["1.0~rc1-1", "1.0-1", "1.0-1+deb12u1", "1.0a-1", "1.0+dfsg-1", "1:0.1-1"]),
        (SEMVER, ["1.0.0-alpha", "1.0.0-rc.1", "1.0.0", "1.0.1"]),
        ((PYPI,), ["1.0.dev1", "1.0a1", "1.0", "1.0+cu118", "1.0.post1", "1!0.1"]),
    ],
)
def test_each_ecosystem_has_the_order_of_what_it_is_packaged_with(
    ecosystems: tuple[str, ...], in_order: list[str]
) -> None:
    """OSV schema, `affected[].package.ecosystem`: a suffix names a release of a distribution, and changes no order."""
    for ecosystem in ecosystems:
        for name in (ecosystem, f"{ecosystem}:8", f"{ecosystem}:22.04:LTS") if ecosystem != PYPI else (PYPI,):
            assert versions.is_ordered(name)
            assert ascend(name, in_order)


@pytest.mark.parametrize("ecosystem", ["Maven", "RubyGems", "Echo:PyPI", "PyPI:x", "almalinux", ""])
def test_an_ecosystem_without_an_order_places_nothing(ecosystem: str) -> None:
    """An order that is not known here is never guessed."""
    assert not versions.is_ordered(ecosystem)
    assert versions.key(ecosystem, "1.0") is None
    assert not versions.is_prerelease(ecosystem, "1.0-rc.1")


@pytest.mark.parametrize("ecosystem", ["AlmaLinux:8", "Alpine:v3.20", "Debian:12", "crates.io"])
@pytest.mark.parametrize(
    "text", ["", " ", "1.0 ", "-1", ":1", "1:", "1.0-", "x:1.0", "1.0/2", "1.0\n", "é", "1" * 1001]
)
def test_what_is_no_version_has_no_key(ecosystem: str, text: str) -> None:
    """An empty text, an empty part, a foreign sign or an absurd length is not placed."""
    if (ecosystem, text.strip()) != ("crates.io", "1.0"):
        assert versions.key(ecosystem, text) is None


@pytest.mark.parametrize("ecosystem", ["AlmaLinux:8", "Alpine:v3.20", "Debian:12"])
def test_a_number_of_any_length_is_placed_or_not_known(ecosystem: str) -> None:
    """Long numbers compare by value; beyond every real one there is no key, rather than a wrong one."""
    assert ascend(ecosystem, [f"1{'0' * zeros}" for zeros in range(70)])
    assert versions.key(ecosystem, "9" * 90) is None
    assert versions.key(ecosystem, "0" * 500 + "1") == versions.key(ecosystem, "1")


def test_what_is_missing_compares_as_the_programs_have_it() -> None:
    """No epoch is epoch 0; no revision is dpkg's revision 0, and in RPM before all; in apk nothing is before a 0."""
    assert versions.key("AlmaLinux:8", "1.0-1") == versions.key("AlmaLinux:8", "0:1.0-1")
    assert versions.key("Debian", "1.0-0") == versions.key("Debian", "0:1.0")
    assert ascend("AlmaLinux:8", ["1.0", "1.0-~"])
    assert ascend("Alpine", ["1", "1-r0", "1_p", "1_p0"])


def test_apk_compares_numbers_with_a_zero_in_front_as_text() -> None:
    """apk-tools 3: 1.010 is before 1.02, both before 1.1; the first number is a number."""
    ordered = ["1", "1.0", "1.00", "1.010", "1.02", "1.1", "1.10", "002"]
    assert ascend("Alpine", ordered)


def test_apk_takes_a_number_after_the_letter() -> None:
    """apk-tools 2 took 1.9.5p2, and Alpine's advisories name it."""
    ordered = ["1.9.5", "1.9.5p", "1.9.5p-r1", "1.9.5p_p1", "1.9.5p2-r0", "1.9.5p3", "1.9.5p10"]
    assert ascend("Alpine", ordered)
    assert versions.key("Alpine", "1.9.5p2.1") is None


def test_local_versions_are_those_of_python_alone() -> None:
    """What follows "+" in another ecosystem is a part of the version, or build metadata."""
    assert versions.has_local(PYPI, "1.0+cu118")
    assert not versions.has_local("Debian:12", "1.0-1+deb12u1")
    assert versions.public_key(PYPI, "1.0+cu118") == versions.key(PYPI, "1.0")
    assert versions.public_key("Debian:12", "1.0-1+deb12u1") == versions.key("Debian:12", "1.0-1+deb12u1")
    assert versions.public_key("AlmaLinux:8", "1.0-1.module+el8") == versions.key("AlmaLinux:8", "1.0-1.module+el8")


@pytest.mark.parametrize(
    ("ecosystem", "text", "is_one"),
    [
        (PYPI, "1.0rc1", True),
        (PYPI, "1.0.post1", False),
        ("crates.io", "1.0.0-rc.1+b", True),
        ("crates.io", "1.0.0+build-7", False),
        ("AlmaLinux:8", "1.1.1k-15.el8_6", False),
        ("AlmaLinux:10", "0.9~rc2-1.el10_0.1", False),
        ("Debian:12", "1.0~rc1-1", False),
        ("Alpine:v3.20", "1.0_rc1-r0", False),
    ],
)
def test_pre_releases_are_known_where_an_ecosystem_has_them(ecosystem: str, text: str, is_one: bool) -> None:
    """A hyphen tells in SemVer, before the build metadata; what a distribution publishes is meant to be used."""
    assert versions.is_prerelease(ecosystem, text) is is_one


def test_python_versions_load_no_other_order() -> None:
    """An audit of Python's packages does not pay for the orders of distributions."""
    program = (
        "import sys; from pip_assay import versions; versions.key('PyPI', '1.0rc1'); versions.is_ordered('Alpine');"
        "print(*sorted(name for name in sys.modules if name.startswith('pip_assay.versions')))"
    )
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    loaded = ["pip_assay.versions", "pip_assay.versions.numbers", "pip_assay.versions.pep440"]
    assert done.stdout.split() == loaded


def test_the_epoch_of_a_key_can_be_cut_off() -> None:
    """It is a number of one byte or of many; the ends of everything have none."""
    rest = versions.key("AlmaLinux:8", "1.1.1k-15.el8_6")
    assert rest
    for epoch in ("0", "1", "199", "200", "65536"):
        key = versions.key("AlmaLinux:8", f"{epoch}:1.1.1k-15.el8_6")
        assert key
        assert versions.without_epoch(key) == rest[1:]
        assert versions.has_epoch(key) == (epoch != "0")
    for end in (versions.START, versions.END):
        assert versions.without_epoch(end) == end
        assert not versions.has_epoch(end)


@pytest.mark.parametrize("ecosystem", [PYPI, PYTHON, "crates.io", "Debian:12", "Alpine:v3.20", "unknown"])
def test_only_an_rpm_package_may_leave_its_epoch_out(ecosystem: str) -> None:
    """Elsewhere a version without an epoch is of epoch 0, or there is no such thing."""
    assert not versions.lacks_epoch(ecosystem, "1.0-1")
    assert versions.lacks_epoch("Rocky Linux:9", "1.0-1")
    assert not versions.lacks_epoch("Rocky Linux:9", "0:1.0-1")


def test_interpreters_are_ordered_as_python_s_packages() -> None:
    """CPython's releases and candidates are PEP 440's."""
    assert ascend(PYTHON, ["3.9.1", "3.11.9", "3.11.10", "3.13.0a1", "3.13.0rc2", "3.13.0"])
    assert versions.is_ordered(PYTHON)
    assert versions.is_prerelease(PYTHON, "3.14.0rc2")
