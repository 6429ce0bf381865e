"""What a wheel on an index carries, read from the parts of it that tell (`net.opened`), and remembered by its hash.

Parts of a file cannot be compared with its hash: what is read here is told to people, and nothing is installed by it.
"""

import json
import os
import re
from collections.abc import Iterable, Sequence

from pip_assay import __version__, files, net
from pip_assay.errors import Unreadable
from pip_assay.index_pages import Wheel
from pip_assay.model import PYPI, Dependency, Evidence, Pin, Place, Problem
from pip_assay.names import normalise
from pip_assay.net import Network
from pip_assay.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from zipfile import ZipFile

FORM = 1
"""Changes whenever what is kept does, or what is made of the same file."""

LARGEST = 4 * 1024 * 1024
"""Bytes of what is kept of one wheel."""

LONGEST = 300
"""Characters of what is kept of a problem."""

_EVIDENCE = frozenset(("sbom", "metadata", "list", "file name"))
_FILE = re.compile(r"-([^-/\\]+-[^-/\\]+)-([^-/\\]+)\.whl(?:[/\\]|$)")
_METADATA = re.compile(r"([^/]+)-([^/-]+)\.dist-info/METADATA")
_PLATFORM = re.compile(r"([a-z]+)((?:_[0-9]{1,4}){0,2})_?(.*)")


class Component(NamedTuple):
    """Something that a wheel carries, and how that is known."""

    pin: Pin
    known_by: Evidence


class Carried(NamedTuple):
    """What a wheel carries.

    sboms    the names of the files of its bills of materials (PEP 770).
    unread   what could not be read of it, one sentence; empty where all could.
    """

    components: tuple[Component, ...] = ()
    sboms: tuple[str, ...] = ()
    unread: str = ""


def kept(wheel: Wheel, cache: str) -> Carried | None:
    """Return what is remembered of a wheel, in the folder `cache`; None where nothing is."""
    return _load(_path(cache, wheel)) if wheel.sha256 else None


def read(wheel: Wheel, host: Pin, network: Network, cache: str) -> Carried:
    """Return what a wheel of the host carries, and remember it in the folder `cache`.

    Raises:
        NetworkError: the server does not answer, or does not send the parts that are needed.
        Unreadable: it is no wheel of that release.
        UsageError: a configuration file of pip's is broken.
    """
    found = _fetched(wheel, host, network)
    if wheel.sha256:
        _store(_path(cache, wheel), found)
    return found


def _fetched(wheel: Wheel, host: Pin, network: Network) -> Carried:
    file = net.opened(network, _with_login(wheel.url, net.indexes(network)))
    stream: Any = file
    try:
        with files.open_zip(stream) as archive:
            return _carried(archive, wheel, host)
    finally:
        if file.error:  # which the readers of single files take for a fault of those
            raise file.error


def _carried(archive: "ZipFile", wheel: Wheel, host: Pin) -> Carried:
    from pip_assay.sources.archive.contents import Zip
    from pip_assay.sources.bundled import evidence

    contents = Zip(archive, wheel.file)
    entry = _entry(contents.paths, host)
    found = evidence.read("", wheel.file, contents, entry, Dependency(host, Place(wheel.file)))
    above = f"{entry}/sboms/"
    problems = [_words(problem) for each in found for problem in each.problems]
    components = (Component(each.dependency.pin, each.dependency.known_by) for each in found if each.dependency.inside)
    return Carried(
        tuple(sorted(set(components))),
        tuple(sorted(path.removeprefix(above) for path in contents.paths if path.startswith(above))),
        next(iter(problems), ""),
    )


def _words(problem: Problem) -> str:
    file = os.path.basename(problem.place.file) if problem.place else ""
    return f"{file} {problem.what}".strip()[:LONGEST]


def _entry(paths: Iterable[str], host: Pin) -> str:
    """Return the metadata folder of the host.

    Raises:
        Unreadable: there is none, so it is a wheel of another release.
    """
    from pip_assay import versions

    key = versions.key(PYPI, host.version)
    for path in paths:
        found = _METADATA.fullmatch(path)
        if found and normalise(found[1]) == host.name and versions.key(PYPI, found[2].replace("_", "-")) == key:
            return path.removesuffix("/METADATA")
    raise Unreadable(f"holds no metadata of {host}", hint="look into the release by hand")


