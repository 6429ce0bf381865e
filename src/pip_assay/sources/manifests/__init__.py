"""Everything that declares dependencies and is no lock, each form read into one `sources.manifest.Manifest`.

pyproject.py   pyproject.toml: PEP 621, PEP 735, build requirements; with the tables of Poetry (poetry.py, whose
               versions constraint.py translates), uv (uv.py), and PDM, Hatch, Flit and pixi (tools.py)
setup_cfg.py   setup.cfg, whose language is ini.py's
setup_py.py    setup.py, as far as its program can be followed (program.py, literals.py)
script.py      scripts with a block of PEP 723
pipfile.py     Pipfile

declared.py    what was found, by group, and how groups include each other
document.py    a TOML manifest, with the place of everything in it (positions.py)
keyed.py       NAME = VALUE, as Pipenv and pixi write a dependency
references.py  what is fetched from git, an address, a path or an index of its own
included.py    requirements files that a manifest names
"""

import os
from types import ModuleType

from pip_assay.sources.manifest import Manifest

KINDS = ("pyproject", "setup_cfg", "setup_py", "pipfile", "script")
"""The modules, in the order in which they are asked whether a file is theirs. A script may have any name."""


def recognises(name: str) -> str | None:
    """Return the kind of manifest that a file of this name is; None where it is none.

    Any Python file may be a script of PEP 723: whether one is says `script.is_one`.
    """
    module = _module(name)
    return str(module.KIND) if module else None


def read(path: str) -> Manifest:
    """Return what the file declares, read as its name says, else as a script. It never raises."""
    found: Manifest = (_module(os.path.basename(path)) or _import("script")).read(path)
    return found


def _module(name: str) -> ModuleType | None:
    return next((module for module in map(_import, KINDS) if module.recognises(name)), None)


def _import(kind: str) -> ModuleType:
    from importlib import import_module

    return import_module(f"pip_assay.sources.manifests.{kind}")
