"""Markers for a named Python and platform: `packaging` evaluates them, uv says what its words mean."""

import os
import platform
import re
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import InvalidMarker, Marker, default_environment

from pip_assay.errors import UsageError
from pip_assay.markers import applies, environment
from tests.wheel_folder import wheel

LINUX, WINDOWS, MACOS = ("posix", "linux", "Linux"), ("nt", "win32", "Windows"), ("posix", "darwin", "Darwin")
ANDROID, IOS, WEB = ("posix", "android", "Android"), ("posix", "ios", "iOS"), ("posix", "emscripten", "Emscripten")

WORDS = {
    "linux": (*LINUX, ""), "windows": (*WINDOWS, ""), "macos": (*MACOS, ""), "win32": (*WINDOWS, ""),
    "darwin": (*MACOS, ""), "ios": (*IOS, ""), "android": (*ANDROID, ""), "emscripten": (*WEB, ""),
    "x86_64-pc-windows-msvc": (*WINDOWS, "AMD64"), "aarch64-pc-windows-msvc": (*WINDOWS, "ARM64"),
    "i686-pc-windows-msvc": (*WINDOWS, "x86"), "x86_64-unknown-linux-gnu": (*LINUX, "x86_64"),
    "aarch64-unknown-linux-musl": (*LINUX, "aarch64"), "riscv64-unknown-linux": (*LINUX, "riscv64"),
    "x86_64-manylinux2014": (*LINUX, "x86_64"), "aarch64-manylinux_2_28": (*LINUX, "aarch64"),
    "aarch64-apple-darwin": (*MACOS, "arm64"), "x86_64-apple-darwin": (*MACOS, "x86_64"),
    "aarch64-linux-android": (*ANDROID, "aarch64"), "wasm32-pyodide2025": (*WEB, "wasm32"),
    "arm64-apple-ios": (*IOS, "arm64"), "x86_64-apple-ios-simulator": (*IOS, "x86_64"),
}  # fmt: skip
NAMES = ("os_name", "sys_platform", "platform_system", "platform_machine")


def test_nothing_named_is_what_runs() -> None:
    """Without a version and a platform, the environment is that of the running interpreter."""
    assert environment() == default_environment()


@pytest.mark.parametrize("word", WORDS)
def test_platforms(word: str) -> None:
    """A platform's name tells the system and mostly the machine; its release is not known; Python stays."""
    found = environment(platform=word)
    assert found.keys() == default_environment().keys()
    assert tuple(found[name] for name in NAMES) == WORDS[word]
    assert (found["platform_release"], found["platform_version"]) == ("", "")
    assert found["python_full_version"] == platform.python_version()
    assert environment("3.9", word) == found | environment("3.9", word)


@pytest.mark.parametrize(
    ("python", "minor"), [("3.9", "3.9"), ("3.12.1", "3.12"), ("2.7.18", "2.7"), ("3.14.0rc1", "3.14")]
)
def test_versions(python: str, minor: str) -> None:
    """A version of Python is its minor version and, as far as it goes, the full one; the platform stays."""
    found = environment(python)
    assert (found["python_version"], found["python_full_version"]) == (minor, python)
    assert found["implementation_version"] == python
    assert found["sys_platform"] == sys.platform


@pytest.mark.parametrize(
    ("python", "word"),
    [("3", ""), ("3.x", ""), ("python3.9", ""), ("3.9.1.2", ""), ("3.9 ", ""), ("", "solaris"), ("", "x86_64-linux"),
     ("", "Linux"), ("", "unknown-linux"), ("", "-unknown-linux-gnu"), ("", "x86_64-unknown-linux-gnu ")],
)  # fmt: skip
def test_what_is_no_version_or_platform(python: str, word: str) -> None:
    """Anything else is a usage error that names it and says what to give."""
    with pytest.raises(UsageError, match="name one like") as caught:
        environment(python, word)
    assert caught.value.where == python or word


UNKNOWN = environment("3.11", "linux")


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("", True),
        ("sys_platform == 'linux'", True),
        ("sys_platform == 'win32'", False),
        ("platform_machine == 'aarch64'", True),
        ("sys_platform == 'win32' and platform_machine == 'aarch64'", False),
        ("sys_platform == 'linux' and platform_machine != 'aarch64'", True),
        ("platform_release >= '20' and os_name == 'nt'", False),
        ("'microsoft' in platform_version", True),
        ("'microsoft' not in platform_version", True),
        ("platform.version == '1' and sys.platform == 'linux'", True),
        ("sys.platform == 'win32'", False),
        ("python_implementation == 'nothing'", False),
        ("python_version >= '3.11'", True),
        ("python_version < '3.11'", False),
        ("python_full_version < '3.11'", False),
        ("python_full_version < '3.11.0'", False),
        ("python_full_version <= '3.11.0'", True),
        ("python_full_version < '3.11.3'", True),
        ("python_full_version >= '3.11.3'", True),
        ("'3.11.3' <= python_full_version", True),
        ("python_full_version == '3.11.4'", True),
        ("python_full_version == '3.11.*'", True),
        ("python_full_version != '3.11.*'", False),
        ("python_full_version ~= '3.11.4'", True),
        ("python_full_version in '3.11.1 3.11.4'", True),
        ("python_full_version <= '3.11.0a6'", False),
        ("python_full_version > '3.12'", False),
        ("implementation_version == '3.11.4'", True),
        ("extra == 'fast'", False),
        ("extra == 'fast' or os_name == 'posix'", True),
        ("'fast' in extras", True),
        ("'dev' in dependency_groups and os_name == 'nt'", False),
        ("platform_machine ~= 'x' or os_name == 'nt'", True),
        ("sys_platform ~= 'x'", True),
        ("os_name == 'or platform_machine == ' and sys_platform == 'linux'", False),
        ("sys_platform == \"platform_release == 'x'\"", False),
        ("no marker", True),
        ("os_name", True),
        ("(" * 5000, True),
    ],
)
def test_what_is_not_known_hides_nothing(marker: str, expected: bool) -> None:
    """With Python 3.11 on some Linux: false only where it is false whatever the machine and the third number."""
    assert applies(marker, UNKNOWN) is expected


