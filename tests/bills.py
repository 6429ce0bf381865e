"""Reports for the tests of bills of materials and VEX: what samples.py has none of, and reports of any shape."""

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from pip_assay.model import (
    PYPI,
    Audit,
    Dependency,
    Finding,
    Inventory,
    Notice,
    Origin,
    Pin,
    Place,
    Report,
    Signals,
    Status,
    Verdict,
)
from pip_assay.names import normalise
from pip_assay.records import Advisory, Rating
from pip_assay.reports.entries import identity
from pip_assay.vex import JUSTIFICATIONS
from tests import samples
from tests.report_strategies import VERSIONS, identifiers, names, ordinary, poisoned

SHA = "0123456789abcdef" * 4


def whole() -> Report:
    """Return a lock with a graph, hashes, what is inside of a wheel, other ecosystems, and every kind of verdict."""
    web = _of("web", "1.0", 1, direct=True, requires=("core==2.0", "crate", "gone"), hashes=(f"sha256:{SHA}", "md5:no"))
    old = _of("core", "1.0", 2, direct=True, hashes=(f"SHA512:{SHA}{SHA}", f"sha224:{SHA[:56]}"))
    new = _of("core", "2.0", 3, direct=False, requires=("web",), groups=("runtime", "group:dev"))
    crate = Dependency(
        Pin("crates.io", "crate", "0.3.1"), Place("uv.lock", 1), inside=web.pin, origin=Origin("bundled"), direct=False
    )
    lost = crate._replace(pin=Pin("crates.io", "lost", "1.0.0"), inside=Pin(PYPI, "not-here", "1.0"))
    conda = Dependency(Pin("conda", "openssl", "3.1.0"), Place("uv.lock", 9))
    rpm = Dependency(Pin("AlmaLinux:9", "sh", "1:5.1-2"), Place("uv.lock", 10), origin=Origin("distro"))
    unnamed = Dependency(Pin("generic", "thing", "1"), Place("uv.lock", 11), skipped="no package URL", spelling="thing")
    listed = (web, old, new, crate, lost, conda, rpm, unnamed)
    verdicts = (
        Verdict(
            _found(web, "PYSEC-1", signals=Signals(True, "2026-11-20", True, 0.94, 0.99)), "warns", "--fail-on high"
        ),
        _settled(old, "PYSEC-2", "not_affected", "vulnerable_code_not_in_execute_path", "never called"),
        _settled(new, "PYSEC-2", "not_affected", "", "the parser is compiled out"),
        _settled(new, "PYSEC-3", "ignored", "component_not_present", "the extra is never installed"),
        _settled(new, "PYSEC-4", "ignored", "", "tests only"),
        _settled(crate, "RUSTSEC-1", "not_affected", "inline_mitigations_already_exist", ""),
        _settled(web, "MAL-1", "ignored", "component_not_present", "a test", malware=True),
        Verdict(_found(conda, "CVE-2026-1", certainty="possible", because="it may be"), "fails", change="introduced"),
        Verdict(_found(rpm, "PYSEC-5", signals=Signals(False)), "known", reason="VEX x.json says fixed"),
    )
    notice = Notice(new.pin, "yanked", "broken wheels")
    audit = Audit(Inventory("uv.lock", "uv.lock", listed), verdicts, notices=(notice,))
    return Report((audit,), data=samples.DATA)


def _of(name: str, version: str, line: int, **more: object) -> Dependency:
    return samples.dependency(name, version, "uv.lock", line, **more)


def _found(of: Dependency, identifier: str, **more: object) -> Finding:
    record = Advisory(
        identifier,
        ratings=(Rating("CVSS_V4", "CVSS:4.0/AV:N", 9.3), Rating("Ubuntu", "high", None)),
        references=(("WEB", "https://advisories.example/1"), ("WEB", "javascript:alert(1)")),
        published="2026-01-01T00:00:00Z",
        modified="2026-01-02T00:00:00+02:00",
        withdrawn="2026-01-03T00:00:00Z",
    )
    made = samples.finding(of, identifier, advisories=(record,), aliases=(f"CVE-{identifier}",))
    return made._replace(**more)  # type: ignore[arg-type]


def _settled(
    of: Dependency, identifier: str, status: Status, justification: str, reason: str, **more: object
) -> Verdict:
    found = _found(of, identifier, **more)
    return Verdict(found, status, "a rule", reason, "2027-01-01", "the team", justification)


def carried(listed: Iterable[Dependency]) -> set[tuple[Pin, Pin]]:
    """Return what a bill shows inside of what: what is listed, and does not go in a circle."""
    pairs = {(identity(each), each.inside) for each in listed}
    alone = {pin for pin, inside in pairs if not inside}
    hosts = dict(sorted((pair for pair in pairs if pair[1]), reverse=True))

    def ends(pin: Pin | None, seen: frozenset[Pin]) -> bool:
        if pin is None or pin in alone or pin not in hosts:
            return True
        return pin not in seen and ends(hosts[pin], seen | {pin})

    return {(pin, host) for pin, host in pairs if host and host in alone | hosts.keys() and ends(host, frozenset())}


ALL = {**samples.SAMPLES, "whole": whole}
"""Every sample by name."""

_pins = st.builds(
    Pin,
    st.sampled_from([PYPI, "crates.io", "npm", "Maven", "Go", "conda", "Debian:12", "AlmaLinux:9", "Ubuntu:22.04:LTS"]),
    names.map(normalise),
    st.sampled_from(VERSIONS),
)


@st.composite
def linked(draw: st.DrawFn) -> Report:
    """Return a report with several targets, a graph, releases inside of others, and any verdicts."""
    pins = draw(st.lists(_pins, min_size=1, max_size=5, unique=True))
    audits = []
    for target in draw(st.lists(st.sampled_from(["a.lock", "b.lock"]), min_size=1, max_size=3)):
        listed = tuple(draw(_dependency(pin, pins)) for pin in pins if draw(st.booleans()))
        verdicts = tuple(draw(_verdict(each)) for each in listed if draw(st.booleans()))
        audits.append(Audit(Inventory(target, "uv.lock", listed), verdicts))
    return Report(tuple(audits), data=samples.DATA)


@st.composite
def _dependency(draw: st.DrawFn, pin: Pin, pins: list[Pin]) -> Dependency:
    required = st.sampled_from(pins).map(lambda each: f"{each.name}=={each.version}") | st.sampled_from(pins).map(
        lambda each: each.name
    )
    inside = draw(st.none() | st.sampled_from(pins))
    return Dependency(
        pin,
        Place("x.lock", draw(st.integers(0, 3))),
        requires=tuple(draw(st.lists(required, max_size=3))),
        direct=draw(st.sampled_from([True, False, None])),
        inside=inside if inside != pin else None,
        origin=draw(st.sampled_from([Origin(), Origin("vcs", "git+https://forge.example/x"), Origin("path", "./x")])),
    )


@st.composite
def _verdict(draw: st.DrawFn, of: Dependency) -> Verdict:
    found = samples.finding(of, draw(identifiers), aliases=tuple(draw(st.lists(identifiers, max_size=2))))
    status: Any = draw(st.sampled_from(["fails", "warns", "known", "ignored", "not_affected"]))
    word = draw(st.sampled_from(["", *JUSTIFICATIONS]))
    return Verdict(found._replace(malware=draw(st.booleans())), status, "a rule", draw(st.text()), justification=word)


reports = linked() | ordinary() | poisoned()
"""Reports of any shape."""
