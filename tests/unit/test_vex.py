"""VEX: what three formats say becomes the same statements, and what those make of findings."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import vex, vex_files
from pip_assay.model import (
    OPEN,
    PYPI,
    Audit,
    Data,
    Dependency,
    Finding,
    Heard,
    Inventory,
    Origin,
    Pin,
    Place,
    Report,
    Status,
    Verdict,
)
from pip_assay.purls import Purl, parse
from pip_assay.reports import Style, load
from pip_assay.vex import STATES, Product, Statement, judge
from tests import bills, samples
from tests.vex_documents import CSAF, CYCLONEDX, EARLY, JINJA, LATE, OPENVEX, PATH


def purl(text: str) -> Purl:
    """Return the package URL of a text that is one."""
    found = parse(text)
    assert found
    return found


SAID = Statement(
    ("CVE-2019-1", "GHSA-1"),
    (Product(purl(JINJA)),),
    "not_affected",
    PATH,
    notes="never called",
    timestamp=EARLY,
    author="The team",
    file="a.json",
)


def only(document: Any) -> Statement:
    """Return the one statement of a document that nothing is wrong with."""
    found, problems = vex.read(document, "a.json")
    assert problems == []
    (statement,) = found
    return statement


def wrong(document: Any) -> list[str]:
    """Return what is wrong with a document that says nothing that can be used."""
    found, problems = vex.read(document, "a.json")
    assert found == []
    assert all((each.gap, each.place) == ("unreadable", Place("a.json")) and each.hint for each in problems)
    return [each.what for each in problems]


def changed(document: Any, *path: Any, to: Any) -> Any:
    """Return the document with another value at the path; None leaves it out."""
    made = copy.deepcopy(document)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    if to is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = to
    return made


# --- reading -----------------------------------------------------------------------------------


def test_three_formats_say_the_same() -> None:
    """A flag, an analysis and a status with their reasons are one statement."""
    assert only(OPENVEX) == SAID
    assert only(CYCLONEDX) == SAID._replace(impact="never called", notes="")
    assert only(CSAF) == SAID._replace(impact="never called", notes="")


@pytest.mark.parametrize("document", [None, [], {}, "x", 1, {"@context": 1}, {"document": []}, {"bomFormat": "x"}])
def test_what_is_no_vex_document_is_said_to_be_none(document: object) -> None:
    """Any other value is one problem, that says what to give."""
    assert wrong(document) == ["is no VEX document of a kind that is known here"]


def test_a_document_that_says_nothing_is_empty() -> None:
    """A bill of materials without an analysis holds no statement; nobody takes that for an answer."""
    for document in (
        changed(OPENVEX, "statements", to=[]),
        changed(CYCLONEDX, "vulnerabilities", 0, "analysis", to={}),
    ):
        found, (problem,) = vex.read(document, "a.json")
        assert (found, problem.gap, problem.what) == ([], "empty", "holds no VEX statement")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (changed(OPENVEX, "statements", 0, "justification", to=None), "statement 1 (CVE-2019-1)"),
        (changed(OPENVEX, "statements", 0, "justification", to="because"), "statement 1 (CVE-2019-1)"),
        (
            changed(CYCLONEDX, "vulnerabilities", 0, "analysis", to={"state": "false_positive"}),
            "vulnerability 1 (CVE-2019-1)",
        ),
        (
            changed(changed(CSAF, "vulnerabilities", 0, "flags", to=None), "vulnerabilities", 0, "threats", to=None),
            "vulnerability 1 (CVE-2019-1)",
        ),
    ],
)
def test_not_affected_without_a_reason_is_refused(document: Any, message: str) -> None:
    """CISA: a justification or an impact statement; without one it silences nothing, and that is said."""
    assert wrong(document) == [f"{message} says not_affected and not why, so it settles nothing"]


def test_an_impact_statement_justifies() -> None:
    """Words are as good as one of the five labels."""
    document = changed(OPENVEX, "statements", 0, "justification", to=None)
    document["statements"][0]["impact_statement"] = "compiled out"
    assert only(document) == SAID._replace(justification="", impact="compiled out")


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (
            changed(OPENVEX, "statements", 0, "status", to="fine"),
            "statement 1 (CVE-2019-1) has a status that is not known: fine",
        ),
        (changed(OPENVEX, "statements", 0, "status", to=None), "statement 1 (CVE-2019-1) has no status"),
        (
            changed(OPENVEX, "statements", 0, "vulnerability", to={}),
            "statement 1 does not say which vulnerability it is about",
        ),
        (
            changed(OPENVEX, "statements", 0, "products", 0, "@id", to="cpe:/a:x"),
            "statement 1 (CVE-2019-1) names no product by a package URL, so it settles nothing",
        ),
        (
            changed(CYCLONEDX, "vulnerabilities", 0, "analysis", "state", to="fine"),
            "vulnerability 1 (CVE-2019-1) has a state that is not known: fine",
        ),
        (
            changed(CYCLONEDX, "vulnerabilities", 0, "affects", 0, "ref", to="gone"),
            "vulnerability 1 (CVE-2019-1) names no product by a package URL, so it settles nothing",
        ),
        (
            changed(CYCLONEDX, "vulnerabilities", 0, "affects", 0, "ref", to=""),
            "vulnerability 1 (CVE-2019-1) names no product by a package URL, so it settles nothing",
        ),
        (
            changed(CSAF, "product_tree", to=None),
            "vulnerability 1 (CVE-2019-1) names no product by a package URL, so it settles nothing",
        ),
        (
            changed(changed(CSAF, "vulnerabilities", 0, "cve", to=None), "vulnerabilities", 0, "ids", to=None),
            "vulnerability 1 does not say which vulnerability it is about",
        ),
        (changed(CSAF, "document", "category", to="csaf_base"), "the document is CSAF of the category csaf_base"),
        (
            changed(OPENVEX, "statements", 0, "vulnerability", "name", to="x" * 90)
            | {"statements": [{"vulnerability": {"name": "x" * 90}}]},
            f"statement 1 ({'x' * 80}...) has no status",
        ),
    ],
)
def test_a_statement_that_cannot_be_used_is_told(document: Any, what: str) -> None:
    """Each fault names the statement, and what is wrong with it."""
    assert wrong(document) == [what]


def test_fields_of_the_wrong_type_are_told_and_read_as_absent() -> None:
    """A number where a text has to be, a text where a list has to be, something odd in a list."""
    made = changed(OPENVEX, "author", to=1)
    made["statements"] += [{"vulnerability": [], "products": "x", "status": "affected"}, 7]
    made["statements"][0]["vulnerability"]["aliases"] += [3]
    found, problems = vex.read(made, "a.json")
    assert found == [SAID._replace(author="")]
    assert [each.what for each in problems] == [
        'the document has a "author" that is not text',
        'the document has something in "statements" that is not an object',
        'statement 1 (CVE-2019-1) has something in "aliases" that is not text',
        'statement 2 has a "vulnerability" that is neither an object nor an id',
    ]


def test_a_time_that_is_none_is_told() -> None:
    """Such a statement is older than all others."""
    found, (problem,) = vex.read(changed(OPENVEX, "timestamp", to="yesterday"), "a.json")
    assert [each.timestamp for each in found] == [""]
    assert problem.what == "the document holds a time that cannot be read: yesterday"


def test_the_latest_time_of_a_statement_is_its_own() -> None:
    """What a statement does not say, its document says; of several times the latest counts, in any offset."""
    made = changed(OPENVEX, "last_updated", to=LATE)
    assert only(made).timestamp == LATE
    made["statements"][0] |= {"timestamp": "2026-10-01T00:00:00Z", "last_updated": "2026-10-02T00:00:00Z"}
    assert only(made).timestamp == "2026-10-02T00:00:00Z"
    analysis = {"state": "in_triage", "firstIssued": EARLY, "lastUpdated": LATE}
    found = only(changed(CYCLONEDX, "vulnerabilities", 0, "analysis", to=analysis))
    assert (found.timestamp, found.status) == (LATE, "under_investigation")


def test_a_product_is_known_by_either_identifier_and_with_its_parts() -> None:
    """OpenVEX: the purl of `identifiers`, else an @id that is one; a part that has none is left out."""
    product = {
        "@id": "https://team.example/product",
        "identifiers": {"purl": "pkg:pypi/app"},
        "subcomponents": [{"@id": JINJA}, {"identifiers": {"cpe23": "cpe:2.3:a:x"}}],
    }
    made = changed(
        OPENVEX, "statements", 0, "products", to=[product, {"@id": "urn:x", "subcomponents": [{"@id": JINJA}]}]
    )
    assert only(made).products == (Product(purl("pkg:pypi/app"), (purl(JINJA),)), Product(None, (purl(JINJA),)))


def test_a_statement_of_openvex_before_0_2_is_read() -> None:
    """OpenVEX 0.0.x: a vulnerability is its id, a product its package URL, and parts are those of every product."""
    made = changed(OPENVEX, "statements", 0, "vulnerability", to="CVE-2019-1")
    made["statements"][0]["products"] = [JINJA]
    assert only(made) == SAID._replace(vulnerabilities=("CVE-2019-1",))
    made["statements"][0] |= {"products": ["urn:x", "pkg:pypi/app"], "subcomponents": [JINJA, "no"]}
    parts = (purl(JINJA),)
    assert only(made).products == (Product(None, parts), Product(purl("pkg:pypi/app"), parts))


def test_one_fault_of_a_vulnerability_is_one_problem() -> None:
    """It names the statement, and nothing that only follows from it is told."""
    said = 'statement 1 has a "vulnerability" that is neither an object nor an id'
    assert wrong(changed(OPENVEX, "statements", 0, "vulnerability", to=7)) == [said]
    made = changed(OPENVEX, "statements", 0, "vulnerability", to="")
    assert wrong(made) == ["statement 1 does not say which vulnerability it is about"]


def cyclonedx(affects: Any, components: Any = None) -> tuple[list[Any], list[str]]:
    """Return the products that the targets of an analysis mean, and what is wrong with them."""
    made = changed(CYCLONEDX, "vulnerabilities", 0, "affects", to=affects)
    if components:
        made["components"] = components
    found, problems = vex.read(made, "a.json")
    return [product for each in found for product in each.products], [each.what for each in problems]


def test_cyclonedx_targets() -> None:
    """A reference is a component, that of another document, or a package URL itself; a part has a carrier."""
    serial = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#"
    assert cyclonedx([{"ref": f"{serial}pkg%3Apypi%2Fjinja2%402.10"}])[0] == [Product(purl(JINJA))]
    assert cyclonedx([{"ref": JINJA}])[0] == [Product(purl(JINJA))]
    part = {"bom-ref": "part", "name": "expat", "version": "2", "purl": "pkg:generic/expat"}
    nested = [{"bom-ref": "whole", "purl": JINJA, "components": [part]}, {"purl": "pkg:pypi/no-ref"}]
    assert cyclonedx([{"ref": "part"}], nested)[0] == [Product(purl(JINJA), (purl("pkg:generic/expat@2"),))]
    versions = [{"version": "3"}, {"version": "4", "status": "unaffected"}, {"version": ""}]
    assert cyclonedx([{"ref": "part", "versions": versions}], nested)[0] == [
        Product(purl(JINJA), (purl("pkg:generic/expat@3"),)),
        Product(purl(JINJA), (purl("pkg:generic/expat@4"),)),
    ]
    assert cyclonedx([{"ref": "jinja", "versions": [{"version": "3"}]}])[0] == [Product(purl("pkg:pypi/jinja2@3"))]


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ([{"range": "vers:pypi/<3"}], "names a range of versions, which is not read"),
        ([{"version": "3", "status": "affected"}], "says not_affected, and that 3 is affected"),
        ([{"version": "3", "status": "unknown"}], "says not_affected, and that 3 is unknown"),
        ("all", 'has a "versions" that is not a list'),
    ],
)
def test_cyclonedx_versions_that_cannot_be_read_settle_nothing(versions: Any, message: str) -> None:
    """What narrows a statement is never left out: the whole of it would be too much."""
    title = "vulnerability 1 (CVE-2019-1)"
    left = f"{title} names no product by a package URL, so it settles nothing"
    assert cyclonedx([{"ref": "jinja", "versions": versions}]) == ([], [f"{title} {message}", left])
    assert cyclonedx([{"ref": "jinja", "versions": versions}, {"ref": JINJA}])[0] == [Product(purl(JINJA))]


def test_cyclonedx_states_and_our_own_justification() -> None:
    """Nine words for VEX's five; where our own document says which of the five it was, that is it."""
    for state, status in (("exploitable", "affected"), ("resolved", "fixed"), ("resolved_with_pedigree", "fixed")):
        found = only(changed(CYCLONEDX, "vulnerabilities", 0, "analysis", "state", to=state))
        assert (found.status, found.notes) == (status, "never called")
    made = changed(CYCLONEDX, "vulnerabilities", 0, "properties", to=[])
    made["vulnerabilities"][0]["properties"] = [
        {"name": "other", "value": "x"},
        {"name": "pip-assay:justification", "value": "component_not_present"},
    ]
    assert only(made).justification == "component_not_present"


