"""Settings files: which one holds, what it may say, what wins, and what is said of a mistake."""

from pathlib import Path

import jsonschema
import pytest

from pip_assay import policy
from pip_assay.cli import main
from pip_assay.configuration import keys, layers, nearest, policies, schema
from pip_assay.errors import UsageError
from pip_assay.model import PYPI, Dependency, Finding, Pin, Place
from pip_assay.policy import threshold
from pip_assay.settings import Outside, Settings

NOTHING_GIVEN = Settings()
HOME = {"XDG_CONFIG_HOME": "/nowhere"}


def outside(folder: Path, **environ: str) -> Outside:
    return Outside({**HOME, **environ}, str(folder), 1_795_305_600.0)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_nearest_file_holds_and_no_other(tmp_path: Path) -> None:
    """A part of a monorepo with settings of its own is on its own; one without has those above it."""
    write(tmp_path / "pyproject.toml", '[tool.pip-assay]\nfail-on = "high"\n')
    write(tmp_path / "one" / "pip-assay.toml", 'fail-on = ["critical"]\n')
    write(tmp_path / "one" / "uv.lock", "")
    write(tmp_path / "two" / "pyproject.toml", '[project]\nname = "two"\n')
    write(tmp_path / "two" / "uv.lock", "")
    made = policies.Policies(Settings(), outside(tmp_path))
    assert made.of("one/uv.lock").fail_on == threshold(["critical"])
    assert made.of("one/uv.lock").fail_on_rule == "fail-on critical (one/pip-assay.toml:1)"
    assert made.of("two/uv.lock").fail_on == threshold(["high"])
    assert made.of("two").fail_on == threshold(["high"])
    assert made.of("command line").fail_on == threshold(["high"])


def test_an_environment_has_the_settings_of_the_folder_that_it_lies_in(tmp_path: Path) -> None:
    """What an installed package brings along sets nothing."""
    write(tmp_path / "pip-assay.toml", "strict = true\n")
    write(tmp_path / ".venv" / "pyvenv.cfg", "")
    write(tmp_path / ".venv" / "pip-assay.toml", "strict = false\n")
    assert policies.Policies(Settings(), outside(tmp_path)).of(".venv").strict


def test_the_search_ends_at_the_top_of_the_repository(tmp_path: Path) -> None:
    """What lies above a repository does not belong to it."""
    write(tmp_path / "pip-assay.toml", "strict = true\n")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert nearest.nearest(str(tmp_path / "repository")) == ""
    assert nearest.nearest(str(tmp_path)) == str(tmp_path / "pip-assay.toml")


def test_a_shared_folder_holds_no_settings(tmp_path: Path) -> None:
    """Nobody plants settings in /tmp above a project; a volume on which everything is open to all has its own."""
    file = write(tmp_path / "pip-assay.toml", "strict = true\n")
    tmp_path.chmod(0o777)
    assert nearest.nearest(str(tmp_path)) == str(file)
    tmp_path.chmod(0o1777)
    assert nearest.nearest(str(tmp_path)) == ""


def test_its_own_file_wins_in_a_folder_that_has_both(tmp_path: Path) -> None:
    """As ruff.toml wins over pyproject.toml."""
    write(tmp_path / "pip-assay.toml", "strict = true\n")
    write(tmp_path / "pyproject.toml", "[tool.pip-assay]\nstrict = false\n")
    assert nearest.nearest(str(tmp_path)) == str(tmp_path / "pip-assay.toml")


def test_the_later_layer_wins(tmp_path: Path) -> None:
    """The user's own file, the project's, a variable, an option: each overrides those before it."""
    user = write(tmp_path / "home" / "pip-assay" / "pip-assay.toml", 'fail-on = "low"\nunknown = "pass"\n')
    environ = {"XDG_CONFIG_HOME": str(user.parents[1])}
    project = tmp_path / "project"
    project.mkdir()

    def words(settings: Settings = NOTHING_GIVEN, **more: str) -> str:
        return policies.Policies(settings, outside(project, **environ, **more)).of("x").fail_on.words

    assert words() == "low"
    write(project / "pip-assay.toml", 'fail-on = "medium"\n')
    assert words() == "medium"
    assert words(PIP_ASSAY_FAIL_ON="high, exploited") == "high, exploited"
    assert words(Settings(fail_on=("critical",)), PIP_ASSAY_FAIL_ON="high") == "critical"
    made = policies.Policies(Settings(), outside(project, **environ)).of("x")
    assert not made.unknown_fails


