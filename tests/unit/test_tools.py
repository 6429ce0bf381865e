"""The tools of pipx and uv, found by the rules of each system, each read as an environment of its own."""

import json
import os
from pathlib import Path

import pytest

from pip_assay.model import Inventory
from pip_assay.sources.installed.tools import read_tools
from tests.image_files import metadata

POSIX = "lib/python3.11/site-packages"


def put(
    folder: Path, *releases: str, record: str = "", settings: str = "version = 3.11.7\n", below: str = POSIX
) -> Path:
    """Make one tool's environment: releases as "black 24.1.0"; `record` is that of its maker."""
    for release in releases:
        name, version = release.split()
        inside = folder / below / f"{name}-{version}.dist-info"
        inside.mkdir(parents=True)
        (inside / "METADATA").write_text(metadata(name, version))
        (inside / "INSTALLER").write_text("pip")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyvenv.cfg").write_text(f"home = /nowhere/bin\ninclude-system-site-packages = false\n{settings}")
    if record:
        (folder / ("pipx_metadata.json" if record.startswith("{") else "uv-receipt.toml")).write_text(record)
    return folder


def pipx(main: str, *injected: str) -> str:
    """Return a pipx_metadata.json."""
    return json.dumps({
        "main_package": {"package": main, "package_or_url": main},
        "injected_packages": {name: {"package": name} for name in injected},
        "pipx_metadata_version": "0.5",
    })  # fmt: skip


def listed(inventories: list[Inventory]) -> dict[str, list[tuple[str, bool | None]]]:
    """Return the distributions of each tool, and whether they were asked for."""
    return {each.target: [(str(one.pin), one.direct) for one in each.dependencies] for each in inventories}


def problems(inventories: list[Inventory]) -> list[tuple[str, str]]:
    """Return the gaps and what is wrong."""
    return [(problem.gap, problem.what) for each in inventories for problem in each.problems]


def test_each_tool_is_an_inventory(tmp_path: Path) -> None:
    """What was asked for, the tool and what was injected, is direct; the shared libraries are read as well."""
    home = {"HOME": str(tmp_path)}
    venvs = tmp_path / ".local/share/pipx/venvs"
    put(venvs / "black", "black 24.1.0", "click 8.1.0", "Colorama 0.4", record=pipx("Black", "colorama"))
    put(venvs / "ansible_2", "ansible 2.9", record=pipx("ansible"))
    put(tmp_path / ".local/share/pipx/shared", "pip 24.0")
    receipt = '[tool]\nrequirements = [{ name = "ruff" }, { name = "Rich_X", specifier = ">1" }]\n'
    put(tmp_path / ".local/share/uv/tools/ruff", "ruff 0.6", "rich-x 2", "extra 1", record=receipt)
    (tmp_path / ".local/share/uv/tools/.lock").write_text("")
    (tmp_path / ".local/share/uv/tools/.tmp123").mkdir()
    found = read_tools(home, "linux")
    assert listed(found) == {
        "tool ansible_2 (pipx)": [("ansible 2.9", True)],
        "tool black (pipx)": [("black 24.1.0", True), ("click 8.1.0", False), ("colorama 0.4", True)],
        "libraries shared by tools (pipx)": [("pip 24.0", False)],
        "tool ruff (uv)": [("extra 1", False), ("rich-x 2", True), ("ruff 0.6", True)],
    }
    assert {(each.kind, each.detail) for each in found} == {("environment", "CPython 3.11.7")}
    assert problems(found) == []
    assert found == read_tools(home, "linux")


@pytest.mark.parametrize(
    ("environ", "platform", "folder"),
    [
        ({"PIPX_HOME": "{}/p"}, "linux", "p/venvs"),
        ({"PIPX_HOME": "~/p"}, "linux", "p/venvs"),
        ({"PIPX_GLOBAL_HOME": "{}/all"}, "linux", "all/venvs"),
        ({"XDG_DATA_HOME": "{}/data"}, "linux", "data/pipx/venvs"),
        ({"XDG_DATA_HOME": "relative"}, "linux", ".local/share/pipx/venvs"),
        ({}, "linux", ".local/pipx/venvs"),
        ({}, "darwin", ".local/pipx/venvs"),
        ({}, "darwin", "Library/Application Support/pipx/venvs"),
        ({}, "win32", "pipx/venvs"),
        ({"LOCALAPPDATA": "{}/L"}, "win32", "L/pipx/pipx/venvs"),
        ({"UV_TOOL_DIR": "{}/t"}, "linux", "t"),
        ({"XDG_DATA_HOME": "{}/data"}, "linux", "data/uv/tools"),
        ({}, "darwin", ".local/share/uv/tools"),
        ({"APPDATA": "{}/R"}, "win32", "R/uv/tools"),
        ({"APPDATA": "{}/R"}, "win32", "R/uv/data/tools"),
    ],
)
def test_where_tools_are(tmp_path: Path, environ: dict[str, str], platform: str, folder: str) -> None:
    """The variables of both programs, and the folders of every release and system, are looked into."""
    below = "Lib/site-packages" if platform == "win32" else POSIX
    put(tmp_path / folder / "alpha", "alpha 1", below=below)
    named = {"HOME": str(tmp_path), **{name: value.format(tmp_path) for name, value in environ.items()}}
    maker = "pipx" if folder.endswith("venvs") else "uv"
    assert listed(read_tools(named, platform)) == {f"tool alpha ({maker})": [("alpha 1", False)]}


