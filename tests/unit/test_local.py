from pathlib import Path

from pip_assay.advisories import build, database, local, sync
from pip_assay.settings import Outside, Settings
from tests.mirror import publish
from tests.osv_export import archive, record
from tests.server import Reply, Server

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
DAY = 86400


def outside(folder: Path, origin: str = "", now: float = NOW) -> Outside:
    """A user's surroundings: the place of the database, and of the export."""
    environ = {
        "PIP_ASSAY_DB": str(folder / "advisories.db"),
        "PIP_ASSAY_OSV_BULK": origin,
        "PIP_CONFIG_FILE": "/dev/null",
    }
    return Outside(environ, str(folder), now)


def test_when_only_other_ecosystems_can_be_fetched_the_reason_is_told(tmp_path: Path) -> None:
    """A database of Rust's advisories alone is none for Python: the first time, and when that is old."""
    with Server() as server:
        url = publish(server, tmp_path, record("R-1", ecosystem="crates.io"), ecosystem="crates.io")
        server.script["/PyPI/modified_id.csv"] = Reply("no", 403)
        first = local.hold(Settings(), outside(tmp_path, url))
        again = local.hold(Settings(), outside(tmp_path, url))
        publish(server, tmp_path, record("X-1", modified="2027-01-15T00:00:00Z"))
        good = local.hold(Settings(), outside(tmp_path, url))
    assert "and it could not be fetched" in str(first.problems[0])
    assert "answered 403" in str(first.problems[0])
    assert "of no known day, and could not be refreshed" in str(again.problems[0])
    assert good.problems == ()


def test_data_that_have_not_changed_are_fresh(tmp_path: Path) -> None:
    """A refresh that finds nothing new is one small request for each ecosystem, and the next audit makes none."""
    with Server() as server:
        url = publish(server, tmp_path, record("X-1", modified="2027-01-15T00:00:00Z"))
        local.hold(Settings(max_database_age=30), outside(tmp_path, url))
        before = len(server.asked)
        for _ in range(2):
            assert local.hold(Settings(max_database_age=30), outside(tmp_path, url, NOW + 31 * DAY)).database
        assert server.paths()[before:] == [f"/{each}/modified_id.csv" for each in sync.ECOSYSTEMS]


def test_data_of_the_future_are_a_problem_in_words(tmp_path: Path) -> None:
    """With a clock that is a year behind nobody knows how old the data are, and offline nothing can be asked."""
    path = str(tmp_path / "advisories.db")
    build.build(path, [archive(tmp_path / "a.zip", record("X-1"))], now=NOW)
    held = local.hold(Settings(offline=True), outside(tmp_path, now=NOW - 400 * DAY))
    (problem,) = held.problems
    assert problem.what == "the advisory data are of 2026-01-01, which is no day before today: is the clock right?"
    assert database.exists(path)
