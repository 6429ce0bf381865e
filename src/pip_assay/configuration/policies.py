"""The policy of each target: of the settings file nearest to it, then variables, then options."""

import os
from time import gmtime, strftime

from pip_assay.configuration import nearest
from pip_assay.errors import UsageError
from pip_assay.model import Problem
from pip_assay.policy import EVERYTHING, Ignore, Policy, Threshold, threshold
from pip_assay.settings import Outside, Own, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.configuration.decided import Decided
    from pip_assay.configuration.layers import Layers


class Policies:
    """Gives the policy of each target; a file that several share is read once."""

    def __init__(self, settings: Settings, outside: Outside, said: "Layers | None" = None) -> None:
        self._settings = settings
        self._outside = outside
        self._said = said
        self._decided: Decided | None = None
        self._silent = not said and nearest.is_silent(
            outside.environ, outside.folder, settings.config, no_config=settings.no_config
        )
        self._made: dict[str, tuple[Policy, tuple[Problem, ...]]] = {}
        self.today = strftime("%Y-%m-%d", gmtime(outside.now))

    def of(self, target: str) -> Policy:
        """Return the policy of a target, as inventories name it.

        Raises:
            UsageError: the settings file of this folder, or one that is named, is wrong.
        """
        return self._of(target)[0]

    @property
    def here(self) -> Policy:
        """The policy of the current folder's own project, and of options."""
        return self._in(self._outside.folder)[0]

    def problems(self, target: str) -> tuple[Problem, ...]:
        """Return what is wrong with the settings file nearest to a target: then the target has none of its own."""
        return self._of(target)[1]

    def _of(self, target: str) -> tuple[Policy, tuple[Problem, ...]]:
        is_one = self._settings.no_config or self._settings.config
        folder = self._outside.folder if is_one else folder_of(target, self._outside.folder)
        return self._in(folder)

    def _in(self, folder: str) -> tuple[Policy, tuple[Problem, ...]]:
        if folder not in self._made:
            self._made[folder] = self._make(folder)
        return self._made[folder]

    def _make(self, folder: str) -> tuple[Policy, tuple[Problem, ...]]:
        if self._silent and (folder == self._outside.folder or not nearest.nearest(folder)):
            return of_options(self._settings), ()
        if not self._decided:
            from pip_assay.configuration.decided import Decided

            self._decided = Decided(self._settings, self._outside, self._said)
        return self._decided.of(folder)


def with_own(settings: Settings, outside: Outside) -> Outside:
    """Return what may be known of the world, with what are projects of one's own in each target."""
    made: list[Policies] = []

    def own(target: str) -> Own:
        if not made:
            made.append(Policies(settings, outside))
        rules = made[0].of(target)
        return Own(rules.internal, rules.strict)

    return outside._replace(own=own)


def folder_of(target: str, current: str) -> str:
    """Return the folder from which the search for a target's settings begins: its own, or the current one.

    What lies in an environment was installed, and sets nothing: the folder is that in which the environment lies.
    """
    path = os.path.join(current, target)
    if os.path.isdir(path):
        return path if not os.path.exists(os.path.join(path, "pyvenv.cfg")) else os.path.dirname(path)
    return (os.path.dirname(path) if os.path.exists(path) else "") or current


def of_options(settings: Settings) -> Policy:
    """Return the policy where nothing but options says anything.

    Raises:
        UsageError: a condition of --fail-on is none.
    """
    return Policy(
        fail_on=of_conditions(settings.fail_on),
        fail_on_rule=f"--fail-on {', '.join(settings.fail_on)}",
        ignores=tuple([Ignore(each, rule=f"--ignore-vuln {each}") for each in settings.ignored]),
        strict=settings.strict,
        strict_ignores=settings.strict_ignores,
        fail_on_yanked=settings.fail_on_yanked,
        fail_on_archived=settings.fail_on_archived,
        vex=settings.vex,
    )


def of_conditions(conditions: tuple[str, ...]) -> Threshold:
    """Return the threshold that --fail-on makes.

    Raises:
        UsageError: a condition is none.
    """
    if not conditions:
        return EVERYTHING
    try:
        return threshold(conditions)
    except ValueError as error:
        raise UsageError(str(error), "--fail-on") from None
