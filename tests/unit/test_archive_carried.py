"""What the distributions in archives carry: as the environment that they are installed in says it."""

import io
import zipfile
from pathlib import Path

import pytest

from pip_assay import targets
from pip_assay.model import UNAUDITABLE, Dependency, Inventory, Pin, Place
from pip_assay.settings import Outside, Settings
from pip_assay.sources import archive
from pip_assay.sources.archive import contents
from pip_assay.sources.bundled import Reader, native, record
from pip_assay.sources.bundled.carried import searching
from pip_assay.sources.installed.environment import read_paths
from tests.archives import Content, installed, metadata, pex_info, put, wheel_name, zipped
from tests.carriers import bill, carrier, complete, install

CARRIED = Reader()
NAME = wheel_name("alpha", "1.0")
WHEEL = zipped(complete(carrier()))
ALPHA = Pin("PyPI", "alpha", "1.0")


def inside(inventory: Inventory, top: str) -> list[Dependency]:
    """Return what is carried, with places below the folder or archive at the top."""
    found = [one for one in inventory.dependencies if one.inside]
    assert all(one.place.file.startswith(f"{top}/") for one in found)
    return [one._replace(place=one.place._replace(file=one.place.file.removeprefix(f"{top}/"))) for one in found]


def pins(inventory: Inventory) -> list[str]:
    """Return what was found: "alpha 1.0"."""
    return [str(one.pin) for one in inventory.dependencies]


def said(inventory: Inventory) -> list[str]:
    """Return what the problems say."""
    return [problem.what for problem in inventory.problems]


@pytest.fixture
def expected(tmp_path: Path) -> list[Dependency]:
    """Return what the environment carries in which the wheel is installed."""
    site = tmp_path / "expected" / "site-packages"
    install(WHEEL, site)
    found = read_paths([str(site)], carried=CARRIED)
    assert found.problems == ()
    return inside(found, str(site))


def test_what_a_distribution_carries_is_of_every_kind(expected: list[Dependency]) -> None:
    """The oracle of the tests below is no empty list: crates, system packages, copies, lists, wheels, libraries."""
    assert [(str(one.pin), str(one.inside), one.known_by) for one in expected] == [
        ("openssl-libs 1.1.1k-15.el8_6", "alpha 1.0", "sbom"),
        ("delta 0.5", "alpha 1.0", "metadata"),
        ("old 2.0", "alpha 1.0", "metadata"),
        ("rich 13.0", "alpha 1.0", "list"),
        ("seed 3.0", "alpha 1.0", "metadata"),
        ("urllib3 1.26.4", "alpha 1.0", "list"),
        ("inner 1.0.0", "alpha 1.0", "sbom"),
        ("ring 0.17.8", "alpha 1.0", "sbom"),
        ("rsa 0.9.10", "alpha 1.0", "sbom"),
        ("libpng 1.6.43", "alpha 1.0", "file name"),
        ("openssl", "alpha 1.0", "file name"),
        ("idna 3.6", "seed 3.0", "list"),
    ]


@pytest.mark.parametrize("lie", [None, "", "alpha/__init__.py,,\n", "alpha/_vendor/ghost-1.dist-info/METADATA,,\n"])
def test_a_wheel_carries_what_it_will_carry_installed(
    tmp_path: Path, expected: list[Dependency], lie: str | None
) -> None:
    """Whatever its RECORD lists, or leaves out: what counts is what is there."""
    files = complete(carrier())
    if lie is not None:
        files["alpha-1.0.dist-info/RECORD"] = lie
    path = put(tmp_path, NAME, zipped(files))
    inventory = archive.read(path, carried=CARRIED)
    assert (inside(inventory, path), said(inventory)) == (expected, [])


def test_a_wheelhouse_carries_what_its_wheels_do(tmp_path: Path, expected: list[Dependency]) -> None:
    """After all that is there by itself, in the order of the files."""
    path = put(tmp_path / "house", NAME, WHEEL)
    put(tmp_path / "house", wheel_name("beta", "2"), zipped(installed("beta", "2")))
    inventory = archive.read_folder(str(tmp_path / "house"), carried=CARRIED)
    assert pins(inventory)[:2] == ["alpha 1.0", "beta 2"]
    assert inside(inventory, path) == expected