def test_extras() -> None:
    """A marker may be true with one of the extras, or without any; names are compared as normalised."""
    found = environment("3.11.4", "linux")
    assert applies("extra == 'Fast.Er'", found, ["other", "fast-er"])
    assert not applies("extra == 'fast'", found, ["other"])
    assert not applies("extra == 'fast' and os_name == 'nt'", found, ["fast"])
    assert applies("extra != 'fast'", found, ["fast"])


COMPARISONS = st.one_of(
    st.builds(
        "{} {} '{}'".format,
        st.sampled_from([*NAMES, "platform_release", "implementation_name"]),
        st.sampled_from(["==", "!=", "in", "not in"]),
        st.sampled_from(["posix", "linux", "win32", "Linux", "AMD64", "x86_64", "", "linux win32", "5"]),
    ),
    st.builds(
        "{} {} '{}'".format,
        st.sampled_from(["python_version", "python_full_version", "implementation_version"]),
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        st.sampled_from(["3", "3.10", "3.11", "3.11.0", "3.11.3", "3.12", "3.11.5rc1"]),
    ),
    st.builds(
        "'{}' {} {}".format,
        st.sampled_from(["3.11.3", "linux", "x86_64"]),
        st.sampled_from(["==", "in", "<="]),
        st.sampled_from(["sys_platform", "platform_machine", "python_full_version"]),
    ),
    st.sampled_from(["extra == 'fast'", "extra == 'slow'", "python_version == '3.11.*'"]),
)
MARKERS = st.recursive(
    COMPARISONS, lambda part: st.builds("({} {} {})".format, part, st.sampled_from(["and", "or"]), part)
)


TRIPLES = st.sampled_from(["x86_64-pc-windows-msvc", "i686-unknown-linux-gnu"])


@given(MARKERS, st.sampled_from(["3.11.3", "3.9.0"]), TRIPLES)
def test_what_is_known_is_as_packaging_says(marker: str, python: str, word: str) -> None:
    """Where everything is known, `packaging` says the same of the marker."""
    known = environment(python, word) | {"platform_release": "5", "platform_version": "x"}
    expected = any(Marker(marker).evaluate({**known, "extra": extra}) for extra in ("", "fast"))
    assert applies(marker, known, ["fast"]) == expected


@given(MARKERS)
def test_no_possible_environment_is_hidden(marker: str) -> None:
    """What is true for any machine, release and third number that could be meant, applies."""
    fulls, machines, releases = (
        ("3.11.0", "3.11.3", "3.11.4", "3.11.9"),
        ("x86_64", "AMD64", "arm"),
        ("5", "linux", "6"),
    )
    possible = [
        dict.fromkeys(("python_full_version", "implementation_version"), full)
        | {"platform_machine": machine, "platform_release": release}
        for full, machine, release in product(fulls, machines, releases)
    ]
    if any(Marker(marker).evaluate({**UNKNOWN, **each, "extra": ""}) for each in possible):
        assert applies(marker, UNKNOWN)


@given(st.text(), st.text(alphabet="os_name ='\"<>~!in()andor.3"))
def test_no_text_is_an_error(one: str, other: str) -> None:
    """Any text is a marker that applies or does not; one that `packaging` refuses applies."""
    for text in (one, other):
        found = applies(text, UNKNOWN)
        try:
            Marker(text)
        except InvalidMarker:
            assert found


def test_uv_says_the_same_of_each_of_its_words(tmp_path: Path) -> None:
    """For every platform that this uv knows, markers are as uv evaluates them when it resolves for it."""
    uv = shutil.which("uv", path=os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]))
    if uv is None:
        pytest.skip("uv is not installed")
    values = {name: sorted({each[number] for each in WORDS.values()} - {""}) for number, name in enumerate(NAMES)}
    asked = [f"{name} == '{value}'" for name in NAMES for value in values[name]]
    markers = {f"m{number}": marker for number, marker in enumerate(asked)}
    for name in markers:
        wheel(tmp_path, name, "1")
    wheel(tmp_path, "probe", "1", [f"{name} ; {marker}" for name, marker in markers.items()])
    help_text = subprocess.run([uv, "pip", "compile", "--help"], capture_output=True, text=True, check=True).stdout
    [listed] = re.findall(r"--python-platform <.*?possible values: (.*?)\]", " ".join(help_text.split()))
    for word in listed.split(", "):
        command = [uv, "pip", "compile", "-", "--quiet", "--no-config", "--python", sys.executable, "--no-header"]
        command += ["--no-annotate", "--no-index", "--find-links", str(tmp_path), "--python-platform", word]
        out = subprocess.run(command, input="probe", capture_output=True, text=True, check=True).stdout
        taken = {name for name in markers if f"{name}==" in out}
        ours = {name for name, marker in markers.items() if applies(marker, environment(platform=word))}
        if word in WORDS and not WORDS[word][3]:
            assert taken <= ours
            ours = {name for name in ours if not markers[name].startswith("platform_machine")}
            taken = {name for name in taken if not markers[name].startswith("platform_machine")}
        assert ours == taken, word
