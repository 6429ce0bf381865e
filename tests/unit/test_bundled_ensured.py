"""The wheels of ensurepip: where installations keep them, and what they carry, as parts of the interpreter."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.model import PYPI, PYTHON, Dependency, Origin, Pin, Place
from pip_assay.sources.bundled import ensured
from pip_assay.sources.image.system import Rooted
from pip_assay.sources.installed.tree import Memory
from tests.archives import installed, put, wheel_name, zipped

PYTHON_311 = Dependency(Pin(PYTHON, "cpython", "3.11.9"), Place("bin/python3.11"), ("runtime",))
PIP = wheel_name("pip", "24.0")
SETUPTOOLS = wheel_name("setuptools", "65.5.0")
CONTENT = zipped({**installed("pip", "24.0"), "pip/_vendor/vendor.txt": "requests==2.31.0\n    urllib3==1.26.17\n"})


def install(prefix: Path, library: str = "lib/python3.11", wheels: str = "lib/python3.11/ensurepip/_bundled") -> str:
    """Write an installation with ensurepip and its wheels, and return the folder of its standard library."""
    put(prefix / library, "ensurepip/__init__.py", b"")
    put(prefix / library, "os.py", b"")
    put(prefix / wheels, PIP, CONTENT)
    put(prefix / wheels, SETUPTOOLS, zipped(installed("setuptools", "65.5.0")))
    return str(prefix / library)


def test_the_wheels_are_inside_of_the_interpreter_and_what_they_carry_is_inside_of_them(tmp_path: Path) -> None:
    """Each with the wheel as the place, or the list in the wheel."""
    library = install(tmp_path)
    found = [each.dependency for each in ensured.read(library, "lib", PYTHON_311)]
    folder, pip = os.path.join("lib", "ensurepip", "_bundled"), Pin(PYPI, "pip", "24.0")
    listing = os.path.join(folder, PIP, "pip", "_vendor", "vendor.txt")
    assert [(each.pin, each.inside, each.place, each.known_by) for each in found] == [
        (pip, PYTHON_311.pin, Place(os.path.join(folder, PIP)), "metadata"),
        (Pin(PYPI, "requests", "2.31.0"), pip, Place(listing, 1, 1), "list"),
        (Pin(PYPI, "urllib3", "1.26.17"), pip, Place(listing, 2, 5), "list"),
        (Pin(PYPI, "setuptools", "65.5.0"), PYTHON_311.pin, Place(os.path.join(folder, SETUPTOOLS)), "metadata"),
    ]
    assert {(each.origin, each.groups, each.direct) for each in found} == {(Origin("bundled"), ("runtime",), False)}
    bundled = os.path.join(library, "ensurepip", "_bundled")
    assert ensured.files(library) == [os.path.join(bundled, PIP), os.path.join(bundled, SETUPTOOLS)]


def test_the_pip_of_this_interpreter_is_the_one_that_its_ensurepip_names() -> None:
    """`ensurepip.version()` tells which release it would install."""
    if importlib.util.find_spec("ensurepip") is None:
        pytest.skip("this Python has no ensurepip")
    import ensurepip

    library = ensured.library_of(sys.prefix)
    assert os.path.samefile(library, os.path.dirname(os.__file__))
    found = [each.dependency for each in ensured.read(library, library, PYTHON_311)]
    assert ensurepip.version() in [each.pin.version for each in found if each.pin.name == "pip"]
    assert any(each.inside == Pin(PYPI, "pip", ensurepip.version()) for each in found)


@pytest.mark.parametrize(
    ("library", "wheels"),
    [
        ("lib/python3.11", "lib/python3.11/ensurepip/_bundled"),
        ("lib64/python3.11", "share/python-wheels"),
        ("lib/python3.11", "share/python-wheels"),
        ("lib/python3.13t", "lib/python3.13t/ensurepip/_bundled"),
        ("lib/pypy3.10", "lib/pypy3.10/ensurepip/_bundled"),
        ("lib/python3.11", "lib/python/ensurepip"),
        ("Lib", "Lib/ensurepip/_bundled"),
    ],
)
def test_every_layout_of_an_installation_is_known(tmp_path: Path, library: str, wheels: str) -> None:
    """Python's own place comes first; Debian, Fedora and Gentoo keep the wheels elsewhere."""
    made = install(tmp_path, library, wheels)
    assert ensured.library_of(str(tmp_path)) == made
    assert ensured.files(made) == [str(tmp_path / wheels / PIP), str(tmp_path / wheels / SETUPTOOLS)]


def test_an_installation_without_ensurepip_carries_no_wheels(tmp_path: Path) -> None:
    """Debian has the wheels, and without python3-venv nothing that installs them; many images have neither."""
    put(tmp_path, "lib/python3.11/os.py", b"")
    put(tmp_path, f"share/python-wheels/{PIP}", CONTENT)
    library = str(tmp_path / "lib/python3.11")
    assert ensured.library_of(str(tmp_path)) == ""
    assert (ensured.files(library), ensured.read(library, "lib", PYTHON_311)) == ([], [])
    put(tmp_path, "lib/python3.11/ensurepip/__init__.py", b"")
    os.remove(tmp_path / "share/python-wheels" / PIP)
    assert (ensured.files(library), ensured.read(library, "lib", PYTHON_311)) == ([], [])


