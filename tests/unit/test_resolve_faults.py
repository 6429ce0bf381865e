"""Resolvers that fail in every way a program can: one problem each time, nothing left running, nothing left behind."""

import json
import os
import select
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pip_assay.model import Place
from pip_assay.sources.resolve import Index, Question, Resolved, Root, process, programs, resolve, uv

LOGIN = "https://bob:hunter2@index.example/simple?token=hunter2"


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which scratch folders are made."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what puts a `uv` on PATH that tells a version and then does as the code says."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def fake(code: str) -> None:
        path = folder / "uv"
        version = "if '--version' in sys.argv: sys.exit('uv 9.9.9 (fake)' and print('uv 9.9.9 (fake)'))\n"
        path.write_text(f"#!{sys.executable} -IS\nimport os, sys, time\n{version}{code}\n")
        path.chmod(0o755)

    return fake


def ask(tmp_path: Path, *lines: str, timeout: float = 60.0, offline: bool = False) -> Resolved:
    """Ask what the lines bring in, without an earlier answer."""
    roots = tuple(Root(line, Place("r.txt", number), line.partition("=")[0]) for number, line in enumerate(lines, 1))
    question = Question(roots, (), Index(LOGIN), str(tmp_path / "project"))
    return resolve(
        question, environ=dict(os.environ), cache=str(tmp_path / "cache"), now=1.0, timeout=timeout, offline=offline
    )


def only_problem(resolved: Resolved) -> str:
    """Return the one problem of an answer that holds no dependency."""
    assert resolved.dependencies == ()
    assert [each.gap for each in resolved.problems] == ["unresolved"]
    text = str(resolved.problems[0])
    assert text.isprintable()
    assert len(text) < 500
    return text


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("print('garbage')", "uv answered what cannot be read: garbage"),
        ("print('{\"a\": 1}')", "uv answered what cannot be read"),
        ("os.write(1, bytes(range(256)))", "uv answered what cannot be read"),
        ("print('web==1.0\\nweb')", "uv answered what cannot be read: web"),
        ("print('web==1.0 --hash=sha256:00')", "uv answered what cannot be read: web==1.0 --hash"),
        ("", "is not in the answer of uv 9.9.9"),
        ("print('# web==1.0')", "is not in the answer of uv 9.9.9"),
        ("sys.exit(2)", "uv failed"),
        ("os.kill(os.getpid(), 11)", "uv failed"),
        ("sys.exit('error: out of order\\n  cause: no reason')", "uv failed: out of order cause: no reason"),
        ("sys.exit('error: ' + 'long ' * 100_000)", "uv failed: long long"),
        (f"sys.exit('error: \\x1b[31mcannot ask {LOGIN} \\u202e\\x07')", "cannot ask https://index.example/simple"),
        ("sys.exit('Because a was not found in the package registry')", "uv failed"),
    ],
)
def test_a_failing_uv_is_one_problem(
    fake: Callable[[str], None], tmp_path: Path, scratch: Path, code: str, told: str
) -> None:
    """Whatever uv answers, it is told in a line, without logins and control characters, and nothing is kept."""
    fake(code)
    text = only_problem(ask(tmp_path, "web"))
    assert told in text
    assert "hunter2" not in text
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "cache").exists() or code in ("", "print('# web==1.0')")


@pytest.mark.parametrize(
    "program", ["#!/nowhere/to/be/found\n", "", "\0\0\0\0", f"#!{sys.executable} -IS\nprint('something else 1.0')\n"]
)
def test_what_is_no_uv_is_a_problem(fake: Callable[[str], None], tmp_path: Path, program: str) -> None:
    """A `uv` that cannot be started, or is another program, is a problem."""
    fake("")
    (tmp_path / "bin" / "uv").write_text(program)
    assert "cannot be" in only_problem(ask(tmp_path, "web"))


def test_a_hanging_uv_is_ended(fake: Callable[[str], None], tmp_path: Path, scratch: Path) -> None:
    """When the time is over, uv and all that it started are ended, and nothing of them is left."""
    fifo = tmp_path / "held"
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    fake(f"os.fork()\nkept = os.open({str(fifo)!r}, os.O_WRONLY)\ntime.sleep(600)")
    assert "took too long" in only_problem(ask(tmp_path, "web", timeout=1.0))
    assert is_closed(held)
    assert list(scratch.iterdir()) == []


