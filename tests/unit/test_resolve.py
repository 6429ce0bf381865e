"""Resolving with the real resolvers, from a folder of tiny wheels: nothing is fetched and nothing is built."""

import os
import re
import shutil
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pip_assay.model import Origin, Place
from pip_assay.sources.resolve import Index, Resolved, Root
from tests.resolving import NOW, Ask, asker, choose, pins, problems
from tests.server import Asked, Reply, Server
from tests.wheel_folder import metadata, sdist, wheel


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """Return a folder in which everything is consistent: app needs web and cli, web[fast] needs speed."""
    folder = tmp_path / "links"
    wheel(folder, "app", "1.0", ["web>=1", "cli ; python_version >= '3'", "never ; python_version < '3'"])
    wheel(folder, "web", "1.0")
    wheel(folder, "web", "2.0", ["speed ; extra == 'fast'", "Core.Parts"], extras=["fast"])
    wheel(folder, "cli", "1.5", ["core-parts<2"])
    wheel(folder, "core-parts", "1.9")
    wheel(folder, "core-parts", "2.1")
    wheel(folder, "speed", "0.1")
    wheel(folder, "other", "1.0", ["web[fast]"])
    return folder


@pytest.fixture(params=["uv", "pip"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make one of the two the resolver that is found, and return its name."""
    return choose(str(request.param), monkeypatch)


@pytest.fixture
def ask(program: str, links: Path, tmp_path: Path) -> Ask:  # noqa: ARG001 - the resolver must be chosen
    """Return what resolves lines from the folder of wheels."""
    return asker(links, tmp_path)


def test_an_install_brings_in_what_the_roots_need(ask: Ask, program: str) -> None:
    """Every release that an install needs is there, with the graph, the nearest line and the resolver's name."""
    found = ask("App==1.0", "other")
    assert found.problems == ()
    assert pins(found) == {
        "app": "1.0", "cli": "1.5", "core-parts": "1.9", "other": "1.0", "speed": "0.1", "web": "2.0",
    }  # fmt: skip
    by_name = {each.pin.name: each for each in found.dependencies}
    assert by_name["app"].requires == ("cli", "web")
    assert by_name["web"].requires == ("core-parts", "speed")
    assert (by_name["app"].direct, by_name["app"].spelling, by_name["app"].place.line) == (True, "App", 1)
    assert (by_name["web"].direct, by_name["web"].place.line) == (False, 1)
    assert {each.groups for each in found.dependencies} == {("runtime",)}
    assert {each.pin.ecosystem for each in found.dependencies} == {"PyPI"}
    assert re.fullmatch(rf"{program} [0-9.]+", found.resolver)


def test_the_answer_is_what_pip_installs(ask: Ask, links: Path) -> None:
    """The oracle is pip's own dry run of the same requirements."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-index", "-qq"]
    command += ["--report", "-", "--find-links", str(links), "app", "other"]
    report = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ)).stdout
    installed = dict(re.findall(r'"name": "([^"]+)",\s*"version": "([^"]+)"', report))
    assert installed == pins(ask("app", "other"))


def test_the_place_is_that_of_the_nearest_line(ask: Ask) -> None:
    """What several lines bring in is at the one with the fewest steps to it."""
    places = {each.pin.name: each.place.line for each in ask("app", "cli").dependencies}
    assert places == {"app": 1, "web": 1, "cli": 2, "core-parts": 2}


def test_each_group_is_told(ask: Ask) -> None:
    """What several groups need names them all, the runtime first."""
    found = ask(Root("web", Place("p", 1), "web"), Root("cli", Place("p", 2), "cli", "group:dev"))
    groups = {each.pin.name: each.groups for each in found.dependencies}
    assert groups == {"web": ("runtime",), "cli": ("group:dev",), "core-parts": ("runtime", "group:dev")}


def test_markers_and_constraints_count(ask: Ask) -> None:
    """A line whose marker is false brings in nothing and is no problem; a constraint limits and brings in nothing."""
    found = ask(
        "web ; python_version < '3'", "other ; python_version > '3'", constraints=("web<3", "cli<1", "web[fast]!=2.5")
    )
    assert pins(found) == {"other": "1.0", "web": "2.0", "speed": "0.1", "core-parts": "2.1"}
    assert found.problems == ()
    assert pins(ask("web", constraints=("web<2",))) == {"web": "1.0"}


def test_a_constraint_that_cannot_be_passed_on_is_a_problem(ask: Ask) -> None:
    """An address or a garbled line as a constraint is told, and the rest is resolved."""
    found = ask("web", constraints=("web @ https://user:secret@index.example/web-1.0-py3-none-any.whl", "web=1"))
    assert pins(found)["web"] == "2.0"
    assert [each.gap for each in found.problems] == ["unresolved", "unresolved"]
    assert "secret" not in problems(found)


def test_hashes_do_not_stop_anything(ask: Ask) -> None:
    """Neither a wrong hash nor hashes on some lines only change what is resolved."""
    found = ask("app==1.0 --hash=sha256:00 --hash=sha256:11", "other")
    assert (pins(found)["app"], found.problems) == ("1.0", ())


def test_wheels_by_path_and_address(ask: Ask, links: Path, tmp_path: Path) -> None:
    """A wheel is resolved by its path, relative or not, with extras, marker and fragment; its origin is told."""
    shutil.copy(links / "web-1.0-py3-none-any.whl", tmp_path / "project" / "web-1.0-py3-none-any.whl")
    path = links / "other-1.0-py3-none-any.whl"
    found = ask("./web-1.0-py3-none-any.whl ; python_version > '3'")
    assert pins(found) == {"web": "1.0"}
    assert found.dependencies[0].origin == Origin("path", (tmp_path / "project" / "web-1.0-py3-none-any.whl").as_uri())
    assert pins(ask(f"other @ {path.as_uri()}#sha256=00"))["other"] == "1.0"


def test_what_has_no_wheel_is_left_out_and_told(ask: Ask, program: str, links: Path, tmp_path: Path) -> None:
    """An sdist is never built, whichever way it is asked for, and all the rest is resolved."""
    ran = tmp_path / "ran"
    sdist(links, "source", "1.0", ran)
    wheel(links, "parent", "1.0", ["source>=1", "web"])
    found = ask("source==1.0", "app")
    assert set(pins(found)) == {"app", "web", "cli", "core-parts"}
    assert [(each.gap, each.subject, each.place) for each in found.problems] == [
        ("unresolved", "source", Place("r.txt", 1))
    ]
    assert "never builds" in problems(found)
    found = ask("app", "parent")
    assert "source" in problems(found)
    assert found.problems[0].place == Place("r.txt", 2)
    assert {"app", "cli"} <= pins(found).keys()
    if program == "uv":
        source = next(each for each in found.dependencies if each.pin.name == "source")
        assert (source.pin.version, source.direct, source.place.line) == ("", False, 2)
        assert "never builds" in source.skipped
        parent = next(each for each in found.dependencies if each.pin.name == "parent")
        assert parent.requires == ("source", "web")
    assert not ran.exists()


def test_what_needs_a_build_is_not_handed_over(ask: Ask, tmp_path: Path) -> None:
    """Folders, editables and sdists by their path are problems at their lines, and their code is never run."""
    ran = tmp_path / "ran"
    for folder in (tmp_path / "project", tmp_path / "project" / "folder"):
        archive = sdist(folder, "source", "1.0", ran)
        shutil.unpack_archive(archive, folder, filter="data")
        for each in (folder / "source-1.0").iterdir():
            each.rename(folder / each.name)
    lines = ["-e .", "--editable ./folder", ".", "./folder", "./source-1.0.tar.gz", "source @ ./source-1.0.tar.gz"]
    found = ask("web", *lines)
    assert pins(found) == {"web": "2.0", "core-parts": "2.1"}
    assert [str(each.place) for each in found.problems] == [f"r.txt:{number}" for number in range(2, 8)]
    assert all("needs a build" in each.what for each in found.problems)
    assert not ran.exists()


def test_an_sdist_that_a_wheel_names_by_address_is_not_built(
    ask: Ask, program: str, links: Path, tmp_path: Path
) -> None:
    """Metadata can lead to an sdist outside of any index: pip would build it in spite of "--only-binary :all:"."""
    ran = tmp_path / "ran"
    address = sdist(tmp_path / "elsewhere", "source", "1.0", ran).as_uri()
    wheel(links, "trap", "1.0", [f"source @ {address}"])
    trap = f"trap @ {(links / 'trap-1.0-py3-none-any.whl').as_uri()}"
    for line in ("trap", trap):
        found = ask("web", line)
        assert [each.gap for each in found.problems] == ["unresolved"], problems(found)
        if program == "uv":
            assert pins(found) == {"web": "2.0", "core-parts": "2.1", "trap": "1.0", "source": ""}
    assert not ran.exists()

    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-index", "-qq"]
    command += ["--only-binary", ":all:", "--no-build-isolation", "--find-links", str(links), "trap"]
    subprocess.run(command, capture_output=True, check=False, env=dict(os.environ))
    assert ran.exists(), "the trap is real: pip alone falls into it"


def test_configuration_of_the_target_counts_for_nothing(
    ask: Ask, links: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No uv.toml, pyproject.toml, pip.conf, .env or interpreter in the audited folder changes anything."""
    ran = tmp_path / "ran"
    sdist(links, "source", "1.0", ran)
    hostile = tmp_path / "project"
    (hostile / "uv.toml").write_text('no-binary-package = ["source"]\nno-build = false\n')
    (hostile / "pyproject.toml").write_text(
        '[project]\nname = "hostile"\nversion = "1"\n[tool.uv]\noverride-dependencies = ["web==1.0"]\n'
        '[tool.uv.pip]\nno-binary = ["source"]\n'
    )
    (hostile / "pip.conf").write_text("[global]\nno-deps = true\nno-binary = source\n")
    (hostile / ".env").write_text("UV_NO_BINARY=1\n")
    for folder in ("bin", ".venv/bin"):
        (hostile / folder).mkdir(parents=True)
        for name in ("python", "python3", "uv", "pip", "git"):
            (hostile / folder / name).write_text(f"#!/bin/sh\n: > {ran}\n")
            (hostile / folder / name).chmod(0o755)
    (hostile / ".venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
    (hostile / ".venv" / "pip.conf").write_text("[global]\nno-deps = true\n")
    monkeypatch.chdir(hostile)
    own = os.environ["PATH"]
    for name, value in {
        "PATH": os.pathsep.join([str(hostile / "bin"), str(hostile / ".venv" / "bin"), "bin", own]),
        "VIRTUAL_ENV": str(hostile / ".venv"), "UV_PROJECT": str(hostile), "PYTHONPATH": str(hostile),
        "PYTHONSTARTUP": str(hostile / "setup.py"), "UV_CONFIG_FILE": str(hostile / "uv.toml"),
        "UV_NO_BINARY_PACKAGE": "source", "PIP_NO_BINARY": "source", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_NO_DEPS": "1",
        "PIP_REQUIRE_HASHES": "1", "UV_PYTHON": str(hostile / "bin" / "python"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    found = ask("app", "source")
    assert pins(found) == {"app": "1.0", "web": "2.0", "cli": "1.5", "core-parts": "1.9"}
    assert [each.subject for each in found.problems] == ["source"]
    assert not ran.exists()


def test_no_solution_is_told_in_one_line(ask: Ask) -> None:
    """Requirements that contradict each other give a problem with the resolver's reason, and no dependency."""
    found = ask("web==1.0", "other", "web>=2")
    assert found.dependencies == ()
    assert [each.gap for each in found.problems] == ["unresolved"]
    assert re.match(r"r\.txt: no set of releases fits: .*web", problems(found))
    assert "\n" not in problems(found)


def test_what_no_index_has_is_told(ask: Ask) -> None:
    """A project or release that is nowhere to be found is a problem at its line, and the rest is resolved."""
    found = ask("web", "nowhere", "cli==7")
    assert pins(found) == {"web": "2.0", "core-parts": "2.1"}
    assert [(each.subject, each.place) for each in found.problems] == [
        ("cli", Place("r.txt", 3)), ("nowhere", Place("r.txt", 2)),
    ]  # fmt: skip


def test_what_is_for_another_python_is_told(ask: Ask, links: Path) -> None:
    """A release that this interpreter cannot install is a problem, and the rest is resolved."""
    wheel(links, "future", "9.0", python=">=3.99")
    found = ask("web", "future==9.0")
    assert pins(found) == {"web": "2.0", "core-parts": "2.1"}
    assert [each.subject for each in found.problems] == ["future"]


def test_nothing_asked_nothing_started(ask: Ask) -> None:
    """Without roots, or with none that may be handed over, no program is started."""
    said: list[str] = []
    assert ask(say=said.append) == Resolved((), (), "")
    assert len(ask("-e .", say=said.append).problems) == 1
    assert said == []


def test_an_answer_is_kept_for_a_day(ask: Ask, program: str, links: Path, tmp_path: Path) -> None:
    """The same question within a day is answered without a process, offline too; then, or for another, it is asked."""
    said: list[str] = []
    first = ask("web", say=said.append)
    assert said == [f"asking {program} what an install would bring in"]
    wheel(links, "web", "3.0")
    assert ask("web", say=said.append, now=NOW + 86_399) == first
    assert ask("web", say=said.append, offline=True) == first
    moved = ask(Root("web", Place("other.txt", 7), "web"), say=said.append)
    assert [each.place.line for each in moved.dependencies] == [7, 7]
    assert len(said) == 1
    assert pins(ask("web", say=said.append, now=NOW + 86_400)) == {"web": "3.0"}
    assert pins(ask("web>1", say=said.append)) == {"web": "3.0"}
    assert len(said) == 3
    files = list((tmp_path / "cache").iterdir())
    assert [each.stat().st_mode & 0o777 for each in files] == [0o600] * len(files)


def test_offline_starts_nothing(ask: Ask) -> None:
    """Offline a question that was never answered is a problem that says what to do."""
    said: list[str] = []
    found = ask("web", offline=True, say=said.append)
    assert (found.dependencies, said) == ((), [])
    assert problems(found) == (
        "r.txt: what an install would bring in is not known (--offline); give a lock, or drop --offline"
    )


@pytest.fixture
def index(links: Path) -> Iterator[Server]:
    """Run an index of the wheels in the folder that wants a login."""

    def guarded(reply: Reply) -> Callable[[Asked], Reply]:
        def answer(asked: Asked) -> Reply:
            if asked.headers.get("authorization") == f"Basic {b64encode(b'bob:s3cr3t/x').decode()}":
                return reply
            return Reply(status=401, headers={"WWW-Authenticate": "Basic"})

        return answer

    script = {}
    for name in {path.name.partition("-")[0] for path in links.iterdir()}:
        wheels = list(links.glob(f"{name}-*.whl"))
        page = "".join(f'<a href="/files/{path.name}" data-core-metadata="true">{path.name}</a>' for path in wheels)
        script[f"/simple/{name.replace('_', '-')}/"] = guarded(Reply(page, headers={"Content-Type": "text/html"}))
        script |= {f"/files/{path.name}.metadata": guarded(Reply(metadata(path))) for path in wheels}
    with Server(script) as server:
        yield server


def with_login(server: Server, login: str) -> str:
    """Return the address of the index with a login in it."""
    return f"{server.url.replace('//', f'//{login}@')}/simple"


@pytest.mark.parametrize("given", ["named", "variable", "pip.conf"])
def test_a_login_is_passed_on(
    ask: Ask, index: Server, given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index's address with its login reaches the resolver: from the caller, from a variable, from pip.conf."""
    url = with_login(index, "bob:s3cr3t%2Fx")
    if given == "variable":
        monkeypatch.setenv("PIP_INDEX_URL", url)
    if given == "pip.conf":
        (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {url}\n")
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    found = ask("app", indexes=Index(url if given == "named" else ""))
    assert pins(found)["core-parts"] == "1.9", problems(found)
    assert "s3cr3t" not in repr(found)


def test_a_wrong_login_is_told_and_not_shown(ask: Ask, index: Server) -> None:
    """A refused login is a problem; no user name and no password is in it."""
    found = ask("app", indexes=Index(with_login(index, "bob:hunter2")))
    assert found.dependencies == ()
    assert found.problems
    assert not re.search("bob|hunter2", repr(found))


def test_a_login_is_on_no_command_line(ask: Ask, index: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever lists the processes of the machine sees no login."""
    commands: list[str] = []
    start = subprocess.Popen

    def note(command: list[str], **settings: Any) -> Any:
        commands.append(" ".join(command))
        return start(command, **settings)

    monkeypatch.setattr(subprocess, "Popen", note)
    ask(
        "web",
        indexes=Index(with_login(index, "bob:s3cr3t%2Fx"), find_links=(f"{with_login(index, 'alice:hunter2')}/",)),
    )
    assert commands
    assert not re.search("bob|s3cr3t|alice|hunter2", "".join(commands))


class Noting(BaseHTTPRequestHandler):
    """Has nothing, and notes what it is asked for."""

    paths: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer that there is no such thing."""
        self.paths.append(self.path)
        self.send_error(404)

    def do_HEAD(self) -> None:
        """Answer the same."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def paths() -> Iterator[tuple[str, list[str]]]:
    """Return the address of a server that has nothing, and the paths that it was asked for."""
    Noting.paths.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", Noting.paths
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_wheel_cannot_ask_for_variables(
    ask: Ask, program: str, links: Path, paths: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What uv fills into addresses of a wheel's metadata is neither the user's variables nor those of the index."""
    url, asked = paths
    monkeypatch.setenv("TOKEN", "hidden-one")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", url.replace("//", "//hidden:two@"))
    names = ("TOKEN", "PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_DEFAULT_INDEX", "HOME")
    address = f"{url}/{'/'.join('${' + name + '}' for name in names)}/web-1.0-py3-none-any.whl"
    trap = wheel(links, "trap", "1.0", [f"web @ {address}"])
    found = ask(f"trap @ {trap.as_uri()}")
    assert [each.gap for each in found.problems] == ["unresolved"]
    assert pins(found).get("web", "") == ""
    assert asked
    assert "hidden" not in " ".join(asked) + repr(found)
    if program == "uv":
        assert os.environ["HOME"] in asked[0], "the trap is real: uv fills in what is there"


def test_a_wheel_at_an_address_is_not_given_together_with_a_proxys_login(
    ask: Ask, links: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one login that stays in a variable is that of a proxy: then only projects by name are resolved."""
    monkeypatch.setenv("HTTPS_PROXY", "http://bob:hunter2@127.0.0.1:9")
    found = ask("web", f"other @ {(links / 'other-1.0-py3-none-any.whl').as_uri()}")
    assert pins(found) == {"web": "2.0", "core-parts": "2.1"}
    assert [str(each.place) for each in found.problems] == ["r.txt:2"]
    assert not re.search("bob|hunter2", repr(found))
