"""The laws of VEX: reading never fails, whatever anybody wrote, and no statement does more than it says."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay import vex
from pip_assay.model import OPEN, Report, Verdict
from pip_assay.reports import Style, load
from pip_assay.vex import JUSTIFICATIONS, STATES
from tests import bills, samples
from tests.vex_documents import CSAF, CYCLONEDX, OPENVEX

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A VEX document with anything in the place of some of its values."""
    made = draw(st.sampled_from([OPENVEX, CYCLONEDX, CSAF]))
    keys = st.sampled_from(sorted({key for path in _paths(made) for key in path if isinstance(key, str)}))
    odd = values | st.dictionaries(keys, values, max_size=4) | st.lists(st.dictionaries(keys, values), max_size=2)
    replaced = {path: draw(odd) for path in draw(st.lists(st.sampled_from(list(_paths(made))), max_size=4))}
    return _with(made, (), replaced)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Any:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from _paths(each, (*path, key))


def _with(value: Any, path: tuple[Any, ...], replaced: dict[tuple[Any, ...], Any]) -> Any:
    if path and path in replaced:
        return replaced[path]
    if isinstance(value, dict):
        return {key: _with(each, (*path, key), replaced) for key, each in value.items()}
    if isinstance(value, list):
        return [_with(each, (*path, index), replaced) for index, each in enumerate(value)]
    return value


@settings(max_examples=400)
@given(documents() | values)
def test_reading_never_raises_and_says_what_is_wrong(document: Any) -> None:
    """Any JSON value gives sound statements, or a problem that says why not."""
    found, problems = vex.read(document, "a.json")
    assert found or problems
    for each in found:
        assert each.vulnerabilities
        assert all(each.vulnerabilities)
        assert each.status in STATES
        assert each.products
        assert all(product.purl or product.parts for product in each.products)
        assert each.status != "not_affected" or each.justification in JUSTIFICATIONS or each.impact
    json.dumps([each.what for each in problems])


@settings(max_examples=60)
@given(documents(), bills.linked())
def test_judging_keeps_every_verdict_and_silences_no_malware(document: Any, report: Report) -> None:
    """Whatever was read: each finding stays, in its order; what changes its status was said to be not affected."""
    statements, _ = vex.read(document, "a.json")
    for audit in report.audits:
        after = vex.judge(audit.verdicts, statements, audit.inventory.dependencies)
        assert [each.finding for each in after] == [each.finding for each in audit.verdicts]
        for was, now in zip(audit.verdicts, after, strict=True):
            assert now.status == was.status or (now.status == "not_affected" and was.status in OPEN)
            assert now.status == was.status or not now.finding.malware


@settings(max_examples=60)
@given(bills.linked(), st.sampled_from(["openvex", "cyclonedx-json"]))
def test_what_was_decided_comes_back_through_a_document(report: Report, name: str) -> None:
    """Write, read, judge: the same findings are settled, with the same justification."""
    (audit, *_) = report.audits
    verdicts = tuple(_alone(number, each) for number, each in enumerate(audit.verdicts))
    written = load(name).render(Report((audit._replace(verdicts=verdicts),), data=samples.DATA), Style())
    statements = vex.read(json.loads(written), "own.json")[0] if written else []
    bare = tuple(each._replace(status="fails") for each in verdicts)
    for was, now in zip(verdicts, vex.judge(bare, statements, audit.inventory.dependencies), strict=True):
        silenced = was.status == "not_affected" or (was.status == "ignored" and was.justification)
        settled = bool(silenced) and not was.finding.malware
        assert (now.status == "not_affected") is settled
        assert not settled or now.justification == was.justification


def _alone(number: int, verdict: Verdict) -> Verdict:
    """Return the verdict with a finding that shares no name with another one."""
    return verdict._replace(
        finding=verdict.finding._replace(id=f"PYSEC-2026-{number}", aliases=(f"CVE-2026-{number}",))
    )
