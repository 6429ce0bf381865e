"""SPDX 2.3: valid by the tools of SPDX itself, which lose nothing of it, and read back as what was audited."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from pip_assay.model import Inventory, Report
from pip_assay.reports import Style, load
from pip_assay.reports.entries import identity
from pip_assay.sources.sbom import spdx
from tests import bills, samples
from tests.report_strategies import FORBIDDEN, letters, obeyed, ordinary, poisoned, shuffled


def rendered(report: Report) -> Any:
    """Return the document as a program reads it."""
    return json.loads(load("spdx").render(report, Style()))


def read(report: Report) -> Inventory:
    """Return what our own reader finds in the document."""
    return spdx.parse(load("spdx").render(report, Style()).encode("ascii"), "bom.spdx.json")


def check(report: Report) -> None:
    """The document is valid, on one line of ASCII that no build server obeys, and known to the last key."""
    text = load("spdx").render(report, Style())
    assert text.isascii()
    assert text.count("\n") == 1
    assert not obeyed(text)
    document = json.loads(text)
    parsed = JsonLikeDictParser().parse(document)  # type: ignore[no-untyped-call]
    assert [each.validation_message for each in validate_full_spdx_document(parsed)] == []
    assert known(DocumentConverter().convert(parsed)) == known(document)  # type: ignore[no-untyped-call]


def known(document: Any) -> dict[str, set[str]]:
    """Return all that the document says, in no order; the tools write one word as 2.2 had it, and one thing twice."""
    said: dict[str, set[str]] = {}
    for key, value in document.items():
        listed = value if isinstance(value, list) else [value]
        said[key] = {json.dumps(each, sort_keys=True).replace("PACKAGE_MANAGER", "PACKAGE-MANAGER") for each in listed}
    said.pop("documentDescribes", None)
    said["relationships"] = {each for each in said["relationships"] if '"DESCRIBES"' not in each}
    return {key: each for key, each in said.items() if each}


@pytest.mark.parametrize("sample", bills.ALL)
def test_samples_are_valid(sample: str) -> None:
    """Every sample is what the tools of SPDX read, find no fault with, and write again."""
    check(bills.ALL[sample]())


@settings(max_examples=30)
@given(bills.reports)
def test_every_report_is_valid(report: Report) -> None:
    """Whatever the texts and the graph are."""
    check(report)


@settings(max_examples=30)
@given(bills.reports, st.randoms(use_true_random=False))
def test_the_same_report_is_the_same_bytes(report: Report, random: Random) -> None:
    """No order of the input, no clock and no chance changes a byte."""
    assert load("spdx").render(report, Style()) == load("spdx").render(shuffled(report, random), Style())


@settings(max_examples=40)
@given(bills.linked() | ordinary())
def test_our_reader_finds_the_same_releases(report: Report) -> None:
    """What was listed is listed again, inside of what it was inside of, and nothing else is."""
    listed = [each for audit in report.audits for each in audit.inventory.dependencies]
    found = read(report).dependencies
    assert {each.pin for each in found} == {identity(each) for each in listed}
    assert {(each.pin, each.inside) for each in found if each.inside} == bills.carried(listed)


def test_our_reader_finds_hashes_and_edges() -> None:
    """The graph and the hashes of known algorithms come through a bill of materials."""
    found = {each.pin: each for each in read(bills.whole()).dependencies}
    (web,) = (each for each in found.values() if each.pin.name == "web")
    assert web.requires == ("core==2.0", "crate")
    assert web.hashes == (f"sha256:{bills.SHA}",)
    (crate,) = (each for each in found.values() if each.pin.name == "crate")
    assert crate.inside == web.pin
    assert read(samples.several()).problems == ()


def test_each_finding_is_a_reference_to_its_advisory() -> None:
    """The address is that of the advisory; the comment says how bad it is, what to do, and what was decided."""
    (py,) = (each for each in rendered(samples.findings())["packages"] if each["name"] == "py")
    (reference,) = (each for each in py["externalRefs"] if each["referenceCategory"] == "SECURITY")
    assert reference["referenceType"] == "advisory"
    assert reference["referenceLocator"] == "https://osv.dev/vulnerability/PYSEC-2022-42969"
    assert reference["comment"] == (
        "PYSEC-2022-42969; unknown; Slow svn output reader; No fix known.; "
        'ignored: --ignore-vuln PYSEC-2022-42969: "not reachable: tests only", until 2026-12-31'
    )
    (evil,) = (each for each in rendered(samples.several())["packages"] if each["name"] == "requestz")
    assert [each["referenceCategory"] for each in evil["externalRefs"]] == ["PACKAGE-MANAGER", "SECURITY"]
    assert "; malware; " in evil["externalRefs"][1]["comment"]


def test_an_incomplete_audit_says_so() -> None:
    """The comment of the document holds its status and its problems, that of a package why it was left out."""
    document = rendered(samples.incomplete())
    lines = document["comment"].splitlines()
    assert lines[0] == "status: incomplete"
    assert sum(line.startswith("problem: ") for line in lines) == 11
    (flask,) = (each for each in document["packages"] if each["name"] == "flask")
    assert "not audited: has no certain version" in flask["comment"]
    assert rendered(samples.clean())["comment"].splitlines() == [
        "status: complete",
        f"data: local database {samples.DATA.date}",
    ]


def test_the_document_describes_its_targets() -> None:
    """Every target is described; where there is none, nothing is."""
    for make, expected in ((samples.several, {"SPDXRef-Target-requirements.txt", "SPDXRef-Target-uv.lock"}),
                           (samples.nothing, {"NONE"})):  # fmt: skip
        listed = (each for each in rendered(make())["relationships"] if each["relationshipType"] == "DESCRIBES")
        assert {each["relatedSpdxElement"] for each in listed} == expected


def test_the_time_is_that_of_the_data() -> None:
    """A report has no clock: where the data have no date, the document says the beginning of time."""
    assert rendered(samples.clean())["creationInfo"]["created"] == "2026-11-22T06:15:00Z"
    assert rendered(samples.several())["creationInfo"]["created"] == "1970-01-01T00:00:00Z"


@settings(max_examples=30)
@given(poisoned())
def test_no_text_of_a_stranger_steers_who_reads_it(report: Report) -> None:
    """No text in the document holds a character that a terminal obeys or that cannot be seen."""
    assert not FORBIDDEN & letters(rendered(report))
