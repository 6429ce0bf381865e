"""What the user's machine says about the network: proxies, certificates, logins."""

import os
import ssl
import sys
from collections.abc import Mapping
from typing import NamedTuple

from pip_assay import files
from pip_assay.errors import NetworkError
from pip_assay.net import pip_settings


class Surroundings(NamedTuple):
    """The settings that surround every request.

    proxies       by scheme; under "no" the hosts that are asked without one.
    certificates  a file or folder of certificates to trust instead of the system's, and what named it.
    logins        user name and password by host, from netrc.
    """

    proxies: Mapping[str, str]
    certificates: tuple[str, str]
    logins: Mapping[str, tuple[str, str]]

    def __repr__(self) -> str:
        """Return the settings that hold no credentials."""
        return f"Surroundings(certificates={self.certificates!r})"


def read(environ: Mapping[str, str]) -> Surroundings:
    """Return the settings that the environment, pip's configuration and netrc make.

    Raises:
        UsageError: a configuration file of pip's is broken.
    """
    configured = pip_settings.read(environ)
    return Surroundings(_proxies(environ, configured), _certificates(environ, configured), _logins(environ))


def proxy(surroundings: Surroundings, scheme: str, host: str) -> str:
    """Return the address of the proxy through which a host is asked, or nothing. `host` may hold a port."""
    proxies = surroundings.proxies
    if _without_proxy(host.lower(), proxies.get("no", "").lower()):
        return ""
    address = proxies.get(scheme) or proxies.get("all") or ""
    return address if "://" in address or not address else f"http://{address}"


def trust(surroundings: Surroundings) -> ssl.SSLContext:
    """Return what decides which certificates are trusted: the named file, else the system.

    Raises:
        NetworkError: the named file is missing or holds no certificate.
    """
    path, named_by = surroundings.certificates
    if not path:
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if os.path.isdir(path):
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        raise NetworkError(
            f"cannot be used as a certificate file ({files.reason(error)})", path, f"correct {named_by}"
        ) from None


def _proxies(environ: Mapping[str, str], configured: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies by scheme. pip's own setting counts for every host, as it does in pip."""
    if "proxy" in configured:
        return {"all": configured["proxy"]}
    found: dict[str, str] = {}
    for name in sorted(environ):  # capitals sort first: a name in lower case counts more, as in curl
        scheme, underscore, ending = name.lower().rpartition("_")
        if underscore and ending == "proxy" and environ[name].strip():
            found[scheme] = environ[name].strip()
    if not found and sys.platform in ("win32", "darwin"):
        from urllib.request import getproxies

        return getproxies()
    return found


def _without_proxy(host: str, exceptions: str) -> bool:
    """Return whether NO_PROXY names the host, a domain that it is in, or "*" for all; with or without its port."""
    name = host.rpartition(":")[0] if host[-1:].isdigit() and ":" in host else host
    listed = [entry.strip().lstrip(".") for entry in exceptions.split(",")]
    return exceptions.strip() == "*" or any(
        each == entry or each.endswith(f".{entry}") for entry in listed if entry for each in (host, name)
    )


def _certificates(environ: Mapping[str, str], configured: Mapping[str, str]) -> tuple[str, str]:
    if "cert" in configured:
        return os.path.expanduser(configured["cert"]), 'PIP_CERT, or "cert" in pip\'s configuration'
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if environ.get(name):
            return environ[name], name
    return "", ""


def _logins(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return netrc's logins. Its "default" entry is for no host in particular, so it is sent to none."""
    import netrc

    home = pip_settings.home(environ)
    named = environ.get("NETRC")
    for path in [named] if named else [os.path.join(home, name) for name in (".netrc", "_netrc")]:
        try:
            hosts = netrc.netrc(path).hosts
        except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
            continue
        return {host: (login, password) for host, (login, _, password) in hosts.items() if login and host != "default"}
    return {}
