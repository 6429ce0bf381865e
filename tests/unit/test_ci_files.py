"""What CI systems and pre-commit read: in order by their own schemas, and run as they would run it."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pip_assay.cli import grammar
from pip_assay.targets import kinds
from tests.transcripts import PROJECTS, RECORDS
from tests.wheel_folder import wheel

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "ci.md"
ACTION = ROOT / "action.yml"
TEMPLATE = ROOT / "templates" / "gitlab-ci.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
BLOCK = re.compile(r"<!-- checked: (?P<kind>\S+) -->\n```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
SCHEMAS = {"github-workflows", "gitlab-ci"}
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")

needs_bash = pytest.mark.skipif(not shutil.which("bash") or os.name == "nt", reason="bash is not installed")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def blocks(kind: str = "") -> list[str]:
    found = BLOCK.finditer(PAGE.read_text(encoding="utf-8"))
    return [block["text"] for block in found if kind in ("", block["kind"])]


def follows(schema: str, *files: Path) -> None:
    """Make sure that the files follow the schema that the package check-jsonschema keeps a copy of."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def known(option: str, command: str = "audit") -> bool:
    """Return whether the program takes the option."""
    return option.partition("=")[0] in grammar.parsers()[command]._option_string_actions


# --- what is to be copied ----------------------------------------------------------------------


def test_every_block_to_be_copied_is_checked() -> None:
    """No block of a configuration language on the page is without a check."""
    text = PAGE.read_text(encoding="utf-8")
    assert len(re.findall(r"^```\w+$", text, re.MULTILINE)) == len(blocks())
    assert {block["kind"] for block in BLOCK.finditer(text)} == {
        *SCHEMAS, "pre-commit", "tox", "nox", "bash", "zsh", "fish",
    }  # fmt: skip


@pytest.mark.parametrize("schema", sorted(SCHEMAS))
def test_pipelines_follow_their_schema(schema: str, tmp_path: Path) -> None:
    """Workflows and pipelines of the page follow the schema of GitHub's and GitLab's."""
    for number, text in enumerate(blocks(schema)):
        file = tmp_path / f"{number}.yml"
        file.write_text(text, encoding="utf-8")
        follows(schema, file)


def test_a_wrong_pipeline_is_noticed(tmp_path: Path) -> None:
    """The schemas do refuse something."""
    file = tmp_path / "wrong.yml"
    file.write_text(blocks("github-workflows")[0].replace("runs-on", "run-on"), encoding="utf-8")
    with pytest.raises(AssertionError):
        follows("github-workflows", file)


