"""Bills of materials as wheels bring them (PEP 770), made up: the forms of cargo-cyclonedx and of auditwheel.

Every distribution of an environment gets one, and every tenth another. Nothing is random: they are the same each time.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

LARGEST = 280
"""Crates of the first distribution; the one at place n has an n-th of them, which adds up to 3 MB for 150."""

_KNOWN = (
    "aho-corasick", "ahash", "anyhow", "base64", "bitflags", "block-buffer", "bytes", "cfg-if", "chrono", "clap",
    "cpufeatures", "crc32fast", "crossbeam-channel", "crossbeam-utils", "crypto-common", "digest", "either", "flate2",
    "futures-core", "futures-util", "generic-array", "getrandom", "hashbrown", "hex", "http", "hyper", "idna",
    "indexmap", "itertools", "itoa", "js-sys", "lazy_static", "libc", "lock_api", "log", "memchr", "memoffset",
    "miniz_oxide", "mio", "ndarray", "num-bigint", "num-traits", "once_cell", "parking_lot", "proc-macro2", "pyo3",
    "quote", "rand", "rand_core", "rayon", "regex", "rustls", "rustix", "ryu", "scopeguard", "semver", "serde",
    "serde_json", "sha2", "slab", "smallvec", "socket2", "subtle", "syn", "tar", "tempfile", "thiserror", "time",
    "tinyvec", "tokio", "toml", "tracing", "typenum", "url", "uuid", "walkdir", "zerocopy", "zeroize", "zip",
)  # fmt: skip
"""Names of which a database may tell something; the others are made up."""

_FIRST = (
    "amber", "birch", "cedar", "delta", "ember", "flint", "grove", "haze", "iris", "jade", "kelp", "lumen", "maple",
    "nova", "onyx", "pine", "quill", "reed", "slate",
)  # fmt: skip
_SECOND = (
    "arena", "bridge", "codec", "deque", "engine", "format", "graph", "handle", "index", "join", "kernel", "lexer",
    "macros", "nodes", "parse", "queue",
)  # fmt: skip

_PACKAGES = (
    ("openssl-libs", "1.1.1k-99.el8_99"), ("libxcb", "1.13.1-1.el8"), ("keyutils-libs", "1.5.10-9.el8"),
    ("krb5-libs", "1.18.2-99.el8_10"), ("libcom_err", "1.45.6-7.el8_10"),
)  # fmt: skip
"""Packages of AlmaLinux from which auditwheel copies libraries."""


def copied(environment: Path, folder: Path, release: str, *, carrying: bool) -> Path:
    """Return a copy of an environment, made where it is not there yet; with `carrying`, with bills of materials.

    Files that stay as they are are the same files. Its interpreter is of `release`, as the made-up installation beside
    it says that pyvenv.cfg names, with the wheels of the ensurepip of this Python.
    """
    mark = hashlib.sha256(f"{Path(__file__).read_text()}{release}{environment / 'installed'}".encode()).hexdigest()
    done = folder / "made"
    if not done.exists() or done.read_text() != mark:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(environment, folder, symlinks=True, copy_function=os.link)
        site = next(folder.glob("lib/python3*/site-packages"))
        for place, metadata in enumerate(sorted(site.glob("*.dist-info")) if carrying else (), 1):
            _add(place, metadata)
        settings = f"home = {_installation(folder, site, release)}\nversion_info = {release}\n"
        _replace(folder / "pyvenv.cfg", f"{settings}include-system-site-packages = false\n")
        done.write_text(mark)
    return folder


def _add(place: int, metadata: Path) -> None:
    """Add the bills of a distribution to its metadata, and to its RECORD."""
    record = (metadata / "RECORD").read_text()
    (metadata / "sboms").mkdir(exist_ok=True)
    for name, text in bills(place, metadata.name.partition("-")[0]):
        _replace(metadata / "sboms" / name, text)
        record += f"{metadata.name}/sboms/{name},,\n"
    _replace(metadata / "RECORD", record)


def _replace(file: Path, text: str) -> None:
    """Write a file anew: the one that is there may be that of another environment, too."""
    file.unlink(missing_ok=True)
    file.write_text(text)


def _installation(folder: Path, site: Path, release: str) -> Path:
    """Return the folder with the interpreter of a made-up installation that says it is of this release."""
    library, installation = site.parent.name, folder / "installation"
    header = installation / "include" / library / "patchlevel.h"
    header.parent.mkdir(parents=True)
    header.write_text(f'#define PY_VERSION "{release}"\n')
    shutil.copytree(Path(os.__file__).parent / "ensurepip", installation / "lib" / library / "ensurepip")
    (installation / "bin").mkdir()
    return installation / "bin"


def size(environment: Path) -> tuple[int, int]:
    """Return how many bills of materials the distributions of an environment bring, and their bytes."""
    files = [each.stat().st_size for each in environment.glob("lib/python3*/site-packages/*.dist-info/sboms/*")]
    return len(files), sum(files)


def bills(place: int, distribution: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each bill of the distribution at a place (from 1) in its environment."""
    crates = list(islice(_crates(place), max(1, LARGEST // place)))
    yield f"{distribution}.cyclonedx.json", json.dumps(_of_cargo(distribution, crates), indent=2)
    if place % 10 == 1:
        yield "auditwheel.cdx.json", json.dumps(_of_auditwheel(distribution))


def _crates(place: int) -> Iterator[tuple[str, str]]:
    """Yield names and versions: those at one place begin elsewhere than those at the next."""
    for number in count(place * 7):
        version = f"{number % 3 + 90}.{number % 41}.{number % 17}"  # above what any record speaks of
        if number % 8 == 0:
            yield _KNOWN[number // 8 % len(_KNOWN)], version
        else:
            second, first = divmod(number, len(_FIRST))
            yield f"{_FIRST[first]}-{_SECOND[second % len(_SECOND)]}{second // len(_SECOND) or ''}", version


def _of_cargo(distribution: str, crates: list[tuple[str, str]]) -> dict[str, Any]:
    own = f"path+file:///home/builder/{distribution}#{distribution}@0.1.0"
    references = [f"registry+https://crates.example/index-of-crates#{name}@{version}" for name, version in crates]
    edges = [{"ref": each, "dependsOn": references[at + 1 : at + 12]} for at, each in enumerate(references)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": "2026-01-01T00:00:00Z",
            "tools": [{"vendor": "CycloneDX", "name": "cargo-cyclonedx", "version": "0.5.7"}],
            "component": {"type": "library", "bom-ref": own, "name": distribution, "version": "0.1.0"},
        },
        "components": [_crate(each, reference) for each, reference in zip(crates, references, strict=True)],
        "dependencies": [{"ref": own, "dependsOn": references}, *edges],
    }


def _crate(crate: tuple[str, str], reference: str) -> dict[str, Any]:
    name, version = crate
    addresses = {"documentation": f"https://docs.example/{name}", "website": f"https://{name}.example/"}
    addresses["vcs"] = f"https://code.example/builders/{name}"
    return {
        "type": "library",
        "bom-ref": reference,
        "author": f"The {name} developers <{name}@mail.example>, A Builder <a.builder@mail.example>",
        "name": name,
        "version": version,
        "description": f"What {name} does for the crates that build on it, without an allocation where none is needed",
        "scope": "required",
        "hashes": [{"alg": "SHA-256", "content": f"{len(name) * 31 + len(version):064x}"}],
        "licenses": [{"expression": "MIT OR Apache-2.0"}],
        "purl": f"pkg:cargo/{name}@{version}",
        "externalReferences": [{"type": kind, "url": address} for kind, address in addresses.items()],
    }


def _of_auditwheel(distribution: str) -> dict[str, Any]:
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:rpm/almalinux/{name}@{version}#{'0' * 64}",
            "name": name,
            "version": version,
            "purl": f"pkg:rpm/almalinux/{name}@{version}",
        }
        for name, version in _PACKAGES
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.4",
        "version": 1,
        "metadata": {
            "component": {"type": "library", "bom-ref": f"pkg:pypi/{distribution}", "name": distribution},
            "tools": [{"name": "auditwheel", "version": "6.4.2"}],
        },
        "components": components,
        "dependencies": [{"ref": each["bom-ref"]} for each in components],
    }
