"""Resolving for another Python, platform or day, with overrides, and with builds allowed: with the real resolvers."""

import re
import shutil
import tarfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import markers
from pip_assay.errors import UsageError
from pip_assay.sources.resolve import Index, Question, pip_guard, wanted
from tests.resolving import Ask, asker, choose, pins, problems
from tests.server import Reply, Server
from tests.wheel_folder import WHEEL, metadata, sdist, wheel

WORDS = ("linux", "macos", "windows", "x86_64-apple-darwin", "aarch64-unknown-linux-gnu", "i686-pc-windows-msvc")


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """Return a folder of wheels whose requirements depend on the Python and the platform."""
    folder = tmp_path / "links"
    old, mac = "python_version < '3.10'", "sys_platform == 'darwin' and platform_machine == 'arm64'"
    wheel(folder, "app", "1.0", [f"backport ; {old}", f"menu ; {mac}", "console ; os_name == 'nt'", "late>=1"])
    wheel(folder, "late", "1.0")
    wheel(folder, "late", "2.0", ["deep ; python_full_version >= '3.9.4'"], python=">=3.9")
    for name in ("backport", "menu", "console", "deep"):
        wheel(folder, name, "1.0")
    return folder


@pytest.fixture(params=["uv", "pip"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make one of the two the resolver that is found, and return its name."""
    return choose(str(request.param), monkeypatch)


@pytest.fixture
def ask(program: str, links: Path, tmp_path: Path) -> Ask:  # noqa: ARG001 - the resolver must be chosen
    """Return what resolves lines from the folder of wheels."""
    return asker(links, tmp_path)


@pytest.mark.parametrize(
    ("python", "platform", "expected"),
    [
        ("3.8", "linux", {"app": "1.0", "backport": "1.0", "late": "1.0"}),
        ("3.9", "linux", {"app": "1.0", "backport": "1.0", "late": "2.0"}),
        ("3.9.7", "x86_64-manylinux_2_17", {"app": "1.0", "backport": "1.0", "late": "2.0", "deep": "1.0"}),
        ("3.13", "macos", {"app": "1.0", "menu": "1.0", "late": "2.0", "deep": "1.0"}),
        ("3.13", "x86_64-apple-darwin", {"app": "1.0", "late": "2.0", "deep": "1.0"}),
        ("", "win32", {"app": "1.0", "console": "1.0", "late": "2.0", "deep": "1.0"}),
        ("3.10", "aarch64-unknown-linux-musl", {"app": "1.0", "late": "2.0", "deep": "1.0"}),
    ],
)
def test_it_is_resolved_for_the_asked_python_and_platform(
    ask: Ask, python: str, platform: str, expected: dict[str, str]
) -> None:
    """Releases, requirements and edges are those of the asked Python and platform, not of the running one."""
    found = ask("app", "never ; python_version < '3'", python=python, platform=platform)
    assert (pins(found), problems(found)) == (expected, "")
    [app] = [each for each in found.dependencies if each.pin.name == "app"]
    assert set(app.requires) == expected.keys() - {"app", "deep"}


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=1),
    st.sampled_from(["3.8", "3.11", "3.12.4"]),
)
def test_both_words_for_a_platform_make_one_environment(words: list[str], python: str) -> None:
    """A bare word is uv's default machine of that system, and a minor version its first release, as in uv."""
    found = wanted.of(Question((), python=python, platform=words[0]))
    assert found.environment["python_full_version"] == (python if python.count(".") == 2 else f"{python}.0")
    assert all(found.environment[name] for name in ("platform_machine", "sys_platform", "os_name"))
    assert markers.environment(python, found.platform)["platform_machine"] == found.environment["platform_machine"]


def test_a_wheel_for_another_platform_does_not_fit(ask: Ask, links: Path) -> None:
    """What has wheels for one system alone can be had there, and nowhere else."""
    path = wheel(links, "native", "1.0")
    path.rename(links / "native-1.0-cp312-cp312-macosx_12_0_arm64.whl")
    assert pins(ask("native", python="3.12", platform="macos")) == {"native": "1.0"}
    for python, platform in (("3.12", "linux"), ("3.11", "macos"), ("3.12", "x86_64-apple-darwin")):
        found = ask("native", python=python, platform=platform)
        assert pins(found) == {}
        assert [each.subject for each in found.problems] == ["native"]
        assert f"Python {python} on " in problems(found)


def test_a_platform_without_tags_is_not_pips(ask: Ask, program: str) -> None:
    """What pip cannot resolve for is told, with what to do; uv can."""
    found = ask("app", platform="ios")
    if program == "uv":
        assert pins(found)["app"] == "1.0"
    else:
        assert problems(found) == (
            "r.txt: pip cannot resolve for arm64-apple-ios; pip install 'pip-assay[resolve]', or give a lock"
        )


def test_a_pip_that_cannot_be_told_is_not_used(links: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pip's markers stay those of the running Python, nothing is answered for another one."""
    choose("pip", monkeypatch)
    monkeypatch.setattr(pip_guard, "_MARKERS", pip_guard._MARKERS.replace("markers.default_environment =", "other ="))
    found = asker(links, tmp_path)("app", python="3.8")
    assert found.dependencies == ()
    assert "this pip resolves for the running Python and platform alone" in problems(found)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"python": "3"}, "3: is no version of Python"),
        ({"platform": "amiga"}, "amiga: is no known platform"),
        ({"exclude_newer": "yesterday"}, "yesterday: is no date"),
    ],
)
def test_what_is_no_version_platform_or_date_is_a_problem(ask: Ask, settings: dict[str, str], told: str) -> None:
    """Nothing is asked for what does not exist."""
    said: list[str] = []
    found = ask("app", say=said.append, **settings)
    assert (found.dependencies, said) == ((), [])
    assert told in problems(found)


