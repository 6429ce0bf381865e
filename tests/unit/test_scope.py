"""What of a target the options ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from pip_assay import scope
from pip_assay.errors import UsageError
from pip_assay.model import NOT_ASKED, PYPI, Dependency, Inventory, Pin, Place, Problem
from pip_assay.settings import Settings

GROUPS = st.lists(st.sampled_from(["runtime", "extra:a", "extra:b", "group:dev", "group:test", "build"]), unique=True)


def dependency(name: str, groups: tuple[str, ...] = (), marker: str = "") -> Dependency:
    return Dependency(Pin(PYPI, name, "1.0"), Place("lock", 1), groups, marker=marker)


@given(GROUPS)
def test_nothing_is_left_out_unless_asked(groups: list[str]) -> None:
    """Without an option, every group is asked for."""
    assert scope.Scope(Settings()).asks_for(groups)


@given(GROUPS, st.lists(st.sampled_from(["dev", "Test"])), st.lists(st.sampled_from(["a", "B"])), st.booleans())
def test_the_named_groups_and_runtime_are_asked_for(
    groups: list[str], named: list[str], extras: list[str], no_dev: bool
) -> None:
    """A dependency is kept if one of its groups is named, or is "runtime"; unknown groups hide nothing."""
    asked = {"runtime", *(f"group:{name.lower()}" for name in named), *(f"extra:{name.lower()}" for name in extras)}
    if not (named or extras):
        asked |= {"extra:a", "extra:b", "build"} | (set() if no_dev else {"group:dev", "group:test"})
    settings = Settings(groups=tuple(named), extras=tuple(extras), no_dev=no_dev)
    assert scope.Scope(settings).asks_for(groups) == (not groups or bool(asked & set(groups)))


@given(GROUPS)
def test_only_group_leaves_the_runtime_out(groups: list[str]) -> None:
    """--only-group dev is the group dev alone."""
    assert scope.Scope(Settings(only_groups=("dev",))).asks_for(groups) == (not groups or "group:dev" in groups)


MARKERS = st.sampled_from([
    'python_version < "3.9"', 'python_version >= "3.9"', 'sys_platform == "win32"', 'sys_platform != "win32"',
    'python_version < "3.9" and sys_platform == "win32"', 'python_version < "3.9" or sys_platform == "linux"',
    'os_name == "nt"', 'python_full_version >= "3.8.1"', 'platform_system == "Darwin" and python_version == "3.12"',
])  # fmt: skip
PYTHONS = ("3.8", "3.9", "3.12")
PLATFORMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
    "macos": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
}


@given(MARKERS, st.sampled_from(["", *PYTHONS]), st.sampled_from(["", *PLATFORMS]))
def test_a_marker_applies_if_it_may_be_true(marker: str, python: str, platform: str) -> None:
    """Of what is not named, any value that makes the marker true will do: packaging, tried with each, is the oracle."""
    possible = any(
        Marker(marker).evaluate(
            {"python_version": version, "python_full_version": f"{version}.{micro}", **PLATFORMS[system]}
        )
        for version in ([python] if python else PYTHONS)
        for micro in (0, 20)
        for system in ([platform] if platform else PLATFORMS)
    )
    assert scope.Scope(Settings(python_version=python, platform=platform)).applies(marker) == possible


def test_a_marker_of_an_extra_hides_nothing() -> None:
    """Poetry marks each optional package so; whether its extra is asked for is a question of groups."""
    found = scope.Scope(Settings(python_version="3.12"))
    assert found.applies('extra == "all"')
    assert found.applies('python_version >= "3.9" and (extra == "all" or extra == "fast")')
    assert not found.applies('python_version < "3.9" and extra == "all"')


def test_what_is_left_out_stays_listed_and_takes_its_problems_with_it() -> None:
    """A problem of something that nobody asked for is none; one that somebody asked for stays."""
    problems = (
        Problem("unpinned", "no version", subject="old"),
        Problem("unpinned", "no version", subject="new"),
        Problem("unreadable", "broken"),
    )
    found = Inventory(
        "lock", "x", (dependency("old", marker='python_version < "3.0"'), dependency("new")), problems
    )  # fmt: skip
    (narrow,) = scope.narrowed([found], Settings(python_version="3.12"))
    assert [(each.pin.name, each.skipped) for each in narrow.dependencies] == [("old", NOT_ASKED), ("new", "")]
    assert narrow.problems == problems[1:]


def test_what_is_inside_a_distribution_is_left_out_with_it() -> None:
    """By its groups, or by a marker that only the distribution has; what is kept once keeps what it carries."""
    dev, old, kept = (
        dependency("dev", ("group:dev",)), dependency("old", marker='python_version < "3.0"'), dependency("kept"),
    )  # fmt: skip
    inside = [
        Dependency(Pin("crates.io", f"of-{host.pin.name}", "1"), Place("sbom"), host.groups, inside=host.pin)
        for host in (dev, old, kept)
    ]
    found = Inventory("lock", "x", (dev, old, kept, *inside))
    settings = Settings(python_version="3.12", no_dev=True)
    (narrow,) = scope.narrowed([found], settings)
    reasons = {each.pin.name: each.skipped for each in narrow.dependencies}
    assert {name for name, why in reasons.items() if not why} == {"kept", "of-kept"}
    again = found._replace(dependencies=(*found.dependencies, old._replace(marker="")))
    (narrow,) = scope.narrowed([again], settings)
    assert "of-old" in {each.pin.name for each in narrow.dependencies if not each.skipped}


def test_a_group_that_nothing_declares_is_a_problem() -> None:
    """A slip of the pen must not look clean; the names that there are help."""
    found = Inventory("lock", "x", (dependency("beta", ("group:dev",)),), groups=("group:docs",))
    (narrow,) = scope.narrowed([found], Settings(groups=("tset", "Docs"), extras=("fast",)))
    assert [(each.what, each.hint) for each in narrow.problems] == [
        ("there is no group tset", "it has: dev, docs"),
        ("there is no extra fast", "it names no extra"),
    ]
    assert scope.narrowed([], Settings(groups=("tset",))) == []


def test_a_version_or_platform_that_does_not_exist_is_refused() -> None:
    """--python-version banana is a usage error, whatever the lock holds."""
    for settings in (Settings(python_version="banana"), Settings(platform="amiga")):
        with pytest.raises(UsageError):
            scope.Scope(settings).applies('python_version < "3.9"')
