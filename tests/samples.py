"""Small reports for tests: made by hand, true to the shapes that an audit makes, and told in our own words."""

from typing import Any

from pip_assay.model import (
    PYPI,
    PYTHON,
    UNAUDITABLE,
    Audit,
    Data,
    Dependency,
    Finding,
    Inventory,
    Origin,
    Pin,
    Place,
    Problem,
    Report,
    Upgrade,
    Verdict,
)
from pip_assay.names import normalise
from pip_assay.records import Advisory, Affected, Event, Range, Rating

DATA = Data("local database", "advisories.db", "2026-11-22T06:15:00Z", "2026-11-22T07:00:00Z", 25_000, "5e1f")


def dependency(name: str, version: str, file: str = "requirements.txt", line: int = 0, **more: object) -> Dependency:
    """Return a dependency; `more` are fields of Dependency."""
    made = Dependency(Pin(PYPI, normalise(name), version), Place(file, line), spelling=name)
    return made._replace(**more)  # type: ignore[arg-type]


def about(made: Advisory, name: str, *events: tuple[str, str]) -> Advisory:
    """Return the record with one range of the project."""
    span = Range("ECOSYSTEM", tuple(Event(*event) for event in events))
    return made._replace(affected=(Affected(PYPI, name, ranges=(span,)),))


def finding(of: Dependency, identifier: str, summary: str = "", **more: object) -> Finding:
    """Return a finding made by one record; `more` are fields of Finding."""
    made = Finding(identifier, (), of, (Advisory(identifier, summary=summary),), places=(of.place,))
    return made._replace(**more)  # type: ignore[arg-type]


def fails(*found: Finding) -> tuple[Verdict, ...]:
    """Return the verdicts of an audit that has no policy."""
    return tuple(Verdict(each, "fails") for each in found)