def test_csaf_products() -> None:
    """Full names, several package URLs, the part of a product, a group, a range of versions that is no version."""
    tree = {
        "full_product_names": [
            {"product_id": "A", "product_identification_helper": {"purls": ["pkg:pypi/a@1", "pkg:pypi/a@2", "no"]}},
            {"product_id": "B", "product_identification_helper": {"purl": JINJA}},
            {"product_id": "C", "product_identification_helper": {"cpe": "x"}},
        ],
        "branches": [
            {
                "category": "product_version_range",
                "name": "vers:pypi/<3",
                "product": {"product_id": "R", "product_identification_helper": {"purl": "pkg:pypi/r"}},
            }
        ],
        "relationships": [
            {"product_reference": "B", "relates_to_product_reference": "A", "full_product_name": {"product_id": "B-A"}},
            {"product_reference": "B", "relates_to_product_reference": "C", "full_product_name": {"product_id": "B-C"}},
            {"product_reference": "B", "relates_to_product_reference": "Z", "full_product_name": {"product_id": "B-Z"}},
            {"product_reference": "C", "relates_to_product_reference": "A", "full_product_name": {"product_id": "C-A"}},
            {
                "product_reference": "B",
                "full_product_name": {"product_id": "D", "product_identification_helper": {"purl": "pkg:pypi/d"}},
            },
        ],
        "product_groups": [{"group_id": "G", "product_ids": ["A", "R"]}],
    }
    said = {
        "product_status": {
            "known_not_affected": ["A", "B-A", "B-C", "B-Z", "C-A", "D", "R"],
            "fixed": ["B"],
            "recommended": ["A"],
            "under_investigation": ["gone"],
        },
        "flags": [{"label": PATH, "group_ids": ["G", "none"]}, {"label": "component_not_present"}],
    }
    made = changed(changed(CSAF, "product_tree", to=tree), "vulnerabilities", to=[{"cve": "CVE-2019-1"} | said])
    found, problems = vex.read(made, "a.json")
    assert problems == []
    jinja, ones = purl(JINJA), (purl("pkg:pypi/a@1"), purl("pkg:pypi/a@2"))
    assert [(each.status, each.justification, each.products) for each in found] == [
        ("fixed", "", (Product(jinja),)),
        ("not_affected", PATH, (*map(Product, ones), Product(purl("pkg:pypi/r@vers%3Apypi%2F%3C3")))),
        (
            "not_affected",
            "component_not_present",
            (*(Product(each, (jinja,)) for each in ones), Product(None, (jinja,)), Product(purl("pkg:pypi/d"))),
        ),
    ]


