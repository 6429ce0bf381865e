"""Which program is asked, what it sees of the user's environment, and what is remembered of its answers."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pip_assay.errors import UsageError
from pip_assay.model import INDEX, Origin, Place
from pip_assay.sources.resolve import cache, programs, surroundings, uv_settings
from pip_assay.sources.resolve.nouns import Answer, Handed, Index, Line, Package, Question, Refused, Root
from pip_assay.sources.resolve.pip import Pip
from pip_assay.sources.resolve.uv import Uv

LOGIN = "https://bob:pw@index.example/simple"


def test_programs_of_the_target_are_never_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither relative places, nor the active environment, nor the audited folder lead to a program."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("project/bin", "home/bin", "env/bin", "conda/bin", "usr/bin"):
        (tmp_path / name).mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "project")
    own = os.path.join(sys.prefix, "bin")
    places = ["", ".", "bin", str(link / "bin")]
    places += [str(tmp_path / name) for name in ("project/bin", "home/bin", "env/bin", "conda/bin", "usr/bin")]
    environ = {
        "PATH": os.pathsep.join([*places, own]),
        "VIRTUAL_ENV": str(tmp_path / "env"),
        "CONDA_PREFIX": str(tmp_path / "conda"),
    }
    kept = [str(tmp_path / name) for name in ("home/bin", "usr/bin")]
    assert programs.search_path(environ, str(tmp_path / "project")).split(os.pathsep) == [*kept, own]
    for folder in ("home", ""):  # whoever audits what lies in their home still has their programs
        found = programs.search_path({"PATH": environ["PATH"]}, str(tmp_path / folder)).split(os.pathsep)
        assert str(tmp_path / "home/bin") in found
    assert programs.search_path({"PATH": own, "VIRTUAL_ENV": sys.prefix}, sys.prefix) == own


def test_which_program_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The uv on PATH comes before the installed one, which comes before pip."""
    program = tmp_path / "uv"
    program.touch(mode=0o755)
    monkeypatch.setattr(programs, "installed_uv", lambda: "/installed/uv")
    found = programs.find({"PATH": str(tmp_path)}, str(tmp_path / "project"))
    assert isinstance(found, Uv)
    assert found.identity().startswith(f"{program} 0 ")
    assert isinstance(programs.find({"PATH": ""}, "."), Uv)
    assert Uv("/nowhere/uv", "").identity() == "/nowhere/uv"
    monkeypatch.setattr(programs, "installed_uv", str)
    assert isinstance(programs.find({"PATH": ""}, "."), Pip)


