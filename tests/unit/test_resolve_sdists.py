"""What has no wheel and says itself what it depends on: read without a build, from hostile archives too."""

import gzip
import io
import tarfile
import zipfile
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import Metadata
from packaging.version import Version

from pip_assay import net
from pip_assay.errors import Unreadable
from pip_assay.model import Origin
from pip_assay.sources.resolve import Index, listing, sdists
from pip_assay.sources.resolve.listing import Offered
from pip_assay.sources.resolve.nouns import Handed, Line, Task, Wanted
from tests.resolving import Ask, asker, choose, pins, problems
from tests.server import Asked, Reply, Server
from tests.wheel_folder import metadata, sdist, wheel

STATIC = ("Metadata-Version: 2.2", "Requires-Dist: core<2")
HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """Return the file that a build would write."""
    return tmp_path / "ran"


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """Return a folder of wheels."""
    folder = tmp_path / "links"
    wheel(folder, "core", "1.9")
    wheel(folder, "core", "2.0")
    wheel(folder, "web", "1.0", ["source>=1"])
    return folder


@pytest.fixture(params=["uv", "pip"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make one of the two the resolver that is found, and return its name."""
    return choose(str(request.param), monkeypatch)


@pytest.fixture
def ask(program: str, links: Path, tmp_path: Path) -> Ask:  # noqa: ARG001 - the resolver must be chosen
    """Return what resolves lines from the folder of wheels."""
    return asker(links, tmp_path)


def pages(links: Path, *, json: bool, **about: str) -> dict[str, Reply]:
    """Return an index of all files in the folder; `about` is said of each sdist."""
    script = {}
    for name in {path.name.partition("-")[0] for path in links.iterdir()}:
        files = sorted(links.glob(f"{name}-*"))
        listed = [
            {"filename": each.name, "url": f"/files/{each.name}", "hashes": {}}
            | ({"core-metadata": True} if each.suffix == ".whl" else about)
            for each in files
        ]
        told = {".whl": 'data-core-metadata="true"'}
        text = "".join(f'<a href="../../files/{each.name}" {told.get(each.suffix, "")}>x</a>' for each in files)
        page = {"meta": {"api-version": "1.1"}, "name": name, "files": listed, "versions": []}
        script[f"/simple/{name}/"] = Reply(page, headers=JSON) if json else Reply(text, headers=HTML)
        for each in files:
            script[f"/files/{each.name}"] = Reply(each.read_bytes())
            if each.suffix == ".whl":
                script[f"/files/{each.name}.metadata"] = Reply(metadata(each))
    return script


@pytest.mark.parametrize("json", [True, False])
@pytest.mark.parametrize("line", ["source", "web", "source==1.0"])
def test_static_metadata_is_resolved_with(ask: Ask, links: Path, ran: Path, line: str, *, json: bool) -> None:
    """A project without a wheel is resolved by the PKG-INFO of its sdist, with its own index as its origin."""
    sdist(links, "source", "1.0", ran, STATIC)
    with Server(pages(links, json=json)) as server:
        found = ask(line, indexes=Index(f"{server.url}/simple"))
    assert problems(found) == ""
    assert pins(found) == {"source": "1.0", "core": "1.9"} | ({"web": "1.0"} if line == "web" else {})
    by_name = {each.pin.name: each for each in found.dependencies}
    assert by_name["source"].requires == ("core",)
    assert by_name["source"].origin == Origin("index", f"{server.url}/simple")
    assert (by_name["source"].direct, by_name["source"].skipped) == (line != "web", "")
    assert not ran.exists()


def test_it_is_answered_again_from_the_cache(ask: Ask, links: Path, ran: Path) -> None:
    """Such an answer is kept as any other, and no index is asked again."""
    sdist(links, "source", "1.0", ran, STATIC)
    assert ask("web") == ask("web", offline=True)


def test_a_folder_may_hold_it(ask: Ask, links: Path, ran: Path) -> None:
    """What --find-links names counts as an index does."""
    sdist(links, "source", "1.0", ran, [*STATIC, "Provides-Extra: Fast", "Requires-Dist: web; extra == 'fast'"])
    assert pins(ask("source[fast]")) == {"source": "1.0", "core": "1.9", "web": "1.0"}
    assert pins(ask("source")) == {"source": "1.0", "core": "1.9"}
    assert not ran.exists()


@pytest.mark.parametrize(
    "said",
    [
        ["Metadata-Version: 2.1", "Requires-Dist: core"],
        ["Metadata-Version: 2.2", "Dynamic: Requires-Dist"],
        ["Metadata-Version: 2.4", "Dynamic: summary", "Dynamic: REQUIRES-dist", "Requires-Dist: core"],
        ["Metadata-Version: 2.2", "Dynamic: Provides-Extra"],
        ["Metadata-Version: 2.2", "Dynamic: Requires-Python"],
        ["Metadata-Version: 2.2", "Dynamic: Version"],
        ["Metadata-Version: 2.2", "Requires-Dist: core ("],
        ["Metadata-Version: 2.2", "Requires-Python: three"],
        ["Metadata-Version: two"],
        [],
    ],
)
def test_what_a_build_may_decide_is_not_taken(ask: Ask, program: str, links: Path, ran: Path, said: list[str]) -> None:
    """Where a build could say otherwise nothing is assumed, and nothing is built."""
    sdist(links, "source", "1.0", ran, said)
    found = ask("core", "source")
    assert pins(found) == {"core": "2.0"}
    assert [(each.subject, each.place and each.place.line) for each in found.problems] == [("source", 2)]
    assert "never builds" in problems(found)
    assert not ran.exists()
    assert program


def test_a_release_for_another_python_or_name_is_not_taken(ask: Ask, links: Path, ran: Path) -> None:
    """An sdist that is not what its file name says, or not for the asked Python, does not count."""
    path = sdist(links, "other", "1.0", ran, STATIC)
    path.rename(links / "source-1.0.tar.gz")
    assert pins(ask("source")) == {}
    sdist(links, "source", "1.0", ran, [*STATIC, "Requires-Python: >=3.99"])
    assert pins(ask("source ")) == {}
    assert not ran.exists()


@pytest.mark.parametrize("static", [True, False])
def test_an_sdist_that_a_wheel_names_by_address(
    ask: Ask, program: str, links: Path, ran: Path, tmp_path: Path, *, static: bool
) -> None:
    """Uv reads what it says itself, and no more; pip cannot, and is not let. Neither builds it."""
    said = STATIC if static else ("Metadata-Version: 2.2", "Dynamic: Requires-Dist")
    address = sdist(tmp_path / "elsewhere", "away", "1.0", ran, said).as_uri()
    found = ask("core", f"trap @ {wheel(links, 'trap', '1.0', [f'away @ {address}']).as_uri()}")
    if static and program == "uv":
        assert (pins(found), problems(found)) == ({"core": "1.9", "trap": "1.0", "away": "1.0"}, "")
    else:
        assert pins(found).get("away", "") == ""
        assert [each.gap for each in found.problems] == ["unresolved"]
    assert not ran.exists()


def test_indexes_of_uvs_own(links: Path, ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where uv asks the first index alone that has a project, its sdist counts as well."""
    choose("uv", monkeypatch)
    sdist(links, "source", "1.0", ran, STATIC)
    with Server(pages(links, json=True)) as server:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"{server.url}/simple")
        found = asker(links, tmp_path)("web", indexes=Index())
        assert pins(found) == {"web": "1.0", "source": "1.0", "core": "1.9"}, problems(found)
        assert {each.origin for each in found.dependencies} == {Origin("index", f"{server.url}/simple")}
    assert not ran.exists()


def test_a_wheel_comes_first(ask: Ask, links: Path, ran: Path) -> None:
    """Where a release with a wheel fits, no sdist is looked at."""
    wheel(links, "source", "1.0", ["core"])
    sdist(links, "source", "2.0", ran, STATIC)
    with Server(pages(links, json=True)) as server:
        found = ask("source", indexes=Index(f"{server.url}/simple"))
        assert not [path for path in server.paths() if path.endswith(".gz")]
    assert pins(found)["source"] == "1.0"


def test_a_login_reaches_the_archive(ask: Ask, links: Path, ran: Path) -> None:
    """The archive is fetched with the login of its index, which is shown nowhere."""

    def guarded(reply: Reply) -> Callable[[Asked], Reply]:
        right = f"Basic {b64encode(b'bob:s3cr3t').decode()}"
        return lambda asked: (
            reply
            if asked.headers.get("authorization") == right
            else Reply(status=401, headers={"WWW-Authenticate": "Basic"})
        )

    sdist(links, "source", "1.0", ran, STATIC)
    with Server({path: guarded(reply) for path, reply in pages(links, json=True).items()}) as server:
        found = ask("web", indexes=Index(f"{server.url.replace('//', '//bob:s3cr3t@')}/simple"))
    assert pins(found) == {"web": "1.0", "source": "1.0", "core": "1.9"}, problems(found)
    assert "s3cr3t" not in repr(found)


@pytest.mark.parametrize(
    "reply", [Reply(status=500), Reply(b"no archive"), Reply(b"x" * 5000, cut=100), Reply(gzip.compress(b"no archive"))]
)
def test_an_archive_that_cannot_be_had_is_none(ask: Ask, links: Path, ran: Path, reply: Reply) -> None:
    """Where the archive is broken or does not come, the project stays without a wheel, and that is told."""
    sdist(links, "source", "1.0", ran, STATIC)
    with Server(pages(links, json=True) | {"/files/source-1.0.tar.gz": reply}) as server:
        found = ask("source", indexes=Index(f"{server.url}/simple"))
    assert pins(found) == {}
    assert "never builds" in problems(found)


def test_no_more_archives_than_needed_are_fetched(
    ask: Ask, links: Path, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each project the newest few are looked at, and so many in all."""
    for name in ("red", "green", "blue"):
        for number in range(9):
            sdist(links, name, f"1.{number}", ran, STATIC)
    monkeypatch.setattr(sdists, "MOST", 7)
    with Server(pages(links, json=True)) as server:
        found = ask("red", "green", "blue", indexes=Index(f"{server.url}/simple"))
        fetched = [path for path in server.paths() if path.endswith(".gz")]
    assert len(fetched) == 7
    assert set(fetched) >= {f"/files/{name}-1.8.tar.gz" for name in ("red", "green", "blue")}
    assert pins(found) == {"red": "1.8", "green": "1.8", "blue": "1.8", "core": "1.9"}


def test_the_day_counts_for_archives(ask: Ask, links: Path, ran: Path) -> None:
    """An archive that was uploaded after the asked day, or nobody knows when, is not looked at."""
    sdist(links, "source", "1.0", ran, STATIC)
    for about in ({"upload-time": "2024-05-05T12:00:00Z"}, {}):
        script = pages(links, json=True, **about)
        for path, reply in script.items():
            if path.startswith("/simple/core"):
                for each in reply.body["files"]:  # type: ignore[index]
                    each["upload-time"] = "2020-01-01T00:00:00Z"
        with Server(script) as server:
            here = Index(f"{server.url}/simple")
            assert pins(ask("source", "core", indexes=here, exclude_newer="2024-05-04")).get("source") is None
            found = ask("source<9", indexes=here, exclude_newer="2024-05-05")
            assert pins(found) == ({"source": "1.0", "core": "1.9"} if about else {})


def task(*lines: str, constraints: tuple[str, ...] = (), overrides: tuple[str, ...] = (), **wanted: object) -> Task:
    """Return a task."""
    handed = Handed(tuple(Line(text, "source", "source") for text in lines), constraints, overrides)
    return Task(handed, Index(), {}, Wanted(**wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (task("source"), ["2.0", "1.5", "1.0"]),
        (task("source<2"), ["1.5", "1.0"]),
        (task("source", "source!=1.5", constraints=("Source<2", "other<1")), ["1.0"]),
        (task("source<2", overrides=("source>=2",)), ["2.0"]),
        (task("source>=3a1"), ["3.0b1"]),
        (task("source==1.7"), ["1.7"]),
        (task("source", environment={"python_full_version": "3.9.0"}), ["2.0", "1.5", "1.2", "1.0"]),
        (task("source", before="2024-01-01T00:00:00Z"), ["1.0"]),
        (task("source>9"), []),
    ],
)
def test_which_releases_fit(asked: Task, expected: list[str]) -> None:
    """Lines, constraints, overrides, the Python, the day and what is yanked decide; the newest comes first."""
    offered = [
        Offered(Version("1.0"), "", uploaded="2023-01-01T00:00:00Z"),
        Offered(Version("1.5"), "", uploaded="2024-01-01T00:00:00.5Z"),
        Offered(Version("2.0"), "", python="not readable"),
        Offered(Version("3.0b1"), ""),
        Offered(Version("1.2"), "", python="<3.10"),
        Offered(Version("1.7"), "", yanked=True),
    ]
    assert [str(each.version) for each in sdists.fitting("source", offered, asked)] == expected


# --- reading archives ----------------------------------------------------------------------------

PKG_INFO = b"Metadata-Version: 2.3\nName: Big_Source\nVersion: 01.0\nRequires-Dist: core\nProvides-Extra: A_b\n"
GOOD = sdists.Static("big-source", "1.0", ("core",), ("a-b",), "")


def tar(members: Mapping[str, bytes | tarfile.TarInfo]) -> bytes:
    """Return a tar.gz of these members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in members.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            body = b"" if isinstance(content, tarfile.TarInfo) else content
            info.name, info.size = name, len(body)
            archive.addfile(info, io.BytesIO(body))
    return stream.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a zip of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def link(kind: bytes) -> tarfile.TarInfo:
    """Return a link to a file outside of the archive."""
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize("pack", [tar, zipped])
def test_the_pkg_info_in_the_one_folder_is_read(pack: Callable[[Mapping[str, bytes]], bytes]) -> None:
    """The PKG-INFO directly below the one folder counts, not one further down; names and versions are normalised."""
    deep = {"x-1.0/x.egg-info/PKG-INFO": b"Name: wrong", "PKG-INFO": b"Name: wrong", "x-1.0/setup.py": b"1 / 0"}
    assert sdists.read(pack({**deep, "x-1.0/PKG-INFO": PKG_INFO})) == GOOD
    for nothing in (b"", b"\xff\xfe\0"):
        assert sdists.read(pack({"x-1.0/PKG-INFO": nothing})) is None
    with pytest.raises(Unreadable):
        sdists.read(pack(deep))


@given(
    st.lists(st.sampled_from(["core", "web[a]>=1; python_version < '4'", "Deep == 1.* ; extra == 'x'"])),
    st.lists(st.sampled_from(["a", "B_c", "d.e"]), unique=True),
    st.sampled_from(["", ">=3.8", ">=3.8,<4,!=3.9.*"]),
    st.sampled_from(["1.0", "2!1.0rc1", "1.0+local.1"]),
)
def test_it_is_read_as_packaging_reads_it(requires: list[str], extras: list[str], python: str, version: str) -> None:
    """The oracle is `packaging.metadata`."""
    lines = [
        "Metadata-Version: 2.4",
        "Name: x",
        f"Version: {version}",
        *(f"Requires-Dist: {each}" for each in requires),
    ]
    lines += [f"Provides-Extra: {each}" for each in extras] + ([f"Requires-Python: {python}"] if python else [])
    content = "\n".join([*lines, "", "A text."]).encode()
    expected = Metadata.from_email(content)
    found = sdists.read(tar({"x-1/PKG-INFO": content}))
    assert found == sdists.Static(
        "x",
        str(expected.version),
        tuple(map(str, expected.requires_dist or [])),
        tuple(expected.provides_extra or []),
        str(expected.requires_python or ""),
    )


@pytest.mark.parametrize(
    "archive",
    [
        b"", b"PK", b"PK\3\4 no zip", b"\x1f\x8b", b"no archive", gzip.compress(b""), gzip.compress(b"no tar"),
        tar({}), tar({"x-1.0/PKG-INFO": link(tarfile.SYMTYPE)}), tar({"x-1.0/PKG-INFO": link(tarfile.LNKTYPE)}),
        tar({"x-1.0/PKG-INFO": PKG_INFO})[:-40], zipped({"x-1.0/PKG-INFO": PKG_INFO})[:-40],
        tar({"x-1.0/PKG-INFO": PKG_INFO + b"Requires-Dist: core ; os_name == '\x07'\n"}),
    ],
)  # fmt: skip
def test_a_hostile_archive_gives_nothing(archive: bytes) -> None:
    """A broken or lying archive is unreadable, and nothing else happens."""
    with pytest.raises(Unreadable):
        sdists.read(archive)


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_reading_never_fails_otherwise(content: bytes, where: int, byte: int) -> None:
    """Any bytes, and any byte changed in a good archive, give an answer or an Unreadable."""
    broken = []
    for good in (tar({"x-1.0/PKG-INFO": PKG_INFO}), zipped({"x-1.0/PKG-INFO": PKG_INFO})):
        broken.append(good[: where % len(good)] + bytes((byte,)) + good[where % len(good) + 1 :])
    for archive in (content, gzip.compress(content), tar({"x-1.0/PKG-INFO": content}), *broken):
        try:
            found = sdists.read(archive)
        except Unreadable:
            continue
        assert found is None or found.name


def test_a_bomb_is_not_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    """What inflates beyond the limit ends there, in a tar and in a zip; so does what lists too many files."""
    monkeypatch.setattr(sdists, "INFLATED_LIMIT", 100_000)
    bomb = {"x-1.0/a": b"0" * 1_000_000, "x-1.0/PKG-INFO": PKG_INFO}
    with pytest.raises(Unreadable, match="too large"):
        sdists.read(tar(bomb))
    assert sdists.read(zipped(bomb)) == GOOD
    monkeypatch.setattr(sdists, "METADATA_LIMIT", 50)
    for pack in (tar, zipped):
        with pytest.raises(Unreadable):
            sdists.read(pack({"x-1.0/PKG-INFO": PKG_INFO}))
    monkeypatch.undo()
    monkeypatch.setattr(sdists, "MEMBERS", 3)
    with pytest.raises(Unreadable, match="has no PKG-INFO"):
        sdists.read(tar({f"x-1.0/{number}": b"" for number in range(4)} | {"x-1.0/PKG-INFO": PKG_INFO}))


# --- reading pages -------------------------------------------------------------------------------


def offered(script: Mapping[str, Reply], *paths: str, every: bool = True) -> list[Offered]:
    """Return what is offered of "source" by a server's indexes."""
    with Server(dict(script)) as server:
        first, *others = [f"{server.url}{path}" for path in paths]
        network = net.network({"PIP_CONFIG_FILE": "/dev/null"}, timeout=5)._replace(retries=0)
        found = listing.sdists("source", Index(first, tuple(others)), network, every=every)
        return [each._replace(url=each.url.replace(server.url, "")) for each in found]


def test_pages() -> None:
    """Both kinds of pages say the same; files of other kinds, names and hosts are told apart."""
    files = [
        {"filename": "source-1.0.tar.gz", "url": "../../f/source-1.0.tar.gz#sha256=0", "requires-python": ">=3.8"},
        {
            "filename": "source-1.1.zip",
            "url": "/f/source-1.1.zip",
            "yanked": "bad",
            "upload-time": "2024-01-01T00:00:00Z",
        },
        {"filename": "source-1.2-py3-none-any.whl", "url": "/f/x"},
        {"filename": "sources-1.2.tar.gz", "url": "/f/x"},
        {"filename": "source-one.tar.gz", "url": "/f/x"},
    ]
    json = offered({"/a/source/": Reply({"files": files}, headers=JSON)}, "/a")
    assert [(str(each.version), each.url, each.python, each.yanked, each.uploaded) for each in json] == [
        ("1.0", "/f/source-1.0.tar.gz", ">=3.8", False, ""),
        ("1.1", "/f/source-1.1.zip", "", True, "2024-01-01T00:00:00Z"),
    ]
    text = "".join(
        f'<A HREF="{each["url"]}" data-requires-python="{each.get("requires-python", "").replace(">", "&gt;")}"'
        f" {'data-yanked' if 'yanked' in each else ''}>{each['filename']}</a><br>"
        for each in files
    )
    html = offered({"/a/source/": Reply(text, headers=HTML)}, "/a")
    assert [(each.version, each.url, each.python, each.yanked) for each in html] == [
        (each.version, each.url, each.python, each.yanked) for each in json
    ]


@pytest.mark.parametrize("url", ["file:///etc/source-1.0.tar.gz", "ftp://index.example/source-1.0.tar.gz", "//[x/a"])
def test_a_page_leads_to_no_file_of_this_machine(url: str) -> None:
    """Only web addresses are followed, whatever a page says."""
    page = {"files": [{"filename": "source-1.0.tar.gz", "url": url}]}
    assert offered({"/a/source/": Reply(page, headers=JSON)}, "/a") == []
    assert listing._joined("https://index.example/simple/source/", "http://index.example/x") == ""
    login = listing._joined("https://a:b@index.example/simple/source/", "https://index.example/x")
    assert login == "https://a:b@index.example/x"
    assert listing._joined("https://a:b@index.example/s/", "https://other.example/x") == "https://other.example/x"


def test_the_first_index_or_every_one() -> None:
    """As uv asks them, the first index that has the project counts alone, the extra ones before the main one."""
    page = {"files": [{"filename": "source-1.0.tar.gz", "url": "/f/source-1.0.tar.gz"}]}
    script = {f"/{name}/source/": Reply(page, headers=JSON) for name in ("a", "c")}
    assert len(offered(script, "/a", "/b", "/c")) == 2
    assert len(offered(script, "/a", "/b", "/c", every=False)) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"[", headers=JSON), Reply({}, headers=JSON), Reply({"files": [1]}, headers=JSON), Reply(status=500),
        Reply({"files": [{"filename": ["x"], "url": 1}]}, headers=JSON), Reply(b"\xff<a href", headers=HTML),
        Reply(b"[" * 100_000, headers=JSON), Reply(b"<a><a href><a href=''>", headers=HTML), Reply(status=404),
    ],
)  # fmt: skip
def test_a_broken_page_offers_nothing(reply: Reply) -> None:
    """Whatever a page is, it offers files or none."""
    assert offered({"/a/source/": reply}, "/a") == []
