"""Requirements files against pip's own reader, and single requirements against pip and `packaging`."""

import functools
import io
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from pip_assay.names import normalise
from pip_assay.sources.requirements import addresses, inventory, line, lines, markers, read

ENVIRONMENT = {"NAME": "pytz", "PIN": "1.5", "TOKEN": "s3cret", "EMPTY": "", "FOLDER": "inner", "AGAIN": "${PIN}"}
PUBLIC = "https://public.example/simple"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The variables that the generated files name, for pip too, which looks in the process's own environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return ENVIRONMENT


# --- files as people and tools write them ---

NAMES = st.sampled_from(
    ["flask", "Django", "zope.interface", "typing_extensions", "a", "A-b_c.d", "${NAME}", "ruamel.yaml.clib"]
)
VERSIONS = st.sampled_from(
    ["1.0", "2.31.0", "1!2.0", "1.0a1", "1.0.post1", "2.0.dev3", "0.1rc2", "1.0+cu.11", "v1.2", "${PIN}", "${GONE}"]
)  # fmt: skip
EXTRAS = st.sampled_from(["", "[x]", "[x,y]", "[ x , Y_z ]", "[]", " [async]"])
SPECIFIERS = st.one_of(
    st.just(""),
    st.builds("=={}".format, VERSIONS),
    st.builds(" == {}".format, VERSIONS),
    st.sampled_from(
        [">=1,<2", "~=1.4", "!=1.0.*,>=1", "===1.0", "===odd-thing", "==1.*", " (>=1)", "==1.0,!=1.1", "<=2.0 , >1"]
    ),
)
VARIABLES = st.sampled_from(
    ["python_version", "sys_platform", "os_name", "platform_machine", "extra", "implementation_name"]
)
VALUES = st.sampled_from(["'3.8'", '"win32"', "'a b'", '"(x)"', "'and'", '"it\'s"', "''"])
OPERATORS = st.sampled_from([" == ", "==", ">=", " in ", " not in ", "!=", " < "])
COMPARISONS = st.one_of(
    st.builds("{}{}{}".format, VARIABLES, OPERATORS, VALUES), st.builds("{}{}{}".format, VALUES, OPERATORS, VARIABLES)
)
MARKERS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("({})".format, inner), st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or"]), inner)
    ),
    max_leaves=6,
)
NAMED = st.builds(
    "{}{}{}{}".format, NAMES, EXTRAS, SPECIFIERS,
    st.one_of(st.just(""), st.builds("; {}".format, MARKERS), st.builds(" ;{}".format, MARKERS), st.just(" ;")),
)  # fmt: skip
ADDRESSES = st.sampled_from(
    [
        "https://files.example/pkg-1.0-py3-none-any.whl#sha256=abc",
        "https://user:pw@files.example/d/My_Thing-2.0.tar.gz ; python_version > '3'",
        "https://${TOKEN}@files.example/archive/v1.zip",
        "http://files.example/x%2By-1.0+cpu-1-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "git+https://user:pw@code.example/r.git@v1#egg=thing",
        "git+ssh://git@code.example/r.git#egg=thing&subdirectory=sub",
        "hg+http://code.example/r#subdirectory=x&egg=other",
        "name @ https://files.example/name-1.0-py3-none-any.whl",
        "Na_me[x] @ git+https://code.example/r@abc ; sys_platform == 'win32'",
        "name@https://files.example/name-1.0.tar.gz",
        "./dist/foo-1.0.tar.gz", "../up/foo.whl", "some/folder", "foo-1.0.zip", "file:///srv/foo-1.0.zip#egg=foo",
    ]
)  # fmt: skip
EDITABLES = st.sampled_from(
    [
        "-e ./folder", "-e folder[x]", "--editable=git+https://code.example/r.git@main#egg=thing",
        "-e 'name @ git+https://${TOKEN}@code.example/r.git'", "--edit git+ssh://git@code.example/r#egg=a&subdirectory=b",
        "-e file:///srv/project#egg=project", "-esvn+https://code.example/r#egg=b --config-settings k=v",
    ]
)  # fmt: skip
HASHES = st.lists(
    st.sampled_from(["--hash=sha256:aa", "--hash sha384:bb", "--hash=sha256:cc", "-C k=v", "--hash=sha512:'dd'"]),
    max_size=4,
)
OPTIONS = st.sampled_from(
    [
        "-i https://one.example/simple", "--index-url=https://user:${TOKEN}@two.example", "--pypi-url https://three.example",
        "--extra-index-url https://four.example/simple", "--extra-index-url=https://five.example --pre", "--no-index",
        "-f https://links.example/page", "--find-links=inner", "-f${FOLDER}", "--find-links nowhere", "--prefer-binary",
        "--require-hashes", "--no-require-hashes", "--trusted-host one.example", "--trusted-host 'two.example:8080'",
        "--pre", "--no-binary :all:", "--only-binary=a,b", "--all-releases x", "--only-final :none:", "--extra https://s.example",
        "--no-index --trusted-host three.example", "--hash=sha256:aa", "-i https://t.example -f https://e.example -f x",
    ]
)  # fmt: skip
COMMENTS = st.sampled_from(["", "", "  # a comment", " #", "\t# via flask", " # --hash=sha256:ee -r x"])
WHOLE_COMMENTS = st.sampled_from(["# comment", "   # indented \\", "#", "", "   ", "\\", "# -r base.txt"])
BREAKS = st.sampled_from([" ", " ", "  ", " \\\n    ", " \\\n \\\n "])


