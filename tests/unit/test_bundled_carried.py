"""What the distributions of an environment carry: all evidence together, and what is remembered of it."""

import hashlib
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pip_assay import settings, targets
from pip_assay.model import Dependency, Evidence, Inventory, Origin, Pin, Place, Problem
from pip_assay.sources import bundled
from pip_assay.sources.bundled import evidence, native, record, remembered, vendored
from pip_assay.sources.bundled.nouns import Host
from pip_assay.sources.bundled.record import Parts
from pip_assay.sources.installed.distribution import Found
from pip_assay.sources.installed.environment import read_paths
from pip_assay.sources.installed.tree import DISK, Memory
from tests.bundling import METADATA, SBOM, bill, component, dependency, host, put

LATER = time.time() + 365 * 24 * 60 * 60  # files that have changed a moment ago are not remembered
RSA = bill(component("rsa", "0.9.10", "pkg:cargo/rsa@0.9.10"))
COPY = b"Metadata-Version: 2.1\nName: copy\nVersion: 2\n\n"
FILES = {
    SBOM: RSA,
    "thing/_vendor/copy-2.dist-info/METADATA": COPY,
    "thing/_vendor/vendor.txt": b"copy==2\nother==3\n",
    "thing/_vendor/copy/__init__.py": b"",
    "thing/_vendor/other/__init__.py": b"",
}


def read(site: Path, cache: Path | None = None, now: float = LATER) -> Inventory:
    """Return what is installed in a folder, with what it carries."""
    return read_paths([str(site)], carried=bundled.Reader(str(cache or ""), now))


def inside(inventory: Inventory) -> list[str]:
    """Return what is carried, with what carries it, in the order in which it is listed."""
    return [f"{one.pin} in {one.inside.name} by {one.known_by}" for one in inventory.dependencies if one.inside]


def database(cache: Path) -> Path:
    """Return the file in which it is remembered."""
    return cache / remembered.FOLDER / remembered.FILE


@pytest.fixture
def nothing_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """To read any file of a host is an error."""
    for name in ("of_host", "read", "stamped"):
        monkeypatch.setattr(evidence, name, None)


def test_everything_that_tells_is_listed_after_the_distributions(tmp_path: Path) -> None:
    """Bills of materials, metadata of copies, lists: each release once, by the best evidence for it."""
    put(tmp_path, "thing", "1.0", FILES)
    put(tmp_path, "zebra", "1")
    found = read(tmp_path)
    assert [str(one.pin) for one in found.dependencies if not one.inside] == ["thing 1.0", "zebra 1"]
    assert inside(found) == ["copy 2 in thing by metadata", "other 3 in thing by list", "rsa 0.9.10 in thing by sbom"]
    assert found.dependencies[-1].place == Place(str(tmp_path / SBOM))
    assert not found.problems


def alike(name: str, version: str, known_by: Evidence, **more: object) -> Found:
    """Return something that "thing 1.0" carries."""
    pin = Pin("generic", name, version)
    made = Dependency(pin, Place("x"), inside=dependency().pin, known_by=known_by, spelling=name)
    return Found(made._replace(**more))  # type: ignore[arg-type]


def test_of_several_that_tell_the_same_the_best_evidence_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever order it comes, with the problems of all."""
    wrong = Problem("unreadable", "is broken", None, "", "thing")
    kinds: tuple[Evidence, ...] = ("string", "file name", "list", "metadata")
    found = [alike("a", "1", each) for each in kinds]
    found[0] = found[0]._replace(problems=(wrong,))
    for order in (found, found[::-1]):
        monkeypatch.setattr(vendored, "read", lambda _, __, order=order: order)
        assert bundled.of_host(host({"a/_vendor/vendor.txt": b""})) == [Found(dependency(), (wrong,)), found[-1]]


def test_the_same_release_in_two_carriers_is_listed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a wheel in it carries is inside of that wheel's distribution; the host's own comes first."""
    deeper = alike("a", "1", "sbom", inside=Pin("PyPI", "another", "1"))
    monkeypatch.setattr(vendored, "read", lambda *_: [deeper, alike("b", "1", "list"), alike("a", "1", "list")])
    found = bundled.of_host(host({"a/_vendor/vendor.txt": b""}))
    assert [(str(one.dependency.pin), str(one.dependency.inside)) for one in found] == [
        ("a 1", "thing 1.0"), ("b 1", "thing 1.0"), ("a 1", "another 1"),
    ]  # fmt: skip


