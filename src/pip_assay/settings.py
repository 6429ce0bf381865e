"""One frozen Settings, made from the command line and the environment."""

from collections.abc import Callable, Mapping

from pip_assay.model import Severity
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.net import Network

OSV_URL = "https://api.osv.dev/v1/query"
STALE_AFTER_DAYS = 7.0
TIMEOUT_SECONDS = 15.0


def _nobody(*_: object) -> None:
    """Tell nobody."""


class Settings(NamedTuple):
    """Everything that changes what an audit does. Defaults are the command line's.

    targets            files and folders named without an option.
    requirements       files named by -r.
    paths              site-packages folders named by --path.
    python             an interpreter or environment named by --python.
    service            who answers: "local", "pypi" or "osv".
    database           the database's file; empty for the user's own.
    cache              the folder of the database and of resolver answers; empty for the user's own.
    timeout            seconds that a server may take to say anything.
    max_database_age   days after which the local data is refreshed, and a problem where it cannot be.
    strict             a dependency that is listed and not audited makes the audit incomplete, whatever the reason.
    """

    targets: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    python: str = ""
    locked: bool = False
    local: bool = False
    skip_editable: bool = False
    require_hashes: bool = False
    no_deps: bool = False
    disable_pip: bool = False
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    service: str = "local"
    osv_url: str = OSV_URL
    database: str = ""
    cache: str = ""
    offline: bool = False
    timeout: float = TIMEOUT_SECONDS
    max_database_age: float = STALE_AFTER_DAYS
    strict: bool = False
    ignored: tuple[str, ...] = ()
    fail_on: Severity | None = None

    def __repr__(self) -> str:
        # Index addresses may hold passwords; no log or traceback may show them.
        return "Settings(...)"


class Outside(NamedTuple):
    """What an audit may know of the world around it; it asks for nothing else.

    environ   environment variables.
    folder    the current folder.
    now       seconds since the epoch.
    say       takes a sentence on what takes time from now on.
    progress  takes how far that has come: done and total, 0 where the total is unknown.
    """

    environ: Mapping[str, str]
    folder: str
    now: float
    say: Callable[[str], None] = _nobody
    progress: Callable[..., None] = _nobody


def network(settings: Settings, outside: Outside) -> "Network":
    """Return the network as the settings and the environment allow it."""
    from pip_assay import net

    return net.network(
        outside.environ,
        offline=settings.offline,
        timeout=settings.timeout,
        index_url=settings.index_url,
        extra_index_urls=settings.extra_index_urls,
    )
