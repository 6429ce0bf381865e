"""What a policy is made of."""

from pip_assay.model import Severity
from pip_assay.values import NamedTuple


class Threshold(NamedTuple):
    """Conditions: a finding fails that meets one of the first three (where none is set: every one), and the last two.

    severity   the least severity; None for no such condition.
    exploited  known to be exploited.
    epss       the least probability of exploitation, 0.0 to 1.0; None for no such condition.
    fixable    only what a known release settles.
    never      nothing fails but malware.
    informational  what a record reports that calls itself no flaw (unmaintained, unsound) may fail, too.
    words      the conditions as they were written.
    """

    severity: Severity | None = None
    exploited: bool = False
    epss: float | None = None
    fixable: bool = False
    never: bool = False
    informational: bool = False
    words: str = ""


EVERYTHING = Threshold()


JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
"""Why a flaw does no harm, as OpenVEX and CSAF name it."""


class Ignore(NamedTuple):
    """One decision. Every field that is set must fit; empty ones fit anything.

    id           an id or alias of the flaw, in any letter case.
    package      the project's name, or that of what carries it: then all that it carries is meant.
    versions     a version specifier (PEP 440), such as "<2.0", for releases of what `package` names.
    groups       groups of the dependency: "dev", "extra:test", "runtime"; all of its groups must be among them.
    path         a glob for the target or the file in which the dependency is written, absolute or as targets are named.
    expires      the last day on which it holds, "2026-12-31".
    until_fixed  it holds while no fixed release is known.
    owner        who decided.
    justification  why the flaw does no harm, in VEX's words; empty where it may.
    here         the folder from which targets are named, against which `path`, if it is absolute, is held.
    rule         how people call it: "pyproject.toml:31", "--ignore-vuln CVE-2026-1".
    """

    id: str
    package: str = ""
    versions: str = ""
    groups: tuple[str, ...] = ()
    path: str = ""
    reason: str = ""
    expires: str = ""
    until_fixed: bool = False
    owner: str = ""
    justification: str = ""
    rule: str = ""
    here: str = ""


class Group(NamedTuple):
    """The threshold of one group of dependencies, and how people call the rule."""

    name: str
    fail_on: Threshold
    rule: str


class Policy(NamedTuple):
    """The rules of one target.

    fail_on         what fails; `fail_on_rule` is how people call it.
    groups          what fails where a dependency is of these groups alone.
    bundled         what fails of what is inside another release, whatever its groups; None where nothing says so.
    unknown_fails   what is not known meets a condition.
    internal        names of projects of one's own, with * for any text.
    strict          a dependency that is listed and not audited makes the audit incomplete.
    strict_ignores  an ignore that is expired or matches nothing fails.
    vex             files of VEX statements.
    """

    fail_on: Threshold = EVERYTHING
    fail_on_rule: str = ""
    groups: tuple[Group, ...] = ()
    bundled: Group | None = None
    unknown_fails: bool = True
    ignores: tuple[Ignore, ...] = ()
    internal: tuple[str, ...] = ()
    strict: bool = False
    strict_ignores: bool = False
    fail_on_yanked: bool = False
    fail_on_archived: bool = False
    vex: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether the package index has to be asked for the status of projects and releases."""
        return self.fail_on_yanked or self.fail_on_archived


NO_POLICY = Policy()
