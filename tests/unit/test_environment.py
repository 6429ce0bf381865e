"""What is installed, read from site-packages; importlib.metadata is the oracle."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from pip_assay.model import Dependency, Inventory, Origin, Place, Problem
from pip_assay.names import normalise
from pip_assay.sources.installed import locate
from pip_assay.sources.installed.environment import read, read_paths
from pip_assay.sources.installed.locate import Environment


def put(folder: Path, text: str | None = None, **files: str | bytes) -> Path:
    """Make a metadata folder with a METADATA and other files."""
    folder.mkdir(parents=True)
    if text is not None:
        files["METADATA"] = text
    for name, content in files.items():
        whole = folder / name.replace("__", ".")
        whole.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def header(name: str, version: str, *more: str) -> str:
    """Return the text of a METADATA file."""
    return "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *more, "", "Body.", ""])


def only(inventory: Inventory) -> Dependency:
    """Return the one dependency of an inventory."""
    (dependency,) = inventory.dependencies
    return dependency


def gaps(inventory: Inventory) -> list[str]:
    """Return the gaps of an inventory's problems."""
    return [problem.gap for problem in inventory.problems]


def names(inventory: Inventory) -> set[tuple[str, str]]:
    """Return the (name, version) pairs of an inventory."""
    return {(one.pin.name, one.pin.version) for one in inventory.dependencies}


def seen_by_importlib(paths: tuple[str, ...]) -> set[tuple[str, str]]:
    """Return what importlib.metadata finds, the first folder first."""
    found: set[tuple[str, str]] = set()
    before: set[str] = set()
    for path in paths:
        here = {(normalise(one.name), one.version) for one in metadata.distributions(path=[path])}
        found |= {pair for pair in here if pair[0] not in before}
        before |= {name for name, _ in here}
    return found


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An empty site-packages folder."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    return folder


# --- against importlib.metadata ---------------------------------------------------------------------


def test_running_environment_has_what_importlib_finds() -> None:
    """The running environment holds the names and versions that importlib.metadata lists for the same folders."""
    environment = locate.running()
    inventory = read(environment)
    assert {"pytest", "hypothesis"} <= {one.pin.name for one in inventory.dependencies}
    assert names(inventory) == seen_by_importlib(environment.paths)
    assert inventory.kind == "environment"
    assert inventory.detail.startswith(("CPython 3.", "PyPy 3."))


def test_running_environment_requires_what_importlib_says() -> None:
    """The names a distribution requires without extras are those of importlib.metadata's Requires-Dist."""
    requirements = pytest.importorskip("packaging.requirements")
    inventory = read(locate.running())
    for dependency in inventory.dependencies:
        listed = [requirements.Requirement(text) for text in metadata.requires(dependency.pin.name) or []]
        expected = {normalise(one.name) for one in listed if "extra ==" not in str(one.marker)}
        assert set(dependency.requires) == expected, dependency.pin.name


def test_places_point_at_the_version_line() -> None:
    """The place of each dependency of a real environment is the line that states its version."""
    for dependency in read(locate.running()).dependencies:
        lines = Path(dependency.place.file).read_text(encoding="utf-8").splitlines()
        assert lines[dependency.place.line - 1] == f"Version: {dependency.pin.version}"


