"""What the distributions and interpreters of file systems and images carry; the environment itself is the oracle."""

import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pip_assay import targets
from pip_assay.model import PYTHON, UNKNOWN_PATCH, Dependency, Inventory, Origin, Place
from pip_assay.settings import Outside, Settings
from pip_assay.sources.bundled import Reader
from pip_assay.sources.image import budget, layers, read_image, read_root
from pip_assay.sources.installed.environment import read_paths
from tests.archives import installed, wheel_name, zipped
from tests.carriers import bill, carrier, complete, install
from tests.image_files import Entry, layer, oci_files, write_tar

CARRIED = Reader()
WHEEL = zipped(complete(carrier()))
SITE = "usr/local/lib/python3.11/site-packages"
HEADER = '#define PY_VERSION "3.11.9"\n'
PIP = zipped({**installed("pip", "24.0"), "pip/_vendor/vendor.txt": "idna==3.6\n"})
READERS = ("root", "image", "layers")

Files = Mapping[str, str | bytes]


def write(root: Path, files: Files) -> Path:
    """Write files below a root."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def tar_of(root: Path, *below: str) -> bytes:
    """Return folders of a root as a layer, without members for the folders themselves."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path in sorted(path for each in below or ("",) for path in (root / each).rglob("*")):
            if path.is_symlink() or not path.is_dir():
                archive.add(path, str(path.relative_to(root)))
    return stream.getvalue()


def read(root: Path, how: str, carried: Reader | None = CARRIED) -> tuple[str, list[Inventory]]:
    """Return the environments in a file system: on the disk, as an image, or as several layers; and where it begins."""
    if how == "root":
        return str(root), environments(read_root(str(root), carried=carried))
    made = [tar_of(root)] if how == "image" else [tar_of(root, each.name) for each in sorted(root.iterdir())]
    path = write_tar_of(root.parent / "image.tar", made)
    return path, environments(read_image(path, carried=carried))


def environments(found: list[Inventory]) -> list[Inventory]:
    """Return the environments alone; nothing is wrong with the whole."""
    assert said([each for each in found if each.kind != "environment"]) == []
    return [each for each in found if each.kind == "environment"]


def write_tar_of(path: Path, made: list[bytes]) -> str:
    """Write an image of layers, whatever the bytes in them."""
    with tarfile.open(path, "w") as archive:
        for name, content in oci_files(made).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return str(path)


def below(found: list[Dependency], top: str) -> list[Dependency]:
    """Return what is carried, with places below the folder at the top."""
    return [one._replace(place=one.place._replace(file=one.place.file.removeprefix(f"{top}/"))) for one in found]


def carried_in(inventory: Inventory) -> list[str]:
    """Return what is carried, and inside of what."""
    return [f"{one.pin} in {one.inside}" for one in inventory.dependencies if one.inside]


def own(inventory: Inventory) -> list[str]:
    """Return what is there by itself."""
    return [str(one.pin) for one in inventory.dependencies if not one.inside]


def said(inventories: list[Inventory]) -> list[str]:
    """Return what the problems say."""
    return [problem.what for each in inventories for problem in each.problems]


@pytest.mark.parametrize("how", READERS)
def test_a_distribution_carries_the_same_wherever_it_is_installed(tmp_path: Path, how: str) -> None:
    """In an environment, in an unpacked file system, in an image: the same, by the same evidence, at the same place."""
    root = tmp_path / "root"
    install(WHEEL, root / SITE)
    write(root, {"etc/hostname": "x"})
    expected = read_paths([str(root / SITE)], carried=CARRIED)
    assert len(carried_in(expected)) == 12
    top, (inventory,) = read(root, how)
    found = [one for one in inventory.dependencies if one.inside]
    assert below(found, f"{top}/{SITE}") == below(
        [one for one in expected.dependencies if one.inside], str(root / SITE)
    )
    assert inventory.problems == ()


@pytest.mark.parametrize("how", READERS)
def test_without_a_reader_neither_that_nor_interpreters_are_listed(tmp_path: Path, how: str) -> None:
    """--no-bundled leaves both out."""
    root = tmp_path / "root"
    install(WHEEL, root / SITE)
    write(root, {"usr/local/include/python3.11/patchlevel.h": HEADER})
    _, (inventory,) = read(root, how, None)
    assert ([str(one.pin) for one in inventory.dependencies], inventory.problems) == (["alpha 1.0"], ())


