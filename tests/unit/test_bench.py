"""The benchmark's own parts: what it measures with must be right before a figure means anything."""

import json
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from bench import answers, compare, known, measure, page, records
from bench.answers import Answer, Found
from bench.cases import CASES, record
from bench.measure import Command, Run
from bench.server import Habits, Server, Service

TWO = (record("PYSEC-2026-1"), record("PYSEC-2026-2", project="Demo.Project"))


def asked(url: str, body: object = None) -> dict[str, object]:
    """Return the answer to a question as JSON."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data=data, headers={"Content-Type": "application/json"}), timeout=10) as answer:
        document: dict[str, object] = json.load(answer)
    return document


def query(name: str, version: str, **more: str) -> dict[str, object]:
    """Return a question about one release."""
    return {"package": {"ecosystem": "PyPI", "name": name}, "version": version, **more}


def test_the_server_answers_as_an_osv_service_does() -> None:
    """A query gives whole records, a batch ids in the order of its queries, an id its record, anything else a 404."""
    with Server(Service(TWO)) as server:
        assert asked(f"{server.url}/v1/query", query("demo", "1.0")) == {"vulns": [TWO[0]]}
        queries = [query("demo_project", "1.0"), query("demo", "2.0"), query("demo", "1.9")]
        batch = asked(f"{server.url}/v1/querybatch", {"queries": queries})
        found = [[each["id"] for each in result.get("vulns", ())] for result in batch["results"]]  # type: ignore[attr-defined]
        assert found == [["PYSEC-2026-2"], [], ["PYSEC-2026-1"]]
        assert asked(f"{server.url}/v1/vulns/PYSEC-2026-2") == TWO[1]
        assert asked(f"{server.url}/simple/demo/")["name"] == "demo"
        for path in ("/v1/vulns/PYSEC-2026-3", "/private/demo/"):
            with pytest.raises(HTTPError, match="404") as raised:
                asked(server.url + path)
            raised.value.close()


def test_the_server_gives_pages() -> None:
    """With one record to a page, the token of each page leads to the next, and the last page has none."""
    service = Service([record(f"PYSEC-2026-{number}") for number in range(1, 4)], Habits(page=1))
    found: list[str] = []
    token = ""
    while token or not found:
        answer = service.query(query("demo", "1.0", page_token=token))
        found += [each["id"] for each in answer["vulns"]]
        token = answer.get("next_page_token", "")
    assert found == ["PYSEC-2026-1", "PYSEC-2026-2", "PYSEC-2026-3"]


@pytest.mark.parametrize(
    ("events", "versions", "text", "affected"),
    [
        ((), (), "1.0", True),
        ((), (), "2.0rc1", True),
        ((), (), "2.0", False),
        ((), ("2.0",), "2.0.0", True),
        ((), ("2.0",), "2.0+local", True),
        ((("introduced", "1.0"), ("last_affected", "1.0")), (), "1.0", True),
        ((("introduced", "1.0"), ("last_affected", "1.0")), (), "1.0+local", True),
        ((("introduced", "1.0"), ("last_affected", "1.0")), (), "1.0.post1", False),
        ((("fixed", "1.0"), ("introduced", "1.0"), ("introduced", "0")), (), "3.0", True),
        ((("introduced", "0"), ("limit", "2.0")), (), "2.0", False),
        ((("introduced", "0"), ("fixed", "2.0-n653")), (), "1.0", False),
    ],
)
def test_the_oracle_follows_the_schema(
    events: tuple[tuple[str, str], ...], versions: tuple[str, ...], text: str, affected: bool
) -> None:
    """OSV schema, "Evaluation": listed, or left affected by the sorted events of a range."""
    assert records.affects(record("X-1", *events, versions=versions), "demo", text) == affected


def test_the_oracle_can_compare_local_versions_as_they_are() -> None:
    """Taken literally, 1.0+local is none of the listed versions, and later than the last affected 1.0."""
    affected = record("X-1", ("introduced", "0"), ("last_affected", "1.0"), versions=("1.0",))
    assert records.affects(affected, "demo", "1.0+local")
    assert not records.affects(affected, "demo", "1.0+local", literal=True)


def test_records_are_multiplied_under_other_ids_and_names() -> None:
    """As many records as wanted, no id twice, and the originals as they are."""
    many = list(records.multiply(TWO, 5))
    assert [each["id"] for each in many] == [
        "PYSEC-2026-1", "PYSEC-2026-2", "PYSEC-2026-1-1", "PYSEC-2026-2-1", "PYSEC-2026-1-2",
    ]  # fmt: skip
    assert many[:2] == list(TWO)
    assert [records.projects(each) for each in many[2:4]] == [{"demo-1"}, {"demo-project-1"}]


def command(code: str, folder: Path, codes: tuple[int, ...] = (0,)) -> Command:
    """Return a Python process to measure."""
    return Command(code, (sys.executable, "-I", "-c", code), {}, folder, codes)


def test_a_process_is_measured(tmp_path: Path) -> None:
    """A process that holds 50 MB has a peak above that, one that does nothing a smaller one, and both take time."""
    runs = measure.take_turns([command("pass", tmp_path), command("b'x' * 50_000_000", tmp_path)], 1)
    ((nothing,), (large,)) = runs.values()
    assert large.peak > 50_000_000 > nothing.peak > 1_000_000
    assert all(run.wall > 0 and run.processor > 0 for run in (nothing, large))


def test_a_process_that_fails_is_not_measured(tmp_path: Path) -> None:
    """An unexpected exit code is an error, and its message is shown; an expected one is not."""
    with pytest.raises(measure.Failed, match="ended with 1: no"):
        measure.run(command("raise SystemExit('no')", tmp_path))
    assert measure.run(command("raise SystemExit('no')", tmp_path, codes=(1,))).wall > 0


def test_the_page_is_written_from_figures() -> None:
    """Ratios are medians within rounds; a target says whether it is met, or by how much it is missed."""
    runs = {
        "bare": [Run(0.01, 0.01, 9_000_000)] * 3,
        "ours": [Run(each, 0.05, 17_000_000) for each in (0.04, 0.06, 0.5)],
    }
    group = page.Group("A lock", runs, "A note.")
    targets = [
        page.Target("to bare", 7, group.times("ours", "bare"), processor=group.processor_times("ours", "bare")),
        page.Target("faster", 4, 2, least=True, remark="why"),
        page.Target("slower", 4, 5),
    ]
    text = page.render(targets, [group], {"Python": "CPython 3.11"})
    assert "- Python: CPython 3.11\n" in text
    assert "| to bare | at most 7 times | 6 times (5 in processor time) | met |\n" in text
    assert "| faster | at least 4 times | 2 times | missed by a factor of 2: why |\n" in text
    assert "| slower | at most 4 times | 5 times | missed by 25 % |\n" in text
    assert "| ours | 60.0 (40.0 to 500) | 50.0 | 6.00 | 17 | 3 |\n\nA note.\n" in text


def test_answers_of_every_tool_have_one_shape() -> None:
    """Each tool's JSON becomes the same findings."""
    package = {"name": "demo", "version": "1.0"}
    aliases, fixes = ["CVE-1", "GHSA-1"], ["2.0"]
    wanted = [Found("demo", "1.0", "PYSEC-1", frozenset(aliases), ("2.0",))]
    ours = {"findings": [{"package": package, "id": "PYSEC-1", "aliases": aliases, "fixed_in": fixes}]}
    uv = {"dependency": package, "id": "GHSA-1", "display_id": "PYSEC-1", "aliases": ["PYSEC-1", "CVE-1"]}
    assert answers.of_pip_assay(json.dumps(ours)) == wanted
    vulnerable = {**package, "vulns": [{"id": "PYSEC-1", "aliases": aliases, "fix_versions": fixes}]}
    assert answers.of_pip_audit(json.dumps({"dependencies": [vulnerable, {"name": "other"}]})) == wanted
    assert answers.of_uv_audit(json.dumps({"vulnerabilities": [{**uv, "fix_versions": fixes}]})) == wanted
    entry = {"package_name": "demo", "installed_version": "1.0", "id": "PYSEC-1", "aliases": aliases}
    pysentry = json.dumps({"vulnerabilities": [{**entry, "fixed_versions": fixes}]})
    assert answers.of_pysentry(f"{pysentry}\nA word from its maker\n") == wanted