@pytest.mark.parametrize("named", [{"group_ids": ["gone"]}, {"product_ids": []}, {"product_ids": ["P2"]}])
def test_a_csaf_flag_for_other_products_justifies_nothing(named: Any) -> None:
    """A flag that names a group or products that are not there is not one for all of them."""
    made = changed(changed(CSAF, "vulnerabilities", 0, "threats", to=None), "vulnerabilities", 0, "flags", to=None)
    made["vulnerabilities"][0]["flags"] = [{"label": PATH} | named]
    assert wrong(made) == ["vulnerability 1 (CVE-2019-1) says not_affected and not why, so it settles nothing"]
    made["vulnerabilities"][0]["flags"] = [{"label": PATH}]
    assert only(made).justification == PATH


def test_a_file_is_read_or_told(tmp_path: Path) -> None:
    """A file that is missing, no JSON or no VEX is one problem; the statements of a good one name it."""
    path = tmp_path / "vex.json"
    assert vex_files.statements(str(path))[1][0].gap == "missing"
    path.write_text("{")
    found, (problem,) = vex_files.statements(str(path))
    assert (found, problem.what) == ([], "is not valid JSON (it ends too early)")
    path.write_text(json.dumps(OPENVEX))
    assert vex_files.statements(str(path)) == ([SAID._replace(file=str(path))], [])