def test_files_and_images_are_read_so_by_default(tmp_path: Path) -> None:
    """Whichever way they are named, with one switch for all."""
    root = tmp_path / "root"
    install(WHEEL, root / SITE)
    image = write_tar_of(tmp_path / "image.tar", [tar_of(root)])
    outside = Outside({}, str(tmp_path), 0.0)
    for named in (Settings(roots=(str(root),)), Settings(targets=(image,))):
        for no_bundled, count in ((False, 12), (True, 0)):
            settings = named._replace(no_bundled=no_bundled, cache=str(tmp_path / "cache"), strings=True)
            (found,) = environments(targets.read(settings, outside))
            assert (len(carried_in(found)), found.problems) == (count, ())


# --- interpreters ------------------------------------------------------------------------------------------------


def installation(prefix: str) -> dict[str, str | bytes]:
    """Return what there is of an installation of Python 3.11.9, with pip in its ensurepip."""
    library = f"{prefix}/lib/python3.11"
    return {
        f"{prefix}/include/python3.11/patchlevel.h": HEADER, f"{library}/os.py": "",
        f"{library}/ensurepip/__init__.py": "", f"{library}/ensurepip/_bundled/{wheel_name('pip', '24.0')}": PIP,
    }  # fmt: skip


PYTHON_PARTS = ["pip 24.0 in cpython 3.11.9", "idna 3.6 in pip 24.0"]


@pytest.mark.parametrize("how", READERS)
def test_an_environment_has_its_interpreter_and_what_that_carries(tmp_path: Path, how: str) -> None:
    """That of the prefix itself, and for virtual environments that of the installation that they build on."""
    root = write(tmp_path / "root", installation("usr/local"))
    for name, text in installed("alpha", "1.0", below=f"{SITE}/").items():
        write(root, {name: text})
    write(root, {"srv/.venv/pyvenv.cfg": "home = /usr/local/bin\nversion = 3.11.9\n"})
    write(root, installed("beta", "2", below="srv/.venv/lib/python3.11/site-packages/"))
    top, (venv, whole) = read(root, how)
    assert (own(venv), carried_in(venv)) == (["beta 2", "cpython 3.11.9"], PYTHON_PARTS)
    assert (own(whole), carried_in(whole)) == (["alpha 1.0", "cpython 3.11.9"], PYTHON_PARTS)
    (python,) = (one for one in whole.dependencies if one.pin.ecosystem == PYTHON)
    assert python.place == Place(f"{top}/usr/local/include/python3.11/patchlevel.h", 1)
    pip, again = (one for each in (whole, venv) for one in each.dependencies if one.pin.name == "pip")
    bundled = f"{top}/usr/local/lib/python3.11/ensurepip/_bundled/{wheel_name('pip', '24.0')}"
    assert (pip.place, pip.origin, pip.known_by) == (Place(bundled), Origin("bundled"), "metadata")
    assert again == pip


STATUS = (
    "Package: adduser\nStatus: install ok installed\nVersion: 3.134\n\n"
    "Package: python3.11-minimal\nStatus: install ok installed\nVersion: 3.11.2-6+deb12u5\n\n"
    "Package: zlib1g\nVersion: 1:1.2.13\n"
)


@pytest.mark.parametrize("how", READERS)
def test_the_python_of_a_system_is_told_by_its_packages(tmp_path: Path, how: str) -> None:
    """Debian's: the version is the package's, the wheels are in /usr/share, and /usr/local belongs to it."""
    root = write(tmp_path / "root", {
        "usr/lib/python3.11/os.py": "", "usr/lib/python3.11/ensurepip/__init__.py": "",
        f"usr/share/python-wheels/{wheel_name('pip', '24.0')}": PIP, "var/lib/dpkg/status": STATUS,
    })  # fmt: skip
    write(root, installed("alpha", "1.0", below="usr/lib/python3/dist-packages/"))
    write(root, installed("beta", "2", below="usr/local/lib/python3.11/dist-packages/"))
    top, (system, local) = read(root, how)
    for each, name in ((system, "alpha 1.0"), (local, "beta 2")):
        assert (own(each), each.problems) == ([name, "cpython 3.11.2"], ())
        assert carried_in(each) == ["pip 24.0 in cpython 3.11.2", "idna 3.6 in pip 24.0"]
        python = next(one for one in each.dependencies if one.pin.ecosystem == PYTHON)
        assert (python.place, python.origin) == (Place(f"{top}/var/lib/dpkg/status", 7), Origin("distro"))


