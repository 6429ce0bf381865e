"""A report with one of everything that the HTML page shows, in our own words; the screenshots of the docs show it."""

from pip_assay.model import (
    PYPI,
    Audit,
    Data,
    Finding,
    Inventory,
    LeftOut,
    Notice,
    Origin,
    Pin,
    Place,
    Problem,
    Report,
    Severity,
    Signals,
    Upgrade,
    Verdict,
)
from pip_assay.records import Advisory, Rating
from tests.samples import dependency

DATA = Data(
    "local database", "advisories.db", "2026-11-22T06:15:00Z", "2026-11-22T07:00:00Z", 25_318, "5e1f07c2a94b",
    kev="2026-11-21", epss="2026-11-22",
)  # fmt: skip

LIBWEBP = """A crafted image makes the bundled libwebp write past the end of a buffer.

### What can happen

Who can have an image opened can run code with the rights of the process.

- web services that make thumbnails
- chat robots that show previews

### What to do

Upgrade, or refuse WebP:

```python
Image.open(path, formats=["PNG", "JPEG"])
```
"""


def _webp() -> Finding:
    pillow = dependency("Pillow", "9.5.0", "uv.lock", 214, groups=("runtime",), direct=False)
    first = Advisory(
        "PYSEC-2023-175",
        ("CVE-2023-4863", "GHSA-j7hp-h8jx-5ppr"),
        "Heap buffer overflow in the bundled libwebp",
        LIBWEBP,
        (Rating("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 8.8),),
        references=(("WEB", "https://advisories.example/libwebp"), ("FIX", "https://forge.example/pillow/pull/7395")),
        published="2023-09-20T05:12:00Z",
        modified="2023-10-01T00:00:00Z",
    )
    second = Advisory("GHSA-j7hp-h8jx-5ppr", ("CVE-2023-4863",), "libwebp: out of bounds write", word="critical")
    return Finding(
        "PYSEC-2023-175", ("CVE-2023-4863", "GHSA-j7hp-h8jx-5ppr"), pillow, (first, second), "high", 8.8, ("10.0.1",),
        (("streamlit", "pillow"), ("reports", "matplotlib", "pillow")), (Place("uv.lock", 214),),
        "9.5.0 is below 10.0.1, where PYSEC-2023-175 says it is fixed",
        disagreement=("severity: high (PYSEC-2023-175), critical (GHSA-j7hp-h8jx-5ppr)",),
        signals=Signals(True, "2023-09-13", False, 0.9412, 0.999),
    )  # fmt: skip


def _found(
    identifier: str, of: Finding, summary: str, score: float | None, *fixed: str, epss: float = 0.004
) -> Finding:
    """Return a finding of the same dependency as another."""
    severity: Severity = "unknown" if score is None else "high" if score >= 7 else "medium" if score >= 4 else "low"
    alias = identifier.replace("PYSEC-", "CVE-") + "017"
    return of._replace(
        id=identifier, aliases=(alias,), advisories=(Advisory(identifier, (alias,), summary),), severity=severity,
        score=score, fixed_in=fixed, because=f"{of.dependency.pin.version} is in a range of {identifier}",
        disagreement=(), signals=Signals(False, "", False, epss, 0.6),
    )  # fmt: skip


def everything() -> Report:
    """Return a lock and a requirements file with malware, findings of every status, problems and notices."""
    webp = _webp()
    images = _found("PYSEC-2024-8", webp, "Code is run from the names of an image's fields", 8.1, "10.2.0", epss=0.021)
    fonts = _found("PYSEC-2023-227", webp, "A long text eats all memory where it is drawn", 7.5, "10.0.0")
    jinja = dependency("Jinja2", "2.10", line=12, groups=("runtime", "extra:web"), direct=True)
    flaw = webp._replace(dependency=jinja, paths=(("jinja2",),), places=(jinja.place,))
    sandbox = _found("PYSEC-2019-217", flaw, "Sandbox escape through str.format_map", 8.6, "2.10.1", epss=0.012)
    slow = _found("PYSEC-2021-66", flaw, "Slow regular expression in urlize", 5.3, "2.11.3")
    evil = dependency("requestz", "1.0.0", "uv.lock", 310, groups=("group:dev",), direct=True)
    theft = Finding(
        "MAL-2025-191", (), evil, (Advisory("MAL-2025-191", summary="Sends environment variables to a stranger"),),
        "critical", paths=(("requestz",),), places=(evil.place,), malware=True, because="the release is listed",
    )  # fmt: skip
    fork = dependency(
        "urllib3", "1.26.4", "uv.lock", 402, groups=("runtime",), direct=False,
        origin=Origin("vcs", "git+https://forge.example/urllib3"),
    )  # fmt: skip
    cookie = _found(
        "PYSEC-2023-192", webp._replace(dependency=fork, paths=(("requests", "urllib3"),), places=(fork.place,)),
        "The Cookie header is kept when a redirect leads to another host", 5.9, "1.26.17", "2.0.6",
    )._replace(certainty="possible", because="1.26.4 is above 1.26.3, the last known to be affected")  # fmt: skip
    tools = dependency("pickle-tools", "3.2", "uv.lock", 260, groups=("group:dev",), direct=True)
    stuck = _found(
        "PYSEC-2024-70", webp._replace(dependency=tools, paths=(), places=(tools.place,)), "", None
    )._replace(signals=Signals())  # fmt: skip
    py = dependency("py", "1.11.0", line=30, groups=("group:dev",))
    svn = _found("PYSEC-2022-42969", flaw._replace(dependency=py, paths=(), places=(py.place,)), "Slow svn reader", 7.5)
    acme = dependency("acme-internal", "2.1", line=31, origin=Origin("private index", "https://index.example/simple"))
    windows = dependency("pywin32", "306", "uv.lock", 290, skipped="does not apply to this interpreter and platform")
    plain = [dependency(f"package-{number}", f"{number}.0", "uv.lock", 500 + number) for number in range(1, 31)]
    lock = Inventory("uv.lock", "uv.lock", (webp.dependency, evil, fork, tools, windows, *plain))
    requirements = Inventory("requirements.txt", "requirements", (jinja, py, acme))
    private = Problem("private", "not from a public index: not looked up", acme.place, subject="acme-internal 2.1")
    ids = (webp.id, images.id, fonts.id)
    return Report(
        (
            Audit(
                lock,
                (
                    Verdict(theft, "fails", change="introduced"),
                    Verdict(webp, "fails", change="newly published"),
                    Verdict(images, "fails", change="newly published"),
                    Verdict(fonts, "known", "baseline", change="known"),
                    Verdict(cookie, "warns", "--fail-on high", change="known"),
                    Verdict(stuck, "fails", change="introduced"),
                ),
                (
                    Upgrade("pillow", "9.5.0", "10.2.0", ids, (Place("uv.lock", 214),)),
                    Upgrade("urllib3", "1.26.4", "1.26.17", (cookie.id,)),
                ),
                notices=(
                    Notice(Pin(PYPI, "package-3", "3.0"), "yanked", "breaks on Python 3.12", (Place("uv.lock", 503),)),
                    Notice(evil.pin, "quarantined", places=(evil.place,), fails=True),
                ),
            ),
            Audit(
                requirements,
                (
                    Verdict(sandbox, "fails", change="known"),
                    Verdict(slow, "fails", change="newly published"),
                    Verdict(
                        svn, "ignored", "pyproject.toml: ignore PYSEC-2022-42969", "only the tests use it",
                        "2026-12-31", "ann@example.org",
                    ),
                ),
                (Upgrade("jinja2", "2.10", "2.10.1", (sandbox.id,), (jinja.place,)),),
                (private,),
            ),
        ),
        data=DATA,
        left_out=(LeftOut("vendor/old", "is ignored by git"),),
    )  # fmt: skip