def _pillow() -> Finding:
    pillow = dependency("Pillow", "9.5.0", "pyproject.toml", 14, groups=("runtime",), direct=False, requires=())
    first = Advisory(
        "PYSEC-2023-175",
        ("CVE-2023-4863", "GHSA-j7hp-h8jx-5ppr"),
        "Heap buffer overflow in the bundled libwebp",
        "A crafted image makes the bundled libwebp write past the end of a buffer."
        "\n\nUpgrade to a wheel with libwebp 1.3.2.",
        (Rating("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),),
        "",
        (("WEB", "https://advisories.example/libwebp"),),
        published="2023-09-20T05:12:00Z",
        modified="2023-10-01T00:00:00Z",
    )
    second = Advisory("GHSA-j7hp-h8jx-5ppr", ("CVE-2023-4863",), "libwebp: out of bounds write", word="high")
    return Finding(
        "PYSEC-2023-175",
        ("CVE-2023-4863", "GHSA-j7hp-h8jx-5ppr"),
        pillow,
        (about(first, "pillow", ("introduced", "0"), ("fixed", "10.0.1")), second),
        "critical",
        9.8,
        ("10.0.1",),
        (("streamlit", "pillow"),),
        (Place("pyproject.toml", 14),),
        "9.5.0 is below 10.0.1, where PYSEC-2023-175 says it is fixed",
        disagreement=("severity: critical (PYSEC-2023-175), high (GHSA-j7hp-h8jx-5ppr)",),
    )


def _jinja() -> tuple[Finding, Finding]:
    jinja = dependency("Jinja2", "2.10", line=12, groups=("runtime",), direct=True, requires=("markupsafe",))
    sandbox = finding(
        jinja,
        "PYSEC-2019-217",
        "Sandbox escape through str.format_map",
        aliases=("CVE-2019-10906", "GHSA-462w-v97r-4m45"),
        severity="high",
        score=8.6,
        fixed_in=("2.10.1",),
        paths=(("jinja2",),),
    )
    slow = finding(
        jinja,
        "PYSEC-2021-66",
        "Slow regular expression in urlize, which takes time that grows with the square of the text it reads",
        aliases=("CVE-2020-28493",),
        severity="medium",
        score=5.3,
        fixed_in=("2.11.3",),
        paths=(("jinja2",),),
    )
    return sandbox, slow


def findings() -> Report:
    """Return a project with three findings, one that is ignored and one private package."""
    pillow, (sandbox, slow) = _pillow(), _jinja()
    py = finding(
        dependency("py", "1.11.0", line=30, groups=("group:dev",)), "PYSEC-2022-42969", "Slow svn output reader"
    )
    private = dependency(
        "acme-internal", "2.1", line=31, origin=Origin("private index", "https://index.example/simple")
    )
    plain = [dependency(f"package-{number}", f"{number}.0", line=40 + number) for number in range(1, 6)]
    problem = Problem("private", "not from a public index: not looked up", private.place, subject="acme-internal 2.1")
    inventory = Inventory(
        "requirements.txt",
        "requirements",
        (pillow.dependency, sandbox.dependency, py.dependency, private, *plain),
        (problem,),
    )
    return Report(
        (
            Audit(
                inventory,
                (
                    *fails(sandbox, slow, pillow),
                    Verdict(py, "ignored", "--ignore-vuln PYSEC-2022-42969", "not reachable: tests only", "2026-12-31"),
                ),
                (
                    Upgrade(
                        "jinja2",
                        "2.10",
                        "2.11.3",
                        ("PYSEC-2019-217", "PYSEC-2021-66"),
                        (Place("requirements.txt", 12),),
                    ),
                    Upgrade("pillow", "9.5.0", "10.0.1", ("PYSEC-2023-175",), (Place("pyproject.toml", 14),)),
                ),
                (problem,),
            ),
        ),
        data=DATA,
    )


def clean() -> Report:
    """Return an environment that was chosen by itself, with nothing wrong."""
    found = tuple(
        dependency(f"package-{number}", "1.0", f".venv/lib/package_{number}-1.0.dist-info/METADATA")
        for number in range(1, 4)
    )
    inventory = Inventory(
        ".venv", "environment", found, detail="CPython 3.11.9", because="the active virtual environment (VIRTUAL_ENV)"
    )
    return Report((Audit(inventory),), data=DATA)


def incomplete() -> Report:
    """Return requirements without findings, of which much could not be looked at."""
    private = [
        dependency(f"acme-{word}", "1.0", line=number, origin=Origin("private index", "https://index.example/simple"))
        for number, word in enumerate(
            ("anvils", "birds", "cactus", "doors", "engines", "feathers", "glue", "hammers"), 3
        )
    ]
    problems = [
        Problem("private", "not from a public index", each.place, "audit it with an index that knows it", str(each.pin))
        for each in private
    ]
    unpinned = dependency("flask", "", line=1, skipped="has no certain version")
    problems += [
        Problem("unpinned", "has no certain version", unpinned.place, "pin it with ==", "flask"),
        Problem("unreadable", "cannot be read as a requirement", Place("requirements.txt", 2), "correct the line"),
    ]
    editable = dependency(
        "own-tool", "0.1", line=20, skipped="requirement marked as editable", origin=Origin("editable", ".")
    )
    inventory = Inventory(
        "requirements.txt", "requirements", (unpinned, *private, editable, dependency("rich", "13.0", line=21))
    )
    stale = Problem("stale", "the advisory data is 12 days old", hint="run pip-assay db update")
    return Report((Audit(inventory, problems=tuple(problems)),), (stale,), DATA._replace(date="2026-11-10T06:15:00Z"))


def several() -> Report:
    """Return two targets that share a finding; one holds malware, a possible flaw and one without a fix."""
    sandbox, slow = _jinja()
    evil = dependency("requestz", "1.0.0", "uv.lock", 8, groups=("runtime",), direct=True)
    fork = dependency(
        "urllib3", "1.26.4", "uv.lock", 90, groups=("extra:net", "group:dev"), direct=False,
        origin=Origin("vcs", "git+https://forge.example/urllib3"),
    )  # fmt: skip
    stuck = dependency("pickle-tools", "3.2", "uv.lock", 60, groups=("runtime",), direct=True)
    bundled = dependency(
        "libexpat", "2.4.1", "uv.lock", 60, inside=stuck.pin, origin=Origin("bundled"), groups=("runtime",)
    )
    found = (
        finding(
            evil, "MAL-2025-191", "The release sends environment variables to a stranger",
            severity="critical", malware=True,
        ),
        finding(
            fork, "GHSA-v845-jxx5-vc9f", "Cookie header is kept when a redirect leads to another host",
            aliases=("CVE-2023-43804",), severity="medium", score=5.9, certainty="possible",
            fixed_in=("1.26.17", "2.0.6"), because="1.26.4 is above <= 1.26.3, the last version known to be affected",
            paths=(("requests", "urllib3"), ("sphinx", "requests", "urllib3")),
        ),
        finding(stuck, "PVE-2024-7", "", severity="unknown"),
        finding(
            bundled, "CVE-2022-40674", "Use after free in the parser",
            severity="critical", score=9.8, fixed_in=("2.4.9",),
        ),
    )  # fmt: skip
    lock = Inventory("uv.lock", "uv.lock", (evil, fork, stuck, bundled))
    requirements = Inventory("requirements.txt", "requirements", (sandbox.dependency,))
    upgrade = Upgrade("jinja2", "2.10", "2.10.1", ("PYSEC-2019-217",))
    return Report(
        (
            Audit(requirements, (*fails(sandbox), Verdict(slow, "warns", "--fail-on high")), (upgrade,)),
            Audit(lock, fails(*found), (Upgrade("urllib3", "1.26.4", "1.26.17", ("GHSA-v845-jxx5-vc9f",)),)),
        ),
        data=Data("OSV", "https://osv.example"),
    )


SITE = ".venv/lib/site-packages"


def carried(ecosystem: str, name: str, version: str, host: Dependency, file: str, **more: object) -> Dependency:
    """Return something that a host carries, known by its SBOM; `more` are fields of Dependency."""
    made = Dependency(
        Pin(ecosystem, name, version), Place(f"{SITE}/{file}"), direct=False, origin=Origin("bundled"),
        inside=host.pin, known_by="sbom",
    )  # fmt: skip
    return made._replace(**more)  # type: ignore[arg-type]


def _installed(name: str, version: str) -> Dependency:
    return dependency(name, version, f"{SITE}/{name}-{version}.dist-info/METADATA", groups=("runtime",))


def _of_openssl(of: Dependency, **more: object) -> Finding:
    found = finding(
        of, "ALSA-2026:38503", "Important: openssl security update", aliases=("CVE-2026-2222",),
        severity="high", score=7.4, fixed_in=("1:1.1.1k-16.el8_6",),
        paths=(("gradio", "opencv-python-headless", "openssl-libs"),),
    )  # fmt: skip
    return found._replace(**more)  # type: ignore[arg-type]


def bundled() -> Report:
    """Return an environment with flaws in what wheels, copies and the interpreter carry, and in the interpreter."""
    cv, uv = _installed("opencv-python-headless", "5.0.0.93"), _installed("uv", "0.13.9")
    tools, urllib3 = _installed("setuptools", "69.0"), _installed("urllib3", "1.26.4")
    python = Dependency(Pin(PYTHON, "cpython", "3.11.9"), Place(".venv/pyvenv.cfg", 3), spelling="CPython")
    sbom = "opencv_python_headless-5.0.0.93.dist-info/sboms/auditwheel.cdx.json"
    ssl = carried("AlmaLinux:8", "openssl-libs", "1.1.1k-15.el8_6", cv, sbom)
    png = carried(
        "generic", "libpng", "1.6.43", cv, "opencv_python_headless.libs/libpng16-a1b2.so.16.43.0",
        skipped=UNAUDITABLE, known_by="file name",
    )  # fmt: skip
    avif = carried("generic", "libavif", "1.0.4", cv, "cv2/cv2.abi3.so", skipped=UNAUDITABLE, known_by="string")
    rsa = carried("crates.io", "rsa", "0.9.10", uv, "uv-0.13.9.dist-info/sboms/uv.cyclonedx.json")
    copy = carried(
        PYPI, "urllib3", "1.26.4", tools, "setuptools/_vendor/urllib3-1.26.4.dist-info/METADATA", known_by="metadata"
    )
    pip = carried(PYPI, "pip", "24.0", python, "ensurepip/_bundled/pip-24.0-py3-none-any.whl", known_by="metadata")
    inner = carried(PYPI, "idna", "3.6", pip, "ensurepip/_bundled/pip-24.0-py3-none-any.whl", known_by="list")
    cookie = finding(
        urllib3, "GHSA-v845-jxx5-vc9f", "Cookie header is kept when a redirect leads to another host",
        aliases=("CVE-2023-43804",), severity="medium", score=5.9, fixed_in=("1.26.17", "2.0.6"),
    )  # fmt: skip
    heap = finding(
        python, "PSF-2026-3", "Heap use after free in a decoder", aliases=("CVE-2026-4",), severity="high", score=8.1,
        fixed_in=("3.11.10", "3.12.5"),
    )  # fmt: skip
    slow = finding(python, "PSF-2026-9", "Slow parser", severity="low", score=3.1, fixed_in=("3.12.6",))
    marvin = finding(
        rsa, "RUSTSEC-2023-0071", "Marvin Attack: key recovery through timing", aliases=("CVE-2023-49092",),
        severity="medium", score=5.9, newest="the newest release, 0.13.9, carries it too",
    )  # fmt: skip
    encode = finding(inner, "PYSEC-2024-60", "Slow encoding", severity="medium", score=6.2, fixed_in=("3.7",))
    memory = _of_openssl(ssl, id="ALSA-2026:9", aliases=(), advisories=(), severity="low", score=None)
    listed = (cv, uv, tools, urllib3, python, ssl, png, avif, rsa, copy, pip, inner)
    inventory = Inventory(".venv", "environment", listed, detail="CPython 3.11.9")
    verdicts = fails(cookie, heap, slow, _of_openssl(ssl), memory, marvin, encode)
    ignored = Verdict(
        cookie._replace(dependency=copy, places=(copy.place,)), "ignored", "pyproject.toml:9", "the copy sends nothing"
    )
    upgrades = (
        Upgrade("urllib3", "1.26.4", "1.26.17", (cookie.id,)),
        Upgrade("cpython", "3.11.9", "3.12.6", (heap.id, slow.id)),
    )
    return Report((Audit(inventory, (*verdicts, ignored), upgrades),), data=DATA)


def nothing() -> Report:
    """Return the report of a target that is not there."""
    return Report((), (Problem("missing", "does not exist", Place("missing.txt"), "check the path"),), DATA)


HOSTILE = (
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07click\x1b]8;;\x07 \x9b2J\r\n::error::owned\n##[add-mask]x "
    "##vso[task.setvariable]y \u202eesrever\u2066\u200b\ufeff\u2028z\ud800 | <img src=x onerror=y> "
    "[text](https://evil.example) `code` \\| \U000e0041"
)


def hostile() -> Report:
    """Return a report in which every text that a stranger writes tries to do harm."""
    made = dependency(f"::error::{HOSTILE}", f"1.0{HOSTILE}", HOSTILE, 3, groups=(f"group:{HOSTILE}",), marker=HOSTILE)
    made = made._replace(
        origin=Origin("vcs", HOSTILE), inside=Pin(PYPI, HOSTILE, HOSTILE), direct=False, known_by="sbom"
    )
    found = finding(
        made, f"::set-output::{HOSTILE}", HOSTILE, aliases=("CVE-1" + HOSTILE, HOSTILE), fixed_in=(HOSTILE,),
        because=HOSTILE, certainty="possible", disagreement=(HOSTILE,), paths=((HOSTILE, HOSTILE),), severity="high",
        newest=HOSTILE,
    )  # fmt: skip
    detailed = found._replace(
        id="B" + HOSTILE, advisories=(Advisory("B", details=f"::warning::{HOSTILE}\n\n   ::stop-commands::{HOSTILE}"),)
    )
    silenced = Verdict(found._replace(id="C" + HOSTILE), "ignored", HOSTILE, HOSTILE, HOSTILE)
    skipped = dependency(f"- ::group::{HOSTILE}", "", skipped=HOSTILE)
    problem = Problem("unreadable", HOSTILE, Place(HOSTILE), HOSTILE, HOSTILE)
    inventory = Inventory(HOSTILE, "requirements", (made, skipped), (problem,), HOSTILE, HOSTILE)
    upgrade = Upgrade(made.pin.name, made.pin.version, HOSTILE, (found.id,))
    audit = Audit(inventory, (*fails(found, detailed), silenced), (upgrade,), (problem,))
    return Report((audit,), (problem,), Data(HOSTILE, HOSTILE, HOSTILE))


SAMPLES = {
    "clean": clean,
    "findings": findings,
    "incomplete": incomplete,
    "several": several,
    "nothing": nothing,
    "hostile": hostile,
    "bundled": bundled,
}
"""Each of them by name."""


def words(literal: Any) -> tuple[str, ...]:
    """Return the words of a Literal, whether it is typing's or that of values.py."""
    found: tuple[str, ...] = literal.__args__
    return found
