"""What a bulk export may hold at worst: each record is read, or skipped with its reason, and no other suffers."""

import json
import random
import zipfile

import pytest

from pip_assay.advisories import build, database
from pip_assay.match import certainty
from pip_assay.model import PYPI
from pip_assay.versions import key
from tests.transcripts import NOW


def record(identifier: str, events: list[dict[str, str]], **more: object) -> dict[str, object]:
    package = {"ecosystem": PYPI, "name": "project"}
    affected = [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    return {"id": identifier, "modified": "2026-11-20T08:00:00Z", "affected": affected, **more}


def affects(path: str, identifier: str, version: str) -> bool:
    with database.open(path) as held:
        claims = held.claims([(PYPI, "project")])[PYPI, "project"]
    (claim,) = [each for each in claims if each.advisory == identifier]
    return certainty(claim, key(PYPI, version), version) == "affected"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, build.Built]:
    """A database of one zip that holds all of it, and what its import said."""
    tmp_path = tmp_path_factory.mktemp("worst")
    many = [
        {bound: f"{number}.{minor}"} for number in range(50_000) for minor, bound in enumerate(("introduced", "fixed"))
    ]
    random.Random(1).shuffle(many)
    simple = [{"introduced": "0"}, {"fixed": "2.0"}]
    content = {
        "empty.json": "", "object.json": "{}", "list.json": "[]", "number.json": "7", "text.json": '"x"',
        "nul.json": "\0",
        "identifier.json": json.dumps({**record("x", simple), "id": 7}),
        "later.json": json.dumps(record("LATER-1", simple, schema_version="1.99.0", invented={"a": [1]})),
        "future.json": json.dumps(record("FUTURE-1", simple, schema_version="2.0.0")),
        "long.json": json.dumps(record("LONG-1", simple, details="x" * 50_000_000)),
        "many.json": json.dumps(record("MANY-1", many)),
        "one.json": json.dumps(record("TWICE-1", [{"introduced": "0"}, {"fixed": "1.0"}])),
        "two.json": json.dumps({**record("TWICE-1", simple), "modified": "2026-11-21T08:00:00Z"}),
    }  # fmt: skip
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    path = str(tmp_path / "advisories.db")
    return path, build.build(path, [str(tmp_path / "all.zip")], now=NOW)


def test_each_is_read_or_skipped_with_its_reason(made: tuple[str, build.Built]) -> None:
    """Nothing is dropped in silence, and what can be read is held; that one id came twice is told, too."""
    path, built = made
    with database.open(path) as held:
        names = {"LATER-1", "LONG-1", "MANY-1", "TWICE-1", "FUTURE-1", "x"}
        assert set(held.advisories(names)) == {"LATER-1", "LONG-1", "MANY-1", "TWICE-1"}
    skipped = {str(problem.place).rpartition("/")[2] for problem in built.skipped}
    assert skipped == {
        "empty.json", "object.json", "list.json", "number.json", "text.json", "nul.json", "identifier.json",
        "future.json", "two.json",
    }  # fmt: skip
    assert all(problem.what for problem in built.skipped)


def test_a_hundred_thousand_events_in_any_order_are_matched(made: tuple[str, build.Built]) -> None:
    """By the definition: introduced at N.0, fixed at N.1."""
    path, _ = made
    for version, expected in (("0.0", True), ("0.1", False), ("0.5", False), ("49999.0.9", True), ("49999.1", False)):
        assert affects(path, "MANY-1", version) is expected
    assert affects(path, "LONG-1", "1.9")
    assert not affects(path, "LONG-1", "2.0")


def test_of_two_records_with_one_id_the_newer_counts(made: tuple[str, build.Built]) -> None:
    """In whatever order a zip holds them."""
    path, _ = made
    assert affects(path, "TWICE-1", "1.5")
