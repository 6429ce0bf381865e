"""Which Python an environment has, from its files; started interpreters are the oracle where there are real ones."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from pip_assay.model import INDEX, PYTHON, UNCOVERED, UNKNOWN_PATCH, Dependency, Origin, Pin
from pip_assay.sources import interpreter
from pip_assay.sources.installed import installation, locate
from pip_assay.sources.installed.tree import Memory

HEADER = '#define PY_MAJOR_VERSION 3\n\n#define PY_VERSION      	"{}"\n'
SITE = "lib/python3.11/site-packages"


def make(root: Path, files: dict[str, str]) -> Path:
    """Make files, and folders where a name ends in "/"."""
    for name, content in files.items():
        path = root / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text(content)
    return root


def venv(root: Path, home: Path, settings: str = "version = 3.11.7\n") -> Path:
    """Make what looks like a virtual environment."""
    return make(
        root, {f"{SITE}/": "", "pyvenv.cfg": f"home = {home}\ninclude-system-site-packages = false\n{settings}"}
    )


def of(folder: Path) -> Dependency:
    """Return the interpreter of an environment on the disk."""
    found = locate.at(str(folder)).interpreter
    assert found
    return found


def said(found: Dependency) -> tuple[str, str, int]:
    """Return the version, and the file and line that say it."""
    return found.pin.version, found.place.file, found.place.line


# --- against a started interpreter ----------------------------------------------------------------


def test_a_real_virtual_environment(tmp_path: Path) -> None:
    """The interpreter of a venv is the one that it starts."""
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, capture_output=True)
    started = subprocess.run([folder / "bin/python", "-V"], check=True, capture_output=True, text=True).stdout
    assert f"Python {of(folder).pin.version}" == started.strip()


def test_the_running_one() -> None:
    """The interpreter that runs us says its own version."""
    found = interpreter.running()
    assert found.pin == Pin(PYTHON, "cpython", platform.python_version().rstrip("+"))
    assert locate.running().interpreter == found
    assert found.groups == ("runtime",)
    assert found.direct is None


def test_a_candidate_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release candidate is named as such; another implementation is not audited."""
    monkeypatch.setattr(
        sys, "version_info", type("Info", (tuple,), {"releaselevel": "candidate", "serial": 2})((3, 14, 0))
    )
    assert interpreter.running().pin.version == "3.14.0rc2"
    monkeypatch.setattr(sys, "implementation", type("Other", (), {"name": "pypy"}))
    found = interpreter.running()
    assert (found.pin.name, found.skipped) == ("pypy", UNCOVERED)


# --- virtual environments -------------------------------------------------------------------------


def test_the_installation_counts_before_pyvenv_cfg(tmp_path: Path) -> None:
    """An installation that was upgraded in place is what runs, and the report says that pyvenv.cfg is behind."""
    make(tmp_path / "base", {"include/python3.11/patchlevel.h": HEADER.format("3.11.9")})
    folder = venv(tmp_path / "venv", tmp_path / "base/bin")
    assert said(of(folder)) == ("3.11.9", str(tmp_path / "base/include/python3.11/patchlevel.h"), 3)
    assert locate.at(str(folder)).detail == "CPython 3.11.9; pyvenv.cfg still says 3.11.7"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("version = 3.11.7\n", ("3.11.7", 3)),
        ("uv = 0.5\nversion_info = 3.11.9\n", ("3.11.9", 4)),
        ("version_info = 3.11.0.final.0\n", ("3.11.0", 3)),
        ("version_info = 3.14.0.candidate.2\n", ("3.14.0rc2", 3)),
        ("version_info = 3.14.0b1\n", ("3.14.0b1", 3)),
    ],
)
def test_pyvenv_cfg_alone(tmp_path: Path, settings: str, expected: tuple[str, int]) -> None:
    """Where the installation does not tell, what the environment was made with counts, with its line."""
    folder = venv(tmp_path / "venv", tmp_path / "nowhere/bin", settings)
    assert said(of(folder)) == (expected[0], str(folder / "pyvenv.cfg"), expected[1])
    assert of(folder).skipped == ""


@pytest.mark.parametrize(
    "base",
    ["uv/python/cpython-3.11.9-linux-x86_64-gnu", "versions/3.11.9", "Cellar/python@3.11/3.11.9_1/Versions/3.11"],
)
def test_the_name_of_the_installation(tmp_path: Path, base: str) -> None:
    """uv, pyenv and Homebrew name the folder of an installation by its version."""
    make(tmp_path, {f"{base}/bin/python3.11": "", f"{base}/lib/python3.11/": ""})
    folder = venv(tmp_path / "venv", tmp_path / base / "bin")
    assert said(of(folder)) == ("3.11.9", str(tmp_path / base), 0)


