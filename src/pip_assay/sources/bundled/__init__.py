"""What distributions carry in their files besides themselves: crates, C libraries, copies of other distributions.

carried      everything that a distribution carries, remembered from the last time where nothing has changed
remembered   what was found once, in the user's cache
evidence     all that tells of it, brought together: the best evidence for each release
record       which files of a distribution may tell of it
sboms        bills of materials in the metadata (PEP 770)
vendored     copies of Python projects: by their metadata (embedded: in wheels), and by lists (listed)
native       shared libraries, by the names of their files
strings      shared libraries, by the text of versions in them; only where somebody asks for that
python       what an interpreter carries (ensured: the wheels of its ensurepip)
"""

from pip_assay.sources.bundled.carried import Reader, of_host, searching

__all__ = ["Reader", "of_host", "searching"]
