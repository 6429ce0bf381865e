"""Laws of the archive source: whatever the bytes, nothing is raised, and nothing that was there is dropped."""

import io
import tarfile
import tempfile
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from pip_assay.errors import Unreadable
from pip_assay.model import Inventory
from pip_assay.names import normalise
from pip_assay.sources import archive
from pip_assay.sources.archive import sdist, tar
from tests.archives import SETUPTOOLS, Content, installed, metadata, pex_info, tarred, wheel_name, zipped

ALPHA = wheel_name("alpha", "1.0")
SHIV: dict[str, Content] = {f"site-packages/{path}": text for path, text in SETUPTOOLS.items()}
PEX: dict[str, Content] = {"PEX-INFO": pex_info(ALPHA, asked=("alpha",)), f".deps/{ALPHA}": zipped(SETUPTOOLS)}
SDIST: dict[str, Content] = {"alpha-1.0/setup.py": "x" * 600, "alpha-1.0/PKG-INFO": metadata("alpha", "1.0")}
SAMPLES = (
    (ALPHA, zipped(SETUPTOOLS)),
    (ALPHA, zipped(SETUPTOOLS, compression=zipfile.ZIP_STORED)),
    ("app.pex", zipped(PEX, compression=zipfile.ZIP_STORED)),
    ("app.pyz", zipped({"environment.json": '{"shiv_version": "1"}', **SHIV})),
    ("alpha-1.0-py3.9.egg", zipped({"EGG-INFO/PKG-INFO": metadata("alpha", "1.0"), "EGG-INFO/requires.txt": "beta"})),
    ("alpha-1.0.zip", zipped(SDIST)),
    *((f"alpha-1.0.tar.{mode}", tarred(SDIST, mode)) for mode in ("gz", "bz2", "xz")),
    *(("alpha-1.0.tar", tarred(SDIST, "", form)) for form in (0, 1, 2)),
)
NAMES = st.sampled_from([name for name, _ in SAMPLES] + ["x.whl", "alpha-1.0.conda", "nothing", "-.whl", "a-1.tgz"])


def is_lawful(inventory: Inventory) -> bool:
    """Return whether each dependency is named and normalised, and either something was found or is a problem."""
    return bool(inventory.dependencies or inventory.problems) and all(
        one.pin.name == normalise(one.pin.name) and one.pin.name and bool(one.pin.version) != bool(one.skipped)
        for one in inventory.dependencies
    )


@given(NAMES, st.binary(max_size=300))
def test_any_bytes_are_read(name: str, content: bytes) -> None:
    """Nothing is raised, and nothing is taken for clean that was not understood."""
    inventory = archive.parse(content, name)
    assert is_lawful(inventory)
    assert inventory.problems
    assert inventory == archive.parse(content, name)


@given(st.sampled_from(SAMPLES), st.data())
def test_any_damage_is_survived(sample: tuple[str, bytes], data: st.DataObject) -> None:
    """Archives with bytes changed, cut out, put in, or cut off: nothing is raised, and the reading stays the same."""
    name, content = sample
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        # The table of contents of a zip and the headers of a tar are few among many bytes.
        at = data.draw(st.sampled_from([at, max(content.rfind(b"PK\1\2"), 0) + at % 90, at % 512]))
        until = at + data.draw(st.integers(0, 8))
        content = content[:at] + data.draw(st.binary(max_size=8)) + content[until:]
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content)))]
    inventory = archive.parse(content, name)
    assert is_lawful(inventory)
    assert inventory == archive.parse(content, name)


@given(st.sampled_from(SAMPLES), st.data())
def test_damage_is_told_or_harmless(sample: tuple[str, bytes], data: st.DataObject) -> None:
    """With one byte changed, what is found is what was there before, or there is a problem."""
    name, content = sample
    before = archive.parse(content, name)
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    after = archive.parse(changed, name)
    if not name.endswith(".tar"):  # nothing but its headers has a checksum
        same = {one.pin for one in before.dependencies} <= {one.pin for one in after.dependencies}
        assert same or after.problems or _hidden(changed) != _hidden(content)


