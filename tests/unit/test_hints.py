"""Dockerfiles and notebooks as hints: which words ask an installer for what, and where they stand."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pip_assay.model import INDEX, UNCOVERED, Dependency, Inventory, Origin, Pin, Place
from pip_assay.sources import hints
from pip_assay.sources.hints import installers, shell


def read(text: str | bytes, name: str = "Dockerfile") -> Inventory:
    """What is read from a file of this name and content."""
    return hints.parse(text if isinstance(text, bytes) else text.encode(), name)


def pins(text: str, name: str = "Dockerfile") -> list[str]:
    """The releases that are asked for, with their lines."""
    return [f"{each.pin}:{each.place.line}" for each in read(text, name).dependencies]


def gaps(inventory: Inventory) -> list[tuple[str, str, int]]:
    """What is wrong: gap, words and line."""
    return [(each.gap, each.what, each.place.line if each.place else -1) for each in inventory.problems]


def notebook(*cells: list[str] | str, kind: str = "code") -> str:
    """A notebook as its programs write it."""
    written: list[dict[str, Any]] = [
        {"cell_type": kind, "metadata": {}, "outputs": [], "source": cell} for cell in cells
    ]
    return json.dumps(
        {"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False
    )


# --- what a command asks for -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pip install a==1 b==2", ["a 1", "b 2"]),
        ("pip3 install a==1", ["a 1"]),
        ("/opt/venv/bin/pip3.11 install a==1", ["a 1"]),
        ("C:\\\\Python\\\\Scripts\\\\pip.exe install a==1", ["a 1"]),
        ("python -m pip install a==1", ["a 1"]),
        ("python3 -I -mpip install a==1", ["a 1"]),
        ("sudo -H -E env X=1 pip install a==1", ["a 1"]),
        ("uv pip install --system a==1", ["a 1"]),
        ("uv add a==1 --group dev", ["a 1"]),
        ("uv tool install a@1.2 --with b==2", ["a 1.2", "b 2"]),
        ("uv run pip install a==1", ["a 1"]),
        ("pipx install 'a[x]==1' --python 3.11", ["a 1"]),
        ("poetry run pip install a==1", ["a 1"]),
        ("pip --no-cache-dir -q install -U --pre -t /x a==1 --no-deps", ["a 1"]),
        ("pip install -qqr x.txt a==1 -c limits.txt --prefix=/x --only-binary :all:", ["a 1"]),
        ("pip install -- a==1", ["a 1"]),
        ("pip install a===1 'b == 2 ; python_version < \"4\"'", ["a 1", "b 2"]),
        ("set -e; if true; then pip install a==1; fi", ["a 1"]),
        ("true && pip install a==1 || (pip install b==2)", ["a 1", "b 2"]),
        ("pip install a==1 > log 2>&1 &", ["a 1"]),
        ("pip install a==1 # b==2", ["a 1"]),
        ("pip install git+https://git.example/x#egg=x a==1", ["a 1"]),
        ("sh -c 'pip install a==1 && pip install b==2'", ["a 1", "b 2"]),
        ("bash -lc \"sh -c 'pip install a==1'\"", ["a 1"]),
        ("echo pip install a==1", []),
        ("pip download a==1", []),
        ("pip uninstall a==1", []),
        ("apt-get install -y python3-pip", []),
        ("grep pip install.log", []),
        ("pip", []),
        ("pip install", []),
    ],
)
def test_a_command_asks_for_releases(command: str, expected: list[str]) -> None:
    """Whatever stands before the installer, its options and their values are told from what it is asked for."""
    assert [str(each.pin) for each in read(f"RUN {command}").dependencies if each.pin.version] == expected


def test_a_dependency_is_pinned_direct_and_from_the_index_of_its_command() -> None:
    """The index that a command names is the origin, without credentials, of what that command asks for alone."""
    found = read("RUN pip install Al.pha[x]==1.2 -i https://me:x@packages.example/simple && pip install beta==1\n")
    assert found.problems == ()
    assert (found.kind, found.detail) == ("hints", "hints: what the file asks for, not what is installed")
    assert found.dependencies == (
        Dependency(
            Pin("PyPI", "al-pha", "1.2"),
            Place("Dockerfile", 1, 17),
            direct=True,
            origin=Origin("index", "https://packages.example/simple"),
            spelling="Al.pha",
        ),
        Dependency(Pin("PyPI", "beta", "1"), Place("Dockerfile", 1, 87), direct=True, spelling="beta"),
    )


@pytest.mark.parametrize(
    ("words", "name", "origin", "what"),
    [
        ("alpha", "alpha", INDEX, "alpha cannot be audited: has no pinned version"),
        ("'alpha>=1'", "alpha", INDEX, "alpha cannot be audited: has no pinned version"),
        ("alpha>=1", "alpha", INDEX, "alpha cannot be audited: has no pinned version"),
        ("alpha==$V", "alpha", INDEX, "alpha cannot be audited: $V is filled in only when it runs"),
        ('"alpha==${V:-1}"', "alpha", INDEX, "alpha cannot be audited: ${V:-1} is filled in only when it runs"),
        ("alpha==$(cat v)", "alpha", INDEX, "alpha cannot be audited: $(cat v) is filled in only when it runs"),
        (
            "'alpha @ git+https://tok@git.example/a@01'",
            "alpha",
            Origin("vcs", "git+https://git.example/a@01"),
            "alpha cannot be audited: URL requirements cannot be pinned to a specific package version",
        ),
        (
            "https://files.example/x.zip?token=1",
            "https://files.example/x.zip",
            Origin("url", "https://files.example/x.zip"),
            "https://files.example/x.zip cannot be audited: could not deduce package version from URL requirement",
        ),
    ],
)
def test_what_has_no_certain_version_is_listed_and_told(words: str, name: str, origin: Origin, what: str) -> None:
    """It is listed under the name that it tells, with the reason, and is a problem of its line."""
    found = read(f"FROM x\nRUN pip install {words}\n")
    assert [(each.pin, each.origin, bool(each.skipped)) for each in found.dependencies] == [
        (Pin("PyPI", name, ""), origin, True)
    ]
    assert gaps(found) == [("unpinned", what, 2)]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("-r reqs/dev.txt", ("unresolved", "installs what reqs/dev.txt lists, which was not looked at")),
        ("--requirement=$DIR/a.txt", ("unresolved", "installs what $DIR/a.txt lists, which was not looked at")),
        (
            "-r https://me:x@host.example/a.txt",
            ("unresolved", "installs what https://host.example/a.txt lists, which was not looked at"),
        ),
        ("--group test", ("unresolved", "installs the dependency group test, which was not looked at")),
        (".", ("unresolved", "installs ., which was not looked at")),
        ("-e ./src[x]", ("unresolved", "installs ./src[x], which was not looked at")),
        ("$PACKAGES", ("unpinned", "asks for $PACKAGES, and $PACKAGES is filled in only when it runs")),
        ("'a b'", ("unreadable", 'asks for "a b", which is no requirement')),
    ],
)
def test_what_leads_elsewhere_is_told(words: str, problem: tuple[str, str]) -> None:
    """A file, a group, a project and a variable are no dependencies that can be listed, and are named."""
    found = read(f"\nRUN pip install {words} \\\n  alpha==1")
    assert [str(each.pin) for each in found.dependencies] == ["alpha 1"]
    assert gaps(found) == [(*problem, 2)]


def test_packages_of_conda_are_listed_as_uncovered() -> None:
    """No advisory speaks of conda's packages: they are listed without a problem."""
    found = read("RUN conda install -y -c conda-forge -n base Numpy=1.2 'scipy>=1' main::pandas==2.0=py3 --file x.txt")
    assert [(each.pin, each.skipped) for each in found.dependencies] == [
        (Pin("conda", "numpy", "1.2"), UNCOVERED),
        (Pin("conda", "scipy", ""), UNCOVERED),
        (Pin("conda", "pandas", "2.0"), UNCOVERED),
    ]
    assert gaps(found) == [("unresolved", "installs what x.txt lists, which was not looked at", 1)]


