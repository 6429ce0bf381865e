"""What was there before: a report that was kept (--baseline), or the targets at a git commit (--since).

saved.py    reads a report of ours
chosen.py   which files of a commit an audit of the targets may read
history.py  audits the targets as they were at the commit, with the data of now
"""

from pip_assay.errors import UsageError
from pip_assay.policy.baseline import Baseline
from pip_assay.settings import Outside, Settings
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.model import Change

FAILING: "dict[str, tuple[Change, ...]]" = {"introduced": ("introduced",), "new": ("introduced", "newly published")}
"""What fails against a baseline, by the words of --baseline-fails."""


class Known(NamedTuple):
    """A baseline, and what a person has to know of it, one sentence each."""

    baseline: Baseline
    notes: tuple[str, ...] = ()


def before(settings: Settings, outside: Outside) -> Known | None:
    """Return what was there before, as the settings name it; None where they name nothing.

    Raises:
        UsageError: it is no report of ours, no commit, or cannot be had of these targets.
        Unreadable: the repository cannot be read.
    """
    if settings.baseline and settings.since:
        raise UsageError("--baseline does not go with --since", hint="name one of them")
    failing = FAILING.get(settings.baseline_fails)
    if not failing:
        hint = f"choose one of: {', '.join(FAILING)}"
        raise UsageError(f"{settings.baseline_fails!r} is not what a baseline may fail on", hint=hint)
    if settings.baseline:
        from pip_assay.baselines import saved

        return saved.read(settings.baseline, outside.folder, failing)
    if settings.since:
        from pip_assay.baselines import history

        return history.since(settings, outside, failing)
    if settings.baseline_fails != "introduced":
        raise UsageError("--baseline-fails goes with a baseline", hint="add --baseline FILE or --since REF")
    return None
