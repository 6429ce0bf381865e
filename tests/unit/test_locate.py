"""Finding an environment without starting it; the `sys.path` of a really started interpreter is the oracle."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pip_assay
from pip_assay.errors import Unreadable
from pip_assay.model import Place
from pip_assay.sources.installed import locate
from pip_assay.sources.installed.locate import at, default, running

LIBRARY = f"python{sys.version_info[0]}.{sys.version_info[1]}"
VERSION = ".".join(str(part) for part in sys.version_info[:3])
BINARY = b"\x7fELF not really"
SITES = ("site-packages", "dist-packages")


def started(interpreter: str | Path) -> list[str]:
    """Start an interpreter and return the site folders on its import path, links resolved."""
    code = "import sys, json; print(json.dumps(sys.path))"
    answer = subprocess.run([interpreter, "-c", code], check=True, capture_output=True, text=True)
    return [os.path.realpath(path) for path in json.loads(answer.stdout) if path.endswith(SITES)]


def real(paths: tuple[str, ...]) -> list[str]:
    """Return the paths with their links resolved."""
    return [os.path.realpath(path) for path in paths]


def make(root: Path, *names: str) -> Path:
    """Make a tree: names that end in "/" are folders, all others files like an interpreter."""
    for name in names:
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(BINARY)
    return root


def below(root: Path, paths: tuple[str, ...]) -> list[str]:
    """Return the paths as written below a root."""
    return [Path(path).relative_to(root).as_posix() for path in paths]


def make_venv(folder: Path, *options: str) -> Path:
    """Make a real virtual environment."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", *options, folder], check=True)
    return folder


def fake_venv(
    folder: Path, settings: str = "home = /none\ninclude-system-site-packages = false\nversion = 3.11.7\n"
) -> Path:
    """Make a folder that looks like a virtual environment."""
    make(folder, "lib/python3.11/site-packages/", "bin/python")
    (folder / "pyvenv.cfg").write_text(settings)
    return folder


@pytest.fixture
def user_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user site folder of the running Python in a home of our own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return make(tmp_path / "home", f".local/lib/{LIBRARY}/site-packages/") / f".local/lib/{LIBRARY}/site-packages"


# --- against a started interpreter ------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--system-site-packages"], ["--copies"]])
def test_virtual_environment(tmp_path: Path, user_site: Path, options: list[str]) -> None:
    """A venv named by folder or by interpreter has the site folders that its interpreter has when started."""
    folder = make_venv(tmp_path / "venv", *options)
    expected = started(folder / "bin/python")
    assert (str(user_site.resolve()) in expected) == ("--system-site-packages" in options)
    for named in (folder, folder / "bin/python", folder / "bin/python3", folder / "bin" / LIBRARY):
        environment = at(str(named))
        assert real(environment.paths) == expected
        assert real(environment.local) == [str((folder / "lib" / LIBRARY / "site-packages").resolve())]
        assert environment.folder == str(folder)
        assert environment.detail == f"CPython {VERSION}"
        assert environment.because == ""
        assert environment.problems == ()


def test_virtual_environment_of_a_virtual_environment(tmp_path: Path) -> None:
    """A venv made by a venv's interpreter and seeing the system's folders sees the installation's, as when started."""
    first = make_venv(tmp_path / "first")
    subprocess.run(
        [first / "bin/python", "-m", "venv", "--without-pip", "--system-site-packages", tmp_path / "second"], check=True
    )
    assert real(at(str(tmp_path / "second")).paths) == started(tmp_path / "second/bin/python")


def test_installation(user_site: Path) -> None:
    """The installation behind the running Python has the folders it has when started, by interpreter and by prefix."""
    interpreter = os.path.realpath(sys.executable)
    expected = started(interpreter)
    assert str(user_site.resolve()) in expected
    environment = at(interpreter)
    assert real(environment.paths) == expected
    assert environment.local == environment.paths
    assert environment.detail.startswith(f"CPython {sys.version_info[0]}.{sys.version_info[1]}")
    assert real(at(sys.base_prefix).paths) == expected


