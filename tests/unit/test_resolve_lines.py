"""What is handed to a resolver: lines that need no build, and nothing that a hostile file could slip in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pip_assay.model import Place, Problem
from pip_assay.sources.resolve import Question, Root
from pip_assay.sources.resolve.lines import BUILD, GARBLED, LEAK, VARIABLE, constraints, hand_over

URL = "https://index.example/files/web-1.0-py3-none-any.whl"


def handed(text: str, folder: Path | str = ".", *, addresses: bool = True) -> str:
    """Return the line that is handed over for one root, or why none is."""
    problems: list[Problem] = []
    place = Place("r.txt", 7, 3)
    lines = hand_over(Question((Root(text, place),), folder=str(folder)), problems, addresses=addresses)
    assert len(lines) + len(problems) == 1
    assert all((each.gap, each.place) == ("unresolved", place) for each in problems)
    return lines[0].text if lines else problems[0].what


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
    problems: list[Problem] = []
    lines = hand_over(Question((Root(text, Place("r.txt", 1)),)), problems, addresses=True)
    assert len(lines) + len(problems) == 1
    for line in lines:
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


def test_constraints() -> None:
    """Constraints are versions of named projects; anything else is a problem and is left out."""
    problems: list[Problem] = []
    given = ("web<2", "Web[fast]!=1.5 ; os_name != 'nt'", "a==1 --hash=sha256:aa", f"b @ {URL}", "-e .", "c=")
    question = Question((Root("web", Place("r.txt", 1)),), given)
    assert constraints(question, problems) == ("web<2", 'Web!=1.5; os_name != "nt"', "a==1")
    assert [each.gap for each in problems] == ["unresolved"] * 3


def test_credentials_are_in_no_text_form() -> None:
    """Neither a root, nor a question, nor index settings show an address when they are printed."""
    from pip_assay.sources.resolve import Index
    from pip_assay.sources.resolve.nouns import Line, Task

    root = Root("web @ https://bob:hunter2@index.example/web-1.0-py3-none-any.whl", Place("r.txt", 1), "web")
    indexes = Index("https://bob:hunter2@index.example")
    line = Line(root.text, "web", "web", root)
    for each in (root, indexes, Question((root,), (root.text,), indexes), Task((line,), (), indexes, {"A": root.text})):
        assert "hunter2" not in f"{each!r} {each}"
