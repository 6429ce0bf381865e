"""A fix in its formats: for people, for a pull request, for programs."""

import json
import re
from importlib import resources

import pytest
from jsonschema import validators

from pip_assay.errors import UsageError
from pip_assay.fix.nouns import Blocked, Change, Edit, Outcome, Plan, Proof, Relaxation, Target
from pip_assay.model import (
    PYPI,
    Audit,
    Data,
    Dependency,
    Finding,
    Fix,
    Inventory,
    Pin,
    Place,
    Problem,
    Report,
    Severity,
    Verdict,
)
from pip_assay.reports import Style, columns, fixing, markdown
from pip_assay.reports.fixing import Fixing, exit_code, fixes, load
from pip_assay.reports.summary import summary_line
from pip_assay.reports.text import screen_width
from tests.fixing import finding, target

SCHEMA = json.loads((resources.files("pip_assay.reports.fixing") / "fix-1.schema.json").read_text("utf-8"))
VALIDATOR = validators.validator_for(SCHEMA)(SCHEMA)

HELD = {"alpha": "1.2", "beta": "0.9", "gamma": "1.0", "old": "1.0"}
SECRET = "https://ann:secret@index.example/simple"
EDIT = Edit("r.txt", f"--index-url {SECRET}\nalpha==1.2\n".encode(), f"--index-url {SECRET}\nalpha==2.1\n".encode())


def found(name: str, flaw: str, severity: Severity = "high", **more: object) -> Finding:
    return finding(name, HELD[name], flaw, severity)._replace(**more)  # type: ignore[arg-type]


SETTLED = (found("alpha", "PYSEC-2026-1"), found("alpha", "PYSEC-2026-2", "medium"))
STAYS = found("beta", "PYSEC-2026-3", "critical")
HELP = Relaxation(Place("r.in", 2), "beta<1", "beta>=1.1", ("click", "zipp"))
STUCK = Blocked((STAYS,), "beta", "0.9", "beta<1 (r.in:2) holds it back", (HELP,), ("pytest 7.2.0",))
CHANGES = (
    Change("alpha", "1.2", "2.1", "major", ("PYSEC-2026-1", "PYSEC-2026-2"), fresh=True),
    Change("gamma", "1.0", "1.0.1", "patch", needed_by=("alpha",)),
    Change("new", "", "3.0", needed_by=("alpha",), marker="python_version < '3.8'"),
    Change("old", "1.0", ""),
)
PROOF = Proof(checks=("uv lock --check",))


def plan(*, blocked: tuple[Blocked, ...] = (), **more: object) -> Plan:
    made = Plan(target(HELD, files=("r.txt",)), CHANGES, SETTLED, blocked, calls=4, most=40)
    return made._replace(**more)  # type: ignore[arg-type]


def of(*outcomes: Outcome, problems: tuple[Problem, ...] = (), status: str = "fails", **more: object) -> Fixing:
    """Return a fix of targets whose findings are those that the plans speak of."""
    asked = [(*one.plan.settled, *(each for held in one.plan.blocked for each in held.findings)) for one in outcomes]
    audits = tuple(
        Audit(one.plan.target.inventory, tuple(Verdict(each, status) for each in its))  # type: ignore[arg-type]
        for one, its in zip(outcomes, asked, strict=True)
    )
    made = Fixing(Report(audits, problems, Data("local database")), outcomes, tuple(asked), again="pip-assay fix -w")
    return made._replace(**more)  # type: ignore[arg-type]


def outcome(one: Plan, **more: object) -> Outcome:
    return Outcome(one, (EDIT,), PROOF)._replace(**more)  # type: ignore[arg-type]


PLANNED = of(outcome(plan(blocked=(STUCK,), relaxed=(HELP,))))


def shown(one: Fixing, name: str = "terminal", **style: object) -> str:
    return load(name).render(one, Style(**style))  # type: ignore[arg-type]


