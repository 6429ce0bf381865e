"""Completion scripts for bash, zsh and fish, out of what may be typed (grammar.py). They start nothing when used."""

from collections.abc import Iterator, Mapping, Sequence

from pip_assay.cli import COMMANDS
from pip_assay.cli.grammar import Command, Option

Firsts = Mapping[str, Sequence[str]]
"""The commands, and the second words of those that have some."""

# "=" parts words in bash (COMP_WORDBREAKS), so `-f sarif=out` is four of them; bash 3.2 of macOS has no compopt.
_BASH = """\
# Completion of pip-assay for bash, made by: pip-assay completion bash

_pip_assay_offer() { # what may stand there; what is typed of it
    local each path IFS=$' \\t\\n'
    for each in $1; do
        case $each in
        @file | @directory)
            while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen -A "${each#@}" -- "$2")
            compopt -o filenames 2>/dev/null || true
            ;;
        @text) ;;
        "$2"*) COMPREPLY+=("$each") ;;
        esac
    done
}

_pip_assay() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=audit options= arguments= takes= equals=
    COMPREPLY=()
    if [[ $word == "=" ]]; then
        word= equals=yes
    elif [[ $before == "=" ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]} equals=yes
    fi
    if [[ $COMP_CWORD -gt 1 ]]; then
        case ${COMP_WORDS[1]} in
        @PAIRED@)
            command=${COMP_WORDS[1]}
            [[ $COMP_CWORD -eq 2 ]] || command+=" ${COMP_WORDS[2]}"
            ;;
        @SINGLE@) command=${COMP_WORDS[1]} ;;
        esac
    fi
    case $command in
@CASES@
    esac
    if [[ $equals ]]; then
        _pip_assay_offer "${takes:-@file}" "$word"
    elif [[ $word == -* ]]; then
        _pip_assay_offer "$options" "$word"
    elif [[ $takes ]]; then
        _pip_assay_offer "$takes" "$word"
    else
        [[ $COMP_CWORD -gt 1 ]] || _pip_assay_offer "@FIRST@" "$word"
        _pip_assay_offer "$arguments" "$word"
    fi
}

complete -F _pip_assay pip-assay
"""

_ZSH = """\
#compdef pip-assay
# Completion of pip-assay for zsh, made by: pip-assay completion zsh

_pip-assay_formats() {
    if compset -P '*='; then _files; else compadd "$@" -- @FORMATS@; fi
}

_pip-assay() {
    local command=audit
    local -a known
    if (( CURRENT == 2 )); then
        known=(@FIRST@)
        [[ $words[2] == -* ]] || _describe command known
    else
        case $words[2] in
        @PAIRED@)
            if (( CURRENT == 3 )); then
                case $words[2] in
@SECONDS@
                esac
                [[ $words[3] == -* ]] || compadd -a known
                return
            fi
            command="$words[2] $words[3]"
            shift 2 words
            (( CURRENT -= 2 ))
            ;;
        @SINGLE@)
            command=$words[2]
            shift words
            (( CURRENT -= 1 ))
            ;;
        esac
    fi
    case $command in
@CASES@
    esac
}

if [[ $funcstack[1] == _pip-assay ]]; then _pip-assay "$@"; else compdef _pip-assay pip-assay; fi
"""

_FISH = """\
# Completion of pip-assay for fish, made by: pip-assay completion fish

function __pip_assay_is
    set -l given (commandline -opc)
    set -l command audit
    switch "$given[2]"
        case @PAIRED@
            set command (string join ' ' -- $given[2..3])
        case @SINGLE@
            set command $given[2]
    end
    test "$command" = "$argv"
end

complete -c pip-assay -f
"""


def bash(commands: Sequence[Command], firsts: Firsts) -> str:
    """Return the script for bash 3.2 and later."""
    cases = [*_bash_seconds(firsts), *(line for each in commands for line in _bash_case(each))]
    return _filled(_BASH, " | ", firsts, CASES="\n".join(cases), FIRST=" ".join(firsts))


def zsh(commands: Sequence[Command], firsts: Firsts) -> str:
    """Return the script for zsh, to be evaluated after compinit or put into fpath as `_pip-assay`."""
    formats = next(option.words for each in commands for option in each.options if "--format" in option.names)
    seconds = [f"                {name}) known=({' '.join(words)}) ;;" for name, words in firsts.items() if words]
    known = " ".join(_quoted(f"{name}:{COMMANDS[name]}") for name in firsts)
    cases = [line for each in commands for line in _zsh_case(each)]
    return _filled(
        _ZSH, " | ", firsts,
        CASES="\n".join(cases), FIRST=known, SECONDS="\n".join(seconds), FORMATS=" ".join(formats),
    )  # fmt: skip


