"""What distributions and interpreters carry, and interpreters themselves, in every format."""

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.model import (
    PYPI,
    PYTHON,
    UNAUDITABLE,
    Audit,
    Dependency,
    Evidence,
    Finding,
    Inventory,
    Pin,
    Place,
    Problem,
    Report,
    Upgrade,
)
from pip_assay.reports import FORMATS, Style, fixes, listing, load, saved
from pip_assay.reports import json as written
from pip_assay.reports.bundled import DEEPEST, TITLE, Hosts, evidence, inside
from pip_assay.reports.summary import Share, counts, looked_at
from tests import samples

SITE = samples.SITE


def rendered(name: str, report: Report, **style: Any) -> str:
    """Return a report in a format."""
    return load(name).render(report, Style(**style))


def of(*found: Finding, listed: tuple[Dependency, ...] = (), upgrades: tuple[Upgrade, ...] = ()) -> Report:
    """Return the report of an environment with these findings, and others that it lists."""
    every = tuple(dict.fromkeys((*(each.dependency for each in found), *listed)))
    return Report(
        (Audit(Inventory(".venv", "environment", every), samples.fails(*found), upgrades),), data=samples.DATA
    )


HOST = samples.dependency("host", "1.0", f"{SITE}/host-1.0.dist-info/METADATA")
OTHER = samples.dependency("other", "3.0", f"{SITE}/other-3.0.dist-info/METADATA")
CRATE = samples.carried("crates.io", "rsa", "0.9.10", HOST, "host-1.0.dist-info/sboms/host.cdx.json")
FLAW = samples.finding(CRATE, "RUSTSEC-1", "A flaw", severity="high", score=7.0, fixed_in=("0.9.11",))
PYTHON_3_11 = Dependency(Pin(PYTHON, "cpython", "3.11.9"), Place(".venv/pyvenv.cfg", 3))


# --- what carries what -------------------------------------------------------------------------


def test_what_carries_it_is_told_up_to_what_is_there_by_itself() -> None:
    """The last is what to upgrade: pip in the interpreter, but not pip where it is installed too."""
    pip = samples.carried(PYPI, "pip", "24.0", PYTHON_3_11, "pip.whl")
    idna = samples.carried(PYPI, "idna", "3.6", pip, "vendor.txt")
    assert Hosts((PYTHON_3_11, pip, idna)).of(idna) == (pip.pin, PYTHON_3_11.pin)
    assert Hosts((PYTHON_3_11, pip, idna, pip._replace(inside=None))).of(idna) == (pip.pin,)
    assert Hosts(()).of(idna) == (pip.pin,)
    assert Hosts((pip,)).of(PYTHON_3_11) == ()
    assert inside((pip.pin, PYTHON_3_11.pin)) == "inside pip 24.0 inside cpython 3.11.9"


def test_a_circle_and_a_tower_end() -> None:
    """Whatever a stranger's document says is inside of what, every format tells it, and ends."""
    circle = [HOST._replace(inside=OTHER.pin), OTHER._replace(inside=HOST.pin)]
    assert Hosts(circle).of(circle[0]) == (OTHER.pin, HOST.pin)
    tower = [
        HOST._replace(pin=Pin(PYPI, f"n{number}", "1"), inside=Pin(PYPI, f"n{number + 1}", "1"))
        for number in range(3000)
    ]
    assert len(Hosts(tower).of(tower[0])) == DEEPEST
    for listed in (circle, tower):
        report = of(samples.finding(listed[0], "X-1"), listed=tuple(listed))
        for name in FORMATS:
            assert "n0" in rendered(name, report) or listed is circle
    document = json.loads(rendered("cyclonedx-json", of(listed=tuple(circle))))
    assert [each["name"] for each in document["components"]] == ["host", "other"]


