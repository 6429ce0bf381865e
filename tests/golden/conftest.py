"""Golden files: what the program wrote when a person last read it. `--update` rewrites them."""

from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent

Golden = Callable[[str, str], None]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return a function that compares a text with the golden file of that name, or rewrites it."""
    update = request.config.getoption("--update")

    def compare(name: str, text: str) -> None:
        path = HERE / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.is_file(), f"{name} is not there; run pytest tests/golden --update, and read what it writes"
        assert text == path.read_bytes().decode(), f"{name} differs; see pytest tests/golden --update"

    return compare
