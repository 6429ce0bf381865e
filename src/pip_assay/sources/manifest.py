"""What a manifest asks for: requirements, each with the group that it is of. A resolver says what that brings in."""

from pip_assay.model import Dependency, Problem
from pip_assay.sources.resolve.nouns import Root
from pip_assay.values import NamedTuple


class Manifest(NamedTuple):
    """One file that declares dependencies, as read.

    roots         requirements as PEP 508 has them, those of other languages (Poetry, PDM) translated.
    listed        what it declares beside them and no index of Python packages has: conda packages.
    constraints   requirements that limit versions and bring nothing in.
    overrides     requirements that replace every other one of the same project.
    python        the interpreters that it is for, as a PEP 440 specifier; empty where it does not say.
    groups        every group that it declares, the empty ones too: "runtime", "extra:NAME", "group:NAME", "build".
    index_url     the index that the file names in place of the public one; it may hold credentials: never print it.
    extra_index_urls  the indexes that it names beside that one; they may hold credentials as well.
    """

    roots: tuple[Root, ...] = ()
    listed: tuple[Dependency, ...] = ()
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    python: str = ""
    groups: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
