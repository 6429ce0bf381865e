"""Completion scripts and the manual page: made of the parsers, and tried in the shells themselves."""

import re
import shlex
import shutil
import subprocess
from argparse import SUPPRESS
from pathlib import Path

import pytest
from docs.make_man import page

from pip_assay.cli import COMMANDS, grammar, main, shells
from pip_assay.reports import FORMATS

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "pip-assay.1"


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with something to complete."""
    for name in ("uv.lock", "my notes.txt", "my $(touch gone) `list`.txt"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    return tmp_path


def script(shell: str) -> str:
    return {"bash": shells.bash, "zsh": shells.zsh, "fish": shells.fish}[shell](
        grammar.commands(), grammar.first_words()
    )


def bash(folder: Path, *words: str) -> list[str]:
    """Return what bash offers for the last word. As readline does, "=" stands alone."""
    program = (
        'source script.bash; complete -p pip-assay >&2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pip_assay\n'
        '[[ ${#COMPREPLY[@]} == 0 ]] || printf "%s\\n" "${COMPREPLY[@]}"'
    )
    (folder.parent / "script.bash").write_text(script("bash"), encoding="utf-8")
    program = program.replace("script.bash", shlex.quote(str(folder.parent / "script.bash")))
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-u", "-c", program, "bash", "pip-assay", *words],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == "complete -F _pip_assay pip-assay\n"
    return done.stdout.splitlines()


def fish(folder: Path, line: str) -> set[str]:
    """Return what fish offers at the end of the line, without the descriptions."""
    file = folder.parent / "script.fish"
    file.write_text(script("fish"), encoding="utf-8")
    program = f"source {shlex.quote(str(file))}; complete -C {shlex.quote('pip-assay ' + line)}"
    environ = {"HOME": str(folder.parent), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["fish", "--no-config", "-c", program], cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return {each.partition("\t")[0] for each in done.stdout.splitlines()}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_takes_its_script(shell: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The command prints a script that the shell itself finds in order, and says how to use it."""
    assert main(["completion", shell]) == 0
    printed = capfd.readouterr().out
    assert printed == script(shell)
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / f"script.{shell}"
    file.write_text(printed, encoding="utf-8")
    done = subprocess.run([shell, "-n", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_there_is_no_other_shell(capfd: pytest.CaptureFixture[str]) -> None:
    """A shell that is not known is wrong usage."""
    assert main(["completion", "tcsh"]) == 2
    assert capfd.readouterr().err == (
        "pip-assay: completion knows no shell 'tcsh'; choose one of: bash, zsh, fish\n"
    )  # fmt: skip


@needs("bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["chec"], ["check"]),
        (["u"], ["uv.lock"]),
        (["db", ""], ["import", "update", "info", "export", "verify", "wheel", "keygen"]),
        (["db", "up"], ["update"]),
        (["db", "import", "uv"], ["uv.lock"]),
        (["db", "import", "--repl"], ["--replace"]),
        (["uv.lock", "--offl"], ["--offline"]),
        (["-f", "sar"], ["sarif"]),
        (["-f", "sarif", "=", "uv"], ["uv.lock"]),
        (["--fail-on", "=", "hi"], ["high"]),
        (["--fail-on", "="], ["low", "medium", "high", "critical", "exploited", "fixable", "informational"]),
        (["--fail-on", "cr"], ["critical"]),
        (["--progress-spinner", "o"], ["on", "off"]),
        (["--path", ""], ["sub"]),
        (["-r", "my n"], ["my notes.txt"]),
        (["--group", ""], []),
        (["show", "-f", ""], ["terminal", "json"]),
        (["config", "sch"], ["schema"]),
        (["completion", "z"], ["zsh"]),
        (["why", "--no-d"], ["--no-deps"]),
        (["--no-such-op"], []),
    ],
)
def test_bash_completes(words: list[str], offered: list[str], folder: Path) -> None:
    """What bash offers for the last of these words is exactly this."""
    assert bash(folder, *words) == offered


@needs("bash")
def test_bash_runs_nothing_that_a_file_is_called(folder: Path) -> None:
    """Names of files are offered as they are, and never run."""
    assert "my $(touch gone) `list`.txt" in bash(folder, "-r", "my")
    assert not (folder / "gone").exists()


@needs("bash")
def test_bash_offers_every_option_of_every_command(folder: Path) -> None:
    """Whatever a parser takes is offered after its words, and nothing else is."""
    for words, parser in grammar.parsers().items():
        known = [name for each in parser._actions if each.help != SUPPRESS for name in each.option_strings]
        assert bash(folder, *words.split(), "-") == known, words


@needs("fish")
def test_fish_completes(folder: Path) -> None:
    """What fish offers at the end of a line."""
    assert fish(folder, "chec") == {"check"}
    assert fish(folder, "db u") >= {"update"}
    assert fish(folder, "db import u") == {"uv.lock"}
    assert fish(folder, "uv.lock --offl") == {"--offline"}
    assert fish(folder, "-f sar") == {"sarif"}
    assert fish(folder, "--fail-on=hi") == {"--fail-on=high"}
    assert fish(folder, "--path s") == {"sub/"}
    assert fish(folder, "--group ") == set()
    assert fish(folder, "config sch") >= {"schema"}
    assert "--replace" not in fish(folder, "uv.lock --repl")


@needs("zsh")
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("db upd", "pip-assay db update"),
        ("uv.lock --offl", "pip-assay uv.lock --offline"),
        ("--fail-on=hi", "pip-assay --fail-on=high"),
        ("-f sarif=uv", "pip-assay -f sarif=uv.lock"),
        ("db import uv", "pip-assay db import uv.lock"),
        ("config sch", "pip-assay config schema"),
    ],
)
def test_zsh_completes(typed: str, shown: str, folder: Path) -> None:
    """What stands on the line of a real zsh after a tabulator. The terminal is read until it does."""
    file = folder.parent / "script.zsh"
    file.write_text(script("zsh"), encoding="utf-8")
    program = f"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source {file}; print rea''dy"