def test_a_plan_for_people() -> None:
    """What changes and why, what stays and why and what would help, how it was proved, the difference, what to do."""
    assert (
        shown(PLANNED)
        == """\
r.txt: 4 changes would settle 2 of 3 findings.

package  old  new    level    why
alpha    1.2  2.1    MAJOR    settles PYSEC-2026-1, PYSEC-2026-2, younger than the cooldown, taken
                              because it settles a flaw
gamma    1.0  1.0.1  patch    needed by alpha
new      -    3.0    new      needed by alpha, where python_version < '3.8'
old      1.0  -      removed  nothing needs it any more

Widened: beta>=1.1 in place of beta<1 (r.in:2).

Remaining:
CRITICAL  beta 0.9  PYSEC-2026-3
          beta<1 (r.in:2) holds it back
          beta>=1.1 in place of beta<1 (r.in:2) would let it in, which also changes click, zipp
          (--relax)
          an upgrade to pytest 7.2.0 would drop it

Proved by a second audit and uv lock --check.
uv was asked 4 of at most 40 times.

--- a/r.txt
+++ b/r.txt
@@ -1,2 +1,2 @@
 --index-url https://index.example/simple
-alpha==1.2
+alpha==2.1

2 of 3 findings would be settled, 1 would stay; nothing was written.
Next: pip-assay fix -w
"""
    )


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_a_plan_fits_the_screen(width: int) -> None:
    """On a narrow screen reasons stand below; only what is told whole is wider: a difference, an id, a heading."""
    lines = shown(PLANNED, width=width, quiet=1).splitlines()
    wide = [line for line in lines if screen_width(line) > max(width, 44)]
    assert [line for line in wide if not line.startswith(("2 of 3", "Next"))] == []
    assert "".join(shown(PLANNED, width=width).split()).count("neededbyalpha") == 2


