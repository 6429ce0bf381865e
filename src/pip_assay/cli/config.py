"""`pip-assay config show | schema`: what is set, and where it was said; the schema of settings files."""

import os
import time
from collections.abc import Iterator, Sequence

from pip_assay.cli import options, output
from pip_assay.configuration import decided, keys, layers, policies, schema
from pip_assay.configuration.keys import Key
from pip_assay.configuration.layers import Layers, Said
from pip_assay.configuration.reading import File
from pip_assay.errors import CLEAN, UsageError
from pip_assay.policy import Policy
from pip_assay.settings import Outside, Settings

USAGE = "pip-assay config show [TARGET] | schema"
ABOUT = "Print each setting that holds in this folder, or for a target, and where it was said."
ENDING = "exit codes: 0 printed; 2 wrong usage, or a settings file is wrong."
ACTIONS = ("show", "schema")


def run(arguments: Sequence[str]) -> int:
    """Return 0, having printed the settings or the schema."""
    found = _parser().parse_args(arguments)
    if found.action not in ACTIONS:
        raise UsageError(f"config has no action {found.action!r}", hint=f"choose one of: {', '.join(ACTIONS)}")
    if found.action == "schema":
        output.emit(schema.text())
        return CLEAN
    here = os.getcwd()
    said = layers.read(os.environ, here, found.config, no_config=found.no_config)
    outside = Outside(os.environ, here, time.time())
    chosen = decided.Decided(Settings(config=found.config, no_config=found.no_config), outside, said)
    folder = policies.folder_of(found.target, here) if found.target else here
    output.lines(_lines(said, chosen, folder))
    return CLEAN


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"config": _parser()}


def _parser() -> options.Parser:
    parser = options.parser("config", ABOUT, USAGE)
    parser.epilog = ENDING
    parser.add_argument("action", metavar="show|schema", help="print the settings, or the JSON schema of their files")
    parser.add_argument("target", nargs="?", default="", metavar="TARGET", help="what the policy is shown for")
    options.add_config(parser)
    return parser


def _lines(said: Layers, chosen: decided.Decided, folder: str) -> Iterator[str]:
    project = chosen.file(folder)
    yield f"project's settings  {project.path or 'none'}"
    yield f"your own settings   {said.user.path or 'none'}"
    yield ""
    width = max(map(len, keys.BY_NAME))
    for name, key, word in _said(said, project):
        yield f"{name:<{width}}  {_value(word, key)}" + (f"  ({word.where})" if word else "")
    yield ""
    policy, problems = chosen.of(folder)
    yield from map(str, problems)
    yield from _decisions(policy)


def _decisions(policy: Policy) -> Iterator[str]:
    for group in policy.groups:
        yield f"group {group.name}: {group.rule}"
    if policy.bundled:
        yield f"bundled: {policy.bundled.rule}"
    for each in policy.ignores:
        until = f", until {each.expires}" if each.expires else ""
        yield f"ignore {each.id}: {each.reason}{until}  {each.rule}"


def _said(said: Layers, project: File) -> list[tuple[str, Key, Said | None]]:
    return [(name, key, said.said(key, project)) for name, key in keys.BY_NAME.items()]


def _value(word: Said | None, key: Key) -> str:
    return _shown(word.value) if word else key.default or "none"


def _shown(value: keys.Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else value