def test_files_that_a_bill_of_materials_names_are_not_listed_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool auditwheel writes which path a system package's library had: the file of that name is that package's."""
    named = hashlib.sha256(b"/usr/lib64/libssl.so.1.1.1k").hexdigest()
    made = component("openssl-libs", "1", "pkg:rpm/almalinux/openssl-libs@1-1.el8", bom_ref=f"pkg:rpm/x@1#{named}")
    libraries = ("thing.libs/libpng16-1d1ba958.so.16.58.0", "thing/_c.so", "thing.libs/libodd.so")
    handed: list[Parts] = []

    def note(_: Host, parts: Parts) -> list[Found]:
        handed.append(parts)
        return []

    monkeypatch.setattr(native, "read", note)
    bundled.of_host(
        host({SBOM: bill(made), "thing.libs/libssl-81259c47.so.1.1.1k": b"", **dict.fromkeys(libraries, b"")})
    )
    assert handed == [Parts(sboms=(SBOM,), libraries=tuple(sorted(libraries)))]


def test_libraries_that_a_bill_of_materials_names_are_not_listed_by_their_interface(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file that tells no version is the library of that name; one that tells another version is listed as well."""
    content = bill(
        component("FreeType", "2.14.3"), component("libjpeg / libjpeg-turbo", "3.2.0"), component("zlib", "1.3"),
        component("libpng16", "0.1", "pkg:cargo/libpng16@0.1"),
    )  # fmt: skip
    others = [
        alike("libpng16", "", "file name"),
        alike("openssl", "3", "string"),
        alike("zlib", "1.2", "string"),
    ]
    same = [
        alike("libfreetype", "", "file name"),
        alike("libjpeg", "", "file name"),
        alike("Zlib", "1.3", "string"),
    ]
    monkeypatch.setattr(native, "read", lambda *_: others + same)
    found = bundled.of_host(host({SBOM: content, "thing/_c.so": b""}))
    assert [one for one in found if one.dependency.known_by != "sbom"] == others
    assert len(found) == 4 + len(others)


def test_an_editable_distribution_has_its_own_bills_of_materials_alone(tmp_path: Path) -> None:
    """Its files are a project of one's own, which no release has."""
    editable = '{"url": "file:///home/me/thing", "dir_info": {"editable": true}}'
    put(tmp_path, "thing", "1.0", FILES, **{"direct_url.json": editable})
    found = read(tmp_path)
    assert inside(found) == ["rsa 0.9.10 in thing by sbom"]
    assert found.dependencies[-1].origin == Origin("editable", "file:///home/me/thing")
    skipping = read_paths([str(tmp_path)], skip_editable=True, carried=bundled.Reader())
    assert {one.skipped for one in skipping.dependencies} == {"distribution marked as editable"}


def test_without_record_the_bills_of_materials_are_read(tmp_path: Path) -> None:
    """As packages of Debian have it: no RECORD, an egg-info, an egg."""
    put(tmp_path, "thing", "1.0", {SBOM: RSA, f"{METADATA}/sboms/deep/b.json": RSA.replace(b"rsa", b"aes")})
    (tmp_path / METADATA / "RECORD").unlink()
    for folder, name in (("old-1.egg-info", "old"), ("far-1.egg/EGG-INFO", "far")):
        (tmp_path / folder / "sboms").mkdir(parents=True)
        (tmp_path / folder / "PKG-INFO").write_text(f"Name: {name}\nVersion: 1\n\n")
        (tmp_path / folder / "sboms" / "a.json").write_bytes(RSA)
    assert inside(read(tmp_path)) == [
        "rsa 0.9.10 in far by sbom", "rsa 0.9.10 in old by sbom", "aes 0.9.10 in thing by sbom",
        "rsa 0.9.10 in thing by sbom",
    ]  # fmt: skip


