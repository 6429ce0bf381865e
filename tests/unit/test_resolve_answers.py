"""What resolvers say, read without starting one: real messages of uv 0.5.0 to 0.13.9, and pip's report."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.errors import Unreadable
from pip_assay.model import INDEX, Dependency, Origin, Place, Problem
from pip_assay.sources.resolve import graph, pip_answer, uv_answer, words
from pip_assay.sources.resolve.nouns import Answer, Line, Package, Root

NEW = "error: No solution found when resolving dependencies\n  cause: "
OLD = "  × No solution found when resolving dependencies:\n  ╰─▶ "  # noqa: RUF001 - as uv draws it
END = ", we can conclude that your requirements are unsatisfiable."


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        (
            (f"{NEW}Because docopt==0.6.2 has no usable wheels and only docopt<=0.6.2 is available, we can conclude "
            "that docopt>=0.6.2 cannot be used.\n         And because num2words==0.5.12 depends on docopt>=0.6.2 and "
            f"you require num2words==0.5.12{END}\n\nhint: Wheels are required for `docopt` because building from "
            "source is disabled for all packages (i.e., with `--no-build`)"),
            {"docopt": (uv_answer.NO_WHEEL, ("num2words",))},
        ),
        (
            (f"{OLD}Because docopt==0.6.2 has no usable wheels and building from source\n      is disabled and only "
            "docopt<=0.6.2 is available, we can conclude that\n      docopt>=0.6.2 cannot be used.\n      And because "
            "num2words==0.5.12 depends on docopt>=0.6.2 and you\n      require num2words==0.5.12, we can conclude that "
            "your requirements are\n      unsatisfiable."),
            {"docopt": (uv_answer.NO_WHEEL, ("num2words",))},
        ),
        (
            (f"{NEW}Because evil==1.0 has no usable wheels and only evil==1.0 is available, we can conclude that all "
            "versions of evil cannot be used.\n         And because all versions of gamma depend on evil, we can "
            "conclude that all versions of gamma cannot be used.\n         And because all versions of alpha[x] depend "
            f"on gamma and you require alpha[x]{END}"),
            {"evil": (uv_answer.NO_WHEEL, ("gamma",))},
        ),
        (f"{NEW}Because all versions of docopt have no usable wheels and you require docopt{END}",
         {"docopt": (uv_answer.NO_WHEEL, ())}),
        ((f"{NEW}Because tensorflow==2.8.0 has no wheels with a matching Python ABI tag (e.g., `cp311`) and you "
         f"require tensorflow==2.8.0{END}"), {"tensorflow": (uv_answer.NO_WHEEL, ())}),
        (f"{OLD}Because only plat==1.0 is available and plat==1.0 has no wheels with a\n      matching platform tag",
         {"plat": (uv_answer.NO_WHEEL, ())}),
        (f"{OLD}Because nosuch-really_not.x was not found in the package registry\n      and you require it{END}",
         {"nosuch-really-not-x": (uv_answer.NOT_FOUND, ())}),
        ((f"{NEW}Because gone was not found in the provided package locations and all versions of wants.gone depend on "
         f"gone>8.5{END}"), {"gone": (uv_answer.NOT_FOUND, ("wants-gone",))}),
        (f"{NEW}Because there is no version of django==99 and you require django==99{END}",
         {"django": (uv_answer.NO_RELEASE, ())}),
        (f"{NEW}Because new==9.0 requires Python >=3.99 and you require new==9.0{END}",
         {"new": (uv_answer.OTHER_PYTHON, ())}),
        ((f"{NEW}Because the current Python version (3.10.13) does not satisfy Python>=3.11 and new==9.0 depends on "
         f"Python>=3.11, we can conclude that new==9.0 cannot be used."), {"new": (uv_answer.OTHER_PYTHON, ())}),
        ("error: Failed to read `bad @ file:///x/bad-1.0-py3-none-any.whl`\n  cause: Failed to read from zip file",
         {"bad": (uv_answer.NOT_HAD, ())}),
        ("error: Failed to download: `bad @ https://index.example/bad-1.0-py3-none-any.whl`\n  Caused by: no",
         {"bad": (uv_answer.NOT_HAD, ())}),
        (f"{NEW}Because only web==1.0 is available and you require web>1{END}", {"web": (uv_answer.NO_RELEASE, ())}),
        (f"{NEW}Because only web==1.0 is available and you require web-app>1{END}", {}),
        (("error: Failed to resolve dependencies for package `trap==1.0`\n  cause: Package `source` was included as a "
         "URL dependency. URL dependencies must be expressed as"), {"source": (uv_answer.NOT_FOLLOWED, ("trap",))}),
        (("error: Failed to download and build `evil @ https://index.example/evil-1.0.tar.gz`\n  cause: Building "
         "source distributions for `evil` is disabled"), {"evil": (uv_answer.NO_WHEEL, ())}),
        ((f"{NEW}Because there are no versions of web and you require web{END}\n\nhint: `web` was filtered by "
          "`exclude-newer` to only include packages uploaded before 2019-01-02T00:00:00Z. The latest version "
          "satisfying the requirement is v2.0, published at 2024-01-01T00:00:00Z. Consider using"),
         {"web": (uv_answer.TOO_NEW, ())}),
        ((f"{NEW}Because only web==1.0 is available and you require web>=2{END}\n\nhint: `web` was filtered by "
          "`exclude-newer` to only include packages uploaded before 2030-01-02T00:00:00Z. The latest version "
          "satisfying the requirement is v2.0. Consider using `exclude-newer-package` to override the cutoff"),
         {"web": (uv_answer.NO_TIMES, ())}),
        ((f"{NEW}Because markupsafe>=0.23 has no usable wheels and jinja2==3 depends on markupsafe>=1.1, we can "
          f"conclude that you require jinja2{END}\n\nhint: `jinja2` was filtered by `exclude-newer` to only include "
          "packages uploaded before 2021-01-02T00:00:00Z. The latest version satisfying the requirement is v2.11.3, "
          "published at 2021-01-31T16:33:07.289Z. Consider using"), {"markupsafe": (uv_answer.NO_WHEEL, ("jinja2",))}),
        (f"{NEW}Because asgiref>3.12.1 was published after the exclude newer time and you require asgiref==3.13.0{END}",
         {"asgiref": (uv_answer.TOO_NEW, ())}),
        (f"{NEW}Because web==1.0 has no publish time and you require web==1.0{END}", {"web": (uv_answer.NO_TIMES, ())}),
        ((f"{NEW}Because there is no version of asgiref==3.13.0 and you require asgiref==3.13.0{END}\n\nhint: "
          "`asgiref` was filtered by `exclude-newer` to only include packages uploaded before 2026-09-21T00:00:00Z. "
          "The requested version, v3.13.0, was published at 2026-10-23T08:13:13.394Z. Consider using"),
         {"asgiref": (uv_answer.TOO_NEW, ())}),
        ("error: Failed to build `sick==1.0`\n  cause: The build backend returned an error",
         {"sick": (uv_answer.NOT_BUILT, ())}),
        ("error: Failed to build `sick @ file:///x/sick-1.0.tar.gz`\n  cause: The build backend returned an error",
         {"sick": (uv_answer.NOT_BUILT, ())}),
        (f"{NEW}Because you require flask<2 and flask>2{END}", {}),
        ((f"{NEW}Because requests==2.25.1 depends on idna>=2.5,<3 and you require requests==2.25.1, we can conclude "
         f"that you require idna>=2.5,<3.\n         And because you require idna==3.7{END}"), {}),
        ((f"{NEW}Because alpha was not found in the package registry and you require alpha{END}\n\nhint: An index URL "
         "(https://index.example/simple) could not be queried due to a lack of valid authentication credentials (401 "
         "Unauthorized)"), {}),
        ("error: Request failed after 3 retries\n  cause: Failed to fetch: https://index.example/simple/a/", {}),
    ],
)  # fmt: skip
def test_uvs_refusals(said: str, blamed: dict[str, tuple[str, tuple[str, ...]]]) -> None:
    """A refusal names the projects that cannot be had whatever else is chosen, and who wants them; a conflict none."""
    assert {name: tuple(left) for name, left in uv_answer.blamed(said).items()} == blamed


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"{NEW}Because you require flask<2 and flask>2{END}",
         "no set of releases fits: Because you require flask<2 and flask>2"),
        ((f"{OLD}Because you require flask<2\n      and flask>2, we can conclude that your\n      requirements are "
         "unsatisfiable.\n\n      hint: do this"), "no set of releases fits: Because you require flask<2 and flask>2"),
        ("error: Request failed after 3 retries\n  cause: Failed to fetch: https://bob:pw@index.example/simple/a/?key=pw",
         "uv failed: Request failed after 3 retries cause: Failed to fetch: https://index.example/simple/a/"),
        (f"{NEW}Because a was not found{END} hint: a lack of valid authentication credentials",
         "an index wants a login that it was not given"),
    ],
)  # fmt: skip
def test_uvs_reasons_for_people(said: str, told: str) -> None:
    """A refusal is told in uv's own words, without its logins, conclusions and hints."""
    assert uv_answer.refusal(said).what == told