def test_colour_adds_nothing_but_colour() -> None:
    """Without its colours a plan is the same text."""
    coloured = shown(PLANNED, color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(PLANNED)
    assert "\x1b[1;33mMAJOR" in coloured
    assert "\x1b[32m+alpha==2.1" in coloured


def test_many_flaws_of_one_release_are_counted() -> None:
    """An interpreter may have dozens; -v names all."""
    many = STUCK._replace(findings=tuple(found("beta", f"CVE-2026-{number}") for number in range(100, 160)))
    one = of(outcome(plan(blocked=(many,))))
    assert "CVE-2026-107 and 52 more\n" in shown(one)
    assert shown(one, verbose=1).count("CVE-2026-1") == 60


def test_quiet_leaves_the_difference_out_and_then_all_but_the_closing_line() -> None:
    """-q, -qq; and what was written shows its difference with -v alone."""
    assert "@@" not in shown(PLANNED, quiet=1)
    assert shown(PLANNED, quiet=2).count("\n") == 1
    written = of(outcome(plan(), written=True), writing=True, again="")
    assert "@@" not in shown(written)
    assert "@@" in shown(written, verbose=1)
    assert shown(written).endswith("Both findings settled.\nWritten: r.txt.\n")


def test_a_terminal_obeys_nothing_of_it() -> None:
    """Names, reasons, faults and files of strangers are made harmless, and show no password."""
    evil = "\x1b[2Jevil\n::set-output::\u202e"
    change = Change(evil, evil, evil, settles=(evil,), marker=evil)
    stuck = Blocked((found("beta", evil),), evil, evil, evil + SECRET, (Relaxation(Place(evil), evil, evil, (evil,)),))
    edit = Edit("r.txt", b"a\n", f"{evil}\nb\n".encode())
    hostile = plan(changes=(change,), blocked=(stuck,), relaxed=stuck.would, notes=(evil,))
    one = of(outcome(hostile, edits=(edit,), proof=Proof(checks=(evil,)), faults=(evil,)), again=evil)
    for name in ("terminal", "markdown"):
        text = shown(one, name)
        assert not re.search("[\x1b\u202e]|^ *::", text, re.MULTILINE)
        assert "secret" not in text
    assert "secret" not in shown(one, "json")


def test_faults_say_that_nothing_was_written() -> None:
    """Once each, whatever their own words are."""
    one = of(outcome(plan(), faults=("r.txt: is a link", "r.txt: was changed; nothing was changed")), writing=True)
    text = shown(one, quiet=1)
    assert "r.txt: is a link; nothing was written\n" in text
    assert "r.txt: was changed; nothing was changed\n" in text
    assert text.startswith("r.txt: no fix of 2 findings.\n")
    assert text.endswith("Both findings stay; nothing was written.\n")
    assert exit_code(one) == 3
    assert [each.why for each in fixes(one)] == ["r.txt: is a link; r.txt: was changed; nothing was changed"]


def test_advice_is_no_proof() -> None:
    """A plan without a resolver says so, and is a failure to fix: exit 3."""
    one = of(Outcome(plan(proved=False, notes=("no resolver was found",))))
    text = shown(one)
    assert "4 changes may settle both findings" in text
    assert "No resolver was found." in text
    assert "Proved" not in text
    assert exit_code(one) == 3


def test_of_several_targets_each_has_a_section() -> None:
    """Those with nothing to settle are passed over, unless it is the only one."""
    calm = Outcome(Plan(Target(Inventory("calm.txt", "requirements"), "requirements", ())))
    gone = Inventory("gone.txt", "requirements", problems=(Problem("missing", "does not exist", None, "", "gone.txt"),))
    both = of(outcome(plan()), calm)
    assert "calm.txt" not in shown(both)
    assert "calm.txt: nothing to settle." in shown(both, verbose=1)
    assert shown(of(calm)) == "calm.txt: nothing to settle.\n"
    assert exit_code(of(calm)) == 0
    lost = of(calm._replace(plan=Plan(Target(gone, "requirements", ()))))
    lost = lost._replace(report=lost.report._replace(problems=gone.problems))
    last = "Nothing known to settle; the audit is incomplete: see pip-assay's audit."
    assert shown(lost) == f"gone.txt: could not be read.\n\n{last}\n"
    assert exit_code(lost) == 3


def test_nothing_found_in_what_was_not_looked_at_is_not_nothing_to_settle() -> None:
    """Without advisory data no release was audited: the plan must not read as if all were well."""
    one = Dependency(Pin(PYPI, "alpha", "1.0"), Place("a.txt", 1))
    target = Target(Inventory("a.txt", "requirements", (one,)), "requirements", ())
    unseen = of(Outcome(Plan(target)))
    unseen = unseen._replace(report=unseen.report._replace(problems=(Problem("missing", "there is no database"),)))
    assert shown(unseen).startswith("a.txt: not all of it was audited.\n")
    assert "othing to settle" not in shown(unseen)
    assert exit_code(unseen) == 3


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (of(outcome(plan())), 0),
        (PLANNED, 1),
        (of(outcome(plan(blocked=(STUCK,))), status="warns"), 0),
        (of(outcome(plan(), written=True), writing=True), 0),
        (of(outcome(plan()), writing=True), 3),
        (of(outcome(plan(), faults=("r.txt: is a link",))), 3),
        (of(outcome(plan(), proof=Proof(remaining=SETTLED[:1]))), 1),
        (of(outcome(plan()), problems=(Problem("stale", "old", None, "", ""),)), 3),
        (of(outcome(plan(blocked=(STUCK._replace(findings=(STAYS._replace(malware=True),)),)))), 4),
    ],
)
def test_the_exit_code_is_of_what_is_there_after_the_fix(one: Fixing, code: int) -> None:
    """0 nothing left, 1 something that fails stays, 3 not written or not all seen, 4 malware stays."""
    assert exit_code(one) == code


def test_what_was_not_asked_for_is_counted() -> None:
    """A finding beside --only stays, is told of, and does not fail; but malware does."""
    one = PLANNED._replace(asked=(SETTLED,), outcomes=(outcome(plan()),))
    assert "\n1 finding not asked for (--only, --min-severity).\n" in shown(one)
    assert exit_code(one) == 0


