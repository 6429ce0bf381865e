"""What went wrong, in plain words that follow the name of the host: "index.example: refused the connection"."""

import ssl
from http.client import IncompleteRead

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InvalidHeader,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
)
from urllib3.util import Retry

from pip_assay import files
from pip_assay.errors import NetworkError, NotFound
from pip_assay.net.threads import Passing

CONNECTION = "check the connection and the proxy settings, or use a local database with --offline"
LATER = "try again later, or use a local database with --offline"
TRUST = "name your organisation's certificate file in PIP_CERT or SSL_CERT_FILE"

AGAIN = (429, 500, 502, 503, 504)
"""Answers that may be over in a moment: too many requests, and a server or gateway out of order."""

LONGEST_PAUSE = 60.0
"""Seconds: a server that asks to wait longer is not asked again; it says so itself, and nobody waits in silence."""


def refused(response: BaseHTTPResponse, host: str) -> NetworkError:
    """Return the error for an answer whose status is not the one that was wanted."""
    status = response.status
    if status in (404, 410):
        return NotFound(f"answered {status}: it has no such page", host, "check the address")
    if status in AGAIN:
        pause = _pause(response.headers.get("Retry-After", ""))
        wait = " and asks to wait for more than a minute" if pause > LONGEST_PAUSE else ""
        return Passing(f"answered {status}{wait}", host, LATER, pause=pause)
    if status in (401, 403, 407):
        return NetworkError(f"answered {status}: it does not let us in", host, "check the name and password for it")
    return NetworkError(f"answered {status}", host, "check the address and the proxy settings")


def fault(error: HTTPError, host: str, seconds: float) -> NetworkError:
    """Return the error for a request that got no whole answer. `seconds` is the time limit, which may have passed."""
    inner = error.original_error if isinstance(error, ProxyError) else error
    cause = _cause(inner)
    what = _said(inner, cause, seconds)
    if inner is not error:
        what = f"cannot be asked through the proxy, which {what}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return NetworkError(what, host, TRUST)
    # A proxy that wants a password is told by an error that is not urllib3's own: asking again would not help.
    if isinstance(inner, (DecodeError, LocationValueError)) or not isinstance(inner, HTTPError):
        return NetworkError(what, host, CONNECTION)
    return Passing(what, host, CONNECTION)


def _cause(error: Exception) -> BaseException:
    """Return the error of the system or of its libraries that urllib3 wrapped."""
    wrapped = [argument for argument in error.args if isinstance(argument, Exception)]
    return error.__cause__ or (wrapped[-1] if wrapped else error)


def _said(error: Exception, cause: BaseException, seconds: float) -> str:
    """Return what the other side did; the special cases come first."""
    if isinstance(error, NameResolutionError):
        return "was not found: this name has no address"
    if isinstance(cause, ssl.SSLError):
        return _of_encryption(cause)
    if isinstance(error, ReadTimeoutError):
        return f"sent nothing for {seconds:g} s"
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return f"did not answer within {seconds:g} s"
    if isinstance(error, ProtocolError):
        return _of_protocol(error, cause)
    if isinstance(error, DecodeError):
        return "sent an answer that cannot be unpacked"
    if isinstance(cause, ConnectionRefusedError):
        return "refused the connection"
    return f"cannot be reached ({_words(cause)})"


def _of_encryption(cause: ssl.SSLError) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"shows a certificate that is not trusted ({cause.verify_message})"
    return f"cannot be talked to in private ({(cause.reason or 'no encryption').replace('_', ' ').lower()})"


def _of_protocol(error: ProtocolError, cause: BaseException) -> str:
    if isinstance(cause, ConnectionError):
        return "closed the connection too soon"
    if isinstance(cause, IncompleteRead) or cause is error:
        return "broke off in the middle of its answer"
    return "does not answer in HTTP"


def _words(cause: BaseException) -> str:
    return files.reason(cause) if isinstance(cause, Exception) else str(cause)


def _pause(retry_after: str) -> float:
    """Return the seconds that a Retry-After header asks for, in either of its forms (RFC 9110, 10.2.3)."""
    try:
        return float(Retry().parse_retry_after(retry_after))
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0
