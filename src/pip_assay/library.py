"""What other programs may call: `pip_assay.audit`, `pip_assay.exit_code`, `pip_assay.render`.

They print nothing, never exit, and read no settings file unless they are told to.
"""

import os
from collections.abc import Callable, Iterable, Mapping

from pip_assay.errors import UsageError
from pip_assay.settings import STALE_AFTER_DAYS, TIMEOUT_SECONDS, Outside, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pip_assay.model import Report
    from pip_assay.policy.baseline import Baseline

    Path = str | os.PathLike[str]

NEAREST = "nearest"


def audit(
    *targets: "Path",
    requirements: "Path | Iterable[Path]" = (),
    paths: "Path | Iterable[Path]" = (),
    python: "Path" = "",
    roots: "Path | Iterable[Path]" = (),
    no_deps: bool = False,
    fail_on: str | Iterable[str] = (),
    ignored: str | Iterable[str] = (),
    strict: bool = False,
    vex: "Path | Iterable[Path]" = (),
    baseline: "Path" = "",
    since: str = "",
    config: "Path | None" = None,
    service: str = "local",
    offline: bool = False,
    timeout: float = TIMEOUT_SECONDS,
    index_url: str = "",
    database: "Path" = "",
    max_database_age: float = STALE_AFTER_DAYS,
    as_of: str = "",
    environ: Mapping[str, str] | None = None,
    now: float | None = None,
    say: Callable[[str], None] | None = None,
) -> "Report":
    """Return the report on all that is named: what it is made of, and which of it has known vulnerabilities.

    Nothing that is audited is imported, started or built. What could not be looked at is a Problem in the report, not
    an error: of one target of many, the others are still audited. Without a target, it is the environment that
    `pip-assay` without arguments would audit. Safe to call from several threads.

    targets           project folders, locks, requirements files, manifests, SBOMs, wheels, images, environments,
                      interpreters. Relative paths begin at the current folder, and are shown as they are given.
    requirements      files of requirements, one or several; what installing them all together gives is audited.
    paths             site-packages folders.
    python            an interpreter or an environment; it is not started.
    roots             unpacked file systems.
    no_deps           requirements are audited as they are listed; nothing is resolved.
    fail_on           conditions, as --fail-on takes them: "high", "exploited", "epss>=0.1", "fixable". None: every
                      finding fails.
    ignored           ids or aliases of flaws that are accepted; their findings stay in the report, as ignored.
    strict            a dependency that is listed and not audited is a problem, whatever the reason.
    vex               files of VEX statements.
    baseline          a JSON report of before, or `since`: a git commit at which the targets are looked at as well; then
                      only what has been introduced since fails.
    config            None: these arguments alone decide. A settings file, or "nearest" for what the command would
                      read: then an argument that is left at its default gives way to that file, and to the
                      variables PIP_ASSAY_* of `environ`, as it does on the command line.
    service           who answers: "local", "pypi", "osv" or "esms".
    offline           no connection is opened; what needs one becomes a problem. Else the local database is fetched
                      where there is none, and refreshed where it is old.
    timeout           seconds that a server may be silent.
    index_url         the package index in place of the public one, such as a mirror of it.
    database          the local database's file; empty for the user's own.
    max_database_age  days after which the local data are refreshed, and a problem where they cannot be.
    as_of             a day, "2026-11-01", or an RFC 3339 time: records published later count for nothing.
    environ           environment variables: where the database is, proxies, the active environment; None for those
                      of this process.
    now               seconds since the epoch; None for the clock's. The same input, data and day give an equal report.
    say               takes a sentence, without a newline, on each step that takes time, and on a baseline.

    Raises:
        UsageError: an argument, a settings file or one of its values is wrong.
        Unreadable: the git repository of `since` cannot be read.
    """
    from pip_assay import flow

    settings = Settings(
        targets=_texts(targets),
        requirements=_texts(requirements),
        paths=_texts(paths),
        python=os.fspath(python),
        roots=_texts(roots),
        no_deps=no_deps,
        fail_on=_texts(fail_on),
        ignored=_texts(ignored),
        strict=strict,
        vex=_texts(vex),
        baseline=os.fspath(baseline),
        since=since,
        config="" if config is None or config == NEAREST else os.fspath(config),
        no_config=config is None,
        service=service,
        offline=offline,
        timeout=timeout,
        index_url=index_url,
        database=os.fspath(database),
        max_database_age=max_database_age,
        as_of=as_of,
    )
    outside = _outside(os.environ if environ is None else environ, now, say)
    if config is None:
        outside = outside._replace(environ=_without_settings(outside.environ))
    else:
        settings = _with_said(settings, outside)
    _check(settings)
    return flow.audit(settings, outside, _before(settings, outside))