def test_each_is_another_question(ask: Ask, links: Path) -> None:
    """An answer for one Python, platform, day, override or build is none for another."""
    said: list[str] = []
    questions: list[dict[str, object]] = [
        {}, {"python": "3.9"}, {"python": "3.10"}, {"platform": "windows"}, {"constraints": ("late<2",)},
    ]  # fmt: skip
    now = time.time()
    answers = [pins(ask("app", say=said.append, now=now, **each)) for each in questions]
    assert len(said) == len(questions)
    shutil.rmtree(links)
    assert [pins(ask("app", offline=True, now=now, **each)) for each in questions] == answers
    assert len({tuple(sorted(each.items())) for each in answers}) == 4


def test_overrides_replace(ask: Ask, program: str) -> None:
    """An override counts in place of every other requirement of its project; pip knows none and so is not asked."""
    found = ask("app", "late>=2", overrides=("late==1.0", "backport>=1 ; python_version > '3'"))
    if program == "pip":
        assert problems(found) == "r.txt: pip knows no overrides; pip install 'pip-assay[resolve]', or give a lock"
        return
    assert problems(found) == ""
    assert pins(found) == {"app": "1.0", "backport": "1.0", "late": "1.0"}
    assert {each.pin.name: each.direct for each in found.dependencies} == {"app": True, "backport": False, "late": True}
    found = ask("app", overrides=("late==7",))
    assert (pins(found)["app"], [each.subject for each in found.problems]) == ("1.0", ["late"])


# --- a day ---------------------------------------------------------------------------------------


def index(links: Path, uploaded: Callable[[str], str]) -> dict[str, Reply]:
    """Return an index of the wheels, as JSON (PEP 691, PEP 700); `uploaded` gives the time by file name."""
    script = {}
    for name in {path.name.partition("-")[0] for path in links.iterdir()}:
        files: list[dict[str, object]] = []
        for path in sorted(links.glob(f"{name}-*")):
            told = {"upload-time": uploaded(path.name)} if uploaded(path.name) else {}
            files.append(
                {"filename": path.name, "url": f"/files/{path.name}", "hashes": {}, "core-metadata": True, **told}
            )
            script[f"/files/{path.name}.metadata"] = Reply(metadata(path))
        page = {"meta": {"api-version": "1.1"}, "name": name, "files": files, "versions": []}
        kind = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
        script[f"/simple/{name}/"] = Reply(page, headers=kind)
    return script