def test_the_pip_that_comes_with_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no pip is installed, as in what pipx and uv make, the wheel in the standard library is used."""
    import importlib.util

    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pip" else find_spec(name))
    where = programs._pip()
    if not where:
        pytest.skip("this interpreter's ensurepip brings no pip")
    assert os.path.basename(where).startswith("pip-")
    assert Pip(where, "").identity().startswith(where)


def test_indexes_add_up_as_in_pip() -> None:
    """A main index replaces, extra indexes and folders add up, paths become addresses."""
    configured = {
        "index-url": "https://a.example", "extra-index-url": "https://b.example\nhttps://c.example",
        "find-links": "wheels https://d.example/", "no-index": "true", "trusted-host": "b.example", "pre": "0",
    }  # fmt: skip
    own = surroundings.pips_index(configured)
    named = Index(
        "",
        ("https://b.example", "https://e.example/a b", "https://f.example/\n-e .${HOME}\n"),
        ("/more wheels",),
        pre=True,
    )
    wheels = Path("wheels").absolute().as_uri()
    assert surroundings.merged(own, named) == Index(
        "https://a.example",
        ("https://b.example", "https://c.example", "https://e.example/a%20b", "https://f.example/%0A-e%20.%24{HOME}"),
        (wheels, "https://d.example/", "file:///more%20wheels"),
        none=True, trusted_hosts=("b.example",), pre=True,
    )  # fmt: skip
    assert surroundings.merged(own, Index("https://f.example")).url == "https://f.example"


def test_uv_gets_pips_indexes_unless_it_has_its_own(tmp_path: Path) -> None:
    """Whoever told uv nothing gets pip's indexes, used as pip uses them; else uv's own count, used as uv does."""
    uv = Uv("/bin/uv", "/bin")
    environ = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": LOGIN}
    index, seen = uv.settings(Index(), environ)
    assert (index, seen["UV_INDEX_STRATEGY"]) == (Index(extra=(LOGIN,)), "unsafe-best-match")
    index, seen = uv.settings(Index(), {**environ, "UV_INDEX": "https://own.example"})
    assert (index, "UV_INDEX_STRATEGY" in seen) == (Index(extra=("https://own.example",)), False)
    assert "pw" not in str(seen)
    index, seen = uv.settings(Index(), environ, uses_pip=False)
    assert (index, "UV_INDEX_STRATEGY" in seen) == (Index(), False)


def test_pips_settings_without_its_indexes(tmp_path: Path) -> None:
    """What is no place of releases stays as it was, whether a variable or a file says it."""
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nproxy = http://p.example\nindex-url = https://i.example\nfind-links = /wheels\n")
    environ = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(file), "PIP_EXTRA_INDEX_URL": LOGIN, "PIP_CERT": "/c.pem"}
    found = surroundings.without_pips_indexes(environ)
    kept = surroundings.pip_configured(found)
    assert (kept["proxy"], kept["cert"], found["HOME"]) == ("http://p.example", "/c.pem", str(tmp_path))
    assert not kept.keys() & {"index-url", "extra-index-url", "find-links", "no-index"}


def test_uvs_own_settings(tmp_path: Path) -> None:
    """Uv's variables and configuration files give its indexes, with the logins that variables hold by name."""
    environ = {
        "HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "system"),
        "UV_INDEX_CORP_NEW_USERNAME": "bob", "UV_INDEX_CORP_NEW_PASSWORD": "p/w",
    }  # fmt: skip
    assert uv_settings.read(environ) is None
    assert uv_settings.read(environ | {"UV_INDEX_URL": "https://old.example"}) == Index("https://old.example")
    variables = {
        "UV_DEFAULT_INDEX": "corp-new=https://eve@index.example/simple", "UV_INDEX": "https://a.example?x=y b=https://b.example",
        "UV_EXTRA_INDEX_URL": "https://c.example", "UV_FIND_LINKS": "/wheels,https://d.example",
    }  # fmt: skip
    assert uv_settings.read(environ | variables) == Index(
        "https://bob:p%2Fw@index.example/simple",
        ("https://c.example", "https://a.example?x=y", "https://b.example"),
        ("file:///wheels", "https://d.example"),
    )
    for folder, text in {
        "system": 'extra-index-url = ["https://s.example"]\nindex-url = "https://system.example"\n',
        ".config": '[[index]]\nname = "corp.new"\nurl = "https://index.example"\ndefault = true\n'
        '[[index]]\nurl = "https://more.example"\n[[index]]\nurl = "https://not.example"\nexplicit = true\n'
        '[pip]\nfind-links = ["/wheels", 1]\nno-index = true\n',
    }.items():
        (tmp_path / folder / "uv").mkdir(parents=True)
        (tmp_path / folder / "uv" / "uv.toml").write_text(text)
    assert uv_settings.read(environ) == Index(
        "https://bob:p%2Fw@index.example", ("https://s.example", "https://more.example"), ("file:///wheels",), none=True
    )


@pytest.mark.parametrize("text", ["[", "a = 1\na = 2", "\xff", "a = " + "[" * 10_000])
def test_a_broken_configuration_of_uv_is_an_error(tmp_path: Path, text: str) -> None:
    """A uv.toml of the user's that cannot be read is a settings error that names it."""
    path = tmp_path / ".config" / "uv" / "uv.toml"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=r"uv\.toml"):
        uv_settings.read({"HOME": str(tmp_path)})


