"""pixi.lock and conda-lock.yml: releases of the index audited, conda's own listed, each once for all platforms."""

from typing import Any

import pytest

from pip_assay.model import PYPI, UNCOVERED, Dependency, Inventory, Origin, Pin, Place
from pip_assay.sources.conda import conda_lock, pixi_lock

FILES = "https://packages.example/packages/00/11/" + "0" * 60


def lock(text: str, reader: Any = pixi_lock) -> Inventory:
    found = reader.parse(text.encode(), "a.lock")
    assert isinstance(found, Inventory)
    return found


def by_name(found: Inventory) -> dict[str, Dependency]:
    return {each.pin.name: each for each in found.dependencies}


NEW = f"""version: 7
platforms:
- name: linux-64
- name: old-linux
  subdir: linux-aarch64
- name: osx-arm64
environments:
  default:
    indexes:
    - https://packages.example/simple
    packages:
      linux-64:
      - conda: https://conda.example/forge/noarch/pyalpha-1.2-pyh1_0.conda
      - conda: https://conda.example/forge/linux-64/libgamma-3.0-h1_0.tar.bz2
      - pypi: {FILES}/beta-0.9-py3-none-any.whl
      - pypi: .
      old-linux:
      - conda: https://conda.example/forge/noarch/pyalpha-1.2-pyh1_0.conda
      osx-arm64:
      - conda: https://conda.example/forge/noarch/pyalpha-1.2-pyh1_0.conda
      - pypi: {FILES}/beta-0.9-cp312-macosx.whl
      - conda_source: 'delta[1234] @ ./delta'
  dev:
    packages:
      linux-64:
      - conda: https://conda.example/forge/noarch/pyalpha-1.2-pyh1_0.conda
packages:
- conda: https://conda.example/forge/noarch/pyalpha-1.2-pyh1_0.conda
  sha256: aa
  md5: bb
  depends:
  - python >=3.10
  - forge::libgamma >=3,<4
  purls:
  - pkg:pypi/Alpha?source=hash-mapping
- conda: https://conda.example/forge/linux-64/libgamma-3.0-h1_0.tar.bz2
- pypi: {FILES}/beta-0.9-py3-none-any.whl
  name: beta
  version: '0.9'
  sha256: cc
  requires_dist:
  - alpha>=1 ; python_version >= '3'
  - other ; extra == 'x'
- pypi: {FILES}/beta-0.9-cp312-macosx.whl
  name: beta
  version: '0.9'
  sha256: dd
- pypi: .
  name: project
  version: 1.0
- conda_source: 'delta[1234] @ ./delta'
  version: 0.1.0
"""


def test_pixi_seven_in_full() -> None:
    """Names from file names, projects from purls, groups from environments, one dependency for all platforms."""
    found = lock(NEW)
    assert found.problems == ()
    assert found.groups == ("runtime", "group:dev")
    assert found.dependencies == (
        Dependency(
            Pin(PYPI, "alpha", "1.2"), Place("a.lock", 28, 45), ("runtime", "group:dev"), ("libgamma",),
            hashes=("sha256:aa", "md5:bb"), spelling="pyalpha",
        ),
        Dependency(
            Pin("conda", "libgamma", "3.0"), Place("a.lock", 36, 47), ("runtime",), skipped=UNCOVERED,
            spelling="libgamma", marker='sys_platform == "linux" and platform_machine == "x86_64"',
        ),
        Dependency(
            Pin(PYPI, "beta", "0.9"), Place("a.lock", 38, 9), ("runtime",), ("alpha",), spelling="beta",
            hashes=("sha256:cc", "sha256:dd"), origin=Origin("index", "https://packages.example/simple"),
            marker='sys_platform == "linux" and platform_machine == "x86_64" or sys_platform == "darwin"',
        ),
        Dependency(
            Pin("conda", "delta", "0.1.0"), Place("a.lock", 51, 18), ("runtime",), origin=Origin("path", "./delta"),
            marker='sys_platform == "darwin"', skipped=UNCOVERED, spelling="delta",
        ),
    )  # fmt: skip


OLD = """version: {version}
environments:
  default:
    packages:
      linux-64:
      - conda: https://conda.example/forge/linux-64/libgamma-3.0-h1_0.conda
      - pypi: https://packages.example/files/alpha-1.2-py3-none-any.whl
      - pypi: ./beta
packages:
- kind: conda
  name: libgamma
  version: '3.0'
  url: https://conda.example/forge/linux-64/libgamma-3.0-h1_0.conda
- kind: pypi
  name: Alpha
  version: 1.2
  url: https://packages.example/files/alpha-1.2-py3-none-any.whl
- kind: pypi
  name: beta
  version: '0.9'
  path: ./beta
  editable: true
"""


