"""No credential is shown, whatever somebody left unencoded in it. Oracle: the same address without one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay.credentials import all_without_credentials, without_credentials
from pip_assay.sources.requirements import addresses

USER = st.text(alphabet="ab-._~%", min_size=1, max_size=4)
SECRET = st.builds(
    "s3cret{}{}".format, st.text(alphabet="xyz/?#:!$&", max_size=6), st.text(alphabet="xyz@:!$&", max_size=4)
)
REST = st.sampled_from(["", "/simple", "/a/repository.git", ":8080/simple"])


@given(USER, SECRET, REST)
def test_a_login_goes_whole(user: str, secret: str, rest: str) -> None:
    """A password may hold "/", "?", "#" and "@" that nobody encoded: nothing of it stays."""
    plain = f"https://index.example{rest}"
    address = f"https://{user}:{secret}@index.example{rest}"
    assert without_credentials(address) == plain
    assert all_without_credentials(f"name @ {address} and more") == f"name @ {plain} and more"
    assert "s3cret" not in addresses.public(f"--index-url {address}")


@pytest.mark.parametrize(
    "address",
    [
        "https://index.example/simple", "https://index.example:8080/a@b", "git+https://code.example/a.git@v1.0",
        "https://index.example/simple?mail=a:b@c", "https://[::1]:8080/a@b", "relative/path@1", "file:///a/b@c",
    ],
)  # fmt: skip
def test_an_address_without_a_login_stays_whole(address: str) -> None:
    """An "@" in a path or query is no login, and a port is no password."""
    assert without_credentials(address) == all_without_credentials(address) == address