def test_pip_has_the_options_with_values_that_the_table_has() -> None:
    """Each option of `pip install` takes a value exactly where pip's own parser says so."""
    pytest.importorskip("pip")
    from pip._internal.commands import create_command

    letters, names = installers._VALUED["pip"]
    for option in create_command("install").parser.option_list_all:
        for written in option._short_opts:
            assert option.takes_value() == (written[1:] in letters), written
        for written in option._long_opts:
            assert option.takes_value() == (written[2:] in names), written


@pytest.mark.parametrize(
    ("tool", "command"), [("pip", ["pip", "install"]), ("uv", ["add"]), ("uv", ["tool", "install"])]
)
def test_uv_has_the_options_with_values_that_the_table_has(tool: str, command: list[str]) -> None:
    """Each option of uv takes a value exactly where its own help says so."""
    uv = pytest.importorskip("uv")
    letters, names = installers._VALUED[tool]
    said = subprocess.run([uv.find_uv_bin(), *command, "--help"], capture_output=True, text=True, check=True).stdout
    options = re.findall(r"(?m)^\s+(?:-(\w), )?--([\w-]+)( ?\[?=?<)?", said)
    assert len(options) > 40
    for letter, name, value in options:
        assert bool(value) == (name in names), name
        assert not letter or bool(value) == (letter in letters), letter


