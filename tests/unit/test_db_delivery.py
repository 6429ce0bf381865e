"""`pip-assay db export | verify | wheel | keygen` and the import of what was exported, as a person types them."""

import json
import os
import sqlite3
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from pip_assay.advisories import database
from tests.osv_export import archive, record
from tests.transcripts import Person, copy


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    """Somebody with a project, its database, and a pair of keys."""
    someone = Person(copy("vulnerable", tmp_path), monkeypatch, capfd)
    assert someone.types("db", "import", "records").code == 0
    assert someone.types("db", "keygen", "KEY.pem").code == 0
    return someone


def test_what_is_carried_into_a_closed_network_finds_the_same(person: Person) -> None:
    """Exported, verified and imported elsewhere, the database answers as at home, to the byte."""
    home = person.types("-r", "requirements.txt", "--no-deps", "-f", "json")
    assert person.types("db", "export", "carried.zip", "--sign-key", "KEY.pem").code == 0
    inside = ("--db", "inside.db")
    done = person.types("db", "import", "carried.zip", "--verify-key", "KEY.pub.pem", *inside)
    assert done.code == 0
    assert "signed with the key of KEY.pub.pem" in done.stderr
    assert "it has replaced the whole database, and what was imported by hand is gone: inside.db" in done.stderr
    there = person.types("-r", "requirements.txt", "--no-deps", "-f", "json", *inside)
    assert there.stdout.replace("inside.db", "CACHE/advisories.db") == home.stdout
    assert there.code == home.code


def test_an_exported_file_can_be_verified(person: Person) -> None:
    """What was checked is said, line by line; a signature that nobody checked is not called good."""
    person.types("db", "export", "plain.zip")
    person.types("db", "export", "signed.zip", "--sign-key", "KEY.pem")
    assert "signature  not signed\n" in person.types("db", "verify", "plain.zip").stdout
    assert "signed, and not checked" in person.types("db", "verify", "signed.zip").stdout
    said = person.types("db", "verify", "signed.zip", "--verify-key", "KEY.pub.pem")
    assert said.code == 0
    assert "signature  signed with the key of KEY.pub.pem\n" in said.stdout
    said = person.types("db", "verify", "plain.zip", "--verify-key", "KEY.pub.pem")
    assert (said.code, said.stdout) == (3, "")
    assert "plain.zip: is not signed" in said.stderr


def test_the_database_in_place_can_be_verified(person: Person) -> None:
    """It is checked to the last record; it carries no signature, and says so where one is asked for."""
    said = person.types("db", "verify")
    kilobytes = Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db").stat().st_size / 1000
    first = f"database   CACHE/advisories.db ({kilobytes:.1f} kB)"
    assert (said.code, said.stdout.splitlines()[0]) == (0, first)
    assert "records    10 records, each as its SHA-256 says" in said.stdout
    said = person.types("db", "verify", "--verify-key", "KEY.pub.pem")
    assert (said.code, said.stdout) == (3, "")
    assert "only those are signed" in said.stderr
    Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db").write_bytes(b"")
    assert person.types("db", "verify").code == 3