@pytest.mark.parametrize(
    ("known_by", "file", "said"),
    [
        ("sbom", "a.dist-info/sboms/auditwheel.cdx.json", "its SBOM, auditwheel.cdx.json"),
        ("metadata", "_vendor/b-1.dist-info/METADATA", "a copy, b-1.dist-info"),
        ("metadata", "METADATA", "a copy, METADATA"),
        ("list", "pip/_vendor/vendor.txt", "its list, vendor.txt"),
        ("file name", "c.libs/libpng16-a1.so.16", "its file libpng16-a1.so.16"),
        ("string", "cv2/cv2.abi3.so", "text in its file cv2.abi3.so"),
        ("", "a.cdx.json", ""),
    ],
)
def test_how_it_is_known_is_said(known_by: Evidence, file: str, said: str) -> None:
    """In words, and with the last part of the file; the whole of it where that is asked for."""
    found = CRATE._replace(known_by=known_by, place=Place(file))
    assert evidence(found) == said
    assert evidence(found, whole=True).endswith(file if said else "")


# --- numbers -----------------------------------------------------------------------------------


def test_the_numbers_part_what_is_there_by_itself_from_what_is_carried() -> None:
    """Once for each that carries it; the interpreter is none of the distributions; pip-audit's line counts all."""
    report = samples.bundled()
    total = counts(report.audits)
    assert (total.own, total.bundled, total.interpreters) == (Share(4, 4), Share(7, 5), Share(1, 1))
    assert (total.packages, total.audited, total.unauditable) == (12, 10, 2)
    assert (total.findings, total.inside, total.vulnerable, total.ignored) == (7, 4, 5, 1)
    assert looked_at(total) == "4 packages, 5 of 7 bundled components and the interpreter"
    again = CRATE._replace(inside=OTHER.pin)
    total = counts(of(FLAW, FLAW._replace(dependency=again), listed=(HOST, OTHER)).audits)
    assert (total.own, total.bundled, total.vulnerable, total.inside) == (Share(2, 2), Share(2, 2), 2, 2)
    two = counts(of(listed=(PYTHON_3_11, PYTHON_3_11._replace(pin=Pin(PYTHON, "cpython", "3.12.1")))).audits)
    assert looked_at(two) == "2 interpreters"
    assert looked_at(counts(())) == "0 packages"


def test_of_two_targets_one_that_audits_it_is_enough() -> None:
    """As for packages: what one target could not match and another could was audited."""
    left = CRATE._replace(skipped=UNAUDITABLE)
    report = Report((*of(listed=(CRATE,)).audits, *of(listed=(left,)).audits))
    assert (counts(report.audits).bundled, counts(report.audits).unauditable) == (Share(1, 1), 0)


# --- terminal ----------------------------------------------------------------------------------


def test_the_terminal_has_a_section_of_its_own() -> None:
    """After what is there by itself, what carries it in turn, each with what to do; and what could not be audited."""
    text = rendered("terminal", samples.bundled(), width=140)
    first, _, rest = text.partition("\n")
    assert first.startswith("Audited .venv (CPython 3.11.9): 4 distributions, 5 of 7 bundled components. ")
    own, _, apart = rest.partition(f"\n\n{TITLE}:\n")
    assert "inside" not in own
    section, _, left = apart.partition("\n\n")
    assert [line.split("  ")[0] for line in section.split("\n") if line[0] != " "] == ["HIGH", "MEDIUM", "MEDIUM"]
    assert re.search(
        r"HIGH +openssl-libs 1\.1\.1k-15\.el8_6 +"
        r"inside opencv-python-headless 5\.0\.0\.93 \(its SBOM, auditwheel\.cdx\.json\), via gradio\n"
        r" +ALSA-2026:38503 +7\.4 .*CVE-2026-2222, fixed in 1:1\.1\.1k-16\.el8_6\n"
        r" +ALSA-2026:9 .*\n"
        r" +upgrade opencv-python-headless to a release that carries a fixed one\n",
        section,
    )
    assert re.search(
        r"idna 3\.6 +inside pip 24\.0 inside cpython 3\.11\.9 \(its list, .*\n.*\n +upgrade cpython to", section
    )
    assert re.search(
        r"rsa 0\.9\.10, no fix known .*\n +the newest release, 0\.13\.9, carries it too\n +RUSTSEC", section
    )
    assert section.count("upgrade ") == 2
    assert "IGNORED   urllib3 1.26.4 inside setuptools 69.0  GHSA" in left
    assert "SKIPPED   2 bundled components cannot be audited: pip-assay contents lists them\n" in left
    assert "libpng" not in text
    assert (
        "7 findings, 4 of them bundled, in 5 packages (2 high, 3 medium, 2 low); 1 ignored; 4 packages, 5 of 7 " in left
    )
    assert "no fix is known for rsa 0.9.10 inside uv 0.13.9." in left.replace("\n      ", " ")


