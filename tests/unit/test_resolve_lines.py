"""What is handed to a resolver: lines that need no build, and nothing that a hostile file could slip in."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pip_assay.model import Place
from pip_assay.sources.resolve import Question, Root, wanted
from pip_assay.sources.resolve.lines import BUILD, GARBLED, LEAK, VARIABLE, hand_over
from pip_assay.sources.resolve.nouns import Handed

URL = "https://index.example/files/web-1.0-py3-none-any.whl"


def ask(*texts: str, folder: Path | str = ".", addresses: bool = True, **settings: Any) -> Handed:
    """Return what is handed over of roots."""
    roots = tuple(Root(text, Place("r.txt", 7, 3)) for text in texts)
    question = Question(roots, folder=str(folder), **settings)
    return hand_over(question, wanted.of(question), addresses=addresses)


def handed(text: str, folder: Path | str = ".", *, addresses: bool = True, **settings: Any) -> str:
    """Return the line that is handed over for one root, or why none is."""
    found = ask(text, folder=folder, addresses=addresses, **settings)
    assert [each.number for each in found.lines] + [each.number for each in found.refused] == [0]
    return found.lines[0].text if found.lines else found.refused[0].what


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flask", "flask"),
        ("Flask[async,dotenv] >=2, <3 ; python_version > '3'", 'Flask[async,dotenv]<3,>=2; python_version > "3"'),
        ("flask==2.0 --hash=sha256:aa --hash=sha256:bb", "flask==2.0"),
        ("flask==2.0 ; os_name != 'nt' --hash sha256:aa", 'flask==2.0; os_name != "nt"'),
        ("flask --config-settings=a=b", "flask"),
        (f"web @ {URL}", f"web @ {URL}"),
        (f"web[fast] @ {URL}#sha256=aa ; os_name == 'nt'", f'web[fast] @ {URL} ; os_name == "nt"'),
        ("web-1.0.tar.gz", BUILD),
        (f"web[fast] @ {URL}#sha256=aa", f"web[fast] @ {URL}"),
        (f"{URL}#egg=web&sha256=aa", f"web @ {URL}"),
        (f"{URL} ; os_name != 'nt'", f'web @ {URL} ; os_name != "nt"'),
        ("web @ https://index.example/web-1.0.tar.gz", BUILD),
        ("https://index.example/web-1.0.zip#egg=web", BUILD),
        ("web @ git+https://index.example/web.git@main", BUILD),
        ("git+ssh://git@index.example/web.git#egg=web", BUILD),
        ("-e git+https://index.example/web.git#egg=web", BUILD),
        ("-e .", BUILD),
        ("--editable=.", BUILD),
        (".", BUILD),
        (".[dev]", BUILD),
        ("..", BUILD),
        ("./web", BUILD),
        ("web/", BUILD),
        ("C:\\web", BUILD),
        ("./web-1.0.tar.gz", BUILD),
        ("not-a-wheel.whl", BUILD),
        ("web @ https://${TOKEN}@index.example/web-1.0-py3-none-any.whl", VARIABLE),
        ("./missing-1.0-py3-none-any.whl", "is a wheel that does not exist"),
        ("web @ file:///missing/web-1.0-py3-none-any.whl", "is a wheel that does not exist"),
        ("", GARBLED),
        ("-r other.txt", GARBLED),
        ("--index-url https://index.example", BUILD),
        ("flask\nother", GARBLED),
        ("flask==1.0-custom", GARBLED),
        ("flask >= ", GARBLED),
        ("flask ; os_name", GARBLED),
        ("flask ; os_name ~= 'x'", GARBLED),
    ],
)
def test_lines(text: str, expected: str) -> None:
    """A requirement is written out again; what would need a build, or cannot be read, is not handed over."""
    assert handed(text) == expected


def test_a_wheel_of_the_folder(tmp_path: Path) -> None:
    """A relative path is relative to the folder of the question, and is handed over as an absolute address."""
    wheel = tmp_path / "with space" / "web-1.0+cpu-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    (tmp_path / "web-1.0-py3-none-any.whl").touch()
    address = (tmp_path / "web-1.0-py3-none-any.whl").as_uri()
    name = "web-1.0-py3-none-any.whl"
    for text in (name, f"./{name}", f"web @ ./{name}", f"web @ file:{name}", f"web @ {address}", address):
        assert handed(text, tmp_path) == f"web @ {address}"
    assert handed(f"web @ {wheel.as_uri()}") == f"web @ {wheel.as_uri()}"
    assert handed("./web-1.0-py3-none-any.whl[fast]", tmp_path) == f"web[fast] @ {address}"


def test_addresses_can_be_kept_back() -> None:
    """Where wheels at addresses are not to be handed over, each is told; a project by name is handed over."""
    assert handed(f"web @ {URL}", addresses=False) == LEAK
    assert handed("web", addresses=False) == "web"


@given(
    st.one_of(
        st.text(),
        st.text(alphabet="ab-_.[],<>=!~;@ #$\\{}/:'\"\n\r\t\0"),
        st.from_regex(r"[a-z]{1,3}(\[[a-z]\])?([<>=!~]=[0-9.*]{1,4})?( @ [a-z:/.+-]{0,20})?( ?; ?.{0,20})?\Z"),
        st.from_regex(r"(-e |\./|file:|https://)[a-z/.+${}\n-]{0,20}(\.whl)?( --hash=.{0,5})?", fullmatch=True),
    )
)
def test_nothing_but_a_requirement_gets_through(text: str) -> None:
    """What is handed over is, to `packaging`, one requirement by name or of a wheel, on one line, without variables."""
    found = ask(text)
    assert len(found.lines) + len(found.refused) == 1
    for line in found.lines:
        requirement = Requirement(line.text)
        assert line.text.isprintable() or not text.isprintable()
        assert not any(mark in line.text for mark in ("\n", "\r", "${"))
        assert not line.text.startswith("-")
        assert canonicalize_name(requirement.name) == line.name
        assert requirement.url is None or requirement.url.lower().split("?")[0].endswith(".whl")
        try:
            asked = Requirement(text.strip())
        except InvalidRequirement:
            continue
        assert (asked.specifier, asked.extras, asked.marker) == (
            requirement.specifier, requirement.extras, requirement.marker,
        )  # fmt: skip


def test_constraints_and_overrides() -> None:
    """They are versions of named projects; anything else is told and left out."""
    given = ("web<2", "Web[fast]!=1.5 ; os_name != 'nt'", "a==1 --hash=sha256:aa", f"b @ {URL}", "-e .", "c=")
    found = ask("web", constraints=given)
    assert found.constraints == ("web<2", 'Web!=1.5; os_name != "nt"', "a==1")
    assert [(each.number, "a constraint" in each.what) for each in found.refused] == [(-1, True)] * 3
    found = ask("web", overrides=given)
    assert found.overrides == ("web<2", 'Web[fast]!=1.5; os_name != "nt"', "a==1")
    assert [(each.number, "an override" in each.what) for each in found.refused] == [(-1, True)] * 3


@pytest.mark.parametrize(
    ("line", "python", "platform", "active"),
    [
        ("web ; python_version < '3.10'", "3.9", "", True),
        ("web ; python_version < '3.10'", "3.10", "", False),
        ("web ; python_full_version >= '3.9.3'", "3.9", "", False),
        ("web ; python_full_version >= '3.9.3'", "3.9.4", "", True),
        ("web ; sys_platform == 'win32'", "", "windows", True),
        ("web ; sys_platform == 'win32'", "", "linux", False),
        ("web ; platform_machine == 'arm64'", "", "macos", True),
        ("web ; platform_machine == 'arm64'", "", "x86_64-apple-darwin", False),
        ("web ; platform_machine == 'AMD64'", "", "win32", True),
        ("web ; platform_release == '5'", "", "linux", True),
        (f"{URL} ; sys_platform == 'darwin'", "3.12", "linux", False),
    ],
)
def test_markers_count_for_what_is_asked(line: str, python: str, platform: str, active: bool) -> None:
    """A line is active where its marker is true for the asked Python and platform, or where that is not known."""
    found = ask(line, python=python, platform=platform)
    assert [each.active for each in found.lines] == [active]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("-e .", "", "{address}"),
        ("-e.", "", "{address}"),
        ("-e .[dev] ; os_name == 'posix'", "", "{address}[dev] ; os_name == 'posix'"),
        ("--editable=./sub[a,b]", "web", "web[a,b] @ {address}/sub"),
        (".", "web", "web @ {address}"),
        ("./web-1.0.tar.gz", "", "{address}/web-1.0.tar.gz"),
        ("web @ ./web-1.0.tar.gz", "", "web @ {address}/web-1.0.tar.gz"),
        ("web @ git+https://index.example/web.git@main", "", "web @ git+https://index.example/web.git@main"),
        ("git+https://index.example/web.git#egg=web", "web", "web @ git+https://index.example/web.git#egg=web"),
        ("-e git+https://index.example/web.git", "", "git+https://index.example/web.git"),
        ("https://index.example/web-1.0.zip", "", "https://index.example/web-1.0.zip"),
        ("-e web", "", "{address}/web"),
        ("./nowhere", "", "does not exist"),
        ("-e ./sub -r other", "", GARBLED),
        ("-e ./sub\n-r other", "", GARBLED),
        (". ; os_name ~= 'x'", "", GARBLED),
        ("./${HOME}", "", VARIABLE),
        ("-e ./with space", "", GARBLED),
    ],
)
def test_with_builds_allowed_places_are_handed_over(tmp_path: Path, text: str, name: str, expected: str) -> None:
    """Folders, archives and repositories are handed over by an absolute place, with their name where it is known."""
    for folder in ("sub", "web", "with space"):
        (tmp_path / folder).mkdir()
    (tmp_path / "web-1.0.tar.gz").touch()
    question = Question((Root(text, Place("r.txt", 1), name),), folder=str(tmp_path), allow_build=True)
    found = hand_over(question, wanted.of(question), addresses=True)
    told = [each.text for each in found.lines] or [each.what for each in found.refused]
    assert told == [expected.format(folder=tmp_path, address=tmp_path.as_uri())]
    assert all(each.address for each in found.lines)


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"(-e |\./|file:|git\+https://|)[a-z/.+${}\n;\[\]# -]{0,20}(\.whl)?", fullmatch=True),
    ),
    st.sampled_from(["", "web"]),
)
def test_with_builds_allowed_no_option_gets_through(text: str, name: str) -> None:
    """What is handed over is one line, without variables, that begins with a name, a path or an address."""
    question = Question((Root(text, Place("r.txt", 1), name),), allow_build=True)
    for line in hand_over(question, wanted.of(question), addresses=True).lines:
        assert not any(mark in line.text for mark in ("\n", "\r", "${", " -"))
        assert not line.text.startswith("-")


def test_credentials_are_in_no_text_form() -> None:
    """Neither a root, nor a question, nor index settings show an address when they are printed."""
    from pip_assay.sources.resolve import Index
    from pip_assay.sources.resolve.nouns import Line, Task

    root = Root("web @ https://bob:hunter2@index.example/web-1.0-py3-none-any.whl", Place("r.txt", 1), "web")
    indexes = Index("https://bob:hunter2@index.example")
    line = Line(root.text, "web", "web")
    task = Task(Handed((line,)), indexes, {"A": root.text})
    for each in (root, indexes, line, task.handed, Question((root,), (root.text,), indexes), task):
        assert "hunter2" not in f"{each!r} {each}"