def test_links_to_the_installation_are_followed(tmp_path: Path) -> None:
    """A venv of uv names a link without the patch number, which leads to the installation."""
    base = tmp_path / "cpython-3.11.12-linux-x86_64-gnu"
    make(base, {"bin/python3.11": ""})
    (tmp_path / "cpython-3.11-linux-x86_64-gnu").symlink_to(base)
    folder = venv(tmp_path / "venv", tmp_path / "cpython-3.11-linux-x86_64-gnu/bin", "version_info = 3.11.9\n")
    assert of(folder).pin.version == "3.11.12"


def test_a_home_that_no_path_can_be(tmp_path: Path) -> None:
    """A null character in pyvenv.cfg is no error: its version counts."""
    assert said(of(venv(tmp_path / "venv", Path("/a\0b"))))[0] == "3.11.7"


def test_a_name_of_another_branch_is_not_taken(tmp_path: Path) -> None:
    """The folder's name counts only where it is of the environment's own Python."""
    make(tmp_path / "versions/3.12.1", {"bin/python": ""})
    folder = venv(tmp_path / "venv", tmp_path / "versions/3.12.1/bin")
    assert of(folder).pin.version == "3.11.7"


def test_only_the_branch_is_known(tmp_path: Path) -> None:
    """An environment whose patch release nothing tells is listed with its branch, and not audited."""
    folder = venv(tmp_path / "venv", tmp_path / "nowhere/bin", "")
    found = of(folder)
    assert (found.pin.version, found.skipped) == ("3.11", UNKNOWN_PATCH)


def test_nothing_is_known(tmp_path: Path) -> None:
    """A pyvenv.cfg that names neither a version nor an installation has no interpreter."""
    folder = make(tmp_path, {"Lib/site-packages/": "", "pyvenv.cfg": "include-system-site-packages = false\n"})
    assert locate.at(str(folder)).interpreter is None


@pytest.mark.parametrize(
    ("library", "settings", "name"),
    [
        ("pypy3.10", "version = 3.10.14\n", "pypy"),
        ("python3.11", "implementation = PyPy\nversion_info = 3.11.7\n", "pypy"),
        ("python3.11", "implementation = GraalPy\nversion_info = 3.11.7\n", "graalpy"),
    ],
)
def test_other_implementations_are_listed(tmp_path: Path, library: str, settings: str, name: str) -> None:
    """What is no CPython is listed as what no advisory data cover."""
    make(tmp_path, {f"lib/{library}/site-packages/": "", "pyvenv.cfg": f"home = /none/bin\n{settings}"})
    found = interpreter.at(str(tmp_path), library)
    assert found
    assert (found.pin.name, found.skipped) == (name, UNCOVERED)


def test_windows(tmp_path: Path) -> None:
    """On Windows the interpreter lies in the prefix itself, beside include."""
    make(
        tmp_path / "Python311",
        {"include/patchlevel.h": HEADER.format("3.11.9"), "python311.dll": "", "Lib/site-packages/": ""},
    )
    make(
        tmp_path / "venv",
        {"Lib/site-packages/": "", "pyvenv.cfg": f"home = {tmp_path / 'Python311'}\nversion = 3.11.7\n"},
    )
    assert of(tmp_path / "venv").pin.version == "3.11.9"
    assert of(tmp_path / "Python311").pin.version == "3.11.9"


# --- installations --------------------------------------------------------------------------------


def test_a_build_from_git_is_taken_for_the_release_before(tmp_path: Path) -> None:
    """3.13.1+ has what comes after 3.13.1, and that is not known."""
    make(tmp_path, {"lib/python3.13/site-packages/": "", "include/python3.13/patchlevel.h": HEADER.format("3.13.1+")})
    assert of(tmp_path).pin.version == "3.13.1"


def test_conda(tmp_path: Path) -> None:
    """The metadata of conda name the Python that it installed; other files there are not taken for it."""
    names = ("python-dateutil-2.9.0-py_0.json", "python-3.9.1-h1_0.json", "python-3.11.9-h955ad1f_0.json", "history")
    make(tmp_path, {f"{SITE}/": "", **{f"conda-meta/{name}": "{}" for name in names}})
    assert said(of(tmp_path)) == ("3.11.9", str(tmp_path / "conda-meta/python-3.11.9-h955ad1f_0.json"), 0)
    assert of(tmp_path).origin == INDEX