@pytest.mark.parametrize("form", ["installed", "wheels"])
@pytest.mark.parametrize("layout", ["zip", "folder"])
def test_a_pex_carries_what_its_wheels_do(tmp_path: Path, expected: list[Dependency], form: str, layout: str) -> None:
    """With the wheels as folders or as files, in a zip or in a folder."""
    others = {wheel_name(name, "1"): {**installed(name, "1"), f"{name}.libs/libx.so.1": ""} for name in ("aaa", "beta")}
    files: dict[str, Content] = {"PEX-INFO": pex_info(NAME)}
    files |= {f".deps/{wheel}/{path}": text for wheel, held in others.items() for path, text in held.items()}
    if form == "wheels":
        files[f".deps/{NAME}"] = WHEEL
    else:
        files |= {f".deps/{NAME}/{path}": content for path, content in complete(carrier()).items()}
    if layout == "zip":
        path = put(tmp_path, "app.pex", zipped(files))
    else:
        path = str(tmp_path / "app")
        for name, content in files.items():
            put(tmp_path / "app", name, content if isinstance(content, bytes) else content.encode())
    inventory = archive.read(path, carried=CARRIED)
    carriers = {one.inside.name for one in inventory.dependencies if one.inside and one.pin.name == "libx"}
    assert carriers == {"aaa", "beta"}
    of_alpha = [one for one in inventory.dependencies if not one.inside or one.inside.name not in ("aaa", "beta")]
    found = inside(inventory._replace(dependencies=tuple(of_alpha)), f"{path}/.deps/{NAME}")
    assert (found, said(inventory)) == (expected, [])


@pytest.mark.parametrize("below", ["", "site-packages/"])
def test_a_zipapp_carries_what_the_records_in_it_tell(tmp_path: Path, expected: list[Dependency], below: str) -> None:
    """A shiv, or a package of a function: no copy comes twice, and what no RECORD lists is there by itself."""
    files = {f"{below}{path}": content for path, content in complete(carrier()).items()}
    files |= installed("loose", "1", below=f"{below}alpha/_vendor/")
    path = put(tmp_path, "app.pyz", zipped(files))
    inventory = archive.read(path, carried=CARRIED)
    assert pins(inventory)[:2] == ["alpha 1.0", "loose 1"]
    assert (inside(inventory, f"{path}/{below}".rstrip("/")), said(inventory)) == (expected, [])


def test_what_the_copy_of_another_one_claims_is_not_lost(tmp_path: Path) -> None:
    """Only the RECORD of what is there by itself says what is carried: else it would be in neither list."""
    files: dict[str, Content] = {
        **installed("alpha", "1.0"), **installed("beta", "2", below="alpha/_vendor/"),
        **installed("gamma", "3", below="alpha/_vendor/beta/_vendor/"),
        "alpha-1.0.dist-info/RECORD": "./alpha//_vendor/beta-2.dist-info/METADATA,,\n",
        "alpha/_vendor/beta-2.dist-info/RECORD": "beta/_vendor/gamma-3.dist-info/METADATA,,\n",
    }  # fmt: skip
    inventory = archive.read(put(tmp_path, "app.pyz", zipped(files)), carried=CARRIED)
    assert [(str(one.pin), one.inside) for one in inventory.dependencies] == [
        ("alpha 1.0", None), ("gamma 3", None), ("beta 2", ALPHA),
    ]  # fmt: skip


def test_a_zipped_egg_carries_too(tmp_path: Path) -> None:
    """Its metadata are in EGG-INFO, and so may be bills of materials."""
    files = {"EGG-INFO/PKG-INFO": metadata("alpha", "1.0"), "EGG-INFO/sboms/a.cdx.json": bill("pkg:cargo/rsa@0.9.10")}
    inventory = archive.read(put(tmp_path, "alpha-1.0-py3.9.egg", zipped(files)), carried=CARRIED)
    assert pins(inventory) == ["alpha 1.0", "rsa 0.9.10"]


def test_a_wheel_without_metadata_carries_too(tmp_path: Path) -> None:
    """What it is only its name tells; what is in it is there all the same."""
    files = {path: content for path, content in carrier().items() if not path.startswith("alpha-1.0.dist-info/")}
    inventory = archive.read(put(tmp_path, NAME, zipped(files)), carried=CARRIED)
    assert {"delta 0.5", "urllib3 1.26.4", "idna 3.6"} < set(pins(inventory))
    assert said(inventory) == ["holds no metadata, so what its name tells was taken"]


