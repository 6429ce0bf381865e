"""Laws of the environment source, on generated site-packages folders."""

import json
import re
import tempfile
from importlib import metadata
from pathlib import Path
from urllib.parse import quote, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pip_assay.sources.installed import direct_url
from pip_assay.sources.installed.environment import read_paths

WORDS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,12}[A-Za-z0-9])?", fullmatch=True)
VERSIONS = st.from_regex(
    r"([1-9]!)?[0-9]{1,3}(\.[0-9]{1,3}){0,3}((a|b|rc)[0-9])?(\.post[0-9])?(\+[a-z0-9]{1,4})?", fullmatch=True
)
MARKERS = st.sampled_from(
    [
        "", "; python_version < '3'", "; extra == 'dev'", ' ; extra=="dev"', "; os_name=='nt' and extra == \"x\"",
        "; 'dev' == extra", "; (platform_system == 'extra')", "; sys_platform != \"win32\" or os_name == 'posix'",
    ]
)  # fmt: skip
SPECIFIERS = st.sampled_from(
    ["", ">=1", " (>=1,<2)", "[socks]", "[extra]", "[extra]==1.0", " @ https://index.example/x.whl "]
)
NOISE = st.sampled_from(
    [
        "Summary: Version: 3", "License: MIT", "Author: Jürgen Ü", "Classifier: Name: x", "X-Name: other",
        "Description: text\n        Name: inside\n        Version: 7", "Requires-Python: >=3.8", "Provides-Extra: dev",
    ]
)  # fmt: skip
EXTRA = re.compile(r"\bextra == |== extra\b")
BODIES = st.sampled_from(["", "Text.", "Name: fake\nVersion: 9\nRequires-Dist: fake\n\nName: again"])


@st.composite
def distributions(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """Return (kind, name, version, text of the metadata file)."""
    name, version = draw(NAMES), draw(VERSIONS)
    lines = [f"Requires-Dist: {draw(NAMES)}{draw(SPECIFIERS)}{draw(MARKERS)}" for _ in range(draw(st.integers(0, 4)))]
    lines += draw(st.lists(NOISE, max_size=3))
    headers = draw(st.sampled_from([("Name", "Version"), ("NAME", "VERSION"), ("name", "version")]))
    space = draw(st.sampled_from([" ", "", "  "]))
    lines += [f"{headers[0]}: {name}", f"{headers[1]}:{space}{version}"]
    lines = draw(st.permutations(lines))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = "\n".join(["Metadata-Version: 2.1", *lines, "", draw(BODIES)]).replace("\n", end)
    return draw(st.sampled_from(["dist-info", "egg-info", "egg-info file"])), name, version, text


def put(folder: Path, kind: str, stem: str, text: str) -> None:
    """Write one distribution's metadata below a site-packages folder."""
    path = folder / f"{stem}.{kind.split(maxsplit=1)[0]}"
    if kind != "egg-info file":
        path.mkdir()
        path /= "METADATA" if kind == "dist-info" else "PKG-INFO"
    path.write_bytes(text.encode())


@given(st.lists(distributions(), max_size=8))
def test_agrees_with_importlib(found: list[tuple[str, str, str, str]]) -> None:
    """Names, versions and requirements are those of importlib.metadata, and places point at the version's line."""
    with tempfile.TemporaryDirectory() as root:
        for number, (kind, name, _, text) in enumerate(found):
            put(Path(root), kind, f"{name.replace('-', '_')}_{number}-1", text)
        inventory = read_paths([root])
        expected = sorted(
            (canonicalize_name(one.name), one.version, sorted(_required(one)))
            for one in metadata.distributions(path=[root])
        )
        assert len(expected) == len(found)
        listed = [(one.pin.name, one.pin.version, sorted(one.requires)) for one in inventory.dependencies]
        assert sorted(listed) == expected
        for one in inventory.dependencies:
            line = Path(one.place.file).read_text(encoding="utf-8").split("\n")[one.place.line - 1]
            key, _, value = line.partition(":")
            assert (key.lower(), value.strip()) == ("version", one.pin.version)


def _required(distribution: metadata.Distribution) -> set[str]:
    requirements = [Requirement(text) for text in distribution.requires or []]
    return {canonicalize_name(one.name) for one in requirements if not EXTRA.search(str(one.marker))}


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "2"])), min_size=1, max_size=6))
def test_first_folder_wins(rows: list[tuple[str, str]]) -> None:
    """Of the folders on a path the first that has a project gives its version, as importlib.metadata resolves it."""
    with tempfile.TemporaryDirectory() as root:
        folders = []
        for number, (name, version) in enumerate(rows):
            folder = Path(root, str(number))
            folder.mkdir()
            put(folder, "dist-info", f"{name}-{version}", f"Name: {name}\nVersion: {version}\n\n")
            folders.append(str(folder))
        listed = {one.pin.name: one.pin.version for one in read_paths(folders).dependencies}
        expected = {name: next(iter(metadata.distributions(name=name, path=folders))).version for name, _ in rows}
        assert listed == expected


