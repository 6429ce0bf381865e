"""`pip-assay completion bash|zsh|fish`: what makes a shell complete our commands, options, their words and files."""

from collections.abc import Sequence

from pip_assay.cli import options, output
from pip_assay.errors import CLEAN, UsageError

USAGE = "pip-assay completion bash | zsh | fish"
ABOUT = "Print what makes a shell complete the commands and options of pip-assay, and what they take."
ENDING = """\
bash  eval "$(pip-assay completion bash)"                 in ~/.bashrc
zsh   eval "$(pip-assay completion zsh)"                  in ~/.zshrc, after compinit
fish  pip-assay completion fish > ~/.config/fish/completions/pip-assay.fish

exit codes: 0 printed; 2 wrong usage.
"""
SHELLS = ("bash", "zsh", "fish")


def run(arguments: Sequence[str]) -> int:
    """Return 0, having printed the script."""
    found = _parser().parse_args(arguments)
    if found.shell not in SHELLS:
        hint = f"choose one of: {', '.join(SHELLS)}"
        raise UsageError(f"completion knows no shell {found.shell!r}", hint=hint)
    from pip_assay.cli import grammar, shells

    script = {"bash": shells.bash, "zsh": shells.zsh, "fish": shells.fish}[found.shell]
    output.emit(script(grammar.commands(), grammar.first_words()))
    return CLEAN


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"completion": _parser()}


def _parser() -> options.Parser:
    parser = options.parser("completion", ABOUT, USAGE)
    parser.epilog = ENDING
    parser.add_argument("shell", metavar="|".join(SHELLS), help="the shell that is to complete")
    return parser
