import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pip_assay.advisories import build, changes, database, sync
from tests.mirror import publish
from tests.osv_export import archive, record
from tests.server import Server, quick

NOW = 1_800_000_000.0
QUICK = quick()._replace(retries=0)

states = st.lists(
    st.dictionaries(st.integers(0, 40), st.integers(1, 3), min_size=1), min_size=2, max_size=5
)  # fmt: skip
"""What an export shows from update to update: a version of each record that it has."""


def content(path: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of the tables that decide what an audit finds."""
    tables = ("advisory", "mention", "span", "listed", "alias")
    with database.open(path) as held:
        execute = held._connection.execute
        return {table: sorted(execute(f"SELECT * FROM {table}").fetchall()) for table in tables}


@settings(max_examples=15)
@given(states, st.booleans(), st.booleans())
def test_updates_step_by_step_give_what_one_import_gives(
    shown: list[dict[int, int]], has_list: bool, has_singles: bool
) -> None:
    """Whatever changes, comes and goes between them, and however it is fetched, nothing of the way remains."""
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        path, anew = f"{folder}/a/advisories.db", f"{folder}/b/advisories.db"
        for step, state in enumerate(shown):
            records = [
                record(f"X-{number}", f"project-{version}", modified=f"2026-0{step + 1}-0{version}T00:00:00Z")
                for number, version in state.items()
            ]
            made = Path(folder)
            listed = None if has_list else ""
            url = publish(server, made, *records, listed=listed, singles=has_singles)
            updated = sync.update(path, QUICK, {}, now=NOW, origin=url, ecosystems=("PyPI",), accept_older=True)
            assert updated.skipped == ()
            build.build(anew, [archive(made / "anew.zip", *records)], now=NOW, replace=True)
            assert content(path) == content(anew)


@given(st.binary(max_size=300) | st.text("0123456789-:TZ,./\\%\n\rAé", max_size=300).map(str.encode))
def test_no_list_of_changes_raises_or_leads_elsewhere(text: bytes) -> None:
    """Whatever its bytes are, what comes of it are ids that are plain file names, and times that can be compared."""
    found = changes.read(text)
    for name, moment in found.times.items():
        assert name[0].isalnum()
        assert not set(name) & set("/\\%?# ")
        assert moment == "" or len(moment) == len("2026-06-01T00:00:00.000000+00:00")
    assert all(1 <= line <= 301 for line in found.wrong)
    assert not changes.is_before(found.newest, changes.mark(found.newest, NOW))
