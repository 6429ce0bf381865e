"""CycloneDX: valid by its own schemas in both versions, the same as JSON and XML, and read back as what was audited."""

import json
import uuid
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay import vex
from pip_assay.errors import UsageError
from pip_assay.model import OPEN, Inventory, Pin, Report
from pip_assay.reports import Style, load
from pip_assay.reports.bill import free
from pip_assay.reports.entries import identity
from pip_assay.sources.sbom import cyclonedx
from tests import bills, samples
from tests.report_strategies import FORBIDDEN, letters, obeyed, ordinary, poisoned, shuffled

FULL = Style(descriptions=True)
VERSIONS = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}
VALIDATORS = {
    (name, version): make_schemabased_validator(kind, schema)
    for name, kind in (("cyclonedx-json", OutputFormat.JSON), ("cyclonedx-xml", OutputFormat.XML))
    for version, schema in VERSIONS.items()
}


def rendered(report: Report, style: Style = FULL) -> Any:
    """Return the JSON as a program reads it."""
    return json.loads(load("cyclonedx-json").render(report, style))


def read(report: Report, name: str = "cyclonedx-json") -> Inventory:
    """Return what our own reader finds in the document."""
    return cyclonedx.parse(load(name).render(report, FULL).encode("ascii"), "bom")


def check(report: Report, name: str, version: str) -> str:
    """Return the document, which is valid, in ASCII, and holds nothing that a build server obeys."""
    text = load(name).render(report, FULL._replace(spec_version=version))
    assert VALIDATORS[name, version].validate_str(text) is None
    assert text.isascii()
    assert text.endswith("\n")
    assert not any(map(obeyed, text.splitlines()))
    return text


@pytest.mark.parametrize("sample", bills.ALL)
@pytest.mark.parametrize(("name", "version"), VALIDATORS)
def test_samples_are_valid(sample: str, name: str, version: str) -> None:
    """Every sample is what the official schema of each version describes."""
    check(bills.ALL[sample](), name, version)


@settings(max_examples=40)
@given(bills.reports, st.sampled_from(list(VALIDATORS)))
def test_every_report_is_valid(report: Report, wanted: tuple[str, str]) -> None:
    """Whatever the texts and the graph are."""
    check(report, *wanted)


def test_the_usual_version_is_1_6_and_no_other_than_1_7_is_written() -> None:
    """More tools read 1.6; a version that is not written is a mistake, not another document."""
    assert rendered(samples.clean())["specVersion"] == "1.6"
    assert rendered(samples.clean(), Style(spec_version="1.7"))["specVersion"] == "1.7"
    with pytest.raises(UsageError, match=r"CycloneDX 1\.5 is not written; choose one of: 1\.6, 1\.7"):
        load("cyclonedx-xml").render(samples.clean(), Style(spec_version="1.5"))


@pytest.mark.parametrize("sample", bills.ALL)
def test_xml_and_json_are_one_document(sample: str) -> None:
    """The library of CycloneDX reads the same from both; where a document has no time, it takes its own clock."""
    report = bills.ALL[sample]()._replace(data=samples.DATA)
    xml = ET.fromstring(load("cyclonedx-xml").render(report, FULL))
    assert Bom.from_xml(xml) == Bom.from_json(rendered(report))  # type: ignore[attr-defined]


@settings(max_examples=30)
@given(bills.reports, st.randoms(use_true_random=False))
def test_the_same_report_is_the_same_bytes(report: Report, random: Random) -> None:
    """No order of the input, no clock and no chance changes a byte."""
    assert load("cyclonedx-xml").render(report, FULL) == load("cyclonedx-xml").render(shuffled(report, random), FULL)