def test_a_pull_request() -> None:
    """A title, a table with links, what stays and why, how it was proved."""
    assert (
        shown(PLANNED, "markdown")
        == """\
## Settle 2 of 3 known vulnerabilities

r.txt: 4 changes would settle 2 of 3 findings.

| package | old | new | level | why |
| --- | --- | --- | --- | --- |
| alpha | 1.2 | 2.1 | **major** | settles [PYSEC-2026-1](https://osv.dev/vulnerability/PYSEC-2026-1), \
[PYSEC-2026-2](https://osv.dev/vulnerability/PYSEC-2026-2), younger than the cooldown, taken because it settles a flaw |
| gamma | 1.0 | 1.0.1 | patch | needed by alpha |
| new | - | 3.0 | new | needed by alpha, where python\\_version \\< '3.8' |
| old | 1.0 | - | removed | nothing needs it any more |

- Widened: beta\\>=1.1 in place of beta\\<1 (r.in:2)

**Remaining**

- beta 0.9 (critical): [PYSEC-2026-3](https://osv.dev/vulnerability/PYSEC-2026-3). beta\\<1 (r.in:2) holds it back; \
beta\\>=1.1 in place of beta\\<1 (r.in:2) would let it in, which also changes click, zipp (--relax); \
an upgrade to pytest 7.2.0 would drop it

Proved by a second audit and uv lock --check.
uv was asked 4 of at most 40 times.
"""
    )
    assert shown(of(Outcome(Plan(target({})))), "markdown") == "## No known vulnerability to settle\n"
    assert shown(of(outcome(plan())), "markdown").startswith("## Settle 2 known vulnerabilities\n")


def test_a_pull_request_is_no_way_out_of_its_cells() -> None:
    """Marks of Markdown and HTML have no meaning in it, and nobody is called by name."""
    change = Change("a|b", "<img>", "[x](y)", settles=("`Z`",), needed_by=("@ann",))
    text = shown(of(outcome(plan(changes=(change,)), proof=Proof(checks=("@ann",)))), "markdown")
    (row,) = [line.replace("<!-- -->", "") for line in text.splitlines() if "img" in line]
    assert re.sub(r"\\.|\]\([^)]*\)", "", row).count("|") == 6
    assert not re.search(r"(?<!\\)[<`]|(?<!\\)\[x", row)
    assert "@ann" not in text


def test_programs_are_told_everything() -> None:
    """The JSON is as its schema says, holds pip-audit's list, and no password."""
    VALIDATOR.check_schema(SCHEMA)
    calm = Outcome(Plan(Target(Inventory("calm.txt", "requirements"), "requirements", ())))
    bad = outcome(plan(), faults=("x",), proof=Proof(SETTLED[:1], SETTLED[1:], ("x",), ("y",)))
    problem = Problem("unreadable", "is broken", Place("r.txt", 3), "mend it", "r.txt")
    for one in (PLANNED, of(calm), of(bad, problems=(problem,)), of(Outcome(plan(proved=False)))):
        VALIDATOR.validate(json.loads(shown(one, "json")))
    told = json.loads(shown(PLANNED, "json"))
    assert told["fixes"] == [
        {"name": "alpha", "old_version": "1.2", "new_version": "2.1"},
        {"name": "gamma", "old_version": "1.0", "new_version": "1.0.1"},
        {"name": "old", "old_version": "1.0", "new_version": ""},
        {"name": "beta", "version": "0.9", "skip_reason": "beta<1 (r.in:2) holds it back"},
    ]
    assert (told["status"], told["written"]) == ("remaining", False)
    assert [each["id"] for each in told["targets"][0]["remaining"]] == ["PYSEC-2026-3"]
    assert "secret" not in json.dumps(told)
    assert "+alpha==2.1" in told["diff"]