FILES = ("METADATA", "INSTALLER", "REQUESTED", "direct_url.json", "PKG-INFO", "requires.txt", "EGG-INFO")
SUFFIXES = (".dist-info", ".egg-info", ".egg", ".egg-link", ".DIST-INFO", "-1.0.dist-info", "-1-py3.egg")


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), max_size=6),
            st.sampled_from(SUFFIXES),
            st.binary(max_size=40) | st.dictionaries(st.sampled_from(FILES), st.binary(max_size=60), max_size=4),
        ),
        max_size=4,
    )
)  # fmt: skip
def test_never_raises_and_never_drops(entries: list[tuple[str, str, bytes | dict[str, bytes]]]) -> None:
    """Whatever the bytes, each entry is listed; what has no version is skipped with a reason and a problem."""
    with tempfile.TemporaryDirectory() as root:
        for name, suffix, content in entries:
            path = Path(root, name + suffix)
            if path.exists():
                continue
            if isinstance(content, bytes):
                path.write_bytes(content)
                continue
            path.mkdir()
            for inner, text in content.items():
                (path / inner).write_bytes(text)
        inventory = read_paths([root])
        kept = [path for path in Path(root).iterdir() if not path.name.startswith(("~", "-"))]
        assert len(inventory.dependencies) == len(kept)
        assert bool(inventory.problems) or all(one.pin.version for one in inventory.dependencies)
        assert all(one.pin.name and bool(one.pin.version) >= (not one.skipped) for one in inventory.dependencies)
        assert inventory == read_paths([root])


KEYS = st.sampled_from(["url", "vcs_info", "archive_info", "dir_info", "editable", "vcs", "commit_id"])
RECORDS: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@given(RECORDS)
def test_any_record_has_an_origin_or_none(record: object) -> None:
    """A direct_url.json of any shape gives an origin that is not the index, or nothing."""
    origin = direct_url.origin(json.dumps(record).encode())
    assert origin is None or origin.kind in ("vcs", "url", "path", "editable")


SECRETS = st.text(st.characters(codec="ascii", exclude_characters="/"), min_size=1)


@given(st.sampled_from(["https", "git+ssh", "HTTP"]), SECRETS, SECRETS, st.sampled_from(["host.example", "[::1]:80"]))
def test_no_credentials_stay(scheme: str, user: str, secret: str, host: str) -> None:
    """Of an address with a user and a password, quoted or not, only the scheme, the host and the path stay."""
    for parts in (f"{user}:{secret}@", f"{quote(user, safe='')}:{quote(secret, safe='')}@", f"x{user}@"):
        address = direct_url.without_credentials(f"{scheme}://{parts}{host}/path?token={secret}#{secret}")
        assert address == f"{scheme}://{host}/path"


@given(st.from_regex(r"[a-z]{2,5}://[a-z]{1,9}(:[0-9]{1,4})?/[A-Za-z0-9/@._-]{0,20}", fullmatch=True))
def test_addresses_without_credentials_stay_whole(address: str) -> None:
    """An address without user information is kept as it is."""
    assert urlsplit(address).username is None
    assert direct_url.without_credentials(address) == address
