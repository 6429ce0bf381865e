"""Files, variables, options: of one setting the later wins. Your own file, the project's file, variables, options."""

import os
from collections.abc import Mapping

from pip_assay.configuration import keys, nearest, reading
from pip_assay.configuration.keys import Key, Value
from pip_assay.configuration.reading import NOTHING, File
from pip_assay.errors import UsageError
from pip_assay.values import NamedTuple


class Said(NamedTuple):
    """A value, and where it was said: "pyproject.toml:31", "PIP_ASSAY_OFFLINE"."""

    value: Value
    where: str


class Layers(NamedTuple):
    """What is said before the command line is read.

    user     the user's own file; `project` the file nearest to the current folder.
    forced   whether `project` was named with --config, and so holds for every target; or none may, with --no-config.
    environ  the variables of this run.
    """

    user: File
    project: File
    forced: bool
    environ: Mapping[str, str]

    def said(self, key: Key, project: File | None = None) -> Said | None:
        """Return the last word on a setting; of the project's file that is given, else of the nearest one.

        Raises:
            UsageError: a variable holds what the setting cannot take.
        """
        for name in keys.variables(key):
            if text := self.environ.get(name, ""):
                try:
                    return Said(keys.from_text(key, text), name)
                except ValueError as error:
                    raise UsageError(str(error), name, f"it is: {key.about}") from None
        for file in (self.project if project is None else project, self.user):
            found = file.values.get(key.name)
            if found and not (key.name == "offline" and file is not self.user and not found[0]):
                return Said(found[0], file.place(found[1]))
        return None


def read(environ: Mapping[str, str], folder: str, config: str = "", *, no_config: bool = False) -> Layers:
    """Return the settings files that hold in a folder.

    config     a settings file that is named, in place of the nearest.
    no_config  read no settings file at all.

    Raises:
        UsageError: a file cannot be read, or is wrong.
    """
    config = config or environ.get("PIP_ASSAY_CONFIG", "")
    if no_config:
        return Layers(NOTHING, NOTHING, True, environ)
    path = nearest.user_file(environ)
    user = reading.read(path, path, user=True) if os.path.isfile(path) else NOTHING
    if config:
        return Layers(user, reading.read(os.path.expanduser(config), config, user=True), True, environ)
    return Layers(user, of_folder(folder, folder), False, environ)


def of_folder(folder: str, current: str) -> File:
    """Return what the settings file nearest to a folder says; its path is shown as seen from the current folder."""
    path = nearest.nearest(folder)
    return reading.read(path, _shown(path, current)) if path else NOTHING


def _shown(path: str, current: str) -> str:
    try:
        relative = os.path.relpath(path, current)
    except ValueError:  # another drive
        return path
    return path if relative.startswith(os.path.join(*[os.pardir] * 3)) else relative