def test_every_key_of_the_schema_is_described() -> None:
    """So that nobody has to guess."""

    def properties(part: object) -> list[tuple[str, object]]:
        if isinstance(part, list):
            return [each for one in part for each in properties(one)]
        if not isinstance(part, dict):
            return []
        own = list(part.get("properties", {}).items()) if isinstance(part.get("properties"), dict) else []
        return own + [each for one in part.values() for each in properties(one)]

    missing = [
        key for key, held in properties(SCHEMA) if isinstance(held, dict) and not {"description", "$ref"} & {*held}
    ]
    assert missing == []


def test_what_stays_of_a_release_that_moved_is_told_of_the_new_one() -> None:
    """A fix may settle one flaw of two: pip-audit's list then has both, the move and why the rest stays."""
    left = Blocked((found("alpha", "PYSEC-2026-2", "medium"),), "alpha", "1.2", "needs a major step")
    one = of(outcome(plan(changes=(Change("alpha", "1.2", "1.5rc1"),), settled=SETTLED[:1], blocked=(left,))))
    assert fixes(one) == (Fix("alpha", "1.2", "1.5rc1"), Fix("alpha", "1.5rc1", why="needs a major step"))
    assert "HIGH" not in shown(one)
    assert "MEDIUM    alpha 1.2 -> 1.5rc1  PYSEC-2026-2\n          needs a major step\n" in shown(one)
    assert "- alpha 1.2 -\\> 1.5rc1 (medium): " in shown(one, "markdown")
    pin = Pin(PYPI, "alpha", "1.5.RC1")
    now = SETTLED[1]._replace(dependency=SETTLED[1].dependency._replace(pin=pin))
    audit = one.report.audits[0]
    report = fixing.settled(one, Report((audit._replace(verdicts=(Verdict(now, "fails"),)),)))
    assert columns.render(report, Style()).splitlines()[2:] == [
        "alpha 1.2     PYSEC-2026-1              Successfully upgraded alpha (1.2 => 1.5rc1)",
        "alpha 1.5rc1  PYSEC-2026-2              Failed to fix alpha (1.5rc1): needs a major step",
    ]
    told = "Found 2 known vulnerabilities in 1 package and fixed 1 vulnerability in 1 package"
    assert summary_line(report) == told


def test_what_stays_in_one_target_is_not_fixed() -> None:
    """A release that another target has too, and that can be moved there alone, is still there."""
    stuck = Blocked(SETTLED, "alpha", "1.2", "alpha<2 (r.in:1) holds it back")
    both = of(outcome(plan(changes=CHANGES[:1])), outcome(plan(changes=(), settled=(), blocked=(stuck,))))
    moved, stays = both.report.audits
    report = fixing.settled(both, Report((moved._replace(verdicts=()), stays)))
    assert columns.render(report, Style()).count("Failed to fix alpha (1.2): alpha<2") == 2
    assert summary_line(report).endswith("in 1 package and fixed 0 vulnerabilities in 0 packages")


@pytest.mark.parametrize(
    ("many", "said"), [(1, "the finding stays"), (2, "both findings stay"), (3, "all 3 findings stay")]
)
def test_what_cannot_be_settled_stays(many: int, said: str) -> None:
    """In words that a person would use, whether it is one or many; nobody says that nothing was written."""
    stays = STUCK._replace(findings=tuple(found("beta", f"CVE-2026-{number}") for number in range(many)))
    text = shown(of(Outcome(plan(changes=(), settled=(), blocked=(stays,)))))
    assert text.startswith(f"r.txt: {said}.\n")
    assert text.endswith(f"\n{said.capitalize()}.\n")


def test_what_a_fix_drops_is_told_as_removed() -> None:
    """pip-audit never drops a release; the words are like its own. Where something was not seen, that is said."""
    gone = found("old", "PYSEC-2026-9")
    one = of(outcome(plan(changes=CHANGES[3:], settled=(gone,))), problems=(Problem("stale", "is old"),))
    report = fixing.settled(one, Report((Audit(Inventory("r.txt", "requirements")),), one.report.problems))
    assert columns.render(report, Style()).endswith("Successfully removed old (1.0)\n")
    assert summary_line(report) == (
        "Found 1 known vulnerability in 1 package and fixed 1 vulnerability in 1 package; "
        "the audit is incomplete: 1 problem"
    )


