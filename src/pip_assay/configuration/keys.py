"""Every setting that a file or a variable may hold: its name, what it takes, and who may set it."""

from collections.abc import Iterable

from pip_assay.values import Literal, NamedTuple

Kind = Literal["switch", "text", "texts", "number", "choice"]
Scope = Literal["policy", "run", "user"]

Value = bool | float | str | tuple[str, ...]


class Key(NamedTuple):
    """One setting.

    name     as a file writes it; a variable is PIP_ASSAY_ and the same in capitals, with "_" for "-".
    kind     "texts" takes a list, or one text for a list of one; a variable parts them by commas.
    scope    "policy": of the file nearest to each target; "run": of the file nearest to the current folder; "user":
             of the user's own file, a variable or an option alone, because what is audited may not choose where names
             are sent, what is run, or which data answer.
    field    the option's destination on the command line; empty for what belongs to the policy.
    default  what holds where nobody says anything, as people read it.
    choices  the texts that are allowed; empty for any.
    """

    name: str
    kind: Kind
    scope: Scope
    about: str
    field: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()


SWITCHES = ("on", "off", "auto")

MOST = 1e7
"""Seconds or days: more than anybody waits, and less than what a system's clock cannot count."""

KEYS = (
    Key("fail-on", "texts", "policy", "what fails: see --fail-on", default="any"),
    Key(
        "unknown", "choice", "policy", "whether the unknown meets a condition of fail-on", "", "fail", ("fail", "pass")
    ),
    Key("internal", "texts", "policy", "names of your own projects, * for any text: never looked up, never matched"),
    Key("strict", "switch", "policy", "fail when any dependency was not audited", default="false"),
    Key("strict-ignores", "switch", "policy", "fail when an ignore is expired or matches nothing", default="false"),
    Key("fail-on-yanked", "switch", "policy", "fail on yanked releases; asks the index", default="false"),
    Key("fail-on-archived", "switch", "policy", "fail on archived projects; asks the index", default="false"),
    Key("vex", "texts", "policy", "files of VEX statements, beside the settings file or below it"),
    Key("format", "texts", "run", "formats of the report: FORMAT or FORMAT=FILE", "format", "terminal"),
    Key("desc", "choice", "run", "whether descriptions are printed", "desc", "auto", SWITCHES),
    Key("aliases", "choice", "run", "whether all aliases are printed", "aliases", "auto", SWITCHES),
    Key("service", "choice", "user", "who answers", "service", "local", ("local", "pypi", "osv", "esms")),
    Key("offline", "switch", "run", "open no connection", "offline", "false"),
    Key("timeout", "number", "run", "seconds that a server may be silent", "timeout", "15"),
    Key("max-db-age", "number", "user", "days after which advisory data are too old", "max_database_age", "7"),
    Key("status", "switch", "run", "ask the index for the status of projects and releases", "status", "false"),
    Key("group", "texts", "run", "dependency groups to audit beside what is needed at run time", "groups"),
    Key("extra", "texts", "run", "extras to audit beside what is needed at run time", "extras"),
    Key("only-group", "texts", "run", "dependency groups to audit alone", "only_groups"),
    Key("no-dev", "switch", "run", "leave dependency groups out", "no_dev", "false"),
    Key("python-version", "text", "run", "audit and resolve for this Python", "python_version"),
    Key("platform", "text", "run", "audit and resolve for this platform", "platform"),
    Key("no-bundled", "switch", "run", "leave out what wheels carry, and the interpreter", "no_bundled", "false"),
    Key("hints", "switch", "run", "list what Dockerfiles and notebooks install", "hints", "false"),
    Key("skip-editable", "switch", "run", "list editable installs without auditing them", "skip_editable", "false"),
    Key("db", "text", "user", "the local advisory database", "database"),
    Key("cache-dir", "text", "user", "the folder for the database and cached answers", "cache"),
    Key("osv-url", "text", "user", "the OSV service to ask", "osv_url"),
    Key("index-url", "text", "user", "the package index to use in place of the public one", "index_url"),
    Key("extra-index-url", "texts", "user", "package indexes to use as well", "extra_index_urls"),
)

_OLDER = {
    "format": "PIP_AUDIT_FORMAT",
    "desc": "PIP_AUDIT_DESC",
    "service": "PIP_AUDIT_VULNERABILITY_SERVICE",
    "osv-url": "PIP_AUDIT_OSV_URL",
    "cache-dir": "PIP_ASSAY_CACHE",
}


BY_NAME = {key.name: key for key in KEYS}

TABLES = ("ignore", "groups", "bundled")
"""What a file may hold beside them: tables of their own."""


def variable(key: Key) -> str:
    """Return the name of the environment variable of a setting: "PIP_ASSAY_FAIL_ON"."""
    return f"PIP_ASSAY_{key.name.upper().replace('-', '_')}"


def variables(key: Key) -> tuple[str, ...]:
    """Return every variable that says it, the stronger first: people have set some of pip-audit's."""
    return (variable(key), _OLDER[key.name]) if key.name in _OLDER else (variable(key),)


def nearest(given: str, known: Iterable[str]) -> str:
    """Return what to do about an unknown word: the known one that was probably meant, or all of them."""
    import difflib

    words = list(known)
    near = difflib.get_close_matches(given, words, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(words)}"


def from_file(key: Key, value: object) -> Value:
    """Return a value as TOML gives it.

    Raises:
        ValueError: it is of another type, in words for a person.
    """
    if key.kind == "switch" and isinstance(value, bool):
        return value
    if key.kind == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(float(value))
    if key.kind == "texts" and isinstance(value, (str, list)):
        listed = [value] if isinstance(value, str) else value
        if all(isinstance(each, str) and each for each in listed):
            return tuple(listed)
    if key.kind in {"text", "choice"} and isinstance(value, str):
        return _chosen(key, value)
    words = {"switch": "true or false", "number": "a number", "texts": "a list of texts", "text": "a text"}
    raise ValueError(f"is not {words.get(key.kind, 'a text')}")


def from_text(key: Key, text: str) -> Value:
    """Return a value as an environment variable gives it.

    Raises:
        ValueError: it cannot be read, in words for a person.
    """
    if key.kind == "switch":
        said = {"1": True, "true": True, "on": True, "yes": True, "0": False, "false": False, "off": False, "no": False}
        if text.lower() not in said:
            raise ValueError(f"is {text!r}, which is not true or false")
        return said[text.lower()]
    if key.kind == "number":
        try:
            return _number(float(text))
        except ValueError:
            raise ValueError(f"is {text!r}, which is not a number of 0 or more") from None
    if key.kind == "texts":
        return tuple([each.strip() for each in text.split(",") if each.strip()])
    return _chosen(key, text)


def _number(value: float) -> float:
    if not 0 <= value <= MOST:
        raise ValueError(f"is not a number from 0 to {MOST:.0f}")
    return value


def _chosen(key: Key, text: str) -> str:
    if key.choices and text not in key.choices:
        raise ValueError(f"is {text!r}, which is not one of: {', '.join(key.choices)}")
    return text