@pytest.mark.parametrize(
    "index",
    [
        "index = 1", "index = [1]", "[index]\na = 1", "[[index]]\nurl = 1", "index-url = 1", "extra-index-url = 'a'",
        "pip = 1",
    ],
)  # fmt: skip
def test_odd_values_in_the_configuration_of_uv_are_left_out(tmp_path: Path, index: str) -> None:
    """A value of the wrong type gives no index."""
    path = tmp_path / ".config" / "uv" / "uv.toml"
    path.parent.mkdir(parents=True)
    path.write_text(index)
    found = uv_settings.read({"HOME": str(tmp_path)})
    assert found is None or "example" not in f"{found.url}{found.extra}"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"SSL_CERT_FILE": "a.pem"}, {"SSL_CERT_FILE": "a.pem"}),
        ({"PIP_CERT": "a.pem", "SSL_CERT_FILE": "b.pem"}, {"SSL_CERT_FILE": "a.pem"}),
        ({"REQUESTS_CA_BUNDLE": "."}, {"SSL_CERT_DIR": "."}),
        ({"SSL_CERT_DIR": "certificates"}, {"SSL_CERT_DIR": "certificates"}),
    ],
)
def test_uv_trusts_what_pip_trusts(tmp_path: Path, environ: dict[str, str], expected: dict[str, str]) -> None:
    """The named certificates are passed on by an absolute path; where none are named, the system's count."""
    base = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    _, seen = Uv("/bin/uv", "/bin").settings(Index(), base | environ)
    found = {name: value for name, value in seen.items() if "CERT" in name}
    assert found == {name: os.path.abspath(value) for name, value in expected.items()}
    _, seen = Uv("/bin/uv", "/bin").settings(Index(), base)
    assert seen["UV_SYSTEM_CERTS"] == "true"


def test_pips_proxy_is_uvs(tmp_path: Path) -> None:
    """The proxy of pip's settings counts for uv as well, and a login in it is noticed."""
    environ = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull, "PIP_PROXY": "http://bob:pw@proxy.example"}
    _, seen = Uv("/bin/uv", "/bin").settings(Index(), environ)
    assert seen["HTTPS_PROXY"] == seen["HTTP_PROXY"] == "http://bob:pw@proxy.example"
    assert surroundings.hold_proxy_login(seen)
    assert not surroundings.hold_proxy_login({"https_proxy": "http://proxy.example", "PIP_INDEX_URL": LOGIN})
    assert surroundings.hold_proxy_login({"https_proxy": "bob:pw@proxy.example"})


def test_pip_gets_the_indexes_in_variables(tmp_path: Path) -> None:
    """Pip gets all index settings as variables, and none of the settings that would stop or change an answer."""
    environ = {
        "HOME": str(tmp_path), "PIP_CONFIG_FILE": "own.conf", "PIP_EXTRA_INDEX_URL": "https://a.example",
        "PIP_NO_DEPS": "1", "PIP_TARGET": "/x", "PIP_CERT": "a.pem", "VIRTUAL_ENV": "/x", "TOKEN": "x",
    }  # fmt: skip
    index = Index(LOGIN, ("https://b.example",), ("/wheels",), none=True, trusted_hosts=("b.example",), pre=True)
    _, seen = Pip("/site", "/bin").settings(index, environ)
    assert seen == {
        "HOME": str(tmp_path), "PATH": "/bin", "PIP_CONFIG_FILE": os.path.abspath("own.conf"),
        "PIP_CERT": os.path.abspath("a.pem"), "PIP_INDEX_URL": LOGIN,
        "PIP_EXTRA_INDEX_URL": "https://a.example https://b.example", "PIP_FIND_LINKS": "file:///wheels",
        "PIP_NO_INDEX": "1", "PIP_TRUSTED_HOST": "b.example", "PIP_PRE": "1", "PIP_NO_DEPS": "0", "PIP_USER": "0",
        "PIP_REQUIRE_HASHES": "0", "PIP_REQUIRE_VIRTUALENV": "0",
    }  # fmt: skip


