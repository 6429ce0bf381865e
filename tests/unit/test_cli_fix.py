"""`pip-assay fix` and `--fix`, as a person runs them: with the real uv, a folder of tiny wheels, and no network."""

import errno
import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

import pytest

from pip_assay.cli import fix, fix_options, grammar, output
from pip_assay.fix import steps
from pip_assay.fix.nouns import Outcome, Plan, Wish
from pip_assay.model import Audit, Data, Finding, Problem, Report, Verdict
from pip_assay.settings import Outside, Settings
from tests.fixing import finding, target
from tests.resolving import uv_executable
from tests.transcripts import Person
from tests.unit.test_history import GIT, Repository
from tests.wheel_folder import wheel

Asked = list[tuple[Settings, Wish, bool]]
Fake = Callable[..., Asked]


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    """Somebody with a requirements file, the wheels that it may hold, and uv on PATH."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name, version in (("alpha", "1.2"), ("alpha", "1.5"), ("alpha", "2.1"), ("beta", "0.9"), ("clean", "1.0")):
        wheel(folder / "wheels", name, version)
    made = Person(folder, monkeypatch, capfd)
    Path("requirements.txt").write_text(lock())
    monkeypatch.setenv("PATH", os.pathsep.join((os.path.dirname(uv_executable()), os.environ["PATH"])))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    made.types("db", "import", "records")
    return made


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Return what has a fix come to this, and returns what it was asked."""
    asked: Asked = []

    def prepare(*outcomes: Outcome, found: tuple[Finding, ...] = (), problems: tuple[Problem, ...] = ()) -> Asked:
        def done(settings: Settings, _: Outside, wish: Wish, *, writing: bool, **__: object) -> steps.Fixed:
            asked.append((settings, wish, writing))
            verdicts = tuple(Verdict(each, "fails") for each in found)
            audits = tuple(Audit(each.plan.target.inventory, verdicts) for each in outcomes)
            return steps.Fixed(Report(audits, problems, Data("local database")), outcomes)

        monkeypatch.setattr(steps, "fix", done)
        return asked

    return prepare


def lock(*others: str, alpha: str = "1.2") -> str:
    """Return a requirements file that holds alpha, in a release that is affected or in another one."""
    links = Path("wheels").resolve()
    return "\n".join(["--no-index", f"--find-links {links}", f"alpha=={alpha}  # held", "clean==1.0", *others, ""])


def read(name: str = "requirements.txt") -> str:
    return Path(name).read_bytes().decode()


def test_a_plan_is_told_and_nothing_is_written(person: Person) -> None:
    """What would change and why, its proof, the difference, and the command that writes it."""
    said = person.types("fix", "requirements.txt", "--no-config", "-d")
    assert said.code == 0
    assert "alpha    1.2  2.1  MAJOR  settles PYSEC-2026-1, PYSEC-2026-2\n" in said.stdout
    assert "-alpha==1.2  # held\n+alpha==2.1  # held\n" in said.stdout
    assert "Proved by a second audit" in said.stdout
    assert said.stdout.endswith(
        "Both findings would be settled; nothing was written.\n"
        "Next: pip-assay fix --write requirements.txt --no-config\n"
    )
    assert read() == lock()


def test_a_plan_is_written_and_then_there_is_nothing_left(person: Person) -> None:
    """The file is as the plan said; the same command again finds nothing to settle, and changes nothing."""
    said = person.types("fix", "requirements.txt", "--write")
    assert (said.code, read()) == (0, lock(alpha="2.1"))
    assert "1 change settled both findings" in said.stdout
    assert said.stdout.endswith("Written: requirements.txt.\n")
    again = person.types("fix", "requirements.txt", "--write")
    assert (again.stdout, again.code, read()) == (
        "requirements.txt: nothing to settle.\n",
        0,
        lock(alpha="2.1"),
    )


def test_what_stays_has_its_reason(person: Person) -> None:
    """And the exit code is 1, also where something else was settled."""
    Path("requirements.txt").write_text(lock("beta==0.9"))
    said = person.types("fix", "requirements.txt", "--write")
    assert "UNKNOWN   beta 0.9  PYSEC-2026-3\n          no release" in said.stdout
    assert said.code == 1
    assert "alpha==2.1" in read()


