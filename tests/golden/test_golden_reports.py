"""What each format writes for each sample, kept in files that a person has read."""

import json

import pytest

from pip_assay import __version__
from pip_assay.reports import FORMATS, Style, load
from tests import samples
from tests.golden.conftest import HERE, Golden

SITE = "https://index.example"

STYLES = {
    "terminal": Style(link_site=SITE),
    "terminal-colour": Style(color=True, links=True, link_site=SITE),
    "terminal-verbose-ascii-60": Style(width=60, unicode=False, verbose=1, aliases=True, descriptions=True),
    "columns": Style(link_site=SITE),
    "columns-all": Style(link_site=SITE, aliases=True, descriptions=True),
    "markdown": Style(link_site=SITE),
    "markdown-all": Style(link_site=SITE, aliases=True, descriptions=True),
    "json": Style(aliases=True, descriptions=True),
    "jsonl": Style(aliases=True, descriptions=True),
}
"""The first word of each name is the format."""

CASES = [(sample, style) for sample in samples.SAMPLES for style in STYLES]


def file_of(sample: str, style: str) -> str:
    """Return the name of a golden file."""
    return f"reports/{sample}.{style}.txt"


@pytest.mark.parametrize(("sample", "style"), CASES)
def test_report(sample: str, style: str, golden: Golden) -> None:
    """A report is written as it was when it was last read; escapes are spelled out, JSON is laid out."""
    name = style.partition("-")[0]
    text = load(name).render(samples.SAMPLES[sample](), STYLES[style])
    if name in {"json", "jsonl"}:
        text = "".join(f"{json.dumps(json.loads(line), indent=1)}\n" for line in text.splitlines())
        text = text.replace(f'"version": "{__version__}"', '"version": "VERSION"')
    golden(file_of(sample, style), text.replace("\x1b", "\\e"))


def test_no_golden_file_is_left_over() -> None:
    """Every golden file of the reports has a case, and every format has one."""
    kept = {f"reports/{path.name}" for path in (HERE / "reports").iterdir()}
    assert kept == {file_of(*case) for case in CASES}
    assert {style.partition("-")[0] for style in STYLES} == set(FORMATS)
