"""The policy that files, variables and options make together: each list adds up, of all else the later wins."""

import os
from collections.abc import Iterable

from pip_assay.configuration import ignores, keys, layers
from pip_assay.configuration.keys import Value
from pip_assay.configuration.layers import Layers
from pip_assay.configuration.policies import of_conditions
from pip_assay.configuration.reading import NOTHING, File
from pip_assay.errors import UsageError
from pip_assay.model import Place, Problem
from pip_assay.policy import EVERYTHING, Group, Ignore, Policy, Threshold, threshold
from pip_assay.settings import Outside, Settings


class Decided:
    """Gives the policy of each folder."""

    def __init__(self, settings: Settings, outside: Outside, said: Layers | None = None) -> None:
        self._settings = settings
        self._outside = outside
        self._layers = said or layers.read(
            outside.environ, outside.folder, settings.config, no_config=settings.no_config
        )

    def of(self, folder: str) -> tuple[Policy, tuple[Problem, ...]]:
        """Return the policy of the targets in a folder, and what is wrong with the settings file nearest to it.

        Raises:
            UsageError: the settings file of this folder, or one that is named, is wrong.
        """
        if self._layers.forced or folder == self._outside.folder:
            return self._policy(self._layers.project), ()
        try:
            return self._policy(self.file(folder)), ()
        except UsageError as error:
            # One of many targets: its own settings are wrong, which stops none of the others.
            file, _, line = error.where.rpartition(":")
            place = Place(file, int(line)) if line.isdigit() else Place(error.where)
            return self._policy(NOTHING), (Problem("unreadable", error.what, place, error.hint, place.file),)

    def file(self, folder: str) -> File:
        """Return what the settings file nearest to a folder says."""
        if self._layers.forced or folder == self._outside.folder:
            return self._layers.project
        return layers.of_folder(folder, self._outside.folder)

    def _policy(self, file: File) -> Policy:
        settings = self._settings
        words, where = self._said("fail-on", file)
        return Policy(
            fail_on=of_conditions(settings.fail_on) if settings.fail_on else _threshold(words, where),
            fail_on_rule=f"--fail-on {', '.join(settings.fail_on)}" if settings.fail_on else _rule(words, where),
            groups=tuple(_group(*each, file) for each in file.groups) if not settings.fail_on else (),
            bundled=self._bundled(file) if not settings.fail_on else None,
            unknown_fails=self._said("unknown", file)[0] != "pass",
            ignores=(
                *(Ignore(each, rule=f"--ignore-vuln {each}") for each in settings.ignored),
                *self._ignores(file),
                *(self._ignores(self._layers.user) if file != self._layers.user else ()),
            ),
            internal=(*_texts(self._said("internal", file)[0]), *_texts(self._own("internal"))),
            strict=settings.strict or self._said("strict", file)[0] is True,
            strict_ignores=settings.strict_ignores or self._said("strict-ignores", file)[0] is True,
            fail_on_yanked=settings.fail_on_yanked or self._said("fail-on-yanked", file)[0] is True,
            fail_on_archived=settings.fail_on_archived or self._said("fail-on-archived", file)[0] is True,
            vex=(*settings.vex, *_beside(_texts(self._said("vex", file)[0]), file)),
        )

    def _ignores(self, file: File) -> tuple[Ignore, ...]:
        return ignores.of(file, self._outside.folder)

    def _bundled(self, file: File) -> Group | None:
        for each in (file, self._layers.user):
            if each.bundled:
                return _group("bundled", *each.bundled, each)
        return None

    def _said(self, name: str, file: File) -> tuple[Value, str]:
        said = self._layers.said(keys.BY_NAME[name], file)
        return (said.value, said.where) if said else ("", "")

    def _own(self, name: str) -> Value:
        """Return what the user's own file adds to a list."""
        found = self._layers.user.values.get(name)
        return found[0] if found else ()


def _texts(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _beside(paths: Iterable[str], file: File) -> tuple[str, ...]:
    """Return paths that a settings file names, as seen from the current folder.

    Raises:
        UsageError: a project's file names one that is not beside it or below it.
    """
    top = os.path.realpath(file.folder)
    for each in () if file.user else paths:
        inside = os.path.realpath(os.path.join(file.folder, each))
        if os.path.isabs(each) or not inside.startswith(os.path.join(top, "")):
            hint = "put it there, or name it with --vex"
            raise UsageError(f"vex names {each!r}, which is not beside the settings file or below it", file.path, hint)
    return tuple(os.path.join(os.path.dirname(file.path), each) for each in paths)


def _threshold(words: Value, where: str) -> Threshold:
    if not words:
        return EVERYTHING
    try:
        return threshold(_texts(words))
    except ValueError as error:
        raise UsageError(f"fail-on: {error}", where) from None


def _rule(words: Value, where: str) -> str:
    return f"fail-on {', '.join(_texts(words))} ({where})" if words else ""


def _group(name: str, words: Value, line: int, file: File) -> Group:
    where = file.place(line)
    return Group(name, _threshold(words, where), f"fail-on {', '.join(_texts(words))} of {name} ({where})")
