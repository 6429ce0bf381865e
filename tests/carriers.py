"""Distributions that carry others: as wheels, and as an installer that shares nothing with ours unpacks them."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.archives import Content, installed, metadata, wheel_name, zipped

CRATES = ("pkg:cargo/rsa@0.9.10", "pkg:cargo/ring@0.17.8")


def bill(*purls: str) -> str:
    """Return a bill of materials that lists these package URLs."""
    components = [
        {"type": "library", "name": purl.rpartition("/")[2].partition("@")[0], "purl": purl,
         "version": purl.partition("@")[2].partition("?")[0]}
        for purl in purls
    ]  # fmt: skip
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components})


def carrier() -> dict[str, Content]:
    """Return the files of alpha 1.0, which carries something of each kind."""
    seed = {
        **installed("seed", "3.0"), "seed/_vendor/vendor.txt": "idna==3.6\n", "seed/_vendor/idna/__init__.py": "",
        "seed-3.0.dist-info/RECORD": "seed/_vendor/vendor.txt,,\nseed/_vendor/idna/__init__.py,,\n",
    }  # fmt: skip
    return {
        **installed("alpha", "1.0"),
        "alpha-1.0.dist-info/sboms/alpha.cdx.json": bill(*CRATES),
        "alpha-1.0.dist-info/sboms/deeper/auditwheel.cdx.json": bill("pkg:rpm/almalinux/openssl-libs@1.1.1k-15.el8_6"),
        **installed("delta", "0.5", "Requires-Dist: beta", below="alpha/_vendor/"),
        "alpha/_vendor/delta-0.5.dist-info/sboms/delta.cdx.json": bill("pkg:cargo/inner@1.0.0"),
        "alpha/_vendor/old-2.0.egg-info/PKG-INFO": metadata("old", "2.0"),
        "alpha/_vendor/vendor.txt": "urllib3==1.26.4\nrich==13.0 ; python_version < '3'\n",
        "alpha/_vendor/urllib3/__init__.py": "",
        "alpha/tests/_vendor/data-9.dist-info/METADATA": metadata("data", "9"),
        "alpha.libs/libpng16-8b7e0db9.so.16.43.0": b"\x7fELF",
        "alpha.libs/libcrypto-0123abcd.so.3": b"\x7fELF",
        f"alpha/embed/{wheel_name('seed', '3.0')}": zipped(seed),
    }  # fmt: skip


def complete(files: Mapping[str, Content], stem: str = "alpha-1.0") -> dict[str, Content]:
    """Return the files of a wheel with the RECORD that lists them."""
    return {**files, f"{stem}.dist-info/RECORD": rows([*files, f"{stem}.dist-info/RECORD"])}


def rows(paths: list[str]) -> str:
    """Return a RECORD of these paths."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([path, "", ""] for path in paths)
    return text.getvalue()


def install(wheel: bytes, site: Path, stem: str = "alpha-1.0") -> None:
    """Unpack a wheel into a folder, and write RECORD anew: of what is there, as installers do."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        archive.extractall(site)
        names = [name for name in archive.namelist() if not name.endswith("/")]
    record = site / f"{stem}.dist-info" / "RECORD"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(rows(sorted({*names, f"{stem}.dist-info/RECORD"})), encoding="utf-8")
