"""What every test gets: a scrubbed environment, a fixed hypothesis profile, the shared data where it is there."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "fixed",
    derandomize=True,
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("long", settings.get_profile("fixed"), derandomize=False, max_examples=5000)
settings.load_profile(os.environ.get("PIP_ASSAY_HYPOTHESIS", "fixed"))

SHARED = Path(__file__).resolve().parents[2] / "shared" / "osv-bulk"

SCRUBBED = (
    "PIP_ASSAY_", "PIP_AUDIT_", "PIPAPI_", "PIP_", "UV_", "VIRTUAL_ENV", "CONDA_PREFIX", "NO_COLOR", "FORCE_COLOR",
    "CLICOLOR", "COLUMNS", "GITHUB_", "CI", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy",
    "https_proxy", "all_proxy", "no_proxy", "PYTHONPATH",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes golden files anew; read the difference before you commit it."""
    parser.addoption("--update", action="store_true", help="write golden files anew")


@pytest.fixture(autouse=True)
def scrubbed_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No variable of the person who runs the tests, and no file of their home, changes a result."""
    for name in list(os.environ):
        if name.startswith(SCRUBBED):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PIP_ASSAY_CACHE", str(home / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


@pytest.fixture
def shared_data() -> Path:
    """The folder of real advisory data; tests that ask for it are skipped where it is not there."""
    if not SHARED.is_dir():
        pytest.skip("../shared/osv-bulk is not here")
    return SHARED