@st.composite
def requirement_lines(draw: st.DrawFn) -> str:
    """A requirement with its options, over one line or more."""
    text = draw(st.one_of(NAMED, NAMED, ADDRESSES, EDITABLES))
    words = [text, *(draw(HASHES) if not text.startswith("-") else [])]
    joined = words[0]
    for word in words[1:]:
        joined += draw(BREAKS) + word
    return draw(st.sampled_from(["", "", "  ", "\t"])) + joined + draw(COMMENTS)


LINES = st.lists(
    st.one_of(requirement_lines(), requirement_lines(), WHOLE_COMMENTS, st.builds("{}{}".format, OPTIONS, COMMENTS)),
    max_size=8,
)
ENCODINGS = st.sampled_from(
    ["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be+", "latin-1 declared", "utf-8 declared"]
)
ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r"])


def encoded(text: str, encoding: str) -> bytes:
    """The text as a file in that encoding, which a mark or a comment declares."""
    name, _, declared = encoding.partition(" ")
    if declared:
        return f"# -*- coding: {name} -*-\n# na\xefve\n{text}".encode(name, "replace")
    return b"\xfe\xff" + text.encode("utf-16-be") if name == "utf-16-be+" else text.encode(name)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, bytes]:
    """Files that include each other without a cycle, each at most once."""
    main = [[], ["-r inner/base.txt"], ["-c limits.txt", "-r ${FOLDER}/base.txt"], ["--requirement=inner/base.txt"]]
    base = [[], ["-rleaf.txt"], ["-c ../inner/./leaf.txt -i https://ignored.example"]]
    includes = {
        "main.txt": draw(st.sampled_from(main)),
        "inner/base.txt": draw(st.sampled_from(base)),
        "limits.txt": [],
        "inner/leaf.txt": [],
    }  # fmt: skip
    content = {}
    for name, extra in includes.items():
        written = draw(LINES)
        for include in extra:
            written.insert(draw(st.integers(0, len(written))), include)
        joined = "\n".join(written).replace("\n", draw(ENDS))
        content[name] = encoded(joined + draw(st.sampled_from(["", "\n"])), draw(ENCODINGS))
    return content


