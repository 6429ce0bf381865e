"""Which words of a command are what it asks an installer for: pip, uv, pipx or conda."""

import re

from pip_assay.sources.hints.shell import Word, commands
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_TOOLS = {
    "pip": (r"(?:-m)?pip[0-9.]*", (("install",),)),
    "uv": (r"uv", (("add",), ("tool", "install"))),
    "pipx": (r"pipx", (("install",),)),
    "conda": (r"conda|mamba|micromamba", (("install",),)),
}
"""The names of the programs, and the words after each that make it install what follows."""

_PIP_LETTERS, _UV_LETTERS = "bcCefimpPrt", "bcCfimpPrtw"
_PIP_NAMES = """
    abi all-releases allow-insecure-host bounds branch build-constraint build-constraints cache-dir cert client-cert
    color config-file config-setting config-settings config-settings-package constraint constraints default-index
    default-timeout directory editable exclude-newer exclude-newer-package excludes exists-action extra extra-index-url
    find-links fork-strategy global-option group implementation index index-strategy index-url install-option
    keyring-provider link-mode local-log log log-file marker no-binary no-binary-package no-build-isolation-package
    no-build-package no-editable-package no-install-package no-sources-package only-binary only-final optional
    output-format override overrides package platform prefix prerelease prerelease-package progress-bar project proxy
    pypi-url python python-platform python-version refresh-package reinstall-package report requirement requirements
    requirements-from-script resolution resume-retries retries rev root root-user-action script source source-dir
    source-directory src tag target timeout torch-backend trusted-host upgrade-group upgrade-package upgrade-strategy
    uploaded-prior-to use-deprecated use-feature with with-editable with-executables-from with-requirements
"""
_PIPX_NAMES = "backend index-url pip-args preinstall python suffix"
_CONDA_NAMES = "channel file name prefix repodata-fn revision solver subdir platform"
_VALUED = {
    "pip": (_PIP_LETTERS, frozenset(_PIP_NAMES.split())),
    "uv": (_UV_LETTERS, frozenset(_PIP_NAMES.split()) - {"editable", "no-binary"}),
    "pipx": ("i", frozenset(_PIPX_NAMES.split())),
    "conda": ("cfnp", frozenset(_CONDA_NAMES.split())),
}
"""The options of each tool that have a value, by their letters and their names; those of `uv pip` are among pip's."""

_MEANINGS = {
    **dict.fromkeys(("-r", "--requirement", "--requirements", "--with-requirements"), "file"),
    **dict.fromkeys(("-e", "--editable", "--with-editable"), "editable"),
    **dict.fromkeys(("-i", "--index-url", "--default-index", "--pypi-url"), "index"),
    **dict.fromkeys(("", "-w", "--with", "--preinstall"), "requirement"),
    "--group": "group",
}
_MEANINGS_OF = {
    "uv": {option: meaning for option, meaning in _MEANINGS.items() if meaning != "group"},  # there, where to note it
    "conda": {"-f": "file", "--file": "file", "": "conda"},
}
_SHELLS = r"(?:ba|da|a|z|k)?sh|su|runuser|cmd|powershell|pwsh"
_TALK = ("echo", "printf")
_DEPTH = 5
"""Scripts inside of scripts, as in `sh -c "..."`."""


class Asked(NamedTuple):
    """One thing that a command asks an installer for.

    meaning  "requirement", "editable", "file" (of requirements), "group", "index", or "conda" (a package of conda).
    tool     "pip", "uv", "pipx" or "conda".
    """

    meaning: str
    word: Word
    tool: str


def asked(text: str, depth: int = 0) -> "Iterator[list[Asked]]":
    """Yield what each command of a script asks an installer for, where it asks for something."""
    for words in commands(text):
        if inner := _script(words) if depth < _DEPTH else None:
            for found in asked(inner.text, depth + 1):
                # Quotes and escapes may move what is inside of the script: it stands where the script begins, or later.
                yield [
                    each._replace(word=each.word._replace(start=inner.start + 1 + each.word.start)) for each in found
                ]
        elif found := asked_by(words):
            yield found


def asked_by(words: "Sequence[Word]") -> list[Asked]:
    """Return what one command asks an installer for, after whatever stands before it: "sudo", "python -m"."""
    names = [_program(word.text) for word in words]
    if names and names[0] in _TALK:
        return []
    for number, name in enumerate(names):
        tool = next((tool for tool, (pattern, _) in _TOOLS.items() if re.fullmatch(pattern, name)), "")
        for subcommand in _TOOLS[tool][1] if tool else ():
            arguments = _arguments(words, number + 1, tool)
            if _begins(arguments, subcommand):
                meanings = _MEANINGS_OF.get(tool, _MEANINGS)
                return [Asked(meanings[option], word, tool) for option, word in arguments if option in meanings]
    return []


def _program(text: str) -> str:
    return re.split(r"[/\\]", text)[-1].lower().removesuffix(".exe")


def _begins(arguments: "Iterator[tuple[str, Word]]", subcommand: tuple[str, ...]) -> bool:
    """Return whether the first arguments but options are the subcommand; they are used up then."""
    plain = (word.text for option, word in arguments if not option)
    return all(next(plain, "") == expected for expected in subcommand)


def _arguments(words: "Sequence[Word]", start: int, tool: str) -> "Iterator[tuple[str, Word]]":
    """Yield each word from `start` on with the option that it is the value of, if any; other options are left out."""
    letters, names = _VALUED[tool]
    option, plain = "", False
    for number in range(start, len(words)):
        word = words[number]
        if option or plain or not re.match("-.", word.text):
            yield option, word
            option = ""
        elif word.text == "--":
            plain = True
        else:
            option, at = _option(word.text, letters, names)
            if at:
                yield option, word._replace(text=word.text[at:], start=word.start + at)
                option = ""


def _option(text: str, letters: str, names: "Collection[str]") -> tuple[str, int]:
    """Return the option that has a value, if any, and where in the text its value stands; 0 for the next word."""
    if text.startswith("--"):
        name, equals, _ = text.partition("=")
        return (name, len(name) + 1) if equals else (name if name[2:] in names else "", 0)
    for at, letter in enumerate(text[1:], 2):
        if letter in letters:
            return f"-{letter}", at if text[at:] else 0
    return "", 0


def _script(words: "Sequence[Word]") -> Word | None:
    """Return the script that a command hands to a shell: `sh -c "..."`, `cmd /C "..."`."""
    for number, word in enumerate(words[:-1]):
        if re.fullmatch(_SHELLS, _program(word.text)):
            is_script = (re.fullmatch(r"(?i)-[a-z]*c|/c|-command", each.text) for each in words[number + 1 : -1])
            at = next((at for at, found in enumerate(is_script, number + 2) if found), 0)
            return words[at] if at else None
    return None