ANSWER = Answer("uv 1", (
    Package("a", "1", ("b", "c"), True, Origin("url", "https://index.example/a")), Package("b", "2"),
    Package("c", "", (), False, INDEX, "it has no wheel"),
))  # fmt: skip


HANDED = Handed(
    (Line("a @ https://bob:pw@index.example/a", "a", "A", 0, False, "https://index.example/a"), Line("b", "b", "b", 2)),
    refused=(Refused(1, "needs a build"), Refused(-1, "has a constraint")),
)
READ = HANDED._replace(lines=tuple(each._replace(text="") for each in HANDED.lines))
"""What is read back: without the texts, which may hold credentials and are no longer needed."""


def question(**changes: Any) -> Question:
    """Return a question, but for the changes."""
    root = Root("a==1", Place("r.txt", 1), "a")
    return Question((root,), ("c<2",), Index(LOGIN), "/x", ("d==1",), "3.9", "linux", "2026-01-01")._replace(**changes)


def test_a_stored_answer_comes_back(tmp_path: Path) -> None:
    """What is stored is read back whole for a day, is the owner's alone, and holds no credentials."""
    folder = str(tmp_path / "new" / "cache")
    key = cache.key(question(), Index(LOGIN), {}, "uv 1")
    for answer in (ANSWER._replace(unfit="no set of releases fits"), ANSWER):
        cache.store(folder, key, HANDED, answer, 1000.0)
        assert cache.load(folder, key, 1000.0, 3) == (READ, answer)
    assert cache.load(folder, key, 1000.0 + cache.DAY - 1, 3) == (READ, ANSWER)
    assert cache.load(folder, key, 1000.0 + cache.DAY, 3) is None
    assert cache.load(folder, key, 999.0, 3) is None
    assert cache.load(folder, key[::-1], 1000.0, 3) is None
    [path] = Path(folder).iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert Path(folder).stat().st_mode & 0o777 == 0o700
    assert "pw" not in path.name + path.read_text()


def test_the_key_changes_with_the_question() -> None:
    """All of the question is part of the key but places and groups; so are the program, its indexes and settings."""

    def key(changed: Question, url: str = LOGIN, program: str = "uv", **environ: str) -> str:
        return cache.key(changed, Index(url), environ, program)

    elsewhere = Root("a==1", Place("other.txt", 9), "a", "group:dev")
    assert key(question(roots=(elsewhere,)), HOME="/h") == key(question())
    changes: list[dict[str, Any]] = [
        {"roots": (elsewhere._replace(text="a==2"),)}, {"roots": (elsewhere, elsewhere)}, {"constraints": ()},
        {"overrides": ()}, {"constraints": ("c<2", "d==1"), "overrides": ()}, {"python": "3.10"}, {"platform": ""},
        {"exclude_newer": ""}, {"allow_build": True}, {"folder": "/y"},
    ]  # fmt: skip
    keys = [key(question(**each)) for each in changes]
    keys += [key(question()), key(question(), ""), key(question(), program="pip")]
    keys += [key(question(), UV_INDEX_STRATEGY="x"), key(question(), HTTPS_PROXY="http://a:b@proxy.example")]
    assert len(set(keys)) == len(keys)


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    """An answer holds as long as the wheels on this machine that were handed over; one with a folder is not kept."""
    wheel, folder = tmp_path / "a.whl", str(tmp_path / "cache")
    wheel.touch()
    handed = HANDED._replace(files=((str(wheel), surroundings.identity(str(wheel))),))
    cache.store(folder, "k", handed, ANSWER, 1.0)
    assert cache.load(folder, "k", 1.0, 3) is not None
    wheel.write_text("x")
    assert cache.load(folder, "k", 1.0, 3) is None
    cache.store(folder, "l", HANDED._replace(files=((str(tmp_path), ""),)), ANSWER, 1.0)
    assert cache.load(folder, "l", 1.0, 3) is None