@pytest.mark.parametrize("version", [4, 5])
def test_pixi_four_and_five(version: int) -> None:
    """Their packages have a kind, a name, and a url or a path."""
    found = lock(OLD.format(version=version))
    assert found.problems == ()
    assert [(each.pin, each.origin, each.groups) for each in found.dependencies] == [
        (Pin("conda", "libgamma", "3.0"), Origin(), ("runtime",)),
        (Pin(PYPI, "alpha", "1.2"), Origin("index", "https://packages.example/files"), ("runtime",)),
        (Pin(PYPI, "beta", "0.9"), Origin("editable", "./beta"), ("runtime",)),
    ]


FIRST = """version: {version}
metadata:
  platforms:
  - linux-64
  - win-64
package:
- platform: linux-64
  name: libgamma
  version: '3.0'
  category: main
  manager: conda
  dependencies:
  - pyalpha 1.*
  url: https://conda.example/forge/linux-64/libgamma-3.0-h1_0.conda
  hash:
    md5: bb
    sha256: aa
- platform: win-64
  name: pyalpha
  version: '1.2'
  category: main
  manager: conda
  dependencies: []
  url: https://conda.example/forge/noarch/pyalpha-1.2-h1_0.conda
  purls:
  - pkg:pypi/alpha
- platform: linux-64
  name: beta
  version: '0.9'
  category: dev
  manager: {pip}
  requires_dist:
  - alpha>=1
  url: FILES/beta-0.9-py3-none-any.whl
""".replace("FILES", FILES)


@pytest.mark.parametrize(("version", "pip"), [(1, "pip"), (2, "pip"), (3, "pypi")])
def test_pixi_one_to_three(version: int, pip: str) -> None:
    """They are in the form of conda-lock, with purls."""
    found = lock(FIRST.format(version=version, pip=pip))
    assert found.problems == ()
    assert [(each.pin, each.groups, each.requires, each.marker) for each in found.dependencies] == [
        (Pin("conda", "libgamma", "3.0"), ("runtime",), ("alpha",), 'sys_platform == "linux"'),
        (Pin(PYPI, "alpha", "1.2"), ("runtime",), (), 'sys_platform == "win32"'),
        (Pin(PYPI, "beta", "0.9"), ("group:dev",), ("alpha",), 'sys_platform == "linux"'),
    ]
    assert found.dependencies[0].hashes == ("sha256:aa", "md5:bb")


UNIFIED = """version: 1
metadata:
  platforms: [linux-64, osx-64]
package:
- {name: libgamma, version: '3.0', manager: conda, platform: linux-64, dependencies: {beta: ''}, url: u}
- {name: beta, version: '0.9', manager: pip, platform: linux-64, dependencies: {}, url: "URL", category: main}
- {name: beta, version: '0.9', manager: pip, platform: osx-64, dependencies: {}, url: "URL", category: dev}
"""


def test_conda_lock_unites_platforms_and_categories() -> None:
    """A release that is there for each platform and category is one dependency of all their groups."""
    found = lock(UNIFIED.replace("URL", f"{FILES}/beta-0.9-py3-none-any.whl"), conda_lock)
    assert found.problems == ()
    gamma, beta = found.dependencies
    assert (gamma.pin, gamma.skipped, gamma.marker) == (
        Pin("conda", "libgamma", "3.0"),
        UNCOVERED,
        'sys_platform == "linux"',
    )
    assert (beta.pin, beta.groups, beta.marker, beta.place) == (
        Pin(PYPI, "beta", "0.9"), ("runtime", "group:dev"), "", Place("a.lock", 6, 10),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        (f"{FILES}/beta-0.9.tar.gz", Origin()),
        ("https://packages.example/packages/source/b/beta/beta-0.9.tar.gz", Origin()),
        ("https://me:secret@own.example/files/beta-0.9.tar.gz", Origin("index", "https://own.example/files")),
        ("git+https://me:secret@code.example/beta.git@1234", Origin("vcs", "git+https://code.example/beta.git@1234")),
        ("file:///srv/beta-0.9.tar.gz", Origin("path", "file:///srv/beta-0.9.tar.gz")),
    ],
)
def test_the_file_tells_where_a_package_came_from(url: str, origin: Origin) -> None:
    """conda-lock names no index: what is not laid out as the public index's files is not taken for one of them."""
    assert by_name(lock(UNIFIED.replace("URL", url), conda_lock))["beta"].origin == origin


