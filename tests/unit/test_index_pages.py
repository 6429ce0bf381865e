"""The pages of package indexes: PEP 503, 592, 691, 700, 792; pip and the standard library's parser are the judges."""

import html
import json
import tracemalloc
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pip._internal.models.link import Link

from pip_assay import index_pages
from pip_assay.index_pages import Page, read

SITE = "https://index.example/simple/alpha/"
KINDS = ("application/vnd.pypi.simple.v1+json", "text/html; charset=utf-8", "")


def json_page(version: object = "1.4", **more: object) -> bytes:
    """Return a page with one file; `more` are keys of it."""
    page = {"meta": {"api-version": version}, "name": "alpha", "files": [{"filename": "alpha-1.0.zip"}], **more}
    return json.dumps({key.replace("_", "-"): value for key, value in page.items()}).encode()


def html_page(version: str = "1.4", **metas: str) -> bytes:
    """Return a page with one file; `metas` are its metadata below "pypi:"."""
    given = {"repository-version": version, **{name.replace("_", "-"): value for name, value in metas.items()}}
    lines = (f'<meta name="pypi:{name}" content="{html.escape(value)}">' for name, value in given.items() if value)
    return f'<html><head>{"".join(lines)}</head><body><a href="x/alpha-1.0.zip">x</a></body></html>'.encode()


def of(body: bytes, kind: str) -> Page:
    found = read(body, kind)
    assert found is not None
    return found


@pytest.mark.parametrize("status", ["active", "archived", "deprecated", "quarantined"])
@pytest.mark.parametrize("version", ["1.0", "1.4"])
def test_a_status_that_is_given_counts(status: str, version: str) -> None:
    """PEP 792: the key `project-status` and the metas, whatever the version of the rest of the page."""
    marker = {"status": status, "reason": "because\nof <this> & that"}
    for found in (
        of(json_page(version, project_status=marker), KINDS[0]),
        of(html_page(version, project_status=status, project_status_reason=marker["reason"]), KINDS[1]),
    ):
        assert (found.status, found.reason) == (status, "because of <this> & that")


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.4", "active"), ("1.5", "active"), ("1.10", "active"), ("1.3", ""), ("1.1", ""), ("1.0", ""), ("2.0", ""),
     ("", ""), ("one", ""), ("1.4.1", "")],
)  # fmt: skip
def test_no_status_means_active_only_from_an_index_that_knows_of_them(version: str, status: str) -> None:
    """PEP 792 is of API 1.4; a mirror that speaks an older one, or does not say which, leaves the status unknown."""
    for found in (of(json_page(version), KINDS[0]), of(html_page(version), KINDS[1])):
        assert found.status == status
        assert "alpha-1.0.zip" in found.files


@pytest.mark.parametrize("word", ["retired", "ACTIVE", " archived", ""])
def test_a_word_that_is_no_status_is_unknown(word: str) -> None:
    """Only the four words of PEP 792 mean anything."""
    assert of(json_page(project_status={"status": word}), KINDS[0]).status == ""
    assert (
        of(html_page().replace(b"</head>", f'<meta name=pypi:project-status content="{word}">'.encode()), "").status
        == ""
    )


@pytest.mark.parametrize("marker", [None, "archived", 3, [], {"status": None}, {"status": ["archived"]}])
def test_a_marker_of_the_wrong_shape_is_unknown(marker: object) -> None:
    """Nothing is made of it, and the files are still read."""
    found = of(json_page(project_status=marker), KINDS[0])
    assert (found.status, found.reason, list(found.files)) == ("", "", ["alpha-1.0.zip"])


def test_a_marker_with_a_reason_alone_gives_no_status() -> None:
    """Then it is as if there were none."""
    assert of(json_page(project_status={"reason": "x"}), KINDS[0])[2:4] == ("active", "x")
    assert of(json_page("1.1", project_status={"reason": "x"}), KINDS[0])[2:4] == ("", "x")


@pytest.mark.parametrize("meta", [None, "1.4", [], {"api-version": 1.4}, {}])
def test_a_version_of_the_wrong_shape_is_none(meta: object) -> None:
    """Then the index is not known to know of PEP 792."""
    assert of(json_page(meta=meta), KINDS[0]).status == ""


@given(st.sampled_from([False, True, None, "", "broken", 0, 1, "a\nb"]) | st.text(max_size=20))
def test_json_yanks_as_pip_reads_it(yanked: object) -> None:
    """PEP 691: true, or a text that is not empty; pip's own reading is the oracle."""
    entry = {"filename": "alpha-1.0.zip", "url": "alpha-1.0.zip", "hashes": {}, "yanked": yanked}
    link = Link.from_json(dict(entry), SITE)
    assert link is not None
    found = of(json.dumps({"files": [entry]}).encode(), KINDS[0]).files["alpha-1.0.zip"]
    assert (found is not None) is link.is_yanked
    assert (found or "") == " ".join((link.yanked_reason or "").split())