def test_an_interrupt_ends_uv(
    fake: Callable[[str], None], tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C goes on to the caller, and uv does not go on."""
    fifo = tmp_path / "held"
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    fake(f"kept = os.open({str(fifo)!r}, os.O_WRONLY)\ntime.sleep(600)")

    def interrupt(_: str) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "_written", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ask(tmp_path, "web")
    assert is_closed(held)
    assert list(scratch.iterdir()) == []


def is_closed(held: int) -> bool:
    """Return whether nobody holds the other end of the pipe any more, having waited for the system to see to it."""
    try:
        while select.select([held], [], [], 10.0)[0]:
            if os.read(held, 100) == b"":
                return True
        return False
    finally:
        os.close(held)


@pytest.mark.parametrize("stream", [1, 2])
def test_an_uv_without_end_is_ended(
    fake: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: int
) -> None:
    """What writes too much is ended, and what it wrote is not read."""
    monkeypatch.setattr(process, "MOST", 100_000)
    fake(f"while True: os.write({stream}, b'# ' + b'x' * 10_000 + b'\\n')")
    assert "wrote more than" in only_problem(ask(tmp_path, "web"))


def test_refusals_come_to_an_end(fake: Callable[[str], None], tmp_path: Path) -> None:
    """An uv that refuses another project each time is asked a limited number of times."""
    count = tmp_path / "count"
    fake(
        f"open({str(count)!r}, 'a').write('x')\n"
        f"size = os.path.getsize({str(count)!r})\n"
        "print(f'Because p{size} was not found in the package registry', file=sys.stderr)\nsys.exit(1)"
    )
    only_problem(ask(tmp_path, "web"))
    assert len(count.read_text()) == uv.ROUNDS


def test_uv_sees_only_what_it_needs(
    fake: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole environment, folder and input of the program: no variable, file or line of anything else."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "VIRTUAL_ENV", "UV_CONFIG_FILE", "UV_PROJECT", "UV_NO_BINARY"):
        monkeypatch.setenv(name, "/nowhere")
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL"):
        monkeypatch.setenv(name, LOGIN)
    monkeypatch.setenv("UV_CACHE_DIR", "relative")
    seen = tmp_path / "seen.json"
    fake(
        f"import json\njson.dump([dict(os.environ), os.getcwd(), sys.argv, sys.stdin.read()], open({str(seen)!r}, 'w'))"
    )
    ask(tmp_path, "web")
    environ, folder, command, given = json.loads(seen.read_text())
    assert environ.keys() - {"LC_CTYPE", "LC_ALL", "LANG"} == {
        "HOME", "PATH", "TEMP", "TMP", "TMPDIR", "UV_CACHE_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS",
    }  # fmt: skip
    assert environ["UV_CACHE_DIR"] == os.path.abspath("relative")
    assert "hunter2" not in json.dumps([environ, command])
    assert given == f"--index-url {LOGIN}\n"
    assert os.path.dirname(folder) == str(tmp_path / "scratch")
    assert {"--no-config", "--no-python-downloads", "--only-binary", ":all:"} < set(command)
    assert command[command.index("--python") + 1] == sys.executable


@pytest.fixture
def fake_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what makes the resolver a pip that does as the code says."""
    monkeypatch.setenv("PATH", "")
    package = tmp_path / "site" / "pip"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.setattr(programs, "installed_uv", str)
    monkeypatch.setattr(programs, "_pip", lambda: str(package.parent))
    # The interpreter has a pip of its own, which comes first on its path.
    guard = "import sys, runpy\nrunpy.run_path(sys.argv.pop(1) + '/pip/__main__.py')"
    monkeypatch.setattr("pip_assay.sources.resolve.pip.code", lambda *_, **__: guard)

    def fake(code: str) -> None:
        (package / "__main__.py").write_text(f"import os, sys\n{code}\n")

    return fake


def report(**changes: object) -> dict[str, object]:
    """Return a good report of one package, but for the changes in its entry."""
    entry: dict[str, object] = {
        "metadata": {"name": "web", "version": "1.0"}, "requested": True, "is_direct": False,
        "download_info": {"url": "https://index.example/web-1.0-py3-none-any.whl"},
    }  # fmt: skip
    return {"pip_version": "99", "environment": {"python_version": "3.11"}, "install": [{**entry, **changes}]}


def test_the_fake_pip_answers(fake_pip: Callable[[str], None], tmp_path: Path) -> None:
    """The report that the next test breaks is a good one."""
    fake_pip(f"open('report.json', 'w').write({json.dumps(report())!r})")
    found = ask(tmp_path, "web")
    assert (found.problems, found.resolver, found.dependencies[0].pin.version) == ((), "pip 99", "1.0")


@pytest.mark.parametrize(
    "written",
    [
        "", "{", "[]", "null", '{"install": []}', "[" * 100_000, {**report(), "install": {}},
        {**report(), "install": [1]}, {**report(), "environment": []}, {**report(), "install": [{}]},
        report(metadata={"name": "web", "version": 1}), report(metadata={"name": 1, "version": "1"}),
        report(metadata={"name": "web", "version": "1", "requires_dist": [1]}), report(requested_extras=1),
        report(is_direct=True, download_info=None),
    ],
)  # fmt: skip
def test_a_broken_report_is_one_problem(fake_pip: Callable[[str], None], tmp_path: Path, written: object) -> None:
    """A report that is none, or not of the documented form, is a problem."""
    text = written if isinstance(written, str) else json.dumps(written)
    fake_pip(f"open('report.json', 'w').write({text!r})")
    assert "pip answered what cannot be read" in only_problem(ask(tmp_path, "web"))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("", "does not exist"),
        (f"sys.exit('ERROR: cannot ask {LOGIN}')", "pip failed: cannot ask https://index.example/simple"),
        ("sys.exit('ERROR: Ignored the following versions: 1\\nERROR: real')", "pip failed: real"),
        (
            "sys.exit('ERROR: Cannot install -r requirements.in (line 1): conflicting dependencies\\nERROR: else')",
            "no set of releases fits: Cannot install web: conflicting",
        ),
        ("sys.exit('ERROR: No matching distribution found for deep>1 (from other)')", "pip failed"),
        ("sys.exit('no such option: --uploaded-prior-to')", "this pip cannot leave out releases by date"),
        (
            f"sys.exit('ERROR: Index {LOGIN}/web/ does not provide upload-time metadata.')",
            "an index does not say when its releases were uploaded",
        ),
    ],
)
def test_a_failing_pip_is_one_problem(fake_pip: Callable[[str], None], tmp_path: Path, code: str, told: str) -> None:
    """What pip says is told in a line, with names in place of its line numbers."""
    fake_pip(code)
    text = only_problem(ask(tmp_path, "web"))
    assert told in text
    assert "hunter2" not in text