def test_the_terminal_names_all_when_asked() -> None:
    """With -v each that could not be audited, and where everything is written."""
    text = rendered("terminal", samples.bundled(), verbose=1, width=200)
    assert f"SKIPPED   {SITE}/cv2/cv2.abi3.so: libavif 1.0.4 inside opencv-python-headless 5.0.0.93: is bundled" in text
    assert f"(its SBOM, {SITE}/uv-0.13.9.dist-info/sboms/uv.cyclonedx.json)" in text
    assert "cannot be audited" not in text


def test_a_problem_of_an_environment_names_the_file_that_its_subject_does_not_tell() -> None:
    """Of three broken files in one distribution each is named; the metadata of a distribution go without saying."""
    folder = f"{SITE}/host-1.0.dist-info"
    places = [f"{folder}/sboms/a.json", f"{folder}/sboms/b.json", f"{folder}/METADATA", folder]
    problems = tuple(
        Problem("unreadable", f"is broken {number}", Place(file), "", "host") for number, file in enumerate(places)
    )
    audit = Audit(Inventory(".venv", "environment", (HOST,), problems))
    said = [line for line in rendered("terminal", Report((audit,), data=samples.DATA)).splitlines() if "broken" in line]
    assert sorted(said, key=lambda line: line[-1]) == [
        f"PROBLEM   {places[0]}: host: is broken 0",
        f"PROBLEM   {places[1]}: host: is broken 1",
        "PROBLEM   host: is broken 2",
        "PROBLEM   host: is broken 3",
    ]


def test_several_things_in_one_distribution_stand_together() -> None:
    """By the worst that it carries; what to do is said once, below the last of them."""
    png = samples.carried("crates.io", "png", "1.0", HOST, "host.cdx.json")
    zip_ = samples.carried("crates.io", "zip", "1.0", OTHER, "other.cdx.json")
    found = (
        FLAW,
        samples.finding(zip_, "X-1", severity="high", score=7.5, fixed_in=("2.0",)),
        samples.finding(png, "X-2", severity="low", score=1.0, fixed_in=("2.0",)),
        samples.finding(png, "X-3", severity="low", score=0.5),
    )
    lines = rendered("terminal", of(*found, listed=(HOST, OTHER))).split("\n")
    start = lines.index(f"{TITLE}:")
    assert [" ".join(line.split()[:4]) for line in lines[start + 1 : start + 10]] == [
        "HIGH zip 1.0 inside", "X-1 7.5 no description", "upgrade other to a",
        "HIGH rsa 0.9.10 inside", "RUSTSEC-1 7.0 A flaw", "LOW png 1.0 inside",
        "X-2 1.0 no description", "X-3 0.5 no description", "upgrade host to a",
    ]  # fmt: skip
    assert lines[start + 8].endswith("no fix known")
    assert lines[start + 9] == "          upgrade host to a release that carries fixed ones"
    assert "Next: for what is bundled, upgrade other 3.0, host 1.0." in lines