def test_a_smaller_step_settles_what_it_can(person: Person) -> None:
    """--max-level, --only and --min-severity say what is asked for."""
    said = person.types("fix", "requirements.txt", "--only", "CVE-2026-2", "--max-level", "minor", "-f", "json")
    told = json.loads(said.stdout)
    assert [(each["new"], each["level"]) for each in told["targets"][0]["plan"]["changes"]] == [("1.5", "minor")]
    assert said.code == 0
    assert person.types("fix", "requirements.txt", "--max-level", "patch").code == 1
    severe = json.loads(person.types("fix", "requirements.txt", "--min-severity", "high", "-f", "json").stdout)
    assert [each["id"] for each in severe["targets"][0]["plan"]["settled"]] == ["PYSEC-2026-1"]


def test_the_patch_is_one_that_git_applies(person: Person) -> None:
    """`--output patch`, as -f patch: from the top of the repository, also where the command is run below it."""
    if not GIT:
        pytest.skip("git is not here")
    repository = Repository(person.folder.parent)
    said = person.types("fix", "requirements.txt", "--output", "patch")
    assert said.stdout == person.types("fix", "requirements.txt", "-f", "patch").stdout
    assert said.stderr.endswith("Both findings would be settled; nothing was written.\n")
    assert "+++ b/project/requirements.txt\n" in said.stdout
    # What it shows of the folder is replaced by a word, in a test.
    person.types("fix", "requirements.txt", "-f", "patch=fix.patch")
    repository.git("apply", "project/fix.patch")
    assert read() == lock(alpha="2.1")


def test_a_patch_goes_to_a_file_byte_for_byte(person: Person) -> None:
    """Carriage returns and all; the report for people goes to stdout."""
    if not GIT:
        pytest.skip("git is not here")
    Path("requirements.txt").write_bytes(lock().replace("\n", "\r\n").encode())
    said = person.types("fix", "requirements.txt", "-f", "terminal", "-f", "patch=fix.patch")
    assert "Next: " in said.stdout
    subprocess.run([GIT, "apply", "fix.patch"], check=True)
    assert Path("requirements.txt").read_bytes() == lock(alpha="2.1").replace("\n", "\r\n").encode()


def test_the_flag_of_pip_audit_writes_and_then_audits(person: Person) -> None:
    """--fix: the report is of what is there then, and lists what was done as pip-audit does."""
    Path("requirements.txt").write_text(lock("beta==0.9"))
    said = person.types("-r", "requirements.txt", "--fix", "-f", "json")
    told = json.loads(said.stdout)
    moved, kept = told["fixes"]
    assert moved == {"name": "alpha", "old_version": "1.2", "new_version": "2.1"}
    assert (kept["name"], kept["version"], "no release" in kept["skip_reason"]) == ("beta", "0.9", True)
    assert [each["id"] for each in told["findings"]] == ["PYSEC-2026-3"]
    assert "Upgraded alpha to 2.1\nSkipped the upgrade of beta because no release" in said.stderr
    assert (said.code, "alpha==2.1" in read()) == (1, True)
    Path("report.json").write_text(said.stdout)
    assert person.types("convert", "report.json", "-f", "json").stdout == said.stdout
    both = json.loads(person.types("convert", "report.json", "report.json", "-f", "json").stdout)
    assert both["fixes"] == told["fixes"] * 2


def test_the_flag_prints_the_tables_of_pip_audit(person: Person) -> None:
    """What was found, and what was done of each; the sentence about both is pip-audit's."""
    Path("requirements.txt").write_text(lock("beta==0.9"))
    dry = person.types("-r", "requirements.txt", "--fix", "--dry-run", "-f", "columns")
    assert "Applied Fix" not in dry.stdout
    assert dry.stderr.endswith(
        "Found 3 known vulnerabilities in 2 packages and fixed 0 vulnerabilities in 0 packages\n"
    )
    said = person.types("-r", "requirements.txt", "--fix", "-f", "columns")
    header, _, *rows = said.stdout.splitlines()
    done = "Successfully upgraded alpha (1.2 => 2.1)"
    assert header == "Name  Version ID           Fix Versions Applied Fix"
    assert [row.split()[2] for row in rows] == ["PYSEC-2026-1", "PYSEC-2026-2", "PYSEC-2026-3"]
    assert [row.endswith(done) for row in rows] == [True, True, False]
    assert "Failed to fix beta (0.9): no release" in rows[2]
    assert said.stderr.endswith(
        "Found 3 known vulnerabilities in 2 packages and fixed 2 vulnerabilities in 1 package\n"
    )
    assert said.code == 1


