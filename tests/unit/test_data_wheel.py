"""The data wheel: right by the standard, found where it is installed, and used when it knows more than the cache."""

import base64
import csv
import hashlib
import importlib.metadata
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import venv
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from pip_assay.advisories import build, data_wheel, database, draft, in_use, local
from pip_assay.advisories.cves import SignalList
from pip_assay.advisories.signal_lists import sum_of
from pip_assay.errors import DatabaseError, Unreadable, UsageError
from pip_assay.settings import Outside, Settings
from tests.osv_export import archive, export, record

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
SOURCE = Path(__file__).resolve().parents[2] / "src"
MONDAY, TUESDAY = "2027-01-11T06:00:00Z", "2027-01-12T06:00:00Z"


def made(path: Path, *records: dict[str, object]) -> str:
    """A database of these records."""
    build.build(str(path), [archive(path.parent / path.stem / "all.zip", *records)], now=NOW)
    return str(path)


@pytest.fixture
def wheel(tmp_path: Path) -> str:
    """A data wheel with one record of Tuesday."""
    return data_wheel.build(made(tmp_path / "tuesday.db", record("W-1", modified=TUESDAY)), str(tmp_path / "dist"))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for installed packages on this interpreter's path."""
    folder = tmp_path / "lib" / "site-packages"
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", ["", str(folder)])
    return folder


def install(wheel: str, folder: Path) -> None:
    """Put the wheel's files where an installer would; `python -m zipfile` is one for pure wheels."""
    subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, str(folder)], check=True)


def outside(tmp_path: Path, now: float = NOW, **environ: str) -> Outside:
    """A world with these variables and an empty cache."""
    return Outside({"PIP_ASSAY_CACHE": str(tmp_path / "cache"), **environ}, str(tmp_path), now)


def offline(tmp_path: Path, **named: object) -> Settings:
    """Settings that open no connection."""
    return Settings(cache=str(tmp_path / "cache"), offline=True, **named)  # type: ignore[arg-type]


# --- the wheel -------------------------------------------------------------------------------------


def test_the_name_is_that_of_the_day_of_the_newest_record(wheel: str) -> None:
    """The file is named as packaging reads it, and a later wheel of the day and of the next day are newer."""
    name, version, number, tags = parse_wheel_filename(os.path.basename(wheel))
    assert (name, str(version), number, {str(tag) for tag in tags}) == (
        "pip-assay-db",
        "2027.1.12",
        (),
        {"py3-none-any"},
    )
    assert version < Version("2027.1.12.post1") < Version("2027.1.12.post2") < Version("2027.1.13")


def test_every_file_is_recorded_as_the_standard_says(wheel: str, tmp_path: Path) -> None:
    """RECORD lists each file of the wheel once, with the SHA-256 and the size that it has, and itself without."""
    about = "pip_assay_db-2027.1.12.dist-info"
    with zipfile.ZipFile(wheel) as opened:
        assert opened.testzip() is None
        found = {name: opened.read(name) for name in opened.namelist()}
        assert len(found) == len(opened.namelist())
        assert opened.namelist()[-1] == f"{about}/RECORD"
    rows = list(csv.reader(io.StringIO(found[f"{about}/RECORD"].decode())))
    assert sorted(row[0] for row in rows) == sorted(found)
    for name, digest, size in rows:
        if name == f"{about}/RECORD":
            assert (digest, size) == ("", "")
        else:
            algorithm, _, encoded = digest.partition("=")
            assert (algorithm, int(size)) == ("sha256", len(found[name]))
            assert base64.urlsafe_b64decode(encoded + "=") == hashlib.sha256(found[name]).digest()
    metadata = Metadata.from_email(found[f"{about}/METADATA"], validate=True)
    assert (metadata.name, str(metadata.version)) == ("pip-assay-db", "2027.1.12")
    words = dict(line.split(": ") for line in found[f"{about}/WHEEL"].decode().splitlines())
    assert (words["Wheel-Version"], words["Root-Is-Purelib"], words["Tag"]) == ("1.0", "true", "py3-none-any")
    assert found["pip_assay_db/advisories.db"] == (tmp_path / "tuesday.db").read_bytes()