def test_the_newest_release_of_what_carries_it_is_named() -> None:
    """With how much it settles; what it does not settle is to be upgraded too, once there is a release for that."""
    other = samples.carried("crates.io", "h2", "0.4.1", HOST, "host-1.0.dist-info/sboms/host.cdx.json")
    last = samples.carried("crates.io", "zstd", "0.1.0", HOST, "host-1.0.dist-info/sboms/host.cdx.json")
    found = (
        FLAW._replace(newest="the newest release, 2.0, no longer carries it"),
        samples.finding(CRATE, "RUSTSEC-2", "Another", severity="low", fixed_in=("0.9.12",), newest="2.0 has it still"),
        samples.finding(other, "RUSTSEC-3", "No fix", severity="low", newest="the newest release, 2.0, carries none"),
        samples.finding(OTHER, "PYSEC-1", "Beside", severity="low", fixed_in=("4.0",)),
        samples.finding(last, "RUSTSEC-4", "Stays", severity="none", fixed_in=("2.0",), newest="2.0 carries it still"),
    )
    raised = Upgrade("host", "1.0", "2.0", ("RUSTSEC-1", "RUSTSEC-3"))
    own = Upgrade("host", "1.0", "1.5", ("PYSEC-9",))
    report = of(*found, listed=(HOST, OTHER), upgrades=(own, raised))
    text = rendered("terminal", report)
    assert "upgrade host to 2.0, which settles 2 of 4" in text
    assert "for what is bundled, upgrade host 1.0 to 2.0." in text
    assert "h2 0.4.1, no fix known" not in text
    lines = text.splitlines()
    place = next(number for number, line in enumerate(lines) if "RUSTSEC-1" in line)
    assert lines[place + 1].strip() == "the newest release, 2.0, no longer carries it"
    advice = {each.finding.id: each.advice for each in listing.items(report)}
    assert advice["RUSTSEC-1"] == advice["RUSTSEC-3"] == "Upgrade host to 2.0."
    assert advice["RUSTSEC-2"] == "Upgrade host to a release that carries rsa 0.9.12 or later."
    page = rendered("html", report)
    assert "Upgrade host to <strong>2.0</strong>, which settles 1 of 2" in page
    assert "Upgrade host to <strong>2.0</strong>, which settles it" in page
    without = rendered("terminal", of(*found, listed=(HOST, OTHER), upgrades=(own,)))
    assert "upgrade host to a release that carries fixed ones" in without
    assert "h2 0.4.1, no fix known" in without


def test_malware_that_is_carried_is_first_of_all() -> None:
    """It is no matter of reach: what carries it is to be removed."""
    evil = samples.finding(CRATE, "MAL-1", severity="critical", malware=True)
    bad = samples.finding(OTHER, "X-1", severity="critical", score=9.8)
    text = rendered("terminal", of(bad, evil, listed=(HOST,)))
    assert TITLE not in text
    assert text.index("MALWARE   rsa 0.9.10, remove host 1.0; rotate secrets  inside host 1.0 (its SBOM") < text.index(
        "CRITICAL"
    )
    assert "Next: remove host 1.0, which carries rsa 0.9.10; treat every machine" in text
    for name in ("sarif", "gitlab", "github", "openvex", "cyclonedx-json", "cyclonedx-xml", "html"):
        told = rendered(name, of(bad, evil, listed=(HOST,)))
        assert "MAL-1" in told
        assert told.index("MAL-1") < told.index("X-1")
    assert "Remove host 1.0, which carries rsa 0.9.10, and rotate secrets" in rendered(
        "github", of(evil, listed=(HOST,))
    )


def test_nothing_found_says_what_was_looked_at() -> None:
    """All of it, or how much; the plain report of a target without either is as ever."""
    assert rendered("terminal", of(listed=(HOST, CRATE, PYTHON_3_11))).endswith(
        "No known vulnerabilities in 1 package, 1 bundled component and the interpreter.\n"
    )
    left = CRATE._replace(skipped=UNAUDITABLE)
    assert rendered("terminal", of(listed=(HOST, left))).endswith(
        "SKIPPED   1 bundled component cannot be audited: pip-assay contents lists it\n\n"
        "No known vulnerabilities in the 1 package and 0 of 1 bundled component that could be audited.\n"
    )
    assert rendered("terminal", of(listed=(HOST,))).endswith("No known vulnerabilities in 1 package.\n")


def test_in_short_the_section_is_there_too() -> None:
    """With -q, what fails; below it, apart, what is a problem."""
    report = of(FLAW, listed=(HOST,))
    assert f".venv:\n{TITLE}:\nHIGH" in rendered("terminal", report, quiet=1)


# --- interpreters ------------------------------------------------------------------------------


def python(identifier: str, *fixed: str) -> Finding:
    """Return a flaw of CPython 3.11.9."""
    return samples.finding(PYTHON_3_11, identifier, "A flaw", severity="high", score=7.0, fixed_in=fixed)