def test_libraries_whose_release_nobody_knows_are_listed(tmp_path: Path) -> None:
    """They are no problem, and never audited by guess."""
    path = put(tmp_path, NAME, WHEEL)
    found = {one.pin.name: one for one in archive.read(path, carried=CARRIED).dependencies}
    png = found["libpng"]
    assert (png.skipped, png.place) == (UNAUDITABLE, Place(f"{path}/alpha.libs/libpng16-8b7e0db9.so.16.43.0"))


@pytest.mark.parametrize("name", [NAME, "app.pyz", "app.pex"])
def test_without_a_reader_nothing_that_is_carried_is_listed(tmp_path: Path, name: str) -> None:
    """--no-bundled leaves out every kind; what stands by itself stays."""
    files = complete(carrier())
    if name.endswith(".pex"):
        files = {"PEX-INFO": pex_info(NAME), **{f".deps/{NAME}/{path}": text for path, text in files.items()}}
    inventory = archive.read(put(tmp_path, name, zipped(files)))
    assert (pins(inventory), said(inventory)) == (["alpha 1.0"], [])


@pytest.mark.parametrize("target", [NAME, "house", "app.pyz", "pipe"])
def test_what_is_carried_is_read_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """However an archive is named; --no-bundled turns it off."""
    path = put(tmp_path / "house" if target == "house" else tmp_path, "app.pyz" if "pyz" in target else NAME, WHEEL)
    outside = Outside({}, str(tmp_path), 0.0)
    named = str(tmp_path / "house") if target == "house" else "-" if target == "pipe" else path
    counts = []
    for no_bundled in (False, True):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(WHEEL)))
        settings = Settings(targets=(named,), no_bundled=no_bundled, cache=str(tmp_path / "cache"))
        (found,) = targets.read(settings, outside)
        counts.append(sum(bool(one.inside) for one in found.dependencies))
    assert counts == [12, 0]


def test_compiled_files_are_searched_where_somebody_asks(tmp_path: Path) -> None:
    """Their content is read from the archive, and counts against a bound of its own."""
    files = {
        **installed("alpha", "1.0"),
        "alpha/_x.abi3.so": b"\0 deflate 1.2.11 Copyright 1995-2017 Jean-loup Gailly\0",
    }
    told: list[str] = []
    reader = Reader(search=searching(told.append, lambda *_: None))
    path = put(tmp_path, NAME, zipped(complete(files)))
    found = archive.read(path, carried=reader)
    assert [(str(one.pin), one.known_by) for one in found.dependencies if one.inside] == [("zlib 1.2.11", "string")]
    assert told == ["searching the compiled files of alpha 1.0"]


# --- what cannot be read, or was made to do harm ---------------------------------------------------


def test_a_broken_bill_of_materials_is_a_problem_of_the_wheel(tmp_path: Path, expected: list[Dependency]) -> None:
    """Everything else that it carries is listed."""
    files = {**complete(carrier()), "alpha-1.0.dist-info/sboms/broken.cdx.json": "{"}
    path = put(tmp_path, NAME, zipped(files))
    inventory = archive.read(path, carried=CARRIED)
    assert inside(inventory, path) == expected
    (problem,) = inventory.problems
    assert problem.what.endswith("so it is not known what it lists inside alpha 1.0")
    assert (problem.subject, problem.place and problem.place.file) == (
        "alpha", f"{path}/alpha-1.0.dist-info/sboms/broken.cdx.json",
    )  # fmt: skip


def test_what_helps_an_installed_distribution_is_not_said_of_an_archive(tmp_path: Path) -> None:
    """A wheel that is damaged is got or built again; there is nothing to install again."""
    files = {**complete(carrier()), f"alpha/embed/{wheel_name('broken', '1')}": b"no zip"}
    inventory = archive.read(put(tmp_path, NAME, zipped(files)), carried=CARRIED)
    assert "broken 1" in pins(inventory)
    assert [problem.hint for problem in inventory.problems] == ["get or build it again"]