def test_another_report_has_another_serial_number() -> None:
    """The number names the content: RFC 9562, 5.5, of the document without it and of each vulnerability."""
    found = {rendered(make())["serialNumber"] for make in bills.ALL.values()}
    assert len(found) == len(bills.ALL)
    document = rendered(samples.findings())
    flaws = document.pop("vulnerabilities")
    texts = map(json.dumps, (document | {"serialNumber": ""}, *flaws))
    assert document["serialNumber"] == uuid.uuid5(uuid.NAMESPACE_URL, "".join(texts)).urn


@settings(max_examples=10)
@given(bills.reports)
def test_no_path_of_this_machine_is_in_it(report: Report) -> None:
    """Where the database is changes nothing: who gets the document has another machine."""
    moved = report._replace(data=report.data._replace(where="/home/somebody/advisories.db"))
    assert rendered(moved) == rendered(report._replace(data=report.data._replace(where="elsewhere.db")))
    assert ("pip-assay:data", "OSV https://osv.example") in [
        (each["name"], each["value"]) for each in rendered(samples.several())["metadata"]["properties"]
    ]


@settings(max_examples=40)
@given(bills.reports)
def test_references_lead_somewhere(report: Report) -> None:
    """Every bom-ref is unique; what a vulnerability affects, and what depends on what, is in the document."""
    document = rendered(report)
    refs = [each["bom-ref"] for each in _components(document)]
    assert len(refs) == len(set(refs))
    subject = document["metadata"].get("component")
    known = {*refs, *([each["bom-ref"] for each in (subject, *subject.get("components", ()))] if subject else ())}
    assert {each["ref"] for found in document["vulnerabilities"] for each in found["affects"]} <= set(refs)
    edges = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    assert {*edges, *(ref for needed in edges.values() for ref in needed)} <= known


def _components(document: Any) -> list[Any]:
    return [each for one in document.get("components", ()) for each in (one, *_components(one))]


@settings(max_examples=40)
@given(bills.linked() | ordinary(), st.sampled_from(["cyclonedx-json", "cyclonedx-xml"]))
def test_our_reader_finds_the_same_releases(report: Report, name: str) -> None:
    """What was listed is listed again, inside of what it was inside of, and nothing else is."""
    listed = [each for audit in report.audits for each in audit.inventory.dependencies]
    found = read(report, name).dependencies
    assert {each.pin for each in found} == {identity(each) for each in listed}
    assert {(each.pin, each.inside) for each in found if each.inside} == bills.carried(listed)


def test_our_reader_finds_hashes_origins_and_edges() -> None:
    """The graph, the hashes of known algorithms and the origin come through a bill of materials."""
    report = bills.whole()
    (audit,) = report.audits
    found = {each.pin: each for each in read(report).dependencies}
    assert set(found) == {each.pin for each in audit.inventory.dependencies}
    web = found[Pin("PyPI", "web", "1.0")]
    assert web.requires == ("core==2.0", "crate")
    assert web.hashes == (f"sha256:{bills.SHA}",)
    assert (web.direct, found[Pin("PyPI", "core", "2.0")].direct) == (True, False)
    assert found[Pin("crates.io", "crate", "0.3.1")].inside == web.pin
    (fork,) = (each for each in read(samples.several()).dependencies if each.pin.name == "urllib3")
    assert fork.origin == ("vcs", "git+https://forge.example/urllib3")


def test_what_is_unknown_to_need_nothing_has_no_entry_in_the_graph() -> None:
    """A list of requirements tells nothing of who needs what; a lock tells of each of its packages."""
    assert [each["ref"] for each in rendered(samples.clean())["dependencies"]] == ["target:.venv"]
    graph = {each["ref"]: each["dependsOn"] for each in rendered(bills.whole())["dependencies"]}
    assert graph["pkg:pypi/core@2.0"] == ["pkg:pypi/web@1.0"]
    assert graph["pkg:conda/openssl@3.1.0"] == []