@pytest.mark.parametrize("variable", ["PYTHONUSERBASE", "PYTHONNOUSERSITE"])
def test_user_site_follows_pythons_variables(
    tmp_path: Path, user_site: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """The user's folder is moved and left out by the variables by which Python itself does so."""
    make(tmp_path / "other", f"lib/{LIBRARY}/site-packages/")
    monkeypatch.setenv(variable, str(tmp_path / "other"))
    interpreter = os.path.realpath(sys.executable)
    expected = started(interpreter)
    assert str(user_site.resolve()) not in expected
    assert real(at(interpreter).paths) == expected


def test_running_is_the_import_path() -> None:
    """The running environment is every folder on the import path, less the standard library."""
    environment = running()
    expected = [path for path in sys.path if path.endswith(SITES) and os.path.isdir(path)]
    assert [path for path in environment.paths if path.endswith(SITES)] == expected
    assert not any(path.endswith((LIBRARY, "lib-dynload", ".zip")) for path in environment.paths)
    assert environment.detail == f"CPython {VERSION}"
    assert environment.folder == locate.as_named(sys.prefix)


@pytest.mark.parametrize("options", [["-m", "ask"], ["-P", "-m", "ask"], ["ask/__main__.py"]])
def test_running_in_a_started_virtual_environment(tmp_path: Path, user_site: Path, options: list[str]) -> None:
    """Started in a venv that sees the system it has all site folders in order, as local its own, never where it is."""
    folder = make_venv(tmp_path / "venv", "--system-site-packages")
    assert str(user_site.resolve()) in started(folder / "bin/python")
    source = os.path.dirname(os.path.dirname(pip_assay.__file__))
    make(tmp_path, "here/ask/")
    (tmp_path / "here/ask/__main__.py").write_text(
        f"import sys, json; sys.path.append({source!r})\n"
        "from pip_assay.sources.installed.locate import running\n"
        "print(json.dumps(running()[:3]))\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "here")} if "-P" in options else dict(os.environ)
    answer = subprocess.run(
        [folder / "bin/python", *options],
        check=True, capture_output=True, text=True, cwd=tmp_path / "here", env=environ,
    )  # fmt: skip
    shown, paths, local = json.loads(answer.stdout)
    assert shown == str(folder)
    assert real(local) == [str((folder / "lib" / LIBRARY / "site-packages").resolve())]
    assert [os.path.realpath(path) for path in paths if path.endswith(SITES)] == started(folder / "bin/python")
    assert (str(tmp_path / "here") in paths) == ("-P" in options)
    assert str(tmp_path / "here/ask") not in paths


# --- layouts ----------------------------------------------------------------------------------------


def test_relative_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment inside of the current folder is named as a person there would."""
    fake_venv(tmp_path / "sub" / ".venv")
    monkeypatch.chdir(tmp_path)
    for named in ("sub/.venv", "./sub/.venv", str(tmp_path / "sub/.venv"), "sub/.venv/bin/python"):
        assert at(named).folder == os.path.join("sub", ".venv")
    monkeypatch.chdir(tmp_path / "sub/.venv")
    assert at(".").folder == "."
    assert at("bin/python").folder == "."
    monkeypatch.chdir(tmp_path / "sub/.venv/bin")
    assert at("python").folder == str(tmp_path / "sub/.venv")
    assert at("../").folder == "../"


def test_debian(tmp_path: Path) -> None:
    """Debian's own Python looks into its dist-packages, the local ones first, and into no site-packages."""
    usr = make(
        tmp_path / "usr",
        "bin/python3.11", "lib/python3.11/os.py", "lib/python3.11/site-packages/", "lib/python3/dist-packages/",
        "local/lib/python3.11/dist-packages/", "local/lib/python3.11/site-packages/", "lib/python3.11/dist-packages/",
    )  # fmt: skip
    (usr / "bin/python3").symlink_to("python3.11")
    expected = ["local/lib/python3.11/dist-packages", "lib/python3/dist-packages", "lib/python3.11/dist-packages"]
    for named in (usr, usr / "bin/python3", usr / "bin/python3.11"):
        environment = at(str(named))
        assert below(usr, environment.paths) == expected
        assert environment.detail == "CPython 3.11"
        assert environment.folder == str(usr)


def test_venv_on_debian(tmp_path: Path) -> None:
    """A venv on Debian that sees the system sees its dist-packages."""
    make(tmp_path, "usr/bin/python3.11", "usr/lib/python3.11/os.py", "usr/lib/python3/dist-packages/")
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")
    settings = f"home = {tmp_path}/usr/bin\ninclude-system-site-packages = True\nversion = 3.11.2\n"
    environment = at(str(fake_venv(tmp_path / "venv", settings)))
    assert below(tmp_path, environment.paths) == ["venv/lib/python3.11/site-packages", "usr/lib/python3/dist-packages"]
    assert below(tmp_path, environment.local) == ["venv/lib/python3.11/site-packages"]


def test_fedora(tmp_path: Path) -> None:
    """Fedora's Python in /usr uses lib64 and lib, those of /usr/local before, unless another Python lives there."""
    usr = make(
        tmp_path / "usr",
        "bin/python3.12", "lib64/python3.12/os.py", "lib64/python3.12/site-packages/", "lib/python3.12/site-packages/",
        "local/lib/python3.12/site-packages/",
    )  # fmt: skip
    own = ["lib64/python3.12/site-packages", "lib/python3.12/site-packages"]
    assert below(usr, at(str(usr / "bin/python3.12")).paths) == ["local/lib/python3.12/site-packages", *own]
    make(usr, "local/lib/python3.12/os.py")
    assert below(usr, at(str(usr / "bin/python3.12")).paths) == own


def test_lib64_that_is_lib(tmp_path: Path) -> None:
    """Where lib64 is a link to lib there is one folder, called by its plain name."""
    folder = fake_venv(tmp_path / "venv")
    (folder / "lib64").symlink_to("lib")
    assert below(folder, at(str(folder)).paths) == ["lib/python3.11/site-packages"]


def test_several_pythons_in_one_prefix(tmp_path: Path) -> None:
    """An interpreter finds its own library among several; a prefix needs a plain python3 that tells which."""
    prefix = make(
        tmp_path / "local",
        "bin/python3.10", "bin/python3.11", "bin/python3.13t", "lib/python3.10/site-packages/",
        "lib/python3.11/site-packages/", "lib/python3.13/site-packages/", "lib/python3.13t/site-packages/",
    )  # fmt: skip
    assert below(prefix, at(str(prefix / "bin/python3.10")).paths) == ["lib/python3.10/site-packages"]
    assert below(prefix, at(str(prefix / "bin/python3.13t")).paths) == ["lib/python3.13t/site-packages"]
    with pytest.raises(Unreadable, match=r"several Pythons \(python3.10, python3.11") as caught:
        at(str(prefix))
    assert caught.value.hint
    (prefix / "bin/python3").symlink_to("python3.11")
    assert below(prefix, at(str(prefix)).paths) == ["lib/python3.11/site-packages"]
    assert at(str(prefix)).detail == "CPython 3.11"


def test_an_interpreter_without_its_library(tmp_path: Path) -> None:
    """An interpreter of one version is not given the packages of another."""
    prefix = make(tmp_path, "bin/python3.12", "lib/python3.11/site-packages/", "Lib/site-packages/")
    with pytest.raises(Unreadable, match="no site-packages folder"):
        at(str(prefix / "bin/python3.12"))


def test_conda_prefix(tmp_path: Path) -> None:
    """A conda environment is a prefix; its link python3.1 is no second Python; its header has the full version."""
    prefix = make(tmp_path / "env", "bin/python3.11", "lib/python3.11/site-packages/", "conda-meta/")
    (prefix / "bin/python3").symlink_to("python3.11")
    (prefix / "bin/python").symlink_to("python3.11")
    (prefix / "lib/python3.1").symlink_to("python3.11")
    make(prefix, "include/python3.11/patchlevel.h")
    (prefix / "include/python3.11/patchlevel.h").write_text('#define PY_VERSION      \t"3.11.9"\n')
    for named in (prefix, prefix / "bin/python"):
        environment = at(str(named))
        assert below(prefix, environment.paths) == ["lib/python3.11/site-packages"]
        assert environment.detail == "CPython 3.11.9"


def test_free_threaded_virtual_environment(tmp_path: Path) -> None:
    """A venv of a free-threaded build keeps its packages in python3.13t."""
    make(tmp_path, "lib/python3.13t/site-packages/", "bin/python")
    (tmp_path / "pyvenv.cfg").write_text("version_info = 3.13.1.final.0\ninclude-system-site-packages = false\n")
    environment = at(str(tmp_path))
    assert below(tmp_path, environment.paths) == ["lib/python3.13t/site-packages"]
    assert environment.detail == "CPython 3.13.1"


def test_pypy(tmp_path: Path) -> None:
    """PyPy keeps its packages in lib/pypyX.Y."""
    prefix = make(tmp_path, "bin/pypy3.10", "lib/pypy3.10/site-packages/")
    (prefix / "bin/python").symlink_to("pypy3.10")
    for named in (prefix, prefix / "bin/python", prefix / "bin/pypy3.10"):
        environment = at(str(named))
        assert below(prefix, environment.paths) == ["lib/pypy3.10/site-packages"]
        assert environment.detail == "PyPy 3.10"


def test_windows_installation(tmp_path: Path) -> None:
    """On Windows the interpreter stands in the prefix, and a DLL's name holds the version."""
    prefix = make(tmp_path / "Python311", "python.exe", "python3.dll", "python311.dll", "Lib/site-packages/")
    for named in (prefix, prefix / "python.exe"):
        environment = at(str(named))
        assert below(prefix, environment.paths) == ["Lib/site-packages"]
        assert environment.detail == "CPython 3.11"


def test_windows_virtual_environment(tmp_path: Path) -> None:
    """A venv of Windows has Scripts and Lib/site-packages, and sees the installation's if it is to."""
    make(tmp_path / "Python311", "python.exe", "python311.dll", "Lib/site-packages/")
    folder = make(tmp_path / "venv", "Scripts/python.exe", "Lib/site-packages/")
    settings = f"home = {tmp_path}/Python311\r\ninclude-system-site-packages = true\r\nversion = 3.11.9\r\n"
    (folder / "pyvenv.cfg").write_bytes(b"\xef\xbb\xbf" + settings.encode())
    for named in (folder, folder / "Scripts/python.exe"):
        environment = at(str(named))
        assert below(tmp_path, environment.paths) == ["venv/Lib/site-packages", "Python311/Lib/site-packages"]
        assert environment.detail == "CPython 3.11.9"


def test_uv_layouts(tmp_path: Path) -> None:
    """A Python that uv manages, and a venv that uv made of it."""
    managed = make(tmp_path / "cpython-3.11.9-linux", "bin/python3.11", "lib/python3.11/site-packages/")
    (managed / "bin/python").symlink_to("python3.11")
    settings = f"home = {managed}/bin\nimplementation = CPython\nuv = 0.5\nversion_info = 3.11.9\n"
    folder = fake_venv(tmp_path / "venv", settings + "include-system-site-packages = true\n")
    (folder / "bin/python").unlink()
    (folder / "bin/python").symlink_to(managed / "bin/python3.11")
    environment = at(str(folder / "bin/python"))
    assert below(tmp_path, environment.paths) == [
        "venv/lib/python3.11/site-packages",
        "cpython-3.11.9-linux/lib/python3.11/site-packages",
    ]
    assert at(str(managed / "bin/python")).paths == environment.paths[1:]


def test_site_packages_folder_itself(tmp_path: Path) -> None:
    """A site-packages folder, or a folder with dist-info folders in it, is itself the environment."""
    site = make(tmp_path, "lib/python3.11/site-packages/") / "lib/python3.11/site-packages"
    environment = at(str(site))
    assert (environment.paths, environment.detail) == ((str(site),), "CPython 3.11")
    target = make(tmp_path / "vendored", "a-1.dist-info/")
    assert at(str(target)).paths == (str(target),)
    assert at(str(target)).detail == ""


def test_dangling_interpreter_of_a_virtual_environment(tmp_path: Path) -> None:
    """A venv whose Python was removed is still read, by its interpreter's name too."""
    folder = fake_venv(tmp_path / "venv")
    (folder / "bin/python").unlink()
    (folder / "bin/python").symlink_to("/no/such/python3.11")
    assert at(str(folder / "bin/python")).paths == at(str(folder)).paths


def test_missing_installation_of_a_virtual_environment(tmp_path: Path) -> None:
    """A venv that sees an installation which is not there says so; without the key Python means yes."""
    folder = fake_venv(tmp_path / "venv", "home = /no/such/bin\n")
    environment = at(str(folder))
    (problem,) = environment.problems
    assert (problem.gap, problem.place) == ("missing", Place("/no/such/bin"))
    assert below(folder, environment.paths) == ["lib/python3.11/site-packages"]


# --- refusals ---------------------------------------------------------------------------------------


def refused(path: Path | str) -> Unreadable:
    """Return the refusal of a path, which names it and says what to do."""
    with pytest.raises(Unreadable) as caught:
        at(str(path))
    assert caught.value.where == str(path)
    assert caught.value.hint
    return caught.value


def test_nothing_there(tmp_path: Path) -> None:
    """A path that does not exist is refused."""
    assert refused(tmp_path / "none").what == "does not exist"
    assert refused("a\0b").what == "does not exist"


def test_folder_without_environment(tmp_path: Path) -> None:
    """A plain folder is refused, and so is a venv without site-packages."""
    assert "not a Python environment" in refused(tmp_path).what
    (tmp_path / "pyvenv.cfg").write_text("")
    assert "without a site-packages folder" in refused(tmp_path).what


def test_shim(tmp_path: Path) -> None:
    """A script that starts some Python, as pyenv puts on the path, is refused with the way to the real one."""
    shim = make(tmp_path / ".pyenv/shims", "python") / "python"
    shim.write_text("#!/usr/bin/env bash\nexec pyenv exec python\n")
    make(tmp_path / ".pyenv", "lib/python3.11/site-packages/")
    assert "pyenv which python" in refused(shim).hint


def test_other_files(tmp_path: Path) -> None:
    """A file that is no interpreter, an interpreter without its library, and a link to nothing are refused."""
    make(tmp_path, "bin/ls", "bin/requirements.txt", "lib/python3.11/site-packages/", "else/where/bin/python3")
    assert "not a Python interpreter" in refused(tmp_path / "bin/ls").what
    assert "not a Python interpreter" in refused(tmp_path / "bin/requirements.txt").what
    assert "no site-packages" in refused(tmp_path / "else/where/bin/python3").what
    (tmp_path / "bin/python3.9").symlink_to("nothing")
    assert refused(tmp_path / "bin/python3.9").what == "does not exist"


# --- the default ------------------------------------------------------------------------------------


def test_default_prefers_the_active_environment(tmp_path: Path) -> None:
    """VIRTUAL_ENV comes before .venv, that before venv, that before CONDA_PREFIX, and each says why."""
    active, conda = fake_venv(tmp_path / "active"), make(tmp_path / "conda", "lib/python3.11/site-packages/")
    here = tmp_path / "project"
    fake_venv(here / ".venv")
    fake_venv(here / "venv")
    environ = {"VIRTUAL_ENV": str(active), "CONDA_PREFIX": str(conda)}
    assert default(environ, str(here)).folder == str(active)
    assert default(environ, str(here)).because == "the active virtual environment (VIRTUAL_ENV)"
    del environ["VIRTUAL_ENV"]
    assert default(environ, str(here)).folder == str(here / ".venv")
    assert default(environ, str(here)).because == "the virtual environment in this folder"
    os.rename(here / ".venv", here / "other")
    assert default(environ, str(here)).folder == str(here / "venv")
    (here / "venv/pyvenv.cfg").unlink()
    chosen = default(environ, str(here))
    assert (chosen.folder, chosen.problems) == (str(conda), ())
    assert chosen.because == "the active conda environment (CONDA_PREFIX)"


def test_default_without_any(tmp_path: Path) -> None:
    """Without any other, the environment that runs us is the target and says so."""
    chosen = default({"VIRTUAL_ENV": "", "CONDA_PREFIX": ""}, str(tmp_path))
    assert chosen._replace(because="") == running()
    assert "pip-assay runs in" in chosen.because


def test_default_that_is_the_running_one(tmp_path: Path) -> None:
    """Where the active environment is the one that runs us, it is read as it runs."""
    chosen = default({"VIRTUAL_ENV": sys.prefix}, str(tmp_path))
    assert chosen == running()._replace(because="the active virtual environment (VIRTUAL_ENV)")


def test_default_missing_environment(tmp_path: Path) -> None:
    """An active environment that does not exist is a problem, and the next choice is taken."""
    fake_venv(tmp_path / ".venv")
    gone = str(tmp_path / "gone")
    chosen = default({"VIRTUAL_ENV": gone}, str(tmp_path))
    assert chosen.folder == str(tmp_path / ".venv")
    (problem,) = chosen.problems
    assert (problem.gap, problem.place, problem.subject) == ("missing", Place(gone), gone)
    assert problem.what == "the active virtual environment (VIRTUAL_ENV) does not exist"


def test_default_unusable_environment(tmp_path: Path) -> None:
    """A .venv that is no environment is a problem, and the next choice is taken."""
    (tmp_path / ".venv").mkdir()
    chosen = default({}, str(tmp_path))
    assert chosen.folder == locate.as_named(sys.prefix)
    assert [problem.gap for problem in chosen.problems] == ["unreadable"]


@pytest.mark.parametrize(
    "prefix",
    [
        "share/pipx/venvs/pip-assay",
        "share/pipx/.cache/0a1b2c",
        ".cache/pipx/0a1b2c",
        "share/uv/tools/pip-assay",
        "cache/archive-v0/ZOB2hGm8vKDX",
        "cache/environments-v2/pip-assay-1f",
        "cache/builds-v0/.tmpRrwZc7",
    ],
)
def test_default_falls_to_a_tool_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    """pip-assay's own tool environment is a problem when nobody asked for it, and none when somebody did."""
    folder = fake_venv(tmp_path / prefix)
    monkeypatch.setattr(sys, "prefix", str(folder))
    (problem,) = default({}, str(tmp_path)).problems
    assert (problem.gap, problem.subject) == ("own environment", str(folder))
    assert "--python" in problem.hint
    assert at(str(folder)).problems == ()
    # `uv run --with` calls its tool environment the active one; the folder's own comes before it.
    fake_venv(tmp_path / "project/.venv")
    chosen = default({"VIRTUAL_ENV": str(folder)}, str(tmp_path / "project"))
    assert (chosen.folder, chosen.problems) == (str(tmp_path / "project/.venv"), ())


@pytest.mark.parametrize("mark", ["uv-receipt.toml", "pipx_metadata.json"])
def test_tool_environments_are_known_by_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    """What pipx and uv leave in a tool environment tells it in any folder, and through a link."""
    folder = fake_venv(tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "link"))
    assert default({}, str(tmp_path)).problems == ()
    (folder / mark).write_text("")
    assert [problem.gap for problem in default({}, str(tmp_path)).problems] == ["own environment"]


def test_tool_environment_behind_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link from elsewhere into the cache of uv is followed; where it leads to tells."""
    (tmp_path / "link").symlink_to(fake_venv(tmp_path / "cache/archive-v0/ZOB2hGm8vKDX"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "link"))
    assert [problem.gap for problem in default({}, str(tmp_path)).problems] == ["own environment"]


def test_a_project_called_pipx_is_no_tool_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual environment of a checkout of pipx or uv itself is an ordinary one."""
    for name in ("src/pipx/env", "src/uv/env", "archive/env"):
        monkeypatch.setattr(sys, "prefix", str(fake_venv(tmp_path / name)))
        assert default({}, str(tmp_path)).problems == ()


def test_a_current_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that somebody removed the environment is still found."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert default({}, ".").paths
    assert at(str(fake_venv(tmp_path / "venv"))).paths


# --- layouts of old ---------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["pypy", "pypy/bin/pypy3"])
def test_old_pypy(tmp_path: Path, named: str) -> None:
    """PyPy before 3.8 keeps its site-packages in its prefix, beside lib_pypy."""
    make(tmp_path, "pypy/bin/pypy3", "pypy/lib_pypy/", "pypy/lib-python/", "pypy/site-packages/")
    assert below(tmp_path, at(str(tmp_path / named)).paths) == ["pypy/site-packages"]


@pytest.mark.usefixtures("user_site")
def test_virtualenv_of_old(tmp_path: Path) -> None:
    """Without a pyvenv.cfg, two files below lib tell what is built upon, and whether it is seen (virtualenv 15)."""
    library = f"old/lib/{LIBRARY}"
    make(tmp_path, "old/bin/python", f"{library}/site-packages/", f"base/lib/{LIBRARY}/site-packages/")
    (tmp_path / library / "orig-prefix.txt").write_text(f"{tmp_path / 'base'}\n")
    seen = [
        f"{library}/site-packages", f"home/.local/lib/{LIBRARY}/site-packages", f"base/lib/{LIBRARY}/site-packages"
    ]  # fmt: skip
    for named in ("old", "old/bin/python"):
        (tmp_path / library / "no-global-site-packages.txt").unlink(missing_ok=True)
        assert below(tmp_path, at(str(tmp_path / named)).paths) == seen
        assert below(tmp_path, at(str(tmp_path / named)).local) == seen[:1]
        (tmp_path / library / "no-global-site-packages.txt").write_text("")
        assert below(tmp_path, at(str(tmp_path / named)).paths) == seen[:1]
