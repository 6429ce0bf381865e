"""What a wheel on an index carries: as if the whole of it were here; which wheel is looked into; what is kept."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.tags import Tag, platform_tags
from packaging.utils import parse_wheel_filename

from pip_assay import published
from pip_assay.errors import NetworkError, Unreadable
from pip_assay.index_pages import Wheel
from pip_assay.model import PYPI, Dependency, Pin, Place
from pip_assay.net import remote
from pip_assay.published import Carried, Component
from pip_assay.sources.bundled import evidence
from pip_assay.sources.installed.tree import DISK
from tests.archives import Content, installed, metadata, zipped
from tests.bundling import bill
from tests.far_files import crates, in_parts, wheel
from tests.server import Reply, Server, quick

QUICK = quick()._replace(retries=0)
HOST = Pin(PYPI, "some-thing", "2.0")
FILE = "some_thing-2.0-py3-none-any.whl"
SHA = "0" * 64

SBOMS: dict[str, bytes] = {
    "a.cdx.json": crates("rsa 0.9.10", "h2 0.4.1"),
    "auditwheel.cdx.json": bill(
        {"type": "library", "name": "openssl-libs", "version": "1.1.1k-16.el8_6",
         "purl": "pkg:rpm/almalinux/openssl-libs@1.1.1k-16.el8_6"}
    ),
}  # fmt: skip
FILES: dict[str, Content] = {
    "some_thing/_vendor/vendor.txt": "idna==3.4\nurllib3==1.26.18\n",
    **{f"some_thing/_vendor/{path}": content for path, content in installed("attrs", "22.1").items()},
    "some_thing.libs/libpng16-8b7e0db9.so.16.43.0": b"\x7fELF",
    "some_thing/embed/inner-1.0-py3-none-any.whl": wheel(
        "inner", "1.0", {"inner/_vendor/vendor.txt": "rich==13.0\n", "inner/_vendor/rich/__init__.py": ""}
    ),
}
EVERYTHING = wheel("some-thing", "2.0", FILES, sboms=SBOMS, filler=bytes(20_000))


def read(content: bytes, cache: Path, *, sha256: str = "", host: Pin = HOST) -> Carried:
    with Server({"/f.whl": in_parts(content)}) as server:
        return published.read(Wheel(FILE, f"{server.url}/f.whl", sha256), host, QUICK, str(cache))


def of_disk(content: bytes, folder: Path) -> set[Component]:
    """Return what the same wheel carries once it is unpacked into a folder."""
    zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
    found = evidence.read(
        str(folder), str(folder), DISK, "some_thing-2.0.dist-info", Dependency(HOST, Place("METADATA"))
    )
    return {Component(each.dependency.pin, each.dependency.known_by) for each in found if each.dependency.inside}


PARTS = st.fixed_dictionaries({}, optional={name: st.just(content) for name, content in FILES.items()})


@settings(max_examples=40)
@given(PARTS, st.sets(st.sampled_from(sorted(SBOMS))), st.integers(0, 30_000), st.integers(50, 3000))
def test_reading_in_parts_is_reading_the_whole(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, Content], sboms: set[str], filler: int, step: int
) -> None:
    """Whatever a wheel holds, and however small the parts are: what it carries is what it carries when unpacked."""
    folder = tmp_path_factory.mktemp("site")
    content = wheel("some-thing", "2.0", files, sboms={each: SBOMS[each] for each in sboms}, filler=bytes(filler))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("END", step), ("AHEAD", step), ("SMALL", 0), ("REQUESTS", 10_000)):
            patch.setattr(remote, name, value)
        found = read(content, folder / "cache")
    assert set(found.components) == of_disk(content, folder)
    assert list(found.components) == sorted(set(found.components))
    assert (found.sboms, found.unread) == (tuple(sorted(sboms)), "")


def test_what_a_wheel_carries_is_known_by_all_that_tells(tmp_path: Path) -> None:
    """Bills of materials, copies, lists, wheels in it and what is in those, names of libraries."""
    assert {(str(each.pin), each.known_by) for each in read(EVERYTHING, tmp_path).components} == {
        ("rsa 0.9.10", "sbom"), ("h2 0.4.1", "sbom"), ("openssl-libs 1.1.1k-16.el8_6", "sbom"),
        ("idna 3.4", "list"), ("urllib3 1.26.18", "list"), ("attrs 22.1", "metadata"), ("inner 1.0", "metadata"),
        ("rich 13.0", "list"), ("libpng 1.6.43", "file name"),
    }  # fmt: skip


def test_little_of_a_large_wheel_is_fetched(tmp_path: Path) -> None:
    """What tells stands at the end, as the specification of wheels recommends."""
    content = wheel("some-thing", "2.0", sboms=SBOMS, filler=bytes(3_000_000))
    with Server({"/f.whl": in_parts(content)}) as server:
        assert published.read(Wheel(FILE, f"{server.url}/f.whl"), HOST, QUICK, str(tmp_path)).sboms
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip at all" * 50, "is not a zip"),
        (EVERYTHING[:-10], "is not a zip"),
        (EVERYTHING[:5000], "is not a zip"),
        (zipped({"a.py": ""}), "holds no metadata of some-thing 2.0"),
        (wheel("other", "2.0"), "holds no metadata of some-thing 2.0"),
        (wheel("some-thing", "2.1"), "holds no metadata of some-thing 2.0"),
        (zipped({"below/some_thing-2.0.dist-info/METADATA": metadata("some-thing", "2.0")}), "holds no metadata"),
    ],
)
def test_what_is_no_wheel_of_the_release_is_said(content: bytes, words: str, tmp_path: Path) -> None:
    """A zip that is broken, and one of another release, tell nothing of this one; and nothing is kept."""
    with pytest.raises(Unreadable, match=words):
        read(content, tmp_path, sha256=SHA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["some_thing-2.0", "Some.Thing-2", "some__thing-2.0.0"])
def test_the_metadata_folder_may_be_spelled_otherwise(name: str, tmp_path: Path) -> None:
    """Names and versions that PEP 503 and 440 call equal are."""
    content = zipped({f"{name}.dist-info/METADATA": "", f"{name}.dist-info/sboms/a.cdx.json": crates("rsa 0.9.10")})
    assert [str(each.pin) for each in read(content, tmp_path).components] == ["rsa 0.9.10"]


def test_a_bill_of_materials_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Then what it lists is not known: it is not nothing."""
    found = read(wheel("some-thing", "2.0", sboms={"a.cdx.json": b"{", "b.cdx.json": crates("rsa 0.9.10")}), tmp_path)
    assert found.unread.startswith("a.cdx.json is not")
    assert [str(each.pin) for each in found.components] == ["rsa 0.9.10"]


