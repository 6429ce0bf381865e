"""Requests: one client for each set of settings, whose connections, certificates and logins are used again."""

import base64
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from threading import Lock
from time import monotonic, sleep
from typing import IO, NamedTuple
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout

from pip_assay import __version__
from pip_assay.errors import NetworkError
from pip_assay.net import PATIENCE, Answer, Network, bodies, faults, surroundings, without_credentials
from pip_assay.net.threads import Late, Passing, within

REDIRECTS = 5

PACKED = {"Accept-Encoding": "gzip, deflate"}
AS_IT_IS = {"Accept-Encoding": "identity"}
IN_JSON = {"Accept": "application/json", "Content-Type": "application/json", **PACKED}

_opening = Lock()


class Request(NamedTuple):
    """What is asked of a server, and what takes in the body of its answer. It is a POST if it has a body itself."""

    url: str
    headers: Mapping[str, str]
    take: bodies.Take
    body: bytes | None = None


class Opened(NamedTuple):
    """A response whose body is unread, and the host and the address that it is from."""

    response: BaseHTTPResponse
    host: str
    url: str


def client(network: Network) -> "Client":
    """Return the one client of these settings, whichever thread asks."""
    with _opening:
        return _client(network)


@lru_cache(maxsize=8)
def _client(network: Network) -> "Client":
    return Client(network)


if hasattr(os, "register_at_fork"):
    # Two processes on one connection would get each other's answers.
    os.register_at_fork(after_in_child=_client.cache_clear)