def exit_code(report: "Report") -> int:
    """Return the exit code that `pip-assay` ends with for this report.

    0 nothing fails, and everything was looked at; 1 a finding fails; 3 something could not be looked at, and nothing
    fails; 4 malware.
    """
    from pip_assay import policy

    return policy.exit_code(report)


def render(
    report: "Report",
    format: str = "json",  # noqa: A002 - as the option is called
    *,
    descriptions: bool | None = None,
    aliases: bool | None = None,
    width: int = 100,
    color: bool = False,
    verbose: int = 0,
) -> str:
    """Return the report as text in one of the formats of `pip-assay -f`; it ends with a newline.

    Empty where the format has nothing to tell: "markdown" and "columns" without a finding. The same report gives the
    same text.

    format        "terminal", "columns", "markdown", "json", "sarif", ...: what `pip-assay --help` lists.
    descriptions  whether what advisories say at length is shown; None: as the format does where nobody says.
    aliases       whether every alias is shown; None: likewise.
    width         columns of the screen; only summaries are shortened to it.
    color         whether ANSI colours are used, by "terminal" and "columns".
    verbose       1 or more: all places, paths and problems one by one.

    Raises:
        UsageError: there is no such format.
    """
    from pip_assay import reports

    chosen = reports.load(format)
    style = reports.Style(
        color=color,
        width=width,
        descriptions=chosen.AUTO if descriptions is None else descriptions,
        aliases=chosen.AUTO if aliases is None else aliases,
        verbose=verbose,
    )
    return chosen.render(report, style)


def _texts(given: "Path | Iterable[Path]") -> tuple[str, ...]:
    """Return one or several texts as several."""
    several = (given,) if isinstance(given, (str, os.PathLike)) else given
    return tuple([os.fspath(each) for each in several])


def _outside(environ: Mapping[str, str], now: float | None, say: Callable[[str], None] | None) -> Outside:
    import time

    outside = Outside(environ, os.getcwd(), time.time() if now is None else now)
    return outside._replace(say=say) if say else outside


def _before(settings: Settings, outside: Outside) -> "Baseline | None":
    """Return what was there before, if the settings name it."""
    if not (settings.baseline or settings.since):
        return None
    from pip_assay import baselines

    known = baselines.before(settings, outside)
    for note in known.notes if known else ():
        outside.say(note)
    return known.baseline if known else None


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without those that say how to audit; those that say where the data are stay."""
    from pip_assay.configuration import keys

    left_out = {name for key in keys.KEYS if key.scope != "user" for name in keys.variables(key)}
    return {name: value for name, value in environ.items() if name not in left_out}


def _with_said(settings: Settings, outside: Outside) -> Settings:
    """Return the settings with what files and variables say in place of what was left at its default.

    Raises:
        UsageError: a file cannot be read, or is wrong.
    """
    from pip_assay.configuration import keys, layers

    said = layers.read(outside.environ, outside.folder, settings.config)
    given = settings._asdict()
    changed: dict[str, Any] = {}
    for key in keys.KEYS:
        field = key.field
        if field in given and given[field] == Settings._field_defaults[field] and (word := said.said(key)):
            changed[field] = word.value
    return settings._replace(**changed)


def _check(settings: Settings) -> None:
    """Refuse what the command line would refuse.

    Raises:
        UsageError: a value is none of those that are allowed.
    """
    from pip_assay.look_up import SERVICES

    known = ("local", *SERVICES)
    if settings.service not in known:
        raise UsageError(
            f"{settings.service!r} is not a vulnerability service", hint=f"choose one of: {', '.join(known)}"
        )
    for name in ("timeout", "max_database_age"):
        value = getattr(settings, name)
        if not 0 <= value < float("inf"):
            raise UsageError(f"{name} is {value}, which is not a number of 0 or more")
