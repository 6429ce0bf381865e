"""Requirements files: read by pip's own algorithm, line by line, with the place of each requirement.

    read        files -> Requirements     nested -r and -c, continuations, comments, options, hashes, URLs
    inventory   Requirements -> Inventory  the listed pins as they stand

Whether an install of them would bring in more says `Requirements.complete`; what that is, finds `sources.resolve`.
"""

from pip_assay.sources.requirements.line import Requirement
from pip_assay.sources.requirements.listing import inventory
from pip_assay.sources.requirements.nested import Requirements, read
from pip_assay.sources.requirements.options import Options

__all__ = ["Options", "Requirement", "Requirements", "inventory", "read"]