def test_what_is_newer_is_left_out(ask: Ask, program: str, links: Path) -> None:
    """Releases that were uploaded after the day do not count; a project that was not there yet is told."""
    wheel(links, "young", "1.0")
    times = {"late-2.0": "2024-05-05T12:00:00Z", "young-1.0": "2024-05-06T00:00:00Z"}
    with Server(index(links, lambda file: times.get("-".join(file.split("-")[:2]), "2020-01-01T00:00:00Z"))) as server:
        here = Index(f"{server.url}/simple")
        late = {
            day: pins(ask("app", indexes=here, exclude_newer=day))["late"]
            for day in (
                "2024-05-04",
                "2024-05-05",
                "2024-05-05T12:00:00Z",
                "2024-05-05T12:00:01Z",
                "2024-05-05T12:00:00-01:00",
            )
        }
        assert list(late.values()) == ["1.0", "2.0", "1.0", "2.0", "2.0"]
        found = ask("app", "young", indexes=here, exclude_newer="2024-05-05")
        assert pins(found)["app"] == "1.0"
        assert [each.subject for each in found.problems] == ["young"]
        if program == "uv":
            assert "no release of it is as old as asked for" in problems(found)


def test_an_index_without_times_is_told(ask: Ask, program: str, links: Path) -> None:
    """Where an index does not say when releases were uploaded, none can be chosen by date, and that is said."""
    with Server(index(links, lambda _: "")) as server:
        found = ask("late", indexes=Index(f"{server.url}/simple"), exclude_newer="2024-05-04")
    assert pins(found) == {}
    assert re.search("does not say when its releases were uploaded", problems(found))
    assert program == "uv" or "resolve without a date" in problems(found)


def test_what_has_no_date_is_told(ask: Ask) -> None:
    """A folder says no dates: what is in it counts, and that is a problem of its own, each time."""
    for _ in range(2):
        found = ask("app", exclude_newer="2000-01-01")
        assert pins(found)["app"] == "1.0"
        assert problems(found).startswith("r.txt: releases in a folder or on a page of links have no date")


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9998, 1, 1)), st.integers(-12, 12))
def test_moments(time: datetime, hours: int) -> None:
    """A time with an offset is that time in UTC; a date is the moment at which it is over."""
    given_time = time.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours)))
    found = datetime.fromisoformat(wanted.moment(given_time.isoformat()))
    assert (found, found.utcoffset()) == (given_time, timedelta(0))
    over = datetime.fromisoformat(wanted.moment(time.date().isoformat()))
    assert over == datetime(time.year, time.month, time.day, tzinfo=UTC) + timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["2024", "2024-13-01", "2024-02-30", "2024-01-01T00:00:00", "P3D", "20240101", "9999-12-31"]
)
def test_what_is_no_moment(text: str) -> None:
    """Anything else, a time without an offset too, is a usage error."""
    with pytest.raises(UsageError, match="is no date"):
        wanted.moment(text)


# --- builds --------------------------------------------------------------------------------------

BACKEND = """
import os, zipfile
def get_requires_for_build_wheel(settings=None): return []
get_requires_for_build_editable = get_requires_for_build_wheel
def build_wheel(folder, settings=None, metadata=None):
    open({marks!r}, "w").close()
    name = "source-3.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        text = "Metadata-Version: 2.1\\nName: source\\nVersion: 3.0\\nRequires-Dist: late<2\\n"
        archive.writestr("source-3.0.dist-info/METADATA", text)
        archive.writestr("source-3.0.dist-info/WHEEL", {wheel!r})
        archive.writestr("source-3.0.dist-info/RECORD", "")
    return name
build_editable = build_wheel
"""