def test_of_several_pythons_the_wanted_one_is_found(tmp_path: Path) -> None:
    """Without a word which one, none is."""
    for library in ("lib/python3.11", "lib/python3.12"):
        install(tmp_path, library, f"{library}/ensurepip/_bundled")
    assert ensured.library_of(str(tmp_path)) == ""
    assert ensured.library_of(str(tmp_path), "python3.12") == str(tmp_path / "lib/python3.12")
    assert ensured.library_of(str(tmp_path), "3.11") == str(tmp_path / "lib/python3.11")


def test_a_virtual_environment_has_those_of_the_installation_that_it_builds_on(tmp_path: Path) -> None:
    """The folder of whose interpreter its pyvenv.cfg names, on Windows the installation itself; a link is followed."""
    library = install(tmp_path / "python")
    environment = tmp_path / ".venv"
    put(tmp_path / "python", "bin/python3.11", b"")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "python3").symlink_to(tmp_path / "python" / "bin" / "python3.11")
    for home, found in (
        (tmp_path / "python" / "bin", library),
        (tmp_path / "python", library),
        (tmp_path / "links", library),
        (tmp_path / "gone", ""),
        ("", ""),
        ("\0", ""),
    ):
        put(environment, "pyvenv.cfg", f"home = {home}\nversion = 3.11.9\n".encode())
        assert ensured.library_of(str(environment)) == found
    put(environment, "pyvenv.cfg", f"home = {tmp_path / 'python' / 'bin'}\nversion = 3.12.1\n".encode())
    assert ensured.library_of(str(environment)) == ""


def test_in_an_image_the_paths_of_the_image_count(tmp_path: Path) -> None:
    """What a pyvenv.cfg names is below the root of the file system that it is in."""
    install(tmp_path / "usr" / "local")
    put(tmp_path, "app/.venv/pyvenv.cfg", b"home = /usr/local/bin\nversion_info = 3.11.9\n")
    root = str(tmp_path)
    tree = Rooted(root)
    library = ensured.library_of(os.path.join(root, "app", ".venv"), tree=tree, root=root)
    assert library == os.path.join(root, "usr", "local", "lib", "python3.11")
    found = ensured.read(library, "/usr/local/lib/python3.11", PYTHON_311, tree)
    assert [str(each.dependency.pin) for each in found] == [
        "pip 24.0", "requests 2.31.0", "urllib3 1.26.17", "setuptools 65.5.0",
    ]  # fmt: skip


def test_a_damaged_wheel_is_a_problem_of_the_interpreter_and_the_others_are_read(tmp_path: Path) -> None:
    """It is listed by its name."""
    library = install(tmp_path)
    put(Path(library), f"ensurepip/_bundled/{PIP}", CONTENT[:100])
    put(Path(library), "ensurepip/_bundled/odd.whl", CONTENT)
    found = ensured.read(library, "lib", PYTHON_311)
    assert [str(each.dependency.pin) for each in found] == ["cpython 3.11.9", "pip 24.0", "setuptools 65.5.0"]
    problems = [problem for each in found for problem in each.problems]
    assert [(problem.gap, problem.subject) for problem in problems] == [("unreadable", "cpython")] * 2
    assert problems[0].what == "is not named as a wheel is, so it was not read"
    assert problems[1].what.endswith("so it is not known what it carries itself")


@pytest.mark.parametrize("settings", ["home = /a\0b\nversion = 3.11.4\n", "home = /a\nversion = 3.11\0.4\n"])
def test_a_null_character_in_a_pyvenv_cfg_does_not_raise(tmp_path: Path, settings: str) -> None:
    """No path can hold one: there is no such installation."""
    (tmp_path / "pyvenv.cfg").write_text(settings)
    assert ensured.located(str(tmp_path)) == ("", "")


@given(st.binary(max_size=300), st.text(max_size=30), st.binary(max_size=100))
def test_no_content_of_a_wheel_or_a_pyvenv_cfg_raises(content: bytes, name: str, settings: bytes) -> None:
    """Whatever the bytes are, and whatever the wheel is called."""
    wheel = name.replace("/", "").replace("\0", "") + ".whl"
    tree = Memory({
        f"/usr/lib/python3.11/ensurepip/_bundled/{wheel}": content, "/usr/lib/python3.11/ensurepip/__init__.py": b"",
        "/venv/pyvenv.cfg": b"home = /usr/bin\n" + settings,
    })  # fmt: skip
    ensured.library_of("/venv", tree=tree)
    ensured.library_of("/venv", tree=tree, root="/")
    assert len(ensured.files("/usr/lib/python3.11", tree)) == 1
    assert len(ensured.read("/usr/lib/python3.11", "lib", PYTHON_311, tree)) >= 1