# --- judging -----------------------------------------------------------------------------------

OWN = samples.dependency("jinja2", "2.10", line=12)


def found_in(of: Dependency = OWN, **more: Any) -> Finding:
    """Return the finding that SAID speaks of."""
    return samples.finding(of, "PYSEC-2019-1", aliases=("CVE-2019-1",))._replace(**more)


def test_the_example_of_the_page_settles_its_finding() -> None:
    """What docs/vex.md shows is read without a problem, and does what the page says."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "vex.md").read_text(encoding="utf-8")
    statement = only(json.loads(page.partition("```json\n")[2].partition("```")[0]))
    verdict = judged(statement, id="CVE-2019-10906")
    assert (verdict.status, verdict.reason) == ("not_affected", "templates are ours alone")


def judged(*statements: Statement, of: Dependency = OWN, listed: tuple[Dependency, ...] = (), **more: Any) -> Verdict:
    """Return what the statements make of the finding, which failed before."""
    (verdict,) = judge((Verdict(found_in(of, **more), "fails", "--fail-on low"),), statements, listed)
    return verdict


def about(*texts: str, parts: tuple[str, ...] = ()) -> Statement:
    """Return SAID, about other products."""
    return SAID._replace(
        products=tuple(Product(purl(text) if text else None, tuple(map(purl, parts))) for text in texts)
    )


def test_a_statement_settles_a_finding_by_any_alias() -> None:
    """The verdict names the rule, the reason, the justification and who answers for it."""
    assert judged(SAID) == Verdict(
        found_in(), "not_affected", "VEX a.json", "never called", owner="The team", justification=PATH, stated=EARLY
    )
    assert judged(SAID._replace(vulnerabilities=("pysec-2019-1",))).status == "not_affected"
    assert judged(SAID._replace(vulnerabilities=("CVE-2019-2",))).status == "fails"
    assert judged(SAID._replace(impact="compiled out")).reason == "compiled out"


def test_nothing_is_dropped_and_the_order_is_kept() -> None:
    """What no statement speaks of is as it was."""
    others = (Verdict(found_in(id="X", aliases=()), "warns", "a rule"), Verdict(found_in(), "known", change="known"))
    assert judge(others, []) == others
    first, second = judge(others, [SAID])
    assert first == others[0]
    assert (second.status, second.change) == ("not_affected", "known")


@pytest.mark.parametrize("status", ["ignored", "not_affected"])
def test_what_is_silenced_already_stays_as_it_is(status: Status) -> None:
    """A rule of one's own, with its own end, is not replaced; only when the statement was made is noted."""
    verdict = Verdict(found_in(), status, "a rule", "ours", "2026-12-31")
    assert judge((verdict,), [SAID]) == (verdict._replace(stated=EARLY),)


