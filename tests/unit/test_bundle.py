"""Exported databases: what is in one, and that nothing wrong with one reaches the database."""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.advisories import build, bundle, checks, database, draft, integrity, manifest, records, signing
from pip_assay.advisories.cves import SignalList
from pip_assay.advisories.signal_lists import sum_of
from pip_assay.errors import AssayError, DatabaseError, Unreadable, UsageError
from tests.osv_export import archive, record

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
SOURCE = str(Path(__file__).resolve().parents[2] / "src")
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"


def made(folder: Path, *records: dict[str, object]) -> str:
    """A database with these records, in a folder of its own."""
    path = str(folder / "data" / "advisories.db")
    build.build(path, [archive(folder / "all.zip", *records)], now=NOW)
    return path


@pytest.fixture
def held(tmp_path: Path) -> str:
    """The database of a closed network: one old record."""
    return made(tmp_path / "closed", record("OLD-1", "old", modified=EARLY))


@pytest.fixture
def exported(tmp_path: Path) -> str:
    """A newer database, exported."""
    aliases = ["CVE-1", "cve-1", "X-1"]
    new = [record("X-1", "new", modified=LATE, aliases=aliases), record("X-2", "new", fixed="3.0", modified=LATE)]
    file = str(tmp_path / "advisories.zip")
    bundle.write(made(tmp_path / "connected", *new), file)
    return file


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The files of a private and a public key."""
    private = str(tmp_path_factory.mktemp("keys") / "KEY.pem")
    return private, signing.make_keys(private)


def ids(path: str) -> list[str]:
    """The ids that a database holds records of, as plain SQL sees them."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        found = [name for (name,) in connection.execute("SELECT id FROM advisory ORDER BY id")]
    connection.close()
    return found


def refused(file: str, path: str, **named: str) -> str:
    """The words of an import that must fail and leave the old database, and nothing else, as it was."""
    before = Path(path).read_bytes()
    with pytest.raises(Unreadable) as caught:
        bundle.take(file, path, **named)  # type: ignore[arg-type]
    assert Path(path).read_bytes() == before
    assert sorted(os.listdir(os.path.dirname(path))) in (["advisories.db"], ["advisories.db", "advisories.db.lock"])
    assert caught.value.exit_code == 3
    return str(caught.value)


