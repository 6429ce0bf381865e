"""Pexes, zipapps, shivs and packages of functions: everything in them is found, where it is."""

import zipapp
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pip_assay.model import Inventory, Origin, Place
from pip_assay.names import normalise
from pip_assay.sources import archive
from pip_assay.sources.archive import pex
from pip_assay.sources.bundled import Reader
from tests.archives import SETUPTOOLS, Content, installed, metadata, pex_info, put, wheel_name, zipped

CARRIED = Reader()
ALPHA, BETA = wheel_name("alpha", "1.0"), wheel_name("beta", "2.0")
INFO = pex_info(ALPHA, BETA, asked=("Alpha[x]==1.0",))
BELOW = {f".deps/{ALPHA}/{path}": text for path, text in SETUPTOOLS.items()} | {
    f".deps/{BETA}/{path}": text for path, text in installed("beta", "2.0").items()
}
RAW = {f".deps/{ALPHA}": zipped(SETUPTOOLS), f".deps/{BETA}": zipped(installed("beta", "2.0"))}


def rows(inventory: Inventory) -> list[tuple[str, bool | None, str]]:
    """Return what each is, whether it was asked for, and what carries it."""
    return [(str(one.pin), one.direct, one.inside.name if one.inside else "") for one in inventory.dependencies]


IN_PEX = [
    ("alpha 1.0", True, ""),
    ("beta 2.0", False, ""),
    ("delta 0.5", False, "alpha"),
    ("epsilon-pkg 3.1", False, "alpha"),
]


@pytest.mark.parametrize("files", [BELOW, RAW])
def test_a_pex_holds_its_wheels(tmp_path: Path, files: dict[str, Content]) -> None:
    """Installed, or as wheels that are installed on the first start; a shebang before the zip changes nothing."""
    content = b"#!/usr/bin/env python3\n" + zipped({"PEX-INFO": INFO, "__main__.py": "", **files})
    path = put(tmp_path, "app.pex", content)
    inventory = archive.read(path, carried=CARRIED)
    assert (inventory.kind, inventory.detail, inventory.problems) == ("pex", "pex 2.9.1", ())
    assert rows(inventory) == IN_PEX
    beta = inventory.dependencies[1]
    assert beta.place == Place(f"{path}/.deps/{BETA}/beta-2.0.dist-info/METADATA", 3)
    assert archive.parse(content, path, carried=CARRIED) == inventory


@pytest.mark.parametrize("files", [BELOW, RAW])
def test_a_pex_may_be_a_folder(tmp_path: Path, files: dict[str, Content]) -> None:
    """With `--layout loose` and `--layout packed`."""
    for name, text in {"PEX-INFO": INFO, **files}.items():
        put(tmp_path / "app", name, text.encode() if isinstance(text, str) else text)
    inventory = archive.read(str(tmp_path / "app"), carried=CARRIED)
    assert (inventory.kind, inventory.problems) == ("pex", ())
    assert rows(inventory) == IN_PEX
    assert inventory.dependencies[1].place == Place(f"{tmp_path}/app/.deps/{BETA}/beta-2.0.dist-info/METADATA", 3)


def test_what_pex_info_lists_and_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """It is listed by the name of its wheel, for at run time it may come from elsewhere."""
    info = pex_info(ALPHA, BETA, "other.whl")
    path = put(tmp_path, "app.pex", zipped({"PEX-INFO": info, f".deps/{ALPHA}": b"no zip"}))
    inventory = archive.read(path)
    assert rows(inventory) == [("alpha 1.0", None, ""), ("beta 2.0", None, "")]
    beta = "is listed in PEX-INFO, and its metadata are not there"
    assert [(problem.subject, problem.what.partition(" (")[0]) for problem in inventory.problems] == [
        ("other.whl", beta),
        ("alpha", "is not a zip that can be read"),
        ("beta", f"{beta}, so what its name tells was taken"),
    ]


@pytest.mark.parametrize("info", [b"", b"{", b"[]", b"\xff\xfe\xfa"])
def test_a_broken_pex_info_is_a_problem_and_the_rest_is_read(tmp_path: Path, info: bytes) -> None:
    """What was asked for is then unknown."""
    inventory = archive.read(put(tmp_path, "app.pex", zipped({"PEX-INFO": info, **BELOW})), carried=CARRIED)
    assert [str(one.pin) for one in inventory.dependencies] == [row[0] for row in IN_PEX]
    assert inventory.dependencies[0].direct is None
    (problem,) = inventory.problems
    assert problem.place is not None
    assert problem.place.file.endswith("app.pex/PEX-INFO")


@pytest.mark.parametrize(
    "text", ["alpha", "Al.pha [x,y] >=1 ; python_version < '3'", "alpha @ https://index.example/a.whl", "alpha(==1.0)"]
)
def test_requirements_of_a_pex_are_named_as_packaging_names_them(text: str) -> None:
    """Only the name of a requirement counts."""
    understood = pex._understood({"requirements": [text]})
    assert understood.asked == {normalise(Requirement(text).name)}
    assert understood.knows_all


def test_a_requirement_that_names_no_project_makes_the_others_uncertain(tmp_path: Path) -> None:
    """A path or an address may mean any of them; values of wrong types are passed over."""
    info = '{"requirements": ["alpha", "./beta", 3], "distributions": [], "build_properties": 1}'
    inventory = archive.read(put(tmp_path, "app.pex", zipped({"PEX-INFO": info, **BELOW})))
    assert rows(inventory)[:2] == [("alpha 1.0", True, ""), ("beta 2.0", None, "")]
    assert (inventory.detail, inventory.problems) == ("", ())