@pytest.mark.parametrize("status", ["affected", "under_investigation"])
def test_only_not_affected_settles(status: str) -> None:
    """The other states change nothing."""
    assert judged(SAID._replace(status=status)) == Verdict(found_in(), "fails", "--fail-on low", stated=EARLY)


def test_fixed_is_a_disagreement_and_settles_nothing() -> None:
    """The advisories say that this release is affected: both are told."""
    verdict = judged(SAID._replace(status="fixed"))
    assert (verdict.status, verdict.rule) == ("fails", "--fail-on low")
    assert verdict.reason == "VEX a.json says fixed; the advisories say that 2.10 is affected"


def test_malware_is_never_silenced() -> None:
    """Whoever says that it does no harm."""
    verdict = judged(SAID, malware=True)
    assert (verdict.status, verdict.rule) == ("fails", "--fail-on low")
    assert verdict.reason == "VEX a.json says not_affected; no statement silences malware"


def test_the_latest_statement_counts_and_of_two_at_once_the_cautious_one() -> None:
    """OpenVEX: a later statement takes the place of earlier ones; the order of files does not matter."""
    late = SAID._replace(timestamp="2026-11-01T12:00:00Z", status="affected")
    assert {judged(*each).status for each in ((SAID, late), (late, SAID))} == {"fails"}
    early = late._replace(timestamp=LATE.replace("02T", "01T"))
    assert {judged(*each).status for each in ((SAID, early), (early, SAID))} == {"not_affected"}
    for status in ("affected", "under_investigation", "fixed"):
        same = SAID._replace(status=status)
        assert {judged(*each).status for each in ((SAID, same), (same, SAID))} == {"fails"}
    none = SAID._replace(timestamp="", status="affected")
    assert judged(SAID, none).status == "not_affected"
    other = SAID._replace(file="b.json")
    assert judged(SAID, other) == judged(other, SAID)