def test_only_lasting_answers_are_kept(tmp_path: Path) -> None:
    """An answer that a minute may change is not kept."""
    cache.store(str(tmp_path / "cache"), "k", HANDED, ANSWER._replace(lasting=False), 1.0)
    assert not (tmp_path / "cache").exists()


def test_old_answers_are_removed(tmp_path: Path) -> None:
    """Storing an answer removes those that are older than a day, and nothing else in the folder."""
    for name, age in (("resolved-old.json", 2), ("resolved-new.json", 0), ("osv.sqlite", 9)):
        path = tmp_path / name
        path.touch()
        os.utime(path, (1e9 - age * cache.DAY, 1e9 - age * cache.DAY))
    cache.store(str(tmp_path), "k", HANDED, ANSWER, 1e9)
    assert {path.name for path in tmp_path.iterdir()} == {"resolved-new.json", "resolved-k.json", "osv.sqlite"}


STORED = {
    "at": 1.0, "resolver": "uv 1", "unfit": "", "packages": [["a", "1", ["b"], True, ["index", ""], ""]],
    "lines": [["a", "A", 0, True, ""]], "refused": [[1, "x"]], "files": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "written",
    [
        "", "x", "[]", "1", "null", "[" * 100_000, b"\xff", STORED | {"at": "1"}, STORED | {"at": None},
        STORED | {"resolver": 1}, STORED | {"packages": 1}, STORED | {"packages": [1]}, STORED | {"packages": [[]]},
        STORED | {"packages": [["a", "1", ["b"], True, ["index"], ""]]},
        STORED | {"packages": [["a", "1", [1], True, ["index", ""], ""]]},
        STORED | {"packages": [["a", 1, ["b"], True, ["index", ""], ""]]},
        STORED | {"packages": [["a", "1", ["b"], 1, ["index", ""], ""]]},
        STORED | {"packages": [["a", "1", ["b"], True, ["evil", ""], ""]]},
        STORED | {"packages": [["a", "1", "b", True, ["index", ""], ""]]}, {},
        STORED | {"lines": 1}, STORED | {"lines": [["a", "A", 0, 1, ""]]}, STORED | {"lines": [["a"]]},
        STORED | {"lines": [["a", "A", "0", True, ""]]}, STORED | {"lines": [["a", "A", 3, True, ""]]},
        STORED | {"refused": [1]}, STORED | {"refused": [["1", "x"]]}, STORED | {"refused": [[-2, "x"]]},
        STORED | {"unfit": 1}, STORED | {"files": [1]}, STORED | {"files": [[1, ""]]},
    ],
)  # fmt: skip
def test_an_odd_file_is_no_answer(tmp_path: Path, written: str | bytes | dict[str, object]) -> None:
    """Anything odd in a stored answer means that there is none."""
    path = tmp_path / "resolved-k.json"
    path.write_text(json.dumps(STORED))
    assert cache.load(str(tmp_path), "k", 1.0, 3) is not None
    if isinstance(written, dict):
        path.write_text(json.dumps(written))
    else:
        path.write_bytes(written.encode() if isinstance(written, str) else written)
    assert cache.load(str(tmp_path), "k", 1.0, 3) is None


def test_a_large_file_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stored answer of more than the limit is not read."""
    (tmp_path / "resolved-k.json").write_text(json.dumps(STORED))
    monkeypatch.setattr(cache, "LIMIT", 10)
    assert cache.load(str(tmp_path), "k", 1.0, 3) is None


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    """Storing where nothing can be stored is not an error."""
    (tmp_path / "file").touch()
    cache.store(str(tmp_path / "file"), "k", HANDED, ANSWER, 1.0)
    (tmp_path / "resolved-k.json").mkdir()
    cache.store(str(tmp_path), "k", HANDED, ANSWER, 1.0)
    assert cache.load(str(tmp_path), "k", 1.0, 3) is None