def test_differences_are_explained_or_called_unexplained() -> None:
    """Older fixes, fixes listed as affected and another order have reasons; a missing finding has none."""
    listed = {"X-1": record("X-1", versions=("3.0",))}
    ours = {("demo", "1.0", "X-1"): Found("demo", "1.0", "X-1", frozenset(), ("2.0", "2.5"))}
    peer = {("demo", "1.0", "X-1"): Found("demo", "1.0", "X-1", frozenset(), ("2.5", "0.9", "3.0", "2.0"))}
    lines = compare.differences(ours, {"a peer": peer, "another": {}}, listed)
    assert f"| demo 1.0 | a peer | {compare.OLDER} | X-1: 0.9 |" in lines
    assert f"| demo 1.0 | a peer | {compare.LISTED} | X-1: 3.0 |" in lines
    assert f"| demo 1.0 | a peer | {compare.UNSORTED} | X-1: 2.5, 2.0 |" in lines
    assert f"| demo 1.0 | another | {compare.UNEXPLAINED} | X-1: missing there |" in lines
    assert compare.differences(ours, {"a twin": ours}, listed)[4:] == []


def test_no_case_calls_an_empty_answer_right_that_asks_for_findings() -> None:
    """A tool that says "clean" to everything is right about the withdrawn record alone."""
    silent = Answer((), 0)
    assert [case.title for case in CASES if case.judge(silent)] == ["a withdrawn record, which the service still names"]


def test_a_wrong_cell_of_pip_assay_is_noticed() -> None:
    """Only the columns of pip-assay decide whether the comparison fails."""
    head = ["| case | right is | ours | ours online | peer |", "|---|---|---|---|---|"]
    assert not known.is_wrong([*head, "| a | b | right | - | says clean |"])
    assert known.is_wrong([*head, "| a | b | right | says clean | right |"])