def test_the_flag_tells_in_pip_audits_part_of_the_json_what_was_there(person: Person) -> None:
    """The release with its flaws; our own keys tell what is there now, and other formats can be had of it."""
    said = person.types("-r", "requirements.txt", "--fix", "-f", "json=report.json", "-f", "columns")
    told = json.loads(read("report.json"))
    listed = {each["name"]: (each["version"], len(each["vulns"])) for each in told["dependencies"]}
    assert listed == {"alpha": ("1.2", 2), "clean": ("1.0", 0)}
    assert (told["findings"], [each["id"] for each in told["settled"]]) == ([], ["PYSEC-2026-1", "PYSEC-2026-2"])
    assert said.code == 0
    assert person.types("convert", "report.json", "-f", "columns").stdout == said.stdout
    assert "No known vulnerabilities" in person.types("convert", "report.json").stdout


def test_the_flag_with_a_dry_run_only_says_what_it_would_do(person: Person) -> None:
    """In pip-audit's words, and with pip-audit's exit code: the findings are still there."""
    Path("requirements.txt").write_text(lock("beta==0.9"))
    said = person.types("-r", "requirements.txt", "--fix", "--dry-run", "-f", "json")
    assert "Dry run: would have upgraded alpha to 2.1\n" in said.stderr
    assert "Dry run: would have skipped beta upgrade because no release" in said.stderr
    assert (json.loads(said.stdout)["fixes"], said.code, read()) == ([], 1, lock("beta==0.9"))


def test_the_flag_says_where_it_failed(person: Person, fake: Fake) -> None:
    """A fault leaves all as it was: one sentence, and exit 3."""
    one = Outcome(_plan(), faults=("requirements.txt: is a link",))
    fake(one, found=(finding("alpha", "1.2", "PYSEC-2026-1"),))
    said = person.types("requirements.txt", "--fix", "-f", "json")
    assert said.code == 3
    assert "Skipped the upgrade of alpha because requirements.txt: is a link" in said.stderr
    assert person.types("requirements.txt", "--fix", "--exit-zero").code == 0


def test_what_is_not_committed_is_warned_of(person: Person) -> None:
    """A file that would change and has changes of its own: git could not tell them from the fix. Nothing is stopped."""
    if not GIT:
        pytest.skip("git is not here")
    repository = Repository(person.folder)
    repository.commit({"requirements.txt": lock()})
    assert "not committed" not in person.types("fix", "requirements.txt").stderr
    Path("requirements.txt").write_text(lock("# mine"))
    said = person.types("fix", "requirements.txt", "--write")
    assert "requirements.txt: has changes that are not committed" in said.stderr
    assert (said.code, read()) == (0, lock("# mine", alpha="2.1"))


def test_every_target_of_a_tree_is_fixed(person: Person) -> None:
    """-R: those with findings, together or not at all; the others count as looked at."""
    for name, text in (("one", lock()), ("two", lock(alpha="2.1"))):
        Path(name).mkdir()
        Path(name, "requirements.txt").write_text(text)
    said = person.types("fix", "-R", "one", "two", "--write")
    assert (said.code, "alpha==2.1" in read("one/requirements.txt")) == (0, True), said.stdout + said.stderr
    assert "Written: one/requirements.txt." in said.stdout
    assert person.types("fix", "-R", "two").stdout == "two/requirements.txt: nothing to settle.\n"


