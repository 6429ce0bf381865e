"""A commit: when it was made, which files it has, and what they hold."""

import os
import re
from collections.abc import Generator, Iterable, Mapping
from typing import IO, NamedTuple

from pip_assay import files
from pip_assay.errors import Unreadable, UsageError
from pip_assay.sources.history.program import Failed, Git

LIST_LIMIT = 128 * 1024 * 1024
"""Bytes of the list of a commit's files: more than a million."""

_COMMIT_LIMIT = 16 * 1024 * 1024
_MOMENT = re.compile(rb"^committer [^\n]* ([0-9]{1,11}) [+-][0-9]{4}$", re.MULTILINE)
_OBJECT = re.compile(r"[0-9a-f]{40,64}")
_KINDS = {"100644": "file", "100755": "file", "100664": "file", "120000": "link", "160000": "submodule"}


class Commit(NamedTuple):
    """A commit.

    id     its name in hex.
    time   when it was committed, an RFC 3339 time in UTC; empty where it does not say.
    files  the name of the content of each regular file, by its path from the repository's top, with "/".
    links  the paths of links, which are not followed; `submodules` of what other repositories hold.
    """

    id: str
    time: str
    files: Mapping[str, str]
    links: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()


def at(git: Git, reference: str) -> Commit:
    """Return the commit that a branch, tag or hash names.

    Raises:
        UsageError: it names none.
        Unreadable: the repository cannot be read.
    """
    name = _name(git, reference)
    head = git.said(("cat-file", "commit", name), _COMMIT_LIMIT).partition(b"\n\n")[0]
    found = _MOMENT.search(head)
    kinds: dict[str, dict[str, str]] = {"file": {}, "link": {}, "submodule": {}}
    listed = git.said(("ls-tree", "-r", "-z", "--full-tree", name), LIST_LIMIT)
    for entry in listed.split(b"\0"):
        facts, _, path = entry.partition(b"\t")
        mode, _, rest = facts.decode("ascii", "replace").partition(" ")
        if mode in _KINDS and _is_plain(shown := os.fsdecode(path)):
            kinds[_KINDS[mode]][shown] = rest.rpartition(" ")[2]
    moment = _utc(int(found[1])) if found else ""
    return Commit(name, moment, kinds["file"], tuple(kinds["link"]), tuple(kinds["submodule"]))


def _name(git: Git, reference: str) -> str:
    if reference.startswith("-") or not reference.isprintable():
        raise UsageError(f"{reference!r} names no commit", hint="name a branch, a tag or a commit")
    try:
        said = git.said(("rev-parse", "--verify", f"{reference}^{{commit}}"), 1024).decode("ascii", "replace").strip()
    except Failed as error:
        raise _unknown(git, reference, error.said) from None
    if not _OBJECT.fullmatch(said):
        raise UsageError(f"{reference!r} names no commit", hint="name a branch, a tag or a commit")
    return said


def _unknown(git: Git, reference: str, said: str) -> UsageError | Unreadable:
    """Return why git does not say which commit that is."""
    if "dubious ownership" in said:
        hint = f"if you trust it: git config --global --add safe.directory {git.top}"
        return Unreadable("belongs to somebody else, so git does not read it", git.top, hint)
    if "not a git repository" in said:
        return UsageError("is no git repository that can be read", git.top, "see: git fsck")
    branch = reference.removeprefix("origin/")
    if git.said(("rev-parse", "--is-shallow-repository"), 1024).strip() == b"true":
        hint = f"fetch it: git fetch --depth=1 origin {branch}"
        return UsageError(f"{reference!r} is not in this shallow clone", git.top, hint)
    hint = f"see: git branch --all; or fetch it: git fetch origin {branch}"
    return UsageError(f"{reference!r} names no commit here", git.top, hint)


def _is_plain(path: str) -> bool:
    """Return whether a path stays in its folder: a tree that no git has checked may hold any name."""
    return not files.unsafe_name(path) and not {"", "."}.intersection(path.split("/"))


def _utc(seconds: int) -> str:
    from time import gmtime, strftime

    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


def read(git: Git, wanted: Mapping[str, str]) -> Generator[tuple[str, bytes | None], None, None]:
    """Yield the path and content of each wanted file; None for what is larger than any file that is read.

    `wanted` has the name of the content by path. Sizes are asked for first, so that git unpacks nothing too large.

    Raises:
        Unreadable: the repository does not hold what its commit names.
    """
    sizes = _sizes(git, wanted)
    paths: dict[str, list[str]] = {}
    for path, name in wanted.items():
        if sizes[name] <= files.LIMIT:
            paths.setdefault(name, []).append(path)
        else:
            yield path, None
    with git.running(("cat-file", "--batch"), _lines(paths)) as stream:
        for name, having in paths.items():
            content = _content(stream, name, sizes[name])
            for path in having:
                yield path, content


def _sizes(git: Git, wanted: Mapping[str, str]) -> dict[str, int]:
    names = {name: path for path, name in wanted.items()}
    try:
        with git.running(("cat-file", "--batch-check"), _lines(names)) as stream:
            said = stream.read()
    except Failed:  # a partial clone would fetch what it left out, and may not
        said = b""
    lines = said.decode("ascii", "replace").splitlines()
    sizes = {line.split(" ")[0]: int(line.split(" ")[2]) for line in lines if " blob " in line}
    for name, path in names.items():
        if name not in sizes:
            hint = "it is a partial clone, or damaged: clone it again without --filter"
            raise Unreadable("is not held by the repository as it was at that commit", path, hint)
    return sizes


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode("ascii")


def _content(stream: IO[bytes], name: str, size: int) -> bytes:
    """Return what git writes of one object: a line with its name, kind and size, the content, a line's end."""
    head = stream.readline(256)
    content = stream.read(size + 1)
    if head != f"{name} blob {size}\n".encode("ascii") or len(content) != size + 1:
        raise Unreadable("git does not give what the repository should hold", name, "see: git fsck")
    return content[:size]