def write(folder: Path, tree: dict[str, bytes]) -> None:
    """Put the files on the disk."""
    for name, content in tree.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


# --- what pip reads ---


@functools.cache
def pip(module: str) -> Any:
    """A module of the pip that is installed here; without one there is no oracle."""
    return pytest.importorskip(f"pip._internal.{module}")


@functools.cache
def session() -> Any:
    """The network session that pip wants; it is never used."""
    return pip("network.session").PipSession()


def read_by_pip(path: str) -> tuple[list[Any], Any, Any]:
    """Return pip's parsed requirements, its finder and its options after reading the file."""
    links = pip("index.collector").LinkCollector(session(), pip("models.search_scope").SearchScope([], [PUBLIC], False))
    preferences = pip("models.selection_prefs").SelectionPreferences(
        allow_yanked=True, release_control=pip("models.release_control").ReleaseControl()
    )
    finder = pip("index.package_finder").PackageFinder.create(links, preferences)
    session().pip_trusted_origins = []
    options = SimpleNamespace(require_hashes=False, no_require_hashes=False, features_enabled=[])
    return list(pip("req.req_file").parse_requirements(path, session(), finder, options)), finder, options


def comparable(parsed: Any) -> tuple[Any, ...]:
    """What pip's parser says of a requirement: text, editable or not, hashes, file and line."""
    file, number = re.fullmatch(r"-[rc] (.*) \(line (\d+)\)", parsed.comes_from).groups()  # type: ignore[union-attr]
    hashes = {f"{name}:{digest}" for name, digests in parsed.options.get("hashes", {}).items() for digest in digests}
    return parsed.requirement.strip(), parsed.is_editable, hashes, os.path.abspath(file), int(number)


def invalid_for_pip(parsed: Any) -> bool:
    """Whether pip refuses the line once it looks at what it asks for, here where the disk holds no such path."""
    constructors = pip("req.constructors")
    look = constructors.parse_req_from_editable if parsed.is_editable else constructors.parse_req_from_line
    try:
        look(parsed.requirement, *([] if parsed.is_editable else [None]))
    except (pip("exceptions").PipError, ValueError):
        return True
    return False


@given(tree=trees())
def test_a_tree_of_files_reads_as_pip_reads_it(
    tree: dict[str, bytes], environment: dict[str, str], tmp_path: Path
) -> None:
    """Requirement strings, editables, hashes, files, line numbers and options are those of pip's own parser."""
    write(tmp_path, tree)
    theirs, finder, options = read_by_pip("main.txt")
    ours = read(["main.txt"], environment)

    for constraint, listed in ((False, ours.requirements), (True, ours.constraints)):
        expected = [comparable(each) for each in theirs if each.constraint is constraint]
        found = [
            (
                lines.fill_in(each.text, environment),
                each.editable,
                set(each.hashes),
                os.path.abspath(each.place.file),
                each.place.line,
            )
            for each in listed
        ]
        refused = [comparable(each) for each in theirs if each.constraint is constraint and invalid_for_pip(each)]
        missing = [each for each in expected if each not in found]
        assert [each for each in expected if each not in missing] == found
        assert all(each in refused for each in missing)

    mine = ours.options
    urls = [] if mine.no_index else [mine.index_url or PUBLIC, *mine.extra_index_urls]
    assert urls == finder.index_urls
    assert list(mine.find_links) == finder.find_links
    assert mine.no_index == finder.search_scope.no_index
    assert mine.prefer_binary == finder.prefer_binary
    assert {host.partition(":")[0] for host in mine.trusted_hosts} == {
        host.partition(":")[0] for host in finder.trusted_hosts
    }
    assert (mine.require_hashes, mine.no_require_hashes) == (options.require_hashes, options.no_require_hashes)
    assert not ours.complete() or not mine.pre or finder.release_control