def test_a_tool_that_two_names_lead_to_is_read_once(tmp_path: Path) -> None:
    """A folder that links to the other place of pipx is the same folder."""
    put(tmp_path / ".local/share/pipx/venvs/alpha", "alpha 1")
    (tmp_path / ".local/pipx").symlink_to("share/pipx")
    assert len(read_tools({"HOME": str(tmp_path)}, "linux")) == 1


def test_no_tool_is_a_problem_that_names_the_places(tmp_path: Path) -> None:
    """Nothing found is said, with where it was looked for."""
    (inventory,) = read_tools({"HOME": str(tmp_path), "PIPX_GLOBAL_HOME": str(tmp_path / "g")}, "linux")
    (problem,) = inventory.problems
    assert (problem.gap, problem.what) == ("empty", "no tool of pipx or uv is here")
    for place in (".local/share/pipx", ".local/pipx", "g", ".local/share/uv/tools"):
        assert os.path.join(tmp_path, place) in problem.hint


def test_a_broken_tool_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    """An environment without site-packages, and records that cannot be understood."""
    venvs = tmp_path / ".local/share/pipx/venvs"
    put(venvs / "empty")
    put(venvs / "odd", "odd 1", record='{"main_package": 1}')
    (venvs / "no").mkdir()
    tools = tmp_path / ".local/share/uv/tools"
    put(tools / "bad", "bad 1", record="not toml = =")
    put(tools / "worse", "worse 1", record="[tool]\nrequirements = 1\n")
    found = read_tools({"HOME": str(tmp_path)}, "linux")
    assert listed(found) == {
        "tool empty (pipx)": [], "tool no (pipx)": [], "tool odd (pipx)": [("odd 1", False)],
        "tool bad (uv)": [("bad 1", False)], "tool worse (uv)": [("worse 1", False)],
    }  # fmt: skip
    unknown = ("unreadable", "cannot be understood, so it is not known what was asked for")
    assert problems(found) == [
        ("unreadable", "is a virtual environment without a site-packages folder"),
        ("unreadable", "is not a Python environment"), unknown, unknown, unknown,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "record", [b"", b"{}", b"[]", b"null", b'{"main_package": {"package": 3}}', b"\xff" * 9, b"[" * 99999]
)
def test_no_record_raises(tmp_path: Path, record: bytes) -> None:
    """Whatever stands in the record of pipx or uv, the tool is read."""
    put(tmp_path / ".local/share/pipx/venvs/alpha", "alpha 1", record=pipx("alpha"))
    put(tmp_path / ".local/share/uv/tools/beta", "beta 1", record="x")
    for path in tmp_path.rglob("*"):
        if path.name in {"pipx_metadata.json", "uv-receipt.toml"}:
            path.write_bytes(record)
    found = read_tools({"HOME": str(tmp_path)}, "linux")
    assert [len(each.dependencies) for each in found] == [1, 1]
    assert [gap for gap, _ in problems(found)] == ["unreadable", "unreadable"]


def test_a_folder_that_is_no_tool_is_passed(tmp_path: Path) -> None:
    """A uv that is told may put its programs beside its tools: a folder of links is no broken tool."""
    put(tmp_path / "tools" / "black", "black 24.1.0", record="[tool]\n")
    (tmp_path / "tools" / "bin").mkdir()
    (tmp_path / "tools" / "bin" / "black").write_text("", encoding="utf-8")
    (tmp_path / "tools" / "gone").mkdir()
    (tmp_path / "tools" / "gone" / "uv-receipt.toml").write_text("[tool]\n", encoding="utf-8")
    found = read_tools({"HOME": str(tmp_path), "UV_TOOL_DIR": str(tmp_path / "tools")}, "linux")
    expected = [("tool black (uv)", 1), ("tool gone (uv)", 0)]
    assert [(each.target, len(each.dependencies)) for each in found] == expected