def _with_login(url: str, sites: Iterable[str]) -> str:
    """Return an address with the name and password of the index that is on the same host, where it has some."""
    scheme, _, rest = url.partition("://")
    for site in sites:
        index, _, after = site.partition("://")
        login, at, host = after.partition("/")[0].rpartition("@")
        if at and (index, host.lower()) == (scheme, rest.partition("/")[0].lower()):
            return f"{scheme}://{login}@{rest}"
    return url


# --- which one ---


def fitting(wheels: Sequence[Wheel], tags: Iterable[str]) -> Wheel:
    """Return the wheel that is likest to one with these tags ("cp312-cp312-manylinux_2_28_x86_64").

    What a wheel carries differs from system to system, and from manylinux2014 to manylinux_2_28: of the same system
    and machine, else for Linux on x86_64; of these of the same platform; of these for the same Python, and then of the
    newest platform, which installers prefer.
    """
    wanted = {tag.rpartition("-")[2]: _platform(tag.rpartition("-")[2])[:2] for tag in tags}
    pythons = {tag.rpartition("-")[0] for tag in tags}

    def strangeness(wheel: Wheel) -> tuple[bool, bool, bool, bool, list[int], str]:
        python, abi, platform = wheel.file.removesuffix(".whl").split("-")[-3:]
        platforms = [_platform(each) for each in platform.split(".")]
        systems = {each[:2] for each in platforms}
        return (
            systems.isdisjoint(wanted.values()),
            ("manylinux", "x86_64") not in systems,
            wanted.keys().isdisjoint(platform.split(".")),
            f"{python}-{abi}" not in pythons,
            [-number for number in max(each[2] for each in platforms)],
            wheel.file,
        )

    return min(wheels, key=strangeness)


def _platform(tag: str) -> tuple[str, str, list[int]]:
    """Return system, machine and release of a platform tag: of manylinux_2_28_x86_64 the words and [2, 28]."""
    # PEP 600: manylinux2014 is manylinux_2_17, and those before it are older still.
    found = _PLATFORM.fullmatch(re.sub(r"^manylinux(?:1|2010|2014)_", "manylinux_2_17_", tag))
    return (found[1], found[3], [int(each) for each in found[2].split("_")[1:]]) if found else (tag, "", [])


def tags(dependency: Dependency) -> tuple[str, ...]:
    """Return the tags of a distribution: of the wheel that it is in, or of the WHEEL file beside its metadata.

    Where neither tells, those of this system. https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    if of_file := _FILE.search(dependency.place.file):
        return tuple(f"{of_file[1]}-{each}" for each in of_file[2].split("."))
    folder, name = os.path.split(dependency.place.file)
    if name == "METADATA":
        try:
            content = files.read_start(os.path.join(folder, "WHEEL")).decode("utf-8", "replace")
        except Unreadable:
            content = ""
        found = re.findall(r"^Tag:[ \t]*([\w.]+-[\w.]+-[\w.]+)\s*$", content, re.MULTILINE)
        if found:
            return tuple(found)
    from packaging.tags import platform_tags

    return (f"py3-none-{next(iter(platform_tags()), 'any')}",)


# --- what is kept ---


def _path(cache: str, wheel: Wheel) -> str:
    """Return where is kept what a wheel carries. What one index says of its file's hash binds no other one."""
    import hashlib

    return os.path.join(cache, f"carried-{hashlib.sha256(f'{wheel.sha256} {wheel.url}'.encode()).hexdigest()}.json")


def _load(path: str) -> Carried | None:
    try:
        stored = json.loads(files.read_bytes(path, LARGEST))
        if stored["made"] != f"{__version__}/{FORM}":
            return None
        listed, sboms, unread = stored["carried"]
        components = tuple(Component(Pin(*map(str, pin)), known_by) for pin, known_by in listed)
        if not {each.known_by for each in components} <= _EVIDENCE:
            return None
        return Carried(components, tuple(map(str, sboms)), str(unread))
    except (Unreadable, ValueError, KeyError, TypeError, RecursionError):
        return None


def _store(path: str, found: Carried) -> None:
    """Keep what was read; where that fails, the next run only reads it again."""
    content = json.dumps({"made": f"{__version__}/{FORM}", "carried": found}).encode()
    try:
        if len(content) <= LARGEST:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            files.write_atomically(path, content)
    except (OSError, Unreadable):
        pass