def test_a_network_that_fails_in_the_middle_is_no_broken_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The readers of single files would call the file unreadable; the truth is that nobody knows. Nothing is kept."""
    monkeypatch.setattr(remote, "END", 1000)
    monkeypatch.setattr(remote, "SMALL", 0)
    whole = in_parts(EVERYTHING)
    for good in range(1, 4):
        answers: list[Callable[..., Reply]] = [whole] * good

        def reply(asked: object, answers: list[Callable[..., Reply]] = answers) -> Reply:
            return answers.pop()(asked) if answers else Reply(status=403)

        with Server({"/f.whl": reply}) as server, pytest.raises(NetworkError, match="answered 403"):
            published.read(Wheel(FILE, f"{server.url}/f.whl", SHA), HOST, QUICK, str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_was_read_is_kept_by_the_hash(tmp_path: Path) -> None:
    """A file of a hash never changes; of another hash, at another address, or without one it is another file."""
    one = Wheel(FILE, "https://index.example/f.whl", SHA)
    assert published.kept(one, str(tmp_path)) is None
    found = read(EVERYTHING, tmp_path)
    published._store(published._path(str(tmp_path), one), found)
    assert published.kept(one, str(tmp_path)) == found
    for other in (one._replace(sha256="1" * 64), one._replace(url="https://other.example/f.whl")):
        assert published.kept(other, str(tmp_path)) is None
    assert published.kept(one._replace(sha256=""), str(tmp_path)) is None
    before = set(tmp_path.iterdir())
    assert read(EVERYTHING, tmp_path, sha256=SHA) == found
    assert len(set(tmp_path.iterdir()) - before) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept | {"made": "0/0"},
        lambda kept: kept | {"carried": 3},
        lambda kept: kept | {"carried": [[[3, "sbom"]], [], ""]},
        lambda kept: kept | {"carried": [[[["PyPI", "a"], "sbom"]], [], ""]},
        lambda kept: kept | {"carried": [[[["PyPI", "a", "1"], "rumour"]], [], ""]},
        lambda _: {},
        lambda _: [],
    ],
)
def test_a_kept_file_of_another_form_is_not_misread(change: Callable[..., object], tmp_path: Path) -> None:
    """Whatever is odd about it, it is as good as absent."""
    one = Wheel(FILE, "https://index.example/f.whl", SHA)
    path = Path(published._path(str(tmp_path), one))
    published._store(str(path), Carried((Component(HOST, "sbom"),)))
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert published.kept(one, str(tmp_path))
    path.write_text(json.dumps(change(kept)), encoding="utf-8")
    assert published.kept(one, str(tmp_path)) is None


def test_what_cannot_be_kept_is_still_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that is a file, and a wheel that carries too much to be kept."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert read(EVERYTHING, tmp_path / "file", sha256=SHA).components
    monkeypatch.setattr(published, "LARGEST", 100)
    assert read(EVERYTHING, tmp_path / "cache", sha256=SHA).components
    assert not (tmp_path / "cache").exists()


def test_the_password_of_the_index_opens_its_files_and_no_others(tmp_path: Path) -> None:
    """As pip has it; and no kept file holds it."""
    content = in_parts(EVERYTHING)
    with Server({"/f.whl": content}) as index, Server({"/f.whl": content}) as other:
        network = QUICK._replace(index_url=f"{index.url}/simple".replace("//", "//somebody:secret@"))
        for server in (index, other):
            assert published.read(Wheel(FILE, f"{server.url}/f.whl", SHA), HOST, network, str(tmp_path)).sboms
        assert {"authorization" in each.headers for each in index.asked} == {True}
        assert {"authorization" in each.headers for each in other.asked} == {False}
    assert published._with_login("https://a.example/f", ["https://a.example/simple"]) == "https://a.example/f"
    assert "secret" not in "".join(path.name + path.read_text(encoding="utf-8") for path in tmp_path.iterdir())


# --- which wheel ---------------------------------------------------------------------------------


def wheels(*tags: str) -> list[Wheel]:
    return [Wheel(f"a-1.0-{tag}.whl", "x") for tag in tags]


OFFERED = (
    "cp37-abi3-macosx_13_0_arm64", "cp37-abi3-macosx_14_0_x86_64",
    "cp37-abi3-manylinux2014_aarch64.manylinux_2_17_aarch64", "cp37-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64",
    "cp37-abi3-manylinux_2_28_aarch64", "cp37-abi3-manylinux_2_28_x86_64", "cp37-abi3-musllinux_1_2_x86_64",
    "cp37-abi3-win32", "cp37-abi3-win_amd64",
)  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "file"),
    [
        (["cp311-cp311-manylinux_2_28_x86_64"], 5),
        (["cp37-abi3-manylinux_2_17_x86_64", "cp37-abi3-manylinux2014_x86_64"], 3),
        (["cp311-cp311-manylinux_2_34_x86_64"], 5),
        (["cp311-cp311-manylinux_2_34_aarch64"], 4),
        (["cp311-cp311-musllinux_1_1_x86_64"], 6),
        (["cp311-cp311-musllinux_1_2_aarch64"], 5),
        (["cp311-cp311-macosx_11_0_arm64"], 0),
        (["cp311-cp311-macosx_10_9_x86_64"], 1),
        (["cp311-cp311-win_amd64"], 8),
        (["cp311-cp311-win32"], 7),
        (["cp311-cp311-win_arm64"], 5),
        (["py3-none-any"], 5),
        (["py3-none-"], 5),
        ([], 5),
    ],
)
def test_the_likest_wheel_is_looked_into(tags: list[str], file: int) -> None:
    """A wheel for manylinux2014 may be made of other packages than one for manylinux_2_28, not to speak of Windows."""
    offered = wheels(*OFFERED)
    for order in (offered, offered[::-1]):
        assert published.fitting(order, tags) == offered[file]


def test_the_same_python_decides_among_equals() -> None:
    """Else the newest platform does, as installers choose; and a wheel for everything is better than none."""
    offered = wheels("cp310-cp310-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_17_x86_64", "py3-none-any",
                     "cp315-cp315-manylinux_2_39_x86_64")  # fmt: skip
    assert published.fitting(offered, ["cp311-cp311-manylinux_2_28_x86_64"]) == offered[1]
    assert published.fitting(offered, ["cp312-cp312-manylinux_2_28_x86_64"]) == offered[3]
    assert published.fitting(offered[2:3], ["cp312-cp312-win_amd64"]) == offered[2]


PLATFORMS = st.sampled_from(
    ["any", "win32", "win_amd64", "linux_x86_64", "macosx_10_9_universal2", "manylinux1_i686", "odd", "manylinux_x_y",
     "macosx_11_0_arm64", "musllinux_1_1_aarch64", "manylinux2014_x86_64", "manylinux_2_28_x86_64"]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["cp311", "py3"]), PLATFORMS), min_size=1, unique=True), st.data())
def test_a_wheel_is_the_likest_to_itself(listed: list[tuple[str, str]], data: st.DataObject) -> None:
    """With its own tags, as packaging reads them, a wheel is chosen; with any others, one of them is."""
    offered = wheels(*(f"{python}-none-{platform}" for python, platform in listed))
    wanted = data.draw(st.sampled_from(offered))
    own = [str(tag) for tag in parse_wheel_filename(wanted.file)[3]]
    assert published.fitting(offered, own) == wanted


def test_the_tags_are_those_of_the_installed_wheel(tmp_path: Path) -> None:
    """The file WHEEL lists them; a wheel has them in its name; else those of this system count."""
    folder = tmp_path / "a-1.dist-info"
    folder.mkdir()
    (folder / "WHEEL").write_text("Wheel-Version: 1.0\nTag: cp37-abi3-manylinux_2_28_x86_64\nTag: py3-none-any\n")

    def tags(place: Path | str) -> tuple[str, ...]:
        return published.tags(Dependency(HOST, Place(str(place), 3)))

    assert tags(folder / "METADATA") == ("cp37-abi3-manylinux_2_28_x86_64", "py3-none-any")
    here = (str(Tag("py3", "none", next(iter(platform_tags())))),)
    (folder / "WHEEL").write_bytes(b"\xff\n")
    assert tags(folder / "METADATA") == tags(tmp_path / "METADATA") == tags("image/x") == here
    named = "dist/a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    both = ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64")
    assert tags(named) == tags(f"{named}/a-1.dist-info/METADATA") == both