def test_the_variable_makes_a_signature_the_condition(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """With PIP_ASSAY_VERIFY_KEY, neither an unsigned file nor records without a signature get in."""
    person.types("db", "export", "plain.zip")
    monkeypatch.setenv("PIP_ASSAY_VERIFY_KEY", "KEY.pub.pem")
    archive(person.folder / "records.zip", record("A-1"))
    before = Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db").read_bytes()
    for path, words in (
        ("plain.zip", "is not signed"),
        ("records.zip", "carries no signature"),
        ("none", "carries no"),
    ):
        said = person.types("db", "import", path)
        assert said.code == 3
        assert words in said.stderr
    assert person.types("db", "verify", "plain.zip").code == 3
    assert person.types("db", "verify").code == 0
    assert Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db").read_bytes() == before
    assert person.types("db", "import", "records.zip", "--verify-key", "").code == 0


def test_an_exported_file_is_imported_alone(person: Person) -> None:
    """It replaces everything, so nothing can be imported with it."""
    person.types("db", "export", "carried.zip")
    said = person.types("db", "import", "records", "carried.zip")
    assert said.code == 2
    assert "import it first, alone, and the others after it" in said.stderr


def test_an_older_file_needs_a_word(person: Person) -> None:
    """What is older is refused with exit code 3, and taken with --accept-older."""
    person.types("db", "export", "carried.zip")
    archive(person.folder / "all.zip", record("A-1", modified="2026-11-21T00:00:00Z"))
    person.types("db", "import", "all.zip")
    said = person.types("db", "import", "carried.zip")
    assert said.code == 3
    assert "is older than the database here" in said.stderr
    assert person.types("db", "import", "carried.zip", "--accept-older").code == 0


def test_a_wheel_is_built_where_it_is_wanted(person: Person) -> None:
    """The path of the wheel is all that stdout says."""
    said = person.types("db", "wheel", "dist")
    assert (said.code, said.stdout) == (0, "dist/pip_assay_db-2026.11.20-py3-none-any.whl\n")
    assert person.types("db", "wheel", "dist", "--post", "2").stdout.endswith("2026.11.20.post2-py3-none-any.whl\n")
    said = person.types("db", "wheel", "--post", "-1")
    assert (said.code, said.stdout) == (2, "")


def test_info_says_which_database_is_in_use_and_why(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a data wheel is installed, `db info` names the database that answers, and the reason."""
    assert "in use" not in person.types("db", "info").stdout
    wheel = person.types("db", "wheel").stdout.strip()
    site = person.folder / "lib" / "site-packages"
    with zipfile.ZipFile(person.folder / wheel) as opened:
        opened.extractall(site)
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    said = person.types("db", "info").stdout
    assert said.startswith("database  CACHE/advisories.db")
    assert "\nin use    that of the data wheel is not newer (FOLDER/lib/site-packages/pip_assay_db/" in said
    Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db").unlink()
    said = person.types("db", "info").stdout
    assert said.startswith("database  FOLDER/lib/site-packages/pip_assay_db/advisories.db")
    assert "\nin use    of the data wheel; there is none at CACHE/advisories.db\n" in said
    assert person.types("db", "verify").stdout.startswith("database   FOLDER/lib/site-packages/pip_assay_db/")
    assert person.types("-r", "requirements.txt", "--offline", "--no-deps").code == 1


def test_what_is_no_whole_export_says_what_is_missing(person: Person) -> None:
    """A few records of one's own, alone in a database, cover nothing: the import and `db info` say so."""
    archive(person.folder / "own.zip", record("ACME-1"))
    said = person.types("db", "import", "own.zip", "--db", "own.db")
    assert said.code == 0
    assert "this does not cover PyPI; all of its advisories are fetched by: pip-assay db update\n" in said.stderr
    assert "  complete  never: no whole export of it is held\n" in person.types("db", "info", "--db", "own.db").stdout
    assert "does not cover" not in person.types("db", "import", "own.zip").stderr


def test_a_database_of_an_older_version_is_brought_over_by_an_update(person: Person) -> None:
    """Also where the update then fails: its own reason is what is told."""
    path = Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {database.SCHEMA - 1}")
    said = person.types("db", "update", "--signals", "--from", "nowhere", "--kev-url", "none", "--epss-url", "none")
    assert said.code == 3
    assert said.stderr.startswith("pip-assay: bringing the advisory database to this version's form\n")
    assert "there is no bulk export of the PyPI advisories" in said.stderr.splitlines()[-1]
    assert person.types("-r", "requirements.txt", "--no-deps", "--offline").code == 1


def test_an_update_that_fails_twice_tells_both_reasons(person: Person) -> None:
    """What becomes of the lists does not hide why there are no new advisories."""
    kev = {"vulnerabilities": [{"cveID": "CVE-2026-0001", "dateAdded": "2026-01-01"}]}
    (person.folder / "kev.json").write_text(json.dumps(kev), encoding="utf-8")
    Path(os.environ["PIP_ASSAY_CACHE"], "advisories.db.new", "in-the-way").mkdir(parents=True)
    said = person.types("db", "update", "--signals", "--from", "nowhere", "--kev-url", "kev.json")
    assert said.code == 3
    assert "cannot be written" in said.stderr
    assert "there is no bulk export of the PyPI advisories" in said.stderr.splitlines()[-1]