@pytest.fixture
def project(tmp_path: Path, links: Path) -> Path:
    """Return a file that exists once the folder "project" was built."""
    marks = tmp_path / "ran"
    folder = tmp_path / "project"
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (folder / "backend.py").write_text(BACKEND.format(marks=str(marks), wheel=WHEEL))
    with tarfile.open(links / "source-3.0.tar.gz", "w:gz") as archive:
        archive.add(folder, "source-3.0")
    return marks


@pytest.mark.parametrize("line", ["-e .", ".", "source @ .", "source", "source==3.0"])
def test_what_may_be_built_is_built(ask: Ask, program: str, project: Path, line: str) -> None:
    """With builds allowed, and only then, a folder or sdist says what it needs; the person is told beforehand."""
    said: list[str] = []
    assert "never builds" in problems(ask(line, say=said.append))
    assert not project.exists()
    assert not any("run their code" in each for each in said)
    said.clear()
    found = ask(line, allow_build=True, say=said.append)
    # uv does not tell the version of what is in a folder.
    version = "" if program == "uv" and "." in line.partition("==")[0] else "3.0"
    assert (pins(found), problems(found)) == ({"source": version, "late": "1.0"}, "")
    assert project.exists()
    assert "may build packages and so run their code" in said[0]
    [source] = [each for each in found.dependencies if each.pin.name == "source"]
    assert (source.direct, source.place.line, source.requires) == (True, 1, ("late",))
    assert source.origin.kind == ("path" if "." in line.partition("==")[0] else "index")


def test_an_answer_with_a_folder_is_not_kept(ask: Ask, project: Path) -> None:
    """What is in a folder may change unseen, so it is asked about each time."""
    said: list[str] = []
    for _ in range(2):
        ask(".", allow_build=True, say=said.append)
    assert len(said) == 2
    assert project.exists()


def test_a_failing_build_is_told(ask: Ask, program: str, links: Path, tmp_path: Path) -> None:
    """What cannot be built is a problem, and with uv the rest is resolved."""
    sdist(links, "sick", "1.0", tmp_path / "ran")
    found = ask("app", "sick", allow_build=True)
    assert [each.gap for each in found.problems] == ["unresolved"]
    assert (tmp_path / "ran").exists()
    if program == "uv":
        assert pins(found) == {"app": "1.0", "late": "2.0", "deep": "1.0"}
        assert "sick would bring in is not known: it could not be built" in problems(found)


def test_pip_builds_for_the_running_python_alone(ask: Ask, program: str) -> None:
    """Builds for another Python are told to be impossible with pip."""
    found = ask("late", python="3.9", allow_build=True)
    if program == "uv":
        assert pins(found) == {"late": "2.0"}
    else:
        assert "pip builds for the running Python alone" in problems(found)


# --- tags ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "first", "last"),
    [
        ("x86_64-unknown-linux-gnu", "manylinux_2_28_x86_64", "linux_x86_64"),
        ("aarch64-manylinux_2_31", "manylinux_2_31_aarch64", "linux_aarch64"),
        ("x86_64-manylinux2014", "manylinux_2_17_x86_64", "linux_x86_64"),
        ("x86_64-unknown-linux-musl", "musllinux_1_2_x86_64", "musllinux_1_0_x86_64"),
        ("aarch64-apple-darwin", "macosx_13_0_arm64", "macosx_13_0_arm64"),
        ("x86_64-apple-darwin", "macosx_13_0_x86_64", "macosx_13_0_x86_64"),
        ("aarch64-pc-windows-msvc", "win_arm64", "win_arm64"),
        ("i686-pc-windows-msvc", "win32", "win32"),
    ],
)
def test_tags(platform: str, first: str, last: str) -> None:
    """A triple's wheels carry these tags, the newest first."""
    found = wanted.tags(platform)
    assert (found[0], found[-1]) == (first, last)


def test_what_pip_has_no_tags_for() -> None:
    """Phones and browsers have no tags that pip knows."""
    assert [wanted.tags(each) for each in ("arm64-apple-ios", "wasm32-pyodide2025", "x86_64-linux-android")] == [()] * 3
