"""`pip-assay db export | verify | wheel | keygen`, and the import of what was exported: into closed networks."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence

from pip_assay import files
from pip_assay.cli import options, output
from pip_assay.errors import CLEAN, DatabaseError, UsageError
from pip_assay.reports.text import count
from pip_assay.settings import Outside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.advisories.bundle import Unpacked
    from pip_assay.advisories.manifest import Manifest

ACTIONS = {
    "export": "write the database to one file for other machines, signed if you like",
    "verify": "check the database, or an exported file, to the last record",
    "wheel": "build a data wheel, which any private package index can serve",
    "keygen": "make a pair of keys to sign and verify exported files with",
}

_KEY_VARIABLE = "PIP_ASSAY_VERIFY_KEY"


def parser(action: str) -> options.Parser:
    """Return the parser of one action."""
    made = options.parser(f"db {action}", f"{ACTIONS[action][0].upper()}{ACTIONS[action][1:]}.", "")
    if action == "export":
        made.usage = "pip-assay db export FILE [--sign-key KEY.pem] [--db FILE]"
        made.add_argument("file", metavar="FILE", help="the file to write, a zip")
        made.add_argument("--sign-key", default="", metavar="KEY.pem", help="sign it with this Ed25519 private key")
    elif action == "verify":
        made.usage = "pip-assay db verify [FILE] [--verify-key KEY.pub.pem] [--db FILE]"
        made.add_argument(
            "file", metavar="FILE", nargs="?", default="", help="an exported file (default: the database)"
        )
        _add_verify_key(made, None)
    elif action == "wheel":
        made.usage = "pip-assay db wheel [DIR] [--post N] [--db FILE]"
        made.add_argument("folder", metavar="DIR", nargs="?", default=".", help="where to put it (default: here)")
        made.add_argument(
            "--post", type=int, default=0, metavar="N", help="number a further wheel of the same day: .postN"
        )
    else:
        made.usage = "pip-assay db keygen KEY.pem"
        made.add_argument("file", metavar="KEY.pem", help="the private key to write; KEY.pub.pem comes beside it")
        return made
    options.add_database(made.add_argument_group("the database"), os.environ)
    return made


def add_import_options(to: ArgumentParser) -> None:
    """Add the options of `db import` that are about exported files."""
    _add_verify_key(to, os.environ.get(_KEY_VARIABLE, ""))
    to.add_argument(
        "--accept-older", action="store_true", help="take an exported file though the database here knows more"
    )


def _add_verify_key(to: ArgumentParser, default: str | None) -> None:
    to.add_argument(
        "--verify-key", metavar="KEY.pub.pem", default=default,
        help=f"take only an exported file that is signed with this key ({_KEY_VARIABLE})",
    )  # fmt: skip


def run(action: str, found: Namespace, outside: Outside) -> int:
    """Return 0 when it was done."""
    if action == "keygen":
        return _keygen(found)
    if action == "verify" and found.file:
        return _verify_file(found, outside)
    path = _in_use(found, outside)
    outside.say(f"checking {path}")
    return {"export": _export, "verify": _verify, "wheel": _wheel}[action](path, found)


def is_exported(paths: Sequence[str], verify_key: str) -> bool:
    """Return whether what is to be imported is an exported file.

    Raises:
        UsageError: there is more beside it, which it would replace.
        DatabaseError: it is none, and only what is signed may be imported.
    """
    from pip_assay.advisories import bundle

    exported = [path for path in paths if bundle.recognises(path)]
    if exported and len(paths) > 1:
        what = "is an exported database, which replaces the whole database"
        raise UsageError(what, exported[0], "import it first, alone, and the others after it")
    if verify_key and not exported:
        hint = "import it without a key: --verify-key ''"
        raise DatabaseError("is no exported database, so it carries no signature", paths[0], hint)
    return bool(exported)


def take(file: str, found: Namespace, outside: Outside) -> int:
    """Return 0 when an exported file has taken the place of the database."""
    from pip_assay.advisories import bundle, database

    path = database.path(options.settings(found), outside.environ)
    outside.say(f"checking {file}")
    taken = bundle.take(
        file, path, verify_key=found.verify_key, accept_older=found.accept_older, say=outside.say,
        progress=outside.progress,
    )  # fmt: skip
    for line in _described(taken.manifest):
        output.tell(line)
    output.tell(_signature(taken, found.verify_key))
    output.tell(f"it has replaced the whole database, and what was imported by hand is gone: {path}")
    return CLEAN


def _export(path: str, found: Namespace) -> int:
    from pip_assay.advisories import bundle

    made = bundle.write(path, found.file, sign_key=found.sign_key)
    for line in _described(made):
        output.tell(line)
    signed = f"signed with {found.sign_key}" if found.sign_key else "not signed"
    output.tell(f"wrote {found.file} ({files.size(os.path.getsize(found.file))}), {signed}")
    return CLEAN


def _verify(path: str, found: Namespace) -> int:
    from pip_assay.advisories import database, integrity

    if found.verify_key:
        what = "is no exported file, and only those are signed"
        raise DatabaseError(what, path, "name the file: pip-assay db verify FILE --verify-key KEY.pub.pem")
    integrity.check(path, thoroughly=True)
    with database.open(path) as held:
        data = held.data()
    output.lines([f"database   {path} ({files.size(os.path.getsize(path))})", *_checked(data.records, data.digest)])
    return CLEAN


def _verify_file(found: Namespace, outside: Outside) -> int:
    from pip_assay.advisories import bundle

    key = outside.environ.get(_KEY_VARIABLE, "") if found.verify_key is None else found.verify_key
    outside.say(f"checking {found.file}")
    checked = bundle.verify(found.file, verify_key=key)
    facts = checked.manifest
    output.lines(
        [
            f"file       {found.file} ({files.size(os.path.getsize(found.file))})",
            f"manifest   describes the database in it, as pip-assay {facts.made_by} exported it",
            f"signature  {_signature(checked, key)}",
            f"SHA-256    {facts.sha256}, as the manifest says",
            *_checked(facts.records, facts.digest),
        ]
    )
    return CLEAN


def _checked(records: int, digest: str) -> Iterator[str]:
    yield "structure  SQLite finds it in order; it has the tables of pip-assay and nothing else"
    yield f"records    {count(records, 'record')}, each as its SHA-256 says"
    yield "claims     each as its record says"
    yield f"digest     {digest}, as computed from the records"


def _signature(found: "Unpacked", key: str) -> str:
    if found.is_verified:
        return f"signed with the key of {key}"
    return "signed, and not checked: name the key with --verify-key" if found.is_signed else "not signed"


def _wheel(path: str, found: Namespace) -> int:
    from pip_assay.advisories import data_wheel

    if found.post < 0:
        raise UsageError("--post takes a number from 0 on")
    wheel = data_wheel.build(path, found.folder, post=found.post)
    output.lines([wheel])
    return CLEAN


def _keygen(found: Namespace) -> int:
    from pip_assay.advisories import signing

    public = signing.make_keys(found.file)
    output.tell(f"wrote {found.file}: it signs; keep it secret, and away from where its signatures are checked")
    output.tell(f"wrote {public}: it verifies; carry it to where exported files are imported")
    return CLEAN


def _in_use(found: Namespace, outside: Outside) -> str:
    """Return the path of the database that audits use.

    Raises:
        DatabaseError: there is none.
    """
    from pip_assay.advisories import database, in_use

    settings = options.settings(found)
    chosen = in_use.choose(settings, outside.environ)
    with chosen.database if chosen else database.open(database.path(settings, outside.environ)) as held:
        return held.path


def _described(facts: "Manifest") -> Iterator[str]:
    yield f"{count(facts.records, 'record')}, digest {facts.digest}"
    for each in facts.ecosystems:
        held = f"{count(each.records, 'record')}, newest {each.newest}"
        yield f"{each.name}: {held}, complete as of {each.fetched or 'no day'}"
    for name, date in facts.lists.items():
        yield f"{name.upper()}: of {date[:10]}"