def test_several_targets_are_parts_of_one_subject() -> None:
    """Each target is a component of what the document is about, and depends on what it asks for."""
    document = rendered(samples.several())
    subject = document["metadata"]["component"]
    assert [each["name"] for each in subject["components"]] == ["requirements.txt", "uv.lock"]
    graph = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    assert graph["targets"] == ["target:requirements.txt", "target:uv.lock"]
    assert graph["target:uv.lock"] == ["pkg:pypi/pickle-tools@3.2", "pkg:pypi/requestz@1.0.0"]
    assert rendered(samples.findings())["metadata"]["component"]["bom-ref"] == "target:requirements.txt"
    assert "component" not in rendered(samples.nothing())["metadata"]


def test_malware_is_first() -> None:
    """Whatever else is wrong, what is malicious comes before it; then the most severe, and last what others carry."""
    found = [each["id"] for each in rendered(samples.several())["vulnerabilities"]]
    assert found[0] == "MAL-2025-191"
    assert found.index("PYSEC-2019-217") < found.index("PYSEC-2021-66")
    assert found[-1] == "CVE-2022-40674"


def test_a_vulnerability_says_what_its_records_say() -> None:
    """Ids, sources, vectors with their standards, texts, dates and addresses."""
    (found,) = (each for each in rendered(samples.findings())["vulnerabilities"] if each["id"] == "PYSEC-2023-175")
    assert found["source"] == {"name": "OSV", "url": "https://osv.dev/vulnerability/PYSEC-2023-175"}
    sources = {each["id"]: each["source"]["name"] for each in found["references"]}
    assert sources == {"CVE-2023-4863": "NVD", "GHSA-j7hp-h8jx-5ppr": "GITHUB"}
    vector, word = found["ratings"]
    assert (vector["method"], vector["score"], vector["severity"]) == ("CVSSv31", 9.8, "critical")
    assert (word["source"]["name"], word["method"], word["severity"]) == ("GITHUB", "other", "high")
    assert found["description"] == "Heap buffer overflow in the bundled libwebp"
    assert found["detail"].endswith("buffer.\n\nUpgrade to a wheel with libwebp 1.3.2.")
    assert found["recommendation"] == "Upgrade pillow to 10.0.1."
    assert (found["published"], found["updated"]) == ("2023-09-20T05:12:00Z", "2023-10-01T00:00:00Z")
    assert found["advisories"] == [{"url": "https://advisories.example/libwebp"}]
    version = {"version": "9.5.0", "status": "affected"}
    assert found["affects"] == [{"ref": "pkg:pypi/pillow@9.5.0", "versions": [version]}]
    assert "analysis" not in found
    assert "detail" not in rendered(samples.findings(), Style())["vulnerabilities"][0]


def test_signals_and_withdrawal_are_told() -> None:
    """What lists outside the advisories say is a property; a withdrawn record is rejected; a script is no address."""
    (found,) = (each for each in rendered(bills.whole())["vulnerabilities"] if each["id"] == "PYSEC-1")
    properties = {each["name"]: each["value"] for each in found["properties"]}
    assert properties["pip-assay:known-exploited"] == "since 2026-11-20"
    assert properties["pip-assay:ransomware"] == "true"
    assert (properties["pip-assay:epss"], properties["pip-assay:epss-percentile"]) == ("0.94", "0.99")
    assert found["rejected"] == "2026-01-03T00:00:00Z"
    assert found["updated"] == "2026-01-01T22:00:00Z"
    assert found["advisories"] == [{"url": "https://advisories.example/1"}]
    assert [each["method"] for each in found["ratings"]] == ["CVSSv4", "other"]