class Client:
    """The connections made under one set of settings."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._deadline = network.timeout * PATIENCE
        self._surroundings = surroundings.read(dict(network.environ))
        self._managers: dict[tuple[str, bool], PoolManager] = {}

    def get(self, url: str, headers: Mapping[str, str], limit: int) -> Answer:
        """Return the answer at an address; see `pip_assay.net.get`."""
        # A piece of what is packed could not be unpacked.
        packing = AS_IT_IS if any(name.lower() == "range" for name in headers) else PACKED
        return self._whole(Request(url, {**headers, **packing}, bodies.reader(limit)))

    def json(self, url: str, document: object, limit: int) -> object:
        """Return the JSON document at an address, or the one that answers `document` if that is not None."""
        body = None if document is None else json.dumps(document).encode("ascii")
        answer = self._whole(Request(url, IN_JSON, bodies.reader(limit), body))
        return bodies.document(answer.body, _place(url))

    def download(
        self,
        url: str,
        file: IO[bytes],
        headers: Mapping[str, str],
        limit: int,
        progress: Callable[[int, int], None] | None,
    ) -> Answer:
        """Write what is at an address to a file; see `pip_assay.net.stream`."""
        request = Request(url, {**headers, **AS_IT_IS}, bodies.writer(file, limit, progress))
        return self._persist(url, lambda: self._taken(within(self._deadline, lambda: self._open(request)), request))

    def _whole(self, request: Request) -> Answer:
        return self._persist(
            request.url, lambda: within(self._deadline, lambda: self._taken(self._open(request), request))
        )

    def _persist(self, url: str, attempt: Callable[[], Answer]) -> Answer:
        """Return what an attempt gives; try again what may pass, until the retries or the time are used up."""
        network, end = self._network, monotonic() + self._deadline
        retry = Retry(network.retries, backoff_factor=network.backoff, backoff_jitter=network.backoff / 2)
        while True:
            try:
                return self._in_words(url, attempt)
            except Passing as passing:
                if retry.total == 0 or passing.pause > faults.LONGEST_PAUSE or monotonic() > end:
                    raise
                retry = retry.increment(error=HTTPError())
                sleep(max(retry.get_backoff_time(), passing.pause))

    def _in_words(self, url: str, attempt: Callable[[], Answer]) -> Answer:
        try:
            return attempt()
        except Late:
            what = f"did not finish its answer within {self._deadline:g} s"
            raise Passing(what, _place(url), faults.CONNECTION) from None

    def _open(self, request: Request) -> Opened:
        """Return the response at the end of the redirects, its body unread."""
        here = start = _address(request.url)
        for _ in range(REDIRECTS + 1):
            response = self._send(request, here, start)
            # RFC 9110, 15.4: only 307 and 308 repeat a POST as it was.
            follow = (301, 302, 303, 307, 308) if request.body is None else (307, 308)
            onward = response.headers.get("Location", "")
            if not onward or response.status not in follow:
                bare = here._replace(netloc=_bare(here), fragment="")
                return Opened(_accepted(response, request, here), bare.netloc, bare.geturl())
            response.close()
            here = _onward(here, onward)
        raise NetworkError(f"sends us from address to address, more than {REDIRECTS} times", _place(request.url))

    def _send(self, request: Request, here: SplitResult, start: SplitResult) -> BaseHTTPResponse:
        headers = {"User-Agent": f"pip-assay/{__version__}", **request.headers, **self._login(here, start)}
        with self._blaming(_bare(here)):
            return self._manager(here).urlopen(
                "GET" if request.body is None else "POST",
                here._replace(netloc=_bare(here), fragment="").geturl(),
                body=request.body,
                headers=headers,
                timeout=Timeout(connect=self._network.timeout, read=self._network.timeout),
                preload_content=False,
                redirect=False,
                retries=False,
            )

    def _taken(self, opened: Opened, request: Request) -> Answer:
        response, host, url = opened
        try:
            with self._blaming(host):
                body = request.take(response, host)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        headers = {name.lower(): response.headers[name] for name in response.headers}
        return Answer(response.status, headers, body, url)

    @contextmanager
    def _blaming(self, host: str) -> Iterator[None]:
        """Put what goes wrong in words about the host that was asked: after a redirect, not the first one."""
        try:
            yield
        except HTTPError as error:
            raise faults.fault(error, host, self._network.timeout) from None

    def _login(self, here: SplitResult, start: SplitResult) -> dict[str, str]:
        """Return the credentials for an address. Those of the first one are not sent on to another host."""
        given = start if not here.username and _bare(here) == _bare(start) else here
        login = self._surroundings.logins.get(given.hostname or "")
        if given.username:
            login = (unquote(given.username), unquote(given.password or ""))
        return {"Authorization": f"Basic {_encoded(login)}"} if login else {}

    def _manager(self, here: SplitResult) -> PoolManager:
        proxy = surroundings.proxy(self._surroundings, here.scheme, _bare(here))
        secure = here.scheme == "https" or proxy.startswith("https:")
        with _opening:
            if (proxy, secure) not in self._managers:
                self._managers[proxy, secure] = self._connections(proxy, secure=secure)
            return self._managers[proxy, secure]

    def _connections(self, proxy: str, *, secure: bool) -> PoolManager:
        trust = surroundings.trust(self._surroundings) if secure else None
        if not proxy:
            return PoolManager(maxsize=self._network.connections, ssl_context=trust)
        address = urlsplit(proxy)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise NetworkError("is not a proxy that can be used", _bare(address), "name one that starts with http://")
        login = (unquote(address.username), unquote(address.password or "")) if address.username else None
        return ProxyManager(
            address._replace(netloc=_bare(address)).geturl(),
            maxsize=self._network.connections,
            proxy_headers={"Proxy-Authorization": f"Basic {_encoded(login)}"} if login else None,
            ssl_context=trust,
            proxy_ssl_context=trust,
        )


def _accepted(response: BaseHTTPResponse, request: Request, here: SplitResult) -> BaseHTTPResponse:
    conditional = any(name.lower().startswith("if-") for name in request.headers)
    is_piece = response.status == 206 and any(name.lower() == "range" for name in request.headers)
    if response.status == 200 or is_piece or (response.status == 304 and conditional):
        return response
    response.close()
    raise faults.refused(response, _bare(here))


def _onward(here: SplitResult, location: str) -> SplitResult:
    with suppress(ValueError):  # what is no address is told by the next line
        location = urljoin(here.geturl(), location)
    there = _address(location)
    if (here.scheme, there.scheme) == ("https", "http"):
        raise NetworkError("sends us on from https to http", _bare(here), "name an address that is https throughout")
    return there


def _address(url: str) -> SplitResult:
    """Return the parts of a web address.

    Raises:
        NetworkError: it is none.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise NetworkError("is not a web address", without_credentials(url), "name one that starts with https://")


def _bare(address: SplitResult) -> str:
    """Return the host and port, without the credentials."""
    return address.netloc.rpartition("@")[2]


def _place(url: str) -> str:
    return _bare(_address(url))


def _encoded(login: tuple[str, str]) -> str:
    """Return a user name and password as RFC 7617 wants them."""
    return base64.b64encode(":".join(login).encode()).decode("ascii")