def test_the_same_database_makes_the_same_wheel(wheel: str, tmp_path: Path) -> None:
    """Two builds are equal to the byte, and a build over an equal one changes nothing."""
    before = os.stat(wheel)
    assert data_wheel.build(str(tmp_path / "tuesday.db"), str(tmp_path / "dist")) == wheel
    assert os.stat(wheel) == before
    again = data_wheel.build(str(tmp_path / "tuesday.db"), str(tmp_path / "new" / "deep"))
    assert Path(again).read_bytes() == Path(wheel).read_bytes()


def test_a_second_wheel_of_a_day_has_a_number(wheel: str, tmp_path: Path) -> None:
    """No wheel is overwritten by one with other data: the next is numbered."""
    before = Path(wheel).read_bytes()
    other = made(tmp_path / "other.db", record("W-1", modified=TUESDAY), record("W-2", modified=TUESDAY))
    with pytest.raises(UsageError, match="other data of the same day") as caught:
        data_wheel.build(other, str(tmp_path / "dist"))
    assert caught.value.hint == "number this one: --post 1"
    second = data_wheel.build(other, str(tmp_path / "dist"), post=1)
    assert str(parse_wheel_filename(os.path.basename(second))[1]) == "2027.1.12.post1"
    assert Path(wheel).read_bytes() == before


def test_what_no_wheel_can_be_made_of_is_told(tmp_path: Path) -> None:
    """No database, none with a date, and no place to write are one sentence each."""
    with pytest.raises(DatabaseError, match="there is no advisory database"):
        data_wheel.build(str(tmp_path / "missing.db"), str(tmp_path))
    path = made(tmp_path / "a.db", record("A-1"))
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreadable, match="cannot be made"):
        data_wheel.build(path, str(tmp_path / "file" / "dist"))
    with pytest.raises(DatabaseError, match="holds no record with a date"):
        data_wheel.build(made(tmp_path / "b.db", record("B-1", modified="")), str(tmp_path))


# --- which database answers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cached", "wheels", "words"),
    [
        (MONDAY, True, "of the data wheel; it is newer than that in the cache"),
        (TUESDAY, False, "that of the data wheel is not newer"),
        ("2027-01-13T00:00:00Z", False, "that of the data wheel is not newer"),
        ("", True, "of the data wheel; there is none at"),
    ],
)
def test_the_newest_of_cache_and_wheel_answers(
    wheel: str, site: Path, tmp_path: Path, cached: str, wheels: bool, words: str
) -> None:
    """The wheel answers where it is newer than the cache or alone; of equals, the cache does."""
    install(wheel, site)
    (tmp_path / "cache").mkdir()
    if cached:
        made(tmp_path / "cache" / "advisories.db", record("C-1", modified=cached))
    chosen = in_use.choose(offline(tmp_path), {})
    assert chosen
    with chosen.database as held:
        assert (held.path == str(site / "pip_assay_db" / "advisories.db")) is wheels
        assert bool(held.advisories(["W-1"])) is wheels
    assert words in chosen.because


def test_a_wheel_answers_for_a_cache_of_an_older_schema(wheel: str, site: Path, tmp_path: Path) -> None:
    """A cache that an older pip-assay wrote is no reason to know nothing, however new its records."""
    install(wheel, site)
    (tmp_path / "cache").mkdir()
    cached = made(tmp_path / "cache" / "advisories.db", record("C-1", modified="2027-01-13T00:00:00Z"))
    connection = sqlite3.connect(cached)
    connection.execute("PRAGMA user_version = 0")
    connection.close()
    chosen = in_use.choose(offline(tmp_path), {})
    assert chosen
    with chosen.database as held:
        assert list(held.advisories(["C-1", "W-1"])) == ["W-1"]
    assert "was written by an older pip-assay" in chosen.because