def test_what_is_hidden_or_was_left_empty_carries_nothing(tmp_path: Path) -> None:
    """Python imports the first of two; of an unfinished uninstall nobody knows what is there."""
    first, second = tmp_path / "a", tmp_path / "b"
    put(first, "thing", "2.0", {"thing-2.0.dist-info/sboms/a.json": RSA.replace(b"rsa", b"aes")})
    put(second, "thing", "1.0", FILES)
    (second / "gone-1.dist-info").mkdir()
    found = read_paths([str(first), str(second)], carried=bundled.Reader())
    assert inside(found) == ["aes 0.9.10 in thing by sbom"]


def test_a_copy_does_not_hide_an_installed_distribution(tmp_path: Path) -> None:
    """What is inside of one folder's distributions cannot be imported by its name."""
    put(tmp_path / "a", "thing", "1.0", FILES)
    put(tmp_path / "b", "copy", "9")
    found = read_paths([str(tmp_path / "a"), str(tmp_path / "b")], carried=bundled.Reader())
    assert ("copy 9", None) in [(str(one.pin), one.inside) for one in found.dependencies]
    assert not found.problems


def test_paths_of_record_that_lead_astray_are_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    """A file outside of the environment is never opened, whatever RECORD says."""
    folder = put(tmp_path / "site", "thing", "1.0", FILES)
    secret = tmp_path / "secret-1.dist-info" / "METADATA"
    secret.parent.mkdir()
    secret.write_bytes(COPY.replace(b"copy", b"secret"))
    with (folder / "RECORD").open("a") as file:
        file.write(f"{secret},,\n../../../../etc/x.so,,\nthing/../../secret-1.dist-info/METADATA,,\n")
    found = read(tmp_path / "site")
    assert len(inside(found)) == 3
    (problem,) = found.problems
    assert problem.what == "lists 3 files outside of the environment, which were not looked at"
    assert (problem.subject, str(problem.place)) == ("thing", str(folder / "RECORD"))


def test_a_record_that_cannot_be_read_whole_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is too large, and one that lists too much."""
    folder = put(tmp_path, "thing", "1.0", FILES)
    monkeypatch.setattr(record, "LIMIT", 10)
    (problem,) = read(tmp_path).problems
    assert problem.what == "is larger than 10 bytes, so it is not known what thing 1.0 carries"
    monkeypatch.undo()
    monkeypatch.setattr(record, "MOST", 2)
    (problem,) = read(tmp_path).problems
    assert problem.what.startswith("lists more than 2 libraries")
    assert problem.place == Place(str(folder / "RECORD"))


def test_a_broken_bill_of_materials_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    """Also when it is remembered; it says which distribution it is about."""
    put(tmp_path / "site", "thing", "1.0", FILES | {f"{METADATA}/sboms/b.json": b"{"})
    first = read(tmp_path / "site", tmp_path / "cache")
    assert len(inside(first)) == 3
    assert [problem.subject for problem in first.problems] == ["thing"]
    assert read(tmp_path / "site", tmp_path / "cache") == first


def test_a_folder_of_bills_of_materials_that_cannot_be_listed_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left out in silence: not what may not be read, and not what is too much to be real."""
    put(tmp_path, "thing", "1.0", {f"{METADATA}/sboms/{number}.json": RSA for number in range(5)})
    monkeypatch.setattr(evidence, "_MOST", 3)
    (tmp_path / METADATA / "sboms" / "loop").symlink_to(tmp_path / METADATA / "sboms")
    found = read(tmp_path)
    assert inside(found) == ["rsa 0.9.10 in thing by sbom"]
    assert [problem.what for problem in found.problems] == [
        "holds more than 3 files, of which the rest was not looked at"
    ]
    listed = os.listdir

    def refused(path: str) -> list[str]:
        if path.endswith("sboms"):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(type(DISK), "names", staticmethod(refused))
    (problem,) = read(tmp_path).problems
    assert problem.what == "cannot be listed (permission denied)"
    assert (problem.place, problem.subject) == (Place(str(tmp_path / METADATA / "sboms")), "thing")


