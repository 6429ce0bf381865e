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
    "sarif": Style(aliases=True, descriptions=True),
    "cyclonedx-json": Style(aliases=True, descriptions=True),
    "cyclonedx-xml": Style(aliases=True, descriptions=True),
    "spdx": Style(aliases=True, descriptions=True),
    "gitlab": Style(aliases=True, descriptions=True),
    "junit": Style(),
    "github": Style(),
    "openvex": Style(aliases=True, descriptions=True),
    "html": Style(aliases=True, descriptions=True, link_site=SITE),
}
"""Each name begins with its format."""

LAID_OUT = {"json", "jsonl", "sarif", "gitlab", "cyclonedx-json", "spdx", "openvex"}

CASES = [(sample, style) for sample in samples.SAMPLES for style in STYLES]


def format_of(style: str) -> str:
    """Return the format of a style: the longest that its name begins with."""
    return max((each for each in FORMATS if f"{style}-".startswith(f"{each}-")), key=len)


def file_of(sample: str, style: str) -> str:
    """Return the name of a golden file."""
    return f"reports/{sample}.{style}.txt"


@pytest.mark.parametrize(("sample", "style"), CASES)
def test_report(sample: str, style: str, golden: Golden) -> None:
    """A report is written as it was when it was last read; escapes are spelled out, JSON is laid out."""
    name = format_of(style)
    text = load(name).render(samples.SAMPLES[sample](), STYLES[style])
    if name == "jsonl":
        text = "".join(f"{json.dumps(json.loads(line), indent=1)}\n" for line in text.splitlines())
    elif name in LAID_OUT and text:
        text = f"{json.dumps(json.loads(text), indent=1)}\n"
    golden(file_of(sample, style), text.replace(__version__, "VERSION").replace("\x1b", "\\e"))


def test_no_golden_file_is_left_over() -> None:
    """Every golden file of the reports has a case, and every format has one."""
    kept = {f"reports/{path.name}" for path in (HERE / "reports").iterdir()}
    assert kept == {file_of(*case) for case in CASES}
    assert {format_of(style) for style in STYLES} == set(FORMATS)