@pytest.mark.parametrize(
    ("text", "settles"),
    [
        (JINJA, True),
        ("pkg:pypi/Jinja2@2.10", True),
        ("pkg:pypi/jinja2", True),
        ("pkg:pypi/jinja2@2.10.0", True),
        ("pkg:pypi/jinja2@2.11", False),
        ("pkg:pypi/jinja2@2.10%2Blocal", False),
        ("pkg:pypi/jinja2@not-a-version", False),
        ("pkg:pypi/jinja", False),
        ("pkg:conda/jinja2@2.10", False),
        ("pkg:pypi/jinja2@2.10#docs", False),
        ("pkg:pypi/jinja2@2.10?repository_url=https:%2F%2Findex.example", False),
    ],
)
def test_a_product_is_matched_by_its_package_url(text: str, settles: bool) -> None:
    """A version may be left out; what narrows a product beyond what was audited does not settle it."""
    assert (judged(about(text)).status == "not_affected") is settles


def test_a_fork_is_what_it_says_it_is() -> None:
    """A statement on the fork settles the fork alone; one on the project settles both."""
    fork = OWN._replace(origin=Origin("vcs", "git+https://forge.example/jinja"))
    named = about("pkg:pypi/jinja2@2.10?vcs_url=git%2Bhttps://forge.example/jinja")
    assert judged(named, of=fork).status == "not_affected"
    assert judged(named).status == "fails"
    assert judged(SAID, of=fork).status == "not_affected"
    assert judged(named, of=fork, listed=(fork, OWN)).status == "fails"


