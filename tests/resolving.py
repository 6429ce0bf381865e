"""Asking the real resolvers, from a folder of tiny wheels."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pip_assay.model import Place
from pip_assay.sources.resolve import Index, Question, Resolved, Root, programs, resolve

Ask = Callable[..., Resolved]
NOW = 1_800_000_000.0
ABOUT = (
    "constraints", "overrides", "python", "platform", "exclude_newer", "allow_build", "indexes", "folder",
)  # fmt: skip


def uv_executable() -> str:
    """Return where uv is; skip the test where it is not installed."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, OSError):
        return shutil.which("uv") or pytest.skip("uv is not installed")


def choose(program: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make "uv" or "pip" the resolver that is found, and return its name."""
    monkeypatch.setenv("PATH", os.path.dirname(uv_executable()) if program == "uv" else "")
    monkeypatch.setattr(programs, "installed_uv", str)
    for variable in ("UV_HTTP_RETRIES", "PIP_RETRIES"):
        monkeypatch.setenv(variable, "0")
    return program


def asker(links: Path, tmp_path: Path) -> Ask:
    """Return what resolves lines from a folder of wheels, unless it is told of other indexes."""
    project = tmp_path / "project"
    project.mkdir()

    def ask(*lines: str | Root, **settings: Any) -> Resolved:
        roots = (
            each if isinstance(each, Root) else Root(each, Place("r.txt", number), name_of(each))
            for number, each in enumerate(lines, 1)
        )
        about = {"indexes": Index(find_links=(str(links),), none=True), "folder": str(project)}
        about |= {name: settings.pop(name) for name in ABOUT if name in settings}
        settings = {"environ": dict(os.environ), "cache": str(tmp_path / "cache"), "now": NOW, **settings}
        return resolve(Question(tuple(roots), **about), **settings)  # type: ignore[arg-type]

    return ask


def name_of(line: str) -> str:
    """Return the name that a plain requirement begins with."""
    found = re.match(r"[a-z][a-z0-9-]*", line)
    return found[0] if found else ""


def pins(resolved: Resolved) -> dict[str, str]:
    """Return the versions by name."""
    return {each.pin.name: each.pin.version for each in resolved.dependencies}


def problems(resolved: Resolved) -> str:
    """Return the problems as a person sees them."""
    return "\n".join(map(str, resolved.problems))