def test_workflows_of_the_page_use_what_the_action_offers() -> None:
    """Each input that the page gives or describes is one of the action's, and each of those is described."""
    inputs = set(read(ACTION)["inputs"])
    steps = [step for text in blocks("github-workflows") for step in yaml.safe_load(text)["jobs"]["audit"]["steps"]]
    ours = [step for step in steps if step.get("uses", "").startswith("OWNER/pip-assay@")]
    assert ours
    assert all(set(step["with"]) <= inputs for step in ours)
    others = [step["uses"] for step in steps if "uses" in step and step not in ours]
    assert all(PINNED.match(each) for each in others), others
    table = re.findall(r"^\| ((?:`[\w-]+`(?:, )?)+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for row in table for name in re.findall(r"[\w-]+", row)} == inputs


def test_hooks_of_the_page_are_those_of_the_manifest() -> None:
    """pre-commit finds the hooks that the page names, and pip-assay knows their options."""
    offered = {hook["id"] for hook in read(HOOKS)}
    named = [hook for text in blocks("pre-commit") for repo in yaml.safe_load(text)["repos"] for hook in repo["hooks"]]
    assert {hook["id"] for hook in named} == offered
    options = [each for hook in named for each in hook.get("args", ()) if each.startswith("-")]
    assert options
    assert all(map(known, options))


def test_the_tox_recipe_can_be_read() -> None:
    """The recipe is an ini file with one environment, whose command is ours."""
    (text,) = blocks("tox")
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    assert parser.sections() == ["testenv:audit"]
    assert parser["testenv:audit"]["commands"].split()[0] == "pip-assay"


def test_the_nox_recipe_is_a_program() -> None:
    """The recipe compiles, and its session runs our command."""
    (text,) = blocks("nox")
    called: list[tuple[str, ...]] = []

    class Session:
        posargs = ("--fail-on", "high")

        def install(self, *names: str) -> None:
            called.append(("install", *names))

        def run(self, *words: str) -> None:
            called.append(words)

    nox = type(sys)("nox")
    vars(nox).update(session=lambda function: function, Session=Session)
    space: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "nox", nox)
        exec(compile(text, "noxfile.py", "exec"), space)
        space["audit"](Session())
    assert called == [("install", "pip-assay"), ("pip-assay", ".", "--fail-on", "high")]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_lines_for_a_shell_can_be_read_by_it(shell: str, tmp_path: Path) -> None:
    """What is to be put into a shell's settings is in order, and is what the command's help says."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    for text in blocks(shell):
        file = tmp_path / "lines"
        file.write_text(text, encoding="utf-8")
        subprocess.run([shell, "-n", str(file)], check=True)
        assert text.strip() in (grammar.parsers()["completion"].epilog or "")


# --- pre-commit --------------------------------------------------------------------------------


def hook(name: str) -> Any:
    return next(each for each in read(HOOKS) if each["id"] == name)


def test_hooks_are_for_the_files_that_are_meant() -> None:
    """Each hook is offered the files that its source reads, in any folder, and no others."""
    locks = [name for name, kind in kinds.EXACT.items() if kind.endswith(("lock", "-lock"))]
    locks += ["run.py.lock", "pylock.toml", "pylock.dev.toml", "linux.conda-lock.yml"]
    listed = ["requirements.txt", "requirements-dev.txt", "requirements_test.txt", "requirements/base.txt"]
    others = ["pyproject.toml", "requirements.in", "notes.txt", "myuv.lock", "pylock.a.b.toml", "package-lock.json",
              "requirements.txt.bak", "uv.lock/other"]  # fmt: skip
    for name, expected in (("pip-assay", locks), ("pip-assay-requirements", listed)):
        pattern = re.compile(hook(name)["files"])
        for path in [*locks, *listed, *others]:
            for where in ("", "services/api/"):
                assert bool(pattern.search(where + path)) == (path in expected), (name, path)
    assert {kinds.of_name(os.path.basename(each)) for each in listed} == {"requirements"}
    assert all(kinds.of_name(each).endswith(("lock", "pylock")) for each in locks)


def test_hooks_are_as_pre_commit_wants_them() -> None:
    """Every key of a hook is one of pre-commit's, and those that it requires are there (pre-commit.com)."""
    allowed = {"id", "name", "description", "language", "entry", "files", "require_serial"}
    for each in read(HOOKS):
        assert {"id", "name", "entry", "language"} <= set(each) <= allowed
        assert each["language"] == "python"
        assert each["require_serial"] is True
        command, verb, *options = shlex.split(each["entry"])
        assert (command, verb) == ("pip-assay", "audit")
        assert "--offline" in options
        assert all(map(known, options))


