"""The benchmark's own parts: what it measures with must be right before a figure means anything."""

import gzip
import json
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from bench import (
    answers,
    compare,
    data,
    fixing,
    inputs,
    inside,
    known,
    measure,
    page,
    records,
    rendering,
    reports,
    run,
    sboms,
    serving,
)  # fmt: skip
from bench.answers import Answer, Found
from bench.cases import CASES, record
from bench.measure import Command, Run
from bench.reports import Rendered
from bench.server import Habits, Server, Service
from bench.serving import Served
from bench.tables import More
from bench.tools import Bench

from pip_assay import flow
from pip_assay.advisories import build, signal_lists
from pip_assay.model import Pin
from pip_assay.reports import FORMATS, Style, load
from pip_assay.settings import Outside, Settings
from tests import osv_export

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


SUMMARY_ALONE = {"columns", "markdown", "junit", "github", "spdx", "openvex"}

INSTALLED = pytest.mark.skipif(
    not (Path(sys.executable).parent / "pip-assay").exists(), reason="pip-assay is not installed in this environment"
)


def of_here(scratch: Path) -> Bench:
    """Return a benchmark with the programs of this environment."""
    return Bench(Path(sys.executable).parent, scratch, "")


def test_a_table_of_figures_is_written() -> None:
    """A table that is not one of processes has its own columns, and its note after it."""
    table = page.Table("Look-ups", ("records", "ms"), [("1,000", "0.5"), ("2,000", "0.6")], "A note.")
    text = page.render([page.Target("a second", 2000, 1500.4, "", least=True)], [table], {})
    assert "## Look-ups\n\n| records | ms |\n|---|---:|\n| 1,000 | 0.5 |\n| 2,000 | 0.6 |\n\nA note.\n" in text
    assert "| a second | at least 2000 | 1500 | missed by 33 % |" in text


def test_an_export_is_served_as_static_files_are(tmp_path: Path) -> None:
    """Whoever has the file as it is gets no content; every request is written down with its answer."""
    (tmp_path / "PyPI").mkdir()
    (tmp_path / "PyPI" / "modified_id.csv").write_text("2026-01-01T00:00:00Z,PYSEC-1\n")
    with data.export(tmp_path) as (url, asked_of):
        with urlopen(f"{url}/PyPI/modified_id.csv", timeout=10) as answer:
            assert answer.read() == b"2026-01-01T00:00:00Z,PYSEC-1\n"
            headers = {"If-Modified-Since": answer.headers["Last-Modified"]}
        with pytest.raises(HTTPError, match="304") as raised:
            urlopen(Request(f"{url}/PyPI/modified_id.csv", headers=headers), timeout=10)
        raised.value.close()
    assert [each.status for each in asked_of] == [200, 304]


def test_the_lists_of_signals_are_those_that_pip_assay_reads(tmp_path: Path) -> None:
    """The made lists are read throughout, and name as many CVEs as they are to."""
    kev, epss = (each.read_bytes() for each in data.lists_in(tmp_path / "lists"))
    scores, listed = signal_lists.epss(gzip.decompress(epss)), signal_lists.kev(kev)
    assert (len(scores.rows), scores.wrong) == (data.SCORES, 0)
    assert 1_000 < len(listed.rows) < 2_000


def test_every_package_of_a_lock_is_looked_up(tmp_path: Path) -> None:
    """Each name takes one look-up, and the database's records and size are told."""
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "demo"\n\n[[package]]\nname = "other"\n')
    source = osv_export.archive(tmp_path / "all.zip", *TWO)
    build.build(str(tmp_path / "demo.db"), [source], now=0)
    found = data.look_ups(tmp_path / "demo.db", tmp_path)
    assert (found.records, len(found.seconds)) == (2, 2)
    assert 0 < found.median <= found.longest
    assert found.size == (tmp_path / "demo.db").stat().st_size / 1e6


@INSTALLED
def test_an_update_of_every_kind_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first update nothing changes, and the signals make the file grow."""
    monkeypatch.setattr(data, "SCORES", 20_000)
    monkeypatch.setattr(data, "UPDATES", 2)
    export = tmp_path / "export"
    osv_export.export(export, *TWO, changes="2026-01-01T00:00:00Z,PYSEC-2026-1\n2026-01-01T00:00:00Z,PYSEC-2026-2\n")
    made = inputs.Inputs(*[export / "PyPI" / "all.zip"] * len(inputs.Inputs._fields))
    unchanged, signals = data.updates(of_here(tmp_path), made)
    assert "An update asks 1 time and is told" in unchanged.note
    assert {len(runs) for runs in unchanged.runs.values()} == {data.UPDATES}
    assert signals.times(data.SIGNALS, data.UNCHANGED) > 1
    assert (tmp_path / "with-signals.db").stat().st_size > 2 * (tmp_path / "updated.db").stat().st_size


@INSTALLED
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processor time is read from /proc")
def test_the_server_is_asked_by_all_clients(tmp_path: Path) -> None:
    """As many rows as numbers of clients, each with answers."""
    source = osv_export.archive(tmp_path / "all.zip", *[record(f"X-{each}", project=f"p{each}") for each in range(60)])
    build.build(str(tmp_path / "demo.db"), [source], now=0)
    found = serving.measured(tmp_path / "demo.db", (1, 3), 0.2)
    assert [each.clients for each in found] == [1, 3]
    assert all(each.requests > 0 and each.batches > 0 and 0 < each.median <= each.late for each in found)
    assert [len(row) for row in serving.table(found).rows] == [len(serving.HEAD)] * 2


@pytest.mark.parametrize("name", FORMATS)
def test_a_made_report_names_its_findings(name: str) -> None:
    """What is counted of a format is there: every finding, and each long text where the format has a place for it."""
    chosen = load(name)
    text = chosen.render(rendering.made(5), Style(descriptions=True, aliases=True))
    assert reports.shown(text) == (5, 0 if name in SUMMARY_ALONE else 5)


def test_what_is_left_out_is_not_counted() -> None:
    """A text that is cut before its end is not whole, and a finding is counted once by whatever id."""
    assert reports.shown(f"PYSEC-2026-100001 CVE-2026-100001 CVE-2026-100002 {rendering.END}100002") == (2, 1)
    assert reports.shown(f"PYSEC-2025-100001 CVE-2026-1000011 {rendering.END}1000") == (0, 0)


@INSTALLED
def test_a_report_is_rendered_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Time, memory, size and what it names come back; no file stays."""
    found = reports.measured(of_here(tmp_path), 3)
    assert {*found} == {*FORMATS}
    assert all(each.seconds > 0 and each.peak > 5_000_000 and each.size > 100 for each in found.values())
    assert not [each for each in tmp_path.glob("report.*") if each.suffix != ".seconds"]