# --- Dockerfiles -----------------------------------------------------------------------------------

DOCKERFILE = """# syntax=docker/dockerfile:1
FROM python:3.11 AS base
# RUN pip install never==1
RUN apt-get update \\
    # a comment, pip install never==2
    && pip install 'alpha[x]==1.2' \\

       "beta==2"
run --mount=type=cache,target=/root/.cache --network=none ["pip", "install", "gamma==3", "-q"]
RUN ["sh", "-c", "pip install delta==4"]
RUN <<EOT bash -e
pip install epsilon==5 \\
  zeta==6 # comment
EOT
COPY <<EOT /x
RUN pip install never==3
EOT
RUN <<-"EOT"
\t#!/usr/bin/env python
\tpip install never==4
\tEOT
RUN cat <<A > /requirements.txt && pip install eta==7
never==5
A
ONBUILD RUN pip install theta==8
CMD pip install never==6
"""


def test_every_form_of_run_is_read() -> None:
    """Shell form with continuations and comments, exec form, here-documents and triggers; nothing else is a command."""
    expected = [
        "alpha 1.2:6", "beta 2:8", "gamma 3:9", "delta 4:10", "epsilon 5:12", "zeta 6:13", "eta 7:22", "theta 8:25",
    ]  # fmt: skip
    assert pins(DOCKERFILE) == expected
    assert pins(DOCKERFILE.replace("\n", "\r\n")) == expected
    assert read(DOCKERFILE).problems == ()
    lines = DOCKERFILE.split("\n")
    for each in read(DOCKERFILE).dependencies:
        assert lines[each.place.line - 1][each.place.column - 1 :].startswith(f"{each.spelling}")


def test_a_place_is_that_of_the_word_and_not_of_an_equal_one_before() -> None:
    """An equal word before it, and spaces after the escape of its line, do not move it."""
    (found,) = read("RUN mkdir alpha && pip install \\ \t\n alpha==1 && echo alpha\n").dependencies
    assert found.place == Place("Dockerfile", 2, 2)
    (found,) = read("RUN mkdir alpha && pip install alpha==1\n").dependencies
    assert found.place == Place("Dockerfile", 1, 32)


def test_the_escape_directive_changes_what_continues_a_line() -> None:
    """With a backtick as escape, a backslash at the end of a line is one of a path."""
    text = "RUN pip install a==1 `\n b==2\nRUN pip install -t C:\\\n"
    assert pins(f"# escape=`\n{text}") == ["a 1:2", "b 2:3"]
    assert pins(f"FROM x\n# escape=`\n{text.replace('`', chr(92))}") == ["a 1:3", "b 2:4"]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Dockerfile", True), ("dockerfile", True), ("Dockerfile.dev", True), ("api.Dockerfile", True),
        ("Containerfile", True), ("a.ipynb", True), ("Dockerfile.dockerignore", False), (".dockerignore", False),
        ("Dockerfiles", False), ("docker-compose.yml", False), ("ipynb", False),
    ],
)  # fmt: skip
def test_names_tell_what_holds_hints(name: str, is_one: bool) -> None:
    """Dockerfiles, Containerfiles and notebooks, by the names that their tools look for."""
    assert hints.recognises(name) == is_one


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", ("empty", "asks no installer for anything", 0)),
        (b"FROM x\nRUN true\n", ("empty", "asks no installer for anything", 0)),
        (b"\0\xff", ("unreadable", "is not a text file", 0)),
        (b"#" * (2 * 1024 * 1024 + 1), ("unreadable", "is larger than 2.1 MB", 0)),
    ],
)
def test_what_asks_for_nothing_is_a_problem(content: bytes, problem: tuple[str, str, int]) -> None:
    """Nothing that holds nothing is ever silent."""
    assert gaps(read(content)) == [problem]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    """A file that is not there is told as missing; one that is there is read."""
    path = tmp_path / "Dockerfile"
    assert [each.gap for each in hints.read(str(path)).problems] == ["missing"]
    path.write_text(DOCKERFILE)
    assert len(hints.read(str(path), target="t").dependencies) == 8