@given(tree=trees())
def test_what_pip_refuses_is_a_problem_at_its_line(
    tree: dict[str, bytes], environment: dict[str, str], tmp_path: Path
) -> None:
    """Each line is listed, or has a problem at its place: nothing that pip's parser finds is dropped in silence."""
    write(tmp_path, tree)
    theirs, _, _ = read_by_pip("main.txt")
    ours = read(["main.txt"], environment)
    places = {(os.path.abspath(each.place.file), each.place.line) for each in (*ours.requirements, *ours.constraints)}
    places |= {(os.path.abspath(each.place.file), each.place.line) for each in ours.problems if each.place}
    assert {comparable(each)[3:] for each in theirs} <= places


@given(tree=trees())
def test_a_place_points_at_the_name(tree: dict[str, bytes], environment: dict[str, str], tmp_path: Path) -> None:
    """At the line and column of a requirement stands its name as written, or the text of one without a name."""
    write(tmp_path, tree)
    found = read(["main.txt"], environment)
    for each in (*found.requirements, *found.constraints):
        text = lines.decode(Path(each.place.file).read_bytes())
        assert text is not None
        physical = text.splitlines()[each.place.line - 1]
        if "$" not in physical and physical.strip("\\ "):
            assert physical[each.place.column - 1 :].startswith(each.spelling or each.text)


@given(tree=trees())
def test_no_credential_is_shown(tree: dict[str, bytes], environment: dict[str, str], tmp_path: Path) -> None:
    """Neither a password in an address nor the value of a variable is in anything that may be printed."""
    write(tmp_path, tree)
    found = read(["main.txt"], environment)
    listed = inventory(found, target="main.txt")
    shown = " ".join(map(repr, (listed, found)))
    assert "s3cret" not in shown
    assert ":pw@" not in shown


@given(tree=trees(), skip_editable=st.booleans(), require_hashes=st.booleans())
def test_an_inventory_drops_nothing(
    tree: dict[str, bytes], skip_editable: bool, require_hashes: bool, environment: dict[str, str], tmp_path: Path
) -> None:
    """Every requirement is a dependency with a version, or with a reason and (but for --skip-editable) a problem."""
    write(tmp_path, tree)
    found = read(["main.txt"], environment)
    listed = inventory(found, target="main.txt", skip_editable=skip_editable, require_hashes=require_hashes)
    assert {each.name or each.shown for each in found.requirements} == {each.pin.name for each in listed.dependencies}
    hashes = {each for dependency in listed.dependencies for each in dependency.hashes}
    assert hashes >= {each for requirement in found.requirements if requirement.version for each in requirement.hashes}
    subjects = {problem.subject for problem in listed.problems if problem.gap == "unpinned"}
    for each in listed.dependencies:
        assert bool(each.pin.version) or each.skipped
        if each.skipped and each.skipped != "requirement marked as editable":
            assert each.pin.name in subjects
    assert set(found.problems) <= set(listed.problems)


# --- one requirement ---

TEXTS = st.one_of(
    NAMED, ADDRESSES, st.text(alphabet="ab1.=<>!~[],;@ -_+v*()'\"/:#\\\té", max_size=20),
    st.builds("{}{}{}".format, NAMED, st.sampled_from(["", ".", "*", "==", ",", "[", "a", ")"]), st.just("")),
    st.builds("a{}{}{}".format, st.sampled_from(["==", "~=", ">=", "<", "!=", "==="]),
              st.text(alphabet="1.0vabrcpostdev-_+!*", max_size=8), st.sampled_from(["", ".*", "+x.1", ",<2"])),
)  # fmt: skip


