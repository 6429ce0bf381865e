"""Small programs that act like the tools that own locks, as far as a fix needs it, and remember how they were asked."""

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pip_assay.fix.nouns import Change, Plan, Target
from pip_assay.fix.tools import Tools
from pip_assay.settings import Outside
from tests.resolving import uv_executable

BODY = '''\
#!{python}
import json, os, re, sys, time, tomllib
here = os.path.dirname(os.path.abspath(__file__))
name, args = os.path.basename(__file__), sys.argv[1:]
told = json.load(open(os.path.join(here, name + ".json")))
time.sleep(told.get("sleeps", 0))
texts = {{each: open(each).read() for each in os.listdir() if os.path.isfile(each) and "standard" not in each}}
top = re.match(".*/pip-assay-[^/]*|.*", os.getcwd())[0]
every = (os.path.join(at, each) for at, _, files in os.walk(top) for each in files if "standard" not in each)
around = {{os.path.relpath(each, top): open(each, errors="replace").read() for each in every}}
with open(os.path.join(here, name + ".log"), "a") as log:
    log.write(json.dumps({{"args": args, "texts": texts, "environ": dict(os.environ), "around": around}}) + "\\n")


def ended(code, text=""):
    print(text, file=sys.stderr if code else sys.stdout)
    sys.exit(code)


def relocked(lock, pins, last):
    """Pin releases in a lock: what is there moves, what is not comes in after the last package."""
    text = open(lock).read()
    parts = re.split(r"(?m)^(?=\\[\\[package\\]\\]$|\\[metadata\\]$)", text)
    for project, version in {{**pins, **told.get("also", {{}})}}.items():
        block = told["block"].format(name=project, version=version)
        at = next((at for at, part in enumerate(parts) if f'name = "{{project}}"' in part), None)
        packages = [at for at, part in enumerate(parts) if part.startswith("[[package]]")]
        if at is None:
            parts.insert(packages[-1] + 1 if packages else len(parts), block)
        else:
            parts[at] = block
    gone = told.get("drops", [])
    parts = [part for part in parts if not any(f'name = "{{each}}"' in part for each in gone)]
    text = "\\n".join(part.rstrip("\\n") + "\\n" for part in parts)
    for old, new in told.get("writes", {{}}).items():
        text = text.replace(old, new)
    open(lock, "w").write(text)
    if last and "leaves" in told:
        open(lock, "wb").write(told["leaves"].encode("latin-1"))
    if last and told.get("deletes"):
        os.remove(lock)


{body}
'''

POETRY = """\
if args[0] == "--version":
    ended(0, told.get("version", "Poetry (version 2.1.0)"))
if args[0] == "check":
    ended(told.get("check", 0), told.get("says", "All set!"))
if "fails" in told and not (os.environ.get("VIRTUAL_ENV") and told.get("needs an environment")):
    ended(1, told["fails"])
group = tomllib.loads(texts["pyproject.toml"]).get("tool", {}).get("poetry", {}).get("group", {})
pins = group.get("what-pip-assay-plans", {}).get("dependencies", {})
relocked("poetry.lock", {name: listed[0]["version"][2:] for name, listed in pins.items()}, not pins)
"""

PDM = """\
if "fails" in told:
    ended(1, told["fails"])
if "--check" in args:
    ended(told.get("check", 0), told.get("says", ""))
lock = args[args.index("--lockfile") + 1]
override = texts[args[args.index("--override") + 1]].split() if "--override" in args else []
relocked(lock, dict(each.split("==") for each in override), "--refresh" in args)
"""

PIPENV = """\
ended(told.get("check", 0), told.get("says", "Pipfile.lock is up-to-date."))
"""


class Program:
    """A program in a folder of its own; `told` is how it behaves."""

    def __init__(self, folder: Path, name: str, body: str, block: str = "") -> None:
        self.folder = folder
        self._name = name
        self._block = block
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(BODY.format(python=sys.executable, body=body))
        path.chmod(0o755)
        self.tell()

    def tell(self, **told: object) -> None:
        """Say how it behaves from now on."""
        (self.folder / f"{self._name}.json").write_text(json.dumps({"block": self._block, **told}))

    def asked(self) -> list[dict[str, Any]]:
        """Return how it was asked each time: its arguments, the files of its folder, and what it saw."""
        log = self.folder / f"{self._name}.log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def tools(self, project: Path, environ: Mapping[str, str] = {}, **wish: bool) -> Tools:
        """Return the tools of a fix that finds this program and the real uv."""
        path = os.pathsep.join([str(self.folder), os.path.dirname(uv_executable())])
        return Tools({**os.environ, "PATH": path, **environ}, str(project), time.monotonic() + 60, **wish)


def outside() -> Outside:
    """Return what a test's own environment is."""
    return Outside(dict(os.environ), os.getcwd(), time.time())


def plan(target: Target, *moves: str) -> Plan:
    """Return a plan of moves: "alpha 1.0 1.1", "beta - 1.0" for what comes in, "gamma 1.0 -" for what goes.

    A marker may follow, and what needs it: "beta - 1.0 ; os_name == 'nt' < alpha".
    """
    changes = []
    for each in moves:
        text, _, parents = each.partition(" < ")
        words, _, marker = text.partition(" ; ")
        name, old, new = ("" if word == "-" else word for word in words.split())
        changes.append(Change(name, old, new, marker=marker, needed_by=tuple(parents.split())))
    return Plan(target, tuple(changes))
