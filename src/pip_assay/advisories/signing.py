"""Ed25519 signatures (RFC 8032) over a manifest, with keys in PEM files as OpenSSL writes them.

The signature is the bare 64 bytes, so that `openssl pkeyutl -verify -rawin` can check it too. The library is the extra
`[sign]`, and loaded only where a key is named.
"""

import os

from pip_assay import files
from pip_assay.errors import AssayError, DatabaseError, Unreadable, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LENGTH = 64
_KEY_LIMIT = 64 * 1024
_NO_KEY = "name an Ed25519 key in PEM; pip-assay db keygen KEY.pem makes a pair"


def make_keys(path: str) -> str:
    """Write a new private key to the file, for its owner's eyes only, and its public key beside it; return its path.

    Raises:
        UsageError: one of them is there already.
        Unreadable: they cannot be written.
    """
    _library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    public = f"{path.removesuffix('.pem')}.pub.pem"
    for file in (path, public):
        if os.path.lexists(file):
            raise UsageError("is there already, and keys are never overwritten", file, "name another file")
    key = Ed25519PrivateKey.generate()
    _write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _write_new(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    return public


def sign(content: bytes, key: str) -> bytes:
    """Return the signature of the content with the private key in a file.

    Raises:
        Unreadable: the key cannot be read, is protected by a passphrase, or is none of Ed25519.
    """
    return _private(key).sign(content)


def verify(content: bytes, signature: bytes | None, key: str, place: str) -> None:
    """Return when the signature is of this content, by the owner of the public key in a file.

    Raises:
        DatabaseError: there is no signature, or it is another's; `place` is the signed file, for the message.
        Unreadable: the key cannot be read, or is none of Ed25519.
    """
    public = _public(key)
    if signature is None:
        raise DatabaseError("is not signed", place, "export it with --sign-key, or take it without --verify-key")
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(signature, content)
    except InvalidSignature:
        what = f"its signature was not made with the key of {key}, or it was changed afterwards"
        raise DatabaseError(what, place, "get it again from whom you trust") from None


def _private(path: str) -> "Ed25519PrivateKey":
    content = _content(path)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(content, None)
    except TypeError:
        raise Unreadable("is protected by a passphrase", path, "name a key without one") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Unreadable("is not a private key to sign with", path, _NO_KEY)
    return key


def _public(path: str) -> "Ed25519PublicKey":
    content = _content(path)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Unreadable("is not a public key to verify with", path, _NO_KEY)
    return key


def _content(path: str) -> bytes:
    _library()
    return files.read_bytes(path, _KEY_LIMIT, pipe=True)


def _library() -> None:
    try:
        import cryptography  # noqa: F401 - whether it is there
    except ImportError:
        hint = "install it: pip install 'pip-assay[sign]'"
        raise AssayError("signatures need the library cryptography, which is not installed", hint=hint) from None


def _write_new(path: str, content: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise Unreadable(f"cannot be written ({files.reason(error)})", path, "name another place") from None
