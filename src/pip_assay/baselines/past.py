"""Repositories as they were at a commit: what an audit may read of them, in a folder that is removed again."""

import os
import tempfile
from contextlib import closing, suppress
from posixpath import basename

from pip_assay import files
from pip_assay.baselines import chosen
from pip_assay.baselines.chosen import Asked
from pip_assay.errors import Unreadable, UsageError
from pip_assay.model import Dependency, Inventory
from pip_assay.settings import Outside, Settings
from pip_assay.sources.history import commit as commits
from pip_assay.sources.history import program
from pip_assay.sources.history.commit import Commit
from pip_assay.sources.history.program import Git
from pip_assay.values import NamedTuple

TOTAL = 512 * 1024 * 1024
"""Bytes of all the files together that are read of one commit."""


class Repository(NamedTuple):
    """A repository by the folder that holds ".git", the commit, and the folder into which it was written."""

    top: str
    commit: Commit
    room: str


class Past:
    """The targets of the settings as they were. A context manager: while it is open, they can be read.

    `notes` says in a sentence each what could not be had, and so counts as introduced.
    """

    def __init__(self, settings: Settings, outside: Outside) -> None:
        self._settings = settings
        self._outside = outside
        self._scratch = tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True)
        self._room = os.path.realpath(self._scratch.name)
        self._repositories: dict[str, Repository] = {}
        self.notes: list[str] = []

    def __enter__(self) -> "Past":
        try:
            self._write_all()
        except BaseException:
            self._scratch.cleanup()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    def path(self, target: str) -> str:
        """Return where a target can be read as it was; empty where it was not there, which is noted."""
        repository = self._repositories[self._top(target)]
        path = self._written(repository, target)
        if not path:
            self.notes.append(f"{target}: was not there at {self._settings.since}, so all of it is introduced")
        return path

    def limit(self, path: str) -> str:
        """Return where a file of constraints can be read: as it was, or outside of a repository as it is."""
        repository = self._repositories.get(self._top(path))
        return self._written(repository, path) if repository else path

    def time(self, target: str) -> str:
        """Return when the commit was made in the repository that holds a target."""
        return self._repositories[self._top(target)].commit.time

    def as_now(self, inventory: Inventory) -> Inventory:
        """Return what was read with the names that files have now.

        What a file names by an absolute path in the repository was read as it is, not as it was: that is left out.
        """
        dependencies = tuple(self._moved(each) for each in inventory.dependencies if self._is_past(each.place.file))
        return inventory._replace(target=self._now(inventory.target), dependencies=dependencies)

    def _moved(self, dependency: Dependency) -> Dependency:
        place = dependency.place
        return dependency._replace(place=place._replace(file=self._now(place.file)))

    def _is_past(self, path: str) -> bool:
        if any(_is_below(path, each.room, os.sep) for each in self._repositories.values()):
            return True
        return not path.startswith("file:") and not any(_is_below(path, top, os.sep) for top in self._repositories)

    def _now(self, path: str) -> str:
        for each in self._repositories.values():
            if _is_below(path, each.room, os.sep):
                return os.path.normpath(os.path.join(each.top, os.path.relpath(path, each.room)))
        return path

    def _written(self, repository: Repository, path: str) -> str:
        written = os.path.join(repository.room, os.path.relpath(self._absolute(path), repository.top))
        return written if os.path.lexists(written) else ""

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._outside.folder, path))

    def _top(self, path: str) -> str:
        """Return the folder that holds the repository of a path; empty where none does."""
        folder = self._absolute(path)
        while not os.path.lexists(os.path.join(folder, ".git")):
            above = os.path.dirname(folder)
            if above == folder:
                return ""
            folder = above
        return folder

    def _write_all(self) -> None:
        settings = self._settings
        wanted: dict[str, list[str]] = {}
        for each in (*settings.targets, *settings.requirements):
            if not self._top(each):
                hint = "name a file or folder in one, or give a report of that time: --baseline FILE"
                raise UsageError("is in no git repository", each, hint)
        for each in (*settings.targets, *settings.requirements, *settings.constraints, *settings.overrides):
            if top := self._top(each):
                path = os.path.relpath(self._absolute(each), top).replace(os.sep, "/")
                wanted.setdefault(top, []).append("" if path == "." else path)
        for top, paths in wanted.items():
            asked = Asked(tuple(paths), settings.recursive, settings.hints)
            git = program.find(self._outside.environ, self._outside.folder, top)
            commit = commits.at(git, settings.since)
            room = os.path.join(self._room, str(len(self._repositories)))
            self._repositories[top] = Repository(top, commit, room)
            self._write(git, self._repositories[top], asked)
            self._note_others(commit, asked)

    def _write(self, git: Git, repository: Repository, asked: Asked) -> None:
        """Write what may be read: what is asked for, what that names, what that names in turn."""
        held = repository.commit.files
        names = {basename(path) for path in held}
        waiting, seen, total = chosen.first(asked, held), set[str](), 0
        os.makedirs(repository.room)
        while waiting:
            seen |= waiting
            more: set[str] = set()
            with closing(commits.read(git, {path: held[path] for path in sorted(waiting)})) as contents:
                for path, content in contents:
                    if content is None:
                        self.notes.append(f"{path}: is larger than {files.size(files.LIMIT)} there, and was not read")
                        continue
                    total += len(content)
                    if total > TOTAL:
                        what = f"has more than {files.size(TOTAL)} to read at that commit"
                        raise Unreadable(what, git.top, "name less of it")
                    if chosen.is_kept(path, content, asked):
                        _put(os.path.join(repository.room, *path.split("/")), content)
                    more |= chosen.named_in(path, content, held, names)
            waiting = more - seen

    def _note_others(self, commit: Commit, asked: Asked) -> None:
        """Note links and other repositories where something would be read."""
        since = self._settings.since
        for path in commit.links:
            if path in asked.paths or chosen.matters(path, asked.paths, asked):
                self.notes.append(f"{path}: is a link at {since}, not followed there; what it names is introduced")
        for path in commit.submodules:
            if any(_is_below(path, each) for each in asked.paths) and (asked.recursive or path in asked.paths):
                self.notes.append(f"{path}: is a submodule, not read at {since}; what it holds is introduced")


def _is_below(path: str, folder: str, mark: str = "/") -> bool:
    """Return whether a path is a folder or lies in it; everything lies in ""."""
    return not folder or f"{path}{mark}".startswith(f"{folder.rstrip(mark)}{mark}")


def _put(path: str, content: bytes) -> None:
    """Write a file into a folder that nobody else writes to; a tree may call a file what it calls a folder, too."""
    with suppress(FileExistsError, NotADirectoryError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(content)