def fish(commands: Sequence[Command], firsts: Firsts) -> str:
    """Return the script for fish 3.0 and later."""
    lines = [
        f"complete -c pip-assay -n 'test (count (commandline -opc)) -eq 1' -a {name} -d {_fished(COMMANDS[name])}"
        for name in firsts
    ]
    lines += [
        f"complete -c pip-assay -n '__pip_assay_is {name}' -a '{' '.join(words)}'"
        for name, words in firsts.items()
        if words
    ]
    lines += [line for each in commands for line in _fish_lines(each)]
    return _filled(_FISH, " ", firsts) + "".join(f"{line}\n" for line in lines)


def _filled(template: str, between: str, firsts: Firsts, **parts: str) -> str:
    """Return the script with the parts in place of their names, and the commands with and without second words."""
    parts["PAIRED"] = between.join(name for name, seconds in firsts.items() if seconds)
    parts["SINGLE"] = between.join(name for name, seconds in firsts.items() if not seconds)
    for name, text in parts.items():
        template = template.replace(f"@{name}@", text)
    return template


def _bash_seconds(firsts: Firsts) -> Iterator[str]:
    for name, words in firsts.items():
        if words:
            yield f"    {name}) arguments='{' '.join(words)}' ;;"


def _bash_case(command: Command) -> Iterator[str]:
    yield f"    '{command.words}')"
    yield f"        options='{' '.join(name for each in command.options for name in each.names)}'"
    yield f"        arguments='{' '.join(dict.fromkeys(map(_bash_takes, command.arguments)))}'"
    yield "        case $before in"
    for option in command.options:
        if option.takes != "nothing":
            yield f"        {' | '.join(option.names)}) takes='{_bash_takes(option)}' ;;"
    yield "        esac"
    yield "        ;;"


def _bash_takes(option: Option) -> str:
    return " ".join(option.words) or f"@{'directory' if option.takes == 'folder' else option.takes}"


def _zsh_case(command: Command) -> Iterator[str]:
    specs = [_zsh_option(name, option) for option in command.options for name in option.names]
    for number, option in enumerate(command.arguments, 1):
        place = "*" if number == len(command.arguments) else str(number)
        specs.append(f"{place}:{_zsh_text(option.shown)}:{_zsh_takes(option)}")
    yield f"    {_quoted(command.words)})"
    yield " \\\n            ".join(["        _arguments", *map(_quoted, specs)])
    yield "        ;;"


def _zsh_option(name: str, option: Option) -> str:
    about = f"[{_zsh_text(option.about)}]"
    if option.takes == "nothing":
        return f"*{name}{about}"
    colon = "::" if option.maybe else ":"
    equals = "=" if name.startswith("--") and not option.maybe else "=-" if name.startswith("--") else ""
    return f"*{name}{equals}{about}{colon}{_zsh_text(option.shown)}:{_zsh_takes(option)}"


def _zsh_takes(option: Option) -> str:
    if option.shown == "FORMAT[=FILE]":
        return "_pip-assay_formats"
    if option.words:
        return f"({' '.join(option.words)})"
    return {"file": "_files", "folder": "_files -/"}.get(option.takes, " ")


def _zsh_text(text: str) -> str:
    for mark in "\\[]:":
        text = text.replace(mark, f"\\{mark}")
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_lines(command: Command) -> Iterator[str]:
    start = f"complete -c pip-assay -n '__pip_assay_is {command.words}'"
    for option in command.options:
        names = " ".join(f"-l {each[2:]}" if each.startswith("--") else f"-s {each[1:]}" for each in option.names)
        yield f"{start} {names}{_fish_takes(option)} -d {_fished(option.about)}"
    for option in command.arguments:
        if takes := _fish_takes(option).replace(" -r", "").replace(" -x", ""):
            yield start + takes


def _fish_takes(option: Option) -> str:
    if option.takes == "nothing":
        return ""
    if option.words:
        return f"{'' if option.maybe else ' -x'} -a '{' '.join(option.words)}'"
    return {"file": " -r -F", "folder": " -x -a '(__fish_complete_directories)'"}.get(option.takes, " -x")


def _fished(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