@given(st.text(), st.text(alphabet="`abc =><!~.,[]@-_ "))
def test_reading_a_refusal_never_fails(text: str, about: str) -> None:
    """Whatever uv says, it is told on one short line."""
    for said in (text, f"{NEW}{about}", f"Failed to read {about}"):
        uv_answer.blamed(said)
        error = uv_answer.refusal(said)
        assert error.what.isprintable()
        assert len(error.what) < 2 * words.LONGEST


def test_a_long_refusal_is_read_at_once() -> None:
    """A name or a text without end takes no time that grows with its square."""
    for part in ("a", "a-", "a ", "depends on ", "a was not found in the package registry "):
        uv_answer.blamed(part * 200_000)


def test_uvs_answer() -> None:
    """Packages, who wants them, and where they come from; another index than the public one is named."""
    text = (
        "Alpha==1.0                # via -r requirements.in, -c constraints.txt, beta\n"
        "    # from https://bob:pw@index.example/simple\n"
        "beta @ file:///x/beta-2.0%2Bcpu-py3-none-any.whl  # via -r requirements.in\n"
        "gamma==3.0 ; python_version > '3'  # via alpha, be-ta\n"
        "    # from file:///links\n"
        "delta==4\n"
    )
    left = {"docopt": uv_answer.Left("gone for {}", ("alpha", "unknown")), "root": uv_answer.Left("gone", ())}
    assert uv_answer.packages(text, left, {"root"}, "Python 3.9") == (
        Package("alpha", "1.0", ("docopt", "gamma"), True, Origin("index", "https://index.example/simple")),
        Package("beta", "2.0+cpu", ("alpha",), True, Origin("path", "file:///x/beta-2.0%2Bcpu-py3-none-any.whl")),
        Package("gamma", "3.0", (), False, INDEX),
        Package("delta", "4", (), False, INDEX),
        Package("docopt", "", (), False, INDEX, "gone for Python 3.9"),
        Package("root", "", (), True, INDEX, "gone"),
    )