def test_a_url_that_was_asked_for_is_no_index() -> None:
    """conda-lock keeps the source of what was asked for by its address."""
    asked = UNIFIED.replace("URL", f"{FILES}/beta-0.9.tar.gz").replace(
        "category: main}\n- {name: beta", "category: main}\n- {source: {type: url, url: u}, name: beta"
    )
    assert by_name(lock(asked, conda_lock))["beta"].origin == Origin("url", f"{FILES}/beta-0.9.tar.gz")


@pytest.mark.parametrize(
    ("indexes", "location", "origin"),
    [
        (["https://a.example/simple"], "https://b.test/x/beta-0.9.tar.gz", Origin("index", "https://a.example/simple")),
        (["https://a.example/simple", "https://i.b.test/s"], "https://f.b.test/beta-0.9.tar.gz", Origin("index", "https://i.b.test/s")),
        (["https://a.test/simple", "https://c.example.org/s"], f"{FILES}/beta-0.9.tar.gz", Origin()),
        (["https://a.example/simple", "https://c.example.org/s"], "https://b.test/f/beta-0.9.tar.gz", Origin("index", "https://b.test/f")),
        ([], "direct+https://me:secret@b.test/beta-0.9.tar.gz", Origin("url", "https://b.test/beta-0.9.tar.gz")),
        ([], "./sub/beta", Origin("path", "./sub/beta")),
        ([], r"C:\sub\beta", Origin("path", r"C:\sub\beta")),
    ],
)  # fmt: skip
def test_pixi_names_the_indexes_of_an_environment(indexes: list[str], location: str, origin: Origin) -> None:
    """The one index, else that on the site of the file; a private file is never taken for the public index's."""
    listed = "".join(f"\n    - {index}" for index in indexes) or " []"
    text = f"""version: 6
environments:
  default:
    indexes:{listed}
    packages:
      linux-64:
      - pypi: {location}
packages:
- pypi: {location}
  name: beta
  version: '0.9'
"""
    assert by_name(lock(text))["beta"].origin == origin


def test_each_project_that_a_conda_package_holds_is_listed() -> None:
    """A package with two purls is two releases; a purl's own version counts; what is no PyPI purl does not."""
    text = NEW.replace(
        "  - pkg:pypi/Alpha?source=hash-mapping\n",
        "  - pkg:pypi/alpha@1.2.0\n  - pkg:pypi/beta\n  - pkg:npm/x\n  - x\n",
    )
    pins = {each.pin for each in lock(text).dependencies if each.spelling == "pyalpha"}
    assert pins == {Pin(PYPI, "alpha", "1.2.0"), Pin(PYPI, "beta", "1.2")}


def test_a_project_does_not_require_itself() -> None:
    """Its extras ask for it by name; that is no edge."""
    text = NEW.replace("- other ; extra == 'x'", "- Beta[y]>=0.9")
    assert by_name(lock(text))["beta"].requires == ("alpha",)


def test_a_platform_without_a_marker_leaves_none() -> None:
    """Where one of its platforms cannot be put in the words of PEP 508, a release applies everywhere."""
    eta = f"      - pypi: {FILES}/eta-1.0-py3-none-any.whl\n"
    text = NEW.replace("      - pypi: .\n", f"      - pypi: .\n{eta}").replace("old-linux:\n", f"old-linux:\n{eta}")
    assert by_name(lock(text))["eta"].marker == 'sys_platform == "linux"'
    text = text.replace("linux-aarch64", "wasi-wasm32")
    assert by_name(lock(text))["eta"].marker == ""


def test_nothing_is_dropped_from_a_lock_that_was_cut_short() -> None:
    """What the environments want and no entry describes is listed by its file name, and that is a problem."""
    found = lock(NEW[: NEW.index("- pypi: .\n  name")])
    assert sorted(by_name(found)) == ["alpha", "beta", "delta", "libgamma"]
    found = lock(NEW[: NEW.index("packages:\n- conda")])
    assert sorted(by_name(found)) == ["beta", "delta", "libgamma", "pyalpha"]
    assert [each.what for each in found.problems] == [
        "does not describe all that its environments want (5 missing), so it may be cut short"
    ]


