"""Public or not? Told apart so that no private name is looked up as if it were a public project's."""

from collections.abc import Callable, Mapping

from pip_assay.model import Origin
from pip_assay.settings import Settings

MIRRORS = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
"""Variables that replace the public index for everything: what they name is taken for a mirror of it."""


class Origins:
    """Knows the public index, and what the user named in its place.

    `public_index` gives the address of the public index; it is asked only when a source names an index at all.
    """

    def __init__(self, public_index: Callable[[], str], settings: Settings, environ: Mapping[str, str]) -> None:
        self._public_index = public_index
        self._settings = settings
        self._environ = environ
        self._known: dict[str, bool] = {}

    def is_private(self, origin: Origin) -> bool:
        """Return whether the release came from an index that is neither public nor a known mirror of it."""
        if origin.kind == "private index":
            return True
        return origin.kind == "index" and bool(origin.location) and not self._is_public(origin.location)

    def may_be_sent(self, origin: Origin) -> bool:
        """Return whether the name may be sent to an online service: only what is from a public index."""
        return origin.kind == "index" and not self.is_private(origin)

    def _is_public(self, location: str) -> bool:
        if location not in self._known:
            named = [self._settings.index_url, *(self._environ.get(name, "") for name in MIRRORS)]
            hosts = {host(url) for url in (self._public_index(), *named) if url}
            self._known[location] = host(location) in hosts or self._configured(location)
        return self._known[location]

    def _configured(self, location: str) -> bool:
        """Return whether pip's own configuration files name the index in place of the public one."""
        from pip_assay import net

        return host(location) == host(net.configured_index(self._environ))


def host(url: str) -> str:
    """Return the host and port of an address in lower case, without credentials; empty where it has none."""
    _, mark, rest = url.partition("://")
    return rest.partition("/")[0].rpartition("@")[2].lower() if mark else ""
