"""The list of formats, and what loading one costs."""

import subprocess
import sys
from pathlib import Path

import pytest

import pip_assay
from pip_assay.errors import UsageError
from pip_assay.reports import FORMATS, Format, Style, load
from tests import samples

HEAVY = {
    "argparse", "configparser", "dataclasses", "datetime", "html", "importlib.metadata", "inspect", "logging",
    "packaging", "pathlib", "rich", "shutil", "subprocess", "tempfile", "textwrap", "tomllib", "unicodedata", "urllib",
    "urllib3", "zipfile",
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_a_module_that_says_its_name(name: str) -> None:
    """A format in the list loads, and is what `Format` describes."""
    module: Format = load(name)
    assert name == module.NAME
    assert isinstance(module.MANIFEST, bool)
    assert isinstance(module.AUTO, bool)


def test_no_format_is_missing_from_the_list() -> None:
    """Every module of the folder that can render is in FORMATS."""
    folder = Path(pip_assay.__file__).parent / "reports"
    rendering = {
        path.stem.replace("_", "-") for path in folder.glob("*.py") if "\ndef render(" in path.read_text("utf-8")
    }
    assert rendering == set(FORMATS)


def test_an_unknown_format_is_named_with_the_known_ones() -> None:
    """The error says which formats there are."""
    with pytest.raises(UsageError, match=r"'pdf'.*terminal, columns"):
        load("pdf")


@pytest.mark.parametrize("name", FORMATS)
def test_a_manifest_is_written_when_there_is_nothing_to_tell(name: str) -> None:
    """pip-audit writes nothing in columns and Markdown then; JSON and the terminal always say what was audited."""
    text = load(name).render(samples.clean(), Style())
    assert bool(text) is load(name).MANIFEST
    assert not text or text.endswith("\n")


@pytest.mark.parametrize("name", ["terminal", "columns", "json"])
def test_a_plain_report_loads_nothing_heavy(name: str) -> None:
    """A warm audit with ordinary versions and text imports no module that costs milliseconds."""
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]; before = set(sys.modules)\n"
        "from pip_assay.model import *; from pip_assay.records import Advisory\n"
        "from pip_assay.reports import Style, load\n"
        "of = Dependency(Pin('PyPI', 'foo', '1.0'), Place('x', 1))\n"
        "found = Finding('PYSEC-1', ('CVE-1',), of, (Advisory('PYSEC-1', summary='A flaw'),), fixed_in=('1.1',))\n"
        "audit = Audit(Inventory('x', 'requirements', (of,)), (Verdict(found, 'fails'),))\n"
        f"assert load({name!r}).render(Report((audit,)), Style(width=80))\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    source = str(Path(pip_assay.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, source], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {module.partition(".")[0] for module in done.stdout.split()} | set(done.stdout.split())
    assert "pip_assay.reports" in loaded
    assert not loaded & HEAVY