def test_an_entry_without_a_manager_is_not_taken_for_one_of_condas() -> None:
    """A conda-lock that ends within its last entry does not hide a package of pip's."""
    found = lock(
        "version: 1\npackage:\n- name: alpha\n  version: 1.2\n- name: beta\n  version: 0.9\n  manager: conda\n",
        conda_lock,
    )
    assert by_name(found)["alpha"].skipped == ""
    assert [each.what for each in found.problems] == [
        "alpha is of neither conda nor pip, and was taken for a package of pip's",
        "beta has no url, so the lock may be cut short",
    ]


@pytest.mark.parametrize(
    ("text", "gap", "what"),
    [
        ("a: b\n", "unreadable", "has no lock version, so it is not a lock of pixi"),
        ("version: 0\n", "unreadable", "has no lock version, so it is not a lock of pixi"),
        ("version: 6\nenvironments: {}\npackages: []\n", "empty", "holds no package"),
        ("version: 6\npackages: a\n", "unreadable", '"packages" of a.lock is not a list'),
        ("version: 6\npackages:\n- a\n", "unreadable", '"packages" of a.lock holds something that is not a table'),
        ("version: 6\npackages:\n- a: b\n", "unreadable", "package 1 has no location that this pip-assay knows"),
        ("version: 6\npackages:\n- conda: https://conda.example/x\n", "unreadable", "package 1 has no name"),
        ("version: 6\npackages:\n- pypi: ./x\n  name: [a]\n", "unreadable", '"name" of package 1 is not text'),
        ("version: 6\npackages:\n- pypi: ./x\n  name: a\n", "unpinned", "a cannot be audited: no version specified"),
        ("version: 6\npackages:\n- pypi: ./x\n  name: '-'\n  version: 1\n", "unreadable",
         "- cannot be audited: its name is not a valid project name"),
        ("version: 6\nenvironments:\n  default:\n    packages:\n      linux-64: a\n", "unreadable",
         '"linux-64" of a.lock is not a list'),
        ("version: 6\nenvironments:\n  default:\n    packages:\n      linux-64:\n      - a: b\n", "unreadable",
         '"linux-64" of a.lock selects something that this pip-assay does not know'),
        ("version: 8\npackages: []\n", "unreadable",
         "has lock version 8, which is newer than this pip-assay: what is new in it was not read"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_pixi_lock_is_said(text: str, gap: str, what: str) -> None:
    """Never an empty answer without a reason."""
    assert [(each.gap, each.what) for each in lock(text).problems][:1] == [(gap, what)]


@pytest.mark.parametrize(
    ("text", "gap", "what"),
    [
        ("a: b\n", "unreadable", "has no list of packages"),
        ("version: 1\npackage: []\n", "empty", "holds no package"),
        ("version: 2\npackage: []\n", "unreadable",
         'has lock version "2", which this pip-assay does not know: what is new was not read'),
        ("version: 1\npackage:\n- version: 1\n", "unreadable", "package 1 has no name"),
        (UNIFIED + UNIFIED[UNIFIED.index("- {name: beta"):].replace("osx-64", "win-64"), "duplicate",
         "lists beta twice for linux-64"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_conda_lock_is_said(text: str, gap: str, what: str) -> None:
    """Never an empty answer without a reason."""
    assert (gap, what) in [(each.gap, each.what) for each in lock(text, conda_lock).problems]


def test_files_are_recognised_by_their_names_and_by_their_beginnings() -> None:
    """The two kinds are told apart on standard input too."""
    assert [name for name in ("pixi.lock", "a.pixi.lock", "pixi.toml") if pixi_lock.recognises(name)] == ["pixi.lock"]
    names = (
        "conda-lock.yml",
        "conda-lock.yaml",
        "a.conda-lock.yml",
        "dev-conda-lock.yml",
        "aconda-lock.yml",
        "conda-lock.ymlx",
    )
    assert [name for name in names if conda_lock.recognises(name)] == list(names[:4])
    for text, is_pixi, is_conda in (
        (NEW, True, False),
        (FIRST.format(version=1, pip="pip"), False, True),
        ("{}", False, False),
    ):
        start = text.encode()
        assert (pixi_lock.is_one(start), conda_lock.is_one(start)) == (is_pixi, is_conda)


def test_a_missing_file_is_missing(tmp_path: Any) -> None:
    """And a folder is none."""
    for reader in (pixi_lock, conda_lock):
        assert [each.gap for each in reader.read(str(tmp_path / "no")).problems] == ["missing"]
        assert [each.gap for each in reader.read(str(tmp_path), target="t").problems] == ["unreadable"]
