"""A whole number as bytes that sort as it does: what all orders of versions have in common.

Up to 199 it is one byte, 0x10 plus the number; a larger one is a length byte from 0xD9 and its bytes, most significant
first. So whatever is below 0x10 is free for signs that sort before every number.
"""

_ONE_BYTE = 0x10
_LONG = 0xD8
_LONGEST = 30  # bytes: a part of a version above 2**240 is no version


def digits(text: str) -> bytes:
    """Return the number that decimal digits spell; zeros before it count for nothing.

    Raises:
        OverflowError: it is larger than any part of a real version.
    """
    # int() refuses thousands of digits; so does this order, well before.
    if len(text) > 100:
        text = text.lstrip("0") or "0"
        if len(text) > 100:
            raise OverflowError
    number = int(text)
    if number < _LONG - _ONE_BYTE:
        return bytes((_ONE_BYTE + number,))
    length = (number.bit_length() + 7) // 8
    if length > _LONGEST:
        raise OverflowError
    return bytes((_LONG + length,)) + number.to_bytes(length, "big")


def length(key: bytes) -> int:
    """Return how many bytes the number takes with which a key begins."""
    return 1 if key[0] <= _LONG else 1 + key[0] - _LONG
