"""Whole file systems: an unpacked root, and container images as they are saved; an inventory for each environment.

is_image -> read_image -> oci (which layers) -> layers on stack (what is left of them) -> root
            read_root  -> system (the disk)                                            -> root -> walk, owners
"""

from pip_assay.sources.image.root import read_root
from pip_assay.sources.image.saved import is_image, read_image

__all__ = ["is_image", "read_image", "read_root", "recognises"]

_ENDINGS = (".tar", ".oci", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar.zst")


def recognises(name: str) -> bool:
    """Return whether a file of this name may be an image; `is_image` tells, for an sdist may be called so, too."""
    return name.lower().endswith(_ENDINGS)