def test_without_any_resolver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is neither uv nor pip, the problem says how to get one; offline, that it is offline."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(programs, "installed_uv", str)
    monkeypatch.setattr(programs, "_pip", str)
    assert "pip install 'pip-assay[resolve]', or give a lock" in only_problem(ask(tmp_path, "web"))
    assert "--offline" in only_problem(ask(tmp_path, "web", offline=True))


def test_a_broken_configuration_is_one_problem(
    fake: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pip.conf or uv.toml of the user's that cannot be read is named, and not quoted."""
    fake("print('web==1.0  # via -r requirements.in')")
    path = Path(os.environ["HOME"]) / ".config" / "uv" / "uv.toml"
    path.parent.mkdir(parents=True)
    path.write_text(f"[[index]\nurl = '{LOGIN}'\n")
    text = only_problem(ask(tmp_path, "web"))
    assert str(path) in text
    assert "hunter2" not in text
    assert ask(tmp_path) == Resolved((), (), "")
    path.unlink()
    (tmp_path / "pip.conf").write_text(f"index-url = {LOGIN}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    text = only_problem(ask(tmp_path, "web"))
    assert "pip.conf" in text
    assert "hunter2" not in text


def test_no_scratch_folder(fake: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no scratch folder can be made, that is the problem."""
    fake("")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert "no scratch folder can be used" in only_problem(ask(tmp_path, "web"))