def run(words: list[str], folder: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip_assay", *words]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The variables of a run in a fresh process, with a database in the cache."""
    made = {
        **os.environ, "PYTHONPATH": str(ROOT / "src"), "PIP_ASSAY_CACHE": str(tmp_path / "data"),
        "PIP_ASSAY_MAX_DB_AGE": "99999", "PIP_INDEX_URL": "https://index.example/simple",
        "PIP_ASSAY_OSV_BULK": str(tmp_path / "nowhere"),
    }  # fmt: skip
    assert run(["db", "import", str(RECORDS)], tmp_path, made).returncode == 0
    return made


def test_a_hook_audits_all_files_of_a_commit_at_once(tmp_path: Path, environ: dict[str, str]) -> None:
    """Locks of several projects are one report; a project without findings does not hide another's."""
    shutil.copytree(PROJECTS / "two-locks", tmp_path / "one")
    shutil.copytree(PROJECTS / "poetry-lock", tmp_path / "two")
    words = shlex.split(hook("pip-assay")["entry"])[1:]
    done = run([*words, "one/uv.lock", "two/poetry.lock"], tmp_path, environ)
    assert done.returncode == 1, done.stderr
    assert "Audited one/uv.lock" in done.stdout
    assert "Audited two/poetry.lock" in done.stdout
    shutil.copytree(PROJECTS / "clean", tmp_path / "three")
    words = shlex.split(hook("pip-assay-requirements")["entry"])[1:]
    done = run([*words, "three/requirements.txt"], tmp_path, environ)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_hook_without_data_says_how_to_get_them(tmp_path: Path, environ: dict[str, str]) -> None:
    """Where there is no database the hook fails, looks nothing up elsewhere, and says what to do."""
    words = shlex.split(hook("pip-assay")["entry"])[1:]
    nothing = {**environ, "PIP_ASSAY_CACHE": str(tmp_path / "none")}
    done = run([*words, str(PROJECTS / "two-locks" / "uv.lock")], tmp_path, nothing)
    assert done.returncode == 3
    assert "run: pip-assay db update" in done.stdout


# --- the GitHub Action -------------------------------------------------------------------------


def steps() -> list[Any]:
    found: list[Any] = read(ACTION)["runs"]["steps"]
    return found


def test_the_action_follows_its_schema() -> None:
    """GitHub would take action.yml as it stands."""
    follows("github-actions", ACTION)


def test_the_action_uses_others_by_commit_alone() -> None:
    """Every foreign action is named by a full commit hash, with its release behind it; all parts of one by the same."""
    lines = [line.strip() for line in ACTION.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert len(lines) == 3
    assert all(re.fullmatch(r"uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in lines), lines
    assert all(PINNED.match(step["uses"]) for step in steps() if "uses" in step)
    caches = {step["uses"].partition("@")[2] for step in steps() if "actions/cache/" in step.get("uses", "")}
    assert len(caches) == 1


def test_no_input_of_the_action_becomes_code() -> None:
    """No script holds an expression: inputs reach it as variables, which a shell does not read as code."""
    for step in steps():
        if "run" in step:
            assert "${{" not in step["run"], step["name"]
            assert step["shell"] == "bash"
            if "\n" in step["run"]:
                assert step["run"].startswith("set -euo pipefail\n")
    given = {each for step in steps() for each in re.findall(r"inputs\.([\w-]+)", json.dumps(step))}
    assert given == set(read(ACTION)["inputs"])


def test_the_action_asks_for_no_token_and_comments_nothing() -> None:
    """No token is named, and no word of GitHub's API for comments."""
    text = ACTION.read_text(encoding="utf-8")
    assert not re.search(r"github\.token|secrets\.|GITHUB_TOKEN|gh pr|gh api|curl|issues/", text)


def test_what_the_action_installs_is_what_the_project_needs() -> None:
    """requirements/action.in names what pyproject.toml does, and action.txt pins each of them with hashes."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {re.match(r"[\w-]+", each)[0] for each in project["project"]["dependencies"]}  # type: ignore[index]
    listed = (ROOT / "requirements" / "action.in").read_text(encoding="utf-8").splitlines()
    assert {each for each in listed if each and not each.startswith("#")} == needed | {"hatchling"}
    pinned = (ROOT / "requirements" / "action.txt").read_text(encoding="utf-8")
    for name in needed | {"hatchling"}:
        assert re.search(rf"^{name}==\S+ \\\n +--hash=sha256:", pinned, re.MULTILINE), name
    assert len(re.findall(r"^[\w-]+==", pinned, re.MULTILINE)) == len(re.findall(r"^\S", pinned, re.MULTILINE))


class Runner:
    """A runner of GitHub's, as far as a composite action's own scripts can tell."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.workspace = folder / "work space"
        self.workspace.mkdir()
        self.temp = folder / "temp"
        self.temp.mkdir()
        self.output, self.summary = folder / "output", folder / "summary"
        self._environ = dict(environ)

    def runs(self, name: str, **given: str) -> subprocess.CompletedProcess[str]:
        """Run the script of a step with its variables, those that hold expressions as they are given."""
        (step,) = [each for each in steps() if each["name"] == name]
        self.output.write_text("", encoding="utf-8")
        self.summary.write_text("", encoding="utf-8")
        variables = {key: given.pop(key, "") for key in step["env"]}
        assert not given
        environ = {
            **self._environ, "GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_ACTIONS": "true", "CI": "true", "RUNNER_TEMP": str(self.temp),
            **variables,
        }  # fmt: skip
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def outputs(self) -> dict[str, str]:
        lines = self.output.read_text(encoding="utf-8").splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    def installs(self) -> Path:
        """Put a program in place that runs this checkout."""
        folder = self.temp / "pip-assay" / "bin"
        folder.mkdir(parents=True)
        program = folder / "pip-assay"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pip_assay "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        return folder


@pytest.fixture
def runner(tmp_path: Path, environ: dict[str, str]) -> Runner:
    made = Runner(tmp_path, environ)
    shutil.copytree(PROJECTS / "vulnerable", made.workspace / "the service")
    shutil.copytree(PROJECTS / "clean", made.workspace / "clean")
    return made


def audits(runner: Runner, **given: str) -> subprocess.CompletedProcess[str]:
    data = runner._environ["PIP_ASSAY_CACHE"]
    usual = {
        "TARGETS": "the service/requirements.txt\n",
        "ARGUMENTS": "--no-deps\n",
        "SUMMARY": "true",
        "UPDATE": "false",
    }
    return runner.runs("Audit", BIN=str(runner.installs()), PIP_ASSAY_CACHE=data, **{**usual, **given})


@needs_bash
def test_the_action_writes_summary_sarif_and_exit_code(runner: Runner) -> None:
    """Findings are in the log, the summary and a SARIF file whose paths begin at the root; the step itself goes on."""
    done = audits(runner, FORMATS="json=report.json")
    assert done.returncode == 0, done.stderr
    assert "3 findings in 2 packages" in done.stdout
    outputs = runner.outputs()
    assert outputs["exit-code"] == "1"
    sarif = json.loads(Path(outputs["sarif"]).read_text(encoding="utf-8"))
    places = {
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in sarif["runs"][0]["results"]
    }
    assert places == {"the%20service/requirements.txt"}
    summary = runner.summary.read_text(encoding="utf-8")
    assert summary.startswith("## pip-assay: findings\n")
    assert "[PYSEC-2026-1]" in summary or "PYSEC-2026-1 |" in summary
    assert "\n    3 findings in 2 packages" in summary
    assert json.loads((runner.workspace / "report.json").read_text(encoding="utf-8"))["findings"]
    ended = runner.runs("End with the exit code of the audit", CODE=outputs["exit-code"])
    assert ended.returncode == 1


@needs_bash
@pytest.mark.parametrize(
    ("given", "code", "title"),
    [
        ({"TARGETS": "clean/requirements.txt"}, "0", "nothing fails, and everything was looked at"),
        ({"FAIL_ON": "exploited\nepss>=0.5\nfixable\n"}, "1", "findings"),
        ({"TARGETS": "clean/requirements.txt\nmissing.lock"}, "3", "incomplete: not everything could be looked at"),
        ({"ARGUMENTS": "--no-such-option"}, "2", "it could not run; the log says why"),
        ({"FAIL_ON": "often"}, "2", "it could not run; the log says why"),
    ],
)
def test_the_action_tells_how_it_ended(given: dict[str, str], code: str, title: str, runner: Runner) -> None:
    """The title of the summary and the exit code say the same, also where nothing could be written."""
    done = audits(runner, **given)
    assert done.returncode == 0, done.stderr
    assert runner.outputs()["exit-code"] == code
    assert bool(runner.outputs()["sarif"]) == (code != "2")
    assert runner.summary.read_text(encoding="utf-8").startswith(f"## pip-assay: {title}\n")
    assert runner.runs("End with the exit code of the audit", CODE=code).returncode == int(code)


@needs_bash
def test_hostile_inputs_of_the_action_are_text(runner: Runner) -> None:
    """Neither a target, a condition nor an option can run anything or become another option."""
    for name in ("TARGETS", "FAIL_ON", "FORMATS", "ARGUMENTS", "SINCE"):
        shutil.rmtree(runner.temp / "pip-assay", ignore_errors=True)
        done = audits(runner, **{name: "$(touch gone); `touch gone`; ' \" && touch gone\n--exit-zero"})
        assert done.returncode == 0, done.stderr
        assert runner.outputs()["exit-code"] in {"1", "2", "3"} or name == "ARGUMENTS"
        assert not (runner.workspace / "gone").exists()


@needs_bash
def test_a_summary_holds_hostile_text_as_text(runner: Runner) -> None:
    """No text of an advisory or a lock leaves its table or its code block, and no line of the log is a command."""
    shutil.copytree(PROJECTS / "hostile", runner.workspace / "hostile")
    done = audits(runner, TARGETS="hostile/requirements.txt", ARGUMENTS="--no-deps\n--desc")
    assert runner.outputs()["exit-code"] in {"1", "3", "4"}, done.stderr
    assert not re.search(r"^(::|##\[)", done.stdout, re.MULTILINE)
    summary = runner.summary.read_text(encoding="utf-8")
    tables, _, block = summary.partition("\n<details><summary>The whole report</summary>\n\n")
    assert "<script" not in tables.replace("\\<script", "")
    inside = block.removesuffix("\n</details>\n")
    assert all(line.startswith("    ") for line in inside.splitlines())


@needs_bash
def test_a_summary_that_is_too_long_says_so(runner: Runner) -> None:
    """GitHub takes 1 MiB; beyond that the summary points to the log, which has everything."""
    fake = runner.installs() / "pip-assay"
    fake.write_text(
        '#!/bin/sh\nfor each; do case $each in\nterminal=*) yes "a long report" | head -c 1100000 > "${each#*=}" ;;\n'
        "esac; done\n",
        encoding="utf-8",
    )
    done = runner.runs("Audit", BIN=str(fake.parent), TARGETS=".", SUMMARY="true")
    assert len(done.stdout) == 1_100_000
    assert runner.summary.read_text(encoding="utf-8").endswith(
        "\n\nThe report is too long for a summary; the log has it.\n"
    )


@needs_bash
def test_nothing_is_summed_up_unasked(runner: Runner) -> None:
    """With `summary: false` the summary stays empty; outputs are as ever."""
    audits(runner, SUMMARY="false")
    assert runner.summary.read_text(encoding="utf-8") == ""
    assert runner.outputs()["exit-code"] == "1"


@needs_bash
def test_data_that_cannot_be_brought_up_to_date_are_still_used(runner: Runner) -> None:
    """The audit goes on with the database of the cache, and says so."""
    done = audits(runner, UPDATE="true")
    assert "pip-assay: going on with the advisory data at hand\n" in done.stdout
    assert runner.outputs()["exit-code"] == "1"


@needs_bash
def test_the_action_installs_into_a_place_of_its_own(runner: Runner) -> None:
    """A release that is named is installed into a fresh environment; a module in the audited folder is never run."""
    for name in ("venv", "pip", "ensurepip", "sitecustomize"):
        (runner.workspace / f"{name}.py").write_text("open('gone', 'w').close()\n", encoding="utf-8")
    wheels = runner.temp / "wheels"
    wheel(wheels, "pip-assay", "9.9")
    runner._environ.update(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels))
    runner._environ.pop("PYTHONPATH")
    done = runner.runs("Install pip-assay", PYTHON=sys.executable, VERSION="9.9")
    assert done.returncode == 0, done.stderr
    outputs = runner.outputs()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", outputs["day"])
    listed = subprocess.run(
        [f"{outputs['bin']}/python", "-I", "-m", "pip", "list", "--format=json"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert {"name": "pip-assay", "version": "9.9"} in json.loads(listed)
    assert not (runner.workspace / "gone").exists()


@needs_bash
def test_an_old_python_is_told(runner: Runner) -> None:
    """An interpreter that is too old ends the step with a sentence."""
    old = runner.temp / "python3"
    old.write_text(
        '#!/bin/sh\nexec "$REAL" -c "import sys; sys.version_info = (3, 10); exec(sys.argv[1])" "$3"\n', "utf-8"
    )
    old.chmod(0o755)
    runner._environ["REAL"] = sys.executable
    done = runner.runs("Install pip-assay", PYTHON=str(old))
    assert done.returncode == 1
    assert done.stderr == "pip-assay needs Python 3.11 or newer: add a step with actions/setup-python\n"


# --- GitLab ------------------------------------------------------------------------------------


def test_the_template_follows_its_schema() -> None:
    """GitLab would take the template as it stands."""
    follows("gitlab-ci", TEMPLATE)


def scripts() -> Iterator[str]:
    job = read(TEMPLATE)["pip-assay"]
    yield from job["script"]


@needs_bash
def test_the_template_runs(runner: Runner) -> None:
    """The script of the job, with this checkout in place of what it installs, writes the report that GitLab reads."""
    job = read(TEMPLATE)["pip-assay"]
    report = job["artifacts"]["reports"]["dependency_scanning"]
    (path,) = job["cache"]["paths"]
    assert f"$CI_PROJECT_DIR/{os.path.dirname(path)}" == job["variables"]["PIP_ASSAY_CACHE"]
    lines = [line for line in scripts() if "-m venv" not in line and "-m pip" not in line]
    assert len(lines) == len(job["script"]) - 2
    text = "\n".join(lines).replace("/tmp/pip-assay/bin", shlex.quote(str(runner.installs())))
    variables = {
        **runner._environ, "PIP_ASSAY_OPTIONS": "--no-deps --fail-on=low",
        "PIP_ASSAY_TARGETS": "clean/requirements.txt", "PIP_ASSAY_ALL": "",
    }  # fmt: skip
    for shell in (["bash", "-eo", "pipefail", "-c"], ["sh", "-e", "-c"]):
        done = subprocess.run(
            [*shell, text], cwd=runner.workspace, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "going on with the advisory data at hand" in done.stdout
        document = json.loads((runner.workspace / report).read_text(encoding="utf-8"))
        assert document["scan"]["type"] == "dependency_scanning"
        (runner.workspace / report).unlink()


@needs_bash
@pytest.mark.parametrize(
    ("variables", "since"),
    [
        ({}, None),
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc"}, "--since=abc"),
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "abc", "PIP_ASSAY_ALL": "yes"}, None),
    ],
)
def test_a_merge_request_fails_on_what_it_introduces(
    variables: dict[str, str], since: str | None, runner: Runner
) -> None:
    """In a merge request the job compares with the commit at which it begins, unless everything is to fail."""
    folder = runner.installs()
    (folder / "pip-assay").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    lines = [line for line in scripts() if "-m venv" not in line and "-m pip" not in line]
    text = "\n".join(lines).replace("/tmp/pip-assay/bin", shlex.quote(str(folder)))
    done = subprocess.run(
        ["sh", "-e", "-c", text], env={"PATH": os.environ["PATH"], "PIP_ASSAY_TARGETS": ".", **variables},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = done.stdout.splitlines()
    assert [each for each in said if each.startswith("--since")] == ([since] if since else [])
    assert known("--since")
    assert said[-2:] == ["--", "."]