def test_a_flat_folder_of_bills_of_materials_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is of the files, however few folders they are in."""
    monkeypatch.setattr(evidence, "_MOST", 3)
    files = {f"{METADATA}/sboms/{number}.json": RSA for number in range(5)}
    put(tmp_path, "thing", "1.0", files)
    (tmp_path / METADATA / "RECORD").unlink()
    found, problems = evidence.host_of(str(tmp_path), "shown", DISK, METADATA, dependency())
    assert found.paths == tuple(files)[:3]
    assert [each.what for each in problems] == ["holds more than 3 files, of which the rest was not looked at"]


@pytest.mark.parametrize("name", ["sboms", "sboms/root"])
def test_links_to_folders_are_not_followed_and_those_to_files_are(tmp_path: Path, name: str) -> None:
    """An installer may put links to files of its cache there; one to a folder may lead anywhere."""
    outside, site = tmp_path / "outside", tmp_path / "site"
    outside.mkdir()
    (outside / "b.json").write_bytes(bill(component("outside", "1", "pkg:cargo/outside@1")))
    (outside / "a.json").write_bytes(RSA)
    put(site, "thing", "1.0")
    link = site / METADATA / name
    if name != "sboms":
        link.parent.mkdir()
        (link.parent / "a.json").symlink_to(outside / "a.json")
    link.symlink_to(outside, target_is_directory=True)
    found = read(site)
    assert inside(found) == ["rsa 0.9.10 in thing by sbom"] * (name != "sboms")
    assert [(each.what, each.subject) for each in found.problems] == [
        ("leads through a link to a folder, which was not followed", "thing")
    ]


@pytest.mark.parametrize(("bound", "most"), [("_MOST_BILLS", 2), ("_LARGEST_BILLS", 300), ("_MOST_COMPONENTS", 4)])
def test_all_bills_of_materials_of_a_distribution_are_bounded_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    """By their number, their bytes and their components: the rest is one problem, and what was read is listed."""
    files = {
        f"{METADATA}/sboms/{letter}.json": bill(
            *(component(f"{letter}{number}", "1", f"pkg:cargo/{letter}{number}@1") for number in range(3))
        )
        for letter in "abcd"
    }
    put(tmp_path, "thing", "1.0", files)
    assert {150 < len(content) < 300 for content in files.values()} == {True}
    assert len(inside(read(tmp_path))) == 12
    monkeypatch.setattr(evidence, bound, most)
    found = read(tmp_path)
    assert [each.pin.name for each in found.dependencies if each.inside] == ["a0", "a1", "a2", "b0", "b1", "b2"]
    (problem,) = found.problems
    assert problem.what == "comes after as many bills of materials as are read of thing 1.0; the rest was not read"
    assert (problem.place, problem.subject) == (Place(str(tmp_path / METADATA / "sboms" / "c.json")), "thing")


def test_of_other_trees_nothing_is_remembered(tmp_path: Path) -> None:
    """What is in an archive or an image has no time and no identity on this machine."""
    files = {"site/thing-1.0.dist-info/METADATA": b"Name: thing\nVersion: 1.0\n\n", f"site/{SBOM}": RSA}
    found = read_paths(["site"], tree=Memory(files), carried=bundled.Reader(str(tmp_path / "cache"), LATER))
    assert inside(found) == ["rsa 0.9.10 in thing by sbom"]
    assert not (tmp_path / "cache").exists()


# --- what is remembered ---


def made(tmp_path: Path) -> tuple[Path, Path, Inventory]:
    """Return a site folder, a cache, and what was read and is remembered."""
    site, cache = tmp_path / "site", tmp_path / "cache"
    nested = "thing/wheels/inner-1-py3-none-any.whl"
    put(site, "thing", "1.0", {**FILES, nested: wheel()})
    put(site, "plain", "1")
    put(site, "zebra", "1", {"zebra-1.dist-info/sboms/a.json": RSA})
    return site, cache, read(site, cache)


def wheel() -> bytes:
    """Return a wheel with a bill of materials in it."""
    import io
    import zipfile

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("inner-1.dist-info/METADATA", "Name: inner\nVersion: 1\n\n")
        archive.writestr("inner-1.dist-info/sboms/a.json", RSA)
    return content.getvalue()


def test_what_was_read_once_is_not_read_again(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warm audit says the same as a cold one, to the byte, without opening a file of any host."""
    site, cache, cold = made(tmp_path)
    assert "rsa 0.9.10 in inner by sbom" in inside(cold)
    request.getfixturevalue("nothing_read")
    assert read(site, cache) == cold
    monkeypatch.chdir(site)
    there = read_paths(["."], carried=bundled.Reader(str(cache), LATER))
    assert inside(there) == inside(cold)
    assert {one.place.file.startswith(("." + os.sep, METADATA[:5])) for one in there.dependencies} == {True}


