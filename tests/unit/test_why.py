"""The chains that `pip-assay why` prints."""

from pip_assay.cli import why
from pip_assay.model import Dependency, Inventory
from tests.samples import carried, dependency


def lines(name: str, *listed: Dependency) -> list[str]:
    """Return what is said of a project in one target."""
    return list(why._lines(Inventory("uv.lock", "uv.lock", listed), name))


WEB = dependency("web", "1.0", "uv.lock", 1, direct=True, requires=("host",))
HOST = dependency("host", "2.0", "uv.lock", 2, direct=False)
SSL = carried("AlmaLinux:8", "openssl-libs", "1.1.1k", HOST, "host-2.0.dist-info/sboms/a.cdx.json")
PLACE = ".venv/lib/site-packages/host-2.0.dist-info/sboms/a.cdx.json"


def test_the_chain_of_what_is_carried_goes_through_what_carries_it() -> None:
    """From what the target asks for to the distribution, and on into it; the first line says how that is known."""
    assert lines("openssl-libs", WEB, HOST, SSL) == [
        f"openssl-libs 1.1.1k in uv.lock (inside host 2.0: its SBOM, {PLACE})",
        "  web -> host -> openssl-libs",
    ]


def test_what_is_carried_twice_is_told_twice() -> None:
    """And by itself, where it is there by itself too; names are compared as projects are named."""
    own = dependency("Inner_Part", "1.0", "uv.lock", 3, direct=True)
    inner = own._replace(pin=own.pin._replace(name="Inner_Part"), inside=HOST.pin, direct=False, known_by="metadata")
    deeper = inner._replace(inside=SSL.pin)
    assert lines("inner-part", WEB, HOST, SSL, own, inner, deeper) == [
        "Inner_Part 1.0 in uv.lock (inside openssl-libs 1.1.1k: a copy, uv.lock:3)",
        "  web -> host -> openssl-libs -> Inner_Part",
        "Inner_Part 1.0 in uv.lock (inside host 2.0: a copy, uv.lock:3)",
        "  web -> host -> Inner_Part",
        "inner-part 1.0 in uv.lock (asked for, uv.lock:3)",
        "  inner-part",
    ]


def test_what_nobody_says_how_it_is_known_has_its_place() -> None:
    """As in a bill of materials that somebody else wrote."""
    told = SSL._replace(known_by="")
    assert lines("openssl-libs", HOST, told)[0] == f"openssl-libs 1.1.1k in uv.lock (inside host 2.0: {PLACE})"
    assert lines("web", HOST, told) == []
