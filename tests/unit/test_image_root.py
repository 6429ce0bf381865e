"""Whole file systems on the disk: which environments are in them, and who brought their distributions."""

import os
import sys
from collections.abc import Mapping
from importlib import metadata as importlib_metadata
from pathlib import Path

import pytest

from pip_assay.model import Inventory, Origin
from pip_assay.names import normalise
from pip_assay.sources.image import read_root, walk
from pip_assay.sources.image.system import Rooted
from tests.image_files import installed, metadata

SITE = "usr/local/lib/python3.11/site-packages"
DEBIAN = "usr/lib/python3/dist-packages"


def make(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below a root; a name that ends in "/" is a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.write_text(text)
    return root


def put(root: Path, folder: str, name: str, version: str, **files: str) -> Path:
    """Write an installed distribution."""
    return make(root, {path: text for path, _, text in installed(folder, name, version, **files)})


def shown(root: Path, inventories: list[Inventory]) -> dict[str, tuple[str, list[str]]]:
    """Return the detail and the distributions of each target, by its path inside of the root."""
    return {
        each.target.replace(str(root), ""): (each.detail, [str(one.pin) for one in each.dependencies])
        for each in inventories
    }


def origins(inventories: list[Inventory]) -> dict[str, Origin]:
    """Return where each distribution came from."""
    return {one.pin.name: one.origin for each in inventories for one in each.dependencies}


# --- environments ----------------------------------------------------------------------------------------


def test_every_environment_has_its_own_inventory(tmp_path: Path) -> None:
    """Virtual and conda environments are named by their prefix, others by the folder, strays by where they lie."""
    put(tmp_path, SITE, "alpha", "1")
    make(tmp_path, {"usr/local/include/python3.11/patchlevel.h": '#define PY_VERSION "3.11.9"\n'})
    put(tmp_path, DEBIAN, "beta", "2")
    make(tmp_path, {"usr/lib/python3.12/os.py": ""})
    put(tmp_path, "srv/app/.venv/lib/python3.12/site-packages", "gamma", "3")
    make(tmp_path, {"srv/app/.venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.12.4\n"})
    put(tmp_path, "opt/conda/lib/python3.10/site-packages", "delta", "4")
    make(tmp_path, {"opt/conda/conda-meta/python-3.10.8-h_1.json": "{}"})
    put(tmp_path, "var/task", "epsilon", "5")
    put(tmp_path, "C/Python39/Lib/site-packages", "zeta", "6")
    make(tmp_path, {"C/Python39/python39.dll": ""})
    put(tmp_path, "opt/pypy/site-packages", "eta", "7")
    put(tmp_path, "srv/win/Lib/site-packages", "theta", "8")
    make(tmp_path, {"srv/win/pyvenv.cfg": "version_info = 3.8.1.final.0\n"})
    put(tmp_path, "root/.local/share/uv/python/cpython-3.13.0-linux/lib/python3.13t/site-packages", "iota", "9")
    assert shown(tmp_path, read_root(str(tmp_path))) == {
        "/C/Python39/Lib/site-packages": ("CPython 3.9", ["zeta 6"]),
        "/opt/conda": ("CPython 3.10.8, conda", ["delta 4"]),
        "/opt/pypy/site-packages": ("", ["eta 7"]),
        "/root/.local/share/uv/python/cpython-3.13.0-linux/lib/python3.13t/site-packages": (
            "CPython 3.13t",
            ["iota 9"],
        ),
        "/srv/app/.venv": ("CPython 3.12.4", ["gamma 3"]),
        "/srv/win": ("CPython 3.8.1", ["theta 8"]),
        f"/{DEBIAN}": ("CPython 3.12", ["beta 2"]),
        f"/{SITE}": ("CPython 3.11.9", ["alpha 1"]),
        "/var/task": ("outside of any environment", ["epsilon 5"]),
    }


def test_both_library_folders_are_one_environment(tmp_path: Path) -> None:
    """Fedora's Python looks into lib64 and lib; the first that has a project wins."""
    put(tmp_path, "usr/lib/python3.12/site-packages", "alpha", "1")
    put(tmp_path, "usr/lib64/python3.12/site-packages", "alpha", "2")
    put(tmp_path, "usr/lib/python3.12/site-packages", "beta", "1")
    (inventory,) = read_root(str(tmp_path))
    assert [str(one.pin) for one in inventory.dependencies] == ["alpha 2", "beta 1"]
    assert (
        inventory.target
        == f"{tmp_path}/usr/lib64/python3.12/site-packages, {tmp_path}/usr/lib/python3.12/site-packages"
    )


def test_agrees_with_importlib_on_a_real_environment() -> None:
    """The environment that runs the tests, seen as a root, has what importlib.metadata says."""
    inventories = read_root(sys.prefix)
    folder = next(path for path in sys.path if path.endswith("site-packages"))
    expected = {(normalise(one.name), one.version) for one in importlib_metadata.distributions(path=[folder])}
    ours = next(each for each in inventories if each.dependencies)
    assert {(one.pin.name, one.pin.version) for one in ours.dependencies} == expected
    assert ours.detail == f"CPython {sys.version.split()[0]}"


@pytest.mark.parametrize("named", [".", "./", "absolute"])
def test_the_root_may_be_named_in_any_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """Targets begin with the root as a person in this folder would name it."""
    put(tmp_path, "opt/x", "alpha", "1")
    monkeypatch.chdir(tmp_path)
    (inventory,) = read_root(str(tmp_path) + os.sep if named == "absolute" else named)
    assert inventory.target == "opt/x"


# --- what is not read as installed is said ---------------------------------------------------------------------


def test_what_is_passed_over_is_named_first(tmp_path: Path) -> None:
    """Caches, carried copies and modules without metadata are in the detail of the root's own inventory."""
    put(tmp_path, "root/.cache/uv/archive-v0/abc", "cached", "1")
    put(tmp_path, "srv/cache/wheels", "cached", "2")
    make(tmp_path, {"srv/cache/CACHEDIR.TAG": ""})
    put(tmp_path, "opt/conda/pkgs/alpha-1/site-packages", "cached", "3")
    make(tmp_path, {"opt/conda/conda-meta/history": ""})
    put(tmp_path, "var/task/setuptools/_vendor", "carried", "4")
    make(tmp_path, {f"{SITE}/module.py": "", f"{DEBIAN}/README": "", "usr/local/lib/python3.9/site-packages/": ""})
    put(tmp_path, "var/task", "alpha", "1")
    make(tmp_path, {"srv/cache/.venv/pyvenv.cfg": "version = 3.9.1"})
    put(tmp_path, "srv/cache/.venv/lib/python3.9/site-packages", "beta", "1")
    first, *others = read_root(str(tmp_path))
    assert (first.dependencies, first.problems) == ((), ())
    assert first.kind == "file system"
    assert first.detail == (
        f"no metadata of distributions in {tmp_path}/{SITE}; not installed, so not read: the cache "
        f"{tmp_path}/opt/conda/pkgs and 2 more; not read: the copies carried in {tmp_path}/var/task/setuptools/_vendor"
    )
    assert sorted(shown(tmp_path, others)) == ["/srv/cache/.venv", "/var/task"]


def test_an_environment_that_uv_tagged_as_cache_is_read(tmp_path: Path) -> None:
    """The tag of caches is in every environment that uv makes."""
    put(tmp_path, ".venv/lib/python3.11/site-packages", "alpha", "1")
    make(tmp_path, {".venv/CACHEDIR.TAG": "", ".venv/pyvenv.cfg": "version = 3.11.1"})
    put(tmp_path, ".venv/src/beta", "beta", "2")  # where pip puts what is editable and comes from version control
    assert shown(tmp_path, read_root(str(tmp_path))) == {
        "/.venv": ("CPython 3.11.1", ["alpha 1"]),
        "/.venv/src/beta": ("outside of any environment", ["beta 2"]),
    }


def test_the_kernels_folders_are_not_looked_into(tmp_path: Path) -> None:
    """/proc, /sys and /dev of the root hold no files; folders of such names elsewhere do."""
    for folder in ("proc/1/root/opt", "sys/x", "dev/y", "srv/dev"):
        put(tmp_path, folder, "alpha", "1")
    assert sorted(shown(tmp_path, read_root(str(tmp_path)))) == ["/srv/dev"]


def test_nothing_installed_is_a_problem(tmp_path: Path) -> None:
    """A root without distributions is never silently clean; neither is one that is no folder."""
    (inventory,) = read_root(str(tmp_path))
    assert [problem.gap for problem in inventory.problems] == ["empty"]
    (inventory,) = read_root(str(tmp_path / "gone"))
    assert [problem.gap for problem in inventory.problems] == ["missing"]
    (tmp_path / "file").write_text("")
    (inventory,) = read_root(str(tmp_path / "file"))
    assert [problem.gap for problem in inventory.problems] == ["unreadable"]


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and everything else is read."""
    put(tmp_path, "opt/x", "alpha", "1")
    make(tmp_path, {"srv/secret/": ""})
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    first, second = read_root(str(tmp_path))
    (problem,) = first.problems
    assert str(problem) == f"{tmp_path}/srv/secret: cannot be listed (permission denied); check its permissions"
    assert second.dependencies


def test_a_folder_that_is_mounted_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is the same folder of the same disk is read under its first name."""
    put(tmp_path, "a/site-packages", "alpha", "1")
    put(tmp_path, "b/site-packages", "alpha", "1")
    real = Rooted.identity
    monkeypatch.setattr(Rooted, "identity", lambda self, path: real(self, path.replace("/b", "/a")))
    assert sorted(shown(tmp_path, read_root(str(tmp_path)))) == ["/a/site-packages"]


def test_the_walk_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too deep, or too many folders: a problem says where it ended."""
    put(tmp_path, "a/b/c/d/e", "alpha", "1")
    monkeypatch.setattr(walk, "DEPTH", 3)
    assert [problem.what for problem in read_root(str(tmp_path))[0].problems] == [
        "is 3 folders deep: no deeper ones were read"
    ]
    monkeypatch.setattr(walk, "FOLDERS", 2)
    assert [problem.what for problem in read_root(str(tmp_path))[0].problems] == [
        "comes after 2 folders: no more were read"
    ]


# --- links -----------------------------------------------------------------------------------------------------


def test_links_are_followed_inside_of_the_root_only(tmp_path: Path) -> None:
    """Absolute and climbing links end at the root: what is outside is not read, nor is anything twice."""
    outside = tmp_path / "outside"
    put(tmp_path, "outside/lib/python3.11/site-packages", "outside", "1")
    root = tmp_path / "root"
    put(root, SITE, "alpha", "1")
    (root / "lib").symlink_to("usr/local/lib")
    (root / "away").symlink_to(outside)
    (root / "up").symlink_to("../outside")
    (root / "loop").symlink_to(".")
    (root / SITE / "beta-1.dist-info").symlink_to("/store/beta")
    make(root, {"store/beta/METADATA": metadata("beta", "1")})
    (root / SITE / "gamma-1.dist-info").symlink_to(outside / "lib/python3.11/site-packages/outside-1.dist-info")
    (root / SITE / "delta-1.dist-info").symlink_to("delta-1.dist-info")
    (inventory,) = read_root(str(root))
    assert [str(one.pin) for one in inventory.dependencies] == ["alpha 1", "beta 1", "delta 1", "gamma 1"]
    assert sorted(problem.subject for problem in inventory.problems) == ["delta", "gamma"]
    assert {one.origin for one in inventory.dependencies} == {Origin()}


def test_an_egg_link_leads_inside_of_the_root(tmp_path: Path) -> None:
    """The source tree that it names is one of the image, not of the machine that reads it."""
    put(tmp_path, SITE, "alpha", "1")
    make(tmp_path, {f"{SITE}/beta.egg-link": "/srv/beta\n.", "srv/beta/beta.egg-info/PKG-INFO": metadata("beta", "2")})
    found = shown(tmp_path, read_root(str(tmp_path)))
    assert found[f"/{SITE}"][1] == ["alpha 1", "beta 2"]


def test_a_tree_is_asked_as_a_disk_is(tmp_path: Path) -> None:
    """What is missing, a folder or a ring of links answers as the disk's own functions do, with the root as "/"."""
    make(tmp_path, {"a/file": "text"})
    (tmp_path / "ring").symlink_to("ring")
    system = Rooted(str(tmp_path))
    at = str(tmp_path) + os.sep
    assert [system.has(path) for path in (f"{at}a", "/a/file", f"{at}b", f"{at}ring/x")] == [True, True, False, False]
    assert [system.is_folder(at + path) for path in ("a/../a", "a/file", "ring")] == [True, False, False]
    assert [Rooted("/").inside(path) for path in ("/usr", "/")] == ["/usr", "/"]
    assert system.names(f"{at}../../a") == ["file"]
    assert system.start(f"{at}a/file") == system.whole("/a/file") == b"text"
    assert not system.has(f"{at}a\0b")
    assert not system.is_folder(f"{at}a\0b")
    for path in ("b", "a", "ring", "a\0b"):
        for ask in (system.start, system.whole):
            with pytest.raises(Exception, match=r"exist|folder|directory|read"):
                ask(at + path)


# --- owners ----------------------------------------------------------------------------------------------------


def test_dpkg_names_what_it_brought(tmp_path: Path) -> None:
    """A distribution in a package's list of files is of the system; another one beside it is not."""
    put(
        tmp_path,
        DEBIAN,
        "alpha",
        "1",
        INSTALLER="debian\n",
        direct_url__json='{"url": "file:///build", "dir_info": {}}',
    )
    make(
        tmp_path,
        {
            f"{DEBIAN}/beta-2.egg-info": metadata("beta", "2"),
            f"{DEBIAN}/gamma.egg-info/PKG-INFO": metadata("gamma", "3"),
        },
    )
    make(tmp_path, {f"{DEBIAN}/own-1.egg-info": metadata("own", "1")})
    put(tmp_path, SITE, "delta", "4")
    lists = "var/lib/dpkg/info"
    make(tmp_path, {
        f"{lists}/python3-alpha.list": f"/.\n/usr\n/{DEBIAN}/alpha-1.dist-info\n/{DEBIAN}/alpha-1.dist-info/METADATA\n",
        f"{lists}/python3-beta:amd64.list": f"/{DEBIAN}/beta-2.egg-info\n",
        f"{lists}/gamma.list": f"/{DEBIAN}/gamma.egg-info/PKG-INFO\n/{DEBIAN}/gamma\n",
        f"{lists}/gamma.postinst": f"/{DEBIAN}/own-1.egg-info\n",
    })  # fmt: skip
    assert origins(read_root(str(tmp_path))) == {
        "alpha": Origin("distro", "dpkg:python3-alpha"), "beta": Origin("distro", "dpkg:python3-beta"),
        "gamma": Origin("distro", "dpkg:gamma"), "own": Origin(), "delta": Origin(),
    }  # fmt: skip


def test_images_without_a_shell_keep_sums(tmp_path: Path) -> None:
    """Their packages' files are listed in status.d/NAME.md5sums."""
    put(tmp_path, DEBIAN, "alpha", "1")
    sums = f"{'0' * 32}  usr/share/doc\n{'a' * 32}  {DEBIAN}/alpha-1.dist-info/METADATA\n"
    make(
        tmp_path,
        {"var/lib/dpkg/status.d/python3-alpha.md5sums": sums, "var/lib/dpkg/status.d/python3-alpha": "Package: x"},
    )
    assert origins(read_root(str(tmp_path))) == {"alpha": Origin("distro", "dpkg:python3-alpha")}


def test_without_a_database_the_place_tells(tmp_path: Path) -> None:
    """Debian's own folder and no INSTALLER mean its packages, as for an environment that is named alone."""
    put(tmp_path, DEBIAN, "alpha", "1", INSTALLER="")
    put(tmp_path, DEBIAN, "beta", "1")
    put(tmp_path, SITE, "gamma", "1", INSTALLER="")
    assert {name for name, origin in origins(read_root(str(tmp_path))).items() if origin == Origin("distro")} == {
        "alpha"
    }


def test_apk_names_what_it_brought(tmp_path: Path) -> None:
    """The database lists folders and the files in them by package."""
    site = "usr/lib/python3.12/site-packages"
    put(tmp_path, site, "alpha", "1")
    put(tmp_path, site, "beta", "1")
    make(tmp_path, {f"{site}/gamma-1.egg-info": metadata("gamma", "1")})
    make(tmp_path, {"lib/apk/db/installed": (
        f"C:Q1\nP:py3-alpha\nV:1-r0\nF:{site}\nF:{site}/alpha-1.dist-info\nR:METADATA\n\nP:py3-gamma\nF:{site}\nR:gamma-1.egg-info\n"
    )})  # fmt: skip
    assert origins(read_root(str(tmp_path))) == {
        "alpha": Origin("distro", "apk:py3-alpha"), "beta": Origin(), "gamma": Origin("distro", "apk:py3-gamma"),
    }  # fmt: skip


@pytest.mark.parametrize("database", ["var/lib/rpm/", "usr/lib/sysimage/rpm/"])
def test_rpm_is_told_by_place_and_installer(tmp_path: Path, database: str) -> None:
    """In /usr/lib*/pythonX.Y/site-packages, what names rpm or nobody as its installer is of the system."""
    site = "usr/lib64/python3.9/site-packages"
    make(tmp_path, {database: ""})
    put(tmp_path, site, "alpha", "1", INSTALLER="rpm\n")
    put(tmp_path, site, "beta", "1", INSTALLER="")
    put(tmp_path, site, "gamma", "1")
    put(tmp_path, SITE, "delta", "1", INSTALLER="")
    make(tmp_path, {f"{site}/epsilon-1-py3.9.egg-info": metadata("epsilon", "1")})
    rpm = Origin("distro", "rpm")
    assert origins(read_root(str(tmp_path))) == {
        "alpha": rpm, "beta": rpm, "gamma": Origin(), "delta": Origin(), "epsilon": rpm,
    }  # fmt: skip