# --- notebooks -------------------------------------------------------------------------------------


def test_every_form_of_command_in_a_notebook_is_read() -> None:
    """Magics, shell escapes with continuations, bare commands, assigned ones, shell cells: each at its line."""
    text = notebook(
        [
            "import sys\n",
            '%pip install alpha==1 "beta==2"\n',
            "  !pip3 install -q gamma==3 \\\n",
            "    delta==4\n",
            "x = 1",
        ],
        ["!{sys.executable} -m pip install epsilon==5\n", "pip install zeta==6\n", "out = !pip install eta==7\n"],
        ["%%bash\n", "set -e\n", "pip install theta==8\n"],
        [
            "%conda install -y numpy=1.2\n",
            "%timeit x\n",
            "print('pip install never==1')\n",
            "# !pip install never==2\n",
        ],
    )
    found = read(text, "a.ipynb")
    assert found.problems == ()
    assert [f"{each.pin.ecosystem} {each.pin}" for each in found.dependencies] == [
        "PyPI alpha 1", "PyPI beta 2", "PyPI gamma 3", "PyPI delta 4", "PyPI epsilon 5", "PyPI zeta 6", "PyPI eta 7",
        "PyPI theta 8", "conda numpy 1.2",
    ]  # fmt: skip
    lines = text.split("\n")
    for each in found.dependencies:
        assert lines[each.place.line - 1][each.place.column - 1 :].startswith(f"{each.spelling}=")


def test_a_cell_of_one_text_is_read() -> None:
    """The older form, a cell as one text, has all its commands on one line of the file."""
    text = notebook("import a\n!pip install alpha==1\n%pip install béta beta==2")
    found = read(text, "a.ipynb")
    assert pins(text, "a.ipynb") == ["alpha 1:7", "beta 2:7"]
    assert gaps(found) == [("unreadable", 'asks for "béta", which is no requirement', 7)]


def test_worksheets_of_old_notebooks_are_read() -> None:
    """Notebook format 3 has worksheets, and calls the source of a code cell its input."""
    cells = [
        {"cell_type": "code", "input": ["!pip install alpha==1"]},
        {"cell_type": "markdown", "source": "!pip install b==1"},
    ]
    assert pins(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}), "a.ipynb") == ["alpha 1:1"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ("empty", "is empty", 0)),
        ("[]", ("unreadable", "is no notebook", 0)),
        ("{}", ("unreadable", "is no notebook", 0)),
        ('{"cells": [', ("unreadable", "is not valid JSON (it ends too early)", 1)),
        (notebook("x = 1"), ("empty", "asks no installer for anything", 0)),
        (notebook("!pip install a==1", kind="markdown"), ("empty", "asks no installer for anything", 0)),
    ],
)
def test_a_notebook_without_commands_is_a_problem(text: str, problem: tuple[str, str, int]) -> None:
    """Nothing that holds nothing is ever silent."""
    assert gaps(read(text, "a.ipynb")) == [problem]


@pytest.mark.parametrize(
    "value", [None, 1, "x", [], {}, [[]], [None], [{"cell_type": "code"}], [{"cell_type": ["code"]}]]
)
def test_wrong_types_in_a_notebook_hold_nothing(value: Any) -> None:
    """What is of a wrong type holds no command, and is no exception."""
    for document in ({"cells": value}, {"cells": [{"cell_type": "code", "source": value}]}, {"worksheets": value}):
        assert read(json.dumps(document), "a.ipynb").dependencies == ()


# --- words -----------------------------------------------------------------------------------------


def test_what_only_a_run_fills_in_is_marked() -> None:
    """Variables, substitutions and braces stay as written and are marked; quotes and backslashes make them text."""
    (words,) = shell.commands("a $B ${C} \"$D\" `e f` $(g (h) i) j{k} '$L' \\$M $")
    assert [(word.text, word.unknown) for word in words] == [
        ("a", ""), ("$B", "$B"), ("${C}", "${C}"), ("$D", "$D"), ("`e f`", "`e f`"), ("$(g (h) i)", "$(g (h) i)"),
        ("j{k}", "{k}"), ("$L", ""), ("$M", ""), ("$", ""),
    ]  # fmt: skip
