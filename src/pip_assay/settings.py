"""One frozen Settings, made from the command line and the environment."""

from collections.abc import Callable, Mapping

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
    roots              unpacked file systems named by --root.
    tools              the environments of pipx and `uv tool` are targets.
    recursive          every target in the named folders is meant, at any depth.
    hints              what Dockerfiles and notebooks install is listed too.
    groups             dependency groups named by --group; `extras` by --extra; `only_groups` by --only-group.
    python_version     the Python to resolve and choose markers for; empty for every one that a lock is for.
    platform           the platform to resolve and choose markers for, in uv's words.
    exclude_newer      releases uploaded after this date are not resolved to.
    constraints        constraints files; `overrides` files of requirements that replace others.
    allow_build        what has no wheel may be built, which runs its code.
    service            who answers: "local", "pypi", "osv" or "esms".
    database           the database's file; empty for the user's own.
    cache              the folder of the database and of resolver answers; empty for the user's own.
    timeout            seconds that a server may take to say anything.
    max_database_age   days after which the local data is refreshed, and a problem where it cannot be.
    max_list_age       the same for a list of CVEs by which a policy decides; None for the same number.
    as_of              the records published up to this day or time alone count; empty for all.
    status             the index is asked for the status of each project and release.
    fail_on_yanked     a yanked release fails; `fail_on_archived` an archived or deprecated project. Both ask, too.
    ignored            ids of flaws named by --ignore-vuln; `fail_on` conditions named by --fail-on.
    vex                files of VEX statements named by --vex.
    config             a settings file in place of the nearest; no_config: none is read.
    no_bundled         what distributions carry (crates, libraries, copies) and the interpreter are left out.
    strings            compiled files are searched for the versions of libraries; `pip-assay contents` alone does.
    strict             a dependency that is listed and not audited makes the audit incomplete, whatever the reason.
    baseline           a report that says what was there before; `since` a git commit at which to look for that.
    baseline_fails     what fails against it: "introduced", or "new", which is that and what is newly published.
    """

    targets: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    python: str = ""
    roots: tuple[str, ...] = ()
    tools: bool = False
    recursive: bool = False
    hints: bool = False
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    only_groups: tuple[str, ...] = ()
    no_dev: bool = False
    python_version: str = ""
    platform: str = ""
    exclude_newer: str = ""
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    allow_build: bool = False
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
    as_of: str = ""
    status: bool = False
    fail_on_yanked: bool = False
    fail_on_archived: bool = False
    strict: bool = False
    ignored: tuple[str, ...] = ()
    fail_on: tuple[str, ...] = ()
    strict_ignores: bool = False
    vex: tuple[str, ...] = ()
    baseline: str = ""
    since: str = ""
    baseline_fails: str = "introduced"
    config: str = ""
    no_config: bool = False
    max_list_age: float | None = None
    no_bundled: bool = False
    strings: bool = False

    def names_something(self) -> bool:
        """Return whether a target is named, by any option."""
        return bool(self.targets or self.requirements or self.paths or self.python or self.roots or self.tools)

    def narrows(self) -> bool:
        """Return whether something of the targets is left out."""
        return bool(
            self.groups or self.extras or self.only_groups or self.no_dev or self.python_version or self.platform
        )

    def __repr__(self) -> str:
        # Index addresses may hold passwords; no log or traceback may show them.
        return "Settings(...)"


class Own(NamedTuple):
    """What a target's settings say of projects of one's own: their names, * for any text, and --strict."""

    names: tuple[str, ...] = ()
    strict: bool = False


def _none(_: str) -> Own:
    """Return what holds where no settings are read."""
    return Own()


class Outside(NamedTuple):
    """What an audit may know of the world around it; it asks for nothing else.

    environ   environment variables.
    folder    the current folder.
    now       seconds since the epoch.
    say       takes a sentence on what takes time from now on.
    progress  takes how far that has come: done and total, 0 where the total is unknown.
    own       gives what are projects of one's own in a target: no index may be asked for those by name.
    """

    environ: Mapping[str, str]
    folder: str
    now: float
    say: Callable[[str], None] = _nobody
    progress: Callable[..., None] = _nobody
    own: Callable[[str], Own] = _none


def network(settings: Settings, outside: Outside) -> "Network":
    """Return the network as the settings and the environment allow it."""
    from pip_assay import net

    return net.network(
        outside.environ,
        offline=settings.offline,
        timeout=settings.timeout,
        index_url=settings.index_url,
        extra_index_urls=settings.extra_index_urls,
        progress=outside.progress,
    )
