"""The law of what is carried: an environment, a wheel, a zipapp, a file system and an image say the same of it."""

import io
import tarfile
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay.model import Dependency, Inventory, Problem
from pip_assay.sources import archive
from pip_assay.sources.bundled import Reader
from pip_assay.sources.image import read_image, read_root
from pip_assay.sources.installed.environment import read_paths
from tests.archives import Content, installed, metadata, wheel_name, zipped
from tests.carriers import bill, carrier, complete, install
from tests.image_files import oci_files

CARRIED = Reader()
SITE = "opt/lib/python3.11/site-packages"
NAME = wheel_name("alpha", "1.0")
OWN = installed("alpha", "1.0")
POOL: dict[str, Content] = {
    **carrier(),
    "alpha-1.0.dist-info/sboms/broken.json": "{",
    "alpha-1.0.dist-info/sboms/none": "",
    "alpha/vendor/patched.txt": "-r other.txt\nsix==1.16 --hash=sha256:00\n???\n",
    "alpha/vendor/bom.cdx.json": bill("pkg:pypi/requests@2.0.0", "pkg:pypi/alpha@1.0"),
    "alpha/extern/empty-1.dist-info/METADATA": "",
    "alpha/extern/twice-1.dist-info/METADATA": metadata("twice", "1"),
    "beta/_vendor/twice-1.dist-info/METADATA": metadata("twice", "1"),
    "alpha/.dylibs/libtiff.6.dylib": b"",
    "alpha/zlib1.dll": b"",
    "alpha/a b,c/_vendor/comma-1.dist-info/METADATA": metadata("comma", "1"),
    f"alpha/{wheel_name('bad', '1')}": b"no zip",
    "alpha/odd.whl": zipped(installed("odd", "1")),
}
COPY = "alpha/_vendor/delta-0.5.dist-info/"
FILES = st.lists(st.sampled_from(sorted(set(POOL) - set(OWN))), unique=True)


def told(inventory: Inventory, top: str) -> tuple[list[Dependency], list[Problem]]:
    """Return what is carried and what is wrong, with places below the folder at the top; hints differ."""
    carried = [
        one._replace(place=one.place._replace(file=one.place.file.removeprefix(f"{top}/")))
        for one in inventory.dependencies
        if one.inside
    ]
    problems = []
    for problem in inventory.problems:
        assert problem.place
        below = problem.place._replace(file=problem.place.file.removeprefix(f"{top}/"))
        problems.append(problem._replace(place=below, hint=""))
    return carried, problems


def image_of(root: Path) -> bytes:
    """Return an image of a file system, in one layer."""

    def tar(members: dict[str, bytes]) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as whole:
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                whole.addfile(member, io.BytesIO(content))
        return stream.getvalue()

    return tar(
        oci_files([tar({str(each.relative_to(root)): each.read_bytes() for each in root.rglob("*") if each.is_file()})])
    )


@given(FILES)
@settings(max_examples=60, deadline=None)
def test_all_kinds_of_targets_say_the_same(chosen: list[str]) -> None:
    """What is carried, by which evidence, at which place, and what could not be read of it."""
    files = {**OWN, **{name: POOL[name] for name in chosen}}
    if any(name.startswith(COPY) for name in chosen):
        files[f"{COPY}METADATA"] = POOL[f"{COPY}METADATA"]
    files = complete(files)
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        install(zipped(files), top / "root" / SITE)
        (top / NAME).write_bytes(zipped(files))
        (top / "app.pyz").write_bytes(zipped(files))
        (top / "image.tar").write_bytes(image_of(top / "root"))
        expected = told(read_paths([str(top / "root" / SITE)], carried=CARRIED), str(top / "root" / SITE))
        for name in (NAME, "app.pyz"):
            assert told(archive.read(str(top / name), carried=CARRIED), str(top / name)) == expected
        (inventory,) = read_root(str(top / "root"), carried=CARRIED)
        assert told(inventory, str(top / "root" / SITE)) == expected
        *_, inventory = read_image(str(top / "image.tar"), carried=CARRIED)
        assert told(inventory, f"{top}/image.tar/{SITE}") == expected
