"""Which files are not in the last commit as they are: what is written over in them, git cannot bring back."""

import os
from collections.abc import Mapping

from pip_assay.errors import AssayError
from pip_assay.sources.history import program

LIST_LIMIT = 4 * 1024 * 1024


def top_of(path: str) -> str:
    """Return the folder of the git repository that a file is in; empty where it is in none."""
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder


def uncommitted(contents: Mapping[str, bytes], environ: Mapping[str, str], folder: str) -> tuple[str, ...]:
    """Return the paths, of those in a git repository, whose content the last commit does not hold.

    Line endings alone are no difference: git may change them. Where git is not there, or says nothing, nothing is
    returned: this is for a warning.

    folder  the current one: no git that lies in it is started.
    """
    found: list[str] = []
    by_top: dict[str, list[str]] = {}
    for path in contents:
        if top := top_of(path):
            by_top.setdefault(top, []).append(path)
    for top, paths in by_top.items():
        try:
            committed = _committed(top, paths, environ, folder)
        except AssayError:
            continue
        found += [each for each in paths if not _is_in(contents[each], committed.get(each, ""))]
    return tuple(found)


def _committed(top: str, paths: list[str], environ: Mapping[str, str], folder: str) -> dict[str, str]:
    """Return the names of the contents that the last commit has for the paths; before the first there are none.

    Raises:
        AssayError: git is not there, or does not answer.
    """
    git = program.find(environ, folder, top)
    named = {os.path.relpath(os.path.abspath(each), top).replace(os.sep, "/"): each for each in paths}
    try:
        listed = git.said(("ls-tree", "-z", "--full-tree", "HEAD", "--", *named), LIST_LIMIT)
    except program.Failed as error:
        if "Not a valid object name HEAD" in error.said:
            return {}
        raise
    found = {}
    for entry in listed.split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        if path := named.get(os.fsdecode(name)):
            found[path] = facts.decode("ascii", "replace").rpartition(" ")[2]
    return found


def _is_in(content: bytes, name: str) -> bool:
    return name in {_name(content, len(name)), _name(content.replace(b"\r\n", b"\n"), len(name))}


def _name(content: bytes, length: int) -> str:
    """Return the name that git gives to a content: of 40 digits with SHA-1, of 64 with SHA-256."""
    import hashlib

    made = hashlib.sha256 if length == 64 else hashlib.sha1
    return made(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