@pytest.mark.parametrize("how", READERS)
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("var/lib/dpkg/status.d/python3.11-minimal", "Package: python3.11-minimal\nVersion: 3.11.2-6\n"),
        ("lib/apk/db/installed", "P:musl\nV:1.2\n\nP:python3\nV:3.11.2-r0\n"),
        ("var/lib/dpkg/status", "Package: x\nVersion: 1\n\n" * 60_000 + STATUS),
    ],
)
def test_other_databases_of_packages_tell_it_as_well(tmp_path: Path, how: str, file: str, text: str) -> None:
    """Images without a shell, Alpine, and a system with more packages than fit into the start of a file."""
    root = write(tmp_path / "root", {file: text, "usr/lib/python3.11/os.py": ""})
    write(root, installed("alpha", "1.0", below="usr/lib/python3.11/site-packages/"))
    _, (inventory,) = read(root, how)
    assert own(inventory) == ["alpha 1.0", "cpython 3.11.2"]


@pytest.mark.parametrize("how", READERS)
def test_of_a_folder_without_distributions_the_interpreter_is_told_where_it_is_known(tmp_path: Path, how: str) -> None:
    """An image may hold Python and nothing else; a folder that Python left behind is not taken for one."""
    root = write(tmp_path / "root", installation("usr/local"))
    write(root, {f"{SITE}/README.txt": "", "opt/old/lib/python3.9/site-packages/README.txt": ""})
    _, (inventory,) = read(root, how)
    assert (own(inventory), carried_in(inventory)) == (["cpython 3.11.9"], PYTHON_PARTS)
    assert inventory.problems == ()


def test_an_interpreter_of_an_unknown_patch_release_is_listed_so(tmp_path: Path) -> None:
    """The folder's name tells the minor release alone."""
    write(tmp_path, installed("alpha", "1.0", below=f"{SITE}/"))
    (inventory,) = read_root(str(tmp_path), carried=CARRIED)
    assert [(str(one.pin), one.skipped) for one in inventory.dependencies] == [
        ("alpha 1.0", ""), ("cpython 3.11", UNKNOWN_PATCH),
    ]  # fmt: skip


# --- folders of copies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", READERS)
def test_copies_that_their_carriers_list_are_not_passed_over(tmp_path: Path, how: str) -> None:
    """Neither are they listed again as if they were installed; what no RECORD lists is told as before."""
    root = tmp_path / "root"
    files = {
        **installed("alpha", "1.0"), **installed("delta", "0.5", below="alpha/_vendor/"),
        **installed("gamma", "7", below="alpha/extern/"),
    }  # fmt: skip
    install(zipped(files), root / "var/task")
    _, (inventory,) = read(root, how)
    assert (own(inventory), carried_in(inventory)) == (
        ["alpha 1.0"], ["delta 0.5 in alpha 1.0", "gamma 7 in alpha 1.0"],
    )  # fmt: skip


def test_copies_that_nobody_lists_are_passed_over_and_named(tmp_path: Path) -> None:
    """So are all of them where nobody looks into distributions for what they carry."""
    root = tmp_path / "root"
    files = {**installed("alpha", "1.0"), **installed("delta", "0.5", below="alpha/_vendor/")}
    install(zipped(files), root / "var/task")
    (only,) = read_root(str(root), carried=CARRIED)
    assert only.detail == "outside of any environment"
    said_so = f"not read: the copies carried in {root}/var/task/alpha/_vendor"
    assert [each.detail for each in read_root(str(root))] == [said_so, "outside of any environment"]
    write(root, installed("loose", "1", below="var/task/alpha/_vendor/"))
    first, second = read_root(str(root), carried=CARRIED)
    assert (first.detail, carried_in(second)) == (said_so, ["delta 0.5 in alpha 1.0"])