@given(text=TEXTS)
def test_a_requirement_is_valid_where_pip_says_so(text: str, environment: dict[str, str]) -> None:
    """A line means what pip takes it to mean; of what pip refuses, only addresses are listed, for they are no names."""
    text = lines.fill_in(text.strip(), environment)
    assume(text and not text.startswith("-"))
    ours = line.parse(text)
    try:
        theirs = pip("req.constructors").parse_req_from_line(text, None)
    except (pip("exceptions").PipError, ValueError):
        assert ours is None or (ours.address and (ours.kind == "path" or not ours.version))
        return
    assert ours is not None
    assert bool(theirs.link or theirs.requirement.url) == bool(ours.address)
    if theirs.requirement is not None:
        assert canonicalize_name(theirs.requirement.name) == normalise(ours.spelling)
    if not ours.address:
        assert SpecifierSet(str(theirs.requirement.specifier)) == SpecifierSet(ours.specifier)
        assert theirs.requirement.extras == {*line.names(ours.extras)}
        exact = {str(each.version) for each in theirs.requirement.specifier if each.operator in ("==", "===")}
        certain = {each for each in exact if not each.endswith(".*")}
        assert ours.version == (certain.pop() if len(certain) == 1 else "")
    if theirs.link and theirs.link.is_wheel and ours.kind == "url":
        assert str(theirs.requirement.specifier) == f"=={Version(ours.version)}"
    expected = theirs.markers or (theirs.requirement and theirs.requirement.marker)
    assert str(expected or "") == (str(Marker(ours.marker)) if ours.marker else "")


@given(text=st.one_of(TEXTS, NAMED))
def test_the_short_way_and_the_long_way_agree(text: str) -> None:
    """What a pattern accepts without `packaging`, `packaging` accepts too, and with the same parts."""
    match = re.fullmatch(line._NAMED, text)
    plain = line._parse_pin(text)
    if not (match or plain):
        return
    judged = Requirement(text.strip())
    for parts in (plain, line._named(match) if match else None):
        if parts:
            assert (judged.name, judged.url or "") == (parts.spelling, parts.address)
            assert judged.extras == {*line.names(parts.extras)}
            assert judged.specifier == SpecifierSet(parts.specifier)


WORDS = st.one_of(VARIABLES, VALUES, OPERATORS, st.sampled_from([*"() \\,", "and", " or ", "os.name", "x"]))
TERMS = st.one_of(COMPARISONS, st.sampled_from(["and", "or", "(", ")", "not"]))


@given(text=st.one_of(MARKERS, st.lists(WORDS).map("".join), st.lists(TERMS, max_size=7).map(" ".join)))
def test_a_marker_is_one_where_packaging_says_so(text: str) -> None:
    """The short way to judge a marker accepts nothing that `packaging` refuses; the whole way is equal to it."""
    try:
        Marker(text)
        valid = True
    except (InvalidMarker, SyntaxError):
        valid = False
    assert markers.is_marker(text) == valid
    assert valid or not markers._is_plain(text)


@given(text=MARKERS)
def test_markers_that_tools_write_need_no_packaging(text: str) -> None:
    """A marker of comparisons, "and", "or" and brackets is judged the short way."""
    assert markers._is_plain(text)


FILE_NAMES = st.builds(
    "{}-{}{}".format,
    st.sampled_from(["flask", "Zope.Interface", "typing_extensions", "a", "my__bad", "x-y", "_z"]),
    st.sampled_from(["1.0", "2.0.post1", "1!1.0", "1.0+cu1", "v2", "nightly", "1.0_1", "2023a"]),
    st.sampled_from(["-py3-none-any.whl", "-1-py2.py3-none-any.whl", "-cp311-cp311-manylinux_2_17_x86_64.whl",
                     ".tar.gz", ".zip", "-none-any.whl", ".tar.bz2", ".egg"]),
)  # fmt: skip


@given(name=FILE_NAMES)
def test_file_names_are_read_as_packaging_reads_them(name: str) -> None:
    """The name and version of a wheel or an sdist are those that `packaging` finds in its file name."""
    address = f"https://files.example/{name}#egg={name.rpartition('-')[0] if 'whl' not in name else ''}"
    found = addresses.release(address)
    try:
        expected, version = (parse_wheel_filename(name) if name.endswith(".whl") else parse_sdist_filename(name))[:2]
    except ValueError:
        assert not found[1]
        return
    if not name.startswith("_"):
        assert (normalise(found[0]), Version(found[1])) == (expected, version)