def test_an_interpreter_is_upgraded_within_its_branch() -> None:
    """Never is a release of another branch offered as the upgrade, whatever the audit has chosen."""
    found = (python("PSF-1", "3.11.10", "3.12.5"), python("PSF-2", "3.11.12", "3.12.4"), python("PSF-3", "3.12.6"))
    chosen = Upgrade("cpython", "3.11.9", "3.12.6", ("PSF-1", "PSF-2", "PSF-3"))
    kept = Upgrade("other", "3.0", "4.0", ("X-1",))
    report = of(*found, upgrades=(chosen, kept))
    assert fixes.upgrades(report.audits[0]) == (
        kept, Upgrade("cpython", "3.11.9", "3.11.12", ("PSF-1", "PSF-2"), (PYTHON_3_11.place,))
    )  # fmt: skip
    text = rendered("terminal", report)
    assert "HIGH      cpython 3.11.9 -> 3.11.12" in text
    assert "fixed in 3.12.6, not on 3.11" in text
    assert "Next: upgrade cpython to 3.11.12 (settles 2 of 3)." in text
    advice = [item.advice for item in listing.items(report)]
    assert advice == ["Upgrade cpython to 3.11.12."] * 2 + ["No release of cpython 3.11 fixes it yet; 3.12.6 does."]
    rows = [line.split(maxsplit=3)[2:] for line in rendered("columns", report).split("\n")[2:5]]
    assert rows == [["PSF-1", "3.11.10"], ["PSF-2", "3.11.12"], ["PSF-3", "none on 3.11 (3.12.6)"]]


def test_no_release_of_the_branch_is_said_so() -> None:
    """That is another thing than that no fix is known."""
    behind, stuck = of(python("PSF-3", "3.12.6")), of(python("PSF-4"))
    text = rendered("terminal", behind)
    assert "HIGH      cpython 3.11.9, no release of 3.11 fixes it" in text
    assert "Next: no release yet fixes cpython 3.11." in text
    assert "cpython 3.11.9, no fix known" in rendered("terminal", stuck)
    assert "no release of 3.11 fixes it yet" in rendered("html", behind)
    assert "no fix known" in rendered("html", stuck)


def test_an_interpreter_of_no_branch_is_its_own() -> None:
    """A version that is none has no fix on its branch."""
    odd = Pin(PYTHON, "cpython", "main")
    assert fixes.branch(odd) == "main"
    found = python("PSF-1", "3.12.5")._replace(dependency=PYTHON_3_11._replace(pin=odd))
    assert (fixes.fixes(found), fixes.on_other_branches(found)) == ((), ("3.12.5",))
    assert fixes.branch(HOST.pin) == ""


# --- tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["columns", "markdown"])
def test_tables_of_what_is_carried_stand_apart(name: str) -> None:
    """pip-audit's tables are those of what is there by itself, to the byte; the others follow under a title."""
    report = samples.bundled()
    audit = report.audits[0]
    own = audit._replace(
        inventory=audit.inventory._replace(
            dependencies=tuple(each for each in audit.inventory.dependencies if not each.inside)
        ),
        verdicts=tuple(each for each in audit.verdicts if not each.finding.dependency.inside),
    )
    first, title, rest = rendered(name, report).partition(f"{'**' * (name == 'markdown')}{TITLE}:")
    assert first.rstrip() == rendered(name, report._replace(audits=(own,))).rstrip()
    assert title
    rows = [re.split(r" \| | {2,}", line) for line in rest.split("\n")]
    assert ["Inside", "Not Audited", "Skip Reason"] in rows
    assert [row for row in rows if row[0] == "rsa" and "uv 0.13.9" in row]
    assert "libavif 1.0.4, libpng 1.6.43" in rest


def test_many_that_cannot_be_audited_are_one_row() -> None:
    """With -v it names them all."""
    left = [CRATE._replace(pin=Pin("generic", f"lib{number}", "1"), skipped=UNAUDITABLE) for number in range(9)]
    report = of(listed=(HOST, *left))
    assert "host 1.0 lib0 1, lib1 1, lib2 1 and 6 more is bundled" in rendered("columns", report)
    assert "lib8 1" in rendered("columns", report, verbose=1)