# --- bounds, and what is hostile -------------------------------------------------------------------------------------


def test_an_image_with_more_wheels_than_memory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is no room for is a problem, of the image and of what carries it; all else is read."""
    root = tmp_path / "root"
    files = {**installed("alpha", "1.0"), "alpha-1.0.dist-info/sboms/a.json": bill("pkg:cargo/rsa@0.9.10")}
    big = zipped({**installed("seed", "3.0"), "x": bytes(range(256)) * 200}, compression=0)
    wheels: dict[str, str | bytes] = {f"alpha/{name}/{wheel_name('seed', name)}": big for name in ("1", "2")}
    install(zipped({**files, **wheels}), root / SITE)
    write(root, {"wheels/elsewhere-1-py3-none-any.whl": big})
    monkeypatch.setattr(budget.Budget.__init__, "__defaults__", (10**9, 10**6, 10**9, 90_000))
    first, second = read_image(write_tar_of(tmp_path / "image.tar", [tar_of(root)]), carried=CARRIED)
    (problem,) = first.problems
    assert problem.what == "holds more of what distributions carry than is read of one image: 1 file less"
    assert problem.hint == "unpack the image, and audit it with --root"
    assert carried_in(second) == ["seed 1 in alpha 1.0", "seed 2 in alpha 1.0", "rsa 0.9.10 in alpha 1.0"]
    assert said([second]) == ["was not read, so it is not known what it carries itself"]


def test_without_a_reader_nothing_is_kept_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--no-bundled costs no memory for what nobody reads."""
    install(WHEEL, tmp_path / "root" / SITE)
    asked: list[tuple[int, bool]] = []
    real = budget.Budget.has_room

    def has_room(self: budget.Budget, size: int) -> bool:
        asked.append((size, real(self, size)))
        return asked[-1][1]

    monkeypatch.setattr(budget.Budget, "has_room", has_room)
    read(tmp_path / "root", "image", None)
    assert asked
    assert not any(kept for size, kept in asked if size)


def test_a_wheel_outside_of_any_environment_is_not_said_to_be_missing(tmp_path: Path) -> None:
    """Of an image such are not kept, or a folder of wheels would take all the room; it is said that it was not read."""
    root = tmp_path / "root"
    install(zipped({**installed("alpha", "1.0"), f"alpha/{wheel_name('pip', '24.0')}": PIP}), root / "var/task")
    for how, what in (("root", []), ("image", ["was not read, so it is not known what it carries itself"])):
        _, (inventory,) = read(root, how)
        assert carried_in(inventory)[0] == "pip 24.0 in alpha 1.0"
        assert said([inventory]) == what


def test_what_is_kept_of_an_image() -> None:
    """What tells what is carried, by its place; wheels are not kept where nobody carries them."""
    kept = [
        f"{SITE}/a-1.dist-info/RECORD", f"{SITE}/a-1.dist-info/sboms/x/y.json", f"{SITE}/a.egg-info/sboms/x",
        f"{SITE}/a/_vendor/vendor.txt", f"{SITE}/a/_vendor/bom.cdx.json", f"{SITE}/a/embed/b.whl",
        "usr/lib/python3.11/ensurepip/_bundled/pip.whl", "usr/share/python-wheels/pip.whl",
    ]  # fmt: skip
    others = [
        "RECORD", "a/RECORD", f"{SITE}/a/vendor.txt", f"{SITE}/a/sboms/x.json", "wheels/pip.whl", "a/bom.cdx.json",
        f"{SITE}/a.libs/libx.so", "_vendor/x.txt",
    ]  # fmt: skip
    assert list(map(layers.tells_of_carried, kept)) == [True] * len(kept)
    assert list(map(layers.tells_of_carried, others)) == [False] * len(others)