@pytest.mark.parametrize(
    "path",
    [SBOM, f"{METADATA}/RECORD", "thing/_vendor/vendor.txt", "thing/_vendor/copy-2.dist-info/METADATA",
     "thing/wheels/inner-1-py3-none-any.whl"],
)  # fmt: skip
@pytest.mark.parametrize("how", ["write", "touch", "replace", "remove", "same size and time"])
def test_a_change_of_a_file_makes_that_host_be_read_again(
    path: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that contributed is changed, even with its size and time as before, or is gone: its host alone is read."""
    site, cache, cold = made(tmp_path)
    file = site / path
    before = file.stat()
    if how == "write":
        file.write_bytes(file.read_bytes() + b"\n")
    elif how == "touch":
        os.utime(file, ns=(0, 0))
    elif how == "replace":
        other = tmp_path / "other"
        other.write_bytes(file.read_bytes())
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        other.replace(file)
    elif how == "remove":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes().replace(b"0", b"1"))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    again: list[str] = []
    stamped = evidence.stamped

    def noting(above: str, shown: str, entry: str, *more: Any) -> Any:
        again.append(entry)
        return stamped(above, shown, entry, *more)

    monkeypatch.setattr(evidence, "stamped", noting)
    after = read(site, cache)
    assert again == [METADATA]
    assert after == read(site)
    if path == SBOM:
        assert (after != cold) == (how in {"remove", "same size and time"})


def test_a_bill_of_materials_that_is_added_is_read(tmp_path: Path) -> None:
    """Also where there was no folder of them, and where RECORD does not list it."""
    site, cache, cold = made(tmp_path)
    for number, folder in enumerate((f"{METADATA}/sboms", "plain-1.dist-info/sboms", f"{METADATA}/sboms/deep"), 1):
        (site / folder).mkdir(exist_ok=True)
        (site / folder / "new.json").write_bytes(bill(component("new", str(number), f"pkg:cargo/new@{number}")))
        assert f"new {number} in {folder.partition('-')[0]} by sbom" in inside(read(site, cache))
    (site / METADATA / "sboms" / "deep" / "more.json").write_bytes(RSA.replace(b"rsa", b"aes"))
    assert "aes 0.9.10 in thing by sbom" in inside(read(site, cache))
    assert len(inside(read(site, cache))) == len(inside(cold)) + 4


def test_files_that_have_just_changed_are_not_remembered(tmp_path: Path) -> None:
    """A change within the same tick of the clock would leave no trace."""
    put(tmp_path / "site", "thing", "1.0", FILES)
    read(tmp_path / "site", tmp_path / "cache", time.time())
    assert not database(tmp_path / "cache").exists()


def test_another_version_of_the_host_or_of_this_program_reads_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not to be listed depends on the host's name, and how it is read on the program."""
    site, cache, cold = made(tmp_path)
    monkeypatch.setattr(remembered, "_MADE", "0.0.1/1")
    assert not remembered.load(str(cache), str(site))
    monkeypatch.undo()
    put(site, "before", "1", {"before-1.dist-info/sboms/a.json": bill(component("after", "2"))})
    assert "after 2 in before by sbom" in inside(read(site, cache))
    (site / "before-1.dist-info" / "METADATA").write_text("Name: after\nVersion: 3\n\n")
    assert inside(read(site, cache)) == inside(cold)


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "[[[]], []]", "null", "5", "[" * 100_000, '[{"a": 1}, []]', "[[], [[]]]",
        '[[["crates.io","f",0,0,"","gossip",0,["rsa"],["1"],[],[],[]]],[]]',
        '[[["crates.io","f",0,0,"",["sbom"],0,["rsa"],["1"],[],[],[]]],[]]',
        '[[["crates.io","f","0",0,"","sbom",0,["rsa"],["1"],[],[],[]]],[]]',
        '[[["crates.io","f",0,0,"","sbom",7,["rsa"],["1"],[],[],[]]],[]]',
        '[[["crates.io","f",0,0,"","sbom",0,["rsa"],["1","2"],[],[],[]]],[]]',
        '[[["crates.io","f",0,0,"","sbom",0,["rsa"],["1"],["rsa","rsa"],[],[]]],[]]',
        '[[["crates.io","f",0,0,"","sbom",0,[5],["1"],[],[],[]]],[]]',
        '[[["crates.io",5,0,0,"","sbom",0,["rsa"],["1"],[],[],[]]],[]]',
        '[[["crates.io","f",0,0,"","sbom",0,["rsa"],["1"],[],[[5]],[]]],[]]',
        '[[["crates.io","f",0,0,"","sbom",0,["rsa"],["1"],[],[],[5]]],[]]',
        '[[["crates.io","f",0,0,"","sbom",0,["rsa"],["1"],[],[],[],[]]],[]]',
        '[[],[["clean","a","b",0,0,"c"]]]',
        '[[],[["missing","a",5,0,0,"c"]]]',
        '[[],[["missing","a","b","0",0,"c"]]]',
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["content", "stamps"])
def test_whatever_is_odd_about_a_row_is_read_anew(content: str, column: str, tmp_path: Path) -> None:
    """No value of the file is trusted to have the form in which it was written."""
    site, cache, cold = made(tmp_path)
    with sqlite3.connect(database(cache)) as connection:
        connection.execute(f"UPDATE host SET {column} = ?", (content,))
    connection.close()
    assert read(site, cache) == cold


