"""What other programs may call (docs/library.md)."""

import ast
import contextlib
import inspect
import io
import json
import os
import pickle
import re
import subprocess
import sys
import typing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pip_assay
from pip_assay import errors, library, model, records
from pip_assay.cli import options
from pip_assay.settings import Settings
from tests.transcripts import NOW, Person, copy

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "library.md"
BLOCK = re.compile(
    r"<!-- runs: (?P<project>\S+) -->\n```python\n(?P<code>.*?)```\n\nprints\n\n```text\n(?P<shown>.*?)```", re.DOTALL
)
SOURCE = ROOT / "src"


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    """Somebody in a project with three findings, with a database."""
    one = Person(copy("vulnerable", tmp_path), monkeypatch, capfd)
    one.types("db", "import", "records")
    return one


def audited(**given: typing.Any) -> pip_assay.Report:
    return pip_assay.audit(requirements="requirements.txt", no_deps=True, offline=True, **given)


def statuses(report: pip_assay.Report) -> list[str]:
    return [verdict.status for audit in report.audits for verdict in audit.verdicts]


def written(folder: Path, text: str, name: str = "pip-assay.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_page_shows_what_its_examples_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """Every example of the page runs as it stands, and prints what stands below it (pytest --update)."""
    text = PAGE.read_text(encoding="utf-8")
    numbers = iter(range(100))

    def run(block: re.Match[str]) -> str:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        with monkeypatch.context() as patched:
            person = Person(copy(block["project"], folder), patched, capfd)
            person.types("db", "import", "records")
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                exec(compile(block["code"], "library.md", "exec"), {})
        start = block[0][: block.start("shown") - block.start()]
        return f"{start}{said.getvalue()}```"

    now = BLOCK.sub(run, text)
    assert next(numbers) == 2
    if request.config.getoption("--update"):
        PAGE.write_text(now, encoding="utf-8")
    assert now == PAGE.read_text(encoding="utf-8")


def test_it_finds_what_the_command_finds(person: Person) -> None:
    """A report rendered as JSON is, to the byte, what the command prints."""
    said = person.types("-r", "requirements.txt", "--no-deps", "--offline", "-f", "json")
    report = audited()
    assert pip_assay.render(report).replace(os.environ["PIP_ASSAY_CACHE"], "CACHE") == said.stdout
    assert pip_assay.exit_code(report) == said.code == 1


def test_it_prints_nothing(person: Person, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither findings nor problems reach stdout or stderr."""
    audited()
    pip_assay.audit("missing.lock", offline=True)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert person.folder.is_dir()


def test_what_takes_time_is_said_to_who_asks(person: Person, tmp_path: Path) -> None:
    """`say` takes a sentence on each step that takes time: here the look for a database that cannot be fetched."""
    heard: list[str] = []
    environ = {**os.environ, "PIP_ASSAY_OSV_BULK": str(tmp_path / "nowhere")}
    report = pip_assay.audit(
        "requirements.txt", no_deps=True, database=tmp_path / "none.db", environ=environ, say=heard.append, timeout=0.1,
        index_url="http://127.0.0.1:9/simple",
    )  # fmt: skip
    assert heard[0] == "fetching the advisory database (once)"
    assert pip_assay.exit_code(report) == 3
    assert person.folder.is_dir()


def test_what_cannot_be_looked_at_is_a_problem(person: Person) -> None:
    """A missing target raises nothing; the others are audited, and the report is incomplete."""
    report = pip_assay.audit("missing.lock", "requirements.txt", no_deps=True, offline=True, ignored="CVE-2026-1")
    (missing, there) = report.audits
    assert [problem.gap for problem in missing.problems] == ["missing"]
    assert len(there.verdicts) == 3
    alone = pip_assay.audit(person.folder / "missing.lock", offline=True)
    assert pip_assay.exit_code(alone) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"fail_on": "hihg"}, "hihg"),
        ({"fail_on": ["high", "often"]}, "often"),
        ({"service": "nvd"}, "'nvd' is not a vulnerability service; choose one of: local, pypi, osv, esms"),
        ({"as_of": "yesterday"}, "yesterday"),
        ({"timeout": -1.0}, "timeout is -1.0, which is not a number of 0 or more"),
        ({"max_database_age": float("inf")}, "max_database_age is inf"),
        ({"config": "missing.toml"}, "missing.toml"),
        ({"baseline": "missing.json"}, "missing.json"),
    ],
)
def test_a_wrong_argument_is_an_error(person: Person, given: dict[str, typing.Any], said: str) -> None:
    """One sentence says which value is wrong, and nothing ends the process."""
    with pytest.raises(pip_assay.AssayError) as raised:
        audited(**given)
    assert said in str(raised.value)
    assert isinstance(raised.value, (pip_assay.UsageError, pip_assay.Unreadable))
    assert person.folder.is_dir()