def test_releases_of_the_public_index_have_no_address() -> None:
    """The public index is the one that need not be named."""
    from pip_assay import net

    text = f"alpha==1.0  # via -r requirements.in\n    # from {net.public_index()}\n"
    assert uv_answer.packages(text, {}, {"alpha"}, "")[0].origin == INDEX


@given(st.text())
def test_reading_uvs_answer_fails_in_one_way(text: str) -> None:
    """Any text is either an answer or an error for people."""
    with contextlib.suppress(Unreadable):
        assert all(package.name for package in uv_answer.packages(text, {}, set(), ""))


def test_pips_report(tmp_path: Path) -> None:
    """Edges follow the markers and the extras that are asked for, however far down."""
    packages: dict[str, list[str]] = {
        "App": ["web[fast]", "never; python_version < '3'", "not-listed", "app[all]", "broken !!"],
        "web": ["speed ; extra == 'Fast_er' or extra == 'fast'", "slow ; extra == 'slow'", "App"],
        "speed": ["wheels[deep] ; extra == 'x'"],
        "slow": [], "never": [], "broken": [], "wheels": [],
    }  # fmt: skip
    written = {
        "pip_version": "26.3",
        "environment": {"python_version": "3.11"},
        "install": [
            {
                "metadata": {"name": name, "version": "1", "requires_dist": requires},
                "requested": name == "App",
                "is_direct": name == "App",
                "download_info": {"url": "https://bob:pw@index.example/App-1-py3-none-any.whl?key=pw"},
            }
            for name, requires in packages.items()
        ],
    }
    path = tmp_path / "report.json"
    path.write_text(json.dumps(written))
    version, found = pip_answer.report(str(path))
    assert version == "pip 26.3"
    assert {each.name: each.requires for each in found} == {
        "app": ("broken", "web"), "web": ("app", "speed"),
        "speed": (), "slow": (), "never": (), "broken": (), "wheels": (),
    }  # fmt: skip
    assert [each.asked for each in found] == [True] + [False] * 6
    assert found[0].origin == Origin("url", "https://index.example/App-1-py3-none-any.whl")
    assert found[1].origin == INDEX


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        ("ERROR: No matching distribution found for docopt==0.6.2", ("docopt", pip_answer.UNFIT)),
        ("ERROR: No matching distribution found for Doc.opt>=0.6.2 (from num2words)",
         ("num2words", f"it needs doc-opt, and {pip_answer.UNFIT}")),
        ("ERROR: No matching distribution found for deep>=0.6.2 (from deeper)", ("", "")),
        ("ERROR: No matching distribution found for docopt (from -r requirements.in (line 1))",
         ("docopt", pip_answer.UNFIT)),
        ("ERROR: Package 'docopt' requires a different Python: 3.11.7 not in '>=3.99'",
         ("docopt", pip_answer.OTHER_PYTHON)),
        ("ERROR: Package 'deep' requires a different Python: 3.11.7 not in '>=3.99'", ("", "")),
        ("ERROR: anything else", ("", "")),
    ],
)  # fmt: skip
def test_pips_refusals(said: str, blamed: tuple[str, str]) -> None:
    """A refusal leads to a line: that of what cannot be had, or of what needs it."""
    assert pip_answer.blamed(said, {"docopt", "num2words"}) == blamed