def test_a_part_is_settled_where_its_product_is_what_was_audited_or_carries_it() -> None:
    """A product that the target does not hold is the target; one that it holds must be what carries the part."""
    wheel = samples.dependency("wheel-of-it", "1.0")
    inside = OWN._replace(inside=wheel.pin)
    statement = about("pkg:pypi/wheel-of-it", parts=(JINJA,))
    assert judged(statement).status == "not_affected"
    assert judged(statement, listed=(OWN, wheel)).status == "fails"
    assert judged(statement, of=inside, listed=(inside, wheel)).status == "not_affected"
    assert judged(statement, of=inside, listed=(inside, OWN, wheel)).status == "not_affected"
    assert judged(statement, of=OWN, listed=(inside, OWN, wheel)).status == "fails"
    other = inside._replace(inside=Pin(PYPI, "other-wheel", "1.0"))
    assert (
        judged(statement, of=other, listed=(inside, other, wheel, samples.dependency("other-wheel", "1.0"))).status
        == "fails"
    )
    assert judged(about("", parts=(JINJA,)), listed=(OWN, wheel)).status == "not_affected"
    assert judged(about("pkg:oci/image", parts=("pkg:pypi/other", JINJA)), listed=(OWN,)).status == "not_affected"
    assert judged(about("pkg:oci/image", parts=("pkg:pypi/other",)), listed=(OWN,)).status == "fails"
    assert judged(about(JINJA, parts=("pkg:generic/expat",))).status == "not_affected"


def test_a_statement_on_a_part_of_its_carrier_outweighs_one_on_the_release() -> None:
    """What is said of the release wherever it is holds inside a wheel, unless something is said of it there."""
    wheel = samples.dependency("wheel-of-it", "1.0")
    inside = OWN._replace(inside=wheel.pin)
    general = SAID._replace(status="affected", justification="", timestamp=LATE)
    within = about("pkg:pypi/wheel-of-it@1.0", parts=(JINJA,))
    for statements, of, status in (
        ((SAID,), inside, "not_affected"),
        ((general, within), inside, "not_affected"), ((general, within), OWN, "fails"),
        ((SAID, within._replace(status="affected")), inside, "fails"),
        ((SAID, within._replace(status="affected")), OWN, "not_affected"),
    ):  # fmt: skip
        assert judged(*statements, of=of, listed=(inside, OWN, wheel)).status == status


def test_a_release_that_no_package_url_can_name_is_not_settled() -> None:
    """A name that is none matches no product, whatever it is."""
    odd = OWN._replace(pin=Pin(PYPI, "", "2.10"))
    assert judged(about("pkg:pypi/jinja2"), of=odd, listed=(odd,)).status == "fails"


@pytest.mark.parametrize("name", ["openvex", "cyclonedx-json"])
def test_our_own_documents_say_what_was_decided(name: str) -> None:
    """Written, read and laid over the same audit: each finding has the status that it had, with its justification."""
    (audit,) = bills.whole().audits
    document = json.loads(load(name).render(bills.whole(), Style()))
    statements, problems = vex.read(document, "own.json")
    assert problems == []
    bare = tuple(each._replace(status="fails", rule="", reason="", justification="") for each in audit.verdicts)
    after = judge(bare, statements, audit.inventory.dependencies)
    for was, now in zip(audit.verdicts, after, strict=True):
        settled = was.status == "not_affected" or was.justification
        assert now.status == ("not_affected" if settled and not was.finding.malware else "fails")
        if now.status == "not_affected":
            assert (now.justification, now.rule) == (was.justification, "VEX own.json")
            assert now.reason == (was.reason or ("" if name == "openvex" else "a rule"))


# --- what is written against what was read -----------------------------------------------------

