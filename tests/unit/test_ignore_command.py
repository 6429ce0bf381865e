"""`pip-assay ignore`: one decision more in the file, and everything else as it was."""

import tomllib
from pathlib import Path

import pytest

from pip_assay.cli import main
from pip_assay.configuration import writing
from pip_assay.errors import Unreadable, UsageError
from pip_assay.policy import Ignore

COMMENTED = """\
# ours
[project]   # the project
name = "x"
dependencies = [
    "alpha",   # kept
]

[tool.pip-assay]
fail-on = "high"   # as agreed

[[tool.pip-assay.ignore]]
id = "CVE-2026-1"  # first
reason = "not reachable"

[tool.other]
x = 1
"""


def test_an_ignore_is_added_and_every_other_line_stays(tmp_path: Path) -> None:
    """Comments, order and spacing of what was there are kept to the byte."""
    path = tmp_path / "pyproject.toml"
    path.write_text(COMMENTED)
    path.chmod(0o640)
    assert not writing.write(str(path), Ignore("CVE-2026-2", reason="later", expires="2026-12-31", groups=("dev",)))
    text = path.read_text()
    before, after = tomllib.loads(COMMENTED), tomllib.loads(text)
    added = after["tool"]["pip-assay"]["ignore"].pop()
    assert after == before
    assert {name: str(value) for name, value in added.items()} == {
        "id": "CVE-2026-2", "reason": "later", "expires": "2026-12-31", "groups": "['dev']",
    }  # fmt: skip
    kept = iter(text.splitlines())
    assert all(line in kept for line in COMMENTED.splitlines())
    assert path.stat().st_mode & 0o777 == 0o640


def test_an_ignore_of_the_same_flaw_is_changed(tmp_path: Path) -> None:
    """One decision about one flaw within the same bounds: the newer."""
    path = tmp_path / "pyproject.toml"
    path.write_text(COMMENTED)
    assert writing.write(str(path), Ignore("cve-2026-1", reason="until spring", until_fixed=True))
    (only,) = tomllib.loads(path.read_text())["tool"]["pip-assay"]["ignore"]
    assert only == {"id": "cve-2026-1", "reason": "until spring", "until-fixed": True}
    assert "# as agreed" in path.read_text()


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'x'\n", "[tool.pip-assay]\nignore = []\n", "[tool.x]\ny = 1\n"]
)
def test_a_file_without_ignores_gets_its_first(tmp_path: Path, text: str) -> None:
    """Whatever else is in it."""
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    writing.write(str(path), Ignore("CVE-2026-2", reason="later"))
    assert tomllib.loads(path.read_text())["tool"]["pip-assay"]["ignore"] == [{"id": "CVE-2026-2", "reason": "later"}]


def test_a_new_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    """pyproject.toml where there is one, else a file of our own."""
    (tmp_path / ".git").mkdir()
    assert writing.place(str(tmp_path)) == str(tmp_path / "pip-assay.toml")
    writing.write(str(tmp_path / "pip-assay.toml"), Ignore("CVE-2026-2", reason="later"))
    assert tomllib.loads((tmp_path / "pip-assay.toml").read_text())["ignore"][0]["id"] == "CVE-2026-2"
    (tmp_path / "pip-assay.toml").unlink()
    (tmp_path / "pyproject.toml").touch()
    assert writing.place(str(tmp_path)) == str(tmp_path / "pyproject.toml")


@pytest.mark.parametrize("text", ["x = ", "tool = 3\n", "[tool]\npip-assay = 3\n", "[tool.pip-assay]\nignore = 3\n"])
def test_a_file_that_cannot_be_edited_stays_as_it_was(tmp_path: Path, text: str) -> None:
    """One sentence, and nothing half-written."""
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    with pytest.raises((UsageError, Unreadable)):
        writing.write(str(path), Ignore("CVE-2026-2", reason="later"))
    assert path.read_text() == text


def test_decisions_with_other_bounds_stand_side_by_side(tmp_path: Path) -> None:
    """One for old releases and one for development are two."""
    path = tmp_path / "pip-assay.toml"
    writing.write(str(path), Ignore("CVE-1", reason="a", versions="<2", owner="ann"))
    assert not writing.write(str(path), Ignore("CVE-1", reason="b", groups=("dev",)))
    assert writing.write(str(path), Ignore("CVE-1", reason="c", versions="<2"))
    assert tomllib.loads(path.read_text())["ignore"] == [
        {"id": "CVE-1", "reason": "c", "versions": "<2"}, {"id": "CVE-1", "reason": "b", "groups": ["dev"]},
    ]  # fmt: skip


def test_line_ends_and_a_byte_order_mark_are_no_hindrance(tmp_path: Path) -> None:
    """A file from Windows keeps its line ends; what is before the new ignore is there to the byte."""
    path = tmp_path / "pyproject.toml"
    content = b"\xef\xbb\xbf" + COMMENTED.replace("\n", "\r\n").encode()
    path.write_bytes(content)
    writing.write(str(path), Ignore("CVE-2026-2", reason="later"))
    text = path.read_bytes()
    assert text.startswith(content.removeprefix(b"\xef\xbb\xbf").rstrip())
    assert text.count(b"\n") == text.count(b"\r\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["", "--reason", "r"], "the ignore has no id"),
        (["CVE-1", "--reason", " "], "an ignore needs a reason"),
        (["CVE-1", "--reason", "r", "--versions", "junk"], "versions of the ignore is 'junk'"),
        (["CVE-1", "--reason", "\udcff"], "holds what is no text"),
        (["CVE-1", "--reason", "r", "--justification", "because"], "invalid choice"),
        (["CVE-1", "--reason", "r", "--expires", "soon"], "is not a date"),
    ],
)
def test_what_would_not_be_read_is_not_written(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that every later run would refuse is never made."""
    monkeypatch.chdir(tmp_path)
    assert main(["ignore", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]