def members(file: str) -> dict[str, bytes]:
    """The files in a zip, as zipfile reads them."""
    with zipfile.ZipFile(file) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def rezipped(file: str, found: dict[str, bytes]) -> str:
    """Write a zip of these members, as another program would."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in found.items():
            opened.writestr(name, content)
    return file


def forged(file: str, change: Callable[[sqlite3.Connection], object]) -> str:
    """Change the database in an exported file, and describe the changed one in its manifest."""
    found = members(file)
    changed = Path(file).with_name("changed.db")
    changed.write_bytes(found[database.FILE_NAME])
    connection = sqlite3.connect(changed, isolation_level=None)
    change(connection)
    connection.close()
    document = json.loads(found[manifest.NAME])
    content = changed.read_bytes()
    with changed.open("rb") as opened:
        document["database"]["sha256"] = sha256(opened.read())
    document["database"]["size"] = len(content)
    return rezipped(file, {manifest.NAME: json.dumps(document).encode(), database.FILE_NAME: content})


def sha256(content: bytes) -> str:
    """A digest as the coreutils print it."""
    done = subprocess.run(["sha256sum"], input=content, capture_output=True, check=True)
    return done.stdout.decode()[:64]


# --- what is exported ------------------------------------------------------------------------------


def test_an_export_holds_the_database_to_the_byte_and_says_what_it_is(exported: str, tmp_path: Path) -> None:
    """The manifest names digest, SHA-256 and size of the database beside it, and what is held of each ecosystem."""
    found = members(exported)
    assert list(found) == ["manifest.json", "advisories.db"]
    path = tmp_path / "connected" / "data" / "advisories.db"
    assert found["advisories.db"] == path.read_bytes()
    with database.open(str(path)) as opened:
        data = opened.data()
    said = json.loads(found["manifest.json"])
    assert said["database"] == {
        "name": "advisories.db",
        "sha256": sha256(path.read_bytes()),
        "size": len(path.read_bytes()),
    }
    assert (said["digest"], said["records"], said["schema"], said["format"]) == (data.digest, 2, database.SCHEMA, 1)
    assert [(each["name"], each["records"], each["newest"]) for each in said["ecosystems"]] == [("PyPI", 2, LATE)]
    assert said["as_of"] == LATE


def test_the_same_database_makes_the_same_file(exported: str, tmp_path: Path, keys: tuple[str, str]) -> None:
    """Two exports of one database are equal to the byte, signed ones too, wherever they are written."""
    path = str(tmp_path / "connected" / "data" / "advisories.db")
    for name in ("b.zip", "deep/c.zip"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        bundle.write(path, str(tmp_path / name))
        assert (tmp_path / name).read_bytes() == Path(exported).read_bytes()
    signed = []
    for name in ("d.zip", "e.zip"):
        bundle.write(path, str(tmp_path / name), sign_key=keys[0])
        signed.append((tmp_path / name).read_bytes())
    assert signed[0] == signed[1] != Path(exported).read_bytes()


def test_a_damaged_database_is_not_exported(held: str, tmp_path: Path) -> None:
    """What is damaged is told, and no file is written."""
    with sqlite3.connect(held) as connection:
        connection.execute("UPDATE advisory SET digest = x'00'")
    connection.close()
    with pytest.raises(DatabaseError, match="OLD-1 is not what its SHA-256 says"):
        bundle.write(held, str(tmp_path / "a.zip"))
    assert not (tmp_path / "a.zip").exists()


def test_an_export_that_cannot_be_written_is_told(held: str, tmp_path: Path) -> None:
    """A missing folder is one sentence, and so is a missing database."""
    with pytest.raises(Unreadable, match="cannot be written"):
        bundle.write(held, str(tmp_path / "missing" / "a.zip"))
    with pytest.raises(DatabaseError, match="there is no advisory database"):
        bundle.write(str(tmp_path / "missing.db"), str(tmp_path / "a.zip"))
    assert not (tmp_path / "a.zip").exists()


def test_an_export_never_takes_the_place_of_its_database(held: str) -> None:
    """Writing the file over the database it is made from is refused."""
    before = Path(held).read_bytes()
    with pytest.raises(UsageError, match="is the database itself"):
        bundle.write(held, os.path.join(os.path.dirname(held), ".", "advisories.db"))
    assert Path(held).read_bytes() == before


def test_what_an_update_last_found_unchanged_travels_along(held: str, tmp_path: Path) -> None:
    """When the records were last found to be whole is in the export, though it is noted beside the database only."""
    later = "2026-03-01T00:00:00Z"
    before = Path(held).read_bytes()
    with database.open(held) as opened:
        checks.note(held, opened.data().digest, ["PyPI"], later)
    files = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for file in files:
        assert bundle.write(held, str(file)).as_of == later
    assert files[0].read_bytes() == files[1].read_bytes()
    assert Path(held).read_bytes() == before
    inside = str(tmp_path / "inside" / "advisories.db")
    bundle.take(str(files[0]), inside)
    with database.open(inside) as opened:
        assert [each.fetched for each in opened.ecosystems()] == [later]
    bundle.verify(str(files[0]))


# --- what is imported ------------------------------------------------------------------------------


def test_an_import_replaces_the_database_as_a_whole(exported: str, held: str, tmp_path: Path) -> None:
    """After the import the database is that of the other machine, to the byte."""
    taken = bundle.take(exported, held)
    assert (taken.is_signed, taken.is_verified, taken.manifest.records) == (False, False, 2)
    assert Path(held).read_bytes() == (tmp_path / "connected" / "data" / "advisories.db").read_bytes()
    assert ids(held) == ["X-1", "X-2"]


def test_an_import_needs_no_database_before(exported: str, tmp_path: Path) -> None:
    """The first import makes the folder; what nobody can read any more is replaced where that is wanted."""
    path = str(tmp_path / "fresh" / "advisories.db")
    bundle.take(exported, path)
    assert ids(path) == ["X-1", "X-2"]
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 0")
    connection.close()
    with pytest.raises(DatabaseError, match="nothing of it can be taken over"):
        bundle.take(exported, path)
    bundle.take(exported, path, accept_older=True)
    assert ids(path) == ["X-1", "X-2"]


def test_another_program_s_database_is_never_replaced(exported: str, tmp_path: Path) -> None:
    """A file that is not ours stays, whatever is imported."""
    other = tmp_path / "data" / "other.db"
    other.parent.mkdir()
    other.write_text("my diary")
    with pytest.raises(DatabaseError, match="is not an advisory database"):
        bundle.take(exported, str(other))
    assert other.read_text() == "my diary"


def test_only_an_exported_file_is_recognised(exported: str, tmp_path: Path) -> None:
    """Zips of records, other files, folders and nothing at all are not taken for an exported database."""
    assert bundle.recognises(exported)
    (tmp_path / "empty").write_bytes(b"")
    others = [archive(tmp_path / "all.zip", record("A-1")), str(tmp_path / "empty"), str(tmp_path), "missing.zip"]
    assert not any(map(bundle.recognises, others))


@pytest.mark.parametrize("what", ["records", "check", "ecosystem"])
def test_an_older_export_is_refused_unless_it_is_wanted(exported: str, held: str, tmp_path: Path, what: str) -> None:
    """What ends earlier, was complete earlier, or lacks an ecosystem would undo what is known here."""
    bundle.take(exported, held)
    old = [record("OLD-1", modified=EARLY)]
    if what == "check":
        old = [record("X-9", modified=LATE)]
        with sqlite3.connect(held) as connection:
            connection.execute("UPDATE ecosystem SET fetched = '2026-06-02T00:00:00Z'")
        connection.close()
    if what == "ecosystem":
        old = [record("X-9", modified="2026-07-01T00:00:00Z")]
        build.build(held, [archive(tmp_path / "rust.zip", record("R-1", ecosystem="crates.io"))], now=NOW)
    file = str(tmp_path / "old.zip")
    bundle.write(made(tmp_path / "older", *old), file)
    words = {
        "records": f"is older than the database here: for PyPI it ends on {EARLY}, that one {LATE}",
        "check": f"for PyPI it is complete as of {LATE}, that one 2026-06-02T00:00:00Z",
        "ecosystem": "holds nothing for crates.io, of which the database here holds 1 records",
    }
    said = refused(file, held)
    assert words[what] in said
    assert "--accept-older" in said
    bundle.take(file, held, accept_older=True)
    assert ids(held) == [str(old[0]["id"])]


@pytest.mark.parametrize("lists", [{}, {"kev": EARLY}])
def test_an_export_without_newer_lists_is_refused(tmp_path: Path, lists: dict[str, str]) -> None:
    """KEV and EPSS are knowledge too: what has none, or older ones, would undo it."""
    here, there = made(tmp_path / "here", record("X-1")), made(tmp_path / "there", record("X-1"))
    _put_list(here, "kev", LATE)
    for name, date in lists.items():
        _put_list(there, name, date)
    file = str(tmp_path / "there.zip")
    assert bundle.write(there, file).lists == lists
    with pytest.raises(DatabaseError) as caught:
        bundle.take(file, here)
    has = f"has KEV of {EARLY[:10]}" if lists else "has no KEV"
    assert caught.value.what == f"{has}, and the database here that of {LATE[:10]}"
    bundle.take(file, here, accept_older=True)
    with database.open(here) as held:
        assert {name: each.date for name, each in held.lists().items()} == lists


def _put_list(path: str, name: str, date: str) -> None:
    rows = [(20_260_000_001, "2026-01-01", 0)]
    with draft.begin(path) as new:
        new.put(SignalList(name, "/kev.json", date, date, "", "", sum_of(rows), 1), rows)
        new.finish()


def test_the_same_export_twice_is_no_older(exported: str, held: str) -> None:
    """An import can be repeated."""
    bundle.take(exported, held)
    before = Path(held).read_bytes()
    bundle.take(exported, held)
    assert Path(held).read_bytes() == before


# --- signatures ------------------------------------------------------------------------------------


def test_a_signature_is_one_that_openssl_accepts(held: str, tmp_path: Path, keys: tuple[str, str]) -> None:
    """OpenSSL verifies the signature of the manifest with the public key, and refuses that of another manifest."""
    file = str(tmp_path / "signed.zip")
    bundle.write(held, file, sign_key=keys[0])
    found = members(file)
    (tmp_path / "sig").write_bytes(found["manifest.sig"])
    for content, code in ((found["manifest.json"], 0), (found["manifest.json"] + b" ", 1)):
        (tmp_path / "json").write_bytes(content)
        command = [
            "openssl",
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            keys[1],
            "-rawin",
            "-in",
            "json",
            "-sigfile",
            "sig",
        ]
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == code


def test_a_key_of_openssl_signs(held: str, tmp_path: Path) -> None:
    """A pair of keys that OpenSSL made signs and verifies."""
    for command in (
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", "own.pem"],
        ["openssl", "pkey", "-in", "own.pem", "-pubout", "-out", "own.pub.pem"],
    ):
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    file = str(tmp_path / "signed.zip")
    bundle.write(held, file, sign_key=str(tmp_path / "own.pem"))
    taken = bundle.take(file, held, verify_key=str(tmp_path / "own.pub.pem"))
    assert (taken.is_signed, taken.is_verified) == (True, True)


@pytest.mark.parametrize("what", ["unsigned", "another key", "other manifest", "short signature", "long signature"])
def test_without_the_right_signature_nothing_is_taken(
    exported: str, held: str, tmp_path: Path, keys: tuple[str, str], what: str
) -> None:
    """A key makes a valid signature by its owner the condition; whatever else it is, the database stays."""
    signed = str(tmp_path / "signed.zip")
    bundle.write(str(tmp_path / "connected" / "data" / "advisories.db"), signed, sign_key=keys[0])
    found = members(signed)
    if what == "unsigned":
        assert "is not signed; export it with --sign-key" in refused(exported, held, verify_key=keys[1])
    elif what == "another key":
        other = signing.make_keys(str(tmp_path / "other.pem"))
        assert f"was not made with the key of {other}" in refused(signed, held, verify_key=other)
    elif what == "other manifest":
        found["manifest.json"] = found["manifest.json"].replace(b'"records": 2', b'"records": 3')
        assert "was not made with the key" in refused(rezipped(signed, found), held, verify_key=keys[1])
    else:
        found["manifest.sig"] = found["manifest.sig"][:10] if what == "short signature" else b"x" * 65
        said = refused(rezipped(signed, found), held, verify_key=keys[1])
        assert ("was not made with the key" if what == "short signature" else "larger than 64 bytes") in said


def test_keys_that_are_none_are_told(exported: str, held: str, tmp_path: Path, keys: tuple[str, str]) -> None:
    """A missing, foreign, wrong or protected key is one sentence, and nothing is written or replaced."""
    (tmp_path / "text.pem").write_text("not a key")
    command = ["openssl", "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret", "-out", "locked.pem"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    rsa = ["openssl", "genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "rsa.pem"]
    subprocess.run(rsa, cwd=tmp_path, capture_output=True, check=True)
    for key, words in (
        ("missing.pem", "does not exist"),
        ("text.pem", "is not a private key to sign with"),
        ("rsa.pem", "is not a private key to sign with"),
        ("locked.pem", "is protected by a passphrase"),
        (keys[1], "is not a private key to sign with"),
    ):
        with pytest.raises(Unreadable, match=words):
            bundle.write(held, str(tmp_path / "signed.zip"), sign_key=str(tmp_path / key))
    assert not (tmp_path / "signed.zip").exists()
    for key, words in (
        ("text.pem", "is not a public key"),
        ("missing.pem", "does not exist"),
        (keys[0], "is not a public"),
    ):
        assert words in refused(exported, held, verify_key=str(tmp_path / key))


def test_keys_are_made_for_their_owner_and_never_overwritten(tmp_path: Path) -> None:
    """Only its owner may read the private key, and a key that is there stays."""
    private = tmp_path / "KEY.pem"
    public = Path(signing.make_keys(str(private)))
    assert public.name == "KEY.pub.pem"
    assert private.stat().st_mode & 0o777 == 0o600
    for kept in (private, public):
        before = kept.read_bytes()
        with pytest.raises(UsageError, match="never overwritten"):
            signing.make_keys(str(private))
        assert kept.read_bytes() == before
        kept.rename(kept.with_suffix(".kept"))
    with pytest.raises(Unreadable, match="cannot be written"):
        signing.make_keys(str(tmp_path / "missing" / "KEY.pem"))


def test_without_the_library_it_is_told_how_to_get_it(
    exported: str, held: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Signing is an extra: everything else works without it, and a key that cannot be checked is no valid signature."""
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for act in (
        lambda: signing.make_keys(str(tmp_path / "KEY.pem")),
        lambda: bundle.write(held, str(tmp_path / "a.zip"), sign_key="KEY.pem"),
        lambda: bundle.take(exported, held, verify_key="KEY.pub.pem"),
    ):
        with pytest.raises(AssayError, match="signatures need the library cryptography") as caught:
            act()
        assert "pip install 'pip-assay[sign]'" in caught.value.hint
    assert ids(held) == ["OLD-1"]
    bundle.take(exported, held)
    assert ids(held) == ["X-1", "X-2"]