def test_there_is_no_other_format(person: Person) -> None:
    """A format that is none is a wrong argument."""
    report = audited()
    with pytest.raises(pip_assay.UsageError, match="there is no report format 'xml'"):
        pip_assay.render(report, "xml")
    assert person.folder.is_dir()


def test_one_text_is_a_list_of_one(person: Person) -> None:
    """A text where several are taken is one of them, not its letters."""
    one, several = (
        audited(ignored="CVE-2026-1", fail_on="critical"),
        audited(ignored=["CVE-2026-1"], fail_on=["critical"]),
    )
    assert one == several
    assert "ignored" in statuses(one)
    assert pip_assay.audit(paths=person.folder, offline=True).audits[0].inventory.kind == "environment"


def test_arguments_alone_decide(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `config`, neither settings files nor variables change anything; the place of the data stays."""
    expected = audited(now=NOW)
    written(person.folder, 'fail-on = ["critical"]\ninternal = ["alpha"]\n')
    monkeypatch.setenv("PIP_ASSAY_FAIL_ON", "critical")
    monkeypatch.setenv("PIP_ASSAY_STRICT", "nonsense")
    assert audited(now=NOW) == expected
    assert set(statuses(expected)) == {"fails"}


def test_a_settings_file_decides_where_it_is_named(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """`config` names a file, or "nearest"; what is given as an argument is stronger than both."""
    named = written(person.folder, 'fail-on = ["critical"]\nmax-db-age = 0.5\n', "other.toml")
    report = audited(config=named)
    assert "known" in statuses(report) or "warns" in statuses(report)
    assert [problem.gap for problem in report.problems] == ["stale"]
    assert audited(config=named, max_database_age=30.0).problems == ()
    assert set(statuses(audited(config="nearest"))) == {"fails"}
    written(person.folder, 'fail-on = ["critical"]\n')
    assert statuses(audited(config="nearest")) == statuses(report)
    monkeypatch.setenv("PIP_ASSAY_MAX_DB_AGE", "0.5")
    assert [problem.gap for problem in audited(config="nearest").problems] == ["stale"]
    written(person.folder, 'fial-on = ["critical"]\n')
    with pytest.raises(pip_assay.UsageError, match="fial-on"):
        audited(config="nearest")


def test_only_what_is_new_fails_against_a_baseline(person: Person) -> None:
    """A report of before makes what it holds known, and says who asked about it what it compares with."""
    before = written(person.folder, pip_assay.render(audited()), "before.json")
    report = audited(baseline=before)
    assert set(statuses(report)) == {"known"}
    assert pip_assay.exit_code(report) == 0


def test_the_same_input_gives_an_equal_report(person: Person) -> None:
    """Reports compare, hash and pickle, and many threads may make them at once."""
    expected = audited(now=NOW)
    with ThreadPoolExecutor(4) as executor:
        made = list(executor.map(lambda _: audited(now=NOW), range(8)))
    assert all(each == expected for each in made)
    assert hash(made[0]) == hash(expected)
    assert pickle.loads(pickle.dumps(expected)) == expected
    assert person.folder.is_dir()


def test_a_style_is_chosen_by_arguments(person: Person) -> None:
    """Colour, descriptions and aliases are shown where they are asked for, and as the format has it where not."""
    report = audited()
    plain, coloured = pip_assay.render(report, "terminal"), pip_assay.render(report, "terminal", color=True)
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    assert "CVE-2026-2" not in pip_assay.render(report, "columns")
    assert "CVE-2026-2" in pip_assay.render(report, "columns", aliases=True)
    finding = json.loads(pip_assay.render(report, descriptions=False))["dependencies"]
    assert finding != json.loads(pip_assay.render(report))["dependencies"]
    assert person.folder.is_dir()


def reached() -> set[str]:
    """Return the names of all values that a report is made of, by following their annotations."""
    found: set[str] = set()
    waiting = ["Report"]
    while waiting:
        name = waiting.pop()
        kind = getattr(model, name, getattr(records, name, None))
        if name in found or not hasattr(kind, "_fields"):
            continue
        found.add(name)
        for text in map(str, kind.__annotations__.values()):
            waiting += re.findall(r"\b[A-Z]\w+", text)
    return found


def test_every_value_of_a_report_is_public() -> None:
    """Whatever a report holds, and whatever is raised, can be imported from the package, and says what it is."""
    public = set(pip_assay.__all__)
    assert reached() > {"Report", "Audit", "Finding", "Rating", "LeftOut"}
    assert reached() <= public
    raised = {name for name, each in vars(errors).items() if inspect.isclass(each)}
    assert raised <= public
    for name in public:
        assert inspect.getdoc(getattr(pip_assay, name)), name
        assert name in dir(pip_assay)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = pip_assay.nothing  # type: ignore[attr-defined]


def test_what_a_type_checker_sees_is_what_there_is() -> None:
    """The names that are imported for type checkers are those that are offered."""
    tree = ast.parse((SOURCE / "pip_assay" / "__init__.py").read_text(encoding="utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}
    assert imported - {"errors", "library", "model", "records"} == set(pip_assay.__all__)


def test_every_argument_is_a_setting_and_documented() -> None:
    """Each argument of audit has a line in its docstring, and the default of the command line."""
    parameters = inspect.signature(library.audit).parameters
    text = inspect.getdoc(library.audit) or ""
    for name, parameter in parameters.items():
        assert re.search(rf"^{name} {{2,}}|`{name}`", text, re.MULTILINE), name
        if name in Settings._fields and parameter.default is not inspect.Parameter.empty and name != "config":
            assert parameter.default == Settings._field_defaults[name], name
    assert set(parameters) - set(Settings._fields) == {"environ", "now", "say"}
    assert options.SERVICES == ("local", "pypi", "osv", "esms")


def test_importing_it_loads_nothing() -> None:
    """`import pip_assay` loads one module of ours; a public name those that it needs, and not the command line."""
    program = (
        "import sys; before = set(sys.modules); import pip_assay\n"
        "print(*sorted(set(sys.modules) - before))\n"
        "pip_assay.Report; print(*sorted(name for name in set(sys.modules) - before if name.startswith('pip_assay')))\n"
        "pip_assay.audit; print('pip_assay.cli' in sys.modules)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    first, second, third = done.stdout.splitlines()
    assert first == "pip_assay"
    assert "pip_assay.flow" not in second.split()
    assert third == "False"


def test_types_are_those_that_are_told(tmp_path: Path) -> None:
    """A type checker knows what audit returns, and refuses arguments of other types and names that are not there."""
    mypy = pytest.importorskip("mypy.api")
    program = tmp_path / "program.py"
    program.write_text(
        "import pip_assay\n"
        "report = pip_assay.audit('uv.lock', fail_on=['high'])\n"
        "reveal_type(report.audits[0].verdicts[0].finding.score)\n"
        "reveal_type(pip_assay.render(report, 'sarif'))\n"
        "pip_assay.audit(offline='yes')\n"
        "pip_assay.nothing\n",
        encoding="utf-8",
    )
    cache = os.environ.get("MYPY_CACHE_DIR", str(tmp_path / "cache"))
    out, _, _ = mypy.run(["--strict", "--cache-dir", cache, "--follow-imports", "silent", str(program)])
    said = [re.sub(r"^.*program\.py:", "", line) for line in out.splitlines()]
    assert any(line.startswith("3:") and '"float | None"' in line.replace("builtins.", "") for line in said), out
    assert any(line.startswith("4:") and "str" in line for line in said), out
    assert any(line.startswith("5:") and "error" in line for line in said), out
    assert any(line.startswith("6:") and "error" in line for line in said), out