@pytest.mark.parametrize("entry", [7, b"x", 1.5])
def test_a_row_whose_name_is_no_text_is_as_good_as_absent(entry: object, tmp_path: Path) -> None:
    """The same answer comes of it, and what is new is remembered."""
    site, cache, cold = made(tmp_path)
    with sqlite3.connect(database(cache)) as connection:
        connection.execute("ALTER TABLE host RENAME TO old")
        connection.execute("CREATE TABLE host (folder, entry, made, stored, stamps, content)")
        connection.execute("INSERT INTO host SELECT * FROM old LIMIT 1")
        connection.execute("UPDATE host SET entry = ?", (entry,))
    connection.close()
    assert read(site, cache) == cold
    assert read(site, cache) == cold
    assert len(remembered.load(str(cache), str(site))) == len([one for one in cold.dependencies if not one.inside])


@pytest.mark.parametrize("table", ["TABLE host (a)", "TABLE host (folder, entry, made, stored, stamps, content, more)"])
def test_a_database_with_another_table_is_replaced(table: str, tmp_path: Path) -> None:
    """It is no other process that is at it, so it would stay so for ever."""
    site, cache, cold = made(tmp_path)
    with sqlite3.connect(database(cache)) as connection:
        connection.execute("DROP TABLE host")
        connection.execute(f"CREATE {table}")
    connection.close()
    for _ in range(2):
        assert read(site, cache) == cold
    assert remembered.load(str(cache), str(site))


