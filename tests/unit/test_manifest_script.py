"""Scripts that declare their dependencies in a comment (PEP 723), and Pipfiles."""

from pathlib import Path

import pytest

from pip_assay.model import Origin
from pip_assay.sources import manifests
from pip_assay.sources.manifest import Manifest
from pip_assay.sources.manifests import script


def read(folder: Path, text: str, name: str = "run.py") -> Manifest:
    """Read a file with that text."""
    path = folder / name
    path.write_bytes(text.encode())
    return manifests.read(str(path))


SCRIPT = """#!/usr/bin/env python
'''# /// not-this'''
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "Alpha<3",
#
#   "beta", 'gamma ; os_name == "nt"',
# ]
# [tool.uv]
# dev-dependencies = ["delta"]
# constraint-dependencies = ["alpha<2"]
# [tool.uv.sources]
# beta = { git = "https://index.example/b" }
# ///

# /// other
# x
# ///
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_script(tmp_path: Path, end: str) -> None:
    """Each dependency has its line and column in the script itself."""
    found = read(tmp_path, SCRIPT.replace("\n", end))
    assert [(root.text, root.group, root.place.line, root.place.column) for root in found.roots] == [
        ("Alpha<3", "runtime", 6, 6), ("beta @ git+https://index.example/b", "runtime", 8, 6),
        ('gamma ; os_name == "nt"', "runtime", 8, 14), ("delta", "group:dev", 11, 24),
    ]  # fmt: skip
    assert (found.python, found.constraints, found.problems) == (">=3.11", ("alpha<2",), ())


@pytest.mark.parametrize(
    ("text", "gap", "what", "line"),
    [
        ("x = 1\n", "empty", 'has no block "# /// script"', 0),
        ("\n# /// script\n# dependencies = []\n", "unreadable", "that nothing closes", 2),
        ("# /// script\n# x = [\n# y\n# ///\n", "unreadable", "is not valid TOML", 3),
        ("# /// script\n# x = 1\n# ///\n\n# /// script\n# y = 2\n# ///\n", "unreadable", "more than one block", 5),
        ("# /// script\n# dependencies = 'a'\n# ///\n", "unreadable", '"dependencies" is not a list', 2),
        ("# /// script\n# dependencies = [1]\n# ///\n", "unreadable", "is not a requirement", 2),
        ("\0", "unreadable", "is not a text file", 0),
    ],
)
def test_a_script_that_is_wrong(tmp_path: Path, text: str, gap: str, what: str, line: int) -> None:
    """What PEP 723 calls an error, and what is no such script, is a problem with its line."""
    found = read(tmp_path, text)
    assert (found.roots, [each.gap for each in found.problems]) == ((), [gap])
    assert what in found.problems[0].what
    assert found.problems[0].place is not None
    assert found.problems[0].place.line == line


def test_a_script_without_dependencies(tmp_path: Path) -> None:
    """A block that declares no dependencies is no problem."""
    assert read(tmp_path, "# /// script\n# requires-python = '>=3'\n# ///\n") == Manifest(
        python=">=3", groups=("runtime",)
    )


def test_is_one() -> None:
    """Whether a Python file is such a script is told from its start."""
    assert script.is_one(SCRIPT.encode())
    assert script.is_one(b"# /// script\r\n")
    assert not script.is_one(b"import x  # /// script\n# /// scripts\n")


def test_many_openings(tmp_path: Path) -> None:
    """A file of nothing but openings is read in a time that grows with its size."""
    assert [each.gap for each in read(tmp_path, "# /// script\n" * 50_000).problems] == ["unreadable"]


def test_a_pipfile(tmp_path: Path) -> None:
    """Pipenv's categories are groups; markers, extras, repositories and indexes are kept."""
    found = read(
        tmp_path,
        """[[source]]
name = "first"
url = "https://packages.example/simple"
verify_ssl = true
[[source]]
name = "second"
url = "https://u:p@second.example/simple"
[packages]
Alpha = "*"
beta = {version = ">=1,<2", extras = ["y", "x"], markers = "os_name == 'nt'", sys_platform = "== 'win32'"}
"gamma.x" = {git = "https://index.example/g.git", ref = "abc", editable = true}
delta = {path = ".", editable = true}
epsilon = {version = "==1.0", index = "second"}
zeta = {version = "==1.0", index = "first"}
eta = {file = "https://index.example/eta-1.zip"}
theta = "latest"
iota = 1
"no name" = "*"
[dev-packages]
kappa = "~=1.0"
[docs_site]
mu = "1.2"
[requires]
python_version = "3.12"
[scripts]
run = "python x"
""",
        "Pipfile",
    )
    assert [(root.text, root.group) for root in found.roots] == [
        ("Alpha", "runtime"),
        ("beta[x,y]>=1,<2 ; os_name == 'nt' and sys_platform == 'win32'", "runtime"),
        ("gamma.x @ git+https://index.example/g.git@abc", "runtime"),
        ("zeta==1.0", "runtime"),
        ("eta @ https://index.example/eta-1.zip", "runtime"),
        ("kappa~=1.0", "group:dev"),
        ("mu==1.2", "group:docs-site"),
    ]
    assert [(root.place.line, root.place.column) for root in found.roots][:3] == [(9, 1), (10, 1), (11, 2)]
    assert [(each.pin.name, each.pin.version, each.origin) for each in found.listed] == [
        ("delta", "", Origin("editable", ".")), ("epsilon", "1.0", Origin("index", "https://second.example/simple")),
        ("theta", "", Origin()), ("iota", "", Origin()),
    ]  # fmt: skip
    assert [each.place.line for each in found.problems if each.place] == [12, 13, 16, 17, 18]
    assert (found.python, found.index_url) == ("==3.12.*", "https://packages.example/simple")
    assert found.extra_index_urls == ("https://u:p@second.example/simple",)


def test_a_pipfile_of_settings(tmp_path: Path) -> None:
    """A Pipfile without a category of packages is empty; one with an empty category is not."""
    assert [each.gap for each in read(tmp_path, "[requires]\npython_version='3'\n", "Pipfile").problems] == ["empty"]
    assert read(tmp_path, "[packages]\n", "Pipfile").problems == ()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pyproject.toml", "pyproject"), ("setup.cfg", "setup.cfg"), ("setup.py", "setup.py"), ("Pipfile", "Pipfile"),
        ("x.py", "script"), ("Pipfile.lock", None), ("x.py.lock", None), ("requirements.txt", None),
    ],
)  # fmt: skip
def test_which_file_is_which(name: str, kind: str | None) -> None:
    """A file's name says what kind of manifest it is."""
    assert manifests.recognises(name) == kind