class Anchors(HTMLParser):
    """The standard library's reading of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            given: dict[str, str | None] = {}
            for name, value in attrs:
                given.setdefault(name, value)
            self.found.append(given)


reasons = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=12)
names = st.from_regex(r"alpha-[0-9]{1,2}\.[0-9]\.(zip|tar\.gz|egg)", fullmatch=True)


BESIDE: tuple[list[str], ...] = (
    ["data-requires-python='&gt;=3'"],
    ['title="a > b"'],
    ["data-yanked=2 href=other-1.zip"],
    ["rel=x/y"],
    [],
)


@st.composite
def anchors(draw: st.DrawFn) -> str:
    """Return a link as indexes write it: in any quotes, any letter case, with any attributes beside."""
    quote = draw(st.sampled_from(["'", '"']))
    href = draw(st.sampled_from(["", "../../f/", "https://files.example/x/", "/a%20b/"])) + draw(names)
    attributes = [f"href={quote}{href}{draw(st.sampled_from(['', '#sha256=0', '?x=/y']))}{quote}"]
    match draw(st.sampled_from(["none", "bare", "empty", "reason"])):
        case "bare":
            attributes.append("data-yanked")
        case "empty":
            attributes.append(f"data-yanked={quote}{quote}")
        case "reason":
            attributes.append(f"Data-Yanked = {quote}{html.escape(draw(reasons))}{quote}")
    attributes += draw(st.sampled_from(BESIDE))
    space = draw(st.sampled_from([" ", "\n  "]))
    tag = draw(st.sampled_from(["a", "A"]))
    return f"<{tag} {space.join(draw(st.permutations(attributes)))}>x</{tag}>"


noise = st.sampled_from(
    ["<br>", "<h1>a < b</h1>", "<!-- <a href='alpha-9.9.zip'>x</a> -->", "<abbr>x</abbr>", "<a>x</a>"]
)


@given(st.lists(anchors() | noise, max_size=6))
def test_links_are_read_as_the_standard_library_reads_them(parts: list[str]) -> None:
    """Every link with a distribution's name, in whatever quotes, and its reason with character references resolved."""
    text = f"<!DOCTYPE html><html><body>{''.join(parts)}</body></html>"
    expected: dict[str, str | None] = {}
    for given_there in Anchors(text).found:
        if href := given_there.get("href"):
            name = href.split("#")[0].split("?")[0].rpartition("/")[2]
            yanked = "data-yanked" in given_there
            expected[name] = " ".join((given_there["data-yanked"] or "").split()) if yanked else None
    found = read(text.encode(), KINDS[1])
    assert (dict(found.files) if found else {}) == expected
    assert bool(found) is bool(expected)


def test_a_name_with_a_percent_sign_is_resolved() -> None:
    """A local version's plus sign is often written as %2B."""
    found = of(b'<a href="alpha-1.0%2Bcu118-py3-none-any.whl">x</a>', KINDS[1])
    assert list(found.files) == ["alpha-1.0+cu118-py3-none-any.whl"]


@pytest.mark.parametrize(
    "body",
    [b"", b"plain words", b"<html><body><a href='/login'>Log in</a></body></html>", b"<html></html>",
     b'<meta name="viewport" content="x"><a>x</a>', b'<a href="http://[x">x</a>'],
)  # fmt: skip
def test_a_page_that_lists_no_files_is_none_of_an_index(body: bytes) -> None:
    """A proxy that wants a password answers with a page, too: its silence is not an empty list."""
    assert read(body, KINDS[1]) is None


def test_a_quarantined_project_has_a_page_without_files() -> None:
    """PEP 792: the index offers none of its files."""
    assert of(json_page(files=[], versions=[], project_status={"status": "quarantined"}), KINDS[0])[:3] == (
        {}, (), "quarantined",
    )  # fmt: skip
    page = html_page(project_status="quarantined").replace(b"alpha-1.0.zip", b"")
    assert of(page, KINDS[1])[:3] == ({}, (), "quarantined")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"3", b'{"files": 3}', b'{"files": [3]}', b'{"files": [{}]}', b'{"files": [["filename"]]}',
     b'{"meta": {}}', b"[" * 100_000],
)  # fmt: skip
def test_json_that_is_no_page_is_none(body: bytes) -> None:
    """A page without a list of files says nothing."""
    assert read(body, KINDS[0]) is None


def test_releases_listed_by_themselves_are_read() -> None:
    """PEP 700: `versions`; what is no text among them is passed."""
    assert of(json_page(versions=["1.0", 2, None, "2.0"]), KINDS[0]).versions == ("1.0", "2.0")
    assert of(json_page(versions="1.0"), KINDS[0]).versions == ()