def test_ctrl_c_leaves_everything_as_it_was(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 130, one sentence, no file changed and none left behind."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    before = sorted(os.listdir())
    monkeypatch.setattr(os, "replace", stopped)
    said = person.types("fix", "requirements.txt", "--write")
    assert (said.code, said.stderr.endswith("pip-assay: stopped\n"), read()) == (130, True, lock())
    assert sorted(os.listdir()) == before


def test_without_a_resolver_there_is_advice(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marked as such, with the line that installs one; nothing is written, and the exit code is 3."""
    monkeypatch.setattr("pip_assay.sources.resolve.programs.find_uv", lambda *_: None)
    said = person.types("fix", "requirements.txt", "--write")
    assert (said.code, read()) == (3, lock())
    assert "1 change may settle both findings" in said.stdout
    assert "pip install 'pip-assay[fix]'" in said.stdout


def test_what_cannot_be_fixed_says_so(person: Person) -> None:
    """A target that is none, and one of a kind that nothing can change."""
    missing = person.types("fix", "nowhere.txt")
    assert (missing.code, "could not be read" in missing.stdout) == (3, True)
    assert "nowhere.txt" in missing.stderr
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.6",
        "components": [{"type": "library", "name": "alpha", "version": "1.2", "purl": "pkg:pypi/alpha@1.2"}],
    }  # fmt: skip
    Path("bom.cdx.json").write_text(json.dumps(document))
    said = person.types("fix", "bom.cdx.json", "-f", "json")
    assert said.code == 3
    assert "bom.cdx.json: cannot be fixed, because it is a CycloneDX document" in said.stderr
    assert json.loads(said.stdout)["status"] == "failed"


def test_problems_of_the_audit_are_told(person: Person, fake: Fake) -> None:
    """The first ones; how many more there are; and nobody takes the rest for clean."""
    problems = tuple(Problem("unreadable", f"is broken {number}", None, "", f"p{number}") for number in range(9))
    fake(Outcome(_plan()), problems=problems)
    said = person.types("fix", "requirements.txt")
    assert said.stderr.count("is broken") == 5
    assert "4 more problems; an audit tells them all" in said.stderr
    assert said.code == 3


def test_what_is_wished_is_passed_on(person: Person, fake: Fake) -> None:
    """Every option of a plan, beside those of an audit."""
    asked = fake(Outcome(_plan()))
    person.types(
        "fix", "-r", "requirements.txt", "--index-url", "https://index.example/simple", "--only", "alpha", "--only",
        "CVE-1", "--min-severity", "high", "--max-level", "patch", "--relax", "--allow-downgrade", "--allow-build",
        "--cooldown", "12h", "--reformat", "--write", "--ignore-vuln", "CVE-2",
    )  # fmt: skip
    ((settings, wish, writing),) = asked
    assert wish == Wish(("alpha", "CVE-1"), "high", "patch", True, True, True, 0.5, True)
    assert writing
    assert (settings.requirements, settings.ignored, settings.allow_build) == (("requirements.txt",), ("CVE-2",), True)
    assert settings.index_url == "https://index.example/simple"


@pytest.mark.parametrize(("text", "days"), [("7d", 7), ("12h", 0.5), ("2w", 14), ("3", 3), ("0", 0), ("1.5d", 1.5)])
def test_a_time_is_in_days(text: str, days: float) -> None:
    """With a letter for hours, days or weeks."""
    assert fix_options._days(text) == days


@pytest.mark.parametrize("text", ["", "d", "-1", "7y", "nan", "inf", "7 d d", "\u0667"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """In words."""
    with pytest.raises(ArgumentTypeError, match="is not a time such as 7d"):
        fix_options._days(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--write", "--dry-run"), "--write does not go with --dry-run"),
        (("-f", "html"), "'html' is not a report format"),
        (("-f", "json", "--output", "patch"), "two formats of the report go to stdout"),
        (("-o", "requirements.txt"), "is what is audited"),
        (("--max-level", "huge"), "--max-level"),
        (("--min-severity", "bad"), "--min-severity"),
        (("--cooldown", "soon"), "is not a time"),
        (("--no-deps", "--path", "x"), "has no effect"),
        (("--baseline", "x"), "unknown option --baseline"),
    ],
)
def test_wrong_usage_is_told(person: Person, arguments: tuple[str, ...], said: str) -> None:
    """Exit 2, and nothing is done."""
    target_of = (
        ("-r", "requirements.txt") if "-o" in arguments else () if "--path" in arguments else ("requirements.txt",)
    )
    told = person.types("fix", *target_of, *arguments)
    assert (told.code, said in told.stderr) == (2, True), told.stderr


def test_the_flag_goes_with_what_can_be_fixed(person: Person) -> None:
    """Not with --ranges, nor with --recursive, which the command itself takes."""
    assert person.types("requirements.txt", "--fix", "--ranges").code == 2
    said = person.types("-R", ".", "--fix")
    assert (said.code, "pip-assay fix --recursive FOLDER --write" in said.stderr) == (2, True)


def test_the_next_command_shows_no_password(person: Person) -> None:
    """An address of an index may hold one."""
    address = "https://ann:secret@index.example/simple"
    assert fix._again(("r.txt", "--index-url", address, "--dry-run")) == (
        "pip-assay fix --write r.txt --index-url https://index.example/simple"
    )
    assert (
        "secret" not in person.types("fix", "-r", "requirements.txt", "--extra-index-url", address, "--offline").stdout
    )


@pytest.mark.parametrize("how", [("-f", "json=PLACE"), ("-o", "PLACE"), ("-f", "terminal", "-f", "patch=PLACE")])
@pytest.mark.parametrize("place", ["lock.txt", "link.txt", "lock.in", "clean.txt"])
def test_what_is_fixed_is_never_written_over_by_the_report(person: Person, how: tuple[str, ...], place: str) -> None:
    """A file that is read for the plan is refused as the place of a report, by whatever name; nothing is written."""
    head = "# This file was autogenerated by uv via the following command:\n#    uv pip compile lock.in -o lock.txt\n"
    Path("lock.txt").write_text(head + lock())
    Path("lock.in").write_text("alpha\nclean\n")
    Path("clean.txt").write_text(lock(alpha="2.1"))
    os.symlink("lock.txt", "link.txt")
    names = sorted(os.listdir())
    before = {name: read(name) for name in ("lock.txt", "lock.in", "clean.txt")}
    asked = [each.replace("PLACE", place) for each in how]
    said = person.types("fix", "./lock.txt", "./clean.txt", "--write", *asked)
    assert said.code == 2
    assert said.stderr.endswith("would be overwritten; name another file for the report\n") or (
        f"{place}: is what is audited, and would be overwritten" in said.stderr
    )
    assert "writing the plan" not in said.stderr
    assert (before, sorted(os.listdir())) == ({name: read(name) for name in before}, names)


def test_a_tree_is_not_written_over_by_the_report(person: Person) -> None:
    """Nor by that of pip-audit's flag: a file that was found in a folder, with findings or without."""
    Path("one").mkdir()
    Path("one/requirements.txt").write_text(lock(alpha="2.1"))
    before = read("one/requirements.txt")
    for line in (("fix", "-R", ".", "--write"), ("fix", "one", "."), ("one", "--fix")):
        said = person.types(*line, "-o", "one/requirements.txt", "-f", "json")
        assert said.code == 2, said.stdout + said.stderr
        assert "one/requirements.txt: is what is fixed, and would be overwritten" in said.stderr
    assert (read(), read("one/requirements.txt")) == (lock(), before)


def test_a_plan_that_could_not_be_written_is_told_so(person: Person) -> None:
    """A link is refused without --write as with it, and nothing else says that it would do."""
    os.symlink("requirements.txt", "link.txt")
    dry = person.types("fix", "link.txt")
    assert (dry.code, "would be settled" in dry.stdout, "Next:" in dry.stdout) == (3, False, False)
    told = "link.txt: is a link to"
    assert told in dry.stdout
    assert told in person.types("fix", "link.txt", "--write").stdout
    patch = person.types("fix", "link.txt", "-f", "patch")
    assert (patch.stdout, patch.code, told in patch.stderr) == ("", 3, True)


def test_why_there_is_only_advice_is_told_in_any_format(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a resolver, on stderr: with the line that installs one."""
    monkeypatch.setattr("pip_assay.sources.resolve.programs.find_uv", lambda *_: None)
    for name in ("patch", "json", "markdown"):
        said = person.types("fix", "requirements.txt", "-f", name)
        assert "pip-assay: no resolver was found, so nobody knows" in said.stderr
        assert "pip install 'pip-assay[fix]'" in said.stderr


def test_a_tree_without_targets_says_what_was_looked_for(person: Person) -> None:
    """And where, and what to do."""
    Path("empty").mkdir()
    said = person.types("fix", "-R", "empty")
    assert said.code == 3
    assert "pip-assay: empty: holds nothing to fix, at any depth: no lock, requirements file" in said.stderr


def test_a_full_scratch_folder_is_named(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do; any other fault of the disk is told of the file that has it."""
    folder = tempfile.gettempdir()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(steps, "fix", full)
    said = person.types("fix", "requirements.txt")
    words = (
        "is where a fix is tried, and has no room for it (no space left on device); make room there, or name another"
    )
    assert (said.code, said.stderr) == (3, f"pip-assay: {folder}: {words} folder with TMPDIR\n")

    def other(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "here.txt")

    monkeypatch.setattr(steps, "fix", other)
    assert person.types("fix", "requirements.txt").stderr == "pip-assay: here.txt: no space left on device\n"


def test_what_has_no_flaw_follows_what_it_builds_on_in_a_tree(person: Person) -> None:
    """Also where an audit of it alone finds nothing to settle."""
    head = "# This file was autogenerated by uv via the following command:\n#    uv pip compile {0}.in -o {0}.txt\n"
    folder = Path("wheels").resolve()
    wheel(folder, "web", "1.0", ["alpha<2"])
    wheel(folder, "web", "2.0", ["alpha>=2"])
    links = f"--no-index\n--find-links {folder}\n"
    files = {"requirements": ("alpha\nweb\n", "alpha==1.2\nweb==1.0\n"), "requirements-dev": ("", "web==1.0\n")}
    Path("tree").mkdir()
    for name, (source, pins) in files.items():
        Path(f"tree/{name}.in").write_text(f"{links}{source or '-c requirements.txt' + chr(10) + 'web' + chr(10)}")
        Path(f"tree/{name}.txt").write_text(head.format(name) + links + pins)
    said = person.types("fix", "-R", "tree", "--write", "--no-deps")
    assert said.code == 0, said.stdout + said.stderr
    assert "alpha==2.1\nweb==2.0\n" in read("tree/requirements.txt")
    assert "web==2.0\n" in read("tree/requirements-dev.txt")
    assert "tree/requirements-dev.txt: 2 changes, so that it fits what it builds on.\n" in said.stdout
    assert "Written: tree/requirements-dev.txt, tree/requirements.txt." in said.stdout


def test_a_report_that_cannot_be_written_is_told(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3, whatever was found; a device is written to."""
    assert person.types("fix", "requirements.txt", "-o", os.devnull).code == 0
    said = person.types("fix", "requirements.txt", "-o", "nowhere/report.txt")
    assert (said.code, "nowhere/report.txt: cannot be written" in said.stderr) == (3, True)

    def full(_: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output, "emit", full)
    assert "standard output: cannot be written" in person.types("fix", "requirements.txt").stderr


def test_a_patch_on_a_terminal_is_harmless(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """There nobody applies it, and a terminal would obey what a file holds."""
    Path("requirements.txt").write_bytes(lock("# \x1b[2Jevil").encode())
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    said = person.types("fix", "requirements.txt", "-f", "patch")
    assert "\x1b" not in said.stdout
    assert "+alpha==2.1" in said.stdout


def test_settings_files_say_nothing_of_its_format(person: Person) -> None:
    """A project whose audits are written as SARIF is fixed all the same, with its ignores."""
    ignores = [f'[[ignore]]\nid = "PYSEC-2026-{number}"\nreason = "so"\n' for number in (1, 2)]
    Path("pip-assay.toml").write_text('format = "sarif"\n' + "".join(ignores))
    said = person.types("fix", "requirements.txt")
    assert (said.stdout, said.code) == ("requirements.txt: nothing to settle.\n", 0)


def test_the_command_is_completed_and_documented() -> None:
    """Its parser is one of those that completions and the manual are made of."""
    found = {each.words: each for each in grammar.commands()}["fix"]
    names = {name for option in found.options for name in option.names}
    assert {"--write", "--max-level", "--only", "--cooldown", "--relax", "-r", "--path", "--db", "-f"} <= names
    assert {"--ranges", "--baseline"}.isdisjoint(names)
    words = {name: option.words for option in found.options for name in option.names}
    assert (words["-f"], words["--only"]) == (("terminal", "json", "markdown", "patch"), ())
    assert words["--max-level"] == ("patch", "minor", "major")


def _plan() -> Plan:
    return Plan(target({"alpha": "1.2"}))