def test_a_file_that_is_no_database_is_replaced(tmp_path: Path) -> None:
    """It is read anew, and remembered from the next time on."""
    site, cache, cold = made(tmp_path)
    database(cache).write_bytes(b"no database" * 1000)
    for _ in range(2):
        assert read(site, cache) == cold
    assert remembered.load(str(cache), str(site))


needs_modes = pytest.mark.skipif(os.name == "nt", reason="Windows keeps others out of a user's folder by itself")


@needs_modes
def test_only_this_user_may_read_or_write_what_is_remembered(tmp_path: Path) -> None:
    """The folder and the file are for nobody else."""
    _, cache, _ = made(tmp_path)
    assert database(cache).stat().st_mode & 0o777 == 0o600
    assert database(cache).parent.stat().st_mode & 0o777 == 0o700


@needs_modes
@pytest.mark.parametrize("how", ["group", "others", "link", "folder of others", "link to a folder", "fifo", "owner"])
def test_what_somebody_else_may_have_written_is_not_believed(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read; a file is replaced, a folder of others is left alone."""
    site, cache, cold = made(tmp_path)
    file = database(cache)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE host SET content = ?", ("[[],[]]",))
    connection.close()
    assert read(site, cache) != cold
    elsewhere = tmp_path / "elsewhere"
    if how in {"group", "others"}:
        file.chmod(0o620 if how == "group" else 0o602)
    elif how == "link":
        file.rename(elsewhere)
        file.symlink_to(elsewhere)
    elif how == "folder of others":
        file.parent.chmod(0o777)
    elif how == "link to a folder":
        file.parent.rename(elsewhere)
        file.parent.symlink_to(elsewhere)
    elif how == "fifo":
        file.unlink()
        os.mkfifo(file)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert read(site, cache) == cold
    if how in {"group", "others", "link", "fifo"}:
        assert read(site, cache) == cold
        assert remembered.load(str(cache), str(site))
        assert file.is_file()
        assert not file.is_symlink()


@pytest.mark.parametrize("cache", ["a file", "/dev/null/nowhere", "nul\0character"])
def test_without_a_cache_that_can_be_written_everything_is_read(cache: str, tmp_path: Path) -> None:
    """It takes longer, and says the same."""
    put(tmp_path / "site", "thing", "1.0", FILES)
    (tmp_path / "a file").write_text("")
    reader = bundled.Reader(str(tmp_path / cache) if "/" not in cache else cache, LATER)
    for _ in range(2):
        assert read_paths([str(tmp_path / "site")], carried=reader) == read(tmp_path / "site")


def test_a_path_that_is_no_text_is_read_each_time(tmp_path: Path) -> None:
    """File names of Linux may be any bytes."""
    site = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    put(site, "thing", "1.0", FILES)
    for _ in range(2):
        assert len(inside(read(site, tmp_path / "cache"))) == 3


def test_while_somebody_else_writes_everything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long, and nothing fails."""
    site, cache, cold = made(tmp_path)
    monkeypatch.setattr(remembered, "_PATIENCE", 0.01)
    other = sqlite3.connect(database(cache), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert read(site, cache) == cold
    other.execute("ROLLBACK")
    other.close()
    assert remembered.load(str(cache), str(site))


def test_many_may_read_and_write_at_once(tmp_path: Path) -> None:
    """Each gets the whole answer."""
    sites = [tmp_path / f"site{number}" for number in range(4)]
    for site in sites:
        put(site, "thing", "1.0", FILES)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda site: inside(read(site, tmp_path / "cache")), sites * 8))
    assert {tuple(each) for each in found} == {tuple(inside(read(sites[0])))}