MOMENTS = (
    "",
    EARLY,
    LATE,
    "2026-11-20T23:59:59.5Z",
    "2026-11-20T23:59:59.75Z",
    "2026-11-21T00:00:00Z",
    "9999-12-31T23:59:59Z",
)
said_before = st.lists(
    st.builds(
        lambda status, moment, justified: SAID._replace(
            status=status, timestamp=moment, justification=PATH if justified else "", impact="" if justified else "why"
        ),
        st.sampled_from(STATES),
        st.sampled_from(MOMENTS[:-1]),
        st.booleans(),
    ),
    max_size=4,
)


@pytest.mark.parametrize("name", ["openvex", "cyclonedx-json"])
@given(
    before=said_before, status=st.sampled_from(["fails", "ignored"]), date=st.sampled_from(MOMENTS),
    now=st.sampled_from(MOMENTS),
)  # fmt: skip
def test_what_is_written_wins_over_all_that_it_was_made_of(
    name: str, before: list[Statement], status: Status, date: str, now: str
) -> None:
    """Beside the statements that were read, in any order of time, the document changes no verdict."""
    own = Verdict(found_in(), status, "a rule", justification=PATH if status == "ignored" else "")
    (verdict,) = judge((own,), before, (OWN,))
    report = Report((Audit(Inventory("x", "requirements", (OWN,)), (verdict,)),), data=Data("x", date=date))
    written, problems = vex.read(json.loads(load(name).render(report, Style(now=now))), "own.json")
    assert not problems or name == "cyclonedx-json"  # without an analysis that document holds no statement
    (after,) = judge((own._replace(status="fails", justification=""),), [*before, *written], (OWN,))
    assert (after.status == "not_affected") is (verdict.status not in OPEN)
    assert after.justification == verdict.justification


@pytest.mark.parametrize("name", ["openvex", "cyclonedx-json"])
def test_a_statement_keeps_its_time_and_a_decision_of_ours_is_younger(name: str) -> None:
    """OpenVEX: a statement's own timestamp stands before the document's; the document is of the day that is given."""
    kept = Verdict(found_in(), "not_affected", "VEX a.json", justification=PATH, stated=LATE)
    ours = Verdict(found_in(id="OURS", aliases=()), "ignored", "a rule", justification=PATH, stated=EARLY)
    inventory = Inventory("x", "requirements", (OWN,))
    report = Report((Audit(inventory, (kept, ours)),), data=Data("x", date="2026-10-01T00:00:00Z"))
    for now, issued in (("", "2026-11-01T19:00:01Z"), ("2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z")):
        statements, _ = vex.read(json.loads(load(name).render(report, Style(now=now))), "own.json")
        moments = {each.vulnerabilities[0]: each.timestamp for each in statements}
        assert moments == {"PYSEC-2019-1": "2026-11-01T19:00:00Z", "OURS": issued}


# --- what speaks of nothing --------------------------------------------------------------------


def test_what_settles_something_and_speaks_of_nothing_is_known() -> None:
    """By its number and id; a statement that an older one or a rule of ours makes idle has matched."""
    other, fixed = SAID._replace(vulnerabilities=("CVE-0", "X")), about("pkg:pypi/else")._replace(status="fixed")
    said = [other, SAID, about("pkg:pypi/else"), SAID._replace(timestamp=LATE), fixed]
    matched: set[Statement] = set()
    judge((Verdict(found_in(), "ignored", "a rule"),), said, (OWN,), matched)
    assert vex.unmatched(said, matched) == ((1, "CVE-0"), (3, "CVE-2019-1"))


def test_a_statement_that_matches_in_one_target_has_its_use() -> None:
    """Whatever targets, and workers, a file was read for."""
    parts = [Heard("a", ((1, "X"), (2, "Y"))), Heard("b", ((1, "X"),)), Heard("a", ((2, "Y"), (3, "Z"))), Heard("b")]
    for order in (parts, parts[::-1]):
        assert set(vex.together(order)) == {Heard("a", ((2, "Y"),)), Heard("b")}