# --- anything at all ---

SAMPLE = b"""#
# This file is autogenerated by pip-compile with Python 3.11
# by the following command:
#
--index-url https://user:secret@index.example/simple

click==8.1.3 ; python_version >= "3.7" \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
    # via
    #   flask
    #   black
-e git+https://code.example/r.git@v1#egg=thing
flask[async]==2.3.2       # via -r requirements.in
-r other.txt
https://files.example/pkg-1.0-py3-none-any.whl
"""


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A real file in which some bytes are exchanged."""
    content = bytearray(SAMPLE)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content)))
        size = draw(st.integers(0, 8))
        content[at : at + size] = draw(
            st.one_of(st.binary(max_size=4), st.sampled_from([b"\n", b"\\\n", b"'", b" -", b"${", b"#"]))
        )
    return bytes(content)


@given(content=st.one_of(st.binary(max_size=200), mutations(), st.text(max_size=100).map(str.encode)))
def test_reading_never_raises(content: bytes, environment: dict[str, str]) -> None:
    """Whatever the bytes are, they give an inventory, and one that holds nothing says why."""
    found = read(["-"], environment, None, io.BytesIO(content))
    listed = inventory(found, target="-")
    assert found.requirements or found.problems
    assert str(listed.problems).encode()
    assert listed == inventory(read(["-"], environment, None, io.BytesIO(content)), target="-")


@given(content=st.one_of(mutations(), st.binary(max_size=60), st.builds(encoded, st.text(max_size=40), ENCODINGS)))
def test_files_are_decoded_as_pip_decodes_them(content: bytes) -> None:
    """The text is pip's; what pip cannot decode is no text, and neither is what holds a zero byte."""
    req_file = pip("req.req_file")
    try:
        expected = req_file._decode_req_file(content, "x")
    except (UnicodeError, LookupError):
        expected = None
    if expected is not None and "\0" in expected:
        expected = None
    assert lines.decode(content) == expected


PHYSICAL = st.sampled_from(
    ["a", " a \\", "a\\", "# c", " # c \\", "#c\\", "\\", "", "a #c", "a#c \\", "\t#", "\\a\\\\"]
)


@given(
    text=st.one_of(
        st.text(alphabet="a= \\#\t\n\r\x0b-\u2028é", max_size=40), st.lists(PHYSICAL, max_size=6).map("\n".join)
    )
)
def test_logical_lines_are_those_of_pip(text: str) -> None:
    """Continuations and comments give the numbers and the text that pip's own steps give, one after the other."""
    req_file = pip("req.req_file")
    expected = list(req_file.ignore_comments(req_file.join_lines(enumerate(text.splitlines(), 1))))
    assert [(each.number, each.text) for each in lines.logical_lines(text.splitlines())] == expected


@given(
    text=st.lists(st.sampled_from(["${PIN}", "${AGAIN}", "${EMPTY}", "${GONE}", "$PIN", "${pin}", "a", "${"])).map(
        "".join
    )
)
def test_variables_are_filled_in_as_pip_does(text: str, environment: dict[str, str]) -> None:
    """Only ${CAPITALS} that are set and not empty are replaced, one name after the other."""
    req_file = pip("req.req_file")
    [(_, expected)] = req_file.expand_env_variables([(1, text)])
    assert lines.fill_in(text, environment) == expected


@given(text=TEXTS)
def test_packaging_is_the_judge_of_the_rest(text: str) -> None:
    """`is_valid` is true exactly where `packaging` reads the requirement."""
    try:
        Requirement(text)
        expected = True
    except InvalidRequirement:
        expected = False
    assert markers.is_valid(text) == expected
