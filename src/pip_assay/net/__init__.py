"""The one door to the network: time limits, retries, size limits, proxies, certificates, and off means off.

A `Network` is only settings. Nothing is opened, and nothing heavy imported, before the first request.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from pip_assay.credentials import without_credentials
from pip_assay.errors import NetworkError
from pip_assay.net.addresses import host, is_public_index, public_index, public_site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

    from pip_assay.net.client import Client
    from pip_assay.net.remote import Remote

__all__ = [
    "Answer", "Network", "configured_index", "gather", "get", "get_json", "host", "indexes", "is_public_index",
    "network", "opened", "post_json", "public_index", "public_site", "stream", "without_credentials",
]  # fmt: skip

T = TypeVar("T")

LIMIT = 64 * 1024 * 1024
"""Bytes: an answer that is read into memory is never larger, after unpacking."""

PATIENCE = 4
"""A request ends after so many times the time limit, however slowly its answer comes. A download may go on."""

_READ = (
    "APPDATA", "CURL_CA_BUNDLE", "HOME", "NETRC", "PIP_", "PROGRAMDATA", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
    "USERPROFILE", "VIRTUAL_ENV", "XDG_CONFIG_",
)  # fmt: skip


class Network(NamedTuple):
    """How the network may be used.

    timeout      seconds that a server may be silent.
    retries      how often a passing failure is tried again, after `backoff` seconds, doubled each time.
    connections  how many requests run at once.
    index_url    as given on the command line; empty where pip's settings decide (see `indexes`).
    environ      the variables that pip's settings, proxies and certificates are read from.
    progress     is told how many of the requests that run at once are done, and how many there are.
    """

    offline: bool = False
    timeout: float = 15.0
    retries: int = 3
    backoff: float = 0.5
    connections: int = 12
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    environ: tuple[tuple[str, str], ...] = ()
    progress: Callable[[int, int], None] | None = None

    def __repr__(self) -> str:
        """Return the settings that hold no credentials."""
        return f"Network(offline={self.offline}, timeout={self.timeout:g})"


class Answer(NamedTuple):
    """What a server sent: status 200, 206 or 304, headers by their name in lower case, the body (none if streamed).

    url  where it came from, at the end of the redirects; without credentials.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    url: str = ""


def network(
    environ: Mapping[str, str],
    *,
    offline: bool = False,
    timeout: float = 15.0,
    index_url: str = "",
    extra_index_urls: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Network:
    """Return the settings of the network. No file is read yet."""
    kept = {name: value for name, value in environ.items() if name.startswith(_READ) or name.lower().endswith("_proxy")}
    return Network(
        offline=offline,
        timeout=timeout,
        index_url=index_url,
        extra_index_urls=tuple(extra_index_urls),
        environ=tuple(sorted(kept.items())),
        progress=progress,
    )


def indexes(network: Network) -> tuple[str, ...]:
    """Return the package indexes in use, the main one first: addresses as given, with their credentials.

    What was given on the command line counts first, then pip's own environment variables and configuration files.
    As with pip, a main index replaces the configured one and extra indexes are added to the configured ones.

    Raises:
        UsageError: a configuration file of pip's is broken.
    """
    from pip_assay.net import pip_settings

    configured = pip_settings.read(dict(network.environ))
    main = network.index_url or configured.get("index-url") or public_index()
    return (main, *configured.get("extra-index-url", "").split(), *network.extra_index_urls)


def configured_index(environ: Mapping[str, str]) -> str:
    """Return the main index that pip's own settings name, with its credentials, or nothing.

    Raises:
        UsageError: a configuration file of pip's is broken.
    """
    from pip_assay.net import pip_settings

    return pip_settings.read(environ).get("index-url", "")


def get(network: Network, url: str, *, headers: Mapping[str, str] | None = None, limit: int = LIMIT) -> Answer:
    """Return the answer at an address, at most `limit` bytes long.

    With an If-None-Match or If-Modified-Since header the answer may be of status 304 and empty; with a Range header,
    of status 206 and a piece, which is not packed on its way (see `opened`).

    Raises:
        NotFound: there is no such thing (404, 410).
        NetworkError: there is no answer, or it cannot be used; the network is off.
        UsageError: a configuration file of pip's is broken.
    """
    return _client(network, url).get(url, headers or {}, limit)


def get_json(network: Network, url: str, *, limit: int = LIMIT) -> object:
    """Return the JSON document at an address. Raises what `get` raises."""
    return _client(network, url).json(url, None, limit)


def post_json(network: Network, url: str, document: object, *, limit: int = LIMIT) -> object:
    """Return the JSON document with which a service answers another. Raises what `get` raises."""
    return _client(network, url).json(url, document, limit)


def stream(
    network: Network,
    url: str,
    file: "IO[bytes]",
    *,
    limit: int,
    progress: Callable[[int, int], None] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Write what is at an address to an open file, from its present position, and return the answer without its body.

    `progress` is called with the bytes written and the bytes expected, 0 where the server does not say. A retry
    starts again at the same position. What was written before an error stays in the file.

    Raises:
        Unreadable: the file cannot be written.
        NotFound, NetworkError, UsageError: as in `get`; also where less came than was announced.
    """
    return _client(network, url).download(url, file, headers or {}, limit, progress)


def opened(network: Network, url: str) -> "Remote":
    """Return the file at an address, of which no more is fetched than what is read, within bounds.

    Raises:
        NotFound, NetworkError, UsageError: as `get`; also where the server sends whole files only, and this one is
        large.
    """
    from pip_assay.net.remote import Remote

    return Remote(network, url)


def gather(network: Network, work: Sequence[Callable[[], T]]) -> list[T | NetworkError]:
    """Return what each piece of work returned, in order; a piece that raised NetworkError gives that error.

    `network.connections` pieces run at once. When a dozen in a row fail because a server is out of order, the rest is
    not begun and gets the last of these errors. Any other error ends the work and is raised; so does Ctrl-C.
    """
    from pip_assay.net import threads

    return threads.gather(work, network.connections, network.progress)


def _client(network: Network, url: str) -> "Client":
    if network.offline:
        raise NetworkError("is not asked: the network is off (--offline)", host(url), "leave out --offline to ask it")
    from pip_assay.net.client import client

    return client(network)