def test_the_targets_of_what_runs_inside_are_told() -> None:
    """The best number of clients counts, the slowest format, and each format that takes too much is named."""
    served = [Served(1, 10, 1.0, 50_000.0, 0.001, 0.002), Served(8, 10, 1.0, 210_000.0, 0.001, 0.002)]
    look_ups = (data.LookUps(10, 1.0, (0.001,)), data.LookUps(100, 10.0, (0.001, 0.003)))
    few = {"json": Rendered(0.01, 9_000_000, 10, 100, 100), "html": Rendered(0.2, 9_000_000, 10, 100, 100)}
    many = {
        "json": Rendered(1.0, 510_000_000, 10, reports.MANY, reports.MANY),
        "html": Rendered(1.0, 90_000_000, 10, 5_000, 0),
    }
    more = More(look_ups, served, few, many)
    text = page.render(run.targets_inside(more), more.tables(), {})
    assert "that one core serves in a second, to 8 clients | at least 2000 | 2100 | met |" in text
    assert "the slowest of any format (html) | at most 150 ms | 200 ms | missed by 33 % |" in text
    assert "the most of any format (json) | at most 500 MB | 510 MB | missed by 2 %: json 510 MB |" in text
    assert "| The longest look-up of a package among 25,000 records | at most 10 ms | 3 ms | met |" in text
    assert "| html | 1.0 | 90 | 0.0 | 5,000 | 0 |" in text


def test_the_made_bills_are_read_throughout(tmp_path: Path) -> None:
    """Every component of every bill is listed, once for each distribution, and the made-up interpreter is found."""
    environment = tmp_path / "environment"
    metadata = environment / "lib" / "python3.11" / "site-packages" / "demo-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n")
    (metadata / "RECORD").write_text("demo-1.0.dist-info/METADATA,,\n")
    (environment / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.2\n")
    copy = sboms.copied(environment, tmp_path / "copy", "3.11.9", carrying=True)
    assert sboms.size(copy)[0] == 2
    (inventory,) = flow.read(Settings(targets=(str(copy),)), Outside({}, str(tmp_path), 0.0))
    found = [each for each in inventory.dependencies if each.inside and each.inside.name == "demo"]
    listed = [each for _, text in sboms.bills(1, "demo") for each in json.loads(text)["components"]]
    assert len(found) == len(listed) == sboms.LARGEST + 5
    assert {each.skipped for each in found} == {""}
    assert Pin("Python", "cpython", "3.11.9") in {each.pin for each in inventory.dependencies}
    assert not inventory.problems
    assert (metadata / "RECORD").read_text() == "demo-1.0.dist-info/METADATA,,\n"
    assert sboms.copied(environment, tmp_path / "copy", "3.11.9", carrying=True) == copy


def test_made_compiled_files_have_the_size_that_was_asked_for(tmp_path: Path) -> None:
    """What is searched is as large as the table says, and only the last file holds a library."""
    site = inside.compiled(tmp_path / "site", 3_000_000)
    assert sum(each.stat().st_size for each in (site / "compiled").iterdir()) == pytest.approx(3_000_000, abs=100)
    assert [b"OpenSSL" in each.read_bytes() for each in sorted((site / "compiled").iterdir())].count(True) == 1


def test_what_a_fix_has_done_to_a_file_is_counted() -> None:
    """Releases that differ, larger steps, steps back and new ones; why a file is refused, and why a finding stays."""
    text = "a==1.0 \\\n    --hash=sha256:00\n    # via b\nb[x]==2.0 ; python_version < '4'\nc==3\n"
    assert fixing.pins(text) == {"a": "1.0", "b": "2.0", "c": "3"}
    before = {"a": "1.0", "b": "2.0", "c": "3"}
    theirs = fixing.Fixed({**before, "a": "1.1"}, 0, "a 1.1 needs d", 0.5)
    ours = fixing.Fixed({"a": "2.0", "b": "1.9", "c": "3", "d": "1"}, 1, "", 1.5, ("c 3 (1): no fixed release",))
    lines = list(fixing.page([fixing.Compared(fixing.MIXED, "flat", before, 2, theirs, ours)]))
    assert lines[0].endswith("1 of 1 after pip-audit, 0 after pip-assay.")
    assert lines[4] == f"| {fixing.MIXED} | flat | 3 | 2 | 0 | no | 1 | 0.5 | 1 | yes | 2 | 2 | 1 | 1 | 1.5 |"
    assert f"- {fixing.MIXED}, flat, after pip-audit: a 1.1 needs d" in lines
    assert lines[-1] == f"- {fixing.MIXED}, flat: c 3 (1): no fixed release"