def test_bills_of_materials_that_inflate_are_read_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All metadata of an archive together; those that come after it are problems."""
    monkeypatch.setattr(contents, "METADATA_LIMIT", 1_000_000)
    bomb = bill("pkg:cargo/rsa@0.9.10").replace("{", "{" + " " * 600_000, 1)
    files = {f"alpha-1.0.dist-info/sboms/{number}.cdx.json": bomb for number in range(3)}
    inventory = archive.read(put(tmp_path, NAME, zipped({**installed("alpha", "1.0"), **files})), carried=CARRIED)
    assert pins(inventory) == ["alpha 1.0", "rsa 0.9.10"]
    assert (
        said(inventory)
        == ["was not read: 1.0 MB of metadata come before it, so it is not known what it lists inside alpha 1.0"] * 2
    )


def test_wheels_in_a_wheel_have_one_limit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is read in them, and of them themselves; each is listed by its name, and said to be unread."""
    monkeypatch.setattr("pip_assay.sources.bundled.embedded.METADATA_LIMIT", 100_000)
    bomb = bill("pkg:cargo/rsa@0.9.10").replace("{", "{" + " " * 60_000, 1)
    seeds = {
        f"alpha/embed/{wheel_name(name, '1')}": zipped(
            {**installed(name, "1"), f"{name}-1.dist-info/sboms/a.json": bomb}
        )
        for name in ("b", "c", "d")
    }
    content = zipped({**installed("alpha", "1.0"), **seeds})
    inventory = archive.read(put(tmp_path, NAME, content), carried=CARRIED)
    assert pins(inventory) == ["alpha 1.0", "b 1", "c 1", "d 1", "rsa 0.9.10"]
    unread = "was not read: 100.0 kB of metadata come before it, so it is not known what it lists inside"
    assert said(inventory) == [f"{unread} {name} 1" for name in "cd"]
    monkeypatch.setattr(contents, "NESTED_TOTAL_LIMIT", max(map(len, seeds.values())) + 10)
    inventory = archive.read(put(tmp_path, NAME, content), carried=CARRIED)
    assert pins(inventory) == ["alpha 1.0", "b 1", "c 1", "d 1", "rsa 0.9.10"]
    assert [each.partition("of files like it")[2] for each in said(inventory)] == [
        " come before it, so it is not known what it carries itself"
    ] * 2


def test_names_that_may_tell_something_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred thousand libraries cost no more than some, and it is said that there are more."""
    monkeypatch.setattr(record, "MOST", 20)
    files = {f"alpha.libs/lib{'x' * number}-{number:08x}.so.1": b"" for number in range(1, 50)}
    inventory = archive.read(put(tmp_path, NAME, zipped({**installed("alpha", "1.0"), **files})), carried=CARRIED)
    assert len(inventory.dependencies) == 20  # METADATA is one of the names
    assert said(inventory) == ["holds more than 20 libraries, lists and copies; the rest was not looked at"]


def test_many_copies_of_one_library_are_compared_with_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost is not that of each pair; the further ones are listed, each by itself."""
    libraries = [
        (native.Library("x", "", "libx", f"libx.so.{number}"), f"a.libs/libx.so.{number}") for number in range(9)
    ]
    assert len(native._once([*libraries, *libraries])) == 9
    monkeypatch.setattr(native, "_MOST_COPIES", 4)
    assert len(native._once([*libraries, *libraries])) == 4 + 5 * 2


def test_a_record_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    """Neither up nor to another drive; it is a problem of the distribution that lists it."""
    lines = ["../../../../etc/x.whl", "/etc/x.whl", "C:/x.whl", "alpha/../../../../../x.whl"]
    files = {**installed("alpha", "1.0"), "alpha-1.0.dist-info/RECORD": "".join(f"{line},,\n" for line in lines)}
    inventory = archive.read(put(tmp_path, "app.pyz", zipped(files)), carried=CARRIED)
    assert (pins(inventory), said(inventory)) == (
        ["alpha 1.0"], ["lists 4 files outside of the environment, which were not looked at"],
    )  # fmt: skip


def test_one_name_twice_is_read_once(tmp_path: Path) -> None:
    """The last of two bills of the same name counts, as it does for METADATA."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as whole:
        for path, content in installed("alpha", "1.0").items():
            whole.writestr(path, content)
        whole.writestr("alpha-1.0.dist-info/sboms/a.json", bill("pkg:cargo/first@1.0.0"))
        whole.writestr("alpha-1.0.dist-info/sboms//a.json", bill("pkg:cargo/last@1.0.0"))
    inventory = archive.read(put(tmp_path, NAME, stream.getvalue()), carried=CARRIED)
    assert pins(inventory) == ["alpha 1.0", "last 1.0.0"]
    assert said(inventory) == ["holds 1 file under the name of another; the last of each was read"]