def test_no_more_hosts_than_so_many_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were read longest ago go first; one that is too large is read each time."""
    monkeypatch.setattr(remembered, "MOST_HOSTS", 3)
    for number in range(5):
        put(tmp_path / f"site{number}", "thing", "1.0", FILES)
        read(tmp_path / f"site{number}", tmp_path / "cache", LATER + number)
    kept = [bool(remembered.load(str(tmp_path / "cache"), str(tmp_path / f"site{number}"))) for number in range(5)]
    assert kept == [False, False, True, True, True]
    monkeypatch.setattr(remembered, "LARGEST", 10)
    put(tmp_path / "large", "thing", "1.0", FILES)
    read(tmp_path / "large", tmp_path / "cache")
    assert not remembered.load(str(tmp_path / "cache"), str(tmp_path / "large"))


def test_a_file_that_has_grown_too_large_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it held is read anew where it is wanted."""
    site, cache, cold = made(tmp_path)
    monkeypatch.setattr(remembered, "LARGEST_FILE", 10)
    put(tmp_path / "other", "thing", "1.0", FILES)
    read(tmp_path / "other", cache)
    monkeypatch.undo()
    assert remembered.load(str(cache), str(tmp_path / "other"))
    assert not remembered.load(str(cache), str(site))
    assert read(site, cache) == cold


def test_what_is_uninstalled_is_forgotten(tmp_path: Path) -> None:
    """When something else of its folder is remembered."""
    site, cache, _ = made(tmp_path)
    (site / METADATA).rename(tmp_path / "away")
    put(site, "new", "1")
    read(site, cache)
    assert remembered.load(str(cache), str(site)).keys() == {
        "new-1.dist-info",
        "plain-1.dist-info",
        "zebra-1.dist-info",
    }


def test_what_is_inside_of_something_unknown_is_not_remembered() -> None:
    """Then the row could not say all of it."""
    strange = alike("a", "1", "sbom", inside=Pin("PyPI", "unknown", "1"))
    assert remembered.row("x", [], "shown", dependency().pin, [strange]) is None


def test_no_secret_is_remembered(tmp_path: Path) -> None:
    """Addresses in package URLs may hold a password."""
    url = "pkg:cargo/rsa@1?download_url=https://user:hunter2@forge.example/rsa"
    put(tmp_path / "site", "thing", "1.0", {SBOM: bill(component("rsa", "1", url), component("odd", "1", f"x{url}"))})
    found = read(tmp_path / "site", tmp_path / "cache")
    assert len(inside(found)) == 2
    assert b"hunter2" not in database(tmp_path / "cache").read_bytes()
    assert "hunter2" not in str(found)


# --- the switch ---


@pytest.mark.parametrize("no_bundled", [False, True])
def test_it_is_on_unless_it_is_switched_off(no_bundled: bool, tmp_path: Path) -> None:
    """For folders named by --path, environments and the tools of pipx and uv."""
    site = tmp_path / "home/.local/share/uv/tools/thing/lib/python3.11/site-packages"
    put(site, "thing", "1.0", FILES)
    environment = site.parents[2]
    (environment / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")
    (environment / "uv-receipt.toml").write_text('[tool]\nrequirements = [{ name = "thing" }, { name = "rsa" }]\n')
    wanted = settings.Settings(
        paths=(str(site),), python=str(environment), targets=(str(environment),), tools=True, no_bundled=no_bundled
    )
    found = targets.read(wanted, settings.Outside({"HOME": str(tmp_path / "home")}, str(tmp_path), LATER))
    carrying = [[one for one in each.dependencies if one.inside and one.inside.name == "thing"] for each in found]
    assert [len(each) for each in carrying] == ([0] * 4 if no_bundled else [3] * 4)
    assert {one.direct for each in carrying for one in each} <= {False}