def _hidden(content: bytes) -> list[str]:
    """Return the names that zipfile lists: where a name itself was changed, it is another file's."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as whole:
            return whole.namelist()
    except zipfile.BadZipFile:
        return []


PARTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
PATHS = st.lists(
    PARTS | st.sampled_from(["..", ".", "", "a-1.dist-info", "METADATA", "b-2.egg-info", "PKG-INFO", "c.egg", "x.whl"]),
    min_size=1, max_size=5,
).map("/".join).filter(lambda path: bool(path.partition("\0")[0]))  # fmt: skip


@given(
    st.dictionaries(
        PATHS, st.sampled_from([b"", b"Name: n\nVersion: 1\n", b"Version: 2", zipped(SETUPTOOLS)]), max_size=6
    ),
    NAMES,
)
def test_any_names_are_read(files: dict[str, bytes], name: str) -> None:
    """Whatever the files of a zip or a tar are called."""
    assert is_lawful(archive.parse(zipped(files), name))
    assert is_lawful(archive.parse(tarred(files), name))


WORDS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._]{0,8}[A-Za-z0-9])?", fullmatch=True)
RELEASES = st.dictionaries(WORDS, st.from_regex(r"[0-9](\.[0-9]{1,3}){0,2}(rc[0-9])?", fullmatch=True), max_size=5)


@settings(max_examples=40)
@given(RELEASES, RELEASES)
def test_a_zip_holds_what_importlib_finds(top: dict[str, str], below: dict[str, str]) -> None:
    """In two folders of one zip: the names and versions of importlib.metadata; places point at the versions."""
    files: dict[str, Content] = {"__main__.py": ""}
    for where, releases in (("", top), ("lib/", below)):
        for name, version in releases.items():
            files |= installed(name, version, below=where)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "app.pyz")
        path.write_bytes(zipped(files))
        with zipfile.ZipFile(path) as whole:
            whole.extractall(folder)
            found = distributions(path=[folder, f"{folder}/lib"])
            inventory = archive.read(str(path))
            assert [(one.pin.name, one.pin.version) for one in inventory.dependencies] == sorted(
                (canonicalize_name(one.metadata["Name"]), one.version) for one in found
            )
            for one in inventory.dependencies:
                text = whole.read(one.place.file.removeprefix(f"{path}/")).decode()
                assert text.split("\n")[one.place.line - 1] == f"Version: {one.pin.version}"


MEMBERS = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300).filter(
            lambda name: not name.endswith("/")
        ),
        st.binary(max_size=1200),
    ),
    max_size=5,
)  # fmt: skip


@given(MEMBERS, st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
def test_a_tar_is_read_as_tarfile_reads_it(members: list[tuple[str, bytes]], form: int) -> None:
    """Names, kinds, sizes and content, whatever the length and the letters of a name."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as whole:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            whole.addfile(info, io.BytesIO(content))
    stream.seek(0)
    if not members:
        return
    ours = tar.Tar(stream)
    listed = [(one.name, one.kind, one.size, ours.start(10**6)) for one in ours]
    assert listed == [(name, "file", len(content), content) for name, content in members]


@given(st.sampled_from([0, 1, 2]), st.data())
def test_a_damaged_tar_is_read_to_its_end_or_refused(form: int, data: st.DataObject) -> None:
    """No member of it is larger than what is there, and nothing but our own error is raised."""
    content = bytearray(tarred({f"{'a' * 99}/b": "x", "b": "y" * 700, "ä": ""}, "", form))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, min(len(content), 5000) - 1))] = data.draw(st.integers(0, 255))
    reader = tar.Tar(io.BytesIO(bytes(content)))
    try:
        read = sum(len(reader.start(10**6)) for _ in reader)
    except Unreadable:
        read = 0
    assert read <= len(content)


@given(st.binary(max_size=200))
def test_any_pkg_info_is_read(content: bytes) -> None:
    """Requirements are certain only where a metadata version says so."""
    assert sdist.stated(content).requires is None or b"metadata-version" in content.lower()


@pytest.mark.parametrize(("name", "content"), SAMPLES)
def test_the_samples_are_sound(name: str, content: bytes) -> None:
    """What the laws damage is read without a problem before."""
    inventory = archive.parse(content, name)
    assert inventory.problems == ()
    assert ("alpha", "1.0") in [(one.pin.name, one.pin.version) for one in inventory.dependencies]