def test_a_pex_of_both_forms_hides_nothing(tmp_path: Path) -> None:
    """A wheel and a folder of the same name are both read."""
    files: dict[str, Content] = {"PEX-INFO": pex_info(ALPHA), f".deps/{ALPHA}": zipped(installed("alpha", "1.0"))}
    files |= {f".deps/{ALPHA}/{path}": text for path, text in installed("gamma", "3.0").items()}
    inventory = archive.read(put(tmp_path, "app.pex", zipped(files)))
    assert [str(one.pin) for one in inventory.dependencies] == ["alpha 1.0", "gamma 3.0"]


def site(*asked: str) -> dict[str, Content]:
    """Return the files of a site-packages folder as pip fills it with `--target`, with the RECORD of alpha."""
    record = (
        "alpha/_vendor/delta-0.5.dist-info/METADATA,sha256=x,1\n"
        "alpha/data/test-1.0-py3.7.egg/EGG-INFO/PKG-INFO,,\n"
        "alpha/_vendor/epsilon_pkg-3.1.dist-info/METADATA,,\n"
    )
    files: dict[str, Content] = {**SETUPTOOLS, **installed("beta", "2.0"), "alpha-1.0.dist-info/RECORD": record}
    for stem in ("alpha-1.0", "beta-2.0"):
        files[f"{stem}.dist-info/INSTALLER"] = "pip\n"
    return files | {f"{stem}.dist-info/REQUESTED": "" for stem in asked}


def test_a_shiv_is_read_as_the_environment_that_it_holds(tmp_path: Path) -> None:
    """What pip was asked for is direct; what RECORD lists below a distribution is carried by it."""
    files = {f"site-packages/{path}": text for path, text in site("beta-2.0").items()}
    path = put(tmp_path, "app.pyz", zipped({**files, "environment.json": '{"shiv_version": "1.0.8"}'}))
    inventory = archive.read(path, carried=CARRIED)
    assert (inventory.kind, inventory.detail, inventory.problems) == ("zipapp", "shiv 1.0.8", ())
    assert rows(inventory) == [
        ("alpha 1.0", False, ""), ("beta 2.0", True, ""), ("delta 0.5", False, "alpha"),
        ("epsilon-pkg 3.1", False, "alpha"),
    ]  # fmt: skip


def test_a_zipapp_holds_what_importlib_finds(tmp_path: Path) -> None:
    """A zipapp that zipapp itself made, in the same names and versions as importlib.metadata finds in it."""
    for name, text in {"__main__.py": "", **site()}.items():
        put(tmp_path / "app", name, str(text).encode())
    path = tmp_path / "app.pyz"
    zipapp.create_archive(tmp_path / "app", path, interpreter="/usr/bin/env python3", compressed=True)
    inventory = archive.read(str(path), carried=CARRIED)
    top = sorted((one.metadata["Name"], one.version) for one in distributions(path=[str(path)]))
    assert [tuple(str(one.pin).split()) for one in inventory.dependencies if not one.inside] == top
    assert len(inventory.dependencies) == len(top) + 2


def test_without_a_record_all_are_listed_alike(tmp_path: Path) -> None:
    """Tools leave RECORD out to save space; what is below a distribution is then not known to be carried by it."""
    inventory = archive.read(put(tmp_path, "function.zip", zipped(SETUPTOOLS)))
    assert rows(inventory) == [(name, None, "") for name in ("alpha 1.0", "delta 0.5", "epsilon-pkg 3.1", "test 1.0")]


def test_a_package_of_a_function_is_scanned_wherever_its_folders_are(tmp_path: Path) -> None:
    """At the top, in folders of layers, as old metadata, eggs and wheels; addresses of origin are kept."""
    files: dict[str, Content] = {
        **installed("alpha", "1.0", below="python/"), "old-0.1.egg-info/PKG-INFO": metadata("old", "0.1"),
        "flat-0.2.egg-info": metadata("flat", "0.2"), "lib/egg-0.3-py3.9.egg/EGG-INFO/PKG-INFO": metadata("egg", "0.3"),
        f"house/{BETA}": zipped(installed("beta", "2.0")), "~lpha-1.0.dist-info/METADATA": metadata("x", "1"),
        "python/alpha-1.0.dist-info/direct_url.json": '{"url": "https://index.example/a.zip", "archive_info": {}}',
    }  # fmt: skip
    inventory = archive.read(put(tmp_path, "function.zip", zipped(files)))
    names = ["alpha 1.0", "beta 2.0", "egg 0.3", "flat 0.2", "old 0.1"]
    assert [str(one.pin) for one in inventory.dependencies] == names
    assert inventory.dependencies[0].origin == Origin("url", "https://index.example/a.zip")
    assert inventory.problems == ()


def test_an_absent_archive_is_missing(tmp_path: Path) -> None:
    """It is a problem, whatever its name tells."""
    for name in ("alpha-1.0-py3-none-any.whl", "alpha-1.0.tar.gz", "app.pex"):
        inventory = archive.read(str(tmp_path / name))
        assert [(problem.gap, problem.what) for problem in inventory.problems] == [("missing", "does not exist")]
        assert inventory.dependencies == ()