def test_virtual_environment_agrees_with_its_own_interpreter(tmp_path: Path) -> None:
    """A `python -m venv` environment holds what its own interpreter's importlib.metadata lists."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    environment = locate.at(str(tmp_path / "venv"))
    site = Path(environment.paths[0])
    put(site / "Zope.Interface-5.0.dist-info", header("Zope.Interface", "5.0"))
    put(site / "old_style-1.2.egg-info", **{"PKG-INFO": header("old-style", "1.2")})
    (site / "single-3.egg-info").write_text(header("single", "3"))
    code = "import importlib.metadata as m, json; print(json.dumps([(d.name, d.version) for d in m.distributions()]))"
    started = subprocess.run(
        [tmp_path / "venv/bin/python", "-I", "-c", code], check=True, capture_output=True, text=True
    )
    expected = {(normalise(name), version) for name, version in json.loads(started.stdout)}
    assert names(read(environment)) == expected
    assert len(expected) == 3


# --- what a distribution says -----------------------------------------------------------------------


def test_dist_info(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dist-info gives name, spelling, version, requirements, and the place of its version, relative to here."""
    monkeypatch.chdir(site.parent)
    text = header(
        "Foo.Bar_baz",
        "1.0",
        "Requires-Dist: Some_Thing (>=1)",
        'Requires-Dist: other[socks]>=2 ; python_version < "3"',
        'Requires-Dist: left-out ; extra == "dev"',
        "Requires-Dist: left-out-too;'test'==extra and os_name=='nt'",
        "Requires-Dist: at @ https://index.example/at.zip",
        "Requires-Dist: some.thing!=1.5",
    )
    put(site / "foo_bar_baz-1.0.dist-info", text)
    inventory = read_paths(["site-packages"])
    dependency = only(inventory)
    assert dependency.pin == ("PyPI", "foo-bar-baz", "1.0")
    assert dependency.spelling == "Foo.Bar_baz"
    assert dependency.requires == ("some-thing", "other", "at")
    assert dependency.place == Place(os.path.join("site-packages", "foo_bar_baz-1.0.dist-info", "METADATA"), 3)
    assert dependency.groups == ()
    assert inventory.target == "site-packages"
    assert inventory.problems == ()