# --- faults ----------------------------------------------------------------------------------------


def test_a_truncated_file_changes_nothing(exported: str, held: str) -> None:
    """A copy that broke off anywhere is told."""
    whole = Path(exported).read_bytes()
    for end in (0, 1, 29, 60, len(whole) // 3, len(whole) // 2, len(whole) - 200, len(whole) - 1):
        Path(exported).write_bytes(whole[:end])
        assert exported in refused(exported, held)


def test_a_flipped_bit_is_told_or_does_no_harm(exported: str, held: str) -> None:
    """Damage anywhere in the file changes nothing, or what is imported is still the database that was exported."""
    whole = Path(exported).read_bytes()
    good = members(exported)["advisories.db"]
    ends = [*range(100), *range(len(whole) - 250, len(whole))]
    harmless = 0
    for place in [*ends, *range(100, len(whole) - 250, 97)]:
        Path(exported).write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        before = Path(held).read_bytes()
        try:
            bundle.take(exported, held, accept_older=True)
        except Unreadable:
            assert Path(held).read_bytes() == before
        else:
            assert Path(held).read_bytes() == good
            harmless += 1
            bundle.take(rezipped(exported, members_of(whole, exported)), held)
    assert harmless < len(ends)


def members_of(content: bytes, file: str) -> dict[str, bytes]:
    """The files in a zip's bytes."""
    Path(file).write_bytes(content)
    return members(file)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("format", 2, "was exported by a newer pip-assay; upgrade pip-assay"),
        ("format", "1", "its manifest cannot be read"),
        ("kind", "diary", "its manifest cannot be read"),
        ("schema", 99, "holds a database of a newer pip-assay; upgrade pip-assay"),
        ("schema", 0, "holds a database of an older pip-assay; export it again"),
        ("schema", -1, "its manifest cannot be read"),
        ("records", 1, "its manifest does not describe its database"),
        ("records", True, "its manifest cannot be read"),
        ("digest", "0" * 64, "its manifest does not describe its database"),
        ("as_of", "2030-01-01T00:00:00Z", "its manifest does not describe its database"),
        ("as_of", None, "its manifest cannot be read"),
        ("ecosystems", [], "its manifest does not describe its database"),
        ("ecosystems", [{}], "its manifest cannot be read"),
        ("ecosystems", 7, "its manifest cannot be read"),
        ("database", {"name": "advisories.db", "sha256": "0" * 64, "size": 4096}, "is not the one that its manifest"),
        ("database", {"name": "advisories.db", "sha256": "0", "size": 4096}, "its manifest cannot be read"),
        ("database", {"name": "../advisories.db", "sha256": "0" * 64, "size": 4096}, "its manifest cannot be read"),
        ("database", {"name": "advisories.db", "sha256": "0" * 64, "size": 10**13}, "its manifest cannot be read"),
        ("database", [], "its manifest cannot be read"),
    ],
)
def test_a_manifest_that_is_not_of_this_database_is_refused(
    exported: str, held: str, field: str, value: object, words: str
) -> None:
    """A future format, another schema, a wrong hash, size or number: told, and nothing changes."""
    found = members(exported)
    document = json.loads(found["manifest.json"])
    document[field] = value
    found["manifest.json"] = json.dumps(document).encode()
    assert words in refused(rezipped(exported, found), held)