def test_a_database_that_is_named_is_the_only_one(wheel: str, site: Path, tmp_path: Path) -> None:
    """--db and PIP_ASSAY_DB mean that file, and none beside it, though it is older or not there."""
    install(wheel, site)
    named = made(tmp_path / "named.db", record("N-1", modified=MONDAY))
    for settings, environ in ((Settings(database=named), {}), (Settings(), {"PIP_ASSAY_DB": named})):
        chosen = in_use.choose(settings, environ)
        assert chosen
        with chosen.database as held:
            assert (held.path, chosen.because) == (named, "")
    assert in_use.choose(Settings(database=str(tmp_path / "missing.db")), {}) is None


def test_only_folders_for_packages_are_searched(wheel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an audited project carries is never taken for the installed data, wherever a person stands."""
    for name in ("project", "project/site-packages", "lib/dist-packages"):
        (tmp_path / name).mkdir(parents=True)
        install(wheel, tmp_path / name)
    first = str(tmp_path / "project" / "site-packages")
    monkeypatch.setattr(sys, "path", [first, str(tmp_path / "project"), ""])
    monkeypatch.chdir(tmp_path / "project")
    assert in_use.installed() == ""
    sys.path.append(str(tmp_path / "lib" / "dist-packages"))
    assert in_use.installed() == str(tmp_path / "lib" / "dist-packages" / "pip_assay_db" / "advisories.db")


@pytest.mark.parametrize("damage", ["header", "cut", "schema"])
def test_a_wheel_that_cannot_be_used_leaves_the_cache(wheel: str, site: Path, tmp_path: Path, damage: str) -> None:
    """A damaged data wheel, or one of another schema, is not silently clean: the cache answers, or it is a problem."""
    install(wheel, site)
    file = site / "pip_assay_db" / "advisories.db"
    whole = file.read_bytes()
    broken = {"header": b"x" * 100 + whole[100:], "cut": whole[:-100], "schema": whole[:60] + bytes(4) + whole[64:]}
    file.write_bytes(broken[damage])
    held = local.hold(offline(tmp_path), outside(tmp_path))
    assert held.database is None
    assert [problem.gap for problem in held.problems] == ["missing" if damage == "schema" else "unreadable"]
    assert str(file) in str(held.problems[0])
    (tmp_path / "cache").mkdir()
    made(tmp_path / "cache" / "advisories.db", record("C-1", modified=MONDAY))
    chosen = in_use.choose(offline(tmp_path), {})
    assert chosen
    with chosen.database as opened:
        assert list(opened.advisories(["C-1", "W-1"])) == ["C-1"]
    assert f"that of the data wheel cannot be used ({file}: " in chosen.because


def test_a_wheel_of_an_older_version_is_to_be_upgraded(wheel: str, site: Path, tmp_path: Path) -> None:
    """No update of the cache makes it any newer; beside a cache, `db info` tells why it does not count."""
    install(wheel, site)
    file, about = (site / "pip_assay_db" / name for name in ("advisories.db", "manifest.json"))
    content = file.read_bytes()
    file.write_bytes(content[:60] + (database.SCHEMA - 1).to_bytes(4, "big") + content[64:])
    about.write_text(about.read_text().replace(f'"schema": {database.SCHEMA}', f'"schema": {database.SCHEMA - 1}'))
    (problem,) = local.hold(offline(tmp_path), outside(tmp_path)).problems
    assert (problem.gap, problem.hint) == ("missing", "upgrade pip-assay-db")
    assert problem.what == f"{file} was written by an older pip-assay"
    (tmp_path / "cache").mkdir()
    made(tmp_path / "cache" / "advisories.db", record("C-1", modified=MONDAY))
    chosen = in_use.choose(offline(tmp_path), {})
    assert chosen
    chosen.database.close()
    assert chosen.because == f"that of the data wheel is of an older pip-assay ({file}); upgrade pip-assay-db"


def test_an_older_cache_is_brought_over_before_it_is_compared(wheel: str, site: Path, tmp_path: Path) -> None:
    """What it knows counts, and so does what was imported into it by hand."""
    install(wheel, site)
    (tmp_path / "cache").mkdir()
    cached = made(tmp_path / "cache" / "advisories.db", record("C-1", modified="2027-01-13T00:00:00Z"))
    with closing(sqlite3.connect(cached)) as connection:
        connection.execute(f"PRAGMA user_version = {database.SCHEMA - 1}")
    held = local.hold(offline(tmp_path), outside(tmp_path))
    assert held.problems == ()
    assert held.database
    with held.database as opened:
        assert list(opened.advisories(["C-1", "W-1"])) == ["C-1"]


def test_what_only_the_cache_has_is_told(wheel: str, site: Path, tmp_path: Path) -> None:
    """Where the wheel is newer and has no lists of CVEs, `db info` says that the cache has."""
    install(wheel, site)
    (tmp_path / "cache").mkdir()
    cached = made(tmp_path / "cache" / "advisories.db", record("C-1", modified=MONDAY))
    listed = [(20_260_000_001, "2026-01-01", 0)]
    with draft.begin(cached) as new:
        new.put(SignalList("kev", "/kev.json", MONDAY, MONDAY, "", "", sum_of(listed), 1), listed)
        new.finish()
    chosen = in_use.choose(offline(tmp_path), {})
    assert chosen
    chosen.database.close()
    assert chosen.because.endswith(f"({cached}: {MONDAY}), which alone has KEV")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"kind": 1}', b"\xff"])
def test_a_wheel_that_does_not_say_how_new_it_is_is_no_newer(
    wheel: str, site: Path, tmp_path: Path, content: bytes
) -> None:
    """Whatever stands in its manifest, nothing is raised; alone, it is used, and its own dates count."""
    install(wheel, site)
    (site / "pip_assay_db" / "manifest.json").write_bytes(content)
    held = local.hold(offline(tmp_path), outside(tmp_path))
    assert held.database
    assert held.problems == ()
    held.database.close()
    (tmp_path / "cache").mkdir()
    made(tmp_path / "cache" / "advisories.db", record("C-1", modified=MONDAY))
    chosen = in_use.choose(offline(tmp_path), {})
    assert chosen
    assert "not newer" in chosen.because
    chosen.database.close()


def test_the_age_of_a_wheel_fails_closed(wheel: str, site: Path, tmp_path: Path) -> None:
    """Data of Tuesday are too old on Wednesday of the next week, whatever day the wheel was installed."""
    install(wheel, site)
    for days, gaps in ((6, []), (8, ["stale"])):
        now = NOW + (days - 3.1) * 86400
        held = local.hold(offline(tmp_path), outside(tmp_path, now))
        assert held.database
        held.database.close()
        assert [problem.gap for problem in held.problems] == gaps
    accepted = local.hold(offline(tmp_path, max_database_age=30.0), outside(tmp_path, now))
    assert accepted.problems == ()
    assert accepted.database
    accepted.database.close()


def test_an_old_wheel_is_refreshed_where_the_network_allows_it(wheel: str, site: Path, tmp_path: Path) -> None:
    """Too old a wheel makes an audit fetch; what was fetched answers, and a failed fetch is a problem."""
    install(wheel, site)
    settings = Settings(cache=str(tmp_path / "cache"))
    now = NOW + 20 * 86400
    held = local.hold(settings, outside(tmp_path, now, PIP_ASSAY_OSV_BULK=str(tmp_path / "missing")))
    assert held.database
    assert held.database.path.startswith(str(site))
    assert "the advisory data are of 2027-01-12, 23 days ago, and could not be refreshed: " in str(held.problems[0])
    held.database.close()
    bulk = export(tmp_path / "bulk", record("C-1", modified="2027-02-03T00:00:00Z"))
    held = local.hold(settings, outside(tmp_path, now, PIP_ASSAY_OSV_BULK=bulk))
    assert held.database
    assert held.problems == ()
    assert held.database.path == str(tmp_path / "cache" / "advisories.db")
    held.database.close()


def test_a_wheel_on_a_read_only_disk_is_read_and_not_written(wheel: str, site: Path, tmp_path: Path) -> None:
    """Nothing is written beside the database of a wheel."""
    install(wheel, site)
    folder = site / "pip_assay_db"
    before = sorted(os.listdir(folder)), [(folder / name).read_bytes() for name in sorted(os.listdir(folder))]
    held = local.hold(offline(tmp_path), outside(tmp_path))
    assert held.database
    assert held.database.claims([("PyPI", "demo")])
    held.database.close()
    assert before == (sorted(os.listdir(folder)), [(folder / name).read_bytes() for name in sorted(os.listdir(folder))])


# --- real installers -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of pip-assay itself, without its dependencies, made as data_wheel makes one: a plain zip."""
    folder = tmp_path_factory.mktemp("package")
    about = "pip_assay-0.1.0.dist-info"
    wheel = folder / "pip_assay-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        for file in sorted((SOURCE / "pip_assay").rglob("*")):
            if file.is_file() and file.suffix in {".py", ".json", ".typed"}:
                made.write(file, str(file.relative_to(SOURCE)))
        made.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: pip-assay\nVersion: 0.1.0\n")
        made.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{about}/RECORD", "")
    return wheel


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_installed_beside_pip_assay_it_answers_offline(package: Path, tmp_path: Path, installer: str) -> None:
    """In a new environment, with no network and an empty cache, an audit finds what the wheel knows; then it goes."""
    wheel = data_wheel.build(made(tmp_path / "old.db", record("W-1", modified="2024-01-12T06:00:00Z")), str(tmp_path))
    environment = tmp_path / "venv"
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    tools = {
        "pip": [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", "-q"],
        "uv": [shutil.which("uv", path=os.path.dirname(sys.executable)) or "uv", "pip", "install", "--offline",
               "--no-index", "--no-deps", "-q", "--python", str(python)],
    }  # fmt: skip
    environ = {**os.environ, "PIP_ASSAY_CACHE": str(tmp_path / "nothing"), "PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1"}
    subprocess.run([*tools[installer], str(package), wheel], env=environ, check=True, capture_output=True)
    (site,) = environment.glob("lib/python*/site-packages")
    installed = next(iter(importlib.metadata.distributions(name="pip-assay-db", path=[str(site)])))
    assert installed.version == "2024.1.12"
    for file in installed.files or ():
        if file.hash:
            digest = hashlib.sha256(Path(str(file.locate())).read_bytes()).digest()
            assert file.hash.value == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    command = [str(python), "-I", "-m", "pip_assay", "check", "demo==1.0", "--offline", "--max-db-age", "99999"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "W-1" in done.stdout
    assert done.returncode == 1, done.stdout + done.stderr
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), "uninstall", "-qy", "pip-assay-db"],
                   env=environ, check=True, capture_output=True)  # fmt: skip
    assert not (site / "pip_assay_db").exists()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "there is no advisory database" in done.stdout + done.stderr
    assert done.returncode == 3


def test_looking_for_the_wheel_imports_nothing(wheel: str, site: Path, tmp_path: Path) -> None:
    """The wheel's package is data: it is found and opened without being imported."""
    install(wheel, site)
    program = (
        "import sys; sys.path[1:1] = sys.argv[1:3]\n"
        "from pip_assay.advisories import in_use\nfrom pip_assay.settings import Settings\n"
        "chosen = in_use.choose(Settings(cache=sys.argv[3]), {})\n"
        "print(chosen.database.path, sorted({'pip_assay_db', 'zipfile', 'importlib.metadata', 'typing', 'pathlib'}"
        " & set(sys.modules)))"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(SOURCE), str(site), str(tmp_path / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{site}/pip_assay_db/{database.FILE_NAME} []\n"