def test_tables_with_malware_come_first() -> None:
    """Though they are about what is carried."""
    evil = samples.finding(CRATE, "MAL-1", malware=True)
    text = rendered("columns", of(samples.finding(OTHER, "X-1"), evil))
    assert text.startswith(f"{TITLE}:\n")
    assert "remove it; rotate secrets" in text


# --- for programs ------------------------------------------------------------------------------


def test_json_says_what_carries_it_and_how_that_is_known() -> None:
    """An entry for each that carries it; a report that was saved comes back."""
    report = samples.bundled()
    told = json.loads(rendered("json", report, aliases=True, descriptions=True))
    entries = {(each["name"], (each["inside"] or {}).get("name")): each for each in told["dependencies"]}
    assert entries["urllib3", None]["vulns"]
    assert not entries["urllib3", "setuptools"]["vulns"]
    assert entries["rsa", "uv"]["known_by"] == ["sbom"]
    assert entries["libpng", "opencv-python-headless"]["skip_reason"] == UNAUDITABLE
    assert told["targets"][0]["counts"]["bundled"] == 7
    (rsa,) = (each for each in told["findings"] if each["package"]["name"] == "rsa")
    assert (rsa["newest"], rsa["inside"]["name"]) == ("the newest release, 0.13.9, carries it too", "uv")
    again = saved.report(told)
    assert {each.known_by for each in again.audits[0].inventory.dependencies} >= {"sbom", "list", "string"}
    for name in FORMATS:
        assert rendered(name, again) == rendered(name, report)
    del told["targets"][0]["dependencies"][0]["known_by"], told["findings"][0]["newest"]
    assert saved.report(told | {"schema_version": "1.2"}).audits[0].verdicts[0].finding.newest == ""
    assert written.SCHEMA_VERSION == "1.3"


def test_sarif_marks_what_is_bundled() -> None:
    """Message, properties and tag; a rule is bundled where each of its results is."""
    (run,) = json.loads(rendered("sarif", samples.bundled()))["runs"]
    results = {(each["ruleId"], "properties" in each): each for each in run["results"]}
    ssl = results["CVE-2026-2222", True]
    assert ssl["message"]["text"].startswith("openssl-libs 1.1.1k-15.el8_6 inside opencv-python-headless 5.0.0.93: ")
    assert ssl["properties"] == {"inside": ["opencv-python-headless 5.0.0.93"], "knownBy": "sbom", "tags": ["bundled"]}
    tags = {each["id"]: each["properties"]["tags"] for each in run["tool"]["driver"]["rules"]}
    assert tags["CVE-2026-2222"] == ["security", "bundled"]
    assert tags["CVE-2023-43804"] == ["security"]
    assert results["PYSEC-2024-60", True]["properties"]["inside"] == ["pip 24.0", "cpython 3.11.9"]
    assert ["properties" in each for each in run["results"]] == [False] * 3 + [True] * 5


def test_github_tells_of_one_distribution_once() -> None:
    """An annotation for all that it carries, after those of what is there by itself."""
    titles = re.findall(r"title=([^:]*)::", rendered("github", samples.bundled()))
    assert [each.partition("%3A")[0] for each in titles] == [
        "cpython 3.11.9", "urllib3 1.26.4", "bundled inside opencv-python-headless 5.0.0.93",
        "bundled inside cpython 3.11.9", "bundled inside uv 0.13.9", "pip-assay",
    ]  # fmt: skip


def test_junit_has_a_suite_of_its_own() -> None:
    """A case for each that is carried and each that carries it; what the index says of a release is no case's twice."""
    root = ET.fromstring(rendered("junit", samples.bundled()))
    suites = {suite.attrib["name"]: [case.attrib["name"] for case in suite] for suite in root}
    assert list(suites) == [".venv", ".venv: bundled"]
    assert suites[".venv"][-1] == "uv 0.13.9"
    assert "urllib3 1.26.4 inside setuptools 69.0" in suites[".venv: bundled"]