def attached(lines: list[Line], answer: Answer, problems: list[Problem] | None = None) -> tuple[Dependency, ...]:
    """Return the answer as dependencies; the root of each line is of the same number, and of the group it spells."""
    roots = [Root(each.name, Place("r.txt", number), each.name, each.spelling) for number, each in enumerate(lines, 1)]
    lines = [each._replace(number=number) for number, each in enumerate(lines)]
    return graph.attach(roots, lines, answer, [] if problems is None else problems)


def line(name: str, group: str = "runtime", *, active: bool = True) -> Line:
    """Return a line by name, of a group."""
    return Line(name, name, group, active=active)


def test_what_pip_sought() -> None:
    """The project of which pip found no wheel is the one to look for, not the one that needs it."""
    assert pip_answer.sought("ERROR: No matching distribution found for Doc.opt>=0.6.2 (from num2words)") == (
        "doc-opt",
    )
    assert pip_answer.sought("ERROR: anything else") == ()


def test_the_first_of_several_lines_counts() -> None:
    """A project that several lines ask for is at the first of them that applies here."""
    lines = [line("a", active=False), line("a"), line("a", "group:x")]
    [found] = attached(lines, Answer("uv", (Package("a", "1", (), True),)))
    assert (found.place.line, found.groups) == (2, ("runtime", "group:x"))


def test_what_nobody_asks_for_is_listed_all_the_same() -> None:
    """A package that no line leads to is listed at the file."""
    problems: list[Problem] = []
    found = attached([line("a")], Answer("uv", (Package("a", "1", (), True), Package("b", "2"))), problems)
    assert [(each.pin.name, str(each.place), each.groups) for each in found] == [
        ("a", "r.txt:1", ("runtime",)), ("b", "r.txt", ()),
    ]  # fmt: skip
    assert problems == []


def test_a_line_without_an_answer_is_a_problem() -> None:
    """A line that applies here and is not in the answer is told; one that does not apply is not."""
    problems: list[Problem] = []
    lines = [line("a"), line("b"), line("c", active=False)]
    attached(lines, Answer("uv 1", (Package("a", "1", (), True),)), problems)
    assert [(each.subject, str(each.place)) for each in problems] == [("b", "r.txt:2")]


def test_a_line_without_a_name_gets_that_of_what_is_at_its_place() -> None:
    """A folder or repository is recognised by its address, whatever commit a branch was found to be."""
    places = {
        "a": ("file:///x/a", "file:///x/a/"), "b": ("git+https://i.example/b@main", "git+https://i.example/b@0123abc"),
        "c": ("git+https://i.example/c", "git+https://i.example/c@0123abc"),
    }  # fmt: skip
    lines = [Line("x", "", "", address=asked) for asked, _ in places.values()] + [
        Line("x", "", "", address="file:///y")
    ]
    packages = [Package(name, "1", (), True, Origin("url", found)) for name, (_, found) in places.items()]
    problems: list[Problem] = []
    found = attached(
        lines, Answer("uv 1", (*packages, Package("d", "1", (), True, Origin("url", "file:///z")))), problems
    )
    assert [(each.pin.name, each.place.line) for each in found] == [("a", 1), ("b", 2), ("c", 3), ("d", 0)]
    assert [str(each.place) for each in problems] == ["r.txt:4"]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["runtime", "group:a", "extra:b"])), min_size=1),
)
def test_places_and_groups_are_those_of_a_search(edges: list[tuple[int, int]], roots: list[tuple[int, str]]) -> None:
    """The nearest line and the groups of each package, against Floyd and Warshall's distances."""
    names = [f"p{number}" for number in range(10)]
    distance = {(one, other): 0 if one == other else 99 for one in range(10) for other in range(10)}
    distance |= dict.fromkeys(((one, other) for one, other in edges if one != other), 1)
    for middle in range(10):
        for one in range(10):
            for other in range(10):
                further = distance[one, middle] + distance[middle, other]
                distance[one, other] = min(distance[one, other], further)
    lines = [line(names[root], group) for root, group in roots]
    asked = {root for root, _ in roots}
    packages = tuple(
        Package(name, "1", tuple(names[other] for one, other in edges if one == number), number in asked)
        for number, name in enumerate(names)
    )
    for number, found in enumerate(attached(lines, Answer("uv", packages))):
        near = min(distance[root, number] for root, _ in roots)
        if near < 99:
            assert distance[roots[found.place.line - 1][0], number] == near
        else:
            assert found.place.line == 0
        groups = {group for root, group in roots if distance[root, number] < 99}
        assert set(found.groups) == groups
        assert list(found.groups) == sorted(groups, key=lambda group: (group != "runtime", group))