def test_a_wrong_hash_alone_is_refused(exported: str, held: str) -> None:
    """The right size is not enough."""
    found = members(exported)
    document = json.loads(found["manifest.json"])
    document["database"]["sha256"] = document["database"]["sha256"][::-1]
    found["manifest.json"] = json.dumps(document).encode()
    assert "its database is not the one that its manifest describes" in refused(rezipped(exported, found), held)


@given(content=st.binary(max_size=300) | st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.dictionaries(st.sampled_from(["kind", "format", "database", "ecosystems", "schema"]), inner),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_manifest_is_read_or_refused(content: bytes) -> None:
    """No bytes in the place of a manifest raise anything but a sentence."""
    with pytest.raises(DatabaseError):
        manifest.read(content, "advisories.zip")


def test_what_is_written_is_read_again(exported: str) -> None:
    """A manifest is its own spelling."""
    content = members(exported)["manifest.json"]
    assert manifest.written(manifest.read(content, "")) == content


@pytest.mark.parametrize("extra", ["evil.py", "../evil.py", "advisories.db", "manifest.sig"])
def test_a_file_that_holds_anything_else_is_refused(exported: str, held: str, extra: str) -> None:
    """An exported database holds two or three files, in this order, each once."""
    with zipfile.ZipFile(exported, "a") as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        opened.writestr(extra, b"x")
    assert "does not hold what an exported database holds" in refused(exported, held)


def test_a_bomb_is_not_unpacked(exported: str, held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever size a zip claims or unpacks to, no more is written than the manifest says, and no more of that read."""
    found = members(exported)
    size = len(found["advisories.db"])
    written: list[int] = []
    bomb = rezipped(exported, {**found, "advisories.db": bytes(300_000_000)})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reading = bundle._chunks

    def counting(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> object:
        for chunk in reading(archive, info):
            written.append(len(chunk))
            yield chunk

    monkeypatch.setattr(bundle, "_chunks", counting)
    assert "is not the one that its manifest describes" in refused(bomb, held)
    assert sum(written) <= size + 2 * 1024 * 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB
    huge = rezipped(exported, {**found, "manifest.json": bytes(50_000_000)})
    assert "its manifest.json is larger than 1.0 MB" in refused(huge, held)


def test_records_that_unpack_to_too_much_are_refused(exported: str, held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records inside are deflated too: what they unpack to together is bounded."""
    monkeypatch.setattr(records, "TOTAL_LIMIT", 100)
    assert "its records unpack to more than 100 bytes" in refused(exported, held)


def test_an_encrypted_or_oddly_packed_member_is_refused(exported: str, held: str) -> None:
    """Only stored and deflated files are unpacked."""
    found = members(exported)
    with zipfile.ZipFile(exported, "w") as opened:
        opened.writestr("manifest.json", found["manifest.json"])
        opened.writestr("advisories.db", found["advisories.db"], compress_type=zipfile.ZIP_LZMA)
    assert "is not the one that its manifest describes" in refused(exported, held)
    whole = Path(rezipped(exported, found)).read_bytes()
    start = whole.rindex(b"PK\x01\x02")
    Path(exported).write_bytes(whole[: start + 8] + b"\x01" + whole[start + 9 :])
    assert "is not the one that its manifest describes" in refused(exported, held)


STRANGERS = {
    "trigger": "CREATE TRIGGER evil AFTER INSERT ON state BEGIN DELETE FROM advisory; END",
    "view": "CREATE VIEW evil AS SELECT * FROM advisory",
    "table": "CREATE TABLE evil (a)",
    "index": "CREATE INDEX evil ON advisory (length(record))",
    "column": "ALTER TABLE state ADD COLUMN evil TEXT DEFAULT 'x'",
    "dropped index": "DROP INDEX alias_alias",
    "view for a table": "DROP TABLE listed; CREATE VIEW listed AS SELECT '' ecosystem, '' name, '' advisory, '' text",
    "statistics": "ANALYZE",
}


@pytest.mark.parametrize("sql", STRANGERS.values(), ids=STRANGERS)
def test_a_database_with_anything_foreign_in_it_is_refused(exported: str, held: str, sql: str) -> None:
    """Triggers, views, other tables, indexes and columns are a stranger's: a right hash does not make them ours."""
    file = forged(exported, lambda connection: connection.executescript(sql))
    said = refused(file, held)
    assert "the advisory database is damaged: " in said
    assert "pip-assay does not put into one" in said or "not as pip-assay makes it" in said


FORGERIES = {
    "a record less": ("DELETE FROM advisory WHERE id = 'X-2'", "its digest is not that of its records"),
    "another record": ("UPDATE advisory SET record = (SELECT record FROM advisory WHERE id = 'X-2')", "SHA-256"),
    "no record": ("UPDATE advisory SET record = x'00'", "SHA-256"),
    "a number": ("UPDATE advisory SET record = 7", "it cannot be read to its end"),
    "another time": ("UPDATE advisory SET modified = 'x' WHERE id = 'X-1'", "its digest is not that of its records"),
    "no text": ("UPDATE advisory SET modified = x'ff'", "it cannot be read to its end"),
    "another digest": ("UPDATE state SET digest = 'x'", "its digest is not that of its records"),
    "no state": ("DELETE FROM state", "damaged"),
    "newer": ("UPDATE ecosystem SET newest = '2030-01-01T00:00:00Z'", "its manifest does not describe its database"),
    "bytes": ("UPDATE ecosystem SET fetched = x'41'", "its manifest does not describe its database"),
    "index": ("UPDATE state SET public_index = 'https://evil.example'", "names another public package index"),
    "header": ("PRAGMA application_id = 1", "is not an advisory database of pip-assay"),
    "schema": ("PRAGMA user_version = 99", "was written by a newer pip-assay"),
}


@pytest.mark.parametrize(("sql", "words"), FORGERIES.values(), ids=FORGERIES)
def test_a_database_whose_rows_disagree_is_refused(exported: str, held: str, sql: str, words: str) -> None:
    """Records, digest, counts and manifest have to agree with each other, whoever made the hash of the file."""
    said = refused(forged(exported, lambda connection: connection.executescript(sql)), held)
    assert words in said
    assert said.startswith(exported)


DERIVED = {
    "span": "UPDATE span SET end = start WHERE advisory = 'X-1'",
    "listed": "INSERT INTO listed VALUES ('PyPI', 'new', 'X-1', '9')",
    "alias": "DELETE FROM alias WHERE alias = 'CVE-1'",
    "mention": "UPDATE mention SET name = 'other' WHERE advisory = 'X-1'",
    "advisory": "UPDATE advisory SET scores = '[]'",
}


@pytest.mark.parametrize(("table", "sql"), DERIVED.items())
def test_verifying_compares_every_row_with_the_records(exported: str, held: str, table: str, sql: str) -> None:
    """A claim that its record does not make, or that is missing, is found in the file and in place."""
    bundle.verify(exported)
    bundle.take(exported, held)
    integrity.check(held, thoroughly=True)
    with sqlite3.connect(held) as connection:
        connection.execute(sql)
    connection.close()
    integrity.check(held)
    words = f"the rows of its table '{table}' are not what its records say"
    with pytest.raises(DatabaseError, match=words):
        integrity.check(held, thoroughly=True)
    with pytest.raises(DatabaseError, match=words):
        bundle.verify(forged(exported, lambda connection: connection.execute(sql)))


def content(path: str) -> list[list[object]]:
    """All that an audit reads of a database, as plain SQL sees it."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = [
        connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("advisory", "span", "listed", "alias")
    ]
    connection.close()
    return found


def test_damage_in_place_is_found_or_does_no_harm(tmp_path: Path) -> None:
    """A byte of the database that flips is found by a verification, or nothing that an audit reads has changed."""
    many = [record(f"X-{number}", f"p{number}", versions=["1+x"], aliases=[f"CVE-{number}"]) for number in range(40)]
    path = made(tmp_path, *many)
    whole, whole_content = Path(path).read_bytes(), content(path)
    found = 0
    for place in range(0, len(whole), 173):
        Path(path).write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            integrity.check(path, thoroughly=True)
        except DatabaseError:
            found += 1
        else:
            assert content(path) == whole_content
    assert found > 50


def test_an_index_that_is_not_of_its_table_is_found(tmp_path: Path) -> None:
    """Look-ups by alias read an index, so a wrong entry there is damage, though every table is whole."""
    path = made(tmp_path, record("X-1", aliases=["CVE-UNIQUE"]))
    whole = Path(path).read_bytes()
    assert whole.count(b"CVE-UNIQUEX-1") == 1  # in the index the alias comes first
    Path(path).write_bytes(whole.replace(b"CVE-UNIQUEX-1", b"CVE-UNIQUAX-1"))
    with database.open(path) as opened:
        assert opened.find("CVE-UNIQUE") == ()
    with pytest.raises(DatabaseError, match="SQLite finds its pages out of order"):
        integrity.check(path)


IMPORT = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pip_assay.advisories import bundle
from pip_assay.errors import AssayError

left = [int(sys.argv[4])]

def hook(event, arguments):
    if event in ("open", "os.rename", "os.remove", "sqlite3.connect") and armed:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

armed = False
from pip_assay.advisories import integrity, swap, rows
import tempfile, zipfile
sys.addaudithook(hook)
armed = True
try:
    print(bundle.take(sys.argv[2], sys.argv[3]).manifest.records, flush=True)
except AssayError as error:
    print(error, flush=True)
"""


def importing(file: str, path: str, killed_at: int = 0, **options: object) -> "subprocess.Popen[str]":
    """Another process that imports, and is killed at the nth time that it asks the system for a file."""
    command = [sys.executable, "-I", "-c", IMPORT, SOURCE, file, path, str(killed_at)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload, no-any-return]


def test_killed_at_every_step_the_old_or_the_new_database_is_whole(exported: str, held: str) -> None:
    """SIGKILL at any file operation leaves one whole database, and the next import works."""
    old, new = Path(held).read_bytes(), members(exported)["advisories.db"]
    seen = set()
    for step in range(1, 100):
        Path(held).write_bytes(old)
        with importing(exported, held, step) as other:
            other.communicate()
        now = Path(held).read_bytes()
        assert now in (old, new)
        seen.add(now)
        if other.returncode != -signal.SIGKILL:
            break
        bundle.take(exported, held)
        assert ids(held) == ["X-1", "X-2"]
        assert sorted(os.listdir(os.path.dirname(held))) == ["advisories.db", "advisories.db.lock"]
    assert step > 8
    assert seen == {old, new}


def test_two_imports_at_once_leave_the_newer(exported: str, held: str, tmp_path: Path) -> None:
    """Imports take turns; one that comes after a newer is refused, so whatever the order the newer stays."""
    newer = str(tmp_path / "newer.zip")
    bundle.write(made(tmp_path / "newer", record("Y-1", modified="2026-07-01T00:00:00Z")), newer)
    for _ in range(3):
        both = [importing(file, held) for file in (exported, newer, exported)]
        said = [other.communicate()[0] for other in both]
        assert said[1] == "1\n"
        assert ids(held) == ["Y-1"]
        integrity.check(held, thoroughly=True)


def test_readers_see_the_old_or_the_new_whole(exported: str, held: str, tmp_path: Path) -> None:
    """While imports go on, whoever opens the database reads all of one state."""
    older = str(tmp_path / "older.zip")
    bundle.write(held, older)
    states = {(1, "OLD-1"), (2, "X-1")}
    stop = threading.Event()
    faults: list[object] = []

    def read() -> None:
        while not stop.is_set():
            with database.open(held) as opened:
                found = (opened.data().records, min(opened.advisories(["OLD-1", "X-1"])))
            if found not in states:
                faults.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(15):
        bundle.take(exported, held)
        bundle.take(older, held, accept_older=True)
    stop.set()
    reader.join()
    assert not faults


def test_a_full_disk_is_told_and_leaves_the_old_database(held: str, tmp_path: Path) -> None:
    """When no file may grow any further, an import and an export say so, and leave what was there."""
    many = [record(f"X-{number}", f"p{number}", details=os.urandom(400).hex(), modified=LATE) for number in range(800)]
    file = str(tmp_path / "many.zip")
    bundle.write(made(tmp_path / "many", *many), file)
    before = Path(held).read_bytes()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    with importing(file, held, preexec_fn=limit) as other:
        assert other.communicate()[0].startswith(f"{held}: cannot be written (file too large)")
    assert Path(held).read_bytes() == before
    assert sorted(os.listdir(os.path.dirname(held))) == ["advisories.db", "advisories.db.lock"]
    command = [sys.executable, "-m", "pip_assay", "db", "export", str(tmp_path / "out.zip"), "--db",
               str(tmp_path / "many" / "data" / "advisories.db")]  # fmt: skip
    environ = {**os.environ, "PYTHONPATH": SOURCE}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, preexec_fn=limit, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "cannot be copied (file too large)" in done.stderr
    assert not (tmp_path / "out.zip").exists()