def test_place_outside_is_as_given(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of the current folder the place keeps the path as it was given."""
    put(site / "a-1.dist-info", header("a", "1"))
    (site.parent / "elsewhere").mkdir()
    monkeypatch.chdir(site.parent / "elsewhere")
    assert only(read_paths(["../site-packages"])).place.file == "../site-packages/a-1.dist-info/METADATA"
    assert only(read_paths([str(site)])).place.file == str(site / "a-1.dist-info" / "METADATA")


def test_only_the_header_counts(site: Path) -> None:
    """Lines that look like headers in the description below the first empty line are not read."""
    text = "Metadata-Version: 2.1\nName: a\nVersion: 1\n\nName: b\nVersion: 2\nRequires-Dist: c\n"
    put(site / "a-1.dist-info", text)
    dependency = only(read_paths([str(site)]))
    assert (dependency.pin.name, dependency.pin.version, dependency.requires) == ("a", "1", ())


def test_other_line_ends_and_header_case(site: Path) -> None:
    """Windows line ends and headers in capitals are read, and the line number still counts lines."""
    put(site / "a-1.dist-info", "METADATA-VERSION: 2.1\r\nNAME:   a \r\nSummary: x\r\nversion:1\r\n\r\nVersion: 3\r\n")
    dependency = only(read_paths([str(site)]))
    assert (dependency.pin.name, dependency.pin.version, dependency.place.line) == ("a", "1", 4)


def test_header_longer_than_the_first_read(site: Path) -> None:
    """A header that goes on beyond the first block of bytes is read to its end, and up to a bound."""
    long = header("a", "1", *(f"Classifier: {number:>100}" for number in range(900)), "Requires-Dist: last")
    put(site / "a-1.dist-info", long)
    put(site / "b-1.dist-info", header("b", "1", f"Summary: {'x' * 2_000_000}", "Requires-Dist: beyond"))
    first, second = read_paths([str(site)]).dependencies
    assert first.requires == ("last",)
    assert (second.pin.version, second.requires) == ("1", ())


def test_a_name_from_metadata_wins_over_the_folder(site: Path) -> None:
    """Name and version are METADATA's even where the folder's name says something else."""
    put(site / "wrong-9.dist-info", header("right", "1"))
    assert names(read_paths([str(site)])) == {("right", "1")}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"REQUESTED": "", "INSTALLER": "pip\n"}, True),
        ({"INSTALLER": "pip\n"}, False),
        ({"REQUESTED": "", "INSTALLER": "uv"}, None),
        ({"INSTALLER": "uv"}, None),
        ({"INSTALLER": "conda\n"}, None),
        ({}, None),
        ({"REQUESTED": ""}, True),
    ],
)
def test_direct(site: Path, files: dict[str, str], expected: bool | None) -> None:
    """Whether it was asked for by name is known only where the installer keeps count: pip does, uv marks everything."""
    put(site / "a-1.dist-info", header("a", "1"), **files)
    dependency = only(read_paths([str(site)]))
    assert dependency.direct is expected
    assert dependency.origin == Origin("index")


# --- origins ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            {"url": "https://host.example/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            Origin("vcs", "git+https://host.example/x.git@abc"),
        ),
        (
            {"url": "ssh://git@host.example/x", "vcs_info": {"vcs": "hg", "commit_id": "1"}},
            Origin("vcs", "hg+ssh://git@host.example/x@1"),
        ),
        (
            {"url": "https://u:p@host.example/a.zip?sig=1#frag", "archive_info": {}},
            Origin("url", "https://host.example/a.zip"),
        ),
        (
            {"url": "https://${USER}:${TOKEN}@host.example/a.zip", "archive_info": {}},
            Origin("url", "https://${USER}:${TOKEN}@host.example/a.zip"),
        ),
        ({"url": "https://secret@host.example/a.zip", "archive_info": {}}, Origin("url", "https://host.example/a.zip")),
        ({"url": "https://u:p@ss@host.example/a", "archive_info": {}}, Origin("url", "https://host.example/a")),
        ({"url": "https://u:p#s?s@host.example/a", "archive_info": {}}, Origin("url", "https://host.example/a")),
        ({"url": "https://u:p/s@host.example/a", "archive_info": {}}, Origin("url", "https://host.example/a")),
        ({"url": "https://host.example:80/a@1", "archive_info": {}}, Origin("url", "https://host.example:80/a@1")),
        ({"url": "file:///home/a@b/x.whl", "archive_info": {"hash": "sha256=1"}}, Origin("url", "file:///home/a@b/x.whl")),
        ({"url": "file:///x", "dir_info": {}}, Origin("path", "file:///x")),
        ({"url": "file:///x", "dir_info": {"editable": False}}, Origin("path", "file:///x")),
        ({"url": "file:///x", "dir_info": {"editable": True}}, Origin("editable", "file:///x")),
    ],
)  # fmt: skip
def test_direct_url(site: Path, record: dict[str, object], expected: Origin) -> None:
    """direct_url.json (PEP 610) says where it came from, and no secret of it is kept."""
    put(site / "a-1.dist-info", header("a", "1"), INSTALLER="pip\n", direct_url__json=json.dumps(record))
    inventory = read_paths([str(site)])
    assert only(inventory).origin == expected
    assert inventory.problems == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"url": 1, "dir_info": {}}',
        b'{"dir_info": {}}',
        b'{"url": "file:///x"}',
        b'{"url": "https://x", "vcs_info": {"commit_id": "1"}}',
        b'{"url": "https://x", "archive_info": null}',
    ],
)
def test_malformed_direct_url(site: Path, content: bytes) -> None:
    """A direct_url.json that cannot be understood is a problem; the distribution is still listed and audited."""
    put(site / "a-1.dist-info", header("a", "1"), direct_url__json=content)
    inventory = read_paths([str(site)])
    assert gaps(inventory) == ["unreadable"]
    assert inventory.problems[0].subject == "a"
    assert inventory.problems[0].place == Place(str(site / "a-1.dist-info" / "direct_url.json"))
    dependency = only(inventory)
    assert (dependency.pin.version, dependency.skipped, dependency.origin.kind) == ("1", "", "url")


def test_direct_url_that_is_a_folder(site: Path) -> None:
    """A direct_url.json that is a folder is a problem like any other malformed one."""
    put(site / "a-1.dist-info", header("a", "1"))
    (site / "a-1.dist-info" / "direct_url.json").mkdir()
    assert gaps(read_paths([str(site)])) == ["unreadable"]


def test_skip_editable(site: Path) -> None:
    """With skip_editable an editable distribution is listed, not audited, and none of its faults is a problem."""
    editable = json.dumps({"url": "file:///x", "dir_info": {"editable": True}})
    put(site / "a-1.dist-info", header("a", "1"), direct_url__json=editable)
    put(site / "b.dist-info", "Metadata-Version: 2.1\nName: b\n", direct_url__json=editable)
    put(site / "c-1.dist-info", header("c", "1"), direct_url__json='{"url": "file:///x", "dir_info": {}}')
    inventory = read_paths([str(site)], skip_editable=True)
    assert [one.skipped for one in inventory.dependencies] == ["distribution marked as editable"] * 2 + [""]
    assert inventory.problems == ()
    audited = read(Environment("x", (str(site),), ()), skip_editable=False)
    assert [one.skipped for one in audited.dependencies] == ["", "no version in its metadata", ""]


def test_distribution_of_the_system(tmp_path: Path) -> None:
    """What Debian's or an RPM's packages installed is marked so; what pip put beside it, or under local, is not."""
    system = tmp_path / "usr/lib/python3/dist-packages"
    put(system / "a-1.dist-info", header("a", "1"))
    put(system / "b-1.dist-info", header("b", "1"), INSTALLER="pip\n")
    put(system / "c-1.dist-info", header("c", "1"), INSTALLER="debian\n")
    (system / "d-1.egg-info").write_text(header("d", "1"))
    put(system / "e-1-py3.egg" / "EGG-INFO", **{"PKG-INFO": header("e", "1")})
    kinds = [one.origin.kind for one in read_paths([str(system)]).dependencies]
    assert kinds == ["distro", "index", "distro", "distro", "distro"]
    local = tmp_path / "usr/local/lib/python3.11/dist-packages"
    put(local / "a-1.dist-info", header("a", "1"))
    assert only(read_paths([str(local)])).origin.kind == "index"
    fedora = tmp_path / "usr/lib/python3.12/site-packages"
    put(fedora / "a-1.dist-info", header("a", "1"), INSTALLER="rpm\n")
    put(fedora / "b-1.dist-info", header("b", "1"), INSTALLER="conda\n")
    assert [one.origin.kind for one in read_paths([str(fedora)]).dependencies] == ["distro", "index"]


# --- eggs -------------------------------------------------------------------------------------------

REQUIRES = "plain>=1\nWith.Dot[extra]\n\n[:python_version < '3']\nmarked\n\n[dev]\nno\n\n[dev:os_name=='nt']\nno-more\n"


def test_egg_info_folder(site: Path) -> None:
    """An egg-info folder is read from PKG-INFO, and requires.txt without the sections of extras."""
    put(site / "a-1-py2.7.egg-info", **{"PKG-INFO": header("a", "1"), "requires.txt": REQUIRES})
    dependency = only(read_paths([str(site)]))
    assert dependency.pin == ("PyPI", "a", "1")
    assert dependency.requires == ("plain", "with-dot", "marked")
    assert dependency.direct is None
    assert dependency.place == Place(str(site / "a-1-py2.7.egg-info" / "PKG-INFO"), 3)


def test_egg_info_prefers_requires_dist(site: Path) -> None:
    """Where PKG-INFO states Requires-Dist, requires.txt is not asked, as in importlib.metadata."""
    put(site / "a-1.egg-info", **{"PKG-INFO": header("a", "1", "Requires-Dist: newer"), "requires.txt": REQUIRES})
    assert only(read_paths([str(site)])).requires == ("newer",)


def test_unreadable_requires_txt(site: Path) -> None:
    """A requires.txt that cannot be read is a problem; the distribution is still listed and audited."""
    put(site / "a-1.egg-info", **{"PKG-INFO": header("a", "1")})
    (site / "a-1.egg-info" / "requires.txt").mkdir()
    inventory = read_paths([str(site)])
    assert gaps(inventory) == ["unreadable"]
    assert only(inventory).skipped == ""


def test_egg_info_file(site: Path) -> None:
    """An egg-info file is itself the PKG-INFO."""
    (site / "PyJWT-2.6.0.egg-info").write_text(header("PyJWT", "2.6.0"))
    dependency = only(read_paths([str(site)]))
    assert dependency.pin == ("PyPI", "pyjwt", "2.6.0")
    assert dependency.place == Place(str(site / "PyJWT-2.6.0.egg-info"), 3)


def test_eggs(site: Path) -> None:
    """An egg is a folder with EGG-INFO in it, or a zip whose name holds name and version."""
    put(site / "a-1.0-py3.6.egg" / "EGG-INFO", **{"PKG-INFO": header("A", "1.0"), "requires.txt": "b\n"})
    (site / "some_zip-2.0_1-py3.6-linux-x86_64.egg").write_bytes(b"PK")
    first, second = read_paths([str(site)]).dependencies
    assert (first.pin.name, first.pin.version, first.requires) == ("a", "1.0", ("b",))
    assert (second.pin.name, second.pin.version, second.place.line) == ("some-zip", "2.0_1", 0)


@pytest.mark.parametrize("tail", ["\n.", "", "\r\n../"])
@pytest.mark.parametrize("relative", [True, False])
def test_egg_link(site: Path, tail: str, relative: bool) -> None:
    """An egg-link leads to the metadata in the source tree, and the distribution is editable."""
    tree = site.parent / "project" / "src"
    put(tree / "my_project.egg-info", **{"PKG-INFO": header("my-project", "0.1.dev0")})
    put(tree / "other.egg-info", **{"PKG-INFO": header("other", "9")})
    target = os.path.relpath(tree, site) if relative else str(tree)
    (site / "my-project.egg-link").write_bytes((target + tail).encode())
    inventory = read_paths([str(site)])
    dependency = only(inventory)
    assert dependency.pin == ("PyPI", "my-project", "0.1.dev0")
    assert dependency.origin.kind == "editable"
    assert inventory.problems == ()


@pytest.mark.parametrize("content", [b"/no/such/folder\n.", b"\0\n", b"\xff\xfe", b"", b".."])
def test_egg_link_to_nothing(site: Path, content: bytes) -> None:
    """An egg-link whose source tree is not there is listed, not audited, and a problem."""
    (site / "lost.egg-link").write_bytes(content)
    inventory = read_paths([str(site)])
    dependency = only(inventory)
    assert (dependency.pin.name, dependency.pin.version) == ("lost", "")
    assert dependency.skipped == "no version in its metadata"
    assert gaps(inventory) == ["unreadable", "unpinned"]


# --- what is broken ---------------------------------------------------------------------------------


def test_leftovers_and_other_files_are_no_distributions(site: Path) -> None:
    """What pip renamed to remove it is skipped without a word, like everything that is not metadata."""
    put(site / "~umpy-1.0.dist-info", header("numpy", "1.0"))
    put(site / "-umpy-1.0.dist-info", header("numpy", "1.0"))
    put(site / "a-1.dist-info", header("a", "1"))
    for name in ("egg", "egg-info", "dist-info", "package"):
        (site / name).mkdir()
    (site / "distutils-precedence.pth").write_text("import os")
    inventory = read_paths([str(site)])
    assert names(inventory) == {("a", "1")}
    assert inventory.problems == ()


def test_missing_metadata_falls_back_to_the_folder(site: Path) -> None:
    """Without METADATA the name and version of the folder are audited, and a problem says so."""
    put(site / "foo_bar-1.0.post1.dist-info", RECORD="")
    inventory = read_paths([str(site)])
    dependency = only(inventory)
    assert dependency.pin == ("PyPI", "foo-bar", "1.0.post1")
    assert dependency.skipped == ""
    assert dependency.place.line == 0
    (problem,) = inventory.problems
    assert (problem.gap, problem.subject) == ("unreadable", "foo_bar")
    assert problem.what.startswith("does not exist")


def test_dist_info_that_is_a_file(site: Path) -> None:
    """A dist-info that is a file is listed by its name, with a problem."""
    (site / "a-1.dist-info").write_text("")
    inventory = read_paths([str(site)])
    assert names(inventory) == {("a", "1")}
    assert gaps(inventory) == ["unreadable"]


@pytest.mark.parametrize("text", ["", "\nName: x\nVersion: 2\n", "\0\xff\n", "Name:\nVersion:\n", "Version: \n"])
def test_broken_metadata_falls_back_to_the_folder(site: Path, text: str) -> None:
    """Where METADATA states neither name nor version, those of the folder are taken, with a problem."""
    put(site / "a-1.dist-info", text, RECORD="")
    inventory = read_paths([str(site)])
    assert names(inventory) == {("a", "1")}
    assert gaps(inventory) == ["unreadable"]


def test_a_pipe_in_place_of_metadata_does_not_hang(site: Path) -> None:
    """A pipe called METADATA gives nothing, and the reading goes on."""
    put(site / "a-1.dist-info")
    os.mkfifo(site / "a-1.dist-info" / "METADATA")
    inventory = read_paths([str(site)])
    assert names(inventory) == {("a", "1")}
    assert gaps(inventory) == ["unreadable"]


def test_no_version_anywhere(site: Path) -> None:
    """A distribution without a version is listed, not audited, and one problem says so."""
    put(site / "a.egg-info", **{"PKG-INFO": "Name: a\nVersion:  \n\n"})
    inventory = read_paths([str(site)])
    assert only(inventory).pin.version == ""
    assert only(inventory).skipped == "no version in its metadata"
    assert gaps(inventory) == ["unpinned"]


def test_odd_versions_are_not_judged(site: Path) -> None:
    """A version that is not PEP 440 is kept as written; judging it belongs to the matching."""
    put(site / "a-1.dist-info", header("a", "1.0-custom build \x1b[31m"))
    inventory = read_paths([str(site)])
    assert only(inventory).pin.version == "1.0-custom build \x1b[31m"
    assert inventory.problems == ()


def test_empty_dist_info(site: Path) -> None:
    """A dist-info with nothing in it is listed, not audited, and a problem; it hides and doubles nothing."""
    later = site.parent / "later"
    put(site / "a-1.dist-info")
    put(site / "a-2.dist-info", header("a", "2"))
    put(site / "b-1.dist-info")
    put(later / "b-3.dist-info", header("b", "3"))
    inventory = read_paths([str(site), str(later)])
    listed = [(one.pin.name, one.pin.version, one.skipped) for one in inventory.dependencies]
    empty = "its metadata folder is empty"
    assert listed == [("a", "1", empty), ("a", "2", ""), ("b", "1", empty), ("b", "3", "")]
    assert gaps(inventory) == ["unreadable", "unreadable"]


def test_two_versions_in_one_folder(site: Path) -> None:
    """Two versions of one project in one folder are both listed, and a problem."""
    put(site / "a_b-1.dist-info", header("a_b", "1"))
    put(site / "A.B-2.egg-info", **{"PKG-INFO": header("A.B", "2")})
    inventory = read_paths([str(site)])
    assert names(inventory) == {("a-b", "1"), ("a-b", "2")}
    (problem,) = inventory.problems
    assert (problem.gap, problem.subject) == ("duplicate", "a-b")
    assert "1" in problem.what
    assert "2" in problem.what


def test_two_records_of_one_version_in_one_folder(site: Path) -> None:
    """Two records of the same release, as in Debian's python3-cryptography, are both listed and no problem."""
    put(site / "cryptography-38.0.4.dist-info", header("cryptography", "38.0.4"))
    put(site / "cryptography.egg-info", **{"PKG-INFO": header("cryptography", "38.0.4")})
    inventory = read_paths([str(site)])
    assert [one.pin.version for one in inventory.dependencies] == ["38.0.4", "38.0.4"]
    assert inventory.problems == ()


def test_an_earlier_folder_hides_a_later_one(site: Path) -> None:
    """Of a project in several folders only the first folder's is listed, without the faults of the hidden one."""
    later = site.parent / "later"
    put(site / "a-1.dist-info", header("a", "1"))
    put(later / "A-2.dist-info", header("A", "2"), direct_url__json="{")
    put(later / "b-1.dist-info", header("b", "1"))
    inventory = read_paths([str(site), str(later)])
    assert names(inventory) == {("a", "1"), ("b", "1")}
    assert inventory.problems == ()
    assert names(inventory) == seen_by_importlib((str(site), str(later)))


# --- the whole --------------------------------------------------------------------------------------


def test_sorted_and_repeatable(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dependencies come by name, version and place, and problems too come in one order, however the disk lists them."""
    for name, version in (("z", "1"), ("a", "2"), ("m", "1"), ("a", "10")):
        put(site / f"{name}-{version}.dist-info", header(name, version), direct_url__json="{")
    inventory = read_paths([str(site)])
    listed = [(one.pin.name, one.pin.version) for one in inventory.dependencies]
    assert listed == [("a", "10"), ("a", "2"), ("m", "1"), ("z", "1")]
    on_disk = os.listdir(site)
    for order in (sorted(on_disk), sorted(on_disk, reverse=True)):
        monkeypatch.setattr(os, "listdir", lambda _, order=order: order)
        assert read_paths([str(site)]) == inventory


def test_empty_environment(site: Path) -> None:
    """A folder without any distribution is a problem, not a clean answer."""
    inventory = read(Environment("venv", (str(site),), (str(site),)))
    assert gaps(inventory) == ["empty"]
    assert inventory.problems[0].subject == "venv"
    assert gaps(read(Environment("venv", (), ()))) == ["empty"]


def test_paths_that_are_not_folders(site: Path) -> None:
    """A missing path and a path to a file are problems, and the other paths are read."""
    put(site / "a-1.dist-info", header("a", "1"))
    (site / "file").write_text("")
    inventory = read_paths([str(site / "none"), str(site / "file"), str(site), "\0"])
    assert gaps(inventory) == ["missing", "unreadable", "missing"]
    assert names(inventory) == {("a", "1")}
    assert inventory.problems[0].place == Place(str(site / "none"))


@pytest.fixture
def locked(site: Path) -> Iterator[Path]:
    """A folder that may not be read."""
    site.chmod(0)
    yield site
    site.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read(locked: Path) -> None:
    """A folder without permission is a problem."""
    assert gaps(read_paths([str(locked)])) == ["unreadable"]


def test_environment_is_named_and_local_narrows_it(site: Path) -> None:
    """The inventory carries what is known of the environment; local leaves out what is not its own."""
    system = site.parent / "system"
    put(site / "a-1.dist-info", header("a", "1"))
    put(system / "b-1.dist-info", header("b", "1"))
    environment = Environment(".venv", (str(site), str(system)), (str(site),), "CPython 3.11.9", "because")
    whole, local = read(environment), read(environment, local=True)
    assert (whole.target, whole.detail, whole.because) == (".venv", "CPython 3.11.9", "because")
    assert names(whole) == {("a", "1"), ("b", "1")}
    assert names(local) == {("a", "1")}


def test_problems_of_the_environment_come_first(site: Path) -> None:
    """Problems that were found on the way to the environment are kept."""
    own = Problem("own environment", "this is not yours")
    inventory = read(Environment("x", (str(site),), (), problems=(own,)))
    assert gaps(inventory) == ["own environment", "empty"]