def test_only_what_was_justified_is_called_not_affected() -> None:
    """An ignored finding is in triage, with its reason, and malware; nothing is said of one that nobody looked at."""
    found: dict[str, list[tuple[str | None, ...]]] = {}
    for each in rendered(bills.whole())["vulnerabilities"]:
        analysis = each.get("analysis", {})
        states = {version["status"] for one in each["affects"] for version in one["versions"]}
        found.setdefault(each["id"], []).append((analysis.get("state"), analysis.get("justification"), *states))
        assert analysis.get("detail", "told")
    assert found == {
        "PYSEC-1": [(None, None, "affected")],
        "PYSEC-2": [("not_affected", "code_not_reachable", "unaffected"), ("not_affected", None, "unaffected")],
        "PYSEC-3": [("not_affected", "code_not_present", "unaffected")],
        "PYSEC-4": [("in_triage", None, "unknown")],
        "PYSEC-5": [(None, None, "affected")],
        "RUSTSEC-1": [("not_affected", "protected_by_mitigating_control", "unaffected")],
        "MAL-1": [("in_triage", None, "unknown")],
        "CVE-2026-1": [(None, None, "unknown")],
    }


def test_one_target_that_fails_is_not_silenced_by_another() -> None:
    """Where two targets judge one finding in one release differently, it is still to be settled."""
    report = bills.whole()
    (audit,) = report.audits
    opened = audit._replace(
        inventory=audit.inventory._replace(target="b.lock"),
        verdicts=tuple(each._replace(status="fails") for each in audit.verdicts),
    )
    both = rendered(report._replace(audits=(audit, opened)))
    assert not [each for each in both["vulnerabilities"] if "analysis" in each]


def test_an_incomplete_audit_says_so() -> None:
    """What was not looked at is in the document: its status, its problems, and why each release was left out."""
    document = rendered(samples.incomplete())
    properties = [(each["name"], each["value"]) for each in document["metadata"]["properties"]]
    assert ("pip-assay:status", "incomplete") in properties
    assert sum(name == "pip-assay:problem" for name, _ in properties) == 11
    assert document["compositions"] == [{"aggregate": "incomplete", "assemblies": ["target:requirements.txt"]}]
    skipped = {
        each["name"]
        for each in document["components"]
        if any(one["name"] == "pip-assay:skipped" for one in each["properties"])
    }
    assert {"flask", "own-tool", "acme-anvils"} <= skipped
    assert "rich" not in skipped
    assert rendered(samples.nothing())["compositions"] == [{"aggregate": "incomplete"}]
    assert "compositions" not in rendered(samples.clean())
    assert ("pip-assay:status", "complete") in [
        (each["name"], each["value"]) for each in rendered(samples.clean())["metadata"]["properties"]
    ]


@settings(max_examples=30)
@given(poisoned())
def test_no_text_of_a_stranger_steers_who_reads_it(report: Report) -> None:
    """No text in the document holds a character that a terminal obeys or that cannot be seen."""
    assert not FORBIDDEN & letters(rendered(report))
    ET.fromstring(load("cyclonedx-xml").render(report, FULL))


@settings(max_examples=40)
@given(bills.linked())
def test_our_own_vex_is_read_back(report: Report) -> None:
    """Written, read and laid over the same audit, the analyses give each finding the status that it had."""
    statements, problems = vex.read(rendered(report), "bom.json")
    assert not problems or problems[0].gap == "empty"
    for audit in report.audits:
        bare = tuple(each._replace(status="fails") for each in audit.verdicts)
        for was, now in zip(audit.verdicts, vex.judge(bare, statements, audit.inventory.dependencies), strict=True):
            if now.status == "not_affected":
                assert was.status not in OPEN or _elsewhere(report, was)


def _elsewhere(report: Report, verdict: Any) -> bool:
    """Return whether a release holds another finding under one of the same names that was settled."""
    finding = verdict.finding
    own = {finding.id, *finding.aliases}
    return any(
        each.status not in OPEN and own & {each.finding.id, *each.finding.aliases}
        for audit in report.audits
        for each in audit.verdicts
    )


def test_a_name_that_is_taken_gets_a_number() -> None:
    """What is left of different names may be the same; no two things are ever called alike."""
    taken: dict[str, int] = {}
    assert [free(name, taken) for name in ("a", "a|2", "a", "a", "a|2")] == ["a", "a|2", "a|3", "a|4", "a|2|2"]