zpty -r shell seen '*ready*'
zpty -w -n shell {shlex.quote("pip-assay " + typed)}$'\\t'
zpty -r shell seen {shlex.quote(f"*{shown}*".replace("-", "?"))} && print found
zpty -d shell
"""
    environ = {"HOME": str(folder.parent), "PATH": "/usr/bin:/bin", "TERM": "dumb"}
    done = subprocess.run(
        ["zsh", "-f", "-c", program], cwd=folder, env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "found\n"


def test_every_command_is_in_the_grammar() -> None:
    """The grammar holds every command that the program knows, with what it says about itself."""
    assert list(grammar.first_words()) == list(COMMANDS)
    for command in grammar.commands():
        assert command.about, command
        assert ("-h", "--help") in [option.names for option in command.options]
    audit = grammar.commands()[0]
    (formats,) = [each for each in audit.options if "--format" in each.names]
    assert formats.words == FORMATS


def test_the_manual_page_is_that_of_the_program(request: pytest.FixtureRequest) -> None:
    """The committed page is what the parsers say today (pytest --update)."""
    if request.config.getoption("--update"):
        MANUAL.write_text(page(), encoding="utf-8")
    assert MANUAL.read_text(encoding="utf-8") == page()


def rendered() -> str:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-rLL=200n", str(MANUAL)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)


@needs("groff")
def test_the_manual_page_renders_without_a_warning() -> None:
    """Groff finds nothing to warn of, and every option and command of the program can be read on the page."""
    text = rendered()
    for words, parser in grammar.parsers().items():
        assert words == "audit" or f"PIP-ASSAY {words.upper()}" in text
        for action in parser._actions:
            for name in action.option_strings if action.help != SUPPRESS else ():
                assert name in text, (words, name)
    assert "\\" not in text
    assert "(dq" not in text
