"""What the documentation shows is produced by the program, and is what it prints today (pytest --update)."""

import re
import shlex
from pathlib import Path

import pytest

from tests.transcripts import Person, copy

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(
    r"<!-- produced: (?P<project>\S+) -->\n```console\n\$ pip-assay (?P<arguments>[^\n]*)\n(?P<shown>.*?)```", re.DOTALL
)


def produced(block: re.Match[str], folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> str:
    """Return the block as the program prints it now."""
    folder.mkdir(parents=True)
    with patch.context() as patched:
        patched.setenv("COLUMNS", "100")
        person = Person(copy(block["project"], folder), patched, capture)
        person.types("db", "import", "records")
        try:
            said = person.types(*shlex.split(block["arguments"])).stdout
        except SystemExit:  # argparse has printed the help
            said = capture.readouterr().out
    head = f"<!-- produced: {block['project']} -->\n```console\n$ pip-assay {block['arguments']}\n"
    return f"{head}{said}```"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_the_program_prints(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    """Every produced block of a page is, to the byte, what its command prints."""
    text = page.read_text(encoding="utf-8")
    numbers = iter(range(1000))
    now = BLOCK.sub(lambda block: produced(block, tmp_path / str(next(numbers)), monkeypatch, capfd), text)
    if request.config.getoption("--update"):
        page.write_text(now, encoding="utf-8")
    assert now == page.read_text(encoding="utf-8")


def test_pages_link_to_what_is_there() -> None:
    """No page links to a file that does not exist."""
    for page in [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
