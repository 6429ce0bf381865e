"""What each tool said, in one shape."""

import json
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bench.measure import Command

_Json = dict[str, Any]


class Found(NamedTuple):
    """One finding: the release, the id that the tool shows and every other id it gives, the fixes in its order."""

    name: str
    version: str
    id: str
    aliases: frozenset[str]
    fixes: tuple[str, ...]


class Answer(NamedTuple):
    """The findings of one run and its exit code; nothing is found by a run that ended in an error."""

    found: tuple[Found, ...]
    code: int

    @property
    def clean(self) -> bool:
        """Whether the tool says that all is well."""
        return self.code == 0 and not self.found


def ask(command: Command, parse: Callable[[str], list[Found]]) -> Answer:
    """Return what the tool says; its standard output is JSON, unless it stops with an error."""
    done = subprocess.run(
        command.words,
        cwd=command.folder,
        env=command.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(tuple(parse(done.stdout)) if done.stdout.lstrip().startswith("{") else (), done.returncode)


def of_pip_assay(stdout: str) -> list[Found]:
    """Return the findings in pip-assay's JSON."""
    return [
        _found(each["package"], each["id"], each["aliases"], each["fixed_in"]) for each in _document(stdout)["findings"]
    ]


def of_pip_audit(stdout: str) -> list[Found]:
    """Return the findings in pip-audit's JSON."""
    return [
        _found(dependency, each["id"], each["aliases"], each["fix_versions"])
        for dependency in _document(stdout)["dependencies"]
        for each in dependency.get("vulns", ())
    ]


def of_uv_audit(stdout: str) -> list[Found]:
    """Return the findings in uv's JSON."""
    return [
        _found(each["dependency"], each["display_id"], [each["id"], *each["aliases"]], each["fix_versions"])
        for each in _document(stdout)["vulnerabilities"]
    ]


def of_pysentry(stdout: str) -> list[Found]:
    """Return the findings in pysentry's JSON, which more text follows."""
    found = []
    for each in _document(stdout)["vulnerabilities"]:
        package = {"name": each["package_name"], "version": each["installed_version"]}
        found.append(_found(package, each["id"], each.get("aliases") or [], each["fixed_versions"]))
    return found


def _document(stdout: str) -> _Json:
    document: _Json = json.JSONDecoder().raw_decode(stdout.lstrip())[0]
    return document


def _found(package: Mapping[str, str], name: str, aliases: list[str], fixes: list[str]) -> Found:
    return Found(package["name"], package["version"], name, frozenset(aliases) - {name}, tuple(fixes))