def test_gitlab_says_what_carries_it() -> None:
    """In a field of its own, and it is no direct dependency."""
    found = json.loads(rendered("gitlab", samples.bundled()))["vulnerabilities"]
    told = {each["details"]["inside"]["value"] for each in found if "inside" in each["details"]}
    assert told == {
        "opencv-python-headless 5.0.0.93", "pip 24.0, inside cpython 3.11.9", "uv 0.13.9", "setuptools 69.0"
    }  # fmt: skip


def test_openvex_names_it_as_a_part_of_what_carries_it() -> None:
    """Of the product that people have, whether or not the target lists that (OpenVEX 0.2.0, subcomponents)."""
    lost = FLAW._replace(dependency=CRATE._replace(inside=Pin(PYPI, "not-here", "1.0"), known_by=""))
    (statement,) = json.loads(rendered("openvex", of(lost)))["statements"]
    (product,) = statement["products"]
    assert (product["@id"], product["subcomponents"][0]["@id"]) == ("pkg:pypi/not-here@1.0", "pkg:cargo/rsa@0.9.10")
    assert "carries rsa 0.9.11 or later" in statement["action_statement"]


def test_a_bill_nests_what_is_carried_in_what_carries_it() -> None:
    """However deep, with a name of its own for each that carries it; the interpreter is a platform."""
    again = CRATE._replace(inside=OTHER.pin)
    document = json.loads(rendered("cyclonedx-json", of(FLAW, listed=(HOST, OTHER, again))))
    held = {each["name"]: each["components"] for each in document["components"]}
    assert [held[name][0]["bom-ref"] for name in ("host", "other")] == [
        "pkg:cargo/rsa@0.9.10|pkg:pypi/host@1.0", "pkg:cargo/rsa@0.9.10|pkg:pypi/other@3.0"
    ]  # fmt: skip
    # The same release has the same flaw, whether or not it was found in each that carries it.
    assert len(document["vulnerabilities"][0]["affects"]) == 2
    document = json.loads(rendered("cyclonedx-json", samples.bundled()))
    python = next(each for each in document["components"] if each["type"] == "platform")
    assert python["components"][0]["components"][0]["name"] == "idna"
    cookie = [each for each in document["vulnerabilities"] if each["id"] == "GHSA-v845-jxx5-vc9f"]
    assert [(each["affects"][0]["ref"], len(each["affects"])) for each in cookie] == [
        ("pkg:pypi/urllib3@1.26.4", 1), ("pkg:pypi/urllib3@1.26.4|pkg:pypi/setuptools@69.0", 1)
    ]  # fmt: skip


def test_spdx_contains_it() -> None:
    """A package of its own for each that carries it, which CONTAINS it."""
    document = json.loads(rendered("spdx", samples.bundled()))
    said = [
        (each["spdxElementId"], each["relatedSpdxElement"])
        for each in document["relationships"]
        if each["relationshipType"] == "CONTAINS"
    ]
    assert ("SPDXRef-Package-cpython-3.11.9", "SPDXRef-Package-pip-24.0") in said
    assert ("SPDXRef-Package-pip-24.0", "SPDXRef-Package-idna-3.6") in said
    assert len(said) == 7


def test_html_has_a_section_of_its_own() -> None:
    """After the findings, with what carries each; the filters above are for both."""
    text = rendered("html", samples.bundled())
    start = text.index(f">{TITLE}</h2>")
    cards = re.findall(r"<article class=\"package", text[:start]), re.findall(r"<article class=\"package", text[start:])
    assert (len(cards[0]), len(cards[1])) == (2, 3)
    assert 'href="#bundled"' in text
    assert "Upgrade opencv-python-headless to a release that carries a fixed one" in text[start:]
    only = rendered("html", of(FLAW, listed=(HOST,)))
    assert "There are none but in what others carry." in only
    assert TITLE not in rendered("html", of(samples.finding(OTHER, "X-1")))


@given(st.sampled_from(FORMATS), st.booleans())
def test_what_is_carried_is_never_told_without_what_carries_it(name: str, color: bool) -> None:
    """In no format does a reader meet a bundled release without the name of its distribution."""
    text = rendered(name, of(FLAW, listed=(HOST,)), color=color)
    assert "rsa" in text
    assert "host" in text.partition("rsa")[2] or "host" in text.partition("rsa")[0]