def test_a_reason_is_bounded() -> None:
    """However long a reason is, a report shows a part of it."""
    long = "word " * 100_000
    for found in (
        of(json_page(project_status={"status": "archived", "reason": long}), KINDS[0]),
        of(html_page(project_status="archived", project_status_reason=long), KINDS[1]),
    ):
        assert found.reason.startswith("word word")
        assert len(found.reason) <= index_pages.REASON + 1
        assert found.reason.endswith("…")
    assert index_pages.shortened("x" * index_pages.REASON) == "x" * index_pages.REASON


BEGINNINGS = (
    "<a ",
    "<!--",
    "<a href='",
    '<a href="',
    "</a",
    "<a href=x ",
    "<a/",
    "<meta ",
    "<a x=&#" + "9" * 5000 + ">",
)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_broken_page_takes_no_longer_than_a_whole_one(beginning: str) -> None:
    """A million characters of beginnings are read in one pass; the standard library's parser would need hours."""
    assert read(beginning.encode() * (1_000_000 // len(beginning)), KINDS[1]) is None


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<a href=x.zip>" * (index_pages.FILES_LIMIT + 1), KINDS[1], "more than 50000 links"),
        (b" " * (index_pages.HTML_LIMIT + 1), KINDS[1], "more than 8000000 bytes of HTML"),
        (b"[" * (index_pages.VALUES_LIMIT + 1), KINDS[0], "more than 2000000 values"),
        (json_page(versions=["1"] * (index_pages.FILES_LIMIT + 1)), KINDS[0], "more than 50000 releases"),
        (
            json_page(files=[{"filename": f"{number}.zip"} for number in range(index_pages.FILES_LIMIT + 1)]),
            KINDS[0],
            "more than 50000 files",
        ),
    ],
)
def test_what_is_larger_than_any_page_is_not_read(body: bytes, kind: str, words: str) -> None:
    """It is not a page without files: whoever asked is told what there is too much of."""
    with pytest.raises(index_pages.TooMuch, match=words):
        read(body, kind)


@pytest.mark.parametrize("text", ["<a ", "<a x=", '<a href="', "<meta a=b ", "<a x "])
def test_a_hostile_page_takes_little_memory(text: str) -> None:
    """A page that is one broken tag takes a few times that size, not a hundred times."""
    body = text.encode() * (1_000_000 // len(text))
    tracemalloc.start()
    try:
        assert read(body, KINDS[1]) is None
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


WORDS = st.lists(st.sampled_from([*index_pages.STATUSES, "retired"]), min_size=1, max_size=3)


@given(WORDS)
def test_of_two_statuses_the_worse_counts(words: list[str]) -> None:
    """A page that says two things is believed in what is worse; a word that is no status is worse than "active"."""
    worst = next(each for each in ("quarantined", "archived", "deprecated", "retired", "active") if each in words)
    expected = "" if worst == "retired" else worst
    markers = ", ".join(f'"project-status": {{"status": "{word}"}}' for word in words)
    assert of(f'{{"files": [], {markers}}}'.encode(), KINDS[0]).status == expected
    metas = "".join(f'<meta name="pypi:project-status" content="{word}">' for word in words)
    assert of(html_page().replace(b"</head>", f"{metas}</head>".encode()), KINDS[1]).status == expected


pieces = st.lists(
    st.sampled_from(["<a ", "<meta ", "href=", "data-yanked", "name=", "pypi:project-status", '"', "'", ">", "&#",
                     "&amp;", "99999999999", "<!--", "-->", " ", "=", "alpha-1.zip", "\x00", "é", "\ud800"]),
    max_size=20,
).map("".join)  # fmt: skip
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["filename", "yanked", "status", "reason", "api-version"]), inner, max_size=3)
    ),
    max_leaves=8,
)
keys = st.sampled_from(["files", "meta", "versions", "project-status"])


@given(
    st.binary(max_size=60)
    | pieces.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.dictionaries(keys, values, max_size=4).map(lambda page: json.dumps(page).encode()),
    st.sampled_from(KINDS),
)
def test_no_page_raises(body: bytes, kind: str) -> None:
    """Whatever the bytes are, they are a page or none, and the status is one of the four, or empty."""
    found = read(body, kind)
    assert found is None or found.status in {*index_pages.STATUSES, ""}


def test_an_escape_that_is_no_character_stays_as_it_is_written() -> None:
    """A character's number of thousands of digits is no reason to stop reading."""
    digits = "9" * 5000
    page = index_pages.read(f'<a href="x/alpha-1.0.tar.gz" data-yanked="&#{digits};">x</a>'.encode(), "text/html")
    assert page is not None
    assert f"&#{digits[:400]}" in repr(page)