def test_the_tables_of_a_fix_obey_nobody() -> None:
    """Reasons hold words of strangers, and addresses with passwords."""
    evil = "\x1b[2Jevil\n::set-output::\u202e<b>|" + SECRET
    one = of(outcome(plan(blocked=(STUCK._replace(why=evil),))))
    report = fixing.settled(one, one.report)
    texts = [module.render(report, Style()) for module in (columns, markdown)]
    for text in texts:
        assert "evil" in text
        assert not re.search("[\x1b\u202e]|^ *::|secret", text, re.MULTILINE)
    assert "\\<b>\\|" in texts[1]


def test_a_format_that_does_not_exist_is_wrong_usage() -> None:
    """With those that do."""
    with pytest.raises(UsageError, match="choose one of: terminal, json, markdown, patch"):
        load("html")
    assert [load(name).NAME for name in fixing.FORMATS] == list(fixing.FORMATS)


@pytest.mark.parametrize("writing", [False, True])
def test_what_could_not_be_seen_is_that_of_the_second_audit(writing: bool) -> None:
    """Where the fix is done: a lock that is whole then is complete; what the index was asked beside it still counts."""
    gap, asked = Problem("unpinned", "is not locked", subject="flask"), Problem("status", "was not answered")
    one = outcome(plan(), written=writing)
    before = of(one, writing=writing, again="")
    audits = tuple(each._replace(problems=(gap,)) for each in before.report.audits)
    whole = before._replace(report=before.report._replace(audits=audits))
    assert (exit_code(whole), "incomplete" in load("terminal").render(whole, Style())) == (0, False)
    assert json.loads(load("json").render(whole, Style()))["problems"] == []
    for failed in (
        whole._replace(outcomes=(one._replace(faults=("no",)),)),
        whole._replace(outcomes=(one._replace(proof=Proof(problems=(gap,))),)),
        whole._replace(report=whole.report._replace(problems=(gap,))),
        whole._replace(report=whole.report._replace(audits=tuple(each._replace(problems=(asked,)) for each in audits))),
    ):
        assert (exit_code(failed), "incomplete" in load("terminal").render(failed, Style())) == (3, True)


def test_a_patch_holds_what_would_be_done_alone() -> None:
    """Of targets that disagree about a file none would be: a patch of both could not be applied."""
    other = Edit("r.txt", EDIT.before, b"alpha==3\n")
    both = of(
        outcome(plan(), faults=("r.txt: two ways",)), outcome(plan(), faults=("r.txt: two ways",), edits=(other,))
    )
    assert load("patch").render(both, Style()) == ""
    assert "+++" not in load("terminal").render(both, Style())
    assert "Next:" not in load("terminal").render(both, Style())
    assert json.loads(load("json").render(both, Style()))["diff"] == ""


@pytest.mark.parametrize("name", ["terminal", "markdown"])
def test_a_bound_that_two_groups_share_is_told_once(name: str) -> None:
    """As where one includes the other."""
    twice = (HELP, HELP._replace(also=()), HELP._replace(old="gamma<2", new="gamma>=2"))
    said = load(name).render(of(outcome(plan(relaxed=twice))), Style())
    assert (said.count("in place of beta"), said.count("in place of gamma")) == (1, 1)


def test_a_target_without_findings_is_told_of_where_it_follows() -> None:
    """What changes, or cannot, though nothing of it was to be settled."""
    silent = plan(settled=())
    made = of(outcome(plan()), outcome(silent))
    for name in ("terminal", "markdown"):
        assert "r.txt: 4 changes, so that it fits what it builds on." in load(name).render(made, Style())
        stays = of(outcome(plan()), outcome(silent, faults=("core does not follow",)))
        assert "r.txt: cannot follow what it builds on." in load(name).render(stays, Style())