STATUS = (
    "Package: python3.1\nVersion: 3.1.9-1\n\n"
    "Package: python3.11-minimal\nStatus: install ok installed\nSource: python3.11\nVersion: {}\n\n"
    "Package: zlib\nVersion: 1.3.1\n"
)
INSTALLED = "P:musl\nV:1.2.5-r0\n\nC:Q1\nP:python3\nV:{}\nA:x86_64\n\nP:zlib\nV:1.3.1\n"


@pytest.mark.parametrize(
    ("file", "content", "version", "line"),
    [
        ("var/lib/dpkg/status", STATUS.format("3.11.2-6+deb12u5"), "3.11.2", 7),
        ("var/lib/dpkg/status", STATUS.format("1:3.11.2~rc1-1"), "3.11.2rc1", 7),
        ("var/lib/dpkg/status.d/python3.11-minimal", STATUS.format("3.11.2-6"), "3.11.2", 7),
        ("lib/apk/db/installed", INSTALLED.format("3.11.8-r1"), "3.11.8", 6),
        ("usr/lib/apk/db/installed", INSTALLED.format("3.11.0_rc2-r1"), "3.11.0rc2", 6),
        ("lib/apk/db/installed", INSTALLED.format("3.12.8-r1"), "3.11", 0),
        ("var/lib/dpkg/status", "Package: zlib\nVersion: 3.11.2\n", "3.11", 0),
        ("var/lib/dpkg/status", "Package: python3.11-minimal\n\nPackage: zlib\nVersion: 3.11.2\n", "3.11", 0),
    ],
)
def test_the_systems_python(tmp_path: Path, file: str, content: str, version: str, line: int) -> None:
    """The system's own Python is as new as its package says, in upstream's words, and is known to be the system's."""
    make(tmp_path, {f"usr/{SITE}/": "", file: content})
    found = interpreter.of_installation(str(tmp_path / "usr"), "python3.11")
    assert found
    assert (found.pin.version, found.place.line) == (version, line)
    assert found.origin == Origin("distro")
    assert found.skipped == ("" if line else UNKNOWN_PATCH)


def test_graalpy(tmp_path: Path) -> None:
    """GraalPy's header calls itself Python, and its launcher tells."""
    make(tmp_path, {f"{SITE}/": "", "bin/graalpy": "", "include/python3.11/patchlevel.h": HEADER.format("3.11.7")})
    found = interpreter.of_installation(str(tmp_path), "python3.11")
    assert found
    assert (found.pin.name, found.skipped) == ("graalpy", UNCOVERED)


def test_an_unknown_library_has_none(tmp_path: Path) -> None:
    """A prefix of which nobody knows which Python it has, has no interpreter."""
    assert interpreter.of_installation(str(tmp_path), "") is None


# --- folders of packages, and images --------------------------------------------------------------


def test_a_site_folder_alone(tmp_path: Path) -> None:
    """A folder of packages has an interpreter where it lies in a prefix, and else none."""
    make(tmp_path / "base", {f"{SITE}/": "", "include/python3.11/patchlevel.h": HEADER.format("3.11.9")})
    found = interpreter.of_site_folder(str(tmp_path / "base" / SITE))
    assert found
    assert found.pin.version == "3.11.9"
    assert of(tmp_path / "base" / SITE) == found
    make(tmp_path, {"target/": "", "win/Lib/site-packages/": "", "win/pyvenv.cfg": "version = 3.11.7\n"})
    assert interpreter.of_site_folder(str(tmp_path / "target")) is None
    inner = interpreter.of_site_folder(str(tmp_path / "win/Lib/site-packages"))
    assert inner
    assert inner.pin.version == "3.11.7"


def test_an_environment_in_an_image() -> None:
    """What a pyvenv.cfg in an image names lies in the image."""
    tree = Memory(
        {
            "img/usr/local/include/python3.12/patchlevel.h": HEADER.format("3.12.4").encode(),
            "img/app/.venv/pyvenv.cfg": b"home = /usr/local/bin\nversion = 3.12.3\n",
        }
    )
    found = interpreter.at("img/app/.venv", "python3.12", tree, "img")
    assert found
    assert (found.pin.version, found.origin) == ("3.12.4", INDEX)
    assert interpreter.of_installation("img/usr/local", "python3.12", tree)


def test_versions_of_pyvenv_cfg_that_are_none() -> None:
    """What is no version is not taken for one."""
    assert installation.venv_version({"version": "unknown"}) == ""
    assert installation.number_of("site") == ""
