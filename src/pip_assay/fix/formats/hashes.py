"""The hashes of releases, of every file that an install may choose: as uv reads them from the index, and of folders."""

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion

from pip_assay import files, versions
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Target
from pip_assay.fix.tools import Tools
from pip_assay.model import PYPI
from pip_assay.names import normalise
from pip_assay.sources.resolve import Index, uv_answer, words
from pip_assay.sources.resolve.uv import given, write

Pin = tuple[str, str]
"""The name and version of a release."""

_Release = tuple[str, bytes | str]
"""A project, and what is equal for two spellings of one version."""

ROUNDS = 10

LARGEST = 8 * 1024 * 1024 * 1024
"""Bytes of a file in a folder that is hashed."""

_CHUNK = 1024 * 1024

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=(\S+)")


def of(pins: Iterable[Pin], target: Target, tools: Tools) -> Mapping[Pin, tuple[str, ...]]:
    """Return the hashes of each release, "sha256:..." each.

    Raises:
        Unreadable: uv cannot be asked, a release has none, or a file of one in a folder cannot be read.
    """
    wanted = sorted(set(pins))
    found: dict[Pin, tuple[str, ...]] = {}
    for group in _apart(wanted):
        found |= _asked(group, target, tools)
    there = _of_folders(target, tools) if wanted else {}
    for name, version in wanted:
        here = map(_hashed, there.get((name, _order(version)), ()))
        found[name, version] = tuple(sorted({*found.get((name, version), ()), *here}))
        if not found[name, version]:
            raise Unreadable(f"no index tells a hash of {name} {version}", hint="the file needs one of every release")
    return found


def _of_folders(target: Target, tools: Tools) -> dict[_Release, list[str]]:
    """Return the files of each release in the folders that an install looks in."""
    _, indexes, _ = tools.uv(target.indexes)
    found: dict[_Release, list[str]] = {}
    for folder in map(words.path, indexes.find_links):
        try:
            names = os.listdir(folder) if os.path.isdir(folder) else []
        except OSError as error:
            raise Unreadable(f"cannot be read ({files.reason(error)})", folder, "check its permissions") from None
        for name in names:
            found.setdefault(_release(name), []).append(os.path.join(folder, name))
    return found


def _release(file: str) -> _Release:
    """Return the release that the name of a distribution's file says, of no name where it is none."""
    try:
        name, version, *_ = parse_wheel_filename(file) if file.endswith(".whl") else parse_sdist_filename(file)
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
        return "", ""
    return name, _order(str(version))


def _order(version: str) -> bytes | str:
    """Return what is equal for two spellings of one version."""
    return versions.key(PYPI, version) or version


def _hashed(path: str) -> str:
    digest, read = hashlib.sha256(), 0
    try:
        with files.opened(path) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                read += len(chunk)
                if read > LARGEST:
                    raise Unreadable(f"is larger than {files.size(LARGEST)}", path, "it was not hashed")
    except OSError as error:
        raise Unreadable(f"cannot be read ({files.reason(error)})", path, "check its permissions") from None
    return f"sha256:{digest.hexdigest()}"


def _asked(pins: Mapping[str, str], target: Target, tools: Tools) -> dict[Pin, tuple[str, ...]]:
    """Return the hashes of a release of each project; what has no wheel is asked for once more, and not built."""
    uv, indexes, seen = tools.uv(target.indexes)
    unbuilt: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
        write(scratch, "pins.txt", (f"{name}=={version}" for name, version in pins.items()))
        for _ in range(ROUNDS):
            write(scratch, "uv.toml", _described((name, pins[name]) for name in sorted(unbuilt)))
            command = [uv, *_words(target, indexes, unbuilt)]
            ended = tools.ask_uv(command, scratch, given(indexes), seen)
            if not ended.code:
                return _read(ended.out)
            without = {name for name, (why, _) in uv_answer.blamed(ended.err).items() if why == uv_answer.NO_WHEEL}
            if not (fresh := without & pins.keys() - unbuilt):
                break
            unbuilt |= fresh
    if tools.offline:
        raise Unreadable("the hashes of new releases are not in uv's cache (--offline)", hint="drop --offline")
    said = words.one_line(words.unframed(ended.err).removeprefix("error: "))
    raise Unreadable(f"uv cannot tell the hashes of new releases: {said}", hint="try again")


def _words(target: Target, indexes: Index, unbuilt: Iterable[str]) -> list[str]:
    return [
        "pip", "compile", "pins.txt", "-", "--no-deps", "--generate-hashes", "--universal", "--quiet", "--color",
        "never", "--config-file", "uv.toml", "--no-header", "--no-annotate", "--only-binary", ":all:",
        *(word for name in sorted(unbuilt) for word in ("--no-binary", name)), "--python", sys.executable,
        *(["--python-version", target.python] if target.python else []), "--no-python-downloads",
        *(f"--allow-insecure-host={host}" for host in indexes.trusted_hosts),
    ]  # fmt: skip


def _described(pins: Iterable[Pin]) -> Iterable[str]:
    """Yield what tells uv the metadata of releases, so that it does not build them to learn these."""
    for name, version in pins:
        yield f'[[dependency-metadata]]\nname = "{name}"\nversion = "{version}"\nrequires-dist = []'


def _apart(pins: Iterable[Pin]) -> list[dict[str, str]]:
    """Return the pins in groups that hold no project twice, as forks of a universal file do."""
    groups: list[dict[str, str]] = []
    for name, version in pins:
        group = next((each for each in groups if name not in each), None)
        if group is None:
            groups.append(group := {})
        group[name] = version
    return groups


def _read(text: str) -> dict[Pin, tuple[str, ...]]:
    found: dict[Pin, set[str]] = {}
    current: set[str] = set()
    for line in text.splitlines():
        if pin := _PIN.match(line):
            current = found.setdefault((normalise(pin[1]), pin[2]), set())
        current.update(_HASH.findall(line))
    return {pin: tuple(sorted(listed)) for pin, listed in found.items()}