def test_ignores_and_names_of_ones_own_add_up(tmp_path: Path) -> None:
    """Decisions of the user's own file, of the project's and of options hold side by side."""
    user = write(tmp_path / "home" / "pip-assay" / "pip-assay.toml", 'internal = "acme-*"\n')
    project = tmp_path / "project"
    text = 'internal = ["tool-*"]\n\n[[ignore]]\nid = "CVE-2026-1"\nreason = "x"\nexpires = 2026-12-31\n'
    write(project / "pip-assay.toml", text)
    given = outside(project, XDG_CONFIG_HOME=str(user.parents[1]))
    made = policies.Policies(Settings(ignored=("CVE-2026-2",)), given).of("x")
    assert set(made.internal) == {"acme-*", "tool-*"}
    rules = [(each.id, each.rule, each.expires) for each in made.ignores]
    assert rules == [
        ("CVE-2026-2", "--ignore-vuln CVE-2026-2", ""),
        ("CVE-2026-1", "pip-assay.toml:3", "2026-12-31"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('fail-onn = "high"', "pip-assay.toml:1: there is no setting 'fail-onn'; did you mean fail-on?"),
        ("strict = 3", "pip-assay.toml:1: strict is not true or false; "),
        ('\nunknown = "maybe"', "pip-assay.toml:2: unknown is 'maybe', which is not one of: fail, pass; "),
        ('fail-on = "severe"', "pip-assay.toml:1: fail-on: 'severe' is not a condition; choose from: "),
        ('osv-url = "https://osv.example"', "pip-assay.toml:1: osv-url is not for a project to set"),
        ("timeout = -1", "pip-assay.toml:1: timeout is not a number from 0 to 10000000; "),
        ("internal = [1]", "pip-assay.toml:1: internal is not a list of texts; "),
        ("strict = ", "pip-assay.toml:1: is not valid TOML (invalid value); correct it"),
        ('[[ignore]]\nid = "X"', 'pip-assay.toml:1: the ignore has no reason; write reason = "..."'),
        (
            '[[ignore]]\nid = "X"\nreason = "y"\nuntil = 1',
            "there is no key 'until' of an ignore; did you mean until-fixed",
        ),
        ('[[ignore]]\nid = "X"\nreason = "y"\nexpires = "soon"', "expires of the ignore is not a day; "),
        ('[[ignore]]\nid = "X"\nreason = "y"\nversions = "2"', "versions of the ignore is '2'; write a specifier"),
        ('[[ignore]]\nid = "X"\nreason = "y"\ngroups = "dev"', "groups of the ignore is not a list of texts; "),
        ('[[ignore]]\nid = 1\nreason = "y"', "id of the ignore is not a text; "),
        ('[[ignore]]\nid = "X"\nreason = "y"\nuntil-fixed = 1', "until-fixed of the ignore is not true or false; "),
        ("ignore = 3", "pip-assay.toml:1: ignore is not a list of tables; "),
        ('[groups.dev]\nfail = "x"', "there is no setting 'fail' of a group; did you mean fail-on?"),
        ("groups = 3", "pip-assay.toml:1: groups is not a table of tables; write [groups.NAME]"),
        ("[groups]\ndev = 3", "pip-assay.toml:1: dev is not a table; write [groups.dev]"),
        ('\n[bundled]\nfail-onn = "x"', "2: there is no setting 'fail-onn' of what is bundled; did you mean fail-on?"),
        ("bundled = true", "pip-assay.toml:1: bundled is not a table; write [bundled]"),
        ("[bundled]\nfail-on = 3", "pip-assay.toml:2: fail-on is not a list of texts; "),
        ('[bundled]\nfail-on = "severe"', "pip-assay.toml:2: fail-on: 'severe' is not a condition; choose from: "),
        ('bundle = "x"', "there is no setting 'bundle'; did you mean bundled?"),
        ('format = ["json=../.bashrc"]', "pip-assay.toml:1: format names a file, which is not for a project to say; "),
        ('format = "html=report.html"', "format names a file"),
        ('service = "osv"', "pip-assay.toml:1: service is not for a project to set"),
        ("max-db-age = 1e9", "max-db-age is not for a project to set"),
        ('internal = ["*"]', "pip-assay.toml:1: internal names '*', which is every project; name your own: acme-*"),
        ('vex = ["../secret.json"]', "vex names '../secret.json', which is not beside the settings file or below it; "),
        ('vex = "/etc/passwd"', "vex names '/etc/passwd', which is not beside"),
        ("timeout = 1e300", "timeout is not a number from 0 to 10000000; "),
        ("[tool.pip-assay]\nstrict = true", "its keys stand under [tool.pip-assay]; leave that header out"),
        ('[[ignore]]\nid = "X"\nreason = "  "', "the ignore has no reason; "),
        ('[[ignore]]\nid = "X"\nreason = "y"\nexpires = ""', "expires of the ignore is not a day; "),
        ('[[ignore]]\nid = "X"\nreason = "y"\nexpires = false', "expires of the ignore is not a day; "),
        ('[[ignore]]\nid = "X"\nreason = "y"\njustification = "no"', "justification of the ignore is 'no'; "),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    """What, where, and what to do, in one sentence; nothing is audited with half of the settings."""
    write(tmp_path / "pip-assay.toml", text)
    with pytest.raises(UsageError) as raised:
        policies.Policies(Settings(), outside(tmp_path)).of("x")
    assert said in str(raised.value)


def test_a_variable_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A typing error in a variable is no default."""
    with pytest.raises(UsageError, match=r"^PIP_ASSAY_STRICT: is .maybe., which is not true or false"):
        policies.Policies(Settings(), outside(tmp_path, PIP_ASSAY_STRICT="maybe")).of("x")


def test_groups_have_thresholds_of_their_own(tmp_path: Path) -> None:
    """[tool.pip-assay.groups.dev] fail-on; an option for all overrides them."""
    write(
        tmp_path / "pyproject.toml", '[tool.pip-assay]\nstrict = true\n[tool.pip-assay.groups.dev]\nfail-on = "never"\n'
    )
    (group,) = policies.Policies(Settings(), outside(tmp_path)).of("x").groups
    assert (group.name, group.fail_on.never, group.rule) == ("dev", True, "fail-on never of dev (pyproject.toml:4)")
    assert policies.Policies(Settings(fail_on=("low",)), outside(tmp_path)).of("x").groups == ()


def test_what_is_bundled_has_a_threshold_of_its_own(tmp_path: Path) -> None:
    """[tool.pip-assay.bundled] fail-on, or [bundled] in a file of ours; an option for all overrides it."""
    write(
        tmp_path / "pyproject.toml",
        '[tool.pip-assay]\nfail-on = "high"\n\n[tool.pip-assay.bundled]\nfail-on = "critical"\n',
    )
    bundled = policies.Policies(Settings(), outside(tmp_path)).of("x").bundled
    assert bundled
    assert bundled.fail_on == threshold(["critical"])
    assert bundled.rule == "fail-on critical of bundled (pyproject.toml:5)"
    assert policies.Policies(Settings(fail_on=("low",)), outside(tmp_path)).of("x").bundled is None
    write(tmp_path / "pip-assay.toml", 'bundled = { fail-on = ["never"] }\n')
    bundled = policies.Policies(Settings(), outside(tmp_path)).of("x").bundled
    assert bundled
    assert (bundled.fail_on.never, bundled.rule) == (True, "fail-on never of bundled (pip-assay.toml:1)")
    write(tmp_path / "pip-assay.toml", "[bundled]\n[groups.dev]\n")
    made = policies.Policies(Settings(), outside(tmp_path)).of("x")
    assert (made.bundled, made.groups) == (None, ())


def test_your_own_file_says_what_is_bundled_unless_the_project_does(tmp_path: Path) -> None:
    """As of every threshold, the project's word counts before the person's."""
    user = write(tmp_path / "home" / "pip-assay" / "pip-assay.toml", '[bundled]\nfail-on = "never"\n')
    project = tmp_path / "project"
    write(project / "pip-assay.toml", "strict = true\n")
    given = outside(project, XDG_CONFIG_HOME=str(user.parents[1]))
    bundled = policies.Policies(Settings(), given).of("x").bundled
    assert bundled
    assert bundled.rule == f"fail-on never of bundled ({user}:2)"
    write(project / "pip-assay.toml", '[bundled]\nfail-on = "low"\n')
    bundled = policies.Policies(Settings(), given).of("x").bundled
    assert bundled
    assert bundled.fail_on == threshold(["low"])


@pytest.mark.parametrize("name", ["no-dev", "no-bundled"])
def test_a_switch_is_set_by_files_variables_and_options(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file says it, a variable outweighs the file, and the option both: `audit` and `config show` agree."""
    seen: list[Settings] = []

    def stop(settings: Settings, *_: object, **__: object) -> None:
        seen.append(settings)
        raise UsageError("stop")

    field = name.replace("-", "_")
    variable = f"PIP_ASSAY_{field.upper()}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setattr("pip_assay.flow.audit", stop)
    for file, value, options, expected, where in (
        ("", "", (), False, ""), ("true", "", (), True, "(pip-assay.toml:1)"), ("true", "off", (), False, variable),
        ("", "1", (), True, variable), ("false", "", (f"--{name}",), True, ""), ("", "no", (f"--{name}",), True, ""),
    ):  # fmt: skip
        write(tmp_path / "pip-assay.toml", f"{name} = {file}\n" if file else "")
        monkeypatch.setenv(variable, value)
        assert main([*options, "x.txt"]) == 2
        assert getattr(seen[-1], field) is expected
        capsys.readouterr()
        if not options:
            assert main(["config", "show"]) == 0
            (line,) = [each for each in capsys.readouterr().out.splitlines() if each.startswith(f"{name} ")]
            assert line.split()[1] == str(expected).lower()
            assert where in line


def test_config_show_tells_what_is_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rule, and where it was said."""
    write(tmp_path / "pip-assay.toml", '[bundled]\nfail-on = ["critical", "exploited"]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    assert main(["config", "show"]) == 0
    assert "\nbundled: fail-on critical, exploited of bundled (pip-assay.toml:2)\n" in capsys.readouterr().out


def test_a_file_that_is_named_holds_for_all(tmp_path: Path) -> None:
    """--config FILE is read in place of any other, and may set what a project may not; --no-config reads none."""
    write(tmp_path / "pip-assay.toml", "strict = true\n")
    named = write(tmp_path / "ci.toml", 'osv-url = "https://osv.example"\n')
    made = policies.Policies(Settings(config=str(named)), outside(tmp_path))
    assert not made.of("x").strict
    said = layers.read(HOME, str(tmp_path), str(named)).said(keys.BY_NAME["osv-url"])
    assert said == layers.Said("https://osv.example", f"{named}:1")
    assert not policies.Policies(Settings(no_config=True), outside(tmp_path)).of("x").strict


def test_a_pyproject_of_others_is_not_ours(tmp_path: Path) -> None:
    """A file that only depends on pip-assay holds no settings; one that cannot be parsed is left to its readers."""
    write(tmp_path / "pyproject.toml", '[dependency-groups]\ndev = ["pip-assay"]\n')
    assert nearest.nearest(str(tmp_path)) == ""
    write(tmp_path / "pyproject.toml", 'dev = ["pip-assay"\n')
    assert nearest.nearest(str(tmp_path)) == ""
    write(tmp_path / "pyproject.toml", "[tool.pip-assay]\nstrict = \n")
    assert nearest.nearest(str(tmp_path)) != ""


def test_the_schema_is_one_and_takes_what_is_read() -> None:
    """JSON Schema 2020-12; a file that it takes is read, and what is refused here it refuses."""
    document = schema.document()
    jsonschema.Draft202012Validator.check_schema(document)
    validator = jsonschema.Draft202012Validator(document)
    good = {
        "fail-on": ["high", "fixable"], "internal": "acme-*", "offline": True, "timeout": 3,
        "ignore": [{"id": "CVE-2026-1", "reason": "x", "expires": "2026-12-31"}],
        "groups": {"dev": {"fail-on": "never"}}, "bundled": {"fail-on": ["critical"]}, "no-bundled": True,
    }  # fmt: skip
    validator.validate(good)
    for wrong in (
        {"strict": 3},
        {"fail-onn": "x"},
        {"ignore": [{"id": "x"}]},
        {"groups": {"dev": {"fail": "x"}}},
        {"bundled": True},
        {"bundled": {"x": 1}},
    ):
        assert not validator.is_valid(wrong)
    published = Path(schema.__file__).with_name("settings-1.schema.json")
    assert published.read_text() == schema.text(), "pip-assay config schema > settings-1.schema.json"


@pytest.mark.parametrize(
    "text",
    [
        "[tool.pip-assay]\nstrict = true\n",
        "[ tool . 'pip-assay' ]\nstrict = true\n",
        "[tool]\npip-assay = { strict = true }\n",
        "[tool]\npip-assay.strict = true\n",
        "tool.pip-assay.strict = true\n",
        "tool = { pip-assay = { strict = true } }\n",
        "[tool.pip-assay.groups.dev]\nfail-on = 'never'\n[tool.pip-assay]\nstrict = true\n",
    ],
)
def test_every_spelling_of_the_table_is_seen(tmp_path: Path, text: str) -> None:
    """A file is not parsed unless it may hold settings; no way of writing them in TOML is missed."""
    write(tmp_path / "pyproject.toml", text)
    assert policies.Policies(Settings(), outside(tmp_path)).of("x").strict


def test_a_project_does_not_open_the_network_that_its_user_has_closed(tmp_path: Path) -> None:
    """Offline may be asked for by a project, and is taken back by nobody but the person."""
    user = write(tmp_path / "home" / "pip-assay" / "pip-assay.toml", "offline = true\n")
    project = tmp_path / "project"
    write(project / "pip-assay.toml", "offline = false\n")
    key = keys.BY_NAME["offline"]

    def said(**environ: str) -> layers.Said | None:
        return layers.read(environ, str(project)).said(key)

    assert said(XDG_CONFIG_HOME=str(user.parents[1])) == layers.Said(True, f"{user}:1")
    assert said(XDG_CONFIG_HOME=str(user.parents[1]), PIP_ASSAY_OFFLINE="no") == layers.Said(False, "PIP_ASSAY_OFFLINE")
    assert said(**HOME) is None
    write(project / "pip-assay.toml", "offline = true\n")
    assert said(**HOME) == layers.Said(True, "pip-assay.toml:1")


def test_a_byte_order_mark_hides_no_settings(tmp_path: Path) -> None:
    """What an editor of Windows puts before the first header."""
    (tmp_path / "pyproject.toml").write_bytes(b"\xef\xbb\xbf[tool.pip-assay]\nstrict = true\n")
    assert policies.Policies(Settings(), outside(tmp_path)).of("x").strict


def test_a_file_that_cannot_be_looked_into_is_not_passed_over(tmp_path: Path) -> None:
    """A pyproject.toml of more than 4 MB may hold settings: the run ends and says so."""
    write(tmp_path / "pyproject.toml", f"[tool.pip-assay]\nstrict = true\n# {'x' * 5_000_000}\n")
    with pytest.raises(UsageError, match=r"^pyproject.toml: is larger than 4.2 MB; "):
        policies.Policies(Settings(), outside(tmp_path)).of("x")


def test_the_path_of_an_ignore_is_held_against_the_folder_of_its_file(tmp_path: Path) -> None:
    """Wherever one stands, and however the target is named."""
    write(tmp_path / "[odd]" / "pip-assay.toml", '[[ignore]]\nid = "X"\nreason = "y"\npath = "services/*/uv.lock"\n')
    lock = write(tmp_path / "[odd]" / "services" / "one" / "uv.lock", "")

    def silenced(here: Path, target: str) -> bool:
        made = Finding("X", (), Dependency(Pin(PYPI, "x", "1"), Place(target, 1)), ())
        rules = policies.Policies(Settings(), outside(here)).of(target)
        return policy.verdicts([made], rules, target)[0].status == "ignored"

    assert silenced(tmp_path / "[odd]", "services/one/uv.lock")
    assert silenced(tmp_path / "[odd]", "./services/one/../one/uv.lock")
    assert silenced(tmp_path / "[odd]", str(lock))
    assert silenced(lock.parent, "uv.lock")
    assert silenced(tmp_path, "[odd]/services/one/uv.lock")
    assert not silenced(tmp_path / "[odd]", "tools/uv.lock")


def test_ignores_that_share_a_line_are_told_apart(tmp_path: Path) -> None:
    """A list on one line: each is a rule of its own, so that one which is unused does not hide."""
    write(tmp_path / "pip-assay.toml", 'ignore = [{ id = "X", reason = "a" }, { id = "X", reason = "b" }]\n')
    rules = [each.rule for each in policies.Policies(Settings(), outside(tmp_path)).of("x").ignores]
    assert rules == ["pip-assay.toml:1 (ignore 1)", "pip-assay.toml:1 (ignore 2)"]