@pytest.mark.parametrize("of", ["sboms/a.json", "RECORD"])
def test_hard_links_to_what_was_not_kept_are_followed(tmp_path: Path, of: str) -> None:
    """As uv installs from its cache: the same file under another name, with more in it than of metadata is read."""
    files = {
        **installed("alpha", "1.0"),
        "alpha-1.0.dist-info/sboms/a.json": bill("pkg:cargo/rsa@0.9.10").replace("{", "{" + " " * 2**21, 1),
    }
    files |= {"alpha/_vendor/x-1.dist-info/METADATA": "Name: x\nVersion: 1\n"}
    path = f"{SITE}/alpha-1.0.dist-info/{of}"
    entries: list[Entry] = []
    for name, content in complete(files).items():
        text = content if isinstance(content, str) else content.decode()
        if f"{SITE}/{name}" == path:
            entries += [("store/object", "file", text), (path, "hard link", "store/object")]
        else:
            entries.append((f"{SITE}/{name}", "file", text))
    image = write_tar(tmp_path / "image.tar", oci_files([layer(entries)]))
    (inventory,) = environments(read_image(str(image), carried=CARRIED))
    assert carried_in(inventory) == ["x 1 in alpha 1.0", "rsa 0.9.10 in alpha 1.0"]
    assert inventory.problems == ()


def test_a_wheel_that_is_linked_from_where_none_is_kept(tmp_path: Path) -> None:
    """Its name is known there, and its content comes with a second look at the layer."""
    files = {**installed("alpha", "1.0"), f"alpha/{wheel_name('pip', '24.0')}": ""}
    entries: list[Entry] = [("cache/pip.whl", "file", PIP.decode("utf-8", "surrogateescape"))]
    for name, content in complete(files).items():
        if name.endswith(".whl"):
            entries.append((f"{SITE}/{name}", "hard link", "cache/pip.whl"))
        else:
            entries.append((f"{SITE}/{name}", "file", str(content)))
    image = write_tar_of(tmp_path / "image.tar", [layer(entries)])
    (inventory,) = environments(read_image(image, carried=CARRIED))
    assert carried_in(inventory) == ["pip 24.0 in alpha 1.0", "idna 3.6 in pip 24.0"]


@pytest.mark.parametrize("how", READERS)
def test_a_record_that_leads_out_of_the_root_is_not_followed(tmp_path: Path, how: str) -> None:
    """Neither by its names nor through links: what is outside is not read, and it is said."""
    root = tmp_path / "root"
    outside = write(tmp_path / "outside", {"evil-1-py3-none-any.whl": zipped(installed("evil", "1"))})
    install(zipped(installed("alpha", "1.0")), root / SITE)
    with (root / SITE / "alpha-1.0.dist-info/RECORD").open("a") as record:
        record.write(f"{'../' * 12}{outside}/evil-1-py3-none-any.whl,,\n")
        record.write("alpha/away/evil-1-py3-none-any.whl,,\n")
    (root / SITE / "alpha/away").symlink_to(outside)
    _, (inventory,) = read(root, how)
    assert carried_in(inventory) == ["evil 1 in alpha 1.0"]
    listed, absent = inventory.problems
    assert listed.what == "lists 1 file outside of the environment, which were not looked at"
    assert absent.what == "does not exist, so it is not known what it carries itself"


def test_a_layer_takes_away_what_was_carried(tmp_path: Path) -> None:
    """What counts is what is left once all layers are there."""
    root = tmp_path / "root"
    install(WHEEL, root / SITE)
    away: Callable[[str], Entry] = lambda path: (f"{SITE}/{path}", "file", "")  # noqa: E731
    upper = layer([away("alpha-1.0.dist-info/.wh.sboms"), away("alpha/_vendor/.wh.delta-0.5.dist-info")])
    image = write_tar_of(tmp_path / "image.tar", [tar_of(root), upper])
    *_, inventory = read_image(image, carried=CARRIED)
    assert carried_in(inventory) == [
        "old 2.0 in alpha 1.0", "rich 13.0 in alpha 1.0", "seed 3.0 in alpha 1.0", "urllib3 1.26.4 in alpha 1.0",
        "libpng 1.6.43 in alpha 1.0", "openssl in alpha 1.0", "idna 3.6 in seed 3.0",
    ]  # fmt: skip
